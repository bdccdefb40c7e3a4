package plumbline

import (
	"slices"
	"time"
)

// A Tally is what one operation adds to a comparison of operations. Every
// number is as sure as the entries behind it: nothing recorded gives an
// unknown count, and only an entry that says nought gives nought.
type Tally struct {
	Met         Count  `json:"met"`
	Children    Count  `json:"children"`
	Adults      Count  `json:"adults"`
	Accused     Count  `json:"accused"`     // charged or arrested as suspects
	NotAccused  Count  `json:"not_accused"` // arrested, held or charged without being accused
	Removed     Count  `json:"removed"`     // removed from the country
	Placed      Count  `json:"placed"`
	Unaccounted Count  `json:"unaccounted"` // at 72 h
	LostWork    Count  `json:"lost_work"`
	Hurt        Count  `json:"hurt"`
	Force       int    `json:"force"` // uses of force reported; none reported is not none used
	Accounts    int    `json:"accounts"`
	Immigration Answer `json:"immigration,omitempty"`
}

// detaining are the states in which people are kept.
var detaining = map[State]bool{"held": true, "arrested": true, "charged": true}

// Tally sums the operation up.
func (r *People) Tally() Tally {
	t := Tally{Met: r.Met(), Unaccounted: r.Balance(Checkpoint{"72h", 3 * day}).Unaccounted, Immigration: r.Operation.Criteria.Immigration, Accounts: len(r.TellersHeard())}
	kept := func(p *Presence) bool {
		return slices.ContainsFunc(r.Path(p), func(m *Movement) bool { return detaining[m.State] })
	}
	was := func(s State) func(*Presence) bool {
		return func(p *Presence) bool {
			return slices.ContainsFunc(r.Path(p), func(m *Movement) bool { return m.State == s })
		}
	}
	t.Children = r.peopleWhere(func(p *Presence) bool { return r.Class(p).IsChild() })
	t.Adults = r.peopleWhere(func(p *Presence) bool { return !r.Class(p).IsChild() && r.Class(p) != "not_determined" })
	t.Accused = r.peopleWhere(func(p *Presence) bool { return kept(p) && r.Class(p) == "accused" })
	t.NotAccused = r.peopleWhere(func(p *Presence) bool { return kept(p) && r.Class(p) != "accused" })
	t.Removed = r.peopleWhere(was("removed_from_country"))
	t.Placed = r.peopleWhere(was("placed"))
	for _, c := range r.Closures {
		addTo(&t.LostWork, c.LostWork)
	}
	for _, i := range r.Injuries {
		addTo(&t.Hurt, i.People)
	}
	t.Force = len(r.Force)
	return t
}

// peopleWhere adds up the people of the presences of which something is true;
// it is unknown when it is true of none. The parts of a group add up to the
// group: of twelve people of whom "most" and "the rest" were placed, twelve
// were placed.
func (r *People) peopleWhere(is func(*Presence) bool) (sum Count) {
	for _, group := range r.Presences {
		if group.PartOf != "" {
			continue
		}
		in, others, some := Exactly(0), Exactly(0), false
		for _, p := range r.family(group) {
			left := r.Left(p)
			switch {
			case left == Exactly(0): // all have gone into parts
			case is(p):
				in, some = in.Add(left), true
			default:
				others = others.Add(left)
			}
		}
		if some {
			addTo(&sum, in.and(group.Count.Sub(others)))
		}
	}
	return sum
}

// addTo adds n to a sum that is unknown until its first term.
func addTo(sum *Count, n Count) {
	if !sum.Known() {
		*sum = n
		if !n.Known() {
			*sum = AtLeast(1) // somebody, nobody says how many
		}
		return
	}
	*sum = sum.Add(n)
}

// TellersHeard returns the accounts that say something; requests that nobody
// has answered are left out.
func (r *Record) TellersHeard() (heard []*Account) {
	for _, a := range r.Accounts {
		if len(a.Points) > 0 {
			heard = append(heard, a)
		}
	}
	return heard
}

// DebriefDueAt returns when a debrief is due, and whether one is still owed.
func (r *Record) DebriefDueAt() (due time.Time, owed bool) {
	began, ok := r.Operation.Began.Latest()
	if !ok || !r.Operation.Began.ToTheDay() {
		return time.Time{}, false
	}
	for _, d := range r.Debriefs {
		if d.Held.Known() {
			return time.Time{}, false
		}
	}
	days := int(r.Operation.DebriefDueIn)
	if days == 0 {
		days = 14
	}
	return began.AddDate(0, 0, days), true
}

// NextChange returns the first moment after at when the balance or a fact
// changes by itself, because a state ends or runs out or a checkpoint comes;
// false when it never will.
func (r *Record) NextChange(at time.Time) (next time.Time, ok bool) {
	start, known := r.Operation.Began.Earliest()
	if !known {
		start, known = r.Operation.Began.Latest() // as Now counts the age
	}
	if !known {
		return next, false
	}
	age := at.Sub(start)
	consider := func(d time.Duration) {
		if d >= age && (!ok || start.Add(d).Before(next)) {
			next, ok = start.Add(d+time.Second), true
		}
	}
	consider(Holds["at_scene"])
	for _, m := range r.Movements {
		for _, w := range []When{m.From, m.Until, m.Confirmed} {
			if !w.Known() {
				w = r.Operation.Began
			}
			shortest, longest, _ := w.Since(r.Operation.Began)
			for _, d := range []time.Duration{shortest, longest, shortest + Holds[m.State], longest + Holds[m.State]} {
				consider(d)
			}
		}
	}
	if latest, known := r.Operation.Began.Latest(); known {
		for _, name := range unaccountedAt { // facts that are told from then on
			if t := latest.Add(name.After); t.After(at) && (!ok || t.Before(next)) {
				next, ok = t, true
			}
		}
	}
	return next, ok
}

// PathOf returns where an entry stands in the record, as Check writes it.
func (r *Record) PathOf(id ID) string { return pathOf(r, operationSlots, id) }

// PathOf returns where an entry stands in the record, as Check writes it.
func (r *UnitRecord) PathOf(id ID) string { return pathOf(r, unitSlots, id) }

// PathOf returns where an entry stands in the record, as Check writes it.
func (r *OrganisationRecord) PathOf(id ID) string { return pathOf(r, organisationSlots, id) }

// PathOf returns where an entry stands in the record, as Check writes it.
func (r *ProgrammeRecord) PathOf(id ID) string { return pathOf(r, programmeSlots, id) }

func pathOf[R any](r *R, slots []slot[R], id ID) string {
	for _, s := range slots {
		for i, e := range s.all(r) {
			if e.head().ID == id {
				return slotPath(s.list, i)
			}
		}
	}
	return ""
}

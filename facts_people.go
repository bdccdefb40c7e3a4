package plumbline

import (
	"slices"
	"time"
)

// A view is what the facts ask of one presence, worked out once: an operation
// that met hundreds is asked two dozen questions of each.
type view struct {
	*Presence
	left  Count // those not split off
	class *Decision
	path  []*Movement
	told  bool
	whole bool // not split off another
	lo    int  // the age in years, when one is told
	hi    int
	aged  bool
}

// views returns the presences by the group that they come from, the parts of
// parts too.
func (f *factSheet) views() (groups [][]*view) {
	of := map[ID]int{} // where the group of a presence stands
	for _, p := range f.r.Presences {
		top := p
		for range f.r.Presences { // a record that was not checked may go in a circle
			parent := f.r.presence(top.PartOf)
			if parent == nil {
				break
			}
			top = parent
		}
		if _, known := of[top.ID]; !known {
			of[top.ID], groups = len(groups), append(groups, nil)
		}
		v := &view{Presence: p, left: f.r.Left(p), class: f.r.ClassOf(p), path: f.r.Path(p), whole: f.r.presence(p.PartOf) == nil}
		v.told = f.told(v)
		v.lo, v.hi, v.aged = ParseAge(p.Age)
		i := of[top.ID]
		groups[i] = append(groups[i], v)
	}
	return groups
}

// A question asks something of a presence, and says on what the answer rests.
type question func(*view) (Answer, []ID)

// people sets how many of the people met are so. Each presence answers yes, no
// or unknown for those of its people who have not been split off. Group by
// group, those that say yes are also the group less the others, so that of
// twelve people "most" and "the rest" make twelve. The least is their sum, and
// one when that is none and yet a presence says yes: it was somebody. The most
// is everyone met but those that say no, since people who were met and stand in
// no presence may be so too; there is none when nobody knows how many were met.
func (f *factSheet) people(name string, is question) {
	least, not := 0, 0
	somebody := false
	var sure []ID
	ruledOut := []ID{f.r.Operation.ID}
	for _, group := range f.groups {
		yes, no, open := Exactly(0), Exactly(0), Exactly(0)
		var whole Count
		for _, v := range group {
			a, from := is(v)
			switch a {
			case Yes:
				yes = yes.Add(v.left)
			case No:
				no = no.Add(v.left)
			default:
				open = open.Add(v.left)
			}
			switch {
			case a == Yes && (v.left.Min() > 0 || !partIsNot(v, group, is)):
				somebody = true
				sure = append(append(sure, v.ID), from...)
			case a == No:
				ruledOut = append(append(ruledOut, v.ID), from...)
			}
			if v.whole {
				whole = v.Count
			}
		}
		least += yes.and(whole.Sub(no.Add(open))).Min()
		not += no.and(whole.Sub(yes.Add(open))).Min()
	}
	if somebody {
		least = max(least, 1)
	} else {
		sure = ruledOut
	}
	met, bounded := f.r.Met().Max()
	f.set(name, between(least, met-not, !bounded), sure...)
}

// partIsNot reports whether a part split off from the people says no, so that
// whoever it was may be in that part and be something else by now.
func partIsNot(v *view, group []*view, is question) bool {
	return slices.ContainsFunc(group, func(part *view) bool {
		if part.PartOf != v.ID {
			return false
		}
		a, _ := is(part)
		return a == No
	})
}

// both is yes when a presence answers yes to each question, and no when it
// answers no to any.
func both(questions ...question) question {
	return func(p *view) (Answer, []ID) {
		all := Yes
		var from []ID
		for _, ask := range questions {
			a, ids := ask(p)
			if a == No {
				return No, ids
			}
			all, from = and(all, a), append(from, ids...)
		}
		return all, from
	}
}

// classed asks whether the class that stands for a presence is one of those. A
// class that nobody has decided is unknown, and so are adults of whom nobody
// has decided whether they were coerced, unless they are named.
func classed(classes ...Class) question {
	return func(p *view) (Answer, []ID) {
		d := p.class
		switch {
		case d == nil || d.Class == "not_determined":
			return Unknown, nil
		case slices.Contains(classes, d.Class):
			return Yes, []ID{d.ID}
		case d.Class == "adult_not_determined" && (slices.Contains(classes, "adult_coerced") || slices.Contains(classes, "adult_not_coerced")):
			return Unknown, nil
		}
		return No, []ID{d.ID}
	}
}

// notAccused asks whether somebody decided that the people are something else
// than accused. Arrest alone does not make a person accused.
func notAccused(p *view) (Answer, []ID) {
	a, from := classed("accused")(p)
	return a.Not(), from
}

// protected asks whether the people are classed child or coerced adult.
func protected(p *view) (Answer, []ID) {
	return classed("child", "dependant_child", "adult_coerced")(p)
}

// child asks whether the people are under 18, by class or by age.
func child(p *view) (Answer, []ID) {
	d := p.class
	switch {
	case p.aged && p.hi < 18:
		return Yes, []ID{p.ID}
	case p.aged && p.lo >= 18:
		return No, []ID{p.ID}
	case d == nil || d.Class == "not_determined":
		return Unknown, nil
	case d.Class.IsChild():
		return Yes, []ID{d.ID}
	case slices.Contains([]Class{"adult_coerced", "adult_not_coerced", "adult_not_determined"}, d.Class):
		return No, []ID{d.ID}
	}
	return Unknown, nil // staff, customers, accused and bystanders of no told age
}

func adult(p *view) (Answer, []ID) {
	a, from := child(p)
	return a.Not(), from
}

// ever asks whether a movement of the people fits. It is yes when one does. It
// is no only when none does and their movements are told without a gap up to
// the moment asked about.
func (f *factSheet) ever(fits func(*Movement) Answer) question {
	return func(p *view) (Answer, []ID) {
		out := No
		var ids []ID
		for _, m := range p.path {
			switch fits(m) {
			case Yes:
				out, ids = Yes, append(ids, m.ID)
			case No:
			default:
				if out == No {
					out = Unknown
				}
			}
		}
		if out == No && (!p.told || f.perhapsShared(p.Presence, fits)) {
			out = Unknown
		}
		return out, ids
	}
}

// perhapsShared reports whether a movement of the group that the people were
// split from fits, and may have been before the split.
func (f *factSheet) perhapsShared(p *Presence, fits func(*Movement) Answer) bool {
	for range f.r.Presences {
		parent := f.r.presence(p.PartOf)
		if parent == nil {
			return false
		}
		for _, m := range f.r.of(parent.ID).movements {
			if m.From.Before(p.SplitAt) == Unknown && fits(m) != No {
				return true
			}
		}
		p = parent
	}
	return false
}

// told reports whether the movements of the people tell where they were from
// the start to the moment asked about: the first begins while they can still
// have been at the scene, each begins before the one before it has ended or
// run out (see Holds), none is unknown, and the last still holds.
func (f *factSheet) told(p *view) bool {
	if len(p.path) == 0 {
		return false
	}
	by := Holds["at_scene"]
	for _, m := range p.path {
		shortest, longest, open := m.From.Since(f.r.Operation.Began)
		if m.State == "unknown" || open || longest > by {
			return false
		}
		by = f.holdsUntil(m, shortest)
	}
	return f.r.stateAt(p.Presence, f.r.Now(f.at).After).state != "unknown"
}

// holdsUntil returns the age of the operation until which a movement that
// began at an age tells where the people are.
func (f *factSheet) holdsUntil(m *Movement, began time.Duration) time.Duration {
	const forever = 1 << 62
	if m.Until.Known() {
		until, _, _ := m.Until.Since(f.r.Operation.Began)
		return until + time.Hour // times join within an hour, as in Custody
	}
	if m.Confirmed.Known() {
		confirmed, _, _ := m.Confirmed.Since(f.r.Operation.Began)
		began = max(began, confirmed)
	}
	hold, runsOut := Holds[m.State]
	if !runsOut {
		return forever
	}
	return began + hold
}

// lockedPlace reports whether people are kept in such a place.
func lockedPlace(k PlaceKind) bool {
	return slices.Contains([]PlaceKind{"police_cell", "immigration_detention", "prison", "shelter_closed"}, k)
}

func inState(states ...State) func(*Movement) Answer {
	return func(m *Movement) Answer { return answer(slices.Contains(states, m.State)) }
}

// isHeld: held, arrested or charged, or in a place where people are kept.
func isHeld(m *Movement) Answer {
	return answer(m.State == "held" || m.State == "arrested" || m.State == "charged" || lockedPlace(m.PlaceKind))
}

// isPenalised: arrested or charged, or held under an arrest or under
// immigration law. Held under a power that is not told is unknown.
func isPenalised(m *Movement) Answer {
	switch {
	case m.State == "arrested" || m.State == "charged":
		return Yes
	case isHeld(m) == Yes && (m.Power == "arrest" || m.Power == "immigration_law"):
		return Yes
	case isHeld(m) == Yes && m.Power == "":
		return Unknown
	}
	return No
}

// isLocked: in a cell, immigration detention, a prison or a closed shelter.
// Held, arrested, charged or placed at a place that is not told is unknown.
func isLocked(m *Movement) Answer {
	if m.PlaceKind != "" {
		return answer(lockedPlace(m.PlaceKind))
	}
	if slices.Contains([]State{"held", "arrested", "charged", "placed", "helped"}, m.State) {
		return Unknown
	}
	return No
}

// met computes how many were met, and of which class, as far as decided.
//
//   - unentered is people who were counted and stand in no presence.
//   - met.children goes by class and by age; met.protected is children and
//     coerced adults; the others go by class.
//   - age_doubt is people whose told age may be on either side of 18, or who
//     are presumed to be children; age_doubt.as_adult is those of them whose
//     class is decided and is not a child's.
func (f *factSheet) met() {
	o := f.r.Operation.ID
	f.set("met", f.r.Met(), o)
	f.set("unentered", f.r.neverEntered(), o)
	f.people("met.children", child)
	f.people("met.protected", protected)
	f.people("met.accused", classed("accused"))
	f.people("met.not_accused", notAccused)
	f.people("met.not_coerced", classed("adult_not_coerced"))
	f.people("met.undecided", func(p *view) (Answer, []ID) {
		if p.class == nil || p.class.Class == "not_determined" {
			return Yes, nil
		}
		return No, []ID{p.class.ID}
	})
	f.people("age_doubt", ageDoubt)
	f.people("age_doubt.as_adult", both(ageDoubt, func(p *view) (Answer, []ID) {
		d := p.class
		if d == nil || d.Class == "not_determined" {
			return Unknown, nil
		}
		return answer(!d.Class.IsChild()), []ID{d.ID}
	}))
}

func ageDoubt(p *view) (Answer, []ID) {
	switch {
	case p.AgeBasis == "presumed_child" || p.aged && p.lo < 18 && p.hi >= 18:
		return Yes, []ID{p.ID}
	case p.aged:
		return No, []ID{p.ID}
	}
	return Unknown, nil
}

// arrests computes who was held, arrested, charged or locked up, by class.
//
//   - held: held, arrested or charged, or in a place where people are kept
//   - penalised: arrested or charged, or held under an arrest or under
//     immigration law
//   - arrested.before_recognised: penalised before the decision by which they
//     are protected was made
//   - locked: in a cell, immigration detention, a prison or a closed shelter
//   - constrained.not_coerced: adults of whom somebody decided that they were
//     not coerced, and who were held, removed from the country, or placed
//     without consent
//   - returned_to_venue.children: children taken back to the venue
func (f *factSheet) arrests() {
	f.people("held.not_accused", both(notAccused, f.ever(isHeld)))
	f.people("held.children", both(child, f.ever(isHeld)))
	f.people("arrested.not_accused", both(notAccused, f.ever(inState("arrested", "charged"))))
	f.people("penalised.protected", both(protected, f.ever(isPenalised)))
	f.people("arrested.before_recognised", both(protected, func(p *view) (Answer, []ID) {
		return f.ever(func(m *Movement) Answer {
			if p.class == nil {
				return isPenalised(m)
			}
			return and(isPenalised(m), m.From.Before(p.class.At))
		})(p)
	}))
	f.people("locked.protected", both(protected, f.ever(isLocked)))
	f.people("constrained.not_coerced", both(classed("adult_not_coerced"), f.ever(func(m *Movement) Answer {
		switch {
		case isHeld(m) == Yes || m.State == "removed_from_country":
			return Yes
		case m.State == "placed":
			return m.Consent.Not()
		}
		return No
	})))
	f.people("returned_to_venue.children", both(child, f.ever(inState("returned_to_venue"))))
}

// placements computes what kind of place adults were put in.
//
//   - placed.adults: adults placed
//   - placed.adults.closed: of them, in a place they cannot leave
//   - placed.adults.unwilling: of them, without consent
func (f *factSheet) placements() {
	placed := inState("placed")
	f.people("placed.adults", both(adult, f.ever(placed)))
	f.people("placed.adults.closed", both(adult, f.ever(func(m *Movement) Answer {
		if m.State != "placed" || m.PlaceKind != "" {
			return and(placed(m), answer(lockedPlace(m.PlaceKind)))
		}
		return Unknown
	})))
	f.people("placed.adults.unwilling", both(adult, f.ever(func(m *Movement) Answer { return and(placed(m), m.Consent.Not()) })))
}

// returns computes who was sent away.
//
//   - removed: removed from the country
//   - removed.unscreened: of them, not assessed before
//   - sent_back: removed from the country or returned home
//   - sent_back.unassessed, sent_back.unwilling: of them, not assessed before;
//     without consent
func (f *factSheet) returns() {
	removed, sent := inState("removed_from_country"), inState("removed_from_country", "returned_home")
	f.people("removed", f.ever(removed))
	f.people("removed.unscreened", f.ever(func(m *Movement) Answer { return and(removed(m), m.Screened.Not()) }))
	f.people("sent_back", f.ever(sent))
	f.people("sent_back.unassessed", f.ever(func(m *Movement) Answer { return and(sent(m), m.Screened.Not()) }))
	f.people("sent_back.unwilling", f.ever(func(m *Movement) Answer { return and(sent(m), m.Consent.Not()) }))
}

// force computes what is told of force and injury. Counts are over the entries
// on record, and absent when there is none; only the restraint log can say that
// nobody was restrained (not applicable), or that nobody wrote it down (not
// done), which leaves every restraint unexplained. A restraint of somebody
// classed accused does not count.
func (f *factSheet) force() {
	var restraints, open, all, unreviewed, notReviewed, threats []ID
	for _, u := range f.r.Force {
		all = append(all, u.ID)
		if u.Reviewed != Yes {
			unreviewed = append(unreviewed, u.ID)
		}
		if u.Reviewed == No {
			notReviewed = append(notReviewed, u.ID)
		}
		if u.Kind == "threat" {
			threats = append(threats, u.ID)
		}
		if u.Kind == "restraint" && u.OnClass != "accused" {
			restraints = append(restraints, u.ID)
			if u.Reason == "" || u.By == "" {
				open = append(open, u.ID)
			}
		}
	}
	log, step := f.step("restraint_log")
	switch {
	case len(restraints) > 0:
		f.set("restraint.used", true, restraints...)
	case log == "not_applicable":
		f.set("restraint.used", false, step)
	}
	least := 0
	if log == "not_done" {
		least, open, restraints = len(restraints), restraints, append(restraints, step)
	}
	f.set("restraint.unexplained", between(least, len(open), len(restraints) == 0), restraints...)
	f.set("force.uses", AtLeast(len(all)), all...)
	f.respect(threats)
	f.set("force.unreviewed", between(len(notReviewed), len(unreviewed), len(all) == 0), all...)
	hurt := Exactly(0)
	var injuries []ID
	for _, i := range f.r.Injuries {
		hurt, injuries = hurt.Add(i.People.and(AtLeast(1))), append(injuries, i.ID)
	}
	f.set("hurt", AtLeast(hurt.Min()), injuries...)
}

// respect sets conduct.respectful: a threat on record denies it, and only the
// step respect_kept, answered by somebody who was there, affirms it.
func (f *factSheet) respect(threats []ID) {
	kept, step := f.step("respect_kept")
	switch {
	case len(threats) > 0:
		f.set("conduct.respectful", false, threats...)
	case kept == "done" || kept == "not_done":
		f.set("conduct.respectful", kept == "done", step)
	}
}

// moves computes what the custody and movement log leaves open.
//
//   - moved: people who were taken or kept somewhere by somebody; placed and
//     died by the state
//   - moves.faulty: under no power, or by unlawful force, without consent; or
//     the giver is not the one who took over before; or hours are missing
//     between two links. At most also those of which time, place, by whom,
//     power or consent is not told; absent when none is on record.
//   - custody.child.gaps: places at which the chain of a child, or of somebody
//     who may be one, is broken: the giver is not the one who took over before,
//     or hours are missing. At most also those at which the record does not
//     tell; absent when no child is on record.
func (f *factSheet) moves() {
	f.people("moved", f.ever(func(m *Movement) Answer { return answer(!unguarded[m.State]) }))
	f.people("placed", f.ever(inState("placed")))
	f.people("died", f.ever(inState("died")))
	least, most := 0, 0
	var all, faulty []ID
	for _, p := range f.r.Presences {
		for _, l := range f.r.Custody(p, f.at).Links {
			m := l.Movement
			if m.Presence != p.ID || unguarded[m.State] {
				continue
			}
			all = append(all, m.ID)
			wrong := slices.Contains(l.Gaps, GapDiffers) || slices.Contains(l.Gaps, GapTime) ||
				(m.Power == "none" || m.Power == "unlawful_force") && m.Consent != Yes
			if wrong {
				least, faulty = least+1, append(faulty, m.ID)
			}
			if wrong || !m.From.Known() || m.Power == "" || !m.Consent.Decided() || m.By == "" && m.ByUnit == "" || m.Place == "" && m.PlaceKind == "" {
				most++
			}
		}
	}
	if least == 0 {
		faulty = all
	}
	f.set("moves.faulty", between(least, most, len(all) == 0), faulty...)
	least, most = 0, 0
	var broken, chains []ID
	for _, p := range f.r.Children() {
		if f.r.Left(p) == Exactly(0) {
			continue
		}
		c := f.r.Custody(p, f.at)
		sure, perhaps := gaps(c)
		least, most, chains = least+sure, most+sure+perhaps, append(chains, p.ID)
		if sure > 0 {
			broken = append(broken, p.ID)
		}
	}
	if least == 0 {
		broken = chains
	}
	f.set("custody.child.gaps", between(least, most, len(chains) == 0), broken...)
}

// gaps counts the places at which a chain is surely broken, and those at which
// the record only does not tell how it went on.
func gaps(c *Chain) (sure, perhaps int) {
	for _, l := range c.Links {
		for _, g := range l.Gaps {
			if g == GapDiffers || g == GapTime {
				sure++
			} else {
				perhaps++
			}
		}
	}
	if c.End != "" {
		perhaps++
	}
	return sure, perhaps
}

// unaccounted computes how many people nobody has answered for, now and at
// each checkpoint that has surely come.
func (f *factSheet) unaccounted() {
	f.set("unaccounted", f.r.Balance(f.r.Now(f.at)).Unaccounted, f.r.Operation.ID)
	latest, ok := f.r.Operation.Began.Latest()
	for _, name := range unaccountedAt {
		if ok && !f.at.Before(latest.Add(name.After)) {
			f.set("unaccounted."+name.Name, f.r.Balance(name).Unaccounted, f.r.Operation.ID)
		}
	}
}

// unaccountedAt names the checkpoints as facts: a name begins with a letter.
var unaccountedAt = []Checkpoint{{"h24", day}, {"h72", 3 * day}, {"d30", 30 * day}, {"d90", 90 * day}, {"y1", 365 * day}}

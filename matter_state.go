package plumbline

import (
	"cmp"
	"slices"
	"time"
)

// A MatterStanding is where a matter stands.
type MatterStanding string

const (
	MatterOpen     MatterStanding = "open"
	MatterOverdue  MatterStanding = "overdue"
	MatterAnswered MatterStanding = "answered"    // by who owes the answer
	MatterLookedAt MatterStanding = "looked_into" // of one that is put to nobody: by another than who raised it
)

// Values lists the standings, the one that needs most first.
func (MatterStanding) Values() []string {
	return []string{"overdue", "open", "answered", "looked_into"}
}

// A MatterState is what follows from a matter's record at a moment. Nobody
// types any of it.
type MatterState struct {
	Standing MatterStanding
	Due      time.Time     // the last moment; zero for a demand, which binds nobody
	Age      time.Duration // how long it is open, or was
	Answer   *Answering    // the last by who owes it; nil when there is none
	Changed  Answer        // whether anything was changed, as who owes the answer says
	Seen     Answer        // the same, as others saw who looked, of whom the last that said
	LookedAt bool          // by another than who raised it and who owes the answer
	Apart    Answer        // whether one of those was independent of whom it is about
}

// IsOpen reports whether the matter waits for somebody.
func (s MatterState) IsOpen() bool { return s.Standing == MatterOpen || s.Standing == MatterOverdue }

// State returns where the matter stands at a moment.
//
// An answer counts only by the organisation that the matter is put to: what
// another says in its place leaves it open. One that is put to nobody waits
// for somebody to look into it. Who raised a matter, and whom it is about, are
// not independent of it, whatever they say.
func (r *MatterRecord) State(at time.Time) MatterState {
	m := &r.Matter
	s := MatterState{Standing: MatterOpen, Due: m.dueAt()}
	ended := at
	end := func(as MatterStanding, on When) {
		if day, ok := on.Latest(); s.IsOpen() {
			if s.Standing = as; ok && day.Before(at) {
				ended = day
			}
		}
	}
	for _, a := range inOrder(r.Answers, func(a *Answering) When { return a.At }) {
		if m.To == "" || a.Organisation != m.To || happens(a.At, at) {
			continue
		}
		end(MatterAnswered, a.At)
		s.Answer, s.Changed = a, a.Changed
	}
	for _, l := range inOrder(r.Looks, func(l *Look) When { return l.At }) {
		if l.Organisation == m.RaisedBy || l.Organisation == m.To || happens(l.At, at) {
			continue
		}
		if s.LookedAt = true; m.To == "" {
			end(MatterLookedAt, l.At)
		}
		if l.Changed.Decided() {
			s.Seen = l.Changed
		}
		if s.Apart != Yes {
			s.Apart = l.Independent
		}
	}
	if s.IsOpen() && !s.Due.IsZero() && at.After(s.Due) {
		s.Standing = MatterOverdue
	}
	if raised, ok := m.At.Latest(); ok {
		s.Age = max(0, ended.Sub(raised))
	}
	return s
}

// dueAt returns the last moment at which an answer is in time.
func (m *Matter) dueAt() time.Time {
	if m.Kind == Demand {
		return time.Time{}
	}
	if end, ok := m.Due.Latest(); ok {
		return end.Add(-time.Microsecond)
	}
	raised, ok := m.At.Latest()
	if !ok { // "since 2024": it may have been raised at any time after
		raised, _ = m.At.Earliest()
	}
	return raised.AddDate(0, 0, AnswerDays).Add(-time.Microsecond)
}

// happens reports whether something lies after a moment.
func happens(when When, at time.Time) bool {
	first, ok := when.Earliest()
	return ok && first.After(at)
}

// inOrder returns what was told in the order in which it happened.
func inOrder[E any](list []E, at func(E) When) []E {
	return slices.SortedStableFunc(slices.Values(list), func(a, b E) int {
		one, _ := at(a).Latest()
		two, _ := at(b).Latest()
		return one.Compare(two)
	})
}

// ByNeed puts matters in the order in which they need somebody: overdue first,
// then what is open, each the oldest first; then what was answered, the newest
// first.
func ByNeed(list []*MatterRecord, at time.Time) {
	states := make(map[*MatterRecord]MatterState, len(list))
	for _, r := range list {
		states[r] = r.State(at)
	}
	rank := func(s MatterState) int { return min(2, slices.Index(MatterStanding("").Values(), string(s.Standing))) }
	slices.SortStableFunc(list, func(a, b *MatterRecord) int {
		one, two := states[a], states[b]
		raised1, _ := a.Matter.At.Latest()
		raised2, _ := b.Matter.At.Latest()
		if rank(one) == 2 && rank(two) == 2 {
			raised1, raised2 = raised2, raised1
		}
		return cmp.Or(cmp.Compare(rank(one), rank(two)), raised1.Compare(raised2), cmp.Compare(a.Matter.ID, b.Matter.ID))
	})
}

// Dues is what one organisation owes, and what it raised with others.
type Dues struct {
	Organisation ID
	Overdue      int
	Open         int // and not overdue
	Answered     int
	Changed      int // of those, where it says that something was changed
	Raised       int
}

// DuesOf counts matters by organisation, the one that owes most first. What a
// demand asks is not owed.
func DuesOf(list []*MatterRecord, at time.Time) (all []Dues) {
	of := map[ID]*Dues{}
	dues := func(id ID) *Dues {
		if of[id] == nil {
			of[id] = &Dues{Organisation: id}
		}
		return of[id]
	}
	for _, r := range list {
		dues(r.Matter.RaisedBy).Raised++
		if r.Matter.To == "" || r.Matter.Kind == Demand {
			continue
		}
		switch d, s := dues(r.Matter.To), r.State(at); s.Standing {
		case MatterOverdue:
			d.Overdue++
		case MatterOpen:
			d.Open++
		default:
			d.Answered++
			if s.Changed == Yes {
				d.Changed++
			}
		}
	}
	for _, d := range of {
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b Dues) int {
		return cmp.Or(cmp.Compare(b.Overdue, a.Overdue), cmp.Compare(b.Open, a.Open), cmp.Compare(a.Organisation, b.Organisation))
	})
	return all
}

// Duties is the two-way list of what rescue groups and worker-led groups ask
// of each other: that who has access reports the abuse that it sees, and that
// proper enforcement is not denounced.
type Duties struct {
	Reported []*MatterRecord // abuse that a rescue group saw and reported
	Silent   []ID            // rescue groups of which no report is on record; nobody says that they saw any
	Demanded []*MatterRecord // what was demanded of worker-led groups
}

// DutiesOf sorts out of matters what belongs on the two-way list.
func DutiesOf(list []*MatterRecord, organisations []*Organisation) (d Duties) {
	kinds := map[ID]OrganisationKind{}
	for _, o := range organisations {
		kinds[o.ID] = o.Kind
	}
	reported := map[ID]bool{}
	for _, r := range list {
		switch m := &r.Matter; {
		case m.Kind == "abuse_reported" && kinds[m.RaisedBy] == "rescue_group":
			reported[m.RaisedBy] = true
			d.Reported = append(d.Reported, r)
		case m.Kind == Demand && kinds[m.To].Workers():
			d.Demanded = append(d.Demanded, r)
		}
	}
	for _, o := range organisations {
		if o.Kind == "rescue_group" && o.Origin != "public_record" && !reported[o.ID] {
			d.Silent = append(d.Silent, o.ID)
		}
	}
	return d
}

// Beside returns the programmes that stand beside a proposal: the one in whose
// place it would be, and those that pay for the same work.
func (m *Matter) Beside(programmes []*ProgrammeRecord) (list []*ProgrammeRecord) {
	if m.Kind != "proposal" {
		return nil
	}
	for _, p := range programmes {
		same := slices.ContainsFunc(p.Programme.Work, func(w Work) bool { return slices.Contains(m.Work, w) })
		switch {
		case p.Programme.ID == m.Instead:
			list = slices.Insert(list, 0, p)
		case same && p.Programme.Origin == m.Origin:
			list = append(list, p)
		}
	}
	return list
}

// PerPerson returns what a proposal that was tried cost a person, in whole
// units; unknown when money or people are.
func (l *Look) PerPerson() Count { return perPerson(l.Amount.sum(), l.Served) }

package plumbline

import (
	"slices"
	"time"
)

// A DialogueReview is what the record answers of a dialogue at a moment. None
// of it is typed by anybody.
type DialogueReview struct {
	At       time.Time
	InTime   Answer // it was held before the launch of its programme
	Asked    []Asked
	Points   []PointReview   // in the order in which they were said
	Promises []PromiseReview // what needs somebody first: overdue, then broken
}

// Asked is what became of asking one kind of people.
type Asked struct {
	Who   Who
	Seats []*Seat
	Came  Count   // how many people
	Gap   SeatGap // why nobody of them was asked; empty when somebody was
}

// A SeatGap says why nobody of a kind of people was asked.
type SeatGap string

const (
	NoSeat     SeatGap = "no_seat"     // nobody of them is on the list
	NotInvited SeatGap = "not_invited" // it is on the list that they were not asked
	Uninvited  SeatGap = "uninvited"   // they were asked, and then told not to come
)

// Values lists the gaps.
func (SeatGap) Values() []string { return []string{"no_seat", "not_invited", "uninvited"} }

// wanted are the kinds of people whom a dialogue of a kind ought to ask: before
// a launch those of B:22 and those whom it is about, and whoever is to live
// under a rule when it is written (N:Thru1).
var wanted = map[DialogueKind][]Who{
	"before_launch": {"sex_workers", "survivors", "health_workers", "service_providers"},
	"providers":     {"health_workers", "service_providers"},
	"common_ground": {"sex_workers", "survivors"},
	"drafting":      {"sex_workers", "survivors"},
	"panel":         {"sex_workers", "survivors"},
}

// A PointReview is something said, with what others hold of it and what came
// of it.
type PointReview struct {
	*Said
	Answers  []*Said
	Stances  []*Stance
	Kinds    []Who // of people whose organisations hold it
	Standing Standing
	Promises []*Promise
	Changes  []*Change
}

// Standing says whether a fact or an aim is agreed on; it is empty for all
// else that is said.
type Standing string

const (
	Agreed Standing = "agreed"
	Open   Standing = "open"
)

// Values lists the standings.
func (Standing) Values() []string { return []string{"agreed", "open"} }

// Waits reports whether the point asks for something and nothing was done or
// promised because of it.
func (p PointReview) Waits() bool {
	return slices.Contains([]SaidKind{"concern", "question", "finding", "request"}, p.Kind) && len(p.Promises)+len(p.Changes) == 0
}

// A PromiseReview is a promise with what became of it.
type PromiseReview struct {
	*Promise
	Checks []*PromiseCheck // side by side, oldest first
	State  PromiseState
}

// PromiseState is what became of a promise.
type PromiseState string

const (
	PromiseOverdue   PromiseState = "overdue"   // its day is over, and nobody found whether it was kept
	PromiseBroken    PromiseState = "broken"    // as all found who looked
	PromiseDisputed  PromiseState = "disputed"  // one found it kept and another broken
	PromiseUnchecked PromiseState = "unchecked" // nobody looked, and it cannot be told whether its day is over
	PromiseWaiting   PromiseState = "waiting"   // its day has not come
	PromiseKept      PromiseState = "kept"      // as all found who looked
)

// Values lists the states, the most urgent first.
func (PromiseState) Values() []string {
	return []string{"overdue", "broken", "disputed", "unchecked", "waiting", "kept"}
}

// Review returns what the record answers at a moment. Launch is when the
// programme began that the dialogue is about; the zero When when it is about
// none, or nobody knows.
func (r *DialogueRecord) Review(at time.Time, launch When) *DialogueReview {
	v := &DialogueReview{At: at, InTime: r.Dialogue.At.Before(launch), Asked: r.asked()}
	for _, s := range r.Said {
		v.Points = append(v.Points, r.point(s))
	}
	for _, p := range r.Promises {
		v.Promises = append(v.Promises, r.promise(p, at))
	}
	order := PromiseState("").Values()
	slices.SortStableFunc(v.Promises, func(a, b PromiseReview) int {
		return slices.Index(order, string(a.State)) - slices.Index(order, string(b.State))
	})
	return v
}

// asked sorts the seats by kind of people, and adds the kinds that ought to
// have been asked and are not on the list.
func (r *DialogueRecord) asked() (list []Asked) {
	for _, name := range Who("").Values() {
		a := Asked{Who: Who(name), Came: Exactly(0), Gap: NoSeat}
		for _, s := range r.Seats {
			if s.Who != a.Who {
				continue
			}
			a.Seats = append(a.Seats, s)
			switch s.State {
			case "invited", "declined":
				a.Gap = ""
			case "came":
				a.Gap, a.Came = "", a.Came.Add(s.People)
			case "uninvited":
				if a.Gap != "" {
					a.Gap = Uninvited
				}
			case "not_invited", "asked_to_come":
				if a.Gap == NoSeat {
					a.Gap = NotInvited
				}
			}
		}
		if len(a.Seats) > 0 || slices.Contains(wanted[r.Dialogue.Kind], a.Who) {
			list = append(list, a)
		}
	}
	return list
}

// Gaps returns the kinds of people of whom nobody was asked.
func (v *DialogueReview) Gaps() (gaps []Asked) {
	for _, a := range v.Asked {
		if a.Gap != "" {
			gaps = append(gaps, a)
		}
	}
	return gaps
}

// kindOfPeople returns what the organisation came as: one kind, however many
// seats it has, so that nobody agrees with themselves. It is empty for an
// organisation without a seat.
func (r *DialogueRecord) kindOfPeople(org ID) Who {
	for _, s := range r.Seats {
		if s.Organisation == org {
			return s.Who
		}
	}
	return ""
}

// point puts together what came of something said. A fact or an aim is agreed
// on when every organisation with a seat that took a stance holds it, these
// are of two kinds of people at the least, and nobody at all denies it.
func (r *DialogueRecord) point(s *Said) PointReview {
	p := PointReview{Said: s}
	agreed := true
	for _, t := range r.Stances {
		if t.Said != s.ID {
			continue
		}
		p.Stances = append(p.Stances, t)
		kind := r.kindOfPeople(t.Speaker)
		switch {
		case t.Holds == No, kind != "" && t.Holds != Yes:
			agreed = false
		case kind != "" && !slices.Contains(p.Kinds, kind):
			p.Kinds = append(p.Kinds, kind)
		}
	}
	if s.Kind == "fact" || s.Kind == "aim" {
		p.Standing = Open
		if agreed && len(p.Kinds) >= 2 {
			p.Standing = Agreed
		}
	}
	for _, other := range r.Said {
		if other.To == s.ID {
			p.Answers = append(p.Answers, other)
		}
	}
	for _, x := range r.Promises {
		if x.Said == s.ID {
			p.Promises = append(p.Promises, x)
		}
	}
	for _, x := range r.Changes {
		if x.Said == s.ID {
			p.Changes = append(p.Changes, x)
		}
	}
	return p
}

// promise returns what became of a promise by a moment. The last that each
// organisation found counts; what its own maker says of it stands beside and
// decides nothing.
func (r *DialogueRecord) promise(p *Promise, at time.Time) PromiseReview {
	v := PromiseReview{Promise: p}
	found := map[ID]Answer{}
	for _, c := range inTimeOrder(r.Checks, func(c *PromiseCheck) When { return c.At }) {
		from, dated := c.At.Earliest()
		if c.Promise != p.ID || dated && from.After(at) {
			continue
		}
		v.Checks = append(v.Checks, c)
		if c.Kept.Decided() && c.Speaker != p.Speaker {
			found[c.Speaker] = c.Kept
		}
	}
	kept, broken := false, false
	for _, answer := range found {
		kept, broken = kept || answer == Yes, broken || answer == No
	}
	over, ended := p.Due.Latest()
	from, begun := p.Due.Earliest()
	switch {
	case kept && broken:
		v.State = PromiseDisputed
	case kept:
		v.State = PromiseKept
	case broken:
		v.State = PromiseBroken
	case ended && !over.After(at):
		v.State = PromiseOverdue
	case begun && from.After(at):
		v.State = PromiseWaiting
	default:
		v.State = PromiseUnchecked
	}
	return v
}

// A Quarter is three months of the calendar, and whether service providers
// were heard in them: Unknown when a session may have been then.
type Quarter struct {
	From  time.Time
	Until time.Time // the first moment after
	Heard Answer
}

// Last returns the first day of its last month.
func (q Quarter) Last() time.Time { return q.From.AddDate(0, 2, 0) }

// ProviderQuarters returns the quarters of a programme that are over at a
// moment, and whether there was a session with service providers in each.
// While it is not known when the programme began there are none to tell of.
func ProviderQuarters(g *Programme, held []*Dialogue, at time.Time) (quarters []Quarter) {
	began, known := g.Began.Latest()
	if !known {
		return nil
	}
	began = began.Add(-1) // the last moment that it can have been
	end := at
	if ended, ok := g.Ended.Earliest(); ok && ended.Before(at) {
		end = ended
	}
	from := time.Date(began.Year(), (began.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	for next := from.AddDate(0, 3, 0); !next.After(end) && len(quarters) < MaxList; from, next = next, next.AddDate(0, 3, 0) {
		q := Quarter{From: from, Until: next, Heard: No}
		for _, d := range held {
			first, ok1 := d.At.Earliest()
			last, ok2 := d.At.Latest()
			switch {
			case d.Kind != "providers" || d.Programme != g.ID:
			case ok1 && ok2 && !first.Before(from) && !last.After(next):
				q.Heard = Yes
			case q.Heard == No && !(ok1 && !first.Before(next)) && !(ok2 && !last.After(from)):
				q.Heard = Unknown
			}
		}
		quarters = append(quarters, q)
	}
	return quarters
}

package plumbline

import (
	"slices"
	"time"
)

// The ways in which a figure reads one operation.

var nothing = Portion{Num: Exactly(0), Of: Exactly(0)} // the figure does not apply

// within returns how many, of so many: never more.
func within(num, of Count) Portion {
	if of == Exactly(0) {
		return nothing
	}
	if most, bounded := of.Max(); bounded {
		num = num.and(Between(0, most))
	}
	return Portion{Num: num, Of: of}
}

// people counts a fact: how many people.
func people(fact string) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion { return Portion{Num: s.count(fact), Of: Exactly(1)} }
}

// partOf counts the people of one fact among those of another.
func partOf(fact, of string) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion { return within(s.count(fact), s.count(of)) }
}

// ofOne is one operation of one when the answer is yes, none when it is no.
func ofOne(a Answer) Portion {
	switch a {
	case Yes:
		return Portion{Num: Exactly(1), Of: Exactly(1)}
	case No:
		return Portion{Num: Exactly(0), Of: Exactly(1)}
	}
	return Portion{Num: Between(0, 1), Of: Exactly(1)}
}

// whether counts operations of which a fact is true.
func whether(fact string) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion { return ofOne(s.answer(fact)) }
}

// whetherNot counts operations of which a fact is false.
func whetherNot(fact string) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion { return ofOne(s.answer(fact).Not()) }
}

// step counts operations in which a step was done. Where it does not apply, or
// the people declined it, the operation is left out.
func step(name Step) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion {
		switch done, _ := s.facts["step."+string(name)].Value.(string); Done(done) {
		case "done":
			return ofOne(Yes)
		case "not_done":
			return ofOne(No)
		case "not_applicable", "declined":
			return nothing
		}
		return ofOne(Unknown)
	}
}

// withChildren leaves out operations in which no child was met. Where nobody
// knows whether one was, the operation may belong or not.
func withChildren(of func(*figureSheet) Portion) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion {
		p, children := of(s), s.count("met.children")
		switch {
		case children == Exactly(0):
			return nothing
		case children.Min() == 0 && p.Applies():
			most, _ := p.Num.Max()
			return Portion{Num: Between(0, most), Of: Between(0, 1)}
		}
		return p
	}
}

// accounted counts the people for whom somebody has answered, at an age of the
// operation. Operations that are younger are left out.
func accounted(name string) func(*figureSheet) Portion {
	i := slices.IndexFunc(unaccountedAt, func(c Checkpoint) bool { return c.Name == name })
	return func(s *figureSheet) Portion {
		if !s.come(unaccountedAt[i].After) {
			return nothing
		}
		b := s.balance(unaccountedAt[i].After)
		return within(s.Met().Sub(b.Unaccounted).and(AtLeast(b.Accounted().Min())), s.Met())
	}
}

// standingIn counts the people who were in one of some states at an age of the
// operation. Who is unaccounted for may be in any of them, and who is in one by
// a telling without a date may have left it, or come to it later.
func standingIn(after time.Duration, states ...State) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion {
		if !s.come(after) {
			return nothing
		}
		b := s.balance(after)
		sure, perhaps := Exactly(0), b.Unaccounted
		for _, c := range b.States {
			in := slices.Contains(states, c.State)
			switch {
			case c.Undated:
				perhaps = perhaps.Add(c.Count)
			case in:
				sure = sure.Add(c.Count)
			}
		}
		most, bounded := perhaps.Max()
		return within(sure.Add(between(0, most, !bounded)), s.Met())
	}
}

// reported counts events of a kind: in each operation at least those on record,
// since there may be more.
func reported(kind EventKind) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion {
		n := 0
		for _, e := range s.Events {
			if e.Kind == kind {
				n++
			}
		}
		return Portion{Num: AtLeast(n), Of: Exactly(1)}
	}
}

// threats counts the threats on record that were not surely made before the
// operation: at least those, since there may be more. With an age of the
// operation, those that surely came until then; younger operations are left out.
func threats(until time.Duration) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion {
		if until > 0 && !s.come(until) {
			return nothing
		}
		n := 0
		for _, e := range s.Events {
			if e.Kind != "threat" || e.At.Before(s.Operation.Began) == Yes {
				continue
			}
			if _, longest, open := e.At.Since(s.Operation.Began); until == 0 || !open && longest <= until {
				n++
			}
		}
		return Portion{Num: AtLeast(n), Of: Exactly(1)}
	}
}

// answered counts the events of a kind that somebody has answered.
func answered(kind EventKind) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion {
		n, done := 0, 0
		for _, e := range s.Events {
			if e.Kind != kind {
				continue
			}
			n++
			if e.Answered.Known() {
				done++
			}
		}
		return within(Exactly(done), Exactly(n))
	}
}

// outcome adds up the people that events of a kind tell of; unknown where none
// is on record.
func (s *figureSheet) outcome(kind EventKind) (sum Count) {
	for _, e := range s.Events {
		if e.Kind == kind {
			addTo(&sum, e.People)
		}
	}
	return sum
}

// interviewed counts interviews on record.
func interviewed(fact string) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion { return within(s.count(fact), Exactly(len(s.Interviews))) }
}

// suspects counts people classed accused who were held, arrested or charged, or
// only charged.
func (s *figureSheet) suspects(states ...State) Count {
	return s.peopleWhere(func(p *Presence) bool {
		return s.Class(p) == "accused" && slices.ContainsFunc(s.Path(p), func(m *Movement) bool { return slices.Contains(states, m.State) })
	})
}

// closures adds up what closures of venues cost, and what was offered instead.
func closures(of func(*Closure) Count) func(*figureSheet) Count {
	return func(s *figureSheet) (sum Count) {
		for _, c := range s.Closures {
			addTo(&sum, of(c))
		}
		return sum
	}
}

var (
	lostWork = closures(func(c *Closure) Count { return c.LostWork })
	offered  = closures(func(c *Closure) Count { return c.Offered })
	taken    = closures(func(c *Closure) Count { return c.Accepted })
)

// contactWithin answers whether service staff spoke with somebody met within
// some minutes; no when nobody came.
func contactWithin(minutes int) func(*figureSheet) Portion {
	return func(s *figureSheet) Portion {
		c := s.count("service.contact_minutes")
		most, bounded := c.Max()
		switch {
		case s.answer("service.present") == No || c.Min() > minutes:
			return ofOne(No)
		case bounded && most <= minutes:
			return ofOne(Yes)
		}
		return ofOne(Unknown)
	}
}

// keptAfter counts the trained officers who were still in the unit so many
// months after each training. A training that is younger is left out.
func keptAfter(months int) func(*UnitRecord, time.Time) []Course {
	return func(u *UnitRecord, at time.Time) (courses []Course) {
		for _, k := range u.Retention(at) {
			i := slices.IndexFunc(k.After, func(a KeptAfter) bool { return a.Months == months })
			c := Course{Entry: k.Training.ID, At: k.Training.At, Portion: nothing}
			if k.After[i].Come {
				c.Portion = within(k.After[i].Left, k.Training.Officers)
			}
			courses = append(courses, c)
		}
		return courses
	}
}

// passed counts the officers who passed a training, of those who took it.
func passed(u *UnitRecord, _ time.Time) (courses []Course) {
	for _, t := range u.Trainings {
		courses = append(courses, Course{Entry: t.ID, At: t.At, Portion: within(t.Passed, t.Officers)})
	}
	return courses
}

package plumbline

import (
	"cmp"
	"slices"
	"time"
)

// An AreaSheet is what figures ask of one area.
type AreaSheet struct {
	*AreaRecord
	Operations []AreaOperation // there
	Compared   *AreaSheet      // nil when none is named, or the reader may not see it
}

// An AreaOperation is an operation that was in an area.
type AreaOperation struct {
	ID    ID
	Began When
}

// serviceMonths sums what was counted of a service in each month from the first
// of which somebody told to the last that is over: who stops telling leaves a
// gap, and not an end. Of a kind of count, such as tests, only those are asked
// who ever told it.
func (r *AreaRecord) serviceMonths(service ServiceKind, ever func(*Contacts) Count, now time.Time) (months []YearMonth, counts []MonthCount) {
	of := r.ofService(service, ever)
	last := YearMonth(now.UTC().AddDate(0, 0, -now.UTC().Day()).Format("2006-01"))
	var first YearMonth
	for _, c := range of.Contacts {
		if begun, ok := c.From.Earliest(); ok {
			m := YearMonth(begun.Format("2006-01"))
			first = cmp.Or(min(first, m), m)
		}
		if m, ok := c.Month(); ok {
			last = max(last, m)
		}
	}
	for m := first; m != "" && m <= last; m = m.Next() {
		months = append(months, m)
	}
	if len(months) > 0 {
		counts = of.Series(months)[0].Months
	}
	return months, counts
}

func (r *AreaRecord) ofService(service ServiceKind, ever func(*Contacts) Count) *AreaRecord {
	of := &AreaRecord{}
	for _, c := range r.Contacts {
		tells := func(d *Contacts) bool {
			return d.Service == service && d.Organisation == c.Organisation && (ever == nil || ever(d).Known())
		}
		if c.Service == service && slices.ContainsFunc(r.Contacts, tells) {
			of.Contacts = append(of.Contacts, c)
		}
	}
	return of
}

// served counts months of services, of all when none is named.
func served(of func(MonthCount) Portion, ever func(*Contacts) Count, services ...string) func(*AreaSheet, time.Time) []Course {
	if len(services) == 0 {
		services = ServiceKind("").Values()
	}
	return func(s *AreaSheet, now time.Time) (courses []Course) {
		for _, service := range services {
			months, counts := s.serviceMonths(ServiceKind(service), ever, now)
			for i, m := range months {
				at, _ := ParseWhen(string(m)) // which it is
				courses = append(courses, Course{At: at, Service: ServiceKind(service), Portion: of(counts[i])})
			}
		}
		return courses
	}
}

func contactsOf(m MonthCount) Portion { return Portion{Num: m.Contacts, Of: Exactly(1)} }

// lost counts losses of access, each by one portion.
func lost(of func(*AccessLoss, time.Time) Count) func(*AreaSheet, time.Time) []Course {
	return func(s *AreaSheet, now time.Time) (courses []Course) {
		for _, l := range s.Losses {
			courses = append(courses, Course{Entry: l.ID, At: l.From, Service: l.Service, Loss: l, Portion: Portion{Num: of(l, now), Of: Exactly(1)}})
		}
		return courses
	}
}

// aroundMonths is how many whole months stand for the ninety days before an
// operation, and for those after it. Its own month is in neither: nobody knows
// who of that month came before it.
const aroundMonths = 3

// afterOperations counts the contacts of a service in the months after each
// operation, of those in the months before it: in the area, or in the one with
// which it is compared. Where that had an operation itself in one of the months
// it shows nothing, and is left out. A month of which nobody told makes neither
// side known.
func afterOperations(service ServiceKind, compared bool) func(*AreaSheet, time.Time) []Course {
	return func(s *AreaSheet, now time.Time) (courses []Course) {
		counted := s
		if compared {
			counted = s.Compared
		}
		if counted == nil {
			return nil
		}
		for _, o := range s.Operations {
			c := Course{Entry: o.ID, At: o.Began, Service: service}
			if m, ok := o.Began.Month(); ok {
				first, end := m.plus(-aroundMonths), m.plus(aroundMonths+1)
				if now.Before(end.Start()) || compared && counted.hadOperation(first.Start(), end.Start()) {
					continue
				}
				of := counted.ofService(service, nil)
				c.Portion = Portion{Num: of.contactsFrom(m.Next()), Of: of.contactsFrom(first)}
			}
			courses = append(courses, c)
		}
		return courses
	}
}

// plus returns the month so many months later.
func (m YearMonth) plus(months int) YearMonth {
	return YearMonth(m.Start().AddDate(0, months, 0).Format("2006-01"))
}

// hadOperation reports whether an operation was, or may have been, in the area
// in a time.
func (s *AreaSheet) hadOperation(from, until time.Time) bool {
	return slices.ContainsFunc(s.Operations, func(o AreaOperation) bool {
		earliest, ok1 := o.Began.Earliest()
		latest, ok2 := o.Began.Latest()
		return (!ok1 || earliest.Before(until)) && (!ok2 || latest.After(from))
	})
}

// contactsFrom sums the contacts of the months around an operation that begin
// with one. Of the record one service is left.
func (r *AreaRecord) contactsFrom(m YearMonth) (sum Count) {
	if len(r.Contacts) == 0 {
		return Count{}
	}
	sum = Exactly(0)
	for _, n := range r.Series([]YearMonth{m, m.plus(1), m.plus(2)})[0].Months {
		sum = sum.Add(n.Contacts)
	}
	return sum
}

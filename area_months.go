package plumbline

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A YearMonth is one month of the calendar, written "2027-03".
type YearMonth string

// Start returns the first instant of the month, in UTC, and the zero time of
// what is no month.
func (m YearMonth) Start() time.Time {
	t, _ := time.Parse("2006-01", string(m)) // zero when it cannot be read
	return t
}

// Next returns the month after.
func (m YearMonth) Next() YearMonth { return YearMonth(m.Start().AddDate(0, 1, 0).Format("2006-01")) }

// Quarter returns the first month of the quarter in which the month lies.
func (m YearMonth) Quarter() YearMonth {
	t := m.Start()
	return YearMonth(t.AddDate(0, -(int(t.Month())-1)%3, 0).Format("2006-01"))
}

// Month returns the month of a moment that is told to the month at least, as
// it was where it was told.
func (w When) Month() (m YearMonth, ok bool) {
	for part := range strings.SplitSeq(w.text, "/") {
		if w.about || len(part) < len("2027-03") || m != "" && m != YearMonth(part[:7]) {
			return "", false
		}
		m = YearMonth(part[:7])
	}
	return m, m != ""
}

// Month returns the one month of which something is told, and false where it
// is told of another time.
func (t *Told) Month() (YearMonth, bool) {
	m, ok := t.From.Month()
	if until, same := t.Until.Month(); t.Until.Known() && (!same || until != m) {
		return "", false
	}
	return m, ok
}

// Holds reports whether an operation that names this place was in the area: by
// its name, or another that operations call it by. It looks at whole names,
// not at their case.
func (a *Area) Holds(place string) bool {
	same := func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(place)) }
	return strings.TrimSpace(place) != "" && (same(a.Name) || slices.ContainsFunc(a.Called, same))
}

// A contactsKey tells counts of contacts apart: one organisation counts once
// for each.
type contactsKey struct {
	teller      ID
	service     ServiceKind
	setting     Setting
	from, until string
}

func (c *Contacts) key() contactsKey {
	return contactsKey{c.Organisation, c.Service, c.Setting, c.From.String(), c.Until.String()}
}

// SameCount reports whether two are by one organisation of one service,
// setting and time, so that only one of them can stand.
func (c *Contacts) SameCount(d *Contacts) bool { return c.key() == d.key() }

// A ServiceSeries is what was counted of one service month by month.
type ServiceSeries struct {
	Service ServiceKind
	Tellers []ID         // who ever counted it here
	Months  []MonthCount // one for each month asked for
	Apart   []*Contacts  // of another time than one month: in no month
}

// A MonthCount is the sum of what was told of one service in one month. A
// month of which nobody told is a gap, and one of which not everybody told who
// ever counted the service here is a least number: the missing clinic is not a
// missing patient.
type MonthCount struct {
	Told                                                 bool
	Contacts, New, Returning, Condoms, Tests, StaffHours Count
	Missing                                              []ID // who counts the service here and did not tell of the month
}

// Span returns every month from the first to the last of which contacts in any
// of the areas are told.
func Span(areas ...*AreaRecord) (months []YearMonth) {
	var first, last YearMonth
	for _, r := range areas {
		for _, c := range r.Contacts {
			if m, ok := c.Month(); ok {
				first, last = cmp.Or(min(first, m), m), max(last, m)
			}
		}
	}
	for m := first; m != "" && m <= last; m = m.Next() {
		months = append(months, m)
	}
	return months
}

// Series sums contacts by service over months in a row, of which the first and
// the last are in months (see [Span]). Services come in the order of their list.
func (r *AreaRecord) Series(months []YearMonth) (all []ServiceSeries) {
	for _, kind := range ServiceKind("").Values() {
		s := ServiceSeries{Service: ServiceKind(kind), Months: make([]MonthCount, len(months))}
		by := map[YearMonth][]*Contacts{}
		for _, c := range r.Contacts {
			if c.Service != s.Service {
				continue
			}
			if !slices.Contains(s.Tellers, c.Organisation) {
				s.Tellers = append(s.Tellers, c.Organisation)
			}
			if m, ok := c.Month(); ok {
				by[m] = append(by[m], c)
			} else {
				s.Apart = append(s.Apart, c)
			}
		}
		for i, m := range months {
			s.Months[i] = monthCount(by[m], s.Tellers)
		}
		if len(s.Tellers) > 0 {
			all = append(all, s)
		}
	}
	return all
}

func monthCount(told []*Contacts, tellers []ID) (n MonthCount) {
	if len(told) == 0 {
		n.Missing = tellers
		return n
	}
	n.Told = true
	sum := func(of func(*Contacts) Count) Count {
		total := Exactly(0)
		for _, c := range told {
			total = total.Add(of(c))
		}
		for range n.Missing {
			total = total.Add(Count{})
		}
		return total
	}
	for _, org := range tellers {
		if !slices.ContainsFunc(told, func(c *Contacts) bool { return c.Organisation == org }) {
			n.Missing = append(n.Missing, org)
		}
	}
	n.Contacts = sum(func(c *Contacts) Count { return c.Contacts })
	n.New = sum(func(c *Contacts) Count { return c.New })
	n.Returning = sum(func(c *Contacts) Count { return c.Returning })
	n.Condoms = sum(func(c *Contacts) Count { return c.Condoms })
	n.Tests = sum(func(c *Contacts) Count { return c.Tests })
	n.StaffHours = sum(func(c *Contacts) Count { return c.StaffHours })
	return n
}

// Days returns how many days a service was shut out, as of a moment. Where no
// end is told it may have ended on any day since.
func (l *AccessLoss) Days(now time.Time) Count {
	begun, ok1 := l.From.Earliest()
	atLast, ok2 := l.From.Latest()
	if !ok1 || !ok2 || begun.After(now) {
		return Count{}
	}
	last := func(t time.Time) time.Time { return t.Add(-1) } // the moment before the end is in the last day
	days := func(from, until time.Time) int {
		day := 24 * time.Hour
		return max(0, int(until.Truncate(day).Sub(from.Truncate(day))/day))
	}
	if !l.Until.Known() {
		return Between(0, days(begun, now))
	}
	ended, ok3 := l.Until.Earliest()
	if !ok3 {
		return Count{}
	}
	least := days(last(atLast), ended)
	if end, ok := l.Until.Latest(); ok {
		return Between(least, max(least, days(begun, last(end))))
	}
	return AtLeast(least)
}

// A Trend is a group measure of one question by one organisation over time.
type Trend struct {
	Measure  MeasureKind
	Question Text
	Teller   ID
	Points   []*GroupMeasure // oldest first
}

// Trends puts group measures together that one organisation took with one
// question: others cannot be told apart from a change.
func (r *AreaRecord) Trends() (all []Trend) {
	for _, m := range r.Measures {
		i := slices.IndexFunc(all, func(t Trend) bool {
			return t.Measure == m.Measure && t.Question == m.Question && t.Teller == m.Organisation
		})
		if i < 0 {
			i, all = len(all), append(all, Trend{Measure: m.Measure, Question: m.Question, Teller: m.Organisation})
		}
		all[i].Points = append(all[i].Points, m)
	}
	for _, t := range all {
		slices.SortStableFunc(t.Points, func(a, b *GroupMeasure) int { return cmp.Compare(a.From.String(), b.From.String()) })
	}
	return all
}

// Share returns the bounds of the part that said yes, and false where they are
// not told or nobody was asked.
func (m *GroupMeasure) Share() (low, high float64, ok bool) {
	most, bounded := m.Asked.Max()
	if !bounded || m.Asked.Min() == 0 {
		return 0, 0, false
	}
	yes, bounded := m.Yes.Max()
	if !bounded {
		return 0, 0, false
	}
	return float64(m.Yes.Min()) / float64(most), min(1, float64(yes)/float64(m.Asked.Min())), true
}

// A Voice is an organisation that tells something of an area, with how much.
type Voice struct {
	Organisation ID
	Entries      int
}

// Voices lists who tells of the area, the most first.
func (r *AreaRecord) Voices() (all []Voice) {
	for _, e := range r.Entries() {
		org := TellerOf(e)
		if org == "" {
			continue
		}
		i := slices.IndexFunc(all, func(v Voice) bool { return v.Organisation == org })
		if i < 0 {
			i, all = len(all), append(all, Voice{Organisation: org})
		}
		all[i].Entries++
	}
	slices.SortStableFunc(all, func(a, b Voice) int { return b.Entries - a.Entries })
	return all
}

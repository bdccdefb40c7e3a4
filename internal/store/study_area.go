package store

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strconv"

	"plumbline"
)

// An AreaAsk says which contacts a series counts, and from which month its
// event is there.
type AreaAsk struct {
	Area    plumbline.ID
	Service plumbline.ServiceKind
	Event   string // a month, as 2027-03; empty for that of the first operation in the area after the first month
}

// An AreaSeries is contacts month by month in an area and in the one that it
// is compared with.
type AreaSeries struct {
	First, Last plumbline.YearMonth
	Event       string // the month taken; empty when there was no operation
	Compared    string // the name of the other area; empty when none is named
	Gaps        int    // months of either area of which nobody told, and
	Partial     int    // of which not everybody told, or only a least number: both without a value
	Operations  int    // in the area
	CSV         []byte
}

// areaColumns are the columns of the series of an area. Comparison is 1 in the
// rows of the area without the event, as plumbline estimate series --control
// wants it. Contacts are empty in a month that not everybody told of who counts
// the service there; least is what was told.
var areaColumns = []string{"month", "time", "comparison", "contacts", "least", "staff_hours", "operations", "event"}

// AreaSeries makes a table of the contacts of one service in an area, with a
// row for every month from the first told to the last, and of the area that it
// is compared with as a second group. It needs SeeAreas, and returns Invalid
// when nobody told of a month, or when the event lies outside of them.
func (db *DB) AreaSeries(ctx context.Context, a plumbline.Actor, ask AreaAsk) (*AreaSeries, error) {
	area, err := db.Area(ctx, a, ask.Area)
	if err != nil {
		return nil, err
	}
	areas := []*Area{area}
	s := &AreaSeries{Operations: len(area.Operations), Event: ask.Event}
	if area.Compared != nil {
		areas, s.Compared = append(areas, area.Compared), area.Compared.Name()
	}
	var records []*plumbline.AreaRecord
	for _, at := range areas {
		records = append(records, &plumbline.AreaRecord{Contacts: slices.DeleteFunc(slices.Clone(at.Record.Contacts), func(c *plumbline.Contacts) bool { return c.Service != ask.Service })})
	}
	if plumbline.Span(records[0]) == nil {
		return nil, plumbline.Invalid("service", "problem.no_contacts")
	}
	months := plumbline.Span(records...)
	s.First, s.Last = months[0], months[len(months)-1]
	if s.Event == "" {
		s.Event = firstOperation(area.Operations, months)
	} else if ask.Event <= string(s.First) || ask.Event > string(s.Last) || !isMonth(ask.Event) {
		return nil, plumbline.Invalid("event", "problem.bad_event", "Got", ask.Event, "From", s.First, "Until", s.Last)
	}
	head := areaColumns
	if s.Event == "" {
		head = head[:len(head)-1]
	}
	rows := [][]string{head}
	for group, at := range areas {
		for i, n := range seriesOf(records[group], months) {
			rows = append(rows, s.row(months, i, group, n, at.Operations)[:len(head)])
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	err = w.WriteAll(rows)
	s.CSV = out.Bytes()
	return s, err
}

// seriesOf sums contacts of one service; where there are none, each month is a
// gap.
func seriesOf(r *plumbline.AreaRecord, months []plumbline.YearMonth) []plumbline.MonthCount {
	if all := r.Series(months); len(all) > 0 {
		return all[0].Months
	}
	return make([]plumbline.MonthCount, len(months))
}

// firstOperation returns the month of the first operation after the first
// month, or none.
func firstOperation(operations []Summary, months []plumbline.YearMonth) string {
	for _, o := range operations {
		if m, ok := o.Began.Month(); ok && slices.Contains(months[1:], m) {
			return string(m)
		}
	}
	return ""
}

func (s *AreaSeries) row(months []plumbline.YearMonth, i, group int, n plumbline.MonthCount, operations []Summary) []string {
	exact, least := number(n.Contacts), ""
	switch {
	case !n.Told:
		s.Gaps++
	default:
		least = strconv.Itoa(n.Contacts.Min())
		if exact == "" {
			s.Partial++
		}
	}
	there := 0
	for _, o := range operations {
		if m, ok := o.Began.Month(); ok && m == months[i] && !o.Series {
			there++
		}
	}
	return []string{string(months[i]), strconv.Itoa(i + 1), strconv.Itoa(group), exact, least, number(n.StaffHours), strconv.Itoa(there), strconv.Itoa(flag(string(months[i]) >= s.Event))}
}

// number writes a count that is exact, or rounded, and nothing for another.
func number(c plumbline.Count) string {
	if n, ok := c.Exact(); ok {
		return strconv.Itoa(n)
	}
	if n, ok := c.Guess(); ok {
		return strconv.Itoa(n)
	}
	return ""
}

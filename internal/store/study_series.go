package store

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strconv"
	"time"

	"plumbline"
)

// A SeriesAsk says which operations a series counts, and from which month its
// event is there.
type SeriesAsk struct {
	Origin  plumbline.Origin // needed: made-up and real operations are not counted together
	Country string
	Unit    plumbline.ID
	Event   string // the first month with it, as 2027-03; empty for none
}

// A Series is monthly counts made from the record.
type Series struct {
	First, Last string // months
	Months      int
	Operations  int
	Undated     int // operations that are dated less exactly than to the month, and not in it
	Several     int // entries that stand for several operations, and are not in it
	NotCounted  int // operations of which nobody has told how many were met: they count as operations
	Least       int // of which only the least number of people met is known, and was taken
	CSV         []byte
}

// seriesColumns are the columns of a series. People are the least that is on
// record; not_counted tells how many operations have no count at all.
var seriesColumns = []string{"month", "time", "operations", "people_met", "children_met", "accused", "removed", "not_counted"}

// MonthlySeries counts by month the operations that the actor sees and the
// question asks for. It has every month from the first to the last in which
// the record that the actor sees, of that origin, has an operation: within it
// a month without operations has nought, since the record covers it; outside
// there is no month, since the record says nothing. It needs SeeOperation, and
// returns Invalid when no operation is dated to the month.
func (db *DB) MonthlySeries(ctx context.Context, a plumbline.Actor, ask SeriesAsk) (*Series, error) {
	all, err := db.Summaries(ctx, a, Filter{Origin: ask.Origin})
	if err != nil {
		return nil, err
	}
	s := new(Series)
	counts := map[string]*[6]int{}
	var months []string
	for _, o := range all {
		at, dated := o.Began.Month()
		month := string(at)
		asked := (ask.Country == "" || o.Country == ask.Country) && (ask.Unit == "" || o.Unit == ask.Unit)
		if o.Series || !dated {
			if asked && o.Series {
				s.Several++
			} else if asked {
				s.Undated++
			}
			continue
		}
		months = append(months, month)
		if asked {
			if counts[month] == nil {
				counts[month] = new([6]int)
			}
			s.add(counts[month], &o)
		}
	}
	if len(months) == 0 {
		return nil, plumbline.Invalid("origin", "problem.no_months")
	}
	s.First, s.Last = slices.Min(months), slices.Max(months)
	if ask.Event != "" && (ask.Event <= s.First || ask.Event > s.Last || !isMonth(ask.Event)) {
		return nil, plumbline.Invalid("event", "problem.bad_event", "Got", ask.Event, "From", s.First, "Until", s.Last)
	}
	return s, s.write(counts, ask.Event)
}

func isMonth(s string) bool { _, err := time.Parse("2006-01", s); return err == nil }

func (s *Series) add(n *[6]int, o *Summary) {
	s.Operations++
	n[0]++
	for i, c := range []plumbline.Count{o.Met, o.Tally.Children, o.Tally.Accused, o.Tally.Removed} {
		n[i+1] += c.Min()
	}
	if !o.Met.Known() {
		s.NotCounted++
		n[5]++
	} else if _, exact := o.Met.Exact(); !exact {
		s.Least++
	}
}

// write makes the file, a row a month.
func (s *Series) write(counts map[string]*[6]int, event string) error {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	head := seriesColumns
	if event != "" {
		head = append(slices.Clone(head), "event")
	}
	if err := w.Write(head); err != nil {
		return err
	}
	at, err := time.Parse("2006-01", s.First)
	if err != nil {
		return err
	}
	for month := s.First; month <= s.Last; month = at.Format("2006-01") {
		s.Months++
		row := []string{month, strconv.Itoa(s.Months)}
		n := counts[month]
		if n == nil {
			n = new([6]int)
		}
		for _, v := range n {
			row = append(row, strconv.Itoa(v))
		}
		if event != "" {
			row = append(row, strconv.Itoa(flag(month >= event)))
		}
		if err := w.Write(row); err != nil {
			return err
		}
		at = at.AddDate(0, 1, 0)
	}
	w.Flush()
	s.CSV = out.Bytes()
	return w.Error()
}

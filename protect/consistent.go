package protect

import (
	"context"
	"fmt"
	"strings"
)

// AtLeast returns the counts without those under least. With a count go all that it is part of, since
// no combination is counted more often than its parts. Leaving noisy counts out costs no privacy.
func (a *Aggregates) AtLeast(least int64) *Aggregates {
	out := *a
	out.Counts = nil
	for _, c := range a.Counts {
		if c.Count >= least {
			out.Counts = append(out.Counts, c)
		}
	}
	return &out
}

// Check returns an error unless the counts are such as [Aggregate] or [Marginals] make: none under least, each a
// multiple of unit, and no combination counted more often than one of its parts or than there are records. Nothing but
// the counts is needed for it, so any reader can ask.
func (a *Aggregates) Check(least, unit int64) error {
	if a.Records%unit != 0 {
		return fmt.Errorf("the number of records, %d, is not a multiple of %d", a.Records, unit)
	}
	count := make(map[string]int64, len(a.Counts))
	for _, c := range a.Counts {
		count[selectionText(c.Selections)] = c.Count
	}
	part := make([]Pair, 0, maxSelections)
	for _, c := range a.Counts {
		whole := int64(a.Records)
		if len(c.Selections) > 1 {
			for leave := range c.Selections {
				part = append(append(part[:0], c.Selections[:leave]...), c.Selections[leave+1:]...)
				whole = min(whole, count[selectionText(part)])
			}
		}
		switch {
		case c.Count < least:
			return fmt.Errorf("%s is counted %d times, under %d", pairText(c.Selections), c.Count, least)
		case c.Count%unit != 0:
			return fmt.Errorf("%s is counted %d times, which is no multiple of %d", pairText(c.Selections), c.Count, unit)
		case c.Count > whole:
			return fmt.Errorf("%s is counted %d times and a part of it %d times", pairText(c.Selections), c.Count, whole)
		}
	}
	return nil
}

// Covers returns an error unless every combination of up to length values in rows is one that a counts, and no single
// value is in more rows than it is counted. With k-aggregates that shows, without the records, that at least k of them share
// every such part of every row.
func (a *Aggregates) Covers(ctx context.Context, rows *Table, length int) error {
	counted := make(map[string]int64, len(a.Counts))
	for _, c := range a.Counts {
		counted[selectionText(c.Selections)] = c.Count
	}
	var wrong error
	err := eachCount(ctx, rows, length, func(pick []int, codes []uint32, n int32) {
		if wrong != nil {
			return
		}
		p := pairs(rows, pick, codes)
		switch is, ok := counted[selectionText(p)]; {
		case !ok:
			wrong = fmt.Errorf("%s is in the rows and is not counted", pairText(p))
		case len(p) == 1 && int64(n) > is:
			wrong = fmt.Errorf("%s is in %d rows and is counted %d times", pairText(p), n, is)
		}
	})
	if err != nil {
		return err
	}
	return wrong
}

func pairText(ps []Pair) string {
	var parts []string
	for _, p := range ps {
		parts = append(parts, p.Column+" = "+p.Value)
	}
	return strings.Join(parts, ", ")
}

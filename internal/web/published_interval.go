package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"plumbline/figure"
	"plumbline/internal/store"
)

// intervals are numbers with their limits on one scale, for a picture.
type intervals struct {
	Rows     []intervalRow
	From, To string // the ends of the scale
	Unit     string
	Hidden   int
}

// An intervalRow is one number. X, Low and High are places on the scale, in per
// cent of it.
type intervalRow struct {
	Label                  string
	Value, Lower, Upper    string
	People                 string
	Hidden, Known          bool // that there is a limit to draw
	X, XLow, XHigh, XWidth string
}

// place puts the rows on one scale, which begins at nought unless something is
// below it.
func (s *intervals) place(rtl bool) *intervals {
	at := func(text string) (float64, bool) {
		v, err := strconv.ParseFloat(text, 64)
		return v, err == nil
	}
	low, high := 0.0, 0.0
	for _, r := range s.Rows {
		for _, text := range []string{r.Value, r.Lower, r.Upper} {
			if v, ok := at(text); ok {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	step := tickStep(high - low)
	low, high = math.Floor(low/step)*step, math.Ceil(high/step)*step
	places := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	s.From, s.To = strconv.FormatFloat(low, 'f', places, 64), strconv.FormatFloat(high, 'f', places, 64)
	x := func(v float64) float64 { return 100 * (v - low) / (high - low) }
	for i := range s.Rows {
		r := &s.Rows[i]
		v, ok := at(r.Value)
		if !ok {
			continue
		}
		from, to := v, v
		if l, ok := at(r.Lower); ok {
			from, r.Known = l, true
		}
		if u, ok := at(r.Upper); ok {
			to, r.Known = u, true
		}
		mid, left, right := x(v), x(from), x(to)
		if rtl {
			mid, left, right = 100-mid, 100-right, 100-left
		}
		r.X, r.XLow, r.XHigh, r.XWidth = num(mid)+"%", num(left)+"%", num(right)+"%", num(right-left)+"%"
	}
	return s
}

// intervalWords says an interval in words.
func (p *Page) intervalWords(i *figure.Interval) string {
	limits := p.limits(i.Lower, i.Upper)
	if i.Kind == figure.Bounds {
		return p.T("interval.bounds", "Limits", limits)
	}
	return p.T("interval."+i.Kind, "Limits", limits, "Level", figure.PercentOf(i.Level))
}

// Digits and Limits are for templates.
func (p *Page) Digits(number string) string       { return p.digits(number) }
func (p *Page) Limits(lower, upper string) string { return p.limits(lower, upper) }

// Withdraws reports whether what a list or a page shows is a withdrawal.
func (p *Page) Withdraws(r any) bool {
	switch r := r.(type) {
	case *store.Release:
		return r.Statement.Predicate.Withdraws != nil
	case *store.ReleaseSummary:
		return r.Withdraws != ""
	case releasedRow:
		return r.ReleaseSummary.Withdraws != ""
	}
	return false
}

// limits writes the limits of a number; empty where neither is known.
func (p *Page) limits(lower, upper string) string {
	switch {
	case lower == "" && upper == "":
		return ""
	case upper == "":
		return p.T("count.at_least", "Value", p.digits(lower))
	case lower == "":
		return p.T("interval.at_most", "Value", p.digits(upper))
	}
	return p.T("interval.between", "Low", p.digits(lower), "High", p.digits(upper))
}

// publishedCounts are the counts of the values of one column, of made-up rows.
type publishedCounts struct {
	Column string
	Bars   []bar
}

// numbers fills in the values that a release quotes, its estimates, and the
// counts that go with made-up rows.
func (p *publishedPage) numbers(r *store.Release) error {
	f := p.Figures
	if f == nil {
		return nil
	}
	_, c, err := r.Files.Contents()
	if err != nil {
		return err
	}
	sure := &intervals{Unit: f.Definition.Unit}
	kind, level := "", ""
	for _, v := range f.Values {
		q := quotedValue{Value: p.digits(v.Value), Unit: f.Definition.Unit, What: p.cellName(v.Cell), Of: p.cellName(v.Of)}
		if i := v.Interval; i != nil {
			q.Interval = p.intervalWords(i)
			kind, level = i.Kind, i.Level
			sure.Rows = append(sure.Rows, intervalRow{Label: cmp.Or(q.What, f.Definition.Numerator), Value: v.Value, Lower: i.Lower, Upper: i.Upper})
		} else if f.Estimate != nil {
			q.Interval = p.T("interval.unknown")
		}
		p.Values = append(p.Values, q)
	}
	if c.Estimates != nil {
		kind, level = f.Estimate.Kind, f.Estimate.Level
		p.Estimates = &intervals{Unit: f.Definition.Unit}
		for _, e := range c.Estimates.Rows {
			row := intervalRow{Label: strings.Join(e.Group, p.T("list.comma")), Value: e.Estimate, Lower: e.Lower, Upper: e.Upper, Hidden: e.Hidden}
			if len(c.Estimates.Rows) == 1 {
				row.Label = f.Definition.Numerator
			}
			if e.Hidden {
				p.Estimates.Hidden++
			} else {
				row.People = p.Number(e.People)
			}
			p.Estimates.Rows = append(p.Estimates.Rows, row)
		}
		p.Estimates.place(p.RTL())
	} else if len(sure.Rows) > 0 {
		p.Sure = sure.place(p.RTL())
	}
	if kind != "" {
		p.Means = p.T("interval.means_"+kind, "Level", figure.PercentOf(level))
	}
	if c.Counts == nil {
		return nil
	}
	most := max(1, c.Counts.Records)
	p.Total = p.Number(int(c.Counts.Records))
	for _, n := range c.Counts.Counts {
		if len(n.Selections) != 1 {
			continue
		}
		at := slices.IndexFunc(p.Rows, func(x publishedCounts) bool { return x.Column == n.Selections[0].Column })
		if at < 0 {
			at = len(p.Rows)
			p.Rows = append(p.Rows, publishedCounts{Column: n.Selections[0].Column})
		}
		if len(p.Rows[at].Bars) < publishedBars {
			p.Rows[at].Bars = append(p.Rows[at].Bars, bar{Label: n.Selections[0].Value, Count: p.Number(int(n.Count)), Share: int(1000 * n.Count / most)})
		}
	}
	return nil
}

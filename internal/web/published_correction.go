package web

import (
	"slices"
	"strconv"
	"strings"

	"plumbline/figure"
	"plumbline/internal/store"
)

// A releaseCorrection is a release beside the one that takes its place: what was
// changed and why.
type releaseCorrection struct {
	Old, New     string // ids
	Reason, Made string
	Rows         []correctedRow
	More         int // rows that the page does not show
	Same         int // numbers that are as they were
}

// A correctedRow is one thing that is other than it was; empty where it was
// not there, or is not any more.
type correctedRow struct{ What, Old, New string }

// correctedRows is how many changes a page shows.
const correctedRows = 60

// releaseCorrections sets a release beside the one that corrects it, and a
// proposal beside the one that it would correct.
func (q *request) releaseCorrections(p *Page, r *store.Release) (list []releaseCorrection, err error) {
	old, next := r, r
	was := r.Statement.Predicate.Supersedes
	switch {
	case r.Corrected != nil:
		next, err = q.s.Store.PublishedRelease(q.Context(), r.Corrected.ID)
	case was != nil && r.Published.IsZero():
		old, err = q.s.Store.PublishedRelease(q.Context(), was.ID)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := p.correctionOf(old, next)
	return []releaseCorrection{c}, err
}

// correctionOf compares two releases: what they say, and every number of theirs
// that stands in the same place.
func (p *Page) correctionOf(old, next *store.Release) (releaseCorrection, error) {
	made := next.Statement.Predicate
	c := releaseCorrection{Old: old.ID, New: next.ID, Reason: made.Reason, Made: made.Made}
	before, err := p.tellings(old)
	if err != nil {
		return c, err
	}
	after, err := p.tellings(next)
	if err != nil {
		return c, err
	}
	now := map[string]string{}
	for _, t := range after {
		now[t.What] = t.New
	}
	was := map[string]bool{}
	var rows []correctedRow
	for _, t := range before {
		was[t.What] = true
		if now[t.What] != t.New {
			rows = append(rows, correctedRow{t.What, t.New, now[t.What]})
		} else {
			c.Same++
		}
	}
	for _, t := range after {
		if !was[t.What] {
			rows = append(rows, correctedRow{t.What, "", t.New})
		}
	}
	c.Rows = rows[:min(len(rows), correctedRows)]
	c.More = len(rows) - len(c.Rows)
	return c, nil
}

// tellings are what a release says, one thing after the other: its numbers
// first. New holds what it says.
func (p *Page) tellings(r *store.Release) (list []correctedRow, err error) {
	s, contents, err := r.Files.Contents()
	if err != nil || s.Predicate.Figures == nil {
		return nil, err
	}
	f := s.Predicate.Figures
	tell := func(what, text string) { list = append(list, correctedRow{What: what, New: text}) }
	number := func(value string, lower, upper string) string {
		if limits := p.limits(lower, upper); limits != "" {
			return p.digits(value) + " (" + limits + ")"
		}
		return p.digits(value)
	}
	for _, v := range f.Values {
		if v.Interval == nil {
			v.Interval = &figure.Interval{}
		}
		what := p.T("corrected.quoted")
		if cell := p.cellName(v.Cell); cell != "" {
			what += " · " + cell
		}
		tell(what, number(v.Value, v.Interval.Lower, v.Interval.Upper)+" "+f.Definition.Unit)
	}
	for i, t := range contents.Tables {
		for _, c := range t.Cells {
			var at []string
			if len(contents.Tables) > 1 {
				at = append(at, strconv.Itoa(i+1))
			}
			for j, v := range c.Values {
				if v != t.Total {
					at = append(at, t.By[j]+": "+v)
				}
			}
			if len(at) == 0 {
				at = append(at, p.T("published.all"))
			}
			text := p.T("published.hidden")
			if c.Count != nil {
				text = p.Number(int(*c.Count))
			}
			tell(strings.Join(at, p.T("list.comma")), text)
		}
	}
	if t := contents.Estimates; t != nil {
		for _, e := range t.Rows {
			text := p.T("published.hidden")
			if !e.Hidden {
				text = number(e.Estimate, e.Lower, e.Upper)
			}
			tell(strings.Join(e.Group, p.T("list.comma")), text)
		}
	}
	if contents.Counts != nil {
		tell(p.T("published.all"), p.Number(int(contents.Counts.Records)))
		for _, n := range contents.Counts.Counts {
			at := map[string]string{}
			for _, x := range n.Selections {
				at[x.Column] = x.Value
			}
			tell(p.cellName(at), p.Number(int(n.Count)))
		}
	}
	d := f.Definition
	for _, x := range []struct{ key, text string }{{"propose.ask.title", s.Predicate.Title}, {"propose.ask.text", d.Text}, {"propose.ask.numerator", d.Numerator}, {"propose.ask.denominator", d.Denominator},
		{"propose.ask.unit", d.Unit}, {"propose.ask.period", d.Period}, {"propose.ask.basis", d.Basis}, {"propose.ask.population", d.Population}, {"propose.ask.rule", d.Rule},
		{"propose.ask.exclusions", strings.Join(slices.Sorted(slices.Values(d.Exclusions)), p.T("list.semicolon"))}} {
		tell(p.T(x.key), x.text)
	}
	return list, nil
}

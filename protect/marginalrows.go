package protect

import (
	"context"
	"fmt"
	"math"
)

// SynthesiseMarginals makes rows that have, as nearly as can be, the counts of a, which may be differentially
// private marginals or k-aggregates. It looks at nothing else, so it costs no privacy. Every
// part, of up to the length of a, of every row is one that a counts.
//
// header gives the columns and their order; columns that a does not count stay empty.
func SynthesiseMarginals(ctx context.Context, a *Aggregates, header []string, seed uint64) (*Synthesis, error) {
	length := min(a.Length, 3)
	t, err := NewTable("synthetic", header, nil)
	if err != nil {
		return nil, err
	}
	place := map[string]int{}
	code := make([]map[string]uint32, len(header))
	for j, h := range header {
		place[h] = j
		code[j] = map[string]uint32{}
	}
	for _, c := range a.Counts {
		for _, p := range c.Selections {
			j, ok := place[p.Column]
			if !ok {
				return nil, &InputError{Column: p.Column, Wrong: "the counts have a column that the header lacks", Want: "one of " + quoteSome(header)}
			}
			if p.Value == "" {
				return nil, &InputError{Column: p.Column, Wrong: "the counts have a value that is empty", Want: "counts of filled values"}
			}
			if _, ok := code[j][p.Value]; !ok && len(c.Selections) == 1 {
				code[j][p.Value] = uint32(len(t.columns[j].values))
				t.columns[j].values = append(t.columns[j].values, p.Value)
			}
		}
	}
	s := newSynthesiser(t, 1, max(length, 1), seed)
	s.batch = int32(max(10, 10*a.Records/batchFrom))
	for _, c := range a.Counts {
		if len(c.Selections) > length || c.Count <= 0 {
			continue
		}
		pick, codes := make([]int, len(c.Selections)), make([]uint32, len(c.Selections))
		for i, p := range c.Selections {
			pick[i] = place[p.Column]
			if codes[i] = code[pick[i]][p.Value]; codes[i] == 0 {
				return nil, &InputError{Column: p.Column, Wrong: fmt.Sprintf("the value %q is counted in a combination and not by itself", p.Value), Want: "counts of every part of a combination"}
			}
		}
		n := int32(min(c.Count, math.MaxInt32))
		s.aimAt(pick, codes, n, n)
	}
	s.ready()
	s.support = &countSupport{s: s}
	if err := s.aim(ctx); err != nil {
		return nil, err
	}
	if err := s.finish(ctx); err != nil {
		return nil, err
	}
	return &Synthesis{Method: "from-aggregates", Version: Version, K: a.K, Length: length, Seed: seed, Records: int(a.Records), SyntheticRows: len(s.order), Rows: s.table(), Warnings: []Warning{}}, nil
}

// MakeMarginals returns Marginals and SynthesiseMarginals as [RiskSpec] wants them for the membership test. What it makes
// is thrown away, so it spends of no budget.
func MakeMarginals(spec MarginalsSpec) func(context.Context, *Table) (*Table, error) {
	spec.Budget, spec.Delta = nil, 0
	return func(ctx context.Context, t *Table) (*Table, error) {
		m, err := Marginals(ctx, t, spec)
		if err != nil {
			return nil, err
		}
		s, err := SynthesiseMarginals(ctx, &m.Aggregates, t.Header(), 1)
		if err != nil {
			return nil, err
		}
		return s.Rows, nil
	}
}

// countSupport lets a row grow by values all of whose combinations with it are counted.
type countSupport struct {
	s     *synthesiser
	row   []int32
	maybe []int32 // values that may still be added
}

func (c *countSupport) begin(row []int32) {
	c.row = append(c.row[:0], row[0])
	c.maybe = c.maybe[:0]
	for v := range c.s.colOf {
		if c.fits(int32(v), 0) {
			c.maybe = append(c.maybe, int32(v))
		}
	}
	for _, v := range row[1:] {
		c.add(v)
	}
}

func (c *countSupport) open(into []int32) []int32 { return append(into, c.maybe...) }

func (c *countSupport) add(v int32) {
	c.row = append(c.row, v)
	kept := c.maybe[:0]
	for _, u := range c.maybe {
		if c.fits(u, len(c.row)-1) {
			kept = append(kept, u)
		}
	}
	c.maybe = kept
}

// fits reports whether v goes with the value of the row at i and each before it.
func (c *countSupport) fits(v int32, i int) bool {
	s, u := c.s, c.row[i]
	if s.avail[v] <= 0 || s.colOf[v] == s.colOf[u] {
		return false
	}
	if s.length < 2 {
		return true
	}
	w := s.word[u] ^ s.word[v]
	if s.combos.get(w) < 0 {
		return false
	}
	if s.length < 3 {
		return true
	}
	for _, x := range c.row[:i] {
		if s.combos.get(w^s.word[x]) < 0 {
			return false
		}
	}
	return true
}

func (c *countSupport) refuses([]int32) bool { return false }

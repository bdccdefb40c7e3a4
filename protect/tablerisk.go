package protect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// TableReport says what readers could work out from published tables. It is made from
// what readers have alone, so it may be published, and anybody can make it again.
type TableReport struct {
	Method   string    `json:"method"`
	Version  string    `json:"version"`
	Min      int       `json:"min"`
	Safe     bool      `json:"safe"`
	Findings []Finding `json:"findings"`
}

// TableRiskSpec says how published tables were made.
type TableRiskSpec struct {
	Min int // the smallest count that may be shown
	// ZerosShown tells that empty cells are shown, so that a hidden count is at least 1.
	ZerosShown bool
	// Noisy tells that the counts carry noise: their margins need not add, and hidden counts are not attacked.
	Noisy bool
	// Most is how many hidden counts are attacked, since it takes time with their square and more; with more of them the attack
	// is not made, and what stands is the proof of [Suppress]. 0 means as many as can be.
	Most int
	// Same are earlier tables of the same records, Changed earlier ones of others, as the same
	// people a month before.
	Same, Changed []Frequency
}

// TableRisk attacks published tables with nothing but themselves and what was published before. It looks for
// counts under Min, margins that do not add, hidden counts that can be known to be small
// ([Attack]), groups whose people all have one value, and differences to earlier tables that are small.
func TableRisk(ctx context.Context, tables []Frequency, spec TableRiskSpec) (*TableReport, error) {
	if spec.Min < 2 {
		return nil, option("min", fmt.Sprintf("%d as the smallest count shown hides nobody", spec.Min), "2 or more; 10 is usual")
	}
	r := &TableReport{Method: "table-risk", Version: Version, Min: spec.Min, Safe: true}
	find := func(code string, ok bool, format string, args ...any) {
		result := "passed"
		if !ok {
			result, r.Safe = "failed", false
		}
		r.Findings = append(r.Findings, Finding{code, result, fmt.Sprintf(format, args...)})
	}
	small := 0
	for _, f := range tables {
		for _, c := range f.Cells {
			if c.Count != nil && (*c.Count > 0 && *c.Count < int64(spec.Min) || *c.Count == 0 && !spec.ZerosShown && !spec.Noisy) {
				small++
			}
		}
	}
	find("small_counts", small == 0, "%d counts under %d are shown", small, spec.Min)

	n := hiddenCounts(slices.Concat(tables, spec.Same))
	if spec.Noisy {
		r.Findings = append(r.Findings, Finding{"attack", "not possible", "the counts carry noise, so margins say nothing exact about the hidden ones"})
	} else if n > cmp.Or(spec.Most, attackMost) {
		r.Findings = append(r.Findings, Finding{"attack", "not possible", fmt.Sprintf("%d counts are hidden, too many for the exact attack", n)})
	} else if err := attackTables(ctx, slices.Concat(tables, spec.Same), spec, find); errors.Is(err, errStalled) {
		r.Findings = append(r.Findings, Finding{"attack", "not possible", fmt.Sprintf("with %d counts hidden, empty ones perhaps among them, the exact attack came to no answer", n)})
	} else if err != nil {
		return nil, err
	}

	groups := 0
	for _, f := range tables {
		groups += len(groupsOf(f, spec.Min))
	}
	if groups > 0 {
		r.Findings = append(r.Findings, Finding{"group_disclosure", "noted", fmt.Sprintf("in %d groups everybody has one value: whoever is known to be in the group is known to have it", groups)})
	}

	if len(spec.Changed) == 0 {
		r.Findings = append(r.Findings, Finding{"differencing", "not possible", "no earlier table of other records was given"})
		return r, nil
	}
	then := map[string][]int64{}
	for _, f := range spec.Changed {
		for _, c := range f.Cells {
			if c.Count != nil {
				key := cellKey(f, c.Values)
				then[key] = append(then[key], *c.Count)
			}
		}
	}
	changes := 0
	for _, f := range tables {
		for _, c := range f.Cells {
			if c.Count == nil {
				continue
			}
			for _, was := range then[cellKey(f, c.Values)] {
				if d := max(*c.Count-was, was-*c.Count); d > 0 && d < int64(spec.Min) {
					changes++
				}
			}
		}
	}
	if spec.Noisy {
		r.Findings = append(r.Findings, Finding{"differencing", "noted", fmt.Sprintf("%d counts differ from an earlier table by less than %d; with noise on both, a reader cannot tell by how much", changes, spec.Min)})
	} else {
		find("differencing", changes == 0, "%d counts differ from an earlier table by 1 to %d", changes, spec.Min-1)
	}
	return r, nil
}

func hiddenCounts(tables []Frequency) (n int) {
	for _, f := range tables {
		for _, c := range f.Cells {
			if c.Count == nil {
				n++
			}
		}
	}
	return n
}

func attackTables(ctx context.Context, tables []Frequency, spec TableRiskSpec, find func(string, bool, string, ...any)) error {
	p, err := newAttack(tables, AttackSpec{ZerosShown: spec.ZerosShown})
	if err != nil {
		find("margins", false, "%v", err)
		return nil
	}
	p.limit = 10 // an attack that does not stall takes two or three
	find("margins", true, "every margin is the sum of its parts, as far as they are shown")
	if err := p.start(ctx); err != nil {
		if err == errInfeasible {
			find("attack", false, "%v", err)
			return nil
		}
		return err
	}
	// Only whether a hidden count can reach Min is asked, so each vertex on the way answers for many.
	reach := make([]bool, p.n)
	look := func() {
		for i, b := range p.basis {
			if b >= 0 && p.rows[i][p.n]+p.floor >= float64(spec.Min)-1e-6 {
				reach[b] = true
			}
		}
	}
	look()
	var known []string
	for i := range p.n {
		if reach[i] {
			continue
		}
		up, err := p.extreme(ctx, i, 1)
		if err != nil {
			return err
		}
		look()
		if up+p.floor < float64(spec.Min)-1e-6 {
			var text []string
			for _, c := range p.cells[i] {
				text = append(text, c.Column+" = "+c.Value)
			}
			known = append(known, strings.Join(text, ", "))
		}
	}
	if len(known) == 0 {
		find("attack", true, "none of %d hidden counts can be known to be under %d", p.n, spec.Min)
		return nil
	}
	find("attack", false, "%d of %d hidden counts can be known to be under %d, the first: %s", len(known), p.n, spec.Min, known[0])
	return nil
}

// groupsOf lists the margins of a table all of whose people have one value of a column, as far as shown.
func groupsOf(f Frequency, least int) []GroupDisclosure {
	count := map[string]int64{}
	for _, c := range f.Cells {
		if c.Count != nil {
			count[strings.Join(c.Values, "\x00")] = *c.Count
		}
	}
	out := []GroupDisclosure{}
	margin := make([]string, len(f.By))
	for _, c := range f.Cells {
		if c.Count == nil || *c.Count < int64(least) {
			continue
		}
		for j, v := range c.Values {
			if v == f.Total {
				continue
			}
			copy(margin, c.Values)
			margin[j] = f.Total
			if n, ok := count[strings.Join(margin, "\x00")]; ok && n == *c.Count {
				g := GroupDisclosure{Cell: []Pair{}, Column: f.By[j], Value: v}
				for k, w := range margin {
					if w != f.Total {
						g.Cell = append(g.Cell, Pair{f.By[k], w})
					}
				}
				out = append(out, g)
			}
		}
	}
	return out
}

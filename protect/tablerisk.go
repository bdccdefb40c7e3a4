package protect

import (
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
	// Most is how many hidden counts are attacked, since it takes time: thirteen thousand took half a minute. With more of them the
	// attack is not made, and what stands is the proof of [Suppress]. 0 means as many as can be.
	Most int
	// Same are earlier tables of the same records, Changed earlier ones of others, as the same
	// people a month before.
	Same, Changed []Frequency
	// Within are the columns that lie within others, as readers can see on a map: districts of one table are then added up and held
	// against regions of another.
	Within []Nesting
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
	} else if spec.Most > 0 && n > spec.Most {
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
		return r, nil
	}
	sums, doubt := 0, 0
	for _, now := range tables {
		for _, then := range spec.Changed {
			for _, pair := range [][2]Frequency{{now, then}, {then, now}} {
				small, open, err := mapSums(ctx, pair[0], pair[1], spec.Within, spec.ZerosShown, float64(spec.Min))
				if err != nil {
					return nil, err
				}
				sums, doubt = sums+small, doubt+open
			}
		}
	}
	find("differencing", changes+sums == 0, "%d counts differ from an earlier table by 1 to %d, and %d where one column lies within another and is added up", changes, spec.Min-1, sums)
	if doubt > 0 {
		r.Findings = append(r.Findings, Finding{"differencing", "not possible", fmt.Sprintf("of %d sums over a column within another it is open what an earlier table tells of them, since too many hidden counts depend on each other", doubt)})
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

// Up to fewUnknowns the simplex method is faster, and up to someUnknowns it is asked when the walks end in doubt.
const (
	fewUnknowns  = 200
	someUnknowns = 1000
)

func attackTables(ctx context.Context, tables []Frequency, spec TableRiskSpec, find func(string, bool, string, ...any)) error {
	k, err := newKnown(tables, AttackSpec{ZerosShown: spec.ZerosShown})
	if _, bad := errors.AsType[*InputError](err); bad {
		find("margins", false, "%v", err)
		return nil
	}
	find("margins", true, "every margin is the sum of its parts, as far as they are shown")
	if err != nil {
		find("attack", false, "%v", err)
		return nil
	}
	small := func() (at []int) {
		for i, up := range k.up {
			if up < float64(spec.Min)-slack {
				at = append(at, i)
			}
		}
		return at
	}
	for _, part := range k.parts() {
		if len(small()) > 0 {
			break // one is enough
		}
		n := len(part.unknowns)
		err := errStalled
		if n > fewUnknowns {
			err = part.inside(ctx, float64(spec.Min))
		}
		if err == errStalled && n <= someUnknowns {
			err = part.corners(ctx, float64(spec.Min))
		}
		if err == errInfeasible {
			find("attack", false, "%v", err)
			return nil
		} else if err != nil {
			return err
		}
	}
	at := small()
	if len(at) == 0 {
		find("attack", true, "none of %d hidden counts can be known to be under %d", len(k.cells), spec.Min)
		return nil
	}
	var text []string
	for _, c := range k.cells[at[0]] {
		text = append(text, c.Column+" = "+c.Value)
	}
	find("attack", false, "at least %d of %d hidden counts can be known to be under %d, the first: %s", len(at), len(k.cells), spec.Min, strings.Join(text, ", "))
	return nil
}

// corners sets for each count of the part that cannot be min the most that it can be. Each vertex on the way answers for many.
func (p *part) corners(ctx context.Context, min float64) error {
	a := p.program()
	a.limit = 10 // an attack that does not stall takes two or three
	if err := a.start(ctx); err != nil {
		return err
	}
	reach := make([]bool, a.n)
	look := func() {
		for i, b := range a.basis {
			if b >= 0 && a.rows[i][a.n]+p.low[p.unknowns[b]] >= min-slack {
				reach[b] = true
			}
		}
	}
	look()
	for i, at := range p.unknowns {
		if reach[i] || p.low[at] >= min || p.up[at] < min {
			continue
		}
		up, err := a.extreme(ctx, i, 1)
		if err != nil {
			return err
		}
		look()
		if up += p.low[at]; up < min-slack {
			p.up[at] = up
		}
	}
	return nil
}

// inside does the same from the inside, but ends with the first that cannot be min, of which it sets that it is under it.
func (p *part) inside(ctx context.Context, min float64) error {
	in := newInterior(p.eq, len(p.unknowns))
	if len(in.at.left) > mostLeft {
		return errStalled
	}
	for i, at := range p.unknowns {
		in.up[i] = p.up[at] - p.low[at]
		if p.low[at] < min && p.up[at] >= min {
			in.asked[i] = min - p.low[at]
		}
	}
	if err := in.find(ctx); err != nil {
		return err
	}
	at, doubt, err := in.ask(ctx)
	switch {
	case err != nil:
		return err
	case at >= 0:
		p.up[p.unknowns[at]] = min - near
	case doubt > 0:
		return errStalled
	}
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

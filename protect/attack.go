package protect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// AttackSpec says what the attacker knows beside the published tables.
type AttackSpec struct {
	// ZerosShown tells that empty cells are shown, so that a hidden count is at least 1.
	ZerosShown bool
}

// Bounds are how far a hidden count can be narrowed down from what is published.
type Bounds struct {
	Cell []Pair `json:"cell"`
	Low  Number `json:"low"`
	Up   Number `json:"up"` // null where nothing bounds it
}

// attackMost bounds the attacker's problem: its tableau grows with the square of the hidden cells.
const attackMost = 4000

// Attack solves the attacker's problem for published tables of the same records: for each hidden
// count, the least and the greatest it can be while every margin adds. It knows nothing of
// how the tables were made, so anybody can run it on a release.
//
// It solves linear programs by the two-phase simplex method on a dense tableau, with Bland's rule when a
// vertex repeats. A true count may lie within its bounds only as a whole number; bounds are therefore not narrower than what can be known.
func Attack(ctx context.Context, tables []Frequency, spec AttackSpec) ([]Bounds, error) {
	p, err := newAttack(tables, spec)
	if err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	out := make([]Bounds, len(p.cells))
	for i := range p.cells {
		out[i].Cell = p.cells[i]
		up, err := p.extreme(ctx, i, 1)
		if err != nil {
			return nil, err
		}
		low, err := p.extreme(ctx, i, -1)
		if err != nil {
			return nil, err
		}
		out[i].Low, out[i].Up = Number(low+p.floor), Number(up+p.floor)
	}
	return out, nil
}

type attack struct {
	cells [][]Pair // the hidden cells
	floor float64  // least count of a hidden cell; the unknowns are counted from it

	rows  [][]float64 // the tableau: a row a relation, the last column its right side
	basis []int
	n     int // unknowns
	limit int // on pivots, for each unknown and row; 0 means 200
}

func newAttack(tables []Frequency, spec AttackSpec) (*attack, error) {
	p := &attack{}
	if spec.ZerosShown {
		p.floor = 1
	}
	shown := map[string]float64{}
	unknown := map[string]int{}
	have := map[string]bool{}
	for _, f := range tables {
		for i, c := range f.Cells {
			key := cellKey(f, c.Values)
			if c.Count != nil {
				if v, ok := shown[key]; ok && v != float64(*c.Count) {
					return nil, &InputError{File: "published tables", Row: i + 2, Wrong: fmt.Sprintf("the cell shows %d in one table and %v in another", *c.Count, v), Want: "tables of the same records"}
				}
				shown[key] = float64(*c.Count)
			}
			have[key] = true
		}
	}
	for _, f := range tables {
		for _, c := range f.Cells {
			key := cellKey(f, c.Values)
			if _, ok := shown[key]; ok {
				continue
			}
			if _, ok := unknown[key]; ok {
				continue
			}
			unknown[key] = p.n
			p.n++
			ps := []Pair{}
			for j, v := range c.Values {
				if v != f.Total {
					ps = append(ps, Pair{f.By[j], v})
				}
			}
			p.cells = append(p.cells, ps)
		}
	}
	if p.n > attackMost {
		return nil, &InputError{File: "published tables", Wrong: fmt.Sprintf("%d counts are hidden", p.n), Want: fmt.Sprintf("%d or fewer for the exact attack", attackMost)}
	}
	done := map[string]bool{}
	for _, f := range tables {
		values := make([][]string, len(f.By))
		for _, c := range f.Cells {
			for j, v := range c.Values {
				if v != f.Total && !slices.Contains(values[j], v) {
					values[j] = append(values[j], v)
				}
			}
		}
		for i, c := range f.Cells {
			for j, v := range c.Values {
				if v != f.Total {
					continue
				}
				id := cellKey(f, c.Values) + "\x00by " + f.By[j]
				if done[id] {
					continue
				}
				done[id] = true
				row := make([]float64, p.n+1)
				hidden := 0
				add := func(key string, sign float64) bool {
					if v, ok := shown[key]; ok {
						row[p.n] -= sign * v
						return true
					}
					if !have[key] {
						return false
					}
					row[unknown[key]] += sign
					row[p.n] -= sign * p.floor
					hidden++
					return true
				}
				whole := add(cellKey(f, c.Values), -1)
				part := slices.Clone(c.Values)
				for _, w := range values[j] {
					part[j] = w
					whole = add(cellKey(f, part), 1) && whole
				}
				switch {
				case !whole: // the table leaves some of the parts out
				case hidden > 0:
					p.rows = append(p.rows, row)
				case row[p.n] != 0:
					return nil, &InputError{File: "published tables", Row: i + 2, Wrong: fmt.Sprintf("the margin and its parts over column %q differ by %v", f.By[j], math.Abs(row[p.n])), Want: "margins that add"}
				}
			}
		}
	}
	return p, nil
}

func cellKey(f Frequency, values []string) string {
	ps := []Pair{}
	for j, v := range values {
		if v != f.Total {
			ps = append(ps, Pair{f.By[j], v})
		}
	}
	slices.SortFunc(ps, comparePair)
	return selectionText(ps)
}

const tiny = 1e-9

var errInfeasible = errors.New("no counts fit the published tables")

// start finds a first vertex: an artificial unknown in each relation is driven out.
func (p *attack) start(ctx context.Context) error {
	m := len(p.rows)
	for i, r := range p.rows {
		if r[p.n] < 0 {
			for j := range r {
				r[j] = -r[j]
			}
		}
		p.basis = append(p.basis, -1-i) // artificial, and not a column: once out it never returns
	}
	cost := make([]float64, p.n+1)
	for _, r := range p.rows {
		for j, v := range r {
			cost[j] += v
		}
	}
	if err := p.climb(ctx, cost); errors.Is(err, errUnbounded) {
		return errStalled // what is left of the artificials is not: digits were lost
	} else if err != nil {
		return err
	}
	if cost[p.n] > 1e-6 {
		return errInfeasible
	}
	// Artificials left at zero: swap in any unknown of their row, or drop a row that says nothing new.
	kept := p.rows[:0]
	var basis []int
	for i := range m {
		r := p.rows[i]
		if p.basis[i] < 0 {
			at := slices.IndexFunc(r[:p.n], func(v float64) bool { return math.Abs(v) > 1e-7 })
			if at < 0 {
				continue
			}
			p.pivot(i, at, cost)
		}
		kept = append(kept, p.rows[i])
		basis = append(basis, p.basis[i])
	}
	p.rows, p.basis = kept, basis
	return nil
}

// extreme returns the greatest (sign 1) or least (sign −1) value of an unknown.
func (p *attack) extreme(ctx context.Context, unknown int, sign float64) (float64, error) {
	cost := make([]float64, p.n+1)
	cost[unknown] = sign
	for i, b := range p.basis {
		if b == unknown {
			for j, v := range p.rows[i] {
				cost[j] -= sign * v
			}
			cost[unknown] = 0
		}
	}
	if err := p.climb(ctx, cost); err != nil {
		if errors.Is(err, errUnbounded) {
			return math.Inf(int(sign)), nil
		}
		return 0, err
	}
	return sign * -cost[p.n], nil
}

var (
	errUnbounded = errors.New("unbounded")
	errStalled   = errors.New("the attacker's problem did not converge")
)

// climb pivots until no unknown would raise the objective, whose reduced costs are cost.
func (p *attack) climb(ctx context.Context, cost []float64) error {
	still := 0
	for round := 0; ; round++ {
		if round%64 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		enter, most := -1, tiny
		for j, v := range cost[:p.n] {
			if v > most {
				enter, most = j, v
				if still > 2*p.n {
					break // Bland: the first, so that no vertex comes round again
				}
			}
		}
		if enter < 0 {
			return nil
		}
		leave, least := -1, math.Inf(1)
		for i, r := range p.rows {
			if r[enter] <= tiny {
				continue
			}
			q := r[p.n] / r[enter]
			if q < least-tiny || q < least+tiny && (leave < 0 || p.basis[i] < p.basis[leave]) {
				leave, least = i, min(q, least)
			}
		}
		if leave < 0 {
			return errUnbounded
		}
		if least > tiny {
			still = 0
		} else {
			still++
		}
		p.pivot(leave, enter, cost)
		if limit := cmp.Or(p.limit, 200); round > limit*(p.n+len(p.rows)) {
			return errStalled
		}
	}
}

func (p *attack) pivot(leave, enter int, cost []float64) {
	row := p.rows[leave]
	inv := 1 / row[enter]
	var at []int
	for j, v := range row {
		if math.Abs(v) < 1e-12 {
			row[j] = 0
			continue
		}
		row[j] = v * inv
		at = append(at, j)
	}
	row[enter] = 1
	reduce := func(r []float64) {
		f := r[enter]
		if f == 0 {
			return
		}
		for _, j := range at {
			r[j] -= f * row[j]
		}
		r[enter] = 0
	}
	for i, r := range p.rows {
		if i != leave {
			reduce(r)
		}
	}
	reduce(cost)
	p.basis[leave] = enter
}

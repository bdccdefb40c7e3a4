package protect

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// release shows again each cell that the proof can do without, the costliest first: at first by moves
// alone, then, where the tables are small enough, by solving for other tables that fit.
func (s *suppressor) release(ctx context.Context) error {
	var order []int32
	for c := range s.n {
		if s.state[c] == hidden && !s.primary[c] && s.published(c) {
			order = append(order, int32(c))
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(s.weight[b], s.weight[a]) })
	kept, err := s.releaseEach(ctx, order, func(w *witness, _ *program) bool { return s.build(w, false) }, false)
	// With empty cells hidden too the programs are so degenerate that the simplex method stalls.
	if err != nil || len(s.layers) > 1 || s.spec.HideZeros {
		return err
	}
	// The work of one cell grows with the hidden cells squared, and there are as many cells.
	unknown := 0
	for _, st := range s.state {
		if st == hidden {
			unknown++
		}
	}
	if float64(unknown)*float64(unknown)*float64(len(kept)) > solveMost {
		return nil
	}
	_, err = s.releaseEach(ctx, kept, s.solve, true)
	return err
}

// solveMost bounds the second pass of release: about two seconds.
const solveMost = 2e7

// releaseEach tries to show each cell, with again finding other witnesses for those that use it, and returns the
// cells that have to stay hidden.
func (s *suppressor) releaseEach(ctx context.Context, order []int32, again func(*witness, *program) bool, program bool) (kept []int32, err error) {
	for _, c := range order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.state[c] = fixed
		lp, ok := s.program(ctx, program)
		var undo []witness
		var redone []*witness
		for _, w := range s.witness {
			if !ok {
				break
			}
			if w.delta[c] == 0 {
				continue
			}
			undo = append(undo, *w)
			redone = append(redone, w)
			ok = again(w, lp)
		}
		if !ok {
			s.state[c] = hidden
			kept = append(kept, c)
			for i, w := range redone {
				*w = undo[i]
			}
		}
	}
	return kept, nil
}

// A program is the attacker's problem for what is hidden at the moment.
type program struct {
	*attack
	ctx   context.Context
	cell  []int32         // of each unknown
	index map[int32]int32 // of each hidden cell
}

// program sets up the attacker's problem, unless it is not wanted.
func (s *suppressor) program(ctx context.Context, want bool) (*program, bool) {
	if !want {
		return nil, true
	}
	p := &program{attack: &attack{limit: 3}, ctx: ctx, index: map[int32]int32{}}
	for c := range s.n {
		if s.state[c] == hidden {
			p.index[int32(c)] = int32(p.n)
			p.cell = append(p.cell, int32(c))
			p.n++
		}
	}
	// The unknowns are counted from the least they can be; the truth solves every row.
	if s.rel == nil {
		s.rel = s.relations()
	}
	for _, r := range s.rel {
		if !s.holds(0, r) {
			continue
		}
		var row []float64
		add := func(c int32, sign float64) {
			u, ok := p.index[c]
			if !ok {
				return
			}
			if row == nil {
				row = make([]float64, p.n+1)
			}
			row[u] += sign
			row[p.n] += sign * float64(s.count[c]-s.lower[c])
		}
		add(r.sum, -1)
		for _, c := range r.parts {
			add(c, 1)
		}
		if row != nil {
			p.rows = append(p.rows, row)
		}
	}
	return p, p.start(ctx) == nil
}

// solve finds a witness at a vertex of the attacker's problem. Vertices that are not whole numbers are no tables of
// people and are passed over.
func (s *suppressor) solve(w *witness, p *program) bool {
	if _, err := p.extreme(p.ctx, int(p.index[w.variable]), float64(w.dir)); err != nil {
		return false
	}
	x := make([]float64, p.n)
	for i, b := range p.basis {
		x[b] = p.rows[i][p.n]
	}
	delta := map[int32]int64{}
	for u, v := range x {
		whole := math.Round(v)
		if math.Abs(v-whole) > 1e-6 {
			return false
		}
		c := p.cell[u]
		if d := int64(whole) + s.lower[c] - s.count[c]; d != 0 {
			delta[c] = d
		}
	}
	if (w.target-s.value(w.variable)-delta[w.variable])*w.dir > 0 {
		return false
	}
	w.delta = delta
	return true
}

// published reports whether the cell is in one of the tables of now.
func (s *suppressor) published(c int) bool {
	for _, cols := range s.tables[:s.now] {
		if s.within(c, cols) {
			return true
		}
	}
	return false
}

// prove checks every witness against everything a reader knows, by other means than
// those that built it. It fails only if there is a mistake in this file.
func (s *suppressor) prove() error {
	rel := s.relations()
	touching := make([][]int32, s.n)
	for i, r := range rel {
		touching[r.sum] = append(touching[r.sum], int32(i))
		for _, p := range r.parts {
			touching[p] = append(touching[p], int32(i))
		}
	}
	proved := map[int32]int{}
	for _, w := range s.witness {
		checked := map[[2]int]bool{}
		for v, d := range w.delta {
			if d == 0 {
				continue
			}
			st := s.state[v]
			if st != hidden {
				return fmt.Errorf("protect: the proof changes %s, which is shown", s.name(v))
			}
			if s.value(v)+d < s.lower[v] {
				return fmt.Errorf("protect: the proof takes %s below what is known", s.name(v))
			}
			layer, c := int(v)/s.n, int(v)%s.n
			for e := 1; e < len(s.layers); e += 2 {
				now, then, since := w.delta[int32(c)], w.delta[int32(e*s.n+c)], w.delta[int32((e+1)*s.n+c)]
				if s.state[(e+1)*s.n+c] != absent && now != then+since {
					return fmt.Errorf("protect: the proof breaks now = then + since in %s", s.name(v))
				}
			}
			if layer > 0 && layer%2 == 0 {
				continue // what came since adds because now and then do
			}
			for _, i := range touching[c] {
				if checked[[2]int{layer, int(i)}] {
					continue
				}
				checked[[2]int{layer, int(i)}] = true
				if !s.holds(layer, rel[i]) {
					continue
				}
				sum := w.delta[int32(layer*s.n)+rel[i].sum]
				for _, p := range rel[i].parts {
					sum -= w.delta[int32(layer*s.n)+p]
				}
				if sum != 0 {
					return fmt.Errorf("protect: the proof of %s breaks the sum of %s", s.name(w.variable), s.name(rel[i].sum))
				}
			}
		}
		if got := s.value(w.variable) + w.delta[w.variable]; (w.target-got)*w.dir > 0 {
			return fmt.Errorf("protect: the proof of %s stops short", s.name(w.variable))
		}
		proved[w.variable]++
	}
	for v, is := range s.primary {
		if is && proved[int32(v)] != 2 {
			return fmt.Errorf("protect: %s has no proof", s.name(int32(v)))
		}
	}
	return nil
}

// holds reports whether a layer has all cells of a relation.
func (s *suppressor) holds(layer int, r relation) bool {
	if s.state[layer*s.n+int(r.sum)] == absent {
		return false
	}
	for _, p := range r.parts {
		if s.state[layer*s.n+int(p)] == absent {
			return false
		}
	}
	return true
}

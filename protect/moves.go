package protect

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// protect hides what it takes to give every small count its two witnesses.
func (s *suppressor) protect(ctx context.Context) error {
	var order []int32
	for v, is := range s.primary {
		if is {
			order = append(order, int32(v))
		}
	}
	// Those that have furthest to go first: what they need serves the others.
	slices.SortStableFunc(order, func(a, b int32) int {
		return cmp.Compare(max(s.value(a), -s.value(a)), max(s.value(b), -s.value(b)))
	})
	for i, v := range order {
		if i%16 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		low, up := s.targets(v)
		for _, w := range []*witness{{variable: v, dir: 1, target: up}, {variable: v, dir: -1, target: low}} {
			if !s.build(w, true) {
				return fmt.Errorf("%w: nothing hides %s; publish fewer columns, or group their values", ErrUnprotectable, s.name(v))
			}
			s.witness = append(s.witness, w)
		}
	}
	return nil
}

func (s *suppressor) name(v int32) string {
	text := ""
	for _, p := range s.describe(int(v) % s.n) {
		if text != "" {
			text += ", "
		}
		text += p.Column + " = " + p.Value
	}
	if text == "" {
		text = "the total"
	}
	if int(v) >= s.n {
		text = "the change since an earlier release in " + text
	}
	return text
}

// targets are how low and how high a small count has to be possible.
func (s *suppressor) targets(v int32) (low, up int64) {
	x := s.value(v)
	if x < 0 { // counts fell: the same the other way round
		return -s.min, -1
	}
	if x == 0 {
		return 0, s.min
	}
	low = 1
	layer, at := int(v)/s.n, int(v)%s.n
	for _, cols := range s.tables {
		if !s.within(at, cols) {
			continue
		}
		low = max(low, s.filled(layer, at, cols))
	}
	return min(low, x), s.min
}

// filled counts the innermost cells of the table of cols that are part of cell at and not empty.
func (s *suppressor) filled(layer, at int, cols []int) int64 {
	inner := true
	for _, k := range cols {
		inner = inner && s.place[at][k] != 0
	}
	if inner {
		return 1
	}
	n := int64(0)
	coords := slices.Clone(s.place[at])
	var walk func(i int)
	walk = func(i int) {
		if n >= s.min {
			return
		}
		if i == len(cols) {
			c := s.cell(s.key(coords))
			if v := layer*s.n + int(c); c >= 0 && s.state[v] != absent && s.layers[layer][c] > 0 {
				n++
			}
			return
		}
		k := cols[i]
		if s.place[at][k] != 0 {
			walk(i + 1)
			return
		}
		for v := range s.values[k] {
			coords[k] = int32(v + 1)
			walk(i + 1)
		}
		coords[k] = 0
	}
	walk(0)
	return n
}

// build finds a table in which the witness's variable reaches its target. Unless pay is set it uses
// only what is hidden already.
func (s *suppressor) build(w *witness, pay bool) bool {
	w.delta = map[int32]int64{}
	for {
		need := (w.target - s.value(w.variable) - w.delta[w.variable]) * w.dir
		if need <= 0 {
			break
		}
		steps, by := s.best(w, need, pay)
		if by <= 0 {
			return false
		}
		for _, m := range steps {
			w.delta[m.variable] += m.sign * by
			if w.delta[m.variable] == 0 {
				delete(w.delta, m.variable)
			}
			if s.state[m.variable] == open {
				s.state[m.variable] = hidden
			}
		}
	}
	return true
}

// A term is a part of a move: where, as a part of a place, and which way.
type term struct {
	key  uint64
	sign int64
}

// An axis is a column, or several of which the values of one lie within those of another, as districts in
// regions. A move along it is what one record changes: it goes from one leaf to another, or comes to one.
type axis struct {
	columns []int
	leaves  [][]int32 // values of each column that occur together, the most frequent first
	tries   [][]int32 // those among them that are tried as the other side of a move
}

// moves appends the moves along the axis that raise the count at a place. Terms are kept in pool.
func (s *suppressor) moves(a *axis, place []int32, into [][]term, pool []term) ([][]term, []term) {
	add := func(from, to []int32) {
		start := len(pool)
		for set := range 1 << len(a.columns) {
			up, down := uint64(0), uint64(0)
			for i, k := range a.columns {
				if set&(1<<i) == 0 {
					up += uint64(to[i]) * s.stride[k]
					if from != nil {
						down += uint64(from[i]) * s.stride[k]
					}
				}
			}
			switch {
			case from == nil:
				pool = append(pool, term{up, 1})
			case up != down: // counts that do not tell the two apart stay as they are
				pool = append(pool, term{up, 1}, term{down, -1})
			}
		}
		into = append(into, pool[start:len(pool):len(pool)])
	}
	of := func(leaf []int32) bool {
		for i, k := range a.columns {
			if v := place[k]; v != 0 && v != leaf[i] {
				return false
			}
		}
		return true
	}
	to := a.leaves // those of the place itself, however rare
	if of(make([]int32, len(a.columns))) {
		to = a.tries
	}
	for _, leaf := range to {
		if !of(leaf) {
			continue
		}
		for _, from := range a.tries {
			if !of(from) {
				add(from, leaf)
			}
		}
		add(nil, leaf)
	}
	return into, pool
}

// best returns the move of w's variable that costs least for each step of it, and how far it goes.
func (s *suppressor) best(w *witness, need int64, pay bool) (steps []step, by int64) {
	layer, at := int(w.variable)/s.n, int32(int(w.variable)%s.n)
	score := math.Inf(1)
	modes := s.modes(layer)

	evaluate := func(keys, last []term) {
		for _, mode := range modes {
			cost, reach := 0.0, need
			s.moved = s.moved[:0]
			ok := true
		corners:
			for _, t := range last {
				for _, k := range keys {
					c := s.cell(k.key + t.key)
					if c < 0 {
						continue
					}
					for l, m := range mode {
						if m == 0 {
							continue
						}
						v := int32(l*s.n) + c
						st := s.state[v]
						if st == absent {
							continue
						}
						if st == fixed || st == open && !pay {
							ok = false
							break corners
						}
						signed := k.sign * t.sign * m
						if signed < 0 {
							room := s.value(v) + w.delta[v] - s.lower[v]
							if room <= 0 {
								ok = false
								break corners
							}
							reach = min(reach, room)
						}
						if st == open {
							cost += s.weight[c]
							if cost >= score*float64(need) {
								ok = false
								break corners
							}
						}
						s.moved = append(s.moved, step{v, signed})
					}
				}
			}
			if !ok {
				continue
			}
			if got := cost / float64(reach); got < score || got == score && reach > by {
				score, by = got, reach
				steps = append(steps[:0], s.moved...)
			}
		}
	}
	for _, view := range s.views {
		pool := s.pool[:0]
		for i := range view {
			s.lists[i], pool = s.moves(&view[i], s.place[at], s.lists[i][:0], pool)
		}
		s.pool = pool
		var choose func(k int, keys []term)
		choose = func(k int, keys []term) {
			for _, move := range s.lists[k] {
				if score == 0 && by == need {
					return
				}
				if k == len(view)-1 {
					evaluate(keys, move)
					continue
				}
				next := s.keys[k][:0]
				for _, t := range move {
					for _, have := range keys {
						next = append(next, term{have.key + t.key, have.sign * t.sign})
					}
				}
				s.keys[k] = next
				choose(k+1, next)
			}
		}
		choose(0, []term{{0, w.dir}})
	}
	return steps, by
}

// modes lists how a change can be shared between the layers, with +1, −1 or 0 for each: now = then + since
// has to hold for every earlier release.
func (s *suppressor) modes(layer int) [][]int64 {
	releases := (len(s.layers) - 1) / 2
	if releases == 0 {
		return [][]int64{{1}}
	}
	var out [][]int64
	for set := range 1 << min(releases, 4) {
		m := make([]int64, len(s.layers))
		m[0] = 1
		for e := range releases {
			if set&(1<<min(e, 3)) != 0 {
				m[1+2*e] = 1 // those counted then would have been others too
			} else {
				m[2+2*e] = 1 // those who came since
			}
		}
		if m[layer] != 0 {
			out = append(out, m)
		}
	}
	if layer > 0 { // then and since against each other, now as it is
		e := (layer - 1) / 2
		m := make([]int64, len(s.layers))
		m[1+2*e], m[2+2*e] = 1, -1
		if layer == 2+2*e {
			m[1+2*e], m[2+2*e] = -1, 1
		}
		out = append(out, m)
	}
	return out
}

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

// best returns the move of w's variable that costs least for each step of it, and how far it goes.
func (s *suppressor) best(w *witness, need int64, pay bool) (steps []step, by int64) {
	layer, at := int(w.variable)/s.n, int32(int(w.variable)%s.n)
	place := s.place[at]
	width := len(s.columns)
	first := make([]int32, width)  // the coordinate that moves with the variable
	second := make([]int32, width) // the other: a value (against it) or the total (with it)
	score := math.Inf(1)
	modes := s.modes(layer)

	evaluate := func() {
		for _, mode := range modes {
			cost, reach := 0.0, need
			s.moved = s.moved[:0]
			ok := true
		corners:
			for set := range uint(1) << width {
				key, sign := uint64(0), w.dir
				for k := range width {
					v := first[k]
					if set&(1<<k) != 0 {
						if v = second[k]; v != 0 {
							sign = -sign
						}
					}
					key += uint64(v) * s.stride[k]
				}
				c := s.cell(key)
				if c < 0 {
					continue
				}
				// A pair of values cancels in every count that does not tell them apart, and such
				// counts are never corners; nothing is left to be done for them.
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
					signed := sign * m
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
			if !ok {
				continue
			}
			if got := cost / float64(reach); got < score || got == score && reach > by {
				score, by = got, reach
				steps = append(steps[:0], s.moved...)
			}
		}
	}
	var choose func(k int)
	choose = func(k int) {
		if score == 0 && by == need {
			return
		}
		if k == width {
			evaluate()
			return
		}
		if place[k] == 0 {
			second[k] = 0
			for _, v := range s.tries[k] {
				first[k] = v
				choose(k + 1)
			}
			return
		}
		first[k] = place[k]
		for _, v := range s.tries[k] {
			if v != place[k] {
				second[k] = v
				choose(k + 1)
			}
		}
		second[k] = 0
		choose(k + 1)
	}
	choose(0)
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

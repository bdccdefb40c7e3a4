package protect

import (
	"context"
	"maps"
	"math"
	"slices"
)

// A Nesting says that the values of a column lie within those of another, as districts in regions. Every reader has a map.
type Nesting struct {
	Inner, Outer string
	In           map[string]string // of each inner value the outer one
}

// Nested lists which of some columns lie within others of them, as the data show it. count is the column of counts, if there is one,
// total the word for all values, Total if it is empty.
func Nested(t *Table, count, total string, columns ...string) (out []Nesting) {
	for _, inner := range columns {
		for _, outer := range columns {
			if inner == outer || !tellsIn(t, inner, outer, count, orTotal(total)) {
				continue
			}
			n := Nesting{inner, outer, map[string]string{}}
			k, j, c := &t.columns[slices.Index(t.header, inner)], &t.columns[slices.Index(t.header, outer)], slices.Index(t.header, count)
			label := func(c *column, row int) string {
				if v := c.values[c.codes[row]]; v != "" {
					return v
				}
				return missingLabel
			}
			for i := range t.rows {
				v, u := label(k, i), label(j, i)
				if v != orTotal(total) && u != orTotal(total) && (c < 0 || label(&t.columns[c], i) != "0") {
					n.In[v] = u
				}
			}
			out = append(out, n)
		}
	}
	return out
}

// A mapSum is what a reader adds up of one table with a map, to hold it against a count of another.
type mapSum struct {
	count   float64 // the other
	shown   float64
	hidden  []int32 // which counts of the table are hidden and belong to it
	unknown int32   // their sum
}

// mapSums counts the sums of inner values in fine that are known to differ from the counts of the outer ones in coarse by 1 to
// least−1, and those of which that is in doubt, since too many hidden counts depend on each other.
func mapSums(ctx context.Context, fine, coarse Frequency, within []Nesting, zerosShown bool, least float64) (small, doubt int, err error) {
	within = slices.DeleteFunc(slices.Clone(within), func(n Nesting) bool {
		return !slices.Contains(fine.By, n.Inner) || slices.Contains(fine.By, n.Outer) || !slices.Contains(coarse.By, n.Outer)
	})
	if len(within) == 0 {
		return 0, 0, nil
	}
	k, err := newKnown([]Frequency{fine}, AttackSpec{ZerosShown: zerosShown})
	if err != nil {
		return 0, 0, err
	}
	values := valuesOf(fine)
	var sums []mapSum
	for _, n := range within {
		inner := values[slices.Index(fine.By, n.Inner)]
		for _, c := range coarse.Cells {
			if c.Count == nil {
				continue
			}
			s, ok := k.mapSum(fine, coarse, c, n, inner)
			switch {
			case !ok:
			case len(s.hidden) > 0:
				sums = append(sums, s)
			case s.differs(0, 0, least):
				small++
			}
		}
	}
	for i := range sums {
		k.addSum(&sums[i])
	}
	if err := k.carry(); err != nil {
		return 0, 0, err
	}
	for _, p := range k.parts() {
		var program *attack // of the part, once it is asked for
		for i, at := range p.unknowns {
			s := slices.IndexFunc(sums, func(s mapSum) bool { return s.unknown == at })
			if s < 0 || sums[s].differs(k.low[at], k.up[at], least) {
				continue
			}
			if program == nil && len(p.unknowns) <= someUnknowns {
				program = p.program()
				if err := program.start(ctx); err != nil {
					return 0, 0, err
				}
			}
			if program == nil {
				doubt++
				continue
			}
			up, err := program.extreme(ctx, i, 1)
			if err != nil {
				return 0, 0, err
			}
			low, err := program.extreme(ctx, i, -1)
			if err != nil {
				return 0, 0, err
			}
			k.low[at], k.up[at] = k.low[at]+low, k.low[at]+up
		}
	}
	for _, s := range sums {
		if s.differs(k.low[s.unknown], k.up[s.unknown], least) {
			small++
		}
	}
	return small, doubt, nil
}

// differs reports whether the count differs by 1 to least−1 from the sum, the hidden part of which is between low and up.
func (s mapSum) differs(low, up, least float64) bool {
	low, up = s.count-s.shown-up, s.count-s.shown-low
	return low > slack && up < least-slack || up < -slack && low > slack-least
}

// mapSum finds what makes up a count of coarse in fine. It reports false where it is not a sum over the inner column, or fine leaves a
// part of it out.
func (k *known) mapSum(fine, coarse Frequency, c Cell, n Nesting, inner []string) (mapSum, bool) {
	held := map[string]string{}
	for j, v := range c.Values {
		if v != coarse.Total {
			held[coarse.By[j]] = v
		}
	}
	outer, ok := held[n.Outer]
	if _, both := held[n.Inner]; !ok || both {
		return mapSum{}, false
	}
	delete(held, n.Outer)
	for column := range maps.Keys(held) {
		if !slices.Contains(fine.By, column) {
			return mapSum{}, false
		}
	}
	s := mapSum{count: float64(*c.Count)}
	cell := make([]string, len(fine.By))
	for _, v := range inner {
		if n.In[v] != outer {
			continue
		}
		for j, column := range fine.By {
			if cell[j] = fine.Total; column == n.Inner {
				cell[j] = v
			} else if held[column] != "" {
				cell[j] = held[column]
			}
		}
		key := cellKey(fine, cell)
		if n, ok := k.shown[key]; ok {
			s.shown += n
		} else if u, ok := k.unknown[key]; ok {
			s.hidden = append(s.hidden, u)
		} else {
			return s, false
		}
	}
	return s, true
}

// addSum makes the sum of a mapSum's hidden counts an unknown of its own.
func (k *known) addSum(s *mapSum) {
	s.unknown = int32(len(k.cells))
	e := equation{at: []int32{s.unknown}, sign: []float64{-1}}
	low := 0.0
	for _, u := range s.hidden {
		e.at, e.sign = append(e.at, u), append(e.sign, 1)
		low += k.low[u]
	}
	k.cells, k.low, k.up = append(k.cells, nil), append(k.low, low), append(k.up, math.Inf(1))
	k.eq = append(k.eq, e)
}

package protect

import (
	"context"
	"fmt"
	"iter"
	"slices"
)

// A Pair is one value of one column.
type Pair struct {
	Column string `json:"column"`
	Value  string `json:"value"`
}

// combinations calls f with every choice of size of n things, in order; f must not keep the slice.
func combinations(n, size int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		if size > n {
			return
		}
		pick := make([]int, size)
		for i := range pick {
			pick[i] = i
		}
		for {
			if !yield(pick) {
				return
			}
			i := size - 1
			for i >= 0 && pick[i] == n-size+i {
				i--
			}
			if i < 0 {
				return
			}
			pick[i]++
			for j := i + 1; j < size; j++ {
				pick[j] = pick[j-1] + 1
			}
		}
	}
}

// A counter counts the combinations of values in a choice of columns. The counts live
// in one array that is used again for the next choice where the product of the
// columns' sizes allows it, and in a map where it does not.
type counter struct {
	table  *Table
	dense  []int32
	sparse map[uint64]int32
	index  []uint32
	pick   []int
	size   []uint64
}

// denseLimit is 16 MiB of counts: beyond it a map is smaller than the array.
const denseLimit = 1 << 22

// shape sets which columns are counted. With two tables that share their coding, the
// second is counted with the same shape.
func (c *counter) shape(t *Table, pick []int) error {
	c.table, c.pick = t, pick
	c.size = c.size[:0]
	product, fits := uint64(1), true
	for _, j := range pick {
		n := uint64(len(t.columns[j].values))
		c.size = append(c.size, n)
		if product > 1<<63/n {
			return &InputError{File: t.Name, Wrong: fmt.Sprintf("columns %s together have too many values", quoteSome(names(t, pick))), Want: "fewer distinct values: group them, or leave out columns that number the records"}
		}
		product *= n
		fits = fits && product <= denseLimit
	}
	if !fits {
		c.dense = c.dense[:0]
		if c.sparse == nil {
			c.sparse = map[uint64]int32{}
		}
		clear(c.sparse)
		return nil
	}
	if uint64(cap(c.dense)) < product {
		c.dense = make([]int32, product)
	}
	c.dense = c.dense[:product]
	clear(c.dense)
	return nil
}

// add counts the records of a table that has the same coding as the shape's.
func (c *counter) add(t *Table) {
	if len(c.dense) == 0 {
		for i := range t.rows {
			key, filled := uint64(0), true
			for n, j := range c.pick {
				code := t.columns[j].codes[i]
				filled = filled && code != 0
				key = key*c.size[n] + uint64(code)
			}
			if filled {
				c.sparse[key]++
			}
		}
		return
	}
	// Combinations with a missing value are counted too and passed over later: that is
	// cheaper than a test for each record.
	n := t.rows
	switch len(c.pick) {
	case 1:
		for _, a := range t.columns[c.pick[0]].codes {
			c.dense[a]++
		}
	case 2:
		a, b := t.columns[c.pick[0]].codes[:n], t.columns[c.pick[1]].codes[:n]
		sb := uint32(c.size[1])
		for i := range n {
			c.dense[a[i]*sb+b[i]]++
		}
	case 3:
		a, b, d := t.columns[c.pick[0]].codes[:n], t.columns[c.pick[1]].codes[:n], t.columns[c.pick[2]].codes[:n]
		sb, sd := uint32(c.size[1]), uint32(c.size[2])
		for i := range n {
			c.dense[(a[i]*sb+b[i])*sd+d[i]]++
		}
	default:
		if cap(c.index) < n {
			c.index = make([]uint32, n)
		}
		index := c.index[:n]
		clear(index)
		for k, j := range c.pick {
			codes, s := t.columns[j].codes[:n], uint32(c.size[k])
			for i := range n {
				index[i] = index[i]*s + codes[i]
			}
		}
		for _, at := range index {
			c.dense[at]++
		}
	}
}

// all yields each combination of filled values that was counted, by its codes in the order of
// the columns, with its key and count. The codes must not be kept.
func (c *counter) all() iter.Seq2[[]uint32, int32] {
	return func(yield func([]uint32, int32) bool) {
		codes := make([]uint32, len(c.pick))
		if len(c.dense) == 0 {
			keys := make([]uint64, 0, len(c.sparse))
			for k := range c.sparse {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				c.decode(k, codes)
				if !yield(codes, c.sparse[k]) {
					return
				}
			}
			return
		}
		for at, n := range c.dense {
			if n == 0 {
				continue
			}
			c.decode(uint64(at), codes)
			if slices.Contains(codes, 0) {
				continue
			}
			if !yield(codes, n) {
				return
			}
		}
	}
}

func (c *counter) decode(key uint64, codes []uint32) {
	for i := len(codes) - 1; i >= 0; i-- {
		codes[i] = uint32(key % c.size[i])
		key /= c.size[i]
	}
}

// at returns the count of one combination.
func (c *counter) at(codes []uint32) int32 {
	key := uint64(0)
	for i, code := range codes {
		key = key*c.size[i] + uint64(code)
	}
	if len(c.dense) == 0 {
		return c.sparse[key]
	}
	return c.dense[key]
}

// eachCount counts every combination of 1 to length values of different columns.
func eachCount(ctx context.Context, t *Table, length int, f func(pick []int, codes []uint32, n int32)) error {
	var c counter
	for size := 1; size <= length; size++ {
		for pick := range combinations(len(t.columns), size) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := c.shape(t, pick); err != nil {
				return err
			}
			c.add(t)
			for codes, n := range c.all() {
				f(pick, codes, n)
			}
		}
	}
	return nil
}

func names(t *Table, pick []int) []string {
	out := make([]string, len(pick))
	for i, j := range pick {
		out[i] = t.header[j]
	}
	return out
}

// recode returns other with the columns of t in the order of t, and both with one coding.
// The tables given are not changed. A column of t that other lacks is an error.
func recode(t, other *Table) (a, b *Table, err error) {
	a = &Table{Name: t.Name, header: t.header, rows: t.rows, columns: slices.Clone(t.columns)}
	b = &Table{Name: other.Name, header: t.header, rows: other.rows, columns: make([]column, len(t.columns))}
	for i, h := range t.header {
		from := slices.Index(other.header, h)
		if from < 0 {
			return nil, nil, &InputError{File: other.Name, Column: h, Wrong: "there is no such column", Want: fmt.Sprintf("the columns of %s", t.Name)}
		}
		values := slices.Clone(t.columns[i].values)
		known := make(map[string]uint32, len(values))
		for code, v := range values {
			known[v] = uint32(code)
		}
		oc := &other.columns[from]
		to := make([]uint32, len(oc.values))
		for code, v := range oc.values {
			k, ok := known[v]
			if !ok {
				k = uint32(len(values))
				values = append(values, v)
				known[v] = k
			}
			to[code] = k
		}
		codes := make([]uint32, len(oc.codes))
		for r, code := range oc.codes {
			codes[r] = to[code]
		}
		a.columns[i] = column{values, t.columns[i].codes}
		b.columns[i] = column{values, codes}
	}
	if len(other.header) != len(t.header) {
		for _, h := range other.header {
			if !slices.Contains(t.header, h) {
				return nil, nil, &InputError{File: other.Name, Column: h, Wrong: "the column is not in " + t.Name, Want: "the same columns in both"}
			}
		}
	}
	return a, b, nil
}

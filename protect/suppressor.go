package protect

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

func newSuppressor(t *Table, spec SuppressSpec) (*suppressor, error) {
	tables := slices.Clone(spec.Tables)
	data := t
	for i, e := range spec.Earlier {
		if e.Table == nil {
			return nil, option("earlier", fmt.Sprintf("release %d has no table", i+1), "the published table")
		}
		tables = append(tables, e.Table.By)
	}
	// One coding for the data of all times. A recoded table keeps its rows.
	var err error
	olds := make([]*Table, len(spec.Earlier))
	for i, e := range spec.Earlier {
		if e.Data == nil {
			continue
		}
		old := e.Data
		if len(old.header) > len(data.header) {
			if old, err = old.Select(data.header...); err != nil {
				return nil, err
			}
		}
		if data, olds[i], err = recode(data, old); err != nil {
			return nil, err
		}
	}
	published := len(tables)
	tables = append(tables, alike(t, tables, spec.Count, spec.Total)...)
	c, err := newCube(data, tables, spec.Count, spec.Total, olds...)
	if err != nil {
		return nil, err
	}
	n := len(c.count)
	s := &suppressor{cube: c, min: int64(spec.Min), n: n, spec: spec, now: len(spec.Tables), layers: [][]int64{c.count}}
	s.state = make([]cellState, n)
	for at := range n {
		for _, cols := range c.tables[:s.now] {
			if c.within(at, cols) {
				s.state[at] = open
			}
		}
	}
	for at, v := range c.count {
		for _, cols := range c.tables[published:] {
			if s.state[at] == absent && c.within(at, cols) {
				if s.state[at] = hidden; v == 0 {
					s.state[at] = fixed // it cannot be otherwise: the district lies elsewhere
				}
			}
		}
	}
	s.lower = make([]int64, n)
	s.primary = make([]bool, n)
	for at, v := range c.count {
		s.lower[at] = min(v, 1)
		if v == 0 && !spec.HideZeros {
			s.state[at] = fixed
		}
	}
	for i, e := range spec.Earlier {
		if olds[i] == nil {
			err = s.sameData(i, e.Table, t.Name)
		} else {
			// The other table's values are in the coding already, so its places agree.
			olds[i].columns = slices.Clone(olds[i].columns)
			for j := range olds[i].columns {
				olds[i].columns[j].values = data.columns[j].values
			}
			err = s.otherData(i, e.Table, olds[i])
		}
		if err != nil {
			return nil, err
		}
	}
	s.finish()
	return s, nil
}

// lookup returns the cell of a published row, or −1 where the data has no such value any more.
func (s *suppressor) lookup(f *Frequency, values []string) int32 {
	coords := make([]int32, len(s.columns))
	for j, v := range values {
		k := slices.Index(s.columns, f.By[j])
		if v == f.Total {
			continue
		}
		at := slices.Index(s.values[k], v)
		if at < 0 {
			return -1
		}
		coords[k] = int32(at + 1)
	}
	at, ok := s.at[s.key(coords)]
	if !ok {
		return -1
	}
	return at
}

func (s *suppressor) sameData(i int, f *Frequency, name string) error {
	cell := make([]bool, s.n)
	for r, c := range f.Cells {
		at := s.lookup(f, c.Values)
		if at < 0 {
			if c.Count != nil && *c.Count == 0 {
				continue
			}
			return &InputError{File: fmt.Sprintf("earlier release %d", i+1), Row: r + 2, Wrong: "the cell is not in the data of now", Want: "the data that release was made from, beside it"}
		}
		cell[at] = true
		if c.Count == nil {
			if s.state[at] == absent {
				s.state[at] = hidden
			}
			continue
		}
		if *c.Count != s.count[at] {
			return &InputError{File: fmt.Sprintf("earlier release %d", i+1), Row: r + 2, Wrong: fmt.Sprintf("it shows %d where %s has %d", *c.Count, name, s.count[at]), Want: "the data that release was made from, beside it"}
		}
		s.state[at] = fixed
	}
	return nil
}

// otherData adds the layers of an earlier release of other data: its counts and the differences.
func (s *suppressor) otherData(i int, f *Frequency, old *Table) error {
	// The values and columns are those of the cube, so that places agree.
	z := &cube{columns: s.columns, values: s.values, stride: s.stride, at: s.at, place: s.place, total: s.total}
	cols := s.tables[s.now+i]
	z.tables = [][]int{cols}
	// What a map adds up of them: the regions of an earlier table that has districts.
	for _, more := range s.tables[s.now+len(s.spec.Earlier):] {
		if len(more) == len(cols)+1 && !slices.ContainsFunc(cols, func(k int) bool { return !slices.Contains(more, k) }) {
			z.tables = append(z.tables, more)
		}
	}
	known := func(at int) bool {
		return slices.ContainsFunc(z.tables, func(cols []int) bool { return z.within(at, cols) })
	}
	z.count = make([]int64, s.n)
	var pick []int
	coordinate := make([][]int32, len(s.columns))
	for k, name := range s.columns {
		j := slices.Index(old.header, name)
		if j < 0 {
			return &InputError{File: old.Name, Column: name, Wrong: "there is no such column", Want: "the columns of the data of now"}
		}
		pick = append(pick, j)
		coordinate[k] = make([]int32, len(old.columns[j].values))
		for _, code := range old.columns[j].codes {
			v := old.columns[j].values[code]
			if code == 0 {
				v = missingLabel
			}
			if v == s.total {
				continue
			}
			at := slices.Index(s.values[k], v)
			if at < 0 {
				return &InputError{File: old.Name, Column: name, Wrong: fmt.Sprintf("the value %q is not in the data of now", v), Want: "one list of values for both, so that their tables can be linked"}
			}
			coordinate[k][code] = int32(at + 1)
		}
	}
	if err := z.fillCells(old, pick, coordinate, s.spec.Count); err != nil {
		return err
	}
	layer := len(s.layers)
	since := make([]int64, s.n)
	grown := true
	for at := range s.n {
		state := absent
		if known(at) {
			state = hidden // until the published table shows it
			if z.count[at] == 0 && !z.within(at, cols) {
				state = fixed // it cannot be otherwise: the district lies elsewhere
			}
		}
		s.state = append(s.state, state)
		s.lower = append(s.lower, min(z.count[at], 1))
		s.primary = append(s.primary, false)
	}
	for r, c := range f.Cells {
		at := s.lookup(f, c.Values)
		if at < 0 {
			continue
		}
		if c.Count == nil {
			continue
		}
		if *c.Count != z.count[at] {
			return &InputError{File: fmt.Sprintf("earlier release %d", i+1), Row: r + 2, Wrong: fmt.Sprintf("it shows %d where its data has %d", *c.Count, z.count[at]), Want: "the data that release was made from"}
		}
		s.state[layer*s.n+int(at)] = fixed
	}
	for at := range s.n {
		state, lower := absent, int64(0)
		if known(at) && s.state[at] != absent {
			state = hidden
			since[at] = s.count[at] - z.count[at]
			lower = min(since[at], 1)
			grown = grown && since[at] >= 0
		}
		s.state = append(s.state, state)
		s.lower = append(s.lower, lower)
		s.primary = append(s.primary, false)
	}
	for at := range s.n {
		v := (layer+1)*s.n + at
		if d := max(since[at], -since[at]); s.state[v] == hidden && d > 0 && d < s.min {
			s.primary[v] = true
		}
		if !grown {
			s.lower[v] = math.MinInt64 / 4 // a count that fell shows that counts can
		}
	}
	s.layers = append(s.layers, z.count, since)
	return nil
}

// finish sets what is small, what it costs to hide a cell, and which values to try first.
func (s *suppressor) finish() {
	known := 0
	for at, v := range s.count {
		small := v > 0 && v < s.min || v == 0 && s.spec.HideZeros
		if !small || s.state[at] == absent {
			continue
		}
		if s.state[at] == fixed {
			if v > 0 {
				known++
			}
			continue
		}
		s.primary[at] = true
		s.state[at] = hidden
	}
	if known > 0 {
		s.warnings = append(s.warnings, Warning{"already_public", fmt.Sprintf("%d counts under %d are shown in earlier releases and cannot be hidden any more", known, s.min)})
	}
	s.weight = make([]float64, s.n)
	for at, v := range s.count {
		w := 1 + math.Log2(1+float64(v))
		for _, x := range s.place[at] {
			if x == 0 {
				w *= 4
			}
		}
		s.weight[at] = w
	}
	places := uint64(1)
	for k := range s.columns {
		places *= uint64(len(s.values[k]) + 1)
		if places > 1<<23 {
			break
		}
	}
	if places <= 1<<23 {
		s.dense = make([]int32, places)
		for i := range s.dense {
			s.dense[i] = -1
		}
		for key, at := range s.at {
			s.dense[key] = at
		}
	}
	s.views = [][]axis{s.axes(nil)}
	if nested := s.nested(); len(nested) > 0 {
		s.views = append(s.views, s.axes(nested))
		if s.spec.HideZeros {
			s.warnings = append(s.warnings, Warning{"nested", "a column lies within another, as districts in regions: readers who know which district is where can tell some hidden counts to be empty; show zeros, or leave the outer column out"})
		}
	}
	s.lists, s.keys = make([][][]term, len(s.columns)), make([][]term, len(s.columns))
}

// axes makes an axis of each group of columns, and of each column that is in none.
func (s *suppressor) axes(groups [][]int) []axis {
	var out []axis
	grouped := map[int]bool{}
	for _, g := range groups {
		out = append(out, axis{columns: g, leaves: s.leaves(g)})
		for _, k := range g {
			grouped[k] = true
		}
	}
	for k := range s.columns {
		if !grouped[k] {
			out = append(out, axis{columns: []int{k}, leaves: s.leaves([]int{k})})
		}
	}
	// All leaves while the products stay small, else the most frequent of each axis.
	const most = 20_000
	product := 1.0
	for _, a := range out {
		product *= float64(len(a.leaves))
	}
	each := math.MaxInt
	if product > most {
		each = max(3, int(math.Pow(most, 1/float64(len(out)))))
	}
	for i := range out {
		out[i].tries = out[i].leaves[:min(each, len(out[i].leaves))]
	}
	return out
}

// leaves lists the values of some columns that occur together, the most frequent first; of one column all its values.
func (s *suppressor) leaves(columns []int) [][]int32 {
	size := map[uint64]int64{}
	leaf := map[uint64][]int32{}
	var order []uint64
	for at, place := range s.place {
		key, whole := uint64(0), true
		for _, k := range columns {
			key += uint64(place[k]) * s.stride[k]
			whole = whole && place[k] != 0
		}
		if !whole || len(columns) > 1 && s.count[at] == 0 {
			continue
		}
		if leaf[key] == nil {
			l := make([]int32, len(columns))
			for i, k := range columns {
				l[i] = place[k]
			}
			leaf[key], order = l, append(order, key)
		}
		size[key] += s.count[at]
	}
	slices.SortStableFunc(order, func(a, b uint64) int { return cmp.Compare(size[b], size[a]) })
	out := make([][]int32, len(order))
	for i, key := range order {
		out[i] = leaf[key]
	}
	return out
}

// nested groups the columns of which one tells the other, as a district tells its region. What is told is seen in tables that
// have both; each group is in ascending order.
func (s *suppressor) nested() [][]int {
	of := make([]int, len(s.columns)) // group of each column
	for k := range of {
		of[k] = k
	}
	s.told = map[[2]int]bool{}
	for k := range s.columns {
		for j := range s.columns {
			if j != k && len(s.values[j]) > 1 && len(s.values[k]) > len(s.values[j]) && s.tells(k, j) {
				s.told[[2]int{k, j}] = true
				from, to := max(of[j], of[k]), min(of[j], of[k])
				for i := range of {
					if of[i] == from {
						of[i] = to
					}
				}
			}
		}
	}
	groups := map[int][]int{}
	for k, g := range of {
		groups[g] = append(groups[g], k)
	}
	var out [][]int
	for k := range s.columns {
		if len(groups[k]) > 1 {
			out = append(out, groups[k])
		}
	}
	return out
}

// tells reports whether the value of column k tells that of column j, in all counts that have both.
func (s *suppressor) tells(k, j int) bool {
	is := make([]int32, len(s.values[k])+1)
	some := false
	for at, place := range s.place {
		v, u := place[k], place[j]
		if v == 0 || u == 0 || s.count[at] == 0 {
			continue
		}
		if is[v] != 0 && is[v] != u {
			return false
		}
		is[v], some = u, true
	}
	return some
}

// alike lists tables that nobody publishes and everybody knows: where one table has districts and another regions, readers know
// which districts make up a region, so that the table of both holds too.
func alike(t *Table, tables [][]string, count, total string) (out [][]string) {
	for _, by := range tables {
		for _, child := range by {
			for _, parent := range columnsIn(tables) {
				if !slices.Contains(by, parent) && tellsIn(t, child, parent, count, orTotal(total)) {
					out = append(out, append(slices.Clone(by), parent))
				}
			}
		}
	}
	return out
}

func columnsIn(tables [][]string) []string {
	all := slices.Concat(tables...)
	slices.Sort(all)
	return slices.Compact(all)
}

// tellsIn reports whether the value of column child tells that of column parent, which has fewer, in all rows that count somebody.
func tellsIn(t *Table, child, parent, count, total string) bool {
	k, j, n := slices.Index(t.header, child), slices.Index(t.header, parent), slices.Index(t.header, count)
	if k < 0 || j < 0 || len(t.columns[j].values) >= len(t.columns[k].values) {
		return false
	}
	is := make([]uint32, len(t.columns[k].values))
	various := false
	var first uint32
	for i := range t.rows {
		v, u := t.columns[k].codes[i], t.columns[j].codes[i]
		if n >= 0 && t.columns[n].values[t.columns[n].codes[i]] == "0" || t.columns[k].values[v] == total || t.columns[j].values[u] == total {
			continue
		}
		u++ // a missing value is one too
		if is[v] != 0 && is[v] != u {
			return false
		}
		is[v] = u
		various = various || first != 0 && first != u
		first = u
	}
	return various
}

func (s *suppressor) value(v int32) int64 { return s.layers[int(v)/s.n][int(v)%s.n] }

func (s *suppressor) cell(key uint64) int32 {
	if s.dense != nil {
		return s.dense[key]
	}
	if at, ok := s.at[key]; ok {
		return at
	}
	return -1
}

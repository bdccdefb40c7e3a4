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
	c, err := newCube(data, tables, spec.Count, spec.Total)
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
		in := z.within(at, cols)
		state := absent
		if in {
			state = hidden // until the published table shows it
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
		in := z.within(at, cols) && s.state[at] != absent
		state, lower := absent, int64(0)
		if in {
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
	// All values while the products stay small, else the most frequent of each column.
	const most = 20_000
	product := 1.0
	for k := range s.columns {
		product *= float64(len(s.values[k]))
	}
	each := math.MaxInt
	if product > most {
		each = max(3, int(math.Pow(most, 1/float64(len(s.columns)))))
	}
	for k := range s.columns {
		size := make([]int64, len(s.values[k])+1)
		for at, place := range s.place {
			size[place[k]] += s.count[at]
		}
		order := make([]int32, len(s.values[k]))
		for v := range order {
			order[v] = int32(v + 1)
		}
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(size[b], size[a]) })
		s.tries = append(s.tries, order[:min(each, len(order))])
	}
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

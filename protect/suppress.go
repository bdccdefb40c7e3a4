package protect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// SuppressSpec says which tables to make, and what is already public.
type SuppressSpec struct {
	// Tables to publish together, each by its columns; margins are always included.
	Tables [][]string
	// Count is the column of counts; empty when each row is a record.
	Count string
	// Min is the smallest count that may be shown.
	Min int
	// Total is the word for "all values" in what is read and written; empty means Total.
	Total string
	// HideZeros hides empty cells like small ones. Without it zeros are shown: a reader learns
	// that nobody is there, which can be as telling as a small count.
	HideZeros bool
	// Earlier are releases that readers have, oldest first.
	Earlier []EarlierTable
}

// EarlierTable is a table that was published before.
type EarlierTable struct {
	Table *Frequency
	// Data is what the table was made from; nil when it is the same data as now.
	Data *Table
}

// Protected is a set of tables with their small counts hidden, and the proof that they
// cannot be computed back. Tables may be published; Proof may not.
type Protected struct {
	Method    string      `json:"method"`
	Version   string      `json:"version"`
	Min       int         `json:"min"`
	Zeros     string      `json:"zeros"` // shown or hidden
	Tables    []Frequency `json:"tables"`
	Cells     int         `json:"cells"`
	Primary   int         `json:"primary"`   // cells hidden because they are small
	Secondary int         `json:"secondary"` // cells hidden to protect those
	Proof     []Interval  `json:"proof"`
	Warnings  []Warning   `json:"warnings"`
	// Group lists the margins all of whose people are in one value of another column: whoever is known to
	// be among them is known to have it, whatever the count.
	Group []GroupDisclosure `json:"group_disclosure"`
}

// An Interval is what is proved about a small count: tables that fit everything published
// exist in which it is Low, and in which it is Up.
type Interval struct {
	Cell []Pair `json:"cell"`
	// Release is the place of the earlier release, from 1, to which this is the difference; 0 for a count.
	Release int   `json:"release,omitempty"`
	Low     int64 `json:"low"`
	Up      int64 `json:"up"`
}

// GroupDisclosure is a margin whose people all have one value of a column.
type GroupDisclosure struct {
	Cell   []Pair `json:"cell"`
	Column string `json:"column"`
	Value  string `json:"value"`
}

// ErrUnprotectable is what [Suppress] returns when no choice of cells to hide makes the tables safe.
var ErrUnprotectable = errors.New("the tables cannot be made safe")

// Suppress hides every count from 1 to Min−1, and as many other cells as it takes so that
// no reader can narrow one of them down.
//
// The reader is assumed to know every count shown now or earlier, all margins' rules, that no
// count is negative, which cells are empty when zeros are shown, and of every other hidden
// cell that somebody is in it, as the people in it do. A hidden small count is safe when, for all
// that, it could be as low as the number of cells known not to be empty (1 for a cell that is not a
// margin) and as high as Min or more. The linear programs of the attacker problem
// (Fischetti and Salazar 2001) have their optimum at or beyond any table that fits; so for
// each small count two such tables are built and kept, which prove its interval, and
// every one is checked again, relation by relation, before the result is returned.
//
// Tables that fit are reached from the true one by moves: for each column either one value goes up
// and another down, or one goes up and the total with it; the product over the columns
// changes 2^columns counts at most and keeps every relation of every table, linked ones included,
// because it is a change that records could make. For each small count the moves are chosen that hide least, weighted by
// the count and, fourfold a step, by how much of a total it is. Afterwards each cell hidden for
// another's sake is shown again if the proof can do without it (after Kelly, Golden and Assad 1992; hypercubes: Repsilber 1994).
//
// An earlier release of the same data is a linked table whose cells can no longer be hidden. With the earlier data
// given, what came in between is protected too: a difference of 1 to Min−1 is a small count.
//
// When not to use it: for a series with small changes every month it hides nearly all; use
// [Perturb] or [Marginals] there.
func Suppress(ctx context.Context, t *Table, spec SuppressSpec) (*Protected, error) {
	if spec.Min < 2 || spec.Min > 1_000_000 {
		return nil, option("min", fmt.Sprintf("%d as the smallest count shown hides nobody", spec.Min), "2 to 1000000; 10 is usual")
	}
	s, err := newSuppressor(t, spec)
	if err != nil {
		return nil, err
	}
	if err := s.protect(ctx); err != nil {
		return nil, err
	}
	if err := s.release(ctx); err != nil {
		return nil, err
	}
	if err := s.prove(); err != nil {
		return nil, err
	}
	return s.result(spec), nil
}

type cellState uint8

const (
	absent cellState = iota // not a count of this release
	open                    // shown unless it is needed
	hidden
	fixed // shown, for good
)

// A suppressor works on layers of cells: layer 0 are the counts of now, then for each earlier
// release of other data its counts and what came since. Cell c of layer l is variable l·n + c.
type suppressor struct {
	*cube
	min     int64
	n       int
	dense   []int32 // place → cell or −1, where there are few enough places
	layers  [][]int64
	lower   []int64
	state   []cellState
	primary []bool
	weight  []float64
	tries   [][]int32 // of each column, the values to try as the other side of a move
	now     int       // how many of the tables are to be published
	spec    SuppressSpec

	witness  []*witness
	rel      []relation // once it is asked for
	warnings []Warning

	moved []step // scratch
}

// A witness is another table that fits everything known: the differences from the true one.
type witness struct {
	variable int32
	dir      int64
	target   int64
	delta    map[int32]int64
}

type step struct {
	variable int32
	sign     int64
}

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

func (s *suppressor) result(spec SuppressSpec) *Protected {
	p := &Protected{Method: "suppression", Version: Version, Min: spec.Min, Zeros: "shown", Proof: []Interval{}, Warnings: s.warnings, Group: []GroupDisclosure{}}
	if spec.HideZeros {
		p.Zeros = "hidden"
	}
	if p.Warnings == nil {
		p.Warnings = []Warning{}
	}
	for i := range s.now {
		p.Tables = append(p.Tables, s.frequency(i, spec.Count, func(c int) *int64 {
			if s.state[c] == hidden {
				return nil
			}
			n := s.count[c]
			return &n
		}))
	}
	for c := range s.n {
		if !s.published(c) {
			continue
		}
		p.Cells++
		switch {
		case s.primary[c]:
			p.Primary++
		case s.state[c] == hidden:
			p.Secondary++
		}
	}
	for i := 0; i < len(s.witness); i += 2 {
		up, low := s.witness[i], s.witness[i+1]
		v := up.variable
		layer := int(v) / s.n
		p.Proof = append(p.Proof, Interval{
			Cell: s.describe(int(v) % s.n), Release: layer / 2,
			Low: s.value(v) + low.delta[v], Up: s.value(v) + up.delta[v],
		})
	}
	for _, f := range p.Tables {
		p.Group = append(p.Group, groupsOf(f, spec.Min)...)
	}
	if len(p.Group) > 0 {
		p.Warnings = append(p.Warnings, Warning{"group_disclosure", fmt.Sprintf("in %d groups everybody has one value: whoever is known to be in the group is known to have it", len(p.Group))})
	}
	return p
}

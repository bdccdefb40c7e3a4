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

// attackMost bounds the counts that a simplex tableau is made for: it grows with their square.
const attackMost = 4000

// Attack solves the attacker's problem for published tables of the same records: for each hidden
// count, the least and the greatest it can be while every margin adds. It knows nothing of
// how the tables were made, so anybody can run it on a release.
//
// Counts that no equation links are looked at apart. Bounds are first carried from equation to equation as far as that goes; then linear
// programs are solved by the two-phase simplex method on a dense tableau, with Bland's rule when a
// vertex repeats. A true count may lie within its bounds only as a whole number; bounds are therefore not narrower than what can be known.
func Attack(ctx context.Context, tables []Frequency, spec AttackSpec) ([]Bounds, error) {
	k, err := newKnown(tables, spec)
	if err != nil {
		return nil, err
	}
	out := make([]Bounds, len(k.cells))
	for i := range k.cells {
		out[i] = Bounds{k.cells[i], Number(k.low[i]), Number(k.up[i])}
	}
	for _, part := range k.parts() {
		if n := len(part.unknowns); n > attackMost {
			return nil, &InputError{File: "published tables", Wrong: fmt.Sprintf("%d counts are hidden that depend on each other", n), Want: fmt.Sprintf("%d or fewer for the exact attack", attackMost)}
		}
		p := part.program()
		if err := p.start(ctx); err != nil {
			return nil, err
		}
		for i, at := range part.unknowns {
			up, err := p.extreme(ctx, i, 1)
			if err != nil {
				return nil, err
			}
			low, err := p.extreme(ctx, i, -1)
			if err != nil {
				return nil, err
			}
			out[at].Low, out[at].Up = Number(low+k.low[at]), Number(up+k.low[at])
		}
	}
	return out, nil
}

// known is what published tables say of the counts that they hide.
type known struct {
	cells   [][]Pair           // that are hidden
	unknown map[string]int32   // by their key their place in cells
	shown   map[string]float64 // the other counts by theirs
	eq      []equation
	low, up []float64
}

// An equation is a sum of unknowns, each taken once or taken away once.
type equation struct {
	at    []int32
	sign  []float64
	right float64
}

// newKnown reads published tables. It returns an [InputError] for tables that do not add, and errInfeasible when no counts fit them.
func newKnown(tables []Frequency, spec AttackSpec) (*known, error) {
	k := &known{shown: map[string]float64{}, unknown: map[string]int32{}}
	shown, unknown := k.shown, k.unknown
	for _, f := range tables {
		for i, c := range f.Cells {
			if c.Count == nil {
				continue
			}
			key := cellKey(f, c.Values)
			if v, ok := shown[key]; ok && v != float64(*c.Count) {
				return nil, &InputError{File: "published tables", Row: i + 2, Wrong: fmt.Sprintf("the cell shows %d in one table and %v in another", *c.Count, v), Want: "tables of the same records"}
			}
			shown[key] = float64(*c.Count)
		}
	}
	for _, f := range tables {
		for _, c := range f.Cells {
			key := cellKey(f, c.Values)
			_, is := shown[key]
			if _, was := unknown[key]; is || was {
				continue
			}
			unknown[key] = int32(len(k.cells))
			ps := []Pair{}
			for j, v := range c.Values {
				if v != f.Total {
					ps = append(ps, Pair{f.By[j], v})
				}
			}
			k.cells = append(k.cells, ps)
			floor := 0.0
			if spec.ZerosShown {
				floor = 1
			}
			k.low, k.up = append(k.low, floor), append(k.up, math.Inf(1))
		}
	}
	done := map[string]bool{}
	for _, f := range tables {
		values := valuesOf(f)
		for i, c := range f.Cells {
			for j, v := range c.Values {
				id := cellKey(f, c.Values) + "\x00by " + f.By[j]
				if v != f.Total || done[id] {
					continue
				}
				done[id] = true
				var e equation
				whole := true
				add := func(values []string, sign float64) {
					key := cellKey(f, values)
					if v, ok := shown[key]; ok {
						e.right -= sign * v
					} else if at, ok := unknown[key]; ok {
						e.at, e.sign = append(e.at, at), append(e.sign, sign)
					} else {
						whole = false // the table leaves some of the parts out
					}
				}
				add(c.Values, -1)
				part := slices.Clone(c.Values)
				for _, w := range values[j] {
					part[j] = w
					add(part, 1)
				}
				switch {
				case !whole:
				case len(e.at) > 0:
					k.eq = append(k.eq, e)
				case e.right != 0:
					return nil, &InputError{File: "published tables", Row: i + 2, Wrong: fmt.Sprintf("the margin and its parts over column %q differ by %v", f.By[j], math.Abs(e.right)), Want: "margins that add"}
				}
			}
		}
	}
	return k, k.carry()
}

// valuesOf lists the values of each column of a table, in the order in which they come.
func valuesOf(f Frequency) [][]string {
	values := make([][]string, len(f.By))
	have := map[Pair]bool{}
	for _, c := range f.Cells {
		for j, v := range c.Values {
			if at := (Pair{f.By[j], v}); v != f.Total && !have[at] {
				have[at] = true
				values[j] = append(values[j], v)
			}
		}
	}
	return values
}

// carry carries bounds from equation to equation. It ends when nothing moves, or late; whatever it found holds.
func (k *known) carry() error {
	for range 100 {
		moved := false
		for _, e := range k.eq {
			for k.tighten(e) {
				moved = true
			}
		}
		for i := range k.low {
			if k.low[i] > k.up[i] {
				return errInfeasible
			}
		}
		if !moved {
			break
		}
	}
	return nil
}

// tighten moves a bound of an unknown to what an equation leaves it when all others are at theirs.
func (k *known) tighten(e equation) bool {
	bounds := func(i int) (low, up float64) {
		if at := e.at[i]; e.sign[i] > 0 {
			return k.low[at], k.up[at]
		} else {
			return -k.up[at], -k.low[at]
		}
	}
	least, most := -e.right, -e.right
	under, over := 0, 0 // how many have no bound
	for i := range e.at {
		low, up := bounds(i)
		if math.IsInf(low, -1) {
			under++
		} else {
			least += low
		}
		if math.IsInf(up, 1) {
			over++
		} else {
			most += up
		}
	}
	for i, at := range e.at {
		low, up := bounds(i)
		newLow, newUp := math.Inf(-1), math.Inf(1)
		switch {
		case under == 0:
			newUp = low - least
		case under == 1 && math.IsInf(low, -1):
			newUp = -least
		}
		switch {
		case over == 0:
			newLow = up - most
		case over == 1 && math.IsInf(up, 1):
			newLow = -most
		}
		if e.sign[i] < 0 {
			newLow, newUp = -newUp, -newLow
		}
		if newLow > k.low[at] || newUp < k.up[at] {
			k.low[at], k.up[at] = max(k.low[at], newLow), min(k.up[at], newUp)
			return k.low[at] <= k.up[at]
		}
	}
	return false
}

// A part is hidden counts that depend on each other, and on no others.
type part struct {
	*known
	unknowns []int32
	eq       []equation // of places in unknowns, which are counted from the least they can be
}

// parts lists the counts that are not known exactly, those that depend on each other together, in the order of the first of them.
func (k *known) parts() []*part {
	root := make([]int32, len(k.cells))
	for i := range root {
		root[i] = int32(i)
	}
	var find func(i int32) int32
	find = func(i int32) int32 {
		if root[i] != i {
			root[i] = find(root[i])
		}
		return root[i]
	}
	open := func(at int32) bool { return k.low[at] < k.up[at] }
	for _, e := range k.eq {
		first := int32(-1)
		for _, at := range e.at {
			if !open(at) {
				continue
			}
			if first < 0 {
				first = find(at)
			}
			root[find(at)] = first
		}
	}
	var out []*part
	of := map[int32]*part{}
	place := make([]int32, len(k.cells))
	for i := range k.cells {
		if !open(int32(i)) {
			continue
		}
		r := find(int32(i))
		if of[r] == nil {
			of[r] = &part{known: k}
			out = append(out, of[r])
		}
		place[i] = int32(len(of[r].unknowns))
		of[r].unknowns = append(of[r].unknowns, int32(i))
	}
	for _, e := range k.eq {
		mine := equation{right: e.right}
		var in *part
		for i, at := range e.at {
			mine.right -= e.sign[i] * k.low[at]
			if open(at) {
				in = of[find(at)]
				mine.at, mine.sign = append(mine.at, place[at]), append(mine.sign, e.sign[i])
			}
		}
		if in != nil {
			in.eq = append(in.eq, mine)
		}
	}
	return out
}

// program sets up the simplex method for a part.
func (p *part) program() *attack {
	a := &attack{n: len(p.unknowns)}
	for _, e := range p.eq {
		row := make([]float64, a.n+1)
		for i, at := range e.at {
			row[at] = e.sign[i]
		}
		row[a.n] = e.right
		a.rows = append(a.rows, row)
	}
	return a
}

type attack struct {
	rows  [][]float64 // the tableau: a row a relation, the last column its right side
	basis []int
	n     int // unknowns, which are 0 or more
	limit int // on pivots, for each unknown and row; 0 means 200
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

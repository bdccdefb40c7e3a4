package protect

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// An interior looks for tables in which hidden counts are large without solving a linear program for each. It keeps to the inside
// of what fits: it finds the table furthest from all bounds at once (the analytic centre, by Newton's method from any start) and
// walks from there the way that most of the counts still in question grow, each scaled by how far it is from its bound (Dikin
// 1967). One table on the way answers for many counts. What a count can be at most is bounded by multipliers of the equations
// (weak duality): those are checked by themselves, wherever they come from.
type interior struct {
	eq    []equation
	of    [][]entry // of each unknown, the equations it is in
	up    []float64 // the most that it can be
	asked []float64 // what it is to reach; 0 where nothing is asked
	bound float64   // of the one that was found not to

	centre []float64
	at     *normal // the normal equations there
}

type entry struct {
	row  int32
	sign float64
}

// slack is by how much an unknown may be under its bound, so that there is an inside where bounds meet. It is
// what the simplex method tolerates too.
const slack = 1e-6

// near is how near a count has to come to what it is asked to reach. Counts are whole, and what bounds them are fractions of
// small numbers.
const near = 1e-3

func newInterior(eq []equation, n int) *interior {
	p := &interior{eq: eq, of: make([][]entry, n), up: make([]float64, n), asked: make([]float64, n)}
	for i, e := range eq {
		for k, j := range e.at {
			p.of[j] = append(p.of[j], entry{int32(i), e.sign[k]})
		}
	}
	p.at = newNormal(p)
	return p
}

// short returns for each equation what its sum lacks.
func (p *interior) short(x []float64) []float64 {
	r := make([]float64, len(p.eq))
	for i, e := range p.eq {
		r[i] = e.right
		for k, j := range e.at {
			r[i] -= e.sign[k] * (x[j] - slack)
		}
	}
	return r
}

// priced returns v less what the multipliers take from each unknown.
func (p *interior) priced(v, y []float64) []float64 {
	out := slices.Clone(v)
	for j, es := range p.of {
		for _, e := range es {
			out[j] -= e.sign * y[e.row]
		}
	}
	return out
}

// step returns the way to go from x: so as to make good what the equations lack, and towards v.
func (p *interior) step(f *normal, x, short, v []float64) (way, y []float64) {
	z := make([]float64, len(p.eq))
	for i := range short {
		z[i] = -short[i]
	}
	if v == nil {
		v = make([]float64, len(x))
	}
	for i, e := range p.eq {
		for k, j := range e.at {
			z[i] += e.sign[k] * f.d[j] * v[j]
		}
	}
	y = f.solve(z)
	way = p.priced(v, y)
	for j := range way {
		way[j] *= f.d[j]
	}
	return way, y
}

// reach is how far one can go before an unknown is at its bound.
func reach(x, way []float64) float64 {
	most := math.Inf(1)
	for j, w := range way {
		if w < 0 {
			most = min(most, -x[j]/w)
		}
	}
	return most
}

// find finds the centre.
func (p *interior) find(ctx context.Context) error {
	x := make([]float64, len(p.of))
	pull := make([]float64, len(p.of))
	for j := range x {
		x[j] = min(10, max(p.up[j]/2, slack))
		if math.IsInf(p.up[j], 1) {
			pull[j] = 1e-3 // else there is no centre
		}
	}
	v := make([]float64, len(x))
	for round := 0; round < 100; round++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.at.factor(x); err != nil {
			return err
		}
		for j := range v {
			v[j] = 1/x[j] - pull[j]
		}
		way, y := p.step(p.at, x, p.short(x), v)
		if p.impossible(y) {
			return errInfeasible
		}
		far := min(1, 0.9*reach(x, way))
		moved := 0.0
		for j := range x {
			moved = max(moved, math.Abs(way[j]/x[j]))
		}
		move(x, way, far)
		if far == 1 && moved < 0.1 && p.fits(x) {
			p.centre = x
			return p.at.factor(x)
		}
	}
	return errStalled
}

func (p *interior) fits(x []float64) bool {
	for i, r := range p.short(x) {
		if math.Abs(r) > 1e-7*(1+math.Abs(p.eq[i].right)) {
			return false
		}
	}
	return true
}

// most bounds what v can come to, by multipliers.
func (p *interior) most(v, y []float64) float64 {
	sum := 0.0
	for i, e := range p.eq {
		sum += e.right * y[i]
	}
	for j, c := range p.priced(v, y) {
		if c > 1e-9 {
			sum += c * p.up[j]
		}
	}
	return sum
}

// impossible reports whether multipliers show that no table fits.
func (p *interior) impossible(y []float64) bool {
	size := 0.0
	for _, v := range y {
		size = max(size, math.Abs(v))
	}
	if size == 0 {
		return false
	}
	unit := make([]float64, len(y))
	for _, sign := range []float64{1, -1} {
		for i, v := range y {
			unit[i] = sign * v / size
		}
		if p.most(make([]float64, len(p.of)), unit) < -1e-6 {
			return true
		}
	}
	return false
}

// ask looks for tables in which each unknown that is asked is what it is asked to reach. It returns one of which is
// proved that it cannot be, or −1, and how many are in doubt.
func (p *interior) ask(ctx context.Context) (known, doubt int, err error) {
	var pending []int
	for j, least := range p.asked {
		if p.centre[j] < least-near {
			pending = append(pending, j)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	// Many at a time, which get in each other's way, then fewer; at first by one step from the centre, which costs little.
	for _, steps := range []int{1, 30} {
		for size := 1 + len(pending)/2; ; size = 1 + size/4 {
			rng.Shuffle(len(pending), func(a, b int) { pending[a], pending[b] = pending[b], pending[a] })
			if known, err = p.pass(ctx, &pending, size, steps); err != nil || known >= 0 || len(pending) == 0 {
				return known, len(pending), err
			}
			if size == 1 {
				break
			}
		}
	}
	return -1, len(pending), nil
}

// pass walks towards groups of those that are pending, some groups side by side, and takes off what was reached. How many go side by
// side does not depend on the machine, so that the answer does not.
func (p *interior) pass(ctx context.Context, pending *[]int, size, steps int) (known int, err error) {
	const together = 4
	groups := slices.Collect(slices.Chunk(slices.Clone(*pending), size))
	for some := range slices.Chunk(groups, together) {
		walks := make([]walk, len(some))
		var all sync.WaitGroup
		for i, group := range some {
			w := &walks[i]
			if w.towards = slices.DeleteFunc(group, func(j int) bool { return !slices.Contains(*pending, j) }); len(w.towards) > 0 {
				all.Go(func() { w.err = p.walk(ctx, w, *pending, steps) })
			}
		}
		all.Wait()
		for _, w := range walks {
			if w.err != nil {
				return -1, w.err
			}
			if w.proved {
				return w.towards[0], nil
			}
			*pending = slices.DeleteFunc(*pending, func(j int) bool { return w.reached[j] })
		}
	}
	return -1, nil
}

// A walk is a way from the centre.
type walk struct {
	towards []int
	reached map[int]bool
	proved  bool // that the one it went towards cannot reach what it is asked to
	err     error
}

// walk goes some steps from the centre, until what it goes towards is reached, or proved to be out of reach.
func (p *interior) walk(ctx context.Context, w *walk, pending []int, steps int) error {
	w.reached = map[int]bool{}
	v := make([]float64, len(p.of))
	for _, j := range w.towards {
		v[j] = 1
	}
	x, f := slices.Clone(p.centre), p.at
	for i := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i > 0 {
			if i == 1 {
				f = newNormal(p)
			}
			if f.factor(x) != nil {
				return nil
			}
			back, _ := p.step(f, x, p.short(x), nil)
			move(x, back, min(1, 0.9*reach(x, back)))
		}
		way, y := p.step(f, x, nil, v)
		move(x, way, min(0.95*reach(x, way), 1e6))
		if !p.fits(x) {
			return nil
		}
		for _, j := range pending {
			if x[j] >= p.asked[j]-near {
				w.reached[j] = true
			}
		}
		if !slices.ContainsFunc(w.towards, func(j int) bool { return !w.reached[j] }) {
			return nil
		}
		if len(w.towards) == 1 {
			if w.proved = p.most(v, y) < p.asked[w.towards[0]]-near; w.proved {
				return nil
			}
		}
	}
	return nil
}

func move(x, way []float64, far float64) {
	for j, w := range way {
		x[j] += far * w
	}
}

// A normal holds the equations A·D·Aᵀ·y = z, D being the squares of how far unknowns are from their bounds. Equations that share no
// unknown with each other are eliminated first; what is left of the others is factored.
type normal struct {
	p     *interior
	d     []float64
	core  []int32 // of each equation its place among those that are left; −1 for one that is eliminated
	left  []int32
	own   []float64 // of those eliminated
	links [][]link
	scale []float64
	m     blas64.Symmetric  // of those that are left, until it is factored
	u     blas64.Triangular // its factor
}

type link struct {
	at int32
	v  float64
}

// mostLeft bounds the equations that are left, and so the memory: 72 MB for each walk.
const mostLeft = 3000

func newNormal(p *interior) *normal {
	f := &normal{p: p, core: make([]int32, len(p.eq)), own: make([]float64, len(p.eq)), links: make([][]link, len(p.eq)), d: make([]float64, len(p.of))}
	order := make([]int, len(p.eq))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(p.eq[a].at) - len(p.eq[b].at) })
	used := make([]bool, len(p.of))
	for _, i := range order {
		free := !slices.ContainsFunc(p.eq[i].at, func(j int32) bool { return used[j] })
		f.core[i] = -1
		if !free {
			f.core[i] = int32(len(f.left))
			f.left = append(f.left, int32(i))
			continue
		}
		for _, j := range p.eq[i].at {
			used[j] = true
		}
	}
	n := len(f.left)
	f.scale = make([]float64, n)
	f.m = blas64.Symmetric{N: n, Stride: max(1, n), Uplo: blas.Upper, Data: make([]float64, n*n)}
	return f
}

// factor sets the equations up for x, and factors them. Equations that follow from others leave nothing of themselves: a little is
// added to each, which solve makes good.
func (f *normal) factor(x []float64) error {
	for j, v := range x {
		f.d[j] = v * v
	}
	for extra := 1e-10; extra < 1e-3; extra *= 100 {
		f.gather()
		for i := range f.left {
			f.m.Data[i*f.m.Stride+i] += extra
		}
		var ok bool
		if f.u, ok = lapack64.Potrf(f.m); ok {
			return nil
		}
	}
	return errStalled
}

// gather eliminates what can be, and leaves the others' matrix in m.
func (f *normal) gather() {
	n := len(f.left)
	clear(f.m.Data)
	add := func(a, b int32, v float64) {
		if a > b {
			a, b = b, a
		}
		f.m.Data[int(a)*f.m.Stride+int(b)] += v
	}
	for j, es := range f.p.of {
		for k, e := range es {
			a := f.core[e.row]
			if a < 0 {
				continue
			}
			for _, g := range es[k:] {
				if b := f.core[g.row]; b >= 0 {
					add(a, b, e.sign*g.sign*f.d[j])
				}
			}
		}
	}
	for i := range f.left {
		f.scale[i] = 1 / math.Sqrt(f.m.Data[i*f.m.Stride+i])
	}
	work := make([]float64, n)
	for i, e := range f.p.eq {
		if f.core[i] >= 0 {
			continue
		}
		f.own[i], f.links[i] = 0, f.links[i][:0]
		for k, j := range e.at {
			f.own[i] += f.d[j]
			for _, g := range f.p.of[j] {
				if c := f.core[g.row]; c >= 0 {
					if work[c] == 0 {
						f.links[i] = append(f.links[i], link{at: c})
					}
					work[c] += e.sign[k] * g.sign * f.d[j]
				}
			}
		}
		for k := range f.links[i] {
			l := &f.links[i][k]
			l.v, work[l.at] = work[l.at], 0
		}
		for k, a := range f.links[i] {
			for _, b := range f.links[i][k:] {
				add(a.at, b.at, -a.v*b.v/f.own[i])
			}
		}
	}
	for i := range n {
		row := f.m.Data[i*f.m.Stride : i*f.m.Stride+n]
		for k := i; k < n; k++ {
			row[k] *= f.scale[i] * f.scale[k]
		}
	}
}

// rough solves the equations but for what was added.
func (f *normal) rough(z []float64) []float64 {
	y := slices.Clone(z)
	t := make([]float64, len(f.left))
	for k, i := range f.left {
		t[k] = z[i]
	}
	for i, ls := range f.links {
		for _, l := range ls {
			t[l.at] -= l.v * z[i] / f.own[i]
		}
	}
	for k := range t {
		t[k] *= f.scale[k]
	}
	if len(t) > 0 {
		vec := blas64.Vector{N: len(t), Data: t, Inc: 1}
		blas64.Trsv(blas.Trans, f.u, vec)
		blas64.Trsv(blas.NoTrans, f.u, vec)
	}
	for k, i := range f.left {
		y[i] = t[k] * f.scale[k]
	}
	for i, ls := range f.links {
		if f.core[i] < 0 {
			for _, l := range ls {
				y[i] -= l.v * y[f.left[l.at]]
			}
			y[i] /= f.own[i]
		}
	}
	return y
}

// solve solves the equations, making the rough solution better as long as that goes.
func (f *normal) solve(z []float64) []float64 {
	y, r := make([]float64, len(z)), slices.Clone(z)
	size := dot(z, z)
	for left := size; left > 1e-22*size; {
		next := f.rough(r)
		for i := range y {
			next[i] += y[i]
		}
		for i, v := range f.times(next) {
			r[i] = z[i] - v
		}
		now := dot(r, r)
		if !(now < left/4) {
			break
		}
		y, left = next, now
	}
	return y
}

func (f *normal) times(y []float64) []float64 {
	out := make([]float64, len(y))
	for j, es := range f.p.of {
		sum := 0.0
		for _, e := range es {
			sum += e.sign * y[e.row]
		}
		sum *= f.d[j]
		for _, e := range es {
			out[e.row] += e.sign * sum
		}
	}
	return out
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

package protect

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
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
		if c > 1e-9 || c > 0 && !math.IsInf(p.up[j], 1) {
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

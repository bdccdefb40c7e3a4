package protect

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

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

package survival

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// dependent returns the first coefficient whose information the ones before it
// already hold, or −1.
func dependent(info []float64, p int) int {
	l := slices.Clone(info)
	for a := range p {
		for e := range a {
			f := l[a*p+e]
			for j := range e {
				f -= l[a*p+j] * l[e*p+j]
			}
			l[a*p+e] = f / l[e*p+e]
		}
		d := l[a*p+a]
		for j := range a {
			d -= l[a*p+j] * l[a*p+j]
		}
		if !(d > 1e-10*info[a*p+a]) {
			return a
		}
		l[a*p+a] = math.Sqrt(d)
	}
	return -1
}

// solve returns v⁻¹ u for a positive definite v, scaled to ones on its diagonal
// so that units of covariates do not matter; nil when it has no inverse.
func solve(v, u []float64, p int) []float64 {
	m, scale, ok := scaled(v, p)
	if !ok {
		return nil
	}
	rhs := mat.NewVecDense(p, nil)
	for a := range p {
		rhs.SetVec(a, u[a]*scale[a])
	}
	var x mat.VecDense
	if err := m.SolveVecTo(&x, rhs); err != nil {
		if _, bad := err.(mat.Condition); !bad {
			return nil
		}
	}
	out := make([]float64, p)
	for a := range p {
		out[a] = x.AtVec(a) * scale[a]
	}
	return out
}

func invert(v []float64, p int) []float64 {
	m, scale, ok := scaled(v, p)
	if !ok {
		return nil
	}
	var inverse mat.SymDense
	if err := m.InverseTo(&inverse); err != nil {
		if _, bad := err.(mat.Condition); !bad {
			return nil
		}
	}
	out := make([]float64, p*p)
	for a := range p {
		for e := range p {
			out[a*p+e] = inverse.At(a, e) * scale[a] * scale[e]
		}
	}
	return out
}

func scaled(v []float64, p int) (m *mat.Cholesky, scale []float64, ok bool) {
	sym := mat.NewSymDense(p, nil)
	scale = make([]float64, p)
	for a := range p {
		if !(v[a*p+a] > 0) {
			return nil, nil, false
		}
		scale[a] = 1 / math.Sqrt(v[a*p+a])
	}
	for a := range p {
		for e := range a + 1 {
			sym.SetSym(a, e, v[a*p+e]*scale[a]*scale[e])
		}
	}
	m = &mat.Cholesky{}
	return m, scale, m.Factorize(sym)
}

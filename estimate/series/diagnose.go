package series

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// diagnose asks whether neighbouring points are alike beyond what the model
// explains. Residuals are Pearson's for counts, and those after whitening for
// AR(1).
func (m *model) diagnose(ctx context.Context, r *Report, d *data, sp Spec) {
	e := make([]float64, d.n)
	x := make([]float64, len(d.x))
	for k := range e {
		s := math.Sqrt(m.weight[k])
		if s > 0 {
			e[k] = m.score[k] / s
		}
		for a := range d.p {
			x[k*d.p+a] = d.x[k*d.p+a] * s
		}
	}
	whole := d.times == d.n
	put := func(name string, statistic, p float64, text string) {
		g := estimate.Diagnostic{Statistic: Number(statistic), Text: text}
		if !math.IsNaN(p) {
			n := Number(p)
			g.P = &n
		}
		r.Diagnose(name, g)
	}
	top, bottom := 0.0, 0.0
	for k, v := range e {
		bottom += v * v
		if k > 0 && d.grid[k] == d.grid[k-1]+1 {
			top += (v - e[k-1]) * (v - e[k-1])
		}
	}
	dw, p := top/bottom, math.NaN()
	text := "below 2: neighbours are alike; p is one-sided"
	if whole && !sp.AR1 && bottom > 0 {
		if p = durbinWatson(ctx, d, x, dw); d.n >= 100 {
			text += ", by its normal approximation from 100 points on"
		}
	}
	put("durbin_watson", dw, p, text)
	if !whole || !(bottom > 0) {
		return
	}
	for _, order := range []int{1, 12} {
		if d.n > d.p+order+1 {
			lm, p := breuschGodfrey(d, x, e, order)
			put(map[int]string{1: "breusch_godfrey_order1", 12: "breusch_godfrey_order12"}[order], lm, p, "correlation of residuals up to this distance")
		}
	}
	if d.n > 13 {
		q, p := ljungBox(e, 12)
		put("ljung_box_12", q, p, "correlation of residuals up to twelve times apart")
	}
	m.anticipation(ctx, put, d, sp)
}

// durbinWatson is P(DW ≤ dw) without correlation. Below 100 points it is exact:
// DW = Σ λ_i ξ_i² / Σ ξ_i², with λ the eigenvalues of M A M, M = I − X(XᵀX)⁻¹Xᵀ
// and A the matrix of first differences, so that the chance is that of
// Σ (λ_i − dw) ξ_i² ≤ 0, by Imhof's (1961) integral. From 100 points on it is
// the normal approximation (Durbin & Watson 1951), as lmtest does.
func durbinWatson(ctx context.Context, d *data, x []float64, dw float64) float64 {
	n, p := d.n, d.p
	X := mat.NewDense(n, p, x)
	var qr mat.QR
	qr.Factorize(X)
	difference := func(v, out []float64) { // out = A v
		for k := range v {
			out[k] = 2 * v[k]
			if k == 0 || k == n-1 {
				out[k] = v[k]
			}
			if k > 0 {
				out[k] -= v[k-1]
			}
			if k < n-1 {
				out[k] -= v[k+1]
			}
		}
	}
	column, out := make([]float64, n), make([]float64, n)
	if n >= 100 {
		// Q = X R⁻¹: the whole Q of a long series would not fit in memory.
		var r, inverse, q0 mat.Dense
		qr.RTo(&r)
		if inverse.Inverse(r.Slice(0, p, 0, p)) != nil {
			return math.NaN()
		}
		q0.Mul(X, &inverse)
		aq := mat.NewDense(n, p, nil)
		for c := range p {
			mat.Col(column, c, &q0)
			difference(column, out)
			aq.SetCol(c, out)
		}
		// tr(XᵀAX(XᵀX)⁻¹) = tr(QᵀAQ), and so on, for orthonormal Q.
		var b, b2, c mat.Dense
		b.Mul(q0.T(), aq)
		b2.Mul(&b, &b)
		c.Mul(aq.T(), aq)
		nn, k := float64(n), float64(n-p)
		P := 2*(nn-1) - mat.Trace(&b)
		Q := 2*(3*nn-4) - 2*mat.Trace(&c) + mat.Trace(&b2)
		mean := P / k
		variance := 2 / (k * (k + 2)) * (Q - P*mean)
		return distuv.UnitNormal.CDF((dw - mean) / math.Sqrt(variance))
	}
	// In the basis of what is orthogonal to X, M A M is an (n−p) square matrix.
	var q mat.Dense
	qr.QTo(&q)
	rest := q.Slice(0, n, p, n).(*mat.Dense)
	ar := mat.NewDense(n, n-p, nil)
	for c := range n - p {
		mat.Col(column, c, rest)
		difference(column, out)
		ar.SetCol(c, out)
	}
	var mam mat.Dense
	mam.Mul(rest.T(), ar)
	sym := mat.NewSymDense(n-p, nil)
	for a := range n - p {
		for b := range a + 1 {
			sym.SetSym(a, b, (mam.At(a, b)+mam.At(b, a))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(sym, false) {
		return math.NaN()
	}
	values := eigen.Values(nil)
	for k := range values {
		values[k] -= dw
	}
	return imhof(values)
}

// imhof is P(Σ a_i ξ_i² ≤ 0) for independent normal ξ:
//
//	1/2 − (1/π) ∫ sin θ(u) / (u ρ(u)) du,  θ = ½ Σ arctan(a_i u),  ρ = Π (1 + a_i² u²)^¼
//
// in panels of Gauss-Legendre until ρ leaves nothing.
func imhof(a []float64) float64 {
	scale := 0.0
	for _, v := range a {
		scale = max(scale, math.Abs(v))
	}
	if scale == 0 {
		return math.NaN()
	}
	integrand := func(u float64) float64 {
		theta, logRho := 0.0, 0.0
		for _, v := range a {
			theta += math.Atan(v*u) / 2
			logRho += math.Log1p(v*v*u*u) / 4
		}
		return math.Sin(theta) / (u * math.Exp(logRho))
	}
	// Ten nodes of Gauss-Legendre (Abramowitz & Stegun 25.4.30).
	nodes := [5]float64{0.148874338981631211, 0.433395394129247191, 0.679409568299024406, 0.865063366688984511, 0.973906528517171720}
	weights := [5]float64{0.295524224714752870, 0.269266719309996355, 0.219086362515982044, 0.149451349150580593, 0.066671344308688138}
	total, lo, width := 0.0, 0.0, 0.05/scale
	for range 400 {
		mid, half := lo+width/2, width/2
		part := 0.0
		for k, x := range nodes {
			part += weights[k] * (integrand(mid-half*x) + integrand(mid+half*x))
		}
		total += part * half
		lo += width
		width *= 1.05
		if math.Abs(integrand(lo))*lo < 1e-15 {
			break
		}
	}
	return min(max(0.5-total/math.Pi, 0), 1)
}

// breuschGodfrey regresses residuals on the model and on themselves up to order
// times before, zero where there is none: n times the share explained.
func breuschGodfrey(d *data, x, e []float64, order int) (lm, p float64) {
	n, k := len(e), d.p+order
	a := mat.NewDense(n, k, nil)
	for i := range n {
		for c := range d.p {
			a.Set(i, c, x[i*d.p+c])
		}
		for l := 1; l <= order && l <= i; l++ {
			a.Set(i, d.p+l-1, e[i-l])
		}
	}
	var qr mat.QR
	qr.Factorize(a)
	var b mat.VecDense
	if err := qr.SolveVecTo(&b, false, mat.NewVecDense(n, e)); err != nil {
		return math.NaN(), math.NaN()
	}
	var part mat.VecDense
	part.MulVec(a, &b)
	all, explained := mat.Dot(mat.NewVecDense(n, e), mat.NewVecDense(n, e)), mat.Dot(&part, &part)
	lm = float64(n) * explained / all
	return lm, distuv.ChiSquared{K: float64(order)}.Survival(lm)
}

// ljungBox is n(n+2) Σ ρ_k²/(n−k) (Ljung & Box 1978).
func ljungBox(e []float64, lags int) (q, p float64) {
	n := len(e)
	mean := 0.0
	for _, v := range e {
		mean += v / float64(n)
	}
	all := 0.0
	for _, v := range e {
		all += (v - mean) * (v - mean)
	}
	for k := 1; k <= lags; k++ {
		c := 0.0
		for i := k; i < n; i++ {
			c += (e[i] - mean) * (e[i-k] - mean)
		}
		q += c / all * c / all / float64(n-k)
	}
	q *= float64(n) * float64(n+2)
	return q, distuv.ChiSquared{K: float64(lags)}.Survival(q)
}

// anticipation fits the model once more with a level of its own for the last
// three times before the first event.
func (m *model) anticipation(ctx context.Context, put func(string, float64, float64, string), d *data, sp Spec) {
	const lead = 3
	first := -1
	for k := range d.n {
		for _, e := range d.events {
			if e.on[k] && first < 0 {
				first = k
			}
		}
	}
	if first < 3*lead || d.n <= d.p+2 {
		return
	}
	wide := *d
	wide.p = d.p + 1
	wide.names = append(append([]string(nil), d.names...), "before")
	wide.x = make([]float64, d.n*wide.p)
	for k := range d.n {
		copy(wide.x[k*wide.p:], d.x[k*d.p:k*d.p+d.p])
		if k >= first-lead && k < first {
			wide.x[k*wide.p+d.p] = 1
		}
	}
	// Three points are too few for robust standard errors of their own.
	sp.SE = ModelSE
	again, err := fitModel(ctx, &wide, sp)
	if err != nil || !again.converged {
		return
	}
	v, err := again.covariance(sp, &Report{})
	if err != nil {
		return
	}
	z := again.beta[d.p] / math.Sqrt(v[len(v)-1])
	p := float64(sp.pvalue(z, float64(again.df)))
	if math.IsNaN(z) || math.IsNaN(p) {
		return
	}
	put("anticipation", z, p, "whether the last three times before the event already leave the course")
}

package series

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"plumbline/estimate"
)

// model is a fitted series.
type model struct {
	d      *data
	p, df  int
	beta   []float64
	mu     []float64
	weight []float64 // of iterated least squares
	score  []float64 // weight × working residual: the part of the score beside x
	bread  []float64 // (Xᵀ W X)⁻¹

	dispersion, pearson, deviance, loglik, aic float64
	sigma, theta, thetaSE, phi                 float64
	converged                                  bool
	perfect                                    bool // leaves nothing to tell chance by
	ar1Covariance                              []float64
	above                                      []float64 // points above each j
}

func fitModel(ctx context.Context, d *data, sp Spec) (*model, error) {
	m := &model{d: d, p: d.p, df: d.n - d.p, theta: math.Inf(1), thetaSE: math.NaN(), dispersion: 1, loglik: math.NaN(), aic: math.NaN()}
	var err error
	switch {
	case sp.AR1:
		err = m.ar1(ctx)
	case sp.Family == Gaussian:
		err = m.gaussian()
	case sp.Family == NegBin:
		err = m.negbin(ctx)
	default:
		err = m.counts(ctx)
		if sp.Family == QuasiPoisson {
			m.dispersion = m.pearson / float64(m.df)
			m.loglik, m.aic = math.NaN(), math.NaN()
		}
	}
	if err != nil {
		return nil, err
	}
	m.tidy(sp)
	return m, nil
}

// roundOff is the share of the squares of a series below which what a model
// leaves of them is rounding.
const roundOff = 1e-24

// tidy takes residuals that are only rounding as none, lest tests find a pattern
// in them. A series without noise says nothing of how far chance goes.
func (m *model) tidy(sp Spec) {
	left, all := 0.0, 0.0
	for k, y := range m.d.y {
		left += m.score[k] * m.score[k]
		all += y * y
	}
	if left > roundOff*all {
		return
	}
	clear(m.score)
	// Counts have noise by their model, unless that is asked of the residuals.
	m.perfect = sp.Family == Gaussian || sp.SE != ModelSE
}

// leastSquares solves min Σ w (z − Xb)² by QR, and returns b and (Xᵀ W X)⁻¹.
func leastSquares(d *data, x, w, z []float64) (b, inverse []float64, err error) {
	n, p := len(z), d.p
	a := mat.NewDense(n, p, nil)
	rhs := mat.NewVecDense(n, nil)
	norm := make([]float64, p)
	for k := range n {
		r := 1.0
		if w != nil {
			r = math.Sqrt(w[k])
		}
		for c := range p {
			v := r * x[k*p+c]
			a.Set(k, c, v)
			norm[c] += v * v
		}
		rhs.SetVec(k, r*z[k])
	}
	var qr mat.QR
	qr.Factorize(a)
	var r mat.Dense
	qr.RTo(&r)
	for c := range p {
		if !(math.Abs(r.At(c, c)) > 1e-11*math.Sqrt(norm[c])) {
			return nil, nil, &estimate.InputError{File: d.table.Name, Column: d.names[c], Wrong: "it says nothing the terms before it do not say", Want: "a model without it, or other events"}
		}
	}
	var beta mat.VecDense
	if err := qr.SolveVecTo(&beta, false, rhs); err != nil {
		if _, bad := err.(mat.Condition); !bad {
			return nil, nil, fmt.Errorf("solve least squares: %w", err)
		}
	}
	// R⁻¹ by back substitution, then R⁻¹ R⁻ᵀ.
	inv := mat.NewDense(p, p, nil)
	for c := range p {
		for i := c; i >= 0; i-- {
			v := 0.0
			if i == c {
				v = 1
			}
			for j := i + 1; j <= c; j++ {
				v -= r.At(i, j) * inv.At(j, c)
			}
			inv.Set(i, c, v/r.At(i, i))
		}
	}
	var product mat.Dense
	product.Mul(inv, inv.T())
	return slices.Clone(beta.RawVector().Data), slices.Clone(product.RawMatrix().Data), nil
}

func (m *model) linear(k int) float64 {
	eta := 0.0
	for a, b := range m.beta {
		eta += m.d.x[k*m.p+a] * b
	}
	return eta
}

// gaussian is ordinary least squares; with the log transform the offset is
// taken off first.
func (m *model) gaussian() (err error) {
	d := m.d
	z := make([]float64, d.n)
	for k := range z {
		z[k] = d.y[k] - d.offset[k]
	}
	if m.beta, m.bread, err = leastSquares(d, d.x, nil, z); err != nil {
		return err
	}
	m.mu, m.score = make([]float64, d.n), make([]float64, d.n)
	m.weight = make([]float64, d.n)
	for k := range z {
		m.weight[k] = 1
		m.mu[k] = m.linear(k) + d.offset[k]
		m.score[k] = d.y[k] - m.mu[k]
		m.deviance += m.score[k] * m.score[k]
	}
	n := float64(d.n)
	m.pearson = m.deviance
	m.dispersion = m.deviance / float64(m.df)
	m.sigma = math.Sqrt(m.dispersion)
	m.loglik = -n / 2 * (math.Log(2*math.Pi*m.deviance/n) + 1)
	m.aic = -2*m.loglik + 2*float64(m.p+1)
	m.converged = true
	return nil
}

// counts fits a log-linear model with variance μ + μ²/θ (θ infinite: Poisson)
// by iterated weighted least squares.
func (m *model) counts(ctx context.Context) error {
	d := m.d
	if m.mu == nil {
		m.mu = make([]float64, d.n)
		for k, y := range d.y {
			m.mu[k] = max(y, 0.1) // where the iteration begins, as in McCullagh & Nelder
		}
	}
	m.weight, m.score = make([]float64, d.n), make([]float64, d.n)
	z := make([]float64, d.n)
	total := 0.0
	for _, y := range d.y {
		total += y
	}
	if total == 0 {
		return &estimate.InputError{File: d.table.Name, Wrong: "every count is zero", Want: "a series with cases"}
	}
	m.converged = false
	for step := range 200 {
		if err := ctx.Err(); err != nil {
			return err
		}
		for k, y := range d.y {
			mu := m.mu[k]
			m.weight[k] = mu / (1 + mu/m.theta)
			z[k] = math.Log(mu) - d.offset[k] + (y-mu)/mu
		}
		beta, bread, err := leastSquares(d, d.x, m.weight, z)
		if err != nil {
			return err
		}
		moved := 0.0
		for a, b := range beta {
			if m.beta == nil || step == 0 {
				moved = 1
				break
			}
			moved = max(moved, math.Abs(b-m.beta[a])/(math.Abs(b)+0.1))
		}
		m.beta, m.bread = beta, bread
		away := false
		for k := range m.mu {
			eta := m.linear(k) + d.offset[k]
			away = away || math.Abs(eta) > 500 || math.IsNaN(eta)
			m.mu[k] = math.Exp(max(min(eta, 500), -500))
		}
		if away {
			break // a level without any cases: its coefficient runs to −∞
		}
		if moved < 1e-12 {
			m.converged = true
			break
		}
	}
	m.pearson, m.deviance, m.loglik = 0, 0, 0
	for k, y := range d.y {
		mu := m.mu[k]
		m.weight[k] = mu / (1 + mu/m.theta)
		m.score[k] = (y - mu) / (1 + mu/m.theta)
		m.pearson += (y - mu) * (y - mu) / (mu * (1 + mu/m.theta))
		m.deviance += 2 * deviance(y, mu, m.theta)
		m.loglik += logDensity(y, mu, m.theta)
	}
	m.aic = -2*m.loglik + 2*float64(m.p)
	return nil
}

func deviance(y, mu, theta float64) float64 {
	d := 0.0
	if y > 0 {
		d = y * math.Log(y/mu)
	}
	if math.IsInf(theta, 1) {
		return d - (y - mu)
	}
	return d - (y+theta)*math.Log((y+theta)/(mu+theta))
}

func logDensity(y, mu, theta float64) float64 {
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	if math.IsInf(theta, 1) {
		return y*math.Log(mu) - mu - lg(y+1)
	}
	// log(θ/(μ+θ)) by log1p, since θ may be far larger than μ.
	return lg(theta+y) - lg(theta) - lg(y+1) - theta*math.Log1p(mu/theta) + y*math.Log(mu/(mu+theta))
}

// negbin alternates between the coefficients and θ until neither moves. The
// covariance of the coefficients takes θ as known, as is usual (Venables &
// Ripley 2002): the two are uncorrelated in large samples.
func (m *model) negbin(ctx context.Context) error {
	if err := m.counts(ctx); err != nil {
		return err
	}
	if !m.converged {
		return nil
	}
	for range 500 {
		theta := m.bestTheta()
		moved := math.Abs(theta/m.theta - 1)
		if math.IsInf(theta, 1) {
			moved = 0
			if !math.IsInf(m.theta, 1) {
				moved = 1
			}
		}
		m.theta = theta
		if err := m.counts(ctx); err != nil {
			return err
		}
		if !m.converged || moved < 1e-12 {
			break
		}
		m.converged = false
	}
	if !math.IsInf(m.theta, 1) {
		info := 0.0
		for k, y := range m.d.y {
			mu, th := m.mu[k], m.theta
			info += -trigamma(th+y) + trigamma(th) - 1/th + 2/(mu+th) - (y+th)/((mu+th)*(mu+th))
		}
		m.thetaSE = 1 / math.Sqrt(info)
	}
	m.aic = -2*m.loglik + 2*float64(m.p+1)
	return nil
}

func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// bestTheta maximises the likelihood over θ with the means held: the root in
// log θ of the score
//
//	Σ_i [ψ(θ+y) − ψ(θ) − log(1 + μ/θ) + (μ−y)/(μ+θ)],
//
// by Newton's method inside a bracket. ψ(θ+y) − ψ(θ) is Σ_{j<y} 1/(θ+j), so all
// the counts share one sum over j. θ is infinite when the likelihood still grows
// at 10⁶ times the largest mean.
func (m *model) bestTheta() float64 {
	if m.above == nil {
		m.countAbove()
	}
	score := func(theta float64) (s, slope float64) {
		for j, c := range m.above {
			r := 1 / (theta + float64(j))
			s += c * r
			slope -= c * r * r
		}
		for k, y := range m.d.y {
			mu := m.mu[k]
			if n := float64(len(m.above)); y > n {
				s += mathext.Digamma(theta+y) - mathext.Digamma(theta+n)
				slope += trigamma(theta+y) - trigamma(theta+n)
			}
			s += -math.Log1p(mu/theta) + (mu-y)/(mu+theta)
			slope += mu/(theta*(theta+mu)) - (mu-y)/((mu+theta)*(mu+theta))
		}
		return s, slope
	}
	top := 1.0
	for _, mu := range m.mu {
		top = max(top, mu)
	}
	lo, hi := math.Log(1e-6), math.Log(1e6*top)
	// At large θ the score is about Σ[(y−μ)² − y]/(2θ²); its sign says whether
	// there is overdispersion at all.
	if s, _ := score(math.Exp(hi)); m.excess() <= 0 || s > 0 {
		return math.Inf(1)
	}
	if s, _ := score(math.Exp(lo)); s < 0 {
		return math.Exp(lo)
	}
	u := lo + (hi-lo)/2
	if !math.IsInf(m.theta, 1) {
		u = min(max(math.Log(m.theta), lo), hi)
	}
	for range 200 {
		s, slope := score(math.Exp(u))
		if s > 0 {
			lo = u
		} else {
			hi = u
		}
		next := u - s/(slope*math.Exp(u))
		if !(next > lo && next < hi) {
			next = lo + (hi-lo)/2
		}
		if math.Abs(next-u) <= 1e-14*(1+math.Abs(u)) {
			break
		}
		u = next
	}
	return math.Exp(u)
}

// countAbove counts, for every j, the points above j.
func (m *model) countAbove() {
	most := 0.0
	for _, y := range m.d.y {
		most = max(most, y)
	}
	m.above = make([]float64, int(min(most, 10_000)))
	for _, y := range m.d.y {
		for j := range min(int(min(y, 1e6)), len(m.above)) {
			m.above[j]++
		}
	}
}

func (m *model) excess() float64 {
	s := 0.0
	for k, y := range m.d.y {
		s += (y-m.mu[k])*(y-m.mu[k]) - y
	}
	return s
}

// ar1 fits Gaussian errors with correlation φ^|s−t| by maximum likelihood. At
// each φ the series is whitened,
//
//	z_1 = y_1, z_t = (y_t − φ^g y_{t−1}) / √(1 − φ^{2g})   (g the times between)
//
// so that coefficients are least squares, and the likelihood is a function of
// φ alone. The covariance is σ̂² n/(n−p) (Zᵀ Z)⁻¹, which is nlme's.
func (m *model) ar1(ctx context.Context) error {
	d := m.d
	n := float64(d.n)
	y := make([]float64, d.n)
	for k := range y {
		y[k] = d.y[k] - d.offset[k]
	}
	x, z := make([]float64, len(d.x)), make([]float64, d.n)
	var beta, bread []float64
	at := func(phi float64) (loglik, sse float64, err error) {
		logdet := 0.0
		for k := range d.n {
			if k == 0 {
				copy(x[:d.p], d.x[:d.p])
				z[0] = y[0]
				continue
			}
			rho := math.Pow(phi, float64(d.grid[k]-d.grid[k-1]))
			s := math.Sqrt(1 - rho*rho)
			logdet += 2 * math.Log(s)
			z[k] = (y[k] - rho*y[k-1]) / s
			for a := range d.p {
				x[k*d.p+a] = (d.x[k*d.p+a] - rho*d.x[(k-1)*d.p+a]) / s
			}
		}
		if beta, bread, err = leastSquares(d, x, nil, z); err != nil {
			return 0, 0, err
		}
		for k := range d.n {
			e := z[k]
			for a, b := range beta {
				e -= x[k*d.p+a] * b
			}
			sse += e * e
		}
		return -n/2*(math.Log(2*math.Pi*sse/n)+1) - logdet/2, sse, nil
	}
	// The likelihood may have two peaks: a grid first, then golden section.
	best, phi := math.Inf(-1), 0.0
	const step = 0.05
	for g := -19; g <= 19; g++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		l, _, err := at(float64(g) * step)
		if err != nil {
			return err
		}
		if l > best {
			best, phi = l, float64(g)*step
		}
	}
	lo, hi := max(phi-step, -1+1e-9), min(phi+step, 1-1e-9)
	const golden = 0.6180339887498949
	a, b := hi-golden*(hi-lo), lo+golden*(hi-lo)
	la, _, _ := at(a)
	lb, _, _ := at(b)
	for range 60 {
		if la > lb {
			hi, b, lb = b, a, la
			a = hi - golden*(hi-lo)
			la, _, _ = at(a)
		} else {
			lo, a, la = a, b, lb
			b = lo + golden*(hi-lo)
			lb, _, _ = at(b)
		}
	}
	m.phi = lo + (hi-lo)/2
	loglik, sse, err := at(m.phi)
	if err != nil {
		return err
	}
	m.converged = math.Abs(m.phi) < 0.999
	m.beta, m.loglik = beta, loglik
	m.aic = -2*loglik + 2*float64(m.p+2)
	m.sigma = math.Sqrt(sse / n)
	m.deviance, m.pearson = sse, sse
	m.dispersion = sse / n
	m.bread = bread
	m.ar1Covariance = make([]float64, len(bread))
	for k, v := range bread {
		m.ar1Covariance[k] = v * sse / float64(m.df)
	}
	m.mu, m.score, m.weight = make([]float64, d.n), make([]float64, d.n), make([]float64, d.n)
	for k := range d.n {
		m.weight[k] = 1
		m.mu[k] = m.linear(k) + d.offset[k]
		// Diagnostics are about what is left after the memory of the errors.
		m.score[k] = z[k]
		for a, b := range beta {
			m.score[k] -= x[k*d.p+a] * b
		}
	}
	return nil
}

package capture

import "math"

// A fitter fits one log-linear model after another in the same memory:
//
//	n_w ~ Poisson(μ_w),  log μ_w = Σ α_θ over the terms θ within w
//
// for every history w but the empty one. The terms are the intercept, every
// list, and the interactions of the model, which must be hierarchical for
// orders above two.
//
// A term that nobody is on (all its lists at once) has α = −∞. It is not
// iterated towards: its cells are taken out, and the rest is fitted (Chan,
// Silverman and Vincent 2021, section 2.4).
//
// Everything is a sum over supersets: the fitted margins M[s] = Σ μ_w over w
// containing s give the score, on[θ] − M[θ], and the information, M[θ ∪ φ].
type fitter struct {
	lists int
	t     *table

	terms []set // all terms of the model: 0, the lists, the interactions
	live  []set // those that are estimated
	gone  []set // those at −∞
	dead  []bool
	cells int // cells that are not dead

	coef   []float64 // α by set; 0 where the model has no term
	before []float64
	eta    []float64
	mu     []float64 // fitted means, 0 in dead cells and at 0
	margin []float64 // M

	info   []float64 // information, then its Cholesky factor, row by row
	step   []float64
	offset []float64
	exist  existence
}

func newFitter(lists int) *fitter {
	size := 1 << lists
	return &fitter{
		lists: lists,
		dead:  make([]bool, size), coef: make([]float64, size), before: make([]float64, size),
		eta: make([]float64, size), mu: make([]float64, size), margin: make([]float64, size),
		offset: make([]float64, size),
	}
}

// model chooses the data and the interactions, and finds which terms have
// nobody on them.
func (f *fitter) model(t *table, interactions []set) {
	f.t = t
	f.terms = append(f.terms[:0], 0)
	for i := range f.lists {
		f.terms = append(f.terms, 1<<i)
	}
	f.terms = append(f.terms, interactions...)
	f.live, f.gone = f.live[:0], f.gone[:0]
	for _, s := range f.terms {
		if t.on[s] > 0 {
			f.live = append(f.live, s)
		} else {
			f.gone = append(f.gone, s)
		}
	}
	clear(f.dead)
	f.dead[0] = true
	f.cells = len(f.dead) - 1
	if len(f.gone) == 0 {
		return
	}
	for w := 1; w < len(f.dead); w++ {
		for _, g := range f.gone {
			if set(w)&g == g {
				f.dead[w] = true
				f.cells--
				break
			}
		}
	}
}

// How many steps and halvings are enough: convergence is quadratic, so a fit
// that exists needs five to ten.
const (
	mostSteps    = 60
	mostHalvings = 40
)

// Newton decrements (squared steps in standard errors) at which a fit is done.
// After the last step the error is of the order of the decrement itself.
const (
	exactly = 1e-13
	nearly  = 1e-7 // enough to rank models: the deviance is wrong by as much
)

// fit finds the maximum of the likelihood, starting afresh. It reports whether
// it got there; whether a maximum exists is for exists to say beforehand.
func (f *fitter) fit(enough float64) bool {
	copy(f.margin, f.t.weight)
	copy(f.offset, f.t.working)
	if len(f.gone) > 0 {
		for w, d := range f.dead {
			if d {
				f.margin[w], f.offset[w] = 0, 0
			}
		}
	}
	sumSupersets(f.margin)
	sumSupersets(f.offset)
	p := len(f.live)
	f.step = grow(f.step, p)
	for i, s := range f.live {
		f.step[i] = f.offset[s]
	}
	if !f.factor() {
		return false
	}
	f.solve(f.step)
	clear(f.coef)
	for i, s := range f.live {
		f.coef[s] = f.step[i]
	}
	return f.climb(enough)
}

// refit is fit from where the last fit of a similar model ended.
func (f *fitter) refit(enough float64) bool {
	for _, g := range f.gone {
		f.coef[g] = 0
	}
	return f.climb(enough)
}

// climb takes Newton steps, halved while they lose likelihood.
func (f *fitter) climb(enough float64) bool {
	p := len(f.live)
	f.step = grow(f.step, p)
	like := f.expect()
	if math.IsNaN(like) || math.IsInf(like, 0) {
		return false
	}
	for range mostSteps {
		for i, s := range f.live {
			f.step[i] = f.t.on[s] - f.margin[s]
		}
		if !f.factor() {
			return false
		}
		f.solve(f.step)
		gain := 0.0
		for i, s := range f.live {
			gain += f.step[i] * (f.t.on[s] - f.margin[s])
		}
		if math.IsNaN(gain) {
			return false
		}
		copy(f.before, f.coef)
		scale := 1.0
		for try := 0; ; try++ {
			for i, s := range f.live {
				f.coef[s] = f.before[s] + scale*f.step[i]
			}
			now := f.expect()
			// Near the top the likelihood no longer shows the gain.
			if now >= like-1e-12*math.Abs(like) || gain < 1e-10 && !math.IsNaN(now) {
				like = now
				break
			}
			if try == mostHalvings {
				return false
			}
			scale /= 2
		}
		if gain < enough {
			return true
		}
	}
	return false
}

// expect works out the fitted means and margins of the coefficients, and
// returns the log likelihood up to a constant.
func (f *fitter) expect() float64 {
	copy(f.eta, f.coef)
	sumSubsets(f.eta)
	for w, d := range f.dead {
		if d {
			f.mu[w] = 0
		} else {
			f.mu[w] = math.Exp(f.eta[w])
		}
	}
	copy(f.margin, f.mu)
	sumSupersets(f.margin)
	like := -f.margin[0]
	for _, s := range f.live {
		like += f.coef[s] * f.t.on[s]
	}
	return like
}

// factor makes the Cholesky factor of the information. It fails when the
// information is singular to working precision.
func (f *fitter) factor() bool {
	p := len(f.live)
	f.info = grow(f.info, p*p)
	l := f.info
	for i, a := range f.live {
		row := l[i*p : i*p+i+1]
		for j := range row {
			row[j] = f.margin[a|f.live[j]]
		}
		diagonal := row[i]
		for j := range i {
			other := l[j*p : j*p+j+1]
			sum := row[j]
			for k, v := range other[:j] {
				sum -= row[k] * v
			}
			row[j] = sum * other[j] // the diagonal is kept inverted
		}
		sum := diagonal
		for _, v := range row[:i] {
			sum -= v * v
		}
		if !(sum > 1e-14*diagonal) || math.IsInf(sum, 0) {
			return false
		}
		row[i] = 1 / math.Sqrt(sum)
	}
	return true
}

// solve replaces b by the solution of information · x = b.
func (f *fitter) solve(b []float64) {
	p := len(f.live)
	l := f.info
	for i := range p {
		row := l[i*p : i*p+i+1]
		sum := b[i]
		for k, v := range row[:i] {
			sum -= v * b[k]
		}
		b[i] = sum * row[i]
	}
	for i := p - 1; i >= 0; i-- {
		b[i] *= l[i*p+i]
		for k, v := range l[i*p : i*p+i] {
			b[k] -= v * b[i]
		}
	}
}

// dark is the estimated number of people on no list.
func (f *fitter) dark() float64 { return math.Exp(f.coef[0]) }

// total is the estimated population.
func (f *fitter) total() float64 { return f.t.on[0] + f.dark() }

// errors are the standard errors of the live terms, in their order.
func (f *fitter) errors() ([]float64, bool) {
	if !f.factor() {
		return nil, false
	}
	se := make([]float64, len(f.live))
	e := make([]float64, len(f.live))
	for i := range f.live {
		clear(e)
		e[i] = 1
		f.solve(e)
		se[i] = math.Sqrt(e[i])
	}
	return se, true
}

// deviance is 2 Σ [n log(n/μ) − (n − μ)] over the cells that are not dead.
func (f *fitter) deviance() float64 {
	sum := 0.0
	for w, d := range f.dead {
		if d {
			continue
		}
		n, mu := f.t.n[w], f.mu[w]
		if n > 0 {
			sum += n*math.Log(n/mu) - (n - mu)
		} else {
			sum += mu
		}
	}
	return 2 * sum
}

// saturated is −2 log likelihood of the saturated model, which is what AIC and
// BIC have beside the deviance and the penalty.
func (t *table) saturated() float64 {
	sum := 0.0
	for _, n := range t.n {
		if n > 0 {
			lg, _ := math.Lgamma(n + 1)
			sum += n*math.Log(n) - n - lg
		}
	}
	return -2 * sum
}

func grow(a []float64, n int) []float64 {
	if cap(a) < n {
		return make([]float64, n, 2*n)
	}
	return a[:n]
}

package capture

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// A Profile is the interval of a model from its multinomial profile likelihood
// (Cormack 1992, Biometrics 48:567-576). Unlike the Wald interval it takes the
// population as a fixed number, of which the people seen are a random part, so it
// is the better one where most have been seen. Its estimate is a little lower
// than that of the Poisson model.
type Profile struct {
	Estimate estimate.Number `json:"estimate"`
	Lower    estimate.Number `json:"lower"`
	Upper    estimate.Number `json:"upper"`
}

// profiler gives the likelihood of N for the model that a fitter is at: the
// table is completed by N − n people on no list, and the model fitted to all of
// it.
type profiler struct {
	*fitter
	seen    *table
	t       *table
	started bool // the coefficients are of a fit at another N
}

func newProfiler(seen *table, interactions []set) *profiler {
	p := &profiler{fitter: newFitter(seen.lists), seen: seen, t: newTable(seen.lists)}
	copy(p.t.n, seen.n)
	copy(p.t.on, seen.on)
	copy(p.t.weight, seen.weight)
	copy(p.t.working, seen.working)
	p.model(p.t, interactions)
	p.dead[0] = false
	return p
}

// at returns log L(N) up to a constant, and its derivative, at n0 people unseen.
func (p *profiler) at(n0 float64) (like, slope float64, ok bool) {
	n := p.seen.on[0] + n0
	p.t.n[0], p.t.on[0] = n0, n
	mu := n0 + 0.1
	p.t.weight[0], p.t.working[0] = mu, mu*math.Log(mu)+n0-mu
	if !p.started || !p.refit(exactly) {
		if !p.fit(exactly) {
			return 0, 0, false
		}
	}
	p.started = true
	like = lgamma(n+1) - lgamma(n0+1)
	for w, d := range p.dead {
		if c := p.t.n[w]; !d && c > 0 {
			like += c * math.Log(p.mu[w]/n)
		}
	}
	// The other parameters are at their best, so only the explicit part counts.
	slope = mathext.Digamma(n+1) - mathext.Digamma(n0+1) + math.Log(p.mu[0]/n)
	return like, slope, true
}

// profile finds the top of the likelihood near the estimate, and on either side
// where it has fallen by half the chi-squared quantile.
func profile(seen *table, interactions []set, dark, level float64) *Profile {
	p := newProfiler(seen, interactions)
	out := &Profile{estimate.Null, estimate.Null, estimate.Null}
	slope := func(n0 float64) float64 {
		_, s, ok := p.at(n0)
		if !ok {
			return math.NaN()
		}
		return s
	}
	low, high, ok := bracket(slope, dark)
	if !ok {
		return out
	}
	top := root(slope, low, high)
	most, _, ok := p.at(top)
	if !ok {
		return out
	}
	n := seen.on[0]
	out.Estimate = estimate.Number(n + top)
	fall := distuv.ChiSquared{K: 1}.Quantile(level) / 2
	above := func(n0 float64) float64 {
		l, _, ok := p.at(n0)
		if !ok {
			return math.NaN()
		}
		return l - (most - fall)
	}
	// Downwards the likelihood may stay high until everybody has been seen.
	const nobody = 1e-6
	if above(nobody) >= 0 {
		out.Lower = estimate.Number(n)
	} else {
		out.Lower = estimate.Number(n + root(above, nobody, top))
	}
	for far := 2*top + 1; far < 1e6*(n+1); far *= 2 {
		if v := above(far); v < 0 {
			out.Upper = estimate.Number(n + root(above, far, top))
			break
		} else if math.IsNaN(v) {
			break
		}
	}
	return out
}

// bracket finds where a falling function changes sign, around a guess.
func bracket(f func(float64) float64, guess float64) (low, high float64, ok bool) {
	low, high = math.Max(guess/2, 1e-6), 2*guess+1
	for f(low) < 0 {
		if low /= 4; low < 1e-9 {
			return 0, 0, false
		}
	}
	for f(high) > 0 {
		if high *= 4; high > 1e15 {
			return 0, 0, false
		}
	}
	return low, high, f(low) >= 0 && f(high) <= 0
}

// root bisects between a and b, where f has other signs, to the last digits that
// matter. f is smooth but costs a fit, so the secant is tried first each time.
func root(f func(float64) float64, a, b float64) float64 {
	fa, fb := f(a), f(b)
	for range 200 {
		if fa == 0 || math.Abs(b-a) <= 1e-10*(math.Abs(a)+math.Abs(b)) {
			return a
		}
		if fb == 0 {
			return b
		}
		c := a - fa*(b-a)/(fb-fa)
		if width := math.Abs(b - a); !(math.Abs(c-a) > 1e-3*width && math.Abs(c-b) > 1e-3*width) {
			c = (a + b) / 2
		}
		fc := f(c)
		if math.IsNaN(fc) {
			return math.NaN()
		}
		if (fc > 0) == (fa > 0) {
			a, fa = c, fc
			fb /= 2 // the Illinois rule, so that both ends move
		} else {
			b, fb = c, fc
			fa /= 2
		}
	}
	return (a + b) / 2
}

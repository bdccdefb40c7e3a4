package survey

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Interval names the way the limits of a proportion are found.
type Interval string

const (
	Logit      Interval = "logit"      // t limits on log(p/(1−p)); the default
	XLogit     Interval = "xlogit"     // the same; R's other name for it
	Beta       Interval = "beta"       // Korn & Graubard (1998): Clopper-Pearson on an effective sample
	Likelihood Interval = "likelihood" // profile of the binomial likelihood scaled by the design effect (Rao & Scott 1984)
	ArcSine    Interval = "asin"       // t limits on arcsin √p
	MeanT      Interval = "mean"       // p ± t·se; may leave 0 to 1
	Wilson     Interval = "wilson"     // Wilson's score limits on an effective sample, with t in place of z
)

var intervals = []Interval{Logit, XLogit, Beta, Likelihood, ArcSine, MeanT, Wilson}

func (iv Interval) check() error {
	if !slices.Contains(intervals, iv) {
		return option("interval", fmt.Sprintf("unknown interval %q", iv), "logit, beta, likelihood, xlogit, asin, mean or wilson")
	}
	return nil
}

// tQuantile is the p-quantile of Student's t.
func tQuantile(p float64, df float64) float64 {
	switch {
	case !(df > 0):
		return math.NaN()
	case df > 1e6:
		// Cornish-Fisher (Abramowitz & Stegun 26.7.5): the incomplete beta
		// function loses digits there.
		z := distuv.UnitNormal.Quantile(p)
		return z + z*(z*z+1)/(4*df)
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
}

// proportion is a share p and what its limits need: its variance, the people it
// is of, the degrees of freedom of the design, and the level.
type proportion struct {
	p, variance float64
	n           int
	df, level   float64
}

// limits are those of a share strictly between 0 and 1.
func (x proportion) limits(iv Interval) (lower, upper float64) {
	p, v := x.p, x.variance
	t := tQuantile(0.5+x.level/2, x.df)
	se := math.Sqrt(v)
	switch {
	case math.IsNaN(t) || math.IsNaN(se):
		return math.NaN(), math.NaN()
	case v == 0:
		return p, p // everybody was asked, or the strata fix the share
	}
	switch iv {
	case MeanT:
		return p - t*se, p + t*se
	case ArcSine:
		a, d := math.Asin(math.Sqrt(p)), t*se/(2*math.Sqrt(p*(1-p)))
		lo, hi := math.Sin(max(a-d, 0)), math.Sin(min(a+d, math.Pi/2))
		return lo * lo, hi * hi
	case Beta:
		m := p * (1 - p) / v * squared(tQuantile(0.5+x.level/2, float64(x.n-1))/t)
		return clopperPearson(m*p, m, x.level)
	case Wilson:
		return wilson(p, p*(1-p)/v, t)
	case Likelihood:
		// (n−1)/n is the quasi-binomial's own dispersion, which svyglm divides out.
		return likelihoodLimits(p, p*(1-p)/v*float64(x.n-1)/float64(x.n), t)
	}
	y, d := math.Log(p/(1-p)), t*se/(p*(1-p))
	return expit(y - d), expit(y + d)
}

func squared(x float64) float64 { return x * x }

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// clopperPearson returns the exact binomial limits for x of n, either of which
// may be broken numbers (an effective sample).
func clopperPearson(x, n, level float64) (lower, upper float64) {
	if math.IsNaN(x) || math.IsNaN(n) || !(n > 0) {
		return math.NaN(), math.NaN()
	}
	a := (1 - level) / 2
	lower, upper = 0, 1
	if x > 0 {
		lower = betaQuantile(a, x, n-x+1)
	}
	if x < n {
		upper = betaQuantile(1-a, x+1, n-x)
	}
	return lower, upper
}

// betaQuantile inverts the incomplete beta function by bisection: it cannot run
// away, and ends at the last bit.
func betaQuantile(p, a, b float64) float64 {
	if math.IsInf(a, 1) || math.IsInf(b, 1) {
		return math.NaN()
	}
	return bisect(0, 1, func(x float64) bool { return mathext.RegIncBeta(a, b, x) >= p })
}

// bisect returns where reached turns from false to true between lo and hi.
func bisect(lo, hi float64, reached func(float64) bool) float64 {
	for range 1100 { // enough for every float64 between 0 and 1
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			break
		}
		if reached(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return lo + (hi-lo)/2
}

// wilson returns Wilson's (1927) score limits.
func wilson(p, n, z float64) (lower, upper float64) {
	c, d := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	// At none and at all, rounding would leave p a hair outside.
	return min(p, max(0, (c-d)/(1+z*z/n))), max(p, min(1, (c+d)/(1+z*z/n)))
}

// likelihoodLimits solves 2 n* [p log(p/q) + (1−p) log((1−p)/(1−q))] = t² for q
// on both sides of p, n* = p(1−p)/V: the signed root of the binomial deviance
// per effective person reaches t.
func likelihoodLimits(p, n, t float64) (lower, upper float64) {
	deviance := func(q float64) float64 {
		return 2 * n * (p*math.Log(p/q) + (1-p)*math.Log((1-p)/(1-q)))
	}
	lower = bisect(0, p, func(q float64) bool { return deviance(q) <= t*t })
	upper = bisect(p, 1, func(q float64) bool { return deviance(q) >= t*t })
	return lower, upper
}

// noCases are the limits when nobody, or everybody, of the sample has the trait:
// the linearised variance is then zero, which is an artefact and not knowledge.
// The rule: exact Clopper-Pearson limits for 0 of n/deff people, n/deff reduced
// further by (t_{n−1}/t_df)² for few clusters as in Korn & Graubard. deff is the
// effect the caller gives, or else that of unequal weights alone, n Σw² / (Σw)²
// (Kish 1965).
func (x proportion) noCases(deff float64) (lower, upper float64) {
	m := float64(x.n) / max(deff, 1)
	if t := tQuantile(0.5+x.level/2, x.df); x.n > 1 && !math.IsNaN(t) {
		m *= min(1, squared(tQuantile(0.5+x.level/2, float64(x.n-1))/t))
	}
	return clopperPearson(x.p*m, m, x.level)
}

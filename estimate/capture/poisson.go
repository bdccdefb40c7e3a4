package capture

import (
	"math"
	"math/rand/v2"
)

// poissonTail is min(P[X ≤ k], P[X ≥ k]) for X ~ Poisson(mean): the smaller
// one-sided tail, not doubled. Each side is summed outwards from k, where the
// terms only fall, so a tail keeps its relative precision however small it is.
func poissonTail(k, mean float64) float64 {
	if mean <= 0 {
		if k == 0 {
			return 1
		}
		return 0
	}
	lg, _ := math.Lgamma(k + 1)
	at := math.Exp(k*math.Log(mean) - mean - lg)
	sum, term := 1.0, 1.0
	if k < mean {
		for j := k; j > 0; j-- {
			term *= j / mean
			sum += term
			if term < 1e-17*sum {
				break
			}
		}
	} else {
		for j := k + 1; ; j++ {
			term *= mean / j
			sum += term
			if term < 1e-17*sum {
				break
			}
		}
	}
	tail := at * sum
	return min(tail, 1-tail+at)
}

// binomial draws from Binomial(n, p): by inversion when few are expected,
// else by transformed rejection (Hörmann 1993, Journal of Statistical
// Computation and Simulation 46:101-110, algorithm BTRS).
func binomial(r *rand.Rand, n, p float64) float64 {
	switch {
	case n <= 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	case p > 0.5:
		return n - binomial(r, n, 1-p)
	case n*p < 10:
		return inversion(r, n, p)
	}
	spread := math.Sqrt(n * p * (1 - p))
	b := 1.15 + 2.53*spread
	a := -0.0873 + 0.0248*b + 0.01*p
	c := n*p + 0.5
	v := 0.92 - 4.2/b
	alpha := (2.83 + 5.1/b) * spread
	odds := math.Log(p / (1 - p))
	mode := math.Floor((n + 1) * p)
	atMode := math.NaN() // rarely needed
	for {
		u := r.Float64() - 0.5
		w := 1 - r.Float64() // in (0, 1]
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + c)
		if k < 0 || k > n {
			continue
		}
		if us >= 0.07 && w <= v {
			return k
		}
		w = math.Log(w * alpha / (a/(us*us) + b))
		if math.IsNaN(atMode) {
			atMode = lgamma(mode+1) + lgamma(n-mode+1)
		}
		if w <= atMode-lgamma(k+1)-lgamma(n-k+1)+(k-mode)*odds {
			return k
		}
	}
}

// inversion adds up probabilities from zero until they pass a uniform draw
// (Kachitvichyanukul and Schmeiser 1988, Communications of the ACM 31:216-222,
// algorithm BINV).
func inversion(r *rand.Rand, n, p float64) float64 {
	odds := p / (1 - p)
	for {
		u := r.Float64()
		at := math.Exp(n * math.Log1p(-p))
		for k := 0.0; k <= n; k++ {
			if u < at {
				return k
			}
			u -= at
			at *= odds * (n - k) / (k + 1)
			if at < 1e-300 && k > n*p { // rounding has left u beyond the sum
				break
			}
		}
	}
}

// multinomial draws total people over cells in proportion to weight. It writes
// into out, which is as long as weight.
func multinomial(r *rand.Rand, total float64, weight, out []float64) {
	left := 0.0
	for _, w := range weight {
		left += w
	}
	last := 0
	for i, w := range weight {
		if w > 0 {
			last = i
		}
	}
	for i, w := range weight {
		if i == last {
			out[i] = total
			total = 0
			continue
		}
		k := 0.0
		if w > 0 && left > 0 {
			k = binomial(r, total, w/left)
		}
		out[i] = k
		total -= k
		left -= w
	}
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

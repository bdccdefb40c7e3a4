package capture

import (
	"context"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// An estimator gives the population for counts in the order of the data's rows,
// with everything that was chosen from the data chosen again. It is +Inf when
// the estimate is not finite.
type estimator func(count []float64) float64

// bootstrap holds what the BCa interval is made of (Efron 1987, JASA
// 82:171-185; as used by Chan, Silverman and Vincent 2021, section 3.3).
type bootstrap struct {
	replicates   []float64 // sorted
	z0           float64
	acceleration float64
	infinite     int // replicates without a finite estimate
	ragged       bool
}

// resample draws multinomial resamples of the people seen, or takes given ones,
// and estimates each; then leaves one person out of each row in turn, for the
// acceleration. makeEstimator is called once a worker.
func resample(ctx context.Context, h *histories, given [][]float64, s Spec, point float64, makeEstimator func() estimator) (*bootstrap, error) {
	n := s.Bootstrap
	if given != nil {
		n = len(given)
	}
	total := 0.0
	for _, c := range h.count {
		total += c
	}
	each := make([]estimator, estimate.Workers(ctx))
	draw := make([][]float64, estimate.Workers(ctx))
	at := func(w int) estimator {
		if each[w] == nil {
			each[w] = makeEstimator()
			draw[w] = make([]float64, len(h.count))
		}
		return each[w]
	}
	b := &bootstrap{replicates: make([]float64, n)}
	err := estimate.Each(ctx, n, "bootstrap", s.Progress, func(w, i int) error {
		f := at(w)
		if given != nil {
			b.replicates[i] = f(given[i])
			return nil
		}
		multinomial(estimate.Random(s.Seed, uint64(i)), total, h.count, draw[w])
		b.replicates[i] = f(draw[w])
		return nil
	})
	if err != nil {
		return nil, err
	}
	jack := make([]float64, len(h.count))
	err = estimate.Each(ctx, len(jack), "leave one out", s.Progress, func(w, i int) error {
		if h.count[i] == 0 {
			return nil
		}
		f := at(w)
		copy(draw[w], h.count)
		draw[w][i]--
		jack[i] = f(draw[w])
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.measure(point, h.count, jack)
	return b, nil
}

// Replicates this close to the estimate are the estimate: a resample that is the
// data again must not count as below it by rounding.
const same = 1e-10

func (b *bootstrap) measure(point float64, count, jack []float64) {
	slices.Sort(b.replicates)
	below := 0
	for _, r := range b.replicates {
		if math.IsInf(r, 1) {
			b.infinite++
		} else if r < point*(1-same) {
			below++
		}
	}
	b.z0 = distuv.UnitNormal.Quantile(float64(below) / float64(len(b.replicates)))

	// a = Σ n r³ / (6 (Σ n r²)^1.5), with r the weighted mean of the leave-one-out
	// estimates less each of them, and n the people each stands for.
	people, mean := 0.0, 0.0
	for j, n := range count {
		if n > 0 {
			people += n
			mean += n * jack[j]
		}
	}
	mean /= people
	var two, three float64
	for j, n := range count {
		if n > 0 {
			r := mean - jack[j]
			two += n * r * r
			three += n * r * r * r
		}
	}
	b.acceleration = three / (6 * math.Pow(two, 1.5))
	switch {
	case two == 0:
		b.acceleration = 0
	case math.IsNaN(b.acceleration) || math.IsInf(b.acceleration, 0):
		b.acceleration = 0
		b.ragged = true
	}
}

// level is where among the replicates the BCa limit for probability q lies:
// Φ(z0 + (z0+z_q)/(1−a(z0+z_q))).
func (b *bootstrap) level(q float64) float64 {
	z := b.z0 + distuv.UnitNormal.Quantile(q)
	return distuv.UnitNormal.CDF(b.z0 + z/(1-b.acceleration*z))
}

// limit is infinite on the upper side when most resamples are: the correction
// for bias would else find a limit below their median.
func (b *bootstrap) limit(q float64) float64 {
	if q > 0.5 && 2*b.infinite > len(b.replicates) {
		return math.Inf(1)
	}
	return quantile8(b.replicates, b.level(q))
}

// quantile8 is the quantile of sorted x that is about median-unbiased whatever
// the distribution (Hyndman and Fan 1996, The American Statistician 50:361-365,
// definition 8).
func quantile8(x []float64, p float64) float64 {
	n := len(x)
	if n == 0 || math.IsNaN(p) {
		return math.NaN()
	}
	h := (float64(n)+1.0/3)*p + 1.0/3
	// R adds a fuzz of four machine epsilons here, and so do we, lest a product
	// just below a whole number pick the value before.
	j := math.Floor(h + 4*2.220446049250313e-16)
	g := h - j
	if math.Abs(g) < 4*2.220446049250313e-16 {
		g = 0
	}
	at := func(i float64) float64 { return x[int(min(max(i, 1), float64(n)))-1] }
	low, high := at(j), at(j+1)
	if g == 0 || low == high {
		return low
	}
	return low + g*(high-low)
}

// probabilities are those of the limits that are always reported.
var probabilities = []float64{0.025, 0.05, 0.1, 0.16, 0.84, 0.9, 0.95, 0.975}

func (b *bootstrap) quantiles(level float64) map[string]estimate.Number {
	out := map[string]estimate.Number{}
	for _, p := range append([]float64{(1 - level) / 2, (1 + level) / 2}, probabilities...) {
		p = math.Round(p*1e12) / 1e12 // (1 − 0.95)/2 is not quite 0.025
		out[strconv.FormatFloat(p, 'g', -1, 64)] = estimate.Number(b.limit(p))
	}
	return out
}

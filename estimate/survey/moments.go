package survey

import (
	"cmp"
	"context"
	"math"
	"slices"

	"plumbline/estimate"
)

// noVariance reports a sample that is one cluster of an unknown many.
func (s *sample) noVariance() bool {
	return len(s.strata) == 1 && s.psus[0] == 1 && s.f1[0] < 1
}

// noVariance is that of the sample, unless replicate weights show it.
func (f *fitter) noVariance() bool {
	return (f.reps == nil || f.reps.given == nil) && f.sample.noVariance()
}

// alone reports whether a group has a variance of nothing but rounding because
// it lies in one cluster, or one a stratum, of several that there are.
func (f *fitter) alone(rows []int32, degf int, variance, point float64) bool {
	if degf > 0 || f.reps != nil && f.reps.given != nil || variance > 1e-20*squared(point) {
		return false
	}
	return slices.ContainsFunc(rows, func(i int32) bool { return f.f1[f.stratum[i]] < 1 })
}

// kish is n Σw² / (Σw)², the design effect of unequal weights (Kish 1965).
func (s *sample) kish(rows []int32) float64 {
	var w, ww sum
	for _, i := range rows {
		w.add(s.weight[i])
		ww.add(squared(s.weight[i]))
	}
	return float64(len(rows)) * ww.value() / squared(w.value())
}

// mostUneven is the design effect of weights beyond which few answers decide.
const mostUneven = 5

// uneven warns when a few answers outweigh all others: the limits then rest on
// those few, and may be far too narrow.
func (f *fitter) uneven(rows []int32) {
	if d := f.kish(rows); d > mostUneven {
		f.result.Warn("uneven-weights", "The weights are so uneven that these %d answers say as much as %.1f of equal weight would (Kish 1965). Few of them decide, and the limits may be far too narrow.", len(rows), float64(len(rows))/d)
	}
}

// srs is the variance the same number of people drawn singly would have given.
type srs struct{ with, without float64 }

// moments returns the estimate of a mean, total, proportion or ratio, and its
// variance. With W = Σw, the linearised z_i are
//
//	mean   w_i (y_i − ȳ)/W        ȳ = Σwy/W
//	total  w_i y_i
//	ratio  w_i (y_i − R x_i)/Σwx   R = Σwy/Σwx
func (f *fitter) moments(ctx context.Context, g target, rows []int32) (point, variance float64, plain srs, err error) {
	point, w, scale := f.point(g, rows, f.weight)
	if math.IsNaN(point) {
		f.result.Warn("zero-denominator", "A denominator is zero, so there is no ratio.")
		return point, 0, srs{}, nil
	}
	if f.reps != nil {
		variance, err = f.replicated(ctx, g, rows)
	} else {
		variance = f.linearised(rows, f.linear(g, rows, point, scale))
	}
	// The variance of single people: s² = n/(n−1) Σw(e − ē)²/W of what is averaged.
	n := float64(len(rows))
	var mean, square sum
	e := func(i int32) float64 {
		if g.kind == "ratio" {
			return (g.y[i] - point*g.x[i]) / scale
		}
		return g.y[i]
	}
	for _, i := range rows {
		mean.add(f.weight[i] * e(i))
	}
	centre := mean.value() / w
	for _, i := range rows {
		square.add(f.weight[i] * squared(e(i)-centre))
	}
	if n > 1 {
		plain.with = n / (n - 1) * square.value() / w / n
		if g.kind == string(Total) || g.kind == "ratio" {
			plain.with *= w * w
		}
		if w >= n {
			plain.without = plain.with * (w - n) / w
		} else {
			f.result.Warn("weights-scale", "The weights add up to less than the sample, so they do not say how large the population is: there is no design effect against sampling without replacement, and a total is not one.")
		}
	}
	return point, variance, plain, err
}

// point returns the estimate under weights w, their sum, and the denominator of
// the linearisation.
func (s *sample) point(g target, rows []int32, weight []float64) (point, w, scale float64) {
	var sw, sy, sx sum
	for _, i := range rows {
		sw.add(weight[i])
		sy.add(weight[i] * g.y[i])
		if g.x != nil {
			sx.add(weight[i] * g.x[i])
		}
	}
	w = sw.value()
	switch g.kind {
	case string(Total):
		return sy.value(), w, 1
	case "ratio":
		if sx.value() == 0 {
			return math.NaN(), w, 0
		}
		return sy.value() / sx.value(), w, sx.value()
	}
	return sy.value() / w, w, w
}

// linear returns the linearised z of rows.
func (f *fitter) linear(g target, rows []int32, point, scale float64) []float64 {
	if cap(f.z) < len(rows) {
		f.z = make([]float64, len(rows))
	}
	z := f.z[:len(rows)]
	for k, i := range rows {
		switch g.kind {
		case string(Total):
			z[k] = f.weight[i] * g.y[i]
		case "ratio":
			z[k] = f.weight[i] * (g.y[i] - point*g.x[i]) / scale
		default:
			z[k] = f.weight[i] * (g.y[i] - point) / scale
		}
	}
	return z
}

// linearised is the variance of the sum of z over rows.
func (s *sample) linearised(rows []int32, z []float64) float64 {
	return s.joint(rows, z, 1)[0]
}

// joint is the covariance of p sums, with what margins explain taken off.
func (s *sample) joint(rows []int32, z []float64, p int) []float64 {
	if len(s.cal) == 0 {
		return s.covariance(rows, z, p)
	}
	all := make([]float64, s.n*p)
	for k, i := range rows {
		copy(all[int(i)*p:int(i)*p+p], z[k*p:k*p+p])
	}
	s.residuals(all, p)
	ordered := make([]float64, s.n*p)
	for k, i := range s.order {
		copy(ordered[k*p:k*p+p], all[int(i)*p:int(i)*p+p])
	}
	return s.covariance(s.order, ordered, p)
}

// quantile is the smallest value whose share of the weight reaches p, with
// Woodruff's (1952) limits: those of that share, read back as values. Its
// standard error is the width over 2t.
func (f *fitter) quantile(ctx context.Context, g target, rows []int32, out *Group) error {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b int32) int {
		if c := cmp.Compare(g.y[a], g.y[b]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	share := make([]float64, len(sorted))
	var w sum
	for k, i := range sorted {
		w.add(f.weight[i])
		share[k] = w.value()
	}
	for k := range share {
		share[k] /= w.value()
	}
	// Shares are sums of rounded numbers; an exact tie must not hang on the last bit.
	const tie = 1e-12
	value := func(p float64) float64 {
		k, _ := slices.BinarySearch(share, p-tie)
		return g.y[sorted[min(k, len(sorted)-1)]]
	}
	q := value(g.p)
	out.Estimate = estimate.Number(q)
	if f.noVariance() {
		return nil
	}
	if f.below == nil {
		f.below = make([]float64, f.n)
	}
	below := target{kind: string(Mean), y: f.below}
	for _, i := range rows {
		below.y[i] = 0
		if g.y[i] <= q {
			below.y[i] = 1
		}
	}
	p, variance, _, err := f.moments(ctx, below, rows)
	if err != nil {
		return err
	}
	t := tQuantile(0.5+f.level/2, f.df)
	lo, hi := p-t*math.Sqrt(variance), p+t*math.Sqrt(variance)
	if lo >= 0 {
		out.Lower = estimate.Number(value(lo))
	}
	if hi <= 1 {
		out.Upper = estimate.Number(value(hi))
	}
	out.SE = (out.Upper - out.Lower) / estimate.Number(2*t)
	if !out.Lower.Known() || !out.Upper.Known() {
		f.open++
	}
	return nil
}

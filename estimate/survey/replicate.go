package survey

import (
	"context"
	"fmt"
	"math"
	"slices"

	"plumbline/estimate"
)

// replication is a set of samples made from the sample, whose spread stands for
// the variance: V = Σ_r scale_r (θ_r − θ̄)².
//
//	jk1        each cluster left out in turn, no strata; scale (1 − f)(n−1)/n
//	jkn        the same within strata; scale (1 − f_h)(n_h−1)/n_h
//	bootstrap  n_h − 1 clusters drawn again with replacement in every stratum
//	           (Rao & Wu 1988), each drawn m times weighing m n_h/(n_h−1);
//	           scale 1/(R−1). Finite populations are not taken into account.
type replication struct {
	kind    string
	samples int
	seed    uint64

	given [][]float64 // weights that came with the data, by replicate and row
	scale float64
}

func (f *fitter) readReplicates() error {
	sp := f.spec
	if len(sp.ReplicateWeights) > 0 {
		return f.givenReplicates()
	}
	if sp.ReplicateScale != 0 {
		return option("replicate-scale", "no replicate weights are given", "--replicate-weights beside it")
	}
	switch sp.Replicates {
	case "":
		return nil
	case "jk1", "jkn", "bootstrap":
	case "brr":
		return option("replicates", "balanced halves are not made here", "the weights that came with the data, --replicate-weights 'rw*'")
	default:
		return option("replicates", fmt.Sprintf("unknown replicates %q", sp.Replicates), "jk1, jkn or bootstrap")
	}
	r := &replication{kind: sp.Replicates, samples: sp.Bootstrap, seed: sp.Seed}
	if r.kind == "jk1" && len(f.strata) > 1 {
		return option("replicates", "jk1 is for samples without strata", "jkn")
	}
	if r.samples == 0 {
		r.samples = 500
	}
	if r.kind == "bootstrap" && (r.samples < 2 || r.samples > 1_000_000) {
		return option("bootstrap", fmt.Sprintf("%d samples", r.samples), "2 to 1000000")
	}
	f.reps = r
	return nil
}

// givenReplicates reads the weights that came with the data.
func (f *fitter) givenReplicates() error {
	sp := f.spec
	switch {
	case len(sp.Margins) > 0 || len(sp.FPC) > 0:
		return option("replicate-weights", "margins and finite populations are in the replicate weights already, or nowhere", "one or the other")
	case sp.Weights == "":
		return option("weights", "the weights of the sample itself are not given", "--weights beside --replicate-weights")
	case sp.ReplicateScale < 0 || math.IsInf(sp.ReplicateScale, 1) || math.IsNaN(sp.ReplicateScale):
		return option("replicate-scale", fmt.Sprintf("the scale is %v", sp.ReplicateScale), "a number above 0")
	}
	r := &replication{kind: sp.Replicates, scale: sp.ReplicateScale}
	var names []string
	for _, c := range sp.ReplicateWeights {
		if some := f.table.Matching(c); some != nil {
			names = append(names, some...)
		} else {
			names = append(names, c)
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == sp.Weights })
	for _, name := range names {
		w, err := f.table.Numbers(name)
		if err != nil {
			return err
		}
		for i, x := range w {
			switch {
			case math.IsNaN(x):
				return f.table.Bad(i, name, "the replicate weight is missing", "a weight in every row")
			case x < 0:
				return f.table.Bad(i, name, fmt.Sprintf("the replicate weight is %v", x), "zero or more")
			}
		}
		r.given = append(r.given, w)
	}
	n := float64(len(names))
	if n < 2 {
		return option("replicate-weights", fmt.Sprintf("the number of replicates is %d", len(names)), "2 or more, such as 'rw*' for all columns that begin with rw")
	}
	scale := map[string]float64{"jk1": (n - 1) / n, "bootstrap": 1 / (n - 1), "brr": 1 / n}[r.kind]
	switch {
	case r.kind == "jkn" && r.scale == 0:
		return option("replicate-scale", "the weights alone do not say how many clusters each stratum has", "the scale that the makers of the data give, such as (n−1)/n with n clusters in every stratum")
	case r.kind != "jkn" && scale == 0:
		return option("replicates", fmt.Sprintf("the replicate weights were made by %q", r.kind), "jk1, jkn, bootstrap or brr")
	case r.scale == 0:
		r.scale = scale
	}
	f.reps = r
	return nil
}

// degf is that of the design; with replicate weights and no design, the
// dimensions they span less one.
func (f *fitter) degf(rows []int32) int {
	if f.reps == nil || f.reps.given == nil || f.spec.Strata != "" || len(f.spec.Clusters) > 0 {
		return f.sample.degf(rows)
	}
	return rank(f.reps.given, rows) - 1
}

// rank is that of the columns over rows, by Cholesky's method with the largest
// pivot first on their products, each column at length one.
func rank(columns [][]float64, rows []int32) int {
	p := len(columns)
	m := make([]float64, p*p)
	for a, x := range columns {
		for b, y := range columns[:a+1] {
			for _, i := range rows {
				m[a*p+b] += x[i] * y[i]
			}
			m[b*p+a] = m[a*p+b]
		}
	}
	length := make([]float64, p)
	for a := range p {
		length[a] = math.Sqrt(m[a*p+a])
	}
	for a := range p {
		for b := range p {
			if length[a] > 0 && length[b] > 0 {
				m[a*p+b] /= length[a] * length[b]
			}
		}
	}
	for found := range p {
		best := found
		for a := found; a < p; a++ {
			if m[a*p+a] > m[best*p+best] {
				best = a
			}
		}
		if m[best*p+best] < 1e-10 {
			return found
		}
		for b := range p {
			m[found*p+b], m[best*p+b] = m[best*p+b], m[found*p+b]
		}
		for a := range p {
			m[a*p+found], m[a*p+best] = m[a*p+best], m[a*p+found]
		}
		for a := found + 1; a < p; a++ {
			ratio := m[a*p+found] / m[found*p+found]
			for b := found; b < p; b++ {
				m[a*p+b] -= ratio * m[found*p+b]
			}
		}
	}
	return p
}

// replicated is the variance by replicates. What it estimates is a function of
// totals, and a total of a replicate is a sum over clusters, so clusters are
// added up once; only weights fitted to margins are made anew each time.
func (f *fitter) replicated(ctx context.Context, g target, rows []int32) (float64, error) {
	if f.reps.given != nil {
		var spread spread
		for r, w := range f.reps.given {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			f.spec.Progress.Step("replicates", r, len(f.reps.given))
			v, _, _ := f.point(g, rows, w)
			spread.add(v, f.reps.scale)
		}
		if len(spread.value) < len(f.reps.given) {
			f.result.Warn("replicates-lost", "%d of %d replicates have nobody of some group and were left out.", len(f.reps.given)-len(spread.value), len(f.reps.given))
		}
		return spread.variance(), nil
	}
	if len(f.cal) > 0 {
		return f.refitted(ctx, g, rows)
	}
	clusters := make([]totals, len(f.psuStratum))
	strata := make([]totals, len(f.strata))
	var all totals
	for _, i := range rows {
		c := f.totalsOf(g, i)
		clusters[f.psu[i]].add(c, 1)
		strata[f.stratum[i]].add(c, 1)
		all.add(c, 1)
	}
	var spread spread
	if f.reps.kind == "bootstrap" {
		copies := make([]float64, len(clusters))
		for r := range f.reps.samples {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			f.spec.Progress.Step("bootstrap", r, f.reps.samples)
			f.draw(uint64(r), copies)
			var sum totals
			for c, m := range copies {
				if m > 0 {
					sum.add(clusters[c], m)
				}
			}
			spread.add(sum.value(g.kind), 1/float64(f.reps.samples-1))
		}
		return spread.variance(), nil
	}
	for c := range clusters {
		h := f.psuStratum[c]
		n := float64(f.psus[h])
		left := all
		scale := (1 - f.f1[h]) * (n - 1) / n
		if n > 1 {
			left.add(strata[h], 1/(n-1))
			left.add(clusters[c], -n/(n-1))
		} else {
			// A lonely cluster: under Adjust its whole stratum is left out.
			k := float64(len(f.strata))
			if f.lonely != Adjust || k < 2 || f.f1[h] >= 1 {
				continue
			}
			left.add(clusters[c], -1)
			for a := range left {
				left[a] *= k / (k - 1)
			}
			scale = (k - 1) / k
		}
		if scale > 0 {
			spread.add(left.value(g.kind), scale)
		}
	}
	return spread.variance(), nil
}

// totals are Σw, Σwy, Σwx.
type totals [3]float64

func (s *sample) totalsOf(g target, i int32) totals {
	t := totals{s.weight[i], s.weight[i] * g.y[i]}
	if g.x != nil {
		t[2] = s.weight[i] * g.x[i]
	}
	return t
}

func (t *totals) add(o totals, times float64) {
	for a := range t {
		t[a] += times * o[a]
	}
}

func (t totals) value(kind string) float64 {
	switch kind {
	case string(Total):
		return t[1]
	case "ratio":
		return t[1] / t[2]
	}
	return t[1] / t[0]
}

// spread collects replicates. One without an estimate (a domain that was not
// drawn at all) is left out.
type spread struct{ value, scale []float64 }

func (s *spread) add(v, scale float64) {
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		s.value, s.scale = append(s.value, v), append(s.scale, scale)
	}
}

func (s *spread) variance() float64 {
	if len(s.value) < 2 {
		return math.NaN()
	}
	mean := 0.0
	for _, v := range s.value {
		mean += v
	}
	mean /= float64(len(s.value))
	total := 0.0
	for k, v := range s.value {
		total += s.scale[k] * squared(v-mean)
	}
	return total
}

// draw fills copies with the weight of every cluster in bootstrap sample r.
func (f *fitter) draw(r uint64, copies []float64) {
	clear(copies)
	rng := estimate.Random(f.reps.seed, r)
	start := 0
	for _, n := range f.psus {
		if n == 1 {
			copies[start] = 1
		} else {
			for range n - 1 {
				copies[start+rng.IntN(n)] += float64(n) / float64(n-1)
			}
		}
		start += n
	}
}

// refitted makes the weights of every replicate meet the margins again.
func (f *fitter) refitted(ctx context.Context, g target, rows []int32) (float64, error) {
	samples := f.reps.samples
	if f.reps.kind != "bootstrap" {
		samples = len(f.psuStratum)
	}
	if float64(samples)*float64(f.n) > 1e10 {
		return 0, option("replicates", fmt.Sprintf("%d samples of %d rows would all be fitted to the margins", samples, f.n), "fewer clusters, a smaller bootstrap, or no replicates")
	}
	copies := make([]float64, len(f.psuStratum))
	w := make([]float64, f.n)
	var spread spread
	for r := range samples {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		f.spec.Progress.Step("replicates", r, samples)
		scale := 1 / float64(samples-1)
		if f.reps.kind == "bootstrap" {
			f.draw(uint64(r), copies)
		} else {
			h := f.psuStratum[r]
			n := float64(f.psus[h])
			if n == 1 {
				continue
			}
			scale = (1 - f.f1[h]) * (n - 1) / n
			for c := range copies {
				copies[c] = 1
				if f.psuStratum[c] == h {
					copies[c] = n / (n - 1)
				}
			}
			copies[r] = 0
		}
		for i := range w {
			w[i] = f.base[i] * copies[f.psu[i]]
		}
		fitted, err := f.fitted(w, 1e-10, 1000)
		if err != nil {
			continue // a margin lost all its people: this sample has no estimate
		}
		v, _, _ := f.point(g, rows, fitted)
		spread.add(v, scale)
	}
	if len(spread.value) < samples {
		f.result.Warn("replicates-lost", "%d of %d replicates have nobody of some group of the margins and were left out.", samples-len(spread.value), samples)
	}
	return spread.variance(), nil
}

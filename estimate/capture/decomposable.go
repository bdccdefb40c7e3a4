package capture

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"plumbline/estimate"
)

// mostGraphed lists have 18,154 decomposable graphs between them; seven would
// have 617,675.
const mostGraphed = 6

// A graph is decomposable: its likelihood is a product over cliques divided by
// one over separators. factors holds both, as sets of lists with exponents.
type graph struct {
	factors []factor
	pieces  float64 // cliques less separators: the number of connected parts
}

type factor struct {
	lists    set
	exponent float64
}

func (g graph) cliques() []set {
	var out []set
	for _, f := range g.factors {
		if f.exponent > 0 {
			out = append(out, f.lists)
		}
	}
	slices.SortFunc(out, func(a, b set) int {
		if order(a) != order(b) {
			return order(b) - order(a)
		}
		return bySize(a, b)
	})
	return out
}

// decompose takes away one list after another whose neighbours all know each
// other. It succeeds exactly when the graph is decomposable; the list with its
// neighbours is then a clique or part of one, the neighbours a separator, and
// parts of cliques cancel.
func decompose(lists int, next []set) (graph, bool) {
	var g graph
	add := func(s set, e float64) {
		if s == 0 {
			return
		}
		g.pieces += e
		for i := range g.factors {
			if g.factors[i].lists == s {
				g.factors[i].exponent += e
				return
			}
		}
		g.factors = append(g.factors, factor{s, e})
	}
	for left := set(1)<<lists - 1; left != 0; {
		found := false
		for i := range lists {
			v := set(1) << i
			if left&v == 0 {
				continue
			}
			near := next[i] & left
			if !complete(near, next) {
				continue
			}
			add(near|v, 1)
			add(near, -1)
			left &^= v
			found = true
			break
		}
		if !found {
			return g, false
		}
	}
	g.factors = slices.DeleteFunc(g.factors, func(f factor) bool { return f.exponent == 0 })
	return g, true
}

func complete(s set, next []set) bool {
	for rest := s; rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros32(rest)
		if s&^(next[i]|1<<i) != 0 {
			return false
		}
	}
	return true
}

func decomposableGraphs(lists int) []graph {
	edges := pairs(lists)
	var out []graph
	next := make([]set, lists)
	for choice := range uint64(1) << len(edges) {
		clear(next)
		for i, e := range edges {
			if choice>>i&1 == 1 {
				a := bits.TrailingZeros32(e)
				b := 31 - bits.LeadingZeros32(e)
				next[a] |= 1 << b
				next[b] |= 1 << a
			}
		}
		if g, ok := decompose(lists, next); ok {
			out = append(out, g)
		}
	}
	return out
}

// The grid of people unseen has as many points as there are people, up to so
// many; then it has a step. usualPoints is what the reference runs used.
const (
	usualPoints = 30_000
	mostPoints  = 20_000_000
)

func (s *Spec) gridStep(most float64) int {
	if s.GridStep > 0 {
		return s.GridStep
	}
	return max(1, int(math.Ceil(most/usualPoints)))
}

// leaning is the share of the posterior in the last tenth of the grid beyond
// which the upper limit says more about the grid than about the data.
const leaning = 1e-3

func (r *Result) decomposable(ctx context.Context, h *histories, s Spec) error {
	lists := len(h.lists)
	if lists > mostGraphed {
		return &estimate.InputError{Option: "method", Wrong: fmt.Sprintf("%d lists have more graphs than can be averaged over", lists), Want: fmt.Sprintf("at most %d lists, or the method stepwise", mostGraphed)}
	}
	delta := s.Prior
	if delta == 0 {
		delta = math.Pow(2, -float64(lists))
	}
	multiple := s.Most
	if multiple == 0 {
		multiple = 10
	}
	most := math.Floor(multiple * r.Observed)
	step := s.gridStep(most)
	if most/float64(step) > mostPoints {
		return &estimate.InputError{Option: "grid step", Wrong: fmt.Sprintf("the grid has %.0f points", most/float64(step)), Want: "a larger step, or a smaller multiple of the people seen"}
	}
	if most < 1 {
		return &estimate.InputError{Option: "most", Wrong: "the grid is empty", Want: "a larger multiple of the people seen"}
	}
	graphs := decomposableGraphs(lists)
	a := newAveraging(h, graphs, delta, most, step)
	p, err := a.run(ctx, s.Progress)
	if err != nil {
		return err
	}
	r.Exists, r.Identifiable = true, true
	mean, sd := a.moments(p)
	r.Estimate = estimate.Number(mean)
	r.Lower = estimate.Number(a.quantile(p, (1-s.Level)/2))
	r.Upper = estimate.Number(a.quantile(p, (1+s.Level)/2))
	r.Interval = "credible"
	r.Median, r.Mode, r.SD = known(a.quantile(p, 0.5)), known(a.mode(p)), known(sd)
	r.Quantiles = map[string]estimate.Number{}
	for _, q := range append([]float64{0.25, 0.5, 0.75}, probabilities...) {
		r.Quantiles[fmt.Sprint(q)] = estimate.Number(a.quantile(p, q))
	}
	r.Considered = len(graphs)
	rank := make([]int, len(graphs))
	for i := range rank {
		rank[i] = i
	}
	slices.SortStableFunc(rank, func(i, j int) int {
		switch d := p.weight[j] - p.weight[i]; {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	for _, g := range rank[:min(10, len(rank))] {
		mean, err := a.given(ctx, graphs[g])
		if err != nil {
			return err
		}
		r.Models = append(r.Models, Model{Terms: h.names(graphs[g].cliques()), Estimate: estimate.Number(mean), Posterior: known(p.weight[g])})
	}
	tail := 0.0
	for _, v := range p.p[len(p.p)-len(p.p)/10:] {
		tail += v
	}
	r.Diagnose("mass_in_last_tenth_of_grid", estimate.Diagnostic{Statistic: estimate.Number(tail)})
	r.Diagnose("delta", estimate.Diagnostic{Statistic: estimate.Number(delta), Text: "weight of the hyper-Dirichlet prior on each history"})
	r.Diagnose("grid_step", estimate.Diagnostic{Statistic: estimate.Number(step)})
	return r.otherPriors(ctx, h, graphs, s, most, delta, tail)
}

// otherPriors says how far the answer rests on what was assumed beforehand.
func (r *Result) otherPriors(ctx context.Context, h *histories, graphs []graph, s Spec, most, delta, tail float64) error {
	if tail > leaning {
		a := newAveraging(h, graphs, delta, 2*most, s.gridStep(2*most))
		p, err := a.run(ctx, s.Progress)
		if err != nil {
			return err
		}
		r.Warn("grid", "The most people unseen that was allowed, %s, holds the upper limit down: allowing twice as many moves it from %s to %s.",
			exact(most), exact(float64(r.Upper)), exact(a.quantile(p, (1+s.Level)/2)))
	}
	median := float64(*r.Median)
	for _, other := range []float64{0.5, math.Pow(2, -float64(len(h.lists)))} {
		if other == delta {
			continue
		}
		a := newAveraging(h, graphs, other, most, s.gridStep(most))
		p, err := a.run(ctx, s.Progress)
		if err != nil {
			return err
		}
		m := a.quantile(p, 0.5)
		r.Diagnose(fmt.Sprintf("median_with_delta_%g", other), estimate.Diagnostic{Statistic: estimate.Number(m)})
		if by := math.Max(m, median) / math.Min(m, median); by > manyfold {
			r.Warn("prior", "The prior decides: with a weight of %g on each history instead of %g the median is %s instead of %s.", other, delta, exact(m), exact(median))
		}
	}
	return nil
}

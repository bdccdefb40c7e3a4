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

// averaging is the posterior over graphs and over the number of people unseen,
// after Madigan and York (1997, Biometrika 84:19-31):
//
//	P(graph, N | data) ∝ N!/(n0! Π n_w!) · Π m(clique) / Π m(separator) · P(N)
//	m(c) = Γ(2^t δ)/Γ(N + 2^t δ) · Π Γ(n_cell + α_c)/Γ(α_c),  α_c = δ 2^(t−|c|)
//
// with the cells of the margin c, of which the empty one holds the n0 people
// unseen as well. Graphs are alike beforehand, P(N) ∝ 1/N, and n0 is on a grid.
type averaging struct {
	lists  int
	n      float64 // people seen
	delta  float64
	graphs []graph
	step   int
	points int // the grid is 1, 1+step, …
	anchor int // people unseen between exact evaluations

	shift []float64 // by set c: people seen on none of c, plus α_c
	fixed []float64 // by set c: the part of log m(c) that does not hold n0
}

// Exact evaluations are at least this far apart, and at most so many. In
// between, the posterior of a graph goes from n0 to n0+1 by a ratio of a few
// products, since Γ(x+1) = xΓ(x).
const (
	leastAnchor = 256
	mostAnchors = 1000
)

// negligible is the logarithm of the share of the highest point below which a
// stretch of a graph's posterior is left out of the sums: a thousand graphs on a
// hundred thousand points then add up to less than 1e-13 of it.
const negligible = -50

func newAveraging(h *histories, graphs []graph, delta float64, most float64, step int) *averaging {
	t := newTable(len(h.lists))
	t.fill(h, h.count)
	a := &averaging{lists: t.lists, n: t.on[0], delta: delta, graphs: graphs, step: step}
	a.points = int((math.Floor(most)-1)/float64(step)) + 1
	a.anchor = max(leastAnchor, int(most)/mostAnchors)
	size := 1 << t.lists
	a.shift, a.fixed = make([]float64, size), make([]float64, size)
	margin := make([]float64, size)
	for c := set(1); c < set(size); c++ {
		clear(margin)
		for w, n := range t.n {
			margin[set(w)&c] += n
		}
		alpha := delta * math.Pow(2, float64(t.lists-order(c)))
		a.shift[c] = margin[0] + alpha
		// Every cell of the margin but the empty one.
		for s := c; s > 0; s = (s - 1) & c {
			a.fixed[c] += lgamma(margin[s] + alpha)
		}
		a.fixed[c] -= math.Pow(2, float64(order(c))) * lgamma(alpha)
	}
	return a
}

// at is log P(graph, N), up to a constant, at one number of people unseen.
func (a *averaging) at(g graph, l logs) float64 {
	sum := l.common + g.pieces*l.piece
	for _, f := range g.factors {
		sum += f.exponent * l.margin[f.lists]
	}
	return sum
}

// logs are the logarithms that the graphs share at one number of people unseen.
type logs struct {
	margin        []float64 // by set: log m without Γ(2^t δ)/Γ(N + 2^t δ)
	piece, common float64   // that ratio; and what every graph has
}

func (a *averaging) logs(n0 float64, l *logs) {
	cells := math.Pow(2, float64(a.lists)) * a.delta
	l.margin = grow(l.margin, 1<<a.lists)
	for c := 1; c < len(l.margin); c++ {
		l.margin[c] = a.fixed[c] + lgamma(n0+a.shift[c])
	}
	l.piece = lgamma(cells) - lgamma(a.n+n0+cells)
	l.common = lgamma(a.n+n0+1) - lgamma(n0+1) - math.Log(a.n+n0)
}

type posterior struct {
	p      []float64 // by grid point
	weight []float64 // by graph
	mean   []float64 // by graph: mean of N given the graph
}

func (a *averaging) run(ctx context.Context, progress estimate.Progress) (*posterior, error) {
	// Exact at n0 = 1, 1+anchor, …; the last part ends with the grid.
	last := 1 + (a.points-1)*a.step
	parts := (last-1)/a.anchor + 1
	ends := make([][]float64, parts+1)
	top := math.Inf(-1)
	var l logs
	for i := range ends {
		a.logs(float64(1+i*a.anchor), &l)
		ends[i] = make([]float64, len(a.graphs))
		for g := range a.graphs {
			ends[i][g] = a.at(a.graphs[g], l)
		}
		top = max(top, slices.Max(ends[i]))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	post := &posterior{make([]float64, a.points), make([]float64, len(a.graphs)), make([]float64, len(a.graphs))}
	// Each part of the grid is summed by one worker, and the parts in order, so
	// that the sums do not depend on how many workers there are.
	weight := make([][]float64, parts)
	mean := make([][]float64, parts)
	cells := math.Pow(2, float64(a.lists)) * a.delta
	err := estimate.Each(ctx, parts, "graphs", progress, func(_, i int) error {
		var up, down []float64
		part := make([]float64, a.anchor)
		for g := range a.graphs {
			if g%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if max(ends[i][g], ends[i+1][g]) < top+negligible {
				continue
			}
			if weight[i] == nil {
				weight[i], mean[i] = make([]float64, len(a.graphs)), make([]float64, len(a.graphs))
			}
			// P(m+1)/P(m) = Π (m + up) / Π (m + down), at m people unseen.
			up, down = append(up[:0], a.n), append(down[:0], 1)
			for _, f := range a.graphs[g].factors {
				for range int(math.Abs(f.exponent)) {
					if f.exponent > 0 {
						up = append(up, a.shift[f.lists])
					} else {
						down = append(down, a.shift[f.lists])
					}
				}
			}
			for range int(a.graphs[g].pieces) {
				down = append(down, a.n+cells)
			}
			ratio := func(m float64) float64 {
				above, below := m+up[0], m+down[0]
				for _, s := range up[1:] {
					above *= m + s
				}
				for _, s := range down[1:] {
					below *= m + s
				}
				return above / below
			}
			// The products start from the larger end, which keeps them from vanishing.
			first, end := 1+i*a.anchor, min((i+1)*a.anchor, last)
			part = part[:end-first+1]
			if ends[i+1][g] > ends[i][g] {
				p := math.Exp(ends[i+1][g]-top) / ratio(float64((i+1)*a.anchor))
				for n0 := (i + 1) * a.anchor; ; n0-- {
					if n0 <= end {
						part[n0-first] = p
					}
					if n0 == first {
						break
					}
					p /= ratio(float64(n0 - 1))
				}
			} else {
				p := math.Exp(ends[i][g] - top)
				for n0 := first; ; n0++ {
					part[n0-first] = p
					if n0 == end {
						break
					}
					p *= ratio(float64(n0))
				}
			}
			sum, sumN := 0.0, 0.0
			for at := (first - 1 + a.step - 1) / a.step; at*a.step+1 <= end; at++ {
				p := part[at*a.step+1-first]
				post.p[at] += p
				sum += p
				sumN += p * a.population(at)
			}
			weight[i][g] += sum
			mean[i][g] += sumN
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	total := 0.0
	for i := range parts {
		for g := range weight[i] {
			post.weight[g] += weight[i][g]
			post.mean[g] += mean[i][g]
		}
	}
	for _, w := range post.weight {
		total += w
	}
	for g, w := range post.weight {
		if w > 0 {
			post.mean[g] /= w
		}
		post.weight[g] = w / total
	}
	for i := range post.p {
		post.p[i] /= total
	}
	return post, nil
}

// population is N at a grid point.
func (a *averaging) population(i int) float64 { return a.n + float64(1+i*a.step) }

func (a *averaging) moments(p *posterior) (mean, sd float64) {
	for i, q := range p.p {
		mean += q * a.population(i)
	}
	for i, q := range p.p {
		d := a.population(i) - mean
		sd += q * d * d
	}
	return mean, math.Sqrt(sd)
}

// quantile is the smallest N with cumulated probability q or more.
func (a *averaging) quantile(p *posterior, q float64) float64 {
	sum := 0.0
	for i, v := range p.p {
		sum += v
		if sum >= q {
			return a.population(i)
		}
	}
	return a.population(len(p.p) - 1)
}

func (a *averaging) mode(p *posterior) float64 {
	best := 0
	for i, v := range p.p {
		if v > p.p[best] {
			best = i
		}
	}
	return a.population(best)
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
		r.Models = append(r.Models, Model{Terms: h.names(graphs[g].cliques()), Estimate: estimate.Number(p.mean[g]), Posterior: known(p.weight[g])})
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

package capture

import (
	"context"
	"math"
	"slices"

	"plumbline/estimate"
)

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

	shift []float64 // by set c: people seen on none of c, plus α_c
	fixed []float64 // by set c: the part of log m(c) that does not hold n0
}

func newAveraging(h *histories, graphs []graph, delta float64, most float64, step int) *averaging {
	t := newTable(len(h.lists))
	t.fill(h, h.count)
	a := &averaging{lists: t.lists, n: t.on[0], delta: delta, graphs: graphs, step: step}
	a.points = int((math.Floor(most)-1)/float64(step)) + 1
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

// unseen is the number of people unseen at a grid point.
func (a *averaging) unseen(i int) float64 { return float64(1 + i*a.step) }

// growth is P(graph, m+1) / P(graph, m), which products give since Γ(x+1) = xΓ(x).
func (a *averaging) growth(g graph, m float64) float64 {
	above, below := m+a.n, m+1
	for _, f := range g.factors {
		for e := f.exponent; e > 0; e-- {
			above *= m + a.shift[f.lists]
		}
		for e := f.exponent; e < 0; e++ {
			below *= m + a.shift[f.lists]
		}
	}
	cells := math.Pow(2, float64(a.lists)) * a.delta
	for range int(g.pieces) {
		below *= m + a.n + cells
	}
	return above / below
}

type posterior struct {
	p      []float64 // by grid point
	weight []float64 // by graph
}

// A stretch is a run of grid points, from first to the one before end. top is, by
// graph, the logarithm of the highest posterior in it, and peak where that is when it is
// not at an end, else NaN: given a graph the posterior has one peak.
type stretch struct {
	first, end int
	top, peak  []float64
}

// stretches cuts the grid where the number unseen has grown by a quarter, or by
// as many points as are evaluated in a stretch anyway.
func (a *averaging) stretches() []stretch {
	var out []stretch
	for i := 0; i < a.points; {
		end := min(i+max(degree+1, int(a.unseen(i)/4/float64(a.step))), a.points)
		out = append(out, stretch{first: i, end: end})
		i = end
	}
	return out
}

// survey finds the tops of a stretch.
func (a *averaging) survey(s *stretch) {
	s.top, s.peak = make([]float64, len(a.graphs)), make([]float64, len(a.graphs))
	var low, high, inside logs
	lo, hi := a.unseen(s.first), a.unseen(s.end-1)
	a.logs(lo, &low)
	a.logs(hi, &high)
	for i, g := range a.graphs {
		s.top[i], s.peak[i] = max(a.at(g, low), a.at(g, high)), math.NaN()
		if !(a.growth(g, lo) > 1 && a.growth(g, hi) < 1) {
			continue
		}
		up, down := lo, hi
		for down-up > 0.5 && down-up > 1e-9*down {
			if m := up + (down-up)/2; a.growth(g, m) > 1 {
				up = m
			} else {
				down = m
			}
		}
		s.peak[i] = up
		a.logs(up, &inside)
		s.top[i] = max(s.top[i], a.at(g, inside))
	}
}

// negligible is the logarithm of the share of the highest point below which a
// stretch of a graph's posterior is left out of the sums: a thousand graphs on a
// hundred thousand points then add up to less than 1e-13 of it.
const negligible = -50

func (a *averaging) run(ctx context.Context, progress estimate.Progress) (*posterior, error) {
	all := a.stretches()
	err := estimate.Each(ctx, len(all), "graphs", nil, func(_, i int) error {
		a.survey(&all[i])
		return nil
	})
	if err != nil {
		return nil, err
	}
	top := math.Inf(-1)
	for _, s := range all {
		top = max(top, slices.Max(s.top))
	}
	post := &posterior{make([]float64, a.points), make([]float64, len(a.graphs))}
	// Each stretch is summed by one worker, and the stretches in order, so that the
	// sums do not depend on how many workers there are.
	sums := make([]summed, len(all))
	each := make([]*summer, estimate.Workers(ctx))
	err = estimate.Each(ctx, len(all), "graphs", progress, func(w, i int) error {
		if each[w] == nil {
			each[w] = newSummer(a, top, post.p)
		}
		sums[i] = each[w].sum(&all[i])
		return nil
	})
	if err != nil {
		return nil, err
	}
	total := 0.0
	for _, s := range sums {
		for k, g := range s.graphs {
			post.weight[g] += s.weight[k]
		}
	}
	for _, w := range post.weight {
		total += w
	}
	for g := range post.weight {
		post.weight[g] /= total
	}
	for i := range post.p {
		post.p[i] /= total
	}
	return post, nil
}

// given is the mean of N if one graph is right.
func (a *averaging) given(ctx context.Context, g graph) (float64, error) {
	one := *a
	one.graphs = []graph{g}
	p, err := one.run(ctx, nil)
	if err != nil {
		return 0, err
	}
	mean, _ := one.moments(p)
	return mean, nil
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

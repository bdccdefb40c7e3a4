package capture

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"

	"plumbline/estimate"
)

// mostModels is more than there are for six lists with every order of
// interaction (7.8 million), and an hour's work at worst.
const mostModels = 10_000_000

// chosen is a set of interactions, one bit for each set of lists.
type chosen [2]uint64

func (c *chosen) add(s set)     { c[s>>6] |= 1 << (s & 63) }
func (c chosen) has(s set) bool { return c[s>>6]>>(s&63)&1 == 1 }

func (c chosen) terms() []set {
	var out []set
	for i, word := range c {
		for ; word != 0; word &= word - 1 {
			out = append(out, set(64*i+bits.TrailingZeros64(word)))
		}
	}
	slices.SortFunc(out, bySize)
	return out
}

// bySize orders sets by how many lists they have, then as pairs does.
func bySize(a, b set) int {
	if d := order(a) - order(b); d != 0 {
		return d
	}
	// Reversed bits compare the first lists first.
	return cmp.Compare(bits.Reverse32(b), bits.Reverse32(a))
}

// hierarchies visits every hierarchical model that has all the lists: a set of
// interactions with at most so many lists in each, such that with an
// interaction all those within it are there.
type hierarchies struct {
	lists, order int
	bySize       [][]set // sets of lists by size
}

func newHierarchies(lists, most int) *hierarchies {
	e := &hierarchies{lists: lists, order: most, bySize: make([][]set, lists+1)}
	for s := set(1); s < 1<<lists; s++ {
		e.bySize[order(s)] = append(e.bySize[order(s)], s)
	}
	for _, sets := range e.bySize {
		slices.SortFunc(sets, bySize)
	}
	return e
}

// allowed lists the sets of a size all of whose parts are in the model.
func (e *hierarchies) allowed(c chosen, size int, into []set) []set {
	into = into[:0]
sets:
	for _, s := range e.bySize[size] {
		for rest := s; rest != 0; rest &= rest - 1 {
			if part := s &^ (rest & -rest); !c.has(part) {
				continue sets
			}
		}
		into = append(into, s)
	}
	return into
}

// A task is a part of the models: one choice of pairs, and a range of the
// choices of triples that go with it; or, when pairs are all there is, a range
// of choices of pairs.
type task struct {
	pairs    uint64
	from, to uint64
}

const taskSize = 1024

// tasks splits the models into parts that are the same whoever does them, and
// counts the models; it stops counting beyond limit, and when ctx ends.
func (e *hierarchies) tasks(ctx context.Context, limit float64) (parts []task, models float64) {
	choices := uint64(1) << len(e.bySize[2])
	if float64(choices) > limit {
		return nil, float64(choices)
	}
	if e.order == 2 {
		for from := uint64(0); from < choices; from += taskSize {
			parts = append(parts, task{0, from, min(from+taskSize, choices)})
		}
		return parts, float64(choices)
	}
	var into []set
	for p := range choices {
		into = e.allowed(e.withPairs(p), 3, into)
		if len(into) > 40 {
			return nil, math.Inf(1)
		}
		models += math.Pow(2, float64(len(into)))
		if models > limit {
			return nil, models
		}
		all := uint64(1) << len(into)
		for from := uint64(0); from < all; from += taskSize {
			parts = append(parts, task{p, from, min(from+taskSize, all)})
		}
	}
	// Few terms first, so that the best models are soon known.
	slices.SortStableFunc(parts, func(a, b task) int {
		return bits.OnesCount64(a.pairs) - bits.OnesCount64(b.pairs)
	})
	if e.order > 3 {
		models = 0
		w := e.walker(ctx, func(chosen, int) { models++ })
		for _, t := range parts {
			w.visit(t)
			if models > limit {
				return nil, models
			}
		}
	}
	return parts, models
}

func (e *hierarchies) withPairs(p uint64) chosen {
	var c chosen
	for i := range e.lists {
		c.add(1 << i)
	}
	for i, s := range e.bySize[2] {
		if p>>i&1 == 1 {
			c.add(s)
		}
	}
	return c
}

type walker struct {
	*hierarchies
	over <-chan struct{} // closed when the rest is not wanted
	do   func(c chosen, interactions int)
	into [][]set
}

func (e *hierarchies) walker(ctx context.Context, do func(c chosen, interactions int)) *walker {
	return &walker{e, ctx.Done(), do, make([][]set, e.lists+2)}
}

// stopped reports whether the rest is not wanted. A task may hold millions of
// models, so it is asked before each.
func (w *walker) stopped() bool {
	select {
	case <-w.over:
		return true
	default:
		return false
	}
}

// visit calls do for the models of a task, or for some of them once ctx ended.
func (w *walker) visit(t task) {
	if w.order == 2 {
		for p := t.from; p < t.to && !w.stopped(); p++ {
			w.do(w.withPairs(p), bits.OnesCount64(p))
		}
		return
	}
	c := w.withPairs(t.pairs)
	w.into[3] = w.allowed(c, 3, w.into[3])
	w.subsets(c, bits.OnesCount64(t.pairs), 3, t.from, t.to)
}

func (w *walker) subsets(c chosen, interactions, size int, from, to uint64) {
	for pick := from; pick < to && !w.stopped(); pick++ {
		d := c
		for i, s := range w.into[size] {
			if pick>>i&1 == 1 {
				d.add(s)
			}
		}
		n := interactions + bits.OnesCount64(pick)
		if size == w.order || pick == 0 {
			w.do(d, n)
			continue
		}
		w.into[size+1] = w.allowed(d, size+1, w.into[size+1])
		w.subsets(d, n, size+1, 0, 1<<len(w.into[size+1]))
	}
}

// ranked is a model with its criterion.
type ranked struct {
	model    chosen
	score    float64
	deviance float64
	total    float64
}

// rounded makes models that fit alike to within rounding equal, so that ties
// go by the terms and not by chance.
func (r ranked) rounded() float64 { return math.Round(r.score * 1e6) }

func (r ranked) compare(o ranked) int {
	if a, b := r.rounded(), o.rounded(); a != b {
		if a < b {
			return -1
		}
		return 1
	}
	a, b := r.model.terms(), o.model.terms()
	if d := len(a) - len(b); d != 0 {
		return d
	}
	return slices.CompareFunc(a, b, bySize)
}

// leaders keeps the best models found so far.
type leaders struct {
	most int
	sync.Mutex
	models []ranked      // sorted
	worst  atomic.Uint64 // bits of the score that a new model must reach
}

func newLeaders(most int) *leaders {
	l := &leaders{most: most}
	l.worst.Store(math.Float64bits(math.Inf(1)))
	return l
}

func (l *leaders) bar() float64 { return math.Float64frombits(l.worst.Load()) }

func (l *leaders) offer(r ranked) {
	if r.score > l.bar() {
		return
	}
	l.Lock()
	defer l.Unlock()
	at, _ := slices.BinarySearchFunc(l.models, r, ranked.compare)
	if at == l.most {
		return
	}
	if len(l.models) == l.most {
		l.models = l.models[:l.most-1]
	}
	l.models = slices.Insert(l.models, at, r)
	if len(l.models) == l.most {
		l.worst.Store(math.Float64bits(l.models[l.most-1].score + 2e-6))
	}
}

// search ranks every model of the table by the criterion, and returns the best.
// Terms at −∞ count in the penalty like any other. A model whose penalty alone
// exceeds what is needed is not fitted, since the deviance cannot be negative:
// the answer is the same.
func search(ctx context.Context, t *table, e *hierarchies, parts []task, penalty float64, most int, progress estimate.Progress) ([]ranked, error) {
	best := newLeaders(most)
	base := t.saturated()
	type worker struct {
		*fitter
		*walker
	}
	workers := make([]*worker, estimate.Workers(ctx))
	err := estimate.Each(ctx, len(parts), "models", progress, func(w, i int) error {
		if workers[w] == nil {
			f := newFitter(t.lists)
			var terms []set
			workers[w] = &worker{f, e.walker(ctx, func(c chosen, interactions int) {
				least := base + penalty*float64(1+t.lists+interactions)
				if least > best.bar() {
					return
				}
				terms = terms[:0]
				for _, size := range e.bySize[2 : e.order+1] {
					for _, s := range size {
						if c.has(s) {
							terms = append(terms, s)
						}
					}
				}
				f.model(t, terms)
				if exists, unique := f.exists(false); !exists || !unique || !f.fit(nearly) {
					return
				}
				d := f.deviance()
				best.offer(ranked{c, least + d, d, f.total()})
			})}
		}
		workers[w].visit(parts[i])
		return nil
	})
	if err != nil {
		return nil, err
	}
	// Fit the best again to the end.
	f := newFitter(t.lists)
	for i := range best.models {
		r := &best.models[i]
		f.model(t, interactions(r.model))
		if f.fit(exactly) {
			d := f.deviance()
			r.score += d - r.deviance
			r.deviance, r.total = d, f.total()
		}
	}
	slices.SortStableFunc(best.models, ranked.compare)
	return best.models, nil
}

// interactions are the terms of two lists and more.
func interactions(c chosen) []set {
	all := c.terms()
	for i, s := range all {
		if order(s) > 1 {
			return all[i:]
		}
	}
	return nil
}

func (s *Spec) top(lists int) int {
	switch {
	case s.Top > 0:
		return s.Top
	case lists <= 3:
		return 8
	case lists == 4:
		return 20
	default:
		return 100
	}
}

// penalty is what a term costs: two, or the logarithm of the people seen.
func (s *Spec) penalty(people float64) float64 {
	if s.Criterion == "aic" {
		return 2
	}
	return math.Log(people)
}

// hierarchical takes the best of all hierarchical models. The bootstrap chooses
// again among the best of them on the data, in each resample by the criterion
// (Silverman, Chan and Vincent 2024).
func (r *Result) hierarchical(ctx context.Context, h *histories, given [][]float64, s Spec) error {
	lists := len(h.lists)
	if lists > 7 || s.Order > 2 && s.Order > lists-1 {
		if lists > 7 {
			return &estimate.InputError{Option: "method", Wrong: fmt.Sprintf("%d lists have more models than can be fitted", lists), Want: "at most 7 lists, or the method stepwise"}
		}
		return &estimate.InputError{Option: "order", Wrong: fmt.Sprintf("an interaction of %d lists cannot be told from the people on none, with %d lists", s.Order, lists), Want: fmt.Sprintf("at most %d", max(2, lists-1))}
	}
	e := newHierarchies(lists, s.Order)
	parts, models := e.tasks(ctx, mostModels)
	if err := ctx.Err(); err != nil {
		return err
	}
	if models > mostModels {
		return &estimate.InputError{Option: "order", Wrong: fmt.Sprintf("there are %.3g models or more", models), Want: fmt.Sprintf("a lower order, since at most %d are fitted", mostModels)}
	}
	t := newTable(lists)
	t.fill(h, h.count)
	r.Considered = int(models)
	best, err := search(ctx, t, e, parts, s.penalty(t.on[0]), s.top(lists), s.Progress)
	if err != nil {
		return err
	}
	f := newFitter(lists)
	if len(best) == 0 {
		f.model(t, nil)
		// The lists alone say why there is none; if they pass, they were not fitted.
		exists, unique := f.exists(false)
		r.Exists, r.Identifiable = exists && !unique, unique
		r.describe(h, f, false, s)
		return nil
	}
	f.model(t, interactions(best[0].model))
	r.Exists, r.Identifiable = true, true
	r.describe(h, f, f.fit(exactly), s)
	penalties := func(m ranked) float64 { return float64(len(m.model.terms()) + 1) }
	seen := math.Log(t.on[0])
	for i, m := range best {
		aic := t.saturated() + m.deviance + 2*penalties(m)
		bic := t.saturated() + m.deviance + seen*penalties(m)
		if i == 0 {
			r.BIC = known(bic)
		}
		if i < 10 {
			r.Models = append(r.Models, Model{Terms: h.names(interactions(m.model)), Estimate: estimate.Number(m.total), AIC: known(aic), BIC: known(bic)})
		}
	}
	if !r.Estimate.Known() {
		return nil
	}
	if s.Bootstrap == 0 && given == nil {
		r.Warn("choice_ignored", "The limits take the chosen model as given. The choice was made on the same data, so they are too narrow.")
		return nil
	}
	terms := make([][]set, len(best))
	for i, m := range best {
		terms[i] = interactions(m.model)
	}
	b, err := resample(ctx, h, given, s, best[0].total, func() estimator {
		f, t := newFitter(lists), newTable(lists)
		return func(count []float64) float64 {
			t.fill(h, count)
			return f.pick(t, terms, s.penalty(t.on[0]))
		}
	})
	if err != nil {
		return err
	}
	r.bca(b, given == nil, s)
	return nil
}

// pick is the estimate of the model with the least criterion, the first when
// several have it.
func (f *fitter) pick(t *table, models [][]set, penalty float64) float64 {
	least, total := math.Inf(1), math.Inf(1)
	for _, terms := range models {
		f.model(t, terms)
		if penalty*float64(len(f.terms)) >= least {
			continue
		}
		if exists, unique := f.exists(false); !exists || !unique || !f.fit(nearly) {
			continue
		}
		if score := f.deviance() + penalty*float64(len(f.terms)); score < least {
			least, total = score, f.total()
		}
	}
	return total
}

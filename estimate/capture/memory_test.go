package capture

import (
	"math"
	"slices"
	"testing"

	"plumbline/estimate"
)

// What is repeated a million times takes no memory after the first time.
func TestNoMemoryTaken(t *testing.T) {
	check := func(what string, do func()) {
		t.Helper()
		do()
		if n := testing.AllocsPerRun(20, do); n > 0 {
			t.Errorf("%s takes memory %v times", what, n)
		}
	}
	for _, name := range datasets {
		h := load(t, name)
		f, tab := newStepper(len(h.lists)), newTable(len(h.lists))
		check("choosing for "+name, func() {
			tab.fill(h, h.count)
			f.choose(tab, 0.1)
		})
		every := newFitter(len(h.lists))
		terms := pairs(len(h.lists))
		check("existence for "+name, func() { // by the long way, with every pair and nobody on some
			every.model(tab, terms)
			every.exists(true)
		})
		draw := make([]float64, len(h.count))
		random := estimate.Random(1, 1)
		check("a resample of "+name, func() { multinomial(random, tab.on[0], h.count, draw) })
		c := newChain(h, Mixture{}.withDefaults(), estimate.Random(1, 0))
		check("a sweep of "+name, c.sweep)
	}
	h := load(t, "Kosovo")
	a := newAveraging(h, decomposableGraphs(len(h.lists)), 0.0625, 44_000, 1)
	all := a.stretches()
	top := math.Inf(-1)
	for i := range all {
		a.survey(&all[i])
		top = max(top, slices.Max(all[i].top))
	}
	s := newSummer(a, top, make([]float64, a.points))
	for i := range all {
		s.sum(&all[i])
		check("a stretch", func() { s.fill(&all[i], all[i].first, all[i].end) })
	}
}

package capture

import (
	"context"
	"flag"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// How often do 95 % intervals hold the truth? The table is in
// doc/simulations.md, with the command.
var (
	simulate = flag.Int("simulate", 0, "simulated data sets for each scenario of the coverage table; 0 for a quick check")
	only     = flag.String("only", "", "with -simulate, methods whose name holds this")
)

// A scenario is a population whose size is known.
type scenario struct {
	name  string
	lists int
	truth float64
	draw  func(r *rand.Rand) *histories
}

// independent lists catch each person with the probabilities of one of the kinds.
func independent(name string, truth int, kinds ...[]float64) scenario {
	return scenario{name, len(kinds[0]), float64(truth), func(r *rand.Rand) *histories {
		n := make([]float64, 1<<len(kinds[0]))
		for i := range truth {
			var w set
			for j, p := range kinds[i%len(kinds)] {
				if r.Float64() < p {
					w |= 1 << j
				}
			}
			n[w]++
		}
		return ofCells(n)
	}}
}

// referred people: those on the first list are on the second with the given
// probability instead of that list's own.
func referred(name string, truth int, p []float64, to float64) scenario {
	return scenario{name, len(p), float64(truth), func(r *rand.Rand) *histories {
		n := make([]float64, 1<<len(p))
		for range truth {
			var w set
			for j, q := range p {
				if j == 1 && w&1 == 1 {
					q = to
				}
				if r.Float64() < q {
					w |= 1 << j
				}
			}
			n[w]++
		}
		return ofCells(n)
	}}
}

func ofCells(n []float64) *histories {
	h := &histories{}
	for i := 0; 1<<i < len(n); i++ {
		h.lists = append(h.lists, string(rune('A'+i)))
	}
	for w := 1; w < len(n); w++ {
		h.rows = append(h.rows, set(w))
		h.count = append(h.count, n[w])
	}
	return h
}

var scenarios = []scenario{
	independent("independent, plenty", 2000, []float64{0.3, 0.2, 0.25, 0.15}),
	independent("independent, sparse", 2000, []float64{0.08, 0.05, 0.04, 0.03}),
	referred("one list refers to another", 2000, []float64{0.3, 0.15, 0.25, 0.2}, 0.45),
	referred("one list refers, sparse", 3000, []float64{0.08, 0.04, 0.06, 0.05}, 0.2),
	independent("two kinds of people", 2000, []float64{0.45, 0.35, 0.4, 0.3}, []float64{0.12, 0.08, 0.1, 0.06}),
	independent("three lists, independent", 2000, []float64{0.15, 0.1, 0.12}),
	independent("six lists, sparse", 3000, []float64{0.06, 0.04, 0.05, 0.03, 0.02, 0.04}),
}

func TestCoverage(t *testing.T) {
	type method struct {
		name    string
		s       Spec
		profile bool
	}
	bootstrap := func(m Method) Spec {
		s := Default()
		s.Method, s.Bootstrap = m, 400
		return s
	}
	plain := func(m Method) Spec {
		s := Default()
		s.Method, s.Bootstrap = m, 0
		return s
	}
	methods := []method{
		{"main, wald", plain(Main), false},
		{"main, profile", plain(Main), true},
		{"pairs, wald", plain(Pairs), false},
		{"pairs, profile", plain(Pairs), true},
		{"stepwise, wald", plain(Stepwise), false},
		{"stepwise, profile", plain(Stepwise), true},
		{"stepwise, bca", bootstrap(Stepwise), false},
		{"hierarchical, bca", bootstrap(Hierarchical), false},
		{"decomposable", plain(Decomposable), false},
		{"latent", plain(Latent), false},
	}
	runs, which := *simulate, scenarios
	if runs == 0 {
		// Where the model is right, and the lists and not the people unseen are the
		// main source of chance, 95 % must hold: of 100 such intervals fewer than 87
		// hold the truth with probability 0.0005.
		runs, which, methods = 100, scenarios[1:2], []method{methods[0], methods[1], methods[5], methods[6]}
	}
	for _, sc := range which {
		for _, m := range methods {
			if !strings.Contains(m.name, *only) {
				continue
			}
			n := runs
			switch {
			case m.name == "decomposable" && sc.lists > 5:
				continue // seconds each
			case m.name == "latent":
				n = (runs + 9) / 10 // chains take long
				m.s.Mixture.Longest = 4 * firstRound
			}
			c := golden.Cover(t, sc.name, m.name, n, func(i int) (golden.Draw, error) {
				h := sc.draw(estimate.Random(uint64(len(sc.name)), uint64(i)))
				r, err := fit(context.Background(), h, nil, m.s)
				if err != nil {
					return golden.Draw{}, err
				}
				d := golden.Draw{Truth: sc.truth, Estimate: float64(r.Estimate), Lower: float64(r.Lower), Upper: float64(r.Upper)}
				if m.profile {
					d.Lower, d.Upper = math.NaN(), math.NaN()
					if r.Profile != nil {
						d.Lower, d.Upper = float64(r.Profile.Lower), float64(r.Profile.Upper)
					}
				}
				return d, nil
			})
			if *simulate == 0 && (c.Estimated < 1 || c.Held < .87) {
				t.Errorf("%s: %+v", m.name, c)
			}
		}
	}
}

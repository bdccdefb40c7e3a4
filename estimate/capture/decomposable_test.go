package capture

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

func TestDecomposableGraphsAreCounted(t *testing.T) {
	// Labelled chordal graphs, OEIS A058862.
	for lists, want := range map[int]int{2: 2, 3: 8, 4: 61, 5: 822, 6: 18154} {
		if got := len(decomposableGraphs(lists)); got != want {
			t.Errorf("%d lists: %d graphs, want %d", lists, got, want)
		}
	}
}

// Closed forms, so as close as the logarithms of gamma functions of numbers
// near 10^5 allow.
const tolPosterior = 1e-9

func TestGoldenDecomposable(t *testing.T) {
	d := golden.Compare(t)
	for _, name := range []string{"Kosovo", "UKdat_4", "UKdat_5"} {
		h := load(t, name)
		graphs := decomposableGraphs(len(h.lists))
		for _, key := range []string{"dga_delta_2pow_minus_p", "dga_delta_half", "dga_grid_doubled"} {
			want := reference(t, name+".bayes.json").At(key)
			where := name + " " + key
			grid := want.At("Nmissing_grid").Nums()
			a := newAveraging(h, graphs, want.At("delta").Num(), grid["to"], int(grid["by"]))
			p, err := a.run(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			mean, sd := a.moments(p)
			d.In(where).Near("mean", estimate.Number(mean), want.At("mean").Num(), tolPosterior)
			// The reference takes the difference of two numbers near 10^8.
			d.In(where).Near("sd", estimate.Number(sd), want.At("sd").Num(), 1e-7)
			d.In(where).Near("mode", estimate.Number(a.mode(p)), want.At("mode").Num(), 0)
			d.In(where).Near("last grid point", estimate.Number(p.p[len(p.p)-1]), want.At("mass_at_last_grid_point").Num(), tolPosterior)
			tail := 0.0
			for _, v := range p.p[len(p.p)-len(p.p)/10:] {
				tail += v
			}
			// A tenth of the points may be one more or less.
			d.In(where).Near("last tenth of the grid", estimate.Number(tail), want.At("mass_in_last_tenth_of_grid").Num(), 1e-3)
			d.In(where).Near("graphs", estimate.Number(len(graphs)), want.At("n_graphs").Num(), 0)
			for q, v := range want.At("quantiles_smallest_N_with_cdf_ge").Nums() {
				var percent float64
				fmt.Sscanf(q, "%f%%", &percent)
				d.In(where+" "+q).Near("quantile", estimate.Number(a.quantile(p, percent/100)), v, 0)
			}
			for _, m := range want.At("top_models").V.([]any) {
				m := golden.Value{V: m}
				cliques := m.At("cliques").V.(string)
				found := false
				for g := range graphs {
					got := ""
					for _, c := range graphs[g].cliques() {
						got += "[" + strings.ReplaceAll(h.name(c), ":", " ") + "]"
					}
					if sameCliques(got, cliques) {
						found = true
						d.In(where+" "+cliques).Near("posterior of a graph", estimate.Number(p.weight[g]), m.At("posterior").Num(), tolPosterior)
						mean, err := a.given(context.Background(), graphs[g])
						if err != nil {
							t.Fatal(err)
						}
						d.In(where+" "+cliques).Near("mean given a graph", estimate.Number(mean), m.At("mean_N_given_model").Num(), tolPosterior)
					}
				}
				if !found {
					t.Errorf("%s: no graph %s", where, cliques)
				}
			}
			if !want.Has("posterior_at") {
				continue
			}
			// The same by default.
			r := run(t, name, func(s *Spec) { s.Method = Decomposable })
			d.In(where).Near("mean", r.Estimate, want.At("mean").Num(), tolPosterior)
			d.In(where).Near("quantile", r.Lower, want.At("quantiles_smallest_N_with_cdf_ge", "2.5%").Num(), 0)
			d.In(where).Near("quantile", r.Upper, want.At("quantiles_smallest_N_with_cdf_ge", "97.5%").Num(), 0)
			for _, at := range want.At("posterior_at").V.([]any) {
				row := golden.Value{V: at}.Nums()
				i := int((row["N"] - a.n - 1) / grid["by"])
				d.In(fmt.Sprintf("%s at %v", where, row["N"])).Near("posterior of N", estimate.Number(p.p[i]), row["p"], tolPosterior)
				d.In(fmt.Sprintf("%s up to %v", where, row["N"])).Near("posterior up to N", estimate.Number(sum(p.p[:i+1])), row["cdf"], tolPosterior)
			}
		}
	}
}

func sameCliques(a, b string) bool {
	split := func(s string) map[string]bool {
		m := map[string]bool{}
		for c := range strings.SplitSeq(strings.Trim(s, "[]"), "][") {
			m[c] = true
		}
		return m
	}
	x, y := split(a), split(b)
	for c := range x {
		if !y[c] {
			return false
		}
	}
	return len(x) == len(y)
}

// TestDecomposableAnotherWay sums the posterior plainly, point by point.
func TestDecomposableAnotherWay(t *testing.T) {
	small := &histories{lists: []string{"A", "B", "C"}, rows: []set{1, 2, 4, 3, 5, 6, 7}, count: []float64{12, 9, 7, 3, 2, 4, 1}}
	times := func(h *histories, by float64) *histories {
		g := *h
		g.count = nil
		for _, n := range h.count {
			g.count = append(g.count, math.Round(n*by))
		}
		return &g
	}
	// Lists that see nearly everybody: the posterior is a narrow peak.
	dense := &histories{lists: small.lists, rows: small.rows, count: []float64{90, 90, 90, 900, 900, 900, 9000}}
	four := &histories{lists: []string{"A", "B", "C", "D"}, rows: []set{1, 2, 4, 8, 3, 6, 9, 10, 7, 15}, count: []float64{310, 205, 96, 41, 17, 9, 30, 2, 1, 1}}
	apart := &histories{lists: small.lists, rows: []set{1, 2, 4, 3}, count: []float64{40, 30, 20, 1}}
	for _, c := range []struct {
		name        string
		h           *histories
		delta, most float64
		step        int
		tolerance   float64
	}{
		{"few people", small, 0.3, 3000, 1, 1e-9},
		{"one point", small, 0.3, 1, 1, 1e-9},
		{"a coarse grid", small, 0.125, 3000, 7, 1e-9},
		{"a few thousand", times(small, 100), 0.125, 40_000, 1, 1e-9},
		{"a narrow peak", dense, 0.125, 60_000, 1, 1e-9},
		{"a peak narrower than the grid", times(dense, 100), 0.125, 1e7, 400, 1e-7},
		{"a million people", times(small, 26_000), 0.125, 1e7, 333, 1e-6},
		{"four lists", four, 0.0625, 7000, 1, 1e-9},
		{"four lists, a heavy prior", four, 20, 7000, 1, 1e-9},
		{"hardly an overlap", apart, 0.125, 5000, 1, 1e-9},
	} {
		graphs := decomposableGraphs(len(c.h.lists))
		a := newAveraging(c.h, graphs, c.delta, c.most, c.step)
		p, err := a.run(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		plain, weight := make([]float64, a.points), make([]float64, len(graphs))
		var l logs
		top := math.Inf(-1)
		for _, second := range []bool{false, true} {
			for i := range plain {
				a.logs(a.unseen(i), &l)
				for k, g := range graphs {
					if v := a.at(g, l); second {
						plain[i] += math.Exp(v - top)
						weight[k] += math.Exp(v - top)
					} else {
						top = max(top, v)
					}
				}
			}
		}
		total := sum(plain)
		worst := 0.0
		for i := range plain {
			if plain[i] < 1e-15*total {
				continue
			}
			d := math.Abs(p.p[i]-plain[i]/total) / (plain[i] / total)
			if worst = max(worst, d); d > c.tolerance {
				t.Fatalf("%s: at %v unseen: %g, plainly %g", c.name, a.unseen(i), p.p[i], plain[i]/total)
			}
		}
		for k, w := range weight {
			if w /= total; w > 1e-12 && math.Abs(p.weight[k]-w) > c.tolerance*w {
				t.Errorf("%s: graph %d: %g, plainly %g", c.name, k, p.weight[k], w)
			}
		}
		t.Logf("%-30s %6d points, largest relative difference %.1e", c.name, a.points, worst)
	}
}

// TestRise holds the rise of a ratio of gamma functions to one in many digits.
func TestRise(t *testing.T) {
	for _, c := range [][3]float64{{12, 30, 5}, {10, 1000, 3}, {2744.03, 2745, 6000}, {1e6, 1e6 + 40, 2.5e5}, {3e4, 3e4, 100}, {0.03, 2745, 16}, {5, 7, 200}} {
		const digits = 200
		x, y, d := c[0], c[1], math.Floor(c[2])
		want := new(big.Float).SetPrec(digits).SetInt64(1)
		for i := range int(d) {
			v := func(z float64) *big.Float { return new(big.Float).SetPrec(digits).SetFloat64(z) }
			step := v(float64(i))
			want.Mul(want, new(big.Float).SetPrec(digits).Quo(v(0).Add(v(x), step), v(0).Add(v(y), step)))
		}
		mantissa := new(big.Float)
		exponent := want.MantExp(mantissa)
		m, _ := mantissa.Float64()
		log := math.Log(m) + float64(exponent)*math.Ln2
		if got := rise(x, y, d); math.Abs(got-log) > 2e-14*(1+math.Abs(log)+d*math.Abs(x-y)/y) {
			t.Errorf("rise(%v, %v, %v) = %.17g, want %.17g", x, y, d, got, log)
		}
	}
}

func BenchmarkDecomposable(b *testing.B) {
	for _, name := range []string{"UKdat_5", "Kosovo"} {
		b.Run(name, func(b *testing.B) {
			h := load(b, name)
			for b.Loop() {
				a := newAveraging(h, decomposableGraphs(len(h.lists)), math.Pow(2, -float64(len(h.lists))), 10*sum(h.count), 1)
				if _, err := a.run(context.Background(), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

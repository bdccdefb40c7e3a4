package capture

import (
	"context"
	"fmt"
	"math"
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
						d.In(where+" "+cliques).Near("mean given a graph", estimate.Number(p.mean[g]), m.At("mean_N_given_model").Num(), tolPosterior)
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

// TestDecomposableAnotherWay sums the posterior plainly, without anchors.
func TestDecomposableAnotherWay(t *testing.T) {
	h := &histories{lists: []string{"A", "B", "C"}, rows: []set{1, 2, 4, 3, 5, 6, 7}, count: []float64{12, 9, 7, 3, 2, 4, 1}}
	graphs := decomposableGraphs(3)
	a := newAveraging(h, graphs, 0.3, 3000, 1)
	p, err := a.run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	plain := make([]float64, 3000)
	var l logs
	total := 0.0
	for i := range plain {
		a.logs(float64(i+1), &l)
		for _, g := range graphs {
			plain[i] += math.Exp(a.at(g, l))
		}
		total += plain[i]
	}
	for i := range plain {
		if diff := math.Abs(p.p[i]-plain[i]/total) / p.p[i]; diff > 1e-9 {
			t.Fatalf("at %d unseen: %g, plainly %g", i+1, p.p[i], plain[i]/total)
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

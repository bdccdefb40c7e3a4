package capture

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
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
	d := differences{}
	for _, name := range []string{"Kosovo", "UKdat_4", "UKdat_5"} {
		h := load(t, name)
		graphs := decomposableGraphs(len(h.lists))
		for _, key := range []string{"dga_delta_2pow_minus_p", "dga_delta_half", "dga_grid_doubled"} {
			want := golden(t, name+".bayes.json").at(key)
			where := name + " " + key
			grid := want.at("Nmissing_grid").floats()
			a := newAveraging(h, graphs, want.at("delta").float(), grid["to"], int(grid["by"]))
			p, err := a.run(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			mean, sd := a.moments(p)
			d.check(t, "mean", where, mean, want.at("mean").float(), tolPosterior)
			// The reference takes the difference of two numbers near 10^8.
			d.check(t, "sd", where, sd, want.at("sd").float(), 1e-7)
			d.check(t, "mode", where, a.mode(p), want.at("mode").float(), 0)
			d.check(t, "last grid point", where, p.p[len(p.p)-1], want.at("mass_at_last_grid_point").float(), tolPosterior)
			for q, v := range want.at("quantiles_smallest_N_with_cdf_ge").floats() {
				var percent float64
				fmt.Sscanf(q, "%f%%", &percent)
				d.check(t, "quantile", where+" "+q, a.quantile(p, percent/100), v, 0)
			}
			for _, m := range want.at("top_models").v.([]any) {
				m := value{t, m}
				cliques := m.at("cliques").v.(string)
				found := false
				for g := range graphs {
					got := ""
					for _, c := range graphs[g].cliques() {
						got += "[" + strings.ReplaceAll(h.name(c), ":", " ") + "]"
					}
					if sameCliques(got, cliques) {
						found = true
						d.check(t, "posterior of a graph", where+" "+cliques, p.weight[g], m.at("posterior").float(), tolPosterior)
						d.check(t, "mean given a graph", where+" "+cliques, p.mean[g], m.at("mean_N_given_model").float(), tolPosterior)
					}
				}
				if !found {
					t.Errorf("%s: no graph %s", where, cliques)
				}
			}
			if !want.has("posterior_at") {
				continue
			}
			// The same by default.
			r := run(t, name, func(s *Spec) { s.Method = Decomposable })
			d.check(t, "mean", where, float64(r.Estimate), want.at("mean").float(), tolPosterior)
			d.check(t, "quantile", where, float64(r.Lower), want.at("quantiles_smallest_N_with_cdf_ge", "2.5%").float(), 0)
			d.check(t, "quantile", where, float64(r.Upper), want.at("quantiles_smallest_N_with_cdf_ge", "97.5%").float(), 0)
			for _, at := range want.at("posterior_at").v.([]any) {
				row := value{t, at}.floats()
				i := int((row["N"] - a.n - 1) / grid["by"])
				d.check(t, "posterior of N", fmt.Sprintf("%s at %v", where, row["N"]), p.p[i], row["p"], tolPosterior)
			}
		}
	}
	d.print(t)
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

package capture

import (
	"math"
	"slices"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// The reference is a Markov chain of its own, so only the spread of its three
// runs and the Monte Carlo errors of both can be asked for: four standard
// errors beyond the lowest and highest of its runs. The chains here are kept
// short, so they are taken whether or not they would be printed. On the other
// lists the reference has not mixed either, and there is nothing to agree with.
func TestGoldenLatent(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds of chains")
	}
	for _, name := range []string{"Kosovo", "UKdat_4"} {
		h := load(t, name)
		var draws [][]float64
		for i := range 4 {
			c := newChain(h, Mixture{}.withDefaults(), estimate.Random(1, uint64(i)))
			var d []float64
			for k := range 40_000 {
				c.sweep()
				if k >= 10_000 && k%thinning == 0 {
					d = append(d, c.seen+c.unseen)
				}
			}
			draws = append(draws, d)
		}
		rhat, ess := convergence(draws)
		all := slices.Concat(draws...)
		_, variance := meanVar(all)
		// The error of a median is about 1.25 that of a mean.
		ours := 1.25 * math.Sqrt(variance/ess)
		low, high := math.Inf(1), 0.0
		for _, v := range reference(t, name+".bayes.json").At("lcmcr", "runs").V.([]any) {
			run := golden.Value{V: v}
			m := run.At("quantiles", "50%").Num()
			e := 4 * math.Hypot(ours, 1.25*run.At("sd").Num()/math.Sqrt(run.At("ess_ar1_rough").Num()))
			low, high = min(low, m-e), max(high, m+e)
		}
		t.Logf("%s: median %.0f, R-hat %.3f, %.0f effective draws; want within %.0f to %.0f", name, median(all), rhat, ess, low, high)
		if m := median(all); m < low || m > high {
			t.Errorf("%s: median %.0f, want within %.0f to %.0f", name, m, low, high)
		}
	}
}

func TestLatentRefusesWhatHasNotMixed(t *testing.T) {
	r := run(t, "Ned", func(s *Spec) { s.Method = Latent; s.Mixture.Longest = firstRound })
	if r.Estimate.Known() || r.Lower.Known() {
		t.Errorf("estimate %v with R-hat %v", r.Estimate, r.Diagnostics["rhat"].Statistic)
	}
	if len(r.Warnings) == 0 || r.Warnings[0].Code != "not_mixed" {
		t.Errorf("warnings %v, want not_mixed first", r.Warnings)
	}
}

func TestConvergence(t *testing.T) {
	draw := func(chains, n int, f func(chain, i int, z float64) float64) [][]float64 {
		out := make([][]float64, chains)
		for c := range out {
			r := estimate.Random(7, uint64(c))
			for i := range n {
				out[c] = append(out[c], f(c, i, r.NormFloat64()))
			}
		}
		return out
	}
	rhat, ess := convergence(draw(4, 1000, func(_, _ int, z float64) float64 { return z }))
	if rhat > 1.01 || ess < 3000 || ess > 5000 {
		t.Errorf("independent draws: R-hat %.3f, %.0f effective of 4000", rhat, ess)
	}
	rhat, _ = convergence(draw(4, 1000, func(c, _ int, z float64) float64 { return z + float64(c) }))
	if rhat < 1.2 {
		t.Errorf("chains apart: R-hat %.3f", rhat)
	}
	rhat, _ = convergence(draw(4, 1000, func(c, _ int, z float64) float64 { return z * math.Exp(float64(c)) }))
	if rhat < 1.2 {
		t.Errorf("chains of other widths: R-hat %.3f", rhat)
	}
	// An AR(1) with coefficient 0.9 has (1−0.9)/(1+0.9) effective draws a draw.
	last := make([]float64, 4)
	_, ess = convergence(draw(4, 5000, func(c, _ int, z float64) float64 { last[c] = 0.9*last[c] + z; return last[c] }))
	if want := 20000.0 / 19; ess < 0.7*want || ess > 1.3*want {
		t.Errorf("AR(1): %.0f effective draws, want about %.0f", ess, want)
	}
}

func BenchmarkLatentSweep(b *testing.B) {
	for _, name := range []string{"Kosovo", "UKdat_5"} {
		b.Run(name, func(b *testing.B) {
			c := newChain(load(b, name), Mixture{}.withDefaults(), estimate.Random(1, 0))
			for b.Loop() {
				c.sweep()
			}
		})
	}
}

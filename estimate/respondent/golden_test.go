package respondent

import (
	"context"
	"math"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// Reference values come from the R package RDS; see testdata/ORIGIN.md. RDS-I
// and RDS-II are closed forms.
const closed = 1e-11

func fit(t testing.TB, tab *estimate.Table, sp Spec) *Report {
	t.Helper()
	r, err := Fit(context.Background(), tab, sp)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func faux(y string) Spec {
	return Spec{ID: "id", Recruiter: "recruiter_id", Degree: "degree", Y: y, Population: 1000, Seed: 1}
}

func TestGoldenFaux(t *testing.T) {
	c := golden.Compare(t)
	tab, g := golden.Table(t, "faux.csv"), golden.Read(t, "faux.json").At("results")
	c.Near("guess of the population", Number(faux("X").Population), g.At("N_used").Num(), 0)
	for _, y := range []string{"X", "Y"} {
		for _, got := range fit(t, tab, faux(y)).Groups {
			c.Near("share of the sample", Number(got.N)/Number(tab.Rows()), g.At(y, "naive_mean", got.Value).Num(), closed)
		}
		for method, key := range map[Method]string{RDS1: "RDS_I", RDS2: "RDS_II"} {
			sp := faux(y)
			sp.Method = method
			r := fit(t, tab, sp)
			c.Near("harmonic mean degree", r.MeanDegree, g.At("harmonic_mean_degree").Num(), closed)
			for k, got := range r.Groups {
				want := g.At(y, key, k)
				if got.Value != want.At("level").V || got.N != int(want.At("n").Num()) {
					t.Errorf("group %q of %d, want %v of %v", got.Value, got.N, want.At("level").V, want.At("n").V)
				}
				c.Near(key+" estimate", got.Estimate, want.At("estimate").Num(), closed)
				c.Near(key+" analytic se", got.SE, want.At("se").Num(), 1e-10)
				c.Near(key+" design effect", got.Deff, want.At("design_effect").Num(), 1e-9)
				// The package uses 1.96 for the quantile 1.959964.
				c.Near(key+" limits", got.Lower, want.At("lo95").Num(), 2e-5)
				c.Near(key+" limits", got.Upper, want.At("hi95").Num(), 2e-5)
			}
			h := g.At(y, "homophily")
			if r.Homophily.One != nil {
				c.Near("homophily", *r.Homophily.One, h.Num(), closed)
			} else {
				for value, got := range r.Homophily.By {
					c.Near("homophily", got, h.At(value).Num(), closed)
				}
			}
			for _, x := range r.Recruitment {
				found := false
				for _, w := range g.At(y, "recruitment_table").V.([]any) {
					w := golden.Value{V: w}
					found = found || w.At("from").V == x.From && w.At("to").V == x.To && int(w.At("Freq").Num()) == x.Count
				}
				if !found {
					t.Errorf("%d recruits of %q by %q are not in the reference", x.Count, x.To, x.From)
				}
			}
			if method == RDS2 {
				// 500 samples on either side: 15 % is more than four standard deviations
				// of the ratio of two standard errors.
				for k, got := range r.Groups {
					b := g.At(y, "bootstrap_Salganik_seed1_500", k)
					c.Near("bootstrap of chains, estimate", got.Estimate, b.At("estimate").Num(), closed)
					// Limits 1.96 standard errors away, of which 15 % is a third of one.
					c.Within("bootstrap of chains, limits in se", got.Bootstrap.Lower, b.At("lo95").Num(), math.Abs(float64(got.Bootstrap.Lower)-b.At("lo95").Num())/b.At("se").Num(), 0.3)
					c.Within("bootstrap of chains, limits in se", got.Bootstrap.Upper, b.At("hi95").Num(), math.Abs(float64(got.Bootstrap.Upper)-b.At("hi95").Num())/b.At("se").Num(), 0.3)
					c.Near("bootstrap of chains, se", got.Bootstrap.SE, g.At(y, "bootstrap_Salganik_seed1_500", k, "se").Num(), 0.15)
				}
			}
		}
		// Successive sampling is simulated. Two seeds of the reference differ by up
		// to 3.4e-4 in the estimate and 2.4e-4 in the standard error; five times
		// that is allowed.
		sp := faux(y)
		sp.Method = SS
		r := fit(t, tab, sp)
		for k, got := range r.Groups {
			for _, seed := range []string{"Gile_SS_seed1", "Gile_SS_seed2"} {
				want := g.At(y, seed, k)
				c.Within("SS estimate, absolute", got.Estimate, want.At("estimate").Num(), math.Abs(float64(got.Estimate)-want.At("estimate").Num()), 1.7e-3)
				c.Within("SS se, absolute", got.SE, want.At("se").Num(), math.Abs(float64(got.SE)-want.At("se").Num()), 1.2e-3)
				c.Within("SS limits, absolute", got.Lower, want.At("lo95").Num(), math.Abs(float64(got.Lower)-want.At("lo95").Num()), 4e-3)
				c.Within("SS limits, absolute", got.Upper, want.At("hi95").Num(), math.Abs(float64(got.Upper)-want.At("hi95").Num()), 4e-3)
				c.Near("SS design effect", got.Deff, want.At("design_effect").Num(), 0.1)
			}
			b := g.At(y, "bootstrap_Gile_seed1_200", k)
			c.Within("bootstrap of SS, estimate, absolute", got.Estimate, b.At("estimate").Num(), math.Abs(float64(got.Estimate)-b.At("estimate").Num()), 1.7e-3)
			for side, limit := range map[string]Number{"lo95": got.Bootstrap.Lower, "hi95": got.Bootstrap.Upper} {
				c.Within("bootstrap of SS, limits in se", limit, b.At(side).Num(), math.Abs(float64(limit)-b.At(side).Num())/b.At("se").Num(), 0.5)
			}
			// 200 samples in the reference, and its mapping from 500 draws: 25 %.
			c.Near("bootstrap of SS, se "+y, got.Bootstrap.SE, g.At(y, "bootstrap_Gile_seed1_200", k, "se").Num(), 0.25)
		}
	}
}

// The weight of every degree under successive sampling, within the spread of
// 2,000 simulated samples.
func TestGoldenWeights(t *testing.T) {
	sp := faux("X")
	if err := sp.settle(); err != nil {
		t.Fatal(err)
	}
	r := &Report{}
	s, err := newSample(golden.Table(t, "faux.csv"), sp, r)
	if err != nil {
		t.Fatal(err)
	}
	in, err := successive(context.Background(), s, sp)
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, i := range s.use {
		total += 1 / in.of[s.class[i]]
	}
	for k, want := range golden.Read(t, "faux.json").At("results", "gile_ss_inclusion_weights_by_degree").V.([]any) {
		w := golden.Value{V: want}
		got := 1000 / total / in.of[k]
		if s.classes[k] != w.At("degree").Num() || math.Abs(got/w.At("weight").Num()-1) > 0.06 {
			t.Errorf("degree %v: weight %.4f, want %v of degree %v", s.classes[k], got, w.At("weight").V, w.At("degree").V)
		}
	}
}

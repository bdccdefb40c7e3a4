package respondent

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"plumbline/estimate"
)

// Reference values come from the R package RDS; see testdata/ORIGIN.md. RDS-I
// and RDS-II are closed forms.
const closed = 1e-11

func table(t testing.TB, file string) *estimate.Table {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tab, err := estimate.ReadTable(f, file, estimate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

type golden struct{ v any }

func read(t testing.TB, file string) golden {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return golden{v}
}

func (g golden) at(path ...any) golden {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			next, ok := g.v.(map[string]any)[p]
			if !ok {
				panic(fmt.Sprintf("no %q in the reference", p))
			}
			g = golden{next}
		case int:
			g = golden{g.v.([]any)[p]}
		}
	}
	return g
}

func (g golden) num() float64 { return g.v.(float64) }

type compared struct {
	t     *testing.T
	worst map[string]float64
}

func compare(t *testing.T) *compared {
	c := &compared{t, map[string]float64{}}
	t.Cleanup(func() {
		var names []string
		for n := range c.worst {
			names = append(names, n)
		}
		sort.Strings(names)
		for _, n := range names {
			t.Logf("largest relative difference: %-35s %.1e", n, c.worst[n])
		}
	})
	return c
}

func (c *compared) near(quantity string, got Number, want, tolerance float64) {
	c.t.Helper()
	d := math.Abs(float64(got) - want)
	if want != 0 {
		d /= math.Abs(want)
	}
	c.worst[quantity] = max(c.worst[quantity], d)
	if !(d <= tolerance) {
		c.t.Errorf("%s: got %.15g, want %.15g: off by %.1e, more than %.0e", quantity, float64(got), want, d, tolerance)
	}
}

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
	c := compare(t)
	tab, g := table(t, "faux.csv"), read(t, "faux.json").at("results")
	for _, y := range []string{"X", "Y"} {
		for method, key := range map[Method]string{RDS1: "RDS_I", RDS2: "RDS_II"} {
			sp := faux(y)
			sp.Method = method
			r := fit(t, tab, sp)
			c.near("harmonic mean degree", r.MeanDegree, g.at("harmonic_mean_degree").num(), closed)
			for k, got := range r.Groups {
				want := g.at(y, key, k)
				if got.Value != want.at("level").v || got.N != int(want.at("n").num()) {
					t.Errorf("group %q of %d, want %v of %v", got.Value, got.N, want.at("level").v, want.at("n").v)
				}
				c.near(key+" estimate", got.Estimate, want.at("estimate").num(), closed)
				c.near(key+" analytic se", got.SE, want.at("se").num(), 1e-10)
				c.near(key+" design effect", got.Deff, want.at("design_effect").num(), 1e-9)
				// The package uses 1.96 for the quantile 1.959964.
				c.near(key+" limits", got.Lower, want.at("lo95").num(), 2e-5)
				c.near(key+" limits", got.Upper, want.at("hi95").num(), 2e-5)
			}
			h := g.at(y, "homophily")
			if r.Homophily.One != nil {
				c.near("homophily", *r.Homophily.One, h.num(), closed)
			} else {
				for value, got := range r.Homophily.By {
					c.near("homophily", got, h.at(value).num(), closed)
				}
			}
			for _, x := range r.Recruitment {
				found := false
				for _, w := range g.at(y, "recruitment_table").v.([]any) {
					w := golden{w}
					found = found || w.at("from").v == x.From && w.at("to").v == x.To && int(w.at("Freq").num()) == x.Count
				}
				if !found {
					t.Errorf("%d recruits of %q by %q are not in the reference", x.Count, x.To, x.From)
				}
			}
			if method == RDS2 {
				// 500 samples on either side: 15 % is more than four standard deviations
				// of the ratio of two standard errors.
				for k, got := range r.Groups {
					c.near("bootstrap of chains, se", got.Bootstrap.SE, g.at(y, "bootstrap_Salganik_seed1_500", k, "se").num(), 0.15)
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
				want := g.at(y, seed, k)
				if d := math.Abs(float64(got.Estimate) - want.at("estimate").num()); d > 1.7e-3 {
					t.Errorf("SS %s %q: estimate %v, want %v", y, got.Value, got.Estimate, want.at("estimate").num())
				}
				if d := math.Abs(float64(got.SE) - want.at("se").num()); d > 1.2e-3 {
					t.Errorf("SS %s %q: se %v, want %v", y, got.Value, got.SE, want.at("se").num())
				}
			}
			// 200 samples in the reference, and its mapping from 500 draws: 25 %.
			c.near("bootstrap of SS, se "+y, got.Bootstrap.SE, g.at(y, "bootstrap_Gile_seed1_200", k, "se").num(), 0.25)
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
	s, err := newSample(table(t, "faux.csv"), sp, r)
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
	for k, want := range read(t, "faux.json").at("results", "gile_ss_inclusion_weights_by_degree").v.([]any) {
		w := golden{want}
		got := 1000 / total / in.of[k]
		if s.classes[k] != w.at("degree").num() || math.Abs(got/w.at("weight").num()-1) > 0.06 {
			t.Errorf("degree %v: weight %.4f, want %v of degree %v", s.classes[k], got, w.at("weight").v, w.at("degree").v)
		}
	}
}

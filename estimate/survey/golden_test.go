package survey

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

// Reference values come from R's survey package; see testdata/ORIGIN.md.
//
// Closed forms agree to 1e-10. svyciprop's logit and likelihood stop a Fisher
// iteration early, at 1e-8, and its likelihood limits are read off a spline, at
// about 3e-4; here both are solved to the last bit and the tolerance is theirs.
const closed = 1e-10

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

// golden is a JSON file of reference results, read by path.
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

// at follows keys and places; what is not there is a mistake in the test.
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
func (g golden) list() []any  { return g.v.([]any) }

// compared keeps the largest relative difference of every quantity.
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
			t.Logf("largest relative difference: %-40s %.1e", n, c.worst[n])
		}
	})
	return c
}

func (c *compared) near(quantity string, got estimate.Number, want, tolerance float64) {
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

var (
	stratDesign = Design{Weights: "pw", Strata: "stype", FPC: []string{"fpc"}}
	clusDesign  = Design{Weights: "pw", Clusters: []string{"dnum"}, FPC: []string{"fpc"}}
	tlsDesign   = Design{Weights: "w", Strata: "strat2", Clusters: []string{"venue"}, Nest: true}
)

// mean checks a block of svymean; its limits on t are in ci95_t.
func (c *compared) mean(name string, r *Report, g golden) {
	c.t.Helper()
	got := r.Results[0]
	mean := g.at("mean").v
	if m, ok := mean.(map[string]any); ok {
		for _, v := range m {
			mean = v
		}
	}
	c.near(name+" estimate", got.Estimate, mean.(float64), closed)
	c.near(name+" se", got.SE, g.at("se").num(), closed)
	c.near(name+" deff", got.Deff, g.at("deff").num(), closed)
	c.near(name+" deff_replace", got.DeffReplace, g.at("deff_replace").num(), closed)
	c.near(name+" lower", got.Lower, g.at("ci95_t", 0, 0).num(), closed)
	c.near(name+" upper", got.Upper, g.at("ci95_t", 0, 1).num(), closed)
	if want := int(g.at("degf").num()); r.Degf != want {
		c.t.Errorf("%s: degrees of freedom %d, want %d", name, r.Degf, want)
	}
}

func (c *compared) proportions(name string, tab *estimate.Table, sp Spec, g golden) {
	c.t.Helper()
	for level, x := range map[string]float64{"0.95": 0.95, "0.9": 0.9} {
		for _, iv := range []Interval{Logit, XLogit, Beta, Likelihood, ArcSine, MeanT} {
			sp.Stat, sp.Interval, sp.Level = Proportion, iv, x
			got := fit(c.t, tab, sp).Results[0]
			want := g.at(level, string(iv))
			tolerance := closed
			switch iv {
			case Logit:
				tolerance = 1e-8
			case Likelihood:
				tolerance = 5e-4
			}
			c.near(name+" "+string(iv)+" estimate", got.Estimate, want.at("p").num(), max(tolerance, 1e-8))
			c.near(name+" "+string(iv)+" se", got.SE, want.at("se").num(), closed)
			c.near(name+" "+string(iv)+" lower", got.Lower, want.at("ci", 0).num(), tolerance)
			c.near(name+" "+string(iv)+" upper", got.Upper, want.at("ci", 1).num(), tolerance)
		}
	}
}

func TestGoldenSchools(t *testing.T) {
	for _, tt := range []struct {
		name   string
		design Design
	}{{"apistrat", stratDesign}, {"apiclus1", clusDesign}} {
		t.Run(tt.name, func(t *testing.T) {
			c := compare(t)
			tab, g := table(t, tt.name+".csv"), read(t, tt.name+".json").at("results")
			spec := func(sp Spec) Spec { sp.Design = tt.design; return sp }

			c.mean("mean", fit(t, tab, spec(Spec{Y: "api00"})), g.at("svymean_api00"))

			total := fit(t, tab, spec(Spec{Y: "enroll", Stat: Total})).Results[0]
			c.near("total estimate", total.Estimate, g.at("svytotal_enroll", "total", "enroll").num(), closed)
			c.near("total se", total.SE, g.at("svytotal_enroll", "se").num(), closed)

			ratio := fit(t, tab, spec(Spec{Ratio: "api.stu/enroll"})).Results[0]
			c.near("ratio estimate", ratio.Estimate, g.at("svyratio_apistu_enroll", "ratio").num(), closed)
			c.near("ratio se", ratio.SE, g.at("svyratio_apistu_enroll", "se").num(), closed)

			kinds := fit(t, tab, spec(Spec{Y: "stype", Stat: Proportion}))
			for k, got := range kinds.Results {
				c.near("words estimate", got.Estimate, g.at("svymean_stype", "mean", "stype"+got.Value).num(), closed)
				if want := g.at("svymean_stype", "se", "stype"+got.Value).num(); tt.name == "apiclus1" {
					c.near("words se", got.SE, want, closed)
					c.near("words deff", got.Deff, g.at("svymean_stype", "deff", k).num(), closed)
				} else if got.SE > 1e-12 {
					t.Errorf("se of a stratum's share is %v, want 0", got.SE)
				}
			}

			c.proportions("sch.wide", tab, spec(Spec{Y: "sch.wide==Yes"}), g.at("ciprop_schwide"))
			c.proportions("api00>800", tab, spec(Spec{Y: "api00>800"}), g.at("ciprop_rare_api00_gt_800"))

			by := fit(t, tab, spec(Spec{Y: "api00", By: "stype"}))
			for k, got := range by.Results {
				want := g.at("svyby_api00_by_stype", k)
				if got.Group != want.at("stype").v {
					t.Errorf("group %q, want %q", got.Group, want.at("stype").v)
				}
				c.near("by estimate", got.Estimate, want.at("api00").num(), closed)
				c.near("by se", got.SE, want.at("se").num(), closed)
			}
			for k, got := range fit(t, tab, spec(Spec{Y: "sch.wide==Yes", By: "stype"})).Results {
				want := g.at("svyby_prop_schwide_by_stype", k)
				c.near("by proportion", got.Estimate, want.at("sw").num(), closed)
				c.near("by proportion se", got.SE, want.at("se").num(), closed)
			}
			where := fit(t, tab, spec(Spec{Y: "api00", Where: "stype==E"})).Results[0]
			c.near("where estimate", where.Estimate, g.at("subpopulation_stype_E_mean_api00", "mean").num(), closed)
			c.near("where se", where.SE, g.at("subpopulation_stype_E_mean_api00", "se").num(), closed)

			for k, p := range []string{"0.25", "0.5", "0.75"} {
				got, want := fit(t, tab, spec(Spec{Quantile: "api00:" + p})).Results[0], g.at("svyquantile_api00", k)
				c.near("quantile estimate", got.Estimate, want.at("quantile").num(), closed)
				c.near("quantile lower", got.Lower, want.at("ci.2.5").num(), closed)
				c.near("quantile upper", got.Upper, want.at("ci.97.5").num(), closed)
				c.near("quantile se", got.SE, want.at("se").num(), closed)
			}

			jk := g.at("replicate_weights", "JKn_or_JK1")
			kind := map[any]string{"JK1": "jk1", "JKn": "jkn"}[jk.at("type").v]
			c.near("jackknife mean se", fit(t, tab, spec(Spec{Y: "api00", Replicates: kind})).Results[0].SE, jk.at("se", 0).num(), closed)
			c.near("jackknife proportion se", fit(t, tab, spec(Spec{Y: "sch.wide==Yes", Replicates: kind})).Results[0].SE, jk.at("se", 1).num(), closed)
			// 500 samples: a standard error has a relative error of about 1/√1000 = 3 %
			// on either side, so 15 % is three standard deviations and a half.
			boot := g.at("replicate_weights", "bootstrap_subbootstrap_500_seed42", "se")
			c.near("bootstrap mean se", fit(t, tab, spec(Spec{Y: "api00", Replicates: "bootstrap", Seed: 1})).Results[0].SE, boot.at(0).num(), 0.15)
			c.near("bootstrap proportion se", fit(t, tab, spec(Spec{Y: "sch.wide==Yes", Replicates: "bootstrap", Seed: 1})).Results[0].SE, boot.at(1).num(), 0.15)
		})
	}
}

func TestGoldenCalibrated(t *testing.T) {
	c := compare(t)
	tab, g := table(t, "apiclus1.csv"), read(t, "apiclus1.json").at("results")
	stype := Margin{"stype", map[string]float64{"E": 4421, "H": 755, "M": 1018}}
	wide := Margin{"sch.wide", map[string]float64{"No": 1072, "Yes": 5122}}

	d := clusDesign
	d.Margins = []Margin{stype}
	c.mean("post-stratified", fit(t, tab, Spec{Design: d, Y: "api00"}), g.at("postStratify_stype", "mean_api00"))
	total := fit(t, tab, Spec{Design: d, Y: "enroll", Stat: Total}).Results[0]
	c.near("post-stratified total", total.Estimate, g.at("postStratify_stype", "total_enroll", "total", "enroll").num(), closed)
	c.near("post-stratified total se", total.SE, g.at("postStratify_stype", "total_enroll", "se").num(), closed)

	// rake() stops when no margin moves by more than one school of 6194, which
	// leaves it 1e-6 away from margins that are met.
	d.Margins = []Margin{stype, wide}
	raked := fit(t, tab, Spec{Design: d, Y: "api00"})
	want := g.at("rake_stype_schwide", "mean_api00")
	c.near("raked estimate", raked.Results[0].Estimate, want.at("mean", "api00").num(), 1e-5)
	c.near("raked se", raked.Results[0].SE, want.at("se").num(), 1e-4)

	d = clusDesign
	d.FPC = nil
	c.mean("without fpc", fit(t, tab, Spec{Design: d, Y: "api00"}), g.at("without_fpc_mean_api00"))
}

func TestGoldenTimeLocation(t *testing.T) {
	c := compare(t)
	tab, g := table(t, "tls_sim_a.csv"), read(t, "tls_sim_a.json").at("results")
	for _, wave := range []string{"baseline", "endline"} {
		sp := Spec{Design: tlsDesign, Y: "minor", Where: "wave==" + wave}
		c.mean(wave, fit(t, tab, sp), g.at(wave))
		c.proportions(wave, tab, sp, g.at(wave, "ciprop"))
	}
	by := fit(t, tab, Spec{Design: tlsDesign, Y: "minor", By: "strat2"})
	for k, got := range by.Results {
		want := g.at("by_stratum", k)
		c.near("by stratum", got.Estimate, want.at("minor").num(), closed)
		c.near("by stratum se", got.SE, want.at("se").num(), closed)
	}
	jk := fit(t, tab, Spec{Design: tlsDesign, Y: "minor", Where: "wave==baseline", Replicates: "jkn"})
	c.near("jackknife se", jk.Results[0].SE, g.at("replicate_weights_baseline", "JKn_or_JK1", "se").num(), 2e-3)

	// The column of weights is what the counts of venues, slots and people say.
	tl := tlsDesign
	tl.Weights = ""
	tl.TimeLocation = &TimeLocation{"venues_in_stratum", "nven", "slots_at_venue", "2", "present", "sampled", ""}
	c.mean("weights from counts", fit(t, tab, Spec{Design: tl, Y: "minor", Where: "wave==baseline"}), g.at("baseline"))
}

func TestGoldenRegression(t *testing.T) {
	c := compare(t)
	check := func(name string, r *Regression, g golden) {
		t.Helper()
		for term, want := range g.at("coef").v.(map[string]any) {
			got := map[string]string{"(Intercept)": "(intercept)", "waveendline": "wave=endline"}[term]
			if got == "" {
				got = term
			}
			// glm stops when the deviance moves by less than 1e-8: half the digits
			// of a coefficient, and fewer of a standard error.
			c.near(name+" coefficient", r.Coefficients[got], want.(float64), 1e-7)
			c.near(name+" se", r.SE[got], g.at("se", term).num(), 1e-6)
		}
		if m := g.v.(map[string]any); m["df_residual"] != nil && r.Df != int(m["df_residual"].(float64)) {
			t.Errorf("%s: %d degrees of freedom, want %v", name, r.Df, m["df_residual"])
		}
	}
	for name, d := range map[string]Design{"apistrat": stratDesign, "apiclus1": clusDesign} {
		tab, g := table(t, name+".csv"), read(t, name+".json").at("results")
		for family, y := range map[string]string{"logit": "sch.wide==Yes", "gaussian": "api00"} {
			r, err := Regress(context.Background(), tab, RegressSpec{Design: d, Y: y, X: []string{"ell", "meals"}, Family: family})
			if err != nil {
				t.Fatal(err)
			}
			check(name+" "+family, r, g.at(map[string]string{"logit": "svyglm_logit_schwide_on_ell_meals", "gaussian": "svyglm_gauss_api00_on_ell_meals"}[family]))
		}
	}
	r, err := Regress(context.Background(), table(t, "tls_sim_a.csv"), RegressSpec{Design: tlsDesign, Y: "minor", X: []string{"wave"}, Family: "logit"})
	if err != nil {
		t.Fatal(err)
	}
	check("odds ratio", r, read(t, "tls_sim_a.json").at("results", "odds_ratio_svyglm"))
}

func TestGoldenChange(t *testing.T) {
	c := compare(t)
	tab, g := table(t, "tls_sim_a.csv"), read(t, "tls_sim_a.json").at("results")
	r, err := Change(context.Background(), tab, ChangeSpec{Spec: Spec{Design: tlsDesign, Y: "minor"}, Wave: "wave", From: "baseline", To: "endline"})
	if err != nil {
		t.Fatal(err)
	}
	c.near("from", r.From.Estimate, g.at("baseline", "mean", "minor").num(), closed)
	c.near("from lower", r.From.Lower, g.at("baseline", "ci95_t", 0, 0).num(), closed)
	c.near("to upper", r.To.Upper, g.at("endline", "ci95_t", 0, 1).num(), closed)
	d := g.at("difference_endline_minus_baseline")
	c.near("difference", r.Difference.Estimate, d.at("est").num(), closed)
	c.near("difference se", r.Difference.SE, d.at("se").num(), closed)
	c.near("ratio", r.Ratio.Estimate, g.at("ratio_endline_over_baseline", "est").num(), closed)
	c.near("ratio se", r.Ratio.SE, g.at("ratio_endline_over_baseline", "se").num(), closed)
	c.near("relative", -r.Relative.Estimate, g.at("relative_reduction", "est").num(), closed)
	c.near("log ratio", Number(math.Log(float64(r.Ratio.Estimate))), g.at("log_ratio", "est").num(), closed)
	tq := tQuantile(0.975, 109)
	c.near("log ratio se", Number(math.Log(float64(r.Ratio.Upper/r.Ratio.Estimate))/tq), g.at("log_ratio", "se").num(), closed)
	if want := int(g.at("degf_whole_design").num()); r.Degf != want {
		t.Errorf("degrees of freedom %d, want %d", r.Degf, want)
	}
	// The same contrast by the odds ratio's Wald test is close, not equal.
	if !(r.P > 0 && r.P < 1e-3) {
		t.Errorf("p = %v, want a small one", r.P)
	}
}

func TestGoldenCounts(t *testing.T) {
	c := compare(t)
	for _, v := range read(t, "two_wave.json").at("results").list() {
		g := golden{v}
		in := g.at("input")
		r, err := ChangeOfCounts(CountsSpec{From: Count{in.at("x1").num(), in.at("n1").num()}, To: Count{in.at("x2").num(), in.at("n2").num()}, DesignEffect: in.at("deff").num(), Level: in.at("level").num()})
		if err != nil {
			t.Fatal(err)
		}
		for k, x := range []RoundLevel{r.From, r.To} {
			n := fmt.Sprint(k + 1)
			c.near("level", x.Estimate, g.at("p", k).num(), closed)
			c.near("level se", x.SE, g.at("se", k).num(), closed)
			c.near("wilson", x.Lower, g.at("wilson"+n, 0).num(), closed)
			c.near("wilson", x.Upper, g.at("wilson"+n, 1).num(), closed)
			c.near("clopper-pearson", *x.ExactLower, g.at("clopper_pearson"+n, 0).num(), closed)
			c.near("clopper-pearson", *x.ExactUpper, g.at("clopper_pearson"+n, 1).num(), closed)
		}
		c.near("difference", r.Difference.Estimate, g.at("difference").num(), closed)
		c.near("newcombe", r.Difference.Lower, g.at("difference_newcombe", 0).num(), closed)
		c.near("newcombe", r.Difference.Upper, g.at("difference_newcombe", 1).num(), closed)
		c.near("ratio", r.Ratio.Estimate, g.at("ratio").num(), closed)
		c.near("ratio limits", r.Ratio.Lower, g.at("ratio_log_delta", 0).num(), closed)
		c.near("ratio limits", r.Ratio.Upper, g.at("ratio_log_delta", 1).num(), closed)
		c.near("relative", -r.Relative.Estimate, g.at("relative_reduction").num(), closed)
		c.near("relative limits", -r.Relative.Upper, g.at("relative_reduction_ci", 0).num(), closed)
		c.near("pooled z p", r.P, g.at("z_test_pooled", "p").num(), closed)
	}
}

func TestGoldenAssociation(t *testing.T) {
	c := compare(t)
	check := func(tab *estimate.Table, sp AssociateSpec, g golden) {
		t.Helper()
		r, err := Associate(context.Background(), tab, sp)
		if err != nil {
			t.Fatal(err)
		}
		c.near("rao-scott f", r.F, g.at("F").num(), closed)
		c.near("rao-scott df", r.Df, g.at("ndf").num(), closed)
		c.near("rao-scott denominator df", r.Dd, g.at("ddf").num(), closed)
		c.near("rao-scott p", r.P, g.at("p").num(), closed)
	}
	for name, d := range map[string]Design{"apistrat": stratDesign, "apiclus1": clusDesign} {
		tab, g := table(t, name+".csv"), read(t, name+".json").at("results")
		check(tab, AssociateSpec{Design: d, A: "sch.wide", B: "stype"}, g.at("svychisq_schwide_stype_F"))

		// svyttest is the slope of an indicator.
		r, err := Regress(context.Background(), tab, RegressSpec{Design: d, Y: "api00", X: []string{"sch.wide"}})
		if err != nil {
			t.Fatal(err)
		}
		tt, slope := g.at("svyttest_api00_by_schwide"), "sch.wide=Yes"
		c.near("t test difference", r.Coefficients[slope], tt.at("diff").num(), closed)
		c.near("t test", r.Coefficients[slope]/r.SE[slope], tt.at("t").num(), closed)
		c.near("t test p", r.P[slope], tt.at("p").num(), 1e-9)
		if r.Df != int(tt.at("df").num()) {
			t.Errorf("t test: %d degrees of freedom, want %v", r.Df, tt.at("df").v)
		}

		// Contrasts of domains, as rounds are.
		e, err := Change(context.Background(), tab, ChangeSpec{Spec: Spec{Design: d, Y: "api00"}, Wave: "stype", From: "H", To: "E"})
		if err != nil {
			t.Fatal(err)
		}
		c.near("contrast", e.Difference.Estimate, g.at("contrast_api00_E_minus_H", "est").num(), closed)
		c.near("contrast se", e.Difference.SE, g.at("contrast_api00_E_minus_H", "se").num(), closed)
		ratio := fit(t, tab, Spec{Design: d, Ratio: "api00/api99"}).Results[0]
		c.near("ratio of two years", ratio.Estimate, g.at("ratio_of_two_waves_api00_over_api99", "est").num(), closed)
		c.near("ratio of two years se", ratio.SE, g.at("ratio_of_two_waves_api00_over_api99", "se").num(), closed)
	}
	check(table(t, "tls_sim_a.csv"), AssociateSpec{Design: tlsDesign, A: "minor", B: "wave"}, read(t, "tls_sim_a.json").at("results", "svychisq_wave"))
}

package survey

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// Reference values come from R's survey package; see testdata/ORIGIN.md.
//
// Closed forms agree to 1e-10. svyciprop's logit and likelihood stop a Fisher
// iteration early, at 1e-8, and its likelihood limits are read off a spline, at
// about 3e-4; here both are solved to the last bit and the tolerance is theirs.
const closed = 1e-10

// compared also compares whole blocks of the reference.
type compared struct {
	*golden.Compared
	t *testing.T
}

func compare(t *testing.T) compared { return compared{golden.Compare(t), t} }

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
func (c compared) mean(name string, r *Report, g golden.Value) {
	c.t.Helper()
	got := r.Results[0]
	mean := g.At("mean").V
	if m, ok := mean.(map[string]any); ok {
		for _, v := range m {
			mean = v
		}
	}
	c.Near(name+" estimate", got.Estimate, mean.(float64), closed)
	c.Near(name+" se", got.SE, g.At("se").Num(), closed)
	c.Near(name+" deff", got.Deff, g.At("deff").Num(), closed)
	c.Near(name+" deff_replace", got.DeffReplace, g.At("deff_replace").Num(), closed)
	c.Near(name+" lower", got.Lower, g.At("ci95_t", 0, 0).Num(), closed)
	c.Near(name+" upper", got.Upper, g.At("ci95_t", 0, 1).Num(), closed)
	c.normal(name, got, g.At("ci95_normal", 0))
	c.Near(name+" variance", got.SE*got.SE, g.At("vcov", 0, 0).Num(), closed)
	if want := int(g.At("degf").Num()); r.Degf != want {
		c.t.Errorf("%s: degrees of freedom %d, want %d", name, r.Degf, want)
	}
}

// normal checks limits that the reference takes from the normal distribution,
// where ours are on t.
func (c compared) normal(name string, got Group, limits golden.Value) {
	c.t.Helper()
	z := Number(1.959963984540054)
	c.Near(name+" normal limits", got.Estimate-z*got.SE, limits.At(0).Num(), closed)
	c.Near(name+" normal limits", got.Estimate+z*got.SE, limits.At(1).Num(), closed)
}

func (c compared) proportions(name string, tab *estimate.Table, sp Spec, g golden.Value) {
	c.t.Helper()
	for level, x := range map[string]float64{"0.95": 0.95, "0.9": 0.9} {
		for _, iv := range []Interval{Logit, XLogit, Beta, Likelihood, ArcSine, MeanT} {
			sp.Stat, sp.Interval, sp.Level = Proportion, iv, x
			got := fit(c.t, tab, sp).Results[0]
			want := g.At(level, string(iv))
			tolerance := closed
			switch iv {
			case Logit:
				tolerance = 1e-8
			case Likelihood:
				tolerance = 5e-4
			}
			c.Near(name+" "+string(iv)+" estimate", got.Estimate, want.At("p").Num(), max(tolerance, 1e-8))
			c.Near(name+" "+string(iv)+" se", got.SE, want.At("se").Num(), closed)
			c.Near(name+" "+string(iv)+" lower", got.Lower, want.At("ci", 0).Num(), tolerance)
			c.Near(name+" "+string(iv)+" upper", got.Upper, want.At("ci", 1).Num(), tolerance)
		}
	}
}

// with adds a column computed from others.
func with(t testing.TB, tab *estimate.Table, name string, of []string, f func(x []float64) float64) *estimate.Table {
	t.Helper()
	rows := make([][]string, tab.Rows())
	for _, h := range tab.Header() {
		text, err := tab.Text(h)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			rows[i] = append(rows[i], text[i])
		}
	}
	x := make([][]float64, tab.Rows())
	for _, h := range of {
		v, err := tab.Numbers(h)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x {
			x[i] = append(x[i], v[i])
		}
	}
	for i := range rows {
		rows[i] = append(rows[i], strconv.FormatFloat(f(x[i]), 'g', -1, 64))
	}
	out, err := estimate.NewTable(tab.Name, append(slices.Clone(tab.Header()), name), rows)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGoldenSchools(t *testing.T) {
	for _, tt := range []struct {
		name   string
		design Design
	}{{"apistrat", stratDesign}, {"apiclus1", clusDesign}} {
		t.Run(tt.name, func(t *testing.T) {
			c := compare(t)
			tab, g := golden.Table(t, tt.name+".csv"), golden.Read(t, tt.name+".json").At("results")
			spec := func(sp Spec) Spec { sp.Design = tt.design; return sp }

			c.mean("mean", fit(t, tab, spec(Spec{Y: "api00"})), g.At("svymean_api00"))

			both := g.At("svymean_api00_api99")
			var variance [2]Number
			for k, y := range []string{"api00", "api99"} {
				got := fit(t, tab, spec(Spec{Y: y})).Results[0]
				variance[k] = got.SE * got.SE
				c.Near("mean of two estimate", got.Estimate, both.At("mean", y).Num(), closed)
				c.Near("mean of two se", got.SE, both.At("se", y).Num(), closed)
				c.Near("mean of two variance", variance[k], both.At("vcov", k, k).Num(), closed)
				c.Near("mean of two deff", got.Deff, both.At("deff", k).Num(), closed)
				c.Near("mean of two deff_replace", got.DeffReplace, both.At("deff_replace", k).Num(), closed)
				c.Near("mean of two lower", got.Lower, both.At("ci95_t", k, 0).Num(), closed)
				c.Near("mean of two upper", got.Upper, both.At("ci95_t", k, 1).Num(), closed)
				c.normal("mean of two", got, both.At("ci95_normal", k))
			}
			// The difference of two columns holds their covariance.
			minus := with(t, tab, "grown", []string{"api00", "api99"}, func(x []float64) float64 { return x[0] - x[1] })
			grown := fit(t, minus, spec(Spec{Y: "grown"})).Results[0]
			c.Near("paired difference", grown.Estimate, g.At("paired_difference_api00_minus_api99", "est").Num(), closed)
			c.Near("paired difference se", grown.SE, g.At("paired_difference_api00_minus_api99", "se").Num(), closed)
			for _, at := range [][2]int{{0, 1}, {1, 0}} {
				c.Near("covariance", (variance[0]+variance[1]-grown.SE*grown.SE)/2, both.At("vcov", at[0], at[1]).Num(), closed)
			}

			total := fit(t, tab, spec(Spec{Y: "enroll", Stat: Total})).Results[0]
			c.Near("total estimate", total.Estimate, g.At("svytotal_enroll", "total", "enroll").Num(), closed)
			c.Near("total se", total.SE, g.At("svytotal_enroll", "se").Num(), closed)

			ratio := fit(t, tab, spec(Spec{Ratio: "api.stu/enroll"})).Results[0]
			c.Near("ratio estimate", ratio.Estimate, g.At("svyratio_apistu_enroll", "ratio").Num(), closed)
			c.Near("ratio se", ratio.SE, g.At("svyratio_apistu_enroll", "se").Num(), closed)

			kinds := fit(t, tab, spec(Spec{Y: "stype", Stat: Proportion}))
			for k, got := range kinds.Results {
				c.Near("words estimate", got.Estimate, g.At("svymean_stype", "mean", "stype"+got.Value).Num(), closed)
				if want := g.At("svymean_stype", "se", "stype"+got.Value).Num(); tt.name == "apiclus1" {
					c.Near("words se", got.SE, want, closed)
					c.Near("words deff", got.Deff, g.At("svymean_stype", "deff", k).Num(), closed)
					c.Near("words deff_replace", got.DeffReplace, g.At("svymean_stype", "deff_replace", k).Num(), closed)
					c.Near("words variance", got.SE*got.SE, g.At("svymean_stype", "vcov", k, k).Num(), closed)
					c.normal("words", got, g.At("svymean_stype", "ci95_normal", k))
				} else if got.SE > 1e-12 {
					t.Errorf("se of a stratum's share is %v, want 0", got.SE)
				}
			}

			if g.At("svymean_stype").Has("ci95_t") {
				for k, got := range fit(t, tab, spec(Spec{Y: "stype", Stat: Proportion, Interval: MeanT})).Results {
					want := g.At("svymean_stype", "ci95_t", k)
					if tt.name == "apiclus1" {
						c.Near("words lower", got.Lower, want.At(0).Num(), 1e-9)
						c.Near("words upper", got.Upper, want.At(1).Num(), 1e-9)
					}
				}
			}

			c.proportions("sch.wide", tab, spec(Spec{Y: "sch.wide==Yes"}), g.At("ciprop_schwide"))
			c.proportions("api00>800", tab, spec(Spec{Y: "api00>800"}), g.At("ciprop_rare_api00_gt_800"))

			by := fit(t, tab, spec(Spec{Y: "api00", By: "stype"}))
			for k, got := range by.Results {
				want := g.At("svyby_api00_by_stype", k)
				if got.Group != want.At("stype").V {
					t.Errorf("group %q, want %q", got.Group, want.At("stype").V)
				}
				c.Near("by estimate", got.Estimate, want.At("api00").Num(), closed)
				c.Near("by se", got.SE, want.At("se").Num(), closed)
				c.normal("by", got, golden.Value{V: []any{want.At("ci_l").V, want.At("ci_u").V}})
			}
			for k, got := range fit(t, tab, spec(Spec{Y: "sch.wide==Yes", By: "stype"})).Results {
				want := g.At("svyby_prop_schwide_by_stype", k)
				c.Near("by proportion", got.Estimate, want.At("sw").Num(), closed)
				c.Near("by proportion se", got.SE, want.At("se").Num(), closed)
				c.normal("by proportion", got, golden.Value{V: []any{want.At("ci_l").V, want.At("ci_u").V}})
			}
			where := fit(t, tab, spec(Spec{Y: "api00", Where: "stype==E"})).Results[0]
			c.Near("where estimate", where.Estimate, g.At("subpopulation_stype_E_mean_api00", "mean").Num(), closed)
			c.Near("where se", where.SE, g.At("subpopulation_stype_E_mean_api00", "se").Num(), closed)

			for k, p := range []string{"0.25", "0.5", "0.75"} {
				got, want := fit(t, tab, spec(Spec{Quantile: "api00:" + p})).Results[0], g.At("svyquantile_api00", k)
				c.Near("quantile estimate", got.Estimate, want.At("quantile").Num(), closed)
				c.Near("quantile lower", got.Lower, want.At("ci.2.5").Num(), closed)
				c.Near("quantile upper", got.Upper, want.At("ci.97.5").Num(), closed)
				c.Near("quantile se", got.SE, want.At("se").Num(), closed)
			}

			jk := g.At("replicate_weights", "JKn_or_JK1")
			kind := map[any]string{"JK1": "jk1", "JKn": "jkn"}[jk.At("type").V]
			c.Near("jackknife mean se", fit(t, tab, spec(Spec{Y: "api00", Replicates: kind})).Results[0].SE, jk.At("se", 0).Num(), closed)
			c.Near("jackknife proportion se", fit(t, tab, spec(Spec{Y: "sch.wide==Yes", Replicates: kind})).Results[0].SE, jk.At("se", 1).Num(), closed)
			// 500 samples: a standard error has a relative error of about 1/√1000 = 3 %
			// on either side, so 15 % is three standard deviations and a half.
			boot := g.At("replicate_weights", "bootstrap_subbootstrap_500_seed42", "se")
			c.Near("bootstrap mean se", fit(t, tab, spec(Spec{Y: "api00", Replicates: "bootstrap", Seed: 1})).Results[0].SE, boot.At(0).Num(), 0.15)
			c.Near("bootstrap proportion se", fit(t, tab, spec(Spec{Y: "sch.wide==Yes", Replicates: "bootstrap", Seed: 1})).Results[0].SE, boot.At(1).Num(), 0.15)
		})
	}
}

func TestGoldenCalibrated(t *testing.T) {
	c := compare(t)
	tab, g := golden.Table(t, "apiclus1.csv"), golden.Read(t, "apiclus1.json").At("results")
	stype := Margin{"stype", map[string]float64{"E": 4421, "H": 755, "M": 1018}}
	wide := Margin{"sch.wide", map[string]float64{"No": 1072, "Yes": 5122}}

	d := clusDesign
	d.Margins = []Margin{stype}
	c.mean("post-stratified", fit(t, tab, Spec{Design: d, Y: "api00"}), g.At("postStratify_stype", "mean_api00"))
	total := fit(t, tab, Spec{Design: d, Y: "enroll", Stat: Total}).Results[0]
	c.Near("post-stratified total", total.Estimate, g.At("postStratify_stype", "total_enroll", "total", "enroll").Num(), closed)
	c.Near("post-stratified total se", total.SE, g.At("postStratify_stype", "total_enroll", "se").Num(), closed)

	// rake() stops when no margin moves by more than one school of 6194, which
	// leaves it 1e-6 away from margins that are met.
	d.Margins = []Margin{stype, wide}
	raked := fit(t, tab, Spec{Design: d, Y: "api00"})
	want := g.At("rake_stype_schwide", "mean_api00")
	c.Near("raked estimate", raked.Results[0].Estimate, want.At("mean", "api00").Num(), 1e-5)
	c.Near("raked se", raked.Results[0].SE, want.At("se").Num(), 1e-4)
	c.Near("raked variance", raked.Results[0].SE*raked.Results[0].SE, want.At("vcov", 0, 0).Num(), 2e-4)
	c.Near("raked deff", raked.Results[0].Deff, want.At("deff").Num(), 2e-4)
	c.Near("raked deff_replace", raked.Results[0].DeffReplace, want.At("deff_replace").Num(), 2e-4)
	c.Near("raked normal limits", raked.Results[0].Estimate-1.959963984540054*raked.Results[0].SE, want.At("ci95_normal", 0, 0).Num(), 1e-5)
	c.Near("raked normal limits", raked.Results[0].Estimate+1.959963984540054*raked.Results[0].SE, want.At("ci95_normal", 0, 1).Num(), 1e-5)
	c.Near("raked lower", raked.Results[0].Lower, want.At("ci95_t", 0, 0).Num(), 1e-5)
	c.Near("raked upper", raked.Results[0].Upper, want.At("ci95_t", 0, 1).Num(), 1e-5)

	d = clusDesign
	d.FPC = nil
	c.mean("without fpc", fit(t, tab, Spec{Design: d, Y: "api00"}), g.At("without_fpc_mean_api00"))
}

func TestGoldenTimeLocation(t *testing.T) {
	c := compare(t)
	tab, g := golden.Table(t, "tls_sim_a.csv"), golden.Read(t, "tls_sim_a.json").At("results")
	for _, wave := range []string{"baseline", "endline"} {
		sp := Spec{Design: tlsDesign, Y: "minor", Where: "wave==" + wave}
		c.mean(wave, fit(t, tab, sp), g.At(wave))
		c.proportions(wave, tab, sp, g.At(wave, "ciprop"))
	}
	by := fit(t, tab, Spec{Design: tlsDesign, Y: "minor", By: "strat2"})
	for k, got := range by.Results {
		want := g.At("by_stratum", k)
		c.Near("by stratum", got.Estimate, want.At("minor").Num(), closed)
		c.Near("by stratum se", got.SE, want.At("se").Num(), closed)
		c.normal("by stratum", got, golden.Value{V: []any{want.At("ci_l").V, want.At("ci_u").V}})
	}
	jk := fit(t, tab, Spec{Design: tlsDesign, Y: "minor", Where: "wave==baseline", Replicates: "jkn"})
	c.Near("jackknife se", jk.Results[0].SE, g.At("replicate_weights_baseline", "JKn_or_JK1", "se").Num(), 2e-3)
	boot := fit(t, tab, Spec{Design: tlsDesign, Y: "minor", Where: "wave==baseline", Replicates: "bootstrap", Seed: 1})
	c.Near("bootstrap se", boot.Results[0].SE, g.At("replicate_weights_baseline", "bootstrap_subbootstrap_500_seed42", "se").Num(), 0.15) // as above

	// The column of weights is what the counts of venues, slots and people say.
	tl := tlsDesign
	tl.Weights = ""
	tl.TimeLocation = &TimeLocation{"venues_in_stratum", "nven", "slots_at_venue", "2", "present", "sampled", ""}
	c.mean("weights from counts", fit(t, tab, Spec{Design: tl, Y: "minor", Where: "wave==baseline"}), g.At("baseline"))
}

func TestGoldenRegression(t *testing.T) {
	c := compare(t)
	check := func(name string, r *Regression, g golden.Value) {
		t.Helper()
		for term, want := range g.At("coef").V.(map[string]any) {
			got := map[string]string{"(Intercept)": "(intercept)", "waveendline": "wave=endline"}[term]
			if got == "" {
				got = term
			}
			// glm stops when the deviance moves by less than 1e-8: half the digits
			// of a coefficient, and fewer of a standard error.
			c.Near(name+" coefficient", r.Coefficients[got], want.(float64), 1e-7)
			c.Near(name+" se", r.SE[got], g.At("se", term).Num(), 1e-6)
		}
		if m := g.V.(map[string]any); m["df_residual"] != nil && r.Df != int(g.At("df_residual").Num()) {
			t.Errorf("%s: %d degrees of freedom, want %v", name, r.Df, m["df_residual"])
		}
	}
	for name, d := range map[string]Design{"apistrat": stratDesign, "apiclus1": clusDesign} {
		tab, g := golden.Table(t, name+".csv"), golden.Read(t, name+".json").At("results")
		for family, y := range map[string]string{"logit": "sch.wide==Yes", "gaussian": "api00"} {
			r, err := Regress(context.Background(), tab, RegressSpec{Design: d, Y: y, X: []string{"ell", "meals"}, Family: family})
			if err != nil {
				t.Fatal(err)
			}
			check(name+" "+family, r, g.At(map[string]string{"logit": "svyglm_logit_schwide_on_ell_meals", "gaussian": "svyglm_gauss_api00_on_ell_meals"}[family]))
		}
	}
	r, err := Regress(context.Background(), golden.Table(t, "tls_sim_a.csv"), RegressSpec{Design: tlsDesign, Y: "minor", X: []string{"wave"}, Family: "logit"})
	if err != nil {
		t.Fatal(err)
	}
	check("odds ratio", r, golden.Read(t, "tls_sim_a.json").At("results", "odds_ratio_svyglm"))
}

func TestGoldenChange(t *testing.T) {
	c := compare(t)
	tab, g := golden.Table(t, "tls_sim_a.csv"), golden.Read(t, "tls_sim_a.json").At("results")
	r, err := Change(context.Background(), tab, ChangeSpec{Spec: Spec{Design: tlsDesign, Y: "minor"}, Wave: "wave", From: "baseline", To: "endline"})
	if err != nil {
		t.Fatal(err)
	}
	c.Near("from", r.From.Estimate, g.At("baseline", "mean", "minor").Num(), closed)
	c.Near("from lower", r.From.Lower, g.At("baseline", "ci95_t", 0, 0).Num(), closed)
	c.Near("to upper", r.To.Upper, g.At("endline", "ci95_t", 0, 1).Num(), closed)
	d := g.At("difference_endline_minus_baseline")
	c.Near("difference", r.Difference.Estimate, d.At("est").Num(), closed)
	c.Near("difference se", r.Difference.SE, d.At("se").Num(), closed)
	c.Near("ratio", r.Ratio.Estimate, g.At("ratio_endline_over_baseline", "est").Num(), closed)
	c.Near("ratio se", r.Ratio.SE, g.At("ratio_endline_over_baseline", "se").Num(), closed)
	c.Near("relative", -r.Relative.Estimate, g.At("relative_reduction", "est").Num(), closed)
	c.Near("log ratio", Number(math.Log(float64(r.Ratio.Estimate))), g.At("log_ratio", "est").Num(), closed)
	tq := tQuantile(0.975, 109)
	c.Near("log ratio se", Number(math.Log(float64(r.Ratio.Upper/r.Ratio.Estimate))/tq), g.At("log_ratio", "se").Num(), closed)
	if want := int(g.At("degf_whole_design").Num()); r.Degf != want {
		t.Errorf("degrees of freedom %d, want %d", r.Degf, want)
	}
	// The same contrast by the odds ratio's Wald test is close, not equal.
	if !(r.P > 0 && r.P < 1e-3) {
		t.Errorf("p = %v, want a small one", r.P)
	}
}

func TestGoldenCounts(t *testing.T) {
	c := compare(t)
	for _, g := range golden.Read(t, "two_wave.json").At("results").List() {
		in := g.At("input")
		r, err := ChangeOfCounts(CountsSpec{From: Count{in.At("x1").Num(), in.At("n1").Num()}, To: Count{in.At("x2").Num(), in.At("n2").Num()}, DesignEffect: in.At("deff").Num(), Level: in.At("level").Num()})
		if err != nil {
			t.Fatal(err)
		}
		for k, x := range []RoundLevel{r.From, r.To} {
			n := fmt.Sprint(k + 1)
			c.Near("level", x.Estimate, g.At("p", k).Num(), closed)
			c.Near("level se", x.SE, g.At("se", k).Num(), closed)
			c.Near("wilson", x.Lower, g.At("wilson"+n, 0).Num(), closed)
			c.Near("wilson", x.Upper, g.At("wilson"+n, 1).Num(), closed)
			c.Near("clopper-pearson", *x.ExactLower, g.At("clopper_pearson"+n, 0).Num(), closed)
			c.Near("clopper-pearson", *x.ExactUpper, g.At("clopper_pearson"+n, 1).Num(), closed)
		}
		c.Near("difference", r.Difference.Estimate, g.At("difference").Num(), closed)
		c.Near("newcombe", r.Difference.Lower, g.At("difference_newcombe", 0).Num(), closed)
		c.Near("newcombe", r.Difference.Upper, g.At("difference_newcombe", 1).Num(), closed)
		c.Near("ratio", r.Ratio.Estimate, g.At("ratio").Num(), closed)
		c.Near("ratio limits", r.Ratio.Lower, g.At("ratio_log_delta", 0).Num(), closed)
		c.Near("ratio limits", r.Ratio.Upper, g.At("ratio_log_delta", 1).Num(), closed)
		c.Near("relative", -r.Relative.Estimate, g.At("relative_reduction").Num(), closed)
		c.Near("relative limits", -r.Relative.Upper, g.At("relative_reduction_ci", 0).Num(), closed)
		c.Near("relative limits", -r.Relative.Lower, g.At("relative_reduction_ci", 1).Num(), closed)
		for k, n := range []float64{in.At("n1").Num(), in.At("n2").Num()} {
			c.Near("people over the design effect", Number(n/in.At("deff").Num()), g.At("effective_n", k).Num(), closed)
		}
		z := 1.959963984540054
		if in.At("level").Num() != 0.95 {
			z = 1.6448536269514722
		}
		spread := z * math.Hypot(float64(r.From.SE), float64(r.To.SE))
		c.Near("wald limits of the difference", r.Difference.Estimate-Number(spread), g.At("difference_wald", 0).Num(), closed)
		c.Near("wald limits of the difference", r.Difference.Estimate+Number(spread), g.At("difference_wald", 1).Num(), closed)
		c.Near("pooled z", Number(math.Sqrt2*math.Erfinv(1-float64(r.P))), math.Abs(g.At("z_test_pooled", "z").Num()), 1e-8) // one less a small p
		c.Near("pooled z p", r.P, g.At("z_test_pooled", "p").Num(), closed)
	}
}

func TestGoldenAssociation(t *testing.T) {
	c := compare(t)
	check := func(tab *estimate.Table, sp AssociateSpec, g golden.Value) {
		t.Helper()
		r, err := Associate(context.Background(), tab, sp)
		if err != nil {
			t.Fatal(err)
		}
		c.Near("rao-scott f", r.F, g.At("F").Num(), closed)
		c.Near("rao-scott df", r.Df, g.At("ndf").Num(), closed)
		c.Near("rao-scott denominator df", r.Dd, g.At("ddf").Num(), closed)
		c.Near("rao-scott p", r.P, g.At("p").Num(), closed)
	}
	for name, d := range map[string]Design{"apistrat": stratDesign, "apiclus1": clusDesign} {
		tab, g := golden.Table(t, name+".csv"), golden.Read(t, name+".json").At("results")
		check(tab, AssociateSpec{Design: d, A: "sch.wide", B: "stype"}, g.At("svychisq_schwide_stype_F"))

		// svyttest is the slope of an indicator.
		r, err := Regress(context.Background(), tab, RegressSpec{Design: d, Y: "api00", X: []string{"sch.wide"}})
		if err != nil {
			t.Fatal(err)
		}
		tt, slope := g.At("svyttest_api00_by_schwide"), "sch.wide=Yes"
		c.Near("t test difference", r.Coefficients[slope], tt.At("diff").Num(), closed)
		c.Near("t test", r.Coefficients[slope]/r.SE[slope], tt.At("t").Num(), closed)
		c.Near("t test p", r.P[slope], tt.At("p").Num(), 1e-9)
		if r.Df != int(tt.At("df").Num()) {
			t.Errorf("t test: %d degrees of freedom, want %v", r.Df, tt.At("df").V)
		}

		// Contrasts of domains, as rounds are.
		e, err := Change(context.Background(), tab, ChangeSpec{Spec: Spec{Design: d, Y: "api00"}, Wave: "stype", From: "H", To: "E"})
		if err != nil {
			t.Fatal(err)
		}
		c.Near("contrast", e.Difference.Estimate, g.At("contrast_api00_E_minus_H", "est").Num(), closed)
		c.Near("contrast se", e.Difference.SE, g.At("contrast_api00_E_minus_H", "se").Num(), closed)
		ratio := fit(t, tab, Spec{Design: d, Ratio: "api00/api99"}).Results[0]
		c.Near("ratio of two years", ratio.Estimate, g.At("ratio_of_two_waves_api00_over_api99", "est").Num(), closed)
		c.Near("ratio of two years se", ratio.SE, g.At("ratio_of_two_waves_api00_over_api99", "se").Num(), closed)
	}
	check(golden.Table(t, "tls_sim_a.csv"), AssociateSpec{Design: tlsDesign, A: "minor", B: "wave"}, golden.Read(t, "tls_sim_a.json").At("results", "svychisq_wave"))
}

// TestGoldenGivenReplicates hands the weights of a jackknife over as columns.
func TestGoldenGivenReplicates(t *testing.T) {
	c := compare(t)
	tab, want := golden.Table(t, "apiclus1.csv"), golden.Read(t, "apiclus1.json").At("results", "replicate_weights", "JKn_or_JK1")
	s, err := newSample(tab, Design{Weights: "pw", Clusters: []string{"dnum"}})
	if err != nil {
		t.Fatal(err)
	}
	clusters := len(s.psuStratum)
	header := slices.Clone(tab.Header())
	rows := make([][]string, tab.Rows())
	for _, h := range tab.Header() {
		text, err := tab.Text(h)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			rows[i] = append(rows[i], text[i])
		}
	}
	for k := range clusters {
		header = append(header, fmt.Sprintf("rw%d", k+1))
		for i := range rows {
			w := s.weight[i] * float64(clusters) / float64(clusters-1)
			if int(s.psu[i]) == k {
				w = 0
			}
			rows[i] = append(rows[i], strconv.FormatFloat(w, 'g', -1, 64))
		}
	}
	wide, err := estimate.NewTable(tab.Name, header, rows)
	if err != nil {
		t.Fatal(err)
	}
	sp := Spec{Design: Design{Weights: "pw"}, Replicates: "jk1", ReplicateWeights: []string{"rw*"}, ReplicateScale: want.At("scale").Num()}
	for k, y := range []string{"api00", "sch.wide==Yes"} {
		sp.Y = y
		got := fit(t, wide, sp)
		c.Near("given replicates se", got.Results[0].SE, want.At("se", k).Num(), closed)
		if got.Degf != int(want.At("degf").Num()) || got.Variance != "jk1" {
			t.Errorf("%s: %s with %d degrees of freedom", y, got.Variance, got.Degf)
		}
	}
	// Without a finite population the scale is known.
	sp.ReplicateScale, sp.Y = 0, "api00"
	here := fit(t, tab, Spec{Design: Design{Weights: "pw", Clusters: []string{"dnum"}}, Y: "api00", Replicates: "jk1"})
	c.Near("given replicates against made ones", fit(t, wide, sp).Results[0].SE, float64(here.Results[0].SE), closed)
}

package series

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"testing"

	"plumbline/estimate"
)

// Reference values come from R; see testdata/ORIGIN.md. R's glm stops when the
// deviance moves by less than 1e-8 of itself, which leaves coefficients within
// about 1e-8 and standard rough within 1e-6; nlme stops its search for φ at
// about 1e-6. Here both go on to the end.
const (
	closed = 1e-9 // least squares: condition numbers near 10⁴ cost four digits of sixteen
	fitted = 1e-7
	rough  = 2e-6
)

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

// with adds a column computed from others.
func with(t testing.TB, tab *estimate.Table, name string, of []string, f func(x []float64) float64) *estimate.Table {
	t.Helper()
	header := append([]string(nil), tab.Header()...)
	rows := make([][]string, tab.Rows())
	for _, h := range header {
		c, err := tab.Text(h)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			rows[i] = append(rows[i], c[i])
		}
	}
	var in [][]float64
	for _, h := range of {
		v, err := tab.Numbers(h)
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, v)
	}
	for i := range rows {
		x := make([]float64, len(in))
		for k := range in {
			x[k] = in[k][i]
		}
		rows[i] = append(rows[i], strconv.FormatFloat(f(x), 'g', -1, 64))
	}
	out, err := estimate.NewTable(tab.Name, append(header, name), rows)
	if err != nil {
		t.Fatal(err)
	}
	return out
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

func (g golden) at(path ...string) golden {
	for _, p := range path {
		next, ok := g.v.(map[string]any)[p]
		if !ok {
			panic(fmt.Sprintf("no %q in the reference", p))
		}
		g = golden{next}
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
			t.Logf("largest relative difference: %-45s %.1e", n, c.worst[n])
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

var (
	sicilyNames = map[string]string{"(Intercept)": "intercept", "smokban": "level", "post_time": "slope"}
	clinicNames = map[string]string{"(Intercept)": "intercept", "week": "time", "op_window": "level1", "new_station": "level2", "s1": "sin1", "c1": "cos1"}
)

func ours(names map[string]string, r string) string {
	if n, ok := names[r]; ok {
		return n
	}
	return r
}

func (c *compared) terms(quantity string, got map[string]Number, names map[string]string, want golden, tolerance float64) {
	c.t.Helper()
	for term, v := range want.v.(map[string]any) {
		c.near(quantity, got[ours(names, term)], v.(float64), tolerance)
	}
}

// glm compares a log-linear model with a block of the reference.
func (c *compared) glm(name string, tab *estimate.Table, sp Spec, names map[string]string, g golden) {
	c.t.Helper()
	r := fit(c.t, tab, sp)
	c.terms(name+" coefficients", r.Coefficients, names, g.at("coef"), fitted*10) // some are near zero
	c.terms(name+" se", r.SE, names, g.at("se"), rough)
	if sp.Family == QuasiPoisson {
		// summary.glm takes its dispersion from the step before the last.
		c.near(name+" dispersion", r.Dispersion, g.at("pearson_chi2").num()/g.at("df_residual").num(), fitted)
		c.near(name+" dispersion as printed", r.Dispersion, g.at("dispersion").num(), 5e-6)
	} else {
		c.near(name+" dispersion", r.Dispersion, 1, 0)
	}
	c.near(name+" deviance", r.Deviance, g.at("deviance").num(), fitted)
	if r.Df != int(g.at("df_residual").num()) {
		c.t.Errorf("%s: %d degrees of freedom, want %v", name, r.Df, g.at("df_residual").v)
	}
	if l := g.at("loglik").v; l != nil {
		c.near(name+" loglik", r.LogLik, l.(float64), fitted)
		c.near(name+" aic", r.AIC, g.at("aic").num(), fitted)
	}
	for term, want := range g.at("rr_lo95_normal").v.(map[string]any) {
		n := ours(names, term)
		c.near(name+" rate ratio", Number(math.Exp(float64(r.Coefficients[n]))), g.at("rate_ratio", term).num(), fitted)
		c.near(name+" rate ratio limits", Number(math.Exp(float64(r.Lower[n]))), want.(float64), fitted)
		c.near(name+" rate ratio limits", Number(math.Exp(float64(r.Upper[n]))), g.at("rr_hi95_normal", term).num(), fitted)
	}
	sp.SE, sp.Lag = NeweyWest, 6
	c.terms(name+" newey-west 6", fit(c.t, tab, sp).SE, names, g.at("NeweyWest_lag6_noprewhite_noadjust_se"), rough)
	sp.SE = HC0
	c.terms(name+" hc0", fit(c.t, tab, sp).SE, names, g.at("HC0_se"), rough)
}

// ols compares a Gaussian model with a block of the reference.
func (c *compared) ols(name string, tab *estimate.Table, sp Spec, names map[string]string, g golden) {
	c.t.Helper()
	r := fit(c.t, tab, sp)
	c.terms(name+" coefficients", r.Coefficients, names, g.at("classical", "coef"), closed)
	c.terms(name+" se", r.SE, names, g.at("classical", "se"), closed)
	c.terms(name+" p", r.P, names, g.at("classical", "p"), 1e-7) // far tails
	c.terms(name+" lower", r.Lower, names, g.at("classical", "lo95"), closed)
	c.terms(name+" upper", r.Upper, names, g.at("classical", "hi95"), closed)
	c.near(name+" sigma", *r.Sigma, g.at("sigma").num(), closed)
	c.near(name+" aic", r.AIC, g.at("aic").num(), closed)
	for se, key := range map[StdErr]string{HC0: "HC0", HC1: "HC1", HC2: "HC2", HC3: "HC3"} {
		sp.SE = se
		c.terms(name+" "+key, fit(c.t, tab, sp).SE, names, g.at(key), closed)
	}
	sp.SE = NeweyWest
	for _, lag := range []int{0, 1, 2, 3, 4, 6, 12} {
		sp.Lag = lag
		c.terms(name+" newey-west", fit(c.t, tab, sp).SE, names, g.at("NeweyWest_fixed_lag", fmt.Sprint("lag", lag), "se_adjust_FALSE"), closed)
	}
	sp.Lag = AutoLag
	auto := fit(c.t, tab, sp)
	if want := int(g.at("NeweyWest_auto_noprewhite", "bw").num()); *auto.Lag != want {
		c.t.Errorf("%s: automatic lag %d, want %d", name, *auto.Lag, want)
	}
	c.terms(name+" newey-west, automatic", auto.SE, names, g.at("NeweyWest_auto_noprewhite", "se"), closed)

	dw := r.Diagnostics["durbin_watson"]
	c.near(name+" durbin-watson", dw.Statistic, g.at("durbin_watson", "DW").num(), closed)
	c.near(name+" durbin-watson p", *dw.P, g.at("durbin_watson", "p").num(), 1e-7)
	for _, order := range []string{"1", "12"} {
		bg := r.Diagnostics["breusch_godfrey_order"+order]
		c.near(name+" breusch-godfrey", bg.Statistic, g.at("breusch_godfrey_order"+order, "LM").num(), 1e-8)
		c.near(name+" breusch-godfrey p", *bg.P, g.at("breusch_godfrey_order"+order, "p").num(), 1e-8)
	}
	lb := r.Diagnostics["ljung_box_12"]
	c.near(name+" ljung-box", lb.Statistic, g.at("ljung_box_12", "Q").num(), 1e-8)
	c.near(name+" ljung-box p", *lb.P, g.at("ljung_box_12", "p").num(), 1e-7)
}

func sicilySpec() Spec {
	return Spec{Y: "aces", Time: "time", Events: []string{"smokban"}, Offset: "stdpop", Family: Poisson, Period: 12}
}

func TestGoldenSicilyCounts(t *testing.T) {
	c := compare(t)
	tab, g := table(t, "sicily.csv"), read(t, "sicily.json").at("results")
	sp := sicilySpec()
	c.glm("poisson", tab, sp, sicilyNames, g.at("model1_poisson_step"))
	sp.Family = QuasiPoisson
	c.glm("quasipoisson", tab, sp, sicilyNames, g.at("model2_quasipoisson_step"))
	sp.Harmonics = 2
	c.glm("quasipoisson seasons", tab, sp, sicilyNames, g.at("model3_quasipoisson_step_harmonic2"))
	sp.Slope = true
	c.glm("quasipoisson slope", tab, sp, sicilyNames, g.at("model4_quasipoisson_step_slope_harmonic2"))

	want := g.at("counterfactual_model4")
	got := fit(t, tab, sp).Counterfactual
	c.near("counterfactual ratio", got.AtEnd.Estimate, want.at("ratio").num(), fitted)
	c.near("counterfactual se", got.AtEnd.SE, want.at("se").num(), rough)
	c.near("counterfactual limits", got.AtEnd.Lower, want.at("lo95").num(), fitted)
	c.near("counterfactual limits", got.AtEnd.Upper, want.at("hi95").num(), fitted)
	c.near("counterfactual total", got.ExpectedTotal, want.at("expected_without_ban_total_post").num(), fitted)
	c.near("fitted total", got.FittedTotal, want.at("fitted_total_post").num(), fitted)

	sp.Slope, sp.Family = false, NegBin
	nb := g.at("model5_negbin_step_harmonic2")
	c.glm("negbin", tab, sp, sicilyNames, nb)
	r := fit(t, tab, sp)
	// glm.nb stops its alternation when the likelihood moves by 1e-8, far before
	// the flat top in θ is found.
	c.near("negbin theta", *r.Theta, nb.at("theta").num(), 1e-4)
	c.near("negbin theta se", *r.ThetaSE, nb.at("se_theta").num(), 1e-3)

	// The event as a value of time is the event as a column.
	byTime := sicilySpec()
	byTime.Events = []string{"37"}
	c.near("event by time", fit(t, tab, byTime).Coefficients["level"], float64(fit(t, tab, sicilySpec()).Coefficients["level"]), 1e-14)
}

func TestGoldenSicilyRate(t *testing.T) {
	c := compare(t)
	g := read(t, "sicily.json").at("results")
	tab := with(t, table(t, "sicily.csv"), "rate", []string{"aces", "stdpop"}, func(x []float64) float64 { return x[0] / x[1] * 1e5 })
	sp := Spec{Y: "rate", Time: "time", Events: []string{"smokban"}, Slope: true, Period: 12}
	c.ols("rate", tab, sp, sicilyNames, g.at("ols_segmented_rate"))
	sp.Transform, sp.Harmonics = "log", 2
	c.ols("log rate", tab, sp, sicilyNames, g.at("ols_segmented_lograte_harmonic2"))

	sp.Transform, sp.Harmonics, sp.AR1 = "", 0, true
	r, want := fit(t, tab, sp), g.at("gls_ar1_ml")
	c.terms("ar1 coefficients", r.Coefficients, sicilyNames, want.at("coef"), 1e-5)
	c.terms("ar1 se", r.SE, sicilyNames, want.at("se"), 1e-5)
	c.near("ar1 phi", *r.Phi, want.at("phi").num(), 1e-5)
	c.near("ar1 sigma", *r.Sigma, want.at("sigma").num(), 1e-5)
	c.near("ar1 loglik", r.LogLik, want.at("loglik").num(), 1e-10)
	// arima finds the same top by another road.
	c.near("ar1 phi against arima", *r.Phi, g.at("arima_1_0_0_xreg_ml", "coef", "ar1").num(), 1e-5)
}

func TestGoldenClinic(t *testing.T) {
	c := compare(t)
	g := read(t, "clinic_sim_a.json").at("results")
	tab := with(t, table(t, "clinic_sim_a.csv"), "rate", []string{"attendance", "staff"}, func(x []float64) float64 { return math.Log((x[0] + 0.5) / x[1]) })
	sp := Spec{Y: "attendance", Time: "week", Events: []string{"op_window", "new_station"}, Covariates: []string{"weeks_since_station"}, Offset: "staff", Family: Poisson, Harmonics: 1, Period: 52}
	c.glm("poisson", tab, sp, clinicNames, g.at("poisson"))
	sp.Family = QuasiPoisson
	c.glm("quasipoisson", tab, sp, clinicNames, g.at("quasipoisson"))
	sp.Family = NegBin
	c.glm("negbin", tab, sp, clinicNames, g.at("negbin"))
	r := fit(t, tab, sp)
	c.near("negbin theta", *r.Theta, g.at("negbin", "theta").num(), 1e-6)
	c.near("negbin theta se", *r.ThetaSE, g.at("negbin", "se_theta").num(), 1e-5)

	sp.Family, sp.Offset, sp.Y = Gaussian, "", "rate"
	c.ols("ols", tab, sp, clinicNames, g.at("ols"))
}

package series

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
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

// with adds a column computed from others.
// compared also compares whole blocks of the reference.
type compared struct {
	*golden.Compared
	t *testing.T
}

func compare(t *testing.T) compared { return compared{golden.Compare(t), t} }

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

func (c compared) terms(quantity string, got map[string]Number, names map[string]string, want golden.Value, tolerance float64) {
	c.t.Helper()
	for term, v := range want.V.(map[string]any) {
		c.Near(quantity, got[ours(names, term)], v.(float64), tolerance)
	}
}

// glm compares a log-linear model with a block of the reference.
func (c compared) glm(name string, tab *estimate.Table, sp Spec, names map[string]string, g golden.Value) {
	c.t.Helper()
	r := fit(c.t, tab, sp)
	c.terms(name+" coefficients", r.Coefficients, names, g.At("coef"), fitted*10) // some are near zero
	c.terms(name+" se", r.SE, names, g.At("se"), rough)
	if sp.Family == QuasiPoisson {
		// summary.glm takes its dispersion from the step before the last.
		c.Near(name+" dispersion", r.Dispersion, g.At("pearson_chi2").Num()/g.At("df_residual").Num(), fitted)
		c.Near(name+" dispersion as printed", r.Dispersion, g.At("dispersion").Num(), 5e-6)
	} else {
		c.Near(name+" dispersion", r.Dispersion, 1, 0)
	}
	c.Near(name+" deviance", r.Deviance, g.At("deviance").Num(), fitted)
	if r.Df != int(g.At("df_residual").Num()) {
		c.t.Errorf("%s: %d degrees of freedom, want %v", name, r.Df, g.At("df_residual").V)
	}
	if l := g.At("loglik").V; l != nil {
		c.Near(name+" loglik", r.LogLik, l.(float64), fitted)
		c.Near(name+" aic", r.AIC, g.At("aic").Num(), fitted)
	}
	if sp.Family == NegBin {
		c.Near(name+" loglik", r.LogLik, g.At("twologlik").Num()/2, fitted)
	}
	for term, want := range g.At("rr_lo95_normal").V.(map[string]any) {
		n := ours(names, term)
		c.Near(name+" rate ratio", Number(math.Exp(float64(r.Coefficients[n]))), g.At("rate_ratio", term).Num(), fitted)
		c.Near(name+" rate ratio limits", Number(math.Exp(float64(r.Lower[n]))), want.(float64), fitted)
		c.Near(name+" rate ratio limits", Number(math.Exp(float64(r.Upper[n]))), g.At("rr_hi95_normal", term).Num(), fitted)
	}
	sp.SE, sp.Lag = NeweyWest, 6
	c.terms(name+" newey-west 6", fit(c.t, tab, sp).SE, names, g.At("NeweyWest_lag6_noprewhite_noadjust_se"), rough)
	sp.SE = HC0
	c.terms(name+" hc0", fit(c.t, tab, sp).SE, names, g.At("HC0_se"), rough)
}

// ols compares a Gaussian model with a block of the reference.
func (c compared) ols(name string, tab *estimate.Table, sp Spec, names map[string]string, g golden.Value) {
	c.t.Helper()
	r := fit(c.t, tab, sp)
	c.terms(name+" coefficients", r.Coefficients, names, g.At("classical", "coef"), closed)
	c.terms(name+" se", r.SE, names, g.At("classical", "se"), closed)
	c.terms(name+" p", r.P, names, g.At("classical", "p"), 1e-7) // far tails
	c.terms(name+" lower", r.Lower, names, g.At("classical", "lo95"), closed)
	c.terms(name+" upper", r.Upper, names, g.At("classical", "hi95"), closed)
	c.Near(name+" sigma", *r.Sigma, g.At("sigma").Num(), closed)
	c.Near(name+" aic", r.AIC, g.At("aic").Num(), closed)
	c.Near(name+" bic", r.AIC+Number(float64(len(r.Names)+1)*(math.Log(float64(r.N))-2)), g.At("bic").Num(), closed)
	for term, v := range g.At("classical", "stat").Nums() {
		n := ours(names, term)
		c.Near(name+" t", r.Coefficients[n]/r.SE[n], v, closed)
	}
	for se, key := range map[StdErr]string{HC0: "HC0", HC1: "HC1", HC2: "HC2", HC3: "HC3"} {
		sp.SE = se
		c.terms(name+" "+key, fit(c.t, tab, sp).SE, names, g.At(key), closed)
	}
	sp.SE = NeweyWest
	for _, lag := range []int{0, 1, 2, 3, 4, 6, 12} {
		sp.Lag = lag
		want := g.At("NeweyWest_fixed_lag", fmt.Sprint("lag", lag))
		got := fit(c.t, tab, sp)
		c.terms(name+" newey-west", got.SE, names, want.At("se_adjust_FALSE"), closed)
		for term, v := range want.At("se_adjust_TRUE").Nums() {
			adjusted := float64(got.SE[ours(names, term)]) * math.Sqrt(float64(got.N)/float64(got.Df))
			c.Near(name+" newey-west times √(n/(n−p))", Number(adjusted), v, closed)
		}
	}
	sp.Lag = AutoLag
	auto := fit(c.t, tab, sp)
	if want := int(g.At("NeweyWest_auto_noprewhite", "bw").Num()); *auto.Lag != want {
		c.t.Errorf("%s: automatic lag %d, want %d", name, *auto.Lag, want)
	}
	c.terms(name+" newey-west, automatic", auto.SE, names, g.At("NeweyWest_auto_noprewhite", "se"), closed)

	dw := r.Diagnostics["durbin_watson"]
	c.Near(name+" durbin-watson", dw.Statistic, g.At("durbin_watson", "DW").Num(), closed)
	c.Near(name+" durbin-watson p", *dw.P, g.At("durbin_watson", "p").Num(), 1e-7)
	for _, order := range []string{"1", "12"} {
		bg := r.Diagnostics["breusch_godfrey_order"+order]
		c.Near(name+" breusch-godfrey", bg.Statistic, g.At("breusch_godfrey_order"+order, "LM").Num(), 1e-8)
		c.Near(name+" breusch-godfrey p", *bg.P, g.At("breusch_godfrey_order"+order, "p").Num(), 1e-8)
	}
	lb := r.Diagnostics["ljung_box_12"]
	c.Near(name+" ljung-box", lb.Statistic, g.At("ljung_box_12", "Q").Num(), 1e-8)
	c.Near(name+" ljung-box p", *lb.P, g.At("ljung_box_12", "p").Num(), 1e-7)
}

func sicilySpec() Spec {
	return Spec{Y: "aces", Time: "time", Events: []string{"smokban"}, Offset: "stdpop", Family: Poisson, Period: 12}
}

func TestGoldenSicilyCounts(t *testing.T) {
	c := compare(t)
	tab, g := golden.Table(t, "sicily.csv"), golden.Read(t, "sicily.json").At("results")
	sp := sicilySpec()
	c.glm("poisson", tab, sp, sicilyNames, g.At("model1_poisson_step"))
	sp.Family = QuasiPoisson
	c.glm("quasipoisson", tab, sp, sicilyNames, g.At("model2_quasipoisson_step"))
	sp.Harmonics = 2
	c.glm("quasipoisson seasons", tab, sp, sicilyNames, g.At("model3_quasipoisson_step_harmonic2"))
	sp.Slope = true
	c.glm("quasipoisson slope", tab, sp, sicilyNames, g.At("model4_quasipoisson_step_slope_harmonic2"))

	want := g.At("counterfactual_model4")
	got := fit(t, tab, sp).Counterfactual
	c.Near("counterfactual ratio", got.AtEnd.Estimate, want.At("ratio").Num(), fitted)
	c.Near("counterfactual log ratio", Number(math.Log(float64(got.AtEnd.Estimate))), want.At("log_ratio").Num(), fitted)
	c.Near("counterfactual se", got.AtEnd.SE, want.At("se").Num(), rough)
	c.Near("counterfactual limits", got.AtEnd.Lower, want.At("lo95").Num(), fitted)
	c.Near("counterfactual limits", got.AtEnd.Upper, want.At("hi95").Num(), fitted)
	c.Near("counterfactual total", got.ExpectedTotal, want.At("expected_without_ban_total_post").Num(), fitted)
	c.Near("fitted total", got.FittedTotal, want.At("fitted_total_post").Num(), fitted)

	sp.Slope, sp.Family = false, NegBin
	nb := g.At("model5_negbin_step_harmonic2")
	c.glm("negbin", tab, sp, sicilyNames, nb)
	r := fit(t, tab, sp)
	// glm.nb stops its alternation when the likelihood moves by 1e-8, far before
	// the flat top in θ is found.
	c.Near("negbin theta", *r.Theta, nb.At("theta").Num(), 1e-4)
	c.Near("negbin theta se", *r.ThetaSE, nb.At("se_theta").Num(), 1e-3)

	// The event as a value of time is the event as a column.
	byTime := sicilySpec()
	byTime.Events = []string{"37"}
	c.Near("event by time", fit(t, tab, byTime).Coefficients["level"], float64(fit(t, tab, sicilySpec()).Coefficients["level"]), 1e-14)
}

func TestGoldenSicilyRate(t *testing.T) {
	c := compare(t)
	g := golden.Read(t, "sicily.json").At("results")
	tab := with(t, golden.Table(t, "sicily.csv"), "rate", []string{"aces", "stdpop"}, func(x []float64) float64 { return x[0] / x[1] * 1e5 })
	sp := Spec{Y: "rate", Time: "time", Events: []string{"smokban"}, Slope: true, Period: 12}
	c.ols("rate", tab, sp, sicilyNames, g.At("ols_segmented_rate"))
	sp.Transform, sp.Harmonics = "log", 2
	c.ols("log rate", tab, sp, sicilyNames, g.At("ols_segmented_lograte_harmonic2"))

	sp.Transform, sp.Harmonics, sp.AR1 = "", 0, true
	r, want := fit(t, tab, sp), g.At("gls_ar1_ml")
	c.terms("ar1 coefficients", r.Coefficients, sicilyNames, want.At("coef"), 1e-5)
	c.terms("ar1 se", r.SE, sicilyNames, want.At("se"), 1e-5)
	c.Near("ar1 phi", *r.Phi, want.At("phi").Num(), 1e-5)
	c.Near("ar1 sigma", *r.Sigma, want.At("sigma").Num(), 1e-5)
	c.Near("ar1 loglik", r.LogLik, want.At("loglik").Num(), 1e-10)
	// arima finds the same top by another road, which stops earlier.
	arima := g.At("arima_1_0_0_xreg_ml")
	c.Near("ar1 phi against arima", *r.Phi, arima.At("coef", "ar1").Num(), 1e-5)
	c.Near("ar1 loglik against arima", r.LogLik, arima.At("loglik").Num(), 1e-9)
	// Its σ is that of the innovations.
	c.Near("ar1 sigma against arima", Number(float64(*r.Sigma)*math.Sqrt(1-math.Pow(float64(*r.Phi), 2))), math.Sqrt(arima.At("sigma2").Num()), 1e-5)
	for term, v := range arima.At("coef").Nums() {
		if n := ours(sicilyNames, term); term != "ar1" {
			c.Within("ar1 coefficients against arima, in se", r.Coefficients[n], v, math.Abs(float64(r.Coefficients[n])-v)/float64(r.SE[n]), 1e-4)
		}
	}
}

func TestGoldenClinic(t *testing.T) {
	c := compare(t)
	g := golden.Read(t, "clinic_sim_a.json").At("results")
	tab := with(t, golden.Table(t, "clinic_sim_a.csv"), "rate", []string{"attendance", "staff"}, func(x []float64) float64 { return math.Log((x[0] + 0.5) / x[1]) })
	sp := Spec{Y: "attendance", Time: "week", Events: []string{"op_window", "new_station"}, Covariates: []string{"weeks_since_station"}, Offset: "staff", Family: Poisson, Harmonics: 1, Period: 52}
	c.glm("poisson", tab, sp, clinicNames, g.At("poisson"))
	sp.Family = QuasiPoisson
	c.glm("quasipoisson", tab, sp, clinicNames, g.At("quasipoisson"))
	sp.Family = NegBin
	c.glm("negbin", tab, sp, clinicNames, g.At("negbin"))
	r := fit(t, tab, sp)
	c.Near("negbin theta", *r.Theta, g.At("negbin", "theta").Num(), 1e-6)
	c.Near("negbin theta se", *r.ThetaSE, g.At("negbin", "se_theta").Num(), 1e-5)

	sp.Family = Poisson
	c.Near("negbin against poisson", 2*(r.LogLik-fit(t, tab, sp).LogLik), g.At("lr_test_negbin_vs_poisson", "lr").Num(), fitted)

	sp.Family, sp.Offset, sp.Y = Gaussian, "", "rate"
	c.ols("ols", tab, sp, clinicNames, g.At("ols"))
}

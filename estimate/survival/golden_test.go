package survival

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// Reference values come from R's survival package; see testdata/ORIGIN.md.
// Curves and tests are closed forms; coxph stops when the likelihood moves by
// less than 1e-9, which leaves half the digits of a coefficient.
const (
	closed = 1e-10
	fitted = 1e-7
	rough  = 1e-6
)

// text compares with a field of a CSV, where empty is null.
// compared also compares whole blocks of the reference.
type compared struct {
	*golden.Compared
	t *testing.T
}

func compare(t *testing.T) compared { return compared{golden.Compare(t), t} }

func (c compared) text(quantity string, got Number, want string, tolerance float64) {
	c.t.Helper()
	if want == "" || want == "NA" || want == "NaN" {
		if got.Known() {
			c.t.Errorf("%s: got %v, want null", quantity, got)
		}
		return
	}
	x, err := strconv.ParseFloat(want, 64)
	if err != nil {
		c.t.Fatal(err)
	}
	c.Near(quantity, got, x, tolerance)
}

func fit(t testing.TB, tab *estimate.Table, sp Spec) *Report {
	t.Helper()
	r, err := Fit(context.Background(), tab, sp)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var lung = Spec{Time: "time", Event: "status", EventValue: "2"}

func TestGoldenCurves(t *testing.T) {
	c := compare(t)
	tab, g := golden.Table(t, "lung.csv"), golden.Read(t, "lung.json").At("results")
	for iv, name := range map[Interval]string{LogLog: "log-log", Log: "log", Plain: "plain"} {
		for _, by := range []string{"", "sex"} {
			sp, tag := lung, "all"
			sp.Interval, sp.By = iv, by
			if by != "" {
				tag = by
			}
			r := fit(t, tab, sp)
			k := 0
			rows := golden.Rows(t, fmt.Sprintf("lung.km.%s.%s.csv", tag, iv))
			for _, group := range r.Groups {
				for _, step := range group.Curve {
					want := rows[k]
					k++
					if s := want["strata"]; s != "all" && s != "sex="+group.Group {
						t.Fatalf("group %q against %q", group.Group, s)
					}
					c.text("time", Number(step.Time), want["time"], 0)
					c.text("at risk", Number(step.AtRisk), want["n.risk"], 0)
					c.text("events", Number(step.Events), want["n.event"], 0)
					c.text("censored", Number(step.Censored), want["n.censor"], 0)
					c.text("survival", step.Survival, want["surv"], closed)
					c.text("se", step.SE, want["se_surv"], closed)
					c.text(string(iv)+" lower", step.Lower, want["lower"], closed)
					c.text(string(iv)+" upper", step.Upper, want["upper"], closed)
					c.text("cumulative hazard", step.CumHaz, want["cumhaz_na"], closed)
					c.text("cumulative hazard se", step.CumHazSE, want["se_cumhaz_na"], closed)
				}
			}
			if k != len(rows) {
				t.Errorf("%d steps, want %d", k, len(rows))
			}
			block := g.At("km_"+tag, name)
			for j, group := range r.Groups {
				for q, got := range group.Quartiles {
					for side, x := range map[string]Number{"quantile": got.Estimate, "lower": got.Lower, "upper": got.Upper} {
						want := block.At("quantiles_25_50_75", side)
						if by != "" {
							want = want.At(j)
						}
						if v := want.At(q).V; v == nil {
							if x.Known() {
								t.Errorf("%s of the %s per cent point: got %v, want null", side, q, x)
							}
						} else {
							c.Near("quantiles", x, v.(float64), 0)
						}
					}
				}
				mean := block.At("rmean")
				if by != "" {
					mean = mean.At(j)
				}
				c.Near("restricted mean", group.Mean.Estimate, mean.At("rmean").Num(), closed)
				c.Near("restricted mean se", group.Mean.SE, mean.At("se(rmean)").Num(), closed)
				c.Near("median", group.Median.Estimate, mean.At("median").Num(), 0)
				for _, want := range block.At("at_times").List() {
					if s := want.At("strata").V; s != "all" && s != "sex="+group.Group {
						continue
					}
					last, risk := Step{Survival: 1}, 0
					for _, step := range group.Curve {
						if step.Time <= want.At("time").Num() {
							last = step
						}
						if step.Time >= want.At("time").Num() && risk == 0 {
							risk = step.AtRisk
						}
					}
					c.Near("at a time, at risk", Number(risk), want.At("n.risk").Num(), 0)
					c.Near("at a time, survival", last.Survival, want.At("surv").Num(), closed)
					c.Near("at a time, se", last.SE, want.At("se").Num(), closed)
					c.Near("at a time, lower", last.Lower, want.At("lower").Num(), closed)
					c.Near("at a time, upper", last.Upper, want.At("upper").Num(), closed)
				}
			}
		}
	}
}

func TestGoldenTests(t *testing.T) {
	c := compare(t)
	tab, g := golden.Table(t, "lung.csv"), golden.Read(t, "lung.json").At("results")
	check := func(name string, got *Test, want golden.Value) {
		t.Helper()
		c.Near(name+" chisq", got.ChiSq, want.At("chisq").Num(), closed)
		c.Near(name+" p", got.P, want.At("p").Num(), closed)
		if got.Df != int(want.At("df").Num()) {
			t.Errorf("%s: %d degrees of freedom, want %v", name, got.Df, want.At("df").V)
		}
		for k := range got.Observed {
			c.Near(name+" observed", Number(got.Observed[k]), want.At("obs", k).Num(), closed)
			c.Near(name+" expected", Number(got.Expected[k]), want.At("exp", k).Num(), closed)
		}
	}
	sp := lung
	sp.By = "sex"
	r := fit(t, tab, sp)
	check("log-rank", r.LogRank, g.At("logrank_sex"))
	check("peto", r.Peto, g.At("peto_peto_sex_rho1"))
	sp.Strata = "inst"
	check("stratified log-rank", fit(t, tab, sp).LogRank, g.At("logrank_sex_stratified_inst"))
	sp.By, sp.Strata = "ph.ecog", ""
	check("log-rank of four groups", fit(t, tab, sp).LogRank, g.At("logrank_ecog"))
}

func (c compared) cox(name string, r *Report, g golden.Value) {
	c.t.Helper()
	got := r.Cox
	if got.N != int(g.At("n").Num()) || got.Events != int(g.At("nevent").Num()) {
		c.t.Errorf("%s: %d people, %d events; want %v, %v", name, got.N, got.Events, g.At("n").V, g.At("nevent").V)
	}
	for term, want := range g.At("coef").V.(map[string]any) {
		c.Near(name+" coefficients", got.Coefficients[term], want.(float64), fitted)
		c.Near(name+" se", got.SE[term], g.At("se", term).Num(), rough)
		if got.NaiveSE != nil {
			c.Near(name+" naive se", got.NaiveSE[term], g.At("naive_se", term).Num(), rough)
		}
		c.Near(name+" hazard ratio", got.HazardRatio[term].Estimate, g.At("hr", term).Num(), fitted)
		c.Near(name+" hazard ratio limits", got.HazardRatio[term].Lower, g.At("hr_lo95", term).Num(), rough)
		c.Near(name+" hazard ratio limits", got.HazardRatio[term].Upper, g.At("hr_hi95", term).Num(), rough)
	}
	c.Near(name+" loglik", got.LogLik[0], g.At("loglik", 0).Num(), closed)
	c.Near(name+" loglik", got.LogLik[1], g.At("loglik", 1).Num(), closed)
	c.Near(name+" score", got.Score.ChiSq, g.At("score_test", "test").Num(), 1e-9)
	c.Near(name+" score p", got.Score.P, g.At("score_test", "pvalue").Num(), 1e-8)
	for i := range got.Names {
		for k := range got.Names {
			v, want := got.Covariance[i][k], g.At("vcov", i, k).Num()
			scale := math.Sqrt(float64(got.Covariance[i][i] * got.Covariance[k][k]))
			c.Within(name+" covariance", v, want, math.Abs(float64(v)-want)/scale, rough)
		}
	}
	c.Near(name+" lr", got.LR.ChiSq, g.At("lr_test", "test").Num(), 1e-9)
	c.Near(name+" lr p", got.LR.P, g.At("lr_test", "pvalue").Num(), 1e-8)
	// summary.coxph rounds the Wald statistic to two decimals; its p is not rounded.
	c.Near(name+" wald", got.Wald.ChiSq, g.At("wald_test", "test").Num(), 0.006/g.At("wald_test", "test").Num())
	c.Near(name+" wald p", got.Wald.P, g.At("wald_test", "pvalue").Num(), fitted)
	if z := g.At("zph").V; z != nil {
		c.Near(name+" concordance", got.Concordance, g.At("concordance", "C").Num(), closed)
		for k := range z.([]any) {
			x := g.At("zph", k)
			test := got.PH[strings.ToLower(x.At("term").V.(string))]
			c.Near(name+" proportional hazards", test.ChiSq, x.At("chisq").Num(), rough)
			c.Near(name+" proportional hazards p", test.P, x.At("p").Num(), rough)
		}
	}
}

func TestGoldenCox(t *testing.T) {
	c := compare(t)
	tab, g := golden.Table(t, "lung.csv"), golden.Read(t, "lung.json").At("results")
	sp := lung
	sp.Cox = []string{"age", "sex", "ph.ecog"}
	for _, ties := range []Ties{Efron, Breslow, Exact} {
		sp.Ties = ties
		c.cox(string(ties), fit(t, tab, sp), g.At("cox_"+string(ties)))
	}
	sp.Ties, sp.Cluster = Efron, "inst"
	c.cox("cluster", fit(t, tab, sp), g.At("cox_cluster_inst"))
	sp.Cluster, sp.Strata, sp.Cox = "", "sex", []string{"age", "ph.ecog"}
	c.cox("strata", fit(t, tab, sp), g.At("cox_strata_sex"))

	pbc := Spec{Time: "time", Event: "status", EventValue: "2", Cox: []string{"trt", "age", "bili"}}
	want := golden.Read(t, "pbc.json").At("results", "cox_cause_specific_death")
	c.cox("cause-specific", fit(t, golden.Table(t, "pbc.csv"), pbc), want)
	pbc.Competing = true
	c.cox("cause-specific of competing", fit(t, golden.Table(t, "pbc.csv"), pbc), want)
}

func TestGoldenCompeting(t *testing.T) {
	c := compare(t)
	tab, g := golden.Table(t, "pbc.csv"), golden.Read(t, "pbc.json").At("results")
	states := map[string]string{"1": "transplant", "2": "death"}
	for _, by := range []string{"", "trt"} {
		sp, tag := Spec{Time: "time", Event: "status", Competing: true, By: by, Interval: Log}, "all"
		if by != "" {
			tag = by
		}
		r := fit(t, tab, sp)
		rows := map[string]map[string]string{}
		for _, row := range golden.Rows(t, "pbc.aj."+tag+".csv") {
			rows[strings.TrimPrefix(row["strata"], "trt=")+" "+row["time"]] = row
		}
		seen := 0
		for _, group := range r.Groups {
			for _, in := range group.Incidence {
				want := rows[group.Group+" "+strconv.FormatFloat(in.Time, 'f', -1, 64)]
				state := states[in.Cause]
				c.text("incidence", in.Estimate, want["p_"+state], closed)
				c.text("incidence se", in.SE, want["se_"+state], 1e-9)
				seen++
			}
			for _, step := range group.Curve {
				want := rows[group.Group+" "+strconv.FormatFloat(step.Time, 'f', -1, 64)]
				c.text("at risk", Number(step.AtRisk), want["n.risk"], 0)
				c.text("event-free", step.Survival, want["p_s0"], closed)
				c.text("event-free se", step.SE, want["se_s0"], 1e-9)
			}
		}
		if seen != 2*len(rows) {
			t.Errorf("%d incidences, want %d", seen, 2*len(rows))
		}
		for _, want := range g.At("aj_"+tag, "at_times").V.([]any) {
			w := golden.Value{V: want}
			group := strings.TrimPrefix(w.At("strata").V.(string), "trt=")
			for _, x := range r.Groups {
				if x.Group != group {
					continue
				}
				last := map[string]Incidence{}
				for _, in := range x.Incidence {
					if in.Time <= w.At("time").Num() {
						last[in.Cause] = in
					}
				}
				state := Step{Survival: 1}
				for _, step := range x.Curve {
					if step.Time <= w.At("time").Num() {
						state = step
					}
				}
				c.Near("event-free at a time", state.Survival, w.At("pstate.1").Num(), closed)
				c.Near("event-free se at a time", state.SE, w.At("se.1").Num(), 1e-9)
				c.Near("event-free limits", state.Lower, w.At("lower.1").Num(), 1e-9)
				c.Near("event-free limits", state.Upper, w.At("upper.1").Num(), 1e-9)
				for cause, k := range map[string]string{"1": "2", "2": "3"} {
					c.Near("incidence at a time", last[cause].Estimate, w.At("pstate."+k).Num(), closed)
					c.Near("incidence se at a time", last[cause].SE, w.At("se."+k).Num(), 1e-9)
					if lower := w.At("lower." + k).V; lower != nil {
						c.Near("incidence limits", last[cause].Lower, lower.(float64), 1e-8)
						c.Near("incidence limits", last[cause].Upper, w.At("upper."+k).Num(), 1e-8)
					}
				}
			}
		}
	}
}

func TestGoldenSubdistribution(t *testing.T) {
	c := compare(t)
	g := golden.Read(t, "pbc.json").At("results", "finegray_death")
	r := fit(t, golden.Table(t, "pbc.csv"), Spec{Time: "time", Event: "status", EventValue: "2", Competing: true, Subdistribution: true, By: "trt", Cox: []string{"trt", "age", "bili"}})
	for k, name := range []string{"trt", "age", "bili"} {
		// crr stops by a quasi-Newton rule at about 1e-6.
		c.Near("fine-gray coefficients", r.Cox.Coefficients[name], g.At("coef", name).Num(), 1e-5)
		c.Near("fine-gray se", r.Cox.SE[name], g.At("se", k).Num(), 1e-5)
	}
	c.Near("fine-gray loglik", r.Cox.LogLik[0], g.At("loglik_null").Num(), 1e-10)
	c.Near("fine-gray loglik", r.Cox.LogLik[1], g.At("loglik").Num(), 1e-9)
}

func TestGoldenGray(t *testing.T) {
	c := compare(t)
	r := fit(t, golden.Table(t, "pbc.csv"), Spec{Time: "time", Event: "status", Competing: true, By: "trt"})
	curves := golden.Read(t, "pbc.json").At("results", "cuminc_trt", "est").List()
	for _, curve := range curves {
		group, cause, _ := strings.Cut(curve.At("curve").V.(string), " ")
		for _, at := range []string{"365", "1095", "1825", "3650"} {
			until, _ := strconv.ParseFloat(at, 64)
			var last Incidence
			for _, g := range r.Groups {
				for _, in := range g.Incidence {
					if g.Group == group && in.Cause == cause && in.Time <= until {
						last = in
					}
				}
			}
			c.Near("incidence by cmprsk", last.Estimate, curve.At(at).Num(), closed)
		}
	}
	want := golden.Read(t, "pbc.json").At("results", "cuminc_trt", "gray_test").List()
	if len(r.Gray) != len(want) {
		t.Fatalf("%d causes, want %d", len(r.Gray), len(want))
	}
	for k, w := range want {
		c.Near("Gray's test chisq", r.Gray[k].ChiSq, w.At("stat").Num(), closed)
		c.Near("Gray's test p", r.Gray[k].P, w.At("pv").Num(), closed)
		if r.Gray[k].Df != int(w.At("df").Num()) {
			t.Errorf("%d degrees of freedom", r.Gray[k].Df)
		}
	}
}

package survival

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"plumbline/estimate"
)

// Reference values come from R's survival package; see testdata/ORIGIN.md.
// Curves and tests are closed forms; coxph stops when the likelihood moves by
// less than 1e-9, which leaves half the digits of a coefficient.
const (
	closed = 1e-10
	fitted = 1e-7
	rough  = 1e-6
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

// curve is a CSV of the reference as rows of named fields.
func curve(t testing.TB, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range rows[1:] {
		m := map[string]string{}
		for k, h := range rows[0] {
			m[h] = r[k]
		}
		out = append(out, m)
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

// text compares with a field of a CSV, where empty is null.
func (c *compared) text(quantity string, got Number, want string, tolerance float64) {
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
	c.near(quantity, got, x, tolerance)
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
	tab, g := table(t, "lung.csv"), read(t, "lung.json").at("results")
	for iv, name := range map[Interval]string{LogLog: "log-log", Log: "log", Plain: "plain"} {
		for _, by := range []string{"", "sex"} {
			sp, tag := lung, "all"
			sp.Interval, sp.By = iv, by
			if by != "" {
				tag = by
			}
			r := fit(t, tab, sp)
			k := 0
			rows := curve(t, fmt.Sprintf("lung.km.%s.%s.csv", tag, iv))
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
			block := g.at("km_"+tag, name)
			for j, group := range r.Groups {
				for q, got := range group.Quartiles {
					for side, x := range map[string]Number{"quantile": got.Estimate, "lower": got.Lower, "upper": got.Upper} {
						want := block.at("quantiles_25_50_75", side)
						if by != "" {
							want = want.at(j)
						}
						if v := want.at(q).v; v == nil {
							if x.Known() {
								t.Errorf("%s of the %s per cent point: got %v, want null", side, q, x)
							}
						} else {
							c.near("quantiles", x, v.(float64), 0)
						}
					}
				}
				mean := block.at("rmean")
				if by != "" {
					mean = mean.at(j)
				}
				c.near("restricted mean", group.Mean.Estimate, mean.at("rmean").num(), closed)
				c.near("restricted mean se", group.Mean.SE, mean.at("se(rmean)").num(), closed)
				c.near("median", group.Median.Estimate, mean.at("median").num(), 0)
			}
		}
	}
}

func TestGoldenTests(t *testing.T) {
	c := compare(t)
	tab, g := table(t, "lung.csv"), read(t, "lung.json").at("results")
	check := func(name string, got *Test, want golden) {
		t.Helper()
		c.near(name+" chisq", got.ChiSq, want.at("chisq").num(), closed)
		c.near(name+" p", got.P, want.at("p").num(), closed)
		if got.Df != int(want.at("df").num()) {
			t.Errorf("%s: %d degrees of freedom, want %v", name, got.Df, want.at("df").v)
		}
		for k := range got.Observed {
			c.near(name+" observed", Number(got.Observed[k]), want.at("obs", k).num(), closed)
			c.near(name+" expected", Number(got.Expected[k]), want.at("exp", k).num(), closed)
		}
	}
	sp := lung
	sp.By = "sex"
	r := fit(t, tab, sp)
	check("log-rank", r.LogRank, g.at("logrank_sex"))
	check("peto", r.Peto, g.at("peto_peto_sex_rho1"))
	sp.Strata = "inst"
	check("stratified log-rank", fit(t, tab, sp).LogRank, g.at("logrank_sex_stratified_inst"))
	sp.By, sp.Strata = "ph.ecog", ""
	check("log-rank of four groups", fit(t, tab, sp).LogRank, g.at("logrank_ecog"))
}

func (c *compared) cox(name string, r *Report, g golden) {
	c.t.Helper()
	got := r.Cox
	if got.N != int(g.at("n").num()) || got.Events != int(g.at("nevent").num()) {
		c.t.Errorf("%s: %d people, %d events; want %v, %v", name, got.N, got.Events, g.at("n").v, g.at("nevent").v)
	}
	for term, want := range g.at("coef").v.(map[string]any) {
		c.near(name+" coefficients", got.Coefficients[term], want.(float64), fitted)
		c.near(name+" se", got.SE[term], g.at("se", term).num(), rough)
		if got.NaiveSE != nil {
			c.near(name+" naive se", got.NaiveSE[term], g.at("naive_se", term).num(), rough)
		}
		c.near(name+" hazard ratio", got.HazardRatio[term].Estimate, g.at("hr", term).num(), fitted)
		c.near(name+" hazard ratio limits", got.HazardRatio[term].Lower, g.at("hr_lo95", term).num(), rough)
		c.near(name+" hazard ratio limits", got.HazardRatio[term].Upper, g.at("hr_hi95", term).num(), rough)
	}
	c.near(name+" loglik", got.LogLik[0], g.at("loglik", 0).num(), closed)
	c.near(name+" loglik", got.LogLik[1], g.at("loglik", 1).num(), closed)
	c.near(name+" score", got.Score.ChiSq, g.at("score_test", "test").num(), 1e-9)
	c.near(name+" lr", got.LR.ChiSq, g.at("lr_test", "test").num(), 1e-9)
	c.near(name+" lr p", got.LR.P, g.at("lr_test", "pvalue").num(), 1e-8)
	// summary.coxph rounds the Wald statistic to two decimals; its p is not rounded.
	c.near(name+" wald", got.Wald.ChiSq, g.at("wald_test", "test").num(), 0.006/g.at("wald_test", "test").num())
	c.near(name+" wald p", got.Wald.P, g.at("wald_test", "pvalue").num(), fitted)
	if z := g.at("zph").v; z != nil {
		c.near(name+" concordance", got.Concordance, g.at("concordance", "C").num(), closed)
		for k := range z.([]any) {
			x := g.at("zph", k)
			test := got.PH[strings.ToLower(x.at("term").v.(string))]
			c.near(name+" proportional hazards", test.ChiSq, x.at("chisq").num(), rough)
			c.near(name+" proportional hazards p", test.P, x.at("p").num(), rough)
		}
	}
}

func TestGoldenCox(t *testing.T) {
	c := compare(t)
	tab, g := table(t, "lung.csv"), read(t, "lung.json").at("results")
	sp := lung
	sp.Cox = []string{"age", "sex", "ph.ecog"}
	for _, ties := range []Ties{Efron, Breslow, Exact} {
		sp.Ties = ties
		c.cox(string(ties), fit(t, tab, sp), g.at("cox_"+string(ties)))
	}
	sp.Ties, sp.Cluster = Efron, "inst"
	c.cox("cluster", fit(t, tab, sp), g.at("cox_cluster_inst"))
	sp.Cluster, sp.Strata, sp.Cox = "", "sex", []string{"age", "ph.ecog"}
	c.cox("strata", fit(t, tab, sp), g.at("cox_strata_sex"))

	pbc := Spec{Time: "time", Event: "status", EventValue: "2", Cox: []string{"trt", "age", "bili"}}
	want := read(t, "pbc.json").at("results", "cox_cause_specific_death")
	c.cox("cause-specific", fit(t, table(t, "pbc.csv"), pbc), want)
	pbc.Competing = true
	c.cox("cause-specific of competing", fit(t, table(t, "pbc.csv"), pbc), want)
}

func TestGoldenCompeting(t *testing.T) {
	c := compare(t)
	tab, g := table(t, "pbc.csv"), read(t, "pbc.json").at("results")
	states := map[string]string{"1": "transplant", "2": "death"}
	for _, by := range []string{"", "trt"} {
		sp, tag := Spec{Time: "time", Event: "status", Competing: true, By: by, Interval: Log}, "all"
		if by != "" {
			tag = by
		}
		r := fit(t, tab, sp)
		rows := map[string]map[string]string{}
		for _, row := range curve(t, "pbc.aj."+tag+".csv") {
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
		for _, want := range g.at("aj_"+tag, "at_times").v.([]any) {
			w := golden{want}
			group := strings.TrimPrefix(w.at("strata").v.(string), "trt=")
			for _, x := range r.Groups {
				if x.Group != group {
					continue
				}
				last := map[string]Incidence{}
				for _, in := range x.Incidence {
					if in.Time <= w.at("time").num() {
						last[in.Cause] = in
					}
				}
				for cause, k := range map[string]string{"1": "2", "2": "3"} {
					if lower := w.at("lower." + k).v; lower != nil {
						c.near("incidence limits", last[cause].Lower, lower.(float64), 1e-8)
						c.near("incidence limits", last[cause].Upper, w.at("upper."+k).num(), 1e-8)
					}
				}
			}
		}
	}
}

func TestGoldenSubdistribution(t *testing.T) {
	c := compare(t)
	g := read(t, "pbc.json").at("results", "finegray_death")
	r := fit(t, table(t, "pbc.csv"), Spec{Time: "time", Event: "status", EventValue: "2", Competing: true, Subdistribution: true, By: "trt", Cox: []string{"trt", "age", "bili"}})
	for k, name := range []string{"trt", "age", "bili"} {
		// crr stops by a quasi-Newton rule at about 1e-6.
		c.near("fine-gray coefficients", r.Cox.Coefficients[name], g.at("coef", name).num(), 1e-5)
		c.near("fine-gray se", r.Cox.SE[name], g.at("se", k).num(), 1e-5)
	}
	c.near("fine-gray loglik", r.Cox.LogLik[0], g.at("loglik_null").num(), 1e-10)
	c.near("fine-gray loglik", r.Cox.LogLik[1], g.at("loglik").num(), 1e-9)
}

package capture

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// Relative tolerances against the reference programs. R takes standard errors
// from the weights before its last step, so they and the limits are less exact
// there than estimates; TestErrorsAnotherWay checks ours.
const (
	tolEstimate = 1e-7
	tolLimit    = 1e-4
	tolSE       = 3e-4
)

var datasets = []string{"UKdat", "UKdat_5", "UKdat_4", "Ned", "Kosovo"}

func read(t testing.TB, name string) *estimate.Table { return golden.Table(t, "mse/"+name) }

func reference(t testing.TB, file string) golden.Value {
	return golden.Read(t, "mse/"+file).At("results")
}

func load(t testing.TB, name string) *histories {
	t.Helper()
	h, err := readHistories(read(t, name+".csv"), Default())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func run(t testing.TB, name string, change func(*Spec)) *Result {
	t.Helper()
	s := Default()
	s.Bootstrap = 0
	change(&s)
	r, err := Fit(context.Background(), read(t, name+".csv"), s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func compareModel(t *testing.T, d *golden.Compared, where string, r *Result, want golden.Value, ordered bool) {
	t.Helper()
	terms := want.At("two_list_terms_in_order").Strings()
	absent := want.At("nonoverlapping_terms_set_to_minus_infinity").Strings()
	got := slices.Clone(r.Terms)
	if !ordered {
		sort.Strings(got)
		sort.Strings(terms)
	}
	if !slices.Equal(got, terms) || !slices.Equal(r.Absent, absent) {
		t.Errorf("%s: terms %v absent %v, want %v and %v", where, got, r.Absent, terms, absent)
		return
	}
	if !r.Exists || !r.Identifiable {
		t.Errorf("%s: exists %v, identifiable %v", where, r.Exists, r.Identifiable)
	}
	e := want.At("estimate").Nums()
	d.In(where).Near("estimate", r.Estimate, e["point est."], tolEstimate)
	d.In(where).Near("lower (wald)", r.Lower, e["2.5%"], tolLimit)
	d.In(where).Near("upper (wald)", r.Upper, e["97.5%"], tolLimit)
	d.In(where).Near("deviance", r.Deviance, want.At("deviance").Num(), tolEstimate)
	d.In(where).Near("aic", r.AIC, want.At("aic_adjusted").Num(), tolEstimate)
	if float64(*r.DF) != want.At("df_residual").Num() {
		t.Errorf("%s: df %d, want %v", where, *r.DF, want.At("df_residual").V)
	}
	for k, v := range want.At("coefficients").Nums() {
		if k == "(Intercept)" {
			k = "(intercept)"
		}
		// Coefficients near zero: compared on the scale of their standard error.
		se := want.At("se").Nums()
		at := se[k]
		if k == "(intercept)" {
			at = se["(Intercept)"]
		}
		d.In(where+" "+k).Within("coefficient / se", r.Coefficients[k], v, math.Abs(float64(r.Coefficients[k])-v)/at, 1e-4)
		d.In(where+" "+k).Near("se", r.SE[k], at, tolSE)
	}
}

func TestGoldenModels(t *testing.T) {
	d := golden.Compare(t)
	for _, name := range datasets {
		want := reference(t, name+".json")
		compareModel(t, d, name+" main", run(t, name, func(s *Spec) { s.Method = Main }), want.At("main_effects"), true)
		if want.Has("all_two_list_effects") {
			compareModel(t, d, name+" pairs", run(t, name, func(s *Spec) { s.Method = Pairs }), want.At("all_two_list_effects"), false)
		}
		for p, v := range want.At("stepwise").V.(map[string]any) {
			r := run(t, name, func(s *Spec) { s.Threshold, _ = strconv.ParseFloat(p, 64) })
			compareModel(t, d, name+" stepwise "+p, r, golden.Value{V: v}, true)
		}
		for pair, code := range want.At("checkident", "single_pair_models").Nums() {
			r := run(t, name, func(s *Spec) {
				s.Method = Fixed
				a, b, _ := strings.Cut(pair, ":")
				s.Pairs = [][2]string{{a, b}}
			})
			if got := checkCode(r.Exists, r.Identifiable); got != int(code) {
				t.Errorf("%s %s: check %d, want %v", name, pair, got, code)
			}
		}
	}
}

func checkCode(exists, identifiable bool) int {
	code := 0
	if !exists {
		code++
	}
	if !identifiable {
		code += 2
	}
	return code
}

func TestGoldenAllModels(t *testing.T) {
	d := golden.Compare(t)
	for _, name := range []string{"Kosovo", "UKdat_4", "UKdat_5"} {
		h := load(t, name)
		tab := newTable(len(h.lists))
		tab.fill(h, h.count)
		f := newFitter(len(h.lists))
		raw, err := os.Open("testdata/mse/" + name + ".allmodels.csv")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(raw).ReadAll()
		raw.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			var s Spec
			if row[0] != "main" {
				for p := range strings.SplitSeq(row[0], "+") {
					a, b, _ := strings.Cut(p, ":")
					s.Pairs = append(s.Pairs, [2]string{a, b})
				}
			}
			terms, err := h.named(s.Pairs)
			if err != nil {
				t.Fatal(err)
			}
			where := name + " " + row[0]
			f.model(tab, terms)
			if got := checkCode(f.exists(true)); fmt.Sprint(got) != row[1] {
				t.Errorf("%s: check %d, want %s", where, got, row[1])
			}
			if row[1] != "0" {
				continue
			}
			if !f.fit(exactly) {
				t.Errorf("%s: no fit", where)
			}
			num := func(i int) float64 { v, _ := strconv.ParseFloat(row[i], 64); return v }
			se, _ := f.errors()
			d.In(where).Near("estimate", estimate.Number(f.total()), num(2), tolEstimate)
			d.In(where).Near("lower (wald)", estimate.Number(f.t.on[0]+math.Exp(f.coef[0]-1.959963984540054*se[0])), num(3), tolLimit)
			d.In(where).Near("upper (wald)", estimate.Number(f.t.on[0]+math.Exp(f.coef[0]+1.959963984540054*se[0])), num(4), tolLimit)
			d.In(where).Near("deviance", estimate.Number(f.deviance()), num(5), tolEstimate)
			d.In(where).Near("aic", estimate.Number(tab.saturated()+f.deviance()+2*float64(len(f.terms))), num(6), tolEstimate)
		}
	}
}

// TestGoldenBootstrap repeats the reference's resamples one by one.
func TestGoldenBootstrap(t *testing.T) {
	d := golden.Compare(t)
	for _, name := range datasets {
		if testing.Short() && name == "Ned" {
			continue
		}
		results := reference(t, name+".json")
		for key, threshold := range map[string]float64{"bootstrap_stepwise_0.02": 0.02, "bootstrap_main_effects": 0} {
			want := results.At(key)
			where := name + " " + key
			r := run(t, name, func(s *Spec) {
				s.Threshold = threshold
				s.Replicates = read(t, name+".bootcounts.csv")
			})
			d.In(where).Near("estimate", r.Estimate, want.At("popest").Num(), tolEstimate)
			d.In(where).Near("acceleration", *r.Acceleration, want.At("ahat").Num(), 1e-6)
			for p, v := range want.At("BCaquantiles").Nums() {
				d.In(where+" "+p).Near("bca limit", r.Quantiles[p], v, tolEstimate)
			}
			if threshold == 0 {
				r := run(t, name, func(s *Spec) { s.Method, s.Replicates = Main, read(t, name+".bootcounts.csv") })
				d.In(where+" by the method main").Near("bca limit", r.Lower, want.At("BCaquantiles", "0.025").Num(), tolEstimate)
			}
			// And each replicate by itself.
			h := load(t, name)
			counts, err := readReplicates(read(t, name+".bootcounts.csv"), h)
			if err != nil {
				t.Fatal(err)
			}
			f, tab := newStepper(len(h.lists)), newTable(len(h.lists))
			for i, v := range want.At("bootreps").V.([]any) {
				tab.fill(h, counts[i])
				d.In(fmt.Sprintf("%s replicate %d", where, i+1)).Near("replicate", estimate.Number(f.choose(tab, threshold)), v.(float64), tolEstimate)
			}
		}
	}
}

func TestGoldenHierarchical(t *testing.T) {
	d := golden.Compare(t)
	for _, name := range []string{"Kosovo", "UKdat_4", "UKdat_5"} {
		want := reference(t, name+".other.json").At("MultipleSystemsEstimation", "bic")
		order := 2
		if name == "UKdat_4" {
			order = 3 // the default there for four lists
		}
		r := run(t, name, func(s *Spec) { s.Method, s.Order, s.Top = Hierarchical, order, 1000 })
		d.In(name).Near("estimate", r.Estimate, want.At("popest").Num(), tolEstimate)
		d.In(name).Near("bic", *r.BIC, want.At("BIC").Num(), tolEstimate)
		// The reference counts the models that have an estimate.
		h := load(t, name)
		e := newHierarchies(len(h.lists), order)
		parts, _ := e.tasks(t.Context(), mostModels)
		tab := newTable(len(h.lists))
		tab.fill(h, h.count)
		if all, err := search(context.Background(), tab, e, parts, 1, 2000, nil); err != nil || float64(len(all)) != want.At("n_models").Num() {
			t.Errorf("%s: %d models with an estimate (%v), want %v", name, len(all), err, want.At("n_models").V)
		}
		for i, m := range want.At("top5").V.([]any) {
			m := golden.Value{V: m}
			where := fmt.Sprintf("%s model %d", name, i+1)
			d.In(where).Near("estimate of the best models", r.Models[i].Estimate, m.At("abundance").Num(), tolEstimate)
			d.In(where).Near("bic of the best models", *r.Models[i].BIC, m.At("BIC").Num(), tolEstimate)
		}
	}
}

package capture

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"plumbline/estimate"
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

func read(t testing.TB, name string) *estimate.Table {
	t.Helper()
	f, err := os.Open("testdata/mse/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tab, err := estimate.ReadTable(f, name, estimate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func load(t testing.TB, name string) *histories {
	t.Helper()
	h, err := readHistories(read(t, name+".csv"), Default())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// value digs a value out of a golden file.
type value struct {
	t *testing.T
	v any
}

func golden(t *testing.T, file string) value {
	t.Helper()
	b, err := os.ReadFile("testdata/mse/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return value{t, v}.at("results")
}

func (v value) at(keys ...string) value {
	v.t.Helper()
	for _, k := range keys {
		m, ok := v.v.(map[string]any)
		if !ok || m[k] == nil {
			v.t.Fatalf("golden file has no %s of %v", k, keys)
		}
		v.v = m[k]
	}
	return v
}

func (v value) has(key string) bool { return v.v.(map[string]any)[key] != nil }
func (v value) float() float64      { return v.v.(float64) }

func (v value) strings() []string {
	out := []string{}
	for _, s := range v.v.([]any) {
		out = append(out, s.(string))
	}
	return out
}

func (v value) floats() map[string]float64 {
	out := map[string]float64{}
	for k, f := range v.v.(map[string]any) {
		out[k] = f.(float64)
	}
	return out
}

// differences keeps the largest relative difference of each quantity.
type differences map[string]float64

func (d differences) check(t *testing.T, quantity, where string, got, want, tol float64) {
	t.Helper()
	diff := math.Abs(got-want) / math.Max(math.Abs(want), 1e-300)
	if got == want {
		diff = 0
	}
	d[quantity] = math.Max(d[quantity], diff)
	if !(diff <= tol) {
		t.Errorf("%s %s: got %.15g, want %.15g, relative difference %.3g above %g", where, quantity, got, want, diff, tol)
	}
}

func (d differences) print(t *testing.T) {
	var keys []string
	for k := range d {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		t.Logf("%-40s largest relative difference %.2g", k, d[k])
	}
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

func (d differences) model(t *testing.T, where string, r *Result, want value, ordered bool) {
	t.Helper()
	terms := want.at("two_list_terms_in_order").strings()
	absent := want.at("nonoverlapping_terms_set_to_minus_infinity").strings()
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
	e := want.at("estimate").floats()
	d.check(t, "estimate", where, float64(r.Estimate), e["point est."], tolEstimate)
	d.check(t, "lower (wald)", where, float64(r.Lower), e["2.5%"], tolLimit)
	d.check(t, "upper (wald)", where, float64(r.Upper), e["97.5%"], tolLimit)
	d.check(t, "deviance", where, float64(r.Deviance), want.at("deviance").float(), tolEstimate)
	d.check(t, "aic", where, float64(r.AIC), want.at("aic_adjusted").float(), tolEstimate)
	if float64(*r.DF) != want.at("df_residual").float() {
		t.Errorf("%s: df %d, want %v", where, *r.DF, want.at("df_residual").v)
	}
	for k, v := range want.at("coefficients").floats() {
		if k == "(Intercept)" {
			k = "(intercept)"
		}
		// Coefficients near zero: compared on the scale of their standard error.
		se := want.at("se").floats()
		at := se[k]
		if k == "(intercept)" {
			at = se["(Intercept)"]
		}
		diff := math.Abs(float64(r.Coefficients[k])-v) / at
		d["coefficient / se"] = math.Max(d["coefficient / se"], diff)
		if !(diff < 1e-4) {
			t.Errorf("%s coefficient %s: got %.15g, want %.15g", where, k, float64(r.Coefficients[k]), v)
		}
		d.check(t, "se", where+" "+k, float64(r.SE[k]), at, tolSE)
	}
}

func TestGoldenModels(t *testing.T) {
	d := differences{}
	for _, name := range datasets {
		want := golden(t, name+".json")
		d.model(t, name+" main", run(t, name, func(s *Spec) { s.Method = Main }), want.at("main_effects"), true)
		if want.has("all_two_list_effects") {
			d.model(t, name+" pairs", run(t, name, func(s *Spec) { s.Method = Pairs }), want.at("all_two_list_effects"), false)
		}
		for p, v := range want.at("stepwise").v.(map[string]any) {
			r := run(t, name, func(s *Spec) { s.Threshold, _ = strconv.ParseFloat(p, 64) })
			d.model(t, name+" stepwise "+p, r, value{t, v}, true)
		}
		for pair, code := range want.at("checkident", "single_pair_models").floats() {
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
	d.print(t)
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
	d := differences{}
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
			d.check(t, "estimate", where, f.total(), num(2), tolEstimate)
			d.check(t, "lower (wald)", where, f.t.on[0]+math.Exp(f.coef[0]-1.959963984540054*se[0]), num(3), tolLimit)
			d.check(t, "upper (wald)", where, f.t.on[0]+math.Exp(f.coef[0]+1.959963984540054*se[0]), num(4), tolLimit)
			d.check(t, "deviance", where, f.deviance(), num(5), tolEstimate)
			d.check(t, "aic", where, tab.saturated()+f.deviance()+2*float64(len(f.terms)), num(6), tolEstimate)
		}
	}
	d.print(t)
}

// TestGoldenBootstrap repeats the reference's resamples one by one.
func TestGoldenBootstrap(t *testing.T) {
	d := differences{}
	for _, name := range datasets {
		if testing.Short() && name == "Ned" {
			continue
		}
		results := golden(t, name+".json")
		for key, threshold := range map[string]float64{"bootstrap_stepwise_0.02": 0.02, "bootstrap_main_effects": 0} {
			want := results.at(key)
			where := name + " " + key
			r := run(t, name, func(s *Spec) {
				s.Threshold = threshold
				s.Replicates = read(t, name+".bootcounts.csv")
			})
			d.check(t, "estimate", where, float64(r.Estimate), want.at("popest").float(), tolEstimate)
			d.check(t, "acceleration", where, float64(*r.Acceleration), want.at("ahat").float(), 1e-6)
			for p, v := range want.at("BCaquantiles").floats() {
				d.check(t, "bca limit", where+" "+p, float64(r.Quantiles[p]), v, tolEstimate)
			}
			if threshold == 0 {
				r := run(t, name, func(s *Spec) { s.Method, s.Replicates = Main, read(t, name+".bootcounts.csv") })
				d.check(t, "bca limit", where+" by the method main", float64(r.Lower), want.at("BCaquantiles", "0.025").float(), tolEstimate)
			}
			// And each replicate by itself.
			h := load(t, name)
			counts, err := readReplicates(read(t, name+".bootcounts.csv"), h)
			if err != nil {
				t.Fatal(err)
			}
			f, tab := newStepper(len(h.lists)), newTable(len(h.lists))
			for i, v := range want.at("bootreps").v.([]any) {
				tab.fill(h, counts[i])
				d.check(t, "replicate", fmt.Sprintf("%s replicate %d", where, i+1), f.choose(tab, threshold), v.(float64), tolEstimate)
			}
		}
	}
	d.print(t)
}

func TestGoldenHierarchical(t *testing.T) {
	d := differences{}
	for _, name := range []string{"Kosovo", "UKdat_4", "UKdat_5"} {
		want := golden(t, name+".other.json").at("MultipleSystemsEstimation", "bic")
		order := 2
		if name == "UKdat_4" {
			order = 3 // the default there for four lists
		}
		r := run(t, name, func(s *Spec) { s.Method, s.Order, s.Top = Hierarchical, order, 1000 })
		d.check(t, "estimate", name, float64(r.Estimate), want.at("popest").float(), tolEstimate)
		d.check(t, "bic", name, float64(*r.BIC), want.at("BIC").float(), tolEstimate)
		// The reference counts the models that have an estimate.
		h := load(t, name)
		e := newHierarchies(len(h.lists), order)
		parts, _ := e.tasks(mostModels)
		tab := newTable(len(h.lists))
		tab.fill(h, h.count)
		if all, err := search(context.Background(), tab, e, parts, 1, 2000, nil); err != nil || float64(len(all)) != want.at("n_models").float() {
			t.Errorf("%s: %d models with an estimate (%v), want %v", name, len(all), err, want.at("n_models").v)
		}
		for i, m := range want.at("top5").v.([]any) {
			m := value{t, m}
			where := fmt.Sprintf("%s model %d", name, i+1)
			d.check(t, "estimate of the best models", where, float64(r.Models[i].Estimate), m.at("abundance").float(), tolEstimate)
			d.check(t, "bic of the best models", where, float64(*r.Models[i].BIC), m.at("BIC").float(), tolEstimate)
		}
	}
	d.print(t)
}

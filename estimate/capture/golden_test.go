package capture

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"math/bits"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

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
	for share, v := range e {
		var percent float64
		if n, _ := fmt.Sscanf(share, "%f%%", &percent); n == 1 {
			z := distuv.UnitNormal.Quantile(percent / 100)
			limit := r.Observed + math.Exp(float64(r.Coefficients["(intercept)"])+z*float64(r.SE["(intercept)"]))
			d.In(where+" "+share).Near("other limits (wald)", estimate.Number(limit), v, tolLimit)
		}
	}
	compareCells(t, d.In(where), r, want)
}

// compareCells holds the fitted number of people of every history against the
// reference, which leaves out histories that an absent pair makes impossible.
func compareCells(t *testing.T, d *golden.Compared, r *Result, want golden.Value) {
	t.Helper()
	var terms []set
	for _, p := range pairs(len(r.Lists)) {
		if name := r.histories.name(p); slices.Contains(r.Terms, name) || slices.Contains(r.Absent, name) {
			terms = append(terms, p)
		}
	}
	f, tab := newFitter(len(r.Lists)), newTable(len(r.Lists))
	tab.fill(r.histories, r.histories.count)
	f.model(tab, terms)
	if !f.fit(exactly) {
		t.Fatal("no fit")
	}
	var cells []set
	for w := range set(len(f.mu)) {
		if !f.dead[w] {
			cells = append(cells, w)
		}
	}
	slices.SortFunc(cells, func(a, b set) int {
		if order(a) != order(b) {
			return order(a) - order(b)
		}
		return -cmp.Compare(bits.Reverse32(a), bits.Reverse32(b))
	})
	fitted := want.At("fitted").List()
	if len(cells) != len(fitted) || float64(len(cells)) != want.At("cells_used").Num() {
		t.Errorf("%d histories, want %d", len(cells), len(fitted))
		return
	}
	for i, w := range cells {
		d.Near("fitted people", estimate.Number(f.mu[w]), fitted[i].Num(), 1e-6)
	}
}

func TestGoldenModels(t *testing.T) {
	d := golden.Compare(t)
	for _, name := range datasets {
		want := reference(t, name+".json")
		compareOverlap(t, d.In(name), load(t, name), want)
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

func compareOverlap(t *testing.T, d *golden.Compared, h *histories, want golden.Value) {
	t.Helper()
	tab := newTable(len(h.lists))
	tab.fill(h, h.count)
	d.Near("people seen", estimate.Number(tab.on[0]), want.At("observed_total").Num(), 0)
	triples := 0
	for i := range h.lists {
		for j := range h.lists {
			d.Near("people on two lists", estimate.Number(tab.on[set(1)<<i|set(1)<<j]), want.At("pairwise_overlap", i, j).Num(), 0)
			for k := range h.lists {
				if i < j && j < k && tab.on[set(1)<<i|set(1)<<j] > 0 && tab.on[set(1)<<i|set(1)<<k] > 0 && tab.on[set(1)<<j|set(1)<<k] > 0 {
					triples++
				}
			}
		}
	}
	d.Near("threes of lists that overlap", estimate.Number(triples), want.At("count_triples").Num(), 0)
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
		d.Near("threshold", estimate.Number(Default().Threshold), results.At("bootstrap_stepwise_0.02", "pthresh").Num(), 0)
		for key, threshold := range map[string]float64{"bootstrap_stepwise_0.02": 0.02, "bootstrap_main_effects": 0} {
			want := results.At(key)
			where := name + " " + key
			r := run(t, name, func(s *Spec) {
				s.Threshold = threshold
				s.Replicates = read(t, name+".bootcounts.csv")
			})
			d.In(where).Near("estimate", r.Estimate, want.At("popest").Num(), tolEstimate)
			d.In(where).Near("acceleration", *r.Acceleration, want.At("ahat").Num(), 1e-6)
			d.In(where).Near("share below", estimate.Number(distuv.UnitNormal.CDF(float64(*r.Z0))), want.At("z0_fraction_below").Num(), 1e-12)
			d.In(where).Near("replicates", estimate.Number(r.Replicates), want.At("nboot").Num(), 0)
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
			var sorted []float64
			for i, v := range want.At("bootreps").V.([]any) {
				tab.fill(h, counts[i])
				sorted = append(sorted, f.choose(tab, threshold))
				d.In(fmt.Sprintf("%s replicate %d", where, i+1)).Near("replicate", estimate.Number(sorted[i]), v.(float64), tolEstimate)
			}
			slices.Sort(sorted)
			for q, v := range want.At("bootreps_summary").Nums() {
				var percent float64
				fmt.Sscanf(q, "%f%%", &percent)
				d.In(where+" "+q).Near("quantile of replicates", estimate.Number(quantile8(sorted, percent/100)), v, tolEstimate)
			}
		}
	}
}

// TestGoldenRcapture holds models without absent pairs against another program,
// which fits those by iterating towards minus infinity.
func TestGoldenRcapture(t *testing.T) {
	d := golden.Compare(t)
	check := func(where string, h *histories, terms []set, want map[string]float64) {
		f, tab := newFitter(len(h.lists)), newTable(len(h.lists))
		tab.fill(h, h.count)
		f.model(tab, terms)
		if len(f.gone) > 0 {
			return
		}
		if exists, unique := f.exists(true); !exists || !unique || !f.fit(exactly) {
			t.Errorf("%s: no fit", where)
			return
		}
		c, n := d.In(where), tab.on[0]
		se, _ := f.errors()
		p := float64(len(f.terms))
		c.Near("another's estimate", estimate.Number(f.total()), want["abundance"], tolEstimate)
		// The variance of the people unseen counts that of their Poisson number too.
		c.Near("another's se", estimate.Number(math.Sqrt(f.dark()+math.Pow(f.dark()*se[0], 2))), want["stderr"], tolSE)
		c.Near("another's deviance", estimate.Number(f.deviance()), want["deviance"], tolEstimate)
		c.Near("another's df", estimate.Number(f.cells-len(f.live)), want["df"], 0)
		c.Near("another's aic", estimate.Number(tab.saturated()+f.deviance()+2*p), want["AIC"], tolEstimate)
		c.Near("another's bic", estimate.Number(tab.saturated()+f.deviance()+p*math.Log(n)), want["BIC"], tolEstimate)
	}
	generators := func(model string, apart string) (terms []set) {
		for g := range strings.SplitSeq(strings.Trim(model, "[]"), apart) {
			var s set
			for _, list := range g {
				s |= 1 << (list - '1')
			}
			if order(s) > 1 {
				terms = append(terms, s)
			}
		}
		return terms
	}
	numbers := func(v golden.Value) map[string]float64 {
		out := map[string]float64{}
		for _, k := range []string{"abundance", "stderr", "deviance", "df", "AIC", "BIC"} {
			out[k] = v.At(k).V.(float64) // looked at when it is compared
		}
		return out
	}
	for _, name := range datasets {
		h, r := load(t, name), reference(t, name+".json").At("rcapture")
		check(name+" main", h, nil, numbers(r.At("closedpCI_main", "poisson")))
		for _, m := range r.At("closedp").List() {
			if m.At("model").V == "Mt" {
				check(name+" Mt", h, nil, numbers(m))
			}
		}
		if !r.Has("closedpMS_maxorder2") {
			continue
		}
		for _, m := range r.At("closedpMS_maxorder2", "top10").List() {
			check(name+" "+m.At("model").V.(string), h, generators(m.At("model").V.(string), ","), numbers(m))
		}
		rows := golden.Rows(t, "mse/"+name+".closedpMS.csv")
		d.Near("models", estimate.Number(len(rows)), r.At("closedpMS_maxorder2", "n_models").Num(), 0)
		for _, row := range rows {
			want := map[string]float64{}
			for k, v := range row {
				want[k], _ = strconv.ParseFloat(strings.TrimSpace(v), 64)
			}
			check(name+" "+row["model"], h, generators(row["model"], "."), want)
		}
	}
}

func TestGoldenHierarchical(t *testing.T) {
	d := golden.Compare(t)
	for _, name := range datasets {
		want := reference(t, name+".other.json").At("MultipleSystemsEstimation", "stepwise_0.02", "popest").Num()
		d.In(name).Near("stepwise of the successor", run(t, name, func(*Spec) {}).Estimate, want, tolEstimate)
	}
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
		if rows := want.At("BCa").V; name == "Kosovo" && rows != nil {
			// 300 resamples of another generator against 2,000 of ours, choosing among
			// one model, two and so on: a limit has a relative error of one or two per cent.
			r := run(t, name, func(s *Spec) { s.Method, s.Bootstrap = Hierarchical, 2000 })
			for _, row := range want.At("BCa").List() {
				for _, q := range []string{"0.025", "0.1", "0.9", "0.975"} {
					d.In(name+" "+q).Near("bca limit by chance", r.Quantiles[q], row.At(q).Num(), 0.05)
				}
			}
		}
		for i, m := range want.At("top5").V.([]any) {
			m := golden.Value{V: m}
			where := fmt.Sprintf("%s model %d", name, i+1)
			d.In(where).Near("estimate of the best models", r.Models[i].Estimate, m.At("abundance").Num(), tolEstimate)
			d.In(where).Near("bic of the best models", *r.Models[i].BIC, m.At("BIC").Num(), tolEstimate)
		}
	}
}

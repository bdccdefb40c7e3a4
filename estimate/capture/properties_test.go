package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

func csvTable(t testing.TB, csv string) *estimate.Table {
	t.Helper()
	tab, err := estimate.ReadTable(strings.NewReader(csv), "lists.csv", estimate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func (h *histories) csv() string {
	var b strings.Builder
	b.WriteString(strings.Join(h.lists, ",") + ",count\n")
	for r, w := range h.rows {
		for i := range h.lists {
			fmt.Fprintf(&b, "%d,", w>>i&1)
		}
		fmt.Fprintf(&b, "%.0f\n", h.count[r])
	}
	return b.String()
}

func fitCSV(t testing.TB, csv string, change func(*Spec)) *Result {
	t.Helper()
	s := Default()
	s.Bootstrap = 0
	if change != nil {
		change(&s)
	}
	r, err := Fit(context.Background(), csvTable(t, csv), s)
	if err != nil {
		t.Fatalf("%v\n%s", err, csv)
	}
	return r
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Abs(want)) {
		t.Errorf("%s: got %.15g, want %.15g", what, got, want)
	}
}

// With two lists the estimate is that of Lincoln and Petersen, n1 n2 / m.
func TestTwoLists(t *testing.T) {
	r := fitCSV(t, "A,B,count\n1,0,80\n0,1,40\n1,1,20\n", nil)
	near(t, "two lists", float64(r.Estimate), 100.0*60/20, 1e-12)
	// The delta method: var log n0 = 1/n10 + 1/n01 + 1/n11.
	near(t, "se of the intercept", float64(r.SE["(intercept)"]), math.Sqrt(1.0/80+1.0/40+1.0/20), 1e-10)
	r = fitCSV(t, "A,B,count\n1,0,80\n0,1,40\n1,1,20\n", func(s *Spec) { s.Method = Pairs })
	if r.Identifiable || r.Estimate.Known() {
		t.Errorf("a term for the only pair: identifiable %v, estimate %v", r.Identifiable, r.Estimate)
	}
	r = fitCSV(t, "A,B,count\n1,0,80\n0,1,40\n1,1,0\n", nil)
	if r.Exists || r.Estimate.Known() {
		t.Errorf("no overlap: exists %v, estimate %v", r.Exists, r.Estimate)
	}
}

// With three lists and every pair the fit is exact, and those unseen are
// n111 n100 n010 n001 / (n110 n101 n011) (Fienberg 1972).
func TestThreeListsEveryPair(t *testing.T) {
	r := fitCSV(t, "A,B,C,count\n1,0,0,51\n0,1,0,37\n0,0,1,29\n1,1,0,13\n1,0,1,11\n0,1,1,7\n1,1,1,5\n", func(s *Spec) { s.Method = Pairs })
	near(t, "every pair", float64(r.Estimate), 153+5.0*51*37*29/(13*11*7), 1e-10)
	near(t, "deviance", 1+float64(r.Deviance), 1, 1e-9)
	// With a term for A and B, list C and the rest are two lists.
	r = fitCSV(t, "A,B,C,count\n1,0,0,51\n0,1,0,37\n0,0,1,29\n1,1,0,13\n1,0,1,11\n0,1,1,7\n1,1,1,5\n", func(s *Spec) {
		s.Method, s.Pairs = Fixed, [][2]string{{"B", "A"}}
	})
	near(t, "one pair", float64(r.Estimate), 153+(51+37+13)*29.0/(11+7+5), 1e-10)
	if !slices.Equal(r.Terms, []string{"A:B"}) {
		t.Errorf("terms %v, want A:B in the order of the columns", r.Terms)
	}
}

// Leaving out and merging lists make the published data sets of each other.
func TestWithoutAndMerged(t *testing.T) {
	uk := load(t, "UKdat")
	same := func(what string, got *histories, name string) {
		want := load(t, name)
		a, b := newTable(len(got.lists)), newTable(len(want.lists))
		a.fill(got, got.count)
		b.fill(want, want.count)
		if !slices.Equal(a.n, b.n) {
			t.Errorf("%s is not %s: %v, want %v", what, name, a.n, b.n)
		}
	}
	five := uk.merged(2, 5)
	if got := strings.Join(five.lists, " "); got != "LA NG PF+NCA GO GP" {
		t.Errorf("lists %s", got)
	}
	same("PF+NCA merged", five, "UKdat_5")
	same("without GP", five.without(4), "UKdat_4")
}

// The answer depends neither on the order of lists nor on that of rows.
func TestOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"UKdat_5", "Kosovo"} {
		h := load(t, name)
		for _, m := range []Method{Stepwise, Main, Pairs, Hierarchical, Decomposable} {
			want := fitCSV(t, h.csv(), func(s *Spec) { s.Method = m })
			to := r.Perm(len(h.lists))
			g := &histories{lists: make([]string, len(h.lists))}
			for i, j := range to {
				g.lists[j] = h.lists[i]
			}
			for _, k := range r.Perm(len(h.rows)) {
				var w set
				for i, j := range to {
					w |= h.rows[k] >> i & 1 << j
				}
				g.rows = append(g.rows, w)
				g.count = append(g.count, h.count[k])
			}
			got := fitCSV(t, g.csv(), func(s *Spec) { s.Method = m })
			what := fmt.Sprintf("%s %s", name, m)
			near(t, what+" estimate", float64(got.Estimate), float64(want.Estimate), 1e-9)
			near(t, what+" lower", float64(got.Lower), float64(want.Lower), 1e-9)
			near(t, what+" upper", float64(got.Upper), float64(want.Upper), 1e-9)
		}
	}
}

// Three times the people on every history are three times the people unseen, in
// a model that is given, with standard errors √3 times smaller.
func TestScaling(t *testing.T) {
	h := load(t, "UKdat_5")
	want := fitCSV(t, h.csv(), func(s *Spec) { s.Method = Pairs })
	for i := range h.count {
		h.count[i] *= 3
	}
	got := fitCSV(t, h.csv(), func(s *Spec) { s.Method = Pairs })
	near(t, "estimate", float64(got.Estimate), 3*float64(want.Estimate), 1e-9)
	near(t, "deviance", float64(got.Deviance), 3*float64(want.Deviance), 1e-9)
	for k := range want.SE {
		near(t, "se "+k, float64(got.SE[k]), float64(want.SE[k])/math.Sqrt(3), 1e-7)
	}
}

// Records and their counts are the same data.
func TestRecords(t *testing.T) {
	want := fitCSV(t, "A,B,C,count\n1,0,0,5\n0,1,0,4\n0,0,1,3\n1,1,0,2\n1,0,1,2\n0,1,1,1\n", nil)
	var b strings.Builder
	b.WriteString("id,A,B,C\n")
	id := 0
	for _, row := range []struct {
		history string
		n       int
	}{{"1,0,0", 5}, {"0,1,0", 4}, {"0,0,1", 3}, {"1,1,0", 2}, {"1,0,1", 2}, {"0,1,1", 1}} {
		for range row.n {
			id++
			fmt.Fprintf(&b, "p%d,%s\n", id, row.history)
		}
	}
	got := fitCSV(t, b.String(), func(s *Spec) { s.Lists = []string{"A", "B", "C"} })
	near(t, "records", float64(got.Estimate), float64(want.Estimate), 1e-12)
}

// The same seed gives the same answer, and with it the same JSON.
func TestSameSeedSameAnswer(t *testing.T) {
	var last []byte
	for _, seed := range []uint64{1, 1, 2} {
		r := fitCSV(t, load(t, "UKdat_4").csv(), func(s *Spec) { s.Bootstrap, s.Seed = 50, seed })
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && bytes.Equal(b, last) != (seed == 1) {
			t.Errorf("seed %d: same %v", seed, bytes.Equal(b, last))
		}
		last = b
	}
}

func TestRefuses(t *testing.T) {
	good := "A,B,count\n1,0,3\n0,1,2\n1,1,1\n"
	for _, c := range []struct {
		name, csv string
		change    func(*Spec)
		want      string
	}{
		{"one list", "A,count\n1,3\n", nil, `lists.csv: the number of lists is 1; want 2 to 10 columns of 0 and 1, one a list`},
		{"eleven lists", "a,b,c,d,e,f,g,h,i,j,k,count\n1,1,1,1,1,1,1,1,1,1,1,1\n", nil, `lists.csv: the number of lists is 11; want 2 to 10 columns of 0 and 1, one a list`},
		{"half a person", "A,B,count\n1,0,3.5\n", nil, `lists.csv: row 2, column "count": 3.5 is not a count; want a whole number, 0 or more`},
		{"fewer than none", "A,B,count\n1,0,-3\n", nil, `lists.csv: row 2, column "count": -3 is not a count; want a whole number, 0 or more`},
		{"missing count", "A,B,count\n1,0,NA\n", nil, `lists.csv: row 2, column "count": it is missing; want a whole number; 0 when nobody was found with this history`},
		{"same history", "A,B,count\n1,0,3\n0,1,2\n1,0,1\n", nil, `lists.csv: row 4: the same history as row 2; want each history once`},
		{"not 0 or 1", "A,B,count\n2,0,3\n", nil, `lists.csv: row 2, column "A": 2 is neither 0 nor 1; want 1 when the person is on the list and 0 when not`},
		{"missing membership", "A,B,count\n,0,3\n", nil, `lists.csv: row 2, column "A": it is missing; want 1 when the person is on the list and 0 when not`},
		{"text", "A,B,count\nyes,0,3\n", nil, `lists.csv: row 2, column "A": "yes" is not a number; want 1 when the person is on the list and 0 when not; or the lists named, without this column`},
		{"on no list", "A,B,count\n0,0,3\n", nil, `lists.csv: row 2, column "count": the row is on no list; want no count there: it is what is being estimated`},
		{"empty list", "A,B,count\n1,0,3\n0,1,0\n", nil, `lists.csv: column "B": nobody is on this list; want lists with people on them: take the column out`},
		{"unknown method", good, func(s *Spec) { s.Method = "guess" }, `option "method": there is no method "guess"; want stepwise, main, fixed, pairs, hierarchical, decomposable or latent`},
		{"unknown list", good, func(s *Spec) { s.Method, s.Pairs = Fixed, [][2]string{{"A", "Z"}} }, `option "pairs": "A:Z" is not a pair of lists; want two of A, B`},
		{"order", "A,B,C,count\n1,1,1,1\n", func(s *Spec) { s.Method, s.Order = Hierarchical, 3 }, `option "order": an interaction of 3 lists cannot be told from the people on none, with 3 lists; want at most 2`},
		{"replicates of another length", good, func(s *Spec) { s.Replicates = csvTable(t, "r1,r2\n1,2\n") }, `lists.csv: there are 2 columns; want 3, one for each row of the data, in its order`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Default()
			if c.change != nil {
				c.change(&s)
			}
			r, err := Fit(context.Background(), csvTable(t, c.csv), s)
			var bad *estimate.InputError
			if !errors.As(err, &bad) || err.Error() != c.want || r != nil {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	// The row of nobody, as other programs write it, is let through.
	fitCSV(t, good+"0,0,NA\n", nil)
}

// TestChosenLists holds lists chosen from a file against a file of those alone.
func TestChosenLists(t *testing.T) {
	some := []string{"LA", "PFNCA", "GP"}
	chosen := run(t, "UKdat_5", func(s *Spec) { s.Lists = some })
	all := load(t, "UKdat_5")
	csv, outside := "LA,PFNCA,GP,count\n", 0.0
	cells := map[set]float64{}
	for r, w := range all.rows {
		cells[w&1|w>>2&1<<1|w>>4&1<<2] += all.count[r]
	}
	for w, n := range cells {
		if w == 0 {
			outside = n
			continue
		}
		csv += fmt.Sprintf("%d,%d,%d,%.0f\n", w&1, w>>1&1, w>>2&1, n)
	}
	alone := fitCSV(t, csv, func(s *Spec) { s.Bootstrap = 0 })
	if d := math.Abs(float64(chosen.Estimate/alone.Estimate) - 1); !(d < 1e-12) || chosen.Observed != alone.Observed {
		t.Errorf("chosen %v of %v, alone %v of %v", chosen.Estimate, chosen.Observed, alone.Estimate, alone.Observed)
	}
	if i := slices.IndexFunc(chosen.Warnings, func(w estimate.Warning) bool { return w.Code == "outside" }); i < 0 || !strings.Contains(chosen.Warnings[i].Text, exact(outside)) {
		t.Errorf("nothing says that %.0f people are on none of the lists: %v", outside, chosen.Warnings)
	}
	// Records too.
	records := fitCSV(t, "name,A,B\nx,1,0\ny,0,1\nz,1,1\nw,0,0\n", func(s *Spec) { s.Lists = []string{"A", "B"} })
	if records.Observed != 3 {
		t.Errorf("%v people observed, want 3", records.Observed)
	}
}

func TestParsePairs(t *testing.T) {
	got, err := ParsePairs("A:B, C:D")
	if err != nil || !slices.Equal(got, [][2]string{{"A", "B"}, {"C", "D"}}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "A", "A:", "A:B:C", "A:B,"} {
		if got, err := ParsePairs(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, got)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, m := range []Method{Stepwise, Hierarchical, Decomposable, Latent} {
		s := Default()
		s.Method = m
		if _, err := Fit(ctx, read(t, "UKdat_5.csv"), s); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want cancelled", m, err)
		}
	}
}

func TestPoissonTail(t *testing.T) {
	for _, mean := range []float64{0.01, 0.5, 3, 40, 900, 1e5} {
		p := distuv.Poisson{Lambda: mean}
		for _, k := range []float64{0, 1, math.Floor(mean / 2), math.Floor(mean), math.Ceil(mean), math.Floor(mean + 3*math.Sqrt(mean)), math.Floor(2 * mean)} {
			want := math.Min(p.CDF(k), 1-p.CDF(k)+p.Prob(k))
			if got := poissonTail(k, mean); math.Abs(got-want) > 1e-9 {
				t.Errorf("tail of %g at mean %g: %.12g, want %.12g", k, mean, got, want)
			}
		}
	}
	// Far out, against the leading term: P[X = 0] = e^-mean.
	near(t, "P[X ≤ 0] at 700", poissonTail(0, 700), math.Exp(-700), 1e-12)
	near(t, "P[X ≥ 200] at 1", poissonTail(200, 1), math.Exp(-1-lgamma(201))*(1+1.0/201+1.0/(201*202)), 1e-6)
}

// Means and variances of the draws, to five standard errors.
func TestBinomial(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const draws = 200_000
	for _, c := range []struct{ n, p float64 }{{1, 0.3}, {20, 0.2}, {1000, 0.001}, {1000, 0.4}, {50, 0.9}, {1e6, 0.02}, {1e8, 1e-8}} {
		sum, squares := 0.0, 0.0
		for range draws {
			k := binomial(r, c.n, c.p)
			if k < 0 || k > c.n || k != math.Floor(k) {
				t.Fatalf("binomial(%g, %g) = %g", c.n, c.p, k)
			}
			sum += k
			squares += (k - c.n*c.p) * (k - c.n*c.p)
		}
		v := c.n * c.p * (1 - c.p)
		if z := (sum/draws - c.n*c.p) / math.Sqrt(v/draws); math.Abs(z) > 5 {
			t.Errorf("binomial(%g, %g): mean is %.1f standard errors off", c.n, c.p, z)
		}
		// The fourth moment of a binomial, for the error of the variance.
		fourth := v * (1 + 3*(c.n-2)*c.p*(1-c.p))
		if z := (squares/draws - v) / math.Sqrt((fourth-v*v)/draws); math.Abs(z) > 5 {
			t.Errorf("binomial(%g, %g): variance is %.1f standard errors off", c.n, c.p, z)
		}
	}
}

// R: quantile(c(1,2,4,7,11), c(0,.1,.25,.5,.9,1), type=8).
func TestQuantile8(t *testing.T) {
	x := []float64{1, 2, 4, 7, 11}
	for p, want := range map[float64]float64{0: 1, 0.1: 1, 0.25: 1.666666666666667, 0.5: 4, 0.75: 8.333333333333333, 1: 11} {
		near(t, fmt.Sprintf("quantile %g", p), quantile8(x, p), want, 1e-12)
	}
	if got := quantile8([]float64{1, 2, math.Inf(1), math.Inf(1)}, 0.95); !math.IsInf(got, 1) {
		t.Errorf("quantile among infinities: %g", got)
	}
}

// Published: Silverman, Chan and Vincent (2024), with every order of
// interaction; Kosovo 10,357 and the United Kingdom's five lists 25,311.
func TestPublishedEveryOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("six thousand models in a thousand resamples")
	}
	for _, c := range []struct {
		name           string
		order, models  int
		want           float64
		lower, upper   float64
		tolLow, tolTop float64
	}{
		{"Kosovo", 3, 113, 10357, 6947, 18010, 0.05, 0.1},
		{"UKdat_5", 4, 6893, 25311, 11168, 56052, 0.1, 0.25},
	} {
		r := run(t, c.name, func(s *Spec) { s.Method, s.Order, s.Bootstrap = Hierarchical, c.order, 1000 })
		if math.Round(float64(r.Estimate)) != c.want || r.Considered != c.models {
			t.Errorf("%s: %.1f of %d models, want %.0f of %d", c.name, float64(r.Estimate), r.Considered, c.want, c.models)
		}
		// Limits come from other random numbers there.
		near(t, c.name+" lower", float64(r.Lower), c.lower, c.tolLow)
		near(t, c.name+" upper", float64(r.Upper), c.upper, c.tolTop)
	}
}

func TestHierarchicalModelsAreCounted(t *testing.T) {
	for _, c := range []struct {
		lists, order int
		want         float64
	}{{3, 2, 8}, {4, 2, 64}, {4, 3, 113}, {5, 2, 1024}, {6, 2, 32768}, {6, 3, 3702013}} {
		_, got := newHierarchies(c.lists, c.order).tasks(t.Context(), mostModels)
		if got != c.want {
			t.Errorf("%d lists, order %d: %.0f models, want %.0f", c.lists, c.order, got, c.want)
		}
	}
	// Each is visited once, and is hierarchical.
	e := newHierarchies(4, 3)
	parts, _ := e.tasks(t.Context(), mostModels)
	seen := map[chosen]bool{}
	w := e.walker(t.Context(), func(c chosen, n int) {
		if seen[c] {
			t.Errorf("%v visited twice", c)
		}
		seen[c] = true
		if got := len(interactions(c)); got != n {
			t.Errorf("%v: %d interactions, told %d", c, got, n)
		}
		for _, s := range c.terms() {
			for rest := s; rest != 0; rest &= rest - 1 {
				if part := s &^ (rest & -rest); part != 0 && !c.has(part) {
					t.Errorf("%b is in, %b is not", s, part)
				}
			}
		}
	})
	for _, p := range parts {
		w.visit(p)
	}
	if len(seen) != 113 {
		t.Errorf("%d models visited, want 113", len(seen))
	}
}

// The ranking without fitting what cannot win is the ranking with.
func TestSearchSkipsNothingThatCounts(t *testing.T) {
	h := load(t, "UKdat_5")
	tab := newTable(5)
	tab.fill(h, h.count)
	e := newHierarchies(5, 2)
	parts, _ := e.tasks(t.Context(), mostModels)
	few, err := search(context.Background(), tab, e, parts, math.Log(tab.on[0]), 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := search(context.Background(), tab, e, parts, math.Log(tab.on[0]), 2000, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range few {
		if m.model != all[i].model {
			t.Errorf("place %d: %v, want %v", i, h.names(interactions(m.model)), h.names(interactions(all[i].model)))
		}
	}
}

// The answer is the same whatever the number of workers, to the last digit.
func TestWorkersDoNotMatter(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, m := range []Method{Stepwise, Hierarchical, Decomposable, Latent} {
		var first []byte
		for _, workers := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(workers)
			b, err := json.Marshal(run(t, "UKdat_4", func(s *Spec) {
				s.Method, s.Bootstrap, s.Order, s.Mixture.Longest = m, 200, 3, firstRound
			}))
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = b
			} else if !bytes.Equal(first, b) {
				t.Errorf("%s: another answer with %d workers:\n%s\n%s", m, workers, first, b)
			}
		}
	}
}

// A list that loses its last person in a resample leaves the lists alone.
func TestEmptyListInResample(t *testing.T) {
	h := &histories{lists: []string{"A", "B", "C"}, rows: []set{1, 2, 4, 3, 5, 6}, count: []float64{90, 70, 1, 20, 0, 0}}
	tab := newTable(3)
	f := newStepper(3)
	tab.fill(h, []float64{90, 70, 0, 20, 0, 0})
	near(t, "without anybody on C", f.choose(tab, 1), 110.0*90/20, 1e-9)
	if len(f.taken) > 0 {
		t.Errorf("terms %v", h.names(f.taken))
	}
}

// Where most resamples have no finite estimate there is no upper limit, although
// the correction for bias would find one.
func TestMostResamplesInfinite(t *testing.T) {
	r := fitCSV(t, "A,B,count\n1,0,2\n0,1,1\n1,1,1\n", func(s *Spec) { s.Bootstrap = 1000 })
	if r.Upper.Known() || r.Quantiles["0.975"].Known() {
		t.Errorf("limits %v to %v", r.Lower, r.Upper)
	}
	codes := map[string]bool{}
	for _, w := range r.Warnings {
		codes[w.Code] = true
	}
	if !codes["infinite_replicates"] || !codes["no_upper_limit"] {
		t.Errorf("warnings %v", r.Warnings)
	}
}

// Everybody on one list leaves nobody to be estimated; that is not a number.
func TestEverybodyOnOneList(t *testing.T) {
	r := fitCSV(t, "A,B,C,count\n1,0,0,9\n1,1,0,4\n1,0,1,3\n1,1,1,2\n", nil)
	if r.Estimate.Known() || r.Exists {
		t.Errorf("estimate %v, exists %v", r.Estimate, r.Exists)
	}
}

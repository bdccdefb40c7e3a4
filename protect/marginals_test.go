package protect

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// seeded is a source of chance for tests, which have to repeat.
func seeded(seed byte) *rand.ChaCha8 {
	var k [32]byte
	k[0] = seed
	return rand.NewChaCha8(k)
}

// Draws against the exact probabilities, by chi-square at 1 in 100,000.
func TestNoiseDistribution(t *testing.T) {
	const draws = 40_000
	check := func(name string, draw func() int64, weight func(x float64) float64) {
		t.Helper()
		count := map[int64]int{}
		for range draws {
			count[draw()]++
		}
		total := 0.0
		for x := -3000; x <= 3000; x++ {
			total += weight(float64(x))
		}
		stat, cells, restWant, restGot := 0.0, 0, float64(draws), draws
		for x := int64(-3000); x <= 3000; x++ {
			want := weight(float64(x)) / total * draws
			if want < 8 {
				continue
			}
			d := float64(count[x]) - want
			stat += d * d / want
			cells++
			restWant -= want
			restGot -= count[x]
		}
		if restWant >= 8 {
			d := float64(restGot) - restWant
			stat += d * d / restWant
			cells++
		}
		limit := distuv.ChiSquared{K: float64(cells - 1)}.Quantile(1 - 1e-5)
		if stat > limit {
			t.Errorf("%s: chi-square %.1f on %d, more than %.1f", name, stat, cells-1, limit)
		}
	}
	n := NewNoise(seeded(1))
	for _, sigma := range []float64{0.5, 1, 3.7, 20, 50} {
		check("gaussian", func() int64 { return n.Gaussian(sigma * sigma) }, func(x float64) float64 { return math.Exp(-x * x / (2 * sigma * sigma)) })
	}
	for _, f := range [][2]uint64{{1, 1}, {3, 2}, {1, 7}, {21, 1000}} {
		check("laplace", func() int64 { return n.Laplace(f[0], f[1]) }, func(x float64) float64 { return math.Exp(-math.Abs(x) * float64(f[0]) / float64(f[1])) })
	}
	// Permute-and-flip on three scores: by hand, with r = exp(−1/2), P(worst) = sum over orders.
	r := math.Exp(-0.5)
	scores := []int64{0, -1, -1}
	var first int
	for range draws {
		if n.best(scores, 1, 1) == 0 {
			first++
		}
	}
	// The best wins unless one of those before it in the order says yes: orders with 0, 1, 2 before.
	want := (1 + (1 - r) + (1-r)*(1-r)) / 3
	if got := float64(first) / draws; math.Abs(got-want) > 4.5*math.Sqrt(want*(1-want)/draws) {
		t.Errorf("permute-and-flip takes the best in %.4f, want %.4f", got, want)
	}
	if n.Err() != nil {
		t.Error(n.Err())
	}
}

func TestNoiseSourceFails(t *testing.T) {
	n := NewNoise(strings.NewReader("too short"))
	for range 100 {
		n.Gaussian(10)
		n.Laplace(1, 3)
		n.best([]int64{1, 2, 3}, 1, 1)
	}
	if n.Err() == nil {
		t.Error("a source that ended was not noticed")
	}
}

// Two neighbouring files, and the chance of every outcome on each: no outcome may be more than
// exp(ε) times as likely on one, but for chance of the test and delta.
func TestMarginalsNeighbours(t *testing.T) {
	const runs, eps = 4000, 1.0
	rows := func(n int) *Table {
		var out [][]string
		for i := range n {
			out = append(out, []string{[]string{"x", "y", "z"}[i*i%7%3]})
		}
		out = append(out, []string{"x"}) // a value that both have
		data, err := NewTable("toy", []string{"v"}, out)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	tell := func(data *Table, seed byte) map[int64]float64 {
		source := seeded(seed)
		out := map[int64]float64{}
		for range runs {
			m, err := Marginals(t.Context(), data, MarginalsSpec{Epsilon: eps, Source: source})
			if err != nil {
				t.Fatal(err)
			}
			at := int64(-1000)
			for _, c := range m.Counts {
				if c.Selections[0].Value == "x" {
					at = c.Count / 4
				}
			}
			out[at]++
		}
		return out
	}
	a, b := tell(rows(200), 3), tell(rows(199), 4)
	for x, n := range a {
		if n > 100 && n > math.Exp(eps)*(b[x]+4*math.Sqrt(b[x]+1))+4*math.Sqrt(n) {
			t.Errorf("outcome %d: %v against %v", x, n, b[x])
		}
	}
}

// The peer at epsilon 4 with the same files, combinations up to 3 (Synthetic Data Showcase 1.9.0, one run):
// frequent combinations lost, preservation, of counts and of rows made from them.
func TestMarginalsBesidePeer(t *testing.T) {
	for _, tt := range []struct {
		file                           string
		lost, preservation             float64
		rowsLost, rowsPreservation     float64
		slackLost, slackPreserveration float64
	}{
		{"adult_categorical", 0.2234, 0.716, 0.2245, 0.540, 0.02, 0.02},
		{"fictional_cases", 0.3385, 0.597, 0.3423, 0.313, 0.02, 0.02},
	} {
		data := load(t, tt.file)
		m, err := Marginals(t.Context(), data, MarginalsSpec{Epsilon: 4, Source: seeded(9)})
		if err != nil {
			t.Fatal(err)
		}
		q, err := m.Compare(t.Context(), data, 10, 3)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s counts: lost %.4f (peer %v), preservation %.3f (%v), made up %d, rare %d, mean error %.1f / %.1f / %.1f; σ %.2v, kept %v", tt.file, q.LostShare, tt.lost, q.Preservation, tt.preservation,
			q.Fabricated, q.RarePresent, q.ByLength[0].MeanError, q.ByLength[1].MeanError, q.ByLength[2].MeanError, m.Sigma, m.Kept)
		s, err := SynthesiseMarginals(t.Context(), &m.Aggregates, data.Header(), 1)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Compare(t.Context(), data, s.Rows, 10, 3)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s rows: %d, lost %.4f (peer %v), preservation %.3f (%v), mean error %.1f", tt.file, s.SyntheticRows, r.LostShare, tt.rowsLost, r.Preservation, tt.rowsPreservation, r.MeanError)
		if q.LostShare > tt.lost+tt.slackLost || float64(q.Preservation) < tt.preservation-tt.slackPreserveration {
			t.Errorf("%s: the counts are worse than the peer's", tt.file)
		}
		if r.LostShare > tt.rowsLost+tt.slackLost || float64(r.Preservation) < tt.rowsPreservation-tt.slackPreserveration {
			t.Errorf("%s: the rows are worse than the peer's", tt.file)
		}
		partsCounted(t, &m.Aggregates, s.Rows)
	}
}

// partsCounted checks that every combination in rows is one that a counts.
func partsCounted(t *testing.T, a *Aggregates, rows *Table) {
	t.Helper()
	counted := map[string]bool{}
	for _, c := range a.Counts {
		counted[selectionText(c.Selections)] = true
	}
	err := eachCount(t.Context(), rows, a.Length, func(pick []int, codes []uint32, n int32) {
		if p := pairs(rows, pick, codes); !counted[selectionText(p)] {
			t.Errorf("%v is in the rows and not in the counts", p)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMarginalsBudget(t *testing.T) {
	data := randomTable(rand.New(rand.NewPCG(6, 6)), 300, 4)
	b, err := NewBudget("the toy", 2, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	spec := MarginalsSpec{Epsilon: 0.8, Delta: 1e-6, Budget: b, Release: "first", On: "2026-11-22"}
	var before []float64
	for i := range 10 {
		// The same data and question twice spends twice.
		if _, err = Marginals(t.Context(), data, spec); err != nil {
			break
		}
		before = append(before, b.Total())
		if i > 0 && before[i] <= before[i-1] {
			t.Errorf("release %d spent nothing", i+1)
		}
	}
	if !errors.Is(err, ErrOverspent) || len(before) < 2 || b.Total() > 2 {
		t.Errorf("after %d releases: %v, total %v", len(before), err, b.Total())
	}
	var text bytes.Buffer
	if err := b.Write(&text); err != nil {
		t.Fatal(err)
	}
	back, err := ReadBudget(bytes.NewReader(text.Bytes()), "b")
	if err != nil || back.Total() != b.Total() {
		t.Errorf("read back: %v", err)
	}
	over := strings.Replace(text.String(), `"epsilon": 2`, `"epsilon": 0.5`, 1)
	if _, err := ReadBudget(strings.NewReader(over), "b"); err == nil {
		t.Error("an overspent budget was read")
	}
	if err := b.Spend(Spending{Release: "x", Rho: math.NaN()}); err == nil {
		t.Error("a loss that is no number was spent")
	}
}

func TestMarginalsRefuses(t *testing.T) {
	data := randomTable(rand.New(rand.NewPCG(6, 6)), 300, 4)
	for _, tt := range []struct {
		spec MarginalsSpec
		want string
	}{
		{MarginalsSpec{}, `option "epsilon": epsilon 0; want more than 0`},
		{MarginalsSpec{Epsilon: 1, Delta: 0.2}, `option "delta": delta 0.2 is more than a tenth of one record's share`},
		{MarginalsSpec{Epsilon: 1, Length: 9}, `option "length": combinations of 9 values; want 1 to 4`},
		{MarginalsSpec{Epsilon: 1, Made: []float64{0.5}}, `option "made": 1 shares for lengths 2 to 3`},
	} {
		if _, err := Marginals(t.Context(), data, tt.spec); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func TestRho(t *testing.T) {
	for _, eps := range []float64{1e-6, 0.1, 1, 8} {
		if got := RhoToEpsilon(EpsilonToRho(eps, 1e-6), 1e-6); math.Abs(got-eps) > 1e-9*eps {
			t.Errorf("epsilon %v came back as %v", eps, got)
		}
	}
}

// The noise of a Gaussian with σ² = 1/(2·rho) is known exactly (Balle and Wang 2018); the bound lies above it and below the
// simple one of Bun and Steinke.
func TestRhoAgainstExact(t *testing.T) {
	normal := distuv.Normal{Mu: 0, Sigma: 1}
	for _, rho := range []float64{0.001, 0.02, 0.3, 2} {
		sigma := math.Sqrt(1 / (2 * rho))
		for _, delta := range []float64{1e-4, 1e-6, 1e-9} {
			eps := RhoToEpsilon(rho, delta)
			exact := normal.CDF(1/(2*sigma)-eps*sigma) - math.Exp(eps)*normal.CDF(-1/(2*sigma)-eps*sigma)
			if simple := rho + 2*math.Sqrt(rho*math.Log(1/delta)); exact > delta || eps >= simple || eps < 0.6*simple {
				t.Errorf("rho %v, delta %v: epsilon %v, where delta is %v exactly; the simple bound is %v", rho, delta, eps, exact, simple)
			}
		}
	}
}

func FuzzReadBudget(f *testing.F) {
	if text, err := os.ReadFile("testdata/budget.json"); err == nil {
		f.Add(string(text))
	}
	f.Add(`{"format":"plumbline-budget/1","data":"x","epsilon":1,"delta":1e-6,"spent":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ReadBudget(strings.NewReader(text), "fuzz")
		if err != nil {
			return
		}
		if !(b.Total() <= b.Epsilon) {
			t.Errorf("%q is overspent", text)
		}
		var out bytes.Buffer
		if err := b.Write(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadBudget(&out, "again"); err != nil {
			t.Errorf("%q was read and then refused: %v", text, err)
		}
	})
}

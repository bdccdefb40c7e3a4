package survival

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

func text(t testing.TB, s string) *estimate.Table {
	t.Helper()
	tab, err := estimate.ReadTable(strings.NewReader(s), "people.csv", estimate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestBadInput(t *testing.T) {
	const people = "t,e,g,x,y,w\n5,1,a,1,2,u\n3,0,b,2,4,v\n8,1,a,3,6,u\n2,1,b,4,8,v\n7,0,b,5,10,u\n"
	spec := func(change func(sp *Spec)) Spec {
		sp := Spec{Time: "t", Event: "e"}
		change(&sp)
		return sp
	}
	nothing := func(*Spec) {}
	for _, tt := range []struct {
		name, text string
		change     func(sp *Spec)
		want       string
	}{
		{"unknown column", people, func(sp *Spec) { sp.Time = "days" }, `people.csv: column "days": there is no such column`},
		{"no event column", people, func(sp *Spec) { sp.Event = "" }, "the column of times or of events is not given"},
		{"all censored", strings.ReplaceAll(people, ",1,", ",0,"), nothing, "every time is censored"},
		{"end is a word", strings.Replace(people, "8,1", "8,dead", 1), nothing, `row 4, column "e": the end is "dead"`},
		{"end is 2", strings.Replace(people, "8,1", "8,2", 1), nothing, `row 4, column "e": the end is "2"`},
		{"negative time", strings.Replace(people, "8,1", "-8,1", 1), nothing, `row 4, column "t": the time is -8`},
		{"time is a word", strings.Replace(people, "8,1", "long,1", 1), nothing, `row 4, column "t": "long" is not a number`},
		{"interval", people, func(sp *Spec) { sp.Interval = "exact" }, `unknown interval "exact"`},
		{"level", people, func(sp *Spec) { sp.Level = 1.5 }, "the level is 1.5"},
		{"ties", people, func(sp *Spec) { sp.Cox, sp.Ties = []string{"x"}, "cut" }, `unknown ties "cut"`},
		{"same covariate", people, func(sp *Spec) { sp.Cox = []string{"x", "y"} }, `column "y": it says nothing the covariates before it do not say`},
		{"twice", people, func(sp *Spec) { sp.Cox = []string{"x", "x"} }, `"x" is given twice`},
		{"too few events", people, func(sp *Spec) { sp.Cox = []string{"x", "g", "w"} }, "3 events for 3 coefficients"},
		{"nothing", "t,e\n,1\n3,\n", nothing, "no row has a time and an end"},
		{"subdistribution of one end", people, func(sp *Spec) { sp.Cox, sp.Subdistribution = []string{"x"}, true }, "it is for one cause among competing ends"},
		{"robust exact", people, func(sp *Spec) { sp.Cox, sp.Ties, sp.Cluster = []string{"x"}, Exact, "g" }, "no robust standard errors with exact ties"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Fit(context.Background(), text(t, tt.text), spec(tt.change))
			var input *estimate.InputError
			if !errors.As(err, &input) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %v, want one line with %q", err, tt.want)
			}
		})
	}
}

// The curve of a textbook by hand: 6, 6, 6, 7, 10 with the third 6 and the 10
// censored. S(6) = 3/5, S(7) = 3/5 × 1/2.
func TestByHand(t *testing.T) {
	r := fit(t, text(t, "t,e\n6,1\n10,0\n6,1\n7,1\n6,0\n"), Spec{Time: "t", Event: "e"})
	g := r.Groups[0]
	if len(g.Curve) != 3 || math.Abs(float64(g.Curve[0].Survival)-0.6) > 1e-15 || math.Abs(float64(g.Curve[1].Survival)-0.3) > 1e-15 {
		t.Errorf("curve %+v", g.Curve)
	}
	// Greenwood: 0.6² × 2/(5·3)
	if want := 0.6 * math.Sqrt(2.0/15); math.Abs(float64(g.Curve[0].SE)-want) > 1e-15 {
		t.Errorf("se %v, want %v", g.Curve[0].SE, want)
	}
	if g.Median.Estimate != 7 {
		t.Errorf("median %v, want 7", g.Median.Estimate)
	}
	// A flat stretch exactly at one half: its middle.
	flat := fit(t, text(t, "t,e\n1,1\n2,1\n5,1\n9,1\n"), Spec{Time: "t", Event: "e"})
	if m := flat.Groups[0].Median.Estimate; m != 3.5 {
		t.Errorf("median of a flat stretch %v, want 3.5", m)
	}
}

// Without censoring the curve is the share left, its variance binomial, and the
// incidence of each cause the share that had it.
func TestWithoutCensoring(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("t,e\n")
	count := map[string]float64{}
	const n = 200
	for range n {
		e := 1 + rng.IntN(3)
		b.WriteString(fmt.Sprintf("%d,%d\n", 1+rng.IntN(30), e))
		count[fmt.Sprint(e)]++
	}
	g := fit(t, text(t, b.String()), Spec{Time: "t", Event: "e", Competing: true}).Groups[0]
	for _, in := range g.Incidence[len(g.Incidence)-3:] {
		p := count[in.Cause] / n
		if math.Abs(float64(in.Estimate)-p) > 1e-12 || math.Abs(float64(in.SE)-math.Sqrt(p*(1-p)/n)) > 1e-12 {
			t.Errorf("cause %s: %v ± %v, want %v ± %v", in.Cause, in.Estimate, in.SE, p, math.Sqrt(p*(1-p)/n))
		}
	}
	for _, s := range g.Curve[:len(g.Curve)-1] {
		if p := float64(s.Survival); math.Abs(float64(s.SE)-math.Sqrt(p*(1-p)/n)) > 1e-12 {
			t.Errorf("at %v: se %v, want binomial %v", s.Time, s.SE, math.Sqrt(p*(1-p)/n))
		}
	}
}

// simulated makes a file of n people in two groups, some censored.
func simulated(rng *rand.Rand, n int, effect float64) string {
	var b strings.Builder
	b.WriteString("t,e,g,x,k\n")
	for i := range n {
		g, x := rng.IntN(2), rng.NormFloat64()
		t := rng.ExpFloat64() * 10 / math.Exp(effect*float64(g)+0.3*x)
		c := rng.ExpFloat64() * 20
		e := 1
		if c < t {
			t, e = c, 0
		}
		fmt.Fprintf(&b, "%.1f,%d,%d,%.6f,%d\n", math.Ceil(t*2)/2, e, g, x, i%25)
	}
	return b.String()
}

func TestProperties(t *testing.T) {
	tab := simulated(rand.New(rand.NewPCG(3, 4)), 150, 0.4)
	sp := Spec{Time: "t", Event: "e", By: "g", Cox: []string{"g", "x"}}
	was := fit(t, text(t, tab), sp)
	lines := strings.Split(strings.TrimSpace(tab), "\n")
	rows := lines[1:]
	rand.New(rand.NewPCG(5, 6)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	shuffled := fit(t, text(t, strings.Join(lines, "\n")), sp)
	a, _ := json.Marshal(was.Groups)
	b, _ := json.Marshal(shuffled.Groups)
	if !bytes.Equal(a, b) {
		t.Error("the order of rows changes the curves")
	}
	for _, n := range was.Cox.Names {
		if math.Abs(float64(was.Cox.Coefficients[n]-shuffled.Cox.Coefficients[n])) > 1e-10 {
			t.Errorf("the order of rows changes %s", n)
		}
	}
	// Counting time in other units changes no ratio and no test.
	var hours strings.Builder
	for k, l := range lines {
		if k == 0 {
			hours.WriteString(l + "\n")
			continue
		}
		x, rest, _ := strings.Cut(l, ",")
		var v float64
		fmt.Sscan(x, &v)
		fmt.Fprintf(&hours, "%v,%s\n", 24*v, rest)
	}
	scaled := fit(t, text(t, hours.String()), sp)
	if math.Abs(float64(scaled.LogRank.ChiSq-was.LogRank.ChiSq)) > 1e-9 || math.Abs(float64(scaled.Groups[0].Median.Estimate-24*was.Groups[0].Median.Estimate)) > 1e-9 {
		t.Errorf("hours: log-rank %v, median %v; days: %v, %v", scaled.LogRank.ChiSq, scaled.Groups[0].Median.Estimate, was.LogRank.ChiSq, was.Groups[0].Median.Estimate)
	}
	// The score test of one 0/1 covariate without ties is the log-rank test.
	untied := strings.Builder{}
	for k, l := range lines {
		if k > 0 {
			x, rest, _ := strings.Cut(l, ",")
			l = fmt.Sprintf("%s%03d,%s", x, k, rest)
		}
		untied.WriteString(l + "\n")
	}
	one := fit(t, text(t, untied.String()), Spec{Time: "t", Event: "e", By: "g", Cox: []string{"g"}})
	if math.Abs(float64(one.Cox.Score.ChiSq-one.LogRank.ChiSq)) > 1e-8 {
		t.Errorf("score test %v, log-rank %v", one.Cox.Score.ChiSq, one.LogRank.ChiSq)
	}
	// Without ties the three rules agree.
	for _, ties := range []Ties{Breslow, Exact} {
		sp := Spec{Time: "t", Event: "e", Cox: []string{"g"}, Ties: ties}
		if got := fit(t, text(t, untied.String()), sp).Cox.Coefficients["g"]; math.Abs(float64(got-one.Cox.Coefficients["g"])) > 1e-10 {
			t.Errorf("%s without ties: %v, Efron %v", ties, got, one.Cox.Coefficients["g"])
		}
	}
	// Each person a cluster of their own: robust and naive are close.
	sp.By, sp.Cluster = "", "id"
	own := lines[0] + ",id\n"
	for k, l := range lines[1:] {
		own += fmt.Sprintf("%s,%d\n", l, k)
	}
	robust := fit(t, text(t, own), sp).Cox
	for _, n := range robust.Names {
		if r := float64(robust.SE[n] / robust.NaiveSE[n]); r < 0.7 || r > 1.4 {
			t.Errorf("%s: robust %v, naive %v", n, robust.SE[n], robust.NaiveSE[n])
		}
	}
	// With one stratum of everybody the strata change nothing.
	sp.Cluster, sp.Strata = "", "s"
	constant := lines[0] + ",s\n"
	for _, l := range lines[1:] {
		constant += l + ",here\n"
	}
	if got := fit(t, text(t, constant), sp).Cox; math.Abs(float64(got.Coefficients["x"]-was.Cox.Coefficients["x"])) > 1e-12 {
		t.Errorf("one stratum: %v, none: %v", got.Coefficients["x"], was.Cox.Coefficients["x"])
	}
}

// One minus the curve of one cause, the others censored, overstates it.
func TestCompetingEndsAreFewer(t *testing.T) {
	tab := golden.Table(t, "pbc.csv")
	aj := fit(t, tab, Spec{Time: "time", Event: "status", Competing: true}).Groups[0]
	km := fit(t, tab, Spec{Time: "time", Event: "status", EventValue: "2"})
	last := aj.Incidence[len(aj.Incidence)-1]
	if end := km.Groups[0].Curve[len(km.Groups[0].Curve)-1]; !(float64(last.Estimate) < 1-float64(end.Survival)) {
		t.Errorf("incidence of death %v, one minus the curve %v", last.Estimate, 1-end.Survival)
	}
	if km.Warnings[0].Code != "competing-censored" {
		t.Errorf("two kinds of censoring are not said: %v", km.Warnings)
	}
	for k := 0; k < len(aj.Curve); k++ {
		total := float64(aj.Curve[k].Survival + aj.Incidence[2*k].Estimate + aj.Incidence[2*k+1].Estimate)
		if math.Abs(total-1) > 1e-12 {
			t.Fatalf("at %v the shares add up to %v", aj.Curve[k].Time, total)
		}
	}
}

// Where nobody has another cause, Fine and Gray's hazard is Cox's with Breslow
// ties, and its covariance the robust one of single people.
func TestSubdistributionOfOneCause(t *testing.T) {
	file := simulated(rand.New(rand.NewPCG(9, 9)), 120, 0.5)
	fg := fit(t, text(t, file), Spec{Time: "t", Event: "e", Competing: true, EventValue: "1", Subdistribution: true, Cox: []string{"g", "x"}}).Cox
	cox := fit(t, text(t, file), Spec{Time: "t", Event: "e", Ties: Breslow, Cox: []string{"g", "x"}}).Cox
	for _, n := range cox.Names {
		if math.Abs(float64(fg.Coefficients[n]-cox.Coefficients[n])) > 1e-9 {
			t.Errorf("%s: %v, Cox %v", n, fg.Coefficients[n], cox.Coefficients[n])
		}
		if ratio := float64(fg.SE[n] / cox.SE[n]); ratio < 0.75 || ratio > 1.3 {
			t.Errorf("%s: se %v, Cox %v", n, fg.SE[n], cox.SE[n])
		}
	}
}

func TestSeparated(t *testing.T) {
	r := fit(t, text(t, "t,e,x\n1,1,1\n2,1,1\n3,1,1\n4,0,0\n5,0,0\n6,0,0\n"), Spec{Time: "t", Event: "e", Cox: []string{"x"}})
	if r.Cox.Converged {
		t.Errorf("a covariate that tells everybody apart converged to %v", r.Cox.Coefficients)
	}
}

func TestShape(t *testing.T) {
	sp := Spec{Time: "time", Event: "status", Competing: true, By: "trt", Cox: []string{"age"}, EventValue: "2"}
	b, err := json.Marshal(fit(t, golden.Table(t, "pbc.csv"), sp))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	need := func(m map[string]any, names ...string) {
		t.Helper()
		for _, n := range names {
			if _, ok := m[n]; !ok {
				t.Errorf("no %q", n)
			}
		}
	}
	need(m, "method", "version", "level", "warnings", "groups", "logrank", "cox")
	g := m["groups"].([]any)[0].(map[string]any)
	need(g, "group", "n", "events", "median", "curve", "incidence")
	need(g["median"].(map[string]any), "estimate", "lower", "upper")
	need(g["curve"].([]any)[0].(map[string]any), "time", "at_risk", "events", "censored", "survival", "se", "lower", "upper")
	need(g["incidence"].([]any)[0].(map[string]any), "time", "cause", "estimate", "se")
	need(m["logrank"].(map[string]any), "chisq", "df", "p")
	need(m["cox"].(map[string]any), "coefficients", "se", "loglik", "wald", "score", "lr")
}

func FuzzFit(f *testing.F) {
	f.Add(simulated(rand.New(rand.NewPCG(1, 1)), 20, 1), uint16(0))
	f.Add("t,e,g,x,k\n1,1,a,1,1\n1,1,b,2,2\n2,0,a,3,1\n3,2,b,1e300,2\n", uint16(0xffff))
	f.Add("t,e,g,x,k\n0,1,A,A,\n2,1,A,A,\n", uint16(0xffff))
	f.Add("t,e,g,x,k\n0,1,a,1,1\n0,1,b,-1e308,2\n1e308,0,a,1e308,1\n", uint16(0x5555))
	for bits := range uint16(32) {
		f.Add(simulated(rand.New(rand.NewPCG(2, 1)), 30, 1), bits*2049)
	}
	f.Add("t,e,g,x,k\n5,1,a,1,1\n5,1,a,2,1\n5,1,b,3,1\n", uint16(0x18))
	f.Fuzz(func(t *testing.T, s string, bits uint16) {
		tab, err := estimate.ReadTable(strings.NewReader(s), "f.csv", estimate.ReadOptions{MaxBytes: 1 << 12})
		if err != nil {
			return
		}
		on := func(k int) bool { return bits>>k&1 == 1 }
		sp := Spec{Time: "t", Event: "e", Competing: on(0), Interval: []Interval{LogLog, Log, Plain, LogLog}[bits>>1&3]}
		if on(3) {
			sp.By = "g"
		}
		if on(4) {
			sp.Cox, sp.EventValue = []string{"x", "g"}, "1"
			sp.Ties = []Ties{Efron, Breslow, Exact, Efron}[bits>>5&3]
		}
		if on(7) {
			sp.Strata = "k"
		}
		if on(9) && on(4) && on(0) {
			sp.Subdistribution, sp.Strata, sp.Ties = true, "", Efron
		} else if on(8) && sp.Ties != Exact {
			sp.Cluster = "k"
		}
		begun := time.Now()
		r, err := Fit(context.Background(), tab, sp)
		if !golden.Sound(t, s, begun, r, err) {
			return
		}
		for _, g := range r.Groups {
			for _, step := range g.Curve {
				if step.Survival < 0 || step.Survival > 1 || step.Lower > step.Survival || step.Upper < step.Survival {
					t.Errorf("survival %v, limits %v to %v", step.Survival, step.Lower, step.Upper)
				}
			}
			for _, in := range g.Incidence {
				if in.Estimate < 0 || in.Estimate > 1+1e-9 {
					t.Errorf("incidence %v", in.Estimate)
				}
			}
		}
	})
}

func Benchmark(b *testing.B) {
	tab := golden.Table(b, "lung.csv")
	// R 4.2.2: 3 ms of CPU.
	b.Run("km_loglog_lung", func(b *testing.B) {
		for b.Loop() {
			fit(b, tab, lung)
		}
	})
	// R 4.2.2: 4 ms of CPU.
	b.Run("cox_efron_lung", func(b *testing.B) {
		sp := lung
		sp.Cox = []string{"age", "sex", "ph.ecog"}
		for b.Loop() {
			fit(b, tab, sp)
		}
	})
}

// The target is one second, reading the file left out.
func BenchmarkMillionRows(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	var s bytes.Buffer
	s.WriteString("t,e\n")
	for range 1_000_000 {
		fmt.Fprintf(&s, "%.3f,%d\n", rng.ExpFloat64()*1000, rng.IntN(2))
	}
	tab, err := estimate.ReadTable(&s, "b.csv", estimate.ReadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		fit(b, tab, Spec{Time: "t", Event: "e"})
	}
}

// 100,000 people, three covariates, half of them with the event, times to a
// thousandth.
func BenchmarkCox100k(b *testing.B) {
	rng := rand.New(rand.NewPCG(2, 1))
	var s bytes.Buffer
	s.WriteString("t,e,a,b,c,g\n")
	for i := range 100_000 {
		x, y := rng.NormFloat64(), rng.IntN(2)
		fmt.Fprintf(&s, "%.3f,%d,%.4f,%d,%.4f,%d\n", rng.ExpFloat64()*1000*math.Exp(-.3*x-.5*float64(y)), rng.IntN(2), x, y, rng.NormFloat64(), i%4)
	}
	tab, err := estimate.ReadTable(&s, "b.csv", estimate.ReadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("cox", func(b *testing.B) {
		for b.Loop() {
			fit(b, tab, Spec{Time: "t", Event: "e", Cox: []string{"a", "b", "c"}})
		}
	})
	b.Run("gray", func(b *testing.B) {
		for b.Loop() {
			fit(b, tab, Spec{Time: "t", Event: "e", Competing: true, By: "g"})
		}
	})
}

package series

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

func csv(t testing.TB, text string) *estimate.Table {
	t.Helper()
	tab, err := estimate.ReadTable(strings.NewReader(text), "clinic.csv", estimate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// line is a series of n points: time from 1, y, the event from half way.
func line(n int, y func(t int) string) string {
	var b strings.Builder
	b.WriteString("t,y,e\n")
	for t := 1; t <= n; t++ {
		e := 0
		if t > n/2 {
			e = 1
		}
		fmt.Fprintf(&b, "%d,%s,%d\n", t, y(t), e)
	}
	return b.String()
}

func wobble(t int) string { return fmt.Sprint(20 + t%3 + (t*t)%5) }

func TestBadInput(t *testing.T) {
	good := line(20, wobble)
	spec := func(change func(sp *Spec)) Spec {
		sp := Spec{Y: "y", Time: "t", Events: []string{"e"}}
		change(&sp)
		return sp
	}
	nothing := func(*Spec) {}
	for _, tt := range []struct {
		name, text string
		change     func(sp *Spec)
		want       string
	}{
		{"unknown column", good, func(sp *Spec) { sp.Y = "visits" }, `clinic.csv: column "visits": there is no such column`},
		{"no event", good, func(sp *Spec) { sp.Events = nil }, "no event is given"},
		{"event outside", good, func(sp *Spec) { sp.Events = []string{"40"} }, `the event at 40 is outside the series, which runs from 1 to 20`},
		{"event at the first time", good, func(sp *Spec) { sp.Events = []string{"1"} }, `outside the series`},
		{"event not 0 or 1", good, func(sp *Spec) { sp.Events = []string{"y"} }, `row 2, column "y": the event is`},
		{"gap", strings.Replace(good, "7,"+wobble(7)+",0\n", "", 1), nothing, `row 8, column "t": time goes from 6 to 8 in steps of 1`},
		{"time twice", strings.Replace(good, "7,", "6,", 1), nothing, `row 8, column "t": time 6 occurs twice`},
		{"time missing", strings.Replace(good, "7,", ",", 1), nothing, `row 8, column "t": the time is missing`},
		{"broken count", strings.Replace(good, "7,"+wobble(7), "7,2.5", 1), func(sp *Spec) { sp.Family = Poisson }, `row 8, column "y": 2.5 is not a count`},
		{"negative count", strings.Replace(good, "7,"+wobble(7), "7,-2", 1), func(sp *Spec) { sp.Family = NegBin }, `row 8, column "y": -2 is not a count`},
		{"log of zero", strings.Replace(good, "7,"+wobble(7), "7,0", 1), func(sp *Spec) { sp.Transform = "log" }, `row 8, column "y": 0 has no logarithm`},
		{"no exposure", good, func(sp *Spec) { sp.Family, sp.Offset = Poisson, "e" }, `row 2, column "e": the exposure is 0`},
		{"gaussian offset", good, func(sp *Spec) { sp.Offset = "t" }, "not on the log scale"},
		{"ar1 of counts", good, func(sp *Spec) { sp.Family, sp.AR1 = Poisson, true }, "AR(1) errors are for a Gaussian series"},
		{"no period", good, func(sp *Spec) { sp.Harmonics = 1 }, "need the length of the season"},
		{"same event twice", good, func(sp *Spec) { sp.Events = []string{"e", "11"} }, `it says nothing the terms before it do not say`},
		{"lag too long", good, func(sp *Spec) { sp.SE, sp.Lag = NeweyWest, 20 }, "a lag of 20 in a series of 20"},
		{"too short", line(4, wobble), func(sp *Spec) { sp.Slope = true }, "4 points for 4 coefficients"},
		{"family", good, func(sp *Spec) { sp.Family = "gamma" }, `unknown family "gamma"`},
		{"all zero", line(20, func(int) string { return "0" }), func(sp *Spec) { sp.Family = Poisson }, "every count is zero"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Fit(context.Background(), csv(t, tt.text), spec(tt.change))
			var input *estimate.InputError
			if !errors.As(err, &input) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %v, want one line with %q", err, tt.want)
			}
		})
	}
}

func TestMissingIsNotZero(t *testing.T) {
	text := strings.Replace(line(30, wobble), "7,"+wobble(7), "7,", 1)
	for _, sp := range []Spec{{Family: Poisson}, {}, {AR1: true}, {SE: NeweyWest, Lag: 3}} {
		sp.Y, sp.Time, sp.Events = "y", "t", []string{"e"}
		r := fit(t, csv(t, text), sp)
		if r.N != 29 || len(r.Warnings) == 0 || r.Warnings[0].Code != "missing-values" {
			t.Errorf("%+v: %d points, warnings %v; want 29 and a word on the missing one", sp, r.N, r.Warnings)
		}
	}
	// With all lags at zero the missing point changes nothing else.
	a := fit(t, csv(t, text), Spec{Y: "y", Time: "t", Events: []string{"e"}, SE: NeweyWest})
	b := fit(t, csv(t, text), Spec{Y: "y", Time: "t", Events: []string{"e"}, SE: HC0})
	if a.SE["level"] != b.SE["level"] {
		t.Errorf("newey-west at lag 0 is %v, hc0 %v", a.SE["level"], b.SE["level"])
	}
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*(1+math.Abs(b)) }

func TestProperties(t *testing.T) {
	tab := golden.Table(t, "sicily.csv")
	sp := sicilySpec()
	sp.Slope, sp.Harmonics = true, 1
	for _, family := range []Family{Poisson, QuasiPoisson, NegBin} {
		sp.Family = family
		was := fit(t, tab, sp)
		// Ten times the people at risk: one tenth of the rate, and nothing else.
		ten := sp
		ten.Offset = "ten"
		scaled := fit(t, with(t, tab, "ten", []string{"stdpop"}, func(x []float64) float64 { return 10 * x[0] }), ten)
		if !near(float64(scaled.Coefficients["level"]), float64(was.Coefficients["level"]), 1e-9) || !near(float64(scaled.Coefficients["intercept"]), float64(was.Coefficients["intercept"])-math.Log(10), 1e-9) {
			t.Errorf("%s: ten times the exposure gives %v, was %v", family, scaled.Coefficients, was.Coefficients)
		}
		// Counting time from another day moves the intercept alone.
		later := sp
		later.Time = "later"
		later.Harmonics = 0
		plain := sp
		plain.Harmonics = 0
		a := fit(t, with(t, tab, "later", []string{"time"}, func(x []float64) float64 { return x[0] + 100 }), later)
		b := fit(t, tab, plain)
		for _, name := range []string{"level", "slope", "time"} {
			if !near(float64(a.Coefficients[name]), float64(b.Coefficients[name]), 1e-7) || !near(float64(a.SE[name]), float64(b.SE[name]), 1e-7) {
				t.Errorf("%s: time from another day changes %s from %v to %v", family, name, b.Coefficients[name], a.Coefficients[name])
			}
		}
		// The score equation of the intercept: fitted and observed totals agree.
		if family != NegBin {
			observed, fitted := 0.0, 0.0
			for _, p := range was.Counterfactual.Series {
				observed += float64(p.Observed)
				fitted += float64(p.Fitted)
			}
			if !near(observed, fitted, 1e-10) {
				t.Errorf("%s: observed %v, fitted %v", family, observed, fitted)
			}
		}
	}
}

// An event without effect in a straight line has none, and AR(1) with φ near
// zero is least squares.
func TestStraightLine(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	text := line(200, func(t int) string { return fmt.Sprint(5 + 0.1*float64(t) + rng.NormFloat64()) })
	sp := Spec{Y: "y", Time: "t", Events: []string{"e"}}
	ols := fit(t, csv(t, text), sp)
	sp.AR1 = true
	ar := fit(t, csv(t, text), sp)
	if d := float64(ols.Coefficients["level"] - ar.Coefficients["level"]); math.Abs(d) > 0.2*float64(ols.SE["level"]) {
		t.Errorf("level by least squares %v, by AR(1) %v with φ %v", ols.Coefficients["level"], ar.Coefficients["level"], *ar.Phi)
	}
	if !(ols.Lower["level"] < 0 && ols.Upper["level"] > 0) || !strings.Contains(ols.Sentence, "does not show") {
		t.Errorf("no effect: %v to %v, %q", ols.Lower["level"], ols.Upper["level"], ols.Sentence)
	}
}

func TestUnderdispersedIsNotShrunk(t *testing.T) {
	text := line(40, func(t int) string { return fmt.Sprint(100 + t%2) })
	quasi := fit(t, csv(t, text), Spec{Y: "y", Time: "t", Events: []string{"e"}, Family: QuasiPoisson})
	poisson := fit(t, csv(t, text), Spec{Y: "y", Time: "t", Events: []string{"e"}, Family: Poisson})
	if !(quasi.Dispersion < 0.1) || quasi.SE["level"] != poisson.SE["level"] {
		t.Errorf("dispersion %v, se %v; Poisson's is %v", quasi.Dispersion, quasi.SE["level"], poisson.SE["level"])
	}
	nb := fit(t, csv(t, text), Spec{Y: "y", Time: "t", Events: []string{"e"}, Family: NegBin})
	if nb.Theta.Known() || !near(float64(nb.SE["level"]), float64(poisson.SE["level"]), 1e-9) {
		t.Errorf("θ %v, se %v; want none and Poisson's", *nb.Theta, nb.SE["level"])
	}
}

// A level without a single case runs to −∞ and is said to.
func TestNoCasesAfter(t *testing.T) {
	text := line(40, func(t int) string {
		if t > 20 {
			return "0"
		}
		return fmt.Sprint(5 + t%3)
	})
	r := fit(t, csv(t, text), Spec{Y: "y", Time: "t", Events: []string{"e"}, Family: Poisson})
	if r.SE["level"].Known() || r.Upper["level"].Known() {
		t.Errorf("an error of a coefficient that has none: %v, up to %v", r.SE["level"], r.Upper["level"])
	}
	if r.Converged || r.Warnings[0].Code != "not-converged" {
		t.Errorf("converged %v, warnings %v", r.Converged, r.Warnings)
	}
}

func TestShape(t *testing.T) {
	sp := sicilySpec()
	sp.Slope = true
	b, err := json.Marshal(fit(t, golden.Table(t, "sicily.csv"), sp))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"method", "version", "level", "warnings", "coefficients", "se", "lower", "upper", "dispersion", "deviance", "df", "level_change", "slope_change", "counterfactual", "detectable", "diagnostics"} {
		if _, ok := m[k]; !ok {
			t.Errorf("no %q", k)
		}
	}
	for _, k := range []string{"coefficients", "se", "lower", "upper"} {
		for _, name := range []string{"intercept", "time", "level", "slope"} {
			if _, ok := m[k].(map[string]any)[name].(float64); !ok {
				t.Errorf("no number %s.%s in %v", k, name, m[k])
			}
		}
	}
	dw := m["diagnostics"].(map[string]any)["durbin_watson"].(map[string]any)
	if dw["statistic"] == nil || dw["p"] == nil {
		t.Errorf("durbin_watson is %v", dw)
	}
}

func TestPower(t *testing.T) {
	text := func(rng *rand.Rand, level float64) string {
		return line(60, func(t int) string {
			y := 50 + 0.1*float64(t) + 4*rng.NormFloat64()
			if t > 30 {
				y += level
			}
			return fmt.Sprint(y)
		})
	}
	sp := Spec{Y: "y", Time: "t", Events: []string{"e"}}
	detectable, n := 0.0, 400
	for s := range n {
		r := fit(t, csv(t, text(rand.New(rand.NewPCG(uint64(s), 1)), 0)), sp)
		detectable += float64(r.Detectable.Change) / float64(n)
	}
	found := 0
	for s := range n {
		if r := fit(t, csv(t, text(rand.New(rand.NewPCG(uint64(s), 2)), detectable)), sp); r.Upper["level"] < 0 {
			found++
		}
	}
	if share := float64(found) / float64(n); share < 0.74 || share > 0.86 {
		t.Errorf("a fall of %.2f is found in %.3f of series, want about 0.8", detectable, share)
	}
}

// TestNoNoise holds that a series that its model meets at every point, up to
// rounding, has no limits rather than limits of no width.
func TestNoNoise(t *testing.T) {
	for name, y := range map[string]func(t int) string{
		"all zero": func(int) string { return "0" },
		"constant": func(int) string { return "5" },
		"a line":   func(t int) string { return fmt.Sprint(3 + 7*t) },
	} {
		for _, sp := range []Spec{{}, {SE: HC0}, {SE: NeweyWest, Lag: 2}, {AR1: true}} {
			sp.Y, sp.Time, sp.Events = "y", "t", []string{"e"}
			r := fit(t, csv(t, line(30, y)), sp)
			if r.Result.Lower.Known() || r.SE["level"].Known() || r.P["level"].Known() || r.Detectable.Change.Known() {
				t.Errorf("%s: se %v, lower %v, p %v", name, r.SE["level"], r.Result.Lower, r.P["level"])
			}
			if !slices.ContainsFunc(r.Warnings, func(w estimate.Warning) bool { return w.Code == "no-noise" }) {
				t.Errorf("%s: warnings %v", name, r.Warnings)
			}
			for _, w := range r.Warnings {
				if w.Code == "autocorrelation" || w.Code == "anticipation" {
					t.Errorf("%s: %s of what is rounding", name, w.Code)
				}
			}
		}
	}
}

// TestBlind holds that a series in which even a fall to nothing would not have
// shown says so, and not that a fall of 150 per cent would have been needed.
func TestBlind(t *testing.T) {
	r := fit(t, csv(t, "t,y,e\n1,9,0\n2,21,0\n3,4,0\n4,17,0\n5,12,1\n6,3,1\n7,15,1\n8,8,1\n"), Spec{Y: "y", Time: "t", Events: []string{"e"}})
	if !slices.ContainsFunc(r.Warnings, func(w estimate.Warning) bool { return w.Code == "blind" }) || !strings.Contains(r.Sentence, "even a fall to nothing") {
		t.Errorf("fall %v, %q, %v", r.Detectable.Fall, r.Sentence, r.Warnings)
	}
	if got := r.Detectable.String(); strings.Contains(got, "%") {
		t.Errorf("smallest visible fall: %s", got)
	}
}

func FuzzFit(f *testing.F) {
	f.Add(line(20, wobble), uint16(0))
	f.Add(line(30, func(t int) string { return fmt.Sprint(t * t) }), uint16(0xffff))
	f.Add("t,y,e\n1,1e300,0\n2,-1e300,0\n3,1e-300,1\n4,,1\n5,2,1\n6,7,0\n7,1,1\n", uint16(0x1234))
	for bits := range uint16(32) {
		f.Add(line(24, wobble), bits*2049) // every option by itself and with others
	}
	f.Add("t,y,e\n2024-05,1,0\n2024-06,0,0\n2024-07,NA,1\n2024-08,3,1\n2024-09,3,1\n2024-10,2,1\n", uint16(4))
	f.Add("t,y,e\n1,0,0\n2,0,0\n3,0,0\n4,9,1\n5,8,1\n6,7,1\n7,9,1\n", uint16(6))
	f.Add("t,y,e\n1,5,0\n2,5,0\n3,5,0\n4,5,1\n5,5,1\n6,5,1\n7,5,1\n", uint16(0x100))
	f.Fuzz(func(t *testing.T, text string, bits uint16) {
		tab, err := estimate.ReadTable(strings.NewReader(text), "f.csv", estimate.ReadOptions{MaxBytes: 1 << 12})
		if err != nil {
			return
		}
		on := func(k int) bool { return bits>>k&1 == 1 }
		sp := Spec{Y: "y", Time: "t", Events: []string{"e"}, Slope: on(0), Period: 4}
		sp.Family = []Family{Gaussian, Poisson, QuasiPoisson, NegBin}[bits>>1&3]
		if on(3) {
			sp.Harmonics = 1
		}
		sp.SE = []StdErr{ModelSE, NeweyWest, HC0, HC1, HC2, HC3, ModelSE, NeweyWest}[bits>>4&7]
		if on(7) {
			sp.Lag = AutoLag
		}
		if on(8) && sp.Family == Gaussian {
			sp.AR1, sp.SE = true, ModelSE
		}
		if on(9) && sp.Family == Gaussian {
			sp.Transform = "log"
		}
		if on(10) {
			sp.Events = append(sp.Events, "5")
		}
		begun := time.Now()
		r, err := Fit(context.Background(), tab, sp)
		if !golden.Sound(t, text, begun, r, err) {
			return
		}
		for name := range r.SE {
			if r.SE[name] < 0 || r.Lower[name] > r.Upper[name] {
				t.Errorf("%s: se %v, limits %v to %v", name, r.SE[name], r.Lower[name], r.Upper[name])
			}
		}
	})
}

// R 4.2.2: 7 ms of CPU.
func BenchmarkQuasiPoissonHarmonic2(b *testing.B) {
	tab, sp := golden.Table(b, "sicily.csv"), sicilySpec()
	sp.Family, sp.Harmonics = QuasiPoisson, 2
	for b.Loop() {
		fit(b, tab, sp)
	}
}

// R 4.2.2: 19 ms of CPU.
func BenchmarkNegBin(b *testing.B) {
	tab, sp := golden.Table(b, "sicily.csv"), sicilySpec()
	sp.Family, sp.Harmonics = NegBin, 2
	for b.Loop() {
		fit(b, tab, sp)
	}
}

// R 4.2.2: 5 ms of CPU.
func BenchmarkNeweyWest(b *testing.B) {
	tab := golden.Table(b, "sicily.csv")
	for b.Loop() {
		fit(b, tab, Spec{Y: "aces", Time: "time", Events: []string{"smokban"}, Slope: true, SE: NeweyWest, Lag: 6})
	}
}

// R 4.2.2, nlme: 14 ms of CPU.
func BenchmarkAR1(b *testing.B) {
	tab := golden.Table(b, "sicily.csv")
	for b.Loop() {
		fit(b, tab, Spec{Y: "aces", Time: "time", Events: []string{"smokban"}, Slope: true, AR1: true})
	}
}

// A long series stays within memory that grows with its length alone.
func TestLongSeries(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	r := fit(t, csv(t, line(30_000, func(int) string { return fmt.Sprint(rng.IntN(30)) })), Spec{Y: "y", Time: "t", Events: []string{"e"}, Family: QuasiPoisson})
	if !r.Converged || r.Diagnostics["durbin_watson"].P == nil {
		t.Errorf("converged %v, diagnostics %v", r.Converged, r.Diagnostics)
	}
}

// Three times that leave the course before the event are seen; without them the
// alarm is rare.
func TestAnticipation(t *testing.T) {
	alarms := func(drop float64) int {
		n := 0
		for s := range 200 {
			rng := rand.New(rand.NewPCG(uint64(s), 4))
			text := line(60, func(t int) string {
				mu := 60.0
				if t > 27 && t <= 30 {
					mu *= 1 - drop
				}
				return fmt.Sprint(distuv.Poisson{Lambda: mu, Src: rng}.Rand())
			})
			r := fit(t, csv(t, text), Spec{Y: "y", Time: "t", Events: []string{"e"}, Family: QuasiPoisson, SE: NeweyWest, Lag: AutoLag})
			for _, w := range r.Warnings {
				if w.Code == "anticipation" {
					n++
				}
			}
		}
		return n
	}
	if none, some := alarms(0), alarms(0.4); none > 24 || some < 180 {
		t.Errorf("%d alarms of 200 without anticipation, %d with; want about 10 and nearly all", none, some)
	}
}

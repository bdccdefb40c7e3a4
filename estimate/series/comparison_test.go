package series

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// A pair is two areas in which something else happens at the time of the event:
// both change to nine tenths, and the area of the event to four fifths of that.
type pair struct {
	name   string
	n      int
	mean   [2]float64 // of the area of the event and of the other
	theta  float64
	memory float64 // of a logarithm that moves both areas, from one time to the next
	own    float64 // of one for each area
}

const elsewhere = 0.9

func (x pair) draw(r *rand.Rand) (*estimate.Table, error) {
	var rows [][]string
	var u [3]float64
	const sd = 0.1
	step := func(u *float64, memory float64) {
		if memory > 0 {
			*u = memory**u + sd*math.Sqrt(1-memory*memory)*r.NormFloat64()
		}
	}
	for k := range x.n {
		step(&u[0], x.own)
		step(&u[1], x.own)
		step(&u[2], x.memory)
		for a, area := range []string{"south", "north"} {
			mu := x.mean[a] * math.Exp(0.004*float64(k)+0.1*math.Sin(2*math.Pi*float64(k+1)/12)+u[a]+u[2])
			if 3*k >= 2*x.n {
				mu *= elsewhere
				if a == 0 {
					mu *= fifth
				}
			}
			if x.theta > 0 {
				mu *= distuv.Gamma{Alpha: x.theta, Beta: x.theta, Src: r}.Rand()
			}
			rows = append(rows, []string{area, strconv.Itoa(k + 1), strconv.FormatFloat(distuv.Poisson{Lambda: mu, Src: r}.Rand(), 'f', 0, 64)})
		}
	}
	return estimate.NewTable("simulated", []string{"area", "t", "y"}, rows)
}

func TestCoverageOfTwoAreas(t *testing.T) {
	type way struct {
		name string
		spec Spec
	}
	ways := []way{
		{"quasi-Poisson", Spec{Family: QuasiPoisson}},
		{"negative binomial", Spec{Family: NegBin}},
		{"Poisson, HC3", Spec{Family: Poisson, SE: HC3}},
		{"Poisson, Newey-West", Spec{Family: Poisson, SE: NeweyWest, Lag: AutoLag}},
		{"Gaussian on logarithms", Spec{Transform: "log"}},
		{"Gaussian on logarithms, AR(1)", Spec{Transform: "log", AR1: true}},
	}
	pairs := []pair{
		{name: "60 months of 100 and 100, Poisson", n: 60, mean: [2]float64{100, 100}},
		{name: "60 months of 100 and 30, overdispersed (θ 20)", n: 60, mean: [2]float64{100, 30}, theta: 20},
		{name: "24 months of 100 and 100, overdispersed (θ 20)", n: 24, mean: [2]float64{100, 100}, theta: 20},
		{name: "60 months of 100 and 100, memory 0.5 of both together", n: 60, mean: [2]float64{100, 100}, memory: 0.5},
		{name: "60 months of 100 and 100, memory 0.5 of each", n: 60, mean: [2]float64{100, 100}, own: 0.5},
		{name: "120 months of 100 and 100, memory 0.5 of each", n: 120, mean: [2]float64{100, 100}, own: 0.5},
	}
	runs := *simulate
	if runs == 0 {
		// Of 100 intervals at 95 %, fewer than 87 hold the truth with probability
		// below 0.001.
		runs, pairs, ways = 100, pairs[:1], ways[:1]
	}
	for _, x := range pairs {
		ask := func(w way, i int, control string) (golden.Draw, error) {
			tab, err := x.draw(estimate.Random(uint64(len(x.name)), uint64(i)))
			if err != nil {
				return golden.Draw{}, err
			}
			sp := w.spec
			sp.Y, sp.Time, sp.Events, sp.Harmonics, sp.Period = "y", "t", []string{strconv.Itoa(2*x.n/3 + 1)}, 1, 12
			sp.Control = "area==north"
			r, err := Fit(t.Context(), tab, sp)
			if err != nil {
				return golden.Draw{Truth: fifth, Estimate: math.NaN()}, nil
			}
			if control == "" {
				r = r.Areas[0].Report
			}
			return golden.Draw{Truth: fifth, Estimate: float64(r.Estimate), Lower: float64(r.Result.Lower), Upper: float64(r.Result.Upper)}, nil
		}
		alone := golden.Cover(t, x.name, ways[0].name+", the area alone", runs, func(i int) (golden.Draw, error) { return ask(ways[0], i, "") })
		for _, w := range ways {
			c := golden.Cover(t, x.name, w.name, runs, func(i int) (golden.Draw, error) { return ask(w, i, "north") })
			if *simulate == 0 && (c.Estimated < 1 || c.Held < .87 || alone.Held > .7) {
				t.Errorf("%s: %+v; alone %+v", w.name, c, alone)
			}
		}
	}
}

// two is two areas of 30 times, in a long file; the event is on in the south
// from the 21st.
func two(t testing.TB, south, north func(k int) float64) *estimate.Table {
	t.Helper()
	var rows [][]string
	for k := range 30 {
		on := strconv.Itoa(btoi(k >= 20))
		rows = append(rows,
			[]string{"north", strconv.Itoa(k + 1), fmt.Sprint(north(k)), "0", "1"},
			[]string{"south", strconv.Itoa(k + 1), fmt.Sprint(south(k)), on, "0"})
	}
	tab, err := estimate.NewTable("areas.csv", []string{"area", "t", "y", "raid", "beside"}, rows)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func uneven(k int) float64 { return float64(40 + k/3 + (k*k)%7 + 3*(k%4)) }
func other(k int) float64  { return float64(50 + k/4 + (k*k*k)%5 + 4*(k%3)) }

// By least squares the difference of areas is the change of their difference,
// and by any model that of two series fitted apart.
func TestDifferenceOfAreas(t *testing.T) {
	tab := two(t, uneven, other)
	for _, sp := range []Spec{
		{Slope: true},
		{SE: HC3, Slope: true, Harmonics: 1, Period: 12},
		{SE: NeweyWest, Lag: 3},
		{AR1: true},
		{Family: QuasiPoisson, Slope: true},
		{Family: NegBin},
		{Family: Poisson, SE: NeweyWest, Lag: AutoLag},
	} {
		sp.Y, sp.Time, sp.Events, sp.Control = "y", "t", []string{"raid"}, "area==north"
		r, err := Fit(t.Context(), tab, sp)
		if err != nil {
			t.Fatal(err)
		}
		alone := sp
		alone.Control = ""
		var fits [2]*Report
		for a, of := range []func(int) float64{uneven, other} {
			fits[a], err = Fit(t.Context(), csv(t, line(30, func(k int) string { return fmt.Sprint(of(k - 1)) })), Spec{
				Y: "y", Time: "t", Events: []string{"21"}, Family: sp.Family, SE: sp.SE, Lag: sp.Lag, Slope: sp.Slope, Harmonics: sp.Harmonics, Period: sp.Period, AR1: sp.AR1})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range fits[0].Names {
			want := float64(fits[0].Coefficients[name] - fits[1].Coefficients[name])
			se := math.Hypot(float64(fits[0].SE[name]), float64(fits[1].SE[name]))
			if got := float64(r.Coefficients["area:"+name]); math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
				t.Errorf("%+v: %s differs by %v, want %v", sp, name, got, want)
			}
			if got := float64(r.SE["area:"+name]); math.Abs(got-se) > 1e-10*se {
				t.Errorf("%+v: standard error of %s %v, want %v", sp, name, got, se)
			}
		}
		if sp.Family == "" && !sp.AR1 {
			difference, err := Fit(t.Context(), csv(t, line(30, func(k int) string { return fmt.Sprint(uneven(k-1) - other(k-1)) })), Spec{
				Y: "y", Time: "t", Events: []string{"21"}, Slope: sp.Slope, Harmonics: sp.Harmonics, Period: sp.Period})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := float64(r.Estimate), float64(difference.Estimate); math.Abs(got-want) > 1e-9 {
				t.Errorf("level of the difference %v, and the difference of levels %v", want, got)
			}
			if got, want := float64(r.Counterfactual.Difference.Estimate), float64(difference.Counterfactual.Difference.Estimate); math.Abs(got-want) > 1e-8 {
				t.Errorf("sum of the difference %v, and the difference of sums %v", want, got)
			}
		}
		// The same areas the other way round.
		swapped := sp
		swapped.Control, swapped.Events = "beside==0", []string{"21"}
		back, err := Fit(t.Context(), tab, swapped)
		if err != nil {
			t.Fatal(err)
		}
		got, want := float64(back.Estimate), -float64(r.Estimate)
		if sp.Family != "" {
			want = 1 / float64(r.Estimate)
		}
		if math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
			t.Errorf("%+v: %v, and the other way round %v", sp, r.Estimate, got)
		}
	}
}

// A difference at the end is the level and the slope of the difference there.
func TestDifferenceAtTheEnd(t *testing.T) {
	r, err := Fit(t.Context(), two(t, uneven, other), Spec{Y: "y", Time: "t", Events: []string{"raid"}, Control: "beside", Slope: true, Family: QuasiPoisson})
	if err != nil {
		t.Fatal(err)
	}
	want := math.Exp(float64(r.Coefficients["area:level"] + 10*r.Coefficients["area:slope"]))
	if got := float64(r.Counterfactual.AtEnd.Estimate); math.Abs(got-want) > 1e-12 {
		t.Errorf("at the end %v, want %v", got, want)
	}
	last := r.Counterfactual.Series[29]
	if got := float64(last.Fitted / last.Expected); math.Abs(got-want) > 1e-12 {
		t.Errorf("fitted over expected %v, want %v", got, want)
	}
}

func codes(r *Report) string {
	var all []string
	for _, w := range r.Warnings {
		all = append(all, w.Code)
	}
	return strings.Join(all, " ")
}

func TestDoubtsAboutAreas(t *testing.T) {
	sp := Spec{Y: "y", Time: "t", Events: []string{"raid"}, Control: "area==north"}
	alike, err := Fit(t.Context(), two(t, uneven, func(k int) float64 { return uneven(k) + float64(k*k%3) - 1 }), sp)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"no-comparison", "trends-differ", "levels-differ", "areas-opposed"} {
		if strings.Contains(codes(alike), code) {
			t.Errorf("areas alike: %s", codes(alike))
		}
	}
	if !strings.Contains(codes(alike), "spillover") || !strings.Contains(alike.Sentence, "south") {
		t.Errorf("areas alike: %s; %s", codes(alike), alike.Sentence)
	}
	apart, err := Fit(t.Context(), two(t, func(k int) float64 { return uneven(k) + 2*float64(k) }, other), sp)
	if err != nil {
		t.Fatal(err)
	}
	if got := codes(apart); !strings.Contains(got, "trends-differ") || !strings.Contains(got, "levels-differ") {
		t.Errorf("areas apart: %s", got)
	}
	opposed, err := Fit(t.Context(), two(t, uneven, func(k int) float64 { return 100 - uneven(k) }), sp)
	if err != nil {
		t.Fatal(err)
	}
	if got := codes(opposed); !strings.Contains(got, "areas-opposed") {
		t.Errorf("areas opposed: %s", got)
	}
}

func TestBadAreas(t *testing.T) {
	good := "area,t,y,e\n"
	for k := range 24 {
		good += fmt.Sprintf("a,%d,%d,%d\nb,%d,%d,0\n", k, 20+k%5, btoi(k > 15), k, 30+k%7)
	}
	for _, tt := range []struct{ name, text, control, want string }{
		{"no column", good, "place", `column "place": there is no such column`},
		{"words alone", good, "area", `column "area": it holds a and b; want 1 in rows of the comparison area and 0 in the others, or --control 'area==b'`},
		{"unknown value", good, "area==c", `column "area": "c" is in no row; want one of a and b`},
		{"three areas", good + "c,0,3,0\n", "area==b", `it tells 3 areas apart; want two`},
		{"missing area", strings.Replace(good, "a,3,", ",3,", 1), "area==b", `row 8, column "area": the area is missing`},
		{"missing time", strings.Replace(good, "b,23,32,0\n", "", 1), "area==b", `column "t": time 23 is there for one area and not for the other`},
		{"time twice", strings.Replace(good, "a,3,", "a,2,", 1), "area==b", `row 8, column "t": time 2 occurs twice`},
		{"event of its own", strings.Replace(good, "b,3,33,0", "b,3,33,1", 1), "area==b", `row 9, column "e": the event is 1 in the comparison area and 0 in the other`},
	} {
		_, err := Fit(t.Context(), csv(t, tt.text), Spec{Y: "y", Time: "t", Events: []string{"e"}, Control: tt.control})
		var bad *estimate.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

package series

import (
	"context"
	"flag"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// How often do 95 % intervals hold the truth? The table is in
// doc/simulations.md, with the command.
var simulate = flag.Int("simulate", 0, "simulated data sets for each row of the coverage table; 0 for a quick check")

// A course is a series whose level falls by a fifth at an event two thirds on.
type course struct {
	name   string
	n      int
	mean   float64
	theta  float64 // of the negative binomial; 0 for Poisson
	memory float64 // of the logarithm of the mean from one time to the next
}

const fifth = 0.8

func (x course) draw(r *rand.Rand) (*estimate.Table, error) {
	var rows [][]string
	u := 0.0
	for k := range x.n {
		if x.memory > 0 {
			const sd = 0.1
			u = x.memory*u + sd*math.Sqrt(1-x.memory*x.memory)*r.NormFloat64()
		}
		mu := x.mean * math.Exp(0.004*float64(k)+0.1*math.Sin(2*math.Pi*float64(k+1)/12)+u)
		if 3*k >= 2*x.n {
			mu *= fifth
		}
		if x.theta > 0 {
			mu *= distuv.Gamma{Alpha: x.theta, Beta: x.theta, Src: r}.Rand()
		}
		rows = append(rows, []string{strconv.Itoa(k + 1), strconv.FormatFloat(distuv.Poisson{Lambda: mu, Src: r}.Rand(), 'f', 0, 64)})
	}
	return estimate.NewTable("simulated", []string{"t", "y"}, rows)
}

var courses = []course{
	{name: "60 months of 100, Poisson", n: 60, mean: 100},
	{name: "60 months of 5, Poisson", n: 60, mean: 5},
	{name: "60 months of 100, overdispersed (θ 20)", n: 60, mean: 100, theta: 20},
	{name: "24 months of 100, overdispersed (θ 20)", n: 24, mean: 100, theta: 20},
	{name: "60 months of 100, memory 0.5", n: 60, mean: 100, memory: 0.5},
	{name: "120 months of 100, memory 0.5", n: 120, mean: 100, memory: 0.5},
	{name: "60 months of 400, memory 0.8", n: 60, mean: 400, memory: 0.8},
}

func TestCoverage(t *testing.T) {
	type way struct {
		name string
		spec Spec
	}
	ways := []way{
		{"Poisson", Spec{Family: Poisson}},
		{"quasi-Poisson", Spec{Family: QuasiPoisson}},
		{"negative binomial", Spec{Family: NegBin}},
		{"Poisson, Newey-West", Spec{Family: Poisson, SE: NeweyWest, Lag: AutoLag}},
		{"Poisson, HC3", Spec{Family: Poisson, SE: HC3}},
		{"Gaussian on logarithms", Spec{Transform: "log"}},
		{"Gaussian on logarithms, AR(1)", Spec{Transform: "log", AR1: true}},
	}
	runs, which := *simulate, courses
	if runs == 0 {
		// Of 200 intervals at 95 %, fewer than 178 hold the truth with probability
		// below 0.001.
		runs, which, ways = 200, courses[:1], ways[:2]
	}
	for _, x := range which {
		for _, w := range ways {
			c := golden.Cover(t, x.name, w.name, runs, func(i int) (golden.Draw, error) {
				tab, err := x.draw(estimate.Random(uint64(len(x.name)), uint64(i)))
				if err != nil {
					return golden.Draw{}, err
				}
				sp := w.spec
				sp.Y, sp.Time, sp.Events, sp.Harmonics, sp.Period = "y", "t", []string{strconv.Itoa(2*x.n/3 + 1)}, 1, 12
				r, err := Fit(context.Background(), tab, sp)
				if err != nil {
					// A month without a visit has no logarithm.
					return golden.Draw{Truth: fifth, Estimate: math.NaN()}, nil
				}
				return golden.Draw{Truth: fifth, Estimate: float64(r.Estimate), Lower: float64(r.Result.Lower), Upper: float64(r.Result.Upper)}, nil
			})
			if *simulate == 0 && (c.Estimated < 1 || c.Held < .89) {
				t.Errorf("%s: %+v", w.name, c)
			}
		}
	}
}

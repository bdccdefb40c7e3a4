package survival

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// How often do 95 % intervals hold the truth? The table is in
// doc/simulations.md, with the command.
var simulate = flag.Int("simulate", 0, "simulated data sets for each row of the coverage table; 0 for a quick check")

// A trial has two groups of people whose times are exponential, the second with
// a hazard twice as high, and two ends, of which the second has a third of it.
type trial struct {
	name   string
	n      int
	lost   float64 // hazard of being lost from sight
	coarse bool    // times in whole months: many ties
}

const (
	hazard = 0.1
	effect = 2.0
	when   = 5.0 // the time at which curves are compared with the truth
)

func (x trial) draw(r *rand.Rand) (*estimate.Table, error) {
	rows := make([][]string, x.n)
	for i := range rows {
		g := i % 2
		rate := hazard
		if g == 1 {
			rate *= effect
		}
		t, end := r.ExpFloat64()/rate, "1"
		if r.Float64() < 1.0/3 {
			end = "2"
		}
		if c := r.ExpFloat64() / x.lost; c < t {
			t, end = c, "0"
		}
		if x.coarse {
			t = math.Ceil(t)
		}
		any := "1"
		if end == "0" {
			any = "0"
		}
		rows[i] = []string{strconv.FormatFloat(t, 'g', -1, 64), end, any, fmt.Sprint(g), "all"}
	}
	return estimate.NewTable("simulated", []string{"t", "end", "any", "g", "one"}, rows)
}

var trials = []trial{
	{name: "400 people, a third lost", n: 400, lost: 0.07},
	{name: "60 people, a third lost", n: 60, lost: 0.07},
	{name: "30 people, a third lost", n: 30, lost: 0.07},
	{name: "60 people, three in four lost", n: 60, lost: 0.45},
	{name: "200 people, whole months", n: 200, lost: 0.07, coarse: true},
}

// at is the step of a curve at a time.
func at(curve []Step, t float64) Step {
	out := Step{Survival: 1, Lower: Number(math.NaN()), Upper: Number(math.NaN())}
	for _, s := range curve {
		if s.Time <= t {
			out = s
		}
	}
	return out
}

func TestCoverage(t *testing.T) {
	runs, which := *simulate, trials
	if runs == 0 {
		// Of 200 intervals at 95 %, fewer than 178 hold the truth with probability
		// below 0.001.
		runs, which = 200, trials[:1]
	}
	type question struct {
		name string
		spec Spec
		of   func(r *Report) golden.Draw
	}
	nan := math.NaN()
	curve := func(r *Report) golden.Draw {
		s := at(r.Groups[0].Curve, when)
		return golden.Draw{Truth: math.Exp(-hazard * when), Estimate: float64(s.Survival), Lower: float64(s.Lower), Upper: float64(s.Upper)}
	}
	questions := []question{
		{"curve, loglog", Spec{Event: "any", By: "g"}, curve},
		{"curve, log", Spec{Event: "any", By: "g", Interval: Log}, curve},
		{"curve, plain", Spec{Event: "any", By: "g", Interval: Plain}, curve},
		{"median, loglog", Spec{Event: "any", By: "g"}, func(r *Report) golden.Draw {
			m := r.Groups[0].Median
			upper := float64(m.Upper)
			if !m.Upper.Known() {
				upper = math.Inf(1)
			}
			truth := math.Ln2 / hazard
			if r.Groups[0].Curve[0].Time == math.Trunc(r.Groups[0].Curve[0].Time) {
				truth = math.Ceil(truth) // of whole months
			}
			return golden.Draw{Truth: truth, Estimate: float64(m.Estimate), Lower: float64(m.Lower), Upper: upper}
		}},
		{"hazard ratio, Efron", Spec{Event: "any", Cox: []string{"g"}}, func(r *Report) golden.Draw {
			h := r.Cox.HazardRatio["g"]
			return golden.Draw{Truth: effect, Estimate: float64(h.Estimate), Lower: float64(h.Lower), Upper: float64(h.Upper)}
		}},
		{"share of an end, Aalen-Johansen", Spec{Event: "end", Competing: true, By: "g"}, func(r *Report) golden.Draw {
			d := golden.Draw{Truth: (1 - math.Exp(-hazard*when)) / 3, Lower: nan, Upper: nan}
			for _, x := range r.Groups[0].Incidence {
				if x.Time <= when && x.Cause == "2" {
					d.Estimate, d.Lower, d.Upper = float64(x.Estimate), float64(x.Lower), float64(x.Upper)
				}
			}
			return d
		}},
	}
	for _, x := range which {
		for _, q := range questions {
			c := golden.Cover(t, x.name, q.name, runs, func(i int) (golden.Draw, error) {
				tab, err := x.draw(estimate.Random(uint64(len(x.name)), uint64(i)))
				if err != nil {
					return golden.Draw{}, err
				}
				sp := q.spec
				sp.Time = "t"
				r, err := Fit(context.Background(), tab, sp)
				if err != nil {
					return golden.Draw{Estimate: nan}, nil // too few events
				}
				return q.of(r), nil
			})
			if *simulate == 0 && (c.Estimated < 1 || c.Held < .89) {
				t.Errorf("%s: %+v", q.name, c)
			}
		}
		x.coverTests(t, runs)
	}
}

// coverTests counts how often tests find a difference where there is none.
func (x trial) coverTests(t *testing.T, runs int) {
	for _, name := range []string{"log-rank finds what is not there", "Gray finds what is not there"} {
		golden.Cover(t, x.name, name+" (want 5)", runs, func(i int) (golden.Draw, error) {
			tab, err := x.draw(estimate.Random(uint64(len(x.name)+7), uint64(i)))
			if err != nil {
				return golden.Draw{}, err
			}
			// People of one group, split at random.
			var rows [][]string
			time, _ := tab.Text("t")
			end, _ := tab.Text("end")
			group, _ := tab.Text("g")
			r := estimate.Random(1, uint64(i))
			for k := range time {
				if group[k] == "0" {
					rows = append(rows, []string{time[k], end[k], fmt.Sprint(r.IntN(2))})
				}
			}
			half, err := estimate.NewTable("simulated", []string{"t", "end", "g"}, rows)
			if err != nil {
				return golden.Draw{}, err
			}
			fit, err := Fit(context.Background(), half, Spec{Time: "t", Event: "end", Competing: true, By: "g"})
			if err != nil || fit.LogRank == nil || len(fit.Gray) == 0 {
				return golden.Draw{Estimate: math.NaN()}, nil
			}
			p := fit.LogRank.P
			if name[0] == 'G' {
				p = fit.Gray[0].P
			}
			// Held means found here: p is between 0 and 0.05.
			return golden.Draw{Truth: float64(p), Estimate: float64(p), Lower: 0, Upper: 0.05}, nil
		})
	}
}

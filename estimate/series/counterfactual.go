package series

import (
	"math"

	"plumbline/estimate"
)

// Counterfactual is what the model expects had no event happened, from the
// first event on.
type Counterfactual struct {
	Series []Point `json:"series"`
	// Over the times an event was on and a value was there.
	ObservedTotal Number `json:"observed_total"`
	FittedTotal   Number `json:"fitted_total"`
	ExpectedTotal Number `json:"expected_total"`
	// FittedTotal less ExpectedTotal, with limits by the delta method.
	Difference Change `json:"difference"`
	// At the last time: fitted over expected, or less it where there are no ratios.
	AtEnd EndChange `json:"at_end"`

	expectedMean float64
}

// Point is one time: what was seen, what the model fits, and what it expects
// without the event, with a band for the mean.
type Point struct {
	Time     float64 `json:"time"`
	Observed Number  `json:"observed"`
	Fitted   Number  `json:"fitted"`
	Expected Number  `json:"expected"`
	Lower    Number  `json:"lower"`
	Upper    Number  `json:"upper"`
	On       bool    `json:"on"`
}

// EndChange is the change at one time; SE is on the scale of the coefficients.
type EndChange struct {
	Time     float64 `json:"time"`
	Scale    string  `json:"scale"`
	Estimate Number  `json:"estimate"`
	SE       Number  `json:"se"`
	Lower    Number  `json:"lower"`
	Upper    Number  `json:"upper"`
}

// counterfactual takes the terms of the events out of the model; with an area
// beside it, it puts in those of that area. The band is that of the mean: single
// points scatter wider.
func (r *Report) counterfactual(m *model, d *data, sp Spec, beside *twin) {
	p := m.p
	out := &Counterfactual{Series: []Point{}}
	back := func(eta float64) float64 { return eta }
	if sp.ratios() {
		back = math.Exp
	}
	own := &twin{m, r.covariance}
	// spread is the standard error of x·β less z·β of the area beside, and the
	// quantile for its limits.
	spread := func(x, z []float64) (se, q float64) {
		v, df := own.variance(x), float64(m.df)
		if beside != nil {
			w := beside.variance(z)
			df = welch(v, df, w, float64(beside.m.df))
			v += w
		}
		return math.Sqrt(v), sp.critical(0.5+sp.Level/2, df)
	}
	gradient, gradientBeside := make([]float64, p), make([]float64, p)
	var observed, fitted, expected float64
	points := 0
	for k := range d.n {
		x1 := d.x[k*p : k*p+p]
		x0, event := append([]float64(nil), x1...), make([]float64, p)
		on := false
		for _, e := range d.events {
			on = on || e.on[k]
			for _, a := range []int{e.level, e.slope} {
				if a >= 0 {
					x0[a], event[a] = 0, x1[a]
				}
			}
		}
		change := own.linear(event) // of the logarithm, or of the level
		eta1 := d.offset[k] + own.linear(x1)
		if beside != nil {
			change -= beside.linear(event)
		}
		eta0 := eta1 - change
		se, q := spread(x0, event)
		pt := Point{Time: d.time[k], Observed: Number(d.raw[k]), On: on}
		pt.Fitted, pt.Expected = Number(back(eta1)), Number(back(eta0))
		pt.Lower, pt.Upper = Number(back(eta0-q*se)), Number(back(eta0+q*se))
		out.Series = append(out.Series, pt)
		if on {
			points++
			observed += d.raw[k]
			fitted += back(eta1)
			expected += back(eta0)
			for a := range p {
				if sp.ratios() {
					gradient[a] += back(eta1)*x1[a] - back(eta0)*x0[a]
					gradientBeside[a] += back(eta0) * event[a]
				} else {
					gradient[a] += event[a]
					gradientBeside[a] += event[a]
				}
			}
		}
		if k == d.n-1 {
			se, q := spread(event, event)
			end := EndChange{Time: d.time[k], Scale: "difference", SE: Number(se)}
			if sp.ratios() {
				end.Scale = "ratio"
			}
			end.Estimate, end.Lower, end.Upper = Number(back(change)), Number(back(change-q*se)), Number(back(change+q*se))
			out.AtEnd = end
		}
	}
	se, q := spread(gradient, gradientBeside)
	d1 := fitted - expected
	out.ObservedTotal, out.FittedTotal, out.ExpectedTotal = Number(observed), Number(fitted), Number(expected)
	out.Difference = Change{Event: "all", Of: "total", Scale: "difference", Estimate: Number(d1), Lower: Number(d1 - q*se), Upper: Number(d1 + q*se), P: estimate.Null}
	if points > 0 {
		out.expectedMean = expected / float64(points)
	}
	r.Counterfactual = out
}

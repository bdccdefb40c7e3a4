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

// counterfactual takes the terms of the events out of the model. The band is
// that of the mean: single points scatter wider.
func (r *Report) counterfactual(m *model, d *data, sp Spec) {
	p := m.p
	out := &Counterfactual{Series: []Point{}}
	q := sp.critical(0.5+sp.Level/2, m.df)
	quadratic := func(x []float64) float64 {
		v := 0.0
		for a := range p {
			for b := range p {
				v += x[a] * r.covariance[a*p+b] * x[b]
			}
		}
		return math.Sqrt(max(v, 0))
	}
	gradient := make([]float64, p)
	var observed, fitted, expected float64
	points := 0
	for k := range d.n {
		x1 := d.x[k*p : k*p+p]
		x0 := append([]float64(nil), x1...)
		on := false
		for _, e := range d.events {
			on = on || e.on[k]
			x0[e.level] = 0
			if e.slope >= 0 {
				x0[e.slope] = 0
			}
		}
		eta1, eta0 := d.offset[k], d.offset[k]
		for a, b := range m.beta {
			eta1 += x1[a] * b
			eta0 += x0[a] * b
		}
		se := quadratic(x0)
		pt := Point{Time: d.time[k], Observed: Number(d.raw[k]), On: on}
		back := func(eta float64) float64 { return eta }
		if sp.ratios() {
			back = math.Exp
		}
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
				} else {
					gradient[a] += x1[a] - x0[a]
				}
			}
		}
		if k == d.n-1 {
			diff := make([]float64, p)
			change := 0.0
			for a := range p {
				diff[a] = x1[a] - x0[a]
				change += diff[a] * m.beta[a]
			}
			end := EndChange{Time: d.time[k], Scale: "difference", SE: Number(quadratic(diff))}
			lo, hi := change-q*float64(end.SE), change+q*float64(end.SE)
			if sp.ratios() {
				end.Scale = "ratio"
			}
			end.Estimate, end.Lower, end.Upper = Number(back(change)), Number(back(lo)), Number(back(hi))
			out.AtEnd = end
		}
	}
	se := quadratic(gradient)
	d1 := fitted - expected
	out.ObservedTotal, out.FittedTotal, out.ExpectedTotal = Number(observed), Number(fitted), Number(expected)
	out.Difference = Change{Event: "all", Of: "total", Scale: "difference", Estimate: Number(d1), Lower: Number(d1 - q*se), Upper: Number(d1 + q*se), P: estimate.Null}
	if points > 0 {
		out.expectedMean = expected / float64(points)
	}
	r.Counterfactual = out
}

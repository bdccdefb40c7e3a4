package golden

import (
	"context"
	"math"
	"slices"
	"testing"

	"plumbline/estimate"
)

// Coverage is how often intervals held a truth that was known, since the data
// were drawn from it.
type Coverage struct {
	Runs      int
	Estimated float64 // share of runs with an estimate and both limits
	Held      float64 // of those
	Ratio     float64 // median of estimate over truth, or of their difference where the truth is zero
	Width     float64 // median
}

// A Draw is the estimate of one drawn data set, with its limits.
type Draw struct{ Truth, Estimate, Lower, Upper float64 }

// Cover draws data sets, estimates each, and logs a row of the table in
// doc/simulations.md. Run i draws from its own stream of chance.
func Cover(t *testing.T, scenario, method string, runs int, draw func(i int) (Draw, error)) Coverage {
	t.Helper()
	all := make([]Draw, runs)
	err := estimate.Each(context.Background(), runs, "", nil, func(_, i int) (err error) {
		all[i], err = draw(i)
		return err
	})
	if err != nil {
		t.Fatalf("%s, %s: %v", scenario, method, err)
	}
	out := Coverage{Runs: runs, Ratio: math.NaN(), Width: math.NaN()}
	var ratios, widths []float64
	for _, d := range all {
		if math.IsNaN(d.Estimate) || math.IsNaN(d.Lower) || math.IsNaN(d.Upper) {
			continue
		}
		if d.Lower <= d.Truth && d.Truth <= d.Upper {
			out.Held++
		}
		r := d.Estimate / d.Truth
		if d.Truth == 0 {
			r = d.Estimate
		}
		ratios, widths = append(ratios, r), append(widths, d.Upper-d.Lower)
	}
	out.Estimated = float64(len(ratios)) / float64(runs)
	if len(ratios) > 0 {
		out.Held /= float64(len(ratios))
		slices.Sort(ratios)
		slices.Sort(widths)
		out.Ratio, out.Width = ratios[len(ratios)/2], widths[len(widths)/2]
	}
	t.Logf("| %s | %s | %d | %.0f | %.1f | %.3g | %.3g |", scenario, method, runs, 100*out.Estimated, 100*out.Held, out.Ratio, out.Width)
	return out
}

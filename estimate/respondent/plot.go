package respondent

import "plumbline/estimate"

// Plot is the shares with both intervals, and how the estimate moved as
// respondents came in.
func (r *Report) Plot(s Spec) estimate.Plot {
	f := estimate.Forest{Heading: "Shares, with limits by formula and, hollow, by bootstrap", Axis: estimate.Axis{Percent: true, Label: "share of the population"}}
	if r.Statistic == Mean {
		f.Heading, f.Axis = "Mean, with limits by formula and, hollow, by bootstrap", estimate.Axis{Label: s.Y}
	}
	for _, g := range r.Groups {
		f.Rows = append(f.Rows,
			estimate.ForestRow{Label: g.Value, Estimate: g.Estimate, Lower: g.Lower, Upper: g.Upper},
			estimate.ForestRow{Label: "by bootstrap", Estimate: g.Estimate, Lower: g.Bootstrap.Lower, Upper: g.Bootstrap.Upper, Second: true})
	}
	k := estimate.Curves{Heading: "The estimate as respondents came in, wave by wave", X: estimate.Axis{Label: "respondents"}, Y: estimate.Axis{Percent: r.Statistic != Mean}, Rising: true, Open: true}
	for i, g := range r.Groups {
		l := estimate.Curve{Name: g.Value, Median: estimate.Null}
		for _, m := range r.Convergence {
			l.Steps = append(l.Steps, estimate.CurveStep{Time: float64(m.N), Value: m.Estimates[i], Lower: estimate.Null, Upper: estimate.Null})
		}
		k.Lines = append(k.Lines, l)
	}
	panels := []estimate.Panel{f}
	if len(r.Convergence) > 0 {
		panels = append(panels, k)
	}
	title := "Shares of " + s.Y
	if r.Statistic == Mean {
		title = "Mean of " + s.Y
	}
	return estimate.Plot{Title: r.Title(title), Note: r.Caption(), Panels: panels}
}

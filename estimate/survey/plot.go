package survey

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"plumbline/estimate"
)

// Plot is a forest of the groups.
func (r *Report) Plot(s Spec) estimate.Plot {
	what, by := describe(s), s.By
	f := estimate.Forest{Axis: estimate.Axis{Label: r.Statistic + " of " + what, Percent: r.Statistic == string(Proportion)}}
	if by != "" {
		f.Heading = "By " + by
	}
	const most = 60
	for i, g := range r.Results {
		if i == most {
			break
		}
		label := g.Group
		switch {
		case g.Value != "" && by != "":
			label += ": " + g.Value
		case g.Value != "":
			label = g.Value
		case by == "":
			label = what
		}
		f.Rows = append(f.Rows, estimate.ForestRow{Label: label, Estimate: g.Estimate, Lower: g.Lower, Upper: g.Upper})
	}
	p := estimate.Plot{Title: r.Title("The " + r.Statistic + " of " + what), Note: r.Caption(), Panels: []estimate.Panel{f}}
	if len(r.Differences) > 0 {
		d := estimate.Forest{Heading: "Differences from " + r.Differences[0].Against + "; the line is none", Axis: f.Axis, Reference: new(float64)}
		d.Axis.Label = "difference"
		for _, b := range r.Differences {
			d.Rows = append(d.Rows, estimate.ForestRow{Label: b.Group, Estimate: b.Difference.Estimate, Lower: b.Difference.Lower, Upper: b.Difference.Upper})
		}
		p.Panels = append(p.Panels, d)
	}
	if len(r.Results) > most {
		p.Note = fmt.Sprintf("The first %d of %d groups are drawn. ", most, len(r.Results)) + p.Note
	}
	return p
}

// Plot is both rounds and the ratio between them.
func (r *ChangeReport) Plot(s Spec) estimate.Plot {
	what := describe(s)
	percent := r.Statistic == string(Proportion) || r.Statistic == ""
	levels := estimate.Forest{Heading: "Both rounds", Axis: estimate.Axis{Percent: percent, Label: strings.TrimSpace(r.Statistic + " " + what)}}
	for i, x := range []RoundLevel{r.From, r.To} {
		levels.Rows = append(levels.Rows, estimate.ForestRow{Label: cmp.Or(x.Round, []string{"the earlier round", "the later round"}[i]), Estimate: x.Estimate, Lower: x.Lower, Upper: x.Upper})
	}
	none := 1.0
	change := estimate.Forest{Heading: "The later over the earlier; the line is no change", Axis: estimate.Axis{Label: "ratio", Log: r.Ratio.Lower.Known() && r.Ratio.Lower > 0}, Reference: &none}
	change.Rows = append(change.Rows, estimate.ForestRow{Label: "ratio", Estimate: r.Ratio.Estimate, Lower: r.Ratio.Lower, Upper: r.Ratio.Upper, Main: true})
	return estimate.Plot{Title: r.Title("What changed"), Note: r.Caption(), Panels: []estimate.Panel{levels, change}}
}

// Plot is a forest of the coefficients, as odds ratios for logit.
func (r *Regression) Plot(s RegressSpec) estimate.Plot {
	f := estimate.Forest{Axis: estimate.Axis{Label: "coefficient"}, Reference: new(float64)}
	if s.Family == "logit" {
		f.Axis = estimate.Axis{Label: "odds ratio", Log: true}
		*f.Reference = 1
	}
	for _, name := range r.Names {
		row := estimate.ForestRow{Label: name, Estimate: r.Coefficients[name], Lower: r.Lower[name], Upper: r.Upper[name]}
		if name == "(intercept)" {
			continue
		}
		if s.Family == "logit" {
			for _, n := range []*estimate.Number{&row.Estimate, &row.Lower, &row.Upper} {
				*n = estimate.Number(math.Exp(float64(*n)))
			}
		}
		f.Rows = append(f.Rows, row)
	}
	return estimate.Plot{Title: r.Title("What goes with " + s.Y), Note: r.Caption(), Panels: []estimate.Panel{f}}
}

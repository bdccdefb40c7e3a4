package survival

import (
	"slices"
	"strings"

	"plumbline/estimate"
)

// Plot is the curves, the shares of competing ends, and the hazard ratios.
func (r *Report) Plot(s Spec) estimate.Plot {
	p := estimate.Plot{Title: r.Title("How long until " + s.Event), Note: r.Caption()}
	percent := estimate.Axis{Percent: true}
	k := estimate.Curves{Heading: "Share without the event", X: estimate.Axis{Label: s.Time}, Y: percent}
	for _, g := range r.Groups {
		l := estimate.Curve{Name: groupName(s.By, g.Group), Median: g.Median.Estimate}
		for _, x := range g.Curve {
			l.Steps = append(l.Steps, estimate.CurveStep{Time: x.Time, Value: x.Survival, Lower: x.Lower, Upper: x.Upper, AtRisk: x.AtRisk})
			if x.Censored > 0 {
				l.Lost = append(l.Lost, x.Time)
			}
		}
		k.Lines = append(k.Lines, l)
	}
	if s.Competing {
		k.Heading = "Share with no end yet"
	}
	p.Panels = append(p.Panels, k)
	most := estimate.Number(0)
	for _, g := range r.Groups {
		for _, x := range g.Incidence {
			for _, v := range []estimate.Number{x.Estimate, x.Upper} {
				if v.Known() {
					most = max(most, v)
				}
			}
		}
	}
	for i, g := range r.Groups {
		if len(g.Incidence) == 0 || i == 6 {
			break
		}
		k := estimate.Curves{Heading: "Share who had each end", X: estimate.Axis{Label: s.Time}, Y: percent, Rising: true, Most: most}
		if g.Group != "all" {
			k.Heading += ": " + groupName(s.By, g.Group)
		}
		for _, cause := range g.Causes() {
			l := estimate.Curve{Name: "end " + cause, Median: estimate.Null}
			for _, x := range g.Incidence {
				if x.Cause == cause {
					l.Steps = append(l.Steps, estimate.CurveStep{Time: x.Time, Value: x.Estimate, Lower: x.Lower, Upper: x.Upper})
				}
			}
			k.Lines = append(k.Lines, l)
		}
		p.Panels = append(p.Panels, k)
	}
	if r.Cox != nil {
		none := 1.0
		f := estimate.Forest{Heading: "Hazard ratios; the line is no difference", Axis: estimate.Axis{Label: "hazard ratio", Log: true}, Reference: &none}
		for _, name := range r.Cox.Names {
			h := r.Cox.HazardRatio[name]
			f.Rows = append(f.Rows, estimate.ForestRow{Label: name, Estimate: h.Estimate, Lower: h.Lower, Upper: h.Upper})
		}
		p.Panels = append(p.Panels, f)
	}
	return p
}

func groupName(by, group string) string {
	if by == "" {
		return "everyone"
	}
	return strings.TrimSpace(by + " " + group)
}

// Causes returns the causes in their order; every time has a row for each.
func (g Group) Causes() []string {
	var causes []string
	for _, x := range g.Incidence {
		if slices.Contains(causes, x.Cause) {
			break
		}
		causes = append(causes, x.Cause)
	}
	return causes
}

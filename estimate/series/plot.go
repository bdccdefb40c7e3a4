package series

import (
	"strings"

	"plumbline/estimate"
)

// Plot is the series with what was expected without the event, that of the
// comparison area below it, and with several changes a forest of them.
func (r *Report) Plot(s Spec) estimate.Plot {
	p := estimate.Plot{Title: r.Title(s.Y + " and " + strings.Join(s.Events, ", "))}
	k := r.course(s)
	if len(r.Areas) == 2 {
		a, b := r.Areas[0], r.Areas[1]
		k.Heading = sentences(a.Name+", and what was expected, had it changed as "+b.Name+" did", k.Heading)
		beside := b.course(s)
		beside.Heading, beside.Fall = sentences(b.Name+", and what was expected from itself", beside.Heading), estimate.Null
		p.Panels = []estimate.Panel{k, beside}
	} else {
		p.Panels = []estimate.Panel{k}
	}
	if v := r.Detectable.String(); v != "" {
		p.Note = "The smallest fall that this series could have shown: " + v + ". "
	}
	p.Note += r.Caption()
	if len(r.Changes) > 1 || len(r.Areas) == 2 {
		f := estimate.Forest{Heading: "What changed; the line is no change", Reference: new(float64)}
		if r.Changes[0].Scale == "ratio" {
			*f.Reference = 1
			f.Axis = estimate.Axis{Label: "ratio", Log: true}
		} else {
			f.Axis = estimate.Axis{Label: "difference"}
		}
		for i, x := range r.Changes {
			label := x.Of + " at " + x.Event
			if len(r.Areas) == 2 {
				label += ", beside " + r.Areas[1].Name
			}
			f.Rows = append(f.Rows, estimate.ForestRow{Label: label, Estimate: x.Estimate, Lower: x.Lower, Upper: x.Upper})
			for _, a := range r.Areas {
				own := a.Changes[i]
				f.Rows = append(f.Rows, estimate.ForestRow{Label: a.Name, Estimate: own.Estimate, Lower: own.Lower, Upper: own.Upper, Second: true})
			}
		}
		p.Panels = append(p.Panels, f)
	}
	return p
}

func sentences(a, b string) string {
	if b == "" {
		return a
	}
	return a + ". " + b
}

// course is one series, with what was expected of it.
func (r *Report) course(s Spec) estimate.Course {
	k := estimate.Course{X: estimate.Axis{Label: s.Time}, Y: estimate.Axis{Label: s.Y}, Fall: estimate.Null}
	if r.Calendar != nil {
		k.X.Name = r.Calendar.Name
	}
	if s.Offset != "" {
		k.Heading = "Values as they were; what was expected allows for " + s.Offset
	}
	if r.Detectable != nil {
		k.Fall = r.Detectable.Fall
	}
	if r.Counterfactual != nil {
		for _, p := range r.Counterfactual.Series {
			k.Points = append(k.Points, estimate.CoursePoint{Time: p.Time, Observed: p.Observed, Fitted: p.Fitted, Expected: p.Expected, Lower: p.Lower, Upper: p.Upper, On: p.On})
		}
	}
	for _, name := range s.Events {
		if at, ok := r.Calendar.at(name); ok {
			k.Events = append(k.Events, estimate.CourseEvent{Name: "event", At: at})
		} else if len(s.Events) == 1 {
			for _, p := range k.Points {
				if p.On {
					k.Events = append(k.Events, estimate.CourseEvent{Name: name, At: p.Time})
					break
				}
			}
		}
	}
	return k
}

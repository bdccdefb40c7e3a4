package capture

import (
	"strings"

	"plumbline/estimate"
)

// Plot is a forest of the number among what other choices would have given,
// above the overlap of the lists.
func (r *Result) Plot() estimate.Plot {
	f := estimate.Forest{Heading: "How many people, by how one asks", Axis: estimate.Axis{Label: "people in all, those on the lists included"}}
	f.Rows = append(f.Rows, estimate.ForestRow{Label: "model " + r.Method, Estimate: r.Estimate, Lower: r.Lower, Upper: r.Upper, Main: true})
	if p := r.Profile; p != nil && p.Lower.Known() {
		f.Rows = append(f.Rows, estimate.ForestRow{Label: "the same, profile limits", Estimate: p.Estimate, Lower: p.Lower, Upper: p.Upper, Second: true})
	}
	if r.Median != nil {
		f.Rows = append(f.Rows, estimate.ForestRow{Label: "its median", Estimate: *r.Median, Lower: r.Lower, Upper: r.Upper, Second: true})
	}
	if r.Estimate.Known() {
		v := float64(r.Estimate)
		f.Reference = &v
	}
	heads := []struct{ heading, sign string }{{"Other classes of model", "model "}, {"A list left out", "without "}, {"Two lists merged", ""}}
	for _, h := range heads {
		first := true
		for _, x := range r.Sensitivity {
			if kindOf(x.What) != h.sign {
				continue
			}
			if first {
				f.Rows = append(f.Rows, estimate.ForestRow{Label: h.heading, Heading: true})
				first = false
			}
			f.Rows = append(f.Rows, estimate.ForestRow{Label: strings.TrimPrefix(x.What, "model "), Estimate: x.Estimate, Lower: x.Lower, Upper: x.Upper})
		}
	}
	return estimate.Plot{Title: r.Title("How many people there are"), Note: r.Caption(), Panels: []estimate.Panel{f, r.overlap()}}
}

func kindOf(what string) string {
	for _, sign := range []string{"model ", "without "} {
		if strings.HasPrefix(what, sign) {
			return sign
		}
	}
	return ""
}

// PlotLists is the overlap of the lists alone.
func (r *Result) PlotLists() estimate.Plot {
	o := r.overlap()
	o.Heading = ""
	return estimate.Plot{Title: r.Title("Who was on which lists"), Panels: []estimate.Panel{o}}
}

func (r *Result) overlap() estimate.Overlap {
	o := estimate.Overlap{Heading: "Who was on which lists", Lists: r.Lists}
	for k, w := range r.histories.rows {
		on := make([]bool, len(r.Lists))
		for i := range on {
			on[i] = w>>i&1 == 1
		}
		o.Cells = append(o.Cells, estimate.OverlapCell{On: on, Count: r.histories.count[k]})
	}
	return o
}

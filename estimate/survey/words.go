package survey

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"plumbline/estimate"
)

// sentence words the headline so that it can be printed as it stands.
func (f *fitter) sentence(r *Report, q question) string {
	if !r.Estimate.Known() {
		return ""
	}
	show := func(n estimate.Number) string { return strconv.FormatFloat(float64(n), 'g', 4, 64) }
	unit := ""
	if q.kind == string(Proportion) {
		show = func(n estimate.Number) string { return strconv.FormatFloat(100*float64(n), 'f', 1, 64) }
		unit = " per cent"
	}
	what := cmp.Or(r.Definition, describe(f.spec))
	among := ""
	if r.Population != "" {
		among = " among " + r.Population
	}
	answers := count(r.N, "answer", "answers")
	known := r.Lower.Known() && r.Upper.Known()
	limits := fmt.Sprintf("the %g per cent interval runs from %s to %s%s, for chance in drawing the sample alone.", 100*r.Level, show(r.Lower), show(r.Upper), unit)
	if !known {
		limits = "the sample cannot say how far that may be off."
	}
	if f.none && known {
		none := "none"
		if r.Estimate == 1 {
			none = "no others"
		}
		return fmt.Sprintf("The %s of %s%s was %s%s in %s, which does not show that there are %s: %s", q.kind, what, among, show(r.Estimate), unit, answers, none, limits)
	}
	switch q.kind {
	case "quantile":
		return fmt.Sprintf("%g per cent of the population%s are estimated to be at or below %s of %s, from %s; %s", 100*q.p, among, show(r.Estimate), cmp.Or(r.Definition, q.columns[0]), answers, limits)
	case "ratio":
		what = cmp.Or(r.Definition, strings.Join(q.columns, " to "))
	}
	return fmt.Sprintf("The %s of %s%s is estimated at %s%s from %s; %s", q.kind, what, among, show(r.Estimate), unit, answers, limits)
}

// mostSaid groups fit in a sentence that is still read.
const mostSaid = 5

// sentences words the estimates of several groups.
func (f *fitter) sentences(r *Report, q question) string {
	if len(r.Results) > mostSaid || q.kind == "quantile" {
		return ""
	}
	said := make([]string, len(r.Results))
	for k, g := range r.Results {
		if !g.Estimate.Known() {
			return ""
		}
		show := func(n estimate.Number) string { return strconv.FormatFloat(float64(n), 'g', 4, 64) }
		unit := ""
		if q.kind == string(Proportion) {
			show = func(n estimate.Number) string { return strconv.FormatFloat(100*float64(n), 'f', 1, 64) }
			unit = " per cent"
		}
		name := g.Group
		switch {
		case f.spec.By == "":
			name = g.Value
		case g.Value != "":
			name += " " + g.Value
		}
		limits := "limits not known"
		if g.Lower.Known() && g.Upper.Known() {
			limits = show(g.Lower) + " to " + show(g.Upper)
		}
		said[k] = fmt.Sprintf("%s%s for %s (%s)", show(g.Estimate), unit, name, limits)
	}
	among := ""
	if r.Population != "" {
		among = " among " + r.Population
	}
	by := ""
	if f.spec.By != "" {
		by = " by " + f.spec.By
	}
	return fmt.Sprintf("The %s of %s%s%s is estimated at %s, from %s; in brackets %g per cent intervals, each for itself and for chance in drawing the sample alone.",
		q.kind, cmp.Or(r.Definition, describe(f.spec)), among, by, strings.Join(said, ", "), count(r.N, "answer", "answers"), 100*r.Level)
}

// sentence says whether two columns go together, and never that one makes the
// other.
func (r *Association) sentence(a, b string) string {
	switch {
	case !r.P.Known():
		return ""
	case float64(r.P) < 1-r.Level:
		return fmt.Sprintf("In the population %s and %s go together: a link as strong as in these %s would rarely come by chance in drawing the sample (p %.2g). That does not say that one makes the other.", a, b, count(r.N, "answer", "answers"), float64(r.P))
	}
	return fmt.Sprintf("These %s do not show that %s and %s go together (p %.2g), nor that they do not.", count(r.N, "answer", "answers"), a, b, float64(r.P))
}

// sentence says which columns go with y, the others held alike.
func (r *Regression) sentence(y string) string {
	if !r.Converged || len(r.Names) > mostSaid+1 {
		return ""
	}
	var up, down, none []string
	for _, name := range r.Names {
		switch lower, upper := r.Lower[name], r.Upper[name]; {
		case name == "(intercept)":
		case !lower.Known() || !upper.Known():
			return ""
		case lower > 0:
			up = append(up, name)
		case upper < 0:
			down = append(down, name)
		default:
			none = append(none, name)
		}
	}
	var said []string
	for _, x := range []struct {
		names []string
		text  string
	}{{up, "more of it goes with "}, {down, "less of it goes with "}, {none, "no link shows with "}} {
		if len(x.names) > 0 {
			said = append(said, x.text+strings.Join(x.names, ", "))
		}
	}
	return fmt.Sprintf("Of %s in %s, the other columns held alike: %s. That does not say that one makes the other.", y, count(r.N, "answer", "answers"), strings.Join(said, "; "))
}

// sentence words both levels before the change, since neither means much alone.
func (r *ChangeReport) sentence(kind string) string {
	show := func(n Number) string { return strconv.FormatFloat(float64(n), 'g', 4, 64) }
	unit := ""
	if kind == string(Proportion) {
		show = func(n Number) string { return strconv.FormatFloat(100*float64(n), 'f', 1, 64) }
		unit = " per cent"
	}
	level := func(x RoundLevel) string {
		limits := "limits not known"
		if x.Lower.Known() && x.Upper.Known() {
			limits = show(x.Lower) + " to " + show(x.Upper)
		}
		return fmt.Sprintf("%s%s (%s, %s)", show(x.Estimate), unit, limits, count(x.N, "answer", "answers"))
	}
	if !r.From.Estimate.Known() || !r.To.Estimate.Known() {
		return ""
	}
	of := ""
	if r.Definition != "" {
		of = "For " + r.Definition + ", from"
	}
	text := fmt.Sprintf("%s %s to %s", cmp.Or(of, "From"), level(r.From), level(r.To))
	if r.Population != "" {
		text += " among " + r.Population
	}
	unseen := r.Difference.Lower.Known() && r.Difference.Upper.Known() && r.Difference.Lower <= 0 && r.Difference.Upper >= 0
	switch {
	case !r.Relative.Known() && unseen:
		return text + ": that does not show whether there was a change."
	case !r.Relative.Known():
		return text + ": how large a change that is, in proportion, these rounds do not say."
	case unseen:
		return fmt.Sprintf("%s: that does not show whether there was a change. It may be anything from %s to %s, at %g per cent.", text, change(r.Relative.Lower), change(r.Relative.Upper), 100*r.Level)
	}
	what, lo, hi := "fall", -r.Relative.Upper, -r.Relative.Lower
	if r.Relative.Estimate > 0 {
		what, lo, hi = "rise", r.Relative.Lower, r.Relative.Upper
	}
	return fmt.Sprintf("%s: a %s of %.0f per cent, with a %g per cent interval from %.0f to %.0f, if both rounds measured alike.", text, what, math.Abs(100*float64(r.Relative.Estimate)), 100*r.Level, 100*float64(lo), 100*float64(hi))
}

func change(relative Number) string {
	if relative < 0 {
		return fmt.Sprintf("a fall of %.0f per cent", -100*float64(relative))
	}
	return fmt.Sprintf("a rise of %.0f per cent", 100*float64(relative))
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

package survival

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// headline fills in the number where there is one, and words what was found so
// that it can be printed as it stands.
func (r *Report) headline(sp Spec) {
	r.Interval = string(sp.Interval)
	if len(r.Groups) == 1 {
		m := r.Groups[0].Median
		r.Estimate, r.Lower, r.Upper = m.Estimate, m.Lower, m.Upper
	}
	switch {
	case sp.Competing:
		r.Sentence = r.sayEnds(sp)
	case len(r.Groups) == 1:
		r.Sentence = r.sayMedian(sp)
	case len(r.Groups) <= mostSaid:
		r.Sentence = r.sayGroups(sp)
	}
}

// mostSaid groups, or ends, fit in a sentence that is still read.
const mostSaid = 4

const likeOthers = ", if those lost from sight were like the others."

func (sp Spec) event() string { return cmp.Or(sp.Definition, "the event") }

func (r *Report) from() string {
	return fmt.Sprintf("Estimated from %d people, of whom %d were seen to have it%s", r.N, r.Events, likeOthers)
}

func (r *Report) sayMedian(sp Spec) string {
	m := r.Groups[0].Median
	if !m.Estimate.Known() {
		return fmt.Sprintf("Fewer than half had %s as long as people were watched, so there is no median time. %s", sp.event(), r.from())
	}
	limits := fmt.Sprintf("%s to %s", number(m.Lower), number(m.Upper))
	switch {
	case !m.Lower.Known() && !m.Upper.Known():
		limits = "without limits"
	case !m.Lower.Known():
		limits = "up to " + number(m.Upper)
	case !m.Upper.Known():
		limits = "from " + number(m.Lower) + " on"
	}
	return fmt.Sprintf("Half had %s by time %s (%g per cent interval %s). %s", sp.event(), number(m.Estimate), 100*r.Level, limits, r.from())
}

func (r *Report) sayGroups(sp Spec) string {
	said := make([]string, len(r.Groups))
	for k, g := range r.Groups {
		said[k] = fmt.Sprintf("among %s by time %s", groupName(sp.By, g.Group), number(g.Median.Estimate))
		if !g.Median.Estimate.Known() {
			said[k] = "among " + groupName(sp.By, g.Group) + " at no time while they were watched"
		}
	}
	text := fmt.Sprintf("Half had %s: %s. ", sp.event(), list(said))
	if t := r.LogRank; t != nil && t.P.Known() {
		if t.P < Number(1-r.Level) {
			text += fmt.Sprintf("Curves as far apart would rarely come by chance alone (log-rank test, p %s). ", chance(t.P))
		} else {
			text += fmt.Sprintf("Curves as far apart may well come by chance alone (log-rank test, p %s), which does not show that the groups are alike. ", chance(t.P))
		}
	}
	return text + r.from()
}

// enough people must still be watched at the time that a sentence speaks of, or a
// third of a group that is small.
const enough = 10

// sayEnds words the shares of competing ends, at the last time when enough
// people were still watched.
func (r *Report) sayEnds(sp Spec) string {
	if len(r.Groups) > mostSaid {
		return ""
	}
	var text strings.Builder
	for _, g := range r.Groups {
		causes := g.Causes()
		if len(causes) == 0 || len(causes) > mostSaid {
			return ""
		}
		at := 0
		for k, x := range g.Curve {
			if x.AtRisk >= min(enough, (g.N+2)/3) {
				at = k
			}
		}
		said := make([]string, len(causes))
		for k := range causes {
			x := g.Incidence[at*len(causes)+k]
			said[k] = fmt.Sprintf("%.1f per cent had had end %s", 100*float64(x.Estimate), x.Cause)
			if x.Lower.Known() && x.Upper.Known() {
				said[k] += fmt.Sprintf(" (%.1f to %.1f)", 100*float64(x.Lower), 100*float64(x.Upper))
			}
		}
		among := "By"
		if len(r.Groups) > 1 {
			among = "Among " + groupName(sp.By, g.Group) + ", by"
		}
		fmt.Fprintf(&text, "%s time %s, %s. ", among, number(Number(g.Curve[at].Time)), list(said))
	}
	fmt.Fprintf(&text, "Estimated from %d people with %g per cent intervals%s", r.N, 100*r.Level, likeOthers)
	return text.String()
}

func number(n Number) string { return strconv.FormatFloat(float64(n), 'g', 5, 64) }

func chance(p Number) string {
	if p < 0.001 {
		return "below 0.001"
	}
	return strconv.FormatFloat(float64(p), 'f', 3, 64)
}

// list joins with commas and an and.
func list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

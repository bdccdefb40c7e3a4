package respondent

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// largeShare of the population is where simulations see the difference; see
// doc/simulations.md.
const largeShare = 0.1

// doubts says what a reader should know beside the numbers.
func (r *Report) doubts(s *sample, sp Spec) {
	groups := r.Groups
	if len(groups) == 2 {
		groups = groups[1:] // the other is one less it
	}
	for _, g := range groups {
		if a, b := float64(g.SE), float64(g.Bootstrap.SE); b > 0 && a > 0 && (b > 1.3*a || a > 1.3*b) {
			if s.number != nil {
				r.Warn("intervals-differ", "The analytic standard error is %.3g and that of the bootstrap %.3g. Both are shown, and the wider is the safer one.", a, b)
				continue
			}
			r.Warn("intervals-differ", "For %q the analytic standard error is %.3f and that of the bootstrap %.3f. Both are shown, and the wider is the safer one.", g.Value, a, b)
		}
	}
	for _, g := range r.Groups {
		if s.number == nil && g.N == r.N {
			r.Warn("one-group", "All %d respondents are %q. How few others there are in the population the sample cannot show, so there are no limits.", r.N, g.Value)
		}
	}
	if s.number != nil && len(s.values) == 1 {
		r.Warn("one-value", "All %d respondents have the same value. How few others there are in the population the sample cannot show, so there are no limits.", r.N)
	}
	if r.Waves < 4 {
		r.Warn("few-waves", "The longest chain has only this many waves after its seed: %d. That is hardly enough to forget where it began.", r.Waves)
	}
	if r.Seeds < 2 {
		r.Warn("one-seed", "All respondents come from one seed.")
	}
	for _, tree := range r.Bottleneck {
		if r.Seeds > 1 && 2*tree.N > r.N {
			r.Warn("seed-dominates", "%d of %d respondents come from seed %s.", tree.N, r.N, tree.Seed)
		}
	}
	if sp.Method == SS && float64(r.N) < ssFraction*float64(sp.Population) {
		r.Warn("ss-is-rds2", "Fewer than one in %d of the population were asked, where successive sampling and RDS-II are the same.", int(1/ssFraction))
	}
	if sp.Method != SS && sp.Population > 0 && float64(r.N) > largeShare*float64(sp.Population) {
		r.Warn("large-share", "%.0f per cent of the population were asked, and nobody can be asked twice, which this method does not know: it is too low for those who know many people. The method ss knows.", 100*float64(r.N)/float64(sp.Population))
	}
	switch {
	case r.Converged:
	case s.number != nil:
		r.Warn("not-settled", "The estimate still moved by more than %.2g over the last fifth of respondents.", s.unit())
	default:
		r.Warn("not-settled", "The estimate still moved by more than two points over the last fifth of respondents.")
	}
	s.bottleneck(r)
	r.Warn("self-reported", "Respondents say themselves how many people they know, and the estimate leans on it. Nothing here can check it.")
}

// wider is the wider of the two intervals of a group, and which it is.
func (g Group) wider() (lower, upper Number, kind string) {
	lower, upper, kind = g.Lower, g.Upper, "analytic"
	if b := g.Bootstrap; b.Lower.Known() && b.Upper.Known() && !(upper-lower >= b.Upper-b.Lower) {
		lower, upper, kind = b.Lower, b.Upper, "bootstrap"
	}
	return lower, upper, kind
}

// mostSaid groups fit in a sentence that is still read.
const mostSaid = 5

// headline is the mean, or the share of the second of two groups, 1 of 0 and 1, with the
// wider of its intervals, and words for all groups that can be printed as they
// stand.
func (r *Report) headline(sp Spec) {
	groups := r.Groups
	if len(groups) == 2 {
		groups = groups[1:]
	}
	if r.Statistic == Mean || len(r.Groups) == 2 {
		g := groups[0]
		r.Estimate = g.Estimate
		r.Lower, r.Upper, r.Interval = g.wider()
	}
	if len(groups) > mostSaid {
		return
	}
	among := "the population"
	if sp.PopulationText != "" {
		among = sp.PopulationText
	}
	if r.Statistic == Mean {
		show := func(n Number) string { return strconv.FormatFloat(float64(n), 'g', 4, 64) }
		if !r.Estimate.Known() {
			return
		}
		limits := "limits not known"
		if r.Lower.Known() && r.Upper.Known() {
			limits = fmt.Sprintf("%s to %s, the wider of two %g per cent intervals", show(r.Lower), show(r.Upper), 100*r.Level)
		}
		r.Sentence = fmt.Sprintf("Among %s the mean of %s is estimated at %s (%s), from %d people who recruited each other and on what each said of how many they know.", among, cmp.Or(sp.Definition, sp.Y), show(r.Estimate), limits, r.N)
		return
	}
	percent := func(n Number) string { return strconv.FormatFloat(100*float64(n), 'f', 1, 64) }
	said := make([]string, len(groups))
	for k, g := range groups {
		if !g.Estimate.Known() {
			return
		}
		said[k] = fmt.Sprintf("%s per cent for %s", percent(g.Estimate), g.Value)
		if lower, upper, _ := g.wider(); lower.Known() && upper.Known() {
			said[k] += fmt.Sprintf(" (%s to %s)", percent(lower), percent(upper))
		} else {
			said[k] += " (limits not known)"
		}
	}
	r.Sentence = fmt.Sprintf("Among %s the share by %s is estimated at %s, from %d people who recruited each other; in brackets the wider of two %g per cent intervals, which rest on how many people each said they know.",
		among, cmp.Or(sp.Definition, sp.Y), strings.Join(said, ", "), r.N, 100*r.Level)
}

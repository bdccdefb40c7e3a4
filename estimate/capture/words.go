package capture

import (
	"fmt"
	"math"
	"strings"

	"plumbline/estimate"
)

// fewShared is the number of people on two lists or more below which the answer
// rests on a handful. It is a convention of ours, not a test.
const fewShared = 30

// warnOfOverlap tells what the overlaps of the lists cannot carry.
func (r *Result) warnOfOverlap(h *histories) {
	t := newTable(len(h.lists))
	t.fill(h, h.count)
	shared := 0.0
	for w, n := range t.n {
		if order(set(w)) > 1 {
			shared += n
		}
	}
	switch {
	case shared == 0:
		r.Warn("few_shared", "Nobody is on more than one list. How many people no list has met shows in the people that lists share, and these share none.")
	case shared < fewShared:
		r.Warn("few_shared", "The whole answer rests on those of the %s people who are on more than one list, who are only %.0f.", exact(r.Observed), shared)
	}
	var none []string
	for _, p := range pairs(len(h.lists)) {
		if t.on[p] == 0 {
			none = append(none, h.name(p))
		}
	}
	if len(none) > 0 {
		r.Warn("no_overlap", "Nobody is on both lists of %s. That may be chance, or the lists may be about different people, and then they do not belong together.", strings.Join(none, ", "))
	}
	if h.outside > 0 {
		r.Warn("outside", "Of the people in the file %s are on none of the lists chosen, and count here as people nobody met.", exact(h.outside))
	}
	if len(h.lists) == 2 {
		r.Warn("two_lists", "With two lists nothing can show whether being on one makes being on the other more likely or less, and the estimate assumes neither.")
	}
	r.Warn("assumptions", "The limits are about chance only. They do not include people matched wrongly between lists, lists of different people, places or times, or people whom no list could have met. Where some people are harder to find for every list, the number is too low.")
}

// strong is a coefficient that chance does not explain: three standard errors.
const strong = 3

func (r *Result) warnOfDependence(h *histories, f *fitter, se []float64) {
	var together, apart []string
	for i, term := range f.live {
		if order(term) != 2 {
			continue
		}
		switch c := f.coef[term]; {
		case c > strong*se[i]:
			together = append(together, h.name(term))
		case c < -strong*se[i]:
			apart = append(apart, h.name(term))
		}
	}
	if len(together) > 0 {
		r.Warn("referral", "People on one list of %s are on the other more often than independent lists would have it. If one passes people to the other, ask how many; the model allows for it only as an average.", strings.Join(together, ", "))
	}
	if len(apart) > 0 {
		r.Warn("avoidance", "People on one list of %s are on the other less often than independent lists would have it: they may reach different people.", strings.Join(apart, ", "))
	}
}

// manyfold is a factor between alternatives that readers must be told of.
const manyfold = 1.5

func (r *Result) warnOfSensitivity() {
	low, high := math.Inf(1), 0.0
	var least, most string
	missing := 0
	for _, a := range r.Sensitivity {
		v := float64(a.Estimate)
		if !a.Estimate.Known() {
			missing++
			continue
		}
		if v < low {
			low, least = v, a.What
		}
		if v > high {
			high, most = v, a.What
		}
	}
	if high > manyfold*low {
		r.Warn("choice_moves_number", "Other defensible choices give from %s (%s) to %s (%s).", people(low), least, people(high), most)
		r.others = fmt.Sprintf(" Other defensible ways to ask the same lists give from %s to %s.", people(low), people(high))
	}
	if missing > 0 {
		r.Warn("choice_without_number", "No number at all comes from %d of %d other choices.", missing, len(r.Sensitivity))
	}
}

// sentence says the result in words that stay true when quoted alone.
func (r *Result) sentence() {
	what := "people"
	if r.Definition != "" {
		what = r.Definition
	}
	where := ""
	if r.Population != "" {
		where = " (" + r.Population + ")"
	}
	if !r.Estimate.Known() {
		r.Sentence = fmt.Sprintf("The %d lists hold %s %s%s; how many more there are cannot be estimated from them with this method.", len(r.Lists), exact(r.Observed), what, where)
		return
	}
	between := ""
	switch {
	case r.Lower.Known() && r.Upper.Known():
		between = fmt.Sprintf(", with a %g%% interval from %s to %s", 100*r.Level, people(float64(r.Lower)), people(float64(r.Upper)))
	case r.Lower.Known():
		between = fmt.Sprintf(", with a %g%% interval from %s upwards without a limit", 100*r.Level, people(float64(r.Lower)))
	default:
		between = ", and how far off that may be is not known"
	}
	r.Sentence = fmt.Sprintf("The %d lists hold %s %s%s; under the assumptions of the %s method there were about %s in all%s.", len(r.Lists), exact(r.Observed), what, where, r.Method, people(float64(r.Estimate)), between)
	r.Sentence += r.others
}

// people rounds to three figures, since no more are ever known.
func people(v float64) string {
	if v <= 0 {
		return "0"
	}
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(v))-2))
	return exact(math.Round(v/unit) * unit)
}

// exact writes a whole number with thousands apart.
func exact(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func known(v float64) *estimate.Number {
	n := estimate.Number(v)
	return &n
}

package measure

import (
	"cmp"
	"slices"
	"strings"

	"plumbline/estimate"
	"plumbline/estimate/series"
	"plumbline/estimate/survey"
)

// A Guess is a question that a table seems to be made for, to be corrected by
// who brought it. Its question need not be whole: Check says what is missing.
type Guess struct {
	Question Question
	Roles    []Role // the columns that have one, in the order of the table
	Why      Reason
}

// A Role is what a column is taken for.
type Role struct {
	Column string
	Option string // of the verb; empty where the verb needs none, as for lists
	Why    Reason
}

// A Reason is a reason in words. Code is stable, so that a page can have its own
// words for it.
type Reason struct{ Code, Text string }

// The reasons of guesses.
var (
	whyLists     = Reason{"lists", "the columns hold 0 and 1 as lists do, and what is left over counts people"}
	whyRecords   = Reason{"records", "all columns hold 0 and 1, a row a person, as lists do"}
	whyChains    = Reason{"chains", "one column names the row of the person who recruited the one in the row"}
	whySeries    = Reason{"series", "a column of times is equally far apart, one row a time"}
	whySurvival  = Reason{"survival", "a row a person, with how long the person was watched and how that ended"}
	whyRounds    = Reason{"rounds", "a column says which round an answer is of"}
	whyDesign    = Reason{"design", "columns say how a sample was drawn"}
	whyZeroOne   = Reason{"zero-one", "it holds 0 and 1"}
	whyCount     = Reason{"count", "it holds whole numbers, and the other columns 0 and 1"}
	whyName      = Reason{"name", "it is called so"}
	whyUnique    = Reason{"unique", "it has another value in every row"}
	whyRecruiter = Reason{"recruiter", "its values are ids of other rows"}
	whyDegree    = Reason{"degree", "it holds whole numbers above 0"}
	whyTimes     = Reason{"times", "its values are equally far apart, each once"}
	whyNumbers   = Reason{"numbers", "it is the first column of numbers that could be what is measured"}
	whyAnswer    = Reason{"answer", "it is the first column of yes and no"}
	whyFew       = Reason{"few", "it has a few values that repeat"}
	whyAreas     = Reason{"areas", "each time is there once for each of its two values"}
	whyStep      = Reason{"step", "it is 0 and becomes 1 at a time"}
	whyEnd       = Reason{"end", "it has a few codes for how something ended"}
	whyOneWeight = Reason{"one-weight", "each of its values has one weight"}
	whyTwoStrata = Reason{"two-strata", "a label of it is in two strata"}
)

// reader collects the roles of columns while one kind of question is tried.
type reader struct {
	columns []profile
	roles   []Role
	taken   map[string]bool
	pairs   [][2]string
}

// Guesses returns the questions that a table seems to be made for, best first;
// none when it fits nothing. They rest on what the columns hold, and where that
// leaves a choice on what they are called.
func Guesses(t *estimate.Table) ([]Guess, error) {
	columns, err := profiles(t)
	if err != nil {
		return nil, err
	}
	var out []Guess
	// Best first: what few tables could be by accident stands before what many could.
	for _, try := range []struct {
		verb string
		fits func(r *reader) (Reason, bool)
	}{
		{"capture", guessCapture}, {"respondent", guessRespondent},
		{"series", func(r *reader) (Reason, bool) { return guessSeries(t, r) }},
		{"survival", guessSurvival}, {"change", guessChange}, {"survey", guessSurvey},
	} {
		r := &reader{columns: columns, taken: map[string]bool{}}
		why, ok := try.fits(r)
		if !ok {
			continue
		}
		slices.SortStableFunc(r.roles, func(a, b Role) int {
			return cmp.Compare(slices.Index(t.Header(), a.Column), slices.Index(t.Header(), b.Column))
		})
		out = append(out, Guess{Ask(try.verb, r.pairs...), r.roles, why})
	}
	return out, nil
}

// set gives an option a value that is no column.
func (r *reader) set(option, value string) { r.pairs = append(r.pairs, [2]string{option, value}) }

// take gives a column a role. Columns of one option that takes several are joined.
func (r *reader) take(p *profile, option string, why Reason) {
	r.note(p, option, why)
	r.set(option, p.name)
}

// note gives a column a role without setting its option.
func (r *reader) note(p *profile, option string, why Reason) {
	r.taken[p.name] = true
	r.roles = append(r.roles, Role{p.name, option, why})
}

// first returns the first column that has no role yet and fits.
func (r *reader) first(fits func(p *profile) bool) *profile {
	for i := range r.columns {
		if p := &r.columns[i]; !r.taken[p.name] && fits(p) {
			return p
		}
	}
	return nil
}

func guessCapture(r *reader) (Reason, bool) {
	var lists []string
	told := 0 // lists that some are on and some are not
	var counts, ids *profile
	for i := range r.columns {
		p := &r.columns[i]
		switch {
		case p.onlyZeroOne() && p.full() && !p.called("count"):
			lists = append(lists, p.name)
			if p.zeroOne() {
				told++
			}
			r.note(p, "", whyZeroOne)
		case ids == nil && p.unique() && p.called("id", "code", "person", "case", "pseudonym"):
			ids = p
		case counts == nil && p.whole && p.full() && p.low >= 0:
			counts = p
		default:
			return Reason{}, false
		}
	}
	if told < 2 || len(lists) > 10 {
		return Reason{}, false
	}
	if ids != nil {
		r.set("lists", strings.Join(lists, ","))
	}
	if counts == nil {
		return whyRecords, true
	}
	// Counts of histories say each history once; a number beside records does not.
	if ids != nil || r.repeats(lists) {
		return Reason{}, false
	}
	r.note(counts, "count", whyCount)
	if counts.name != "count" {
		r.set("count", counts.name)
	}
	return whyLists, true
}

// repeats reports whether two rows hold the same in all of some columns.
func (r *reader) repeats(names []string) bool {
	seen := map[string]bool{}
	for i := range r.columns[0].codes {
		var key strings.Builder
		for _, p := range r.columns {
			if slices.Contains(names, p.name) {
				key.WriteString(p.values[p.codes[i]])
			}
		}
		if seen[key.String()] {
			return true
		}
		seen[key.String()] = true
	}
	return false
}

func guessRespondent(r *reader) (Reason, bool) {
	id := r.first(func(p *profile) bool { return p.unique() && (!p.numeric || p.whole) })
	if id == nil {
		return Reason{}, false
	}
	ids := map[string]bool{}
	for _, v := range id.values {
		ids[v] = true
	}
	recruiter := r.first(func(p *profile) bool { return p != id && !p.called("seed", "root") && recruits(p, id, ids) })
	if recruiter == nil {
		return Reason{}, false
	}
	r.take(id, "id", whyUnique)
	r.take(recruiter, "recruiter", whyRecruiter)
	why := whyName
	degree := r.first(func(p *profile) bool {
		return p.numeric && p.low > 0 && p.called("degree", "network", "knows", "know", "contacts", "friends", "size", "netsize")
	})
	if degree == nil {
		why = whyDegree
		degree = r.first(func(p *profile) bool { return p.whole && p.low > 0 && len(p.values) > 2 })
	}
	if degree != nil {
		r.take(degree, "degree", why)
	}
	y := r.first(func(p *profile) bool {
		return len(p.values) >= 2 && len(p.values) <= 10 && !p.called("seed", "wave", "root", "site", "interviewer")
	})
	if y != nil {
		r.take(y, "y", whyFew)
	}
	return whyChains, true
}

// recruits reports a column whose values are ids of rows, or say that the row is
// a seed. Small numbers are ids by accident, so a column that is not called so
// must also leave seeds empty.
func recruits(p, id *profile, ids map[string]bool) bool {
	named, marked, own := 0, p.rows()-p.known, 0
	for i, c := range p.codes {
		switch {
		case c < 0:
		case strings.EqualFold(p.values[c], "seed"):
			marked++
		case p.values[c] == id.values[id.codes[i]], p.values[c] == "0" && !ids["0"]:
			own++
		case ids[p.values[c]]:
			named++
		default:
			return false
		}
	}
	if p.called("recruiter", "recruited", "recruit", "parent", "coupon", "referrer") {
		return named > 0
	}
	return marked > 0 && own == 0 && named > marked && len(p.values) > p.rows()/20
}

func guessSeries(t *estimate.Table, r *reader) (Reason, bool) {
	var order []int
	isTime := func(p *profile, rows []int) bool {
		if p.rows() < 6 || !p.full() || p.called("id", "no", "nr", "case", "person", "respondent", "code") {
			return false
		}
		var err error
		if order, err = series.Times(t, p.name, rows); err != nil {
			return false
		}
		// Numbers that go up by one may also tell rows apart.
		return !p.numeric || p.called("time", "times", "t", "year", "quarter", "month", "week", "day", "period", "date", "semester")
	}
	time := r.first(func(p *profile) bool { return p.unique() && isTime(p, nil) })
	var areas *profile
	if time == nil {
		// Two areas below each other, or in turns.
		areas = r.first(func(p *profile) bool {
			if len(p.values) != 2 || !p.full() {
				return false
			}
			time = r.first(func(q *profile) bool {
				return 2*len(q.values) == q.rows() && isTime(q, p.rowsOf(1)) && isTime(q, p.rowsOf(0))
			})
			return time != nil
		})
	}
	if time == nil {
		return Reason{}, false
	}
	r.take(time, "time", whyTimes)
	var events []*profile
	for i := range r.columns {
		p := &r.columns[i]
		if p.zeroOne() && p.full() && p != areas {
			events = append(events, p)
			r.note(p, "event", whyZeroOne)
			if step(p, order) {
				r.roles[len(r.roles)-1].Why = whyStep
			}
		}
	}
	for _, p := range events {
		r.set("event", p.name)
	}
	if areas != nil {
		r.note(areas, "control", whyAreas)
		r.set("control", survey.Equal(areas.name, areas.values[without(areas, events)]))
	}
	// Exposures that vary say more than those that hardly do.
	var exposure *profile
	for i := range r.columns {
		p := &r.columns[i]
		if !r.taken[p.name] && p.numeric && p.low > 0 && isExposure(p) && (exposure == nil || len(p.values) > len(exposure.values)) {
			exposure = p
		}
	}
	y := r.first(func(p *profile) bool {
		return p.numeric && len(p.values) > 2 && !isExposure(p) && !p.called("year", "quarter", "month", "week", "day", "date", "id", "since")
	})
	if y == nil {
		return Reason{}, false
	}
	r.take(y, "y", whyNumbers)
	if y.whole && y.low >= 0 {
		r.set("family", "quasipoisson")
		if exposure != nil {
			r.take(exposure, "offset", whyName)
		}
	}
	return whySeries, true
}

// without is the place of the area in which no event is on, or else of the one
// that is marked with 1, or of the second.
func without(areas *profile, events []*profile) int {
	for area := range areas.values {
		if len(events) > 0 && !slices.ContainsFunc(areas.rowsOf(area), func(i int) bool {
			return slices.ContainsFunc(events, func(p *profile) bool { return p.numbers[i] == 1 })
		}) {
			return area
		}
	}
	if i := slices.Index(areas.values, "1"); i >= 0 {
		return i
	}
	return 1
}

func isExposure(p *profile) bool {
	return p.called("pop", "population", "stdpop", "staff", "hours", "exposure", "offset", "denominator", "person", "clinics", "days", "open")
}

// step reports a column that is 0 and then 1 to the end.
func step(p *profile, order []int) bool {
	before := 0.0
	for _, i := range order {
		if p.numbers[i] < before {
			return false
		}
		before = p.numbers[i]
	}
	return true
}

func guessSurvival(r *reader) (Reason, bool) {
	end := r.first(func(p *profile) bool {
		return p.whole && p.full() && p.low >= 0 && len(p.values) >= 2 && len(p.values) <= 6 && !p.called("n", "number", "count") &&
			p.called("status", "event", "ended", "end", "outcome", "died", "dead", "death", "closed", "verdict", "cause", "fate", "left", "exit", "censored")
	})
	if end == nil {
		return Reason{}, false
	}
	time := r.first(func(p *profile) bool {
		return p != end && p.numeric && p.low >= 0 && len(p.values) > 2 &&
			p.called("time", "times", "t", "days", "weeks", "months", "years", "duration", "tenure", "futime", "followup", "follow", "stop", "until", "survival")
	})
	if time == nil {
		return Reason{}, false
	}
	r.take(time, "time", whyName)
	r.take(end, "event", whyEnd)
	switch {
	case len(end.values) > 2 && end.is(0):
		r.set("competing", "true")
	case !end.zeroOne():
		// Of two codes the larger is the event, as 2 is where 1 is lost from sight.
		order := estimate.Ascending(end.values)
		r.set("event-value", end.values[order[len(order)-1]])
	}
	return whySurvival, true
}

// guessDesign finds the columns that say how a sample was drawn, and reports
// whether they do.
func guessDesign(r *reader) bool {
	weights := r.first(func(p *profile) bool {
		return p.numeric && p.full() && p.low >= 0 && !p.zeroOne() && p.called("w", "wt", "wgt", "weight", "weights", "pw", "pweight", "pweights", "wts")
	})
	if weights != nil {
		r.take(weights, "weights", whyName)
	}
	fpc := r.first(func(p *profile) bool { return p.numeric && p.full() && p.low > 0 && p.called("fpc") })
	if fpc != nil {
		r.take(fpc, "fpc", whyName)
	}
	why := whyName
	strata := r.first(func(p *profile) bool {
		return p.full() && p.repeated && len(p.values) > 1 && p.called("stratum", "strata", "strat")
	})
	if strata == nil && weights != nil && len(weights.values) > 1 {
		why = whyOneWeight
		strata = r.first(func(p *profile) bool {
			return p.full() && !p.numeric && len(p.values) >= 2 && len(p.values) <= len(weights.values) && decides(p, weights)
		})
	}
	if strata != nil {
		r.take(strata, "strata", why)
	}
	cluster := r.first(func(p *profile) bool {
		return p.full() && p.repeated && len(p.values) > 2 &&
			p.called("cluster", "psu", "venue", "village", "household", "ea", "segment", "site", "establishment", "block", "school", "clinic")
	})
	if cluster != nil {
		r.take(cluster, "cluster", whyName)
		if strata != nil && !decides(cluster, strata) {
			r.set("nest", "true")
			r.roles[len(r.roles)-1].Why = whyTwoStrata
		}
	}
	if weights == nil {
		for _, option := range []string{"venues", "sampled-venues", "slots", "sampled-slots", "present", "observed", "visits"} {
			if p := r.first(func(p *profile) bool { return p.numeric && strings.Join(p.words, "-") == option }); p != nil {
				r.take(p, option, whyName)
			}
		}
	}
	// Strata alone are too little to tell a sample from any table with groups.
	return len(r.roles) > 1 || len(r.roles) == 1 && strata == nil
}

// decides reports whether each value of one column goes with one value of another.
func decides(p, q *profile) bool {
	with := make([]int, len(p.values))
	for i := range with {
		with[i] = -1
	}
	for i, c := range p.codes {
		switch {
		case c < 0:
		case with[c] < 0:
			with[c] = q.codes[i]
		case with[c] != q.codes[i]:
			return false
		}
	}
	return true
}

func guessSurvey(r *reader) (Reason, bool) {
	return whyDesign, guessDesign(r) && r.measured()
}

func guessChange(r *reader) (Reason, bool) {
	wave := r.first(func(p *profile) bool {
		return p.full() && p.repeated && len(p.values) >= 2 && 5*len(p.values) <= p.rows() && p.called("wave", "round", "year", "survey", "phase", "baseline", "period")
	})
	if wave == nil {
		return Reason{}, false
	}
	r.take(wave, "wave", whyName)
	order := make([]int, len(wave.values)) // words stand as they came: baseline before endline
	for i := range order {
		order[i] = i
	}
	if wave.numeric {
		order = estimate.Ascending(wave.values)
	}
	r.set("from", wave.values[order[0]])
	r.set("to", wave.values[order[len(order)-1]])
	guessDesign(r)
	return whyRounds, r.measured()
}

// measured finds what is measured: 0 and 1 before yes and no before numbers.
func (r *reader) measured() bool {
	open := func(p *profile) bool {
		return !p.unique() && !p.called("id", "person", "visit", "wave", "round", "interviewer")
	}
	if p := r.first(func(p *profile) bool { return open(p) && p.zeroOne() }); p != nil {
		r.take(p, "y", whyZeroOne)
		r.set("stat", "proportion")
		return true
	}
	if p := r.first(func(p *profile) bool { _, ok := p.yesNo(); return open(p) && ok }); p != nil {
		yes, _ := p.yesNo()
		r.note(p, "y", whyAnswer)
		r.set("y", survey.Equal(p.name, yes))
		return true
	}
	if p := r.first(func(p *profile) bool { return open(p) && p.numeric && len(p.values) > 2 }); p != nil {
		r.take(p, "y", whyNumbers)
		return true
	}
	return false
}

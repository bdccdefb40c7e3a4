package plumbline

import (
	"slices"
	"time"
)

// What a shift is, as [Review] warns of it. Both are ours, and change no
// number: who reads the warning sees the counts beside it.
const (
	ShiftDays  = 30 // before a reporting date, and around it for a definition
	ShiftLeast = 5  // people more, or fewer, than in the month before usually
)

// shiftWindows is how many windows before the last one make what is usual.
const shiftWindows = 3

// maxMonths bounds a series.
const maxMonths = 120

// A TargetReview is whom a target counts and how many it was.
type TargetReview struct {
	*Target
	Definitions []DefinitionReview
	Months      []Month
	Reports     []ReportReview
}

// A DefinitionReview is a definition, and everybody met counted under it:
// those whose class, as it stands today, is one of its classes, at most also
// those whose class nobody has decided. Unknown when it names no class.
type DefinitionReview struct {
	*TargetDefinition
	Recount Count
}

// A Month is how many were identified in it, under each definition: the people
// whom a decision of that month put into a class that it counts, and who are in
// one still. New are the definitions that begin in it, Due the reports.
type Month struct {
	Start  time.Time
	Counts []Count
	New    []int
	Due    []int
}

// A ReportReview holds a report against the record.
//
// Redefined is yes when a definition, not the first, surely began within
// [ShiftDays] days of the day. Shifted is yes when those identified in the
// ShiftDays days up to the day are more than twice as many, or less than half
// as many, as on average in the three times as long before, and differ by at
// least [ShiftLeast]; counted under one definition, the one that held on the
// day. Both are unknown when dates or counts do not tell, Shifted also before
// the day has come or when the programme had not run for so long.
type ReportReview struct {
	Report
	Come      bool
	ByThen    Count  // identified up to the day, as the record has it now
	Borne     Answer // what was reported is what the record holds; no when it cannot be
	Last      Count  // in the last ShiftDays days
	Usual     Count  // in the time before, three times as long
	Shifted   Answer
	Redefined Answer
	Near      []*TargetDefinition // that began, or may have begun, near the day
}

// A window is a time with an open end where one is zero.
type window struct{ from, until time.Time }

// in answers whether all of s lies in a window.
func (s window) in(from, until time.Time) Answer {
	switch {
	case !s.from.IsZero() && !s.from.Before(until), !s.until.IsZero() && !s.until.After(from):
		return No
	case !s.from.IsZero() && !s.until.IsZero() && !s.from.Before(from) && !s.until.After(until):
		return Yes
	}
	return Unknown
}

func windowOf(w When) (s window) {
	s.from, _ = w.Earliest()
	s.until, _ = w.Latest()
	return s
}

// counted is who a definition counts in one operation, and since when.
type counted struct {
	people *People
	since  map[ID]window // of the presences that it counts
}

// countedBy returns whom a definition counts in an operation. A person counts
// from the first decision since which every one has put them into a class that
// it counts. A decision without a date came after the operation began.
func (r *People) countedBy(d *TargetDefinition, at time.Time) counted {
	c := counted{r, map[ID]window{}}
	for _, p := range r.Presences {
		var first *Decision
		for _, x := range slices.Backward(r.decisionsOn(p, When{})) {
			if !slices.Contains(d.Classes, x.Class) {
				break
			}
			first = x
		}
		if first == nil {
			continue
		}
		s := windowOf(first.At)
		if s.from.IsZero() {
			s.from, _ = r.Operation.Began.Earliest()
		}
		if s.until.IsZero() || s.until.After(at) {
			s.until = at
		}
		c.since[p.ID] = s
	}
	return c
}

// decisionsOn returns the decisions on a presence in order of time, those on
// the group it was split from first.
func (r *People) decisionsOn(p *Presence, split When) (all []*Decision) {
	if parent := r.presence(p.PartOf); parent != nil {
		all = r.decisionsOn(parent, p.SplitAt)
	}
	of := r.of(p.ID)
	if of == nil {
		return all
	}
	for _, d := range inTimeOrder(of.decisions, func(d *Decision) When { return d.At }) {
		if split.Before(d.At) != Yes {
			all = append(all, d)
		}
	}
	return all
}

// in returns how many were counted in a window.
func (c counted) in(from, until time.Time) Count {
	sure, maybe := map[ID]bool{}, map[ID]bool{}
	for id, s := range c.since {
		switch s.in(from, until) {
		case Yes:
			sure[id], maybe[id] = true, true
		case Unknown:
			maybe[id] = true
		}
	}
	if len(maybe) == 0 {
		return Exactly(0)
	}
	least := c.people.Among(func(p *Presence) bool { return sure[p.ID] }).Min()
	if len(sure) > 0 {
		least = max(least, 1) // it was somebody
	}
	most, bounded := c.people.Among(func(p *Presence) bool { return maybe[p.ID] }).Max()
	return between(least, most, !bounded)
}

func sumIn(all []counted, from, until time.Time) Count {
	sum := Exactly(0)
	for _, c := range all {
		sum = sum.Add(c.in(from, until))
	}
	return sum
}

func (r *ProgrammeRecord) target(t *Target, people []*People, at time.Time) TargetReview {
	v := TargetReview{Target: t}
	var by [][]counted // of each definition, operation by operation
	for _, d := range r.definitionsOf(t.ID) {
		var each []counted
		recount := Count{}
		if len(d.Classes) > 0 && len(people) > 0 {
			recount = Exactly(0)
			for _, p := range people {
				each = append(each, p.countedBy(d, at))
				f := &factSheet{r: p, at: at, facts: map[string]Fact{}}
				f.groups = f.views()
				f.people("counted", classed(d.Classes...))
				n, _ := f.facts["counted"].Value.(Count)
				recount = recount.Add(n)
			}
		}
		by = append(by, each)
		v.Definitions = append(v.Definitions, DefinitionReview{d, recount})
	}
	began := r.began(t, people)
	v.Months = v.months(by, began, at)
	for _, report := range t.Reports {
		v.Reports = append(v.Reports, v.report(report, by, windowOf(r.Programme.Began), at))
	}
	return v
}

// began is when a target's series begins: with the target, else with the
// programme, else with the first operation.
func (r *ProgrammeRecord) began(t *Target, people []*People) time.Time {
	for _, w := range []When{t.From, r.Programme.Began} {
		if from, ok := w.Earliest(); ok {
			return from
		}
	}
	for _, p := range people {
		if from, ok := p.Operation.Began.Earliest(); ok {
			return from
		}
	}
	return time.Time{}
}

// months returns the series. Without a beginning, or a definition by which
// anybody can be counted, there is none.
func (v *TargetReview) months(by [][]counted, began, at time.Time) (months []Month) {
	end := at
	if until, ok := v.Until.Latest(); ok && until.Before(at) {
		end = until
	}
	if began.IsZero() || !slices.ContainsFunc(by, func(each []counted) bool { return len(each) > 0 }) {
		return nil
	}
	start := time.Date(began.Year(), began.Month(), 1, 0, 0, 0, 0, time.UTC)
	for ; start.Before(end) && len(months) < maxMonths; start = start.AddDate(0, 1, 0) {
		m, next := Month{Start: start}, start.AddDate(0, 1, 0)
		for i, each := range by {
			n := Count{}
			if len(each) > 0 {
				n = sumIn(each, start, next)
			}
			m.Counts = append(m.Counts, n)
			if d := v.Definitions[i]; i > 0 && startsIn(d.From, start, next) {
				m.New = append(m.New, i)
			}
		}
		for i, report := range v.Target.Reports {
			if startsIn(report.Due, start, next) {
				m.Due = append(m.Due, i)
			}
		}
		months = append(months, m)
	}
	return months
}

func startsIn(w When, from, until time.Time) bool {
	t, ok := w.Earliest()
	return ok && !t.Before(from) && t.Before(until)
}

func (v *TargetReview) report(report Report, by [][]counted, programme window, at time.Time) ReportReview {
	w := ReportReview{Report: report}
	due, ok := report.Due.Latest()
	if !ok || !report.Due.ToTheDay() {
		return w
	}
	const window = ShiftDays * day
	w.Come = !due.After(at)
	held := -1 // the definition that held on the day
	for i, d := range v.Definitions {
		from := windowOf(d.From)
		if from.from.Before(due) {
			held = i
		}
		if i == 0 && (d.From.Known() || len(v.Definitions) == 1) {
			continue // began the count, and changed nothing
		}
		switch near := from.in(due.Add(-day-window), due.Add(window)); {
		case near == Yes:
			w.Redefined, w.Near = Yes, append(w.Near, d.TargetDefinition)
		case near == Unknown:
			w.Near = append(w.Near, d.TargetDefinition)
		}
	}
	if w.Redefined != Yes && len(w.Near) == 0 && len(v.Definitions) > 0 {
		w.Redefined = No
	}
	if !w.Come || held < 0 || len(by[held]) == 0 {
		return w
	}
	each := by[held]
	w.ByThen = sumIn(each, time.Time{}, due)
	w.Borne = same(report.Reported, w.ByThen)
	w.Last = sumIn(each, due.Add(-window), due)
	w.Usual = sumIn(each, due.Add(-(shiftWindows+1)*window), due.Add(-window))
	if programme.until.IsZero() || programme.until.After(due.Add(-(shiftWindows+1)*window)) {
		return w // it had not run for so long
	}
	w.Shifted = shifted(w.Last, w.Usual)
	return w
}

// same answers whether two counts are of one number: no when their bounds are
// apart, and unknown when they only may be the same.
func same(a, b Count) Answer {
	one, ok1 := a.Exact()
	other, ok2 := b.Exact()
	if ok1 && ok2 {
		return answer(one == other)
	}
	above := func(a, b Count) bool { hi, bounded := b.Max(); return bounded && a.Min() > hi }
	if above(a, b) || above(b, a) {
		return No
	}
	return Unknown
}

// shifted answers whether the number in one window is out of line with that in
// shiftWindows windows.
func shifted(last, usual Count) Answer {
	out := func(last, usual int) bool {
		apart := last*shiftWindows - usual
		return last*shiftWindows > 2*usual && apart >= ShiftLeast*shiftWindows || 2*last*shiftWindows < usual && -apart >= ShiftLeast*shiftWindows
	}
	const most = 1 << 30
	top := func(c Count) int {
		if n, bounded := c.Max(); bounded {
			return n
		}
		return most
	}
	// Out of line is a matter of the difference, so that the corners decide:
	// far above at its least, far below at its most, or never at either.
	above := out(last.Min(), top(usual)) && last.Min()*shiftWindows > top(usual)
	below := out(top(last), usual.Min()) && top(last)*shiftWindows < usual.Min()
	switch {
	case above || below:
		return Yes
	case !out(top(last), usual.Min()) && !out(last.Min(), top(usual)):
		return No
	}
	return Unknown
}

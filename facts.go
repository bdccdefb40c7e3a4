package plumbline

import (
	"slices"
	"time"
)

// A Fact is one value that a protocol may ask of a record (bool, Count, string
// or time.Time), with the entries it was drawn from.
type Fact struct {
	Value    any
	Evidence []ID
}

// A Term is one fact that a record can answer. Type is "bool", "number",
// "text" or "time"; Values are what a text can be.
type Term struct {
	Name   string
	Type   string
	Values []string
	Help   string // what it means
	From   string // what of the record it is computed from
}

// Facts returns what the record answers, by name, at a moment. Every name is
// in Vocabulary. What is not known is absent: never false, never zero. Numbers,
// of people, things and minutes, are Counts with their bounds, so that one
// known case denies "nobody" and only a full account confirms it.
func (r *People) Facts(at time.Time) map[string]Fact {
	f := &factSheet{r: r, at: at, facts: map[string]Fact{}}
	f.groups = f.views()
	f.operation()
	f.plan()
	f.agencies()
	f.steps()
	for _, role := range AttendanceRole("").Values() {
		f.attendance(AttendanceRole(role))
	}
	f.service()
	f.met()
	f.force()
	f.arrests()
	f.placements()
	f.returns()
	f.moves()
	f.unaccounted()
	f.interviews()
	f.order()
	f.immigration()
	f.after()
	return f.facts
}

// A factSheet collects the facts of one record.
type factSheet struct {
	r      *People
	at     time.Time
	facts  map[string]Fact
	groups [][]*view
}

// set sets a fact. A count of which nothing is known is no fact.
func (f *factSheet) set(name string, value any, from ...ID) {
	if c, ok := value.(Count); ok {
		if _, bounded := c.Max(); c.Min() == 0 && !bounded {
			return
		}
	}
	f.facts[name] = Fact{value, distinct(from)}
}

// answer sets a fact when the answer is yes or no.
func (f *factSheet) answer(name string, a Answer, from ...ID) {
	if a.Decided() {
		f.set(name, a == Yes, from...)
	}
}

// between is the count from least to most; open when there is no most.
func between(least, most int, open bool) Count {
	if open {
		return AtLeast(least)
	}
	return Between(least, max(least, most))
}

// minutesTo returns the shortest and longest time from the start of the
// operation to a moment, in whole minutes.
func (f *factSheet) minutesTo(w When) (least, most int, open bool) {
	if !w.Known() || !f.r.Operation.Began.Known() {
		return 0, 0, true
	}
	shortest, longest, open := w.Since(f.r.Operation.Began)
	return int(shortest / time.Minute), int((longest + time.Minute - 1) / time.Minute), open
}

// minutes sets the minutes from the start of the operation to a moment.
func (f *factSheet) minutes(name string, w When, from ...ID) {
	f.set(name, between(f.minutesTo(w)), from...)
}

// distinct returns the ids that are not empty, each once.
func distinct(ids []ID) (out []ID) {
	var seen map[ID]bool
	for _, id := range ids {
		switch {
		case id == "" || seen == nil && slices.Contains(out, id) || seen[id]:
			continue
		case len(out) == 16: // from here on a search takes longer than a map
			seen = make(map[ID]bool, len(ids))
			for _, id := range out {
				seen[id] = true
			}
		}
		if out = append(out, id); seen != nil {
			seen[id] = true
		}
	}
	return out
}

// operation computes what the operation itself tells.
//
//   - operation.start is the latest moment at which it can have begun, so that
//     nothing is called overdue before it surely is.
//   - operation.kind is absent while it is undetermined.
//   - authority.named is false only when the authority is none_claimed.
func (f *factSheet) operation() {
	o := &f.r.Operation
	if latest, ok := o.Began.Latest(); ok {
		if exact, _ := o.Began.Earliest(); o.Began.Precise() {
			latest = exact
		}
		f.set("operation.start", latest, o.ID)
	}
	if k := f.r.Kind().Kind; k != Undetermined {
		f.set("operation.kind", string(k), o.ID)
	}
	if o.Criteria.Aim != "" {
		f.set("operation.aim", string(o.Criteria.Aim), o.ID)
	}
	f.answer("operation.entered", o.Criteria.Entered, o.ID)
	f.answer("operation.named_target", o.Criteria.NamedTarget, o.ID)
	f.answer("operation.joint", o.Criteria.Joint, o.ID)
	if o.Authority.Kind != "" {
		f.set("authority.named", o.Authority.Kind != "none_claimed", o.ID)
	}
	f.answer("authority.warrant", f.r.hasWarrant(), o.ID)
	if o.Authority.Issued.Known() {
		f.answer("authority.before_start", o.Authority.Issued.Before(o.Began), o.ID)
	}
}

// plan computes what was meant to happen. An empty field of a plan is not
// told; it is not a no.
//
//   - plan.estimated needs the expected children, adults and languages.
//   - plan.children_expected is false only when exactly none were expected.
//   - plan.beds_enough compares the fewest beds with the most people expected.
func (f *factSheet) plan() {
	p := f.r.Plan
	if p == nil {
		return
	}
	f.set("plan.written", true, p.ID)
	if p.ExpectedChildren.Known() && p.ExpectedAdults.Known() && p.Languages != "" {
		f.set("plan.estimated", true, p.ID)
	}
	if p.ExpectedChildren.Known() {
		f.set("plan.children_expected", p.ExpectedChildren != Exactly(0), p.ID)
	}
	expected := p.ExpectedChildren.Add(p.ExpectedAdults)
	if most, bounded := expected.Max(); bounded && p.Beds.Min() >= most {
		f.set("plan.beds_enough", true, p.ID)
	}
	if beds, bounded := p.Beds.Max(); bounded && beds < expected.Min() {
		f.set("plan.beds_enough", false, p.ID)
	}
}

// agencies computes who took part. A body is part of it when a criterion says
// so, or an agency of the kind or in the role is entered and is not said to
// have stayed away. Only a criterion, or the step that keeps the press out,
// can say that a body was not.
//
// powers.private_use is whether somebody who holds no power of the state
// entered or arrested.
func (f *factSheet) agencies() {
	o := &f.r.Operation
	part := map[string][]ID{}
	for _, a := range f.r.Agencies {
		if a.TookPart == No {
			continue
		}
		switch {
		case a.Kind == "police" || a.Kind == "military":
			part["police"] = append(part["police"], a.ID)
		case a.Kind == "immigration" || a.Role == "immigration":
			part["immigration"] = append(part["immigration"], a.ID)
		case a.Kind == "media":
			part["media"] = append(part["media"], a.ID)
		}
		if a.Kind.State() == No && (a.Role == "entry" || a.Role == "arrest") {
			part["private"] = append(part["private"], a.ID)
		}
	}
	either := func(name, who string, criterion Answer, from ID) {
		if len(part[who]) > 0 {
			f.set(name, true, part[who]...)
			return
		}
		f.answer(name, criterion, from)
	}
	either("agency.police.present", "police", o.Criteria.Police, o.ID)
	either("agency.immigration.present", "immigration", o.Criteria.Immigration, o.ID)
	either("powers.private_use", "private", o.Criteria.Private, o.ID)
	keptOut, step := f.step("press_kept_out")
	pressAbsent := Unknown
	if keptOut == "done" {
		pressAbsent = No
	}
	either("agency.media.present", "media", pressAbsent, step)
}

// step returns what became of a step and the entry that says so; when a step
// is answered more than once, the last answer stands.
func (f *factSheet) step(name Step) (Done, ID) {
	if s := f.taken(name); s != nil {
		return s.Done, s.ID
	}
	return "", ""
}

func (f *factSheet) taken(name Step) (last *StepTaken) {
	for _, s := range f.r.Steps {
		if s.Step == name && s.Done != "" {
			last = s
		}
	}
	return last
}

// steps computes, for every step that somebody answered, the answer; whether
// a reason is given; and, when it was done, whether that was before the start
// and how many minutes after it.
func (f *factSheet) steps() {
	for _, name := range Step("").Values() {
		s := f.taken(Step(name))
		if s == nil {
			continue
		}
		name = "step." + name
		f.set(name, string(s.Done), s.ID)
		if s.Reason != "" {
			f.set(name+".reasoned", true, s.ID)
		}
		if s.Done == "done" && s.At.Known() {
			f.answer(name+".before_start", s.At.Before(f.r.Operation.Began), s.ID, f.r.Operation.ID)
			f.minutes(name+".minutes", s.At, s.ID)
		}
	}
}

// attendance computes, for one role, whether anybody in it was there (no, only
// when every entry of the role says no), where, how soon, whether they are
// free of ties, and whether an absence is explained: why, and who decided.
func (f *factSheet) attendance(role AttendanceRole) {
	name := "attendance." + string(role)
	there, away, open := f.attended(role)
	switch {
	case len(there) > 0:
		noTie, mode := Yes, Mode("")
		var arrived []When
		for _, a := range there {
			noTie = and(noTie, a.NoTie)
			arrived = append(arrived, a.Arrived)
			if a.Mode != "" && mode != "on_scene" {
				mode = a.Mode
			}
		}
		f.set(name+".present", true, ids(there)...)
		f.firstMinutes(name+".minutes", arrived, ids(there))
		f.answer(name+".no_tie", noTie, ids(there)...)
		if mode != "" {
			f.set(name+".mode", string(mode), ids(there)...)
		}
	case len(away) > 0 && !open:
		f.set(name+".present", false, ids(away)...)
		if !slices.ContainsFunc(away, func(a *Attendance) bool { return a.WhyNot == "" || a.DecidedBy == "" }) {
			f.set(name+".absence_explained", true, ids(away)...)
		}
	}
}

// attended returns the entries of a role that say that somebody was there,
// those that say that nobody was, and whether any leaves it open.
func (f *factSheet) attended(role AttendanceRole) (there, away []*Attendance, open bool) {
	for _, a := range f.r.Attendance {
		switch {
		case a.Role != role:
		case a.Present == Yes:
			there = append(there, a)
		case a.Present == No:
			away = append(away, a)
		default:
			open = true
		}
	}
	return there, away, open
}

func ids(entries []*Attendance) (ids []ID) {
	for _, a := range entries {
		ids = append(ids, a.ID)
	}
	return ids
}

// firstMinutes sets the minutes from the start to the first of several times.
// A time that is not told may be the first.
func (f *factSheet) firstMinutes(name string, times []When, from []ID) {
	least, most, open := 0, 0, true
	for i, at := range times {
		lo, hi, unending := f.minutesTo(at)
		if i == 0 || lo < least {
			least = lo
		}
		if !unending && (open || hi < most) {
			most, open = hi, false
		}
	}
	f.set(name, between(least, most, open), from...)
}

// serviceRoles are those whose coming the guides mean by "service staff".
var serviceRoles = []AttendanceRole{"social_worker", "child_protection", "ngo_staff"}

// service computes whether service staff (social workers, child protection,
// staff of an organisation) came, the mode that was chosen for them, and the
// minutes to their first contact with somebody met. The guides conflict on
// where they should be, so the mode is recorded and the minutes are measured.
// Present is false only when each of the roles is entered as absent.
func (f *factSheet) service() {
	var came, away []ID
	var contacts []When
	everyRole := true
	for _, role := range serviceRoles {
		there, absent, open := f.attended(role)
		came, away = append(came, ids(there)...), append(away, ids(absent)...)
		everyRole = everyRole && len(absent) > 0 && !open
		for _, a := range there {
			contacts = append(contacts, a.FirstContact)
		}
	}
	switch {
	case len(came) > 0:
		f.set("service.present", true, came...)
		f.firstMinutes("service.contact_minutes", contacts, came)
	case everyRole:
		f.set("service.present", false, away...)
	}
	mode, from := f.r.Operation.ServiceMode, f.r.Operation.ID
	if mode == "" && f.r.Plan != nil {
		mode, from = f.r.Plan.ServiceMode, f.r.Plan.ID
	}
	if mode != "" {
		f.set("service.mode", string(mode), from)
	}
}

// interviews counts among the interviews on record; the counts are absent when
// none is on record, which does not mean that there was none. An interview
// whose answer is not told counts in the most only.
//
//   - alone: nobody from services sat in
//   - rights_untold: rights were not told before it
//   - before_advice: it began before the first legal advice
//   - without_woman: no woman officer or worker was there
//   - in_custody_place: it was held in a cell, a police station, immigration
//     detention or a prison
//   - repeated: the same people had been interviewed before, and no purpose is
//     given
func (f *factSheet) interviews() {
	all := f.r.Interviews
	count := func(name string, is func(i int, v *Interview) Answer) {
		least, most := 0, 0
		var from []ID
		for i, v := range all {
			a := is(i, v)
			if a == Yes {
				least++
			}
			if a != No {
				most, from = most+1, append(from, v.ID)
			}
		}
		if most == 0 {
			for _, v := range all {
				from = append(from, v.ID)
			}
		}
		f.set(name, between(least, most, len(all) == 0), from...)
	}
	count("interviews.alone", func(_ int, v *Interview) Answer { return v.Accompanied.Not() })
	count("interviews.rights_untold", func(_ int, v *Interview) Answer { return v.RightsTold.Not() })
	count("interviews.before_advice", func(_ int, v *Interview) Answer { return v.Advice.Before(v.Began).Not() })
	count("interviews.without_woman", func(_ int, v *Interview) Answer { return v.WomanThere.Not() })
	count("interviews.in_custody_place", func(_ int, v *Interview) Answer {
		if v.Place == "" {
			return Unknown
		}
		return answer(lockedPlace(v.Place) || v.Place == "police_station")
	})
	count("interviews.repeated", func(i int, v *Interview) Answer {
		p := f.r.presence(v.Presence)
		if p == nil || !p.Individual {
			return Unknown // of a group, nobody tells who was interviewed how often
		}
		again := slices.ContainsFunc(all[:i], func(u *Interview) bool { return u.Presence == v.Presence })
		return answer(again && v.Purpose == "")
	})
}

// order computes which of two things came first, when their times tell. The
// first interview is the earliest on record; when the record cannot tell which
// of several is the earliest, the thing must precede all of them.
func (f *factSheet) order() {
	children := map[ID]bool{}
	for _, p := range f.r.Children() {
		children[p.ID] = true
	}
	before := func(name string, step Step, counts func(*Interview) bool) {
		s := f.taken(step)
		if s == nil || s.Done != "done" || !s.At.Known() {
			return
		}
		first, from := Yes, []ID{s.ID}
		for _, v := range f.r.Interviews {
			if counts(v) {
				first, from = and(first, s.At.Before(v.Began)), append(from, v.ID)
			}
		}
		if len(from) > 1 {
			f.answer(name, first, from...)
		}
	}
	any := func(*Interview) bool { return true }
	before("order.treated_before_interview", "medical_triage", any)
	before("order.needs_before_interview", "urgent_needs_met", any)
	before("order.rights_before_interview", "rights_told", any)
	before("order.guardian_before_interview", "guardian_named", func(v *Interview) bool { return children[v.Presence] })
}

// immigration computes whether action under immigration law was tied to the
// operation: somebody's status asked, a movement under immigration law, a
// removal from the country. It is denied only by the step that kept it apart.
// order.needs_before_immigration compares urgent needs with the first of them.
func (f *factSheet) immigration() {
	var ids []ID
	var times []When
	for _, e := range f.r.Events {
		if e.Kind == "status_asked" {
			ids, times = append(ids, e.ID), append(times, e.At)
		}
	}
	for _, m := range f.r.Movements {
		if m.State == "removed_from_country" || m.Power == "immigration_law" || m.PlaceKind == "immigration_detention" {
			ids, times = append(ids, m.ID), append(times, m.From)
		}
	}
	apart, step := f.step("immigration_kept_apart")
	switch {
	case len(ids) > 0:
		f.set("immigration.action", true, ids...)
	case apart == "done":
		f.set("immigration.action", false, step)
	}
	needs := f.taken("urgent_needs_met")
	if needs == nil || needs.Done != "done" || len(ids) == 0 {
		return
	}
	first := Yes
	for _, at := range times {
		first = and(first, needs.At.Before(at))
	}
	f.answer("order.needs_before_immigration", first, append(ids, needs.ID)...)
}

// after computes what came afterwards. debrief.held is true for the first
// debrief with a date and is never false, since one can still be held.
// closure.lost_work_known needs the number for every closure on record.
func (f *factSheet) after() {
	var first *Debrief
	for _, d := range f.r.Debriefs {
		if d.Held.Known() && (first == nil || d.Held.Before(first.Held) == Yes) {
			first = d
		}
	}
	if first != nil {
		f.set("debrief.held", true, first.ID)
		f.minutes("debrief.minutes", first.Held, first.ID)
		f.answer("debrief.affected_heard", first.Heard, first.ID)
		f.answer("debrief.monitor_present", first.Monitor, first.ID)
	}
	var closures []ID
	known := Yes
	for _, c := range f.r.Closures {
		closures = append(closures, c.ID)
		known = and(known, answer(c.LostWork.Known()))
	}
	if len(closures) > 0 {
		f.set("closure.any", true, closures...)
		f.answer("closure.lost_work_known", known, closures...)
	}
	var tellers []ID
	for _, a := range f.r.Accounts {
		if len(a.Points) > 0 {
			tellers = append(tellers, a.ID)
		}
	}
	f.set("accounts", AtLeast(len(tellers)), tellers...)
}

// and is no when either is no, yes when both are yes, and unknown otherwise.
func and(a, b Answer) Answer {
	switch {
	case a == No || b == No:
		return No
	case a == Yes && b == Yes:
		return Yes
	}
	return Unknown
}

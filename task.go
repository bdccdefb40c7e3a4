package plumbline

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// A TaskKind says what a record needs somebody to do.
type TaskKind string

const (
	TaskBalance  TaskKind = "balance"   // people are unaccounted for
	TaskConfirm  TaskKind = "confirm"   // the last word on where people are runs out
	TaskDebrief  TaskKind = "debrief"   // a debrief is owed
	TaskAge      TaskKind = "age"       // a presumed child whose age nobody has assessed
	TaskCustody  TaskKind = "custody"   // a child's chain of custody is broken
	TaskAccount  TaskKind = "account"   // an organisation that took part, or was asked, has not told its account
	TaskAsked    TaskKind = "asked"     // an account was asked for and has not come
	TaskAction   TaskKind = "action"    // an action of a debrief or a visit is open
	TaskMedical  TaskKind = "medical"   // a medical need is unanswered
	TaskThreat   TaskKind = "threat"    // a threat is unanswered
	TaskFollowUp TaskKind = "follow_up" // a follow-up or a request is unanswered
	TaskClock    TaskKind = "clock"     // clocks of a protocol's core rules run; what names the protocol, people counts the rules
	TaskAnswer   TaskKind = "answer"    // an answer to a matter is owed
	TaskPassed   TaskKind = "passed"    // such clocks ran out, and nothing tells whether the rules were kept
)

// A Task is one thing that a record needs, and when it is or was due. It is
// for who may record facts, or, with an organisation, for that organisation.
type Task struct {
	Kind         TaskKind
	Entry        ID // the entry it is about
	Due          time.Time
	Organisation ID
	What         string // a code, a teller, an action: never the story
	People       Count
}

// An account that was asked for is missed after two weeks, one of who took
// part after a week.
const (
	askedFor = 14 * day
	tookPart = 7 * day
)

// Tasks returns what the record needs at a moment. unitOf is the organisation
// of the operation's unit; it answers as one that took part does. The public
// record and entries for a series need nothing: nobody here can act on them.
func (r *People) Tasks(at time.Time, unitOf ID) (tasks []Task) {
	op := &r.Operation
	start, ok := op.Began.Earliest()
	if op.Origin == "public_record" || op.Series() || !ok {
		return nil
	}
	add := func(t Task) { tasks = append(tasks, t) }
	if now := r.Balance(r.Now(at)); now.Unaccounted.Min() > 0 {
		add(Task{Kind: TaskBalance, Due: start.Add(3 * day), People: now.Unaccounted})
	}
	r.confirmations(at, add)
	if due, owed := r.DebriefDueAt(); owed {
		add(Task{Kind: TaskDebrief, Due: due})
	}
	for _, child := range r.Children() {
		if child.Age == "" && child.AgeBasis == "presumed_child" {
			add(Task{Kind: TaskAge, Entry: child.ID, Due: start.Add(5 * day), What: child.Code})
		}
		if r.Custody(child, at).Broken() {
			add(Task{Kind: TaskCustody, Entry: child.ID, Due: start.Add(day), What: child.Code})
		}
	}
	r.accountsOwed(start, unitOf, add)
	for _, d := range r.Debriefs {
		openActions(d.ID, d.Actions, add)
	}
	for _, e := range r.Events {
		if kind, after, is := unanswered(e); is {
			due, told := e.At.Earliest()
			if !told {
				due = start
			}
			add(Task{Kind: kind, Entry: e.ID, Due: due.Add(after)})
		}
	}
	r.putOff(tasks)
	slices.SortStableFunc(tasks, func(a, b Task) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Kind, b.Kind)) })
	return tasks
}

// confirmations adds people who are kept or placed somewhere, and of whom
// somebody has to say again that it is so.
func (r *People) confirmations(at time.Time, add func(Task)) {
	for _, p := range r.Presences {
		path := r.Path(p)
		if len(path) == 0 || r.Left(p) == Exactly(0) {
			continue
		}
		m := path[len(path)-1]
		hold := Holds[m.State]
		since, ok := m.Confirmed.Earliest()
		if !ok {
			since, ok = m.From.Earliest()
		}
		if due := since.Add(hold); hold >= day && ok && !m.Until.Known() && due.After(at) {
			add(Task{Kind: TaskConfirm, Entry: p.ID, Due: due, What: p.Code, People: r.Left(p)})
		}
	}
}

// accountsOwed adds the accounts that were asked for, and those of who took
// part and has not told.
func (r *Record) accountsOwed(start time.Time, unitOf ID, add func(Task)) {
	owed := map[ID]bool{}
	owe := func(org, entry ID, due time.Time) {
		if org != "" && !owed[org] && !r.hasAccountOf(org) {
			owed[org] = true
			add(Task{Kind: TaskAccount, Entry: entry, Due: due, Organisation: org})
		}
	}
	for _, a := range r.Accounts {
		if asked, ok := a.Asked.Latest(); ok && len(a.Points) == 0 && !r.hasAccountOf(a.Organisation) {
			add(Task{Kind: TaskAsked, Entry: a.ID, Due: asked.Add(askedFor), What: a.Teller})
			owe(a.Organisation, a.ID, asked.Add(askedFor))
		}
	}
	owe(unitOf, "", start.Add(tookPart))
	for _, g := range r.Agencies {
		if g.TookPart != No {
			owe(g.Organisation, "", start.Add(tookPart))
		}
	}
}

func openActions(entry ID, actions []Action, add func(Task)) {
	for _, a := range actions {
		if due, ok := a.Due.Latest(); ok && !a.Done.Known() {
			add(Task{Kind: TaskAction, Entry: entry, Due: due, What: a.What})
		}
	}
}

// unanswered says which events wait for an answer, and how long they may.
func unanswered(e *Event) (kind TaskKind, after time.Duration, is bool) {
	if e.Answered.Known() {
		return "", 0, false
	}
	switch e.Kind {
	case "medical_need":
		return TaskMedical, 0, true
	case "threat":
		return TaskThreat, day, true
	case "follow_up", "technical_request":
		return TaskFollowUp, 0, true
	}
	return "", 0, false
}

// putOff moves what a note has put off to the day that the note names.
func (r *Record) putOff(tasks []Task) {
	for _, n := range r.Notes {
		again, ok := n.Again.Earliest()
		if !ok || n.About == "" {
			continue
		}
		for i := range tasks {
			if tasks[i].Entry == n.About && tasks[i].Organisation == "" && again.After(tasks[i].Due) {
				tasks[i].Due = again
			}
		}
	}
}

// Tasks returns what the unit's record needs: the open actions of visits and
// reviews.
func (r *UnitRecord) Tasks() (tasks []Task) {
	if r.Unit.Origin == "public_record" {
		return nil
	}
	for _, e := range r.Events {
		openActions(e.ID, e.Actions, func(t Task) { tasks = append(tasks, t) })
	}
	return tasks
}

// Parties returns the organisations that took part in the operation or
// recorded it first: those with the bond TookPart, in order.
func (r *Record) Parties() []ID {
	parties := map[ID]bool{}
	for _, g := range r.Agencies {
		parties[g.Organisation] = true
	}
	for _, t := range r.Attendance {
		parties[t.Organisation] = true
	}
	maps.DeleteFunc(parties, func(org ID, _ bool) bool { return !r.tookPart(org) })
	parties[r.RecordedBy] = true
	delete(parties, "")
	return slices.Sorted(maps.Keys(parties))
}

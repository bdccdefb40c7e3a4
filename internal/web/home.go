package web

import (
	"slices"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

// A task is one thing that needs somebody, with one click to do it.
type task struct {
	Due     time.Time
	Late    bool
	When    string // "2 days late", "today"
	Title   string
	Address string
	Text    string
	Action  string
	Sharp   bool // the main thing to do
}

type homePage struct {
	*Page
	Totals      store.Totals
	Unaccounted store.Page
	Recent      recent
	Tasks       []task
	Drafts      []store.Draft
	News        []news
	Lead        string
	MayRecord   bool
	Blind       bool // the role sees no records
	NewRoles    int  // changes of who may do what, for those who see them
}

// recent sums the operations of the last thirty days.
type recent struct {
	Operations, Accompanied, Known int
	Met                            plumbline.Count
}

type news struct{ Address, Title, Text string }

// Untold is how many operations do not tell whether they were accompanied.
func (r recent) Untold() int { return r.Operations - r.Known }

// openWithin bounds how far back the home page looks for what is overdue.
const openWithin = 120 * 24 * time.Hour

// home shows what needs the actor today, overdue first.
func (s *Server) home(q *request) error {
	p := homePage{Page: q.page("today", "home.title"), MayRecord: q.mayCount() == nil}
	if !plumbline.May(q.actor, plumbline.SeeOperation, plumbline.Public) {
		p.Blind = true
		return q.render("home.html", p)
	}
	ours := store.Filter{Unaccounted: true, Limit: 1, Origin: q.origin()}
	var err error
	p.Origin = ours.Origin
	if p.Unaccounted, err = s.Store.Operations(q.Context(), q.actor, ours); err != nil {
		return err
	}
	list, err := s.Store.Summaries(q.Context(), q.actor, store.Filter{Origin: q.origin(), From: p.Now.Add(-openWithin)})
	if err != nil {
		return err
	}
	p.Recent = sumRecent(list, p.Now)
	if p.Tasks, err = q.tasks(p.Page, list); err != nil {
		return err
	}
	if p.Drafts, err = s.Store.Drafts(q.Context(), q.actor); err != nil {
		return err
	}
	if p.NewRoles, err = q.newRoles(); err != nil {
		return err
	}
	p.Totals = p.Unaccounted.Totals
	return q.render("home.html", p)
}

func sumRecent(list []store.Summary, now time.Time) recent {
	out := recent{Met: plumbline.Exactly(0)}
	for _, s := range list {
		if at, ok := s.Began.Earliest(); !ok || at.Before(now.AddDate(0, 0, -30)) {
			continue
		}
		out.Operations++
		out.Met = out.Met.Add(s.Met)
		if s.Accompanied.Decided() {
			out.Known++
		}
		if s.Accompanied == plumbline.Yes {
			out.Accompanied++
		}
	}
	return out
}

// tasks reads the operations of the last months and says what is due in them.
func (q *request) tasks(p *Page, list []store.Summary) (tasks []task, err error) {
	for _, s := range slices.Backward(list) {
		o, err := q.s.Store.Operation(q.Context(), q.actor, s.ID)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, p.tasksOf(o)...)
	}
	slices.SortStableFunc(tasks, func(a, b task) int { return a.Due.Compare(b.Due) })
	if len(tasks) > 20 {
		tasks = tasks[:20]
	}
	first := slices.IndexFunc(tasks, func(t task) bool { return t.Sharp })
	for i := range tasks {
		tasks[i].When, tasks[i].Late = p.dueText(tasks[i].Due)
		tasks[i].Sharp = i == first
	}
	return tasks, nil
}

// tasksOf says what one operation needs of the actor.
func (p *Page) tasksOf(o *store.Operation) (tasks []task) {
	address := "/operations/" + string(o.Operation.ID)
	add := func(due time.Time, key, anchor, action string, sharp bool, pairs ...any) {
		tasks = append(tasks, task{Due: due, Title: o.Operation.Title, Address: address + anchor, Text: p.T(key, pairs...), Action: p.T(action), Sharp: sharp})
	}
	writes := o.May[plumbline.RecordFacts]
	now := o.Balance(o.Now(p.Now))
	if start, ok := o.Operation.Began.Earliest(); ok && now.Unaccounted.Min() > 0 && writes {
		due := start.Add(72 * time.Hour)
		add(due, "task.balance", "#people", "task.balance.do", true, "N", now.Unaccounted.Min(), "Count", p.Count(now.Unaccounted))
	}
	if due, owed := o.DebriefDueAt(); owed && writes {
		add(due, "task.debrief", "/entries/debrief/new", "task.debrief.do", false)
	}
	for _, child := range o.Children() {
		if writes && child.Age == "" && child.AgeBasis == "presumed_child" {
			add(startOf(o).Add(5*24*time.Hour), "task.age", "#people", "task.open", false, "Code", child.Code)
		}
		if chain := o.Custody(child, p.Now); writes && chain.Broken() {
			add(startOf(o).Add(24*time.Hour), "task.custody", "/custody/"+string(child.ID), "task.open", true, "Code", child.Code)
		}
	}
	if mine := o.May[plumbline.FileAccount] && p.Actor.Organisation != ""; mine && slices.Contains(p.Actor.Units, o.Operation.Unit) {
		if !slices.ContainsFunc(o.TellersHeard(), func(a *plumbline.Account) bool { return a.Organisation == p.Actor.Organisation }) {
			add(startOf(o).Add(7*24*time.Hour), "task.account", "/entries/account/new", "task.account.do", true)
		}
	}
	if writes {
		p.followUps(o, add)
	}
	for _, a := range o.Accounts {
		if len(a.Points) == 0 && a.Asked.Known() && writes {
			asked, _ := a.Asked.Latest()
			add(asked.AddDate(0, 0, 14), "task.asked", "#accounts", "task.open", false, "Teller", a.Teller)
		}
	}
	return tasks
}

// followUps adds what was promised or told and not answered: actions of a
// debrief, a medical need, a threat.
func (p *Page) followUps(o *store.Operation, add func(due time.Time, key, anchor, action string, sharp bool, pairs ...any)) {
	for _, d := range o.Debriefs {
		for _, a := range d.Actions {
			if due, ok := a.Due.Latest(); ok && !a.Done.Known() {
				add(due, "task.action", "/entries/debrief/"+string(d.ID), "task.open", false, "What", a.What)
			}
		}
	}
	for _, e := range o.Events {
		told, ok := e.At.Latest()
		if !ok {
			told = startOf(o)
		}
		switch {
		case e.Answered.Known():
		case e.Kind == "medical_need":
			add(told, "task.medical", "/entries/event/"+string(e.ID), "task.open", true)
		case e.Kind == "threat":
			add(told.Add(24*time.Hour), "task.threat", "/entries/event/"+string(e.ID), "task.open", true)
		}
	}
}

func startOf(o *store.Operation) time.Time {
	at, _ := o.Operation.Began.Earliest()
	return at
}

// dueText says how a moment lies to today: "2 days late", "today", a day.
func (p *Page) dueText(due time.Time) (text string, late bool) {
	if due.IsZero() {
		return p.T("due.open"), false
	}
	days := int(p.Now.Truncate(24*time.Hour).Sub(due.Truncate(24*time.Hour)).Hours() / 24)
	switch {
	case days > 0:
		return p.T("due.late", "N", days), true
	case days == 0:
		return p.T("due.today"), false
	case days == -1:
		return p.T("due.tomorrow"), false
	}
	return p.Day(due), false
}

type unaccountedPage struct {
	*Page
	Totals store.Totals
	Rows   []missingRow
	More   string
}

// A missingRow is people of one operation for whom nobody answers.
type missingRow struct {
	Summary store.Summary
	Groups  []missingGroup
}

type missingGroup struct {
	Presence *plumbline.Presence // nil for people who were counted and never entered
	plumbline.Missing
	MayAct bool
}

// unaccounted lists the people for whom nobody answers, oldest first.
func (s *Server) unaccounted(q *request) error {
	f := store.Filter{Unaccounted: true, Limit: 25, After: q.FormValue("after"), Origin: q.origin()}
	list, err := s.Store.Operations(q.Context(), q.actor, f)
	if err != nil {
		return err
	}
	p := unaccountedPage{Page: q.page("today", "unaccounted.title"), Totals: list.Totals}
	p.Origin = f.Origin
	for _, sum := range list.Operations {
		o, err := s.Store.Operation(q.Context(), q.actor, sum.ID)
		if err != nil {
			return err
		}
		row := missingRow{Summary: sum}
		for _, m := range o.Balance(o.Now(p.Now)).Missing {
			g := missingGroup{Missing: m, MayAct: o.May[plumbline.RecordFacts]}
			if e, ok := o.Find(m.Presence).(*plumbline.Presence); ok {
				g.Presence = e
			}
			row.Groups = append(row.Groups, g)
		}
		p.Rows = append(p.Rows, row)
	}
	if list.Next != "" {
		p.More = "/unaccounted?origin=" + string(f.Origin) + "&after=" + list.Next
	}
	return q.render("unaccounted.html", p)
}

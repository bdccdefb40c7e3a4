package web

import (
	"net/url"
	"slices"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

// A task is one thing that needs somebody, with one click to do it.
type task struct {
	store.Task
	When    string // "2 days late", "today"
	Late    bool
	Record  string // the address of the record
	Do      string // the address where it is done
	Text    string
	Action  string
	Sharp   bool         // the main thing to do
	NoteID  plumbline.ID // of a note that can be kept from here; empty when none can
	Settles bool         // it can be marked as done from here
}

type homePage struct {
	*Page
	Totals      store.Totals
	Unaccounted store.Page
	Recent      store.Totals // of the last thirty days
	Tasks       []task
	More        bool
	Drafts      []store.Draft
	Notices     []noticeRow
	Filters     []filterRow
	Newest      []store.Summary // for who watches and does not record
	MayRecord   bool
	MayImport   bool
	Blind       bool // the role sees no records
	House       *store.House
	Changed     []store.Appointment // of users, newest first
	Releases    int                 // that wait for the actor's approval
	Unheard     int                 // people who wait for an answer of the actor's organisation
	NewRoles    int                 // changes of who may do what, for those who see them
}

// shownTasks and shownNotices are how many of each the home page shows.
const (
	shownTasks   = 20
	shownNotices = 5
)

// home shows what needs the actor today, overdue first.
func (s *Server) home(q *request) error {
	switch {
	case q.session.ID != "" && q.actor.User == "":
		return q.done("/account", "")
	case q.actor.User == "":
		return s.front(q)
	}
	p := homePage{Page: q.page("today", "home.title"), MayRecord: q.mayCount() == nil, MayImport: plumbline.May(q.actor, plumbline.ImportRecords, plumbline.Public)}
	var err error
	if err := q.desk(&p); err != nil {
		return err
	}
	if !q.mayRead() {
		p.Blind = true
		if p.House, err = s.Store.House(q.Context(), q.actor); err != nil {
			return err
		}
		if p.Changed, err = s.Store.Appointments(q.Context(), q.actor, 0, 5); err != nil {
			return err
		}
		return q.render("home.html", p)
	}
	ours := store.Filter{Unaccounted: true, Limit: 3, Origin: q.origin()}
	p.Origin = ours.Origin
	if p.Unaccounted, err = s.Store.Operations(q.Context(), q.actor, ours); err != nil {
		return err
	}
	recent, err := s.Store.Operations(q.Context(), q.actor, store.Filter{Origin: p.Origin, From: p.Now.AddDate(0, 0, -30), Limit: 1})
	if err != nil {
		return err
	}
	p.Recent = recent.Totals
	if err := q.tasks(&p); err != nil {
		return err
	}
	if !p.MayRecord {
		newest, err := s.Store.Operations(q.Context(), q.actor, store.Filter{Origin: p.Origin, Limit: 5})
		if err != nil {
			return err
		}
		p.Newest = newest.Operations
	}
	if p.Unheard, err = s.Store.Unheard(q.Context(), q.actor); err != nil {
		return err
	}
	if p.NewRoles, err = q.newRoles(); err != nil {
		return err
	}
	if p.Releases, err = q.toApprove(); err != nil {
		return err
	}
	p.Totals = p.Unaccounted.Totals
	return q.render("home.html", p)
}

// desk fills in what is the actor's own: drafts, notices, saved filters, and
// agreements that end for who keeps the house.
func (q *request) desk(p *homePage) (err error) {
	if p.Drafts, err = q.s.Store.Drafts(q.Context(), q.actor); err != nil {
		return err
	}
	if p.Unread > 0 {
		if p.Notices, err = q.notices(p.Page); err != nil {
			return err
		}
		p.Notices = slices.DeleteFunc(p.Notices, func(n noticeRow) bool { return n.Read })
		p.Notices = p.Notices[:min(len(p.Notices), shownNotices)]
	}
	p.Filters, err = q.filters(p.Page)
	return err
}

// tasks puts what needs the actor into words.
func (q *request) tasks(p *homePage) error {
	list, more, err := q.s.Store.Tasks(q.Context(), q.actor, p.Origin)
	if err != nil {
		return err
	}
	p.More = more || len(list) > shownTasks
	if q.FormValue("all") == "" {
		list = list[:min(len(list), shownTasks)]
	} else {
		p.More = more
	}
	for _, t := range list {
		if t.Kind == plumbline.TaskAccount && t.Operation == "" {
			continue
		}
		p.Tasks = append(p.Tasks, p.task(t))
	}
	if i := slices.IndexFunc(p.Tasks, func(t task) bool { return t.Sharp }); i >= 0 {
		for j := range p.Tasks {
			p.Tasks[j].Sharp = i == j
		}
	}
	return nil
}

// task says what a task is, and where it is done.
func (p *Page) task(of store.Task) task {
	t := task{Task: of, Record: "/operations/" + string(of.Operation), Action: p.T("task.open")}
	if of.Unit != "" {
		t.Record = "/units/" + string(of.Unit)
	}
	if of.Matter != "" {
		t.Record = "/matters/" + string(of.Matter)
	}
	t.When, t.Late = p.dueText(t.Due)
	entry := string(t.Entry)
	switch t.Kind {
	case plumbline.TaskBalance:
		t.Text, t.Action, t.Sharp = p.T("task.balance", "N", t.People.Min(), "Count", p.Count(t.People)), p.T("task.balance.do"), true
		t.Do = t.Record + "#people"
	case plumbline.TaskConfirm:
		t.Text, t.Action, t.Do = p.T("task.confirm", "Code", t.What), p.T("task.confirm.do"), t.Record+"/move/"+entry
	case plumbline.TaskDebrief:
		t.Text, t.Action, t.Do = p.T("task.debrief"), p.T("task.debrief.do"), t.Record+"/entries/debrief/new"
	case plumbline.TaskAge:
		t.Text, t.Do = p.T("task.age", "Code", t.What), t.Record+"/entries/presence/"+entry
	case plumbline.TaskCustody:
		t.Text, t.Do, t.Sharp = p.T("task.custody", "Code", t.What), t.Record+"/custody/"+entry, true
	case plumbline.TaskAccount:
		t.Text, t.Action, t.Do, t.Sharp = p.T("task.account"), p.T("task.account.do"), t.Record+"/entries/account/new", true
		if entry != "" {
			t.Text = p.T("task.account_asked")
		}
		if len(p.Actor.Units) > 0 {
			t.Text = p.T("task.account_unit")
		}
	case plumbline.TaskAnswer:
		t.Text, t.Action, t.Do, t.Sharp = p.T("task.answer"), p.T("task.answer.do"), t.Record+"/entries/answering/new", true
	case plumbline.TaskAsked:
		t.Text, t.Do = p.T("task.asked", "Teller", t.What), t.Record+"#accounts"
	case plumbline.TaskAction:
		t.Text, t.Do, t.Settles = p.T("task.action", "What", t.What), t.Record+"/entries/debrief/"+entry, true
		if t.Unit != "" {
			t.Text, t.Do, t.Settles = p.T("task.unit_action", "What", t.What), t.Record+"/entries/unit_event/"+entry, false
		}
	case plumbline.TaskMedical, plumbline.TaskThreat, plumbline.TaskFollowUp:
		t.Text, t.Do, t.Settles = p.T("task."+string(t.Kind)), t.Record+"/entries/event/"+entry, true
		t.Sharp = t.Kind != plumbline.TaskFollowUp
	case plumbline.TaskClock, plumbline.TaskPassed:
		t.Text, t.Do = p.T("task.clock", "N", t.People.Min()), t.Record+"/findings?protocol="+url.QueryEscape(t.What)
		if t.Kind == plumbline.TaskPassed {
			t.Text = p.T("task.passed", "N", t.People.Min())
		}
		return t // the entry is a rule
	}
	if of.Operation != "" && t.Organisation == "" {
		t.NoteID = newID()
	}
	return t
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
	case days == 0 && due.Before(p.Now):
		return p.T("due.today"), true
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
	f := store.Filter{Unaccounted: true, Limit: 12, After: q.FormValue("after"), Origin: q.origin()}
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

// LedgerLines is the number of entries in the ledger, for a sentence.
func (p homePage) LedgerLines() int { return int(p.House.Entries) }

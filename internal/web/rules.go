package web

import (
	"strconv"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

type rulesPage struct {
	*Page
	Rules []plumbline.Rule
	Roles []plumbline.Role
}

// rules shows the table of who may do what, the actor's own part of it first.
func (s *Server) rules(q *request) error {
	p := rulesPage{Page: q.page("", "rules.title"), Rules: plumbline.Rules()}
	for _, r := range plumbline.Role("").Values() {
		p.Roles = append(p.Roles, plumbline.Role(r))
	}
	return q.render("rules.html", p)
}

// Granted says with which records the bonds of a rule allow its deed.
func (p *Page) Granted(r plumbline.Rule, bonds []plumbline.Bond) string {
	switch {
	case len(bonds) == 0:
		return p.T("people.no")
	case r.OfSite:
		return p.T("people.yes")
	case len(bonds) == len(plumbline.Bonds()):
		return p.T("people.all")
	}
	var some []string
	for _, b := range bonds {
		text := p.T("bond." + string(b))
		if b == plumbline.OwnUnit && r.Deed == plumbline.SeeAccounts {
			text += " " + p.T("people.after_own")
		}
		some = append(some, text)
	}
	return strings.Join(some, p.T("list.comma"))
}

type changesPage struct {
	*Page
	Changes       []store.Appointment
	Organisations map[plumbline.ID]string
	Units         map[plumbline.ID]string
	Older         int64 // the ledger line before which older changes stand; 0 when there are none
}

// changesShown is how many changes of roles a page shows.
const changesShown = 50

// changes lists who was given which role, newest first.
func (s *Server) changes(q *request) error {
	before, err := strconv.ParseInt(q.FormValue("before"), 10, 64)
	if err != nil && q.FormValue("before") != "" {
		return plumbline.NotFound("page")
	}
	p := changesPage{Page: q.page("people", "changes.title"), Units: map[plumbline.ID]string{}}
	if p.Changes, err = s.Store.Appointments(q.Context(), q.actor, before, changesShown+1); err != nil {
		return err
	}
	if len(p.Changes) > changesShown {
		p.Changes = p.Changes[:changesShown]
		p.Older = p.Changes[changesShown-1].Ledger
	}
	if p.Organisations, err = q.organisationNames(); err != nil {
		return err
	}
	units, err := s.Store.Units(q.Context(), q.actor) // an administrator, who sees none, is shown their ids
	if err != nil {
		return err
	}
	for _, u := range units {
		p.Units[u.ID] = u.Name
	}
	return q.render("changes.html", p)
}

// newRoles counts the changes of roles in the last seven days by others, for
// those who see them; fifty stands for more.
func (q *request) newRoles() (n int, err error) {
	if !plumbline.May(q.actor, plumbline.SeePeople, plumbline.Public) {
		return 0, nil
	}
	list, err := q.s.Store.Appointments(q.Context(), q.actor, 0, changesShown)
	for _, c := range list {
		if c.ByUser != q.actor.User && q.s.Store.Now().Sub(c.At) < 7*24*time.Hour {
			n++
		}
	}
	return n, err
}

// Holds says in words which role an actor holds, where, and for which units.
func (p changesPage) Holds(a *plumbline.Actor) string {
	texts := []string{p.Word(a.Role), p.Organisations[a.Organisation]}
	for _, id := range a.Units {
		name := p.Units[id]
		if name == "" {
			name = string(id)
		}
		texts = append(texts, name)
	}
	return dots(texts...)
}

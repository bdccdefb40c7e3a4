package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"plumbline"
	"plumbline/internal/store"
)

type peoplePage struct {
	*Page
	Actors []actorRow
}

type actorRow struct {
	plumbline.Actor
	Organisation string
	Access       store.Access
}

// people lists the users of the site.
func (s *Server) people(q *request) error {
	actors, err := s.Store.Actors(q.Context(), q.actor)
	if err != nil {
		return err
	}
	access, err := s.Store.Accesses(q.Context(), q.actor)
	if err != nil {
		return err
	}
	names, err := q.organisationNames()
	if err != nil {
		return err
	}
	p := peoplePage{Page: q.page("people", "people.title")}
	for _, a := range actors {
		p.Actors = append(p.Actors, actorRow{a, names[a.Organisation], access[a.User]})
	}
	return q.render("people.html", p)
}

type userPage struct {
	*Page
	User          plumbline.Actor
	IsNew         bool
	Errors        []formError
	By            map[string]string
	Roles         []option
	Organisations []option
	Units         []option
	Invitation    string // the address of a new invitation, shown once
	Access        store.Access
	Own           bool // it is the reader
}

// userForm shows the form for a new user of the site, or to change one.
func (s *Server) userForm(q *request) error {
	a, isNew, err := q.user()
	if err != nil {
		return err
	}
	return q.userAgain(a, isNew, nil, "", http.StatusOK)
}

// user returns the user that the address names, or an empty one.
func (q *request) user() (a plumbline.Actor, isNew bool, err error) {
	if err := plumbline.Allow(q.actor, plumbline.KeepHouse, plumbline.Public); err != nil {
		return a, false, err
	}
	id := plumbline.ID(q.PathValue("user"))
	if id == "" {
		return plumbline.Actor{User: plumbline.ID("user-" + string(newID()[:6]))}, true, nil
	}
	list, err := q.s.Store.Actors(q.Context(), q.actor)
	if err != nil {
		return a, false, err
	}
	i := slices.IndexFunc(list, func(a plumbline.Actor) bool { return a.User == id })
	if i < 0 {
		return a, false, plumbline.NotFound("user")
	}
	return list[i], false, nil
}

func (q *request) userAgain(a plumbline.Actor, isNew bool, problems plumbline.Problems, invitation string, status int) error {
	title := "user.change"
	if isNew {
		title = "user.add"
	}
	p := userPage{Page: q.page("people", title), User: a, IsNew: isNew, By: map[string]string{}, Invitation: invitation, Own: a.User == q.actor.User}
	access, err := q.s.Store.Accesses(q.Context(), q.actor)
	if err != nil {
		return err
	}
	p.Access = access[a.User]
	for _, pr := range problems {
		p.By[pr.Field] = p.Problem(pr)
		p.Errors = append(p.Errors, formError{pr.Field, p.Problem(pr)})
	}
	for _, r := range a.Role.Values() {
		p.Roles = append(p.Roles, option{r, p.Word(plumbline.Role(r)), r == string(a.Role)})
	}
	organisations, err := q.s.Store.Organisations(q.Context(), q.actor)
	if err != nil {
		return err
	}
	for _, o := range organisations {
		if o.Origin != "public_record" {
			p.Organisations = append(p.Organisations, option{string(o.ID), o.Name, o.ID == a.Organisation})
		}
	}
	units, err := q.s.Store.UnitNames(q.Context(), q.actor)
	if err != nil {
		return err
	}
	for _, u := range units {
		if u.Origin != "public_record" {
			p.Units = append(p.Units, option{string(u.ID), u.Name, slices.Contains(a.Units, u.ID)})
		}
	}
	return q.renderStatus(status, "user.html", p)
}

// keepUser adds or changes a user of the site.
func (s *Server) keepUser(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	a, isNew, err := q.user()
	if err != nil {
		return err
	}
	if isNew {
		a.User = plumbline.ID(strings.TrimSpace(typed.Get("user")))
	}
	a.Name, a.Role, a.Organisation = strings.TrimSpace(typed.Get("name")), plumbline.Role(typed.Get("role")), plumbline.ID(typed.Get("organisation"))
	a.Units = nil
	for _, u := range typed["units"] {
		a.Units = append(a.Units, plumbline.ID(u))
	}
	if a.Name == "" {
		return q.userAgain(a, isNew, plumbline.Problems{plumbline.Invalid("name", "problem.needed")}, "", http.StatusUnprocessableEntity)
	}
	if isNew {
		taken, err := s.Store.Accesses(q.Context(), q.actor)
		if err != nil {
			return err
		}
		if _, is := taken[a.User]; is {
			return q.userAgain(a, isNew, plumbline.Problems{plumbline.Invalid("user", "problem.same_id", "Got", a.User)}, "", http.StatusUnprocessableEntity)
		}
	}
	err = s.Store.PutActor(q.Context(), q.actor, a)
	if errors.Is(err, plumbline.ErrInvalid) {
		return q.userAgain(a, isNew, plumbline.ProblemsOf(err), "", http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return q.done("/people/"+string(a.User), "kept")
}

// keepAccess invites a user, shuts one out or lets one in again, or signs one
// out everywhere. A new invitation is shown once.
func (s *Server) keepAccess(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	a, _, err := q.user()
	if err != nil {
		return err
	}
	var said string
	switch typed.Get("do") {
	case "invite":
		token, err := s.Store.Invite(q.Context(), q.actor, a.User)
		if err != nil {
			return err
		}
		return q.userAgain(a, false, nil, q.address()+"/sign-in/"+token, http.StatusOK)
	case "disable":
		said, err = "disabled", s.Store.Disable(q.Context(), q.actor, a.User)
	case "enable":
		said, err = "enabled", s.Store.Enable(q.Context(), q.actor, a.User)
	case "end":
		said, err = "sessions_ended", s.Store.EndSessions(q.Context(), q.actor, a.User)
	default:
		err = plumbline.Invalid("", "problem.needed")
	}
	if err != nil {
		return err
	}
	return q.done("/people/"+string(a.User), said)
}

// address returns where browsers find the site: as the settings say, else as
// this one did.
func (q *request) address() string {
	switch {
	case q.s.URL != nil:
		return strings.TrimSuffix(q.s.URL.String(), "/")
	case q.s.Secure:
		return "https://" + q.Host
	}
	return "http://" + q.Host
}

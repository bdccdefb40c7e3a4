package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

type signInPage struct {
	*Page
	Links []DemoLink
	Wrong bool
}

// signInPage offers the links of a demonstration site, one a role.
func (s *Server) signInPage(q *request) error {
	return q.render("signin.html", signInPage{Page: q.page("", "signin.title"), Links: s.Links})
}

// signIn signs in with the code of a link.
func (s *Server) signIn(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	return q.enter(typed.Get("token"))
}

// signInLink shows one button for a link that was followed from elsewhere:
// following it alone changes nothing.
func (s *Server) signInLink(q *request) error {
	return q.render("signin.html", signInPage{Page: q.page("", "signin.title"), Links: []DemoLink{{Token: q.PathValue("token")}}})
}

func (q *request) enter(token string) error {
	session, err := q.s.Store.SignIn(q.Context(), token)
	if errors.Is(err, plumbline.ErrNotFound) {
		return q.renderStatus(http.StatusUnprocessableEntity, "signin.html", signInPage{Page: q.page("", "signin.title"), Links: q.s.Links, Wrong: true})
	}
	if err != nil {
		return err
	}
	http.SetCookie(q.w, q.s.cookie(sessionCookie, session, store.SessionLength))
	return q.done("/", "")
}

type againPage struct {
	*Page
	Typed url.Values
}

// handBack holds what was typed until its author has signed in again
// elsewhere, so that no word is lost to a session that ended.
func (q *request) handBack() error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if len(typed) == 0 {
		return q.done("/sign-in", "")
	}
	return q.renderStatus(http.StatusUnauthorized, "again.html", againPage{q.page("", "again.title"), typed})
}

// signOut ends the session here and in the store.
func (s *Server) signOut(q *request) error {
	if c, err := q.Cookie(sessionCookie); err == nil {
		if err := s.Store.SignOut(q.Context(), c.Value); err != nil {
			return err
		}
	}
	http.SetCookie(q.w, s.cookie(sessionCookie, "", -time.Second))
	return q.done("/sign-in", "")
}

// health answers 200 when the store answers, and can write as far as is known.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	if err := s.Store.Ping(r.Context()); len(plumbline.ProblemsOf(err)) > 0 {
		http.Error(w, "the disk is full", http.StatusServiceUnavailable)
		return
	} else if err != nil {
		http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // the asker has gone away
}

// keepDraft keeps what somebody is typing.
func (s *Server) keepDraft(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if form := typed.Get("form"); !strings.HasPrefix(form, "/") || strings.HasPrefix(form, "//") {
		return plumbline.NotFound("page") // a draft is of a form of ours
	}
	err = s.Store.KeepDraft(q.Context(), q.actor, store.Draft{Form: typed.Get("form"), Title: typed.Get("title"), Body: typed.Get("body")})
	if err != nil {
		return err
	}
	q.w.Header().Set("X-Said", url.PathEscape(q.lang.T("form.draft_kept", "Time", s.Store.Now().Format("15:04"))))
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/store"
)

type signInPage struct {
	*Page
	Links     []DemoLink
	Token     string // of a link that was followed
	Error     string
	User      string // as typed
	To        string // where to go then: "account", or the first page
	Passkeys  bool   // this browser can be asked for one
	Elsewhere string // the address at which passkeys work, when it is another
}

// signInPage offers the ways in.
func (s *Server) signInPage(q *request) error {
	return q.signInAgain(http.StatusOK, "", "", q.URL.Query().Get("to"))
}

func (q *request) signInAgain(status int, problem, user, to string) error {
	p := signInPage{Page: q.page("", "signin.title"), Links: q.s.Links, Error: problem, User: user, To: to}
	p.Passkeys, p.Elsewhere = q.passkeysHere()
	return q.renderStatus(status, "signin.html", p)
}

// passkeysHere reports whether the browser asks at the address that passkeys
// are made for; if not, at which they are.
func (q *request) passkeysHere() (here bool, elsewhere string) {
	switch {
	case q.s.passkeys == nil:
		return false, ""
	case q.Host == q.s.URL.Host:
		return true, ""
	}
	return false, q.s.URL.String()
}

// signInLink shows one button for a link that was followed from elsewhere:
// following it alone changes nothing.
func (s *Server) signInLink(q *request) error {
	return q.render("signin.html", signInPage{Page: q.page("", "signin.title"), Token: q.PathValue("token")})
}

// signIn signs in with the code of a link, or with name, password and code.
func (s *Server) signIn(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if token := typed.Get("token"); token != "" {
		return q.enterByToken(strings.TrimSpace(token))
	}
	user, to := typed.Get("user"), typed.Get("to")
	if user == "" || typed.Get("code") == "" {
		return q.signInAgain(http.StatusUnprocessableEntity, q.lang.T("signin.needed"), user, to)
	}
	e, err := s.Store.SignInWithPassword(q.Context(), store.Attempt{Arrival: q.arrival(), User: user, Password: typed.Get("password"), Code: typed.Get("code"),
		Place: q.place(), Known: q.cookieValue(deviceCookie)})
	if err != nil {
		return q.notIn(err, user, to)
	}
	return q.enter(e, to)
}

// notIn says why somebody is not signed in, as far as it may be said.
func (q *request) notIn(err error, user, to string) error {
	wait, mustWait := errors.AsType[store.WaitError](err)
	switch {
	case mustWait:
		q.w.Header().Set("Retry-After", fmt.Sprint(int(wait.For.Seconds())+1))
		return q.signInAgain(http.StatusTooManyRequests, q.lang.T("signin.wait", "N", int(wait.For.Minutes())+1), user, to)
	case errors.Is(err, credential.ErrBusy):
		q.w.Header().Set("Retry-After", "10")
		return q.signInAgain(http.StatusServiceUnavailable, q.lang.T("signin.busy"), user, to)
	case errors.Is(err, store.ErrDisabled):
		return q.signInAgain(http.StatusForbidden, q.lang.T("signin.disabled"), user, to)
	case errors.Is(err, store.ErrWrong):
		return q.signInAgain(http.StatusUnprocessableEntity, q.lang.T("signin.wrong"), user, to)
	}
	return err
}

func (q *request) enterByToken(token string) error {
	session, err := q.s.Store.AcceptInvitation(q.Context(), token, q.arrival())
	switch {
	case err == nil:
		http.SetCookie(q.w, q.s.cookie(sessionCookie, session, store.SetUpLimit))
		return q.done("/account", "")
	case errors.Is(err, plumbline.ErrNotFound) && q.s.Demo:
		session, err = q.s.Store.FollowLink(q.Context(), token, q.arrival())
	}
	switch {
	case errors.Is(err, plumbline.ErrForbidden):
		return q.notIn(store.ErrDisabled, "", "")
	case errors.Is(err, plumbline.ErrNotFound):
		return q.signInAgain(http.StatusUnprocessableEntity, q.lang.T("signin.unknown_link"), "", "")
	case err != nil:
		return err
	}
	http.SetCookie(q.w, q.s.cookie(sessionCookie, session, store.SessionLimit))
	return q.done("/", "")
}

// enter gives the browser its session, and its mark of having been here.
func (q *request) enter(e store.Entered, to string) error {
	http.SetCookie(q.w, q.s.cookie(sessionCookie, e.Session, store.SessionLimit))
	http.SetCookie(q.w, q.s.cookie(deviceCookie, q.s.Store.Remember(q.cookieValue(deviceCookie), e.User), 365*24*time.Hour))
	http.SetCookie(q.w, q.s.cookie(offerCookie, "", -time.Second))
	if to == "account" {
		return q.done("/account", "")
	}
	return q.done("/", "")
}

// askPasskey sends what the browser asks for a passkey with.
func (s *Server) askPasskey(q *request) error {
	if here, _ := q.passkeysHere(); !here {
		return plumbline.NotFound("page")
	}
	offer, err := s.Store.AskPasskey(s.passkeys)
	return q.sendOffer(offer, err)
}

func (q *request) sendOffer(offer store.Offer, err error) error {
	if err != nil {
		return err
	}
	http.SetCookie(q.w, q.s.cookie(offerCookie, offer.Sealed, 10*time.Minute))
	q.w.Header().Set("Content-Type", "application/json")
	_, _ = q.w.Write(offer.Options) // the browser has gone away
	return nil
}

// signInPasskey signs in with what a passkey has answered.
func (s *Server) signInPasskey(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if here, _ := q.passkeysHere(); !here {
		return plumbline.NotFound("page")
	}
	e, err := s.Store.SignInWithPasskey(q.Context(), s.passkeys, q.cookieValue(offerCookie), []byte(typed.Get("answer")), q.arrival())
	if errors.Is(err, store.ErrWrong) {
		s.Log.LogAttrs(q.Context(), slog.LevelInfo, "a passkey was refused", slog.Any("error", err))
		return q.signInAgain(http.StatusUnprocessableEntity, q.lang.T("signin.passkey_failed"), "", typed.Get("to"))
	}
	if err != nil {
		return q.notIn(err, "", typed.Get("to"))
	}
	return q.enter(e, typed.Get("to"))
}

// arrival is where somebody signs in.
func (q *request) arrival() store.Arrival {
	return store.Arrival{Device: deviceOf(q.UserAgent()), Replaces: q.cookieValue(sessionCookie)}
}

// place returns the address that a request comes from, for counting attempts:
// the network of it where addresses are plentiful. What a proxy says is
// believed of proxies that the settings name.
func (q *request) place() string {
	at, err := netip.ParseAddrPort(q.RemoteAddr)
	if err != nil {
		return ""
	}
	from := at.Addr().Unmap()
	trusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(q.s.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	said := strings.Split(strings.Join(q.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(said) - 1; i >= 0 && trusted(from); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(said[i]))
		if err != nil {
			break
		}
		from = next.Unmap()
	}
	if from.Is6() {
		if network, err := from.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return from.String()
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
	if token := q.cookieValue(sessionCookie); token != "" {
		if err := s.Store.SignOut(q.Context(), token); err != nil {
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
	path, id, _ := strings.Cut(typed.Get("form"), "?draft=")
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\?#") || id != "" && !plumbline.ValidID(plumbline.ID(id)) {
		return plumbline.NotFound("page") // a draft is of a form of ours
	}
	if typed.Has("forget") {
		if err := s.Store.KeepDraft(q.Context(), q.actor, store.Draft{Form: typed.Get("form")}); err != nil {
			return err
		}
		return q.done("/", "draft_gone")
	}
	err = s.Store.KeepDraft(q.Context(), q.actor, store.Draft{Form: typed.Get("form"), Title: typed.Get("title"), Body: typed.Get("body")})
	if err != nil {
		return err
	}
	q.w.Header().Set("X-Said", url.PathEscape(q.lang.T("form.draft_kept", "Time", s.Store.Now().Format("15:04"))))
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

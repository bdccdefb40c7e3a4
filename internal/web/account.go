package web

import (
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/store"
)

type accountPage struct {
	*Page
	SignIn    *store.SignIn
	User      plumbline.ID
	SetUp     bool // has come with an invitation, and has yet to choose
	Fresh     bool // may change how to sign in
	Sessions  []sessionRow
	Passkeys  bool
	Elsewhere string
	Error     string
}

type sessionRow struct {
	store.Session
	Here bool
}

// account shows how its reader signs in, and where.
func (s *Server) account(q *request) error { return q.accountAgain(http.StatusOK, "") }

func (q *request) accountAgain(status int, problem string) error {
	in, err := q.s.Store.SignIn(q.Context(), q.session)
	if err != nil {
		return err
	}
	title := "account.title"
	if q.actor.User == "" {
		title = "account.set_up"
	}
	p := accountPage{Page: q.page("account", title), SignIn: in, User: q.session.Actor.User, SetUp: q.actor.User == "", Fresh: q.session.Fresh(q.s.Store.Now()), Error: problem}
	p.Passkeys, p.Elsewhere = q.passkeysHere()
	sessions, err := q.s.Store.Sessions(q.Context(), q.session.Actor)
	if err != nil {
		return err
	}
	for _, one := range sessions {
		p.Sessions = append(p.Sessions, sessionRow{one, one.ID == q.session.ID})
	}
	return q.renderStatus(status, "account.html", p)
}

type passwordPage struct {
	*Page
	User   plumbline.ID
	SetUp  bool
	Errors []formError
	By     map[string]string
	Least  int
	Phone  string // the secret, sealed
	Secret string
	Path   template.HTMLAttr // of the picture that the phone reads
	Size   int
}

// passwordForm asks for a password and a phone for codes.
func (s *Server) passwordForm(q *request) error {
	if !q.session.Fresh(s.Store.Now()) {
		return q.done("/sign-in?to=account", "")
	}
	return q.passwordAgain(http.StatusOK, nil, "")
}

func (q *request) passwordAgain(status int, problems plumbline.Problems, phone string) error {
	p := passwordPage{Page: q.page("account", "password.title"), User: q.session.Actor.User, SetUp: q.actor.User == "", By: map[string]string{}, Least: credential.MinPassword}
	for _, pr := range problems {
		p.By[pr.Field] = p.Problem(pr)
		p.Errors = append(p.Errors, formError{pr.Field, p.Problem(pr)})
	}
	secret, sealed, err := q.s.Store.OfferPhone(q.session, phone)
	if err != nil {
		return err
	}
	p.Phone = sealed
	for i := 0; i < len(secret); i += 4 {
		p.Secret += secret[i:min(i+4, len(secret))] + " "
	}
	if p.Path, p.Size, err = qrPath(credential.CodeAddress(secret, "Plumbline", string(p.User))); err != nil {
		return err
	}
	return q.renderStatus(status, "password.html", p)
}

// qrPath draws a text as a square of squares, with the quiet edge of four that
// readers need.
func qrPath(text string) (path template.HTMLAttr, size int, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", 0, fmt.Errorf("draw a code for a phone: %w", err)
	}
	var b strings.Builder
	n := code.Bounds().Dx()
	for y := range n {
		for x := range n {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+4, y+4)
			}
		}
	}
	return template.HTMLAttr(`d="` + b.String() + `"`), n + 8, nil // digits and letters of ours alone
}

// setPassword sets the password and the phone.
func (s *Server) setPassword(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if typed.Get("password") != typed.Get("again") {
		return q.passwordAgain(http.StatusUnprocessableEntity, plumbline.Problems{plumbline.Invalid("again", "problem.password_differs")}, typed.Get("phone"))
	}
	renewed, err := s.Store.SetPassword(q.Context(), q.session, typed.Get("password"), typed.Get("phone"), typed.Get("code"))
	if errors.Is(err, plumbline.ErrInvalid) {
		return q.passwordAgain(http.StatusUnprocessableEntity, plumbline.ProblemsOf(err), typed.Get("phone"))
	}
	return q.changed(renewed, err, "password_set")
}

// changed answers for a change of how to sign in: with the recovery codes if
// there are new ones.
func (q *request) changed(r store.Renewed, err error, said string) error {
	switch {
	case errors.Is(err, store.ErrStale):
		return q.done("/sign-in?to=account", "")
	case errors.Is(err, store.ErrLastWay):
		return q.accountAgain(http.StatusUnprocessableEntity, q.lang.T("account.last_way"))
	case errors.Is(err, store.ErrWrong):
		q.s.Log.LogAttrs(q.Context(), slog.LevelInfo, "a new passkey was refused", slog.Any("error", err))
		return q.accountAgain(http.StatusUnprocessableEntity, q.lang.T("account.passkey_failed"))
	case errors.Is(err, credential.ErrBusy):
		return q.accountAgain(http.StatusServiceUnavailable, q.lang.T("signin.busy"))
	case err != nil:
		return err
	}
	if r.Session != "" {
		user := q.session.Actor.User
		http.SetCookie(q.w, q.s.cookie(sessionCookie, r.Session, store.SessionLimit))
		http.SetCookie(q.w, q.s.cookie(deviceCookie, q.s.Store.Remember(q.cookieValue(deviceCookie), user), 365*24*time.Hour))
		q.actor = q.session.Actor // from here on
	}
	if len(r.Codes) == 0 {
		return q.done("/account", said)
	}
	return q.render("codes.html", codesPage{q.page("account", "codes.title"), q.session.Actor.User, r.Codes, r.Session != ""})
}

type codesPage struct {
	*Page
	User  plumbline.ID
	Codes []string
	First bool // the sign-in has just been set up
}

// makeCodes makes new recovery codes and shows them once.
func (s *Server) makeCodes(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if typed.Get("sure") != "yes" {
		return q.accountAgain(http.StatusUnprocessableEntity, q.lang.T("account.unsure"))
	}
	renewed, err := s.Store.MakeCodes(q.Context(), q.session)
	return q.changed(renewed, err, "")
}

// offerPasskey sends what the browser makes a passkey with.
func (s *Server) offerPasskey(q *request) error {
	if here, _ := q.passkeysHere(); !here {
		return plumbline.NotFound("page")
	}
	offer, err := s.Store.OfferPasskey(q.Context(), s.passkeys, q.session)
	if errors.Is(err, store.ErrStale) {
		return &plumbline.Problem{Kind: plumbline.ErrForbidden, Key: "problem.forbidden"}
	}
	return q.sendOffer(offer, err)
}

// addPasskey takes a passkey that the browser has made.
func (s *Server) addPasskey(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if here, _ := q.passkeysHere(); !here {
		return plumbline.NotFound("page")
	}
	renewed, err := s.Store.AddPasskey(q.Context(), s.passkeys, q.session, q.cookieValue(offerCookie), []byte(typed.Get("answer")))
	http.SetCookie(q.w, s.cookie(offerCookie, "", -time.Second))
	return q.changed(renewed, err, "passkey_added")
}

func (s *Server) removePasskey(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	return q.changed(store.Renewed{}, s.Store.RemovePasskey(q.Context(), q.session, typed.Get("passkey")), "passkey_removed")
}

// endSessions ends one session of the reader, or all but this one.
func (s *Server) endSessions(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	switch id := typed.Get("end"); id {
	case "":
		return q.accountAgain(http.StatusUnprocessableEntity, q.lang.T("account.unsure"))
	case "others":
		err = s.Store.EndOthers(q.Context(), q.session)
	default:
		err = s.Store.EndSession(q.Context(), q.actor, id)
	}
	if err != nil {
		return err
	}
	return q.done("/account", "sessions_ended")
}

// Package web serves the pages. A handler reads the request into a typed
// value, calls one method of the store, and renders a page; routes.go is the
// table of contents. Every page works without script, by keyboard, at 320
// pixels and from right to left; what is said on it comes from
// internal/locale.
//
// The content policy allows no inline script or style and nothing from
// another host. State changes only by POST from a page of ours.
package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/exchange"
	"plumbline/internal/locale"
	"plumbline/internal/store"
)

// Options say how to serve.
type Options struct {
	Store  *store.DB
	Log    *slog.Logger
	Demo   bool // a site for trying things out: links sign people in
	Secure bool // the site is reached over HTTPS: cookies are sent only there
	Public bool // there are pages for those without an account
	Links  []DemoLink

	URL     *url.URL       // where browsers find the site; without one there are no passkeys
	Proxies []netip.Prefix // who may say where a request comes from, in X-Forwarded-For
}

// A DemoLink signs somebody in on a demonstration site.
type DemoLink struct {
	Role         plumbline.Role
	Name, Token  string
	Organisation string
}

// A Server answers requests. Make one with New.
type Server struct {
	Options
	assets            *assetSet
	passkeys          *credential.Site // nil where there can be none
	templates         *template.Template
	claimUses         map[string][]plumbline.ID // operations of the public record, by claim
	contradictionList []exchange.Contradiction
	broken            []byte // the page for when nothing else works, made at start
	handler           http.Handler
}

// New returns a server. It fails when a template or a text is broken.
func New(o Options) (*Server, error) {
	s := &Server{Options: o, claimUses: claimUses(exchange.PublicRecord()), contradictionList: exchange.Contradictions()}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if s.templates, err = parseTemplates(); err != nil {
		return nil, err
	}
	if o.URL != nil && net.ParseIP(o.URL.Hostname()) == nil {
		if s.passkeys, err = credential.NewSite(o.URL); err != nil {
			return nil, err
		}
	}
	var page bytes.Buffer
	if err := s.templates.ExecuteTemplate(&page, "broken.html", s.page(nil, locale.Languages[0], plumbline.Actor{}, "")); err != nil {
		return nil, fmt.Errorf("render the page for failures: %w", err)
	}
	s.broken = page.Bytes()
	s.handler = s.guard(s.routes())
	return s, nil
}

func parseTemplates() (*template.Template, error) {
	files, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	return template.New("").Funcs(template.FuncMap{
		"path": url.PathEscape, "list": func(v ...any) []any { return v }, "join": strings.Join, "dots": dots,
		"dict": dict, "add": func(a, b int) int { return a + b }, "str": func(v any) string { return fmt.Sprint(v) },
	}).ParseFS(files, "*.html")
}

// dict makes a map from pairs, to hand several values to a template.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict wants pairs")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// MaxForm bounds what a form may send, in bytes.
const MaxForm = 1 << 20

// guard sets what every answer needs: the content policy, no sniffing, no
// referrer, no keeping; and refuses state changes that come from elsewhere.
func (s *Server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		limit := int64(MaxForm)
		switch {
		case r.URL.Path == importAddress || r.URL.Path == claimsImportAddress || strings.HasPrefix(r.URL.Path, "/releases/"):
			limit = MaxUpload
		case takesStudyFile(r.URL.Path):
			limit = maxStudyUpload
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		cross.Handler(next).ServeHTTP(w, r)
	})
}

// A request is what a handler gets: the actor, the language and the page to
// fill.
type request struct {
	*http.Request
	w       http.ResponseWriter
	s       *Server
	actor   plumbline.Actor
	session store.Session // of the actor, or of somebody who has yet to set up a sign-in and is no actor
	lang    *locale.Language
	unread  int           // notices
	left    []store.Draft // what was typed into the form of this page before
}

type handler func(*request) error

// The cookies. Over HTTPS their names begin with __Host-, so that no other
// server of the domain can set them.
const (
	sessionCookie = "plumbline_session"
	langCookie    = "plumbline_lang"
	deviceCookie  = "plumbline_device" // tells that somebody has signed in here before
	offerCookie   = "plumbline_offer"  // what a passkey was asked for with
)

// public makes a handler for a page that needs no account. It runs as who is
// signed in, or as a visitor: an actor without a role, to whom the store shows
// and allows nothing. Where there are no pages for visitors it is signedIn.
func (s *Server) public(h handler) http.Handler {
	if !s.Public {
		return s.signedIn(h)
	}
	return s.open(h)
}

// signedIn makes a handler that needs an actor; who has none is sent to the
// sign-in page, or to set up a sign-in. A form that comes after its session has
// ended is handed back.
func (s *Server) signedIn(h handler) http.Handler {
	return s.own(func(q *request) error {
		if q.actor.User == "" {
			return q.done("/account", "")
		}
		return h(q)
	})
}

// own makes a handler for the own sign-in, which needs a session of any kind.
func (s *Server) own(h handler) http.Handler {
	return s.open(func(q *request) error {
		if q.session.ID == "" {
			if q.Method == http.MethodPost {
				return q.handBack()
			}
			return q.done("/sign-in", "")
		}
		return h(q)
	})
}

// open makes a handler that anybody may call.
func (s *Server) open(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{Request: r, w: w, s: s, lang: s.language(w, r)}
		began := time.Now()
		err := s.identify(q)
		if err == nil {
			err = h(q)
		}
		if err != nil {
			s.answer(q, err)
		}
		s.Log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("method", r.Method), slog.String("route", r.Pattern), slog.Duration("took", time.Since(began)))
	})
}

// identify finds out who asks. A demonstration's session is worth nothing on a
// site that is none, and who has yet to set up a sign-in is no actor.
func (s *Server) identify(q *request) error {
	token := q.cookieValue(sessionCookie)
	if token == "" {
		return nil
	}
	session, err := s.Store.Session(q.Context(), token)
	switch {
	case errors.Is(err, plumbline.ErrNotFound), err == nil && session.Strength == store.ByLink && !s.Demo:
		return nil
	case err != nil:
		return err
	}
	q.session = session
	if session.Strength == store.ByInvitation {
		return nil
	}
	q.actor = session.Actor
	if q.Method == http.MethodGet {
		q.unread, err = s.Store.Unread(q.Context(), q.actor)
	}
	return err
}

// language takes the language from the address, else from the cookie, else
// from what the browser asks for. The address also sets the cookie.
func (s *Server) language(w http.ResponseWriter, r *http.Request) *locale.Language {
	if l, ok := locale.For(r.URL.Query().Get("lang")); ok {
		http.SetCookie(w, s.cookie(langCookie, l.Tag, 365*24*time.Hour))
		return l
	}
	if c, err := r.Cookie(s.cookieName(langCookie)); err == nil {
		if l, ok := locale.For(c.Value); ok {
			return l
		}
	}
	return locale.Match(r.Header.Get("Accept-Language"))
}

func (s *Server) cookie(name, value string, lasts time.Duration) *http.Cookie {
	return &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(lasts.Seconds()), HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode}
}

func (s *Server) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}

// cookieValue returns what the browser keeps under a name; nothing when it
// keeps nothing.
func (q *request) cookieValue(name string) string {
	c, err := q.Cookie(q.s.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *Server) page(r *http.Request, l *locale.Language, a plumbline.Actor, titleKey string, pairs ...any) *Page {
	p := &Page{Language: l, Actor: a, SignedIn: a.User != "", Public: s.Public, Demo: s.Demo, server: s, Now: time.Now().UTC()}
	if s.Store != nil {
		p.Now = s.Store.Now()
	}
	if titleKey != "" {
		p.Title = l.T(titleKey, pairs...)
	}
	for _, o := range locale.Languages {
		if o != l {
			p.Others = append(p.Others, o)
		}
	}
	if r != nil {
		query := r.URL.Query()
		query.Del("lang")
		query.Del("said")
		p.Here = r.URL.Path + "?" + query.Encode()
		if !strings.HasSuffix(p.Here, "?") {
			p.Here += "&"
		}
		if said := "said." + r.URL.Query().Get("said"); l.Has(said) {
			p.Said = l.T(said)
		}
	}
	return p
}

// page begins a page of a section with a title from the catalogue.
func (q *request) page(section, titleKey string, pairs ...any) *Page {
	p := q.s.page(q.Request, q.lang, q.actor, titleKey, pairs...)
	p.Section, p.Unread = section, q.unread
	p.Leave = !p.SignedIn // a visitor may be somebody who must not be seen reading
	return p
}

// render writes a page with status 200.
func (q *request) render(name string, data any) error {
	return q.renderStatus(http.StatusOK, name, data)
}

// renderStatus renders to a buffer first, so that a page that fails half-way
// is never sent.
func (q *request) renderStatus(status int, name string, data any) error {
	var b bytes.Buffer
	if err := q.s.templates.ExecuteTemplate(&b, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.WriteHeader(status)
	// What was typed is shown again as it came, readable or not; a page is text.
	_, _ = q.w.Write(bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD"))) // the browser has gone away
	return nil
}

// done sends the browser to a page that says what was done.
func (q *request) done(address, said string) error {
	if said != "" {
		sep := "?"
		if strings.Contains(address, "?") {
			sep = "&"
		}
		path, fragment, found := strings.Cut(address, "#")
		address = path + sep + "said=" + said
		if found {
			address += "#" + fragment
		}
	}
	http.Redirect(q.w, q.Request, address, http.StatusSeeOther)
	return nil
}

// form reads a form, in UTF-8 and of bounded size.
func (q *request) form() (url.Values, error) {
	if err := q.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, plumbline.Invalid("", "problem.too_large", "Want", "1 MB")
		}
		return nil, plumbline.Invalid("", "problem.not_text")
	}
	return q.PostForm, nil
}

// Shutdown is the time that running requests get when the server stops.
const Shutdown = 10 * time.Second

// Serve serves until the context ends, then lets running requests finish.
func Serve(ctx context.Context, h *http.Server, serve func() error) error {
	failed := make(chan error, 1)
	go func() { failed <- serve() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), Shutdown)
	defer cancel()
	err := h.Shutdown(stop)
	<-failed // http.ErrServerClosed
	return err
}

//go:build unix

package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/exchange"
	"plumbline/internal/rig"
	"plumbline/internal/store"
	"plumbline/protocol"
)

var update = flag.Bool("update", false, "rewrite the golden files of routes")

// furnished is a store with the public record and the small coalition, made
// once and copied for each test. The grown one is what the demo shows.
var (
	furnished = sync.OnceValues(func() ([]byte, error) { return furnish(rig.Tell) })
	grown     = sync.OnceValues(func() ([]byte, error) { return furnish(rig.TellGrown) })
)

func furnish(tell func(context.Context, *store.DB, *rig.Clock, uint64) error) ([]byte, error) {
	dir, err := os.MkdirTemp("", "plumbline-web-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "site.db")
	clock := new(rig.Clock)
	ctx := context.Background()
	db, err := openStore(file, clock.Now)
	if err != nil {
		return nil, err
	}
	for _, f := range []func() error{
		func() error { return rig.PublicRecord(ctx, db) },
		func() error { return tell(ctx, db, clock, 1) },
		func() error { return rig.Claims(ctx, db) },
		func() error { return rig.Users(ctx, db) },
		func() error { return rig.Said(ctx, db) },
		func() error { return rig.Studies(ctx, db, 1) },
		func() error { return rig.Releases(ctx, db) },
		db.Close,
	} {
		if err := f(); err != nil {
			return nil, err
		}
	}
	return os.ReadFile(file)
}

func openStore(file string, now func() time.Time) (*store.DB, error) {
	protocols, err := protocol.Shipped(store.Vocabulary())
	if err != nil {
		return nil, err
	}
	return store.Open(context.Background(), store.Options{Address: file, Protocols: protocols, Now: now, Claims: exchange.Claims(), Secret: secret})
}

// secret is that of all the made-up sites.
var secret = func() *credential.Secret {
	s, err := credential.ParseSecret(credential.NewSecret())
	if err != nil {
		panic(err)
	}
	return s
}()

// A site is a running site with everything the demo has, and its log.
type site struct {
	t     testing.TB
	db    *store.DB
	web   *Server
	log   *lockedBuffer
	clock *offsetClock
	file  string // the database
}

// An offsetClock is the real time, or one after it.
type offsetClock struct {
	sync.Mutex
	ahead time.Duration
}

func (c *offsetClock) Now() time.Time {
	c.Lock()
	defer c.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *offsetClock) Pass(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.ahead += d
}

type lockedBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

func newSite(t testing.TB) *site { t.Helper(); return siteOf(t, furnished) }

func siteOf(t testing.TB, furnished func() ([]byte, error)) *site {
	t.Helper()
	content, err := furnished()
	if err != nil {
		t.Fatalf("make a site: %v", err)
	}
	file := filepath.Join(t.TempDir(), "site.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, log: new(lockedBuffer), clock: new(offsetClock), file: file}
	if s.db, err = openStore(file, s.clock.Now); err != nil {
		t.Fatalf("open the site: %v", err)
	}
	t.Cleanup(func() { s.db.Close() })
	s.web, err = New(Options{Store: s.db, Demo: true, Public: true, Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatalf("make a server: %v", err)
	}
	return s
}

func userOf(role plumbline.Role) plumbline.Actor {
	for _, a := range rig.Actors() {
		if a.Role == role {
			return a
		}
	}
	panic("no user has the role " + string(role))
}

// A visitor has a browser's cookies and no script.
type visitor struct {
	s       *site
	cookies map[string]string
	header  http.Header // added to each request
}

func (s *site) visitor() *visitor { return &visitor{s, map[string]string{}, http.Header{}} }

// as signs somebody in, as a person would.
func (s *site) as(role plumbline.Role) *visitor {
	s.t.Helper()
	v := s.visitor()
	a := v.post("/sign-in", url.Values{"token": {s.link(role)}})
	if a.Code != http.StatusSeeOther {
		s.t.Fatalf("sign in as %s: %d %s", role, a.Code, a.text())
	}
	return v
}

func (s *site) link(role plumbline.Role) string {
	s.t.Helper()
	token, err := s.db.NewLink(s.t.Context(), userOf(role).User, time.Hour)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// replyToken makes a link to answer a claim.
func (s *site) replyToken(claim string) string {
	s.t.Helper()
	token, err := s.db.InviteReply(s.t.Context(), userOf(plumbline.Coordinator), claim)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

type answer struct {
	*httptest.ResponseRecorder
	t    testing.TB
	page *node
}

func (v *visitor) do(method, address, contentType string, body io.Reader) *answer {
	v.s.t.Helper()
	r := httptest.NewRequest(method, "http://plumbline.test"+address, body)
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for name, values := range v.header {
		r.Header[name] = values
	}
	a := &answer{ResponseRecorder: httptest.NewRecorder(), t: v.s.t}
	v.s.web.ServeHTTP(a, r)
	for _, c := range a.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	if strings.HasPrefix(a.Header().Get("Content-Type"), "text/html") {
		a.page = parsePage(v.s.t, a.Body.String())
	}
	return a
}

func (v *visitor) get(address string) *answer { v.s.t.Helper(); return v.do("GET", address, "", nil) }

// ok gets a page that has to be there.
func (v *visitor) ok(address string) *answer {
	v.s.t.Helper()
	a := v.get(address)
	if a.Code != http.StatusOK {
		v.s.t.Fatalf("GET %s: %d, want 200\n%s", address, a.Code, a.text())
	}
	return a
}

func (v *visitor) post(address string, form url.Values) *answer {
	v.s.t.Helper()
	return v.do("POST", address, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// sent posts a form that has to be taken, and follows to the next page.
func (v *visitor) sent(address string, form url.Values) *answer {
	v.s.t.Helper()
	a := v.post(address, form)
	if a.Code != http.StatusSeeOther {
		v.s.t.Fatalf("POST %s: %d, want 303\n%s", address, a.Code, a.text())
	}
	next, _, _ := strings.Cut(a.Header().Get("Location"), "#")
	return v.ok(next)
}

// text is what a person reads on the page.
func (a *answer) text() string {
	if a.page == nil {
		return a.Body.String()
	}
	return strings.Join(strings.Fields(a.page.text()), " ")
}

func (a *answer) says(texts ...string) {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			a.t.Errorf("the page does not say %q:\n%s", text, a.text())
		}
	}
}

// form returns what the page's form holds, as a browser would send it.
func (a *answer) form() url.Values {
	a.t.Helper()
	for _, f := range a.page.all("form") {
		if f.attr["method"] == "post" && f.attr["action"] == "" {
			return f.values()
		}
	}
	a.t.Fatalf("the page has no form:\n%s", a.text())
	return nil
}

// A node is an element of a page, or a text in one.
type node struct {
	tag  string
	attr map[string]string
	kids []*node
	data string // of a text
}

// parsePage reads a page, and fails when its elements are not closed in order.
func parsePage(t testing.TB, page string) *node {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &node{}
	open := []*node{root}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return root
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		at := open[len(open)-1]
		switch k := token.(type) {
		case xml.StartElement:
			n := &node{tag: k.Name.Local, attr: map[string]string{}}
			for _, x := range k.Attr {
				n.attr[x.Name.Local] = x.Value
			}
			at.kids, open = append(at.kids, n), append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.kids = append(at.kids, &node{data: string(k)})
		}
	}
}

func (n *node) all(tag string) (list []*node) {
	if n.tag == tag {
		list = append(list, n)
	}
	for _, k := range n.kids {
		list = append(list, k.all(tag)...)
	}
	return list
}

func (n *node) text() string {
	var b strings.Builder
	b.WriteString(n.data)
	for _, k := range n.kids {
		b.WriteString(k.text())
	}
	switch n.tag {
	case "p", "td", "th", "li", "dt", "dd", "h1", "h2", "h3", "label", "legend", "option", "div":
		b.WriteString("\n")
	}
	return b.String()
}

func (n *node) has(class string) bool {
	return slices.Contains(strings.Fields(n.attr["class"]), class)
}

func (n *node) values() url.Values {
	values := url.Values{}
	add := func(n *node, value string) { values[n.attr["name"]] = append(values[n.attr["name"]], value) }
	for _, k := range n.kids {
		_, checked := k.attr["checked"]
		switch {
		case k.attr["name"] == "" || k.tag == "button":
			for name, more := range k.values() {
				values[name] = append(values[name], more...)
			}
		case k.tag == "textarea":
			add(k, strings.TrimPrefix(k.text(), "\n"))
		case k.tag == "select":
			options := k.all("option")
			i := slices.IndexFunc(options, func(o *node) bool { _, on := o.attr["selected"]; return on })
			if value, given := options[max(i, 0)].attr["value"]; given {
				add(k, value)
			} else {
				add(k, options[max(i, 0)].data)
			}
		case k.attr["type"] == "radio" || k.attr["type"] == "checkbox":
			if checked {
				add(k, k.attr["value"])
			}
		default:
			add(k, k.attr["value"])
		}
	}
	return values
}

// ledgerSize is how many lines the ledger has: one for everything written.
func (s *site) ledgerSize() int64 {
	s.t.Helper()
	p, err := s.db.Ledger(s.t.Context(), userOf(plumbline.Coordinator), 0, 1)
	if err != nil || len(p.Lines) == 0 {
		s.t.Fatalf("read the ledger: %v", err)
	}
	return p.Lines[0].N
}

// unchanged fails when anything was written since the call that made it.
func (s *site) unchanged(what string) func() {
	s.t.Helper()
	before := s.ledgerSize()
	return func() {
		s.t.Helper()
		if after := s.ledgerSize(); after != before {
			s.t.Errorf("%s: %d lines were added to the ledger, want none", what, after-before)
		}
	}
}

func (s *site) operation(id plumbline.ID) *store.Operation {
	s.t.Helper()
	o, err := s.db.Operation(s.t.Context(), userOf(plumbline.Coordinator), id)
	if err != nil {
		s.t.Fatalf("operation %s: %v", id, err)
	}
	return o
}

func goldenText(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it and run go test -update\n%s", name, firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, x, y)
		}
	}
	return ""
}

//go:build unix

package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plumbline"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

// examples are the addresses that stand for a route: what is there, what is
// not. The first of each is something of the coalition.
var examples = map[string][]string{
	"{operation}":     {"pier-street-raid", "mill-lane", "chiang-mai-2003", "nothing-here"},
	"{unit}":          {"unit-protection", "nothing-here"},
	"{organisation}":  {"org-lime-house", "nothing-here"},
	"{area}":          {"harbour-district", "nothing-here"},
	"{programme}":     {"safe-harbour", "nothing-here"},
	"{matter}":        {"no-papers-returned", "nothing-here"},
	"{heard}":         {"nothing-here"},
	"{dialogue}":      {"accompaniment-review", "nothing-here"},
	"{protocol}":      {"rights-standards", "nothing-here"},
	"{rule}":          {"PLN-01", "nothing-here"},
	"{claim}":         {"L-01", "C-B62", "nothing-here"},
	"{contradiction}": {"X-27", "nothing-here"},
	"{token}":         {"not-a-token"},
	"{release}":       {"people-met-2", "people-met-1", "nothing-here"},
	"{file}":          {"release.zip", "table.csv", "hxl.csv", "citation.bib", "input-key", "nothing-here"},
	"{name...}":       {"checkpoint", "tile/0/000.p/3", "nothing-here"},
	"{user}":          {"demo-worker", "nothing-here"},
	"{study}":         {"uk-lists", "nothing-here"},
	"{data}":          {"data", "nothing-here"},
	"{run}":           {"stepwise", "nothing-here"},
	"{n}":             {"1", "9"},
}

// kinds are the kinds of entry that a route is tried with.
var kinds = map[string][]string{
	"operations":    {"movement", "account", "operation", "training", "nonsense"},
	"units":         {"training", "unit", "movement"},
	"organisations": {"organisation", "publication", "movement"},
	"measure":       {"study", "study_run"},
	"matters":       {"answering", "look", "matter", "movement"},
	"areas":         {"contacts", "area", "movement"},
	"programmes":    {"target", "objection", "programme", "movement"},
	"dialogues":     {"seat", "said", "dialogue", "movement"},
}

func routePatterns(t testing.TB) (patterns []string) {
	t.Helper()
	source, err := os.ReadFile("routes.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`m\.Handle\("([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		patterns = append(patterns, m[1])
	}
	if len(patterns) < 30 {
		t.Fatalf("found %d routes in routes.go", len(patterns))
	}
	return patterns
}

// addresses fills the blanks of a pattern with examples.
func addresses(s *site, pattern string) []string {
	_, path, _ := strings.Cut(pattern, " ")
	path = strings.TrimSuffix(path, "{$}")
	if pattern == "GET /" {
		return []string{"/nothing-here", "/operations/pier-street-raid/nothing-here"}
	}
	if path == "/assets/" {
		return []string{s.web.assets.address("style.css"), "/assets/nothing.css", "/assets/"}
	}
	list := []string{path}
	for _, blank := range slices.Sorted(maps.Keys(examples)) {
		list = fill(list, blank, examples[blank])
	}
	part := strings.Split(path, "/")[1]
	list = fill(list, "{kind}", kinds[part])
	var filled []string
	for _, path := range list {
		entries := []string{"nothing-here"}
		switch {
		case strings.Contains(path, "/pier-street-raid/custody/"), strings.Contains(path, "/pier-street-raid/move/"):
			entries = []string{"pier-street-raid-g-02", "pier-street-raid-step-1", "nothing-here"}
		case strings.Contains(path, "/pier-street-raid/entries/movement/"):
			entries = []string{"pier-street-raid-movement-1", "pier-street-raid-step-1", "nothing-here"}
		case strings.Contains(path, "/pier-street-raid/entries/operation/"):
			entries = []string{"pier-street-raid"}
		case strings.Contains(path, "/unit-protection/entries/unit/"):
			entries = []string{"unit-protection"}
		case strings.Contains(path, "/org-lime-house/entries/organisation/"):
			entries = []string{"org-lime-house"}
		case strings.Contains(path, "/uk-lists/entries/study/"):
			entries = []string{"uk-lists"}
		case strings.Contains(path, "/harbour-district/entries/contacts/"):
			entries = []string{"harbour-district-contacts-1", "harbour-district-factor-1"}
		case strings.Contains(path, "/accompaniment-review/entries/said/"):
			entries = []string{"accompaniment-review-said-1", "accompaniment-review-seat-1"}
		case strings.Contains(path, "/accompaniment-review/entries/dialogue/"):
			entries = []string{"accompaniment-review"}
		case strings.Contains(path, "/safe-harbour/entries/objection/"):
			entries = []string{"safe-harbour-objection-1", "safe-harbour-target-1"}
		}
		filled = append(filled, fill([]string{path}, "{entry}", entries)...)
	}
	return filled
}

func fill(paths []string, blank string, values []string) (list []string) {
	for _, p := range paths {
		if !strings.Contains(p, blank) {
			list = append(list, p)
			continue
		}
		for _, v := range values {
			list = append(list, strings.ReplaceAll(p, blank, v))
		}
	}
	return list
}

// Who gets what, route by route. An empty form is sent to what takes forms.
func TestRoutes(t *testing.T) {
	s := newSite(t)
	quiet := s.unchanged("asking for every page and sending empty forms")
	roles := []string{"nobody"}
	people := map[string]*visitor{"nobody": s.visitor()}
	for _, a := range rig.Actors() {
		roles = append(roles, string(a.Role))
		people[string(a.Role)] = s.as(a.Role)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-82s %s\n", "", strings.Join(roles, " "))
	for _, pattern := range routePatterns(t) {
		method, _, _ := strings.Cut(pattern, " ")
		for _, address := range addresses(s, pattern) {
			shown := address
			if strings.HasPrefix(address, "/assets/style") {
				shown = "/assets/style.css, by its digest"
			}
			fmt.Fprintf(&b, "%-82s", method+" "+shown)
			for _, role := range roles {
				v := people[role]
				if address == "/sign-out" && role != "nobody" {
					v = s.as(plumbline.Role(role))
				}
				var a *answer
				if method == "POST" {
					a = v.post(address, url.Values{"id": {"a-new-entry"}, fieldVersion: {"0"}})
				} else {
					a = v.get(address)
				}
				if a.Code >= 500 {
					t.Errorf("%s %s as %s: %d", method, address, role, a.Code)
				}
				said := fmt.Sprint(a.Code)
				if to := a.Header().Get("Location"); to != "" && strings.HasPrefix(to, "/sign-in") {
					said += "s"
				}
				fmt.Fprintf(&b, " %*s", len(role), said)
			}
			b.WriteString("\n")
		}
	}
	quiet()
	goldenText(t, "routes.golden", b.String())
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("the log has errors:\n%s", s.log.String())
	}
}

// What may not be seen looks like what is not there, to the letter.
func TestUnseenLooksAbsent(t *testing.T) {
	s := newSite(t)
	for _, tc := range []struct {
		role           plumbline.Role
		unseen, absent string
	}{
		{plumbline.Reader, "/operations/pier-street-raid", "/operations/nothing-here"},
		{plumbline.Reader, "/operations/pier-street-raid/history", "/operations/nothing-here/history"},
		{plumbline.Reader, "/operations/pier-street-raid/move/pier-street-raid-g-02", "/operations/pier-street-raid/move/nothing"},
		{plumbline.PoliceLiaison, "/operations/rope-walk", "/operations/nothing-here"},
		{plumbline.PoliceLiaison, "/operations/rope-walk/findings", "/operations/nothing-here/findings"},
		{plumbline.PoliceLiaison, "/operations/rope-walk/entries/movement/new", "/operations/nothing-here/entries/movement/new"},
		{plumbline.Administrator, "/operations/pier-street-raid", "/operations/nothing-here"},
		{plumbline.Administrator, "/operations/chiang-mai-2003", "/operations/nothing-here"},
	} {
		v := s.as(tc.role)
		a, b := v.get(tc.unseen), v.get(tc.absent)
		if a.Code != http.StatusNotFound || b.Code != http.StatusNotFound {
			t.Errorf("%s: %s is %d and %s is %d, want 404", tc.role, tc.unseen, a.Code, tc.absent, b.Code)
		}
		here := regexp.MustCompile(`href="/[^"]*lang=`) // the address of the page itself
		if x, y := here.ReplaceAllString(a.Body.String(), ""), here.ReplaceAllString(b.Body.String(), ""); x != y {
			t.Errorf("%s: %s and %s do not look alike", tc.role, tc.unseen, tc.absent)
		}
	}
}

// The names and values come from the standards, not from our code.
func TestSecurityHeaders(t *testing.T) {
	s := newSite(t)
	want := map[string]string{
		"Content-Security-Policy":    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Permissions-Policy":         "camera=(), microphone=(), geolocation=()",
	}
	v := s.as(plumbline.Coordinator)
	for _, address := range []string{"/", "/sign-in", "/operations/pier-street-raid", "/nothing-here", "/operations/export", "/healthz", s.web.assets.address("app.js")} {
		a := v.get(address)
		for name, value := range want {
			if got := a.Header().Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", address, name, got, value)
			}
		}
		cache := "no-store"
		if strings.HasPrefix(address, "/assets/") {
			cache = "public, max-age=31536000, immutable"
		}
		if got := a.Header().Get("Cache-Control"); got != cache {
			t.Errorf("%s: Cache-Control is %q, want %q", address, got, cache)
		}
		if got := a.Header().Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%s: Strict-Transport-Security is %q on a site without HTTPS", address, got)
		}
	}
	s.web.Secure = true
	if got := v.get("/").Header().Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security is %q", got)
	}
}

func TestSessionCookie(t *testing.T) {
	s := newSite(t)
	for _, secure := range []bool{false, true} {
		s.web.Secure = secure
		a := s.visitor().post("/sign-in", url.Values{"token": {s.link(plumbline.Worker)}})
		got := a.Header().Get("Set-Cookie")
		for _, flag := range []string{"; HttpOnly", "; SameSite=Lax", "; Path=/"} {
			if !strings.Contains(got, flag) {
				t.Errorf("secure %t: the cookie %q lacks %q", secure, got, flag)
			}
		}
		if strings.HasPrefix(got, "__Host-") != secure {
			t.Errorf("secure %t: the cookie is %q; only over HTTPS it may begin with __Host-", secure, got)
		}
		if strings.Contains(got, "; Secure") != secure {
			t.Errorf("secure %t: the cookie is %q", secure, got)
		}
		if strings.Contains(got, "Domain=") {
			t.Errorf("the cookie %q is for more than this host", got)
		}
	}
}

func TestSignOutEndsTheSession(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	session := v.cookies["plumbline_session"]
	if session == "" {
		t.Fatal("no session")
	}
	v.post("/sign-out", nil)
	if v.cookies["plumbline_session"] != "" {
		t.Error("the browser keeps the session after signing out")
	}
	thief := s.visitor()
	thief.cookies["plumbline_session"] = session
	if a := thief.get("/operations"); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/sign-in" {
		t.Errorf("a session that was ended answers %d", a.Code)
	}
}

func TestSessionsRunOut(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	v.ok("/operations")
	s.clock.Pass(store.IdleLimit)
	if a := v.get("/operations"); a.Code != http.StatusSeeOther {
		t.Errorf("after twelve hours: %d, want the sign-in page", a.Code)
	}
}

// A link is one word in an address; following it changes nothing.
func TestSignInByLinkNeedsAButton(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	a := v.ok("/sign-in/" + s.link(plumbline.Worker))
	if len(v.cookies) != 0 {
		t.Error("following a link signs in")
	}
	if n := len(a.page.all("form")); n != 1 {
		t.Errorf("%d forms, want one button", n)
	}
	if a := v.post("/sign-in", url.Values{"token": {"wrong"}}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code: %d, want 422", a.Code)
	}
}

// What a browser says about who asks decides whether a POST is heard. The
// headers are those that browsers send.
func TestCrossOriginPostsAreRefused(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	for _, tc := range []struct {
		name    string
		headers map[string]string
		refused bool
	}{
		{"our form", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://plumbline.test"}, false},
		{"our form, an old browser", map[string]string{"Origin": "http://plumbline.test"}, false},
		{"typed by hand", map[string]string{"Sec-Fetch-Site": "none"}, false},
		{"a program", nil, false},
		{"another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, true},
		{"a neighbour", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://other.plumbline.test"}, true},
		{"another site, an old browser", map[string]string{"Origin": "https://evil.example"}, true},
		{"a sandboxed frame", map[string]string{"Origin": "null"}, true},
		{"another port", map[string]string{"Origin": "http://plumbline.test:8081"}, true},
	} {
		v.header = http.Header{}
		for name, value := range tc.headers {
			v.header.Set(name, value)
		}
		for _, pattern := range routePatterns(t) {
			path, isPost := strings.CutPrefix(pattern, "POST ")
			if !isPost || path == "/sign-out" && !tc.refused {
				continue
			}
			for _, address := range addresses(s, pattern)[:1] {
				a := v.post(address, url.Values{})
				if refused := a.Code == http.StatusForbidden && a.page == nil; refused != tc.refused {
					t.Errorf("%s: POST %s is %d", tc.name, address, a.Code)
				}
			}
		}
	}
	v.header = http.Header{}
	v.ok("/") // the session was not ended
}

func TestFailuresSayNothing(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	s.db.Close()
	a := v.get("/operations")
	if a.Code < 500 {
		t.Fatalf("without a store: %d", a.Code)
	}
	for _, word := range []string{"sql", "database", "closed", "goroutine", ".go"} {
		if strings.Contains(a.Body.String(), word) {
			t.Errorf("the page for failures says %q", word)
		}
	}
	a.says("It is our fault")
}

func TestHealth(t *testing.T) {
	s := newSite(t)
	if a := s.visitor().get("/healthz"); a.Code != http.StatusOK || a.Body.String() != "ok\n" {
		t.Errorf("healthy: %d %q", a.Code, a.Body)
	}
	s.db.Close()
	r := httptest.NewRecorder()
	s.web.ServeHTTP(r, httptest.NewRequest("GET", "/healthz", nil))
	if r.Code != http.StatusServiceUnavailable {
		t.Errorf("without a store: %d, want 503", r.Code)
	}
}

//go:build unix

package web

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plumbline"
)

// A foreign name is one of something that the role may not see, beside one of
// nothing at all.
type foreign struct{ there, absent string }

// foreignNames are the names that each role tries, by the blank of the route.
// A blank that is not here fails the test: say what of it a role may not see,
// or that everybody may see all of it, with an empty list.
var foreignNames = map[string]map[plumbline.Role][]foreign{
	"{operation}": {
		plumbline.PoliceLiaison: {{string(hiddenOp), "op-none"}},
		plumbline.Reader:        {{string(hiddenOp), "op-none"}, {string(ownOp), "op-none"}},
		plumbline.Administrator: {{string(hiddenOp), "op-none"}, {"chiang-mai-2003", "op-none"}},
	},
	"{unit}": {
		plumbline.PoliceLiaison: {{string(hiddenUnit), "unit-none"}},
		plumbline.Reader:        {{string(hiddenUnit), "unit-none"}},
		plumbline.Administrator: {{string(hiddenUnit), "unit-none"}},
	},
	"{programme}": {
		plumbline.PoliceLiaison: {{string(hiddenProg), "prog-none"}, {"safe-harbour", "prog-none"}},
		plumbline.Reader:        {{string(hiddenProg), "prog-none"}, {"vehicles-and-line", "prog-none"}},
		plumbline.Administrator: {{string(hiddenProg), "prog-none"}},
	},
	"{area}": {
		plumbline.PoliceLiaison: {{"harbour-district", "area-none"}}, plumbline.Reader: {{"harbour-district", "area-none"}}, plumbline.Administrator: {{"harbour-district", "area-none"}},
	},
	"{dialogue}": {
		plumbline.PoliceLiaison: {{string(hiddenTalk), "talk-none"}},
		plumbline.Reader:        {{string(hiddenTalk), "talk-none"}, {"accompaniment-review", "talk-none"}},
		plumbline.Administrator: {{string(hiddenTalk), "talk-none"}, {"accompaniment-review", "talk-none"}},
	},
	"{user}": {
		plumbline.Worker: {{"demo-newcomer", "nobody"}}, plumbline.Coordinator: {{"demo-newcomer", "nobody"}}, plumbline.PoliceLiaison: {{"demo-newcomer", "nobody"}}, plumbline.Monitor: {{"demo-newcomer", "nobody"}},
		plumbline.Oversight: {{"demo-newcomer", "nobody"}}, plumbline.Analyst: {{"demo-newcomer", "nobody"}}, plumbline.Reader: {{"demo-newcomer", "nobody"}},
	},
	"{matter}": {
		plumbline.PoliceLiaison: {{"no-papers-returned", "matter-none"}}, plumbline.Reader: {{"telephone-at-night", "matter-none"}}, plumbline.Administrator: {{"telephone-at-night", "matter-none"}},
	},
	"{heard}": {}, // by none but its own organisation: TestSaySomething
	// Seen by every user: organisations, standards, claims of published documents.
	"{organisation}": {}, "{protocol}": {}, "{rule}": {}, "{claim}": {}, "{contradiction}": {},
	// Published to everybody; that a proposal is not, TestReleaseInThePages holds.
	"{release}": {}, "{file}": {},
	// What a figure counts is in the program; its numbers are of what the role sees.
	"{figure}": {},
	"{study}": {
		plumbline.Worker: {{"uk-lists", "study-none"}}, plumbline.PoliceLiaison: {{"uk-lists", "study-none"}}, plumbline.Reader: {{"uk-lists", "study-none"}}, plumbline.Administrator: {{"uk-lists", "study-none"}},
	},
	"{data}": {}, "{run}": {}, "{n}": {}, // of a study, filled below
	"{token}": {}, // the name is the secret
	"{kind}":  {}, // a word of the program, filled below
	"{entry}": {}, // of a record, filled below
}

var blank = regexp.MustCompile(`\{[a-z]+\}`)

// names makes two answers comparable: what they say of the address that was
// asked for, and the number of a failure, are left out.
func (f foreign) same(a *answer) string {
	text := fmt.Sprintln(a.Code, a.Header().Get("Location"), a.Header().Get("Content-Type")) + a.Body.String()
	text = strings.NewReplacer(f.there, "X", f.absent, "X").Replace(text)
	return anyID.ReplaceAllString(text, "N")
}

// anyID is what newID makes: forms have one of their own each time.
var anyID = regexp.MustCompile(`[a-z2-7]{26}`)

// On every route, with every role that may not see it, the name of a record
// that is there is answered to the letter like one of nothing.
func TestForeignNamesLookAbsent(t *testing.T) {
	s := newSite(t)
	s.plant()
	people := map[plumbline.Role]*visitor{}
	tried := 0
	quiet := s.everything()
	for _, pattern := range routePatterns(t) {
		method, path, _ := strings.Cut(pattern, " ")
		blanks := blank.FindAllString(path, -1)
		for _, name := range blanks {
			if _, ok := foreignNames[name]; !ok {
				t.Errorf("%s: foreignNames does not know %s", pattern, name)
			}
		}
		for _, name := range blanks {
			for role, list := range foreignNames[name] {
				if people[role] == nil {
					people[role] = s.as(role)
				}
				for _, f := range list {
					for _, rest := range s.filled(path, name, f.there) {
						there, absent := strings.ReplaceAll(rest, name, f.there), strings.ReplaceAll(rest, name, f.absent)
						tried++
						for _, form := range sendable(method, rest) {
							a, b := ask(people[role], method, there, form), ask(people[role], method, absent, form)
							if f.same(a) != f.same(b) {
								t.Errorf("%s: %s %s is answered with %d, and %s with %d: %s", role, method, there, a.Code, absent, b.Code, firstDifference(f.same(b), f.same(a)))
							}
							if a.Code < 400 {
								t.Errorf("%s: %s %s is answered with %d", role, method, there, a.Code)
							}
						}
					}
				}
			}
		}
	}
	if tried < 300 || s.everything() != quiet {
		t.Errorf("%d addresses tried, want 300 at least, and nothing changed", tried)
	}
}

// filled fills the other blanks of a route: every kind of entry, and the
// entries of that kind that the record has.
func (s *site) filled(path, name, id string) (list []string) {
	path = strings.NewReplacer("{data}", "data", "{run}", "stepwise", "{n}", "1").Replace(path)
	subject := map[string]plumbline.Kind{"{operation}": plumbline.KindOperation, "{unit}": plumbline.KindUnit, "{programme}": plumbline.KindProgramme, "{area}": plumbline.KindArea, "{dialogue}": plumbline.KindDialogue, "{study}": plumbline.KindStudy, "{matter}": plumbline.KindMatter}[name]
	kinds := plumbline.Kinds(subject)
	if !strings.Contains(path, "{kind}") {
		kinds = []plumbline.Kind{plumbline.KindPresence}
	}
	for _, kind := range kinds {
		filled := strings.ReplaceAll(path, "{kind}", string(kind))
		if !strings.Contains(path, "{entry}") {
			list = append(list, filled)
			continue
		}
		entries := append(s.entriesOf(subject, plumbline.ID(id), kind), "no-entry")
		for _, e := range entries[:min(2, len(entries))] {
			list = append(list, strings.ReplaceAll(filled, "{entry}", string(e)))
		}
	}
	return list
}

// sendable are the forms that a route is tried with: none of a page, and of
// what takes forms an empty one, a new entry and a correction.
func sendable(method, path string) []url.Values {
	if method == "GET" {
		return []url.Values{nil}
	}
	fields := url.Values{"id": {"new-entry"}, "title": {"Title"}, "name": {"Name"}, "origin": {"fictional"}, "kind": {"threat"}, "teller": {"Us"}, "state": {"held"}, "role": {"reader"}, "user": {"new-user"}, "how_many": {"1"}, fieldReason: {"Because"}}
	first, later := formWith(fields, fieldVersion, "0"), formWith(fields, fieldVersion, "1")
	return []url.Values{{}, first, later, formWith(later, "origin", "public_record")}
}

func formWith(v url.Values, name, value string) url.Values {
	out := url.Values{name: {value}}
	for k, list := range v {
		if k != name {
			out[k] = slices.Clone(list)
		}
	}
	return out
}

func ask(v *visitor, method, address string, form url.Values) *answer {
	if method == "GET" {
		return v.get(address)
	}
	return v.post(address, form)
}

// An account that waits for the unit's own is, to its liaison, not there.
func TestWaitingAccountLooksAbsent(t *testing.T) {
	s := newSite(t)
	s.plant()
	v := s.as(plumbline.PoliceLiaison)
	f := foreign{string(hiddenTold), "none-told"}
	base := "/operations/" + string(ownOp)
	for _, path := range []string{"/entries/account/", "/entries/movement/", "/custody/", "/move/"} {
		for _, form := range sendable("POST", path) {
			for _, method := range []string{"GET", "POST"} {
				a, b := ask(v, method, base+path+f.there, form), ask(v, method, base+path+f.absent, form)
				if f.same(a) != f.same(b) || a.Code < 400 {
					t.Errorf("%s %s: %d, and %d where there is none: %s", method, path, a.Code, b.Code, firstDifference(f.same(b), f.same(a)))
				}
			}
		}
	}
}

// openRoutes are those that answer to nobody in particular.
var openRoutes = []string{"GET /healthz", "GET /assets/", "GET /sign-in", "POST /sign-in", "GET /sign-in/{token}", "POST /sign-in/passkey", "POST /sign-in/passkey/offer", "POST /sign-out", "GET /how-we-count", "GET /leave",
	"GET /reply/{token}", "POST /reply/{token}", "GET /say", "POST /say", "GET /say/answer", "POST /say/answer"}

// publicRoutes are those that visitors see on a site that is public: what is
// published, and how things are done. The store refuses a visitor whatever else
// they ask for; TestAttackersSeeNothing goes as one too.
var publicRoutes = []string{
	"GET /{$}", "GET /protocols", "GET /protocols/{protocol}", "GET /protocols/{protocol}/{rule}", "GET /claims", "GET /claims.csv", "GET /claims.json", "GET /claims/map",
	"GET /claims/compare", "GET /claims/about", "GET /claims/words", "GET /claims/positions", "GET /claims/policy", "GET /claims/parked", "GET /claims/citations", "GET /claims/sources", "GET /claims/sources.csv", "GET /claims/{claim}", "GET /claims/{claim}/thread", "GET /contradictions", "GET /contradictions/{contradiction}", "GET /published",
	"GET /published/catalogue.jsonld", "GET /published/policy.txt", "GET /published/log.zip", "GET /published/{release}", "GET /published/{release}/{file}",
	"GET /common-ground", "GET /how-to-check", "GET /how-figures-are-protected", "GET /how-estimates-are-made", "GET /log/growth", "GET /log/{name...}", "GET /figures/", "GET /who-may-do-what",
}

// Whoever is not signed in is sent to sign in, wherever they go, and changes
// nothing. A route that is open to all is in the list above, with thought.
func TestNobodyGetsIn(t *testing.T) {
	s := newSite(t)
	source, err := os.ReadFile("routes.go")
	if err != nil {
		t.Fatal(err)
	}
	quiet := s.everything()
	v := s.visitor()
	v.cookies[sessionCookie] = "a-session-that-never-was"
	for _, pattern := range routePatterns(t) {
		if isPublic := strings.Contains(string(source), fmt.Sprintf(`m.Handle("%s", s.public(`, pattern)); isPublic && !slices.Contains(publicRoutes, pattern) {
			t.Errorf("%s is open to visitors and not in publicRoutes", pattern)
		}
		if slices.Contains(openRoutes, pattern) || slices.Contains(publicRoutes, pattern) {
			continue
		}
		if strings.Contains(string(source), fmt.Sprintf(`m.Handle("%s", s.open(`, pattern)) {
			t.Errorf("%s is open to everybody and not in openRoutes", pattern)
		}
		method, _, _ := strings.Cut(pattern, " ")
		for _, address := range addresses(s, pattern) {
			a := ask(v, method, address, url.Values{"id": {"x"}, "title": {"x"}})
			sent := a.Code == http.StatusSeeOther && a.Header().Get("Location") == "/sign-in"
			if back := method == "POST" && a.Code == http.StatusUnauthorized; !sent && !back {
				t.Errorf("%s %s answers nobody with %d", method, address, a.Code)
			}
		}
	}
	if s.everything() != quiet {
		t.Error("nobody has changed something")
	}
}

//go:build unix

package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline"
)

// A visitor finds nothing on the pages for visitors that leads to a closed
// door, and no button but those for signing in.
func TestVisitorsAreNotSentAway(t *testing.T) {
	s := newSite(t)
	c := &crawl{v: s.visitor(), seen: map[string]bool{}, forms: map[string]url.Values{}, asked: map[string]int{}}
	c.visit("/")
	for i := 0; i < len(c.queue); i++ {
		address := c.queue[i]
		a := c.v.get(address)
		if a.Code != http.StatusOK {
			t.Errorf("a link for visitors leads to %s: %d", address, a.Code)
			continue
		}
		if a.page == nil {
			continue
		}
		leaves := false
		for _, link := range a.page.all("a") {
			if _, away := link.attr["data-leave"]; away {
				leaves = link.attr["href"] == "/leave"
				continue
			}
			c.visit(link.attr["href"])
		}
		if !leaves {
			t.Errorf("%s has no way to leave at once", address)
		}
		for _, f := range a.page.all("form") {
			if to := f.attr["action"]; f.attr["method"] == "post" && !strings.HasPrefix(to, "/sign-in") && !strings.HasPrefix(to, "/say") {
				t.Errorf("%s offers a visitor to send %s", address, to)
			}
		}
	}
	for _, want := range []string{"/claims/C-B62", "/contradictions/X-27", "/protocols/rights-standards/PLN-01", "/who-may-do-what", "/how-we-count", "/figures/nrm-uk"} {
		if !c.seen[want] {
			t.Errorf("no way leads a visitor to %s", want)
		}
	}
}

// Where there are no pages for visitors, each of them asks to sign in. Whoever
// was met can say something on every site.
func TestClosedSite(t *testing.T) {
	s := newSite(t)
	var err error
	if s.web, err = New(Options{Store: s.db, Demo: true}); err != nil {
		t.Fatal(err)
	}
	v := s.visitor()
	for _, pattern := range routePatterns(t) {
		path, isGet := strings.CutPrefix(pattern, "GET ")
		if !isGet || path == "/healthz" || path == "/assets/" || path == "/how-we-count" || path == "/leave" || strings.HasPrefix(path, "/sign-in") || strings.HasPrefix(path, "/reply/") || strings.HasPrefix(path, "/say") {
			continue
		}
		for _, address := range addresses(s, pattern) {
			if a := v.get(address); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/sign-in" {
				t.Errorf("%s: %d, want the sign-in page", address, a.Code)
			}
		}
	}
	if links := v.ok("/sign-in").page.all("nav"); len(links) > 0 {
		t.Error("the sign-in page of a closed site leads to its pages")
	}
	s.as(plumbline.Reader).ok("/claims")
}

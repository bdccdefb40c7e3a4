//go:build unix

package web

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"plumbline"
)

var receipt = regexp.MustCompile(`[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}`)

// Somebody without an account or script says something, keeps the receipt, and
// reads the answer. What was said is in no address, log or page but that of the
// organisation it went to.
func TestSaySomething(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	form := v.get("/say")
	code := receipt.FindString(form.Body.String())
	if form.Code != http.StatusOK || code == "" || !strings.Contains(form.Body.String(), "data-leave") || strings.Contains(form.Body.String(), "data-draft") {
		t.Fatalf("the form is answered with %d, a code %t", form.Code, code != "")
	}
	const word = "zeppelinsonate"
	typed := url.Values{"code": {code}, "text": {"The " + word + " was there"}, "reach": {"at the " + word}, "advocate": {"yes"}}
	if a := v.post("/say", typed); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), "The "+word+" was there") || !strings.Contains(a.Body.String(), code) {
		t.Errorf("without an organisation: %d, and what was typed is lost", a.Code)
	}
	typed.Set("organisation", "org-harbour-police")
	if a := v.post("/say", typed); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("to the police: %d", a.Code)
	}
	typed.Set("organisation", "org-lime-house")
	for range 2 { // a resend gets the same receipt
		if a := v.post("/say", typed); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), code) || strings.Contains(a.Body.String(), word) {
			t.Fatalf("sent: %d", a.Code)
		}
	}
	ask := func(code, do string) *answer { return v.post("/say/answer", url.Values{"code": {code}, "do": {do}}) }
	if a := ask(code, ""); a.Code != http.StatusOK || strings.Contains(a.Body.String(), word) {
		t.Errorf("before the answer: %d", a.Code)
	}
	if one, two := ask("aaaa-bbbb-cccc-dddd", ""), ask("", ""); one.Code != http.StatusUnprocessableEntity || one.Body.String() != two.Body.String() {
		t.Errorf("a wrong code is answered with %d, none with %d", one.Code, two.Code)
	}

	worker := s.as(plumbline.Worker)
	page := worker.get("/heard").Body.String()
	action := regexp.MustCompile(`action="(/heard/[a-z0-9]+)"`)
	at := strings.Index(page, word)
	if at < 0 {
		t.Fatal("its organisation does not read it")
	}
	address := action.FindStringSubmatch(page[at:])[1]
	for _, role := range plumbline.Role("").Values() {
		if role == string(plumbline.Worker) {
			continue
		}
		other := s.as(plumbline.Role(role))
		if a := other.get("/heard"); strings.Contains(a.Body.String(), word) {
			t.Errorf("%s reads it", role)
		}
		if a := other.post(address, url.Values{"text": {"No."}, "before": {"0"}}); a.Code != http.StatusNotFound && a.Code != http.StatusForbidden {
			t.Errorf("%s answers it: %d", role, a.Code)
		}
	}
	if a := worker.post(address, url.Values{"text": {"We were there too."}, "advocate": {"peer"}, "before": {"0"}}); a.Code != http.StatusSeeOther || strings.Contains(a.Header().Get("Location"), word) {
		t.Errorf("answered: %d", a.Code)
	}
	if a := ask(code, ""); !strings.Contains(a.Body.String(), "We were there too.") || !strings.Contains(a.Body.String(), "somebody of a worker-led group") {
		t.Errorf("the answer does not come: %d", a.Code)
	}
	if content, err := os.ReadFile(s.file); err != nil || strings.Contains(string(content), word) {
		t.Errorf("the database holds what was said: %v", err)
	}
	if content, err := os.ReadFile(s.file + "-wal"); err == nil && strings.Contains(string(content), word) {
		t.Error("the database's log holds what was said")
	}
	if log := s.log.String(); strings.Contains(log, word) || strings.Contains(log, code) {
		t.Error("the log holds what was said")
	}
	if a := ask(code, "delete"); a.Code != http.StatusOK || ask(code, "").Code != http.StatusUnprocessableEntity {
		t.Errorf("it is not deleted: %d", a.Code)
	}
	if strings.Contains(worker.get("/heard").Body.String(), word) {
		t.Error("what was deleted is still read")
	}
}

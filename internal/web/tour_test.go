//go:build unix

package web

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"plumbline"
)

// Every address of the tour opens for the role that the tour names, and is
// labelled; and what it says is refused is refused.
func TestTour(t *testing.T) {
	text, err := os.ReadFile("../../doc/tour.md")
	if err != nil {
		t.Fatal(err)
	}
	s := siteOf(t, grown)
	people := map[plumbline.Role]*visitor{"": s.visitor()}
	roles := map[string]plumbline.Role{"Coordinator": plumbline.Coordinator, "Police liaison": plumbline.PoliceLiaison, "As the reader": plumbline.Reader, "As the analyst": plumbline.Analyst}
	address := regexp.MustCompile("`(/[^`]*)`")
	var role plumbline.Role
	opened := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "## How") {
			break
		}
		for name, r := range roles {
			if strings.HasPrefix(line, "## "+name) || strings.Contains(line, name) {
				role = r
			}
		}
		if people[role] == nil {
			people[role] = s.as(role)
		}
		for _, found := range address.FindAllStringSubmatch(line, -1) {
			opened++
			want := http.StatusOK
			if strings.Contains(line, "404") {
				want = http.StatusNotFound
			}
			if a := people[role].get(found[1]); a.Code != want {
				t.Errorf("%s as %q: %d, want %d", found[1], role, a.Code, want)
			}
		}
	}
	people[plumbline.PoliceLiaison].ok("/operations/mill-lane-vice/accounts").says("File your unit’s own account first.")
	if opened < 18 {
		t.Errorf("the tour has %d addresses, want 18 or more", opened)
	}
}

// Whatever page shows the coalition says that it is made up, and so does what
// is taken out or printed.
func TestCoalitionIsLabelled(t *testing.T) {
	s := siteOf(t, grown)
	v := s.as(plumbline.Coordinator)
	labels := []string{"Fictional coalition for trying things out. Nobody here exists.", "The public record of real operations, beside a fictional coalition for trying things out. Each entry says which it is."}
	for _, page := range []string{"/", "/operations", "/operations?origin=fictional", "/unaccounted", "/operations/compare?by=kind", "/operations/blue-door", "/operations/blue-door/balance", "/operations/blue-door/accounts",
		"/operations/blue-door/findings", "/operations/blue-door/history", "/operations/blue-door/record", "/operations/blue-door/entries/movement/new", "/operations/ropery-yard/custody/ropery-yard-p-01",
		"/units", "/units/unit-saltmarsh", "/organisations", "/organisations/org-lime-house", "/ledger"} {
		a := v.ok(page)
		if !strings.Contains(a.text(), labels[0]) && !strings.Contains(a.text(), labels[1]) {
			t.Errorf("%s does not say that it is made up", page)
		}
	}
	style, err := embedded.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	if hidden := regexp.MustCompile(`@media print \{[^\n]*\.notice[^{}]*\{ display: none`); hidden.Match(style) {
		t.Error("the label is not printed")
	}
	file := v.ok("/operations/export?origin=fictional")
	var taken struct {
		Operations    []struct{ Operation plumbline.Operation }
		Organisations []plumbline.Organisation
	}
	if err := json.Unmarshal(file.Body.Bytes(), &taken); err != nil {
		t.Fatal(err)
	}
	for _, r := range taken.Operations {
		if r.Operation.Origin != "fictional" {
			t.Errorf("the file has %s as %q", r.Operation.ID, r.Operation.Origin)
		}
	}
	for _, o := range taken.Organisations {
		if o.Origin != "fictional" {
			t.Errorf("the file has %s as %q", o.ID, o.Origin)
		}
	}
	if len(taken.Operations) < 55 {
		t.Errorf("the file has %d operations, want 55 or more", len(taken.Operations))
	}
}

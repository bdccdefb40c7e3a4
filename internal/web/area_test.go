package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline"
	"plumbline/internal/store"
)

func (s *site) areaOf(id plumbline.ID) *plumbline.AreaRecord {
	s.t.Helper()
	d, err := s.db.Shared(s.t.Context(), clinicCoordinator, store.Subject{Kind: plumbline.KindArea, ID: id})
	if err != nil {
		s.t.Fatal(err)
	}
	return d.Shared.(*plumbline.AreaRecord)
}

// A clinic's file comes in whole and in its own name, twice without harm, or
// not at all, with one error that says where.
func TestContactsFile(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	const address = "/areas/harbour-district/contacts"
	before := len(s.areaOf("harbour-district").Contacts)
	quiet := s.everything()
	for body, says := range map[string]string{
		"month,service,contacts\n2027-01,clinic,5\n2027-02,clinic,a few\n": "Row 3, column “contacts”",
		"month,service,contacts\n2027-01,clinic\n":                         "Row 2: This row has 2 fields",
		"month,service,contacts,new\n2027-01,clinic,5,6\n":                 "it is a part of 5",
		"month,service\n": "no rows",
		"":                "empty",
		"month;service;name\n2027-01;clinic;Somebody\n": "Row 1, column “name”",
	} {
		a := v.send(address, "counts.csv", []byte(body))
		if text := a.Body.String(); a.Code != http.StatusUnprocessableEntity || !strings.Contains(text, says) {
			t.Errorf("%q is answered with %d; it lacks %q", body, a.Code, says)
		}
	}
	if s.everything() != quiet {
		t.Fatal("a file that was refused has left something")
	}
	file := []byte("month,service,setting,contacts\n2027-01,clinic,,5\n2027-02,clinic,venue,0\n")
	for _, said := range []string{"contacts_brought", "contacts_same"} {
		if a := v.send(address, "counts.csv", file); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/areas/harbour-district?said="+said {
			t.Errorf("the file is answered with %d and sent to %s, want %s", a.Code, a.Header().Get("Location"), said)
		}
	}
	after := s.areaOf("harbour-district").Contacts
	if len(after) != before+2 || after[before].Organisation != "org-lime-house" {
		t.Errorf("%d counts, want %d, told by %s", len(after), before+2, after[before].Organisation)
	}
}

// Whose an entry is nobody types: it is of who writes it. What is small is
// seen by its teller alone.
func TestAreaPages(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	form := v.ok("/areas/harbour-district/entries/violence/new").Body.String()
	if strings.Contains(form, `name="by_organisation"`) || !strings.Contains(form, `name="from.month"`) {
		t.Error("the form asks whose the entry is, or not when it was")
	}
	v.sent("/areas/harbour-district/entries/violence/new", url.Values{"id": {"ours"}, "source": {"family"}, "policing": {"none"}, "reports": {"3"}, "by_organisation": {"org-bridge-street-clinic"}, fieldVersion: {"0"}})
	r := s.areaOf("harbour-district")
	told := r.Find("ours").(*plumbline.ViolenceReports)
	if told.Organisation != "org-lime-house" || told.Reports != plumbline.Between(0, 4) {
		t.Errorf("told by %q: another sees %v", told.Organisation, told.Reports)
	}
	page := func(v *visitor) string {
		text := v.ok("/areas/harbour-district").Body.String()
		_, rest, _ := strings.Cut(text, `id="violence"`)
		table, _, _ := strings.Cut(rest, "</table>")
		_, row, _ := strings.Cut(table, "Family")
		row, _, _ = strings.Cut(row, "</tr>")
		return row
	}
	if got := page(v); !strings.Contains(got, ">3 <") || strings.Contains(got, "fewer than") {
		t.Errorf("its teller reads %s", got)
	}
	if got := page(s.as(plumbline.Monitor)); !strings.Contains(got, ">fewer than 5 <") {
		t.Errorf("another reads %s", got)
	}
}

// The two pictures have one scale, and the line of a service breaks where
// nobody told.
func TestAreaPicture(t *testing.T) {
	s := newSite(t)
	text := s.as(plumbline.Coordinator).ok("/areas/harbour-district").Body.String()
	_, figure, found := strings.Cut(text, `<figure class="fig">`)
	first, rest, _ := strings.Cut(figure, "</figure>")
	_, second, compared := strings.Cut(rest, `<figure class="fig">`)
	second, _, _ = strings.Cut(second, "</figure>")
	if !found || !compared {
		t.Fatal("two pictures are wanted")
	}
	for i, svg := range []string{first, second} {
		if !strings.Contains(svg, ">300</text>") || !strings.Contains(svg, ">150</text>") {
			t.Errorf("picture %d has another scale", i)
		}
		if n := strings.Count(svg, `<path class="p-series" `); n != 3 { // before and after the gap, and the sign at the name
			t.Errorf("picture %d: the clinic's line has %d parts, want 3", i, n)
		}
	}
	if strings.Count(first, "▼") < 4 || !strings.Contains(first, "shut by owners; before: a police operation") {
		t.Error("the first picture lacks operations or both causes")
	}
}

//go:build unix

package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline"
)

// Pages that gather claims say what the rules find, and have no others.
func TestClaimReadPages(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	v.ok("/claims/citations").says("“ibid.” leads to asia-watch-1994", "Source older than what it is cited for", "No page")
	one := v.ok("/claims/citations?code=older-than-event")
	if one.says("C-B36"); strings.Contains(one.text(), "C-B03") {
		t.Error("another fault than the one asked for is listed")
	}
	v.ok("/claims/about").says("Project Lantern, Cebu", "9 claims")
	v.ok("/claims/about?name="+url.QueryEscape("Project Lantern, Cebu")).says("How long it lasted is told differently", "Years: 3.5", "method shown in part", "something else is counted")
	v.ok("/claims/words").says("Removed", "Taken out of a place by somebody", "“rescue”, in quotation marks", "What is meant is not told")
	v.ok("/claims/positions").says("First the interpreter and the lawyer.", "Read by others as", "The association wants no operations at all")
	v.ok("/claims/policy").says("no claim supports it", "contested", "Claims that stand against it")
	v.ok("/claims/parked").says("That denial is untrue", "it names no source")
	v.ok("/claims/sources").says("It says of itself that it is a student’s view", "law review", "evaluation")
	v.ok("/claims/C-B36").says("1996 to 2006", "In doubt:", "note vii", "Source older than what it is cited for")
	v.ok("/claims/C-F07").says("led by the claimant", "of people whom the claimant trained", "no basis shown")
	v.ok("/claims/C-B04").says("Between 1 and 2 years old when the document was made")
	v.ok("/claims/C-N37").says("One story (n = 1), chosen by", "the organisation whose client she is")
	v.ok("/claims/compare?claims=L-07+L-08").says("Their sum", ">71 people who came")
	v.ok("/claims/compare?claims=C-N14+C-F07").says("What may not stand in one line is not added either.")
	for _, address := range []string{"/claims/citations?code=nothing", "/claims/about?name=nothing"} {
		if a := v.get(address); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", address, a.Code)
		}
	}
	if text := v.get("/claims/sources.csv").Body.String(); !strings.HasPrefix(text, "source_id,title,kind,date,disclaimer,read\r\n") || !strings.Contains(text, "lantern-2010") {
		t.Errorf("the file of sources: %.200s", text)
	}
}

// Sources are looked at and brought in on the page for claims; what was noted
// of a claim is corrected on its form, and what is wrong there is said beside
// the field.
func TestReadingForms(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	quiet := s.unchanged("looking at a file of sources")
	a := v.sendFileTo("/claims/import", "sources.csv", "text/csv", []byte("source_id,title,kind,date,read\nhrw-2002,Young trafficking victims,statement,2002-06-23,A. Reader on 2026-11-01\nnew-1,Another,report,2025,\n"))
	a.says("sources.csv can be brought in", "Another", "Why do you correct this?")
	quiet()
	bring := url.Values{}
	for _, f := range a.page.all("form") {
		if f.attr["action"] == "/claims/import/bring-in" {
			bring = f.values()
		}
	}
	bring.Set("reason", "Read")
	v.sent("/claims/import/bring-in", bring)
	s.visitor().ok("/claims/sources").says("A. Reader on 2026-11-01", "Another")
	s.visitor().ok("/claims/C-B12").says("source read")

	form := v.ok("/claims/C-B18/correct").form()
	form.Set("method", "guess")
	form.Set("entry-reason", "Read again")
	if a := v.post("/claims/C-B18/correct", form); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a method that is none: %d", a.Code)
	} else {
		a.says("“guess” does not say how a figure was made")
	}
	form.Set("method", "witness: who = the author")
	v.sent("/claims/C-B18/correct", form)
	s.visitor().ok("/claims/C-B18").says("told by who saw it", "Corrections", "witness: who = the author")
}

//go:build unix

package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/exchange"
)

const ourClaims = "claim_id,claimant,document,locator,paraphrase,figure,unit,stance_target\n" +
	"Q-1,Quayside University,Working paper,p. 1,Twelve were met,12,people met,contests:C-B56\n"

// A file of claims is looked at first, then brought in; a second one corrects,
// and says why.
func TestImportClaimsPage(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	quiet := s.unchanged("looking at a file")
	a := v.sendFileTo("/claims/import", "ours.csv", "text/csv", []byte(ourClaims))
	a.says("ours.csv can be brought in", "Twelve were met")
	quiet()
	bring := url.Values{}
	for _, f := range a.page.all("form") {
		if f.attr["action"] == "/claims/import/bring-in" {
			bring = f.values()
		}
	}
	v.sent("/claims/import/bring-in", bring).says("Everything in the file has been brought in.")
	s.visitor().ok("/claims/Q-1").says("Twelve were met", "It contests")
	s.visitor().ok("/claims/C-B56").says("Contested by", "Quayside University")
	if a := v.post("/claims/import/bring-in", bring); a.Code != http.StatusConflict {
		t.Errorf("the same again: %d", a.Code)
	}
	v.sendFileTo("/claims/import", "ours.csv", "text/csv", []byte(ourClaims)).says("is here already, and alike")

	a = v.sendFileTo("/claims/import", "ours.csv", "text/csv", []byte(strings.ReplaceAll(strings.Replace(ourClaims, "Twelve", "Thirteen", 1), "12", "13")))
	a.says("Before", "Twelve were met", "Thirteen were met", "Why do you correct this?")
	for _, f := range a.page.all("form") {
		if f.attr["action"] == "/claims/import/bring-in" {
			bring = f.values()
		}
	}
	if a := v.post("/claims/import/bring-in", bring); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", a.Code)
	} else {
		a.says("Say why you correct this")
	}
	bring.Set("reason", "Counted again")
	v.sent("/claims/import/bring-in", bring)
	s.visitor().ok("/claims/Q-1").says("Corrections", "Twelve were met", "Counted again")

	for text, want := range map[string]string{
		strings.Replace(ourClaims, "C-B56", "C-X9", 1): "there is no claim \"C-X9\"",
		"PK\x03\x04":   "packed",
		"a,b\n1,2\n":   "no column \"claim_id\"",
		"claim_id\x00": "",
	} {
		a := v.sendFileTo("/claims/import", "bad.csv", "text/csv", []byte(text))
		if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.text(), want) {
			t.Errorf("%q: %d\n%s", text, a.Code, a.text())
		}
	}
	if a := s.as(plumbline.Monitor).sendFileTo("/claims/import", "ours.csv", "text/csv", []byte(ourClaims)); a.Code != http.StatusForbidden {
		t.Errorf("a monitor brings in a file: %d", a.Code)
	}
}

func TestCorrectClaimPage(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	form := v.ok("/claims/C-N22/correct").form()
	if form.Get("link-how-0") == "" {
		t.Fatalf("the links are not in the form: %v", form)
	}
	again := form
	again.Set("locator", "N:Burk2, line 5")
	if a := v.post("/claims/C-N22/correct", again); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", a.Code)
	} else if got := a.form().Get("locator"); got != "N:Burk2, line 5" {
		t.Errorf("what was typed is lost: %q", got)
	}
	again.Set("entry-reason", "The wrong line")
	bad := url.Values{}
	for name, values := range again {
		bad[name] = values
	}
	bad.Set("link-to-0", "C-X9")
	bad.Set("figure", "a lot")
	if a := v.post("/claims/C-N22/correct", bad); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a figure that is none: %d", a.Code)
	} else {
		a.says("“a lot” is not a figure")
	}
	bad.Set("figure", again.Get("figure"))
	if a := v.post("/claims/C-N22/correct", bad); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a link to nobody: %d", a.Code)
	} else {
		a.says("There is no claim “C-X9”.")
	}
	more := url.Values{}
	for name, values := range again {
		more[name] = values
	}
	more.Set("more", "stance_target")
	more.Set("link-how-2", "contests")
	more.Set("link-to-2", "C-N21")
	quiet := s.unchanged("asking for another row")
	if a := v.post("/claims/C-N22/correct", more); a.Code != http.StatusOK || !a.form().Has("link-how-3") {
		t.Errorf("another row of links: %d", a.Code)
	}
	quiet()
	v.sent("/claims/C-N22/correct", again).says("Corrected.", "The wrong line", "Coordinator, Harbour Legal Aid")
	page := s.visitor().ok("/claims/C-N22")
	page.says("Corrections: what stood here before", "The wrong line", "N:Burk2, line 5")
	if strings.Contains(page.text(), "Coordinator, Harbour Legal Aid") {
		t.Error("a visitor is told who corrected it")
	}
	// Somebody else was quicker: both texts are shown, and nothing is lost.
	late := again
	late.Set("locator", "N:Burk2, line 6")
	a := v.post("/claims/C-N22/correct", late)
	if a.Code != http.StatusUnprocessableEntity {
		t.Fatalf("with an old version: %d", a.Code)
	}
	a.says("Somebody changed this while you were writing", "N:Burk2, line 5", "N:Burk2, line 6")

	// Links keep their reasons.
	r, err := s.db.Claims(t.Context())
	if err != nil || r.Claim("C-N22").Links[1].Why == "" {
		t.Errorf("the reason of a link is lost: %v, %v", r.Claim("C-N22").Links, err)
	}
	form = v.ok("/claims/new").form()
	for name, value := range map[string]string{"claim_id": "Q-9", "claimant": "Quayside University", "document": "Paper", "locator": "p. 1", "paraphrase": "So it is", "definition": "counted at the door", "figure": "3", "unit": "people"} {
		form.Set(name, value)
	}
	v.sent("/claims/new", form).says("So it is", "counted at the door")
	if a := v.post("/claims/new", form); a.Code != http.StatusSeeOther {
		t.Errorf("sent again: %d", a.Code)
	}
	form.Set("paraphrase", "So it is not")
	if a := v.post("/claims/new", form); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("another under the same id: %d", a.Code)
	}
}

// A claimant with a link and no account reads, keeps a draft, sends, and sends
// a better one. All of it works without script.
func TestReplyPages(t *testing.T) {
	s := newSite(t)
	coordinator := s.as(plumbline.Coordinator)
	made := coordinator.post("/claims/L-02/replies", url.Values{"do": {"invite"}})
	if made.Code != http.StatusOK {
		t.Fatalf("make a link: %d\n%s", made.Code, made.text())
	}
	_, token, found := strings.Cut(made.page.all("pre")[0].text(), "/reply/")
	if !found {
		t.Fatalf("no link is shown:\n%s", made.text())
	}
	token = strings.TrimSpace(token)
	if again := coordinator.ok("/claims/L-02/replies"); strings.Contains(again.Body.String(), token) {
		t.Error("the link is shown twice")
	}
	address := "/reply/" + token
	claimant := s.visitor()
	claimant.ok(address).says("Police rescued sixteen at Pier Street", "Harbour Legal Aid sent you a link", "Leave this page")
	if a := claimant.get("/leave"); a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Location"), "https://") || a.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("leaving: %d to %q, referrer %q", a.Code, a.Header().Get("Location"), a.Header().Get("Referrer-Policy"))
	}
	quiet := s.unchanged("a draft")
	claimant.sent(address, url.Values{"do": {"keep"}, "text": {"We printed what"}}).says("Kept, and not sent", "It has not been sent")
	quiet()
	form := claimant.ok(address).form()
	if form.Get("text") != "We printed what" {
		t.Fatalf("the draft is lost: %v", form)
	}
	if a := claimant.post(address, form); a.Code != http.StatusUnprocessableEntity || a.form().Get("text") != "We printed what" {
		t.Errorf("without a name: %d", a.Code)
	}
	form.Set("name", "The editor <b>")
	form.Set("text", "We printed what we were told.\r\nWe will ask again.")
	claimant.sent(address, form).says("Sent. Your reply stands beside the claim.", "Put another in its place")
	page := s.visitor().ok("/claims/L-02")
	page.says("We printed what we were told.", "says they are The editor <b> · invited by Harbour Legal Aid · not checked", "answered")
	form.Set("text", "It was fourteen.")
	claimant.sent(address, form)
	s.visitor().ok("/claims/L-02").says("It was fourteen.", "An earlier reply", "We printed what we were told.")

	// Nobody else's page lets anybody do what is the inviter's.
	if a := s.as(plumbline.Reader).get("/claims/L-02/replies"); a.Code != http.StatusForbidden {
		t.Errorf("a reader sees who was invited: %d", a.Code)
	}
	manage := coordinator.ok("/claims/L-02/replies")
	manage.says("answered 2 times")
	of := manage.page.all("form")
	var link string
	for _, f := range of {
		if id := f.values().Get("of"); id != "" {
			link = id
		}
	}
	coordinator.sent("/claims/L-02/replies", url.Values{"do": {"withhold"}, "of": {link}, "reason": {"It names a child."}}).says("It names a child.", "It was fourteen.")
	if page := s.visitor().ok("/claims/L-02"); strings.Contains(page.text(), "fourteen.") {
		t.Error("a reply that is withheld is shown")
	} else {
		page.says("This reply is withheld: It names a child.")
	}
	if a := claimant.get(address); a.Code != http.StatusNotFound {
		t.Errorf("the link of a reply that is withheld: %d", a.Code)
	}
	coordinator.sent("/claims/L-02/replies", url.Values{"do": {"show"}, "of": {link}})
	s.visitor().ok("/claims/L-02").says("It was fourteen.")
	for _, text := range []string{token, "editor", "printed"} {
		if strings.Contains(s.log.String(), text) {
			t.Errorf("the log tells %q", text)
		}
	}
	if a := claimant.do("POST", address, "application/x-www-form-urlencoded", strings.NewReader("text="+strings.Repeat("x", MaxForm))); a.Code != http.StatusUnprocessableEntity && a.Code != http.StatusNotFound {
		t.Errorf("too much: %d", a.Code)
	}
	foreign := s.visitor()
	foreign.header.Set("Origin", "https://elsewhere.test")
	foreign.header.Set("Sec-Fetch-Site", "cross-site")
	if a := foreign.post("/reply/"+s.replyToken("L-02"), url.Values{"name": {"x"}, "text": {"y"}}); a.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", a.Code)
	}
}

// Who tries links has to wait.
func TestReplyLinksAreNotGuessed(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	for i := range 100 {
		if a := v.get(fmt.Sprint("/reply/guess-", i)); a.Code == http.StatusTooManyRequests {
			if a.Header().Get("Retry-After") == "" {
				t.Error("nobody says how long")
			}
			return
		}
	}
	t.Error("a hundred links were tried without a wait")
}

func TestClaimFiles(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	csv := v.ok("/claims.csv")
	sheet, err := figure.ReadSheet(strings.NewReader(csv.Body.String()), "claims.csv")
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.db.Claims(t.Context())
	if err != nil || len(sheet.Claims) != len(r.Claims) {
		t.Fatalf("the file has %d claims: %v", len(sheet.Claims), err)
	}
	m, err := r.Merge(sheet)
	if err != nil || len(m.New)+len(m.Changed) > 0 {
		t.Errorf("brought in again the file changes something: %d, %d, %v", len(m.New), len(m.Changed), err)
	}
	var all struct {
		Claims []struct {
			figure.Claim
			Status []figure.Status `json:"status"`
		} `json:"claims"`
	}
	if err := json.Unmarshal(v.ok("/claims.json").Body.Bytes(), &all); err != nil || len(all.Claims) != len(r.Claims) || len(all.Claims[0].Status) == 0 {
		t.Errorf("as JSON: %d claims, %v", len(all.Claims), err)
	}

	a := v.ok("/claims/C-B56.json")
	if got := a.Header().Get("Content-Type"); got != "application/ld+json" {
		t.Errorf("a claim is of the type %s", got)
	}
	var review struct {
		Context       string         `json:"@context"`
		Type          string         `json:"@type"`
		ClaimReviewed string         `json:"claimReviewed"`
		Rating        map[string]any `json:"reviewRating"`
		Item          struct {
			Type   string         `json:"@type"`
			Author map[string]any `json:"author"`
		} `json:"itemReviewed"`
	}
	if err := json.Unmarshal(a.Body.Bytes(), &review); err != nil {
		t.Fatal(err)
	}
	if review.Context != "https://schema.org" || review.Type != "ClaimReview" || review.ClaimReviewed == "" || review.Item.Type != "Claim" || review.Item.Author["name"] == "" {
		t.Errorf("not a review of a claim: %s", a.Body)
	}
	if _, rated := review.Rating["ratingValue"]; rated || review.Rating["ratingExplanation"] == "" || strings.Contains(strings.ToLower(fmt.Sprint(review.Rating["alternateName"])), "true") {
		t.Errorf("the rating judges: %v", review.Rating)
	}
	if text := v.ok("/claims/L-05.json").Body.String(); !strings.Contains(text, `"Comment"`) || !strings.Contains(text, "not checked") {
		t.Errorf("the reply is not in it: %s", text)
	}
	if a := v.get("/claims/nothing-here.json"); a.Code != http.StatusNotFound {
		t.Errorf("no such claim as JSON: %d", a.Code)
	}
}

func TestClaimPages(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	v.ok("/claims/compare?claims=C-N14+C-B54,C-F07").says("These may not stand in one line.", "It is a running total without a start")
	v.ok("/claims/compare?claims=C-N14").says("Set figures beside each other")
	v.ok("/claims/compare?claims=C-N14+C-N14").says("These are one claim.")
	v.ok("/claims/C-B33/thread?depth=1").says("One link away", "C-B30")
	for _, bad := range []string{"/claims/C-B33/thread?depth=9", "/claims/C-B33/thread?depth=x", "/claims/map?by=colour", "/claims/map?how=same_episode", "/claims?after=nothing", "/claims?status=true"} {
		if a := v.get(bad); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", bad, a.Code)
		}
	}
	a := v.ok("/claims/map")
	numbers := 0
	for _, text := range a.page.all("text") {
		if text.has("m-n") {
			numbers++
		}
	}
	if numbers < 10 {
		t.Errorf("the map shows %d pairs", numbers)
	}
	a.says("C-N03", "On what the claims rest")
	// What is in the picture is in the table.
	r, err := s.db.Claims(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range r.Quarrels(figure.Contests, func(c *figure.Claim) string { return c.Document }) {
		a.says(fmt.Sprintf("%d: ", len(q.Pairs)))
	}
	if err := s.db.KeepChecks(t.Context(), userOf(plumbline.Coordinator), figure.ClaimCheck{Claim: "C-B04", Figure: "children-identified", Version: "1", Result: figure.CheckDiffers, Value: "9", Why: "The record has 12 fewer."}); err != nil {
		t.Fatal(err)
	}
	v.ok("/claims/C-B04").says("Held against this record", "children-identified", "The record has 12 fewer.", "differs from this record")
	v.ok("/claims?status=differs").says("C-B04")
	coordinator := s.as(plumbline.Coordinator)
	coordinator.sent("/claims/C-B62/check", url.Values{"do": {"hold"}}).says("Held against the public record.", "Held against this record")
	v.ok("/claims/C-B62").says("Held against this record")
	coordinator.sent("/claims/C-G01/check", url.Values{"do": {"hold"}}).says("No figure of the record bears on this claim.")
	if a := s.as(plumbline.Analyst).post("/claims/C-B62/check", url.Values{"do": {"hold"}}); a.Code != http.StatusForbidden {
		t.Errorf("an analyst: %d", a.Code)
	}
}

// The fields that bear on a contradiction are fields of a record.
func TestContradictionFields(t *testing.T) {
	for _, x := range exchange.Contradictions() {
		if x.Settle == "" || len(x.Fields) == 0 {
			t.Errorf("%s does not say what would settle it", x.ID)
		}
		for _, f := range x.Fields {
			kind, path, _ := strings.Cut(f, ".")
			e := plumbline.NewEntry(plumbline.Kind(kind))
			if e == nil || !hasField(e, path) {
				t.Errorf("%s names %s, which no record has", x.ID, f)
			}
		}
	}
}

// hasField reports whether an entry has a field, by its name in files.
func hasField(e plumbline.Entry, path string) bool {
	t := reflect.TypeOf(e).Elem()
	for name := range strings.SplitSeq(path, ".") {
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return false
		}
		found := false
		for i := range t.NumField() {
			if f := t.Field(i); plumbline.FieldName(f) == name {
				t, found = f.Type, true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func BenchmarkClaimPages(b *testing.B) {
	s := newSite(b)
	var file strings.Builder
	file.WriteString("claim_id,claimant,document,locator,paraphrase,figure,unit,population,period,definition_given,cited_source,stance_target,about,method,cites,words\n")
	for i := range 100_000 {
		link, noted := "", ",,,"
		if i > 10 && i%3 == 0 {
			link = fmt.Sprintf("contests:Z-%d;supports:Z-%d", i-7, i-2)
		}
		if i%4 == 0 {
			noted = fmt.Sprintf("Project %d,records: of = the register,note %d: hrw-2010,rescued = removed", i%500, i%40+1)
		}
		fmt.Fprintf(&file, "Z-%d,Organisation %d,Report %d,p. %d,Twelve people were met in the district on a day of that month and eight of them were women,12,people met,everyone present,2024,yes: present at the first count,Register of visits,%s,%s\n", i, i%97, i%400, i%50, link, noted)
	}
	sheet, err := figure.ReadSheet(strings.NewReader(file.String()), "large.csv")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.db.ImportClaims(b.Context(), userOf(plumbline.Coordinator), sheet, "", false); err != nil {
		b.Fatal(err)
	}
	if _, err := s.db.Claims(b.Context()); err != nil { // read once, as a server does
		b.Fatal(err)
	}
	for name, address := range map[string]string{
		"list": "/claims", "list/status": "/claims?status=contested", "list/words": "/claims?text=eight+nowhere", "list/last page": "/claims?after=Z-99970",
		"claim": "/claims/Z-60000", "thread": "/claims/Z-60000/thread?depth=3", "compare": "/claims/compare?claims=Z-60000+Z-60001+Z-60002+Z-60003", "map": "/claims/map",
		"about": "/claims/about", "about/one": "/claims/about?name=Project+4", "words": "/claims/words", "citations": "/claims/citations", "sources": "/claims/sources", "positions": "/claims/positions", "policy": "/claims/policy",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				s.web.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

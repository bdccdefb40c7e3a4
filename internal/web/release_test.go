//go:build unix

package web

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plumbline"
	"plumbline/figure"
)

// sendParts sends a form of parts; a field that begins with @ is a file.
func (v *visitor) sendParts(address string, fields map[string]string) *answer {
	v.s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		var part io.Writer
		var err error
		if file, ok := strings.CutPrefix(name, "@"); ok {
			part, err = w.CreateFormFile(file, "file")
		} else {
			part, err = w.CreateFormField(name)
		}
		if _, wrong := io.WriteString(part, value); errors.Join(err, wrong) != nil {
			v.s.t.Fatal(err, wrong)
		}
	}
	if err := w.Close(); err != nil {
		v.s.t.Fatal(err)
	}
	return v.do("POST", address, w.FormDataContentType(), &b)
}

var outcomes = map[string]string{"@file": "year,outcome,n\n2025,home,40\n2025,shelter,25\n2025,hospital,3\n2026,home,60\n2026,shelter,33\n2026,hospital,12\n", "by": "year, outcome", "count": "n", "min": "10", "title": "Where people were",
	"text": "Where people met were after ninety days", "numerator": "people", "denominator": "people met", "unit": "percent", "period": "2025 and 2026", "basis": "event", "population": "nobody who exists", "rule": "1",
	"exclusions": "officials\nstaff", "value": "outcome=home", "of": "all", "id": "outcomes-1", "licence": "CC-BY-4.0"}

func changed(fields map[string]string, pairs ...string) map[string]string {
	out := map[string]string{}
	for k, v := range fields {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// A release is made, approved and published by people with browsers and keys,
// and checked by somebody with neither account nor network.
func TestReleaseInThePages(t *testing.T) {
	s := newSite(t)
	key := map[plumbline.Role]string{}
	people := map[plumbline.Role]*visitor{}
	for _, role := range []plumbline.Role{plumbline.Coordinator, plumbline.Analyst} {
		people[role] = s.as(role)
		file, public, err := figure.NewKey(newReader(string(role)), figure.ApproverKey, string(role))
		if err != nil {
			t.Fatal(err)
		}
		key[role] = file
		people[role].sent("/releases/keys", url.Values{"key": {public}}).says("Your key is kept.")
	}
	analyst, coordinator := people[plumbline.Analyst], people[plumbline.Coordinator]
	if a := analyst.post("/releases/keys", url.Values{"key": {"approver ana+00000000+AAAA"}}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a key that is none: %d", a.Code)
	} else {
		a.says("is not a public key")
	}

	for _, tc := range []struct {
		change []string
		want   string
	}{
		{[]string{"denominator", ""}, "needs a denominator"},
		{[]string{"@file", "year,n\n2025,x\n"}, "outcome"},
		{[]string{"by", ""}, "no columns are named"},
		{[]string{"value", "outcome=hospital, year=2025"}, "suppressed"},
		{[]string{"id", "People Met"}, "lower-case"},
		{[]string{"@file", ""}, "file"},
		{[]string{"@file", "PK\x03\x04 no zip"}, "not a release in one file"},
		{[]string{"id", "people-met-2"}, "with this id already"},
	} {
		a := analyst.sendParts("/releases/new", changed(outcomes, tc.change...))
		if a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", tc.change, a.Code)
			continue
		}
		a.says(tc.want)
		if got := a.page.all("textarea")[0].text(); strings.TrimSpace(got) != outcomes["text"] {
			t.Errorf("%v: the definition comes back as %q", tc.change, got)
		}
	}
	if a := s.as(plumbline.Oversight).sendParts("/releases/new", outcomes); a.Code != http.StatusForbidden {
		t.Errorf("oversight proposes: %d", a.Code)
	}
	a := analyst.sendParts("/releases/new", outcomes)
	if to := a.Header().Get("Location"); a.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/releases/outcomes-1") {
		t.Fatalf("proposed: %d %s\n%s", a.Code, to, a.text())
	}
	page := coordinator.ok("/releases/outcomes-1")
	page.says("hidden counts can be known to be one")
	coordinator.ok("/").says("1 release is waiting")
	if a := s.visitor().get("/published/outcomes-1"); a.Code != http.StatusNotFound {
		t.Errorf("a visitor sees a proposal: %d", a.Code)
	}
	if a := s.as(plumbline.Worker).get("/releases/outcomes-1/release.zip"); a.Code != http.StatusNotFound {
		t.Errorf("a worker takes a proposal: %d", a.Code)
	}

	dir := t.TempDir()
	for _, role := range []plumbline.Role{plumbline.Analyst, plumbline.Coordinator} {
		f, err := figure.ParseZip(people[role].ok("/releases/outcomes-1/release.zip").Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if f["statement.json"], err = figure.Approve(f["statement.json"], key[role]); err != nil {
			t.Fatal(err)
		}
		signed, err := f.Zip()
		if err != nil {
			t.Fatal(err)
		}
		other := people[plumbline.Coordinator]
		if role == plumbline.Coordinator {
			other = analyst
			if a := coordinator.sendParts("/releases/outcomes-1", map[string]string{"do": "publish"}); a.Code != http.StatusUnprocessableEntity {
				t.Errorf("published on one approval: %d", a.Code)
			}
		}
		if a := other.sendParts("/releases/outcomes-1", map[string]string{"do": "approve", "@file": string(signed)}); a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s sends the approval of another: %d", role, a.Code)
		}
		if a := people[role].sendParts("/releases/outcomes-1", map[string]string{"do": "approve", "@file": string(signed)}); a.Code != http.StatusSeeOther {
			t.Fatalf("%s approves: %d\n%s", role, a.Code, a.text())
		}
	}
	if a := analyst.sendParts("/releases/outcomes-1", map[string]string{"do": "publish"}); a.Code != http.StatusForbidden {
		t.Errorf("an analyst publishes: %d", a.Code)
	}
	if a := coordinator.sendParts("/releases/outcomes-1", map[string]string{"do": "publish"}); a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Location"), "/published/outcomes-1") {
		t.Fatalf("publish: %d\n%s", a.Code, a.text())
	}

	// Somebody with neither account nor network.
	stranger := s.visitor()
	figures := stranger.ok("/published/outcomes-1")
	for _, text := range []string{"57.8", "percent", "of all: people met", "plumbline verify release.zip"} {
		figures.says(text)
	}
	policy, err := figure.ParsePolicy(stranger.ok("/published/policy.txt").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	data := stranger.ok("/published/outcomes-1/release.zip").Body.Bytes()
	unzip(t, stranger.ok("/published/log.zip").Body.Bytes(), dir)
	verify := func(data []byte) (failed []string) {
		f, err := figure.ParseZip(data)
		if err != nil {
			return []string{"files"}
		}
		for _, c := range figure.Verify(t.Context(), f, figure.VerifySpec{Policy: policy, Log: os.DirFS(filepath.Join(dir, "log"))}).Checks {
			if c.Result != figure.Passed && c.Check != "witnessed" {
				failed = append(failed, c.Check)
			}
		}
		return failed
	}
	if failed := verify(data); len(failed) > 0 {
		t.Errorf("what was downloaded fails %v", failed)
	}
	for i := 0; i < len(data); i += 1 + len(data)/300 { // a bit, somewhere
		other := bytes.Clone(data)
		other[i] ^= 1
		if failed := verify(other); len(failed) == 0 {
			t.Errorf("byte %d was changed, and no check fails", i)
		}
	}
	// The log's tiles are those of the zip.
	for _, name := range []string{"checkpoint", "tile/0/000.p/8", "tile/entries/000.p/8"} {
		a := stranger.ok("/log/" + name)
		kept, err := os.ReadFile(filepath.Join(dir, "log", name))
		if err != nil || !bytes.Equal(a.Body.Bytes(), kept) {
			t.Errorf("%s is not as in the zip: %v", name, err)
		}
		if cache, want := a.Header().Get("Cache-Control"), map[bool]string{true: "no-cache", false: "public, max-age=31536000, immutable"}[name == "checkpoint"]; cache != want {
			t.Errorf("%s: Cache-Control is %q, want %q", name, cache, want)
		}
	}

	// The next of the series has to bring what the first was made from.
	next := changed(outcomes, "id", "outcomes-2", "series", "outcomes-1", "corrects", "outcomes-1", "reason", "A list was counted twice.", "@file", strings.Replace(outcomes["@file"], "60", "70", 1))
	if a := analyst.sendParts("/releases/new", changed(next, "@earlier-outcomes-1", "year,outcome,n\n2025,home,41\n")); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("with a table that the first was not made from: %d", a.Code)
	} else {
		a.says("This is not the table that")
	}
	if a := analyst.sendParts("/releases/new", changed(next, "@earlier-outcomes-1", outcomes["@file"])); a.Code != http.StatusSeeOther {
		t.Errorf("a correction: %d\n%s", a.Code, a.text())
	} else {
		coordinator.ok("/releases/outcomes-2").says("What was corrected", "A list was counted twice.", "57.8 percent")
	}
	// A withdrawal is proposed, and can be taken back before it is published.
	if a := coordinator.sendParts("/releases/outcomes-1", map[string]string{"do": "withdraw", "reason": " "}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("withdrawn for no reason: %d", a.Code)
	}
	if a := coordinator.sendParts("/releases/outcomes-1", map[string]string{"do": "withdraw", "reason": "A list was counted twice."}); a.Code != http.StatusSeeOther {
		t.Errorf("withdrawn: %d\n%s", a.Code, a.text())
	}
	coordinator.ok("/releases/outcomes-1-withdrawn").says("A list was counted twice.")
	if a := coordinator.sendParts("/releases/outcomes-1-withdrawn", map[string]string{"do": "discard"}); a.Code != http.StatusSeeOther {
		t.Errorf("taken back: %d", a.Code)
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("the log has errors:\n%s", s.log.String())
	}
}

// newReader gives the same bytes for a word each time.
func newReader(word string) io.Reader { return strings.NewReader(strings.Repeat(word+"-", 200)) }

func unzip(t testing.TB, data []byte, dir string) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, r); err != nil {
		t.Fatal(err)
	}
}

// What programs read is in the form that they ask for.
func TestPublishedExports(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	rows, err := csv.NewReader(v.ok("/published/people-met-2/hxl.csv").Body).ReadAll()
	if err != nil || len(rows) < 3 || !slices.Contains(rows[1], "#date+year") || !slices.Contains(rows[1], "#affected") {
		t.Errorf("HXL: %v, %v", rows[:min(2, len(rows))], err)
	}
	for _, tag := range rows[1] {
		if !regexp.MustCompile(`^#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*$`).MatchString(tag) {
			t.Errorf("%q is no hashtag of HXL", tag)
		}
	}
	var catalogue struct {
		Type    string `json:"@type"`
		Dataset []struct {
			ID      string `json:"dct:identifier"`
			License string `json:"dct:license"`
			Status  string `json:"adms:status"`
			By      struct {
				ID string `json:"@id"`
			} `json:"dct:isReplacedBy"`
		} `json:"dcat:dataset"`
	}
	if err := json.Unmarshal(v.ok("/published/catalogue.jsonld").Body.Bytes(), &catalogue); err != nil || catalogue.Type != "dcat:Catalog" || len(catalogue.Dataset) != 6 {
		t.Fatalf("DCAT: %+v, %v", catalogue, err)
	}
	status := map[string]string{}
	for _, d := range catalogue.Dataset {
		status[d.ID] = d.Status
		if d.License != "https://spdx.org/licenses/CC-BY-4.0" || (d.By.ID != "") != (d.Status == "superseded") {
			t.Errorf("%+v", d)
		}
	}
	if status["people-met-1"] != "superseded" || status["children-met-1"] != "withdrawn" || status["people-met-2"] != "published" {
		t.Errorf("what stands: %v", status)
	}
	if bib := v.ok("/published/people-met-2/citation.bib").Body.String(); !strings.HasPrefix(bib, "@misc{people-met-2,\n") || strings.Count(bib, "{") != strings.Count(bib, "}") {
		t.Errorf("BibTeX: %s", bib)
	}
	v.ok("/published/children-met-1").says("Do not use it.")
	v.ok("/published/people-met-1").says("The figure that takes its place", "What was corrected", "was counted twice")
	if !strings.Contains(v.ok("/published/people-met-2").Body.String(), `href="/published/people-met-1#corrected0"`) {
		t.Error("a correction does not lead to what it changed")
	}
	shares, err := csv.NewReader(v.ok("/published/minors-asked-1/hxl.csv").Body).ReadAll()
	if err != nil || len(shares) != 7 || !slices.Contains(shares[1], "#indicator+lower+num") || !slices.Contains(shares[2], "confidence") {
		t.Errorf("HXL of estimates: %v, %v", shares, err)
	}
	v.ok("/protocols").says("How often, as published")
}

// firstWeight is what a page for visitors may weigh with all that it needs: on
// a bad line a journalist should not wait.
const firstWeight = 60 << 10

func TestFirstPageIsLight(t *testing.T) {
	s := siteOf(t, grown)
	v := s.visitor()
	for _, address := range []string{"/", "/published", "/published/people-met-2", "/how-to-check", "/claims/C-B62"} {
		for _, lang := range []string{"en", "ar", "es"} {
			a := v.ok(address + "?lang=" + lang)
			all, packed := a.Body.Len(), gzipped(t, a.Body.Bytes())
			for _, tag := range []struct{ name, attr string }{{"link", "href"}, {"script", "src"}, {"img", "src"}} {
				for _, n := range a.page.all(tag.name) {
					if n.attr[tag.attr] == "" || n.attr["rel"] == "alternate" {
						continue
					}
					asset := v.ok(n.attr[tag.attr]).Body.Bytes()
					all, packed = all+len(asset), packed+gzipped(t, asset)
				}
			}
			if all > firstWeight {
				t.Errorf("%s in %s weighs %d bytes (%d packed), more than %d", address, lang, all, packed, firstWeight)
			}
			t.Logf("%s in %s: %d bytes, %d packed", address, lang, all, packed)
		}
	}
}

func gzipped(t *testing.T, data []byte) int {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); errors.Join(err, w.Close()) != nil {
		t.Fatal(err)
	}
	return b.Len()
}

//go:build unix

package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime/multipart"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"plumbline"
	"plumbline/internal/job"
	"plumbline/internal/locale"
	"plumbline/internal/measure"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

// testdata reads a file that an engine is tested with.
func testdata(t testing.TB, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "estimate", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// What an engine may write that the catalogue has no words for: what names
// columns, values or numbers of the data.
var (
	ownFacts    = regexp.MustCompile(`^Gray, end `)
	ownHeadings = regexp.MustCompile(`^(Shares of |Mean of |Regression of |Time until |Curve of |Regression of the hazard|(mean|total|proportion|quantile|ratio)\b.* limits$)`)
	ownHeads    = regexp.MustCompile(`^(BIC|weight|posterior.*)$`)
)

// Every word of the engine that a page shows is one that the catalogue has: no
// page falls back on English, except for what names the data.
func TestEngineWords(t *testing.T) {
	p := &Page{Language: locale.Languages[0]}
	stages := map[string]bool{}
	for _, tt := range []struct {
		file    string
		verb    string
		options []string
	}{
		{"capture/testdata/mse/UKdat_5.csv", "capture", []string{"--bootstrap=20"}},
		{"capture/testdata/mse/UKdat_5.csv", "capture", []string{"--method=hierarchical", "--bootstrap=5", "--top=5"}},
		{"capture/testdata/mse/Ned.csv", "capture", []string{"--method=pairs"}},
		{"capture/testdata/mse/UKdat_4.csv", "capture", []string{"--method=decomposable", "--sensitivity"}},
		{"survey/testdata/apistrat.csv", "survey", []string{"--y=api00", "--strata=stype", "--weights=pw", "--by=stype"}},
		{"survey/testdata/apistrat.csv", "survey", []string{"--y=api00", "--strata=stype", "--weights=pw", "--by=stype", "--against=E"}},
		{"survey/testdata/apistrat.csv", "survey", []string{"--y=api00", "--x=ell", "--weights=pw"}},
		{"survey/testdata/apistrat.csv", "survey", []string{"--y=sch.wide", "--with=stype", "--weights=pw"}},
		{"survey/testdata/apistrat.csv", "survey", []string{"--quantile=api00:0.5", "--weights=pw", "--strata=stype"}},
		{"series/testdata/sicily.csv", "series", []string{"--y=aces", "--time=time", "--event=smokban", "--slope", "--harmonics=1", "--family=negbin"}},
		{"series/testdata/sicily.csv", "series", []string{"--y=aces", "--time=time", "--event=smokban", "--ar1"}},
		{"series/testdata/areas_sim.csv", "series", []string{"--y=visits", "--time=month", "--event=raids", "--control=area==hills"}},
		{"survival/testdata/" + first(t, "survival"), "survival", nil},
		{"respondent/testdata/faux.csv", "respondent", nil},
		{"respondent/testdata/faux.csv", "respondent", []string{"--id=id", "--recruiter=recruiter_id", "--degree=degree", "--y=degree"}},
	} {
		body := testdata(t, tt.file)
		q := measure.Question{Verb: tt.verb, Options: tt.options}
		table, err := store.ReadStudyTable("x.csv", body)
		if err != nil {
			t.Fatal(err)
		}
		if tt.options == nil {
			guesses, err := measure.Guesses(table)
			if err != nil || len(guesses) == 0 {
				t.Fatalf("%s: nothing guessed: %v", tt.file, err)
			}
			q = guesses[0].Question
		}
		w := &store.Work{Run: &plumbline.StudyRun{Verb: q.Verb, Options: q.Options}, Files: []store.WorkFile{{Name: "x.csv", Body: body}}}
		a, err := job.Answer(t.Context(), w, func(stage string, _, _ int) { stages[stage] = true })
		if err != nil {
			t.Errorf("%s: %v", q.Command(tt.file), err)
			continue
		}
		var sheet measure.Sheet
		if err := json.Unmarshal(a.Sheet, &sheet); err != nil {
			t.Fatal(err)
		}
		for _, f := range sheet.Facts {
			if !p.Knows(f[0]) && !ownFacts.MatchString(f[0]) {
				t.Errorf("%s: the catalogue has no word for the fact %q", q.Command(tt.file), f[0])
			}
		}
		for _, x := range sheet.Tables {
			if x.Heading != "" && !p.Knows(x.Heading) && !ownHeadings.MatchString(x.Heading) {
				t.Errorf("%s: the catalogue has no words for the heading %q", q.Command(tt.file), x.Heading)
			}
			for _, h := range x.Head {
				if !p.Knows(h) && !ownHeads.MatchString(h) {
					t.Errorf("%s: the catalogue has no word for the head %q", q.Command(tt.file), h)
				}
			}
		}
	}
	for stage := range stages {
		if stage != "" && !p.Knows(stage) {
			t.Errorf("the catalogue has no word for the stage %q", stage)
		}
	}
}

// first is the first file of tables that a family is tested with.
func first(t *testing.T, family string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "estimate", family, "testdata", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables of %s: %v", family, err)
	}
	return filepath.Base(files[0])
}

// Every kind of finding that a column can be left out for has words, and every
// reason of a guess.
func TestGuessWords(t *testing.T) {
	for _, h := range []measure.Holding{measure.HoldsNames, measure.HoldsTelephones, measure.HoldsMail, measure.HoldsAddresses, measure.HoldsBirths, measure.HoldsNumbers, measure.HoldsPlaces, measure.HoldsText} {
		if p := (&Page{Language: locale.Languages[0]}); p.Holds(string(h)) == "" || !contains(holdings, string(h)) {
			t.Errorf("the catalogue has no words for columns of %s", h)
		}
	}
	source := string(testdata(t, "../internal/measure/guess.go"))
	for _, m := range regexp.MustCompile(`Reason\{"([a-z-]+)"`).FindAllStringSubmatch(source, -1) {
		if !contains(guessCodes, m[1]) {
			t.Errorf("the catalogue has no words for the reason %q", m[1])
		}
	}
	for verb, names := range mainOptions {
		v, ok := measure.VerbNamed(verb)
		for _, name := range names {
			if _, known := v.Option(name); !ok || !known {
				t.Errorf("%s has no option %s", verb, name)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// send sends a file to a study as a form does.
func (v *visitor) send(address, name string, body []byte) *answer {
	v.s.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(body)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		v.s.t.Fatal(err)
	}
	return v.do("POST", address, w.FormDataContentType(), &form)
}

// A file that cannot be kept gets one clear error, and nothing of it is kept.
func TestWrongFiles(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Analyst)
	quiet := s.everything()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, "a,b\n1,2\n")
	z.Close()
	for name, tt := range map[string]struct {
		body string
		says string
	}{
		"empty":      {"", "empty"},
		"blank":      {" \n\n", "empty"},
		"workbook":   {"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "not a table of text"},
		"binary":     {"\x7fELF\x02\x01\x01\x00\x00", "not a table of text"},
		"gzip":       {packed.String(), "not a table of text"},
		"page":       {"<!doctype html><title>x</title>", "not a table of text"},
		"utf-16":     {"\xff\xfea\x00,\x00b\x00\n\x00", "not a table of text"},
		"latin-1":    {"name,n\ncaf\xe9,1\n", "UTF-8"},
		"same names": {strings.Repeat("a,", 9) + "a\n" + strings.Repeat("1,", 9) + "1\n", "two columns have this name"},
		"no rows":    {"a,b\n", "no rows"},
		"ragged":     {"a,b\n1,2\n1\n", "row 3"},
		"only names": {"name\nSokha Chan\nDara Keo\nVanna Sok\n", "Nothing would be left"},
	} {
		a := v.send("/measure/uk-lists/data", "my.csv", []byte(tt.body))
		if a.Code != 422 {
			t.Errorf("%s: %d, want 422", name, a.Code)
			continue
		}
		a.says(tt.says, "Nothing of it was kept")
	}
	if a := v.do("POST", "/measure/uk-lists/data", "application/x-www-form-urlencoded", strings.NewReader("x=1")); a.Code != 422 {
		t.Errorf("no file: %d, want 422", a.Code)
	}
	if s.everything() != quiet {
		t.Error("something of a wrong file was kept")
	}
}

// Columns that name people are left out at once: nothing of them reaches the
// database, neither while the file waits nor when it is kept.
func TestNamesAreNotKept(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Analyst)
	body := "name,telephone,zone,minor\nSokha Chan,+855 12 345 678,1,0\nDara Keo,+855 12 345 679,1,1\nVanna Sok,+855 12 345 670,2,0\n"
	a := v.send("/measure/uk-lists/data", "answers.csv", []byte(body))
	if a.Code != 200 {
		t.Fatalf("look at the file: %d\n%s", a.Code, a.text())
	}
	a.says("2 columns were left out", "name: it looks as if it holds names", "telephone: it looks as if it holds telephone numbers", "rows: 3, columns: 2")
	none := func(when string) {
		t.Helper()
		if at := s.digits(t, "12 345 67"); at != "" {
			t.Errorf("%s the database holds a telephone number, in %s", when, at)
		}
		if strings.Contains(s.everything(), "Sokha") {
			t.Errorf("%s the database holds a name", when)
		}
	}
	none("while the file waits")
	for _, f := range a.page.all("form") {
		if strings.HasSuffix(f.attr["action"], "/data/keep") {
			form := f.values()
			form["column"] = []string{"minor"} // its sender leaves the zone out too
			kept := v.sent(f.attr["action"], form)
			kept.says("The data are kept", "rows: 3, columns: 1")
		}
	}
	none("afterwards")
	study, err := s.db.Study(t.Context(), userOf(plumbline.Analyst), "uk-lists")
	if err != nil || len(study.Data) != 2 || fmt.Sprint(study.Data[1].Columns, study.Data[1].LeftOut) != "[minor] [name telephone zone]" {
		t.Fatalf("kept: %v, %v", study.Data, err)
	}
	// The store refuses it too, by whatever way it comes.
	if err := s.db.KeepData(t.Context(), userOf(plumbline.Analyst), "uk-lists", plumbline.StudyData{Head: plumbline.Head{ID: "x"}}, []byte(body)); !errors.Is(err, plumbline.ErrInvalid) {
		t.Errorf("kept past the page: %v", err)
	}
}

// digits looks for a text in every upload and file of a study.
func (s *site) digits(t *testing.T, text string) string {
	t.Helper()
	study, err := s.db.Study(t.Context(), userOf(plumbline.Analyst), "uk-lists")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range study.Data {
		_, body, err := s.db.Data(t.Context(), userOf(plumbline.Analyst), "uk-lists", d.ID)
		if err != nil || bytes.Contains(body, []byte(text)) {
			return fmt.Sprint(d.ID, err)
		}
	}
	var backup bytes.Buffer
	if _, err := s.db.Backup(t.Context(), &backup, nil); err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(&backup)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(r)
	if err != nil || bytes.Contains(all, []byte(text)) {
		return fmt.Sprint("a backup ", err)
	}
	return ""
}

// A question that cannot be asked comes back with what was typed; one that the
// data refuse fails with the engine's words, and can be changed.
func TestAskAndAskAgain(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Analyst)
	form := func(a *answer) (string, url.Values) {
		t.Helper()
		for _, f := range a.page.all("form") {
			if strings.HasSuffix(f.attr["action"], "/ask") {
				return f.attr["action"], f.values()
			}
		}
		t.Fatal("the page has no question")
		return "", nil
	}
	page := v.ok("/measure/uk-lists/ask?verb=capture")
	page.says("How many people nobody counted", "the columns hold 0 and 1 as lists do")
	action, typed := form(page)
	if typed.Get("o.definition") == "" {
		t.Error("the study’s definition is not in the question")
	}
	typed.Set("o.bootstrap", "many")
	wrong := v.post(action, typed)
	if wrong.Code != 422 {
		t.Fatalf("a bootstrap of many: %d", wrong.Code)
	}
	wrong.says("want a whole number")
	if _, again := form(wrong); again.Get("o.bootstrap") != "many" || again.Get("o.definition") != typed.Get("o.definition") {
		t.Errorf("what was typed is lost: %v", again)
	}
	typed.Set("o.bootstrap", "0")
	typed.Set("o.count", "PF") // a list, whose numbers are no counts of histories
	waits := v.sent(action, typed)
	waits.says("Waiting", "You can leave this page")
	run := study(t, s, "uk-lists").Runs[1]
	if err := job.New(job.Options{Store: s.db, Kinds: job.Kinds(s.db)}).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	failed := v.ok(runAddress("uk-lists", run.ID))
	failed.says("cannot be answered as it stands", "Change the question")
	_, again := form(v.ok("/measure/uk-lists/ask?run=" + string(run.ID)))
	if again.Get("o.count") != "PF" || again.Get("o.bootstrap") != "0" {
		t.Errorf("the question is not kept: %v", again)
	}
}

func study(t *testing.T, s *site, id plumbline.ID) *store.Study {
	t.Helper()
	x, err := s.db.Study(t.Context(), userOf(plumbline.Analyst), id)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Data that cannot give the number are told so, and get no empty page.
func TestNoNumber(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Analyst)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	analyst := userOf(plumbline.Analyst)
	must(s.db.KeepData(t.Context(), analyst, "uk-lists", plumbline.StudyData{Head: plumbline.Head{ID: "apart"}, Name: "apart.csv"}, []byte("A,B,C,count\n1,0,0,10\n0,1,0,12\n0,0,1,9\n")))
	must(s.db.AskStudy(t.Context(), analyst, "uk-lists", plumbline.StudyRun{Head: plumbline.Head{ID: "none"}, Verb: "capture", Options: []string{"--method=pairs"}, Data: []plumbline.ID{"apart"}}))
	must(job.New(job.Options{Store: s.db, Kinds: job.Kinds(s.db)}).Drain(t.Context()))
	v.ok("/measure/uk-lists/runs/none").says("These data cannot give the number")
	v.ok("/measure/uk-lists").says("These data cannot give the number")
	v.ok("/measure/compare?run=uk-lists/none&run=uk-lists/stepwise").says("One run has no number")
	v.ok("/measure/compare?run=harbour-first-round/share&run=uk-lists/stepwise").says("numbers of different kinds", "they count different things")
}

// Rounds that measure different things are not joined, and the page says why;
// the change of two alike is the engine's.
func TestCompareRounds(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Analyst)
	alike := v.ok("/measure/compare?run=harbour-second-round/share&run=harbour-first-round/share")
	if n := strings.Count(alike.Body.String(), `class="p-line"`); n != 1 {
		t.Errorf("%d lines between two rounds that are alike", n)
	}
	first, second := study(t, s, "harbour-first-round").Run("share").Answer, study(t, s, "harbour-second-round").Run("share").Answer
	alike.says(first.Shown, second.Shown, fmt.Sprintf("a fall of %.0f per cent", 100*(1 - *second.Estimate / *first.Estimate)))
	alike.says("What else happened there", "Safe Harbour pays for police and services\u2069 began after the first round was over", "A second police unit begins its rounds\u2069 began after the last round", "what changed before, it did not cause")
	alike.says("Did people move elsewhere?", "nearby areas a sign of it was found", "looked for, and no sign of it", "online nobody looked")
	apart := study(t, s, "harbour-second-round").StudyRecord.Study
	apart.Ages, apart.Area = "looks", ""
	if err := s.db.Write(t.Context(), userOf(plumbline.Analyst), store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: apart.ID}, Reason: "It was so", Changes: []store.Change{{Entry: &apart, Version: 1}}}); err != nil {
		t.Fatal(err)
	}
	now := v.ok("/measure/compare?run=harbour-second-round/share&run=harbour-first-round/share")
	now.says("Not joined", "ages were told in different ways", "No change is worked out between rounds that measure different things")
	if strings.Contains(now.Body.String(), `class="p-line"`) {
		t.Error("rounds that are not alike are joined")
	}
	v.ok("/measure/compare?run=uk-lists/stepwise&run=sicily-ban/ban").says("No round here says of which area it is")
}

// A new study, in a browser: words, a file, a guess, a question, and the number
// that the published analysis has. Then long work, which a restart survives,
// and which somebody cancels.
func TestMeasureInABrowser(t *testing.T) {
	s, b, address := browse(t)
	b.Width(1280)
	s.enter(b, address, plumbline.Analyst)
	b.Go(address + "/measure")
	b.Press(`a[href="/measure/new"]`)
	b.Do(chromedp.SendKeys("#f-title", "Lists of 2013"), chromedp.SendKeys("#f-definition", "On a list of 2013."), chromedp.SendKeys("#f-population", "Everybody"), chromedp.SendKeys("#f-place", "United Kingdom"))
	b.Press("form[data-draft] .total button")
	here := rig.Eval[string](b, `location.pathname`)
	file := filepath.Join(t.TempDir(), "lists.csv")
	if err := os.WriteFile(file, testdata(t, "capture/testdata/mse/UKdat.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.SetUploadFiles("#f-file", []string{file}))
	b.Press(`form[action$="/data"] button`)
	says := func(texts ...string) {
		t.Helper()
		got := rig.Eval[string](b, `document.querySelector("main").innerText`)
		for _, text := range texts {
			if !strings.Contains(got, text) {
				t.Fatalf("the page does not say %q:\n%s", text, got)
			}
		}
	}
	says("How many people nobody counted", "Nothing is kept until you say so", "it holds 0 and 1")
	b.Press(`form[action$="/data/keep"] button`)
	says("The data are kept", "What would you like to know?")
	if got := rig.Eval[string](b, `document.querySelector(".verbs .on").innerText`); !strings.Contains(got, "How many people nobody counted") {
		t.Errorf("the question guessed is %q", got)
	}
	if faults := b.Axe(); len(faults) > 0 {
		t.Errorf("the question: %v", faults)
	}
	b.Do(chromedp.SendKeys(`[name="o.bootstrap"]`, "40")) // the number does not hang on it
	b.Press(`form[action$="/ask"] .total button`)
	says("Waiting", "You can leave this page")
	if faults := b.Axe(); len(faults) > 0 {
		t.Errorf("a run that waits: %v", faults)
	}
	stop := s.works(s.db)
	var golden struct {
		Results struct {
			Stepwise map[string]struct {
				Estimate map[string]float64 `json:"estimate"`
			} `json:"stepwise"`
		} `json:"results"`
	}
	if err := json.Unmarshal(testdata(t, "capture/testdata/mse/UKdat.json"), &golden); err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.WaitReady(".answer")) // the script reads the page again, which waitFor would not survive
	want := locale.Languages[0].Number(int(math.Round(golden.Results.Stepwise["0.02"].Estimate["point est."])))
	if got := rig.Eval[string](b, `document.querySelector(".answer strong").innerText`); got != want {
		t.Errorf("the number is %s, published is %s", got, want)
	}
	stop()

	// Long work: begun, given back by a server that stops, taken up by the next.
	b.Go(address + here + "/ask?verb=capture")
	b.Do(chromedp.SetValue(`[name="o.method"]`, "hierarchical"), chromedp.SendKeys(`[name="o.bootstrap"]`, "1000000"))
	b.Press(`form[action$="/ask"] .total button`)
	run := rig.Eval[string](b, `location.pathname`)
	stop = s.works(s.db)
	waitFor(b, `document.querySelector("progress[value]")`)
	stop()
	b.Go(address + run)
	says("Waiting")
	db, err := store.Open(context.Background(), store.Options{Address: s.file, Secret: secret, Protocols: s.db.Protocols()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	defer s.works(db)()
	waitFor(b, `document.querySelector("progress[value]")`)
	b.Go(address + "/measure")
	says("Running")
	b.Go(address + run)
	b.Press(`form[action$="/cancel"] button`)
	b.Do(chromedp.WaitReady("main > p.empty"))
	says("This run was cancelled")
	if faults := b.Axe(); len(faults) > 0 {
		t.Errorf("a cancelled run: %v", faults)
	}
	for _, c := range b.Complaints() {
		t.Errorf("the browser complains: %s", c)
	}
}

// works runs a server's work on the site until stop is called.
func (s *site) works(db *store.DB) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		job.New(job.Options{Store: db, Kinds: job.Kinds(db), Look: 50 * time.Millisecond}).Run(ctx)
		close(ended)
	}()
	return func() { cancel(); <-ended }
}

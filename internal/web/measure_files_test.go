//go:build unix

package web

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	"plumbline"
	"plumbline/internal/job"
)

// A question may name other files of its study: the later round, or known
// totals. Its page gives the command that would ask the same elsewhere.
func TestOtherFilesOfAStudy(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Analyst)
	for id, text := range map[plumbline.ID]string{
		"first":  "y,w,sex\n1,10,f\n0,10,f\n1,12,m\n0,12,m\n0,11,m\n",
		"later":  "y,w,sex\n1,10,f\n1,10,f\n1,12,m\n0,12,m\n0,11,f\n",
		"totals": "variable,value,total\nsex,f,40\nsex,m,60\n",
	} {
		if err := s.db.KeepData(t.Context(), userOf(plumbline.Analyst), "uk-lists", plumbline.StudyData{Head: plumbline.Head{ID: id}, Name: "round.csv"}, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(verb string, fields ...string) *plumbline.StudyRun {
		t.Helper()
		page := v.ok("/measure/uk-lists/ask?data=first&verb=" + verb)
		i := slices.IndexFunc(page.page.all("form"), func(f *node) bool { return strings.HasSuffix(f.attr["action"], "/ask") })
		form := page.page.all("form")[i].values()
		for name := range form {
			if strings.HasPrefix(name, "o.") {
				form.Del(name)
			}
		}
		for k := 0; k < len(fields); k += 2 {
			if _, there := form[fields[k]]; !there && !strings.HasPrefix(fields[k], "o.") {
				t.Errorf("the form of %s has no %s", verb, fields[k])
			}
			form.Set(fields[k], fields[k+1])
		}
		v.sent("/measure/uk-lists/ask", form)
		if err := job.New(job.Options{Store: s.db, Kinds: job.Kinds(s.db)}).Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		runs := study(t, s, "uk-lists").Runs
		return runs[len(runs)-1]
	}
	fitted := ask("survey", "o.y", "y", "o.weights", "w", "o.margins", "totals")
	if fitted.Answer == nil || fitted.Answer.Estimate == nil {
		t.Fatalf("with totals: %+v", fitted.Answer)
	}
	if got, want := *fitted.Answer.Estimate, (40*.5+60*12.0/35)/100; got < want-1e-12 || got > want+1e-12 {
		t.Errorf("with totals %v, want %v", got, want)
	}
	v.ok(runAddress("uk-lists", fitted.ID)).says("plumbline estimate survey round.csv --margins=totals-round.csv --weights=w --y=y")
	again := v.ok("/measure/uk-lists/ask?run=" + string(fitted.ID))
	if form := again.page.all("form"); !slices.ContainsFunc(form, func(f *node) bool { return f.values().Get("o.margins") == "totals" }) {
		t.Error("asked again, the totals are gone")
	}
	changed := ask("change", "second", "later", "o.y", "y", "o.weights", "w")
	if changed.Answer == nil || changed.Answer.Estimate == nil || !slices.Equal(changed.Data, []plumbline.ID{"first", "later"}) {
		t.Fatalf("two rounds: %+v of %v", changed.Answer, changed.Data)
	}
	again = v.ok("/measure/uk-lists/ask?run=" + string(changed.ID))
	if form := again.page.all("form"); !slices.ContainsFunc(form, func(f *node) bool { return f.values().Get("second") == "later" }) {
		t.Error("asked again, the later round is gone")
	}
	// A file of another study, or of none, is not opened.
	if a := v.post("/measure/uk-lists/ask", url.Values{"id": {"x-1"}, "data": {"first"}, "verb": {"survey"}, "o.y": {"y"}, "o.margins": {"elsewhere"}}); a.Code != 422 || bytes.Contains([]byte(a.text()), []byte("elsewhere.csv")) {
		t.Errorf("a file that is not there: %d", a.Code)
	}
}

//go:build unix

package web

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"plumbline"
	"plumbline/internal/job"
)

// formFiles are files as each form expects them: three places, in two rounds
// where it has rounds.
func formFile(form plumbline.StudyForm) string {
	var b strings.Builder
	b.WriteString(strings.Join(studyForms[form].columns, ",") + "\n")
	for site := range 4 {
		for i := range 12 {
			answer := func(n int) string { return []string{"yes", "no", "unknown", "refused"}[n%4] }
			switch form {
			case "trust_police":
				fmt.Fprintf(&b, "before,s%d,%s,no,%s,yes\n", site, answer(i), answer(i/(1+site%2)))
				fmt.Fprintf(&b, "after,s%d,%s,no,%s,no\n", site, answer(i), []string{"yes", answer(i)}[(i+site)%2])
			case "lost_work":
				fmt.Fprintf(&b, "s%d,%s,%d,no\n", site, answer(i+site*i%3), i%5)
			}
		}
	}
	return b.String()
}

// Each of our question sets begins a study with its words, its file is asked the
// question that it is made for, and that gives a number.
func TestStudyForms(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Analyst)
	list := v.ok("/measure")
	for _, name := range plumbline.StudyForm("").Values()[1:] {
		form := plumbline.StudyForm(name)
		if !strings.Contains(list.Body.String(), "/measure/new?form="+name) {
			t.Errorf("%s is not on the list of studies", name)
		}
		opened := v.get("/measure/new?form=" + name)
		page := v.ok(opened.Header().Get("Location"))
		var typed url.Values
		var action string
		for _, f := range page.page.all("form") {
			if strings.Contains(f.attr["action"], "/entries/study/") || f.attr["action"] == "" && f.values().Has("definition") {
				action, typed = f.attr["action"], f.values()
			}
		}
		if typed.Get("form") != name || typed.Get("definition") == "" || typed.Get("instrument") == "" || typed.Get("frame") == "" {
			t.Fatalf("%s: the form is not filled in: %v", name, typed)
		}
		if action == "" {
			action, _, _ = strings.Cut(opened.Header().Get("Location"), "?")
		}
		typed.Set("title", "Our "+name)
		typed.Set("place", "Riverside")
		shown := v.sent(action, typed)
		shown.says("The form expects these columns: "+strings.Join(studyForms[form].columns, ", "), "no file yet", "Nobody has told who took part", "No referral by a surveyor is on record")
		id := plumbline.ID(regexp.MustCompile(`/measure/([a-z0-9-]+)/entries/study/new`).FindStringSubmatch(opened.Header().Get("Location"))[1])
		looked := v.send("/measure/"+string(id)+"/data", "answers.csv", []byte(formFile(form)))
		for _, f := range looked.page.all("form") {
			if strings.HasSuffix(f.attr["action"], "/data/keep") {
				v.sent(f.attr["action"], f.values()).says("The data are kept")
			}
		}
		kept := study(t, s, id)
		if len(kept.Data) != 1 || len(kept.Data[0].LeftOut) > 0 {
			t.Fatalf("%s: of its file is kept %v", name, kept.Data)
		}
		asked := v.ok("/measure/" + string(id) + "/ask")
		asked.says("the study asks this form")
		for _, f := range asked.page.all("form") {
			if strings.HasSuffix(f.attr["action"], "/ask") {
				v.sent(f.attr["action"], f.values())
			}
		}
		if err := job.New(job.Options{Store: s.db, Kinds: job.Kinds(s.db)}).Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		run := study(t, s, id).Runs[0]
		if run.Answer == nil || run.Answer.Estimate == nil || run.Verb != studyForms[form].question.Verb {
			t.Errorf("%s: asked %s %v, answered %+v", name, run.Verb, run.Options, run.Answer)
		}
	}
	if to := v.get("/measure/new?form=licensed").Header().Get("Location"); strings.Contains(to, "form=") {
		t.Errorf("a form that is not ours: %s", to)
	}
}

// The card of a study shows a maximum as one, sums as bounds, who would not take
// part and what nobody told; an entry is put right where it stands.
func TestStudyCard(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Analyst)
	const at = "/measure/harbour-first-round"
	add := func(kind string, fields url.Values) *answer {
		t.Helper()
		page := v.ok(at + "/entries/" + kind + "/new")
		for _, f := range page.page.all("form") {
			if typed := f.values(); typed.Has("entry-version") {
				for name, values := range fields {
					typed[name] = values
				}
				return v.post(at+"/entries/"+kind+"/new", typed)
			}
		}
		t.Fatalf("no form of %s", kind)
		return nil
	}
	add("study_group", url.Values{"who": {"Sex workers"}, "number": {"<=15"}, "found": {"By a union"}})
	add("study_group", url.Values{"who": {"Police"}, "number": {"5"}})
	add("survey_referral", url.Values{"month.month": {"03"}, "month.year": {"2026"}, "people": {"2"}, "outcome": {"helped"}})
	v.ok(at).says("Sex workers at most 15 By a union", "In all at least 395", "March 2026 2 helped", "In all 6", "Hosted by not told", "Words fixed before the first file came", "Would not take part")
	wrong := add("survey_referral", url.Values{"month.day": {"5"}, "month.month": {"03"}, "month.year": {"2026"}, "people": {"1"}})
	if wrong.Code != 422 {
		t.Errorf("a referral with its day: %d", wrong.Code)
	}
	wrong.says("a day can tell of whom it is")
	monitor := s.as(plumbline.Monitor)
	if page := monitor.ok(at); strings.Contains(page.Body.String(), "/entries/study_group/") {
		t.Error("a monitor of another organisation is offered to write")
	}
	if code := monitor.get(at + "/entries/study_group/new").Code; code != 403 && code != 404 {
		t.Errorf("a monitor of another organisation opens the form: %d", code)
	}
}

package plumbline

import (
	"testing"
	"time"
)

// Words that were changed after the first file are not fixed before it, those
// that stood are; of the fieldwork only a beginning after the words can tell.
func TestFixingOf(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC) }
	said := func(day int, definition Text, from string) Wording {
		return Wording{at(day), &Study{Definition: definition, From: when(from)}}
	}
	for _, c := range []struct {
		name            string
		wordings        []Wording
		file            time.Time
		inFile, inField Answer
		since           int
	}{
		{"no file yet", []Wording{said(1, "D", "")}, time.Time{}, Unknown, Unknown, 1},
		{"before the file, fieldwork not told", []Wording{said(1, "D", "")}, at(5), Yes, Unknown, 1},
		{"before the fieldwork too", []Wording{said(1, "D", "2026-03-03")}, at(5), Yes, Yes, 1},
		{"after the fieldwork began", []Wording{said(4, "D", "2026-03-03")}, at(5), Yes, Unknown, 4},
		{"begun some day of the month", []Wording{said(4, "D", "2026-03")}, at(5), Yes, Unknown, 4},
		{"corrected elsewhere than in its words", []Wording{said(1, "D", ""), said(9, "D", "2026-03-03")}, at(5), Yes, Yes, 1},
		{"changed after the file", []Wording{said(1, "D", "2026-03-03"), said(9, "E", "2026-03-12")}, at(5), No, Unknown, 9},
		{"changed and changed back", []Wording{said(1, "D", "2026-03-03"), said(8, "E", "2026-03-03"), said(9, "D", "2026-03-03")}, at(5), No, Unknown, 9},
		{"changed before the file", []Wording{said(1, "D", ""), said(2, "E", "")}, at(5), Yes, Unknown, 2},
	} {
		f := FixingOf(c.wordings, c.file)
		if f.File != c.inFile || f.Fieldwork != c.inField || !f.Since.Equal(at(c.since)) {
			t.Errorf("%s: before the file %q, before the fieldwork %q, since %v", c.name, f.File, f.Fieldwork, f.Since)
		}
	}
	if f := FixingOf(nil, at(1)); f.File != Unknown {
		t.Errorf("without a wording: %v", f)
	}
}

// A sum of groups is as sure as what it is of, a maximum stays one, and what
// cannot be is refused.
func TestStudyCard(t *testing.T) {
	r := &StudyRecord{Study: Study{Head: Head{ID: "s"}, Title: "S", Origin: "site", Organisation: "o", Definition: "D", Population: "P", Place: "Here", Asked: Exactly(40), Refused: Exactly(6)}}
	if r.Size().Known() || r.Referred().Known() {
		t.Error("nobody told who took part, and it is known how many")
	}
	group := func(id ID, n Count) { r.Put(&StudyGroup{Head: Head{ID: id}, Who: "W", Number: n}) }
	group("g1", Between(0, 15))
	group("g2", Exactly(26))
	if got := r.Size().String(); got != "26 to 41" {
		t.Errorf("at most 15 and 26 make %s", got)
	}
	group("g3", Count{})
	if got := r.Size().String(); got != "at least 26" {
		t.Errorf("and a group of which nobody told how many: %s", got)
	}
	r.Put(&SurveyReferral{Head: Head{ID: "r1"}, Month: when("2026-03"), People: Exactly(2), Outcome: "helped"})
	r.Put(&SurveyReferral{Head: Head{ID: "r2"}, Month: when("2026-04"), People: AtLeast(1)})
	if err := r.Check(); err != nil || r.Referred().String() != "at least 3" {
		t.Fatalf("a sound study: %v, %s", err, r.Referred())
	}
	for name, c := range map[string]struct {
		change func(*StudyRecord)
		field  string
	}{
		"a group of nobody":        {func(r *StudyRecord) { r.Put(&StudyGroup{Head: Head{ID: "g"}}) }, "groups[3].who"},
		"a day":                    {func(r *StudyRecord) { r.Put(&SurveyReferral{Head: Head{ID: "r"}, Month: when("2026-03-05")}) }, "referrals[2].month"},
		"no month":                 {func(r *StudyRecord) { r.Put(&SurveyReferral{Head: Head{ID: "r"}}) }, "referrals[2].month"},
		"no such outcome":          {func(r *StudyRecord) { r.Put(&SurveyReferral{Head: Head{ID: "r"}, Month: when("2026"), Outcome: "x"}) }, "referrals[2].outcome"},
		"more refused than asked":  {func(r *StudyRecord) { r.Study.Refused = AtLeast(41) }, "refused"},
		"a question set of others": {func(r *StudyRecord) { r.Study.Form = "licensed" }, "form"},
	} {
		x := &StudyRecord{Study: r.Study, Groups: append([]*StudyGroup{}, r.Groups...), Referrals: append([]*SurveyReferral{}, r.Referrals...)}
		c.change(x)
		if ps := ProblemsOf(x.Check()); len(ps) != 1 || ps[0].Field != c.field {
			t.Errorf("%s: %v, want a problem of %s", name, ps, c.field)
		}
	}
}

// A group and referrals are written by who keeps the study; a file and a run
// never that way.
func TestAllowToldOfStudy(t *testing.T) {
	s := &Study{Organisation: "ours"}
	for _, role := range Role("").Values() {
		for _, org := range []ID{"ours", "theirs", ""} {
			a := Actor{User: "u", Role: Role(role), Organisation: org}
			may := org == "ours" && (role == "coordinator" || role == "monitor" || role == "analyst")
			for _, e := range []Entry{new(StudyGroup), new(SurveyReferral)} {
				if err := AllowToldOfStudy(a, s, e); (err == nil) != may {
					t.Errorf("%s of %q writes %T: %v", role, org, e, err)
				}
			}
			for _, e := range []Entry{new(Study), new(StudyData), new(StudyRun), new(Note)} {
				if AllowToldOfStudy(a, s, e) == nil {
					t.Errorf("%s of %q writes %T as if it were a group", role, org, e)
				}
			}
		}
	}
}

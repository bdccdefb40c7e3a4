package plumbline

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func soundProgramme() *ProgrammeRecord {
	return &ProgrammeRecord{
		Programme:   Programme{Head: Head{ID: "p"}, Name: "P", Funder: "f", Origin: "fictional", Began: when("2026-01-01"), Amount: "1000", Currency: "EUR"},
		Targets:     []*Target{{Head: Head{ID: "t"}, Title: "Found", Reports: []Report{{Due: when("2026-06-30"), Reported: Exactly(40)}}}},
		Definitions: []*TargetDefinition{{Head: Head{ID: "d1"}, Target: "t", Version: "1", From: when("2026-01-01"), Text: "Children.", Classes: []Class{"child"}}},
		Objections:  []*Objection{{Head: Head{ID: "o"}, By: "A union", Reason: "No."}},
		Replies:     []*Reply{{Head: Head{ID: "r"}, Objection: "o", By: "The fund", Text: "Yes."}},
		Spending:    []*Spending{{Head: Head{ID: "s"}, Kind: "police", Amount: "~700", Currency: "EUR"}},
	}
}

// wrongProgrammes break a sound record in one place.
var wrongProgrammes = []struct {
	change     func(*ProgrammeRecord)
	field, key string
}{
	{func(r *ProgrammeRecord) { r.Programme.Funder = "" }, "programme.funder", "problem.needed"},
	{func(r *ProgrammeRecord) { r.Programme.Ended = when("2025") }, "programme.ended", "problem.end_before_start"},
	{func(r *ProgrammeRecord) { r.Programme.Amount = "a lot" }, "programme.amount", "problem.bad_amount"},
	{func(r *ProgrammeRecord) { r.Spending[0].Amount = "1000000000001" }, "spending[0].amount", "problem.bad_amount"},
	{func(r *ProgrammeRecord) { r.Spending[0].Amount = "12.50" }, "spending[0].amount", "problem.bad_amount"},
	{func(r *ProgrammeRecord) { r.Spending[0].Currency = "" }, "spending[0].currency", "problem.needed"},
	{func(r *ProgrammeRecord) { r.Spending[0].Currency = "eur" }, "spending[0].currency", "problem.bad_currency"},
	{func(r *ProgrammeRecord) { r.Definitions[0].Target = "x" }, "definitions[0].target", "problem.no_such"},
	{func(r *ProgrammeRecord) { r.Replies[0].Objection = "t" }, "replies[0].objection", "problem.no_such"},
	{func(r *ProgrammeRecord) {
		r.Definitions = append(r.Definitions, &TargetDefinition{Head: Head{ID: "d2"}, Target: "t", Version: "1", Text: "All."})
	}, "definitions[1].version", "problem.same_version"},
}

func TestCheckProgramme(t *testing.T) {
	if err := soundProgramme().Check(); err != nil {
		t.Fatalf("a sound programme is refused: %v", err)
	}
	for _, tt := range wrongProgrammes {
		r := soundProgramme()
		tt.change(r)
		ps := ProblemsOf(r.Check())
		if len(ps) != 1 || ps[0].Field != tt.field || ps[0].Key != tt.key {
			t.Errorf("%v, want %s at %s", ps, tt.key, tt.field)
		}
	}
}

// wrongStories break a sound publication in one place.
var wrongStories = []struct {
	change     func(*Publication)
	field, key string
}{
	{func(p *Publication) { p.Digest = "abc" }, "publications[0].digest", "problem.bad_digest"},
	{func(p *Publication) { p.Digest = strings.Repeat("0", 64) }, "publications[0].digest", "problem.other_digest"},
	{func(p *Publication) { p.Person = "Her Name" }, "publications[0].person", "problem.bad_id"},
	{func(p *Publication) { p.Withdrawn = when("2025") }, "publications[0].withdrawn", "problem.end_before_start"},
}

func TestCheckStories(t *testing.T) {
	sound := func() *OrganisationRecord {
		return &OrganisationRecord{Organisation: Organisation{Head: Head{ID: "o"}, Name: "O", Kind: "shelter", Origin: "fictional"},
			Publications:  []*Publication{{Head: Head{ID: "p"}, Where: "Report", Words: "Words.", AgreedAt: when("2026-02-01")}},
			MediaRequests: []*MediaRequest{{Head: Head{ID: "m"}, By: "A paper", Office: "Press", Publication: "p"}}}
	}
	if err := sound().Check(); err != nil {
		t.Fatalf("a sound record is refused: %v", err)
	}
	for _, tt := range wrongStories {
		r := sound()
		tt.change(r.Publications[0])
		ps := ProblemsOf(r.Check())
		if len(ps) != 1 || ps[0].Field != tt.field || ps[0].Key != tt.key {
			t.Errorf("%v, want %s at %s", ps, tt.key, tt.field)
		}
	}
}

func TestRelease(t *testing.T) {
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		p    Publication
		may  Answer
		why  string
	}{
		{"agreed for good", Publication{Words: "W", Agreed: Yes, ForGood: Yes}, Yes, "agreed"},
		{"agreed until later", Publication{Words: "W", Agreed: Yes, Until: when("2027")}, Yes, "agreed"},
		{"agreed until some day of this year", Publication{Words: "W", Agreed: Yes, Until: when("2026")}, Unknown, "end_not_told"},
		{"the end is past", Publication{Words: "W", Agreed: Yes, Until: when("2026-05")}, No, "ended"},
		{"no end is told", Publication{Words: "W", Agreed: Yes}, Unknown, "end_not_told"},
		{"taken back, even for a later day", Publication{Words: "W", Agreed: Yes, ForGood: Yes, Withdrawn: when("2026-12")}, No, "withdrawn"},
		{"never agreed", Publication{Words: "W", Agreed: No, ForGood: Yes}, No, "never_agreed"},
		{"would not say", Publication{Words: "W", Agreed: Refused}, No, "never_agreed"},
		{"nothing told", Publication{Words: "W"}, Unknown, "not_told"},
		{"to which words nobody kept", Publication{Agreed: Yes, ForGood: Yes}, Unknown, "words_missing"},
		{"only the digest is kept", Publication{Digest: strings.Repeat("A", 64), Agreed: Yes, ForGood: Yes}, Yes, "agreed"},
	} {
		if got := tt.p.Release(at); got != (Release{tt.may, tt.why}) {
			t.Errorf("%s: %v, want %v %s", tt.name, got, tt.may, tt.why)
		}
	}
	// The digest of "abc" is in FIPS 180-4; spaces around and the ends of lines do not matter.
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := (&Publication{Words: " abc\r\n"}).TextDigest(); got != abc {
		t.Errorf("the digest is %s", got)
	}
}

// Nobody outside the organisation learns whose story it is, and the words stay
// only while they may be used.
func TestShowStories(t *testing.T) {
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	r := &OrganisationRecord{Organisation: Organisation{Head: Head{ID: "o"}, Origin: "site"},
		Publications:  []*Publication{{Head: Head{ID: "p", Note: "n"}, Person: "p-1", Words: "abc", Agreed: Yes, ForGood: Yes}, {Head: Head{ID: "q"}, Person: "p-2", Words: "abc", Agreed: Yes, Withdrawn: when("2026")}},
		MediaRequests: []*MediaRequest{{Head: Head{ID: "m", Note: "n"}, Person: "p-1"}}}
	for _, role := range Role("").Values() {
		for _, org := range []ID{"o", "else", ""} {
			shown := r.Show(Actor{Role: Role(role), Organisation: org}, at)
			keeps := org == "o" && (role == "worker" || role == "coordinator")
			blind := role == "police_liaison" || role == "administrator"
			switch {
			case keeps && (shown.Publications[0].Person != "p-1" || shown.Publications[1].Words == ""):
				t.Errorf("%s of %q keeps the stories and is not shown them", role, org)
			case blind && len(shown.Publications)+len(shown.MediaRequests) > 0:
				t.Errorf("%s of %q is shown stories", role, org)
			case !keeps && !blind:
				p, q, m := shown.Publications[0], shown.Publications[1], shown.MediaRequests[0]
				if p.Person != "" || p.Note != "" || q.Person != "" || m.Person != "" || m.Note != "" || q.Words != "" {
					t.Errorf("%s of %q is shown whose story it is, or words taken back", role, org)
				}
				if p.Words != "abc" || len(q.Digest) != 64 {
					t.Errorf("%s of %q is not shown the words, or no digest of those taken back", role, org)
				}
			}
		}
	}
	if r.Publications[0].Person != "p-1" {
		t.Error("Show changed the record")
	}
}

// met returns an operation of a day with one group of some class.
func met(id, began string, n Count, class Class, decided string, movements ...*Movement) *Record {
	r := &Record{Operation: Operation{Head: Head{ID: ID(id)}, Title: id, Origin: "fictional", Began: when(began), HeadCount: n}}
	g := ID(id + "-g")
	r.Presences = []*Presence{{Head: Head{ID: g}, Code: "G-01", Count: n}}
	if class != "" {
		r.Decisions = []*Decision{{Head: Head{ID: ID(id + "-d")}, Presence: g, Class: class, DecidedBy: "Somebody", At: when(decided)}}
	}
	for i, m := range movements {
		m.ID, m.Presence = ID(fmt.Sprintf("%s-m%d", id, i)), g
		r.Movements = append(r.Movements, m)
	}
	return r
}

func figuresOf(lists ...[]ReviewLine) map[string]string {
	out := map[string]string{}
	for _, list := range lists {
		for _, f := range list {
			out[f.Name] = f.Count.String()
		}
	}
	return out
}

// sayFigures writes everything that a review counts.
func sayFigures(v *Review) map[string]string {
	out := figuresOf(v.Ever, v.Now)
	for _, s := range v.Figures {
		out["figure "+s.Definition.Name] = fmt.Sprint(s.Text(s.Definition.Unit), s.Numerator, s.Told, s.Cases)
	}
	for _, p := range slices.Concat(v.Years, v.Quarters) {
		for _, s := range p.Figures {
			out[p.From+p.Until+s.Definition.Name] = fmt.Sprint(s.Text(s.Definition.Unit), s.Numerator, s.Told, s.Cases)
		}
	}
	return out
}

// By period, each operation stands where its date surely puts it; and where some
// are withheld, in no period are they so few that a sum tells of one.
func TestReviewPeriods(t *testing.T) {
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	var records []*Record
	withheld := func(ids ...ID) map[ID]bool {
		m := map[ID]bool{}
		for _, id := range ids {
			m[id] = true
		}
		return m
	}
	for i, began := range []string{"2023-05-01", "2024-02", "2024-12-01", "2024", "2025-01-01", "2025-03-31", "2025-04-01"} {
		records = append(records, met(string(rune('a'+i)), began, Exactly(1<<i), "child", began))
	}
	records[0].Decisions[0].Definition, records[0].Decisions[0].Version = "Act", "1"
	say := func(list []ReviewPeriod) (said string) {
		for _, p := range list {
			sum := p.Figures[slices.IndexFunc(p.Figures, func(s FigureSum) bool { return s.Definition.Name == "children-met" })]
			said += fmt.Sprintf("%s-%s: %d, %s%v; ", p.From, p.Until, p.Operations, sum.Numerator, p.Rules)
		}
		return said
	}
	for _, tt := range []struct {
		name            string
		hidden          map[ID]bool
		years, quarters string
	}{
		{"all is read", nil, "2023-2023: 1, 1[Act (1)]; 2024-2024: 3, 14[]; 2025-2025: 3, 112[]; ",
			"2023-Q2-2023-Q2: 1, 1[Act (1)]; 2024-Q1-2024-Q1: 1, 2[]; 2024-Q4-2024-Q4: 1, 4[]; 2025-Q1-2025-Q1: 2, 48[]; 2025-Q2-2025-Q2: 1, 64[]; "},
		{"a year of one", withheld("a", "b", "c", "d"), "2023-2024: 4, 15[Act (1)]; 2025-2025: 3, 112[]; ", ""},
		{"one at the end", withheld("b", "c", "d", "g"), "2023-2023: 1, 1[Act (1)]; 2024-2025: 6, 126[]; ", ""},
		{"one of all, which the whole tells already", withheld("b"), "2023-2025: 7, 127[Act (1)]; ", ""},
	} {
		v := soundProgramme().Review(records, tt.hidden, at)
		if got := say(v.Years); got != tt.years {
			t.Errorf("%s: years %s\nwant %s", tt.name, got, tt.years)
		}
		undated := append(slices.Clone(records), met("u", "", Exactly(1), "child", ""))
		if w := soundProgramme().Review(undated, tt.hidden, at); w.Undated != 1 || say(w.Years) != tt.years {
			t.Errorf("%s, and one without a date: %d undated, years %s", tt.name, w.Undated, say(w.Years))
		}
		if w := soundProgramme().Review(undated, withheld("u"), at); len(w.Years) > 0 {
			t.Errorf("a withheld operation stands in no year, and years tell what it is: %s", say(w.Years))
		}
		if got := say(v.Quarters); got != tt.quarters {
			t.Errorf("%s: quarters %s\nwant %s", tt.name, got, tt.quarters)
		}
		if len(v.Each) != 7-len(tt.hidden) || v.Undated != 0 {
			t.Errorf("%s: %d listed, %d undated", tt.name, len(v.Each), v.Undated)
		}
	}
}

// Worked by hand: eight placed and still there, three of whom nothing is told,
// and a series that is left out.
func TestReviewStates(t *testing.T) {
	at := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	series := met("many", "2026-02-01", Exactly(500), "", "")
	series.Operation.Covers = Exactly(4)
	v := soundProgramme().Review([]*Record{
		met("b", "2026-03-10", Exactly(8), "child", "2026-03-10", &Movement{State: "placed", From: when("2026-03-10")}),
		met("a", "2026-03-01", Exactly(3), "", ""),
		series,
	}, nil, at)
	if v.Operations != 2 || v.Series != 1 || v.Each[0].Operation.ID != "a" {
		t.Errorf("%d operations, %d series, first %s", v.Operations, v.Series, v.Each[0].Operation.ID)
	}
	got := figuresOf(v.Ever, v.Now)
	for name, want := range map[string]string{"met": "11", "placed": "8 to 11", "in_care": "8 to 11", "left": "at most 3", "died": "at most 3", "unknown": "3"} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
	told := func(name string, list []FigureSum) string {
		i := slices.IndexFunc(list, func(s FigureSum) bool { return s.Definition.Name == name })
		return list[i].Text(list[i].Definition.Unit)
	}
	for name, want := range map[string]string{"lost-work-per-operation": "cannot tell", "children-met": "8 to 11", "died": "0 to 11", "met-per-operation": "5.5 an operation"} {
		if got := told(name, v.Figures); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := told("children-met", v.Each[1].Figures); got != "8" {
		t.Errorf("of one operation: %s, want 8", got)
	}
	if none := figuresOf(soundProgramme().Review(nil, nil, at).Ever); none["met"] != "not known" {
		t.Errorf("no operation, and met are %s", none["met"])
	}
}

// Whatever is on record: the order of operations changes nothing, what is sure
// adds up to no more than were met, and an operation of which nothing is told
// leaves no number with an end.
func TestReviewProperties(t *testing.T) {
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var paid []*Record
		for i := range rapid.IntRange(1, 4).Draw(t, "operations") {
			n := rapid.SampledFrom([]Count{Exactly(3), Exactly(9), AtLeast(4), Between(2, 6)}).Draw(t, "met")
			var moves []*Movement
			for range rapid.IntRange(0, 2).Draw(t, "movements") {
				moves = append(moves, &Movement{State: State(rapid.SampledFrom(State("").Values()).Draw(t, "state")), From: drawWhen(t, "from")})
			}
			paid = append(paid, met(fmt.Sprint("o", i), "2026-03-0"+fmt.Sprint(i+1), n, Class(rapid.SampledFrom(Class("").Values()).Draw(t, "class")), "2026-04-01", moves...))
		}
		v := soundProgramme().Review(paid, nil, at)
		back := slices.Clone(paid)
		slices.Reverse(back)
		w := soundProgramme().Review(back, nil, at)
		if a, b := sayFigures(v), sayFigures(w); !maps.Equal(a, b) {
			t.Fatalf("the order changes numbers: %v and %v", a, b)
		}
		sum := 0
		for _, f := range v.Now {
			sum += f.Count.Min()
		}
		if most, bounded := v.Ever[0].Count.Max(); bounded && sum > most {
			t.Fatalf("of at most %d met, %d are somewhere: %v", most, sum, v.Now)
		}
		silent := met("silent", "2026-03-09", Count{}, "", "")
		for _, f := range slices.Concat(soundProgramme().Review(append(paid, silent), nil, at).Now) {
			if _, bounded := f.Count.Max(); bounded {
				t.Fatalf("nobody told how many were met in one operation, and %s is %v", f.Name, f.Count)
			}
		}
	})
}

func TestShifted(t *testing.T) {
	for _, tt := range []struct {
		last, usual Count
		want        Answer
	}{
		{Exactly(30), Exactly(12), Yes},   // 30 against 4 a window
		{Exactly(9), Exactly(12), Yes},    // 9 against 4: more than twice, and five more
		{Exactly(8), Exactly(12), No},     // twice, not more
		{Exactly(4), Exactly(0), No},      // fewer than five more
		{Exactly(5), Exactly(0), Yes},     //
		{Exactly(1), Exactly(30), Yes},    // 1 against 10
		{Exactly(5), Exactly(30), No},     // half, not less
		{Exactly(0), Exactly(12), No},     // fewer than five fewer
		{Between(3, 40), Exactly(12), ""}, // may be either
		{AtLeast(30), Exactly(12), Yes},   //
		{AtLeast(3), Exactly(12), ""},     //
		{Exactly(30), AtLeast(12), ""},    // the usual may be as many
		{Exactly(0), AtLeast(90), Yes},    // whatever the most is
		{Between(0, 1), Between(30, 60), Yes},
	} {
		if got := shifted(tt.last, tt.usual); got != tt.want {
			t.Errorf("%v after %v: %q, want %q", tt.last, tt.usual, got, tt.want)
		}
	}
}

// A definition that is widened a fortnight before the report: the recount and
// the warnings, worked by hand.
func TestReviewTarget(t *testing.T) {
	at := time.Date(2026, 7, 10, 0, 0, 0, 0, time.UTC)
	r := soundProgramme()
	r.Definitions = append(r.Definitions, &TargetDefinition{Head: Head{ID: "d2"}, Target: "t", Version: "2", From: when("2026-06-15"), Text: "All.", Classes: []Class{"child", "adult_not_determined"}})
	paid := []*Record{
		met("a", "2026-02-01", Exactly(4), "child", "2026-02-02"),
		met("b", "2026-06-10", Exactly(20), "adult_not_determined", "2026-06-12"),
		met("c", "2026-06-20", Exactly(3), "child", ""), // decided, nobody told when
		met("d", "2026-06-25", Exactly(7), "", ""),      // nobody decided
	}
	v := r.Review(paid, nil, at).Targets[0]
	if one, two := v.Definitions[0].Recount.String(), v.Definitions[1].Recount.String(); one != "7 to 14" || two != "27 to 34" {
		t.Errorf("counted again: %s and %s", one, two)
	}
	report := v.Reports[0]
	// In June after the 1st: 20 for sure, and 3 that may have been decided in July.
	if got := fmt.Sprint(report.Last, " ", report.Usual, " ", report.ByThen); got != "20 to 23 0 24 to 27" {
		t.Errorf("last, usual, by then: %s", got)
	}
	if report.Shifted != Yes || report.Redefined != Yes || report.Borne != No || len(report.Near) != 1 {
		t.Errorf("shifted %q, redefined %q, borne out %q, %d definitions near", report.Shifted, report.Redefined, report.Borne, len(report.Near))
	}
	var months []string
	for _, m := range v.Months {
		months = append(months, fmt.Sprintf("%s %v %v", m.Start.Format("01"), m.Counts, m.New))
	}
	if got, want := strings.Join(months, "; "), "01 [0 0] []; 02 [4 4] []; 03 [0 0] []; 04 [0 0] []; 05 [0 0] []; 06 [at most 3 20 to 23] [1]; 07 [at most 3 at most 3] []"; got != want {
		t.Errorf("months: %s\nwant    %s", got, want)
	}

	// A day that is not told, or too soon after the launch, or not come, warns of nothing and clears nothing.
	r.Definitions[1].From = When{}
	if got := r.Review(paid, nil, at).Targets[0].Reports[0]; got.Redefined != Unknown {
		t.Errorf("nobody told when the definition changed: %q", got.Redefined)
	}
	r.Programme.Began = when("2026-05-01")
	if got := r.Review(paid, nil, at).Targets[0].Reports[0]; got.Shifted != Unknown {
		t.Errorf("the programme had run for two months: %q", got.Shifted)
	}
	if got := r.Review(paid, nil, at.AddDate(0, -1, 0)).Targets[0].Reports[0]; got.Come || got.Shifted != Unknown || got.Last.Known() {
		t.Errorf("the day has not come: %+v", got)
	}
	r.Definitions[0].Classes, r.Definitions[1].Classes = nil, nil
	if got := r.Review(paid, nil, at).Targets[0]; got.Definitions[0].Recount.Known() || got.Months != nil || got.Reports[0].ByThen.Known() {
		t.Errorf("by definitions that name no class somebody was counted: %+v", got)
	}
}

// A person counts from the decision since which every one has counted them:
// what was decided otherwise in between begins the count anew.
func TestCountedSince(t *testing.T) {
	r := met("a", "2026-02-01", Exactly(1), "child", "2026-02-02")
	add := func(class Class, at string) {
		r.Decisions = append(r.Decisions, &Decision{Head: Head{ID: ID("d" + at)}, Presence: "a-g", Class: class, DecidedBy: "S", At: when(at)})
	}
	add("child", "2026-03-02")
	d := &TargetDefinition{Classes: []Class{"child", "dependant_child"}}
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	since := func() string { return r.People().countedBy(d, at).since["a-g"].from.Format(time.DateOnly) }
	if got := since(); got != "2026-02-02" {
		t.Errorf("decided twice alike: since %s", got)
	}
	add("not_determined", "2026-04-02")
	if got := since(); got != "0001-01-01" {
		t.Errorf("not determined any more, and counted since %s", got)
	}
	add("dependant_child", "2026-05-02")
	if got := since(); got != "2026-05-02" {
		t.Errorf("decided anew: since %s", got)
	}
}

func TestReviewObjections(t *testing.T) {
	r := soundProgramme()
	r.Objections = []*Objection{{Head: Head{ID: "late"}, At: when("2026-02-01")}, {Head: Head{ID: "early"}, At: when("2025-11-01")}, {Head: Head{ID: "some"}, At: when("2025/2026")}}
	r.Replies = []*Reply{{Objection: "early", At: when("2026-03-01")}, {Objection: "early", At: when("2025-12-01")}, {Objection: "some"}}
	var got []string
	for _, o := range r.objections() {
		got = append(got, fmt.Sprintf("%s %q %q %d", o.ID, o.InTime, o.Heard, len(o.Replies)))
	}
	if want := []string{`early "yes" "yes" 2`, `late "no" "no" 0`, `some "" "" 1`}; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("objections %q, want %q", got, want)
	}
}

func TestReviewMoney(t *testing.T) {
	r := soundProgramme()
	r.Spending = []*Spending{
		{Kind: "police", Amount: "600", Currency: "EUR", Served: Exactly(0)},
		{Kind: "services", Amount: "100-200", Currency: "EUR", Served: Between(10, 20)},
		{Kind: "services", Amount: "100", Currency: "EUR", Served: Exactly(10)},
		{Amount: "100", Currency: "EUR"}, // to whom is not told
		{Kind: "courts", Amount: "5", Currency: "USD"},
	}
	var got []string
	for _, p := range r.purses() {
		got = append(got, fmt.Sprintf("%s %v of %v, %v untold", p.Currency, p.Spent, p.Granted, p.Untold))
		for _, part := range p.Parts {
			if part.Lines > 0 {
				got = append(got, fmt.Sprintf("%s %v %.2f-%.2f %v a person", part.Kind, part.Amount, part.Low, part.High, part.PerPerson))
			} else {
				got = append(got, string(part.Kind)+" not told")
			}
		}
	}
	want := []string{
		"EUR 900 to 1000 of 1000, at most 100 untold",
		"police 600 0.60-0.78 not known a person",        // 600 of 600+300+100, to 700 of 700+200
		"services 200 to 300 0.22-0.40 6 to 15 a person", // 200 of 200+600+100, to 400 of 400+600; 200/30 to 300/20
		"worker_groups not told", "courts not told",
		" 100 0.10-0.11 not known a person",
		"USD 5 of not known, not known untold", "police not told", "services not told", "worker_groups not told", "courts 5 1.00-1.00 not known a person",
	}
	if !slices.Equal(got, want) {
		t.Errorf("money:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAllowProgramme(t *testing.T) {
	r := soundProgramme()
	r.Objections[0].Organisation = "theirs"
	own := Actor{Role: Coordinator, Organisation: "ours"}
	for name, tt := range map[string]struct {
		e    Entry
		want string
	}{
		"take over an objection":        {&Objection{Head: Head{ID: "o"}, Organisation: "ours"}, "problem.refused_objection_of_another"},
		"make an objection nobody's":    {&Objection{Head: Head{ID: "o"}}, "problem.refused_objection_of_another"},
		"object in another's name":      {&Objection{Head: Head{ID: "n"}, Organisation: "theirs"}, "problem.refused_objection_of_another"},
		"object":                        {&Objection{Head: Head{ID: "n"}, Organisation: "ours"}, ""},
		"write down who is not on site": {&Objection{Head: Head{ID: "n"}}, ""},
		"add a target":                  {&Target{}, ""},
	} {
		err := AllowProgramme(own, r, tt.e)
		p, _ := errors.AsType[*Problem](err)
		if got := ""; err != nil {
			if got = p.Key; got != tt.want {
				t.Errorf("%s: %s, want %q", name, got, tt.want)
			}
		} else if tt.want != "" {
			t.Errorf("%s is allowed", name)
		}
	}
}

package plumbline

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// soundRecord is a record with nothing to object to.
func soundRecord() *Record {
	r := op(Exactly(12),
		&Plan{Purpose: "Two lines\nof prose, with = and a tab\tin it"},
		&Label{Word: "raid", Speaker: "Unit"},
		group("g1", Exactly(9)),
		part("g2", "g1", Exactly(4), "01T21:00"),
		&Presence{Head: Head{ID: "p1"}, Code: "P-01", Individual: true, Count: Exactly(1), Age: "15-17"},
		&Presence{Head: Head{ID: "p2"}, Code: "P-02", Individual: true, Count: Exactly(1), Age: "30"},
		&Decision{Head: Head{ID: "d1"}, Presence: "p1", Class: "child", DecidedBy: "Lime House"},
		&Decision{Head: Head{ID: "d2"}, Presence: "p2", Class: "accused", DecidedBy: "Unit"},
		handed("g1", "escorted", "01T21:30", "Unit", "Station"),
		handed("g1", "held", "01T21:30", "Station", "Prison"),
		&Account{Head: Head{ID: "a1"}, Teller: "Unit", Points: []Point{{Topic: "result", Text: "Done"}}},
		&Interview{Head: Head{ID: "i1"}, Presence: "p1", Began: when("01T21:00"), Ended: when("01T21:40")},
		&Closure{Head: Head{ID: "c1"}, Closed: when("02"), Reopened: when("09")},
		&Debrief{Head: Head{ID: "b1"}, Actions: []Action{{What: "Carry receipts"}}},
	)
	r.Movements[0].ID, r.Movements[1].ID = "m1", "m2"
	r.Operation.Ended = when("01T23:00")
	return r
}

// What a record may not hold: one change to a sound record, and the problem it
// makes.
var wrongRecords = []struct {
	name   string
	change func(*Record)
	field  string
	key    string
}{
	{"no title", func(r *Record) { r.Operation.Title = "" }, "operation.title", "problem.needed"},
	{"no origin", func(r *Record) { r.Operation.Origin = "" }, "operation.origin", "problem.needed"},
	{"no code", func(r *Record) { r.Presences[2].Code = "" }, "presences[2].code", "problem.needed"},
	{"an action of nothing", func(r *Record) { r.Debriefs[0].Actions[0].What = "" }, "debriefs[0].actions[0].what", "problem.needed"},
	{"a movement of nobody", func(r *Record) { r.Movements[0].Presence = "" }, "movements[0].presence", "problem.needed"},
	{"no id", func(r *Record) { r.Labels[0].ID = "" }, "labels[0].id", "problem.needed"},
	{"an id of capitals", func(r *Record) { r.Labels[0].ID = "L1" }, "labels[0].id", "problem.bad_id"},
	{"an id of 65 characters", func(r *Record) { r.Labels[0].ID = ID(strings.Repeat("a", 65)) }, "labels[0].id", "problem.bad_id"},
	{"an id that begins with a hyphen", func(r *Record) { r.Labels[0].ID = "-a" }, "labels[0].id", "problem.bad_id"},
	{"an id with a line end", func(r *Record) { r.Labels[0].ID = "a\n" }, "labels[0].id", "problem.bad_id"},
	{"a unit that cannot be one", func(r *Record) { r.Operation.Unit = "Unit 7" }, "operation.unit", "problem.bad_id"},
	{"one id twice", func(r *Record) { r.Decisions[1].ID = "p1" }, "decisions[1].id", "problem.same_id"},
	{"a word that is not in the list", func(r *Record) { r.Movements[0].State = "vanished" }, "movements[0].state", "problem.not_one_of"},
	{"a criterion that is not one", func(r *Record) { r.Operation.Criteria.Aim = "glory" }, "operation.criteria.aim", "problem.not_one_of"},
	{"a topic that is not one", func(r *Record) { r.Accounts[0].Points[0].Topic = "gossip" }, "accounts[0].points[0].topic", "problem.not_one_of"},
	{"a debrief before it", func(r *Record) { r.Operation.DebriefDueIn = -1 }, "operation.debrief_due_days", "problem.not_one_of"},
	{"a debrief in a thousand years", func(r *Record) { r.Operation.DebriefDueIn = 365_000 }, "operation.debrief_due_days", "problem.not_one_of"},
	{"a line of 301 characters", func(r *Record) { r.Labels[0].Word = strings.Repeat("ض", 301) }, "labels[0].word", "problem.too_long"},
	{"prose of 20001 characters", func(r *Record) { r.Operation.Summary = Text(strings.Repeat("x", 20_001)) }, "operation.summary", "problem.too_long"},
	{"ten megabytes", func(r *Record) { r.Plan.Risks = Text(strings.Repeat("x", 10<<20)) }, "plan.risks", "problem.too_long"},
	{"501 sources", func(r *Record) { r.Labels[0].Sources = slices.Repeat([]string{"C-B1"}, 501) }, "labels[0].sources", "problem.too_many"},
	{"501 points", func(r *Record) { r.Accounts[0].Points = slices.Repeat(r.Accounts[0].Points, 501) }, "accounts[0].points", "problem.too_many"},
	{"2001 labels", func(r *Record) { r.Labels = slices.Repeat(r.Labels, 2001) }, "labels", "problem.too_many"},
	{"broken UTF-8", func(r *Record) { r.Operation.Place = "Mill\xffLane" }, "operation.place", "problem.not_text"},
	{"broken UTF-8 in prose", func(r *Record) { r.Operation.Summary = "\xc3" }, "operation.summary", "problem.not_text"},
	{"a replacement character", func(r *Record) { r.Operation.Place = "Mill\ufffdLane" }, "operation.place", "problem.not_text"},
	{"a nought byte", func(r *Record) { r.Operation.Summary = "a\x00b" }, "operation.summary", "problem.not_text"},
	{"a line end in a line", func(r *Record) { r.Operation.Place = "Mill\nLane" }, "operation.place", "problem.not_text"},
	{"text that turns the next text round", func(r *Record) { r.Operation.Place = "Mill \u202eenaL" }, "operation.place", "problem.not_text"},
	{"a formula", func(r *Record) { r.Labels[0].Word = `=HYPERLINK("x")` }, "labels[0].word", "problem.formula"},
	{"a formula that begins with a plus", func(r *Record) { r.Labels[0].Word = "+1" }, "labels[0].word", "problem.formula"},
	{"a formula that begins with a minus", func(r *Record) { r.Labels[0].Word = "-1+2" }, "labels[0].word", "problem.formula"},
	{"a formula that begins with an at", func(r *Record) { r.Operation.NotTold = []string{"@SUM(A1)"} }, "operation.not_told[0]", "problem.formula"},
	{"a movement of a presence that is not there", func(r *Record) { r.Movements[0].Presence = "g9" }, "movements[0].presence", "problem.no_such"},
	{"a part of a group that is not there", func(r *Record) { r.Presences[1].PartOf = "g9" }, "presences[1].part_of", "problem.no_such"},
	{"a presence that is a label", func(r *Record) { r.Movements[0].Presence = r.Labels[0].ID }, "movements[0].presence", "problem.no_such"},
	{"more entered than met", func(r *Record) { r.Operation.HeadCount = Exactly(10) }, "operation.head_count", "problem.count_above_head"},
	{"at least more entered than at most met", func(r *Record) { r.Operation.HeadCount, r.Presences[0].Count = Between(5, 10), AtLeast(9) }, "operation.head_count", "problem.count_above_head"},
	{"more split off a group of unknown size than were met", func(r *Record) { r.Presences[0].Count, r.Presences[1].Count = Count{}, Exactly(11) }, "operation.head_count", "problem.count_above_head"},
	{"parts larger than the whole", func(r *Record) { r.Presences[1].Count = Exactly(10) }, "presences[0].count", "problem.parts_above_whole"},
	{"parts of parts larger than the whole", func(r *Record) {
		r.Presences[1].Count = Count{}
		r.Put(part("g3", "g2", Exactly(10), "01T22:00"))
	}, "presences[0].count", "problem.parts_above_whole"},
	{"a part of itself", func(r *Record) { r.Presences[0].PartOf = "g1" }, "presences[0].part_of", "problem.split_cycle"},
	{"a part of its part", func(r *Record) { r.Presences[0].PartOf = "g2" }, "presences[0].part_of", "problem.split_cycle"},
	{"a part of a part, 51 times", func(r *Record) {
		for i := range 51 {
			r.Put(part(ID(fmt.Sprint("s", i)), r.Presences[len(r.Presences)-1].ID, Exactly(1), "02"))
		}
	}, "presences[54].part_of", "problem.too_many"},
	{"a group of nobody", func(r *Record) { r.Presences[1].Count = Exactly(0) }, "presences[1].count", "problem.no_people"},
	{"one person who is two", func(r *Record) { r.Presences[2].Count = Exactly(2) }, "presences[2].count", "problem.individual_count"},
	{"one person of unknown number", func(r *Record) { r.Presences[2].Count = Count{} }, "presences[2].count", "problem.individual_count"},
	{"moved before the operation", func(r *Record) { r.Movements[0].From = when("01T19:59") }, "movements[0].from", "problem.before_operation"},
	{"moved the year before", func(r *Record) { r.Movements[0].From = when("2025") }, "movements[0].from", "problem.before_operation"},
	{"split before the operation", func(r *Record) { r.Presences[1].SplitAt = when("2025-12") }, "presences[1].split_at", "problem.before_operation"},
	{"an operation that ends before it begins", func(r *Record) { r.Operation.Ended = when("01T19:00") }, "operation.ended", "problem.end_before_start"},
	{"a stay that ends before it begins", func(r *Record) { r.Movements[0].Until = when("01T21:00") }, "movements[0].until", "problem.end_before_start"},
	{"a stay confirmed before it begins", func(r *Record) { r.Movements[0].Confirmed = when("01T21:00") }, "movements[0].confirmed", "problem.end_before_start"},
	{"an interview that ends before it begins", func(r *Record) { r.Interviews[0].Ended = when("01T20:30") }, "interviews[0].ended", "problem.end_before_start"},
	{"a venue reopened before it closed", func(r *Record) { r.Closures[0].Reopened = when("01") }, "closures[0].reopened", "problem.end_before_start"},
	{"a class that nobody decided", func(r *Record) { r.Decisions[0].DecidedBy = "" }, "decisions[0].decided_by", "problem.no_decider"},
	{"an accused of fifteen", func(r *Record) { r.Decisions[0].Class = "accused" }, "decisions[0].class", "problem.child_by_age"},
	{"a child of thirty", func(r *Record) { r.Decisions[1].Class = "child" }, "decisions[1].class", "problem.adult_by_age"},
	{"handed to oneself", func(r *Record) { r.Movements[0].Taker = "UNIT" }, "movements[0].taker", "problem.handed_to_self"},
	{"handed back at the same moment", func(r *Record) { r.Movements[1].Taker = "Unit" }, "movements[1].taker", "problem.handover_cycle"},
	{"handed back at the same moment, in another zone", func(r *Record) {
		r.Movements[1].Taker, r.Movements[1].From = "Unit", when("2026-03-02T04:30+07:00")
	}, "movements[1].taker", "problem.handover_cycle"},
	{"handed round in a circle of three", func(r *Record) {
		back := handed("g1", "held", "01T21:30", "Prison", "Unit")
		back.ID = "m3"
		r.Put(back)
	}, "movements[2].taker", "problem.handover_cycle"},
}

func TestCheck(t *testing.T) {
	if err := soundRecord().Check(); err != nil {
		t.Fatalf("the sound record is refused: %v", err)
	}
	for _, tt := range wrongRecords {
		r := soundRecord()
		tt.change(r)
		err := r.Check()
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want a problem of kind invalid", tt.name, err)
			continue
		}
		found := false
		for _, p := range ProblemsOf(err) {
			found = found || p.Field == tt.field && p.Key == tt.key
			checkMessage(t, tt.name, p)
		}
		if !found {
			t.Errorf("%s: %v\nwant %s at %s", tt.name, err, tt.key, tt.field)
		}
	}
}

// checkMessage fails when a problem's message is not there, has blanks left,
// or repeats a page.
func checkMessage(t *testing.T, name string, p *Problem) {
	t.Helper()
	if _, ok := ProblemTexts[p.Key]; !ok {
		t.Errorf("%s: no text for %q", name, p.Key)
	}
	if s := p.Error(); strings.Contains(s, "{{") || strings.Contains(s, "<nil>") || len(s) > 1000 {
		t.Errorf("%s: the message is %.1000q", name, s)
	}
}

// What is not certain is not refused.
func TestCheckAllows(t *testing.T) {
	for name, change := range map[string]func(*Record){
		"a year that holds the beginning": func(r *Record) { r.Movements[0].From = when("2026") },
		"about the day before":            func(r *Record) { r.Movements[0].From = when("2026-02-28~") },
		"the minute in which it began": func(r *Record) {
			r.Operation.Began, r.Movements[0].From = when("2026-03-01T20:00:30Z"), when("01T20:00")
		},
		"no head count":                       func(r *Record) { r.Operation.HeadCount = Count{} },
		"more entered than about were met":    func(r *Record) { r.Operation.HeadCount = About(6) },
		"more entered than at least were met": func(r *Record) { r.Operation.HeadCount = AtLeast(6) },
		"a part of unknown size":              func(r *Record) { r.Presences[1].Count = Count{} },
		"parts that use up the whole":         func(r *Record) { r.Presences[1].Count = Exactly(9) },
		"an age in doubt, and a class of adults": func(r *Record) {
			r.Presences[2].Age, r.Decisions[0].Class = "16-20", "adult_coerced"
		},
		"handed back later": func(r *Record) { r.Movements[1].Taker, r.Movements[1].From = "Unit", when("01T22:30") },
		"handed back on the same day": func(r *Record) {
			r.Movements[1].Taker, r.Movements[1].From, r.Movements[0].From = "Unit", when("02"), when("02")
		},
		"a unit of which this has no word": func(r *Record) { r.Operation.Unit = "unit-elsewhere" },
		"a dash in front of a word":        func(r *Record) { r.Labels[0].Word = "- raid" },
		"Arabic":                           func(r *Record) { r.Labels[0].Word = "مداهمة\u200f" },
		"300 letters of two bytes":         func(r *Record) { r.Labels[0].Word = strings.Repeat("ض", 300) },
	} {
		r := soundRecord()
		change(r)
		if err := r.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckUnit(t *testing.T) {
	unit := func() *UnitRecord {
		return &UnitRecord{
			Unit:      Unit{Head: Head{ID: "u"}, Organisation: "o", Name: "Unit", Origin: "fictional", Created: when("2020"), Ended: when("2025")},
			Commands:  []*Command{{Head: Head{ID: "c"}, Commander: "First", From: when("2020"), Until: when("2022")}},
			Trainings: []*Training{{Head: Head{ID: "t"}, Subject: "Law", Hours: 40, Contents: []Content{"respect_for_adults"}}},
			Transfers: []*Transfer{{Head: Head{ID: "x"}, Training: "t"}},
			Events:    []*UnitEvent{{Head: Head{ID: "e"}, Kind: "vetting", Actions: []Action{{What: "Read the files"}}}},
		}
	}
	if err := unit().Check(); err != nil {
		t.Fatalf("a sound unit is refused: %v", err)
	}
	for _, tt := range []struct {
		change     func(*UnitRecord)
		field, key string
	}{
		{func(u *UnitRecord) { u.Unit.Name = "" }, "unit.name", "problem.needed"},
		{func(u *UnitRecord) { u.Unit.Ended = when("2019") }, "unit.ended", "problem.end_before_start"},
		{func(u *UnitRecord) { u.Commands[0].Until = when("2019-05") }, "commands[0].until", "problem.end_before_start"},
		{func(u *UnitRecord) { u.Trainings[0].Hours = -3 }, "trainings[0].hours", "problem.not_one_of"},
		{func(u *UnitRecord) { u.Trainings[0].Contents[0] = "drill" }, "trainings[0].contents[0]", "problem.not_one_of"},
		{func(u *UnitRecord) { u.Transfers[0].Training = "u" }, "transfers[0].training", "problem.no_such"},
		{func(u *UnitRecord) { u.Events[0].Actions[0].What = "" }, "events[0].actions[0].what", "problem.needed"},
	} {
		u := unit()
		tt.change(u)
		ps := ProblemsOf(u.Check())
		if len(ps) != 1 || ps[0].Field != tt.field || ps[0].Key != tt.key {
			t.Errorf("%v, want %s at %s", ps, tt.key, tt.field)
		}
	}
}

func TestCheckOrganisation(t *testing.T) {
	o := Organisation{Head: Head{ID: "o"}, Name: "Lime House", Kind: "shelter", Origin: "fictional", Ties: []Tie{{Kind: "funds", To: "p", From: when("2020"), Until: when("2021")}}}
	if err := CheckOrganisation(&o); err != nil {
		t.Fatalf("a sound organisation is refused: %v", err)
	}
	o.Kind, o.Ties[0].To, o.Ties[0].Until = "", "P P", when("2019")
	want := map[string]string{"kind": "problem.needed", "ties[0].to": "problem.bad_id", "ties[0].until": "problem.end_before_start"}
	got := map[string]string{}
	for _, p := range ProblemsOf(CheckOrganisation(&o)) {
		got[p.Field] = p.Key
		checkMessage(t, "organisation", p)
	}
	if !maps.Equal(got, want) {
		t.Errorf("problems %v, want %v", got, want)
	}
}

// Every message of this package that Check, Show, AllowWrite or a parser can
// give is given by a test; the rest belong to packages that read and store.
func TestEveryProblemHasATest(t *testing.T) {
	given := map[string]bool{"problem.bad_count": true, "problem.bad_when": true, "problem.forbidden": true, "problem.not_found": true,
		"problem.refused_account_of_another": true, "problem.refused_note_of_another": true, "problem.refused_origin": true, "problem.refused_objection_of_another": true, "problem.refused_entry_of_another": true, "problem.before_raised": true, "problem.refused_own_role": true, "problem.force_role": true, "problem.foreign_unit": true} // in count_test, when_test, actor_test
	for _, d := range Deeds() { // in actor_test
		given["problem.refused_"+string(d)] = true
	}
	for _, tt := range wrongRecords {
		given[tt.key] = true
	}
	for _, tt := range wrongProgrammes {
		given[tt.key] = true
	}
	for _, tt := range wrongAreas {
		given[tt.key] = true
	}
	for _, tt := range wrongDialogues {
		given[tt.key] = true
	}
	for _, tt := range wrongStories {
		given[tt.key] = true
	}
	elsewhere := []string{
		"problem.after_end", "problem.already_there", "problem.empty_file", "problem.format", "problem.no_format", "problem.not_json", "problem.not_one_operation",
		"problem.not_utf8", "problem.reason_needed", "problem.same_field", "problem.too_large", "problem.truncated", "problem.unchanged", "problem.unknown_field",
		"problem.unknown_field_near", "problem.unknown_operation", "problem.unknown_organisation", "problem.unknown_programme", "problem.unknown_matter", "problem.unknown_unit", "problem.unknown_area", "problem.other_origin", "problem.version", "problem.want_bool", "problem.unknown_dialogue",
		"problem.want_list", "problem.want_number", "problem.want_object", "problem.want_text",
		"problem.account_first", "problem.bad_year", "problem.figure_denominator", "problem.figure_fact", "problem.figure_file", "problem.password_differs", "problem.no_file", "problem.not_json_file", "problem.packed", // by the pages
		"problem.disk_full", "problem.code_wrong", "problem.own_access", "problem.password_plain", "problem.password_short", "problem.other_upload", // by the store
		"problem.release", "problem.release_approvers", "problem.release_data", "problem.release_few", "problem.release_id", "problem.release_key", "problem.release_key_known", "problem.release_log", "problem.release_published", "problem.release_signed", "problem.release_unpublished", "problem.budget_known", "problem.no_budget", "problem.budget_spent", "problem.not_number", "problem.release_mean", "problem.release_made_up", "problem.release_empty", "problem.release_no_result", "problem.path_records", "problem.path_record", "problem.path_names",
		"problem.bad_table", "problem.bad_event", "problem.identifying", "problem.no_months", "problem.no_rows", "problem.run_ended", "problem.not_csv", "problem.no_column", "problem.unknown_study", "problem.bad_month", "problem.row_length", "problem.row_quotes", "problem.row_twice", "problem.no_contacts", // by the store and the pages, of studies
		"problem.claim_adults", "problem.claim_circle", "problem.claim_citation", "problem.claim_method", "problem.claim_when", "problem.claim_word", "problem.claim_words", "problem.claim_definition", "problem.claim_figure", "problem.claim_formula", "problem.claim_id", "problem.claim_itself",
		"problem.claim_link", "problem.claim_no_claim", "problem.claim_twice", "problem.claim_unit", "problem.reply_again", // of claims
	}
	for _, key := range slices.Sorted(maps.Keys(ProblemTexts)) {
		if given[key] == slices.Contains(elsewhere, key) {
			t.Errorf("%s: given by a test %t, listed as given elsewhere %t", key, given[key], !given[key])
		}
	}
}

// A text that fills a blank may look like one, and is left alone.
func TestProblemTextFillsBlanksOnce(t *testing.T) {
	for range 20 { // maps have no order
		p := Invalid("kind", "problem.not_one_of", "Got", "{{.Want}}", "Want", "{{.Got}}")
		if got, want := p.Error(), "kind: “{{.Want}}” is not one of the answers: {{.Got}}."; got != want {
			t.Fatalf("%s\nwant %s", got, want)
		}
	}
}

func TestProblem(t *testing.T) {
	p := Invalid("from", "problem.needed")
	if got := p.In("movements[2]").Field; got != "movements[2].from" {
		t.Errorf("the field inside another is %q", got)
	}
	if got := Invalid("", "problem.needed").In("head_count").Field; got != "head_count" {
		t.Errorf("the whole inside another is %q", got)
	}
	if got := p.In("").Field; got != "from" {
		t.Errorf("inside nothing the field is %q", got)
	}
	err := fmt.Errorf("record: %w", Problems{p, NotFound("unit"), Conflict("", "problem.version")})
	for _, kind := range []error{ErrInvalid, ErrNotFound, ErrConflict} {
		if !errors.Is(err, kind) {
			t.Errorf("%v is not %v", err, kind)
		}
	}
	if len(ProblemsOf(err)) != 3 || len(ProblemsOf(fmt.Errorf("%w", p))) != 1 || ProblemsOf(errors.New("broken pipe")) != nil || ProblemsOf(nil) != nil {
		t.Error("ProblemsOf does not find the problems inside an error")
	}
	if err := (Problems{}).orNil(); err != nil {
		t.Errorf("no problems are the error %v", err)
	}
}

func TestParseAge(t *testing.T) {
	for text, want := range map[string][2]int{"14": {14, 14}, "15-17": {15, 17}, " 15 – 17 ": {15, 17}, "١٥-١٧": {15, 17}, "0": {0, 0}} {
		lo, hi, ok := ParseAge(text)
		if !ok || lo != want[0] || hi != want[1] {
			t.Errorf("ParseAge(%q) = %d, %d, %t, want %v", text, lo, hi, ok, want)
		}
	}
	for _, text := range []string{"", "young", "17-15", "-3", "130", "14-", "about 14"} {
		if lo, hi, ok := ParseAge(text); ok {
			t.Errorf("ParseAge(%q) = %d, %d, want no age", text, lo, hi)
		}
	}
}

// Every string, list and number of every kind of entry is read by Check: a
// field of a new type cannot slip in unread.
func TestCheckReadsEveryField(t *testing.T) {
	for _, subject := range Subjects() {
		for _, kind := range Kinds(subject) {
			if kind == KindStudyData || kind == KindStudyRun {
				continue // the program writes them, and nobody's words
			}
			e := NewEntry(kind)
			e.head().ID = "e"
			eachField(reflect.ValueOf(e).Elem(), string(kind), func(path string, v reflect.Value) {
				old := reflect.ValueOf(v.Interface())
				switch v.Kind() {
				case reflect.String:
					v.SetString("\x00")
				case reflect.Int:
					v.SetInt(-1)
				case reflect.Slice:
					v.Set(reflect.MakeSlice(v.Type(), MaxList+1, MaxList+1))
				case reflect.Bool:
					return
				default:
					t.Errorf("%s is a %s, which Check does not know", path, v.Type())
				}
				if !slices.ContainsFunc(checkFields(e), func(p *Problem) bool { return p.Key != "problem.needed" }) {
					t.Errorf("%s: %#v is not refused", path, v.Interface())
				}
				v.Set(old)
			})
		}
	}
}

func eachField(v reflect.Value, path string, visit func(string, reflect.Value)) {
	switch {
	case v.Type() == reflect.TypeFor[When]() || v.Type() == reflect.TypeFor[Count]():
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			eachField(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	default:
		visit(path, v)
		if v.Kind() == reflect.Slice {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			eachField(v.Index(0), path+"[0]", visit)
			v.Set(reflect.Zero(v.Type()))
		}
	}
}

func TestRefs(t *testing.T) {
	o := &Organisation{Head: Head{ID: "o"}, Ties: []Tie{{To: ""}, {To: "p"}}}
	if got, want := Refs(o), []Ref{{"ties[1].to", KindOrganisation, "p"}}; !slices.Equal(got, want) {
		t.Errorf("references %v, want %v", got, want)
	}
	m := &Movement{Head: Head{ID: "m"}, Presence: "g", ByUnit: "u"}
	if got, want := Refs(m), []Ref{{"presence", KindPresence, "g"}, {"by_unit", KindUnit, "u"}}; !slices.Equal(got, want) {
		t.Errorf("references %v, want %v", got, want)
	}
}

func TestKindsOfEntries(t *testing.T) {
	for _, subject := range Subjects() {
		for _, kind := range Kinds(subject) {
			e := NewEntry(kind)
			if got := KindOf(e); got != kind {
				t.Errorf("a new %s is of kind %s", kind, got)
			}
			if got, ok := SubjectOf(kind); got != subject || !ok {
				t.Errorf("%s belongs to %s, want %s", kind, got, subject)
			}
			HeadOf(e).ID = "e"
			switch subject {
			case KindOperation:
				r := new(Record)
				r.Put(e)
				if got := r.EntriesOf(kind); len(got) != 1 || HeadOf(got[0]).ID != "e" || r.Find("e") == nil {
					t.Errorf("a %s that was put is not there", kind)
				}
				r.Put(e)
				if n := len(r.EntriesOf(kind)); n != 1 {
					t.Errorf("a %s that was put twice is there %d times", kind, n)
				}
			case KindUnit:
				r := new(UnitRecord)
				r.Put(e)
				if r.Find("e") == nil {
					t.Errorf("a %s that was put is not there", kind)
				}
			}
		}
	}
	if NewEntry("person") != nil {
		t.Error("there is an entry for a person; people are counted here, not named")
	}
	if _, ok := SubjectOf("person"); ok {
		t.Error("a kind that does not exist has a subject")
	}
}

// Whatever is refused is refused with a message, and nothing panics.
func TestCheckNeverPanics(t *testing.T) {
	ids := []ID{"", "op", "g1", "g2", "p1", "m1", "nobody", "NOT AN ID"}
	rapid.Check(t, func(t *rapid.T) {
		r := soundRecord()
		id := func(what string) ID { return rapid.SampledFrom(ids).Draw(t, what) }
		for range rapid.IntRange(1, 5).Draw(t, "entries") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				r.Presences = append(r.Presences, &Presence{Head: Head{ID: id("id")}, Code: "G", PartOf: id("part of"), Count: told(t, 3, "count"), SplitAt: drawWhen(t, "split")})
			case 1:
				r.Movements = append(r.Movements, &Movement{Head: Head{ID: id("id")}, Presence: id("presence"), State: "held", From: drawWhen(t, "from")})
			case 2:
				r.Decisions = append(r.Decisions, &Decision{Head: Head{ID: id("id")}, Presence: id("presence"), Class: "child", At: drawWhen(t, "at")})
			case 3:
				r.Operation.Began = drawWhen(t, "began")
			}
		}
		for _, p := range ProblemsOf(r.Check()) {
			if strings.Contains(p.Error(), "{{") {
				t.Fatalf("the message is %q", p.Error())
			}
		}
		if r.Check() == nil {
			r.Kind()
			r.Tally()
			r.Balance(Checkpoint{"72h", 3 * day})
		}
	})
}

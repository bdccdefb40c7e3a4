package plumbline

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func endOf(text string) time.Time {
	t, _ := when(text).Latest()
	return t.Add(-time.Second)
}

// criticism is a matter that the workers raised with the police on 1 March.
func criticism(entries ...Entry) *MatterRecord {
	r := &MatterRecord{Matter: Matter{Head: Head{ID: "m"}, Title: "Papers", Origin: "site", Kind: "criticism", RaisedBy: workersOrg, To: policeOrg, At: when("2028-03-01"), Text: "Give them back."}}
	for i, e := range entries {
		HeadOf(e).ID = ID(fmt.Sprint("e", i))
		r.Put(e)
	}
	return r
}

func TestMatterState(t *testing.T) {
	answer := func(by ID, at string) Entry { return &Answering{Organisation: by, At: when(at), Text: "So."} }
	look := func(by ID, at string, independent Answer) Entry {
		return &Look{Organisation: by, At: when(at), Independent: independent, Found: "This."}
	}
	put := func(r *MatterRecord, f func(*Matter)) *MatterRecord { f(&r.Matter); return r }
	for _, tt := range []struct {
		name  string
		r     *MatterRecord
		at    string
		want  MatterStanding
		apart Answer
		age   int // days
	}{
		{"raised yesterday", criticism(), "2028-03-02", MatterOpen, Unknown, 1},
		{"on the last of thirty days", criticism(), "2028-03-31", MatterOpen, Unknown, 30},
		{"a day later", criticism(), "2028-04-01", MatterOverdue, Unknown, 31},
		{"a day was given", put(criticism(), func(m *Matter) { m.Due = when("2028-03-05") }), "2028-03-06", MatterOverdue, Unknown, 5},
		{"answered", criticism(answer(policeOrg, "2028-03-11")), "2028-05-01", MatterAnswered, Unknown, 10},
		{"answered late", criticism(answer(policeOrg, "2028-04-10")), "2028-05-01", MatterAnswered, Unknown, 40},
		{"not answered yet on that day", criticism(answer(policeOrg, "2028-04-10")), "2028-03-20", MatterOpen, Unknown, 19},
		{"answered by somebody else", criticism(answer(shelterOrg, "2028-03-02")), "2028-05-01", MatterOverdue, Unknown, 61},
		{"answered by who raised it", criticism(answer(workersOrg, "2028-03-02")), "2028-03-03", MatterOpen, Unknown, 2},
		{"a look is no answer", criticism(look(shelterOrg, "2028-03-02", Yes)), "2028-03-03", MatterOpen, Yes, 2},
		{"who owes the answer is not independent", criticism(look(policeOrg, "2028-03-02", Yes)), "2028-03-03", MatterOpen, Unknown, 2},
		{"nor is who raised it", criticism(look(workersOrg, "2028-03-02", Yes)), "2028-03-03", MatterOpen, Unknown, 2},
		{"one of two was independent", criticism(look(shelterOrg, "2028-03-02", Yes), look("o", "2028-03-03", No)), "2028-03-04", MatterOpen, Yes, 3},
		{"a demand is never overdue", put(criticism(), func(m *Matter) { m.Kind = Demand; m.Due = when("2028-03-05") }), "2030-01-01", MatterOpen, Unknown, 671},
		{"put to nobody", put(criticism(), func(m *Matter) { m.To = "" }), "2028-05-01", MatterOverdue, Unknown, 61},
		{"put to nobody, looked into", put(criticism(look(shelterOrg, "2028-03-05", No)), func(m *Matter) { m.To = "" }), "2028-05-01", MatterLookedAt, No, 4},
		{"put to nobody, looked into by who raised it", put(criticism(look(workersOrg, "2028-03-05", Yes)), func(m *Matter) { m.To = "" }), "2028-03-06", MatterOpen, Unknown, 5},
		{"put to nobody: nobody's answer ends it", put(criticism(answer("", "2028-03-05")), func(m *Matter) { m.To = "" }), "2028-03-06", MatterOpen, Unknown, 5},
		{"raised some time in a year", put(criticism(), func(m *Matter) { m.At = when("2027") }), "2028-02-01", MatterOverdue, Unknown, 32},
		{"raised since a day", put(criticism(), func(m *Matter) { m.At = when("2027/..") }), "2028-02-01", MatterOverdue, Unknown, 0},
	} {
		got := tt.r.State(endOf(tt.at))
		if days := int(got.Age.Round(time.Hour).Hours() / 24); got.Standing != tt.want || got.Apart != tt.apart || days != tt.age {
			t.Errorf("%s: got %s, independent %q, %d days; want %s, %q, %d", tt.name, got.Standing, got.Apart, days, tt.want, tt.apart, tt.age)
		}
	}
	r := criticism(&Answering{Organisation: policeOrg, At: when("2028-03-02"), Changed: Yes, Text: "It did."}, &Look{Organisation: shelterOrg, At: when("2028-03-09"), Changed: No, Found: "It did not."},
		&Answering{Organisation: policeOrg, At: when("2028-03-12"), Changed: No, Text: "It will."})
	if s := r.State(endOf("2028-04-01")); s.Changed != No || s.Seen != No || s.Answer.Text != "It will." {
		t.Errorf("got changed %q, seen %q, answer %q; want the last word of each", s.Changed, s.Seen, s.Answer.Text)
	}
}

func TestByNeedAndDues(t *testing.T) {
	one := func(id ID, kind MatterKind, to ID, at string, entries ...Entry) *MatterRecord {
		r := criticism(entries...)
		r.Matter.ID, r.Matter.Kind, r.Matter.To, r.Matter.At = id, kind, to, when(at)
		return r
	}
	answered := func(at string) Entry {
		return &Answering{Organisation: policeOrg, At: when(at), Changed: Yes, Text: "So."}
	}
	list := []*MatterRecord{
		one("done-early", "criticism", policeOrg, "2028-01-01", answered("2028-01-02")), one("new", "criticism", policeOrg, "2028-03-20"),
		one("late", "criticism", shelterOrg, "2028-02-01"), one("done", "criticism", policeOrg, "2028-02-01", answered("2028-02-02")),
		one("later", "criticism", policeOrg, "2028-01-01"), one("asked", Demand, workersOrg, "2028-01-01"), one("seen", "abuse_reported", policeOrg, "2028-03-25"),
	}
	ByNeed(list, endOf("2028-03-31"))
	var order []ID
	for _, r := range list {
		order = append(order, r.Matter.ID)
	}
	if want := []ID{"later", "late", "asked", "new", "seen", "done", "done-early"}; !slices.Equal(order, want) {
		t.Errorf("got %s, want %s", order, want)
	}
	got := DuesOf(list, endOf("2028-03-31"))
	want := []Dues{{Organisation: policeOrg, Overdue: 1, Open: 2, Answered: 2, Changed: 2}, {Organisation: shelterOrg, Overdue: 1}, {Organisation: workersOrg, Raised: 7}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	list[4].Matter.RaisedBy = "rescue"
	d := DutiesOf(list, []*Organisation{{Head: Head{ID: "rescue"}, Kind: "rescue_group"}, {Head: Head{ID: "quiet"}, Kind: "rescue_group"}, {Head: Head{ID: workersOrg}, Kind: "board"}})
	if len(d.Reported) != 1 || d.Reported[0].Matter.ID != "seen" || !slices.Equal(d.Silent, []ID{"quiet"}) || len(d.Demanded) != 1 || d.Demanded[0].Matter.ID != "asked" {
		t.Errorf("got %+v", d)
	}
}

func TestProposalStandsBesideProgrammes(t *testing.T) {
	grant := func(id ID, origin Origin, work ...Work) *ProgrammeRecord {
		return &ProgrammeRecord{Programme: Programme{Head: Head{ID: id}, Origin: origin, Work: work}}
	}
	list := []*ProgrammeRecord{grant("services", "site", "services"), grant("union", "site", "courts", "worker_organising"), grant("made-up", "fictional", "worker_organising"), grant("raids", "site", "police_operations")}
	m := Matter{Kind: "proposal", Origin: "site", Work: []Work{"worker_organising"}, Instead: "raids"}
	var got []ID
	for _, r := range m.Beside(list) {
		got = append(got, r.Programme.ID)
	}
	if want := []ID{"raids", "union"}; !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if m.Kind = "criticism"; m.Beside(list) != nil {
		t.Error("a criticism stands beside programmes")
	}
	if got := (&Look{Amount: "2800", Served: AtLeast(50)}).PerPerson(); got != Between(0, 56) {
		t.Errorf("got %s a person, want 0 to 56", got)
	}
}

func TestCheckMatter(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*MatterRecord)
		want   map[string]string
	}{
		"sound":                  {func(*MatterRecord) {}, nil},
		"without a day":          {func(r *MatterRecord) { r.Matter.At = When{} }, map[string]string{"matter.at": "problem.needed"}},
		"due before it":          {func(r *MatterRecord) { r.Matter.Due = when("2028-02-01") }, map[string]string{"matter.due": "problem.end_before_start"}},
		"answered before it":     {func(r *MatterRecord) { r.Answers[0].At = when("2028-02-01") }, map[string]string{"answers[0].at": "problem.before_raised"}},
		"looked into before it":  {func(r *MatterRecord) { r.Looks[0].At = when("2027") }, map[string]string{"looks[0].at": "problem.before_raised"}},
		"money without currency": {func(r *MatterRecord) { r.Looks[0].Amount = "7" }, map[string]string{"looks[0].currency": "problem.needed"}},
		"no sum":                 {func(r *MatterRecord) { r.Matter.Amount, r.Matter.Currency = "much", "EUR" }, map[string]string{"matter.amount": "problem.bad_amount"}},
	} {
		r := criticism(&Answering{Organisation: policeOrg, At: when("2028-03"), Text: "So."}, &Look{Organisation: shelterOrg, At: when("2028-03-01"), Found: "This."})
		tt.change(r)
		got := map[string]string{}
		for _, p := range ProblemsOf(r.Check()) {
			got[p.Field] = p.Key
			checkMessage(t, name, p)
		}
		if !maps.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

// Nobody, whatever their role, writes in another's name, or over what another
// organisation raised, answered or found.
func TestNobodyChangesAnothersMatter(t *testing.T) {
	organisations := []ID{"", workersOrg, policeOrg, shelterOrg}
	rapid.Check(t, func(rt *rapid.T) {
		org := func(name string) ID { return rapid.SampledFrom(organisations).Draw(rt, name) }
		a := actorOf(Role(rapid.SampledFrom(Role("").Values()).Draw(rt, "role")))
		a.Organisation = org("actor")
		r := criticism(&Answering{Organisation: org("answers"), At: when("2028-03-02"), Text: "So."}, &Look{Organisation: org("looks"), At: when("2028-03-02"), Found: "This."})
		r.Matter.RaisedBy, r.Matter.To = org("raises"), org("to")
		e := rapid.SampledFrom([]Entry{&Matter{}, &Answering{}, &Look{}}).Draw(rt, "kind")
		id := rapid.SampledFrom([]ID{"new", "m", "e0", "e1"}).Draw(rt, "over")
		was := map[ID]ID{"m": r.Matter.RaisedBy, "e0": r.Answers[0].Organisation, "e1": r.Looks[0].Organisation}
		writer := org("in the name of")
		switch e := e.(type) {
		case *Matter:
			*e = r.Matter
			e.RaisedBy = writer
		case *Answering:
			e.Organisation = writer
		case *Look:
			e.Organisation = writer
		}
		HeadOf(e).ID = id
		err := r.Allow(a, e)
		before, there := was[id]
		own := a.Organisation != "" && writer == a.Organisation && (!there || before == a.Organisation)
		writes := slices.Contains([]Role{Worker, Coordinator, Monitor, Oversight, PoliceLiaison}, a.Role)
		if allowed := err == nil; allowed != (own && writes) {
			rt.Fatalf("%s of %q writes %T %s in the name of %q: got %v", a.Role, a.Organisation, e, id, writer, err)
		}
		if err != nil && !errors.Is(err, ErrForbidden) {
			rt.Fatalf("got %v", err)
		}
	})
	r := criticism()
	changed := r.Matter
	changed.Origin = "fictional"
	if err := r.Allow(Actor{Role: Worker, Organisation: workersOrg}, &changed); !errors.Is(err, ErrForbidden) {
		t.Errorf("a matter comes from elsewhere: got %v", err)
	}
}

// A liaison and a reader see what is public and what is theirs.
func TestWhoSeesAMatter(t *testing.T) {
	r := criticism()
	for _, tt := range []struct {
		role Role
		org  ID
		want bool
	}{{PoliceLiaison, policeOrg, true}, {PoliceLiaison, "org-other-police", false}, {Reader, workersOrg, true}, {Reader, shelterOrg, false}, {Reader, "", false},
		{Worker, shelterOrg, true}, {Analyst, "", true}, {Administrator, policeOrg, false}, {"", workersOrg, false}} {
		if got := r.MaySee(Actor{Role: tt.role, Organisation: tt.org}); got != tt.want {
			t.Errorf("%s of %q: got %t", tt.role, tt.org, got)
		}
	}
	if r.Matter.Origin = "public_record"; !r.MaySee(Actor{Role: Reader}) {
		t.Error("a reader does not see a public matter")
	}
}

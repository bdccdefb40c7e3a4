package plumbline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func toldBy(by ID, from string) Told { return Told{Organisation: by, From: when(from)} }

func soundArea() *AreaRecord {
	r := &AreaRecord{Area: Area{Head: Head{ID: "quay"}, Name: "Quay", Origin: "site", Compared: "hill", Called: []string{"Quayside"}}}
	for _, e := range []Entry{
		&Contacts{Head: Head{ID: "c"}, Told: toldBy("clinic", "2027-01"), Service: "clinic", Contacts: Exactly(40), New: Exactly(12), Returning: Exactly(28)},
		&AccessLoss{Head: Head{ID: "l"}, Told: toldBy("clinic", "2027-02-10")},
		&GroupMeasure{Head: Head{ID: "m"}, Told: toldBy("clinic", "2027-01"), Measure: "can_insist", Asked: Exactly(20), Yes: Exactly(11)},
		&ViolenceReports{Head: Head{ID: "v"}, Told: toldBy("workers", "2027-01"), Source: "police", Reports: Exactly(3)},
		&BorderReports{Head: Head{ID: "b"}, Told: toldBy("workers", "2027-01"), Nationality: "Any", Reports: Exactly(9), Questioned: AtLeast(2), Refused: Exactly(0)},
		&LostWork{Head: Head{ID: "w"}, Told: toldBy("workers", "2027-02"), Amount: "1200", Currency: "EUR"},
		&Trust{Head: Head{ID: "t"}, Told: toldBy("workers", "2027-01"), Trusted: "workers", Chooser: "sex_workers", Asked: Exactly(30), Chose: Exactly(21)},
	} {
		r.Put(e)
	}
	return r
}

// wrongAreas break a sound record in one place.
var wrongAreas = []struct {
	change     func(*AreaRecord)
	field, key string
}{
	{func(r *AreaRecord) { r.Area.Name = "" }, "area.name", "problem.needed"},
	{func(r *AreaRecord) { r.Area.Compared = "quay" }, "area.compared", "problem.area_itself"},
	{func(r *AreaRecord) { r.Area.Within = "quay" }, "area.within", "problem.area_itself"},
	{func(r *AreaRecord) { r.Violence[0].Organisation = "" }, "violence[0].by_organisation", "problem.needed"},
	{func(r *AreaRecord) { r.Losses[0].Until = when("2027-02-01") }, "access_losses[0].until", "problem.end_before_start"},
	{func(r *AreaRecord) { r.Contacts[0].From = When{} }, "contacts[0].from", "problem.needed"},
	{func(r *AreaRecord) { r.Contacts[0].New = Exactly(41) }, "contacts[0].new", "problem.part_over_whole"},
	{func(r *AreaRecord) { c := *r.Contacts[0]; c.ID = "c2"; r.Put(&c) }, "contacts[1].from", "problem.counted_twice"},
	{func(r *AreaRecord) { r.Measures[0].Yes = AtLeast(21) }, "measures[0].yes", "problem.part_over_whole"},
	{func(r *AreaRecord) { r.Trust[0].Chose = Between(31, 40) }, "trust[0].chose", "problem.part_over_whole"},
	{func(r *AreaRecord) { r.LostWork[0].Currency = "" }, "lost_work[0].currency", "problem.needed"},
}

func TestCheckArea(t *testing.T) {
	if err := soundArea().Check(); err != nil {
		t.Fatalf("a sound area is refused: %v", err)
	}
	for _, tt := range wrongAreas {
		r := soundArea()
		tt.change(r)
		ps := ProblemsOf(r.Check())
		if len(ps) != 1 || ps[0].Field != tt.field || ps[0].Key != tt.key {
			t.Errorf("%v, want %s at %s", ps, tt.key, tt.field)
		}
	}
	other := soundArea() // of another setting, or by another, the same month is another count
	other.Put(&Contacts{Head: Head{ID: "c2"}, Told: toldBy("clinic", "2027-01"), Service: "clinic", Setting: "street"})
	other.Put(&Contacts{Head: Head{ID: "c3"}, Told: toldBy("workers", "2027-01"), Service: "clinic"})
	if err := other.Check(); err != nil {
		t.Errorf("two more counts of the month: %v", err)
	}
}

// Whoever asks, and whatever is there: nobody writes what another organisation
// tells, in its name or over it, and each refusal says why.
func TestAreaIsWrittenByItsTellers(t *testing.T) {
	orgs := []ID{"", "ours", "theirs"}
	kinds := Kinds(KindArea)
	rapid.Check(t, func(t *rapid.T) {
		a := Actor{Role: Role(rapid.SampledFrom(Role("").Values()).Draw(t, "role")), Organisation: rapid.SampledFrom(orgs).Draw(t, "of")}
		r := soundArea()
		r.Area.Origin = Origin(rapid.SampledFrom(Origin("").Values()).Draw(t, "origin"))
		e := NewEntry(rapid.SampledFrom(kinds).Draw(t, "kind"))
		HeadOf(e).ID = "new"
		old := ID("")
		if own, is := e.(interface{ told() *Told }); is {
			own.told().Organisation = rapid.SampledFrom(orgs).Draw(t, "told by")
			if rapid.Bool().Draw(t, "over another") {
				before := NewEntry(KindOf(e))
				HeadOf(before).ID = "new"
				before.(interface{ told() *Told }).told().Organisation = rapid.SampledFrom(orgs[1:]).Draw(t, "was told by")
				old = TellerOf(before)
				r.Put(before)
			}
		}
		err := r.Allow(a, e)
		want := a.Organisation != "" && TellerOf(e) == a.Organisation && (old == "" || old == a.Organisation) && slices.Contains([]Role{Worker, Coordinator, Monitor}, a.Role)
		if KindOf(e) == KindArea {
			want = a.Role == Coordinator
		}
		if (err == nil) != want {
			t.Fatalf("%s of %q writes a %s told by %q over %q: %v", a.Role, a.Organisation, KindOf(e), TellerOf(e), old, err)
		}
		if err != nil && (!errors.Is(err, ErrForbidden) || ProblemTexts[ProblemsOf(err)[0].Key] == "") {
			t.Fatalf("refused with %v, want a reason in words", err)
		}
		if sees := r.MaySee(a); sees && (a.Role == PoliceLiaison || a.Role == Reader || a.Role == Administrator) {
			t.Fatalf("a %s sees an area", a.Role)
		}
	})
}

// An area names operations, and lists those that were there. So who sees areas
// sees every operation, and none is given away.
func TestWhoSeesAreasSeesOperations(t *testing.T) {
	for _, role := range Role("").Values() {
		a := Actor{Role: Role(role)}
		for _, b := range Bonds() {
			for _, of := range Bonds() {
				if May(a, SeeAreas, b) && !May(a, SeeOperation, of) {
					t.Errorf("a %s sees areas (%s), and not every operation (%s)", role, b, of)
				}
			}
		}
	}
}

func TestAreaHides(t *testing.T) {
	r := soundArea()
	before := r.Violence[0].Reports
	was := r.Violence[0]
	r.Hide(Actor{Role: Coordinator, Organisation: "clinic"})
	if got := []Count{r.Violence[0].Reports, r.Borders[0].Reports, r.Borders[0].Questioned, r.Borders[0].Refused}; !slices.Equal(got, []Count{Between(0, 4), Exactly(9), AtLeast(2), Between(0, 4)}) {
		t.Errorf("another sees %v", got)
	}
	if was.Reports != before {
		t.Error("hiding changed the record itself")
	}
	r = soundArea()
	r.Hide(Actor{Role: Worker, Organisation: "workers"})
	if r.Violence[0].Reports != Exactly(3) || r.Borders[0].Refused != Exactly(0) {
		t.Errorf("the teller sees %v and %v", r.Violence[0].Reports, r.Borders[0].Refused)
	}
}

// A month nobody told of is a gap; one of which some did not tell is a least
// number; neither is nought.
func TestAreaSeries(t *testing.T) {
	r := &AreaRecord{}
	for i, tt := range []struct {
		by          ID
		service     ServiceKind
		from, until string
		n           Count
	}{
		{"clinic", "clinic", "2027-01", "", Exactly(40)}, {"clinic", "clinic", "2027-02-03", "2027-02-27", Exactly(30)}, {"clinic", "clinic", "2027-04", "", Exactly(0)},
		{"mobile", "clinic", "2027-01", "", Exactly(5)}, {"mobile", "clinic", "2027-04", "", About(7)},
		{"workers", "outreach", "2027-05", "", Count{}}, {"workers", "outreach", "2026", "", Exactly(900)}, {"workers", "outreach", "2027-01", "2027-03", Exactly(90)},
	} {
		r.Put(&Contacts{Head: Head{ID: ID(fmt.Sprint("c", i))}, Told: Told{tt.by, when(tt.from), when(tt.until)}, Service: tt.service, Contacts: tt.n})
	}
	months := Span(r, &AreaRecord{})
	if got := fmt.Sprint(months); got != "[2027-01 2027-02 2027-03 2027-04 2027-05]" {
		t.Fatalf("months %s", got)
	}
	var got []string
	for _, s := range r.Series(months) {
		line := string(s.Service)
		for _, m := range s.Months {
			if !m.Told {
				line += " –"
				continue
			}
			line += " " + m.Contacts.Text() + strings.Repeat("!", len(m.Missing))
		}
		got = append(got, fmt.Sprintf("%s %v %d", line, s.Tellers, len(s.Apart)))
	}
	want := []string{"clinic 45 30+! – 1+ ~7 – [clinic mobile] 0", "outreach – – – –  [workers] 2"}
	want[0] = "clinic 45 30+! – " + Exactly(0).Add(About(7)).Text() + " – [clinic mobile] 0"
	if !slices.Equal(got, want) {
		t.Errorf("series:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if Span(&AreaRecord{}) != nil {
		t.Error("an area without counts has months")
	}
}

func TestAreaHolds(t *testing.T) {
	a := &soundArea().Area
	for place, want := range map[string]bool{"Quay": true, " QUAY ": true, "quayside": true, "Quay Street": false, "": false, "Hill": false} {
		if a.Holds(place) != want {
			t.Errorf("Quay holds %q: %t", place, !want)
		}
	}
	if (&Area{Called: []string{""}}).Holds(" ") {
		t.Error("a place that nobody told is in an area")
	}
}

func TestDaysWithoutAccess(t *testing.T) {
	now := time.Date(2027, 3, 11, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]Count{
		"2027-02-10 2027-03-01": Exactly(19), "2027-02-10 2027-02-10": Exactly(0), "2027-02 2027-03-01": Between(1, 28), "2027-02-10 2027-03": Between(19, 49),
		"2027-03-01 ": Between(0, 10), " 2027-03-01": {}, "2027-02-10 2027-03-01/..": AtLeast(19), "2027-04-01 ": {}, "../2027 2027-03": {},
	} {
		from, until, _ := strings.Cut(text, " ")
		l := AccessLoss{Told: Told{From: when(from), Until: when(until)}}
		if got := l.Days(now); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestShareOfGroup(t *testing.T) {
	for _, tt := range []struct {
		yes, asked Count
		low, high  float64
		ok         bool
	}{
		{Exactly(11), Exactly(20), .55, .55, true}, {Between(10, 15), Exactly(20), .5, .75, true}, {Exactly(5), Between(5, 10), .5, 1, true},
		{Exactly(3), Count{}, 0, 0, false}, {Count{}, Exactly(20), 0, 0, false}, {Exactly(0), Exactly(0), 0, 0, false},
	} {
		m := GroupMeasure{Asked: tt.asked, Yes: tt.yes}
		if low, high, ok := m.Share(); low != tt.low || high != tt.high || ok != tt.ok {
			t.Errorf("%v of %v: %g to %g, %t", tt.yes, tt.asked, low, high, ok)
		}
	}
}

package plumbline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// atQuay is an area told of by hand. The clinic counted six months of 2027 and
// left May out; a mobile clinic began in June. Outreach was counted for a
// quarter as one. There were two operations: in April, and in July, the months
// after which are not over in September.
func atQuay() *AreaSheet {
	n := Exactly
	s := &AreaSheet{AreaRecord: &AreaRecord{Area: Area{Head: Head{ID: "quay"}, Name: "Quay", Origin: "site"}},
		Operations: []AreaOperation{{"april", when("2027-04-10")}, {"july", when("2027-07-02")}, {"some-day", When{}}}}
	add := func(s *AreaSheet, by ID, service ServiceKind, from string, contacts, tests, hours Count) {
		id := ID(fmt.Sprintf("c%d", len(s.Contacts)))
		s.Put(&Contacts{Head: Head{ID: id}, Told: toldBy(by, from), Service: service, Contacts: contacts, Tests: tests, StaffHours: hours})
	}
	for month, contacts := range map[string]int{"2027-01": 40, "2027-02": 50, "2027-03": 60, "2027-04": 30, "2027-07": 35} {
		add(s, "clinic", "clinic", month, n(contacts), n(10), n(20))
	}
	add(s, "clinic", "clinic", "2027-06", n(20), n(4), Count{})
	add(s, "workers", "outreach", "2027-06", n(9), Count{}, n(3))
	add(s, "workers", "outreach", "2027-07", n(11), Count{}, n(4))
	for id, l := range map[ID]AccessLoss{
		"a": {Told: Told{Organisation: "clinic", From: when("2027-04-10"), Until: when("2027-04-20")}, ShutBy: "owner", Before: "police_operation"},
		"b": {Told: toldBy("clinic", "2027-08-01")},
	} {
		l.Head = Head{ID: id}
		s.Put(&l)
	}
	s.Compared = &AreaSheet{AreaRecord: &AreaRecord{Area: Area{Head: Head{ID: "hill"}, Name: "Hill", Origin: "site"}}}
	for i, m := 0, YearMonth("2027-01"); i < 7; i, m = i+1, m.Next() {
		add(s.Compared, "clinic", "clinic", string(m), n(10+i), Count{}, Count{})
	}
	return s
}

var inAugust = time.Date(2027, 8, 15, 0, 0, 0, 0, time.UTC)

// readAreas returns what a figure is over areas.
func readAreas(name string, at time.Time, sheets ...*AreaSheet) *FigureValue {
	d := FindDefinition(name)
	var sum Sum
	for _, s := range sheets {
		for _, c := range d.AreaCourses(s, at) {
			sum.Add(c.Portion)
		}
	}
	return d.Read(&sum)
}

// Each figure over areas, counted by hand.
func TestFiguresOfAreas(t *testing.T) {
	for name, want := range map[string]string{
		"clinic-contacts":           "at least 235, 6 of 7",                           // 40 + 50 + 60 + 30 + ? + 20 + 35
		"outreach-contacts":         "20, 2 of 2",                                     // 9 + 11, from the first month told
		"contacts-per-hour":         "2.2 an hour, 7 of 9, 2 left out",                // (215 + 20) / 107: June without hours and May are left out
		"tests":                     "at least 54, 6 of 7",                            // outreach never told one
		"condoms":                   "no case, 0 of 0",                                // nobody ever told one
		"access-losses":             "at least 2, 0 of 2",                             // there may be others
		"days-without-access":       "10 to 24 days, 1 of 2",                          // ten, and up to fourteen without an end
		"clinic-after-operations":   "at least 0.4 times as many, 0 of 2, 1 left out", // (? + 20 + 35) / 150; of one the day is not told
		"clinic-after-compared":     "1.4 times as many, 1 of 2, 1 left out",          // (14 + 15 + 16) / (10 + 11 + 12)
		"outreach-after-operations": "cannot tell, 0 of 2, 2 left out",                // nobody told of January to March
		"outreach-after-compared":   "cannot tell, 0 of 2, 2 left out",                // nobody ever told of it there
	} {
		v := readAreas(name, inAugust, atQuay())
		got := fmt.Sprintf("%s, %d of %d", v.Text(FindDefinition(name).Unit), v.Told, v.Cases)
		if v.Unbounded > 0 {
			got += fmt.Sprintf(", %d left out", v.Unbounded)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// A service that stops telling leaves gaps and not an end, and one that is told
// of a quarter as one leaves the months of it open.
func TestAGapIsNotAnEnd(t *testing.T) {
	later := time.Date(2027, 11, 2, 0, 0, 0, 0, time.UTC)
	var got []string
	for _, c := range FindDefinition("clinic-contacts").AreaCourses(atQuay(), later) {
		got = append(got, c.At.String()+" "+c.Num.Text())
	}
	if want := "2027-01 40 2027-02 50 2027-03 60 2027-04 30 2027-05  2027-06 20 2027-07 35 2027-08  2027-09  2027-10 "; strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	s := atQuay()
	s.Put(&Contacts{Head: Head{ID: "q"}, Told: Told{Organisation: "workers", From: when("2027-04-01"), Until: when("2027-06-30")}, Service: "outreach", Contacts: Exactly(30)})
	if v := readAreas("outreach-contacts", inAugust, s); v.Text(InNumber) != "at least 20" || v.Cases != 4 {
		t.Errorf("outreach from April: %s in %d months", v.Text(InNumber), v.Cases)
	}
	s = atQuay()
	s.Put(&Contacts{Head: Head{ID: "m"}, Told: toldBy("mobile", "2027-07"), Service: "clinic", Contacts: Exactly(5)})
	if v := readAreas("clinic-contacts", inAugust, s); v.Text(InNumber) != "at least 240" || v.Told != 1 {
		t.Errorf("with a mobile clinic in July alone: %s, told in %d months", v.Text(InNumber), v.Told)
	}
}

// An area in which there was an operation too shows nothing beside another.
func TestComparedAreaWithoutOperations(t *testing.T) {
	for began, want := range map[string]int{"2027-01-01": 1, "2027-07-31": 1, "2026-12-31": 2, "2027-08-01": 2, "2027": 1, "": 1} {
		s := atQuay()
		s.Compared.Operations = []AreaOperation{{ID: "there", Began: when(began)}}
		if got := readAreas("clinic-after-compared", inAugust, s).Cases; got != want {
			t.Errorf("an operation there in %q: %d cases, want %d", began, got, want)
		}
	}
	s := atQuay()
	s.Compared = nil
	if got := readAreas("clinic-after-compared", inAugust, s).Cases; got != 0 {
		t.Errorf("without another area: %d cases", got)
	}
	// Once the months after it are over, the operation of July counts too.
	if got := readAreas("clinic-after-operations", time.Date(2027, 11, 1, 0, 0, 0, 0, time.UTC), atQuay()).Cases; got != 3 {
		t.Errorf("in November: %d operations, want 3", got)
	}
}

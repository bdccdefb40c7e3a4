package plumbline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// handed returns a movement in which one hands people to another.
func handed(id ID, s State, from, giver, taker string) *Movement {
	m := moved(id, s, from)
	m.Giver, m.Taker = giver, taker
	return m
}

// chain writes a chain as one line: "escorted [no_giver], placed [time 10.3h]; open".
func chain(c *Chain) string {
	var links []string
	for _, l := range c.Links {
		s := string(l.Movement.State)
		for _, g := range l.Gaps {
			s += " [" + string(g)
			if g == GapTime {
				s += fmt.Sprintf(" %.1fh", l.Hours)
			}
			s += "]"
		}
		links = append(links, s)
	}
	line := strings.Join(links, ", ")
	if c.End != "" {
		line += "; " + string(c.End)
	}
	return line
}

func TestCustody(t *testing.T) {
	tests := []struct {
		name    string
		entries []Entry
		at      string
		want    string
	}{
		{"whole", []Entry{
			until(handed("p1", "escorted", "01T20:30", "Unit", "Station"), "01T22:00"),
			until(handed("p1", "placed", "01T22:00", "Station", "Lime House"), "10"),
			handed("p1", "returned_home", "10", "Lime House", "Social services")}, "20", "escorted, placed, returned_home"},
		{"an hour between is no gap", []Entry{
			until(handed("p1", "escorted", "01T20:30", "Unit", "Station"), "01T22:00"),
			handed("p1", "placed", "01T23:00", "Station", "Lime House")}, "02", "escorted, placed"},
		{"more than an hour is one", []Entry{
			until(handed("p1", "escorted", "01T20:30", "Unit", "Station"), "01T22:00"),
			handed("p1", "placed", "01T23:01", "Station", "Lime House")}, "02", "escorted, placed [time 1.0h]"},
		{"a night with nobody", []Entry{
			until(handed("p1", "escorted", "01T20:30", "Unit", "Station"), "01T22:10"),
			handed("p1", "placed", "02T08:30", "Station", "Lime House")}, "03", "escorted, placed [time 10.3h]"},
		{"no giver", []Entry{handed("p1", "placed", "01T22:00", "", "Lime House")}, "02", "placed [no_giver]"},
		{"no taker", []Entry{handed("p1", "removed_from_country", "01T22:00", "Immigration", "")}, "02", "removed_from_country [no_taker]"},
		{"the giver is not who took over", []Entry{
			handed("p1", "escorted", "01T20:30", "Unit", "Station"),
			handed("p1", "placed", "01T22:00", "Hospital", "Lime House")}, "02", "escorted, placed [giver_differs]"},
		{"names are compared without regard to case", []Entry{
			handed("p1", "escorted", "01T20:30", "Unit", "Station"),
			handed("p1", "placed", "01T22:00", "STATION", "Lime House")}, "02", "escorted, placed"},
		{"an end without a next beginning", []Entry{
			until(handed("p1", "escorted", "01T20:30", "Unit", "Station"), "01T22:00"),
			handed("p1", "placed", "", "Station", "Lime House")}, "02", "escorted, placed [undated]"},
		{"a stay without an end lasts until the next", []Entry{
			handed("p1", "held", "01T20:30", "Unit", "Station"),
			handed("p1", "placed", "03T22:00", "Station", "Lime House")}, "04", "held, placed"},
		{"but not for ever", []Entry{
			handed("p1", "held", "01T20:30", "Unit", "Station"),
			handed("p1", "placed", "06T20:30", "Station", "Lime House")}, "07", "held, placed [time 48.0h]"},
		{"unless somebody says that it did", []Entry{
			confirmed(handed("p1", "held", "01T20:30", "Unit", "Station"), "05T20:30"),
			handed("p1", "placed", "06T20:30", "Station", "Lime House")}, "07", "held, placed"},
		{"the first link came a day late", []Entry{handed("p1", "placed", "02T20:00", "Unit", "Lime House")}, "03", "placed [time 12.0h]"},
		{"nobody guards those who are free", []Entry{
			moved("p1", "questioned", "01T21:00"), moved("p1", "free_to_go", "01T22:00")}, "2027-03-01", "questioned, free_to_go"},
		{"free, and taken again weeks later, is no gap", []Entry{
			moved("p1", "released", "01T21:00"), handed("p1", "held", "20", "Unit", "Station")}, "21", "released, held"},
		{"open since the last link", []Entry{handed("p1", "escorted", "01T20:30", "Unit", "Station")}, "05", "escorted; open"},
		{"an end that was told, and nothing after it", []Entry{until(handed("p1", "placed", "01T22:00", "Unit", "Lime House"), "09")}, "20", "placed; open"},
		{"nothing at all", nil, "05", "; nothing"},
		{"nothing yet, and still at the scene", nil, "01T22:00", ""},
		{"told late and out of order", []Entry{
			handed("p1", "returned_home", "10", "Lime House", "Social services"),
			until(handed("p1", "placed", "01T22:00", "Station", "Lime House"), "10"),
			until(handed("p1", "escorted", "01T20:30", "Unit", "Station"), "01T22:00")}, "20", "escorted, placed, returned_home"},
	}
	for _, tt := range tests {
		r := op(Exactly(1), append([]Entry{group("p1", Exactly(1))}, tt.entries...)...)
		if err := r.Check(); err != nil {
			t.Errorf("%s: the record is not sound: %v", tt.name, err)
		}
		at, _ := when(tt.at).Earliest()
		c := r.Custody(r.Presences[0], at)
		if got := chain(c); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if broken := strings.ContainsAny(tt.want, "[;"); c.Broken() != broken {
			t.Errorf("%s: broken %t, want %t", tt.name, c.Broken(), broken)
		}
	}
}

// A part has the path of its group before the split, and none of it after.
func TestCustodyOfAPart(t *testing.T) {
	r := op(Exactly(5),
		group("g1", Exactly(5)),
		until(handed("g1", "escorted", "01T20:30", "Unit", "Station"), "01T22:00"),
		handed("g1", "held", "01T22:00", "Station", "Prison"),
		part("g2", "g1", Exactly(2), "02T09:00"),
		handed("g2", "placed", "02T09:30", "Prison", "Lime House"),
		handed("g1", "released", "03T09:00", "Prison", ""),
		part("p1", "g2", Exactly(1), "05T12:00"),
		handed("p1", "hospital", "05T12:30", "Lime House", "Hospital"),
	)
	at, _ := when("06").Earliest()
	for id, want := range map[ID]string{
		"g1": "escorted, held, released",
		"g2": "escorted, held, placed",
		"p1": "escorted, held, placed, hospital",
	} {
		if got := chain(r.Custody(r.presence(id), at)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", id, got, want)
		}
	}
}

func TestCustodySaysSinceWhen(t *testing.T) {
	r := op(Exactly(2), group("p1", Exactly(1)), group("p2", Exactly(1)), handed("p1", "escorted", "01T20:30", "Unit", "Station"))
	at := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	if c := r.Custody(r.Presences[0], at); c.Since != when("01T20:30") {
		t.Errorf("open since %s, want since the last link", c.Since)
	}
	if c := r.Custody(r.Presences[1], at); c.Since != r.Operation.Began {
		t.Errorf("nothing since %s, want since the operation began", c.Since)
	}
}

func TestChildren(t *testing.T) {
	r := op(Count{},
		&Presence{Head: Head{ID: "p1"}, Code: "P-01", Age: "14", AgeBasis: "stated"},
		&Presence{Head: Head{ID: "p2"}, Code: "P-02", Age: "17-19"},
		&Presence{Head: Head{ID: "p3"}, Code: "P-03", AgeBasis: "presumed_child"},
		&Presence{Head: Head{ID: "p4"}, Code: "P-04", Age: "18"},
		&Presence{Head: Head{ID: "p5"}, Code: "P-05", Age: "not said"},
		group("g1", Exactly(2)),
		group("g2", Exactly(2)),
		&Decision{Presence: "g1", Class: "dependant_child", DecidedBy: "Lime House"},
		&Decision{Presence: "g2", Class: "staff", DecidedBy: "Unit"},
	)
	var got []string
	for _, p := range r.Children() {
		got = append(got, string(p.ID))
	}
	if want := "p1 p2 p3 g1"; strings.Join(got, " ") != want {
		t.Errorf("children %v, want %s", got, want)
	}
}

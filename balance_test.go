package plumbline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// op returns the record of an operation that began at 20:00 on 1 March 2026.
func op(head Count, entries ...Entry) *Record {
	r := &Record{Operation: Operation{Head: Head{ID: "op"}, Title: "Mill Lane", Origin: "fictional", Began: when("01T20:00"), HeadCount: head}}
	for i, e := range entries {
		if e.head().ID == "" {
			e.head().ID = ID(fmt.Sprintf("e%d", i))
		}
		r.Put(e)
	}
	return r
}

// when reads a day, or a minute of a day, of March 2026; a longer text is
// read as it stands.
func when(text string) When {
	switch len(text) {
	case 2:
		text = "2026-03-" + text
	case 8:
		text = "2026-03-" + text + "Z"
	}
	w, err := ParseWhen(text)
	if err != nil {
		panic(err)
	}
	return w
}

func group(id ID, n Count) *Presence {
	return &Presence{Head: Head{ID: id}, Code: string(id), Count: n}
}

func part(id, of ID, n Count, at string) *Presence {
	return &Presence{Head: Head{ID: id}, Code: string(id), Count: n, PartOf: of, SplitAt: when(at)}
}

func moved(id ID, s State, from string) *Movement {
	return &Movement{Presence: id, State: s, From: when(from)}
}

func until(m *Movement, text string) *Movement {
	m.Until = when(text)
	return m
}

func confirmed(m *Movement, text string) *Movement {
	m.Confirmed = when(text)
	return m
}

// line writes a balance as one line: "12 = 3 escorted + 2 placed? + 7
// unaccounted (g1: 3 escorted, 4 never entered)". A question mark stands
// behind a state that is told without a date.
func line(b *Balance) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s = ", b.HeadCount)
	for _, c := range b.States {
		fmt.Fprintf(&s, "%s %s%s + ", c.Count, c.State, map[bool]string{true: "?"}[c.Undated])
	}
	fmt.Fprintf(&s, "%s unaccounted", b.Unaccounted)
	var missing []string
	for _, m := range b.Missing {
		switch {
		case m.Presence == "":
			missing = append(missing, fmt.Sprintf("%s never entered", m.Count))
		case m.Last == "":
			missing = append(missing, fmt.Sprintf("%s: %s", m.Presence, m.Count))
		default:
			missing = append(missing, fmt.Sprintf("%s: %s %s", m.Presence, m.Count, m.Last))
		}
	}
	if len(missing) > 0 {
		fmt.Fprintf(&s, " (%s)", strings.Join(missing, ", "))
	}
	return s.String()
}

// Balances worked by hand.
func TestBalance(t *testing.T) {
	tests := []struct {
		name string
		r    *Record
		at   string
		want string
	}{
		{"at 0 h everyone is at the scene", op(Exactly(12), group("g1", Exactly(12)), moved("g1", "escorted", "01T21:00")), "0h", "12 = 12 at_scene + 0 unaccounted"},
		{"but for what is dated to that minute", op(Exactly(12), group("g1", Exactly(12)), moved("g1", "escorted", "01T20:00")), "0h", "12 = 12 escorted + 0 unaccounted"},
		{"not what is dated to the day", op(Exactly(12), group("g1", Exactly(12)), moved("g1", "placed", "01")), "0h", "12 = 12 at_scene + 0 unaccounted"},
		{"at the scene for half a day", op(Exactly(3), group("g1", Exactly(3))), "12h", "3 = 3 at_scene + 0 unaccounted"},
		{"and no longer", op(Exactly(3), group("g1", Exactly(3))), "13h", "3 = 3 unaccounted (g1: 3)"},
		{"an escort is over after a day", op(Exactly(3), group("g1", Exactly(3)), moved("g1", "escorted", "01T21:00")), "25h", "3 = 3 escorted + 0 unaccounted"},
		{"and then nobody answers", op(Exactly(3), group("g1", Exactly(3)), moved("g1", "escorted", "01T21:00")), "26h", "3 = 3 unaccounted (g1: 3 escorted)"},
		{"ends of the road hold for ever", op(Exactly(3), group("g1", Exactly(3)), moved("g1", "returned_home", "03T10:00")), "20y", "3 = 3 returned_home + 0 unaccounted"},
		{"a stay told again holds", op(Exactly(1), group("p1", Exactly(1)), confirmed(moved("p1", "placed", "02"), "2026-06-20")), "90d", "1 = 1 placed + 0 unaccounted"},
		{"a stay told once does not", op(Exactly(1), group("p1", Exactly(1)), moved("p1", "placed", "02")), "90d", "1 = 1 unaccounted (p1: 1 placed)"},
		{"a told end is an end", op(Exactly(1), group("p1", Exactly(1)), until(moved("p1", "held", "01T21:00"), "02T09:00")), "24h", "1 = 1 unaccounted (p1: 1 held)"},
		{"a told end that is later holds so long", op(Exactly(1), group("p1", Exactly(1)), until(moved("p1", "held", "01T21:00"), "2026-04-20")), "30d", "1 = 1 held + 0 unaccounted"},
		{"an order with an end, after it", op(Exactly(1), group("p1", Exactly(1)), until(moved("p1", "held", "01T21:00"), "2026-04-20")), "90d", "1 = 1 unaccounted (p1: 1 held)"},
		{"without a date, from 0 h on", op(Exactly(2), group("g1", Exactly(2)), moved("g1", "removed_from_country", "")), "1h", "2 = 2 removed_from_country? + 0 unaccounted"},
		{"a state without a date runs out too", op(Exactly(2), group("g1", Exactly(2)), moved("g1", "helped", "")), "90d", "2 = 2 unaccounted (g1: 2 helped)"},
		{"the day is told, the hour is not", op(Exactly(2), group("g1", Exactly(2)), moved("g1", "placed", "02")), "24h", "2 = 2 placed? + 0 unaccounted"},
		{"people who were counted and never entered", op(Exactly(13), group("g1", Exactly(11)), moved("g1", "free_to_go", "01T22:00")), "24h", "13 = 11 free_to_go + 2 unaccounted (2 never entered)"},
		{"nobody met", op(Exactly(0)), "24h", "0 = 0 unaccounted"},
		{"nothing told", op(Count{}), "24h", "not known = not known unaccounted"},
		{"a head count and nothing else", op(Exactly(9)), "24h", "9 = 9 unaccounted (9 never entered)"},
		{"at least seven", op(AtLeast(7), group("g1", AtLeast(7)), moved("g1", "free_to_go", "01T22:00")), "24h", "at least 7 = at least 7 free_to_go + not known unaccounted"},
		{"seven, and migrants nobody counted", op(Count{}, group("g1", Exactly(7)), group("g2", AtLeast(2)), group("g3", Count{}), moved("g1", "helped", "02T08:00"), moved("g2", "removed_from_country", "")), "24h",
			"at least 9 = 7 helped + at least 2 removed_from_country? + not known unaccounted (g3: not known)"},
		{"an unknown group does not hide a known one", op(AtLeast(5), group("g1", Exactly(3)), group("g2", Count{})), "24h", "at least 5 = at least 5 unaccounted (g1: 3, g2: not known)"},
		{"about six, and three of them found", op(About(6), group("g1", Exactly(3)), moved("g1", "released", "01T23:00")), "24h", "about 6 = 3 released + about 3 unaccounted"},
		{"about six, and nine entered", op(About(6), group("g1", Exactly(9)), moved("g1", "released", "01T23:00")), "24h", "at least 9 = 9 released + not known unaccounted"},
		{"a group that has all gone into parts", op(Exactly(3), group("g1", Exactly(3)), part("g2", "g1", Exactly(2), "01T22:00"), part("p1", "g1", Exactly(1), "01T22:00"),
			moved("g2", "placed", "01T23:00"), moved("p1", "left_by_choice", "01T23:00")), "24h", "3 = 2 placed + 1 left_by_choice + 0 unaccounted"},
		{"a part inherits what was before the split", op(Exactly(5), group("g1", Exactly(5)), moved("g1", "held", "01T21:00"), part("g2", "g1", Exactly(2), "02T09:00"), moved("g1", "released", "02T10:00")), "24h",
			"5 = 2 held + 3 released + 0 unaccounted"},
		{"and not what came after", op(Exactly(5), group("g1", Exactly(5)), part("g2", "g1", Exactly(2), "01T20:30"), moved("g1", "held", "01T21:00")), "24h",
			"5 = 3 held + 2 unaccounted (g2: 2)"},
		{"a part of a part", op(Exactly(5), group("g1", Exactly(5)), moved("g1", "held", "01T21:00"), part("g2", "g1", Exactly(3), "01T22:00"), moved("g2", "hospital", "01T23:00"),
			part("p1", "g2", Exactly(1), "03T09:00"), moved("p1", "died", "03T10:00"), moved("g1", "released", "02T09:00")), "72h", "5 = 2 hospital + 2 released + 1 died + 0 unaccounted"},
		{"everyone is home, how many went which way is not known", op(Exactly(5), group("g1", Exactly(5)), moved("g1", "free_to_go", "01T22:00"), part("g2", "g1", AtLeast(2), "01T22:30"), moved("g2", "returned_home", "01T23:00")), "24h",
			"5 = at most 3 free_to_go + 2 to 5 returned_home + 0 unaccounted"},
		{"nobody knows is the end of what was known", op(Exactly(2), group("g1", Exactly(2)), moved("g1", "held", "01T21:00"), moved("g1", "unknown", "01T23:00")), "24h", "2 = 2 unaccounted (g1: 2 held)"},
		{"nobody knows, and nobody ever did", op(Exactly(2), group("g1", Exactly(2)), moved("g1", "unknown", "01T23:00")), "24h", "2 = 2 unaccounted (g1: 2)"},
		{"told late, in the wrong order", op(Exactly(1), group("p1", Exactly(1)), moved("p1", "returned_home", "2026-05"), moved("p1", "free_to_go", "2026"), moved("p1", "held", "01T21:00")), "90d",
			"1 = 1 free_to_go? + 0 unaccounted"},
	}
	for _, tt := range tests {
		at, err := ParseCheckpoint(tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if err := tt.r.Check(); err != nil {
			t.Errorf("%s: the record is not sound: %v", tt.name, err)
		}
		if got := line(tt.r.Balance(at)); got != tt.want {
			t.Errorf("%s, at %s:\n got %s\nwant %s", tt.name, tt.at, got, tt.want)
		}
	}
}

// What Check refuses is not made to balance.
func TestBalanceOfAContradiction(t *testing.T) {
	r := op(Exactly(5), group("g1", Exactly(9)), moved("g1", "released", "01T21:00"))
	if b := r.Balance(Checkpoint{"24h", day}); b.Balanced() != No || b.HeadCount != Exactly(5) {
		t.Errorf("nine of five are released: %s, balanced %q; want five met and no", line(b), b.Balanced())
	}
}

func TestBalanced(t *testing.T) {
	five := func(c Count) *Balance {
		return &Balance{HeadCount: Exactly(5), States: []StateCount{{State: "released", Count: c}}, Unaccounted: Exactly(1)}
	}
	for want, b := range map[Answer]*Balance{Yes: five(Exactly(4)), No: five(Exactly(5)), Unknown: five(AtLeast(2))} {
		if got := b.Balanced(); got != want {
			t.Errorf("%s: balanced %q, want %q", line(b), got, want)
		}
	}
	if b := five(Exactly(3)); b.Balanced() != No {
		t.Errorf("%s: balanced %q, want no: one is lost", line(b), b.Balanced())
	}
}

func TestEveryone(t *testing.T) {
	for c, want := range map[Count]Answer{Exactly(0): Yes, Exactly(1): No, AtLeast(3): No, {}: Unknown, Between(0, 2): Unknown} {
		if got := (&Balance{Unaccounted: c}).Everyone(); got != want {
			t.Errorf("%s unaccounted: everyone %q, want %q", c, got, want)
		}
	}
}

func TestParseCheckpoint(t *testing.T) {
	for text, want := range map[string]string{"0h": "0s", "24h": "24h0m0s", "7d": "168h0m0s", "1y": "8760h0m0s", "100y": "876000h0m0s"} {
		got, err := ParseCheckpoint(text)
		if err != nil || got.Name != text || got.After.String() != want {
			t.Errorf("ParseCheckpoint(%q) = %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "24", "h", "-1h", "1w", "24h ", "024h", "1.5d", "1d2h", "99999y", "9999999h", "24H"} {
		if got, err := ParseCheckpoint(text); err == nil {
			t.Errorf("ParseCheckpoint(%q) = %v, want a problem", text, got)
		}
	}
	for _, c := range Checkpoints {
		if got, err := ParseCheckpoint(c.Name); err != nil || got != c {
			t.Errorf("ParseCheckpoint(%q) = %v, %v, want %v", c.Name, got, err, c)
		}
	}
}

func TestNow(t *testing.T) {
	r := op(Exactly(2), group("g1", Exactly(2)), moved("g1", "held", ""))
	at, _ := when("03T08:00").Earliest()
	if got := r.Now(at); got != (Checkpoint{"now", 36 * time.Hour}) {
		t.Errorf("now = %v, want an age of 36 h", got)
	}
	if got := r.Now(at.AddDate(-1, 0, 0)); got.After != 0 {
		t.Errorf("before it began the age is %v, want 0", got.After)
	}
	r.Operation.Began = When{}
	if got, want := line(r.Balance(r.Now(at))), "2 = 2 unaccounted (g1: 2 held)"; got != want {
		t.Errorf("now, with no beginning told: %s, want %s: nobody is at the scene for ever", got, want)
	}
}

func TestClassOf(t *testing.T) {
	decided := func(p ID, c Class, at string) *Decision {
		return &Decision{Presence: p, Class: c, DecidedBy: "Unit", Definition: "None", At: when(at)}
	}
	tests := []struct {
		name string
		r    *Record
		want Class
	}{
		{"nobody has decided", op(Exactly(5), group("g1", Exactly(5))), "not_determined"},
		{"the latest stands", op(Exactly(5), group("g1", Exactly(5)), decided("g1", "child", "03"), decided("g1", "accused", "01T21:00")), "child"},
		{"without dates the last stands", op(Exactly(5), group("g1", Exactly(5)), decided("g1", "child", ""), decided("g1", "accused", "")), "accused"},
		{"a vague date does not put the last first", op(Exactly(5), group("g1", Exactly(5)), decided("g1", "child", "05"), decided("g1", "accused", "2026-03"), decided("g1", "staff", "02")), "accused"},
		{"a part takes what was decided on the whole", op(Exactly(5), group("g0", Exactly(5)), part("g1", "g0", Exactly(2), "02T10:00"), decided("g0", "child", "01T21:00")), "child"},
		{"and not what was decided after it left", op(Exactly(5), group("g0", Exactly(5)), part("g1", "g0", Exactly(2), "02T10:00"), decided("g0", "child", "01T21:00"), decided("g0", "accused", "03")), "child"},
		{"its own decision counts more", op(Exactly(5), group("g0", Exactly(5)), part("g1", "g0", Exactly(2), "02T10:00"), decided("g0", "child", "02"), decided("g1", "staff", "01T21:00")), "staff"},
		{"a part of a part", op(Exactly(5), group("g0", Exactly(5)), part("g2", "g0", Exactly(3), "02T10:00"), part("g1", "g2", Exactly(2), "04T10:00"), decided("g0", "child", "01T21:00"), decided("g0", "accused", "03")), "child"},
	}
	for _, tt := range tests {
		if got := tt.r.Class(tt.r.presence("g1")); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

package plumbline

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A When is a moment as somebody tells it: to the minute, the day, the month
// or the year, about, between two such, or unknown. It is written in the
// Extended Date/Time Format (ISO 8601-2): "2003", "2009-10", "2009-10-05",
// "2009-10-05T21:30+07:00", "2007~", "2007/2010", "../2003-05", "2003-05/..".
// The zero When is unknown.
type When struct {
	text        string
	from, until time.Time // widened by "about"; until is exclusive; zero is open
	about       bool
}

// At returns the When of one instant, to the second, in UTC.
func At(t time.Time) When {
	w, err := ParseWhen(t.UTC().Truncate(time.Second).Format(time.RFC3339))
	if err != nil {
		panic("plumbline: a formatted time did not parse: " + err.Error())
	}
	return w
}

// PeriodOf names the year, the quarter or the month of a moment: "2026",
// "2026-Q1", "2026-03". Any other period has no name.
func PeriodOf(by string, t time.Time) string {
	switch by {
	case "year":
		return t.Format("2006")
	case "quarter":
		return fmt.Sprintf("%d-Q%d", t.Year(), (int(t.Month())+2)/3)
	case "month":
		return t.Format("2006-01")
	}
	return ""
}

// Period names the year, quarter or month that surely holds the moment; empty
// when it is told too coarsely for that.
func (w When) Period(by string) string {
	first, ok1 := w.Earliest()
	last, ok2 := w.Latest()
	if !ok1 || !ok2 {
		return ""
	}
	if last = last.Add(-time.Nanosecond); last.Before(first) { // Latest is the first instant after
		last = first
	}
	if name := PeriodOf(by, first); name == PeriodOf(by, last) {
		return name
	}
	return ""
}

// whenForms are the forms of a moment: "d" stands for a digit, "z" at the end
// for Z or an offset such as +07:00.
var whenForms = []struct {
	shape  string
	layout string
	next   func(time.Time) time.Time
}{
	{"dddd", "2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
	{"dddd-dd", "2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
	{"dddd-dd-dd", "2006-01-02", func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
	{"dddd-dd-ddTdd:dd", "2006-01-02T15:04", func(t time.Time) time.Time { return t.Add(time.Minute) }},
	{"dddd-dd-ddTdd:ddz", "2006-01-02T15:04Z07:00", func(t time.Time) time.Time { return t.Add(time.Minute) }},
	{"dddd-dd-ddTdd:dd:ddz", time.RFC3339, func(t time.Time) time.Time { return t.Add(time.Second) }},
}

// hasShape reports whether a text has one of the shapes of whenForms.
func hasShape(s, shape string) bool {
	if shape, ok := strings.CutSuffix(shape, "z"); ok {
		if len(s) < len(shape) {
			return false
		}
		zone := s[len(shape):]
		return hasShape(s[:len(shape)], shape) && (zone == "Z" || hasShape(zone, "+dd:dd") || hasShape(zone, "-dd:dd"))
	}
	if len(s) != len(shape) {
		return false
	}
	for i := range len(s) {
		if digit := '0' <= s[i] && s[i] <= '9'; shape[i] == 'd' && !digit || shape[i] != 'd' && s[i] != shape[i] {
			return false
		}
	}
	return true
}

// ParseWhen reads one of the forms above. A time without a zone is in UTC; a
// date covers the day in UTC. It returns a Problem for anything else.
func ParseWhen(text string) (When, error) {
	s := strings.TrimSpace(westernDigits(text))
	if s == "" || s == "?" {
		return When{}, nil
	}
	bad := func() (When, error) { return When{}, Invalid("", "problem.bad_when", "Got", short(text)) }
	first, second, isRange := strings.Cut(s, "/")
	if !isRange {
		m, ok := parseMoment(s)
		if !ok {
			return bad()
		}
		return When{s, m.from.Add(-m.slack), m.until.Add(m.slack), m.slack > 0}, nil
	}
	var from, until moment
	ok1, ok2 := true, true
	if first != ".." {
		from, ok1 = parseMoment(first)
	}
	if second != ".." {
		until, ok2 = parseMoment(second)
	}
	if !ok1 || !ok2 || (first == ".." && second == "..") || first != ".." && second != ".." && !from.from.Before(until.until) {
		return bad()
	}
	w := When{text: s, about: from.slack > 0 || until.slack > 0}
	if first != ".." {
		w.from = from.from.Add(-from.slack)
	}
	if second != ".." {
		w.until = until.until.Add(until.slack)
	}
	return w, nil
}

// A moment is one side of a When. "About" gives it a slack of its own length
// on both sides.
type moment struct {
	from, until time.Time
	slack       time.Duration
}

func parseMoment(s string) (m moment, ok bool) {
	s, about := strings.CutSuffix(s, "~")
	for _, f := range whenForms {
		if !hasShape(s, f.shape) {
			continue
		}
		t, err := time.Parse(f.layout, s)
		if err != nil || t.Year() < 1900 || t.Year() > 2200 {
			return m, false
		}
		m.from, m.until = t.UTC(), f.next(t).UTC()
		if about {
			m.slack = m.until.Sub(m.from)
		}
		return m, true
	}
	return m, false
}

// Known reports whether anything is known of the moment.
func (w When) Known() bool { return w.text != "" }

// About reports whether the teller said "about".
func (w When) About() bool { return w.about }

// String returns the text that ParseWhen reads.
func (w When) String() string { return w.text }

// Earliest returns the first instant the moment can be, and false when there
// is no such bound. "About" widens a moment by its own length on both sides.
func (w When) Earliest() (time.Time, bool) {
	return w.from, !w.from.IsZero()
}

// Latest returns the first instant after the moment, and false when there is
// no such bound.
func (w When) Latest() (time.Time, bool) {
	return w.until, !w.until.IsZero()
}

// Precise reports whether the moment is told to the minute.
func (w When) Precise() bool {
	return w.Known() && !w.about && !w.from.IsZero() && !w.until.IsZero() && w.until.Sub(w.from) <= time.Minute
}

// ToTheDay reports whether the moment is told to the day or better.
func (w When) ToTheDay() bool {
	return w.Known() && !w.about && !w.from.IsZero() && !w.until.IsZero() && w.until.Sub(w.from) <= 24*time.Hour
}

// Before answers whether w is before v: yes, no, or unknown when the two
// overlap or one is open. Two moments told to the minute that fall into one
// minute are the same moment, and neither is before the other.
func (w When) Before(v When) Answer {
	if wl, ok := w.Latest(); ok {
		if ve, ok := v.Earliest(); ok && !wl.After(ve) {
			return Yes
		}
	}
	if we, ok := w.Earliest(); ok {
		if vl, ok := v.Latest(); ok && !we.Before(vl) {
			return No
		}
	}
	if w.Precise() && v.Precise() {
		return No
	}
	return Unknown
}

// Since returns the shortest and longest time from start to w. Neither is
// below zero; open is true when there is no longest.
func (w When) Since(start When) (shortest, longest time.Duration, open bool) {
	we, ok1 := w.Earliest()
	sl, ok2 := start.Latest()
	if ok1 && ok2 {
		shortest = max(0, we.Sub(sl))
	}
	if w.Precise() && start.Precise() {
		d := max(0, w.from.Sub(start.from))
		return d, d, false
	}
	wl, ok1 := w.Latest()
	se, ok2 := start.Earliest()
	if !ok1 || !ok2 {
		return shortest, 0, true
	}
	return shortest, max(0, wl.Sub(se)), false
}

// MarshalJSON writes the text, or null when unknown.
func (w When) MarshalJSON() ([]byte, error) {
	if !w.Known() {
		return []byte("null"), nil
	}
	return []byte(`"` + w.text + `"`), nil // no form has anything to escape
}

// plainText returns what a JSON text without escapes holds: most are so, and
// the decoder takes longer. Anything else is not ok.
func plainText(data []byte) (text string, ok bool) {
	if len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		return "", false
	}
	for _, c := range data[1 : len(data)-1] {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return "", false
		}
	}
	return string(data[1 : len(data)-1]), true
}

// UnmarshalJSON reads a text of one of the forms, or null.
func (w *When) UnmarshalJSON(data []byte) error {
	text, ok := plainText(data)
	if !ok {
		var read *string
		if err := json.Unmarshal(data, &read); err != nil {
			return Invalid("", "problem.bad_when", "Got", short(string(data)))
		}
		if read == nil {
			*w = When{}
			return nil
		}
		text = *read
	}
	got, err := ParseWhen(text)
	if err == nil {
		*w = got
	}
	return err
}

// Equal reports whether both are told alike; go-cmp uses it.
func (w When) Equal(v When) bool { return w.text == v.text }

// Equal reports whether both counts have the same bounds; go-cmp uses it.
func (c Count) Equal(d Count) bool { return c == d }

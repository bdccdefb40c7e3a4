package plumbline

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustWhen(t interface{ Fatalf(string, ...any) }, text string) When {
	w, err := ParseWhen(text)
	if err != nil {
		t.Fatalf("ParseWhen(%q): %v", text, err)
	}
	return w
}

func TestParseWhen(t *testing.T) {
	const open = "open"
	tests := []struct{ text, earliest, latest string }{
		{"2003", "2003-01-01T00:00:00Z", "2004-01-01T00:00:00Z"},
		{"2009-10", "2009-10-01T00:00:00Z", "2009-11-01T00:00:00Z"},
		{"2009-12", "2009-12-01T00:00:00Z", "2010-01-01T00:00:00Z"},
		{"2009-10-05", "2009-10-05T00:00:00Z", "2009-10-06T00:00:00Z"},
		{"2028-02-29", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"},
		{" 2009-10-05 ", "2009-10-05T00:00:00Z", "2009-10-06T00:00:00Z"},
		{"2009-10-05T21:30", "2009-10-05T21:30:00Z", "2009-10-05T21:31:00Z"},
		{"2009-10-05T21:30Z", "2009-10-05T21:30:00Z", "2009-10-05T21:31:00Z"},
		{"2009-10-05T21:30+07:00", "2009-10-05T14:30:00Z", "2009-10-05T14:31:00Z"},
		{"2009-10-05T21:30-03:30", "2009-10-06T01:00:00Z", "2009-10-06T01:01:00Z"},
		{"2009-10-05T21:30:15+07:00", "2009-10-05T14:30:15Z", "2009-10-05T14:30:16Z"},
		{"2007~", "2006-01-01T00:00:00Z", "2008-12-31T00:00:00Z"},
		{"2009-10-05~", "2009-10-04T00:00:00Z", "2009-10-07T00:00:00Z"},
		{"2009-10-05T21:30Z~", "2009-10-05T21:29:00Z", "2009-10-05T21:32:00Z"},
		{"2007/2010", "2007-01-01T00:00:00Z", "2011-01-01T00:00:00Z"},
		{"2007-05/2007", "2007-05-01T00:00:00Z", "2008-01-01T00:00:00Z"},
		{"2009-10-05T21:30Z/2009-10-05T22:10Z", "2009-10-05T21:30:00Z", "2009-10-05T22:11:00Z"},
		{"../2003-05", open, "2003-06-01T00:00:00Z"},
		{"2003-05/..", "2003-05-01T00:00:00Z", open},
		// About widens each end by the length of what was said of it.
		{"2007~/2010-03", "2006-01-01T00:00:00Z", "2010-04-01T00:00:00Z"},
		{"2007/2010-03~", "2007-01-01T00:00:00Z", "2010-05-02T00:00:00Z"},
		{"2003~/..", "2002-01-01T00:00:00Z", open},
		{"../2003~", open, "2004-12-31T00:00:00Z"},
		{"٢٠٠٣-٠٥", "2003-05-01T00:00:00Z", "2003-06-01T00:00:00Z"},
		{"", open, open},
		{"?", open, open},
	}
	for _, tt := range tests {
		w, err := ParseWhen(tt.text)
		if err != nil {
			t.Errorf("ParseWhen(%q): %v", tt.text, err)
			continue
		}
		bound := func(at time.Time, ok bool) string {
			if !ok {
				return open
			}
			return at.Format(time.RFC3339)
		}
		if from, until := bound(w.Earliest()), bound(w.Latest()); from != tt.earliest || until != tt.latest {
			t.Errorf("ParseWhen(%q) is from %s until %s, want from %s until %s", tt.text, from, until, tt.earliest, tt.latest)
		}
	}
}

func TestParseWhenRefuses(t *testing.T) {
	for _, text := range []string{
		"03", "203", "20031", "2003-13", "2003-00", "2003-5", "2003-02-30", "2027-02-29", "2003-05-23T24:00Z", "2003-05-23T23:60Z", "2003-05-23T21", "2003-05-23 21:30",
		"2003-05-23T21:30+7", "2003-05-23T21:30z", "23/05/2003", "2003/05/23", "May 2003", "yesterday", "..", "../..", "/", "2003/", "/2003", "2004/2003", "2003-06/2003-05",
		"2004~/2003~", "2004/2003-12", "2003/2004/2005", "~2003", "2003~~", "1899", "2201", "0000", "-2003", "2003..2004", "2003?", "2003%", "200X",
	} {
		w, err := ParseWhen(text)
		var p *Problem
		if !errors.As(err, &p) || p.Key != "problem.bad_when" || w.Known() {
			t.Errorf("ParseWhen(%q) = %q, %v, want problem.bad_when", text, w, err)
		}
	}
}

func TestWhenPrecision(t *testing.T) {
	tests := []struct {
		text                      string
		known, about, minute, day bool
	}{
		{"", false, false, false, false},
		{"2003", true, false, false, false},
		{"2003-05", true, false, false, false},
		{"2003-05-23", true, false, false, true},
		{"2003-05-23~", true, true, false, false},
		{"2003-05-23/2003-05-24", true, false, false, false},
		{"2003-05-23T21:30Z", true, false, true, true},
		{"2003-05-23T21:30:15Z", true, false, true, true},
		{"2003-05-23T21:30Z~", true, true, false, false},
		{"2003-05-23/..", true, false, false, false},
	}
	for _, tt := range tests {
		w := mustWhen(t, tt.text)
		if w.Known() != tt.known || w.About() != tt.about || w.Precise() != tt.minute || w.ToTheDay() != tt.day {
			t.Errorf("%q: known %t, about %t, precise %t, to the day %t; want %t, %t, %t, %t",
				tt.text, w.Known(), w.About(), w.Precise(), w.ToTheDay(), tt.known, tt.about, tt.minute, tt.day)
		}
	}
}

func TestWhenBefore(t *testing.T) {
	tests := []struct {
		w, v string
		want Answer
	}{
		{"2003", "2004", Yes},
		{"2004", "2003", No},
		{"2003", "2003", Unknown},
		{"2003", "2003-05", Unknown},
		{"2003-04", "2003-05-01", Yes},
		{"2003~", "2004", Unknown},
		{"2003~", "2005", Yes},
		{"../2003", "2004", Yes},
		{"2003/..", "2004", Unknown},
		{"2004/..", "2003", No},
		{"2003~/..", "2002-06", Unknown},
		{"", "2003", Unknown},
		{"2003-05-23T21:30Z", "2003-05-23T21:31Z", Yes},
		{"2003-05-23T21:30Z", "2003-05-24T04:31+07:00", Yes},
		{"2003-05-23T21:30+07:00", "2003-05-23T21:30Z", Yes},
		// Two moments of one minute are one moment: neither is before the other.
		{"2003-05-23T21:30Z", "2003-05-23T21:30Z", No},
		{"2003-05-23T21:30Z", "2003-05-23T21:30:15Z", No},
		{"2003-05-23T21:30:15Z", "2003-05-23T21:30Z", No},
		{"2003-05-23T21:30:15Z", "2003-05-23T21:30:16Z", Yes},
	}
	for _, tt := range tests {
		if got := mustWhen(t, tt.w).Before(mustWhen(t, tt.v)); got != tt.want {
			t.Errorf("%q before %q: %q, want %q", tt.w, tt.v, got, tt.want)
		}
	}
}

func TestWhenSince(t *testing.T) {
	tests := []struct {
		w, start          string
		shortest, longest string
		open              bool
	}{
		{"2003-05-23T22:00Z", "2003-05-23T20:15Z", "1h45m0s", "1h45m0s", false},
		{"2003-05-23T20:00Z", "2003-05-23T20:15Z", "0s", "0s", false},
		{"2003-05-24", "2003-05-23T20:15Z", "3h44m0s", "27h45m0s", false},
		{"2003-05-23", "2003-05-23", "0s", "24h0m0s", false},
		{"", "2003-05-23", "0s", "0s", true},
		{"2003-05-23", "", "0s", "0s", true},
		{"2003-05-25/..", "2003-05-23", "24h0m0s", "0s", true},
	}
	for _, tt := range tests {
		shortest, longest, open := mustWhen(t, tt.w).Since(mustWhen(t, tt.start))
		if shortest.String() != tt.shortest || longest.String() != tt.longest || open != tt.open {
			t.Errorf("%q since %q: %v to %v, open %t; want %s to %s, %t", tt.w, tt.start, shortest, longest, open, tt.shortest, tt.longest, tt.open)
		}
	}
}

func TestAt(t *testing.T) {
	w := At(time.Date(2026, 11, 21, 23, 5, 7, 999, time.FixedZone("", 7*3600)))
	if w.String() != "2026-11-21T16:05:07Z" || !w.Precise() {
		t.Errorf("At = %q, precise %t, want 2026-11-21T16:05:07Z to the minute", w, w.Precise())
	}
}

// drawMoment draws one moment of some precision within a minute, a night or a
// few days, so that moments meet often.
func drawMoment(t *rapid.T, label string) string {
	span := rapid.SampledFrom([]int{90, 3 * 60 * 60, 3 * 24 * 60 * 60}).Draw(t, label+" within")
	at := time.Date(2003, 5, 30, 23, 59, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, span).Draw(t, label)) * time.Second)
	zone := rapid.SampledFrom([]*time.Location{time.UTC, time.FixedZone("", 7*3600), time.FixedZone("", -5*1800)}).Draw(t, label+" zone")
	layout := rapid.SampledFrom([]string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00"}).Draw(t, label+" as")
	return at.In(zone).Format(layout) + rapid.SampledFrom([]string{"", "", "~"}).Draw(t, label+" about")
}

// drawWhen draws any When that can be parsed.
func drawWhen(t *rapid.T, label string) When {
	one := drawMoment(t, label)
	text := rapid.SampledFrom([]string{one, one, one, "../" + one, one + "/..", one + "/" + drawMoment(t, label+" until"), ""}).Draw(t, label+" form")
	w, err := ParseWhen(text)
	if err != nil {
		t.SkipNow() // a range that ends before it starts
	}
	return w
}

// inside draws an instant inside a When.
func inside(t *rapid.T, w When, label string) time.Time {
	from, ok1 := w.Earliest()
	until, ok2 := w.Latest()
	const far = 10 * 365 * day
	switch {
	case !ok1 && !ok2:
		from = time.Date(2003, 5, 30, 0, 0, 0, 0, time.UTC).Add(-far)
		until = from.Add(2 * far)
	case !ok1:
		from = until.Add(-far)
	case !ok2:
		until = from.Add(far)
	}
	return from.Add(time.Duration(rapid.Int64Range(0, int64(until.Sub(from)/time.Second)-1).Draw(t, label)) * time.Second)
}

// Whatever the instants inside two moments are, Before and Since are right
// about them; two moments told to the minute are compared to the minute.
func TestWhenIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, v := drawWhen(t, "w"), drawWhen(t, "v")
		x, y := inside(t, w, "x"), inside(t, v, "y")
		tolerance := time.Duration(0)
		if w.Precise() && v.Precise() {
			tolerance = time.Minute
		}
		switch w.Before(v) {
		case Yes:
			if !x.Before(y) {
				t.Fatalf("%q is before %q, and %v inside the one is not before %v inside the other", w, v, x, y)
			}
		case No:
			if y.Sub(x) > tolerance {
				t.Fatalf("%q is not before %q, and %v inside the one is before %v inside the other", w, v, x, y)
			}
		}
		shortest, longest, open := w.Since(v)
		if d := max(0, x.Sub(y)); d < shortest-tolerance || !open && d > longest+tolerance {
			t.Fatalf("%q is %v to %v (open %t) since %q, and %v is %v after %v", w, shortest, longest, open, v, x, d, y)
		}
		if w.Before(v) == Yes && v.Before(w) != No {
			t.Fatalf("%q is before %q, and the other way round it is %q", w, v, v.Before(w))
		}
	})
}

func TestWhenRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkWhenRoundTrip(t, drawWhen(t, "w")) })
	var w When
	if err := json.Unmarshal([]byte(`null`), &w); err != nil || w.Known() {
		t.Errorf("null is read as %q, %v, want unknown", w, err)
	}
	for _, bad := range []string{`2003`, `true`, `{}`, `"03"`, `["2003"]`} {
		if err := json.Unmarshal([]byte(bad), &w); err == nil {
			t.Errorf("%s is read as %q, want a problem", bad, w)
		}
	}
}

func checkWhenRoundTrip(t failer, w When) {
	data, err := json.Marshal(w)
	if err != nil {
		t.Fatalf("%q is not written: %v", w, err)
	}
	var back When
	if err := json.Unmarshal(data, &back); err != nil || back != w {
		t.Fatalf("%q is written %s and read as %q, %v", w, data, back, err)
	}
	if fmt.Sprint(w) != w.String() {
		t.Fatalf("%q prints as %v", w.String(), w)
	}
}

func FuzzParseWhen(f *testing.F) {
	for _, s := range []string{"", "2003", "2009-10", "2009-10-05~", "2009-10-05T21:30+07:00", "2009-10-05T21:30:15Z", "2007/2010", "../2003-05", "2003~/..", "٢٠٠٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWhen(text)
		if err != nil {
			if w.Known() {
				t.Fatalf("ParseWhen(%q) gives an error and %q", text, w)
			}
			return
		}
		checkWhenRoundTrip(t, w)
		from, ok1 := w.Earliest()
		until, ok2 := w.Latest()
		if ok1 && ok2 && !from.Before(until) {
			t.Fatalf("ParseWhen(%q) is from %v until %v", text, from, until)
		}
		if w.Known() && !ok1 && !ok2 {
			t.Fatalf("ParseWhen(%q) is known and has no bound", text)
		}
	})
}

func FuzzWhenJSON(f *testing.F) {
	for _, s := range []string{"null", `"2003"`, `"2009-10-05T21:30+07:00"`, `"2003~\/.."`, `"\u0662\u0660\u0660\u0663"`, "2003"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var w When
		if err := json.Unmarshal(data, &w); err == nil {
			checkWhenRoundTrip(t, w)
		}
	})
}

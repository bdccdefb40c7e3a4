package plumbline

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestParseCount(t *testing.T) {
	tests := []struct {
		text string
		want Count
		says string
	}{
		{"", Count{}, "not known"},
		{"?", Count{}, "not known"},
		{"0", Exactly(0), "0"},
		{"12", Exactly(12), "12"},
		{" 12 ", Exactly(12), "12"},
		{"12+", AtLeast(12), "at least 12"},
		{">=12", AtLeast(12), "at least 12"},
		{"≥ 12", AtLeast(12), "at least 12"},
		{">12", AtLeast(13), "at least 13"},
		{"0+", Count{}, "not known"},
		{"<=9", Between(0, 9), "at most 9"},
		{"≤9", Between(0, 9), "at most 9"},
		{"7-9", Between(7, 9), "7 to 9"},
		{"7–9", Between(7, 9), "7 to 9"},
		{"7-7", Exactly(7), "7"},
		{"~12", About(12), "about 12"},
		{"~ 12", About(12), "about 12"},
		{"~0", Count{}, "not known"},
		{"9+ ~12", Count{min: 9, about: 12}, "about 12"},
		{"0+ ~3", Count{about: 3}, "about 3"},
		{"9-20 ~12", Count{min: 9, top: 21, about: 12}, "about 12"},
		{"١٢+", AtLeast(12), "at least 12"},
		{"۷-۹", Between(7, 9), "7 to 9"},
		{"10000000", Exactly(10_000_000), "10000000"},
	}
	for _, tt := range tests {
		got, err := ParseCount(tt.text)
		if err != nil || got != tt.want || got.String() != tt.says {
			t.Errorf("ParseCount(%q) = %+v, %v, which says %q; want %+v, which says %q", tt.text, got, err, got, tt.want, tt.says)
		}
	}
}

func TestParseCountRefuses(t *testing.T) {
	for _, text := range []string{
		"-1", "+5", "1.5", "1,5", "1e3", "0x10", "1_000", "twelve", "9-7", "5-", "-", "~", "+", ">", "<=", "~~5", "12+-13", "12++", "1 2",
		"10000001", ">10000000", "99999999999999999999", "=1+1", "12+ ~9", "3 ~3", "1-4 ~5", "~5 ~6", "5+ ~6 ~7", "NaN", "\x00", "\xff",
	} {
		got, err := ParseCount(text)
		if err == nil || got != (Count{}) {
			t.Errorf("ParseCount(%q) = %+v, %v, want a problem and no count", text, got, err)
		}
		var p *Problem
		if !errors.As(err, &p) || p.Key != "problem.bad_count" {
			t.Errorf("ParseCount(%q): %v, want problem.bad_count", text, err)
		}
	}
}

func TestCountJSON(t *testing.T) {
	tests := []struct {
		name string
		c    Count
		want string
	}{
		{"exact", Exactly(12), `{"value":12,"bound":"exact"}`},
		{"nought is a number", Exactly(0), `{"value":0,"bound":"exact"}`},
		{"at least", AtLeast(7), `{"value":7,"bound":"at_least"}`},
		{"unknown is null, never nought", Count{}, `{"value":null,"bound":"unknown"}`},
		{"at most", Between(0, 9), `{"value":null,"bound":"unknown","at_most":9}`},
		{"between", Between(3, 9), `{"value":3,"bound":"at_least","at_most":9}`},
		{"about", About(12), `{"value":null,"bound":"unknown","about":12}`},
		{"a sum of exact and about", Exactly(7).Add(About(6)), `{"value":8,"bound":"at_least","about":13}`},
		{"what is left of about", About(6).Sub(Exactly(3)), `{"value":0,"bound":"at_least","about":3}`},
	}
	for _, tt := range tests {
		data, err := json.Marshal(tt.c)
		if err != nil || string(data) != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.name, data, err, tt.want)
		}
		var back Count
		if err := json.Unmarshal([]byte(tt.want), &back); err != nil || back != tt.c {
			t.Errorf("%s: %s is read as %+v, %v, want %+v", tt.name, tt.want, back, err, tt.c)
		}
	}
	for text, want := range map[string]Count{"12": Exactly(12), `"12+"`: AtLeast(12), `"12\u002b"`: AtLeast(12), `"~6"`: About(6), "null": {}, `""`: {}, `"?"`: {}} {
		var got Count
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is read as %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		`-1`, `1.5`, `true`, `[]`, `"null"`, `"twelve"`, `{}`, `{"value":1}`, `{"bound":"exact"}`, `{"value":1,"bound":"about"}`, `{"value":1,"bound":"unknown"}`,
		`{"value":-1,"bound":"exact"}`, `{"value":10000001,"bound":"at_least"}`, `{"value":5,"bound":"at_least","at_most":4}`, `{"value":5,"bound":"exact","about":5}`,
		`{"value":5,"bound":"at_least","about":4}`, `{"value":null,"bound":"unknown","at_most":3,"about":4}`, `{"value":1,"bound":"exact","extra":1}`,
	} {
		got := Exactly(99)
		if err := json.Unmarshal([]byte(text), &got); err == nil || got != Exactly(99) {
			t.Errorf("%s is read as %+v, %v, want a problem and nothing changed", text, got, err)
		}
	}
}

func TestCountKnown(t *testing.T) {
	if (Count{}).Known() || AtLeast(0).Known() || !Exactly(0).Known() {
		t.Error("unknown is not nought: only the zero Count and AtLeast(0) are unknown")
	}
	if _, exact := (Count{}).Exact(); exact {
		t.Error("an unknown count calls itself exact")
	}
	if n, exact := Exactly(0).Exact(); !exact || n != 0 {
		t.Error("nobody is an exact count")
	}
}

func TestCountAnd(t *testing.T) {
	tests := []struct{ c, d, want Count }{
		{AtLeast(3), Between(0, 5), Between(3, 5)},
		{Between(2, 5), Between(5, 9), Exactly(5)},
		{Count{}, Exactly(4), Exactly(4)},
		{About(6), AtLeast(4), Count{min: 4, about: 6}},
		{About(6), AtLeast(9), AtLeast(9)},   // the guess was too low
		{Exactly(5), AtLeast(9), Exactly(5)}, // a contradiction
	}
	for _, tt := range tests {
		if got := tt.c.and(tt.d); got != tt.want {
			t.Errorf("%v and %v = %+v, want %+v", tt.c, tt.d, got, tt.want)
		}
	}
}

// holds reports whether n people would bear out the count.
func holds(c Count, n int) bool {
	hi, bounded := c.Max()
	return n >= c.Min() && (!bounded || n <= hi)
}

// told draws a count that n people bear out, in one of the ways in which
// people tell of a number.
func told(t *rapid.T, n int, label string) Count {
	switch rapid.IntRange(0, 6).Draw(t, label+" told as") {
	case 0:
		return Count{}
	case 1:
		return AtLeast(rapid.IntRange(0, n).Draw(t, label+" at least"))
	case 2:
		return Between(rapid.IntRange(0, n).Draw(t, label+" from"), n+rapid.IntRange(0, 3).Draw(t, label+" and more"))
	case 3:
		if n > 0 { // about says that there is somebody
			return About(rapid.IntRange(1, 2*n).Draw(t, label+" about"))
		}
	}
	return Exactly(n)
}

// For any numbers inside two counts, their sum lies inside Add and their
// difference inside Sub, also after any more sums and differences.
func TestCountArithmeticHoldsTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "n")
		c := told(t, n, "n")
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			m := rapid.IntRange(0, 30).Draw(t, "m")
			d := told(t, m, "m")
			if rapid.Bool().Draw(t, "add") {
				c, n = c.Add(d), n+m
			} else {
				c, n = c.Sub(d), max(0, n-m)
			}
			if !holds(c, n) {
				t.Fatalf("the count is %+v (%v), and the truth is %d", c, c, n)
			}
			if guess, ok := c.Guess(); ok && !holds(c, guess) {
				t.Fatalf("the guess of %+v lies outside its bounds", c)
			}
			checkRoundTrip(t, c)
		}
	})
}

func TestCountSumsOfExactAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.IntRange(0, 1000).Draw(t, "a"), rapid.IntRange(0, 1000).Draw(t, "b")
		if got := Exactly(a).Add(Exactly(b)); got != Exactly(a+b) {
			t.Fatalf("%d + %d = %+v", a, b, got)
		}
		if got := Exactly(a + b).Sub(Exactly(b)); got != Exactly(a) {
			t.Fatalf("%d - %d = %+v", a+b, b, got)
		}
	})
}

type failer interface{ Fatalf(string, ...any) }

// checkRoundTrip writes a count as text and as JSON and reads it again.
func checkRoundTrip(t failer, c Count) {
	if back, err := ParseCount(c.Text()); err != nil || back != c {
		t.Fatalf("%+v is written %q and read as %+v, %v", c, c.Text(), back, err)
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatalf("%+v is not written: %v", c, err)
	}
	var back Count
	if err := json.Unmarshal(data, &back); err != nil || back != c {
		t.Fatalf("%+v is written %s and read as %+v, %v", c, data, back, err)
	}
}

func FuzzParseCount(f *testing.F) {
	for _, s := range []string{"", "?", "12", "12+", ">=12", ">12", "<=9", "7-9", "~12", "9+ ~12", "١٢", "-", "10000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCount(text)
		if err != nil {
			if c != (Count{}) {
				t.Fatalf("ParseCount(%q) gives an error and %+v", text, c)
			}
			return
		}
		checkRoundTrip(t, c)
	})
}

func FuzzCountJSON(f *testing.F) {
	for _, s := range []string{"null", "12", `"12+"`, `{"value":12,"bound":"exact"}`, `{"value":null,"bound":"unknown","at_most":9,"about":5}`, `{"value":7,"bound":"at_least","at_most":7}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var c Count
		if err := json.Unmarshal(data, &c); err == nil {
			checkRoundTrip(t, c)
		}
	})
}

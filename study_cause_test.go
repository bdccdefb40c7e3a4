package plumbline

import "testing"

// A task force that came late in the period can have caused only what changed
// after it came.
func TestCausesStandBesideTheRounds(t *testing.T) {
	when := func(s string) When {
		w, err := ParseWhen(s)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := &Study{From: when("2003-01"), Until: when("2003-02")}
	last := &Study{From: when("2006-03"), Until: when("2006-04")}
	factor := func(what, from, until string) *Factor {
		return &Factor{What: what, Told: Told{From: when(from), Until: when(until)}}
	}
	for _, c := range []struct {
		what, from, until string
		late, after       Answer
		months            Count
	}{
		{"there from the start", "2002", "", No, No, Between(36, 38)},
		{"came late", "2005-09", "", Yes, No, Between(5, 7)},
		{"came and went", "2004-01", "2004-12", Yes, No, Between(10, 12)},
		{"came after", "2006-09", "", Yes, Yes, Exactly(0)},
		{"in the year of the first", "2003", "", Unknown, No, Between(26, 38)},
		{"not told", "", "2004", Unknown, Unknown, Count{}},
		{"was over", "1999", "2001", No, No, Exactly(0)},
	} {
		got := Causes(first, last, []*Factor{factor(c.what, c.from, c.until)})[0]
		if got.Late != c.late || got.After != c.after || got.Months != c.months {
			t.Errorf("%s: late %q after %q months %v, want %q %q %v", c.what, got.Late, got.After, got.Months, c.late, c.after, c.months)
		}
	}
	order := Causes(first, last, []*Factor{factor("b", "2005", ""), factor("a", "2004", "")})
	if order[0].Factor.What != "a" {
		t.Errorf("the one that began first comes first, got %s", order[0].Factor.What)
	}
	if of := order[0].Of; of != Between(36, 38) {
		t.Errorf("between the rounds are %v months", of)
	}
}

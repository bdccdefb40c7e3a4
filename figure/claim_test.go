package figure_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"plumbline/figure"
)

const header = "claim_id,claimant,document,locator,paraphrase,figure,unit,population,period,definition_given,cited_source,source_read,stance_target\n"

func read(t testing.TB, rows ...string) *figure.Register {
	t.Helper()
	r, err := figure.ReadClaims(strings.NewReader(header+strings.Join(rows, "\n")+"\n"), "claims.csv")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// row makes a claim of which only the last eight columns matter.
func row(id string, rest ...string) string {
	rest = append(rest, make([]string, 8-len(rest))...)
	for i, s := range rest {
		if strings.Contains(s, ",") {
			rest[i] = `"` + s + `"`
		}
	}
	return strings.Join(append([]string{id, "a writer", "a book", "p. 1", "something is so"}, rest...), ",")
}

func TestReadClaimsRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ file, want string }{
		"nothing":                  {"", "empty"},
		"a column missing":         {"claim_id,claimant,document,locator\na,b,c,d\n", `no column "paraphrase"`},
		"a column nobody knows":    {"claim_id,claimant,document,locator,paraphrase,colour\na,b,c,d,e,f\n", `row 1: column "colour" is not known`},
		"a short row":              {header + "C-1,a\n", "row 2"},
		"a bad id":                 {header + row("C 1"), `row 2, column "claim_id"`},
		"an id twice":              {header + row("C-1") + "\n" + row("C-1"), `row 3, column "claim_id"`},
		"nobody who says it":       {header + strings.Replace(row("C-1"), "a writer", "NA", 1), `row 2, column "claimant"`},
		"a figure that is none":    {header + row("C-1", "a lot", "people"), `row 2, column "figure"`},
		"a range backwards":        {header + row("C-1", "9-5", "people"), "runs backwards"},
		"a number of nothing":      {header + row("C-1", "12"), `row 2, column "unit"`},
		"yes without a definition": {header + row("C-1", "12", "people", "", "", "yes:"), `row 2, column "definition_given"`},
		"a definition of no sort":  {header + row("C-1", "12", "people", "", "", "perhaps"), `row 2, column "definition_given"`},
		"a link of no sort":        {header + row("C-1", "", "", "", "", "", "", "", "likes:C-2") + "\n" + row("C-2"), "likes:C-2"},
		"a link to nobody":         {header + row("C-1", "", "", "", "", "", "", "", "supports:C-9"), `there is no claim "C-9"`},
		"a link to itself":         {header + row("C-1", "", "", "", "", "", "", "", "supports:C-1"), "linked to itself"},
		"a link twice":             {header + row("C-1", "", "", "", "", "", "", "", "supports:C-2;supports:C-2") + "\n" + row("C-2"), "stands twice"},
		"a circle": {header + row("C-1", "", "", "", "", "", "", "", "derives:C-2") + "\n" + row("C-2", "", "", "", "", "", "", "", "derives:C-3") + "\n" +
			row("C-3", "", "", "", "", "", "", "", "derives:C-1"), `"derives" goes in a circle: C-1, C-2, C-3, C-1`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := figure.ReadClaims(strings.NewReader(tc.file), "claims.csv")
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "claims.csv") || strings.Contains(err.Error(), "\n") || r != nil {
				t.Errorf("got %v, want one line with %q", err, tc.want)
			}
		})
	}
}

// Contesting each other in a circle is what people do; it is no mistake.
func TestMutualContest(t *testing.T) {
	r := read(t, row("C-1", "", "", "", "", "", "", "", "contests:C-2"), row("C-2", "", "", "", "", "", "", "", "contests:C-1"))
	if rivals := r.Rivals(r.Claim("C-1")); len(rivals) != 1 || rivals[0].ID != "C-2" {
		t.Errorf("rivals: %v", rivals)
	}
}

func TestParseQuantity(t *testing.T) {
	inf := math.Inf(1)
	for text, want := range map[string]figure.Quantity{
		"":            {Form: figure.NoFigure, Low: -inf, High: inf},
		"none":        {Form: figure.NoFigure, Low: -inf, High: inf},
		"12":          {Form: figure.Exact, Low: 12, High: 12},
		"33.3":        {Form: figure.Exact, Low: 33.3, High: 33.3},
		"0":           {Form: figure.Absence},
		">500":        {Form: figure.MoreThan, Low: 500, High: inf},
		">=4":         {Form: figure.AtLeast, Low: 4, High: inf},
		"<=10":        {Form: figure.AtMost, Low: -inf, High: 10},
		"<3":          {Form: figure.LessThan, Low: -inf, High: 3},
		"~12":         {Form: figure.About, Low: 12, High: 12},
		"5-6":         {Form: figure.Range, Low: 5, High: 6},
		"2009-07":     {Form: figure.Date, Low: -inf, High: inf},
		"quarterly":   {Form: figure.Frequency, Low: -inf, High: inf},
		"words: many": {Form: figure.Words, Low: -inf, High: inf},
	} {
		got, err := figure.ParseQuantity(text)
		got.Text = ""
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"twelve", "1,000", "12 people", ">", "--3", "1e5", "NaN", "Inf", "0x10", "words:", "3-", "٣"} {
		if q, err := figure.ParseQuantity(text); err == nil {
			t.Errorf("%q was read as %+v", text, q)
		}
	}
}

func TestStatus(t *testing.T) {
	r := read(t,
		row("C-1", "12", "people", "women", "2009", "no", "none given", "", "contests:C-2"),
		row("C-2", ">500", "people", "", "cumulative to 2009, start not stated", "yes: counted once", "Smith, 2003", "", "repeats:C-3"),
		row("C-3", "words: many", "people", "", "", "", "own knowledge"),
		row("C-4", "0", "complaints", "", "", "yes: in writing", "footnote 3, text not in the source"),
		row("C-5", "", "", "", "", "", "Ownership of land, 1990"),
		row("C-6", "", "", "", "", "", "Smith, 2003", "A. Reader on 2026-11-01"),
		row("C-7"),
	)
	for id, want := range map[string]string{
		"C-1": "no-source contested no-definition",
		"C-2": "source-not-read repeated contested open-total",
		"C-3": "own-word word-quantity",
		"C-4": "source-missing absence",
		"C-5": "source-not-read", // begins with the letters of "own" and is a book
		"C-6": "source-read",
		"C-7": "no-source",
	} {
		var codes []string
		for _, s := range r.Status(r.Claim(id)) {
			codes = append(codes, s.Code)
			if s.Why == "" {
				t.Errorf("%s: %s without a why", id, s.Code)
			}
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}

// Five citations of one origin are one source; two tellings of one episode
// are one event; who contests is another.
func TestTellings(t *testing.T) {
	r := read(t,
		row("C-1"),
		row("C-2", "", "", "", "", "", "", "", "repeats:C-1"),
		row("C-3", "", "", "", "", "", "", "", "repeats:C-2"),
		row("C-4", "", "", "", "", "", "", "", "same_episode:C-3"),
		row("C-5", "", "", "", "", "", "", "", "contests:C-3;supports:C-4"),
	)
	if root := r.Root(r.Claim("C-3")); root.ID != "C-1" {
		t.Errorf("the root is %s", root.ID)
	}
	for _, id := range []string{"C-1", "C-2", "C-3", "C-4"} {
		if th := r.Thread(r.Claim(id), 1); strings.Join(th.Tellings, " ") != "C-1 C-2 C-3 C-4" {
			t.Errorf("%s is told in %v", id, th.Tellings)
		}
	}
	if d := r.Distinct(r.Claims); len(d) != 2 || d[0].ID != "C-1" || d[1].ID != "C-5" {
		t.Errorf("distinct: %d", len(d))
	}
}

func TestThread(t *testing.T) {
	r := read(t,
		row("C-1", "", "", "", "", "", "", "", "contests:C-2"),
		row("C-2", "", "", "", "", "", "", "", "qualifies:C-3;contests:C-1"),
		row("C-3"),
		row("C-4", "", "", "", "", "", "", "", "supports:C-3"),
	)
	th := r.Thread(r.Claim("C-1"), 3)
	var got []string
	for _, s := range th.Steps {
		got = append(got, fmt.Sprintf("%d %s %s %s", s.Distance, s.From, s.How, s.To))
	}
	want := "1 C-1 contests C-2; 1 C-2 contests C-1; 2 C-2 qualifies C-3; 3 C-4 supports C-3"
	if text := strings.Join(got, "; "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if near := r.Thread(r.Claim("C-1"), 1); len(near.Steps) != 2 {
		t.Errorf("one link far: %v", near.Steps)
	}
}

func TestCompare(t *testing.T) {
	r := read(t,
		row("C-1", "12", "people removed", "minors", "2009", "yes: taken out by police"),
		row("C-2", "20", "people removed", "minors", "2010", "yes: taken out by police"),
		row("C-3", "20", "people rescued", "minors", "2010", "yes: taken out by police"),
		row("C-4", "20", "people removed", "minors", "2010", "no"),
		row("C-5", "20", "people removed", "women", "2010", "yes: taken out by police"),
		row("C-6", "20", "people removed", "minors", "cumulative to 2010, start not stated", "yes: taken out by police"),
		row("C-7", "words: many", "people removed", "minors", "2010", "yes: taken out by police"),
		row("C-8", "12", "people removed", "minors", "2009", "yes: taken out by police", "", "", "same_episode:C-1"),
		row("C-9", "12", "people removed", "minors", "2011", "yes: seen to leave"),
	)
	for other, want := range map[string]string{"C-2": "", "C-3": "unit", "C-4": "no-definition definition", "C-5": "population", "C-6": "open-total", "C-7": "no-number", "C-8": "one-telling", "C-9": "definition"} {
		c, err := r.Compare([]*figure.Claim{r.Claim("C-1"), r.Claim(other)})
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, reason := range c.Refused {
			codes = append(codes, reason.Code)
		}
		if got := strings.Join(codes, " "); got != want || c.Comparable != (want == "") {
			t.Errorf("C-1 with %s: got %q, comparable %t; want %q", other, got, c.Comparable, want)
		}
	}
	one := r.Claim("C-1")
	for _, claims := range [][]*figure.Claim{nil, {one}, {one, one}} {
		if _, err := r.Compare(claims); err == nil {
			t.Errorf("%d claims were compared", len(claims))
		}
	}
}

func TestAddLinks(t *testing.T) {
	r := read(t, row("C-1"), row("C-2", "", "", "", "", "", "", "", "repeats:C-1"))
	for name, tc := range map[string]struct{ file, want string }{
		"another header": {"a,b\n", "want from,how,to,why"},
		"nobody":         {"from,how,to,why\nC-9,repeats,C-1,x\n", `row 2, column "from"`},
		"no sort":        {"from,how,to,why\nC-1,likes,C-2,x\n", `row 2, column "how"`},
		"no reason":      {"from,how,to,why\nC-1,supports,C-2,\n", `row 2, column "why"`},
		"twice":          {"from,how,to,why\nC-2,repeats,C-1,x\n", "stands already"},
		"a circle":       {"from,how,to,why\nC-1,supports,C-2,x\nC-1,repeats,C-2,x\n", "in a circle"},
	} {
		if err := r.AddLinks(strings.NewReader(tc.file), "links.csv"); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
		if len(r.Claim("C-1").Links) != 0 {
			t.Fatalf("%s: half of it was added", name)
		}
	}
	if err := r.AddLinks(strings.NewReader("from,how,to,why\nC-1,supports,C-2,they agree\n"), "links.csv"); err != nil {
		t.Fatal(err)
	}
	if from := r.Linked("C-2", figure.Supports); len(from) != 1 || from[0].ID != "C-1" {
		t.Errorf("linked: %v", from)
	}
}

func FuzzReadClaims(f *testing.F) {
	f.Add(header + row("C-1", "12", "people", "women", "2009", "no", "none", "", ""))
	f.Add(header + row("C-1", "", "", "", "", "", "", "", "contests:C-1"))
	f.Fuzz(func(t *testing.T, file string) {
		r, err := figure.ReadClaims(strings.NewReader(file), "f.csv")
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		for _, c := range r.Claims {
			r.Status(c)
			r.Thread(c, 2)
			r.Tellings(c)
		}
	})
}

// large makes a register of n claims in chains, quarrels and pairs.
func large(b testing.TB, n int) *figure.Register {
	var text strings.Builder
	text.WriteString(header)
	for i := range n {
		link := ""
		switch {
		case i > 10 && i%3 == 0:
			link = fmt.Sprintf("contests:C-%d;supports:C-%d", i-7, i-2)
		case i > 10 && i%10 == 1:
			link = fmt.Sprintf("repeats:C-%d", i-10)
		}
		text.WriteString(row(fmt.Sprintf("C-%d", i), "12", "people removed", "minors", "2009", "yes: taken out", "Smith 2003", "", link) + "\n")
	}
	r, err := figure.ReadClaims(strings.NewReader(text.String()), "large.csv")
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func BenchmarkClaims(b *testing.B) {
	r := large(b, 100_000)
	b.Run("status of a page", func(b *testing.B) {
		for b.Loop() {
			for _, c := range r.Claims[50_000:50_050] {
				r.Status(c)
			}
		}
	})
	b.Run("all that are contested", func(b *testing.B) {
		for b.Loop() {
			for _, c := range r.Claims {
				r.Has(c, figure.Contested)
			}
		}
	})
	b.Run("thread", func(b *testing.B) {
		for b.Loop() {
			r.Thread(r.Claims[60_000], 3)
		}
	})
	b.Run("compare", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Compare(r.Claims[60_000:60_010]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

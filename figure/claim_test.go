package figure_test

import (
	"encoding/json"
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
		"a formula":                {header + row("C-1", "", "=1+1"), `row 2, column "unit"`},
		"text that does not print": {header + row("C-1", "", "a\x01b"), `row 2, column "unit"`},
		"a field too long":         {header + row("C-1", "", strings.Repeat("a", figure.MaxField+1)), "too long"},
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
		strings.Replace(row("C-8", "", "characterisation", "", "", "", "personal view"), "a writer", "\"Smith, quoted by Jones, as reported by Brown\"", 1),
	)
	for id, want := range map[string]string{
		"C-1": "no-source no-basis contested no-definition challenge-unread",
		"C-2": "source-not-read no-basis repeated contested open-total",
		"C-3": "own-word word-quantity",
		"C-4": "source-missing no-basis absence",
		"C-5": "source-not-read", // begins with the letters of "own" and is a book
		"C-6": "source-read",
		"C-7": "no-source",
		"C-8": "own-word reported characterisation",
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

func TestWithLinks(t *testing.T) {
	r := read(t, row("C-1"), row("C-2", "", "", "", "", "", "", "", "repeats:C-1"))
	for name, tc := range map[string]struct{ file, want string }{
		"another header": {"a,b\n", "want from,how,to,why"},
		"nobody":         {"from,how,to,why\nC-9,repeats,C-1,x\n", `row 2, column "from"`},
		"no sort":        {"from,how,to,why\nC-1,likes,C-2,x\n", `row 2, column "how"`},
		"no reason":      {"from,how,to,why\nC-1,supports,C-2,\n", `row 2, column "why"`},
		"twice":          {"from,how,to,why\nC-2,repeats,C-1,x\n", "stands already"},
		"a circle":       {"from,how,to,why\nC-1,supports,C-2,x\nC-1,repeats,C-2,x\n", "in a circle"},
	} {
		if after, err := r.WithLinks(strings.NewReader(tc.file), "links.csv"); err == nil || !strings.Contains(err.Error(), tc.want) || after != nil {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
	}
	after, err := r.WithLinks(strings.NewReader("from,how,to,why\nC-1,supports,C-2,they agree\n"), "links.csv")
	if err != nil {
		t.Fatal(err)
	}
	if from := after.Linked("C-2", figure.Supports); len(from) != 1 || from[0].ID != "C-1" {
		t.Errorf("linked: %v", from)
	}
	if len(r.Claim("C-1").Links) != 0 || len(r.Linked("C-2", figure.Supports)) != 0 {
		t.Error("the register that was there has changed")
	}
}

// A file corrects what it tells of and nothing else: what it has no column or
// no row for stays as it is.
func TestMerge(t *testing.T) {
	r := read(t, row("C-1", "12", "people", "women", "2009", "no: when", "Smith, 2003", "A. Reader on 2026-11-01", "contests:C-2"), row("C-2"), row("C-3"))
	r, err := r.WithLinks(strings.NewReader("from,how,to,why\nC-3,same_episode,C-2,the same night\n"), "links.csv")
	if err != nil {
		t.Fatal(err)
	}
	const short = "claim_id,claimant,document,locator,paraphrase,figure,unit\n"
	m := merge(t, r, short+"C-1,a writer,a book,p. 2,something is so,13,people\nC-9,another,a leaflet,p. 1,it is not,,\n")
	if len(m.New) != 1 || len(m.Changed) != 1 || m.Alike != 0 || len(m.Absent) != 2 {
		t.Fatalf("new %d, changed %d, alike %d, absent %d", len(m.New), len(m.Changed), m.Alike, len(m.Absent))
	}
	c := m.Register.Claim("C-1")
	if c.Locator != "p. 2" || c.Figure.Text != "13" || c.Population != "women" || c.Lacks != "when" || c.Read == "" || len(c.Links) != 1 {
		t.Errorf("corrected: %+v", c)
	}
	if r.Claim("C-1").Figure.Text != "12" || r.Claim("C-9") != nil || !m.Register.Has(m.Register.Claim("C-2"), figure.Contested) {
		t.Error("the register that was there has changed, or a link is lost")
	}
	// Brought in again it changes nothing.
	var file strings.Builder
	if err := figure.WriteCSV(&file, m.Register.Claims); err != nil {
		t.Fatal(err)
	}
	if again := merge(t, m.Register, file.String()); len(again.New)+len(again.Changed)+len(again.Absent) != 0 || again.Alike != 4 {
		t.Errorf("again: %+v", again)
	}
	// A link without a reason goes when a file does not have it; one with a reason stays.
	m = merge(t, m.Register, header+row("C-1", "13", "people", "women", "2009", "no: when", "Smith, 2003", "A. Reader on 2026-11-01", "")+"\n"+row("C-3")+"\n")
	if len(m.Register.Claim("C-1").Links) != 0 || len(m.Register.Claim("C-3").Links) != 1 {
		t.Errorf("links: %v, %v", m.Register.Claim("C-1").Links, m.Register.Claim("C-3").Links)
	}
	// What cannot be is refused by its row, and a link may lead into the register.
	for file, want := range map[string]string{
		header + row("C-5", "", "", "", "", "", "", "", "supports:C-8"):                                                               `f.csv: row 2, column "stance_target": there is no claim "C-8"`,
		header + row("C-5") + "\n" + row("C-2", "", "", "", "", "", "", "", "repeats:C-2"):                                            `f.csv: row 3, column "stance_target": the claim is linked to itself`,
		header + row("C-2", "", "", "", "", "", "", "", "derives:C-3") + "\n" + row("C-3", "", "", "", "", "", "", "", "derives:C-2"): `f.csv: row 2, column "stance_target": "derives" goes in a circle: C-2, C-3, C-2`,
	} {
		s, err := figure.ReadSheet(strings.NewReader(file), "f.csv")
		if err == nil {
			_, err = m.Register.Merge(s)
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func merge(t *testing.T, r *figure.Register, file string) *figure.Merged {
	t.Helper()
	s, err := figure.ReadSheet(strings.NewReader(file), "f.csv")
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Merge(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A check speaks of the figure that it was held against: when the claim is
// corrected it is over.
func TestChecks(t *testing.T) {
	r := read(t, row("C-1", "12", "people", "women", "2009", "yes: met"), row("C-2", "13", "people"))
	check := figure.ClaimCheck{Claim: "C-1", Of: "12 people", Figure: "people met", Result: figure.CheckDiffers, Value: "9", Why: "The record has 3 fewer."}
	other := check
	other.Claim = "C-2"
	r, err := figure.NewRegister(r.Claims, figure.Beside{Checks: []figure.ClaimCheck{check, other}, Answered: map[string]bool{"C-2": true}})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Claim("C-1"); !r.Has(c, figure.Differs) || r.Has(c, figure.Agrees) || len(r.Checks(c)) != 1 {
		t.Errorf("C-1: %v", r.Status(c))
	}
	if c := r.Claim("C-2"); r.Has(c, figure.Differs) || !r.Has(c, figure.Answered) {
		t.Errorf("C-2: a check of another figure counts: %v", r.Status(c))
	}
	var why string
	for _, s := range r.Status(r.Claim("C-1")) {
		if s.Code == figure.Differs {
			why = s.Why
		}
	}
	if why != "differs from this record: people met gives 9; The record has 3 fewer." {
		t.Errorf("why: %q", why)
	}
}

// A claim goes through JSON and comes back as it was.
func TestClaimJSON(t *testing.T) {
	for _, figureText := range []string{"", "none", "12", ">500", "~3", "5-6", "2009-07", "quarterly", "words: many", "0"} {
		c := read(t, row("C-1", figureText, "people", "women", "2009", "no: when", "Smith", "", "supports:C-2"), row("C-2")).Claim("C-1")
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back figure.Claim
		if err := json.Unmarshal(text, &back); err != nil || !back.Same(c) {
			t.Errorf("%q: %v, %s came back as %+v", figureText, err, text, back)
		}
	}
	if err := json.Unmarshal([]byte(`{"figure":{"form":"exact","text":"many"}}`), new(figure.Claim)); err == nil {
		t.Error("a figure that is none was read")
	}
}

func TestFind(t *testing.T) {
	r := large(t, 200)
	all := r.Find(figure.Query{Limit: 30})
	if all.Total != 200 || len(all.Claims) != 30 || all.Next != "C-29" {
		t.Fatalf("total %d, %d on the page, next %q", all.Total, len(all.Claims), all.Next)
	}
	var seen []string
	for q := (figure.Query{Status: figure.Contested, Limit: 7}); ; {
		f := r.Find(q)
		for _, c := range f.Claims {
			if !r.Has(c, figure.Contested) {
				t.Errorf("%s is not contested", c.ID)
			}
			seen = append(seen, c.ID)
		}
		if f.Next == "" {
			if len(seen) != f.Total {
				t.Errorf("the pages hold %d of %d", len(seen), f.Total)
			}
			break
		}
		q.After = f.Next
	}
	if f := r.Find(figure.Query{Text: "C-150  WRITER", Limit: 5}); f.Total != 1 || f.Next != "" {
		t.Errorf("words: %+v", f)
	}
	if f := r.Find(figure.Query{Document: "another book", Limit: 5}); f.Total != 0 || f.Claims != nil {
		t.Errorf("another document: %+v", f)
	}
	if d := r.Documents(); len(d) != 1 || d[0].Claims != 200 || d[0].Bases[3] != 200 {
		t.Errorf("documents: %+v", d)
	}
}

func TestQuarrels(t *testing.T) {
	r := read(t, row("C-1", "", "", "", "", "", "", "", "contests:C-2;supports:C-3"), row("C-2", "", "", "", "", "", "", "", "contests:C-1"), row("C-3"))
	list := r.Quarrels(figure.Contests, func(c *figure.Claim) string { return c.Document })
	if len(list) != 1 || len(list[0].Pairs) != 2 || list[0].Pairs[0] != [2]string{"C-1", "C-2"} {
		t.Errorf("contests: %+v", list)
	}
	if list = r.Quarrels(figure.Supports, func(c *figure.Claim) string { return c.ID }); len(list) != 1 || list[0].Who != "C-1" || list[0].Whom != "C-3" {
		t.Errorf("supports: %+v", list)
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
	b.Run("make a register", func(b *testing.B) {
		for b.Loop() {
			if _, err := figure.NewRegister(r.Claims, figure.Beside{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, q := range map[string]figure.Query{"all": {}, "contested": {Status: figure.Contested}, "words": {Text: "something nowhere"}, "last page": {After: "C-99970"}} {
		q.Limit = 25
		b.Run("find/"+name, func(b *testing.B) {
			for b.Loop() {
				r.Find(q)
			}
		})
	}
	b.Run("status of a page", func(b *testing.B) {
		for b.Loop() {
			for _, c := range r.Claims[50_000:50_050] {
				r.Status(c)
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
	b.Run("quarrels", func(b *testing.B) {
		for b.Loop() {
			r.Quarrels(figure.Contests, func(c *figure.Claim) string { return c.Document })
		}
	})
}

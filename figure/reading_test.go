package figure_test

import (
	"fmt"
	"strings"
	"testing"

	"plumbline/figure"
)

// register reads claims with the columns that a test names; each row is an id
// and then those columns.
func register(t testing.TB, sources, columns string, rows ...[]string) *figure.Register {
	t.Helper()
	var text strings.Builder
	text.WriteString("claim_id,claimant,document,locator,paraphrase," + columns + "\n")
	for _, row := range rows {
		fmt.Fprintf(&text, "%s,a writer,a book,p. 1,something is so", row[0])
		for i := range strings.Count(columns, ",") + 1 {
			field := ""
			if i+1 < len(row) {
				field = row[i+1]
			}
			fmt.Fprintf(&text, ",%q", field)
		}
		text.WriteString("\n")
	}
	r, err := figure.ReadClaims(strings.NewReader(text.String()), "claims.csv")
	if err == nil && sources != "" {
		r, err = r.WithSheet(strings.NewReader(sources), "sources.csv")
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReadingRefuses(t *testing.T) {
	const start = "claim_id,claimant,document,locator,paraphrase,"
	for column, cases := range map[string]map[string]string{
		"kind":        {"opinion": "some of position, reading"},
		"attribution": {"lead; owned": `"owned"; want some of lead, support, trained`},
		"method":      {"guess: x": `want one of records, sample, estimate, witness`, "sample: colour=red": "of size, drawn, range", "sample: size=": "each part once", "sample: size=1; size=2": "each part once"},
		"adults":      {"yes": `"included: …" or "left out: …"`, "included:": `"included: …"`},
		"when":        {"2009-13": "is no date", "last year": "is no date", "2010/2009": "runs backwards"},
		"cites":       {"two words": "the id of a source", "ibid.": "the id of a source", "note 3 smith": "the id of a source"},
		"words":       {"rescued": "such as", "rescued = saved": "of met, removed"},
	} {
		for text, want := range cases {
			_, err := figure.ReadClaims(strings.NewReader(start+column+"\nC-1,a,b,c,d,\""+text+"\"\n"), "f.csv")
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), fmt.Sprintf("f.csv: row 2, column %q", column)) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s %q: got %v, want %q", column, text, err, want)
			}
		}
	}
	for file, want := range map[string]string{
		"source_id,title,kind\n,b,letter\n":                          `row 2, column "source_id": is empty`,
		"source_id,title,kind\na,b,song\n":                           `row 2, column "kind": "song"`,
		"source_id,title,kind,date\na,b,letter,yesterday\n":          `row 2, column "date"`,
		"source_id,title,kind\na,b,letter\na,c,news\n":               "stands in an earlier row too",
		"source_id,title,kind,colour\na,b,letter,red\n":              `column "colour" is not known`,
		"source_id,title,kind\nibid.,b,letter\n":                     "is no id",
		"source_id,kind\na,letter\n":                                 `no column "title"`,
		"source_id,title,kind\na,=1+1,letter\n":                      "a spreadsheet would run",
		"source_id,title,kind\n\"a\x01\",b,letter\n":                 "do not print",
		"source_id,title,kind,date\na,b,letter,2010-02-30/2011-01\n": "is no date",
	} {
		if _, err := figure.ReadSheet(strings.NewReader(file), "s.csv"); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "s.csv: row") {
			t.Errorf("%q: got %v, want %q", file, err, want)
		}
	}
}

// Every field of a reading goes out as a file and comes back as it was.
func TestReadingRoundTrip(t *testing.T) {
	file := "claim_id,claimant,document,locator,paraphrase,figure,unit,kind,about,method,attribution,adults,hedge,story,when,doubt,cites,words,own_words\n" +
		"C-1,a,b,c,d,12,people,position; policy,one thing; another,sample: size = 40; range = 10 to 14,lead; trained,left out: p. 3,perhaps,not told,2006~/2007,inferred,note vii: ibid.; smith-1 p. 4-5; note 8: none,rescued = removed+placed; saved = not told,We hold that…\n"
	r, err := figure.ReadClaims(strings.NewReader(file), "f.csv")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := figure.WriteCSV(&out, r.Claims); err != nil {
		t.Fatal(err)
	}
	again, err := figure.ReadClaims(strings.NewReader(out.String()), "again.csv")
	if err != nil || !again.Claim("C-1").Same(r.Claim("C-1")) {
		t.Errorf("%v: came back as %s", err, out.String())
	}
}

// A file with an id and what was noted adds to claims that are there, and to
// nothing else.
func TestPartialSheet(t *testing.T) {
	r := read(t, row("C-1", "12", "people"), row("C-2"))
	m := merge(t, r, "claim_id,hedge\nC-1,perhaps\n")
	if c := m.Register.Claim("C-1"); c.Hedge != "perhaps" || c.Figure.Low != 12 || len(m.Changed) != 1 || len(m.Absent) != 0 {
		t.Errorf("got %+v, %+v", c, m)
	}
	s, err := figure.ReadSheet(strings.NewReader("claim_id,hedge\nC-9,perhaps\n"), "f.csv")
	if err == nil {
		_, err = r.Merge(s)
	}
	if err == nil || !strings.HasPrefix(err.Error(), `f.csv: row 2, column "claim_id": there is no claim "C-9"`) {
		t.Errorf("got %v", err)
	}
}

func TestGrade(t *testing.T) {
	r := register(t, "", "figure,unit,period,definition_given,method",
		[]string{"C-1", "12", "people", "2009", "yes: met", "records: of = the station's book"},
		[]string{"C-2", "12", "people", "2009", "no", "records: of = the station's book"},
		[]string{"C-3", "33", "per cent", "2009", "yes: told us", "sample: size = 100; drawn = every tenth; range = 24 to 43"},
		[]string{"C-4", "33", "per cent", "2009", "yes: told us", "sample: size = 100"},
		[]string{"C-5", "5-6", "thousand cases", "2009", "yes: in a court", "estimate: from = court files; how = doubled"},
		[]string{"C-6", "14", "years of age", "2009", "no", "witness: who = herself"},
		[]string{"C-7", "900", "people", "2009", "yes: met", ""},
		[]string{"C-8", "words: many", "people", "2009", "no", ""},
		[]string{"C-9", ">500", "people", "cumulative to 2009", "yes: met", "records: of = the cases"},
		[]string{"C-10", "5-6", "thousand cases", "", "yes: in a court", "estimate: from = court files; how = doubled"},
	)
	for id, want := range map[string]string{"C-1": "counted", "C-2": "part-shown definition", "C-3": "sampled", "C-4": "part-shown drawn range", "C-5": "estimated", "C-6": "witnessed",
		"C-7": "no-basis", "C-8": "", "C-9": "part-shown period", "C-10": "part-shown date"} {
		g := r.Claim(id).Grade()
		if got := strings.Join(append([]string{g.Code}, g.Lacks...), " "); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
		if g.Code != "" && !r.Has(r.Claim(id), g.Code) {
			t.Errorf("%s has not the status %s", id, g.Code)
		}
	}
}

func TestReadingStatus(t *testing.T) {
	r := register(t, "source_id,title,kind,read\nsmith,A study,study,A. Reader on 2026-11-01\n", "figure,unit,population,period,definition_given,cited_source,kind,attribution,adults,hedge,story,when,stance_target,cites",
		[]string{"C-1", "12", "people", "trafficked women", "", "no"},
		[]string{"C-2", "12", "people", "trafficked women", "", "yes: held by threat"},
		[]string{"C-3", "12", "people", "trafficked women, some by choice", "", "no"},
		[]string{"C-4", "12", "girls", "trafficked girls", "", "no"},
		[]string{"C-5", "12", "people", "trafficked women", "", "no", "", "", "", "included: p. 4"},
		[]string{"C-6", "12", "traffickers", "traffickers", "", "no", "", "", "support", "", "perhaps", "not told"},
		[]string{"C-7", "", "accusation", "", "", "", "none"},
		[]string{"C-8", "", "accusation", "", "", "", "a letter of 2009"},
		[]string{"C-9", "", "end of a practice", "", "2009-2011"},
		[]string{"C-10", "", "end of a practice", "", "2009-2011"},
		[]string{"C-11", "3", "children on offer", "", "2011", "yes: seen on one night", "", "", "", "", "", "", "", "supports:C-10", ""},
		[]string{"C-12", "", "", "", "", "", "a study", "", "", "", "", "", "", "", "smith"},
		[]string{"C-13", "", "", "", "", "", "a note", "", "", "", "", "", "", "contests:C-12; contests:C-8"},
		[]string{"C-14", "", "", "", "", "", "", "", "", "", "", "", "", "contests:C-12"},
	)
	r, err := r.WithSheet(strings.NewReader("claim_id,method\nC-11,sample: size = 20\n"), "m.csv")
	if err != nil {
		t.Fatal(err)
	}
	all := []string{figure.MixesAdults, figure.MayMixAdults, figure.PartnersCases, figure.Hedged, figure.OneStory, figure.Parked, figure.EndingMeasured, figure.EndingStated, figure.ChallengeUnread, figure.SourceRead}
	for id, want := range map[string]string{"C-1": "may-mix-adults", "C-2": "", "C-3": "mixes-adults", "C-4": "", "C-5": "mixes-adults", "C-6": "partners-cases hedged one-story", "C-7": "parked", "C-8": "",
		"C-9": "ending-stated", "C-10": "ending-measured", "C-12": "source-read", "C-13": "challenge-unread", "C-14": ""} {
		var got []string
		for _, code := range all {
			if r.Has(r.Claim(id), code) {
				got = append(got, code)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
		for _, s := range r.Status(r.Claim(id)) {
			if s.Why == "" {
				t.Errorf("%s: %s without a why", id, s.Code)
			}
		}
	}
}

func TestSpan(t *testing.T) {
	for period, want := range map[string]string{
		"":                           " ",
		"2009":                       "2009 ",
		"October 2009":               "2009-10 ",
		"2009-10-05":                 "2009-10-05 ",
		"to 2012":                    "../2012 ",
		"before 2009-10-05":          "../2009-10-04 ",
		"since 2003":                 "2003/.. ",
		"after May 2003":             "2003-06/.. ",
		"about 2007-2010":            "2007/2010 about",
		"September-October 2009":     "2009-09/2009-10 ",
		"2009-10-02 to 2009-10-05":   "2009-10-02/2009-10-05 ",
		"the year before; 2010":      "2010 the year",
		"recently":                   " recently",
		"2009-02-31":                 " 2009-02-31",
		"cumulative to 2016":         "../2016 cumulative",
		"first three years, to 2010": "../2010 first three years",
	} {
		c := register(t, "", "period", []string{"C-1", period}).Claim("C-1")
		if got := c.Span().String() + " " + c.Span().Doubt; got != want {
			t.Errorf("%q: got %q, want %q", period, got, want)
		}
	}
	noted := register(t, "", "period,when,doubt", []string{"C-1", "last year", "2010/2011", "the abuses are placed in 2010"}).Claim("C-1").Span()
	if noted.String() != "2010/2011" || noted.Doubt != "the abuses are placed in 2010" {
		t.Errorf("noted: %s, %s", noted, noted.Doubt)
	}
}

func TestAge(t *testing.T) {
	r := register(t, "source_id,title,kind,date\nd,A letter,letter,2012-06\ne,Undated,letter,\n", "source_id,period", []string{"C-1", "d", "2010"}, []string{"C-2", "d", "2009-06 to 2010-06"}, []string{"C-3", "d", "2012"},
		[]string{"C-4", "e", "2010"}, []string{"C-5", "", "2010"}, []string{"C-6", "d", "since 2003"})
	for id, want := range map[string]string{"C-1": "[1 2] true", "C-2": "[1 2] true", "C-3": "[0 0] true", "C-4": "[0 0] false", "C-5": "[0 0] false", "C-6": "[0 0] false"} {
		age, ok := r.Age(r.Claim(id))
		if got := fmt.Sprint([]int{age.Least, age.Most}, ok); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

// "Ibid." is followed note by note to the work that it means, and held against
// what it is cited for.
func TestCitationFaults(t *testing.T) {
	r := register(t, "source_id,title,kind,date\nbook,The document,journal,2012-06\nold,A report,report,1994\nnew,A letter,letter,2013\nundated,A talk,statement,\n", "source_id,period,cited_source,cites",
		[]string{"C-1", "book", "1990", "a report", "note 1: old p. 4"},
		[]string{"C-2", "book", "1996-2006", "the same", "note 2: ibid."},
		[]string{"C-3", "book", "1990", "the same", "note iii: ibid. p. 7"},
		[]string{"C-4", "book", "2011", "a letter and a report", "note 4: new; note 4: old p. 3"},
		[]string{"C-5", "book", "", "the same", "note 5: ibid."},
		[]string{"C-6", "book", "", "the same", "note 9: ibid."},
		[]string{"C-7", "", "", "the author", "note 1: none"},
		[]string{"C-8", "", "", "the same", "note 2: ibid."},
		[]string{"C-9", "book", "2012", "a report", "old"},
		[]string{"C-10", "book", "", "a talk", "undated"},
		[]string{"C-11", "book", "", "none; note 4 covers the next sentence", ""},
		[]string{"C-12", "book", "", "a study, title not given", "nowhere"},
	)
	got := map[string][]string{}
	for _, f := range r.CitationFaults() {
		got[f.Claim] = append(got[f.Claim], f.Code)
		if f.Text == "" || f.Cites == "" {
			t.Errorf("%+v", f)
		}
	}
	for id, want := range map[string]string{"C-1": "", "C-2": "older-than-event", "C-3": "", "C-4": "newer-than-document older-than-event", "C-5": "ibid-several newer-than-document", "C-6": "ibid-unknown", "C-7": "",
		"C-8": "ibid-nowhere", "C-9": "no-page", "C-10": "no-date", "C-11": "note-nearby", "C-12": "no-title no-such-source"} {
		if strings.Join(got[id], " ") != want {
			t.Errorf("%s: got %q, want %q", id, got[id], want)
		}
		if r.Has(r.Claim(id), figure.CitationWrong) != (want != "") {
			t.Errorf("%s: its status does not say so", id)
		}
	}
}

func TestSum(t *testing.T) {
	columns := "figure,unit,population,place,period,definition_given,attribution,stance_target"
	claim := func(id, figure, place, period string, rest ...string) []string {
		return append([]string{id, figure, "people removed", "minors", place, period, "yes: taken out"}, rest...)
	}
	r := register(t, "", columns,
		claim("C-1", "12", "Northtown", "2009"), claim("C-2", ">500", "Southtown", "2009"), claim("C-3", "5-6", "Northtown", "2010"), claim("C-4", "~20", "Easttown", "2009"), claim("C-5", "<=9", "Westtown", "2009"),
		claim("C-6", "12", "Northtown", "to 2010"), claim("C-7", "12", "worldwide", "2009"), claim("C-8", "12", "Southtown", "2009", "trained"), claim("C-9", "12", "Northtown", "2012", "", "same_episode:C-1"),
		[]string{"C-10", "6", "per cent of people", "minors", "Northtown", "2009", "yes: taken out"}, []string{"C-11", "6", "per cent of people", "minors", "Northtown", "2010", "yes: taken out"},
		claim("C-12", "0", "Northtown", "2013"), claim("C-13", "0", "Northtown", "2014"), claim("C-14", "<3", "Northtown", "2015"))
	for ids, want := range map[string]string{
		"C-1 C-2":           ">512",
		"C-1 C-3":           "17-18",
		"C-1 C-4":           "~32",
		"C-1 C-5":           "12-21",
		"C-2 C-4":           "words: more than about 520",
		"C-5 C-12":          "<=9",
		"C-14 C-12":         "<3",
		"C-12 C-13":         "0",
		"C-1 C-3 C-5":       "17-27",
		"C-1 C-6":           "overlap",
		"C-1 C-7":           "overlap",
		"C-1 C-8":           "attribution",
		"C-1 C-9":           "one-telling",
		"C-10 C-11":         "not-a-count",
		"C-1 C-3 C-12 C-13": "17-18",
	} {
		var claims []*figure.Claim
		for id := range strings.FieldsSeq(ids) {
			claims = append(claims, r.Claim(id))
		}
		s, err := r.Sum(claims)
		if err != nil {
			t.Fatal(err)
		}
		got := s.Sum.Column()
		if !s.Added {
			got = append(s.Refused, s.NotAdded...)[0].Code
		}
		if got != want || s.Added != (len(s.Refused)+len(s.NotAdded) == 0) {
			t.Errorf("%s: got %s, want %s (%v)", ids, got, want, s.Refused)
		}
	}
	if _, err := r.Sum(r.Claims[:1]); err == nil {
		t.Error("one claim was added")
	}
}

// Three lengths told of one project are a conflict; a figure by another
// definition is a break, and not a revision.
func TestTopic(t *testing.T) {
	r := register(t, "", "about,figure,unit,population,period,definition_given",
		[]string{"C-1", "project; other", "3.5", "years", "", "2007-2010"},
		[]string{"C-2", "project", "225", "people", "women", "first three years, about 2007-2009", "yes: taken out"},
		[]string{"C-3", "project", "87", "people", "women", "to end of year five", "yes: seen"},
		[]string{"C-4", "other", "", "", "", "two and a half years"},
		[]string{"C-5", "other", "", "", "", "nine years after 2002"},
	)
	names, n := r.TopicNames()
	if strings.Join(names, " ") != "other project" || n["project"] != 3 {
		t.Errorf("names %v, %v", names, n)
	}
	m, found := r.Topic("project")
	if !found || !m.Conflict || fmt.Sprint(m.Lengths) != "[{C-2 3} {C-1 3.5} {C-3 5}]" || len(m.Breaks) != 2 || m.Breaks[1].Reasons[0].Code != "unit" {
		t.Errorf("%+v", m)
	}
	if _, found := r.Topic("nothing"); found {
		t.Error("found nothing")
	}
}

func TestEvidenceAndStands(t *testing.T) {
	r := register(t, "", "unit,cited_source,source_read,stance_target",
		[]string{"C-1", "recommendation", ""},
		[]string{"C-2", "recommendation", ""},
		[]string{"C-3", "", "none", "", "supports:C-2"},
		[]string{"C-4", "policy position", "", "", "contests:C-3"},
		[]string{"C-5", "statement of position", "a speech", "", "supports:C-6"},
		[]string{"C-6", "recommendation", ""},
		[]string{"C-7", "characterisation", ""},
	)
	for id, want := range map[string]string{"C-1": "none", "C-2": "contested", "C-6": "unread"} {
		if e := r.Evidence(r.Claim(id)); string(e.State) != want {
			t.Errorf("%s: got %+v, want %s", id, e, want)
		}
	}
	other, err := figure.NewClaim(func(column string) string {
		return map[string]string{"claim_id": "C-8", "claimant": "an opponent", "document": "a letter", "locator": "p. 1", "paraphrase": "they want nothing", "unit": "characterisation", "stance_target": "contests:C-5"}[column]
	})
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.With([]*figure.Claim{other}, r.Beside()); err != nil {
		t.Fatal(err)
	}
	stands, untied := r.Stands()
	if len(stands) != 2 || stands[1].ID != "C-5" || len(stands[1].Readings) != 1 || stands[1].Readings[0].ID != "C-8" || len(untied) != 1 || untied[0].ID != "C-7" {
		t.Errorf("%+v, %v", stands, untied)
	}
}

func TestTermUses(t *testing.T) {
	r := register(t, "", "words", []string{"C-1", "rescued = removed+placed"}, []string{"C-2", "rescued = removed; freed = not told"}, []string{"C-3", "escorted = removed"})
	got := map[string]string{}
	for _, u := range r.TermUses() {
		for _, w := range u.Words {
			got[u.Term] += fmt.Sprintf("%s %d;", w.Word, len(w.Claims))
		}
	}
	if got["removed"] != "rescued 2;escorted 1;" || got["placed"] != "rescued 1;" || got[""] != "freed 1;" {
		t.Errorf("%v", got)
	}
}

package protocol_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"plumbline/protocol"
)

// vocabulary is the root's. This package may not import the root, so it reads
// testdata/vocabulary.json, which a test of the root keeps equal to it.
func vocabulary(t testing.TB) (v protocol.Vocabulary) {
	t.Helper()
	text, err := os.ReadFile("testdata/vocabulary.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// shipped loads the three protocols. That they load is the test that every
// fact they ask for is in the root's vocabulary.
func shipped(t testing.TB) []*protocol.Protocol {
	t.Helper()
	all, err := protocol.Shipped(vocabulary(t))
	if err != nil {
		var many protocol.Errors
		errors.As(err, &many)
		for _, e := range many {
			t.Error(e)
		}
		t.Fatal(err)
	}
	return all
}

// Of an operation of which nothing is told, every rule says that it cannot
// tell, and why.
func TestNothingTold(t *testing.T) {
	for _, p := range shipped(t) {
		report, err := p.Check(nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Findings {
			if f.Result != protocol.Unknown || len(f.Missing) == 0 {
				t.Errorf("%s %s: %s, missing %v; want unknown, and something missing", p.Name, f.Rule, f.Result, f.Missing)
			}
		}
		if want := (protocol.Summary{Unknown: len(p.Rules)}); report.Summary != want {
			t.Errorf("%s: %+v, want %+v", p.Name, report.Summary, want)
		}
	}
}

// What a reader of a rule needs stands beside it.
func TestShippedRules(t *testing.T) {
	ids := map[string]string{}
	for _, p := range shipped(t) {
		for _, r := range p.Rules {
			for _, lang := range []string{"en", "ar", "es"} {
				if r.Text[lang] == "" {
					t.Errorf("%s %s: no text in %s", p.Name, r.ID, lang)
				}
			}
			if other, twice := ids[r.ID]; twice {
				t.Errorf("%s: the id is used by %s and by %s", r.ID, other, p.Name)
			}
			ids[r.ID] = p.Name
			if r.Force == "" || len(r.AppliesTo) == 0 {
				t.Errorf("%s %s: force or applies_to is empty", p.Name, r.ID)
			}
			if got, want := r.ToCheck(), r.Basis != "found: text read" && r.Basis != "local rule"; got != want {
				t.Errorf("%s %s: to check = %v on the basis %q", p.Name, r.ID, got, r.Basis)
			}
			switch p.Name {
			case "accompanied-operation":
				if len(r.Passages) == 0 || len(r.Requirements) == 0 {
					t.Errorf("%s %s: cites no passage or requirement", p.Name, r.ID)
				}
			case "local-template":
				if r.Help == "" {
					t.Errorf("%s %s: a template explains each rule", p.Name, r.ID)
				}
			}
		}
	}
}

// ORIGIN.md names every rule that was left out, and no rule that was not.
func TestOriginNamesWhatIsLeftOut(t *testing.T) {
	text, err := os.ReadFile("data/ORIGIN.md")
	if err != nil {
		t.Fatal(err)
	}
	rights := shipped(t)[0]
	_, out, _ := strings.Cut(string(text), "## Left out")
	for _, r := range rights.Rules {
		if strings.Contains(out, r.ID) {
			t.Errorf("ORIGIN.md says that %s is left out", r.ID)
		}
	}
	if n := strings.Count(out, "\n| "); n-2+len(rights.Rules) != 62 {
		t.Errorf("%d rules are left out and %d kept; the standards have 62", n-2, len(rights.Rules))
	}
}

// A testCase is one line of testdata/cases.txt.
type testCase struct {
	line           int
	protocol, rule string
	want           protocol.Result
	facts          map[string]protocol.Fact
	now            time.Time
	missing        []string
}

func TestCases(t *testing.T) {
	protocols := map[string]*protocol.Protocol{}
	for _, p := range shipped(t) {
		protocols[p.Name] = p
	}
	shown := map[string]map[protocol.Result]bool{}
	for _, c := range readCases(t) {
		p := protocols[c.protocol]
		if p == nil || p.Rule(c.rule) == nil {
			t.Fatalf("cases.txt:%d: there is no rule %s in %s", c.line, c.rule, c.protocol)
		}
		report, err := p.Check(c.facts, c.now)
		if err != nil {
			t.Errorf("cases.txt:%d: %v", c.line, err)
			continue
		}
		i := slices.IndexFunc(report.Findings, func(f protocol.Finding) bool { return f.Rule == c.rule })
		if got := report.Findings[i]; got.Result != c.want || !slices.Equal(got.Missing, c.missing) {
			t.Errorf("cases.txt:%d: %s is %s, missing %v; want %s, missing %v", c.line, c.rule, got.Result, got.Missing, c.want, c.missing)
		}
		if shown[c.rule] == nil {
			shown[c.rule] = map[protocol.Result]bool{}
		}
		shown[c.rule][c.want] = true
	}
	for _, p := range protocols {
		for _, r := range p.Rules {
			for _, want := range []protocol.Result{protocol.Kept, protocol.Broken, protocol.Unknown, protocol.NotApplicable} {
				if !shown[r.ID][want] && (want != protocol.NotApplicable || r.When != "") {
					t.Errorf("cases.txt shows no record for which %s is %s", r.ID, want)
				}
			}
		}
	}
}

func readCases(t testing.TB) (cases []testCase) {
	t.Helper()
	types := map[string]protocol.Type{}
	for _, term := range vocabulary(t) {
		types[term.Name] = term.Type
	}
	f, err := os.Open("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at := testCase{now: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 0 || words[0] == "#":
		case words[0] == "protocol":
			at.protocol = words[1]
		case words[0] == "rule":
			at.rule = words[1]
		default:
			c := at
			c.line, c.want, c.facts, c.missing = n, protocol.Result(words[0]), map[string]protocol.Fact{}, []string{}
			for i, word := range words[1:] {
				if word == "->" {
					c.missing = append(c.missing, words[i+2:]...)
					break
				}
				if err := c.set(word, types); err != nil {
					t.Fatalf("cases.txt:%d: %v", n, err)
				}
			}
			cases = append(cases, c)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

func (c *testCase) set(word string, types map[string]protocol.Type) (err error) {
	name, text, _ := strings.Cut(word, "=")
	var value any
	switch {
	case name == "now":
		c.now, err = time.Parse("2006-01-02T15:04Z07:00", text)
		return err
	case name == "start":
		name = "operation.start"
		value, err = time.Parse("2006-01-02T15:04Z07:00", text)
	case types[name] == protocol.Bool:
		value, err = strconv.ParseBool(text)
	case types[name] == protocol.Number:
		value, err = number(text)
	default:
		value = text
	}
	c.facts[name] = protocol.Fact{Value: value, Evidence: []string{"e:" + name}}
	return err
}

func number(text string) (any, error) {
	least, most, isRange := strings.Cut(text, "..")
	n, err := strconv.Atoi(least)
	if err != nil || !isRange {
		return n, err
	}
	if most == "" {
		return protocol.Range{Min: n, Open: true}, nil
	}
	m, err := strconv.Atoi(most)
	return protocol.Range{Min: n, Max: m}, err
}

// The JSON of a report is what "plumbline operation check --json" promises.
func TestReportJSON(t *testing.T) {
	p := shipped(t)[2]
	report, err := p.Check(map[string]protocol.Fact{"held.not_accused": {Value: 0, Evidence: []string{"m1"}}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	report.Operation, report.Findings = "op", report.Findings[4:6]
	got, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	const source = "Decision of (name of the coalition), (date)"
	const want = `{"operation":"op","protocol":"local-template","version":"0.1","findings":[` +
		`{"rule":"LOC-05","result":"unknown","evidence":[],"missing":["unaccounted.h24"],"source":"` + source + `","to_check":false},` +
		`{"rule":"LOC-06","result":"kept","evidence":["m1"],"missing":[],"source":"` + source + `","to_check":false}],` +
		`"summary":{"kept":1,"broken":0,"unknown":7,"not_applicable":0}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func Example() {
	source := `{
	  "format": "plumbline.protocol/1", "name": "two-rules", "version": "1", "title": {"en": "Two rules"},
	  "origin": "made up", "licence": "CC0-1.0",
	  "rules": [
	    {"id": "A", "topic": "accompaniment", "phase": "operation", "text": {"en": "A lawyer comes"}, "require": "attendance.lawyer.present",
	     "severity": "must", "source": "us", "basis": "local rule"},
	    {"id": "B", "topic": "custody", "phase": "operation", "text": {"en": "Nobody is held who is not accused"}, "require": "held.not_accused == 0",
	     "severity": "must", "source": "us", "basis": "local rule"}
	  ]}`
	p, err := protocol.Parse("two-rules.json", []byte(source), protocol.Vocabulary{
		{Name: "attendance.lawyer.present", Type: protocol.Bool}, {Name: "held.not_accused", Type: protocol.Number},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := p.Check(map[string]protocol.Fact{
		"held.not_accused": {Value: protocol.Range{Min: 2, Open: true}, Evidence: []string{"movement-3"}},
	}, time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range report.Findings {
		fmt.Println(f.Rule, f.Result, f.Evidence, f.Missing)
	}
	// Output:
	// A unknown [] [attendance.lawyer.present]
	// B broken [movement-3] []
}

func BenchmarkCheckRights(b *testing.B) {
	rights := shipped(b)[0]
	facts := map[string]protocol.Fact{}
	for _, c := range readCases(b) {
		if c.protocol == rights.Name && c.want != protocol.NotApplicable {
			for name, f := range c.facts {
				if _, ok := facts[name]; !ok {
					facts[name] = f
				}
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rights.Check(facts, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShipped(b *testing.B) {
	for b.Loop() {
		shipped(b)
	}
}

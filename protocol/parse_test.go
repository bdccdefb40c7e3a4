package protocol

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var testVocabulary = Vocabulary{
	{Name: "operation.start", Type: Time},
	{Name: "warrant.named", Type: Bool},
	{Name: "social_worker.present", Type: Bool},
	{Name: "held.not_accused", Type: Number},
	{Name: "service.minutes", Type: Number},
	{Name: "step.rights_told", Type: Text, Values: []string{"done", "not_done", "not_applicable"}},
	{Name: "note", Type: Text},
}

const goodFile = `{
  "format": "plumbline.protocol/1",
  "name": "ours",
  "version": "1.0",
  "title": {"en": "Ours", "ar": "لنا"},
  "origin": "made for a test",
  "licence": "CC0-1.0",
  "limits": [{"name": "contact", "value": 30, "help": "minutes"}],
  "rules": [
    {"id": "A-1", "topic": "authority", "phase": "planning", "text": {"en": "A warrant"}, "when": "held.not_accused >= 0",
     "require": "warrant.named", "severity": "must", "source": "us", "basis": "local rule"},
    {"id": "A-2", "topic": "notice", "phase": "first 72 h", "text": {"en": "Rights"}, "require": "step.rights_told == 'done'",
     "clock": {"hours": 24, "from": "operation.start", "measure": "service.minutes"}, "severity": "should", "source": "us", "basis": "remembered", "core": true}
  ]
}`

func TestParse(t *testing.T) {
	p, err := Parse("ours.json", []byte("\ufeff"+goodFile), testVocabulary)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "ours" || p.Title.In("ar") != "لنا" || p.Title.In("fr") != "Ours" || len(p.Rules) != 2 || p.Limits[0].Value != 30 {
		t.Errorf("got %+v", p)
	}
	if r := p.Rule("A-2"); r == nil || !r.Core || r.Severity != Should || r.Clock.Hours != 24 || !r.ToCheck() || p.Rule("A-1").ToCheck() {
		t.Errorf("rule A-2 is %+v", r)
	}
	if got := strings.Join(p.Rule("A-2").Facts(), " "); got != "step.rights_told service.minutes operation.start" {
		t.Errorf("A-2 asks for %s", got)
	}
	if got := strings.Join(p.Facts(), " "); got != "held.not_accused operation.start service.minutes step.rights_told warrant.named" {
		t.Errorf("the protocol asks for %s", got)
	}
	if p.Rule("A-3") != nil || (Words{"km": "x"}).In("en") != "x" || (Words{}).In("en") != "" {
		t.Error("what is not there was found")
	}
}

// Each change to the good file is refused with a message that names the line,
// the rule and the field, and says what is wrong and what is wanted.
func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"another version", "plumbline.protocol/1", "plumbline.protocol/2", `ours.json:2: format: this is "plumbline.protocol/2"; this program reads "plumbline.protocol/1"`},
		{"no format", `"format": "plumbline.protocol/1",`, "", "ours.json:1: format: this is needed"},
		{"cut short", `"core": true}
  ]
}`, "", "ours.json:13: the file ends in the middle"},
		{"not JSON", `"version": "1.0",`, `"version": 1.0.0,`, "ours.json:4: this is not JSON"},
		{"a comma too few", `"name": "ours",`, `"name": "ours"`, "this is not JSON"},
		{"more after the end", "\n  ]\n}", "\n  ]\n} {}", "something follows the end"},
		{"a list", goodFile, "[]", "ours.json:1: the file: an object {...} is wanted here"},
		{"nothing", goodFile, "", "ours.json:1: the file ends in the middle"},
		{"a field twice", `"source": "us", "basis": "local rule"}`, `"source": "us", "basis": "local rule", "require": "true"}`, "ours.json:11: require: this field stands twice"},
		{"a field of another case", `"severity": "must"`, `"Severity": "must"`, "ours.json:11: A-1, Severity: there is no such field; the fields are id, topic"},
		{"not UTF-8", "made for a test", "made \xff", "ours.json:6: this is not UTF-8"},
		{"a control character", "made for a test", `made \u0007`, "ours.json:6: origin: this holds characters that do not print"},
		{"a hidden turn of writing", "made for a test", `made \u202e`, "ours.json:6: origin: this holds characters that do not print"},
		{"deep", `"A warrant"`, `[[[[[[[[[["A"]]]]]]]]]]`, "ours.json:10: this is nested too deep"},
		{"a name with spaces", `"ours"`, `"Our rules"`, `ours.json:3: name: "Our rules" is wanted as lower-case letters, digits and hyphens`},
		{"no rules", goodFile[strings.Index(goodFile, `"rules"`):], `"rules": []}`, "rules: a list of at least one rule is wanted"},
		{"two rules with one id", `"A-2"`, `"A-1"`, "ours.json:12: A-1, id: another rule has this id, in line 10"},
		{"a rule without an id", `"id": "A-1", `, "", "ours.json:10: rule 1, id: this is needed"},
		{"a rule that is a text", `"rules": [`, `"rules": ["x",`, "ours.json:9: rule 1, rules: an object {...} is wanted here"},
		{"a topic that is none", `"authority"`, `"warrants"`, `A-1, topic: "warrants" is not one of authority, information`},
		{"a phase that is none", `"planning"`, `"before"`, `A-1, phase: "before" is not one of planning`},
		{"a severity that is none", `"should"`, `"may"`, `A-2, severity: "may" is not one of must, should`},
		{"a basis that is none", `"remembered"`, `"sure"`, `A-2, basis: "sure" is not one of found: text read`},
		{"a text without language", `{"en": "A warrant"}`, `"A warrant"`, "A-1, text: a text for each language is wanted"},
		{"a language that is none", `{"en": "A warrant"}`, `{"English": "A warrant"}`, `A-1, text: "English" is not a language tag`},
		{"an empty text", `{"en": "A warrant"}`, `{"en": " "}`, "A-1, text: this is empty"},
		{"a long text", `"A warrant"`, `"` + strings.Repeat("long ", 200) + `"`, "A-1, text: this is longer than 500 characters"},
		{"nothing required", `"require": "warrant.named", `, "", "A-1, require: this is needed"},
		{"core in quotes", `"core": true`, `"core": "yes"`, "A-2, core: true or false is wanted here"},
		{"a clock without hours", `"hours": 24, `, "", "A-2, hours: this is needed: a whole number"},
		{"a clock of half hours", `"hours": 24`, `"hours": 1.5`, "A-2, hours: a whole number from 0 to 87600 is wanted here"},
		{"a clock from no fact", `"from": "operation.start"`, `"from": "operation.begin"`, `A-2, clock.from: there is no fact "operation.begin"; did you mean "operation.start"?`},
		{"a clock from a number", `"from": "operation.start"`, `"from": "held.not_accused"`, "A-2, clock.from: held.not_accused is a number; a time is wanted"},
		{"a clock that measures a text", `"measure": "service.minutes"`, `"measure": "note"`, "A-2, clock.measure: note is a text; a number is wanted"},
		{"a limit twice", `"limits": [`, `"limits": [{"name": "contact", "value": 1, "help": "x"}, `, `limit 2, name: there is a limit "contact" already`},
		{"a limit without help", `, "help": "minutes"`, "", "limit 1, help: this is needed"},
		{"a fact that is none", `"warrant.named"`, `"warant.named"`, `ours.json:11: A-1, require: column 1: there is no fact "warant.named"; did you mean "warrant.named"?`},
		{"a fact like no other", `"warrant.named"`, `"xyzzy"`, `A-1, require: column 1: there is no fact "xyzzy"`},
		{"a limit that is none", `"warrant.named"`, `"service.minutes <= limit.contacts"`, `there is no limit "contacts"; did you mean "contact"?`},
		{"a number alone", `"warrant.named"`, `"held.not_accused"`, "A-1, require: held.not_accused (number) alone is neither true nor false; compare it, as in x == 0"},
		{"a number beside &&", `"warrant.named"`, `"warrant.named && held.not_accused"`, "held.not_accused (number) stands beside &&"},
		{"a number after !", `"warrant.named"`, `"!held.not_accused"`, "held.not_accused (number) stands after !"},
		{"a word the text never is", `'done'`, `'yes'`, `A-2, require: step.rights_told is never "yes"; it is one of done, not_done, not_applicable`},
		{"a word on the left", `step.rights_told == 'done'`, `'yes' != step.rights_told`, `step.rights_told is never "yes"`},
		{"two types", `"warrant.named"`, `"held.not_accused == 'none'"`, `held.not_accused (number) is compared with the text "none"`},
		{"a larger text", `step.rights_told == 'done'`, `step.rights_told < 'done'`, "cannot be larger or smaller than anything"},
		{"a larger truth", `"warrant.named"`, `"warrant.named > true"`, "cannot be larger or smaller than anything"},
		{"a time", `"warrant.named"`, `"operation.start == 3"`, "operation.start is a time; only a clock can use it"},
		{"arithmetic", `"warrant.named"`, `"held.not_accused + 1 == 2"`, `column 18: "+ 1 == 2" is not understood here; &&, || or the end of the rule is wanted`},
		{"a minus without a space", `"warrant.named"`, `"held.not_accused -1 == 2"`, `column 18: "-1" is not understood here`},
		{"one equal sign", `"warrant.named"`, `"held.not_accused = 0"`, "to compare, write =="},
		{"a function", `"warrant.named"`, `"size(note) == 3"`, "rules have no functions"},
		{"a method", `"warrant.named"`, `"note.startsWith('a')"`, "rules have no functions"},
		{"a half number", `"warrant.named"`, `"held.not_accused < 0.5"`, `column 20: "0.5" is not understood here; numbers are whole`},
		{"a huge number", `"warrant.named"`, `"held.not_accused < 99999999999999999999"`, "numbers are whole"},
		{"an open text", `"warrant.named"`, `"note == 'a"`, `"'a" is not understood here`},
		{"an open bracket", `"warrant.named"`, `"(warrant.named"`, "column 15: the expression ends here; a ) is wanted"},
		{"a closed bracket", `"warrant.named"`, `"warrant.named)"`, `column 14: ")" is not understood here`},
		{"half an expression", `"warrant.named"`, `"warrant.named &&"`, "column 17: the expression ends here; a fact, a number or a text is wanted"},
		{"a chain of comparisons", `"warrant.named"`, `"1 < held.not_accused < 3"`, `"<" is not understood here`},
		{"brackets without end", `"warrant.named"`, `"` + strings.Repeat("(", 30) + `true"`, "the brackets go deeper than 20"},
		{"an empty list", `"warrant.named"`, `"step.rights_told in []"`, `"]" is not understood here; a fact, a number or a text is wanted`},
		{"no list", `"warrant.named"`, `"step.rights_told in 'done'"`, `after "in" comes a list`},
		{"a list with a fact", `"warrant.named"`, `"held.not_accused in [1, service.minutes]"`, `a list after "in" holds numbers and texts only`},
		{"a list with a word that is never", `"warrant.named"`, `"step.rights_told in ['done', 'yes']"`, `step.rights_told is never "yes"`},
		{"a list of truths", `"warrant.named"`, `"warrant.named in [true]"`, "it needs no list"},
		{"a very long expression", `"warrant.named"`, `"` + strings.Repeat("warrant.named || ", 130) + `true"`, "longer than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(goodFile, test.old) {
				t.Fatalf("the good file has no %s", test.old)
			}
			_, err := Parse("ours.json", []byte(strings.Replace(goodFile, test.old, test.new, 1)), testVocabulary)
			if err == nil {
				t.Fatalf("it was read; want %q", test.want)
			}
			if got := err.Error(); !strings.Contains(got, test.want) || strings.Contains(got, "\n") {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// An author sees everything that is wrong at once.
func TestParseTellsAll(t *testing.T) {
	bad := strings.NewReplacer(`"must"`, `"may"`, `'done'`, `'yes'`, `"value": 30`, `"value": -1`).Replace(goodFile)
	_, err := Parse("ours.json", []byte(bad), testVocabulary)
	var all Errors
	if !errors.As(err, &all) || len(all) != 3 || !strings.HasSuffix(err.Error(), "(and 2 more)") {
		t.Fatalf("got %v, want three errors", err)
	}
	var one *Error
	if !errors.As(err, &one) || one.Rule != "limit 1" || one.Line != 8 {
		t.Errorf("the first is %+v", one)
	}
}

func TestParseLimitsSize(t *testing.T) {
	if _, err := Parse("big.json", make([]byte, MaxFile+1), testVocabulary); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("got %v", err)
	}
	many := `{"a":0` + strings.Repeat(`,"b":0`, 3) + "}"
	for i := range 300 {
		many = strings.Replace(many, `"b"`, `"b`+strings.Repeat("x", i)+`","c`+strings.Repeat("y", i)+`"`, 1)
	}
	if _, err := Parse("many.json", []byte(many), testVocabulary); err == nil {
		t.Error("it was read")
	}
}

func TestVocabularyRefuses(t *testing.T) {
	for name, v := range map[string]Vocabulary{
		"a name with a space": {{Name: "a b", Type: Bool}},
		"a limit":             {{Name: "limit.a", Type: Bool}},
		"a word of rules":     {{Name: "in", Type: Bool}},
		"twice":               {{Name: "a", Type: Bool}, {Name: "a", Type: Text}},
		"no type":             {{Name: "a"}},
	} {
		if _, err := Parse("x.json", []byte(goodFile), v); err == nil || !strings.HasPrefix(err.Error(), "vocabulary: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestCheckRefusesFacts(t *testing.T) {
	p, err := Parse("ours.json", []byte(goodFile), testVocabulary)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]Fact{
		"nothing.known":    {Value: true},
		"warrant.named":    {Value: "yes"},
		"held.not_accused": {Value: Range{Min: 3, Max: 1}},
		"step.rights_told": {Value: "yes"},
		"operation.start":  {Value: time.Time{}},
		"service.minutes":  {Value: 1.5},
		"note":             {},
	} {
		if _, err := p.Check(map[string]Fact{name: f}, time.Now()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s = %v: got %v, want an error that names it", name, f.Value, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(goodFile))
	f.Add([]byte(`{"format": "plumbline.protocol/1", "rules": [{}, 1, null, [], {"id": "a", "id": "b"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("fuzz.json", data, testVocabulary)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("a message of more than one line: %q", err)
			}
			return
		}
		facts := map[string]Fact{}
		for i := range testVocabulary {
			if _, err := p.Check(facts, time.Now()); err != nil {
				t.Error(err)
			}
			facts[testVocabulary[i].Name] = someFact(testVocabulary[i], len(data))
		}
	})
}

// someFact returns a value of a term, one of several by n.
func someFact(t Term, n int) Fact {
	switch t.Type {
	case Bool:
		return Fact{Value: n%2 == 0}
	case Number:
		return Fact{Value: Range{Min: n % 3, Max: n % 7 * 10, Open: n%3 > n%7*10}}
	case Time:
		return Fact{Value: time.Now().Add(-time.Duration(n) * time.Hour)}
	}
	return Fact{Value: "done"}
}

// What compiles evaluates, with every fact, with none and with some.
func FuzzExpression(f *testing.F) {
	for _, source := range []string{"warrant.named && held.not_accused == 0", "!(step.rights_told in ['done', \"not_done\"]) || service.minutes <= limit.contact", "true == !false", "-3 < held.not_accused"} {
		f.Add(source)
	}
	l := testLanguage()
	f.Fuzz(func(t *testing.T, source string) {
		e, err := l.compile(source)
		if err != nil {
			return
		}
		facts := map[string]Fact{}
		e.root.truth(&reading{facts})
		for i, name := range e.names {
			facts[name] = someFact(l.terms[name], i)
			e.root.truth(&reading{facts})
		}
	})
}

func testLanguage() *language {
	terms, err := testVocabulary.terms()
	if err != nil {
		panic(err)
	}
	return &language{terms, map[string]int{"contact": 30}}
}

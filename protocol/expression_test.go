package protocol

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestExpressions(t *testing.T) {
	facts := map[string]Fact{
		"warrant.named":    {Value: true, Evidence: []string{"w"}},
		"held.not_accused": {Value: Range{Min: 2, Open: true}, Evidence: []string{"h"}},
		"service.minutes":  {Value: Range{Min: 10, Max: 40}, Evidence: []string{"s"}},
		"note":             {Value: "a", Evidence: []string{"n"}},
	}
	tests := []struct{ source, want string }{
		{"warrant.named", "true [w] []"},
		{"!warrant.named", "false [w] []"},
		{"!!warrant.named", "true [w] []"},
		{"social_worker.present", "unknown [] [social_worker.present]"},
		{"!social_worker.present", "unknown [] [social_worker.present]"},
		{"social_worker.present && held.not_accused == 0", "false [h] []"},
		{"held.not_accused == 0 && social_worker.present", "false [h] []"},
		{"social_worker.present || warrant.named", "true [w] []"},
		{"social_worker.present && warrant.named", "unknown [w] [social_worker.present]"},
		{"social_worker.present && service.minutes <= 30", "unknown [] [social_worker.present service.minutes]"},
		{"held.not_accused == 0", "false [h] []"},
		{"held.not_accused == 2", "unknown [] [held.not_accused]"},
		{"held.not_accused != 1", "true [h] []"},
		{"held.not_accused > 1", "true [h] []"},
		{"held.not_accused >= 2", "true [h] []"},
		{"held.not_accused > 2", "unknown [] [held.not_accused]"},
		{"held.not_accused < 2", "false [h] []"},
		{"held.not_accused <= 1", "false [h] []"},
		{"1 < held.not_accused", "true [h] []"},
		{"service.minutes <= limit.contact", "unknown [] [service.minutes]"},
		{"service.minutes <= 40", "true [s] []"},
		{"service.minutes < 10", "false [s] []"},
		{"service.minutes >= 10", "true [s] []"},
		{"service.minutes == 41", "false [s] []"},
		{"service.minutes in [1, 50]", "false [s] []"},
		{"service.minutes in [1, 20]", "unknown [s] [service.minutes]"},
		{"held.not_accused == service.minutes", "unknown [] [held.not_accused service.minutes]"},
		{"note == 'a' && note != \"b\"", "true [n] []"},
		{"note in ['b', 'a']", "true [n] []"},
		{"note in ['b', 'c']", "false [n] []"},
		{"step.rights_told in ['done', 'not_applicable']", "unknown [] [step.rights_told]"},
		{"warrant.named == true", "true [w] []"},
		{"warrant.named != social_worker.present", "unknown [w] [social_worker.present]"},
		{"!warrant.named == false", "true [w] []"},
		{"true || social_worker.present", "true [] []"},
		{"warrant.named || social_worker.present && false", "true [w] []"},
		{"(social_worker.present || warrant.named) && !(note == 'b')", "true [w n] []"},
	}
	l := testLanguage()
	for _, test := range tests {
		e, err := l.compile(test.source)
		if err != nil {
			t.Errorf("%s: %v", test.source, err)
			continue
		}
		got := e.root.truth(&reading{facts})
		if s := show(got); s != test.want {
			t.Errorf("%s: got %s, want %s", test.source, s, test.want)
		}
	}
}

func show(t truth) string {
	if !t.known {
		return fmt.Sprintf("unknown %v %v", t.evidence, t.missing)
	}
	return fmt.Sprintf("%v %v %v", t.value, t.evidence, t.missing)
}

func TestClock(t *testing.T) {
	p, err := Parse("ours.json", []byte(goodFile), testVocabulary)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 3, 1, 21, 30, 0, 0, time.UTC)
	due := start.Add(24 * time.Hour)
	tests := []struct {
		name  string
		facts map[string]any
		now   time.Time
		want  Finding
	}{
		{"done in time", map[string]any{"operation.start": start, "step.rights_told": "done", "service.minutes": 60}, due.Add(time.Hour), Finding{Result: Kept, Due: due}},
		{"done before it is due", map[string]any{"operation.start": start, "step.rights_told": "done", "service.minutes": 60}, start, Finding{Result: Kept, Due: due}},
		{"done too late", map[string]any{"operation.start": start, "step.rights_told": "done", "service.minutes": 24*60 + 1}, due.Add(time.Hour), Finding{Result: Broken, Due: due}},
		{"not done yet", map[string]any{"operation.start": start, "step.rights_told": "not_done"}, due.Add(-time.Second), Finding{Result: Unknown, Due: due, NotYetDue: true}},
		{"not done when due", map[string]any{"operation.start": start, "step.rights_told": "not_done"}, due, Finding{Result: Broken, Due: due}},
		{"nothing told yet", map[string]any{"operation.start": start}, start, Finding{Result: Unknown, Due: due, NotYetDue: true, Missing: []string{"step.rights_told", "service.minutes"}}},
		{"nothing told when due", map[string]any{"operation.start": start}, due, Finding{Result: Unknown, Due: due, Overdue: true, Missing: []string{"step.rights_told", "service.minutes"}}},
		{"the start is not told", map[string]any{"step.rights_told": "not_done"}, due, Finding{Result: Unknown, Missing: []string{"operation.start"}}},
		{"nothing is told", nil, due, Finding{Result: Unknown, Missing: []string{"step.rights_told", "service.minutes"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			facts := map[string]Fact{}
			for name, v := range test.facts {
				facts[name] = Fact{Value: v}
			}
			report, err := p.Check(facts, test.now)
			if err != nil {
				t.Fatal(err)
			}
			got, want := report.Findings[1], test.want
			if got.Result != want.Result || !got.Due.Equal(want.Due) || got.NotYetDue != want.NotYetDue || got.Overdue != want.Overdue || !slices.Equal(got.Missing, want.Missing) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// lattice draws expressions over these; numbers are small, so that every way
// of filling in what is not known can be tried.
var lattice = Vocabulary{{Name: "a", Type: Bool}, {Name: "b", Type: Bool}, {Name: "n", Type: Number}, {Name: "m", Type: Number}, {Name: "t", Type: Text, Values: []string{"x", "y"}}}

func drawExpression(t *rapid.T, depth int) string {
	leaf := rapid.SampledFrom([]string{"a", "b", "n == 0", "n < 2", "n >= m", "m != 1", "n in [1, 2]", "t == 'x'", "t != 'y'", "true", "a == b", "t in ['x', 'y']"})
	if depth == 0 {
		return leaf.Draw(t, "leaf")
	}
	switch rapid.IntRange(0, 3).Draw(t, "shape") {
	case 0:
		return leaf.Draw(t, "leaf")
	case 1:
		return "!(" + drawExpression(t, depth-1) + ")"
	case 2:
		return "(" + drawExpression(t, depth-1) + ") && (" + drawExpression(t, depth-1) + ")"
	}
	return "(" + drawExpression(t, depth-1) + ") || (" + drawExpression(t, depth-1) + ")"
}

func drawFacts(t *rapid.T) map[string]Fact {
	facts := map[string]Fact{}
	for _, term := range lattice {
		if !rapid.Bool().Draw(t, term.Name+" is told") {
			continue
		}
		switch term.Type {
		case Bool:
			facts[term.Name] = Fact{Value: rapid.Bool().Draw(t, term.Name)}
		case Text:
			facts[term.Name] = Fact{Value: rapid.SampledFrom(term.Values).Draw(t, term.Name)}
		default:
			least := rapid.IntRange(0, 3).Draw(t, term.Name)
			facts[term.Name] = Fact{Value: Range{least, rapid.IntRange(least, 3).Draw(t, term.Name), false}}
		}
	}
	return facts
}

// completions calls visit with every way to fill in what facts leave open.
func completions(facts map[string]Fact, visit func(map[string]Fact)) {
	for _, term := range lattice {
		var values []any
		switch f, told := facts[term.Name]; {
		case told && exact(f.Value):
			continue
		case term.Type == Bool:
			values = []any{true, false}
		case term.Type == Text:
			values = []any{"x", "y"}
		default:
			r := Range{0, 3, false}
			if told {
				r = f.Value.(Range)
			}
			for n := r.Min; n <= r.Max; n++ {
				values = append(values, n)
			}
		}
		for _, v := range values {
			full := maps.Clone(facts)
			full[term.Name] = Fact{Value: v}
			completions(full, visit)
		}
		return
	}
	visit(facts)
}

// What is decided on some of the facts is decided alike on every set of facts
// that completes them; what is decided rests on no missing fact; and when all
// missing facts are told, nothing is left undecided.
func TestDecidedStaysDecided(t *testing.T) {
	terms, err := lattice.terms()
	if err != nil {
		t.Fatal(err)
	}
	l := &language{terms, nil}
	rapid.Check(t, func(t *rapid.T) {
		source := drawExpression(t, 3)
		e, err := l.compile(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		facts := drawFacts(t)
		got := e.root.truth(&reading{facts})
		if got.known != (len(got.missing) == 0) {
			t.Errorf("%s of %v: known %v, missing %v", source, facts, got.known, got.missing)
		}
		completions(facts, func(full map[string]Fact) {
			then := e.root.truth(&reading{full})
			if !then.known || got.known && then.value != got.value {
				t.Errorf("%s: %v of %v, and %v of %v", source, show(got), facts, show(then), full)
			}
		})
		completions(facts, func(full map[string]Fact) {
			some := maps.Clone(facts)
			for _, name := range got.missing {
				some[name] = full[name]
			}
			if then := e.root.truth(&reading{some}); !then.known {
				t.Errorf("%s: %v was missing of %v; with it, %v is missing", source, got.missing, facts, then.missing)
			}
		})
	})
}

// In an expression that mentions each fact once, every missing fact matters:
// with some of the others, one value of it decides otherwise than another.
func TestMissingMatters(t *testing.T) {
	terms, err := lattice.terms()
	if err != nil {
		t.Fatal(err)
	}
	l := &language{terms, nil}
	once := rapid.Permutation([]string{"a", "b", "n < 2", "m == 1", "t == 'x'"})
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i, leaf := range once.Draw(t, "leaves") {
			if i > 0 {
				b.WriteString(rapid.SampledFrom([]string{" && ", " || "}).Draw(t, "sign"))
			}
			b.WriteString(leaf)
		}
		e, err := l.compile(b.String())
		if err != nil {
			t.Fatal(err)
		}
		facts := drawFacts(t)
		for _, name := range e.root.truth(&reading{facts}).missing {
			seen := map[string]map[bool]bool{} // by everything but the fact
			matters := false
			completions(facts, func(full map[string]Fact) {
				others := ""
				for _, term := range lattice {
					if term.Name != name {
						others += fmt.Sprint(full[term.Name].Value, " ")
					}
				}
				if seen[others] == nil {
					seen[others] = map[bool]bool{}
				}
				seen[others][e.root.truth(&reading{full}).value] = true
				matters = matters || len(seen[others]) == 2
			})
			if !matters {
				t.Errorf("%s of %v: %s is called missing, and changes nothing", &b, facts, name)
			}
		}
	})
}

// A rule that is kept, broken or not applicable stays so whatever is added to
// the facts, at one moment; with a clock and a condition too.
func TestFindingsStay(t *testing.T) {
	const file = `{"format": "plumbline.protocol/1", "name": "x", "version": "1", "title": {"en": "x"}, "origin": "x", "licence": "x", "rules": [
	  {"id": "X", "topic": "authority", "phase": "planning", "text": {"en": "x"}, "when": %q, "require": %q, "clock": {"hours": 24, "from": "start"}, "severity": "must", "source": "x", "basis": "local rule"}]}`
	v := append(Vocabulary{{Name: "start", Type: Time}}, lattice...)
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		p, err := Parse("x.json", fmt.Appendf(nil, file, drawExpression(t, 1), drawExpression(t, 2)), v)
		if err != nil {
			t.Fatal(err)
		}
		facts := drawFacts(t)
		if rapid.Bool().Draw(t, "start is told") {
			facts["start"] = Fact{Value: now.Add(-time.Duration(rapid.IntRange(0, 48).Draw(t, "age")) * time.Hour)}
		}
		before := check(t, p, facts, now)
		starts := []any{now, now.Add(-48 * time.Hour)}
		if f, told := facts["start"]; told {
			starts = []any{f.Value}
		}
		completions(facts, func(full map[string]Fact) {
			for _, s := range starts {
				full["start"] = Fact{Value: s}
				if after := check(t, p, full, now); before.Result != Unknown && after.Result != before.Result {
					t.Errorf("when %s, require %s: %s of %v, %s of %v", p.Rules[0].When, p.Rules[0].Require, before.Result, facts, after.Result, full)
				}
			}
		})
	})
}

func check(t *rapid.T, p *Protocol, facts map[string]Fact, now time.Time) Finding {
	report, err := p.Check(facts, now)
	if err != nil {
		t.Fatal(err)
	}
	return report.Findings[0]
}

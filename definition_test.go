package plumbline

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDefinitionsAreWhole(t *testing.T) {
	if n := len(Definitions()); n < 40 {
		t.Errorf("got %d figures", n)
	}
	seen := map[string]bool{}
	facts := map[string]bool{}
	for _, term := range Vocabulary() {
		facts[term.Name] = true
	}
	for _, d := range Definitions() {
		if err := d.Check(); err != nil || seen[d.Name] {
			t.Errorf("%s: %v, or it stands twice", d.Name, err)
		}
		seen[d.Name] = true
		if len(d.Needs) > maxNeeds || (d.of != nil) != d.OfOperations() || d.OfUnits() && d.OfAreas() || d.OfUnits() != (d.Basis == ByTraining) || (d.Basis == ByMonth || d.Basis == ByLoss) && !d.OfAreas() {
			t.Errorf("%s asks for %d facts, or is over two sources", d.Name, len(d.Needs))
		}
		if !slices.Contains(d.Side.Values(), string(d.Side)) || !slices.Contains(d.Theme.Values(), string(d.Theme)) || !slices.Contains(d.Basis.Values(), string(d.Basis)) {
			t.Errorf("%s has a side %q, a theme %q or a basis %q that is none", d.Name, d.Side, d.Theme, d.Basis)
		}
		if d.Beside != "" && FindDefinition(d.Beside) == nil {
			t.Errorf("%s stands beside %s, which is no figure", d.Name, d.Beside)
		}
		for _, need := range d.Needs {
			if !facts[need] && !isNeed(need) {
				t.Errorf("%s asks for %s, which is no fact", d.Name, need)
			}
		}
	}
}

func isNeed(name string) bool { return len(name) > 5 && name[:5] == "need." }

// What is bad about a definition is said, and a figure without a denominator
// where its unit needs one is refused.
func TestBadDefinitions(t *testing.T) {
	good := Definition{Name: "a", Unit: Percent, Of: "met", Version: 1}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Definition)
		field  string
	}{
		"no denominator":        {func(d *Definition) { d.Of = "" }, "of"},
		"a needless one":        {func(d *Definition) { d.Unit = InPeople }, "of"},
		"none an operation":     {func(d *Definition) { d.Unit, d.Of = PerOperation, "" }, "of"},
		"a unit that is none":   {func(d *Definition) { d.Unit = "dozens" }, "unit"},
		"no name":               {func(d *Definition) { d.Name = "" }, "name"},
		"no version of its own": {func(d *Definition) { d.Version = 0 }, "version"},
	} {
		d := good
		c.change(&d)
		if ps := ProblemsOf(d.Check()); len(ps) == 0 || ps[0].Field != c.field {
			t.Errorf("%s: got %v, want a problem of %q", name, ps, c.field)
		}
	}
}

// portionOf returns what a record adds to a figure.
func portionOf(t testing.TB, r *Record, name string, at time.Time) Portion {
	t.Helper()
	i := slices.IndexFunc(operationFigures, func(d *Definition) bool { return d.Name == name })
	if i < 0 {
		t.Fatalf("there is no figure %s", name)
	}
	people := r.People()
	return people.Figures(at, people.Facts(at))[i]
}

// short writes a portion: how many / of how many, and what is missing.
func (p Portion) short() string {
	if !p.Applies() {
		return "-"
	}
	text := fmt.Sprintf("%s / %s", p.Num, p.Of)
	if p.Missing > 0 {
		text += fmt.Sprintf(" !%d", p.Missing)
	}
	return text
}

// barely returns the told record with its head count and people only: nobody
// has told anything else.
func barely() *Record {
	r := toldRecord()
	return &Record{Operation: Operation{Head: r.Operation.Head, Title: r.Operation.Title, Origin: r.Operation.Origin, Began: r.Operation.Began, HeadCount: Exactly(3)}, Presences: r.Presences[:2]}
}

// Each figure, counted by hand: over the told record (a child of 15 placed in
// an open shelter, an adult of 17 to 19 not coerced and let go, an accused of 40
// charged, a day and a half ago), over the same with more told, and over a
// record that tells of nothing but three people, of whom one is 15 and one 17
// to 19.
func TestFiguresByHand(t *testing.T) {
	later := time.Date(2026, 6, 10, 9, 0, 0, 0, time.UTC) // a hundred days on
	more := func() *Record {
		r := toldRecord()
		h := func(id ID) Head { return Head{ID: id} }
		r.Operation.Unit = "unit"
		r.Force = []*Force{{Head: h("f1"), Kind: "striking", Reviewed: Yes}, {Head: h("f2"), Kind: "threat", Reviewed: No}, {Head: h("f3"), Kind: "other"}}
		r.Injuries = []*Injury{{Head: h("in"), Who: "two people met", People: Exactly(2)}}
		r.Closures = []*Closure{{Head: h("c1"), LostWork: Exactly(10), Offered: Exactly(4), Accepted: Exactly(1)}}
		r.Events = []*Event{
			{Head: h("e1"), Kind: "complaint", Answered: when("2026-03-09")}, {Head: h("e2"), Kind: "complaint"},
			{Head: h("e3"), Kind: "conviction", People: Exactly(5)}, {Head: h("e4"), Kind: "pardon", People: Exactly(2)},
			{Head: h("e5"), Kind: "service_shut_out"},
			{Head: h("e6"), Kind: "threat", At: when("2026-02-01"), Source: "police"}, // before the operation
			{Head: h("e7"), Kind: "threat", At: when("2026-03-05"), OnClass: "adult_not_coerced", Source: "owner", ReportedBy: "A clinic"},
			{Head: h("e8"), Kind: "threat", At: when("2026-06-05")}, // later than 90 days
			{Head: h("e9"), Kind: "threat"},
		}
		r.Interviews = append(r.Interviews, &Interview{Head: h("i2"), Presence: "p2", Began: when("2026-03-02T08:00Z"), Accompanied: No, RightsTold: No, Advice: when("2026-03-02T09:00Z"), Place: "police_cell"})
		r.Movements[0].Confirmed = when("2026-06-01")
		r.Movements[2].Until = when("2026-03-20")
		return r
	}
	for _, c := range []struct{ name, told, more, barely string }{
		{"people-met", "3 / 1", "3 / 1", "3 / 1"},
		{"met-per-operation", "3 / 1", "3 / 1", "3 / 1"},
		{"children-met", "1 / 1", "1 / 1", "1 to 3 / 1 !1"},
		{"children-per-operation", "1 / 1", "1 / 1", "1 to 3 / 1 !1"},
		{"children-share", "1 / 3", "1 / 3", "1 to 3 / 3 !1"},
		{"protected-share", "1 / 3", "1 / 3", "at most 3 / 3 !1"},
		{"undecided-share", "0 / 3", "0 / 3", "2 to 3 / 3 !1"},
		{"doubt-as-adult", "1 / 1", "1 / 1", "at most 2 / 1 to 2 !1"},
		{"unit-unidentified", "1 / 1", "0 / 1", "1 / 1"},
		{"swept-up", "at most 1 / 1 !1", "at most 1 / 1 !1", "at most 1 / 1 !1"},
		{"accounted-24h", "3 / 3", "3 / 3", "0 / 3"},
		{"accounted-72h", "-", "3 / 3", "0 / 3"},
		{"accounted-30d", "-", "2 / 3", "0 / 3"},
		{"accounted-90d", "-", "2 / 3", "0 / 3"},
		{"accounted-1y", "-", "-", "-"},
		{"care-90d", "-", "1 to 2 / 3 !1", "at most 3 / 3 !1"},
		{"home-90d", "-", "1 to 2 / 3 !1", "at most 3 / 3 !1"},
		{"left-90d", "-", "at most 1 / 3 !1", "at most 3 / 3 !1"},
		{"died", "0 / 1", "at most 1 / 1 !1", "at most 3 / 1 !1"},
		{"venue-90d", "-", "at most 1 / 3 !1", "at most 3 / 3 !1"},
		{"held-72h", "-", "1 / 3", "at most 3 / 3 !1"},
		{"held-30d", "-", "at most 1 / 3 !1", "at most 3 / 3 !1"},
		{"held-not-accused", "0 / 2", "0 / 2", "at most 3 / at most 3 !1"},
		{"arrested-not-accused", "0 / 2", "0 / 2", "at most 3 / at most 3 !1"},
		{"arrested-before-recognised", "0 / 1", "0 / 1", "at most 3 / at most 3 !1"},
		{"penalised-protected", "0 / 1", "0 / 1", "at most 3 / at most 3 !1"},
		{"locked-protected", "0 / 1", "0 / 1", "at most 3 / at most 3 !1"},
		{"held-children", "0 / 1", "0 / 1", "at most 3 / 1 to 3 !1"},
		{"constrained-adults", "0 / 1", "0 / 1", "at most 3 / at most 3 !1"},
		{"placed-closed", "-", "at most 1 / at most 1 !1", "at most 2 / at most 2 !1"},
		{"placed-unwilling", "-", "at most 1 / at most 1 !1", "at most 2 / at most 2 !1"},
		{"deported", "0 / 1", "at most 1 / 1 !1", "at most 3 / 1 !1"},
		{"deported-share", "0 / 3", "at most 1 / 3 !1", "at most 3 / 3 !1"},
		{"deported-unassessed", "-", "at most 1 / at most 1 !1", "at most 3 / at most 3 !1"},
		{"sent-back-unwilling", "-", "at most 1 / at most 1 !1", "at most 3 / at most 3 !1"},
		{"children-to-venue", "0 / 1", "0 / 1", "at most 3 / 1 to 3 !1"},
		{"force-per-operation", "not known / 1 !1", "at least 3 / 1 !1", "not known / 1 !1"},
		{"hurt-per-operation", "not known / 1 !1", "at least 2 / 1 !1", "not known / 1 !1"},
		{"force-unreviewed", "-", "1 to 2 / 3 !1", "-"},
		{"insulted-or-threatened", "0 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"threats-per-operation", "not known / 1 !1", "at least 3 / 1 !1", "not known / 1 !1"},
		{"threats-90d", "-", "at least 1 / 1 !1", "not known / 1 !1"},
		{"lost-work-per-operation", "not known / 1 !1", "10 / 1", "not known / 1 !1"},
		{"work-offered", "-", "4 / 10", "-"},
		{"offers-taken", "-", "1 / 4", "-"},
		{"services-shut-out", "not known / 1 !1", "at least 1 / 1 !1", "not known / 1 !1"},
		{"suspects-arrested", "1 / 1", "1 / 1", "not known / 1 !1"},
		{"suspects-per-operation", "1 / 1", "1 / 1", "not known / 1 !1"},
		{"accused-charged", "1 / 1", "1 / 1", "at most 3 / at most 3 !1"},
		{"convictions", "not known / 1 !1", "5 / 1", "not known / 1 !1"},
		{"pardons", "not known / 1 !1", "2 / 1", "not known / 1 !1"},
		{"convictions-standing", "-", "3 / 5", "-"},
		{"complaints-per-operation", "not known / 1 !1", "at least 2 / 1 !1", "not known / 1 !1"},
		{"complaints-answered", "-", "1 / 2", "-"},
		{"accompanied", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"contact-minutes", "20 / 1", "20 / 1", "not known / at most 1 !1"},
		{"contact-in-30", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"services-came", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"interpreter-there", "at most 1 / 1 !1", "at most 1 / 1 !1", "at most 1 / 1 !1"},
		{"lawyer-there", "0 / 1", "0 / 1", "at most 1 / 1 !1"},
		{"health-worker-there", "at most 1 / 1 !1", "at most 1 / 1 !1", "at most 1 / 1 !1"},
		{"observer-there", "at most 1 / 1 !1", "at most 1 / 1 !1", "at most 1 / 1 !1"},
		{"immigration-there", "0 / 1", "0 / 1", "at most 1 / 1 !1"},
		{"press-there", "0 / 1", "0 / 1", "at most 1 / 1 !1"},
		{"private-powers", "0 / 1", "0 / 1", "at most 1 / 1 !1"},
		{"warrant", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"rights-told", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"complaint-way-told", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"needs-met", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"belongings-kept", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"referral-made", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"followed-up", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"guardian-named", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"interests-assessed", "1 / 1", "1 / 1", "at most 1 / 1 !1"},
		{"custody-gaps", "0 / 1", "0 / 1", "at most 2 / 1 !1"},
		{"immigration-used", "0 / 1", "0 / 1", "at most 1 / 1 !1"},
		{"affected-heard", "1 / 1", "1 / 1", "-"},
		{"interviewed-alone", "0 / 1", "1 / 2", "-"},
		{"interviewed-rights-untold", "0 / 1", "1 / 2", "-"},
		{"interviewed-before-advice", "0 / 1", "1 / 2", "-"},
		{"interviewed-in-custody", "0 / 1", "1 / 2", "-"},
	} {
		for _, on := range []struct {
			what string
			r    *Record
			at   time.Time
			want string
		}{{"told", toldRecord(), factsNow, c.told}, {"more", more(), later, c.more}, {"barely", barely(), later, c.barely}} {
			if err := on.r.Check(); err != nil {
				t.Fatalf("the record %q: %v", on.what, err)
			}
			if got := portionOf(t, on.r, c.name, on.at).short(); got != on.want {
				t.Errorf("%s of the record %q: got %s, want %s", c.name, on.what, got, on.want)
			}
		}
	}
}

// Figures over units: fourteen were trained, two of them left after four months
// and three nobody knows when.
func TestFiguresOfUnits(t *testing.T) {
	u := &UnitRecord{
		Unit:      Unit{Head: Head{ID: "u"}},
		Trainings: []*Training{{Head: Head{ID: "t1"}, At: when("2024-01-10"), Officers: Exactly(14), Passed: Exactly(12)}, {Head: Head{ID: "t2"}, At: when("2025-12-01"), Officers: Count{}}},
		Transfers: []*Transfer{{At: when("2024-05-10"), Training: "t1", Trained: Exactly(2)}, {Training: "t1", Trained: Exactly(3)}},
	}
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string][]string{
		"officers-passed":   {"12 / 14", "not known / not known !1"},
		"officers-kept-6m":  {"9 to 12 / 14 !2", "-"},
		"officers-kept-12m": {"9 to 12 / 14 !2", "-"},
		"officers-kept-24m": {"9 to 12 / 14 !2", "-"},
	} {
		for i, c := range FindDefinition(name).Courses(u, at) {
			if got := c.short(); got != want[i] {
				t.Errorf("%s of training %d: got %s, want %s", name, i+1, got, want[i])
			}
		}
	}
}

func TestRead(t *testing.T) {
	n, unknown := Exactly, Count{}
	share := func(a Answer) Portion { return ofOne(a) }
	for _, c := range []struct {
		name     string
		unit     FigureUnit
		portions []Portion
		want     string // value, low–high, cases, told, unbounded
	}{
		{"nothing", Percent, nil, "- -–- 0 0 0"},
		{"what does not apply is no case", Percent, []Portion{nothing, {Num: n(1), Of: n(4)}}, "25 25–25 1 1 0"},
		{"shares of operations", Percent, []Portion{share(Yes), share(No), share(Unknown), share(Unknown)}, "50 25–75 4 2 0"},
		// 3 of 10 and 1 to 4 of 10: 4 to 7 of 20.
		{"an open numerator", Percent, []Portion{{Num: n(3), Of: n(10)}, {Num: Between(1, 4), Of: n(10), Missing: 1}}, "30 20–35 2 1 0"},
		// 2 to 6 of 4 to 6: 2 of 6 at the least, and when all six are in, six of six.
		{"an open denominator", Percent, []Portion{{Num: Between(2, 6), Of: Between(4, 6)}}, "- 33.3–100 1 0 0"},
		{"nobody knows of how many", Percent, []Portion{{Num: n(1), Of: n(2)}, {Num: AtLeast(1), Of: AtLeast(3)}}, "50 50–50 2 1 1"},
		{"nobody at all is known", Percent, []Portion{{Num: unknown, Of: unknown}}, "- -–- 1 0 1"},
		{"none of some or none", Percent, []Portion{{Num: n(0), Of: Between(0, 5)}}, "- 0–0 1 0 0"},
		{"people", InPeople, []Portion{{Num: n(3), Of: n(1)}, {Num: Between(1, 2), Of: n(1)}}, "3 4–5 2 1 0"},
		{"at least so many people", InPeople, []Portion{{Num: n(3), Of: n(1)}, {Num: unknown, Of: n(1)}}, "3 3–- 2 1 0"},
		{"an operation", PerOperation, []Portion{{Num: n(3), Of: n(1)}, {Num: AtLeast(2), Of: n(1)}}, "3 2.5–- 2 1 0"},
		{"an operation that may belong", PerOperation, []Portion{{Num: n(4), Of: n(1)}, {Num: Between(0, 2), Of: Between(0, 1)}}, "4 2–6 2 1 0"},
		{"minutes", InMinutes, []Portion{{Num: n(10), Of: n(1)}, {Num: Between(20, 30), Of: n(1)}}, "10 15–20 2 1 0"},
	} {
		d := Definition{Name: "a", Unit: c.unit, Needs: []string{"met"}}
		var sum Sum
		for _, p := range c.portions {
			sum.Add(p)
		}
		v := d.Read(&sum)
		f := func(x *float64) string {
			if x == nil {
				return "-"
			}
			return fmt.Sprintf("%.4g", float64(int(*x*10+.5))/10)
		}
		if got := fmt.Sprintf("%s %s–%s %d %d %d", f(v.Value), f(v.Low), f(v.High), v.Cases, v.Told, v.Unbounded); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// Whatever the numbers behind a part of something are, the figure lies within
// the range, and the range is reached.
func TestRangeHoldsEveryTruth(t *testing.T) {
	d := Definition{Name: "a", Unit: Percent}
	rapid.Check(t, func(rt *rapid.T) {
		var sum Sum
		num, of := 0, 0
		for range rapid.IntRange(1, 5).Draw(rt, "cases") {
			whole := rapid.IntRange(0, 9).Draw(rt, "of")
			part := rapid.IntRange(0, whole).Draw(rt, "num")
			slack := func(n int, what string) Count {
				return Between(n-rapid.IntRange(0, n).Draw(rt, what+" down"), n+rapid.IntRange(0, 3).Draw(rt, what+" up"))
			}
			sum.Add(within(slack(part, "num"), slack(whole, "of")))
			num, of = num+part, of+whole
		}
		v := d.Read(&sum)
		if of == 0 {
			return
		}
		truth := 100 * float64(num) / float64(of)
		if v.Low == nil || v.High == nil || truth < *v.Low-1e-9 || truth > *v.High+1e-9 || *v.High > 100 {
			rt.Fatalf("%d of %d lies outside %v to %v", num, of, v.Low, v.High)
		}
	})
}

func TestClassRule(t *testing.T) {
	r := &Record{Decisions: []*Decision{{Definition: "the law", Version: "2"}, {Definition: "the law", Version: "1"}, {Definition: "own account"}, {Definition: "the law", Version: "1"}}}
	if got, want := r.ClassRule(), "the law (1) + the law (2)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The document lists the figures as the table has them, in the words of the
// catalogue.
func TestFiguresAreWrittenDown(t *testing.T) {
	data, err := os.ReadFile("internal/locale/en.json")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]any{}
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	say := func(key string) string {
		word, ok := words[key].(string)
		if !ok {
			t.Errorf("the catalogue has no %q", key)
		}
		return word
	}
	prose, err := os.ReadFile("testdata/figures.md")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.Write(prose)
	for _, theme := range FigureTheme("").Values() {
		fmt.Fprintf(&b, "\n## %s\n\n| figure | what is counted | of | unit | side | asks for | left out | bears on |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n", say("figure_theme."+theme))
		for _, d := range Definitions() {
			if string(d.Theme) != theme {
				continue
			}
			of, out := "", []string{}
			if d.Of != "" {
				of = say("figure_of." + d.Of)
			}
			for _, x := range d.Excludes {
				out = append(out, say("figure_excludes."+x))
			}
			var needs, claims []string
			for _, need := range d.Needs {
				if !isNeed(need) {
					need = "`" + need + "`"
				} else {
					need = say(need)
				}
				needs = append(needs, need)
			}
			for _, c := range d.Claims {
				claim := c.Claim
				if len(c.Refuse) > 0 {
					claim += " (another " + strings.Join(c.Refuse, ", another ") + ")"
				}
				claims = append(claims, claim)
			}
			name := "`" + d.Name + "`"
			if d.Classed {
				name += " *"
			}
			if d.Version > 1 {
				name += fmt.Sprintf(" v%d", d.Version)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", name, say("figure_counts."+d.Name), of, say("figure_unit."+string(d.Unit)), say("figure_side."+string(d.Side)),
				strings.Join(needs, "; "), strings.Join(out, " "), strings.Join(claims, ", "))
		}
	}
	written(t, "doc/figures.md", b.String())
}

// A figure of one's own is read from a file, and one that does not say of whom
// a part is a part is refused.
func TestReadDefinition(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"a part of people":     {`{"name": "mine", "version": 2, "title": "T", "counts": "children held", "of": "children", "unit": "percent", "numerator": "held.children", "denominator": "met.children"}`, "0 / 1"},
		"operations":           {`{"name": "mine", "version": 1, "title": "T", "counts": "with a lawyer", "of": "operations", "unit": "percent", "numerator": "attendance.lawyer.present", "denominator": "operations"}`, "0 / 1"},
		"people":               {`{"name": "mine", "version": 1, "title": "T", "counts": "people met", "unit": "people", "numerator": "met"}`, "3 / 1"},
		"an operation":         {`{"name": "mine", "version": 1, "title": "T", "counts": "people met", "of": "operations", "unit": "per_operation", "numerator": "met", "denominator": "operations"}`, "3 / 1"},
		"not known":            {`{"name": "mine", "version": 1, "title": "T", "counts": "hurt", "unit": "people", "numerator": "hurt"}`, "not known / 1 !1"},
		"no denominator":       {`{"name": "mine", "version": 1, "title": "T", "counts": "children held", "of": "children", "unit": "percent", "numerator": "held.children"}`, "of: problem.figure_denominator"},
		"a needless one":       {`{"name": "mine", "version": 1, "title": "T", "counts": "people", "unit": "people", "numerator": "met", "denominator": "met"}`, "of: problem.figure_denominator"},
		"no such fact":         {`{"name": "mine", "version": 1, "title": "T", "counts": "people", "unit": "people", "numerator": "found"}`, "numerator: problem.figure_fact"},
		"a truth of people":    {`{"name": "mine", "version": 1, "title": "T", "counts": "people", "of": "people", "unit": "percent", "numerator": "operation.entered", "denominator": "met"}`, "denominator: problem.figure_fact"},
		"a truth that is many": {`{"name": "mine", "version": 1, "title": "T", "counts": "people", "unit": "people", "numerator": "operation.entered"}`, "numerator: problem.figure_fact"},
		"a text":               {`{"name": "mine", "version": 1, "title": "T", "counts": "people", "unit": "people", "numerator": "operation.kind"}`, "numerator: problem.figure_fact"},
		"no words":             {`{"name": "mine", "version": 1, "unit": "people", "numerator": "met"}`, "title: problem.needed"},
		"no words of whom":     {`{"name": "mine", "version": 1, "title": "T", "counts": "people", "unit": "percent", "numerator": "met", "denominator": "met"}`, "of: problem.needed"},
		"no version":           {`{"name": "mine", "title": "T", "counts": "people", "unit": "people", "numerator": "met"}`, "version: problem.needed"},
		"a field too many":     {`{"name": "mine", "colour": "red"}`, ": problem.figure_file"},
		"no JSON":              {`mine`, ": problem.figure_file"},
	} {
		d, err := ReadDefinition([]byte(c.file))
		if ps := ProblemsOf(err); len(ps) > 0 {
			if got := ps[0].Field + ": " + ps[0].Key; got != c.want {
				t.Errorf("%s: got %s, want %s", name, got, c.want)
			}
			continue
		}
		r := toldRecord().People()
		if got := d.Portion(r, factsNow, r.Facts(factsNow)).short(); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

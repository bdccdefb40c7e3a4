// Package protocol holds a standard of care as rules over a record, and says
// of each rule whether it was kept, broken, not applicable, or cannot be told.
//
// A protocol does not see the record. It is shown facts: flat, named values,
// each with the ids of the entries it was drawn from. A fact that is absent is
// not known, and a rule that needs it cannot be told and names it. Silence
// never keeps a rule and never breaks one.
//
// Start with [Parse], which reads a protocol file against a [Vocabulary] and
// refuses whatever it does not understand, or [Shipped], which returns the
// three protocols that come with the program. Then [Protocol.Check].
//
// A rule is an expression over facts: comparisons joined by &&, || and !.
// Evaluation has three values: false && unknown is false, true || unknown is
// true, and what stays undecided names the facts that would decide it. A number
// may be known within bounds, and only what holds for every number in them is
// decided: of "at least 2" it is false that it is 0, and of "at most 3" it is
// unknown. FORMAT.md describes the file.
//
// The evaluator is ours, and small. CEL (cel.dev/cel-go 0.33.2) was tried: its
// partial evaluation has the three values and names what is missing, but a
// number is known or not, so bounds cannot be said in it; it would add 8 MB and
// eight modules. Of expr-lang 1.17.8 only the parser could have been used. Every
// expression is also one of CEL, so that another program can evaluate a
// protocol on exact facts.
//
// What is promised: a rule that is kept or broken on some of the facts has
// the same result on any set of facts that adds to them, at the same moment.
// What is not: a kept rule says that the record answers the rule, not that
// the record is true.
package protocol

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Type is the type of a fact.
type Type string

const (
	Bool   Type = "bool"
	Number Type = "number" // a whole number, perhaps known within bounds only
	Text   Type = "text"   // one of the term's values, when it lists them
	Time   Type = "time"   // only clocks run from it; expressions cannot use it
)

// A Term is one fact that a record can answer.
type Term struct {
	Name   string // dotted, lower case: "attendance.lawyer.present"
	Type   Type
	Values []string // of a text, when only these are possible
	Help   string   // what it means, in one line
}

// A Vocabulary is every fact that rules may ask for.
type Vocabulary []Term

// A Fact is the value of a term (bool, int, Range, string or time.Time) and the
// ids of the entries of the record that it was drawn from.
type Fact struct {
	Value    any
	Evidence []string
}

// A Range is a number known within bounds: at least Min and, unless it is
// Open, at most Max.
type Range struct {
	Min, Max int
	Open     bool
}

// A Result is what a rule says of a record.
type Result string

const (
	Kept          Result = "kept"
	Broken        Result = "broken"
	Unknown       Result = "unknown" // cannot tell
	NotApplicable Result = "not_applicable"
)

// Words are one text in several languages, keyed by language tag.
type Words map[string]string

// In returns the text in the language, or in English, or in whichever
// language comes first.
func (w Words) In(lang string) string {
	if text, ok := w[lang]; ok {
		return text
	}
	if text, ok := w["en"]; ok {
		return text
	}
	for _, tag := range sorted(w) {
		return w[tag]
	}
	return ""
}

// A Protocol is a standard of care, as read from a file by Parse. It does not
// change and may be used from many goroutines.
type Protocol struct {
	Name    string // "rights-standards"
	Version string
	Title   Words
	About   Words
	Origin  string // where its rules come from
	Licence string
	Limits  []Limit
	Rules   []*Rule

	terms map[string]Term
}

// A Limit is a number that a place sets for itself and that rules use as
// limit.NAME: a time limit of local law, a distance, a staffing ratio.
type Limit struct {
	Name  string
	Value int
	Help  string
}

// A Rule is one duty of a protocol.
type Rule struct {
	ID           string
	Topic        Topic
	Phase        Phase
	Text         Words
	Help         string   // for whoever edits the file
	Check        string   // what a person looks at to check it
	AppliesTo    []string // "all", "child", "adult", "foreign national"
	When         string   // expression; the rule applies when it is true; empty means always
	Require      string   // expression; the rule is kept when it is true
	Clock        *Clock
	Severity     Severity
	Source       string
	Section      string
	Force        string // "practice guide", "soft law", "treaty, parties only", …
	Basis        Basis  // on what the text of the rule rests
	Core         bool
	Requirements []string // "R-054"
	Passages     []string // "B:25"

	when, require *expression
}

// ToCheck reports whether the rule was not read in its source, so that pages
// show it as "to be checked against the source".
func (r *Rule) ToCheck() bool { return r.Basis != "found: text read" && r.Basis != LocalRule }

// A Clock gives a duty some hours. Before they have run out the rule cannot be
// broken. Measure, when given, names the minutes that the duty took, which must
// not exceed the hours.
type Clock struct {
	Hours   int
	From    string // a fact of type time
	Measure string // a fact of type number
}

// Severity is how strongly a rule speaks.
type Severity string

const (
	Must   Severity = "must"
	Should Severity = "should"
)

// Phase is the part of the response that a rule is about.
type Phase string

// Phases in their order.
var Phases = []Phase{"planning", "operation", "first 72 h", "aftercare", "prosecution", "all phases"}

// Topic is what a rule is about, so that two protocols can be laid side by
// side.
type Topic string

// Topics in the order of an operation.
var Topics = []Topic{"authority", "information", "planning", "services", "accompaniment", "interpreters", "private powers", "immigration", "press", "conduct",
	"force", "needs", "accounting", "children", "custody", "property", "health", "notice", "interviews", "legal help", "arrest", "placement", "return", "debrief"}

// Basis is on what the text of a rule rests.
type Basis string

// LocalRule is the basis of a rule that its authors set for themselves: it is
// its own source.
const LocalRule Basis = "local rule"

// Bases lists what a rule can rest on.
var Bases = []Basis{"found: text read", "partly found; rest remembered", "remembered", "found: heading or contents list only",
	"our rule", "our rule; anchor remembered", LocalRule}

// Rule returns the rule with the id, or nil.
func (p *Protocol) Rule(id string) *Rule {
	i := slices.IndexFunc(p.Rules, func(r *Rule) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return p.Rules[i]
}

// Facts returns the names of all facts that the rules ask for, sorted.
func (p *Protocol) Facts() []string {
	seen := map[string]bool{}
	for _, r := range p.Rules {
		for _, name := range r.Facts() {
			seen[name] = true
		}
	}
	return sorted(seen)
}

// Facts returns the names of the facts that the rule asks for, in the order
// in which it mentions them.
func (r *Rule) Facts() []string {
	names := slices.Clone(r.when.facts())
	for _, name := range append(r.require.facts(), r.Clock.facts()...) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (c *Clock) facts() []string {
	if c == nil {
		return nil
	}
	return []string{c.From}
}

// A Report is what a protocol says of one record. Its JSON is the answer of
// "plumbline operation check --json".
type Report struct {
	Operation string    `json:"operation"` // left to the caller
	Protocol  string    `json:"protocol"`
	Version   string    `json:"version"`
	Findings  []Finding `json:"findings"`
	Summary   Summary   `json:"summary"`
}

// A Finding is what one rule says of one record.
type Finding struct {
	Rule     string   `json:"rule"`
	Result   Result   `json:"result"`
	Evidence []string `json:"evidence"` // entries behind the facts that decided
	Missing  []string `json:"missing"`  // facts that could decide a rule that cannot be told
	Source   string   `json:"source"`
	ToCheck  bool     `json:"to_check"` // the rule was not read in its source

	// Due is when the rule's clock runs out; zero when it has none, or the
	// moment it runs from is not known.
	Due time.Time `json:"due,omitzero"`
	// NotYetDue says that the rule cannot be told because there is still time.
	NotYetDue bool `json:"not_yet_due,omitempty"`
	// Overdue says that the clock has run out and nothing tells whether the
	// rule was kept.
	Overdue bool `json:"overdue,omitempty"`
}

// A Summary counts findings by result.
type Summary struct {
	Kept          int `json:"kept"`
	Broken        int `json:"broken"`
	Unknown       int `json:"unknown"`
	NotApplicable int `json:"not_applicable"`
}

// Check holds the rules against the facts at a moment, in the order of the
// protocol. It returns an error when a fact is not in the vocabulary or not of
// its type.
//
// A rule whose condition is false is not applicable. A rule that applies is
// kept or broken as its requirement is true or false, and unknown when the
// facts do not decide; so is one whose condition is not known. A rule with a
// clock cannot be broken before it is due.
func (p *Protocol) Check(facts map[string]Fact, now time.Time) (*Report, error) {
	for name, f := range facts {
		if err := p.checkFact(name, f); err != nil {
			return nil, fmt.Errorf("protocol %s: %w", p.Name, err)
		}
	}
	report := &Report{Protocol: p.Name, Version: p.Version, Findings: make([]Finding, 0, len(p.Rules))}
	for _, r := range p.Rules {
		f := r.check(&reading{facts}, now)
		report.Findings = append(report.Findings, f)
		report.Summary.add(f.Result)
	}
	return report, nil
}

func (s *Summary) add(result Result) {
	switch result {
	case Kept:
		s.Kept++
	case Broken:
		s.Broken++
	case NotApplicable:
		s.NotApplicable++
	default:
		s.Unknown++
	}
}

func (p *Protocol) checkFact(name string, f Fact) error {
	term, ok := p.terms[name]
	if !ok {
		return fmt.Errorf("there is no fact %q", name)
	}
	fits := false
	switch v := f.Value.(type) {
	case bool:
		fits = term.Type == Bool
	case int:
		fits = term.Type == Number
	case Range:
		fits = term.Type == Number && (v.Open || v.Min <= v.Max)
	case string:
		fits = term.Type == Text && (len(term.Values) == 0 || slices.Contains(term.Values, v))
	case time.Time:
		fits = term.Type == Time && !v.IsZero()
	}
	if !fits {
		return fmt.Errorf("fact %s: %v is not a %s", name, f.Value, term.describe())
	}
	return nil
}

// check evaluates one rule. Both parts are evaluated even when the condition
// is not known, so that Missing names the facts of both.
func (r *Rule) check(known *reading, now time.Time) Finding {
	f := Finding{Rule: r.ID, Source: r.Source, ToCheck: r.ToCheck(), Evidence: []string{}, Missing: []string{}}
	applies := truth{value: true, known: true}
	if r.when != nil {
		applies = r.when.root.truth(known)
	}
	if applies.is(false) {
		f.Result, f.Evidence = NotApplicable, orEmpty(applies.evidence)
		return f
	}
	kept := r.require.root.truth(known)
	f.Result, f.Missing, f.Evidence = kept.result(), kept.missing, orEmpty(union(applies.evidence, kept.evidence))
	r.Clock.hold(&f, known, now)
	if !applies.known {
		f.Result, f.Missing = Unknown, union(applies.missing, f.Missing)
		f.NotYetDue, f.Overdue = false, false // it may not apply at all
	}
	f.Missing = orEmpty(f.Missing)
	return f
}

// hold applies the clock: a rule that is not kept is unknown until it is due.
func (c *Clock) hold(f *Finding, known *reading, now time.Time) {
	if c == nil {
		return
	}
	from, ok := known.time(c.From)
	if ok {
		f.Due = from.Add(time.Duration(c.Hours) * time.Hour)
	}
	switch {
	case f.Result == Kept:
	case !ok && f.Result == Broken:
		f.Result, f.Missing = Unknown, []string{c.From}
	case ok && now.Before(f.Due):
		f.Result, f.NotYetDue = Unknown, true
	case ok && f.Result == Unknown:
		f.Overdue = true
	}
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

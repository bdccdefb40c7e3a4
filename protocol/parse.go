package protocol

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Format is the version of the file format that Parse reads.
const Format = "plumbline.protocol/1"

// Limits of a protocol file. They are far above what a protocol needs and low
// enough that reading one cannot hurt.
const (
	MaxFile  = 1 << 20 // bytes
	MaxRules = 500
	maxLine  = 500   // characters of one text
	maxHours = 87600 // ten years
)

const limitPrefix = "limit."

// An Error is one thing that is wrong with a protocol file.
type Error struct {
	File    string
	Line    int
	Rule    string // its id, or "rule 3" when it has none; empty outside rules
	Field   string
	Problem string // what is wrong, and what is wanted
}

// Error gives file, line, rule, field and problem in one line.
func (e *Error) Error() string {
	where := []string{}
	for _, part := range []string{e.Rule, e.Field} {
		if part != "" {
			where = append(where, part)
		}
	}
	if len(where) > 0 {
		return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, strings.Join(where, ", "), e.Problem)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem)
}

// Errors is everything that is wrong with a protocol file, in its order.
type Errors []*Error

// Error gives the first error in one line, and how many more there are.
func (es Errors) Error() string {
	if len(es) == 1 {
		return es[0].Error()
	}
	return fmt.Sprintf("%s (and %d more)", es[0], len(es)-1)
}

// Unwrap lets errors.As see each error.
func (es Errors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e
	}
	return all
}

// Parse reads a protocol file. It returns Errors when the file is not JSON of
// the format, lacks or repeats something, has a field that is not known, or a
// rule whose expressions ask for facts outside the vocabulary or compare what
// cannot be compared. The name stands in messages only.
func Parse(name string, data []byte, vocabulary Vocabulary) (*Protocol, error) {
	terms, err := vocabulary.terms()
	if err != nil {
		return nil, err
	}
	root, err := readTree(data)
	if err != nil {
		var at *Error
		if errors.As(err, &at) {
			at.File = name
			return nil, Errors{at}
		}
		return nil, err
	}
	r := &reader{file: name, terms: terms}
	p := r.protocol(root)
	if len(r.errs) > 0 {
		return nil, r.errs
	}
	return p, nil
}

var termForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)

func (v Vocabulary) terms() (map[string]Term, error) {
	terms := make(map[string]Term, len(v))
	for _, t := range v {
		if !termForm.MatchString(t.Name) || strings.HasPrefix(t.Name, limitPrefix) || t.Name == "in" || t.Name == "true" || t.Name == "false" {
			return nil, fmt.Errorf("vocabulary: %q is not a name of a fact", t.Name)
		}
		if _, twice := terms[t.Name]; twice {
			return nil, fmt.Errorf("vocabulary: %s stands twice", t.Name)
		}
		if t.Type != Bool && t.Type != Number && t.Type != Text && t.Type != Time {
			return nil, fmt.Errorf("vocabulary: %s has the type %q, which is none", t.Name, t.Type)
		}
		terms[t.Name] = t
	}
	return terms, nil
}

// A reader turns the tree of a file into a protocol and collects what is
// wrong on the way, so that an author sees everything at once.
type reader struct {
	file  string
	terms map[string]Term
	rule  string // the rule being read, for messages
	lang  *language
	errs  Errors
}

func (r *reader) fail(line int, field, format string, args ...any) {
	if len(r.errs) < 100 {
		r.errs = append(r.errs, &Error{r.file, line, r.rule, field, fmt.Sprintf(format, args...)})
	}
}

// failed reports whether something is already said of a field of this rule.
func (r *reader) failed(field string) bool {
	return slices.ContainsFunc(r.errs, func(e *Error) bool { return e.Rule == r.rule && e.Field == field })
}

var (
	nameForm    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	ruleForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`)
	limitForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	langForm    = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	versionForm = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}$`)
)

func (r *reader) protocol(root *value) *Protocol {
	if !r.object(root, "the file", "format", "name", "version", "title", "about", "origin", "licence", "limits", "rules") {
		return nil
	}
	if format := r.text(root, "format", true); format != Format {
		if format != "" {
			r.fail(root.get("format").line, "format", "this is %q; this program reads %q", format, Format)
		}
		return nil // the rest may mean something else in another version
	}
	p := &Protocol{
		Name: r.form(root, "name", nameForm, "lower-case letters, digits and hyphens"), Version: r.form(root, "version", versionForm, "such as 1.0 or 2026-11"),
		Title: r.words(root, "title", true), About: r.words(root, "about", false),
		Origin: r.text(root, "origin", true), Licence: r.text(root, "licence", true),
	}
	p.terms = r.terms
	p.Limits = r.limits(root.get("limits"))
	r.lang = &language{r.terms, map[string]int{}}
	for _, l := range p.Limits {
		r.lang.limits[l.Name] = l.Value
	}
	p.Rules = r.rules(root)
	return p
}

func (r *reader) limits(list *value) (limits []Limit) {
	for i, n := range r.list(list, "limits") {
		r.rule = fmt.Sprintf("limit %d", i+1)
		if !r.object(n, "limits", "name", "value", "help") {
			continue
		}
		l := Limit{Name: r.form(n, "name", limitForm, "lower-case letters, digits and _"), Value: r.number(n, "value", 0, 1_000_000), Help: r.text(n, "help", true)}
		if slices.ContainsFunc(limits, func(o Limit) bool { return o.Name == l.Name }) {
			r.fail(n.line, "name", "there is a limit %q already", l.Name)
		}
		limits = append(limits, l)
	}
	r.rule = ""
	return limits
}

func (r *reader) rules(root *value) (rules []*Rule) {
	list := root.get("rules")
	if list == nil || list.kind != '[' || len(list.items) == 0 {
		r.fail(root.line, "rules", "a list of at least one rule is wanted")
		return nil
	}
	if len(list.items) > MaxRules {
		r.fail(list.line, "rules", "there are %d; at most %d are read", len(list.items), MaxRules)
		return nil
	}
	first := map[string]int{}
	for i, n := range list.items {
		r.rule = fmt.Sprintf("rule %d", i+1)
		if id := n.get("id"); id != nil && id.kind == '"' && ruleForm.MatchString(id.text) {
			r.rule = id.text
			if at, twice := first[id.text]; twice {
				r.fail(id.line, "id", "another rule has this id, in line %d", at)
			}
			first[id.text] = id.line
		}
		rules = append(rules, r.readRule(n))
	}
	r.rule = ""
	return rules
}

func (r *reader) readRule(n *value) *Rule {
	if !r.object(n, "rules", "id", "topic", "phase", "text", "help", "check", "applies_to", "when", "require", "clock", "severity",
		"source", "section", "force", "basis", "core", "requirements", "passages") {
		return nil
	}
	rule := &Rule{
		ID:    r.form(n, "id", ruleForm, "letters, digits, points and hyphens, such as PLN-01"),
		Topic: oneOf(r, n, "topic", Topics), Phase: oneOf(r, n, "phase", Phases),
		Text: r.words(n, "text", true), Help: r.text(n, "help", false), Check: r.text(n, "check", false),
		AppliesTo: r.texts(n, "applies_to"), Severity: oneOf(r, n, "severity", []Severity{Must, Should}),
		Source: r.text(n, "source", true), Section: r.text(n, "section", false), Force: r.text(n, "force", false),
		Basis: oneOf(r, n, "basis", Bases), Core: r.flag(n, "core"),
		Requirements: r.texts(n, "requirements"), Passages: r.texts(n, "passages"),
		When: r.source(n, "when", false), Require: r.source(n, "require", true),
	}
	rule.Clock = r.clock(n.get("clock"))
	rule.when = r.compile(n, "when", rule.When)
	rule.require = r.compile(n, "require", rule.Require)
	if rule.require != nil && rule.Clock != nil && rule.Clock.Measure != "" && !r.failed("clock.measure") {
		// What is measured is part of what is required.
		rule.require = r.compile(n, "clock", fmt.Sprintf("(%s) && %s <= %d", rule.Require, rule.Clock.Measure, rule.Clock.Hours*60))
	}
	return rule
}

func (r *reader) clock(n *value) *Clock {
	if n == nil || !r.object(n, "clock", "hours", "from", "measure") {
		return nil
	}
	c := &Clock{Hours: r.number(n, "hours", 0, maxHours), From: r.text(n, "from", true), Measure: r.text(n, "measure", false)}
	r.term(n, "from", c.From, Time)
	if c.Measure != "" {
		r.term(n, "measure", c.Measure, Number)
	}
	return c
}

// term refuses a name that is not a fact of the type.
func (r *reader) term(n *value, field, name string, want Type) {
	switch t, ok := r.terms[name]; {
	case name == "":
	case !ok:
		r.fail(n.get(field).line, "clock."+field, "there is no fact %q%s", name, nearest(name, r.terms))
	case t.Type != want:
		r.fail(n.get(field).line, "clock."+field, "%s is a %s; a %s is wanted", name, t.Type, want)
	}
}

func (r *reader) compile(n *value, field, source string) *expression {
	if source == "" {
		return nil
	}
	e, err := r.lang.compile(source)
	if err != nil {
		r.fail(n.get(field).line, field, "%v", err)
		return nil
	}
	return e
}

// object reports whether n is an object with none but the named fields.
func (r *reader) object(n *value, what string, fields ...string) bool {
	if n.kind != '{' {
		r.fail(n.line, what, "an object {...} is wanted here")
		return false
	}
	for _, m := range n.members {
		if !slices.Contains(fields, m.name) {
			r.fail(m.value.line, m.name, "there is no such field; the fields are %s", strings.Join(fields, ", "))
		}
	}
	return true
}

func (r *reader) list(n *value, what string) []*value {
	if n == nil {
		return nil
	}
	if n.kind != '[' {
		r.fail(n.line, what, "a list [...] is wanted here")
		return nil
	}
	return n.items
}

func (r *reader) text(n *value, field string, needed bool) string {
	m := n.get(field)
	if m == nil {
		if needed {
			r.fail(n.line, field, "this is needed")
		}
		return ""
	}
	return r.line(m, field)
}

// line returns one line of text, and refuses what is none.
func (r *reader) line(m *value, field string) string {
	switch {
	case m.kind != '"':
		r.fail(m.line, field, "a text in quotes is wanted here")
	case strings.TrimSpace(m.text) == "":
		r.fail(m.line, field, "this is empty; leave the field out or fill it in")
	case utf8.RuneCountInString(m.text) > maxLine:
		r.fail(m.line, field, "this is longer than %d characters", maxLine)
	case strings.ContainsFunc(m.text, unprintable):
		r.fail(m.line, field, "this holds characters that do not print")
	default:
		return m.text
	}
	return ""
}

func unprintable(c rune) bool {
	return c < ' ' || c >= 0x7f && c < 0xa0 || c == '\u202d' || c == '\u202e' || c == utf8.RuneError
}

// source returns the text of an expression, which may be long.
func (r *reader) source(n *value, field string, needed bool) string {
	m := n.get(field)
	if m != nil && m.kind == '"' && len(m.text) > maxLine && len(m.text) <= maxExpression && !strings.ContainsFunc(m.text, unprintable) {
		return m.text
	}
	return r.text(n, field, needed)
}

func (r *reader) form(n *value, field string, form *regexp.Regexp, want string) string {
	s := r.text(n, field, true)
	if s != "" && !form.MatchString(s) {
		r.fail(n.get(field).line, field, "%q is wanted as %s", s, want)
	}
	return s
}

func (r *reader) texts(n *value, field string) (texts []string) {
	for _, item := range r.list(n.get(field), field) {
		texts = append(texts, r.line(item, field))
	}
	return texts
}

func (r *reader) words(n *value, field string, needed bool) Words {
	m := n.get(field)
	if m == nil {
		if needed {
			r.fail(n.line, field, "this is needed: {\"en\": \"...\"}")
		}
		return nil
	}
	if m.kind != '{' || len(m.members) == 0 {
		r.fail(m.line, field, "a text for each language is wanted: {\"en\": \"...\"}")
		return nil
	}
	words := Words{}
	for _, w := range m.members {
		if !langForm.MatchString(w.name) {
			r.fail(w.value.line, field, "%q is not a language tag such as en, ar or pt-BR", w.name)
		}
		words[w.name] = r.line(w.value, field)
	}
	return words
}

func (r *reader) number(n *value, field string, lowest, highest int) int {
	m := n.get(field)
	if m == nil {
		r.fail(n.line, field, "this is needed: a whole number")
		return 0
	}
	v, ok := m.whole()
	if !ok || v < lowest || v > highest {
		r.fail(m.line, field, "a whole number from %d to %d is wanted here", lowest, highest)
		return 0
	}
	return v
}

func (r *reader) flag(n *value, field string) bool {
	m := n.get(field)
	if m == nil {
		return false
	}
	if m.kind != 't' && m.kind != 'f' {
		r.fail(m.line, field, "true or false is wanted here")
	}
	return m.kind == 't'
}

func oneOf[T ~string](r *reader, n *value, field string, values []T) T {
	s := T(r.text(n, field, true))
	if s != "" && !slices.Contains(values, s) {
		r.fail(n.get(field).line, field, "%q is not one of %s", s, list(values))
	}
	return s
}

func list[T ~string](values []T) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

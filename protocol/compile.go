package protocol

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxExpression is how long a rule's expression may be, in bytes, and
// maxNesting how deep its brackets may go. The longest we wrote has 230 bytes
// and goes two deep.
const (
	maxExpression = 2000
	maxNesting    = 20
)

// A language compiles expressions over one vocabulary and one set of limits.
type language struct {
	terms  map[string]Term
	limits map[string]int
}

// compile returns the expression, or an error that says where, what is wrong
// and what is wanted, in the words of a protocol's authors.
func (l *language) compile(source string) (*expression, error) {
	if len(source) > maxExpression {
		return nil, fmt.Errorf("the expression is longer than %d characters", maxExpression)
	}
	p := &parser{language: l, tokens: scan(source)}
	root, err := p.or()
	if err == nil && p.peek().kind != tokenEnd {
		err = p.wrong("&&, || or the end of the rule is wanted")
	}
	if err == nil && root.kind().Type != Bool {
		err = fmt.Errorf("%s alone is neither true nor false; compare it, as in x == 0", root.kind().describe())
	}
	if err != nil {
		return nil, err
	}
	return &expression{root, p.names}, nil
}

const (
	tokenEnd byte = iota
	tokenName
	tokenNumber
	tokenText
	tokenSign
	tokenBad
)

type token struct {
	kind byte
	text string
	at   int // column, from 1
}

var signs = []string{"==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ","}

// scan cuts a source into tokens; the last is tokenEnd.
func scan(source string) (tokens []token) {
	for i := 0; i < len(source); {
		t := token{at: i + 1}
		rest := source[i:]
		sign := slices.IndexFunc(signs, func(s string) bool { return strings.HasPrefix(rest, s) })
		switch c := rest[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '\'' || c == '"':
			end := strings.IndexByte(rest[1:], c)
			if end < 0 || strings.ContainsAny(rest[1:end+1], "\\\n") {
				t.kind, t.text = tokenBad, rest
				break
			}
			t.kind, t.text = tokenText, rest[:end+2]
		case sign >= 0:
			t.kind, t.text = tokenSign, signs[sign]
		case c >= '0' && c <= '9' || c == '-':
			t.kind, t.text = tokenNumber, rest[:1+run(rest[1:], func(c byte) bool { return c >= '0' && c <= '9' || c == '.' })]
		case isWord(c):
			t.kind, t.text = tokenName, rest[:run(rest, func(c byte) bool { return isWord(c) || c == '.' || c >= '0' && c <= '9' })]
		default:
			t.kind, t.text = tokenBad, rest
		}
		tokens = append(tokens, t)
		if t.kind == tokenBad {
			break
		}
		i += len(t.text)
	}
	return append(tokens, token{kind: tokenEnd, at: len(source) + 1})
}

func isWord(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

// run returns how many bytes at the start of s fit.
func run(s string, fits func(byte) bool) int {
	n := 0
	for n < len(s) && fits(s[n]) {
		n++
	}
	return n
}

// A parser reads tokens by recursive descent and checks types as it goes.
type parser struct {
	*language
	tokens []token
	depth  int
	names  []string
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) take(texts ...string) (string, bool) {
	if t := p.peek(); t.kind != tokenEnd && t.kind != tokenText && slices.Contains(texts, t.text) {
		p.tokens = p.tokens[1:]
		return t.text, true
	}
	return "", false
}

func (p *parser) wrong(want string) error {
	t := p.peek()
	if t.kind == tokenEnd {
		return fmt.Errorf("column %d: the expression ends here; %s", t.at, want)
	}
	got := t.text
	if got[0] == '=' {
		want = "to compare, write =="
	}
	if r := []rune(got); len(r) > 20 {
		got = string(r[:20]) + "…"
	}
	return fmt.Errorf("column %d: %q is not understood here; %s", t.at, got, want)
}

func (p *parser) or() (node, error) { return p.joined("||", true, p.and) }

func (p *parser) and() (node, error) { return p.joined("&&", false, p.relation) }

// joined reads parts with one sign between them.
func (p *parser) joined(sign string, decisive bool, part func() (node, error)) (node, error) {
	left, err := part()
	for err == nil {
		if _, ok := p.take(sign); !ok {
			return left, nil
		}
		var right node
		if right, err = part(); err != nil {
			break
		}
		for _, side := range []node{left, right} {
			if side.kind().Type != Bool {
				return nil, fmt.Errorf("%s stands beside %s, where something true or false is wanted; compare it, as in x == 0", side.kind().describe(), sign)
			}
		}
		left = both{left, right, decisive}
	}
	return nil, err
}

func (p *parser) relation() (node, error) {
	left, err := p.unary()
	if err != nil {
		return nil, err
	}
	if _, ok := p.take("in"); ok {
		return p.membership(left)
	}
	op, ok := p.take("==", "!=", "<=", ">=", "<", ">")
	if !ok {
		return left, nil
	}
	right, err := p.unary()
	if err != nil {
		return nil, err
	}
	if err := comparable(left.kind(), right.kind()); err != nil {
		return nil, err
	}
	if op != "==" && op != "!=" && left.kind().Type != Number {
		return nil, fmt.Errorf("%s cannot be larger or smaller than anything", left.kind().describe())
	}
	return comparison{op, left, right}, nil
}

func (p *parser) membership(left node) (node, error) {
	one, ok := left.(operand)
	if _, open := p.take("["); !open || !ok {
		return nil, p.wrong("after \"in\" comes a list, as in x in ['a', 'b']")
	}
	m := membership{one: one}
	for {
		item, err := p.unary()
		if err != nil {
			return nil, err
		}
		value, ok := item.(operand)
		if !ok || value.term.Name != "" {
			return nil, fmt.Errorf("a list after \"in\" holds numbers and texts only")
		}
		if err := comparable(one.term, value.term); err != nil {
			return nil, err
		}
		m.list = append(m.list, value)
		if _, more := p.take(","); more {
			continue
		}
		if _, end := p.take("]"); !end {
			return nil, p.wrong(", or ] is wanted")
		}
		if one.term.Type == Bool {
			return nil, fmt.Errorf("%s is true or false; it needs no list", one.term.describe())
		}
		return m, nil
	}
}

func (p *parser) unary() (node, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, fmt.Errorf("the brackets go deeper than %d", maxNesting)
	}
	defer func() { p.depth-- }()
	if _, ok := p.take("!"); ok {
		inner, err := p.unary()
		if err == nil && inner.kind().Type != Bool {
			err = fmt.Errorf("%s stands after !, where something true or false is wanted", inner.kind().describe())
		}
		return not{inner}, err
	}
	if _, ok := p.take("("); ok {
		inner, err := p.or()
		if err != nil {
			return nil, err
		}
		if _, ok := p.take(")"); !ok {
			return nil, p.wrong("a ) is wanted")
		}
		return inner, nil
	}
	return p.operand()
}

func (p *parser) operand() (node, error) {
	t := p.peek()
	switch t.kind {
	case tokenText:
		p.tokens = p.tokens[1:]
		word := t.text[1 : len(t.text)-1]
		return operand{Term{Type: Text, Values: []string{word}}, word}, nil
	case tokenNumber:
		n, err := strconv.Atoi(t.text)
		if err != nil {
			return nil, p.wrong("numbers are whole")
		}
		p.tokens = p.tokens[1:]
		return operand{Term{Type: Number}, n}, nil
	case tokenName:
		return p.name(t)
	}
	return nil, p.wrong("a fact, a number or a text is wanted")
}

func (p *parser) name(t token) (node, error) {
	if t.text == "true" || t.text == "false" {
		p.tokens = p.tokens[1:]
		return operand{Term{Type: Bool}, t.text == "true"}, nil
	}
	if name, ok := strings.CutPrefix(t.text, limitPrefix); ok {
		n, known := p.limits[name]
		if !known {
			return nil, fmt.Errorf("column %d: there is no limit %q%s", t.at, name, nearest(name, p.limits))
		}
		p.tokens = p.tokens[1:]
		return operand{Term{Type: Number, Name: t.text}, n}, nil
	}
	term, ok := p.terms[t.text]
	switch {
	case !ok && len(p.tokens) > 1 && p.tokens[1].text == "(":
		return nil, p.wrong("rules have no functions")
	case !ok:
		return nil, fmt.Errorf("column %d: there is no fact %q%s", t.at, t.text, nearest(t.text, p.terms))
	case term.Type == Time:
		return nil, fmt.Errorf("%s is a time; only a clock can use it", term.Name)
	}
	p.tokens = p.tokens[1:]
	if !slices.Contains(p.names, term.Name) {
		p.names = append(p.names, term.Name)
	}
	return operand{term: term}, nil
}

// comparable refuses to compare two types, or a text with a word that it can
// never be: step.rights_told == "yes" would be false for ever, unnoticed.
func comparable(a, b Term) error {
	if a.Type != b.Type {
		return fmt.Errorf("%s is compared with %s", a.describe(), b.describe())
	}
	for _, pair := range [][2]Term{{a, b}, {b, a}} {
		fact, word := pair[0], pair[1]
		if fact.Type == Text && fact.Name != "" && word.Name == "" && len(fact.Values) > 0 && !slices.Contains(fact.Values, word.Values[0]) {
			return fmt.Errorf("%s is never %q; it is one of %s", fact.Name, word.Values[0], strings.Join(fact.Values, ", "))
		}
	}
	return nil
}

// describe names a term for a message.
func (t Term) describe() string {
	switch {
	case t.Name != "" && len(t.Values) > 0:
		return fmt.Sprintf("%s (%s: %s)", t.Name, t.Type, strings.Join(t.Values, ", "))
	case t.Name != "":
		return fmt.Sprintf("%s (%s)", t.Name, t.Type)
	case t.Type == Text:
		return fmt.Sprintf("the text %q", t.Values[0])
	}
	return "a " + string(t.Type)
}

// nearest suggests the name that was meant, when one is close.
func nearest[V any](name string, known map[string]V) string {
	best, distance := "", len(name)/3+1
	for _, other := range sorted(known) {
		if len(name) < 100 && editDistance(name, other) < distance {
			best, distance = other, editDistance(name, other)
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance is Levenshtein's: how many letters to put in, leave out or
// change.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

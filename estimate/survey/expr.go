package survey

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/estimate"
)

// An expression picks rows: comparisons of a column with a value, joined by
// and, or, not (or &&, ||, !) and parentheses.
//
//	age < 18 and venue != 'street'
//
// The text after a comparison is a value, never a column; quotes are needed
// only around values with spaces or signs, backquotes around such columns.
// A row where a column is missing is neither in nor out: it is unknown.
type expression interface {
	columns(into []string) []string
	eval(t *estimate.Table) ([]truth, error)
}

type truth int8

const (
	no truth = iota
	yes
	unknown
)

type comparison struct {
	column, op, value string
	option            string // it was given in, for errors
}

type junction struct {
	and  bool
	a, b expression
}

type negation struct{ a expression }

func (c comparison) columns(into []string) []string { return append(into, c.column) }
func (j junction) columns(into []string) []string   { return j.b.columns(j.a.columns(into)) }
func (n negation) columns(into []string) []string   { return n.a.columns(into) }

func (c comparison) eval(t *estimate.Table) ([]truth, error) {
	out := make([]truth, t.Rows())
	number, isNumber := literal(c.value)
	if c.op != "==" && c.op != "!=" {
		if !isNumber {
			return nil, option(c.option, fmt.Sprintf("%s %s %s compares with a word", c.column, c.op, c.value), "a number after "+c.op)
		}
		v, err := t.Numbers(c.column)
		if err != nil {
			return nil, err
		}
		for i, x := range v {
			switch {
			case x != x:
				out[i] = unknown
			case c.op == "<" && x < number, c.op == "<=" && x <= number, c.op == ">" && x > number, c.op == ">=" && x >= number:
				out[i] = yes
			}
		}
		return out, nil
	}
	codes, values, err := t.Levels(c.column)
	if err != nil {
		return nil, err
	}
	answer := make([]truth, len(values))
	for k, v := range values {
		equal := v == c.value
		if x, ok := literal(v); ok && isNumber {
			equal = x == number // 1 and 1.0 are one value
		}
		if equal == (c.op == "==") {
			answer[k] = yes
		}
	}
	for i, k := range codes {
		out[i] = unknown
		if k >= 0 {
			out[i] = answer[k]
		}
	}
	return out, nil
}

func (j junction) eval(t *estimate.Table) ([]truth, error) {
	a, err := j.a.eval(t)
	if err != nil {
		return nil, err
	}
	b, err := j.b.eval(t)
	if err != nil {
		return nil, err
	}
	sure := no // one side alone settles it
	if !j.and {
		sure = yes
	}
	for i := range a {
		switch {
		case a[i] == sure || b[i] == sure:
			a[i] = sure
		case a[i] == unknown || b[i] == unknown:
			a[i] = unknown
		default:
			a[i] = yes - sure
		}
	}
	return a, nil
}

func (n negation) eval(t *estimate.Table) ([]truth, error) {
	a, err := n.a.eval(t)
	for i, x := range a {
		if x != unknown {
			a[i] = yes - x
		}
	}
	return a, err
}

// literal reads a decimal number.
func literal(s string) (float64, bool) {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && r != '+' && r != '-' && r != '.' && r != 'e' && r != 'E'
	}) {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil
}

type token struct {
	kind byte // 'w' word, 'q' quoted value, 'c' quoted column, 'o' operator, 0 end
	text string
}

type parser struct {
	option string
	tokens []token
	depth  int
}

// parseExpression reads an expression given in the named option.
func parseExpression(name, text string) (expression, error) {
	tokens, err := scan(name, text)
	if err != nil {
		return nil, err
	}
	p := &parser{option: name, tokens: tokens}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != 0 {
		return nil, p.unexpected(t)
	}
	return e, nil
}

// Equal writes the comparison of a column with one of its values. A name that
// holds a backquote, or a value with both kinds of quotes, has none.
func Equal(column, value string) string {
	apart := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(signs+`'"`+"`", r) }
	if strings.ContainsFunc(column, apart) || slices.Contains([]string{"not", "and", "or"}, strings.ToLower(column)) {
		column = "`" + column + "`"
	}
	switch {
	case value != "" && !strings.ContainsFunc(value, apart):
	case strings.Contains(value, "'"):
		value = `"` + value + `"`
	default:
		value = "'" + value + "'"
	}
	return column + "==" + value
}

// isExpression reports whether text is more than the name of a column.
func isExpression(text string) bool { return strings.ContainsAny(text, "=<>!") }

const signs = "()<>=!&|"

func scan(name, text string) ([]token, error) {
	var out []token
	if len(text) > 1<<16 {
		return nil, option(name, "the expression is longer than 65536 bytes", "a shorter one")
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case unicode.IsSpace(r):
			text = text[size:]
		case r == '\'' || r == '"' || r == '`':
			end := strings.IndexRune(text[size:], r)
			if end < 0 {
				return nil, option(name, "a quote is opened and never closed", "a closing quote")
			}
			kind := byte('q')
			if r == '`' {
				kind = 'c'
			}
			out = append(out, token{kind, text[size : size+end]})
			text = text[size+end+size:]
		case strings.ContainsRune(signs, r):
			op := text[:1]
			for _, two := range []string{"==", "!=", "<=", ">=", "&&", "||"} {
				if strings.HasPrefix(text, two) {
					op = two
				}
			}
			text = text[len(op):]
			out = append(out, token{'o', op})
		default:
			end := strings.IndexFunc(text, func(r rune) bool {
				return unicode.IsSpace(r) || strings.ContainsRune(signs, r) || r == '\'' || r == '"' || r == '`'
			})
			if end < 0 {
				end = len(text)
			}
			out = append(out, token{'w', text[:end]})
			text = text[end:]
		}
	}
	return out, nil
}

func (p *parser) peek() token {
	if len(p.tokens) == 0 {
		return token{}
	}
	return p.tokens[0]
}

func (p *parser) next() token {
	t := p.peek()
	if len(p.tokens) > 0 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) took(operator, word string) bool {
	t := p.peek()
	if t.kind == 'o' && t.text == operator || t.kind == 'w' && strings.EqualFold(t.text, word) && word != "" {
		p.next()
		return true
	}
	return false
}

func (p *parser) unexpected(t token) error {
	if t.kind == 0 {
		return option(p.option, "the expression ends too early", "COLUMN, a comparison and a value, as in age<18")
	}
	return option(p.option, fmt.Sprintf("%q is not expected there", t.text), "comparisons such as age<18, joined by and, or, not")
}

func (p *parser) or() (expression, error) {
	a, err := p.and()
	for err == nil && p.took("||", "or") {
		var b expression
		if b, err = p.and(); err == nil {
			a = junction{false, a, b}
		}
	}
	return a, err
}

func (p *parser) and() (expression, error) {
	a, err := p.unit()
	for err == nil && p.took("&&", "and") {
		var b expression
		if b, err = p.unit(); err == nil {
			a = junction{true, a, b}
		}
	}
	return a, err
}

func (p *parser) unit() (expression, error) {
	if p.depth++; p.depth > 100 {
		return nil, option(p.option, "the expression is nested too deeply", "fewer parentheses")
	}
	defer func() { p.depth-- }()
	if p.took("!", "not") {
		a, err := p.unit()
		return negation{a}, err
	}
	if p.took("(", "") {
		a, err := p.or()
		if err == nil && !p.took(")", "") {
			err = p.unexpected(p.peek())
		}
		return a, err
	}
	column := p.next()
	if column.kind != 'w' && column.kind != 'c' {
		return nil, p.unexpected(column)
	}
	op := p.next()
	if op.text == "=" {
		op.text = "=="
	}
	if op.kind != 'o' || !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, op.text) {
		return nil, p.unexpected(op)
	}
	value := p.next()
	if value.kind != 'w' && value.kind != 'q' {
		return nil, p.unexpected(value)
	}
	return comparison{column.text, op.text, value.text, p.option}, nil
}

package protocol

import (
	"slices"
	"time"
)

// An expression is a compiled condition or requirement:
//
//	or    = and { "||" and }
//	and   = rel { "&&" rel }
//	rel   = unary [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) unary | "in" "[" literal { "," literal } "]" ]
//	unary = "!" unary | "(" or ")" | name | literal
//
// Names are facts, or limits as limit.NAME. Literals are whole numbers, texts
// in ' or ", true and false. Each expression is also one of CEL, the Common
// Expression Language, and means the same there when its facts are exact.
type expression struct {
	root  node
	names []string // of the facts it reads, in order of mention, limits left out
}

// A truth is true, false, or not known; with the evidence of the facts that
// decided it, and the facts that could still decide it.
type truth struct {
	value, known      bool
	evidence, missing []string
}

func (t truth) is(v bool) bool { return t.known && t.value == v }

func (t truth) result() Result {
	switch {
	case !t.known:
		return Unknown
	case t.value:
		return Kept
	}
	return Broken
}

// A node is a part of an expression. Kind is its type; a node of type Bool has
// a truth, the others a value.
type node interface {
	kind() Term
	truth(*reading) truth
}

// both is && when decisive is false, and || when it is true: one side that is
// decisive settles it, whatever the other is.
type both struct {
	left, right node
	decisive    bool
}

func (b both) kind() Term { return Term{Type: Bool} }

func (b both) truth(k *reading) truth {
	l := b.left.truth(k)
	if l.is(b.decisive) {
		return l
	}
	r := b.right.truth(k)
	if r.is(b.decisive) {
		return r
	}
	out := truth{value: !b.decisive, known: l.known && r.known, evidence: union(l.evidence, r.evidence)}
	if !out.known {
		out.missing = union(l.missing, r.missing)
	}
	return out
}

type not struct{ node }

func (n not) truth(k *reading) truth {
	t := n.node.truth(k)
	t.value = !t.value
	return t
}

// An operand is a fact, a limit or a literal.
type operand struct {
	term  Term
	value any // of a literal or a limit
}

func (o operand) kind() Term { return o.term }

func (o operand) truth(k *reading) truth {
	f, ok := o.read(k)
	if !ok {
		return truth{missing: []string{o.term.Name}}
	}
	v, _ := f.Value.(bool)
	return truth{value: v, known: true, evidence: f.Evidence}
}

func (o operand) read(k *reading) (Fact, bool) {
	if o.value != nil {
		return Fact{Value: o.value}, true
	}
	f, ok := k.facts[o.term.Name]
	return f, ok
}

// A comparison compares two operands of one type.
type comparison struct {
	op          string
	left, right node
}

func (c comparison) kind() Term { return Term{Type: Bool} }

func (c comparison) truth(k *reading) truth {
	if c.left.kind().Type == Bool {
		return c.truths(k)
	}
	l, lok := c.left.(operand).read(k)
	r, rok := c.right.(operand).read(k)
	out := truth{}
	if lok && rok {
		out.value, out.known = compare(l.Value, c.op, r.Value)
	}
	if out.known {
		out.evidence = union(l.Evidence, r.Evidence)
		return out
	}
	for _, side := range []struct {
		fact Fact
		of   node
	}{{l, c.left}, {r, c.right}} {
		if n := side.of.(operand).term.Name; n != "" && !exact(side.fact.Value) && !slices.Contains(out.missing, n) {
			out.missing = append(out.missing, n)
		}
	}
	return out
}

func (c comparison) truths(k *reading) truth {
	l, r := c.left.truth(k), c.right.truth(k)
	out := truth{value: (l.value == r.value) == (c.op == "=="), known: l.known && r.known, evidence: union(l.evidence, r.evidence)}
	if !out.known {
		out.missing = union(l.missing, r.missing)
	}
	return out
}

// compare compares two texts or two numbers, and reports whether it can: of
// numbers known within bounds, only what holds for every number in them.
func compare(l any, op string, r any) (value, known bool) {
	if s, ok := l.(string); ok {
		return (s == r) == (op == "=="), true
	}
	a, b := rangeOf(l), rangeOf(r)
	switch op {
	case "<":
		return less(a, b)
	case ">":
		return less(b, a)
	case "<=":
		value, known = less(b, a)
		return !value, known
	case ">=":
		value, known = less(a, b)
		return !value, known
	}
	equal := exact(a) && exact(b) && a.Min == b.Min
	apart := !a.Open && a.Max < b.Min || !b.Open && b.Max < a.Min
	return equal == (op == "=="), equal || apart
}

// less reports whether every a is below every b, and whether either that or
// its opposite is certain.
func less(a, b Range) (value, known bool) {
	switch {
	case !a.Open && a.Max < b.Min:
		return true, true
	case !b.Open && a.Min >= b.Max:
		return false, true
	}
	return false, false
}

func rangeOf(v any) Range {
	if n, ok := v.(int); ok {
		return Range{Min: n, Max: n}
	}
	r, _ := v.(Range)
	return r
}

// exact reports whether a value leaves nothing open.
func exact(v any) bool {
	r, isRange := v.(Range)
	return v != nil && (!isRange || !r.Open && r.Min == r.Max)
}

// A membership is "fact in [values]": one of several equalities.
type membership struct {
	one  operand
	list []operand
}

func (m membership) kind() Term { return Term{Type: Bool} }

func (m membership) truth(k *reading) truth {
	var out node = comparison{"==", m.one, m.list[0]}
	for _, item := range m.list[1:] {
		out = both{out, comparison{"==", m.one, item}, true}
	}
	return out.truth(k)
}

// A reading is what one rule is held against.
type reading struct {
	facts map[string]Fact
}

func (k *reading) time(name string) (time.Time, bool) {
	t, ok := k.facts[name].Value.(time.Time)
	return t, ok
}

func (e *expression) facts() []string {
	if e == nil {
		return nil
	}
	return e.names
}

// union returns the members of a and then those of b that a lacks. It does not
// write to either.
func union(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	out := a[:len(a):len(a)]
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

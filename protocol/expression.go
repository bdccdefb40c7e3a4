package protocol

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// maxExpression is how long a rule's expression may be, in bytes. The longest
// we wrote has 230.
const maxExpression = 2000

// A language compiles expressions over one vocabulary and one set of limits.
type language struct {
	env   *cel.Env
	terms map[string]Term
}

// celTypes are the types of facts that expressions may use.
var celTypes = map[Type]*cel.Type{Bool: cel.BoolType, Number: cel.IntType, Text: cel.StringType}

// newLanguage declares every term as one variable with a dotted name. It
// declares the six comparisons, in, &&, || and !, and nothing else: no
// arithmetic, no functions, no loops, so that every expression ends at once.
func newLanguage(terms map[string]Term) (*language, error) {
	allowed := env.NewLibrarySubset().SetDisableMacros(true)
	for _, op := range []string{operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Equals, operators.NotEquals,
		operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, operators.In} {
		allowed.AddIncludedFunctions(&env.Function{Name: op})
	}
	options := []cel.EnvOption{cel.StdLib(cel.StdLibSubset(allowed)), cel.ClearMacros(), cel.ParserRecursionLimit(50), cel.ExpressionNodeLimit(500)}
	for _, name := range sorted(terms) {
		if t, ok := celTypes[terms[name].Type]; ok {
			options = append(options, cel.Variable(name, t))
		}
	}
	e, err := cel.NewCustomEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	return &language{e, terms}, nil
}

// An expression is a compiled condition or requirement.
type expression struct {
	program  cel.Program
	names    []string // of the facts it reads, limits left out
	patterns []*cel.AttributePatternType
}

// compile returns the expression, or an error that says what is wrong in the
// words of the protocol's authors.
func (l *language) compile(source string) (*expression, error) {
	if len(source) > maxExpression {
		return nil, fmt.Errorf("the expression is longer than %d characters", maxExpression)
	}
	parsed, issues := l.env.Parse(source)
	if issues.Err() != nil {
		return nil, celError(issues)
	}
	found := &expression{}
	kind, err := l.typeOf(parsed.NativeRep().Expr(), found)
	if err != nil {
		return nil, err
	}
	if kind.Type != Bool {
		return nil, fmt.Errorf("this is a %s, and a condition that is true or false is wanted", kind.Type)
	}
	checked, issues := l.env.Check(parsed)
	if issues.Err() != nil {
		return nil, celError(issues)
	}
	found.program, err = l.env.Program(checked, cel.EvalOptions(cel.OptPartialEval))
	return found, err
}

func celError(issues *cel.Issues) error {
	e := issues.Errors()[0]
	return fmt.Errorf("column %d: %s", e.Location.Column()+1, strings.TrimPrefix(e.Message, "Syntax error: "))
}

// typeOf walks an expression before CEL does, for the sake of its messages:
// it finds names that are not facts and says which was meant, words that are
// not among the values of a text, and types that do not go together. The term
// it returns is the fact itself, or a nameless term of the type.
func (l *language) typeOf(e ast.Expr, found *expression) (Term, error) {
	switch e.Kind() {
	case ast.LiteralKind:
		return literal(e)
	case ast.IdentKind, ast.SelectKind:
		return l.named(e, found)
	case ast.CallKind:
		return l.call(e.AsCall(), found)
	}
	return Term{}, fmt.Errorf("rules use facts, limits, numbers, texts, true, false, the comparisons == != < <= > >=, in [...], and && || ! only")
}

func literal(e ast.Expr) (Term, error) {
	switch v := e.AsLiteral().(type) {
	case types.Bool:
		return Term{Type: Bool}, nil
	case types.Int:
		return Term{Type: Number}, nil
	case types.String:
		return Term{Type: Text, Values: []string{string(v)}}, nil
	default:
		return Term{}, fmt.Errorf("%v is not a whole number, a text, true or false", v)
	}
}

func (l *language) named(e ast.Expr, found *expression) (Term, error) {
	name, ok := dotted(e)
	if !ok {
		return Term{}, fmt.Errorf("a name was expected, such as step.rights_told")
	}
	term, ok := l.terms[name]
	switch {
	case !ok:
		return term, fmt.Errorf("there is no fact %q%s", name, l.nearest(name))
	case term.Type == Time:
		return term, fmt.Errorf("%s is a time; only a clock can use it", name)
	case !strings.HasPrefix(name, limitPrefix) && !slices.Contains(found.names, name):
		found.names = append(found.names, name)
		found.patterns = append(found.patterns, cel.AttributePattern(name))
	}
	return term, nil
}

// dotted returns the name that a chain of selections spells.
func dotted(e ast.Expr) (string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent(), true
	case ast.SelectKind:
		name, ok := dotted(e.AsSelect().Operand())
		return name + "." + e.AsSelect().FieldName(), ok
	}
	return "", false
}

func (l *language) call(c ast.CallExpr, found *expression) (Term, error) {
	op := c.FunctionName()
	if op == operators.In && len(c.Args()) == 2 && c.Args()[1].Kind() == ast.ListKind {
		return l.membership(c.Args()[0], c.Args()[1].AsList(), found)
	}
	args := make([]Term, len(c.Args()))
	for i, arg := range c.Args() {
		var err error
		if args[i], err = l.typeOf(arg, found); err != nil {
			return Term{}, err
		}
	}
	switch op {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
		for _, a := range args {
			if a.Type != Bool {
				return Term{}, fmt.Errorf("%s stands where something true or false is wanted; compare it with a %s", a.describe(), a.Type)
			}
		}
	case operators.Equals, operators.NotEquals:
		if err := comparable(args[0], args[1]); err != nil {
			return Term{}, err
		}
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		for _, a := range args {
			if a.Type != Number {
				return Term{}, fmt.Errorf("%s cannot be larger or smaller than anything", a.describe())
			}
		}
	default:
		name, ok := operators.FindReverse(op)
		if !ok || name == "" {
			name = op
		}
		return Term{}, fmt.Errorf("rules cannot use %q; they use the comparisons == != < <= > >=, in [...], and && || ! only", name)
	}
	return Term{Type: Bool}, nil
}

func (l *language) membership(e ast.Expr, list ast.ListExpr, found *expression) (Term, error) {
	one, err := l.typeOf(e, found)
	if err != nil {
		return Term{}, err
	}
	if list.Size() == 0 {
		return Term{}, fmt.Errorf("in [] is never true; name at least one value")
	}
	for _, item := range list.Elements() {
		if item.Kind() != ast.LiteralKind {
			return Term{}, fmt.Errorf("a list after in holds numbers or texts only")
		}
		value, err := literal(item)
		if err != nil {
			return Term{}, err
		}
		if err := comparable(one, value); err != nil {
			return Term{}, err
		}
	}
	return Term{Type: Bool}, nil
}

// comparable refuses to compare two types, or a text with a word that it can
// never be: step.rights_told == "yes" would be false for ever, unnoticed.
func comparable(a, b Term) error {
	if a.Type != b.Type {
		return fmt.Errorf("%s is compared with %s", a.describe(), b.describe())
	}
	for _, pair := range [][2]Term{{a, b}, {b, a}} {
		fact, word := pair[0], pair[1]
		if fact.Name == "" || word.Name != "" || len(fact.Values) == 0 || fact.Type != Text {
			continue
		}
		if !slices.Contains(fact.Values, word.Values[0]) {
			return fmt.Errorf("%s is never %q; it is one of %s", fact.Name, word.Values[0], strings.Join(fact.Values, ", "))
		}
	}
	return nil
}

// describe names a term for a message: "attendance.lawyer.present, a bool,".
func (t Term) describe() string {
	switch {
	case t.Name != "" && len(t.Values) > 0:
		return fmt.Sprintf("%s (%s: %s)", t.Name, t.Type, strings.Join(t.Values, ", "))
	case t.Name != "":
		return fmt.Sprintf("%s (%s)", t.Name, t.Type)
	}
	return string(t.Type)
}

// nearest suggests the fact that was meant, when one is close.
func (l *language) nearest(name string) string {
	best, distance := "", len(name)/3+1
	for _, known := range sorted(l.terms) {
		if d := env.EditDistance(name, known); d < distance {
			best, distance = known, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

func (e *expression) facts() []string {
	if e == nil {
		return nil
	}
	return e.names
}

// A truth is true, false, or not known, with the facts that would tell.
type truth struct {
	value, known bool
	missing      []string
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

// eval evaluates the expression with the facts that are known; the absent ones
// are declared to CEL as attributes without a value.
func (e *expression) eval(known *reading) truth {
	var absent []*cel.AttributePatternType
	for i, name := range e.names {
		if _, ok := known.facts[name]; !ok {
			absent = append(absent, e.patterns[i])
		}
	}
	vars, err := cel.PartialVars(known, absent...)
	if err != nil {
		panic("protocol: " + err.Error()) // a reading is always an activation
	}
	out, _, err := e.program.Eval(vars)
	if unknown, ok := out.(*types.Unknown); ok {
		return truth{missing: e.trails(unknown)}
	}
	value, ok := out.(types.Bool)
	if err != nil || !ok {
		panic(fmt.Sprintf("protocol: a checked expression gave %v, %v", out, err))
	}
	return truth{value: bool(value), known: true}
}

// trails returns the names of the facts behind an unknown, in the order of the
// expression.
func (e *expression) trails(unknown *types.Unknown) []string {
	var names []string
	for _, id := range unknown.IDs() {
		attributes, _ := unknown.GetAttributeTrails(id)
		for _, a := range attributes {
			names = append(names, a.Variable())
		}
	}
	return slices.DeleteFunc(slices.Clone(e.names), func(name string) bool { return !slices.Contains(names, name) })
}

// A reading is the facts as one rule reads them. CEL asks it for names, and it
// remembers the evidence of each fact it was asked for: a rule that was decided
// early does not cite what it did not need.
type reading struct {
	facts    map[string]Fact
	limits   []Limit
	evidence []string
}

// ResolveName implements CEL's activation.
func (k *reading) ResolveName(name string) (any, bool) {
	if short, ok := strings.CutPrefix(name, limitPrefix); ok {
		for _, l := range k.limits {
			if l.Name == short {
				return l.Value, true
			}
		}
	}
	f, ok := k.facts[name]
	if !ok {
		return nil, false
	}
	k.cite(f)
	return f.Value, true
}

// Parent implements CEL's activation.
func (k *reading) Parent() cel.Activation { return nil }

func (k *reading) time(name string) (time.Time, bool) {
	f, ok := k.facts[name]
	t, isTime := f.Value.(time.Time)
	return t, ok && isTime
}

func (k *reading) cite(f Fact) {
	k.evidence = union(k.evidence, f.Evidence)
}

// union adds to a the members of b that it lacks.
func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

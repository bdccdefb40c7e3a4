package web

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/locale"
	"plumbline/internal/measure"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// A usage is one place that asks the catalogue for a text: by its key, or by a
// pattern such as "kind_of_entry.*".
type usage struct {
	key   string
	where string
	pairs []string // the names of the blanks it fills; nil when that cannot be read
}

// TestCatalogue reads what the templates and the Go sources ask for, and holds
// it against the catalogue: every text that is asked for exists, with no blank
// left open, and no text is there that nobody asks for.
func TestCatalogue(t *testing.T) {
	english := readCatalogue(t, "en")
	asked := map[string]string{} // by key: where
	ask := func(where string, keys ...string) {
		for _, key := range keys {
			asked[key] = where
		}
	}
	for _, u := range slices.Concat(templateUsages(t), sourceUsages(t, english)) {
		if strings.HasPrefix(u.key, "contradiction.") {
			continue // comes from data
		}
		if !strings.Contains(u.key, "*") {
			ask(u.where, u.key)
			checkBlanks(t, u, english[u.key])
			continue
		}
		keys, ok := expand(u.key)
		if !ok {
			t.Errorf("%s asks for %s; say in this test what that can be", u.where, u.key)
		}
		ask(u.where+" ("+u.key+")", keys...)
		for _, key := range keys {
			checkBlanks(t, usage{key, u.where, u.pairs}, english[key])
		}
	}
	for _, name := range wordKeys() {
		ask("a word of a list", name)
	}
	for _, term := range plumbline.Vocabulary() {
		ask("a fact", "fact."+term.Name)
	}
	for _, need := range figures(func(d *plumbline.Definition) []string { return d.Needs }) {
		if strings.HasPrefix(need, "need.") {
			ask("a figure", need)
		}
	}
	for key := range plumbline.ProblemTexts {
		ask("ProblemTexts", key)
	}
	fields, hints := fieldKeys(english)
	ask("a field", fields...)
	for _, l := range locale.Languages {
		for _, key := range slices.Sorted(maps.Keys(asked)) {
			if !l.Has(key) {
				t.Errorf("%s.json lacks %q, which %s asks for", l.Tag, key, asked[key])
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(english)) {
		if _, ok := asked[key]; !ok && !slices.Contains(hints, key) {
			t.Errorf("nobody asks for %s", key)
		}
	}
}

// The English of a problem is written twice, for pages and for the command
// line, and is the same.
func TestProblemTexts(t *testing.T) {
	english := readCatalogue(t, "en")
	for key, want := range plumbline.ProblemTexts {
		if got := english[key][""]; got != want {
			t.Errorf("%s is %q in the catalogue and %q in ProblemTexts", key, got, want)
		}
	}
}

var blankName = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

func checkBlanks(t *testing.T, u usage, forms map[string]string) {
	t.Helper()
	if u.pairs == nil || forms == nil {
		return
	}
	_, plain := forms[""]
	if n := slices.Contains(u.pairs, "N"); n == plain {
		t.Errorf("%s asks for %s with the blanks %q, and N chooses a plural: the catalogue has %q", u.where, u.key, u.pairs, slices.Sorted(maps.Keys(forms)))
	}
	for _, text := range forms {
		for _, m := range blankName.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(u.pairs, m[1]) {
				t.Errorf("%s asks for %s and does not fill %s of %q", u.where, u.key, m[1], text)
			}
		}
	}
}

func readCatalogue(t *testing.T, tag string) map[string]map[string]string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "locale", tag+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(file, &raw); err != nil {
		t.Fatal(err)
	}
	catalogue := map[string]map[string]string{}
	for key, value := range raw {
		forms := map[string]string{}
		switch value := value.(type) {
		case string:
			forms[""] = value
		case map[string]any:
			for form, text := range value {
				forms[form] = fmt.Sprint(text)
			}
		}
		catalogue[key] = forms
	}
	return catalogue
}

// expand returns the keys that a pattern stands for.
func expand(pattern string) (keys []string, ok bool) {
	values, ok := patterns()[pattern]
	for _, v := range values {
		keys = append(keys, strings.Replace(pattern, "*", v, 1))
	}
	return keys, ok
}

func patterns() map[string][]string {
	var operationKinds, shown []string
	for _, k := range plumbline.Kinds(plumbline.KindOperation) {
		switch k {
		case plumbline.KindOperation:
		case plumbline.KindPresence, plumbline.KindDecision, plumbline.KindMovement, plumbline.KindAccount, plumbline.KindNote, "label", "initiator":
			operationKinds = append(operationKinds, string(k))
		default:
			operationKinds, shown = append(operationKinds, string(k)), append(shown, string(k))
		}
	}
	checkpoints := []string{"now"}
	for _, c := range plumbline.Checkpoints {
		checkpoints = append(checkpoints, c.Name)
	}
	forms := plumbline.StudyForm("").Values()[1:]
	results := []string{string(protocol.Kept), string(protocol.Broken), string(protocol.Unknown), string(protocol.NotApplicable)}
	return map[string][]string{
		"kind_of_entry.*":     texts(allKinds()),
		"kind_help.*":         operationKinds,
		"section.*":           slices.Concat(shown, texts(plumbline.Kinds(plumbline.KindUnit)), texts(plumbline.Kinds(plumbline.KindProgramme)[1:]), texts(plumbline.Kinds(plumbline.KindArea)[1:])),
		"checkpoint.*":        checkpoints,
		"field.criteria.*":    fieldNames(reflect.TypeFor[plumbline.Criteria]()),
		"origin.*":            plumbline.Origin("").Values(),
		"matter_kind.*":       plumbline.MatterKind("").Values(),
		"advocate.*":          plumbline.Advocate("").Values()[1:],
		"role_help.*":         plumbline.Role("").Values(),
		"deed.*":              texts(plumbline.Deeds()),
		"bond.*":              texts(plumbline.Bonds()),
		"why.*":               texts(plumbline.Deeds()),
		"problem.refused_*":   texts(plumbline.Deeds()),
		"result.*":            results,
		"certainty.*":         {"same", "probably", "perhaps", "overlaps"},
		"claim_status.*":      figure.Statuses(),
		"claim_rule.*":        figure.Statuses(),
		"claim_how.*":         texts(figure.Hows()),
		"claim_field.*":       claimColumns,
		"claim_reason.*":      {"no-number", "unit", "no-definition", "definition", "population", "open-total", "one-telling", "place", "period", "bound", "contested", "attribution", "parked", "adults", "no-basis", "not-a-count", "overlap"},
		"claim_*.title":       {"about", "words", "positions", "policy", "parked", "citations", "sources"},
		"claim_*.what":        {"about", "words", "positions", "policy", "parked", "citations", "sources"},
		"claim_fault.*":       figure.CitationFaults(),
		"claim_break.*":       {"unit", "no-definition", "definition", "population", "open-total", "attribution", "parked", "one-telling"},
		"claim_term.*":        figure.Terms(),
		"claim_term_means.*":  figure.Terms(),
		"claim_source_kind.*": figure.SourceKinds(),
		"claim_evidence.*":    figure.EvidenceState("").Values(),
		"claim_attribution.*": figure.Attributions(),
		"claim_lacks.*":       {"of", "size", "drawn", "range", "from", "how", "who", "definition", "period", "date"},
		"claim_hint.*":        {"stance_target", "about", "story", "hedge"},
		"claim_map.label_*":   texts(mapHows),
		"claim_map.by_*":      {"document", "claimant"},
		"problem.claim_*":     {"formula", "id", "figure", "unit", "definition", "link", "no_claim", "itself", "twice", "circle", "word", "adults", "when", "method", "citation", "words"},
		"claim_to.*":          texts(figure.Hows()),
		"claim_from.*":        texts(figure.Hows()),
		"phase.*":             texts(protocol.Phases),
		"basis.*":             texts(protocol.Bases),
		"figure.*":            figures(func(d *plumbline.Definition) []string { return []string{d.Name} }),
		"figure_counts.*":     figures(func(d *plumbline.Definition) []string { return []string{d.Name} }),
		"figure_of.*":         figures(func(d *plumbline.Definition) []string { return []string{d.Of} }),
		"figure_excludes.*":   append(figures(func(d *plumbline.Definition) []string { return d.Excludes }), "series", "public"),
		"figure_reason.*":     {"no-number", "open-total", "unit", "population", "place", "period", "no-definition", "contested", "coverage", "own-source", "bound", "open", "about"},
		"figures.by_*":        store.FigureBreakdowns(),
		"figures.answer_*":    {"some", "none", "unknown"},
		"nrm.rule_*":          {"1", "2", "3", "4"},
		"topic_of_rule.*":     texts(protocol.Topics),
		"severity_is.*":       {string(protocol.Must), string(protocol.Should)},
		"said.*":              {"kept", "contacts_brought", "contacts_same", "checks_kept", "counted", "moved", "noted", "done", "draft_gone", "filter_saved", "filter_gone", "brought_in", "sessions_ended", "passkey_added", "passkey_removed", "password_set", "disabled", "enabled", "corrected", "reply_revoked", "reply_withheld", "reply_shown", "reply_sent", "reply_kept", "claim_held", "claim_no_figure", "data_kept", "cancel_asked", "release_key", "release_budget", "release_witness", "release_witness_gone", "release_cosigned", "release_proposed", "release_approved", "release_published", "release_discarded"},

		// What is published.
		"protected_by.*":     {figure.Suppression, figure.Perturbation, figure.KSynthetic, figure.DP, figure.Estimated},
		"path.*":             (*releaseSource)(nil).paths(),
		"propose.path.*":     (*releaseSource)(nil).paths(),
		"propose.interval.*": {figure.Wilson, figure.Bounds},
		"interval.*":         {figure.Confidence, figure.Credible},
		"interval.means_*":   {figure.Confidence, figure.Credible, figure.Bounds},
		"published.file.*":   slices.Sorted(maps.Keys(publishedFiles)),
		"check.*":            publicChecks,
		"check.*.can":        publicChecks,
		"check.*.cannot":     publicChecks,
		"protecting.*":       protectingParts,
		"protecting.*_title": protectingParts,
		"estimating.*":       estimatingParts,
		"estimating.*_title": estimatingParts,
		"propose.ask.*":      {"by", "count", "min", "title", "text", "numerator", "denominator", "unit", "period", "basis", "population", "rule", "exclusions", "value", "of", "id", "series", "reason", "licence", "record", "budget", "epsilon", "source", "interval", "open"},
		"propose.hint.*":     {"by", "count", "min", "text", "numerator", "denominator", "unit", "period", "basis", "population", "rule", "exclusions", "value", "of", "id", "series", "reason", "record", "budget", "epsilon", "source", "interval", "open"},

		"strength.*":              store.Strength("").Values(),
		"access.*":                store.AccessEvent("").Values(),
		"notice_kind.*":           texts(store.NoticeKinds()),
		"task.*":                  {"medical", "threat", "follow_up"},
		"measure.verb.*":          verbNames(),
		"measure.verb_help.*":     verbNames(),
		"measure.option.*":        optionLabels,
		"measure.word.*":          slugs(engineWords),
		"measure.holds.*":         slugs(holdings),
		"measure.why.*":           guessCodes,
		"measure.doubt.*":         doubtKeys,
		"study_form_text.*.about": forms, "study_form_text.*.columns": forms, "study_form_text.*.definition": forms, "study_form_text.*.population": forms,
		"study_form_text.*.frame": forms, "study_form_text.*.instrument": forms,
		"measure.moved_is.*":   {"yes", "no", "unknown"},
		"measure.apart_*":      {"definition", "population", "place", "ages", "question", "same_data"},
		"problem.unknown_*":    texts(plumbline.Subjects()),
		"programme.is.*":       plumbline.ReviewNames(),
		"promise_state.*":      plumbline.PromiseState("").Values(),
		"stories.why.*":        {"never_agreed", "withdrawn", "ended", "not_told", "words_missing", "end_not_told", "agreed"},
		"score.*":              {"kept", "broken", "unknown"},
		"picture.flow.after.*": {"24h", "72h", "90d"},
		"picture.state.*":      {"kept", "broken", "unknown", "not_yet_due", "overdue"},
		"picture.time.mark.*":  checkpoints[1:],

		// Of these the fields of the entries and the facts decide, below.
		"field.*": nil, "field.*.*": nil, "hint.*": nil, "hint.*.*": nil, "fact.*": nil,
	}
}

func verbNames() (names []string) {
	for _, v := range measure.Verbs() {
		names = append(names, v.Name)
	}
	return names
}

func slugs(words []string) (out []string) {
	for _, w := range words {
		out = append(out, slug(w))
	}
	return out
}

// figures returns what the definitions say, each once.
func figures(of func(*plumbline.Definition) []string) (all []string) {
	for _, d := range plumbline.Definitions() {
		for _, text := range of(d) {
			if text != "" && !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	return all
}

func texts[S ~string](list []S) (out []string) {
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

func fieldNames(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		names = append(names, plumbline.FieldName(t.Field(i)))
	}
	return names
}

// wordKeys returns the keys of every word of every closed list that an entry
// can hold, or that a page writes.
func wordKeys() (keys []string) {
	lists := map[reflect.Type]bool{}
	for _, t := range []reflect.Type{reflect.TypeFor[plumbline.OperationKind](), reflect.TypeFor[plumbline.Role](), reflect.TypeFor[plumbline.Answer](), reflect.TypeFor[plumbline.RunState](), reflect.TypeFor[plumbline.Standing](), reflect.TypeFor[plumbline.SeatGap](),
		reflect.TypeFor[plumbline.FigureUnit](), reflect.TypeFor[plumbline.FigureSide](), reflect.TypeFor[plumbline.FigureAim](), reflect.TypeFor[plumbline.FigureTheme](), reflect.TypeFor[plumbline.Basis]()} {
		lists[t] = true
	}
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		if _, ok := t.MethodByName("Values"); ok {
			lists[t] = true
			return
		}
		switch t.Kind() {
		case reflect.Slice:
			collect(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				collect(t.Field(i).Type)
			}
		}
	}
	eachEntry(func(kind plumbline.Kind, t reflect.Type) { collect(t) })
	for t := range lists {
		for _, value := range reflect.Zero(t).Interface().(interface{ Values() []string }).Values() {
			if value != "" {
				keys = append(keys, wordKey(t, value))
			}
		}
	}
	for _, gap := range []plumbline.Gap{plumbline.GapNoGiver, plumbline.GapNoTaker, plumbline.GapDiffers, plumbline.GapTime, plumbline.GapUndated, plumbline.GapOpen, plumbline.GapNothing} {
		keys = append(keys, wordKey(reflect.TypeOf(gap), string(gap)))
	}
	return keys
}

func eachEntry(f func(plumbline.Kind, reflect.Type)) {
	for _, kind := range allKinds() {
		f(kind, reflect.TypeOf(plumbline.NewEntry(kind)).Elem())
	}
}

// fieldKeys returns the keys by which every field of every entry is named, and
// those by which its hint would be.
func fieldKeys(catalogue map[string]map[string]string) (fields, hints []string) {
	add := func(kind plumbline.Kind, name string) {
		own := "field." + string(kind) + "." + name
		if catalogue[own] == nil {
			own = "field." + name
		}
		fields = append(fields, own)
		own = "hint." + string(kind) + "." + name
		if catalogue[own] == nil {
			own = "hint." + name
		}
		if !hidden[name] {
			hints = append(hints, own)
		}
	}
	var walk func(plumbline.Kind, reflect.Type)
	walk = func(kind plumbline.Kind, t reflect.Type) {
		for i := range t.NumField() {
			f := t.Field(i)
			inner := f.Type
			if inner.Kind() == reflect.Slice {
				inner = inner.Elem()
			}
			name := plumbline.FieldName(f)
			if !f.Anonymous && name != "id" {
				add(kind, name)
			}
			if inner.Kind() == reflect.Struct && inner != typeWhen && inner != typeCount {
				walk(kind, inner)
			}
		}
	}
	eachEntry(walk)
	return fields, hints
}

// templateUsages reads every template for calls of T.
func templateUsages(t *testing.T) (usages []usage) {
	set, err := parseTemplates()
	if err != nil {
		t.Fatal(err)
	}
	for _, tmpl := range set.Templates() {
		if tmpl.Tree == nil || tmpl.Tree.Root == nil {
			continue
		}
		r := templateReader{where: "the template " + tmpl.Name()}
		r.node(tmpl.Tree.Root, nil)
		usages = append(usages, r.found...)
		for _, u := range r.unread {
			t.Errorf("%s asks for a text by %s; the test cannot tell which", r.where, u)
		}
	}
	if len(usages) < 200 {
		t.Errorf("found only %d texts in the templates", len(usages))
	}
	return usages
}

type templateReader struct {
	where  string
	found  []usage
	unread []string
}

// node reads a node. dots are what the dot can be inside a range over a list
// of words, and nil elsewhere.
func (r *templateReader) node(n parse.Node, dots []string) {
	if n == nil || reflect.ValueOf(n).IsNil() {
		return
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, c := range n.Nodes {
			r.node(c, dots)
		}
	case *parse.ActionNode:
		r.node(n.Pipe, dots)
	case *parse.TemplateNode:
		r.node(n.Pipe, dots)
	case *parse.IfNode:
		r.branch(&n.BranchNode, dots, dots)
	case *parse.WithNode:
		r.branch(&n.BranchNode, dots, nil)
	case *parse.RangeNode:
		r.branch(&n.BranchNode, dots, listed(n.Pipe))
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			r.node(c, dots)
		}
	case *parse.CommandNode:
		r.command(n, dots)
		for _, a := range n.Args {
			r.node(a, dots)
		}
	}
}

func (r *templateReader) branch(n *parse.BranchNode, dots, inside []string) {
	r.node(n.Pipe, dots)
	r.node(n.List, inside)
	r.node(n.ElseList, dots)
}

// listed returns the words of {{range list "a" "b"}}.
func listed(pipe *parse.PipeNode) (words []string) {
	if len(pipe.Cmds) != 1 || pipe.Cmds[0].Args[0].String() != "list" {
		return nil
	}
	for _, a := range pipe.Cmds[0].Args[1:] {
		if s, ok := a.(*parse.StringNode); ok {
			words = append(words, s.Text)
		}
	}
	return words
}

func (r *templateReader) command(n *parse.CommandNode, dots []string) {
	if name := n.Args[0].String(); name != ".T" && !strings.HasSuffix(name, ".T") {
		return
	}
	u := usage{where: r.where, pairs: []string{}}
	for i := 2; i < len(n.Args); i += 2 {
		if s, ok := n.Args[i].(*parse.StringNode); ok {
			u.pairs = append(u.pairs, s.Text)
		}
	}
	if len(n.Args) < 2 {
		r.unread = append(r.unread, n.String())
		return
	}
	for _, key := range keysOf(n.Args[1], dots) {
		if key == "" {
			r.unread = append(r.unread, n.String())
			continue
		}
		u.key = key
		r.found = append(r.found, u)
	}
}

// keysOf returns the keys that an argument can be: a string, or (print "a." .).
// What the test cannot see is a star; an empty key means that it sees nothing.
func keysOf(arg parse.Node, dots []string) []string {
	if s, ok := arg.(*parse.StringNode); ok {
		return []string{s.Text}
	}
	pipe, ok := arg.(*parse.PipeNode)
	if !ok || len(pipe.Cmds) != 1 || pipe.Cmds[0].Args[0].String() != "print" {
		return []string{""}
	}
	keys := []string{""}
	for _, part := range pipe.Cmds[0].Args[1:] {
		values := []string{"*"}
		switch part := part.(type) {
		case *parse.StringNode:
			values = []string{part.Text}
		case *parse.DotNode:
			if dots != nil {
				values = dots
			}
		}
		var longer []string
		for _, key := range keys {
			for _, v := range values {
				longer = append(longer, key+v)
			}
		}
		keys = longer
	}
	return keys
}

// sourceUsages reads the Go sources for keys: arguments of T, and every string
// that looks like a key of the catalogue.
func sourceUsages(t *testing.T, english map[string]map[string]string) (usages []usage) {
	spaces := map[string]bool{"hint": true}
	for key := range english {
		space, _, _ := strings.Cut(key, ".")
		spaces[space] = true
	}
	files := token.NewFileSet()
	for _, folder := range []string{".", "../locale", "../..", "../store", "../exchange"} {
		names, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			r := sourceReader{files: files, spaces: spaces, page: folder == "." || folder == "../locale"}
			ast.Inspect(file, r.read)
			usages = append(usages, r.found...)
			for _, u := range r.unread {
				t.Errorf("%s asks for a text; the test cannot tell which", u)
			}
		}
	}
	if len(usages) < 100 {
		t.Errorf("found only %d texts in the sources", len(usages))
	}
	return usages
}

type sourceReader struct {
	files  *token.FileSet
	spaces map[string]bool
	page   bool // a source of this package; the others ask for problems only
	found  []usage
	unread []string
}

func (r *sourceReader) at(n ast.Node) string { return r.files.Position(n.Pos()).String() }

// keyForm is what a key looks like; file names do not count.
var keyForm = regexp.MustCompile(`^([a-z_]+)\.[a-z0-9_.]*$`)

func (r *sourceReader) read(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "TrimPrefix" {
			return false // takes a field's path apart
		}
		r.call(n)
	case *ast.BinaryExpr:
		if key := keyOf(n); strings.Contains(key, "*") && r.isKey(strings.ReplaceAll(key, "*", "x")) {
			r.found = append(r.found, usage{key: key, where: r.at(n)})
			return false
		}
	case *ast.BasicLit:
		if key := keyOf(n); r.isKey(key) && !strings.HasSuffix(key, ".") {
			r.found = append(r.found, usage{key: key, where: r.at(n)})
		}
	}
	return true
}

func (r *sourceReader) isKey(text string) bool {
	m := keyForm.FindStringSubmatch(text)
	if m == nil || !r.spaces[m[1]] || strings.Contains(filepath.Ext(text), "html") || slices.Contains([]string{".css", ".js", ".svg"}, filepath.Ext(text)) {
		return false
	}
	return r.page || m[1] == "problem"
}

// call reads a call of T, or of page, which makes a title of a key.
func (r *sourceReader) call(n *ast.CallExpr) {
	f, ok := n.Fun.(*ast.SelectorExpr)
	first := map[string]int{"T": 0, "page": 1}
	if !ok || !r.page || n.Ellipsis.IsValid() {
		return
	}
	i, ok := first[f.Sel.Name]
	if !ok || len(n.Args) <= i {
		return
	}
	if _, known := n.Args[i].(*ast.Ident); known {
		return // the keys that a variable can hold are read where they stand
	}
	u := usage{key: keyOf(n.Args[i]), where: r.at(n), pairs: []string{}}
	for j := i + 1; j < len(n.Args); j += 2 {
		u.pairs = append(u.pairs, keyOf(n.Args[j]))
	}
	if !strings.Contains(u.key, ".") {
		return // a page that names itself
	}
	r.found = append(r.found, u)
}

// keyOf returns the text of an expression, with a star for what is not told.
func keyOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "*"
		}
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			return "*"
		}
		return text
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return keyOf(e.X) + keyOf(e.Y)
		}
	}
	return "*"
}

// The words of the shipped protocols stand in their files, in every language.
func TestProtocolWords(t *testing.T) {
	files, err := filepath.Glob("../../protocol/data/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no protocols: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file any
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found := 0
		eachWords(file, func(words map[string]any) {
			found++
			for _, l := range locale.Languages {
				said, _ := words[l.Tag].(string)
				if said == "" {
					t.Errorf("%s: %q is not said in %s", name, words["en"], l.Tag)
				}
				if l.RTL() && regexp.MustCompile(`[A-Za-z]`).MatchString(said) {
					t.Errorf("%s: %q is not all in %s", name, said, l.Tag)
				}
			}
		})
		if found < 10 {
			t.Errorf("%s: found only %d texts", name, found)
		}
	}
}

// eachWords calls f with every object that says something in English.
func eachWords(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			eachWords(e, f)
		}
	case map[string]any:
		if _, ok := v["en"]; ok {
			f(v)
		}
		for _, e := range v {
			eachWords(e, f)
		}
	}
}

// The pictures are tested by themselves, with the texts that the catalogue has.
func TestPictureTexts(t *testing.T) {
	for tag, name := range map[string]string{"en": "keys.json", "ar": "keys.ar.json"} {
		file, err := os.ReadFile(filepath.Join("testdata", "picture", name))
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := json.Unmarshal(file, &texts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		catalogue := readCatalogue(t, tag)
		for key, text := range texts {
			forms, ok := text.(map[string]any)
			if !ok {
				forms = map[string]any{"": text}
			}
			for form, want := range forms {
				if got := catalogue[key][form]; got != want {
					t.Errorf("%s %s: %s has %q, %s.json has %q", key, form, name, want, tag, got)
				}
			}
		}
	}
}

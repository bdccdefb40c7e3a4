package plumbline_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plumbline"
)

// prose lists the documents whose code spans are checked.
func prose(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "protocol/FORMAT.md"}
	found, err := filepath.Glob("doc/*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("documents in doc: %q, %v", found, err)
	}
	return append(names, found...)
}

var (
	fenced   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	span     = regexp.MustCompile("`([^`\n]+)`")
	linked   = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	goName   = regexp.MustCompile(`^[A-Za-z]\w*(\.[A-Za-z]\w*)*$`)
	pathLike = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)*/?$`)
	factLike = regexp.MustCompile(`^[a-z_]\w*(\.[a-z0-9_]\w*)+$`)
	ruleLike = regexp.MustCompile(`\b(?:PLN|OPS|H72|AFT|PRO|ACC|LOC)-\d\d\b`)
	// STEP and ROLE stand for each of a list.
	placeholder = regexp.MustCompile(`\.[A-Z]+(\.|$)`)
	address     = regexp.MustCompile(`^/[\w{}/-]*$`)
)

// TestDocumentsNameWhatExists holds that every file, Go name, fact, rule,
// address and command that a document names is there, so that a map which has
// drifted from the land is noticed. What it cannot tell from a plain word it
// passes over.
func TestDocumentsNameWhatExists(t *testing.T) {
	land := survey(t)
	for _, name := range prose(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		text := fenced.ReplaceAllString(string(data), "")
		for _, m := range span.FindAllStringSubmatch(text, -1) {
			if why := land.miss(m[1], filepath.Dir(name)); why != "" {
				t.Errorf("%s names `%s`: %s", name, m[1], why)
			}
		}
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(m[1], "://") && !isThere(filepath.Join(filepath.Dir(name), m[1])) {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
		for _, id := range ruleLike.FindAllString(text, -1) {
			if !land.rules[id] {
				t.Errorf("%s names the rule %s, which no protocol has", name, id)
			}
		}
	}
}

// TestDocumentsTest shows the check names that are not there.
func TestDocumentsTest(t *testing.T) {
	land := survey(t)
	for _, bad := range []string{"Record.Ballance", "store.Wrote", "plumbline.Nobody", "HeadCounts", "newIdea", "doc/nothing.md", "internal/shop/", "nothing.json",
		"interviews.together", "/operations/{operation}/nothing", "plumbline operation balnce", "plumbline frobnicate"} {
		if land.miss(bad, ".") == "" {
			t.Errorf("`%s` passes", bad)
		}
	}
	for _, good := range []string{"Record.Balance", "Tx.derive", "store.Batch", "plumbline.May", "Presence.OwnWords", "newID", "doc/facts.md", "estimate/", "interviews.alone",
		"/operations/{operation}/balance", "plumbline operation balance", "plumbline", "not a name", "3", "7-9", "application/json", "postgres://…", "http.CrossOriginProtection"} {
		if why := land.miss(good, "."); why != "" {
			t.Errorf("`%s` does not pass: %s", good, why)
		}
	}
}

// madeUp are names that a document gives as an example of what a reader makes.
var madeUp = map[string]bool{"harbour.json": true}

// A terrain is what there is to be named.
type terrain struct {
	packages map[string]bool // their names, and those of packages they import
	names    map[string]bool // "Balance", "Record.Balance", "plumbline.Record"
	outside  map[string]bool // packages of others, by name
	facts    map[string]bool
	rules    map[string]bool
	routes   map[string]bool
	commands map[string]bool
}

// miss says why nothing of the name is there. What is no name misses nothing.
func (l *terrain) miss(name, dir string) string {
	switch {
	case madeUp[name] || placeholder.MatchString(name):
	case strings.HasPrefix(name, "plumbline ") || strings.HasPrefix(name, "go run ./cmd/plumbline "):
		words := strings.Fields(strings.TrimPrefix(name, "go run ./cmd/"))[1:]
		if len(words) > 0 && !l.commands[words[0]] && (len(words) < 2 || !l.commands[words[0]+" "+words[1]]) && !strings.HasPrefix(words[0], "-") {
			return "there is no such command"
		}
	case address.MatchString(name) && !strings.HasPrefix(name, "//"):
		if !l.routed(name) {
			return "there is no such page"
		}
	case isFile(name):
		if !isThere(name) && !isThere(filepath.Join(dir, name)) {
			return "there is no such file"
		}
	case factLike.MatchString(name) && !l.packages[firstPart(name)] && !l.outside[firstPart(name)]:
		if !l.facts[name] && !l.names[name] {
			return "there is no such fact or name"
		}
	case goName.MatchString(name) && isGo(name):
		if !l.names[name] && !l.outside[firstPart(name)] {
			return "there is no such name"
		}
	}
	return ""
}

// routed reports whether a route leads to an address, as it is written or
// with one of its parts filled in.
func (l *terrain) routed(name string) bool {
	if l.routes[name] {
		return true
	}
	parts := strings.Split(name, "/")
	for route := range l.routes {
		if slices.EqualFunc(strings.Split(route, "/"), parts, func(r, p string) bool { return r == p || strings.HasPrefix(r, "{") }) {
			return true
		}
	}
	return false
}

func firstPart(name string) string { part, _, _ := strings.Cut(name, "."); return part }

// isGo reports whether a name is surely one of Go: it has a dot, or capitals
// inside.
func isGo(name string) bool {
	return strings.Contains(name, ".") || strings.ContainsFunc(name[1:], func(r rune) bool { return 'A' <= r && r <= 'Z' }) && strings.ToUpper(name) != name
}

// isFile reports whether a text is surely a path of this project: it begins
// with one of its folders, or ends like one of its files.
func isFile(name string) bool {
	if !pathLike.MatchString(name) {
		return false
	}
	first, _, nested := strings.Cut(name, "/")
	if first == ".." {
		return false
	}
	if nested {
		return isThere(first) || strings.HasPrefix(name, "testdata/") || strings.HasPrefix(name, "data/")
	}
	return slices.Contains([]string{".md", ".go", ".json", ".csv", ".mod", ".txt", ".py"}, filepath.Ext(name)) && !strings.HasPrefix(name, "FILE")
}

func isThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// survey reads the sources, the protocols, the route table and the commands.
func survey(t *testing.T) *terrain {
	t.Helper()
	l := &terrain{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		l.declare(file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, term := range plumbline.Vocabulary() {
		l.facts[term.Name] = true
	}
	for _, subject := range plumbline.Subjects() {
		for _, k := range plumbline.Kinds(subject) { // what the ledger says was done
			l.facts[string(k)+".record"], l.facts[string(k)+".correct"] = true, true
		}
	}
	protocols, err := filepath.Glob("protocol/data/*.json")
	if err != nil || len(protocols) == 0 {
		t.Fatalf("protocols: %q, %v", protocols, err)
	}
	for _, name := range protocols {
		var p struct {
			Rules []struct {
				ID string `json:"id"`
			} `json:"rules"`
			Limits []struct {
				Name string `json:"name"`
			} `json:"limits"`
		}
		data, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rules {
			l.rules[r.ID] = true
		}
		for _, x := range p.Limits {
			l.facts["limit."+x.Name] = true
		}
	}
	l.read(t, "internal/web/routes.go", regexp.MustCompile(`"(?:GET|POST) (/[^" ]*)"`), l.routes)
	commands, err := filepath.Glob("cmd/plumbline/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range commands {
		l.read(t, name, regexp.MustCompile(`(?:\tname: +|Command\(|estimating\()"([a-z -]+)",`), l.commands)
	}
	return l
}

func (l *terrain) read(t *testing.T, name string, re *regexp.Regexp, into map[string]bool) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range re.FindAllStringSubmatch(string(data), -1) {
		into[m[1]] = true
	}
}

// declare adds everything that a file declares: by itself, in its type, and in
// its package.
func (l *terrain) declare(file *ast.File) {
	pkg := strings.TrimSuffix(file.Name.Name, "_test")
	l.packages[pkg] = true
	for _, i := range file.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		if !strings.HasPrefix(path, "plumbline") {
			l.outside[filepath.Base(path)] = true
		}
	}
	add := func(names ...string) { l.names[strings.Join(names, ".")] = true }
	top := func(name string) { add(name); add(pkg, name) }
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				top(d.Name.Name)
				continue
			}
			add(d.Name.Name)
			add(receiver(d.Recv.List[0].Type), d.Name.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						top(n.Name)
					}
				case *ast.TypeSpec:
					top(s.Name.Name)
					if st, ok := s.Type.(*ast.StructType); ok {
						for _, f := range st.Fields.List {
							for _, n := range f.Names {
								add(n.Name)
								add(s.Name.Name, n.Name)
							}
						}
					}
				}
			}
		}
	}
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

package plumbline_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/modfile"
)

// house says who may import whom, of ours. When the house changes, this table
// changes with it and with the reason; a package that is not in it is refused.
// "root" is the module's own folder, "estimate/..." are the families of estimate, and
// where "estimate" is allowed to a package that is not one of them, its families are.
var house = map[string][]string{
	"root":     {},
	"protocol": {}, "linkage": {}, "protect": {}, "ledger": {}, "api": {}, "internal/locale": {},
	// How passkeys, passwords and phones are checked, which needs no site: apart, so that it can be read whole.
	"internal/credential": {},

	"estimate":     {},
	"estimate/...": {"estimate"},
	"figure":       {"estimate", "protect", "ledger"},

	"internal/measure":  {"estimate"}, // what can be asked and how it is shown, for command line and pages alike; it knows no record
	"internal/vault":    {"root", "linkage"},
	"internal/exchange": {"root", "figure"}, // it carries the claims of the public record, whose form is figure's
	"internal/store": {"root", "internal/vault", "internal/credential", "ledger", "protocol", "estimate", "figure",
		"protect",           // whose budgets lie in the database
		"internal/measure"}, // which tells what must not be kept of a study's file
	"internal/job": {"root", "estimate", "linkage", "protect", "figure", "ledger", "internal/store", "internal/measure"},
	"internal/web": {"root", "api", "protocol", "estimate", "protect", "figure", "ledger",
		"internal/store", "internal/job", "internal/locale", "internal/exchange", "internal/measure", "internal/credential"},

	"internal/rig": {"anything"},
	// Apart from rig, so that a test of an engine does not build the server.
	"internal/rig/golden": {"estimate"},
	"cmd/plumbline":       {"anything"}, // what it wires
	"doc/verify":          {},           // shows that the format of releases stands without us
	// Makes a large site and measures the server; apart, so that the product need not carry it.
	"cmd/load": {"anything"},
}

// outside says who may import what is not ours; a path stands for all below it.
// The engine packages can then not serve, store or read anything by themselves.
var outside = map[string]struct {
	packages []string
	tests    bool // _test.go files of every package may too
}{
	"database/sql": {packages: []string{"internal/store", "cmd/load"}}, // load measures the bare engines too
	"net/http":     {packages: []string{"internal/web", "api", "cmd/plumbline", "cmd/load", "internal/rig"}, tests: true},
	// The flags of a question are also the table that its form comes from; golden asks which tests ran.
	"flag":    {packages: []string{"cmd/plumbline", "cmd/load", "internal/measure", "internal/rig/golden"}, tests: true},
	"testing": {packages: []string{"internal/rig", "internal/rig/golden"}, tests: true},
	"C":       {}, // one binary, without cgo
}

// process holds what reads the environment or the standard streams, writes to them
// or to a log nobody passed in, or ends the program: for programs alone, since nothing deeper
// may depend on where it runs. Tests may, and rig, which is made of them.
var process = map[string][]string{
	"os": {"Args", "Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Unsetenv", "Clearenv",
		"Stdin", "Stdout", "Stderr", "Exit"},
	"syscall": {"Getenv", "Environ", "Setenv", "Unsetenv", "Clearenv", "Stdin", "Stdout", "Stderr", "Exit"},
	"fmt":     {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
	"log":     {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Default"},
	"log/slog": {"Debug", "Info", "Warn", "Error", "DebugContext", "InfoContext", "WarnContext", "ErrorContext",
		"Log", "LogAttrs", "Default", "SetDefault"},
}

// It reads the source files and does not ask go list, whose answer the test cache
// would repeat after the files have changed.
func TestImports(t *testing.T) {
	tree := os.DirFS(".")
	problems, seen, err := inspect(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	// Without these the walk went wrong, and its silence means nothing.
	for _, want := range []string{"root", "ledger"} {
		if !slices.Contains(seen, want) {
			t.Errorf("package %s was not found among %v", want, seen)
		}
	}
}

// inspect reads every Go file of the module in tree, whatever its build constraints, and
// returns what breaks the tables above, one line each, and the packages it saw.
func inspect(tree fs.FS) (problems, seen []string, err error) {
	text, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		return nil, nil, err
	}
	module := modfile.ModulePath(text)
	if module == "" {
		return nil, nil, fmt.Errorf("go.mod names no module")
	}
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			// What the go command passes over as well.
			if name != "." && (base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || base[0] == '.' || base[0] == '_' {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		pkg := path.Dir(name)
		if pkg == "." {
			pkg = "root"
		}
		if !slices.Contains(seen, pkg) {
			seen = append(seen, pkg)
			if _, ok := rowOf(pkg); !ok {
				problems = append(problems, pkg+": is not in the table of the house")
			}
		}
		found, err := inspectFile(module, pkg, name, text)
		problems = append(problems, found...)
		return err
	})
	return problems, seen, err
}

func inspectFile(module, pkg, name string, text []byte) (problems []string, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	isTest := strings.HasSuffix(name, "_test.go")
	complain := func(at token.Pos, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s: %s", files.Position(at), fmt.Sprintf(format, args...)))
	}

	local := map[string]string{} // the name in this file of each import that process speaks of
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if ours, ok := ofOurs(module, imported); ok {
			if !mayImport(pkg, ours, isTest) {
				complain(spec.Pos(), "%s may not import %s", pkg, ours)
			}
			continue
		}
		for outer, rule := range outside {
			if imported != outer && !strings.HasPrefix(imported, outer+"/") {
				continue
			}
			if !slices.Contains(rule.packages, pkg) && !(isTest && rule.tests) {
				complain(spec.Pos(), "%s may not import %s", pkg, imported)
			}
		}
		if _, ok := process[imported]; ok {
			as := path.Base(imported)
			if spec.Name != nil {
				as = spec.Name.Name
			}
			if as == "." {
				complain(spec.Pos(), "%s is imported with a dot, so its names cannot be told", imported)
			}
			local[as] = imported
		}
	}
	if isTest || strings.HasPrefix(pkg, "cmd/") || pkg == "doc/verify" || pkg == "internal/rig" {
		return problems, nil
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			// A variable named os would be taken for the package; rename it.
			if x, ok := n.X.(*ast.Ident); ok && slices.Contains(process[local[x.Name]], n.Sel.Name) {
				complain(n.Pos(), "%s may not use %s.%s; only cmd may", pkg, local[x.Name], n.Sel.Name)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
				complain(n.Pos(), "%s may not use %s, which writes to standard error; only cmd may", pkg, f.Name)
			}
		}
		return true
	})
	return problems, nil
}

// ofOurs returns the name in the table of an import that is part of the module.
func ofOurs(module, imported string) (pkg string, ok bool) {
	if imported == module {
		return "root", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// rowOf returns what pkg may import, of ours, and whether the table has it.
func rowOf(pkg string) (allowed []string, ok bool) {
	if strings.HasPrefix(pkg, "estimate/") {
		pkg = "estimate/..."
	}
	allowed, ok = house[pkg]
	return allowed, ok
}

func mayImport(pkg, imported string, isTest bool) bool {
	if strings.HasPrefix(imported, "cmd/") {
		return false
	}
	// A test in package p_test imports p, and any test may be made of rig's parts.
	if isTest && (imported == pkg || imported == "internal/rig" || strings.HasPrefix(imported, "internal/rig/") || slices.Contains(testsAlso[pkg], imported)) {
		return true
	}
	allowed, _ := rowOf(pkg)
	if slices.Contains(allowed, "anything") || slices.Contains(allowed, imported) {
		return true
	}
	family := strings.HasPrefix(imported, "estimate/")
	return family && !strings.HasPrefix(pkg, "estimate") && slices.Contains(allowed, "estimate")
}

// testsAlso is what the tests of a package import besides: a round trip goes
// through the file that people exchange.
var testsAlso = map[string][]string{"internal/store": {"internal/exchange"}}

// TestImportsRefuses shows the inspection a wrong tree for each of its rules, and a right
// one, so that its silence in TestImports says something.
func TestImportsRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		file string
		text string
		want string // a part of the one problem, or nothing
	}{
		{"the domain imports nothing of ours", "place.go", `import "plumbline/ledger"`, "root may not import ledger"},
		{"an engine does not know the root", "ledger/a.go", `import "plumbline"`, "ledger may not import root"},
		{"an engine does not know the store", "protect/a.go", `import "plumbline/internal/store"`, "protect may not import internal/store"},
		{"nor does its test", "protect/a_test.go", `import "plumbline/internal/store"`, "protect may not import internal/store"},
		{"nor a file for another system", "protect/a_windows.go", "import \"plumbline/internal/store\"", "protect may not import internal/store"},
		{"nor one that is never built", "protect/a.go", "//go:build ignore\n\npackage p\n\nimport \"plumbline/internal/store\"", "protect may not import internal/store"},
		{"a family does not know another", "estimate/survey/a.go", `import "plumbline/estimate/series"`, "estimate/survey may not import estimate/series"},
		{"estimate does not know its families", "estimate/a.go", `import "plumbline/estimate/series"`, "estimate may not import estimate/series"},
		{"the store does not know the web", "internal/store/a.go", `import "plumbline/internal/web"`, "internal/store may not import internal/web"},
		{"the vault knows linkage only", "internal/vault/a.go", `import "plumbline/ledger"`, "internal/vault may not import ledger"},
		{"rig does not know cmd", "internal/rig/a.go", `import "plumbline/cmd/plumbline"`, "internal/rig may not import cmd/plumbline"},
		{"rig is for tests", "internal/web/a.go", `import "plumbline/internal/rig"`, "internal/web may not import internal/rig"},
		{"so are its parts", "internal/web/a.go", `import "plumbline/internal/rig/golden"`, "internal/web may not import internal/rig/golden"},
		{"a package that nobody planned", "internal/util/a.go", ``, "internal/util: is not in the table"},
		{"a package below a planned one", "internal/web/util/a.go", ``, "internal/web/util: is not in the table"},
		{"SQL outside the store", "internal/web/a.go", `import "database/sql"`, "internal/web may not import database/sql"},
		{"SQL in a test outside the store", "internal/web/a_test.go", `import "database/sql"`, "internal/web may not import database/sql"},
		{"a driver's SQL outside the store", "internal/job/a.go", `import _ "database/sql/driver"`, "internal/job may not import database/sql/driver"},
		{"HTTP in the store", "internal/store/a.go", `import "net/http"`, "internal/store may not import net/http"},
		{"HTTP in an engine", "figure/a.go", `import x "net/http/httputil"`, "figure may not import net/http/httputil"},
		{"testing in shipped code", "internal/store/a.go", `import "testing/fstest"`, "internal/store may not import testing/fstest"},
		{"flags in a package", "internal/job/a.go", `import "flag"`, "internal/job may not import flag"},
		{"cgo", "linkage/a.go", `import "C"`, "linkage may not import C"},
		{"the environment", "internal/store/a.go", "import \"os\"\nvar x = os.Getenv(`HOME`)", "internal/store may not use os.Getenv"},
		{"the environment by another name", "internal/store/a.go", "import sys \"os\"\nvar x = sys.Getenv(`HOME`)", "internal/store may not use os.Getenv"},
		{"with a dot", "internal/store/a.go", "import . \"os\"\nvar x = Getenv(`HOME`)", "imported with a dot"},
		{"arguments", "internal/web/a.go", "import \"os\"\nvar x = os.Args", "may not use os.Args"},
		{"standard error as a value", "internal/web/a.go", "import (\"log\"; \"os\")\nvar x = log.New(os.Stderr, ``, 0)", "may not use os.Stderr"},
		{"standard output", "estimate/a.go", "import \"fmt\"\nfunc f() { fmt.Println(1) }", "may not use fmt.Println"},
		{"exit", "protocol/a.go", "import \"os\"\nfunc f() { os.Exit(1) }", "may not use os.Exit"},
		{"exit by way of log", "protocol/a.go", "import \"log\"\nfunc f() { log.Fatalf(``) }", "may not use log.Fatalf"},
		{"a log nobody passed in", "internal/job/a.go", "import \"log/slog\"\nfunc f() { slog.Info(``) }", "may not use log/slog.Info"},
		{"println", "protocol/a.go", "func f() { println(1) }", "may not use println"},

		{"right: the figure", "figure/a.go", `import ("plumbline/estimate"; "plumbline/estimate/survey"; "plumbline/ledger"; "plumbline/protect")`, ""},
		{"right: a family", "estimate/survey/a.go", `import "plumbline/estimate"`, ""},
		{"right: the store", "internal/store/a.go", "import (\"database/sql\"; \"plumbline\"; \"plumbline/estimate/series\"; \"os\")\nvar _ = os.ReadFile", ""},
		{"right: cmd", "cmd/plumbline/a.go", "import (\"flag\"; \"net/http\"; \"os\"; \"plumbline/internal/web\")\nfunc f() { os.Exit(len(os.Args)) }", ""},
		{"right: a log passed in", "internal/job/a.go", "import \"log/slog\"\nfunc f(l *slog.Logger) { l.Info(``, slog.Int(``, 1)) }", ""},
		{"right: a test", "ledger/a_test.go", "import (\"flag\"; \"net/http/httptest\"; \"os\"; \"plumbline/internal/rig\"; \"plumbline/ledger\"; \"testing\")\nvar x = os.Stdout", ""},
		{"right: what is not built", "internal/web/testdata/a.go", `import "plumbline/internal/rig"`, ""},
		{"right: a package of another module", "ledger/a.go", `import "plumbline.example/internal/store"`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := tc.text
			if !strings.Contains(text, "package p\n") {
				text = "package p\n\n" + text
			}
			problems, _, err := inspect(fstest.MapFS{
				"go.mod": {Data: []byte("module plumbline\n")},
				tc.file:  {Data: []byte(text)},
			})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case tc.want == "" && len(problems) > 0:
				t.Errorf("got %q, want nothing", problems)
			case tc.want != "" && (len(problems) != 1 || !strings.Contains(problems[0], tc.want)):
				t.Errorf("got %q, want one problem with %q", problems, tc.want)
			}
		})
	}
	// A file that cannot be read must not pass for one without faults.
	if _, _, err := inspect(fstest.MapFS{
		"go.mod": {Data: []byte("module plumbline\n")},
		"a.go":   {Data: []byte("package")},
	}); err == nil {
		t.Error("a file that is not Go was passed over")
	}
}

package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"plumbline/internal/rig"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"plumbline": main})
}

// TestScript runs testdata/script, which reads as the manual of the command
// line. The examples of doc/examples are in examples/. Beside testscript's
// own commands there are
//
//	free NAME              sets the variable to an address that nobody listens on
//	get URL                fetches a page, waiting until the server is up
//	agekey FILE NAME       writes a new key of age to the file, and sets the variable to its recipient
//	tamper FILE OLD NEW    changes a file's bytes, as no command of plumbline can
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			return os.CopyFS(filepath.Join(e.WorkDir, "examples"), os.DirFS(filepath.Join("..", "..", "doc", "examples")))
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"free": free, "get": get, "tamper": tamper, "unzip": unzip, "agekey": agekey},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func free(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: free NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

func agekey(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: agekey FILE NAME")
	}
	key, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(key.String()+"\n"), 0o600))
	ts.Setenv(args[1], key.Recipient().String())
}

// patience is how long a server may take to start on a busy machine.
const patience = 2 * time.Minute

func get(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: get URL")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	status, body, err := fetch(ctx, args[0])
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), body)
	if (status == http.StatusOK) == neg {
		ts.Fatalf("%s answers %d", args[0], status)
	}
}

// fetch gets a page. While nobody listens it asks again.
func fetch(ctx context.Context, url string) (status int, body string, err error) {
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return 0, "", err
		}
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			return answer.StatusCode, string(text), err
		}
		select {
		case <-ctx.Done():
			return 0, "", fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func unzip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: unzip FILE DIR")
	}
	r, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer r.Close()
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), r))
}

func tamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 || len(args[1]) != len(args[2]) {
		ts.Fatalf("usage: tamper FILE OLD NEW, both of one length")
	}
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	if !bytes.Contains(data, []byte(args[1])) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(name, bytes.ReplaceAll(data, []byte(args[1]), []byte(args[2])), 0o600))
}

// plumb runs plumbline in this process.
func plumb(ctx context.Context, in io.Reader, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(ctx, args, streams{in, &o, &e, func(string) string { return "" }})
	return code, o.String(), e.String()
}

// TestBadFiles holds that each bad file is refused with one line that names it,
// the path in it and what is wanted, and that nothing of it is kept.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "internal", "exchange", "testdata", "bad", "*.json"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d bad files, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(name, ".json") + ".err")
			if err != nil {
				t.Fatal(err)
			}
			line := "plumbline: error: " + name + ": " + strings.TrimSpace(string(want)) + "\n"
			site := filepath.Join(t.TempDir(), "site.db")
			for _, dry := range []string{"--dry-run", "--dry-run=false"} {
				code, out, errs := plumb(t.Context(), nil, "import", "operations", name, "--db", site, dry)
				got, hint, _ := strings.Cut(errs, "plumbline: hint: ")
				if code != exitFailed || out != "" || got != line {
					t.Errorf("import %s: exit %d, said %q and %q\nwant exit 2 and %q", dry, code, out, errs, line)
				}
				if strings.Count(hint, "\n") > 1 {
					t.Errorf("the hint has several lines: %q", hint)
				}
				if exists(site) {
					t.Fatalf("import %s left a site behind", dry)
				}
			}
		})
	}
}

// TestInterruptedImport interrupts an import half-way: into a new site, which
// is then not there, and into one with a record, which is then as it was.
func TestInterruptedImport(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.json")
	if err := os.WriteFile(large, manyOperations(5000), 0o600); err != nil {
		t.Fatal(err)
	}
	site := filepath.Join(dir, "site.db")
	interrupt := func(when func() bool) (code int, errs string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan struct{})
		go func() {
			defer cancel()
			for !when() {
				select {
				case <-done: // it was too fast for us
					return
				case <-time.After(time.Millisecond):
				}
			}
		}()
		code, _, errs = plumb(ctx, nil, "import", "operations", large, "--db", site)
		close(done)
		return code, errs
	}
	want := "plumbline: error: interrupted; nothing was half done\n"
	grown := func() bool {
		info, err := os.Stat(site + "-wal")
		return err == nil && info.Size() > 200_000
	}
	if code, errs := interrupt(grown); code != exitFailed || errs != want {
		t.Errorf("into a new site: exit %d, said %q; want 2 and %q", code, errs, want)
	}
	if left, _ := filepath.Glob(site + "*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}

	if code, _, errs := plumb(t.Context(), nil, "import", "operations", "../../doc/examples/raid.json", "--db", site); code != exitYes {
		t.Fatalf("import: exit %d, %s", code, errs)
	}
	_, before, _ := plumb(t.Context(), nil, "doctor", "--db", site)
	if code, errs := interrupt(grown); code != exitFailed || errs != want {
		t.Errorf("into a site with a record: exit %d, said %q; want 2 and %q", code, errs, want)
	}
	if code, after, errs := plumb(t.Context(), nil, "doctor", "--db", site); code != exitYes || after != before {
		t.Errorf("after the interrupt doctor says %q, %q; before it said %q", after, errs, before)
	}
}

// manyOperations returns a file of n small operations.
func manyOperations(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"format":"plumbline.operations/1","operations":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"operation":{"id":"op-%d","title":"Operation %d","origin":"fictional","began":"2026-05-04","head_count":%d}}`, i, i, i)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// TestInterruptedRead ends a read from standard input on which nothing comes.
func TestInterruptedRead(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, w := io.Pipe()
	defer w.Close()
	code, out, errs := plumb(ctx, silent, "operation", "balance", "-")
	if want := "plumbline: error: interrupted; nothing was half done\n"; code != exitFailed || out != "" || errs != want {
		t.Errorf("exit %d, said %q and %q; want 2 and %q", code, out, errs, want)
	}
}

// TestPostgres does with PostgreSQL what the scripts do with SQLite.
func TestPostgres(t *testing.T) {
	db := rig.Postgres(t)
	must := func(args ...string) string {
		t.Helper()
		code, out, errs := plumb(t.Context(), nil, append(args, "--db", db)...)
		if code != exitYes {
			t.Fatalf("%q: exit %d, %s", args, code, errs)
		}
		return out
	}
	if code, _, errs := plumb(t.Context(), nil, "doctor", "--db", db); code != exitFailed || !strings.Contains(errs, "plumbline: error: there is no site of this version in ") {
		t.Errorf("doctor without a site: exit %d, %s", code, errs)
	}
	must("init")
	must("import", "operations", "../../doc/examples/raid.json")
	must("doctor")
	lite := filepath.Join(t.TempDir(), "site.db")
	if code, _, errs := plumb(t.Context(), nil, "import", "operations", "../../doc/examples/raid.json", "--db", lite); code != exitYes {
		t.Fatal(errs)
	}
	for _, args := range [][]string{{"export", "operations"}, {"operation", "balance", "example-raid", "--json"}, {"operation", "list", "--json"}} {
		_, want, _ := plumb(t.Context(), nil, append(args, "--db", lite)...)
		if got := must(args...); got != want {
			t.Errorf("%q on PostgreSQL:\n%s\nand on SQLite:\n%s", args, got, want)
		}
	}

	_, text, _ := plumb(t.Context(), nil, "secret")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, w := io.Pipe()
	ended := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		ended <- run(ctx, []string{"serve", "--db", db, "--addr", "127.0.0.1:0", "--secret-file", secret}, streams{nil, w, &errs, func(string) string { return "" }})
		w.CloseWithError(errors.New("ended"))
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("serve says %q: %v; %s", line, err, errs.String())
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "Plumbline at "))
	if status, body, err := fetch(ctx, url+"/healthz"); status != http.StatusOK || body != "ok\n" || err != nil {
		t.Errorf("healthz: %d %q, %v", status, body, err)
	}
	cancel()
	if code := <-ended; code != exitYes {
		t.Errorf("serve ends with %d when interrupted: %s", code, errs.String())
	}
}

// TestHideSecret holds that no password is shown, wherever it stands.
func TestHideSecret(t *testing.T) {
	for address, want := range map[string]string{
		"plumbline.db":                                   "plumbline.db",
		"/srv/a@b.db":                                    "/srv/a@b.db",
		"postgres://user:secret@host/db":                 "postgres://user:xxxxx@host/db",
		"postgres://user@host/db?sslmode=require":        "postgres://user@host/db?sslmode=require",
		"postgres:///db?user=u&password=secret":          "postgres:///db?password=xxxxx&user=u",
		"postgres://host/db?SSLPassword=secret":          "postgres://host/db?SSLPassword=xxxxx",
		"postgres://user:sec ret@host/db":                "postgres://(not shown: this is not an address)",
		"postgres://user:secret@host:port/db":            "postgres://(not shown: this is not an address)",
		"postgresql://user:a%40secret@host/db?passfile=": "postgresql://user:xxxxx@host/db?passfile=xxxxx",
	} {
		if got := hideSecret(address); got != want {
			t.Errorf("hideSecret(%q) = %q, want %q", address, got, want)
		}
	}
}

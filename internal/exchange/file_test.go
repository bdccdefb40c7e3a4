package exchange

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plumbline"
)

// readAndResolve reads a file as an import into an empty site would: what the
// file mentions must be in it.
func readAndResolve(data []byte) (*File, error) {
	f, err := Read(bytes.NewReader(data), MaxFile)
	if err != nil {
		return nil, err
	}
	var ps plumbline.Problems
	for _, ref := range f.Dangling() {
		ps = append(ps, ref.Problem())
	}
	if len(ps) > 0 {
		return nil, ps
	}
	return f, nil
}

// Every bad file has its one line beside it.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("bad files: %d, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, err = readAndResolve(data)
			if err == nil {
				t.Fatal("read without a problem")
			}
			got := err.Error() + "\n"
			golden := strings.TrimSuffix(name, ".json") + ".err"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got  %swant %s", got, want)
			}
			if strings.Count(got, "\n") != 1 {
				t.Errorf("%d lines; want one", strings.Count(got, "\n"))
			}
			if strings.Contains(got, "{{") || strings.HasPrefix(got, "problem.") {
				t.Errorf("message is not filled in: %s", got)
			}
		})
	}
}

func TestReadRefusesTooMuch(t *testing.T) {
	text := strings.Repeat("a", 10<<20)
	file := fmt.Sprintf(`{"format":%q,"operations":[{"operation":{"id":"op","title":"x","origin":"fictional","summary":%q}}]}`, Format, text)
	for limit, want := range map[int64]string{
		MaxFile: "operations[0].operation.summary: This is 10485760 characters long; at most 20000 fit here.",
		1 << 20: "The file or text is larger than 1 MB.",
	} {
		if _, err := Read(strings.NewReader(file), limit); err == nil || err.Error() != want {
			t.Errorf("limit %d: got %.200v, want %s", limit, err, want)
		}
	}
}

// Nesting and runs of brackets must not exhaust the stack or the clock.
func TestReadRefusesNesting(t *testing.T) {
	for _, open := range []string{"[", `{"a":`} {
		if _, err := Read(strings.NewReader(strings.Repeat(open, 5<<20/len(open))), MaxFile); err == nil {
			t.Errorf("%s…: read without a problem", open)
		}
	}
}

func TestReadTellsManyProblemsAtOnce(t *testing.T) {
	_, err := Read(strings.NewReader(`{"format":"`+Format+`","operations":[
		{"operation":{"id":"a","title":"x","origin":"fictional","began":"soon","covers":-1}},
		{"operation":{"id":"b","title":"x","origin":"fictional","colour":"red"}}]}`), MaxFile)
	if n := len(plumbline.ProblemsOf(err)); n != 3 {
		t.Errorf("problems: got %d, want 3: %v", n, err)
	}
}

func TestReadAcceptsAByteOrderMark(t *testing.T) {
	data, err := os.ReadFile("../../doc/examples/minimal.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(bytes.NewReader(append([]byte("\ufeff"), data...)), MaxFile); err != nil {
		t.Error(err)
	}
}

// The examples are canonical and come back the same.
func TestExamples(t *testing.T) {
	for _, name := range []string{"minimal.json", "raid.json"} {
		t.Run(name, func(t *testing.T) {
			path := "../../doc/examples/" + name
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := readAndResolve(data)
			if err != nil {
				t.Fatal(err)
			}
			written := canonical(t, f)
			if *update {
				if err := os.WriteFile(path, written, 0o644); err != nil {
					t.Fatal(err)
				}
				data = written
			}
			if !bytes.Equal(written, data) {
				t.Error("the example is not in canonical form; run with -update")
			}
			again, err := Read(bytes.NewReader(written), MaxFile)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(f, again, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("a round trip changed the file (-before +after):\n%s", diff)
			}
		})
	}
}

func canonical(t *testing.T, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What the raid of the examples says: the child's chain is whole, the two
// women held are the only ones anybody still has to answer for after a day.
func TestExampleRaid(t *testing.T) {
	data, err := os.ReadFile("../../doc/examples/raid.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReadOne(bytes.NewReader(data), MaxFile)
	if err != nil {
		t.Fatal(err)
	}
	if k := r.Kind(); k.Kind != plumbline.TargetedRemoval || k.SweptUp != plumbline.Yes || k.Warrant != plumbline.Yes {
		t.Errorf("kind: got %+v, want a targeted removal with a warrant, others swept up", k)
	}
	children := r.Children()
	if len(children) != 1 {
		t.Fatalf("children: got %d, want 1", len(children))
	}
	at, err := plumbline.ParseWhen("2026-06-10")
	if err != nil {
		t.Fatal(err)
	}
	start, _ := at.Earliest()
	if c := r.Custody(children[0], start); c.Broken() || len(c.Links) != 2 {
		t.Errorf("custody of the child: got %d links, broken %v, want 2, whole", len(c.Links), c.Broken())
	}
	month, err := plumbline.ParseCheckpoint("30d")
	if err != nil {
		t.Fatal(err)
	}
	if b := r.Balance(month); b.Unaccounted.Min() != 10 {
		t.Errorf("after 30 days: unaccounted %v, want at least 10: two women, seven customers, the manager", b.Unaccounted)
	}
}

func TestReadOne(t *testing.T) {
	bare := `{"operation":{"id":"op","title":"x","origin":"fictional"%s}}`
	one := `{"format":"` + Format + `","operations":[` + fmt.Sprintf(bare, "") + `]}`
	for name, tc := range map[string]struct{ file, want string }{
		"bare":                     {fmt.Sprintf(bare, ""), ""},
		"envelope":                 {one, ""},
		"none":                     {`{"format":"` + Format + `"}`, "operations: The file holds 0 operations; exactly one is read here."},
		"two":                      {strings.Replace(one, `[`, `[{"operation":{"id":"op-2","title":"x","origin":"fictional"}},`, 1), "operations: The file holds 2 operations; exactly one is read here."},
		"neither":                  {`{"id":"op"}`, "format: The file does not say what it is. It needs a field “format” that says “plumbline.operations/1”."},
		"a bare one without an id": {`{"operation":{"title":"x","origin":"fictional"}}`, "operation.id: This is needed."},
		"a bare bad one":           {fmt.Sprintf(bare, `,"began":"soon"`), "operation.began: “soon” is not a date."},
		"a bare wrong one":         {fmt.Sprintf(bare, `,"began":"2003","ended":"2001"`), "operation.ended: This ends (2001) before it begins (2003)."},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := ReadOne(strings.NewReader(tc.file), MaxFile)
			switch {
			case tc.want == "" && (err != nil || r.Operation.ID != "op"):
				t.Errorf("got %v, %v", r, err)
			case tc.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.want)):
				t.Errorf("got %v, want %s", err, tc.want)
			case tc.want != "" && r != nil:
				t.Error("a record came back beside the error")
			}
		})
	}
}

// Write refuses what Read would refuse, and writes nothing of it.
func TestWriteRefuses(t *testing.T) {
	good := func() *File {
		return &File{Format: Format, Operations: []*plumbline.Record{{Operation: plumbline.Operation{
			Head: plumbline.Head{ID: "op"}, Title: "x", Origin: "fictional"}}}}
	}
	for name, spoil := range map[string]func(*File){
		"another format":  func(f *File) { f.Format = "plumbline.operations/2" },
		"a bad id":        func(f *File) { f.Operations[0].Operation.ID = "Op" },
		"the same twice":  func(f *File) { f.Operations = append(f.Operations, f.Operations[0]) },
		"broken text":     func(f *File) { f.About.Text = "\xf3" },
		"a broken title":  func(f *File) { f.Operations[0].Operation.Title = "a\x00b" },
		"lines in a line": func(f *File) { f.About.Title = "a\nb" },
	} {
		t.Run(name, func(t *testing.T) {
			f := good()
			spoil(f)
			var b bytes.Buffer
			if err := Write(&b, f); err == nil || b.Len() > 0 {
				t.Errorf("wrote %d bytes, error %v", b.Len(), err)
			}
		})
	}
	if err := Write(&bytes.Buffer{}, good()); err != nil {
		t.Error(err)
	}
}

// Whatever is read is written so that reading it again gives the same, and
// writing that again the same bytes; whatever is refused is refused with a
// Problem.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.json", "../../doc/examples/*.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte(`{"format":"plumbline.operations/1","about":{"made":"2007~"},"operations":[{"operation":{"id":"o","title":"a\u2028<b>","origin":"site","covers":{"value":2,"bound":"at_least","about":5},"head_count":">3"}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := Read(bytes.NewReader(data), 1<<20)
		if err != nil {
			if plumbline.ProblemsOf(err) == nil {
				t.Fatalf("refused without a Problem: %v", err)
			}
			return
		}
		written := canonical(t, first)
		second, err := Read(bytes.NewReader(written), MaxFile)
		if err != nil {
			t.Fatalf("what was written does not read: %v\n%s", err, written)
		}
		if diff := cmp.Diff(first, second, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("a round trip changed the file (-before +after):\n%s", diff)
		}
		if again := canonical(t, second); !bytes.Equal(written, again) {
			t.Fatalf("two forms of one file:\n%s\n%s", written, again)
		}
	})
}

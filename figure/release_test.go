package figure

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"plumbline/protect"
)

// testKey makes the same key each time: its seed is the name.
func testKey(t testing.TB, kind KeyKind, name string) (file, public string) {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	if kind == WitnessKey {
		private, public, err := newWitnessKey(bytes.NewReader(seed[:]), name)
		if err != nil {
			t.Fatal(err)
		}
		return string(kind) + " " + private + "\n", public
	}
	public, err := note.NewEd25519VerifierKey(name, ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	private := "PRIVATE+KEY+" + keyID(public) + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, seed[:]...))
	return string(kind) + " " + private + "\n", public
}

const logName = "example.org/releases"

// A press makes releases for tests: three approvers and a log.
type press struct {
	t        testing.TB
	approver map[string]string // the key files
	public   []string
	logFile  string
	policy   string
}

func newPress(t testing.TB) *press {
	p := &press{t: t, approver: map[string]string{}}
	for _, name := range []string{"ana", "bo", "cy"} {
		file, public := testKey(t, ApproverKey, name)
		p.approver[name], p.public = file, append(p.public, public)
	}
	var log string
	p.logFile, log = testKey(t, LogKey, logName)
	p.policy = "log " + log + "\n"
	for _, key := range p.public {
		p.policy += "approver " + key + "\n"
	}
	p.policy += "approvals 2\n"
	return p
}

func (p *press) believes() *Policy {
	p.t.Helper()
	policy, err := ParsePolicy([]byte(p.policy))
	if err != nil {
		p.t.Fatal(err)
	}
	return policy
}

const cases = `year,outcome,n
2024,home,40
2024,shelter,25
2024,unknown,3
2025,home,60
2025,shelter,33
2025,unknown,12
`

func testSpec(p *press, id string) MakeSpec {
	return MakeSpec{
		Release: Release{
			ID: id, Title: "Outcomes <of> people met", Made: "2026-11-22", Approvers: p.public,
			Figures: &Figures{
				Series: "outcomes",
				Definition: Definition{
					Text: "Where people met in operations were after ninety days", Numerator: "people with the outcome", Denominator: "people met",
					Unit: "percent", Period: "2024/2025", Basis: "event", Population: "operations of the coalition", Rule: "1", Exclusions: []string{"officials"},
				},
				Values:   []Value{{Cell: map[string]string{"year": "2025", "outcome": "home"}, Of: map[string]string{"year": "2025"}}, {Cell: map[string]string{"outcome": "home"}, Of: map[string]string{}}},
				Software: Software{Module: "plumbline", Version: "test"},
			},
		},
		Suppress: protect.SuppressSpec{Tables: [][]string{{"year", "outcome"}}, Count: "n", Min: 10},
		Places:   1, Licence: "CC-BY-4.0", Sources: []string{"made up"}, Input: []byte(cases), Nonce: bytes.Repeat([]byte{7}, 32),
	}
}

func testTable(t testing.TB, text string) *protect.Table {
	t.Helper()
	table, err := protect.ReadTable(strings.NewReader(text), "cases.csv", protect.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func (p *press) make(spec MakeSpec) Files {
	p.t.Helper()
	made, err := Make(p.t.Context(), testTable(p.t, string(spec.Input)), spec)
	if err != nil {
		p.t.Fatal(err)
	}
	return made.Files
}

func (p *press) approve(f Files, names ...string) Files {
	p.t.Helper()
	f = maps.Clone(f)
	for _, name := range names {
		var err error
		if f[statementFile], err = Approve(f[statementFile], p.approver[name]); err != nil {
			p.t.Fatal(err)
		}
	}
	return f
}

// open opens the log of a folder for writing until the test ends, or close.
func (p *press) open(dir string) *Writer {
	p.t.Helper()
	w, err := WriteLog(dir, p.logFile)
	if err != nil {
		p.t.Fatal(err)
	}
	return w
}

func (p *press) publish(f Files, dir string) Files {
	p.t.Helper()
	w := p.open(dir)
	defer w.Close()
	f, err := Publish(f, w)
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

func TestRelease(t *testing.T) {
	p := newPress(t)
	dir := filepath.Join(t.TempDir(), "log")
	draft := p.make(testSpec(p, "outcomes-1"))
	f := p.publish(p.approve(draft, "cy", "ana"), dir)
	if again := p.publish(p.approve(draft, "ana", "cy"), dir); !maps.EqualFunc(again, f, bytes.Equal) {
		t.Error("publishing twice, or signing in another order, gives another release")
	}

	f[checkpointFile] = p.cosign(f[checkpointFile], "w.example/a", "w.example/b")
	p.policy += p.witnesses("w.example/a", "w.example/b", "w.example/c")
	v := Verify(t.Context(), f, VerifySpec{Policy: p.believes(), Log: os.DirFS(dir), Older: f[checkpointFile]})
	for _, c := range v.Checks {
		if c.Result != Passed {
			t.Errorf("%s: %s: %s", c.Check, c.Result, c.Text)
		}
	}
	if len(v.Checks) != len(Checks()) {
		t.Errorf("%d checks, want %d", len(v.Checks), len(Checks()))
	}
	// Without anything brought along, what rests on whom to believe is not possible, and nothing fails.
	alone := results(Verify(t.Context(), f, VerifySpec{}))
	for _, code := range Checks() {
		want := Passed
		if slices.Contains([]string{"signatures", "checkpoint", "included", "witnessed", "grown", "standing"}, code) {
			want = NotPossible
		}
		if alone[code] != want {
			t.Errorf("alone, %s is %s, want %s", code, alone[code], want)
		}
	}
	// A draft has no place in a log that the reader believes.
	if v := Verify(t.Context(), p.approve(draft, "ana", "bo"), VerifySpec{Policy: p.believes()}); failed(v) != "checkpoint" {
		t.Errorf("a draft: %v", v.Checks)
	}

	// A folder and one file hold the same.
	tmp := t.TempDir()
	for _, name := range []string{"folder", "one.zip"} {
		name = filepath.Join(tmp, name)
		if err := f.Write(name); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadFiles(name); err != nil || !maps.EqualFunc(got, f, bytes.Equal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMakeRefuses holds that what should not be published is refused in one sentence.
func TestMakeRefuses(t *testing.T) {
	p := newPress(t)
	for _, tc := range []struct {
		name, want string
		input      string
		change     func(*MakeSpec, *Figures)
	}{
		{"no denominator", `the unit "percent" needs a denominator`, cases, func(_ *MakeSpec, f *Figures) { f.Definition.Denominator = "" }},
		{"per thousand", `the unit "per 1000 arrests" needs a denominator`, cases, func(_ *MakeSpec, f *Figures) { f.Definition.Unit, f.Definition.Denominator = "per 1000 arrests", "" }},
		{"a unit that is not clear", "is not clear", cases, func(_ *MakeSpec, f *Figures) { f.Definition.Unit = "recognition rate" }},
		{"no period", "the period is missing", cases, func(_ *MakeSpec, f *Figures) { f.Definition.Period = "" }},
		{"one approver", "1 approvers are named", cases, func(s *MakeSpec, _ *Figures) { s.Release.Approvers = p.public[:1] }},
		{"one approver twice", "same key", cases, func(s *MakeSpec, _ *Figures) { s.Release.Approvers = []string{p.public[0], p.public[0]} }},
		{"a value that is hidden", "suppressed", cases, func(_ *MakeSpec, f *Figures) {
			f.Values = []Value{{Cell: map[string]string{"year": "2024", "outcome": "unknown"}, Of: map[string]string{}}}
		}},
		{"a value that is not there", "the tables have no count of outcome = lost", cases, func(_ *MakeSpec, f *Figures) {
			f.Values = []Value{{Cell: map[string]string{"outcome": "lost"}, Of: map[string]string{}}}
		}},
		{"margins that do not add", "the margin says 71 and its parts add to 68", cases + "2024,Total,71\n", func(*MakeSpec, *Figures) {}},
		{"an id with a space", "id ", cases, func(s *MakeSpec, _ *Figures) { s.Release.ID = "out comes" }},
		{"a title that turns the line", "control character", cases, func(s *MakeSpec, _ *Figures) { s.Release.Title = "a\u202eb" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			spec := testSpec(p, "outcomes-1")
			spec.Input = []byte(tc.input)
			tc.change(&spec, spec.Release.Figures)
			_, err := Make(t.Context(), testTable(t, tc.input), spec)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestApproveAndPublishRefuse(t *testing.T) {
	p := newPress(t)
	draft := p.make(testSpec(p, "outcomes-1"))
	eve, _ := testKey(t, ApproverKey, "eve")
	once := p.approve(draft, "ana")
	for _, tc := range []struct{ name, key, want string }{
		{"the same key twice", p.approver["ana"], "has approved already"},
		{"a stranger", eve, "none of the approvers"},
		{"the key of a log", p.logFile, "of the wrong kind"},
		{"a public key", "approver " + p.public[1], "public key"},
		{"no key", "hello", "not a key"},
		{"a damaged key", p.approver["bo"][:40], "damaged"},
		// The name does not make the key: a second key file with another name and the same seed.
		{"the same key by another name", strings.Replace(p.approver["ana"], "+ana+", "+bo+", 1), "damaged"},
	} {
		if _, err := Approve(once[statementFile], tc.key); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}

	dir := t.TempDir()
	w := p.open(dir)
	defer w.Close()
	refuse := func(f Files, want string) {
		t.Helper()
		size := w.Size
		if _, err := Publish(f, w); err == nil || !strings.Contains(err.Error(), want) || w.Size != size {
			t.Errorf("got %v with %d leaves after %d, want %q", err, w.Size, size, want)
		}
	}
	refuse(once, "1 of 2 approvals")
	ana := p.approve(draft, "ana", "bo")
	if _, err := Publish(ana, w); err != nil {
		t.Fatal(err)
	}
	refuse(p.approve(draft, "ana", "cy"), "another release called outcomes-1")
	refuse(p.approve(p.make(testSpec(p, "outcomes-2")), "ana", "bo"), "make it again with --earlier")

	// What supersedes it was held against it; afterwards it can be neither withdrawn nor superseded again.
	spec := testSpec(p, "outcomes-2")
	ref, err := ana.Reference()
	if err != nil {
		t.Fatal(err)
	}
	spec.Release.Supersedes, spec.Release.Reason = &ref, "the rule was read wrongly"
	spec.Earlier = []EarlierRelease{{Files: ana}}
	next := p.approve(p.make(spec), "ana", "bo")
	if _, err := Publish(next, w); err != nil {
		t.Fatal(err)
	}
	withdraw := Release{ID: "outcomes-1-withdrawn", Title: "Withdrawal", Made: "2026-11-22", Approvers: p.public, Reason: "a list was counted twice"}
	f, err := Withdraw(ana, withdraw)
	if err != nil {
		t.Fatal(err)
	}
	refuse(p.approve(f, "ana", "bo"), "was withdrawn or superseded before, by outcomes-2")
	if f, err = Withdraw(next, withdraw); err != nil {
		t.Fatal(err)
	}
	w2 := p.open(t.TempDir())
	defer w2.Close()
	if _, err := Publish(p.approve(f, "ana", "bo"), w2); err == nil || !strings.Contains(err.Error(), "is not in the log") {
		t.Errorf("withdrawn in another log: %v", err)
	}
	gone, err := Publish(p.approve(f, "ana", "bo"), w)
	if err != nil {
		t.Fatal(err)
	}

	// The reader sees it with a copy of the log, and the withdrawal is itself a release to verify.
	spec2 := VerifySpec{Policy: p.believes(), Log: os.DirFS(dir)}
	published, err := Publish(ana, w)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []Files{published, func() Files { f, _ := Publish(next, w); return f }()} {
		if v := Verify(t.Context(), f, spec2); failed(v) != "standing" {
			t.Errorf("%v", v.Checks)
		}
	}
	if v := Verify(t.Context(), gone, spec2); failed(v) != "" || results(v)["standing"] != Passed {
		t.Errorf("%v", v.Checks)
	}
}

// sign makes an envelope of whatever statement, as no command would.
func (p *press) sign(s Statement, names ...string) []byte {
	p.t.Helper()
	payload, err := compact(s)
	if err != nil {
		p.t.Fatal(err)
	}
	e := Envelope{PayloadType, payload, []Signature{}}
	for _, name := range names {
		signer, err := ParsePrivate(p.approver[name], ApproverKey)
		if err != nil {
			p.t.Fatal(err)
		}
		sig, err := signer.Sign(preAuthentication(payload))
		if err != nil {
			p.t.Fatal(err)
		}
		_, public := testKey(p.t, ApproverKey, name)
		e.Signatures = append(e.Signatures, Signature{keyID(public), sig})
	}
	data, err := compact(e)
	if err != nil {
		p.t.Fatal(err)
	}
	return data
}

func TestFilesRefuse(t *testing.T) {
	p := newPress(t)
	f := p.approve(p.make(testSpec(p, "outcomes-1")), "ana", "bo")
	pack := func(method uint16, change func(*zip.Writer)) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, name := range slices.Sorted(maps.Keys(f)) {
			out, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
			if err != nil {
				t.Fatal(err)
			}
			out.Write(f[name])
		}
		change(w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	add := func(h zip.FileHeader, size int) func(*zip.Writer) {
		return func(w *zip.Writer) {
			out, err := w.CreateHeader(&h)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(make([]byte, size))
		}
	}
	link := zip.FileHeader{Name: "table-2.csv"}
	link.SetMode(os.ModeSymlink | 0o777)
	good, err := f.Zip()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"a path out of it":      pack(zip.Store, add(zip.FileHeader{Name: "../table.csv"}, 1)),
		"an absolute path":      pack(zip.Store, add(zip.FileHeader{Name: "/etc/passwd"}, 1)),
		"an extra file":         pack(zip.Store, add(zip.FileHeader{Name: "readme.txt"}, 1)),
		"a link":                pack(zip.Store, add(link, 10)),
		"a file twice":          pack(zip.Store, add(zip.FileHeader{Name: "table.csv"}, 1)),
		"a bomb":                pack(zip.Store, add(zip.FileHeader{Name: "table-2.csv", Method: zip.Deflate}, 8<<20)),
		"compressed":            pack(zip.Deflate, func(*zip.Writer) {}),
		"a comment":             pack(zip.Store, func(w *zip.Writer) { w.SetComment("hello") }),
		"something before":      append([]byte("#!/bin/sh\n"), good...),
		"something after":       append(bytes.Clone(good), 0),
		"cut short":             good[:len(good)-1],
		"nothing":               {},
		"with dates and so on ": pack(zip.Store, func(*zip.Writer) {}),
	} {
		if _, err := ParseZip(data); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}

	for name, spoil := range map[string]func(dir string) error{
		"a link":        func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "table-2.csv")) },
		"a folder":      func(dir string) error { return os.Mkdir(filepath.Join(dir, "table-2.csv"), 0o755) },
		"an extra file": func(dir string) error { return os.WriteFile(filepath.Join(dir, "readme.txt"), nil, 0o644) },
	} {
		dir := filepath.Join(t.TempDir(), "release")
		if err := errors.Join(f.Write(dir), spoil(dir)); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFiles(dir); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s in a folder: %v", name, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "release")
	extra := maps.Clone(f)
	extra["table-2.csv"] = []byte("a")
	if err := extra.Write(dir); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFiles(dir); err != nil || failed(Verify(context.Background(), got, VerifySpec{})) != "files" {
		t.Errorf("a table too many: %v", err)
	}
}

func TestPolicyRefuses(t *testing.T) {
	p := newPress(t)
	_, log := testKey(t, LogKey, logName)
	_, ana := testKey(t, ApproverKey, "ana")
	_, witness := testKey(t, WitnessKey, "w.example/a")
	for _, tc := range []struct{ text, want string }{
		{"", "names no key"},
		{"approver " + ana + "\napprover " + ana, "line 2: ana and ana are the same key"},
		{"log " + log + "\nlog " + log, "a second log"},
		{"log " + log + "\napprover " + log, "the same key"},
		{"approver " + ana + "\napprovals 2", "2 approvals of 1 approvers"},
		{"approver " + ana + "\napprovals 0", "want a number"},
		{"approver " + ana[:len(ana)-1], "not a public key"},
		{p.approver["ana"], "private key"},
		{"observer " + log, "want log, approver, approvals, witness or cosignatures"},
		{"witness " + log, "of the wrong kind"},
		{"log " + log + "\napprover " + witness, "of the wrong kind"},
		{"witness " + witness + "\nwitness " + witness, "the same key"},
		{"witness " + witness + "\ncosignatures 2", "2 cosignatures of 1 witnesses"},
	} {
		if _, err := ParsePolicy([]byte(tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: %v, want %q", tc.text, err, tc.want)
		}
	}
	one, err := ParsePolicy([]byte("approver " + ana + "\n"))
	if err != nil || one.Approvals != 1 || one.Log != "" {
		t.Errorf("one key: %+v, %v", one, err)
	}
}

// TestEarlier plants a difference of a few people between two releases: no reader of both can take it.
func TestEarlier(t *testing.T) {
	p := newPress(t)
	first := p.make(testSpec(p, "outcomes-1"))
	later := strings.Replace(cases, "2025,home,60", "2025,home,62", 1)
	spec := testSpec(p, "outcomes-2")
	spec.Input, spec.Release.Figures.Values = []byte(later), nil
	spec.Earlier = []EarlierRelease{{Files: first}}
	if _, err := Make(t.Context(), testTable(t, later), spec); err == nil {
		t.Error("data that changed went for the same")
	}
	spec.Earlier[0].Data = testTable(t, cases)
	second := p.make(spec)
	was, now := parsed(t, first), parsed(t, second)
	shown := 0
	for i, c := range now.Cells {
		old := was.Cells[slices.IndexFunc(was.Cells, func(o protect.Cell) bool { return slices.Equal(o.Values, c.Values) })]
		if c.Count == nil || old.Count == nil {
			continue
		}
		shown++
		if d := *c.Count - *old.Count; d != 0 && d < 10 && d > -10 {
			t.Errorf("cell %d, %q: %d more than before", i, c.Values, d)
		}
	}
	if shown == 0 {
		t.Error("nothing is shown")
	}
	_, s, _, err := second.open()
	if err != nil {
		t.Fatal(err)
	}
	if ref, err := first.Reference(); err != nil || !slices.Equal(s.Predicate.Figures.Earlier, []Reference{ref}) {
		t.Errorf("it names %v as earlier, want %v, %v", s.Predicate.Figures.Earlier, ref, err)
	}
}

func parsed(t *testing.T, f Files) *protect.Frequency {
	t.Helper()
	table, err := parseTable(f["table.csv"], "table.csv", "Total")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

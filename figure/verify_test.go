package figure

import (
	"bytes"
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/protect"
)

// results returns the result of each check.
func results(v *Verification) map[string]string {
	m := map[string]string{}
	for _, c := range v.Checks {
		m[c.Check] = c.Result
	}
	return m
}

// failed returns the first check that failed, or nothing.
func failed(v *Verification) string {
	for _, c := range v.Checks {
		if c.Result == Failed {
			return c.Check
		}
	}
	return ""
}

// TestTamper flips bits of every file of a release, and of the one file that holds them all.
func TestTamper(t *testing.T) {
	p := newPress(t)
	dir := filepath.Join(t.TempDir(), "log")
	f := p.publish(p.approve(p.make(testSpec(p, "outcomes-1")), "ana", "bo"), dir)
	spec := VerifySpec{Policy: p.believes(), Log: os.DirFS(dir)}
	r := rand.New(rand.NewPCG(1, 2))
	// Every byte of what is small, and 200 of what is larger.
	step := func(size int) int { return max(1, min(size/1024, 1)*size/200) }
	for name, data := range f {
		for at := 0; at < len(data); at += step(len(data)) {
			g := maps.Clone(f)
			g[name] = bytes.Clone(data)
			g[name][at] ^= 1 << r.IntN(8)
			if v := Verify(t.Context(), g, spec); v.OK() {
				t.Fatalf("%s: a bit of byte %d was flipped, and nothing failed", name, at)
			}
		}
		g := maps.Clone(f)
		delete(g, name)
		if v := Verify(t.Context(), g, spec); v.OK() {
			t.Errorf("%s is missing, and nothing failed", name)
		}
	}
	one, err := f.Zip()
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(one); at += step(len(one)) {
		bad := bytes.Clone(one)
		bad[at] ^= 1 << r.IntN(8)
		if g, err := ParseZip(bad); err == nil && Verify(t.Context(), g, spec).OK() {
			t.Fatalf("a bit of byte %d of the one file was flipped, and nothing failed", at)
		}
	}
}

// The readers of what strangers wrote never panic, and read only what they would write.
func FuzzParse(f *testing.F) {
	p := newPress(f)
	draft := p.approve(p.make(testSpec(p, "outcomes-1")), "ana", "bo")
	one, _ := draft.Zip()
	text, _ := spaced(proof{proofFormat, 1, tlog.RecordProof{{1}}})
	f.Add([]byte("selections\tprotected_count\nrecord_count\t20\na:x\t20\na:x;b:y\t10\n"))
	f.Add([]byte("a,b\nx,y\nx,\n"))
	for _, seed := range [][]byte{draft[statementFile], draft[packageFile], draft["table.csv"], one, text, []byte(p.policy)} {
		f.Add(seed)
	}
	e, s, err := ParseEnvelope(draft[statementFile])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e.Payload)
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, _, err := ParseEnvelope(data); err == nil {
			if again, err := compact(e); err != nil || !bytes.Equal(again, data) {
				t.Errorf("an envelope has two spellings: %v", err)
			}
		}
		if files, err := ParseZip(data); err == nil {
			Verify(context.Background(), files, VerifySpec{})
		}
		if pr, err := parseProof(data); err == nil {
			tlog.CheckRecord(pr.Hashes, 7, tlog.Hash{}, pr.Index, tlog.Hash{})
		}
		if policy, err := ParsePolicy(data); err == nil && (policy.Approvals > len(policy.Approvers)) {
			t.Errorf("%+v", policy)
		}
		var st Statement
		if parseStrict(data, &st, compact) == nil && st.check() == nil && st.Predicate.Figures != nil && st.Predicate.Withdraws != nil {
			t.Error("a statement with figures that withdraws")
		}
		for _, name := range []string{packageFile, "table.csv"} {
			g := maps.Clone(draft)
			g[name] = data
			g.parsePackage(s)
		}
		rows := Files{rowsFile: data, countsFile: data}
		for _, at := range []string{rowsFile, countsFile} {
			other := map[string]string{rowsFile: countsFile, countsFile: rowsFile}[at]
			rows[at], rows[other] = data, []byte(map[string]string{rowsFile: "a\nx\n", countsFile: "selections\tprotected_count\nrecord_count\t20\na:x\t20\n"}[other])
			m := Method{Path: KSynthetic, K: 10, Parameters: Parameters{Length: 3}}
			made := &Statement{Subject: []Subject{{Name: countsFile}, {Name: rowsFile}}, Predicate: Release{Figures: &Figures{Method: m}}}
			if c, err := rows.parseContents(made); err == nil {
				v := &verifier{spec: VerifySpec{Limit: 100 * time.Millisecond}}
				v.protection(context.Background(), made.Predicate.Figures, c)
				v.values(made.Predicate.Figures, c)
			}
		}
		if table, err := parseTable(data, "table.csv", "Total"); err == nil {
			v := &verifier{files: draft, spec: VerifySpec{Limit: 100 * time.Millisecond}}
			c := &contents{tables: []protect.Frequency{*table}}
			v.protection(context.Background(), s.Predicate.Figures, c)
			v.values(s.Predicate.Figures, c)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	p := newPress(b)
	dir := b.TempDir()
	f := p.publish(p.approve(p.make(testSpec(p, "outcomes-1")), "ana", "bo"), dir)
	name := filepath.Join(b.TempDir(), "release.zip")
	if err := f.Write(name); err != nil {
		b.Fatal(err)
	}
	spec := VerifySpec{Policy: p.believes(), Log: os.DirFS(dir), Older: f[checkpointFile]}
	for b.Loop() {
		f, err := ReadFiles(name)
		if err != nil {
			b.Fatal(err)
		}
		if v := Verify(b.Context(), f, spec); !v.OK() {
			b.Fatal(v.Checks)
		}
	}
}

// TestAttackIsBounded: what would hold a reader's machine for long is not begun.
func TestAttackIsBounded(t *testing.T) {
	cell := func(values ...string) protect.Cell {
		return protect.Cell{Values: values, Status: protect.StatusSuppressed}
	}
	hidden := protect.Frequency{By: []string{"a"}, Count: "n", Total: "Total"}
	for i := range attackHidden + 1 {
		hidden.Cells = append(hidden.Cells, cell(string(rune('a'+i))))
	}
	zero := int64(0)
	wide := protect.Frequency{By: make([]string, attackColumns+1), Count: "n", Total: "Total", Cells: []protect.Cell{cell(make([]string, attackColumns+1)...)}}
	long := protect.Frequency{By: []string{"a", "b"}, Count: "n", Total: "Total"}
	for i := range 5000 {
		long.Cells = append(long.Cells, protect.Cell{Values: []string{string(rune(0x4e00 + i)), "Total"}, Count: &zero})
	}
	for name, table := range map[string]protect.Frequency{"hidden counts": hidden, "columns": wide, "values": long} {
		v := &verifier{}
		v.protection(t.Context(), &Figures{Method: Method{Path: Suppression, K: 10}}, &contents{tables: []protect.Frequency{table}})
		if got := v.Checks[0].Result; got != NotPossible {
			t.Errorf("too many %s: %s", name, got)
		}
	}
	// One that begins ends when its time is up.
	p := newPress(t)
	f := p.make(testSpec(p, "outcomes-1"))
	if got := results(Verify(t.Context(), f, VerifySpec{Limit: 1}))["protection"]; got != NotPossible {
		t.Errorf("without time: %s", got)
	}
}

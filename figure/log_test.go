package figure

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/ledger"
)

// TestTamperLog flips bits of every file of a log, and removes each.
func TestTamperLog(t *testing.T) {
	p := newPress(t)
	dir := t.TempDir()
	w := p.open(dir)
	f, err := Publish(p.approve(p.make(testSpec(p, "outcomes-1")), "ana", "bo"), w)
	if err != nil {
		t.Fatal(err)
	}
	var filler [][]byte
	for i := range 299 {
		filler = append(filler, p.sign(Statement{Type: StatementType, PredicateType: PredicateType,
			Subject:   []Subject{{"other", digestOf(nil)}},
			Predicate: Release{ID: fmt.Sprintf("filler-%d", i), Title: "Filler", Made: "2026-11-22", Approvers: p.public, Withdraws: &Reference{"other", digestOf(nil)}, Reason: "none"}}, "ana", "bo"))
	}
	if err := w.Append(filler...); err != nil {
		t.Fatal(err)
	}
	w.Close()
	spec := VerifySpec{Policy: p.believes(), Log: os.DirFS(dir)}
	if v := Verify(t.Context(), f, spec); !v.OK() || results(v)["standing"] != Passed {
		t.Fatalf("%v", v.Checks)
	}
	var names []string
	filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), ".") {
			names = append(names, name)
		}
		return err
	})
	if len(names) != 6 { // checkpoint, two tiles at level 0, one at 1, two bundles
		t.Fatalf("%q", names)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		change := func(at int, bad []byte) {
			if err := os.WriteFile(name, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			if v := Verify(t.Context(), f, spec); v.OK() {
				t.Errorf("%s: byte %d changed, and nothing failed", name, at)
			}
		}
		for i := range 4 {
			// The first leaf is the release itself, which the proof and not the copy vouches for.
			at := len(data)/4*i + len(data)/8
			bad := bytes.Clone(data)
			bad[at] ^= 4
			change(at, bad)
		}
		change(len(data)-1, data[:len(data)-1])
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if v := Verify(t.Context(), f, spec); !v.OK() {
		t.Errorf("mended: %v", v.Checks)
	}
}

// TestLogKilled kills a writer at work again and again: what is left is a whole log that only grew.
func TestLogKilled(t *testing.T) {
	p := newPress(t)
	if dir := os.Getenv("FIGURE_TEST_LOG"); dir != "" {
		w := p.open(dir)
		fmt.Println("ready")
		for {
			if err := w.Append(fmt.Appendf(nil, "leaf %d", w.Size)); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := t.TempDir()
	w := p.open(dir)
	kept := w.Checkpoint
	w.Close()
	public := p.believes().Log
	for round := range 6 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLogKilled$")
		cmd.Env = append(os.Environ(), "FIGURE_TEST_LOG="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		out.Read(make([]byte, 6))
		for { // a few more leaves, then the end in the middle of whatever it does
			l, err := ReadLog(os.DirFS(dir), public)
			if err != nil {
				t.Fatal(err)
			}
			if l.Size >= kept.Size+2+int64(round) {
				break
			}
			time.Sleep(time.Millisecond)
		}
		cmd.Process.Kill()
		cmd.Wait()

		w := p.open(dir)
		if err := w.CheckGrowth(kept); err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for leaf, err := range w.Leaves(0) {
			if want := fmt.Sprintf("leaf %d", n); err != nil || string(leaf) != want {
				t.Fatalf("leaf %d: %q, %v", n, leaf, err)
			}
			n++
		}
		if n != w.Size {
			t.Fatalf("%d leaves of %d", n, w.Size)
		}
		kept = w.Checkpoint
		w.Close()
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "tile", "entries", "*.p", "*")); len(left) > 3 {
		t.Errorf("parts are left: %q", left)
	}
}

// TestLogRefuses: a folder with leaves and no checkpoint is no new log, and one log's key is not another's.
func TestLogRefuses(t *testing.T) {
	p := newPress(t)
	dir := t.TempDir()
	w := p.open(dir)
	if err := w.Append([]byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(make([]byte, MaxEnvelope+1)); !errors.Is(err, ErrMalformed) || w.Size != 1 {
		t.Errorf("a leaf too long: %v, %d leaves", err, w.Size)
	}
	w.Close()
	other, _ := testKey(t, LogKey, "example.org/other")
	if _, err := WriteLog(dir, other); !errors.Is(err, ledger.ErrSignature) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := WriteLog(dir, p.approver["ana"]); err == nil || !strings.Contains(err.Error(), "of the wrong kind") {
		t.Errorf("with the key of an approver: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, checkpointFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := WriteLog(dir, p.logFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without its checkpoint: %v", err)
	}
}

// TestForks holds the checks against a reader's checkpoint.
func TestForks(t *testing.T) {
	p := newPress(t)
	dir, fork := t.TempDir(), t.TempDir()
	w, w2 := p.open(dir), p.open(fork)
	defer w.Close()
	defer w2.Close()
	f, err := Publish(p.approve(p.make(testSpec(p, "outcomes-1")), "ana", "bo"), w)
	if err != nil {
		t.Fatal(err)
	}
	if err := w2.Append([]byte("another leaf")); err != nil {
		t.Fatal(err)
	}
	forked1 := w2.Signed
	if err := w2.Append([]byte("and another")); err != nil {
		t.Fatal(err)
	}
	forked2 := w2.Signed
	if err := w.Append(f[statementFile][:9]); err != nil { // the log goes on
		t.Fatal(err)
	}
	policy := p.believes()
	for _, tc := range []struct {
		name  string
		older []byte
		log   string
		want  string
	}{
		{"the release's own", f[checkpointFile], "", Passed},
		{"a fork of the same length", forked1, "", Failed},
		{"another length, and nothing to compare with", forked2, "", NotPossible},
		{"the log itself", f[checkpointFile], dir, Passed},
		{"a fork, and the log", forked1, dir, Failed},
		{"a fork of another length, and the log", forked2, dir, Failed},
		{"the release, and the log's fork", nil, fork, Failed},
		{"nothing kept", nil, "", NotPossible},
		{"not a checkpoint", []byte("hello\n"), dir, Failed},
		{"a folder that is no log", nil, t.TempDir(), Failed},
	} {
		spec := VerifySpec{Policy: policy, Older: tc.older}
		if tc.log != "" {
			spec.Log = os.DirFS(tc.log)
		}
		if got := results(Verify(t.Context(), f, spec))["grown"]; got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	// The log is longer than the copy that the reader has: rolled back, or an old copy.
	if err := w2.Append([]byte("and one more")); err != nil {
		t.Fatal(err)
	}
	if got := results(Verify(t.Context(), f, VerifySpec{Policy: policy, Older: w2.Signed, Log: os.DirFS(dir)}))["grown"]; got != Failed {
		t.Errorf("rolled back: %s", got)
	}
}

// BenchmarkLog appends a leaf to a log of a million on the disk, as far as memory goes, and proves one.
func BenchmarkLog(b *testing.B) {
	p := newPress(b)
	dir := b.TempDir()
	const size = 1 << 20
	leaf := make([]byte, 2000)
	w := p.open(dir)
	defer w.Close()
	// The files are made without waiting for the disk at each.
	for w.Size < size-1 {
		leaves := make([][]byte, min(1<<16, size-1-w.Size))
		for i := range leaves {
			leaves[i] = fmt.Appendf(nil, "leaf %d", w.Size+int64(i))
		}
		c, files, err := w.grow(leaves)
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range files {
			name := filepath.Join(dir, f.Name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, f.Data, 0o644)); err != nil {
				b.Fatal(err)
			}
		}
		w.Log = newLog(c, nil, os.DirFS(dir))
	}
	b.Run("append1", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := w.grow([][]byte{leaf}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("append1000", func(b *testing.B) {
		leaves := slices.Repeat([][]byte{leaf}, 1000)
		for b.Loop() {
			if _, _, err := w.grow(leaves); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/leaf")
	})
	b.Run("prove", func(b *testing.B) {
		r := rand.New(rand.NewPCG(1, 2))
		for b.Loop() {
			if _, err := w.Prove(r.Int64N(w.Size)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

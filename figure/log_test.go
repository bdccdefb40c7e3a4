package figure

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

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

// TestLogKilled kills a writer in which many append at once, again and again: what is left is a whole log that only grew, and
// has every leaf of which it was said that it lasts.
func TestLogKilled(t *testing.T) {
	p := newPress(t)
	if dir := os.Getenv("FIGURE_TEST_LOG"); dir != "" {
		w := p.open(dir)
		var all sync.WaitGroup
		for who := range 5 {
			all.Go(func() {
				for i := 0; ; i++ {
					leaf := fmt.Sprintf("leaf %d of %d in %d", i, who, os.Getpid())
					if err := w.Append([]byte(leaf)); err != nil {
						panic(err)
					}
					fmt.Println(leaf)
				}
			})
		}
		all.Wait()
	}
	dir := t.TempDir()
	w := p.open(dir)
	kept := w.Checkpoint
	w.Close()
	var told []string
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
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if told = append(told, lines.Text()); n == 10+7*round {
				cmd.Process.Kill() // in the middle of whatever it does
			}
		}
		cmd.Wait()

		w := p.open(dir)
		if err := w.CheckGrowth(kept); err != nil {
			t.Fatal(err)
		}
		has := map[string]int{}
		for leaf, err := range w.Leaves(0) {
			if err != nil {
				t.Fatal(err)
			}
			has[string(leaf)]++
		}
		if len(has) != int(w.Size) {
			t.Fatalf("%d leaves are in the log %d times", len(has), w.Size)
		}
		for _, leaf := range told {
			if has[leaf] != 1 {
				t.Fatalf("round %d: %q is lost", round, leaf)
			}
		}
		kept = w.Checkpoint
		w.Close()
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "tile", "entries", "*.p", "*")); len(left) > 3 {
		t.Errorf("parts are left: %q", left)
	}
}

// tileFiles reads a log for the implementation of Go's own checksum database.
type tileFiles string

func (tileFiles) Height() int                     { return tileHeight }
func (tileFiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (d tileFiles) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(string(d), tilePath(t)))
		if errors.Is(err, os.ErrNotExist) {
			w := t.W
			t.W = tileWidth
			if data, err = os.ReadFile(filepath.Join(string(d), tilePath(t))); err == nil {
				data = data[:w*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// TestLogTiles grows a log over three levels of tiles by blocks of many sizes, and holds it, opened again now and then, to another
// implementation: its root, its tiles and its proofs.
func TestLogTiles(t *testing.T) {
	p := newPress(t)
	dir := t.TempDir()
	w := p.open(dir)
	defer func() { w.Close() }()
	rng := rand.New(rand.NewPCG(3, 3))
	for i, n := range []int{0, 1, 1, 253, 1, 1, 255, 257, 3, 1000, 64000, 12, 1, 700} {
		leaves := make([][]byte, n)
		for j := range leaves {
			leaves[j] = fmt.Appendf(nil, "leaf %d", w.Size+int64(j))
		}
		if err := w.Append(leaves...); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			w.Close()
			w = p.open(dir)
		}
		if w.Size == 0 {
			continue
		}
		other := tlog.TileHashReader(tlog.Tree{N: w.Size, Hash: w.Root}, tileFiles(dir))
		for range 20 {
			at := rng.Int64N(w.Size)
			got, err := w.Prove(at)
			if err != nil {
				t.Fatal(err)
			}
			want, err := tlog.ProveRecord(w.Size, at, other)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("leaf %d of %d: another proof than tlog's (%v)", at, w.Size, err)
			}
			if err := tlog.CheckRecord(got, w.Size, w.Root, at, tlog.RecordHash(fmt.Appendf(nil, "leaf %d", at))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for n := int64(0); n < w.Size; n += 9999 {
		for leaf, err := range w.Leaves(n) {
			if err != nil || string(leaf) != fmt.Sprintf("leaf %d", n) {
				t.Fatalf("leaf %d: %q, %v", n, leaf, err)
			}
			break
		}
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
	full := errors.New("the disk is full")
	keep := w.keep
	w.keep = func(c LogChange) error { return errors.Join(keep(c), full) } // it may be there all the same
	for _, leaf := range []string{"two", "another two"} {
		if err := w.Append([]byte(leaf)); !errors.Is(err, full) || w.Size != 1 {
			t.Errorf("%s: %v, %d leaves", leaf, err, w.Size)
		}
		w.keep = keep
	}
	w.Close()
	w = p.open(dir)
	if err := w.Append([]byte("three")); err != nil || w.Size != 3 {
		t.Errorf("opened again: %v, %d leaves", err, w.Size)
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

package figure

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"plumbline/ledger"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// cosign puts the cosignatures of witnesses under a checkpoint.
func (p *press) cosign(checkpoint []byte, names ...string) []byte {
	p.t.Helper()
	var lines []byte
	var keys []string
	for _, name := range names {
		file, public := testKey(p.t, WitnessKey, name)
		line, err := Cosign(&Growth{Checkpoint: checkpoint}, nil, p.believes().Log, file, noon)
		if err != nil {
			p.t.Fatal(err)
		}
		lines, keys = append(lines, line...), append(keys, public)
	}
	out, err := AddCosignatures(checkpoint, lines, keys)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// witnesses are the lines of a policy that name them.
func (p *press) witnesses(names ...string) (lines string) {
	for _, name := range names {
		_, public := testKey(p.t, WitnessKey, name)
		lines += "witness " + public + "\n"
	}
	return lines
}

// TestWitness holds a witness to the rules of C2SP tlog-witness.
func TestWitness(t *testing.T) {
	p := newPress(t)
	dir := t.TempDir()
	w := p.open(dir)
	defer w.Close()
	file, _ := testKey(t, WitnessKey, "w.example/a")
	log := p.believes().Log
	var kept []byte
	ask := func(old int64) error {
		g, err := w.GrowthFrom(old)
		if err != nil {
			return err
		}
		again, err := ParseGrowth(g.Text())
		if err != nil {
			t.Fatalf("what a witness is asked with cannot be read: %v", err)
		}
		if _, err = Cosign(again, kept, log, file, noon); err == nil {
			kept = again.Checkpoint
		}
		return err
	}
	grow := func(n int) {
		for range n {
			if err := w.Append(fmt.Appendf(nil, "leaf %d", w.Size)); err != nil {
				t.Fatal(err)
			}
		}
	}
	at := int64(0)
	for _, n := range []int{0, 1, 1, 5, 0, 300} {
		grow(n)
		if err := ask(at); err != nil {
			t.Fatalf("from %d to %d: %v", at, w.Size, err)
		}
		at = w.Size
	}
	grow(1)
	var seen SeenError
	if err := ask(at - 1); !errors.As(err, &seen) || seen.Size != at {
		t.Errorf("asked from another length: %v", err)
	}
	g, err := w.GrowthFrom(at)
	if err != nil {
		t.Fatal(err)
	}
	wrong := *g
	wrong.Proof = append(wrong.Proof[:0:0], wrong.Proof...)
	wrong.Proof[0][3] ^= 1
	if _, err := Cosign(&wrong, kept, log, file, noon); !errors.Is(err, ledger.ErrProof) {
		t.Errorf("a proof that does not fit: %v", err)
	}
	other := newPress(t)
	other.logFile, _ = testKey(t, LogKey, "example.org/other")
	w2 := other.open(t.TempDir())
	defer w2.Close()
	if _, err := Cosign(&Growth{Checkpoint: w2.Signed}, nil, log, file, noon); !errors.Is(err, ledger.ErrSignature) {
		t.Errorf("another log: %v", err)
	}
	// The same log, forked and rolled back.
	fork := p.open(t.TempDir())
	defer fork.Close()
	leaves := [][]byte{}
	for i := range at {
		leaves = append(leaves, fmt.Appendf(nil, "other %d", i))
	}
	if err := fork.Append(leaves...); err != nil {
		t.Fatal(err)
	}
	if _, err := Cosign(&Growth{Old: at, Checkpoint: fork.Signed}, kept, log, file, noon); !errors.Is(err, ledger.ErrProof) || !strings.Contains(err.Error(), "forked") {
		t.Errorf("a fork of the same length: %v", err)
	}
	if err := fork.Append([]byte("one more")); err != nil {
		t.Fatal(err)
	}
	if g, err = fork.GrowthFrom(at); err == nil {
		_, err = Cosign(g, kept, log, file, noon)
	}
	if !errors.Is(err, ledger.ErrProof) {
		t.Errorf("a fork that is longer: %v", err)
	}
	back := p.open(t.TempDir())
	defer back.Close()
	if _, err := Cosign(&Growth{Old: at, Checkpoint: back.Signed}, kept, log, file, noon); !errors.Is(err, ledger.ErrProof) || !strings.Contains(err.Error(), "rolled back") {
		t.Errorf("rolled back: %v", err)
	}
	if _, err := Cosign(g, kept, log, p.logFile, noon); err == nil || !strings.Contains(err.Error(), "of the wrong kind") {
		t.Errorf("the key of a log: %v", err)
	}
	if err := ask(at); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

// TestCosignature holds the line to C2SP tlog-cosignature, as another reader of signed notes finds it.
func TestCosignature(t *testing.T) {
	p := newPress(t)
	w := p.open(t.TempDir())
	defer w.Close()
	both := p.cosign(w.Signed, "w.example/a", "w.example/b")
	if _, err := ledger.Open(both, p.believes().Log); err != nil {
		t.Errorf("with cosignatures the checkpoint does not open: %v", err)
	}
	if again := p.cosign(both, "w.example/b", "w.example/a"); bytes.Count(again, []byte("\n")) != bytes.Count(both, []byte("\n")) {
		t.Errorf("a witness stands twice:\n%s", again)
	}
	_, key := testKey(t, WitnessKey, "w.example/a")
	s, err := readWitness(key)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(both, note.VerifierList(s))
	if err != nil || len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 2 {
		t.Fatalf("%v, %+v", err, n)
	}
	_, stranger := testKey(t, WitnessKey, "w.example/c")
	if _, err := AddCosignatures(w.Signed, both[bytes.Index(both, []byte("\n\n"))+2:], []string{stranger}); err == nil {
		t.Error("a line of a witness who is not known here is taken")
	}
	if err := w.Recheckpoint(both); err != nil {
		t.Fatal(err)
	}
	if data, forever, err := w.Serve("checkpoint"); err != nil || forever || !bytes.Equal(data, both) {
		t.Errorf("the log serves another checkpoint: %v", err)
	}
	if err := w.Append([]byte("leaf")); err != nil {
		t.Fatal(err)
	}
	if err := w.Recheckpoint(both); err == nil {
		t.Error("an older checkpoint is put back")
	}
}

// FuzzParseGrowth holds that what is read is what would be written.
func FuzzParseGrowth(f *testing.F) {
	p := newPress(f)
	w := p.open(f.TempDir())
	defer w.Close()
	for range 3 {
		if err := w.Append([]byte("leaf")); err != nil {
			f.Fatal(err)
		}
	}
	for _, old := range []int64{0, 1, 3} {
		g, err := w.GrowthFrom(old)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(g.Text())
	}
	f.Add([]byte("old 007\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if g, err := ParseGrowth(data); err == nil && !bytes.Equal(g.Text(), data) {
			t.Errorf("%q", data)
		}
	})
}

// TestServe holds that every part that a reader of an older checkpoint may ask for is served, from a log
// that has grown since.
func TestServe(t *testing.T) {
	p := newPress(t)
	dir := t.TempDir()
	w := p.open(dir)
	defer w.Close()
	old := map[string][]byte{}
	for i := range 300 {
		if err := w.Append(fmt.Appendf(nil, "leaf %d", i)); err != nil {
			t.Fatal(err)
		}
		if i%50 != 0 && i < 250 {
			continue
		}
		for _, name := range []string{"tile/0/000.p/%d", "tile/entries/000.p/%d"} {
			if name = fmt.Sprintf(name, i+1); i < 255 {
				data, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				old[name] = data
			}
		}
	}
	for name, data := range old {
		if got, forever, err := w.Serve(name); err != nil || !forever || !bytes.Equal(got, data) {
			t.Errorf("%s is not served as it was: %v", name, err)
		}
	}
	for _, name := range []string{"tile/0/000", "tile/entries/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"} {
		if _, _, err := w.Serve(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "tile", "tile/0/001", "tile/0/001.p/45", "tile/0/002", "tile/9/000.p/1", "tile/0/x001/000", "tile/entries/../../checkpoint", ".lock", "tile/0/000.p/0", "tile/0/000.p/01", "tile/-1/000", "tile/data/000"} {
		if _, _, err := w.Serve(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

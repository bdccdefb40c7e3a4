package ledger_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"plumbline/ledger"
)

// vectorFile is testdata/vectors.json, which vectors.py writes without any code of ours.
type vectorFile struct {
	Format string
	Log    []string
	Cases  []vector
}

type vector struct {
	Check, Name, Fails string

	Entry        string    // entry, inclusion
	Leaf         tlog.Hash // entry
	Nonce, Body  string    // commitment, hexadecimal
	Commitment   string
	Size         int64     // root
	Root         tlog.Hash // root
	Checkpoint   point     // inclusion, checkpoint
	Index        int64
	Proof        []tlog.Hash
	Older, Newer point // growth
	Key, Private string
	Signed       string
}

type point struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

var failures = map[string]error{
	"malformed":  ledger.ErrMalformed,
	"signature":  ledger.ErrSignature,
	"proof":      ledger.ErrProof,
	"commitment": ledger.ErrCommitment,
}

func readVectors(t testing.TB) vectorFile {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields() // a misspelt member would leave its check untested
	var f vectorFile
	if err := d.Decode(&f); err != nil {
		t.Fatal(err)
	}
	if f.Format != "plumbline.ledger-vectors/1" {
		t.Fatalf("format %q", f.Format)
	}
	return f
}

func TestVectors(t *testing.T) {
	f := readVectors(t)
	var log memory
	for _, e := range f.Log {
		log.append(t, []byte(e))
	}
	passed, failed := map[string]int{}, map[string]int{}
	for _, v := range f.Cases {
		t.Run(v.Check+"/"+v.Name, func(t *testing.T) {
			err := v.run(t, &log)
			if v.Fails == "" {
				passed[v.Check]++
				if err != nil {
					t.Fatalf("got %v, want no error", err)
				}
				return
			}
			failed[v.Check]++
			want, ok := failures[v.Fails]
			if !ok {
				t.Fatalf("vector fails with %q, which is none of ours", v.Fails)
			}
			for _, each := range failures {
				if is := errors.Is(err, each); is != (each == want) {
					t.Fatalf("got error %v, want one that is %q and no other", err, want)
				}
			}
		})
	}
	for _, check := range []string{"entry", "commitment", "inclusion", "growth", "checkpoint"} {
		if passed[check] < 3 || failed[check] < 5 {
			t.Errorf("%s: %d vectors that pass and %d that fail; the file is not whole", check, passed[check], failed[check])
		}
	}
}

// run makes the check that v is for; where v must pass it also makes what v checks,
// and holds it to v.
func (v vector) run(t *testing.T, log *memory) error {
	switch v.Check {
	case "entry":
		e, err := ledger.ParseEntry([]byte(v.Entry))
		if err != nil {
			return err
		}
		again, err := e.Encode()
		if err != nil || string(again) != v.Entry {
			t.Errorf("Encode = %s, %v, want %s", again, err, v.Entry)
		}
		_, hashes, err := ledger.Hashes(0, []byte(v.Entry), log)
		if err != nil || len(hashes) != 1 || hashes[0] != v.Leaf {
			t.Errorf("Hashes = %v, %v, want %v", hashes, err, v.Leaf)
		}
		return nil

	case "commitment":
		nonce, body, want := unhex(t, v.Nonce), unhex(t, v.Body), unhex(t, v.Commitment)
		err := ledger.Entry{Commitment: [32]byte(want)}.CheckCommitment(nonce, body)
		if err == nil {
			if got := ledger.Commit(nonce, body); !bytes.Equal(got[:], want) {
				t.Errorf("Commit = %x, want %x", got, want)
			}
		}
		return err

	case "root":
		got, err := ledger.Root(v.Size, log)
		if err == nil && got != v.Root {
			t.Errorf("Root(%d) = %v, want %v", v.Size, got, v.Root)
		}
		return err

	case "inclusion":
		err := ledger.CheckInclusion(v.Proof, ledger.Checkpoint(v.Checkpoint), v.Index, []byte(v.Entry))
		if err == nil {
			p, err := ledger.ProveInclusion(v.Checkpoint.Size, v.Index, log)
			if err != nil || !same(p, v.Proof) {
				t.Errorf("ProveInclusion = %v, %v, want %v", p, err, v.Proof)
			}
		}
		return err

	case "growth":
		err := ledger.CheckGrowth(v.Proof, ledger.Checkpoint(v.Older), ledger.Checkpoint(v.Newer))
		if err == nil {
			p, err := ledger.ProveGrowth(v.Older.Size, v.Newer.Size, log)
			if err != nil || !same(p, v.Proof) {
				t.Errorf("ProveGrowth = %v, %v, want %v", p, err, v.Proof)
			}
		}
		return err

	case "checkpoint":
		c, err := ledger.Open([]byte(v.Signed), v.Key)
		if err != nil {
			if c != (ledger.Checkpoint{}) {
				t.Errorf("Open returned %v beside its error", c)
			}
			return err
		}
		if c != ledger.Checkpoint(v.Checkpoint) {
			t.Errorf("Open = %v, want %v", c, v.Checkpoint)
		}
		if v.Private != "" { // Ed25519 signs alike every time
			signed, err := ledger.Sign(c, v.Private)
			if err != nil || string(signed) != v.Signed {
				t.Errorf("Sign = %q, %v, want %q", signed, err, v.Signed)
			}
		}
		return nil
	}
	t.Fatalf("unknown check %q", v.Check)
	return nil
}

func same(got, want []tlog.Hash) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if got[i] != want[i] {
			return false
		}
	}
	return true
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A memory keeps a log's hashes as a store keeps them in a table.
type memory struct {
	size   int64
	hashes []tlog.Hash
}

func (m *memory) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, n := range at {
		if n >= int64(len(m.hashes)) {
			return nil, errors.New("no such hash")
		}
		out[i] = m.hashes[n]
	}
	return out, nil
}

func (m *memory) append(t testing.TB, entry []byte) {
	t.Helper()
	at, hashes, err := ledger.Hashes(m.size, entry, m)
	if err != nil {
		t.Fatal(err)
	}
	if at != int64(len(m.hashes)) {
		t.Fatalf("hashes of entry %d go to %d, want %d: a gap", m.size, at, len(m.hashes))
	}
	m.hashes = append(m.hashes, hashes...)
	m.size++
}

// signer signs any text as a note, also one that is no checkpoint.
func signer(t testing.TB, private string) func(text string) ([]byte, error) {
	t.Helper()
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) ([]byte, error) { return note.Sign(&note.Note{Text: text}, s) }
}

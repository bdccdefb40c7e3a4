package ledger_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"plumbline/ledger"
)

func testEntry(n int) ledger.Entry {
	return ledger.Entry{
		Time: time.Date(2026, 11, 22, 3, 32, 0, 1000*n, time.UTC), Actor: "A1", Action: "movement.record",
		Kind: "movement", Record: fmt.Sprintf("M-%d", n), Version: 1,
		Commitment: ledger.Commit(bytes.Repeat([]byte{7}, ledger.MinNonce), []byte{byte(n)}),
	}
}

func encode(t testing.TB, e ledger.Entry) []byte {
	t.Helper()
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What ParseEntry cannot meet, since text has no zones and no nanoseconds, and what
// must not leave by Encode either.
func TestEncodeRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*ledger.Entry)
	}{
		{"no time", func(e *ledger.Entry) { e.Time = time.Time{}.AddDate(-1, 0, 0) }},
		{"a zone", func(e *ledger.Entry) { e.Time = e.Time.In(time.FixedZone("ICT", 7*3600)) }},
		{"offset zero by another name", func(e *ledger.Entry) { e.Time = e.Time.In(time.FixedZone("GMT", 0)) }},
		{"nanoseconds", func(e *ledger.Entry) { e.Time = e.Time.Add(1) }},
		{"year 10000", func(e *ledger.Entry) { e.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"no actor", func(e *ledger.Entry) { e.Actor = "" }},
		{"a quotation mark", func(e *ledger.Entry) { e.Actor = `A"1` }},
		{"a line end", func(e *ledger.Entry) { e.Record = "M\n1" }},
		{"broken UTF-8", func(e *ledger.Entry) { e.Record = "M\xff" }},
		{"version 0", func(e *ledger.Entry) { e.Version = 0 }},
	} {
		e := testEntry(1)
		tc.edit(&e)
		if b, err := e.Encode(); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("%s: Encode = %s, %v, want ErrMalformed", tc.name, b, err)
		}
	}
}

func TestCommitPanicsOnBadNonce(t *testing.T) {
	for _, n := range []int{0, ledger.MinNonce - 1, ledger.MaxNonce + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Commit took a nonce of %d bytes", n)
				}
			}()
			ledger.Commit(make([]byte, n), nil)
		}()
	}
}

func TestHashesRefuses(t *testing.T) {
	var m memory
	good := encode(t, testEntry(0))
	for _, tc := range []struct {
		name  string
		size  int64
		entry []byte
	}{
		{"not an entry", 0, []byte("Srey Mom, 17, Svay Pak")},
		{"a negative size", -1, good},
		{"a full log", ledger.MaxSize, good},
	} {
		if _, _, err := ledger.Hashes(tc.size, tc.entry, &m); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", tc.name, err)
		}
	}
}

func TestProversRefuse(t *testing.T) {
	var m memory
	for n := range 5 {
		m.append(t, encode(t, testEntry(n)))
	}
	for _, tc := range [][2]int64{{5, 5}, {5, -1}, {0, 0}, {-1, 0}, {1<<62 + 1, 0}} {
		if _, err := ledger.ProveInclusion(tc[0], tc[1], &m); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("ProveInclusion(%d, %d): got %v, want ErrMalformed", tc[0], tc[1], err)
		}
	}
	for _, tc := range [][2]int64{{5, 4}, {-1, 4}, {0, 1<<62 + 1}} {
		if _, err := ledger.ProveGrowth(tc[0], tc[1], &m); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("ProveGrowth(%d, %d): got %v, want ErrMalformed", tc[0], tc[1], err)
		}
	}
	for _, size := range []int64{-1, 1<<62 + 1} {
		if _, err := ledger.Root(size, &m); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("Root(%d): got %v, want ErrMalformed", size, err)
		}
	}
}

// A store that cannot be read is neither proof nor disproof.
func TestReadErrorIsNoAnswer(t *testing.T) {
	cause := errors.New("disk on fire")
	broken := tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, cause })
	_, _, err1 := ledger.Hashes(1, encode(t, testEntry(1)), broken)
	_, err2 := ledger.Root(3, broken)
	_, err3 := ledger.ProveInclusion(3, 1, broken)
	_, err4 := ledger.ProveGrowth(2, 3, broken)
	for i, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, cause) {
			t.Errorf("%d: got %v, want the cause", i, err)
		}
		for _, each := range failures {
			if errors.Is(err, each) {
				t.Errorf("%d: %v passes for an answer, %q", i, err, each)
			}
		}
	}
}

// Every entry of every log can be proved, every log grows from every earlier one, and
// no proof serves for another place, another entry or a log with one entry altered.
func TestProofs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(1, 70).Draw(rt, "size")
		index := rapid.IntRange(0, size-1).Draw(rt, "index")
		other := rapid.IntRange(0, size-1).Draw(rt, "other")
		older := rapid.IntRange(0, size).Draw(rt, "older")

		var log, forged memory
		for n := range size {
			log.append(t, encode(t, testEntry(n)))
			e := testEntry(n)
			if n == other {
				e.Version++
			}
			forged.append(t, encode(t, e))
		}
		now, then, fake := checkpointAt(t, &log, size), checkpointAt(t, &log, older), checkpointAt(t, &forged, size)

		p, err := ledger.ProveInclusion(int64(size), int64(index), &log)
		if err != nil {
			rt.Fatal(err)
		}
		if err := ledger.CheckInclusion(p, now, int64(index), encode(t, testEntry(index))); err != nil {
			rt.Error(err)
		}
		if err := ledger.CheckInclusion(p, fake, int64(index), encode(t, testEntry(index))); !errors.Is(err, ledger.ErrProof) {
			rt.Errorf("entry %d proved in a log where entry %d was altered", index, other)
		}
		if other != index {
			if err := ledger.CheckInclusion(p, now, int64(other), encode(t, testEntry(index))); !errors.Is(err, ledger.ErrProof) {
				rt.Errorf("entry %d proved at %d", index, other)
			}
			if err := ledger.CheckInclusion(p, now, int64(index), encode(t, testEntry(other))); !errors.Is(err, ledger.ErrProof) {
				rt.Errorf("entry %d proved in place of %d", other, index)
			}
		}

		g, err := ledger.ProveGrowth(int64(older), int64(size), &log)
		if err != nil {
			rt.Fatal(err)
		}
		if err := ledger.CheckGrowth(g, then, now); err != nil {
			rt.Error(err)
		}
		fg, err := ledger.ProveGrowth(int64(older), int64(size), &forged)
		if err != nil {
			rt.Fatal(err)
		}
		// The forger's best try: altered after the older checkpoint is growth, before it is not.
		if got, want := ledger.CheckGrowth(fg, then, fake) == nil, other >= older; got != want {
			rt.Errorf("entry %d of %d altered after a checkpoint at %d: growth accepted is %v, want %v", other, size, older, got, want)
		}
	})
}

func checkpointAt(t testing.TB, m *memory, size int) ledger.Checkpoint {
	t.Helper()
	root, err := ledger.Root(int64(size), m)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Checkpoint{Origin: "plumbline.example/ledger", Size: int64(size), Root: root}
}

// No change of one byte anywhere in a signed checkpoint is accepted.
func TestOneByteOfCheckpoint(t *testing.T) {
	private, public, err := ledger.NewKey(rand.Reader, "plumbline.example/ledger")
	if err != nil {
		t.Fatal(err)
	}
	var m memory
	m.append(t, encode(t, testEntry(0)))
	signed, err := ledger.Sign(checkpointAt(t, &m, 1), private)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(signed, public); err != nil {
		t.Fatal(err)
	}
	for i := range signed {
		for _, bit := range []byte{0x01, 0x20, 0x80} {
			changed := bytes.Clone(signed)
			changed[i] ^= bit
			if c, err := ledger.Open(changed, public); err == nil {
				t.Errorf("byte %d from %q to %q: opened as %v", i, signed[i], changed[i], c)
			}
		}
	}
}

func TestSignRefuses(t *testing.T) {
	private, public, err := ledger.NewKey(rand.Reader, "plumbline.example/ledger")
	if err != nil {
		t.Fatal(err)
	}
	empty := checkpointAt(t, &memory{}, 0)
	if _, err := ledger.Sign(empty, private); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		edit    func(*ledger.Checkpoint)
		private string
		want    error
	}{
		{"another origin", func(c *ledger.Checkpoint) { c.Origin = "other.example" }, private, ledger.ErrSignature},
		{"no origin", func(c *ledger.Checkpoint) { c.Origin = "" }, private, ledger.ErrMalformed},
		{"a line end in the origin", func(c *ledger.Checkpoint) { c.Origin = "a\nb" }, private, ledger.ErrMalformed},
		{"a size without a root", func(c *ledger.Checkpoint) { c.Root[0] ^= 1 }, private, ledger.ErrMalformed},
		{"a negative size", func(c *ledger.Checkpoint) { c.Size = -1 }, private, ledger.ErrMalformed},
		{"the public key", func(*ledger.Checkpoint) {}, public, ledger.ErrMalformed},
		{"a shortened key", func(*ledger.Checkpoint) {}, private[:len(private)-9], ledger.ErrMalformed},
	} {
		c := empty
		tc.edit(&c)
		_, err := ledger.Sign(c, tc.private)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, err, tc.want)
		}
		// The last 44 characters are the secret; no error may say them.
		if secret := private[len(private)-44:]; err != nil && strings.Contains(err.Error(), secret[:20]) {
			t.Errorf("%s: the error tells the key", tc.name)
		}
	}
}

func TestNewKeyRefuses(t *testing.T) {
	for _, origin := range []string{"", "a b", "a+b", "a\nb", "ក", strings.Repeat("a", 201)} {
		if _, _, err := ledger.NewKey(rand.Reader, origin); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("NewKey(%q): got %v, want ErrMalformed", origin, err)
		}
	}
}

// FuzzEntry: what is read is written again the same, so no two texts are one entry.
func FuzzEntry(f *testing.F) {
	for _, v := range readVectors(f).Cases {
		if v.Check == "entry" {
			f.Add([]byte(v.Entry))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ledger.ParseEntry(b)
		if err != nil {
			if !errors.Is(err, ledger.ErrMalformed) || e != (ledger.Entry{}) {
				t.Fatalf("ParseEntry(%q) = %v, %v", b, e, err)
			}
			return
		}
		again, err := e.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("read %s, wrote %s, %v", b, again, err)
		}
	})
}

// FuzzWriteEntry goes the other way: what is written is read again the same.
func FuzzWriteEntry(f *testing.F) {
	f.Add(int64(1795318320000000), "A1", "movement.record", "movement", "M-1", int64(1), []byte("x"))
	f.Add(int64(-62135596800000000), "-", "a.b", "a", "_", int64(1<<62), []byte{})
	f.Fuzz(func(t *testing.T, micro int64, actor, action, kind, record string, version int64, commitment []byte) {
		e := ledger.Entry{
			Time: time.UnixMicro(micro).UTC(), Actor: actor, Action: action, Kind: kind,
			Record: record, Version: version,
		}
		copy(e.Commitment[:], commitment)
		b, err := e.Encode()
		if err != nil {
			if !errors.Is(err, ledger.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if len(b) > ledger.MaxEntry {
			t.Fatalf("wrote %d bytes, more than MaxEntry", len(b))
		}
		again, err := ledger.ParseEntry(b)
		if err != nil || again != e {
			t.Fatalf("wrote %s, read %v, %v", b, again, err)
		}
	})
}

// FuzzCheckpoint signs whatever text it is given, as a dishonest site can, and asks that
// nothing is opened but what Sign itself would have written.
func FuzzCheckpoint(f *testing.F) {
	for _, v := range readVectors(f).Cases {
		if v.Check == "checkpoint" {
			text, _, _ := strings.Cut(v.Signed, "\n\n")
			f.Add(text + "\n")
		}
	}
	private, public, err := ledger.NewKey(rand.Reader, "plumbline.example/ledger")
	if err != nil {
		f.Fatal(err)
	}
	sign := signer(f, private)
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := sign(text)
		if err != nil {
			return // not a note
		}
		c, err := ledger.Open(signed, public)
		if err != nil {
			if !errors.Is(err, ledger.ErrMalformed) && !errors.Is(err, ledger.ErrSignature) {
				t.Fatal(err)
			}
			return
		}
		again, err := ledger.Sign(c, private)
		if err != nil || !bytes.Equal(again, signed) {
			t.Fatalf("opened %q, signed again %q, %v", signed, again, err)
		}
	})
}

// BenchmarkAppend measures one act: encode, hashes and root, with a million entries in
// the log before it and the hashes in memory.
func BenchmarkAppend(b *testing.B) {
	m := memory{hashes: make([]tlog.Hash, 0, 2<<20)}
	leaf := tlog.RecordHash(nil)
	for m.size < 1<<20 {
		hashes, err := tlog.StoredHashesForRecordHash(m.size, leaf, &m)
		if err != nil {
			b.Fatal(err)
		}
		m.hashes = append(m.hashes, hashes...)
		m.size++
	}
	e := testEntry(1)
	b.ReportAllocs()
	for b.Loop() {
		entry, err := e.Encode()
		if err != nil {
			b.Fatal(err)
		}
		m.append(b, entry)
		if _, err := ledger.Root(m.size, &m); err != nil {
			b.Fatal(err)
		}
	}
}

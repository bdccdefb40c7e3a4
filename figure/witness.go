package figure

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"plumbline/ledger"
)

// A witness sees that a log only grows, and says so with a signature of its own under the log's
// checkpoint: a cosignature of C2SP tlog-cosignature, which tells its time. Readers who ask for
// more than half of the witnesses they name cannot be shown a log that others are not shown.

// cosigning is the byte that says what a witness's key is for; that of other keys is 1.
const cosigning = 4

// newWitnessKey makes a key as note does, for cosignatures.
func newWitnessKey(random io.Reader, name string) (private, public string, err error) {
	if _, _, err := ledger.NewKey(bytes.NewReader(make([]byte, ed25519.SeedSize)), name); err != nil {
		return "", "", err // of the name
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return "", "", err
	}
	s := newWitness(name, seed)
	text := base64.StdEncoding.EncodeToString(append([]byte{cosigning}, seed...))
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, s.hash, text), s.key(), nil
}

// A cosigner signs and checks cosignatures in the way of a signed note.
type cosigner struct {
	name    string
	hash    uint32
	public  ed25519.PublicKey
	private ed25519.PrivateKey // nil for a reader
	now     time.Time
}

func newWitness(name string, seed []byte) *cosigner {
	private := ed25519.NewKeyFromSeed(seed)
	s := &cosigner{name: name, public: private.Public().(ed25519.PublicKey), private: private}
	s.hash = binary.BigEndian.Uint32(keyHash(name, append([]byte{cosigning}, s.public...)))
	return s
}

func (s *cosigner) key() string {
	return fmt.Sprintf("%s+%08x+%s", s.name, s.hash, base64.StdEncoding.EncodeToString(append([]byte{cosigning}, s.public...)))
}

// readWitness reads the public key of a witness.
func readWitness(key string) (*cosigner, error) {
	raw, err := rawKey(key, cosigning)
	if err != nil {
		return nil, err
	}
	s := &cosigner{name: keyName(key), public: ed25519.PublicKey(raw)}
	s.hash = binary.BigEndian.Uint32(keyHash(s.name, append([]byte{cosigning}, raw...)))
	return s, nil
}

func (s *cosigner) Name() string    { return s.name }
func (s *cosigner) KeyHash() uint32 { return s.hash }

func cosignedText(at uint64, text []byte) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
}

func (s *cosigner) Sign(text []byte) ([]byte, error) {
	at := uint64(s.now.Unix())
	return append(binary.BigEndian.AppendUint64(nil, at), ed25519.Sign(s.private, cosignedText(at, text))...), nil
}

func (s *cosigner) Verify(text, sig []byte) bool {
	return len(sig) == 8+ed25519.SignatureSize && binary.BigEndian.Uint64(sig) <= 1<<62 && ed25519.Verify(s.public, cosignedText(binary.BigEndian.Uint64(sig), text), sig[8:])
}

// Cosigners returns those of the keys of witnesses that have cosigned a checkpoint, by name.
func Cosigners(checkpoint []byte, keys []string) (names []string) {
	for _, key := range keys {
		s, err := readWitness(key)
		if err != nil {
			continue
		}
		if n, err := note.Open(checkpoint, note.VerifierList(s)); err == nil && len(n.Sigs) == 1 {
			names = append(names, s.name)
		}
	}
	return names
}

// A Growth is what a witness is asked with, the body of add-checkpoint in C2SP tlog-witness: how long
// the log was when the witness looked last, the hashes that show that it grew from there, and its checkpoint.
type Growth struct {
	Old        int64
	Proof      tlog.TreeProof
	Checkpoint []byte
}

// GrowthFrom returns what a witness is asked with that has seen the log at a length.
func (l *Log) GrowthFrom(old int64) (*Growth, error) {
	if old < 0 || old > l.Size {
		return nil, fmt.Errorf("the log has %d leaves, and no witness can have seen it at %d: %w", l.Size, old, ledger.ErrProof)
	}
	g := &Growth{Old: old, Checkpoint: l.Signed}
	var err error
	if old < l.Size {
		g.Proof, err = ledger.ProveGrowth(old, l.Size, l.hashes)
	}
	return g, err
}

// Text writes it as it is sent.
func (g *Growth) Text() []byte {
	b := fmt.Appendf(nil, "old %d\n", g.Old)
	for _, h := range g.Proof {
		b = fmt.Appendf(b, "%s\n", h)
	}
	return append(append(b, '\n'), g.Checkpoint...)
}

// ParseGrowth reads what [Growth.Text] writes, and nothing else.
func ParseGrowth(data []byte) (*Growth, error) {
	head, checkpoint, _ := bytes.Cut(data, []byte("\n\n"))
	first, hashes, more := strings.Cut(string(head), "\n")
	g := &Growth{Checkpoint: checkpoint}
	old, ok := strings.CutPrefix(first, "old ")
	var err error
	if g.Old, err = strconv.ParseInt(old, 10, 64); err != nil || !ok || len(checkpoint) > ledger.MaxCheckpoint {
		return nil, fmt.Errorf("%w: it is not what a witness is asked with", ErrMalformed)
	}
	if more {
		for _, line := range strings.Split(hashes, "\n") {
			h, err := tlog.ParseHash(line)
			if err != nil || len(g.Proof) == 63 {
				return nil, fmt.Errorf("%w: %.60q is no hash, or one too many", ErrMalformed, line)
			}
			g.Proof = append(g.Proof, h)
		}
	}
	if !bytes.Equal(g.Text(), data) {
		return nil, fmt.Errorf("%w: not in its one spelling", ErrMalformed)
	}
	return g, nil
}

// A SeenError says that the witness has seen the log at another length than it is asked from.
type SeenError struct{ Size int64 }

func (e SeenError) Error() string {
	return fmt.Sprintf("this witness has seen the log at length %d: ask from there", e.Size)
}

// Cosign checks as C2SP tlog-witness asks that a log has only grown since the witness saw it last, and returns
// the witness's line under the checkpoint. kept is the checkpoint that it cosigned last, nil at first;
// keep g.Checkpoint in its place before the line leaves.
//
// It returns [SeenError] when it is asked from another length, and an error that wraps ledger.ErrProof when the
// log was forked, changed or rolled back: then both checkpoints together prove it.
func Cosign(g *Growth, kept []byte, log, keyFile string, now time.Time) ([]byte, error) {
	signer, err := ParsePrivate(keyFile, WitnessKey)
	if err != nil {
		return nil, err
	}
	c, err := ledger.Open(g.Checkpoint, log)
	if err != nil {
		return nil, err
	}
	last := ledger.Checkpoint{Origin: c.Origin}
	if last.Root, err = ledger.Root(0, nil); err != nil {
		return nil, err
	}
	if kept != nil {
		if last, err = ledger.Open(kept, log); err != nil {
			return nil, fmt.Errorf("the checkpoint that this witness kept: %w", err)
		}
	}
	switch {
	case c.Size < last.Size:
		return nil, fmt.Errorf("the log has %d leaves, and had %d: it was rolled back: %w", c.Size, last.Size, ledger.ErrProof)
	case g.Old != last.Size:
		return nil, SeenError{last.Size}
	case c.Size == last.Size && c.Root != last.Root:
		return nil, fmt.Errorf("the log signed two checkpoints of length %d that differ: it was forked: %w", c.Size, ledger.ErrProof)
	case c.Size == last.Size && len(g.Proof) > 0:
		return nil, fmt.Errorf("%w: hashes, and nothing to show with them", ErrMalformed)
	case c.Size > last.Size:
		if err := ledger.CheckGrowth(g.Proof, last, c); err != nil {
			return nil, err
		}
	}
	s := signer.(*cosigner)
	s.now = now
	text, _, _ := bytes.Cut(g.Checkpoint, []byte("\n\n"))
	signed, err := note.Sign(&note.Note{Text: string(text) + "\n"}, s)
	if err != nil {
		return nil, err
	}
	_, line, _ := bytes.Cut(signed, []byte("\n\n"))
	return line, nil
}

// AddCosignatures puts lines of witnesses under a checkpoint, each in the place of an older one of the same witness. It
// refuses a line that is of none of the keys, and one that does not fit the checkpoint.
func AddCosignatures(checkpoint, lines []byte, keys []string) ([]byte, error) {
	text, old, _ := bytes.Cut(checkpoint, []byte("\n\n"))
	kept := strings.SplitAfter(string(old), "\n")
	for _, line := range strings.Split(strings.TrimSpace(string(lines)), "\n") {
		line = strings.TrimSpace(line) + "\n"
		alone := []byte(string(text) + "\n\n" + line)
		names := Cosigners(alone, keys)
		if len(names) != 1 {
			return nil, fmt.Errorf("%.80q is no cosignature of this checkpoint by a witness who is known here", strings.TrimSpace(line))
		}
		whose := line[:strings.LastIndexByte(line, ' ')+1]
		kept = slices.DeleteFunc(kept, func(l string) bool {
			return strings.HasPrefix(l, whose) && len(Cosigners([]byte(string(text)+"\n\n"+l), keys)) == 1
		})
		kept = append(kept, line)
	}
	out := []byte(string(text) + "\n\n" + strings.Join(kept, ""))
	if len(out) > ledger.MaxCheckpoint {
		return nil, errors.New("the checkpoint has too many cosignatures")
	}
	return out, nil
}

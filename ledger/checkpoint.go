package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// MaxCheckpoint is the largest length of a signed checkpoint, in bytes. It leaves room
// for the signatures of many witnesses beside the site's own.
const MaxCheckpoint = 16 << 10

// A Checkpoint says how long a log is and what is in it, in three lines:
//
//	plumbline.example/ledger
//	1204
//	nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=
//
// Whoever keeps one can later hold the site to it.
type Checkpoint struct {
	Origin string    // names the log, and is the name of the key that signs for it
	Size   int64     // how many entries, from 0 to MaxSize
	Root   tlog.Hash // see Root
}

// NewKey makes a key pair for the log named origin, which is best a host name and
// path without scheme; it may hold no space and no plus. private begins with
// "PRIVATE+KEY+" and must be kept secret; public, origin+hash+key, is what readers
// are given, by a way that does not lead through the site. random is crypto/rand.Reader outside of
// tests. NewKey returns ErrMalformed for a bad origin, and random's error when it has one.
func NewKey(random io.Reader, origin string) (private, public string, err error) {
	if !isOrigin(origin) {
		return "", "", fmt.Errorf("key for %.100q: origin: %w", origin, ErrMalformed)
	}
	private, public, err = note.GenerateKey(random, origin)
	if err != nil {
		return "", "", fmt.Errorf("key for %q: %w", origin, err)
	}
	return private, public, nil
}

// Sign returns c as a signed note. It returns ErrMalformed when c is not a possible
// checkpoint or private is not a key, and ErrSignature when the key is for another origin.
func Sign(c Checkpoint, private string) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		// The error is not passed on: it must never carry a part of the key.
		return nil, fmt.Errorf("sign checkpoint: private key: %w", ErrMalformed)
	}
	if signer.Name() != c.Origin {
		return nil, fmt.Errorf("sign checkpoint of %q: key is for %q: %w", c.Origin, signer.Name(), ErrSignature)
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint of %q: %w", c.Origin, err)
	}
	return signed, nil
}

// Open checks the signature on a signed checkpoint by the public key that the reader
// has, and returns what was signed. Signatures by further keys, as witnesses add
// them, are passed over.
//
// It returns ErrSignature when there is no signature by that key, when it does not fit
// the text, or when the text is about another log than the key's, and ErrMalformed when
// the key or the text is not one that NewKey and Sign write. What was signed is
// returned only with a nil error.
func Open(signed []byte, public string) (Checkpoint, error) {
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: public key: %w", ErrMalformed)
	}
	if len(signed) > MaxCheckpoint {
		return Checkpoint{}, fmt.Errorf("open checkpoint: longer than %d bytes: %w", MaxCheckpoint, ErrMalformed)
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		// note has two types for the one answer and a plain error for bad text.
		_, unverified := errors.AsType[*note.UnverifiedNoteError](err)
		_, invalid := errors.AsType[*note.InvalidSignatureError](err)
		if unverified || invalid {
			return Checkpoint{}, fmt.Errorf("open checkpoint with the key of %q: %w", verifier.Name(), ErrSignature)
		}
		return Checkpoint{}, fmt.Errorf("open checkpoint: not a signed note: %w", ErrMalformed)
	}
	// note passes over doubled signatures and stray bits in their base64. The one text
	// should have one spelling here too: people compare checkpoints by eye and by hash.
	signatures := append(n.Sigs, n.UnverifiedSigs...)
	if strings.Count(string(signed), "\n") != strings.Count(n.Text, "\n")+1+len(signatures) {
		return Checkpoint{}, fmt.Errorf("open checkpoint: the same signature twice: %w", ErrMalformed)
	}
	for _, s := range signatures {
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("open checkpoint: signature of %q: not in its one spelling: %w", s.Name, ErrMalformed)
		}
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != verifier.Name() {
		return Checkpoint{}, fmt.Errorf("open checkpoint of %q: key is for %q: %w", c.Origin, verifier.Name(), ErrSignature)
	}
	return c, nil
}

func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, fmt.Errorf("checkpoint: want three lines: %w", ErrMalformed)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: size %.40q: %w", lines[1], ErrMalformed)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: root %.60q: %w", lines[2], ErrMalformed)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	if err := c.check(); err != nil {
		return Checkpoint{}, err
	}
	// As for entries: one spelling, no leading zeros, no stray bits in the base64.
	if c.text() != text {
		return Checkpoint{}, fmt.Errorf("checkpoint: not in its one spelling: %w", ErrMalformed)
	}
	return c, nil
}

// check returns ErrMalformed when no log can have this checkpoint.
func (c Checkpoint) check() error {
	if !isOrigin(c.Origin) {
		return fmt.Errorf("checkpoint: origin %.100q: %w", c.Origin, ErrMalformed)
	}
	if c.Size < 0 || c.Size > MaxSize {
		return fmt.Errorf("checkpoint: size %d: %w", c.Size, ErrMalformed)
	}
	if c.Size == 0 && c.Root != emptyRoot {
		return fmt.Errorf("checkpoint: size 0 with a root of something: %w", ErrMalformed)
	}
	return nil
}

// emptyRoot is the SHA-256 of nothing (RFC 6962, section 2.1).
var emptyRoot = func() tlog.Hash {
	h, err := tlog.TreeHash(0, nil)
	if err != nil {
		panic(err)
	}
	return h
}()

// isOrigin reports whether s can be the name of a key: what note asks for, in
// printable ASCII, so that two origins that look alike are alike.
func isOrigin(s string) bool {
	if len(s) < 1 || len(s) > 200 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '+' {
			return false
		}
	}
	return true
}

// Package ledger is a log that outsiders can check: each act on the record
// appends one entry, and nobody, not even the operator of the site, can change,
// drop or reorder an entry afterwards without everyone who kept an earlier
// checkpoint being able to show it.
//
// The log is a Merkle tree as in RFC 6962 (Certificate Transparency), computed by
// golang.org/x/mod/sumdb/tlog. A writer encodes an [Entry], asks [Hashes] what to
// store beside it, takes the [Root] and signs a [Checkpoint] with [Sign]. A reader
// starts with [Open], which needs only the signed text and the site's public key,
// then [CheckInclusion] for one entry and [CheckGrowth] against a checkpoint kept
// from before. Checking needs no account, no database and no network.
//
// An entry says that something happened to a record, never what: actor and record
// are opaque ids, and the content is present only as a commitment ([Commit]) that
// tells nothing to who does not hold the record and its nonce. Destroying both
// therefore erases a person's data although the log is never rewritten. Keep names,
// places and free text away from the ids: the package refuses most of them by their
// spelling, but cannot tell a code from a nickname.
//
// Promised: the format of entries is [Format], and of checkpoints the C2SP
// tlog-checkpoint, as signed notes with Ed25519. Each has one spelling; what this
// package would not write it does not read. testdata/vectors.json holds cases,
// among them those that must fail, to which other programs can be held.
package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// What can be wrong with evidence. A failed check wraps exactly one of these; an
// error that wraps none of them means that the check could not be made, for
// example because a stored hash could not be read.
var (
	// ErrMalformed: the text is not one that this package writes.
	ErrMalformed = errors.New("malformed")
	// ErrSignature: no signature by the reader's key, or one that does not fit the text.
	ErrSignature = errors.New("not signed by this key")
	// ErrProof: the proof does not show what it should show.
	ErrProof = errors.New("not proved")
	// ErrCommitment: the content or the nonce is not what the entry committed to.
	ErrCommitment = errors.New("not the content that was committed to")
)

// MaxSize is the largest number of entries a log may have. It is far above need (a
// thousand acts a second for a thousand years) and far below 2^62, from where the
// arithmetic of tlog overflows and no longer ends: a size is read from files that
// strangers wrote.
const MaxSize = 1 << 45

// Hashes returns what must be stored when entry is appended to a log of size
// entries: at is the stored-hash index of the first, the others follow it without a
// gap. There are at most 1 + log2(size+1) of them, just under two on average, the
// first being the entry's own. r reads hashes stored for earlier entries by their
// index.
//
// Store entry and hashes in the transaction of the change itself: a log that can
// miss an act proves nothing. Hashes returns ErrMalformed when entry is not an
// encoded Entry, or size is negative or beyond MaxSize, and r's error when it has one.
func Hashes(size int64, entry []byte, r tlog.HashReader) (at int64, hashes []tlog.Hash, err error) {
	if size < 0 || size >= MaxSize {
		return 0, nil, fmt.Errorf("append to a log of %d entries: size: %w", size, ErrMalformed)
	}
	if _, err := ParseEntry(entry); err != nil {
		return 0, nil, fmt.Errorf("append entry %d: %w", size, err)
	}
	hashes, err = tlog.StoredHashes(size, entry, r)
	if err != nil {
		return 0, nil, fmt.Errorf("append entry %d: read stored hashes: %w", size, err)
	}
	return tlog.StoredHashIndex(0, size), hashes, nil
}

// Root returns the hash over the first size entries, which a Checkpoint publishes.
// The root of the empty log is the SHA-256 of nothing. Root returns ErrMalformed for
// an impossible size, and r's error when it has one.
func Root(size int64, r tlog.HashReader) (tlog.Hash, error) {
	if size < 0 || size > MaxSize {
		return tlog.Hash{}, fmt.Errorf("root of %d entries: size: %w", size, ErrMalformed)
	}
	root, err := tlog.TreeHash(size, r)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("root of %d entries: read stored hashes: %w", size, err)
	}
	return root, nil
}

// ProveInclusion returns the hashes that show the entry at index (counted from 0) to
// be in the log of the first size entries: at most log2(size)+1 of them. It returns
// ErrMalformed unless 0 <= index < size, and r's error when it has one.
func ProveInclusion(size, index int64, r tlog.HashReader) (tlog.RecordProof, error) {
	if size > MaxSize || index < 0 || index >= size {
		return nil, fmt.Errorf("prove entry %d of %d: index or size: %w", index, size, ErrMalformed)
	}
	p, err := tlog.ProveRecord(size, index, r)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d of %d: read stored hashes: %w", index, size, err)
	}
	return p, nil
}

// CheckInclusion returns nil when p shows that entry, byte for byte, stands at index
// in the log that c describes. Otherwise it returns ErrProof, or ErrMalformed when
// entry is not an encoded Entry or c is not a possible Checkpoint. It is worth as much
// as c: get c from Open.
func CheckInclusion(p tlog.RecordProof, c Checkpoint, index int64, entry []byte) error {
	if err := c.check(); err != nil {
		return err
	}
	if _, err := ParseEntry(entry); err != nil {
		return err
	}
	if err := tlog.CheckRecord(p, c.Size, c.Root, index, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("entry %d of %d: %w", index, c.Size, ErrProof)
	}
	return nil
}

// ProveGrowth returns the hashes that show the log of the first older entries to be
// the beginning of the log of the first newer entries. It returns ErrMalformed
// unless 0 <= older <= newer, and r's error when it has one.
func ProveGrowth(older, newer int64, r tlog.HashReader) (tlog.TreeProof, error) {
	if older < 0 || older > newer || newer > MaxSize {
		return nil, fmt.Errorf("prove growth from %d to %d: size: %w", older, newer, ErrMalformed)
	}
	if older == 0 {
		// Every log begins with the empty one; tlog refuses the question.
		return tlog.TreeProof{}, nil
	}
	p, err := tlog.ProveTree(newer, older, r)
	if err != nil {
		return nil, fmt.Errorf("prove growth from %d to %d: read stored hashes: %w", older, newer, err)
	}
	return p, nil
}

// CheckGrowth returns nil when p shows that the log has only grown between the two
// checkpoints: all entries of older are the first entries of newer, unchanged and in
// the same order. Otherwise it returns ErrProof, also when the two have different
// origins or newer is the smaller, or ErrMalformed when either is not a possible
// Checkpoint. It is worth as much as the checkpoints: get both from Open. A root alone
// does not tell its size, so that some wrong sizes go through here; the signature
// over the checkpoint is what vouches for it.
func CheckGrowth(p tlog.TreeProof, older, newer Checkpoint) error {
	if err := older.check(); err != nil {
		return err
	}
	if err := newer.check(); err != nil {
		return err
	}
	if older.Origin != newer.Origin {
		return fmt.Errorf("growth from %q to %q: two different logs: %w", older.Origin, newer.Origin, ErrProof)
	}
	if older.Size == 0 {
		if len(p) != 0 {
			return fmt.Errorf("growth from 0 to %d: hashes too many: %w", newer.Size, ErrProof)
		}
		return nil // check has compared the roots of empty logs
	}
	if err := tlog.CheckTree(p, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("growth from %d to %d: %w", older.Size, newer.Size, ErrProof)
	}
	return nil
}

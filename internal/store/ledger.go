package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline"
	"plumbline/ledger"
)

// A Line is one entry of the ledger with its number.
type Line struct {
	N int64
	ledger.Entry
}

// A LedgerPage is a page of the ledger, newest first.
type LedgerPage struct {
	Lines      []Line
	Next       int64 // number below which the next page begins; 0 on the last
	Size       int64
	Root       tlog.Hash
	Checkpoint string // signed, as text
	Key        string // the public key that the checkpoint is signed with
}

// Ledger returns a page of the ledger: the entries numbered below before, or
// the newest when before is 0.
func (db *DB) Ledger(ctx context.Context, a plumbline.Actor, before int64, limit int) (p LedgerPage, err error) {
	if err := plumbline.Allow(a, plumbline.SeeLedger, plumbline.Public); err != nil {
		return p, err
	}
	private, public, err := db.signingKey(ctx)
	if err != nil {
		return p, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		p = LedgerPage{Key: public}
		if p.Size, err = tx.ledgerSize(); err != nil {
			return err
		}
		if p.Root, err = ledger.Root(p.Size, tlog.HashReaderFunc(tx.hashes)); err != nil {
			return err
		}
		signed, err := ledger.Sign(ledger.Checkpoint{Origin: origin(public), Size: p.Size, Root: p.Root}, private)
		if err != nil {
			return err
		}
		p.Checkpoint = string(signed)
		if before <= 0 || before > p.Size {
			before = p.Size
		}
		err = tx.each(func(scan func(...any) error) error {
			var l Line
			var body []byte
			if err := scan(&l.N, &body); err != nil {
				return err
			}
			if l.Entry, err = ledger.ParseEntry(body); err != nil {
				return fmt.Errorf("ledger entry %d: %w", l.N, err)
			}
			p.Lines = append(p.Lines, l)
			return nil
		}, "SELECT n, body FROM ledger_entry WHERE n < $1 ORDER BY n DESC LIMIT $2", before, limit)
		if n := len(p.Lines); n == limit && p.Lines[n-1].N > 0 {
			p.Next = p.Lines[n-1].N
		}
		return err
	})
	return p, err
}

// origin returns the name of the log, which is the first part of its key.
func origin(public string) string {
	name, _, _ := strings.Cut(public, "+")
	return name
}

// signingKey returns the site's key for checkpoints, and makes one at first.
func (db *DB) signingKey(ctx context.Context) (private, public string, err error) {
	read := func(tx *Tx) (found bool, err error) {
		var a, b []byte
		if found, err = tx.one([]any{&a}, "SELECT value FROM site WHERE name = 'ledger_private_key'"); !found || err != nil {
			return found, err
		}
		found, err = tx.one([]any{&b}, "SELECT value FROM site WHERE name = 'ledger_public_key'")
		private, public = string(a), string(b)
		return found, err
	}
	var found bool
	if err := db.view(ctx, func(tx *Tx) (err error) { found, err = read(tx); return err }); found || err != nil {
		return private, public, err
	}
	err = db.tx(ctx, func(tx *Tx) error {
		if found, err := read(tx); found || err != nil {
			return err
		}
		site := strings.ToLower(rand.Text()[:10])
		if private, public, err = ledger.NewKey(rand.Reader, "plumbline-"+site); err != nil {
			return err
		}
		if err := tx.exec("INSERT INTO site (name, value) VALUES ('ledger_private_key', $1)", []byte(private)); err != nil {
			return err
		}
		return tx.exec("INSERT INTO site (name, value) VALUES ('ledger_public_key', $1)", []byte(public))
	})
	return private, public, err
}

// A Fault is one place where record and ledger do not agree.
type Fault struct {
	Subject string // "operation/ID"; empty when only the ledger is concerned
	ID      plumbline.ID
	Version int64
	Entry   int64 // the number in the ledger
	What    string
}

// Inspect replays the ledger against the record and returns every row that
// does not agree with it, with the number of rows and entries read. It needs
// no actor: it is for who runs the machine, and shows no contents.
func (db *DB) Inspect(ctx context.Context) (faults []Fault, rows, entries int64, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		faults, rows, entries = nil, 0, 0
		lines, broken, err := tx.replay()
		if err != nil {
			return err
		}
		faults, entries = broken, int64(len(lines))
		seen := make([]bool, len(lines))
		err = tx.each(func(scan func(...any) error) error {
			var subject string
			var id plumbline.ID
			var version, n int64
			var body string
			var nonce []byte
			if err := scan(&subject, &id, &version, &n, &body, &nonce); err != nil {
				return err
			}
			rows++
			what := ""
			switch {
			case n < 0 || n >= int64(len(lines)):
				what = "is in the record but not in the ledger"
			case lines[n].Version != version || lines[n].Record != tx.db.opaqueIn(subject, id):
				what = "is not what its ledger entry speaks of"
			case errors.Is(lines[n].CheckCommitment(nonce, []byte(body)), ledger.ErrCommitment):
				what = "was changed after it was written"
			}
			if what != "" {
				faults = append(faults, Fault{subject, id, version, n, what})
			}
			if n >= 0 && n < int64(len(seen)) {
				seen[n] = true
			}
			return nil
		}, "SELECT subject, id, version, entry, body, nonce FROM revision ORDER BY entry")
		for n, ok := range seen {
			if !ok {
				faults = append(faults, Fault{Entry: int64(n), What: "is in the ledger but its row is gone from the record"})
			}
		}
		return err
	})
	return faults, rows, entries, err
}

// replay reads the whole ledger and compares its stored hashes with those
// that its entries give.
func (tx *Tx) replay() (lines []ledger.Entry, faults []Fault, err error) {
	var hashes []tlog.Hash
	mine := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, n := range at {
			out[i] = hashes[n]
		}
		return out, nil
	})
	err = tx.each(func(scan func(...any) error) error {
		var n int64
		var body []byte
		if err := scan(&n, &body); err != nil {
			return err
		}
		if n != int64(len(lines)) {
			return fmt.Errorf("ledger entry %d is missing", len(lines))
		}
		e, err := ledger.ParseEntry(body)
		if err != nil {
			faults = append(faults, Fault{Entry: n, What: "is not a ledger entry: its bytes were changed"})
		}
		more, err := tlog.StoredHashes(n, body, mine)
		if err != nil {
			return err
		}
		lines, hashes = append(lines, e), append(hashes, more...)
		return nil
	}, "SELECT n, body FROM ledger_entry ORDER BY n")
	if err != nil {
		return nil, nil, err
	}
	i := 0
	err = tx.each(func(scan func(...any) error) error {
		var at int64
		var h []byte
		if err := scan(&at, &h); err != nil {
			return err
		}
		if i >= len(hashes) || at != int64(i) || string(h) != string(hashes[i][:]) {
			faults = append(faults, Fault{Entry: at, What: "has a stored hash that its entries do not give"})
		}
		i++
		return nil
	}, "SELECT i, hash FROM ledger_hash ORDER BY i")
	if i < len(hashes) {
		faults = append(faults, Fault{Entry: int64(i), What: "has lost its stored hash"})
	}
	return lines, faults, err
}

func (db *DB) opaqueIn(subject string, id plumbline.ID) string {
	kind, subjectID, _ := strings.Cut(subject, "/")
	return db.opaque(Subject{plumbline.Kind(kind), plumbline.ID(subjectID)}, id)
}

package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline"
	"plumbline/ledger"
)

// eventsOf lists the events of the kinds whose rows are events.
var eventsOf = map[plumbline.Kind][]string{accessKind: AccessEvent("").Values(), releaseKind: releaseEvents, releaseKeyKind: keyEvents, releaseBudgetKind: budgetEvents}

// line returns the entry of the ledger for a row.
func (db *DB) line(r *row, commitment [32]byte) ledger.Entry {
	action := string(r.Kind) + ".record"
	if r.Version > 1 {
		action = string(r.Kind) + ".correct"
	}
	if r.Version > 1 && r.Kind == plumbline.KindStudyRun { // a run is asked and answered, and never corrected
		action = string(r.Kind) + ".answer"
	}
	if events := eventsOf[r.Kind]; events != nil { // the event is the action: a row of this kind corrects nothing
		var b struct{ What string }
		if json.Unmarshal(r.body, &b) == nil && slices.Contains(events, b.What) {
			action = string(r.Kind) + "." + b.What
		}
	}
	return ledger.Entry{Time: time.UnixMicro(r.At).UTC(), Actor: db.opaque("actor/" + string(r.Author)), Action: action, Kind: string(r.Kind),
		Record: db.opaque(r.Subject + "/" + string(r.ID)), Version: r.Version, Commitment: commitment}
}

// opaque returns the name of an entry or a user in the ledger, from which
// nobody without the site's key can tell who or what it is: a ledger that
// named users would tell a unit who has filed an account.
func (db *DB) opaque(name string) string {
	h := hmac.New(sha256.New, db.key)
	h.Write([]byte(name))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:16])
}

// log appends entries to the ledger and returns the number of the first.
func (tx *Tx) log(entries ...ledger.Entry) (first int64, err error) {
	if tx.size == 0 { // not asked yet, or an empty ledger
		if tx.size, err = tx.ledgerSize(); err != nil {
			return 0, err
		}
	}
	var bodies, nodes []any
	first = tx.size
	for _, e := range entries {
		body, err := e.Encode()
		if err != nil {
			return 0, err
		}
		hashes, err := tlog.StoredHashes(tx.size, body, tlog.HashReaderFunc(tx.hashes))
		if err != nil {
			return 0, fmt.Errorf("append entry %d: %w", tx.size, err)
		}
		at := tlog.StoredHashIndex(0, tx.size)
		for i, h := range hashes {
			nodes = append(nodes, at+int64(i), h[:])
			if tx.fresh == nil {
				tx.fresh = map[int64]tlog.Hash{}
			}
			tx.fresh[at+int64(i)] = h
		}
		bodies = append(bodies, tx.size, body)
		tx.size++
	}
	if err := tx.insert("ledger_entry (n, body)", 2, bodies); err != nil {
		return 0, err
	}
	return first, tx.insert("ledger_hash (i, hash)", 2, nodes)
}

// end returns the size of the ledger and the time of its last line.
func (tx *Tx) end() (size int64, last time.Time, err error) {
	var body []byte
	found, err := tx.one([]any{&size, &body}, "SELECT n, body FROM ledger_entry ORDER BY n DESC LIMIT 1")
	if !found || err != nil {
		return 0, last, err
	}
	if e, err := ledger.ParseEntry(body); err == nil { // one that was changed has no time; doctor names it
		last = e.Time
	}
	return size + 1, last, nil
}

func (tx *Tx) ledgerSize() (n int64, err error) {
	_, err = tx.one([]any{&n}, "SELECT COALESCE(MAX(n), -1) + 1 FROM ledger_entry")
	return n, err
}

// hashes reads stored hashes by their index, for tlog. Those of this
// transaction need not be read.
func (tx *Tx) hashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	var ask []any
	for i, n := range at {
		if h, ok := tx.fresh[n]; ok {
			out[i] = h
		} else {
			ask = append(ask, n)
		}
	}
	if len(ask) == 0 {
		return out, nil
	}
	err := tx.each(func(scan func(...any) error) error {
		var n int64
		var h []byte
		if err := scan(&n, &h); err != nil {
			return err
		}
		if i := slices.Index(at, n); i >= 0 && len(h) == tlog.HashSize {
			out[i] = tlog.Hash(h)
			ask = slices.DeleteFunc(ask, func(a any) bool { return a == any(n) })
		}
		return nil
	}, "SELECT i, hash FROM ledger_hash WHERE i IN "+marks(len(ask), len(ask)), ask...)
	if err == nil && len(ask) > 0 {
		err = fmt.Errorf("ledger hash %d is not there", ask[0])
	}
	return out, err
}

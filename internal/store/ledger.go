package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
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
		if n := len(p.Lines); n > 0 && p.Lines[n-1].N > 0 {
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
	Entry   int64 // the number in the ledger; -1 when it has none
	What    string
}

func (f Fault) String() string {
	switch {
	case f.Subject == "" && f.Entry < 0:
		return "an entry of the ledger " + f.What
	case f.Subject == "":
		return fmt.Sprintf("ledger entry %d %s", f.Entry, f.What)
	case f.Entry < 0:
		return fmt.Sprintf("%s: %s %s", f.Subject, f.ID, f.What)
	}
	return fmt.Sprintf("%s: %s version %d (ledger entry %d) %s", f.Subject, f.ID, f.Version, f.Entry, f.What)
}

// Inspect replays the ledger against the record and returns every row that
// does not agree with it, with the number of rows and entries read. It looks
// at all that is kept of a version (who wrote it, when, why, what kind it is,
// where it stands, whether it is the latest), at the hashes of the ledger, at
// the users, and at what lists show. It needs no actor: it is for who runs the
// machine, and shows no contents.
//
// It cannot see that the newest entries are gone together with their rows, or
// that everything was written anew with the site's keys: a checkpoint that
// somebody keeps elsewhere shows that (ledger.CheckGrowth).
func (db *DB) Inspect(ctx context.Context) (faults []Fault, rows, entries int64, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		i := inspection{tx: tx}
		if err := errors.Join(i.rows(), i.tree(), i.users(), i.lists()); err != nil {
			return err
		}
		faults, rows, entries = i.faults, i.kept, i.lines
		return nil
	})
	return faults, rows, entries, err
}

// An inspection is Inspect at work.
type inspection struct {
	tx     *Tx
	faults []Fault
	kept   int64
	lines  int64
	leaves []*tlog.Hash // of each ledger entry; nil where it is gone
}

func (i *inspection) fault(f Fault) { i.faults = append(i.faults, f) }

// rows reads every row beside its line.
func (i *inspection) rows() error {
	err := i.tx.each(func(scan func(...any) error) error {
		var n, version, place, at, number *int64
		var line, body, nonce []byte
		var subject, id, kind, author, by, org, reason *string
		if err := scan(&n, &line, &number, &subject, &id, &version, &kind, &place, &author, &by, &org, &at, &reason, &body, &nonce); err != nil {
			return err
		}
		if n != nil {
			i.line(*n, line)
		}
		switch {
		case subject == nil:
			i.fault(Fault{Entry: *n, What: "has lost its row in the record"})
			return nil
		case n == nil:
			i.kept++
			i.fault(Fault{*subject, plumbline.ID(*id), *version, *number, "is in the record and not in the ledger"})
			return nil
		}
		i.kept++
		r := row{Subject: *subject, ID: plumbline.ID(*id), Version: *version, Kind: plumbline.Kind(*kind), Place: int(*place), Author: plumbline.ID(*author), By: *by, For: plumbline.ID(*org), At: *at, Reason: *reason, body: body}
		if what := i.compare(r, line, nonce); what != "" {
			i.fault(Fault{r.Subject, r.ID, r.Version, *n, what})
		}
		return nil
	}, `SELECT l.n, l.body, r.entry, r.subject, r.id, r.version, r.kind, r.place, r.author, r.by_name, r.organisation, r.at, r.reason, r.body, r.nonce
		FROM ledger_entry l FULL OUTER JOIN revision r ON r.entry = l.n ORDER BY l.n NULLS LAST, r.entry`)
	if err != nil {
		return err
	}
	return i.latest()
}

// line keeps what the tree needs of a line, and names the lines before it that
// are gone.
func (i *inspection) line(n int64, body []byte) {
	if n-int64(len(i.leaves)) > 1e6 {
		i.fault(Fault{Entry: n, What: "has a number far beyond the end"})
		return
	}
	for int64(len(i.leaves)) < n {
		i.fault(Fault{Entry: int64(len(i.leaves)), What: "is gone from the ledger"})
		i.leaves = append(i.leaves, nil)
	}
	if n < int64(len(i.leaves)) {
		return // a number below nought: the tree has no place for it
	}
	i.lines++
	h := tlog.RecordHash(body)
	i.leaves = append(i.leaves, &h)
}

// compare says what of a row its line does not bear out.
func (i *inspection) compare(r row, line, nonce []byte) string {
	said, err := ledger.ParseEntry(line)
	if err != nil {
		return "has a ledger entry whose bytes were changed"
	}
	text, err := r.committed()
	if err != nil {
		return "was changed after it was written"
	}
	should := i.tx.db.line(&r, said.Commitment)
	switch {
	case said.Record != should.Record || said.Version != should.Version:
		return "is not what its ledger entry speaks of"
	case said.Kind != should.Kind || said.Action != should.Action:
		return "is of another kind than its ledger entry says"
	case said.Actor != should.Actor:
		return "names another author than its ledger entry"
	case !said.Time.Equal(should.Time):
		return "has another time than its ledger entry"
	case said.CheckCommitment(nonce, text) != nil:
		return "was changed after it was written"
	}
	return ""
}

// latest finds entries whose newest version is not the one that is shown.
func (i *inspection) latest() error {
	return i.tx.each(func(scan func(...any) error) error {
		f := Fault{Entry: -1, What: "is the newest version and not the one that is shown"}
		err := scan(&f.Subject, &f.ID, &f.Version)
		i.fault(f)
		return err
	}, `SELECT subject, id, MAX(version) FROM revision GROUP BY subject, id
		HAVING SUM(CASE WHEN latest = 1 THEN 1 ELSE 0 END) <> 1 OR MAX(CASE WHEN latest = 1 THEN version ELSE 0 END) <> MAX(version) ORDER BY subject, id`)
}

// tree compares the stored hashes with what the entries give: each leaf with
// its entry, each node with the two below it, so that what was changed is
// named and not all that stands above it.
func (i *inspection) tree() error {
	count := tlog.StoredHashCount(int64(len(i.leaves)))
	stored := make([]*tlog.Hash, count)
	err := i.tx.each(func(scan func(...any) error) error {
		var at int64
		var h []byte
		if err := scan(&at, &h); err != nil {
			return err
		}
		if at < 0 || at >= count {
			i.fault(Fault{Entry: -1, What: fmt.Sprintf("is not there, and hash %d is stored for it", at)})
		} else if len(h) == tlog.HashSize {
			stored[at] = (*tlog.Hash)(h)
		}
		return nil
	}, "SELECT i, hash FROM ledger_hash ORDER BY i")
	if err != nil {
		return err
	}
	for at, h := range stored {
		level, n := tlog.SplitStoredHashIndex(int64(at))
		if h == nil {
			i.fault(Fault{Entry: n << level, What: fmt.Sprintf("has lost its stored hash of level %d", level)})
			continue
		}
		var should *tlog.Hash
		if level == 0 {
			should = i.leaves[n]
		} else if left, right := stored[tlog.StoredHashIndex(level-1, 2*n)], stored[tlog.StoredHashIndex(level-1, 2*n+1)]; left != nil && right != nil {
			node := tlog.NodeHash(*left, *right)
			should = &node
		}
		if should != nil && *should != *h {
			i.fault(Fault{Entry: n << level, What: fmt.Sprintf("does not give its stored hash of level %d", level)})
		}
	}
	return nil
}

// users compares who may do what with what was written of it.
func (i *inspection) users() error {
	written := map[plumbline.ID]string{}
	if err := i.tx.each(func(scan func(...any) error) error {
		var id plumbline.ID
		var body string
		err := scan(&id, &body)
		written[id] = body
		return err
	}, "SELECT id, body FROM revision WHERE kind = 'actor' AND latest = 1"); err != nil {
		return err
	}
	err := i.tx.each(func(scan func(...any) error) error {
		a, err := scanActor(scan)
		if err != nil && !errors.Is(err, errUnreadable) {
			return err
		}
		body, unwritable := json.Marshal(a)
		if err != nil || unwritable != nil || written[a.User] != string(body) {
			i.fault(Fault{actorSubject(a.User), a.User, 0, -1, "is a user otherwise than was written"})
		}
		delete(written, a.User)
		return nil
	}, "SELECT id, name, role, organisation, units FROM actor ORDER BY id")
	for id := range written {
		i.fault(Fault{actorSubject(id), id, 0, -1, "is gone from the users"})
	}
	return err
}

func actorSubject(id plumbline.ID) string { return "actor/" + string(id) }

// lists compares what lists and filters show of each operation with what its
// record gives. What is about to be derived anew, because time went by, is
// passed over, and so is everything when other protocols wrote it (see Stale).
func (i *inspection) lists() error {
	if i.tx.db.stale {
		return nil
	}
	ids, err := i.tx.ids("SELECT id FROM revision WHERE kind = 'operation' AND latest = 1 UNION SELECT id FROM operation ORDER BY 1")
	if err != nil {
		return err
	}
	for _, id := range ids {
		kept, old, err := i.tx.derived(id)
		if err != nil {
			return err
		}
		if old {
			continue
		}
		wrong := Fault{Subject{plumbline.KindOperation, id}.String(), id, 0, -1, "is shown in lists otherwise than its record gives"}
		d, revisions, err := i.tx.load(Subject{plumbline.KindOperation, id})
		if errors.Is(err, errUnreadable) {
			wrong.What = "cannot be read"
			i.fault(wrong)
			continue
		}
		if err != nil {
			return err
		}
		var fresh derived
		if len(revisions) > 0 {
			if fresh, err = i.tx.derivation(d.(*plumbline.Record)); err != nil {
				return err
			}
		}
		if kept.text() != fresh.text() {
			i.fault(wrong)
		}
	}
	return nil
}

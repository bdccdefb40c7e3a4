package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

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
	err = db.view(ctx, func(tx *Tx) error {
		c, signed, public, err := tx.checkpoint()
		if err != nil {
			return err
		}
		p = LedgerPage{Key: public, Size: c.Size, Root: c.Root, Checkpoint: string(signed)}
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

// checkpoint returns what the ledger is now, also signed, and the public key.
func (tx *Tx) checkpoint() (c ledger.Checkpoint, signed []byte, public string, err error) {
	private, public, err := tx.signingKey()
	if err != nil {
		return c, nil, "", err
	}
	c.Origin, _, _ = strings.Cut(public, "+") // the log's name is the first part of its key
	if c.Size, err = tx.ledgerSize(); err != nil {
		return c, nil, "", err
	}
	if c.Root, err = ledger.Root(c.Size, tlog.HashReaderFunc(tx.hashes)); err != nil {
		return c, nil, "", err
	}
	signed, err = ledger.Sign(c, private)
	return c, signed, public, err
}

// Checkpoint returns the ledger's size and root, signed. It needs no actor: it
// is for who runs the machine, and shows no contents.
func (db *DB) Checkpoint(ctx context.Context) (signed []byte, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		_, signed, _, err = tx.checkpoint()
		return err
	})
	return signed, err
}

// CheckGrowth holds the ledger to a signed checkpoint that somebody kept: all
// that it had then is to be there still, in its order. It returns the number
// of entries of then and now, and an error that wraps one of package ledger
// when it is not, or when the checkpoint is not of this ledger.
func (db *DB) CheckGrowth(ctx context.Context, signed []byte) (then, now int64, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		c, _, public, err := tx.checkpoint()
		if err != nil {
			return err
		}
		kept, err := ledger.Open(signed, public)
		if err != nil {
			return err
		}
		if then, now = kept.Size, c.Size; then > now {
			return fmt.Errorf("the ledger has %d entries, and had %d: %w", now, then, ledger.ErrProof)
		}
		proof, err := ledger.ProveGrowth(then, now, tlog.HashReaderFunc(tx.hashes))
		if err != nil {
			return err
		}
		return ledger.CheckGrowth(proof, kept, c)
	})
	return then, now, err
}

// signingKey returns the site's key for checkpoints, and makes one for a new
// site.
func (tx *Tx) signingKey() (private, public string, err error) {
	var a, b []byte
	found, err := tx.one([]any{&a, &b}, `SELECT a.value, b.value FROM site a JOIN site b ON b.name = 'ledger_public_key' WHERE a.name = 'ledger_private_key'`)
	if found || err != nil {
		return string(a), string(b), err
	}
	if tx.db.looks {
		return "", "", errors.New("the site has lost the key that it signs its ledger with")
	}
	site := strings.ToLower(rand.Text()[:10])
	if private, public, err = ledger.NewKey(rand.Reader, "plumbline-"+site); err != nil {
		return "", "", err
	}
	return private, public, tx.exec("INSERT INTO site (name, value) VALUES ('ledger_private_key', $1), ('ledger_public_key', $2)", []byte(private), []byte(public))
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
// does not agree with it, with the number of rows and entries read; [DB.Examine]
// is the same without keeping them.
func (db *DB) Inspect(ctx context.Context) (faults []Fault, rows, entries int64, err error) {
	e, err := db.Examine(ctx, func(f Fault) { faults = append(faults, f) })
	return faults, e.Rows, e.Entries, err
}

// An Examination sums up what was looked at.
type Examination struct {
	Rows       int64 // versions in the record
	Entries    int64 // lines of the ledger
	Hashes     int64 // hashes stored for them
	Operations int64 // whose lists were compared
	Users      int64
	Backwards  int64         // how often the clock went back between two lines, which is told and no fault
	Furthest   time.Duration // the longest step back
	At         int64         // the line before it
}

// Examine replays the ledger against the record and tells every row that
// does not agree with it. It looks at all that is kept of a version (who wrote
// it, when, why, what kind it is, where it stands, whether it is the latest),
// at the hashes of the ledger, at the users, and at what lists show. It reads
// one state of the site, a part at a time, so that its memory does not grow
// with the site. It needs no actor: it is for who runs the machine, and shows
// no contents.
//
// It cannot see that the newest entries are gone together with their rows, or
// that everything was written anew with the site's keys: a checkpoint that
// somebody keeps elsewhere shows that (see [DB.CheckGrowth]).
func (db *DB) Examine(ctx context.Context, fault func(Fault)) (e Examination, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		e, err = tx.examine(fault)
		return err
	})
	return e, err
}

func (tx *Tx) examine(fault func(Fault)) (Examination, error) {
	i := inspection{tx: tx, fault: fault}
	err := errors.Join(i.ledger(), i.latest(), i.users(), i.access(), i.studies(), i.releases(), i.budgets(), i.lists())
	return i.Examination, err
}

// An inspection is Examine at work.
type inspection struct {
	Examination
	tx     *Tx
	fault  func(Fault)
	last   time.Time // of the line before
	newest time.Time // of all lines

	size   int64        // of the tree so far
	leaves []*tlog.Hash // of the entries of this part; nil where one is gone
	open   []*tlog.Hash // by level, the last stored hash that waits for the one to its right
}

// part is how many entries are read at a time.
const part = 4096

// ledger reads every row beside its line, and the hashes stored for them.
func (i *inspection) ledger() error {
	var least, most *int64
	if _, err := i.tx.one([]any{&least, &most}, "SELECT MIN(n), MAX(n) FROM (SELECT n FROM ledger_entry UNION ALL SELECT entry FROM revision) AS l"); err != nil {
		return err
	}
	if least != nil {
		for from := *least; ; {
			if err := i.rows(from, from+part); err != nil {
				return err
			}
			if err := i.hashes(); err != nil {
				return err
			}
			// Where numbers are missing, the next part begins after them.
			var next *int64
			if _, err := i.tx.one([]any{&next}, "SELECT MIN(n) FROM (SELECT MIN(n) AS n FROM ledger_entry WHERE n >= $1 UNION ALL SELECT MIN(entry) FROM revision WHERE entry >= $1) AS l", from+part); err != nil {
				return err
			}
			if next == nil {
				break
			}
			from = *next
		}
	}
	return i.tx.each(func(scan func(...any) error) error {
		var at int64
		err := scan(&at)
		i.fault(Fault{Entry: -1, What: fmt.Sprintf("is not there, and hash %d is stored for it", at)})
		return err
	}, "SELECT i FROM ledger_hash WHERE i < 0 OR i >= $1 ORDER BY i", tlog.StoredHashCount(i.size))
}

// rows reads the rows and lines numbered from one number to before another,
// side by side: in a full join SQLite would compare each with each.
func (i *inspection) rows(from, to int64) error {
	var lines []numbered
	if err := i.tx.each(func(scan func(...any) error) error {
		var l numbered
		err := scan(&l.n, &l.body)
		lines = append(lines, l)
		return err
	}, "SELECT n, body FROM ledger_entry WHERE n >= $1 AND n < $2 ORDER BY n", from, to); err != nil {
		return err
	}
	lone := func(before int64) {
		for ; len(lines) > 0 && lines[0].n < before; lines = lines[1:] {
			i.line(lines[0])
			i.fault(Fault{Entry: lines[0].n, What: "has lost its row in the record"})
		}
	}
	err := i.tx.each(func(scan func(...any) error) error {
		var n int64
		var nonce []byte
		var r row
		if err := scan(&n, &r.Subject, &r.ID, &r.Version, &r.Kind, &r.Place, &r.Author, &r.By, &r.For, &r.At, &r.Reason, &r.body, &nonce); err != nil {
			return err
		}
		i.Rows++
		lone(n)
		if len(lines) == 0 || lines[0].n != n {
			i.fault(Fault{r.Subject, r.ID, r.Version, n, "is in the record and not in the ledger"})
			return nil
		}
		i.line(lines[0])
		if what := i.compare(r, lines[0].body, nonce); what != "" {
			i.fault(Fault{r.Subject, r.ID, r.Version, n, what})
		}
		lines = lines[1:]
		return nil
	}, "SELECT entry, subject, id, version, kind, place, author, by_name, organisation, at, reason, body, nonce FROM revision WHERE entry >= $1 AND entry < $2 ORDER BY entry", from, to)
	lone(to)
	return err
}

// numbered is a line of the ledger as it is kept.
type numbered struct {
	n    int64
	body []byte
}

// line keeps what the tree needs of a line, and names the lines before it that
// are gone.
func (i *inspection) line(l numbered) {
	n, next := l.n, i.size+int64(len(i.leaves))
	if n-next > 1e6 {
		i.fault(Fault{Entry: n, What: "has a number far beyond the end"})
		return
	}
	for ; next < n; next++ {
		i.fault(Fault{Entry: next, What: "is gone from the ledger"})
		i.leaves = append(i.leaves, nil)
	}
	if n < next {
		return // a number below nought: the tree has no place for it
	}
	i.Entries++
	h := tlog.RecordHash(l.body)
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
	if back := i.last.Sub(said.Time); !i.last.IsZero() && back > 0 {
		if i.Backwards++; back > i.Furthest {
			i.Furthest, i.At = back, i.size+int64(len(i.leaves))-2
		}
	}
	if i.last = said.Time; i.newest.Before(i.last) {
		i.newest = i.last
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

// hashes compares the hashes that are stored for the entries of a part with
// what they give: each leaf with its entry, each node with the two below it, so
// that what was changed is named and not all that stands above it.
func (i *inspection) hashes() error {
	first := tlog.StoredHashCount(i.size)
	stored := make([]*tlog.Hash, tlog.StoredHashCount(i.size+int64(len(i.leaves)))-first)
	if err := i.tx.each(func(scan func(...any) error) error {
		var at int64
		var h []byte
		if err := scan(&at, &h); err != nil {
			return err
		}
		if len(h) == tlog.HashSize {
			stored[at-first] = (*tlog.Hash)(h)
			i.Hashes++
		}
		return nil
	}, "SELECT i, hash FROM ledger_hash WHERE i >= $1 AND i < $2 ORDER BY i", first, first+int64(len(stored))); err != nil {
		return err
	}
	for at, h := range stored {
		level, n := tlog.SplitStoredHashIndex(first + int64(at))
		if level == len(i.open) {
			i.open = append(i.open, nil)
		}
		var should *tlog.Hash
		if level == 0 {
			should = i.leaves[n-i.size]
		} else if left, right := i.open[level-1], stored[at-1]; left != nil && right != nil { // the one to the right was stored just before
			node := tlog.NodeHash(*left, *right)
			should = &node
		}
		switch {
		case h == nil:
			i.fault(Fault{Entry: n << level, What: fmt.Sprintf("has lost its stored hash of level %d", level)})
		case should != nil && *should != *h:
			i.fault(Fault{Entry: n << level, What: fmt.Sprintf("does not give its stored hash of level %d", level)})
		}
		if n%2 == 0 {
			i.open[level] = h
		}
	}
	i.size += int64(len(i.leaves))
	i.leaves = i.leaves[:0]
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
		i.Users++
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
	if i.newest.After(i.tx.now) { // the clock was ahead when the last lists were written
		defer func(now time.Time) { i.tx.now = now }(i.tx.now)
		i.tx.now = i.newest
	}
	ids, err := i.tx.ids("SELECT id FROM revision WHERE kind = 'operation' AND latest = 1 UNION SELECT id FROM operation ORDER BY 1")
	if err != nil {
		return err
	}
	for _, id := range ids {
		i.Operations++
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
		fresh := new(derived)
		if len(revisions) > 0 {
			if fresh, err = i.tx.derivation(d.(*plumbline.Record)); err != nil {
				return err
			}
		}
		if kept.text() != fresh.text() {
			i.fault(wrong)
		}
	}
	return i.unitTasks()
}

// unitTasks compares what the home page shows of each unit with what its
// record gives.
func (i *inspection) unitTasks() error {
	ids, err := i.tx.ids("SELECT id FROM revision WHERE kind = 'unit' AND latest = 1 UNION SELECT of_unit FROM task WHERE of_unit <> '' ORDER BY 1")
	if err != nil {
		return err
	}
	for _, id := range ids {
		wrong := Fault{Subject{plumbline.KindUnit, id}.String(), id, 0, -1, "is shown in lists otherwise than its record gives"}
		kept, err := i.tx.tasks("", id)
		if err != nil {
			return err
		}
		d, _, err := i.tx.load(Subject{plumbline.KindUnit, id})
		if errors.Is(err, errUnreadable) {
			wrong.What = "cannot be read"
		} else if err != nil {
			return err
		}
		if err != nil || (&derived{tasks: kept}).text() != (&derived{tasks: d.(*plumbline.UnitRecord).Tasks()}).text() {
			i.fault(wrong)
		}
	}
	return nil
}

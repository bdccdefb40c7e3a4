package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"plumbline"
)

// A NoticeKind says why somebody is told something inside the program.
type NoticeKind string

const (
	NoticeAsked     NoticeKind = "account_asked" // an account of the own organisation was asked for
	NoticeFiled     NoticeKind = "account_filed" // another account was filed where the own organisation's stands
	NoticeCorrected NoticeKind = "corrected"     // somebody else corrected what they wrote
	NoticeOfUnit    NoticeKind = "unit"          // somebody else recorded an operation of a unit they answer for
	NoticeRole      NoticeKind = "role"          // their role, organisation or units were changed
	NoticeAccess    NoticeKind = "access"        // the way they sign in was changed
	NoticeRun       NoticeKind = "run_ended"     // a question that they asked of a study has been answered, or has failed
	NoticeReply     NoticeKind = "reply"         // a claimant whom they invited has answered
	NoticeMatter    NoticeKind = "matter"        // a matter was put to the own organisation
	NoticeHeard     NoticeKind = "heard"         // somebody has turned to the own organisation
	NoticeAnswered  NoticeKind = "answered"      // who owes it has answered what the own organisation raised
)

// NoticeKinds lists the kinds of notice.
func NoticeKinds() []NoticeKind {
	return []NoticeKind{NoticeAsked, NoticeFiled, NoticeCorrected, NoticeOfUnit, NoticeRole, NoticeAccess, NoticeRun, NoticeReply, NoticeMatter, NoticeAnswered, NoticeHeard}
}

// A Notice is one thing that somebody is told. It holds what the reader may
// see at the moment of reading, and nothing else.
type Notice struct {
	Kind    NoticeKind
	Subject Subject // of which record; empty when it is about the reader's own access
	Entry   plumbline.ID
	At      time.Time
	Read    bool
	Title   string         // of the record
	What    plumbline.Kind // of the entry
	key     string         // the subject, as it is kept
}

// NoticeLife is how long a notice is kept after it was read, and maxNotices
// how many are shown.
const (
	NoticeLife = 90 * 24 * time.Hour
	maxNotices = 100
)

// notify tells users something, in the transaction of its cause. What is told
// twice of one entry is one notice, unread again. Who is no user of the site
// is passed over. Without a subject it is about the user's own access.
func (tx *Tx) notify(kind NoticeKind, subject string, entry plumbline.ID, users ...plumbline.ID) error {
	for _, u := range users {
		if err := tx.exec(`INSERT INTO notice (actor, kind, subject, entry, at, read_at)
			SELECT id, $1, $2, $3, $4, 0 FROM actor WHERE id = $5
			ON CONFLICT (actor, kind, subject, entry) DO UPDATE SET at = excluded.at, read_at = 0`,
			kind, subject, entry, tx.now.UnixMicro(), u); err != nil {
			return err
		}
	}
	return nil
}

// announce tells others of what an actor has written into an operation.
func (tx *Tx) announce(a plumbline.Actor, r *plumbline.Record, changes []Change, before map[plumbline.ID]kept) error {
	subject := Subject{plumbline.KindOperation, r.Operation.ID}.String()
	for _, c := range changes {
		id := plumbline.HeadOf(c.Entry).ID
		old, corrected := before[id]
		if corrected && old.Author != a.User {
			if err := tx.notify(NoticeCorrected, subject, id, old.Author); err != nil {
				return err
			}
		}
		var err error
		switch e := c.Entry.(type) {
		case *plumbline.Operation:
			if !corrected && e.Unit != "" {
				err = tx.tellUnit(a, subject, e)
			}
		case *plumbline.Account:
			was, _ := old.Entry.(*plumbline.Account)
			switch {
			case len(e.Points) > 0 && (was == nil || len(was.Points) == 0):
				err = tx.tellTellers(a, r, e)
			case !corrected && len(e.Points) == 0 && e.Asked.Known() && e.Organisation != a.Organisation:
				err = tx.tellOrganisation(a, NoticeAsked, plumbline.FileAccount, r, e.ID, e.Organisation)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tellTellers tells of a new account those whose own stands beside it.
func (tx *Tx) tellTellers(a plumbline.Actor, r *plumbline.Record, filed *plumbline.Account) error {
	var told []plumbline.ID
	for _, acc := range r.TellersHeard() {
		if acc.Organisation == filed.Organisation || slices.Contains(told, acc.Organisation) {
			continue
		}
		told = append(told, acc.Organisation)
		if err := tx.tellOrganisation(a, NoticeFiled, plumbline.SeeAccounts, r, filed.ID, acc.Organisation); err != nil {
			return err
		}
	}
	return nil
}

// tellOrganisation tells those of an organisation who may do a deed to the
// record.
func (tx *Tx) tellOrganisation(a plumbline.Actor, kind NoticeKind, deed plumbline.Deed, r *plumbline.Record, entry, organisation plumbline.ID) error {
	if organisation == "" {
		return nil
	}
	var users []plumbline.ID
	if err := tx.each(func(scan func(...any) error) error {
		u, err := scanActor(scan)
		if u.User != a.User && plumbline.May(u, deed, u.BondTo(r)) {
			users = append(users, u.User)
		}
		return err
	}, "SELECT id, name, role, organisation, units FROM actor WHERE organisation = $1 ORDER BY id", organisation); err != nil {
		return err
	}
	return tx.notify(kind, Subject{plumbline.KindOperation, r.Operation.ID}.String(), entry, users...)
}

// tellUnit tells those who answer for a unit that an operation of it was
// recorded.
func (tx *Tx) tellUnit(a plumbline.Actor, subject string, op *plumbline.Operation) error {
	var users []plumbline.ID
	if err := tx.each(func(scan func(...any) error) error {
		u, err := scanActor(scan)
		if slices.Contains(u.Units, op.Unit) && u.User != a.User {
			users = append(users, u.User)
		}
		return err
	}, "SELECT id, name, role, organisation, units FROM actor WHERE role = $1 ORDER BY id", plumbline.PoliceLiaison); err != nil {
		return err
	}
	return tx.notify(NoticeOfUnit, subject, op.ID, users...)
}

// Notices returns the actor's notices, newest first. What a notice is about is
// read with the actor's permissions of today: a notice about what they may no
// longer see is left out.
func (db *DB) Notices(ctx context.Context, a plumbline.Actor) (list []Notice, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		found, err := tx.noticesOf("SELECT kind, subject, entry, at, read_at FROM notice WHERE actor = $1 ORDER BY at DESC, kind, subject, entry LIMIT $2", a.User, maxNotices)
		if err != nil {
			return err
		}
		records := map[string]*Operation{}
		for _, n := range found {
			seen, err := tx.fillNotice(a, &n, records)
			if err != nil {
				return err
			}
			if seen {
				list = append(list, n)
			}
		}
		return nil
	})
	return list, err
}

func (tx *Tx) noticesOf(query string, args ...any) (list []Notice, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var n Notice
		var at, read int64
		if err := scan(&n.Kind, &n.key, &n.Entry, &at, &read); err != nil {
			return err
		}
		n.At, n.Read = time.UnixMicro(at).UTC(), read > 0
		list = append(list, n)
		return nil
	}, query, args...)
	return list, err
}

// fillNotice reads what a notice is about, and reports whether the actor may
// see it.
func (tx *Tx) fillNotice(a plumbline.Actor, n *Notice, records map[string]*Operation) (bool, error) {
	if id, ofStudy := cutSubject(n.key, plumbline.KindStudy); ofStudy {
		return tx.fillStudyNotice(a, n, id)
	}
	if id, ofMatter := cutSubject(n.key, plumbline.KindMatter); ofMatter {
		return tx.fillMatterNotice(a, n, id)
	}
	if n.key == registerSubject {
		return tx.fillReplyNotice(a, n)
	}
	id, ofOperation := cutSubject(n.key, plumbline.KindOperation)
	if !ofOperation {
		return true, nil // about the reader alone
	}
	o, known := records[n.key]
	if !known {
		var err error
		o, err = tx.operation(a, id)
		if err != nil && !errors.Is(err, plumbline.ErrNotFound) {
			return false, err
		}
		records[n.key] = o
	}
	if o == nil {
		return false, nil
	}
	e := o.Find(n.Entry)
	if e == nil {
		return false, nil // an account or a note that they may not read
	}
	n.Subject, n.Title, n.What = Subject{plumbline.KindOperation, id}, o.Operation.Title, plumbline.KindOf(e)
	return true, nil
}

func cutSubject(text string, kind plumbline.Kind) (plumbline.ID, bool) {
	prefix := string(kind) + "/"
	if len(text) <= len(prefix) || text[:len(prefix)] != prefix {
		return "", false
	}
	return plumbline.ID(text[len(prefix):]), true
}

// Unread returns how many notices the actor has not read, at most 100. It
// does not look at what they are about, since every page asks.
func (db *DB) Unread(ctx context.Context, a plumbline.Actor) (n int, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		_, err := tx.one([]any{&n}, "SELECT COUNT(*) FROM (SELECT 1 AS one FROM notice WHERE actor = $1 AND read_at = 0 LIMIT $2) AS unread", a.User, maxNotices)
		return err
	})
	return n, err
}

// ReadNotices marks the actor's notices as read up to a moment, and forgets
// those that were read long ago.
func (db *DB) ReadNotices(ctx context.Context, a plumbline.Actor, until time.Time) error {
	if err := hasAccount(a); err != nil {
		return err
	}
	return db.aside(ctx, func(tx *Tx) error {
		if err := tx.exec("DELETE FROM notice WHERE actor = $1 AND read_at > 0 AND read_at < $2", a.User, tx.now.Add(-NoticeLife).UnixMicro()); err != nil {
			return err
		}
		return tx.exec("UPDATE notice SET read_at = $1 WHERE actor = $2 AND read_at = 0 AND at <= $3", tx.now.UnixMicro(), a.User, until.UnixMicro())
	})
}

package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"plumbline"
)

// SessionLength is how long a session lasts without being used.
const SessionLength = 12 * time.Hour

// PutActor adds a user of the site or changes one; each change is kept and
// stands in the ledger, since it decides what somebody may see. It needs
// KeepHouse; plumbline.AllowRole has the rules.
func (db *DB) PutActor(ctx context.Context, by plumbline.Actor, a plumbline.Actor) error {
	if err := plumbline.Allow(by, plumbline.KeepHouse, plumbline.Public); err != nil {
		return err
	}
	if !plumbline.ValidID(a.User) {
		return plumbline.Invalid("user", "problem.bad_id", "Got", a.User)
	}
	if !slices.Contains(a.Role.Values(), string(a.Role)) {
		return plumbline.Invalid("role", "problem.not_one_of", "Got", a.Role, "Want", a.Role.Values())
	}
	if len(a.Units) > 0 && a.Role != plumbline.PoliceLiaison {
		return plumbline.Invalid("units", "problem.not_one_of", "Got", a.Role, "Want", plumbline.PoliceLiaison)
	}
	for field, s := range map[string]string{"name": a.Name, "organisation": string(a.Organisation)} {
		if !isText(s) {
			return plumbline.Invalid(field, "problem.not_text")
		}
		if n := utf8.RuneCountInString(s); n > plumbline.MaxLine {
			return plumbline.Invalid(field, "problem.too_long", "Got", n, "Want", plumbline.MaxLine)
		}
	}
	unitsText, err := json.Marshal(a.Units)
	if err != nil {
		return err
	}
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		r := row{Subject: actorSubject(a.User), ID: a.User, Version: 1, Kind: "actor", Author: by.User, By: by.Name, For: by.Organisation, At: tx.now.UnixMicro(), body: body}
		var old string
		found, err := tx.one([]any{&r.Version, &old}, "SELECT version + 1, body FROM revision WHERE subject = $1 AND latest = 1", r.Subject)
		if err != nil || found && old == string(body) {
			return err
		}
		var was *plumbline.Actor
		if found {
			was = new(plumbline.Actor)
			if err := json.Unmarshal([]byte(old), was); err != nil {
				return fmt.Errorf("%w: decode %s: %w", errUnreadable, r.Subject, err)
			}
		}
		organisation, units, err := tx.whereabouts(a)
		if err != nil {
			return err
		}
		if err := plumbline.AllowRole(by, was, a, organisation, units); err != nil {
			return err
		}
		if err := tx.put(r); err != nil {
			return err
		}
		return tx.exec(`INSERT INTO actor (id, name, role, organisation, units) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, organisation = excluded.organisation, units = excluded.units`,
			a.User, a.Name, a.Role, a.Organisation, string(unitsText))
	})
}

// whereabouts returns what is on record of an actor's organisation and units.
func (tx *Tx) whereabouts(a plumbline.Actor) (o plumbline.Organisation, units []plumbline.Unit, err error) {
	d, _, err := tx.load(Subject{plumbline.KindOrganisation, a.Organisation})
	if err != nil {
		return o, nil, err
	}
	for _, id := range a.Units {
		u, _, err := tx.load(Subject{plumbline.KindUnit, id})
		if err != nil {
			return o, nil, err
		}
		units = append(units, u.(*plumbline.UnitRecord).Unit)
	}
	return d.(*house).Organisation, units, nil
}

// Actors returns the users of the site. It needs SeePeople.
func (db *DB) Actors(ctx context.Context, by plumbline.Actor) (list []plumbline.Actor, err error) {
	if err := plumbline.Allow(by, plumbline.SeePeople, plumbline.Public); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(func(scan func(...any) error) error {
			a, err := scanActor(scan)
			list = append(list, a)
			return err
		}, "SELECT id, name, role, organisation, units FROM actor ORDER BY organisation, role, id")
	})
	return list, err
}

// An Appointment is one change of who may do what: a user as made, or changed.
type Appointment struct {
	User   *plumbline.Actor
	Was    *plumbline.Actor // before the change; nil for a new user
	By     string           // who made it, as shown
	ByUser plumbline.ID
	At     time.Time
	Ledger int64 // the number of its entry in the ledger
}

// Next is the address in the ledger where the change's entry stands first.
func (c Appointment) Next() int64 { return c.Ledger + 1 }

// Appointments returns the changes of who may do what, newest first: those
// with a number in the ledger below before, or the newest when before is 0. It
// needs SeePeople.
func (db *DB) Appointments(ctx context.Context, a plumbline.Actor, before int64, limit int) (list []Appointment, err error) {
	if err := plumbline.Allow(a, plumbline.SeePeople, plumbline.Public); err != nil {
		return nil, err
	}
	if before <= 0 {
		before = math.MaxInt64
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(func(scan func(...any) error) error {
			var c Appointment
			var at int64
			var body string
			var was *string
			if err := scan(&body, &was, &c.By, &c.ByUser, &at, &c.Ledger); err != nil {
				return err
			}
			c.At, c.User = time.UnixMicro(at).UTC(), new(plumbline.Actor)
			err := json.Unmarshal([]byte(body), c.User)
			if was != nil {
				c.Was = new(plumbline.Actor)
				err = errors.Join(err, json.Unmarshal([]byte(*was), c.Was))
			}
			if err != nil {
				return fmt.Errorf("%w: decode a change of a user: %w", errUnreadable, err)
			}
			list = append(list, c)
			return nil
		}, `SELECT r.body, old.body, r.by_name, r.author, r.at, r.entry FROM revision r
			LEFT JOIN revision old ON old.subject = r.subject AND old.id = r.id AND old.version = r.version - 1
			WHERE r.subject > 'actor/' AND r.subject < 'actor0' AND r.entry < $1 ORDER BY r.entry DESC LIMIT $2`, before, limit) // "0" comes after "/"
	})
	return list, err
}

func scanActor(scan func(...any) error) (a plumbline.Actor, err error) {
	var units string
	if err := scan(&a.User, &a.Name, &a.Role, &a.Organisation, &units); err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(units), &a.Units); err != nil {
		return a, fmt.Errorf("%w: decode the units of %s: %w", errUnreadable, a.User, err)
	}
	return a, nil
}

// A token opens a session or, from a link, signs somebody in. Only its hash
// is kept.
func newToken() (token string, hash []byte) {
	token = rand.Text()
	return token, hashToken(token)
}

func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// NewLink makes a link with which the user signs in without a password. It
// is for a demonstration site only.
func (db *DB) NewLink(ctx context.Context, user plumbline.ID, lasts time.Duration) (token string, err error) {
	return db.newSession(ctx, user, "link", lasts)
}

func (db *DB) newSession(ctx context.Context, user plumbline.ID, kind string, lasts time.Duration) (string, error) {
	token, hash := newToken()
	return token, db.aside(ctx, func(tx *Tx) error {
		return tx.exec("INSERT INTO session (token, actor, kind, created, expires) VALUES ($1, $2, $3, $4, $5)",
			hash, user, kind, tx.now.UnixMicro(), tx.now.Add(lasts).UnixMicro())
	})
}

// InvitationLength is how long an invitation can be used.
const InvitationLength = 7 * 24 * time.Hour

// Invite makes an invitation with which the user signs in once. Earlier ones
// that were not used end. It needs KeepHouse, and returns NotFound when there
// is no such user.
func (db *DB) Invite(ctx context.Context, by plumbline.Actor, user plumbline.ID) (token string, err error) {
	if err := plumbline.Allow(by, plumbline.KeepHouse, plumbline.Public); err != nil {
		return "", err
	}
	token, hash := newToken()
	return token, db.aside(ctx, func(tx *Tx) error {
		var n int
		found, err := tx.one([]any{&n}, "SELECT 1 FROM actor WHERE id = $1", user)
		if err != nil {
			return err
		}
		if !found {
			return plumbline.NotFound("user")
		}
		if err := tx.exec("DELETE FROM session WHERE actor = $1 AND kind = 'invitation'", user); err != nil {
			return err
		}
		return tx.exec("INSERT INTO session (token, actor, kind, created, expires) VALUES ($1, $2, 'invitation', $3, $4)",
			hash, user, tx.now.UnixMicro(), tx.now.Add(InvitationLength).UnixMicro())
	})
}

// SignIn turns the token of a demonstration's link, or of an invitation,
// which it uses up, into a session. It returns NotFound when the token is
// unknown, used, or has run out.
func (db *DB) SignIn(ctx context.Context, link string) (session string, err error) {
	session, hash := newToken()
	err = db.aside(ctx, func(tx *Tx) error {
		var user string
		// Used up by the statement that finds it: two who come at once cannot both.
		found, err := tx.one([]any{&user}, "DELETE FROM session WHERE token = $1 AND kind = 'invitation' AND expires > $2 RETURNING actor", hashToken(link), tx.now.UnixMicro())
		if err == nil && !found {
			found, err = tx.one([]any{&user}, "SELECT actor FROM session WHERE token = $1 AND kind = 'link' AND expires > $2", hashToken(link), tx.now.UnixMicro())
		}
		if err != nil {
			return err
		}
		if !found {
			return plumbline.NotFound("session")
		}
		return tx.exec("INSERT INTO session (token, actor, kind, created, expires) VALUES ($1, $2, 'session', $3, $4)",
			hash, user, tx.now.UnixMicro(), tx.now.Add(SessionLength).UnixMicro())
	})
	if err != nil {
		return "", err
	}
	return session, nil
}

// SignOut ends a session. Ending one that has ended is no error.
func (db *DB) SignOut(ctx context.Context, session string) error {
	return db.aside(ctx, func(tx *Tx) error { return tx.exec("DELETE FROM session WHERE token = $1", hashToken(session)) })
}

// Session returns the actor of a session. It returns NotFound when there is
// none or it has run out.
func (db *DB) Session(ctx context.Context, session string) (plumbline.Actor, error) {
	return db.byToken(ctx, session, "session")
}

func (db *DB) byToken(ctx context.Context, token, kind string) (a plumbline.Actor, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		found := false
		err := tx.each(func(scan func(...any) error) error {
			found = true
			a, err = scanActor(scan)
			return err
		}, `SELECT a.id, a.name, a.role, a.organisation, a.units FROM session s JOIN actor a ON a.id = s.actor
			WHERE s.token = $1 AND s.kind = $2 AND s.expires > $3`, hashToken(token), kind, tx.now.UnixMicro())
		if err == nil && !found {
			err = plumbline.NotFound("session")
		}
		return err
	})
	return a, err
}

// A Draft is a form as somebody left it.
type Draft struct {
	Form  string // the address of the form
	Title string
	Body  string // the form's fields, encoded as in a query
	At    time.Time
}

// MaxDraft bounds the body of a draft, in bytes.
const MaxDraft = 256 << 10

// KeepDraft keeps what the actor has typed into a form, or forgets it when
// the body is empty. A draft is nobody else's and is not in the record.
func (db *DB) KeepDraft(ctx context.Context, a plumbline.Actor, d Draft) error {
	if !isText(d.Body + d.Form + d.Title) {
		return plumbline.Invalid("", "problem.not_text")
	}
	if len(d.Body) > MaxDraft || len(d.Form) > 500 || len(d.Title) > 500 {
		return plumbline.Invalid("", "problem.too_large", "Want", "256 KB")
	}
	if d.Body == "" { // mostly there is none: what was typed at once was never left
		found := false
		if err := db.view(ctx, func(tx *Tx) (err error) {
			var n int
			found, err = tx.one([]any{&n}, "SELECT 1 FROM draft WHERE actor = $1 AND form = $2", a.User, d.Form)
			return err
		}); err != nil || !found {
			return err
		}
	}
	return db.aside(ctx, func(tx *Tx) error {
		if d.Body == "" {
			return tx.exec("DELETE FROM draft WHERE actor = $1 AND form = $2", a.User, d.Form)
		}
		return tx.exec(`INSERT INTO draft (actor, form, title, body, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (actor, form) DO UPDATE SET title = excluded.title, body = excluded.body, at = excluded.at`,
			a.User, d.Form, d.Title, d.Body, tx.now.UnixMicro())
	})
}

// Drafts returns the actor's drafts, newest first.
func (db *DB) Drafts(ctx context.Context, a plumbline.Actor) (list []Draft, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(func(scan func(...any) error) error {
			var d Draft
			var at int64
			err := scan(&d.Form, &d.Title, &d.Body, &at)
			d.At = time.UnixMicro(at).UTC()
			list = append(list, d)
			return err
		}, "SELECT form, title, body, at FROM draft WHERE actor = $1 ORDER BY at DESC", a.User)
	})
	return list, err
}

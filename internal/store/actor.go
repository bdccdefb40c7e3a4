package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"plumbline"
)

// PutActor adds a user of the site or changes one; each change is kept and
// stands in the ledger, since it decides what somebody may see. It needs
// KeepHouse, and returns Invalid when the site has no such organisation or
// unit; plumbline.AllowRole has the other rules.
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
		if err := tx.checkHouse(a); err != nil {
			return err
		}
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
		if found && by.User != a.User {
			if err := tx.notify(NoticeRole, r.Subject, a.User, a.User); err != nil {
				return err
			}
		}
		return tx.exec(`INSERT INTO actor (id, name, role, organisation, units) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, organisation = excluded.organisation, units = excluded.units`,
			a.User, a.Name, a.Role, a.Organisation, string(unitsText))
	})
}

// checkHouse refuses an organisation or unit of which there is no record: a
// user with a misspelt one would seem to be right and see nothing.
func (tx *Tx) checkHouse(a plumbline.Actor) error {
	var ps plumbline.Problems
	look := func(field, kind string, id plumbline.ID) error {
		var n int
		found, err := tx.one([]any{&n}, "SELECT 1 FROM revision WHERE subject = $1 AND id = $2 AND version = 1", kind+"/"+string(id), id)
		if err == nil && !found {
			ps = append(ps, plumbline.Invalid(field, "problem.unknown_"+kind, "Got", id))
		}
		return err
	}
	if a.Organisation != "" {
		if err := look("organisation", "organisation", a.Organisation); err != nil {
			return err
		}
	}
	for _, u := range a.Units {
		if err := look("units", "unit", u); err != nil {
			return err
		}
	}
	if len(ps) > 0 {
		return ps
	}
	return nil
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
	return d.(*plumbline.OrganisationRecord).Organisation, units, nil
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

// A Draft is a form as somebody left it.
type Draft struct {
	Form  string // the address of the form
	Title string
	Body  string // the form's fields, encoded as in a query
	At    time.Time
}

// Address returns where the draft is taken up again.
func (d Draft) Address() string {
	if strings.Contains(d.Form, "?") {
		return d.Form
	}
	return d.Form + "?draft=1"
}

// hasAccount returns Forbidden for a visitor, of whom nothing is kept.
func hasAccount(a plumbline.Actor) error {
	if a.User == "" {
		return plumbline.Forbidden(plumbline.SeeOperation)
	}
	return nil
}

// MaxDraft bounds the body of a draft, in bytes.
const MaxDraft = 256 << 10

// KeepDraft keeps what the actor has typed into a form, or forgets it when
// the body is empty. A draft is nobody else's and is not in the record.
func (db *DB) KeepDraft(ctx context.Context, a plumbline.Actor, d Draft) error {
	if err := hasAccount(a); err != nil {
		return err
	}
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

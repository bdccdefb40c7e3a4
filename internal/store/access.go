package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"plumbline"
)

// An AccessEvent is what happened to a user's sign-in. It stands in the
// ledger as an action of the kind sign_in, and is shown to the user.
type AccessEvent string

const (
	Invited        AccessEvent = "invited" // with which every earlier way to sign in ends
	Disabled       AccessEvent = "disabled"
	Enabled        AccessEvent = "enabled"
	SessionsEnded  AccessEvent = "sessions_ended"
	PasswordSet    AccessEvent = "password_set"
	PasskeyAdded   AccessEvent = "passkey_added"
	PasskeyRemoved AccessEvent = "passkey_removed"
	CodesMade      AccessEvent = "codes_made"
	CodeUsed       AccessEvent = "code_used"
	Forgotten      AccessEvent = "forgotten" // with the site's secret
)

// Values lists the events.
func (AccessEvent) Values() []string {
	return []string{"invited", "disabled", "enabled", "sessions_ended", "password_set", "passkey_added", "passkey_removed", "codes_made", "code_used", "forgotten"}
}

// accessKind is the kind of a row that tells of a user's sign-in. Its body is
// the event alone: nothing of a credential is in the record.
const accessKind plumbline.Kind = "sign_in"

type accessBody struct {
	What AccessEvent `json:"what"`
}

func accessSubject(user plumbline.ID) string { return string(accessKind) + "/" + string(user) }

// tell writes what happened to a user's sign-in, with its line in the ledger.
func (tx *Tx) tell(by plumbline.Actor, user plumbline.ID, what AccessEvent) error {
	return tx.tellEvent(by, accessKind, user, accessBody{what})
}

// A Told is an event with who caused it, and when.
type Told struct {
	What AccessEvent
	By   string
	Own  bool // the user did it
	At   time.Time
}

// told returns the last events of a user's sign-in, newest first.
func (tx *Tx) told(user plumbline.ID, limit int) (list []Told, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var t Told
		var author plumbline.ID
		var body string
		var at int64
		if err := scan(&author, &t.By, &at, &body); err != nil {
			return err
		}
		var b accessBody
		if err := json.Unmarshal([]byte(body), &b); err != nil {
			return fmt.Errorf("%w: an event of a sign-in: %w", errUnreadable, err)
		}
		t.What, t.Own, t.At = b.What, author == user, time.UnixMicro(at).UTC()
		list = append(list, t)
		return nil
	}, "SELECT author, by_name, at, body FROM revision WHERE subject = $1 ORDER BY version DESC LIMIT $2", accessSubject(user), limit)
	return list, err
}

// An Access is how a user may come in, as those see it who keep the users.
type Access struct {
	Passkeys int
	Password bool
	Invited  time.Time // when the invitation that waits to be used runs out; zero when none waits
	Sessions int
	Disabled bool
}

// Accesses returns how each user of the site may come in. It needs SeePeople.
func (db *DB) Accesses(ctx context.Context, by plumbline.Actor) (all map[plumbline.ID]Access, err error) {
	if err := plumbline.Allow(by, plumbline.SeePeople, plumbline.Public); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		all = map[plumbline.ID]Access{}
		if err := tx.each(func(scan func(...any) error) error {
			var id plumbline.ID
			var a Access
			var disabled, password int
			var invited int64
			err := scan(&id, &disabled, &password, &a.Passkeys, &invited)
			a.Disabled, a.Password = disabled == 1, password > 0
			if invited > tx.now.UnixMicro() {
				a.Invited = time.UnixMicro(invited).UTC()
			}
			all[id] = a
			return err
		}, `SELECT a.id, COALESCE(i.disabled, 0), COALESCE(LENGTH(i.password), 0), (SELECT COUNT(*) FROM passkey p WHERE p.actor = a.id),
			COALESCE((SELECT MAX(t.expires) FROM ticket t WHERE t.actor = a.id AND t.kind = 'invitation'), 0)
			FROM actor a LEFT JOIN sign_in i ON i.actor = a.id ORDER BY a.id`); err != nil {
			return err
		}
		return tx.each(func(scan func(...any) error) error {
			s, err := scanSession(scan)
			if a := all[s.Actor.User]; s.live(tx.now) && !a.Disabled {
				a.Sessions++
				all[s.Actor.User] = a
			}
			return err
		}, "SELECT "+sessionColumns+" FROM session s JOIN actor a ON a.id = s.actor ORDER BY s.token")
	})
	return all, err
}

// Invite makes an invitation with which the user comes in once, to set up a
// sign-in. Every earlier way in ends with it: sessions, passkeys, password,
// recovery codes, earlier invitations. It needs KeepHouse, and returns
// NotFound when there is no such user.
func (db *DB) Invite(ctx context.Context, by plumbline.Actor, user plumbline.ID) (token string, err error) {
	token, hash := newToken()
	err = db.keepAccess(ctx, by, user, Invited, func(tx *Tx) error {
		for _, query := range []string{"DELETE FROM session WHERE actor = $1", "DELETE FROM ticket WHERE actor = $1 AND kind = 'invitation'", "DELETE FROM passkey WHERE actor = $1", "DELETE FROM recovery WHERE actor = $1"} {
			if err := tx.exec(query, user); err != nil {
				return err
			}
		}
		if err := tx.exec("UPDATE sign_in SET password = $2, code = $2, code_step = 0 WHERE actor = $1", user, []byte{}); err != nil {
			return err
		}
		return tx.ticket(hash, user, "invitation", InvitationLength)
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Disable shuts a user out at once, with every session, until Enable. What
// the user has written stays. It needs KeepHouse, and returns Invalid for the
// own user: somebody has to be left to undo it.
func (db *DB) Disable(ctx context.Context, by plumbline.Actor, user plumbline.ID) error {
	return db.keepAccess(ctx, by, user, Disabled, func(tx *Tx) error {
		if err := tx.disabled(user, 1); err != nil {
			return err
		}
		if err := tx.exec("DELETE FROM ticket WHERE actor = $1 AND kind = 'invitation'", user); err != nil {
			return err
		}
		return tx.exec("DELETE FROM session WHERE actor = $1", user)
	})
}

// Enable lets a disabled user sign in as before. It needs KeepHouse.
func (db *DB) Enable(ctx context.Context, by plumbline.Actor, user plumbline.ID) error {
	return db.keepAccess(ctx, by, user, Enabled, func(tx *Tx) error { return tx.disabled(user, 0) })
}

// EndSessions signs a user out everywhere. It needs KeepHouse.
func (db *DB) EndSessions(ctx context.Context, by plumbline.Actor, user plumbline.ID) error {
	return db.keepAccess(ctx, by, user, SessionsEnded, func(tx *Tx) error {
		return tx.exec("DELETE FROM session WHERE actor = $1", user)
	})
}

// ForgetSignIns ends every way in for every user, and forgets the site's
// secret: it is for a site whose secret is lost. It returns how many users had
// one. It needs KeepHouse.
func (db *DB) ForgetSignIns(ctx context.Context, by plumbline.Actor) (n int, err error) {
	if err := plumbline.Allow(by, plumbline.KeepHouse, plumbline.Public); err != nil {
		return 0, err
	}
	return n, db.tx(ctx, func(tx *Tx) error {
		users, err := tx.ids("SELECT actor FROM sign_in WHERE LENGTH(password) > 0 UNION SELECT actor FROM passkey ORDER BY 1")
		if err != nil {
			return err
		}
		n = len(users)
		for _, query := range []string{"DELETE FROM session", "DELETE FROM passkey", "DELETE FROM recovery", "DELETE FROM throttle", "DELETE FROM site WHERE name = 'secret_mark'"} {
			if err := tx.exec(query); err != nil {
				return err
			}
		}
		if err := tx.exec("UPDATE sign_in SET password = $1, code = $1, code_step = 0", []byte{}); err != nil {
			return err
		}
		for _, user := range users {
			if err := tx.tell(by, user, Forgotten); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepAccess does something to the sign-in of another user, and tells it.
func (db *DB) keepAccess(ctx context.Context, by plumbline.Actor, user plumbline.ID, what AccessEvent, do func(*Tx) error) error {
	if err := plumbline.Allow(by, plumbline.KeepHouse, plumbline.Public); err != nil {
		return err
	}
	if by.User == user && what != SessionsEnded {
		return plumbline.Invalid("", "problem.own_access")
	}
	return db.tx(ctx, func(tx *Tx) error {
		var n int
		found, err := tx.one([]any{&n}, "SELECT 1 FROM actor WHERE id = $1", user)
		if err == nil && !found {
			err = plumbline.NotFound("user")
		}
		if err == nil {
			err = do(tx)
		}
		if err != nil {
			return err
		}
		return tx.tell(by, user, what)
	})
}

func (tx *Tx) disabled(user plumbline.ID, to int) error {
	if err := tx.hasSignIn(user); err != nil {
		return err
	}
	return tx.exec("UPDATE sign_in SET disabled = $2 WHERE actor = $1", user, to)
}

// access compares who is disabled with what was told of it.
func (i *inspection) access() error {
	should := map[plumbline.ID]bool{}
	if err := i.tx.each(func(scan func(...any) error) error {
		var id plumbline.ID
		var body string
		err := scan(&id, &body)
		switch body {
		case `{"what":"disabled"}`:
			should[id] = true
		case `{"what":"enabled"}`:
			delete(should, id)
		}
		return err
	}, "SELECT id, body FROM revision WHERE kind = $1 ORDER BY id, version", accessKind); err != nil {
		return err
	}
	is, err := i.tx.ids("SELECT actor FROM sign_in WHERE disabled = 1 ORDER BY actor")
	if err != nil {
		return err
	}
	for _, id := range is {
		if !should[id] {
			i.fault(Fault{accessSubject(id), id, 0, -1, "is disabled, and nobody did it"})
		}
		delete(should, id)
	}
	var missing []plumbline.ID
	for id := range should {
		missing = append(missing, id)
	}
	slices.Sort(missing)
	for _, id := range missing {
		i.fault(Fault{accessSubject(id), id, 0, -1, "is not disabled, and was"})
	}
	return nil
}

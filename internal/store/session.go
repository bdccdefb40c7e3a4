package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	"strings"
	"time"

	"plumbline"
)

// How long things last. A session ends when it was not used for IdleLimit,
// and after SessionLimit however much it was used: a forgotten browser signs
// itself out overnight, a stolen one within the week.
const (
	IdleLimit        = 12 * time.Hour
	SessionLimit     = 7 * 24 * time.Hour
	SetUpLimit       = time.Hour          // of a session from an invitation, which can only set up a sign-in
	FreshFor         = 15 * time.Minute   // how long after signing in one may change how one signs in
	InvitationLength = 7 * 24 * time.Hour // how long an invitation can be used
	seenEvery        = 5 * time.Minute    // how often it is written that a session is used
	clockSlack       = 10 * time.Minute   // how far the clocks of servers may differ
)

// A Strength is what a session was opened with.
type Strength string

const (
	ByPasskey    Strength = "passkey"
	ByPassword   Strength = "password"   // and a code of the phone
	ByRecovery   Strength = "recovery"   // a code from paper, and the password if there is one
	ByInvitation Strength = "invitation" // may do nothing but set up a sign-in
	ByLink       Strength = "link"       // of a demonstration
)

// Values lists the strengths.
func (Strength) Values() []string {
	return []string{"passkey", "password", "recovery", "invitation", "link"}
}

// A Session is one browser in which somebody is signed in.
type Session struct {
	Actor    plumbline.Actor
	ID       string // names it on pages; it opens nothing
	Strength Strength
	Device   string // browser and system, no finer
	Created  time.Time
	Seen     time.Time // to within five minutes

	token []byte // its hash
}

// Fresh reports whether its user has proved at this moment who it is, and so
// may change how to sign in.
func (s Session) Fresh(now time.Time) bool {
	return s.Strength == ByInvitation || now.Sub(s.Created) < FreshFor
}

// live reports whether a session may be used. A session from the future was
// made when the clock was wrong: it would last too long, and is over.
func (s Session) live(now time.Time) bool {
	idle, limit := IdleLimit, SessionLimit
	if s.Strength == ByInvitation {
		idle, limit = SetUpLimit, SetUpLimit
	}
	future := now.Add(clockSlack)
	return !s.Created.After(future) && !s.Seen.After(future) && now.Sub(s.Seen) < idle && now.Sub(s.Created) < limit
}

// An Arrival is where somebody signs in.
type Arrival struct {
	Device   string // browser and system, no finer
	Replaces string // the token of the session that was open there, which ends
}

// A token opens a session or lets somebody in. Only its hash is kept.
func newToken() (token string, hash []byte) {
	token = rand.Text()
	return token, hashToken(token)
}

func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// NewLink makes a link with which the user signs in without a password, as
// often as wanted. It is for a demonstration site only.
func (db *DB) NewLink(ctx context.Context, user plumbline.ID, lasts time.Duration) (token string, err error) {
	token, hash := newToken()
	return token, db.aside(ctx, func(tx *Tx) error { return tx.ticket(hash, user, "link", lasts) })
}

func (tx *Tx) ticket(hash []byte, user plumbline.ID, kind string, lasts time.Duration) error {
	return tx.exec("INSERT INTO ticket (token, actor, kind, created, expires) VALUES ($1, $2, $3, $4, $5)",
		hash, user, kind, tx.now.UnixMicro(), tx.now.Add(lasts).UnixMicro())
}

// FollowLink opens a session with a demonstration's link. It returns NotFound
// when there is no such link or it has run out.
func (db *DB) FollowLink(ctx context.Context, link string, at Arrival) (session string, err error) {
	session, hash := newToken()
	return session, db.aside(ctx, func(tx *Tx) error {
		var user plumbline.ID
		found, err := tx.one([]any{&user}, "SELECT actor FROM ticket WHERE token = $1 AND kind = 'link' AND expires > $2", hashToken(link), tx.now.UnixMicro())
		if err == nil && !found {
			err = plumbline.NotFound("session")
		}
		if err != nil {
			return err
		}
		return tx.openSession(hash, user, ByLink, at)
	})
}

// AcceptInvitation opens a session with an invitation, which it uses up. The
// session can only set up a sign-in. It returns NotFound when the invitation
// is unknown, used, or has run out.
func (db *DB) AcceptInvitation(ctx context.Context, token string, at Arrival) (session string, err error) {
	session, hash := newToken()
	return session, db.aside(ctx, func(tx *Tx) error {
		var user plumbline.ID
		// Used up by the statement that finds it: two who come at once cannot both.
		found, err := tx.one([]any{&user}, "DELETE FROM ticket WHERE token = $1 AND kind = 'invitation' AND expires > $2 AND created < $3 RETURNING actor",
			hashToken(token), tx.now.UnixMicro(), tx.now.Add(clockSlack).UnixMicro())
		if err == nil && !found {
			err = plumbline.NotFound("session")
		}
		if err != nil {
			return err
		}
		return tx.openSession(hash, user, ByInvitation, at)
	})
}

// openSession writes a session, ends the one that it takes the place of, and
// clears away what has run out. It returns Forbidden when the user is
// disabled.
func (tx *Tx) openSession(hash []byte, user plumbline.ID, by Strength, at Arrival) error {
	var disabled int
	if found, err := tx.one([]any{&disabled}, "SELECT disabled FROM sign_in WHERE actor = $1", user); err != nil || found && disabled == 1 {
		if err == nil {
			err = &plumbline.Problem{Kind: plumbline.ErrForbidden, Key: "problem.forbidden"}
		}
		return err
	}
	now := tx.now.UnixMicro()
	for _, old := range []struct {
		query string
		args  []any
	}{
		{"DELETE FROM session WHERE token = $1", []any{hashToken(at.Replaces)}},
		{"DELETE FROM session WHERE seen < $1 OR created < $2", []any{tx.now.Add(-IdleLimit).UnixMicro(), tx.now.Add(-SessionLimit).UnixMicro()}},
		{"DELETE FROM ticket WHERE expires < $1", []any{now}},
		{"DELETE FROM spent WHERE expires < $1", []any{now}},
		{"DELETE FROM throttle WHERE last < $1", []any{tx.now.Add(-throttleMemory).UnixMicro()}},
	} {
		if err := tx.exec(old.query, old.args...); err != nil {
			return err
		}
	}
	if err := tx.forgetFeedback(); err != nil {
		return err
	}
	return tx.exec("INSERT INTO session (token, id, actor, strength, device, created, seen) VALUES ($1, $2, $3, $4, $5, $6, $6)",
		hash, strings.ToLower(rand.Text()[:16]), user, by, at.Device, now)
}

const sessionColumns = "a.id, a.name, a.role, a.organisation, a.units, s.id, s.strength, s.device, s.created, s.seen, s.token"

func scanSession(scan func(...any) error) (s Session, err error) {
	var created, seen int64
	s.Actor, err = scanActor(func(into ...any) error {
		return scan(append(into, &s.ID, &s.Strength, &s.Device, &created, &seen, &s.token)...)
	})
	s.Created, s.Seen = time.UnixMicro(created).UTC(), time.UnixMicro(seen).UTC()
	return s, err
}

// Session returns the session of a token, with its user as the user is now.
// It returns NotFound when there is none, it has run out, or its user is
// disabled.
func (db *DB) Session(ctx context.Context, token string) (s Session, err error) {
	var now time.Time
	err = db.view(ctx, func(tx *Tx) error {
		found := false
		now = tx.now
		err := tx.each(func(scan func(...any) error) error {
			s, err = scanSession(scan)
			found = s.live(tx.now)
			return err
		}, "SELECT "+sessionColumns+` FROM session s JOIN actor a ON a.id = s.actor LEFT JOIN sign_in i ON i.actor = a.id
			WHERE s.token = $1 AND COALESCE(i.disabled, 0) = 0`, hashToken(token))
		if err == nil && !found {
			err = plumbline.NotFound("session")
		}
		return err
	})
	if err != nil {
		return Session{}, err
	}
	if now.Sub(s.Seen) >= seenEvery {
		err := db.aside(ctx, func(tx *Tx) error {
			return tx.exec("UPDATE session SET seen = $1 WHERE token = $2 AND seen < $1", tx.now.UnixMicro(), s.token)
		})
		if err != nil { // reading goes on where nothing can be written
			db.log.LogAttrs(ctx, slog.LevelWarn, "a session's use was not written", slog.Any("error", err))
		}
	}
	return s, nil
}

// Sessions returns the sessions of the user, last used first.
func (db *DB) Sessions(ctx context.Context, a plumbline.Actor) (list []Session, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(func(scan func(...any) error) error {
			s, err := scanSession(scan)
			if s.live(tx.now) {
				list = append(list, s)
			}
			return err
		}, "SELECT "+sessionColumns+" FROM session s JOIN actor a ON a.id = s.actor WHERE s.actor = $1 ORDER BY s.seen DESC, s.id", a.User)
	})
	return list, err
}

// SignOut ends a session. Ending one that has ended is no error.
func (db *DB) SignOut(ctx context.Context, token string) error {
	return db.aside(ctx, func(tx *Tx) error { return tx.exec("DELETE FROM session WHERE token = $1", hashToken(token)) })
}

// EndSession ends one of the user's own sessions, by its id. Ending one that
// has ended is no error.
func (db *DB) EndSession(ctx context.Context, a plumbline.Actor, id string) error {
	return db.aside(ctx, func(tx *Tx) error { return tx.exec("DELETE FROM session WHERE actor = $1 AND id = $2", a.User, id) })
}

// EndOthers ends the user's other sessions, which the ledger tells.
func (db *DB) EndOthers(ctx context.Context, s Session) error {
	return db.tx(ctx, func(tx *Tx) error { return tx.endOthers(s) })
}

func (tx *Tx) endOthers(s Session) error {
	var n int
	if found, err := tx.one([]any{&n}, "SELECT 1 FROM session WHERE actor = $1 AND token <> $2 LIMIT 1", s.Actor.User, s.token); err != nil || !found {
		return err
	}
	if err := tx.exec("DELETE FROM session WHERE actor = $1 AND token <> $2", s.Actor.User, s.token); err != nil {
		return err
	}
	return tx.tell(s.Actor, s.Actor.User, SessionsEnded)
}

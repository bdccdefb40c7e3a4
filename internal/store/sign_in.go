package store

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"plumbline"
	"plumbline/internal/credential"
)

// An Attempt is what somebody signs in with who has no passkey at hand.
type Attempt struct {
	Arrival
	User     string // as typed
	Password string
	Code     string // of the phone or from paper, as typed
	Place    string // where it comes from; only a mark of it is kept, for a day
	Known    string // what the device keeps (see Remember)
}

// Entered is what signing in gives.
type Entered struct {
	User    plumbline.ID
	Session string
}

// SignInWithPassword opens a session for who knows a user's password and has
// the phone, or one of the recovery codes, which is then used up. Who has
// only passkeys comes in with a recovery code and no password.
//
// It returns ErrWrong for whatever does not fit, in the same time; a WaitError
// to who has failed too often; credential.ErrBusy when too many sign in at
// once; and ErrDisabled to a disabled user.
func (db *DB) SignInWithPassword(ctx context.Context, a Attempt) (e Entered, err error) {
	if db.secret == nil {
		return e, errNoSecret
	}
	e.User = plumbline.ID(strings.ToLower(strings.TrimSpace(a.User)))
	if len(a.User) > 200 || !plumbline.ValidID(e.User) {
		e.User = "-" // nobody: it goes the same way
	}
	code := credential.ReadCode(a.Code)
	known := db.knows(a.Known, e.User)
	brakes := db.brakes(string(e.User), a.Place, known)
	if known == "" && code.Recovery != "" {
		brakes = brakes[1:] // what is on the paper cannot be guessed, and no flood may shut it out
	}
	var kept lock
	if err := db.view(ctx, func(tx *Tx) error {
		wait, err := tx.waits(brakes)
		if err == nil && wait > 0 {
			err = WaitError{wait}
		}
		if err == nil {
			kept, err = tx.lockOf(e.User)
		}
		return err
	}); err != nil {
		return e, err
	}
	gate := db.gates[0]
	if known != "" {
		gate = db.gates[1] // those who are known do not queue behind those who are not
	}
	leave, err := gate.Enter(ctx)
	if err != nil {
		return e, err
	}
	defer leave()
	if err := db.aside(ctx, func(tx *Tx) error { return tx.count(brakes) }); err != nil {
		return e, err
	}
	right := credential.VerifyPassword(kept.password, a.Password)
	if len(kept.password) == 0 {
		right = kept.found && a.Password == "" && code.Recovery != ""
	}
	if !right {
		return e, ErrWrong
	}
	session, hash := newToken()
	enter := func(tx *Tx) error {
		again, err := tx.lockOf(e.User)
		if err != nil {
			return err
		}
		if !bytes.Equal(again.password, kept.password) || !bytes.Equal(again.code, kept.code) {
			return ErrWrong // changed meanwhile
		}
		by, err := tx.turn(e.User, again, code)
		if err != nil {
			return err
		}
		if err := tx.forgive(brakes); err != nil {
			return err
		}
		return disabled(tx.openSession(hash, e.User, by, a.Arrival))
	}
	within := db.aside
	if code.Recovery != "" {
		within = db.tx // it is told
	}
	if err := within(ctx, enter); err != nil {
		return e, err
	}
	e.Session = session
	return e, nil
}

// disabled says that a user is, who has proved to be the user.
func disabled(err error) error {
	if errors.Is(err, plumbline.ErrForbidden) {
		return ErrDisabled
	}
	return err
}

// A lock is what a user's password and code are held against.
type lock struct {
	found    bool
	password []byte // hashed
	code     []byte // the phone's secret
}

func (tx *Tx) lockOf(user plumbline.ID) (l lock, err error) {
	if l.found, err = tx.one([]any{&l.password, &l.code}, "SELECT password, code FROM sign_in WHERE actor = $1", user); err != nil || !l.found {
		return l, err
	}
	if l.password, err = tx.db.secret.Open(l.password, "sign_in", "password", string(user)); err != nil {
		return l, err
	}
	l.code, err = tx.db.secret.Open(l.code, "sign_in", "code", string(user))
	return l, err
}

// turn takes a code, once. It returns ErrWrong for one that is not good, or
// not any more.
func (tx *Tx) turn(user plumbline.ID, l lock, code credential.Typed) (by Strength, err error) {
	var n int
	if code.Recovery != "" {
		used, err := tx.one([]any{&n}, "DELETE FROM recovery WHERE code = $1 AND actor = $2 RETURNING 1", tx.db.recoveryMark(user, code.Recovery), user)
		if err != nil {
			return "", err
		}
		if !used {
			return "", ErrWrong
		}
		self := plumbline.Actor{User: user}
		if _, err := tx.one([]any{&self.Name}, "SELECT name FROM actor WHERE id = $1", user); err != nil {
			return "", err
		}
		return ByRecovery, tx.tell(self, user, CodeUsed)
	}
	step, ok := credential.CodeAt(string(l.code), code.Phone, tx.now)
	if !ok || len(l.code) == 0 {
		return "", ErrWrong
	}
	// No step counts twice, and none before the last. A last one that lies ahead
	// of now was taken before the clock was put back, and no longer counts.
	taken, err := tx.one([]any{&n}, "UPDATE sign_in SET code_step = $2 WHERE actor = $1 AND (code_step < $2 OR code_step > $3) RETURNING 1",
		user, step, tx.now.Unix()/int64(credential.CodeStep.Seconds())+1)
	if err == nil && !taken {
		err = ErrWrong
	}
	return ByPassword, err
}

// AskPasskey begins to sign somebody in with a passkey, whoever it will be.
// It writes nothing.
func (db *DB) AskPasskey(site *credential.Site) (o Offer, err error) {
	if db.secret == nil {
		return o, errNoSecret
	}
	offer, err := site.OfferSignIn()
	if err != nil {
		return o, err
	}
	return db.sealOffer(offer, "offer", "sign in")
}

// SignInWithPasskey opens a session for who answers AskPasskey with a passkey
// of the site. It returns ErrWrong for any other answer and for one that was
// given before, and ErrDisabled to a disabled user. It is never slowed by
// failures: a passkey cannot be guessed.
func (db *DB) SignInWithPasskey(ctx context.Context, site *credential.Site, sealed string, answer []byte, at Arrival) (e Entered, err error) {
	if db.secret == nil {
		return e, errNoSecret
	}
	keep, err := db.openOffer(sealed, "offer", "sign in")
	if err != nil {
		return e, err
	}
	session, hash := newToken()
	err = db.aside(ctx, func(tx *Tx) error {
		p, challenge, err := site.AcceptSignIn(keep, answer, func(id, handle []byte) (credential.Holder, error) {
			found, err := tx.one([]any{&e.User}, "SELECT p.actor FROM passkey p JOIN sign_in i ON i.actor = p.actor WHERE p.id = $1 AND i.handle = $2", id, handle)
			if err == nil && !found {
				err = credential.ErrRefused
			}
			if err != nil {
				return credential.Holder{}, err
			}
			return tx.holder(plumbline.Actor{User: e.User})
		})
		if err != nil {
			return db.wrong(err)
		}
		if err := tx.spend(challenge); err != nil {
			return err
		}
		var n int
		kept, err := tx.one([]any{&n}, "UPDATE passkey SET body = $3, used = $4 WHERE id = $1 AND actor = $2 RETURNING 1",
			p.ID, e.User, db.secret.Seal(p.Body, "passkey", string(e.User), string(p.ID)), tx.now.UnixMicro())
		if err == nil && !kept {
			err = ErrWrong // removed meanwhile
		}
		if err != nil {
			return err
		}
		return disabled(tx.openSession(hash, e.User, ByPasskey, at))
	})
	if err != nil {
		return Entered{}, err
	}
	e.Session = session
	return e, nil
}

package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"plumbline"
	"plumbline/internal/credential"
)

// ErrOtherSecret is returned by Open when the site was used with another
// secret: what its users sign in with could not be opened.
var ErrOtherSecret = errors.New("the secret is not the one that this site was used with")

// errNoSecret is an internal error: who serves a site gives its secret.
var errNoSecret = errors.New("the site was opened without its secret")

// ErrStale is returned to who wants to change how to sign in and has not
// signed in just now.
var ErrStale = errors.New("sign in again first")

// ErrLastWay is returned to who would leave no way to sign in.
var ErrLastWay = errors.New("this is the only way to sign in")

func newName() string { return rand.Text() }

// keepSecret holds the secret against the one that was used before.
func (tx *Tx) keepSecret() error {
	mark := tx.db.secret.Mark("site")
	var kept []byte
	found, err := tx.one([]any{&kept}, "SELECT value FROM site WHERE name = 'secret_mark'")
	switch {
	case err != nil:
		return err
	case !found:
		return tx.exec("INSERT INTO site (name, value) VALUES ('secret_mark', $1)", mark)
	case !bytes.Equal(kept, mark):
		return ErrOtherSecret
	}
	return nil
}

// hasSignIn sees to it that the user has a row, empty at first.
func (tx *Tx) hasSignIn(user plumbline.ID) error {
	handle := make([]byte, 32)
	rand.Read(handle) // never fails
	return tx.exec(`INSERT INTO sign_in (actor, handle, disabled, password, code, code_step) VALUES ($1, $2, 0, $3, $3, 0)
		ON CONFLICT (actor) DO NOTHING`, user, handle, []byte{})
}

// A SignIn is how the user may come in, for the user alone.
type SignIn struct {
	Password bool // and a code of the phone
	Passkeys []PasskeyShown
	Codes    int // recovery codes that are left
	Told     []Told
}

// A PasskeyShown is a passkey as its owner sees it.
type PasskeyShown struct {
	ID      string
	Device  string // on which it was made
	Created time.Time
	Used    time.Time
}

// IsSet reports whether the user has a way to sign in.
func (s *SignIn) IsSet() bool { return s.Password || len(s.Passkeys) > 0 }

// SignIn returns how the user of a session may come in.
func (db *DB) SignIn(ctx context.Context, s Session) (in *SignIn, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		in = new(SignIn)
		var password int
		if _, err := tx.one([]any{&password}, "SELECT LENGTH(password) FROM sign_in WHERE actor = $1", s.Actor.User); err != nil {
			return err
		}
		in.Password = password > 0
		if err := tx.each(func(scan func(...any) error) error {
			var p PasskeyShown
			var id []byte
			var created, used int64
			err := scan(&id, &p.Device, &created, &used)
			p.ID, p.Created, p.Used = hex.EncodeToString(id), time.UnixMicro(created).UTC(), time.UnixMicro(used).UTC()
			in.Passkeys = append(in.Passkeys, p)
			return err
		}, "SELECT id, device, created, used FROM passkey WHERE actor = $1 ORDER BY created, id", s.Actor.User); err != nil {
			return err
		}
		if _, err := tx.one([]any{&in.Codes}, "SELECT COUNT(*) FROM recovery WHERE actor = $1", s.Actor.User); err != nil {
			return err
		}
		in.Told, err = tx.told(s.Actor.User, 20)
		return err
	})
	return in, err
}

// A Renewed is what comes of a change of how to sign in: a new token for the
// session, where the old one was an invitation's, and recovery codes, where
// new ones were made. They are shown once.
type Renewed struct {
	Session string
	Codes   []string
}

// change lets the user of a session change how to sign in. It returns ErrStale
// when the session was not opened just now, and NotFound when it has ended
// meanwhile. A session from an invitation becomes a full one.
func (db *DB) change(ctx context.Context, s Session, to Strength, what AccessEvent, do func(tx *Tx) error) (r Renewed, err error) {
	if db.secret == nil {
		return r, errNoSecret
	}
	if !s.Fresh(db.Now()) {
		return r, ErrStale
	}
	token, hash := newToken()
	err = db.tx(ctx, func(tx *Tx) error {
		r = Renewed{}
		var n int
		found, err := tx.one([]any{&n}, "SELECT 1 FROM session WHERE token = $1", s.token)
		if err == nil && !found {
			err = plumbline.NotFound("session")
		}
		if err == nil {
			err = tx.hasSignIn(s.Actor.User)
		}
		if err == nil {
			err = do(tx)
		}
		if err == nil {
			err = tx.tell(s.Actor, s.Actor.User, what)
		}
		if err != nil || s.Strength != ByInvitation {
			return err
		}
		if r.Codes, err = tx.newCodes(s.Actor); err != nil {
			return err
		}
		if err := tx.exec("DELETE FROM session WHERE token = $1", s.token); err != nil {
			return err
		}
		r.Session = token
		return tx.openSession(hash, s.Actor.User, to, Arrival{Device: s.Device})
	})
	if err != nil {
		return Renewed{}, err
	}
	return r, nil
}

// newCodes makes new recovery codes in place of all earlier ones.
func (tx *Tx) newCodes(a plumbline.Actor) (codes []string, err error) {
	if err := tx.exec("DELETE FROM recovery WHERE actor = $1", a.User); err != nil {
		return nil, err
	}
	for range credential.RecoveryCodes {
		code := credential.NewRecoveryCode()
		codes = append(codes, code)
		if err := tx.exec("INSERT INTO recovery (code, actor) VALUES ($1, $2)", tx.db.recoveryMark(a.User, credential.ReadCode(code).Recovery), a.User); err != nil {
			return nil, err
		}
	}
	return codes, tx.tell(a, a.User, CodesMade)
}

func (db *DB) recoveryMark(user plumbline.ID, code string) []byte {
	return db.secret.Mark("recovery", string(user), code)
}

// MakeCodes makes new recovery codes for the user of a session. The earlier
// ones open nothing any more.
func (db *DB) MakeCodes(ctx context.Context, s Session) (r Renewed, err error) {
	if db.secret == nil {
		return r, errNoSecret
	}
	if !s.Fresh(db.Now()) || s.Strength == ByInvitation {
		return r, ErrStale
	}
	err = db.tx(ctx, func(tx *Tx) error {
		r = Renewed{}
		r.Codes, err = tx.newCodes(s.Actor)
		return err
	})
	return r, err
}

// OfferPhone returns a secret for a phone's codes, and the same sealed for the
// form that brings it back: a phone that has read it need not read another
// when the form comes back with something wrong.
func (db *DB) OfferPhone(s Session, sealed string) (secret, again string, err error) {
	if db.secret == nil {
		return "", "", errNoSecret
	}
	if secret := db.offered(s, sealed); secret != "" {
		return secret, sealed, nil
	}
	secret = credential.NewCodeSecret()
	return secret, hex.EncodeToString(db.secret.Seal([]byte(secret), "offer", "phone", s.ID)), nil
}

func (db *DB) offered(s Session, sealed string) string {
	raw, err := hex.DecodeString(sealed)
	if err != nil {
		return ""
	}
	secret, err := db.secret.Open(raw, "offer", "phone", s.ID)
	if err != nil {
		return ""
	}
	return string(secret)
}

// SetPassword sets the user's password and phone, as OfferPhone has sealed
// it, in place of earlier ones, and ends the user's other sessions. The code
// proves that the phone has read its secret. It returns Invalid for a password
// that is not good enough, and for a code that is not of this moment.
func (db *DB) SetPassword(ctx context.Context, s Session, password, phone, code string) (Renewed, error) {
	if db.secret == nil {
		return Renewed{}, errNoSecret
	}
	var ps plumbline.Problems
	switch err := credential.CheckPassword(password, string(s.Actor.User)); {
	case errors.Is(err, credential.ErrShort):
		ps = append(ps, plumbline.Invalid("password", "problem.password_short", "Want", credential.MinPassword))
	case errors.Is(err, credential.ErrLong):
		ps = append(ps, plumbline.Invalid("password", "problem.too_long", "Got", len(password), "Want", credential.MaxPassword))
	case err != nil:
		ps = append(ps, plumbline.Invalid("password", "problem.password_plain"))
	}
	secret := db.offered(s, phone)
	step, ok := credential.CodeAt(secret, credential.ReadCode(code).Phone, db.Now())
	if secret == "" || !ok {
		ps = append(ps, plumbline.Invalid("code", "problem.code_wrong"))
	}
	if len(ps) > 0 {
		return Renewed{}, ps
	}
	if !s.Fresh(db.Now()) {
		return Renewed{}, ErrStale
	}
	hash, err := db.hash(ctx, password)
	if err != nil {
		return Renewed{}, err
	}
	user := string(s.Actor.User)
	return db.change(ctx, s, ByPassword, PasswordSet, func(tx *Tx) error {
		if err := tx.endOthers(s); err != nil {
			return err
		}
		return tx.exec("UPDATE sign_in SET password = $2, code = $3, code_step = $4 WHERE actor = $1", user,
			db.secret.Seal(hash, "sign_in", "password", user), db.secret.Seal([]byte(secret), "sign_in", "code", user), step)
	})
}

func (db *DB) hash(ctx context.Context, password string) ([]byte, error) {
	leave, err := db.gates[1].Enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return credential.HashPassword(password), nil
}

// challengeLasts is how long a browser may take to answer.
const challengeLasts = 5 * time.Minute

// An Offer is what a browser is asked for a passkey with.
type Offer struct {
	Options []byte // JSON, for the browser's own question
	Sealed  string // to be brought back with the answer
}

// sealedOffer is what stands in Offer.Sealed.
type sealedOffer struct {
	Keep    json.RawMessage
	Expires int64
}

func (db *DB) sealOffer(o credential.Offer, place ...string) (Offer, error) {
	text, err := json.Marshal(sealedOffer{o.Keep, db.Now().Add(challengeLasts).UnixMicro()})
	if err != nil {
		return Offer{}, err
	}
	return Offer{o.Options, hex.EncodeToString(db.secret.Seal(text, place...))}, nil
}

// openOffer returns what was kept of an offer. It returns ErrWrong when it is
// none of ours, of another place, or too old.
func (db *DB) openOffer(sealed string, place ...string) ([]byte, error) {
	raw, err := hex.DecodeString(sealed)
	if err != nil {
		return nil, ErrWrong
	}
	text, err := db.secret.Open(raw, place...)
	if err != nil {
		return nil, ErrWrong
	}
	var o sealedOffer
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, ErrWrong
	}
	if left := time.UnixMicro(o.Expires).Sub(db.Now()); left <= 0 || left > challengeLasts+clockSlack {
		return nil, ErrWrong
	}
	return o.Keep, nil
}

// spend takes a challenge, once.
func (tx *Tx) spend(challenge string) error {
	var n int
	taken, err := tx.one([]any{&n}, "INSERT INTO spent (challenge, expires) VALUES ($1, $2) ON CONFLICT (challenge) DO NOTHING RETURNING 1",
		hashToken(challenge), tx.now.Add(challengeLasts+clockSlack).UnixMicro())
	if err == nil && !taken {
		err = ErrWrong
	}
	return err
}

// holder returns a user as passkeys know one.
func (tx *Tx) holder(a plumbline.Actor) (h credential.Holder, err error) {
	h.Name = string(a.User)
	if _, err := tx.one([]any{&h.Handle}, "SELECT handle FROM sign_in WHERE actor = $1", a.User); err != nil {
		return h, err
	}
	err = tx.each(func(scan func(...any) error) error {
		var p credential.Passkey
		err := scan(&p.ID, &p.Body)
		if err == nil {
			p.Body, err = tx.db.secret.Open(p.Body, "passkey", string(a.User), string(p.ID))
		}
		h.Passkeys = append(h.Passkeys, p)
		return err
	}, "SELECT id, body FROM passkey WHERE actor = $1 ORDER BY created, id", a.User)
	return h, err
}

// OfferPasskey begins to make a passkey for the user of a session.
func (db *DB) OfferPasskey(ctx context.Context, site *credential.Site, s Session) (o Offer, err error) {
	if db.secret == nil {
		return o, errNoSecret
	}
	if !s.Fresh(db.Now()) {
		return o, ErrStale
	}
	var h credential.Holder
	err = db.aside(ctx, func(tx *Tx) error {
		if err := tx.hasSignIn(s.Actor.User); err != nil {
			return err
		}
		h, err = tx.holder(s.Actor)
		return err
	})
	if err != nil {
		return o, err
	}
	offer, err := site.OfferNew(h)
	if err != nil {
		return o, err
	}
	return db.sealOffer(offer, "offer", "passkey", s.ID)
}

// AddPasskey takes the browser's answer to OfferPasskey. It returns ErrWrong
// for an answer that is none, or was given before.
func (db *DB) AddPasskey(ctx context.Context, site *credential.Site, s Session, sealed string, answer []byte) (Renewed, error) {
	if db.secret == nil {
		return Renewed{}, errNoSecret
	}
	keep, err := db.openOffer(sealed, "offer", "passkey", s.ID)
	if err != nil {
		return Renewed{}, err
	}
	return db.change(ctx, s, ByPasskey, PasskeyAdded, func(tx *Tx) error {
		h, err := tx.holder(s.Actor)
		if err != nil {
			return err
		}
		p, challenge, err := site.AcceptNew(h, keep, answer)
		if err != nil {
			return db.wrong(err)
		}
		if err := tx.spend(challenge); err != nil {
			return err
		}
		var n int
		made, err := tx.one([]any{&n}, "INSERT INTO passkey (id, actor, device, body, created, used) VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (id) DO NOTHING RETURNING 1",
			p.ID, s.Actor.User, s.Device, db.secret.Seal(p.Body, "passkey", string(s.Actor.User), string(p.ID)), tx.now.UnixMicro())
		if err == nil && !made {
			err = ErrWrong
		}
		return err
	})
}

// wrong turns what is wrong with a passkey into ErrWrong.
func (db *DB) wrong(err error) error {
	if errors.Is(err, credential.ErrRefused) {
		return fmt.Errorf("%w: %w", ErrWrong, err)
	}
	return err
}

// RemovePasskey removes a passkey of the user of a session, by its id, and
// ends the user's other sessions. It returns ErrLastWay when the user could
// not sign in any more.
func (db *DB) RemovePasskey(ctx context.Context, s Session, id string) error {
	raw, err := hex.DecodeString(id)
	if err != nil {
		return plumbline.NotFound("passkey")
	}
	if s.Strength == ByInvitation {
		return ErrStale
	}
	_, err = db.change(ctx, s, s.Strength, PasskeyRemoved, func(tx *Tx) error {
		var n int
		found, err := tx.one([]any{&n}, "DELETE FROM passkey WHERE id = $1 AND actor = $2 RETURNING 1", raw, s.Actor.User)
		if err != nil {
			return err
		}
		if !found {
			return plumbline.NotFound("passkey")
		}
		left, err := tx.one([]any{&n}, `SELECT 1 FROM sign_in WHERE actor = $1 AND LENGTH(password) > 0 UNION SELECT 1 FROM passkey WHERE actor = $1`, s.Actor.User)
		if err != nil {
			return err
		}
		if !left {
			return ErrLastWay
		}
		return tx.endOthers(s)
	})
	return err
}

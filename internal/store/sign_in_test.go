package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/store"
)

const aPassword = "paper lantern orchard nine"

// A login is a user with password and phone.
type login struct {
	s     *site
	user  plumbline.ID
	phone string
	codes []string
}

// login sets up a password, a phone and recovery codes for a user, as from an
// invitation.
func (s *site) login(a plumbline.Actor) *login {
	s.t.Helper()
	ctx := s.t.Context()
	invitation, err := s.Invite(ctx, admin, a.User)
	s.must(err)
	token, err := s.AcceptInvitation(ctx, invitation, store.Arrival{Device: "Firefox, Android"})
	s.must(err)
	session := s.of(token)
	secret, sealed, err := s.OfferPhone(session, "")
	s.must(err)
	l := &login{s: s, user: a.User, phone: secret}
	renewed, err := s.SetPassword(ctx, session, aPassword, sealed, l.code(0))
	s.must(err)
	if got := s.of(renewed.Session); got.Strength != store.ByPassword || len(renewed.Codes) != credential.RecoveryCodes {
		s.t.Fatalf("got a session by %s and %d codes", got.Strength, len(renewed.Codes))
	}
	s.over("the invitation's session", token)
	l.codes = renewed.Codes
	s.later(credential.CodeStep)
	return l
}

func (s *site) later(d time.Duration) { s.clock.Set(s.clock.Now().Add(d)) }

// code returns the phone's code, some steps from now.
func (l *login) code(steps int64) string {
	l.s.t.Helper()
	code, err := hotp.GenerateCode(l.phone, uint64(l.s.clock.Now().Unix()/30+steps))
	l.s.must(err)
	return code
}

func (l *login) try(password, code string, change ...func(*store.Attempt)) (store.Entered, error) {
	a := store.Attempt{User: string(l.user), Password: password, Code: code, Place: "192.0.2.7"}
	for _, c := range change {
		c(&a)
	}
	return l.s.SignInWithPassword(l.s.t.Context(), a)
}

func wrong(t testing.TB, what string, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrWrong) {
		t.Errorf("%s: got %v, want %v", what, err, store.ErrWrong)
	}
}

// A phone's code is good once, whatever the clock does.
func TestPhoneCodes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.users()
		l := s.login(worker)
		used := l.code(0)
		var all sync.WaitGroup
		var in atomic.Int32
		for range 3 {
			all.Go(func() {
				if _, err := l.try(aPassword, used); err == nil {
					in.Add(1)
				} else if !errors.Is(err, store.ErrWrong) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Fatalf("one code signed in %d of three who came at once", in.Load())
		}
		_, err := l.try(aPassword, l.code(-1))
		wrong(t, "the code before one that was used", err)
		_, err = l.try(aPassword, l.code(2))
		wrong(t, "a code from the future", err)
		_, err = l.try(aPassword, l.code(1)) // a phone that is a little ahead
		s.must(err)
		s.later(credential.CodeStep)
		_, err = l.try(aPassword, l.code(0))
		wrong(t, "the code that was used early", err)

		// The clock was years ahead, and is put right: the phone is not shut out.
		now := s.clock.Now()
		s.clock.Set(now.AddDate(5, 0, 0))
		_, err = l.try(aPassword, l.code(0))
		s.must(err)
		s.clock.Set(now.Add(2 * credential.CodeStep))
		code := l.code(0)
		_, err = l.try(aPassword, code)
		s.must(err)
		_, err = l.try(aPassword, code)
		wrong(t, "a code used after the clock was put right", err)
	})
}

// Recovery codes are good once each, and not after new ones were made.
func TestRecoveryCodes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		l := s.login(worker)
		var all sync.WaitGroup
		var in atomic.Int32
		var session atomic.Value
		for range 3 {
			all.Go(func() {
				if e, err := l.try(aPassword, l.codes[0]); err == nil {
					in.Add(1)
					session.Store(e.Session)
				} else if !errors.Is(err, store.ErrWrong) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Fatalf("one recovery code signed in %d of three who came at once", in.Load())
		}
		got := s.of(session.Load().(string))
		if got.Strength != store.ByRecovery {
			t.Errorf("the session is %+v", got)
		}
		other := s.login(coordinator)
		_, err := l.try(aPassword, other.codes[0])
		wrong(t, "another user's recovery code", err)
		renewed, err := s.MakeCodes(ctx, got)
		s.must(err)
		_, err = l.try(aPassword, l.codes[1])
		wrong(t, "a recovery code from before the new ones", err)
		_, err = l.try(aPassword, renewed.Codes[1])
		s.must(err)
		s.later(store.FreshFor)
		if _, err := s.MakeCodes(ctx, got); !errors.Is(err, store.ErrStale) {
			t.Errorf("new codes in an old session: %v", err)
		}
		in2, err := s.SignIn(ctx, got)
		s.must(err)
		if in2.Codes != credential.RecoveryCodes-1 || !in2.Password || in2.Told[0].What != store.CodeUsed || !in2.Told[0].Own {
			t.Errorf("the user is shown %+v", in2)
		}
		s.clean()
	})
}

// What is kept of a sign-in cannot be read, nor moved to another user, without
// the site's secret.
func TestCredentialsAreSealed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		l, other := s.login(worker), s.login(coordinator)
		for _, table := range []string{"sign_in", "recovery", "session", "ticket", "throttle", "revision", "site"} {
			rows, err := s.Rows(ctx, "SELECT * FROM "+table)
			s.must(err)
			text := fmt.Sprintf("%s", rows)
			for _, secret := range []string{aPassword, l.phone, l.codes[0], strings.ReplaceAll(l.codes[0], "-", ""), "argon2"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s holds %q", table, secret)
				}
			}
		}
		// Somebody with the database gives the coordinator the worker's password.
		s.must(s.Exec(ctx, "UPDATE sign_in SET password = (SELECT w.password FROM sign_in w WHERE w.actor = $1), code = (SELECT w.code FROM sign_in w WHERE w.actor = $1) WHERE actor = $2", l.user, other.user))
		if _, err := other.try(aPassword, l.code(0)); err == nil || errors.Is(err, store.ErrWrong) {
			t.Errorf("with another user's sealed password: %v, want an internal error", err)
		}
		_, err := l.try(aPassword, l.code(0))
		s.must(err)

		strange, err := credential.ParseSecret(credential.NewSecret())
		s.must(err)
		if _, err := store.Open(ctx, store.Options{Address: s.address, Secret: strange}); !errors.Is(err, store.ErrOtherSecret) {
			t.Errorf("with another secret: %v", err)
		}
		before := s.state()
		n, err := s.ForgetSignIns(ctx, admin)
		s.must(err)
		if n != 2 || s.state() == before {
			t.Errorf("forgot %d sign-ins", n)
		}
		db, err := store.Open(ctx, store.Options{Address: s.address, Now: s.clock.Now, Secret: strange})
		s.must(err)
		s.must(db.Close())
		s.clean()
	})
}

// Failures slow down whoever comes from elsewhere, and nobody else; and not
// for longer than they should when the clock jumps.
func TestThrottle(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		l := s.login(worker)
		device := s.Remember("", worker.User)
		known := func(a *store.Attempt) { a.Known = device }
		almost := func() { s.must(s.Exec(ctx, "UPDATE throttle SET fails = 4, until = 0")) } // one more, and there is a wait
		fail := func(change ...func(*store.Attempt)) error { _, err := l.try("wrong", "123456", change...); return err }
		unknown := func(a *store.Attempt) { a.User = "nobody-here" }
		for range 2 {
			wrong(t, "an attempt", fail())
			wrong(t, "an attempt for an unknown user", fail(unknown))
			almost()
		}
		wrong(t, "the fifth attempt", fail())
		wrong(t, "the fifth attempt for an unknown user", fail(unknown))
		waits := func(what string, least, most time.Duration, err error) {
			t.Helper()
			wait, ok := errors.AsType[store.WaitError](err)
			if !ok || wait.For < least || wait.For > most {
				t.Errorf("%s: got %v, want a wait of %v to %v", what, err, least, most)
			}
		}
		waits("after five", time.Second, 2*time.Second, fail())
		waits("after five of an unknown user", time.Second, 2*time.Second, fail(unknown))
		_, err := l.try(aPassword, l.code(0))
		waits("even with the right password", time.Second, 2*time.Second, err)
		_, err = l.try(aPassword, l.code(0), known)
		s.must(err) // which forgives nothing to those elsewhere
		waits("those elsewhere", time.Second, 2*time.Second, fail())
		s.later(2 * time.Second)
		wrong(t, "after the wait", fail())
		waits("after six", 3*time.Second, 4*time.Second, fail())
		s.must(s.Exec(ctx, "UPDATE throttle SET fails = 100, until = 0"))
		wrong(t, "the hundredth", fail())
		waits("after a hundred", 14*time.Minute, 15*time.Minute, fail())

		// The clock is put back a year: what was to end then is over.
		now := s.clock.Now()
		s.clock.Set(now.AddDate(-1, 0, 0))
		wrong(t, "a year before", fail())
		s.clock.Set(now)
		s.clock.Set(now.AddDate(1, 0, 0))
		wrong(t, "a year after", fail())

		// A device that is known has a patience of its own, and is of one user.
		wrong(t, "on a known device", fail(known))
		almost()
		wrong(t, "on a known device, the fifth time", fail(known))
		waits("on a known device", time.Second, 2*time.Second, fail(known))
		if s.Remember(device, worker.User) != device {
			t.Error("a device that knows the user is another after it")
		}
		both := s.Remember(device, coordinator.User)
		if both == device || !strings.HasPrefix(both, strings.Split(device, ".")[0]) {
			t.Errorf("two users on one device: %s, %s", device, both)
		}
		for n := range 20 {
			both = s.Remember(both, plumbline.ID(fmt.Sprint("u-", n)))
		}
		if len(both) > 300 {
			t.Errorf("a device remembers %d bytes", len(both))
		}

		// What many have tried is forgotten in a day.
		s.later(25 * time.Hour)
		_, err = l.try(aPassword, l.code(0))
		s.must(err)
		if n := s.count("throttle"); n > 1 {
			t.Errorf("%d rows of failures are kept for ever", n)
		}
	})
}

// Many at once cannot all be the first.
func TestThrottleCountsBeforeItLooks(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.users()
		l := s.login(worker)
		var all sync.WaitGroup
		var looked atomic.Int32
		for range 10 {
			all.Go(func() {
				if _, err := l.try("wrong", "123456"); errors.Is(err, store.ErrWrong) {
					looked.Add(1)
				}
			})
		}
		all.Wait()
		if n := looked.Load(); n > 5 {
			t.Errorf("of ten at once %d passwords were looked at, want five at the most", n)
		}
	})
}

// A disabled user is told so, who proves to be the user; nobody else is.
func TestDisabledUserSignsIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		l := s.login(worker)
		s.must(s.Disable(ctx, admin, worker.User))
		if _, err := l.try(aPassword, l.code(0)); !errors.Is(err, store.ErrDisabled) {
			t.Errorf("got %v", err)
		}
		_, err := l.try("wrong", l.code(0))
		wrong(t, "a wrong password", err)
		s.must(s.Enable(ctx, admin, worker.User))
		_, err = l.try(aPassword, l.code(0))
		s.must(err)
		access, err := s.Accesses(ctx, admin)
		s.must(err)
		if got := access[worker.User]; !got.Password || got.Sessions != 1 || got.Disabled || !got.Invited.IsZero() {
			t.Errorf("the administrator is shown %+v", got)
		}
	})
}

// A session that has ended meanwhile changes nothing.
func TestChangesNeedALiveSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		token, session := s.session(worker)
		_, sealed, err := s.OfferPhone(session, "")
		s.must(err)
		secret, again, err := s.OfferPhone(session, sealed)
		s.must(err)
		if again != sealed {
			t.Error("the phone is offered another secret")
		}
		l := &login{s: s, user: worker.User, phone: secret}
		s.must(s.SignOut(ctx, token))
		s.refused("a password after signing out", plumbline.ErrNotFound, func() error { _, err := s.SetPassword(ctx, session, aPassword, sealed, l.code(0)); return err })
		_, stranger := s.session(coordinator)
		s.refused("the phone offered to another", plumbline.ErrInvalid, func() error {
			_, err := s.SetPassword(ctx, stranger, aPassword, sealed, l.code(0))
			return err
		}, "code")
		if bytes.Contains([]byte(sealed), []byte(secret)) {
			t.Error("the form holds the secret")
		}
	})
}

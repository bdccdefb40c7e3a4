package store_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

var admin = user(plumbline.Administrator)

// open opens a session of the demonstration's user.
func (s *site) session(a plumbline.Actor) (string, store.Session) {
	s.t.Helper()
	link, err := s.NewLink(s.t.Context(), a.User, time.Hour)
	s.must(err)
	token, err := s.FollowLink(s.t.Context(), link, store.Arrival{Device: "Firefox, Android"})
	s.must(err)
	return token, s.of(token)
}

// of returns the session of a token, which has to be there.
func (s *site) of(token string) store.Session {
	s.t.Helper()
	session, err := s.Session(s.t.Context(), token)
	s.must(err)
	return session
}

// over fails unless a token opens nothing.
func (s *site) over(what, token string) {
	s.t.Helper()
	if session, err := s.Session(s.t.Context(), token); err == nil {
		s.t.Errorf("%s: the session still opens the site to %s", what, session.Actor.User)
	} else {
		want(s.t, err, plumbline.ErrNotFound)
	}
}

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		link, err := s.NewLink(ctx, worker.User, time.Hour)
		s.must(err)
		_, err = s.Session(ctx, link)
		want(t, err, plumbline.ErrNotFound) // a link is not a session
		session, err := s.FollowLink(ctx, link, store.Arrival{Device: "Firefox, Android"})
		s.must(err)
		other, err := s.FollowLink(ctx, link, store.Arrival{}) // a demonstration's link can be used again
		s.must(err)
		if session == other || session == link {
			t.Error("tokens repeat")
		}
		if a := s.of(session); a.Actor.User != worker.User || a.Actor.Role != plumbline.Worker || a.Strength != store.ByLink || a.Device != "Firefox, Android" || !a.Created.Equal(aDay) || a.ID == session {
			t.Errorf("got %+v", a)
		}
		_, err = s.FollowLink(ctx, session, store.Arrival{})
		want(t, err, plumbline.ErrNotFound) // a session is not a link
		_, err = s.AcceptInvitation(ctx, link, store.Arrival{})
		want(t, err, plumbline.ErrNotFound) // a link is not an invitation
		for _, token := range []string{"", "x", strings.ToLower(session), session + " ", "\x00", "\xff", "' OR 1=1"} {
			_, err = s.Session(ctx, token)
			want(t, err, plumbline.ErrNotFound)
			_, err = s.FollowLink(ctx, token, store.Arrival{})
			want(t, err, plumbline.ErrNotFound)
			_, err = s.AcceptInvitation(ctx, token, store.Arrival{})
			want(t, err, plumbline.ErrNotFound)
		}

		// Only hashes are kept.
		rows, err := s.Rows(ctx, "SELECT token FROM session UNION ALL SELECT token FROM ticket")
		s.must(err)
		if len(rows) != 3 {
			t.Fatalf("got %d tokens, want 3", len(rows))
		}
		hash := sha256.Sum256([]byte(session))
		if !slices.ContainsFunc(rows, func(r []any) bool { return bytes.Equal(r[0].([]byte), hash[:]) }) {
			t.Error("the session's hash is not kept")
		}

		s.must(s.SignOut(ctx, session))
		s.must(s.SignOut(ctx, session))
		s.over("after signing out", session)
		s.of(other) // the other browser stays

		// Who signs in anew where a session is open ends it.
		third, err := s.FollowLink(ctx, link, store.Arrival{Replaces: other})
		s.must(err)
		s.over("after signing in anew", other)

		// A changed role holds from the next request on.
		fewer := worker
		fewer.Role, fewer.Organisation = plumbline.Reader, ""
		s.must(s.PutActor(ctx, admin, fewer))
		if a := s.of(third); a.Actor.Role != plumbline.Reader {
			t.Errorf("got %+v", a.Actor)
		}
		s.clock.Set(aDay.Add(time.Hour))
		_, err = s.FollowLink(ctx, link, store.Arrival{})
		want(t, err, plumbline.ErrNotFound) // run out at the minute
		s.clean()
	})
}

// What time does to a session, also when it jumps.
func TestSessionsAndTime(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.users()
		token, first := s.session(worker)
		at := func(d time.Duration) { s.clock.Set(aDay.Add(d)) }
		at(store.IdleLimit - time.Microsecond)
		s.of(token)
		if seen := s.of(token).Seen; !seen.Equal(s.clock.Now()) {
			t.Errorf("last seen %v, want %v", seen, s.clock.Now())
		}
		at(2*store.IdleLimit - time.Second) // less than twelve hours since
		s.of(token)
		at(3*store.IdleLimit + time.Hour)
		s.over("unused", token)
		at(0)
		s.over("after the clock was put back by a day and a half", token)

		// In use all the time it ends all the same.
		token, _ = s.session(worker)
		for d := time.Duration(0); d < store.SessionLimit; d += 6 * time.Hour {
			at(d)
			s.of(token)
		}
		at(store.SessionLimit)
		s.over("after a week", token)

		// Use is written every few minutes and no oftener.
		at(0)
		token, _ = s.session(worker)
		at(4 * time.Minute)
		s.of(token)
		if seen := s.of(token).Seen; !seen.Equal(aDay) {
			t.Errorf("seen is written after four minutes: %v", seen)
		}
		at(6 * time.Minute)
		s.of(token)
		if seen := s.of(token).Seen; !seen.Equal(aDay.Add(6 * time.Minute)) {
			t.Errorf("seen is %v after six minutes", seen)
		}
		at(0) // servers' clocks differ a little
		s.of(token)

		// A session made in a wrong future would last as long as it is wrong.
		at(10 * 365 * 24 * time.Hour)
		token, _ = s.session(worker)
		at(0)
		s.over("from the future", token)
		if first.Fresh(aDay.Add(store.FreshFor)) || !first.Fresh(aDay.Add(store.FreshFor-1)) {
			t.Error("a session is not fresh for a quarter of an hour")
		}
	})
}

func TestInvitationIsUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		_, err := s.Invite(ctx, admin, "nobody-here")
		want(t, err, plumbline.ErrNotFound)
		first, err := s.Invite(ctx, admin, worker.User)
		s.must(err)
		token, err := s.Invite(ctx, admin, worker.User)
		s.must(err)
		accept := func(token string) (string, error) { return s.AcceptInvitation(ctx, token, store.Arrival{}) }
		_, err = accept(first)
		want(t, err, plumbline.ErrNotFound) // the second ended it
		var all sync.WaitGroup
		var in atomic.Int32
		var session atomic.Value
		for range 8 {
			all.Go(func() {
				if got, err := accept(token); err == nil {
					in.Add(1)
					session.Store(got)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Fatalf("%d of eight who came at once with one invitation were let in", in.Load())
		}
		if got := s.of(session.Load().(string)); got.Strength != store.ByInvitation {
			t.Errorf("the session is %+v", got)
		}
		s.clock.Set(aDay.Add(store.SetUpLimit))
		s.over("an hour after an invitation", session.Load().(string))
		late, err := s.Invite(ctx, admin, worker.User)
		s.must(err)
		s.clock.Set(aDay.Add(store.SetUpLimit + store.InvitationLength))
		_, err = accept(late)
		want(t, err, plumbline.ErrNotFound)
		s.clean()
	})
}

// What those who keep the users may do to a sign-in, who may not, and what the
// ledger says of it.
func TestAccess(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		deeds := map[store.AccessEvent]func(by plumbline.Actor, user plumbline.ID) error{
			store.Invited:       func(by plumbline.Actor, user plumbline.ID) error { _, err := s.Invite(ctx, by, user); return err },
			store.Disabled:      func(by plumbline.Actor, user plumbline.ID) error { return s.Disable(ctx, by, user) },
			store.Enabled:       func(by plumbline.Actor, user plumbline.ID) error { return s.Enable(ctx, by, user) },
			store.SessionsEnded: func(by plumbline.Actor, user plumbline.ID) error { return s.EndSessions(ctx, by, user) },
		}
		for what, do := range deeds {
			for _, role := range (plumbline.Role("")).Values() {
				if by := user(plumbline.Role(role)); by.Role != plumbline.Administrator {
					s.refused(string(what)+" by "+role, plumbline.ErrForbidden, func() error { return do(by, worker.User) })
				}
			}
			s.refused(string(what)+" of nobody", plumbline.ErrNotFound, func() error { return do(admin, "nobody") })
			if what != store.SessionsEnded {
				s.refused(string(what)+" of oneself", plumbline.ErrInvalid, func() error { return do(admin, admin.User) })
			}
		}
		for _, role := range []plumbline.Role{plumbline.Worker, plumbline.Reader, plumbline.PoliceLiaison, plumbline.Monitor, plumbline.Analyst} {
			_, err := s.Accesses(ctx, user(role))
			want(t, err, plumbline.ErrForbidden)
		}
		_, err := s.ForgetSignIns(ctx, coordinator)
		want(t, err, plumbline.ErrForbidden)

		token, _ := s.session(worker)
		other, _ := s.session(coordinator)
		s.must(s.Disable(ctx, admin, worker.User))
		s.over("disabled", token)
		s.of(other)
		link, err := s.NewLink(ctx, worker.User, time.Hour)
		s.must(err)
		_, err = s.FollowLink(ctx, link, store.Arrival{})
		want(t, err, plumbline.ErrForbidden)
		s.must(s.Enable(ctx, admin, worker.User))
		token, _ = s.session(worker)
		// A row that somebody put back does not undo it while the user is disabled.
		s.must(s.Exec(ctx, "UPDATE sign_in SET disabled = 1 WHERE actor = $1", worker.User))
		s.over("disabled behind the store's back", token)
		faults, _, _, err := s.Inspect(ctx)
		s.must(err)
		if got := fmt.Sprint(faults); got != "[sign_in/demo-worker: demo-worker is disabled, and nobody did it]" {
			t.Errorf("inspect says %s", got)
		}
		s.must(s.Exec(ctx, "UPDATE sign_in SET disabled = 0"))
		s.must(s.EndSessions(ctx, admin, worker.User))
		s.over("ended by an administrator", token)

		p, err := s.Ledger(ctx, admin, 0, 3)
		s.must(err)
		var actions []string
		for _, l := range p.Lines {
			actions = append(actions, l.Action)
			if l.Record != p.Lines[0].Record || strings.Contains(l.Record+l.Actor, "demo") {
				t.Errorf("the line names somebody, or another: %+v", l.Entry)
			}
		}
		if got := fmt.Sprint(actions); got != "[sign_in.sessions_ended sign_in.enabled sign_in.disabled]" {
			t.Errorf("the ledger says %s", got)
		}
		token, session := s.session(worker)
		in, err := s.SignIn(ctx, session)
		s.must(err)
		if len(in.Told) != 3 || in.Told[2].What != store.Disabled || in.Told[2].Own || in.Told[2].By != admin.Name || !in.Told[2].At.Equal(aDay) {
			t.Errorf("the user is told %+v", in.Told)
		}
		s.must(s.Disable(ctx, admin, worker.User))
		s.must(s.Exec(ctx, "UPDATE sign_in SET disabled = 0"))
		if faults, _, _, _ := s.Inspect(ctx); fmt.Sprint(faults) != "[sign_in/demo-worker: demo-worker is not disabled, and was]" {
			t.Errorf("inspect says %v", faults)
		}
		s.over("disabled", token)
	})
}

// The sessions of a user, and who may end them.
func TestEndSessions(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		here, mine := s.session(worker)
		there, second := s.session(worker)
		third, _ := s.session(worker)
		theirs, _ := s.session(coordinator)
		list, err := s.Sessions(ctx, worker)
		s.must(err)
		if len(list) != 3 {
			t.Errorf("got %d sessions, want 3", len(list))
		}
		s.must(s.EndSession(ctx, coordinator, second.ID)) // not theirs to end
		s.of(there)
		s.must(s.EndSession(ctx, worker, second.ID))
		s.over("ended", there)
		s.of(third)
		s.must(s.EndOthers(ctx, mine))
		s.over("ended with the others", third)
		s.of(here)
		s.of(theirs)
		lines := s.count("ledger_entry")
		s.must(s.EndOthers(ctx, mine)) // there are none: nothing is told
		if s.count("ledger_entry") != lines {
			t.Error("ending nothing is told")
		}
		s.clean()
	})
}

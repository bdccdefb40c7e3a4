package store_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.must(rig.Users(ctx, s.DB))
		link, err := s.NewLink(ctx, worker.User, time.Hour)
		s.must(err)
		_, err = s.Session(ctx, link)
		want(t, err, plumbline.ErrNotFound) // a link is not a session
		session, err := s.SignIn(ctx, link)
		s.must(err)
		other, err := s.SignIn(ctx, link) // a demonstration's link can be used again
		s.must(err)
		if session == other || session == link {
			t.Error("tokens repeat")
		}
		a, err := s.Session(ctx, session)
		s.must(err)
		if !reflect.DeepEqual(a, worker) {
			t.Errorf("got %+v, want %+v", a, worker)
		}
		_, err = s.SignIn(ctx, session)
		want(t, err, plumbline.ErrNotFound) // a session is not a link
		for _, token := range []string{"", "x", strings.ToLower(session), session + " ", "\x00", "\xff", "' OR 1=1"} {
			_, err = s.Session(ctx, token)
			want(t, err, plumbline.ErrNotFound)
			_, err = s.SignIn(ctx, token)
			want(t, err, plumbline.ErrNotFound)
		}

		// Only hashes are kept.
		rows, err := s.Rows(ctx, "SELECT token FROM session")
		s.must(err)
		if len(rows) != 3 {
			t.Fatalf("got %d tokens, want 3", len(rows))
		}
		hash := sha256.Sum256([]byte(session))
		found := false
		for _, r := range rows {
			kept := r[0].([]byte)
			found = found || bytes.Equal(kept, hash[:])
			for _, token := range []string{link, session, other} {
				if bytes.Contains(kept, []byte(token)) {
					t.Error("a token is kept as it is")
				}
			}
		}
		if !found {
			t.Error("the session's hash is not kept")
		}

		s.clock.Set(aDay.Add(time.Hour))
		_, err = s.SignIn(ctx, link)
		want(t, err, plumbline.ErrNotFound) // run out at the minute
		s.clock.Set(aDay.Add(store.SessionLength - time.Microsecond))
		_, err = s.Session(ctx, session)
		s.must(err)
		s.clock.Set(aDay.Add(store.SessionLength))
		_, err = s.Session(ctx, session)
		want(t, err, plumbline.ErrNotFound)

		s.clock.Set(aDay)
		s.must(s.SignOut(ctx, session))
		s.must(s.SignOut(ctx, session))
		_, err = s.Session(ctx, session)
		want(t, err, plumbline.ErrNotFound)
		_, err = s.Session(ctx, other)
		s.must(err) // the other browser stays

		// A changed role holds from the next request on.
		fewer := worker
		fewer.Role = plumbline.Reader
		s.must(s.PutActor(ctx, user(plumbline.Administrator), fewer))
		if a, err = s.Session(ctx, other); err != nil || a.Role != plumbline.Reader {
			t.Errorf("got %+v, %v", a, err)
		}
		s.clean()
	})
}

func TestInvitationIsUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, admin := t.Context(), user(plumbline.Administrator)
		s.must(rig.Users(ctx, s.DB))
		_, err := s.Invite(ctx, admin, "nobody-here")
		want(t, err, plumbline.ErrNotFound)
		_, err = s.Invite(ctx, coordinator, worker.User)
		want(t, err, plumbline.ErrForbidden)
		first, err := s.Invite(ctx, admin, worker.User)
		s.must(err)
		token, err := s.Invite(ctx, admin, worker.User)
		s.must(err)
		_, err = s.SignIn(ctx, first)
		want(t, err, plumbline.ErrNotFound) // the second ended it
		var all sync.WaitGroup
		var in atomic.Int32
		for range 8 {
			all.Go(func() {
				if _, err := s.SignIn(ctx, token); err == nil {
					in.Add(1)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("%d of eight who came at once with one invitation were let in", in.Load())
		}
		late, err := s.Invite(ctx, admin, worker.User)
		s.must(err)
		s.clock.Set(aDay.Add(store.InvitationLength))
		_, err = s.SignIn(ctx, late)
		want(t, err, plumbline.ErrNotFound)
	})
}

func TestUsers(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, admin := t.Context(), user(plumbline.Administrator)
		s.must(rig.Users(ctx, s.DB))
		before := s.state()
		s.must(rig.Users(ctx, s.DB))
		if s.state() != before {
			t.Error("the same users again wrote something")
		}
		list, err := s.Actors(ctx, admin)
		s.must(err)
		if len(list) != len(rig.Actors()) {
			t.Errorf("got %d users", len(list))
		}
		for what, a := range map[string]plumbline.Actor{
			"no id":             {Role: plumbline.Reader},
			"an id with spaces": {User: "a b", Role: plumbline.Reader},
			"no role":           {User: "a"},
			"no such role":      {User: "a", Role: "root"},
			"units of a reader": {User: "a", Role: plumbline.Reader, Units: []plumbline.ID{"u"}},
			"a broken name":     {User: "a", Role: plumbline.Reader, Name: "\xff"},
			"a nought byte":     {User: "a", Role: plumbline.Reader, Name: "a\x00"},
			"a long name":       {User: "a", Role: plumbline.Reader, Name: strings.Repeat("a", 1000)},
			"a broken house":    {User: "a", Role: plumbline.Reader, Organisation: "\xff"},
		} {
			s.refused(what, plumbline.ErrInvalid, func() error { return s.PutActor(ctx, admin, a) })
		}
		s.clean()
	})
}

func TestDrafts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.must(rig.Users(ctx, s.DB))
		forms := func(a plumbline.Actor) (out string) {
			list, err := s.Drafts(ctx, a)
			s.must(err)
			for _, d := range list {
				out += fmt.Sprint(d.Form, " ", d.Body, " ", d.At.Sub(aDay), "; ")
			}
			return out
		}
		keep := func(a plumbline.Actor, form, body string) {
			s.must(s.KeepDraft(ctx, a, store.Draft{Form: form, Title: "T", Body: body}))
			s.clock.Set(s.clock.Now().Add(time.Minute))
		}
		keep(worker, "/a", "x=1")
		keep(worker, "/b", "y=1")
		keep(worker, "/a", "x=2")
		keep(coordinator, "/a", "z=1")
		if got, want := forms(worker), "/a x=2 2m0s; /b y=1 1m0s; "; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got, want := forms(coordinator), "/a z=1 3m0s; "; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		keep(worker, "/a", "")
		keep(worker, "/a", "")
		if got, want := forms(worker), "/b y=1 1m0s; "; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		keep(worker, "/c", strings.Repeat("x", store.MaxDraft))
		for what, d := range map[string]store.Draft{
			"too long":            {Form: "/c", Body: strings.Repeat("x", store.MaxDraft+1)},
			"too long an address": {Form: strings.Repeat("/", 501), Body: "x"},
			"broken":              {Form: "/\xff", Body: "x"},
			"a nought byte":       {Form: "/d", Title: "\x00", Body: "x"},
		} {
			if err := s.KeepDraft(ctx, worker, d); err == nil {
				t.Errorf("%s: kept", what)
			} else {
				want(t, err, plumbline.ErrInvalid)
			}
		}
	})
}

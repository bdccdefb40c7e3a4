package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

func TestUsers(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, admin := t.Context(), user(plumbline.Administrator)
		s.users()
		before := s.state()
		s.users()
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
			"no such house":     {User: "a", Role: plumbline.Reader, Organisation: "nobody"},
			"no such unit":      {User: "a", Role: plumbline.PoliceLiaison, Units: []plumbline.ID{"nobody"}},
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
		s.users()
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

package store_test

import (
	"fmt"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

// After a long standstill a list answers at once and says how many operations
// are behind; what it shows is as it is now; and in the end nothing is behind.
func TestListsAfterALongStandstill(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		const n = 120
		var b store.Bundle
		for i := range n {
			placed := moved("m", "g", "placed")
			b.Operations = append(b.Operations, &plumbline.Record{Operation: *sighting(plumbline.ID(fmt.Sprintf("op-%03d", i))),
				Presences: []*plumbline.Presence{group("g", plumbline.Exactly(8))}, Movements: []*plumbline.Movement{placed}})
		}
		_, err := s.Import(t.Context(), coordinator, b, false, nil)
		s.must(err)
		if p := s.page(worker, store.Filter{}); p.Totals.Behind != 0 || p.Totals.Unaccounted != plumbline.Exactly(0) {
			t.Fatalf("at first: %d behind, %v unaccounted for", p.Totals.Behind, p.Totals.Unaccounted)
		}
		s.clock.Set(aDay.AddDate(1, 0, 0)) // nobody has said anything since; a placement holds for thirty days
		s.Hurry()
		first := s.page(worker, store.Filter{})
		for _, o := range first.Operations {
			if o.Unaccounted != plumbline.Exactly(8) {
				t.Fatalf("%s is shown with %v unaccounted for while lists are behind, want 8", o.ID, o.Unaccounted)
			}
		}
		if missing := n*8 - first.Totals.Unaccounted.Min(); missing > 0 && first.Totals.Behind == 0 {
			t.Errorf("%d people are left out of the sum, and nothing is said to be behind", missing)
		}
		s.Settle()
		p := s.page(worker, store.Filter{Unaccounted: true})
		if p.Totals.Behind != 0 || p.Totals.Operations != n || p.Totals.Unaccounted != plumbline.Exactly(8*n) {
			t.Errorf("in the end: %+v", p.Totals)
		}
		s.clean()
	})
}

// A server that is closed while it catches up ends, and the next goes on.
func TestCloseWhileCatchingUp(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var b store.Bundle
		for i := range 200 {
			b.Operations = append(b.Operations, &plumbline.Record{Operation: *sighting(plumbline.ID(fmt.Sprintf("op-%03d", i)))})
		}
		_, err := s.Import(t.Context(), coordinator, b, false, nil)
		s.must(err)
		s.clock.Set(aDay.Add(48 * time.Hour))
		other, err := store.Open(t.Context(), store.Options{Address: s.address, Now: s.clock.Now, Protocols: s.Protocols()})
		s.must(err)
		other.Hurry()
		_, err = other.Operations(t.Context(), worker, store.Filter{})
		s.must(err)
		s.must(other.Close())
		for s.page(worker, store.Filter{}).Totals.Behind > 0 {
			s.Settle()
		}
		s.clean()
	})
}

// What another server writes stands in the next list, in its place.
func TestListsOfTwoServers(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		other := s.again(s.Protocols()...)
		for i := range 5 {
			op := sighting(plumbline.ID(fmt.Sprint("op-", i)))
			op.Began = when(fmt.Sprintf("2028-02-%02dT20:00Z", 20-i*3%7))
			s.must([]*store.DB{s.DB, other}[i%2].Write(t.Context(), worker, batch(op.ID, op)))
			for _, db := range []*store.DB{s.DB, other} {
				p, err := db.Operations(t.Context(), worker, store.Filter{})
				s.must(err)
				if len(p.Operations) != i+1 {
					t.Fatalf("after %d writes a server lists %d operations", i+1, len(p.Operations))
				}
				for j, o := range p.Operations[1:] {
					if before := p.Operations[j]; before.Began.Before(o.Began) == plumbline.Yes {
						t.Errorf("%s stands before %s, which is newer", before.ID, o.ID)
					}
				}
			}
		}
	})
}

func (s *site) page(a plumbline.Actor, f store.Filter) store.Page {
	s.t.Helper()
	p, err := s.Operations(s.t.Context(), a, f)
	s.must(err)
	return p
}

// Entries are named after units that the actor may see, and others are not.
func TestNamesOfUnits(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		entries := []plumbline.Entry{&plumbline.Agency{Unit: protection, Organisation: "org-lime-house"}}
		for _, tc := range []struct {
			role plumbline.Role
			unit bool
		}{{plumbline.Worker, true}, {plumbline.Reader, false}} {
			names, err := s.Names(t.Context(), user(tc.role), entries)
			s.must(err)
			if (names[protection] != "") != tc.unit || names["org-lime-house"] == "" {
				t.Errorf("%s: got %v", tc.role, names)
			}
		}
	})
}

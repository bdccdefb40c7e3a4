package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

var (
	worker      = user(plumbline.Worker)
	coordinator = user(plumbline.Coordinator)
	liaison     = user(plumbline.PoliceLiaison)
)

// first writes the operation of sighting with a group of eight.
func (s *site) first(id plumbline.ID) {
	s.t.Helper()
	s.must(s.Write(s.t.Context(), worker, batch(id, sighting(id), group("g", plumbline.Exactly(8)))))
}

func TestWriteKeepsAnOperationWithItsParts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		entries := []plumbline.Entry{sighting("a"), group("g", plumbline.Exactly(8)), moved("m", "g", "free_to_go"),
			&plumbline.Plan{Head: head("p"), Purpose: "See who is there"},
			&plumbline.Account{Head: head("acc"), Organisation: worker.Organisation, Teller: "Lime House", Points: []plumbline.Point{{Topic: "people_met", Text: "Eight."}}}}
		_, err := s.Import(t.Context(), coordinator, store.Bundle{Organisations: []*plumbline.Organisation{{Head: head(worker.Organisation), Name: "Lime House", Kind: "shelter", Origin: "site"}}}, false, nil)
		s.must(err)
		s.must(s.Write(t.Context(), worker, batch("a", entries...)))
		o, err := s.Operation(t.Context(), worker, "a")
		s.must(err)
		if got := len(o.Entries()); got != len(entries) {
			t.Errorf("got %d entries, want %d", got, len(entries))
		}
		for _, e := range entries {
			r := o.Revisions[plumbline.HeadOf(e).ID]
			if r.Version != 1 || r.Author != worker.User || r.By != worker.Name || !r.At.Equal(aDay) || !r.Latest || r.Kind != plumbline.KindOf(e) {
				t.Errorf("got revision %+v", r)
			}
		}
		s.clean()
	})
}

// colleague works where the worker does, under another name.
var colleague = plumbline.Actor{User: "colleague", Name: "Coordinator, Lime House", Role: plumbline.Coordinator, Organisation: worker.Organisation}

func TestCorrectionKeepsTheOldText(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.first("a")
		s.clock.Set(aDay.Add(time.Hour))
		nine := sighting("a")
		nine.HeadCount = plumbline.Exactly(9)
		b := store.Batch{Subject: on("a"), Changes: []store.Change{{Entry: nine, Version: 1}}}
		for _, reason := range []string{"", " \n\t"} {
			b.Reason = reason
			s.refused("no reason", plumbline.ErrInvalid, func() error { return s.Write(t.Context(), colleague, b) }, "reason")
		}
		b.Reason = "One more came out of the kitchen"
		s.must(s.Write(t.Context(), colleague, b))

		history, err := s.History(t.Context(), worker, "a")
		s.must(err)
		versions := store.Versions(history, "a")
		if len(versions) != 2 {
			t.Fatalf("got %d versions, want 2", len(versions))
		}
		old, latest := versions[0], versions[1]
		if n := old.Entry.(*plumbline.Operation).HeadCount; n != plumbline.Exactly(8) || old.Author != worker.User || !old.At.Equal(aDay) || old.Latest || old.Version != 1 {
			t.Errorf("got old %+v with %v", old, n)
		}
		if n := latest.Entry.(*plumbline.Operation).HeadCount; n != plumbline.Exactly(9) || latest.Author != colleague.User || !latest.At.Equal(aDay.Add(time.Hour)) ||
			latest.Reason != b.Reason || !latest.Latest || latest.Version != 2 {
			t.Errorf("got latest %+v with %v", latest, n)
		}
		s.clean()
	})
}

func TestTwoPeopleEditOneEntry(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.first("a")
		edit := func(n int) store.Batch {
			op := sighting("a")
			op.HeadCount = plumbline.Exactly(n)
			return store.Batch{Subject: on("a"), Reason: "Counted again", Changes: []store.Change{{Entry: op, Version: 1}, {Entry: group("g2", plumbline.Exactly(0+1))}}}
		}
		s.must(s.Write(t.Context(), worker, edit(9)))
		s.refused("the second", plumbline.ErrConflict, func() error { return s.Write(t.Context(), colleague, edit(10)) })
	})
}

func TestBatchSentTwiceIsWrittenOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		first := batch("a", sighting("a"), group("g", plumbline.Exactly(8)), moved("m", "g", "held"))
		freed := moved("m", "g", "free_to_go")
		correction := store.Batch{Subject: on("a"), Reason: "Seen at the gate", Changes: []store.Change{{Entry: freed, Version: 1}, {Entry: moved("m2", "g", "returned_home")}}}
		for i, b := range []store.Batch{first, correction} {
			var all sync.WaitGroup
			errs := make(chan error, 8)
			for range 8 {
				all.Go(func() { errs <- s.Write(t.Context(), worker, b) })
			}
			all.Wait()
			for range 8 {
				if err := <-errs; err != nil {
					t.Errorf("batch %d: %v", i, err)
				}
			}
			before := s.state()
			s.must(s.Write(t.Context(), worker, b))
			if s.state() != before {
				t.Errorf("batch %d: sending again wrote something", i)
			}
		}
		if rows, lines := s.count("revision"), s.count("ledger_entry"); rows != 5 || lines != 5 {
			t.Errorf("got %d rows and %d lines, want 5", rows, lines)
		}
		// The first sending is recognised even after the entry was corrected.
		before := s.state()
		s.must(s.Write(t.Context(), worker, first))
		if s.state() != before {
			t.Error("sending the first batch after its correction wrote something")
		}
		s.clean()
	})
}

// Everything that cannot be, is refused with its field and leaves no trace.
func TestWriteRefuses(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		s.first("a")
		s.must(s.Write(t.Context(), worker, batch("b", sighting("b"), group("g", plumbline.Exactly(8)))))
		change := func(e plumbline.Entry, version int64) store.Batch {
			return store.Batch{Subject: on("a"), Reason: "Because", Changes: []store.Change{{Entry: e, Version: version}}}
		}
		foreign := func(origin plumbline.Origin) *plumbline.Operation {
			op := sighting("a")
			op.Origin, op.Title = origin, "Changed"
			return op
		}
		withUnit := sighting("c")
		withUnit.Unit = "unit-of-nobody"
		by := moved("m", "g", "held")
		by.ByUnit = "unit-of-nobody"
		long := sighting("c")
		long.Summary = plumbline.Text(strings.Repeat("x", 10<<20))
		broken := sighting("c")
		broken.Title = "Ferry \xff Steps"
		formula := sighting("c")
		formula.Title = "=HYPERLINK(1)"
		same := sighting("a")
		for _, c := range []struct {
			what  string
			b     store.Batch
			kind  error
			field string
		}{
			{"nothing", store.Batch{Subject: on("a")}, plumbline.ErrInvalid, ""},
			{"the third is invalid", batch("c", sighting("c"), group("g", plumbline.Exactly(8)), moved("m", "nobody", "held")), plumbline.ErrInvalid, "movements[0].presence"},
			{"people above the head count", batch("a", group("g2", plumbline.Exactly(1))), plumbline.ErrInvalid, "operation.head_count"},
			{"unknown unit", batch("c", withUnit), plumbline.ErrInvalid, "operation.unit"},
			{"movement by an unknown unit", batch("a", by), plumbline.ErrInvalid, "movements[0].by_unit"},
			{"unknown organisation", batch("a", &plumbline.Agency{Head: head("ag"), Name: "X", Role: "lead", Organisation: "org-of-nobody"}), plumbline.ErrInvalid, "agencies[0].organisation"},
			{"another kind under the id", change(&plumbline.Presence{Head: head("a"), Code: "G", Count: plumbline.Exactly(1)}, 1), plumbline.ErrInvalid, "id"},
			{"another kind under a new version", change(&plumbline.Movement{Head: head("g"), Presence: "g", State: "held"}, 0), plumbline.ErrInvalid, "id"},
			{"an operation under another's name", change(sighting("b"), 0), plumbline.ErrInvalid, "id"},
			{"an entry of another subject", batch("a", &plumbline.Command{Head: head("cmd"), Commander: "First"}), plumbline.ErrInvalid, "kind"},
			{"a unit in an operation", batch("a", &plumbline.Unit{Head: head("u"), Organisation: worker.Organisation, Name: "U", Origin: "site"}), plumbline.ErrInvalid, "kind"},
			{"the same id twice", batch("a", moved("m", "g", "held"), moved("m", "g", "free_to_go")), plumbline.ErrInvalid, "id"},
			{"version 0 on an id that is there", change(group("g", plumbline.Exactly(7)), 0), plumbline.ErrConflict, ""},
			{"a version to come", change(group("g", plumbline.Exactly(7)), 2), plumbline.ErrConflict, ""},
			{"a version before the first", change(group("g", plumbline.Exactly(7)), -1), plumbline.ErrConflict, ""},
			{"a version of an id that is not there", change(group("g9", plumbline.Exactly(1)), 1), plumbline.ErrNotFound, ""},
			{"a new entry with a version below nought", change(moved("m", "g", "held"), -1), plumbline.ErrNotFound, ""},
			{"unchanged", change(same, 1), plumbline.ErrInvalid, ""},
			{"origin changed to made up", change(foreign("fictional"), 1), plumbline.ErrForbidden, "origin"},
			{"origin changed to the public record", change(foreign("public_record"), 1), plumbline.ErrForbidden, "origin"},
			{"parts of no operation", batch("c", group("g", plumbline.Exactly(8))), plumbline.ErrNotFound, ""},
			{"a subject of no kind", store.Batch{Subject: store.Subject{Kind: "presence", ID: "g"}, Changes: []store.Change{{Entry: group("g", plumbline.Exactly(8))}}}, plumbline.ErrNotFound, ""},
			{"ten million letters", batch("c", long), plumbline.ErrInvalid, "operation.summary"},
			{"broken UTF-8", batch("c", broken), plumbline.ErrInvalid, "operation.title"},
			{"a formula", batch("c", formula), plumbline.ErrInvalid, "operation.title"},
			{"a bad id", batch("C d", sighting("C d")), plumbline.ErrInvalid, "operation.id"},
			{"a reason of ten million letters", store.Batch{Subject: on("a"), Reason: strings.Repeat("x", 10<<20), Changes: []store.Change{{Entry: group("g", plumbline.Exactly(7)), Version: 1}}}, plumbline.ErrInvalid, "reason"},
			{"a reason with a nought byte", store.Batch{Subject: on("a"), Reason: "x\x00", Changes: []store.Change{{Entry: group("g", plumbline.Exactly(7)), Version: 1}}}, plumbline.ErrInvalid, "reason"},
			{"no id", batch("", sighting("")), plumbline.ErrInvalid, "operation.id"},
		} {
			s.refused(c.what, c.kind, func() error { return s.Write(t.Context(), worker, c.b) }, c.field)
		}
		forged := sighting("c")
		forged.Origin = "public_record"
		s.refused("a forged public record", plumbline.ErrForbidden, func() error { return s.Write(t.Context(), coordinator, batch("c", forged)) }, "origin")
		unit := store.Batch{Subject: store.Subject{Kind: plumbline.KindUnit, ID: "u"}, Changes: []store.Change{{Entry: &plumbline.Unit{Head: head("u"), Organisation: worker.Organisation, Name: "U", Origin: "public_record"}}}}
		s.refused("a forged unit", plumbline.ErrForbidden, func() error { return s.Write(t.Context(), coordinator, unit) }, "origin")
		org := store.Batch{Subject: store.Subject{Kind: plumbline.KindOrganisation, ID: "o"}, Changes: []store.Change{{Entry: &plumbline.Organisation{Head: head("o"), Name: "O", Kind: "police", Origin: "public_record"}}}}
		s.refused("a forged organisation", plumbline.ErrForbidden, func() error { return s.Write(t.Context(), user(plumbline.Administrator), org) }, "origin")
		org.Changes = append(org.Changes, store.Change{Entry: &plumbline.Organisation{Head: head("o2"), Name: "O2", Kind: "police", Origin: "site"}})
		org.Changes[0].Entry.(*plumbline.Organisation).Origin = "site"
		s.refused("two organisations under one name", plumbline.ErrInvalid, func() error { return s.Write(t.Context(), user(plumbline.Administrator), org) }, "id")
		s.clean()
	})
}

// One entry of a batch that is as it was does not stop the others.
func TestBatchWithOneUnchanged(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.first("a")
		s.must(s.Write(t.Context(), worker, store.Batch{Subject: on("a"), Changes: []store.Change{{Entry: sighting("a"), Version: 1}, {Entry: moved("m", "g", "held")}}}))
		if n := s.count("revision"); n != 3 {
			t.Errorf("got %d rows, want 3", n)
		}
	})
}

// The entries of two operations have ids of their own.
func TestSameIDInTwoOperations(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i := range 2 {
			s.first(plumbline.ID(fmt.Sprint("op-", i)))
		}
		s.clean()
	})
}

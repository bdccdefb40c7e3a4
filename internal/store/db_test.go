package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

const writers = 16

// together runs f in sixteen goroutines at once and reports their errors.
func together(t *testing.T, f func(n int) error) {
	t.Helper()
	var all sync.WaitGroup
	errs := make([]error, writers)
	for n := range writers {
		all.Go(func() { errs[n] = f(n) })
	}
	all.Wait()
	for n, err := range errs {
		if err != nil {
			t.Errorf("writer %d: %v", n, err)
		}
	}
}

// Nobody's write is lost, and the ledger has no gap, whether all write into
// one operation or each into another, from one process or from two.
func TestManyWriters(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.first("one")
		second := s.again(s.Protocols()...) // as another process would
		const rounds = 5
		together(t, func(n int) error {
			db := s.DB
			if n%2 == 1 {
				db = second
			}
			for i := range rounds {
				id := plumbline.ID(fmt.Sprint("w", n, "-", i))
				if err := db.Write(ctx, worker, batch("one", &plumbline.Event{Head: head(id), Kind: "follow_up"})); err != nil {
					return err
				}
				if err := db.Write(ctx, worker, batch(id, sighting(id), group("g", plumbline.Exactly(8)))); err != nil {
					return err
				}
				if _, err := db.Operations(ctx, worker, store.Filter{}); err != nil {
					return err
				}
			}
			return nil
		})
		o, err := s.Operation(ctx, worker, "one")
		s.must(err)
		if len(o.Events) != writers*rounds {
			t.Errorf("got %d events, want %d", len(o.Events), writers*rounds)
		}
		if want := 2 + writers*rounds*3; s.count("revision") != want || s.count("operation") != 1+writers*rounds {
			t.Errorf("got %d rows and %d operations, want %d rows", s.count("revision"), s.count("operation"), want)
		}
		s.clean()
	})
}

// Of sixteen who correct one entry, each reading before it writes, everybody
// gets through in the end, and each version is built on the one before.
func TestManyCorrectOneEntry(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		op := sighting("one")
		op.HeadCount = plumbline.Exactly(0)
		s.must(s.Write(ctx, worker, batch("one", op)))
		together(t, func(n int) error {
			for {
				o, err := s.Operation(ctx, worker, "one")
				if err != nil {
					return err
				}
				op := o.Operation
				op.HeadCount = plumbline.Exactly(op.HeadCount.Min() + 1)
				op.Result = plumbline.Text(fmt.Sprint("Counted by ", n))
				err = s.Write(ctx, worker, store.Batch{Subject: on("one"), Reason: "One more", Changes: []store.Change{{Entry: &op, Version: o.Version("one")}}})
				if !errors.Is(err, plumbline.ErrConflict) {
					return err
				}
			}
		})
		o, err := s.Operation(ctx, worker, "one")
		s.must(err)
		if n, v := o.Operation.HeadCount, o.Version("one"); n != plumbline.Exactly(writers) || v != writers+1 {
			t.Errorf("got %v at version %d, want %d at %d", n, v, writers, writers+1)
		}
		s.clean()
	})
}

// What must hold of a record together holds also when two write at once: of
// sixteen groups of one, eight fit into a head count of eight.
func TestWritersCannotTogetherBreakARule(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.must(s.Write(t.Context(), worker, batch("one", sighting("one"))))
		together(t, func(n int) error {
			err := s.Write(t.Context(), worker, batch("one", group(plumbline.ID(fmt.Sprint("g", n)), plumbline.Exactly(1))))
			if errors.Is(err, plumbline.ErrInvalid) {
				return nil
			}
			return err
		})
		o, err := s.Operation(t.Context(), worker, "one")
		s.must(err)
		if len(o.Presences) != 8 {
			t.Errorf("got %d groups of one in a head count of eight", len(o.Presences))
		}
		s.clean()
	})
}

// A reader sees the whole of a batch or nothing of it, in every list alike.
func TestReaderSeesWholeBatches(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.must(s.Write(ctx, worker, batch("one", sighting("one"))))
		done := make(chan struct{})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					o, err := s.Operation(ctx, worker, "one")
					if err != nil {
						t.Error(err)
						return
					}
					if len(o.Events)%3 != 0 || len(o.Events) != 3*len(o.Steps) {
						t.Errorf("half a batch: %d events and %d steps", len(o.Events), len(o.Steps))
						return
					}
					h, err := s.History(ctx, worker, "one")
					if err != nil || len(h)%4 != 1 {
						t.Errorf("half a batch: %d versions, %v", len(h), err)
						return
					}
				}
			})
		}
		for n := range 30 {
			id := func(i int) plumbline.Head { return head(plumbline.ID(fmt.Sprint("e", n, "-", i))) }
			s.must(s.Write(ctx, worker, batch("one", &plumbline.Event{Head: id(0), Kind: "follow_up"}, &plumbline.StepTaken{Head: id(1), Step: "rights_told"},
				&plumbline.Event{Head: id(2), Kind: "follow_up"}, &plumbline.Event{Head: id(3), Kind: "follow_up"})))
		}
		close(done)
		all.Wait()
	})
}

// A write that is given up, before or at any moment within, leaves nothing
// and blocks nobody.
func TestCancelledWrite(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.first("a")
		before := s.state()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Write(ctx, worker, batch("b", sighting("b"))); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want cancelled", err)
		}
		if s.state() != before {
			t.Error("a cancelled write left something")
		}
		written := 0
		for n := range 60 {
			id := plumbline.ID(fmt.Sprint("c", n))
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*200*time.Microsecond)
			err := s.Write(ctx, worker, batch(id, sighting(id), group("g", plumbline.Exactly(8)), moved("m", "g", "held")))
			cancel()
			o, found := s.Operation(t.Context(), worker, id)
			switch {
			case found == nil && len(o.Entries()) != 3:
				t.Fatalf("given up after %d: half of it is there", n)
			case err == nil && found != nil:
				t.Fatalf("acknowledged and not there: %v", found)
			case found == nil:
				written++
			}
		}
		if got := s.count("operation"); got != written+1 {
			t.Errorf("got %d operations, want %d", got, written+1)
		}
		s.clean()
		s.first("after")
	})
}

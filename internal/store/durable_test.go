package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/ledger"
)

// fullDisk makes the database say that its disk is full, or has room again.
// SQLite finds no page for its file; PostgreSQL has the code of a full disk from
// a trigger, because there is no way to fill one that works on every machine.
func (s *site) fullDisk(full bool) {
	s.t.Helper()
	statements := map[bool]string{true: "PRAGMA max_page_count = 1", false: "PRAGMA max_page_count = 1073741823"}
	if s.Engine() == "postgres" {
		statements = map[bool]string{true: `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
			CREATE TRIGGER full_site BEFORE INSERT ON site EXECUTE FUNCTION no_room();
			CREATE TRIGGER full_revision BEFORE INSERT ON revision EXECUTE FUNCTION no_room();
			CREATE TRIGGER full_draft BEFORE INSERT ON draft EXECUTE FUNCTION no_room()`, false: "DROP FUNCTION no_room CASCADE"}
	}
	s.must(s.Exec(s.t.Context(), statements[full]))
}

// What a full disk refuses leaves nothing, is told as such, and is taken when
// there is room again; reading goes on meanwhile.
func TestFullDisk(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.first("a")
		s.fullDisk(true)
		var err error
		large := sighting("b")
		large.Result = plumbline.Text(strings.Repeat("Much was written. ", 500))
		for n := 0; err == nil && n < 200; n++ { // until the pages that there are have been filled
			large.ID = plumbline.ID(fmt.Sprint("b", n))
			err = s.Write(ctx, worker, batch(large.ID, large))
		}
		want(t, err, plumbline.ErrUnavailable)
		if ps := plumbline.ProblemsOf(err); len(ps) != 1 || ps[0].Key != "problem.disk_full" {
			t.Fatalf("got %v", err)
		}
		refused := s.state()
		for range 3 {
			if err := s.Write(ctx, worker, batch(large.ID, large)); !errors.Is(err, plumbline.ErrUnavailable) {
				t.Fatalf("got %v", err)
			}
			if ps := plumbline.ProblemsOf(s.Ping(ctx)); len(ps) != 1 || ps[0].Key != "problem.disk_full" {
				t.Error("health does not know of the full disk")
			}
		}
		if s.state() != refused {
			t.Error("what was refused left something")
		}
		if _, err := s.Operation(ctx, worker, "a"); err != nil {
			t.Error(err)
		}
		s.clean()
		s.clock.Set(aDay.AddDate(1, 0, 0)) // everything in the lists is due to be written anew
		if page, err := s.Operations(ctx, worker, store.Filter{}); err != nil || len(page.Operations) == 0 {
			t.Errorf("with a full disk lists show %d operations, %v", len(page.Operations), err)
		}
		if _, err := s.Backup(ctx, io.Discard, nil); err != nil {
			t.Errorf("with a full disk no backup can be taken: %v", err)
		}

		s.fullDisk(false)
		s.must(s.Ping(ctx))
		s.must(s.Write(ctx, worker, batch(large.ID, large)))
		s.clean()
		if rows, err := s.Rows(ctx, "SELECT name FROM site WHERE name = 'room'"); err != nil || len(rows) > 0 {
			t.Errorf("what was tried was left: %v, %v", rows, err)
		}
	})
}

// A later version brings the tables up to date and keeps a backup of how they
// were, which this version restores. Meanwhile this version refuses.
func TestUpgradeAndBack(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.first("a")
		s.first("b")
		before := s.contents()
		kept := s.backup()
		m, err := store.CheckBackup(bytes.NewReader(kept))
		s.must(err)
		s.must(s.Close())

		later, undo, err := store.WithMigration("ALTER TABLE draft ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'")
		s.must(err)
		defer undo()
		s.again(shipped(t)...).Close()
		s.DB = s.again(shipped(t)...)
		s.first("c")
		s.clean()
		if s.Engine() == "sqlite" {
			name := fmt.Sprintf("%s.before-%04d", s.address, m.Schema+1)
			kept, err = os.ReadFile(name)
			s.must(err)
			if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
				t.Errorf("what is kept may be read by others: %v, %v", info.Mode(), err)
			}
			if left, _ := os.ReadDir(strings.TrimSuffix(s.address, "/site.db")); len(left) > 4 { // the site's three files and the backup
				t.Errorf("left %v", left)
			}
		}
		newer := s.backup()

		// The later version restores the earlier one's backup, brought up to date.
		at := engines[s.Engine()](t)
		_, err = restore(t, at, kept)
		s.must(err)
		r := open(t, at)
		r.first("c")
		r.clean()
		if rows, err := r.Rows(t.Context(), "SELECT name FROM site WHERE name = 'restoring'"); err != nil || len(rows) > 0 {
			t.Errorf("left %v, %v", rows, err)
		}

		// The way back: the earlier version, and what was kept.
		undo()
		_, err = store.Open(t.Context(), atADay(t, s.address))
		if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), fmt.Sprint("of version ", later)) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the earlier version opens a later site: %v", err)
		}
		look := atADay(t, s.address)
		look.Look = true
		if _, err := store.Open(t.Context(), look); !errors.Is(err, store.ErrNewer) {
			t.Errorf("the earlier version looks at a later site: %v", err)
		}
		back := engines[s.Engine()](t)
		if _, err := restore(t, back, newer); !errors.Is(err, store.ErrNewer) {
			t.Errorf("the earlier version restores a later backup: %v", err)
		}
		_, err = restore(t, back, kept)
		s.must(err)
		b := open(t, back)
		if diff := cmp.Diff(before, b.contents()); diff != "" {
			t.Errorf("-before +back:\n%s", diff)
		}
		b.clean()
	})
}

// A restore that was broken off after the rows were written and before the
// tables were brought up to date is not taken for a site, and can be done again.
func TestBrokenOffRestore(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.first("a")
		kept := s.backup()
		s.must(s.Exec(t.Context(), "INSERT INTO site (name, value) VALUES ('restoring', $1)", []byte{}))
		s.must(s.Close())
		for _, look := range []bool{false, true} {
			o := atADay(t, s.address)
			o.Look = look
			if _, err := store.Open(t.Context(), o); !errors.Is(err, store.ErrRestoring) {
				t.Errorf("opened: %v", err)
			}
		}
		_, err := restore(t, s.address, kept)
		s.must(err)
		s.DB = s.again(shipped(t)...)
		s.clean()
	})
}

// Whichever byte of the ledger is changed, its entry is named; and whoever kept
// a checkpoint sees what the tables alone cannot show.
func TestInspectSeesEveryByte(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		for n := range 5 {
			s.first(plumbline.ID(fmt.Sprint("op-", n)))
		}
		s.DB = s.again() // without protocols, whose findings would be compared each time
		rows, err := s.Rows(ctx, "SELECT body FROM ledger_entry WHERE n = 4")
		s.must(err)
		body := rows[0][0].([]byte)
		step := 1
		if s.Engine() == "postgres" {
			step = 17
		}
		for i := 0; i < len(body); i += step {
			bad := bytes.Clone(body)
			bad[i] ^= 1
			s.must(s.Exec(ctx, "UPDATE ledger_entry SET body = $1 WHERE n = 4", bad))
			faults, _, _, err := s.Inspect(ctx)
			s.must(err)
			if len(faults) == 0 || slices.ContainsFunc(faults, func(f store.Fault) bool { return f.Entry != 4 }) {
				t.Fatalf("byte %d, %q for %q: got %v", i, bad[i], body[i], faults)
			}
		}
		s.must(s.Exec(ctx, "UPDATE ledger_entry SET body = $1 WHERE n = 4", body))
		s.clean()
	})
}

// Who kept a checkpoint sees that the end of the ledger is gone with its rows,
// and that everything was written anew with the site's own keys.
func TestCheckGrowth(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		for n := range 5 {
			s.first(plumbline.ID(fmt.Sprint("op-", n)))
		}
		kept, err := s.Checkpoint(ctx)
		s.must(err)
		growth := func(want error) {
			t.Helper()
			if _, _, err := s.CheckGrowth(ctx, kept); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		growth(nil)
		backup := s.backup()
		s.first("one-more")
		growth(nil)

		// The same operations, told otherwise, by who has the site's keys.
		other := func(rewrite string) {
			t.Helper()
			at := engines[s.Engine()](t)
			_, err := restore(t, at, backup)
			s.must(err)
			forged := open(t, at)
			s.must(forged.Exec(ctx, "DELETE FROM revision WHERE entry >= "+rewrite))
			s.must(forged.Exec(ctx, "DELETE FROM ledger_entry WHERE n >= "+rewrite))
			s.must(forged.Exec(ctx, "DELETE FROM ledger_hash WHERE i >= "+map[string]string{"0": "0", "8": "15"}[rewrite]))
			s.must(forged.Exec(ctx, "DELETE FROM operation"+map[string]string{"0": "", "8": " WHERE id = 'op-4'"}[rewrite]))
			s.DB = forged.DB
		}
		other("8") // the last operation, as if it had never been told
		s.clean()
		growth(ledger.ErrProof)
		other("0")
		for n := range 6 {
			s.first(plumbline.ID(fmt.Sprint("op-", n+10)))
		}
		s.clean()
		growth(ledger.ErrProof)

		stranger := open(t, engines[s.Engine()](t))
		if _, _, err := stranger.CheckGrowth(ctx, kept); !errors.Is(err, ledger.ErrSignature) {
			t.Errorf("another site: %v", err)
		}
	})
}

// A clock that jumps, in either direction, stops nobody: what is written has
// the time that the clock told, the order is that of the ledger, the newest
// version is the one that was written last, and doctor tells of the jump.
func TestClockJumps(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.must(s.Write(ctx, worker, batch("a", sighting("a"))))
		var times []time.Time
		for n, at := range []time.Time{aDay.AddDate(70, 0, 0), aDay.AddDate(-58, 0, 0), time.Unix(0, 0), aDay.Add(time.Hour)} {
			s.clock.Set(at)
			op := sighting("a")
			op.HeadCount = plumbline.Exactly(20 + n)
			s.must(s.Write(ctx, worker, store.Batch{Subject: on("a"), Reason: "One more", Changes: []store.Change{{Entry: op, Version: int64(n + 1)}}}))
			times = append(times, at.UTC())
			if o, err := s.Operation(ctx, worker, "a"); err != nil || o.Operation.HeadCount != plumbline.Exactly(20+n) {
				t.Errorf("after %v: %v, %v", at, o, err)
			}
			if page, err := s.Operations(ctx, worker, store.Filter{}); err != nil || len(page.Operations) != 1 {
				t.Errorf("after %v the list has %d operations, %v", at, len(page.Operations), err)
			}
			s.clean()
		}
		history, err := s.History(ctx, worker, "a")
		s.must(err)
		for i, r := range store.Versions(history, "a") {
			if r.Version != int64(i+1) || r.Ledger != int64(i) || i > 0 && !r.At.Equal(times[i-1]) {
				t.Errorf("version %d has ledger entry %d and time %v", r.Version, r.Ledger, r.At)
			}
		}
		e, err := s.Examine(ctx, func(store.Fault) {})
		s.must(err)
		if want := (store.Examination{Rows: 5, Entries: 5, Hashes: 8, Operations: 1, Backwards: 2, At: 1, Furthest: aDay.AddDate(70, 0, 0).Sub(aDay.AddDate(-58, 0, 0))}); e != want {
			t.Errorf("got %+v, want %+v", e, want)
		}

		// Opened again with the right clock, nothing is shown that only comes later.
		s.clock.Set(aDay.AddDate(5, 0, 0))
		s.first("b")
		s.clock.Set(aDay)
		s.clean()
		again := s.again(shipped(t)...)
		if faults, _, _, err := again.Inspect(ctx); err != nil || len(faults) > 0 {
			t.Errorf("opened again: %v, %v", faults, err)
		}
	})
}

// The backup of a site that the first tables were made for is restored and
// brought up to date by every later version. A SQLite site with those tables is
// opened, and its own backup kept beside it.
func TestFirstTables(t *testing.T) {
	first, err := os.ReadFile("testdata/site-0001.backup")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := store.CheckBackup(bytes.NewReader(first)); err != nil || m.Schema != 1 {
		t.Fatalf("tables of version %d, %v", m.Schema, err)
	}
	now := func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) } // after it was written
	for engine, address := range engines {
		t.Run(engine, func(t *testing.T) {
			o := atADay(t, address(t))
			o.Now = now
			_, err := store.Restore(t.Context(), o, bytes.NewReader(first), store.Restoration{})
			if err != nil {
				t.Fatal(err)
			}
			s := open(t, o.Address)
			s.clean()
			if n := s.count("revision"); n != 36 {
				t.Errorf("got %d versions", n)
			}
			s.first("a")
			s.clean()
		})
	}
	at := filepath.Join(t.TempDir(), "site.db")
	if err := store.RestoreTables(t.Context(), at, bytes.NewReader(first)); err != nil {
		t.Fatal(err)
	}
	s := open(t, at)
	s.clean()
	kept, err := os.ReadFile(at + ".before-0002")
	s.must(err)
	if m, err := store.CheckBackup(bytes.NewReader(kept)); err != nil || m.Schema != 1 || m.Rows() < 200 {
		t.Errorf("what was kept: %v, %v", m, err)
	}
}

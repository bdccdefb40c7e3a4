package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/ledger"
)

func TestLedgerHasOneLineForEachVersion(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		s.clean()
		rows, err := s.Rows(t.Context(), "SELECT entry FROM revision ORDER BY entry")
		s.must(err)
		for i, r := range rows {
			if r[0] != int64(i) {
				t.Fatalf("version %d has ledger entry %v", i, r[0])
			}
		}
		// Every page, newest first, without a gap.
		var before, next int64 = 0, int64(len(rows))
		for {
			p, err := s.Ledger(t.Context(), user(plumbline.Reader), before, 100)
			s.must(err)
			for _, l := range p.Lines {
				if next--; l.N != next {
					t.Fatalf("got entry %d, want %d", l.N, next)
				}
			}
			if before = p.Next; before == 0 {
				break
			}
		}
		if next != 0 {
			t.Errorf("the last page ends at %d", next)
		}
		if p, err := s.Ledger(t.Context(), worker, 0, 0); err != nil || len(p.Lines) != 0 {
			t.Errorf("a page of no lines: got %v, %v", p.Lines, err)
		}
	})
}

// What somebody with access to the tables may do, and how Inspect names it.
func TestInspectNamesWhatWasChanged(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()    // entries 0 to 7
		s.first("a") // 8, 9
		s.first("b") // 10, 11
		nine := sighting("a")
		nine.HeadCount = plumbline.Exactly(9)
		s.must(s.Write(ctx, worker, store.Batch{Subject: on("a"), Reason: "One more", Changes: []store.Change{{Entry: nine, Version: 1}}})) // 12
		s.must(s.Write(ctx, worker, batch("a", moved("m", "g", "free_to_go"))))                                                             // 13
		s.clean()

		tables := []string{"revision", "ledger_entry", "ledger_hash", "actor", "operation"}
		for _, name := range tables {
			s.must(s.Exec(ctx, "CREATE TABLE kept_"+name+" AS SELECT * FROM "+name))
		}
		const (
			older  = "operation/a: a version 1 (ledger entry 8) "
			newer  = "operation/a: a version 2 (ledger entry 12) "
			group  = "operation/a: g version 1 (ledger entry 9) "
			lists  = "operation/a: a is shown in lists otherwise than its record gives"
			edited = "was changed after it was written"
		)
		row := func(set string) string { return "UPDATE revision SET " + set + " WHERE entry = 8" }
		for _, c := range []struct {
			what, do string
			want     []string // what the faults say, in any order
		}{
			{"a body", row("body = REPLACE(body, 'Ferry', 'Merry')"), []string{older + edited}},
			{"a space in a body", row("body = body || ' '"), []string{older + edited}},
			{"a body that is none", "UPDATE revision SET body = '{' WHERE entry = 9", []string{group + edited, "operation/a: a cannot be read"}},
			{"a nonce", "UPDATE revision SET nonce = (SELECT nonce FROM revision WHERE entry = 9) WHERE entry = 8", []string{older + edited}},
			{"an author", row("author = 'demo-reader'"), []string{older + "names another author than its ledger entry"}},
			{"a name", row("by_name = 'Somebody else'"), []string{older + edited}},
			{"a time", row("at = at + 1"), []string{older + "has another time than its ledger entry"}},
			{"a reason", row("reason = 'For a good reason'"), []string{older + edited}},
			{"a kind", row("kind = 'plan'"), []string{older + "is of another kind than its ledger entry says"}},
			{"a place", row("place = 7"), []string{older + edited}},
			{"a version", row("version = 3"), []string{"operation/a: a version 3 (ledger entry 8) is not what its ledger entry speaks of", "operation/a: a is the newest version and not the one that is shown", lists}},
			{"a subject", row("subject = 'operation/z'"), []string{"operation/z: a version 1 (ledger entry 8) is not what its ledger entry speaks of", "operation/z: a is the newest version and not the one that is shown", lists}},
			{"an older version shown", "UPDATE revision SET latest = 1 - latest WHERE entry IN (8, 12)", []string{"operation/a: a is the newest version and not the one that is shown", lists}},
			{"a row gone", "DELETE FROM revision WHERE entry = 8", []string{"ledger entry 8 has lost its row in the record", lists}},
			{"the newest row gone", "DELETE FROM revision WHERE entry = 13", []string{"ledger entry 13 has lost its row in the record", lists}},
			{"a ledger line gone", "DELETE FROM ledger_entry WHERE n = 8", []string{older + "is in the record and not in the ledger", "ledger entry 8 is gone from the ledger"}},
			{"the newest ledger line gone", "DELETE FROM ledger_entry WHERE n = 13", []string{"operation/a: m version 1 (ledger entry 13) is in the record and not in the ledger",
				"an entry of the ledger is not there, and hash 23 is stored for it", "an entry of the ledger is not there, and hash 24 is stored for it"}},
			{"two bodies swapped", "UPDATE revision SET body = (SELECT r.body FROM kept_revision r WHERE r.entry = 17 - revision.entry) WHERE entry IN (8, 9)", []string{older + edited, group + edited, lists}},
			{"two rows swapped", "UPDATE revision SET entry = 100 - entry WHERE entry IN (8, 9)", []string{
				"operation/a: a version 1 (ledger entry 92) is in the record and not in the ledger", "operation/a: g version 1 (ledger entry 91) is in the record and not in the ledger",
				"ledger entry 8 has lost its row in the record", "ledger entry 9 has lost its row in the record"}},
			{"a byte of a ledger line", "UPDATE ledger_entry SET body = (SELECT e.body FROM ledger_entry e WHERE e.n = 9) WHERE n = 8",
				[]string{older + "is not what its ledger entry speaks of", "ledger entry 8 does not give its stored hash of level 0"}},
			{"a stored hash", "UPDATE ledger_hash SET hash = (SELECT h.hash FROM ledger_hash h WHERE h.i = 0) WHERE i = 15", // of entry 8
				[]string{"ledger entry 8 does not give its stored hash of level 0", "ledger entry 8 does not give its stored hash of level 1"}},
			{"a stored hash gone", "DELETE FROM ledger_hash WHERE i = 15", []string{"ledger entry 8 has lost its stored hash of level 0"}},
			{"a row added", `INSERT INTO revision (subject, id, version, kind, place, body, nonce, author, by_name, at, reason, entry, latest)
				SELECT subject, 'new', 1, kind, 9, body, nonce, author, by_name, at, reason, 500, 0 FROM revision WHERE entry = 9`,
				[]string{"operation/a: new version 1 (ledger entry 500) is in the record and not in the ledger", "operation/a: new is the newest version and not the one that is shown"}},
			{"a ledger line added", "INSERT INTO ledger_entry (n, body) SELECT 14, body FROM ledger_entry WHERE n = 13", []string{"ledger entry 14 has lost its row in the record", "ledger entry 14 has lost its stored hash of level 0"}},
			{"a ledger line far away", "INSERT INTO ledger_entry (n, body) SELECT 1000000000000, body FROM ledger_entry WHERE n = 13", []string{"ledger entry 1000000000000 has a number far beyond the end", "ledger entry 1000000000000 has lost its row in the record"}},
			{"a role", "UPDATE actor SET role = 'coordinator' WHERE id = 'demo-reader'", []string{"actor/demo-reader: demo-reader is a user otherwise than was written"}},
			{"a user added", "INSERT INTO actor (id, name, role, organisation, units) SELECT 'x', name, role, organisation, units FROM actor WHERE id = 'demo-worker'",
				[]string{"actor/x: x is a user otherwise than was written"}},
			{"units that are none", "UPDATE actor SET units = '[' WHERE id = 'demo-reader'", []string{"actor/demo-reader: demo-reader is a user otherwise than was written"}},
			{"a user gone", "DELETE FROM actor WHERE id = 'demo-reader'", []string{"actor/demo-reader: demo-reader is gone from the users"}},
			{"an operation hidden from lists", "DELETE FROM operation WHERE id = 'a'", []string{lists}},
			{"a number in lists", "UPDATE operation SET missing = '0' WHERE id = 'a'", []string{lists}},
			{"a finding", "UPDATE operation SET findings = '' WHERE id = 'a'", []string{lists}},
		} {
			s.must(s.Exec(ctx, c.do))
			faults, _, _, err := s.Inspect(ctx)
			var got []string
			for _, f := range faults {
				got = append(got, f.String())
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, got\n  %s\nwant\n  %s", c.what, err, strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
			for _, name := range tables {
				s.must(s.Exec(ctx, "DELETE FROM "+name))
				s.must(s.Exec(ctx, "INSERT INTO "+name+" SELECT * FROM kept_"+name))
			}
		}
		s.clean()
	})
}

// Who keeps a checkpoint can hold the site to it.
func TestCheckpointGrows(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		read := func() (ledger.Checkpoint, string) {
			p, err := s.Ledger(ctx, worker, 0, 10)
			s.must(err)
			c, err := ledger.Open([]byte(p.Checkpoint), p.Key)
			s.must(err)
			if c.Size != p.Size || c.Root != p.Root {
				t.Fatalf("got checkpoint %v, want size %d and root %v", c, p.Size, p.Root)
			}
			return c, p.Key
		}
		hashes := tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, err error) {
			for _, i := range at {
				rows, err := s.Rows(ctx, "SELECT hash FROM ledger_hash WHERE i = $1", i)
				if err != nil || len(rows) != 1 {
					return nil, fmt.Errorf("hash %d: %v, %w", i, rows, err)
				}
				out = append(out, tlog.Hash(rows[0][0].([]byte)))
			}
			return out, nil
		})
		older, key := read()
		if older.Size != 0 {
			t.Fatalf("got %d entries in an empty site", older.Size)
		}
		for n := range 12 {
			s.clock.Set(aDay.Add(time.Duration(n) * time.Minute))
			s.first(plumbline.ID(fmt.Sprint("op-", n)))
			newer, again := read()
			if again != key {
				t.Fatal("the site's key changed")
			}
			proof, err := ledger.ProveGrowth(older.Size, newer.Size, hashes)
			s.must(err)
			s.must(ledger.CheckGrowth(proof, older, newer))
			rows, err := s.Rows(ctx, "SELECT body FROM ledger_entry WHERE n = $1", newer.Size-1)
			s.must(err)
			in, err := ledger.ProveInclusion(newer.Size, newer.Size-1, hashes)
			s.must(err)
			s.must(ledger.CheckInclusion(in, newer, newer.Size-1, rows[0][0].([]byte)))
			older = newer
		}
		// The key survives a restart.
		p, err := s.again().Ledger(ctx, worker, 0, 1)
		s.must(err)
		if p.Key != key || p.Root != older.Root {
			t.Error("after opening again the key or the root is another")
		}
	})
}

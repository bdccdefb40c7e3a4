package store_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline"
	"plumbline/internal/store"
)

// Every table is either in a backup or left out with a reason: who adds one
// decides which.
func TestBackupKnowsEveryTable(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		unknown, kept, err := s.BackupTables(t.Context())
		s.must(err)
		if len(unknown) > 0 {
			t.Errorf("add to keptTables or leftOut: %q", unknown)
		}
		if len(kept) < 7 {
			t.Errorf("got only %q: the test sees nothing", kept)
		}
		s.must(s.Exec(t.Context(), "CREATE TABLE stray (n BIGINT NOT NULL PRIMARY KEY)"))
		if _, err := s.Backup(t.Context(), io.Discard, nil); err == nil || !strings.Contains(err.Error(), "stray") {
			t.Errorf("a backup passes over a table: %v", err)
		}
	})
}

// backup returns a backup of the site.
func (s *site) backup() []byte {
	s.t.Helper()
	var b bytes.Buffer
	if _, err := s.Backup(s.t.Context(), &b, nil); err != nil {
		s.t.Fatal(err)
	}
	return b.Bytes()
}

// contents returns every row of every table that a backup holds.
func (s *site) contents() map[string][]string {
	s.t.Helper()
	_, kept, err := s.BackupTables(s.t.Context())
	s.must(err)
	all := map[string][]string{}
	for _, name := range kept {
		rows, err := s.Rows(s.t.Context(), "SELECT * FROM "+name)
		s.must(err)
		for _, r := range rows {
			all[name] = append(all[name], fmt.Sprintf("%q", r))
		}
		slices.Sort(all[name])
	}
	return all
}

func restore(t *testing.T, address string, backup []byte) (store.Manifest, error) {
	t.Helper()
	return store.Restore(t.Context(), atADay(t, address), bytes.NewReader(backup), store.Restoration{})
}

func atADay(t *testing.T, address string) store.Options {
	return store.Options{Address: address, Protocols: shipped(t), Now: func() time.Time { return aDay }}
}

// A site that was restored, to whichever engine from whichever, is the same
// site: row by row, in its ledger, in what it exports.
func TestBackupRoundTrip(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		a := user(plumbline.Worker)
		s.must(s.KeepDraft(ctx, a, store.Draft{Form: "/x", Title: "What \u2028 was \"typed\"", Body: "a=1\r\nb=<&>\u0001"}))
		_, err := s.NewLink(ctx, a.User, store.SessionLimit)
		s.must(err)
		page, err := s.Ledger(ctx, a, 0, 1)
		s.must(err)
		bundle, err := s.Export(ctx, user(plumbline.Coordinator), store.Filter{})
		s.must(err)
		kept := s.backup()
		m, err := store.CheckBackup(bytes.NewReader(kept))
		s.must(err)
		t.Logf("%d rows of %d tables in %d bytes", m.Rows(), len(m.Tables), len(kept))
		for engine, address := range engines {
			t.Run("to "+engine, func(t *testing.T) {
				at := address(t)
				if _, err := restore(t, at, kept); err != nil {
					t.Fatal(err)
				}
				r := open(t, at)
				if one, two := s.contents(), r.contents(); !reflect.DeepEqual(one, two) {
					t.Errorf("-backed up +restored:\n%.2000s", cmp.Diff(one, two))
				}
				r.clean()
				if n := r.count("session"); n != 0 {
					t.Errorf("%d sessions came back to life", n)
				}
				again, err := r.Ledger(ctx, a, 0, 1)
				r.must(err)
				if again.Checkpoint != page.Checkpoint {
					t.Errorf("the ledger signs %s, and signed %s", again.Checkpoint, page.Checkpoint)
				}
				after, err := r.Export(ctx, user(plumbline.Coordinator), store.Filter{})
				r.must(err)
				if one, err1 := json.Marshal(bundle); len(bundle.Operations) < 10 {
					t.Error("exports too little to compare")
				} else if two, err2 := json.Marshal(after); errors.Join(err1, err2) != nil || !bytes.Equal(one, two) {
					t.Error("exports something else")
				}
				r.first("goes-on")
				r.clean()
				if _, err := restore(t, at, kept); !errors.Is(err, store.ErrNotEmpty) {
					t.Errorf("restored over a site: %v", err)
				}
			})
		}
	})
}

// What is no whole backup is refused, and nothing of it is kept: cut at any
// place, with a byte changed at any place, or followed by something.
func TestRestoreRefusesBrokenBackups(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.first("a")
		whole := s.backup()
		empty := open(t, engines[s.Engine()](t))
		before := empty.contents()
		s.must(empty.Close())
		refused := func(what string, bad []byte, restored bool) {
			t.Helper()
			_, err := store.CheckBackup(bytes.NewReader(bad))
			if err == nil || !errors.Is(err, store.ErrBackup) && !errors.Is(err, store.ErrNewer) {
				t.Fatalf("%s: check says %v", what, err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: more than one line: %v", what, err)
			}
			if !restored {
				return
			}
			if _, err := restore(t, empty.address, bad); !errors.Is(err, store.ErrBackup) {
				t.Errorf("%s: restore says %v", what, err)
			}
		}
		// A place in so many; what is refused by the check is tried with a restore at
		// four of them.
		step := map[string]int{"sqlite": 5, "postgres": 50}[s.Engine()]
		for i := 0; i < len(whole); i += step {
			restored := i/step%(len(whole)/step/4) == 0
			refused(fmt.Sprint("cut at ", i), whole[:i], restored)
			if i < 3 || i > 9 { // the header of gzip has bytes that say nothing: of the time and the system
				bad := bytes.Clone(whole)
				bad[i] ^= 1
				refused(fmt.Sprint("changed at ", i), bad, restored)
			}
		}
		refused("with more at its end", append(bytes.Clone(whole), 'x'), true)
		refused("twice", append(bytes.Clone(whole), whole...), true)

		// With the packing made anew, only the last line shows it.
		lines := strings.SplitAfter(unpack(t, whole), "\n")
		for what, change := range map[string]func([]string) []string{
			"a row changed":       func(l []string) []string { l[5] = strings.Replace(l[5], "\"", "\" ", 1); return l },
			"a row gone":          func(l []string) []string { return slices.Delete(l, 5, 6) },
			"two rows swapped":    func(l []string) []string { l[5], l[6] = l[6], l[5]; return l },
			"the last line gone":  func(l []string) []string { return l[:len(l)-2] },
			"another version":     func(l []string) []string { l[0] = strings.Replace(l[0], `"schema":`, `"schema":9`, 1); return l },
			"another format":      func(l []string) []string { l[0] = strings.Replace(l[0], "backup/1", "backup/2", 1); return l },
			"another table":       func(l []string) []string { l[0] = strings.Replace(l[0], `"draft"`, `"session"`, 1); return l },
			"nothing":             func([]string) []string { return nil },
			"a text":              func([]string) []string { return []string{"This is a letter.\n"} },
			"a row of other size": func(l []string) []string { l[5] = "[1]\n"; return l },
		} {
			refused(what, pack(t, strings.Join(change(slices.Clone(lines)), "")), false)
		}
		after := open(t, empty.address)
		if diff := cmp.Diff(before, after.contents()); diff != "" {
			t.Errorf("something was kept:\n%s", diff)
		}
		s.must(after.Close())
		_, err := restore(t, empty.address, whole)
		s.must(err)
	})
}

func unpack(t *testing.T, b []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func pack(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A record that does not agree with its ledger is restored only when somebody
// says so, and each row is named.
func TestRestoreComparesLedger(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.first("a")
		s.must(s.Exec(ctx, "UPDATE revision SET by_name = 'Somebody else' WHERE entry = 0"))
		bad := s.backup()
		at := engines[s.Engine()](t)
		var faults []string
		how := store.Restoration{Fault: func(f store.Fault) { faults = append(faults, f.String()) }}
		for range 2 {
			_, err := store.Restore(ctx, atADay(t, at), bytes.NewReader(bad), how)
			if !errors.Is(err, store.ErrFaults) || len(faults) != 1 || !strings.HasPrefix(faults[0], "operation/a: a version 1 ") {
				t.Fatalf("got %v and %q", err, faults)
			}
			faults = nil
		}
		how.Faulty = true
		_, err := store.Restore(ctx, atADay(t, at), bytes.NewReader(bad), how)
		s.must(err)
		if diff := cmp.Diff(s.contents(), open(t, at).contents()); diff != "" || len(faults) != 1 {
			t.Errorf("faults %q, and\n%s", faults, diff)
		}
	})
}

// Texts that only a damaged file can hold come through too.
func TestBackupOfDamagedText(t *testing.T) {
	s := open(t, engines["sqlite"](t))
	s.first("a")
	s.must(s.Exec(t.Context(), "UPDATE revision SET body = CAST(X'7B22FF00FE22' AS TEXT) WHERE entry = 1"))
	at := filepath.Join(t.TempDir(), "restored.db")
	_, err := store.Restore(t.Context(), atADay(t, at), bytes.NewReader(s.backup()), store.Restoration{Faulty: true})
	s.must(err)
	if diff := cmp.Diff(s.contents()["revision"], open(t, at).contents()["revision"]); diff != "" {
		t.Error(diff)
	}
}

// A backup that is taken while others write is of one moment: its record
// agrees with its ledger, and everybody's writes are there up to it.
func TestBackupWhileOthersWrite(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.first("a")
		done := make(chan struct{})
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-done:
						return
					default:
					}
					id := plumbline.ID(fmt.Sprint("w", n, "-", i))
					if err := s.Write(ctx, worker, batch(id, sighting(id), group("g", plumbline.Exactly(8)))); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		var backups [][]byte
		for range 3 {
			backups = append(backups, s.backup())
		}
		close(done)
		all.Wait()
		last := -1
		for i, b := range backups {
			at := filepath.Join(t.TempDir(), "site.db")
			if _, err := restore(t, at, b); err != nil { // holds record against ledger
				t.Fatal(err)
			}
			r := open(t, at)
			rows, entries := r.count("revision"), r.count("ledger_entry")
			if rows != entries || rows%2 != 0 || rows < last {
				t.Errorf("backup %d holds %d rows and %d entries, the one before %d", i, rows, entries, last)
			}
			last = rows
		}
	})
}

// A file that cannot be written whole is not there at all.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x")
	full := errors.New("no room")
	for range 2 {
		err := store.WriteFile(name, func(w io.Writer) error { _, err := io.WriteString(w, "half"); return errors.Join(err, full) })
		if !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 1 {
			t.Errorf("left %v", left)
		}
		if text, err := os.ReadFile(name); err == nil && string(text) != "whole" {
			t.Errorf("left %q", text)
		}
		if err := store.WriteFile(name, func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
	}
	if err := store.WriteFile(filepath.Join(dir, "no", "where"), func(io.Writer) error { return nil }); err == nil {
		t.Error("wrote nowhere")
	}
}

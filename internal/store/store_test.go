package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/exchange"
	"plumbline/internal/rig"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// A site is a store with its clock.
type site struct {
	*store.DB
	t       testing.TB
	clock   *rig.Clock
	address string
}

// aDay is the present of the made-up sites.
var aDay = time.Date(2028, 2, 29, 14, 30, 0, 0, time.UTC)

// secret is that of all the made-up sites.
var secret = func() *credential.Secret {
	s, err := credential.ParseSecret(credential.NewSecret())
	if err != nil {
		panic(err)
	}
	return s
}()

// each runs a test on an empty site of each engine.
func each(t *testing.T, f func(t *testing.T, s *site)) {
	t.Helper()
	for engine, address := range engines {
		t.Run(engine, func(t *testing.T) { f(t, open(t, address(t))) })
	}
}

// eachDemo runs a test on the coalition's site, with the public record, on
// each engine.
func eachDemo(t *testing.T, f func(t *testing.T, s *site)) {
	t.Helper()
	each(t, func(t *testing.T, s *site) { s.tell(); f(t, s) })
}

var engines = map[string]func(testing.TB) string{
	"sqlite":   func(t testing.TB) string { return filepath.Join(t.TempDir(), "site.db") },
	"postgres": rig.Postgres,
}

func open(t testing.TB, address string) *site {
	t.Helper()
	s := &site{t: t, clock: new(rig.Clock), address: address}
	s.clock.Set(aDay)
	s.DB = s.again(shipped(t)...)
	return s
}

// again opens the site's database once more.
func (s *site) again(protocols ...*protocol.Protocol) *store.DB {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), store.Options{Address: s.address, Now: s.clock.Now, Protocols: protocols, Claims: exchange.Claims(), Secret: secret})
	s.must(err)
	s.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return db
}

func shipped(t testing.TB) []*protocol.Protocol {
	t.Helper()
	protocols, err := protocol.Shipped(store.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	return protocols
}

// tell writes the public record and the coalition into the site.
func (s *site) tell() {
	s.t.Helper()
	s.must(rig.PublicRecord(s.t.Context(), s.DB))
	s.must(rig.Tell(s.t.Context(), s.DB, s.clock, 1))
	s.clock.Set(aDay)
	s.must(rig.Users(s.t.Context(), s.DB))
	_, err := s.Summaries(s.t.Context(), user(plumbline.Coordinator), store.Filter{}) // derives what time has changed
	s.must(err)
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// users makes the coalition's users.
func (s *site) users() {
	s.t.Helper()
	s.must(rig.Users(s.t.Context(), s.DB))
}

// user returns the coalition's user in a role.
func user(role plumbline.Role) plumbline.Actor {
	all := rig.Actors()
	return all[slices.IndexFunc(all, func(a plumbline.Actor) bool { return a.Role == role })]
}

// kinds are what an error can be told apart as.
var kinds = []error{plumbline.ErrInvalid, plumbline.ErrNotFound, plumbline.ErrForbidden, plumbline.ErrConflict, plumbline.ErrUnavailable}

// want fails unless err is of exactly the kind and, when a field is given,
// names it first. A nil kind wants success.
func want(t testing.TB, err, kind error, field ...string) {
	t.Helper()
	if kind == nil {
		if err != nil {
			t.Fatalf("got %v, want success", err)
		}
		return
	}
	for _, k := range kinds {
		if errors.Is(err, k) != (k == kind) {
			t.Fatalf("got %v, want only %v", err, kind)
		}
	}
	if len(field) > 0 {
		if got := plumbline.ProblemsOf(err)[0].Field; got != field[0] {
			t.Fatalf("got field %q of %v, want %q", got, err, field[0])
		}
	}
}

// state sums up every table that a use case may write: nothing can be added or
// changed in the record without changing it.
func (s *site) state() (all string) {
	s.t.Helper()
	for _, query := range []string{
		"SELECT COUNT(*), SUM(version), SUM(latest), SUM(LENGTH(body)) FROM revision", "SELECT COUNT(*), SUM(n) FROM ledger_entry", "SELECT COUNT(*), SUM(i) FROM ledger_hash",
		store.DerivedRows, "SELECT * FROM actor ORDER BY id",
	} {
		rows, err := s.Rows(s.t.Context(), query)
		s.must(err)
		all += fmt.Sprintln(query, rows)
	}
	return all
}

// count returns the number of rows of a table.
func (s *site) count(table string) int {
	s.t.Helper()
	rows, err := s.Rows(s.t.Context(), "SELECT COUNT(*) FROM "+table)
	s.must(err)
	return int(rows[0][0].(int64))
}

// refused fails unless f is refused with the kind and leaves everything as it
// was.
func (s *site) refused(what string, kind error, f func() error, field ...string) {
	t := s.t
	t.Helper()
	before := s.state()
	err := f()
	if err == nil {
		t.Errorf("%s: got success, want %v", what, kind)
		return
	}
	for _, k := range kinds {
		if errors.Is(err, k) != (k == kind) {
			t.Errorf("%s: got %v, want only %v", what, err, kind)
			return
		}
	}
	if len(field) > 0 {
		if ps := plumbline.ProblemsOf(err); len(ps) == 0 || ps[0].Field != field[0] {
			t.Errorf("%s: got %v, want field %q", what, err, field[0])
		}
	}
	if s.state() != before {
		t.Errorf("%s: refused with %v, and something was written", what, err)
	}
}

// clean fails unless record and ledger agree.
func (s *site) clean() {
	s.t.Helper()
	faults, rows, entries, err := s.Inspect(s.t.Context())
	s.must(err)
	if len(faults) > 0 || rows != entries {
		s.t.Fatalf("inspect: %v, %d rows and %d entries", faults, rows, entries)
	}
}

// on names an operation as a subject.
func on(id plumbline.ID) store.Subject {
	return store.Subject{Kind: plumbline.KindOperation, ID: id}
}

// batch puts new entries of an operation together.
func batch(id plumbline.ID, entries ...plumbline.Entry) store.Batch {
	b := store.Batch{Subject: on(id)}
	for _, e := range entries {
		b.Changes = append(b.Changes, store.Change{Entry: e})
	}
	return b
}

func head(id plumbline.ID) plumbline.Head { return plumbline.Head{ID: id} }

// sighting is an operation of eight people, as first written at the scene.
func sighting(id plumbline.ID) *plumbline.Operation {
	return &plumbline.Operation{Head: head(id), Title: "Ferry Steps", Origin: "site", Country: "KH", Place: "Harbour",
		Began: when("2028-02-28T21:00Z"), HeadCount: plumbline.Exactly(8)}
}

func group(id plumbline.ID, count plumbline.Count) *plumbline.Presence {
	return &plumbline.Presence{Head: head(id), Code: "G-01", Count: count}
}

func moved(id, presence plumbline.ID, state plumbline.State) *plumbline.Movement {
	return &plumbline.Movement{Head: head(id), Presence: presence, State: state, From: when("2028-02-28T22:00Z")}
}

func when(text string) plumbline.When {
	w, err := plumbline.ParseWhen(text)
	if err != nil {
		panic(err)
	}
	return w
}

// fields returns the words in quotation marks of a line of JSON.
func fields(line string) (words []string) {
	for i, w := range strings.Split(line, `"`) {
		if i%2 == 1 {
			words = append(words, w)
		}
	}
	return words
}

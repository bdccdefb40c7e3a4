package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/protocol"
)

const (
	thePolice  plumbline.ID = "org-harbour-police"
	theClinic  plumbline.ID = "org-bridge-street-clinic"
	protection plumbline.ID = "unit-protection"
)

// A refusal tells nothing of what is there: not that an operation exists, nor
// what stands in it.
func TestRefusalTellsNothing(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		o, err := s.Operation(t.Context(), coordinator, "dock-gate-visit")
		s.must(err)
		there, here := o.Operation, o.Operation
		here.ID = "not-here-at-all"
		for _, role := range []plumbline.Role{plumbline.PoliceLiaison, plumbline.Administrator, plumbline.Reader} {
			for _, version := range []int64{1, 2} {
				try := func(op plumbline.Operation) string {
					b := batch(op.ID, &op, group("g", plumbline.Exactly(1)))
					b.Changes[0].Version, b.Reason = version, "Because"
					err := s.Write(t.Context(), user(role), b)
					return fmt.Sprint(errors.Is(err, plumbline.ErrNotFound) || errors.Is(err, plumbline.ErrForbidden))
				}
				if got, want := try(there), try(here); got != want || got != "true" {
					t.Errorf("%s, version %d: got %s for one that is there and %s for one that is not", role, version, got, want)
				}
			}
			guess := there
			if err := s.Write(t.Context(), user(role), batch(guess.ID, &guess)); !errors.Is(err, plumbline.ErrNotFound) {
				t.Errorf("%s guesses an operation right: got %v", role, err)
			}
		}
	})
}

// Before the unit's own account is filed, its liaison reads no other: not in
// the record, its history, an earlier version, or the evidence of a finding.
// How many wait is told (Operation.Withheld, Summary.Accounts): never whose
// they are or what they say.
func TestAccountsWaitForTheOwn(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		op := sighting("z")
		op.Unit, op.Began = protection, when("2028-02-20")
		monitor := user(plumbline.Monitor)
		told := &plumbline.Account{Head: head("told"), Organisation: monitor.Organisation, Teller: "Association", Points: []plumbline.Point{{Topic: "force", Text: "Two were struck."}}}
		s.must(s.Write(ctx, worker, batch("z", op)))
		s.must(s.Write(ctx, monitor, batch("z", told)))
		asked := plumbline.Account{Head: head("asked"), Organisation: thePolice, Teller: "Police", Asked: when("2028-02-21")}
		s.must(s.Write(ctx, monitor, batch("z", &asked)))

		seen := func() (accounts int, text string, withheld int) {
			o, err := s.Operation(ctx, liaison, "z")
			s.must(err)
			history, err := s.History(ctx, liaison, "z")
			s.must(err)
			for _, r := range history {
				if a, ok := r.Entry.(*plumbline.Account); ok {
					text += fmt.Sprint(a.Organisation, a.Points, r.By)
				}
			}
			for _, p := range s.Protocols() {
				report, err := s.Report(ctx, liaison, "z", p.Name)
				s.must(err)
				for _, f := range report.Findings {
					if slices.Contains(f.Evidence, "told") {
						text += "evidence of " + f.Rule
					}
				}
			}
			if _, ok := o.Revisions["told"]; ok {
				text += "revision"
			}
			return len(o.Accounts), text, o.Withheld
		}
		n, text, withheld := seen()
		if n != 1 || withheld != 1 || text != fmt.Sprint(thePolice, "[]", monitor.Name) {
			t.Errorf("before: got %d accounts, %d withheld, and read %q", n, withheld, text)
		}
		s.refused("guess a withheld account", plumbline.ErrForbidden, func() error { return s.Write(ctx, liaison, batch("z", told)) })
		own := asked
		own.Points = []plumbline.Point{{Topic: "force", Text: "None was used."}}
		s.must(s.Write(ctx, liaison, store.Batch{Subject: on("z"), Reason: "Our answer", Changes: []store.Change{{Entry: &own, Version: 1}}}))
		if n, text, withheld = seen(); n != 2 || withheld != 0 {
			t.Errorf("after: got %d accounts, %d withheld, and read %q", n, withheld, text)
		}
	})
}

// The ledger, which everybody reads, names no user and no entry.
func TestLedgerNamesNobody(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		rows, err := s.Rows(t.Context(), "SELECT author, id, subject FROM revision")
		s.must(err)
		lines, err := s.Rows(t.Context(), "SELECT body FROM ledger_entry")
		s.must(err)
		said := map[any]bool{}
		for _, l := range lines {
			for _, word := range fields(string(l[0].([]byte))) {
				said[word] = true
			}
		}
		for _, row := range rows {
			for _, name := range row {
				if said[name] {
					t.Fatalf("the ledger names %q", name)
				}
			}
		}
	})
}

// Whatever the list, it shows what Record.Show shows, to whoever asks.
func TestListsShowWhatRecordsShow(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		all, err := s.Export(t.Context(), coordinator, store.Filter{})
		s.must(err)
		list, err := s.Summaries(t.Context(), coordinator, store.Filter{})
		s.must(err)
		if len(all.Operations) != len(list) || len(list) == 0 {
			t.Fatalf("got %d records and %d rows", len(all.Operations), len(list))
		}
		var roles []plumbline.Role
		for _, r := range plumbline.Role("").Values() {
			roles = append(roles, plumbline.Role(r))
		}
		ids := []plumbline.ID{protection, "unit-dock-squad", "unit-of-nobody", ""}
		for _, r := range all.Operations {
			if r.Operation.Unit != "" && !slices.Contains(ids, r.Operation.Unit) {
				ids = append(ids, r.Operation.Unit)
			}
		}
		rapid.Check(t, func(rt *rapid.T) {
			a := plumbline.Actor{User: "x", Role: rapid.SampledFrom(roles).Draw(rt, "role"),
				Organisation: rapid.SampledFrom([]plumbline.ID{"", thePolice, theClinic, "org-lime-house"}).Draw(rt, "organisation"),
				Units:        rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 3, rapid.ID).Draw(rt, "units")}
			some := rapid.SampledFrom(all.Operations).Draw(rt, "of")
			f := rapid.SampledFrom([]store.Filter{{}, {Country: some.Operation.Country}, {Unit: some.Operation.Unit}, {Text: some.Operation.Title}, {Unaccounted: true},
				{Origin: some.Operation.Origin}, {Protocol: "rights-standards", Result: "broken"}, {From: aDay.AddDate(-1, 0, 0)}}).Draw(rt, "filter")
			found, err := s.Summaries(t.Context(), coordinator, f)
			if err != nil {
				rt.Fatal(err)
			}
			var want []plumbline.ID
			countries := map[string]bool{}
			for _, r := range all.Operations {
				if _, err := r.Show(a); err != nil {
					continue
				}
				if r.Operation.Country != "" {
					countries[r.Operation.Country] = true
				}
				if slices.ContainsFunc(found, func(s store.Summary) bool { return s.ID == r.Operation.ID }) {
					want = append(want, r.Operation.ID)
				}
			}
			got, err := s.Summaries(t.Context(), a, f)
			page, err2 := s.Operations(t.Context(), a, withLimit(f, 500))
			scores, err3 := s.RuleScores(t.Context(), a, "rights-standards", f)
			lands, err4 := s.Countries(t.Context(), a)
			if err4 != nil || len(lands) != len(countries) {
				rt.Fatalf("countries: got %v, %v, want %v", lands, err4, countries)
			}
			if err != nil || err2 != nil || err3 != nil {
				// A role that never sees an operation is told so; for the others
				// an empty list is an answer.
				if !errors.Is(err, plumbline.ErrForbidden) || !errors.Is(err2, plumbline.ErrForbidden) || !errors.Is(err3, plumbline.ErrForbidden) || len(want) > 0 {
					rt.Fatalf("got %v, %v, %v; want %v", err, err2, err3, want)
				}
				return
			}
			ids := func(list []store.Summary) (ids []plumbline.ID) {
				for _, s := range list {
					ids = append(ids, s.ID)
				}
				slices.Sort(ids)
				return ids
			}
			slices.Sort(want)
			if !slices.Equal(ids(got), want) || !slices.Equal(ids(page.Operations), want) {
				rt.Fatalf("got %v and %v, want %v", ids(got), ids(page.Operations), want)
			}
			if n := page.Totals.Operations + page.Totals.Series; n != len(want) {
				rt.Fatalf("totals: got %d operations, want %d", n, len(want))
			}
			rules := len(s.Protocol("rights-standards").Rules)
			n := 0
			for _, c := range []protocol.Result{protocol.Kept, protocol.Broken, protocol.Unknown, protocol.NotApplicable} {
				n += store.Sum(scores)[c]
			}
			if n != rules*len(want) {
				rt.Fatalf("scores: got %d findings, want %d rules of %d operations", n, rules, len(want))
			}
		})
	})
}

func withLimit(f store.Filter, n int) store.Filter { f.Limit = n; return f }

// Lists know three bonds. When the table tells the fourth from a stranger's,
// they must learn it too.
func TestTakingPartIsNoBondOfLists(t *testing.T) {
	for _, r := range plumbline.Role("").Values() {
		a := plumbline.Actor{Role: plumbline.Role(r)}
		if plumbline.May(a, plumbline.SeeOperation, plumbline.TookPart) != plumbline.May(a, plumbline.SeeOperation, plumbline.Stranger) {
			t.Errorf("%s sees what the own organisation took part in otherwise than what it did not; store's scope does not know that bond", r)
		}
	}
}

// Each change of who may do what is told, newest first and page by page, with
// what was before; what changes nothing is no change.
func TestAppointments(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, admin := t.Context(), plumbline.Actor{User: "admin", Name: "Administrator", Role: plumbline.Administrator}
		given := plumbline.Actor{User: "u", Name: "Somebody", Role: plumbline.Reader}
		s.must(s.PutActor(ctx, admin, given))
		s.must(s.PutActor(ctx, admin, given))
		s.clock.Set(aDay.Add(time.Hour))
		given.Role = plumbline.Oversight
		s.must(s.PutActor(ctx, admin, given))
		s.must(s.PutActor(ctx, admin, plumbline.Actor{User: "w", Name: "Another", Role: plumbline.Worker}))
		tell := func(before int64, limit int) (text string, last int64) {
			list, err := s.Appointments(ctx, coordinator, before, limit)
			s.must(err)
			for _, c := range list {
				was := "new"
				if c.Was != nil {
					was = string(c.Was.Role)
				}
				text += fmt.Sprintln(c.User.User, c.User.Role, "was", was, "by", c.By, c.ByUser, c.At.Sub(aDay), c.Ledger)
				last = c.Ledger
			}
			return text, last
		}
		first, last := tell(0, 2)
		if want := "w worker was new by Administrator admin 1h0m0s 2\nu oversight was reader by Administrator admin 1h0m0s 1\n"; first != want {
			t.Errorf("got\n%swant\n%s", first, want)
		}
		rest, _ := tell(last, 2)
		if want := "u reader was new by Administrator admin 0s 0\n"; rest != want {
			t.Errorf("got\n%swant\n%s", rest, want)
		}
		s.clean()
	})
}

// An organisation that recorded an operation keeps the right to correct it
// when its author moves on, and the author takes none along.
func TestRecordedFor(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.first("a")
		corrected := func(by plumbline.Actor) error {
			o, err := s.Operation(t.Context(), coordinator, "a")
			s.must(err)
			op := o.Operation
			op.Result += "."
			return s.Write(t.Context(), by, store.Batch{Subject: on("a"), Reason: "Because", Changes: []store.Change{{Entry: &op, Version: o.Version("a")}}})
		}
		moved := worker
		moved.Organisation = theClinic
		for range 2 { // also once it has been corrected
			s.refused("an author who has moved on", plumbline.ErrForbidden, func() error { return corrected(moved) })
			s.must(corrected(colleague))
			s.refused("another organisation", plumbline.ErrForbidden, func() error { return corrected(coordinator) })
		}
		history, err := s.History(t.Context(), colleague, "a")
		s.must(err)
		if history[0].For != worker.Organisation {
			t.Errorf("the last version was written for %q", history[0].For)
		}
		// Whom a version was written for stands in the ledger like the rest of it.
		s.must(s.Exec(t.Context(), "UPDATE revision SET organisation = $1 WHERE id = 'a' AND version = 1", theClinic))
		faults, _, _, err := s.Inspect(t.Context())
		s.must(err)
		// And lists no longer know who took part.
		if len(faults) != 2 || faults[0].ID != "a" || faults[0].Version != 1 {
			t.Errorf("after the organisation was changed: %v", faults)
		}
	})
}

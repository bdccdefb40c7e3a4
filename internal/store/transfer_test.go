package store_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

func bundle(f *exchange.File) store.Bundle {
	return store.Bundle{Organisations: f.Organisations, Units: f.Units, Programmes: f.Programmes, Operations: f.Operations}
}

// text writes a bundle as a file, sorted.
func text(t testing.TB, b store.Bundle) string {
	t.Helper()
	f := &exchange.File{Format: exchange.Format,
		Organisations: slices.SortedFunc(slices.Values(b.Organisations), func(a, b *plumbline.Organisation) int { return cmp.Compare(a.ID, b.ID) }),
		Units:         slices.SortedFunc(slices.Values(b.Units), func(a, b *plumbline.UnitRecord) int { return cmp.Compare(a.Unit.ID, b.Unit.ID) }),
		Programmes:    slices.SortedFunc(slices.Values(b.Programmes), func(a, b *plumbline.ProgrammeRecord) int { return cmp.Compare(a.Programme.ID, b.Programme.ID) }),
		Operations:    slices.SortedFunc(slices.Values(b.Operations), func(a, b *plumbline.Record) int { return cmp.Compare(a.Operation.ID, b.Operation.ID) })}
	var out bytes.Buffer
	if err := exchange.Write(&out, f); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What goes into a site comes out of it, and goes into the next.
func TestRoundTrip(t *testing.T) {
	told := rig.Told(aDay, 1)
	for name, b := range map[string]store.Bundle{"public record": bundle(exchange.PublicRecord()),
		"coalition": {Organisations: told.Organisations, Units: told.Units, Programmes: told.Programmes, Operations: told.Operations}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				// Only what operations name is taken out again.
				named := store.Bundle{Operations: b.Operations}
				read, err := exchange.Read(bytes.NewReader([]byte(text(t, b))), exchange.MaxFile)
				s.must(err)
				n, err := s.Import(t.Context(), coordinator, bundle(read), false, nil)
				s.must(err)
				if n.Operations != len(b.Operations) || n.Units != len(b.Units) || n.Programmes != len(b.Programmes) || n.Organisations != len(b.Organisations) || n.Known != 0 || n.Entries != s.count("revision") {
					t.Errorf("got %+v", n)
				}
				s.must(s.Complete(t.Context(), coordinator, &named))
				got, err := s.Export(t.Context(), coordinator, store.Filter{})
				s.must(err)
				if text(t, got) != text(t, named) {
					t.Error("the file that came out is not the one that went in")
				}
				for _, u := range got.Units {
					i := slices.IndexFunc(b.Units, func(v *plumbline.UnitRecord) bool { return v.Unit.ID == u.Unit.ID })
					if text(t, store.Bundle{Units: []*plumbline.UnitRecord{u}}) != text(t, store.Bundle{Units: b.Units[i : i+1]}) {
						t.Errorf("unit %s changed", u.Unit.ID)
					}
				}
				s.clean()

				// Again, and what came out: nothing new.
				for _, again := range []store.Bundle{b, got} {
					before := s.state()
					n, err := s.Import(t.Context(), coordinator, again, false, nil)
					s.must(err)
					if want := len(again.Operations) + len(again.Units) + len(again.Programmes) + len(again.Organisations); n != (store.Imported{Known: want}) || s.state() != before {
						t.Errorf("again: got %+v, want %d known and nothing written", n, want)
					}
				}
			})
		})
	}
}

func TestDryImportWritesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		before := s.state()
		var last, all int
		calls := 0
		dry, err := s.Import(t.Context(), coordinator, bundle(exchange.PublicRecord()), true, func(done, of int) { last, all = done, of; calls++ })
		s.must(err)
		if s.state() != before {
			t.Error("a dry run wrote something")
		}
		f := exchange.PublicRecord()
		if want := len(f.Organisations) + len(f.Units) + len(f.Operations); last != want || all != want || calls != want {
			t.Errorf("progress ended at %d of %d after %d calls, want %d", last, all, calls, want)
		}
		wet, err := s.Import(t.Context(), coordinator, bundle(exchange.PublicRecord()), false, nil)
		s.must(err)
		if wet != dry {
			t.Errorf("the dry run said %+v, and it became %+v", dry, wet)
		}
	})
}

// One bad record among thirty leaves the store as it was, and is named.
func TestImportIsAllOrNothing(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		thirty := func() (b store.Bundle) {
			for i := range 30 {
				id := plumbline.ID(fmt.Sprint("op-", i))
				b.Operations = append(b.Operations, &plumbline.Record{Operation: *sighting(id), Presences: []*plumbline.Presence{group("g", plumbline.Exactly(8))}})
			}
			return b
		}
		bring := func(b store.Bundle) error {
			_, err := s.Import(t.Context(), coordinator, b, false, nil)
			return err
		}
		for _, c := range []struct {
			what  string
			spoil func(*store.Bundle)
			kind  error
			field string
		}{
			{"a count", func(b *store.Bundle) { b.Operations[17].Presences[0].Count = plumbline.Exactly(9) }, plumbline.ErrInvalid, "operations[17].operation.head_count"},
			{"an unknown unit", func(b *store.Bundle) { b.Operations[17].Operation.Unit = "unit-of-nobody" }, plumbline.ErrInvalid, "operations[17].operation.unit"},
			{"an unknown organisation, deep", func(b *store.Bundle) {
				b.Operations[29].Agencies = []*plumbline.Agency{{Head: head("x"), Name: "A", Role: "lead"}, {Head: head("y"), Name: "B", Role: "lead", Organisation: "org-of-nobody"}}
			}, plumbline.ErrInvalid, "operations[29].agencies[1].organisation"},
			{"an id twice in a record", func(b *store.Bundle) {
				b.Operations[17].Presences = append(b.Operations[17].Presences, group("g", plumbline.AtLeast(0)))
			}, plumbline.ErrInvalid, "operations[17].id"},
			{"an operation that differs from what is there", func(b *store.Bundle) { b.Operations[29].Operation.ID = "canal-road" }, plumbline.ErrConflict, "operations[29]"},
			{"two operations of one id that differ", func(b *store.Bundle) {
				b.Operations[29].Operation.ID, b.Operations[29].Operation.Title = "op-3", "Other"
			}, plumbline.ErrConflict, "operations[29]"},
			{"a unit of an unknown organisation", func(b *store.Bundle) {
				b.Units = []*plumbline.UnitRecord{{Unit: plumbline.Unit{Head: head("u"), Name: "U", Origin: "site", Organisation: "org-of-nobody"}}}
			}, plumbline.ErrInvalid, "units[0].unit.organisation"},
			{"an organisation tied to nobody", func(b *store.Bundle) {
				b.Organisations = []*plumbline.Organisation{{Head: head("o"), Name: "O", Kind: "ngo", Origin: "site", Ties: []plumbline.Tie{{Kind: "funds", To: "org-of-nobody"}}}}
			}, plumbline.ErrInvalid, "organisations[0].ties[0].to"},
		} {
			b := thirty()
			c.spoil(&b)
			s.refused(c.what, c.kind, func() error { return bring(b) }, c.field)
		}
		// Forward: an operation may name a unit that the same file brings, and
		// organisations may be tied to each other.
		b := thirty()
		b.Organisations = []*plumbline.Organisation{
			{Head: head("o1"), Name: "One", Kind: "ngo", Origin: "site", Ties: []plumbline.Tie{{Kind: "funds", To: "o2"}}},
			{Head: head("o2"), Name: "Two", Kind: "police", Origin: "site", Ties: []plumbline.Tie{{Kind: "funds", To: "o1"}}}}
		b.Units = []*plumbline.UnitRecord{{Unit: plumbline.Unit{Head: head("u2"), Name: "U", Origin: "site", Organisation: "o2"}}}
		b.Operations[0].Operation.Unit = "u2"
		s.must(bring(b))
		s.clean()
	})
}

func TestImportThatIsCancelledLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		before := s.state()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := s.Import(ctx, coordinator, bundle(exchange.PublicRecord()), false, func(done, all int) {
			if done == all/2 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || s.state() != before {
			t.Errorf("got %v, and state is as before: %v", err, s.state() == before)
		}
		_, err = s.Import(t.Context(), coordinator, bundle(exchange.PublicRecord()), false, nil)
		s.must(err)
	})
}

// An export names nothing that it does not hold.
func TestExportIsWhole(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		for _, role := range []plumbline.Role{plumbline.Coordinator, plumbline.Reader, plumbline.Analyst, plumbline.Oversight} {
			b, err := s.Export(t.Context(), user(role), store.Filter{})
			s.must(err)
			f := &exchange.File{Format: exchange.Format, Organisations: b.Organisations, Units: b.Units, Programmes: b.Programmes, Operations: b.Operations}
			for _, ref := range f.Dangling() {
				if ref.Kind != plumbline.KindOperation {
					t.Errorf("%s: %s names %s, which is not in the file", role, ref.Path, ref.ID)
				}
			}
			for _, r := range b.Operations {
				if _, err := r.Show(user(role)); err != nil {
					t.Errorf("%s took out %s", role, r.Operation.ID)
				}
			}
		}
	})
}

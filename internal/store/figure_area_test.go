package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

// Figures over areas are counted over what the actor may see there, by month
// and by area, and lead to the list behind them; who may see no area gets none.
func TestFiguresOfAreas(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, n := t.Context(), plumbline.Exactly
		s.clock.Set(time.Date(2028, 8, 15, 0, 0, 0, 0, time.UTC))
		s.area(&plumbline.Area{Head: head("hill"), Name: "Hill", Country: "KH"})
		s.area(&plumbline.Area{Head: head("quay"), Name: "Quay", Country: "KH", Compared: "hill"})
		tell := func(area plumbline.ID, entries ...plumbline.Entry) {
			t.Helper()
			var changes []store.Change
			for _, e := range entries {
				changes = append(changes, store.Change{Entry: e})
			}
			s.must(s.Write(ctx, worker, onArea(area, changes...)))
		}
		month := func(m string, contacts int) plumbline.Entry {
			return &plumbline.Contacts{Head: head(plumbline.ID("c-" + m)), Told: plumbline.Told{Organisation: worker.Organisation, From: when(m)}, Service: "clinic", Contacts: n(contacts), StaffHours: n(10)}
		}
		tell("quay", month("2028-01", 40), month("2028-02", 40), month("2028-03", 40), month("2028-05", 10), month("2028-06", 20), month("2028-07", 30),
			&plumbline.AccessLoss{Head: head("l"), Told: plumbline.Told{Organisation: worker.Organisation, From: when("2028-04-10"), Until: when("2028-04-20")}, ShutBy: "owner", ShutByWho: "A", Before: "police_operation", BeforeWho: "B"})
		tell("hill", month("2028-01", 10), month("2028-02", 10), month("2028-03", 10), month("2028-05", 9), month("2028-06", 9), month("2028-07", 9))
		op := sighting("raid")
		op.Place, op.Country, op.Began = "Quay", "KH", when("2028-04-10")
		s.must(s.Write(ctx, worker, batch("raid", op)))

		show := func(name, area string, by ...string) string {
			t.Helper()
			table, err := s.FigureTable(ctx, coordinator, name, store.Filter{Area: plumbline.ID(area)}, by...)
			s.must(err)
			text := table.All.Text(table.Definition.Unit)
			for _, g := range table.Groups {
				text += fmt.Sprintf("; %s %s", strings.Join(g.Keys, ","), g.Text(table.Definition.Unit))
			}
			if b := table.Beside; b != nil {
				text += "; beside " + b.Text(b.Definition.Unit)
			}
			return text
		}
		for _, tt := range []struct{ name, area, by, want string }{
			{"clinic-contacts", "", "quarter", "at least 237; 2028-Q1 150; 2028-Q2 at least 48; 2028-Q3 39"},
			{"clinic-contacts", "", "area", "at least 237; hill at least 57; quay at least 180"},
			{"clinic-contacts", "hill", "country", "at least 57; KH at least 57"},
			{"clinic-contacts", "nowhere", "year", "no case"},
			{"days-without-access", "", "causes", "10 days; owner/police_operation 10 days"},
			{"clinic-after-operations", "", "area", "0.5 times as many; quay 0.5 times as many; beside 0.9 times as many"},
		} {
			if got := show(tt.name, tt.area, tt.by); got != tt.want {
				t.Errorf("%s of %q by %s: %s, want %s", tt.name, tt.area, tt.by, got, tt.want)
			}
		}

		cases, err := s.FigureCases(ctx, coordinator, "clinic-contacts", store.Filter{Limit: 3}, "unknown")
		s.must(err)
		if len(cases.Cases) != 2 || cases.Cases[0].Area == nil || cases.Cases[0].At.String() != "2028-04" {
			t.Errorf("months nobody told: %+v", cases.Cases)
		}
		seen := map[string]bool{}
		for f := (store.Filter{Limit: 5}); ; {
			page, err := s.FigureCases(ctx, coordinator, "clinic-contacts", f, "")
			s.must(err)
			for _, c := range page.Cases {
				seen[string(c.Area.ID)+c.At.String()] = true
			}
			if f.After = page.Next; page.Next == "" {
				break
			}
		}
		if len(seen) != 14 {
			t.Errorf("%d months in the list, want 14", len(seen))
		}
		if _, err := s.FigureCases(ctx, coordinator, "clinic-contacts", store.Filter{After: "x"}, ""); plumbline.ProblemsOf(err) == nil {
			t.Errorf("a page that is none: %v", err)
		}
		if cases, err = s.FigureCases(ctx, coordinator, "clinic-after-operations", store.Filter{}, ""); err != nil || len(cases.Cases) != 1 || cases.Cases[0].Operation.ID != "raid" {
			t.Errorf("operations behind: %+v, %v", cases, err)
		}
		if _, err := s.FigureTable(ctx, coordinator, "clinic-contacts", store.Filter{}, "kind"); plumbline.ProblemsOf(err) == nil {
			t.Error("contacts by kind of operation are not refused")
		}

		for _, role := range plumbline.Role("").Values() {
			actor := plumbline.Actor{User: "somebody", Role: plumbline.Role(role)}
			list, _, err := s.Figures(ctx, actor, store.Filter{})
			if err != nil {
				continue // who may see no operation
			}
			listed := false
			for _, f := range list {
				listed = listed || f.Definition.OfAreas()
			}
			_, err = s.FigureTable(ctx, actor, "clinic-contacts", store.Filter{})
			if may := plumbline.May(actor, plumbline.SeeAreas, plumbline.Stranger); may != listed || may != (err == nil) {
				t.Errorf("%s may see areas: %v; figures of them are listed: %v, told: %v", role, may, listed, err)
			}
		}
		s.clean()
	})
}

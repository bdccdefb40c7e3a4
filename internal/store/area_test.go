package store_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

func onArea(id plumbline.ID, changes ...store.Change) store.Batch {
	return store.Batch{Subject: store.Subject{Kind: plumbline.KindArea, ID: id}, Changes: changes}
}

func (s *site) area(a *plumbline.Area) {
	s.t.Helper()
	s.house(worker.Organisation)
	a.Origin = cmp.Or(a.Origin, "site")
	s.must(s.Write(s.t.Context(), coordinator, onArea(a.ID, store.Change{Entry: a})))
}

// An area has the operations that name it as their place, by any of its names
// and in any case, and no other: not those of made-up places, nor of another
// country.
func TestAreaHasItsOperations(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.area(&plumbline.Area{Head: head("hill"), Name: "Hill"})
		s.area(&plumbline.Area{Head: head("quay"), Name: "Quay", Country: "KH", Called: []string{"The Docks"}, Compared: "hill"})
		for id, at := range map[plumbline.ID][3]string{"a": {"QUAY", "KH", "2028-02-02"}, "b": {"the docks", "", "2028-01-02"}, "c": {"Quay Street", "KH", "2028"}, "d": {"Quay", "TH", "2028"}, "e": {"Hill", "KH", "2028"}} {
			op := sighting(id)
			op.Place, op.Country, op.Began = at[0], at[1], when(at[2])
			s.must(s.Write(ctx, worker, batch(id, op)))
		}
		made := sighting("f")
		made.Place, made.Origin = "Quay", "fictional"
		s.must(s.Write(ctx, worker, batch("f", made)))
		a, err := s.Area(ctx, coordinator, "quay")
		s.must(err)
		var ids []string
		for _, o := range append(a.Operations, a.Compared.Operations...) {
			ids = append(ids, string(o.ID))
		}
		if got := strings.Join(ids, " "); got != "b a e" {
			t.Errorf("operations at the quay and on the hill: %s, want b a e", got)
		}
		s.clean()
	})
}

// What an entry of an area names is there, and comes from where the area does.
func TestAreaRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.area(&plumbline.Area{Head: head("quay"), Name: "Quay"})
		s.area(&plumbline.Area{Head: head("made-up"), Name: "Quay", Origin: "fictional"})
		made := sighting("op-made-up")
		made.Origin = "fictional"
		s.must(s.Write(ctx, worker, batch(made.ID, made)))
		own := plumbline.Told{Organisation: worker.Organisation, From: when("2028-01")}
		for what, tt := range map[string]struct {
			e    plumbline.Entry
			want string
		}{
			"no operation":        {&plumbline.AccessLoss{Head: head("l"), Told: own, Operation: "nowhere"}, "access_losses[0].operation problem.unknown_operation"},
			"a made-up operation": {&plumbline.AccessLoss{Head: head("l"), Told: own, Operation: "op-made-up"}, "access_losses[0].operation problem.other_origin"},
			"no area":             {&plumbline.MovementNote{Head: head("m"), Told: own, Way: "left", To: "nowhere"}, "moves[0].other_area problem.unknown_area"},
			"a made-up area":      {&plumbline.MovementNote{Head: head("m"), Told: own, Way: "left", To: "made-up"}, "moves[0].other_area problem.other_origin"},
			"no organisation":     {&plumbline.Trust{Head: head("t"), Told: own, Trusted: "nobody", Chooser: "migrants"}, "trust[0].trusted problem.unknown_organisation"},
		} {
			ps := plumbline.ProblemsOf(s.Write(ctx, worker, onArea("quay", store.Change{Entry: tt.e})))
			if len(ps) != 1 || ps[0].Field+" "+ps[0].Key != tt.want {
				t.Errorf("%s: %v, want %s", what, ps, tt.want)
			}
		}
		s.clean()
	})
}

// A file that is brought twice changes nothing the second time, corrects the
// own numbers and nobody else's, and comes in whole or not at all.
func TestBringContacts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.area(&plumbline.Area{Head: head("quay"), Name: "Quay"})
		other := worker
		other.User, other.Organisation = "other", s.house("org-mobile-clinic")
		s.must(s.PutActor(ctx, keeper, other))
		bring := func(a plumbline.Actor, text string) (store.Brought, error) {
			t.Helper()
			list, err := exchange.ReadContacts(strings.NewReader("month,service,contacts\n" + text))
			s.must(err)
			return s.BringContacts(ctx, a, "quay", list, "Brought in again")
		}
		typed := &plumbline.Contacts{Head: head("typed"), Told: plumbline.Told{Organisation: worker.Organisation, From: when("2028-01")}, Service: "clinic", Contacts: plumbline.Exactly(40)}
		typed.Note = "By hand"
		s.must(s.Write(ctx, worker, onArea("quay", store.Change{Entry: typed})))
		for _, tt := range []struct {
			by   plumbline.Actor
			text string
			want store.Brought
		}{
			{worker, "2028-01,clinic,40\n2028-02,clinic,31\n", store.Brought{New: 1, Same: 1}},
			{worker, "2028-01,clinic,40\n2028-02,clinic,31\n", store.Brought{Same: 2}},
			{other, "2028-01,clinic,7\n2028-02,clinic,0\n", store.Brought{New: 2}},
			{worker, "2028-01,clinic,41\n2028-02,clinic,\n2028-02,outreach,5\n", store.Brought{New: 1, Corrected: 2}},
		} {
			if got, err := bring(tt.by, tt.text); err != nil || got != tt.want {
				t.Errorf("%q: %+v, %v, want %+v", tt.text, got, err, tt.want)
			}
		}
		a, err := s.Area(ctx, coordinator, "quay")
		s.must(err)
		var got []string
		for _, c := range a.Record.Contacts {
			got = append(got, fmt.Sprintf("%s %s %s %s%s", c.Organisation, c.From, c.Service, c.Contacts, c.Note))
		}
		want := fmt.Sprintf("[%[1]s 2028-01 clinic 41By hand %[1]s 2028-02 clinic not known %[2]s 2028-01 clinic 7 %[2]s 2028-02 clinic 0 %[1]s 2028-02 outreach 5]", worker.Organisation, other.Organisation)
		if fmt.Sprint(got) != want {
			t.Errorf("got  %v\nwant %s", got, want)
		}
		if _, err := bring(worker, "2028-03,clinic,5\n2028-01,clinic,6\n2028-01,outreach,5\n"); err != nil {
			t.Error(err)
		}
		over := []*plumbline.Contacts{{Told: plumbline.Told{From: when("2028-04")}, Service: "clinic"}, {Told: plumbline.Told{From: when("2028-05")}, Service: "clinic", Contacts: plumbline.Exactly(1), New: plumbline.Exactly(2)}}
		if _, err := s.BringContacts(ctx, worker, "quay", over, ""); !errors.Is(err, plumbline.ErrInvalid) {
			t.Errorf("more new than all: %v", err)
		}
		if after, err := s.Area(ctx, coordinator, "quay"); err != nil || len(after.Record.Contacts) != 7 {
			t.Errorf("half of a file came in: %d, %v", len(after.Record.Contacts), err)
		}
		s.clean()
	})
}

// house puts an organisation on record, if it is not there.
func (s *site) house(id plumbline.ID) plumbline.ID {
	s.t.Helper()
	if _, err := s.Organisation(s.t.Context(), keeper, id); err != nil {
		s.must(s.Write(s.t.Context(), keeper, store.Batch{Subject: store.Subject{Kind: plumbline.KindOrganisation, ID: id}, Changes: []store.Change{
			{Entry: &plumbline.Organisation{Head: head(id), Name: "House", Kind: "health_service", Origin: "site"}}}}))
	}
	return id
}

// A series has a row for every month and area; a month nobody told of, or that
// not everybody told of, has no value, and nought is one.
func TestAreaSeries(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.area(&plumbline.Area{Head: head("hill"), Name: "Hill"})
		s.area(&plumbline.Area{Head: head("quay"), Name: "Quay", Compared: "hill"})
		other := worker
		other.User, other.Organisation = "other", s.house("org-mobile-clinic")
		s.must(s.PutActor(ctx, keeper, other))
		for _, c := range []struct {
			by   plumbline.Actor
			area plumbline.ID
			text string
		}{
			{worker, "quay", "2027-11,clinic,40\n2027-12,clinic,31\n2028-02,clinic,0\n2028-02,outreach,9\n"}, {other, "quay", "2027-11,clinic,5\n2028-02,clinic,~4\n"}, {worker, "hill", "2027-11,clinic,20\n2028-01,clinic,21\n2028-03,clinic,22+\n"},
		} {
			list, err := exchange.ReadContacts(strings.NewReader("month,service,contacts\n" + c.text))
			s.must(err)
			_, err = s.BringContacts(ctx, c.by, c.area, list, "")
			s.must(err)
		}
		op := sighting("a")
		op.Place, op.Began = "quay", when("2028-01-20")
		s.must(s.Write(ctx, worker, batch("a", op)))
		got, err := s.AreaSeries(ctx, coordinator, store.AreaAsk{Area: "quay", Service: "clinic"})
		s.must(err)
		want := "month,time,comparison,contacts,least,staff_hours,operations,event\n" +
			"2027-11,1,0,45,45,,0,0\n2027-12,2,0,,31,,0,0\n2028-01,3,0,,,,1,1\n2028-02,4,0,4,1,,0,1\n2028-03,5,0,,,,0,1\n" +
			"2027-11,1,1,20,20,,0,0\n2027-12,2,1,,,,0,0\n2028-01,3,1,21,21,,0,1\n2028-02,4,1,,,,0,1\n2028-03,5,1,,22,,0,1\n"
		if string(got.CSV) != want || got.Gaps != 4 || got.Partial != 2 || got.Operations != 1 || got.Compared != "Hill" || got.Event != "2028-01" {
			t.Errorf("got %+v\n%s\nwant\n%s", got, got.CSV, want)
		}
		for _, ask := range []store.AreaAsk{{Area: "quay", Service: "legal"}, {Area: "quay", Service: "clinic", Event: "2027-11"}, {Area: "quay", Service: "clinic", Event: "2028-04"}, {Area: "quay", Service: "clinic", Event: "soon"}} {
			if _, err := s.AreaSeries(ctx, coordinator, ask); !errors.Is(err, plumbline.ErrInvalid) {
				t.Errorf("%+v: %v", ask, err)
			}
		}
	})
}

// Areas are in no file of operations, and come back from a backup whole, on
// either engine.
func TestAreaComesBack(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.area(&plumbline.Area{Head: head("quay"), Name: "Quay"})
		s.must(s.Write(ctx, worker, onArea("quay", store.Change{Entry: &plumbline.ViolenceReports{Head: head("v"), Told: plumbline.Told{Organisation: worker.Organisation}, Source: "police", Reports: plumbline.Exactly(2)}})))
		var backup bytes.Buffer
		_, err := s.Backup(ctx, &backup, nil)
		s.must(err)
		other := &site{t: t, clock: s.clock, address: engines[map[string]string{"sqlite": "postgres", "postgres": "sqlite"}[s.Engine()]](t)}
		_, err = store.Restore(ctx, store.Options{Address: other.address, Now: s.clock.Now, Secret: secret}, &backup, store.Restoration{})
		s.must(err)
		db := other.again()
		a, err := db.Area(ctx, worker, "quay")
		if err != nil || len(a.Record.Violence) != 1 || a.Record.Violence[0].Reports != plumbline.Exactly(2) {
			t.Errorf("the area is %+v, %v", a, err)
		}
		if faults, _, _, err := db.Inspect(ctx); err != nil || len(faults) > 0 {
			t.Errorf("after the restore: %v, %v", faults, err)
		}
	})
}

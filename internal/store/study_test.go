package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

// studied makes a site with one study of the analyst's, a file and an answered
// run.
func (s *site) studied() plumbline.Actor {
	s.t.Helper()
	analyst := plumbline.Actor{User: "analyst", Name: "Analyst", Role: plumbline.Analyst, Organisation: "org-university"}
	s.must(s.Write(s.t.Context(), keeper, store.Batch{Subject: store.Subject{Kind: plumbline.KindOrganisation, ID: analyst.Organisation}, Changes: []store.Change{
		{Entry: &plumbline.Organisation{Head: head(analyst.Organisation), Name: "University", Kind: "research", Origin: "site"}}}}))
	s.must(s.PutActor(s.t.Context(), keeper, analyst))
	s.must(s.Write(s.t.Context(), analyst, store.Batch{Subject: aStudy, Changes: []store.Change{{Entry: &plumbline.Study{Head: head("lists"), Title: "Lists", Origin: "site",
		Organisation: analyst.Organisation, Definition: "On a list", Population: "All", Place: "Here"}}}}))
	s.must(s.KeepData(s.t.Context(), analyst, "lists", plumbline.StudyData{Head: head("file"), Name: "lists.csv"}, []byte(lists3)))
	s.must(s.AskStudy(s.t.Context(), analyst, "lists", question("run")))
	j, err := s.TakeJob(s.t.Context(), "server", 0)
	s.must(err)
	v := 12.5
	s.must(s.EndJob(s.t.Context(), j, store.JobEnd{State: "done", Result: &store.StudyAnswer{Reply: plumbline.StudyReply{Estimate: &v}, Result: []byte(`{"estimate":12.5}`), Sheet: []byte("{}")}}))
	return analyst
}

var aStudy = store.Subject{Kind: plumbline.KindStudy, ID: "lists"}

// What is asked of data that are not there, or twice under one id with another
// question, is refused; so are a second file under one id and a study in
// another's name.
func TestStudyRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		a, ctx := s.studied(), t.Context()
		other := question("run")
		other.Options = []string{"--method=main"}
		nowhere := question("new")
		nowhere.Data = []plumbline.ID{"nowhere"}
		taken := plumbline.Study{Head: head("lists"), Title: "Lists", Origin: "site", Organisation: "org-elsewhere", Definition: "D", Population: "P", Place: "H"}
		for what, tt := range map[string]struct {
			err  error
			want error
		}{
			"another question under one id": {s.AskStudy(ctx, a, "lists", other), plumbline.ErrInvalid},
			"data that are not there":       {s.AskStudy(ctx, a, "lists", nowhere), plumbline.ErrInvalid},
			"no data":                       {s.AskStudy(ctx, a, "lists", plumbline.StudyRun{Head: head("new"), Verb: "capture"}), plumbline.ErrInvalid},
			"another file under one id":     {s.KeepData(ctx, a, "lists", plumbline.StudyData{Head: head("file"), Name: "x.csv"}, []byte("a\n1\n")), plumbline.ErrInvalid},
			"a file that is no table":       {s.KeepData(ctx, a, "lists", plumbline.StudyData{Head: head("x"), Name: "x.csv"}, []byte("a,a\n1,2\n")), plumbline.ErrInvalid},
			"names":                         {s.KeepData(ctx, a, "lists", plumbline.StudyData{Head: head("x"), Name: "x.csv"}, []byte("telephone,n\n+855 12 345 678,2\n")), plumbline.ErrInvalid},
			"a run that has ended":          {s.CancelRun(ctx, a, "lists", "run"), plumbline.ErrConflict},
			"to another's organisation":     {s.Write(ctx, a, store.Batch{Subject: aStudy, Reason: "Because", Changes: []store.Change{{Entry: &taken, Version: 1}}}), plumbline.ErrForbidden},
			"an end before its beginning": {s.Write(ctx, a, store.Batch{Subject: aStudy, Reason: "Because", Changes: []store.Change{{Version: 1, Entry: &plumbline.Study{Head: head("lists"), Title: "Lists", Origin: "site",
				Organisation: a.Organisation, Definition: "D", Population: "P", Place: "H", From: when("2027"), Until: when("2026")}}}}), plumbline.ErrInvalid},
		} {
			if !errors.Is(tt.err, tt.want) {
				t.Errorf("%s: %v, want %v", what, tt.err, tt.want)
			}
		}
		s.must(s.AskStudy(ctx, a, "lists", question("run"))) // sent again
		s.must(s.KeepData(ctx, a, "lists", plumbline.StudyData{Head: head("file"), Name: "lists.csv"}, []byte(lists3)))
		_, body, err := s.Data(ctx, a, "lists", "file")
		if err != nil || string(body) != lists3 {
			t.Errorf("the file is %q, %v", body, err)
		}
		s.clean()
	})
}

// A file or a result that was changed behind the store's back is named, and so
// is an answer that was never given.
// What stands beside a study's words is kept with versions, and whether the words
// were fixed follows from when they were written.
func TestStudyCard(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		a, ctx := s.studied(), t.Context()
		put := func(reason string, version int64, e plumbline.Entry) error {
			return s.Write(ctx, a, store.Batch{Subject: aStudy, Reason: reason, Changes: []store.Change{{Entry: e, Version: version}}})
		}
		s.must(put("", 0, &plumbline.StudyGroup{Head: head("g"), Who: "Officers", Number: plumbline.Between(0, 5)}))
		s.must(put("Miscounted", 1, &plumbline.StudyGroup{Head: head("g"), Who: "Officers", Number: plumbline.Between(0, 6)}))
		s.must(put("", 0, &plumbline.SurveyReferral{Head: head("r"), Month: when("2026-03"), People: plumbline.Exactly(1)}))
		s.refused("a day", plumbline.ErrInvalid, func() error {
			return put("", 0, &plumbline.SurveyReferral{Head: head("r2"), Month: when("2026-03-05"), People: plumbline.Exactly(1)})
		}, "referrals[1].month")
		s.refused("a run by hand", plumbline.ErrForbidden, func() error { run := question("by-hand"); return put("", 0, &run) })
		study, err := s.Study(ctx, a, "lists")
		s.must(err)
		if n, _ := study.Size().Max(); n != 6 || study.Version("g") != 2 || study.Referred() != plumbline.Exactly(1) {
			t.Errorf("size %v, version %d, referred %v", study.Size(), study.Version("g"), study.Referred())
		}
		fixing, err := s.Fixing(ctx, a, "lists")
		s.must(err)
		if fixing.File != plumbline.Yes || fixing.Fieldwork != plumbline.Unknown {
			t.Errorf("before the words changed: %+v", fixing)
		}
		s.clock.Set(s.clock.Now().Add(time.Hour))
		after := study.StudyRecord.Study
		after.Definition = "On two lists"
		s.must(put("It was two", 1, &after))
		if fixing, err = s.Fixing(ctx, a, "lists"); err != nil || fixing.File != plumbline.No {
			t.Errorf("after they changed: %+v, %v", fixing, err)
		}
	})
}

func TestStudyTampering(t *testing.T) {
	for what, tt := range map[string]struct{ statement, want string }{
		"another file":   {"UPDATE study_file SET body = x'00'", "is not the file that was brought in"},
		"no file":        {"DELETE FROM study_file", "is not the file that was brought in"},
		"another result": {"UPDATE study_answer SET result = x'1f8b08000000000000ff030000000000000000'", "does not have the result that was computed"},
		"no result":      {"DELETE FROM study_answer", "does not have the result that was computed"},
		"another answer": {`UPDATE revision SET body = REPLACE(body, '12.5', '2.5') WHERE kind = 'study_run'`, "was changed after it was written"},
	} {
		t.Run(what, func(t *testing.T) {
			s := open(t, engines["sqlite"](t))
			s.studied()
			s.clean()
			s.must(s.Exec(t.Context(), tt.statement))
			faults, _, _, err := s.Inspect(t.Context())
			s.must(err)
			if !strings.Contains(fmt.Sprint(faults), tt.want) {
				t.Errorf("faults: %v, want one that %s", faults, tt.want)
			}
		})
	}
}

// A study comes back from a backup whole, on either engine, and a run that
// waited is answered there.
func TestStudyComesBack(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		a := s.studied()
		s.must(s.AskStudy(t.Context(), a, "lists", question("waits")))
		var backup bytes.Buffer
		_, err := s.Backup(t.Context(), &backup, nil)
		s.must(err)
		other := &site{t: t, clock: s.clock, address: engines[map[string]string{"sqlite": "postgres", "postgres": "sqlite"}[s.Engine()]](t)}
		_, err = store.Restore(t.Context(), store.Options{Address: other.address, Now: s.clock.Now, Secret: secret}, &backup, store.Restoration{})
		s.must(err)
		db := other.again()
		result, err := db.RunResult(t.Context(), a, "lists", "run")
		if err != nil || string(result) != `{"estimate":12.5}` {
			t.Errorf("the result is %q, %v", result, err)
		}
		j, err := db.TakeJob(t.Context(), "server", 0)
		if err != nil || j == nil || j.ID != "waits" {
			t.Errorf("the run that waited: %v, %v", j, err)
		}
		if faults, _, _, err := db.Inspect(t.Context()); err != nil || len(faults) > 0 {
			t.Errorf("after the restore: %v, %v", faults, err)
		}
	})
}

// A month without operations is nought where the record covers it, and is not
// there where it does not; what is not dated to the month, or stands for
// several, is told and not counted.
func TestMonthlySeries(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		for id, began := range map[plumbline.ID]string{"a": "2027-11", "b": "2027-11-30T23:30-05:00", "c": "2028-01-05", "d": "2027", "e": "2027-12/2028-01", "f": "2028-02-03~", "g": "2028-02"} {
			op := sighting(id)
			op.Began = when(began)
			switch id {
			case "b":
				op.HeadCount = plumbline.AtLeast(3)
			case "c":
				op.HeadCount, op.Country = plumbline.Count{}, "TH"
			case "g":
				op.Country = "TH"
			}
			s.must(s.Write(ctx, worker, batch(id, op)))
		}
		got, err := s.MonthlySeries(ctx, worker, store.SeriesAsk{Origin: "site", Country: "KH", Event: "2028-01"})
		s.must(err)
		want := "month,time,operations,people_met,children_met,accused,removed,not_counted,event\n" +
			"2027-11,1,2,11,0,0,0,0,0\n2027-12,2,0,0,0,0,0,0,0\n2028-01,3,0,0,0,0,0,0,1\n2028-02,4,0,0,0,0,0,0,1\n"
		if string(got.CSV) != want || got.Operations != 2 || got.Undated != 3 || got.Least != 1 || got.NotCounted != 0 {
			t.Errorf("of Cambodia: %+v\n%s\nwant\n%s", got, got.CSV, want)
		}
		all, err := s.MonthlySeries(ctx, worker, store.SeriesAsk{Origin: "site"})
		s.must(err)
		if all.Operations != 4 || all.NotCounted != 1 || all.Months != 4 || !strings.Contains(string(all.CSV), "2028-01,3,1,0,0,0,0,1\n") {
			t.Errorf("of all: %+v\n%s", all, all.CSV)
		}
		for _, event := range []string{"2027-11", "2028-03", "soon"} {
			if _, err := s.MonthlySeries(ctx, worker, store.SeriesAsk{Origin: "site", Event: event}); !errors.Is(err, plumbline.ErrInvalid) {
				t.Errorf("an event in %s: %v", event, err)
			}
		}
		if _, err := s.MonthlySeries(ctx, worker, store.SeriesAsk{Origin: "fictional"}); !errors.Is(err, plumbline.ErrInvalid) {
			t.Errorf("of nothing: %v", err)
		}
	})
}

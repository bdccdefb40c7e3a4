package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline"
	"plumbline/internal/rig"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// list returns the ids that a filter finds, in order.
func (s *site) list(a plumbline.Actor, f store.Filter) (ids []plumbline.ID) {
	s.t.Helper()
	p, err := s.Operations(s.t.Context(), a, withLimit(f, 500))
	s.must(err)
	for _, o := range p.Operations {
		ids = append(ids, o.ID)
	}
	return ids
}

func TestFilters(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.users()
		orgs, units, _ := rig.Coalition(aDay, 1)
		op := func(id plumbline.ID, f func(*plumbline.Record)) *plumbline.Record {
			r := &plumbline.Record{Operation: *sighting(id), Presences: []*plumbline.Presence{group("g", plumbline.Exactly(8))}}
			r.Operation.Title, r.Operation.Place, r.Operation.Country = string(id), "", ""
			f(r)
			return r
		}
		_, err := s.Import(t.Context(), coordinator, store.Bundle{Organisations: orgs, Units: units, Operations: []*plumbline.Record{
			op("plain", func(r *plumbline.Record) { r.Operation.Title = "The PIER, 100% told" }),
			op("arabic", func(r *plumbline.Record) {
				r.Operation.Title, r.Operation.Country = "عملية الميناء ﻻ", "EG"
			}),
			op("khmer", func(r *plumbline.Record) { r.Operation.Place, r.Operation.Country = "ភ្នំពេញ", "KH" }),
			op("turkish", func(r *plumbline.Record) { r.Operation.Title = "STRASSE, ＷＩＤＥ, Ǆ" }),
			op("marks", func(r *plumbline.Record) { r.Operation.Title = `a_b\c "quoted"` }),
			op("unit", func(r *plumbline.Record) { r.Operation.Unit = protection }),
			op("sweep", func(r *plumbline.Record) {
				r.Operation.Criteria = plumbline.Criteria{Aim: "order", Questioned: "everyone", Police: "yes", NamedTarget: "no", Entered: "no"}
			}),
			op("made-up", func(r *plumbline.Record) { r.Operation.Origin = "fictional" }),
			op("old", func(r *plumbline.Record) { r.Operation.Began = when("2003-05"); r.Movements = nil }),
			op("undated", func(r *plumbline.Record) { r.Operation.Began = plumbline.When{} }),
			op("with", func(r *plumbline.Record) {
				r.Attendance = []*plumbline.Attendance{{Head: head("at"), Role: "social_worker", Present: "yes", Mode: "on_scene", Arrived: when("2028-02-28T21:00Z")}}
			}),
			op("free", func(r *plumbline.Record) { r.Movements = []*plumbline.Movement{moved("m", "g", "returned_home")} }),
		}}, false, nil)
		s.must(err)
		all := s.list(coordinator, store.Filter{})
		if len(all) != 12 {
			t.Fatalf("got %v", all)
		}
		summaries, err := s.Summaries(t.Context(), coordinator, store.Filter{})
		s.must(err)
		by := map[plumbline.ID]store.Summary{}
		for _, sum := range summaries {
			by[sum.ID] = sum
		}
		year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
		for _, c := range []struct {
			f    store.Filter
			want string
		}{
			{store.Filter{Text: "pier"}, "plain"},
			{store.Filter{Text: "100%"}, "plain"},
			{store.Filter{Text: "%"}, "plain"},
			{store.Filter{Text: "_"}, "marks"},
			{store.Filter{Text: `\`}, "marks"},
			{store.Filter{Text: `"quoted"`}, "marks"},
			{store.Filter{Text: "a_b"}, "marks"},
			{store.Filter{Text: "axb"}, ""},
			{store.Filter{Text: "' OR 1=1 --"}, ""},
			{store.Filter{Text: "الميناء"}, "arabic"},
			{store.Filter{Text: "لا"}, "arabic"}, // typed as two letters, kept as one
			{store.Filter{Text: "ពេញ"}, "khmer"},
			{store.Filter{Text: "straße"}, "turkish"},
			{store.Filter{Text: "wide"}, "turkish"},
			{store.Filter{Text: "dž"}, "turkish"},
			{store.Filter{Text: "kh"}, "khmer"},
			{store.Filter{Text: "\x00"}, ""},
			{store.Filter{Text: "\xff"}, ""},
			{store.Filter{Country: "\x00"}, ""},
			{store.Filter{Rule: "\xff", Protocol: "x", Result: "y"}, ""},
			{store.Filter{Text: strings.Repeat("long", 20_000)}, ""},
			{store.Filter{Country: "EG"}, "arabic"},
			{store.Filter{Country: "eg"}, ""},
			{store.Filter{Unit: protection}, "unit"},
			{store.Filter{Kind: by["sweep"].Kind}, "sweep"},
			{store.Filter{Origin: "fictional"}, "made-up"},
			{store.Filter{From: year(2003), Until: year(2004)}, "old"},
			{store.Filter{Until: year(2004)}, "old"},
			{store.Filter{From: year(2029)}, ""},
			{store.Filter{Accompanied: "yes"}, "with"},
			{store.Filter{Text: "pier", Country: "EG"}, ""},
		} {
			if got := fmt.Sprint(s.list(coordinator, c.f)); got != "["+c.want+"]" {
				t.Errorf("%+v: got %v, want [%s]", c.f, got, c.want)
			}
		}
		if k := by["sweep"].Kind; k == "" || k == by["plain"].Kind {
			t.Errorf("the sweep is a %q", k)
		}
		missing := s.list(coordinator, store.Filter{Unaccounted: true})
		if slices.Contains(missing, "free") || len(missing) != 11 || missing[0] != "old" {
			t.Errorf("unaccounted: got %v", missing)
		}
		for _, p := range s.Protocols() {
			for _, result := range []protocol.Result{protocol.Kept, protocol.Broken, protocol.Unknown, protocol.NotApplicable} {
				for _, rule := range append([]*protocol.Rule{nil}, p.Rules...) {
					f := store.Filter{Protocol: p.Name, Result: string(result)}
					if rule != nil {
						f.Rule = rule.ID
					}
					var want []plumbline.ID
					for _, id := range all {
						report, err := s.Report(t.Context(), coordinator, id, p.Name)
						s.must(err)
						if slices.ContainsFunc(report.Findings, func(x protocol.Finding) bool { return x.Result == result && (rule == nil || x.Rule == rule.ID) }) {
							want = append(want, id)
						}
					}
					if got := s.list(coordinator, f); !slices.Equal(got, want) {
						t.Fatalf("%s %s %s: got %v, want %v", p.Name, f.Rule, result, got, want)
					}
				}
			}
		}
	})
}

// A walk through the pages meets everything once, whatever the dates.
func TestPagesLoseAndRepeatNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var b store.Bundle
		days := []string{"2028-02-01", "2028-02-01", "2028-02", "", "2003", "2028-02-01T10:00Z", "../2003-05"}
		for i := range 40 {
			r := &plumbline.Record{Operation: *sighting(plumbline.ID(fmt.Sprintf("op-%02d", (i*17)%40)))}
			r.Operation.Began = when(days[i%len(days)])
			b.Operations = append(b.Operations, r)
		}
		_, err := s.Import(t.Context(), coordinator, b, false, nil)
		s.must(err)
		for _, f := range []store.Filter{{}, {Unaccounted: true}, {Text: "ferry"}} {
			whole := s.list(coordinator, f)
			if len(whole) != 40 {
				t.Fatalf("got %d operations", len(whole))
			}
			for _, limit := range []int{1, 3, 7, 39, 40, 41} {
				var got []plumbline.ID
				f.Limit, f.After = limit, ""
				for {
					p, err := s.Operations(t.Context(), coordinator, f)
					s.must(err)
					for _, o := range p.Operations {
						got = append(got, o.ID)
					}
					if p.Totals.Operations != 40 {
						t.Fatalf("page %q: totals of %d", f.After, p.Totals.Operations)
					}
					if f.After = p.Next; f.After == "" {
						break
					}
				}
				if !slices.Equal(got, whole) {
					t.Errorf("%+v, %d a page: got %v, want %v", f, limit, got, whole)
				}
			}
		}
		for _, after := range []string{"x", "1", "1.", "1.A", "99999999999999999999.a", "1.a b", "1.a\x00"} {
			_, err := s.Operations(t.Context(), coordinator, store.Filter{After: after})
			want(t, err, plumbline.ErrNotFound)
		}
	})
}

// Totals carry bounds, count series without summing them, and say when
// made-up people are among them.
func TestTotals(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		write := func(id plumbline.ID, f func(*plumbline.Operation)) {
			op := sighting(id)
			f(op)
			s.must(s.Write(t.Context(), worker, batch(id, op)))
		}
		totals := func(f store.Filter) store.Totals {
			p, err := s.Operations(t.Context(), coordinator, f)
			s.must(err)
			return p.Totals
		}
		if got := totals(store.Filter{}); got != (store.Totals{Met: plumbline.Exactly(0), Unaccounted: plumbline.Exactly(0)}) {
			t.Errorf("of nothing: got %+v", got)
		}
		write("a", func(op *plumbline.Operation) {})
		write("a2", func(op *plumbline.Operation) {})
		write("b", func(op *plumbline.Operation) { op.HeadCount = plumbline.AtLeast(7) })
		if got := totals(store.Filter{}); got.Operations != 3 || got.Met != plumbline.AtLeast(23) || got.NotCounted != 0 || got.Mixed || got.Unaccounted != plumbline.AtLeast(23) {
			t.Errorf("got %+v", got)
		}
		write("c", func(op *plumbline.Operation) { op.HeadCount = plumbline.Count{} })
		write("d", func(op *plumbline.Operation) {
			op.Covers, op.HeadCount = plumbline.AtLeast(2), plumbline.Exactly(1000)
		})
		if got := totals(store.Filter{}); got.Operations != 4 || got.Series != 1 || got.Met != plumbline.AtLeast(23) || got.NotCounted != 1 {
			t.Errorf("got %+v", got)
		}
		if got := totals(store.Filter{Text: "nothing like it"}); got.Operations != 0 {
			t.Errorf("got %+v", got)
		}
		write("e", func(op *plumbline.Operation) { op.Origin = "fictional" })
		if got := totals(store.Filter{}); !got.Mixed {
			t.Errorf("got %+v, want mixed", got)
		}
		if got := totals(store.Filter{Origin: "fictional"}); got.Mixed || got.Operations != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

// People stand in the list of the unaccounted when their time has run out,
// without anybody writing anything.
func TestTimeMovesPeopleToUnaccounted(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.first("a")
		began := time.Date(2028, 2, 28, 21, 0, 0, 0, time.UTC)
		s.clock.Set(began.Add(time.Hour))
		s.must(s.Write(t.Context(), worker, batch("b", sighting("b"), group("g", plumbline.Exactly(8)))))
		check := func(at time.Duration, want plumbline.Count) {
			t.Helper()
			s.clock.Set(began.Add(at))
			list, err := s.Summaries(t.Context(), worker, store.Filter{Text: "ferry"})
			s.must(err)
			i := slices.IndexFunc(list, func(o store.Summary) bool { return o.ID == "b" })
			if got := list[i].Unaccounted; got != want {
				t.Errorf("after %v: got %v, want %v", at, got, want)
			}
			if got, missing := s.list(worker, store.Filter{Unaccounted: true}), want.Min() > 0; slices.Contains(got, "b") != missing {
				t.Errorf("after %v: unaccounted are %v", at, got)
			}
		}
		check(time.Hour, plumbline.Exactly(0))
		check(12*time.Hour, plumbline.Exactly(0))
		check(12*time.Hour+time.Second, plumbline.Exactly(8))
		s.clean()
	})
}

// A rule with a clock is broken at the moment when its time is over, in every
// list.
func TestTimeBreaksRules(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		start := time.Date(2028, 2, 28, 21, 0, 0, 0, time.UTC)
		s.clock.Set(start.Add(time.Hour))
		home := moved("m", "g", "returned_home")
		home.From = when("2028-02-28T21:30Z")
		s.must(s.Write(t.Context(), worker, batch("a", sighting("a"), group("g", plumbline.Exactly(8)), home,
			&plumbline.StepTaken{Head: head("s1"), Step: "rights_told", Done: "not_done"}, &plumbline.StepTaken{Head: head("s2"), Step: "consular_choice", Done: "not_done"})))
		var moments []time.Time
		results := map[string]protocol.Result{}
		broken := 0
		look := func() {
			for _, p := range s.Protocols() {
				report, err := s.Report(t.Context(), worker, "a", p.Name)
				s.must(err)
				scores, err := s.RuleScores(t.Context(), worker, p.Name, store.Filter{})
				s.must(err)
				for _, f := range report.Findings {
					if scores[f.Rule][f.Result] != 1 {
						t.Fatalf("%v: %s %s: got %v, want %s", s.clock.Now(), p.Name, f.Rule, scores[f.Rule], f.Result)
					}
					if results[p.Name+f.Rule] == protocol.Unknown && f.Result == protocol.Broken {
						broken++
					}
					results[p.Name+f.Rule] = f.Result
					if f.NotYetDue {
						moments = append(moments, f.Due.Add(-time.Microsecond), f.Due)
					}
				}
			}
		}
		look()
		for day := range 40 {
			moments = append(moments, start.AddDate(0, 0, day))
		}
		all := slices.Compact(slices.SortedFunc(slices.Values(moments), time.Time.Compare))
		for _, at := range all {
			s.clock.Set(at)
			look()
		}
		if broken < 3 {
			t.Errorf("%d rules were broken by time: the test shows nothing", broken)
		}
	})
}

// Whatever is written, and however time goes by, lists show what the records
// give: Inspect derives everything anew and compares.
func TestListsFollowAnySequenceOfWrites(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.users()
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			id := plumbline.ID(fmt.Sprint("op-", n))
			began := rapid.SampledFrom([]string{"", "2028-02-28T21:00Z", "2028-02", "2027~", "../2028-01", "2028-03-02", "2028-02-20/2028-02-22"}).Draw(rt, "began")
			op := sighting(id)
			op.Began = when(began)
			s.must(s.Write(t.Context(), worker, batch(id, op)))
			states := []plumbline.State{"held", "free_to_go", "questioned", "escorted", "placed", "hospital", "unknown", "returned_home"}
			for i := range rapid.IntRange(1, 8).Draw(rt, "writes") {
				o, err := s.Operation(t.Context(), worker, id)
				s.must(err)
				var b store.Batch
				switch e := plumbline.ID(fmt.Sprint("e-", i)); rapid.IntRange(0, 5).Draw(rt, "what") {
				case 0:
					b = batch(id, group(e, rapid.SampledFrom([]plumbline.Count{plumbline.Exactly(1), plumbline.AtLeast(2), {}, plumbline.Between(1, 2)}).Draw(rt, "count")))
				case 1:
					m := moved(e, "none", rapid.SampledFrom(states).Draw(rt, "state"))
					if len(o.Presences) > 0 {
						m.Presence = o.Presences[0].ID
					}
					m.From = when(rapid.SampledFrom([]string{"", "2028-02-28T23:00Z", "2028-03-04", "2028-03"}).Draw(rt, "from"))
					m.Until = when(rapid.SampledFrom([]string{"", "2028-03-10", "2028-04"}).Draw(rt, "until"))
					b = batch(id, m)
				case 2:
					now := o.Operation
					now.HeadCount = rapid.SampledFrom([]plumbline.Count{plumbline.Exactly(8), plumbline.AtLeast(3), {}, plumbline.Exactly(30)}).Draw(rt, "head")
					now.Title += "!"
					b = store.Batch{Subject: on(id), Reason: "Counted again", Changes: []store.Change{{Entry: &now, Version: o.Version(id)}}}
				case 3:
					b = batch(id, &plumbline.Attendance{Head: head(e), Role: "lawyer", Present: "yes", Arrived: when("2028-03-01")})
				case 4:
					b = batch(id, &plumbline.Account{Head: head(e), Teller: "Lime House", Organisation: worker.Organisation, Points: []plumbline.Point{{Topic: "people_met", Text: "Eight."}}})
				default:
					s.clock.Set(s.clock.Now().Add(time.Duration(rapid.IntRange(1, 2000).Draw(rt, "hours")) * time.Hour))
					continue
				}
				// What cannot be is refused, and changes no list.
				if err := s.Write(t.Context(), worker, b); err != nil && len(plumbline.ProblemsOf(err)) == 0 {
					rt.Fatal(err)
				}
				if rapid.Bool().Draw(rt, "look") {
					_ = s.list(worker, store.Filter{})
				}
			}
			if n%10 == 0 {
				if faults, _, _, err := s.Inspect(t.Context()); err != nil || len(faults) > 0 {
					rt.Fatalf("%v, %v", faults, err)
				}
			}
		})
		// What Inspect passes over as due is fresh after a look.
		_ = s.list(worker, store.Filter{})
		rows, err := s.Rows(t.Context(), "SELECT COUNT(*) FROM operation WHERE changes_at <= $1", s.clock.Now().UnixMicro())
		s.must(err)
		if rows[0][0] != int64(0) {
			t.Errorf("%v operations are due after a look", rows[0][0])
		}
		s.clean()
	})
}

// A site whose protocols have changed derives everything anew when it opens.
func TestNewProtocolsAreAppliedToAll(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		count := func(db *store.DB, name string) (n int) {
			scores, err := db.RuleScores(t.Context(), coordinator, name, store.Filter{})
			s.must(err)
			for _, c := range store.Sum(scores) {
				n += c
			}
			return n
		}
		before := s.state()
		same := s.again(s.Protocols()...)
		if s.state() != before {
			t.Error("opening with the same protocols changed something")
		}
		name := s.Protocols()[0].Name
		if count(same, name) == 0 {
			t.Fatal("there are no findings")
		}
		fewer := s.again(s.Protocols()[1:]...)
		if n := count(fewer, name); n != 0 {
			t.Errorf("without the protocol there are %d findings", n)
		}
		more := s.again(s.Protocols()...)
		if s.state() != before || count(more, name) == 0 {
			t.Error("with the protocol again, lists are not what they were")
		}
		s.clean()
	})
}

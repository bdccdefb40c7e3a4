package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/exchange"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

// attended is an operation of eight people of whom a child is placed at once,
// and of which it is told whether a social worker and an observer were there.
func attended(id plumbline.ID, began string, social, observer plumbline.Answer, change ...func(*plumbline.Record)) *plumbline.Record {
	r := &plumbline.Record{Operation: *sighting(id), Presences: []*plumbline.Presence{group("g", plumbline.Exactly(8))},
		Attendance: []*plumbline.Attendance{{Head: head("sw"), Role: "social_worker", Present: social, Mode: "on_scene"}, {Head: head("ob"), Role: "observer", Present: observer}}}
	r.Operation.Began = when(began)
	for _, c := range change {
		c(r)
	}
	return r
}

func (s *site) bring(records ...*plumbline.Record) {
	s.t.Helper()
	_, err := s.Import(s.t.Context(), coordinator, store.Bundle{Operations: records}, false, nil)
	s.must(err)
}

// told writes a figure as: value, least–most, cases, told.
func told(v *plumbline.FigureValue) string {
	f := func(x *float64) string {
		if x == nil {
			return "-"
		}
		return strings.TrimSuffix(fmt.Sprintf("%.1f", *x), ".0")
	}
	return fmt.Sprintf("%s %s–%s %d %d", f(v.Value), f(v.Low), f(v.High), v.Cases, v.Told)
}

func TestFigureTable(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		in := func(country string) func(*plumbline.Record) {
			return func(r *plumbline.Record) { r.Operation.Country = country }
		}
		s.bring(
			attended("a", "2027-03-01", "yes", "yes"), attended("b", "2027-11", "no", "no"), attended("c", "2028-01-05", "yes", "", in("TH")),
			attended("d", "2027", "", "yes"), attended("e", "2026/2027", "no", ""),
			attended("series", "2027", "yes", "yes", func(r *plumbline.Record) { r.Operation.Covers = plumbline.AtLeast(2) }),
			attended("public", "2027", "no", "no", func(r *plumbline.Record) { r.Operation.Origin = "public_record" }),
		)
		for _, c := range []struct {
			name  string
			by    string
			f     store.Filter
			all   string
			group []string
		}{
			// Of five, two were accompanied, two were not, and of one nobody has told.
			{"accompanied", "year", store.Filter{}, "50 40–60 5 4", []string{"not told: 0 0–0 1 1", "2027: 50 33.3–66.7 3 2", "2028: 100 100–100 1 1"}},
			{"accompanied", "month", store.Filter{}, "50 40–60 5 4", []string{"not told: 0 0–50 2 1", "2027-03: 100 100–100 1 1", "2027-11: 0 0–0 1 1", "2028-01: 100 100–100 1 1"}},
			{"accompanied", "quarter", store.Filter{From: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)}, "100 100–100 1 1", []string{"2028-Q1: 100 100–100 1 1"}},
			{"accompanied", "observer", store.Filter{}, "50 40–60 5 4", []string{"not told: 50 50–50 2 2", "no: 0 0–0 1 1", "yes: 100 50–100 2 1"}},
			{"accompanied", "country", store.Filter{}, "50 40–60 5 4", []string{"KH: 33.3 25–50 4 3", "TH: 100 100–100 1 1"}},
			{"accompanied", "country", store.Filter{Origin: "public_record"}, "0 0–0 1 1", []string{"KH: 0 0–0 1 1"}},
			{"people-met", "country", store.Filter{}, "40 40–40 5 5", []string{"KH: 32 32–32 4 4", "TH: 8 8–8 1 1"}},
			{"children-share", "country", store.Filter{Country: "TH"}, "- 0–100 1 0", []string{"TH: - 0–100 1 0"}},
		} {
			table, err := s.FigureTable(t.Context(), worker, c.name, c.f, c.by)
			s.must(err)
			var got []string
			for _, g := range table.Groups {
				key := g.Keys[0]
				if key == "" {
					key = "not told"
				}
				got = append(got, key+": "+told(g.FigureValue))
			}
			if told(table.All.FigureValue) != c.all || !slices.Equal(got, c.group) {
				t.Errorf("%s by %s, %+v:\ngot  %s %q\nwant %s %q", c.name, c.by, c.f, told(table.All.FigureValue), got, c.all, c.group)
			}
			if c.f == (store.Filter{}) && (table.Scope.Series != 1 || table.Scope.Published != 1 || table.Scope.Operations != 5) {
				t.Errorf("%s: counted over %+v", c.name, table.Scope)
			}
		}
		table, err := s.FigureTable(t.Context(), worker, "accompanied", store.Filter{})
		s.must(err)
		if want := []plumbline.Lacking{{Fact: "need.accompanied", Cases: 1}}; !slices.Equal(table.All.Missing, want) {
			t.Errorf("missing: got %v, want %v", table.All.Missing, want)
		}
		_, err = s.FigureTable(t.Context(), worker, "no-such", store.Filter{})
		want(t, err, plumbline.ErrNotFound)
		_, err = s.FigureTable(t.Context(), worker, "accompanied", store.Filter{}, "weather")
		want(t, err, plumbline.ErrInvalid, "by")
	})
}

func TestFigureCases(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.bring(attended("a", "2027-03-01", "yes", ""), attended("b", "2027-11", "no", ""), attended("c", "2028-01-05", "", ""), attended("d", "2028-01-06", "yes", ""))
		for answer, want := range map[string]string{"": "d c b a", "some": "d a", "none": "b", "unknown": "c"} {
			var got []string
			f := store.Filter{Limit: 1}
			for {
				p, err := s.FigureCases(t.Context(), worker, "accompanied", f, answer)
				s.must(err)
				if all := len(strings.Fields(want)); p.All != all {
					t.Errorf("%q: %d in all, want %d", answer, p.All, all)
				}
				for _, c := range p.Cases {
					got = append(got, string(c.Operation.ID))
				}
				if f.After = p.Next; f.After == "" {
					break
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q: got %v, want %s", answer, got, want)
			}
		}
		_, err := s.FigureCases(t.Context(), worker, "accompanied", store.Filter{}, "maybe")
		want(t, err, plumbline.ErrNotFound)
	})
}

// Who was classed by different versions of a rule is in different figures: the
// periods say which, and only figures that go by classes do.
func TestFiguresNameTheRuleForClasses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		classed := func(version string) func(*plumbline.Record) {
			return func(r *plumbline.Record) {
				r.Decisions = []*plumbline.Decision{{Head: head(r.Operation.ID + "-d"), Presence: "g", Class: "child", DecidedBy: "court", Definition: "the law", Version: version}}
			}
		}
		s.bring(attended("a", "2025", "yes", "", classed("1")), attended("b", "2026", "yes", "", classed("1")), attended("c", "2026", "yes", "", classed("2")),
			attended("d", "2027", "yes", "", classed("2")), attended("e", "2028-01", "yes", "", classed("")))
		table, err := s.FigureTable(t.Context(), worker, "children-met", store.Filter{}, "year")
		s.must(err)
		var got []string
		for _, g := range table.Groups {
			got = append(got, g.Keys[0]+" "+strings.Join(slices.Sorted(slices.Values(g.Rules)), ","))
		}
		if want := []string{"2025 the law (1)", "2026 the law (1),the law (2)", "2027 the law (2)", "2028 "}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if len(table.All.Rules) != 2 {
			t.Errorf("the total is by %q", table.All.Rules)
		}
		table, err = s.FigureTable(t.Context(), worker, "accompanied", store.Filter{}, "year")
		s.must(err)
		if len(table.All.Rules) > 0 {
			t.Errorf("a figure that asks for no class is by %q", table.All.Rules)
		}
	})
}

// Every figure of the coalition's demonstration is counted over what its
// readers see, the same from the list and by itself, and at least forty have a
// number.
func TestFiguresOfTheCoalition(t *testing.T) {
	s := open(t, engines["sqlite"](t))
	s.tell()
	for _, role := range []plumbline.Role{plumbline.Coordinator, plumbline.PoliceLiaison} {
		list, scope, err := s.Figures(t.Context(), user(role), store.Filter{})
		s.must(err)
		numbers := 0
		for _, f := range list {
			by := "unit"
			if f.Definition.OfAreas() {
				by = "area"
			}
			table, err := s.FigureTable(t.Context(), user(role), f.Definition.Name, store.Filter{}, by)
			s.must(err)
			if one, all := told(table.All.FigureValue), told(f.FigureValue); one != all {
				t.Errorf("%s: %s by itself, %s in the list", f.Definition.Name, one, all)
			}
			cases := 0
			for _, g := range table.Groups {
				cases += g.Cases
			}
			if cases != f.Cases {
				t.Errorf("%s: %d cases in groups, %d in all", f.Definition.Name, cases, f.Cases)
			}
			if f.Low != nil && !f.Open(f.Definition.Unit) || f.Value != nil {
				numbers++
			}
		}
		switch page, err := s.Operations(t.Context(), user(role), store.Filter{Origin: "fictional"}); {
		case err != nil:
			t.Fatal(err)
		case scope.Operations != page.Totals.Operations:
			t.Errorf("%s: counted over %d operations, who sees %d", role, scope.Operations, page.Totals.Operations)
		}
		if role == plumbline.Coordinator && numbers < 40 {
			t.Errorf("%d figures have a number", numbers)
		}
	}
}

// Who only looks, and derives nothing, is told what is true now.
func TestFiguresOfWhoOnlyLooks(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.bring(attended("a", aDay.Format("2006-01-02"), "yes", "", func(r *plumbline.Record) {
			r.Movements = []*plumbline.Movement{{Head: head("m"), Presence: "g", State: "held"}}
		}))
		looking, err := store.Open(t.Context(), store.Options{Address: s.address, Look: true, Now: s.clock.Now, Protocols: s.Protocols()})
		s.must(err)
		t.Cleanup(func() { s.must(looking.Close()) })
		for _, c := range []struct {
			days int
			want string
		}{{0, "- -–- 0 0"}, {2, "100 100–100 1 1"}} { // the first day is not over; after it they are all held
			s.clock.Set(aDay.AddDate(0, 0, c.days))
			table, err := looking.FigureTable(t.Context(), worker, "accounted-24h", store.Filter{})
			s.must(err)
			if got := told(table.All.FigureValue); got != c.want || table.Scope.Behind != 0 {
				t.Errorf("after %d days: got %s, %d behind, want %s", c.days, got, table.Scope.Behind, c.want)
			}
		}
	})
}

// A portion is read back as it was written, whatever follows it.
func TestPortionsAreKeptWhole(t *testing.T) {
	same := func(a, b, c, d uint16, openNum, openOf bool, missing uint8) bool {
		count := func(least, more uint16, open bool) plumbline.Count {
			if open {
				return plumbline.AtLeast(int(least))
			}
			return plumbline.Between(int(least), int(least)+int(more%40))
		}
		p := plumbline.Portion{Num: count(a%50, b, openNum), Of: count(c, d, openOf), Missing: int(missing % 4)}
		if !p.Applies() || p.Told() {
			p.Missing = 0
		}
		return store.RoundTrip(p)
	}
	if err := quick.Check(same, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
	for _, p := range []plumbline.Portion{{Num: plumbline.Exactly(1), Of: plumbline.Exactly(1)}, {Of: plumbline.Exactly(1), Num: plumbline.Exactly(0)}, {Num: plumbline.Between(0, 1), Of: plumbline.Exactly(1), Missing: 2},
		{Num: plumbline.Exactly(31), Of: plumbline.Exactly(32)}, {Num: plumbline.Exactly(1_000_000), Of: plumbline.Exactly(10_000_000)}, {Of: plumbline.AtLeast(3), Missing: 3}} {
		if !store.RoundTrip(p) {
			t.Errorf("%v of %v is read otherwise than it was written", p.Num, p.Of)
		}
	}
}

// Claims held against a record of single operations: fourteen suspects in Siem
// Reap in 2009, ten in Phnom Penh and five to seven in Battambang in 2010, at
// least three in Kampot in 2011; and what is made up, which does not count.
func TestCheckFigure(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		arrested := func(place string, n plumbline.Count, change ...func(*plumbline.Record)) func(*plumbline.Record) {
			return func(r *plumbline.Record) {
				r.Operation.Country, r.Operation.Place, r.Operation.HeadCount, r.Presences[0].Count = "Cambodia", place, n, n
				r.Decisions = []*plumbline.Decision{{Head: head("d"), Presence: "g", Class: "accused", DecidedBy: "court"}}
				r.Movements = []*plumbline.Movement{{Head: head("m"), Presence: "g", State: "arrested"}}
				for _, c := range change {
					c(r)
				}
			}
		}
		s.bring(
			attended("siem-reap", "2009-10-05", "yes", "", arrested("Siem Reap", plumbline.Exactly(14), func(r *plumbline.Record) { r.Decisions[0].Sources = []string{"C-N23"} })),
			attended("phnom-penh", "2010-02", "yes", "", arrested("Phnom Penh", plumbline.Exactly(10))),
			attended("battambang", "2010-06", "no", "", arrested("Battambang", plumbline.Between(5, 7))),
			attended("made-up", "2010", "no", "", arrested("Phnom Penh", plumbline.Exactly(100), func(r *plumbline.Record) { r.Operation.Origin = "fictional" })),
			attended("open", "2011", "no", "", arrested("Kampot", plumbline.AtLeast(3))),
			attended("series", "2012", "no", "", arrested("Kampot", plumbline.Exactly(3), func(r *plumbline.Record) { r.Operation.Covers = plumbline.AtLeast(2) })),
		)
		for _, c := range []struct {
			claim    string // id, figure, unit, place, period, definition
			name     string
			complete bool
			want     string // result, difference: refused; mind
		}{
			{"C-N23|14|arrests|Siem Reap, Cambodia|2009-10-05|yes: held", "suspects-arrested", false, "agrees 0: ; own-source"},
			{"C-N24|14|arrests|Siem Reap, Cambodia|2009-10|no", "suspects-arrested", false, "agrees 0: ; no-definition"},
			{"C-N24|20|arrests|Siem Reap, Cambodia|2009|yes: held", "suspects-arrested", false, "differs 6: ; "},
			{"C-N24|<10|arrests|Siem Reap, Cambodia|2009|yes: held", "suspects-arrested", false, "differs -4: ; "},
			{"C-N24|>14|arrests|Siem Reap, Cambodia|2009|yes: held", "suspects-arrested", false, "differs 0: ; "},
			{"C-N24|~12|arrests|Siem Reap, Cambodia|2009|yes: held", "suspects-arrested", false, "cannot-tell 0: about; "},
			{"C-N24|>10|arrests|Cambodia|2010|yes: held", "suspects-arrested", false, "agrees 0: ; coverage bound"},
			{"C-N24|40|arrests|Cambodia|2010|yes: held", "suspects-arrested", false, "cannot-tell 0: open; coverage bound"},
			{"C-N24|40|arrests|Cambodia|2010|yes: held", "suspects-arrested", true, "differs 23: ; bound"},
			{"C-N24|16|arrests|Cambodia|2010|yes: held", "suspects-arrested", true, "agrees 0: ; bound"},
			{"C-N24|8|arrests|Cambodia|2010|yes: held", "suspects-arrested", false, "differs -7: ; coverage bound"},
			{"C-N24|8|arrests|Cambodia|since 2009|yes: held", "suspects-arrested", false, "differs -24: ; coverage bound"},
			{"C-N24|8|arrests|Cambodia|the two years 2009-2010|yes: held", "suspects-arrested", false, "differs -21: ; period coverage bound"},
			{"C-N24|8|arrests|Kampot, Cambodia|2011|yes: held", "suspects-arrested", false, "cannot-tell 0: open; bound"},
			{"C-N24|words: many|arrests|Kampot, Cambodia|2011|yes: held", "suspects-arrested", false, "cannot-tell 0: no-number; "},
			{"C-N24|8|arrests|Asia|2011|yes: held", "suspects-arrested", false, "cannot-tell 0: place; "},
			{"C-N24|8|arrests|Cambodia|to 2010|yes: held", "suspects-arrested", false, "cannot-tell 0: period; "},
			{"C-N24|>500|arrests|Cambodia|cumulative to 2010, start not stated|yes: held", "suspects-arrested", false, "cannot-tell 0: open-total period; "},
			{"C-N24|8|arrests|Cambodia|2003|yes: held", "suspects-arrested", false, "cannot-tell 0: coverage; "},
			{"C-N24|8|arrests|Cambodia|2012|yes: held", "suspects-arrested", false, "cannot-tell 0: coverage; "},
			{"C-N24|8|arrests|Cambodia|2010|yes: held", "people-met", false, "cannot-tell 0: unit; "},
			{"C-B54|225|people removed|Cambodia|2010|yes: taken out", "people-met", false, "cannot-tell 0: unit; "},
			{"C-N11|90|per cent|Cambodia|2010|yes: a social worker", "accompanied", false, "differs 40: ; coverage"},
			{"C-N11|50|per cent|Cambodia|2010|yes: a social worker", "accompanied", false, "agrees 0: ; coverage"},
		} {
			f := strings.Split(c.claim, "|")
			register, err := figure.ReadClaims(strings.NewReader("claim_id,claimant,document,locator,paraphrase,figure,unit,place,period,definition_given\n"+
				fmt.Sprintf("%s,somebody,a document,page 1,it says so,%s,%s,%q,%q,%s\n", f[0], f[1], f[2], f[3], f[4], f[5])), "claims.csv")
			s.must(err)
			k, err := s.CheckFigure(t.Context(), worker, c.name, register, register.Claim(f[0]), store.CheckOptions{Complete: c.complete})
			s.must(err)
			by := 0.0
			if k.Difference != nil {
				by = *k.Difference
			}
			if got := fmt.Sprintf("%s %v: %s; %s", k.Result, by, codes(k.Refused), codes(k.Mind)); got != c.want {
				t.Errorf("%s against %s:\ngot  %s\nwant %s", c.name, c.claim, got, c.want)
			}
		}
		reg := exchange.Claims()
		_, err := s.CheckFigure(t.Context(), worker, "no-such", reg, reg.Claims[0], store.CheckOptions{})
		want(t, err, plumbline.ErrNotFound)
	})
}

func codes(reasons []figure.Reason) string {
	var list []string
	for _, r := range reasons {
		list = append(list, r.Code)
	}
	return strings.Join(list, " ")
}

// The public record's own claims are read without a fault, each against each
// figure that it bears on.
func TestCheckThePublicRecord(t *testing.T) {
	s := open(t, engines["sqlite"](t))
	s.must(rig.PublicRecord(t.Context(), s.DB))
	reg := exchange.Claims()
	for _, d := range plumbline.Definitions() {
		for _, b := range d.Claims {
			c := reg.Claim(b.Claim)
			if c == nil {
				t.Errorf("%s bears on %s, which is no claim", d.Name, b.Claim)
				continue
			}
			k, err := s.CheckFigure(t.Context(), coordinator, d.Name, reg, c, store.CheckOptions{})
			s.must(err)
			if (k.Result == figure.CheckCannotTell) != (len(k.Refused) > 0) || (k.Result == figure.CheckDiffers) != (k.Difference != nil) {
				t.Errorf("%s against %s: %+v", d.Name, b.Claim, k)
			}
		}
	}
}

// Every figure from one walk is what the table of that figure says, and the
// score of each unit what its rules' scores add up to.
func TestFiguresBy(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.tell()
		for _, by := range []string{"unit", "country"} {
			groups, _, err := s.FiguresBy(t.Context(), worker, by, store.Filter{})
			s.must(err)
			if len(groups) == 0 {
				t.Fatalf("by %s: %d groups", by, len(groups))
			}
			for i, d := range plumbline.OperationFigures() {
				table, err := s.FigureTable(t.Context(), worker, d.Name, store.Filter{}, by)
				s.must(err)
				want := map[string]string{}
				for _, g := range table.Groups {
					want[g.Keys[0]] = told(g.FigureValue)
				}
				for _, g := range groups {
					if got := told(g.Figures[i].FigureValue); g.Figures[i].Cases > 0 && got != want[g.Key] {
						t.Errorf("%s by %s, %q: %s, want %s", d.Name, by, g.Key, got, want[g.Key])
					}
				}
			}
		}
		if _, _, err := s.FiguresBy(t.Context(), worker, "title", store.Filter{}); !errors.Is(err, plumbline.ErrInvalid) {
			t.Errorf("by title: %v", err)
		}
		list, err := s.UnitSummaries(t.Context(), worker, "rights-standards")
		s.must(err)
		if len(list) == 0 || list[0].Operations == 0 {
			t.Fatalf("%d units", len(list))
		}
		for _, u := range list {
			scores, err := s.RuleScores(t.Context(), worker, "rights-standards", store.Filter{Unit: u.ID})
			s.must(err)
			page, err := s.Operations(t.Context(), worker, store.Filter{Unit: u.ID})
			s.must(err)
			if want := store.Sum(scores); u.Score.Kept() != want.Kept() || u.Score.Broken() != want.Broken() || u.Score.Unknown() != want.Unknown() || u.Operations != page.Totals.Operations+page.Totals.Series {
				t.Errorf("%s: %v of %d, want %v of %d", u.ID, u.Score, u.Operations, want, page.Totals.Operations)
			}
		}
	})
}

package rig

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline"
)

// aDay is a leap day, so that dates counted back cross every kind of month.
var aDay = time.Date(2028, 2, 29, 14, 30, 0, 0, time.UTC)

// edited returns the coalition's operations with everything that was written
// late.
func edited(now time.Time) []*plumbline.Record {
	_, _, ops := Coalition(now, 1)
	for _, e := range Edits(now, 1) {
		find(ops, e.Operation).Put(e.Entry)
	}
	return ops
}

func TestCoalitionChecks(t *testing.T) {
	days := []time.Time{aDay, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 7, 31, 23, 59, 0, 0, time.FixedZone("", 9*3600))}
	for _, now := range days {
		orgs, units, ops := Coalition(now, 1)
		for _, o := range orgs {
			if err := plumbline.CheckOrganisation(o); err != nil {
				t.Errorf("%v: %s: %v", now, o.ID, err)
			}
		}
		for _, u := range units {
			if err := u.Check(); err != nil {
				t.Errorf("%v: %s: %v", now, u.Unit.ID, err)
			}
		}
		for _, r := range append(ops, edited(now)...) {
			if err := r.Check(); err != nil {
				t.Errorf("%v: %s: %v", now, r.Operation.ID, err)
			}
		}
	}
}

func TestCoalitionIsTheSameForOneDayAndSeed(t *testing.T) {
	text := func(now time.Time, seed uint64) string {
		orgs, units, ops := Coalition(now, seed)
		data, err := json.Marshal([]any{orgs, units, ops, Edits(now, seed)})
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if diff := cmp.Diff(text(aDay, 1), text(aDay.Add(3*time.Hour), 1)); diff != "" {
		t.Errorf("one day and seed, two coalitions (-first +second):\n%s", diff)
	}
	if text(aDay, 1) == text(aDay, 2) {
		t.Error("seeds 1 and 2 give the same reference numbers")
	}
	if text(aDay, 1) == text(aDay.AddDate(0, 0, 1), 1) {
		t.Error("the next day's coalition has the same dates")
	}
}

// Ids that are used twice would make an import fail on the second record.
func TestCoalitionIDs(t *testing.T) {
	orgs, units, ops := Coalition(aDay, 1)
	known := map[plumbline.ID]plumbline.Kind{}
	var entries []plumbline.Entry
	for _, o := range orgs {
		entries = append(entries, o)
	}
	for _, u := range units {
		entries = append(entries, u.Entries()...)
	}
	for _, r := range ops {
		entries = append(entries, r.Entries()...)
	}
	for _, e := range entries {
		id := plumbline.HeadOf(e).ID
		if known[id] != "" {
			t.Errorf("id %q is used for a %s and for a %s", id, known[id], plumbline.KindOf(e))
		}
		known[id] = plumbline.KindOf(e)
	}
	for _, e := range entries {
		for _, ref := range plumbline.Refs(e) {
			if known[ref.ID] != ref.Kind {
				t.Errorf("%s: %s names the %s %q, which is not in the coalition", plumbline.HeadOf(e).ID, ref.Field, ref.Kind, ref.ID)
			}
		}
	}
}

func TestCoalitionIsFictional(t *testing.T) {
	orgs, units, ops := Coalition(aDay, 1)
	for _, o := range orgs {
		if o.Origin != "fictional" {
			t.Errorf("organisation %s: origin %q, want fictional", o.ID, o.Origin)
		}
	}
	for _, u := range units {
		if u.Unit.Origin != "fictional" {
			t.Errorf("unit %s: origin %q, want fictional", u.Unit.ID, u.Unit.Origin)
		}
	}
	for _, r := range ops {
		if r.Operation.Origin != "fictional" {
			t.Errorf("operation %s: origin %q, want fictional", r.Operation.ID, r.Operation.Origin)
		}
	}
}

// Everything a form can record occurs somewhere, so that each page of the
// demo has something to show.
func TestCoalitionHoldsEveryNoun(t *testing.T) {
	told := Told(aDay, 1)
	seen := map[plumbline.Kind]int{plumbline.KindOrganisation: len(told.Organisations)}
	count := func(entries []plumbline.Entry) {
		for _, e := range entries {
			seen[plumbline.KindOf(e)]++
		}
	}
	for _, r := range told.Operations {
		count(r.Entries())
	}
	for _, u := range told.Units {
		count(u.Entries())
	}
	for _, g := range told.Programmes {
		count(g.Entries())
	}
	for _, r := range told.Areas {
		count(r.Entries())
	}
	for _, d := range told.Dialogues {
		count(d.Entries())
	}
	for _, o := range told.Stories {
		count(o.Entries())
	}
	for _, r := range told.Matters {
		count(r.Entries())
	}
	for _, x := range studies(1) {
		seen[plumbline.KindStudy]++
		seen[plumbline.KindStudyData]++
		seen[plumbline.KindStudyRun] += len(x.runs)
		count(x.told)
	}
	for _, subject := range plumbline.Subjects() {
		for _, k := range plumbline.Kinds(subject) {
			if seen[k] == 0 {
				t.Errorf("no %s in the coalition", k)
			}
		}
	}
}

func TestCoalitionKinds(t *testing.T) {
	_, _, ops := Coalition(aDay, 1)
	got := map[plumbline.ID]plumbline.OperationKind{}
	var kinds []string
	for _, r := range ops {
		got[r.Operation.ID] = r.Kind().Kind
		kinds = append(kinds, string(r.Kind().Kind))
	}
	want := map[plumbline.ID]plumbline.OperationKind{
		"mill-lane": "targeted_removal", "pier-street-check": "sweep", "quarry-farm": "labour_inspection", "dock-gate-payment": "shakedown",
		"rope-walk": "private_raid", "ferry-steps": "immigration_raid", "tannery-yard": "investigation", "pier-street-raid": "raid",
		"mill-lane-vice": "vice_raid", "canal-road": "targeted_removal", "pier-street-evening": "undetermined", "dock-gate-visit": "welfare_visit",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	for _, k := range plumbline.OperationKind("").Values() {
		if !slices.Contains(kinds, k) {
			t.Errorf("no operation of kind %s", k)
		}
	}
}

// The balances of three operations, worked by hand from their stories.
func TestCoalitionBalances(t *testing.T) {
	type states map[plumbline.State]string
	tests := []struct {
		operation   plumbline.ID
		at          string
		head        string
		states      states
		unaccounted string
	}{
		// Nine met. By the next evening two girls and one woman are at Lime
		// House, two women went home, two were free to go, two are charged.
		{"mill-lane", "24h", "9", states{"placed": "3", "returned_home": "2", "free_to_go": "2", "charged": "2"}, "0"},
		// After ninety days the manager is acquitted (day 30), the woman has
		// left (day 31), the first girl is home (day 62) and the second is in
		// foster care, last confirmed twelve days ago.
		{"mill-lane", "90d", "9", states{"placed": "1", "returned_home": "3", "left_by_choice": "1", "free_to_go": "2", "charged": "1", "released": "1"}, "0"},
		// Nineteen met, two in hospital, seventeen held.
		{"ferry-steps", "24h", "19", states{"held": "17", "hospital": "2"}, "0"},
		// Five with papers let go on the second day.
		{"ferry-steps", "72h", "19", states{"held": "12", "hospital": "2", "released": "5"}, "0"},
		// Of the two hurt one is released and one removed: 12 + 1, 5 + 1.
		{"ferry-steps", "90d", "19", states{"removed_from_country": "13", "released": "6"}, "0"},
		// Fourteen met: five of eight women and four customers are free, one
		// woman in hospital and then home, the manager charged. The three who
		// were escorted to the station have no state after a day.
		{"pier-street-raid", "24h", "14", states{"free_to_go": "9", "escorted": "3", "hospital": "1", "charged": "1"}, "0"},
		{"pier-street-raid", "72h", "14", states{"free_to_go": "9", "returned_home": "1", "charged": "1"}, "3"},
		{"pier-street-raid", "30d", "14", states{"free_to_go": "9", "returned_home": "1", "charged": "1"}, "3"},
	}
	_, _, ops := Coalition(aDay, 1)
	for _, tt := range tests {
		at, err := plumbline.ParseCheckpoint(tt.at)
		if err != nil {
			t.Fatal(err)
		}
		b := find(ops, tt.operation).Balance(at)
		got := states{}
		for _, s := range b.States {
			if got[s.State] != "" {
				t.Errorf("%s at %s: %s twice, dated and undated", tt.operation, tt.at, s.State)
			}
			got[s.State] = s.Count.String()
		}
		if diff := cmp.Diff(tt.states, got); diff != "" {
			t.Errorf("%s at %s (-want +got):\n%s", tt.operation, tt.at, diff)
		}
		if b.HeadCount.String() != tt.head || b.Unaccounted.String() != tt.unaccounted || b.Balanced() != plumbline.Yes {
			t.Errorf("%s at %s: head %s, unaccounted %s, balanced %s; want %s, %s, yes", tt.operation, tt.at, b.HeadCount, b.Unaccounted, b.Balanced(), tt.head, tt.unaccounted)
		}
	}
}

// The home page of the demo: nineteen people of four operations, the oldest
// for 41 days, and every other operation accounted for as far as is known.
func TestCoalitionUnaccounted(t *testing.T) {
	want := map[plumbline.ID]string{"pier-street-raid": "3", "pier-street-evening": "11", "canal-road": "2", "mill-lane-vice": "at least 3"}
	got := map[plumbline.ID]string{}
	oldest := aDay
	for _, r := range edited(aDay) {
		b := r.Balance(r.Now(aDay))
		if b.Everyone() == plumbline.No {
			got[r.Operation.ID] = b.Unaccounted.String()
		}
		for _, m := range b.Missing {
			if since, ok := m.Since.Earliest(); ok && since.Before(oldest) {
				oldest = since
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unaccounted (-want +got):\n%s", diff)
	}
	if days := int(midnight(aDay).Sub(midnight(oldest)).Hours() / 24); days != 41 {
		t.Errorf("the oldest has been unaccounted for %d days, want 41", days)
	}
}

// What the demo's tour points at.
func TestCoalitionStories(t *testing.T) {
	ops := edited(aDay)
	chain := func(op, presence plumbline.ID) *plumbline.Chain {
		r := find(ops, op)
		return r.Custody(r.Find(presence).(*plumbline.Presence), aDay)
	}
	if c := chain("canal-road", "canal-road-p-01"); c.Broken() {
		t.Errorf("Canal Road, P-01: the chain is broken: %+v", c)
	}
	gap := chain("canal-road", "canal-road-p-07").Links[1]
	if !slices.Equal(gap.Gaps, []plumbline.Gap{plumbline.GapNoGiver, plumbline.GapTime}) || int(gap.Hours) != 10 {
		t.Errorf("Canal Road, P-07: gaps %v of %.1f hours, want no giver and ten hours", gap.Gaps, gap.Hours)
	}
	said := map[string]bool{}
	for _, a := range find(ops, "canal-road").Accounts {
		for _, p := range a.Points {
			if p.Topic == "accompaniment" {
				said[p.Says] = true
			}
		}
	}
	if len(said) != 2 {
		t.Errorf("Canal Road: %d tellings of when the interpreter came, want two", len(said))
	}
	for _, id := range []plumbline.ID{"mill-lane-vice", "pier-street-evening"} {
		asked := slices.ContainsFunc(find(ops, id).Accounts, func(a *plumbline.Account) bool {
			return a.Organisation == police && a.Asked.Known() && len(a.Points) == 0
		})
		if !asked {
			t.Errorf("%s: the unit's own account is not asked for and missing", id)
		}
	}
	accompanied := map[plumbline.Answer]int{}
	for _, r := range ops {
		accompanied[r.Accompanied()]++
	}
	if diff := cmp.Diff(map[plumbline.Answer]int{"yes": 4, "no": 5, "": 3}, accompanied); diff != "" {
		t.Errorf("accompanied (-want +got):\n%s", diff)
	}
}

func TestActors(t *testing.T) {
	orgs, units, ops := Coalition(aDay, 1)
	var roles []string
	for _, a := range Actors() {
		roles = append(roles, string(a.Role))
		if !plumbline.ValidID(a.User) {
			t.Errorf("%q is not an id", a.User)
		}
		if !slices.ContainsFunc(orgs, func(o *plumbline.Organisation) bool { return o.ID == a.Organisation }) {
			t.Errorf("%s: no organisation %s", a.User, a.Organisation)
		}
		for _, u := range a.Units {
			if !slices.ContainsFunc(units, func(r *plumbline.UnitRecord) bool { return r.Unit.ID == u && r.Unit.Organisation == a.Organisation }) {
				t.Errorf("%s: no unit %s in %s", a.User, u, a.Organisation)
			}
		}
	}
	if want := plumbline.Role("").Values(); !slices.Equal(roles, want) {
		t.Errorf("roles %v, want %v", roles, want)
	}
	for _, e := range Edits(aDay, 1) {
		i := slices.IndexFunc(Actors(), func(a plumbline.Actor) bool { return a.User == e.By })
		if i < 0 {
			t.Errorf("an edit of %s by %q, who is nobody", e.Operation, e.By)
			continue
		}
		r := *find(ops, e.Operation)
		r.RecordedBy = secretary.Organisation
		if err := plumbline.AllowWrite(Actors()[i], &r, e.Entry); err != nil {
			t.Errorf("an edit of %s by %q: %v", e.Operation, e.By, err)
		}
	}
}

func TestEditsChangeSomething(t *testing.T) {
	_, _, ops := Coalition(aDay, 1)
	var last time.Time
	for _, e := range Edits(aDay, 1) {
		old := find(ops, e.Operation).Find(plumbline.HeadOf(e.Entry).ID)
		if (old == nil) != (e.Reason == "") {
			t.Errorf("%s: a correction needs a reason and an addition none: %+v", e.Operation, e)
		}
		if old != nil && reflect.DeepEqual(old, e.Entry) {
			t.Errorf("%s: %s is not changed", e.Operation, plumbline.HeadOf(e.Entry).ID)
		}
		if e.At.Before(last) || !e.At.Before(midnight(aDay)) {
			t.Errorf("%s: the edit of %v is out of order", e.Operation, e.At)
		}
		last = e.At
	}
}

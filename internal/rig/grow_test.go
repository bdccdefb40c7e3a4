package rig

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// asWritten is the grown coalition with everything that was written late.
func asWritten(now time.Time, seed uint64) Telling {
	t := Grown(now, seed)
	for _, e := range t.Edits {
		find(t.Operations, e.Operation).Put(e.Entry)
	}
	return t
}

// Whatever is drawn, every record passes the check, and at every moment the
// head count is the sum of the states and those unaccounted for.
func TestGrownRecordsHold(t *testing.T) {
	for seed := range uint64(8) {
		for _, now := range []time.Time{aDay, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} {
			for i, told := range []Telling{Grown(now, seed), asWritten(now, seed)} {
				for _, u := range told.Units {
					if err := u.Check(); err != nil {
						t.Errorf("seed %d: %s: %v", seed, u.Unit.ID, err)
					}
				}
				for _, r := range told.Operations {
					if err := r.Check(); err != nil {
						t.Errorf("seed %d, edited %d: %s: %v", seed, i, r.Operation.ID, err)
						continue
					}
					for _, at := range append(slices.Clone(plumbline.Checkpoints), r.Now(now)) {
						if b := r.Balance(at); b.Balanced() == plumbline.No {
							t.Errorf("seed %d: %s at %s does not balance", seed, r.Operation.ID, at.Name)
						}
					}
				}
			}
		}
	}
}

func TestGrownIsTheSameForOneDayAndSeed(t *testing.T) {
	text := func(now time.Time, seed uint64) string {
		data, err := json.Marshal(Grown(now, seed))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if diff := cmp.Diff(text(aDay, 1), text(aDay.Add(3*time.Hour), 1)); diff != "" {
		t.Errorf("one day and seed, two coalitions (-first +second):\n%s", diff)
	}
	if text(aDay, 1) == text(aDay, 2) {
		t.Error("seeds 1 and 2 give the same coalition")
	}
}

func (t Telling) entries() (all []plumbline.Entry) {
	for _, o := range t.Organisations {
		all = append(all, o)
	}
	for _, u := range t.Units {
		all = append(all, u.Entries()...)
	}
	for _, r := range t.Operations {
		all = append(all, r.Entries()...)
	}
	for _, g := range t.Programmes {
		all = append(all, g.Entries()...)
	}
	for _, r := range t.Areas {
		all = append(all, r.Entries()...)
	}
	for _, d := range t.Dialogues {
		all = append(all, d.Entries()...)
	}
	for _, o := range t.Stories {
		all = append(all, o.Entries()[1:]...)
	}
	return all
}

// Nothing is there twice, what is named is there, everything says that it is
// made up, and nothing is told before it happened.
func TestGrownIsWhole(t *testing.T) {
	told := asWritten(aDay, 1)
	known := map[plumbline.ID]plumbline.Kind{}
	for _, e := range told.entries() {
		id := plumbline.HeadOf(e).ID
		if known[id] != "" {
			t.Errorf("id %q is used for a %s and for a %s", id, known[id], plumbline.KindOf(e))
		}
		known[id] = plumbline.KindOf(e)
	}
	today := midnight(aDay)
	for _, e := range told.entries() {
		id := plumbline.HeadOf(e).ID
		for _, ref := range plumbline.Refs(e) {
			if known[ref.ID] != ref.Kind {
				t.Errorf("%s: %s names the %s %q, which is not in the coalition", id, ref.Field, ref.Kind, ref.ID)
			}
		}
		if at, ok := momentOf(e).Earliest(); ok && !at.Before(today) {
			t.Errorf("%s is of %v, which is still to come", id, at)
		}
		switch e := e.(type) {
		case *plumbline.Organisation:
			if e.Origin != "fictional" || e.Country != "" {
				t.Errorf("%s: origin %q, country %q", id, e.Origin, e.Country)
			}
		case *plumbline.Unit:
			if e.Origin != "fictional" {
				t.Errorf("%s: origin %q", id, e.Origin)
			}
		case *plumbline.Operation:
			if e.Origin != "fictional" || e.Country != "" {
				t.Errorf("%s: origin %q, country %q", id, e.Origin, e.Country)
			}
		}
	}
	first := Grown(aDay, 1).Operations
	for _, e := range told.Edits {
		i := slices.IndexFunc(Actors(), func(a plumbline.Actor) bool { return a.User == e.By })
		if i < 0 {
			t.Fatalf("an edit of %s by %q, who is nobody", e.Operation, e.By)
		}
		r := *find(first, e.Operation)
		r.RecordedBy = secretary.Organisation
		if err := plumbline.AllowWrite(Actors()[i], &r, e.Entry); err != nil {
			t.Errorf("an edit of %s by %q: %v", e.Operation, e.By, err)
		}
	}
}

// The coalition is written in the order in which it was told, so that neither
// the ledger nor a history goes back in time.
func TestTellGrown(t *testing.T) {
	clock := new(Clock)
	clock.Set(aDay)
	db, err := store.Open(t.Context(), store.Options{Address: filepath.Join(t.TempDir(), "site.db"), Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := TellGrown(t.Context(), db, clock, 1); err != nil {
		t.Fatal(err)
	}
	clock.Set(aDay)
	list, err := db.Summaries(t.Context(), secretary, store.Filter{})
	if err != nil || len(list) != len(Grown(aDay, 1).Operations) {
		t.Errorf("operations: got %d (%v), want %d", len(list), err, len(Grown(aDay, 1).Operations))
	}
	var last store.Line
	for before := int64(0); ; before = last.N {
		page, err := db.Ledger(t.Context(), secretary, before, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page.Lines {
			if last.N > 0 && l.Time.After(last.Time) {
				t.Fatalf("line %d of the ledger is of %v, line %d of %v", l.N, l.Time, last.N, last.Time)
			}
			last = l
		}
		if len(page.Lines) == 0 || last.N == 0 {
			break
		}
	}
}

// What a premise calls an operation is what the criteria make of it.
func TestPremises(t *testing.T) {
	told := Grown(aDay, 1)
	for _, p := range premises() {
		r := find(told.Operations, plumbline.ID(p.id))
		if got := r.Kind().Kind; got != p.kind {
			t.Errorf("%s: kind %s, want %s", p.id, got, p.kind)
		}
		for _, x := range p.said {
			if organisationOf[x.by] == "" && x.by != inspectors {
				t.Errorf("%s: %q tells something, who is no organisation's voice", p.id, x.by)
			}
		}
	}
}

// Nobody who reads one operation after the other meets the same sentence or
// the same title twice.
func TestGrownReadsAsWritten(t *testing.T) {
	seen := map[string]plumbline.ID{}
	once := func(id plumbline.ID, text string) {
		if other := seen[text]; other != "" && other != id {
			t.Errorf("%s and %s both say %q", other, id, text)
		}
		seen[text] = id
	}
	for _, r := range asWritten(aDay, 1).Operations {
		once(r.Operation.ID, r.Operation.Title)
		for _, e := range r.Entries() {
			for _, text := range texts(e) {
				if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "”") {
					once(r.Operation.ID, text)
				}
			}
		}
	}
}

// texts returns the words, lines and texts of an entry.
func texts(e plumbline.Entry) (all []string) {
	data, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		panic(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			all = append(all, v)
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(fields)
	return all
}

// The coalition is of the size that was asked for, and holds all the mess of
// life.
func TestGrownHoldsTheMessOfLife(t *testing.T) {
	told := asWritten(aDay, 1)
	n := map[string]int{
		"organisations": len(told.Organisations), "units": len(told.Units), "operations": len(told.Operations),
		"years": int(aDay.Sub(began(told.Operations[0])).Hours()/24) / 365,
	}
	count := func(what string, is bool) {
		if is {
			n[what]++
		}
	}
	protocols, err := protocol.Shipped(store.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range told.Units {
		n["commanders"] += len(u.Commands)
		for i, c := range u.Commands[1:] {
			count("vacancies", u.Commands[i].Until.Before(c.From) == plumbline.Yes)
		}
		for _, x := range u.Transfers {
			count("transfers of trained officers", x.Training != "")
		}
	}
	for _, e := range told.Edits {
		start := began(find(told.Operations, e.Operation))
		count("entries written weeks late", e.Reason == "" && e.At.Sub(start) > 14*24*time.Hour)
		count("corrections with a reason", e.Reason != "")
	}
	for _, r := range told.Operations {
		countOperation(r, count)
		n["people met"] += r.Met().Min()
		for _, p := range protocols {
			report, err := p.Check(store.Facts(r.Facts(aDay)), aDay)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report.Findings {
				n[p.Name+": "+string(f.Result)]++
			}
		}
	}
	want := map[string][2]int{
		"organisations": {10, 10}, "units": {5, 5}, "operations": {55, 65}, "years": {4, 5}, "people met": {1000, 1200},
		"commanders": {12, 30}, "vacancies": {1, 3}, "transfers of trained officers": {6, 30},
		"entries written weeks late": {10, 99}, "corrections with a reason": {15, 99},
		"head counts: exact": {30, 60}, "head counts: at least": {6, 20}, "head counts: about": {2, 10}, "head counts: not known": {1, 3},
		"children": {35, 200}, "ages in doubt": {5, 30}, "splits": {15, 80}, "own words": {15, 60},
		"operations that cannot be determined": {3, 8}, "unaccounted for after three days": {8, 30}, "unaccounted for today": {8, 30},
		"back with nobody missing": {3, 20}, "removed from the country": {6, 20}, "died": {1, 1}, "hospital": {8, 20}, "over the limit in a cell": {2, 8}, "locked in a shelter": {2, 8},
		"children with a broken chain": {3, 15}, "children with a whole chain": {10, 60},
		"accounts that were asked for and not filed": {8, 30}, "operations told by two or more": {35, 62}, "topics on which tellers differ": {20, 120}, "topics on which tellers agree": {5, 80},
		"rival versions of who began it": {5, 30}, "debriefs held": {20, 50}, "debriefs held late": {6, 30}, "no debrief": {15, 45},
		"warrants issued too late": {2, 6}, "absences explained": {40, 400}, "absences not explained": {10, 200}, "uses of force": {15, 80}, "injuries": {4, 30}, "closures": {6, 20},
	}
	for _, k := range plumbline.OperationKind("").Values() {
		want["kind "+k] = [2]int{3, 16}
	}
	for _, k := range []string{"warrant", "court_order", "prosecutor_order", "statutory_power", "consent", "none_claimed", ""} {
		want["authority "+k] = [2]int{2, 30}
	}
	for _, p := range protocols {
		for _, result := range []protocol.Result{"kept", "broken", "unknown"} {
			want[p.Name+": "+string(result)] = [2]int{100, 2000}
		}
		want[p.Name+": not_applicable"] = [2]int{10, 500}
	}
	for what, bounds := range want {
		if n[what] < bounds[0] || n[what] > bounds[1] {
			t.Errorf("%s: %d, want %d to %d", what, n[what], bounds[0], bounds[1])
		}
	}
}

func countOperation(r *plumbline.Record, count func(string, bool)) {
	head := r.Operation.HeadCount
	_, exact := head.Exact()
	_, guess := head.Guess()
	count("head counts: exact", exact)
	count("head counts: about", guess)
	count("head counts: not known", !head.Known())
	count("head counts: at least", head.Known() && !exact && !guess)
	count("kind "+string(r.Kind().Kind), true)
	count("authority "+string(r.Operation.Authority.Kind), true)
	count("warrants issued too late", r.Operation.Authority.Issued.Known() && r.Operation.Authority.Issued.Before(r.Operation.Began) == plumbline.No)
	count("operations that cannot be determined", r.Kind().Kind == plumbline.Undetermined)
	after := func(name string) plumbline.Answer {
		at, err := plumbline.ParseCheckpoint(name)
		if err != nil {
			panic(err)
		}
		return r.Balance(at).Everyone()
	}
	today := r.Balance(r.Now(aDay)).Everyone()
	count("unaccounted for after three days", after("72h") == plumbline.No)
	count("unaccounted for today", today == plumbline.No)
	count("back with nobody missing", today == plumbline.Yes && (after("72h") == plumbline.No || after("30d") == plumbline.No))
	for _, p := range r.Presences {
		lo, hi, aged := plumbline.ParseAge(p.Age)
		count("ages in doubt", aged && lo < 18 && hi >= 18)
		count("splits", p.PartOf != "")
		count("own words", p.OwnWords != "")
	}
	for _, p := range r.Children() {
		count("children", true)
		broken := r.Custody(p, aDay).Broken()
		count("children with a broken chain", broken)
		count("children with a whole chain", !broken)
	}
	for _, m := range r.Movements {
		count("removed from the country", m.State == "removed_from_country")
		count("died", m.State == "died")
		count("hospital", m.State == "hospital")
		count("over the limit in a cell", m.State == "held" && m.Lawful == "no")
		count("locked in a shelter", m.PlaceKind == "shelter_closed")
	}
	says := map[plumbline.Topic][]string{}
	tellers := 0
	for _, a := range r.Accounts {
		count("accounts that were asked for and not filed", len(a.Points) == 0)
		if len(a.Points) > 0 {
			tellers++
		}
		for _, p := range a.Points {
			says[p.Topic] = append(says[p.Topic], p.Says)
		}
	}
	count("operations told by two or more", tellers > 1)
	for _, s := range says {
		count("topics on which tellers differ", len(slices.Compact(slices.Sorted(slices.Values(s)))) > 1)
		count("topics on which tellers agree", len(s) > 1 && len(slices.Compact(slices.Sorted(slices.Values(s)))) == 1)
	}
	first := 0
	for _, i := range r.Initiators {
		if i.Part == "first_information" {
			first++
		}
	}
	count("rival versions of who began it", first > 1)
	count("no debrief", len(r.Debriefs) == 0)
	for _, d := range r.Debriefs {
		held, ok := d.Held.Earliest()
		count("debriefs held", ok)
		count("debriefs held late", ok && held.Sub(began(r)) > 15*24*time.Hour)
	}
	for _, a := range r.Attendance {
		count("absences explained", a.Present == "no" && a.WhyNot != "" && a.DecidedBy != "")
		count("absences not explained", a.Present == "no" && a.WhyNot == "")
	}
	for range r.Force {
		count("uses of force", true)
	}
	for range r.Injuries {
		count("injuries", true)
	}
	for range r.Closures {
		count("closures", true)
	}
}

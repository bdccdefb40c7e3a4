package plumbline

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A world is the truth beside the record of it: everyone met, one by one,
// with what became of each, in minutes since the operation began.
type world struct {
	people  []*somebody
	members map[ID][]*somebody // of each group, those who have not been split off
	groups  []ID
	clock   int
	record  *Record
	pending []Entry // true, and not yet on record
	made    int
}

type somebody struct{ tellings []telling }

type telling struct {
	state                  State
	from, until, confirmed int // until and confirmed are 0 when not told
}

func newWorld() *world {
	w := &world{members: map[ID][]*somebody{}, record: op(Exactly(0))}
	return w
}

func (w *world) id(kind string) ID {
	w.made++
	return ID(fmt.Sprintf("%s%d", kind, w.made))
}

func (w *world) when(minute int) When {
	began, _ := w.record.Operation.Began.Earliest()
	return At(began.Add(time.Duration(minute) * time.Minute))
}

// later lets time pass, so that no two things happen in one minute.
func (w *world) later(t *rapid.T) int {
	w.clock += rapid.SampledFrom([]int{1, 20, 300, 1440, 10_000, 50_000}).Draw(t, "minutes later")
	return w.clock
}

// meet adds people to the head count.
func (w *world) meet(t *rapid.T) (met []*somebody) {
	for range rapid.IntRange(1, 6).Draw(t, "people") {
		met = append(met, &somebody{})
	}
	w.people = append(w.people, met...)
	w.record.Operation.HeadCount = Exactly(len(w.people))
	return met
}

func (w *world) meetGroup(t *rapid.T) {
	g := w.id("g")
	w.members[g], w.groups = w.meet(t), append(w.groups, g)
	w.pending = append(w.pending, group(g, Exactly(len(w.members[g]))))
}

func (w *world) drawGroup(t *rapid.T) ID {
	var some []ID
	for _, g := range w.groups {
		if len(w.members[g]) > 0 {
			some = append(some, g)
		}
	}
	if len(some) == 0 {
		t.Skip("nobody is in a group")
	}
	return rapid.SampledFrom(some).Draw(t, "group")
}

func (w *world) split(t *rapid.T) {
	from, to := w.drawGroup(t), w.id("g")
	n := rapid.IntRange(1, len(w.members[from])).Draw(t, "go another way")
	w.members[to], w.members[from] = w.members[from][:n:n], w.members[from][n:]
	w.groups = append(w.groups, to)
	p := group(to, Exactly(n))
	p.PartOf, p.SplitAt = from, w.when(w.later(t))
	w.pending = append(w.pending, p)
}

func (w *world) move(t *rapid.T) {
	g := w.drawGroup(t)
	said := telling{state: State(rapid.SampledFrom(State("").Values()).Draw(t, "state")), from: w.later(t)}
	if rapid.Bool().Draw(t, "end told") {
		said.until = said.from + rapid.IntRange(1, 60_000).Draw(t, "until")
	} else if rapid.Bool().Draw(t, "told again") {
		said.confirmed = said.from + rapid.IntRange(0, 60_000).Draw(t, "confirmed")
	}
	for _, p := range w.members[g] {
		p.tellings = append(p.tellings, said)
	}
	m := &Movement{Head: Head{ID: w.id("m")}, Presence: g, State: said.state, From: w.when(said.from)}
	if said.until > 0 {
		m.Until = w.when(said.until)
	}
	if said.confirmed > 0 {
		m.Confirmed = w.when(said.confirmed)
	}
	w.pending = append(w.pending, m)
}

// write puts one true entry on record: any whose group is there already, and
// that the record does not refuse because of a mistake that still stands.
func (w *world) write(t *rapid.T) {
	for _, i := range rapid.Permutation(indices(w.pending)).Draw(t, "write") {
		if w.try(w.pending[i]) {
			w.pending = slices.Delete(w.pending, i, i+1)
			return
		}
	}
	t.Skip("all is on record")
}

func indices[E any](list []E) []int {
	all := make([]int, len(list))
	for i := range list {
		all[i] = i
	}
	return all
}

// try writes an entry unless the record then refuses to be.
func (w *world) try(e Entry) bool {
	r := *w.record
	r.Presences, r.Movements = slices.Clone(r.Presences), slices.Clone(r.Movements)
	r.Put(e)
	if r.Check() != nil {
		return false
	}
	w.record = &r
	return true
}

// mistake writes something that is not so, to be corrected later. What the
// record refuses is not written.
func (w *world) mistake(t *rapid.T) {
	var entries []Entry
	for _, e := range append(w.record.EntriesOf(KindPresence), w.record.EntriesOf(KindMovement)...) {
		if !slices.ContainsFunc(w.pending, func(p Entry) bool { return p.head().ID == e.head().ID }) {
			entries = append(entries, e)
		}
	}
	if len(entries) == 0 {
		t.Skip("nothing is on record")
	}
	truth := rapid.SampledFrom(entries).Draw(t, "of")
	written := false
	switch e := truth.(type) {
	case *Presence:
		wrong := *e
		wrong.Count = Exactly(rapid.IntRange(1, 9).Draw(t, "wrong count"))
		if wrong.PartOf != "" {
			wrong.SplitAt = w.when(rapid.IntRange(0, w.clock).Draw(t, "wrong split"))
		}
		written = w.try(&wrong)
	case *Movement:
		wrong := *e
		wrong.From, wrong.Until = w.when(rapid.IntRange(0, w.clock).Draw(t, "wrong time")), When{}
		wrong.State = State(rapid.SampledFrom(State("").Values()).Draw(t, "wrong state"))
		written = w.try(&wrong)
	}
	if written {
		w.pending = append(w.pending, truth)
	}
}

// fate says where a person truly is at an age, by what was told and by Holds.
func (p *somebody) fate(age int) State {
	now := State("at_scene")
	last := telling{state: now}
	for _, said := range p.tellings {
		if said.from <= age {
			now, last = said.state, said
		}
	}
	hold, runsOut := Holds[now]
	switch {
	case last.until > 0 && last.until <= age:
		return "unknown"
	case last.until > 0 || !runsOut:
		return now
	case age > max(last.from, last.confirmed)+int(hold.Minutes()):
		return "unknown"
	}
	return now
}

// fates counts everyone met by where they truly are; who was never entered is
// unknown from the start.
func (w *world) fates(age int) map[State]int {
	sums := map[State]int{}
	for _, g := range w.groups {
		for _, p := range w.members[g] {
			sums[p.fate(age)]++
		}
	}
	entered := 0
	for _, n := range sums {
		entered += n
	}
	sums["unknown"] += len(w.people) - entered
	return sums
}

func (w *world) ages(t *rapid.T) []int {
	ages := []int{0, w.clock, rapid.IntRange(0, w.clock+100_000).Draw(t, "age")}
	for _, c := range Checkpoints {
		ages = append(ages, int(c.After.Minutes()))
	}
	return ages
}

func at(age int) Checkpoint { return Checkpoint{"then", time.Duration(age) * time.Minute} }

// conserved fails unless the balance of an exact record adds up, whatever of
// the truth has been recorded so far, in whatever order, with what mistakes.
func conserved(t *rapid.T, r *Record, age int) {
	b := r.Balance(at(age))
	if b.Balanced() != Yes || b.HeadCount != r.Operation.HeadCount {
		t.Fatalf("at %d min: %s", age, line(b))
	}
	missing := Exactly(0)
	for _, m := range b.Missing {
		missing = missing.Add(m.Count)
	}
	if missing != b.Unaccounted {
		t.Fatalf("at %d min %v are missing one by one: %s", age, missing, line(b))
	}
}

// exact fails unless the balance is the truth.
func (w *world) exact(t *rapid.T, age int) {
	want := w.fates(age)
	b := w.record.Balance(at(age))
	got := map[State]int{}
	for _, s := range b.States {
		n, ok := s.Count.Exact()
		if !ok || s.Undated {
			t.Fatalf("at %d min a state of an exact record is not exact: %s", age, line(b))
		}
		got[s.State] += n
	}
	n, _ := b.Unaccounted.Exact()
	if got["unknown"] = n; n == 0 {
		delete(got, "unknown")
	}
	maps.DeleteFunc(want, func(_ State, n int) bool { return n == 0 })
	if !maps.Equal(got, want) {
		t.Fatalf("at %d min the record says %s, and the truth is %v", age, line(b), want)
	}
}

// blurred returns the record with each count told less exactly, and true.
func (w *world) blurred(t *rapid.T) *Record {
	r := *w.record
	r.Operation.HeadCount = told(t, len(w.people), "head count")
	r.Presences = slices.Clone(r.Presences)
	for i, p := range r.Presences {
		blurred := *p
		n, _ := p.Count.Exact()
		blurred.Count = told(t, n, string(p.ID))
		r.Presences[i] = &blurred
	}
	return &r
}

// bounded fails unless the truth lies inside the bounds of the balance.
func (w *world) bounded(t *rapid.T, r *Record, age int) {
	truth := w.fates(age)
	b := r.Balance(at(age))
	got := map[State]Count{}
	for _, s := range b.States {
		got[s.State] = s.Count
	}
	got["unknown"] = b.Unaccounted
	for _, name := range State("").Values() {
		c, told := got[State(name)]
		if n := truth[State(name)]; told && !holds(c, n) || !told && n > 0 {
			t.Fatalf("at %d min %d are %s, and the record says %s", age, n, name, line(b))
		}
	}
	if !holds(b.HeadCount, len(w.people)) {
		t.Fatalf("%d were met, and the record says %s", len(w.people), b.HeadCount)
	}
	if everyone := b.Everyone(); everyone.Decided() && (everyone == Yes) != (truth["unknown"] == 0) {
		t.Fatalf("at %d min everyone is accounted for: %q, and %d are not: %s", age, everyone, truth["unknown"], line(b))
	}
	if b.Balanced() == No {
		t.Fatalf("at %d min true counts do not balance: %s", age, line(b))
	}
}

// vague returns the record with each time told less exactly, and true.
func (w *world) vague(t *rapid.T) *Record {
	r := *w.record
	r.Movements = slices.Clone(r.Movements)
	for i, m := range r.Movements {
		vague := *m
		vague.From = blur(t, m.From)
		vague.Until = blur(t, m.Until)
		r.Movements[i] = &vague
	}
	r.Presences = slices.Clone(r.Presences)
	for i, p := range r.Presences {
		vague := *p
		vague.SplitAt = blur(t, p.SplitAt)
		r.Presences[i] = &vague
	}
	return &r
}

func blur(t *rapid.T, w When) When {
	at, ok := w.Earliest()
	if !ok {
		return w
	}
	return when(at.Format(rapid.SampledFrom([]string{"2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006", "2006-01-02~", "../2006-01-02", "2006-01-02/..", "?"}).Draw(t, "told as")))
}

// No sequence of splits, movements and corrections loses or invents a person.
func TestNobodyIsLostOrInvented(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		t.Repeat(map[string]func(*rapid.T){
			"meet a group":           w.meetGroup,
			"count and do not enter": func(t *rapid.T) { w.meet(t) },
			"split":                  w.split,
			"move":                   w.move,
			"move again":             w.move,
			"write":                  w.write,
			"write again":            w.write,
			"make a mistake":         w.mistake,
			"put all right": func(t *rapid.T) {
				for len(w.pending) > 0 {
					w.write(t)
				}
				for _, age := range w.ages(t) {
					w.exact(t, age)
				}
			},
			"tell it with doubt": func(t *rapid.T) {
				if len(w.pending) > 0 {
					t.Skip("not all is on record")
				}
				blurred := w.blurred(t)
				for _, age := range w.ages(t) {
					w.bounded(t, blurred, age)
				}
			},
			"tell it without dates": func(t *rapid.T) {
				vague := w.vague(t)
				if err := vague.Check(); err != nil {
					t.Fatalf("true times are refused: %v", err)
				}
				for _, age := range w.ages(t) {
					conserved(t, vague, age)
				}
			},
			"": func(t *rapid.T) {
				if err := w.record.Check(); err != nil {
					t.Fatalf("the record is refused: %v", err)
				}
				for _, age := range w.ages(t) {
					conserved(t, w.record, age)
				}
			},
		})
	})
}

// The store computes a balance anew only when NextChange says so.
func TestNextChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		w.meetGroup(t)
		for range rapid.IntRange(0, 6).Draw(t, "events") {
			rapid.SampledFrom([]func(*rapid.T){w.meetGroup, w.split, w.move, w.move}).Draw(t, "event")(t)
		}
		for len(w.pending) > 0 {
			w.write(t)
		}
		r := w.record
		if rapid.Bool().Draw(t, "vague") {
			r = w.vague(t)
		}
		began, _ := r.Operation.Began.Earliest()
		from := began.Add(time.Duration(rapid.IntRange(0, w.clock+100_000).Draw(t, "from")) * time.Minute)
		next, ok := r.NextChange(from)
		if ok && !next.After(from) {
			t.Fatalf("the next change after %v is at %v", from, next)
		}
		if !ok {
			next = from.AddDate(150, 0, 0)
		}
		seconds := int64(next.Sub(from)/time.Second) - 2
		if seconds < 1 {
			return
		}
		then := from.Add(time.Duration(rapid.Int64Range(1, seconds).Draw(t, "then")) * time.Second)
		a, b := r.Balance(r.Now(from)), r.Balance(r.Now(then))
		if line(a) != line(b) {
			t.Fatalf("at %v: %s\nat %v: %s\nand no change before %v (%t)", from, line(a), then, line(b), next, ok)
		}
	})
}

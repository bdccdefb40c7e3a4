package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline"
)

var pictureNow = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func when(t testing.TB, text string) plumbline.When {
	t.Helper()
	w, err := plumbline.ParseWhen(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return w
}

// A builder writes a made-up record in few words.
type builder struct {
	t testing.TB
	r *plumbline.Record
	n int
}

func build(t testing.TB, began string, head plumbline.Count) *builder {
	b := &builder{t: t, r: &plumbline.Record{}}
	b.r.Operation.ID, b.r.Operation.Title, b.r.Operation.Origin = "op", "Made up", "fictional"
	b.r.Operation.Began, b.r.Operation.HeadCount = when(t, began), head
	return b
}

func (b *builder) id() plumbline.ID {
	b.n++
	return plumbline.ID(fmt.Sprintf("e%d", b.n))
}

// group enters people of a class, and where they went: "held 2026-01-02",
// "helped" without a date, "held 2026-01-02 2026-01-04" with an end.
func (b *builder) group(class plumbline.Class, count plumbline.Count, moves ...string) *plumbline.Presence {
	p := &plumbline.Presence{Code: fmt.Sprintf("G-%02d", len(b.r.Presences)+1), Count: count}
	p.ID = b.id()
	b.r.Presences = append(b.r.Presences, p)
	if class != "" {
		d := &plumbline.Decision{Presence: p.ID, Class: class}
		d.ID = b.id()
		b.r.Decisions = append(b.r.Decisions, d)
	}
	for _, move := range moves {
		f := append(strings.Fields(move), "", "")
		m := &plumbline.Movement{Presence: p.ID, State: plumbline.State(f[0]), From: when(b.t, f[1]), Until: when(b.t, f[2])}
		m.ID = b.id()
		b.r.Movements = append(b.r.Movements, m)
	}
	return p
}

type sample struct {
	name string
	r    *plumbline.Record
	now  time.Time
}

func flowSamples(t testing.TB) []sample {
	type count = plumbline.Count
	n := plumbline.Exactly
	var samples []sample
	add := func(name string, b *builder) *sample {
		samples = append(samples, sample{name, b.r, pictureNow})
		return &samples[len(samples)-1]
	}
	b := build(t, "2003", count{})
	b.group("child", n(7), "helped 2003")
	b.group("adult_not_determined", plumbline.AtLeast(2), "removed_from_country")
	add("unknown-head", b)

	b = build(t, "2026-01-10T21:30Z", n(24))
	b.group("child", n(5), "escorted 2026-01-10T22:00Z", "placed 2026-01-11T01:00Z", "returned_home 2026-02-20T09:00Z")
	b.group("adult_not_coerced", n(12), "questioned 2026-01-10T22:10Z", "free_to_go 2026-01-11T02:00Z")
	b.group("adult_coerced", n(3), "helped 2026-01-11T03:00Z")
	b.group("accused", n(4), "arrested 2026-01-10T21:50Z", "charged 2026-01-12T10:00Z 2026-06-20")
	add("exact", b)

	b = build(t, "2026-01-10T21:30Z", n(180))
	states := plumbline.State("").Values()
	for i, class := range plumbline.Class("").Values() {
		for j := range 3 {
			b.group(plumbline.Class(class), n(1+(i*7+j*5)%9), states[(i+j)%16]+" 2026-01-11T00:00Z", states[(2*i+3*j)%16]+" 2026-01-13T00:00Z 2026-09-01")
		}
		b.group(plumbline.Class(class), n(1+i%3))
	}
	add("many", b)

	b = build(t, "2026-05-02T04:00Z", n(1))
	b.group("adult_coerced", n(1), "helped 2026-05-02T06:00Z", "left_by_choice 2026-05-04T06:00Z")
	add("one", b)

	add("nothing", build(t, "2026-03-02", count{}))

	b = build(t, "2026-06-01T05:30Z", plumbline.About(30))
	b.group("child", n(2), "escorted 2026-06-01T07:00Z")
	b.group("", plumbline.Between(10, 14))
	add("this-morning", b)

	b = build(t, "2026-05-20", n(0))
	add("nobody", b)

	b = build(t, "", n(240))
	b.group("customer", n(1), "released")
	b.group("adult_not_determined", n(230), "held")
	b.group("staff", plumbline.AtLeast(3))
	add("undated", b)
	return samples
}

// What a picture says has to be what the balance says.
func TestFlowSaysTheBalance(t *testing.T) {
	sp := english(t)
	for _, s := range flowSamples(t) {
		p := flowPicture(sp, s.r, s.now)
		texts := checkPicture(t, s.name, p)
		has := func(want string) bool {
			for _, b := range texts {
				if strings.Contains(b.text, want) {
					return true
				}
			}
			return false
		}
		if s.name != "nobody" && !has(sp.Count(s.r.Met())) {
			t.Errorf("%s: the head count %q is not in the picture", s.name, sp.Count(s.r.Met()))
		}
		columns := flowColumns(s.r, s.now)
		var lines []string
		for _, b := range texts {
			lines = append(lines, b.text)
		}
		said := strings.Join(lines, " ") // the lines of a label stand one after the other
		if rows := flowRows(s.r.People(), columns); len(rows) <= maxFlowRows {
			for _, row := range rows {
				want := []string{flowClassName(sp, row.class), sp.Count(row.count)}
				for _, state := range row.path {
					want = append(want, flowStateName(sp, state.state))
				}
				for _, text := range want {
					if !strings.Contains(said, text) {
						t.Errorf("%s: %q is not in the picture", s.name, text)
					}
				}
			}
		}
		for i, at := range columns {
			b := s.r.Balance(at)
			if got, want := p.Table.Rows[len(p.Table.Rows)-1][i+2], sp.Count(b.Unaccounted); got != want {
				t.Errorf("%s: the table says %q unaccounted for at %s, the balance %q", s.name, got, at.Name, want)
			}
			if began, ok := s.r.Operation.Began.Earliest(); ok && began.Add(at.After).After(s.now) {
				t.Errorf("%s: the column %s has not come yet", s.name, at.Name)
			}
		}
	}
}

// Of twelve people of whom "most" and "the rest" are where nobody counted
// them, twelve are accounted for; the picture must say so too.
func TestFlowTiesPartsToTheirWhole(t *testing.T) {
	sp := english(t)
	b := build(t, "2026-05-02T04:00Z", plumbline.Exactly(12))
	whole := b.group("accused", plumbline.Exactly(12))
	for range 2 {
		part := b.group("", plumbline.Count{}, "released 2026-05-02T06:00Z")
		part.PartOf, part.SplitAt = whole.ID, when(t, "2026-05-02T05:00Z")
	}
	columns := flowColumns(b.r, pictureNow)
	rows := flowRows(b.r.People(), columns)
	released := slices.DeleteFunc(slices.Clone(rows), func(row flowRow) bool { return row.path[0].state != "released" })
	if got, want := sp.Count(flowPeople(b.r.People(), released...)), sp.Count(b.r.Balance(columns[0]).In("released")); got != want {
		t.Errorf("the flow has %s released, the balance %s", got, want)
	}
}

func TestFlowColumns(t *testing.T) {
	for _, tc := range []struct{ began, want string }{
		{"2026-06-01T05:30Z", "now"},
		{"2026-05-31T05:30Z", "24h now"},
		{"2026-05-20", "24h 72h now"},
		{"2026-03-04", "24h 72h now"},
		{"2026-03-03", "24h 72h 90d"},
		{"2003", "24h 72h 90d"},
		{"", "24h 72h 90d"},
	} {
		var names []string
		for _, at := range flowColumns(build(t, tc.began, plumbline.Count{}).r, pictureNow) {
			names = append(names, at.Name)
		}
		if got := strings.Join(names, " "); got != tc.want {
			t.Errorf("began %q: got %q, want %q", tc.began, got, tc.want)
		}
	}
}

var anyCount = rapid.Custom(func(t *rapid.T) plumbline.Count {
	n := rapid.IntRange(0, 60).Draw(t, "n")
	if rapid.IntRange(0, 30).Draw(t, "huge") == 0 {
		n *= 90_001
	}
	switch rapid.IntRange(0, 5).Draw(t, "bound") {
	case 0:
		return plumbline.Count{}
	case 1:
		return plumbline.AtLeast(n)
	case 2:
		return plumbline.About(n)
	case 3:
		return plumbline.Between(n, n+5)
	}
	return plumbline.Exactly(n)
})

var anyWhen = rapid.Custom(func(t *rapid.T) plumbline.When {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 400*24).Draw(t, "hours")) * time.Hour)
	layout := rapid.SampledFrom([]string{"", "2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z"}).Draw(t, "form")
	text := ""
	if layout != "" {
		text = at.Format(layout)
	}
	w, err := plumbline.ParseWhen(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
})

// anyRecord makes records that a form would take and some that it would not:
// a picture has to stand what is stored.
var anyRecord = rapid.Custom(func(t *rapid.T) *plumbline.Record {
	r := &plumbline.Record{}
	r.Operation.Began, r.Operation.HeadCount = anyWhen.Draw(t, "began"), anyCount.Draw(t, "head")
	word := rapid.SampledFrom([]string{"", "Officer on duty", "مكتب الرعاية", "<b>&", "Unbreakably-long-name-of-an-office-that-nobody-would-give", "ที่พักพิง", "\x00\xff"})
	for i := range rapid.IntRange(0, 30).Draw(t, "presences") {
		p := &plumbline.Presence{Code: fmt.Sprintf("G-%02d", i), Count: anyCount.Draw(t, "count")}
		p.ID = plumbline.ID(fmt.Sprintf("p%d", i))
		if i > 0 && rapid.IntRange(0, 3).Draw(t, "split") == 0 {
			p.PartOf = r.Presences[rapid.IntRange(0, i-1).Draw(t, "of")].ID
			p.SplitAt = anyWhen.Draw(t, "at")
		}
		r.Presences = append(r.Presences, p)
		if rapid.Bool().Draw(t, "decided") {
			r.Decisions = append(r.Decisions, &plumbline.Decision{Presence: p.ID, Class: plumbline.Class(rapid.SampledFrom(plumbline.Class("").Values()).Draw(t, "class"))})
		}
		for range rapid.IntRange(0, 3).Draw(t, "movements") {
			m := &plumbline.Movement{Presence: p.ID, State: plumbline.State(rapid.SampledFrom(plumbline.State("").Values()).Draw(t, "state")), From: anyWhen.Draw(t, "from"),
				Giver: word.Draw(t, "giver"), Taker: word.Draw(t, "taker"), Place: word.Draw(t, "place")}
			if rapid.IntRange(0, 2).Draw(t, "ends") == 0 {
				m.Until = anyWhen.Draw(t, "until")
			}
			m.ID = plumbline.ID(fmt.Sprintf("m%d", len(r.Movements)))
			r.Movements = append(r.Movements, m)
		}
	}
	return r
})

func TestFlowProperties(t *testing.T) {
	en, ar := english(t), arabic(t)
	rapid.Check(t, func(t *rapid.T) {
		r := anyRecord.Draw(t, "record")
		now := pictureNow.Add(time.Duration(rapid.IntRange(-3000, 9000).Draw(t, "now")) * time.Hour)
		for _, sp := range []*tongue{en, ar} {
			checkPicture(t, "flow", flowPicture(sp, r, now))
		}
		columns := flowColumns(r, now)
		all := flowRows(r.People(), columns)
		rows := mergeFlow(r.People(), all, maxFlowRows)
		if len(rows) > maxFlowRows {
			t.Errorf("%d rows are drawn, want at most %d", len(rows), maxFlowRows)
		}
		checkFlowRows(t, r, all, columns)
		sum := func(rows []flowRow) plumbline.Count { return flowPeople(r.People(), rows...) }
		if got, want := sum(rows), sum(all); got.Text() != want.Text() {
			t.Errorf("drawing together makes %v of %v", got, want)
		}
		for _, row := range rows { // a class under its own name is whole
			of := func(rows []flowRow) plumbline.Count {
				return sum(slices.DeleteFunc(slices.Clone(rows), func(other flowRow) bool { return other.class != row.class }))
			}
			if got, want := of(rows), of(all); row.class != classSeveral && row.class != classAdults && got.Text() != want.Text() {
				t.Errorf("drawing together makes %v of %v in the class %s", got, want, row.class)
			}
		}
		for i := range columns { // nobody loses or finds an answer by being drawn together
			missing := func(rows []flowRow) plumbline.Count {
				return sum(slices.DeleteFunc(slices.Clone(rows), func(row flowRow) bool { return row.path[i].state != "unknown" }))
			}
			got, want := missing(rows), missing(all)
			if got.Text() != want.Text() {
				t.Errorf("drawing together makes %v unaccounted for of %v", got, want)
			}
		}
	})
}

// checkFlowRows holds the rows against the balance, state by state.
func checkFlowRows(t *rapid.T, r *plumbline.Record, rows []flowRow, columns []plumbline.Checkpoint) {
	for i, at := range columns {
		b := r.Balance(at)
		for _, s := range b.States {
			got := flowPeople(r.People(), slices.DeleteFunc(slices.Clone(rows), func(row flowRow) bool { return row.path[i] != flowState{s.State, s.Undated} })...)
			if got.Text() != s.Count.Text() {
				t.Errorf("%s %s: the flow has %v, the balance %v", at.Name, s.State, got, s.Count)
			}
		}
	}
}

package web

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline"
)

func custodyExhibits(t testing.TB, sp speaker) (all []exhibit) {
	n := plumbline.Exactly
	add := func(name string, b *builder, p *plumbline.Presence) {
		all = append(all, exhibit{"custody-" + name, custodyPicture(sp, b.r.Custody(p, pictureNow))})
	}
	officer, worker, shelter := in(sp, "Officer on duty", "الضابط المناوب"), in(sp, "Social worker, District 4", "الأخصائية الاجتماعية، المنطقة 4"), in(sp, "Open House shelter", "مأوى البيت المفتوح")

	b := build(t, "2026-01-10T21:30Z", n(1))
	p := b.group("child", n(1), "escorted 2026-01-10T22:00Z 2026-01-10T23:00Z", "placed 2026-01-10T23:30Z", "returned_home 2026-02-03")
	for i, m := range b.r.Movements {
		m.Giver, m.Taker = []string{officer, worker, shelter}[i], []string{worker, shelter, in(sp, "Her aunt", "خالتها")}[i]
		m.PlaceKind, m.Receipt = plumbline.PlaceKind([]string{"", "shelter_open", "home"}[i]), []plumbline.Answer{"yes", "no", ""}[i]
	}
	add("whole", b, p)

	b = build(t, "2026-01-10T21:30Z", n(2))
	p = b.group("child", n(2), "escorted 2026-01-10T22:00Z 2026-01-11T02:00Z", "held 2026-01-11T20:00Z 2026-01-13T20:00Z", "placed 2026-01-20T09:00Z 2026-01-21T09:00Z", "hospital", "removed_from_country")
	b.r.Movements[0].Giver = officer
	b.r.Movements[1].Giver, b.r.Movements[1].PlaceKind = worker, "police_station"
	b.r.Movements[2].Taker, b.r.Movements[2].Place = shelter, "<Riverside>"
	b.r.Movements[3].Giver, b.r.Movements[3].Taker, b.r.Movements[3].From, b.r.Movements[3].Until = officer, worker, when(t, "2026-01-22"), when(t, "2026-01-24/..")
	add("broken", b, p)

	b = build(t, "2026-01-10T21:30Z", n(1))
	p = b.group("child", n(1), "helped 2026-01-11")
	add("open", b, p)

	b = build(t, "2026-01-10T21:30Z", n(1))
	add("nothing", b, b.group("child", n(1)))

	b = build(t, "2026-06-01T11:30Z", n(1))
	add("new", b, b.group("child", n(1)))
	return all
}

// Every gap of the chain is said, in the picture and in its table.
func TestCustodySaysEveryGap(t *testing.T) {
	sp := english(t)
	rapid.Check(t, func(t *rapid.T) {
		r := anyRecord.Draw(t, "record")
		for _, presence := range r.Presences {
			chain := r.Custody(presence, pictureNow)
			p := custodyPicture(sp, chain)
			checkPicture(t, "custody", p)
			want := 0
			for _, l := range chain.Links {
				if len(l.Gaps) > 0 {
					want++
				}
			}
			if chain.End != "" {
				want++
			}
			if got := strings.Count(string(p.SVG), `class="gap`); got != want {
				t.Errorf("%d gaps are shown, want %d", got, want)
			}
			if (want > 0) != chain.Broken() {
				t.Errorf("%d gaps in a chain that is broken: %v", want, chain.Broken())
			}
		}
	})
}

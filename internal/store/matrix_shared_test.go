package store_test

import (
	"errors"
	"slices"

	"plumbline"
	"plumbline/internal/store"
)

// Of what several organisations write there is one subject of each kind, begun
// by another organisation, which has told something in it.
func init() { uses = append(uses, sharedUses()...) }

// A sharedKind is how the matrix tries a kind of subject that several
// organisations write.
type sharedKind struct {
	is    string // "an area"
	begin func(id plumbline.ID) plumbline.Entry
	tell  func(id, org plumbline.ID) plumbline.Entry // in the name of an organisation
}

var sharedKinds = map[plumbline.Kind]sharedKind{
	plumbline.KindArea: {"an area",
		func(id plumbline.ID) plumbline.Entry {
			return &plumbline.Area{Head: head(id), Name: "Quay", Origin: "site"}
		},
		func(id, org plumbline.ID) plumbline.Entry {
			return &plumbline.ViolenceReports{Head: head(id), Told: plumbline.Told{Organisation: org}, Source: "police", Reports: plumbline.Exactly(3)}
		}},
}

func sharedUses() (list []use) {
	for _, kind := range plumbline.Subjects() {
		k, is := sharedKinds[kind]
		if !is {
			continue
		}
		on := func(id plumbline.ID, changes ...store.Change) store.Batch {
			b := store.Batch{Subject: store.Subject{Kind: kind, ID: id}, Changes: changes}
			if len(changes) > 0 && changes[0].Version > 0 {
				b.Reason = "Because"
			}
			return b
		}
		try := func(method, what string, do func(m *matrix, a plumbline.Actor, id plumbline.ID) error) {
			list = append(list, use{method, what + k.is, true, func(m *matrix, a plumbline.Actor, _ tie) error { return do(m, a, m.shared(kind)) }})
		}
		try("Shared", "read ", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			_, err := m.Shared(m.ctx, a, store.Subject{Kind: kind, ID: id})
			return err
		})
		try("SharedOf", "find in a list ", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			all, err := m.SharedOf(m.ctx, a, kind)
			return unlisted(err, func() bool {
				return slices.ContainsFunc(all, func(d *store.Shared) bool { return d.Find(id) != nil })
			})
		})
		try("Write", "begin ", func(m *matrix, a plumbline.Actor, _ plumbline.ID) error {
			id := m.fresh()
			return m.Write(m.ctx, a, on(id, store.Change{Entry: k.begin(id)}))
		})
		try("Write", "tell for the own organisation in ", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			return m.Write(m.ctx, a, on(id, store.Change{Entry: k.tell(m.fresh(), ours)}))
		})
		try("Write", "tell in another's name in ", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			return m.Write(m.ctx, a, on(id, store.Change{Entry: k.tell(m.fresh(), theirs)}))
		})
		try("Write", "change what another told in ", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			e := k.tell(id+"-told", theirs)
			plumbline.HeadOf(e).Note = plumbline.Text(m.fresh())
			return m.Write(m.ctx, a, on(id, store.Change{Entry: e, Version: 1}))
		})
		try("Write", "take over what another told in ", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			return m.Write(m.ctx, a, on(id, store.Change{Entry: k.tell(id+"-told", ours), Version: 1}))
		})
	}
	area := func(m *matrix) plumbline.ID { return m.shared(plumbline.KindArea) }
	return append(list,
		use{"Area", "read an area and what was there", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.Area(m.ctx, a, area(m)); return err }},
		use{"Area", "read another's small number in an area", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			d, err := m.Area(m.ctx, a, area(m))
			return unlisted(err, func() bool { return d.Record.Violence[0].Reports == plumbline.Exactly(3) })
		}},
		use{"AreaSeries", "make a series of an area", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			_, err := m.AreaSeries(m.ctx, a, store.AreaAsk{Area: area(m), Service: "legal"})
			if errors.Is(err, plumbline.ErrInvalid) { // is told that nobody counted
				err = nil
			}
			return err
		}},
		use{"BringContacts", "bring a file of counts to an area", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			_, err := m.BringContacts(m.ctx, a, area(m), []*plumbline.Contacts{{Told: plumbline.Told{From: when("2028-01")}, Service: "clinic", Contacts: plumbline.Exactly(m.n)}}, "Because")
			m.n++
			return err
		}})
}

// shared returns the subject of a kind, and makes it when it is first asked
// for.
func (m *matrix) shared(kind plumbline.Kind) plumbline.ID {
	m.t.Helper()
	id := "the-" + plumbline.ID(kind)
	on := store.Subject{Kind: kind, ID: id}
	if _, err := m.Shared(m.ctx, theirCoordinator, on); err != nil {
		k := sharedKinds[kind]
		m.must(m.Write(m.ctx, theirCoordinator, store.Batch{Subject: on, Changes: []store.Change{{Entry: k.begin(id)}, {Entry: k.tell(id+"-told", theirs)}}}))
		m.before = m.state()
	}
	return id
}

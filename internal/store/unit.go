package store

import (
	"context"
	"slices"

	"plumbline"
)

// A Unit is a unit's record as an actor may read it.
type Unit struct {
	*plumbline.UnitRecord
	Revisions map[plumbline.ID]Revision
	MayKeep   bool
}

// Version returns the version of an entry, 0 when it is not in the record.
func (u *Unit) Version(id plumbline.ID) int64 { return u.Revisions[id].Version }

// Unit returns a unit's record. It returns NotFound when there is none, or
// when the actor may see neither its operations nor keep its record.
func (db *DB) Unit(ctx context.Context, a plumbline.Actor, id plumbline.ID) (u *Unit, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		u, err = tx.unit(a, id)
		return err
	})
	return u, err
}

func (tx *Tx) unit(a plumbline.Actor, id plumbline.ID) (*Unit, error) {
	d, revisions, err := tx.load(Subject{plumbline.KindUnit, id})
	if err != nil {
		return nil, err
	}
	r := d.(*plumbline.UnitRecord)
	bond := a.BondToUnit(&r.Unit)
	if len(revisions) == 0 || !plumbline.May(a, plumbline.SeeOperation, bond) {
		return nil, plumbline.NotFound("unit")
	}
	u := &Unit{UnitRecord: r, Revisions: map[plumbline.ID]Revision{}, MayKeep: plumbline.May(a, plumbline.KeepUnits, bond)}
	for id, k := range revisions {
		u.Revisions[id] = k.Revision
	}
	return u, nil
}

// Units returns the units that the actor may see, by organisation and name.
func (db *DB) Units(ctx context.Context, a plumbline.Actor) (units []*plumbline.Unit, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		units = nil
		return tx.latest(plumbline.KindUnit, func(e plumbline.Entry) {
			if u := e.(*plumbline.Unit); plumbline.May(a, plumbline.SeeOperation, a.BondToUnit(u)) {
				units = append(units, u)
			}
		})
	})
	return units, err
}

// UnitNames returns every unit, for who keeps the site's users: a unit's name
// and organisation, and nothing of its record. It needs KeepHouse.
func (db *DB) UnitNames(ctx context.Context, a plumbline.Actor) (units []*plumbline.Unit, err error) {
	if err := plumbline.Allow(a, plumbline.KeepHouse, plumbline.Public); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		units = nil
		return tx.latest(plumbline.KindUnit, func(e plumbline.Entry) {
			units = append(units, nameOf(e.(*plumbline.Unit)))
		})
	})
	return units, err
}

// nameOf returns what everybody on the site may know of a unit.
func nameOf(u *plumbline.Unit) *plumbline.Unit {
	return &plumbline.Unit{Head: plumbline.Head{ID: u.ID}, Name: u.Name, Organisation: u.Organisation, Origin: u.Origin}
}

// Organisations returns all organisations. Their names and ties are known to
// everybody with an account; to others it returns Forbidden.
func (db *DB) Organisations(ctx context.Context, a plumbline.Actor) (list []*plumbline.Organisation, err error) {
	if err := hasAccount(a); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		return tx.latest(plumbline.KindOrganisation, func(e plumbline.Entry) { list = append(list, e.(*plumbline.Organisation)) })
	})
	return list, err
}

// An Organisation is an organisation's record as an actor may read it.
type Organisation struct {
	*plumbline.OrganisationRecord
	Revisions      map[plumbline.ID]Revision
	MaySeeStories  bool
	MayKeepStories bool
}

// Version returns the version of an entry, 0 when it is not in the record.
func (o *Organisation) Version(id plumbline.ID) int64 { return o.Revisions[id].Version }

// Organisation returns an organisation's record: what it is, and as much of
// its stories as [plumbline.OrganisationRecord.Show] gives. To who has no
// account there is none.
func (db *DB) Organisation(ctx context.Context, a plumbline.Actor, id plumbline.ID) (o *Organisation, err error) {
	if hasAccount(a) != nil {
		return nil, plumbline.NotFound("organisation")
	}
	err = db.view(ctx, func(tx *Tx) error {
		d, revisions, err := tx.load(Subject{plumbline.KindOrganisation, id})
		if err != nil {
			return err
		}
		if len(revisions) == 0 {
			return plumbline.NotFound("organisation")
		}
		r := d.(*plumbline.OrganisationRecord)
		bond := a.BondToOrganisation(&r.Organisation)
		o = &Organisation{r.Show(a, tx.now), map[plumbline.ID]Revision{}, plumbline.May(a, plumbline.SeeStories, bond), plumbline.May(a, plumbline.KeepStories, bond)}
		for _, e := range o.Entries() {
			id := plumbline.HeadOf(e).ID
			o.Revisions[id] = revisions[id].Revision
		}
		return nil
	})
	return o, err
}

// Names returns the names of the units, organisations and programmes that
// entries name: of those units and programmes that the actor may see, and of
// any organisation.
func (db *DB) Names(ctx context.Context, a plumbline.Actor, entries []plumbline.Entry) (names map[plumbline.ID]string, err error) {
	var named []Subject
	for _, e := range entries {
		for _, ref := range plumbline.Refs(e) {
			if s := (Subject{ref.Kind, ref.ID}); slices.Contains(plumbline.Subjects(), s.Kind) && !slices.Contains(named, s) {
				named = append(named, s)
			}
		}
	}
	err = db.view(ctx, func(tx *Tx) error {
		names = map[plumbline.ID]string{}
		for some := range slices.Chunk(named, 20) {
			var args []any
			for i := range 20 { // always as many, so that the statement is one
				s := some[min(i, len(some)-1)]
				args = append(args, s.String(), s.ID)
			}
			if err := tx.each(func(scan func(...any) error) error {
				k, err := scanRevision(scan)
				switch e := k.Entry.(type) {
				case *plumbline.Organisation:
					names[e.ID] = e.Name
				case *plumbline.Unit:
					if plumbline.May(a, plumbline.SeeOperation, a.BondToUnit(e)) {
						names[e.ID] = e.Name
					}
				case *plumbline.Programme:
					if plumbline.May(a, plumbline.SeeProgramme, a.BondToProgramme(&plumbline.ProgrammeRecord{Programme: *e})) {
						names[e.ID] = e.Name
					}
				}
				return err
			}, "SELECT "+revisionColumns+" FROM revision WHERE latest = 1 AND (subject, id) IN (VALUES "+marks(len(args), 2)+")", args...); err != nil {
				return err
			}
		}
		return nil
	})
	return names, err
}

// latest calls f with the newest version of each subject of a kind.
func (tx *Tx) latest(kind plumbline.Kind, f func(plumbline.Entry)) error {
	return tx.each(func(scan func(...any) error) error {
		k, err := scanRevision(scan)
		if err == nil {
			f(k.Entry)
		}
		return err
	}, "SELECT "+revisionColumns+" FROM revision WHERE subject > $1 AND subject < $2 AND kind = $3 AND latest = 1 ORDER BY subject",
		kind+"/", kind+"0", kind) // "0" comes after "/"
}

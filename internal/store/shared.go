package store

import (
	"context"
	"slices"

	"plumbline"
)

// A Shared is a dossier that several organisations write, as an actor may read
// it.
type Shared struct {
	plumbline.Shared
	Revisions map[plumbline.ID]Revision
	Earlier   map[plumbline.ID][]Revision // what each entry said before it was corrected, oldest first; not in lists, nor where something is hidden
	MayKeep   bool                        // write the subject's own entry
}

// A hider is a record of which not everybody who may read it reads all.
type hider interface{ Hide(plumbline.Actor) }

// Version returns the version of an entry, 0 when it is not in the record.
func (s *Shared) Version(id plumbline.ID) int64 { return s.Revisions[id].Version }

// Shared returns the record of an area, a dialogue or a matter. It returns
// NotFound when there is none, or when the actor may not see it.
func (db *DB) Shared(ctx context.Context, a plumbline.Actor, s Subject) (d *Shared, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		if d, err = tx.shared(a, s); err != nil {
			return err
		}
		if _, hides := d.Shared.(hider); hides {
			return nil // an earlier version would tell what the record does not
		}
		return tx.each(func(scan func(...any) error) error {
			k, err := scanRevision(scan)
			d.Earlier[k.ID] = append(d.Earlier[k.ID], k.Revision)
			return err
		}, "SELECT "+revisionColumns+" FROM revision WHERE subject = $1 AND latest = 0 ORDER BY entry", s.String())
	})
	return d, err
}

func (tx *Tx) shared(a plumbline.Actor, s Subject) (*Shared, error) {
	d, revisions, err := tx.load(s)
	if err != nil {
		return nil, err
	}
	if shared := sharedWith(a, d, revisions); shared != nil {
		return shared, nil
	}
	return nil, plumbline.NotFound(string(s.Kind))
}

// sharedWith returns a dossier as the actor may read it, or nil.
func sharedWith(a plumbline.Actor, d plumbline.Dossier, revisions map[plumbline.ID]kept) *Shared {
	record, is := d.(plumbline.Shared)
	if !is || len(revisions) == 0 || !record.MaySee(a) {
		return nil
	}
	h, hides := d.(hider)
	if hides {
		h.Hide(a)
	}
	shared := &Shared{record, map[plumbline.ID]Revision{}, map[plumbline.ID][]Revision{}, record.Allow(a, record.Entries()[0]) == nil}
	for id, k := range revisions {
		if hides {
			k.Entry = nil // as it was written: the record has what may be read of it
		}
		shared.Revisions[id] = k.Revision
	}
	return shared
}

// SharedOf returns the records of a kind of subject that the actor may see, by
// id. It returns Forbidden when the actor may see none of any bond.
func (db *DB) SharedOf(ctx context.Context, a plumbline.Actor, k plumbline.Kind) (list []*Shared, err error) {
	record, is := plumbline.NewDossier(k).(plumbline.Shared)
	if !is {
		return nil, plumbline.NotFound(string(k))
	}
	see := record.Sees()
	if !slices.ContainsFunc(plumbline.Bonds(), func(b plumbline.Bond) bool { return plumbline.May(a, see, b) }) {
		return nil, plumbline.Forbidden(see)
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		var of string // the subject whose entries are being read
		var d plumbline.Dossier
		var revisions map[plumbline.ID]kept
		end := func() {
			if shared := sharedWith(a, d, revisions); shared != nil {
				list = append(list, shared)
			}
		}
		err := tx.each(func(scan func(...any) error) error {
			var subject string
			entry, err := scanRevision(func(into ...any) error { return scan(append(into, &subject)...) })
			if err != nil {
				return err
			}
			if subject != of {
				end()
				of, d, revisions = subject, plumbline.NewDossier(k), map[plumbline.ID]kept{}
			}
			gather(d, revisions, entry)
			return nil
		}, "SELECT "+revisionColumns+", subject FROM revision WHERE subject > $1 AND subject < $2 AND latest = 1 ORDER BY subject, place, entry", k+"/", k+"0") // "0" comes after "/"
		end()
		return err
	})
	return list, err
}

package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"plumbline"
)

// A Programme is a programme's record as an actor may read it.
type Programme struct {
	*plumbline.ProgrammeRecord
	Revisions map[plumbline.ID]Revision
	MayKeep   bool
	MayObject bool
}

// Version returns the version of an entry, 0 when it is not in the record.
func (p *Programme) Version(id plumbline.ID) int64 { return p.Revisions[id].Version }

// Programme returns a programme's record. It returns NotFound when there is
// none, or when the actor may not see it.
func (db *DB) Programme(ctx context.Context, a plumbline.Actor, id plumbline.ID) (p *Programme, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		p, err = tx.programme(a, id)
		return err
	})
	return p, err
}

func (tx *Tx) programme(a plumbline.Actor, id plumbline.ID) (*Programme, error) {
	d, revisions, err := tx.load(Subject{plumbline.KindProgramme, id})
	if err != nil {
		return nil, err
	}
	r := d.(*plumbline.ProgrammeRecord)
	bond := a.BondToProgramme(r)
	if len(revisions) == 0 || !plumbline.May(a, plumbline.SeeProgramme, bond) {
		return nil, plumbline.NotFound("programme")
	}
	p := &Programme{r, map[plumbline.ID]Revision{}, plumbline.May(a, plumbline.KeepProgrammes, bond), plumbline.May(a, plumbline.Object, bond)}
	for id, k := range revisions {
		p.Revisions[id] = k.Revision
	}
	return p, nil
}

// Programmes returns the programmes that the actor may see, newest first. It
// returns Forbidden when the actor may see none.
func (db *DB) Programmes(ctx context.Context, a plumbline.Actor) (list []*Programme, err error) {
	if !slices.ContainsFunc(plumbline.Bonds(), func(b plumbline.Bond) bool { return plumbline.May(a, plumbline.SeeProgramme, b) }) {
		return nil, plumbline.Forbidden(plumbline.SeeProgramme)
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		var ids []plumbline.ID
		if err := tx.latest(plumbline.KindProgramme, func(e plumbline.Entry) { ids = append(ids, plumbline.HeadOf(e).ID) }); err != nil {
			return err
		}
		for _, id := range ids {
			switch p, err := tx.programme(a, id); {
			case err == nil:
				list = append(list, p)
			case plumbline.ProblemsOf(err) == nil: // more than that the actor may not see it
				return err
			}
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b *Programme) int {
		one, _ := a.Programme.Began.Earliest()
		two, _ := b.Programme.Began.Earliest()
		return two.Compare(one)
	})
	return list, err
}

// A Review is a programme with what the record answers of it. Its numbers are
// of every operation that it paid for, also of those that the actor may not
// read; Each holds those that they may.
type Review struct {
	Of *Programme
	*plumbline.Review
	Withheld int // operations that are summed and not listed
}

// Review returns a programme with what the record, as it is today, answers of it
// at a moment; the zero time is now. It returns NotFound when there is none, or
// when the actor may not see it.
func (db *DB) Review(ctx context.Context, a plumbline.Actor, id plumbline.ID, at time.Time) (v *Review, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		p, err := tx.programme(a, id)
		if err != nil {
			return err
		}
		paid, err := tx.paidBy(id)
		if err != nil {
			return err
		}
		moment := at
		if moment.IsZero() {
			moment = tx.now
		}
		withheld := map[plumbline.ID]bool{}
		for _, r := range paid {
			if !plumbline.May(a, plumbline.SeeOperation, a.BondTo(r)) {
				withheld[r.Operation.ID] = true
			}
		}
		v = &Review{Of: p, Review: p.ProgrammeRecord.Review(paid, withheld, moment)}
		v.Withheld = v.Operations - len(v.Each)
		return nil
	})
	return v, err
}

// paidBy returns the operations that a programme paid for.
func (tx *Tx) paidBy(programme plumbline.ID) (paid []*plumbline.Record, err error) {
	var ids []plumbline.ID
	err = tx.each(func(scan func(...any) error) error {
		var subject string
		err := scan(&subject)
		_, id, _ := strings.Cut(subject, "/")
		if n := len(ids); n == 0 || ids[n-1] != plumbline.ID(id) {
			ids = append(ids, plumbline.ID(id))
		}
		return err
	}, "SELECT subject FROM revision WHERE kind = 'funding' AND latest = 1 AND body LIKE $1 ORDER BY subject", `%"programme":"`+string(programme)+`"%`)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		d, _, err := tx.load(Subject{plumbline.KindOperation, id})
		if err != nil {
			return nil, err
		}
		r := d.(*plumbline.Record)
		if slices.ContainsFunc(r.Fundings, func(f *plumbline.Funding) bool { return f.Programme == programme }) { // and not a text that reads so
			paid = append(paid, r)
		}
	}
	return paid, nil
}

// Stories returns the organisations that have published stories of people or
// were asked for one, as far as the actor may see them, by id.
func (db *DB) Stories(ctx context.Context, a plumbline.Actor) (list []*plumbline.OrganisationRecord, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		var ids []plumbline.ID
		if err := tx.latest(plumbline.KindOrganisation, func(e plumbline.Entry) { ids = append(ids, plumbline.HeadOf(e).ID) }); err != nil {
			return err
		}
		for _, id := range ids {
			d, _, err := tx.load(Subject{plumbline.KindOrganisation, id})
			if err != nil {
				return err
			}
			if o := d.(*plumbline.OrganisationRecord).Show(a, tx.now); len(o.Publications)+len(o.MediaRequests) > 0 {
				list = append(list, o)
			}
		}
		return nil
	})
	return list, err
}

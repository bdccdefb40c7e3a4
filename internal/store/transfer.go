package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"plumbline"
)

// A Bundle is records to bring in or take out.
type Bundle struct {
	Organisations []*plumbline.Organisation
	Units         []*plumbline.UnitRecord
	Programmes    []*plumbline.ProgrammeRecord
	Operations    []*plumbline.Record
}

// Imported counts what an import did, or would do.
type Imported struct {
	Organisations, Units, Programmes, Operations int // new
	Entries                                      int // rows written
	Known                                        int // subjects that were there already, exactly alike
}

// errDry ends the transaction of a dry run.
var errDry = errors.New("dry run")

// Import brings in a bundle: all of it or nothing. What is there already and
// exactly alike is passed over; what is there and differs is a Conflict.
// progress, when not nil, is told how many subjects are done of how many.
// A dry run checks everything and writes nothing.
func (db *DB) Import(ctx context.Context, a plumbline.Actor, b Bundle, dry bool, progress func(done, all int)) (n Imported, err error) {
	if err := plumbline.Allow(a, plumbline.ImportRecords, plumbline.Public); err != nil {
		return n, err
	}
	all := len(b.Organisations) + len(b.Units) + len(b.Programmes) + len(b.Operations)
	err = db.tx(ctx, func(tx *Tx) error {
		n = Imported{}
		done := 0
		tx.incoming = b.subjects()
		err := b.each(func(s Subject, _ string, entries []plumbline.Entry, where string) error {
			rows, err := tx.bringIn(a, s, entries)
			if err != nil {
				return within(where, err)
			}
			n.Entries += rows
			switch {
			case rows == 0:
				n.Known++
			case s.Kind == plumbline.KindOrganisation:
				n.Organisations++
			case s.Kind == plumbline.KindUnit:
				n.Units++
			case s.Kind == plumbline.KindProgramme:
				n.Programmes++
			default:
				n.Operations++
			}
			if done++; progress != nil {
				progress(done, all)
			}
			return ctx.Err()
		})
		if err == nil && dry {
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return n, err
}

// each calls f for every subject of a bundle, with its title and the place
// where it stands.
func (b Bundle) each(f func(s Subject, title string, entries []plumbline.Entry, where string) error) error {
	for i, o := range b.Organisations {
		if err := f(Subject{plumbline.KindOrganisation, o.ID}, o.Name, []plumbline.Entry{o}, fmt.Sprintf("organisations[%d]", i)); err != nil {
			return err
		}
	}
	for i, u := range b.Units {
		if err := f(Subject{plumbline.KindUnit, u.Unit.ID}, u.Unit.Name, u.Entries(), fmt.Sprintf("units[%d]", i)); err != nil {
			return err
		}
	}
	for i, p := range b.Programmes {
		if err := f(Subject{plumbline.KindProgramme, p.Programme.ID}, p.Programme.Name, p.Entries(), fmt.Sprintf("programmes[%d]", i)); err != nil {
			return err
		}
	}
	for i, r := range b.Operations {
		if err := f(Subject{plumbline.KindOperation, r.Operation.ID}, r.Operation.Title, r.Entries(), fmt.Sprintf("operations[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

// A Preview is what an import would do with one subject of a bundle.
type Preview struct {
	Subject  Subject
	Title    string
	Entries  int // that would be written; 0 when it is there already and alike
	Problems plumbline.Problems
}

// Preview returns what an import would do with each subject of a bundle, and
// writes nothing. Where Import stops at the first problem, it goes on. It
// needs ImportRecords.
func (db *DB) Preview(ctx context.Context, a plumbline.Actor, b Bundle) (list []Preview, err error) {
	if err := plumbline.Allow(a, plumbline.ImportRecords, plumbline.Public); err != nil {
		return nil, err
	}
	err = db.tx(ctx, func(tx *Tx) error {
		list = nil
		tx.incoming = b.subjects()
		err := b.each(func(s Subject, title string, entries []plumbline.Entry, where string) error {
			p := Preview{Subject: s, Title: title}
			var err error
			if p.Entries, err = tx.bringIn(a, s, entries); err != nil {
				err = within(where, err)
				if p.Problems = plumbline.ProblemsOf(err); p.Problems == nil {
					return err
				}
			}
			list = append(list, p)
			return ctx.Err()
		})
		if err == nil {
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return list, err
}

// subjects returns everything that a bundle brings, so that its parts may name
// each other in any order.
func (b Bundle) subjects() map[Subject]bool {
	all := map[Subject]bool{}
	for _, o := range b.Organisations {
		all[Subject{plumbline.KindOrganisation, o.ID}] = true
	}
	for _, u := range b.Units {
		all[Subject{plumbline.KindUnit, u.Unit.ID}] = true
	}
	for _, p := range b.Programmes {
		all[Subject{plumbline.KindProgramme, p.Programme.ID}] = true
	}
	return all
}

// bringIn writes a whole subject that is not there yet, and returns the
// number of rows.
func (tx *Tx) bringIn(a plumbline.Actor, s Subject, entries []plumbline.Entry) (rows int, err error) {
	d, revisions, err := tx.load(s)
	if err != nil {
		return 0, err
	}
	if len(revisions) > 0 {
		kept := d.Entries()
		if s.Kind == plumbline.KindOrganisation {
			kept = kept[:1] // its stories are in no file
		}
		same, err := sameEntries(kept, entries)
		if err == nil && !same {
			err = plumbline.Conflict("", "problem.already_there", "Got", s.ID)
		}
		return 0, err
	}
	batch := Batch{Subject: s}
	for _, e := range entries {
		batch.Changes = append(batch.Changes, Change{Entry: e})
	}
	return len(entries), tx.write(a, batch, true)
}

func sameEntries(a, b []plumbline.Entry) (bool, error) {
	one, err1 := json.Marshal(a)
	two, err2 := json.Marshal(b)
	return string(one) == string(two), errors.Join(err1, err2)
}

// within gives the problems of an error a place in the bundle.
func within(where string, err error) error {
	found := plumbline.ProblemsOf(err)
	if found == nil {
		return err
	}
	for i, p := range found {
		found[i] = p.In(where)
	}
	return found
}

// Export takes out the operations that the actor may export and the filter
// finds, with the units, organisations and programmes that they name.
func (db *DB) Export(ctx context.Context, a plumbline.Actor, f Filter) (b Bundle, err error) {
	list, _, err := db.find(ctx, a, f)
	if err != nil {
		return b, err
	}
	slices.SortFunc(list, oldestFirst)
	err = db.view(ctx, func(tx *Tx) error {
		b = Bundle{}
		for _, s := range list {
			o, err := tx.operation(a, plumbline.ID(s.id))
			if err != nil {
				return err
			}
			if o.May[plumbline.ExportRecords] {
				b.Operations = append(b.Operations, o.Record)
			}
		}
		return tx.addNamed(a, &b)
	})
	return b, err
}

// addNamed adds the units, organisations and programmes that a bundle's entries
// name. Of a unit that the actor may not see it adds what everybody may know,
// of such a programme that it is one and who pays.
func (tx *Tx) addNamed(a plumbline.Actor, b *Bundle) error {
	named := map[Subject]bool{}
	var follow func(entries []plumbline.Entry) error
	follow = func(entries []plumbline.Entry) error {
		for _, e := range entries {
			for _, ref := range plumbline.Refs(e) {
				s := Subject{ref.Kind, ref.ID}
				if named[s] || !slices.Contains(plumbline.Subjects(), ref.Kind) {
					continue
				}
				named[s] = true
				d, _, err := tx.load(s)
				if err != nil {
					return err
				}
				if u, ok := d.(*plumbline.UnitRecord); ok && !plumbline.May(a, plumbline.SeeOperation, a.BondToUnit(&u.Unit)) {
					d = &plumbline.UnitRecord{Unit: *nameOf(&u.Unit)}
				}
				if p, ok := d.(*plumbline.ProgrammeRecord); ok && !plumbline.May(a, plumbline.SeeProgramme, a.BondToProgramme(p)) {
					d = &plumbline.ProgrammeRecord{Programme: plumbline.Programme{Head: plumbline.Head{ID: s.ID}, Name: string(s.ID), Funder: p.Programme.Funder, Origin: p.Programme.Origin}}
				}
				if o, ok := d.(*plumbline.OrganisationRecord); ok {
					d = &plumbline.OrganisationRecord{Organisation: o.Organisation}
				}
				if err := follow(d.Entries()); err != nil {
					return err
				}
				switch d := d.(type) {
				case *plumbline.UnitRecord:
					b.Units = append(b.Units, d)
				case *plumbline.ProgrammeRecord:
					b.Programmes = append(b.Programmes, d)
				case *plumbline.OrganisationRecord:
					b.Organisations = append(b.Organisations, &d.Organisation)
				}
			}
		}
		return nil
	}
	for _, r := range b.Operations {
		if err := follow(r.Entries()); err != nil {
			return err
		}
	}
	return nil
}

// Complete adds to a bundle the units, organisations and programmes that its
// entries name, as far as the actor may see them.
func (db *DB) Complete(ctx context.Context, a plumbline.Actor, b *Bundle) error {
	return db.view(ctx, func(tx *Tx) error { return tx.addNamed(a, b) })
}

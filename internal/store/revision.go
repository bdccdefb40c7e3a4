package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"plumbline"
)

// errUnreadable says that a row holds what this program cannot have written.
var errUnreadable = errors.New("a row was damaged")

const revisionColumns = "kind, id, version, author, by_name, organisation, at, reason, entry, latest, body, place"

func scanRevision(scan func(...any) error) (k kept, err error) {
	var at, latest int64
	var body string
	if err := scan(&k.Kind, &k.ID, &k.Version, &k.Author, &k.By, &k.For, &at, &k.Reason, &k.Ledger, &latest, &body, &k.place); err != nil {
		return k, err
	}
	k.At, k.Latest, k.body = time.UnixMicro(at).UTC(), latest == 1, []byte(body)
	if k.Entry = plumbline.NewEntry(k.Kind); k.Entry == nil {
		return k, fmt.Errorf("%w: %s is of an unknown kind %q", errUnreadable, k.ID, k.Kind)
	}
	if err := json.Unmarshal(k.body, k.Entry); err != nil {
		return k, fmt.Errorf("%w: decode %s version %d: %w", errUnreadable, k.ID, k.Version, err)
	}
	return k, nil
}

// load returns a subject's dossier and the latest version of each entry. Both
// are empty when there is no such subject.
func (tx *Tx) load(s Subject) (plumbline.Dossier, map[plumbline.ID]kept, error) {
	d, err := newDossier(s.Kind)
	if err != nil {
		return nil, nil, err
	}
	revisions := map[plumbline.ID]kept{}
	if !plumbline.ValidID(s.ID) {
		return d, revisions, nil // nobody could have written it
	}
	err = tx.each(func(scan func(...any) error) error {
		k, err := scanRevision(scan)
		if err != nil {
			return err
		}
		gather(d, revisions, k)
		return nil
	}, "SELECT "+revisionColumns+" FROM revision WHERE subject = $1 AND latest = 1 ORDER BY place, entry", s.String())
	if err != nil {
		return d, revisions, err
	}
	switch r := d.(type) {
	case *plumbline.Record:
		r.RecordedBy, err = tx.recordedBy(s, revisions[s.ID])
	case *plumbline.ProgrammeRecord:
		r.RecordedBy, err = tx.recordedBy(s, revisions[s.ID])
	}
	return d, revisions, err
}

// gather adds the latest version of an entry to its dossier.
func gather(d plumbline.Dossier, revisions map[plumbline.ID]kept, k kept) {
	if _, twice := revisions[k.ID]; twice { // a damaged record
		d.Put(k.Entry)
	} else {
		d.Append(k.Entry)
	}
	revisions[k.ID] = k
}

// recordedBy returns the organisation for which a subject was first written.
func (tx *Tx) recordedBy(s Subject, latest kept) (org plumbline.ID, err error) {
	if latest.Version <= 1 {
		return latest.For, nil
	}
	_, err = tx.one([]any{&org}, "SELECT organisation FROM revision WHERE subject = $1 AND id = $2 AND version = 1", s.String(), s.ID)
	return org, err
}

// History returns every version of every entry of an operation, newest
// first. It returns NotFound when the actor may not see the operation, and
// leaves out the versions of accounts and notes that the actor may not see.
func (db *DB) History(ctx context.Context, a plumbline.Actor, id plumbline.ID) (history []Revision, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		o, err := tx.operation(a, id)
		if err == nil {
			history, err = tx.history(a, o, "")
		}
		return err
	})
	return history, err
}

// EntryHistory is History of one entry of an operation that the actor has
// read.
func (db *DB) EntryHistory(ctx context.Context, a plumbline.Actor, o *Operation, entry plumbline.ID) (history []Revision, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		history, err = tx.history(a, o, " AND id = $2", entry)
		return err
	})
	return history, err
}

func (tx *Tx) history(a plumbline.Actor, o *Operation, which string, args ...any) (history []Revision, err error) {
	hides, hidesNotes := o.HidesAccounts(a), o.HidesNotes(a)
	err = tx.each(func(scan func(...any) error) error {
		k, err := scanRevision(scan)
		if err != nil {
			return err
		}
		// A version may have been of another organisation than the latest is.
		hidden := false
		switch e := k.Entry.(type) {
		case *plumbline.Account:
			hidden = hides && (e.Organisation == "" || e.Organisation != a.Organisation)
		case *plumbline.Note:
			hidden = hidesNotes && (e.Organisation == "" || e.Organisation != a.Organisation)
		}
		if !hidden {
			history = append(history, k.Revision)
		}
		return nil
	}, "SELECT "+revisionColumns+" FROM revision WHERE subject = $1"+which+" ORDER BY entry DESC", append([]any{Subject{plumbline.KindOperation, o.Operation.ID}.String()}, args...)...)
	return history, err
}

// Versions returns every version of one entry, oldest first.
func Versions(history []Revision, id plumbline.ID) []Revision {
	var versions []Revision
	for _, r := range slices.Backward(history) {
		if r.ID == id {
			versions = append(versions, r)
		}
	}
	return versions
}

package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"

	"plumbline"
)

// An Area is an area with the operations there and the one with which it is
// compared, as an actor may see them.
type Area struct {
	*Shared
	Record     *plumbline.AreaRecord
	Operations []Summary // there, oldest first
	Compared   *Area     // nil when none is named
}

// Area returns an area. It returns NotFound when there is none, or when the
// actor may not see it.
func (db *DB) Area(ctx context.Context, a plumbline.Actor, id plumbline.ID) (*Area, error) {
	area, err := db.area(ctx, a, id)
	if err != nil || area.Record.Area.Compared == "" {
		return area, err
	}
	area.Compared, err = db.area(ctx, a, area.Record.Area.Compared)
	return area, err
}

func (db *DB) area(ctx context.Context, a plumbline.Actor, id plumbline.ID) (*Area, error) {
	shared, err := db.Shared(ctx, a, Subject{plumbline.KindArea, id})
	if err != nil {
		return nil, err
	}
	area := &Area{Shared: shared, Record: shared.Shared.(*plumbline.AreaRecord)}
	area.Operations, err = db.operationsIn(ctx, a, &area.Record.Area)
	return area, err
}

// operationsIn returns the operations in an area that the actor may see,
// oldest first.
func (db *DB) operationsIn(ctx context.Context, a plumbline.Actor, at *plumbline.Area) (there []Summary, err error) {
	for _, name := range append([]string{at.Name}, at.Called...) {
		found, err := db.Summaries(ctx, a, Filter{Origin: at.Origin, Text: name})
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if at.Holds(o.Place) && (at.Country == "" || o.Country == "" || o.Country == at.Country) &&
				!slices.ContainsFunc(there, func(p Summary) bool { return p.ID == o.ID }) {
				there = append(there, o)
			}
		}
	}
	slices.SortFunc(there, func(a, b Summary) int {
		return cmp.Or(cmp.Compare(a.began, b.began), cmp.Compare(a.ID, b.ID))
	})
	return there, nil
}

// A Brought is what a file of counts brought: contacts of new months, others
// that it corrected, and those that were there alike.
type Brought struct{ New, Corrected, Same int }

// BringContacts writes a clinic's counts in an area, in the name of the
// actor's organisation. What it has told already of the same service, setting
// and time is corrected, so that bringing a file twice changes nothing; other
// organisations' counts are not touched. It needs TellArea, and writes all or
// nothing. The reason stands beside each correction.
func (db *DB) BringContacts(ctx context.Context, a plumbline.Actor, area plumbline.ID, counts []*plumbline.Contacts, reason string) (n Brought, err error) {
	shared, err := db.Shared(ctx, a, Subject{plumbline.KindArea, area})
	if err != nil {
		return n, err
	}
	record := shared.Shared.(*plumbline.AreaRecord)
	batch := Batch{Subject: Subject{plumbline.KindArea, area}, Reason: reason}
	for _, c := range counts {
		c := *c
		c.Organisation = a.Organisation
		if err := record.Allow(a, &c); err != nil {
			return n, err
		}
		c.ID = contactsID(area, &c)
		i := slices.IndexFunc(record.Contacts, func(old *plumbline.Contacts) bool { return old.SameCount(&c) })
		if i < 0 {
			n.New++
			batch.Changes = append(batch.Changes, Change{Entry: &c})
			continue
		}
		old := record.Contacts[i]
		c.Head = old.Head // with the note and sources that a table does not have
		same, err := sameEntries([]plumbline.Entry{old}, []plumbline.Entry{&c})
		if err != nil {
			return n, err
		}
		if same {
			n.Same++
			continue
		}
		n.Corrected++
		batch.Changes = append(batch.Changes, Change{Entry: &c, Version: shared.Version(c.ID)})
	}
	if len(batch.Changes) == 0 {
		return n, nil
	}
	return n, db.Write(ctx, a, batch)
}

// contactsID names a count by what it is of, so that two people who bring one
// file at once do not write it twice.
func contactsID(area plumbline.ID, c *plumbline.Contacts) plumbline.ID {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(area), string(c.Organisation), string(c.Service), string(c.Setting), c.From.String(), c.Until.String()}, "\x00")))
	return plumbline.ID("c-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15])))
}

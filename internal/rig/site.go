package rig

import (
	"context"
	"fmt"
	"slices"
	"time"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

// A Clock is a time that can be set: a made-up site is written in the past,
// as its stories were, and then goes on in the present.
type Clock struct{ at time.Time }

// Now returns the set time, or the real one when none is set.
func (c *Clock) Now() time.Time {
	if c.at.IsZero() {
		return time.Now()
	}
	return c.at
}

// Set stops the clock at a time, or, with the zero time, lets it go on.
func (c *Clock) Set(t time.Time) { c.at = t }

// administrator and importer write what no user of the coalition writes.
var (
	administrator = plumbline.Actor{User: "demo-administrator", Name: "Administrator, Harbour Legal Aid", Role: plumbline.Administrator, Organisation: harbour}
	importer      = plumbline.Actor{User: "public-record", Name: "Public record", Role: plumbline.Coordinator}
	secretary     = plumbline.Actor{User: "demo-coordinator", Name: "Coordinator, Harbour Legal Aid", Role: plumbline.Coordinator, Organisation: harbour}
)

// PublicRecord brings the public record into a site.
func PublicRecord(ctx context.Context, db *store.DB) error {
	f := exchange.PublicRecord()
	_, err := db.Import(ctx, importer, store.Bundle{Organisations: f.Organisations, Units: f.Units, Operations: f.Operations}, false, nil)
	if err != nil {
		return fmt.Errorf("bring in the public record: %w", err)
	}
	return nil
}

// Users makes the users of the coalition on a site, one a role. Where the site
// has no record of an organisation or unit, as without the coalition, they are
// of none.
func Users(ctx context.Context, db *store.DB) error {
	organisations, err := db.Organisations(ctx, secretary)
	if err != nil {
		return err
	}
	units, err := db.UnitNames(ctx, administrator)
	if err != nil {
		return err
	}
	for _, a := range Actors() {
		if !slices.ContainsFunc(organisations, func(o *plumbline.Organisation) bool { return o.ID == a.Organisation }) {
			a.Organisation = ""
		}
		a.Units = slices.DeleteFunc(slices.Clone(a.Units), func(id plumbline.ID) bool {
			return !slices.ContainsFunc(units, func(u *plumbline.Unit) bool { return u.ID == id })
		})
		if err := db.PutActor(ctx, administrator, a); err != nil {
			return fmt.Errorf("make the user %s: %w", a.User, err)
		}
	}
	return nil
}

// Tell writes the coalition into a site as its people would have: plans
// before the operation, counts at the scene, accounts by those who tell them,
// corrections later. The clock is the store's, and is left at the present.
func Tell(ctx context.Context, db *store.DB, clock *Clock, seed uint64) error {
	now := clock.Now()
	defer func() { clock.at = time.Time{} }()
	orgs, units, ops := Coalition(now, seed)
	clock.at = now.AddDate(-6, 0, 0)
	if _, err := db.Import(ctx, secretary, store.Bundle{Organisations: orgs, Units: units}, false, nil); err != nil {
		return fmt.Errorf("make the coalition: %w", err)
	}
	for _, r := range ops {
		if err := tellOperation(ctx, db, clock, r); err != nil {
			return fmt.Errorf("tell %s: %w", r.Operation.ID, err)
		}
	}
	for _, e := range Edits(now, seed) {
		if err := edit(ctx, db, clock, e); err != nil {
			return fmt.Errorf("edit %s: %w", e.Operation, err)
		}
	}
	return nil
}

func tellOperation(ctx context.Context, db *store.DB, clock *Clock, r *plumbline.Record) error {
	began, ok := r.Operation.Began.Earliest()
	if !ok {
		began = clock.at
	}
	clock.at = began.AddDate(0, 0, -2)
	if _, err := db.Import(ctx, secretary, store.Bundle{Operations: []*plumbline.Record{{Operation: r.Operation, Plan: r.Plan}}}, false, nil); err != nil {
		return err
	}
	clock.at = began.Add(5 * time.Hour)
	batch := store.Batch{Subject: store.Subject{Kind: plumbline.KindOperation, ID: r.Operation.ID}}
	for _, e := range r.Entries() {
		switch e := e.(type) {
		case *plumbline.Operation, *plumbline.Plan:
		case *plumbline.Account:
			if err := tellAccount(ctx, db, batch.Subject, e); err != nil {
				return err
			}
		default:
			batch.Changes = append(batch.Changes, store.Change{Entry: e})
		}
	}
	return db.Write(ctx, secretary, batch)
}

// tellAccount files an account as somebody of the organisation that tells it.
func tellAccount(ctx context.Context, db *store.DB, s store.Subject, a *plumbline.Account) error {
	teller := secretary
	if len(a.Points) > 0 {
		teller = plumbline.Actor{User: "demo-" + a.Organisation, Name: a.Teller, Role: plumbline.Monitor, Organisation: a.Organisation}
	}
	return db.Write(ctx, teller, store.Batch{Subject: s, Changes: []store.Change{{Entry: a}}})
}

func edit(ctx context.Context, db *store.DB, clock *Clock, e Edit) error {
	clock.at = e.At
	by := secretary
	for _, a := range Actors() {
		if a.User == e.By {
			by = a
		}
	}
	o, err := db.Operation(ctx, by, e.Operation)
	if err != nil {
		return err
	}
	return db.Write(ctx, by, store.Batch{Subject: store.Subject{Kind: plumbline.KindOperation, ID: e.Operation}, Reason: e.Reason,
		Changes: []store.Change{{Entry: e.Entry, Version: o.Version(plumbline.HeadOf(e.Entry).ID)}}})
}

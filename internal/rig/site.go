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

// Tell writes the small coalition into a site as its people would have: plans
// before the operation, counts at the scene, accounts by those who tell them,
// corrections later. The clock is the store's, and is left at the present.
func Tell(ctx context.Context, db *store.DB, clock *Clock, seed uint64) error {
	return tell(ctx, db, clock, Told(clock.Now(), seed))
}

// TellGrown writes the coalition at full size, as Tell does the small one.
func TellGrown(ctx context.Context, db *store.DB, clock *Clock, seed uint64) error {
	return tell(ctx, db, clock, Grown(clock.Now(), seed))
}

func tell(ctx context.Context, db *store.DB, clock *Clock, t Telling) error {
	now := clock.Now()
	defer clock.Set(time.Time{})
	clock.Set(now.AddDate(-6, 0, 0))
	if _, err := db.Import(ctx, secretary, store.Bundle{Organisations: t.Organisations, Units: t.Units}, false, nil); err != nil {
		return fmt.Errorf("make the coalition: %w", err)
	}
	for _, w := range writes(t, now) {
		clock.Set(w.at)
		if err := w.do(ctx, db); err != nil {
			return fmt.Errorf("tell %s on %s: %w", w.id, w.at.Format(time.DateOnly), err)
		}
	}
	return nil
}

// A write is what one user writes on one subject at one time: an operation with
// its plan, entries as things happen, an account, or an edit.
type write struct {
	at      time.Time
	by      plumbline.Actor
	of      plumbline.Kind
	id      plumbline.ID
	record  *plumbline.Record // of an operation
	entries []plumbline.Entry
	reason  string
	isNew   bool // the operation is not there yet
	isEdit  bool
}

// writes returns everything that was written, in the order in which it was.
func writes(t Telling, now time.Time) (all []write) {
	all = slices.Concat(tellings(t), meetings(t), areaTellings(teller{today: midnight(now)}, t.Areas), raised(t.Matters))
	for _, r := range t.Operations {
		start := began(r)
		if start.IsZero() {
			start = now.AddDate(0, 0, -30)
		}
		all = append(all, write{at: start.AddDate(0, 0, -2), by: secretary, of: plumbline.KindOperation, id: r.Operation.ID, record: r, isNew: true})
		told := map[plumbline.ID]time.Time{}
		for _, e := range r.Entries() {
			by := secretary
			switch e := e.(type) {
			case *plumbline.Operation, *plumbline.Plan:
				continue
			case *plumbline.Account: // by somebody of the organisation that tells it
				if len(e.Points) > 0 {
					by = plumbline.Actor{User: "demo-" + e.Organisation, Name: e.Teller, Role: plumbline.Monitor, Organisation: e.Organisation}
				}
			case *plumbline.Note: // likewise
				by = plumbline.Actor{User: "demo-" + e.Organisation, Name: "Worker", Role: plumbline.Worker, Organisation: e.Organisation}
			}
			at := toldAt(e, start)
			for _, ref := range plumbline.Refs(e) { // what an entry names is there before it
				if told[ref.ID].After(at) {
					at = told[ref.ID]
				}
			}
			if at.After(now) {
				at = now
			}
			told[plumbline.HeadOf(e).ID] = at
			all = append(all, write{at: at, by: by, of: plumbline.KindOperation, id: r.Operation.ID, record: r, entries: []plumbline.Entry{e}})
		}
	}
	for _, e := range t.Edits {
		w := write{at: e.At, by: secretary, of: plumbline.KindOperation, id: e.Operation, record: find(t.Operations, e.Operation), entries: []plumbline.Entry{e.Entry}, reason: e.Reason, isEdit: true}
		for _, a := range Actors() {
			if a.User == e.By {
				w.by = a
			}
		}
		all = append(all, w)
	}
	slices.SortStableFunc(all, func(a, b write) int { return a.at.Compare(b.at) })
	return joined(all)
}

// joined makes one write of those that one user makes on one subject at one
// time.
func joined(all []write) (out []write) {
	for _, w := range all {
		if n := len(out) - 1; n >= 0 && !w.isNew && !w.isEdit && !out[n].isNew && !out[n].isEdit &&
			out[n].at.Equal(w.at) && out[n].of == w.of && out[n].id == w.id && out[n].by.User == w.by.User {
			out[n].entries = append(out[n].entries, w.entries...)
			continue
		}
		out = append(out, w)
	}
	return out
}

// toldAt is when an entry was written: what happened there, some hours after
// the operation began; what came later, at work the same day or the next.
func toldAt(e plumbline.Entry, began time.Time) time.Time {
	there := began.Add(5 * time.Hour)
	at, ok := momentOf(e).Earliest()
	if !ok || !at.After(there) {
		return there
	}
	day := midnight(at)
	work := day.Add(9*time.Hour + time.Duration(day.Unix()/86400*37%420)*time.Minute)
	if work.Before(at) {
		return work.Add(24 * time.Hour)
	}
	return work
}

// momentOf is when an entry can first have been told.
func momentOf(e plumbline.Entry) plumbline.When {
	switch e := e.(type) {
	case *plumbline.Presence:
		return e.SplitAt
	case *plumbline.Decision:
		return e.At
	case *plumbline.Movement:
		return e.From
	case *plumbline.Label:
		return e.Said
	case *plumbline.StepTaken:
		return e.At
	case *plumbline.Event:
		return e.At
	case *plumbline.Closure:
		return e.Closed
	case *plumbline.Interview:
		return e.Began
	case *plumbline.Debrief:
		return e.Held
	case interface {
		Span() (plumbline.When, plumbline.When)
	}:
		from, _ := e.Span()
		return from
	case *plumbline.TargetDefinition:
		return e.From
	case *plumbline.Objection:
		return e.At
	case *plumbline.Reply:
		return e.At
	case *plumbline.Spending:
		return e.From
	case *plumbline.Publication:
		return e.Published
	case *plumbline.MediaRequest:
		return e.Asked
	case *plumbline.Dialogue:
		return e.At
	case *plumbline.Seat:
		return e.At
	case *plumbline.Stance:
		return e.At
	case *plumbline.PromiseCheck:
		return e.At
	case *plumbline.Change:
		return e.At
	case *plumbline.Members:
		return e.From
	case *plumbline.Hearing:
		return e.At
	case *plumbline.Account:
		if !e.Told.Known() {
			return e.Asked
		}
		return e.Told
	}
	return plumbline.When{}
}

func (w write) do(ctx context.Context, db *store.DB) error {
	if w.isNew {
		_, err := db.Import(ctx, w.by, store.Bundle{Operations: []*plumbline.Record{{Operation: w.record.Operation, Plan: w.record.Plan}}}, false, nil)
		return err
	}
	batch := store.Batch{Subject: store.Subject{Kind: w.of, ID: w.id}, Reason: w.reason}
	for _, e := range w.entries {
		batch.Changes = append(batch.Changes, store.Change{Entry: e})
	}
	if w.isEdit {
		version, err := w.versions(ctx, db)
		if err != nil {
			return err
		}
		for i, c := range batch.Changes {
			batch.Changes[i].Version = version(plumbline.HeadOf(c.Entry).ID)
		}
	}
	return db.Write(ctx, w.by, batch)
}

// versions returns what tells the version of an entry that is to be corrected.
func (w write) versions(ctx context.Context, db *store.DB) (func(plumbline.ID) int64, error) {
	if w.of == plumbline.KindDialogue {
		d, err := db.Shared(ctx, w.by, store.Subject{Kind: w.of, ID: w.id})
		if err != nil {
			return nil, err
		}
		return d.Version, nil
	}
	o, err := db.Operation(ctx, w.by, w.id)
	if err != nil {
		return nil, err
	}
	return o.Version, nil
}

package store

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"plumbline"
)

// A Reading says that somebody read the record of an operation on one day:
// on its pages, in print, or in a file taken out.
type Reading struct {
	Actor        plumbline.ID
	Name         string
	Role         plumbline.Role
	Organisation plumbline.ID
	First, Last  time.Time
	Hours        int // in how many hours of the day
}

// readings keeps who is reading until it is written, beside the work: a page
// neither waits for it nor fails with it. One reader of one operation is
// written at most once an hour. The zero value is ready.
type readings struct {
	mu      sync.Mutex
	pending map[readingKey]pendingReading
	written map[readingKey]time.Time // the hour last written
	running bool
	done    sync.WaitGroup
	flush   sync.Mutex // one writes at a time
}

type readingKey struct{ operation, actor plumbline.ID }

type pendingReading struct {
	actor plumbline.Actor
	at    time.Time
}

// maxWritten bounds what is remembered of readings that need not be written
// again within the hour.
const maxWritten = 20_000

// Read keeps that the actor reads an operation's record. It returns at once;
// what cannot be written is tried again with the next reading. Readings of
// the public record are not kept: it is published.
func (db *DB) Read(a plumbline.Actor, o *Operation) {
	if db.looks || a.User == "" || o.Operation.Origin == "public_record" {
		return
	}
	r, now := &db.readings, db.Now()
	k := readingKey{o.Operation.ID, a.User}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Truncate(time.Hour).Equal(r.written[k]) {
		return
	}
	if r.pending == nil {
		r.pending = map[readingKey]pendingReading{}
	}
	r.pending[k] = pendingReading{a, now}
	if !r.running {
		r.running = true
		r.done.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
			defer cancel()
			db.writeReadings(ctx)
		})
	}
}

// writeReadings writes what is pending.
func (db *DB) writeReadings(ctx context.Context) {
	r := &db.readings
	r.flush.Lock()
	defer r.flush.Unlock()
	r.mu.Lock()
	some := r.pending
	r.pending, r.running = nil, false
	r.mu.Unlock()
	if len(some) == 0 {
		return
	}
	err := db.aside(ctx, func(tx *Tx) error {
		for k, p := range some {
			if err := tx.keepReading(k, p); err != nil {
				return err
			}
		}
		return nil
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		db.log.LogAttrs(ctx, slog.LevelError, "readings are not kept yet", slog.Int("readings", len(some)), slog.Any("error", err))
		if r.pending == nil {
			r.pending = map[readingKey]pendingReading{}
		}
		for k, p := range some {
			if _, newer := r.pending[k]; !newer {
				r.pending[k] = p
			}
		}
		return
	}
	if r.written == nil || len(r.written) > maxWritten {
		r.written = map[readingKey]time.Time{}
	}
	for k, p := range some {
		r.written[k] = p.at.Truncate(time.Hour)
	}
}

// keepReading adds a reading to its day. Two servers may have seen the same
// hour: it counts once.
func (tx *Tx) keepReading(k readingKey, p pendingReading) error {
	at, hour := p.at.UnixMicro(), p.at.Truncate(time.Hour).UnixMicro()
	return tx.exec(`INSERT INTO reading (operation, actor, day, name, role, organisation, first, last, hours) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)
		ON CONFLICT (operation, actor, day) DO UPDATE SET name = excluded.name, role = excluded.role, organisation = excluded.organisation,
		hours = reading.hours + CASE WHEN reading.last < $8 THEN 1 ELSE 0 END, last = CASE WHEN reading.last < excluded.last THEN excluded.last ELSE reading.last END`,
		k.operation, k.actor, p.at.Truncate(24*time.Hour).UnixMicro(), p.actor.Name, p.actor.Role, p.actor.Organisation, at, hour)
}

// stopReading writes what is pending and waits for who is writing.
func (db *DB) stopReading() {
	db.readings.done.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db.writeReadings(ctx)
}

// Readers returns who has read an operation's record, newest day first, a page
// of 200. It needs SeeReaders.
func (db *DB) Readers(ctx context.Context, a plumbline.Actor, id plumbline.ID) (list []Reading, o *Operation, err error) {
	db.writeReadings(ctx)
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		if o, err = tx.operation(a, id); err != nil {
			return err
		}
		if err := plumbline.Allow(a, plumbline.SeeReaders, a.BondTo(o.Record)); err != nil {
			return err
		}
		return tx.each(func(scan func(...any) error) error {
			var r Reading
			var first, last int64
			err := scan(&r.Actor, &r.Name, &r.Role, &r.Organisation, &first, &last, &r.Hours)
			r.First, r.Last = time.UnixMicro(first).UTC(), time.UnixMicro(last).UTC()
			list = append(list, r)
			return err
		}, "SELECT actor, name, role, organisation, first, last, hours FROM reading WHERE operation = $1 ORDER BY day DESC, last DESC, actor LIMIT 200", id)
	})
	return list, o, err
}

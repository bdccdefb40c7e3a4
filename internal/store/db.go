// Package store keeps the record, in SQLite or PostgreSQL.
//
// A public method of [DB] is one use case: it takes the actor, opens one
// transaction, asks the root package whether the actor may and whether the
// result can be, writes, appends to the ledger and commits. Pages, the API,
// the command line and the importer call the same methods; there is no other
// way to the data.
//
// The record is kept as revisions: each entry of an operation, unit or
// organisation has numbered versions, and a correction adds one. Nothing is
// overwritten. The table "operation" is derived from it for lists and
// filters, and can be rebuilt.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline"
	"plumbline/protocol"
)

// Options say how to open a store.
type Options struct {
	Address   string               // a SQLite file, or postgres://…
	Now       func() time.Time     // the clock; time.Now when nil
	Protocols []*protocol.Protocol // standards of care held against each operation
	Log       *slog.Logger         // ids and kinds only; nothing when nil
	Look      bool                 // only look: opening changes nothing, and there must be a site of this version
}

// A DB is an open store. It is safe for use by many goroutines.
type DB struct {
	engine    engine
	write     *sql.DB
	read      *sql.DB
	now       func() time.Time
	protocols []*protocol.Protocol
	log       *slog.Logger
	key       []byte // makes the opaque ids of the ledger
	often     statements
	looks     bool   // opened to look: nothing is written
	shape     string // of what is derived: the protocols, and the rules of derivation
	lists     lists
	behind    background // what time has changed is derived anew here
	stale     bool       // what lists show was derived by other rules or protocols
}

// Open opens the store, brings its tables up to date and rebuilds what is
// derived when the protocols have changed. It returns an error that wraps
// plumbline.ErrUnavailable when the database does not answer. Who only looks
// gets an error that wraps [ErrNoSite] when nobody has made a site there.
func Open(ctx context.Context, o Options) (*DB, error) {
	e, write, read, err := open(o.Address)
	if err != nil {
		return nil, err
	}
	db := &DB{engine: e, write: write, read: read, now: o.Now, looks: o.Look, protocols: o.Protocols, log: o.Log, shape: shapeOf(o.Protocols)}
	if e.name == "sqlite" { // PostgreSQL's driver keeps its own
		db.often.kept = map[statement]*sql.Stmt{}
	}
	if db.now == nil {
		db.now = time.Now
	}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	db.behind.failed = func(err error) {
		db.log.LogAttrs(context.Background(), slog.LevelError, "derive anew", slog.Any("err", err))
	}
	if err := db.start(ctx); err != nil {
		name := o.Address
		if e.name == "postgres" {
			name = "PostgreSQL" // the address may hold a password
		}
		db.Close() // says no more than what went wrong before
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return db, nil
}

// ErrNoSite is returned to who looks where there is no site, or one of
// another version.
var ErrNoSite = errors.New("no site")

func (db *DB) start(ctx context.Context) error {
	if err := db.Ping(ctx); err != nil {
		return err
	}
	if db.looks {
		return db.look(ctx)
	}
	if err := db.engine.migrate(ctx, db.write); err != nil {
		return err
	}
	if err := db.tx(ctx, func(tx *Tx) (err error) {
		db.key, err = tx.siteKey()
		return err
	}); err != nil {
		return err
	}
	return db.rederive(ctx)
}

// look reads what every use needs, and writes nothing.
func (db *DB) look(ctx context.Context) error {
	switch pending, err := db.engine.pending(ctx, db.read); {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNoSite, err)
	case pending:
		return ErrNoSite
	}
	return db.view(ctx, func(tx *Tx) error {
		found, err := tx.one([]any{&db.key}, "SELECT value FROM site WHERE name = 'ledger_id_key'")
		if err == nil && !found {
			err = ErrNoSite
		}
		var shape []byte
		if err == nil {
			_, err = tx.one([]any{&shape}, "SELECT value FROM site WHERE name = 'derived_shape'")
		}
		db.stale = string(shape) != db.shape
		return err
	})
}

// Close closes the store: first what runs in the background ends, then the
// statements are given back, then the connections.
func (db *DB) Close() error {
	db.behind.stop()
	err := db.often.close()
	if db.read != db.write {
		err = errors.Join(err, db.read.Close())
	}
	return errors.Join(err, db.write.Close())
}

// Ping reports whether the database answers, within two seconds.
func (db *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var one int
	if err := db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("%w: the database does not answer: %w", plumbline.ErrUnavailable, oneLine{err})
	}
	return nil
}

// Stale reports whether who looks finds lists that other rules or protocols
// than its own have written. They are written anew when the site is opened to
// be used.
func (db *DB) Stale() bool { return db.stale }

// Engine returns "sqlite" or "postgres".
func (db *DB) Engine() string { return db.engine.name }

// Protocols returns the standards of care that operations are held against.
func (db *DB) Protocols() []*protocol.Protocol { return db.protocols }

// Now returns the store's time.
func (db *DB) Now() time.Time { return db.now().UTC() }

// A Tx is one transaction, with the one moment at which it happens.
type Tx struct {
	*sql.Tx
	ctx  context.Context
	db   *DB
	pool *sql.DB
	now  time.Time

	size     int64               // of the ledger, once something was appended
	fresh    map[int64]tlog.Hash // of the ledger, that this transaction has appended
	known    map[Subject]bool    // subjects of which this transaction knows that they are there
	incoming map[Subject]bool    // of an import: subjects that may be named before they are written
}

// patience is how long a writer goes on trying beside others.
const patience = 15 * time.Second

// tx runs f in a transaction that writes the record. Such transactions run
// one after the other, as the ledger does, so f reads what it builds on. f may
// run more than once, and keeps nothing from an earlier run.
func (db *DB) tx(ctx context.Context, f func(*Tx) error) error {
	return db.aside(ctx, func(tx *Tx) error {
		if db.engine.lock != "" {
			if err := tx.exec(db.engine.lock); err != nil {
				return fmt.Errorf("wait for other writers: %w", err)
			}
		}
		return f(tx)
	})
}

// aside runs f in a transaction that writes beside the record, such as a
// session, and need not wait for those who write the record.
func (db *DB) aside(ctx context.Context, f func(*Tx) error) error {
	start := time.Now()
	for try := 1; ; try++ {
		err := db.once(ctx, db.write, &db.engine.write, f)
		if !again(err) {
			return err
		}
		if time.Since(start) > patience {
			return fmt.Errorf("%w: others write without a pause: %w", plumbline.ErrUnavailable, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(min(try, 20)) * 2 * time.Millisecond):
		}
	}
}

// view runs f in a reading transaction, which sees one state of the record.
func (db *DB) view(ctx context.Context, f func(*Tx) error) error {
	return db.once(ctx, db.read, &db.engine.read, f)
}

func (db *DB) once(ctx context.Context, pool *sql.DB, o *sql.TxOptions, f func(*Tx) error) error {
	if err := db.often.prepare(ctx, pool); err != nil {
		return outage(fmt.Errorf("prepare: %w", err))
	}
	tx, err := pool.BeginTx(ctx, o)
	if err != nil {
		return outage(fmt.Errorf("begin: %w", err))
	}
	defer tx.Rollback() // after a commit this does nothing
	if err := f(&Tx{Tx: tx, ctx: ctx, db: db, pool: pool, now: db.Now().Truncate(time.Microsecond)}); err != nil {
		return outage(err)
	}
	if err := tx.Commit(); err != nil {
		return outage(fmt.Errorf("commit: %w", err))
	}
	return nil
}

func (tx *Tx) exec(query string, args ...any) error {
	if s := tx.db.often.get(tx.pool, query); s != nil {
		_, err := tx.StmtContext(tx.ctx, s).ExecContext(tx.ctx, args...)
		return err
	}
	_, err := tx.ExecContext(tx.ctx, query, args...)
	return err
}

// marks returns placeholders for n values in rows of some columns:
// "($1, $2), ($3, $4)".
func marks(n, columns int) string {
	var text strings.Builder
	for i := range n {
		switch {
		case i > 0 && i%columns == 0:
			text.WriteString("), (")
		case i > 0:
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "$%d", i+1)
	}
	return "(" + text.String() + ")"
}

func (tx *Tx) query(query string, args ...any) (*sql.Rows, error) {
	if s := tx.db.often.get(tx.pool, query); s != nil {
		return tx.StmtContext(tx.ctx, s).QueryContext(tx.ctx, args...)
	}
	return tx.QueryContext(tx.ctx, query, args...)
}

// each runs a query and calls f for every row.
func (tx *Tx) each(f func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := tx.query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one runs a query of at most one row; found says whether there was one.
func (tx *Tx) one(into []any, query string, args ...any) (found bool, err error) {
	rows, err := tx.query(query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	if err := rows.Scan(into...); err != nil {
		return false, err
	}
	return true, rows.Close()
}

// siteKey returns the key under which record ids are made opaque in the
// ledger, and makes one for a new site.
func (tx *Tx) siteKey() (key []byte, err error) {
	found, err := tx.one([]any{&key}, "SELECT value FROM site WHERE name = 'ledger_id_key'")
	if found || err != nil {
		return key, err
	}
	key = make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return key, tx.exec("INSERT INTO site (name, value) VALUES ('ledger_id_key', $1)", key)
}

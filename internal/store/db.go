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
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/credential"
	"plumbline/protocol"
)

// Options say how to open a store.
type Options struct {
	Address   string               // a SQLite file, or postgres://…
	Now       func() time.Time     // the clock; time.Now when nil
	Protocols []*protocol.Protocol // standards of care held against each operation
	Log       *slog.Logger         // ids and kinds only; nothing when nil
	Secret    *credential.Secret   // seals what users sign in with; without one nobody can set up a sign-in
	Claims    *figure.Register     // the claims that every site has; none when nil
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
	secret    *credential.Secret
	gates     [2]*credential.Gate // for those whose device is not known, and for those whose is
	file      string              // of a SQLite site
	looks     bool                // opened to look: nothing is written
	shape     string              // of what is derived: the protocols, and the rules of derivation
	lists     lists
	register  register
	wait      time.Duration // for the background, before a list is shown without what it does
	behind    background    // what time has changed is derived anew here
	stale     bool          // what lists show was derived by other rules or protocols
	full      atomic.Bool   // the last write found no room on the disk
	readings  readings
	asked     chan struct{} // see Waiting
}

// Open opens the store, brings its tables up to date and rebuilds what is
// derived when the protocols have changed. Before it changes the tables of a
// SQLite site it keeps a backup of it beside it (see [DB.Backup]), which the
// earlier version of the program can restore.
//
// It returns an error that wraps plumbline.ErrUnavailable when the database
// does not answer, and [ErrNewer] when a newer version has made the site. Who
// only looks gets an error that wraps [ErrNoSite] when nobody has made a site
// of this version there.
func Open(ctx context.Context, o Options) (*DB, error) {
	return connect(ctx, o, (*DB).start)
}

// connect opens the pools and runs start.
func connect(ctx context.Context, o Options, start func(*DB, context.Context) error) (*DB, error) {
	e, write, read, err := open(o.Address)
	if err != nil {
		return nil, err
	}
	db := &DB{engine: e, write: write, read: read, now: o.Now, looks: o.Look, protocols: o.Protocols, log: o.Log, secret: o.Secret, shape: shapeOf(o.Protocols), wait: listPatience, asked: make(chan struct{}, 1)}
	if db.register.base = o.Claims; o.Claims == nil {
		db.register.base = new(figure.Register)
	}
	db.gates = [2]*credential.Gate{credential.NewGate(2), credential.NewGate(1)}
	name := "PostgreSQL"    // its address may hold a password
	if e.name == "sqlite" { // PostgreSQL's driver keeps its own statements
		name, db.file, db.often.kept = o.Address, o.Address, map[statement]*sql.Stmt{}
	}
	if db.file != "" && !db.looks {
		// SQLite would let everybody on the machine read a new file. What is wrong
		// with the place, it says better.
		if f, err := os.OpenFile(db.file, os.O_RDWR|os.O_CREATE, 0o600); err == nil {
			f.Close()
		}
	}
	if db.now == nil {
		db.now = time.Now
	}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	db.behind.failed = func(err error) {
		db.log.LogAttrs(context.Background(), slog.LevelError, "derive anew", slog.Any("error", err))
	}
	if err = db.Ping(ctx); err == nil {
		err = start(db, ctx)
	}
	if err != nil {
		db.Close() // says no more than what went wrong before
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return db, nil
}

var (
	// ErrNoSite is returned to who looks where there is no site, or one of an
	// earlier version.
	ErrNoSite = errors.New("no site")
	// ErrNewer is returned where a newer version of the program has been.
	ErrNewer = errors.New("a newer version of Plumbline has made this site")
)

func (db *DB) start(ctx context.Context) error {
	if db.looks {
		return db.look(ctx)
	}
	if err := db.upgrade(ctx); err != nil {
		return err
	}
	if err := db.tx(ctx, func(tx *Tx) (err error) {
		if err := tx.whole(); err != nil {
			return err
		}
		if db.key, err = tx.siteKey(); err != nil {
			return err
		}
		if err := tx.fillSummaries(); err != nil {
			return err
		}
		if _, _, err = tx.signingKey(); err != nil || db.secret == nil {
			return err
		}
		return tx.keepSecret()
	}); err != nil {
		return err
	}
	return db.rederive(ctx)
}

// upgrade brings the tables to the version of this program.
func (db *DB) upgrade(ctx context.Context) error {
	have, want, err := db.engine.versions(ctx, db.read)
	switch {
	case err != nil:
		return err
	case have > want:
		return newer(have, want)
	case have == want:
		return nil
	case have > 0 && db.file != "":
		before := fmt.Sprintf("%s.before-%04d", db.file, have+1)
		if err := WriteFile(before, func(w io.Writer) error { _, err := db.Backup(ctx, w, nil); return err }); err != nil {
			return fmt.Errorf("keep what was there before the upgrade: %w", err)
		}
		db.log.LogAttrs(ctx, slog.LevelInfo, "kept a backup before the upgrade", slog.Int64("from", have), slog.Int64("to", want))
	}
	return db.engine.migrate(ctx, db.write, want)
}

func newer(have, want int64) error {
	return fmt.Errorf("%w: its tables are of version %d, and this program knows them up to %d", ErrNewer, have, want)
}

// look reads what every use needs, and writes nothing.
func (db *DB) look(ctx context.Context) error {
	switch have, want, err := db.engine.versions(ctx, db.read); {
	case err != nil:
		return err
	case have > want:
		return newer(have, want)
	case have < want:
		return ErrNoSite
	}
	return db.view(ctx, func(tx *Tx) error {
		if err := tx.whole(); err != nil {
			return err
		}
		return tx.known()
	})
}

// known reads the site's key, and by what its lists were derived.
func (tx *Tx) known() error {
	found, err := tx.one([]any{&tx.db.key}, "SELECT value FROM site WHERE name = 'ledger_id_key'")
	if err == nil && !found {
		err = ErrNoSite
	}
	var shape []byte
	if err == nil {
		_, err = tx.one([]any{&shape}, "SELECT value FROM site WHERE name = 'derived_shape'")
	}
	tx.db.stale = string(shape) != tx.db.shape
	return err
}

// Close closes the store: first what runs in the background ends, then the
// statements are given back, then the connections.
func (db *DB) Close() error {
	db.behind.stop()
	db.stopReading()
	err := db.often.close()
	if db.read != db.write {
		err = errors.Join(err, db.read.Close())
	}
	return errors.Join(err, db.write.Close())
}

// Ping reports whether the database answers, within two seconds. When the
// last write found the disk full, it tries whether there is room again.
func (db *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var one int
	if err := db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("%w: the database does not answer: %w", plumbline.ErrUnavailable, oneLine{err})
	}
	if !db.full.Load() {
		return nil
	}
	room := make([]byte, 64<<10)
	if _, err := rand.Read(room); err != nil { // PostgreSQL would make nothing of noughts
		return err
	}
	return errors.Join(
		db.aside(ctx, func(tx *Tx) error {
			return tx.exec("INSERT INTO site (name, value) VALUES ('room', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value", room)
		}),
		db.aside(ctx, func(tx *Tx) error { return tx.exec("DELETE FROM site WHERE name = 'room'") }))
}

// Weakness says, in English, why an acknowledged write could be lost in a
// power cut, and nothing when it could not. SQLite waits for the disk by the
// settings in its address; PostgreSQL does as whoever runs it has set.
func (db *DB) Weakness(ctx context.Context) (text string, err error) {
	if db.engine.weak == "" {
		return "", nil
	}
	var off *string
	err = db.view(ctx, func(tx *Tx) error {
		_, err := tx.one([]any{&off}, db.engine.weak)
		return err
	})
	if off != nil {
		text = "the database runs with " + *off + " off: what was acknowledged can be lost in a power cut"
	}
	return text, err
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
	there    map[Subject]bool    // subjects of which this transaction knows that they are there
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
		if err == nil || isFull(err) {
			db.full.Store(err != nil)
		}
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
	query = tx.db.engine.placeholders(query)
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
	query = tx.db.engine.placeholders(query)
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

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"plumbline"
)

//go:embed migrations
var migrations embed.FS

// An engine is what differs between SQLite and PostgreSQL. Everything else in
// this package runs the same SQL on both.
type engine struct {
	name    string
	dialect goose.Dialect
	write   sql.TxOptions
	read    sql.TxOptions
	lock    string // makes a transaction the only one that writes the record
}

var (
	sqliteEngine = engine{name: "sqlite", dialect: goose.DialectSQLite3, read: sql.TxOptions{ReadOnly: true}}
	// Every write appends to one ledger, so writers cannot run side by side. When
	// each waits for one row first and then reads what is committed, none fails and
	// starts anew. A database that reads an older state after the wait is caught by
	// the ledger's own key, which two entries of one number cannot share.
	postgresEngine = engine{name: "postgres", dialect: goose.DialectPostgres,
		write: sql.TxOptions{Isolation: sql.LevelReadCommitted},
		read:  sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		lock:  "SELECT name FROM site WHERE name = 'writer' FOR UPDATE"}
)

// open returns a pool for writing and one for reading. SQLite has one writer
// and many readers; on PostgreSQL both are the same pool.
func open(address string) (e engine, write, read *sql.DB, err error) {
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		write, err = sql.Open("pgx", address)
		if err != nil {
			return e, nil, nil, fmt.Errorf("open PostgreSQL: %w", err)
		}
		write.SetMaxOpenConns(16)
		return postgresEngine, write, write, nil
	}
	// Settings belong in the address, so that every connection has them.
	// synchronous(FULL): an acknowledged write survives a power cut.
	pragmas := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "foreign_keys(1)"}, "_defensive": {"1"}}
	reader := "file:" + (&url.URL{Path: address}).EscapedPath() + "?_query_only=1&" + pragmas.Encode()
	pragmas.Set("_txlock", "immediate")
	writer := "file:" + (&url.URL{Path: address}).EscapedPath() + "?" + pragmas.Encode()
	if write, err = sql.Open("sqlite", writer); err != nil {
		return e, nil, nil, fmt.Errorf("open SQLite: %w", err)
	}
	if read, err = sql.Open("sqlite", reader); err != nil {
		return e, nil, nil, errors.Join(fmt.Errorf("open SQLite: %w", err), write.Close())
	}
	write.SetMaxOpenConns(1)
	read.SetMaxOpenConns(8)
	return sqliteEngine, write, read, nil
}

func (e engine) migrate(ctx context.Context, db *sql.DB) error {
	p, err := e.provider(db)
	if err != nil {
		return err
	}
	// Another server may be doing the same: what it has done is then there the
	// next time.
	for try := 1; ; try++ {
		_, err := p.Up(ctx)
		if err == nil {
			return nil
		}
		if err = outage(fmt.Errorf("migrate: %w", err)); try == 20 || errors.Is(err, plumbline.ErrUnavailable) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 50 * time.Millisecond):
		}
	}
}

func (e engine) provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+e.name)
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(e.dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// pending reports whether the tables are not those of this version: older,
// newer or not there at all.
func (e engine) pending(ctx context.Context, db *sql.DB) (bool, error) {
	var version sql.NullInt64
	if err := db.QueryRowContext(ctx, "SELECT MAX(version_id) FROM goose_db_version").Scan(&version); err != nil {
		return true, err
	}
	p, err := e.provider(db)
	if err != nil {
		return true, err
	}
	sources := p.ListSources()
	return version.Int64 != sources[len(sources)-1].Version, nil
}

// again reports whether a transaction failed only because another ran at the
// same time, so that it should run once more.
func again(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "23505" && slices.Contains(racing, pg.ConstraintName)
	}
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// racing are the keys that two writers can want at the same moment: the next
// number in the ledger, the next version of an entry, a new site's secrets.
var racing = []string{"ledger_entry_pkey", "ledger_hash_pkey", "revision_pkey", "revision_entry", "site_pkey"}

// outage gives an error the kind Unavailable when it means that the database
// cannot be reached or cannot write: it is down, full, or read-only.
func outage(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, plumbline.ErrUnavailable) {
		return err
	}
	// What is safe to send again was never sent: the connection was gone.
	down := errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
	if _, ok := errors.AsType[net.Error](err); ok {
		down = true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && len(pg.Code) == 5 {
		// Connection, resources, operator's intervention, system; read-only.
		down = slices.Contains([]string{"08", "53", "57", "58"}, pg.Code[:2]) || pg.Code == "25006"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		down = slices.Contains([]int{sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY}, lite.Code()&0xff)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		down = true
	}
	if !down {
		return err
	}
	return fmt.Errorf("%w: %w", plumbline.ErrUnavailable, oneLine{err})
}

// oneLine says what an error says in one line: PostgreSQL's driver writes one
// for each address that it tried.
type oneLine struct{ error }

func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }
func (e oneLine) Unwrap() error { return e.error }

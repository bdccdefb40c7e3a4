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
	"strconv"
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
var embedded embed.FS

var migrations fs.FS = embedded

// An engine is what differs between SQLite and PostgreSQL. Everything else in
// this package runs the same SQL on both.
type engine struct {
	name    string
	dialect goose.Dialect
	write   sql.TxOptions
	read    sql.TxOptions
	lock    string // makes a transaction the only one that writes the record
	tables  string // lists every column of every table: table, column, type, place in the key or 0
	weak    string // names the settings with which a commit does not wait for the disk
}

var (
	sqliteEngine = engine{name: "sqlite", dialect: goose.DialectSQLite3, read: sql.TxOptions{ReadOnly: true},
		tables: `SELECT t.name AS name, c.name AS column_name, c.type, c.pk FROM sqlite_master t, pragma_table_info(t.name) c
			WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY t.name, c.cid`}
	// Every write appends to one ledger, so writers cannot run side by side. When
	// each waits for one row first and then reads what is committed, none fails and
	// starts anew. A database that reads an older state after the wait is caught by
	// the ledger's own key, which two entries of one number cannot share.
	postgresEngine = engine{name: "postgres", dialect: goose.DialectPostgres,
		write: sql.TxOptions{Isolation: sql.LevelReadCommitted},
		read:  sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		lock:  "SELECT name FROM site WHERE name = 'writer' FOR UPDATE",
		tables: `SELECT c.table_name AS name, c.column_name, c.data_type, COALESCE((SELECT k.ordinal_position FROM information_schema.table_constraints p
				JOIN information_schema.key_column_usage k ON k.constraint_schema = p.constraint_schema AND k.constraint_name = p.constraint_name
				WHERE p.constraint_type = 'PRIMARY KEY' AND p.table_schema = c.table_schema AND p.table_name = c.table_name AND k.column_name = c.column_name), 0)
			FROM information_schema.columns c JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
			WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position`,
		weak: "SELECT string_agg(name, ', ' ORDER BY name) FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'"}
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

// migrate brings the tables up to a version.
// placeholders writes $1, $2, … as ?, ?, … for SQLite, where each is used once
// and in order: $1 is a name there, and names are looked up one by one, which
// for the values of a hundred rows took longer than to write them.
func (e engine) placeholders(query string) string {
	if e.name != "sqlite" {
		return query
	}
	var plain strings.Builder
	rest, next := query, 1
	for {
		before, after, found := strings.Cut(rest, "$")
		plain.WriteString(before)
		if !found {
			return plain.String()
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		if n, err := strconv.Atoi(after[:digits]); err != nil || n != next {
			return query
		}
		plain.WriteByte('?')
		rest, next = after[digits:], next+1
	}
}

func (e engine) migrate(ctx context.Context, db *sql.DB, to int64) error {
	p, err := e.provider(db)
	if err != nil {
		return err
	}
	// Another server may be doing the same: what it has done is then there the
	// next time.
	for try := 1; ; try++ {
		_, err := p.UpTo(ctx, to)
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

// versions returns the version of the tables, 0 where there are none, and the
// version that this program works with.
func (e engine) versions(ctx context.Context, db *sql.DB) (have, want int64, err error) {
	p, err := e.provider(db)
	if err != nil {
		return 0, 0, err
	}
	sources := p.ListSources()
	want = sources[len(sources)-1].Version
	// In the words that both engines have: a query of a table that is not there
	// would be an error like any other.
	var there int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM ("+e.tables+") AS t WHERE t.name = '"+versionTable+"'").Scan(&there); err != nil || there == 0 {
		return 0, want, outage(err)
	}
	err = db.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable).Scan(&have)
	return have, want, outage(err)
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
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, plumbline.ErrUnavailable) {
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
	if isFull(err) {
		return fmt.Errorf("%w: %w", &plumbline.Problem{Kind: plumbline.ErrUnavailable, Key: diskFull}, oneLine{err})
	}
	return fmt.Errorf("%w: %w", plumbline.ErrUnavailable, oneLine{err})
}

const diskFull = "problem.disk_full"

// isFull reports whether the database said that it has no room left.
func isFull(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "53100"
	}
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && lite.Code()&0xff == sqlite3.SQLITE_FULL
}

// oneLine says what an error says in one line: PostgreSQL's driver writes one
// for each address that it tried.
type oneLine struct{ error }

func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }
func (e oneLine) Unwrap() error { return e.error }

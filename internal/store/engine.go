package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
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
}

var (
	sqliteEngine   = engine{name: "sqlite", dialect: goose.DialectSQLite3, read: sql.TxOptions{ReadOnly: true}}
	postgresEngine = engine{name: "postgres", dialect: goose.DialectPostgres,
		write: sql.TxOptions{Isolation: sql.LevelSerializable},
		read:  sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}}
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
	reader := "file:" + (&url.URL{Path: address}).EscapedPath() + "?" + pragmas.Encode()
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
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
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
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

package store

import (
	"context"
	"database/sql"
	"io"
	"io/fs"
	"strings"
	"testing/fstest"

	"plumbline"
)

// Exec changes the tables behind the store's back, as somebody with access to
// the machine could.
func (db *DB) Exec(ctx context.Context, query string, args ...any) error {
	_, err := db.write.ExecContext(ctx, query, args...)
	return err
}

// Rows returns what a query finds.
func (db *DB) Rows(ctx context.Context, query string, args ...any) (list [][]any, err error) {
	rows, err := db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// DerivedRows reads all that is kept for lists.
var DerivedRows = "SELECT " + strings.Join(derivedColumns, ", ") + " FROM operation ORDER BY id"

// Hurry lets lists wait for nothing.
func (db *DB) Hurry() { db.wait = 0 }

// Settle waits for what runs in the background.
func (db *DB) Settle() { db.behind.done.Wait() }

// BackupTables returns the tables that a backup does not know, and those that
// it holds.
func (db *DB) BackupTables(ctx context.Context) (unknown, kept []string, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		tables, err := tx.tables()
		unknown = unknownTables(tables)
		for _, name := range keptTables {
			if tables[name] != nil {
				kept = append(kept, name)
			}
		}
		return err
	})
	return unknown, kept, err
}

// Settings returns what some settings of SQLite are on as many connections of
// each pool as it may open, up to n.
func (db *DB) Settings(ctx context.Context, n int, names ...string) (list []string, err error) {
	for _, pool := range []*sql.DB{db.write, db.read} {
		for range min(n, pool.Stats().MaxOpenConnections) {
			conn, err := pool.Conn(ctx)
			if err != nil {
				return nil, err
			}
			defer conn.Close() // all are held until the end, so that each is another
			var values []string
			for _, name := range names {
				var value string
				if err := conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value); err != nil {
					return nil, err
				}
				values = append(values, value)
			}
			list = append(list, strings.Join(values, " "))
		}
	}
	return list, nil
}

// WithMigration adds a migration after those that there are, as a later version
// of the program would, until the function that it returns is called.
func WithMigration(statement string) (version int64, undo func(), err error) {
	before := migrations
	files := fstest.MapFS{}
	if err := fs.WalkDir(before, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(before, name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	}); err != nil {
		return 0, nil, err
	}
	for _, e := range []string{"sqlite", "postgres"} {
		files["migrations/"+e+"/9999_later.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + statement + ";\n\n-- +goose Down\nSELECT 1;\n")}
	}
	migrations = files
	return 9999, func() { migrations = before }, nil
}

// RestoreTables restores a backup and leaves its tables as they are in it, as
// the version of the program that made it would have.
func RestoreTables(ctx context.Context, address string, r io.Reader) error {
	b, err := openBackup(r)
	if err != nil {
		return err
	}
	db, err := connect(ctx, Options{Address: address}, func(db *DB, ctx context.Context) error {
		if err := db.engine.migrate(ctx, db.write, b.Schema); err != nil {
			return err
		}
		return db.once(ctx, db.write, &db.engine.write, func(tx *Tx) error {
			if err := tx.empty(); err != nil {
				return err
			}
			return tx.fill(b, nil)
		})
	})
	if err != nil {
		return err
	}
	return db.Close()
}

// RoundTrip reports whether a portion is read back as it was written, and
// nothing of what follows it.
func RoundTrip(p plumbline.Portion) bool {
	text := portions(appendPortion(nil, p))
	text += "y"
	return text.next() == p && text == "y"
}

// DerivedColumns are the columns of an operation's row in lists.
var DerivedColumns = derivedColumns

package store

import (
	"context"
	"strings"
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

// Settle waits for what runs in the background.
func (db *DB) Settle() { db.behind.done.Wait() }

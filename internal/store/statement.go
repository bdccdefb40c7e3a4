package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// statements keeps the statements that are run often, ready to be run: to
// read one again and again takes SQLite longer than to run it. The zero value
// keeps none.
type statements struct {
	mu   sync.Mutex
	kept map[statement]*sql.Stmt // nil for one that was seen and is to be prepared
	new  []statement
}

type statement struct {
	pool  *sql.DB
	query string
}

// maxStatements bounds how many are kept: filters have many forms.
const maxStatements = 200

// get returns the prepared statement, or nil, and then remembers the query.
func (s *statements) get(pool *sql.DB, query string) *sql.Stmt {
	if s.kept == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := statement{pool, query}
	stmt, seen := s.kept[k]
	if !seen && len(s.kept) < maxStatements {
		s.kept[k] = nil
		s.new = append(s.new, k)
	}
	return stmt
}

// prepare prepares what was seen since. It is called outside a transaction,
// which may hold the only connection.
func (s *statements) prepare(ctx context.Context, pool *sql.DB) error {
	s.mu.Lock()
	var mine, others []statement
	for _, k := range s.new {
		if k.pool == pool {
			mine = append(mine, k)
		} else {
			others = append(others, k)
		}
	}
	s.new = others
	s.mu.Unlock()
	for i, k := range mine {
		stmt, err := pool.PrepareContext(ctx, k.query)
		s.mu.Lock()
		if lite, ok := errors.AsType[*sqlite.Error](err); ok && lite.Code() == sqlite3.SQLITE_ERROR {
			// As after an upgrade that took a table away. Who runs it is told.
			s.mu.Unlock()
			continue
		}
		if err != nil {
			s.new = append(s.new, mine[i:]...)
			s.mu.Unlock()
			return err
		}
		s.kept[k] = stmt
		s.mu.Unlock()
	}
	return nil
}

func (s *statements) close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, stmt := range s.kept {
		if stmt != nil {
			err = errors.Join(err, stmt.Close())
		}
		delete(s.kept, k)
	}
	return err
}

package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// BackupFormat names the format of a backup: gzip over lines of JSON.
//
// The first line is the [Manifest]. Then come the rows of each table that it
// names, in its order, each row as a list with a value for each column: a
// text as a string, an integer or a real as a number, bytes as base64, and
// null. A text that is no UTF-8, which only a damaged file of SQLite can hold,
// is {"bytes": base64}. The last line is {"rows":N,"sha256":"…"} with the
// number of rows and the hash of all lines before it, with their line ends.
const BackupFormat = "plumbline.backup/1"

// keptTables are the tables that a backup holds, each after those that its
// rows refer to; "finding" is in backups of tables before version 6.
var keptTables = []string{"site", "revision", "operation", "finding", "ledger_entry", "ledger_hash", "actor", "draft", "task", "party", "notice", "reading", "saved_filter", "sign_in", "passkey", "recovery", "job", "study_file", "study_answer", "release_key", "figure_release", "release_log", "release_summary", "release_budget", "feedback"}

// leftOut are the tables that a backup does not hold, each after those that
// its rows refer to, and why. A restore empties them.
var leftOut = []struct{ table, why string }{
	{"session", "a session that was ended must not come back to life: after a restore everybody signs in anew"},
	{"ticket", "an invitation that was used must not come back to life"},
	{"spent", "it guards the questions of a few minutes"},
	{"throttle", "failures are forgotten in a day"},
	{"reply_link", "a link that was revoked must not come back to life: whoever sent it makes another"},
	{"upload", "a file that somebody has looked at and not brought in can be sent again"},
}

// versionTable is the migrations' own. The manifest says what stands in it.
const versionTable = "goose_db_version"

// unknownTables returns those of the tables that are in neither list.
func unknownTables(tables map[string]*BackupTable) (names []string) {
	for name := range tables {
		left := slices.ContainsFunc(leftOut, func(l struct{ table, why string }) bool { return l.table == name })
		if !left && name != versionTable && !slices.Contains(keptTables, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// A Manifest says what a backup holds.
type Manifest struct {
	Format  string        `json:"format"`
	Program string        `json:"program"` // the version of the program that made it
	Schema  int64         `json:"schema"`  // the version of the tables
	At      time.Time     `json:"at"`
	Tables  []BackupTable `json:"tables"`
}

// A BackupTable is a table in a backup.
type BackupTable struct {
	Name    string         `json:"name"`
	Columns []BackupColumn `json:"columns"`
	Rows    int64          `json:"rows"`
	key     []string
}

// A BackupColumn is a column of a table in a backup.
type BackupColumn struct {
	Name string     `json:"name"`
	Type columnType `json:"type"`
}

type columnType string

const (
	textColumn    columnType = "text"
	integerColumn columnType = "integer"
	realColumn    columnType = "real"
	bytesColumn   columnType = "bytes"
)

// columnTypes are the engines' words for them.
var columnTypes = map[string]columnType{
	"TEXT": textColumn, "INTEGER": integerColumn, "REAL": realColumn, "BLOB": bytesColumn,
	"text": textColumn, "bigint": integerColumn, "integer": integerColumn, "double precision": realColumn, "bytea": bytesColumn,
}

// Rows returns the number of rows of all tables.
func (m *Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// Backup writes a backup of the whole site, as it is at one moment; others
// may go on writing meanwhile. It holds everything that a site needs to go on
// elsewhere, also the ledger's signing key, so that who has a backup has the
// site. progress, when not nil, is told how many rows are done of how many.
func (db *DB) Backup(ctx context.Context, w io.Writer, progress func(done, all int)) (m Manifest, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		m, err = tx.manifest()
		if err != nil {
			return err
		}
		b := backupWriter{sum: sha256.New(), compressed: gzip.NewWriter(w)}
		b.lines = bufio.NewWriterSize(io.MultiWriter(b.compressed, b.sum), 64<<10)
		if err := b.line(m); err != nil {
			return err
		}
		for _, t := range m.Tables {
			if err := tx.backupTable(&b, t, func() {
				if progress != nil && (b.rows%1000 == 0 || b.rows == m.Rows()) {
					progress(int(b.rows), int(m.Rows()))
				}
			}); err != nil {
				return fmt.Errorf("back up %s: %w", t.Name, err)
			}
		}
		return b.end()
	})
	return m, err
}

// manifest says what a backup of this moment holds. A table that this version
// does not know is refused: it may not be left out in silence.
func (tx *Tx) manifest() (m Manifest, err error) {
	m = Manifest{Format: BackupFormat, Program: programVersion(), At: tx.now}
	tables, err := tx.tables()
	if err != nil {
		return m, err
	}
	if names := unknownTables(tables); len(names) > 0 {
		return m, fmt.Errorf("there is a table %s that this version does not know", names[0])
	}
	if _, err := tx.one([]any{&m.Schema}, "SELECT MAX(version_id) FROM "+versionTable); err != nil {
		return m, err
	}
	for _, name := range keptTables {
		t, found := tables[name]
		if !found {
			continue // of a later version
		}
		if _, err := tx.one([]any{&t.Rows}, "SELECT COUNT(*) FROM "+name); err != nil {
			return m, err
		}
		m.Tables = append(m.Tables, *t)
	}
	return m, nil
}

func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}

// tables lists the tables of the database by their names.
func (tx *Tx) tables() (map[string]*BackupTable, error) {
	tables := map[string]*BackupTable{}
	return tables, tx.each(func(scan func(...any) error) error {
		var table, column, kind string
		var key int
		if err := scan(&table, &column, &kind, &key); err != nil {
			return err
		}
		t := tables[table]
		if t == nil {
			t = &BackupTable{Name: table, key: make([]string, 9)}
			tables[table] = t
		}
		t.Columns = append(t.Columns, BackupColumn{column, columnTypes[kind]})
		t.key[key] = column
		return nil
	}, tx.db.engine.tables)
}

func (t *BackupTable) columns() (names []string) {
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return names
}

// backupTable writes the rows of a table, in the order of its key.
func (tx *Tx) backupTable(b *backupWriter, t BackupTable, next func()) error {
	row, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i, c := range t.Columns {
		if c.Type == "" {
			return fmt.Errorf("column %s is of a type that a backup does not know", c.Name)
		}
		into[i] = &row[i]
	}
	query := "SELECT " + strings.Join(t.columns(), ", ") + " FROM " + t.Name
	if key := slices.DeleteFunc(t.key[1:], func(s string) bool { return s == "" }); len(key) > 0 {
		query += " ORDER BY " + strings.Join(key, ", ")
	}
	var rows int64
	err := tx.each(func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		for i, v := range row {
			switch v := v.(type) {
			case string:
				if !utf8.ValidString(v) {
					row[i] = damagedText{[]byte(v)}
				}
			case []byte:
				if v == nil { // no bytes, as SQLite's driver gives them: not null
					row[i] = []byte{}
				}
			}
		}
		rows++
		b.rows++
		next()
		return b.line(row)
	}, query)
	if err == nil && rows != t.Rows {
		err = fmt.Errorf("%d rows were counted, and %d read", t.Rows, rows)
	}
	return err
}

// damagedText is a text that is no UTF-8.
type damagedText struct {
	Bytes []byte `json:"bytes"`
}

// A backupWriter writes the lines of a backup.
type backupWriter struct {
	compressed *gzip.Writer
	lines      *bufio.Writer
	sum        hash.Hash
	rows       int64
}

func (b *backupWriter) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err := b.lines.Write(text); err != nil {
		return err
	}
	return b.lines.WriteByte('\n')
}

func (b *backupWriter) end() error {
	if err := b.lines.Flush(); err != nil {
		return err
	}
	if _, err := b.compressed.Write(trailer(b.rows, b.sum)); err != nil {
		return err
	}
	return b.compressed.Close()
}

// trailer returns the last line of a backup.
func trailer(rows int64, sum hash.Hash) []byte {
	return fmt.Appendf(nil, "{\"rows\":%d,\"sha256\":\"%s\"}\n", rows, hex.EncodeToString(sum.Sum(nil)))
}

// WriteFile writes a file that is there whole or not at all, also after a
// power cut, and that only its owner may read. While write fills it, it has
// another name; what had the name before is replaced at the end.
func WriteFile(name string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, ".plumbline-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

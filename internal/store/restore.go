package store

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
)

var (
	// ErrBackup is returned for what is no backup, or no whole one.
	ErrBackup = errors.New("this is no whole backup")
	// ErrNotEmpty is returned when somebody wants to restore where there is a site.
	ErrNotEmpty = errors.New("there is a site already, and nothing is written over it")
	// ErrFaults is returned when what was restored does not agree with its ledger.
	ErrFaults = errors.New("record and ledger do not agree")
	// ErrRestoring is returned by Open where a restore was broken off.
	ErrRestoring = errors.New("a restore was broken off here; do it again, into an empty database")
)

// A Restoration says how to restore.
type Restoration struct {
	Progress func(done, all int) // told how many rows are done of how many, when not nil
	Fault    func(Fault)         // told what does not agree with the ledger, when not nil
	Faulty   bool                // restore also what does not agree with its ledger
}

// Restore fills an empty site from a backup: all of it or nothing. It reads r
// to its end and compares record and ledger before it commits. A backup of an
// earlier version is brought up to date.
//
// It returns an error that wraps [ErrBackup] when r is cut short or was
// changed, [ErrNewer] when a newer version made it, [ErrNotEmpty], or
// [ErrFaults]. Nobody else may use the database meanwhile.
func Restore(ctx context.Context, o Options, r io.Reader, how Restoration) (m Manifest, err error) {
	b, err := openBackup(r)
	if err != nil {
		return m, err
	}
	var failed error
	db, err := connect(ctx, o, func(db *DB, ctx context.Context) error {
		failed = db.restore(ctx, b, how)
		return failed
	})
	switch {
	case errors.Is(failed, ErrBackup): // is no fault of the database that the other error names
		return b.Manifest, failed
	case err != nil:
		return b.Manifest, err
	}
	return b.Manifest, db.Close()
}

func (db *DB) restore(ctx context.Context, b *backupReader, how Restoration) error {
	have, want, err := db.engine.versions(ctx, db.write)
	switch {
	case err != nil:
		return err
	case b.Schema > want:
		return newer(b.Schema, want)
	case have != 0 && have != b.Schema:
		return fmt.Errorf("%w: its tables are of version %d, and those of the backup of version %d; restore to where there are none", ErrNotEmpty, have, b.Schema)
	case have == 0:
		if err := db.engine.migrate(ctx, db.write, b.Schema); err != nil {
			return err
		}
	}
	// Not through tx, which may run twice: the backup is read once.
	if err := db.once(ctx, db.write, &db.engine.write, func(tx *Tx) error {
		if err := tx.empty(); err != nil {
			return err
		}
		if err := tx.fill(b, how.Progress); err != nil {
			return err
		}
		if b.Schema == want {
			return tx.agree(how)
		}
		return tx.exec("INSERT INTO site (name, value) VALUES ('restoring', $1)", []byte{})
	}); err != nil || b.Schema == want {
		return err
	}
	if err := db.engine.migrate(ctx, db.write, want); err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		if err := tx.exec("DELETE FROM site WHERE name = 'restoring'"); err != nil {
			return err
		}
		return tx.agree(how)
	})
}

// whole refuses a site that is half restored: one of an earlier version is
// filled, then brought up to date, and only then held against its ledger.
func (tx *Tx) whole() error {
	var none []byte
	found, err := tx.one([]any{&none}, "SELECT value FROM site WHERE name = 'restoring'")
	if err == nil && found {
		err = ErrRestoring
	}
	return err
}

// empty takes everything from an empty site, and refuses any other.
func (tx *Tx) empty() error {
	if tx.db.engine.lock != "" {
		if err := tx.exec(tx.db.engine.lock); err != nil {
			return err
		}
	}
	var n int
	switch found, err := tx.one([]any{&n}, "SELECT 1 FROM ledger_entry UNION SELECT 1 FROM revision UNION SELECT 1 FROM actor"); {
	case err != nil:
		return err
	case found && tx.whole() == nil:
		return ErrNotEmpty
	}
	tables, err := tx.tables()
	if err != nil {
		return err
	}
	names := slices.Clone(keptTables)
	for _, l := range leftOut {
		names = append(names, l.table)
	}
	for _, name := range slices.Backward(names) { // first those that refer to others
		if tables[name] != nil {
			if err := tx.exec("DELETE FROM " + name); err != nil {
				return err
			}
		}
	}
	return nil
}

// agree compares record and ledger of what was restored.
func (tx *Tx) agree(how Restoration) error {
	if err := tx.known(); err != nil {
		return err
	}
	found := false
	if _, err := tx.examine(func(f Fault) {
		found = true
		if how.Fault != nil {
			how.Fault(f)
		}
	}); err != nil {
		return err
	}
	if found && !how.Faulty {
		return ErrFaults
	}
	return nil
}

// fill writes the rows of a backup into the tables.
func (tx *Tx) fill(b *backupReader, progress func(done, all int)) error {
	tables, err := tx.tables()
	if err != nil {
		return err
	}
	for i, t := range b.Tables {
		// Names of tables and columns are put into statements: none is taken from the
		// file that the database does not have.
		if tables[t.Name] == nil || !slices.Contains(keptTables, t.Name) || !slices.Equal(tables[t.Name].Columns, t.Columns) {
			return fmt.Errorf("%w: its table %d is not one of version %d", ErrBackup, i+1, b.Schema)
		}
	}
	into := inserter{tx: tx}
	defer into.close()
	if err := b.each(func(t *BackupTable, row []any) error {
		if progress != nil && (b.rows%1000 == 0 || b.rows == b.Manifest.Rows()) {
			progress(int(b.rows), int(b.Manifest.Rows()))
		}
		return into.add(t, row)
	}); err != nil {
		return err
	}
	return into.flush()
}

// An inserter writes rows many at a time.
type inserter struct {
	tx    *Tx
	table *BackupTable
	full  *sql.Stmt // for as many rows as are written at a time
	args  []any
}

func (in *inserter) most() int { return 500 / len(in.table.Columns) * len(in.table.Columns) }

func (in *inserter) statement(args int) string {
	return "INSERT INTO " + in.table.Name + " (" + strings.Join(in.table.columns(), ", ") + ") VALUES " + marks(args, len(in.table.Columns))
}

func (in *inserter) add(t *BackupTable, row []any) (err error) {
	if t != in.table {
		if err := errors.Join(in.flush(), in.close()); err != nil {
			return err
		}
		in.table = t
		if in.full, err = in.tx.PrepareContext(in.tx.ctx, in.statement(in.most())); err != nil {
			return err
		}
	}
	if in.args = append(in.args, row...); len(in.args) < in.most() {
		return nil
	}
	_, err = in.full.ExecContext(in.tx.ctx, in.args...)
	in.args = in.args[:0]
	return err
}

func (in *inserter) flush() error {
	if len(in.args) == 0 {
		return nil
	}
	_, err := in.tx.ExecContext(in.tx.ctx, in.statement(len(in.args)), in.args...)
	in.args = in.args[:0]
	return err
}

func (in *inserter) close() error {
	if in.full == nil {
		return nil
	}
	err := in.full.Close()
	in.full = nil
	return err
}

// CheckBackup reads a backup to its end and returns what it holds. It returns
// an error that wraps [ErrBackup] when it is cut short or was changed.
func CheckBackup(r io.Reader) (Manifest, error) {
	b, err := openBackup(r)
	if err != nil {
		return Manifest{}, err
	}
	return b.Manifest, b.each(func(*BackupTable, []any) error { return nil })
}

// maxBackupLine bounds a row, in bytes, so that a file cannot take all memory.
const maxBackupLine = 256 << 20

// A backupReader reads the lines of a backup.
type backupReader struct {
	Manifest
	lines *bufio.Scanner
	sum   hash.Hash
	rows  int64
}

func openBackup(r io.Reader) (*backupReader, error) {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return nil, unreadable(err)
	}
	b := &backupReader{lines: bufio.NewScanner(unpacked), sum: sha256.New()}
	b.lines.Buffer(nil, maxBackupLine)
	b.lines.Split(func(data []byte, end bool) (int, []byte, error) { // as ScanLines, and takes nothing off
		i := bytes.IndexByte(data, '\n')
		switch {
		case i >= 0:
			return i + 1, data[:i+1], nil
		case end && len(data) > 0:
			return 0, nil, io.ErrUnexpectedEOF
		}
		return 0, nil, nil
	})
	line, err := b.next()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(line, &b.Manifest); err != nil || !strings.HasPrefix(b.Format, "plumbline.backup/") {
		return nil, fmt.Errorf("%w: its first line is not that of one", ErrBackup)
	}
	if b.Format != BackupFormat {
		return nil, fmt.Errorf("%w: it is of the format %.40q, and this program reads %q", ErrBackup, b.Format, BackupFormat)
	}
	b.sum.Write(line)
	return b, nil
}

// unreadable says what is wrong with a backup that cannot be read on.
func unreadable(err error) error {
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it was cut short", ErrBackup)
	case errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("%w: it does not begin as one", ErrBackup)
	}
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%w: it was changed after it was written", ErrBackup)
	}
	return err
}

func (b *backupReader) next() ([]byte, error) {
	if b.lines.Scan() {
		return b.lines.Bytes(), nil
	}
	if err := b.lines.Err(); err != nil {
		return nil, unreadable(err)
	}
	return nil, unreadable(io.EOF)
}

// each calls f for every row, and then holds the whole against its last line.
func (b *backupReader) each(f func(t *BackupTable, row []any) error) error {
	for i := range b.Tables {
		t := &b.Tables[i]
		for range t.Rows {
			line, err := b.next()
			if err != nil {
				return err
			}
			b.sum.Write(line)
			b.rows++
			row, err := t.row(line)
			if err != nil {
				return fmt.Errorf("%w: row %d: %w", ErrBackup, b.rows, err)
			}
			if err := f(t, row); err != nil {
				return fmt.Errorf("row %d, of %s: %w", b.rows, t.Name, err)
			}
		}
	}
	line, err := b.next()
	if err != nil {
		return err
	}
	if !bytes.Equal(line, trailer(b.rows, b.sum)) {
		return fmt.Errorf("%w: it was changed after it was written", ErrBackup)
	}
	if b.lines.Scan() {
		return fmt.Errorf("%w: it goes on after its end", ErrBackup)
	}
	if err := b.lines.Err(); err != nil { // also what gzip says of the whole
		return unreadable(err)
	}
	return nil
}

// row reads the values of a row.
func (t *BackupTable) row(line []byte) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil || len(raw) != len(t.Columns) {
		return nil, fmt.Errorf("want a list of %d values", len(t.Columns))
	}
	row := make([]any, len(raw))
	for i, c := range t.Columns {
		v, err := c.Type.value(raw[i])
		if err != nil {
			return nil, fmt.Errorf("want a %s for %s", c.Type, c.Name)
		}
		row[i] = v
	}
	return row, nil
}

func (c columnType) value(raw json.RawMessage) (v any, err error) {
	text := string(raw)
	switch {
	case text == "null":
		return nil, nil
	case c == integerColumn:
		return strconv.ParseInt(text, 10, 64)
	case c == realColumn:
		return strconv.ParseFloat(text, 64)
	case c == textColumn && raw[0] == '{':
		var d damagedText
		err = json.Unmarshal(raw, &d)
		return string(d.Bytes), err
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	if c == bytesColumn {
		return base64.StdEncoding.DecodeString(s)
	}
	return s, nil
}

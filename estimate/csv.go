package estimate

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// ReadOptions say how much of a file to keep, and when to give up.
type ReadOptions struct {
	// Columns to keep, or the beginning of their names with * behind it; nil keeps
	// all. The others are read past, so memory is
	// bounded by the columns that are used.
	Columns []string

	// The file is refused when it is larger than these. Zero means the default:
	// [MaxBytes], 20 million rows, 4096 columns, and one MiB in a field.
	MaxBytes   int64
	MaxRows    int
	MaxColumns int
	MaxField   int
}

// MaxBytes is the most that [ReadTable] reads unless it is told otherwise, 2 GiB.
// No option makes that more than 4 GiB less a byte.
const MaxBytes = 2 << 30

func (o ReadOptions) withDefaults() ReadOptions {
	if o.MaxBytes == 0 {
		o.MaxBytes = MaxBytes
	}
	o.MaxBytes = min(o.MaxBytes, math.MaxUint32)
	if o.MaxRows == 0 {
		o.MaxRows = 20_000_000
	}
	if o.MaxColumns == 0 {
		o.MaxColumns = 4096
	}
	if o.MaxField == 0 {
		o.MaxField = 1 << 20
	}
	return o
}

// ReadTable reads a CSV file: UTF-8, a byte-order mark accepted, a header row,
// comma, semicolon or tab found out from it, and RFC 4180 quoting. It is
// strict, since a row read wrongly is a wrong estimate: rows of another length,
// stray quotes, repeated column names and empty lines are an [InputError].
func ReadTable(r io.Reader, name string, opt ReadOptions) (*Table, error) {
	opt = opt.withDefaults()
	in := bufio.NewReaderSize(&countingReader{r: r, left: opt.MaxBytes}, headerLimit)
	p := &csvReader{in: in, name: name, opt: opt, row: 1}
	if err := p.start(); err != nil {
		return nil, err
	}
	t, err := p.header()
	if err != nil {
		return nil, err
	}
	if err := p.body(t); err != nil {
		return nil, err
	}
	return t, nil
}

// headerLimit is also the size of the read buffer, because the delimiter is
// found out by looking at the whole header at once.
const headerLimit = 1 << 20

var errTooLarge = errors.New("larger than allowed")

type countingReader struct {
	r    io.Reader
	left int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, errTooLarge
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	if c.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

type csvReader struct {
	in    *bufio.Reader
	name  string
	opt   ReadOptions
	comma byte
	row   int
	field []byte
}

func (p *csvReader) bad(column, wrong, want string) error {
	return &InputError{File: p.name, Row: p.row, Column: column, Wrong: wrong, Want: want}
}

// start skips a byte-order mark and finds the delimiter: whichever of the three
// is most frequent in the header outside quotes.
func (p *csvReader) start() error {
	head, _ := p.in.Peek(3) // a failure is met again below
	if len(head) == 3 && head[0] == 0xEF && head[1] == 0xBB && head[2] == 0xBF {
		p.in.Discard(3)
	} else if len(head) >= 2 && (head[0] == 0xFF && head[1] == 0xFE || head[0] == 0xFE && head[1] == 0xFF) {
		return &InputError{File: p.name, Wrong: "the file is UTF-16", Want: "UTF-8: save it as CSV UTF-8"}
	}
	head, err := p.in.Peek(headerLimit)
	if err != nil && err != io.EOF && err != errTooLarge {
		return fmt.Errorf("read %s: %w", p.name, err)
	}
	if len(head) == 0 {
		return &InputError{File: p.name, Wrong: "the file is empty", Want: "a header row and data"}
	}
	var commas, semicolons, tabs int
	quoted := false
scan:
	for _, b := range head {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n':
			break scan
		case b == ',':
			commas++
		case b == ';':
			semicolons++
		case b == '\t':
			tabs++
		}
	}
	p.comma = ','
	if semicolons > commas && semicolons >= tabs {
		p.comma = ';'
	} else if tabs > commas {
		p.comma = '\t'
	}
	return nil
}

func (p *csvReader) header() (*Table, error) {
	t := &Table{Name: p.name}
	seen := map[string]bool{}
	for {
		end, err := p.next()
		if err == io.EOF {
			return nil, &InputError{File: p.name, Wrong: "the file is empty", Want: "a header row and data"}
		}
		if err != nil {
			return nil, err
		}
		if !utf8.Valid(p.field) {
			return nil, p.bad("", "the header is not UTF-8", "UTF-8: save it as CSV UTF-8")
		}
		h := string(bytes.TrimSpace(p.field))
		if h == "" {
			return nil, p.bad("", fmt.Sprintf("column %d has no name", len(t.header)+1), "a name for every column")
		}
		if seen[h] {
			return nil, p.bad(h, "two columns have this name", "one column a name")
		}
		seen[h] = true
		t.header = append(t.header, h)
		if len(t.header) > p.opt.MaxColumns {
			return nil, p.bad("", fmt.Sprintf("more than %d columns", p.opt.MaxColumns), "fewer")
		}
		if end != endField {
			break
		}
	}
	t.columns = make([]column, len(t.header))
	for i := range t.columns {
		t.columns[i].kept = p.opt.Columns == nil
	}
	for _, name := range p.opt.Columns {
		if some := t.Matching(name); len(some) > 0 {
			for _, m := range some {
				t.columns[t.index(m)].kept = true
			}
			continue
		}
		i := t.index(name)
		if i < 0 {
			return nil, &InputError{File: p.name, Column: name, Wrong: "there is no such column", Want: "one of " + quoteSome(t.header)}
		}
		t.columns[i].kept = true
	}
	return t, nil
}

func (p *csvReader) body(t *Table) error {
	for {
		p.row++
		if t.rows >= p.opt.MaxRows {
			if _, err := p.in.Peek(1); err == io.EOF {
				return nil
			}
			return p.bad("", fmt.Sprintf("more than %d rows", p.opt.MaxRows), "a smaller file")
		}
		if done, err := p.blank(len(t.header)); done || err != nil {
			return err
		}
		for j := 0; ; j++ {
			end, err := p.next()
			if err != nil {
				return err
			}
			if j >= len(t.header) {
				return wrongLength(p.name, p.row, j+1, len(t.header))
			}
			c := &t.columns[j]
			if c.kept {
				if !utf8.Valid(p.field) {
					return p.bad(t.header[j], "the text is not UTF-8", "UTF-8: save it as CSV UTF-8")
				}
				c.append(p.field)
			}
			if end != endField {
				if j+1 != len(t.header) {
					return wrongLength(p.name, p.row, j+1, len(t.header))
				}
				break
			}
		}
		t.rows++
	}
}

// blank reports the end of the file. Empty lines are accepted there and nowhere
// else; in a file of one column an empty line is a missing value.
func (p *csvReader) blank(columns int) (done bool, err error) {
	empty := 0
	for {
		b, err := p.in.Peek(1)
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, p.failed(err)
		}
		if b[0] != '\n' && b[0] != '\r' || columns == 1 {
			if empty > 0 {
				return false, p.bad("", "the row is empty", "every row filled, or the line removed")
			}
			return false, nil
		}
		p.in.Discard(1)
		empty++
	}
}

// TooLarge is the error about a file of more than so many bytes.
func TooLarge(name string, most int64) error {
	return &InputError{File: name, Wrong: fmt.Sprintf("the file is larger than %d bytes", most), Want: "a smaller file, or counts instead of records"}
}

func (p *csvReader) failed(err error) error {
	if err == errTooLarge {
		return TooLarge(p.name, p.opt.MaxBytes)
	}
	return fmt.Errorf("read %s: %w", p.name, err)
}

type fieldEnd int

const (
	endField fieldEnd = iota
	endRow
	endFile
)

// next reads one field into p.field and says what followed it.
func (p *csvReader) next() (fieldEnd, error) {
	p.field = p.field[:0]
	b, err := p.in.ReadByte()
	if err == io.EOF {
		return endFile, nil
	}
	if err != nil {
		return 0, p.failed(err)
	}
	if b == '"' {
		return p.quoted()
	}
	for {
		switch b {
		case p.comma:
			return endField, nil
		case '\n':
			return endRow, nil
		case '\r':
			if b, err = p.in.ReadByte(); err == io.EOF || err == nil && b == '\n' {
				return endRow, nil
			}
			return 0, p.bad("", "a carriage return without a line feed", "lines that end with a line feed")
		case '"':
			return 0, p.bad("", fmt.Sprintf("a quote inside %s", quoteShort(p.field)), `the whole field in quotes, and "" for a quote in it`)
		}
		p.field = append(p.field, b)
		if len(p.field) > p.opt.MaxField {
			return 0, p.bad("", fmt.Sprintf("a field longer than %d bytes", p.opt.MaxField), "shorter fields")
		}
		b, err = p.in.ReadByte()
		if err == io.EOF {
			return endFile, nil
		}
		if err != nil {
			return 0, p.failed(err)
		}
	}
}

func (p *csvReader) quoted() (fieldEnd, error) {
	for {
		b, err := p.in.ReadByte()
		if err == io.EOF {
			return 0, p.bad("", "a quote is opened and never closed", "a closing quote")
		}
		if err != nil {
			return 0, p.failed(err)
		}
		if b != '"' {
			p.field = append(p.field, b)
			if len(p.field) > p.opt.MaxField {
				return 0, p.bad("", fmt.Sprintf("a field longer than %d bytes", p.opt.MaxField), "shorter fields, or a closing quote")
			}
			continue
		}
		b, err = p.in.ReadByte()
		switch {
		case err == io.EOF:
			return endFile, nil
		case err != nil:
			return 0, p.failed(err)
		case b == '"':
			p.field = append(p.field, '"')
		case b == p.comma:
			return endField, nil
		case b == '\n':
			return endRow, nil
		case b == '\r':
			if b, err = p.in.ReadByte(); err == io.EOF || err == nil && b == '\n' {
				return endRow, nil
			}
			return 0, p.bad("", "a carriage return without a line feed", "lines that end with a line feed")
		default:
			return 0, p.bad("", "text after a closing quote", `a delimiter there, and "" for a quote inside a field`)
		}
	}
}

func wrongLength(name string, row, got, want int) error {
	return &InputError{File: name, Row: row, Wrong: fmt.Sprintf("the row has %d fields", got), Want: fmt.Sprintf("%d, as in the header", want)}
}

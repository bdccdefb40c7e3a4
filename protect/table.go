package protect

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Table holds records of words: each column keeps its distinct values once,
// and a small number for each row. A field that is empty or NA is missing.
type Table struct {
	Name    string // for error messages: the file's name
	header  []string
	columns []column
	rows    int
}

type column struct {
	values []string // values[0] is "", the missing value
	codes  []uint32 // one for each row, an index of values
}

// ReadOptions say how much of a file to keep, and when to give up.
type ReadOptions struct {
	// Columns to keep, in this order; nil keeps all.
	Columns []string
	// BlankZeros reads the value 0 as missing, as Synthetic Data Showcase does, except
	// in the columns of SensitiveZeros.
	BlankZeros     bool
	SensitiveZeros []string
	// Comma is between fields; 0 finds it out. What this package wrote is read with the comma it was
	// written with, since a name may hold another.
	Comma rune
	// The file is refused when it is larger. Zero means 2 GiB and 20 million rows.
	MaxBytes int64
	MaxRows  int
}

// maxColumns bounds what a header may ask for.
const maxColumns = 4096

// ReadTable reads a CSV or TSV file: UTF-8, a byte-order mark accepted, a header
// row, comma, semicolon or tab found out from it. Rows of another length, stray
// quotes, repeated column names and empty lines are an [InputError].
func ReadTable(r io.Reader, name string, opt ReadOptions) (*Table, error) {
	if opt.MaxBytes == 0 {
		opt.MaxBytes = 2 << 30
	}
	if opt.MaxRows == 0 {
		opt.MaxRows = 20_000_000
	}
	limited := &io.LimitedReader{R: r, N: opt.MaxBytes + 1}
	in := bufio.NewReaderSize(limited, 1<<16)
	comma, err := sniff(in, name)
	if err != nil {
		return nil, err
	}
	if opt.Comma != 0 {
		comma = opt.Comma
	}
	cr := csv.NewReader(in)
	cr.Comma, cr.ReuseRecord, cr.FieldsPerRecord = comma, true, -1
	t := &Table{Name: name}
	head, err := cr.Read()
	if err != nil {
		return nil, readError(name, 1, err)
	}
	pick, err := t.start(head, opt)
	if err != nil {
		return nil, err
	}
	width, line := len(head), 1
	zeros := make([]bool, len(t.header)) // columns where "0" is missing
	for i, h := range t.header {
		zeros[i] = opt.BlankZeros && !slices.Contains(opt.SensitiveZeros, h)
	}
	known := make([]map[string]uint32, len(t.columns))
	for i := range known {
		known[i] = map[string]uint32{}
	}
	for row := 2; ; row++ {
		rec, err := cr.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, readError(name, row, err)
		}
		if limited.N <= 0 {
			return nil, &InputError{File: name, Wrong: fmt.Sprintf("the file is larger than %d bytes", opt.MaxBytes), Want: "a smaller file"}
		}
		if row-1 > opt.MaxRows {
			return nil, &InputError{File: name, Row: row, Wrong: fmt.Sprintf("more than %d rows", opt.MaxRows), Want: "a smaller file"}
		}
		// The csv package passes over empty lines; in a file of one column such a line is
		// a person whose value is missing, so the gap is found by its line number.
		if at, _ := cr.FieldPos(0); at > line+1 {
			return nil, &InputError{File: name, Row: row, Wrong: "the row is empty", Want: `every row filled, a missing value written NA, or the line removed`}
		}
		line, _ = cr.FieldPos(len(rec) - 1)
		line += strings.Count(rec[len(rec)-1], "\n")
		if len(rec) != width {
			return nil, &InputError{File: name, Row: row, Wrong: fmt.Sprintf("the row has %d fields", len(rec)), Want: fmt.Sprintf("%d, as in the header", width)}
		}
		for i, from := range pick {
			f := strings.TrimSpace(rec[from])
			if f == "NA" || f == "0" && zeros[i] {
				f = ""
			}
			c := &t.columns[i]
			if f == "" {
				c.codes = append(c.codes, 0)
				continue
			}
			code, ok := known[i][f]
			if !ok {
				if !utf8.ValidString(f) {
					return nil, &InputError{File: name, Row: row, Column: t.header[i], Wrong: "the text is not UTF-8", Want: "UTF-8: save it as CSV UTF-8"}
				}
				f = strings.Clone(f)
				code = uint32(len(c.values))
				c.values = append(c.values, f)
				known[i][f] = code
			}
			c.codes = append(c.codes, code)
		}
		t.rows++
	}
	if limited.N <= 0 {
		return nil, &InputError{File: name, Wrong: fmt.Sprintf("the file is larger than %d bytes", opt.MaxBytes), Want: "a smaller file"}
	}
	return t, nil
}

// start takes the header and returns, for each column kept, its place in the file.
func (t *Table) start(head []string, opt ReadOptions) (pick []int, err error) {
	if len(head) > maxColumns {
		return nil, &InputError{File: t.Name, Row: 1, Wrong: fmt.Sprintf("more than %d columns", maxColumns), Want: "fewer"}
	}
	place := map[string]int{}
	names := make([]string, len(head))
	for i, h := range head {
		h = strings.TrimSpace(h)
		if !utf8.ValidString(h) {
			return nil, &InputError{File: t.Name, Row: 1, Wrong: "the header is not UTF-8", Want: "UTF-8: save it as CSV UTF-8"}
		}
		if h == "" {
			return nil, &InputError{File: t.Name, Row: 1, Wrong: fmt.Sprintf("column %d has no name", i+1), Want: "a name for every column"}
		}
		if _, ok := place[h]; ok {
			return nil, &InputError{File: t.Name, Row: 1, Column: h, Wrong: "two columns have this name", Want: "one column a name"}
		}
		names[i] = strings.Clone(h)
		place[names[i]] = i
	}
	t.header = opt.Columns
	if t.header == nil {
		t.header = names
	}
	for i, h := range t.header {
		at, ok := place[h]
		if !ok {
			return nil, &InputError{File: t.Name, Column: h, Wrong: "there is no such column", Want: "one of " + quoteSome(names)}
		}
		if slices.Contains(t.header[:i], h) {
			return nil, &InputError{File: t.Name, Column: h, Wrong: "the column is asked for twice", Want: "each column once"}
		}
		pick = append(pick, at)
	}
	t.columns = make([]column, len(t.header))
	for i := range t.columns {
		t.columns[i].values = []string{""}
	}
	return pick, nil
}

// sniff passes over a byte-order mark and finds the delimiter: whichever of the
// three is most frequent in the header outside quotes.
func sniff(in *bufio.Reader, name string) (rune, error) {
	head, _ := in.Peek(3) // a failure is met again below
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		in.Discard(3)
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return 0, &InputError{File: name, Wrong: "the file is UTF-16", Want: "UTF-8: save it as CSV UTF-8"}
	}
	head, err := in.Peek(1 << 16)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return 0, fmt.Errorf("read %s: %w", name, err)
	}
	if len(head) == 0 {
		return 0, &InputError{File: name, Wrong: "the file is empty", Want: "a header row and data"}
	}
	count := map[byte]int{}
	quoted := false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		}
		if b == '\n' && !quoted {
			break
		}
		if !quoted {
			count[b]++
		}
	}
	comma := byte(',')
	for _, b := range []byte{';', '\t'} {
		if count[b] > count[comma] {
			comma = b
		}
	}
	return rune(comma), nil
}

func readError(name string, row int, err error) error {
	if err == io.EOF {
		return &InputError{File: name, Wrong: "the file is empty", Want: "a header row and data"}
	}
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	e := &InputError{File: name, Row: row, Wrong: p.Err.Error()}
	switch {
	case errors.Is(p.Err, csv.ErrBareQuote):
		e.Wrong, e.Want = "a quote inside a field", `the whole field in quotes, and "" for a quote in it`
	case errors.Is(p.Err, csv.ErrQuote):
		e.Wrong, e.Want = "a quote is opened and never closed, or followed by text", `a closing quote, then a delimiter, and "" for a quote in the field`
	}
	return e
}

// NewTable makes a table of rows already in memory; "" and NA are missing.
func NewTable(name string, header []string, rows [][]string) (*Table, error) {
	t := &Table{Name: name}
	if _, err := t.start(header, ReadOptions{}); err != nil {
		return nil, err
	}
	known := make([]map[string]uint32, len(header))
	for i := range known {
		known[i] = map[string]uint32{"": 0, "NA": 0}
	}
	for r, row := range rows {
		if len(row) != len(header) {
			return nil, &InputError{File: name, Row: r + 2, Wrong: fmt.Sprintf("the row has %d fields", len(row)), Want: fmt.Sprintf("%d, as in the header", len(header))}
		}
		for i, f := range row {
			c := &t.columns[i]
			code, ok := known[i][f]
			if !ok {
				code = uint32(len(c.values))
				c.values = append(c.values, f)
				known[i][f] = code
			}
			c.codes = append(c.codes, code)
		}
		t.rows++
	}
	return t, nil
}

// Rows is the number of records.
func (t *Table) Rows() int { return t.rows }

// Header returns the names of the columns.
func (t *Table) Header() []string { return slices.Clone(t.header) }

// Row returns record i, "" where a value is missing.
func (t *Table) Row(i int) []string {
	out := make([]string, len(t.columns))
	for j := range t.columns {
		c := &t.columns[j]
		out[j] = c.values[c.codes[i]]
	}
	return out
}

// Select returns the table with these columns only, in this order.
func (t *Table) Select(names ...string) (*Table, error) {
	out := &Table{Name: t.Name, rows: t.rows}
	for _, n := range names {
		i := slices.Index(t.header, n)
		if i < 0 {
			return nil, &InputError{File: t.Name, Column: n, Wrong: "there is no such column", Want: "one of " + quoteSome(t.header)}
		}
		if slices.Contains(out.header, n) {
			return nil, &InputError{File: t.Name, Column: n, Wrong: "the column is asked for twice", Want: "each column once"}
		}
		out.header = append(out.header, n)
		out.columns = append(out.columns, t.columns[i])
	}
	return out, nil
}

// WriteCSV writes the table with a header; comma is ',' for CSV, '\t' for TSV.
func (t *Table) WriteCSV(w io.Writer, comma rune) error {
	cw := csv.NewWriter(w)
	cw.Comma = comma
	if err := cw.Write(t.header); err != nil {
		return err
	}
	row := make([]string, len(t.columns))
	for i := range t.rows {
		for j := range t.columns {
			c := &t.columns[j]
			row[j] = c.values[c.codes[i]]
		}
		// A row of one missing value would be written as an empty line, which readers pass over.
		if len(row) == 1 && row[0] == "" {
			row[0] = "NA"
		}
		if err := cw.Write(row); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

// WriteLong writes the table in the long form of Synthetic Data Showcase: a line for each
// field, with the number of its record from 0.
func (t *Table) WriteLong(w io.Writer, comma rune) error {
	cw := csv.NewWriter(w)
	cw.Comma = comma
	if err := cw.Write([]string{"Id", "Attribute", "Value", "AttributeValue"}); err != nil {
		return err
	}
	for i := range t.rows {
		id := strconv.Itoa(i)
		for j, h := range t.header {
			v := t.columns[j].values[t.columns[j].codes[i]]
			if err := cw.Write([]string{id, h, v, h + ":" + v}); err != nil {
				return err
			}
		}
	}
	cw.Flush()
	return cw.Error()
}

// SplitValues returns the table with a column of several values, a1;a2, made into a column for
// each, A_a1 and A_a2, that holds 1 where a record has the value and is missing where not.
func (t *Table) SplitValues(name, delimiter string) (*Table, error) {
	at := slices.Index(t.header, name)
	if at < 0 {
		return nil, &InputError{File: t.Name, Column: name, Wrong: "there is no such column", Want: "one of " + quoteSome(t.header)}
	}
	if delimiter == "" {
		return nil, option("multi-value-columns", "the delimiter is empty", "the text between the values, such as ;")
	}
	out := &Table{Name: t.Name, rows: t.rows}
	from := &t.columns[at]
	split := make([][]string, len(from.values)) // of each value, its parts
	var parts []string
	for code, v := range from.values {
		for _, p := range strings.Split(v, delimiter) {
			if p = strings.TrimSpace(p); p != "" {
				split[code] = append(split[code], p)
				if !slices.Contains(parts, p) {
					parts = append(parts, p)
				}
			}
		}
	}
	for j, h := range t.header {
		if j != at {
			out.header = append(out.header, h)
			out.columns = append(out.columns, t.columns[j])
			continue
		}
		for _, p := range parts {
			n := name + "_" + p
			if slices.Contains(t.header, n) {
				return nil, &InputError{File: t.Name, Column: n, Wrong: fmt.Sprintf("the column is there already, and value %q of column %q would make it", p, name), Want: "another name"}
			}
			c := column{values: []string{"", "1"}, codes: make([]uint32, t.rows)}
			for i, code := range from.codes {
				if slices.Contains(split[code], p) {
					c.codes[i] = 1
				}
			}
			out.header = append(out.header, n)
			out.columns = append(out.columns, c)
		}
	}
	if len(out.header) > maxColumns {
		return nil, &InputError{File: t.Name, Column: name, Wrong: fmt.Sprintf("its values make more than %d columns", maxColumns), Want: "fewer values"}
	}
	return out, nil
}

// An InputError is a mistake in what was given, not in the program: it says
// where, what is wrong, and what is wanted, in one line.
type InputError struct {
	File   string // empty when the mistake is in an option
	Row    int    // as a spreadsheet counts: the header is row 1; 0 when no row is to blame
	Column string // may be empty
	Option string // the option of the spec to blame, when no file is
	Wrong  string // what is wrong
	Want   string // what is wanted; may be empty
}

func (e *InputError) Error() string {
	var parts []string
	if e.File != "" {
		parts = append(parts, e.File)
	}
	if e.Option != "" {
		parts = append(parts, "option "+strconv.Quote(e.Option))
	}
	switch {
	case e.Row > 0 && e.Column != "":
		parts = append(parts, fmt.Sprintf("row %d, column %q", e.Row, e.Column))
	case e.Row > 0:
		parts = append(parts, fmt.Sprintf("row %d", e.Row))
	case e.Column != "":
		parts = append(parts, fmt.Sprintf("column %q", e.Column))
	}
	s := strings.Join(append(parts, e.Wrong), ": ")
	if e.Want != "" {
		s += "; want " + e.Want
	}
	return s
}

// option returns an error about an option of a spec.
func option(name, wrong, want string) error {
	return &InputError{Option: name, Wrong: wrong, Want: want}
}

func quoteSome(names []string) string {
	const most = 12
	var b strings.Builder
	for i, n := range names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(n))
	}
	return b.String()
}

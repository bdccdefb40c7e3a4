package estimate

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Table is a CSV file held by columns. A field that is empty or NA is
// missing, which is never zero.
type Table struct {
	Name    string // for error messages: the file's name
	header  []string
	columns []column // parallel to header; columns that were not asked for hold nothing
	rows    int
	parts   []*Table // what it was stacked from, in order; nil otherwise
}

// column keeps the raw bytes of its fields end to end, because a million short
// strings would cost many times their text. Ends are of 32 bits, which is why a
// file has at most 4 GiB.
type column struct {
	kept bool
	text []byte
	end  []uint32
}

func (c *column) field(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = c.end[i-1]
	}
	return c.text[start:c.end[i]]
}

// NewTable makes a table of rows already in memory.
func NewTable(name string, header []string, rows [][]string) (*Table, error) {
	t := &Table{Name: name, header: header, columns: make([]column, len(header))}
	seen := map[string]bool{}
	for i, h := range header {
		if seen[h] {
			return nil, &InputError{File: name, Column: h, Wrong: "two columns have this name", Want: "one column a name"}
		}
		seen[h] = true
		t.columns[i].kept = true
	}
	for i, row := range rows {
		if len(row) != len(header) {
			return nil, wrongLength(name, i+2, len(row), len(header))
		}
		for j, f := range row {
			t.columns[j].append([]byte(f))
		}
		t.rows++
	}
	return t, nil
}

func (c *column) append(f []byte) {
	c.text = append(c.text, f...)
	c.end = append(c.end, uint32(len(c.text)))
}

// Stack puts tables below each other, under a column called label that says
// which table a row is from by the name at the same place. It keeps the columns
// that all of them keep. An error about a row names the table it came from.
func Stack(label string, names []string, tables ...*Table) (*Table, error) {
	out := &Table{header: []string{label}, columns: []column{{kept: true}}, parts: tables}
	for _, h := range tables[0].header {
		if h == label {
			return nil, &InputError{File: tables[0].Name, Column: h, Wrong: "there is a column of this name", Want: "another name for that of the labels"}
		}
		var below column
		for _, t := range tables {
			i := t.index(h)
			if below.kept = i >= 0 && t.columns[i].kept; !below.kept {
				break
			}
			start := uint32(len(below.text))
			if uint64(start)+uint64(len(t.columns[i].text)) > math.MaxUint32 {
				return nil, &InputError{File: t.Name, Column: h, Wrong: "the tables together have more than 4 GiB of it", Want: "smaller files"}
			}
			below.text = append(below.text, t.columns[i].text...)
			for _, end := range t.columns[i].end {
				below.end = append(below.end, start+end)
			}
		}
		if below.kept {
			out.header, out.columns = append(out.header, h), append(out.columns, below)
		}
	}
	for k, t := range tables {
		if k > 0 {
			out.Name += " and "
		}
		out.Name += t.Name
		out.rows += t.rows
		for range t.rows {
			out.columns[0].append([]byte(names[k]))
		}
	}
	return out, nil
}

// Rows is the number of rows under the header.
func (t *Table) Rows() int { return t.rows }

// Header returns the names of all columns, in the order of the file.
func (t *Table) Header() []string { return t.header }

// Has reports whether the file has a column of this name.
func (t *Table) Has(name string) bool { return t.index(name) >= 0 }

// Matching returns the names of the columns that begin as pattern does before
// its last character, which is *. A column that is called so itself is no pattern.
func (t *Table) Matching(pattern string) []string {
	prefix, ok := strings.CutSuffix(pattern, "*")
	if !ok || t.Has(pattern) {
		return nil
	}
	var out []string
	for _, h := range t.header {
		if strings.HasPrefix(h, prefix) {
			out = append(out, h)
		}
	}
	return out
}

func (t *Table) index(name string) int {
	for i, h := range t.header {
		if h == name {
			return i
		}
	}
	return -1
}

func (t *Table) column(name string) (*column, error) {
	i := t.index(name)
	if i < 0 {
		return nil, &InputError{File: t.Name, Column: name, Wrong: "there is no such column", Want: "one of " + quoteSome(t.header)}
	}
	if !t.columns[i].kept {
		return nil, fmt.Errorf("column %q of %s was not kept when the file was read", name, t.Name)
	}
	return &t.columns[i], nil
}

// Text returns a column as it is written, "" where it is missing.
func (t *Table) Text(name string) ([]string, error) {
	codes, values, err := t.Levels(name)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(codes))
	for i, c := range codes {
		if c >= 0 {
			out[i] = values[c]
		}
	}
	return out, nil
}

// Levels returns a column as numbered values: codes[i] is the place of row i's
// value in values, in order of first sight, and -1 where it is missing.
func (t *Table) Levels(name string) (codes []int, values []string, err error) {
	c, err := t.column(name)
	if err != nil {
		return nil, nil, err
	}
	codes = make([]int, t.rows)
	known := map[string]int{}
	for i := range codes {
		f := bytes.TrimSpace(c.field(i))
		if missing(f) {
			codes[i] = -1
			continue
		}
		code, ok := known[string(f)]
		if !ok {
			code = len(values)
			v := string(f)
			known[v] = code
			values = append(values, v)
		}
		codes[i] = code
	}
	return codes, values, nil
}

// Ascending returns the places of values in ascending order, as numbers when all
// are numbers and as text otherwise: 2 comes before 10, and b after a.
func Ascending(values []string) []int {
	order, numbers := make([]int, len(values)), make([]float64, len(values))
	numeric := true
	for k, v := range values {
		order[k] = k
		x, ok := parseNumber([]byte(v))
		numbers[k], numeric = x, numeric && ok
	}
	slices.SortFunc(order, func(a, b int) int {
		if numeric && numbers[a] != numbers[b] {
			return cmp.Compare(numbers[a], numbers[b])
		}
		return cmp.Compare(values[a], values[b])
	})
	return order
}

// Numbers returns a column of numbers, NaN where it is missing.
func (t *Table) Numbers(name string) ([]float64, error) {
	c, err := t.column(name)
	if err != nil {
		return nil, err
	}
	out := make([]float64, t.rows)
	for i := range out {
		f := bytes.TrimSpace(c.field(i))
		if missing(f) {
			out[i] = math.NaN()
			continue
		}
		v, ok := parseNumber(f)
		if ok && math.Abs(v) > mostNumber {
			return nil, t.Bad(i, name, fmt.Sprintf("%s is too large to reckon with", quoteShort(f)), "a number that something was counted or measured to be")
		}
		if !ok {
			return nil, t.Bad(i, name, fmt.Sprintf("%s is not a number", quoteShort(f)), "a number with a point for decimals, or empty when it is missing")
		}
		out[i] = v
	}
	return out, nil
}

// mostWords a covariate may have; a column with more is of names, not of kinds.
const mostWords = 50

// Covariates returns a column as a regression takes it: numbers as they are, and
// words as a column of 0 and 1 for every word but the first, called NAME=WORD.
// NaN is missing. A column of both is refused, since one slip of the pen would
// otherwise make words of all its numbers.
func (t *Table) Covariates(name string) (x [][]float64, names []string, err error) {
	numbers, wrong := t.Numbers(name)
	if wrong == nil {
		return [][]float64{numbers}, []string{name}, nil
	}
	codes, values, err := t.Levels(name)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range values {
		if _, ok := parseNumber([]byte(v)); ok {
			return nil, nil, wrong
		}
	}
	switch {
	case len(values) < 2:
		return nil, nil, &InputError{File: t.Name, Column: name, Wrong: "everybody has the same value", Want: "a model without it"}
	case len(values) > mostWords:
		return nil, nil, &InputError{File: t.Name, Column: name, Wrong: fmt.Sprintf("%d different words", len(values)), Want: fmt.Sprintf("numbers, or at most %d words", mostWords)}
	}
	for _, word := range Ascending(values)[1:] {
		v := make([]float64, len(codes))
		for i, c := range codes {
			switch c {
			case word:
				v[i] = 1
			case -1:
				v[i] = math.NaN()
			}
		}
		x, names = append(x, v), append(names, name+"="+values[word])
	}
	return x, names, nil
}

// Bad returns an error about one field; i counts rows from 0 under the header.
func (t *Table) Bad(i int, column, wrong, want string) error {
	for _, p := range t.parts {
		if i < p.rows {
			return p.Bad(i, column, wrong, want)
		}
		i -= p.rows
	}
	return &InputError{File: t.Name, Row: i + 2, Column: column, Wrong: wrong, Want: want}
}

// mostNumber is far beyond anything that is counted, and its square still a number.
const mostNumber = 1e100

func missing(f []byte) bool { return len(f) == 0 || string(f) == "NA" }

// parseNumber reads decimal numbers only: strconv would also take hexadecimal,
// infinities and not-a-number, none of which anybody means in a data file.
func parseNumber(f []byte) (float64, bool) {
	for _, b := range f {
		switch {
		case b >= '0' && b <= '9', b == '+', b == '-', b == '.', b == 'e', b == 'E':
		default:
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(f), 64)
	return v, err == nil
}

func quoteShort(f []byte) string {
	const most = 40
	s := string(bytes.ToValidUTF8(f, []byte("?")))
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

func quoteSome(names []string) string {
	const most = 12
	var b bytes.Buffer
	for i, n := range names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoteShort([]byte(n)))
	}
	return b.String()
}

package protect

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Codes of the SDMX list CL_OBS_STATUS, which published tables carry beside each count.
const (
	StatusNormal     = "A" // the count is shown
	StatusSuppressed = "Q" // the count is suppressed
)

// A Frequency is a table of counts with all its margins, as it may be published.
type Frequency struct {
	By    []string `json:"by"`    // the columns it is broken down by
	Count string   `json:"count"` // what the column of counts is called
	Total string   `json:"total"` // the word that stands for all values of a column
	Cells []Cell   `json:"cells"`

	at map[string]int // the places of cells, once they are asked for
}

// A Cell is one count of a table. All suppressed cells look alike: which of them are small is
// part of what is hidden.
type Cell struct {
	Values []string `json:"values"` // parallel to By
	Count  *int64   `json:"count"`  // null where suppressed
	Status string   `json:"status"`
}

// WriteCSV writes the table, a row a cell, with the columns of By, the count and status.
func (f *Frequency) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	row := append(slices.Clone(f.By), f.Count, "status")
	if err := out.Write(row); err != nil {
		return err
	}
	for _, c := range f.Cells {
		row = append(row[:0], c.Values...)
		n := ""
		if c.Count != nil {
			n = strconv.FormatInt(*c.Count, 10)
		}
		if err := out.Write(append(row, n, c.Status)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ReadFrequency reads a table that WriteCSV wrote: an earlier release. Each suppressed count is an
// empty field.
func ReadFrequency(r io.Reader, name string, total string) (*Frequency, error) {
	t, err := ReadTable(r, name, ReadOptions{Comma: ','})
	if err != nil {
		return nil, err
	}
	n := len(t.header)
	if n < 3 || t.header[n-1] != "status" {
		return nil, &InputError{File: name, Wrong: "this is not a published table", Want: `columns of values, a column of counts, and "status" as the last`}
	}
	f := &Frequency{By: t.header[:n-2], Count: t.header[n-2], Total: orTotal(total)}
	seen := map[string]bool{}
	for i := range t.rows {
		row := t.Row(i)
		c := Cell{Values: row[:n-2], Status: row[n-1]}
		for j, v := range c.Values {
			if v == "" {
				c.Values[j] = missingLabel
			}
		}
		if key := strings.Join(c.Values, "\x00"); seen[key] {
			return nil, &InputError{File: name, Row: i + 2, Wrong: "the cell is there twice", Want: "each cell once"}
		} else {
			seen[key] = true
		}
		switch text := row[n-2]; {
		case c.Status == StatusSuppressed && text == "":
		case c.Status == StatusNormal && text != "":
			v, err := strconv.ParseInt(text, 10, 64)
			if err != nil || v < 0 {
				return nil, &InputError{File: name, Row: i + 2, Column: f.Count, Wrong: fmt.Sprintf("%q is not a count", text), Want: "a whole number from 0"}
			}
			c.Count = &v
		default:
			return nil, &InputError{File: name, Row: i + 2, Column: "status", Wrong: fmt.Sprintf("status %q with count %q", c.Status, text), Want: `"A" with a count, or "Q" with none`}
		}
		f.Cells = append(f.Cells, c)
	}
	return f, nil
}

// At returns the cell that has these values of the columns by, where total stands for all, or nil where f has none. A column
// that by lacks stands at its total.
func (f *Frequency) At(by, values []string, total string) *Cell {
	want := make([]string, len(f.By))
	for j := range want {
		want[j] = f.Total
	}
	for i, v := range values {
		j := slices.Index(f.By, by[i])
		switch {
		case v == total:
		case j < 0:
			return nil
		default:
			want[j] = v
		}
	}
	if f.at == nil {
		f.at = make(map[string]int, len(f.Cells))
		for i, c := range f.Cells {
			f.at[strings.Join(c.Values, "\x00")] = i
		}
	}
	i, ok := f.at[strings.Join(want, "\x00")]
	if !ok {
		return nil
	}
	return &f.Cells[i]
}

// missingLabel stands in tables for records whose value is missing.
const missingLabel = "NA"

func orTotal(s string) string {
	if s == "" {
		return "Total"
	}
	return s
}

// A cube is the counts of some tables of one set of records, with all margins. A
// place is a choice of one value, or all, in each of its columns; it is a cell if it lies in
// one of the tables or their margins.
type cube struct {
	columns []string
	values  [][]string // of each column, without "all"
	stride  []uint64
	at      map[uint64]int32 // place → cell
	place   [][]int32        // cell → its coordinates: 0 is all, v+1 is value v
	count   []int64
	tables  [][]int // columns of each table, as indexes of columns
	total   string
}

// maxCells bounds the tables that can be protected in one run.
const maxCells = 2_000_000

// newCube counts the tables. Rows of which a value is total are margins, and must add. A value that only one of the
// others has, which share the coding of t, is a cell of nobody.
func newCube(t *Table, tables [][]string, countColumn, total string, others ...*Table) (*cube, error) {
	c := &cube{at: map[uint64]int32{}, total: orTotal(total)}
	if len(tables) == 0 {
		return nil, option("by", "no column is named", "the columns of the table")
	}
	var pick []int
	for _, by := range tables {
		if len(by) == 0 {
			return nil, option("by", "no column is named", "the columns of the table")
		}
		var cols []int
		for _, name := range by {
			at := slices.Index(t.header, name)
			if at < 0 {
				return nil, &InputError{File: t.Name, Column: name, Wrong: "there is no such column", Want: "one of " + quoteSome(t.header)}
			}
			if name == countColumn {
				return nil, &InputError{File: t.Name, Column: name, Wrong: "the column of counts cannot break the table down", Want: "another column"}
			}
			k := slices.Index(c.columns, name)
			if k < 0 {
				k = len(c.columns)
				c.columns = append(c.columns, name)
				pick = append(pick, at)
			}
			if slices.Contains(cols, k) {
				return nil, option("by", fmt.Sprintf("column %q is named twice", name), "each column once")
			}
			cols = append(cols, k)
		}
		c.tables = append(c.tables, cols)
	}
	if len(c.columns) > 12 {
		return nil, option("by", fmt.Sprintf("%d columns are too many for one table", len(c.columns)), "12 or fewer")
	}

	// Coordinates of the values, in order of first sight; total is coordinate 0.
	coordinate := make([][]int32, len(pick))
	product := uint64(1)
	for i, j := range pick {
		coordinate[i] = make([]int32, len(t.columns[j].values))
		c.values = append(c.values, nil)
		label := slices.Clone(t.columns[j].values)
		label[0] = missingLabel
		used := make([]bool, len(label))
		for _, other := range append(others[:len(others):len(others)], t) {
			if other != nil {
				for _, code := range other.columns[j].codes {
					used[code] = true
				}
			}
		}
		for code, v := range label {
			if v == c.total || !used[code] {
				continue
			}
			c.values[i] = append(c.values[i], v)
			coordinate[i][code] = int32(len(c.values[i]))
		}
		c.stride = append(c.stride, product)
		size := uint64(len(c.values[i]) + 1)
		if product > math.MaxInt64/size {
			return nil, &InputError{File: t.Name, Wrong: "the table has too many cells", Want: "fewer columns, or columns with fewer values"}
		}
		product *= size
	}
	if err := c.open(t.Name); err != nil {
		return nil, err
	}
	return c, c.fillCells(t, pick, coordinate, countColumn)
}

// open makes every cell of every table, at zero: an empty cell is a count too.
func (c *cube) open(name string) error {
	for _, cols := range c.tables {
		total := 1
		for _, k := range cols {
			total *= len(c.values[k]) + 1
			if total > maxCells {
				return &InputError{File: name, Wrong: fmt.Sprintf("the table has more than %d cells", maxCells), Want: "fewer columns, or columns with fewer values"}
			}
		}
		coords := make([]int32, len(c.columns))
		for range total {
			key := c.key(coords)
			if _, ok := c.at[key]; !ok {
				c.at[key] = int32(len(c.count))
				c.count = append(c.count, 0)
				c.place = append(c.place, slices.Clone(coords))
			}
			for i := len(cols) - 1; i >= 0; i-- {
				k := cols[i]
				if coords[k]++; int(coords[k]) <= len(c.values[k]) {
					break
				}
				coords[k] = 0
			}
		}
	}
	return nil
}

func (c *cube) key(coords []int32) uint64 {
	key := uint64(0)
	for i, v := range coords {
		key += uint64(v) * c.stride[i]
	}
	return key
}

// fillCells counts the rows into the cells, which are at zero.
func (c *cube) fillCells(t *Table, pick []int, coordinate [][]int32, countColumn string) error {
	weight := -1
	var numbers []int64
	if countColumn != "" {
		if weight = slices.Index(t.header, countColumn); weight < 0 {
			return &InputError{File: t.Name, Column: countColumn, Wrong: "there is no such column", Want: "one of " + quoteSome(t.header)}
		}
		numbers = make([]int64, len(t.columns[weight].values))
		for code, text := range t.columns[weight].values {
			numbers[code] = -1
			if v, err := strconv.ParseInt(text, 10, 64); err == nil && v >= 0 && v <= math.MaxInt32 {
				numbers[code] = v
			}
		}
	}
	type margin struct {
		row, cell int
		said      int64
	}
	var margins []margin
	coords := make([]int32, len(pick))
	cell := make([]int32, len(pick))
	for i := range t.rows {
		n, isMargin := int64(1), false
		if weight >= 0 {
			code := t.columns[weight].codes[i]
			if n = numbers[code]; n < 0 {
				wrong := fmt.Sprintf("%q is not a count", t.columns[weight].values[code])
				if code == 0 {
					wrong = "the count is missing"
				}
				return &InputError{File: t.Name, Row: i + 2, Column: countColumn, Wrong: wrong, Want: "a whole number from 0"}
			}
		}
		for k, j := range pick {
			coords[k] = coordinate[k][t.columns[j].codes[i]]
			isMargin = isMargin || coords[k] == 0
		}
		if isMargin {
			at, ok := c.at[c.key(coords)]
			if !ok {
				return &InputError{File: t.Name, Row: i + 2, Wrong: fmt.Sprintf("the row is a margin (%q) of no table asked for", c.total), Want: "margins of the tables only"}
			}
			margins = append(margins, margin{i, int(at), n})
			continue
		}
		for _, cols := range c.tables {
			c.addTo(cols, coords, cell, n)
		}
	}
	// A margin shared by tables was added to once for each of them.
	for at := range c.count {
		times := int64(0)
		for _, cols := range c.tables {
			if c.within(at, cols) {
				times++
			}
		}
		if times > 1 {
			c.count[at] /= times
		}
	}
	for _, m := range margins {
		if got := c.count[m.cell]; got != m.said {
			return &InputError{File: t.Name, Row: m.row + 2, Column: countColumn, Wrong: fmt.Sprintf("the margin says %d and its parts add to %d", m.said, got), Want: "margins that add, or no margins"}
		}
	}
	return nil
}

// within reports whether cell lies in the table of cols or its margins.
func (c *cube) within(cell int, cols []int) bool {
	for k, v := range c.place[cell] {
		if v != 0 && !slices.Contains(cols, k) {
			return false
		}
	}
	return true
}

func (c *cube) addTo(cols []int, coords, cell []int32, n int64) {
	for set := range 1 << len(cols) {
		clear(cell)
		for b, k := range cols {
			if set&(1<<b) != 0 {
				cell[k] = coords[k]
			}
		}
		c.count[c.at[c.key(cell)]] += n
	}
}

// A relation says that a cell is the sum of others.
type relation struct {
	sum   int32
	parts []int32
}

// relations lists all that readers know of the cells: each margin is the sum over each column it
// leaves out.
func (c *cube) relations() []relation {
	var out []relation
	seen := map[[2]uint64]bool{}
	coords := make([]int32, len(c.columns))
	for at, place := range c.place {
		for _, cols := range c.tables {
			if !c.within(at, cols) {
				continue
			}
			for _, k := range cols {
				if place[k] != 0 {
					continue
				}
				id := [2]uint64{uint64(at), uint64(k)}
				if seen[id] {
					continue
				}
				seen[id] = true
				r := relation{sum: int32(at)}
				copy(coords, place)
				for v := range c.values[k] {
					coords[k] = int32(v + 1)
					r.parts = append(r.parts, c.at[c.key(coords)])
				}
				out = append(out, r)
			}
		}
	}
	return out
}

// frequency returns table i with the counts that show gives, nil for none.
func (c *cube) frequency(i int, countName string, show func(cell int) *int64) Frequency {
	if countName == "" {
		countName = "count"
	}
	cols := c.tables[i]
	f := Frequency{Count: countName, Total: c.total}
	for _, k := range cols {
		f.By = append(f.By, c.columns[k])
	}
	coords := make([]int32, len(c.columns))
	for {
		at := c.at[c.key(coords)]
		cell := Cell{Count: show(int(at)), Status: StatusNormal}
		if cell.Count == nil {
			cell.Status = StatusSuppressed
		}
		for _, k := range cols {
			cell.Values = append(cell.Values, c.label(k, coords[k]))
		}
		f.Cells = append(f.Cells, cell)
		k := len(cols) - 1
		for ; k >= 0; k-- {
			j := cols[k]
			if coords[j]++; int(coords[j]) <= len(c.values[j]) {
				break
			}
			coords[j] = 0
		}
		if k < 0 {
			return f
		}
	}
}

func (c *cube) label(column int, v int32) string {
	if v == 0 {
		return c.total
	}
	return c.values[column][v-1]
}

// describe names a cell for people.
func (c *cube) describe(cell int) []Pair {
	out := []Pair{}
	for k, v := range c.place[cell] {
		if v != 0 {
			out = append(out, Pair{c.columns[k], c.values[k][v-1]})
		}
	}
	return out
}

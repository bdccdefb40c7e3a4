package protect

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Aggregates are counts of combinations of values, and the number of records.
type Aggregates struct {
	Method  string `json:"method"`
	Version string `json:"version"`
	K       int    `json:"k,omitempty"`
	Length  int    `json:"length"`
	// Protected says that the counts are rounded or noisy; counts that are not must not leave.
	Protected bool    `json:"protected"`
	Records   int64   `json:"records"`
	Counts    []Count `json:"counts"`
}

// A Count is how many records hold all of some values, one a column.
type Count struct {
	Selections []Pair `json:"selections"`
	Count      int64  `json:"count"`
}

// AggregateSpec says which combinations to count.
type AggregateSpec struct {
	K      int // the smallest group that may be shown
	Length int // the longest combination; 0 means 3
}

// Aggregate counts every combination of up to Length values and publishes floor(n/K)·K,
// leaving out what becomes zero; the number of records is rounded the same way.
//
// Nothing is published exactly, so no blank can be computed back from the rest. Two
// releases of changed data can be compared, though: ask [Difference] before a second one.
//
// The format and the rule are those of Synthetic Data Showcase.
func Aggregate(ctx context.Context, t *Table, spec AggregateSpec) (*Aggregates, error) {
	if spec.Length == 0 {
		spec.Length = 3
	}
	if err := checkCompare(spec.K, spec.Length); err != nil {
		return nil, err
	}
	k := int64(spec.K)
	a := &Aggregates{Method: "k-aggregates", Version: Version, K: spec.K, Length: spec.Length, Protected: true, Records: int64(t.rows) / k * k}
	err := eachCount(ctx, t, spec.Length, func(pick []int, codes []uint32, n int32) {
		if int64(n) >= k {
			a.Counts = append(a.Counts, Count{pairs(t, pick, codes), int64(n) / k * k})
		}
	})
	if err != nil {
		return nil, err
	}
	a.sort()
	return a, nil
}

func pairs(t *Table, pick []int, codes []uint32) []Pair {
	out := make([]Pair, len(pick))
	for i, j := range pick {
		out[i] = Pair{t.header[j], t.columns[j].values[codes[i]]}
	}
	slices.SortFunc(out, comparePair)
	return out
}

// comparePair orders by the text "column:value", as the format wants it.
func comparePair(a, b Pair) int {
	return cmp.Compare(a.Column+":"+a.Value, b.Column+":"+b.Value)
}

// sort puts the counts in the order of the format: by length, then by falling count,
// and, so that equal data gives equal files, by text.
func (a *Aggregates) sort() {
	slices.SortStableFunc(a.Counts, func(x, y Count) int {
		return cmp.Or(
			cmp.Compare(len(x.Selections), len(y.Selections)),
			cmp.Compare(y.Count, x.Count),
			slices.CompareFunc(x.Selections, y.Selections, comparePair))
	})
}

// Bounds on what ReadAggregates takes.
const (
	maxSelections = 64
	maxAggregates = 50_000_000
)

// WriteTSV writes the aggregates as Synthetic Data Showcase does. The format has no
// way to quote, so a value with ; or a tab, or a column with :, is an [InputError].
func (a *Aggregates) WriteTSV(w io.Writer) error {
	out := bufio.NewWriter(w)
	head := "count"
	if a.Protected {
		head = "protected_count"
	}
	fmt.Fprintf(out, "selections\t%s\nrecord_count\t%d\n", head, a.Records)
	for _, c := range a.Counts {
		for i, p := range c.Selections {
			if err := p.writable(); err != nil {
				return err
			}
			if i > 0 {
				out.WriteByte(';')
			}
			out.WriteString(p.Column)
			out.WriteByte(':')
			out.WriteString(p.Value)
		}
		fmt.Fprintf(out, "\t%d\n", c.Count)
	}
	return out.Flush()
}

// writable returns an error for what an aggregates file cannot hold.
func (p Pair) writable() error {
	if p.Column == "" || strings.ContainsAny(p.Column, ":;\t\r\n") {
		return &InputError{Column: p.Column, Wrong: "the name cannot be written to an aggregates file", Want: `a name without ":", ";", tabs and line ends`}
	}
	if p.Value == "" || strings.ContainsAny(p.Value, ";\t\r\n") {
		return &InputError{Column: p.Column, Wrong: fmt.Sprintf("the value %q cannot be written to an aggregates file", p.Value), Want: `values without ";", tabs and line ends`}
	}
	return nil
}

// Writable returns an error when an aggregates file cannot hold a name or value of the table. Ask before a budget is spent on
// counts that then cannot be written.
func (t *Table) Writable() error {
	for j, h := range t.header {
		for _, v := range t.columns[j].values[1:] {
			if err := (Pair{h, v}).writable(); err != nil {
				err.(*InputError).File = t.Name
				return err
			}
		}
	}
	return nil
}

// ReadAggregates reads an aggregates file and refuses what WriteTSV would not write.
func ReadAggregates(r io.Reader, name string) (*Aggregates, error) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	a := &Aggregates{Version: Version}
	row := 0
	bad := func(wrong, want string) error {
		return &InputError{File: name, Row: row, Wrong: wrong, Want: want}
	}
	seen := map[string]bool{}
	for in.Scan() {
		row++
		left, right, ok := strings.Cut(in.Text(), "\t")
		if !ok || strings.Contains(right, "\t") {
			return nil, bad("the row does not have two fields", "selections and a count with one tab between")
		}
		if row == 1 {
			if left != "selections" || right != "count" && right != "protected_count" {
				return nil, bad("this is not the header of an aggregates file", `"selections", a tab, and "count" or "protected_count"`)
			}
			a.Protected = right == "protected_count"
			continue
		}
		n, err := strconv.ParseInt(right, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt32 || strconv.FormatInt(n, 10) != right {
			return nil, bad(fmt.Sprintf("%q is not a count", right), "a whole number from 0")
		}
		if row == 2 {
			if left != "record_count" {
				return nil, bad("the number of records is missing", `"record_count", a tab, and a number`)
			}
			a.Records = n
			continue
		}
		if seen[left] {
			return nil, bad(fmt.Sprintf("%q is counted twice", left), "each combination once")
		}
		seen[left] = true
		c := Count{Count: n}
		for _, text := range strings.Split(left, ";") {
			col, value, ok := strings.Cut(text, ":")
			if !ok || col == "" || value == "" || strings.Contains(text, "\r") {
				return nil, bad(fmt.Sprintf("%q is not a selection", text), `column:value, with ";" between selections`)
			}
			p := Pair{col, value}
			for _, q := range c.Selections {
				if q.Column == col {
					return nil, &InputError{File: name, Row: row, Column: col, Wrong: "two values of one column are selected", Want: "one value a column"}
				}
			}
			if k := len(c.Selections); k > 0 && comparePair(c.Selections[k-1], p) >= 0 {
				return nil, bad("the selections are not in order", `selections sorted by their text "column:value"`)
			}
			c.Selections = append(c.Selections, p)
		}
		if len(c.Selections) > maxSelections || len(a.Counts) >= maxAggregates {
			return nil, bad("the file is larger than allowed", "fewer or shorter combinations")
		}
		a.Length = max(a.Length, len(c.Selections))
		a.Counts = append(a.Counts, c)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if row < 2 {
		return nil, &InputError{File: name, Wrong: "the file is empty or cut short", Want: "a header, record_count, and counts"}
	}
	return a, nil
}

// Compare measures aggregates against the records they were made from. What is said of combinations
// longer than length is not looked at.
func (a *Aggregates) Compare(ctx context.Context, sensitive *Table, k, length int) (Quality, error) {
	if err := checkCompare(k, length); err != nil {
		return Quality{}, err
	}
	shown := make(map[string]int32, len(a.Counts))
	for _, c := range a.Counts {
		if c.Count > 0 && len(c.Selections) <= length {
			shown[selectionText(c.Selections)] = int32(min(c.Count, math.MaxInt32))
		}
	}
	sums := make([]qualitySum, length)
	err := eachCount(ctx, sensitive, length, func(pick []int, codes []uint32, n int32) {
		key := selectionText(pairs(sensitive, pick, codes))
		sums[len(pick)-1].add(n, shown[key], int32(k))
		delete(shown, key)
	})
	if err != nil {
		return Quality{}, err
	}
	for key, y := range shown {
		sums[strings.Count(key, "\x00")-1].add(0, y, int32(k))
	}
	return quality(sums), nil
}

func selectionText(ps []Pair) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.Column)
		b.WriteByte(':')
		b.WriteString(p.Value)
		b.WriteByte(0)
	}
	return b.String()
}

package figure

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"plumbline/protect"
)

// The files of made-up rows, and of the counts that go with them.
const (
	rowsFile   = "rows.csv"
	countsFile = "aggregates.tsv"
)

// ErrHidden is wrapped by the refusal to quote what is hidden.
var ErrHidden = errors.New("no value can rest on it")

// contents are what a release publishes: tables of counts, or made-up rows and counts of combinations, or estimates.
type contents struct {
	names  []string // of the tables' files
	tables []protect.Frequency
	rows   *protect.Table
	counts *protect.Aggregates

	estimates *Estimates
}

// write adds the files of c to f.
func (c *contents) write(f Files) error {
	var b bytes.Buffer
	add := func(name string, err error) error {
		f[name] = bytes.Clone(b.Bytes())
		b.Reset()
		return err
	}
	if c.rows != nil {
		return errors.Join(add(rowsFile, c.rows.WriteCSV(&b, ',')), add(countsFile, c.counts.WriteTSV(&b)))
	}
	if c.estimates != nil {
		return add(estimatesFile, c.estimates.write(&b))
	}
	for i := range c.tables {
		name := "table.csv"
		if i > 0 {
			name = fmt.Sprintf("table-%d.csv", i+1)
		}
		c.names = append(c.names, name)
		if err := add(name, c.tables[i].WriteCSV(&b)); err != nil {
			return err
		}
	}
	c.sort()
	return nil
}

// sort puts the tables in the order in which they are read back: the first is table.csv.
func (c *contents) sort() {
	order := make([]int, len(c.names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Compare(strings.TrimSuffix(c.names[a], ".csv"), strings.TrimSuffix(c.names[b], ".csv"))
	})
	names, tables := make([]string, len(order)), make([]protect.Frequency, len(order))
	for i, at := range order {
		names[i], tables[i] = c.names[at], c.tables[at]
	}
	c.names, c.tables = names, tables
}

// parseContents reads what a release publishes; each file must be as write writes it.
func (f Files) parseContents(s *Statement) (*contents, error) {
	m := s.Predicate.Figures.Method
	c := &contents{}
	for _, sub := range s.Subject {
		if sub.Name == packageFile || sub.Name == riskFile {
			continue
		}
		var err error
		switch {
		case m.tables() && tableName.MatchString(sub.Name):
			var t *protect.Frequency
			if t, err = parseTable(f[sub.Name], sub.Name, m.Parameters.Total); err == nil {
				c.names, c.tables = append(c.names, sub.Name), append(c.tables, *t)
			}
		case m.Path == Estimated && sub.Name == estimatesFile:
			c.estimates, err = parseEstimates(f[estimatesFile])
		case m.rows() && sub.Name == rowsFile:
			if c.rows, err = protect.ReadTable(bytes.NewReader(f[rowsFile]), rowsFile, protect.ReadOptions{Comma: ','}); err == nil {
				err = sameBytes(f[rowsFile], rowsFile, func(b *bytes.Buffer) error { return c.rows.WriteCSV(b, ',') })
			}
		case m.rows() && sub.Name == countsFile:
			if c.counts, err = protect.ReadAggregates(bytes.NewReader(f[countsFile]), countsFile); err == nil {
				err = sameBytes(f[countsFile], countsFile, func(b *bytes.Buffer) error { return c.counts.WriteTSV(b) })
			}
		default:
			err = fmt.Errorf("%s does not belong in a release by %s", sub.Name, m.Path)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
	}
	if m.tables() && c.tables == nil || m.Path == Estimated && c.estimates == nil || m.rows() && (c.rows == nil || c.counts == nil || !c.counts.Protected) {
		return nil, fmt.Errorf("%w: the tables, or the rows with their counts, are missing", ErrMalformed)
	}
	c.sort()
	return c, nil
}

func parseTable(data []byte, name, total string) (*protect.Frequency, error) {
	t, err := protect.ReadFrequency(bytes.NewReader(data), name, total)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return t, sameBytes(data, name, func(b *bytes.Buffer) error { return t.WriteCSV(b) })
}

func sameBytes(data []byte, name string, write func(*bytes.Buffer) error) error {
	var again bytes.Buffer
	if err := write(&again); err != nil || !bytes.Equal(again.Bytes(), data) {
		return fmt.Errorf("%s: %w: not in its one spelling", name, ErrMalformed)
	}
	return nil
}

// quote returns a value with its number, and its limits where it has an interval, as they follow from what is published, to so many places.
func (c *contents) quote(f *Figures, v Value, places int) (Value, error) {
	if c.estimates != nil {
		return c.estimates.quote(v, f.Estimate)
	}
	factor, _, err := perUnit(f.Definition.Unit)
	if err != nil {
		return v, err
	}
	count, err := c.countAt(v.Cell)
	if err != nil {
		return v, err
	}
	var of *int64
	if v.Of != nil {
		if of, err = c.countAt(v.Of); err != nil {
			return v, err
		}
	}
	if v.Interval == nil {
		v.Value, err = quotient(count, of, factor, places)
		return v, err
	}
	limits := *v.Interval
	v.Interval = &limits
	v.Value, err = limits.from(c, *count, of, factor, places)
	return v, err
}

// countAt finds a count; a column that is not named stands at all its values.
func (c *contents) countAt(at map[string]string) (*int64, error) {
	var name []string
	for _, k := range slices.Sorted(maps.Keys(at)) {
		name = append(name, k+" = "+at[k])
	}
	if c.counts != nil {
		if len(at) == 0 {
			return &c.counts.Records, nil
		}
		for _, n := range c.counts.Counts {
			if len(n.Selections) == len(at) && !slices.ContainsFunc(n.Selections, func(p protect.Pair) bool { return at[p.Column] != p.Value }) {
				return &n.Count, nil
			}
		}
	}
	for _, t := range c.tables {
		if slices.ContainsFunc(slices.Collect(maps.Keys(at)), func(k string) bool { return !slices.Contains(t.By, k) }) {
			continue
		}
		for _, c := range t.Cells {
			same := true
			for j, v := range c.Values {
				want, named := at[t.By[j]]
				same = same && (v == want || !named && v == t.Total)
			}
			switch {
			case same && c.Count == nil:
				return nil, fmt.Errorf("the count of %.200s is suppressed, so %w", strings.Join(name, ", "), ErrHidden)
			case same:
				return c.Count, nil
			}
		}
	}
	return nil, fmt.Errorf("the tables have no count of %.200s", strings.Join(name, ", "))
}

// band says between which powers of ten the total lies, as far as it is published: a band that told more
// would help to work out what is hidden.
func (c *contents) band() string {
	first := contents{counts: c.counts}
	if len(c.tables) > 0 {
		first.tables = c.tables[:1]
	}
	n, err := first.countAt(nil)
	if c.estimates != nil {
		if people, ok := c.estimates.people(); ok {
			n, err = &people, nil
		}
	}
	if err != nil {
		return "not told"
	}
	low := int64(1)
	for low <= *n/10 {
		low *= 10
	}
	if *n == 0 {
		return "0"
	}
	return fmt.Sprintf("%d-%d", low, 10*low-1)
}

// promise checks what the path of a release promises, as far as what is published tells it, and returns in words what was
// checked; or an error that says what is not as promised. Suppression is not its business.
func (c *contents) promise(ctx context.Context, m Method) (string, error) {
	k := int64(m.K)
	switch m.Path {
	case Estimated:
		return c.estimates.promise(m)
	case Perturbation:
		for _, t := range c.tables {
			if err := noisyTable(t, k, int64(m.Parameters.Spread)); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("Every count carries its own noise of up to %d, so margins are not the sums of their parts, and are not further from them than noise can take them; no count from 1 to %d is shown. That the noise is what it is said to be, only the keeper of the key can tell.", m.Parameters.Spread, m.K-1), nil
	case KSynthetic:
		if err := c.counts.Check(k, k); err != nil {
			return "", err
		}
		if err := c.counts.Covers(ctx, c.rows, m.Parameters.Length); err != nil {
			return "", err
		}
		return fmt.Sprintf("Every count is a multiple of %d, none is larger than its parts, and every combination of up to %d values in the rows is counted: if the counts are right, at least %d records share it. That they are right, only the keeper of the records can tell.", m.K, m.Parameters.Length, m.K), nil
	}
	if err := c.counts.Check(k, 1); err != nil {
		return "", err
	}
	if err := c.counts.Covers(ctx, c.rows, min(m.Parameters.Length, 3)); err != nil {
		return "", err
	}
	if err := m.accounts(); err != nil {
		return "", err
	}
	return fmt.Sprintf("The noise named costs epsilon %v at delta %v, which is within the budget; no count under %d is shown, none is larger than its parts, and the rows hold nothing that is not counted. A count may stand for fewer records than it says. That the noise was drawn, only its maker can tell.", m.Epsilon, m.Delta, m.K), nil
}

// noisyTable returns an error when a table shows a small count, or when a margin and its parts, all of them shown or blank because
// they are small, are further apart than noise of up to spread on each can take them.
func noisyTable(t protect.Frequency, k, spread int64) error {
	type sum struct{ low, up int64 }
	parts := map[string]*sum{}
	at := make([]string, len(t.By)+1)
	for _, c := range t.Cells {
		s := sum{1 - spread, k - 1 + spread}
		if c.Count != nil {
			if *c.Count > 0 && *c.Count < k {
				return fmt.Errorf("a count from 1 to %d is shown", k-1)
			}
			s = sum{*c.Count - spread, *c.Count + spread}
		}
		for j, v := range c.Values {
			if v == t.Total {
				continue
			}
			copy(at, c.Values)
			at[j], at[len(t.By)] = t.Total, t.By[j]
			p := parts[strings.Join(at, "\x00")]
			if p == nil {
				p = &sum{}
				parts[strings.Join(at, "\x00")] = p
			}
			p.low, p.up = p.low+s.low, p.up+s.up
		}
	}
	for _, c := range t.Cells {
		if c.Count == nil {
			continue
		}
		for j, v := range c.Values {
			if v != t.Total {
				continue
			}
			copy(at, c.Values)
			at[len(t.By)] = t.By[j]
			if p := parts[strings.Join(at, "\x00")]; p != nil && (*c.Count+spread < p.low || *c.Count-spread > p.up) {
				return fmt.Errorf("a margin over %s is further from the sum of its parts than the noise can take it", t.By[j])
			}
		}
	}
	return nil
}

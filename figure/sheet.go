package figure

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"plumbline/estimate"
)

// maxClaims bounds a file, so that a wrong one is refused early.
const maxClaims = 1_000_000

// A Sheet is a file as it was read: of claims, or of sources. Its links have
// not been followed yet: they may lead to claims of the register that it is
// brought into.
type Sheet struct {
	Claims  []*Claim
	Sources []*Source

	table   *estimate.Table
	columns map[string]bool
	rows    map[string]int
	partial bool // it lacks columns without which a claim is none, and can only add to claims that are there
}

// ReadSheet reads a file of claims as CSV, or one of sources, which has a column
// source_id and none named claim_id; name is for its errors. It refuses a column
// it does not know, an id twice, a field without which a claim is none, a figure
// it cannot read, and a claim linked to itself. A file of claims may leave out
// every column but claim_id: it then adds to claims that are there.
func ReadSheet(r io.Reader, name string) (*Sheet, error) {
	t, err := estimate.ReadTable(r, name, estimate.ReadOptions{MaxBytes: 1 << 30, MaxRows: maxClaims})
	if err != nil {
		return nil, err
	}
	if !t.Has("claim_id") && t.Has("source_id") && t.Has("kind") {
		return readSources(t, name)
	}
	texts, err := columnsOf(t, name, Columns, 1)
	if err != nil {
		return nil, err
	}
	s := &Sheet{table: t, columns: map[string]bool{}, rows: make(map[string]int, t.Rows())}
	for c := range texts {
		s.columns[c] = true
	}
	s.partial = slices.ContainsFunc(Columns[:neededColumns], func(c string) bool { return !s.columns[c] })
	for i := range t.Rows() {
		c, err := NewClaim(func(column string) string {
			if text := texts[column]; text != nil {
				return text[i]
			}
			if slices.Contains(Columns[:neededColumns], column) {
				return "-" // the register has it, or Merge refuses the row
			}
			return ""
		})
		if err != nil {
			return nil, s.bad(i, err)
		}
		if _, twice := s.rows[c.ID]; twice {
			return nil, t.Bad(i, "claim_id", fmt.Sprintf("%q stands in an earlier row too", c.ID), "one row a claim")
		}
		s.rows[c.ID] = i
		s.Claims = append(s.Claims, c)
	}
	return s, nil
}

// bad says in which row a fault stands.
func (s *Sheet) bad(row int, err error) error {
	if f, ok := errors.AsType[*Fault](err); ok {
		return s.table.Bad(row, f.Column, f.Wrong, f.Want)
	}
	return err
}

// columnsOf returns the columns of a table by their names, which are some of
// known, and all of the first needed of them.
func columnsOf(t *estimate.Table, name string, known []string, needed int) (map[string][]string, error) {
	for _, c := range known[:needed] {
		if !t.Has(c) {
			return nil, fmt.Errorf("%s: row 1: no column %q; want at least %s", name, c, strings.Join(known[:needed], ", "))
		}
	}
	columns := map[string][]string{}
	for _, c := range t.Header() {
		if !slices.Contains(known, c) {
			return nil, fmt.Errorf("%s: row 1: column %q is not known; want some of %s", name, c, strings.Join(known, ", "))
		}
		text, err := t.Text(c)
		if err != nil {
			return nil, err
		}
		columns[c] = text
	}
	return columns, nil
}

// ReadClaims reads a register as CSV. It refuses what [ReadSheet] refuses, a
// link to nothing, and a circle of "derives" or "repeats".
func ReadClaims(r io.Reader, name string) (*Register, error) {
	s, err := ReadSheet(r, name)
	if err != nil {
		return nil, err
	}
	for _, c := range Columns[:neededColumns] {
		if !s.columns[c] {
			return nil, fmt.Errorf("%s: row 1: no column %q; want at least %s", name, c, strings.Join(Columns[:neededColumns], ", "))
		}
	}
	m, err := new(Register).Merge(s)
	if err != nil {
		return nil, err
	}
	return m.Register, nil
}

// WithSheet returns the register with a file that adds to it, read as CSV.
func (r *Register) WithSheet(in io.Reader, name string) (*Register, error) {
	s, err := ReadSheet(in, name)
	if err != nil {
		return nil, err
	}
	m, err := r.Merge(s)
	if err != nil {
		return nil, err
	}
	return m.Register, nil
}

// A Merged is a register after a file was brought into it, and what that did.
type Merged struct {
	Register *Register
	New      []*Claim
	Changed  []Change
	Alike    int
	Absent   []*Claim // of the documents that the file tells of, and not in it: they stay as they are

	NewSources     []*Source
	ChangedSources []*Source // as they are now
}

// Corrects reports whether something that is there would be changed.
func (m *Merged) Corrects() bool { return len(m.Changed)+len(m.ChangedSources) > 0 }

// Empty reports whether nothing would be written.
func (m *Merged) Empty() bool { return !m.Corrects() && len(m.New)+len(m.NewSources) == 0 }

// A Change is a claim before and after a correction.
type Change struct{ Old, New *Claim }

// Merge returns the register with the claims of a file. A claim that it has is
// corrected by what the file says of it; a column that the file has not leaves
// what is there, and so do links with a reason, for which a file has no place.
// No claim is taken away. It refuses what [NewRegister] refuses, by the row.
func (r *Register) Merge(s *Sheet) (*Merged, error) {
	m := &Merged{}
	beside := r.beside
	beside.Sources = m.mergeSources(r, s)
	claims := slices.Clone(r.Claims)
	of := map[[2]string]bool{}
	for _, c := range s.Claims {
		at, known := r.at[c.ID]
		if !s.partial {
			of[[2]string{c.Source, c.Document}] = true
		}
		if !known {
			if s.partial {
				return nil, s.table.Bad(s.rows[c.ID], "claim_id", fmt.Sprintf("there is no claim %q", c.ID), "the id of a claim that is there, or a file with the columns "+strings.Join(Columns[:neededColumns], ", "))
			}
			claims, m.New = append(claims, c), append(m.New, c)
			continue
		}
		old := r.Claims[at]
		after, err := s.over(old, c)
		if err != nil {
			return nil, s.bad(s.rows[c.ID], err)
		}
		if after.Same(old) {
			m.Alike++
			continue
		}
		claims[at] = after
		m.Changed = append(m.Changed, Change{old, after})
	}
	for _, c := range r.Claims {
		if _, there := s.rows[c.ID]; !there && of[[2]string{c.Source, c.Document}] {
			m.Absent = append(m.Absent, c)
		}
	}
	var err error
	m.Register, err = NewRegister(claims, beside)
	if f, ok := errors.AsType[*Fault](err); ok {
		if row, here := s.rows[f.Claim]; here {
			return nil, s.bad(row, err)
		}
		return nil, fmt.Errorf("%s: %w", s.table.Name, err)
	}
	return m, err
}

// mergeSources returns the sources of a register with those of a file. A column
// that the file has not leaves what is there.
func (m *Merged) mergeSources(r *Register, s *Sheet) []*Source {
	all := slices.Clone(r.Sources())
	for _, row := range s.Sources {
		i := slices.IndexFunc(all, func(old *Source) bool { return old.ID == row.ID })
		if i < 0 {
			all, m.NewSources = append(all, row), append(m.NewSources, row)
			continue
		}
		after := *row
		for _, column := range SourceColumns {
			if !s.columns[column] {
				*after.field(column) = *all[i].field(column)
			}
		}
		if after == *all[i] {
			m.Alike++
			continue
		}
		all[i], m.ChangedSources = &after, append(m.ChangedSources, &after)
	}
	return all
}

// over returns a claim of the register as the file's row makes it.
func (s *Sheet) over(old, row *Claim) (*Claim, error) {
	c := *row
	if len(s.columns) < len(Columns) {
		filled, err := NewClaim(func(column string) string {
			if s.columns[column] {
				return row.Field(column)
			}
			return old.Field(column)
		})
		if err != nil {
			return nil, err
		}
		c = *filled
	}
	c.Links = nil
	for _, l := range old.Links {
		if l.Why != "" || !s.columns["stance_target"] || row.linked(l) {
			c.Links = append(c.Links, l)
		}
	}
	for _, l := range row.Links {
		if !c.linked(l) {
			c.Links = append(c.Links, l)
		}
	}
	return &c, nil
}

// WithLinks returns the register with links that are read as CSV with the
// columns from, how, to, why; name is for the errors. It refuses what
// [NewRegister] refuses.
func (r *Register) WithLinks(in io.Reader, name string) (*Register, error) {
	t, err := estimate.ReadTable(in, name, estimate.ReadOptions{MaxBytes: 1 << 28})
	if err != nil {
		return nil, err
	}
	names := []string{"from", "how", "to", "why"}
	if !slices.Equal(t.Header(), names) {
		return nil, fmt.Errorf("%s: row 1: columns %s; want %s", name, strings.Join(t.Header(), ","), strings.Join(names, ","))
	}
	columns := map[string][]string{}
	for _, c := range names {
		if columns[c], err = t.Text(c); err != nil {
			return nil, err
		}
	}
	claims := slices.Clone(r.Claims)
	for i := range t.Rows() {
		from, l := columns["from"][i], Link{How(columns["how"][i]), columns["to"][i], columns["why"][i]}
		at, ok := r.at[from]
		switch {
		case !ok:
			return nil, t.Bad(i, "from", fmt.Sprintf("there is no claim %q", from), "the id of a claim")
		case !slices.Contains(Hows(), l.How):
			return nil, t.Bad(i, "how", fmt.Sprintf("%q", l.How), "one of "+howNames())
		case r.Claim(l.To) == nil:
			return nil, t.Bad(i, "to", fmt.Sprintf("there is no claim %q", l.To), "the id of a claim")
		case l.To == from:
			return nil, t.Bad(i, "to", itself.Wrong, itself.Want)
		case l.Why == "":
			return nil, t.Bad(i, "why", "is empty", "the reason for the link")
		case claims[at].linked(l):
			return nil, t.Bad(i, "to", fmt.Sprintf("%s %s %s stands already", from, l.How, l.To), "each link once")
		}
		c := *claims[at]
		c.Links = append(slices.Clip(c.Links), l)
		claims[at] = &c
	}
	after, err := NewRegister(claims, r.beside)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return after, nil
}

// WriteCSV writes claims as a file that [ReadSheet] reads.
func WriteCSV(w io.Writer, claims []*Claim) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(Columns); err != nil {
		return err
	}
	row := make([]string, len(Columns))
	for _, c := range claims {
		for i, column := range Columns {
			row[i] = c.Field(column)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

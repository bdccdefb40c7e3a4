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

// A Sheet is a file of claims as it was read. Its links have not been followed
// yet: they may lead to claims of the register that it is brought into.
type Sheet struct {
	Claims []*Claim

	table   *estimate.Table
	columns map[string]bool
	rows    map[string]int
}

// ReadSheet reads a file of claims as CSV; name is for its errors. It refuses a
// column it does not know, an id twice, a field without which a claim is none,
// a figure it cannot read, and a claim linked to itself.
func ReadSheet(r io.Reader, name string) (*Sheet, error) {
	t, err := estimate.ReadTable(r, name, estimate.ReadOptions{MaxBytes: 1 << 30, MaxRows: maxClaims})
	if err != nil {
		return nil, err
	}
	texts, err := claimColumns(t, name)
	if err != nil {
		return nil, err
	}
	s := &Sheet{table: t, columns: map[string]bool{}, rows: make(map[string]int, t.Rows())}
	for c := range texts {
		s.columns[c] = true
	}
	for i := range t.Rows() {
		c, err := NewClaim(func(column string) string {
			if text := texts[column]; text != nil {
				return text[i]
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

func claimColumns(t *estimate.Table, name string) (map[string][]string, error) {
	for _, c := range Columns[:neededColumns] {
		if !t.Has(c) {
			return nil, fmt.Errorf("%s: row 1: no column %q; want at least %s", name, c, strings.Join(Columns[:neededColumns], ", "))
		}
	}
	columns := map[string][]string{}
	for _, c := range t.Header() {
		if !slices.Contains(Columns, c) {
			return nil, fmt.Errorf("%s: row 1: column %q is not known; want some of %s", name, c, strings.Join(Columns, ", "))
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
	m, err := new(Register).Merge(s)
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
}

// A Change is a claim before and after a correction.
type Change struct{ Old, New *Claim }

// Merge returns the register with the claims of a file. A claim that it has is
// corrected by what the file says of it; a column that the file has not leaves
// what is there, and so do links with a reason, for which a file has no place.
// No claim is taken away. It refuses what [NewRegister] refuses, by the row.
func (r *Register) Merge(s *Sheet) (*Merged, error) {
	m := &Merged{}
	claims := slices.Clone(r.Claims)
	of := map[[2]string]bool{}
	for _, c := range s.Claims {
		of[[2]string{c.Source, c.Document}] = true
		at, known := r.at[c.ID]
		if !known {
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
	m.Register, err = NewRegister(claims, r.beside)
	if f, ok := errors.AsType[*Fault](err); ok {
		if row, here := s.rows[f.Claim]; here {
			return nil, s.bad(row, err)
		}
		return nil, fmt.Errorf("%s: %w", s.table.Name, err)
	}
	return m, err
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

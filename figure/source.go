package figure

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"plumbline/estimate"
)

// A Source is a document: one in which claims stand, or one that they cite.
type Source struct {
	ID         string `json:"id"`
	Title      string `json:"title"`
	Kind       string `json:"kind"`                 // one of SourceKinds
	Date       string `json:"date,omitempty"`       // as ParseSpan takes it
	Disclaimer string `json:"disclaimer,omitempty"` // what it says of itself, or what a reader must know of it
	Read       string `json:"read,omitempty"`       // who here has read it, and when
}

// SourceKinds lists the kinds of document, since a letter, an evaluation and a
// comment under a blog do not weigh the same.
func SourceKinds() []string {
	return []string{"letter", "news", "journal", "law_review", "book", "report", "study", "evaluation", "statute", "statement", "website", "blog", "comment", "other"}
}

// pagedKinds are those in which a passage is found by its page.
var pagedKinds = []string{"journal", "law_review", "book", "report", "study", "evaluation"}

// SourceColumns are those of sources as CSV; the first three are needed.
var SourceColumns = []string{"source_id", "title", "kind", "date", "disclaimer", "read"}

const neededSourceColumns = 3

func (s *Source) field(column string) *string {
	return map[string]*string{"source_id": &s.ID, "title": &s.Title, "kind": &s.Kind, "date": &s.Date, "disclaimer": &s.Disclaimer, "read": &s.Read}[column]
}

// Field returns a field as a CSV file of sources has it.
func (s *Source) Field(column string) string { return *s.field(column) }

// check returns what is wrong with a source.
func (s *Source) check() *Fault {
	for i, column := range SourceColumns {
		text := *s.field(column)
		f := &Fault{Column: column, Code: "text"}
		switch {
		case text == "" && i < neededSourceColumns:
			f.Code, f.Wrong, f.Want = "empty", "is empty", "a source has an id, a title and a kind"
		case len(text) > MaxField:
			f.Code, f.Wrong, f.Want = "long", "is too long", fmt.Sprintf("at most %d bytes", MaxField)
		case !readable(text):
			f.Wrong, f.Want = "holds characters that do not print", "readable text in UTF-8"
		case runs(text):
			f.Code, f.Got, f.Wrong, f.Want = "formula", text[:1], fmt.Sprintf("begins with %q, which a spreadsheet would run", text[:1]), "a text that begins with a letter or a digit"
		default:
			continue
		}
		return f
	}
	if !idForm.MatchString(s.ID) || s.ID == Ibid {
		return &Fault{Column: "source_id", Code: "id", Got: s.ID, Wrong: fmt.Sprintf("%q is no id", s.ID), Want: "up to 64 letters, digits, dots, hyphens and underscores, such as hrw-2002"}
	}
	if !slices.Contains(SourceKinds(), s.Kind) {
		return &Fault{Column: "kind", Code: "word", Got: s.Kind, Wrong: fmt.Sprintf("%q", s.Kind), Want: "one of " + strings.Join(SourceKinds(), ", ")}
	}
	if _, err := ParseSpan(s.Date); err != nil {
		return &Fault{Column: "date", Code: "when", Got: s.Date, Wrong: err.Error(), Want: "a date or two with a slash between, such as 2010-07 or ../2010"}
	}
	return nil
}

// readSources reads the rows of a table of sources.
func readSources(t *estimate.Table, name string) (*Sheet, error) {
	columns, err := columnsOf(t, name, SourceColumns, neededSourceColumns)
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{table: t, columns: map[string]bool{}}
	for c := range columns {
		sheet.columns[c] = true
	}
	rows := map[string]bool{}
	for i := range t.Rows() {
		s := new(Source)
		for column, text := range columns {
			*s.field(column) = text[i]
		}
		if f := s.check(); f != nil {
			return nil, t.Bad(i, f.Column, f.Wrong, f.Want)
		}
		if rows[s.ID] {
			return nil, t.Bad(i, "source_id", fmt.Sprintf("%q stands in an earlier row too", s.ID), "one row a source")
		}
		rows[s.ID] = true
		sheet.Sources = append(sheet.Sources, s)
	}
	return sheet, nil
}

// WriteSources writes sources as a file that [ReadSheet] reads.
func WriteSources(w io.Writer, sources []*Source) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(SourceColumns); err != nil {
		return err
	}
	for _, s := range sources {
		var row []string
		for _, column := range SourceColumns {
			row = append(row, *s.field(column))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Source returns the source with the id, or nil.
func (r *Register) Source(id string) *Source {
	if id == "" {
		return nil
	}
	return r.sources[id]
}

// Sources returns the sources in their order.
func (r *Register) Sources() []*Source { return r.beside.Sources }

// A SourceUse is a source with how many claims stand in it and cite it.
type SourceUse struct {
	*Source
	Holds int `json:"holds"`
	Cited int `json:"cited"`
}

// SourceUses returns every source with its uses, in their order.
func (r *Register) SourceUses() []SourceUse { return r.sourceUse.get(r.countUses) }

func (r *Register) countUses() []SourceUse {
	holds, cited := map[string]int{}, map[string]int{}
	for _, c := range r.Claims {
		holds[c.Source]++
		for _, x := range c.Cites {
			cited[x.Work]++
		}
	}
	var list []SourceUse
	for _, s := range r.Sources() {
		list = append(list, SourceUse{s, holds[s.ID], cited[s.ID]})
	}
	return list
}

// read says who has read what a claim names: the claim's own mark, or those of
// all works that it cites.
func (r *Register) read(c *Claim) string {
	if c.Read != "" || len(c.Cites) == 0 {
		return c.Read
	}
	var who []string
	for _, x := range c.Cites {
		s := r.Source(x.Work)
		if s == nil || s.Read == "" {
			return ""
		}
		if !slices.Contains(who, s.Read) {
			who = append(who, s.Read)
		}
	}
	return strings.Join(who, "; ")
}

// basisOf says on what a claim rests, where a work that it cites may have been
// read for another claim.
func (r *Register) basisOf(c *Claim) string {
	if c.basis == SourceNotRead && r.read(c) != "" {
		return SourceRead
	}
	return c.basis
}

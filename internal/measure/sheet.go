package measure

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"plumbline/estimate"
)

// A Sheet is an answer as people read it, in the order of its fields: doubts
// come first. Numbers are written out, with – for what is not known.
type Sheet struct {
	Warnings []string    `json:"warnings"`
	Doubts   []Doubt     `json:"doubts,omitempty"` // the warnings once more, in their parts
	Sentence string      `json:"sentence"`
	Facts    [][2]string `json:"facts"` // a name and a value
	Tables   []Table     `json:"tables"`
	Hint     string      `json:"hint,omitempty"` // what else could be asked, in terms of the command line
}

// A Doubt is what a warning was made of, so that a page can say it in another
// language: the English text with {{.A}}, {{.B}} and so on where Args stand, and
// the part of the data that it is about, where it is one of several.
type Doubt struct {
	Form  string   `json:"form"`
	Args  []string `json:"args,omitempty"`
	About string   `json:"about,omitempty"`
}

// A Table is a part of a [Sheet] under the facts.
type Table struct {
	Heading string `json:"heading,omitempty"` // may be empty
	// Shown says how many of all rows are here, as in 12 of 87 times, when the
	// others are in the full answer only.
	Shown string     `json:"shown,omitempty"`
	Words int        `json:"words"`          // so many columns hold words, the others numbers
	Head  []string   `json:"head,omitempty"` // none for a list of names and values
	Rows  [][]string `json:"rows,omitempty"`
	Note  string     `json:"note,omitempty"` // a paragraph under the rows; it may stand alone
}

// newSheet writes what stands first: doubts, the sentence, the number and how
// it was found. Facts without a value are left out.
func newSheet(r estimate.Result, show func(estimate.Number) string, facts ...[2]string) Sheet {
	s := Sheet{Sentence: r.Sentence}
	for _, d := range r.Warnings {
		s.Warnings, s.Doubts = append(s.Warnings, d.Text), append(s.Doubts, Doubt{d.Blanks(), d.Args, d.About})
	}
	if r.Estimate.Known() {
		s.Facts = append(s.Facts, [2]string{"estimate", show(r.Estimate)})
		limits := "not known"
		if r.Lower.Known() || r.Upper.Known() {
			limits = fmt.Sprintf("%s to %s (%s %%, %s)", show(r.Lower), show(r.Upper), figures(100*r.Level, 6), r.Interval)
		}
		s.Facts = append(s.Facts, [2]string{"interval", limits})
	}
	method := r.Method + ", version " + r.Version
	if r.Seed != nil {
		method += fmt.Sprintf(", seed %d", *r.Seed)
	}
	s.Facts = append(s.Facts, [2]string{"method", method})
	for _, f := range facts {
		if f[1] != "" {
			s.Facts = append(s.Facts, f)
		}
	}
	return s
}

// table adds a table, unless it has no rows. The first words columns hold
// words, the others numbers.
func (s *Sheet) table(heading string, words int, head []string, rows [][]string) {
	if len(rows) > 0 {
		s.Tables = append(s.Tables, Table{Heading: heading, Words: words, Head: head, Rows: rows})
	}
}

// diagnostics adds the checks of a fit.
func (s *Sheet) diagnostics(d map[string]estimate.Diagnostic) {
	s.table("Checks of the fit", 1, []string{"check", "statistic", "p"}, checks(d))
}

func checks(d map[string]estimate.Diagnostic) (rows [][]string) {
	for _, name := range slices.Sorted(maps.Keys(d)) {
		p := ""
		if d[name].P != nil {
			p = chance(*d[name].P)
		}
		rows = append(rows, []string{strings.ReplaceAll(name, "_", " "), number(d[name].Statistic), p})
	}
	return rows
}

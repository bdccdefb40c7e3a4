package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"plumbline/internal/measure"
)

// A page is a sheet in text.
type page struct{ strings.Builder }

const pageWidth = 80

// text writes a sheet for a terminal.
func text(s measure.Sheet) string {
	w := &page{}
	for _, d := range s.Warnings {
		w.wrap("! ", "  ", d)
	}
	if len(s.Warnings) > 0 {
		w.WriteByte('\n')
	}
	if s.Sentence != "" {
		w.wrap("", "", s.Sentence)
		w.WriteByte('\n')
	}
	facts := make([][]string, len(s.Facts))
	for i, f := range s.Facts {
		facts[i] = f[:]
	}
	w.columns(facts)
	for _, t := range s.Tables {
		w.table(t)
	}
	if s.Hint != "" {
		w.WriteString("\n" + s.Hint + "\n")
	}
	return w.String()
}

// wrap writes a paragraph.
func (w *page) wrap(first, next, text string) {
	line, indent := first, first
	n := 0 // words on the line
	for _, word := range strings.Fields(text) {
		if n > 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > pageWidth {
			w.WriteString(line + "\n")
			line, indent, n = next, next, 0
		}
		if n > 0 {
			line += " "
		}
		line += word
		n++
	}
	if line != indent {
		w.WriteString(line + "\n")
	}
}

// table writes a table after an empty line.
func (w *page) table(t measure.Table) {
	w.WriteByte('\n')
	if t.Heading != "" {
		w.WriteString(t.Heading)
		if t.Shown != "" {
			w.WriteString(", " + t.Shown + " (--json has all)")
		}
		w.WriteByte('\n')
	}
	var all [][]string
	if len(t.Head) > 0 {
		upper := make([]string, len(t.Head))
		for i, h := range t.Head {
			upper[i] = strings.ToUpper(h)
		}
		all = append(all, upper)
	}
	all = append(all, t.Rows...)
	// Numbers stand under each other at their right end.
	for col := t.Words; col < len(t.Head); col++ {
		most := 0
		for _, r := range all {
			most = max(most, utf8.RuneCountInString(r[col]))
		}
		for i, r := range all {
			r = append([]string(nil), r...)
			r[col] = strings.Repeat(" ", most-utf8.RuneCountInString(r[col])) + r[col]
			all[i] = r
		}
	}
	w.columns(all)
	w.wrap("", "  ", t.Note)
}

func (w *page) columns(rows [][]string) {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	t.Flush()
	for line := range strings.Lines(b.String()) {
		w.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

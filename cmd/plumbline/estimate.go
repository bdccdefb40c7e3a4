package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"plumbline/estimate"
)

// asked is what every verb of estimate can be asked beside its own options.
type asked struct {
	json       bool
	plot       string
	level      float64
	definition string
	among      string
}

// estimating registers the flags that every verb of estimate has.
func (c *call) estimating() *asked {
	a := &asked{}
	c.flags.BoolVar(&a.json, "json", false, "print one JSON object")
	c.flags.StringVar(&a.plot, "plot", "", "draw what was found in this SVG `file`")
	c.flags.Float64Var(&a.level, "level", 0.95, "how often intervals should hold the truth")
	c.flags.StringVar(&a.definition, "definition", "", "`words` for what is measured, for the result")
	c.flags.StringVar(&a.among, "among", "", "`words` for among whom, where and when, for the result")
	return a
}

// listFlag registers a flag of several names with commas between.
func (c *call) listFlag(p *[]string, name, usage string) {
	c.flags.Func(name, usage, func(s string) error {
		for part := range strings.SplitSeq(s, ",") {
			part = strings.TrimSpace(part)
			if part == "" {
				return fmt.Errorf("a name is empty in %q", s)
			}
			*p = append(*p, part)
		}
		return nil
	})
}

// says sets the default that -h shows, where that of the flag only means that
// it was not given.
func (c *call) says(name, value string) { c.flags.Lookup(name).DefValue = value }

// refuseZero refuses flags that are given as 0, which would otherwise mean that
// they were not.
func (c *call) refuseZero(names ...string) error {
	for _, name := range names {
		if v, err := strconv.ParseFloat(c.flags.Lookup(name).Value.String(), 64); err == nil && v == 0 && c.given(name) {
			return usageError{fmt.Sprintf("--%s: it is 0; want a number above that, or no --%s", name, name), ""}
		}
	}
	return nil
}

// given reports whether a flag stands on the command line.
func (c *call) given(name string) bool {
	found := false
	c.flags.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// table reads a CSV file, or standard input when the name is "-". It keeps the
// named columns, or all when there are none. Reading ends when ctx does, even
// while nothing comes.
func (c *call) table(ctx context.Context, name string, columns []string) (*estimate.Table, error) {
	in, shown := c.in, "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fileError(name, err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, &estimate.InputError{File: name, Wrong: "this is a folder", Want: "a CSV file"}
		} else if err == nil && info.Mode().IsRegular() && info.Size() > estimate.MaxBytes {
			return nil, estimate.TooLarge(name, estimate.MaxBytes) // at once, not after reading so much of it
		}
		in, shown = f, name
	}
	type answer struct {
		t   *estimate.Table
		err error
	}
	read := make(chan answer, 1)
	go func() {
		t, err := estimate.ReadTable(untilDone{ctx, in}, shown, estimate.ReadOptions{Columns: columns})
		read <- answer{t, err}
	}()
	select {
	case a := <-read:
		return a.t, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// untilDone ends with its context, so that a file that is being read does not
// outlive the command.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (r untilDone) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// blame names the flag when a mistake is in an option.
func (c *call) blame(err error) error {
	var e *estimate.InputError
	if !errors.As(err, &e) || e.Option == "" || e.File != "" {
		return err
	}
	name := strings.ReplaceAll(e.Option, " ", "-")
	if c.flags.Lookup(name) == nil {
		return err
	}
	text := "--" + name + ": " + e.Wrong
	if e.Want != "" {
		text += "; want " + e.Want
	}
	return usageError{text, ""}
}

// ready refuses a place where no picture can be, before any work is done.
func (a *asked) ready() error {
	if a.plot == "" {
		return nil
	}
	if info, err := os.Stat(a.plot); err == nil && info.IsDir() {
		return usageError{"--plot: " + a.plot + " is a folder; want a file, such as " + filepath.Join(a.plot, "estimate.svg"), ""}
	}
	if info, err := os.Stat(filepath.Dir(a.plot)); err != nil || !info.IsDir() {
		return usageError{fmt.Sprintf("--plot: %s: there is no folder %s", a.plot, filepath.Dir(a.plot)), ""}
	}
	return nil
}

// draw writes a picture.
func draw(name string, p estimate.Plot) error {
	return writeWhole(name, func(w io.Writer) error {
		_, err := w.Write(p.File())
		return err
	})
}

// writeWhole writes a file, all of it or nothing.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".plumbline-*")
	if err != nil {
		return fileError(name, err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	err = write(f)
	if err = errors.Join(err, f.Close()); err == nil {
		if err = os.Chmod(f.Name(), 0o644); err == nil {
			err = os.Rename(f.Name(), name)
		}
	}
	if err != nil {
		return fileError(name, err)
	}
	return nil
}

// answer gives a result: the picture first, since it can fail, then the JSON or
// the text. After an interrupt it gives nothing.
func (c *call) answer(ctx context.Context, a *asked, result any, plot func() estimate.Plot, text func(w *page)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.plot != "" {
		if err := draw(a.plot, plot()); err != nil {
			return err
		}
	}
	if a.json {
		return printJSON(c.out, result)
	}
	w := &page{}
	text(w)
	_, err := io.WriteString(c.out, w.String())
	return err
}

// telling tells how far long work is, on a terminal only. The second function
// wipes the line.
func (c *call) telling() (estimate.Progress, func()) {
	f, ok := c.err.(*os.File)
	if !ok {
		return nil, func() {}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil, func() {}
	}
	begun, last := time.Now(), time.Time{}
	told := false
	return func(stage string, done, total int) {
			// Short work is over before a line could be read.
			if time.Since(begun) < 300*time.Millisecond || time.Since(last) < 100*time.Millisecond {
				return
			}
			last, told = time.Now(), true
			fmt.Fprintf(f, "\r\033[K%s: %d of %d", stage, done, total)
		}, func() {
			if told {
				fmt.Fprint(f, "\r\033[K")
			}
		}
}

// A page is a result in text.
type page struct{ strings.Builder }

const pageWidth = 80

// top writes what stands first: doubts, then the sentence, the number and how
// it was found.
func (w *page) top(r estimate.Result, show func(estimate.Number) string, facts ...[2]string) {
	for _, d := range r.Warnings {
		w.wrap("! ", "  ", d.Text)
	}
	if len(r.Warnings) > 0 {
		w.WriteByte('\n')
	}
	if r.Sentence != "" {
		w.wrap("", "", r.Sentence)
		w.WriteByte('\n')
	}
	var rows [][]string
	if r.Estimate.Known() {
		rows = append(rows, []string{"estimate", show(r.Estimate)})
		if r.Lower.Known() || r.Upper.Known() {
			rows = append(rows, []string{"interval", fmt.Sprintf("%s to %s (%s %%, %s)", show(r.Lower), show(r.Upper), figures(100*r.Level, 6), r.Interval)})
		} else {
			rows = append(rows, []string{"interval", "not known"})
		}
	}
	method := r.Method + ", version " + r.Version
	if r.Seed != nil {
		method += fmt.Sprintf(", seed %d", *r.Seed)
	}
	rows = append(rows, []string{"method", method})
	for _, f := range facts {
		if f[1] != "" {
			rows = append(rows, f[:])
		}
	}
	w.columns(rows)
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

// table writes rows under a heading, after an empty line. The first words
// columns hold words, the others numbers.
func (w *page) table(heading string, words int, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	w.WriteByte('\n')
	if heading != "" {
		w.WriteString(heading + "\n")
	}
	upper := make([]string, len(head))
	for i, h := range head {
		upper[i] = strings.ToUpper(h)
	}
	all := append([][]string{upper}, rows...)
	// Numbers stand under each other at their right end.
	for col := words; col < len(head); col++ {
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

// The ways to write a number for people; JSON has all digits.

// figures writes a number with at most so many figures, and whole from ten
// thousand on.
func figures(v float64, n int) string {
	s := strconv.FormatFloat(v, 'g', n, 64)
	if math.Abs(v) >= 1e4 && math.Abs(v) < 1e15 {
		s = thousands(v)
	}
	return strings.Replace(s, "-", "−", 1)
}

// number writes five figures, noughts at the end too, so that columns align.
func number(n estimate.Number) string {
	switch {
	case !n.Known():
		return "–"
	case math.Abs(float64(n)) >= 1e4 && math.Abs(float64(n)) < 1e15:
		return thousands(float64(n))
	}
	return strings.Replace(fmt.Sprintf("%#.5g", float64(n)), "-", "−", 1)
}

// plain writes a number as it would be said, such as a time.
func plain(n estimate.Number) string {
	if !n.Known() {
		return "–"
	}
	return figures(float64(n), 6)
}

// share writes a share of one in per cent.
func share(n estimate.Number) string {
	if !n.Known() {
		return "–"
	}
	return strings.Replace(strconv.FormatFloat(100*float64(n), 'f', 2, 64), "-", "−", 1) + " %"
}

// whole writes a number of people.
func whole(n estimate.Number) string {
	if !n.Known() {
		return "–"
	}
	return thousands(float64(n))
}

func thousands(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if v < 0 && s != "0" {
		s = "−" + s
	}
	return s
}

// chance writes a p-value.
func chance(p estimate.Number) string {
	switch {
	case !p.Known():
		return "–"
	case p < 0.0001:
		return "<0.0001"
	}
	return strconv.FormatFloat(float64(p), 'f', 4, 64)
}

func integer(n int) string { return thousands(float64(n)) }

// diagnostics writes the checks of a fit.
func (w *page) diagnostics(d map[string]estimate.Diagnostic) {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(d)) {
		p := ""
		if d[name].P != nil {
			p = chance(*d[name].P)
		}
		rows = append(rows, []string{strings.ReplaceAll(name, "_", " "), number(d[name].Statistic), p})
	}
	w.table("Checks of the fit", 1, []string{"check", "statistic", "p"}, rows)
}

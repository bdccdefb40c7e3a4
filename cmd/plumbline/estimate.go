package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"plumbline/estimate"
	"plumbline/internal/measure"
)

// estimating makes the command of a verb, which its last word names.
func estimating(name, help string) command {
	v, ok := measure.VerbNamed(strings.TrimPrefix(name, "estimate "))
	if !ok {
		panic("there is no verb " + name)
	}
	return command{name: name, line: v.Line, help: help, run: func(ctx context.Context, c *call) error {
		return c.estimate(ctx, v)
	}}
}

// pictures is where the plots of an answer go, by their names.
type pictures map[string]*string

// estimate asks a verb and writes the answer: pictures first, since they can
// fail, then the JSON or the text.
func (c *call) estimate(ctx context.Context, v measure.Verb) error {
	json := c.flags.Bool("json", false, "print one JSON object")
	drawn := pictures{"estimate": c.flags.String("plot", "", "draw what was found in this SVG `file`")}
	if v.Name == "capture" {
		drawn["lists"] = c.flags.String("plot-lists", "", "draw the overlap of the lists in an SVG `file` of its own")
	}
	ask := v.Begin(c.flags)
	if err := c.parse(v.Least, v.Most); err != nil {
		return err
	}
	if err := c.refused(ask.Check(len(c.args))); err != nil {
		return err
	}
	if err := drawn.check(c); err != nil {
		return err
	}
	tell, wipe := c.telling()
	answer, err := ask.Answer(ctx, measure.Source{Files: c.args, Open: c.table}, tell)
	wipe()
	if err != nil {
		return c.refused(err)
	}
	for _, p := range answer.Plots {
		if place := drawn[p.Name]; place != nil && *place != "" {
			if err := draw(*place, p.Plot); err != nil {
				return err
			}
		}
	}
	if *json {
		err = printJSON(c.out, answer.Full)
	} else {
		_, err = io.WriteString(c.out, text(answer.Sheet))
	}
	if err == nil && answer.No {
		return errNo
	}
	return err
}

// refused says why a question is not answered, and what could be done.
func (c *call) refused(err error) error {
	var r *measure.Refusal
	switch {
	case !errors.As(err, &r):
		return err
	case r.No:
		complain(c.err, r.Error(), r.Hint)
		return errNo
	}
	return usageError{oneLine(r.Error()), r.Hint}
}

// check refuses places where no picture can be, before any work is done.
func (p pictures) check(c *call) error {
	plot, lists := p["estimate"], p["lists"]
	if *plot != "" && c.given("with") {
		return usageError{"--plot: a test of association has no picture; want --by for one of the groups", ""}
	}
	if lists != nil && *lists == *plot {
		*lists = "" // one file holds both, below each other
	}
	for _, name := range p {
		if err := placeFor(*name); err != nil {
			return err
		}
	}
	return nil
}

func placeFor(name string) error {
	if name == "" {
		return nil
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return usageError{"--plot: " + name + " is a folder; want a file, such as " + filepath.Join(name, "estimate.svg"), ""}
	}
	if info, err := os.Stat(filepath.Dir(name)); err != nil || !info.IsDir() {
		return usageError{fmt.Sprintf("--plot: %s: there is no folder %s", name, filepath.Dir(name)), ""}
	}
	return nil
}

// listFlag registers a flag of several names with commas between.
func (c *call) listFlag(p *[]string, name, usage string) {
	c.flags.Var((*measure.Names)(p), name, usage)
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

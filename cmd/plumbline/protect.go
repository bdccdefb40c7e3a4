package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"plumbline/protect"
)

// sensitive reads a table of records or counts that must not be published as
// it is.
func (c *call) sensitive(ctx context.Context, name string, opt protect.ReadOptions) (*protect.Table, error) {
	in := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fileError(name, err)
		}
		defer f.Close()
		in = f
	}
	t, err := protect.ReadTable(untilDone{ctx, in}, name, opt)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return t, err
}

// blameProtect names the flag when a mistake is in an option.
func (c *call) blameProtect(err error) error {
	var e *protect.InputError
	if !errors.As(err, &e) || e.Option == "" || e.File != "" || c.flags.Lookup(e.Option) == nil {
		return err
	}
	return usageError{"--" + e.Option + ": " + e.Wrong, e.Want}
}

// publish writes what may leave, to a file or to standard output.
func (c *call) publish(name string, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(c.out)
	}
	return writeWhole(name, write)
}

var protectTableCommand = command{
	name: "protect table",
	line: "make a table of counts in which no small count can be worked out",
	help: `plumbline protect table FILE.csv --by a,b [--count n] [--min 10] [-o OUT.csv]

  plumbline protect table cases.csv --by year,district --min 10 -o table.csv

Each row of FILE is a record, or a count in the column --count. Counts from 1
to MIN-1 are hidden, and as many others as it takes so that no reader can
narrow one of them down from the margins; the proof is made and checked again
before anything is written. Status A is shown, Q is suppressed.
--earlier OLD.csv is a table of the same data that readers have already; give
--earlier-data FILE.csv too when it was made from other data.`,
	run: func(ctx context.Context, c *call) error {
		var by []string
		c.listFlag(&by, "by", "break the counts down by these `columns`")
		count := c.flags.String("count", "", "the `column` of counts; without it each row is one record")
		least := c.flags.Int("min", 10, "the smallest `count` that may be shown")
		total := c.flags.String("total", "Total", "the `word` that stands for all values of a column")
		zeros := c.flags.Bool("hide-zeros", false, "hide empty cells like small ones")
		earlier := c.flags.String("earlier", "", "a protected table that was published before (`FILE`)")
		earlierData := c.flags.String("earlier-data", "", "the data that --earlier was made from, when it was not this `FILE`")
		out := c.flags.String("o", "", "write to `FILE` and not to standard output")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if len(by) == 0 {
			return usageError{"--by is missing", "--by year,district"}
		}
		if *earlierData != "" && *earlier == "" {
			return usageError{"--earlier-data says what --earlier was made from, and there is no --earlier", ""}
		}
		columns := by
		if *count != "" {
			columns = append(columns[:len(columns):len(columns)], *count)
		}
		t, err := c.sensitive(ctx, c.args[0], protect.ReadOptions{Columns: columns})
		if err != nil {
			return c.blameProtect(err)
		}
		spec := protect.SuppressSpec{Tables: [][]string{by}, Count: *count, Min: *least, Total: *total, HideZeros: *zeros}
		if *earlier != "" {
			old, err := c.earlierTable(ctx, *earlier, *total, *earlierData, columns)
			if err != nil {
				return err
			}
			spec.Earlier = append(spec.Earlier, old)
		}
		p, err := protect.Suppress(ctx, t, spec)
		if err != nil {
			return c.blameProtect(err)
		}
		if err := c.publish(*out, p.Tables[0].WriteCSV); err != nil {
			return err
		}
		c.note(fmt.Sprintf("%d of %d counts are hidden; every hidden small count could be %d or more", p.Primary+p.Secondary, p.Cells, *least))
		for _, w := range p.Warnings {
			c.note(w.Text)
		}
		for _, g := range p.Group {
			c.note(fmt.Sprintf("everybody in %s has %s = %s: whoever is known to be among them is known to have it", pairs(g.Cell), g.Column, g.Value))
		}
		return nil
	},
}

func pairs(cell []protect.Pair) string {
	var parts []string
	for _, p := range cell {
		parts = append(parts, p.Column+" = "+p.Value)
	}
	if len(parts) == 0 {
		return "the whole table"
	}
	return strings.Join(parts, ", ")
}

func (c *call) earlierTable(ctx context.Context, name, total, data string, columns []string) (old protect.EarlierTable, err error) {
	f, err := os.Open(name)
	if err != nil {
		return old, fileError(name, err)
	}
	defer f.Close()
	if old.Table, err = protect.ReadFrequency(untilDone{ctx, f}, name, total); err != nil {
		return old, err
	}
	if data != "" {
		old.Data, err = c.sensitive(ctx, data, protect.ReadOptions{Columns: columns})
	}
	return old, err
}

var protectSynthesiseCommand = command{
	name: "protect synthesise",
	line: "make rows that describe records without being any of them",
	help: `plumbline protect synthesise FILE.csv [--k 10] [--seed 1] [-o OUT.csv]

  plumbline protect synthesise cases.csv --k 10 -o synthetic.csv

Every filled part of every row made is shared by at least K of the records, so
no rare combination can appear. It is for one release of one set of data: two
releases of data that changed a little can be compared. Try the result with
plumbline protect risk before it leaves.`,
	run: func(ctx context.Context, c *call) error {
		spec := protect.SynthesisSpec{}
		c.flags.IntVar(&spec.K, "k", 10, "the smallest `group` that may be shown")
		c.flags.IntVar(&spec.Length, "length", 3, "the longest `combination` whose count is aimed at")
		c.flags.Uint64Var(&spec.Seed, "seed", 1, "makes the run repeatable; it is no secret")
		var columns []string
		c.listFlag(&columns, "columns", "use only these `columns`")
		out := c.flags.String("o", "", "write to `FILE` and not to standard output")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		opt := protect.ReadOptions{}
		if len(columns) > 0 {
			opt.Columns = columns
		}
		t, err := c.sensitive(ctx, c.args[0], opt)
		if err != nil {
			return c.blameProtect(err)
		}
		s, err := protect.Synthesise(ctx, t, spec)
		if err != nil {
			return c.blameProtect(err)
		}
		if err := c.publish(*out, func(w io.Writer) error { return s.Rows.WriteCSV(w, ',') }); err != nil {
			return err
		}
		c.note(fmt.Sprintf("%d rows were made from about %d records", s.SyntheticRows, s.Records))
		for _, w := range s.Warnings {
			c.note(w.Text)
		}
		return nil
	},
}

var protectRiskCommand = command{
	name: "protect risk",
	line: "attack a file as a reader could, and say what was found",
	help: `plumbline protect risk FILE.csv [--against SENSITIVE.csv] [--k 10] [--json]

  plumbline protect risk synthetic.csv --against cases.csv --k 10

Without --against the file itself is measured, as data that nobody has
protected. --made-by synthesise makes releases of halves of the data for the
membership test; --held-out FILE.csv uses records kept out of the file. The
report counts real people exactly: keep it with the data.
Exit 1 when something found should stop the release.`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		spec := protect.RiskSpec{}
		c.flags.IntVar(&spec.K, "k", 10, "the smallest `group` that may be shown")
		c.flags.IntVar(&spec.Length, "length", 3, "the longest `combination` that is counted")
		c.flags.Uint64Var(&spec.Seed, "seed", 1, "splits the data for the membership test")
		c.flags.BoolVar(&spec.Formal, "formal", false, "the file was made under differential privacy: rare combinations are noted and do not stop it")
		against := c.flags.String("against", "", "the data that the file was made from (`FILE`)")
		earlier := c.flags.String("earlier", "", "the data that an earlier release was made from (`FILE`)")
		heldOut := c.flags.String("held-out", "", "records of the same kind that were kept out of the file (`FILE`)")
		made := c.flags.String("made-by", "", "how the file was made: `synthesise`")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if *made != "" && *made != "synthesise" {
			return usageError{fmt.Sprintf("--made-by %q", *made), "synthesise"}
		}
		released, err := c.sensitive(ctx, c.args[0], protect.ReadOptions{})
		if err != nil {
			return err
		}
		if *made != "" {
			spec.Make = protect.MakeSynthesis(protect.SynthesisSpec{K: spec.K, Length: spec.Length, Seed: spec.Seed})
		}
		for _, f := range []struct {
			name string
			use  func(*protect.Table)
		}{
			{*against, func(t *protect.Table) { spec.Sensitive = t }},
			{*earlier, func(t *protect.Table) { spec.Earlier = append(spec.Earlier, t) }},
			{*heldOut, func(t *protect.Table) { spec.HeldOut = t }},
		} {
			if f.name == "" {
				continue
			}
			t, err := c.sensitive(ctx, f.name, protect.ReadOptions{Columns: released.Header()})
			if err != nil {
				return err
			}
			f.use(t)
		}
		report, err := protect.Risk(ctx, released, spec)
		if err != nil {
			return c.blameProtect(err)
		}
		if *asJSON {
			err = printJSON(c.out, report)
		} else {
			err = tellRisk(c, report)
		}
		if err == nil && !report.Safe {
			return errNo
		}
		return err
	},
}

func tellRisk(c *call, r *protect.Report) error {
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Result, f.Code, f.Text)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	verdict := "Nothing found stops this release. The report itself must not leave."
	if !r.Safe {
		verdict = "This should not be released. The report itself must not leave either."
	}
	_, err := fmt.Fprintln(c.out, "\n"+verdict)
	return err
}

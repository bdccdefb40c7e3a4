package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

// publishTables writes linked tables: the second of out.csv is out-2.csv.
func (c *call) publishTables(name string, tables []protect.Frequency) error {
	if len(tables) > 1 && (name == "" || name == "-") {
		return usageError{fmt.Sprintf("%d tables do not go to standard output", len(tables)), "-o table.csv: the second is then table-2.csv"}
	}
	for i, t := range tables {
		to := name
		if i > 0 {
			ext := filepath.Ext(name)
			to = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i+1, ext)
		}
		if err := c.publish(to, t.WriteCSV); err != nil {
			return err
		}
	}
	return nil
}

// tablesFlag registers --by, which may be given again for a table that is linked with the first.
func (c *call) tablesFlag(tables *[][]string) {
	c.flags.Func("by", "break the counts down by these `columns`; given again, a table that is published with the first", func(s string) error {
		var by []string
		for part := range strings.SplitSeq(s, ",") {
			if part = strings.TrimSpace(part); part == "" {
				return fmt.Errorf("a name is empty in %q", s)
			}
			by = append(by, part)
		}
		*tables = append(*tables, by)
		return nil
	})
}

// columnsOf are the columns of tables, each once, and those of more that are named.
func columnsOf(tables [][]string, more ...string) []string {
	var out []string
	for _, name := range slices.Concat(append(tables, more)...) {
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// dated is a file and the data that it was made from, if those are not the data of now.
type dated struct{ name, data string }

// earlierFlags registers --earlier and --earlier-data, which goes with the --earlier before it.
func (c *call) earlierFlags(earlier *[]dated, what string) {
	c.flags.Func("earlier", what+"; may be given again", func(s string) error {
		*earlier = append(*earlier, dated{name: s})
		return nil
	})
	c.flags.Func("earlier-data", "the data that the --earlier before it was made from (`FILE`), when it was not this", func(s string) error {
		if len(*earlier) == 0 {
			return errors.New("there is no --earlier before it")
		}
		(*earlier)[len(*earlier)-1].data = s
		return nil
	})
}

var protectTableCommand = command{
	name: "protect table",
	line: "make a table of counts in which no small count can be worked out",
	help: `plumbline protect table FILE.csv --by a,b [--by b,c] [--count n] [--min 10] [-o OUT.csv]

  plumbline protect table cases.csv --by year,district --min 10 -o table.csv

Each row of FILE is a record, or a count in the column --count. Counts from 1
to MIN-1 are hidden, and as many others as it takes so that no reader can
narrow one of them down from the margins; the proof is made and checked again
before anything is written. Status A is shown, Q is suppressed.
--by given again makes another table that is published with the first; columns
may lie within others, as districts in regions. --earlier OLD.csv is a table of
the same data that readers have already, with --earlier-data FILE.csv after it
when it was made from other data.`,
	run: func(ctx context.Context, c *call) error {
		spec := protect.SuppressSpec{}
		var earlier []dated
		c.tablesFlag(&spec.Tables)
		c.flags.StringVar(&spec.Count, "count", "", "the `column` of counts; without it each row is one record")
		c.flags.IntVar(&spec.Min, "min", 10, "the smallest `count` that may be shown")
		c.flags.StringVar(&spec.Total, "total", "Total", "the `word` that stands for all values of a column")
		c.flags.BoolVar(&spec.HideZeros, "hide-zeros", false, "hide empty cells like small ones")
		c.earlierFlags(&earlier, "a protected table that was published before (`FILE`)")
		out := c.flags.String("o", "", "write to `FILE` and not to standard output")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if len(spec.Tables) == 0 {
			return usageError{"--by is missing", "--by year,district"}
		}
		var old []protect.EarlierTable
		columns := columnsOf(spec.Tables)
		for _, e := range earlier {
			t, err := c.earlierTable(ctx, e, spec.Total)
			if err != nil {
				return err
			}
			old = append(old, t)
			columns = columnsOf([][]string{columns}, t.Table.By...)
		}
		columns = columnsOf([][]string{columns}, spec.Count)
		t, err := c.sensitive(ctx, c.args[0], protect.ReadOptions{Columns: columns})
		if err != nil {
			return c.blameProtect(err)
		}
		for i, e := range earlier {
			if e.data != "" {
				if old[i].Data, err = c.sensitive(ctx, e.data, protect.ReadOptions{Columns: columns}); err != nil {
					return err
				}
			}
		}
		spec.Earlier = old
		p, err := protect.Suppress(ctx, t, spec)
		if err != nil {
			return c.blameProtect(err)
		}
		if err := c.publishTables(*out, p.Tables); err != nil {
			return err
		}
		c.noteHidden(p)
		return nil
	},
}

// noteHidden says what was hidden, and what the maker of a table has to know.
func (c *call) noteHidden(p *protect.Protected) {
	c.note(fmt.Sprintf("%d of %d counts are hidden; every hidden small count could be %d or more", p.Primary+p.Secondary, p.Cells, p.Min))
	c.noteWarnings(p.Warnings)
	for i, g := range p.Group {
		if i == 5 {
			c.note(fmt.Sprintf("and %s like that", more(len(p.Group)-i, "group", "groups")))
			break
		}
		c.note(fmt.Sprintf("everybody in %s has %s = %s: whoever is known to be among them is known to have it", pairs(g.Cell), g.Column, g.Value))
	}
}

func (c *call) noteWarnings(list []protect.Warning) {
	for _, w := range list {
		c.note(w.Text)
	}
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

func (c *call) earlierTable(ctx context.Context, e dated, total string) (old protect.EarlierTable, err error) {
	f, err := os.Open(e.name)
	if err != nil {
		return old, fileError(e.name, err)
	}
	defer f.Close()
	old.Table, err = protect.ReadFrequency(untilDone{ctx, f}, e.name, total)
	return old, err
}

var protectKeyCommand = command{
	name: "protect key",
	line: "make the secret of a series of tables with noise",
	help: `plumbline protect key FILE

  plumbline protect key series.key

FILE, which only its owner can read, gives every record its key: whoever has
it can take the noise away, and whoever makes a table of the same series with
another lets readers average the noise away. Keep it as long as the series.`,
	run: func(_ context.Context, c *call) error {
		if err := c.parse(1, 1); err != nil {
			return err
		}
		return secret(c.args[0], protect.NewSecret())
	},
}

// perturbFlags registers what cell-key noise wants; key is a file.
func (c *call) perturbFlags(spec *protect.PerturbSpec) (key *string) {
	c.flags.StringVar(&spec.ID, "record", "", "noise: the `column` that names each record, the same in every table of the series")
	c.flags.IntVar(&spec.Spread, "spread", 5, "noise: the `most` that it moves a count by")
	c.flags.Float64Var(&spec.Variance, "variance", 3, "noise: its `variance`")
	c.flags.IntVar(&spec.NoSmall, "no-small", 0, "noise: the largest `count` that it never makes")
	return c.flags.String("key", "", "noise: the secret of the series (`FILE`), made by plumbline protect key")
}

// readSecret reads the secret of a series.
func (c *call) readSecret(name string, spec *protect.PerturbSpec) error {
	switch {
	case name == "":
		return usageError{"--key is missing", "plumbline protect key series.key makes one for a series"}
	case spec.ID == "":
		return usageError{"--record is missing", "--record case_id: the column that names each record"}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return fileError(name, err)
	}
	spec.Secret, err = protect.ParseSecret(string(text))
	return c.blameProtect(err)
}

var protectPerturbCommand = command{
	name: "protect perturb",
	line: "make a table of counts with noise that belongs to the people counted",
	help: `plumbline protect perturb FILE.csv --by a,b [--by b,c] --record ID --key FILE [--min 10] [-o OUT.csv]

  plumbline protect key series.key
  plumbline protect perturb cases.csv --by month,district --record case_id --key series.key -o table.csv

Each row of FILE is a record. The same people get the same noise in every table
of a series that is made with one key, so that neither asking again nor
subtracting two tables tells about one of them. Counts that are under MIN with
their noise are blank; empty cells stay empty. Every count carries its own
noise, so totals are not the sums of their parts.`,
	run: func(ctx context.Context, c *call) error {
		spec := protect.PerturbSpec{}
		c.tablesFlag(&spec.Tables)
		key := c.perturbFlags(&spec)
		c.flags.IntVar(&spec.Min, "min", 10, "the smallest `count` that is shown; 0 shows all")
		c.flags.StringVar(&spec.Total, "total", "Total", "the `word` that stands for all values of a column")
		out := c.flags.String("o", "", "write to `FILE` and not to standard output")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if len(spec.Tables) == 0 {
			return usageError{"--by is missing", "--by month,district"}
		}
		if err := c.readSecret(*key, &spec); err != nil {
			return err
		}
		t, err := c.sensitive(ctx, c.args[0], protect.ReadOptions{Columns: columnsOf(spec.Tables, spec.ID)})
		if err != nil {
			return c.blameProtect(err)
		}
		p, err := protect.Perturb(ctx, t, spec)
		if err != nil {
			return c.blameProtect(err)
		}
		if err := c.publishTables(*out, p.Tables); err != nil {
			return err
		}
		c.noteWarnings(p.Warnings)
		return nil
	},
}

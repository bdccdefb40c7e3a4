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

// recordFlags are how a file of records is read, as Synthetic Data Showcase reads it.
type recordFlags struct {
	columns, zeros []string
	blankZeros     bool
	split          []string
}

func (c *call) recordFlags() *recordFlags {
	f := &recordFlags{}
	c.listFlag(&f.columns, "columns", "use only these `columns`")
	c.flags.BoolVar(&f.blankZeros, "blank-zeros", false, "read the value 0 as missing")
	c.listFlag(&f.zeros, "sensitive-zeros", "but not in these `columns`, where 0 says something")
	c.repeated(&f.split, "multi-value", "a `COLUMN;` of several values, with what is between them: it becomes a column a value")
	return f
}

// readRecords reads a file of records.
func (c *call) readRecords(ctx context.Context, name string, f *recordFlags) (*protect.Table, error) {
	opt := protect.ReadOptions{BlankZeros: f.blankZeros, SensitiveZeros: f.zeros, Columns: f.columns}
	t, err := c.sensitive(ctx, name, opt)
	if err != nil {
		return nil, c.blameProtect(err)
	}
	for _, s := range f.split {
		// The delimiter is the last character, since a column's name may hold any.
		if len(s) < 2 {
			return nil, usageError{fmt.Sprintf("--multi-value %q", s), "a column and what is between its values, as needs;"}
		}
		if t, err = t.SplitValues(s[:len(s)-1], s[len(s)-1:]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

var protectAggregateCommand = command{
	name: "protect aggregate",
	line: "count combinations of values, rounded so that no small group shows",
	help: `plumbline protect aggregate FILE.csv [--k 10] [--length 3] [-o OUT.tsv]

  plumbline protect aggregate cases.csv --k 10 -o aggregates.tsv

Every combination of up to LENGTH values is counted, rounded down to a multiple
of K, and left out where that is 0. The file is one that Synthetic Data
Showcase reads. It is for one release of one set of data: see protect
synthesise, with which it belongs.`,
	run: func(ctx context.Context, c *call) error {
		var spec protect.AggregateSpec
		c.flags.IntVar(&spec.K, "k", 10, "the smallest `group` that may be shown")
		c.flags.IntVar(&spec.Length, "length", 3, "the longest `combination` that is counted")
		records := c.recordFlags()
		out := c.flags.String("o", "", "write to `FILE` and not to standard output")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		t, err := c.readRecords(ctx, c.args[0], records)
		if err != nil {
			return err
		}
		a, err := protect.Aggregate(ctx, t, spec)
		if err != nil {
			return c.blameProtect(err)
		}
		if err := c.publish(*out, a.WriteTSV); err != nil {
			return err
		}
		c.note(fmt.Sprintf("%s of about %d records", more(len(a.Counts), "combination", "combinations"), a.Records))
		return nil
	},
}

// marginalsFlags registers what differential privacy wants; budget is a file.
func (c *call) marginalsFlags(spec *protect.MarginalsSpec) (budget *string) {
	c.flags.Float64Var(&spec.Epsilon, "epsilon", 0, "the privacy `loss`: how much one record may change the odds of an output, as a power of e; 1 protects well, 10 hardly")
	c.flags.Float64Var(&spec.Delta, "delta", 0, "the `chance` that epsilon does not hold; without it, the largest that is allowed")
	return c.flags.String("budget", "", "the `LEDGER` of what these records may lose and have lost, made by plumbline protect budget")
}

// spending opens the budget for a command that spends of it.
func (c *call) spending(name string, spec *protect.MarginalsSpec) (done func(), err error) {
	switch {
	case spec.Epsilon == 0:
		return nil, usageError{"--epsilon is missing", "--epsilon 1"}
	case name == "":
		return nil, usageError{"--budget is missing", "plumbline protect budget cases.budget --epsilon 4 --delta 1e-6 --data \"cases of 2025\" makes one for a set of records"}
	}
	b, err := protect.OpenBudget(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	spec.Budget, spec.On = b, today()
	return b.Close, nil
}

// refuse turns a refusal to spend into the answer no.
func (c *call) refuse(err error) error {
	if errors.Is(err, protect.ErrOverspent) {
		complain(c.err, oneLine(err.Error()), "nothing was looked at or written; a smaller epsilon may be left: plumbline protect budget shows it")
		return errNo
	}
	return c.blameProtect(err)
}

// noteSpent says what a release has cost and what is left.
func (c *call) noteSpent(m *protect.NoisyMarginals, b *protect.Budget) {
	c.note(fmt.Sprintf("epsilon %v at delta %.2g is spent, in all %.4g of %.4g", m.Epsilon, m.Delta, b.Total(), b.Epsilon))
	c.noteWarnings(m.Warnings)
}

var protectMarginalsCommand = command{
	name: "protect marginals",
	line: "count combinations of values under differential privacy",
	help: `plumbline protect marginals FILE.csv --epsilon 1 --budget LEDGER [--delta D] [--min 10] [--length 3] [-o OUT.tsv]

  plumbline protect budget cases.budget --epsilon 4 --delta 1e-6 --data "cases of 2025"
  plumbline protect marginals cases.csv --epsilon 1 --budget cases.budget -o march.tsv

Counts get noise, so that nobody can tell from them whether one record is in
the data, whatever else they know. Each release spends of the LEDGER, before
anything is counted and for good, the same one twice as well; what would
overspend it is refused. Counts under MIN are left out after that: noise alone
does not hide that a group is small. --json prints what a statement should say.`,
	run: func(ctx context.Context, c *call) error {
		spec := protect.MarginalsSpec{}
		budget := c.marginalsFlags(&spec)
		c.flags.IntVar(&spec.Min, "min", 10, "the smallest noisy `count` that is shown; 0 shows all that were kept")
		c.flags.IntVar(&spec.Length, "length", 3, "the longest `combination` that is counted")
		c.flags.StringVar(&spec.Release, "release", "", "the `name` for the ledger; that of the file written if it is not given")
		records := c.recordFlags()
		asJSON := c.flags.Bool("json", false, "print one JSON object, with the counts")
		out := c.flags.String("o", "", "write to `FILE` and not to standard output")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		t, err := c.readRecords(ctx, c.args[0], records)
		if err != nil {
			return err
		}
		if err := t.Writable(); err != nil {
			return err
		}
		done, err := c.spending(*budget, &spec)
		if err != nil {
			return err
		}
		defer done()
		if spec.Release == "" {
			spec.Release = nameOf(*out, "marginals")
		}
		m, err := protect.Marginals(ctx, t, spec)
		if err != nil {
			return c.refuse(err)
		}
		write := m.WriteTSV
		if *asJSON {
			write = func(w io.Writer) error { return printJSON(w, m) }
		}
		if err := c.publish(*out, write); err != nil {
			return err
		}
		c.noteSpent(m, spec.Budget)
		return nil
	},
}

func nameOf(file, or string) string {
	if file == "" || file == "-" {
		return or
	}
	return file
}

var protectSynthesiseCommand = command{
	name: "protect synthesise",
	line: "make rows that describe records without being any of them",
	help: `plumbline protect synthesise FILE.csv [--k 10] [--seed 1] [-o OUT.csv]
plumbline protect synthesise FILE.csv --dp --epsilon 1 --budget LEDGER [--min 10] [-o OUT.csv]
plumbline protect synthesise AGGREGATES.tsv --from-counts a,b,c [-o OUT.csv]

  plumbline protect synthesise cases.csv --k 10 -o synthetic.csv

Every filled part of every row made is shared by at least K of the records, so
no rare combination can appear. It is for one release of one set of data: two
releases of data that changed a little can be compared. --dp makes rows under
differential privacy instead, as protect marginals does counts, which may be
done again until the LEDGER is spent. --from-counts makes rows of these columns
from a file of counts that is published already, and looks at nothing else.
Try the result with plumbline protect risk before it leaves.`,
	run: protectSynthesise,
}

func protectSynthesise(ctx context.Context, c *call) error {
	var spec protect.SynthesisSpec
	var noisy protect.MarginalsSpec
	var header []string
	c.flags.IntVar(&spec.K, "k", 10, "the smallest `group` that may be shown")
	c.flags.IntVar(&spec.Length, "length", 3, "the longest `combination` whose count is aimed at")
	c.flags.Uint64Var(&spec.Seed, "seed", 1, "makes the run repeatable; it is no secret")
	dp := c.flags.Bool("dp", false, "under differential privacy: wants --epsilon and --budget")
	budget := c.marginalsFlags(&noisy)
	c.flags.IntVar(&noisy.Min, "min", 10, "with --dp: the smallest noisy `count` that rows are made from")
	c.listFlag(&header, "from-counts", "make rows of these `columns` from a file of counts")
	records := c.recordFlags()
	long := c.flags.Bool("long", false, "write a line for each field: Id, Attribute, Value, AttributeValue")
	out := c.flags.String("o", "", "write to `FILE` and not to standard output")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if !*dp && (noisy.Epsilon != 0 || *budget != "") {
		return usageError{"--epsilon and --budget go with --dp", "plumbline protect synthesise FILE.csv --dp --epsilon 1 --budget LEDGER"}
	}
	s, err := func() (*protect.Synthesis, error) {
		if header != nil {
			f, err := os.Open(c.args[0])
			if err != nil {
				return nil, fileError(c.args[0], err)
			}
			defer f.Close()
			a, err := protect.ReadAggregates(untilDone{ctx, f}, c.args[0])
			if err == nil && !a.Protected {
				err = fmt.Errorf("%s: these counts are exact, and rows made from them would tell as much", c.args[0])
			}
			if err != nil {
				return nil, err
			}
			return protect.SynthesiseMarginals(ctx, a, header, spec.Seed)
		}
		t, err := c.readRecords(ctx, c.args[0], records)
		if err != nil {
			return nil, err
		}
		if !*dp {
			return protect.Synthesise(ctx, t, spec)
		}
		done, err := c.spending(*budget, &noisy)
		if err != nil {
			return nil, err
		}
		defer done()
		noisy.Length, noisy.Release = spec.Length, nameOf(*out, "rows")
		m, err := protect.Marginals(ctx, t, noisy)
		if err != nil {
			return nil, err
		}
		c.noteSpent(m, noisy.Budget)
		return protect.SynthesiseMarginals(ctx, &m.Aggregates, t.Header(), spec.Seed)
	}()
	if err != nil {
		return c.refuse(err)
	}
	write := s.Rows.WriteCSV
	if *long {
		write = s.Rows.WriteLong
	}
	if err := c.publish(*out, func(w io.Writer) error { return write(w, ',') }); err != nil {
		return err
	}
	c.note(fmt.Sprintf("%d rows were made from about %d records", s.SyntheticRows, s.Records))
	c.noteWarnings(s.Warnings)
	return nil
}

var protectBudgetCommand = command{
	name: "protect budget",
	line: "make the ledger of a privacy budget, or show what is spent of it",
	help: `plumbline protect budget LEDGER [--epsilon 4 --delta 1e-6 --data "cases of 2025"]

  plumbline protect budget cases.budget --epsilon 4 --delta 1e-6 --data "cases of 2025"
  plumbline protect budget cases.budget

One LEDGER for one set of records: what all releases of them together may lose.
Keep it in one place, since two people who each hold a copy can each spend it.`,
	run: func(_ context.Context, c *call) error {
		epsilon := c.flags.Float64("epsilon", 0, "the `loss` that is allowed to all releases together; 1 protects well, 10 hardly")
		delta := c.flags.Float64("delta", 1e-6, "the `chance` that epsilon does not hold")
		data := c.flags.String("data", "", "which records, in `words`")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		name := c.args[0]
		if *epsilon != 0 || *data != "" {
			if strings.TrimSpace(*data) == "" {
				return usageError{"--data is missing", `--data "cases of 2025": which records the ledger is for`}
			}
			b, err := protect.NewBudget(*data, *epsilon, *delta)
			if err != nil {
				return err
			}
			if err := protect.CreateBudget(name, b); err != nil {
				return fileError(name, err)
			}
		}
		b, err := protect.OpenBudget(name)
		if err != nil {
			return fileError(name, err)
		}
		defer b.Close()
		if *asJSON {
			return printJSON(c.out, struct {
				*protect.Budget
				Total float64 `json:"total"`
			}{b, b.Total()})
		}
		return tellBudget(c, b)
	},
}

func tellBudget(c *call, b *protect.Budget) error {
	fmt.Fprintf(c.out, "%s: epsilon %.4g of %.4g is spent, at delta %.2g.\n", b.Data, b.Total(), b.Epsilon, b.Delta)
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	for _, s := range b.Spent {
		fmt.Fprintf(w, "%s\t%s\trho %.4g\tdelta %.2g\n", s.On, s.Release, s.Rho, s.Delta)
	}
	return w.Flush()
}

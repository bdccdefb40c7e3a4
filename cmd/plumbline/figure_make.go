package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"plumbline/figure"
	"plumbline/internal/exchange"
	"plumbline/protect"
)

var figureMakeCommand = command{
	name: "figure make",
	line: "make a release of a protected table or of made-up rows: statement, risk report, files",
	help: `plumbline figure make TABLE.csv --by a,b [--count n] --min 10 --title … --definition … --numerator … [--denominator …]
    --unit … --period … --population … --approver KEY --approver KEY [--path PATH …] -o RELEASE
plumbline figure make RESULT.json --path estimate --title … … -o RELEASE

  plumbline figure make cases.csv --by year,outcome --count n --min 10 --title "People met" \
    --definition "People met in operations" --numerator "people met" --unit people --period 2025 \
    --population "operations of the coalition" --approver ana.pub --approver bo.pub -o met-2025

RELEASE is a folder, or one file when its name ends in .zip. The small counts
are hidden as protect table hides them, and the result is attacked: what is not
safe is not written. --path says another way out: perturbation (protect perturb;
wants --record and --key), k-synthetic (rows of the columns --by, with rounded
counts) or dp (rows and noisy counts; wants --epsilon and --budget). What was
found with the records at hand then goes to RELEASE.risk: keep it with the data.
A unit such as percent needs a denominator. --value quotes a number from the
table: "outcome=home", or "outcome=home of all" as a part of something; all for
one estimate. --interval gives it its limits: wilson:0.95 as a share of a sample,
"bounds:answer=cannot tell" as what it can be whatever is true of that cell.
RESULT.json is what plumbline estimate prints with --json: the number, its
limits, level, method, version and seed are taken from there. Fewer people than
--people behind an estimate, or fewer cases than --min, are refused or hidden. A
release of a series that readers have is given with --earlier, and with
--earlier-data after it when it was made from other data. The key of the
commitment to TABLE.csv goes to RELEASE.input-key: keep it with the data.`,
	run: figureMake,
}

// An order is a release as the flags of figure make ask for it.
type order struct {
	figure.MakeSpec
	figures figure.Figures
	path    string
	min     int

	tables          [][]string
	perturb         protect.PerturbSpec
	noisy           protect.MarginalsSpec
	length          int
	key, budget     *string // files
	approve, values []string
	interval        string
	people          int
	question        string
	earlier         []dated
	supersedes, out string
}

// pathFlags are the flags that belong to some paths only.
var pathFlags = map[string][]string{
	"count": {figure.Suppression}, "hide-zeros": {figure.Suppression}, "total": {figure.Suppression, figure.Perturbation},
	"record": {figure.Perturbation}, "key": {figure.Perturbation}, "spread": {figure.Perturbation}, "variance": {figure.Perturbation}, "no-small": {figure.Perturbation},
	"length": {figure.KSynthetic, figure.DP},
	"people": {figure.Estimated}, "question": {figure.Estimated},
	"interval": {figure.Suppression, figure.Perturbation, figure.KSynthetic, figure.DP},
	"epsilon":  {figure.DP}, "delta": {figure.DP}, "budget": {figure.DP},
}

// releaseFlags registers the flags of figure make.
func (c *call) releaseFlags() *order {
	o := &order{}
	d := &o.figures.Definition
	c.flags.StringVar(&o.path, "path", figure.Suppression, "the `way` out: suppression, perturbation, k-synthetic, dp or estimate")
	c.tablesFlag(&o.tables)
	c.flags.StringVar(&o.Suppress.Count, "count", "", "the `column` of counts; without it each row is one record")
	c.flags.IntVar(&o.min, "min", 10, "the smallest `count`, or group, that may be shown")
	c.flags.IntVar(&o.min, "k", 10, "the same as --min (`count`)")
	c.flags.StringVar(&o.Suppress.Total, "total", "Total", "the `word` that stands for all values of a column")
	c.flags.BoolVar(&o.Suppress.HideZeros, "hide-zeros", false, "hide empty cells like small ones")
	o.key = c.perturbFlags(&o.perturb)
	c.flags.IntVar(&o.length, "length", 3, "rows: the longest `combination` that is counted")
	o.budget = c.marginalsFlags(&o.noisy)
	c.flags.StringVar(&o.Release.ID, "id", "", "the release's `id`; the name of RELEASE if it is not given")
	c.flags.StringVar(&o.figures.Series, "series", "", "the `series` it belongs to; its id if it is not given")
	c.flags.StringVar(&o.Release.Title, "title", "", "its `title`")
	c.flags.StringVar(&d.Text, "definition", "", "what is counted, in a `sentence`")
	c.flags.StringVar(&d.Numerator, "numerator", "", "`who` is counted")
	c.flags.StringVar(&d.Denominator, "denominator", "", "of `whom`; needed where the unit is a part of something")
	c.flags.StringVar(&d.Unit, "unit", "", "the `unit`: people, percent, share, \"per 1000 arrests\"")
	c.flags.StringVar(&d.Period, "period", "", "the `period`")
	c.flags.StringVar(&d.Basis, "basis", "event", "what puts a case in the period: `event`, registration, report")
	c.flags.StringVar(&d.Population, "population", "", "the `population` that the data cover")
	c.flags.StringVar(&d.Rule, "rule", "1", "the `version` of the rule by which it is counted")
	c.repeated(&d.Exclusions, "exclude", "`who` is left out; may be given again")
	c.repeated(&o.values, "value", "quote this `cell`, as outcome=home or \"outcome=home of all\"; may be given again")
	c.flags.StringVar(&o.interval, "interval", "", "the interval of each value: `wilson:0.95`, or bounds:CELL with the cell of those of whom it is not known")
	c.flags.IntVar(&o.people, "people", figure.UsualPeople, "estimates: how many `people` must stand behind each")
	c.flags.StringVar(&o.question, "question", "", "estimates: the `command` that gives them again")
	c.flags.IntVar(&o.Places, "places", 1, "decimal `places` of values that are parts of something, and of estimates")
	c.repeated(&o.approve, "approver", "the public `key` of one who may approve, or a file of it; two or more")
	c.earlierFlags(&o.earlier, "a `RELEASE` that readers have")
	c.flags.StringVar(&o.supersedes, "supersedes", "", "the `RELEASE` that this one corrects; give --reason too")
	c.flags.StringVar(&o.Release.Reason, "reason", "", "`why` it is corrected")
	c.flags.StringVar(&o.Licence, "licence", "CC-BY-4.0", "the `licence` of the tables")
	c.repeated(&o.Sources, "source", "where the data are from, in `words`; may be given again")
	c.flags.StringVar(&o.out, "o", "", "the `RELEASE` to write: a new folder, or a name that ends in .zip")
	return o
}

// fill checks the flags against each other and sets what follows from them.
func (o *order) fill(c *call) error {
	var stray error
	c.flags.Visit(func(f *flag.Flag) {
		if of := pathFlags[f.Name]; of != nil && !slices.Contains(of, o.path) {
			stray = usageError{fmt.Sprintf("--%s goes with --path %s, and this is %s", f.Name, strings.Join(of, " or "), o.path), ""}
		}
	})
	paths := []string{figure.Suppression, figure.Perturbation, figure.KSynthetic, figure.DP, figure.Estimated}
	rows := o.path == figure.KSynthetic || o.path == figure.DP
	switch {
	case !slices.Contains(paths, o.path):
		return usageError{fmt.Sprintf("--path %q", o.path), strings.Join(paths, ", ")}
	case stray != nil:
		return stray
	case o.path == figure.Estimated && len(o.tables) > 0:
		return usageError{"--by goes with a table, and this is the result of an estimate", "plumbline estimate … --by, whose result has its groups"}
	case len(o.tables) == 0 && o.path != figure.Estimated:
		return usageError{"--by is missing", "--by year,district"}
	case rows && len(o.tables) > 1:
		return usageError{"--by is given twice, and rows are made once", "all columns of the rows in one --by"}
	}
	if err := isNew(o.out); err != nil {
		return err
	}
	if o.Release.ID == "" {
		o.Release.ID = filepath.Base(o.bare())
	}
	if o.figures.Series == "" {
		o.figures.Series = o.Release.ID
	}
	if len(o.Sources) == 0 {
		o.Sources = []string{"Records that the publisher holds and that are not public"}
	}
	var err error
	if o.Release.Approvers, err = approvers(o.approve); err != nil {
		return err
	}
	if o.figures.Values, err = quoted(o.values, o.interval); err != nil {
		return err
	}
	switch o.path {
	case figure.Suppression:
		o.Suppress.Tables, o.Suppress.Min = o.tables, o.min
	case figure.Perturbation:
		o.perturb.Tables, o.perturb.Min, o.perturb.Total = o.tables, o.min, o.Suppress.Total
		err = c.readSecret(*o.key, &o.perturb)
		o.Perturb = &o.perturb
	case figure.KSynthetic:
		o.Synthesise = &protect.SynthesisSpec{K: o.min, Length: o.length}
	case figure.DP:
		o.noisy.Min, o.noisy.Length = o.min, o.length
		o.Marginals = &o.noisy
	}
	return err
}

// bare is the name of the release without .zip.
func (o *order) bare() string { return strings.TrimSuffix(o.out, ".zip") }

// readEarlier opens the releases that readers have, the corrected one among them.
func (o *order) readEarlier(ctx context.Context, c *call, columns []string) error {
	for _, d := range o.earlier {
		var e figure.EarlierRelease
		var err error
		if e.Files, err = release(d.name); err != nil {
			return err
		}
		if d.data != "" {
			if e.Data, err = c.sensitive(ctx, d.data, protect.ReadOptions{Columns: columns}); err != nil {
				return err
			}
		}
		o.Earlier = append(o.Earlier, e)
	}
	if o.supersedes == "" {
		return nil
	}
	old, err := release(o.supersedes)
	if err != nil {
		return err
	}
	ref, err := old.Reference()
	if err != nil {
		return fmt.Errorf("%s: %w", o.supersedes, err)
	}
	o.Release.Supersedes = &ref
	if !slices.ContainsFunc(o.Earlier, func(e figure.EarlierRelease) bool {
		was, err := e.Files.Reference()
		return err == nil && was == ref
	}) {
		o.Earlier = append(o.Earlier, figure.EarlierRelease{Files: old})
	}
	return nil
}

func figureMake(ctx context.Context, c *call) error {
	o := c.releaseFlags()
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := o.fill(c); err != nil {
		return err
	}
	columns := columnsOf(o.tables, o.Suppress.Count, o.perturb.ID)
	if err := o.readEarlier(ctx, c, columns); err != nil {
		return err
	}
	var err error
	if o.Input, err = readInput(ctx, c.in, c.args[0]); err != nil {
		return err
	}
	if len(o.Input) > exchange.MaxFile {
		return fmt.Errorf("%s is larger than %d bytes", c.args[0], exchange.MaxFile)
	}
	var t *protect.Table
	if o.path == figure.Estimated {
		err = o.readEstimates(c)
	} else {
		t, err = protect.ReadTable(bytes.NewReader(o.Input), c.args[0], protect.ReadOptions{Columns: columns})
	}
	if err != nil {
		return c.blameProtect(err)
	}
	if o.path == figure.DP {
		done, err := c.spending(*o.budget, &o.noisy)
		if err != nil {
			return err
		}
		defer done()
	}
	o.Nonce = make([]byte, 32)
	rand.Read(o.Nonce)
	o.Release.Made, o.figures.Software, o.Release.Figures = today(), software(), &o.figures
	made, err := figure.Make(ctx, t, o.MakeSpec)
	if errors.Is(err, figure.ErrUnsafe) {
		hint := "nothing was written; fewer columns may help"
		if o.path == figure.Estimated {
			hint = "nothing was written; ask of more people, or of fewer groups"
		}
		if o.path == figure.Suppression {
			hint = "nothing was written; fewer columns, or --hide-zeros, may help"
		}
		complain(c.err, oneLine(err.Error()), hint)
		return errNo
	}
	if err != nil {
		return c.refuse(err)
	}
	if err := secret(o.bare()+".input-key", hex.EncodeToString(o.Nonce)+"\n"); err != nil {
		return err
	}
	if made.Report != nil {
		var text bytes.Buffer
		if err := printJSON(&text, made.Report); err != nil {
			return err
		}
		if err := secret(o.bare()+".risk", text.String()); err != nil {
			return err
		}
	}
	if err := made.Files.Write(o.out); err != nil {
		return fileError(o.out, err)
	}
	if made.Protected != nil {
		c.noteHidden(made.Protected)
	} else {
		c.noteWarnings(made.Warnings)
	}
	if b := o.noisy.Budget; b != nil {
		c.note(fmt.Sprintf("epsilon %v is spent, in all %.4g of %.4g", o.noisy.Epsilon, b.Total(), b.Epsilon))
	}
	_, err = fmt.Fprintf(c.out, "%s is made, and waits for two approvals.\n", o.out)
	return err
}

// readEstimates takes the estimates from the result of plumbline estimate.
func (o *order) readEstimates(c *call) (err error) {
	if o.Estimate, err = figure.ReadEstimates(o.Input); err != nil {
		if e, ok := errors.AsType[*protect.InputError](err); ok {
			e.File = c.args[0]
		}
		return err
	}
	s := o.Estimate
	s.People, s.Cases, s.Question = o.people, o.min, o.question
	c.flags.Visit(func(f *flag.Flag) {
		if f.Name == "places" {
			s.Places = o.Places
		}
	})
	if unit := o.figures.Definition.Unit; s.Unit != "" && s.Unit != unit {
		return usageError{fmt.Sprintf("--unit %q, and the result is in %s", unit, s.Unit), "--unit \"" + s.Unit + "\""}
	}
	return nil
}

// quoted reads values to quote: cells, what they are a part of, and how to find the interval of each.
func quoted(texts []string, interval string) (values []figure.Value, err error) {
	cell := func(text string) (map[string]string, error) {
		at := map[string]string{}
		if text == "all" {
			return at, nil
		}
		for _, pair := range strings.Split(text, ",") {
			column, value, ok := strings.Cut(pair, "=")
			if !ok || at[column] != "" {
				return nil, usageError{fmt.Sprintf("--value %.80q", text), `columns and their values, as outcome=home,year=2025, or all`}
			}
			at[column] = value
		}
		return at, nil
	}
	for _, text := range texts {
		var v figure.Value
		count, of, isPart := strings.Cut(text, " of ")
		if v.Cell, err = cell(count); err != nil {
			return nil, err
		}
		if isPart {
			if v.Of, err = cell(of); err != nil {
				return nil, err
			}
		}
		switch how, of, _ := strings.Cut(interval, ":"); how {
		case "":
		case figure.Wilson:
			v.Interval = &figure.Interval{Kind: figure.Confidence, Level: cmp.Or(of, "0.95"), Method: figure.Wilson}
		case figure.Bounds:
			v.Interval = &figure.Interval{Kind: figure.Bounds}
			if v.Interval.Open, err = cell(of); err != nil {
				return nil, err
			}
		default:
			return nil, usageError{fmt.Sprintf("--interval %.80q", interval), `wilson:0.95, or bounds:answer=cannot tell`}
		}
		values = append(values, v)
	}
	return values, nil
}

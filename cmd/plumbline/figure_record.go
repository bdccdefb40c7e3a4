package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/locale"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

// english words a figure for the command line.
var english = locale.Languages[0]

// figureSite opens the site; without one, the public record alone, which is
// then what figures count.
func (c *call) figureSite(ctx context.Context, conf *settings, f *store.Filter) (db *store.DB, done func(), err error) {
	if err := conf.finish(c); err != nil {
		return nil, nil, err
	}
	if !conf.nowhere() {
		db, err := conf.look(ctx, c)
		if err != nil {
			return nil, nil, err
		}
		return db, func() { db.Close() }, nil
	}
	c.note("there is no site in " + conf.Database + "; these figures are of the public record")
	dir, err := os.MkdirTemp("", "plumbline-")
	if err != nil {
		return nil, nil, err
	}
	protocols, err := conf.protocols()
	if err == nil {
		db, err = store.Open(ctx, store.Options{Address: filepath.Join(dir, "record.db"), Protocols: protocols, Claims: exchange.Claims()})
	}
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	done = func() { db.Close(); os.RemoveAll(dir) }
	if err := rig.PublicRecord(ctx, db); err != nil {
		done()
		return nil, nil, err
	}
	f.Origin = "public_record"
	return db, done, nil
}

// figureFilter registers the flags that say over which operations a figure is.
func (c *call) figureFilter(f *store.Filter) (finish func() error) {
	from := c.flags.String("from", "", "only what began on or after this `date`: 2025, 2025-03 or 2025-03-01")
	until := c.flags.String("to", "", "only what began on or before this `date`")
	kind := c.flags.String("kind", "", "only operations of this `kind`")
	origin := c.flags.String("origin", "", "only records of this `origin`: site, fictional, public_record (default: all but the public record)")
	unit := c.flags.String("unit", "", "only operations of this `unit`")
	area := c.flags.String("area", "", "only what is told of this `area`: of no operation, unit or training")
	c.flags.StringVar(&f.Country, "country", "", "only operations in this `country`")
	return func() error {
		f.Unit, f.Area, f.Kind, f.Origin = plumbline.ID(*unit), plumbline.ID(*area), plumbline.OperationKind(*kind), plumbline.Origin(*origin)
		for _, w := range []struct {
			flag, is string
			words    []string
		}{{"kind", *kind, f.Kind.Values()}, {"origin", *origin, f.Origin.Values()}} {
			if w.is != "" && !slices.Contains(w.words, w.is) {
				return usageError{fmt.Sprintf("--%s %q", w.flag, w.is), "one of " + strings.Join(w.words, ", ")}
			}
		}
		var err1, err2 error
		if *from != "" {
			f.From, _, err1 = dates("from", *from)
		}
		if *until != "" {
			_, f.Until, err2 = dates("to", *until)
		}
		if !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) {
			return usageError{"--to is before --from", "--from 2024 --to 2025"}
		}
		return errors.Join(err1, err2)
	}
}

// dates reads a year, a month or a day, and returns its first moment and the
// first after it.
func dates(flag, text string) (first, after time.Time, err error) {
	w, err := plumbline.ParseWhen(text)
	first, ok1 := w.Earliest()
	after, ok2 := w.Latest()
	if err != nil || !ok1 || !ok2 || strings.ContainsAny(text, "~/T") {
		return first, after, usageError{fmt.Sprintf("--%s %q is no date", flag, text), "2025, 2025-03 or 2025-03-01"}
	}
	return first, after, nil
}

// definitionOf returns the figure with a name that was given, or that a file
// defines.
func (c *call) definitionOf(ctx context.Context, name string) (*plumbline.Definition, error) {
	if strings.HasSuffix(name, ".json") {
		data, err := readInput(ctx, c.in, name)
		if err != nil {
			return nil, err
		}
		d, err := plumbline.ReadDefinition(data)
		if err != nil {
			return nil, fileError(name, err)
		}
		return d, nil
	}
	d := plumbline.FindDefinition(name)
	if d == nil {
		return nil, usageError{fmt.Sprintf("there is no figure %q", name), "plumbline figure list shows the names"}
	}
	return d, nil
}

// A toldFigure is a figure as the commands write it.
type toldFigure struct {
	Figure      string                 `json:"figure"`
	Title       string                 `json:"title"`
	Side        plumbline.FigureSide   `json:"side"`
	Version     int                    `json:"version"`
	Unit        plumbline.FigureUnit   `json:"unit"`
	Numerator   string                 `json:"numerator"`
	Denominator string                 `json:"denominator,omitempty"`
	Basis       string                 `json:"basis"`
	Excludes    []string               `json:"excludes"`
	Value       *plumbline.FigureValue `json:"value"`
}

func tellFigure(d *plumbline.Definition, v *plumbline.FigureValue) toldFigure {
	t := toldFigure{Figure: d.Name, Title: english.T("figure." + d.Name), Side: d.Side, Version: d.Version, Unit: d.Unit,
		Numerator: english.T("figure_counts." + d.Name), Basis: english.T("basis." + string(d.Basis)), Excludes: []string{}, Value: v}
	if d.Of != "" {
		t.Denominator = english.T("figure_of." + d.Of)
	}
	if d.Title != "" { // it is of a file
		t.Title, t.Numerator, t.Denominator = d.Title, d.Counts, d.OfWhom
	}
	for _, x := range excludes(d) {
		t.Excludes = append(t.Excludes, english.T("figure_excludes."+x))
	}
	return t
}

// excludes lists who is left out of a figure.
func excludes(d *plumbline.Definition) []string {
	if !d.OfOperations() {
		return d.Excludes
	}
	return append(slices.Clone(d.Excludes), "series", "public")
}

var figureListCommand = command{
	name: "figure list",
	line: "list the figures that the record can tell, with their present value",
	help: `plumbline figure list [--db …] [--from D --to D --country C --unit U --area A --kind K --origin O] [--json]

  plumbline figure list --db site.db --from 2025 --to 2025

Each figure is shown with the range in which it lies given what nobody has told,
and with how many of the cases tell. What is not known is never zero. Operations
of the public record are counted with --origin public_record; without a site
they are all there is.`,
	run: func(ctx context.Context, c *call) error {
		var f store.Filter
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db")
		finish := c.figureFilter(&f)
		if err := c.parse(0, 0); err != nil {
			return err
		}
		if err := finish(); err != nil {
			return err
		}
		db, done, err := c.figureSite(ctx, conf, &f)
		if err != nil {
			return err
		}
		defer done()
		list, scope, err := db.Figures(ctx, operator, f)
		if err != nil {
			return err
		}
		if *asJSON {
			rows := make([]toldFigure, len(list))
			for i, s := range list {
				rows[i] = tellFigure(s.Definition, s.FigureValue)
			}
			return printJSON(c.out, map[string]any{"scope": scope, "figures": rows, "official": []string{exchange.NRM().Name}})
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "FIGURE\tVALUE\tTOLD BY\tSIDE\tWHAT")
		for _, s := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Definition.Name, s.FigureValue.Text(s.Definition.Unit), toldBy(s.FigureValue), s.Definition.Side, english.T("figure."+s.Definition.Name))
		}
		nrm := exchange.NRM()
		fmt.Fprintf(w, "%s\tofficial series\t–\t–\t%s\n", nrm.Name, nrm.Definition.Text)
		if err := w.Flush(); err != nil {
			return err
		}
		tellScope(c, scope)
		return nil
	},
}

// toldBy says how many cases tell, and how many the range leaves out.
func toldBy(v *plumbline.FigureValue) string {
	text := fmt.Sprintf("%d of %d", v.Told, v.Cases)
	if v.Unbounded > 0 {
		text += fmt.Sprintf(", %d left out", v.Unbounded)
	}
	return text
}

// tellScope says over what was counted.
func tellScope(c *call, s store.FigureScope) {
	fmt.Fprintf(c.out, "\nOver %s", more(s.Operations, "case", "cases"))
	if s.Series > 0 {
		fmt.Fprintf(c.out, "; left out: %s of several operations", more(s.Series, "entry", "entries"))
	}
	if s.Published > 0 {
		fmt.Fprintf(c.out, "; %d of the public record left out", s.Published)
	}
	fmt.Fprintln(c.out, ".")
	if s.Mixed {
		c.note("real and made-up operations are counted together: --origin chooses")
	}
}

var figureShowCommand = command{
	name: "figure show",
	line: "show one figure: what it counts, its value, what is missing, and a breakdown",
	help: `plumbline figure show NAME [--by …] [--db …] [--from D --to D --country C --unit U --area A --kind K --origin O] [--json]

  plumbline figure show accounted-24h --db site.db --by year
  plumbline figure show clinic-contacts --area harbour-district --by quarter
  plumbline figure show nrm-uk
  plumbline figure show mine.json --db site.db

nrm-uk is a published series whose rule changed: its points are shown in pieces
that may not be joined. The figures of the record are listed by figure list. A
figure of one's own is a file: doc/figures.md says what stands in it.`,
	run: func(ctx context.Context, c *call) error {
		var f store.Filter
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		by := c.flags.String("by", "", "break it down by `this`: "+strings.Join(store.FigureBreakdowns(), ", "))
		conf := c.settings("db")
		finish := c.figureFilter(&f)
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if c.args[0] == exchange.NRM().Name {
			return tellOfficial(c, exchange.NRM(), *asJSON)
		}
		d, err := c.definitionOf(ctx, c.args[0])
		if err != nil {
			return err
		}
		var breakdown []string
		if *by != "" {
			breakdown = []string{*by}
		}
		t, done, err := c.figureTable(ctx, conf, d, &f, finish, breakdown)
		if err != nil {
			return err
		}
		defer done()
		if *asJSON {
			groups := []map[string]any{}
			for _, g := range t.Groups {
				groups = append(groups, map[string]any{*by: orNull(g.Keys[0]), "rules": orEmpty(g.Rules), "value": g.FigureValue})
			}
			return printJSON(c.out, struct {
				toldFigure
				Scope  store.FigureScope `json:"scope"`
				Rules  []string          `json:"rules"`
				By     string            `json:"by,omitempty"`
				Groups []map[string]any  `json:"groups"`
				Beside *toldFigure       `json:"beside,omitempty"`
			}{tellFigure(d, t.All.FigureValue), t.Scope, orEmpty(t.All.Rules), *by, groups, tellBeside(t)})
		}
		return tellTable(c, t)
	},
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// figureTable evaluates a figure.
func (c *call) figureTable(ctx context.Context, conf *settings, d *plumbline.Definition, f *store.Filter, finish func() error, by []string) (t *store.FigureTable, done func(), err error) {
	for i, b := range by {
		if !slices.Contains(store.BreakdownsOf(d), b) || slices.Contains(by[:i], b) {
			return nil, nil, usageError{fmt.Sprintf("--by %q", b), "each once, of " + strings.Join(store.BreakdownsOf(d), ", ")}
		}
	}
	if err := finish(); err != nil {
		return nil, nil, err
	}
	db, done, err := c.figureSite(ctx, conf, f)
	if err != nil {
		return nil, nil, err
	}
	if t, err = db.FigureTableOf(ctx, operator, d, *f, by...); err != nil {
		done()
		return nil, nil, err
	}
	return t, done, nil
}

func tellTable(c *call, t *store.FigureTable) error {
	told, v := tellFigure(t.Definition, t.All.FigureValue), t.All.FigureValue
	fmt.Fprintf(c.out, "%s  %s\n\n", told.Figure, told.Title)
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "  counts\t%s\n", told.Numerator)
	if told.Denominator != "" {
		fmt.Fprintf(w, "  of\t%s\n", told.Denominator)
	}
	fmt.Fprintf(w, "  unit\t%s\n  in a period by\t%s\n  rule\tversion %d\n", english.T("figure_unit."+string(told.Unit)), told.Basis, told.Version)
	for _, x := range told.Excludes {
		fmt.Fprintf(w, "  without\t%s\n", x)
	}
	fmt.Fprintf(w, "  value\t%s\n", v.Text(told.Unit))
	if beside := tellBeside(t); beside != nil {
		fmt.Fprintf(w, "  beside it\t%s: %s (%s)\n", beside.Figure, beside.Value.Text(beside.Unit), toldBy(beside.Value))
	}
	if v.Unbounded > 0 {
		fmt.Fprintf(w, "  \twithout %s of which nobody knows how many there were: with them it can be anything\n", more(v.Unbounded, "case", "cases"))
	}
	if v.Value != nil && !v.Exact() {
		fmt.Fprintf(w, "  where it is told\t%s, in %d of %d cases; the others may differ\n", plumbline.Decimal(*v.Value), v.Told, v.Cases)
	}
	for _, m := range v.Missing {
		fmt.Fprintf(w, "  missing\t%s (%s)\n", needName(m.Fact), more(m.Cases, "case", "cases"))
	}
	if len(t.All.Rules) > 1 {
		fmt.Fprintf(w, "  mind\tpeople were put in classes by %s: %s\n", more(len(t.All.Rules), "rule", "rules"), strings.Join(t.All.Rules, "; "))
	}
	for _, b := range t.Definition.Claims {
		fmt.Fprintf(w, "  bears on\t%s\n", b.Claim)
	}
	_ = w.Flush() // to the same writer as the lines before it
	if len(t.By) > 0 {
		fmt.Fprintln(c.out)
		fmt.Fprintf(w, "%s\tVALUE\tTOLD BY\tRULE\n", strings.ToUpper(t.By[0]))
		before := []string(nil)
		for i, g := range t.Groups {
			if i > 0 && t.Definition.Classed && isPeriod(t.By[0]) && !slices.Equal(g.Rules, before) {
				fmt.Fprintf(w, "--\tthe rule %s: what stands above and below may not be joined\t\t\n", map[bool]string{true: "changed", false: "of one side is not told"}[len(before) > 0 && len(g.Rules) > 0])
			}
			before = g.Rules
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", dash(g.Keys[0]), g.FigureValue.Text(told.Unit), toldBy(g.FigureValue), dash(strings.Join(g.Rules, " + ")))
		}
		_ = w.Flush() // as above
	}
	tellScope(c, t.Scope)
	return nil
}

// tellBeside tells the figure without which another is not shown; nil where
// there is none.
func tellBeside(t *store.FigureTable) *toldFigure {
	if t.Beside == nil {
		return nil
	}
	told := tellFigure(t.Beside.Definition, t.Beside.FigureValue)
	return &told
}

func isPeriod(by string) bool { return by == "year" || by == "quarter" || by == "month" }

func needName(fact string) string {
	if strings.HasPrefix(fact, "need.") {
		return english.T(fact)
	}
	return english.T("fact." + fact)
}

// tellOfficial writes a published series in pieces, one a rule.
func tellOfficial(c *call, s *exchange.OfficialSeries, asJSON bool) error {
	if asJSON {
		return printJSON(c.out, s)
	}
	d := s.Definition
	fmt.Fprintf(c.out, "%s  %s\n\n", s.Name, d.Text)
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	for _, f := range [][2]string{{"counts", d.Numerator}, {"of", d.Denominator}, {"unit", d.Unit}, {"period", d.Period}, {"in a period by", d.Basis}, {"of whom", d.Population},
		{"without", strings.Join(d.Exclusions, "; ")}, {"by", s.Publisher}, {"licence", s.Licence}} {
		fmt.Fprintf(w, "  %s\t%s\n", f[0], f[1])
	}
	for i, r := range s.Rules {
		fmt.Fprintf(w, "  rule %d\tfrom %s: %s\n", i+1, r.From, r.Text)
	}
	for _, source := range s.Sources {
		fmt.Fprintf(w, "  source\t%s\n", source)
	}
	_ = w.Flush() // to the same writer as the lines around it
	fmt.Fprintln(c.out)
	fmt.Fprintln(w, "QUARTER\tADULTS\tPOSITIVE\tCHILDREN\tPOSITIVE\tRULE")
	adults, children := s.Of("adult"), s.Of("child")
	for i, p := range adults {
		if i > 0 && !adults[i-1].Joined(p) {
			fmt.Fprintln(w, "--\tthe rule changed: what stands above and below may not be joined\t\t\t\t")
		}
		var rules []string
		for _, r := range p.Rules {
			rules = append(rules, strconv.Itoa(r+1))
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\t%s\n", p.Quarter, p.Decisions(), percent(p), children[i].Decisions(), percent(children[i]), strings.Join(rules, " and "))
	}
	return w.Flush()
}

func percent(p exchange.OfficialPoint) string {
	share, ok := p.Share()
	if !ok {
		return "–"
	}
	return plumbline.Decimal(share) + " %"
}

var figureTableCommand = command{
	name: "figure table",
	line: "write the counts behind a figure as CSV, for protect table and figure make",
	help: `plumbline figure table NAME --by a,b [--margins] [--db …] [--from D --to D --country C --unit U --kind K --origin O]

  plumbline figure table accompanied --by year,kind --db site.db > accompanied.csv
  plumbline figure make accompanied.csv --by year,kind,answer --count n …

Columns: those of --by, then answer (counted, not counted, cannot tell) and n. n
is a number of people or operations, whichever the figure counts; who cannot be
told apart is counted under "cannot tell" as far as anybody knows their number.
figure make adds the margins itself; --margins writes them for reading, as rows
with the word Total. These numbers are not protected: not for publication.`,
	run: func(ctx context.Context, c *call) error {
		var f store.Filter
		var by []string
		c.listFlag(&by, "by", "break it down by these `columns`: "+strings.Join(store.FigureBreakdowns(), ", "))
		margins := c.flags.Bool("margins", false, "also write totals, as rows with the word Total")
		conf := c.settings("db")
		finish := c.figureFilter(&f)
		if err := c.parse(1, 1); err != nil {
			return err
		}
		d, err := c.definitionOf(ctx, c.args[0])
		if err != nil {
			return err
		}
		if len(by) == 0 {
			return usageError{"--by is missing", "--by year,kind"}
		}
		if d.Unit != plumbline.InPeople && d.Unit != plumbline.Percent {
			return usageError{fmt.Sprintf("%s is in %s, and a table holds counts", d.Name, spaced(d.Unit)), "a figure in people or per cent"}
		}
		t, done, err := c.figureTable(ctx, conf, d, &f, finish, by)
		if err != nil {
			return err
		}
		defer done()
		c.note("small counts in this table are not protected; plumbline figure make hides them")
		w := csv.NewWriter(c.out)
		_ = w.Write(append(slices.Clone(by), "answer", "n")) // Error says it
		for _, row := range t.Counts(*margins, nil) {
			_ = w.Write(row)
		}
		w.Flush()
		return w.Error()
	},
}

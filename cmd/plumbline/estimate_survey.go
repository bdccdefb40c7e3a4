package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"plumbline/estimate"
	"plumbline/estimate/survey"
)

var estimateSurveyCommand = command{
	name: "estimate survey",
	line: "a share, mean, total, ratio or quantile from a sample drawn by design",
	help: `plumbline estimate survey FILE.csv --y VAR [--weights W] [--strata S] [--cluster C] [--by VAR] [--json]

  plumbline estimate survey venues.csv --y minor --interval logit --weights w --strata stratum --cluster venue

FILE has a row for each answer; - reads standard input. What is measured is one
of --y (a column, or a comparison such as 'age<18' or 'sex==f'), --ratio NUM/DEN
and --quantile VAR:0.5. --where 'age<18 && city==north' keeps a domain within
the whole design. A stratum with one cluster is handled by --lonely, and the
result says so. --x fits a regression of --y, --with tests its association with
another column.`,
	run: estimateSurvey,
}

// design registers the flags that say how a sample was drawn. The function
// reads what needs reading, once the flags are parsed.
func (c *call) design(d *survey.Design) func(ctx context.Context) error {
	f := c.flags
	f.StringVar(&d.Weights, "weights", "", "the `column` of how many people a row stands for")
	f.StringVar(&d.Strata, "strata", "", "the `column` of strata")
	c.listFlag(&d.Clusters, "cluster", "the `columns` of clusters: first stage, and second")
	c.listFlag(&d.FPC, "fpc", "the `columns` of population sizes, or sampling fractions, a stage each")
	f.BoolVar(&d.Nest, "nest", false, "cluster labels repeat between strata and mean different clusters")
	f.StringVar((*string)(&d.Lonely), "lonely", "", "a stratum with one cluster: adjust (default), certainty, average or fail")
	var tl survey.TimeLocation
	f.StringVar(&tl.Venues, "venues", "", "time-location sampling: venues there are, a `column` or number")
	f.StringVar(&tl.SampledVenues, "sampled-venues", "", "of which sampled, a `column` or number")
	f.StringVar(&tl.Slots, "slots", "", "time slots of the venue, a `column` or number")
	f.StringVar(&tl.SampledSlots, "sampled-slots", "", "of which sampled, a `column` or number")
	f.StringVar(&tl.Present, "present", "", "people present, a `column` or number")
	f.StringVar(&tl.Observed, "observed", "", "of whom observed, a `column` or number")
	f.StringVar(&tl.Visits, "visits", "", "the `column` of how often the person goes to such venues")
	var margins string
	f.StringVar(&margins, "margins", "", "fit the weights to the known totals in this CSV `file`: variable, value, total")
	return func(ctx context.Context) error {
		if tl != (survey.TimeLocation{}) {
			d.TimeLocation = &tl
		}
		if margins == "" {
			return nil
		}
		var err error
		d.Margins, err = c.margins(ctx, margins)
		return err
	}
}

// margins reads known totals of the population.
func (c *call) margins(ctx context.Context, name string) ([]survey.Margin, error) {
	t, err := c.table(ctx, name, []string{"variable", "value", "total"})
	if err != nil {
		return nil, err
	}
	variable, err := t.Text("variable")
	if err != nil {
		return nil, err
	}
	value, err := t.Text("value")
	if err != nil {
		return nil, err
	}
	total, err := t.Numbers("total")
	if err != nil {
		return nil, err
	}
	var out []survey.Margin
	for i := range total {
		switch {
		case variable[i] == "":
			return nil, t.Bad(i, "variable", "it is missing", "the name of a column of the data")
		case value[i] == "":
			return nil, t.Bad(i, "value", "it is missing", "a value of that column")
		case !(total[i] > 0):
			return nil, t.Bad(i, "total", "it is no total", "how many of the population have the value")
		}
		k := slices.IndexFunc(out, func(m survey.Margin) bool { return m.Variable == variable[i] })
		if k < 0 {
			k = len(out)
			out = append(out, survey.Margin{Variable: variable[i], Totals: map[string]float64{}})
		}
		if _, twice := out[k].Totals[value[i]]; twice {
			return nil, t.Bad(i, "value", fmt.Sprintf("%s has a total already", value[i]), "one total a value")
		}
		out[k].Totals[value[i]] = total[i]
	}
	if len(out) == 0 {
		return nil, &estimate.InputError{File: t.Name, Wrong: "there are no totals", Want: "a row for every value of a variable"}
	}
	return out, nil
}

// measured registers the flags that say what is measured.
func (c *call) measured(s *survey.Spec) {
	f := c.flags
	f.StringVar(&s.Y, "y", "", "a `column`, or a comparison that is 1 where it holds")
	f.StringVar(&s.Ratio, "ratio", "", "`NUM/DEN`: the total of one column over that of another")
	f.StringVar((*string)(&s.Stat), "stat", "", "of --y: mean, total or proportion")
	f.StringVar(&s.Where, "where", "", "a domain, as a `comparison`")
	f.StringVar((*string)(&s.Interval), "interval", "", "of a proportion: logit, beta, likelihood, xlogit, asin, mean or wilson")
	f.Float64Var(&s.DesignEffect, "deff", 0, "the design `effect` where nobody, or everybody, has the trait")
	c.says("deff", "that of the weights")
}

func estimateSurvey(ctx context.Context, c *call) error {
	a := c.estimating()
	var s survey.Spec
	var x []string
	var family, with string
	c.measured(&s)
	f := c.flags
	f.StringVar(&s.Quantile, "quantile", "", "`VAR:P`, the smallest value that a share P does not exceed")
	f.StringVar(&s.By, "by", "", "a result for every value of this `column`")
	finish := c.design(&s.Design)
	f.StringVar(&s.Replicates, "replicates", "", "the variance from replicates: jk1, jkn or bootstrap")
	c.listFlag(&s.ReplicateWeights, "replicate-weights", "`columns` of replicate weights that came with the data, or 'rw*'; --replicates (brr too) says how they were made")
	f.Float64Var(&s.ReplicateScale, "replicate-scale", 0, "the `factor` of their squared differences, where their makers give one")
	c.says("replicate-scale", "that of --replicates")
	f.IntVar(&s.Bootstrap, "bootstrap", 500, "samples of the bootstrap")
	f.Uint64Var(&s.Seed, "seed", 1, "of the bootstrap")
	c.listFlag(&x, "x", "fit a regression of --y on these `columns`")
	f.StringVar(&family, "family", "", "of the regression: gaussian or logit")
	f.StringVar(&with, "with", "", "test the association of --y with this `column`")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := c.refuseZero("bootstrap", "deff", "replicate-scale"); err != nil {
		return err
	}
	if c.given("bootstrap") && s.Replicates != "bootstrap" {
		return usageError{"--bootstrap: it is for the variance from replicates; want --replicates bootstrap beside it", ""}
	}
	s.Level, s.Definition, s.Population = a.level, a.definition, a.among
	if family != "" && len(x) == 0 {
		return usageError{"--family: it is for a regression; want --x COLUMNS beside it", ""}
	}
	if len(x) > 0 || with != "" {
		for _, name := range []string{"ratio", "quantile", "stat", "by", "interval", "deff", "replicates", "replicate-weights"} {
			if c.given(name) {
				return usageError{fmt.Sprintf("--%s: it is not for --x and --with; want one or the other", name), ""}
			}
		}
		if len(x) > 0 && with != "" {
			return usageError{"--with: it is given beside --x; want one of them", ""}
		}
		if with != "" && a.plot != "" {
			return usageError{"--plot: a test of association has no picture; want --by for one of the groups", ""}
		}
	}
	if err := a.ready(); err != nil {
		return err
	}
	if err := finish(ctx); err != nil {
		return err
	}
	switch {
	case len(x) > 0:
		return c.regress(ctx, a, survey.RegressSpec{Design: s.Design, Y: s.Y, X: x, Family: family, Where: s.Where, Level: s.Level})
	case with != "":
		return c.associate(ctx, a, survey.AssociateSpec{Design: s.Design, A: s.Y, B: with, Where: s.Where})
	}
	columns, err := s.Columns()
	if err != nil {
		return c.blame(err)
	}
	t, err := c.table(ctx, c.args[0], columns)
	if err != nil {
		return err
	}
	r, err := survey.Fit(ctx, t, s)
	if err != nil {
		return c.blame(err)
	}
	err = c.answer(ctx, a, r, func() estimate.Plot { return r.Plot(s) }, func(w *page) { writeSurvey(w, r) })
	if err == nil && r.N == 0 {
		return errNo
	}
	return err
}

// shown is the way to write numbers of a statistic.
func shown(statistic string) func(estimate.Number) string {
	if statistic == string(survey.Proportion) {
		return share
	}
	return number
}

func writeSurvey(w *page, r *survey.Report) {
	show := shown(r.Statistic)
	w.top(r.Result, show, [][2]string{
		{"statistic", r.Statistic},
		{"variance", r.Variance},
		{"rows", integer(r.N)},
		{"degrees of freedom", integer(r.Degf)},
	}...)
	head := []string{"group", "value", "estimate", "se", "lower", "upper", "deff", "n"}
	valued := slices.ContainsFunc(r.Results, func(g survey.Group) bool { return g.Value != "" })
	words := 2
	var rows [][]string
	for _, g := range r.Results {
		row := []string{g.Group, g.Value, show(g.Estimate), show(g.SE), show(g.Lower), show(g.Upper), number(g.Deff), integer(g.N)}
		if !valued {
			row = slices.Delete(row, 1, 2)
		}
		rows = append(rows, row)
	}
	if !valued {
		head, words = slices.Delete(head, 1, 2), 1
	}
	w.table(fmt.Sprintf("%s, with %g %% limits", r.Statistic, 100*r.Level), words, head, rows)
}

func (c *call) regress(ctx context.Context, a *asked, s survey.RegressSpec) error {
	columns, err := s.Columns()
	if err != nil {
		return c.blame(err)
	}
	t, err := c.table(ctx, c.args[0], columns)
	if err != nil {
		return err
	}
	r, err := survey.Regress(ctx, t, s)
	if err != nil {
		return c.blame(err)
	}
	r.Definition, r.Population = a.definition, a.among
	err = c.answer(ctx, a, r, func() estimate.Plot { return r.Plot(s) }, func(w *page) {
		w.top(r.Result, number, [2]string{"rows", integer(r.N)}, [2]string{"degrees of freedom", integer(r.Df)})
		var rows [][]string
		for _, name := range r.Names {
			rows = append(rows, []string{name, number(r.Coefficients[name]), number(r.SE[name]), number(r.Lower[name]), number(r.Upper[name]), chance(r.P[name])})
		}
		w.table("Regression of "+s.Y, 1, []string{"term", "coefficient", "se", "lower", "upper", "p"}, rows)
	})
	if err == nil && !r.Converged {
		return errNo
	}
	return err
}

func (c *call) associate(ctx context.Context, a *asked, s survey.AssociateSpec) error {
	columns, err := s.Columns()
	if err != nil {
		return c.blame(err)
	}
	t, err := c.table(ctx, c.args[0], columns)
	if err != nil {
		return err
	}
	r, err := survey.Associate(ctx, t, s)
	if err != nil {
		return c.blame(err)
	}
	r.Definition, r.Population = a.definition, a.among
	return c.answer(ctx, a, r, nil, func(w *page) {
		w.top(r.Result, number, [2]string{"rows", integer(r.N)}, [2]string{"F", number(r.F)},
			[2]string{"degrees of freedom", number(r.Df) + " and " + number(r.Dd)}, [2]string{"p", chance(r.P)})
	})
}

var estimateChangeCommand = command{
	name: "estimate change",
	line: "whether something changed between two rounds, and by how much",
	help: `plumbline estimate change FILE.csv --wave VAR --from A --to B --y VAR [design] [--json]
plumbline estimate change --from-count 82/1005 --to-count 24/1091 [--deff 2.3] [--json]

  plumbline estimate change venues.csv --wave round --from 2012 --to 2015 --y minor --weights w --strata stratum --cluster venue

Both rounds stand in one FILE, so that places visited in both count as the same
places. From published counts no file is needed; the samples are then taken as
independent, each on n/deff. Rounds whose definition, places or age method
differ are not compared (exit 1), unless --allow-different.`,
	run: estimateChange,
}

func estimateChange(ctx context.Context, c *call) error {
	a := c.estimating()
	var s survey.ChangeSpec
	c.measured(&s.Spec)
	finish := c.design(&s.Design)
	f := c.flags
	f.StringVar(&s.Wave, "wave", "", "the `column` that says which round a row is of")
	f.StringVar(&s.From, "from", "", "the earlier round, a `value` of --wave")
	f.StringVar(&s.To, "to", "", "the later round, a `value` of --wave")
	var from, to string
	f.StringVar(&from, "from-count", "", "the earlier round from a publication, `CASES/N`")
	f.StringVar(&to, "to-count", "", "the later round from a publication, `CASES/N`")
	c.listFlag(&s.Same, "same", "`columns` that must hold the same values in both rounds, such as the city")
	f.StringVar(&s.FromRound.Definition, "from-definition", "", "`words` for what the earlier round counted")
	f.StringVar(&s.ToRound.Definition, "to-definition", "", "`words` for what the later round counted")
	f.StringVar(&s.FromRound.Places, "from-places", "", "`words` for where")
	f.StringVar(&s.ToRound.Places, "to-places", "", "`words` for where")
	f.StringVar(&s.FromRound.AgeMethod, "from-age-method", "", "`words` for how age was told")
	f.StringVar(&s.ToRound.AgeMethod, "to-age-method", "", "`words` for how age was told")
	f.BoolVar(&s.AllowDifferent, "allow-different", false, "compare rounds that differ, and say so in the result")
	if err := c.parse(0, 1); err != nil {
		return err
	}
	if err := c.refuseZero("deff"); err != nil {
		return err
	}
	s.Level, s.Definition, s.Population = a.level, a.definition, a.among
	if err := a.ready(); err != nil {
		return err
	}
	r, err := c.change(ctx, s, finish, from, to)
	var refused *survey.NotComparable
	if errors.As(err, &refused) {
		complain(c.err, refused.Error(), "--allow-different compares them all the same, and says so in the result")
		return errNo
	}
	if err != nil {
		return c.blame(err)
	}
	return c.answer(ctx, a, r, func() estimate.Plot { return r.Plot(s.Spec) }, func(w *page) { writeChange(w, r) })
}

func (c *call) change(ctx context.Context, s survey.ChangeSpec, finish func(context.Context) error, from, to string) (*survey.ChangeReport, error) {
	if from == "" && to == "" {
		if len(c.args) == 0 {
			return nil, usageError{"estimate change: nothing is given to compare; want FILE.csv with --wave, --from and --to, or --from-count and --to-count", ""}
		}
		if err := finish(ctx); err != nil {
			return nil, err
		}
		if s.Wave == "" {
			return nil, usageError{"--wave: no column says which round a row is of; want --wave COLUMN", ""}
		}
		columns, err := s.Columns()
		if err != nil {
			return nil, err
		}
		t, err := c.table(ctx, c.args[0], columns)
		if err != nil {
			return nil, err
		}
		return survey.Change(ctx, t, s)
	}
	if len(c.args) > 0 {
		return nil, usageError{"--from-count: counts are given beside a file; want one or the other", ""}
	}
	for _, name := range []string{"wave", "from", "to", "y", "ratio", "stat", "where", "interval", "weights", "strata", "cluster", "fpc", "nest", "lonely", "margins", "same"} {
		if c.given(name) {
			return nil, usageError{fmt.Sprintf("--%s: it is for a file, and counts are given; want one or the other", name), ""}
		}
	}
	q := survey.CountsSpec{DesignEffect: s.DesignEffect, Level: s.Level, Rounds: s.Rounds, Definition: s.Definition, Population: s.Population}
	var err error
	if q.From, err = survey.ParseCount("from-count", from); err != nil {
		return nil, err
	}
	if q.To, err = survey.ParseCount("to-count", to); err != nil {
		return nil, err
	}
	return survey.ChangeOfCounts(q)
}

func writeChange(w *page, r *survey.ChangeReport) {
	show := shown(r.Statistic)
	if r.Statistic == "" { // from counts
		show = share
	}
	degf := ""
	if r.Degf > 0 {
		degf = integer(r.Degf)
	}
	w.top(r.Result, share, [][2]string{
		{"of", "the relative change, ratio − 1"},
		{"p", chance(r.P)},
		{"answers", integer(r.N)},
		{"degrees of freedom", degf},
	}...)
	difference := show
	if r.Statistic == "" || r.Statistic == string(survey.Proportion) {
		difference = points
	}
	var rows [][]string
	for i, x := range []survey.RoundLevel{r.From, r.To} {
		rows = append(rows, []string{cmp.Or(x.Round, []string{"from", "to"}[i]), show(x.Estimate), show(x.SE), show(x.Lower), show(x.Upper), integer(x.N)})
	}
	w.table("Both rounds", 1, []string{"round", "estimate", "se", "lower", "upper", "n"}, rows)
	rows = nil
	for _, x := range []struct {
		name string
		show func(estimate.Number) string
		c    survey.Contrast
	}{{"difference", difference, r.Difference}, {"ratio", number, r.Ratio}, {"relative change", share, r.Relative}} {
		rows = append(rows, []string{x.name, x.show(x.c.Estimate), x.show(x.c.Lower), x.show(x.c.Upper)})
	}
	w.table("The change", 1, []string{"as", "estimate", "lower", "upper"}, rows)
}

// points writes a difference of shares, which is no percentage of anything.
func points(n estimate.Number) string {
	if !n.Known() {
		return "–"
	}
	return strings.TrimSuffix(share(n), "%") + "points"
}

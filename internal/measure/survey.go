package measure

import (
	"context"
	"fmt"
	"slices"

	"plumbline/estimate"
	"plumbline/estimate/survey"
)

// design is how a sample was drawn.
type design struct {
	*survey.Design // of the spec
	timeLocation   survey.TimeLocation
	margins        string
}

func (d *design) options(o *options, of *survey.Design) {
	d.Design = of
	o.StringVar(&d.Weights, "weights", "", "the `column` of how many people a row stands for")
	o.StringVar(&d.Strata, "strata", "", "the `column` of strata")
	o.list(&d.Clusters, "cluster", "the `columns` of clusters: first stage, and second")
	o.list(&d.FPC, "fpc", "the `columns` of population sizes, or sampling fractions, a stage each")
	o.BoolVar(&d.Nest, "nest", false, "cluster labels repeat between strata and mean different clusters")
	o.choice((*string)(&d.Lonely), "lonely", "", "a stratum with one cluster: ", "adjust", "certainty", "average", "fail")
	o.says("lonely", "adjust")
	t := &d.timeLocation
	o.StringVar(&t.Venues, "venues", "", "time-location sampling: venues there are, a `column` or number")
	o.StringVar(&t.SampledVenues, "sampled-venues", "", "of which sampled, a `column` or number")
	o.StringVar(&t.Slots, "slots", "", "time slots of the venue, a `column` or number")
	o.StringVar(&t.SampledSlots, "sampled-slots", "", "of which sampled, a `column` or number")
	o.StringVar(&t.Present, "present", "", "people present, a `column` or number")
	o.StringVar(&t.Observed, "observed", "", "of whom observed, a `column` or number")
	o.StringVar(&t.Visits, "visits", "", "the `column` of how often the person goes to such venues")
	o.StringVar(&d.margins, "margins", "", "fit the weights to the known totals in this CSV `file`: variable, value, total")
}

// settle tells the spec of time-location sampling, if any option is about it.
func (d *design) settle() {
	if d.timeLocation != (survey.TimeLocation{}) {
		d.TimeLocation = &d.timeLocation
	}
}

// read reads the known totals of the population.
func (d *design) read(ctx context.Context, in Source) error {
	if d.margins == "" {
		return nil
	}
	t, err := in.Open(ctx, d.margins, []string{"variable", "value", "total"})
	if err == nil {
		d.Margins, err = survey.ReadMargins(t)
	}
	return err
}

// measured registers the options that say what is measured.
func measured(o *options, s *survey.Spec) {
	o.StringVar(&s.Y, "y", "", "a `column`, or a comparison that is 1 where it holds")
	o.StringVar(&s.Ratio, "ratio", "", "`NUM/DEN`: the total of one column over that of another")
	o.choice((*string)(&s.Stat), "stat", "", "of --y: ", "mean", "total", "proportion")
	o.StringVar(&s.Where, "where", "", "a domain, as a `comparison`")
	o.choice((*string)(&s.Interval), "interval", "", "of a proportion: ", "logit", "beta", "likelihood", "xlogit", "asin", "mean", "wilson")
	o.Float64Var(&s.DesignEffect, "deff", 0, "the design `effect` where nobody, or everybody, has the trait")
	o.says("deff", "that of the weights")
}

type surveyAsk struct {
	spec         survey.Spec
	design       design
	x            []string
	family, with string
}

func (a *surveyAsk) options(o *options) {
	s := &a.spec
	measured(o, s)
	o.StringVar(&s.Quantile, "quantile", "", "`VAR:P`, the smallest value that a share P does not exceed")
	o.StringVar(&s.By, "by", "", "a result for every value of this `column`")
	o.StringVar(&s.Against, "against", "", "the difference of every other group of --by from this `value` of it")
	a.design.options(o, &s.Design)
	o.choice(&s.Replicates, "replicates", "", "the variance from replicates: ", "jk1", "jkn", "bootstrap")
	o.list(&s.ReplicateWeights, "replicate-weights", "`columns` of replicate weights that came with the data, or 'rw*'; --replicates (brr too) says how they were made")
	o.Float64Var(&s.ReplicateScale, "replicate-scale", 0, "the `factor` of their squared differences, where their makers give one")
	o.says("replicate-scale", "that of --replicates")
	o.IntVar(&s.Bootstrap, "bootstrap", 500, "samples of the bootstrap")
	o.Uint64Var(&s.Seed, "seed", 1, "of the bootstrap")
	o.list(&a.x, "x", "fit a regression of --y on these `columns`")
	o.choice(&a.family, "family", "", "of the regression: ", "gaussian", "logit")
	o.StringVar(&a.with, "with", "", "test the association of --y with this `column`")
}

func (a *surveyAsk) check(o *options, _ int) error {
	s := &a.spec
	if err := o.refuseZero("bootstrap", "deff", "replicate-scale"); err != nil {
		return err
	}
	if o.given("bootstrap") && s.Replicates != "bootstrap" {
		return &Refusal{Option: "bootstrap", Wrong: "it is for the variance from replicates", Want: "--replicates bootstrap beside it"}
	}
	if a.family != "" && len(a.x) == 0 {
		return &Refusal{Option: "family", Wrong: "it is for a regression", Want: "--x COLUMNS beside it"}
	}
	if len(a.x) > 0 || a.with != "" {
		for _, name := range []string{"ratio", "quantile", "stat", "by", "against", "interval", "deff", "replicates", "replicate-weights"} {
			if o.given(name) {
				return &Refusal{Option: name, Wrong: "it is not for --x and --with", Want: "one or the other"}
			}
		}
		if len(a.x) > 0 && a.with != "" {
			return &Refusal{Option: "with", Wrong: "it is given beside --x", Want: "one of them"}
		}
	}
	s.Level, s.Definition, s.Population = o.level, o.definition, o.among
	return s.Check()
}

func (a *surveyAsk) regression() survey.RegressSpec {
	s := a.spec
	return survey.RegressSpec{Design: s.Design, Y: s.Y, X: a.x, Family: a.family, Where: s.Where, Level: s.Level}
}

func (a *surveyAsk) association() survey.AssociateSpec {
	s := a.spec
	return survey.AssociateSpec{Design: s.Design, A: s.Y, B: a.with, Where: s.Where}
}

func (a *surveyAsk) columns() ([]string, error) {
	a.design.settle()
	switch {
	case len(a.x) > 0:
		return a.regression().Columns()
	case a.with != "":
		return a.association().Columns()
	}
	return a.spec.Columns()
}

func (a *surveyAsk) answer(ctx context.Context, o *options, in Source, progress estimate.Progress) (*Answer, error) {
	s := &a.spec
	if err := a.design.read(ctx, in); err != nil {
		return nil, err
	}
	columns, err := a.columns()
	if err != nil {
		return nil, err
	}
	t, err := in.Open(ctx, in.Files[0], columns)
	if err != nil {
		return nil, err
	}
	switch {
	case len(a.x) > 0:
		r, err := survey.Regress(ctx, t, a.regression())
		if err != nil {
			return nil, err
		}
		r.Definition, r.Population = o.definition, o.among
		return &Answer{Result: r.Result, Full: r, Sheet: regressionSheet(r, s.Y), No: !r.Converged, Plots: []Plot{{"estimate", r.Plot(a.regression())}}}, nil
	case a.with != "":
		r, err := survey.Associate(ctx, t, a.association())
		if err != nil {
			return nil, err
		}
		r.Definition, r.Population = o.definition, o.among
		return &Answer{Result: r.Result, Full: r, Sheet: associationSheet(r)}, nil
	}
	s.Progress = progress
	r, err := survey.Fit(ctx, t, *s)
	if err != nil {
		return nil, err
	}
	return &Answer{Result: r.Result, Full: r, Sheet: surveySheet(r), No: r.N == 0, Plots: []Plot{{"estimate", r.Plot(*s)}}}, nil
}

// shown is the way to write numbers of a statistic.
func shown(statistic string) func(estimate.Number) string {
	if statistic == string(survey.Proportion) {
		return share
	}
	return number
}

func surveySheet(r *survey.Report) Sheet {
	show := shown(r.Statistic)
	w := newSheet(r.Result, show,
		[2]string{"statistic", r.Statistic},
		[2]string{"variance", r.Variance},
		[2]string{"rows", integer(r.N)},
		[2]string{"degrees of freedom", integer(r.Degf)},
	)
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
	difference := show
	if r.Statistic == string(survey.Proportion) {
		difference = points
	}
	rows = nil
	for _, b := range r.Differences {
		rows = append(rows, []string{b.Group, b.Against, difference(b.Difference.Estimate), difference(b.Difference.Lower), difference(b.Difference.Upper), number(b.Ratio.Estimate), number(b.Ratio.Lower), number(b.Ratio.Upper), chance(b.P)})
	}
	w.table("Differences between groups", 2, []string{"group", "against", "difference", "lower", "upper", "ratio", "lower", "upper", "p"}, rows)
	return w
}

func regressionSheet(r *survey.Regression, y string) Sheet {
	w := newSheet(r.Result, number, [2]string{"rows", integer(r.N)}, [2]string{"degrees of freedom", integer(r.Df)})
	var rows [][]string
	for _, name := range r.Names {
		rows = append(rows, []string{name, number(r.Coefficients[name]), number(r.SE[name]), number(r.Lower[name]), number(r.Upper[name]), chance(r.P[name])})
	}
	w.table("Regression of "+y, 1, []string{"term", "coefficient", "se", "lower", "upper", "p"}, rows)
	return w
}

func associationSheet(r *survey.Association) Sheet {
	return newSheet(r.Result, number, [2]string{"rows", integer(r.N)}, [2]string{"F", number(r.F)},
		[2]string{"degrees of freedom", number(r.Df) + " and " + number(r.Dd)}, [2]string{"p", chance(r.P)})
}

package measure

import (
	"context"
	"maps"
	"slices"

	"plumbline/estimate"
	"plumbline/estimate/respondent"
)

type respondentAsk struct{ spec respondent.Spec }

func (a *respondentAsk) options(o *options) {
	s := &a.spec
	o.StringVar(&s.ID, "id", "", "the `column` of ids")
	o.StringVar(&s.Recruiter, "recruiter", "", "the `column` of the recruiter's id")
	o.StringVar(&s.Degree, "degree", "", "the `column` of how many of the population the respondent knows")
	o.StringVar(&s.Y, "y", "", "the `column` of groups, or of numbers for their mean")
	o.choice((*string)(&s.Stat), "stat", "", "of --y (when not given, mean for more than twenty different numbers): ", "share", "mean")
	o.IntVar(&s.Population, "population", 0, "a guess of how `many` the population is")
	o.says("population", "")
	o.choice((*string)(&s.Method), "method", string(respondent.RDS2), "", "rds1", "rds2", "ss")
	o.IntVar(&s.Bootstrap, "bootstrap", 500, "samples of the bootstrap")
	o.IntVar(&s.Samples, "samples", 2000, "ss: successive samples an iteration")
	o.Uint64Var(&s.Seed, "seed", 1, "of the bootstrap")
}

func (a *respondentAsk) check(o *options, _ int) error {
	s := &a.spec
	s.Level, s.Definition, s.PopulationText = o.level, o.definition, o.among
	for _, x := range [][2]string{{"id", s.ID}, {"recruiter", s.Recruiter}, {"degree", s.Degree}, {"y", s.Y}} {
		if x[1] == "" {
			return &Refusal{Option: x[0], Wrong: "the column is not given", Want: "--" + x[0] + " COLUMN"}
		}
	}
	if err := o.refuseZero("population", "bootstrap", "samples"); err != nil {
		return err
	}
	return s.Check()
}

func (a *respondentAsk) answer(ctx context.Context, _ *options, in Source, progress estimate.Progress) (*Answer, error) {
	s := a.spec
	t, err := in.Open(ctx, in.Files[0], s.Columns())
	if err != nil {
		return nil, err
	}
	s.Progress = progress
	r, err := respondent.Fit(ctx, t, s)
	if err != nil {
		return nil, err
	}
	return &Answer{Result: r.Result, Full: r, Sheet: respondentSheet(r, s), No: !r.Groups[0].Estimate.Known(), Plots: []Plot{{"estimate", r.Plot(s)}}}, nil
}

func respondentSheet(r *respondent.Report, s respondent.Spec) Sheet {
	population := ""
	if s.Population > 0 {
		population = integer(s.Population) + ", as given"
	}
	homophily := ""
	if r.Homophily.One != nil {
		homophily = number(*r.Homophily.One)
	}
	show, heading := share, "Shares of "
	if r.Statistic == respondent.Mean {
		show, heading = number, "Mean of "
	}
	w := newSheet(r.Result, show,
		[2]string{"statistic", string(r.Statistic)},
		[2]string{"respondents", integer(r.N)},
		[2]string{"seeds", integer(r.Seeds)},
		[2]string{"longest chain", counted(r.Waves, "wave", "waves")},
		[2]string{"mean degree", number(r.MeanDegree)},
		[2]string{"population", population},
		[2]string{"homophily", homophily},
	)
	var rows [][]string
	for _, g := range r.Groups {
		rows = append(rows, []string{g.Value, integer(g.N), show(g.Estimate), show(g.SE), show(g.Lower), show(g.Upper), show(g.Bootstrap.SE), show(g.Bootstrap.Lower), show(g.Bootstrap.Upper)})
	}
	w.table(heading+s.Y+", with limits by formula and by bootstrap", 1, []string{"value", "n", string(r.Statistic), "se", "lower", "upper", "boot se", "lower", "upper"}, rows)
	rows = nil
	for _, value := range slices.Sorted(maps.Keys(r.Homophily.By)) {
		rows = append(rows, []string{value, number(r.Homophily.By[value])})
	}
	w.table("Homophily", 1, []string{"value", "homophily"}, rows)
	if r.HomophilyDefinition != "" {
		w.Tables = append(w.Tables, Table{Note: "Homophily: " + r.HomophilyDefinition + "."})
	}
	rows = nil
	for _, x := range r.Recruitment {
		rows = append(rows, []string{x.From, x.To, integer(x.Count)})
	}
	w.table("Who recruited whom", 2, []string{"from", "to", "people"}, rows)
	return w
}

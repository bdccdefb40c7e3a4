package main

import (
	"context"
	"maps"
	"slices"

	"plumbline/estimate"
	"plumbline/estimate/respondent"
)

var estimateRespondentCommand = command{
	name: "estimate respondent",
	line: "shares of a population whose members recruited each other (respondent-driven sampling)",
	help: `plumbline estimate respondent FILE.csv --id VAR --recruiter VAR --degree VAR --y VAR [--method M] [--json]

  plumbline estimate respondent people.csv --id id --recruiter recruiter --degree knows --y debt --plot debt.svg

FILE has a row for each respondent; - reads standard input. A seed has an empty
recruiter, seed, or its own id. --degree is how many of the population the
respondent knows. Methods: rds2 (Volz and Heckathorn), rds1 (Salganik and
Heckathorn), ss (Gile's successive sampling, which wants --population N). Two
intervals stand beside each other, since they can differ by a factor of three.`,
	run: estimateRespondent,
}

func estimateRespondent(ctx context.Context, c *call) error {
	a := c.estimating()
	var s respondent.Spec
	f := c.flags
	f.StringVar(&s.ID, "id", "", "the `column` of ids")
	f.StringVar(&s.Recruiter, "recruiter", "", "the `column` of the recruiter's id")
	f.StringVar(&s.Degree, "degree", "", "the `column` of how many of the population the respondent knows")
	f.StringVar(&s.Y, "y", "", "the `column` of groups")
	f.IntVar(&s.Population, "population", 0, "a guess of how `many` the population is")
	c.says("population", "")
	f.StringVar((*string)(&s.Method), "method", string(respondent.RDS2), "rds1, rds2 or ss")
	f.IntVar(&s.Bootstrap, "bootstrap", 500, "samples of the bootstrap")
	f.IntVar(&s.Samples, "samples", 2000, "ss: successive samples an iteration")
	f.Uint64Var(&s.Seed, "seed", 1, "of the bootstrap")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	s.Level, s.Definition, s.PopulationText = a.level, a.definition, a.among
	for _, x := range [][2]string{{"id", s.ID}, {"recruiter", s.Recruiter}, {"degree", s.Degree}, {"y", s.Y}} {
		if x[1] == "" {
			return usageError{"--" + x[0] + ": the column is not given; want --" + x[0] + " COLUMN", ""}
		}
	}
	if err := c.refuseZero("population", "bootstrap", "samples"); err != nil {
		return err
	}
	if err := a.ready(); err != nil {
		return err
	}
	t, err := c.table(ctx, c.args[0], s.Columns())
	if err != nil {
		return err
	}
	tell, wipe := c.telling()
	s.Progress = tell
	r, err := respondent.Fit(ctx, t, s)
	wipe()
	if err != nil {
		return c.blame(err)
	}
	if err := c.answer(ctx, a, r, func() estimate.Plot { return r.Plot(s) }, func(w *page) { writeRespondent(w, r, s) }); err != nil {
		return err
	}
	if !r.Groups[0].Estimate.Known() {
		return errNo
	}
	return nil
}

func writeRespondent(w *page, r *respondent.Report, s respondent.Spec) {
	population := ""
	if s.Population > 0 {
		population = integer(s.Population) + ", as given"
	}
	homophily := ""
	if r.Homophily.One != nil {
		homophily = number(*r.Homophily.One)
	}
	w.top(r.Result, share, [][2]string{
		{"respondents", integer(r.N)},
		{"seeds", integer(r.Seeds)},
		{"longest chain", more(r.Waves, "wave", "waves")},
		{"mean degree", number(r.MeanDegree)},
		{"population", population},
		{"homophily", homophily},
	}...)
	var rows [][]string
	for _, g := range r.Groups {
		rows = append(rows, []string{g.Value, integer(g.N), share(g.Estimate), share(g.SE), share(g.Lower), share(g.Upper), share(g.Bootstrap.SE), share(g.Bootstrap.Lower), share(g.Bootstrap.Upper)})
	}
	w.table("Shares of "+s.Y+", with limits by formula and by bootstrap", 1, []string{"value", "n", "share", "se", "lower", "upper", "boot se", "lower", "upper"}, rows)
	rows = nil
	for _, value := range slices.Sorted(maps.Keys(r.Homophily.By)) {
		rows = append(rows, []string{value, number(r.Homophily.By[value])})
	}
	w.table("Homophily", 1, []string{"value", "homophily"}, rows)
	if r.HomophilyDefinition != "" {
		w.WriteByte('\n')
		w.wrap("Homophily: ", "  ", r.HomophilyDefinition+".")
	}
	rows = nil
	for _, x := range r.Recruitment {
		rows = append(rows, []string{x.From, x.To, integer(x.Count)})
	}
	w.table("Who recruited whom", 2, []string{"from", "to", "people"}, rows)
}

package measure

import (
	"cmp"
	"context"
	"errors"
	"path"
	"strings"

	"plumbline/estimate"
	"plumbline/estimate/survey"
)

type changeAsk struct {
	spec     survey.ChangeSpec
	design   design
	from, to string // counts
}

func (a *changeAsk) options(o *options) {
	s := &a.spec
	measured(o, &s.Spec)
	a.design.options(o, &s.Design)
	o.StringVar(&s.Wave, "wave", "", "the `column` that says which round a row is of")
	o.StringVar(&s.From, "from", "", "the earlier round, a `value` of --wave")
	o.StringVar(&s.To, "to", "", "the later round, a `value` of --wave")
	o.BoolVar(&s.Independent, "independent", false, "samples drawn each for itself: strata and clusters of one label in both are not the same")
	o.StringVar(&a.from, "from-count", "", "the earlier round from a publication, `CASES/N`")
	o.StringVar(&a.to, "to-count", "", "the later round from a publication, `CASES/N`")
	o.list(&s.Same, "same", "`columns` that must hold the same values in both rounds, such as the city")
	o.StringVar(&s.FromRound.Definition, "from-definition", "", "`words` for what the earlier round counted")
	o.StringVar(&s.ToRound.Definition, "to-definition", "", "`words` for what the later round counted")
	o.StringVar(&s.FromRound.Places, "from-places", "", "`words` for where")
	o.StringVar(&s.ToRound.Places, "to-places", "", "`words` for where")
	o.StringVar(&s.FromRound.AgeMethod, "from-age-method", "", "`words` for how age was told")
	o.StringVar(&s.ToRound.AgeMethod, "to-age-method", "", "`words` for how age was told")
	o.BoolVar(&s.AllowDifferent, "allow-different", false, "compare rounds that differ, and say so in the result")
}

func (a *changeAsk) counts() bool { return a.from != "" || a.to != "" }

func (a *changeAsk) check(o *options, files int) error {
	s := &a.spec
	if err := o.refuseZero("deff"); err != nil {
		return err
	}
	s.Level, s.Definition, s.Population = o.level, o.definition, o.among
	if a.counts() {
		if files > 0 {
			return &Refusal{Option: "from-count", Wrong: "counts are given beside a file", Want: "one or the other"}
		}
		for _, name := range []string{"wave", "from", "to", "y", "ratio", "stat", "where", "interval", "weights", "strata", "cluster", "fpc", "nest", "lonely", "margins", "same", "independent"} {
			if o.given(name) {
				return &Refusal{Option: name, Wrong: "it is for a file, and counts are given", Want: "one or the other"}
			}
		}
		_, err := a.countsSpec()
		return err
	}
	switch {
	case files == 0:
		return &Refusal{Wrong: "estimate change: nothing is given to compare", Want: "FILE.csv with --wave, --from and --to, or --from-count and --to-count"}
	case files == 1 && s.Wave == "":
		return &Refusal{Option: "wave", Wrong: "no column says which round a row is of", Want: "--wave COLUMN, or a file for each round"}
	case files == 2 && s.Wave != "":
		return &Refusal{Option: "wave", Wrong: "it is for one file with both rounds, and two are given", Want: "one or the other"}
	}
	return s.Check()
}

func (a *changeAsk) countsSpec() (q survey.CountsSpec, err error) {
	s := a.spec
	q = survey.CountsSpec{DesignEffect: s.DesignEffect, Level: s.Level, Rounds: s.Rounds, Definition: s.Definition, Population: s.Population}
	if q.From, err = survey.ParseCount("from-count", a.from); err != nil {
		return q, err
	}
	q.To, err = survey.ParseCount("to-count", a.to)
	return q, err
}

func (a *changeAsk) columns() ([]string, error) {
	if a.counts() {
		return []string{}, nil
	}
	a.design.settle()
	return a.spec.Columns()
}

func (a *changeAsk) answer(ctx context.Context, _ *options, in Source, _ estimate.Progress) (*Answer, error) {
	r, err := a.compare(ctx, in)
	var refused *survey.NotComparable
	if errors.As(err, &refused) {
		return nil, &Refusal{Wrong: refused.Error(), Hint: "--allow-different compares them all the same, and says so in the result", No: true, Err: refused}
	}
	if err != nil {
		return nil, err
	}
	return &Answer{Result: r.Result, Full: r, Sheet: changeSheet(r), Plots: []Plot{{"estimate", r.Plot(a.spec.Spec)}}}, nil
}

func (a *changeAsk) compare(ctx context.Context, in Source) (*survey.ChangeReport, error) {
	if a.counts() {
		q, err := a.countsSpec()
		if err != nil {
			return nil, err
		}
		return survey.ChangeOfCounts(q)
	}
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
	if len(in.Files) == 2 {
		later, err := in.Open(ctx, in.Files[1], columns)
		if err != nil {
			return nil, err
		}
		if t, err = a.join(t, later); err != nil {
			return nil, err
		}
	}
	return survey.Change(ctx, t, *s)
}

// join puts the tables of two rounds below each other, with a column that says
// which round a row is of. A round is called what --from and --to say, or as its
// file.
func (a *changeAsk) join(earlier, later *estimate.Table) (*estimate.Table, error) {
	s := &a.spec
	s.From, s.To = cmp.Or(s.From, roundName(earlier.Name)), cmp.Or(s.To, roundName(later.Name))
	if s.From == s.To {
		s.From, s.To = earlier.Name, later.Name
	}
	s.Wave = "round"
	for earlier.Has(s.Wave) || later.Has(s.Wave) {
		s.Wave += "_"
	}
	return estimate.Stack(s.Wave, []string{s.From, s.To}, earlier, later)
}

func roundName(file string) string {
	name := file[strings.LastIndexAny(file, `/\`)+1:]
	return cmp.Or(strings.TrimSuffix(name, path.Ext(name)), name)
}

func changeSheet(r *survey.ChangeReport) Sheet {
	show, difference := shown(r.Statistic), shown(r.Statistic)
	switch r.Statistic {
	case "": // from counts
		show, difference = share, points
	case string(survey.Proportion):
		difference = points
	}
	degf := ""
	if r.Degf > 0 {
		degf = integer(r.Degf)
	}
	w := newSheet(r.Result, share,
		[2]string{"of", "the relative change, ratio − 1"},
		[2]string{"p", chance(r.P)},
		[2]string{"answers", integer(r.N)},
		[2]string{"degrees of freedom", degf},
	)
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
	return w
}

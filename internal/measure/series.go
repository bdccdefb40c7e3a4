package measure

import (
	"context"
	"fmt"
	"strconv"

	"plumbline/estimate"
	"plumbline/estimate/series"
)

type seriesAsk struct{ spec series.Spec }

func (a *seriesAsk) options(o *options) {
	s := &a.spec
	s.Lag = series.AutoLag
	o.StringVar(&s.Y, "y", "", "the `column` of values")
	o.StringVar(&s.Time, "time", "", "the `column` of times: numbers, or months such as 2024-05, quarters, weeks or days")
	o.Func("event", "a `column` of 0 and 1, or a value of time; may be given again", func(e string) error {
		s.Events = append(s.Events, e)
		return nil
	})
	o.again["event"] = true
	o.StringVar(&s.Control, "control", "", "rows of a comparison `area` without the event: a column of 0 and 1, or COLUMN==VALUE")
	o.choice((*string)(&s.Family), "family", string(series.Gaussian), "", "gaussian", "poisson", "quasipoisson", "negbin")
	o.StringVar(&s.Offset, "offset", "", "the `column` of exposures, such as staff hours")
	o.IntVar(&s.Harmonics, "harmonics", 0, "pairs of sine and cosine for the season")
	o.says("harmonics", "")
	o.Float64Var(&s.Period, "period", 12, "the length of the season, in times")
	o.BoolVar(&s.Slope, "slope", false, "a change of slope beside the change of level")
	o.choice((*string)(&s.SE), "se", string(series.ModelSE), "standard errors: ", "model", "neweywest", "hc0", "hc1", "hc2", "hc3")
	o.Func("lag", "neweywest: how many `lags`, 0 for none (chosen from the series when not given)", func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return fmt.Errorf("want a whole number, 0 or more")
		}
		s.Lag = n
		return nil
	})
	o.list(&s.Covariates, "covariates", "more `columns` for the model")
	o.StringVar(&s.Transform, "transform", "", "log: a gaussian series on the log scale")
	o.choices["transform"] = []string{"log"}
	o.BoolVar(&s.AR1, "ar1", false, "gaussian errors that remember the last one, by maximum likelihood")
}

func (a *seriesAsk) check(o *options, _ int) error {
	s := &a.spec
	s.Level, s.Definition, s.Population = o.level, o.definition, o.among
	switch {
	case s.Y == "":
		return &Refusal{Option: "y", Wrong: "the column of values is not given", Want: "--y COLUMN"}
	case s.Time == "":
		return &Refusal{Option: "time", Wrong: "the column of times is not given", Want: "--time COLUMN"}
	case len(s.Events) == 0:
		return &Refusal{Option: "event", Wrong: "no event is given", Want: "a column of 0 and 1, or a value of time"}
	case o.given("lag") && s.SE != series.NeweyWest:
		return &Refusal{Option: "lag", Wrong: "it is for Newey-West standard errors", Want: "--se neweywest beside it"}
	case o.given("period") && s.Harmonics == 0:
		return &Refusal{Option: "period", Wrong: "it is for a season", Want: "--harmonics K beside it"}
	}
	return s.Check()
}

func (a *seriesAsk) answer(ctx context.Context, _ *options, in Source, _ estimate.Progress) (*Answer, error) {
	s := a.spec
	t, err := in.Open(ctx, in.Files[0], s.Columns())
	if err != nil {
		return nil, err
	}
	r, err := series.Fit(ctx, t, s)
	if err != nil {
		return nil, err
	}
	return &Answer{Result: r.Result, Full: r, Sheet: seriesSheet(r, s), No: !r.Converged, Plots: []Plot{{"estimate", r.Plot(s)}}}, nil
}

func seriesSheet(r *series.Report, s series.Spec) Sheet {
	errors := string(s.SE)
	if r.Lag != nil {
		errors += fmt.Sprintf(", lag %d", *r.Lag)
	}
	if r.Phi != nil {
		errors = "AR(1), φ " + number(*r.Phi)
	}
	season := ""
	if s.Harmonics > 0 {
		season = fmt.Sprintf("%s, period %s", counted(s.Harmonics, "harmonic", "harmonics"), figures(s.Period, 6))
	}
	theta := ""
	if r.Theta != nil {
		theta = number(*r.Theta)
	}
	times := ""
	if r.Calendar != nil {
		times = fmt.Sprintf("counted in %ss; %s is 1", r.Calendar.Unit, r.Calendar.First)
	}
	areas := ""
	if len(r.Areas) == 2 {
		areas = r.Areas[0].Name + ", beside " + r.Areas[1].Name
	}
	w := newSheet(r.Result, number,
		[2]string{"of", changeOf(r.LevelChange)},
		[2]string{"areas", areas},
		[2]string{"standard errors", errors},
		[2]string{"season", season},
		[2]string{"values", integer(r.N)},
		[2]string{"times", times},
		[2]string{"dispersion", number(r.Dispersion)},
		[2]string{"theta", theta},
		[2]string{"deviance", fmt.Sprintf("%s on %s", number(r.Deviance), counted(r.Df, "degree of freedom", "degrees of freedom"))},
		[2]string{"smallest visible fall", r.Detectable.String()},
	)
	w.table("What changed at the event", 3, []string{"event", "of", "as", "estimate", "lower", "upper", "p"}, changed(r))
	if len(r.Areas) == 2 {
		var rows [][]string
		for _, a := range r.Areas {
			for _, row := range changed(a.Report) {
				rows = append(rows, append([]string{a.Name}, row...))
			}
		}
		w.table("What changed in each area", 4, []string{"area", "event", "of", "as", "estimate", "lower", "upper", "p"}, rows)
	}
	var rows [][]string
	for _, name := range r.Names {
		rows = append(rows, []string{name, number(r.Coefficients[name]), number(r.SE[name]), number(r.Lower[name]), number(r.Upper[name]), chance(r.P[name])})
	}
	w.table("Coefficients of the model", 1, []string{"term", "coefficient", "se", "lower", "upper", "p"}, rows)
	if k := r.Counterfactual; k != nil {
		w.table("While an event was on, and at the last time", 1, []string{"sum of", "estimate", "lower", "upper"}, [][]string{
			{"observed", plain(k.ObservedTotal), "", ""},
			{"fitted", plain(k.FittedTotal), "", ""},
			{"expected without", plain(k.ExpectedTotal), "", ""},
			{"difference", plain(k.Difference.Estimate), plain(k.Difference.Lower), plain(k.Difference.Upper)},
			{k.AtEnd.Scale + " at the end", number(k.AtEnd.Estimate), number(k.AtEnd.Lower), number(k.AtEnd.Upper)},
		})
	}
	w.diagnostics(r.Diagnostics)
	rows = nil
	for _, a := range r.Areas {
		for _, row := range checks(a.Diagnostics) {
			rows = append(rows, append([]string{a.Name}, row...))
		}
	}
	w.table("Checks of the fit of each area", 2, []string{"area", "check", "statistic", "p"}, rows)
	return w
}

func changed(r *series.Report) (rows [][]string) {
	for _, x := range r.Changes {
		rows = append(rows, []string{x.Event, x.Of, x.Scale, number(x.Estimate), number(x.Lower), number(x.Upper), chance(x.P)})
	}
	return rows
}

func changeOf(x *series.Change) string {
	if x == nil {
		return ""
	}
	return "the " + x.Of + " at " + x.Event + ", as a " + x.Scale
}

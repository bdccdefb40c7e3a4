package main

import (
	"context"
	"fmt"
	"strconv"

	"plumbline/estimate"
	"plumbline/estimate/series"
)

var estimateSeriesCommand = command{
	name: "estimate series",
	line: "what an event did to a series, such as monthly visits (interrupted time series)",
	help: `plumbline estimate series FILE.csv --y VAR --time VAR --event T|VAR [--family F] [--slope] [--json]

  plumbline estimate series clinic.csv --y visits --time week --event raids --family quasipoisson --offset staff --plot clinic.svg

FILE has a row for every time, equally far apart; a time without a value has an
empty field, for missing is not zero. - reads standard input. An event is a
column of 0 and 1, or a value of --time from which the level is 1; several are
given as --event A --event B. The answer always says the smallest fall that the
series could have shown.`,
	run: estimateSeries,
}

func estimateSeries(ctx context.Context, c *call) error {
	a := c.estimating()
	s := series.Spec{Lag: series.AutoLag}
	f := c.flags
	f.StringVar(&s.Y, "y", "", "the `column` of values")
	f.StringVar(&s.Time, "time", "", "the `column` of times: numbers, or months such as 2024-05, quarters, weeks or days")
	f.Func("event", "a `column` of 0 and 1, or a value of time; may be given again", func(e string) error {
		s.Events = append(s.Events, e)
		return nil
	})
	f.StringVar((*string)(&s.Family), "family", string(series.Gaussian), "gaussian, poisson, quasipoisson or negbin")
	f.StringVar(&s.Offset, "offset", "", "the `column` of exposures, such as staff hours")
	f.IntVar(&s.Harmonics, "harmonics", 0, "pairs of sine and cosine for the season")
	c.says("harmonics", "")
	f.Float64Var(&s.Period, "period", 12, "the length of the season, in times")
	f.BoolVar(&s.Slope, "slope", false, "a change of slope beside the change of level")
	f.StringVar((*string)(&s.SE), "se", string(series.ModelSE), "standard errors: model, neweywest, hc0, hc1, hc2 or hc3")
	f.Func("lag", "neweywest: how many `lags`, 0 for none (chosen from the series when not given)", func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return fmt.Errorf("want a whole number, 0 or more")
		}
		s.Lag = n
		return nil
	})
	c.listFlag(&s.Covariates, "covariates", "more `columns` for the model")
	f.StringVar(&s.Transform, "transform", "", "log: a gaussian series on the log scale")
	f.BoolVar(&s.AR1, "ar1", false, "gaussian errors that remember the last one, by maximum likelihood")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	s.Level, s.Definition, s.Population = a.level, a.definition, a.among
	switch {
	case s.Y == "":
		return usageError{"--y: the column of values is not given; want --y COLUMN", ""}
	case s.Time == "":
		return usageError{"--time: the column of times is not given; want --time COLUMN", ""}
	case len(s.Events) == 0:
		return usageError{"--event: no event is given; want a column of 0 and 1, or a value of time", ""}
	case c.given("lag") && s.SE != series.NeweyWest:
		return usageError{"--lag: it is for Newey-West standard errors; want --se neweywest beside it", ""}
	case c.given("period") && s.Harmonics == 0:
		return usageError{"--period: it is for a season; want --harmonics K beside it", ""}
	}
	if err := a.ready(); err != nil {
		return err
	}
	t, err := c.table(ctx, c.args[0], s.Columns())
	if err != nil {
		return err
	}
	r, err := series.Fit(ctx, t, s)
	if err != nil {
		return c.blame(err)
	}
	if err := c.answer(ctx, a, r, func() estimate.Plot { return r.Plot(s) }, func(w *page) { writeSeries(w, r, s) }); err != nil {
		return err
	}
	if !r.Converged {
		return errNo
	}
	return nil
}

func writeSeries(w *page, r *series.Report, s series.Spec) {
	errors := string(s.SE)
	if r.Lag != nil {
		errors += fmt.Sprintf(", lag %d", *r.Lag)
	}
	if r.Phi != nil {
		errors = "AR(1), φ " + number(*r.Phi)
	}
	season := ""
	if s.Harmonics > 0 {
		season = fmt.Sprintf("%s, period %s", more(s.Harmonics, "harmonic", "harmonics"), figures(s.Period, 6))
	}
	theta := ""
	if r.Theta != nil {
		theta = number(*r.Theta)
	}
	times := ""
	if r.Calendar != nil {
		times = fmt.Sprintf("counted in %ss; %s is 1", r.Calendar.Unit, r.Calendar.First)
	}
	w.top(r.Result, number, [][2]string{
		{"of", changeOf(r.LevelChange)},
		{"standard errors", errors},
		{"season", season},
		{"values", integer(r.N)},
		{"times", times},
		{"dispersion", number(r.Dispersion)},
		{"theta", theta},
		{"deviance", fmt.Sprintf("%s on %s", number(r.Deviance), more(r.Df, "degree of freedom", "degrees of freedom"))},
		{"smallest visible fall", r.Detectable.String()},
	}...)
	var rows [][]string
	for _, x := range r.Changes {
		rows = append(rows, []string{x.Event, x.Of, x.Scale, number(x.Estimate), number(x.Lower), number(x.Upper), chance(x.P)})
	}
	w.table("What changed at the event", 3, []string{"event", "of", "as", "estimate", "lower", "upper", "p"}, rows)
	rows = nil
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
}

func changeOf(x *series.Change) string {
	if x == nil {
		return ""
	}
	return "the " + x.Of + " at " + x.Event + ", as a " + x.Scale
}

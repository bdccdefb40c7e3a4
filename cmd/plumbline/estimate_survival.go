package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"plumbline/estimate"
	"plumbline/estimate/survival"
)

var estimateSurvivalCommand = command{
	name: "estimate survival",
	line: "how long until something happens, when some are lost from sight before",
	help: `plumbline estimate survival FILE.csv --time VAR --event VAR [--by VAR] [--competing] [--cox a,b] [--json]

  plumbline estimate survival cases.csv --time days --event verdict --by court --plot verdict.svg

FILE has a row for each person; - reads standard input. --time is how long the
person was watched, --event 1 when it happened then (or --event-value) and 0
when the person was lost from sight. With --competing every value but 0 is an
end of its own: dismissal makes a verdict impossible, and one minus the curve
would overstate it. With --competing --cox, --event-value names the cause.`,
	run: estimateSurvival,
}

func estimateSurvival(ctx context.Context, c *call) error {
	a := c.estimating()
	var s survival.Spec
	f := c.flags
	f.StringVar(&s.Time, "time", "", "the `column` of how long the person was watched")
	f.StringVar(&s.Event, "event", "", "the `column` of how that ended")
	f.StringVar(&s.EventValue, "event-value", "", "the `value` of --event that is the event (1); with --competing --cox, the cause")
	f.BoolVar(&s.Competing, "competing", false, "0 is lost from sight and every other value an end of its own")
	f.StringVar(&s.By, "by", "", "a curve for every value of this `column`, and their comparison")
	f.StringVar(&s.Strata, "strata", "", "compare, and share hazards, only within values of this `column`")
	f.StringVar((*string)(&s.Interval), "interval", string(survival.LogLog), "limits of the curve: loglog, log or plain")
	c.listFlag(&s.Cox, "cox", "fit a Cox regression on these `columns`")
	f.StringVar((*string)(&s.Ties), "ties", string(survival.Efron), "of the regression: efron, breslow or exact")
	f.StringVar(&s.Cluster, "cluster", "", "the regression's robust standard errors, by this `column`")
	f.BoolVar(&s.Subdistribution, "subdistribution", false, "with --competing --cox: Fine and Gray's regression of the cause --event-value")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	s.Level, s.Definition, s.Population = a.level, a.definition, a.among
	switch {
	case s.Time == "":
		return usageError{"--time: the column of times is not given; want --time COLUMN", ""}
	case s.Event == "":
		return usageError{"--event: the column of ends is not given; want --event COLUMN", ""}
	}
	if len(s.Cox) == 0 {
		for _, name := range []string{"ties", "cluster", "subdistribution"} {
			if c.given(name) {
				return usageError{"--" + name + ": it is for a regression; want --cox COLUMNS beside it", ""}
			}
		}
	}
	if err := a.ready(); err != nil {
		return err
	}
	t, err := c.table(ctx, c.args[0], s.Columns())
	if err != nil {
		return err
	}
	r, err := survival.Fit(ctx, t, s)
	if err != nil {
		return c.blame(err)
	}
	return c.answer(ctx, a, r, func() estimate.Plot { return r.Plot(s) }, func(w *page) { writeSurvival(w, r, s) })
}

func writeSurvival(w *page, r *survival.Report, s survival.Spec) {
	facts := [][2]string{
		{"people", integer(r.N)},
		{"events", integer(r.Events)},
		{"log-rank", testLine(r.LogRank)},
		{"Peto", testLine(r.Peto)},
	}
	for _, x := range r.Gray {
		facts = append(facts, [2]string{"Gray, end " + x.Cause, testLine(x.Test)})
	}
	w.top(r.Result, plain, facts...)
	var rows [][]string
	for _, g := range r.Groups {
		rows = append(rows, []string{g.Group, integer(g.N), integer(g.Events), plain(g.Median.Estimate), plain(g.Median.Lower), plain(g.Median.Upper),
			plain(g.Quartiles["25"].Estimate), plain(g.Quartiles["75"].Estimate), number(g.Mean.Estimate)})
	}
	until := "the event"
	if s.Competing {
		until = "any end"
	}
	w.table(fmt.Sprintf("Time until %s, with %g %% limits of the median", until, 100*r.Level), 1, []string{"group", "n", "events", "median", "lower", "upper", "by 25 %", "by 75 %", "mean"}, rows)
	for _, g := range r.Groups {
		writeCurve(w, g)
	}
	writeCox(w, r.Cox)
}

func testLine(x *survival.Test) string {
	if x == nil {
		return ""
	}
	return fmt.Sprintf("χ² %s on %s, p %s", number(x.ChiSq), more(x.Df, "degree of freedom", "degrees of freedom"), chance(x.P))
}

// writeCurve writes some twelve rows of a curve; JSON has every time.
func writeCurve(w *page, g survival.Group) {
	const most = 12
	rows := [][]string{}
	n := len(g.Curve)
	for i := range min(n, most) {
		x := g.Curve[at(i, n, most)]
		rows = append(rows, []string{plain(estimate.Number(x.Time)), integer(x.AtRisk), integer(x.Events), share(x.Survival), share(x.SE), share(x.Lower), share(x.Upper)})
	}
	name := "Curve"
	if g.Group != "all" {
		name += " of " + g.Group
	}
	if n > most {
		name += fmt.Sprintf(", %d of %d times (--json has all)", most, n)
	}
	w.table(name, 0, []string{"time", "at risk", "events", "share without", "se", "lower", "upper"}, rows)
	if len(g.Incidence) == 0 {
		return
	}
	rows = nil
	causes := g.Causes()
	last := g.Incidence[len(g.Incidence)-len(causes):]
	for _, x := range last {
		rows = append(rows, []string{x.Cause, plain(estimate.Number(x.Time)), share(x.Estimate), share(x.SE), share(x.Lower), share(x.Upper)})
	}
	w.table("Share who had each end by the last time", 1, []string{"end", "time", "share", "se", "lower", "upper"}, rows)
}

// at spreads most places over n, the first and the last among them.
func at(i, n, most int) int {
	if n <= most {
		return i
	}
	return i * (n - 1) / (most - 1)
}

func writeCox(w *page, x *survival.Cox) {
	if x == nil {
		return
	}
	var rows [][]string
	for _, name := range x.Names {
		h := x.HazardRatio[name]
		rows = append(rows, []string{name, number(x.Coefficients[name]), number(x.SE[name]), number(h.Estimate), number(h.Lower), number(h.Upper), chance(x.P[name])})
	}
	w.table(fmt.Sprintf("Regression of the hazard, %d people, %d events, ties by %s", x.N, x.Events, x.Ties), 1, []string{"term", "coefficient", "se", "hazard ratio", "lower", "upper", "p"}, rows)
	w.WriteByte('\n')
	var tests [][]string
	for _, t := range []struct {
		name string
		test *survival.Test
	}{{"likelihood ratio", x.LR}, {"Wald", x.Wald}, {"score", x.Score}} {
		if t.test != nil {
			tests = append(tests, []string{t.name, testLine(t.test)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.PH)) {
		tests = append(tests, []string{"proportional hazards, " + name, testLine(x.PH[name])})
	}
	if x.Concordance.Known() {
		tests = append(tests, []string{"concordance", number(x.Concordance)})
	}
	w.columns(tests)
}

package measure

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"plumbline/estimate"
	"plumbline/estimate/survival"
)

type survivalAsk struct{ spec survival.Spec }

func (a *survivalAsk) options(o *options) {
	s := &a.spec
	o.StringVar(&s.Time, "time", "", "the `column` of how long the person was watched")
	o.StringVar(&s.Event, "event", "", "the `column` of how that ended")
	o.StringVar(&s.EventValue, "event-value", "", "the `value` of --event that is the event (1); with --competing --cox, the cause")
	o.BoolVar(&s.Competing, "competing", false, "0 is lost from sight and every other value an end of its own")
	o.StringVar(&s.By, "by", "", "a curve for every value of this `column`, and their comparison")
	o.StringVar(&s.Strata, "strata", "", "compare, and share hazards, only within values of this `column`")
	o.choice((*string)(&s.Interval), "interval", string(survival.LogLog), "limits of the curve: ", "loglog", "log", "plain")
	o.list(&s.Cox, "cox", "fit a Cox regression on these `columns`")
	o.choice((*string)(&s.Ties), "ties", string(survival.Efron), "of the regression: ", "efron", "breslow", "exact")
	o.StringVar(&s.Cluster, "cluster", "", "the regression's robust standard errors, by this `column`")
	o.BoolVar(&s.Subdistribution, "subdistribution", false, "with --competing --cox: Fine and Gray's regression of the cause --event-value")
}

func (a *survivalAsk) check(o *options, _ int) error {
	s := &a.spec
	s.Level, s.Definition, s.Population = o.level, o.definition, o.among
	switch {
	case s.Time == "":
		return &Refusal{Option: "time", Wrong: "the column of times is not given", Want: "--time COLUMN"}
	case s.Event == "":
		return &Refusal{Option: "event", Wrong: "the column of ends is not given", Want: "--event COLUMN"}
	}
	if len(s.Cox) == 0 {
		for _, name := range []string{"ties", "cluster", "subdistribution"} {
			if o.given(name) {
				return &Refusal{Option: name, Wrong: "it is for a regression", Want: "--cox COLUMNS beside it"}
			}
		}
	}
	return s.Check()
}

func (a *survivalAsk) answer(ctx context.Context, _ *options, in Source, _ estimate.Progress) (*Answer, error) {
	s := a.spec
	t, err := in.Open(ctx, in.Files[0], s.Columns())
	if err != nil {
		return nil, err
	}
	r, err := survival.Fit(ctx, t, s)
	if err != nil {
		return nil, err
	}
	return &Answer{Result: r.Result, Full: r, Sheet: survivalSheet(r, s), Plots: []Plot{{"estimate", r.Plot(s)}}}, nil
}

func survivalSheet(r *survival.Report, s survival.Spec) Sheet {
	facts := [][2]string{
		{"people", integer(r.N)},
		{"events", integer(r.Events)},
		{"log-rank", testLine(r.LogRank)},
		{"Peto", testLine(r.Peto)},
	}
	for _, x := range r.Gray {
		facts = append(facts, [2]string{"Gray, end " + x.Cause, testLine(x.Test)})
	}
	w := newSheet(r.Result, plain, facts...)
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
		w.curve(g)
	}
	w.cox(r.Cox)
	return w
}

func testLine(x *survival.Test) string {
	if x == nil {
		return ""
	}
	return fmt.Sprintf("χ² %s on %s, p %s", number(x.ChiSq), counted(x.Df, "degree of freedom", "degrees of freedom"), chance(x.P))
}

// curve adds some twelve rows of a curve; the full answer has every time.
func (w *Sheet) curve(g survival.Group) {
	const most = 12
	n := len(g.Curve)
	t := Table{Heading: "Curve", Head: []string{"time", "at risk", "events", "share without", "se", "lower", "upper"}}
	for i := range min(n, most) {
		x := g.Curve[at(i, n, most)]
		t.Rows = append(t.Rows, []string{plain(estimate.Number(x.Time)), integer(x.AtRisk), integer(x.Events), share(x.Survival), share(x.SE), share(x.Lower), share(x.Upper)})
	}
	if g.Group != "all" {
		t.Heading += " of " + g.Group
	}
	if n > most {
		t.Shown = fmt.Sprintf("%d of %d times", most, n)
	}
	if n > 0 {
		w.Tables = append(w.Tables, t)
	}
	if len(g.Incidence) == 0 {
		return
	}
	var rows [][]string
	last := g.Incidence[len(g.Incidence)-len(g.Causes()):]
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

func (w *Sheet) cox(x *survival.Cox) {
	if x == nil {
		return
	}
	var rows [][]string
	for _, name := range x.Names {
		h := x.HazardRatio[name]
		rows = append(rows, []string{name, number(x.Coefficients[name]), number(x.SE[name]), number(h.Estimate), number(h.Lower), number(h.Upper), chance(x.P[name])})
	}
	w.table(fmt.Sprintf("Regression of the hazard, %d people, %d events, ties by %s", x.N, x.Events, x.Ties), 1, []string{"term", "coefficient", "se", "hazard ratio", "lower", "upper", "p"}, rows)
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
	w.table("", 2, nil, tests)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"plumbline/estimate"
	"plumbline/estimate/capture"
)

var estimateCaptureCommand = command{
	name: "estimate capture",
	line: "how many people there are, from lists that overlap (multiple systems estimation)",
	help: `plumbline estimate capture FILE.csv [--method M] [--sensitivity] [--plot FILE.svg] [--json]

  plumbline estimate capture lists.csv --sensitivity --plot lists.svg

FILE has a column of 0 and 1 for each list, and count: how many people were on
exactly those lists. Without count, each row is one person. - reads standard
input.

  A,B,C,count
  1,0,0,54
  1,1,0,15

Methods: stepwise (two-list terms by a tail test, with a bootstrap that repeats
the choice), main (independent lists), fixed (the --pairs given), pairs (all),
hierarchical (every model up to --order), decomposable (averages over graphs),
latent (kinds of people). Exit 1 when the lists do not determine a number.`,
	run: estimateCapture,
}

func estimateCapture(ctx context.Context, c *call) error {
	a := c.estimating()
	s := capture.Default()
	var method, pairs, replicates string
	var lists []string
	var plotLists string
	f := c.flags
	f.StringVar(&method, "method", string(s.Method), "stepwise, main, fixed, pairs, hierarchical, decomposable or latent")
	f.Float64Var(&s.Threshold, "threshold", s.Threshold, "stepwise: a pair enters when its tail probability is below")
	f.StringVar(&pairs, "pairs", "", "fixed: the `terms`, such as A:B,C:D")
	f.IntVar(&s.Order, "order", s.Order, "hierarchical: the most lists in a term")
	f.StringVar(&s.Criterion, "criterion", s.Criterion, "hierarchical: bic or aic")
	f.IntVar(&s.Top, "top", 0, "hierarchical: the `models` the bootstrap chooses among")
	f.Float64Var(&s.Prior, "prior", 0, "decomposable: the `weight` of the prior on each history")
	f.Float64Var(&s.Most, "most", 0, "decomposable: the most people unseen, a `multiple` of those seen")
	f.IntVar(&s.GridStep, "grid-step", 0, "decomposable: the `step` of the grid of people unseen")
	f.IntVar(&s.Mixture.Classes, "classes", 0, "latent: at most so many kinds of people")
	f.Float64Var(&s.Mixture.Shape, "shape", 0, "latent: `shape` of the prior of the concentration")
	f.Float64Var(&s.Mixture.Rate, "rate", 0, "latent: `rate` of that prior")
	f.IntVar(&s.Mixture.Chains, "chains", 0, "latent: how many `chains` must agree")
	f.IntVar(&s.Mixture.Longest, "longest", 0, "latent: at most so many `sweeps` of each")
	f.IntVar(&s.Bootstrap, "bootstrap", s.Bootstrap, "replicates; 0 for the interval of the chosen model alone")
	f.StringVar(&replicates, "replicates", "", "take bootstrap counts from this CSV `file`, a row a replicate, instead of drawing them")
	f.Uint64Var(&s.Seed, "seed", s.Seed, "of the bootstrap and the chains")
	f.BoolVar(&s.Sensitivity, "sensitivity", false, "also under the classes of model that take seconds: graphs, chains, and all models of six lists")
	c.listFlag(&lists, "lists", "the `columns` of the lists, when the file has others too (all but count)")
	f.StringVar(&s.Count, "count", "", "the `column` of counts (count, when there is one)")
	for name, value := range map[string]string{"top": "20 with four lists, 100 with more", "prior": "2^-lists", "most": "10", "grid-step": "the least with 30,000 points",
		"classes": "10", "shape": "0.25", "rate": "0.25", "chains": "4", "longest": "320,000"} {
		c.says(name, value)
	}
	f.StringVar(&plotLists, "plot-lists", "", "draw the overlap of the lists in an SVG `file` of its own")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := c.refuseZero("top", "prior", "most", "grid-step", "classes", "shape", "rate", "chains", "longest"); err != nil {
		return err
	}
	// Another method would pass them over in silence; beside others it heeds them.
	for _, x := range [][]string{{"hierarchical", "order", "criterion", "top"}, {"decomposable", "prior", "most", "grid-step"}, {"latent", "classes", "shape", "rate", "chains", "longest"}} {
		for _, name := range x[1:] {
			if c.given(name) && method != x[0] && !s.Sensitivity {
				return usageError{fmt.Sprintf("--%s: the method is %s; want --method %s beside it", name, method, x[0]), ""}
			}
		}
	}
	s.Method, s.Lists, s.Level = capture.Method(method), lists, a.level
	s.Definition, s.Population = a.definition, a.among
	if pairs != "" {
		var err error
		if s.Pairs, err = capture.ParsePairs(pairs); err != nil {
			return c.blame(err)
		}
	}
	if plotLists == a.plot {
		plotLists = "" // one file holds both, below each other
	}
	for _, place := range []*asked{a, {plot: plotLists}} {
		if err := place.ready(); err != nil {
			return err
		}
	}
	t, err := c.table(ctx, c.args[0], nil)
	if err != nil {
		return err
	}
	if replicates != "" {
		if s.Replicates, err = c.table(ctx, replicates, nil); err != nil {
			return err
		}
	}
	tell, wipe := c.telling()
	s.Progress = tell
	r, err := capture.Fit(ctx, t, s)
	wipe()
	if err != nil {
		return hintCount(c.blame(err), t, s)
	}
	if plotLists != "" && ctx.Err() == nil {
		if err := draw(plotLists, r.PlotLists()); err != nil {
			return err
		}
	}
	if err := c.answer(ctx, a, r, r.Plot, func(w *page) { writeCapture(w, r, s) }); err != nil {
		return err
	}
	if !r.Estimate.Known() {
		return errNo
	}
	return nil
}

// hintCount guesses that a column that is no list is the one of counts.
func hintCount(err error, t *estimate.Table, s capture.Spec) error {
	var e *estimate.InputError
	if s.Count != "" || t.Has("count") || !errors.As(err, &e) || e.Row == 0 || e.Column != t.Header()[len(t.Header())-1] {
		return err
	}
	return usageError{oneLine(err.Error()), fmt.Sprintf("if %s says how many people had each history, add --count %s", e.Column, e.Column)}
}

func writeCapture(w *page, r *capture.Result, s capture.Spec) {
	replicates := ""
	if r.Replicates > 0 {
		replicates = integer(r.Replicates)
	}
	median, aic, bic := "", "", ""
	if r.Median != nil && r.Median.Known() {
		median = whole(*r.Median)
	}
	if r.AIC.Known() {
		aic = number(r.AIC)
	}
	if r.BIC != nil && r.BIC.Known() {
		bic = number(*r.BIC)
	}
	profile := ""
	if p := r.Profile; p != nil && p.Lower.Known() {
		profile = whole(p.Lower) + " to " + whole(p.Upper)
	}
	considered := ""
	if r.Considered > 0 {
		considered = integer(r.Considered)
	}
	w.top(r.Result, whole, [][2]string{
		{"observed", whole(estimate.Number(r.Observed)) + " on " + more(len(r.Lists), "list", "lists")},
		{"median", median},
		{"replicates", replicates},
		{"profile interval", profile},
		{"terms", strings.Join(r.Terms, ", ")},
		{"no overlap", strings.Join(r.Absent, ", ")},
		{"models weighed", considered},
		{"AIC", aic},
		{"BIC", bic},
	}...)
	var rows [][]string
	for _, name := range append(append([]string{"(intercept)"}, r.Lists...), r.Terms...) {
		if b, ok := r.Coefficients[name]; ok {
			rows = append(rows, []string{name, number(b), number(r.SE[name])})
		}
	}
	w.table("Coefficients of the model", 1, []string{"term", "coefficient", "se"}, rows)
	rows = nil
	weight := ""
	for i, m := range r.Models {
		if i == 10 {
			break
		}
		row := []string{dash(strings.Join(m.Terms, " ")), whole(m.Estimate), ""}
		switch {
		case m.Posterior != nil:
			weight, row[2] = "probability", share(*m.Posterior)
		case m.BIC != nil:
			weight, row[2] = "BIC", number(*m.BIC)
		case m.AIC != nil:
			weight, row[2] = "AIC", number(*m.AIC)
		}
		rows = append(rows, row)
	}
	w.table("The best models", 1, []string{"terms", "estimate", weight}, rows)
	rows = nil
	for _, x := range r.Sensitivity {
		rows = append(rows, []string{x.What, whole(x.Estimate), whole(x.Lower), whole(x.Upper)})
	}
	w.table("What other defensible choices would have given", 1, []string{"choice", "estimate", "lower", "upper"}, rows)
	w.diagnostics(r.Diagnostics)
	if !s.Sensitivity && r.Estimate.Known() {
		w.WriteString("\n--sensitivity also asks the classes of model that take seconds.\n")
	}
}

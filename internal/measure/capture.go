package measure

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"plumbline/estimate"
	"plumbline/estimate/capture"
)

type captureAsk struct {
	spec              capture.Spec
	pairs, replicates string
}

func (a *captureAsk) options(o *options) {
	s := &a.spec
	*s = capture.Default()
	o.choice((*string)(&s.Method), "method", string(s.Method), "", "stepwise", "main", "fixed", "pairs", "hierarchical", "decomposable", "latent")
	o.Float64Var(&s.Threshold, "threshold", s.Threshold, "stepwise: a pair enters when its tail probability is below")
	o.StringVar(&a.pairs, "pairs", "", "fixed: the `terms`, such as A:B,C:D")
	o.IntVar(&s.Order, "order", s.Order, "hierarchical: the most lists in a term")
	o.choice(&s.Criterion, "criterion", s.Criterion, "hierarchical: ", "bic", "aic")
	o.IntVar(&s.Top, "top", 0, "hierarchical: the `models` the bootstrap chooses among")
	o.Float64Var(&s.Prior, "prior", 0, "decomposable: the `weight` of the prior on each history")
	o.Float64Var(&s.Most, "most", 0, "decomposable: the most people unseen, a `multiple` of those seen")
	o.IntVar(&s.GridStep, "grid-step", 0, "decomposable: the `step` of the grid of people unseen")
	o.IntVar(&s.Mixture.Classes, "classes", 0, "latent: at most so many kinds of people")
	o.Float64Var(&s.Mixture.Shape, "shape", 0, "latent: `shape` of the prior of the concentration")
	o.Float64Var(&s.Mixture.Rate, "rate", 0, "latent: `rate` of that prior")
	o.IntVar(&s.Mixture.Chains, "chains", 0, "latent: how many `chains` must agree")
	o.IntVar(&s.Mixture.Longest, "longest", 0, "latent: at most so many `sweeps` of each")
	o.IntVar(&s.Bootstrap, "bootstrap", s.Bootstrap, "replicates; 0 for the interval of the chosen model alone")
	o.StringVar(&a.replicates, "replicates", "", "take bootstrap counts from this CSV `file`, a row a replicate, instead of drawing them")
	o.Uint64Var(&s.Seed, "seed", s.Seed, "of the bootstrap and the chains")
	o.BoolVar(&s.Sensitivity, "sensitivity", false, "also under the classes of model that take seconds: graphs, chains, and all models of six lists")
	o.list(&s.Lists, "lists", "the `columns` of the lists, when the file has others too (all but count)")
	o.StringVar(&s.Count, "count", "", "the `column` of counts (count, when there is one)")
	for name, value := range map[string]string{"top": "20 with four lists, 100 with more", "prior": "2^-lists", "most": "10", "grid-step": "the least with 30,000 points",
		"classes": "10", "shape": "0.25", "rate": "0.25", "chains": "4", "longest": "320,000"} {
		o.says(name, value)
	}
}

func (a *captureAsk) check(o *options, _ int) (err error) {
	if err := o.refuseZero("top", "prior", "most", "grid-step", "classes", "shape", "rate", "chains", "longest"); err != nil {
		return err
	}
	s := &a.spec
	// Another method would pass them over in silence; beside others it heeds them.
	for _, x := range [][]string{{"hierarchical", "order", "criterion", "top"}, {"decomposable", "prior", "most", "grid-step"}, {"latent", "classes", "shape", "rate", "chains", "longest"}} {
		for _, name := range x[1:] {
			if o.given(name) && string(s.Method) != x[0] && !s.Sensitivity {
				return &Refusal{Option: name, Wrong: fmt.Sprintf("the method is %s", s.Method), Want: "--method " + x[0] + " beside it"}
			}
		}
	}
	s.Level, s.Definition, s.Population = o.level, o.definition, o.among
	if a.pairs != "" {
		if s.Pairs, err = capture.ParsePairs(a.pairs); err != nil {
			return err
		}
	}
	return s.Check()
}

func (a *captureAsk) answer(ctx context.Context, _ *options, in Source, progress estimate.Progress) (*Answer, error) {
	s := a.spec
	t, err := in.Open(ctx, in.Files[0], nil)
	if err != nil {
		return nil, err
	}
	if a.replicates != "" {
		if s.Replicates, err = in.Open(ctx, a.replicates, nil); err != nil {
			return nil, err
		}
	}
	s.Progress = progress
	r, err := capture.Fit(ctx, t, s)
	if err != nil {
		return nil, hintCount(err, t, s)
	}
	return &Answer{
		Result: r.Result, Full: r, Sheet: captureSheet(r, s), No: !r.Estimate.Known(),
		Plots: []Plot{{"estimate", r.Plot()}, {"lists", r.PlotLists()}},
	}, nil
}

// hintCount guesses that a column that is no list is the one of counts.
func hintCount(err error, t *estimate.Table, s capture.Spec) error {
	var e *estimate.InputError
	if s.Count != "" || t.Has("count") || !errors.As(err, &e) || e.Row == 0 || e.Column != t.Header()[len(t.Header())-1] {
		return err
	}
	return &Refusal{Wrong: err.Error(), Hint: fmt.Sprintf("if %s says how many people had each history, add --count %s", e.Column, e.Column), Err: err}
}

func captureSheet(r *capture.Result, s capture.Spec) Sheet {
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
	w := newSheet(r.Result, whole,
		[2]string{"observed", whole(estimate.Number(r.Observed)) + " on " + counted(len(r.Lists), "list", "lists")},
		[2]string{"median", median},
		[2]string{"replicates", replicates},
		[2]string{"profile interval", profile},
		[2]string{"terms", strings.Join(r.Terms, ", ")},
		[2]string{"no overlap", strings.Join(r.Absent, ", ")},
		[2]string{"models weighed", considered},
		[2]string{"AIC", aic},
		[2]string{"BIC", bic},
	)
	var rows [][]string
	for _, name := range append(append([]string{"(intercept)"}, r.Lists...), r.Terms...) {
		if b, ok := r.Coefficients[name]; ok {
			rows = append(rows, []string{name, number(b), number(r.SE[name])})
		}
	}
	w.table("Coefficients of the model", 1, []string{"term", "coefficient", "se"}, rows)
	rows, weight := bestModels(r.Models)
	w.table("The best models", 1, []string{"terms", "estimate", weight}, rows)
	rows = nil
	for _, x := range r.Sensitivity {
		rows = append(rows, []string{x.What, whole(x.Estimate), whole(x.Lower), whole(x.Upper)})
	}
	w.table("What other defensible choices would have given", 1, []string{"choice", "estimate", "lower", "upper"}, rows)
	w.diagnostics(r.Diagnostics)
	if !s.Sensitivity && r.Estimate.Known() {
		w.Hint = "--sensitivity also asks the classes of model that take seconds."
	}
	return w
}

func bestModels(models []capture.Model) (rows [][]string, weight string) {
	for _, m := range models[:min(len(models), 10)] {
		terms := strings.Join(m.Terms, " ")
		if terms == "" {
			terms = "–"
		}
		row := []string{terms, whole(m.Estimate), ""}
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
	return rows, weight
}

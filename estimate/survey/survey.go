package survey

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"plumbline/estimate"
)

// Stat is what is estimated of a variable.
type Stat string

const (
	Mean       Stat = "mean"
	Total      Stat = "total"
	Proportion Stat = "proportion"
)

// Spec is one question put to a sample.
type Spec struct {
	Design

	// One of these three says what is measured.
	Y        string  // a column, or a comparison such as age<18, which is 1 where it holds
	Ratio    string  // NUM/DEN: the total of one column over the total of another
	Quantile string  // VAR:P, the smallest value that a share P of the population does not exceed
	Stat     Stat    // of Y; empty: Proportion for a comparison, and for 0 and 1 where Interval is given; else Mean
	Where    string  // keeps a domain; the design stays whole
	By       string  // a result for every value of this column
	Against  string  // the group of By that the others are held against; empty: none
	Level    float64 // 0: 0.95

	// Interval is for proportions; empty: Logit.
	Interval Interval
	// DesignEffect is used where nobody, or everybody, of a sample has the
	// trait, so that the sample cannot show it. 0: that of the weights alone.
	DesignEffect float64

	// Replicates is jk1, jkn or bootstrap: the variance is then taken from
	// samples with clusters left out or drawn again. Empty: linearised.
	Replicates string
	Bootstrap  int // samples; 0: 500
	Seed       uint64

	// ReplicateWeights are columns of weights that came with the data, one a
	// replicate and the weight of the row in it, or the beginning of their names
	// with *. Replicates says how they were made, brr (balanced halves) among
	// others, and with it the scale of the squares they are off by.
	ReplicateWeights []string
	ReplicateScale   float64 // instead of that; 0: (R−1)/R for jk1, 1/(R−1) for bootstrap, 1/R for brr

	Definition, Population string // in the caller's words, for the record

	Progress estimate.Progress `json:"-"` // may be nil
}

// A Report is the answer: a row for every group.
type Report struct {
	estimate.Result
	Statistic string  `json:"statistic"`
	Variance  string  `json:"variance"`          // linearised, jk1, jkn, bootstrap or brr
	N         int     `json:"n"`                 // rows used
	Degf      int     `json:"degf"`              // clusters less strata, of the domain
	Outside   *int    `json:"outside,omitempty"` // rows that are not in the domain asked for
	Results   []Group `json:"results"`
	// Differences from the group Against.
	Differences []Between `json:"differences,omitempty"`
}

// Group is the estimate of one group; without By the group is "all".
type Group struct {
	Group    string          `json:"group"`
	Value    string          `json:"value,omitempty"` // of a variable of words
	Estimate estimate.Number `json:"estimate"`
	SE       estimate.Number `json:"se"`
	Lower    estimate.Number `json:"lower"`
	Upper    estimate.Number `json:"upper"`
	// Deff compares the variance with that of as many people drawn singly
	// without replacement; DeffReplace with replacement.
	Deff        estimate.Number `json:"deff"`
	DeffReplace estimate.Number `json:"deff_replace"`
	N           int             `json:"n"`
	Cases       *int            `json:"cases,omitempty"` // of a share: how many of N rows have it, whatever they weigh
	Degf        int             `json:"degf"`            // of the group itself
}

// Columns names the columns of the table that the spec reads.
func (sp Spec) Columns() ([]string, error) {
	c := append(sp.Design.columns(), sp.ReplicateWeights...)
	if sp.By != "" {
		c = append(c, sp.By)
	}
	q, err := sp.question()
	if err != nil {
		return nil, err
	}
	c = append(c, q.columns...)
	if q.y != nil {
		c = q.y.columns(c)
	}
	if q.where != nil {
		c = q.where.columns(c)
	}
	slices.Sort(c)
	return slices.Compact(c), nil
}

// Check refuses a spec that no table could answer.
func (sp Spec) Check() error {
	if _, err := sp.level(); err != nil {
		return err
	}
	if _, err := sp.question(); err != nil {
		return err
	}
	switch {
	case sp.Against != "" && sp.By == "":
		return option("against", "no column says what the groups are", "--by COLUMN beside it")
	case sp.Against != "" && (sp.Replicates != "" || len(sp.ReplicateWeights) > 0 || sp.Quantile != ""):
		return option("against", "replicates and quantiles are not for differences of groups", "a mean, total, proportion or ratio, with the variance of the design")
	}
	return cmp.Or(sp.Interval, Logit).check()
}

func (sp Spec) level() (float64, error) {
	switch {
	case sp.Level == 0:
		return 0.95, nil
	case !(sp.Level > 0 && sp.Level < 1):
		return 0, option("level", fmt.Sprintf("the level is %v", sp.Level), "a number between 0 and 1, such as 0.95")
	}
	return sp.Level, nil
}

// Fit estimates what the spec asks of the table. A where that nobody meets, or
// a group without degrees of freedom, has null limits and a warning; an
// [estimate.InputError] says what to change in the table or the spec.
func Fit(ctx context.Context, t *estimate.Table, sp Spec) (*Report, error) {
	if err := sp.Check(); err != nil {
		return nil, err
	}
	level, err := sp.level()
	if err != nil {
		return nil, err
	}
	q, err := sp.question()
	if err != nil {
		return nil, err
	}
	s, err := newSample(t, sp.Design)
	if err != nil {
		return nil, err
	}
	f := fitter{sample: s, spec: sp, level: level}
	f.interval = cmp.Or(sp.Interval, Logit)
	if err := f.readReplicates(); err != nil {
		return nil, err
	}
	r := &Report{Result: estimate.NewResult("survey", level), Variance: "linearised", Results: []Group{}}
	r.Definition, r.Population = sp.Definition, sp.Population
	f.result = &r.Result
	r.Warnings = append(r.Warnings, s.notes...)

	targets, names, err := f.targets(q)
	if err != nil {
		return nil, err
	}
	q.kind = targets[0].kind
	r.Statistic = q.kind
	rows, err := f.domain(q.where)
	if err != nil {
		return nil, err
	}
	if q.where != nil {
		outside := f.n - len(rows)
		r.Outside = &outside
	}
	rows, groups, labels, err := f.groups(rows)
	if err != nil {
		return nil, err
	}

	// Degrees of freedom are those of the domain, for all groups alike.
	used := make([]int32, 0, len(rows))
	missing := 0
	for _, i := range rows {
		if targets[0].known(i) {
			used = append(used, i)
		} else {
			missing++
		}
	}
	if missing > 0 {
		r.Warn("missing-values", "%d of %d rows have no value of %s. They stay in the design, and the estimate is about those who have one.", missing, len(rows), describe(sp))
	}
	r.N, r.Degf = len(used), f.degf(used)
	if r.N == 0 {
		r.Warn("empty", "Nobody is in the domain, so nothing can be estimated.")
	} else if r.Degf < 1 {
		r.Warn("degrees-of-freedom", "There are no more clusters than strata, so there are no limits.")
	} else if r.Degf < 10 {
		r.Warn("few-clusters", "Only %d degrees of freedom: limits from few clusters are themselves uncertain.", r.Degf)
	}
	f.df = float64(r.Degf)
	f.uneven(used)

	many := len(groups) * len(targets)
	if many > 1 {
		f.spec.Progress = nil // groups are told, and not the samples of each
	}
	for g, members := range groups {
		for k := range targets {
			if many > 1 {
				sp.Progress.Step("groups", g*len(targets)+k, many)
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			one, err := f.estimate(ctx, targets[k], members)
			if err != nil {
				return nil, err
			}
			one.Group = labels[g]
			if len(names) > 0 {
				one.Value = names[k]
			}
			r.Results = append(r.Results, one)
		}
	}
	f.warnGroups(r)
	if sp.Against != "" {
		if len(names) > 0 {
			return nil, &estimate.InputError{File: t.Name, Column: sp.Y, Wrong: "a column of words", Want: "0 or 1, or a comparison such as " + Equal(sp.Y, names[0])}
		}
		if err := f.hold(ctx, r, targets[0], groups, labels); err != nil {
			return nil, err
		}
	}
	f.name(r, q)
	return r, nil
}

type fitter struct {
	*sample
	spec     Spec
	level    float64
	interval Interval
	df       float64
	reps     *replication
	result   *estimate.Result
	z, below []float64 // scratch
	open     int       // quantile limits beyond the data
	none     bool      // some group has no cases, or nothing but cases
}

// estimate answers for one group of rows.
func (f *fitter) estimate(ctx context.Context, g target, members []int32) (Group, error) {
	out := Group{Estimate: estimate.Null, SE: estimate.Null, Lower: estimate.Null, Upper: estimate.Null, Deff: estimate.Null, DeffReplace: estimate.Null}
	rows := members
	for _, i := range members {
		if !g.known(i) {
			rows = make([]int32, 0, len(members))
			for _, i := range members {
				if g.known(i) {
					rows = append(rows, i)
				}
			}
			break
		}
	}
	out.N = len(rows)
	if out.Degf = int(f.df); f.reps == nil || f.reps.given == nil {
		out.Degf = f.degf(rows)
	}
	if len(rows) == 0 {
		return out, nil
	}
	if g.binary {
		out.Cases = new(int)
		for _, i := range rows {
			if g.y[i] != 0 {
				*out.Cases++
			}
		}
	}
	if g.kind == "quantile" {
		return out, f.quantile(ctx, g, rows, &out)
	}
	point, variance, srs, err := f.moments(ctx, g, rows)
	if err != nil || math.IsNaN(point) {
		return out, err
	}
	out.Estimate = estimate.Number(point)
	if f.noVariance() || !g.noCases(point) && f.alone(rows, out.Degf, variance, point) {
		return out, nil
	}
	out.SE = estimate.Number(math.Sqrt(variance))
	if srs.with > 0 {
		out.DeffReplace = estimate.Number(variance / srs.with)
	}
	if srs.without > 0 {
		out.Deff = estimate.Number(variance / srs.without)
	}
	var lower, upper float64
	share := proportion{point, variance, len(rows), f.df, f.level}
	switch {
	case g.noCases(point):
		deff := f.spec.DesignEffect
		if deff == 0 {
			deff = f.kish(rows)
		}
		f.none = true
		share.p = math.Round(point)
		out.Estimate = estimate.Number(share.p)
		lower, upper = share.noCases(deff)
		f.result.Warn("no-cases", "Nobody, or everybody, of a sample of %d has the trait. The limits are exact binomial ones for %.1f people, a design effect of %.2f.", len(rows), float64(len(rows))/max(deff, 1), max(deff, 1))
		if f.spec.DesignEffect == 0 {
			f.result.Warn("no-cases", "That design effect is of unequal weights alone. Clustering cannot be seen without cases, so give one from an earlier round.")
		}
	case g.kind != string(Proportion):
		t := tQuantile(0.5+f.level/2, f.df)
		lower, upper = point-t*math.Sqrt(variance), point+t*math.Sqrt(variance)
		if g.binary && (lower < 0 || upper > 1) {
			f.result.Warn("limits-beyond", "The limits of a mean of zeros and ones leave the range from 0 to 1. Ask for a proportion, whose limits do not.")
		}
	default:
		lower, upper = share.limits(f.interval)
	}
	out.Lower, out.Upper = estimate.Number(lower), estimate.Number(upper)
	return out, nil
}

// warnGroups says what is wrong with groups, in one sentence however many.
func (f *fitter) warnGroups(r *Report) {
	if f.open > 0 {
		r.Warn("open-limits", "The sample is too small for all limits asked for: quantiles whose limit lies beyond the data: %d.", f.open)
	}
	if len(r.Results) < 2 {
		return
	}
	var empty, thin, alone []string
	for _, g := range r.Results {
		switch {
		case g.N == 0:
			empty = append(empty, g.Group)
		case g.Degf < 1 && !g.SE.Known():
			alone = append(alone, g.Group)
		case g.Degf < 5 && g.Degf < r.Degf:
			thin = append(thin, g.Group)
		}
	}
	if len(empty) > 0 {
		r.Warn("empty-group", "%d groups have nobody: %s.", len(empty), some(empty))
	}
	if len(alone) > 0 {
		r.Warn("one-cluster", "%d groups are each in one cluster (%s), which shows nothing of how clusters differ. They have no limits.", len(alone), some(alone))
	}
	if len(thin) > 0 {
		r.Warn("thin-groups", "%d groups are in hardly more clusters than strata (%s). Their limits use the %d degrees of freedom of the whole domain and are too narrow if anything.", len(thin), some(thin), r.Degf)
	}
}

// name fills in the headline where there is one, and how the limits were found.
func (f *fitter) name(r *Report, q question) {
	r.Interval = "t"
	switch q.kind {
	case string(Proportion):
		r.Interval = string(f.interval)
	case "quantile":
		r.Interval = "woodruff"
	}
	if f.reps != nil {
		r.Variance = f.reps.kind
		if f.reps.kind == "bootstrap" && f.reps.given == nil {
			seed := f.spec.Seed
			r.Seed = &seed
		}
	}
	if len(r.Results) != 1 {
		r.Sentence = strings.TrimSpace(f.sentences(r, q) + r.differences())
		return
	}
	g := r.Results[0]
	r.Estimate, r.Lower, r.Upper = g.Estimate, g.Lower, g.Upper
	if f.none && len(r.Results) == 1 {
		r.Interval = "exact"
	}
	r.Sentence = f.sentence(r, q)
}

package survey

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
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

	Definition, Population string // in the caller's words, for the record
}

// A Report is the answer: a row for every group.
type Report struct {
	estimate.Result
	Statistic string  `json:"statistic"`
	Variance  string  `json:"variance"` // linearised, jk1, jkn or bootstrap
	N         int     `json:"n"`        // rows used
	Degf      int     `json:"degf"`     // clusters less strata, of the domain
	Results   []Group `json:"results"`
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
	Degf        int             `json:"degf"` // of the group itself
}

// Columns names the columns of the table that the spec reads.
func (sp Spec) Columns() ([]string, error) {
	c := sp.Design.columns()
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

// question is a spec with its little languages read.
type question struct {
	kind    string // mean, total, proportion, ratio, quantile
	columns []string
	y       expression // in place of a column
	where   expression
	p       float64 // of a quantile
	guess   bool    // a proportion if the column turns out to be one
}

func (sp Spec) question() (q question, err error) {
	given := 0
	for _, s := range []string{sp.Y, sp.Ratio, sp.Quantile} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return q, option("y", fmt.Sprintf("%d things to estimate are given", given), "one of --y, --ratio and --quantile")
	}
	switch {
	case sp.Ratio != "":
		num, den, ok := strings.Cut(sp.Ratio, "/")
		num, den = strings.TrimSpace(num), strings.TrimSpace(den)
		if !ok || num == "" || den == "" {
			return q, option("ratio", fmt.Sprintf("cannot read %q", sp.Ratio), "NUM/DEN, two columns")
		}
		q.kind, q.columns = "ratio", []string{num, den}
	case sp.Quantile != "":
		at := strings.LastIndexByte(sp.Quantile, ':')
		if at < 1 {
			return q, option("quantile", fmt.Sprintf("cannot read %q", sp.Quantile), "VAR:P, as in income:0.5")
		}
		p, ok := literal(sp.Quantile[at+1:])
		if !ok || !(p > 0 && p < 1) {
			return q, option("quantile", fmt.Sprintf("%q is not a share", sp.Quantile[at+1:]), "a number between 0 and 1")
		}
		q.kind, q.columns, q.p = "quantile", []string{sp.Quantile[:at]}, p
	default:
		q.kind = string(sp.Stat)
		if isExpression(sp.Y) {
			if q.y, err = parseExpression("y", sp.Y); err != nil {
				return q, err
			}
		} else {
			q.columns = []string{sp.Y}
		}
		if q.kind == "" {
			q.kind = string(Mean)
			if q.y != nil {
				q.kind = string(Proportion)
			}
			q.guess = sp.Interval != ""
		}
		if !slices.Contains([]Stat{Mean, Total, Proportion}, Stat(q.kind)) {
			return q, option("stat", fmt.Sprintf("unknown statistic %q", sp.Stat), "mean, total or proportion")
		}
	}
	if sp.Where != "" {
		q.where, err = parseExpression("where", sp.Where)
	}
	return q, err
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

// target is a variable ready to be estimated. Missing is NaN.
type target struct {
	kind   string
	y, x   []float64
	p      float64
	binary bool // a mean or proportion of zeros and ones
}

// noCases reports an estimate at the edge, where a sample of zeros and ones has
// a linearised variance of zero that is no knowledge.
func (g target) noCases(point float64) bool {
	return g.binary && (point <= 0 || point >= 1)
}

// Fit estimates what the spec asks of the table. A where that nobody meets, or
// a group without degrees of freedom, has null limits and a warning; an
// [estimate.InputError] says what to change in the table or the spec.
func Fit(ctx context.Context, t *estimate.Table, sp Spec) (*Report, error) {
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
	if f.interval = sp.Interval; f.interval == "" {
		f.interval = Logit
	}
	if err := f.interval.check(); err != nil {
		return nil, err
	}
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
	r.N, r.Degf = len(used), s.degf(used)
	if r.N == 0 {
		r.Warn("empty", "Nobody is in the domain, so nothing can be estimated.")
	} else if r.Degf < 1 {
		r.Warn("degrees-of-freedom", "There are no more clusters than strata, so there are no limits.")
	} else if r.Degf < 10 {
		r.Warn("few-clusters", "Only %d degrees of freedom: limits from few clusters are themselves uncertain.", r.Degf)
	}
	f.df = float64(r.Degf)

	for g, members := range groups {
		for k := range targets {
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
	f.name(r, q)
	return r, nil
}

func describe(sp Spec) string { return cmp.Or(sp.Y, sp.Ratio, sp.Quantile) }

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
}

// targets returns the variables to estimate; a column of words under
// Proportion is one variable a word, with their names.
func (f *fitter) targets(q question) ([]target, []string, error) {
	t := f.table
	if q.y != nil {
		answers, err := q.y.eval(t)
		if err != nil {
			return nil, nil, err
		}
		y := make([]float64, len(answers))
		for i, a := range answers {
			switch a {
			case yes:
				y[i] = 1
			case unknown:
				y[i] = math.NaN()
			}
		}
		return []target{{kind: q.kind, y: y, binary: q.kind != string(Total)}}, nil, nil
	}
	name := q.columns[0]
	y, err := t.Numbers(name)
	if err != nil {
		if q.kind != string(Proportion) && !q.guess || !t.Has(name) {
			return nil, nil, err
		}
		return f.words(name)
	}
	g := target{kind: q.kind, y: y, p: q.p}
	zeroOne := !slices.ContainsFunc(y, func(v float64) bool { return v != 0 && v != 1 && v == v })
	if q.guess && zeroOne {
		g.kind = string(Proportion)
	}
	if g.kind == string(Proportion) && !q.guess {
		for i, v := range y {
			if v != 0 && v != 1 && v == v {
				return nil, nil, t.Bad(i, name, fmt.Sprintf("%v is neither 0 nor 1", v), "0 or 1, or a comparison such as "+name+">10")
			}
		}
	}
	g.binary = zeroOne && (g.kind == string(Mean) || g.kind == string(Proportion))
	if q.kind == "ratio" {
		if g.x, err = t.Numbers(q.columns[1]); err != nil {
			return nil, nil, err
		}
	}
	return []target{g}, nil, nil
}

func (f *fitter) words(name string) ([]target, []string, error) {
	codes, values, err := f.table.Levels(name)
	if err != nil {
		return nil, nil, err
	}
	if len(values) > 100 {
		return nil, nil, &estimate.InputError{File: f.table.Name, Column: name, Wrong: fmt.Sprintf("%d different words", len(values)), Want: "at most 100, or a comparison such as " + name + "==word"}
	}
	order := sortedLevels(values)
	targets, names := make([]target, len(values)), make([]string, len(values))
	for k, code := range order {
		y := make([]float64, len(codes))
		for i, c := range codes {
			switch c {
			case code:
				y[i] = 1
			case -1:
				y[i] = math.NaN()
			}
		}
		targets[k], names[k] = target{kind: string(Proportion), y: y, binary: true}, values[code]
	}
	return targets, names, nil
}

// sortedLevels returns the places of values in ascending order, as numbers when
// all are numbers.
func sortedLevels(values []string) []int {
	order := make([]int, len(values))
	numbers := make([]float64, len(values))
	numeric := true
	for k, v := range values {
		order[k] = k
		x, err := strconv.ParseFloat(v, 64)
		numbers[k] = x
		numeric = numeric && err == nil
	}
	slices.SortFunc(order, func(a, b int) int {
		if numeric && numbers[a] != numbers[b] {
			return cmp.Compare(numbers[a], numbers[b])
		}
		return cmp.Compare(values[a], values[b])
	})
	return order
}

func (g target) known(i int32) bool {
	return !math.IsNaN(g.y[i]) && (g.x == nil || !math.IsNaN(g.x[i]))
}

// domain returns the rows of weight that where keeps, in the order of the design.
func (f *fitter) domain(where expression) ([]int32, error) {
	var keep []truth
	if where != nil {
		var err error
		if keep, err = where.eval(f.table); err != nil {
			return nil, err
		}
	}
	rows := make([]int32, 0, f.n)
	lost := 0
	for _, i := range f.order {
		if keep != nil && keep[i] == unknown {
			lost++
		}
		if f.weight[i] > 0 && (keep == nil || keep[i] == yes) {
			rows = append(rows, i)
		}
	}
	if lost > 0 {
		f.result.Warn("missing-domain", "Of %d rows it is not known whether they meet %q; they are left out of the domain.", lost, f.spec.Where)
	}
	return rows, nil
}

// groups splits rows by the values of By, keeping the order of the design, and
// returns the rows that have one.
func (f *fitter) groups(rows []int32) ([]int32, [][]int32, []string, error) {
	if f.spec.By == "" {
		return rows, [][]int32{rows}, []string{"all"}, nil
	}
	codes, values, err := f.table.Levels(f.spec.By)
	if err != nil {
		return nil, nil, nil, err
	}
	rank := make([]int32, len(values))
	labels := make([]string, len(values))
	for r, k := range sortedLevels(values) {
		rank[k] = int32(r)
		labels[r] = values[k]
	}
	key := make([]int32, f.n)
	kept := rows[:0:0]
	for _, i := range rows {
		if c := codes[i]; c >= 0 {
			key[i] = rank[c]
			kept = append(kept, i)
		}
	}
	if lost := len(rows) - len(kept); lost > 0 {
		f.result.Warn("missing-group", "%d rows have no value of %q and are in no group.", lost, f.spec.By)
	}
	sorted := countingSort(kept, key, len(values))
	groups := make([][]int32, len(values))
	for start := 0; start < len(sorted); {
		end := start
		g := key[sorted[start]]
		for end < len(sorted) && key[sorted[end]] == g {
			end++
		}
		groups[g] = sorted[start:end]
		start = end
	}
	return kept, groups, labels, nil
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
	out.N, out.Degf = len(rows), f.degf(rows)
	if len(rows) == 0 {
		return out, nil
	}
	if g.kind == "quantile" {
		return out, f.quantile(ctx, g, rows, &out)
	}
	point, variance, srs, err := f.moments(ctx, g, rows)
	if err != nil || math.IsNaN(point) {
		return out, err
	}
	out.Estimate = estimate.Number(point)
	if f.noVariance() {
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
		share.p = math.Round(point)
		out.Estimate = estimate.Number(share.p)
		lower, upper = share.noCases(deff)
		f.result.Warn("no-cases", "Nobody, or everybody, of a sample of %d has the trait. The limits are exact binomial ones for %.1f people, a design effect of %.2f%s.",
			len(rows), float64(len(rows))/max(deff, 1), max(deff, 1), map[bool]string{true: " (unequal weights alone; clustering cannot be seen without cases, so give one from an earlier round)"}[f.spec.DesignEffect == 0])
	case g.kind != string(Proportion):
		t := tQuantile(0.5+f.level/2, f.df)
		lower, upper = point-t*math.Sqrt(variance), point+t*math.Sqrt(variance)
	default:
		lower, upper = share.limits(f.interval)
	}
	out.Lower, out.Upper = estimate.Number(lower), estimate.Number(upper)
	return out, nil
}

// noVariance reports a sample that is one cluster of an unknown many.
func (s *sample) noVariance() bool {
	return len(s.strata) == 1 && s.psus[0] == 1 && s.f1[0] < 1
}

// kish is n Σw² / (Σw)², the design effect of unequal weights (Kish 1965).
func (s *sample) kish(rows []int32) float64 {
	var w, ww sum
	for _, i := range rows {
		w.add(s.weight[i])
		ww.add(squared(s.weight[i]))
	}
	return float64(len(rows)) * ww.value() / squared(w.value())
}

// srs is the variance the same number of people drawn singly would have given.
type srs struct{ with, without float64 }

// moments returns the estimate of a mean, total, proportion or ratio, and its
// variance. With W = Σw, the linearised z_i are
//
//	mean   w_i (y_i − ȳ)/W        ȳ = Σwy/W
//	total  w_i y_i
//	ratio  w_i (y_i − R x_i)/Σwx   R = Σwy/Σwx
func (f *fitter) moments(ctx context.Context, g target, rows []int32) (point, variance float64, plain srs, err error) {
	point, w, scale := f.point(g, rows, f.weight)
	if math.IsNaN(point) {
		f.result.Warn("zero-denominator", "A denominator is zero, so there is no ratio.")
		return point, 0, srs{}, nil
	}
	if f.reps != nil {
		variance, err = f.replicated(ctx, g, rows)
	} else {
		variance = f.linearised(rows, f.linear(g, rows, point, scale))
	}
	// The variance of single people: s² = n/(n−1) Σw(e − ē)²/W of what is averaged.
	n := float64(len(rows))
	var mean, square sum
	e := func(i int32) float64 {
		if g.kind == "ratio" {
			return (g.y[i] - point*g.x[i]) / scale
		}
		return g.y[i]
	}
	for _, i := range rows {
		mean.add(f.weight[i] * e(i))
	}
	centre := mean.value() / w
	for _, i := range rows {
		square.add(f.weight[i] * squared(e(i)-centre))
	}
	if n > 1 {
		plain.with = n / (n - 1) * square.value() / w / n
		if g.kind == string(Total) || g.kind == "ratio" {
			plain.with *= w * w
		}
		if w >= n {
			plain.without = plain.with * (w - n) / w
		} else {
			f.result.Warn("weights-scale", "The weights add up to less than the sample, so they do not say how large the population is: there is no design effect against sampling without replacement, and a total is not one.")
		}
	}
	return point, variance, plain, err
}

// point returns the estimate under weights w, their sum, and the denominator of
// the linearisation.
func (s *sample) point(g target, rows []int32, weight []float64) (point, w, scale float64) {
	var sw, sy, sx sum
	for _, i := range rows {
		sw.add(weight[i])
		sy.add(weight[i] * g.y[i])
		if g.x != nil {
			sx.add(weight[i] * g.x[i])
		}
	}
	w = sw.value()
	switch g.kind {
	case string(Total):
		return sy.value(), w, 1
	case "ratio":
		if sx.value() == 0 {
			return math.NaN(), w, 0
		}
		return sy.value() / sx.value(), w, sx.value()
	}
	return sy.value() / w, w, w
}

// linear returns the linearised z of rows.
func (f *fitter) linear(g target, rows []int32, point, scale float64) []float64 {
	if cap(f.z) < len(rows) {
		f.z = make([]float64, len(rows))
	}
	z := f.z[:len(rows)]
	for k, i := range rows {
		switch g.kind {
		case string(Total):
			z[k] = f.weight[i] * g.y[i]
		case "ratio":
			z[k] = f.weight[i] * (g.y[i] - point*g.x[i]) / scale
		default:
			z[k] = f.weight[i] * (g.y[i] - point) / scale
		}
	}
	return z
}

// linearised is the variance of the sum of z over rows.
func (s *sample) linearised(rows []int32, z []float64) float64 {
	return s.joint(rows, z, 1)[0]
}

// joint is the covariance of p sums, with what margins explain taken off.
func (s *sample) joint(rows []int32, z []float64, p int) []float64 {
	if len(s.cal) == 0 {
		return s.covariance(rows, z, p)
	}
	all := make([]float64, s.n*p)
	for k, i := range rows {
		copy(all[int(i)*p:int(i)*p+p], z[k*p:k*p+p])
	}
	s.residuals(all, p)
	ordered := make([]float64, s.n*p)
	for k, i := range s.order {
		copy(ordered[k*p:k*p+p], all[int(i)*p:int(i)*p+p])
	}
	return s.covariance(s.order, ordered, p)
}

// quantile is the smallest value whose share of the weight reaches p, with
// Woodruff's (1952) limits: those of that share, read back as values. Its
// standard error is the width over 2t.
func (f *fitter) quantile(ctx context.Context, g target, rows []int32, out *Group) error {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b int32) int {
		if c := cmp.Compare(g.y[a], g.y[b]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	share := make([]float64, len(sorted))
	var w sum
	for k, i := range sorted {
		w.add(f.weight[i])
		share[k] = w.value()
	}
	for k := range share {
		share[k] /= w.value()
	}
	// Shares are sums of rounded numbers; an exact tie must not hang on the last bit.
	const tie = 1e-12
	value := func(p float64) float64 {
		k, _ := slices.BinarySearch(share, p-tie)
		return g.y[sorted[min(k, len(sorted)-1)]]
	}
	q := value(g.p)
	out.Estimate = estimate.Number(q)
	if f.noVariance() {
		return nil
	}
	if f.below == nil {
		f.below = make([]float64, f.n)
	}
	below := target{kind: string(Mean), y: f.below}
	for _, i := range rows {
		below.y[i] = 0
		if g.y[i] <= q {
			below.y[i] = 1
		}
	}
	p, variance, _, err := f.moments(ctx, below, rows)
	if err != nil {
		return err
	}
	t := tQuantile(0.5+f.level/2, f.df)
	lo, hi := p-t*math.Sqrt(variance), p+t*math.Sqrt(variance)
	if lo >= 0 {
		out.Lower = estimate.Number(value(lo))
	}
	if hi <= 1 {
		out.Upper = estimate.Number(value(hi))
	}
	out.SE = (out.Upper - out.Lower) / estimate.Number(2*t)
	if !out.Lower.Known() || !out.Upper.Known() {
		f.open++
	}
	return nil
}

// warnGroups says what is wrong with groups, in one sentence however many.
func (f *fitter) warnGroups(r *Report) {
	if f.open > 0 {
		r.Warn("open-limits", "The sample is too small for a limit of %d quantiles: it lies beyond the data.", f.open)
	}
	if len(r.Results) < 2 {
		return
	}
	var empty, thin []string
	for _, g := range r.Results {
		switch {
		case g.N == 0:
			empty = append(empty, g.Group)
		case g.Degf < 5 && g.Degf < r.Degf:
			thin = append(thin, g.Group)
		}
	}
	if len(empty) > 0 {
		r.Warn("empty-group", "%d groups have nobody: %s.", len(empty), some(empty))
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
		if f.reps.kind == "bootstrap" {
			seed := f.spec.Seed
			r.Seed = &seed
		}
	}
	if len(r.Results) != 1 {
		return
	}
	g := r.Results[0]
	r.Estimate, r.Lower, r.Upper = g.Estimate, g.Lower, g.Upper
	r.Sentence = sentence(r, q)
}

// sentence words the headline so that it can be printed as it stands.
func sentence(r *Report, q question) string {
	if !r.Estimate.Known() {
		return ""
	}
	show := func(n estimate.Number) string { return strconv.FormatFloat(float64(n), 'g', 4, 64) }
	unit := ""
	if q.kind == string(Proportion) {
		show = func(n estimate.Number) string { return strconv.FormatFloat(100*float64(n), 'f', 1, 64) }
		unit = " per cent"
	}
	what := cmp.Or(r.Definition, "what was asked")
	among := ""
	if r.Population != "" {
		among = " among " + r.Population
	}
	text := fmt.Sprintf("The %s of %s%s is estimated at %s%s from %d answers", q.kind, what, among, show(r.Estimate), unit, r.N)
	if !r.Lower.Known() || !r.Upper.Known() {
		return text + "; the sample cannot say how far that may be off."
	}
	return fmt.Sprintf("%s; the %g per cent interval runs from %s to %s%s, for chance in drawing the sample alone.", text, 100*r.Level, show(r.Lower), show(r.Upper), unit)
}

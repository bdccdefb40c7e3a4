package survey

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// ChangeSpec asks whether something changed between two rounds in one file.
type ChangeSpec struct {
	Spec // what is measured, and the design of both rounds; By and Replicates are not for change

	Wave     string // the column that says which round a row is of
	From, To string // two of its values
	// Independent says that the rounds were drawn each for itself, so that a
	// stratum or a cluster of one label in both is not the same one.
	Independent bool
	Rounds
}

// ChangeReport holds both levels beside the change: neither means much alone.
type ChangeReport struct {
	estimate.Result
	Statistic  string       `json:"statistic,omitempty"`
	N          int          `json:"n"`
	Degf       int          `json:"degf,omitempty"` // of the whole design
	From       RoundLevel   `json:"from"`
	To         RoundLevel   `json:"to"`
	Difference Contrast     `json:"difference"`
	Ratio      Contrast     `json:"ratio"`
	Relative   Contrast     `json:"relative_change"`
	P          Number       `json:"p"`
	Different  []Difference `json:"different,omitempty"` // what the rounds do not share
}

// Number is a number or null.
type Number = estimate.Number

// RoundLevel is the estimate of one round.
type RoundLevel struct {
	Round    string `json:"round,omitempty"`
	Estimate Number `json:"estimate"`
	SE       Number `json:"se"`
	Lower    Number `json:"lower"`
	Upper    Number `json:"upper"`
	N        int    `json:"n"`
	Cases    *int   `json:"cases,omitempty"` // of a share: how many of N have it, whatever they weigh
	Degf     int    `json:"degf,omitempty"`
	Deff     Number `json:"deff"`
	// The exact binomial limits on n/deff, for published counts.
	ExactLower *Number `json:"exact_lower,omitempty"`
	ExactUpper *Number `json:"exact_upper,omitempty"`
}

// A Contrast is a change in one of its forms.
type Contrast struct {
	Estimate Number `json:"estimate"`
	SE       Number `json:"se"`
	Lower    Number `json:"lower"`
	Upper    Number `json:"upper"`
}

// Columns names the columns of the table that the spec reads.
func (sp ChangeSpec) Columns() ([]string, error) {
	c, err := sp.Spec.Columns()
	if err != nil {
		return nil, err
	}
	c = append(c, sp.Same...)
	if sp.Wave != "" { // two tables have none yet
		c = append(c, sp.Wave)
	}
	slices.Sort(c)
	return slices.Compact(c), nil
}

// Change estimates both rounds as domains of one design, and takes the change
// on their joint covariance, so that clusters visited in both rounds count as
// the same clusters. With a = from, b = to and their covariance matrix V:
//
//	difference  b − a, Student's t on the degrees of freedom of the design
//	ratio       b/a, limits on log(b/a), V(log) = V_aa/a² + V_bb/b² − 2V_ab/(ab)
//	relative    b/a − 1
//
// Where a round has no cases its variance cannot be seen; the limits are then
// put together from those of both rounds (Newcombe 1998; Donner & Zou 2012).
func Change(ctx context.Context, t *estimate.Table, sp ChangeSpec) (*ChangeReport, error) {
	if sp.Wave == "" {
		return nil, option("wave", "no column says which round a row is of", "--wave COLUMN")
	}
	if sp.By != "" || sp.Replicates != "" || len(sp.ReplicateWeights) > 0 || sp.Quantile != "" {
		return nil, option("change", "groups, replicates and quantiles are not for change", "--where for a group, and a mean, total, proportion or ratio")
	}
	level, err := sp.level()
	if err != nil {
		return nil, err
	}
	q, err := sp.question()
	if err != nil {
		return nil, err
	}
	out := &ChangeReport{Result: estimate.NewResult("change", level), Statistic: q.kind}
	out.Definition, out.Population = sp.Definition, sp.Population
	if sp.Independent {
		sp.Apart = sp.Wave
	}
	s, err := newSample(t, sp.Design)
	if err != nil {
		return nil, err
	}
	f := &fitter{sample: s, spec: sp.Spec, level: level, interval: cmp.Or(sp.Interval, Logit), result: &out.Result}
	if err := f.interval.check(); err != nil {
		return nil, err
	}
	out.Warnings = append(out.Warnings, s.notes...)
	targets, names, err := f.targets(q)
	if err != nil {
		return nil, err
	}
	if len(names) > 0 {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Y, Wrong: "a column of words", Want: "0 or 1, or a comparison such as " + sp.Y + "==" + names[0]}
	}
	g := targets[0]
	q.kind, out.Statistic = g.kind, g.kind
	rows, err := f.domain(q.where)
	if err != nil {
		return nil, err
	}
	missing := 0
	known := make([]int32, 0, len(rows))
	for _, i := range rows {
		if g.known(i) {
			known = append(known, i)
		} else {
			missing++
		}
	}
	if missing > 0 {
		out.Warn("missing-values", "%d of %d rows have no value of %s. They stay in the design, and the estimate is about those who have one.", missing, len(rows), describe(sp.Spec))
	}
	wave, err := f.waves(sp, known)
	if err != nil {
		return nil, err
	}
	differ, silent := sp.Rounds.compare()
	apart, err := f.apart(sp.Same, wave)
	if err != nil {
		return nil, err
	}
	if err := sp.Rounds.settle(out, append(differ, apart...), silent); err != nil {
		return nil, err
	}

	if err := f.sharedLabels(sp, wave, out); err != nil {
		return nil, err
	}
	f.uneven(known)
	out.Degf = s.degf(known)
	out.N = len(wave[0]) + len(wave[1])
	df := float64(out.Degf)
	var v [4]float64
	if v, err = f.bothRounds(ctx, g, wave, sp, out); err != nil {
		return nil, err
	}
	f.contrasts(out, v, df, g)
	out.finish(q.kind)
	return out, nil
}

// bothRounds fills in the levels and returns their covariance.
func (f *fitter) bothRounds(ctx context.Context, g target, wave [2][]int32, sp ChangeSpec, out *ChangeReport) (v [4]float64, err error) {
	levels := [2]*RoundLevel{&out.From, &out.To}
	groups := [2]Group{}
	// A round without cases borrows the design effect of the other.
	order := []int{0, 1}
	if p, _, _ := f.point(g, wave[0], f.weight); g.noCases(p) {
		order = []int{1, 0}
	}
	for _, k := range order {
		f.df = float64(f.degf(wave[k]))
		if other := groups[1-k].DeffReplace; f.spec.DesignEffect == 0 && other.Known() && other > 0 {
			if p, _, _ := f.point(g, wave[k], f.weight); g.noCases(p) {
				f.spec.DesignEffect = float64(other)
				out.Warn("design-effect-borrowed", "A round without cases cannot show its design effect, so that of the other round (%.2f) was used.", float64(other))
			}
		}
		if groups[k], err = f.estimate(ctx, g, wave[k]); err != nil {
			return v, err
		}
		x := groups[k]
		*levels[k] = RoundLevel{Round: []string{sp.From, sp.To}[k], Estimate: x.Estimate, SE: x.SE, Lower: x.Lower, Upper: x.Upper, N: x.N, Cases: x.Cases, Degf: x.Degf, Deff: x.Deff}
	}
	// Both rounds in the order of the design, each with its own column of z.
	member := make([]int8, f.n)
	var z [2][]float64
	var at [2]int
	for k := range wave {
		point, _, scale := f.point(g, wave[k], f.weight)
		z[k] = slices.Clone(f.linear(g, wave[k], point, scale))
		for _, i := range wave[k] {
			member[i] = int8(k + 1)
		}
	}
	rows := make([]int32, 0, len(wave[0])+len(wave[1]))
	joint := make([]float64, 0, 2*cap(rows))
	for _, i := range f.order {
		if k := int(member[i]) - 1; k >= 0 {
			rows = append(rows, i)
			pair := [2]float64{}
			pair[k] = z[k][at[k]]
			at[k]++
			joint = append(joint, pair[0], pair[1])
		}
	}
	copy(v[:], f.joint(rows, joint, 2))
	return v, nil
}

// contrasts fills in difference, ratio, relative change and p from levels and
// their covariance, on so many degrees of freedom.
func (f *fitter) contrasts(out *ChangeReport, v [4]float64, df float64, g target) {
	t := tQuantile(0.5+f.level/2, df)
	a, b := float64(out.From.Estimate), float64(out.To.Estimate)
	out.Difference, out.Ratio, out.Relative, out.P = noContrast, noContrast, noContrast, estimate.Null
	out.Difference.Estimate = Number(b - a)
	noCases := g.noCases(a) || g.noCases(b)
	limits := !f.noVariance() && out.From.SE.Known() && out.To.SE.Known()
	if !limits && !noCases {
		out.Warn("no-variance", "One of the two is in one cluster, or chance shows in none, so nothing shows how far chance alone moves the difference, and it has no limits.")
	}
	from, to := f.inside(out.From), f.inside(out.To)
	if noCases {
		lower, upper := newcombe(from, to)
		out.Difference.Lower, out.Difference.Upper = Number(lower), Number(upper)
		out.P = Number(pooled(from, to, max(f.spec.DesignEffect, 1)))
	} else if limits {
		se := math.Sqrt(max(v[0]+v[3]-2*v[1], 0))
		out.Difference = Contrast{Number(b - a), Number(se), Number(b - a - t*se), Number(b - a + t*se)}
		if se > 0 && df > 0 {
			out.P = Number(2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-math.Abs(b-a)/se))
		}
	}
	switch {
	case a == 0:
		out.Warn("no-ratio", "The first of the two is zero, so there is no ratio and no relative change.")
		return
	case noCases:
		out.Ratio = moverRatio(from, to)
	default:
		out.Ratio.Estimate = Number(b / a)
		if !limits {
			break
		}
		if b/a <= 0 {
			out.Warn("no-ratio-limits", "The levels have different signs or one is zero, so the ratio has no limits on the log scale.")
			break
		}
		se := math.Sqrt(max(v[0]/(a*a)+v[3]/(b*b)-2*v[1]/(a*b), 0))
		out.Ratio = Contrast{Number(b / a), Number(b / a * se), Number(b / a * math.Exp(-t*se)), Number(b / a * math.Exp(t*se))}
	}
	r := out.Ratio
	out.Relative = Contrast{r.Estimate - 1, r.SE, r.Lower - 1, r.Upper - 1}
}

// inside gives a share limits between 0 and 1, which a mean's need not be.
func (f *fitter) inside(x RoundLevel) RoundLevel {
	if p := float64(x.Estimate); p > 0 && p < 1 {
		lower, upper := proportion{p, squared(float64(x.SE)), x.N, float64(x.Degf), f.level}.limits(Wilson)
		x.Lower, x.Upper = Number(lower), Number(upper)
	}
	return x
}

func (r *ChangeReport) finish(kind string) {
	r.Estimate, r.Lower, r.Upper = r.Relative.Estimate, r.Relative.Lower, r.Relative.Upper
	r.Interval = "log ratio"
	if r.To.Estimate == 0 {
		r.Interval = "mover" // put together from the limits of both levels
	}
	if r.Difference.Lower.Known() && r.Difference.Upper.Known() && r.Difference.Lower <= 0 && r.Difference.Upper >= 0 {
		r.Warn("no-change-visible", "The interval of the difference includes zero: these rounds do not show whether there was a change.")
	}
	r.Sentence = r.sentence(kind)
}

// Known reports whether the contrast has an estimate and both limits.
func (c Contrast) Known() bool { return c.Estimate.Known() && c.Lower.Known() && c.Upper.Known() }

package survey

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// ChangeSpec asks whether something changed between two rounds in one file.
type ChangeSpec struct {
	Spec // what is measured, and the design of both rounds; By and Replicates are not for change

	Wave     string // the column that says which round a row is of
	From, To string // two of its values
	Rounds
}

// Rounds says what each round measured. A number of one round is compared with
// a number of another only when definition, places and age method are the same.
type Rounds struct {
	FromRound, ToRound Round
	// Same names columns that must hold the same set of values in both rounds,
	// for instance the city or the age method.
	Same []string
	// AllowDifferent compares nevertheless, and says so in the result.
	AllowDifferent bool
}

// Round describes a round in the caller's words. Empty is not stated.
type Round struct {
	Definition string // what was counted
	Places     string // where
	AgeMethod  string // how age was told
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

// A Difference is something the rounds do not share.
type Difference struct {
	What string `json:"what"`
	From string `json:"from"`
	To   string `json:"to"`
}

// NotComparable refuses a comparison of rounds that measured different things.
type NotComparable struct{ Differences []Difference }

func (e *NotComparable) Error() string {
	return "the rounds cannot be compared: " + differences(e.Differences)
}

func differences(d []Difference) string {
	parts := make([]string, len(d))
	for k, x := range d {
		parts[k] = fmt.Sprintf("%s %q against %q", x.What, x.From, x.To)
	}
	return strings.Join(parts, "; ")
}

// compare returns what differs between the rounds, and what was not stated.
func (r Rounds) compare() (differ []Difference, silent []string) {
	for _, x := range []Difference{
		{"definition", r.FromRound.Definition, r.ToRound.Definition},
		{"places", r.FromRound.Places, r.ToRound.Places},
		{"age method", r.FromRound.AgeMethod, r.ToRound.AgeMethod},
	} {
		switch {
		case x.From == "" || x.To == "":
			silent = append(silent, x.What)
		case !strings.EqualFold(strings.Join(strings.Fields(x.From), " "), strings.Join(strings.Fields(x.To), " ")):
			differ = append(differ, x)
		}
	}
	return differ, silent
}

// settle refuses rounds that differ, or records that they do.
func (r Rounds) settle(out *ChangeReport, differ []Difference, silent []string) error {
	if len(differ) > 0 {
		if !r.AllowDifferent {
			return &NotComparable{differ}
		}
		out.Different = differ
		out.Warn("rounds-differ", "The rounds did not measure the same thing (%s), and were compared because the caller asked for it. The change may be of the measure and not of the world.", differences(differ))
	}
	if len(silent) > 0 {
		out.Warn("rounds-not-described", "It was not stated whether both rounds share the %s.", strings.Join(silent, ", "))
	}
	return nil
}

// Columns names the columns of the table that the spec reads.
func (sp ChangeSpec) Columns() ([]string, error) {
	c, err := sp.Spec.Columns()
	if err != nil {
		return nil, err
	}
	c = append(append(c, sp.Wave), sp.Same...)
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
	if sp.By != "" || sp.Replicates != "" || sp.Quantile != "" {
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
	out.Degf = s.degf(known)
	out.N = len(wave[0]) + len(wave[1])
	df := float64(out.Degf)
	var v [4]float64
	if v, err = f.bothRounds(ctx, g, wave, sp, out); err != nil {
		return nil, err
	}
	f.contrasts(out, v, tQuantile(0.5+level/2, df), g)
	if se := float64(out.Difference.SE); se > 0 && df > 0 && !out.P.Known() {
		x := math.Abs(float64(out.Difference.Estimate)) / se
		out.P = Number(2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-x))
	}
	out.finish(q.kind)
	return out, nil
}

// waves splits rows into the two rounds, keeping their order.
func (f *fitter) waves(sp ChangeSpec, rows []int32) (wave [2][]int32, err error) {
	codes, values, err := f.table.Levels(sp.Wave)
	if err != nil {
		return wave, err
	}
	if sp.From == sp.To {
		return wave, option("to", fmt.Sprintf("both rounds are %q", sp.To), "two different rounds")
	}
	for k, name := range []string{sp.From, sp.To} {
		code := slices.Index(values, name)
		if code < 0 {
			return wave, &estimate.InputError{File: f.table.Name, Column: sp.Wave, Wrong: fmt.Sprintf("there is no round %q", name), Want: "one of " + some(values)}
		}
		for _, i := range rows {
			if codes[i] == code {
				wave[k] = append(wave[k], i)
			}
		}
		if len(wave[k]) == 0 {
			return wave, &estimate.InputError{File: f.table.Name, Column: sp.Wave, Wrong: fmt.Sprintf("nobody of round %q is in the domain with an answer", name), Want: "answers in both rounds"}
		}
	}
	return wave, nil
}

// apart returns the columns of same whose values differ between the rounds.
func (f *fitter) apart(same []string, wave [2][]int32) ([]Difference, error) {
	var out []Difference
	for _, name := range same {
		codes, values, err := f.table.Levels(name)
		if err != nil {
			return nil, err
		}
		var text [2]string
		for k := range wave {
			found := map[string]bool{}
			for _, i := range wave[k] {
				if codes[i] >= 0 {
					found[values[codes[i]]] = true
				}
			}
			list := make([]string, 0, len(found))
			for v := range found {
				list = append(list, v)
			}
			slices.Sort(list)
			text[k] = strings.Join(list, ", ")
		}
		if text[0] != text[1] {
			out = append(out, Difference{name, text[0], text[1]})
		}
	}
	return out, nil
}

// sharedLabels warns when clusters of one name in both rounds are taken as
// different ones: if they are the same venues, the rounds are not independent.
func (f *fitter) sharedLabels(sp ChangeSpec, wave [2][]int32, out *ChangeReport) error {
	if len(sp.Clusters) == 0 {
		return nil
	}
	codes, values, err := f.table.Levels(sp.Clusters[0])
	if err != nil {
		return err
	}
	first := make([]int32, len(values))
	for _, i := range wave[0] {
		first[codes[i]] = f.psu[i] + 1
	}
	var apart []string
	for _, i := range wave[1] {
		if c := codes[i]; first[c] > 0 && first[c] != f.psu[i]+1 {
			apart = append(apart, values[c])
			first[c] = 0
		}
	}
	if len(apart) > 0 {
		out.Warn("clusters-taken-apart", "%d clusters have one name in both rounds (%s) and are taken as different, since they are in different strata. If they are the same places, give them strata that do not name the round.", len(apart), some(apart))
	}
	return nil
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
		*levels[k] = RoundLevel{Round: []string{sp.From, sp.To}[k], Estimate: x.Estimate, SE: x.SE, Lower: x.Lower, Upper: x.Upper, N: x.N, Degf: x.Degf, Deff: x.Deff}
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

// contrasts fills in difference, ratio and relative change from levels and
// their covariance, with t the quantile for the limits.
func (f *fitter) contrasts(out *ChangeReport, v [4]float64, t float64, g target) {
	a, b := float64(out.From.Estimate), float64(out.To.Estimate)
	null := Contrast{estimate.Null, estimate.Null, estimate.Null, estimate.Null}
	out.Difference, out.Ratio, out.Relative, out.P = null, null, null, estimate.Null
	out.Difference.Estimate = Number(b - a)
	noCases := g.noCases(a) || g.noCases(b)
	from, to := f.inside(out.From), f.inside(out.To)
	if noCases {
		lower, upper := newcombe(from, to)
		out.Difference.Lower, out.Difference.Upper = Number(lower), Number(upper)
		out.P = Number(pooled(from, to, max(f.spec.DesignEffect, 1)))
	} else if !f.noVariance() {
		se := math.Sqrt(max(v[0]+v[3]-2*v[1], 0))
		out.Difference = Contrast{Number(b - a), Number(se), Number(b - a - t*se), Number(b - a + t*se)}
	}
	switch {
	case a == 0:
		out.Warn("no-ratio", "The first round is zero, so there is no ratio and no relative change.")
		return
	case noCases:
		out.Ratio = moverRatio(from, to)
	default:
		out.Ratio.Estimate = Number(b / a)
		if f.noVariance() {
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

// newcombe puts the limits of a difference together from those of both levels
// (Newcombe 1998, method 10).
func newcombe(from, to RoundLevel) (lower, upper float64) {
	a, b := float64(from.Estimate), float64(to.Estimate)
	d := b - a
	return d - math.Hypot(b-float64(to.Lower), float64(from.Upper)-a), d + math.Hypot(float64(to.Upper)-b, a-float64(from.Lower))
}

// moverRatio puts the limits of b/a together from those of both levels (Donner
// & Zou 2012). A limit that is not defined is null.
func moverRatio(from, to RoundLevel) Contrast {
	a, l1, u1 := float64(from.Estimate), float64(from.Lower), float64(from.Upper)
	b, l2, u2 := float64(to.Estimate), float64(to.Lower), float64(to.Upper)
	lower := (a*b - math.Sqrt(a*a*b*b-l2*u1*(2*b-l2)*(2*a-u1))) / (u1 * (2*a - u1))
	upper := (a*b + math.Sqrt(a*a*b*b-u2*l1*(2*b-u2)*(2*a-l1))) / (l1 * (2*a - l1))
	if b == 0 {
		lower = 0
	}
	return Contrast{Number(b / a), estimate.Null, Number(max(lower, 0)), Number(upper)}
}

// pooled is the two-sided p-value of the pooled z test on n/deff.
func pooled(from, to RoundLevel, deff float64) float64 {
	m1, m2 := float64(from.N)/deff, float64(to.N)/deff
	a, b := float64(from.Estimate), float64(to.Estimate)
	p := (a*m1 + b*m2) / (m1 + m2)
	z := math.Abs(b-a) / math.Sqrt(p*(1-p)*(1/m1+1/m2))
	return 2 * distuv.UnitNormal.CDF(-z)
}

func (r *ChangeReport) finish(kind string) {
	r.Estimate, r.Lower, r.Upper = r.Relative.Estimate, r.Relative.Lower, r.Relative.Upper
	r.Interval = "log ratio"
	if r.Difference.Lower.Known() && r.Difference.Upper.Known() && r.Difference.Lower <= 0 && r.Difference.Upper >= 0 {
		r.Warn("no-change-visible", "The interval of the difference includes zero: these rounds do not show whether there was a change.")
	}
	if !r.Relative.Known() {
		return
	}
	show := func(n Number) string { return strconv.FormatFloat(float64(n), 'g', 4, 64) }
	unit := ""
	if kind == string(Proportion) {
		show = func(n Number) string { return strconv.FormatFloat(100*float64(n), 'f', 1, 64) }
		unit = " per cent"
	}
	what, lo, hi := "a fall", -r.Relative.Upper, -r.Relative.Lower
	if r.Relative.Estimate > 0 {
		what, lo, hi = "a rise", r.Relative.Lower, r.Relative.Upper
	}
	r.Sentence = fmt.Sprintf("From %s%s (%s to %s, %d answers) to %s%s (%s to %s, %d answers): %s of %.0f per cent, with a %g per cent interval from %.0f to %.0f.",
		show(r.From.Estimate), unit, show(r.From.Lower), show(r.From.Upper), r.From.N,
		show(r.To.Estimate), unit, show(r.To.Lower), show(r.To.Upper), r.To.N,
		what, math.Abs(100*float64(r.Relative.Estimate)), 100*r.Level, 100*float64(lo), 100*float64(hi))
}

// Known reports whether the contrast has an estimate and both limits.
func (c Contrast) Known() bool { return c.Estimate.Known() && c.Lower.Known() && c.Upper.Known() }

// CountsSpec asks for the change between two published shares.
type CountsSpec struct {
	From, To Count
	// DesignEffect divides both samples. Counts alone cannot show it; 0 is 1,
	// and gets a warning.
	DesignEffect float64
	Level        float64 // 0: 0.95
	Rounds
	Definition, Population string
}

// Count is CASES of N.
type Count struct{ Cases, N float64 }

// ParseCount reads CASES/N.
func ParseCount(name, text string) (Count, error) {
	a, b, ok := strings.Cut(text, "/")
	x, okx := literal(strings.TrimSpace(a))
	n, okn := literal(strings.TrimSpace(b))
	if !ok || !okx || !okn {
		return Count{}, option(name, fmt.Sprintf("cannot read %q", text), "CASES/N, as in 82/1005")
	}
	c := Count{x, n}
	return c, c.check(name)
}

func (c Count) check(name string) error {
	switch {
	case c.Cases != math.Trunc(c.Cases) || c.N != math.Trunc(c.N):
		return option(name, fmt.Sprintf("%v of %v are not whole numbers", c.Cases, c.N), "counts of people")
	case !(c.N >= 1) || c.N > 1e15 || c.Cases < 0 || c.Cases > c.N:
		return option(name, fmt.Sprintf("%v of %v", c.Cases, c.N), "cases from 0 to the size of the sample")
	}
	return nil
}

// ChangeOfCounts is the change between two independent shares of which only the
// counts are known, each on n/deff: Wilson's limits for the levels, Newcombe's
// (1998, method 10) for the difference, log ratio for the ratio, pooled z for p.
// Not for two rounds of one panel, or at the same venues: those are not
// independent.
func ChangeOfCounts(sp CountsSpec) (*ChangeReport, error) {
	level, err := (Spec{Level: sp.Level}).level()
	if err != nil {
		return nil, err
	}
	if err := sp.From.check("from-count"); err != nil {
		return nil, err
	}
	if err := sp.To.check("to-count"); err != nil {
		return nil, err
	}
	out := &ChangeReport{Result: estimate.NewResult("change of counts", level)}
	out.Definition, out.Population = sp.Definition, sp.Population
	deff := sp.DesignEffect
	switch {
	case deff == 0:
		deff = 1
		out.Warn("no-design-effect", "No design effect was given, so the samples are taken as drawn one person at a time. Samples of venues or households are less certain, often by a factor of two or more in the variance.")
	case !(deff > 0) || math.IsInf(deff, 1):
		return nil, option("deff", fmt.Sprintf("the design effect is %v", deff), "a number above zero")
	}
	differ, silent := sp.Rounds.compare()
	if err := sp.Rounds.settle(out, differ, silent); err != nil {
		return nil, err
	}
	z := distuv.UnitNormal.Quantile(0.5 + level/2)
	counted := func(c Count) RoundLevel {
		p, m := c.Cases/c.N, c.N/deff
		lower, upper := wilson(p, m, z)
		el, eu := clopperPearson(p*m, m, level)
		a, b := Number(el), Number(eu)
		return RoundLevel{Estimate: Number(p), SE: Number(math.Sqrt(p * (1 - p) / m)), Lower: Number(lower), Upper: Number(upper), N: int(c.N), Deff: Number(deff), ExactLower: &a, ExactUpper: &b}
	}
	out.From, out.To = counted(sp.From), counted(sp.To)
	out.N = out.From.N + out.To.N
	null := Contrast{estimate.Null, estimate.Null, estimate.Null, estimate.Null}
	out.Ratio, out.Relative, out.P = null, null, estimate.Null
	a, b := float64(out.From.Estimate), float64(out.To.Estimate)
	lower, upper := newcombe(out.From, out.To)
	out.Difference = Contrast{Number(b - a), Number(math.Hypot(float64(out.From.SE), float64(out.To.SE))), Number(lower), Number(upper)}
	out.P = Number(pooled(out.From, out.To, deff))
	switch {
	case a == 0:
		out.Warn("no-ratio", "The first round is zero, so there is no ratio and no relative change.")
	case b == 0:
		out.Ratio = moverRatio(out.From, out.To)
	default:
		se := math.Sqrt(((1-a)/a/sp.From.N + (1-b)/b/sp.To.N) * deff)
		out.Ratio = Contrast{Number(b / a), Number(b / a * se), Number(b / a * math.Exp(-z*se)), Number(b / a * math.Exp(z*se))}
	}
	if r := out.Ratio; r.Estimate.Known() {
		out.Relative = Contrast{r.Estimate - 1, r.SE, r.Lower - 1, r.Upper - 1}
	}
	out.finish(string(Proportion))
	return out, nil
}

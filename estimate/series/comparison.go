package series

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// An Area is one of two areas by itself.
type Area struct {
	Name       string `json:"area"`
	Comparison bool   `json:"comparison"` // the area without the event
	*Report
}

// ofDifference begins the name of a coefficient that is a difference of areas.
const ofDifference = "area:"

// compareAreas fits the series of an area with the event and of one without it, and
// answers for the difference between them: a comparative interrupted time series
// (Linden 2015; Lopez Bernal, Cummins & Gasparrini 2018),
//
//	g(μ_at) = log(offset_at) + x_t·γ + area_a · x_t·δ
//
// with x_t all terms of the model, γ those of the comparison area, and δ, named
// area:level and so on, what the area of the event has beyond it. Since every
// term has its own coefficient in each area, this is the two areas fitted apart:
// δ = β₁ − β₀ with V = V₁ + V₀, where each area has its own dispersion, memory
// and lags. Gaussian limits are on Welch's (1947) degrees of freedom.
//
// Chance that moves both areas at once makes the interval wider than it need be;
// chance that moves them against each other makes it too narrow, which is warned
// of. What the number takes for granted: without the event both areas would have
// moved alike from then on, and the event did not reach the comparison area, for
// instance by people who went there.
func compareAreas(ctx context.Context, t *estimate.Table, sp Spec) (*Report, error) {
	rows, names, err := sp.areas(t)
	if err != nil {
		return nil, err
	}
	var d [2]*data
	var m [2]*model
	areas := make([]Area, 2)
	for a := range areas {
		if d[a], err = newData(t, sp, rows[a], d[0]); err != nil {
			return nil, err
		}
		areas[a] = Area{Name: names[a], Comparison: a == 1}
		if areas[a].Report, m[a], err = fitSeries(ctx, d[a], sp); err != nil {
			return nil, err
		}
	}
	one, two := areas[0].Report, areas[1].Report
	r := &Report{Result: estimate.NewResult(string(sp.Family), sp.Level), N: one.N + two.N, Calendar: one.Calendar, Areas: areas, Df: one.Df + two.Df, Converged: one.Converged && two.Converged}
	r.Definition, r.Population = sp.Definition, sp.Population
	r.Deviance, r.LogLik, r.AIC = one.Deviance+two.Deviance, one.LogLik+two.LogLik, one.AIC+two.AIC
	r.Dispersion = (one.Dispersion*Number(one.Df) + two.Dispersion*Number(two.Df)) / Number(r.Df)
	r.blank()
	p := m[0].p
	level := d[0].events[0].level
	var df float64
	for k, name := range two.Names {
		r.Names = append(r.Names, name)
		r.put(name, m[1].beta[k], two.covariance[k*p+k], float64(two.Df), sp)
	}
	for k, name := range two.Names {
		v, w := one.covariance[k*p+k], two.covariance[k*p+k]
		free := welch(v, float64(one.Df), w, float64(two.Df))
		if k == level {
			df = free
		}
		r.Names = append(r.Names, ofDifference+name)
		r.put(ofDifference+name, m[0].beta[k]-m[1].beta[k], v+w, free, sp)
	}
	r.changes(d[0], sp, ofDifference)
	r.covariance = one.covariance
	r.counterfactual(m[0], d[0], sp, &twin{m[1], two.covariance})
	r.detectable(d[0], sp, ofDifference, df)
	r.adopt()
	r.before(d, m, sp)
	r.together(d, m)
	r.Warn("spillover", "The comparison area shows what would have happened only if the event did not reach it. When people went from %s to %s or stayed away from both, the difference is not what the event did.", names[0], names[1])
	if !r.Converged {
		r.withhold()
	}
	r.Sentence = r.sentence(sp)
	return r, nil
}

// control splits the option into a column and the value that marks the
// comparison area, 1 unless it is given.
func (sp Spec) control() (column, value string) {
	column, value, given := strings.Cut(sp.Control, "==")
	if !given {
		return column, "1"
	}
	return strings.Trim(strings.TrimSpace(column), "`"), strings.Trim(strings.TrimSpace(value), `'"`)
}

// areas returns the rows of the area of the event and of the comparison area,
// and what they are called.
func (sp Spec) areas(t *estimate.Table) (rows [2][]int, names [2]string, err error) {
	column, value := sp.control()
	codes, values, err := t.Levels(column)
	if err != nil {
		return rows, names, err
	}
	wrong := func(what, want string) error {
		return &estimate.InputError{File: t.Name, Column: column, Wrong: what, Want: want}
	}
	comparison := -1
	for k, v := range values {
		if v == value {
			comparison = k
		}
	}
	switch {
	case len(values) != 2:
		return rows, names, wrong(fmt.Sprintf("it tells %d areas apart", len(values)), "two: one with the event and one without; add several up to one")
	case comparison < 0 && strings.Contains(sp.Control, "=="):
		return rows, names, wrong(fmt.Sprintf("%q is in no row", value), "one of "+values[0]+" and "+values[1])
	case comparison < 0:
		return rows, names, wrong(fmt.Sprintf("it holds %s and %s", values[0], values[1]), fmt.Sprintf("1 in rows of the comparison area and 0 in the others, or --control '%s==%s'", column, values[1]))
	}
	for i, c := range codes {
		switch c {
		case -1:
			return rows, names, t.Bad(i, column, "the area is missing", "an area in every row")
		case comparison:
			rows[1] = append(rows[1], i)
		default:
			rows[0] = append(rows[0], i)
		}
	}
	names = [2]string{values[1-comparison], values[comparison]}
	if names == [2]string{"0", "1"} {
		names = [2]string{"the area of the event", "the comparison area"}
	}
	return rows, names, nil
}

// A twin is a fitted series as another needs it.
type twin struct {
	m          *model
	covariance []float64
}

func (w *twin) linear(x []float64) float64 {
	sum := 0.0
	for a, b := range w.m.beta {
		sum += x[a] * b
	}
	return sum
}

// variance is that of x·β.
func (w *twin) variance(x []float64) float64 {
	v, p := 0.0, w.m.p
	for a := range p {
		for b := range p {
			v += x[a] * w.covariance[a*p+b] * x[b]
		}
	}
	return max(v, 0)
}

// welch is the degrees of freedom of the sum of two variances (Welch 1947).
func welch(v, dfv, w, dfw float64) float64 {
	if w == 0 {
		return dfv
	}
	return (v + w) * (v + w) / (v*v/dfv + w*w/dfw)
}

// adopt takes over the doubts about each area, with its name, except those that
// the other area answers.
func (r *Report) adopt() {
	for _, a := range r.Areas {
		for _, w := range a.Warnings {
			if w.Code != "blind" {
				r.AddWarning(w.Of(a.Name))
			}
		}
	}
}

// before asks whether the areas were alike before the event: in the mean that
// the model gives the times without any event, and in the trend.
func (r *Report) before(d [2]*data, m [2]*model, sp Spec) {
	mean, trend := [2][]float64{}, make([]float64, d[0].p)
	trend[1] = 1
	for a := range mean {
		mean[a] = make([]float64, d[a].p)
		n := 0.0
		for k := range d[a].n {
			if d[a].grid[k] >= d[a].begins() {
				continue
			}
			n++
			for c := range mean[a] {
				mean[a][c] += d[a].x[k*d[a].p+c]
			}
		}
		for c := range mean[a] {
			mean[a][c] /= n // without such times, not a number, and no test
		}
	}
	test := func(name, text string, x [2][]float64) (by, p float64) {
		var v [2]float64
		for a := range x {
			w := twin{m[a], r.Areas[a].covariance}
			v[a] = w.variance(x[a])
			by += w.linear(x[a]) * float64(1-2*a)
		}
		z := by / math.Sqrt(v[0]+v[1])
		chance := sp.pvalue(z, welch(v[0], float64(m[0].df), v[1], float64(m[1].df)))
		r.Diagnose(name, estimate.Diagnostic{Statistic: Number(z), P: &chance, Text: text})
		return by, float64(chance)
	}
	a, b := r.Areas[0].Name, r.Areas[1].Name
	by, p := test("trend_before", "whether the areas had the same trend before the event", [2][]float64{trend, trend})
	switch {
	case !(p < 0.05):
	case sp.ratios():
		r.Warn("trends-differ", "The two areas moved apart before the event (p %.2g): from one time to the next, %s became %.4g times as large beside %s. They may have gone on to without any event.", p, a, math.Exp(by), b)
	default:
		r.Warn("trends-differ", "The two areas moved apart before the event (p %.2g): from one time to the next, %s rose by %.3g more than %s. They may have gone on to without any event.", p, a, by, b)
	}
	by, p = test("level_before", "whether the areas were at the same level before the event", mean)
	switch {
	case !(p < 0.05):
	case sp.ratios():
		r.Warn("levels-differ", "Before the event the level of %s was %.3g times that of %s (p %.2g). Areas that differ may also answer differently to whatever else happened.", a, math.Exp(by), b, p)
	default:
		r.Warn("levels-differ", "Before the event the level of %s was by %.3g above that of %s (p %.2g). Areas that differ may also answer differently to whatever else happened.", a, by, b, p)
	}
}

// begins is the place of the first time with an event.
func (d *data) begins() int {
	for k := range d.clock {
		for _, e := range d.events {
			if e.all[k] == 1 {
				return k
			}
		}
	}
	return len(d.clock)
}

// together asks whether the same chance moves both areas: the correlation of
// their residuals at the times that both have.
func (r *Report) together(d [2]*data, m [2]*model) {
	at := map[int]float64{}
	for k, g := range d[1].grid {
		at[g] = m[1].residual(k)
	}
	var n, x, y, xx, yy, xy float64
	for k, g := range d[0].grid {
		if b, ok := at[g]; ok {
			a := m[0].residual(k)
			n, x, y, xx, yy, xy = n+1, x+a, y+b, xx+a*a, yy+b*b, xy+a*b
		}
	}
	c := (xy - x*y/n) / math.Sqrt((xx-x*x/n)*(yy-y*y/n))
	df := n - float64(m[0].p) - 1
	if math.IsNaN(c) || df < 1 {
		return
	}
	p := Number(2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-math.Abs(c)*math.Sqrt(df/(1-c*c))))
	r.Diagnose("areas_together", estimate.Diagnostic{Statistic: Number(c), P: &p, Text: "correlation of what the model leaves of both areas at the same times"})
	if c < 0 && p < 0.05 {
		r.Warn("areas-opposed", "When one area is above its course the other tends to be below (correlation %.2f), as if people went from one to the other. The interval is then too narrow.", c)
	}
}

// residual is Pearson's.
func (m *model) residual(k int) float64 {
	if s := math.Sqrt(m.weight[k]); s > 0 {
		return m.score[k] / s
	}
	return 0
}

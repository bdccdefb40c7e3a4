package series

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// Number is a number or null.
type Number = estimate.Number

// Family is the distribution of the counts or measurements.
type Family string

const (
	Gaussian     Family = "gaussian"
	Poisson      Family = "poisson"
	QuasiPoisson Family = "quasipoisson" // Poisson with a dispersion from the Pearson statistic
	NegBin       Family = "negbin"       // variance μ + μ²/θ, θ by maximum likelihood
)

// StdErr is the way standard errors are found.
type StdErr string

const (
	ModelSE   StdErr = "model"
	NeweyWest StdErr = "neweywest" // Bartlett weights, no prewhitening, no small-sample factor
	HC0       StdErr = "hc0"
	HC1       StdErr = "hc1"
	HC2       StdErr = "hc2"
	HC3       StdErr = "hc3"
)

// AutoLag lets Newey & West (1994) choose how many lags to take.
const AutoLag = -1

// Spec is one question put to a series.
type Spec struct {
	Y, Time string // columns
	// Events are what happened: the name of a column of 0 and 1, or a value of
	// time from which the level is 1.
	Events []string
	// Control marks the rows of an area that the event did not touch: a column of
	// 0 and 1, or COLUMN==VALUE. Empty: there is no such area.
	Control string

	Family     Family // empty: Gaussian
	Offset     string // a column of exposures, such as staff hours; its logarithm enters
	Harmonics  int    // pairs of sine and cosine
	Period     float64
	Slope      bool // a change of slope beside the change of level
	Covariates []string
	Transform  string // "log": a Gaussian series on the log scale
	AR1        bool   // Gaussian errors that remember the last one, by maximum likelihood

	SE  StdErr // empty: ModelSE
	Lag int    // for NeweyWest; AutoLag chooses, and 0 is no lag at all

	Level                  float64 // 0: 0.95
	Definition, Population string  // in the caller's words
}

// A Report is the fitted series. Coefficients are named intercept, time, level,
// slope, sin1, cos1 … and covariates by their column; with several events
// level1, slope1, level2 …
type Report struct {
	estimate.Result
	N int `json:"n"`
	// Calendar says what the numbers of the times mean, when they were dates.
	Calendar *Calendar `json:"calendar,omitempty"`

	Names        []string          `json:"names"`
	Coefficients map[string]Number `json:"coefficients"`
	SE           map[string]Number `json:"se"`
	Lower        map[string]Number `json:"lower"`
	Upper        map[string]Number `json:"upper"`
	P            map[string]Number `json:"p"`

	Dispersion Number  `json:"dispersion"`
	Deviance   Number  `json:"deviance"`
	Df         int     `json:"df"`
	LogLik     Number  `json:"loglik"`
	AIC        Number  `json:"aic"`
	Theta      *Number `json:"theta,omitempty"`
	ThetaSE    *Number `json:"theta_se,omitempty"`
	Phi        *Number `json:"phi,omitempty"`   // of AR(1)
	Sigma      *Number `json:"sigma,omitempty"` // of Gaussian errors
	Lag        *int    `json:"lag,omitempty"`
	Converged  bool    `json:"converged"`

	// Of the first event; every event is in Changes. Ratios for counts and for
	// logs, differences otherwise.
	LevelChange *Change  `json:"level_change"`
	SlopeChange *Change  `json:"slope_change"`
	Changes     []Change `json:"changes"`

	Counterfactual *Counterfactual `json:"counterfactual"`
	Detectable     *Detectable     `json:"detectable"`

	// Areas are the area of the event and the one beside it, each by itself, when
	// there are two. What stands above is then about the difference between them.
	Areas []Area `json:"areas,omitempty"`

	covariance []float64
}

// Change is the effect of an event on level or slope.
type Change struct {
	Event    string `json:"event"`
	Of       string `json:"of"`    // level or slope
	Scale    string `json:"scale"` // ratio or difference
	Estimate Number `json:"estimate"`
	Lower    Number `json:"lower"`
	Upper    Number `json:"upper"`
	P        Number `json:"p"`
}

// Detectable is the smallest fall the series could have shown.
type Detectable struct {
	Power  float64 `json:"power"`
	Change Number  `json:"change"` // on the scale of the coefficient
	Ratio  Number  `json:"ratio"`  // level after over level without the event
	Fall   Number  `json:"fall"`   // 1 − ratio
}

// String says the smallest fall in words, for a line of a table.
func (d *Detectable) String() string {
	switch {
	case d == nil:
		return ""
	case d.Fall > 1:
		return "none: not even one to nothing"
	case d.Fall.Known():
		return fmt.Sprintf("%.2f %%, with %g %% power", 100*float64(d.Fall), 100*d.Power)
	case d.Change.Known():
		return fmt.Sprintf("%#.5g, with %g %% power", -float64(d.Change), 100*d.Power)
	}
	return "not known"
}

func option(name, wrong, want string) error {
	return &estimate.InputError{Option: name, Wrong: wrong, Want: want}
}

// Columns names the columns of the table that the spec reads.
func (sp Spec) Columns() []string {
	c := []string{sp.Y, sp.Time}
	if sp.Control != "" {
		column, _ := sp.control()
		c = append(c, column)
	}
	if sp.Offset != "" {
		c = append(c, sp.Offset)
	}
	c = append(c, sp.Covariates...)
	for _, e := range sp.Events {
		if _, err := strconv.ParseFloat(e, 64); err != nil && unitOf(e) == "" {
			c = append(c, e)
		}
	}
	slices.Sort(c)
	return slices.Compact(c)
}

// Check refuses a spec that no table could answer.
func (sp Spec) Check() error { return sp.settle() }

func (sp *Spec) settle() error {
	sp.Family = cmp.Or(sp.Family, Gaussian)
	sp.SE = cmp.Or(sp.SE, ModelSE)
	if sp.Level == 0 {
		sp.Level = 0.95
	}
	switch {
	case sp.Y == "" || sp.Time == "":
		return option("y", "the column of the series or of its time is not given", "--y COLUMN --time COLUMN")
	case len(sp.Events) == 0:
		return option("event", "no event is given", "a column of 0 and 1, or a value of time")
	case !slices.Contains([]Family{Gaussian, Poisson, QuasiPoisson, NegBin}, sp.Family):
		return option("family", fmt.Sprintf("unknown family %q", sp.Family), "gaussian, poisson, quasipoisson or negbin")
	case !slices.Contains([]StdErr{ModelSE, NeweyWest, HC0, HC1, HC2, HC3}, sp.SE):
		return option("se", fmt.Sprintf("unknown standard errors %q", sp.SE), "model, neweywest, hc0, hc1, hc2 or hc3")
	case !(sp.Level > 0 && sp.Level < 1):
		return option("level", fmt.Sprintf("the level is %v", sp.Level), "a number between 0 and 1, such as 0.95")
	case sp.Harmonics < 0 || sp.Harmonics > 50:
		return option("harmonics", fmt.Sprintf("%d harmonics", sp.Harmonics), "0 to 50")
	case sp.Harmonics > 0 && !(sp.Period > 0 && !math.IsInf(sp.Period, 0)):
		return option("period", "harmonics need the length of the season", "--period 12 for months")
	case sp.Transform != "" && sp.Transform != "log":
		return option("transform", fmt.Sprintf("unknown transform %q", sp.Transform), "log")
	case sp.Family != Gaussian && sp.Transform != "":
		return option("transform", "counts are already on the log scale", "no transform, or --family gaussian")
	case sp.Family != Gaussian && sp.AR1:
		return option("ar1", "AR(1) errors are for a Gaussian series", "--family gaussian, or --se neweywest for counts")
	case sp.AR1 && sp.SE != ModelSE:
		return option("se", "AR(1) errors have their own standard errors", "--se model, or no --ar1")
	case sp.Family == Gaussian && sp.Offset != "" && sp.Transform == "":
		return option("offset", "the logarithm of an exposure cannot enter a series that is not on the log scale", "--transform log, or a family of counts")
	case sp.Lag < AutoLag:
		return option("lag", fmt.Sprintf("a lag of %d", sp.Lag), "0 or more")
	}
	return nil
}

// Fit fits the series and answers for every event.
func Fit(ctx context.Context, t *estimate.Table, sp Spec) (*Report, error) {
	if err := sp.settle(); err != nil {
		return nil, err
	}
	if sp.Control != "" {
		return compareAreas(ctx, t, sp)
	}
	d, err := newData(t, sp, allRows(t), nil)
	if err != nil {
		return nil, err
	}
	r, _, err := fitSeries(ctx, d, sp)
	if err != nil {
		return nil, err
	}
	r.Warn("no-comparison", "A series from one place cannot tell the event from whatever else happened at that time. Put a place without the event beside it (--control).")
	r.Sentence = r.sentence(sp)
	return r, nil
}

// fitSeries answers for one series, without a sentence.
func fitSeries(ctx context.Context, d *data, sp Spec) (*Report, *model, error) {
	r := &Report{Result: estimate.NewResult(string(sp.Family), sp.Level), N: d.n, Calendar: d.calendar, Names: d.names}
	r.Definition, r.Population = sp.Definition, sp.Population
	r.Warnings = append(r.Warnings, d.notes...)
	m, err := fitModel(ctx, d, sp)
	if err != nil {
		return nil, nil, err
	}
	if !m.converged {
		r.Warn("not-converged", "The fit runs away without end: there is no number. That happens when all counts with the event, or without it, are zero, or when a term tells all zeros from the rest.")
	}
	v, err := m.covariance(sp, r)
	if err != nil {
		return nil, nil, err
	}
	if m.perfect {
		for k := range v {
			v[k] = math.NaN()
		}
		r.Warn("no-noise", "The model passes through every point of the series. Nothing then shows how far chance alone moves it, and there are no limits.")
	}
	r.fill(m, d, v, sp)
	r.changes(d, sp, "")
	r.counterfactual(m, d, sp, nil)
	r.detectable(d, sp, "", float64(m.df))
	m.diagnose(ctx, r, d, sp)
	r.doubts(m, d, sp)
	if !m.converged {
		r.withhold()
	}
	return r, m, nil
}

// critical is the quantile for limits: Student's t for Gaussian series, normal
// for counts.
func (sp Spec) critical(p, df float64) float64 {
	if sp.Family != Gaussian {
		return distuv.UnitNormal.Quantile(p)
	}
	if !(df >= 1) {
		return math.NaN()
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
}

func (sp Spec) pvalue(z, df float64) Number {
	switch {
	case math.IsNaN(z):
		return estimate.Null
	case sp.Family != Gaussian:
		return Number(2 * distuv.UnitNormal.CDF(-math.Abs(z)))
	case !(df >= 1):
		return estimate.Null
	}
	return Number(2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-math.Abs(z)))
}

// ratios reports whether coefficients are logarithms of ratios.
func (sp Spec) ratios() bool { return sp.Family != Gaussian || sp.Transform == "log" }

// blank makes room for coefficients.
func (r *Report) blank() {
	r.Coefficients, r.SE, r.P = map[string]Number{}, map[string]Number{}, map[string]Number{}
	r.Lower, r.Upper = map[string]Number{}, map[string]Number{}
}

// put records a coefficient with its variance.
func (r *Report) put(name string, b, variance, df float64, sp Spec) {
	se, q := math.Sqrt(variance), sp.critical(0.5+sp.Level/2, df)
	r.Coefficients[name], r.SE[name] = Number(b), Number(se)
	r.Lower[name], r.Upper[name] = Number(b-q*se), Number(b+q*se)
	r.P[name] = sp.pvalue(b/se, df)
}

func (r *Report) fill(m *model, d *data, v []float64, sp Spec) {
	r.covariance = v
	r.blank()
	r.Df = m.df
	for a, name := range d.names {
		r.put(name, m.beta[a], v[a*m.p+a], float64(m.df), sp)
	}
	r.Dispersion, r.Deviance, r.LogLik, r.AIC = Number(m.dispersion), Number(m.deviance), Number(m.loglik), Number(m.aic)
	r.Converged = m.converged
	number := func(x float64) *Number { n := Number(x); return &n }
	if sp.Family == NegBin {
		r.Theta, r.ThetaSE = number(m.theta), number(m.thetaSE)
	}
	if sp.Family == Gaussian {
		r.Sigma = number(m.sigma)
	}
	if sp.AR1 {
		r.Phi = number(m.phi)
	}
}

// changes reads what changed off the coefficients, whose names begin with a prefix.
func (r *Report) changes(d *data, sp Spec, prefix string) {
	add := func(e *event, of, name string) *Change {
		name = prefix + name
		c := Change{Event: e.name, Of: of, Scale: "difference", Estimate: r.Coefficients[name], Lower: r.Lower[name], Upper: r.Upper[name], P: r.P[name]}
		if sp.ratios() {
			c.Scale = "ratio"
			for _, x := range []*Number{&c.Estimate, &c.Lower, &c.Upper} {
				*x = Number(math.Exp(float64(*x)))
			}
		}
		r.Changes = append(r.Changes, c)
		return &c
	}
	for k := range d.events {
		e := &d.events[k]
		level := add(e, "level", d.names[e.level])
		if k == 0 {
			r.LevelChange = level
			r.Estimate, r.Result.Lower, r.Result.Upper, r.Interval = level.Estimate, level.Lower, level.Upper, "wald"
		}
		if e.slope >= 0 {
			if slope := add(e, "slope", d.names[e.slope]); k == 0 {
				r.SlopeChange = slope
			}
		}
	}
}

// detectable is the change of level that a test at the level's threshold finds
// with 80 % power: (q_{1−α/2} + q_{0.8}) standard errors, the change of slope
// being none (Cohen 1988). It is about what this series could have shown, and
// says nothing about what it did show.
func (r *Report) detectable(d *data, sp Spec, prefix string, df float64) {
	const power = 0.8
	se := float64(r.SE[prefix+d.names[d.events[0].level]])
	c := (sp.critical(0.5+sp.Level/2, df) + sp.critical(power, df)) * se
	out := &Detectable{Power: power, Change: Number(-c), Ratio: estimate.Null, Fall: estimate.Null}
	switch {
	case math.IsNaN(c):
	case sp.ratios():
		out.Ratio = Number(math.Exp(-c))
		out.Fall = Number(-math.Expm1(-c))
	case r.Counterfactual != nil && r.Counterfactual.expectedMean > 0 && slices.Min(d.y) >= 0:
		// Of what can be below nothing, a share says nothing.
		out.Fall = Number(c / r.Counterfactual.expectedMean)
		out.Ratio = 1 - out.Fall
	}
	if out.Fall > 1 {
		r.Warn("blind", "Even a fall to nothing at event %s would not have shown, four times in five, in a series as short or as uneven as this.", d.events[0].name)
	}
	r.Detectable = out
}

const (
	shortSeries = 40
	longSeries  = 200
)

// doubts says what a reader should know beside the number.
func (r *Report) doubts(m *model, d *data, sp Spec) {
	for _, e := range d.events {
		before, after := d.count(e)
		if before <= 5 || after <= 5 {
			r.Warn("few-points", "Points without event %s: %d; with it: %d. A handful of points carries no trend.", e.name, before, after)
		}
	}
	for a := range d.events {
		for b := range d.events[:a] {
			if d.overlap(d.events[a], d.events[b]) {
				r.Warn("events-overlap", "Events %s and %s are on at the same time, so that their effects are told apart only by the times when one is on alone.", d.events[b].name, d.events[a].name)
			}
		}
	}
	if sp.Family == QuasiPoisson && m.dispersion < 1 {
		r.Warn("underdispersed", "The dispersion is %.2f, below 1: the model explains the counts better than chance allows, mostly because it has many terms. Standard errors are those of dispersion 1 and not smaller.", m.dispersion)
	}
	if sp.Family == Poisson && m.pearson/float64(m.df) > 1.5 {
		r.Warn("overdispersed", "The counts vary %.1f times as much as a Poisson model allows, so its intervals are too narrow. quasipoisson or negbin take that into account.", m.pearson/float64(m.df))
	}
	if sp.Family == NegBin && m.converged && math.IsInf(m.theta, 1) {
		r.Warn("no-overdispersion", "The counts vary no more than a Poisson model allows, so θ is infinite and the model is Poisson.")
	}
	if sp.SE == ModelSE && !sp.AR1 {
		for _, name := range []string{"durbin_watson", "breusch_godfrey_order1"} {
			if x, ok := r.Diagnostics[name]; ok && x.P != nil && x.P.Known() && *x.P < 0.05 {
				r.Warn("autocorrelation", "Neighbouring points are alike beyond what the model explains, so its intervals are probably too narrow. AR(1) errors, on logarithms for counts, take most of that into account; Newey-West standard errors do so only in long series.")
			}
		}
	}
	// What simulations found; see doc/simulations.md.
	if sp.SE == NeweyWest && r.N < longSeries {
		r.Warn("neweywest-short", "Newey-West standard errors are too small in a series as short as this: of 60 simulated months, intervals that say 95 per cent held the truth in about 80 of 100.")
	}
	if sp.Family != Gaussian && sp.SE == ModelSE && r.N < shortSeries {
		r.Warn("short-series", "The series is short: of 24 simulated months, intervals that say 95 per cent held the truth in about 90 of 100.")
	}
	if x, ok := r.Diagnostics["anticipation"]; ok && x.P != nil && x.P.Known() && *x.P < 0.05 {
		r.Warn("anticipation", "The series already leaves its course in the last times before event %s (p %.2g): people may have expected it, or something else began.", d.events[0].name, float64(*x.P))
	}
}

// Package capture estimates how many people nobody counted, from lists that
// overlap (multiple systems estimation).
//
// Several organisations each keep a list of people they met. Some people are on
// two lists or more. How the lists overlap says something of how many are on
// none: when two lists that have nothing to do with each other share few
// people, both have seen a small part of a large population.
//
// Use [Fit] with a [Spec] that begins as [Default]. Keep away from it when the
// lists are not lists of the same kind of people in the same place and time,
// when people were not matched between them with care, or when one list is made
// from another: no interval includes any of that.
//
// What is promised: a number is printed only when the data determine it, and
// never without the doubts that come with it.
package capture

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// A Method is a way from lists to a number.
type Method string

const (
	// Stepwise adds two-list terms by a Poisson tail test (Chan, Silverman and
	// Vincent 2021), with a bootstrap that repeats the choice.
	Stepwise Method = "stepwise"
	// Main takes the lists as independent, given how many people each found.
	Main Method = "main"
	// Fixed has the two-list terms that are named.
	Fixed Method = "fixed"
	// Pairs has every two-list term.
	Pairs Method = "pairs"
	// Hierarchical fits every hierarchical model up to an order and takes the
	// best by BIC or AIC (Silverman, Chan and Vincent 2024).
	Hierarchical Method = "hierarchical"
	// Decomposable averages over every decomposable graph (Madigan and York 1997).
	Decomposable Method = "decomposable"
	// Latent is a mixture of kinds of people, within each of which the lists are
	// independent (Manrique-Vallier 2016).
	Latent Method = "latent"
)

// A Spec says what to estimate and how. Start from [Default].
type Spec struct {
	Method Method

	// Lists are the columns of 0 and 1; nil takes every column but Count.
	Lists []string
	// Count is the column of counts; empty means the column count if there is one,
	// else that each row is one person.
	Count string

	Threshold float64     // Stepwise: a pair enters when its tail probability is below
	Pairs     [][2]string // Fixed: the terms

	Order     int    // Hierarchical: the most lists in a term
	Criterion string // Hierarchical: bic or aic
	Top       int    // Hierarchical: the models the bootstrap chooses among; 0 for 20 with four lists, 100 with more, all with fewer

	Prior    float64 // Decomposable: δ of the hyper-Dirichlet prior; 0 for 2^−lists
	Most     float64 // Decomposable: the most people unseen, as a multiple of those seen; 0 for 10
	GridStep int     // Decomposable: the step of the grid of people unseen; 0 for the least with 30,000 points or fewer

	Mixture Mixture // Latent

	Bootstrap  int             // replicates; 0 for the interval of the chosen model alone
	Replicates *estimate.Table // bootstrap counts to use instead of drawing them
	Seed       uint64
	Level      float64

	// Beside the number stands what each list left out, each pair merged and
	// each class of model would have given. Sensitivity adds the classes that take
	// seconds: graphs, chains, and every model of six lists.
	Sensitivity bool

	// Definition and Population are passed on to the result.
	Definition, Population string

	Progress estimate.Progress
}

// ParsePairs reads pairs of lists as they are written on the command line,
// A:B,C:D.
func ParsePairs(text string) ([][2]string, error) {
	var out [][2]string
	for pair := range strings.SplitSeq(text, ",") {
		a, b, ok := strings.Cut(pair, ":")
		a, b = strings.TrimSpace(a), strings.TrimSpace(b)
		if !ok || a == "" || b == "" || strings.Contains(b, ":") {
			return nil, &estimate.InputError{Option: "pairs", Wrong: fmt.Sprintf("%q is not a pair of lists", pair), Want: "pairs such as A:B,C:D"}
		}
		out = append(out, [2]string{a, b})
	}
	return out, nil
}

// Default is the spec of the command line without flags.
func Default() Spec {
	return Spec{Method: Stepwise, Threshold: 0.02, Order: 2, Criterion: "bic", Bootstrap: 1000, Seed: 1, Level: 0.95}
}

// A Result is an estimate with all that it rests on.
type Result struct {
	estimate.Result

	Observed float64  `json:"observed"`
	Lists    []string `json:"lists"`

	// Terms are the interactions of the model, A:B in the order of the columns, in
	// order of entry. Absent are pairs in the model that nobody is on both of.
	Terms        []string                   `json:"terms"`
	Absent       []string                   `json:"absent"`
	Coefficients map[string]estimate.Number `json:"coefficients"`
	SE           map[string]estimate.Number `json:"se"`
	Deviance     estimate.Number            `json:"deviance"`
	DF           *int                       `json:"df"`
	AIC          estimate.Number            `json:"aic"`
	BIC          *estimate.Number           `json:"bic,omitempty"`

	// Profile is another interval of the chosen model.
	Profile *Profile `json:"profile,omitempty"`

	// Without both of these there is no estimate.
	Exists       bool `json:"exists"`
	Identifiable bool `json:"identifiable"`

	// Of the bootstrap.
	Replicates   int                        `json:"replicates,omitempty"`
	Z0           *estimate.Number           `json:"z0,omitempty"`
	Acceleration *estimate.Number           `json:"acceleration,omitempty"`
	Quantiles    map[string]estimate.Number `json:"quantiles,omitempty"`

	// Of the Bayesian methods.
	Median *estimate.Number `json:"median,omitempty"`
	Mode   *estimate.Number `json:"mode,omitempty"`
	SD     *estimate.Number `json:"sd,omitempty"`

	// Models are the best of those that were weighed, best first.
	Models      []Model       `json:"models,omitempty"`
	Considered  int           `json:"models_considered,omitempty"`
	Sensitivity []Alternative `json:"sensitivity"`

	histories *histories // for the picture
	others    string     // for the sentence, where other choices move the number far
}

// A Model is one of several that were weighed.
type Model struct {
	Terms     []string         `json:"terms"`
	Estimate  estimate.Number  `json:"estimate"`
	AIC       *estimate.Number `json:"aic,omitempty"`
	BIC       *estimate.Number `json:"bic,omitempty"`
	Posterior *estimate.Number `json:"posterior,omitempty"`
}

// An Alternative is the estimate that another defensible choice would have given.
type Alternative struct {
	What     string          `json:"what"`
	Estimate estimate.Number `json:"estimate"`
	Lower    estimate.Number `json:"lower"`
	Upper    estimate.Number `json:"upper"`
}

// Fit estimates the population that the lists in t come from.
//
// A mistake in the table or the spec is an [estimate.InputError]. Data that do
// not determine a number are not an error: the result then has a null estimate
// and says why.
func Fit(ctx context.Context, t *estimate.Table, s Spec) (*Result, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	h, err := readHistories(t, s)
	if err != nil {
		return nil, err
	}
	var given [][]float64
	if s.Replicates != nil {
		if given, err = readReplicates(s.Replicates, h); err != nil {
			return nil, err
		}
	}
	r, err := fit(ctx, h, given, s)
	if err != nil {
		return nil, err
	}
	r.warnOfOverlap(h)
	if r.Sensitivity, err = sensitivity(ctx, h, s, r); err != nil {
		return nil, err
	}
	r.warnOfSensitivity()
	r.sentence()
	return r, nil
}

func fit(ctx context.Context, h *histories, given [][]float64, s Spec) (*Result, error) {
	r := newResult(h, s)
	switch s.Method {
	case Main:
		return r, r.fixed(ctx, h, nil, given, s)
	case Pairs:
		return r, r.fixed(ctx, h, pairs(len(h.lists)), given, s)
	case Fixed:
		terms, err := h.named(s.Pairs)
		if err != nil {
			return nil, err
		}
		return r, r.fixed(ctx, h, terms, given, s)
	case Stepwise:
		return r, r.stepwise(ctx, h, given, s)
	case Hierarchical:
		return r, r.hierarchical(ctx, h, given, s)
	case Decomposable:
		return r, r.decomposable(ctx, h, s)
	default:
		return r, r.latent(ctx, h, s)
	}
}

func newResult(h *histories, s Spec) *Result {
	r := &Result{Result: estimate.NewResult(string(s.Method), s.Level), Lists: h.lists, Terms: []string{}, Absent: []string{}, Deviance: estimate.Null, AIC: estimate.Null, histories: h}
	r.Definition, r.Population = s.Definition, s.Population
	for _, n := range h.count {
		r.Observed += n
	}
	return r
}

// check refuses options that contradict each other or mean nothing.
// Check refuses a spec that no table could answer.
func (s Spec) Check() error {
	bad := func(option, wrong, want string) error {
		return &estimate.InputError{Option: option, Wrong: wrong, Want: want}
	}
	switch s.Method {
	case Stepwise, Main, Fixed, Pairs, Hierarchical, Decomposable, Latent:
	default:
		return bad("method", fmt.Sprintf("there is no method %q", s.Method), "stepwise, main, fixed, pairs, hierarchical, decomposable or latent")
	}
	switch {
	case !(s.Level > 0 && s.Level < 1):
		return bad("level", fmt.Sprintf("%v is not a level", s.Level), "a number between 0 and 1, such as 0.95")
	case !(s.Threshold >= 0 && s.Threshold <= 1):
		return bad("threshold", fmt.Sprintf("%v is not a probability", s.Threshold), "a number from 0 to 1, such as 0.02")
	case s.Bootstrap < 0 || s.Bootstrap > 1_000_000:
		return bad("bootstrap", fmt.Sprintf("%d is not a number of replicates", s.Bootstrap), "0 to 1000000")
	case s.Method == Fixed && len(s.Pairs) == 0:
		return bad("pairs", "no pairs are named", "pairs of lists such as A:B,C:D; or the method main")
	case s.Method != Fixed && len(s.Pairs) > 0:
		return bad("pairs", fmt.Sprintf("pairs are named, but the method is %s", s.Method), "the method fixed")
	case s.Method == Hierarchical && s.Criterion != "bic" && s.Criterion != "aic":
		return bad("criterion", fmt.Sprintf("there is no criterion %q", s.Criterion), "bic or aic")
	case s.Method == Hierarchical && s.Order < 2:
		return bad("order", fmt.Sprintf("%d is not an order of interaction", s.Order), "2 or more")
	case s.Top < 0:
		return bad("top", fmt.Sprintf("%d is not a number of models", s.Top), "1 or more")
	case !(s.Prior >= 0) || math.IsInf(s.Prior, 0):
		return bad("prior", fmt.Sprintf("%v is not a prior weight", s.Prior), "a number above 0")
	case !(s.Most >= 0 && s.Most <= 1000):
		return bad("most", fmt.Sprintf("%v is not a multiple of the people seen", s.Most), "a number above 0 and up to 1000")
	case s.GridStep < 0:
		return bad("grid step", fmt.Sprintf("%d is not a step", s.GridStep), "1 or more")
	case s.Replicates != nil && (s.Method == Decomposable || s.Method == Latent):
		return bad("replicates", fmt.Sprintf("the method %s has no bootstrap", s.Method), "another method")
	}
	return s.Mixture.check()
}

// named turns names of pairs into terms, in the order of the columns.
func (h *histories) named(named [][2]string) ([]set, error) {
	at := map[string]int{}
	for i, l := range h.lists {
		at[l] = i
	}
	chosen := map[set]bool{}
	for _, p := range named {
		i, ok1 := at[p[0]]
		j, ok2 := at[p[1]]
		if !ok1 || !ok2 || i == j {
			return nil, &estimate.InputError{Option: "pairs", Wrong: fmt.Sprintf("%q is not a pair of lists", p[0]+":"+p[1]), Want: "two of " + strings.Join(h.lists, ", ")}
		}
		chosen[1<<i|1<<j] = true
	}
	var terms []set
	for _, p := range pairs(len(h.lists)) {
		if chosen[p] {
			terms = append(terms, p)
		}
	}
	return terms, nil
}

// fixed fits one model. Its interval is n + exp(α0 ± z·se), unless replicates
// are given.
func (r *Result) fixed(ctx context.Context, h *histories, terms []set, given [][]float64, s Spec) error {
	f := newFitter(len(h.lists))
	t := newTable(f.lists)
	t.fill(h, h.count)
	f.model(t, terms)
	r.Exists, r.Identifiable = f.exists(true)
	reached := r.Exists && r.Identifiable && f.fit(exactly)
	r.describe(h, f, reached, s)
	if !r.Estimate.Known() || given == nil {
		return nil
	}
	b, err := resample(ctx, h, given, s, f.total(), func() estimator {
		f, t := newFitter(len(h.lists)), newTable(len(h.lists))
		return func(count []float64) float64 {
			t.fill(h, count)
			f.model(t, terms)
			if exists, unique := f.exists(false); !exists || !unique || !f.fit(exactly) {
				return math.Inf(1)
			}
			return f.total()
		}
	})
	if err != nil {
		return err
	}
	r.bca(b, false, s)
	return nil
}

func (r *Result) stepwise(ctx context.Context, h *histories, given [][]float64, s Spec) error {
	f := newStepper(len(h.lists))
	t := newTable(f.lists)
	t.fill(h, h.count)
	point := f.choose(t, s.Threshold)
	r.Exists, r.Identifiable = f.exists(true)
	r.describe(h, f.fitter, !math.IsInf(point, 1), s)
	if !r.Estimate.Known() {
		return nil
	}
	if s.Bootstrap == 0 && given == nil {
		if len(f.taken) > 0 {
			r.Warn("choice_ignored", "The limits take the chosen model as given. The choice was made on the same data, so they are too narrow.")
		}
		return nil
	}
	b, err := resample(ctx, h, given, s, point, func() estimator {
		f, t := newStepper(len(h.lists)), newTable(len(h.lists))
		return func(count []float64) float64 {
			t.fill(h, count)
			return f.choose(t, s.Threshold)
		}
	})
	if err != nil {
		return err
	}
	r.bca(b, given == nil, s)
	return nil
}

// describe takes over the model the fitter is at; reached says whether its
// maximum was.
func (r *Result) describe(h *histories, f *fitter, reached bool, s Spec) {
	for _, term := range f.terms[1+f.lists:] {
		if f.t.on[term] == 0 {
			r.Absent = append(r.Absent, h.name(term))
		} else {
			r.Terms = append(r.Terms, h.name(term))
		}
	}
	r.Interval = "wald"
	switch {
	case !r.Exists:
		r.Warn("no_estimate", "Under this model the lists set no upper bound on the number of people, or push a part of the model beyond all limits: there is no estimate. Fewer terms, or lists that overlap more, would be needed.")
		return
	case !r.Identifiable:
		r.Warn("not_identifiable", "Different populations fit these data equally well under this model: there is no estimate. The model has more terms than the overlaps of the lists can tell apart.")
		return
	}
	var se []float64
	if reached {
		se, reached = f.errors()
	}
	if !reached {
		r.Exists = false
		r.Warn("no_estimate", "The model is too close to one without an estimate for any number to be trusted.")
		return
	}
	r.Coefficients, r.SE = map[string]estimate.Number{}, map[string]estimate.Number{}
	for i, term := range f.live {
		r.Coefficients[h.name(term)] = estimate.Number(f.coef[term])
		r.SE[h.name(term)] = estimate.Number(se[i])
	}
	deviance := f.deviance()
	df := f.cells - len(f.live)
	r.Deviance, r.DF = estimate.Number(deviance), &df
	r.AIC = estimate.Number(f.t.saturated() + deviance + 2*float64(len(f.terms)))
	r.Estimate = estimate.Number(f.total())
	z := distuv.UnitNormal.Quantile((1 + s.Level) / 2)
	r.Lower = estimate.Number(r.Observed + math.Exp(f.coef[0]-z*se[0]))
	r.Upper = estimate.Number(r.Observed + math.Exp(f.coef[0]+z*se[0]))
	r.Profile = profile(f.t, f.terms[1+f.lists:], f.dark(), s.Level)
	r.warnOfDependence(h, f, se)
}

// bca takes over the bootstrap.
func (r *Result) bca(b *bootstrap, drawn bool, s Spec) {
	r.Interval = "bca"
	r.Replicates = len(b.replicates)
	if drawn {
		seed := s.Seed
		r.Seed = &seed
	}
	z0, a := estimate.Number(b.z0), estimate.Number(b.acceleration)
	r.Z0, r.Acceleration = &z0, &a
	r.Lower = estimate.Number(b.limit((1 - s.Level) / 2))
	r.Upper = estimate.Number(b.limit((1 + s.Level) / 2))
	r.Quantiles = b.quantiles(s.Level)
	if b.infinite > 0 {
		r.Warn("infinite_replicates", "In %d of %d resamples there is no finite estimate; they count as infinite.", b.infinite, len(b.replicates))
	}
	if !z0.Known() {
		r.Warn("one_sided", "Every resample gave an estimate on the same side of this one, so there are no limits. More resamples may help.")
	} else if math.IsInf(float64(r.Upper), 1) {
		r.Warn("no_upper_limit", "There is no upper limit: too many resamples have no finite estimate.")
	}
	if edge := 1 / float64(len(b.replicates)); z0.Known() && (b.level((1-s.Level)/2) < edge || b.level((1+s.Level)/2) > 1-edge) {
		r.Warn("edge", "A limit is the least or greatest of %d resamples; with more it may lie further out.", len(b.replicates))
	}
	if b.ragged {
		r.Warn("no_acceleration", "Leaving one person out can leave no finite estimate, so the limits are without acceleration.")
	}
}

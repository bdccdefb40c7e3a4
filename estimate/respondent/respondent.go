package respondent

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// Number is a number or null.
type Number = estimate.Number

// Method is an estimator.
type Method string

const (
	RDS1 Method = "rds1"
	RDS2 Method = "rds2" // the default
	SS   Method = "ss"
)

// Stat is what is estimated of a column.
type Stat string

const (
	Share Stat = "share" // of every group
	Mean  Stat = "mean"  // of numbers
)

// Spec is one question put to a table with a row a respondent.
type Spec struct {
	ID        string // column
	Recruiter string // column; a seed has none, "seed", its own id, or 0 where that is nobody's
	Degree    string // column: how many of the population the respondent knows
	Y         string // column of groups, or of numbers
	// Stat is empty for the shares of groups, and for the mean where there are
	// more than twenty different numbers. RDS-I knows groups alone.
	Stat Stat

	Population int // a guess of its size, needed by SS
	Method     Method
	Bootstrap  int // samples; 0: 500
	Samples    int // successive samples an iteration of SS; 0: 2000
	Seed       uint64
	Level      float64 // 0: 0.95

	Definition, PopulationText string // in the caller's words

	Progress estimate.Progress `json:"-"` // may be nil
}

// A Report is the share of every group, or the mean of numbers as the one group.
type Report struct {
	estimate.Result
	Statistic  Stat    `json:"statistic"`
	N          int     `json:"n"`
	Seeds      int     `json:"seeds"`
	Waves      int     `json:"waves"`
	MeanDegree Number  `json:"mean_degree"` // harmonic, which is that of the population
	Groups     []Group `json:"groups"`

	// Homophily is one number for a variable of two values, else one a value; for
	// a mean it is a correlation.
	Homophily           Homophily `json:"homophily"`
	HomophilyDefinition string    `json:"homophily_definition"`

	Recruitment []Recruitment `json:"recruitment"`
	// Convergence is the RDS-II estimate as respondents came in; Bottleneck that
	// within the tree of each seed. Lines that settle, and settle together, are
	// what a sample that may be trusted looks like.
	Convergence []Moment `json:"convergence"`
	Bottleneck  []Tree   `json:"bottleneck"`
	Converged   bool     `json:"converged"`
}

// Group is the share of one value.
type Group struct {
	Value     string `json:"value"`
	N         int    `json:"n"`
	Estimate  Number `json:"estimate"`
	SE        Number `json:"se"` // analytic, as are the limits
	Lower     Number `json:"lower"`
	Upper     Number `json:"upper"`
	Deff      Number `json:"deff"`
	Bootstrap Spread `json:"bootstrap"`
}

// Spread is an interval by bootstrap.
type Spread struct {
	SE    Number `json:"se"`
	Lower Number `json:"lower"` // estimate ± z·se, within 0 to 1
	Upper Number `json:"upper"`
	// The quantiles of the bootstrap estimates.
	QuantileLower Number `json:"quantile_lower"`
	QuantileUpper Number `json:"quantile_upper"`
}

// Recruitment is how often people of one group recruited people of another.
type Recruitment struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Count int    `json:"count"`
}

// Moment is the estimates after n respondents, in the order of values.
type Moment struct {
	N         int      `json:"n"`
	Estimates []Number `json:"estimates"`
}

// Tree is what one seed led to.
type Tree struct {
	Seed      string   `json:"seed"`
	N         int      `json:"n"`
	Waves     int      `json:"waves"`
	Estimates []Number `json:"estimates"`
	Path      []Moment `json:"path"`
}

// Homophily prints as a number when it has one, else as a map.
type Homophily struct {
	One *Number
	By  map[string]Number
}

// MarshalJSON prints the number or the map.
func (h Homophily) MarshalJSON() ([]byte, error) {
	if h.One != nil {
		return json.Marshal(*h.One)
	}
	return json.Marshal(h.By)
}

func option(name, wrong, want string) error {
	return &estimate.InputError{Option: name, Wrong: wrong, Want: want}
}

// Columns names the columns of the table that the spec reads.
func (sp Spec) Columns() []string {
	c := []string{sp.ID, sp.Recruiter, sp.Degree, sp.Y}
	slices.Sort(c)
	return slices.Compact(c)
}

// Check refuses a spec that no table could answer.
func (sp Spec) Check() error { return sp.settle() }

func (sp *Spec) settle() error {
	sp.Method = cmp.Or(sp.Method, RDS2)
	sp.Bootstrap = cmp.Or(sp.Bootstrap, 500)
	sp.Samples = cmp.Or(sp.Samples, 2000)
	if sp.Level == 0 {
		sp.Level = 0.95
	}
	switch {
	case sp.ID == "" || sp.Recruiter == "" || sp.Degree == "" || sp.Y == "":
		return option("id", "a column is not given", "--id, --recruiter, --degree and --y")
	case !slices.Contains([]Method{RDS1, RDS2, SS}, sp.Method):
		return option("method", fmt.Sprintf("unknown method %q", sp.Method), "rds1, rds2 or ss")
	case sp.Stat != "" && sp.Stat != Share && sp.Stat != Mean:
		return option("stat", fmt.Sprintf("unknown statistic %q", sp.Stat), "share or mean")
	case sp.Method == RDS1 && sp.Stat == Mean:
		return option("method", "RDS-I follows how groups recruit, and has no mean of numbers", "rds2 or ss")
	case !(sp.Level > 0 && sp.Level < 1):
		return option("level", fmt.Sprintf("the level is %v", sp.Level), "a number between 0 and 1, such as 0.95")
	case sp.Bootstrap < 10 || sp.Bootstrap > 1_000_000:
		return option("bootstrap", fmt.Sprintf("%d samples", sp.Bootstrap), "10 to 1000000")
	case sp.Samples < 100 || sp.Samples > 1_000_000:
		return option("samples", fmt.Sprintf("%d samples", sp.Samples), "100 to 1000000")
	case sp.Population < 0 || sp.Population > 1_000_000_000:
		return option("population", fmt.Sprintf("a population of %d", sp.Population), "1 to 1000000000")
	case sp.Method == SS && sp.Population == 0:
		return option("population", "successive sampling needs the size of the population", "--population N, and the answer for several N beside each other")
	}
	return nil
}

// Fit estimates the shares, or the mean. With a population, the analytic standard error is
// made smaller by the share of it that was not asked.
func Fit(ctx context.Context, t *estimate.Table, sp Spec) (*Report, error) {
	if err := sp.settle(); err != nil {
		return nil, err
	}
	r := &Report{Result: estimate.NewResult(string(sp.Method), sp.Level), Groups: []Group{}, Recruitment: []Recruitment{}}
	r.Definition, r.Population = sp.Definition, sp.PopulationText
	seed := sp.Seed
	r.Seed = &seed
	s, err := newSample(t, sp, r)
	if err != nil {
		return nil, err
	}
	if sp.Population > 0 && sp.Population < len(s.use) {
		return nil, option("population", fmt.Sprintf("a population of %d, and %d respondents", sp.Population, len(s.use)), "a population no smaller than the sample")
	}
	r.N, r.Seeds, r.Waves = len(s.use), s.seeds, s.waves
	inverse := 0.0
	for _, i := range s.use {
		inverse += 1 / s.degree[i]
	}
	r.MeanDegree = Number(float64(len(s.use)) / inverse)

	var inclusion *inclusion
	var weight []float64 // parallel to s.use
	switch sp.Method {
	case RDS1:
		weight = s.transitionWeights(r)
	case SS:
		if inclusion, err = successive(ctx, s, sp); err != nil {
			return nil, err
		}
		for _, i := range s.use {
			weight = append(weight, 1/inclusion.of[s.class[i]])
		}
	default:
		for _, i := range s.use {
			weight = append(weight, 1/s.degree[i])
		}
	}
	estimates := s.means(weight)
	replicates, err := bootstrap(ctx, s, sp, inclusion)
	if err != nil {
		return nil, err
	}
	r.Statistic = Share
	if s.number != nil {
		r.Statistic = Mean
	}
	pairs := newPairs(weight)
	for k, mean := range estimates {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.Groups = append(r.Groups, s.describe(k, mean, weight, pairs, replicates, sp))
	}
	s.homophily(r)
	s.watch(r)
	r.doubts(s, sp)
	r.headline(sp)
	return r, nil
}

// rounding is the share of an estimate below which a standard error is none.
const rounding = 1e-12

// describe says of an estimand what its mean is, with the limits of both ways.
func (s *sample) describe(k int, mean float64, weight []float64, pairs *pairs, replicates [][]float64, sp Spec) Group {
	y := s.outcome(k)
	out := Group{Value: "mean", N: len(s.use), Estimate: Number(mean)}
	between := func(x float64) Number { return Number(x) }
	if s.number == nil {
		out.Value, out.N = s.values[k], s.count[k]
	}
	if !slices.ContainsFunc(y, func(v float64) bool { return v != 0 && v != 1 }) {
		between = func(x float64) Number { return Number(min(max(x, 0), 1)) }
	}
	z := distuv.UnitNormal.Quantile(0.5 + sp.Level/2)
	se := pairs.se(y)
	n, srs, total := float64(len(s.use)), 0.0, 0.0
	for i, w := range weight {
		srs += w * (y[i] - mean) * (y[i] - mean)
		total += w
	}
	srs /= total * n
	if sp.Population > 1 {
		f := (float64(sp.Population) - n) / float64(sp.Population-1)
		se *= math.Sqrt(f)
		srs *= f
	}
	out.SE, out.Lower, out.Upper, out.Deff = estimate.Null, estimate.Null, estimate.Null, estimate.Null
	if se > rounding*max(1, math.Abs(mean)) || sp.Population == len(s.use) {
		out.SE = Number(se)
		out.Lower, out.Upper = between(mean-z*se), between(mean+z*se)
	}
	if srs > 0 && se > 0 {
		out.Deff = Number(se * se / srs)
	}
	out.Bootstrap = spread(replicates, k, mean, z, sp.Level, between)
	return out
}

// spread summarises column g of the bootstrap estimates.
func spread(replicates [][]float64, g int, share, z, level float64, between func(float64) Number) Spread {
	var v []float64
	mean := 0.0
	for _, r := range replicates {
		if !math.IsNaN(r[g]) {
			v = append(v, r[g])
			mean += r[g]
		}
	}
	if len(v) < 2 {
		return Spread{estimate.Null, estimate.Null, estimate.Null, estimate.Null, estimate.Null}
	}
	mean /= float64(len(v))
	square := 0.0
	for _, x := range v {
		square += (x - mean) * (x - mean)
	}
	se := math.Sqrt(square / float64(len(v)-1))
	if !(se > rounding*max(1, math.Abs(share))) {
		return Spread{estimate.Null, estimate.Null, estimate.Null, estimate.Null, estimate.Null}
	}
	slices.Sort(v)
	// Type 7 quantiles (Hyndman & Fan 1996).
	quantile := func(p float64) Number {
		h := p * float64(len(v)-1)
		k := int(h)
		if k+1 >= len(v) {
			return Number(v[len(v)-1])
		}
		return Number(v[k] + (h-float64(k))*(v[k+1]-v[k]))
	}
	return Spread{Number(se), between(share - z*se), between(share + z*se), quantile((1 - level) / 2), quantile((1 + level) / 2)}
}

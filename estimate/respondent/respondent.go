package respondent

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

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

// Spec is one question put to a table with a row a respondent.
type Spec struct {
	ID        string // column
	Recruiter string // column; a seed has none, "seed", its own id, or 0 where that is nobody's
	Degree    string // column: how many of the population the respondent knows
	Y         string // column of groups

	Population int // a guess of its size, needed by SS
	Method     Method
	Bootstrap  int // samples; 0: 500
	Samples    int // successive samples an iteration of SS; 0: 2000
	Seed       uint64
	Level      float64 // 0: 0.95

	Definition, PopulationText string // in the caller's words

	Progress estimate.Progress `json:"-"` // may be nil
}

// A Report is the share of every group.
type Report struct {
	estimate.Result
	N          int     `json:"n"`
	Seeds      int     `json:"seeds"`
	Waves      int     `json:"waves"`
	MeanDegree Number  `json:"mean_degree"` // harmonic, which is that of the population
	Groups     []Group `json:"groups"`

	// Homophily is one number for a variable of two values, else one a value.
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

// Fit estimates the shares. With a population, the analytic standard error is
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
	share := s.shares(weight)
	z := distuv.UnitNormal.Quantile(0.5 + sp.Level/2)
	replicates, err := bootstrap(ctx, s, sp, inclusion)
	if err != nil {
		return nil, err
	}
	pairs := newPairs(weight)
	for g, value := range s.values {
		out := Group{Value: value, N: s.count[g], Estimate: Number(share[g])}
		se := pairs.se(s.indicator(g))
		n := float64(len(s.use))
		srs := share[g] * (1 - share[g]) / n
		if sp.Population > 1 {
			f := (float64(sp.Population) - n) / float64(sp.Population-1)
			se *= math.Sqrt(f)
			srs *= f
		}
		out.SE = Number(se)
		out.Lower, out.Upper = within(share[g]-z*se), within(share[g]+z*se)
		out.Deff = estimate.Null
		if srs > 0 {
			out.Deff = Number(se * se / srs)
		}
		out.Bootstrap = spread(replicates, g, share[g], z, sp.Level)
		r.Groups = append(r.Groups, out)
	}
	s.homophily(r)
	s.watch(r)
	r.doubts(s, sp)
	r.headline(sp)
	return r, nil
}

func within(x float64) Number { return Number(min(max(x, 0), 1)) }

// spread summarises column g of the bootstrap estimates.
func spread(replicates [][]float64, g int, share, z, level float64) Spread {
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
	return Spread{Number(se), within(share - z*se), within(share + z*se), quantile((1 - level) / 2), quantile((1 + level) / 2)}
}

// doubts says what a reader should know beside the numbers.
func (r *Report) doubts(s *sample, sp Spec) {
	for _, g := range r.Groups {
		if a, b := float64(g.SE), float64(g.Bootstrap.SE); b > 0 && a > 0 && (b > 1.3*a || a > 1.3*b) {
			r.Warn("intervals-differ", "For %q the analytic standard error is %.3f and that of the bootstrap %.3f. Both are shown, and the wider is the safer one.", g.Value, a, b)
		}
	}
	if r.Waves < 4 {
		r.Warn("few-waves", "The longest chain has %d waves after its seed, which is hardly enough to forget where it began.", r.Waves)
	}
	if r.Seeds < 2 {
		r.Warn("one-seed", "All respondents come from one seed.")
	}
	for _, tree := range r.Bottleneck {
		if r.Seeds > 1 && 2*tree.N > r.N {
			r.Warn("seed-dominates", "%d of %d respondents come from seed %s.", tree.N, r.N, tree.Seed)
		}
	}
	if sp.Method == SS && float64(r.N) < ssFraction*float64(sp.Population) {
		r.Warn("ss-is-rds2", "Fewer than one in %d of the population were asked, where successive sampling and RDS-II are the same.", int(1/ssFraction))
	}
	if !r.Converged {
		r.Warn("not-settled", "The estimate still moved by more than two points over the last fifth of respondents.")
	}
	s.bottleneck(r)
	r.Warn("self-reported", "Respondents say themselves how many people they know, and the estimate leans on it. Nothing here can check it.")
}

func (r *Report) headline(sp Spec) {
	r.Interval = "analytic"
	if len(r.Groups) != 2 {
		return
	}
	g := r.Groups[1] // 1 of 0 and 1
	r.Estimate, r.Lower, r.Upper = g.Estimate, g.Lower, g.Upper
	if !g.Estimate.Known() || !g.Bootstrap.Lower.Known() {
		return
	}
	pc := func(n Number) string { return strconv.FormatFloat(100*float64(n), 'f', 1, 64) }
	r.Sentence = fmt.Sprintf("The share of %s %s is estimated at %s per cent from %d respondents who recruited each other; %g per cent intervals run from %s to %s and, by another method, from %s to %s.",
		cmp.Or(sp.Definition, sp.Y), g.Value, pc(g.Estimate), r.N, 100*r.Level, pc(g.Lower), pc(g.Upper), pc(g.Bootstrap.Lower), pc(g.Bootstrap.Upper))
}

// sample is the respondents and who recruited whom.
type sample struct {
	ids       []string
	recruiter []int // place of the recruiter, −1 for a seed
	root      []int // place of the seed
	wave      []int
	degree    []float64
	group     []int // place in values, −1 when missing
	values    []string
	count     []int
	class     []int     // place of the degree in classes
	classes   []float64 // different degrees, ascending
	use       []int     // respondents with degree and group, in the order of the table
	recruits  []int     // how many each recruited
	seeds     int
	waves     int
	tied      [][]float64 // who recruits whom, by group
}

func newSample(t *estimate.Table, sp Spec, r *Report) (*sample, error) {
	if t.Rows() == 0 {
		return nil, &estimate.InputError{File: t.Name, Wrong: "there are no rows", Want: "a row a respondent"}
	}
	s := &sample{}
	var err error
	if s.ids, err = t.Text(sp.ID); err != nil {
		return nil, err
	}
	if err := s.readRecruiters(t, sp); err != nil {
		return nil, err
	}
	if s.degree, err = t.Numbers(sp.Degree); err != nil {
		return nil, err
	}
	codes, values, err := t.Levels(sp.Y)
	if err != nil {
		return nil, err
	}
	if len(values) > 50 {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Y, Wrong: fmt.Sprintf("%d different values", len(values)), Want: "at most 50 groups"}
	}
	rank := make([]int, len(values))
	for k, place := range sortedLevels(values) {
		rank[place] = k
		s.values = append(s.values, values[place])
	}
	s.group, s.count = make([]int, len(codes)), make([]int, len(values))
	lost := 0
	for i, c := range codes {
		s.group[i] = -1
		if c >= 0 {
			s.group[i] = rank[c]
		}
		d := s.degree[i]
		if d <= 0 || math.IsInf(d, 0) {
			return nil, t.Bad(i, sp.Degree, fmt.Sprintf("the respondent knows %v people", d), "at least one, since someone recruited them; empty when it was not asked")
		}
		if math.IsNaN(d) || c < 0 {
			lost++
			continue
		}
		s.use = append(s.use, i)
		s.count[s.group[i]]++
		s.classes = append(s.classes, d)
	}
	if lost > 0 {
		r.Warn("missing-values", "%d of %d respondents have no degree or no group. They stay in the chains and are left out of the estimate.", lost, len(codes))
	}
	if len(s.use) < 2 {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Y, Wrong: fmt.Sprintf("%d respondents have a degree and a group", len(s.use)), Want: "more"}
	}
	slices.Sort(s.classes)
	s.classes = slices.Compact(s.classes)
	s.class = make([]int, len(codes))
	for _, i := range s.use {
		s.class[i], _ = slices.BinarySearch(s.classes, s.degree[i])
	}
	s.countTies(r)
	return s, nil
}

// readRecruiters makes the forest of recruitment.
func (s *sample) readRecruiters(t *estimate.Table, sp Spec) error {
	by, err := t.Text(sp.Recruiter)
	if err != nil {
		return err
	}
	n := len(s.ids)
	place := make(map[string]int, n)
	for i, id := range s.ids {
		if id == "" {
			return t.Bad(i, sp.ID, "the id is missing", "an id in every row")
		}
		if first, ok := place[id]; ok {
			return t.Bad(i, sp.ID, fmt.Sprintf("id %q is also in row %d", id, first+2), "one row a respondent")
		}
		place[id] = i
	}
	s.recruiter, s.recruits = make([]int, n), make([]int, n)
	for i, id := range by {
		at, known := place[id]
		switch {
		case id == "" || id == s.ids[i] || !known && (id == "0" || strings.EqualFold(id, "seed")):
			s.recruiter[i] = -1
			s.seeds++
		case !known:
			return t.Bad(i, sp.Recruiter, fmt.Sprintf("recruiter %q is no respondent", id), "the id of a respondent; nothing, seed or their own id for a seed")
		default:
			s.recruiter[i] = at
			s.recruits[at]++
		}
	}
	// Waves, from each respondent up to the seed; a circle never reaches one.
	s.wave, s.root = make([]int, n), make([]int, n)
	for i := range s.wave {
		s.wave[i] = -1
	}
	var chain []int
	for i := range n {
		chain = chain[:0]
		for k := i; s.wave[k] < 0; k = s.recruiter[k] {
			if len(chain) > n {
				return t.Bad(i, sp.Recruiter, fmt.Sprintf("respondent %q comes from a circle of recruiters", s.ids[i]), "chains that begin with a seed")
			}
			chain = append(chain, k)
			if s.recruiter[k] < 0 {
				s.wave[k], s.root[k] = 0, k
				break
			}
		}
		for j := len(chain) - 1; j >= 0; j-- {
			if k := chain[j]; s.wave[k] < 0 {
				s.wave[k], s.root[k] = s.wave[s.recruiter[k]]+1, s.root[s.recruiter[k]]
				s.waves = max(s.waves, s.wave[k])
			}
		}
	}
	return nil
}

func sortedLevels(values []string) []int {
	order, numbers := make([]int, len(values)), make([]float64, len(values))
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

// countTies counts who recruited whom, among those with a group.
func (s *sample) countTies(r *Report) {
	k := len(s.values)
	s.tied = make([][]float64, k)
	for g := range s.tied {
		s.tied[g] = make([]float64, k)
	}
	for i, from := range s.recruiter {
		if from >= 0 && s.group[i] >= 0 && s.group[from] >= 0 {
			s.tied[s.group[from]][s.group[i]]++
		}
	}
	for g := range k {
		for h := range k {
			if n := int(s.tied[g][h]); n > 0 {
				r.Recruitment = append(r.Recruitment, Recruitment{s.values[g], s.values[h], n})
			}
		}
	}
}

func (s *sample) indicator(g int) []float64 {
	y := make([]float64, len(s.use))
	for k, i := range s.use {
		if s.group[i] == g {
			y[k] = 1
		}
	}
	return y
}

// shares are the weighted shares of the groups; weight is parallel to use.
func (s *sample) shares(weight []float64) []float64 {
	out, total := make([]float64, len(s.values)), 0.0
	for k, i := range s.use {
		out[s.group[i]] += weight[k]
		total += weight[k]
	}
	for g := range out {
		out[g] /= total
	}
	return out
}

// harmonic is the harmonic mean degree of every group, which is the mean degree
// of the group in the population when people are met in proportion to degree.
func (s *sample) harmonic() []float64 {
	out := make([]float64, len(s.values))
	for _, i := range s.use {
		out[s.group[i]] += 1 / s.degree[i]
	}
	for g := range out {
		out[g] = float64(s.count[g]) / out[g]
	}
	return out
}

// transitionWeights are those of RDS-I: the recruitment chain settles on shares
// q of the groups, and the population's are in proportion to q over the mean
// degree. For two groups that is D_B C_BA / (D_A C_AB + D_B C_BA).
func (s *sample) transitionWeights(r *Report) []float64 {
	k := len(s.values)
	p := make([][]float64, k)
	for g := range p {
		p[g] = slices.Clone(s.tied[g])
		total := 0.0
		for _, c := range p[g] {
			total += c
		}
		if total == 0 {
			r.Warn("group-without-recruits", "Nobody of group %q recruited anyone. It is taken as recruiting all groups alike, for want of anything better.", s.values[g])
		}
		for h := range p[g] {
			if total == 0 {
				p[g][h] = 1 / float64(k)
			} else {
				p[g][h] /= total
			}
		}
	}
	q := stationary(p)
	weight := make([]float64, len(s.use))
	if q == nil {
		r.Warn("no-equilibrium", "The groups do not all recruit into each other, directly or through others, so the chain has no equilibrium and RDS-I no answer.")
		for i := range weight {
			weight[i] = math.NaN()
		}
		return weight
	}
	d, total := s.harmonic(), 0.0
	for g := range q {
		q[g] /= d[g]
		total += q[g]
	}
	for i, who := range s.use {
		g := s.group[who]
		weight[i] = q[g] / total / float64(s.count[g])
	}
	return weight
}

// stationary is the equilibrium of a chain by the elimination of Grassmann,
// Taksar & Heyman (1985), which subtracts nothing. It is nil when the chain has
// more than one, that is when some group cannot be reached from some other.
func stationary(p [][]float64) []float64 {
	k := len(p)
	if !connected(p) {
		return nil
	}
	a := make([][]float64, k)
	for g := range a {
		a[g] = slices.Clone(p[g])
	}
	for n := k - 1; n > 0; n-- {
		out := 0.0
		for j := range n {
			out += a[n][j]
		}
		for i := range n {
			a[i][n] /= out
			for j := range n {
				a[i][j] += a[i][n] * a[n][j]
			}
		}
	}
	q, total := make([]float64, k), 1.0
	q[0] = 1
	for n := 1; n < k; n++ {
		for i := range n {
			q[n] += q[i] * a[i][n]
		}
		total += q[n]
	}
	for g := range q {
		q[g] /= total
	}
	return q
}

// connected reports whether every group is reached from every other.
func connected(p [][]float64) bool {
	k := len(p)
	for _, forward := range []bool{true, false} {
		seen := make([]bool, k)
		stack := []int{0}
		seen[0] = true
		for len(stack) > 0 {
			g := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for h := range k {
				tie := p[g][h]
				if !forward {
					tie = p[h][g]
				}
				if tie > 0 && !seen[h] {
					seen[h] = true
					stack = append(stack, h)
				}
			}
		}
		if slices.Contains(seen, false) {
			return false
		}
	}
	return true
}

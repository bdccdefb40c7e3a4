package capture

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// A Mixture says how the latent-class model is computed. Zero values take the
// defaults named here.
type Mixture struct {
	Classes int     // at most so many kinds of people; 10
	Shape   float64 // prior of the concentration: Gamma(Shape, Rate); 0.25
	Rate    float64 // 0.25

	// Each of Chains (4) runs until they agree, in rounds that double, for at most
	// Longest (320,000) sweeps. The first half of each chain is thrown away.
	Chains  int
	Longest int
}

func (m Mixture) withDefaults() Mixture {
	return Mixture{cmp.Or(m.Classes, 10), cmp.Or(m.Shape, 0.25), cmp.Or(m.Rate, 0.25), cmp.Or(m.Chains, 4), cmp.Or(m.Longest, 320_000)}
}

func (m Mixture) check() error {
	m = m.withDefaults()
	bad := func(option, want string) error {
		return &estimate.InputError{Option: option, Wrong: "it is out of range", Want: want}
	}
	switch {
	case m.Classes < 1 || m.Classes > 100:
		return bad("classes", "1 to 100")
	case !(m.Shape > 0 && m.Shape < 1e6 && m.Rate > 0 && m.Rate < 1e6):
		return bad("concentration", "numbers above 0")
	case m.Chains < 2 || m.Chains > 64:
		return bad("chains", "2 to 64: one chain cannot show that it has not mixed")
	case m.Longest < firstRound || m.Longest > 100_000_000:
		return bad("longest", fmt.Sprintf("%d to 100000000 sweeps", firstRound))
	}
	return nil
}

const (
	firstRound = 20_000
	thinning   = 10

	// farMost bounds the people unseen as a multiple of those seen, as LCMCR does:
	// the posterior may have no other end.
	farMost = 20
)

// What counts as mixed: Vehtari and others (2021, Bayesian Analysis 16:667-718)
// ask for R-hat below 1.01 and 400 effective draws. Between that and 1.05 the
// number is printed with a warning; beyond it is not printed.
const (
	mixed      = 1.01
	unmixed    = 1.05
	fewestDraw = 400
)

// chain samples the posterior of a Dirichlet-process mixture of independent
// lists (Manrique-Vallier 2016, Biometrics 72:1246-1254), with stick breaking
// stopped at K classes:
//
//	list j catches a person of class k with probability λ_jk ~ Beta(1, 1)
//	classes have shares ν_k = V_k Π_{l<k} (1 − V_l), V_k ~ Beta(1, α)
//	α ~ Gamma(shape, rate), and P(N) ∝ 1/N
//
// One sweep draws, in turn, the class of each person seen, λ, ν, the number of
// people unseen (negative binomial), their classes, and α.
type chain struct {
	Mixture
	r    *rand.Rand
	rows []set
	n    []float64
	seen float64
	j    int

	nu, logRest   []float64 // shares; log of what is left after each stick
	yes, no       []float64 // λ and 1 − λ, by list and class
	size          []float64 // people by class, seen or not
	on            []float64 // people by list and class who are on it
	alpha, unseen float64

	weight, draw []float64
	draws        []float64 // N, every so many sweeps
}

func newChain(h *histories, m Mixture, r *rand.Rand) *chain {
	k, j := m.Classes, len(h.lists)
	c := &chain{Mixture: m, r: r, j: j,
		nu: make([]float64, k), logRest: make([]float64, k),
		yes: make([]float64, j*k), no: make([]float64, j*k),
		size: make([]float64, k), on: make([]float64, j*k),
		weight: make([]float64, k), draw: make([]float64, k), alpha: 1,
	}
	for i, n := range h.count {
		if n > 0 {
			c.rows = append(c.rows, h.rows[i])
			c.n = append(c.n, n)
			c.seen += n
		}
	}
	// Chains begin far apart: shares and probabilities from the prior.
	for i := range c.yes {
		c.yes[i] = r.Float64()
		c.no[i] = 1 - c.yes[i]
	}
	c.sticks()
	return c
}

func (c *chain) sweep() {
	k := c.Classes
	clear(c.size)
	clear(c.on)
	for i, w := range c.rows {
		for a := range k {
			p := c.nu[a]
			for j := range c.j {
				if w>>j&1 == 1 {
					p *= c.yes[j*k+a]
				} else {
					p *= c.no[j*k+a]
				}
			}
			c.weight[a] = p
		}
		c.share(c.n[i])
		for a, n := range c.draw {
			c.size[a] += n
		}
		for j := range c.j {
			if w>>j&1 == 1 {
				for a, n := range c.draw {
					c.on[j*k+a] += n
				}
			}
		}
	}
	if c.unseen > 0 {
		c.missed()
		c.share(c.unseen)
		for a, n := range c.draw {
			c.size[a] += n
		}
	}
	for i := range c.yes {
		on := c.on[i]
		g := gamma(c.r, 1+on)
		h := gamma(c.r, 1+c.size[i%k]-on)
		c.yes[i], c.no[i] = g/(g+h), h/(g+h)
	}
	c.sticks()
	// The number unseen: failures before as many successes as people were seen.
	p := c.missed()
	for try := 0; ; try++ {
		mean := gamma(c.r, c.seen) * p / (1 - p)
		if mean < 2*farMost*c.seen {
			if c.unseen = (distuv.Poisson{Lambda: max(mean, 1e-300), Src: c.r}).Rand(); c.unseen <= farMost*c.seen {
				break
			}
		}
		if try == 1000 { // all but certain to be beyond the bound
			c.unseen = farMost * c.seen
			break
		}
	}
	c.alpha = gamma(c.r, c.Shape+float64(k)-1) / (c.Rate - c.logRest[k-1])
}

// sticks draws the shares given the sizes of the classes.
func (c *chain) sticks() {
	total := 0.0
	for _, n := range c.size {
		total += n
	}
	rest := 0.0 // log
	for a := range c.Classes - 1 {
		total -= c.size[a]
		g := math.Log(gamma(c.r, 1+c.size[a]))
		h := logGamma(c.r, c.alpha+max(total, 0))
		both := max(g, h) + math.Log1p(math.Exp(-math.Abs(g-h)))
		c.nu[a] = math.Exp(rest + g - both)
		rest += h - both
		c.logRest[a] = rest
	}
	c.nu[c.Classes-1] = math.Exp(rest)
	c.logRest[c.Classes-1] = max(rest, -1e300)
}

// missed is the probability of being on no list, and leaves that of each class
// in weight.
func (c *chain) missed() float64 {
	k := c.Classes
	sum := 0.0
	for a := range k {
		p := c.nu[a]
		for j := range c.j {
			p *= c.no[j*k+a]
		}
		c.weight[a] = p
		sum += p
	}
	return min(sum, 1-1e-12)
}

// share divides n people over the classes in proportion to weight.
func (c *chain) share(n float64) {
	sum := 0.0
	for _, w := range c.weight {
		sum += w
	}
	if sum == 0 { // everything underflowed: no class is likelier than another
		for a := range c.weight {
			c.weight[a] = 1
		}
		sum = float64(c.Classes)
	}
	if n == 1 {
		clear(c.draw)
		at := c.r.Float64() * sum
		for a, w := range c.weight {
			if at -= w; at < 0 || a == c.Classes-1 {
				c.draw[a] = 1
				return
			}
		}
	}
	for a, w := range c.weight {
		if n == 0 || sum <= 0 {
			c.draw[a] = 0
			continue
		}
		k := n
		if a < c.Classes-1 {
			k = binomial(c.r, n, min(w/sum, 1))
		}
		c.draw[a] = k
		n -= k
		sum -= w
	}
	if n > 0 { // rounding in sum left some over
		c.draw[0] += n
	}
}

// gamma draws from Gamma(shape, 1) for a shape of at least one (Marsaglia and
// Tsang 2000, ACM Transactions on Mathematical Software 26:363-372).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return math.Exp(logGamma(r, shape))
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		u := 1 - r.Float64()
		if u < 1-0.0331*x*x*x*x || math.Log(u) < 0.5*x*x+d*(1-v+math.Log(v)) {
			return d * v
		}
	}
}

// logGamma is the logarithm of a Gamma(shape, 1) draw, which for a small shape
// may be too small for a float64.
func logGamma(r *rand.Rand, shape float64) float64 {
	if shape >= 1 {
		return math.Log(gamma(r, shape))
	}
	shape = max(shape, 1e-300)
	return math.Log(gamma(r, shape+1)) + math.Log(1-r.Float64())/shape
}

func (r *Result) latent(ctx context.Context, h *histories, s Spec) error {
	m := s.Mixture.withDefaults()
	chains := make([]*chain, m.Chains)
	for i := range chains {
		chains[i] = newChain(h, m, estimate.Random(s.Seed, uint64(i)))
	}
	r.Seed = &s.Seed
	r.Exists, r.Identifiable = true, true
	var rhat, ess float64
	var draws [][]float64
	done := 0
	for upTo := firstRound; ; upTo = min(2*upTo, m.Longest) {
		err := estimate.Each(ctx, len(chains), "chains", nil, func(_, i int) error {
			c := chains[i]
			for k := done; k < upTo; k++ {
				c.sweep()
				if k%thinning == 0 {
					c.draws = append(c.draws, c.seen+c.unseen)
				}
				if k%1024 != 0 {
					continue
				}
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if i == 0 && s.Progress != nil { // one chain tells for all
					s.Progress("sweeps", k, m.Longest)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		done = upTo
		if s.Progress != nil {
			s.Progress("sweeps", done, m.Longest)
		}
		draws = draws[:0]
		for _, c := range chains {
			draws = append(draws, c.draws[len(c.draws)/2:])
		}
		rhat, ess = convergence(draws)
		if rhat <= mixed && ess >= fewestDraw || done == m.Longest {
			break
		}
	}
	r.Diagnose("rhat", estimate.Diagnostic{Statistic: estimate.Number(rhat), Text: "1 when the chains agree"})
	r.Diagnose("effective_draws", estimate.Diagnostic{Statistic: estimate.Number(ess)})
	r.Diagnose("sweeps", estimate.Diagnostic{Statistic: estimate.Number(done), Text: "of each chain; the first half is not used"})
	r.Interval = "credible"
	if !(rhat <= unmixed) || ess < fewestDraw {
		low, high := math.Inf(1), 0.0
		for _, d := range draws {
			m := median(d)
			low, high = min(low, m), max(high, m)
		}
		r.Warn("not_mixed", "After %d sweeps the chains have not settled on an answer (R-hat %.3f, %.0f effective draws; their medians differ by a factor of %.2f), so there is no estimate. Another run that seemed to settle would not be worth more.", done, rhat, ess, high/low)
		return nil
	}
	if rhat > mixed {
		r.Warn("hardly_mixed", "The chains agree only roughly (R-hat %.3f; below %.2f is usual).", rhat, mixed)
	}
	all := slices.Concat(draws...)
	slices.Sort(all)
	mean := 0.0
	for _, n := range all {
		mean += n / float64(len(all))
	}
	sd := 0.0
	atBound := 0.0
	for _, n := range all {
		sd += (n - mean) * (n - mean) / float64(len(all)-1)
		if n > r.Observed*(1+0.9*farMost) {
			atBound += 1 / float64(len(all))
		}
	}
	r.Estimate = estimate.Number(mean)
	r.Lower = estimate.Number(quantile8(all, (1-s.Level)/2))
	r.Upper = estimate.Number(quantile8(all, (1+s.Level)/2))
	r.Median, r.SD = known(quantile8(all, 0.5)), known(math.Sqrt(sd))
	r.Quantiles = map[string]estimate.Number{}
	for _, q := range append([]float64{0.25, 0.5, 0.75}, probabilities...) {
		r.Quantiles[fmt.Sprint(q)] = estimate.Number(quantile8(all, q))
	}
	if atBound > leaning {
		r.Warn("bound", "The bound of %d unseen for each person seen holds the upper limit down.", farMost)
	}
	return nil
}

func median(x []float64) float64 {
	y := slices.Clone(x)
	slices.Sort(y)
	return quantile8(y, 0.5)
}

// convergence is the rank-normalised split R-hat, the larger of that of the
// draws and of their distances from the median, and the bulk effective sample
// size (Vehtari and others 2021).
func convergence(chains [][]float64) (rhat, ess float64) {
	var halves [][]float64
	for _, c := range chains {
		n := len(c) / 2
		halves = append(halves, c[:n], c[len(c)-n:])
	}
	z := normalScores(halves)
	rhat, ess = splitRhat(z), effective(z)
	middle := median(slices.Concat(halves...))
	folded := make([][]float64, len(halves))
	for i, c := range halves {
		folded[i] = make([]float64, len(c))
		for k, v := range c {
			folded[i][k] = math.Abs(v - middle)
		}
	}
	return max(rhat, splitRhat(normalScores(folded))), ess
}

// normalScores replaces values by the normal quantiles of their ranks, ties by
// their middle rank.
func normalScores(chains [][]float64) [][]float64 {
	type at struct {
		v        float64
		chain, i int
	}
	var all []at
	out := make([][]float64, len(chains))
	for c, x := range chains {
		out[c] = make([]float64, len(x))
		for i, v := range x {
			all = append(all, at{v, c, i})
		}
	}
	slices.SortFunc(all, func(a, b at) int { return cmp.Compare(a.v, b.v) })
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && all[to].v == all[from].v {
			to++
		}
		rank := float64(from+1+to) / 2
		z := distuv.UnitNormal.Quantile((rank - 0.375) / (float64(len(all)) + 0.25))
		for _, a := range all[from:to] {
			out[a.chain][a.i] = z
		}
		from = to
	}
	return out
}

func meanVar(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(x)-1)
}

func splitRhat(chains [][]float64) float64 {
	within := 0.0
	means := make([]float64, len(chains))
	for i, c := range chains {
		m, v := meanVar(c)
		means[i] = m
		within += v / float64(len(chains))
	}
	_, between := meanVar(means)
	n := float64(len(chains[0]))
	if within == 0 {
		if between == 0 {
			return 1
		}
		return math.Inf(1)
	}
	return math.Sqrt((n-1)/n + between/within)
}

// effective sums autocorrelations in pairs while they stay positive and fall
// (Geyer 1992).
func effective(chains [][]float64) float64 {
	n, m := len(chains[0]), len(chains)
	means, vars := make([]float64, m), make([]float64, m)
	within := 0.0
	for i, c := range chains {
		means[i], vars[i] = meanVar(c)
		within += vars[i] / float64(m)
	}
	_, between := meanVar(means)
	total := within*float64(n-1)/float64(n) + between
	if total == 0 {
		return float64(n * m)
	}
	rho := func(lag int) float64 {
		sum := 0.0
		for i, c := range chains {
			cov := 0.0
			for k := range n - lag {
				cov += (c[k] - means[i]) * (c[k+lag] - means[i])
			}
			sum += cov / float64(n) / float64(m)
		}
		return 1 - (within-sum*float64(n)/float64(n-1))/total
	}
	tau, last := -1.0, math.Inf(1)
	for lag := 0; lag+1 < n; lag += 2 {
		pair := rho(lag+1) + 1
		if lag > 0 {
			pair += rho(lag) - 1
		}
		if pair < 0 {
			break
		}
		pair = min(pair, last)
		last = pair
		tau += 2 * pair
		// Beyond this there are too few effective draws whatever follows.
		if tau*fewestDraw > 10*float64(n*m) {
			break
		}
	}
	return min(float64(n*m)/tau, float64(n*m)*math.Log10(float64(n*m)))
}

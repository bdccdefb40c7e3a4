package survival

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// Ties is what to do when several people have the event at one time.
type Ties string

const (
	Efron   Ties = "efron"   // averages over the orders they may have come in; the default
	Breslow Ties = "breslow" // takes the risk set as unchanged between them
	Exact   Ties = "exact"   // time comes in steps and the ties are real: conditional logistic
)

// Cox is a regression of the hazard (Cox 1972): each unit of a covariate
// multiplies it by exp(coefficient) at all times. The test of proportional
// hazards says whether that ratio held still.
type Cox struct {
	Ties         Ties              `json:"ties"`
	N            int               `json:"n"`
	Events       int               `json:"events"`
	Names        []string          `json:"names"`
	Coefficients map[string]Number `json:"coefficients"`
	SE           map[string]Number `json:"se"` // robust with clusters
	NaiveSE      map[string]Number `json:"naive_se,omitempty"`
	HazardRatio  map[string]Ratio  `json:"hazard_ratio"`
	P            map[string]Number `json:"p"`
	Covariance   [][]Number        `json:"covariance"`
	LogLik       [2]Number         `json:"loglik"` // without covariates, with them
	Wald         *Test             `json:"wald"`
	Score        *Test             `json:"score"`
	LR           *Test             `json:"lr"`
	// Concordance is the share of pairs of people whose order the model gets right.
	Concordance Number           `json:"concordance"`
	PH          map[string]*Test `json:"proportional_hazards,omitempty"` // by term, and global
	Iterations  int              `json:"iterations"`
	Converged   bool             `json:"converged"`
}

// Ratio is a hazard ratio with its limits.
type Ratio struct {
	Estimate Number `json:"estimate"`
	Lower    Number `json:"lower"`
	Upper    Number `json:"upper"`
}

// cohort is what the likelihood reads: people by stratum, then from the longest
// time to the shortest, so that the risk set grows along the list.
type cohort struct {
	n, p     int
	x        []float64 // n × p, about the means
	time     []float64
	event    []bool
	starts   []int    // of strata, and n at the end
	terms    []string // the column each coefficient is of
	cluster  []int    // of each person
	clusters int
	ties     Ties

	table *estimate.Table // for errors
	spec  Spec
}

func fitCox(ctx context.Context, t *estimate.Table, p *people, sp Spec, r *Report) (*Cox, error) {
	if !slices.Contains([]Ties{Efron, Breslow, Exact}, sp.Ties) {
		return nil, option("ties", fmt.Sprintf("unknown ties %q", sp.Ties), "efron, breslow or exact")
	}
	if sp.Ties == Exact && sp.Cluster != "" {
		return nil, option("ties", "there are no robust standard errors with exact ties", "efron or breslow")
	}
	event := p.event
	if sp.Competing {
		if sp.EventValue == "" {
			return nil, option("event-value", "Cox regression with competing ends needs a cause", "--event-value CAUSE")
		}
		c := slices.Index(p.causes, sp.EventValue)
		if c < 0 {
			return nil, option("event-value", fmt.Sprintf("nobody had %q", sp.EventValue), "one of the causes")
		}
		event = make([]bool, len(p.cause))
		for i, k := range p.cause {
			event[i] = k == c
		}
		r.Warn("cause-specific", "The hazard ratios are of cause %s among those who have had no cause yet. They do not say how many will have had it in the end.", sp.EventValue)
	}
	columns, names, terms, err := covariates(t, sp.Cox)
	if err != nil {
		return nil, err
	}
	cluster, clusters, err := sortedGroups(t, sp.Cluster)
	if err != nil {
		return nil, err
	}
	c := &cohort{p: len(names), terms: terms, clusters: len(clusters), ties: sp.Ties, table: t, spec: sp}
	var who []int
	missing, unclustered := 0, 0
	for i, row := range p.row {
		whole := true
		for _, x := range columns {
			whole = whole && !math.IsNaN(x[row])
		}
		switch {
		case !whole:
			missing++
		case cluster[row] < 0:
			unclustered++
		default:
			who = append(who, i)
		}
	}
	if missing > 0 {
		r.Warn("missing-covariates", "%d of %d people miss a covariate and are left out of the regression.", missing, len(p.row))
	}
	if unclustered > 0 {
		r.Warn("missing-cluster", "%d people have no cluster and are left out of the regression.", unclustered)
	}
	slices.SortStableFunc(who, func(a, b int) int {
		if s := cmp.Compare(p.stratum[a], p.stratum[b]); s != 0 {
			return s
		}
		return cmp.Compare(p.time[b], p.time[a])
	})
	c.n = len(who)
	c.x = make([]float64, c.n*c.p)
	out := &Cox{Ties: sp.Ties, N: c.n, Names: names}
	for k, i := range who {
		c.cluster = append(c.cluster, cluster[p.row[i]])
		c.time, c.event = append(c.time, p.time[i]), append(c.event, event[i])
		if event[i] {
			out.Events++
		}
		if k == 0 || p.stratum[i] != p.stratum[who[k-1]] {
			c.starts = append(c.starts, k)
		}
		for a, x := range columns {
			c.x[k*c.p+a] = x[p.row[i]]
		}
	}
	c.starts = append(c.starts, c.n)
	if out.Events == 0 {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Event, Wrong: "nobody with all covariates had the event", Want: "events in the regression"}
	}
	if out.Events <= c.p {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Event, Wrong: fmt.Sprintf("%d events for %d coefficients", out.Events, c.p), Want: "more events, or fewer covariates"}
	}
	if out.Events < 10*c.p {
		r.Warn("few-events", "There are %d events for %d coefficients; below about ten each they are unreliable (Peduzzi et al. 1995).", out.Events, c.p)
	}
	c.centre()
	if err := c.checkTies(); err != nil {
		return nil, err
	}
	return out, c.fit(ctx, out, r)
}

// covariates returns the columns, the names of the coefficients, and for each
// the term it belongs to.
func covariates(t *estimate.Table, of []string) (x [][]float64, names, terms []string, err error) {
	for k, name := range of {
		if slices.Contains(of[:k], name) {
			return nil, nil, nil, option("cox", fmt.Sprintf("%q is given twice", name), "each covariate once")
		}
		if v, err := t.Numbers(name); err == nil {
			x, names, terms = append(x, v), append(names, name), append(terms, name)
			continue
		} else if !t.Has(name) {
			return nil, nil, nil, err
		}
		codes, values, err := t.Levels(name)
		if err != nil {
			return nil, nil, nil, err
		}
		if len(values) > 50 {
			return nil, nil, nil, &estimate.InputError{File: t.Name, Column: name, Wrong: fmt.Sprintf("%d different words", len(values)), Want: "numbers, or at most 50 words"}
		}
		for _, level := range sortedLevels(values)[1:] {
			v := make([]float64, len(codes))
			for i, c := range codes {
				switch c {
				case level:
					v[i] = 1
				case -1:
					v[i] = math.NaN()
				}
			}
			x, names, terms = append(x, v), append(names, name+"="+values[level]), append(terms, name)
		}
	}
	return x, names, terms, nil
}

func (c *cohort) centre() {
	for a := range c.p {
		mean := 0.0
		for k := range c.n {
			mean += c.x[k*c.p+a] / float64(c.n)
		}
		for k := range c.n {
			c.x[k*c.p+a] -= mean
		}
	}
}

// checkTies refuses exact ties that would take for ever, or overflow.
func (c *cohort) checkTies() error {
	if c.ties != Exact {
		return nil
	}
	work := 0.0
	for s := range len(c.starts) - 1 {
		for k := c.starts[s]; k < c.starts[s+1]; {
			d, first := 0, k
			for ; k < c.starts[s+1] && c.time[k] == c.time[first]; k++ {
				if c.event[k] {
					d++
				}
			}
			if d > 500 {
				return &estimate.InputError{File: c.table.Name, Column: c.spec.Time, Wrong: fmt.Sprintf("%d people have the event at time %v", d, c.time[first]), Want: "efron ties, which are close with so many"}
			}
			work += float64(k-c.starts[s]) * float64(d) * float64(c.p*c.p)
		}
	}
	if work > 2e10 {
		return &estimate.InputError{File: c.table.Name, Column: c.spec.Time, Wrong: "exact ties would take too long here", Want: "efron ties"}
	}
	return nil
}

// moment is one event as the likelihood sees it: the first of the list at its
// time, the part of the tied deaths taken off, the sum of the weights at risk,
// the mean and variance of the covariates among them, and all deaths of that time.
type moment struct {
	first          int
	part, weight   float64
	mean, variance []float64
	deaths         []int
}

// predictors returns the linear predictors and the largest of them, which is
// taken off before exponentials so that none overflows.
func (c *cohort) predictors(b []float64) (eta []float64, top float64) {
	eta, top = make([]float64, c.n), math.Inf(-1)
	for k := range c.n {
		for a, v := range b {
			eta[k] += c.x[k*c.p+a] * v
		}
		top = max(top, eta[k])
	}
	return eta, top
}

// likelihood returns the log partial likelihood at b, its gradient and its
// information (the negative Hessian). Unless ties are exact it tells at of every
// event.
func (c *cohort) likelihood(b []float64, at func(moment)) (l float64, u, info []float64) {
	p := c.p
	u, info = make([]float64, p), make([]float64, p*p)
	eta, top := c.predictors(b)
	s1, d1, mean := make([]float64, p), make([]float64, p), make([]float64, p)
	s2, d2, variance := make([]float64, p*p), make([]float64, p*p), make([]float64, p*p)
	var deaths []int
	for s := range len(c.starts) - 1 {
		s0 := 0.0
		clear(s1)
		clear(s2)
		for k := c.starts[s]; k < c.starts[s+1]; {
			first, d0 := k, 0.0
			clear(d1)
			clear(d2)
			deaths = deaths[:0]
			for ; k < c.starts[s+1] && c.time[k] == c.time[first]; k++ {
				w := math.Exp(eta[k] - top)
				x := c.x[k*p : k*p+p]
				s0 += w
				for a, v := range x {
					s1[a] += w * v
					for e := range a + 1 {
						s2[a*p+e] += w * v * x[e]
					}
				}
				if c.event[k] {
					deaths = append(deaths, k)
					l += eta[k] - top
					d0 += w
					for a, v := range x {
						u[a] += v
						d1[a] += w * v
						for e := range a + 1 {
							d2[a*p+e] += w * v * x[e]
						}
					}
				}
			}
			d := len(deaths)
			if d == 0 {
				continue
			}
			if c.ties == Exact && d > 1 {
				l -= c.subsets(eta, c.starts[s], k, d, mean, variance)
				l += float64(d) * top
				for a := range p {
					u[a] -= mean[a]
					for e := range a + 1 {
						info[a*p+e] += variance[a*p+e]
					}
				}
				continue
			}
			// Efron takes off a growing part of the deaths; Breslow does not.
			for j := range d {
				part := 0.0
				if c.ties == Efron {
					part = float64(j) / float64(d)
				}
				w := s0 - part*d0
				l -= math.Log(w)
				for a := range p {
					mean[a] = (s1[a] - part*d1[a]) / w
					u[a] -= mean[a]
					for e := range a + 1 {
						variance[a*p+e] = (s2[a*p+e]-part*d2[a*p+e])/w - mean[a]*mean[e]
						info[a*p+e] += variance[a*p+e]
					}
				}
				if at != nil {
					at(moment{first, part, w, mean, variance, deaths})
				}
			}
		}
	}
	for a := range p {
		for e := range a {
			info[e*p+a] = info[a*p+e]
		}
	}
	return l, u, info
}

// subsets returns log Σ_A Π_{i∈A} exp(η_i) over all subsets A of d people of
// [from, to), with the mean and variance of Σ_{i∈A} x_i under that weight: the
// conditional likelihood of tied events (Gail, Lubin & Rubinstein 1981), built
// one person at a time.
func (c *cohort) subsets(eta []float64, from, to, d int, mean, variance []float64) float64 {
	p := c.p
	total, top := 0.0, math.Inf(-1)
	for k := from; k < to; k++ {
		top = max(top, eta[k])
	}
	for k := from; k < to; k++ {
		total += math.Exp(eta[k] - top)
	}
	// With weights that add up to d the sums stay below e^d.
	scale := float64(d) / total
	b0 := make([]float64, d+1)
	b1, b2 := make([]float64, (d+1)*p), make([]float64, (d+1)*p*p)
	b0[0] = 1
	for k := from; k < to; k++ {
		w := math.Exp(eta[k]-top) * scale
		x := c.x[k*p : k*p+p]
		for m := min(d, k-from+1); m >= 1; m-- {
			for a := range p {
				for e := range a + 1 {
					b2[(m*p+a)*p+e] += w * (b2[((m-1)*p+a)*p+e] + x[a]*b1[(m-1)*p+e] + x[e]*b1[(m-1)*p+a] + x[a]*x[e]*b0[m-1])
				}
			}
			for a := range p {
				b1[m*p+a] += w * (b1[(m-1)*p+a] + x[a]*b0[m-1])
			}
			b0[m] += w * b0[m-1]
		}
	}
	for a := range p {
		mean[a] = b1[d*p+a] / b0[d]
		for e := range a + 1 {
			variance[a*p+e] = b2[(d*p+a)*p+e]/b0[d] - mean[a]*b1[d*p+e]/b0[d]
		}
	}
	return math.Log(b0[d]) + float64(d)*(top-math.Log(scale))
}

func (c *cohort) fit(ctx context.Context, out *Cox, r *Report) error {
	p := c.p
	b := make([]float64, p)
	l, u, info := c.likelihood(b, nil)
	if a := dependent(info, p); a >= 0 {
		return &estimate.InputError{File: c.table.Name, Column: out.Names[a], Wrong: "it says nothing the covariates before it do not say", Want: "a model without it"}
	}
	null := l
	step := solve(info, u, p)
	score := 0.0
	for a := range p {
		score += u[a] * step[a]
	}
	for out.Iterations = 1; out.Iterations <= 100; out.Iterations++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := make([]float64, p)
		var nl float64
		var nu, ninfo []float64
		for range 40 {
			for a := range p {
				next[a] = b[a] + step[a]
			}
			if nl, nu, ninfo = c.likelihood(next, nil); nl >= l-1e-9*(1+math.Abs(l)) {
				break
			}
			for a := range p {
				step[a] /= 2
			}
		}
		moved := 0.0
		for a := range p {
			moved = max(moved, math.Abs(step[a])*math.Sqrt(max(info[a*p+a], 0)))
		}
		b, l, u, info = next, nl, nu, ninfo
		if moved < 1e-9 { // in standard errors; the next step would be its square
			out.Converged = true
			break
		}
		if step = solve(info, u, p); step == nil {
			break
		}
	}
	inverse := invert(info, p)
	if inverse == nil || !out.Converged {
		out.Converged = false
		r.Warn("not-converged", "The regression did not settle: some covariate tells everybody with the event from everybody without, and its coefficient runs away.")
	}
	if inverse == nil {
		inverse = make([]float64, p*p)
		for k := range inverse {
			inverse[k] = math.NaN()
		}
	}
	v := inverse
	if c.spec.Cluster != "" {
		v = c.robust(b, inverse)
	}
	out.fill(b, v, inverse, c.spec)
	out.LogLik = [2]Number{Number(null), Number(l)}
	out.LR, out.Score = newTest(2*(l-null), p), newTest(score, p)
	wald := math.NaN()
	if w := solve(v, b, p); w != nil {
		wald = 0
		for a := range p {
			wald += b[a] * w[a]
		}
	}
	out.Wald = newTest(wald, p)
	out.Concordance = Number(c.concordance(b))
	if c.ties != Exact && out.Converged {
		out.PH = c.proportional(b)
		if g := out.PH["global"]; g != nil && g.P.Known() && g.P < 0.05 {
			r.Warn("hazards-not-proportional", "The ratio of hazards does not hold still over time (p = %.3g), so one number for all times misleads.", float64(g.P))
		}
	}
	return nil
}

func (out *Cox) fill(b, v, naive []float64, sp Spec) {
	p := len(b)
	z := distuv.UnitNormal.Quantile(0.5 + sp.Level/2)
	out.Coefficients, out.SE, out.P, out.HazardRatio = map[string]Number{}, map[string]Number{}, map[string]Number{}, map[string]Ratio{}
	if sp.Cluster != "" {
		out.NaiveSE = map[string]Number{}
	}
	for a, name := range out.Names {
		se := math.Sqrt(v[a*p+a])
		out.Coefficients[name], out.SE[name] = Number(b[a]), Number(se)
		out.HazardRatio[name] = Ratio{Number(math.Exp(b[a])), Number(math.Exp(b[a] - z*se)), Number(math.Exp(b[a] + z*se))}
		out.P[name] = Number(2 * distuv.UnitNormal.CDF(-math.Abs(b[a]/se)))
		if sp.Cluster != "" {
			out.NaiveSE[name] = Number(math.Sqrt(naive[a*p+a]))
		}
		row := make([]Number, p)
		for e := range row {
			row[e] = Number(v[a*p+e])
		}
		out.Covariance = append(out.Covariance, row)
	}
}

// robust is Dᵀ D, D the sums over clusters of what each person's leaving would
// change, L_i I⁻¹ with L_i the score residual (Lin & Wei 1989):
//
//	L_i = δ_i (x_i − x̄) − exp(η_i) Σ_{t_j ≤ t_i} (x_i − x̄_j) / Σ_risk exp(η)
func (c *cohort) robust(b, inverse []float64) []float64 {
	p := c.p
	eta, top := c.predictors(b)
	l := make([]float64, c.n*p)
	// Of every event time: Σ 1/weight and Σ x̄/weight, and the same as those who
	// die then count in it, of whom Efron's rule takes a part off.
	type hazard struct{ all, dead []float64 } // the sum of means, then that of ones
	hazards := map[int]*hazard{}
	c.likelihood(b, func(m moment) {
		h := hazards[m.first]
		if h == nil {
			h = &hazard{make([]float64, p+1), make([]float64, p+1)}
			hazards[m.first] = h
		}
		for a := range p + 1 {
			v := 1 / m.weight
			if a < p {
				v *= m.mean[a]
			}
			h.all[a] += v
			h.dead[a] += (1 - m.part) * v
		}
		for _, k := range m.deaths {
			for a := range p {
				l[k*p+a] += (c.x[k*p+a] - m.mean[a]) / float64(len(m.deaths))
			}
		}
	})
	sum := make([]float64, p+1)
	for s := range len(c.starts) - 1 {
		clear(sum)
		// From the shortest time on; hazards add up.
		for k := c.starts[s+1]; k > c.starts[s]; {
			last := k
			for k > c.starts[s] && c.time[k-1] == c.time[last-1] {
				k--
			}
			h := hazards[k]
			for i := k; i < last; i++ {
				w := math.Exp(eta[i] - top)
				now := func(a int) float64 {
					v := sum[a]
					if h != nil && c.event[i] {
						v += h.dead[a]
					} else if h != nil {
						v += h.all[a]
					}
					return v
				}
				ones := now(p)
				for a := range p {
					l[i*p+a] -= w * (c.x[i*p+a]*ones - now(a))
				}
			}
			if h != nil {
				for a := range sum {
					sum[a] += h.all[a]
				}
			}
		}
	}
	d := make([]float64, c.clusters*p)
	for k, g := range c.cluster {
		for a := range p {
			for e := range p {
				d[g*p+a] += l[k*p+e] * inverse[e*p+a]
			}
		}
	}
	v := make([]float64, p*p)
	for g := range c.clusters {
		for a := range p {
			for e := range p {
				v[a*p+e] += d[g*p+a] * d[g*p+e]
			}
		}
	}
	return v
}

// proportional tests whether coefficients change with time: the score test of
// adding x·g(t) to the model, g(t) = 1 − S(t−) of all people together (Grambsch
// & Therneau 1994, in its exact form). Each term by itself, and all at once.
func (c *cohort) proportional(b []float64) map[string]*Test {
	p := c.p
	g := c.shift()
	u := make([]float64, p)
	var plain, once, twice = make([]float64, p*p), make([]float64, p*p), make([]float64, p*p)
	c.likelihood(b, func(m moment) {
		w := g[c.time[m.first]]
		for a := range p {
			for e := range a + 1 {
				v := m.variance[a*p+e]
				plain[a*p+e] += v
				once[a*p+e] += w * v
				twice[a*p+e] += w * w * v
			}
			u[a] -= w * m.mean[a]
			for _, k := range m.deaths {
				u[a] += w * c.x[k*p+a] / float64(len(m.deaths))
			}
		}
	})
	for a := range p {
		for e := range a {
			for _, v := range [][]float64{plain, once, twice} {
				v[e*p+a] = v[a*p+e]
			}
		}
	}
	test := func(use []int) *Test {
		n := p + len(use)
		v, rhs := make([]float64, n*n), make([]float64, n)
		for a := range p {
			for e := range p {
				v[a*n+e] = plain[a*p+e]
			}
			for j, e := range use {
				v[a*n+p+j] = once[a*p+e]
				v[(p+j)*n+a] = once[a*p+e]
			}
		}
		for i, a := range use {
			rhs[p+i] = u[a]
			for j, e := range use {
				v[(p+i)*n+p+j] = twice[a*p+e]
			}
		}
		x := solve(v, rhs, n)
		if x == nil {
			return newTest(math.NaN(), len(use))
		}
		chisq := 0.0
		for i := range n {
			chisq += rhs[i] * x[i]
		}
		return newTest(chisq, len(use))
	}
	out := map[string]*Test{}
	all := make([]int, p)
	for a := range p {
		all[a] = a
		var of []int
		for e := range p {
			if c.terms[e] == c.terms[a] {
				of = append(of, e)
			}
		}
		if out[c.terms[a]] == nil {
			out[c.terms[a]] = test(of)
		}
	}
	out["global"] = test(all)
	return out
}

// shift is 1 − S(t−) at every event time, S the Kaplan-Meier curve of everybody.
func (c *cohort) shift() map[float64]float64 {
	order := make([]int, c.n)
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(c.time[a], c.time[b]) })
	g, s := map[float64]float64{}, 1.0
	for k := 0; k < c.n; {
		t, n, d := c.time[order[k]], float64(c.n-k), 0.0
		for ; k < c.n && c.time[order[k]] == t; k++ {
			if c.event[order[k]] {
				d++
			}
		}
		if d > 0 {
			g[t] = 1 - s
			s *= (n - d) / n
		}
	}
	return g
}

// concordance is the share of pairs, one of whom had the event while the other
// was still watched, in which the model gave the former the higher hazard; equal
// hazards count half. Pairs are within strata. A Fenwick tree over the ranks of
// the hazards counts them in n log n.
func (c *cohort) concordance(b []float64) float64 {
	eta, _ := c.predictors(b)
	sorted := slices.Clone(eta)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	rank := make([]int, c.n)
	for k := range rank {
		rank[k], _ = slices.BinarySearch(sorted, eta[k])
	}
	agree, pairs := 0.0, 0.0
	tree := make([]int, len(sorted)+1)
	below := func(r int) int { // how many so far have a rank below r
		n := 0
		for ; r > 0; r -= r & -r {
			n += tree[r]
		}
		return n
	}
	for s := range len(c.starts) - 1 {
		clear(tree)
		put := func(k int) {
			for r := rank[k] + 1; r < len(tree); r += r & -r {
				tree[r]++
			}
		}
		seen := 0
		for k := c.starts[s]; k < c.starts[s+1]; {
			first := k
			for ; k < c.starts[s+1] && c.time[k] == c.time[first]; k++ {
				if !c.event[k] { // lost from sight at this time: outlived the events of it
					put(k)
					seen++
				}
			}
			for i := first; i < k; i++ {
				if c.event[i] {
					lower, upTo := below(rank[i]), below(rank[i]+1)
					agree += float64(lower) + float64(upTo-lower)/2
					pairs += float64(seen)
				}
			}
			for i := first; i < k; i++ {
				if c.event[i] {
					put(i)
					seen++
				}
			}
		}
	}
	return agree / pairs
}

// dependent returns the first coefficient whose information the ones before it
// already hold, or −1.
func dependent(info []float64, p int) int {
	l := slices.Clone(info)
	for a := range p {
		for e := range a {
			f := l[a*p+e]
			for j := range e {
				f -= l[a*p+j] * l[e*p+j]
			}
			l[a*p+e] = f / l[e*p+e]
		}
		d := l[a*p+a]
		for j := range a {
			d -= l[a*p+j] * l[a*p+j]
		}
		if !(d > 1e-10*info[a*p+a]) {
			return a
		}
		l[a*p+a] = math.Sqrt(d)
	}
	return -1
}

// solve returns v⁻¹ u for a positive definite v, scaled to ones on its diagonal
// so that units of covariates do not matter; nil when it has no inverse.
func solve(v, u []float64, p int) []float64 {
	m, scale, ok := scaled(v, p)
	if !ok {
		return nil
	}
	rhs := mat.NewVecDense(p, nil)
	for a := range p {
		rhs.SetVec(a, u[a]*scale[a])
	}
	var x mat.VecDense
	if err := m.SolveVecTo(&x, rhs); err != nil {
		if _, bad := err.(mat.Condition); !bad {
			return nil
		}
	}
	out := make([]float64, p)
	for a := range p {
		out[a] = x.AtVec(a) * scale[a]
	}
	return out
}

func invert(v []float64, p int) []float64 {
	m, scale, ok := scaled(v, p)
	if !ok {
		return nil
	}
	var inverse mat.SymDense
	if err := m.InverseTo(&inverse); err != nil {
		if _, bad := err.(mat.Condition); !bad {
			return nil
		}
	}
	out := make([]float64, p*p)
	for a := range p {
		for e := range p {
			out[a*p+e] = inverse.At(a, e) * scale[a] * scale[e]
		}
	}
	return out
}

func scaled(v []float64, p int) (m *mat.Cholesky, scale []float64, ok bool) {
	sym := mat.NewSymDense(p, nil)
	scale = make([]float64, p)
	for a := range p {
		if !(v[a*p+a] > 0) {
			return nil, nil, false
		}
		scale[a] = 1 / math.Sqrt(v[a*p+a])
	}
	for a := range p {
		for e := range a + 1 {
			sym.SetSym(a, e, v[a*p+e]*scale[a]*scale[e])
		}
	}
	m = &mat.Cholesky{}
	return m, scale, m.Factorize(sym)
}

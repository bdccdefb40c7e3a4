package survival

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

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
		v, called, err := t.Covariates(name)
		if err != nil {
			return nil, nil, nil, err
		}
		x, names = append(x, v...), append(names, called...)
		for range called {
			terms = append(terms, name)
		}
	}
	return x, names, terms, nil
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

package survival

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"plumbline/estimate"
)

// subdistribution is the regression of Fine & Gray (1999): the hazard of one
// cause among those who have not had it, people with another cause staying in
// the risk set for as long as they might have been watched. Its ratios order
// the shares that will have had the cause in the end, which those of [Cox] for
// one cause do not.
//
// Someone with another cause at X counts at t > X with G(t−)/G(X−), G the
// Kaplan-Meier curve of being lost from sight, the same for everybody. The
// covariance is Ω⁻¹ Σ (η_i + ψ_i)(η_i + ψ_i)ᵀ Ω⁻¹: η_i the score residual, ψ_i
// what the estimate of G adds. Ties are Breslow's.
type subdistribution struct {
	n, p    int
	x       []float64
	time    []float64 // ascending
	status  []int     // 0 censored, 1 the cause, 2 another
	g       []float64 // G just before the time
	moments []subMoment
}

// subMoment is one time at which people had the cause.
type subMoment struct {
	first  int     // of those still watched
	deaths int     // who had the cause then
	g      float64 // G just before
	s0     float64
	mean   []float64
}

func fitSubdistribution(ctx context.Context, t *estimate.Table, p *people, sp Spec, r *Report) (*Cox, error) {
	if !sp.Competing || sp.EventValue == "" {
		return nil, option("subdistribution", "it is for one cause among competing ends", "--competing --event-value CAUSE")
	}
	if sp.Strata != "" || sp.Cluster != "" || sp.Ties != Efron && sp.Ties != Breslow {
		return nil, option("subdistribution", "strata, clusters and exact ties are not for it", "neither")
	}
	cause := slices.Index(p.causes, sp.EventValue)
	if cause < 0 {
		return nil, option("event-value", fmt.Sprintf("nobody had %q", sp.EventValue), "one of the causes")
	}
	columns, names, _, err := covariates(t, sp.Cox)
	if err != nil {
		return nil, err
	}
	var who []int
	for i, row := range p.row {
		whole := true
		for _, x := range columns {
			whole = whole && !math.IsNaN(x[row])
		}
		if whole {
			who = append(who, i)
		}
	}
	if lost := len(p.row) - len(who); lost > 0 {
		r.Warn("missing-covariates", "%d of %d people miss a covariate and are left out of the regression.", lost, len(p.row))
	}
	slices.SortStableFunc(who, func(a, b int) int { return cmp.Compare(p.time[a], p.time[b]) })
	s := &subdistribution{n: len(who), p: len(names), x: make([]float64, len(who)*len(names))}
	out := &Cox{Ties: Breslow, N: s.n, Names: names, Concordance: estimate.Null}
	for k, i := range who {
		status := 0
		switch {
		case p.cause[i] == cause:
			status = 1
			out.Events++
		case p.cause[i] >= 0:
			status = 2
		}
		s.time, s.status = append(s.time, p.time[i]), append(s.status, status)
		for a, x := range columns {
			s.x[k*s.p+a] = x[p.row[i]]
		}
	}
	if out.Events <= s.p {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Event, Wrong: fmt.Sprintf("%d events for %d coefficients", out.Events, s.p), Want: "more events, or fewer covariates"}
	}
	c := cohort{n: s.n, p: s.p, x: s.x}
	c.centre()
	s.watched()
	return out, s.fit(ctx, t, out, sp, r)
}

// watched fills in G just before every time, and the times of the cause.
func (s *subdistribution) watched() {
	s.g = make([]float64, s.n)
	g := 1.0
	for k := 0; k < s.n; {
		first, lost, deaths := k, 0, 0
		for ; k < s.n && s.time[k] == s.time[first]; k++ {
			s.g[k] = g
			switch s.status[k] {
			case 0:
				lost++
			case 1:
				deaths++
			}
		}
		if deaths > 0 {
			s.moments = append(s.moments, subMoment{first: first, deaths: deaths, g: g, mean: make([]float64, s.p)})
		}
		g *= 1 - float64(lost)/float64(s.n-first)
	}
}

// likelihood returns the log likelihood at b with its gradient and information,
// and leaves the sums of every moment behind.
func (s *subdistribution) likelihood(b []float64) (l float64, u, info []float64) {
	p := s.p
	c := cohort{n: s.n, p: p, x: s.x}
	eta, top := c.predictors(b)
	u, info = make([]float64, p), make([]float64, p*p)
	// Those still watched leave as time goes on, those with another cause join.
	type sums struct {
		s0     float64
		s1, s2 []float64
	}
	add := func(to *sums, k int, w float64) {
		x := s.x[k*p : k*p+p]
		to.s0 += w
		for a, v := range x {
			to.s1[a] += w * v
			for e := range a + 1 {
				to.s2[a*p+e] += w * v * x[e]
			}
		}
	}
	other := sums{s1: make([]float64, p), s2: make([]float64, p*p)}
	// Sums of those still watched at every moment, from the last on, so that
	// nothing is ever taken off.
	at := make([]sums, len(s.moments))
	now := sums{s1: make([]float64, p), s2: make([]float64, p*p)}
	k := s.n
	for m := len(s.moments) - 1; m >= 0; m-- {
		for ; k > s.moments[m].first; k-- {
			add(&now, k-1, math.Exp(eta[k-1]-top))
		}
		at[m] = sums{now.s0, slices.Clone(now.s1), slices.Clone(now.s2)}
	}
	k = 0
	for m := range s.moments {
		o := &s.moments[m]
		for ; k < o.first; k++ {
			if s.status[k] == 2 {
				add(&other, k, math.Exp(eta[k]-top)/s.g[k])
			}
		}
		o.s0 = at[m].s0 + o.g*other.s0
		d := float64(o.deaths)
		l -= d * math.Log(o.s0)
		for a := range p {
			o.mean[a] = (at[m].s1[a] + o.g*other.s1[a]) / o.s0
			u[a] -= d * o.mean[a]
			for e := range a + 1 {
				info[a*p+e] += d * ((at[m].s2[a*p+e]+o.g*other.s2[a*p+e])/o.s0 - o.mean[a]*o.mean[e])
			}
		}
	}
	for k, status := range s.status {
		if status == 1 {
			l += eta[k] - top
			for a := range p {
				u[a] += s.x[k*p+a]
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

func (s *subdistribution) fit(ctx context.Context, t *estimate.Table, out *Cox, sp Spec, r *Report) error {
	p := s.p
	b := make([]float64, p)
	l, u, info := s.likelihood(b)
	if a := dependent(info, p); a >= 0 {
		return &estimate.InputError{File: t.Name, Column: out.Names[a], Wrong: "it says nothing the covariates before it do not say", Want: "a model without it"}
	}
	null := l
	for out.Iterations = 1; out.Iterations <= 100; out.Iterations++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		step := solve(info, u, p)
		if step == nil {
			break
		}
		next := make([]float64, p)
		var nl float64
		var nu, ninfo []float64
		for range 40 {
			for a := range p {
				next[a] = b[a] + step[a]
			}
			if nl, nu, ninfo = s.likelihood(next); nl >= l-1e-9*(1+math.Abs(l)) {
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
		if moved < 1e-9 {
			out.Converged = true
			break
		}
	}
	inverse := invert(info, p)
	if inverse == nil || !out.Converged {
		out.Converged = false
		r.Warn("not-converged", "The regression did not settle: some covariate tells everybody with the cause from everybody without, and its coefficient runs away.")
	}
	if inverse == nil {
		inverse = make([]float64, p*p)
		for k := range inverse {
			inverse[k] = math.NaN()
		}
	}
	v := s.covariance(b, inverse)
	out.fill(b, v, inverse, sp)
	out.LogLik = [2]Number{Number(null), Number(l)}
	out.LR, out.Score = newTest(2*(l-null), p), newTest(math.NaN(), p)
	wald := math.NaN()
	if w := solve(v, b, p); w != nil {
		wald = 0
		for a := range p {
			wald += b[a] * w[a]
		}
	}
	out.Wald = newTest(wald, p)
	r.Warn("subdistribution", "The ratios are of Fine and Gray's hazard for %s: they order who will have had it in the end, and are not the ratio of two people's risk at any moment.", sp.EventValue)
	return nil
}

// covariance is the sandwich. With dΛ = deaths/s0 at every moment,
//
//	η_i = δ_i (x_i − x̄) − Σ_t w_i(t) e^{η_i} (x_i − x̄_t) dΛ_t
//	q(u) = Σ_{other causes before u} Σ_{t ≥ u} w_i(t) e^{η_i} (x_i − x̄_t) dΛ_t
//	ψ_i = [i lost at u] q(u)/Y(u) − Σ_{u ≤ X_i} q(u)/Y(u) · lost_u/Y(u)
func (s *subdistribution) covariance(b, inverse []float64) []float64 {
	n, p := s.n, s.p
	c := cohort{n: n, p: p, x: s.x}
	eta, top := c.predictors(b)
	// Sums of dΛ and x̄ dΛ up to each moment, and of G dΛ and G x̄ dΛ from it on.
	count := len(s.moments)
	before, after := make([]float64, (count+1)*(p+1)), make([]float64, (count+1)*(p+1))
	for m, o := range s.moments {
		d := float64(o.deaths) / o.s0
		for a := range p {
			before[(m+1)*(p+1)+a] = before[m*(p+1)+a] + o.mean[a]*d
		}
		before[(m+1)*(p+1)+p] = before[m*(p+1)+p] + d
	}
	for m := count - 1; m >= 0; m-- {
		o := s.moments[m]
		d := o.g * float64(o.deaths) / o.s0
		for a := range p {
			after[m*(p+1)+a] = after[(m+1)*(p+1)+a] + o.mean[a]*d
		}
		after[m*(p+1)+p] = after[(m+1)*(p+1)+p] + d
	}
	res := make([]float64, n*p)
	shift := make([]float64, p) // Σ q/Y · lost/Y so far
	sum0, sum1 := 0.0, make([]float64, p)
	m := 0 // the first moment at or after the time
	for k := 0; k < n; {
		first, lost := k, 0
		for m < count && s.time[s.moments[m].first] < s.time[first] {
			m++
		}
		upTo := m // moments up to and including this time
		if m < count && s.time[s.moments[m].first] == s.time[first] {
			upTo = m + 1
		}
		y := float64(n - first)
		q := make([]float64, p)
		for a := range p {
			q[a] = sum1[a]*after[m*(p+1)+p] - sum0*after[m*(p+1)+a]
		}
		for ; k < n && s.time[k] == s.time[first]; k++ {
			if s.status[k] == 0 {
				lost++
			}
		}
		for a := range p {
			shift[a] += q[a] / y * float64(lost) / y
		}
		for i := first; i < k; i++ {
			w := math.Exp(eta[i] - top)
			for a := range p {
				x := s.x[i*p+a]
				e := -w * (x*before[upTo*(p+1)+p] - before[upTo*(p+1)+a])
				switch s.status[i] {
				case 0:
					e += q[a] / y
				case 1:
					e += x - s.moments[m].mean[a]
				case 2:
					e -= w / s.g[i] * (x*after[upTo*(p+1)+p] - after[upTo*(p+1)+a])
				}
				res[i*p+a] = e - shift[a]
			}
		}
		for i := first; i < k; i++ {
			if s.status[i] == 2 {
				w := math.Exp(eta[i]-top) / s.g[i]
				sum0 += w
				for a := range p {
					sum1[a] += w * s.x[i*p+a]
				}
			}
		}
	}
	meat := make([]float64, p*p)
	for i := range n {
		for a := range p {
			for e := range p {
				meat[a*p+e] += res[i*p+a] * res[i*p+e]
			}
		}
	}
	half, v := make([]float64, p*p), make([]float64, p*p)
	for a := range p {
		for e := range p {
			for j := range p {
				half[a*p+e] += inverse[a*p+j] * meat[j*p+e]
			}
		}
	}
	for a := range p {
		for e := range p {
			for j := range p {
				v[a*p+e] += half[a*p+j] * inverse[j*p+e]
			}
		}
	}
	return v
}

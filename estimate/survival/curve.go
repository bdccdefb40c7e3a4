package survival

import (
	"math"

	"plumbline/estimate"
)

// curve is the Kaplan-Meier (1958) curve of a group, S = Π (1 − d/n), with
// Greenwood's (1926) variance S² Σ d/(n(n−d)), and the Nelson-Aalen cumulative
// hazard Σ d/n with variance Σ d/n². Someone lost from sight at a time of an
// event was still at risk.
func (p *people) curve(g int, iv Interval, z float64) Group {
	who := p.byGroup[g]
	out := Group{N: len(who), Curve: make([]Step, 0, p.times(who))}
	s, greenwood, h, vh := 1.0, 0.0, 0.0, 0.0
	for k := 0; k < len(who); {
		step := Step{Time: p.time[who[k]], AtRisk: len(who) - k}
		for k < len(who) && p.time[who[k]] == step.Time {
			if p.event[who[k]] {
				step.Events++
			} else {
				step.Censored++
			}
			k++
		}
		n, d := float64(step.AtRisk), float64(step.Events)
		if d > 0 {
			s *= (n - d) / n
			greenwood += d / (n * (n - d)) // infinite when everybody left has the event
			h += d / n
			vh += d / (n * n)
		}
		se := s * math.Sqrt(greenwood)
		lower, upper := limits(iv, s, se, z)
		step.Survival, step.SE, step.Lower, step.Upper = Number(s), Number(se), Number(lower), Number(upper)
		hl, hu := hazardLimits(iv, h, math.Sqrt(vh), z)
		step.CumHaz, step.CumHazSE, step.CumHazLower, step.CumHazUpper = Number(h), Number(math.Sqrt(vh)), Number(hl), Number(hu)
		out.Events += step.Events
		out.Curve = append(out.Curve, step)
	}
	out.Median = quantile(out.Curve, 0.5)
	out.Quartiles = map[string]Quantile{"25": quantile(out.Curve, 0.75), "50": out.Median, "75": quantile(out.Curve, 0.25)}
	return out
}

// times counts the different times of people in the order of time.
func (p *people) times(who []int) int {
	n := 0
	for k, i := range who {
		if k == 0 || p.time[i] != p.time[who[k-1]] {
			n++
		}
	}
	return n
}

// limits of a survival s. They are not defined where s is 0, nor, on the double
// logarithm, where it is 1.
func limits(iv Interval, s, se, z float64) (lower, upper float64) {
	if s == 0 || math.IsNaN(se) {
		return math.NaN(), math.NaN()
	}
	switch iv {
	case Plain:
		return max(s-z*se, 0), min(s+z*se, 1)
	case Log:
		return s * math.Exp(-z*se/s), min(s*math.Exp(z*se/s), 1)
	}
	if s == 1 {
		return math.NaN(), math.NaN()
	}
	d := z * se / (s * math.Log(s)) // negative
	return math.Exp(-math.Exp(math.Log(-math.Log(s)) - d)), math.Exp(-math.Exp(math.Log(-math.Log(s)) + d))
}

// hazardLimits are those of a cumulative hazard, on the scale on which the
// interval puts the hazard: its logarithm for loglog, itself otherwise.
func hazardLimits(iv Interval, h, se, z float64) (lower, upper float64) {
	if iv == LogLog {
		if h == 0 {
			return math.NaN(), math.NaN()
		}
		return h * math.Exp(-z*se/h), h * math.Exp(z*se/h)
	}
	return max(h-z*se, 0), h + z*se
}

// quantile is the first time at which the curve is at or below s; when it lies
// exactly on s for a stretch, the middle of the stretch. Its limits are the same
// of the limits of the curve (Brookmeyer & Crowley 1982).
func quantile(curve []Step, s float64) Quantile {
	return Quantile{
		crossing(curve, s, func(x Step) Number { return x.Survival }),
		crossing(curve, s, func(x Step) Number { return x.Lower }),
		crossing(curve, s, func(x Step) Number { return x.Upper }),
	}
}

func crossing(curve []Step, s float64, of func(Step) Number) Number {
	const tie = 1.5e-8 // a product of fractions that should be s
	for k, x := range curve {
		v := float64(of(x))
		if !(v <= s+tie) {
			continue
		}
		if v < s-tie {
			return Number(x.Time)
		}
		for _, y := range curve[k+1:] {
			if w := float64(of(y)); w < v-tie {
				return Number((x.Time + y.Time) / 2)
			}
		}
		return Number((x.Time + curve[len(curve)-1].Time) / 2)
	}
	return estimate.Null
}

// restricted is the area under the curve up to a time, ∫ S, with variance
// Σ_j A_j² d_j/(n_j(n_j−d_j)), A_j the area beyond t_j. After the last step the
// curve goes on at its height.
func (g *Group) restricted(until float64) {
	g.Mean = RestrictedMean{Estimate: estimate.Null, SE: estimate.Null, Until: until}
	area, variance := 0.0, 0.0
	end := until
	for k := len(g.Curve) - 1; k >= 0; k-- {
		x := g.Curve[k]
		area += (end - x.Time) * float64(x.Survival)
		end = x.Time
		if n, d := float64(x.AtRisk), float64(x.Events); d > 0 && n > d {
			variance += area * area * d / (n * (n - d))
		}
	}
	g.Mean.Estimate, g.Mean.SE = Number(area+end), Number(math.Sqrt(variance))
}

// incidence is the Aalen-Johansen (1978) estimate of the share that has had
// each cause, F_k = Σ S(t−) d_k/n, where other causes make it impossible. The
// variance is the delta method's (Marubini & Valsecchi 1995),
//
//	Σ_j (F(t) − F_j)² d_j/(n_j(n_j−d_j)) + Σ_j S_{j−1}² d_kj (n_j−d_kj)/n_j³ − 2 Σ_j (F(t) − F_j) S_{j−1} d_kj/n_j²,
//
// whose sums over earlier times are carried along, so that each time costs the
// same.
func (p *people) incidence(g int, iv Interval, z float64) []Incidence {
	who := p.byGroup[g]
	type state struct{ f, square, line, own, cross, crossed float64 }
	states := make([]state, len(p.causes))
	count := make([]int, len(p.causes))
	s, all := 1.0, 0.0 // survival, and Σ d/(n(n−d))
	out := make([]Incidence, 0, p.times(who)*len(p.causes))
	for k := 0; k < len(who); {
		t, n := p.time[who[k]], float64(len(who)-k)
		clear(count)
		d := 0.0
		for ; k < len(who) && p.time[who[k]] == t; k++ {
			if c := p.cause[who[k]]; c >= 0 {
				count[c]++
				d++
			}
		}
		step := 0.0
		if d > 0 && n > d {
			step = d / (n * (n - d))
		}
		for c := range states {
			x := &states[c]
			if dk := float64(count[c]); dk > 0 {
				rise := s * dk / n
				x.f += rise
				x.square += 2*rise*x.line + rise*rise*all
				x.line += rise * all
				x.crossed += rise * x.cross
				x.own += s * s * dk * (n - dk) / (n * n * n)
				x.cross += s * dk / (n * n)
			}
			v := max(x.square+x.own-2*x.crossed, 0)
			in := Incidence{Time: t, Cause: p.causes[c], Estimate: Number(x.f), SE: Number(math.Sqrt(v))}
			lower, upper := math.NaN(), math.NaN()
			switch {
			case x.f == 0 || x.f == 1:
			case iv == Plain:
				lower, upper = max(x.f-z*math.Sqrt(v), 0), min(x.f+z*math.Sqrt(v), 1)
			case iv == Log:
				e := math.Exp(z * math.Sqrt(v) / x.f)
				lower, upper = x.f/e, min(x.f*e, 1)
			default:
				lower, upper = limits(LogLog, x.f, math.Sqrt(v), z)
			}
			in.Lower, in.Upper = Number(lower), Number(upper)
			out = append(out, in)
		}
		all += step
		s *= (n - d) / n
	}
	return out
}

package survival

import (
	"fmt"
	"math"

	"plumbline/estimate"
)

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

package survival

import (
	"cmp"
	"math"
	"slices"
)

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

package survival

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// logrank compares the groups within strata: observed less expected events,
// each weighing S(t−)^rho, S the curve of all groups together (Harrington &
// Fleming 1982). rho 0 is Mantel's (1966) log-rank test, rho 1 the Peto-Peto
// modification of Wilcoxon's. The variance is hypergeometric:
//
//	V_ab = Σ w² d (n−d)/(n−1) (n_a/n) (1{a=b} − n_b/n)
func (p *people) logrank(rho int) *Test {
	k := len(p.groups)
	observed, expected := make([]float64, k), make([]float64, k)
	v := make([]float64, k*k)
	order := make([]int, len(p.time))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if c := cmp.Compare(p.stratum[a], p.stratum[b]); c != 0 {
			return c
		}
		return cmp.Compare(p.time[a], p.time[b])
	})
	for start := 0; start < len(order); {
		end := start
		for end < len(order) && p.stratum[order[end]] == p.stratum[order[start]] {
			end++
		}
		p.within(order[start:end], rho, observed, expected, v)
		start = end
	}
	// A group that was never at risk at an event cannot be compared.
	var use []int
	for g := range k {
		if expected[g] > 0 {
			use = append(use, g)
		}
	}
	df := len(use) - 1
	chisq := 0.0
	if df > 0 {
		use = use[1:]
		m, u := mat.NewSymDense(df, nil), mat.NewVecDense(df, nil)
		for a, g := range use {
			u.SetVec(a, observed[g]-expected[g])
			for b, h := range use[:a+1] {
				m.SetSym(a, b, v[g*k+h])
			}
		}
		var c mat.Cholesky
		if c.Factorize(m) {
			var x mat.VecDense
			if c.SolveVecTo(&x, u) == nil {
				chisq = mat.Dot(u, &x)
			}
		}
	}
	t := newTest(chisq, max(df, 0))
	t.Observed, t.Expected = observed, expected
	return t
}

func (p *people) within(who []int, rho int, observed, expected, v []float64) {
	k := len(p.groups)
	atRisk, events := make([]float64, k), make([]float64, k)
	for _, i := range who {
		atRisk[p.group[i]]++
	}
	n, s := float64(len(who)), 1.0
	for j := 0; j < len(who); {
		t := p.time[who[j]]
		clear(events)
		d, left := 0.0, j
		for ; j < len(who) && p.time[who[j]] == t; j++ {
			if p.event[who[j]] {
				events[p.group[who[j]]]++
				d++
			}
		}
		if d > 0 {
			w := 1.0
			if rho == 1 {
				w = s
			}
			for a := range k {
				observed[a] += w * events[a]
				expected[a] += w * d * atRisk[a] / n
				if n > 1 {
					f := w * w * d * (n - d) / (n - 1) * atRisk[a] / n
					for b := range k {
						v[a*k+b] -= f * atRisk[b] / n
					}
					v[a*k+a] += f
				}
			}
			s *= (n - d) / n
		}
		for ; left < j; left++ {
			atRisk[p.group[who[left]]]--
			n--
		}
	}
}

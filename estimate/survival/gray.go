package survival

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// CauseTest compares the groups' shares of one cause.
type CauseTest struct {
	Cause string `json:"cause"`
	*Test
}

// gray compares how many of each group have had a cause by each time, other
// causes standing in the way (Gray 1988, Annals of Statistics 16:1141-1154, with
// weights alike at all times). The log-rank test of one cause would compare
// hazards among those without an end, and not the shares.
//
// With R_k = n_k (1 − F_k)/S_k the scores are Σ d_k − R_k d/ΣR. Under the null
// they are sums of martingales: someone of group j who has the cause adds
// S (a_kj + (1 − (1−F)/S) B_kj)/n to score k, and someone who has another takes
// away (1−F) B_kj/n, where
//
//	a_kj = q_k (1{k=j} − q_j/Σq),  q = n/S,  B_kj = what is to come of Σ a_kj dF/(1−F),
//
// F the share of all groups together, dF = d/Σq. The variance sums their squares,
// hypergeometric where people have an end at the same time.
func (p *people) gray(cause int) *Test {
	k := len(p.groups)
	score, v := make([]float64, k), make([]float64, k*k)
	reached := make([]bool, k)
	order := make([]int, len(p.time))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(p.stratum[a], p.stratum[b]), cmp.Compare(p.time[a], p.time[b]))
	})
	for start := 0; start < len(order); {
		end := start
		for end < len(order) && p.stratum[order[end]] == p.stratum[order[start]] {
			end++
		}
		p.grayWithin(order[start:end], cause, score, v, reached)
		start = end
	}
	var use []int
	for g := range k {
		if reached[g] {
			use = append(use, g)
		}
	}
	df := max(len(use)-1, 0)
	chisq := 0.0
	if df > 0 {
		use = use[1:]
		m, u := mat.NewSymDense(df, nil), mat.NewVecDense(df, nil)
		for a, g := range use {
			u.SetVec(a, score[g])
			for b, h := range use[:a+1] {
				m.SetSym(a, b, v[g*k+h])
			}
		}
		var c mat.Cholesky
		var x mat.VecDense
		if c.Factorize(m) && c.SolveVecTo(&x, u) == nil {
			chisq = mat.Dot(u, &x)
		} else {
			df = 0
		}
	}
	return newTest(chisq, df)
}

func (p *people) grayWithin(who []int, cause int, score, v []float64, reached []bool) {
	k := len(p.groups)
	atRisk, own, other := make([]float64, k), make([]float64, k), make([]float64, k)
	f1, s, after := make([]float64, k), make([]float64, k), make([]float64, k)
	for g := range s {
		s[g] = 1
	}
	for _, i := range who {
		atRisk[p.group[i]]++
	}
	f := 0.0
	// By score and group: C = Σ a dF/(1−F) so far. What is to come of it, B, is
	// known only at the end, so the sums of squares are kept apart by its powers.
	c := make([]float64, k*k)
	linear, square := make([]float64, k*k), make([]float64, k)
	a := make([]float64, k)
	add := func(g int, weight, t float64, own bool) {
		for h := range k {
			x := -t * c[h*k+g]
			if own {
				x += a[h]
			}
			for b := range k {
				y := -t * c[b*k+g]
				if own {
					y += a[b]
				}
				v[h*k+b] += weight * x * y
			}
			linear[h*k+g] += weight * t * x
		}
		square[g] += weight * t * t
	}
	for j := 0; j < len(who); {
		t, left := p.time[who[j]], j
		clear(own)
		clear(other)
		d, ends := 0.0, 0.0
		for ; j < len(who) && p.time[who[j]] == t; j++ {
			switch g := p.group[who[j]]; p.cause[who[j]] {
			case cause:
				own[g]++
				d++
				ends++
			case -1:
			default:
				other[g]++
				ends++
			}
		}
		if ends > 0 {
			sumQ, sumR := 0.0, 0.0
			for g := range k {
				if atRisk[g] > 0 {
					sumQ += atRisk[g] / s[g]
					sumR += atRisk[g] * (1 - f1[g]) / s[g]
				}
			}
			before := f
			f += d / sumQ
			for g := range k {
				after[g] = s[g]
				if atRisk[g] > 0 {
					after[g] *= 1 - (own[g]+other[g])/atRisk[g]
				}
			}
			for g := range k {
				if atRisk[g] == 0 {
					continue
				}
				q := atRisk[g] / s[g]
				for h := range k {
					a[h] = 0
					if atRisk[h] > 0 {
						a[h] = -q * (atRisk[h] / s[h]) / sumQ
					}
					if h == g {
						a[h] += q
					}
					if before < 1 {
						c[h*k+g] += a[h] * d / (sumQ * (1 - before))
					}
				}
				rest := 0.0
				if after[g] > 0 {
					rest = (1 - f) / after[g]
				}
				if d > 0 {
					reached[g] = true
					score[g] += own[g] - d*atRisk[g]*(1-f1[g])/s[g]/sumR
					ties := 1.0
					if d > 1 {
						ties = max(1-(d-1)/max(sumQ*s[g]-1, d-1), 0)
					}
					add(g, ties*s[g]*d/(sumQ*atRisk[g]), 1-rest, true)
				}
				if n := other[g]; n > 0 && rest > 0 {
					ties := 1.0
					if n > 1 {
						ties = 1 - (n-1)/(atRisk[g]-1)
					}
					add(g, ties*s[g]*s[g]*n/(atRisk[g]*atRisk[g]), rest, false)
				}
			}
			for g := range k {
				if atRisk[g] > 0 {
					f1[g] += s[g] * own[g] / atRisk[g]
					s[g] = after[g]
				}
			}
		}
		for ; left < j; left++ {
			atRisk[p.group[who[left]]]--
		}
	}
	for g := range k {
		for h := range k {
			for b := range k {
				v[h*k+b] += c[h*k+g]*linear[b*k+g] + c[b*k+g]*linear[h*k+g] + c[h*k+g]*c[b*k+g]*square[g]
			}
		}
	}
}

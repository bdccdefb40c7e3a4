package respondent

import (
	"math"
	"slices"
)

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

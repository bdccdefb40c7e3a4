package respondent

import (
	"math"
	"slices"
	"sort"
)

// pairs is the analytic standard error of the R package RDS (0.9-10, function
// EL.se), so that a result can be held against one made there. With w_ij = w_i
// w_j, cut off at ten times its median, o_ij the mean of the two indicators and
// ō their weighted mean over pairs,
//
//	V = 4 Σ_i (Σ_{j<i} w_ij² (o_ij − ō))² / (Σ_{j<i} w_ij²)²
//
// It takes respondents as independent, which recruits of one recruiter are not,
// and it depends a little on the order of rows; neither is a reason to show it
// alone, and here it never is.
type pairs struct {
	w   []float64
	top float64
}

func newPairs(w []float64) *pairs {
	return &pairs{w, 10 * medianProduct(w)}
}

func (p *pairs) weight(i, j int) float64 { return min(p.w[i]*p.w[j], p.top) }

func (p *pairs) se(y []float64) float64 {
	if len(p.w) < 2 || math.IsNaN(p.top) {
		return math.NaN()
	}
	top, bottom := 0.0, 0.0
	for i := range p.w {
		for j := range i {
			w := p.weight(i, j)
			top += w * (y[i] + y[j]) / 2
			bottom += w
		}
	}
	mean := top / bottom
	square, total := 0.0, 0.0
	for i := range p.w {
		g := 0.0
		for j := range i {
			w := p.weight(i, j)
			g += w * w * ((y[i]+y[j])/2 - mean)
			total += w * w
		}
		square += g * g
	}
	return 2 * math.Sqrt(square) / total
}

// medianProduct is the median of w_i w_j over all i and j, found by counting how
// many are below a bound: n² products need not be kept.
func medianProduct(w []float64) float64 {
	n := len(w)
	sorted := slices.Clone(w)
	slices.Sort(sorted)
	if n == 0 || math.IsNaN(sorted[0]) || math.IsNaN(sorted[n-1]) {
		return math.NaN()
	}
	atMost := func(x float64) int {
		count, j := 0, n
		for _, a := range sorted {
			for j > 0 && a*sorted[j-1] > x {
				j--
			}
			count += j
		}
		return count
	}
	// The k-th smallest is the least float64 that k products do not exceed;
	// positive floats are in the order of their bits.
	kth := func(k int) float64 {
		most := math.Float64bits(sorted[n-1] * sorted[n-1])
		bits := sort.Search(int(min(most, math.MaxInt64-1))+1, func(b int) bool {
			return atMost(math.Float64frombits(uint64(b))) >= k
		})
		return math.Float64frombits(uint64(bits))
	}
	if n%2 == 1 {
		return kth((n*n + 1) / 2)
	}
	return (kth(n*n/2) + kth(n*n/2+1)) / 2
}

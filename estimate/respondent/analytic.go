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
//
// Sums over pairs are taken by prefix sums over the respondents before i in the
// order of their weights, so that they cost n log n and not n².
type pairs struct {
	w    []float64
	top  float64
	rank []int     // place of each weight among all different weights
	kept []float64 // these, ascending
}

func newPairs(w []float64) *pairs {
	p := &pairs{w: w, top: 10 * medianProduct(w)}
	p.kept = slices.Clone(w)
	slices.Sort(p.kept)
	p.kept = slices.Compact(p.kept)
	p.rank = make([]int, len(w))
	for i, x := range w {
		p.rank[i], _ = slices.BinarySearch(p.kept, x)
	}
	return p
}

// sums are over respondents j of 1, y, w, w y, w² and w² y.
type sums [6]float64

func (p *pairs) se(y []float64) float64 {
	n := len(p.w)
	if n < 2 || math.IsNaN(p.top) {
		return math.NaN()
	}
	about := 0.0
	for _, v := range y {
		about += v / float64(n)
	}
	tree := make([]sums, len(p.kept)+1) // Fenwick's
	first, second := make([]float64, n), make([]float64, n)
	var all sums
	top, bottom := 0.0, 0.0
	for i, w := range p.w {
		y := y[i] - about // what all share would cost digits
		// Below the cut are the weights of the first places.
		cut := sort.Search(len(p.kept), func(k int) bool { return w*p.kept[k] > p.top })
		var below sums
		for k := cut; k > 0; k -= k & -k {
			for a, v := range tree[k] {
				below[a] += v
			}
		}
		above, aboveY := all[0]-below[0], all[1]-below[1]
		one := w*below[2] + p.top*above
		top += y*one/2 + (w*below[3]+p.top*aboveY)/2
		bottom += one
		first[i] = w*w*below[4] + p.top*p.top*above
		second[i] = w*w*below[5] + p.top*p.top*aboveY
		add := sums{1, y, w, w * y, w * w, w * w * y}
		for a, v := range add {
			all[a] += v
		}
		for k := p.rank[i] + 1; k < len(tree); k += k & -k {
			for a, v := range add {
				tree[k][a] += v
			}
		}
	}
	mean := top / bottom
	square, total := 0.0, 0.0
	for i := range p.w {
		g := ((y[i]-about)/2-mean)*first[i] + second[i]/2
		total += first[i]
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

package respondent

import (
	"math"
	"slices"

	"plumbline/estimate"
)

// homophily compares ties between a group and the others with what chance would
// give. From recruiters alone, weighing 1/degree, and taking a respondent's ties
// to fall to groups as their recruits do,
//
//	h = 2 E[d·1_A] E[d·1_B] / (E[ties across] E[d])
//
// above 1 when people know their own kind more than chance (the population
// homophily of the R package RDS).
func (s *sample) homophily(r *Report) {
	if s.number != nil {
		c := s.likeness()
		r.Homophily.One = &c
		r.HomophilyDefinition = "correlation of the numbers of recruiters and of those whom they recruited; above 0: people recruited those like themselves"
		return
	}
	r.HomophilyDefinition = "ties across groups expected by chance over those estimated from recruits, among recruiters weighing 1/degree; above 1: people know their own group more than chance would have it"
	to := make([][]float64, len(s.ids)) // recruits by group
	for i, from := range s.recruiter {
		if from >= 0 && s.group[i] >= 0 {
			if to[from] == nil {
				to[from] = make([]float64, len(s.values))
			}
			to[from][s.group[i]]++
		}
	}
	of := func(g int) Number {
		var w, inside, outside, across float64
		for _, i := range s.use {
			if to[i] == nil {
				continue
			}
			total := 0.0
			for _, n := range to[i] {
				total += n
			}
			own := to[i][g] / total
			w += 1 / s.degree[i]
			// Weight 1/d times degree d is one.
			if s.group[i] == g {
				inside++
				across += 1 - own
			} else {
				outside++
				across += own
			}
		}
		if w == 0 || across == 0 || inside+outside == 0 {
			return estimate.Null
		}
		return Number(2 * inside * outside / (across * (inside + outside)))
	}
	if len(s.values) == 2 {
		h := of(1)
		r.Homophily.One = &h
		return
	}
	r.Homophily.By = map[string]Number{}
	for g, value := range s.values {
		r.Homophily.By[value] = of(g)
	}
}

// likeness is the correlation between recruiters and those they recruited.
func (s *sample) likeness() Number {
	var n, x, y, xx, yy, xy float64
	for i, from := range s.recruiter {
		if from < 0 || s.group[i] < 0 || s.group[from] < 0 {
			continue
		}
		a, b := s.number[from], s.number[i]
		n, x, y, xx, yy, xy = n+1, x+a, y+b, xx+a*a, yy+b*b, xy+a*b
	}
	c := (xy - x*y/n) / math.Sqrt((xx-x*x/n)*(yy-y*y/n))
	if !(math.Abs(c) <= 1) {
		return estimate.Null
	}
	return Number(c)
}

// unit is what two points of a share of a half are to it, twenty-five to a
// standard deviation, for numbers of any kind.
func (s *sample) unit() float64 {
	if s.number == nil {
		return 0.02
	}
	n, sum, square := float64(len(s.use)), 0.0, 0.0
	for _, i := range s.use {
		sum += s.number[i]
	}
	for _, i := range s.use {
		square += (s.number[i] - sum/n) * (s.number[i] - sum/n)
	}
	return math.Sqrt(square/n) / 25
}

// watch follows the RDS-II estimate as respondents came in, wave by wave, in the
// whole sample and in each tree.
func (s *sample) watch(r *Report) {
	order := slices.Clone(s.use)
	slices.SortStableFunc(order, func(a, b int) int { return s.wave[a] - s.wave[b] })
	r.Convergence = s.follow(order, 200)
	r.Converged = true
	unit := s.unit()
	if n := len(r.Convergence); n > 0 {
		last := r.Convergence[n-1]
		for _, m := range r.Convergence {
			if 5*m.N < 4*len(order) {
				continue
			}
			for g, e := range m.Estimates {
				if math.Abs(float64(e-last.Estimates[g])) > unit {
					r.Converged = false
				}
			}
		}
	}
	r.Bottleneck = []Tree{}
	trees := map[int][]int{}
	var roots []int
	for _, i := range order {
		root := s.root[i]
		if trees[root] == nil {
			roots = append(roots, root)
		}
		trees[root] = append(trees[root], i)
	}
	for _, root := range roots {
		members := trees[root]
		t := Tree{Seed: s.ids[root], N: len(members), Waves: s.wave[members[len(members)-1]], Path: s.follow(members, 50)}
		t.Estimates = t.Path[len(t.Path)-1].Estimates
		r.Bottleneck = append(r.Bottleneck, t)
	}
}

// follow is the estimate after each of at most so many moments.
func (s *sample) follow(order []int, most int) []Moment {
	out := []Moment{}
	sums, total := make([]float64, s.estimands()), 0.0
	step := max(1, (len(order)+most-1)/most)
	for k, i := range order {
		s.add(sums, i, 1/s.degree[i])
		total += 1 / s.degree[i]
		if n := k + 1; n%step == 0 || n == len(order) {
			m := Moment{N: n}
			for _, v := range sums {
				m.Estimates = append(m.Estimates, Number(v/total))
			}
			out = append(out, m)
		}
	}
	return out
}

// bottleneck warns when large trees disagree by more than chance would have it.
func (s *sample) bottleneck(r *Report) {
	for g := range s.estimands() {
		lo, hi := math.Inf(1), math.Inf(-1)
		large := 0
		for _, t := range r.Bottleneck {
			if t.N < 30 {
				continue
			}
			large++
			lo, hi = min(lo, float64(t.Estimates[g])), max(hi, float64(t.Estimates[g]))
		}
		switch {
		case large < 2 || hi-lo <= 10*s.unit():
		case s.number != nil:
			r.Warn("bottleneck", "Trees of 30 and more respondents put the mean between %.4g and %.4g: coupons may not pass between parts of the population.", lo, hi)
		default:
			r.Warn("bottleneck", "Trees of 30 and more respondents put the share of %q between %.0f and %.0f per cent: coupons may not pass between parts of the population.", s.values[g], 100*lo, 100*hi)
		}
	}
}

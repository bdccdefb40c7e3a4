package respondent

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"plumbline/estimate"
)

// bootstrap returns the estimates in samples made from the sample:
// Salganik's (2006) chains for RDS-I and RDS-II, Gile's (2011) simulated
// recruitment for successive sampling.
func bootstrap(ctx context.Context, s *sample, sp Spec, in *inclusion) ([][]float64, error) {
	out := make([][]float64, sp.Bootstrap)
	one := s.chains(sp.Method)
	if sp.Method == SS {
		one = s.recruit(sp, in)
	}
	err := estimate.Each(ctx, len(out), "bootstrap", sp.Progress, func(_, i int) error {
		out[i] = one(estimate.Random(sp.Seed, uint64(i)))
		return nil
	})
	return out, err
}

// cumulative adds up, for drawing by search.
func cumulative(w []float64) []float64 {
	out, total := make([]float64, len(w)), 0.0
	for k, x := range w {
		total += x
		out[k] = total
	}
	return out
}

func search(cumulative []float64, rng *rand.Rand) int {
	u := rng.Float64() * cumulative[len(cumulative)-1]
	k, _ := slices.BinarySearch(cumulative, u)
	for k < len(cumulative)-1 && cumulative[k] <= u { // a class of no weight
		k++
	}
	return min(k, len(cumulative)-1)
}

// chains draws one chain as long as the sample: the group of the next follows
// from who recruited whom, the respondent from their group in proportion to
// degree (so that chains keep meeting people as the sample did).
func (s *sample) chains(method Method) func(*rand.Rand) []float64 {
	k := len(s.values)
	next := make([][]float64, k)
	columns := make([]float64, k)
	for g := range k {
		for h := range k {
			columns[h] += s.tied[g][h]
		}
	}
	for g := range k {
		row := s.tied[g]
		total := 0.0
		for _, c := range row {
			total += c
		}
		if total == 0 {
			row = columns // a group that recruited nobody recruits as all do
		}
		next[g] = cumulative(row)
	}
	members, heavy := make([][]int, k), make([][]float64, k)
	length := 1
	for _, i := range s.use {
		g := s.group[i]
		members[g], heavy[g] = append(members[g], i), append(heavy[g], s.degree[i])
		if s.recruiter[i] >= 0 {
			length++
		}
	}
	for g := range k {
		if heavy[g] != nil {
			heavy[g] = cumulative(heavy[g])
		}
	}
	start := make([]float64, k)
	for g, n := range s.count {
		start[g] = float64(n)
	}
	start = cumulative(start)
	return func(rng *rand.Rand) []float64 {
		sums, met, inverse := make([]float64, s.estimands()), make([]float64, k), 0.0
		tied := make([][]float64, k)
		for g := range tied {
			tied[g] = make([]float64, k)
		}
		last := -1
		for range length {
			g := 0
			if last < 0 {
				g = search(start, rng)
			} else if next[last][k-1] > 0 {
				g = search(next[last], rng)
			}
			if heavy[g] == nil { // a group of whom nobody has a degree
				last = -1
				continue
			}
			if last >= 0 {
				tied[last][g]++
			}
			last = g
			i := members[g][search(heavy[g], rng)]
			s.add(sums, i, 1/s.degree[i])
			inverse += 1 / s.degree[i]
			met[g]++
		}
		if method == RDS1 {
			return chainShares(tied, sums, met)
		}
		for g := range sums {
			sums[g] /= inverse
		}
		return sums
	}
}

// chainShares is RDS-I in a bootstrap chain, over the groups it met.
func chainShares(tied [][]float64, inverse, met []float64) []float64 {
	var there []int
	for g, n := range met {
		if n > 0 {
			there = append(there, g)
		}
	}
	p := make([][]float64, len(there))
	for a, g := range there {
		p[a] = make([]float64, len(there))
		total := 0.0
		for _, h := range there {
			total += tied[g][h]
		}
		for b, h := range there {
			p[a][b] = 1 / float64(len(there))
			if total > 0 {
				p[a][b] = tied[g][h] / total
			}
		}
	}
	out := make([]float64, len(met))
	q := stationary(p)
	if q == nil {
		for g := range out {
			out[g] = math.NaN()
		}
		return out
	}
	total := 0.0
	for a, g := range there {
		out[g] = q[a] * inverse[g] / met[g]
		total += out[g]
	}
	for g := range out {
		out[g] /= total
	}
	return out
}

// recruit simulates recruitment in a population made from the sample: so many
// people of each degree and group as the chances of inclusion say; ties between
// groups in proportion to referrals, mean degree and size, made symmetric.
// Seeds are drawn in proportion to degree; each recruiter brings as many as some
// respondent who brought any; the group of each follows the ties that are left,
// the person the degrees that are left.
func (s *sample) recruit(sp Spec, in *inclusion) func(*rand.Rand) []float64 {
	k, c := len(s.values), len(s.classes)
	total := sp.Population
	if float64(total)*ssFraction > float64(len(s.use)) {
		// A larger population changes nothing but the work.
		total = int(math.Round(float64(len(s.use)) / ssFraction))
	}
	// Cells are degree × group.
	share, members, sum := make([]float64, c*k), make([][]int, c*k), 0.0
	for _, i := range s.use {
		w := 1 / in.of[s.class[i]]
		cell := s.class[i]*k + s.group[i]
		share[cell] += w
		members[cell] = append(members[cell], i)
		sum += w
	}
	of, degree := make([]float64, k), make([]float64, k)
	for j := range share {
		share[j] /= sum
		of[j%k] += share[j]
		degree[j%k] += share[j] * s.classes[j/k]
	}
	ties := make([][]float64, k)
	for g := range k {
		ties[g] = make([]float64, k)
	}
	for g := range k {
		row := 0.0
		for _, n := range s.tied[g] {
			row += n
		}
		for h, n := range s.tied[g] {
			if row > 0 {
				// Mean degree times size is the number of ties of the group.
				x := n / row * degree[g] / 2
				ties[g][h] += x
				ties[h][g] += x
			}
		}
	}
	for g := range k {
		row := 0.0
		for _, x := range ties[g] {
			row += x
		}
		if row == 0 {
			copy(ties[g], of)
			for h := range k {
				ties[h][g] = max(ties[h][g], of[g])
			}
		}
	}
	var brought []int
	for _, i := range s.use {
		if s.recruits[i] > 0 {
			brought = append(brought, s.recruits[i])
		}
	}
	return func(rng *rand.Rand) []float64 {
		size := apportion(share, total, 0, rng)
		weight := make([]float64, len(size)) // degree × people left
		left := make([]float64, k)           // the same of a group
		all := 0.0
		for j, n := range size {
			weight[j] = float64(n) * s.classes[j/k]
			left[j%k] += weight[j]
			all += weight[j]
		}
		tie := make([][]float64, k)
		for g := range tie {
			tie[g] = slices.Clone(ties[g])
		}
		cells := make([]int, 0, len(s.use))
		sums, sum := make([]float64, s.estimands()), 0.0
		take := func(j int) {
			if len(members[j]) == 0 { // all that seemed left was rounding
				all = 0
				return
			}
			g, d := j%k, s.classes[j/k]
			weight[j] = max(weight[j]-d, 0)
			left[g] = max(left[g]-d, 0)
			all = max(all-d, 0)
			cells = append(cells, j)
			who := members[j][0]
			if s.mixed { // others in the cell may differ
				who = members[j][rng.IntN(len(members[j]))]
			}
			s.add(sums, who, 1/in.of[j/k])
			sum += 1 / in.of[j/k]
		}
		only := make([]float64, len(size))
		for range min(s.seeds, len(s.use)) {
			take(pick(weight, all, rng))
		}
		active, still := 0, 0
		for len(cells) < len(s.use) && all > 0 {
			if still == 0 && len(brought) > 0 {
				still = brought[rng.IntN(len(brought))]
			}
			from := tie[cells[active]%k]
			row := 0.0
			for h, x := range from {
				if left[h] > 0 {
					row += x
				}
			}
			j := 0
			if row > 0 {
				open := slices.Clone(from)
				for h := range open {
					if left[h] <= 0 {
						open[h] = 0
					}
				}
				g := pick(open, row, rng)
				clear(only)
				for j := g; j < len(size); j += k {
					only[j] = weight[j]
				}
				j = pick(only, left[g], rng)
				d := s.classes[j/k]
				for h := range tie { // ties to the group are used up
					tie[h][g] *= max(left[g]-d, 0) / left[g]
				}
			} else {
				j = pick(weight, all, rng)
			}
			take(j)
			if still--; still <= 0 && active < len(cells)-1 {
				active++
				still = 0
			}
		}
		for g := range sums {
			sums[g] /= sum
		}
		return sums
	}
}

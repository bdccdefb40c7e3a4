package respondent

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"

	"plumbline/estimate"
)

// ssFraction is the share of the population below which successive sampling is
// sampling in proportion to degree (the R package RDS uses the same).
const ssFraction = 0.04

// inclusion is the chance of each degree to be in the sample.
type inclusion struct {
	of    []float64 // by class of degree
	size  []int     // people of the class in the population
	total int
}

// successive is Gile's (2011) estimator of the chance π of a person with degree
// k to be in the sample, when respondents are drawn one after another in
// proportion to degree and nobody twice. Beginning with π in proportion to k:
// estimate how many of each degree the population has, N_k ∝ n_k/π_k; draw
// samples from such a population; let π_k be how often people of degree k are in
// them (the sample itself being one more); and again, five times.
func successive(ctx context.Context, s *sample, sp Spec) (*inclusion, error) {
	n := len(s.use)
	seen := make([]float64, len(s.classes))
	for _, i := range s.use {
		seen[s.class[i]]++
	}
	in := &inclusion{of: make([]float64, len(s.classes)), total: sp.Population}
	copy(in.of, s.classes)
	if float64(n) <= ssFraction*float64(sp.Population) || n == sp.Population || len(s.classes) == 1 {
		scale := 0.0
		for k, c := range s.classes {
			scale += seen[k] / c
		}
		for k, c := range s.classes {
			in.of[k] = c * scale / float64(sp.Population) // Σ n_k/π_k is the population
			if n == sp.Population {
				in.of[k] = 1
			}
		}
		in.size = in.population(seen, estimate.Random(sp.Seed, 1<<40), 1)
		return in, nil
	}
	const iterations = 5
	tell := func(round int) estimate.Progress {
		if sp.Progress == nil {
			return nil
		}
		return func(stage string, done, total int) {
			sp.Progress(stage, round*total+done, (iterations+1)*total)
		}
	}
	for round := range iterations + 1 {
		rng := estimate.Random(sp.Seed, 1<<40+uint64(round))
		in.size = in.population(seen, rng, 1)
		drawn, err := draw(ctx, s.classes, in.size, n, sp.Samples, sp.Seed, uint64(round), tell(round))
		if err != nil {
			return nil, err
		}
		m := float64(sp.Samples + 1)
		for k := range in.of {
			in.of[k] = (drawn[k] + seen[k]) / m / float64(in.size[k])
		}
	}
	return in, nil
}

// population returns whole numbers of people of every class that add up to the
// population, in proportion to seen/of, each at least least; what rounding
// leaves over or short is put where it is nearest, by chance.
func (in *inclusion) population(seen []float64, rng *rand.Rand, least int) []int {
	share, total := make([]float64, len(seen)), 0.0
	for k := range seen {
		share[k] = seen[k] / in.of[k]
		total += share[k]
	}
	for k := range share {
		share[k] /= total
	}
	return apportion(share, in.total, least, rng)
}

func apportion(share []float64, total, least int, rng *rand.Rand) []int {
	size, sum := make([]int, len(share)), 0
	for k, p := range share {
		size[k] = max(int(math.RoundToEven(float64(total)*p)), least)
		sum += size[k]
	}
	gap := make([]float64, len(share))
	for ; sum != total; sum += sign(total - sum) {
		up := sum < total
		all := 0.0
		for k, p := range share {
			gap[k] = max(p-float64(size[k])/float64(total), 0)
			if !up {
				gap[k] = max(float64(size[k])/float64(total)-p, 0)
				if size[k] <= least {
					gap[k] = 0
				}
			}
			all += gap[k]
		}
		if all == 0 { // no class is off: any that may change
			for k := range gap {
				if up || size[k] > least {
					gap[k] = 1
					all++
				}
			}
		}
		if all == 0 {
			return size // more classes than people: as near as can be
		}
		size[pick(gap, all, rng)] += sign(total - sum)
	}
	return size
}

func sign(x int) int {
	if x < 0 {
		return -1
	}
	return 1
}

// pick draws a place in proportion to weight, which adds up to total.
func pick(weight []float64, total float64, rng *rand.Rand) int {
	u := rng.Float64() * total
	last := 0
	for k, w := range weight {
		if w <= 0 {
			continue
		}
		last = k
		if u -= w; u < 0 {
			return k
		}
	}
	return last
}

// draw counts how often the classes come up in samples of n people drawn one
// after another in proportion to degree, without replacement.
func draw(ctx context.Context, classes []float64, size []int, n, samples int, seed, round uint64, progress estimate.Progress) ([]float64, error) {
	workers := estimate.Workers(ctx)
	counts := make([][]int64, workers)
	// Weights are searched in two steps, blocks first: half a dozen looks a draw
	// where there are dozens of classes.
	const wide = 8
	type scratch struct{ weight, blocks []float64 }
	own := make([]scratch, workers)
	// From the heaviest class on, so that the search is short.
	heavy := make([]int, len(classes))
	for k := range heavy {
		heavy[k] = k
	}
	for i := range heavy { // insertion sort: there are few classes
		for j := i; j > 0 && classes[heavy[j]]*float64(size[heavy[j]]) > classes[heavy[j-1]]*float64(size[heavy[j-1]]); j-- {
			heavy[j], heavy[j-1] = heavy[j-1], heavy[j]
		}
	}
	var ready sync.Mutex
	// A block of samples shares a stream; its size does not depend on workers.
	const block = 20
	blocks := (samples + block - 1) / block
	err := estimate.Each(ctx, blocks, "samples", progress, func(w, b int) error {
		x := &own[w]
		if x.weight == nil {
			ready.Lock()
			counts[w] = make([]int64, len(classes))
			ready.Unlock()
			x.weight = make([]float64, len(classes))
			x.blocks = make([]float64, (len(classes)+wide-1)/wide)
		}
		count := counts[w]
		rng := estimate.Random(seed, 1<<41+round<<32+uint64(b))
		for range min(block, samples-b*block) {
			clear(x.blocks)
			total := 0.0
			for i, k := range heavy {
				x.weight[i] = classes[k] * float64(size[k])
				x.blocks[i/wide] += x.weight[i]
				total += x.weight[i]
			}
			for range n {
				u := rng.Float64() * total
				j := 0
				for j < len(x.blocks)-1 && u >= x.blocks[j] {
					u -= x.blocks[j]
					j++
				}
				i, end := j*wide, min(j*wide+wide, len(heavy))
				for i < end-1 && u >= x.weight[i] {
					u -= x.weight[i]
					i++
				}
				if x.weight[i] <= 0 { // rounding led past the last class of the block
					i = heaviest(x.weight)
				}
				c := classes[heavy[i]]
				count[heavy[i]]++
				x.weight[i] -= c
				x.blocks[i/wide] -= c
				total -= c
				if x.weight[i] < c/2 { // nobody of the class is left
					x.blocks[i/wide] -= x.weight[i]
					total -= x.weight[i]
					x.weight[i] = 0
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(classes))
	for _, c := range counts {
		for k, v := range c {
			out[k] += float64(v)
		}
	}
	return out, nil
}

func heaviest(weight []float64) int {
	best := 0
	for i, w := range weight {
		if w > weight[best] {
			best = i
		}
	}
	return best
}

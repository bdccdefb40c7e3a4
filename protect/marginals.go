package protect

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// MarginalsSpec says which noisy counts to make.
type MarginalsSpec struct {
	// Epsilon and Delta bound the privacy loss: how much one record may change the chance of any
	// output. Delta has to be under a tenth of one record's share, or the run is refused. 0 means that bound
	// itself, or a tenth of the budget's delta where that is less.
	Epsilon float64
	Delta   float64
	Length  int // the longest combination; 0 means 3
	// Percentile of the numbers of combinations a record is part of, beyond which a record's are cut; 0 means 99.
	Percentile int
	// Made are the shares of combinations that may be made up, by length from 2, from 0 (none but by
	// rare chance) to 1; nil means 0.1 for the first, rising to 1 for the last.
	Made []float64
	// Min leaves counts under it out, after the noise. Differential privacy does not need it, but a small count that is
	// shown can single out a group in the eyes of a reader who takes it for exact. 0 leaves none out.
	Min int
	// Source of chance; nil means the system's cryptographic source. Anything else is for tests.
	Source io.Reader
	// Budget is spent before anything is counted; nil spends nowhere, for trials that are thrown away.
	Budget *Budget
	// Release names what is spent for, and On the day.
	Release, On string
}

// NoisyMarginals are counts under differential privacy, and what they cost.
type NoisyMarginals struct {
	Aggregates
	Epsilon float64   `json:"epsilon"`
	Delta   float64   `json:"delta"`
	Rho     float64   `json:"rho"`
	Sigma   []float64 `json:"sigma"`      // of the noise, by length
	Kept    []int     `json:"kept"`       // combinations kept of each record, by length
	Least   []float64 `json:"thresholds"` // the least noisy count kept, by length
	Min     int       `json:"min"`        // the least that is shown, after that
	// Noise is the mechanism, by name.
	Noise    string    `json:"noise"`
	Warnings []Warning `json:"warnings"`
}

// Shares of the budget: of epsilon for the number of records, and of the rest of rho for the percentiles. Synthetic Data
// Showcase gives the former 0.005, with which 900 records at epsilon 1 may be told as 500.
const (
	shareRecords    = 0.02
	sharePercentile = 0.01
)

// recordsGrain is the fineness of the loss for the number of records.
const recordsGrain = 1 << 20

// recordsLoss is the part of epsilon for the number of records, as a fraction that is not above the share.
func recordsLoss(epsilon float64) (units uint64, epsN float64) {
	units = uint64(epsilon * shareRecords * recordsGrain)
	return units, float64(units) / recordsGrain
}

// sigmaFor is the noise of each of so many lengths that costs rho less the share of the percentiles.
func sigmaFor(rho float64, lengths int) float64 {
	return math.Sqrt(float64(lengths) / (2 * rho * (1 - sharePercentile)))
}

// MarginalsLoss returns what [Marginals] loses in rho at epsilon and delta, and the least σ of the noise of each of so
// many lengths, so that a reader can check what a release says of itself.
func MarginalsLoss(epsilon, delta float64, lengths int) (rho, sigma float64) {
	_, epsN := recordsLoss(epsilon)
	rho = EpsilonToRho(epsilon, delta/2)
	return rho, sigmaFor(rho-epsN*epsN/2, lengths)
}

// marginalsMost bounds the combinations that get noise, and with them memory and time.
const marginalsMost = 5_000_000

// Marginals counts combinations of up to Length values with noise, so that whether any one record is in
// the data changes the chance of any output by a factor of exp(Epsilon) at most, but for a
// chance of Delta. The guarantee holds whatever the reader knows and whatever was released before,
// as long as what was released adds up within a [Budget].
//
// The number of records gets discrete Laplace noise. The rest of the loss, as rho, goes to lengths k = 1 … Length alike:
//
//	candidates: values seen (k = 1), or combinations of k values all of whose parts were kept
//	D(k):       how many candidates a record is part of, at the percentile; chosen by permute-and-flip
//	counts:     D(k) of each record's candidates at random, plus discrete Gaussian noise of variance σ(k)²·D(k)
//	kept:       noisy counts above a threshold; for k = 1 it bounds by Delta/2 the chance that the value of one
//	            record alone is seen, for the others it bounds how many combinations nobody has are made up
//
// Then no combination is shown more often than its parts: what is worked out from
// noisy counts costs nothing.
//
// Differential privacy does not hide small groups as such: a kept count of 12 may stand for 3 or
// for 20, and nobody can say which. Gopi, Mahabadi and Yekhanin, "Differentially Private Marginals";
// Kim and others (NeurIPS 2021). Unlike that method's first program: the noise is on whole numbers, the range of D(k)
// does not depend on the data, the number of records is always noisy, and Delta is held to a tenth of 1/n.
func Marginals(ctx context.Context, t *Table, spec MarginalsSpec) (*NoisyMarginals, error) {
	if spec.Length == 0 {
		spec.Length = 3
	}
	if spec.Percentile == 0 {
		spec.Percentile = 99
	}
	switch {
	case !(spec.Epsilon > 0) || spec.Epsilon > 20:
		return nil, option("epsilon", fmt.Sprintf("epsilon %v", spec.Epsilon), "more than 0 and at most 20; 1 protects well, 10 hardly")
	case spec.Delta < 0 || spec.Delta >= 1 || math.IsNaN(spec.Delta):
		return nil, option("delta", fmt.Sprintf("delta %v", spec.Delta), "more than 0 and less than a tenth of one record's share")
	case spec.Length < 1 || spec.Length > 4:
		return nil, option("length", fmt.Sprintf("combinations of %d values", spec.Length), "1 to 4")
	case spec.Percentile < 1 || spec.Percentile > 100:
		return nil, option("percentile", fmt.Sprintf("percentile %d", spec.Percentile), "1 to 100")
	case spec.Min < 0:
		return nil, option("min", "the smallest count shown is negative", "0 or more")
	case spec.Budget != nil && spec.Release == "":
		return nil, option("release", "the release has no name", "a name for the budget to record")
	}
	made := spec.Made
	if made == nil {
		for k := 2; k <= spec.Length; k++ {
			made = append(made, 0.1+0.9*float64(k-2)/float64(max(1, spec.Length-2)))
		}
	}
	if len(made) < spec.Length-1 {
		return nil, option("made", fmt.Sprintf("%d shares for lengths 2 to %d", len(made), spec.Length), "one for each length from 2")
	}
	for _, share := range made {
		if !(share > 0) || share > 1 {
			return nil, option("made", fmt.Sprintf("a share of %v", share), "more than 0 and at most 1")
		}
	}
	noise := NewNoise(spec.Source)

	units, epsN := recordsLoss(spec.Epsilon)
	if units == 0 {
		return nil, option("epsilon", fmt.Sprintf("epsilon %v is too small to count the records", spec.Epsilon), "more")
	}
	spend := func(part string, rho, delta float64) error {
		if spec.Budget == nil {
			return nil
		}
		return spec.Budget.Spend(Spending{Release: spec.Release + part, On: spec.On, Rho: rho, Delta: delta})
	}
	// Spent before it is looked at, and spent even if what follows is refused: the refusal tells the number.
	// Pure epsilon costs epsilon²/2 in rho (Bun and Steinke 2016, proposition 1.4).
	if err := spend(" (number of records)", epsN*epsN/2, 0); err != nil {
		return nil, err
	}
	n := max(1, int64(t.rows)+noise.Laplace(units, recordsGrain))
	limit := 1 / (10 * float64(max(n, 10)))
	delta := spec.Delta
	if delta == 0 {
		delta = limit
		if spec.Budget != nil { // of whose delta half of ours is spent each time
			delta = min(delta, spec.Budget.Delta/10)
		}
	}
	if delta > limit {
		return nil, option("delta", fmt.Sprintf("delta %v is more than a tenth of one record's share of about %d", delta, n), fmt.Sprintf("%.2g or less", limit))
	}
	rho := EpsilonToRho(spec.Epsilon, delta/2) - epsN*epsN/2
	if err := spend("", rho, delta/2); err != nil {
		return nil, err
	}
	m := &marginals{t: t, noise: noise, length: spec.Length, rho: rho, delta: delta, percentile: spec.Percentile, made: made}
	if err := m.run(ctx); err != nil {
		return nil, err
	}
	if noise.err != nil {
		return nil, noise.err
	}
	// There are no fewer records than hold the most frequent value; its noise is mostly less than that of their number.
	for _, y := range m.level[0] {
		n = max(n, y)
	}
	out := &NoisyMarginals{
		Aggregates: Aggregates{Method: "dp-marginals", Version: Version, Length: spec.Length, Protected: true, Records: n, Counts: m.counts()},
		Epsilon:    spec.Epsilon, Delta: delta, Rho: rho + epsN*epsN/2, Sigma: m.sigma, Kept: m.kept, Least: m.least, Min: spec.Min,
		Noise: "discrete Gaussian; discrete Laplace for the number of records; permute-and-flip for the cut", Warnings: []Warning{},
	}
	out.sort()
	out.Aggregates = *out.AtLeast(int64(max(1, spec.Min)))
	if spec.Min == 0 {
		out.Warnings = append(out.Warnings, Warning{"small_groups", "the noise does not hide small groups: counts under 10 may be shown, and a count of 12 may stand for 3; min leaves small ones out"})
	} else {
		out.Warnings = append(out.Warnings, Warning{"small_groups", fmt.Sprintf("no count under %d is shown, but a count that is shown may stand for fewer records than that: nobody can say which", spec.Min)})
	}
	if spec.Source != nil {
		out.Warnings = append(out.Warnings, Warning{"source", "the noise is from a source that was given, and protects nobody who knows it"})
	}
	if spec.Epsilon > 4 {
		out.Warnings = append(out.Warnings, Warning{"epsilon", fmt.Sprintf("with epsilon %v one record may change the odds of an output %.0f-fold", spec.Epsilon, math.Exp(spec.Epsilon))})
	}
	return out, nil
}

type marginals struct {
	t          *Table
	noise      *Noise
	length     int
	rho, delta float64
	percentile int
	made       []float64

	sigma []float64
	kept  []int
	least []float64

	base  []int32
	colOf []int32
	// level[k] are the kept combinations of k+1 values, by their value numbers.
	level []map[combo]int64
}

// A combo is up to four value numbers, from 1 and rising; 0 where shorter.
type combo [4]int32

func (m *marginals) run(ctx context.Context) error {
	t := m.t
	m.colOf = append(m.colOf, -1)
	for j := range t.columns {
		m.base = append(m.base, int32(len(m.colOf))-1)
		for range t.columns[j].values[1:] {
			m.colOf = append(m.colOf, int32(j))
		}
	}
	lengths := min(m.length, len(t.columns))
	// All lengths alike: each costs 1/(2σ²) of rho, and its percentile epsQ²/2.
	sigma := sigmaFor(m.rho, lengths)
	epsQ := math.Sqrt(2 * m.rho * sharePercentile / float64(lengths))
	const grain = 1 << 24
	unitsQ := uint64(epsQ * grain)
	var word [32]byte
	for i := 0; i < len(word); i += 8 {
		w := m.noise.word()
		for b := range 8 {
			word[i+b] = byte(w >> (8 * b))
		}
	}
	// Which of a record's combinations are kept when there are too many is no part of the protection.
	rng := rand.New(rand.NewChaCha8(word))

	normal := distuv.Normal{Mu: 0, Sigma: 1}
	for k := 1; k <= lengths; k++ {
		candidates, err := m.candidates(k)
		if err != nil {
			return err
		}
		// The most a record can be part of depends on the columns alone.
		most := 1
		for i := range k {
			most = most * (len(t.columns) - i) / (i + 1)
		}
		part := make([]int64, most+1)
		if err := m.each(ctx, k, candidates, func(found []combo) { part[len(found)]++ }); err != nil {
			return err
		}
		cut := m.cut(part, unitsQ, grain)
		m.sigma, m.kept = append(m.sigma, sigma), append(m.kept, cut)
		m.level = append(m.level, map[combo]int64{})
		if cut == 0 {
			m.least = append(m.least, 0)
			break
		}
		count := make(map[combo]int64, len(candidates))
		err = m.each(ctx, k, candidates, func(found []combo) {
			if len(found) > cut {
				for i := range cut {
					j := i + rng.IntN(len(found)-i)
					found[i], found[j] = found[j], found[i]
				}
				found = found[:cut]
			}
			for _, c := range found {
				count[c]++
			}
		})
		if err != nil {
			return err
		}
		spread := sigma * math.Sqrt(float64(cut))
		var least float64
		if k == 1 {
			// The discrete Gaussian reaches x as often as the continuous one reaches x − 1 at most, hence 2 and not 1.
			least = 2 + spread*normal.Quantile(math.Pow(1-m.delta/2, 1/float64(cut)))
		} else {
			least = spread * normal.Quantile(1-m.made[k-2]/2)
		}
		m.least = append(m.least, least)
		// In a fixed order, so that one source gives one output.
		order := make([]combo, 0, len(candidates))
		for c := range candidates {
			order = append(order, c)
		}
		slices.SortFunc(order, func(a, b combo) int { return slices.Compare(a[:], b[:]) })
		for i, c := range order {
			if i%1024 == 0 {
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			y := count[c] + m.noise.Gaussian(spread*spread)
			if y <= 0 || float64(y) <= least {
				continue
			}
			// No more often than its parts.
			for p := range parts(c, k) {
				y = min(y, m.level[k-2][p])
			}
			m.level[k-1][c] = y
		}
	}
	return nil
}

// cut chooses how many combinations of a record to keep: near the percentile of part, which counts the
// records that are part of 0, 1, … of them. One record changes each score by at most 1.
func (m *marginals) cut(part []int64, num, den uint64) int {
	total := int64(0)
	for _, n := range part {
		total += n
	}
	scores := make([]int64, len(part))
	below := int64(0)
	for v, n := range part {
		below += n
		// The rank wanted is rounded; it moves by at most 1 when a record comes.
		d := below - total*int64(m.percentile)/100
		scores[v] = -max(d, -d)
	}
	return m.noise.best(scores, num, den)
}

// candidates are the combinations of k values that may be kept.
func (m *marginals) candidates(k int) (map[combo]bool, error) {
	out := map[combo]bool{}
	if k == 1 {
		for j := range m.t.columns {
			seen := make([]bool, len(m.t.columns[j].values))
			for _, code := range m.t.columns[j].codes {
				seen[code] = true
			}
			for code, is := range seen {
				if is && code > 0 {
					out[combo{m.base[j] + int32(code)}] = true
				}
			}
		}
		return out, nil
	}
	before := m.level[k-2]
	var singles []int32
	for c := range m.level[0] {
		singles = append(singles, c[0])
	}
	slices.Sort(singles)
	for c := range before {
		for _, v := range singles {
			if v <= c[k-2] || m.colOf[v] == m.colOf[c[k-2]] {
				continue
			}
			d := c
			d[k-1] = v
			whole := true
			for p := range parts(d, k) {
				if _, ok := before[p]; !ok {
					whole = false
					break
				}
			}
			if whole {
				out[d] = true
				if len(out) > marginalsMost {
					return nil, &InputError{File: m.t.Name, Wrong: fmt.Sprintf("more than %d combinations would need noise", marginalsMost), Want: "fewer columns or values, or a smaller length"}
				}
			}
		}
	}
	return out, nil
}

// parts yields the combinations that leave one value of c out.
func parts(c combo, k int) func(func(combo) bool) {
	return func(yield func(combo) bool) {
		if k < 2 {
			return
		}
		for leave := range k {
			var p combo
			at := 0
			for i := range k {
				if i != leave {
					p[at] = c[i]
					at++
				}
			}
			if !yield(p) {
				return
			}
		}
	}
}

// each calls f with the candidates that each record is part of. f may reorder the slice and must not keep it.
func (m *marginals) each(ctx context.Context, k int, candidates map[combo]bool, f func([]combo)) error {
	values := make([]int32, 0, len(m.t.columns))
	var found []combo
	for i := range m.t.rows {
		if i%256 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		values, found = values[:0], found[:0]
		for j := range m.t.columns {
			if code := m.t.columns[j].codes[i]; code != 0 {
				v := m.base[j] + int32(code)
				if k > 1 {
					if _, ok := m.level[0][combo{v}]; !ok {
						continue
					}
				}
				values = append(values, v)
			}
		}
		for pick := range combinations(len(values), k) {
			var c combo
			for at, p := range pick {
				c[at] = values[p]
			}
			if candidates[c] {
				found = append(found, c)
			}
		}
		f(found)
	}
	return nil
}

func (m *marginals) counts() []Count {
	out := []Count{}
	for k, level := range m.level {
		for c, n := range level {
			ps := make([]Pair, 0, k+1)
			for _, v := range c[:k+1] {
				j := m.colOf[v]
				ps = append(ps, Pair{m.t.header[j], m.t.columns[j].values[v-m.base[j]]})
			}
			slices.SortFunc(ps, comparePair)
			out = append(out, Count{ps, n})
		}
	}
	return out
}

package protect

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Inference says how well values can be guessed from a release.
type Inference struct {
	// Targets are the columns guessed, one at a time from all others, for Attacked records.
	Attacked int               `json:"attacked"`
	Columns  []InferenceColumn `json:"columns"`
}

// InferenceColumn compares guessing a column by the most similar released rows with guessing
// its most frequent value.
type InferenceColumn struct {
	Column   string `json:"column"`
	Baseline Number `json:"baseline"` // share right by the most frequent value
	Accuracy Number `json:"accuracy"` // share right by the nearest rows, for records in the data
	HeldOut  Number `json:"held_out"` // the same for records that were kept out of the release
}

// Membership says whether a release gives away who was in the data. Half the data is kept out, a
// release is made of the other half, and an attacker who knows whole records guesses, from
// the most similar released rows, which half each is from.
type Membership struct {
	Attacked      int    `json:"attacked"` // records of each half
	AUC           Number `json:"auc"`      // 0.5 is guessing
	StandardError Number `json:"se"`
	Advantage     Number `json:"advantage"` // the most that true positives exceed false ones by
}

const (
	attackedMost = 500  // records of each half; the standard error of the AUC is then about 0.018
	advantageMax = 0.05 // how far the AUC may lie above one half beyond chance
)

// attack tries to tell records of the data from records kept out, by a release made of the former.
func (r *Report) attack(ctx context.Context, released *Table, spec RiskSpec) error {
	rng := rand.New(rand.NewPCG(spec.Seed, 0x6d656d62))
	order := rng.Perm(spec.Sensitive.rows)
	in, out, half := spec.Sensitive.take(order), spec.HeldOut, released
	switch {
	case out != nil:
		out = out.take(rng.Perm(out.rows))
	case spec.Make != nil:
		out = in.take(order[len(order)/2:])
		in = in.take(order[:len(order)/2])
		var err error
		if half, err = spec.Make(ctx, in); err != nil {
			return fmt.Errorf("make a release of half the data: %w", err)
		}
	default:
		const why = "it is not known how the file was made, nor which records were kept out of it"
		r.cannot("membership", why)
		r.cannot("attribute_inference", why)
		return nil
	}
	in, h1, err := recode(in, half)
	if err != nil {
		return err
	}
	out, h2, err := recode(out, half)
	if err != nil {
		return err
	}
	n := min(attackedMost, in.rows, out.rows)
	if n < 20 {
		r.cannot("membership", "there are too few records to split in two")
		r.cannot("attribute_inference", "there are too few records to split in two")
		return nil
	}
	if r.Membership, r.Attributes, err = attackHalves(ctx, in, h1, out, h2, n); err != nil {
		return err
	}
	m := r.Membership
	sure := float64(m.AUC) - 1.96*float64(m.StandardError)
	const text = "told apart from %d records kept out, %d records of the data score %.3f ± %.3f, where 0.5 is guessing"
	r.find("membership", sure <= 0.5+advantageMax, text, n, n, float64(m.AUC), 1.96*float64(m.StandardError))
	worst, by := "", 0.0
	for _, c := range r.Attributes.Columns {
		if d := float64(c.Accuracy - c.HeldOut); d > by {
			worst, by = c.Column, d
		}
	}
	// The widest interval of a difference of two shares, so wide that the largest of the columns' lies within it
	// by chance 39 times in 40 (Bonferroni).
	z := math.Sqrt2 * math.Erfinv(1-0.05/float64(len(r.Attributes.Columns)))
	chance := z * math.Sqrt(0.5/float64(n))
	if worst == "" {
		r.find("attribute_inference", true, "being in the data does not raise the chance that a value is guessed, in any column")
		return nil
	}
	r.find("attribute_inference", by <= chance+advantageMax, "being in the data raises the chance that a value is guessed by %.3f at most (column %q); %.3f is chance", by, worst, chance)
	return nil
}

func (t *Table) take(rows []int) *Table {
	out := &Table{Name: t.Name, header: t.header, rows: len(rows), columns: make([]column, len(t.columns))}
	for j := range t.columns {
		codes := make([]uint32, len(rows))
		for i, r := range rows {
			codes[i] = t.columns[j].codes[r]
		}
		out.columns[j] = column{t.columns[j].values, codes}
	}
	return out
}

// flat holds distinct rows end to end, with how often each occurs.
type flat struct {
	width int
	codes []uint32
	n     []int
}

func flatten(t *Table) *flat {
	f := &flat{width: len(t.columns)}
	at := map[string]int{}
	for i, key := range rowKeys(t) {
		k, ok := at[key]
		if !ok {
			k = len(f.n)
			at[key] = k
			f.n = append(f.n, 0)
			for j := range t.columns {
				f.codes = append(f.codes, t.columns[j].codes[i])
			}
		}
		f.n[k]++
	}
	return f
}

func attackHalves(ctx context.Context, in, h1, out, h2 *Table, n int) (*Membership, *Inference, error) {
	width := len(in.columns)
	inf := &Inference{Attacked: n}
	guess := make([][2]int, width) // right guesses for records in and out
	var scores [2][]float64
	base := make([]int, width)
	mode, gaps := modes(in)
	for side, pair := range [][2]*Table{{in, h1}, {out, h2}} {
		data, rel := pair[0], flatten(pair[1])
		for i := range n {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			record := make([]uint32, width)
			for j := range record {
				record[j] = data.columns[j].codes[i]
			}
			score, guesses := rel.nearest(record, gaps)
			scores[side] = append(scores[side], score)
			for j, g := range guesses {
				if g == record[j] {
					guess[j][side]++
				}
				if side == 0 && mode[j] == record[j] {
					base[j]++
				}
			}
		}
	}
	for j, h := range in.header {
		inf.Columns = append(inf.Columns, InferenceColumn{h, ratio(float64(base[j]), float64(n)), ratio(float64(guess[j][0]), float64(n)), ratio(float64(guess[j][1]), float64(n))})
	}
	return auc(scores[0], scores[1]), inf, nil
}

// modes returns the most frequent code of each column, and whether the column has blanks.
func modes(t *Table) (mode []uint32, gaps []bool) {
	for _, c := range t.columns {
		count := make([]int, len(c.values))
		for _, code := range c.codes {
			count[code]++
		}
		mode = append(mode, uint32(slices.Index(count, slices.Max(count))))
		gaps = append(gaps, count[0] > 0)
	}
	return mode, gaps
}

// nearest scores a record by the most similar released row: +1 for an equal value, −1
// for another one, 0 where the released row is blank and the record not; among equals more rows score a
// little more. For each column it also guesses the value from the rows most similar in the
// others; a blank is a guess only where the data has blanks (gaps).
func (f *flat) nearest(record []uint32, gaps []bool) (score float64, guesses []uint32) {
	w := f.width
	guesses = make([]uint32, w)
	best := make([]int, w) // similarity of the best rows without column j, among rows that fill it
	votes := make([]map[uint32]int, w)
	for j := range best {
		best[j] = math.MinInt
		votes[j] = map[uint32]int{}
	}
	top, many := math.MinInt, 0
	agree := make([]int, w)
	for i, n := range f.n {
		row := f.codes[i*w : (i+1)*w]
		total := 0
		for j, c := range row {
			switch {
			case c == record[j]:
				agree[j] = 1
			case c == 0:
				agree[j] = 0
			default:
				agree[j] = -1
			}
			total += agree[j]
		}
		if total > top {
			top, many = total, 0
		}
		if total == top {
			many += n
		}
		for j, c := range row {
			if c == 0 && !gaps[j] {
				continue
			}
			if s := total - agree[j]; s >= best[j] {
				if s > best[j] {
					best[j] = s
					clear(votes[j])
				}
				votes[j][c] += n
			}
		}
	}
	for j, v := range votes {
		most := -1
		for c, n := range v {
			if n > most || n == most && c < guesses[j] {
				guesses[j], most = c, n
			}
		}
	}
	return float64(top) + math.Log1p(float64(many))/100, guesses
}

// auc is the chance that a member scores above a non-member, ties counting half, with the standard error of
// Hanley and McNeil (1982), and the largest difference of the two distributions.
func auc(in, out []float64) *Membership {
	type scored struct {
		s  float64
		in bool
	}
	var all []scored
	for _, s := range in {
		all = append(all, scored{s, true})
	}
	for _, s := range out {
		all = append(all, scored{s, false})
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.s, a.s) })
	n, m := float64(len(in)), float64(len(out))
	var above, tp, fp, adv float64
	for i := 0; i < len(all); {
		var a, b float64
		j := i
		for ; j < len(all) && all[j].s == all[i].s; j++ {
			if all[j].in {
				a++
			} else {
				b++
			}
		}
		above += b * (tp + a/2)
		tp, fp = tp+a, fp+b
		adv = max(adv, tp/n-fp/m)
		i = j
	}
	p := above / (n * m)
	q1, q2 := p/(2-p), 2*p*p/(1+p)
	v := (p*(1-p) + (n-1)*(q1-p*p) + (m-1)*(q2-p*p)) / (n * m)
	return &Membership{Attacked: len(in), AUC: Number(p), StandardError: Number(math.Sqrt(max(v, 0))), Advantage: Number(adv)}
}

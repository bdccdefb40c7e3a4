package protect

import (
	"context"
	"math"
)

// Quality compares a release with the records it was made from, combination by
// combination: n is a combination's count in the records, y in the release.
type Quality struct {
	// Frequent is how many combinations have n >= k; Rare how many have 0 < n < k.
	Frequent int `json:"frequent"`
	Rare     int `json:"rare"`
	// Lost is how many frequent combinations the release does not show.
	Lost      int     `json:"frequent_lost"`
	LostShare float64 `json:"frequent_lost_share"`
	// Preservation is the mean of min(1, y/n) over the frequent combinations and those made
	// up, which count as 0.
	Preservation Number `json:"preservation"`
	// Fabricated combinations are in the release and in no record.
	Fabricated int `json:"fabricated"`
	// RarePresent are combinations with 0 < n < k and y > 0; Leakage those of them with y < k.
	RarePresent int `json:"rare_present"`
	Leakage     int `json:"leakage"`
	// MeanError is the mean of |y−n| over combinations in both; it flatters a release that
	// left much out, so read it beside LostShare.
	MeanError Number `json:"mean_error"`
	// ProportionalError is the mean of |y−n|/n over frequent combinations, 1 for those lost.
	ProportionalError Number `json:"proportional_error"`
	// ByLength is the same for each length of combination, shortest first.
	ByLength []Quality `json:"by_length,omitempty"`
	Length   int       `json:"length,omitempty"`
}

type qualitySum struct {
	Quality
	kept, keptOf, off, both, rel float64
}

func (q *qualitySum) add(n, y, k int32) {
	switch {
	case n >= k:
		q.Frequent++
		q.keptOf++
		q.kept += min(1, float64(y)/float64(n))
		if y == 0 {
			q.Lost++
			q.rel++
		} else {
			q.rel += math.Abs(float64(y-n)) / float64(n)
		}
	case n > 0:
		q.Rare++
		if y > 0 {
			q.RarePresent++
			q.keptOf++
			q.kept += min(1, float64(y)/float64(n))
			if y < k {
				q.Leakage++
			}
		}
	case y > 0:
		q.Fabricated++
		q.keptOf++
	}
	if n > 0 && y > 0 {
		q.both++
		q.off += math.Abs(float64(y - n))
	}
}

func (q *qualitySum) plus(o *qualitySum) {
	q.Frequent += o.Frequent
	q.Rare += o.Rare
	q.Lost += o.Lost
	q.Fabricated += o.Fabricated
	q.RarePresent += o.RarePresent
	q.Leakage += o.Leakage
	q.kept += o.kept
	q.keptOf += o.keptOf
	q.off += o.off
	q.both += o.both
	q.rel += o.rel
}

func (q *qualitySum) result() Quality {
	out := q.Quality
	out.LostShare = 0
	if out.Frequent > 0 {
		out.LostShare = float64(out.Lost) / float64(out.Frequent)
	}
	out.Preservation = ratio(q.kept, q.keptOf)
	out.MeanError = ratio(q.off, q.both)
	out.ProportionalError = ratio(q.rel, float64(out.Frequent))
	return out
}

// Compare counts every combination of up to length values in both tables.
func Compare(ctx context.Context, sensitive, released *Table, k, length int) (Quality, error) {
	if err := checkCompare(k, length); err != nil {
		return Quality{}, err
	}
	a, b, err := recode(sensitive, released)
	if err != nil {
		return Quality{}, err
	}
	sums := make([]qualitySum, length)
	var ca, cb counter
	for size := 1; size <= length; size++ {
		for pick := range combinations(len(a.columns), size) {
			if err := ctx.Err(); err != nil {
				return Quality{}, err
			}
			if err := ca.shape(a, pick); err != nil {
				return Quality{}, err
			}
			ca.add(a)
			if err := cb.shape(b, pick); err != nil {
				return Quality{}, err
			}
			cb.add(b)
			for codes, n := range ca.all() {
				sums[size-1].add(n, cb.at(codes), int32(k))
			}
			for codes, y := range cb.all() {
				if ca.at(codes) == 0 {
					sums[size-1].add(0, y, int32(k))
				}
			}
		}
	}
	return quality(sums), nil
}

func quality(sums []qualitySum) Quality {
	var all qualitySum
	for i := range sums {
		all.plus(&sums[i])
	}
	out := all.result()
	for i := range sums {
		q := sums[i].result()
		q.Length = i + 1
		out.ByLength = append(out.ByLength, q)
	}
	return out
}

func checkCompare(k, length int) error {
	switch {
	case k < 2 || k > math.MaxInt32:
		return option("k", "the smallest group must hide somebody", "2 or more; 10 is usual")
	case length < 1 || length > 5:
		return option("length", "combinations of this length are not counted", "1 to 5")
	}
	return nil
}

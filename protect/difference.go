package protect

import (
	"context"
)

// A Comparison is what changed between the data of two releases.
type Comparison struct {
	Added   int `json:"added"` // records of the later data that the earlier lacks, as whole rows
	Removed int `json:"removed"`
	// Small counts the combinations whose count changed by 1 to k−1 while at least k records
	// had it before or after; Visible those among them whose rounded counts, floor(n/k)·k, differ.
	Small   int  `json:"small_changes"`
	Visible int  `json:"visible_changes"`
	Safe    bool `json:"safe"`
}

// Difference compares the data of an earlier release with today's. It is safe to release rounded counts
// or k-synthetic rows again when nothing changed, or when every change that the
// rounded counts show is one of at least k records.
func Difference(ctx context.Context, before, now *Table, k, length int) (*Comparison, error) {
	if err := checkCompare(k, length); err != nil {
		return nil, err
	}
	a, b, err := recode(before, now)
	if err != nil {
		return nil, err
	}
	c := &Comparison{}
	c.Added, c.Removed = changed(a, b)
	compare := func(n, y int32) {
		if d := max(n-y, y-n); d == 0 || d >= int32(k) || max(n, y) < int32(k) {
			return
		}
		c.Small++
		if n/int32(k) != y/int32(k) {
			c.Visible++
		}
	}
	compare(int32(a.rows), int32(b.rows))
	var ca, cb counter
	for size := 1; size <= length && c.Added+c.Removed > 0; size++ {
		for pick := range combinations(len(a.columns), size) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := ca.shape(a, pick); err != nil {
				return nil, err
			}
			ca.add(a)
			if err := cb.shape(b, pick); err != nil {
				return nil, err
			}
			cb.add(b)
			for codes, n := range ca.all() {
				compare(n, cb.at(codes))
			}
			for codes, y := range cb.all() {
				if ca.at(codes) == 0 {
					compare(0, y)
				}
			}
		}
	}
	// A handful of changed records is refused even where rounding happens to hide it: which
	// values cross a multiple of k is chance, and the next release would show it.
	c.Safe = c.Visible == 0 && (c.Added == 0 || c.Added >= k) && (c.Removed == 0 || c.Removed >= k)
	return c, nil
}

// Changed counts the records, as whole rows, that came and went between the data of two releases.
func Changed(before, now *Table) (came, went int, err error) {
	a, b, err := recode(before, now)
	if err != nil {
		return 0, 0, err
	}
	came, went = changed(a, b)
	return came, went, nil
}

func changed(before, now *Table) (came, went int) {
	rows := map[string]int{}
	for _, key := range rowKeys(before) {
		rows[key]--
	}
	for _, key := range rowKeys(now) {
		rows[key]++
	}
	for _, n := range rows {
		came += max(n, 0)
		went += max(-n, 0)
	}
	return came, went
}

package protect

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Exposure says how far records stand out of their own file.
type Exposure struct {
	// UniqueRows are records that no other equals, a blank counting as a value; RareRows are records
	// that fewer than k equal, themselves included. WildcardRareRows takes a blank for any
	// value instead, on which k-anonymity after blanking is often claimed; it is the weaker reading.
	UniqueRows       int    `json:"unique_rows"`
	RareRows         int    `json:"rare_rows"`
	WildcardRareRows Number `json:"wildcard_rare_rows"`
	// ByLength counts, for each length of combination, the combinations and the records whose shortest
	// unique combination, or where they have none shortest rare one, has that length.
	ByLength []ExposureByLength `json:"by_length"`
	// RareShare is, for each column, the share of records in which its value is part of a rare combination.
	RareShare []ColumnShare `json:"rare_share"`
	// Homogeneous counts the groups of at least k records with equal values in fewer than length columns who
	// all have one value in another: to know that somebody is in the group is to know that value, whatever the group's size.
	Homogeneous int `json:"homogeneous_groups"`
}

// ExposureByLength is one length's part of an [Exposure].
type ExposureByLength struct {
	Length        int `json:"length"`
	Combinations  int `json:"combinations"`
	Rare          int `json:"rare"`
	Unique        int `json:"unique"`
	UniqueRecords int `json:"records_unique"`
	RareRecords   int `json:"records_rare"`
}

// ColumnShare is a share that belongs to a column.
type ColumnShare struct {
	Column string `json:"column"`
	Share  Number `json:"share"`
}

func expose(ctx context.Context, t *Table, k, length int) (*Exposure, error) {
	e := &Exposure{WildcardRareRows: Null, ByLength: []ExposureByLength{}, RareShare: []ColumnShare{}}
	count := map[string]int{}
	keys := rowKeys(t)
	for _, key := range keys {
		count[key]++
	}
	for _, n := range count {
		if n == 1 {
			e.UniqueRows++
		}
		if n < k {
			e.RareRows += n
		}
	}
	n, err := wildcardRare(ctx, t, keys, count, k)
	if err != nil {
		return nil, err
	}
	e.WildcardRareRows = n

	const none = math.MaxUint8
	unique, rare := make([]uint8, t.rows), make([]uint8, t.rows) // the shortest length
	for i := range unique {
		unique[i], rare[i] = none, none
	}
	inRare := make([][]bool, len(t.columns))
	for j := range inRare {
		inRare[j] = make([]bool, t.rows)
	}
	var c, group counter
	codes := make([]uint32, 0, length)
	for size := 1; size <= length; size++ {
		l := ExposureByLength{Length: size}
		for pick := range combinations(len(t.columns), size) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := c.shape(t, pick); err != nil {
				return nil, err
			}
			c.add(t)
			some := false
			for _, n := range c.all() {
				l.Combinations++
				if n < int32(k) {
					l.Rare++
					some = true
				}
				if n == 1 {
					l.Unique++
				}
			}
			if size > 1 {
				h, err := homogeneous(t, pick, &c, &group, k)
				if err != nil {
					return nil, err
				}
				e.Homogeneous += h
			}
			if !some {
				continue
			}
		record:
			for i := range t.rows {
				codes = codes[:0]
				for _, j := range pick {
					code := t.columns[j].codes[i]
					if code == 0 {
						continue record
					}
					codes = append(codes, code)
				}
				n := c.at(codes)
				if n >= int32(k) {
					continue
				}
				rare[i] = min(rare[i], uint8(size))
				if n == 1 {
					unique[i] = min(unique[i], uint8(size))
				}
				for _, j := range pick {
					inRare[j][i] = true
				}
			}
		}
		e.ByLength = append(e.ByLength, l)
	}
	for i := range t.rows {
		switch {
		case unique[i] != none:
			e.ByLength[unique[i]-1].UniqueRecords++
		case rare[i] != none:
			e.ByLength[rare[i]-1].RareRecords++
		}
	}
	for j, h := range t.header {
		n := 0
		for _, is := range inRare[j] {
			if is {
				n++
			}
		}
		e.RareShare = append(e.RareShare, ColumnShare{h, ratio(float64(n), float64(t.rows))})
	}
	return e, nil
}

// homogeneous counts the groups of at least k records, equal in all columns of pick but
// one, whose values in that one are filled and the same. Groups of which a
// part is missing the value are not homogeneous: a blank is a value here too.
func homogeneous(t *Table, pick []int, all, group *counter, k int) (int, error) {
	found := 0
	for leave := range pick {
		keys := slices.Delete(slices.Clone(pick), leave, leave+1)
		if err := group.shape(t, keys); err != nil {
			return 0, err
		}
		group.add(t)
		key := make([]uint32, 0, len(keys))
		for codes, n := range all.all() {
			if n < int32(k) {
				continue
			}
			key = append(append(key[:0], codes[:leave]...), codes[leave+1:]...)
			if group.at(key) == n {
				found++
			}
		}
	}
	return found, nil
}

// wildcardMost bounds the comparison of every distinct row with every other.
const wildcardMost = 20_000

// wildcardRare counts the records that fewer than k records could be, if a blank may stand for any value.
func wildcardRare(ctx context.Context, t *Table, keys []string, count map[string]int, k int) (Number, error) {
	blank := slices.ContainsFunc(t.columns, func(c column) bool { return slices.Contains(c.codes, 0) })
	if !blank {
		n := 0
		for _, c := range count {
			if c < k {
				n += c
			}
		}
		return Number(n), nil
	}
	if len(count) > wildcardMost {
		return Null, nil
	}
	type class struct{ row, n int }
	var classes []class
	seen := map[string]bool{}
	for i, key := range keys {
		if !seen[key] {
			seen[key] = true
			classes = append(classes, class{i, count[key]})
		}
	}
	slices.SortFunc(classes, func(a, b class) int { return cmp.Or(b.n-a.n, a.row-b.row) })
	// Rows end to end: the comparison below runs over all pairs.
	width := len(t.columns)
	flat := make([]uint32, 0, width*len(classes))
	for _, c := range classes {
		for j := range t.columns {
			flat = append(flat, t.columns[j].codes[c.row])
		}
	}
	total := 0
	for i, c := range classes {
		if i%256 == 0 {
			if err := ctx.Err(); err != nil {
				return Null, err
			}
		}
		if c.n >= k {
			continue
		}
		mine, n := flat[i*width:(i+1)*width], 0
	other:
		for o, d := range classes {
			theirs := flat[o*width : (o+1)*width]
			for j, a := range mine {
				if b := theirs[j]; a != b && a != 0 && b != 0 {
					continue other
				}
			}
			if n += d.n; n >= k {
				break
			}
		}
		if n < k {
			total += c.n
		}
	}
	return Number(total), nil
}

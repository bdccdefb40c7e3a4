package protect

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// RiskSpec says what to test, and against what.
type RiskSpec struct {
	K      int // the smallest group that may be shown
	Length int // the longest combination that is counted; 0 means 3
	// Sensitive is the data the file was made from. Without it the file itself is
	// measured, as data that has not been protected.
	Sensitive *Table
	// Earlier are the data that earlier releases were made from, oldest first.
	Earlier []*Table
	// Formal says that the file was made under differential privacy. Rare combinations in it
	// are then counted and do not stop it: whether they show anybody is what the budget bounds.
	Formal bool
	// Make makes a release from a part of the data the way the file was made: the membership
	// test then splits the data, and attacks a release of one half.
	Make func(context.Context, *Table) (*Table, error)
	// HeldOut are records of the same kind that were kept out of the file; with them the
	// membership test attacks the file itself. Without either, it is not possible.
	HeldOut *Table
	// Seed splits the data for the membership test and picks who is attacked.
	Seed uint64
}

// A Report says what a reader could work out from a file. It counts real people exactly, so
// it stays with the data and is never published.
type Report struct {
	Method  string `json:"method"`
	Version string `json:"version"`
	K       int    `json:"k"`
	Length  int    `json:"length"`
	Records int    `json:"records"` // rows of the file tested

	// Safe is whether nothing found stops the release. A file tested without the data it
	// was made from is safe only if nothing in the file itself is rare.
	Safe     bool      `json:"safe"`
	Findings []Finding `json:"findings"`

	// File measures the file alone, Data the data it was made from.
	File Exposure  `json:"file"`
	Data *Exposure `json:"data"`

	Quality    *Quality      `json:"quality"`
	Copies     *Copies       `json:"copies"`
	Attributes *Inference    `json:"attributes"`
	Membership *Membership   `json:"membership"`
	Changes    []*Comparison `json:"changes"`
}

// A Finding is one answer of the report in words.
type Finding struct {
	Code   string `json:"code"`
	Result string `json:"result"` // passed, failed, noted or not possible
	Text   string `json:"text"`
}

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

// Copies are rows of the file that equal, blanks included, a row of the data that is unique
// or rare there.
type Copies struct {
	OfUnique int `json:"of_unique_rows"`
	OfRare   int `json:"of_rare_rows"`
}

// Risk attacks a file and says what it found. Nothing should leave without it.
func Risk(ctx context.Context, released *Table, spec RiskSpec) (*Report, error) {
	if spec.Length == 0 {
		spec.Length = 3
	}
	if err := checkCompare(spec.K, spec.Length); err != nil {
		return nil, err
	}
	r := &Report{Method: "risk", Version: Version, K: spec.K, Length: spec.Length, Records: released.rows, Safe: true, Changes: []*Comparison{}}
	file, err := expose(ctx, released, spec.K, spec.Length)
	if err != nil {
		return nil, err
	}
	r.File = *file
	if spec.Sensitive == nil {
		rare := 0
		for _, l := range file.ByLength {
			rare += l.Rare
		}
		r.find("rare_combinations", rare == 0, "%d combinations of up to %d values are shared by fewer than %d rows of the file", rare, spec.Length, spec.K)
		r.find("unique_rows", file.RareRows == 0, "%d rows are equalled by fewer than %d rows of the file, %d of them by none, a blank counting as a value", file.RareRows, spec.K, file.UniqueRows)
		for _, code := range []string{"copies", "attribute_inference", "membership"} {
			r.cannot(code, "the data the file was made from was not given")
		}
		if err := r.differences(ctx, released, spec); err != nil {
			return nil, err
		}
		return r, nil
	}

	if r.Data, err = expose(ctx, spec.Sensitive, spec.K, spec.Length); err != nil {
		return nil, err
	}
	q, err := Compare(ctx, spec.Sensitive, released, spec.K, spec.Length)
	if err != nil {
		return nil, err
	}
	r.Quality = &q
	if spec.Formal {
		r.note("rare_combinations", "%d combinations that fewer than %d records share are in the file; under differential privacy a reader cannot be sure that any is real", q.RarePresent, spec.K)
	} else {
		r.find("rare_combinations", q.RarePresent == 0, "%d combinations of up to %d values that fewer than %d records share are in the file, of %d in the data", q.RarePresent, spec.Length, spec.K, q.Rare)
	}
	if r.Copies, err = copies(spec.Sensitive, released, spec.K); err != nil {
		return nil, err
	}
	const copied = "%d rows equal a row that one record has and %d one that fewer than %d have, a blank counting as a value"
	if spec.Formal {
		r.note("copies", copied, r.Copies.OfUnique, r.Copies.OfRare, spec.K)
	} else {
		r.find("copies", r.Copies.OfRare == 0, copied, r.Copies.OfUnique, r.Copies.OfRare, spec.K)
	}
	if r.File.Homogeneous > 0 {
		r.note("homogeneous_groups", "%d groups of at least %d rows of the file all have one value in another column: whoever is known to be in the group is known to have it", r.File.Homogeneous, spec.K)
	}
	if err := r.attack(ctx, released, spec); err != nil {
		return nil, err
	}
	if err := r.differences(ctx, spec.Sensitive, spec); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Report) find(code string, ok bool, format string, args ...any) {
	result := "passed"
	if !ok {
		result, r.Safe = "failed", false
	}
	r.Findings = append(r.Findings, Finding{code, result, fmt.Sprintf(format, args...)})
}

func (r *Report) note(code, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{code, "noted", fmt.Sprintf(format, args...)})
}

func (r *Report) cannot(code, text string) {
	r.Findings = append(r.Findings, Finding{code, "not possible", text})
}

func (r *Report) differences(ctx context.Context, now *Table, spec RiskSpec) error {
	if len(spec.Earlier) == 0 {
		r.cannot("differencing", "no earlier release was given")
		return nil
	}
	for i, before := range spec.Earlier {
		c, err := Difference(ctx, before, now, spec.K, spec.Length)
		if err != nil {
			return err
		}
		r.Changes = append(r.Changes, c)
		const text = "against earlier release %d, %d records came and %d went; %d combinations changed by fewer than %d records in a way that rounded counts show"
		if spec.Formal {
			r.note("differencing", text, i+1, c.Added, c.Removed, c.Visible, spec.K)
			continue
		}
		r.find("differencing", c.Safe, text, i+1, c.Added, c.Removed, c.Visible, spec.K)
	}
	return nil
}

// rowKeys returns for each record a text that equal records share.
func rowKeys(t *Table) []string {
	out := make([]string, t.rows)
	b := make([]byte, 4*len(t.columns))
	for i := range out {
		for j := range t.columns {
			binary.LittleEndian.PutUint32(b[4*j:], t.columns[j].codes[i])
		}
		out[i] = string(b)
	}
	return out
}

func copies(sensitive, released *Table, k int) (*Copies, error) {
	a, b, err := recode(sensitive, released)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, key := range rowKeys(a) {
		count[key]++
	}
	c := &Copies{}
	for _, key := range rowKeys(b) {
		n := count[key]
		if n == 1 {
			c.OfUnique++
		}
		if n > 0 && n < k {
			c.OfRare++
		}
	}
	return c, nil
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
	rows := map[string]int{}
	for _, key := range rowKeys(a) {
		rows[key]--
	}
	for _, key := range rowKeys(b) {
		rows[key]++
	}
	for _, n := range rows {
		c.Added += max(n, 0)
		c.Removed += max(-n, 0)
	}
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

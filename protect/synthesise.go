package protect

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
)

// SynthesisSpec says what made-up rows to make.
type SynthesisSpec struct {
	// K is the smallest group that may be shown: every filled part of every row made
	// is shared by at least K of the records.
	K int
	// Length is the longest combination whose count is aimed at; 0 means 3, and 3 is the most.
	// What is safe does not depend on it.
	Length int
	// Seed makes the run repeatable. It is no secret: the protection does not rest on it.
	Seed uint64
}

// Synthesis is a set of made-up rows and how they were made.
type Synthesis struct {
	Method  string `json:"method"`
	Version string `json:"version"`
	K       int    `json:"k"`
	Length  int    `json:"length"`
	Seed    uint64 `json:"seed"`
	// Records is the number of records read, rounded down to a multiple of K.
	Records int `json:"records"`
	// SyntheticRows is the number of rows made. It is larger than Records, because rows have to be
	// cut where a longer one would be rare; counts of values agree, the number of rows does not.
	SyntheticRows int       `json:"synthetic_rows"`
	Warnings      []Warning `json:"warnings"`

	// Rows is what may be published.
	Rows *Table `json:"-"`
}

// A Warning is a doubt that belongs beside a release. Code is stable, so that
// programs can look for it; Text is for people.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Synthesise makes rows that describe the records without being any of them.
//
// A row is a set of values S, one a column, that at least K records share; then every
// part of S is shared by at least K records as well, so no rare combination of any
// length can appear. Each single value appears floor(n/K)·K times, n being its count
// in the records, as in the k-synthetic data of Synthetic Data Showcase.
//
// That method grows rows at random; this one aims. The counts of all frequent
// combinations of up to Length values, rounded down to a multiple of K, are the
// target T. Combinations are taken from the least frequent up, and each that is short of
// its target is grown to a row by adding the value v that gains most:
//
//	gain(v) = sum over combinations t within S+v that contain v of
//	          1/T(t) where t is short of its target, −1/T(t) where it is over
//
// with more weight for the combinations furthest behind, until nothing gains. The last values go where they do least harm. Steering by rounded counts keeps what the
// rows can tell about the records to what the rounded counts tell, and the one bit, for a longer
// combination, that at least K share it.
//
// No row equals, blanks included, a record that fewer than K records equal: a blank
// is a value to whoever knows the person, so such rows are cut further.
//
// Do not release a second synthesis of data of which a few records changed: two releases
// can be compared. Use [SynthesiseMarginals] for series.
//
// After Edge and others, "Design of a Privacy-Preserving Data Platform for
// Collaboration Against Human Trafficking" (2020), whose guarantees these are.
func Synthesise(ctx context.Context, t *Table, spec SynthesisSpec) (*Synthesis, error) {
	if spec.Length == 0 {
		spec.Length = 3
	}
	switch {
	case spec.K < 2:
		return nil, option("k", fmt.Sprintf("a group of %d hides nobody", spec.K), "2 or more; 10 is usual")
	case spec.Length < 1 || spec.Length > 3:
		return nil, option("length", fmt.Sprintf("combinations of %d values are not aimed at", spec.Length), "1, 2 or 3")
	}
	if t.rows < spec.K {
		return nil, &InputError{File: t.Name, Wrong: fmt.Sprintf("the file has fewer records than the smallest group of %d", spec.K), Want: "more records, or no release"}
	}
	s, err := fromRecords(ctx, t, spec)
	if err != nil {
		return nil, err
	}
	// In large data more at a time, so that the work grows with the records and not with their square.
	s.batch = int32(max(spec.K, spec.K*t.rows/batchFrom))
	if err := s.aim(ctx); err != nil {
		return nil, err
	}
	if err := s.finish(ctx); err != nil {
		return nil, err
	}
	out := &Synthesis{
		Method: "k-synthetic", Version: Version, K: spec.K, Length: spec.Length, Seed: spec.Seed,
		Records: t.rows / spec.K * spec.K, SyntheticRows: len(s.order), Rows: s.table(), Warnings: []Warning{},
	}
	if s.unplaced > 0 {
		out.Warnings = append(out.Warnings, Warning{"totals_short", fmt.Sprintf("%d values could not be placed without making a row that a rare record equals; their totals are short by as much", s.unplaced)})
	}
	if len(s.order) == 0 {
		out.Warnings = append(out.Warnings, Warning{"nothing_left", "no value is frequent enough to be shown"})
	}
	return out, nil
}

// MakeSynthesis returns Synthesise as [RiskSpec] wants it for the membership test.
func MakeSynthesis(spec SynthesisSpec) func(context.Context, *Table) (*Table, error) {
	return func(ctx context.Context, t *Table) (*Table, error) {
		s, err := Synthesise(ctx, t, spec)
		if err != nil {
			return nil, err
		}
		return s.Rows, nil
	}
}

// A synthesiser grows rows. A value is known by its number among all values of all
// columns; a combination by the exclusive or of random words, one for each of its
// values, so that it can be looked up in any order of them.
type synthesiser struct {
	t      *Table
	k      int
	rng    *rand.Rand
	batch  int32 // rows are made so many at a time
	length int
	base   []int32  // first value number of each column
	colOf  []int32  // column of each value number
	word   []uint64 // random word of each value
	avail  []int32  // how many more times each value is to appear
	combos comboIndex
	target []int32 // parallel to combos: floor(n/K)*K
	made   []int32
	start  []seed // where to start from, least frequent first

	support support
	rows    [][]int32
	order   []int32 // rows made, as indexes of rows, a row as often as it is repeated

	level    float64
	unplaced int
	found    []int32 // scratch
}

// A support says how a row may grow.
type support interface {
	// begin starts with the values of row, and open appends the values that may be added to
	// what was begun; add adds one of them.
	begin(row []int32)
	open(into []int32) []int32
	add(v int32)
	// refuses reports whether the row may not be made though each part of it may.
	refuses(row []int32) bool
}

type seed struct {
	n      int32
	combo  int32
	tie    uint32
	values [3]int32 // −1 where shorter
}

// newSynthesiser makes one without targets for the values of t.
func newSynthesiser(t *Table, k, length int, seed uint64) *synthesiser {
	s := &synthesiser{t: t, k: k, length: length, rng: rand.New(rand.NewPCG(seed, 0x706c756d626c696e))}
	for j := range t.columns {
		s.base = append(s.base, int32(len(s.colOf)))
		for range t.columns[j].values[1:] {
			s.colOf = append(s.colOf, int32(j))
			s.word = append(s.word, s.rng.Uint64())
		}
	}
	s.avail = make([]int32, len(s.colOf))
	return s
}

// aimAt sets how often a combination, given by its columns and codes, is to appear.
func (s *synthesiser) aimAt(pick []int, codes []uint32, n, target int32) {
	if len(pick) == 1 {
		s.avail[s.number(pick[0], codes[0])] = target
		return
	}
	d := seed{n: n, tie: s.rng.Uint32(), combo: int32(len(s.target)), values: [3]int32{-1, -1, -1}}
	for i, j := range pick {
		d.values[i] = s.number(j, codes[i])
	}
	s.combos.put(s.wordOf(d.values[:len(pick)]), d.combo)
	s.target = append(s.target, target)
	s.start = append(s.start, d)
}

// ready ends the setting of targets.
func (s *synthesiser) ready() {
	s.made = make([]int32, len(s.target))
	slices.SortFunc(s.start, func(a, b seed) int {
		return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.tie, b.tie))
	})
}

func (s *synthesiser) number(column int, code uint32) int32 { return s.base[column] + int32(code) - 1 }

func (s *synthesiser) value(row int32, column int) int32 {
	code := s.t.columns[column].codes[row]
	if code == 0 {
		return -1
	}
	return s.number(column, code)
}

// batchFrom is the number of records beyond which more than k rows are made at a time.
const batchFrom = 30_000

// levels are the shares of their targets to which all combinations are brought one after
// the other; the first brings each to one row. Without them the least frequent would use
// up the values that the next ones need.
var levels = []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1}

// Combinations short of the level at hand weigh as much more than those above it, but short of their
// targets. Tried from 1 to 50 on census and on case data: it saves rows, and little depends on it.
const urgent = 20

// aim makes rows for every combination that is short of its target.
func (s *synthesiser) aim(ctx context.Context) error {
	for _, level := range levels {
		s.level = level
		for i := range s.start {
			if i%64 == 0 {
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			d := &s.start[i]
			set := d.values[:]
			if set[2] < 0 {
				set = set[:2]
			}
			for s.made[d.combo] < s.goal(d.combo) {
				copies := min(s.batch, s.goal(d.combo)-s.made[d.combo])
				for _, v := range set {
					copies = min(copies, s.avail[v])
				}
				if copies <= 0 || !s.grow(set, copies) {
					break
				}
			}
		}
	}
	return nil
}

// goal is how often combination c is to appear at the level at hand.
func (s *synthesiser) goal(c int32) int32 {
	return max(1, int32(s.level*float64(s.target[c])))
}

// finish places what is left of the values: as few rows as it can without taking
// combinations further over their targets than they gain.
func (s *synthesiser) finish(ctx context.Context) error {
	for v := range s.avail {
		if err := ctx.Err(); err != nil {
			return err
		}
		for s.avail[v] > 0 {
			if !s.grow([]int32{int32(v)}, s.avail[v]) {
				s.unplaced += int(s.avail[v])
				s.avail[v] = 0
			}
		}
	}
	return nil
}

// grow makes a row out of set and whatever gains, and repeats it up to copies times.
// It reports whether it could: not when set itself is refused.
func (s *synthesiser) grow(set []int32, copies int32) bool {
	row := slices.Clone(set)
	s.support.begin(row)
	for len(row) < len(s.t.columns) {
		s.found = s.support.open(s.found[:0])
		best, bestGain := int32(-1), 0.0
		for _, v := range s.found {
			if s.avail[v] <= 0 {
				continue
			}
			if g := s.gain(row, v); g > bestGain {
				best, bestGain = v, g
			}
		}
		if best < 0 {
			break
		}
		row = append(row, best)
		s.support.add(best)
	}
	for s.support.refuses(row) {
		if len(row) == len(set) {
			return false
		}
		row = row[:len(row)-1]
	}
	for _, v := range row {
		copies = min(copies, s.avail[v])
	}
	s.emit(row, copies)
	return true
}

func (s *synthesiser) wordOf(row []int32) uint64 {
	var w uint64
	for _, v := range row {
		w ^= s.word[v]
	}
	return w
}

// gain is what value v would add to row.
func (s *synthesiser) gain(row []int32, v int32) float64 {
	total := 0.0
	for i, u := range row {
		w := s.word[u] ^ s.word[v]
		if c := s.combos.get(w); c >= 0 {
			total += s.worth(c)
		}
		if s.length < 3 {
			continue
		}
		for _, x := range row[:i] {
			if c := s.combos.get(w ^ s.word[x]); c >= 0 {
				total += s.worth(c)
			}
		}
	}
	return total
}

// worth is what one more of combination c is worth.
func (s *synthesiser) worth(c int32) float64 {
	one := 1 / float64(s.target[c])
	switch made := s.made[c]; {
	case made < s.goal(c):
		return urgent * one
	case made < s.target[c]:
		return one
	default:
		return -one
	}
}

// emit adds copies of row to what is made.
func (s *synthesiser) emit(row []int32, copies int32) {
	at := int32(len(s.rows))
	s.rows = append(s.rows, row)
	for range copies {
		s.order = append(s.order, at)
	}
	for i, v := range row {
		s.avail[v] -= copies
		for k, u := range row[:i] {
			w := s.word[u] ^ s.word[v]
			if c := s.combos.get(w); c >= 0 {
				s.made[c] += copies
			}
			if s.length < 3 {
				continue
			}
			for _, x := range row[:k] {
				if c := s.combos.get(w ^ s.word[x]); c >= 0 {
					s.made[c] += copies
				}
			}
		}
	}
}

// table returns the rows made, the fullest first as in the peer's files, and else in an order of chance: the
// order they were made in would tell which combinations are least frequent.
func (s *synthesiser) table() *Table {
	s.rng.Shuffle(len(s.order), func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
	slices.SortStableFunc(s.order, func(a, b int32) int { return len(s.rows[b]) - len(s.rows[a]) })
	out := &Table{Name: "synthetic", header: s.t.header, rows: len(s.order), columns: make([]column, len(s.t.columns))}
	for j := range out.columns {
		out.columns[j] = column{s.t.columns[j].values, make([]uint32, out.rows)}
	}
	for i, at := range s.order {
		for _, v := range s.rows[at] {
			j := s.colOf[v]
			out.columns[j].codes[i] = uint32(v-s.base[j]) + 1
		}
	}
	return out
}

// A comboIndex finds a combination by its word: open addressing, half full at most.
type comboIndex struct {
	words []uint64
	at    []int32
	n     int
}

func (x *comboIndex) put(word uint64, at int32) {
	if 2*(x.n+1) > len(x.words) {
		old := *x
		size := max(1024, 2*len(old.words))
		x.words, x.at = make([]uint64, size), make([]int32, size)
		for i := range x.at {
			x.at[i] = -1
		}
		x.n = 0
		for i, a := range old.at {
			if a >= 0 {
				x.put(old.words[i], a)
			}
		}
	}
	mask := uint64(len(x.words) - 1)
	i := word & mask
	for x.at[i] >= 0 {
		i = (i + 1) & mask
	}
	x.words[i], x.at[i] = word, at
	x.n++
}

func (x *comboIndex) get(word uint64) int32 {
	if len(x.words) == 0 {
		return -1
	}
	mask := uint64(len(x.words) - 1)
	for i := word & mask; ; i = (i + 1) & mask {
		if x.at[i] < 0 || x.words[i] == word {
			return x.at[i]
		}
	}
}

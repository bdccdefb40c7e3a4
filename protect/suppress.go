package protect

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// SuppressSpec says which tables to make, and what is already public.
type SuppressSpec struct {
	// Tables to publish together, each by its columns; margins are always included.
	Tables [][]string
	// Count is the column of counts; empty when each row is a record.
	Count string
	// Min is the smallest count that may be shown.
	Min int
	// Total is the word for "all values" in what is read and written; empty means Total.
	Total string
	// HideZeros hides empty cells like small ones. Without it zeros are shown: a reader learns
	// that nobody is there, which can be as telling as a small count.
	HideZeros bool
	// Earlier are releases that readers have, oldest first.
	Earlier []EarlierTable
}

// EarlierTable is a table that was published before.
type EarlierTable struct {
	Table *Frequency
	// Data is what the table was made from; nil when it is the same data as now.
	Data *Table
}

// Protected is a set of tables with their small counts hidden, and the proof that they
// cannot be computed back. Tables may be published; Proof may not.
type Protected struct {
	Method    string      `json:"method"`
	Version   string      `json:"version"`
	Min       int         `json:"min"`
	Zeros     string      `json:"zeros"` // shown or hidden
	Tables    []Frequency `json:"tables"`
	Cells     int         `json:"cells"`
	Primary   int         `json:"primary"`   // cells hidden because they are small
	Secondary int         `json:"secondary"` // cells hidden to protect those
	Proof     []Interval  `json:"proof"`
	Warnings  []Warning   `json:"warnings"`
	// Group lists the margins all of whose people are in one value of another column: whoever is known to
	// be among them is known to have it, whatever the count.
	Group []GroupDisclosure `json:"group_disclosure"`
}

// An Interval is what is proved about a small count: tables that fit everything published
// exist in which it is Low, and in which it is Up.
type Interval struct {
	Cell []Pair `json:"cell"`
	// Release is the place of the earlier release, from 1, to which this is the difference; 0 for a count.
	Release int   `json:"release,omitempty"`
	Low     int64 `json:"low"`
	Up      int64 `json:"up"`
}

// GroupDisclosure is a margin whose people all have one value of a column.
type GroupDisclosure struct {
	Cell   []Pair `json:"cell"`
	Column string `json:"column"`
	Value  string `json:"value"`
}

// ErrUnprotectable is what [Suppress] returns when no choice of cells to hide makes the tables safe.
var ErrUnprotectable = errors.New("the tables cannot be made safe")

// Suppress hides every count from 1 to Min−1, and as many other cells as it takes so that
// no reader can narrow one of them down.
//
// The reader is assumed to know every count shown now or earlier, all margins' rules, that no
// count is negative, which cells are empty when zeros are shown, and of every other hidden
// cell that somebody is in it, as the people in it do. A hidden small count is safe when, for all
// that, it could be as low as the number of cells known not to be empty (1 for a cell that is not a
// margin) and as high as Min or more. The linear programs of the attacker problem
// (Fischetti and Salazar 2001) have their optimum at or beyond any table that fits; so for
// each small count two such tables are built and kept, which prove its interval, and
// every one is checked again, relation by relation, before the result is returned.
//
// Tables that fit are reached from the true one by moves: for each column either one value goes up
// and another down, or one goes up and the total with it; the product over the columns
// changes 2^columns counts at most and keeps every relation of every table, linked ones included,
// because it is a change that records could make. For each small count the moves are chosen that hide least, weighted by
// the count and, fourfold a step, by how much of a total it is. Afterwards each cell hidden for
// another's sake is shown again if the proof can do without it (after Kelly, Golden and Assad 1992; hypercubes: Repsilber 1994).
//
// An earlier release of the same data is a linked table whose cells can no longer be hidden. With the earlier data
// given, what came in between is protected too: a difference of 1 to Min−1 is a small count.
//
// When not to use it: for a series with small changes every month it hides nearly all; use
// [Perturb] or [Marginals] there.
func Suppress(ctx context.Context, t *Table, spec SuppressSpec) (*Protected, error) {
	if spec.Min < 2 || spec.Min > 1_000_000 {
		return nil, option("min", fmt.Sprintf("%d as the smallest count shown hides nobody", spec.Min), "2 to 1000000; 10 is usual")
	}
	s, err := newSuppressor(t, spec)
	if err != nil {
		return nil, err
	}
	if err := s.protect(ctx); err != nil {
		return nil, err
	}
	if err := s.release(ctx); err != nil {
		return nil, err
	}
	if err := s.prove(); err != nil {
		return nil, err
	}
	return s.result(spec), nil
}

type cellState uint8

const (
	absent cellState = iota // not a count of this release
	open                    // shown unless it is needed
	hidden
	fixed // shown, for good
)

// A suppressor works on layers of cells: layer 0 are the counts of now, then for each earlier
// release of other data its counts and what came since. Cell c of layer l is variable l·n + c.
type suppressor struct {
	*cube
	min     int64
	n       int
	dense   []int32 // place → cell or −1, where there are few enough places
	layers  [][]int64
	lower   []int64
	state   []cellState
	primary []bool
	weight  []float64
	views   [][]axis        // ways to see the columns as axes: each alone, and those that lie within others together
	told    map[[2]int]bool // of which column (first) the value tells that of which
	now     int             // how many of the tables are to be published
	spec    SuppressSpec

	witness  []*witness
	rel      []relation // once it is asked for
	warnings []Warning

	moved []step // scratch, as are these
	pool  []term
	lists [][][]term
	keys  [][]term
}

// A witness is another table that fits everything known: the differences from the true one.
type witness struct {
	variable int32
	dir      int64
	target   int64
	delta    map[int32]int64
}

type step struct {
	variable int32
	sign     int64
}

func (s *suppressor) result(spec SuppressSpec) *Protected {
	p := &Protected{Method: "suppression", Version: Version, Min: spec.Min, Zeros: "shown", Proof: []Interval{}, Warnings: s.warnings, Group: []GroupDisclosure{}}
	if spec.HideZeros {
		p.Zeros = "hidden"
	}
	if p.Warnings == nil {
		p.Warnings = []Warning{}
	}
	for i := range s.now {
		p.Tables = append(p.Tables, s.frequency(i, spec.Count, func(c int) *int64 {
			if s.state[c] == hidden {
				return nil
			}
			n := s.count[c]
			return &n
		}))
	}
	for c := range s.n {
		if !s.published(c) {
			continue
		}
		p.Cells++
		switch {
		case s.primary[c]:
			p.Primary++
		case s.state[c] == hidden:
			p.Secondary++
		}
	}
	for i := 0; i < len(s.witness); i += 2 {
		up, low := s.witness[i], s.witness[i+1]
		v := up.variable
		layer := int(v) / s.n
		p.Proof = append(p.Proof, Interval{
			Cell: s.describe(int(v) % s.n), Release: layer / 2,
			Low: s.value(v) + low.delta[v], Up: s.value(v) + up.delta[v],
		})
	}
	for _, f := range p.Tables {
		p.Group = append(p.Group, slices.DeleteFunc(groupsOf(f, spec.Min), s.known)...)
	}
	if len(p.Group) > 0 {
		p.Warnings = append(p.Warnings, Warning{"group_disclosure", fmt.Sprintf("in %d groups everybody has one value: whoever is known to be in the group is known to have it", len(p.Group))})
	}
	return p
}

// known reports whether a group has one value because a column lies within another, as a district in its region.
func (s *suppressor) known(g GroupDisclosure) bool {
	j := slices.Index(s.columns, g.Column)
	return slices.ContainsFunc(g.Cell, func(p Pair) bool {
		return s.told[[2]int{slices.Index(s.columns, p.Column), j}]
	})
}

package capture

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"plumbline/estimate"
)

// Fewest and most lists that the methods take. With one list nothing can be
// said; beyond ten there are more histories than people.
const (
	fewestLists = 2
	mostLists   = 10
)

// mostPeople bounds the work: tails of Poisson distributions are summed, which
// takes of the order of the square root of the mean.
const mostPeople = 1e9

// A set of lists is written in bits: bit i is the i-th list. A capture history
// is the set of lists that a person is on.
type set = uint32

// histories is what was observed, by row of the data.
type histories struct {
	lists []string
	rows  []set
	count []float64 // parallel to rows

	// Some columns of the file are not among the lists. Several rows may then have
	// one history, and people may be on none of the lists.
	chosen  bool
	outside float64 // people on none of the chosen lists
}

// readHistories counts people by capture history: from a table of counts, one
// row a history, or, when it has no count column, from records, one row a
// person.
func readHistories(t *estimate.Table, s Spec) (*histories, error) {
	count := s.Count
	if count == "" && t.Has("count") {
		count = "count"
	}
	if count != "" && !t.Has(count) {
		return nil, &estimate.InputError{File: t.Name, Column: count, Wrong: "there is no such column", Want: "the column that holds how many people have the row's history"}
	}
	h := &histories{lists: s.Lists}
	if h.lists == nil {
		for _, name := range t.Header() {
			if name != count {
				h.lists = append(h.lists, name)
			}
		}
	}
	if len(h.lists) < fewestLists || len(h.lists) > mostLists {
		return nil, &estimate.InputError{File: t.Name, Wrong: fmt.Sprintf("the number of lists is %d", len(h.lists)), Want: fmt.Sprintf("%d to %d columns of 0 and 1, one a list", fewestLists, mostLists)}
	}
	if t.Rows() == 0 {
		return nil, &estimate.InputError{File: t.Name, Wrong: "there are no rows", Want: "a row for each capture history, or for each person"}
	}
	named := map[string]bool{}
	for _, name := range h.lists {
		if name == count || named[name] {
			return nil, &estimate.InputError{File: t.Name, Column: name, Wrong: "the column is named twice", Want: "each list once, and another column for the count"}
		}
		named[name] = true
	}
	columns := len(h.lists)
	if count != "" {
		columns++
	}
	h.chosen = columns < len(t.Header())
	const onList = "1 when the person is on the list and 0 when not"
	rows := make([]set, t.Rows())
	for i, name := range h.lists {
		on, err := t.Numbers(name)
		var bad *estimate.InputError
		if errors.As(err, &bad) && bad.Row > 0 {
			bad.Want = onList + "; or the lists named, without this column"
		}
		if err != nil {
			return nil, err
		}
		for r, v := range on {
			switch v {
			case 0:
			case 1:
				rows[r] |= 1 << i
			default:
				wrong := fmt.Sprintf("%g is neither 0 nor 1", v)
				if math.IsNaN(v) {
					wrong = "it is missing"
				}
				return nil, t.Bad(r, name, wrong, onList)
			}
		}
	}
	if count == "" {
		return h, h.tally(t, rows)
	}
	return h, h.take(t, rows, count)
}

// tally counts records.
func (h *histories) tally(t *estimate.Table, rows []set) error {
	cells := make([]float64, 1<<len(h.lists))
	for r, w := range rows {
		switch {
		case w > 0:
		case h.chosen:
			h.outside++
		default:
			return t.Bad(r, "", "the person is on no list", "people who are on at least one list, or a count column")
		}
		cells[w]++
	}
	for w, n := range cells {
		if w > 0 && n > 0 {
			h.rows = append(h.rows, set(w))
			h.count = append(h.count, n)
		}
	}
	return h.enough(t)
}

// take reads counts, which stay in the order of the rows so that replicates can
// be given in the same order.
func (h *histories) take(t *estimate.Table, rows []set, count string) error {
	n, err := t.Numbers(count)
	if err != nil {
		return err
	}
	first := map[set]int{}
	for r, w := range rows {
		if w == 0 && !h.chosen {
			// The row of those on no list is often written with an empty count.
			if !math.IsNaN(n[r]) {
				return t.Bad(r, count, "the row is on no list", "no count there: it is what is being estimated")
			}
			continue
		}
		if math.IsNaN(n[r]) {
			return t.Bad(r, count, "it is missing", "a whole number; 0 when nobody was found with this history")
		}
		if n[r] < 0 || n[r] != math.Floor(n[r]) || n[r] > mostPeople {
			return t.Bad(r, count, fmt.Sprintf("%g is not a count", n[r]), "a whole number, 0 or more")
		}
		if w == 0 {
			h.outside += n[r]
			continue
		}
		if at, ok := first[w]; ok && !h.chosen {
			return t.Bad(r, "", fmt.Sprintf("the same history as row %d", at+2), "each history once")
		}
		first[w] = r
		h.rows = append(h.rows, w)
		h.count = append(h.count, n[r])
	}
	return h.enough(t)
}

func (h *histories) enough(t *estimate.Table) error {
	on := make([]float64, len(h.lists))
	total := 0.0
	for r, w := range h.rows {
		total += h.count[r]
		for i := range h.lists {
			if w>>i&1 == 1 {
				on[i] += h.count[r]
			}
		}
	}
	if total > mostPeople {
		return &estimate.InputError{File: t.Name, Wrong: fmt.Sprintf("there are %.0f people", total), Want: fmt.Sprintf("at most %.0f", float64(mostPeople))}
	}
	for i, n := range on {
		if n == 0 {
			return &estimate.InputError{File: t.Name, Column: h.lists[i], Wrong: "nobody is on this list", Want: "lists with people on them: take the column out"}
		}
	}
	return nil
}

// readReplicates reads bootstrap counts, a row a replicate, a column for each
// row of the data.
func readReplicates(t *estimate.Table, h *histories) ([][]float64, error) {
	if len(t.Header()) != len(h.rows) {
		return nil, &estimate.InputError{File: t.Name, Wrong: fmt.Sprintf("there are %d columns", len(t.Header())), Want: fmt.Sprintf("%d, one for each row of the data, in its order", len(h.rows))}
	}
	if t.Rows() == 0 {
		return nil, &estimate.InputError{File: t.Name, Wrong: "there are no replicates", Want: "a row for each replicate"}
	}
	all := make([]float64, t.Rows()*len(h.rows))
	out := make([][]float64, t.Rows())
	for r := range out {
		out[r] = all[r*len(h.rows) : (r+1)*len(h.rows)]
	}
	for j, name := range t.Header() {
		n, err := t.Numbers(name)
		if err != nil {
			return nil, err
		}
		for r, v := range n {
			if !(v >= 0 && v == math.Floor(v) && v <= mostPeople) {
				return nil, t.Bad(r, name, "it is not a count", "a whole number, 0 or more")
			}
			out[r][j] = v
		}
	}
	return out, nil
}

// without leaves one list out. Those who were only on it are no longer seen.
func (h *histories) without(list int) *histories {
	low := set(1)<<list - 1
	return h.regroup(append(append([]string{}, h.lists[:list]...), h.lists[list+1:]...), func(w set) set {
		return w&low | w>>1&^low
	})
}

// merged makes one list of two, i before j; nobody is lost.
func (h *histories) merged(i, j int) *histories {
	lists := append([]string{}, h.lists...)
	lists[i] += "+" + lists[j]
	lists = append(lists[:j], lists[j+1:]...)
	low := set(1)<<j - 1
	return h.regroup(lists, func(w set) set {
		w |= w >> j & 1 << i
		return w&low | w>>1&^low
	})
}

func (h *histories) regroup(lists []string, to func(set) set) *histories {
	cells := make([]float64, 1<<len(lists))
	for r, w := range h.rows {
		cells[to(w)] += h.count[r]
	}
	g := &histories{lists: lists}
	for w, n := range cells {
		if w > 0 && n > 0 {
			g.rows = append(g.rows, set(w))
			g.count = append(g.count, n)
		}
	}
	return g
}

// name writes a set of lists as in A:B.
func (h *histories) name(s set) string {
	name := ""
	for i, l := range h.lists {
		if s>>i&1 == 1 {
			if name != "" {
				name += ":"
			}
			name += l
		}
	}
	if name == "" {
		return "(intercept)"
	}
	return name
}

func (h *histories) names(sets []set) []string {
	out := make([]string, len(sets))
	for i, s := range sets {
		out[i] = h.name(s)
	}
	return out
}

// pairs returns all pairs of lists in the order (1,2), (1,3) … (2,3) …
func pairs(lists int) []set {
	var out []set
	for i := range lists {
		for j := i + 1; j < lists; j++ {
			out = append(out, 1<<i|1<<j)
		}
	}
	return out
}

// table is the data as the fits want it: by capture history, with the
// sufficient statistics.
type table struct {
	lists int
	n     []float64 // people by history; n[0], those never seen, is 0
	on    []float64 // on[s]: people on all lists of s, and maybe others; on[0] is everybody
	// The first step of iteratively reweighted least squares starts from
	// μ = n + 0.1, as R's glm does: weight is μ and working is μ times the
	// working response log μ + (n − μ)/μ.
	weight, working []float64
}

func newTable(lists int) *table {
	size := 1 << lists
	a := make([]float64, 4*size)
	return &table{lists, a[:size], a[size : 2*size], a[2*size : 3*size], a[3*size:]}
}

// fill takes the counts of h's rows, which may be those of a replicate.
func (t *table) fill(h *histories, count []float64) {
	clear(t.n)
	for r, w := range h.rows {
		t.n[w] += count[r]
	}
	copy(t.on, t.n)
	sumSupersets(t.on)
	t.weight[0], t.working[0] = 0, 0
	for w := 1; w < len(t.n); w++ {
		mu := t.n[w] + 0.1
		t.weight[w] = mu
		t.working[w] = mu*math.Log(mu) + t.n[w] - mu
	}
}

// sumSupersets replaces a[s] by the sum of a over all sets that contain s.
func sumSupersets(a []float64) {
	for half := 1; half < len(a); half *= 2 {
		for base := 0; base < len(a); base += 2 * half {
			low, high := a[base:base+half], a[base+half:base+2*half]
			for k := range low {
				low[k] += high[k]
			}
		}
	}
}

// sumSubsets replaces a[s] by the sum of a over all sets within s.
func sumSubsets(a []float64) {
	for half := 1; half < len(a); half *= 2 {
		for base := 0; base < len(a); base += 2 * half {
			low, high := a[base:base+half], a[base+half:base+2*half]
			for k := range high {
				high[k] += low[k]
			}
		}
	}
}

func order(s set) int { return bits.OnesCount32(s) }

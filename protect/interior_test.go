package protect

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// careless publishes tables in which small counts are hidden and some others by chance, which is often not enough.
func careless(t *testing.T, rng *rand.Rand, data *Table, least int64, hideZeros bool, tables ...[]string) []Frequency {
	t.Helper()
	c, err := newCube(data, tables, "n", "")
	if err != nil {
		t.Fatal(err)
	}
	hide := make([]bool, len(c.count))
	for i, n := range c.count {
		hide[i] = n > 0 && (n < least || rng.IntN(3) == 0) || n == 0 && hideZeros
	}
	var out []Frequency
	for i := range tables {
		out = append(out, c.frequency(i, "n", func(c2 int) *int64 {
			if hide[c2] {
				return nil
			}
			n := c.count[c2]
			return &n
		}))
	}
	return out
}

// tied publishes the margins of two or three columns and hides some counts of the inside, most of them small ones: what is known of those
// often follows from several equations at once and from none alone.
func tied(rng *rand.Rand, sizes ...int) []Frequency {
	k := len(sizes)
	f := Frequency{Count: "n", Total: "Total"}
	count := map[string]int64{}
	hidden := map[string]bool{}
	each := func(least int, do func(values []string)) {
		total := 1
		for _, n := range sizes {
			total *= n + 1 - least
		}
		for at := range total {
			values := make([]string, k)
			for j, n := range sizes {
				i := at%(n+1-least) + least
				at /= n + 1 - least
				if values[j] = fmt.Sprint("v", i); i == 0 {
					values[j] = f.Total
				}
			}
			do(values)
		}
	}
	for j := range sizes {
		f.By = append(f.By, fmt.Sprint("d", j))
	}
	each(1, func(values []string) {
		n := int64(10 + rng.IntN(30))
		if rng.IntN(3) == 0 {
			hidden[cellKey(f, values)] = true
			if rng.IntN(4) > 0 {
				n = int64(1 + rng.IntN(5))
			}
		}
		for set := range 1 << k {
			margin := slices.Clone(values)
			for j := range margin {
				if set>>j&1 != 0 {
					margin[j] = f.Total
				}
			}
			count[cellKey(f, margin)] += n
		}
	})
	each(0, func(values []string) {
		c := Cell{Values: values}
		if key := cellKey(f, values); !hidden[key] {
			n := count[key]
			c.Count = &n
		}
		f.Cells = append(f.Cells, c)
	})
	return []Frequency{f}
}

// verdict asks one of the two methods about every part, and returns which counts it knows to be under least.
func verdict(t *testing.T, tables []Frequency, hideZeros bool, least float64, ask func(*part) error) (small []bool, doubt bool) {
	t.Helper()
	k, err := newKnown(tables, AttackSpec{ZerosShown: !hideZeros})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range k.parts() {
		if err := ask(p); err == errStalled {
			doubt = true
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, up := range k.up {
		small = append(small, up < least-slack)
	}
	return small, doubt
}

// TestInside holds the walks to the simplex method, on tables that are safe and tables that are not.
func TestInside(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 1))
	safe, unsafe, doubts := 0, 0, 0
	for round := range 600 {
		sizes := [][]int{{5, 6}, {8, 9}, {4, 3, 3}, {5, 4, 4}, {4, 4, 3}}[round%5]
		data := counts(rng, sizes...)
		by := [][]string{data.header[:len(sizes)]}
		if round%5 == 4 {
			by = [][]string{{"d0", "d1"}, {"d1", "d2"}, {"d0", "d2"}}
		}
		hideZeros := round%4 == 3
		tables := careless(t, rng, data, 10, hideZeros, by...)
		if round%2 == 0 {
			tables, hideZeros = tied(rng, [][]int{{6, 6}, {8, 8}, {5, 5, 4}}[round%3]...), false
		}
		corners, doubt := verdict(t, tables, hideZeros, 10, func(p *part) error { return p.corners(t.Context(), 10) })
		if doubt {
			continue
		}
		inside, doubt := verdict(t, tables, hideZeros, 10, func(p *part) error { return p.inside(t.Context(), 10) })
		for i, is := range inside {
			if is && !corners[i] {
				t.Errorf("round %d: a count is said to be small that need not be", round)
			}
		}
		// Bounds carried from equation to equation are common to both; what they add is compared.
		alone, _ := verdict(t, tables, hideZeros, 10, func(*part) error { return nil })
		more := func(small []bool) bool {
			for i, is := range small {
				if is && !alone[i] {
					return true
				}
			}
			return false
		}
		switch {
		case doubt:
			doubts++
		case more(inside) != more(corners):
			t.Errorf("round %d: the simplex method finds small counts: %v, the walks %v", round, more(corners), more(inside))
		case more(corners):
			unsafe++
		default:
			safe++
		}
	}
	t.Logf("%d safe, %d not, %d in doubt", safe, unsafe, doubts)
	if safe < 100 || unsafe < 8 || doubts > 12 {
		t.Errorf("%d safe, %d not, %d in doubt: too few to tell, or too many in doubt", safe, unsafe, doubts)
	}
}

// TestAttackEnumerated holds the attack to all tables of whole numbers that fit, one after the other. In two columns the bounds are
// the same; in three whole numbers may be narrower, never wider.
func TestAttackEnumerated(t *testing.T) {
	rng := rand.New(rand.NewPCG(32, 1))
	exact, open := 0, 0
	for round := range 120 {
		sizes := [][]int{{3, 3}, {2, 4}, {2, 2, 3}}[round%3]
		data := counts(rng, sizes...)
		tables := careless(t, rng, data, 4, false, data.header[:len(sizes)])
		k, err := newKnown(tables, AttackSpec{ZerosShown: true})
		if err != nil {
			t.Fatal(err)
		}
		most := slices.Clone(k.low)
		fits := 0
		var fill func(k known)
		fill = func(k known) {
			if k.carry() != nil || fits > 20_000 {
				return
			}
			at := -1
			for i := range k.low {
				if math.IsInf(k.up[i], 1) {
					fits = math.MaxInt
					return
				}
				if k.low[i] < k.up[i] && at < 0 {
					at = i
				}
			}
			if at < 0 {
				fits++
				for i, v := range k.low {
					most[i] = max(most[i], v)
				}
				return
			}
			for v := k.low[at]; v <= k.up[at]; v++ {
				next := known{eq: k.eq, low: slices.Clone(k.low), up: slices.Clone(k.up)}
				next.low[at], next.up[at] = v, v
				fill(next)
			}
		}
		fill(known{eq: k.eq, low: slices.Clone(k.low), up: slices.Clone(k.up)})
		if fits > 20_000 {
			continue // without end, or too many
		}
		bounds, err := Attack(t.Context(), tables, AttackSpec{ZerosShown: true})
		if err != nil {
			t.Fatal(err)
		}
		small, _ := verdict(t, tables, false, 4, func(p *part) error { return p.inside(t.Context(), 4) })
		for i, b := range bounds {
			if small[i] && most[i] >= 4 {
				t.Errorf("round %d: %v can be %v, and the walks say that it is small", round, b.Cell, most[i])
			}
			if float64(b.Up) < most[i]-slack || len(sizes) == 2 && float64(b.Up) > most[i]+slack {
				t.Errorf("round %d: %v can be %v at most, the attack says %v", round, b.Cell, most[i], b.Up)
			}
			if k.low[i] < k.up[i] {
				open++
			}
		}
		exact++
	}
	if exact < 60 || open < 100 {
		t.Errorf("%d tables were looked at, with %d counts that were open: too few", exact, open)
	}
}

// TestInsideImpossible: tables that no counts fit are found out, though every equation by itself could hold.
func TestInsideImpossible(t *testing.T) {
	// a+b = 1, b+c = 1, a+c = 3, none under 0.
	eq := []equation{{[]int32{0, 1}, []float64{1, 1}, 1}, {[]int32{1, 2}, []float64{1, 1}, 1}, {[]int32{0, 2}, []float64{1, 1}, 3}}
	k := &known{cells: make([][]Pair, 3), eq: eq, low: []float64{0, 0, 0}, up: []float64{9, 9, 9}}
	for _, p := range k.parts() {
		if err := p.inside(t.Context(), 2); !errors.Is(err, errInfeasible) {
			t.Errorf("the walks say %v", err)
		}
		if err := p.corners(t.Context(), 2); !errors.Is(err, errInfeasible) {
			t.Errorf("the simplex method says %v", err)
		}
	}
}

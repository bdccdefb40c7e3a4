package protect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// counts makes a table of skewed counts with many small ones.
func counts(rng *rand.Rand, sizes ...int) *Table {
	header := []string{}
	total := 1
	for i, n := range sizes {
		header = append(header, fmt.Sprintf("d%d", i))
		total *= n
	}
	header = append(header, "n")
	var rows [][]string
	for at := range total {
		row := []string{}
		rest := at
		weight := 1.0
		for _, n := range sizes {
			row = append(row, fmt.Sprintf("v%d", rest%n))
			weight *= 1.6 / (1 + float64(rest%n)/3)
			rest /= n
		}
		x := int(rng.ExpFloat64() * 18 * weight)
		rows = append(rows, append(row, fmt.Sprint(x)))
	}
	t, err := NewTable("counts", header, rows)
	if err != nil {
		panic(err)
	}
	return t
}

// attacked checks a release with the attacker's own program, which sees the published tables alone.
func attacked(t *testing.T, tables []Frequency, spec SuppressSpec, true_ map[string]int64) {
	t.Helper()
	bounds, err := Attack(t.Context(), tables, AttackSpec{ZerosShown: !spec.HideZeros})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bounds {
		slices.SortFunc(b.Cell, comparePair)
		x := true_[selectionText(b.Cell)]
		if float64(b.Low) > float64(x)+1e-6 || float64(b.Up) < float64(x)-1e-6 {
			t.Fatalf("%v: bounds %v to %v leave out the truth %d: the attacker is wrong", b.Cell, b.Low, b.Up, x)
		}
		if x >= int64(spec.Min) {
			continue
		}
		if float64(b.Up) < float64(spec.Min)-1e-6 {
			t.Errorf("%v is %d and can be known to be %v at most", b.Cell, x, b.Up)
		}
		if float64(b.Low) > 1+1e-6 && float64(b.Low) > float64(nonEmpty(b.Cell, tables, true_))+1e-6 {
			t.Errorf("%v is %d and can be known to be %v at least", b.Cell, x, b.Low)
		}
	}
}

// nonEmpty counts the innermost cells of a table that are part of cell and not empty.
func nonEmpty(cell []Pair, tables []Frequency, counts map[string]int64) int {
	most := 0
	for _, f := range tables {
		n := 0
	cells:
		for _, c := range f.Cells {
			for j, v := range c.Values {
				if v == f.Total {
					continue cells
				}
				for _, p := range cell {
					if p.Column == f.By[j] && p.Value != v {
						continue cells
					}
				}
			}
			if counts[cellKey(f, c.Values)] > 0 {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// truth counts every cell of the tables, by the plainest route.
func truth(t *testing.T, data *Table, tables []Frequency, count string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for i := range data.Rows() {
		row := data.Row(i)
		n := int64(1)
		held := map[string]string{}
		for j, h := range data.header {
			if h == count {
				fmt.Sscan(row[j], &n)
				continue
			}
			if held[h] = row[j]; row[j] == "" {
				held[h] = missingLabel
			}
		}
		seen := map[string]bool{}
		for _, f := range tables {
			for set := range 1 << len(f.By) {
				values := []string{}
				for b, h := range f.By {
					if set&(1<<b) != 0 {
						values = append(values, held[h])
					} else {
						values = append(values, f.Total)
					}
				}
				if key := cellKey(f, values); !seen[key] {
					seen[key] = true
					out[key] += n
				}
			}
		}
	}
	return out
}

func TestSuppressAgainstAttacker(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for round := range 60 {
		sizes := [][]int{{4, 5}, {6, 7}, {3, 3, 3}, {5, 4, 3}, {8}, {2, 2}, {2, 3, 2, 2}}[round%7]
		data := counts(rng, sizes...)
		spec := SuppressSpec{Tables: [][]string{data.header[:len(sizes)]}, Count: "n", Min: 3 + rng.IntN(10), HideZeros: round%3 == 0}
		p, err := Suppress(t.Context(), data, spec)
		if err != nil {
			t.Fatalf("round %d %v: %v", round, sizes, err)
		}
		want := truth(t, data, p.Tables, "n")
		checkShown(t, p, spec, want)
		attacked(t, p.Tables, spec, want)
	}
}

// checkShown checks that what is shown is true and not small.
func checkShown(t *testing.T, p *Protected, spec SuppressSpec, want map[string]int64) {
	t.Helper()
	for _, f := range p.Tables {
		for _, c := range f.Cells {
			x := want[cellKey(f, c.Values)]
			if c.Count == nil {
				continue
			}
			if *c.Count != x {
				t.Errorf("%v shows %d, truth %d", c.Values, *c.Count, x)
			}
			if x > 0 && x < int64(spec.Min) || x == 0 && spec.HideZeros {
				t.Errorf("%v shows %d, under %d", c.Values, x, spec.Min)
			}
		}
	}
}

// Few records, so that nearly every count is small and even the total may be.
func TestSuppressSparse(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 1))
	refused := 0
	for round := range 30 {
		data := randomTable(rng, 1+rng.IntN(40), 1+rng.IntN(2))
		spec := SuppressSpec{Tables: [][]string{data.header}, Min: 2 + rng.IntN(8), HideZeros: round%2 == 0}
		p, err := Suppress(t.Context(), data, spec)
		if errors.Is(err, ErrUnprotectable) {
			refused++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		want := truth(t, data, p.Tables, "")
		checkShown(t, p, spec, want)
		attacked(t, p.Tables, spec, want)
	}
	if refused > 0 {
		t.Errorf("%d of 30 refused", refused)
	}
}

func TestSuppressLinked(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for round := range 20 {
		data := counts(rng, 4, 5, 3)
		spec := SuppressSpec{Tables: [][]string{{"d0", "d1"}, {"d0", "d2"}}, Count: "n", Min: 10}
		if round%2 == 1 {
			spec.Tables = append(spec.Tables, []string{"d1", "d2"})
		}
		p, err := Suppress(t.Context(), data, spec)
		if err != nil {
			t.Fatal(err)
		}
		want := truth(t, data, p.Tables, "n")
		checkShown(t, p, spec, want)
		attacked(t, p.Tables, spec, want)
	}
}

func TestSuppressAfterEarlierRelease(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	tested := 0
	for range 20 {
		data := counts(rng, 4, 5, 3)
		first := SuppressSpec{Tables: [][]string{{"d0", "d1"}}, Count: "n", Min: 10}
		p1, err := Suppress(t.Context(), data, first)
		if err != nil {
			t.Fatal(err)
		}
		second := SuppressSpec{Tables: [][]string{{"d1", "d2"}, {"d0", "d2"}}, Count: "n", Min: 10, Earlier: []EarlierTable{{Table: &p1.Tables[0]}}}
		p2, err := Suppress(t.Context(), data, second)
		if errors.Is(err, ErrUnprotectable) {
			continue // refused, which is safe too
		}
		if err != nil {
			t.Fatal(err)
		}
		tested++
		all := append(p1.Tables, p2.Tables...)
		want := truth(t, data, all, "n")
		checkShown(t, p2, second, want)
		attacked(t, all, second, want)
	}
	if tested < 10 {
		t.Errorf("only %d second releases of 20 were possible", tested)
	}
}

// One record more, and the same table again: the reader who subtracts must learn nothing.
func TestSuppressDifferencing(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	refused := 0
	for range 20 {
		old := counts(rng, 4, 5)
		var rows [][]string
		for i := range old.Rows() {
			row := old.Row(i)
			if rng.IntN(5) == 0 {
				var n int
				fmt.Sscan(row[2], &n)
				row[2] = fmt.Sprint(n + 1 + rng.IntN(30))
			}
			rows = append(rows, row)
		}
		data, err := NewTable("now", old.header, rows)
		if err != nil {
			t.Fatal(err)
		}
		by := [][]string{{"d0", "d1"}}
		p1, err := Suppress(t.Context(), old, SuppressSpec{Tables: by, Count: "n", Min: 10})
		if err != nil {
			t.Fatal(err)
		}
		p2, err := Suppress(t.Context(), data, SuppressSpec{Tables: by, Count: "n", Min: 10, Earlier: []EarlierTable{{&p1.Tables[0], old}}})
		if errors.Is(err, ErrUnprotectable) {
			refused++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		// The simplest attacker subtracts what is shown both times.
		before := map[string]int64{}
		for _, c := range p1.Tables[0].Cells {
			if c.Count != nil {
				before[strings.Join(c.Values, ",")] = *c.Count
			}
		}
		for _, c := range p2.Tables[0].Cells {
			was, ok := before[strings.Join(c.Values, ",")]
			if c.Count == nil || !ok {
				continue
			}
			if d := *c.Count - was; d != 0 && d < 10 && d > -10 {
				t.Errorf("%v shows a change of %d", c.Values, d)
			}
		}
	}
	if refused > 5 {
		t.Errorf("%d of 20 refused", refused)
	}
}

func TestSuppressRefuses(t *testing.T) {
	csv := "a,b,n\nx,p,4\nx,q,20\ny,p,30\nTotal,p,34\n"
	read := func(text string) *Table {
		data, err := ReadTable(strings.NewReader(text), "t.csv", ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	ok := SuppressSpec{Tables: [][]string{{"a", "b"}}, Count: "n", Min: 10}
	if _, err := Suppress(t.Context(), read(csv), ok); err != nil {
		t.Errorf("margins that add: %v", err)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"margin", strings.Replace(csv, "p,34", "p,35", 1), `t.csv: row 5, column "n": the margin says 35 and its parts add to 34; want margins that add, or no margins`},
		{"negative", strings.Replace(csv, "p,4", "p,-4", 1), `t.csv: row 2, column "n": "-4" is not a count; want a whole number from 0`},
		{"missing", strings.Replace(csv, "p,4", "p,", 1), `t.csv: row 2, column "n": the count is missing; want a whole number from 0`},
		{"column", strings.Replace(csv, "a,b,n", "a,c,n", 1), `t.csv: column "b": there is no such column; want one of "a", "c", "n"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Suppress(t.Context(), read(tt.text), ok)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestFrequencyFormat(t *testing.T) {
	data, err := ReadTable(strings.NewReader("a,b\nx,p\nx,p\nx,q\ny,p\ny,p\ny,q\ny,q\n"), "t", ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Suppress(t.Context(), data, SuppressSpec{Tables: [][]string{{"a", "b"}}, Min: 2})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Tables[0].WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if !strings.HasPrefix(text, "a,b,count,status\nTotal,Total,7,A\n") || !strings.Contains(text, "x,q,,Q\n") {
		t.Errorf("got\n%s", text)
	}
	back, err := ReadFrequency(&b, "back", "")
	if err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(back)
	y, _ := json.Marshal(p.Tables[0])
	if !bytes.Equal(x, y) {
		t.Errorf("%s came back as %s", y, x)
	}
}

// The attacker of these tests has teeth: where small counts alone are hidden, it finds them.
func TestAttackFindsUnprotected(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	broken := 0
	for range 10 {
		data := counts(rng, 5, 6)
		p, err := Suppress(t.Context(), data, SuppressSpec{Tables: [][]string{{"d0", "d1"}}, Count: "n", Min: 10})
		if err != nil {
			t.Fatal(err)
		}
		want := truth(t, data, p.Tables, "n")
		f := p.Tables[0]
		for i, c := range f.Cells {
			if x := want[cellKey(f, c.Values)]; x >= 10 {
				f.Cells[i].Count = &x
			}
		}
		bounds, err := Attack(t.Context(), []Frequency{f}, AttackSpec{ZerosShown: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bounds {
			if float64(b.Up-b.Low) < 1e-6 {
				if x := want[selectionText(b.Cell)]; float64(x)-float64(b.Low) > 1e-6 {
					t.Errorf("%v found to be %v, truth %d", b.Cell, b.Low, x)
				}
				broken++
				break
			}
		}
	}
	if broken < 5 {
		t.Errorf("the attacker found a count in %d tables of 10", broken)
	}
}

// The reader with both releases solves for now, then and what came since together.
func TestSuppressSeriesAgainstAttacker(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 4))
	tested := 0
	for round := range 24 {
		sizes := [][]int{{4, 5}, {3, 3, 2}, {6, 4}}[round%3]
		old := counts(rng, sizes...)
		d := len(sizes)
		var rows [][]string
		for i := range old.Rows() {
			row := old.Row(i)
			if rng.IntN(3) > 0 {
				var n int
				fmt.Sscan(row[d], &n)
				step := rng.IntN(40)
				if round%4 == 3 && rng.IntN(8) == 0 {
					step = -min(n, rng.IntN(6)) // counts that fell, as corrections do
				}
				row[d] = fmt.Sprint(n + step)
			}
			rows = append(rows, row)
		}
		data, err := NewTable("now", old.header, rows)
		if err != nil {
			t.Fatal(err)
		}
		spec := SuppressSpec{Tables: [][]string{old.header[:d]}, Count: "n", Min: 8}
		p1, err := Suppress(t.Context(), old, spec)
		if err != nil {
			t.Fatal(err)
		}
		spec.Earlier = []EarlierTable{{&p1.Tables[0], old}}
		p2, err := Suppress(t.Context(), data, spec)
		if errors.Is(err, ErrUnprotectable) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		tested++
		series(t, p1.Tables[0], p2.Tables[0], truth(t, old, p1.Tables, "n"), truth(t, data, p2.Tables, "n"), 8)
	}
	if tested < 12 {
		t.Errorf("only %d second releases of 24 were possible", tested)
	}
}

// series attacks two releases by one linear program: the unknowns of each, with what came since as the
// difference, which is not negative unless something shown fell.
func series(t *testing.T, then, now Frequency, was, is map[string]int64, least int64) {
	t.Helper()
	a, err := newKnown([]Frequency{then}, AttackSpec{ZerosShown: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := newKnown([]Frequency{now}, AttackSpec{ZerosShown: true})
	if err != nil {
		t.Fatal(err)
	}
	cells := [][]string{} // sorted selections of every cell, with its columns
	shown := [2]map[string]int64{{}, {}}
	fell := false
	for i, f := range []Frequency{then, now} {
		for _, c := range f.Cells {
			key := cellKey(f, c.Values)
			if i == 1 {
				cells = append(cells, []string{key})
			}
			if c.Count != nil {
				shown[i][key] = *c.Count
			}
		}
	}
	for key := range is {
		fell = fell || is[key] < was[key]
	}
	if fell {
		return // the simple attacker's test covers it: without a bound each way the program is unbounded
	}
	at := func(p *known, key string) int {
		for i, c := range p.cells {
			if selectionText(c) == key {
				return i
			}
		}
		return -1
	}
	// Hidden counts are counted from 1.
	na, nb := len(a.cells), len(b.cells)
	p := &attack{n: na + nb + len(cells)}
	for i, src := range []*known{a, b} {
		for _, e := range src.eq {
			row := make([]float64, p.n+1)
			row[p.n] = e.right
			for j, at := range e.at {
				row[i*na+int(at)] = e.sign[j]
				row[p.n] -= e.sign[j]
			}
			p.rows = append(p.rows, row)
		}
	}
	for i, c := range cells { // since − now + then = 0
		row := make([]float64, p.n+1)
		row[na+nb+i] = 1
		for k, src := range []*known{a, b} {
			sign := float64(1 - 2*k)
			if u := at(src, c[0]); u >= 0 {
				row[k*na+u] = sign
				row[p.n] -= sign
			} else {
				row[p.n] -= sign * float64(shown[k][c[0]])
			}
		}
		p.rows = append(p.rows, row)
	}
	if err := p.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	bound := func(unknown int, floor float64) (low, up float64) {
		up, err := p.extreme(t.Context(), unknown, 1)
		if err != nil {
			t.Fatal(err)
		}
		low, err = p.extreme(t.Context(), unknown, -1)
		if err != nil {
			t.Fatal(err)
		}
		return low + floor, up + floor
	}
	test := func(what, key string, unknown int, floor float64, x int64) {
		t.Helper()
		if x <= 0 || x >= least {
			return
		}
		low, up := bound(unknown, floor)
		if up < float64(least)-1e-6 {
			t.Errorf("%s in %q is %d and can be known to be %v at most", what, key, x, up)
		}
		if low > 1+1e-6 && low > float64(x)-0.5 {
			t.Errorf("%s in %q is %d and can be known to be %v at least", what, key, x, low)
		}
	}
	for i, c := range cells {
		if u := at(b, c[0]); u >= 0 {
			test("the count now", c[0], na+u, 1, is[c[0]])
		}
		test("the change", c[0], na+nb+i, 0, is[c[0]]-was[c[0]])
	}
}

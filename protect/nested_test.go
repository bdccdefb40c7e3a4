package protect

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// districts makes counts by year, region and district, where each district lies in one region.
func districts(rng *rand.Rand, regions, each, years int) *Table {
	var rows [][]string
	for y := range years {
		for r := range regions {
			for d := range each {
				n := int(rng.ExpFloat64() * 14 / float64(1+d))
				rows = append(rows, []string{fmt.Sprint(2020 + y), fmt.Sprintf("R%d", r), fmt.Sprintf("R%dD%d", r, d), fmt.Sprint(n)})
			}
		}
	}
	t, err := NewTable("districts", []string{"year", "region", "district", "n"}, rows)
	if err != nil {
		panic(err)
	}
	return t
}

// Districts in regions, in one table: it is safe by the attacker's own program, every region's and the whole total can be shown as
// long as they are large, and nobody is told that districts lie in regions.
func TestSuppressNested(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 5))
	for range 6 {
		data := districts(rng, 3+rng.IntN(3), 3+rng.IntN(4), 1+rng.IntN(3))
		spec := SuppressSpec{Tables: [][]string{{"year", "region", "district"}}, Count: "n", Min: 5}
		p, err := Suppress(t.Context(), data, spec)
		if err != nil {
			t.Fatal(err)
		}
		attacked(t, p.Tables, spec, truth(t, data, p.Tables, "n"))
		if total := p.Tables[0].Cells[0]; total.Count == nil {
			t.Errorf("the whole total is hidden")
		}
		for _, g := range p.Group {
			if g.Column == "region" && slices.ContainsFunc(g.Cell, func(p Pair) bool { return p.Column == "district" }) {
				t.Errorf("everybody in %v is in %s: that is known", g.Cell, g.Value)
			}
		}
	}
}

// Regions in one table and districts in another: the reader has a map, and so holds both against each other.
func TestSuppressNestedApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(18, 5))
	hidden := 0
	for range 12 {
		data := districts(rng, 3+rng.IntN(2), 2+rng.IntN(3), 2)
		spec := SuppressSpec{Tables: [][]string{{"year", "region"}, {"year", "district"}}, Count: "n", Min: 5}
		p, err := Suppress(t.Context(), data, spec)
		if err != nil {
			t.Fatal(err)
		}
		// What the map adds: a table of both, in which a district is nowhere but in its region.
		both := Frequency{By: []string{"year", "region", "district"}, Count: "n", Total: "Total"}
		zero := int64(0)
		for _, c := range p.Tables[0].Cells {
			both.Cells = append(both.Cells, Cell{Values: []string{c.Values[0], c.Values[1], "Total"}, Count: c.Count})
		}
		for _, c := range p.Tables[1].Cells {
			if c.Values[1] == "Total" {
				continue
			}
			at := c.Values[1]
			for _, r := range append([]string{"Total"}, data.columns[1].values[1:]...) {
				n := c.Count
				if r != "Total" && !strings.HasPrefix(at, r) {
					n = &zero
				}
				both.Cells = append(both.Cells, Cell{Values: []string{c.Values[0], r, at}, Count: n})
			}
		}
		r, err := TableRisk(t.Context(), []Frequency{both}, TableRiskSpec{Min: 5, ZerosShown: true})
		if err != nil {
			t.Fatal(err)
		}
		if finding(r, "attack") != "passed" || finding(r, "margins") != "passed" {
			t.Errorf("with a map: %+v", r.Findings)
		}
		hidden += p.Primary
	}
	if hidden < 20 {
		t.Errorf("only %d small counts in all", hidden)
	}
}

// A value that the earlier data have and those of now have not is an empty cell now.
func TestSuppressValueThatWent(t *testing.T) {
	then := districts(rand.New(rand.NewPCG(19, 5)), 3, 3, 1)
	spec := SuppressSpec{Tables: [][]string{{"district"}}, Count: "n", Min: 5}
	first, err := Suppress(t.Context(), then, spec)
	if err != nil {
		t.Fatal(err)
	}
	now := then.take([]int{0, 1, 2, 3, 4, 5, 6, 7})
	spec.Earlier = []EarlierTable{{Table: &first.Tables[0], Data: then}}
	if _, err := Suppress(t.Context(), now, spec); err != nil {
		t.Error(err)
	}
}

// moved returns the data with so many more people in a district.
func moved(t *testing.T, data *Table, more map[string]int) *Table {
	t.Helper()
	var rows [][]string
	for i := range data.Rows() {
		row := data.Row(i)
		n, _ := strconv.Atoi(row[3])
		row[3] = fmt.Sprint(n + more[row[2]])
		rows = append(rows, row)
	}
	now, err := NewTable("now", data.header, rows)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// Districts were published, then people came, and regions are published, or the other way round. With a map the reader adds the
// districts up and subtracts.
func TestSuppressNestedSince(t *testing.T) {
	for _, by := range [][2][]string{
		{{"district"}, {"region"}},
		{{"year", "district"}, {"year", "region"}},
		{{"region"}, {"district"}},
		{{"year", "region"}, {"district", "year"}},
	} {
		rng := rand.New(rand.NewPCG(20, 5))
		succeeds, refused := 0, 0
		for round := range 20 {
			// In every other round two districts of one region may be small, and their sum still follows from the total.
			large := map[string]int{}
			then := districts(rng, 4, 3, len(by[0]))
			for i := range then.Rows() {
				if at := then.Row(i)[2]; round%2 == 0 || at != "R0D1" && at != "R0D2" {
					large[at] = 30
				}
			}
			then = moved(t, then, large)
			first, err := Suppress(t.Context(), then, SuppressSpec{Tables: by[:1], Count: "n", Min: 5})
			if err != nil {
				t.Fatal(err)
			}
			now := moved(t, then, map[string]int{"R0D0": 1 + rng.IntN(4), "R1D1": 20, "R2D0": rng.IntN(40), "R3D2": 60})
			spec := SuppressSpec{Tables: by[1:], Count: "n", Min: 5, Earlier: []EarlierTable{{Table: &first.Tables[0], Data: then}}}
			risk := TableRiskSpec{Min: 5, ZerosShown: true, Changed: first.Tables, Within: Nested(now, "n", "", "region", "district", "year")}
			p, err := Suppress(t.Context(), now, spec)
			if errors.Is(err, ErrUnprotectable) {
				refused++
			} else if err != nil {
				t.Fatal(err)
			} else if r, err := TableRisk(t.Context(), p.Tables, risk); err != nil || finding(r, "differencing") != "passed" {
				t.Errorf("%v, round %d: %+v, %v", by, round, r, err)
			}
			// Had nobody looked at the map, the difference would be there to see.
			spec.Earlier = nil
			alone, err := Suppress(t.Context(), now, spec)
			if err != nil {
				t.Fatal(err)
			}
			r, err := TableRisk(t.Context(), alone.Tables, risk)
			if err != nil {
				t.Fatal(err)
			}
			if finding(r, "differencing") == "failed" {
				succeeds++
			}
			risk.Within = nil
			if r, err = TableRisk(t.Context(), alone.Tables, risk); err != nil || len(by[0]) == 1 && finding(r, "differencing") != "passed" {
				t.Errorf("%v, round %d, without a map: %+v, %v", by, round, r, err)
			}
		}
		t.Logf("%v: the attack succeeds in %d of 20 where nothing is done; %d are refused", by, succeeds, refused)
		if succeeds < 12 || refused > 4 {
			t.Errorf("%v: the attack succeeds in %d of 20 where nothing is done; %d are refused", by, succeeds, refused)
		}
	}
}

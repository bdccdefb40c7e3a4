package protect

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func finding(r *TableReport, code string) string {
	for _, f := range r.Findings {
		if f.Code == code {
			return f.Result
		}
	}
	return "absent"
}

func TestTableRisk(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 5))
	data := counts(rng, 12, 8, 3)
	spec := SuppressSpec{Tables: [][]string{{"d0", "d1", "d2"}}, Count: "n", Min: 10}
	p, err := Suppress(t.Context(), data, spec)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	r, err := TableRisk(t.Context(), p.Tables, TableRiskSpec{Min: 10, ZerosShown: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d cells, %d small, %d more hidden; attacked in %v", p.Cells, p.Primary, p.Secondary, time.Since(start))
	if !r.Safe || finding(r, "attack") != "passed" || finding(r, "margins") != "passed" {
		t.Errorf("%+v", r.Findings)
	}
	// One of the cells hidden for the others' sake is shown again: by the last pass none is superfluous.
	want := truth(t, data, p.Tables, "n")
	f := p.Tables[0]
	caught, tried := 0, 0
	for i, c := range f.Cells {
		x := want[cellKey(f, c.Values)]
		if c.Count != nil || x < 10 || tried == 12 {
			continue
		}
		tried++
		f.Cells[i].Count = &x
		if r, err = TableRisk(t.Context(), p.Tables, TableRiskSpec{Min: 10, ZerosShown: true}); err != nil {
			t.Fatal(err)
		}
		if !r.Safe {
			caught++
		}
		f.Cells[i].Count = nil
	}
	t.Logf("showing one more cell: %d of %d break", caught, tried)
	if tried > 0 && caught == 0 {
		t.Error("every cell hidden for others could have been shown")
	}
	// A shown count that was changed no longer adds up.
	for i, c := range f.Cells {
		if c.Count != nil && *c.Count > 50 {
			x := *c.Count + 1
			f.Cells[i].Count = &x
			break
		}
	}
	if r, err = TableRisk(t.Context(), p.Tables, TableRiskSpec{Min: 10, ZerosShown: true}); err != nil || r.Safe {
		t.Errorf("a changed count: safe %v, error %v", r.Safe, err)
	}
}

func TestTableRiskDifferencing(t *testing.T) {
	n := func(x int64) *int64 { return &x }
	f := func(a, b int64) Frequency {
		return Frequency{By: []string{"a"}, Count: "n", Total: "Total", Cells: []Cell{
			{[]string{"Total"}, n(a + b), "A"}, {[]string{"x"}, n(a), "A"}, {[]string{"y"}, n(b), "A"}}}
	}
	r, err := TableRisk(t.Context(), []Frequency{f(20, 31)}, TableRiskSpec{Min: 10, ZerosShown: true, Changed: []Frequency{f(20, 30)}})
	if err != nil || r.Safe || finding(r, "differencing") != "failed" {
		t.Errorf("one person more: %+v, %v", r, err)
	}
	if r, err = TableRisk(t.Context(), []Frequency{f(20, 50)}, TableRiskSpec{Min: 10, ZerosShown: true, Changed: []Frequency{f(20, 30)}}); err != nil || !r.Safe {
		t.Errorf("twenty people more: %+v, %v", r, err)
	}
	if r, err = TableRisk(t.Context(), []Frequency{f(0, 50)}, TableRiskSpec{Min: 10, ZerosShown: true}); err != nil || finding(r, "group_disclosure") != "noted" {
		t.Errorf("a group of one value: %+v, %v", r, err)
	}
}

// Twenty and thirty were in the districts of X, and forty in Y. Now X has fifty-three: three came.
func TestTableRiskMap(t *testing.T) {
	table := func(by string, shown map[string]int64, hidden ...string) Frequency {
		f := Frequency{By: []string{by}, Count: "n", Total: "Total"}
		for v, n := range shown {
			f.Cells = append(f.Cells, Cell{[]string{v}, &n, "A"})
		}
		for _, v := range hidden {
			f.Cells = append(f.Cells, Cell{[]string{v}, nil, "Q"})
		}
		return f
	}
	within := []Nesting{{"district", "region", map[string]string{"a": "X", "b": "X", "c": "Y", "d": "Y"}}}
	for _, tt := range []struct {
		name      string
		then, now Frequency
		want      string
	}{
		{"three came", table("district", map[string]int64{"a": 20, "b": 30, "c": 40, "d": 0, "Total": 90}), table("region", map[string]int64{"X": 53, "Y": 60, "Total": 113}), "failed"},
		{"twenty came", table("district", map[string]int64{"a": 20, "b": 30, "c": 40, "d": 0, "Total": 90}), table("region", map[string]int64{"X": 50, "Y": 60, "Total": 110}), "passed"},
		{"a and b are hidden, their sum follows", table("district", map[string]int64{"c": 40, "d": 0, "Total": 90}, "a", "b"), table("region", map[string]int64{"X": 53, "Y": 60, "Total": 113}), "failed"},
		{"a and c are hidden, and no sum follows", table("district", map[string]int64{"b": 30, "d": 0, "Total": 90}, "a", "c"), table("region", map[string]int64{"X": 53, "Y": 60, "Total": 113}), "passed"},
		{"regions first", table("region", map[string]int64{"X": 53, "Y": 60, "Total": 113}), table("district", map[string]int64{"a": 20, "b": 30, "c": 40, "d": 0, "Total": 90}), "failed"},
		{"nobody was in b then", table("district", map[string]int64{"a": 20, "c": 40, "d": 0}), table("region", map[string]int64{"X": 23, "Y": 60, "Total": 83}), "failed"},
	} {
		r, err := TableRisk(t.Context(), []Frequency{tt.now}, TableRiskSpec{Min: 10, ZerosShown: true, Changed: []Frequency{tt.then}, Within: within})
		if err != nil || finding(r, "differencing") != tt.want {
			t.Errorf("%s: %+v, %v; want %s", tt.name, r, err, tt.want)
		}
	}
}

func TestLongForm(t *testing.T) {
	data, err := ReadTable(strings.NewReader("A,B\na1;a2,1\n,2\na2,\n"), "t", ReadOptions{})
	if err == nil {
		data, err = data.SplitValues("A", ";")
	}
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := data.WriteLong(&b, ','); err != nil {
		t.Fatal(err)
	}
	want := "Id,Attribute,Value,AttributeValue\n0,A_a1,1,A_a1:1\n0,A_a2,1,A_a2:1\n0,B,1,B:1\n1,A_a1,,A_a1:\n1,A_a2,,A_a2:\n1,B,2,B:2\n2,A_a1,,A_a1:\n2,A_a2,1,A_a2:1\n2,B,,B:\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// More hidden counts than can be attacked are said to be so, and are not called unsafe.
func TestTableRiskTooLarge(t *testing.T) {
	p, err := Suppress(t.Context(), counts(rand.New(rand.NewPCG(2, 2)), 6, 5), SuppressSpec{Tables: [][]string{{"d0", "d1"}}, Count: "n", Min: 10})
	if err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int]string{1: "not possible", 1000: "passed"} {
		r, err := TableRisk(t.Context(), p.Tables, TableRiskSpec{Min: 10, ZerosShown: true, Most: most})
		if err != nil || finding(r, "attack") != want || !r.Safe {
			t.Errorf("at most %d: %+v, %v; want the attack %s", most, r, err, want)
		}
	}
}

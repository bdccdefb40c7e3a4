package protect

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"
)

func result(r *Report, code string) string {
	for _, f := range r.Findings {
		if f.Code == code {
			return f.Result
		}
	}
	return "absent"
}

func TestRiskOfSynthesis(t *testing.T) {
	data := some(load(t, "fictional_cases"), 8000)
	make := MakeSynthesis(SynthesisSpec{K: 10})
	rows, err := make(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Risk(t.Context(), rows, RiskSpec{K: 10, Sensitive: data, Make: make, Earlier: []*Table{data}})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Safe {
		t.Errorf("the synthesis is not safe: %+v", r.Findings)
	}
	for _, code := range []string{"rare_combinations", "copies", "membership", "attribute_inference", "differencing"} {
		if got := result(r, code); got != "passed" {
			t.Errorf("%s: %s, want passed", code, got)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

// some is the first records of a file, since the tests also run with the race detector.
func some(t *Table, n int) *Table {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return t.take(rows)
}

// The worst release is the data itself; each attack has to see it.
func TestRiskOfTheDataItself(t *testing.T) {
	data := some(load(t, "fictional_cases"), 4000)
	same := func(_ context.Context, part *Table) (*Table, error) { return part, nil }
	r, err := Risk(t.Context(), data, RiskSpec{K: 10, Sensitive: data, Make: same})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"rare_combinations", "copies", "membership", "attribute_inference"} {
		if got := result(r, code); got != "failed" {
			t.Errorf("%s: %s, want failed", code, got)
		}
	}
	if r.Safe || r.Copies.OfUnique != r.Data.UniqueRows {
		t.Errorf("safe %v, %d copies of %d unique rows", r.Safe, r.Copies.OfUnique, r.Data.UniqueRows)
	}
	// Without the data to compare with, its own uniques stop it.
	if r, err = Risk(t.Context(), data, RiskSpec{K: 10}); err != nil || r.Safe {
		t.Errorf("alone: %v, error %v", r.Safe, err)
	}
	if got := result(r, "membership"); got != "not possible" {
		t.Errorf("membership without the data: %s", got)
	}
}

// Records that were kept out do as well as a way to make the file again.
func TestRiskHeldOut(t *testing.T) {
	all := some(load(t, "fictional_cases"), 2000)
	var a, b []int
	for i := range all.rows {
		if i%2 == 0 {
			a = append(a, i)
		} else {
			b = append(b, i)
		}
	}
	in, out := all.take(a), all.take(b)
	rows, err := MakeSynthesis(SynthesisSpec{K: 10})(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		file *Table
		want string
	}{{"synthesis", rows, "passed"}, {"the data itself", in, "failed"}} {
		r, err := Risk(t.Context(), tt.file, RiskSpec{K: 10, Length: 2, Sensitive: in, HeldOut: out})
		if err != nil {
			t.Fatal(err)
		}
		if got := result(r, "membership"); got != tt.want {
			t.Errorf("%s: membership %s, want %s", tt.name, got, tt.want)
		}
	}
	// In two files of the wrong columns nothing is compared.
	wrong, err := out.Select(out.header[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Risk(t.Context(), wrong, RiskSpec{K: 10, Sensitive: in}); err == nil {
		t.Error("a file that lacks a column was compared")
	}
}

// Counts by sdcMicro 5.8.1 freqCalc on the same six keys of the same files (in
// classes of 1, under 3 and under 10), where no key is missing.
func TestExposureAgainstPeer(t *testing.T) {
	data, err := load(t, "adult_categorical").Select("sex", "age_band", "race", "marital_status", "education", "native_country")
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[int]int{3: 2841, 10: 5486} {
		e, err := expose(t.Context(), data, k, 2)
		if err != nil {
			t.Fatal(err)
		}
		if e.UniqueRows != 2033 || e.RareRows != want || float64(e.WildcardRareRows) != float64(want) {
			t.Errorf("k %d: %d unique, %d rare, %v by wildcards; want 2033, %d, %d", k, e.UniqueRows, e.RareRows, e.WildcardRareRows, want, want)
		}
	}
}

// By hand: a blank is a value to whoever knows the person, and any value to a wildcard.
func TestExposureOfBlanks(t *testing.T) {
	data, err := NewTable("x", []string{"a", "b"}, [][]string{{"1", "1"}, {"1", "1"}, {"1", ""}, {"2", "2"}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := expose(t.Context(), data, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if e.UniqueRows != 2 || e.RareRows != 2 || e.WildcardRareRows != 1 {
		t.Errorf("unique %d, rare %d, wildcard %v; want 2, 2, 1", e.UniqueRows, e.RareRows, e.WildcardRareRows)
	}
	// a=2 and b=2 are unique: the last record stands out at length 1. The pairs 1,1 are homogeneous
	// in a given b, and not in b given a, where one is blank.
	if e.ByLength[0].UniqueRecords != 1 || e.ByLength[1].UniqueRecords != 0 || e.Homogeneous != 1 {
		t.Errorf("%+v", e)
	}
}

// One record apart is the attack that a second release of rounded counts must not allow.
func TestDifference(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	data := randomTable(rng, 200, 4)
	without := func(n int) *Table {
		var keep []int
		for i := n; i < data.rows; i++ {
			keep = append(keep, i)
		}
		return data.take(keep)
	}
	for _, tt := range []struct {
		name string
		then *Table
		safe bool
	}{{"same", data, true}, {"one record", without(1), false}, {"nine records", without(9), false}} {
		c, err := Difference(t.Context(), tt.then, data, 10, 3)
		if err != nil {
			t.Fatal(err)
		}
		if c.Safe != tt.safe {
			t.Errorf("%s: safe %v, want %v: %+v", tt.name, c.Safe, tt.safe, c)
		}
	}
}

// Package golden holds results of reference programs against ours, in tests.
//
// The files lie in testdata of the package under test, with their origin beside
// them. Start with [Read] for the reference and [Compare] for the comparison,
// which tells the largest difference of every quantity when a test is verbose.
package golden

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"plumbline/estimate"
)

// Table reads a CSV file of testdata as an estimate does.
func Table(t testing.TB, file string) *estimate.Table {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tab, err := estimate.ReadTable(f, file, estimate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// Rows reads a CSV file of testdata that holds results, as rows of named fields.
func Rows(t testing.TB, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range rows[1:] {
		m := map[string]string{}
		for k, h := range rows[0] {
			m[h] = r[k]
		}
		out = append(out, m)
	}
	return out
}

// A Value is a part of a JSON file of results, as the decoder made it.
type Value struct{ V any }

// Read reads a JSON file of testdata.
func Read(t testing.TB, file string) Value {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return Value{v}
}

// At follows keys and places; what is not there is a mistake in the test.
func (v Value) At(path ...any) Value {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			next, ok := v.V.(map[string]any)[p]
			if !ok {
				panic(fmt.Sprintf("no %q in the reference", p))
			}
			v = Value{next}
		case int:
			v = Value{v.V.([]any)[p]}
		}
	}
	return v
}

// Has reports whether an object has something under a key.
func (v Value) Has(key string) bool { return v.V.(map[string]any)[key] != nil }

// Num is a number.
func (v Value) Num() float64 { return saw(v.V.(float64)) }

// List is an array.
func (v Value) List() []Value {
	out := []Value{}
	for _, x := range v.V.([]any) {
		out = append(out, Value{x})
	}
	return out
}

// Nums is an object of numbers.
func (v Value) Nums() map[string]float64 {
	out := map[string]float64{}
	for k, x := range v.V.(map[string]any) {
		out[k] = saw(x.(float64))
	}
	return out
}

// Strings is an array of strings.
func (v Value) Strings() []string {
	out := []string{}
	for _, x := range v.V.([]any) {
		out = append(out, x.(string))
	}
	return out
}

// Compared keeps the largest relative difference of every quantity.
type Compared struct {
	t     *testing.T
	where string
	worst map[string]float64
}

// Compare begins a comparison, whose largest differences are logged when the
// test ends.
func Compare(t *testing.T) *Compared {
	c := &Compared{t, "", map[string]float64{}}
	t.Cleanup(func() {
		for _, name := range slices.Sorted(maps.Keys(c.worst)) {
			t.Logf("largest relative difference: %-45s %.1e", name, c.worst[name])
		}
	})
	return c
}

// In says where the next differences are, for the message of one too large.
func (c *Compared) In(where string) *Compared { return &Compared{c.t, where + " ", c.worst} }

// Near holds a number against the reference: their difference, relative to the
// reference unless that is zero, is at most the tolerance.
func (c *Compared) Near(quantity string, got estimate.Number, want, tolerance float64) {
	c.t.Helper()
	d := math.Abs(float64(got) - want)
	if want != 0 {
		d /= math.Abs(want)
	}
	c.Within(quantity, got, want, d, tolerance)
}

// Within is Near with a difference measured some other way.
func (c *Compared) Within(quantity string, got estimate.Number, want, difference, tolerance float64) {
	c.t.Helper()
	saw(want)
	c.worst[quantity] = max(c.worst[quantity], difference)
	if !(difference <= tolerance) {
		c.t.Errorf("%s%s: got %.15g, want %.15g: off by %.1e, more than %.0e", c.where, quantity, float64(got), want, difference, tolerance)
	}
}

package protect

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestAggregateFormat(t *testing.T) {
	data, err := NewTable("small", []string{"B", "A"}, [][]string{
		{"b1", "a1"}, {"b1", "a1"}, {"b1", "a1"}, {"b2", "a1"}, {"b2", ""}, {"b1", "a2"}, {"NA", "a2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Aggregate(t.Context(), data, AggregateSpec{K: 2})
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := a.WriteTSV(&got); err != nil {
		t.Fatal(err)
	}
	// By hand: 7 records; a1 4, a2 2, b1 4, b2 2; a1 b1 3, the other pairs 1.
	want := "selections\tprotected_count\nrecord_count\t6\nA:a1\t4\nB:b1\t4\nA:a2\t2\nB:b2\t2\nA:a1;B:b1\t2\n"
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
	back, err := ReadAggregates(&got, "back")
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Counts) != 5 || back.Records != 6 || !back.Protected || back.Length != 2 {
		t.Errorf("read back %+v", back)
	}
}

// Two routes to one number: counting in arrays, and counting each record's own combinations.
func TestCountAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		data := randomTable(rng, 50, 5)
		want := map[string]int32{}
		for i := range data.Rows() {
			row := data.Row(i)
			for size := 1; size <= 4; size++ {
				for pick := range combinations(5, size) {
					parts := []string{}
					for _, j := range pick {
						if row[j] != "" {
							parts = append(parts, data.header[j]+":"+row[j])
						}
					}
					if len(parts) == size {
						want[strings.Join(parts, ";")]++
					}
				}
			}
		}
		got := 0
		err := eachCount(t.Context(), data, 4, func(pick []int, codes []uint32, n int32) {
			got++
			parts := []string{}
			for i, j := range pick {
				parts = append(parts, data.header[j]+":"+data.columns[j].values[codes[i]])
			}
			if w := want[strings.Join(parts, ";")]; n != w {
				t.Errorf("%v counted %d, want %d", parts, n, w)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if got != len(want) {
			t.Errorf("%d combinations, want %d", got, len(want))
		}
	}
}

// Columns too large for an array are counted in a map, to the same result.
func TestCountSparse(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var rows [][]string
	for range 3000 {
		rows = append(rows, []string{word(rng.IntN(2500)), word(rng.IntN(2500)), word(rng.IntN(3))})
	}
	rows[7][1] = ""
	data, err := NewTable("wide", []string{"a", "b", "c"}, rows)
	if err != nil {
		t.Fatal(err)
	}
	want := map[[3]string]int32{}
	for _, r := range rows {
		if r[1] != "" {
			want[[3]string(r)]++
		}
	}
	seen := 0
	err = eachCount(t.Context(), data, 3, func(pick []int, codes []uint32, n int32) {
		if len(pick) < 3 {
			return
		}
		seen++
		key := [3]string{data.columns[0].values[codes[0]], data.columns[1].values[codes[1]], data.columns[2].values[codes[2]]}
		if want[key] != n {
			t.Errorf("%v counted %d, want %d", key, n, want[key])
		}
	})
	if err != nil || seen != len(want) {
		t.Errorf("%d combinations, want %d; error %v", seen, len(want), err)
	}
}

func word(n int) string {
	return "w" + strings.Repeat("x", n%7) + string(rune('a'+n%26)) + string(rune('A'+n/26))
}

func TestReadAggregatesRefuses(t *testing.T) {
	const head = "selections\tprotected_count\nrecord_count\t20\n"
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "x: the file is empty or cut short; want a header, record_count, and counts"},
		{"header", "a\tb\n", `x: row 1: this is not the header of an aggregates file; want "selections", a tab, and "count" or "protected_count"`},
		{"no records", "selections\tcount\nA:1\t3\n", `x: row 2: the number of records is missing; want "record_count", a tab, and a number`},
		{"negative", head + "A:1\t-3\n", `x: row 3: "-3" is not a count; want a whole number from 0`},
		{"twice", head + "A:1\t3\nA:1\t3\n", `x: row 4: "A:1" is counted twice; want each combination once`},
		{"no column", head + "A\t3\n", `x: row 3: "A" is not a selection; want column:value, with ";" between selections`},
		{"one column", head + "A:1;A:2\t3\n", `x: row 3: column "A": two values of one column are selected; want one value a column`},
		{"order", head + "B:1;A:2\t3\n", `x: row 3: the selections are not in order; want selections sorted by their text "column:value"`},
		{"fields", head + "A:1\t3\t4\n", `x: row 3: the row does not have two fields; want selections and a count with one tab between`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadAggregates(strings.NewReader(tt.text), "x")
			if err == nil || !strings.HasPrefix(strings.Replace(err.Error(), ", column", ": column", 1), tt.want[:20]) || !strings.Contains(err.Error(), "want") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func FuzzReadAggregates(f *testing.F) {
	f.Add("selections\tprotected_count\nrecord_count\t20\nA:1\t10\nA:1;B:2\t10\n")
	f.Add("selections\tcount\nrecord_count\t0\n")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ReadAggregates(strings.NewReader(text), "fuzz")
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := a.WriteTSV(&b); err != nil {
			t.Fatalf("%q was read and cannot be written: %v", text, err)
		}
		if got := strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"); strings.TrimRight(b.String(), "\n") != got {
			t.Errorf("%q came back as %q", text, b.String())
		}
	})
}

func FuzzReadTable(f *testing.F) {
	f.Add("a,b\n1,2\n,NA\n")
	f.Add("\ufeffa;b\n\"x;\"\"y\";\n")
	f.Add("a\nNA\n")
	f.Fuzz(func(t *testing.T, text string) {
		data, err := ReadTable(strings.NewReader(text), "fuzz", ReadOptions{MaxBytes: 1 << 16})
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := data.WriteCSV(&b, ','); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(text, "\"\r;\t") {
			return // the delimiter of what was written may be guessed otherwise, and \r\n in a field becomes \n
		}
		again, err := ReadTable(&b, "again", ReadOptions{})
		if err != nil {
			t.Fatalf("%q was read, written and refused: %v", text, err)
		}
		for i := range data.Rows() {
			if x, y := strings.Join(data.Row(i), "\x00"), strings.Join(again.Row(i), "\x00"); x != y {
				t.Errorf("row %d: %q came back as %q", i, x, y)
			}
		}
	})
}

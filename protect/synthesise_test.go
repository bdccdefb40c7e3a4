package protect

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func load(tb testing.TB, name string) *Table {
	tb.Helper()
	f, err := os.Open("testdata/" + name + ".csv.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	t, err := ReadTable(z, name, ReadOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// The marks to beat are those of the best k-synthetic method of Synthetic Data Showcase
// 1.9.0 on the same files, k = 10, combinations of up to three.
func TestSynthesiseBeatsPeer(t *testing.T) {
	tests := []struct {
		file               string
		lost, preservation float64 // the peer's
	}{
		{"adult_categorical", 0.0881, 0.409},
		{"fictional_cases", 0.1796, 0.177},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			data := load(t, tt.file)
			s, err := Synthesise(t.Context(), data, SynthesisSpec{K: 10, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			q, err := Compare(t.Context(), data, s.Rows, 10, 3)
			if err != nil {
				t.Fatal(err)
			}
			if q.RarePresent != 0 || q.Fabricated != 0 {
				t.Errorf("%d rare and %d made-up combinations, want none", q.RarePresent, q.Fabricated)
			}
			if q.LostShare >= tt.lost || float64(q.Preservation) <= tt.preservation {
				t.Errorf("lost %.4f, preservation %.4f; want under %v and over %v", q.LostShare, q.Preservation, tt.lost, tt.preservation)
			}
			if q.LostShare > 0.001 {
				t.Errorf("lost %.4f of the frequent combinations; it used to lose none", q.LostShare)
			}
			t.Logf("%d rows, lost %.4f, preservation %.3f, mean error %.2f / %.1f / %.1f", s.SyntheticRows, q.LostShare, q.Preservation,
				q.ByLength[0].MeanError, q.ByLength[1].MeanError, q.ByLength[2].MeanError)
			promises(t, data, s)
		})
	}
}

// promises checks what Synthesise promises of every row, in a way that shares nothing with
// how it is made.
func promises(t *testing.T, data *Table, s *Synthesis) {
	t.Helper()
	k := s.K
	whole := map[string]int{}
	single := map[Pair]int{}
	holders := map[Pair][]int{}
	for i := range data.Rows() {
		row := data.Row(i)
		whole[strings.Join(row, "\x00")]++
		for j, v := range row {
			if v != "" {
				p := Pair{data.header[j], v}
				single[p]++
				holders[p] = append(holders[p], i)
			}
		}
	}
	checked := map[string]bool{}
	made := map[Pair]int{}
	for i := range s.Rows.Rows() {
		row := s.Rows.Row(i)
		filled := 0
		var fewest []int
		for j, v := range row {
			if v != "" {
				filled++
				p := Pair{data.header[j], v}
				made[p]++
				if filled == 1 || len(holders[p]) < len(fewest) {
					fewest = holders[p]
				}
			}
		}
		if filled == 0 {
			t.Fatalf("row %d is empty", i)
		}
		key := strings.Join(row, "\x00")
		if checked[key] {
			continue
		}
		checked[key] = true
		if n := whole[key]; n > 0 && n < k {
			t.Fatalf("row %q equals %d records, fewer than %d", row, n, k)
		}
		// Every part of the row is as frequent as the whole at least.
		n := 0
		for _, r := range fewest {
			if n >= k {
				break
			}
			same := true
			for j, v := range row {
				if v != "" && data.columns[j].values[data.columns[j].codes[r]] != v {
					same = false
					break
				}
			}
			if same {
				n++
			}
		}
		if n < k {
			t.Fatalf("the values of row %q are shared by %d records, fewer than %d", row, n, k)
		}
	}
	short := 0
	for p, n := range single {
		if made[p] > n/k*k {
			t.Errorf("%v appears %d times, more than %d", p, made[p], n/k*k)
		}
		short += n/k*k - made[p]
	}
	if short > 0 && len(s.Warnings) == 0 {
		t.Errorf("totals are short by %d without a warning", short)
	}
}

// randomTable makes data with skewed values, blanks and rare combinations.
func randomTable(rng *rand.Rand, rows, columns int) *Table {
	header := make([]string, columns)
	for j := range header {
		header[j] = fmt.Sprintf("c%d", j)
	}
	out := make([][]string, rows)
	for i := range out {
		out[i] = make([]string, columns)
		kind := rng.IntN(4)
		for j := range out[i] {
			v := int(rng.ExpFloat64()*1.5) + kind*(j%3)
			if rng.IntN(6) > 0 {
				out[i][j] = fmt.Sprintf("v%d", v)
			}
		}
	}
	t, err := NewTable("random", header, out)
	if err != nil {
		panic(err)
	}
	return t
}

func TestSynthesisePromises(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 40 {
		data := randomTable(rng, 20+rng.IntN(400), 1+rng.IntN(7))
		s, err := Synthesise(t.Context(), data, SynthesisSpec{K: 2 + rng.IntN(9), Length: 1 + rng.IntN(3), Seed: uint64(round)})
		if err != nil {
			t.Fatal(err)
		}
		promises(t, data, s)
	}
}

func TestSynthesiseRepeats(t *testing.T) {
	data := randomTable(rand.New(rand.NewPCG(3, 4)), 300, 5)
	var text [3]string
	for i, seed := range []uint64{7, 7, 8} {
		s, err := Synthesise(t.Context(), data, SynthesisSpec{K: 5, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := s.Rows.WriteCSV(&b, ','); err != nil {
			t.Fatal(err)
		}
		text[i] = b.String()
	}
	if text[0] != text[1] {
		t.Error("one seed gave two outputs")
	}
	if text[0] == text[2] {
		t.Error("two seeds gave one output")
	}
}

func TestSynthesiseRefuses(t *testing.T) {
	data := randomTable(rand.New(rand.NewPCG(3, 4)), 30, 2)
	for _, tt := range []struct {
		spec SynthesisSpec
		want string
	}{
		{SynthesisSpec{K: 1}, `option "k": a group of 1 hides nobody; want 2 or more; 10 is usual`},
		{SynthesisSpec{K: 5, Length: 4}, `option "length": combinations of 4 values are not aimed at; want 1, 2 or 3`},
		{SynthesisSpec{K: 31}, `random: the file has fewer records than the smallest group of 31; want more records, or no release`},
	} {
		_, err := Synthesise(t.Context(), data, tt.spec)
		var input *InputError
		if !errors.As(err, &input) || err.Error() != tt.want {
			t.Errorf("Synthesise(%+v) gave %v, want %s", tt.spec, err, tt.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Synthesise(ctx, data, SynthesisSpec{K: 5}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled synthesis gave %v", err)
	}
}

package protect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func named(rng *rand.Rand, n int) *Table {
	rows := make([][]string, n)
	for i := range rows {
		rows[i] = []string{fmt.Sprintf("id%d", i), fmt.Sprintf("a%d", rng.IntN(6)), fmt.Sprintf("b%d", rng.IntN(rng.IntN(8)+1))}
	}
	t, err := NewTable("named", []string{"id", "a", "b"}, rows)
	if err != nil {
		panic(err)
	}
	return t
}

var secret = []byte("sixteen bytes or more")

func TestNoiseTable(t *testing.T) {
	for _, noSmall := range []int{0, 2} {
		n, err := newNoiseTable(5, 3, noSmall)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range n.rows {
			sum, square := 0, 0
			for _, p := range row {
				sum += int(p)
				square += int(p) * int(p)
				if got := i + 1 + int(p); got < 0 || got > 0 && got <= noSmall {
					t.Fatalf("count %d becomes %d", i+1, got)
				}
			}
			if math.Abs(float64(sum)) > 4 {
				t.Errorf("count %d: mean %v", i+1, float64(sum)/keys)
			}
			if v := float64(square) / keys; int64(i+1) > n.loose && math.Abs(v-3) > 0.03 {
				t.Errorf("count %d: variance %v, want 3", i+1, v)
			}
		}
	}
}

// A distribution of greatest entropy on −1..1 with variance v is (v/2, 1−v, v/2): there is no other.
func TestMaxEntropyByHand(t *testing.T) {
	p, ok := maxEntropy([]int{-1, 0, 1}, 0.5)
	if !ok || math.Abs(p[0]-0.25) > 1e-6 || math.Abs(p[1]-0.5) > 1e-6 {
		t.Errorf("got %v, %v", p, ok)
	}
}

func TestPerturb(t *testing.T) {
	data := named(rand.New(rand.NewPCG(1, 5)), 500)
	spec := PerturbSpec{Tables: [][]string{{"a", "b"}}, ID: "id", Secret: secret, Min: 3}
	p, err := Perturb(t.Context(), data, spec)
	if err != nil {
		t.Fatal(err)
	}
	want := truth(t, data, p.Tables, "")
	changed := 0
	shown := map[string]int64{}
	for _, c := range p.Tables[0].Cells {
		if c.Count == nil {
			continue
		}
		key := cellKey(p.Tables[0], c.Values)
		shown[key] = *c.Count
		d := *c.Count - want[key]
		if d > 5 || d < -5 || want[key] == 0 && d != 0 || *c.Count > 0 && *c.Count < 3 {
			t.Errorf("%v: %d becomes %d", c.Values, want[key], *c.Count)
		}
		if d != 0 {
			changed++
		}
	}
	if changed < len(shown)/3 {
		t.Errorf("%d of %d counts changed", changed, len(shown))
	}
	// The same people in another table, in another order, have the same noise.
	order := rand.New(rand.NewPCG(2, 5)).Perm(data.rows)
	spec.Tables = [][]string{{"b"}, {"b", "a"}}
	again, err := Perturb(t.Context(), data.take(order), spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range again.Tables {
		for _, c := range f.Cells {
			if was, ok := shown[cellKey(f, c.Values)]; ok && (c.Count == nil || *c.Count != was) {
				t.Errorf("%v shows something else the second time", c.Values)
			}
		}
	}
}

// Two releases one record apart: the reader who subtracts must not be able to tell that one came.
func TestPerturbDifferencing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	guess := map[int64]int{}
	const rounds = 150
	for range rounds {
		n := 60
		data := named(rng, n)
		keep := make([]int, n-1)
		for i := range keep {
			keep[i] = i
		}
		spec := PerturbSpec{Tables: [][]string{{"a"}}, ID: "id", Secret: []byte(fmt.Sprintf("%032d", rng.Uint64()))}
		p1, err := Perturb(t.Context(), data, spec)
		if err != nil {
			t.Fatal(err)
		}
		p2, err := Perturb(t.Context(), data.take(keep), spec)
		if err != nil {
			t.Fatal(err)
		}
		guess[*p1.Tables[0].Cells[0].Count-*p2.Tables[0].Cells[0].Count]++
	}
	// With independent noise of variance 3 on both the difference has variance 6, and no single
	// value has a chance over 0.17.
	if guess[1] > rounds/4 || len(guess) < 6 {
		t.Errorf("differences of totals one record apart: %v", guess)
	}
}

func TestPerturbRefuses(t *testing.T) {
	data := named(rand.New(rand.NewPCG(1, 5)), 20)
	twice, err := NewTable("t", []string{"id", "a"}, [][]string{{"1", "x"}, {"1", "y"}})
	if err != nil {
		t.Fatal(err)
	}
	by := [][]string{{"a"}}
	for _, tt := range []struct {
		data *Table
		spec PerturbSpec
		want string
	}{
		{data, PerturbSpec{Tables: by, ID: "id", Secret: []byte("short")}, `option "secret": 5 bytes can be guessed; want 16`},
		{data, PerturbSpec{Tables: by, ID: "who", Secret: secret}, `named: column "who": there is no such column`},
		{twice, PerturbSpec{Tables: by, ID: "id", Secret: secret}, `t: row 3, column "id": two records have this name`},
		{data, PerturbSpec{Tables: by, ID: "id", Secret: secret, NoSmall: 5}, `option "no-small": noise of up to 5 cannot avoid 1 to 5`},
	} {
		if _, err := Perturb(t.Context(), tt.data, tt.spec); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

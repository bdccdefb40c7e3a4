package estimate

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"runtime"
	"testing"
)

func TestNumberJSON(t *testing.T) {
	for _, c := range []struct {
		n    Number
		want string
	}{{Null, "null"}, {Number(math.Inf(1)), "null"}, {0, "0"}, {Number(1.0 / 3), "0.3333333333333333"}} {
		got, err := json.Marshal(c.n)
		if err != nil || string(got) != c.want {
			t.Errorf("%v: got %s, %v; want %s", float64(c.n), got, err, c.want)
		}
		var back Number
		if err := json.Unmarshal(got, &back); err != nil || back.Known() != c.n.Known() || back.Known() && back != c.n {
			t.Errorf("%s read back as %v, %v", got, back, err)
		}
	}
}

func TestResultJSON(t *testing.T) {
	r := NewResult("main", 0.95)
	r.Warn("few", "only %d", 3)
	r.Warn("few", "only %d", 3)
	r.Diagnose("rhat", Diagnostic{Statistic: Null})
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"method":"main","version":"` + Version + `","estimate":null,"lower":null,"upper":null,"level":0.95,"warnings":[{"code":"few","text":"only 3"}],"diagnostics":{"rhat":{"statistic":null}}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEach(t *testing.T) {
	seen := make([]int, 1000)
	last := 0
	err := Each(context.Background(), len(seen), "count", func(_ string, done, _ int) { last = done }, func(w, i int) error {
		if n := Workers(context.Background()); w < 0 || w >= n {
			t.Errorf("worker %d of %d", w, n)
		}
		seen[i]++
		return nil
	})
	if err != nil || last != len(seen) {
		t.Errorf("err %v, progress ended at %d", err, last)
	}
	for i, n := range seen {
		if n != 1 {
			t.Fatalf("item %d done %d times", i, n)
		}
	}
	boom := errors.New("boom")
	if err := Each(context.Background(), 10, "", nil, func(_, i int) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("got %v, want boom", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Each(ctx, 10, "", nil, func(_, i int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want cancelled", err)
	}
}

func TestLimit(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for most, want := range map[int]int{-1: 1, 1: 1, 3: 3, 9: 4} {
		ctx := Limit(t.Context(), most)
		if got := Workers(ctx); got != want {
			t.Errorf("limit %d of 4: %d workers, want %d", most, got, want)
		}
		err := Each(ctx, 100, "", nil, func(w, _ int) error {
			if w >= want {
				t.Errorf("limit %d: worker %d", most, w)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestRandomStreamsDiffer(t *testing.T) {
	seen := map[uint64]bool{}
	for s := range uint64(1000) {
		x := Random(1, s).Uint64()
		if seen[x] {
			t.Fatalf("stream %d repeats another", s)
		}
		seen[x] = true
	}
	if Random(1, 2).Uint64() != Random(1, 2).Uint64() {
		t.Error("the same stream differs")
	}
}

func TestInputErrorIsOneLine(t *testing.T) {
	for _, c := range []struct {
		err  InputError
		want string
	}{
		{InputError{File: "f.csv", Row: 7, Column: "n", Wrong: "it is missing", Want: "a number"}, `f.csv: row 7, column "n": it is missing; want a number`},
		{InputError{File: "f.csv", Column: "n", Wrong: "there is no such column"}, `f.csv: column "n": there is no such column`},
		{InputError{Option: "level", Wrong: "2 is not a level", Want: "0.95"}, `option "level": 2 is not a level; want 0.95`},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

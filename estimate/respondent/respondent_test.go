package respondent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

func csv(t testing.TB, s string) *estimate.Table {
	t.Helper()
	tab, err := estimate.ReadTable(strings.NewReader(s), "chains.csv", estimate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func columns(change func(sp *Spec)) Spec {
	sp := Spec{ID: "id", Recruiter: "by", Degree: "d", Y: "y", Bootstrap: 20, Samples: 100}
	if change != nil {
		change(&sp)
	}
	return sp
}

const small = "id,by,d,y\na,,3,1\nb,a,5,0\nc,a,2,1\nd,b,4,0\ne,c,6,1\nf,d,1,1\n"

func TestBadInput(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		change     func(sp *Spec)
		want       string
	}{
		{"unknown column", small, func(sp *Spec) { sp.Y = "hiv" }, `chains.csv: column "hiv": there is no such column`},
		{"column not given", small, func(sp *Spec) { sp.Degree = "" }, "a column is not given"},
		{"unknown recruiter", strings.Replace(small, "\nd,b", "\nd,z", 1), nil, `row 5, column "by": recruiter "z" is no respondent`},
		{"id twice", strings.Replace(small, "e,c", "b,c", 1), nil, `row 6, column "id": id "b" is also in row 3`},
		{"id missing", strings.Replace(small, "e,c", ",c", 1), nil, `row 6, column "id": the id is missing`},
		{"circle", strings.Replace(small, "b,a", "b,d", 1), nil, `row 3, column "by": respondent "b" comes from a circle of recruiters`},
		{"knows nobody", strings.Replace(small, "d,b,4", "d,b,0", 1), nil, `row 5, column "d": the respondent knows 0 people`},
		{"degree is a word", strings.Replace(small, "d,b,4", "d,b,many", 1), nil, `row 5, column "d": "many" is not a number`},
		{"method", small, func(sp *Spec) { sp.Method = "rds3" }, `unknown method "rds3"`},
		{"no population", small, func(sp *Spec) { sp.Method = SS }, "successive sampling needs the size of the population"},
		{"population below sample", small, func(sp *Spec) { sp.Population = 3 }, "a population of 3, and 6 respondents"},
		{"nobody", "id,by,d,y\na,,3,\nb,a,,1\n", nil, "respondents with a degree and an answer: 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Fit(context.Background(), csv(t, tt.text), columns(tt.change))
			var input *estimate.InputError
			if !errors.As(err, &input) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %v, want one line with %q", err, tt.want)
			}
		})
	}
}

func TestByHand(t *testing.T) {
	// RDS-II: Σ 1/d over those with 1, 3 2 6 1 → 1/3+1/2+1/6+1 = 2; the others
	// 1/5 + 1/4 = 0.45.
	r := fit(t, csv(t, small), columns(nil))
	if got, want := float64(r.Groups[1].Estimate), 2/2.45; math.Abs(got-want) > 1e-15 {
		t.Errorf("RDS-II %v, want %v", got, want)
	}
	// RDS-I of two groups in closed form: D_0 C_01 / (D_1 C_10 + D_0 C_01), with
	// C from recruits 1→0 1 of 3 (b of a; c and e are 1→1), 0→1 1 of 2 (f of d).
	r = fit(t, csv(t, small), columns(func(sp *Spec) { sp.Method = RDS1 }))
	d1, d0 := 4/2.0, 2/0.45
	c10, c01 := 1.0/3, 1.0/2
	if got, want := float64(r.Groups[1].Estimate), d0*c01/(d1*c10+d0*c01); math.Abs(got-want) > 1e-14 {
		t.Errorf("RDS-I %v, want %v", got, want)
	}
	if r.Waves != 3 || r.Seeds != 1 {
		t.Errorf("%d waves of %d seeds, want 3 of 1", r.Waves, r.Seeds)
	}
}

func TestSeedsAreNamedInThreeWays(t *testing.T) {
	was := fit(t, csv(t, small), columns(nil))
	for _, seed := range []string{"seed", "Seed", "a", "NA", "0"} {
		r := fit(t, csv(t, strings.Replace(small, "a,,", "a,"+seed+",", 1)), columns(nil))
		if r.Seeds != 1 || r.Groups[1].Estimate != was.Groups[1].Estimate {
			t.Errorf("seed written %q: %d seeds", seed, r.Seeds)
		}
	}
}

func TestProperties(t *testing.T) {
	tab := golden.Table(t, "faux.csv")
	sp := faux("Y")
	sp.Population = 0
	was := fit(t, tab, sp)
	total := 0.0
	for _, g := range was.Groups {
		total += float64(g.Estimate)
	}
	if math.Abs(total-1) > 1e-12 {
		t.Errorf("the shares add up to %v", total)
	}
	// Ten times as many acquaintances for everybody changes no share.
	var header = tab.Header()
	text := strings.Join(header, ",") + "\n"
	var cols [][]string
	for _, h := range header {
		c, _ := tab.Text(h)
		cols = append(cols, c)
	}
	for i := range tab.Rows() {
		for k := range cols {
			if k > 0 {
				text += ","
			}
			text += cols[k][i]
			if header[k] == "degree" {
				text += "0"
			}
		}
		text += "\n"
	}
	for _, method := range []Method{RDS1, RDS2} {
		sp.Method = method
		a, b := fit(t, tab, sp), fit(t, csv(t, text), sp)
		for k := range a.Groups {
			if math.Abs(float64(a.Groups[k].Estimate-b.Groups[k].Estimate)) > 1e-12 || math.Abs(float64(a.Groups[k].SE-b.Groups[k].SE)) > 1e-10 {
				t.Errorf("%s: ten times the degree changes %+v to %+v", method, a.Groups[k], b.Groups[k])
			}
		}
	}
	// The whole population asked: everybody counts one.
	sp.Method, sp.Population = SS, 389
	r := fit(t, tab, sp)
	for _, g := range r.Groups {
		if want := float64(g.N) / 389; math.Abs(float64(g.Estimate)-want) > 1e-12 || g.SE != 0 {
			t.Errorf("everybody asked: share of %q %v ± %v, want %v", g.Value, g.Estimate, g.SE, want)
		}
	}
	// A population without end: RDS-II.
	sp.Population = 1_000_000
	for k, g := range fit(t, tab, sp).Groups {
		if math.Abs(float64(g.Estimate-was.Groups[k].Estimate)) > 1e-12 {
			t.Errorf("SS in a large population %v, RDS-II %v", g.Estimate, was.Groups[k].Estimate)
		}
	}
}

func TestSameSeed(t *testing.T) {
	sp := faux("X")
	sp.Method, sp.Samples, sp.Bootstrap = SS, 200, 50
	a, _ := json.Marshal(fit(t, golden.Table(t, "faux.csv"), sp))
	b, _ := json.Marshal(fit(t, golden.Table(t, "faux.csv"), sp))
	if !bytes.Equal(a, b) {
		t.Error("one seed gave two answers")
	}
	sp.Seed = 2
	if c, _ := json.Marshal(fit(t, golden.Table(t, "faux.csv"), sp)); bytes.Equal(a, c) {
		t.Error("two seeds gave one answer")
	}
}

func TestMedianProduct(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 12; n++ {
		w := make([]float64, n)
		var all []float64
		for i := range w {
			w[i] = math.Exp(3 * rng.NormFloat64())
		}
		for _, a := range w {
			for _, b := range w {
				all = append(all, a*b)
			}
		}
		for i := range all {
			for j := i; j > 0 && all[j] < all[j-1]; j-- {
				all[j], all[j-1] = all[j-1], all[j]
			}
		}
		want := (all[(len(all)-1)/2] + all[len(all)/2]) / 2
		if got := medianProduct(w); got != want {
			t.Errorf("%d weights: median product %v, want %v", n, got, want)
		}
	}
}

func TestNoEquilibrium(t *testing.T) {
	r := fit(t, csv(t, "id,by,d,y\na,,3,1\nb,a,5,1\nc,,2,0\nd,c,4,0\n"), columns(func(sp *Spec) { sp.Method = RDS1 }))
	if r.Groups[0].Estimate.Known() || r.Warnings[0].Code != "no-equilibrium" {
		t.Errorf("groups that never recruit each other: %+v, %v", r.Groups[0], r.Warnings)
	}
}

func TestShape(t *testing.T) {
	for y, one := range map[string]bool{"X": true, "Y": false} {
		b, err := json.Marshal(fit(t, golden.Table(t, "faux.csv"), faux(y)))
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		for _, k := range []string{"method", "version", "level", "warnings", "groups", "homophily", "homophily_definition", "seed"} {
			if _, ok := m[k]; !ok {
				t.Errorf("no %q", k)
			}
		}
		for _, k := range []string{"value", "estimate", "se", "lower", "upper"} {
			if _, ok := m["groups"].([]any)[0].(map[string]any)[k]; !ok {
				t.Errorf("no groups.%s", k)
			}
		}
		if _, ok := m["homophily"].(float64); ok != one {
			t.Errorf("%s: homophily is %v", y, m["homophily"])
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add(small, uint16(0))
	f.Add("id,by,d,y\n1,seed,1e300,a\n2,1,1e-300,b\n3,2,7,c\n4,3,2,a\n", uint16(0xffff))
	f.Add("id,by,d,y\n1,1,1,a\n2,2,1,a\n", uint16(2))
	for bits := range uint16(16) {
		f.Add(small, bits+80)
	}
	f.Fuzz(func(t *testing.T, s string, bits uint16) {
		tab, err := estimate.ReadTable(strings.NewReader(s), "f.csv", estimate.ReadOptions{MaxBytes: 1 << 12})
		if err != nil {
			return
		}
		sp := columns(func(sp *Spec) {
			sp.Method = []Method{RDS1, RDS2, SS, SS}[bits&3]
			sp.Population = int(bits>>2) + 1
		})
		begun := time.Now()
		r, err := Fit(context.Background(), tab, sp)
		if !golden.Sound(t, s, begun, r, err) {
			return
		}
		for _, g := range r.Groups {
			if g.Estimate < 0 || g.Estimate > 1+1e-9 || g.SE < 0 || g.Lower > g.Upper {
				t.Errorf("share %v ± %v, %v to %v", g.Estimate, g.SE, g.Lower, g.Upper)
			}
		}
	})
}

func Benchmark(b *testing.B) {
	tab := golden.Table(b, "faux.csv")
	one := func(method Method, bootstrap int) func(*testing.B) {
		return func(b *testing.B) {
			sp := faux("X")
			sp.Method, sp.Bootstrap = method, bootstrap
			for b.Loop() {
				fit(b, tab, sp)
			}
		}
	}
	b.Run("rds2", one(RDS2, 10))            // R 4.2.2: 72 ms of CPU, without a bootstrap
	b.Run("ss_2000", one(SS, 10))           // R 4.2.2: 289 ms of CPU, without a bootstrap
	b.Run("rds2_bootstrap", one(RDS2, 500)) // not timed there
	b.Run("ss_bootstrap", one(SS, 500))
}

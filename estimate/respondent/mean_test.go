package respondent

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"plumbline/estimate"
)

// The mean of 0 and 1 is the share of 1, in every number that both have.
func TestMeanOfShares(t *testing.T) {
	for _, sp := range []Spec{{Method: RDS2}, {Method: RDS2, Population: 1200}, {Method: SS, Population: 1200}} {
		x := networks[1]
		x.build(estimate.Random(8, 1))
		tab, err := x.sample(estimate.Random(10, 1))
		if err != nil {
			t.Fatal(err)
		}
		sp.ID, sp.Recruiter, sp.Degree, sp.Y, sp.Bootstrap, sp.Samples = "id", "by", "d", "y", 60, 200
		shares, err := Fit(t.Context(), tab, sp)
		if err != nil {
			t.Fatal(err)
		}
		sp.Stat = Mean
		mean, err := Fit(t.Context(), tab, sp)
		if err != nil {
			t.Fatal(err)
		}
		a, b := shares.Groups[1], mean.Groups[0]
		for name, pair := range map[string][2]Number{
			"estimate": {a.Estimate, b.Estimate}, "se": {a.SE, b.SE}, "lower": {a.Lower, b.Lower}, "upper": {a.Upper, b.Upper}, "deff": {a.Deff, b.Deff},
			"bootstrap se": {a.Bootstrap.SE, b.Bootstrap.SE}, "bootstrap lower": {a.Bootstrap.Lower, b.Bootstrap.Lower}, "bootstrap upper": {a.Bootstrap.Upper, b.Bootstrap.Upper},
			"quantile": {a.Bootstrap.QuantileLower, b.Bootstrap.QuantileLower}, "headline": {shares.Estimate, mean.Estimate},
		} {
			if !(math.Abs(float64(pair[0]-pair[1])) <= 1e-12) {
				t.Errorf("%s of %d: the share has %s %v, the mean %v", sp.Method, sp.Population, name, pair[0], pair[1])
			}
		}
	}
}

// Other units change the numbers as they change the mean, and the RDS-II mean is
// Σ y/d over Σ 1/d.
func TestMeanInOtherUnits(t *testing.T) {
	x := networks[1]
	x.build(estimate.Random(8, 1))
	tab, err := x.sample(estimate.Random(10, 2))
	if err != nil {
		t.Fatal(err)
	}
	years, err := tab.Numbers("years")
	if err != nil {
		t.Fatal(err)
	}
	degree, err := tab.Numbers("d")
	if err != nil {
		t.Fatal(err)
	}
	var top, bottom float64
	for i, d := range degree {
		top += years[i] / d
		bottom += 1 / d
	}
	const from, times = 1e6, 250
	var b strings.Builder
	b.WriteString("id,by,d,y\n")
	ids, _ := tab.Text("id")
	by, _ := tab.Text("by")
	for i := range ids {
		fmt.Fprintf(&b, "%s,%s,%v,%v\n", ids[i], by[i], degree[i], from+times*years[i])
	}
	for _, method := range []Method{RDS2, SS} {
		sp := Spec{ID: "id", Recruiter: "by", Degree: "d", Y: "years", Method: method, Population: 1200, Bootstrap: 50, Samples: 200}
		r, err := Fit(t.Context(), tab, sp)
		if err != nil {
			t.Fatal(err)
		}
		if r.Statistic != Mean || len(r.Groups) != 1 {
			t.Fatalf("%d different years gave %s of %d groups", len(years), r.Statistic, len(r.Groups))
		}
		if method == RDS2 && math.Abs(float64(r.Estimate)-top/bottom) > 1e-12*top/bottom {
			t.Errorf("mean %v, want %v", r.Estimate, top/bottom)
		}
		sp.Y = "y"
		other, err := Fit(t.Context(), csv(t, b.String()), sp)
		if err != nil {
			t.Fatal(err)
		}
		near := func(name string, got, want Number) {
			if math.Abs(float64(got-want)) > 1e-7*math.Abs(float64(want)) {
				t.Errorf("%s: %s in other units %v, want %v", method, name, got, want)
			}
		}
		near("mean", other.Estimate, from+times*r.Estimate)
		near("se", other.Groups[0].SE, times*r.Groups[0].SE)
		near("bootstrap se", other.Groups[0].Bootstrap.SE, times*r.Groups[0].Bootstrap.SE)
		near("homophily", *other.Homophily.One, *r.Homophily.One)
		if other.Converged != r.Converged {
			t.Errorf("%s: settled %v in other units, and %v", method, other.Converged, r.Converged)
		}
	}
}

// The sums over pairs are what pair after pair adds up to.
func TestPairs(t *testing.T) {
	rng := estimate.Random(3, 1)
	w, y := make([]float64, 70), make([]float64, 70)
	for i := range w {
		w[i], y[i] = 1/float64(1+rng.IntN(40)), rng.NormFloat64()
	}
	p := newPairs(w)
	weight := func(i, j int) float64 { return min(w[i]*w[j], p.top) }
	top, bottom, square, total := 0.0, 0.0, 0.0, 0.0
	for i := range w {
		for j := range i {
			top += weight(i, j) * (y[i] + y[j]) / 2
			bottom += weight(i, j)
		}
	}
	for i := range w {
		g := 0.0
		for j := range i {
			g += weight(i, j) * weight(i, j) * ((y[i]+y[j])/2 - top/bottom)
			total += weight(i, j) * weight(i, j)
		}
		square += g * g
	}
	if got, want := p.se(y), 2*math.Sqrt(square)/total; math.Abs(got-want) > 1e-12*want {
		t.Errorf("standard error %v, want %v", got, want)
	}
}

func TestMeanOfOddNumbers(t *testing.T) {
	for _, tt := range []struct {
		name, text, stat, method, want string
	}{
		{"words", strings.Replace(small, "b,a,5,0", "b,a,5,old", 1), "mean", "", `row 3, column "y": "old" is not a number`},
		{"rds1", small, "mean", "rds1", `RDS-I follows how groups recruit`},
		{"statistic", small, "median", "", `unknown statistic "median"`},
		{"nothing", "id,by,d,y\na,,3,\nb,a,1,\n", "mean", "", `every value is missing`},
	} {
		_, err := Fit(t.Context(), csv(t, tt.text), columns(func(sp *Spec) { sp.Stat, sp.Method = Stat(tt.stat), Method(tt.method) }))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	same, err := Fit(t.Context(), csv(t, "id,by,d,y\na,,3,7\nb,a,1,7\nc,a,2,7\n"), columns(func(sp *Spec) { sp.Stat = Mean }))
	if err != nil {
		t.Fatal(err)
	}
	if g := same.Groups[0]; g.Estimate != 7 || g.SE.Known() || g.Bootstrap.SE.Known() || !strings.Contains(fmt.Sprint(same.Warnings), "one-value") {
		t.Errorf("all the same: %+v, %v", g, same.Warnings)
	}
}

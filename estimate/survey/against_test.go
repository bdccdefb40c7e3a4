package survey

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// A group held against another has the difference that two rounds would have.
func TestAgainst(t *testing.T) {
	tab := golden.Table(t, "apistrat.csv")
	design := Design{Weights: "pw", Strata: "stype"}
	for _, ask := range []Spec{{Y: "api00"}, {Y: "api00>650"}, {Ratio: "api00/api99"}, {Y: "enroll", Stat: Total}} {
		ask.Design, ask.By, ask.Against = design, "awards", "No"
		r, err := Fit(t.Context(), tab, ask)
		if err != nil {
			t.Fatal(err)
		}
		plain := ask
		plain.By, plain.Against = "", ""
		c, err := Change(t.Context(), tab, ChangeSpec{Spec: plain, Wave: "awards", From: "No", To: "Yes"})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Differences) != 1 {
			t.Fatalf("%+v: %d differences", ask, len(r.Differences))
		}
		got := r.Differences[0]
		for name, pair := range map[string][2]Number{
			"difference": {got.Difference.Estimate, c.Difference.Estimate}, "se": {got.Difference.SE, c.Difference.SE}, "lower": {got.Difference.Lower, c.Difference.Lower},
			"ratio": {got.Ratio.Estimate, c.Ratio.Estimate}, "ratio's upper": {got.Ratio.Upper, c.Ratio.Upper}, "p": {got.P, c.P},
		} {
			if !(math.Abs(float64(pair[0]-pair[1])) <= 1e-12*math.Abs(float64(pair[1]))) {
				t.Errorf("%+v: %s %v, want %v", ask, name, pair[0], pair[1])
			}
		}
	}
}

// Samples drawn each for itself have variances that add up, whatever their
// labels; taken as the same clusters they do not.
func TestIndependent(t *testing.T) {
	rng := estimate.Random(5, 1)
	part := func(name string, more float64) *estimate.Table {
		var rows [][]string
		for k := range 60 {
			rows = append(rows, []string{fmt.Sprint(k % 2), fmt.Sprint(k % 12), fmt.Sprint(more + float64(k%12) + rng.NormFloat64()), fmt.Sprint(1 + k%3)})
		}
		tab, err := estimate.NewTable(name, []string{"s", "c", "y", "w"}, rows)
		if err != nil {
			t.Fatal(err)
		}
		return tab
	}
	a, b := part("a", 0), part("b", 3)
	both, err := estimate.Stack("area", []string{"a", "b"}, a, b)
	if err != nil {
		t.Fatal(err)
	}
	sp := Spec{Y: "y", Design: Design{Weights: "w", Strata: "s", Clusters: []string{"c"}}}
	square := 0.0
	degf := 0
	for _, tab := range []*estimate.Table{a, b} {
		r, err := Fit(t.Context(), tab, sp)
		if err != nil {
			t.Fatal(err)
		}
		square += math.Pow(float64(r.Results[0].SE), 2)
		degf += r.Degf
	}
	for _, independent := range []bool{true, false} {
		r, err := Change(t.Context(), both, ChangeSpec{Spec: sp, Wave: "area", From: "a", To: "b", Independent: independent})
		if err != nil {
			t.Fatal(err)
		}
		near := math.Abs(float64(r.Difference.SE)-math.Sqrt(square)) < 1e-12
		if near != independent || independent && r.Degf != degf {
			t.Errorf("independent %v: standard error %v on %d degrees of freedom, and apart %v on %d", independent, r.Difference.SE, r.Degf, math.Sqrt(square), degf)
		}
	}
}

// Of a round in one cluster nothing shows how far chance goes, and the change
// has no limits instead of some without width.
func TestRoundInOneCluster(t *testing.T) {
	rows := "w,c,y\na,1,3\na,1,5\nb,2,8\nb,2,9\n"
	for _, text := range []string{rows, rows + "b,3,7\nb,4,2\n"} {
		r, err := Change(t.Context(), csv(t, text), ChangeSpec{Spec: Spec{Y: "y", Design: Design{Clusters: []string{"c"}}}, Wave: "w", From: "a", To: "b"})
		if err != nil {
			t.Fatal(err)
		}
		if r.Difference.Known() || r.Ratio.Known() || r.P.Known() || !strings.Contains(fmt.Sprint(r.Warnings), "no-variance") {
			t.Errorf("%+v, %+v, p %v", r.Difference, r.Ratio, r.P)
		}
	}
}

func TestBadAgainst(t *testing.T) {
	text := "g,y,z\na,1,x\na,0,y\nb,1,x\nb,0,x\n"
	for _, tt := range []struct {
		sp   Spec
		want string
	}{
		{Spec{Y: "y", Against: "a"}, "no column says what the groups are"},
		{Spec{Y: "y", By: "g", Against: "c"}, `column "g": there is no group "c"; want one of a, b`},
		{Spec{Y: "y", By: "g", Against: "a", Replicates: "jk1"}, "replicates and quantiles are not for differences"},
		{Spec{Quantile: "y:0.5", By: "g", Against: "a"}, "replicates and quantiles are not for differences"},
		{Spec{Y: "z", Stat: Proportion, By: "g", Against: "a"}, `a column of words; want 0 or 1, or a comparison such as z==x`},
	} {
		if _, err := Fit(t.Context(), csv(t, text), tt.sp); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %s", tt.sp, err, tt.want)
		}
	}
}

// One answer that outweighs all others is no sample.
func TestUnevenWeights(t *testing.T) {
	text := "y,w\n1,1e12\n"
	for k := range 30 {
		text += fmt.Sprintf("%d,1\n", k%2)
	}
	r, err := Fit(t.Context(), csv(t, text), Spec{Y: "y", Design: Design{Weights: "w"}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(fmt.Sprint(r.Warnings), "31 answers say as much as 1.0 of equal weight") {
		t.Errorf("%v", r.Warnings)
	}
}

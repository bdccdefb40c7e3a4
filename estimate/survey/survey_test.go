package survey

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

func csv(t testing.TB, text string) *estimate.Table {
	t.Helper()
	tab, err := estimate.ReadTable(strings.NewReader(text), "people.csv", estimate.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestBadInput(t *testing.T) {
	const people = "id,age,w,h,c,n,word,bad\n1,20,2,a,x,10,yes,1\n2,16,2,a,y,10,no,\n3,30,-1,b,x,10,yes,3\n4,15,,b,z,12,no,4\n"
	for _, tt := range []struct {
		name string
		spec Spec
		want string
	}{
		{"unknown column", Spec{Y: "ages"}, `people.csv: column "ages": there is no such column`},
		{"nothing asked", Spec{}, `option "y": 0 things to estimate`},
		{"two things asked", Spec{Y: "age", Ratio: "age/w"}, `2 things`},
		{"words", Spec{Y: "word"}, `people.csv: row 2, column "word": "yes" is not a number`},
		{"negative weight", Spec{Y: "age", Design: Design{Weights: "w"}}, `row 4, column "w": the weight is -1`},
		{"missing weight", Spec{Y: "age", Design: Design{Weights: "bad"}}, `row 3, column "bad": the weight is missing`},
		{"cluster in two strata", Spec{Y: "age", Design: Design{Strata: "h", Clusters: []string{"c"}}}, `row 4, column "c": cluster "x" is in strata "a" and "b"`},
		{"finite population changes", Spec{Y: "age", Design: Design{Strata: "h", FPC: []string{"n"}}}, `row 5, column "n": the finite population is 12 here and 10`},
		{"population below sample", Spec{Y: "age", Design: Design{FPC: []string{"id"}}}, `row 2, column "id": 4 units were sampled out of 1`},
		{"missing stratum", Spec{Y: "age", Design: Design{Strata: "bad"}}, `row 3, column "bad": the stratum is missing`},
		{"lonely refused", Spec{Y: "age", Design: Design{Strata: "id", Lonely: Refuse}}, `stratum "1" has one cluster`},
		{"level", Spec{Y: "age", Level: 95}, `the level is 95`},
		{"quantile", Spec{Quantile: "age:2"}, `"2" is not a share`},
		{"ratio", Spec{Ratio: "age"}, `cannot read "age"`},
		{"interval", Spec{Y: "age>18", Interval: "exact"}, `unknown interval "exact"`},
		{"proportion of a number", Spec{Y: "age", Stat: Proportion}, `row 2, column "age": 20 is neither 0 nor 1`},
		{"expression", Spec{Y: "age>"}, `the expression ends too early`},
		{"expression of words", Spec{Y: "age>old"}, `compares with a word`},
		{"expression on words", Spec{Y: "word>3"}, `row 2, column "word"`},
		{"where", Spec{Y: "age", Where: "age 3"}, `"3" is not expected there`},
		{"replicates", Spec{Y: "age", Replicates: "jk3"}, `unknown replicates "jk3"`},
		{"halves made here", Spec{Y: "age", Replicates: "brr"}, `balanced halves are not made here`},
		{"one replicate", Spec{Y: "age", Replicates: "jk1", Design: Design{Weights: "n"}, ReplicateWeights: []string{"age"}}, `the number of replicates is 1`},
		{"replicates without weights", Spec{Y: "age", Replicates: "jk1", ReplicateWeights: []string{"w"}}, `the weights of the sample itself are not given`},
		{"jkn without a scale", Spec{Y: "age", Replicates: "jkn", Design: Design{Weights: "n"}, ReplicateWeights: []string{"age", "id"}}, `how many clusters each stratum has`},
		{"jk1 with strata", Spec{Y: "age", Replicates: "jk1", Design: Design{Strata: "h"}}, `jk1 is for samples without strata`},
		{"margin without total", Spec{Y: "age", Design: Design{Margins: []Margin{{"h", map[string]float64{"a": 5}}}}}, `row 4, column "h": "b" has no population total`},
		{"margin without people", Spec{Y: "age", Design: Design{Margins: []Margin{{"h", map[string]float64{"a": 5, "b": 5, "c": 1}}}}}, `nobody in the sample is "c"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Fit(context.Background(), csv(t, people), tt.spec)
			var input *estimate.InputError
			if !errors.As(err, &input) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %v, want one line with %q", err, tt.want)
			}
		})
	}
}

// slow is the variance of a total by the textbook, stage by stage: the second
// route to what covariance does in one pass.
func slow(y, w []float64, stratum, psu, ssu []string, n1, n2 map[string]float64) float64 {
	v := 0.0
	strata := map[string]bool{}
	for _, h := range stratum {
		strata[h] = true
	}
	deviations := func(total map[string]float64) float64 {
		mean, s := 0.0, 0.0
		for _, x := range total {
			mean += x / float64(len(total))
		}
		for _, x := range total {
			s += (x - mean) * (x - mean)
		}
		return s * float64(len(total)) / float64(len(total)-1)
	}
	for h := range strata {
		total, inside := map[string]float64{}, map[string]map[string]float64{}
		for i := range y {
			if stratum[i] != h {
				continue
			}
			total[psu[i]] += w[i] * y[i]
			if inside[psu[i]] == nil {
				inside[psu[i]] = map[string]float64{}
			}
			inside[psu[i]][ssu[i]] += w[i] * y[i]
		}
		f1 := float64(len(total)) / n1[h]
		v += (1 - f1) * deviations(total)
		for c, t := range inside {
			v += f1 * (1 - float64(len(t))/n2[c]) * deviations(t)
		}
	}
	return v
}

func TestTwoStages(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	text.WriteString("y,w,h,c,s,n1,n2\n")
	var y, w []float64
	var stratum, psu, ssu []string
	n1, n2 := map[string]float64{"a": 9, "b": 30}, map[string]float64{}
	for _, h := range []string{"a", "b"} {
		for c := range 4 {
			cluster := fmt.Sprint(h, c)
			n2[cluster] = float64(5 + rng.IntN(9))
			for s := range 2 + rng.IntN(3) {
				for range 1 + rng.IntN(4) {
					y, w = append(y, rng.NormFloat64()+3), append(w, 1+rng.Float64())
					stratum, psu, ssu = append(stratum, h), append(psu, cluster), append(ssu, fmt.Sprint(s))
					fmt.Fprintf(&text, "%v,%v,%s,%s,%d,%v,%v\n", y[len(y)-1], w[len(w)-1], h, cluster, s, n1[h], n2[cluster])
				}
			}
		}
	}
	d := Design{Weights: "w", Strata: "h", Clusters: []string{"c", "s"}, FPC: []string{"n1", "n2"}}
	got := fit(t, csv(t, text.String()), Spec{Design: d, Y: "y", Stat: Total}).Results[0]
	if want := math.Sqrt(slow(y, w, stratum, psu, ssu, n1, n2)); math.Abs(float64(got.SE)-want) > 1e-10*want {
		t.Errorf("se of a two-stage total %v, want %v", got.SE, want)
	}
}

// A sample of single people without strata has the variance of a textbook.
func TestSimpleRandomSample(t *testing.T) {
	r := fit(t, csv(t, "y,n\n1,50\n2,50\n4,50\n7,50\n6,50\n"), Spec{Design: Design{FPC: []string{"n"}}, Y: "y"})
	got := r.Results[0]
	// mean 4, s² = 6.5, V = (1 − 0.1) 6.5/5
	if math.Abs(float64(got.SE)-math.Sqrt(0.9*6.5/5)) > 1e-14 || math.Abs(float64(got.Deff)-1) > 1e-12 || r.Degf != 4 {
		t.Errorf("got se %v, deff %v, degrees of freedom %d; want %v, 1, 4", got.SE, got.Deff, r.Degf, math.Sqrt(0.9*6.5/5))
	}
}

func alike(a, b Number) bool {
	return math.Abs(float64(a-b)) <= 1e-9*(1+math.Abs(float64(b))) || !a.Known() && !b.Known()
}

func same(t *testing.T, what string, a, b Group) {
	t.Helper()
	if !alike(a.Estimate, b.Estimate) || !alike(a.SE, b.SE) || !alike(a.Lower, b.Lower) || !alike(a.Upper, b.Upper) {
		t.Errorf("%s changes the answer: %+v, was %+v", what, a, b)
	}
}

func TestProperties(t *testing.T) {
	tab := golden.Table(t, "tls_sim_a.csv")
	header := tab.Header()
	var columns [][]string
	for _, h := range header {
		c, err := tab.Text(h)
		if err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	rows := make([][]string, tab.Rows())
	for i := range rows {
		for _, c := range columns {
			rows[i] = append(rows[i], c[i])
		}
	}
	changed := func(change func(rows [][]string)) *estimate.Table {
		var copied [][]string
		for _, r := range rows {
			copied = append(copied, append([]string(nil), r...))
		}
		change(copied)
		out, err := estimate.NewTable("changed.csv", header, copied)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	at := func(name string) int {
		for k, h := range header {
			if h == name {
				return k
			}
		}
		panic(name)
	}
	for _, sp := range []Spec{
		{Design: tlsDesign, Y: "minor==1", Where: "wave==endline"},
		{Design: tlsDesign, Ratio: "minor/present"},
		{Design: tlsDesign, Quantile: "present:0.3"},
		{Design: tlsDesign, Y: "present", Replicates: "jkn"},
	} {
		was := fit(t, tab, sp).Results[0]
		shuffled := changed(func(r [][]string) {
			rand.New(rand.NewPCG(3, 4)).Shuffle(len(r), func(i, j int) { r[i], r[j] = r[j], r[i] })
		})
		same(t, "the order of rows", fit(t, shuffled, sp).Results[0], was)
		renamed := changed(func(r [][]string) {
			for _, x := range r {
				x[at("venue")] = "venue " + x[at("venue")]
				x[at("strat2")] = "~" + x[at("strat2")]
			}
		})
		same(t, "the names of clusters", fit(t, renamed, sp).Results[0], was)
		scaled := changed(func(r [][]string) {
			for _, x := range r {
				x[at("w")] += "e3"
			}
		})
		same(t, "the scale of weights", fit(t, scaled, sp).Results[0], was)
	}

	// A group by --by is the domain by --where, but for its own degrees of freedom.
	for _, g := range fit(t, tab, Spec{Design: tlsDesign, Y: "present", By: "stratum"}).Results {
		one := fit(t, tab, Spec{Design: tlsDesign, Y: "present", Where: "stratum==" + g.Group}).Results[0]
		if !alike(g.Estimate, one.Estimate) || !alike(g.SE, one.SE) || !alike(g.Deff, one.Deff) {
			t.Errorf("by %q gives %+v, where gives %+v", g.Group, g, one)
		}
	}
	// A share and its complement mirror each other.
	for _, iv := range intervals {
		a := fit(t, tab, Spec{Design: tlsDesign, Y: "minor==1", Interval: iv}).Results[0]
		b := fit(t, tab, Spec{Design: tlsDesign, Y: "minor!=1", Interval: iv}).Results[0]
		if !alike(a.Estimate, 1-b.Estimate) || !alike(a.Lower, 1-b.Upper) || !alike(a.Upper, 1-b.Lower) {
			t.Errorf("%s: share %+v and its complement %+v do not mirror", iv, a, b)
		}
	}
	// The jackknife of a total is exact.
	lin := fit(t, tab, Spec{Design: tlsDesign, Y: "present", Stat: Total}).Results[0]
	jk := fit(t, tab, Spec{Design: tlsDesign, Y: "present", Stat: Total, Replicates: "jkn"}).Results[0]
	same(t, "the jackknife of a total", jk, lin)
}

func TestLonely(t *testing.T) {
	const text = "y,h\n1,a\n3,a\n8,b\n2,c\n3,c\n"
	for rule, want := range map[Lonely]float64{
		// ȳ = 3.4; z = (y − ȳ)/5. Strata a and c give 2 Σ(z − z̄)²: 0.16 and 0.04.
		Certainty: 0.2,
		Average:   0.2 * 3 / 2,
		Adjust:    0.2 + squared(4.6/5),
	} {
		r := fit(t, csv(t, text), Spec{Design: Design{Strata: "h", Lonely: rule}, Y: "y"})
		if got := squared(float64(r.Results[0].SE)); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: variance %v, want %v", rule, got, want)
		}
		if !strings.Contains(fmt.Sprint(r.Warnings), string(rule)) {
			t.Errorf("%s: the rule is not named in %v", rule, r.Warnings)
		}
	}
}

// Where every stratum is lonely there is no variance to take the mean of.
func TestAllLonely(t *testing.T) {
	r := fit(t, csv(t, "y,h\n1,a\n3,b\n8,c\n"), Spec{Design: Design{Strata: "h", Lonely: Average}, Y: "y"})
	if g := r.Results[0]; g.SE.Known() || g.Lower.Known() {
		t.Errorf("got %+v, want no standard error", g)
	}
}

func TestNoCases(t *testing.T) {
	r := fit(t, csv(t, "y,c\n0,1\n0,1\n0,2\n0,2\n0,3\n0,4\n0,5\n0,6\n0,7\n0,8\n"), Spec{Y: "y==1", Design: Design{Clusters: []string{"c"}}, DesignEffect: 2})
	got := r.Results[0]
	// Clopper-Pearson for 0 of m: 1 − (α/2)^(1/m), m = 10/2 × (t_9/t_7)²
	m := 5 * squared(tQuantile(0.975, 9)/tQuantile(0.975, 7))
	want := 1 - math.Pow(0.025, 1/m)
	if got.Estimate != 0 || got.Lower != 0 || math.Abs(float64(got.Upper)-want) > 1e-12 {
		t.Errorf("got %v (%v to %v), want 0 (0 to %v)", got.Estimate, got.Lower, got.Upper, want)
	}
	all := fit(t, csv(t, "y\n1\n1\n1\n"), Spec{Y: "y==1"}).Results[0]
	if all.Estimate != 1 || all.Upper != 1 || !(all.Lower > 0.2 && all.Lower < 0.3) {
		t.Errorf("everybody of three: got %+v, want 1 (0.29 to 1)", all)
	}
}

func TestMissingIsNotZero(t *testing.T) {
	r := fit(t, csv(t, "y,g\n1,a\n,a\n3,NA\nNA,b\n5,b\n"), Spec{Y: "y"})
	if r.Estimate != 3 || r.N != 3 {
		t.Errorf("mean %v of %d, want 3 of 3", r.Estimate, r.N)
	}
	if len(r.Warnings) == 0 || r.Warnings[0].Code != "missing-values" {
		t.Errorf("missing values are not said: %v", r.Warnings)
	}
	r = fit(t, csv(t, "y,g\n1,a\n,a\n3,NA\nNA,b\n5,b\n"), Spec{Y: "y", Where: "g!=a"})
	if r.N != 1 {
		t.Errorf("%d rows are known not to be a, want 1", r.N)
	}
}

func TestMultiplicity(t *testing.T) {
	const text = "y,visits\n1,4\n0,1\n0,1\n1,2\n"
	d := Design{TimeLocation: &TimeLocation{Visits: "visits"}}
	r := fit(t, csv(t, text), Spec{Design: d, Y: "y"})
	if want := (0.25 + 0.5) / 2.75; math.Abs(float64(r.Estimate)-want) > 1e-15 {
		t.Errorf("share among people %v, want %v", r.Estimate, want)
	}
	_, err := Fit(context.Background(), csv(t, "y,visits\n1,0\n"), Spec{Design: d, Y: "y"})
	if err == nil || !strings.Contains(err.Error(), `row 2, column "visits"`) {
		t.Errorf("no visits: got %v", err)
	}
}

func TestRounds(t *testing.T) {
	tab := golden.Table(t, "tls_sim_a.csv")
	sp := ChangeSpec{Spec: Spec{Design: tlsDesign, Y: "minor==1"}, Wave: "wave", From: "baseline", To: "endline"}
	sp.FromRound = Round{"under 18", "three cities", "two observers"}
	sp.ToRound = Round{"Under  18", "two cities", "two observers"}
	_, err := Change(context.Background(), tab, sp)
	var refused *NotComparable
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), `places "three cities" against "two cities"`) {
		t.Fatalf("rounds of different places: got %v, want a refusal", err)
	}
	sp.AllowDifferent = true
	r, err := Change(context.Background(), tab, sp)
	if err != nil {
		t.Fatal(err)
	}
	if r.Warnings[0].Code != "rounds-differ" || len(r.Different) != 1 {
		t.Errorf("the result does not say that the rounds differ: %+v", r.Warnings)
	}
	sp.Rounds = Rounds{Same: []string{"stratum"}}
	if r, err = Change(context.Background(), tab, sp); err != nil || len(r.Different) > 0 {
		t.Errorf("the same strata: got %v, %+v", err, r)
	}
	sp.Same = []string{"venue"}
	if _, err = Change(context.Background(), tab, sp); !errors.As(err, &refused) {
		t.Errorf("other venues: got %v, want a refusal", err)
	}
	// Backwards the difference turns its sign and the ratio is one over.
	sp.Rounds = Rounds{}
	a, err := Change(context.Background(), tab, sp)
	if err != nil {
		t.Fatal(err)
	}
	sp.From, sp.To = sp.To, sp.From
	b, err := Change(context.Background(), tab, sp)
	if err != nil {
		t.Fatal(err)
	}
	if !alike(a.Difference.Lower, -b.Difference.Upper) || !alike(a.Ratio.Lower, 1/b.Ratio.Upper) || !alike(a.P, b.P) {
		t.Errorf("from A to B %+v and back %+v do not mirror", a, b)
	}
}

// A cluster visited in both rounds makes the rounds alike, and the change surer.
func TestSharedClusters(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	shared, apart := "y,c,r\n", "y,c,r\n"
	for c := range 20 {
		level := 10 * rng.NormFloat64()
		for k, r := range []string{"one", "two"} {
			for range 5 {
				y := level + rng.NormFloat64() + 30
				shared += fmt.Sprintf("%v,%d,%s\n", y, c, r)
				apart += fmt.Sprintf("%v,%d,%s\n", y, c+100*k, r)
			}
		}
	}
	change := func(text string) *ChangeReport {
		r, err := Change(context.Background(), csv(t, text), ChangeSpec{Spec: Spec{Design: Design{Clusters: []string{"c"}}, Y: "y"}, Wave: "r", From: "one", To: "two"})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a, b := change(shared), change(apart)
	if !(a.Difference.SE < b.Difference.SE/5) {
		t.Errorf("se of the difference %v with shared clusters, %v without: want a fifth at most", a.Difference.SE, b.Difference.SE)
	}
}

func TestSameVenuesTakenApart(t *testing.T) {
	const text = "y,c,r\n1,v1,one\n0,v1,one\n1,v2,one\n0,v2,one\n1,v1,two\n0,v1,two\n0,v2,two\n0,v2,two\n"
	r, err := Change(context.Background(), csv(t, text), ChangeSpec{Spec: Spec{Design: Design{Strata: "r", Clusters: []string{"c"}, Nest: true}, Y: "y"}, Wave: "r", From: "one", To: "two"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(fmt.Sprint(r.Warnings), "clusters-taken-apart") {
		t.Errorf("one name in two rounds is not said: %v", r.Warnings)
	}
}

func TestChangeToNone(t *testing.T) {
	r, err := ChangeOfCounts(CountsSpec{From: Count{30, 400}, To: Count{0, 300}, DesignEffect: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.Relative.Estimate != -1 || r.Relative.Lower != -1 || !(r.Relative.Upper > -0.95 && r.Relative.Upper < -0.6) {
		t.Errorf("from 30/400 to 0/300: %+v, want −1 (−1 to about −0.7)", r.Relative)
	}
	r, err = ChangeOfCounts(CountsSpec{From: Count{0, 400}, To: Count{5, 300}})
	if err != nil || r.Ratio.Estimate.Known() || !r.Difference.Lower.Known() {
		t.Errorf("from none: %+v, %v; want a difference and no ratio", r, err)
	}
	for _, bad := range []string{"5", "5/", "6/5", "-1/5", "1.5/5", "0/0", "1e300/1e300", "0x1/5"} {
		if c, err := ParseCount("from-count", bad); err == nil {
			t.Errorf("ParseCount(%q) = %v, want an error", bad, c)
		}
	}
}

// Published counts of two rounds, from published_waves.csv: the newspaper's
// figures for Cambodia in 2003 and 2008.
func TestPublishedRounds(t *testing.T) {
	tab := golden.Table(t, "published_waves.csv")
	ids, _ := tab.Text("id")
	cases, err := tab.Numbers("numerator")
	if err != nil {
		t.Fatal(err)
	}
	n, err := tab.Numbers("denominator")
	if err != nil {
		t.Fatal(err)
	}
	share, _ := tab.Numbers("percent")
	counts := map[string]Count{}
	for i, id := range ids {
		if !math.IsNaN(cases[i]) && !math.IsNaN(n[i]) {
			counts[id] = Count{cases[i], n[i]}
			if got := 100 * cases[i] / n[i]; math.Abs(got-share[i]) > 0.005 {
				t.Errorf("%s: %v of %v is %.3f per cent, printed %v", id, cases[i], n[i], got, share[i])
			}
		}
	}
	r, err := ChangeOfCounts(CountsSpec{From: counts["cambodia_steinfatt_2003"], To: counts["cambodia_steinfatt_2008"]})
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(r.Relative.Estimate); math.Abs(got+0.7364) > 1e-4 {
		t.Errorf("relative change %v, want −0.7364", got)
	}
}

// The names of the JSON are a promise to scripts.
func TestShape(t *testing.T) {
	tab := golden.Table(t, "tls_sim_a.csv")
	keys := func(v any) map[string]any {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]any{}
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	want := func(m map[string]any, names ...string) {
		t.Helper()
		for _, n := range names {
			if _, ok := m[n]; !ok {
				t.Errorf("no %q in %v", n, m)
			}
		}
	}
	m := keys(fit(t, tab, Spec{Design: tlsDesign, Y: "minor==1"}))
	want(m, "method", "version", "level", "warnings", "n", "degf", "results")
	want(m["results"].([]any)[0].(map[string]any), "group", "estimate", "se", "lower", "upper", "deff", "n")
	r, err := Change(context.Background(), tab, ChangeSpec{Spec: Spec{Design: tlsDesign, Y: "minor"}, Wave: "wave", From: "baseline", To: "endline"})
	if err != nil {
		t.Fatal(err)
	}
	m = keys(r)
	want(m, "method", "version", "level", "warnings", "from", "to", "difference", "ratio", "relative_change", "p")
	for _, k := range []string{"from", "to"} {
		want(m[k].(map[string]any), "estimate", "se", "lower", "upper")
	}
	for _, k := range []string{"difference", "ratio", "relative_change"} {
		want(m[k].(map[string]any), "estimate", "lower", "upper")
	}
}

func TestExpressions(t *testing.T) {
	tab := csv(t, "a,b,long name\n1,x,1\n2,y,\n3,x,1.0\n,z,2\n")
	for text, want := range map[string]string{
		"a>1": "nyy?", "a>=2 and b==x": "nnyn", "a<2 or b=z": "ynny", "not a==1": "nyy?", "!(a==1||b==y)": "nny?",
		"b!='x'": "nyny", "`long name`==1": "y?yn", "a==2.0": "nyn?", "b==x and a<9": "ynyn",
	} {
		e, err := parseExpression("where", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, err := e.eval(tab)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		s := ""
		for _, x := range got {
			s += string("ny?"[x])
		}
		if s != want {
			t.Errorf("%q gives %s, want %s", text, s, want)
		}
	}
}

// TestEqual holds that a comparison that is written for somebody is read as meant.
func TestEqual(t *testing.T) {
	for _, column := range []string{"a", "sch.wide", "long name", "a=b", "not", "it's", "النتيجة"} {
		for _, value := range []string{"1", "yes", "two words", "a<b", "it's", `so "they" say`, "", "نعم"} {
			text := Equal(column, value)
			e, err := parseExpression("y", text)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			if c, ok := e.(comparison); !ok || c.column != column || c.op != "==" || c.value != value {
				t.Errorf("%q and %q are written %s and read %+v", column, value, text, e)
			}
		}
	}
}

func TestSameSeed(t *testing.T) {
	tab := golden.Table(t, "apiclus1.csv")
	sp := Spec{Design: clusDesign, Y: "api00", Replicates: "bootstrap", Seed: 9}
	a, _ := json.Marshal(fit(t, tab, sp))
	b, _ := json.Marshal(fit(t, tab, sp))
	if !bytes.Equal(a, b) {
		t.Errorf("one seed gave %s and %s", a, b)
	}
	sp.Seed = 10
	if c, _ := json.Marshal(fit(t, tab, sp)); bytes.Equal(a, c) {
		t.Error("two seeds gave one answer")
	}
}

// Reference: R's svyby took 81 s for 50,000 rows by 6,700 groups
// (gergness/srvyr, issue 164). The target is 2 s for what is measured here.
func BenchmarkMillionRows5000Domains(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	var text bytes.Buffer
	text.WriteString("y,w,h,c,g\n")
	for range 1_000_000 {
		c := rng.IntN(20_000)
		fmt.Fprintf(&text, "%.3f,%.2f,%d,%d,%d\n", rng.NormFloat64(), 1+rng.Float64(), c%50, c, rng.IntN(5000))
	}
	for b.Loop() {
		tab, err := estimate.ReadTable(bytes.NewReader(text.Bytes()), "b.csv", estimate.ReadOptions{})
		if err != nil {
			b.Fatal(err)
		}
		r, err := Fit(context.Background(), tab, Spec{Design: Design{Weights: "w", Strata: "h", Clusters: []string{"c"}}, Y: "y", By: "g"})
		if err != nil || len(r.Results) != 5000 {
			b.Fatal(err)
		}
	}
}

// R 4.2.2, survey 4.1: 0.14 s of CPU for 500 bootstrap replicates.
func BenchmarkBootstrap500(b *testing.B) {
	tab := golden.Table(b, "apiclus1.csv")
	for b.Loop() {
		fit(b, tab, Spec{Design: clusDesign, Y: "api00", Replicates: "bootstrap"})
	}
}

func BenchmarkMean(b *testing.B) {
	tab := golden.Table(b, "apistrat.csv")
	for b.Loop() {
		fit(b, tab, Spec{Design: stratDesign, Y: "api00"})
	}
}

// A mean of zeros and ones without a one follows the same rule as a share.
func TestNoCasesInAMean(t *testing.T) {
	const text = "y,r,c\n1,a,1\n0,a,1\n0,a,2\n1,a,3\n0,a,4\n0,b,5\n0,b,6\n0,b,7\n0,b,8\n"
	mean := fit(t, csv(t, text), Spec{Y: "y", Where: "r==b"}).Results[0]
	share := fit(t, csv(t, text), Spec{Y: "y==1", Where: "r==b"}).Results[0]
	if mean.Upper != share.Upper || !(mean.Upper > 0.3) {
		t.Errorf("no cases: the mean goes up to %v, the share to %v", mean.Upper, share.Upper)
	}
	r, err := Change(context.Background(), csv(t, text), ChangeSpec{Spec: Spec{Y: "y", Design: Design{Clusters: []string{"c"}}}, Wave: "r", From: "a", To: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Relative.Estimate != -1 || !r.Relative.Upper.Known() || r.Relative.Upper < 0 || !r.P.Known() {
		t.Errorf("from 2 of 5 to 0 of 4: %+v, p %v; want an interval that includes no change", r.Relative, r.P)
	}
}

// TestOneClusterEach holds that groups that are a cluster each have estimates
// and no limits, rather than limits of no width.
func TestOneClusterEach(t *testing.T) {
	tab := csv(t, "y,c\n1,a\n0,a\n1,a\n0,b\n0,b\n1,b\n1,c\n1,c\n0,c\n3,c\n")
	for _, sp := range []Spec{{Y: "y>0"}, {Y: "y"}, {Y: "y>0", Replicates: "jk1"}} {
		sp.Clusters, sp.By = []string{"c"}, "c"
		r := fit(t, tab, sp)
		for _, g := range r.Results {
			if !g.Estimate.Known() || g.SE.Known() || g.Lower.Known() || g.Upper.Known() || g.Deff.Known() {
				t.Errorf("%s %s: %+v, want an estimate alone", sp.Y, g.Group, g)
			}
		}
		if !slices.ContainsFunc(r.Warnings, func(w estimate.Warning) bool { return w.Code == "one-cluster" }) {
			t.Errorf("%s: warnings %v", sp.Y, r.Warnings)
		}
	}
}

// TestRegressionWithoutErrors holds that coefficients which ran away, or meet
// every answer, have no errors and no p-values.
func TestRegressionWithoutErrors(t *testing.T) {
	for _, c := range []struct{ text, y, family, code string }{
		{"y,x\n0,0\n0,0\n1,1\n1,1\n1,1\n", "y", "logit", "not-converged"},
		{"y,x\n3,1\n5,2\n7,3\n9,4\n11,5\n", "y", "gaussian", "no-noise"},
	} {
		r, err := Regress(context.Background(), csv(t, c.text), RegressSpec{Y: c.y, X: []string{"x"}, Family: c.family})
		if err != nil {
			t.Fatal(err)
		}
		if r.SE["x"].Known() || r.P["x"].Known() || r.Upper["x"].Known() || !slices.ContainsFunc(r.Warnings, func(w estimate.Warning) bool { return w.Code == c.code }) {
			t.Errorf("%s: se %v, p %v, warnings %v; want neither, and %s", c.family, r.SE["x"], r.P["x"], r.Warnings, c.code)
		}
	}
}

func TestCensus(t *testing.T) {
	for _, iv := range intervals {
		r := fit(t, csv(t, "y,n\n1,4\n0,4\n1,4\n0,4\n"), Spec{Y: "y==1", Design: Design{FPC: []string{"n"}}, Interval: iv})
		if g := r.Results[0]; g.Estimate != 0.5 || g.SE != 0 || g.Lower != 0.5 || g.Upper != 0.5 {
			t.Errorf("%s: everybody was asked, yet %+v", iv, g)
		}
	}
}

func TestVisitsDivideWeights(t *testing.T) {
	r := fit(t, csv(t, "y,w,v\n1,8,4\n0,2,1\n"), Spec{Y: "y", Design: Design{Weights: "w", TimeLocation: &TimeLocation{Visits: "v"}}})
	if r.Estimate != 0.5 {
		t.Errorf("weights 8/4 and 2/1: mean %v, want 0.5", r.Estimate)
	}
}

// Fitting the weights again in every jackknife sample comes near to taking off
// what the margins explain.
func TestCalibratedReplicates(t *testing.T) {
	tab := golden.Table(t, "apiclus1.csv")
	d := clusDesign
	d.Margins = []Margin{{"stype", map[string]float64{"E": 4421, "H": 755, "M": 1018}}, {"sch.wide", map[string]float64{"No": 1072, "Yes": 5122}}}
	for _, sp := range []Spec{{Design: d, Y: "api00"}, {Design: d, Ratio: "api.stu/enroll"}} {
		linear := fit(t, tab, sp).Results[0]
		for _, kind := range []string{"jk1", "bootstrap"} {
			sp.Replicates = kind
			again := fit(t, tab, sp).Results[0]
			if again.Estimate != linear.Estimate || math.Abs(float64(again.SE/linear.SE)-1) > 0.35 {
				t.Errorf("%s: %v ± %v, linearised %v ± %v", kind, again.Estimate, again.SE, linear.Estimate, linear.SE)
			}
		}
	}
	// The margins are met, and a margin's own total is certain.
	for level, want := range d.Margins[0].Totals {
		g := fit(t, tab, Spec{Design: d, Y: "stype==" + level, Stat: Total}).Results[0]
		if math.Abs(float64(g.Estimate)-want) > 1e-6*want || g.SE > 1e-6*Number(want) {
			t.Errorf("total of %s: %v ± %v, want %v and certain", level, g.Estimate, g.SE, want)
		}
	}
}

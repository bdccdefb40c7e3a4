package survey

import (
	"context"
	"flag"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/rig/golden"
)

// How often do 95 % intervals hold the truth? The table is in
// doc/simulations.md, with the command.
var simulate = flag.Int("simulate", 0, "simulated data sets for each row of the coverage table; 0 for a quick check")

// A population is sampled at random, by clusters, or in strata of clusters.
type population struct {
	name                      string
	p                         float64
	strata, clusters, members int
	within                    float64 // a+b of the beta distribution of cluster shares; 0 for no clustering
	weights                   bool    // unequal, by a factor of up to four
}

// sample draws one sample and returns it with the design that says how.
func (x population) sample(r *rand.Rand) (*estimate.Table, Design, error) {
	var rows [][]string
	for h := range x.strata {
		for c := range x.clusters {
			p := x.p
			if x.within > 0 {
				a, b := gamma(r, x.p*x.within), gamma(r, (1-x.p)*x.within)
				p = a / (a + b)
			}
			for range x.members {
				y, w := "0", 1.0
				if r.Float64() < p {
					y = "1"
				}
				if x.weights {
					w = 1 + 3*r.Float64()
				}
				rows = append(rows, []string{y, strconv.Itoa(h), strconv.Itoa(h*1000 + c), strconv.FormatFloat(w, 'g', -1, 64)})
			}
		}
	}
	t, err := estimate.NewTable("simulated", []string{"y", "h", "c", "w"}, rows)
	d := Design{Weights: "w"}
	if x.within > 0 {
		d.Clusters = []string{"c"}
	}
	if x.strata > 1 {
		d.Strata = "h"
	}
	return t, d, err
}

// gamma draws by Marsaglia and Tsang's (2000) rejection.
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := math.Pow(1+c*x, 3)
		if v > 0 && math.Log(r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

var populations = []population{
	{name: "200 people, 30 %", p: .3, strata: 1, clusters: 1, members: 200},
	{name: "200 people, 2 %", p: .02, strata: 1, clusters: 1, members: 200},
	{name: "200 people, 0.5 % (a third of samples without a case)", p: .005, strata: 1, clusters: 1, members: 200},
	{name: "30 venues of 15, 20 %, correlation 0.1", p: .2, strata: 1, clusters: 30, members: 15, within: 9},
	{name: "30 venues of 15, 5 %, correlation 0.1", p: .05, strata: 1, clusters: 30, members: 15, within: 9},
	{name: "8 venues of 30, 10 %, correlation 0.1", p: .1, strata: 1, clusters: 8, members: 30, within: 9},
	{name: "12 venues of 20, 1 %, correlation 0.1 (a quarter without a case)", p: .01, strata: 1, clusters: 12, members: 20, within: 9},
	{name: "5 strata of 6 venues of 15, 20 %, unequal weights", p: .2, strata: 5, clusters: 6, members: 15, within: 9, weights: true},
}

func TestCoverage(t *testing.T) {
	runs, which, kinds := *simulate, populations, []Interval{Logit, Beta, Likelihood, Wilson, ArcSine, MeanT}
	if runs == 0 {
		// Of 200 intervals at 95 %, fewer than 178 hold the truth with probability
		// below 0.001.
		runs, which, kinds = 200, populations[:1], kinds[:2]
	}
	for _, x := range which {
		for _, kind := range kinds {
			c := golden.Cover(t, x.name, string(kind), runs, func(i int) (golden.Draw, error) {
				tab, d, err := x.sample(estimate.Random(uint64(len(x.name)), uint64(i)))
				if err != nil {
					return golden.Draw{}, err
				}
				r, err := Fit(context.Background(), tab, Spec{Design: d, Y: "y", Stat: Proportion, Interval: kind})
				if err != nil {
					return golden.Draw{}, err
				}
				return golden.Draw{Truth: x.p, Estimate: float64(r.Estimate), Lower: float64(r.Lower), Upper: float64(r.Upper)}, nil
			})
			if *simulate == 0 && (c.Estimated < 1 || c.Held < .89) {
				t.Errorf("%s: %+v", kind, c)
			}
		}
		if *simulate > 0 {
			x.coverChange(t, runs)
		}
	}
}

// coverChange compares a round with one of half the share.
func (x population) coverChange(t *testing.T, runs int) {
	after := x
	after.p /= 2
	golden.Cover(t, x.name, "ratio of a round with half of it", runs, func(i int) (golden.Draw, error) {
		r := estimate.Random(uint64(len(x.name)+1000), uint64(i))
		a, d, err := x.sample(r)
		if err != nil {
			return golden.Draw{}, err
		}
		b, _, err := after.sample(r)
		if err != nil {
			return golden.Draw{}, err
		}
		var rows [][]string
		for k, tab := range []*estimate.Table{a, b} {
			columns := make([][]string, 4)
			for j, h := range tab.Header() {
				if columns[j], err = tab.Text(h); err != nil {
					return golden.Draw{}, err
				}
			}
			for i := range tab.Rows() {
				rows = append(rows, []string{columns[0][i], strconv.Itoa(k) + "/" + columns[1][i], strconv.Itoa(k) + "/" + columns[2][i], columns[3][i], strconv.Itoa(k)})
			}
		}
		tab, err := estimate.NewTable("simulated", []string{"y", "h", "c", "w", "round"}, rows)
		if err != nil {
			return golden.Draw{}, err
		}
		d.Strata = "h"
		ch, err := Change(context.Background(), tab, ChangeSpec{Spec: Spec{Design: d, Y: "y", Stat: Proportion}, Wave: "round", From: "0", To: "1"})
		if err != nil {
			return golden.Draw{}, err
		}
		return golden.Draw{Truth: .5, Estimate: float64(ch.Ratio.Estimate), Lower: float64(ch.Ratio.Lower), Upper: float64(ch.Ratio.Upper)}, nil
	})
}

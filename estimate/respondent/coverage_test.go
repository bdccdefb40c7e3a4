package respondent

import (
	"context"
	"flag"
	"fmt"
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

// A network has a group, a third of its people, that knows more people than the
// others do, and by a tie more or less its own kind.
type network struct {
	name              string
	people, asked     int
	coupons           int
	kind              float64 // ties within a group over what chance would make
	lonely, connected float64 // mean degrees of the two groups

	group   []int
	years   []float64 // of age; more in the group
	friends [][]int
	truth   float64 // share of the group
	mean    float64 // of the years
}

func (x *network) build(r *rand.Rand) {
	x.group, x.friends, x.truth = make([]int, x.people), make([][]int, x.people), 0
	x.years, x.mean = make([]float64, x.people), 0
	want, total := make([]float64, x.people), 0.0
	for i := range want {
		want[i] = x.lonely
		if r.Float64() < 1.0/3 {
			x.group[i], want[i] = 1, x.connected
			x.truth += 1 / float64(x.people)
		}
		total += want[i]
		// Of its own stream, so that the ties do not depend on it.
		x.years[i] = math.Round(24 + 6*float64(x.group[i]) + 5*estimate.Random(12, uint64(i)).NormFloat64())
		x.mean += x.years[i] / float64(x.people)
	}
	for i := range x.people {
		for j := range i {
			p := want[i] * want[j] / total
			if x.group[i] == x.group[j] {
				p *= x.kind
			} else {
				p *= 2 - x.kind
			}
			if r.Float64() < p {
				x.friends[i], x.friends[j] = append(x.friends[i], j), append(x.friends[j], i)
			}
		}
	}
}

// sample recruits by coupons from six seeds on.
func (x *network) sample(r *rand.Rand) (*estimate.Table, error) {
	var rows [][]string
	in := map[int]bool{}
	var queue []int
	add := func(i int, by string) {
		in[i] = true
		queue = append(queue, i)
		rows = append(rows, []string{strconv.Itoa(i), by, strconv.Itoa(len(x.friends[i])), strconv.Itoa(x.group[i]), fmt.Sprint(x.years[i])})
	}
	for len(in) < x.asked {
		if len(queue) == 0 || len(in) < 6 {
			if i := r.IntN(x.people); !in[i] && len(x.friends[i]) > 0 {
				add(i, "seed")
			}
			continue
		}
		i := queue[0]
		queue = queue[1:]
		left := x.coupons
		for _, k := range r.Perm(len(x.friends[i])) {
			if j := x.friends[i][k]; !in[j] && left > 0 && len(in) < x.asked {
				add(j, fmt.Sprint(i))
				left--
			}
		}
	}
	return estimate.NewTable("simulated", []string{"id", "by", "d", "y", "years"}, rows)
}

var networks = []network{
	{name: "300 of 1,200 asked, groups mix", people: 1200, asked: 300, coupons: 2, kind: 1, lonely: 8, connected: 14},
	{name: "300 of 1,200 asked, groups keep apart a little", people: 1200, asked: 300, coupons: 2, kind: 1.2, lonely: 8, connected: 14},
	{name: "300 of 1,200 asked, groups keep apart", people: 1200, asked: 300, coupons: 2, kind: 1.6, lonely: 8, connected: 14},
	{name: "600 of 1,200 asked, groups mix", people: 1200, asked: 600, coupons: 3, kind: 1, lonely: 8, connected: 14},
}

func TestCoverage(t *testing.T) {
	runs, which := *simulate, networks
	boots, samples := 200, 500
	if runs == 0 {
		runs, which, boots, samples = 60, networks[1:2], 100, 300
	}
	for _, x := range which {
		x.build(estimate.Random(8, uint64(len(x.name))))
		asks := []struct {
			name, y string
			truth   float64
			method  Method
		}{{"rds1", "y", x.truth, RDS1}, {"rds2", "y", x.truth, RDS2}, {"ss", "y", x.truth, SS}, {"mean, rds2", "years", x.mean, RDS2}, {"mean, ss", "years", x.mean, SS}}
		if *simulate == 0 {
			asks = asks[:4]
		}
		for _, ask := range asks {
			reports := make([]*Report, runs)
			for _, kind := range []string{"analytic", "bootstrap", "the wider"} {
				c := golden.Cover(t, x.name, ask.name+", "+kind, runs, func(i int) (golden.Draw, error) {
					if reports[i] == nil {
						tab, err := x.sample(estimate.Random(10, uint64(i)))
						if err != nil {
							return golden.Draw{}, err
						}
						reports[i], err = Fit(context.Background(), tab, Spec{ID: "id", Recruiter: "by", Degree: "d", Y: ask.y, Method: ask.method, Population: x.people, Bootstrap: boots, Samples: samples, Seed: uint64(i)})
						if err != nil {
							return golden.Draw{}, err
						}
					}
					g := reports[i].Groups[len(reports[i].Groups)-1]
					d := golden.Draw{Truth: ask.truth, Estimate: float64(g.Estimate), Lower: float64(g.Lower), Upper: float64(g.Upper)}
					switch kind {
					case "bootstrap":
						d.Lower, d.Upper = float64(g.Bootstrap.Lower), float64(g.Bootstrap.Upper)
					case "the wider":
						lower, upper, _ := g.wider()
						d.Lower, d.Upper = float64(lower), float64(upper)
					}
					return d, nil
				})
				// Where groups keep apart a little, a bootstrap is known to hold less often
				// than it says; below seven in ten something is broken.
				if *simulate == 0 && (c.Estimated < 1 || c.Held < .7 && kind != "analytic" || c.Ratio < .9 || c.Ratio > 1.1) {
					t.Errorf("%s, %s: %+v", ask.name, kind, c)
				}
			}
		}
	}
}

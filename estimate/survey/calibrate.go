package survey

import (
	"fmt"
	"math"

	"plumbline/estimate"
)

// calibration is one margin the weights were fitted to.
type calibration struct {
	name   string
	group  []int32 // of a row
	levels []string
	total  []float64
}

// calibrate fits the weights to known totals: post-stratification with one
// margin, raking (iterative proportional fitting, Deming & Stephan 1940) with
// several.
func (s *sample) calibrate(t *estimate.Table, margins []Margin) error {
	if len(margins) == 0 {
		return nil
	}
	first := 0.0
	for k, m := range margins {
		group, names, err := levels(t, m.Variable, "group")
		if err != nil {
			return err
		}
		c := calibration{name: m.Variable, group: group, levels: names, total: make([]float64, len(names))}
		seen, grand := make([]bool, len(names)), 0.0
		for g, name := range names {
			x, ok := m.Totals[name]
			if !ok || !(x > 0) || math.IsInf(x, 1) {
				row := 0
				for group[row] != int32(g) {
					row++
				}
				if ok {
					return t.Bad(row, m.Variable, fmt.Sprintf("the population total of %q is %v", name, x), "a number above zero")
				}
				return t.Bad(row, m.Variable, fmt.Sprintf("%q has no population total", name), "a total for every group of the sample")
			}
			c.total[g] = x
			grand += x
		}
		for i, g := range group {
			seen[g] = seen[g] || s.weight[i] > 0
		}
		for g, ok := range seen {
			if !ok {
				return &estimate.InputError{File: t.Name, Column: m.Variable, Wrong: fmt.Sprintf("every weight of %q is zero", names[g]), Want: "someone to stand for the group"}
			}
		}
		for name, x := range m.Totals {
			known := false
			for _, n := range names {
				known = known || n == name
			}
			if !known && x != 0 {
				return &estimate.InputError{File: t.Name, Column: m.Variable, Wrong: fmt.Sprintf("nobody in the sample is %q, of whom the population has %v", name, x), Want: "groups joined until each has someone"}
			}
		}
		if k == 0 {
			first = grand
		} else if math.Abs(grand-first) > 1e-6*first {
			return &estimate.InputError{File: t.Name, Column: m.Variable, Wrong: fmt.Sprintf("its totals add up to %v and those of %q to %v", grand, margins[0].Variable, first), Want: "margins of one population"}
		}
		s.cal = append(s.cal, c)
	}
	fitted, err := s.fitted(s.weight, 1e-13, 10000)
	if err != nil {
		return err
	}
	s.base, s.weight = s.weight, fitted
	return nil
}

// fitted returns weights that meet every margin. It stops when no margin moves
// any weight by more than tolerance, relatively.
func (s *sample) fitted(start []float64, tolerance float64, most int) ([]float64, error) {
	w := make([]float64, len(start))
	copy(w, start)
	for range most {
		worst := 0.0
		for _, c := range s.cal {
			now := make([]float64, len(c.total))
			for i, g := range c.group {
				now[g] += w[i]
			}
			for g := range now {
				now[g] = c.total[g] / now[g]
				worst = max(worst, math.Abs(now[g]-1))
			}
			for i, g := range c.group {
				if w[i] > 0 {
					w[i] *= now[g]
				}
			}
		}
		if math.IsNaN(worst) || math.IsInf(worst, 1) {
			break
		}
		if len(s.cal) == 1 || worst <= tolerance {
			return w, nil
		}
	}
	return nil, &estimate.InputError{File: s.table.Name, Column: s.cal[0].name, Wrong: "raking does not settle: no weights meet all margins", Want: "margins that agree with each other, or groups joined"}
}

// residuals takes off what the margins explain, because what is known of the
// population does not vary from sample to sample (Deville & Särndal 1992):
// z = w·e becomes w·(e − ê), ê the regression of e on the margins with the
// weights before fitting. z is of all rows, in the order of the table.
//
// The projections on the margins are taken in turn until they settle.
func (s *sample) residuals(z []float64, p int) {
	for range 1000 {
		moved, size := 0.0, 0.0
		for _, c := range s.cal {
			mean, weight := make([]float64, len(c.total)*p), make([]float64, len(c.total))
			for i, g := range c.group {
				if s.weight[i] > 0 {
					weight[g] += s.base[i]
					for a := range p {
						mean[int(g)*p+a] += s.base[i] * z[i*p+a] / s.weight[i]
					}
				}
			}
			for g, w := range weight {
				for a := range p {
					mean[g*p+a] /= w
				}
			}
			for i, g := range c.group {
				for a := range p {
					d := s.weight[i] * mean[int(g)*p+a]
					z[i*p+a] -= d
					moved, size = max(moved, math.Abs(d)), max(size, math.Abs(z[i*p+a]))
				}
			}
		}
		if len(s.cal) == 1 || moved <= 1e-14*size {
			return
		}
	}
}

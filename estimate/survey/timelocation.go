package survey

import (
	"fmt"
	"math"

	"plumbline/estimate"
)

// TimeLocation is sampling of people at venues in time slots. The weight is
//
//	venues/sampled venues × slots/sampled slots × present/observed ÷ visits.
//
// Each field is the name of a column or a number. Visits, when given, is how
// often the person goes to such venues in the period: those who go out more
// are met more often (multiplicity; Karon & Wejnert 2012), and without it the
// estimate is about visits and not about people.
type TimeLocation struct {
	Venues, SampledVenues string
	Slots, SampledSlots   string
	Present, Observed     string
	Visits                string
}

type factor struct {
	name, value string
	divide      bool
}

func (t TimeLocation) factors() []factor {
	return []factor{
		{"venues", t.Venues, false}, {"sampled venues", t.SampledVenues, true},
		{"slots", t.Slots, false}, {"sampled slots", t.SampledSlots, true},
		{"people present", t.Present, false}, {"people observed", t.Observed, true},
		{"visits", t.Visits, true},
	}
}

func (s *sample) timeLocation(t *estimate.Table, tl TimeLocation) error {
	f := tl.factors()
	for k := 0; k < 6; k += 2 {
		if (f[k].value == "") != (f[k+1].value == "") {
			return option("time-location", fmt.Sprintf("only one of %s and %s is given", f[k].name, f[k+1].name), "both or neither")
		}
	}
	columns := make([][]float64, len(f))
	for k, c := range f {
		if c.value == "" {
			continue
		}
		if x, ok := literal(c.value); ok {
			if !(x > 0) {
				return option("time-location", fmt.Sprintf("%s is %v", c.name, x), "a number above zero")
			}
			for i := range s.weight {
				s.weight[i] = times(s.weight[i], x, c.divide)
			}
			continue
		}
		v, err := t.Numbers(c.value)
		if err != nil {
			return err
		}
		for i, x := range v {
			if !(x > 0) {
				wrong := fmt.Sprintf("the number of %s is %v", c.name, x)
				if math.IsNaN(x) {
					wrong = "the number of " + c.name + " is missing"
				}
				return t.Bad(i, c.value, wrong, "a number above zero")
			}
			s.weight[i] = times(s.weight[i], x, c.divide)
		}
		columns[k] = v
	}
	for k := 0; k < 6; k += 2 {
		if columns[k] == nil || columns[k+1] == nil {
			continue
		}
		for i := range s.weight {
			if columns[k+1][i] > columns[k][i] {
				return t.Bad(i, f[k+1].value, fmt.Sprintf("%v %s out of %v", columns[k+1][i], f[k+1].name, columns[k][i]), "no more than there were")
			}
		}
	}
	if tl.Visits == "" {
		s.note("multiplicity", "People who visit more venues are met more often, and nothing corrects for it: the estimate is about visits rather than people. Give the number of visits to correct it.")
	}
	return nil
}

func times(w, x float64, divide bool) float64 {
	if divide {
		return w / x
	}
	return w * x
}

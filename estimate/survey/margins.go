package survey

import (
	"fmt"
	"slices"

	"plumbline/estimate"
)

// ReadMargins reads known totals of the population from a table with a row for
// every value of a variable: variable, value, total.
func ReadMargins(t *estimate.Table) ([]Margin, error) {
	variable, err := t.Text("variable")
	if err != nil {
		return nil, err
	}
	value, err := t.Text("value")
	if err != nil {
		return nil, err
	}
	total, err := t.Numbers("total")
	if err != nil {
		return nil, err
	}
	var out []Margin
	for i := range total {
		switch {
		case variable[i] == "":
			return nil, t.Bad(i, "variable", "it is missing", "the name of a column of the data")
		case value[i] == "":
			return nil, t.Bad(i, "value", "it is missing", "a value of that column")
		case !(total[i] > 0):
			return nil, t.Bad(i, "total", "it is no total", "how many of the population have the value")
		}
		k := slices.IndexFunc(out, func(m Margin) bool { return m.Variable == variable[i] })
		if k < 0 {
			k = len(out)
			out = append(out, Margin{Variable: variable[i], Totals: map[string]float64{}})
		}
		if _, twice := out[k].Totals[value[i]]; twice {
			return nil, t.Bad(i, "value", fmt.Sprintf("%s has a total already", value[i]), "one total a value")
		}
		out[k].Totals[value[i]] = total[i]
	}
	if len(out) == 0 {
		return nil, &estimate.InputError{File: t.Name, Wrong: "there are no totals", Want: "a row for every value of a variable"}
	}
	return out, nil
}

package figure

import (
	"fmt"
	"strings"
)

// A Reason says why figures may not stand in one line, or what a reader must
// know when they do.
type Reason struct {
	Code   string   `json:"code"`
	Text   string   `json:"text"`
	Claims []string `json:"claims"`
	Values []string `json:"values,omitempty"` // what differs
}

// A Comparison says whether the figures of some claims may stand in one line.
type Comparison struct {
	Claims     []string `json:"claims"`
	Comparable bool     `json:"comparable"`
	Refused    []Reason `json:"refused"`
	Mind       []Reason `json:"mind"` // true of the line, and no reason to refuse it
}

// Compare says whether the figures of two or more claims are of one kind:
// numbers, of the same unit, by the same definition, of the same population,
// over periods with two ends. Unlike figures are refused, since a line of them
// would say what nobody has said.
func (r *Register) Compare(claims []*Claim) (Comparison, error) {
	c := Comparison{Claims: []string{}, Refused: []Reason{}, Mind: []Reason{}}
	seen := map[*Claim]bool{}
	for _, one := range claims {
		if seen[one] {
			return c, fmt.Errorf("%s is given twice", one.ID)
		}
		seen[one] = true
		c.Claims = append(c.Claims, one.ID)
	}
	if len(claims) < 2 {
		return c, fmt.Errorf("one claim cannot be compared; give two or more")
	}
	refuse := func(code, text string, which []*Claim) {
		if len(which) > 0 {
			c.Refused = append(c.Refused, Reason{Code: code, Text: text, Claims: idList(which)})
		}
	}
	which := func(is func(*Claim) bool) (list []*Claim) {
		for _, one := range claims {
			if is(one) {
				list = append(list, one)
			}
		}
		return list
	}
	refuse("no-number", "gives no number: a word, a date or nothing cannot stand in a line of numbers", which(func(c *Claim) bool { return !c.Figure.Numeric() }))
	differ := func(code, what string, of func(*Claim) string) {
		if values := distinct(claims, of); len(values) > 1 {
			c.Refused = append(c.Refused, Reason{code, "the " + what + " differ: " + strings.Join(values, " / "), idList(claims), values})
		}
	}
	differ("unit", "units", func(c *Claim) string { return c.Unit })
	refuse("no-definition", "does not say what is counted, so nobody can tell whether it is the same", which(func(c *Claim) bool { return c.Definition == "" }))
	differ("definition", "definitions", func(c *Claim) string { return c.Definition })
	differ("population", "populations", func(c *Claim) string { return c.Population })
	refuse("open-total", "is a running total without a start, an area or whose cases it holds: two of them may hold the same people", which((*Claim).OpenTotal))
	differ("attribution", "cases that they hold (led, supported, only trained for)", func(c *Claim) string { return strings.Join(c.Attribution, " and ") })
	refuse("parked", "is a charge without a name, a fact or a source", which(func(c *Claim) bool { return r.Has(c, Parked) }))
	if one := r.Distinct(claims); len(one) < len(claims) {
		refuse("one-telling", "some of these tell the same again: they are one figure and not several", claims)
	}
	vary := func(code, what string, of func(*Claim) string) {
		if values := distinct(claims, of); len(values) > 1 {
			c.Mind = append(c.Mind, Reason{code, "the " + what + " differ: " + strings.Join(values, " / "), idList(claims), values})
		}
	}
	vary("place", "places", func(c *Claim) string { return c.Place })
	vary("period", "periods", func(c *Claim) string { return c.Period })
	mind := func(code, text string, which []*Claim) {
		if len(which) > 0 {
			c.Mind = append(c.Mind, Reason{Code: code, Text: text, Claims: idList(which)})
		}
	}
	mind("bound", "is a bound and not a number", which(func(c *Claim) bool { return c.Figure.Numeric() && c.Figure.Low != c.Figure.High }))
	mind("adults", "counts trafficked people and holds, or does not leave out, adults who consent", which(func(c *Claim) bool { return r.Has(c, MixesAdults) || r.Has(c, MayMixAdults) }))
	mind("no-basis", "shows no way in which it was found", which(func(c *Claim) bool { return r.Has(c, NoBasis) }))
	mind("contested", "is contested", which(func(c *Claim) bool { return r.Has(c, Contested) }))
	c.Comparable = len(c.Refused) == 0
	return c, nil
}

func idList(claims []*Claim) []string {
	var list []string
	for _, c := range claims {
		list = append(list, c.ID)
	}
	return list
}

// distinct returns the different values of claims in their order; nothing
// told is a value of its own.
func distinct(claims []*Claim, of func(*Claim) string) (values []string) {
	seen := map[string]bool{}
	for _, c := range claims {
		v := of(c)
		if v == "" {
			v = "not told"
		}
		if !seen[strings.ToLower(v)] {
			seen[strings.ToLower(v)] = true
			values = append(values, v)
		}
	}
	return values
}

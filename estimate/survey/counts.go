package survey

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// CountsSpec asks for the change between two published shares.
type CountsSpec struct {
	From, To Count
	// DesignEffect divides both samples. Counts alone cannot show it; 0 is 1,
	// and gets a warning.
	DesignEffect float64
	Level        float64 // 0: 0.95
	Rounds
	Definition, Population string
}

// Count is CASES of N.
type Count struct{ Cases, N float64 }

// ParseCount reads CASES/N.
func ParseCount(name, text string) (Count, error) {
	a, b, ok := strings.Cut(text, "/")
	x, okx := literal(strings.TrimSpace(a))
	n, okn := literal(strings.TrimSpace(b))
	if !ok || !okx || !okn {
		return Count{}, option(name, fmt.Sprintf("cannot read %q", text), "CASES/N, as in 82/1005")
	}
	c := Count{x, n}
	return c, c.check(name)
}

func (c Count) check(name string) error {
	switch {
	case c.Cases != math.Trunc(c.Cases) || c.N != math.Trunc(c.N):
		return option(name, fmt.Sprintf("%v of %v are not whole numbers", c.Cases, c.N), "counts of people")
	case !(c.N >= 1) || c.N > 1e15 || c.Cases < 0 || c.Cases > c.N:
		return option(name, fmt.Sprintf("%v of %v", c.Cases, c.N), "cases from 0 to the size of the sample")
	}
	return nil
}

// ChangeOfCounts is the change between two independent shares of which only the
// counts are known, each on n/deff: Wilson's limits for the levels, Newcombe's
// (1998, method 10) for the difference, log ratio for the ratio, pooled z for p.
// Not for two rounds of one panel, or at the same venues: those are not
// independent.
func ChangeOfCounts(sp CountsSpec) (*ChangeReport, error) {
	level, err := (Spec{Level: sp.Level}).level()
	if err != nil {
		return nil, err
	}
	if err := sp.From.check("from-count"); err != nil {
		return nil, err
	}
	if err := sp.To.check("to-count"); err != nil {
		return nil, err
	}
	out := &ChangeReport{Result: estimate.NewResult("change of counts", level)}
	out.Definition, out.Population = sp.Definition, sp.Population
	deff := sp.DesignEffect
	switch {
	case deff == 0:
		deff = 1
		out.Warn("no-design-effect", "No design effect was given, so the samples are taken as drawn one person at a time. Samples of venues or households are less certain, often by a factor of two or more in the variance.")
	case !(deff > 0) || math.IsInf(deff, 1):
		return nil, option("deff", fmt.Sprintf("the design effect is %v", deff), "a number above zero")
	}
	differ, silent := sp.Rounds.compare()
	if err := sp.Rounds.settle(out, differ, silent); err != nil {
		return nil, err
	}
	z := distuv.UnitNormal.Quantile(0.5 + level/2)
	counted := func(c Count) RoundLevel {
		p, m := c.Cases/c.N, c.N/deff
		lower, upper := wilson(p, m, z)
		el, eu := clopperPearson(p*m, m, level)
		a, b, cases := Number(el), Number(eu), int(c.Cases)
		return RoundLevel{Estimate: Number(p), SE: Number(math.Sqrt(p * (1 - p) / m)), Lower: Number(lower), Upper: Number(upper), N: int(c.N), Cases: &cases, Deff: Number(deff), ExactLower: &a, ExactUpper: &b}
	}
	out.From, out.To = counted(sp.From), counted(sp.To)
	out.N = out.From.N + out.To.N
	null := Contrast{estimate.Null, estimate.Null, estimate.Null, estimate.Null}
	out.Ratio, out.Relative, out.P = null, null, estimate.Null
	a, b := float64(out.From.Estimate), float64(out.To.Estimate)
	lower, upper := newcombe(out.From, out.To)
	out.Difference = Contrast{Number(b - a), Number(math.Hypot(float64(out.From.SE), float64(out.To.SE))), Number(lower), Number(upper)}
	out.P = Number(pooled(out.From, out.To, deff))
	switch {
	case a == 0:
		out.Warn("no-ratio", "The first round is zero, so there is no ratio and no relative change.")
	case b == 0:
		out.Ratio = moverRatio(out.From, out.To)
	default:
		se := math.Sqrt(((1-a)/a/sp.From.N + (1-b)/b/sp.To.N) * deff)
		out.Ratio = Contrast{Number(b / a), Number(b / a * se), Number(b / a * math.Exp(-z*se)), Number(b / a * math.Exp(z*se))}
	}
	if r := out.Ratio; r.Estimate.Known() {
		out.Relative = Contrast{r.Estimate - 1, r.SE, r.Lower - 1, r.Upper - 1}
	}
	out.finish(string(Proportion))
	return out, nil
}

// newcombe puts the limits of a difference together from those of both levels
// (Newcombe 1998, method 10).
func newcombe(from, to RoundLevel) (lower, upper float64) {
	a, b := float64(from.Estimate), float64(to.Estimate)
	d := b - a
	return d - math.Hypot(b-float64(to.Lower), float64(from.Upper)-a), d + math.Hypot(float64(to.Upper)-b, a-float64(from.Lower))
}

// moverRatio puts the limits of b/a together from those of both levels (Donner
// & Zou 2012). A limit that is not defined is null.
func moverRatio(from, to RoundLevel) Contrast {
	a, l1, u1 := float64(from.Estimate), float64(from.Lower), float64(from.Upper)
	b, l2, u2 := float64(to.Estimate), float64(to.Lower), float64(to.Upper)
	lower := (a*b - math.Sqrt(a*a*b*b-l2*u1*(2*b-l2)*(2*a-u1))) / (u1 * (2*a - u1))
	upper := (a*b + math.Sqrt(a*a*b*b-u2*l1*(2*b-u2)*(2*a-l1))) / (l1 * (2*a - l1))
	if b == 0 {
		lower = 0
	}
	return Contrast{Number(b / a), estimate.Null, Number(max(lower, 0)), Number(upper)}
}

// pooled is the two-sided p-value of the pooled z test on n/deff.
func pooled(from, to RoundLevel, deff float64) float64 {
	m1, m2 := float64(from.N)/deff, float64(to.N)/deff
	a, b := float64(from.Estimate), float64(to.Estimate)
	p := (a*m1 + b*m2) / (m1 + m2)
	z := math.Abs(b-a) / math.Sqrt(p*(1-p)*(1/m1+1/m2))
	return 2 * distuv.UnitNormal.CDF(-z)
}

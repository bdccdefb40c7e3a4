package series

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"plumbline/estimate"
)

// withhold takes back the answers of a fit that ran away. The coefficients it
// was at stay, for whoever wants to see where it went; their errors mean nothing.
func (r *Report) withhold() {
	for _, name := range r.Names {
		r.SE[name], r.Lower[name], r.Upper[name], r.P[name] = estimate.Null, estimate.Null, estimate.Null, estimate.Null
	}
	r.Estimate, r.Result.Lower, r.Result.Upper = estimate.Null, estimate.Null, estimate.Null
	for k := range r.Changes {
		c := &r.Changes[k]
		c.Estimate, c.Lower, c.Upper, c.P = estimate.Null, estimate.Null, estimate.Null, estimate.Null
	}
	r.LevelChange, r.SlopeChange, r.Counterfactual, r.Detectable = nil, nil, nil, nil
}

// sentence words the change of level at the first event so that it can be
// printed as it stands. What the series could not have shown is part of it.
func (r *Report) sentence(sp Spec) string {
	c := r.LevelChange
	if c == nil || !c.Estimate.Known() || !c.Lower.Known() || !c.Upper.Known() {
		return ""
	}
	what, led, happened := cmp.Or(sp.Definition, sp.Y), "the series before led to expect", "if nothing else happened at that time"
	if len(r.Areas) == 2 {
		a, b := r.Areas[0].Name, r.Areas[1].Name
		what += " in " + a
		led = "the series before, and the change in " + b + ", led to expect"
		happened = "if nothing else happened at that time in one of the two alone"
	}
	if r.Population != "" {
		what += " (" + r.Population + ")"
	}
	none, unit := 0.0, ""
	show := func(n Number) string { return strconv.FormatFloat(float64(n), 'g', 4, 64) }
	if c.Scale == "ratio" {
		none, unit = 1, " per cent"
		show = func(n Number) string { return strconv.FormatFloat(100*(float64(n)-1), 'f', 1, 64) }
	}
	at := "From event " + c.Event + " on"
	if sp.Slope {
		at = "At once with event " + c.Event
	}
	lower, upper := float64(c.Lower), float64(c.Upper)
	size := func(n Number) string { return show(Number(none + math.Abs(float64(n)-none))) }
	switch {
	case upper < none:
		return fmt.Sprintf("%s, the level of %s was %s%s lower than %s (%g per cent interval %s to %s), %s.", at, what, size(c.Estimate), unit, led, 100*r.Level, size(c.Upper), size(c.Lower), happened)
	case lower > none:
		return fmt.Sprintf("%s, the level of %s was %s%s higher than %s (%g per cent interval %s to %s), %s.", at, what, size(c.Estimate), unit, led, 100*r.Level, size(c.Lower), size(c.Upper), happened)
	}
	if len(r.Areas) == 2 {
		what += ", beside " + r.Areas[1].Name + ","
	}
	text := fmt.Sprintf("%s, the level of %s changed by %s%s (%g per cent interval %s to %s), which does not show whether it changed at all", at, what, show(c.Estimate), unit, 100*r.Level, show(c.Lower), show(c.Upper))
	switch d := r.Detectable; {
	case d == nil:
	case c.Scale == "ratio" && d.Fall.Known():
		text += fmt.Sprintf("; to be seen four times in five, a fall would have had to be about %.0f per cent or more", 100*float64(d.Fall))
	case c.Scale != "ratio" && d.Fall > 1:
		text += "; in this series even a fall to nothing would not have been seen four times in five"
	case c.Scale != "ratio" && d.Change.Known():
		text += fmt.Sprintf("; to be seen four times in five, a fall would have had to be about %s or more", show(-d.Change))
	}
	return text + "."
}

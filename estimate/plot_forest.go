package estimate

import (
	"math"
	"strings"
)

// A Forest shows numbers with their limits below each other on one scale.
type Forest struct {
	Heading string
	Axis    Axis
	// Reference is a line through all rows, such as no change; nil draws none.
	Reference *float64
	Rows      []ForestRow
}

// A ForestRow is one number, or with a Label alone a heading of the rows that
// follow.
type ForestRow struct {
	Label                  string
	Estimate, Lower, Upper Number
	Heading                bool
	Main                   bool // the result itself, among others
	Second                 bool // another way to the number above it, drawn hollow
}

const forestStep = 25

func (f Forest) draw(c *canvas) {
	c.heading(f.Heading)
	names, values := 60.0, 40.0
	for _, r := range f.Rows {
		names = max(names, textWidth(r.Label, textSize)+8)
		if !r.Heading {
			values = max(values, textWidth(f.value(r), smallSize)+6)
		}
	}
	names, values = min(names, 240), min(values, 230)
	left, right := plotMargin+names+10, plotWidth-plotMargin-values-12
	s := f.scale(left, right)
	top := c.y
	bottom := top + forestStep*float64(len(f.Rows)) + 4
	ticks, step := s.ticks(6)
	for _, v := range ticks {
		c.line("grid", s.at(v), top, s.at(v), bottom)
	}
	if r := f.Reference; r != nil && *r >= s.lo && *r <= s.hi {
		c.line("reference", s.at(*r), top, s.at(*r), bottom)
	}
	for _, r := range f.Rows {
		c.y += forestStep
		y := c.y - forestStep/2 + 2
		if r.Heading {
			c.text("name", "start", plotMargin, y+5, cutText(r.Label, textSize, plotWidth-2*plotMargin))
			continue
		}
		class := ""
		if r.Main {
			class = "strong"
		}
		c.text(class, "start", plotMargin, y+4.5, cutText(r.Label, textSize, names))
		c.text("soft", "end", plotWidth-plotMargin, y+4.5, f.value(r))
		f.mark(c, s, r, y)
	}
	c.y = bottom
	c.line("axis", left, c.y, right, c.y)
	c.y += 16
	c.ticks(f.Axis, s, ticks, step, c.y)
	if f.Axis.Label != "" {
		c.y += 18
		c.text("soft", "middle", (left+right)/2, c.y, f.Axis.Label)
	}
}

// ticks writes the numbers of a horizontal axis, and leaves out what would
// touch its neighbour.
func (c *canvas) ticks(a Axis, s scale, ticks []float64, step, y float64) {
	end := math.Inf(-1)
	for _, v := range ticks {
		name := a.tick(v, step)
		half := textWidth(name, smallSize) / 2
		if s.at(v)-half < end+4 {
			continue
		}
		end = s.at(v) + half
		c.text("tick", "middle", s.at(v), y, name)
	}
}

func (f Forest) mark(c *canvas, s scale, r ForestRow, y float64) {
	if !r.Estimate.Known() {
		return
	}
	whisker := "whisker"
	if r.Main {
		whisker += " main"
	}
	lower, upper := r.Lower, r.Upper
	if lower.Known() || upper.Known() {
		from, to := s.lo, s.hi
		if lower.Known() {
			from = float64(lower)
		}
		if upper.Known() {
			to = float64(upper)
		}
		if from <= s.hi && to >= s.lo {
			c.line(whisker, s.at(from), y, s.at(to), y)
		}
		// Beyond the paper, or without an end.
		if !upper.Known() || to > s.hi {
			c.add(`<path class="arrow" d="M%s %sl8 5l-8 5z"/>`, place(s.b-1), place(y-5))
		}
		if !lower.Known() || from < s.lo {
			c.add(`<path class="arrow" d="M%s %sl-8 5l8 5z"/>`, place(s.a+1), place(y-5))
		}
	}
	v := float64(r.Estimate)
	if v < s.lo || v > s.hi {
		return
	}
	class, size := "point", 4.5
	if r.Second {
		class = "hollow"
	}
	if r.Main {
		size = 6
	}
	c.circle(class, s.at(v), y, size)
}

// value writes the numbers of a row.
func (f Forest) value(r ForestRow) string {
	switch {
	case !r.Estimate.Known():
		return "no number"
	case r.Lower.Known() && r.Upper.Known():
		return f.Axis.show(r.Estimate) + " (" + f.Axis.show(r.Lower) + " to " + f.Axis.show(r.Upper) + ")"
	case r.Lower.Known():
		return f.Axis.show(r.Estimate) + " (" + f.Axis.show(r.Lower) + " upwards)"
	}
	return f.Axis.show(r.Estimate) + " (limits not known)"
}

// farOut is how many times the spread of the estimates the limits may take of
// the paper. Those beyond end in an arrow: one row without information would
// otherwise press all others together.
const farOut = 3

func (f Forest) scale(a, b float64) scale {
	var points, all span
	if f.Reference != nil {
		points.take(Number(*f.Reference))
	}
	for _, r := range f.Rows {
		if r.Heading {
			continue
		}
		points.take(r.Estimate)
		if r.Main {
			points.take(r.Lower, r.Upper)
		}
		if r.Estimate.Known() {
			all.take(r.Estimate, r.Lower, r.Upper)
		}
	}
	if !points.any {
		return newScale(0, 1, false, a, b)
	}
	lo, hi := min(points.lo, all.lo), max(points.hi, all.hi)
	if f.Axis.Log && lo > 0 {
		far := math.Pow(max(points.hi/points.lo, 2), farOut)
		lo, hi = max(lo, points.lo/far), min(hi, points.hi*far)
		pad := math.Pow(hi/lo, .04)
		return newScale(lo/pad, hi*pad, true, a, b)
	}
	far := farOut * max(points.hi-points.lo, (math.Abs(points.hi)+math.Abs(points.lo))/8)
	if far > 0 {
		lo, hi = max(lo, points.lo-far), min(hi, points.hi+far)
	}
	pad := (hi - lo) * .04
	// From nothing when that costs less than a third: distances then look their size.
	if lo >= 0 && lo < hi/3 {
		return newScale(0, hi+pad, false, a, b)
	}
	return newScale(lo-pad, hi+pad, false, a, b)
}

func (f Forest) words() string {
	var b strings.Builder
	if f.Heading != "" {
		b.WriteString(f.Heading + ": ")
	}
	sep := ""
	for _, r := range f.Rows {
		if r.Heading {
			b.WriteString(sep + r.Label + ":")
			sep = " "
			continue
		}
		b.WriteString(sep + r.Label + " " + f.value(r))
		sep = "; "
	}
	return b.String() + "."
}

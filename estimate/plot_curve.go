package estimate

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Curves shows shares, or with Open and no Y.Percent means, over time: steps with a band, and under the axis how many
// people are still watched.
type Curves struct {
	Heading string
	X, Y    Axis
	Rising  bool // from nothing upwards, as causes do; else from everybody down
	Open    bool // the lines begin at their first values, wherever those are
	// Most is a height to make room for, so that panels can have one scale.
	Most  Number
	Lines []Curve
}

// A Curve is one group.
type Curve struct {
	Name   string
	Steps  []CurveStep // by time
	Lost   []float64   // times at which someone was lost from sight
	Median Number      // where it is marked
}

// A CurveStep is the height from a time on, and how many were at risk just
// before it.
type CurveStep struct {
	Time                float64
	Value, Lower, Upper Number
	AtRisk              int
}

// mostCurves is how many groups one panel tells apart; the others are left to
// the table.
const mostCurves = 6

func (k Curves) draw(c *canvas) {
	c.heading(k.Heading)
	lines := k.Lines[:min(len(k.Lines), mostCurves)]
	names := 0.0
	for _, l := range lines {
		names = max(names, textWidth(l.Name, textSize))
	}
	names = min(names, 150)
	most := 0.0 // of the numbers still watched, which stand across the axis
	for _, l := range lines {
		most = max(most, textWidth(group(fmt.Sprint(l.watched(0))), smallSize))
	}
	left, right := plotMargin+max(52, names+most/2+10), plotWidth-plotMargin-10.0
	if len(lines) > 1 {
		right -= names + sample + 8
	}
	top, bottom := c.y+6, c.y+286
	var time, high span
	time.take(0)
	means := k.Open && !k.Y.Percent // of anything, not shares
	if !means {
		high.take(0, k.Most)
	}
	for _, l := range lines {
		for _, s := range l.Steps {
			time.take(Number(s.Time))
			high.take(s.Value, s.Upper)
		}
	}
	low, top1 := 0.0, 1.0
	switch {
	case means:
		pad := max((high.hi-high.lo)*.08, math.Abs(high.hi)*.01)
		low, top1 = high.lo-pad, high.hi+pad
	case k.Rising:
		top1 = min(1, max(.05, high.hi*1.05))
	}
	x := newScale(time.lo, time.hi, false, left, right)
	y := newScale(low, top1, false, bottom, top)
	yticks, ystep := y.ticks(5)
	for _, v := range yticks {
		c.line("grid", left, y.at(v), right, y.at(v))
		c.text("tick", "end", left-8, y.at(v)+4, k.Y.tick(v, ystep))
	}
	xticks, xstep := x.ticks(7)
	for _, v := range xticks {
		c.line("axis", x.at(v), bottom, x.at(v), bottom+4)
	}
	c.line("axis", left, bottom, right, bottom)
	start := 1.0
	if k.Rising {
		start = 0
	}
	for i, l := range lines {
		l.band(c, i, x, y)
	}
	for i, l := range lines {
		from, begin := start, x.a
		if k.Open && len(l.Steps) > 0 && l.Steps[0].Value.Known() {
			from, begin = float64(l.Steps[0].Value), x.at(l.Steps[0].Time)
		}
		l.steps(c, i, x, y, begin, from)
	}
	k.label(c, lines, x, y)
	if !k.Rising && y.hi >= .5 {
		for i, l := range lines {
			if m := l.Median; m.Known() {
				c.line(fmt.Sprintf("mark l%d", i+1), x.at(float64(m)), y.at(.5), x.at(float64(m)), bottom)
			}
		}
		c.line("reference", left, y.at(.5), right, y.at(.5))
	}
	c.y = bottom + 18
	c.ticks(k.X, x, xticks, xstep, c.y)
	if k.X.Label != "" {
		c.y += 18
		c.text("soft", "middle", (left+right)/2, c.y, k.X.Label)
	}
	if k.Rising {
		return
	}
	c.y += 22
	c.text("soft", "start", plotMargin, c.y, "still watched")
	for i, l := range lines {
		c.y += 17
		c.text(fmt.Sprintf("of l%d", i+1), "start", plotMargin, c.y, cutText(l.Name, textSize, left-plotMargin-12))
		end := math.Inf(-1)
		for _, v := range xticks {
			n := group(fmt.Sprint(l.watched(v)))
			half := textWidth(n, smallSize) / 2
			if x.at(v)-half > end+4 {
				c.text("tick", "middle", x.at(v), c.y, n)
				end = x.at(v) + half
			}
		}
	}
}

// watched is how many are at risk at a time.
func (l Curve) watched(at float64) int {
	i, _ := slices.BinarySearchFunc(l.Steps, at, func(s CurveStep, t float64) int {
		switch {
		case s.Time < t:
			return -1
		case s.Time > t:
			return 1
		}
		return 0
	})
	if i == len(l.Steps) {
		return 0
	}
	return l.Steps[i].AtRisk
}

// fine is the width of paper within which the last of several steps is drawn:
// a curve of a million times has no more to show.
const fine = 0.25

// columns calls do for the last step of every sliver of paper.
func (l Curve) columns(x scale, do func(s CurveStep)) {
	for i, s := range l.Steps {
		if i+1 < len(l.Steps) && math.Floor(x.at(l.Steps[i+1].Time)/fine) == math.Floor(x.at(s.Time)/fine) {
			continue
		}
		do(s)
	}
}

func (l Curve) steps(c *canvas, i int, x, y scale, begin, start float64) {
	var d strings.Builder
	fmt.Fprintf(&d, "M%s %s", place(begin), place(y.at(start)))
	last := start
	l.columns(x, func(s CurveStep) {
		d.WriteString("H" + place(x.at(s.Time)))
		if s.Value.Known() && float64(s.Value) != last {
			last = float64(s.Value)
			d.WriteString("V" + place(y.at(last)))
		}
	})
	c.add(`<path class="curve l%d" d="%s"/>`, i+1, d.String())
	// Small strokes across the curve, where they can still be told apart.
	if len(l.Lost) > 400 {
		return
	}
	d.Reset()
	for _, t := range l.Lost {
		v := y.at(l.value(t, start))
		fmt.Fprintf(&d, "M%s %sv7", place(x.at(t)), place(v-3.5))
	}
	if d.Len() > 0 {
		c.add(`<path class="mark l%d" d="%s"/>`, i+1, d.String())
	}
}

// value is the height of the curve at a time.
func (l Curve) value(at, start float64) float64 {
	v := start
	for _, s := range l.Steps {
		if s.Time > at {
			break
		}
		if s.Value.Known() {
			v = float64(s.Value)
		}
	}
	return v
}

// band draws the limits, one area a stretch in which they are known.
func (l Curve) band(c *canvas, i int, x, y scale) {
	var run []CurveStep
	until := func(end float64) {
		if len(run) == 0 {
			return
		}
		var up, down strings.Builder
		fmt.Fprintf(&up, "M%s %s", place(x.at(run[0].Time)), place(y.at(float64(run[0].Upper))))
		for _, s := range run[1:] {
			up.WriteString("H" + place(x.at(s.Time)) + "V" + place(y.at(float64(s.Upper))))
		}
		up.WriteString("H" + place(end))
		for _, s := range slices.Backward(run) {
			down.WriteString("V" + place(y.at(float64(s.Lower))) + "H" + place(x.at(s.Time)))
		}
		c.add(`<path class="area l%d" d="%s%sZ"/>`, i+1, up.String(), down.String())
		run = run[:0]
	}
	last := x.a
	l.columns(x, func(s CurveStep) {
		last = x.at(s.Time)
		if s.Lower.Known() && s.Upper.Known() {
			run = append(run, s)
		} else {
			until(last)
		}
	})
	until(last)
}

// sample is how long a piece of each curve stands before its name, so that
// nobody needs the colour.
const sample = 22

// label names each curve at its end, and moves names apart that would touch.
func (k Curves) label(c *canvas, lines []Curve, x, y scale) {
	if len(lines) < 2 {
		return
	}
	type tag struct {
		i int
		y float64
	}
	tags := make([]tag, len(lines))
	for i, l := range lines {
		v := 1.0
		if k.Rising {
			v = 0
		}
		tags[i] = tag{i, y.at(l.value(math.Inf(1), v))}
	}
	slices.SortStableFunc(tags, func(a, b tag) int {
		if a.y < b.y {
			return -1
		}
		return 1
	})
	const apart = 15
	for i := range tags {
		if i > 0 {
			tags[i].y = max(tags[i].y, tags[i-1].y+apart)
		}
	}
	if over := tags[len(tags)-1].y - y.a; over > 0 {
		for i := range tags {
			tags[i].y -= over
		}
	}
	for _, t := range tags {
		c.line(fmt.Sprintf("curve l%d", t.i+1), x.b+8, t.y, x.b+8+sample-4, t.y)
		c.text(fmt.Sprintf("of l%d", t.i+1), "start", x.b+8+sample, t.y+4, cutText(lines[t.i].Name, textSize, 150))
	}
}

func (k Curves) words() string {
	var said []string
	for i, l := range k.Lines {
		if i == mostCurves {
			said = append(said, fmt.Sprintf("%d more groups are not drawn", len(k.Lines)-i))
			break
		}
		text := l.Name
		if n := len(l.Steps); n > 0 {
			s := l.Steps[n-1]
			text += fmt.Sprintf(": %s at %s, the end", k.Y.show(s.Value), k.X.show(Number(s.Time)))
		}
		if !k.Rising {
			text += ", median " + k.X.show(l.Median)
		}
		said = append(said, text)
	}
	head := k.Heading
	if head == "" {
		head = "Curves"
	}
	return head + ": " + strings.Join(said, "; ") + "."
}

package estimate

import (
	"fmt"
	"math"
	"strings"
)

// A Course shows a series of values, what a model fits to them, and what it
// expects had something not happened.
type Course struct {
	Heading string
	X, Y    Axis
	Points  []CoursePoint // by time
	Events  []CourseEvent
	// Fall is the smallest share by which the level could have fallen and been
	// seen; null draws none.
	Fall Number
}

// A CoursePoint is one time. Expected has limits; they and it are drawn where
// On.
type CoursePoint struct {
	Time                   float64
	Observed, Fitted       Number
	Expected, Lower, Upper Number
	On                     bool
}

// A CourseEvent is something that happened at a time.
type CourseEvent struct {
	Name string
	At   float64
}

func (k Course) draw(c *canvas) {
	c.heading(k.Heading)
	k.legend(c)
	var time, high span
	for _, p := range k.Points {
		time.take(Number(p.Time))
		high.take(p.Observed, p.Fitted)
		if p.On {
			high.take(p.Expected, p.Lower, p.Upper)
		}
	}
	lo, hi := high.lo, high.hi
	pad := (hi - lo) * .08
	// From zero when that costs less than half the paper: a fall then looks its size.
	if lo >= 0 && lo < hi/2 {
		lo = 0
	} else {
		lo -= pad
	}
	left, right := plotMargin+62.0, plotWidth-plotMargin-66.0
	top, bottom := c.y+22, c.y+306
	x, y := newScale(time.lo, time.hi, false, left, right), newScale(lo, hi+pad, false, bottom, top)
	k.events(c, x, top, bottom)
	yticks, ystep := y.ticks(6)
	for _, v := range yticks {
		c.line("grid", left, y.at(v), right, y.at(v))
		c.text("tick", "end", left-8, y.at(v)+4, k.Y.tick(v, ystep))
	}
	k.lines(c, x, y)
	for _, p := range k.Points {
		if p.Observed.Known() {
			c.circle("dot", x.at(p.Time), y.at(float64(p.Observed)), 2.6)
		}
	}
	k.fall(c, x, y)
	c.line("axis", left, bottom, right, bottom)
	xticks, xstep := x.ticks(8)
	for _, v := range xticks {
		c.line("axis", x.at(v), bottom, x.at(v), bottom+4)
	}
	c.y = bottom + 18
	c.ticks(k.X, x, xticks, xstep, c.y)
	if k.X.Label != "" {
		c.y += 18
		c.text("soft", "middle", (left+right)/2, c.y, k.X.Label)
	}
}

// legend names the signs in the order in which they are drawn.
func (k Course) legend(c *canvas) {
	c.y += 16
	x := float64(plotMargin)
	name := func(s string) {
		c.text("soft", "start", x+30, c.y, s)
		x += 30 + textWidth(s, smallSize) + 24
	}
	c.circle("dot", x+12, c.y-4, 2.6)
	name("observed")
	c.line("curve l1", x, c.y-4, x+24, c.y-4)
	name("fitted")
	c.add(`<path class="area l2" d="M%s %sh24v10h-24z"/>`, place(x), place(c.y-9))
	c.line("curve l2", x, c.y-4, x+24, c.y-4)
	name("expected without the event, and its band")
	if k.Y.Label != "" {
		c.y += 20
		c.text("soft", "start", plotMargin, c.y, k.Y.Label)
	}
}

// events shades the times at which something was on, and names each event
// where it began.
func (k Course) events(c *canvas, x scale, top, bottom float64) {
	half := 0.0
	if n := len(k.Points); n > 1 {
		half = (k.Points[n-1].Time - k.Points[0].Time) / float64(n-1) / 2
	}
	for i := 0; i < len(k.Points); i++ {
		if !k.Points[i].On {
			continue
		}
		from := k.Points[i].Time
		for i+1 < len(k.Points) && k.Points[i+1].On {
			i++
		}
		a, b := x.at(from-half), x.at(k.Points[i].Time+half)
		c.rect("wash", a, top, b-a, bottom-top)
	}
	for i, e := range k.Events {
		if i == 12 {
			break
		}
		at := x.at(e.At - half)
		c.line("reference", at, top-4, at, bottom)
		anchor, shift := "start", 4.0
		if at > (x.a+x.b)*.65 {
			anchor, shift = "end", -4
		}
		c.text("soft halo", anchor, at+shift, top-6+float64(i%3)*13, cutText(e.Name, smallSize, 200))
	}
}

// lines draws what is fitted and what is expected, in stretches: times without
// a value are not joined over.
func (k Course) lines(c *canvas, x, y scale) {
	gap := math.Inf(1)
	for i := range k.Points[:max(len(k.Points)-1, 0)] {
		gap = min(gap, k.Points[i+1].Time-k.Points[i].Time)
	}
	// A stretch ends where times are missing or keep is false.
	stretches := func(keep func(i int) bool, do func(part []CoursePoint)) {
		start := -1
		for i := range k.Points {
			if start >= 0 && (!keep(i) || k.Points[i].Time-k.Points[i-1].Time > 1.5*gap) {
				do(k.Points[start:i])
				start = -1
			}
			if start < 0 && keep(i) {
				start = i
			}
		}
		if start >= 0 {
			do(k.Points[start:])
		}
	}
	path := func(part []CoursePoint, of func(CoursePoint) Number) string {
		var d strings.Builder
		for i, p := range part {
			fmt.Fprintf(&d, "%s%s %s", [2]string{"L", "M"}[btoi(i == 0)], place(x.at(p.Time)), place(y.at(float64(of(p)))))
		}
		return d.String()
	}
	// What is expected is shown from the last time before the event on.
	expected := func(i int) bool {
		p := k.Points[i]
		return p.Expected.Known() && p.Lower.Known() && p.Upper.Known() && (p.On || i+1 < len(k.Points) && k.Points[i+1].On || i > 0 && k.Points[i-1].On)
	}
	stretches(expected, func(part []CoursePoint) {
		back := make([]CoursePoint, len(part))
		for i, p := range part {
			back[len(part)-1-i] = p
		}
		c.add(`<path class="area l2" d="%s%sZ"/>`, path(part, func(p CoursePoint) Number { return p.Upper }),
			"L"+path(back, func(p CoursePoint) Number { return p.Lower })[1:])
		c.add(`<path class="curve l2" d="%s"/>`, path(part, func(p CoursePoint) Number { return p.Expected }))
	})
	stretches(func(i int) bool { return k.Points[i].Fitted.Known() }, func(part []CoursePoint) {
		c.add(`<path class="curve l1" d="%s"/>`, path(part, func(p CoursePoint) Number { return p.Fitted }))
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fall measures, from what was expected at the last time, the smallest fall that
// could have been seen.
func (k Course) fall(c *canvas, x, y scale) {
	if !k.Fall.Known() || k.Fall <= 0 || k.Fall > 1 || len(k.Points) == 0 {
		return
	}
	p := k.Points[len(k.Points)-1]
	if !p.Expected.Known() || p.Expected <= 0 {
		return
	}
	from, to := y.at(float64(p.Expected)), y.at(float64(p.Expected)*(1-float64(k.Fall)))
	at := x.b + 12
	c.line("fall", at, from, at, to)
	c.line("fall", at-4, from, at+4, from)
	c.line("fall", at-4, to, at+4, to)
	middle := (from + to) / 2
	c.text("fall", "start", at+8, middle-3, "smallest")
	c.text("fall", "start", at+8, middle+10, "visible")
	c.text("fall", "start", at+8, middle+23, "fall")
}

func (k Course) words() string {
	var b strings.Builder
	if k.Heading != "" {
		b.WriteString(k.Heading + ". ")
	}
	fmt.Fprintf(&b, "%d values of %s", len(k.Points), k.Y.Label)
	if n := len(k.Points); n > 0 {
		first, last := k.Points[0], k.Points[n-1]
		fmt.Fprintf(&b, " from %s to %s; at the end %s observed, %s fitted and %s expected without the event (%s to %s)", k.X.show(Number(first.Time)), k.X.show(Number(last.Time)),
			k.Y.show(last.Observed), k.Y.show(last.Fitted), k.Y.show(last.Expected), k.Y.show(last.Lower), k.Y.show(last.Upper))
	}
	b.WriteString(".")
	for _, e := range k.Events {
		fmt.Fprintf(&b, " Event %s began at %s.", e.Name, k.X.show(Number(e.At)))
	}
	if k.Fall.Known() {
		fmt.Fprintf(&b, " The smallest fall that could have been seen is %s.", Axis{Percent: true}.show(k.Fall))
	}
	return b.String()
}

package web

import (
	"math"
	"strings"

	"plumbline"
)

// A seriesSpec is a figure over time, to be drawn.
type seriesSpec struct {
	id     string
	unit   plumbline.FigureUnit
	label  string
	names  []string // of its lines, where there are several
	points []seriesPoint
	breaks []seriesBreak
}

// A seriesPoint is one period. What stands apart is never joined to the point
// before it, since another rule counted it; a mixed one was counted by several.
type seriesPoint struct {
	label, tick string        // the period; tick is what stands under it, when that is not the label
	said        []string      // one a line
	values      []seriesValue // one a line
	apart       bool
	mixed       bool
}

// A seriesValue is one number with the range in which it can lie.
type seriesValue struct {
	low, high, told *float64
	open            bool // nothing is known
}

// A seriesBreak marks where a rule changed, in steps of points: 2.5 is half-way
// between the third and the fourth.
type seriesBreak struct {
	at   float64
	text string
}

// The plot of a series.
const (
	seriesWidth = 860
	seriesLeft  = 52
	seriesRight = 846
	seriesRise  = 210 // the height of the plot
	seriesRow   = 16  // of a label of a break
)

// seriesPicture draws a figure over time. A bar is the range in which the
// figure can lie, a dot what is told; points that one rule counted are joined,
// and where the rule changed a line stands between them.
func seriesPicture(sp *Page, s seriesSpec) picture {
	c := newCanvas(sp, s.id, seriesWidth)
	top := 18 + float64(seriesRow*max(len(s.breaks), 1))
	foot := top + seriesRise
	highest := s.highest()
	y := func(v float64) float64 { return foot - seriesRise*math.Min(v, highest)/highest }
	step := float64(seriesRight-seriesLeft) / float64(len(s.points))
	x := func(at float64) float64 { return seriesLeft + step*(at+.5) }

	for i := range 5 {
		v := highest * float64(i) / 4
		c.line("p-rule", seriesLeft, y(v), seriesRight, y(v))
		c.text("t2", atEnd, seriesLeft-8, y(v)+4, sp.Decimal(v))
	}
	for i, b := range s.breaks {
		at := top - float64(seriesRow*(len(s.breaks)-i)) + 6
		c.line("p-break", x(b.at), at-10, x(b.at), foot)
		anchor, side := atStart, 5.0
		if b.at > float64(len(s.points))/2 {
			anchor, side = atEnd, -5
		}
		c.text("t2", anchor, x(b.at)+side, at, b.text)
	}
	for line := range s.lines() {
		for i, p := range s.points {
			s.draw(c, line, i, p, x, y, foot, step)
		}
	}
	s.foot(c, x, foot, step)
	c.height = foot + 26
	if len(s.names) > 1 {
		for i, name := range s.names {
			at := seriesLeft + float64(i)*180
			c.line("p-series"+lineClass(i), at, c.height+8, at+22, c.height+8)
			c.text("", atStart, at+30, c.height+12, name)
		}
		c.height += 22
	}
	table := pictureTable{Caption: s.label, Head: append([]string{sp.T("figures.period")}, s.names...)}
	if len(s.names) == 0 {
		table.Head = append(table.Head, s.label)
	}
	said := []string{s.label + "."}
	for _, p := range s.points {
		table.Rows = append(table.Rows, append([]string{p.label}, p.said...))
		said = append(said, p.label+": "+strings.Join(p.said, sp.T("list.comma"))+".")
	}
	for _, b := range s.breaks {
		said = append(said, b.text+".")
	}
	label := strings.Join(said, " ")
	return picture{SVG: c.finish("wide", label), Label: label, Note: sp.T("figures.series_note"), Table: table}
}

func (s seriesSpec) lines() int { return max(1, len(s.names)) }

// lineClass tells the lines apart, by colour and by their marks.
func lineClass(line int) string { return []string{"", " second"}[line%2] }

// highest is the top of the scale: all of it for parts, else a round number
// that no point exceeds.
func (s seriesSpec) highest() float64 {
	if s.unit == plumbline.Percent {
		return 100
	}
	most := 1.0
	for _, p := range s.points {
		for _, v := range p.values {
			for _, n := range []*float64{v.low, v.high, v.told} {
				if n != nil {
					most = math.Max(most, *n)
				}
			}
		}
	}
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, round := range []float64{1, 2, 4, 8, 10} {
		if most <= round*unit {
			return round * unit
		}
	}
	return most
}

// draw writes one point of one line.
func (s seriesSpec) draw(c *canvas, line, i int, p seriesPoint, x, y func(float64) float64, foot, step float64) {
	v := p.values[line]
	at, half := x(float64(i)), math.Min(9, step*.34)
	if v.open {
		c.rect("hatched rim", at-half, foot-seriesRise, 2*half, seriesRise)
		return
	}
	if v.low != nil && (v.high == nil || *v.high > *v.low) {
		high := foot - seriesRise
		if v.high != nil {
			high = y(*v.high)
		}
		class := "p-stay"
		if v.high == nil { // it is a least number, and may be any above it
			class = "hatched"
		}
		c.rect(class, at-half, high, 2*half, math.Max(1, y(*v.low)-high))
		if v.high == nil {
			c.line("p-series", at-half, y(*v.low), at+half, y(*v.low))
		}
	}
	dot := v.dot()
	if dot == nil {
		return
	}
	if i > 0 && !p.apart {
		if before := s.points[i-1].values[line].dot(); before != nil {
			c.line("p-series"+lineClass(line), x(float64(i-1)), y(*before), at, y(*dot))
		}
	}
	r := math.Min(4.5, math.Max(2.5, step*.2))
	switch {
	case p.mixed:
		c.circle("p-hollow", at, y(*dot), r)
	default:
		c.circle("p-dot"+lineClass(line), at, y(*dot), r)
	}
}

// dot returns where the dot stands: what is told, where that lies in the range.
func (v seriesValue) dot() *float64 {
	if v.told == nil || v.low != nil && *v.told < *v.low || v.high != nil && *v.told > *v.high || v.high == nil {
		return nil
	}
	return v.told
}

// foot writes the periods under the plot, as many as there is room for.
func (s seriesSpec) foot(c *canvas, x func(float64) float64, foot, step float64) {
	end := math.Inf(-1)
	ticks := false
	for _, p := range s.points {
		ticks = ticks || p.tick != ""
	}
	for i, p := range s.points {
		text := p.tick
		if !ticks {
			text = p.label
		}
		half := textWidth(text, smallSize)/2 + 3
		if at := x(float64(i)); text != "" && at-half > end {
			c.text("head", atMiddle, at, foot+18, text)
			end = at + half
		}
	}
}

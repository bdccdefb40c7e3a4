package estimate

import (
	_ "embed"
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// A Plot is a picture of a result: panels below each other under one title. It
// is drawn as SVG by the code here, with classes and no style attributes, so
// that a page with a strict content policy can show it.
type Plot struct {
	Title  string // what it shows, in one line
	Note   string // under the picture, for what must be read beside it
	Panels []Panel
}

// A Panel is one drawing of a [Plot]: a [Forest], [Curves], a [Course] or an
// [Overlap].
type Panel interface {
	draw(*canvas)
	words() string // the same in words, for who cannot see it
}

// PlotStyle is the style sheet of plots. A file has it inside; a page that
// shows [Plot.Markup] serves it.
//
//go:embed plot.css
var PlotStyle string

// File returns the plot as an SVG file that stands alone.
func (p Plot) File() []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + p.svg("plot", true) + "\n")
}

// Markup returns the plot for a page. The id tells the plots of a page apart.
func (p Plot) Markup(id string) string { return p.svg(id, false) }

func (p Plot) svg(id string, alone bool) string {
	c := &canvas{y: plotMargin}
	for _, line := range wrapText(p.Title, headSize, plotWidth-2*plotMargin, 3) {
		c.y += headSize + 4
		c.text("head", "start", plotMargin, c.y, line)
	}
	c.y += 14
	said := make([]string, 0, len(p.Panels)+1)
	for i, panel := range p.Panels {
		if i > 0 {
			c.y += 26
		}
		panel.draw(c)
		said = append(said, panel.words())
	}
	if p.Note != "" {
		c.y += 10
		for _, line := range wrapText(p.Note, smallSize, plotWidth-2*plotMargin, 12) {
			c.y += smallSize + 5
			c.text("soft", "start", plotMargin, c.y, line)
		}
		said = append(said, p.Note)
	}
	height := math.Ceil(c.y + plotMargin)
	id = printable(id)
	var out strings.Builder
	size, style := "", "" // a page has its own
	if alone {
		size = fmt.Sprintf(` width="%d" height="%s"`, plotWidth, place(height))
		style = "<style>\n" + PlotStyle + "</style>\n"
	}
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" class="plumbline-plot" viewBox="0 0 %d %s"%s role="img" aria-labelledby="%s-title %s-desc">`+"\n", plotWidth, place(height), size, id, id)
	fmt.Fprintf(&out, `<title id="%s-title">%s</title>`+"\n", id, printable(p.Title))
	fmt.Fprintf(&out, `<desc id="%s-desc">%s</desc>`+"\n", id, printable(strings.Join(said, " ")))
	out.WriteString(style)
	fmt.Fprintf(&out, `<rect class="sheet" width="%d" height="%s"/>`+"\n", plotWidth, place(height))
	out.WriteString(c.body.String())
	out.WriteString("</svg>")
	return out.String()
}

// The measures of a plot; those of text are also in plot.css.
const (
	plotWidth  = 760
	plotMargin = 20
	headSize   = 18
	textSize   = 13
	smallSize  = 12
)

// A canvas collects shapes; y is how far down the picture is drawn.
type canvas struct {
	y    float64
	body strings.Builder
}

// place writes a coordinate to a tenth. What is not finite would spoil the
// whole picture; panels leave it out before.
func place(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64) // +0 turns -0 into 0
}

// printable makes a text fit to stand in markup: XML holds no control
// characters.
func printable(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || r&0xfffe == 0xfffe {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " ")))
}

func (c *canvas) add(format string, args ...any) {
	fmt.Fprintf(&c.body, format+"\n", args...)
}

func (c *canvas) text(class, anchor string, x, y float64, s string) {
	if class != "" {
		class = ` class="` + class + `"`
	}
	if anchor != "start" {
		class += ` text-anchor="` + anchor + `"`
	}
	c.add(`<text%s x="%s" y="%s">%s</text>`, class, place(x), place(y), printable(s))
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.add(`<path class="%s" d="M%s %sL%s %s"/>`, class, place(x1), place(y1), place(x2), place(y2))
}

func (c *canvas) rect(class string, x, y, w, h float64) {
	c.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`, class, place(x), place(y), place(w), place(h))
}

func (c *canvas) circle(class string, x, y, r float64) {
	c.add(`<circle class="%s" cx="%s" cy="%s" r="%s"/>`, class, place(x), place(y), place(r))
}

// heading writes the name of a panel and the sign of what it holds.
func (c *canvas) heading(s string) {
	if s == "" {
		return
	}
	for _, line := range wrapText(s, textSize, plotWidth-2*plotMargin, 2) {
		c.y += textSize + 5
		c.text("name", "start", plotMargin, c.y, line)
	}
	c.y += 6
}

// An Axis says how the numbers of a panel are shown.
type Axis struct {
	Label   string
	Percent bool // shares of one, shown in per cent
	Log     bool // equal ratios are equally far apart
	// Name writes a whole number another way, such as the month it stands for.
	Name func(float64) string
}

// show writes a number as a reader wants it: about four figures, thousands
// apart.
func (a Axis) show(n Number) string {
	v := float64(n)
	switch {
	case !n.Known():
		return "not known"
	case a.Name != nil && v == math.Trunc(v):
		return a.Name(v)
	case a.Percent:
		return group(strconv.FormatFloat(100*v, 'f', 1, 64)) + " %"
	case math.Abs(v) >= 1e12 || v != 0 && math.Abs(v) < 1e-4:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case math.Abs(v) >= 1000:
		return group(strconv.FormatFloat(v, 'f', 0, 64))
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// tick writes a number on an axis whose marks are step apart; 0 is for marks
// of different distance.
func (a Axis) tick(v, step float64) string {
	unit := ""
	if a.Name != nil {
		if v != math.Trunc(v) {
			return ""
		}
		return a.Name(v)
	}
	if a.Percent {
		v, step, unit = 100*v, 100*step, " %"
	}
	if math.Abs(v) >= 1e12 || v != 0 && math.Abs(v) < 1e-6 {
		return strconv.FormatFloat(v, 'g', 3, 64) + unit
	}
	digits := 0
	if step == 0 {
		digits = -1 // as many as it has
	} else if step < 1 {
		digits = int(math.Ceil(-math.Log10(step) - 1e-9))
	}
	return group(strconv.FormatFloat(v+0, 'f', digits, 64)) + unit
}

// group puts thousands apart.
func group(s string) string {
	whole, rest, _ := strings.Cut(s, ".")
	if rest != "" {
		rest = "." + rest
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + rest
}

// A scale takes numbers to places on the paper.
type scale struct {
	lo, hi float64 // numbers at the ends
	a, b   float64 // places of the ends
	log    bool
}

func newScale(lo, hi float64, log bool, a, b float64) scale {
	if log && !(lo > 0) {
		lo = hi / 1000
	}
	if !(hi > lo) {
		hi = lo + math.Max(math.Abs(lo)/10, 1e-9)
		if log {
			lo, hi = lo/2, hi*2
		}
	}
	return scale{lo, hi, a, b, log}
}

// at is the place of a number, which stays on the paper.
func (s scale) at(v float64) float64 {
	lo, hi := s.lo, s.hi
	v = min(max(v, lo), hi)
	if s.log {
		v, lo, hi = math.Log(v), math.Log(lo), math.Log(hi)
	}
	return s.a + (s.b-s.a)*(v/2-lo/2)/(hi/2-lo/2) // halves, so that nothing overflows
}

// ticks are round numbers within the scale, about most of them, and the least
// distance between two.
func (s scale) ticks(most int) (at []float64, step float64) {
	if s.log {
		for _, steps := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
			at = at[:0]
			for e := math.Floor(math.Log10(s.lo)); e <= math.Log10(s.hi)+1; e++ {
				for _, m := range steps {
					if v := m * math.Pow(10, e); v >= s.lo*(1-1e-9) && v <= s.hi*(1+1e-9) {
						at = append(at, v)
					}
				}
			}
			if len(at) <= most {
				break
			}
		}
		if len(at) > most {
			every := (len(at) + most - 1) / most
			var few []float64
			for i := 0; i < len(at); i += every {
				few = append(few, at[i])
			}
			at = few
		}
		if len(at) >= 2 {
			return at, 0
		}
	}
	at = at[:0]
	raw := (s.hi/float64(most) - s.lo/float64(most))
	step = math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*step >= raw*(1-1e-9) {
			step *= m
			break
		}
	}
	if !(step > 0) || math.IsInf(step, 0) {
		return nil, 0
	}
	first := math.Ceil(s.lo/step - 1e-9)
	for k := 0.0; k <= float64(2*most); k++ {
		v := (first + k) * step
		if v > s.hi+1e-9*step {
			break
		}
		at = append(at, v)
	}
	return at, step
}

// span widens a range by numbers that are finite.
type span struct {
	lo, hi float64
	any    bool
}

func (s *span) take(v ...Number) {
	for _, n := range v {
		// What is larger overflows when two are subtracted, and is no result.
		if !n.Known() || math.Abs(float64(n)) > 1e300 {
			continue
		}
		if !s.any {
			s.lo, s.hi, s.any = float64(n), float64(n), true
		}
		s.lo, s.hi = min(s.lo, float64(n)), max(s.hi, float64(n))
	}
}

// textWidth estimates how wide a text is. Nobody knows the reader's font, so
// it reckons with a wide one.
func textWidth(s string, size float64) float64 {
	em := 0.0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case strings.ContainsRune("ijl.,:;'’|!·I()", r):
			em += .36
		case unicode.IsSpace(r) || strings.ContainsRune("ftr-", r):
			em += .4
		case strings.ContainsRune("mwMW@%—…", r):
			em += .95
		case unicode.IsUpper(r):
			em += .72
		case r < 0x530:
			em += .61
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			em += 1.05
		default:
			em += .8
		}
	}
	return em * size
}

// wrapText breaks a text into lines no wider than width, at most so many; what
// does not fit is cut, and the cut is shown.
func wrapText(s string, size, width float64, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case textWidth(line+" "+word, size) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] += " …"
	}
	for i, line := range lines {
		lines[i] = cutText(line, size, width)
	}
	return lines
}

func cutText(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && textWidth(string(r)+"…", size) > width {
		r = r[:len(r)-1]
	}
	return strings.TrimRight(string(r), " …") + "…"
}

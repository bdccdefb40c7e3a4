package web

import (
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
	"unicode"

	"plumbline"
)

// A speaker puts a picture into a language. All that can be read in a picture
// comes through it.
type speaker interface {
	T(key string, pairs ...any) string
	Count(plumbline.Count) string
	When(plumbline.When) string
	Word(v any) string // the translated word of a closed list: a State, a Class
	RTL() bool
}

// A picture is drawn on the server and needs no script. Its colours are
// classes of the style sheet, so that it follows dark mode and print, and it
// has no style attribute, which the content policy would refuse.
type picture struct {
	SVG   template.HTML // what to show; marked-up text where that reads better than a drawing
	Label string        // the whole picture in words; SVG has it already as its aria-label
	Note  string        // how to read the signs, for the caption; empty when nothing needs saying
	Table pictureTable
}

// A pictureTable holds the same numbers as its picture. Every row is as long
// as Head.
type pictureTable struct {
	Caption string
	Head    []string
	Rows    [][]string
}

// The sizes of text in the style sheet, and the height of a line of it.
const (
	textSize  = 13
	smallSize = 12
	lineStep  = 17
)

// A canvas collects the shapes of one picture. Its x runs in the direction of
// writing: a picture is laid out once and mirrored here for languages written
// from right to left.
type canvas struct {
	width, height float64
	rtl           bool
	hatchID       string // set when something hatched was drawn
	id            string // tells the patterns of the pictures on one page apart
	body          strings.Builder
}

func newCanvas(sp speaker, id string, width float64) *canvas {
	return &canvas{width: width, rtl: sp.RTL(), id: id}
}

func (c *canvas) x(x float64) float64 {
	if c.rtl {
		return c.width - x
	}
	return x
}

// num writes a coordinate to a tenth.
func num(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64) // +0 turns -0 into 0
}

// printable turns what XML cannot hold into spaces.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || r&0xfffe == 0xfffe {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
}

// clean makes a text fit to stand in markup.
func clean(s string) string { return html.EscapeString(printable(s)) }

func (c *canvas) add(parts ...string) {
	for _, p := range parts {
		c.body.WriteString(p)
	}
	c.body.WriteByte('\n')
}

// fillOf returns the fill attribute of a class, which only hatching needs.
// The class "hatched" is not "hatch", whose pattern in the style sheet has an
// id that two pictures on a page would share.
func (c *canvas) fillOf(class string) string {
	for _, name := range strings.Fields(class) {
		if name == "hatched" {
			c.hatchID = "hatch-" + c.id
			return ` fill="url(#` + c.hatchID + `)"`
		}
	}
	return ""
}

func (c *canvas) rect(class string, x, y, w, h float64) {
	left := c.x(x)
	if c.rtl {
		left -= w
	}
	c.add(`<rect class="`, class, `"`, c.fillOf(class), ` x="`, num(left), `" y="`, num(y), `" width="`, num(w), `" height="`, num(h), `"/>`)
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.add(`<path class="`, class, `" d="M`, num(c.x(x1)), ` `, num(y1), `L`, num(c.x(x2)), ` `, num(y2), `"/>`)
}

func (c *canvas) circle(class string, x, y, r float64) {
	c.add(`<circle class="`, class, `" cx="`, num(c.x(x)), `" cy="`, num(y), `" r="`, num(r), `"/>`)
}

// trace draws a line through points.
func (c *canvas) trace(class string, points ...[2]float64) {
	c.add(`<path class="`, class, `" d="`, c.through(points), `"/>`)
}

func (c *canvas) through(points [][2]float64) string {
	var d strings.Builder
	for i, p := range points {
		if i == 0 {
			d.WriteByte('M')
		} else {
			d.WriteByte('L')
		}
		d.WriteString(num(c.x(p[0])) + " " + num(p[1]))
	}
	return d.String()
}

// stream draws a band of one thickness that swings from one height to another.
func (c *canvas) stream(class string, x1, y1, x2, y2, thick float64) {
	a, b, m := num(c.x(x1)), num(c.x(x2)), num(c.x((x1+x2)/2))
	curve := func(from, to, end string) string {
		return "C" + m + " " + from + " " + m + " " + to + " " + end + " " + to
	}
	c.add(`<path class="`, class, `"`, c.fillOf(class), ` d="M`, a, ` `, num(y1), curve(num(y1), num(y2), b),
		`V`, num(y2+thick), curve(num(y2+thick), num(y1+thick), a), `Z"/>`)
}

// An anchor says which part of a text stands at its x.
type anchor string

const (
	atStart  anchor = "start"
	atMiddle anchor = "middle"
	atEnd    anchor = "end"
)

// text writes one line; y is its baseline.
func (c *canvas) text(class string, at anchor, x, y float64, s string) {
	c.add(`<text`, attribute("class", class), ` x="`, num(c.x(x)), `" y="`, num(y), `"`, anchorOf(at), `>`, clean(s), `</text>`)
}

// texts writes lines below each other and returns the baseline after the last.
func (c *canvas) texts(class string, x, y float64, lines []string) float64 {
	for _, s := range lines {
		c.text(class, atStart, x, y, s)
		y += lineStep
	}
	return y
}

// heads writes the heads of columns, two lines at most, and returns the height
// below them.
func (c *canvas) heads(at []float64, room func(int) float64, heads []string) (below float64) {
	lines, most := make([][]string, len(heads)), 1
	for i, head := range heads {
		lines[i] = wrap(head, smallSize, room(i), 2)
		most = max(most, len(lines[i]))
	}
	for i := range heads {
		c.texts("head", at[i], 16+float64(lineStep*(most-len(lines[i]))), lines[i])
	}
	return 10 + float64(lineStep*most)
}

func attribute(name, value string) string {
	if value == "" {
		return ""
	}
	return " " + name + `="` + clean(value) + `"`
}

func anchorOf(at anchor) string {
	if at == atStart {
		return ""
	}
	return attribute("text-anchor", string(at))
}

// sign draws a mark for what a rule found. Each has its own shape, so that
// nobody needs the colour.
func (c *canvas) sign(state string, x, y float64) {
	const r = 4.5
	cross := func(class string) {
		c.add(`<path class="`, class, `" d="M`, num(c.x(x)-r), ` `, num(y-r), `l`, num(2*r), ` `, num(2*r),
			`M`, num(c.x(x)+r), ` `, num(y-r), `l`, num(-2*r), ` `, num(2*r), `"/>`)
	}
	switch state {
	case "kept":
		c.circle("p-kept", x, y, r+.5)
	case "broken":
		cross("p-broken")
	case "overdue":
		c.circle("p-late", x, y, r+.5)
		c.add(`<path class="p-late" d="M`, num(c.x(x)), ` `, num(y-3), `v3h2.5"/>`)
	case "not_yet_due":
		c.circle("p-due", x, y, r)
	default:
		c.text("p-unknown", atMiddle, x, y+4.5, "?")
	}
}

// finish closes the picture and returns its markup. Without a label it is an
// ornament of words that stand beside it.
func (c *canvas) finish(class, label string) template.HTML {
	var out strings.Builder
	out.WriteString(`<svg xmlns="http://www.w3.org/2000/svg"` + attribute("class", strings.TrimSpace("pic "+class)) +
		` viewBox="0 0 ` + num(c.width) + ` ` + num(math.Ceil(c.height)) + `"`)
	if label == "" {
		out.WriteString(` aria-hidden="true"`)
	} else {
		out.WriteString(` role="img"` + attribute("aria-label", label))
	}
	if c.rtl {
		out.WriteString(` direction="rtl"`)
	}
	out.WriteString(">\n")
	if c.hatchID != "" {
		out.WriteString(`<defs><pattern id="` + c.hatchID + `" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatchline" d="M0 0v6"/></pattern></defs>` + "\n")
	}
	out.WriteString(c.body.String())
	out.WriteString("</svg>")
	return template.HTML(out.String()) // every text in it went through clean
}

// apart keeps a text in another direction of writing from turning its
// neighbours round (Unicode's first strong isolate).
func apart(s string) string {
	if s == "" {
		return ""
	}
	return "\u2068" + s + "\u2069"
}

// textWidth estimates how wide a text is. Nobody knows the reader's font, so
// it reckons with a wide one.
func textWidth(s string, size float64) float64 {
	em := 0.0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case strings.ContainsRune("ijl.,:;'’|!·I()", r):
			em += .39
		case unicode.IsSpace(r) || strings.ContainsRune("ftr-", r):
			em += .42
		case strings.ContainsRune("mwMW@%—…", r):
			em += 1
		case unicode.IsDigit(r):
			em += .64
		case r < 0x250 && unicode.IsUpper(r):
			em += .74
		case r < 0x530:
			em += .63
		case unicode.In(r, unicode.Arabic, unicode.Hebrew):
			em += .62
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			em += 1.05
		default:
			em += .85
		}
	}
	return em * size
}

// wrap breaks a text into lines no wider than width, at most so many. What
// does not fit is cut, and the cut is shown; the table has the whole text.
func wrap(s string, size, width float64, most int) (lines []string) {
	line := ""
	breaks := func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' } // which are there to keep two words together
	for _, word := range strings.FieldsFunc(printable(s), breaks) {
		switch {
		case strings.TrimSpace(word) == "":
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
	cut := len(lines) > most
	if cut {
		lines = lines[:most]
	}
	for i, line := range lines {
		if textWidth(line, size) > width || cut && i == most-1 {
			lines[i] = shorten(line, size, width)
		}
	}
	return lines
}

func shorten(s string, size, width float64) string {
	runes := []rune(s)
	for len(runes) > 0 && textWidth(string(runes)+"…", size) > width {
		runes = runes[:len(runes)-1]
	}
	s = strings.TrimRight(string(runes), " ,.;:·") + "…"
	if open := strings.Count(s, "\u2068") - strings.Count(s, "\u2069"); open > 0 {
		s += strings.Repeat("\u2069", open)
	}
	return s
}

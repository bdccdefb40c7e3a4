package web

import (
	"html/template"
	"math"
	"strconv"
	"strings"

	"plumbline"
)

// A barRow counts what a rule, a unit or a kind of operation came to.
type barRow struct {
	Label                 string
	Kept, Broken, Unknown int
}

func (b barRow) total() int { return b.Kept + b.Broken + b.Unknown }

// findings are the three answers in the order in which they are drawn.
var findings = []string{"kept", "broken", "unknown"}

func (b barRow) counts() []int { return []int{b.Kept, b.Broken, b.Unknown} }

// barPicture shows for each row how much was kept, broken and cannot be told,
// all on one scale. It is a list, so that on a narrow phone the bar moves
// under its words. what heads the column of labels in the table.
func barPicture(sp speaker, what string, rows []barRow) picture {
	p := picture{Note: sp.T("picture.bar.note"), Table: pictureTable{Caption: sp.T("picture.bar.caption"),
		Head: []string{what, sp.T("picture.state.kept"), sp.T("picture.state.broken"), sp.T("picture.state.unknown")}}}
	most := 1
	for _, row := range rows {
		most = max(most, row.total())
	}
	said := []string{sp.T("picture.bar.label")}
	var list strings.Builder
	for _, row := range rows {
		c := newCanvas(sp, "", 240)
		c.height = 12
		c.bar(0, 0, max(2, 240*float64(row.total())/float64(most)), 12, row)
		list.WriteString("<li><span>" + clean(row.Label) + "</span>\n" + string(c.finish("bar", "")))
		line := []string{row.Label}
		for i, n := range row.counts() {
			line = append(line, strconv.Itoa(n))
			class := findings[i]
			if n == 0 {
				class += " none"
			}
			list.WriteString("\n<span" + attribute("class", "n "+class) + `><b aria-hidden="true">` + barSigns[i] + "</b> " + clean(sp.T("picture.bar."+findings[i], "Count", sp.Count(plumbline.Exactly(n)))) + "</span>")
		}
		list.WriteString("</li>\n")
		p.Table.Rows = append(p.Table.Rows, line)
		said = append(said, barWords(sp, row))
	}
	if len(rows) == 0 {
		list.WriteString("<li><span>" + clean(sp.T("picture.bar.nothing")) + "</span></li>\n")
	}
	p.Label = strings.Join(said, " ")
	// Every text in it went through clean.
	p.SVG = template.HTML(`<ul class="bars"` + attribute("aria-label", sp.T("picture.bar.label")) + ">\n" + list.String() + "</ul>")
	return p
}

var barSigns = []string{"●", "✕", "?"}

func barWords(sp speaker, row barRow) string {
	return sp.T("picture.bar.row", "Label", strings.TrimRight(row.Label, ". "), "Kept", row.Kept, "Broken", row.Broken, "Unknown", row.Unknown)
}

// smallBar is one bar for a cell of a table whose numbers stand beside it.
func smallBar(sp speaker, row barRow) picture {
	c := newCanvas(sp, "", 120)
	c.height = 12
	if row.total() > 0 {
		c.bar(0, 0, 120, 12, row)
	} else {
		c.rect("open", .5, .5, 119, 11)
	}
	label := barWords(sp, row)
	return picture{SVG: c.finish("small", label), Label: label}
}

// bar draws the three parts, each with its own pattern: kept is plain, broken
// has upright stripes, what cannot be told is hatched.
func (c *canvas) bar(x, y, width, height float64, row barRow) {
	if row.total() == 0 {
		return
	}
	const least = 2 // one in a thousand is still to be seen
	var widths [3]float64
	sum := 0.0
	for i, n := range row.counts() {
		if n > 0 {
			widths[i] = max(least, width*float64(n)/float64(row.total()))
			sum += widths[i]
		}
	}
	for i, w := range widths {
		if w == 0 {
			continue
		}
		tenth := func(x float64) float64 { return math.Round(x*10) / 10 }
		w = tenth(x+w*width/sum) - tenth(x) // as it is written, so that the parts end where the bar does
		switch findings[i] {
		case "kept":
			c.rect("p-kept", x, y, w, height)
		case "broken":
			c.rect("p-bad", x, y, w, height)
			for s := x + 3; s < x+w; s += 4 {
				c.line("p-stripe", s, y, s, y+height)
			}
		default:
			c.hatch(x, y, w, height)
		}
		x += w
	}
}

// hatch draws slanted lines within a rectangle, and its edge. It needs no
// pattern, whose id many small bars on a page would share.
func (c *canvas) hatch(x, y, w, h float64) {
	edge := min(.5, w/2)
	c.rect("p-blank", x+edge, y+edge, w-2*edge, h-2*edge)
	for t := 5.0; t < w+h; t += 5 {
		x1, y1 := min(t, w), max(0, t-w)
		x2, y2 := max(0, t-h), min(t, h)
		c.line("hatchline", x+x1, y+y1, x+x2, y+y2)
	}
}

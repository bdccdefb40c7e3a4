package estimate

import (
	"fmt"
	"slices"
	"strings"
)

// An Overlap shows how many people were on which lists together (an UpSet
// picture; Lex and others 2014): a column for every combination that somebody
// had, the most people first.
type Overlap struct {
	Heading string
	Lists   []string
	Cells   []OverlapCell
}

// An OverlapCell is the people who were on exactly some lists.
type OverlapCell struct {
	On    []bool // parallel to Lists
	Count float64
}

const eachList = "people on each list"

func (o Overlap) draw(c *canvas) {
	c.heading(o.Heading)
	cells := slices.Clone(o.Cells)
	cells = slices.DeleteFunc(cells, func(x OverlapCell) bool { return !(x.Count > 0) })
	slices.SortStableFunc(cells, func(a, b OverlapCell) int {
		switch {
		case a.Count > b.Count:
			return -1
		case a.Count < b.Count:
			return 1
		}
		return 0
	})
	names := textWidth(eachList, smallSize) + 4
	for i, l := range o.Lists {
		names = max(names, textWidth(l, textSize)+textWidth(group(fmt.Sprintf("%.0f", o.total(i))), smallSize)+14)
	}
	names = min(names, 230)
	left, right := plotMargin+names+14, float64(plotWidth-plotMargin)
	const narrow, wide = 19.0, 44.0
	most := int((right - left) / narrow)
	rest := 0
	if len(cells) > most {
		for _, x := range cells[most:] {
			rest += int(x.Count)
		}
		cells = cells[:most]
	}
	step := wide
	if len(cells) > 0 {
		step = min(wide, (right-left)/float64(len(cells)))
	}
	top, bars := c.y+20, 150.0
	highest := 1.0
	widest := 0.0
	for _, x := range cells {
		highest = max(highest, x.Count)
		widest = max(widest, textWidth(group(fmt.Sprintf("%.0f", x.Count)), 11))
	}
	if widest > step-2 {
		top += 24 // numbers stand upright
	}
	base := top + bars
	const row = 24.0
	for i := range o.Lists {
		y := base + 18 + row*float64(i)
		if i%2 == 0 {
			c.rect("wash", plotMargin-6, y-row/2, right-plotMargin+12, row)
		}
		total := group(fmt.Sprintf("%.0f", o.total(i)))
		c.text("tick", "end", left-14, y+4.5, total)
		c.text("", "start", plotMargin, y+4.5, cutText(o.Lists[i], textSize, names-textWidth(total, smallSize)-10))
	}
	c.text("soft", "end", left-14, base-2, eachList)
	for k, x := range cells {
		at := left + step*(float64(k)+.5)
		height := max(bars*x.Count/highest, 1)
		on := 0
		first, last := -1, -1
		for i, yes := range x.On {
			if yes {
				on++
				if first < 0 {
					first = i
				}
				last = i
			}
		}
		bar := "bar"
		if on < 2 {
			bar = "lone"
		}
		width := min(step*.62, 24)
		c.rect(bar, at-width/2, base-height, width, height)
		n := group(fmt.Sprintf("%.0f", x.Count))
		if widest <= step-2 {
			c.text("tiny", "middle", at, base-height-5, n)
		} else {
			c.add(`<text class="tiny" transform="translate(%s %s)rotate(-90)">%s</text>`, place(at+4), place(base-height-5), n)
		}
		for i := range o.Lists {
			if !x.On[i] {
				c.circle("off", at, base+18+row*float64(i), 3.5)
			}
		}
		if on > 1 {
			c.line("join", at, base+18+row*float64(first), at, base+18+row*float64(last))
		}
		for i := range o.Lists {
			if x.On[i] {
				c.circle("point", at, base+18+row*float64(i), 5)
			}
		}
	}
	c.y = base + 18 + row*float64(len(o.Lists)-1) + row/2 + 4
	if rest > 0 {
		c.y += 16
		c.text("soft", "start", left, c.y, fmt.Sprintf("%s more people are in rarer combinations.", group(fmt.Sprint(rest))))
	}
}

// total is how many people are on a list.
func (o Overlap) total(i int) float64 {
	n := 0.0
	for _, x := range o.Cells {
		if x.On[i] {
			n += x.Count
		}
	}
	return n
}

func (o Overlap) words() string {
	var b strings.Builder
	b.WriteString("Overlap of lists")
	for i, l := range o.Lists {
		fmt.Fprintf(&b, "%s %s %.0f", [2]string{",", ":"}[btoi(i == 0)], l, o.total(i))
	}
	sep := "; on"
	for _, x := range o.Cells {
		if !(x.Count > 0) {
			continue
		}
		var on []string
		for j, yes := range x.On {
			if yes {
				on = append(on, o.Lists[j])
			}
		}
		fmt.Fprintf(&b, "%s %s only %.0f", sep, strings.Join(on, " and "), x.Count)
		sep = ","
	}
	return b.String() + "."
}

package web

import (
	"strconv"

	"plumbline"
)

// targetPicture draws how many were identified month by month: a bar to the
// least, hatched on to the most. Where the definition changes the series
// breaks, and no month before the break is counted under the definition after
// it; a triangle marks a month with a reporting date.
func targetPicture(p *Page, t plumbline.TargetReview, n int) picture {
	pic := picture{Note: p.T("programme.series_note"), Table: seriesTable(p, t)}
	if len(t.Months) == 0 {
		return pic
	}
	const left, top, height, below = 44.0, 34.0, 130.0, 44.0
	step := max(18, min(56, 660/float64(len(t.Months))))
	c := newCanvas(p, "series-"+strconv.Itoa(n), left+step*float64(len(t.Months))+10)
	c.height = top + height + below
	most := 1
	for i := range t.Months {
		_, hi := standing(t, i)
		most = max(most, hi)
	}
	y := func(n int) float64 { return top + height - height*float64(n)/float64(most) }
	c.line("p-axis", left, top+height, c.width-5, top+height)
	c.text("soft", atEnd, left-6, y(most)+4, p.Number(most))
	c.text("soft", atEnd, left-6, y(0)+4, p.Number(0))
	for i, m := range t.Months {
		x := left + step*float64(i)
		lo, hi := standing(t, i)
		if hi > lo {
			c.rect("rim hatched", x+2, y(hi), step-4, y(lo)-y(hi))
		}
		if lo > 0 {
			c.rect("p-bar", x+2, y(lo), step-4, y(0)-y(lo))
		}
		for range m.New {
			c.line("p-break", x, top-18, x, top+height+6)
			c.text("small strong", atStart, x+3, top-20, t.Definitions[m.New[len(m.New)-1]].Version)
		}
		if len(m.Due) > 0 {
			c.text("", atMiddle, x+step/2, top-4, "▼")
		}
		at, from := atStart, x+2
		if i > 0 && i == len(t.Months)-1 {
			at, from = atEnd, x+step-2
		}
		if i == 0 || m.Start.Month() == 1 && i > 2 && i < len(t.Months)-4 || at == atEnd {
			c.text("soft", at, from, top+height+18, m.Start.Format("2006"))
			c.text("soft", at, from, top+height+34, p.MonthName(m.Start.Month()))
		}
	}
	pic.Label = p.T("programme.series", "Title", t.Title)
	pic.SVG = c.finish("series", pic.Label)
	return pic
}

// standing returns the bounds of a month under the definition that held at its
// end: the last one that had begun.
func standing(t plumbline.TargetReview, month int) (lo, hi int) {
	d := 0
	for i := range month + 1 {
		for _, n := range t.Months[i].New {
			d = n
		}
	}
	count := t.Months[month].Counts[d]
	hi, bounded := count.Max()
	if !bounded {
		hi = count.Min()
	}
	return count.Min(), hi
}

// seriesTable lists every month under every definition.
func seriesTable(p *Page, t plumbline.TargetReview) pictureTable {
	table := pictureTable{Caption: p.T("programme.series", "Title", t.Title), Head: []string{p.T("programme.month")}}
	for _, d := range t.Definitions {
		table.Head = append(table.Head, p.T("programme.under", "Version", d.Version))
	}
	table.Head = append(table.Head, p.T("programme.marks"))
	for _, m := range t.Months {
		row := []string{p.Month(m.Start)}
		for _, n := range m.Counts {
			row = append(row, p.Count(n))
		}
		mark := ""
		for _, d := range m.New {
			mark = dots(mark, p.T("programme.breaks", "Version", t.Definitions[d].Version))
		}
		for _, r := range m.Due {
			mark = dots(mark, p.T("programme.report_due", "Due", p.When(t.Target.Reports[r].Due)))
		}
		table.Rows = append(table.Rows, append(row, mark))
	}
	return table
}

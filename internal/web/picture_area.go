package web

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

// An areaDrawing draws an area's months: contacts of each service as a line,
// operations as triangles above, and below them when services were shut out
// and what else happened. Two that are compared have one scale.
type areaDrawing struct {
	p      *areaPage
	area   *store.Area
	months []plumbline.YearMonth
	series []plumbline.ServiceSeries
	most   int
	step   float64
	c      *canvas
}

const (
	areaLeft, areaTop, areaHeight = 44.0, 44.0, 150.0
	areaNames                     = 118.0 // room at the end for the names of lines
	laneStep                      = 34.0
)

// draw makes the pictures of the area and of the one that it is compared with.
func (p *areaPage) draw(months []plumbline.YearMonth) {
	if len(months) == 0 {
		return
	}
	areas := []*store.Area{p.A}
	if p.A.Compared != nil {
		areas = append(areas, p.A.Compared)
	}
	most := 1
	for _, a := range areas {
		for _, s := range a.Record.Series(months) {
			for _, m := range s.Months {
				most = max(most, plotted(m))
			}
		}
	}
	most = roundUp(most)
	for i, a := range areas {
		d := &areaDrawing{p: p, area: a, months: months, series: a.Record.Series(months), most: most, step: max(14, min(40, 620/float64(len(months))))}
		p.Pictures = append(p.Pictures, areaFigure{&a.Record.Area, d.picture("area-" + strconv.Itoa(i)), d.here()})
	}
}

// roundUp returns the next number of which the half is whole and easily read.
func roundUp(n int) int {
	for step := 1; ; step *= 10 {
		for _, k := range []int{2, 3, 4, 5, 6, 8, 10} {
			if n <= k*step && k*step%2 == 0 {
				return k * step
			}
		}
	}
}

// here is how many operations were in the area in the months drawn.
func (d *areaDrawing) here() (n int) {
	for _, o := range d.area.Operations {
		t, ok := o.Began.Earliest()
		if _, inside := d.at(t); ok && inside {
			n++
		}
	}
	return n
}

// plotted is the number at which a month stands: the one told, or the least.
func plotted(m plumbline.MonthCount) int {
	if n, ok := m.Contacts.Guess(); ok {
		return n
	}
	return m.Contacts.Min()
}

func (d *areaDrawing) picture(id string) picture {
	d.c = newCanvas(d.p, id, areaLeft+d.step*float64(len(d.months))+areaNames)
	d.c.height = areaTop + areaHeight + 46
	d.scale()
	d.operations()
	for i, s := range d.series {
		d.line(i, s)
	}
	d.names()
	d.losses()
	d.factors()
	label := d.p.T("areas.picture", "Area", d.area.Name())
	return picture{SVG: d.c.finish("wide", label), Label: label, Note: d.p.T("areas.picture_note"), Table: d.table(label)}
}

func (d *areaDrawing) y(n int) float64 {
	return areaTop + areaHeight - areaHeight*float64(n)/float64(d.most)
}

func (d *areaDrawing) middle(month int) float64 { return areaLeft + d.step*(float64(month)+.5) }

// at returns where a moment stands, and false outside the months drawn.
func (d *areaDrawing) at(t time.Time) (x float64, inside bool) {
	first, end := d.months[0].Start(), d.months[len(d.months)-1].Next().Start()
	months := float64(t.Year()*12+int(t.Month())-first.Year()*12-int(first.Month())) + (float64(t.Day())-1)/31
	return areaLeft + d.step*months, !t.Before(first) && t.Before(end)
}

func (d *areaDrawing) end() float64 { return areaLeft + d.step*float64(len(d.months)) }

func (d *areaDrawing) scale() {
	for i := range d.months { // months of which nobody told of any service
		if !slices.ContainsFunc(d.series, func(s plumbline.ServiceSeries) bool { return s.Months[i].Told }) {
			d.c.rect("hatched", areaLeft+d.step*float64(i), areaTop, d.step, areaHeight)
		}
	}
	for _, n := range []int{d.most, d.most / 2, 0} {
		d.c.line("p-grid", areaLeft, d.y(n), d.end(), d.y(n))
		d.c.text("soft", atEnd, areaLeft-6, d.y(n)+4, d.p.Number(n))
	}
	for i, m := range d.months {
		t := m.Start()
		first, last := i == 0, i == len(d.months)-1
		switch {
		case last && len(d.months) > 3:
			d.c.text("soft", atEnd, d.end(), areaTop+areaHeight+18, d.p.MonthName(t.Month())+" "+t.Format("2006"))
		case first:
			d.c.text("soft", atStart, areaLeft, areaTop+areaHeight+18, d.p.MonthName(t.Month())+" "+t.Format("2006"))
		case t.Month() == time.January && i > 5 && i < len(d.months)-6:
			d.c.line("p-axis", areaLeft+d.step*float64(i), areaTop+areaHeight, areaLeft+d.step*float64(i), areaTop+areaHeight+6)
			d.c.text("soft", atMiddle, areaLeft+d.step*float64(i), areaTop+areaHeight+18, t.Format("2006"))
		}
	}
}

func (d *areaDrawing) operations() {
	some := false
	for _, o := range d.area.Operations {
		t, ok := o.Began.Earliest()
		x, inside := d.at(t)
		if !ok || !inside {
			continue
		}
		some = true
		d.c.line("p-now", x, areaTop-8, x, areaTop+areaHeight)
		d.c.text("small", atMiddle, x, areaTop-12, "▼")
	}
	if some {
		d.c.text("head", atStart, areaLeft, 14, "▼ "+d.p.T("nav.operations"))
	}
}

// line joins the months of a service, and breaks at each of which nobody told.
// A least number is hollow.
func (d *areaDrawing) line(n int, s plumbline.ServiceSeries) {
	class := []string{"", " second", " third", " fourth"}[n%4]
	var run [][2]float64
	flush := func() {
		if len(run) > 1 {
			d.c.trace("p-series"+class, run...)
		}
		run = nil
	}
	for i, m := range s.Months {
		if !m.Told || !m.Contacts.Known() {
			flush()
			continue
		}
		run = append(run, [2]float64{d.middle(i), d.y(plotted(m))})
	}
	flush()
	for i, m := range s.Months {
		if !m.Told || !m.Contacts.Known() {
			continue
		}
		if _, exact := m.Contacts.Exact(); exact {
			d.c.circle("p-dot"+class, d.middle(i), d.y(plotted(m)), 2.5)
		} else {
			d.c.circle("p-hollow", d.middle(i), d.y(plotted(m)), 3.2)
		}
	}
}

// names writes each line's name at its end, one below the other.
func (d *areaDrawing) names() {
	type name struct {
		y     float64
		class string
		text  string
	}
	var all []name
	for i, s := range d.series {
		for m := len(d.months) - 1; m >= 0; m-- {
			if at := s.Months[m]; at.Told && at.Contacts.Known() {
				all = append(all, name{d.y(plotted(at)) + 4, []string{"", " second", " third", " fourth"}[i%4], d.p.Word(s.Service)})
				break
			}
		}
	}
	slices.SortFunc(all, func(a, b name) int { return cmp.Compare(a.y, b.y) })
	for i := range all {
		if i > 0 {
			all[i].y = max(all[i].y, all[i-1].y+lineStep)
		}
		d.c.line("p-series"+all[i].class, d.end()+4, all[i].y-4, d.end()+22, all[i].y-4)
		d.c.text("small", atStart, d.end()+27, all[i].y, shortenTo(all[i].text, areaNames-30))
	}
}

func shortenTo(text string, width float64) string {
	if lines := wrap(text, smallSize, width, 1); len(lines) > 0 {
		return lines[0]
	}
	return text
}

// A lane is one bar with what it is.
type lane struct {
	from, until plumbline.When
	text        string
	open        bool // no end is told
}

func (d *areaDrawing) losses() {
	var lanes []lane
	for i, l := range d.p.losses(d.area.Record) {
		lanes = append(lanes, lane{l.From, l.Until, d.p.Number(i+1) + ". " + d.p.causes(l.ShutBy, l.Before), l.Open})
	}
	d.lanes(d.p.T("section.access_loss"), "p-bar", lanes)
}

func (d *areaDrawing) factors() {
	var lanes []lane
	list := slices.Clone(d.area.Record.Factors)
	slices.SortStableFunc(list, func(a, b *plumbline.Factor) int { return cmp.Compare(a.From.String(), b.From.String()) })
	for _, f := range list {
		lanes = append(lanes, lane{f.From, f.Until, f.What, !f.Until.Known()})
	}
	d.lanes(d.p.T("section.factor"), "p-stay", lanes)
}

// lanes draws bars below what was drawn, each under its text. Outside the
// months a bar is cut; one that is wholly outside is in the list of entries.
func (d *areaDrawing) lanes(title, class string, lanes []lane) {
	drawn := false
	for _, l := range lanes {
		first, ok := l.from.Earliest()
		last, ended := l.until.Latest()
		if !ended {
			last = d.p.Now
		}
		x, _ := d.at(first)
		end, _ := d.at(last)
		x, end = max(x, areaLeft), min(end, d.end())
		if !ok || x >= d.end() || end <= areaLeft {
			continue
		}
		if !drawn {
			d.c.text("head", atStart, areaLeft, d.c.height, title)
			d.c.height += 6
			drawn = true
		}
		kind := class
		if l.open {
			kind = "rim hatched"
		}
		width := max(end-x, 4)
		d.c.rect(kind, x, d.c.height+18, width, 7)
		at, from := atStart, x
		if room := d.c.width - x; textWidth(l.text, smallSize) > room && x > d.end()/2 {
			at, from = atEnd, min(x+width, d.end())
		}
		room := d.c.width - from
		if at == atEnd {
			room = from
		}
		d.c.text("small", at, from, d.c.height+12, shortenTo(l.text, room))
		d.c.height += laneStep
	}
	if drawn {
		d.c.height += 14
	}
}

// table has what the picture has: contacts, operations, losses and factors,
// month by month.
func (d *areaDrawing) table(caption string) pictureTable {
	t := pictureTable{Caption: caption, Head: []string{d.p.T("programme.month")}}
	for _, s := range d.series {
		t.Head = append(t.Head, d.p.Word(s.Service))
	}
	t.Head = append(t.Head, d.p.T("nav.operations"), d.p.T("section.access_loss"), d.p.T("section.factor"))
	for i, m := range d.months {
		row := []string{d.p.Month(m.Start())}
		for _, s := range d.series {
			row = append(row, d.p.told(s.Months[i].Told, s.Months[i].Contacts))
		}
		operations, losses, factors := 0, "", ""
		for _, o := range d.area.Operations {
			if t, ok := o.Began.Earliest(); ok && !o.Series && !t.Before(m.Start()) && t.Before(m.Next().Start()) {
				operations++
			}
		}
		for n, l := range d.p.losses(d.area.Record) {
			if during(&l.Told, m) {
				losses = dots(losses, d.p.Number(n+1))
			}
		}
		for _, f := range d.area.Record.Factors {
			if during(&f.Told, m) {
				factors = dots(factors, f.What)
			}
		}
		t.Rows = append(t.Rows, append(row, d.p.Number(operations), losses, factors))
	}
	return t
}

// during reports whether something was there in a month; without an end it
// still is.
func during(t *plumbline.Told, m plumbline.YearMonth) bool {
	from, ok := t.From.Earliest()
	until, ended := t.Until.Latest()
	return ok && from.Before(m.Next().Start()) && (!ended || until.After(m.Start()))
}

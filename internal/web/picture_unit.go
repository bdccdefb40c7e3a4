package web

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline"
)

// A unitPoint is one operation of a unit, with what a protocol found.
type unitPoint struct {
	When                  plumbline.When
	Kept, Broken, Unknown int
	Title                 string
}

// sign is the worst that was found.
func (p unitPoint) sign() string {
	switch {
	case p.Broken > 0:
		return "broken"
	case p.Kept > 0 && p.Unknown == 0:
		return "kept"
	}
	return "unknown"
}

// A period is one command with the operations that fell into it.
type period struct {
	label, when string
	from, until plumbline.When
	command     bool // false for operations of which no one period can be told
	ops         []unitPoint
}

// periodsOf puts each operation into the one command period that its date
// allows. Where several allow it, or none, it stands apart: to guess would
// lay one commander's operation at another's door.
func periodsOf(sp speaker, u *plumbline.UnitRecord, ops []unitPoint) []period {
	var periods []period
	commands := slices.Clone(u.Commands)
	slices.SortStableFunc(commands, func(a, b *plumbline.Command) int {
		ae, ok1 := a.From.Earliest()
		be, ok2 := b.From.Earliest()
		if !ok1 || !ok2 {
			return 0
		}
		return ae.Compare(be)
	})
	for _, c := range commands {
		until := sp.T("picture.unit.no_end")
		if c.Until.Known() {
			until = sp.When(c.Until)
		}
		periods = append(periods, period{label: apart(c.Commander), from: c.From, until: c.Until, command: true,
			when: sp.T("picture.time.from_until", "From", apart(sp.When(c.From)), "Until", apart(until))})
	}
	apartFrom := period{label: sp.T("picture.unit.no_command")}
	for _, op := range ops {
		found := -1
		for i, p := range periods {
			if !p.mayHold(op.When) {
				continue
			}
			if found >= 0 {
				found = -2
				break
			}
			found = i
		}
		if found < 0 {
			apartFrom.ops = append(apartFrom.ops, op)
		} else {
			periods[found].ops = append(periods[found].ops, op)
		}
	}
	if len(apartFrom.ops) > 0 {
		periods = append(periods, apartFrom)
	}
	return periods
}

func (p *period) mayHold(w plumbline.When) bool {
	if p.from.Known() && w.Before(p.from) == plumbline.Yes {
		return false
	}
	return !p.until.Known() || p.until.Before(w) != plumbline.Yes
}

// findings are the three answers in the order in which they are told.
var findings = []string{"kept", "broken", "unknown"}

// counts returns how often each of the findings was given.
func (p *period) counts() []int {
	sum := make([]int, len(findings))
	for _, op := range p.ops {
		sum[0], sum[1], sum[2] = sum[0]+op.Kept, sum[1]+op.Broken, sum[2]+op.Unknown
	}
	return sum
}

// A yearAxis places moments evenly.
type yearAxis struct {
	from, until time.Time
	left, right float64
}

func (a yearAxis) x(t time.Time) float64 {
	part := float64(t.Sub(a.from)) / float64(a.until.Sub(a.from))
	return a.left + (a.right-a.left)*math.Max(0, math.Min(1, part))
}

// reach returns the two ends of a moment on the axis.
func (a yearAxis) reach(w plumbline.When) (x1, x2 float64) {
	x1, x2 = a.left, a.right
	if t, ok := w.Earliest(); ok {
		x1 = a.x(t)
	}
	if t, ok := w.Latest(); ok {
		x2 = a.x(t)
	}
	return x1, x2
}

// yearAxisOf spans whole years around everything dated. A unit of which
// nothing is dated gets this year.
func yearAxisOf(u *plumbline.UnitRecord, ops []unitPoint, now time.Time) yearAxis {
	first, last := now, now
	see := func(moments ...plumbline.When) {
		for _, w := range moments {
			if t, ok := w.Earliest(); ok && t.Before(first) {
				first = t
			}
			if t, ok := w.Latest(); ok && t.After(last) {
				last = t
			}
		}
	}
	for _, c := range u.Commands {
		see(c.From, c.Until)
	}
	for _, t := range u.Trainings {
		see(t.At)
	}
	for _, t := range u.Transfers {
		see(t.At)
	}
	for _, op := range ops {
		see(op.When)
	}
	year := func(t time.Time, add int) time.Time { return time.Date(t.Year()+add, 1, 1, 0, 0, 0, 0, time.UTC) }
	return yearAxis{from: year(first, 0), until: year(last.Add(-time.Nanosecond), 1), left: 26, right: 694}
}

// unitPicture shows a unit's command periods with the operations in each and
// what was found, and below, on the same axis of time, how many trained
// officers it had.
func unitPicture(sp speaker, u *plumbline.UnitRecord, ops []unitPoint, now time.Time) picture {
	periods := periodsOf(sp, u, ops)
	axis := yearAxisOf(u, ops, now)
	c := newCanvas(sp, "unit", 720)
	p := picture{Note: sp.T("picture.unit.note"), Table: pictureTable{Caption: sp.T("picture.unit.caption"),
		Head: []string{sp.T("picture.unit.command"), sp.T("picture.unit.operations"), sp.T("picture.state.kept"), sp.T("picture.state.broken"), sp.T("picture.state.unknown")}}}

	columns := []float64{8, 456, 538, 622}
	y := c.heads(columns, func(i int) float64 { return []float64{440, 78, 78, 96}[i] }, slices.Concat(p.Table.Head[:1], p.Table.Head[2:]))
	y = c.rule(y)
	years := axis.years(sp)
	said := []string{sp.T("picture.unit.label", "Name", apart(u.Unit.Name), "N", len(ops))}
	for _, d := range periods {
		y = c.period(sp, axis, years, d, columns, now, y)
		line := []string{strings.TrimSpace(d.label + " " + d.when), strconv.Itoa(len(d.ops))}
		sum := d.counts()
		for _, n := range sum {
			line = append(line, strconv.Itoa(n))
		}
		p.Table.Rows = append(p.Table.Rows, line)
		said = append(said, sp.T("picture.unit.row", "Command", d.label, "Operations", len(d.ops), "Kept", sum[0], "Broken", sum[1], "Unknown", sum[2]))
	}
	if len(periods) == 0 {
		y = c.rule(c.texts("t2", 8, y+lineStep+2, wrap(sp.T("picture.unit.nothing"), smallSize, 700, 2)) - 6)
	}
	levels := trainedOfficers(u, axis, now)
	current := plumbline.Count{}
	if len(levels) > 0 {
		current = levels[len(levels)-1].count()
	}
	y = c.trained(sp, axis, years, levels, current, now, y)
	p.Table.Rows = append(p.Table.Rows, []string{sp.T("picture.unit.trained"), sp.Count(current), "", "", ""})
	said = append(said, sp.T("picture.unit.trained_said", "Count", sp.Count(current)))
	for _, m := range years {
		c.text("head", atMiddle, m.x, y+14, m.label)
	}
	c.text("head", atMiddle, axis.x(now), y+30, sp.T("picture.time.now"))
	c.height = y + 38
	p.Label = strings.Join(said, " ")
	p.SVG = c.finish("", p.Label)
	return p
}

// ticks draws the marks of the years, and now, from one height to another.
func (c *canvas) ticks(axis yearAxis, years []yearMark, now time.Time, top, foot float64) {
	for _, m := range years {
		c.line("p-grid", m.x, top, m.x, foot)
	}
	c.line("p-now", axis.x(now), top, axis.x(now), foot)
}

type yearMark struct {
	x     float64
	label string
}

// years returns marks for round years, far enough apart for their words.
func (a yearAxis) years(sp speaker) (marks []yearMark) {
	first, last := a.from.Year(), a.until.Year()
	for _, step := range []int{1, 2, 5, 10, 20, 50, 100} {
		marks = nil
		end, fits := math.Inf(-1), true
		for year := first; year <= last; year++ {
			if year%step != 0 {
				continue
			}
			label := strconv.Itoa(year)
			if w, err := plumbline.ParseWhen(label); err == nil {
				label = sp.When(w)
			}
			x := a.x(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
			half := textWidth(label, smallSize)/2 + 4
			fits = fits && x-half > end
			end = x + half
			marks = append(marks, yearMark{x, label})
		}
		if fits {
			return marks
		}
	}
	return nil
}

// period writes one command period: who, when, the operations on the axis,
// and the sums of what was found.
func (c *canvas) period(sp speaker, axis yearAxis, years []yearMark, d period, columns []float64, now time.Time, y float64) (below float64) {
	for i, n := range d.counts() {
		c.sign(findings[i], columns[i+1]+5, y+lineStep-3)
		c.text("", atStart, columns[i+1]+16, y+lineStep+1, sp.Count(plumbline.Exactly(n)))
	}
	sub := sp.T("picture.unit.period", "When", d.when, "N", len(d.ops))
	undated := 0
	for _, op := range d.ops {
		if _, ok := op.When.Earliest(); !ok {
			undated++
		}
	}
	if !d.command {
		sub = ""
		if undated > 0 {
			sub = sp.T("picture.unit.undated", "N", undated)
		}
	}
	y = c.texts("", 8, y+lineStep+1, wrap(d.label, textSize, 424, 2))
	y = c.texts("t2", 8, y, wrap(sub, smallSize, 424, 2)) - 8
	if undated == len(d.ops) && !d.command {
		return c.rule(y)
	}
	const height = 40
	middle := y + height/2
	c.ticks(axis, years, now, y, y+height)
	if d.command {
		from, _ := axis.reach(d.from)
		_, until := axis.reach(d.until)
		class := "p-period"
		if !d.until.Known() {
			until = axis.x(now)
		}
		if !d.from.Known() {
			class = "p-period edge"
		}
		c.rect(class, from, y+2, math.Max(2, until-from), height-4)
	}
	ends := []float64{-9, -9, -9} // operations close in time step aside
	ops := slices.Clone(d.ops)
	slices.SortStableFunc(ops, func(a, b unitPoint) int {
		a1, a2 := axis.reach(a.When)
		b1, b2 := axis.reach(b.When)
		return int(math.Round(10 * (a1 + a2 - b1 - b2)))
	})
	for _, op := range ops {
		if _, ok := op.When.Earliest(); !ok {
			continue
		}
		x1, x2 := axis.reach(op.When)
		x := (x1 + x2) / 2
		lane := max(0, slices.IndexFunc(ends, func(end float64) bool { return x1-1 > end }))
		ends[lane] = math.Max(x+11, x2)
		at := middle + []float64{0, -11, 11}[lane]
		if x2-x1 > 12 {
			c.line("p-range", x1, at, x2, at)
		}
		c.found(op.sign(), x, at)
	}
	return c.rule(y + height + 6)
}

// found marks an operation by the worst that was found in it.
func (c *canvas) found(state string, x, y float64) {
	if state == "unknown" {
		c.circle("p-ring", x, y, 4)
		return
	}
	c.sign(state, x, y)
}

// A level is how many trained officers a unit has from a moment on.
type level struct {
	at      time.Time
	min     int
	max     int
	bounded bool // whether there is a max
}

func (l level) count() plumbline.Count {
	if l.bounded {
		return plumbline.Between(l.min, l.max)
	}
	return plumbline.AtLeast(l.min)
}

// trainedOfficers returns the bounds of how many officers who passed a course
// are still in the unit, from the first course until now. The same officers
// may have taken two courses, so at least the fullest course is left and at
// most all of them together. A course counts upward from its earliest moment
// and surely from its latest; a transfer the other way about. Nothing is
// returned when no course is on record: that is not nought.
func trainedOfficers(u *plumbline.UnitRecord, axis yearAxis, now time.Time) (levels []level) {
	if len(u.Trainings) == 0 {
		return nil
	}
	earliest := func(w plumbline.When) time.Time {
		if t, ok := w.Earliest(); ok {
			return t
		}
		return axis.from
	}
	latest := func(w plumbline.When) time.Time {
		if t, ok := w.Latest(); ok {
			return t
		}
		return now
	}
	moments := []time.Time{now}
	first := now
	for _, t := range u.Trainings {
		if earliest(t.At).Before(first) {
			first = earliest(t.At)
		}
		moments = append(moments, earliest(t.At), latest(t.At))
	}
	for _, t := range u.Transfers {
		moments = append(moments, earliest(t.At), latest(t.At))
	}
	slices.SortFunc(moments, time.Time.Compare)
	for _, at := range slices.CompactFunc(moments, time.Time.Equal) {
		if at.Before(first) || at.After(now) {
			continue
		}
		l := level{at: at, bounded: true}
		for _, t := range u.Trainings {
			passed := partOf(t.Passed, t.Officers)
			if !earliest(t.At).After(at) {
				hi, bounded := passed.Max()
				l.max, l.bounded = l.max+hi, l.bounded && bounded
			}
			if !latest(t.At).After(at) {
				l.min = max(l.min, passed.Min()-lostFrom(u, t.ID, at, earliest))
			}
		}
		for _, t := range u.Transfers {
			lost := partOf(t.Trained, t.Officers)
			if !latest(t.At).After(at) {
				l.max = max(0, l.max-lost.Min())
			}
		}
		l.min = max(0, l.min)
		if l.bounded {
			l.max = max(l.max, l.min)
		}
		levels = append(levels, l)
	}
	return levels
}

// partOf returns a count that is part of a whole: unknown is then bounded.
func partOf(part, whole plumbline.Count) plumbline.Count {
	if hi, bounded := whole.Max(); !part.Known() && bounded {
		return plumbline.Between(0, hi)
	}
	return part
}

// lostFrom returns the most that a course can have lost to transfers.
func lostFrom(u *plumbline.UnitRecord, course plumbline.ID, at time.Time, earliest func(plumbline.When) time.Time) (lost int) {
	for _, t := range u.Transfers {
		if earliest(t.At).After(at) || t.Training != "" && t.Training != course {
			continue
		}
		hi, bounded := partOf(t.Trained, t.Officers).Max()
		if !bounded {
			return 1 << 30
		}
		lost += hi
	}
	return lost
}

// trained draws the officers as steps: a line for the least, a wash up to the
// most, and hatching where there is no most.
func (c *canvas) trained(sp speaker, axis yearAxis, years []yearMark, levels []level, current plumbline.Count, now time.Time, y float64) (below float64) {
	c.texts("", 8, y+lineStep+4, wrap(sp.T("picture.unit.trained"), textSize, 440, 1))
	if len(levels) == 0 {
		c.text("t2", atEnd, c.width-8, y+lineStep+4, sp.T("picture.unit.no_training"))
		c.ticks(axis, years, now, y+lineStep+12, y+lineStep+28)
		return y + lineStep + 30
	}
	for _, line := range wrap(sp.T("picture.unit.trained_now", "Count", sp.Count(current)), textSize, 240, 1) {
		c.text("", atEnd, c.width-8, y+lineStep+4, line)
	}
	most := 1
	for _, l := range levels {
		most = max(most, l.min, l.max)
	}
	top := y + 52
	foot := top + 64
	c.ticks(axis, years, now, top-8, foot)
	at := func(n int) float64 { return foot - (foot-top)*float64(n)/float64(most) }
	var line [][2]float64
	for i, l := range levels {
		x1, x2 := axis.x(l.at), axis.x(now)
		if i+1 < len(levels) {
			x2 = axis.x(levels[i+1].at)
		}
		switch {
		case !l.bounded && x2 > x1:
			c.rect("hatched", x1, top-8, x2-x1, at(l.min)-top+8)
		case l.max > l.min && x2 > x1:
			c.rect("p-bounds", x1, at(l.max), x2-x1, at(l.min)-at(l.max))
		}
		line = append(line, [2]float64{x1, at(l.min)}, [2]float64{x2, at(l.min)})
	}
	c.line("p-rule", axis.left, foot, axis.right, foot)
	c.line("p-rule", axis.left, top, axis.right, top)
	c.trace("p-line", line...)
	c.text("t2", atStart, 8, top-10, sp.Count(plumbline.Exactly(most)))
	return foot + 4
}

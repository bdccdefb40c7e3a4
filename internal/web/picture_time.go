package web

import (
	"math"
	"slices"
	"strings"
	"time"

	"plumbline"
)

// A Clock is what a protocol wants done by a moment, and what became of it.
type Clock struct {
	Label    string
	Due      time.Time // zero when the rule sets no moment, or its start is not known
	Happened time.Time // zero when it has not, or nobody says when
	State    string    // kept, broken, unknown, not_yet_due, overdue
}

// A span is a moment as far as it is known, in hours from the beginning.
type span struct {
	from, to float64
	known    bool // false when nothing is told, or no end
}

func spanOf(w, start plumbline.When) span {
	if !w.Known() || !start.Known() {
		return span{}
	}
	if we, ok := w.Latest(); ok { // before the beginning Since says nought
		if start, ok := start.Earliest(); ok && we.Before(start) {
			if from, ok := w.Earliest(); ok {
				return span{from.Sub(start).Hours(), we.Sub(start).Hours(), true}
			}
			return span{}
		}
	}
	shortest, longest, open := w.Since(start)
	return span{shortest.Hours(), longest.Hours(), !open}
}

func (s span) middle() float64 { return (s.from + s.to) / 2 }

// A timeRow is one line of the time line that is no clock.
type timeRow struct {
	label, when string
	state       string // for a movement, with who moved and what they have in common
	codes       string
	count       plumbline.Count
	same        string
	at          span
	until       float64 // hours; where the state is taken to end
	told        bool    // somebody told the end
	lasts       bool    // a state, which lasts; otherwise a deed of one moment
	missing     bool    // nobody answers for the people
	done        string  // for a step
}

const maxTimeRows = 24

// A timeAxis places hours from the beginning: nearly by their logarithm, so
// that the first night is as wide as the months after it.
type timeAxis struct {
	before, start, year, end float64
	now                      float64 // hours
}

const hoursAYear = 365 * 24.0

func (a timeAxis) x(hours float64) float64 {
	scale := func(h float64) float64 { return math.Log1p(h/2) / math.Log1p(hoursAYear/2) }
	switch {
	case hours < 0:
		return a.start - (a.start-a.before)*math.Min(1, scale(-hours))
	case hours > hoursAYear:
		return a.year + (a.end-a.year)*math.Min(1, math.Log10(hours/hoursAYear))
	}
	return a.start + (a.year-a.start)*scale(hours)
}

// timelinePicture shows the protocol's clocks and what happened, one line
// each, on one axis from the plan to a year after the beginning.
func timelinePicture(sp speaker, r *plumbline.Record, clocks []Clock, now time.Time) picture {
	rows := timeRows(sp, r, now)
	p := picture{Label: timeLabel(sp, clocks, rows), Table: timeTable(sp, clocks, rows)}
	c := newCanvas(sp, "time", 720)
	start, dated := r.Operation.Began.Earliest()
	if !dated {
		c.height = c.texts("", 8, 24, wrap(sp.T("picture.time.no_start"), textSize, 700, 3))
		p.SVG = c.finish("", p.Label)
		return p
	}
	// A step that nobody dated has no place on an axis; the table has it.
	rows = slices.DeleteFunc(rows, func(row timeRow) bool { return !row.lasts && !row.at.known })
	rows = mergeTimeRows(sp, rows)
	more := len(rows) - maxTimeRows
	if more > 0 {
		rows = rows[:maxTimeRows]
	}
	hours := func(t time.Time) float64 { return t.Sub(start).Hours() }
	axis := timeAxis{before: 26, start: 26, year: 668, end: 708, now: hours(now)}
	early := slices.ContainsFunc(rows, func(row timeRow) bool { return row.at.known && row.at.from < 0 }) ||
		slices.ContainsFunc(clocks, func(k Clock) bool {
			return !k.Due.IsZero() && k.Due.Before(start) || !k.Happened.IsZero() && k.Happened.Before(start)
		})
	if early {
		axis.before, axis.start = 12, 104
		c.text("head", atStart, 8, 16, sp.T("picture.time.before"))
	}
	for _, at := range plumbline.Checkpoints {
		c.text("head", atMiddle, axis.x(at.After.Hours()), 16, sp.T("picture.time.mark."+at.Name))
	}
	c.line("p-axis", axis.before, 30, axis.end, 30)
	y := c.ruler(axis, 30)
	if len(clocks) > 0 {
		y = c.section(y, sp.T("picture.time.clocks"))
		clocks = slices.Clone(clocks)
		slices.SortStableFunc(clocks, func(a, b Clock) int { return compareTimes(a.Due, b.Due) })
		for _, k := range clocks {
			y = c.clock(sp, axis, hours, k, now, y)
		}
	}
	if len(rows) > 0 {
		y = c.section(y, sp.T("picture.time.happened"))
		for _, row := range rows {
			y = c.timeRow(axis, row, y)
		}
	}
	p.Note = sp.T("picture.time.note")
	if len(clocks)+len(rows) == 0 {
		p.Note = ""
		y = c.texts("t2", 8, y+lineStep, wrap(sp.T("picture.time.nothing"), smallSize, 700, 2))
	}
	if more > 0 {
		y = c.texts("t2", 8, y+lineStep, wrap(sp.T("picture.time.more", "N", more), smallSize, 700, 2)) - 8
	}
	half := textWidth(sp.T("picture.time.now"), smallSize) / 2
	c.text("head", atMiddle, math.Max(8+half, math.Min(axis.x(axis.now), 714-half)), y+16, sp.T("picture.time.now"))
	c.height = y + 24
	p.SVG = c.finish("", p.Label)
	return p
}

// compareTimes puts the zero time last.
func compareTimes(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}

// section writes the head of a part of the rows, and returns the height below.
func (c *canvas) section(y float64, head string) float64 {
	y = c.texts("head", 8, y+lineStep+6, wrap(head, smallSize, c.width-16, 2)) - 8
	c.line("p-rule", 8, y, c.width-8, y)
	return y
}

// entry writes what a row is about, and when in the same line if there is
// room, and returns the height below. The row's track lies under the words and
// not beside them, so that on a narrow screen both are seen.
func (c *canvas) entry(x, y float64, label, sub string) (below float64) {
	room := c.width - 8 - x
	if textWidth(label, textSize)+textWidth(sub, smallSize)+24 <= room {
		for _, line := range wrap(sub, smallSize, room, 1) {
			c.text("t2", atEnd, c.width-8, y+lineStep+1, line)
		}
		c.texts("", x, y+lineStep+1, wrap(label, textSize, room, 1))
		return y + 2*lineStep - 9
	}
	y = c.texts("", x, y+lineStep+1, wrap(label, textSize, room, 3))
	return c.texts("t2", x, y, wrap(sub, smallSize, room, 2)) - 10
}

// ruler draws the marks of the axis, and now, as high as one track, and
// returns the height below.
func (c *canvas) ruler(axis timeAxis, middle float64) (below float64) {
	for _, at := range plumbline.Checkpoints {
		x := axis.x(at.After.Hours())
		c.line("p-grid", x, middle-8, x, middle+8)
	}
	x := axis.x(math.Max(0, axis.now))
	c.line("p-now", x, middle-8, x, middle+8)
	return middle + 12
}

// rule closes a row.
func (c *canvas) rule(y float64) float64 {
	c.line("p-rule", 8, y, c.width-8, y)
	return y
}

func (c *canvas) clock(sp speaker, axis timeAxis, hours func(time.Time) float64, k Clock, now time.Time, y float64) float64 {
	sub := sp.T("picture.state." + clockState(k.State))
	if !k.Due.IsZero() {
		sub = sp.T("picture.time.due", "State", sub, "Due", apart(sp.When(plumbline.At(k.Due))))
	}
	c.sign(clockState(k.State), 14, y+lineStep-3)
	y = c.entry(28, y, k.Label, sub)
	if k.Due.IsZero() && k.Happened.IsZero() {
		return c.rule(y + 4)
	}
	middle := y + 10
	below := c.ruler(axis, middle)
	if !k.Due.IsZero() {
		zero, due := axis.x(0), axis.x(hours(k.Due))
		c.line("p-track", math.Min(zero, due), middle, math.Max(zero, due), middle)
		late := k.Happened
		if late.IsZero() && k.State == "overdue" {
			late = now
		}
		if late.After(k.Due) {
			c.line("p-over", due, middle, axis.x(hours(late)), middle)
		}
		c.line("p-due", due, middle-7, due, middle+7)
	}
	if !k.Happened.IsZero() {
		c.circle("p-mark", axis.x(hours(k.Happened)), middle, 4.5)
	}
	return c.rule(below)
}

func clockState(s string) string {
	switch s {
	case "kept", "broken", "not_yet_due", "overdue":
		return s
	}
	return "unknown"
}

func (c *canvas) timeRow(axis timeAxis, row timeRow, y float64) float64 {
	y = c.entry(8, y, row.label, row.when)
	if !row.at.known {
		return c.rule(y + 4)
	}
	middle := y + 10
	below := c.ruler(axis, middle)
	from, to := axis.x(row.at.from), axis.x(row.at.to)
	if row.lasts && row.until > row.at.to {
		class, until := "p-stay", axis.x(row.until)
		switch {
		case row.missing:
			class = "hatched rim"
		case !row.told:
			class = "p-stay edge"
		}
		if until > to {
			c.rect(class, to, middle-4, until-to, 8)
		}
	}
	if to-from > 8 {
		c.rect("hatched rim", from, middle-4, to-from, 8)
		return c.rule(below)
	}
	x := (from + to) / 2
	switch row.done {
	case "not_done", "declined":
		c.sign("broken", x, middle)
	case "", "not_applicable":
		c.circle("p-ring", x, middle, 4)
	default:
		c.circle("p-mark", x, middle, 4.5)
	}
	return c.rule(below)
}

// timeRows returns movements and steps in order of time; what nobody dated
// comes last.
func timeRows(sp speaker, r *plumbline.Record, now time.Time) (rows []timeRow) {
	start := r.Operation.Began
	age := r.Now(now).After.Hours()
	presences := map[plumbline.ID]*plumbline.Presence{}
	for _, p := range r.Presences {
		presences[p.ID] = p
	}
	for _, m := range r.Movements {
		row := timeRow{when: sp.When(m.From), at: spanOf(m.From, start), lasts: true, missing: m.State == "unknown", done: "done", until: age}
		row.state, row.same = sp.Word(m.State), string(m.State)+"|"+m.From.String()+"|"+m.Until.String()+"|"+m.Confirmed.String()
		row.label = row.state
		if p := presences[m.Presence]; p != nil {
			row.codes, row.count = apart(p.Code), p.Count
			row.label = sp.T("picture.time.group", "State", row.state, "Count", sp.Count(p.Count), "Codes", row.codes)
			if n, exact := p.Count.Exact(); p.Individual || exact && n == 1 {
				row.label = sp.T("picture.time.person", "State", row.state, "Code", row.codes)
			}
		}
		if hold, ends := plumbline.Holds[m.State]; ends {
			row.until = math.Min(age, row.at.to+hold.Hours())
		}
		if until := spanOf(m.Until, start); until.known {
			row.until, row.told = until.middle(), true
		}
		if m.Until.Known() {
			row.when = sp.T("picture.time.from_until", "From", apart(row.when), "Until", apart(sp.When(m.Until)))
		}
		rows = append(rows, row)
	}
	for _, s := range r.Steps {
		done := sp.Word(s.Done)
		if s.Done == "" {
			done = sp.T("picture.state.unknown")
		}
		rows = append(rows, timeRow{label: sp.T("picture.time.step", "Step", sp.Word(s.Step), "Done", done), when: sp.When(s.At), at: spanOf(s.At, start), done: string(s.Done)})
	}
	slices.SortStableFunc(rows, func(a, b timeRow) int {
		switch {
		case a.at.known && b.at.known && a.at.from != b.at.from:
			return int(math.Copysign(1, a.at.from-b.at.from))
		case a.at.known && !b.at.known:
			return -1
		case b.at.known && !a.at.known:
			return 1
		}
		return 0
	})
	return rows
}

// mergeTimeRows puts groups to whom the same happened at the same time into
// one row. A group without a presence stays by itself.
func mergeTimeRows(sp speaker, rows []timeRow) (merged []timeRow) {
	for _, row := range rows {
		i := slices.IndexFunc(merged, func(other timeRow) bool { return row.codes != "" && other.codes != "" && other.same == row.same })
		if i < 0 {
			merged = append(merged, row)
			continue
		}
		m := &merged[i]
		m.codes, m.count = sp.T("picture.time.and", "Codes", m.codes, "Code", row.codes), m.count.Add(row.count)
		m.label = sp.T("picture.time.group", "State", m.state, "Count", sp.Count(m.count), "Codes", m.codes)
	}
	return merged
}

func timeLabel(sp speaker, clocks []Clock, rows []timeRow) string {
	said := []string{sp.T("picture.time.label", "N", len(rows))}
	for _, k := range clocks {
		said = append(said, sp.T("picture.time.said", "Label", strings.TrimRight(k.Label, ". "), "State", sp.T("picture.state."+clockState(k.State))))
	}
	return strings.Join(said, " ")
}

func timeTable(sp speaker, clocks []Clock, rows []timeRow) pictureTable {
	t := pictureTable{Caption: sp.T("picture.time.caption"),
		Head: []string{sp.T("picture.time.what"), sp.T("picture.time.found"), sp.T("picture.time.due_head"), sp.T("picture.time.when")}}
	at := func(t time.Time) string {
		if t.IsZero() {
			return sp.When(plumbline.When{})
		}
		return sp.When(plumbline.At(t))
	}
	for _, k := range clocks {
		t.Rows = append(t.Rows, []string{k.Label, sp.T("picture.state." + clockState(k.State)), at(k.Due), at(k.Happened)})
	}
	for _, row := range rows {
		t.Rows = append(t.Rows, []string{row.label, "", "", row.when})
	}
	return t
}

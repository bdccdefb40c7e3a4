package web

import (
	"errors"
	"math"
	"slices"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

// causesFound are the factors of an area beside the rounds of a measure.
type causesFound struct {
	Area    *plumbline.Area
	Each    []plumbline.Cause
	Picture picture
	Late    []string // sentences on those that came too late to be the whole cause
}

// setBeside sets beside the rounds what else happened there, and whether people
// were looked for elsewhere.
func (q *request) setBeside(p *roundsPage) (err error) {
	if err := q.name(p.Page, nil); err != nil {
		return err
	}
	if p.Moved, err = q.moved(p.Page, p.Rounds[len(p.Rounds)-1].own.StudyRecord, false); err != nil {
		return err
	}
	return q.causes(p)
}

// causes sets beside the rounds what else happened where they were made. It is
// nil when no study says of which area it is, or the actor may read none.
func (q *request) causes(p *roundsPage) error {
	first, last := p.Rounds[0].Study, p.Rounds[len(p.Rounds)-1].Study
	var factors []*plumbline.Factor
	found := &causesFound{}
	for i, s := range []*plumbline.Study{first, last} {
		if s.Area == "" || i == 1 && s.Area == first.Area {
			continue
		}
		d, err := q.s.Store.Shared(q.Context(), q.actor, store.Subject{Kind: plumbline.KindArea, ID: s.Area})
		if errors.Is(err, plumbline.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		area := d.Shared.(*plumbline.AreaRecord)
		found.Area, factors = &area.Area, append(factors, area.Factors...)
	}
	if found.Area == nil {
		return nil
	}
	p.Causes = found
	found.Each = plumbline.Causes(first, last, factors)
	for _, c := range found.Each {
		what := apart(c.Factor.What)
		switch {
		case c.After == plumbline.Yes:
			found.Late = append(found.Late, p.T("measure.cause_after", "What", what, "When", p.When(c.Factor.From)))
		case c.Late == plumbline.Yes:
			found.Late = append(found.Late, p.T("measure.cause_late", "What", what, "When", p.When(c.Factor.From), "Months", p.Count(c.Months), "Of", p.Count(c.Of)))
		case !c.Known():
			found.Late = append(found.Late, p.T("measure.cause_unknown", "What", what))
		}
	}
	found.Picture = causesPicture(p, found.Each)
	return nil
}

// causesPicture draws the rounds on an axis of years, and below them when each
// factor was there. What has no end runs on to today.
func causesPicture(p *roundsPage, causes []plumbline.Cause) picture {
	axis := yearAxis{left: 14, right: 706}
	see := func(moments ...plumbline.When) {
		for _, w := range moments {
			if t, ok := w.Earliest(); ok && (axis.from.IsZero() || t.Before(axis.from)) {
				axis.from = t
			}
			if t, ok := w.Latest(); ok && t.After(axis.until) {
				axis.until = t
			}
		}
	}
	for _, r := range p.Rounds {
		see(r.Study.From, r.Study.Until)
	}
	for _, c := range causes {
		see(c.Factor.From, c.Factor.Until)
	}
	pic := picture{Label: p.T("measure.causes"), Table: causesTable(p, causes)}
	if axis.from.IsZero() || !axis.until.After(axis.from) {
		return pic
	}
	axis.from = time.Date(axis.from.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	axis.until = time.Date(axis.until.Add(-time.Nanosecond).Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
	c := newCanvas(p, "causes", 720)
	y := c.entry(8, 0, p.T("measure.causes_rounds"), "")
	years := axis.years(p)
	marks := func(y float64) {
		for _, m := range years {
			c.line("p-grid", m.x, y, m.x, y+20)
		}
	}
	marks(y)
	for _, r := range p.Rounds {
		x1, x2 := axis.reach(firstKnown(r.Study.From, r.Study.Until))
		_, end := axis.reach(firstKnown(r.Study.Until, r.Study.From))
		x2 = math.Max(x2, end)
		c.rect("p-period", x1, y+2, math.Max(3, x2-x1), 16)
		c.text("strong", atMiddle, (x1+math.Max(x1+3, x2))/2, y+15, r.Letter)
	}
	y = c.rule(y + 26)
	for _, k := range causes {
		y = c.entry(8, y, k.Factor.What, p.T("picture.time.from_until", "From", apart(whenOr(p, k.Factor.From)), "Until", apart(untilOr(p, k.Factor.Until))))
		marks(y)
		x1, sure := axis.reach(k.Factor.From)
		_, x2 := axis.reach(k.Factor.Until)
		if !k.Factor.Until.Known() {
			x2 = axis.x(p.Now)
		}
		switch {
		case !k.Factor.From.Known():
			c.rect("rim hatched", axis.left, y+4, math.Max(3, x2-axis.left), 12)
		default:
			if sure-x1 > 3 { // told to the year: it may have begun later
				c.rect("rim hatched", x1, y+4, sure-x1, 12)
				x1 = sure
			}
			c.rect("p-bar", x1, y+4, math.Max(3, x2-x1), 12)
		}
		y = c.rule(y + 24)
	}
	for _, m := range years {
		c.text("head", atMiddle, m.x, y+14, m.label)
	}
	c.height = y + 24
	pic.Note = p.T("measure.causes_note")
	pic.SVG = c.finish("", pic.Label)
	return pic
}

func firstKnown(moments ...plumbline.When) plumbline.When {
	i := slices.IndexFunc(moments, plumbline.When.Known)
	return moments[max(i, 0)]
}

func whenOr(p *roundsPage, w plumbline.When) string {
	if !w.Known() {
		return p.T("measure.cause_not_told")
	}
	return p.When(w)
}

func untilOr(p *roundsPage, w plumbline.When) string {
	if !w.Known() {
		return p.T("picture.unit.no_end")
	}
	return p.When(w)
}

// causesTable lists the factors with what each of their tellers thinks, and
// for how much of the time between the rounds each was there.
func causesTable(p *roundsPage, causes []plumbline.Cause) pictureTable {
	table := pictureTable{Caption: p.T("measure.causes"), Head: []string{p.T("measure.cause"), p.T("measure.cause_from"), p.T("measure.cause_until"), p.T("measure.cause_months"), p.T("measure.cause_expected"), p.T("measure.cause_told_by")}}
	for _, k := range causes {
		f := k.Factor
		table.Rows = append(table.Rows, []string{dots(p.Word(f.Kind), f.What), whenOr(p, f.From), untilOr(p, f.Until),
			p.T("measure.cause_of", "Months", p.Count(k.Months), "Of", p.Count(k.Of)), p.Word(f.Expected), p.names[f.Organisation]})
	}
	return table
}

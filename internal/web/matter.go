package web

import (
	"errors"
	"slices"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

// A matterLine is a matter with what follows from its record today.
type matterLine struct {
	*plumbline.MatterRecord
	State plumbline.MatterState
}

type mattersPage struct {
	*Page
	Rows     []matterLine
	Of       plumbline.ID // only of this organisation
	OfKind   plumbline.MatterKind
	Dues     []plumbline.Dues
	Reported []matterLine
	Demanded []matterLine
	Silent   []plumbline.ID
	Kinds    []string
	MayRaise bool
	NewID    plumbline.ID
	More     int // that are not shown
}

// shownMatters is how many matters a page lists; a filter finds the rest.
const shownMatters = 200

// matters lists what was raised, what waits for an answer first, who owes how
// much, and what is asked of each other in both directions.
func (s *Server) matters(q *request) error {
	all, err := q.mattersOf(s.Store.Now())
	if err != nil {
		return err
	}
	organisations, err := s.Store.Organisations(q.Context(), q.actor)
	if err != nil {
		return err
	}
	p := mattersPage{Page: q.page("matters", "matters.title"), Of: plumbline.ID(q.FormValue("of")), OfKind: plumbline.MatterKind(q.FormValue("kind")),
		Kinds: plumbline.MatterKind("").Values(), MayRaise: q.mayRaise(), NewID: newID()}
	p.names = map[plumbline.ID]string{}
	for _, o := range organisations {
		p.names[o.ID] = o.Name
	}
	if p.OfKind != "" && !slices.Contains(p.Kinds, string(p.OfKind)) {
		return plumbline.NotFound("page")
	}
	p.Dues = plumbline.DuesOf(all, p.Now)
	duties := plumbline.DutiesOf(all, organisations)
	p.Reported, p.Demanded, p.Silent = matterRows(duties.Reported, p.Now), matterRows(duties.Demanded, p.Now), duties.Silent
	p.Rows = matterRows(slices.DeleteFunc(all, func(r *plumbline.MatterRecord) bool {
		return p.Of != "" && p.Of != r.Matter.To && p.Of != r.Matter.RaisedBy || p.OfKind != "" && p.OfKind != r.Matter.Kind
	}), p.Now)
	if len(p.Rows) > shownMatters {
		p.Rows, p.More = p.Rows[:shownMatters], len(p.Rows)-shownMatters
	}
	return q.render("matters.html", p)
}

// mattersOf returns the matters that the actor may see, in the order in which
// they need somebody.
func (q *request) mattersOf(at time.Time) (all []*plumbline.MatterRecord, err error) {
	list, err := q.s.Store.SharedOf(q.Context(), q.actor, plumbline.KindMatter)
	for _, d := range list {
		all = append(all, d.Shared.(*plumbline.MatterRecord))
	}
	plumbline.ByNeed(all, at)
	return all, err
}

func (q *request) mayRaise() bool {
	return q.actor.Organisation != "" && plumbline.May(q.actor, plumbline.RaiseMatter, plumbline.TookPart)
}

// matterRows says of each matter where it stands at a moment.
func matterRows(list []*plumbline.MatterRecord, at time.Time) (rows []matterLine) {
	for _, r := range list {
		rows = append(rows, matterLine{r, r.State(at)})
	}
	return rows
}

// Late says by how much an answer is late, or until when there is time.
func (p *Page) Late(s plumbline.MatterState) string {
	text, _ := p.dueText(s.Due)
	return text
}

type matterPage struct {
	*Page
	M       *plumbline.MatterRecord
	State   plumbline.MatterState
	MayKeep bool // correct what was raised
	MayOwn  bool // look into it
	Owes    bool // the actor's organisation owes the answer
	Beside  []besideRow
}

// A besideRow is a programme that stands beside a proposal.
type besideRow struct {
	P *store.Programme
	R *store.Review
}

// matter shows what was raised, the answer beside it, what was changed, and who
// looked into it.
func (s *Server) matter(q *request) error {
	d, err := s.Store.Shared(q.Context(), q.actor, store.Subject{Kind: plumbline.KindMatter, ID: plumbline.ID(q.PathValue("matter"))})
	if err != nil {
		return err
	}
	m := d.Shared.(*plumbline.MatterRecord)
	p := matterPage{Page: q.page("matters", ""), M: m, MayKeep: d.MayKeep, MayOwn: q.mayRaise()}
	p.Title, p.Origin, p.State = m.Name(), m.Matter.Origin, m.State(p.Now)
	p.Owes = p.MayOwn && q.actor.Organisation == m.Matter.To
	if p.names, err = q.organisationNames(); err != nil {
		return err
	}
	if m.Matter.Kind == "proposal" {
		if p.Beside, err = q.beside(m, p.Now); err != nil {
			return err
		}
	}
	return q.render("matter.html", p)
}

// beside returns the programmes that stand beside a proposal, as far as the
// actor may see them.
func (q *request) beside(m *plumbline.MatterRecord, at time.Time) (rows []besideRow, err error) {
	list, err := q.s.Store.Programmes(q.Context(), q.actor)
	if errors.Is(err, plumbline.ErrForbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var records []*plumbline.ProgrammeRecord
	for _, g := range list {
		records = append(records, g.ProgrammeRecord)
	}
	for _, r := range m.Matter.Beside(records) {
		v, err := q.s.Store.Review(q.Context(), q.actor, r.Programme.ID, at)
		if err != nil {
			return nil, err
		}
		rows = append(rows, besideRow{v.Of, v})
	}
	return rows, nil
}

// matterDues returns what one organisation owes and has answered, and the
// matters themselves. Nothing when the actor may see none.
func (q *request) matterDues(of plumbline.ID, at time.Time) (owes []matterLine, d plumbline.Dues, err error) {
	all, err := q.mattersOf(at)
	if errors.Is(err, plumbline.ErrForbidden) {
		return nil, d, nil
	}
	all = slices.DeleteFunc(all, func(r *plumbline.MatterRecord) bool { return r.Matter.To != of })
	for _, one := range plumbline.DuesOf(all, at) {
		if one.Organisation == of {
			d = one
		}
	}
	return matterRows(all, at), d, err
}

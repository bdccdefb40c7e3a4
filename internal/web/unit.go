package web

import (
	"slices"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/protocol"
)

type unitsPage struct {
	*Page
	Rows    []unitRow
	MayKeep bool
	NewID   plumbline.ID
}

type unitRow struct {
	store.UnitSummary
	Organisation string
}

// units lists units with how their operations stand to the main protocol.
func (s *Server) units(q *request) error {
	units, err := s.Store.UnitSummaries(q.Context(), q.actor, MainProtocol)
	if err != nil {
		return err
	}
	names, err := q.organisationNames()
	if err != nil {
		return err
	}
	p := unitsPage{Page: q.page("units", "units.title"), MayKeep: plumbline.May(q.actor, plumbline.KeepUnits, plumbline.Stranger), NewID: newID()}
	for _, u := range units {
		p.Rows = append(p.Rows, unitRow{u, names[u.Organisation]})
	}
	return q.render("units.html", p)
}

func (q *request) organisationNames() (map[plumbline.ID]string, error) {
	list, err := q.s.Store.Organisations(q.Context(), q.actor)
	if err != nil {
		return nil, err
	}
	names := make(map[plumbline.ID]string, len(list))
	for _, o := range list {
		names[o.ID] = o.Name
	}
	return names, nil
}

type unitPage struct {
	*Page
	U            *store.Unit
	ID           plumbline.ID
	Organisation string
	Periods      []periodRow
	Trainings    []plumbline.Kept
	Took         map[plumbline.ID][]dialogueRow // dialogues about a training
	Picture      picture
	Operations   []store.Summary
	Sections     []entrySection
	Kinds        []plumbline.Kind
}

// A periodRow is the unit's conduct under one commander. Operations that no
// period holds stand in a row of their own.
type periodRow struct {
	Command    *plumbline.Command // nil for operations outside every told period
	Operations []store.Summary
	Score      store.Score
	Met        plumbline.Count
	NotAccused plumbline.Count
	Hurt       plumbline.Count
}

// unit shows a unit: conduct by command period, training kept and lost.
func (s *Server) unit(q *request) error {
	p, err := q.unitPage()
	if err != nil {
		return err
	}
	return q.render("unit.html", p)
}

// unitPage reads what the page of a unit shows.
func (q *request) unitPage() (*unitPage, error) {
	s, id := q.s, plumbline.ID(q.PathValue("unit"))
	u, err := s.Store.Unit(q.Context(), q.actor, id)
	if err != nil {
		return nil, err
	}
	p := &unitPage{Page: q.page("units", ""), U: u, ID: id}
	p.Title, p.Origin = u.Unit.Name, u.Unit.Origin
	if err := q.name(p.Page, nil); err != nil {
		return nil, err
	}
	p.Organisation = p.names[u.Unit.Organisation]
	if p.Operations, err = s.Store.Summaries(q.Context(), q.actor, store.Filter{Unit: id}); err != nil {
		return nil, err
	}
	scores, err := s.Store.Scores(q.Context(), q.actor, MainProtocol, store.Filter{Unit: id})
	if err != nil {
		return nil, err
	}
	p.Periods = periods(u.UnitRecord, p.Operations, scores)
	p.Trainings, p.Took = u.Retention(p.Now), map[plumbline.ID][]dialogueRow{}
	rows, _, err := q.dialogues()
	if err != nil {
		return nil, err
	}
	for _, t := range u.Trainings {
		p.Took[t.ID] = about(rows, string(t.ID), t.Subject)
	}
	var points []unitPoint
	for _, o := range p.Operations {
		sc := scores[o.ID]
		points = append(points, unitPoint{When: o.Began, Kept: sc[protocol.Kept], Broken: sc[protocol.Broken], Unknown: sc[protocol.Unknown], Title: o.Title})
	}
	p.Picture = unitPicture(p.Page, u.UnitRecord, points, p.Now)
	for _, k := range plumbline.Kinds(plumbline.KindUnit) {
		section := entrySection{Kind: k}
		for _, e := range u.Entries() {
			if plumbline.KindOf(e) == k {
				section.Rows = append(section.Rows, p.entryRow(k, e, u.MayKeep))
			}
		}
		if len(section.Rows) > 0 {
			p.Sections = append(p.Sections, section)
		}
		if u.MayKeep && k != plumbline.KindUnit {
			p.Kinds = append(p.Kinds, k)
		}
	}
	return p, nil
}

func periods(u *plumbline.UnitRecord, list []store.Summary, scores map[plumbline.ID]store.Score) (rows []periodRow) {
	placed := map[plumbline.ID]bool{}
	sum := func(row *periodRow, o store.Summary) {
		row.Operations = append(row.Operations, o)
		row.Met = row.Met.Add(o.Tally.Met)
		row.NotAccused = row.NotAccused.Add(o.Tally.NotAccused)
		row.Hurt = row.Hurt.Add(o.Tally.Hurt)
		for result, n := range scores[o.ID] {
			row.Score[result] += n
		}
	}
	empty := func(c *plumbline.Command) periodRow {
		return periodRow{Command: c, Score: store.Score{}, Met: plumbline.Exactly(0), NotAccused: plumbline.Exactly(0), Hurt: plumbline.Exactly(0)}
	}
	for _, c := range u.Commands {
		row := empty(c)
		for _, o := range list {
			if !placed[o.ID] && c.Holds(o.Began) == plumbline.Yes {
				placed[o.ID] = true
				sum(&row, o)
			}
		}
		rows = append(rows, row)
	}
	rest := empty(nil)
	for _, o := range list {
		if !placed[o.ID] {
			sum(&rest, o)
		}
	}
	if len(rest.Operations) > 0 {
		rows = append(rows, rest)
	}
	return rows
}

type comparePage struct {
	*Page
	By      string
	Of      plumbline.Origin // made-up and real operations are never compared together
	Origins []plumbline.Origin
	Groups  []compareGroup
	Small   bool
}

// A compareGroup sums the operations of one kind.
type compareGroup struct {
	Name       string
	Operations int
	Met        plumbline.Count
	Children   plumbline.Count
	NotAccused plumbline.Count
	Removed    plumbline.Count
	Unaccount  plumbline.Count
	Hurt       plumbline.Count
	LostWork   plumbline.Count
	Force      int
	Score      store.Score
	Small      bool // fewer than SmallNumber operations
	Link       string
}

// SmallNumber is the number of operations below which a comparison says that
// chance alone could make the difference.
const SmallNumber = 10

// compare sets kinds of operation side by side: accompanied or not, targeted
// or sweep.
func (s *Server) compare(q *request) error {
	by := q.FormValue("by")
	if by == "" {
		by = "accompanied"
	}
	if !slices.Contains([]string{"accompanied", "targeted", "kind", "country"}, by) {
		return plumbline.NotFound("page")
	}
	p := comparePage{Page: q.page("compare", "compare.title"), By: by, Of: q.origin(), Origins: []plumbline.Origin{siteOrigin(s.Demo), "public_record"}}
	p.Origin = p.Of
	list, err := s.Store.Summaries(q.Context(), q.actor, store.Filter{Origin: p.Of})
	if err != nil {
		return err
	}
	scores, err := s.Store.Scores(q.Context(), q.actor, MainProtocol, store.Filter{Origin: p.Of})
	if err != nil {
		return err
	}
	groups := map[string]*compareGroup{}
	var order []string
	for _, o := range list {
		name := p.group(by, o)
		g := groups[name]
		if g == nil {
			zero := plumbline.Exactly(0)
			g = &compareGroup{Name: name, Met: zero, Children: zero, NotAccused: zero, Removed: zero, Unaccount: zero, Hurt: zero, LostWork: zero, Score: store.Score{}}
			groups[name], order = g, append(order, name)
		}
		g.add(o, scores[o.ID])
	}
	slices.Sort(order)
	for _, name := range order {
		g := groups[name]
		g.Small = g.Operations < SmallNumber
		p.Small = p.Small || g.Small
		p.Groups = append(p.Groups, *g)
	}
	return q.render("compare.html", p)
}

// origin is the origin that a request asks for, or that of the site's own
// records. Who sees none of those is shown the public record.
func (q *request) origin() plumbline.Origin {
	if o := plumbline.Origin(q.FormValue("origin")); o != "" {
		return o
	}
	if !plumbline.May(q.actor, plumbline.SeeOperation, plumbline.Stranger) && len(q.actor.Units) == 0 {
		return "public_record"
	}
	return siteOrigin(q.s.Demo)
}

func (p *Page) group(by string, o store.Summary) string {
	switch by {
	case "targeted":
		switch o.Kind {
		case plumbline.TargetedRemoval:
			if o.SweptUp == plumbline.Yes {
				return p.T("compare.targeted_swept")
			}
			return p.T("compare.targeted")
		case plumbline.Sweep, plumbline.Raid, plumbline.ViceRaid, plumbline.ImmigrationRaid, plumbline.Shakedown, plumbline.PrivateRaid:
			return p.T("compare.sweep")
		}
		return p.T("compare.other")
	case "kind":
		return p.Word(o.Kind)
	case "country":
		if o.Country == "" {
			return p.T("compare.not_told")
		}
		return o.Country
	}
	switch o.Accompanied {
	case plumbline.Yes:
		return p.T("compare.accompanied")
	case plumbline.No:
		return p.T("compare.not_accompanied")
	}
	return p.T("compare.not_told")
}

func (g *compareGroup) add(o store.Summary, sc store.Score) {
	g.Operations++
	t := o.Tally
	for _, pair := range []struct {
		sum *plumbline.Count
		n   plumbline.Count
	}{{&g.Met, t.Met}, {&g.Children, t.Children}, {&g.NotAccused, t.NotAccused}, {&g.Removed, t.Removed}, {&g.Unaccount, t.Unaccounted}, {&g.Hurt, t.Hurt}, {&g.LostWork, t.LostWork}} {
		*pair.sum = pair.sum.Add(pair.n)
	}
	g.Force += t.Force
	for result, n := range sc {
		g.Score[result] += n
	}
}

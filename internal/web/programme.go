package web

import (
	"errors"
	"math"
	"slices"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

type programmesPage struct {
	*Page
	List    []*store.Programme
	Funders map[plumbline.ID]string
	MayKeep bool
	NewID   plumbline.ID
}

// programmes lists the programmes that the actor may see.
func (s *Server) programmes(q *request) error {
	list, err := s.Store.Programmes(q.Context(), q.actor)
	if err != nil {
		return err
	}
	names, err := q.organisationNames()
	if err != nil {
		return err
	}
	p := programmesPage{q.page("programmes", "programmes.title"), list, names, plumbline.May(q.actor, plumbline.KeepProgrammes, plumbline.Stranger), newID()}
	return q.render("programmes.html", p)
}

type programmePage struct {
	*Page
	P        *store.Programme
	R        *store.Review
	ID       plumbline.ID
	Funder   string
	Targets  []targetView
	Sections []entrySection
	Kinds    []plumbline.Kind
	Window   int // days, of the rule that warns
	Least    int
	Took     []dialogueRow
	Quarters []quartersOf
	Aims     []aimColumn
	Sheet    sheet
	Periods  []periodSheet // by year, by quarter
}

// A targetView is a target with its series.
type targetView struct {
	plumbline.TargetReview
	Picture  picture
	Warnings []string
}

// programme shows a programme: what became of the people met, whether its
// targets shifted whom they count, harm beside results, who advised against it
// and where the money went.
func (s *Server) programme(q *request) error {
	id := plumbline.ID(q.PathValue("programme"))
	v, err := s.Store.Review(q.Context(), q.actor, id, time.Time{})
	if err != nil {
		return err
	}
	p := programmePage{Page: q.page("programmes", ""), P: v.Of, R: v, ID: id, Window: plumbline.ShiftDays, Least: plumbline.ShiftLeast}
	p.Title, p.Origin = v.Of.Programme.Name, v.Of.Programme.Origin
	if err := q.name(p.Page, nil); err != nil {
		return err
	}
	for _, e := range v.Of.Entries() {
		p.names[plumbline.HeadOf(e).ID] = p.EntryName(e)
	}
	p.Funder = p.names[v.Of.Programme.Funder]
	if p.Took, p.Quarters, err = q.consulted(&v.Of.Programme, p.Now); err != nil {
		return err
	}
	p.Aims, p.Sheet = p.aimsOver(v.Figures), p.sheet(v.Figures)
	for _, sh := range []*periodSheet{p.periodSheet(p.T("programme.by_year"), v.Years), p.periodSheet(p.T("programme.by_quarter"), v.Quarters)} {
		if sh != nil {
			p.Periods = append(p.Periods, *sh)
		}
	}
	for i, t := range v.Targets {
		p.Targets = append(p.Targets, targetView{t, targetPicture(p.Page, t, i), p.warnings(t)})
	}
	for _, k := range plumbline.Kinds(plumbline.KindProgramme) {
		section := entrySection{Kind: k}
		for _, e := range v.Of.Entries() {
			if plumbline.KindOf(e) == k && k != plumbline.KindProgramme {
				section.Rows = append(section.Rows, p.entryRow(k, e, plumbline.AllowProgramme(q.actor, v.Of.ProgrammeRecord, e) == nil))
			}
		}
		if len(section.Rows) > 0 {
			p.Sections = append(p.Sections, section)
		}
		if v.Of.MayKeep && k != plumbline.KindProgramme || k == "objection" && v.Of.MayObject {
			p.Kinds = append(p.Kinds, k)
		}
	}
	return q.render("programme.html", p)
}

// warnings tells in words where the record does not bear out what was reported,
// where counts or definitions shifted near a reporting date, and where that
// cannot be told.
func (p *Page) warnings(t plumbline.TargetReview) (list []string) {
	for _, r := range t.Reports {
		if r.Borne == plumbline.No {
			list = append(list, p.T("programme.warn_reported", "Due", p.When(r.Due), "Reported", p.Count(r.Reported), "ByThen", p.Count(r.ByThen)))
		}
		switch r.Redefined {
		case plumbline.Yes:
			list = append(list, p.T("programme.warn_definition", "Due", p.When(r.Due), "Days", plumbline.ShiftDays))
		case plumbline.Unknown:
			list = append(list, p.T("programme.doubt_definition", "Due", p.When(r.Due)))
		}
		switch {
		case r.Shifted == plumbline.Yes:
			list = append(list, p.T("programme.warn_people", "Due", p.When(r.Due), "Days", plumbline.ShiftDays, "Last", p.Count(r.Last), "Usual", p.Count(r.Usual)))
		case r.Shifted == plumbline.Unknown && r.Come:
			list = append(list, p.T("programme.doubt_people", "Due", p.When(r.Due)))
		}
	}
	return list
}

// Share writes the bounds of a share in whole per cent.
func (p *Page) Share(part plumbline.Part) string {
	low, high := int(math.Round(part.Low*100)), int(math.Round(part.High*100))
	if low == high {
		return p.T("programme.percent", "Value", p.Number(low))
	}
	return p.T("programme.percent_between", "Low", p.Number(int(math.Floor(part.Low*100))), "High", p.Number(int(math.Ceil(part.High*100))))
}

type organisationPage struct {
	*Page
	O          *plumbline.Organisation
	Names      map[plumbline.ID]string
	Units      []*plumbline.Unit
	Programmes []*store.Programme // that it pays for
	MayKeep    bool
	MaySee     bool // its stories
	MayTell    bool
	Stories    []story
	Requests   []entryRow
	Matters    []matterLine // that it owes an answer to, or has answered
	Dues       plumbline.Dues
	Hearings   []entryRow
	Members    []entryRow // of a board, by kind
}

// A story is a publication with whether it may be used.
type story struct {
	entryRow
	Of      *plumbline.Publication
	Release plumbline.Release
	Digest  string
}

// organisation shows one organisation, its ties, its units, and what it
// published of people with their consent.
func (s *Server) organisation(q *request) error {
	o, err := s.Store.Organisation(q.Context(), q.actor, plumbline.ID(q.PathValue("organisation")))
	if err != nil {
		return err
	}
	p := organisationPage{Page: q.page("organisations", ""), O: &o.Organisation, MayKeep: plumbline.May(q.actor, plumbline.KeepHouse, plumbline.Public),
		MaySee: o.MaySeeStories || o.MayKeepStories, MayTell: o.MayKeepStories}
	p.Title, p.Origin = p.O.Name, p.O.Origin
	if p.Names, err = q.organisationNames(); err != nil {
		return err
	}
	units, err := s.Store.Units(q.Context(), q.actor)
	if err != nil {
		return err
	}
	p.Units = slices.DeleteFunc(units, func(u *plumbline.Unit) bool { return u.Organisation != p.O.ID })
	programmes, err := s.Store.Programmes(q.Context(), q.actor)
	if err != nil && !errors.Is(err, plumbline.ErrForbidden) {
		return err
	}
	p.Programmes = slices.DeleteFunc(programmes, func(g *store.Programme) bool { return g.Programme.Funder != p.O.ID })
	if p.Matters, p.Dues, err = q.matterDues(p.O.ID, p.Now); err != nil {
		return err
	}
	p.names = p.Names
	for _, e := range o.Publications {
		p.names[e.ID] = p.EntryName(e)
		told := *e
		told.Digest, told.Office = "", "" // which stand by themselves
		p.Stories = append(p.Stories, story{p.entryRow("publication", &told, p.MayTell), e, e.Release(p.Now), e.TextDigest()})
	}
	for _, e := range o.Members {
		p.Members = append(p.Members, p.entryRow("members", e, p.MayTell))
	}
	for _, e := range o.Hearings {
		p.Hearings = append(p.Hearings, p.entryRow("hearing", e, p.MayTell))
	}
	for _, e := range o.MediaRequests {
		p.Requests = append(p.Requests, p.entryRow("media_request", e, p.MayTell))
	}
	return q.render("organisation.html", p)
}

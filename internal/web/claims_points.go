package web

import (
	"slices"
	"strings"

	"plumbline"
	"plumbline/internal/exchange"
)

type contradictionsPage struct {
	*Page
	List []exchange.Contradiction
}

// contradictions lists the points on which the documents differ.
func (s *Server) contradictions(q *request) error {
	p := contradictionsPage{q.page("contradictions", "contradictions.title"), s.contradictionList}
	p.Origin = "public_record"
	return q.render("contradictions.html", p)
}

type contradictionPage struct {
	*Page
	Point   exchange.Contradiction
	Fields  []fieldsOf
	Claims  []claimRow
	Reviews []dialogueRow
	NewID   plumbline.ID // of a joint review; empty for who may begin none
	Figures []string     // of the record, by name, that bear on a claim of either side
}

// fieldsOf are the names of fields of one kind of entry.
type fieldsOf struct {
	Kind  string
	Names []string
}

// contradiction shows one point with both views, what would settle it, the
// fields of a record that bear on it, and the claims it rests on.
func (s *Server) contradiction(q *request) error {
	i := slices.IndexFunc(s.contradictionList, func(x exchange.Contradiction) bool { return x.ID == q.PathValue("contradiction") })
	if i < 0 {
		return plumbline.NotFound("page")
	}
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	p := contradictionPage{Page: q.page("contradictions", ""), Point: s.contradictionList[i]}
	p.Title, p.Origin = p.Point.ID+" · "+p.Point.Point, "public_record"
	p.Fields = p.fieldNames(p.Point.Fields)
	for _, id := range p.Point.Claims() {
		if c := r.Claim(id); c != nil {
			p.Claims = append(p.Claims, claimRow{c, r.Status(c)})
		}
	}
	if p.Reviews, err = q.dialoguesAbout(p.Point.ID); err != nil {
		return err
	}
	if q.mayConvene() {
		p.NewID = newID()
	}
	// Figures are counted for who may see operations; the links lead nobody else anywhere.
	for _, d := range plumbline.Definitions() {
		if plumbline.May(q.actor, plumbline.SeeOperation, plumbline.Public) && slices.ContainsFunc(d.Claims, func(b plumbline.Bearing) bool { return slices.Contains(p.Point.Claims(), b.Claim) }) {
			p.Figures = append(p.Figures, d.Name)
		}
	}
	return q.render("contradiction.html", p)
}

// fieldNames says fields, each kind.field, by their names on forms.
func (p *Page) fieldNames(fields []string) (list []fieldsOf) {
	for _, f := range fields {
		kind, path, _ := strings.Cut(f, ".")
		name := p.T("kind_of_entry." + kind)
		i := slices.IndexFunc(list, func(g fieldsOf) bool { return g.Kind == name })
		if i < 0 {
			i, list = len(list), append(list, fieldsOf{Kind: name})
		}
		list[i].Names = append(list[i].Names, p.Field(kind, path))
	}
	return list
}

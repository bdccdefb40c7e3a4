package web

import (
	"plumbline"
	"plumbline/internal/store"
)

type custodyPage struct {
	*Page
	Op      *store.Operation
	Chain   *plumbline.Chain
	Picture picture
}

// custody shows where a person or group has been, from hand to hand.
func (s *Server) custody(q *request) error {
	o, err := s.Store.Operation(q.Context(), q.actor, plumbline.ID(q.PathValue("operation")))
	if err != nil {
		return err
	}
	presence, ok := o.Find(plumbline.ID(q.PathValue("entry"))).(*plumbline.Presence)
	if !ok {
		return plumbline.NotFound("presence")
	}
	p := custodyPage{Page: q.page("operations", "custody.title", "Code", presence.Code), Op: o}
	p.Origin = o.Operation.Origin
	p.Chain = o.Custody(presence, p.Now)
	p.Picture = custodyPicture(p.Page, p.Chain)
	return q.render("custody.html", p)
}

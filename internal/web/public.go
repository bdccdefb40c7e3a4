package web

type frontPage struct {
	*Page
	Claims, Contradictions, Protocols int
}

// front is the first page for visitors.
func (s *Server) front(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	return q.render("front.html", frontPage{q.page("front", "front.title"), len(r.Claims), len(s.contradictionList), len(s.Store.Protocols())})
}

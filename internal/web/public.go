package web

type frontPage struct {
	*Page
	Claims, Contradictions, Protocols int
}

// front is the first page for visitors.
func (s *Server) front(q *request) error {
	return q.render("front.html", frontPage{q.page("front", "front.title"), len(s.claims.Claims), len(s.contradictionList), len(s.Store.Protocols())})
}

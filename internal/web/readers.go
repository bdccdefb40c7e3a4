package web

import (
	"plumbline"
	"plumbline/internal/store"
)

type readersPage struct {
	*Page
	Op   *store.Operation
	Rows []readerRow
}

type readerRow struct {
	store.Reading
	Organisation string
}

// readers shows who has read the record of an operation, by day.
func (s *Server) readers(q *request) error {
	list, o, err := s.Store.Readers(q.Context(), q.actor, plumbline.ID(q.PathValue("operation")))
	if err != nil {
		return err
	}
	names, err := q.organisationNames()
	if err != nil {
		return err
	}
	p := readersPage{Page: q.page("operations", "readers.title", "What", o.Operation.Title), Op: o}
	p.Origin = o.Operation.Origin
	for _, r := range list {
		p.Rows = append(p.Rows, readerRow{r, names[r.Organisation]})
	}
	return q.render("readers.html", p)
}

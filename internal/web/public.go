package web

import (
	"net/http"
	"slices"

	"plumbline/internal/store"
	"plumbline/protect"
)

type frontPage struct {
	*Page
	Newest                            []releasedRow
	Claims, Contradictions, Protocols int
}

// frontFigures is how many of the newest figures the first page shows.
const frontFigures = 3

// front is the first page for visitors.
func (s *Server) front(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	p := frontPage{Page: q.page("front", "front.title"), Claims: len(r.Claims), Contradictions: len(s.contradictionList), Protocols: len(s.Store.Protocols())}
	list, _, err := s.Store.Published(q.Context(), store.PublishedFilter{Limit: frontFigures})
	if err != nil {
		return err
	}
	for _, r := range list {
		p.Newest = append(p.Newest, releasedRowOf(p.Page, r))
	}
	return q.render("front.html", p)
}

type methodPage struct {
	*Page
	Protecting, Estimating []string // the parts of one page or the other
}

var (
	protectingParts = []string{"who", "small", "worked_out", "series", "noise", "rows", "people", "limits"}
	estimatingParts = []string{"alone", "sample", "hidden", "change", "doubt", "not_here"}
)

// protecting explains how figures are protected, and estimating how estimates
// are made.
func (s *Server) protecting(q *request) error {
	return q.render("method.html", methodPage{Page: q.page("protecting", "protecting.title"), Protecting: protectingParts})
}

func (s *Server) estimating(q *request) error {
	return q.render("method.html", methodPage{Page: q.page("estimating", "estimating.title"), Estimating: estimatingParts})
}

// standardsSeries is the series of releases in which a site tells how often the
// standards of care were kept: a table by standard and result.
const standardsSeries = "standards-kept"

// A keptRow is how often one standard was kept, as published.
type keptRow struct {
	Kept, Broken, Unknown string // empty where it is hidden
	Release               string
}

// standardsKept returns, by the name of the standard, what the newest release
// of the series that stands says. Nothing is counted live for visitors.
func (q *request) standardsKept(p *Page) (map[string]keptRow, error) {
	list, err := q.s.Store.PublishedSeries(q.Context(), standardsSeries)
	if err != nil {
		return nil, err
	}
	for _, r := range slices.Backward(list) {
		if !r.Stands() {
			continue
		}
		_, tables, err := r.Files.Read()
		if err != nil || len(tables) == 0 || len(tables[0].By) != 2 {
			return nil, err
		}
		return keptRows(p, &tables[0], r.ID), nil
	}
	return nil, nil
}

func keptRows(p *Page, t *protect.Frequency, release string) map[string]keptRow {
	rows := map[string]keptRow{}
	for _, c := range t.Cells {
		if c.Count == nil {
			continue
		}
		row, n := rows[c.Values[0]], p.Number(int(*c.Count))
		row.Release = release
		switch c.Values[1] {
		case "kept":
			row.Kept = n
		case "broken":
			row.Broken = n
		case "cannot tell":
			row.Unknown = n
		}
		rows[c.Values[0]] = row
	}
	return rows
}

// neutral is where somebody goes who must leave a page at once: a site that
// anybody could be reading, which learns nothing of where they come from.
const neutral = "https://www.wikipedia.org/"

// leave leads away from the site.
func (s *Server) leave(q *request) error {
	http.Redirect(q.w, q.Request, neutral, http.StatusSeeOther)
	return nil
}

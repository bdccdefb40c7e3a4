package web

import (
	"net/url"
	"slices"
	"strings"

	"plumbline"
	"plumbline/internal/store"
)

// lists are the pages whose address can be kept under a name.
var lists = []string{"/operations", "/unaccounted", "/operations/compare", "/events", "/months"}

// A filterRow is a saved filter, with how many operations it finds where that
// is cheap to say.
type filterRow struct {
	store.SavedFilter
	Count string
}

// countedFilters is how many saved filters are counted on one page.
const countedFilters = 8

// filters returns the actor's saved filters.
func (q *request) filters(p *Page) (rows []filterRow, err error) {
	list, err := q.s.Store.SavedFilters(q.Context(), q.actor)
	if err != nil {
		return nil, err
	}
	for i, f := range list {
		row := filterRow{SavedFilter: f}
		path, query, _ := strings.Cut(f.Address, "?")
		if values, err := url.ParseQuery(query); err == nil && path == "/operations" && i < countedFilters {
			filter, err := readFilter(values)
			if err != nil {
				return nil, err
			}
			n, err := q.s.Store.Count(q.Context(), q.actor, filter)
			if err != nil {
				return nil, err
			}
			row.Count = p.Number(n)
			if n >= store.CountTo {
				row.Count += "+"
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// listAddress returns the address of a list of this site as it is kept, and
// false when it is none.
func listAddress(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.IsAbs() || u.Host != "" || u.Opaque != "" || !slices.Contains(lists, u.Path) {
		return "", false
	}
	query := u.Query()
	for _, name := range []string{"lang", "said", "after"} {
		query.Del(name)
	}
	for name, values := range query { // a form sends its empty fields too
		if len(values) == 1 && values[0] == "" {
			query.Del(name)
		}
	}
	if u.Path == "/operations" {
		if _, err := readFilter(query); err != nil {
			return "", false
		}
	}
	if len(query) == 0 {
		return u.Path, true
	}
	return u.Path + "?" + query.Encode(), true
}

// saveFilter keeps the address of a list under a name, or forgets a name.
func (s *Server) saveFilter(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	address, ok := listAddress(typed.Get("address"))
	if !ok {
		return plumbline.NotFound("page")
	}
	f, said := store.SavedFilter{Name: typed.Get("name"), Address: address}, "filter_saved"
	if typed.Has("forget") {
		f.Address, said = "", "filter_gone"
	}
	if err := s.Store.SaveFilter(q.Context(), q.actor, f); err != nil {
		return err
	}
	if typed.Get("back") == "home" {
		address = "/"
	}
	return q.done(address, said)
}

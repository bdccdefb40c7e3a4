package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

type operationsPage struct {
	*Page
	Found     store.Page
	Filter    store.Filter
	Countries []string
	Units     []*plumbline.Unit
	Kinds     []option
	Rules     []option
	Finding   string
	Year      string
	Next      string
	Filtered  bool
	Export    string
	MayRecord bool
	MayExport bool
	MayImport bool
	Address   string // of this list, as it can be saved
	Saved     []filterRow
}

// operations lists operations, with filters that stand in the address.
func (s *Server) operations(q *request) error {
	f, err := readFilter(q.URL.Query())
	if err != nil {
		return err
	}
	p := operationsPage{Page: q.page("operations", "operations.title"), Filter: f, Finding: q.FormValue("finding"), Year: q.FormValue("year")}
	p.Origin = f.Origin
	if p.Found, err = s.Store.Operations(q.Context(), q.actor, f); err != nil {
		return err
	}
	if p.Countries, err = s.Store.Countries(q.Context(), q.actor); err != nil {
		return err
	}
	if p.Units, err = s.Store.Units(q.Context(), q.actor); err != nil {
		return err
	}
	for _, k := range plumbline.OperationKind("").Values() {
		p.Kinds = append(p.Kinds, option{k, p.Word(plumbline.OperationKind(k)), string(f.Kind) == k})
	}
	query := q.URL.Query()
	query.Del("lang")
	query.Del("after")
	p.Address, _ = listAddress("/operations?" + query.Encode())
	p.Filtered = p.Address != "/operations"
	p.MayImport = plumbline.May(q.actor, plumbline.ImportRecords, plumbline.Public)
	if p.Saved, err = q.filters(p.Page); err != nil {
		return err
	}
	p.Export = "/operations/export?" + query.Encode()
	if p.Found.Next != "" {
		query.Set("after", p.Found.Next)
		p.Next = "/operations?" + query.Encode()
	}
	p.MayRecord = q.mayCount() == nil
	p.MayExport = plumbline.May(q.actor, plumbline.ExportRecords, plumbline.Public)
	return q.render("operations.html", p)
}

// readFilter reads a filter from an address. Words that are none are NotFound
// and not ignored: a link that says nothing would seem to find everything.
func readFilter(query url.Values) (f store.Filter, err error) {
	f = store.Filter{
		Text: strings.TrimSpace(query.Get("text")), Country: query.Get("country"), Unit: plumbline.ID(query.Get("unit")),
		Kind: plumbline.OperationKind(query.Get("kind")), Origin: plumbline.Origin(query.Get("origin")),
		Accompanied: plumbline.Answer(query.Get("accompanied")), Unaccounted: query.Get("unaccounted") != "", After: query.Get("after"),
	}
	if len(f.Text) > 200 {
		return f, plumbline.Invalid("text", "problem.too_long", "Got", len(f.Text), "Want", 200)
	}
	if f.From, f.Until, err = readYears(query.Get("year")); err != nil {
		return f, err
	}
	if finding := query.Get("finding"); finding != "" { // protocol/rule/result, or protocol//result
		parts := strings.Split(finding, "/")
		if len(parts) != 3 {
			return f, plumbline.NotFound("page")
		}
		f.Protocol, f.Rule, f.Result = parts[0], parts[1], parts[2]
	}
	return f, nil
}

// readYears reads a year, or a first and a last one: "2003", "2003-2010".
func readYears(text string) (from, until time.Time, err error) {
	if text == "" {
		return from, until, nil
	}
	first, last, isRange := strings.Cut(digits.Replace(strings.ReplaceAll(text, "–", "-")), "-")
	if !isRange {
		last = first
	}
	from, err1 := time.Parse("2006", strings.TrimSpace(first))
	until, err2 := time.Parse("2006", strings.TrimSpace(last))
	if err1 != nil || err2 != nil || until.Before(from) {
		return from, until, plumbline.Invalid("year", "problem.bad_year", "Got", text)
	}
	return from, until.AddDate(1, 0, 0), nil
}

// export sends the operations that the filter finds as a file in the format
// that import reads.
func (s *Server) export(q *request) error {
	f, err := readFilter(q.URL.Query())
	if err != nil {
		return err
	}
	b, err := s.Store.Export(q.Context(), q.actor, f)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := exchange.Write(&file, &exchange.File{Organisations: b.Organisations, Units: b.Units, Operations: b.Operations}); err != nil {
		return err
	}
	for _, r := range b.Operations {
		s.Store.Read(q.actor, &store.Operation{Record: r})
	}
	q.w.Header().Set("Content-Type", "application/json")
	q.w.Header().Set("Content-Disposition", `attachment; filename="plumbline-operations.json"`)
	q.w.WriteHeader(http.StatusOK)
	_, _ = q.w.Write(file.Bytes()) // the browser has gone away
	return nil
}

package web

import (
	"time"

	"plumbline"
	"plumbline/internal/store"
)

type historyPage struct {
	*Page
	Op      *store.Operation
	Sitting []sitting
}

// A sitting is what one person wrote in one go.
type sitting struct {
	By     string
	At     time.Time
	Reason string
	Rows   []historyRow
}

// A historyRow is one writing: what was added, or what a correction changed.
type historyRow struct {
	store.Revision
	What    string
	Facts   []fact
	Changes []difference
	Late    bool // a plan, written after the operation began
}

// Next is the address in the ledger where the row's entry stands first.
func (r historyRow) Next() int64 { return r.Ledger + 1 }

// history shows every version of every entry, newest first.
func (s *Server) history(q *request) error {
	id := plumbline.ID(q.PathValue("operation"))
	o, err := s.Store.Operation(q.Context(), q.actor, id)
	if err != nil {
		return err
	}
	all, err := s.Store.History(q.Context(), q.actor, id)
	if err != nil {
		return err
	}
	p := historyPage{Page: q.page("operations", "history.title", "What", o.Operation.Title), Op: o}
	p.Origin = o.Operation.Origin
	if err := q.name(p.Page, o); err != nil {
		return err
	}
	began, dated := o.Operation.Began.Latest()
	for _, r := range all {
		row := historyRow{Revision: r, What: p.EntryName(r.Entry), Late: r.Kind == plumbline.KindPlan && dated && r.At.After(began)}
		if r.Version == 1 {
			row.Facts = p.facts(string(r.Kind), r.Entry)
		} else {
			versions := store.Versions(all, r.ID)
			row.Changes = p.differences(string(r.Kind), versions[r.Version-2].Entry, r.Entry)
		}
		if n := len(p.Sitting); n == 0 || p.Sitting[n-1].By != r.By || !p.Sitting[n-1].At.Equal(r.At) || p.Sitting[n-1].Reason != r.Reason {
			p.Sitting = append(p.Sitting, sitting{By: r.By, At: r.At, Reason: r.Reason})
		}
		last := &p.Sitting[len(p.Sitting)-1]
		last.Rows = append(last.Rows, row)
	}
	return q.render("history.html", p)
}

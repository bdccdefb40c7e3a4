package web

import (
	"slices"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

type balancePage struct {
	*Page
	Op       *store.Operation
	Balances []*plumbline.Balance
	States   []plumbline.State
	Holds    []holdRow
}

type holdRow struct {
	State plumbline.State
	Hours int
}

// balance shows the balance of an operation at every moment that has come.
func (s *Server) balance(q *request) error {
	o, err := s.Store.Operation(q.Context(), q.actor, plumbline.ID(q.PathValue("operation")))
	if err != nil {
		return err
	}
	page := q.page("operations", "balance.title", "What", o.Operation.Title)
	page.Origin = o.Operation.Origin
	return q.render("balance.html", balances(page, o))
}

// balances lists the balance of an operation at every moment that has come.
func balances(page *Page, o *store.Operation) balancePage {
	p := balancePage{Page: page, Op: o, Holds: holds()}
	now := o.Now(p.Now)
	for _, c := range plumbline.Checkpoints {
		if c.After <= now.After || c.After == 0 {
			p.Balances = append(p.Balances, o.Balance(c))
		}
	}
	p.Balances = append(p.Balances, o.Balance(now))
	for _, name := range plumbline.State("").Values() {
		if slices.ContainsFunc(p.Balances, func(b *plumbline.Balance) bool { return b.In(plumbline.State(name)).Known() }) {
			p.States = append(p.States, plumbline.State(name))
		}
	}
	return p
}

func holds() (rows []holdRow) {
	for _, name := range plumbline.State("").Values() {
		if d, ok := plumbline.Holds[plumbline.State(name)]; ok {
			rows = append(rows, holdRow{plumbline.State(name), int(d / time.Hour)})
		}
	}
	return rows
}

package web

import (
	"plumbline"
	"plumbline/internal/store"
)

// A stamp says what a printed page was taken from: it leaves the site, and
// with it goes who took it out, when, and which state of the record it shows.
type stamp struct {
	By      string
	Size    int64  // of the ledger
	Root    string // the beginning of its root
	Version int64
}

func (q *request) stamp() (*stamp, error) {
	st := &stamp{By: q.actor.Name}
	if !plumbline.May(q.actor, plumbline.SeeLedger, plumbline.Public) {
		return st, nil
	}
	l, err := q.s.Store.Ledger(q.Context(), q.actor, 0, 1)
	if err != nil {
		return nil, err
	}
	st.Size, st.Root = l.Size, l.Root.String()[:16]
	return st, nil
}

type printedOperation struct {
	operationPage
	Stamp    *stamp
	All      []findingRow
	Balances balancePage
}

// printOperation shows an operation as one document: a page that sums it up,
// then everything that the actor may read of it.
func (s *Server) printOperation(q *request) error {
	page, err := q.operationPage()
	if err != nil {
		return err
	}
	p := printedOperation{operationPage: *page, All: page.rows(page.Protocol, page.Report), Balances: balances(page.Page, page.Op)}
	if p.Stamp, err = q.stamp(); err != nil {
		return err
	}
	p.Stamp.Version = p.Version
	s.Store.Read(q.actor, p.Op)
	return q.render("print_operation.html", p)
}

// Back is the page that the print is of.
func (p printedOperation) Back() string { return "/operations/" + string(p.ID) }

type printedUnit struct {
	unitPage
	Stamp *stamp
	Score store.Score
}

// Back is the page that the print is of.
func (p printedUnit) Back() string { return "/units/" + string(p.ID) }

// printUnit shows a unit as one document.
func (s *Server) printUnit(q *request) error {
	page, err := q.unitPage()
	if err != nil {
		return err
	}
	p := printedUnit{unitPage: *page, Score: store.Score{}}
	for _, period := range p.Periods {
		for result, n := range period.Score {
			p.Score[result] += n
		}
	}
	if p.Stamp, err = q.stamp(); err != nil {
		return err
	}
	for _, r := range p.U.Revisions {
		p.Stamp.Version = max(p.Stamp.Version, r.Version)
	}
	return q.render("print_unit.html", p)
}

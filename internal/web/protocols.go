package web

import (
	"strconv"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/protocol"
)

type protocolsPage struct {
	*Page
	Rows []protocolRow
}

type protocolRow struct {
	Protocol *protocol.Protocol
	Score    store.Score
	ToCheck  int
	Kept     keptRow // as published
}

// protocols lists the standards of care.
func (s *Server) protocols(q *request) error {
	p := protocolsPage{Page: q.page("protocols", "protocols.title")}
	kept, err := q.standardsKept(p.Page)
	if err != nil {
		return err
	}
	for _, pr := range s.Store.Protocols() {
		scores, err := q.ruleScores(pr)
		if err != nil {
			return err
		}
		row := protocolRow{Protocol: pr, Score: store.Sum(scores), Kept: kept[pr.Name]}
		for _, r := range pr.Rules {
			if r.ToCheck() {
				row.ToCheck++
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return q.render("protocols.html", p)
}

// ruleScores returns how all operations that the actor may see stand to each
// rule; nothing for who may see none.
func (q *request) ruleScores(p *protocol.Protocol) (map[string]store.Score, error) {
	if !q.mayRead() {
		return nil, nil
	}
	return q.s.Store.RuleScores(q.Context(), q.actor, p.Name, store.Filter{})
}

// mayRead reports whether the actor may read any record.
func (q *request) mayRead() bool {
	return plumbline.May(q.actor, plumbline.SeeOperation, plumbline.Public)
}

type protocolPage struct {
	*Page
	Protocol *protocol.Protocol
	Took     []dialogueRow // dialogues about it
	Phases   []phaseRows
	Origin   plumbline.Origin
}

type phaseRows struct {
	Phase protocol.Phase
	Rules []ruleRow
}

type ruleRow struct {
	*protocol.Rule
	Score store.Score
}

// protocol shows the rules of a standard, with how all operations stand to
// each.
func (s *Server) protocol(q *request) error {
	pr := s.Store.Protocol(q.PathValue("protocol"))
	if pr == nil {
		return plumbline.NotFound("protocol")
	}
	scores, err := q.ruleScores(pr)
	if err != nil {
		return err
	}
	p := protocolPage{Page: q.page("protocols", ""), Protocol: pr}
	p.Title = pr.Title.In(p.Tag)
	if p.Took, err = q.dialoguesAbout(pr.Name); err != nil {
		return err
	}
	for _, phase := range protocol.Phases {
		rows := phaseRows{Phase: phase}
		for _, r := range pr.Rules {
			if r.Phase == phase {
				rows.Rules = append(rows.Rules, ruleRow{r, scores[r.ID]})
			}
		}
		if len(rows.Rules) > 0 {
			p.Phases = append(p.Phases, rows)
		}
	}
	return q.render("protocol.html", p)
}

type rulePage struct {
	*Page
	Protocol *protocol.Protocol
	Rule     *protocol.Rule
	Score    store.Score
	Facts    []string
	Units    []unitScore
	Groups   []ruleGroup
}

type unitScore struct {
	Unit  *plumbline.Unit
	Score store.Score
}

type ruleGroup struct {
	Result     protocol.Result
	Operations []store.Summary
	Total      int
	All        string
}

// rule shows one rule: its words, its basis, and every operation by result.
func (s *Server) rule(q *request) error {
	pr := s.Store.Protocol(q.PathValue("protocol"))
	if pr == nil || pr.Rule(q.PathValue("rule")) == nil {
		return plumbline.NotFound("rule")
	}
	p := rulePage{Page: q.page("protocols", ""), Protocol: pr, Rule: pr.Rule(q.PathValue("rule"))}
	p.Title = p.Rule.Text.In(p.Tag)
	for _, name := range p.Rule.Facts() {
		p.Facts = append(p.Facts, p.factName(name))
	}
	if !q.mayRead() {
		return q.render("rule.html", p)
	}
	units, err := s.Store.Units(q.Context(), q.actor)
	if err != nil {
		return err
	}
	for _, u := range units {
		scores, err := s.Store.RuleScores(q.Context(), q.actor, pr.Name, store.Filter{Unit: u.ID})
		if err != nil {
			return err
		}
		if sc := scores[p.Rule.ID]; len(sc) > 0 {
			p.Units = append(p.Units, unitScore{u, sc})
		}
	}
	for _, result := range []protocol.Result{protocol.Broken, protocol.Kept, protocol.Unknown} {
		found, err := s.Store.Operations(q.Context(), q.actor, store.Filter{Protocol: pr.Name, Rule: p.Rule.ID, Result: string(result), Limit: 20})
		if err != nil {
			return err
		}
		p.Groups = append(p.Groups, ruleGroup{result, found.Operations, found.Totals.Operations, "/operations?finding=" + pr.Name + "/" + p.Rule.ID + "/" + string(result)})
	}
	return q.render("rule.html", p)
}

type ledgerPage struct {
	*Page
	store.LedgerPage
}

// ledger shows the log of all writing, newest first.
func (s *Server) ledger(q *request) error {
	before, err := strconv.ParseInt(q.FormValue("before"), 10, 64)
	if err != nil && q.FormValue("before") != "" {
		return plumbline.NotFound("page")
	}
	page, err := s.Store.Ledger(q.Context(), q.actor, before, 100)
	if err != nil {
		return err
	}
	return q.render("ledger.html", ledgerPage{q.page("ledger", "ledger.title"), page})
}

type organisationsPage struct {
	*Page
	List  []*plumbline.Organisation
	NewID plumbline.ID
}

// organisations lists the organisations of the site and of the public record.
func (s *Server) organisations(q *request) error {
	list, err := s.Store.Organisations(q.Context(), q.actor)
	if err != nil {
		return err
	}
	return q.render("organisations.html", organisationsPage{q.page("organisations", "organisations.title"), list, newID()})
}

type countingPage struct {
	*Page
	Holds []holdRow
	Small int
}

// howWeCount explains the numbers of the site.
func (s *Server) howWeCount(q *request) error {
	return q.render("counting.html", countingPage{q.page("counting", "counting.title"), holds(), SmallNumber})
}

package web

import (
	"strings"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// MainProtocol is the standard whose findings stand first on an operation.
const MainProtocol = "rights-standards"

// A findingRow is what a rule says, with the rule beside it.
type findingRow struct {
	protocol.Finding
	Rule    *protocol.Rule
	Text    string
	Missing []string // in words
}

func (p *Page) rows(pr *protocol.Protocol, report *protocol.Report) (rows []findingRow) {
	for _, f := range report.Findings {
		rule := pr.Rule(f.Rule)
		row := findingRow{Finding: f, Rule: rule, Text: rule.Text.In(p.Tag)}
		for _, name := range f.Missing {
			row.Missing = append(row.Missing, p.factName(name))
		}
		rows = append(rows, row)
	}
	return rows
}

// factName names a fact of a record in words.
func (p *Page) factName(name string) string {
	if key := "fact." + name; p.Has(key) {
		return p.T(key)
	}
	return strings.NewReplacer(".", " ", "_", " ").Replace(name)
}

// topFindings chooses what stands on the operation's own page: everything
// broken, then up to three kept and up to three that cannot be told, the core
// rules first.
func topFindings(rows []findingRow) (top []findingRow) {
	pick := func(result protocol.Result, most int) {
		n := 0
		for _, core := range []bool{true, false} {
			for _, r := range rows {
				if r.Result == result && r.Rule.Core == core && n < most {
					top, n = append(top, r), n+1
				}
			}
		}
	}
	pick(protocol.Broken, 12)
	pick(protocol.Kept, 3)
	pick(protocol.Unknown, 3)
	return top
}

// clocks turns findings with a clock into marks on the time line.
func (p *Page) clocks(pr *protocol.Protocol, report *protocol.Report) (list []Clock) {
	for _, f := range report.Findings {
		if f.Due.IsZero() || f.Result == protocol.NotApplicable {
			continue
		}
		state := string(f.Result)
		switch {
		case f.NotYetDue:
			state = "not_yet_due"
		case f.Overdue:
			state = "overdue"
		}
		list = append(list, Clock{Label: pr.Rule(f.Rule).Text.In(p.Tag), Due: f.Due, State: state})
	}
	return list
}

type findingsPage struct {
	*Page
	Op        *store.Operation
	Protocol  *protocol.Protocol
	Report    *protocol.Report
	Rows      []findingRow
	With      *protocol.Protocol // the second protocol, when two are compared
	Pairs     []pairRow
	Protocols []*protocol.Protocol
	Names     map[string]string // of the facts behind evidence
}

// A pairRow lays what two protocols say on one topic side by side.
type pairRow struct {
	Topic protocol.Topic
	Left  []findingRow
	Right []findingRow
}

// findings holds an operation against one protocol, or two side by side.
func (s *Server) findings(q *request) error {
	id := plumbline.ID(q.PathValue("operation"))
	o, err := s.Store.Operation(q.Context(), q.actor, id)
	if err != nil {
		return err
	}
	name := q.FormValue("protocol")
	if name == "" {
		name = MainProtocol
	}
	p := findingsPage{Page: q.page("operations", "findings.title", "What", o.Operation.Title), Op: o, Protocol: s.Store.Protocol(name), Protocols: s.Store.Protocols()}
	p.Origin = o.Operation.Origin
	if p.Report, err = s.Store.Report(q.Context(), q.actor, id, name); err != nil {
		return err
	}
	p.Rows = p.rows(p.Protocol, p.Report)
	if with := q.FormValue("with"); with != "" && with != name {
		other, err := s.Store.Report(q.Context(), q.actor, id, with)
		if err != nil {
			return err
		}
		p.With = s.Store.Protocol(with)
		p.Pairs = pairs(p.Rows, p.rows(p.With, other))
	}
	return q.render("findings.html", p)
}

func pairs(left, right []findingRow) (rows []pairRow) {
	of := func(rows []findingRow, t protocol.Topic) (some []findingRow) {
		for _, r := range rows {
			if r.Rule.Topic == t {
				some = append(some, r)
			}
		}
		return some
	}
	for _, t := range protocol.Topics {
		row := pairRow{t, of(left, t), of(right, t)}
		if len(row.Left)+len(row.Right) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

package web

import (
	"strings"

	"plumbline"
	"plumbline/internal/store"
)

// An accountColumn is one account laid beside others.
type accountColumn struct {
	*plumbline.Account
	Points []pointRow
	Mine   bool
	Speaks string // whom its organisation says it speaks for
}

// A pointRow is one point of an account. Stands says how it stands to the
// others on the topic: "differs", "agrees", or nothing.
type pointRow struct {
	plumbline.Point
	Stands string
}

// columns lays accounts side by side. Points on one topic whose short forms
// differ are marked as differing, those whose short forms are one as agreeing;
// where an account gives no short form, nobody judges.
func columns(accounts []*plumbline.Account, a plumbline.Actor, speaks map[plumbline.ID]string) (list []accountColumn) {
	said := map[plumbline.Topic]map[string]int{} // topic → short form → accounts
	for _, acc := range accounts {
		for _, pt := range acc.Points {
			if pt.Says == "" {
				continue
			}
			if said[pt.Topic] == nil {
				said[pt.Topic] = map[string]int{}
			}
			said[pt.Topic][strings.ToLower(pt.Says)]++
		}
	}
	for _, acc := range accounts {
		col := accountColumn{Account: acc, Speaks: speaks[acc.Organisation], Mine: a.Organisation != "" && acc.Organisation == a.Organisation}
		for _, pt := range acc.Points {
			row := pointRow{Point: pt}
			switch forms := said[pt.Topic]; {
			case pt.Says == "":
			case len(forms) > 1:
				row.Stands = "differs"
			case forms[strings.ToLower(pt.Says)] > 1:
				row.Stands = "agrees"
			}
			col.Points = append(col.Points, row)
		}
		list = append(list, col)
	}
	return list
}

type accountsPage struct {
	*Page
	Op       *store.Operation
	Accounts []accountColumn
	Topics   []topicRow
}

// A topicRow is one topic with what each account says of it.
type topicRow struct {
	Topic plumbline.Topic
	Cells [][]pointRow
}

// accounts lays all accounts side by side, topic by topic.
func (s *Server) accounts(q *request) error {
	o, err := s.Store.Operation(q.Context(), q.actor, plumbline.ID(q.PathValue("operation")))
	if err != nil {
		return err
	}
	speaks, err := q.speaksFor()
	if err != nil {
		return err
	}
	p := accountsPage{Page: q.page("operations", "accounts.title", "What", o.Operation.Title), Op: o, Accounts: columns(o.TellersHeard(), q.actor, speaks)}
	p.Origin = o.Operation.Origin
	if err := q.name(p.Page, o); err != nil {
		return err
	}
	for _, t := range plumbline.Topic("").Values() {
		row := topicRow{Topic: plumbline.Topic(t)}
		found := false
		for _, a := range p.Accounts {
			var cell []pointRow
			for _, pt := range a.Points {
				if pt.Topic == row.Topic {
					cell, found = append(cell, pt), true
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		if found {
			p.Topics = append(p.Topics, row)
		}
	}
	return q.render("accounts.html", p)
}

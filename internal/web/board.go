package web

import (
	"slices"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/protocol"
)

type boardsPage struct {
	*Page
	F      figureFilter
	Groups []boardRow
	Alone  bool // no group led any of them
	Themes []boardTheme
}

// A boardRow is who led some operations: a group, all groups, or police.
type boardRow struct {
	Name, Address string
	Operations    int
	Few           bool
	Rules         []string
	Duties        store.Score
}

// A boardTheme is some figures, with those of each group in the order of the
// groups.
type boardTheme struct {
	ID, Title string
	Figures   []figureRow
	Rows      [][]figureWords
}

// boardFigures are the figures in which groups stand beside police: those of
// all operations, by what they answer.
var boardFigures = []struct {
	id    string
	names []string
}{
	{"met", []string{"people-met", "children-met", "protected-share"}},
	{"act", []string{"accompanied", "referral-made", "guardian-named", "interests-assessed"}},
	{"where", []string{"care-90d", "home-90d", "left-90d", "venue-90d", "held-72h", "children-to-venue"}},
	{"after", []string{"accounted-72h", "accounted-90d", "followed-up"}},
}

// boards lays what worker-led groups and boards led without police beside what
// units of police carried out, in the same figures.
func (s *Server) boards(q *request) error {
	p := boardsPage{Page: q.page("figures", "boards.title")}
	if err := q.figureFilter(p.Page, &p.F); err != nil {
		return err
	}
	list, scope, err := s.Store.FiguresByLead(q.Context(), q.actor, MainProtocol, protocol.Topic("children"), p.F.Filter)
	if err != nil {
		return err
	}
	p.F.Scope = p.scopeWords(scope, p.F.Filter)
	names, err := q.organisationNames()
	if err != nil {
		return err
	}
	list = groupsFirst(list)
	p.Alone = len(list) == 1 && list[0].Key == store.LedByPolice
	for _, g := range list {
		row := boardRow{Operations: g.Operations, Few: g.Operations < SmallNumber, Rules: g.Rules, Duties: g.Duties}
		switch g.Key {
		case store.LedByWorkers:
			row.Name = p.T("boards.together")
		case store.LedByPolice:
			row.Name = p.T("boards.police")
		default:
			row.Name, row.Address = names[plumbline.ID(g.Key)], "/organisations/"+g.Key
		}
		p.Groups = append(p.Groups, row)
	}
	for _, t := range boardFigures {
		theme := boardTheme{ID: t.id, Title: p.T("boards." + t.id)}
		for _, name := range t.names {
			theme.Figures = append(theme.Figures, figureRow{Address: "/figures/" + name + p.F.Query, Title: p.T("figure." + name)})
		}
		for _, g := range list {
			theme.Rows = append(theme.Rows, p.inFigures(g.Figures, t.names))
		}
		p.Themes = append(p.Themes, theme)
	}
	return q.render("boards.html", p)
}

func (p *Page) inFigures(list []plumbline.FigureSum, names []string) (words []figureWords) {
	for _, name := range names {
		i := slices.IndexFunc(list, func(s plumbline.FigureSum) bool { return s.Definition.Name == name })
		words = append(words, p.sumWords(list[i]))
	}
	return words
}

// groupsFirst puts each group before all together, and police last. Of one
// group alone the sum of all says nothing more.
func groupsFirst(list []store.LedFigures) (ordered []store.LedFigures) {
	var last []store.LedFigures
	for _, key := range []string{store.LedByWorkers, store.LedByPolice} {
		for _, g := range list {
			if g.Key == key {
				last = append(last, g)
			}
		}
	}
	for _, g := range list {
		if g.Key != store.LedByWorkers && g.Key != store.LedByPolice {
			ordered = append(ordered, g)
		}
	}
	if len(ordered) == 1 {
		last = last[1:]
	}
	return append(ordered, last...)
}

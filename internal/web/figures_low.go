package web

import (
	"cmp"
	"slices"

	"plumbline"
	"plumbline/internal/store"
)

// defaultHarm is the harm by which units are put in order where none is chosen.
const defaultHarm = "held-not-accused"

// practices are what a page of low harm shows beside it: how operations are
// done there.
var practices = []string{"services-came", "interpreter-there", "observer-there", "warrant", "rights-told", "complaint-way-told"}

type lowPage struct {
	*Page
	F         figureFilter
	Ofs, Bys  []option
	Harm      string // what the order goes by
	Of        string
	ByUnit    bool
	Practices []figureRow
	Low       []lowRow
	Open      []lowRow // of which the record cannot tell
	Few       []lowRow // with too few operations to tell from chance
	Ruled     bool     // classes were decided by several rules
}

// A lowRow is a unit or a country with one harm and its practices.
type lowRow struct {
	Name, Address string
	Operations    int
	Rules         []string
	Harm          figureWords
	Practices     []figureWords
}

// lowHarm lists units or countries by the most that a harm can be there, with
// how operations are done in each, in the same measures.
func (s *Server) lowHarm(q *request) error {
	p := lowPage{Page: q.page("figures", "low.title"), Of: cmp.Or(q.FormValue("of"), defaultHarm)}
	if err := q.figureFilter(p.Page, &p.F); err != nil {
		return err
	}
	harm, by := plumbline.FindDefinition(p.Of), cmp.Or(q.FormValue("by"), "unit")
	if !slices.Contains(sharedHarms(), harm) || by != "unit" && by != "country" {
		return plumbline.NotFound("page")
	}
	list, scope, err := s.Store.FiguresBy(q.Context(), q.actor, by, p.F.Filter)
	if err != nil {
		return err
	}
	p.F.Scope, p.Harm, p.ByUnit = p.scopeWords(scope, p.F.Filter), p.T("figure."+harm.Name), by == "unit"
	for _, d := range sharedHarms() {
		p.Ofs = append(p.Ofs, option{d.Name, p.T("figure." + d.Name), d == harm})
	}
	for _, name := range []string{"unit", "country"} {
		p.Bys = append(p.Bys, option{name, p.T("figures.by_" + name), name == by})
	}
	for _, name := range practices {
		p.Practices = append(p.Practices, figureRow{Address: "/figures/" + name + p.F.Query, Title: p.T("figure." + name)})
	}
	low, open, few := lowestFirst(list, harm)
	p.Low, p.Open, p.Few = p.lowRows(low, harm), p.lowRows(open, harm), p.lowRows(few, harm)
	rules := map[string]bool{}
	for _, g := range list {
		for _, rule := range g.Rules {
			rules[rule] = harm.Classed
		}
	}
	p.Ruled = harm.Classed && len(rules) > 1
	return q.render("figures_low.html", p)
}

// sharedHarms are the harms that are a share of something: of those the most
// that they can be is known too. Of a harm per operation others may be untold.
func sharedHarms() []*plumbline.Definition {
	return slices.DeleteFunc(plumbline.OperationFigures(), func(d *plumbline.Definition) bool {
		return d.Side != plumbline.Harm || d.Unit != plumbline.Percent
	})
}

// lowestFirst orders groups by the most that a share can be there, and sets
// apart those of which it is open, and those with fewer than SmallNumber cases,
// where it can be low by chance.
func lowestFirst(list []store.FiguresOf, d *plumbline.Definition) (low, open, few []store.FiguresOf) {
	at := slices.Index(plumbline.OperationFigures(), d)
	value := func(g store.FiguresOf) *plumbline.FigureValue { return g.Figures[at].FigureValue }
	for _, g := range list {
		switch v := value(g); {
		case v.Cases < SmallNumber:
			few = append(few, g)
		case v.Open(d.Unit) || v.High == nil || v.Unbounded > 0:
			open = append(open, g)
		default:
			low = append(low, g)
		}
	}
	slices.SortStableFunc(low, func(a, b store.FiguresOf) int {
		x, y := value(a), value(b)
		return cmp.Or(cmp.Compare(*x.High, *y.High), cmp.Compare(*x.Low, *y.Low))
	})
	return low, open, few
}

func (p *lowPage) lowRows(list []store.FiguresOf, harm *plumbline.Definition) (rows []lowRow) {
	words := func(g store.FiguresOf, name string) figureWords {
		i := slices.IndexFunc(g.Figures, func(s plumbline.FigureSum) bool { return s.Definition.Name == name })
		return p.countedWords(g.Figures[i])
	}
	for _, g := range list {
		row := lowRow{Name: g.Key, Operations: g.Operations, Harm: words(g, harm.Name)}
		if harm.Classed {
			row.Rules = g.Rules
		}
		switch i := slices.IndexFunc(p.F.Units, func(u *plumbline.Unit) bool { return string(u.ID) == g.Key }); {
		case g.Key == "":
			row.Name = p.T("compare.not_told")
		case p.ByUnit && i >= 0:
			row.Name, row.Address = p.F.Units[i].Name, "/units/"+g.Key
		}
		for _, name := range practices {
			w := words(g, name)
			w.Bar = ""
			row.Practices = append(row.Practices, w)
		}
		rows = append(rows, row)
	}
	return rows
}

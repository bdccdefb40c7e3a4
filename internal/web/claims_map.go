package web

import (
	"fmt"
	"html/template"
	"slices"

	"plumbline"
	"plumbline/figure"
)

type claimMapPage struct {
	*Page
	By, How  string
	Ways     []option // by document, by claimant
	Hows     []option
	Names    []string // the rows and columns of the picture, in their order
	Picture  template.HTML
	Caption  string
	Quarrels []quarrelRow
	More     int // pairs that are not listed
	Bases    []figure.Document
	Left     int // documents that are not listed
}

// A quarrelRow is one pair with some of the claims by which they are one.
type quarrelRow struct {
	figure.Quarrel
	Some [][2]string
}

const (
	namesInMap   = 12 // more columns cannot be read on a phone
	quarrelsDown = 40
	pairsAcross  = 6
)

// mapHows are the ways of standing to another that a map shows.
var mapHows = []figure.How{figure.Contests, figure.Supports, figure.Qualifies, figure.Repeats}

// claimMap shows who contests whom, or supports or repeats whom, as a matrix:
// a row is who does it, a column to whom. A table says the same, claim by claim.
func (s *Server) claimMap(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	p := claimMapPage{Page: q.mixedPage("claim_map.title"), By: "document", How: string(figure.Contests)}
	if by := q.URL.Query().Get("by"); by == "claimant" {
		p.By = by
	} else if by != "" && by != p.By {
		return plumbline.NotFound("page")
	}
	if how := q.URL.Query().Get("how"); slices.Contains(mapHows, figure.How(how)) {
		p.How = how
	} else if how != "" {
		return plumbline.NotFound("page")
	}
	for _, by := range []string{"document", "claimant"} {
		p.Ways = append(p.Ways, option{by, p.T("claim_map.by_" + by), by == p.By})
	}
	for _, how := range mapHows {
		p.Hows = append(p.Hows, option{string(how), p.T("claim_how." + string(how)), string(how) == p.How})
	}
	name := func(c *figure.Claim) string { return c.Document }
	if p.By == "claimant" {
		name = func(c *figure.Claim) string { return c.Claimant }
	}
	all := r.Quarrels(figure.How(p.How), name)
	p.Names = mapNames(all)
	p.Picture, p.Caption = quarrelMatrix(p.Page, p.Names, all, p.T("claim_map.label_"+p.How))
	for _, one := range all[:min(len(all), quarrelsDown)] {
		p.Quarrels = append(p.Quarrels, quarrelRow{one, one.Pairs[:min(len(one.Pairs), pairsAcross)]})
	}
	p.More = len(all) - len(p.Quarrels)
	documents := r.Documents()
	if p.By == "claimant" {
		documents = r.Claimants()
	}
	p.Bases = documents[:min(len(documents), quarrelsDown)]
	p.Left = len(documents) - len(p.Bases)
	return q.render("claim_map.html", p)
}

// mapNames returns who has most to do with others, in the order of how much.
func mapNames(all []figure.Quarrel) (names []string) {
	n := map[string]int{}
	for _, one := range all {
		for _, who := range []string{one.Who, one.Whom} {
			if n[who] == 0 {
				names = append(names, who)
			}
			n[who] += len(one.Pairs)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return n[b] - n[a] })
	return names[:min(len(names), namesInMap)]
}

// quarrelMatrix draws the matrix. Rows and columns have numbers, whose names
// stand in a list beside it, so that it is as narrow as a phone. What lies on
// the diagonal is between claims of one.
func quarrelMatrix(p *Page, names []string, all []figure.Quarrel, label string) (template.HTML, string) {
	if len(names) == 0 {
		return "", ""
	}
	const cell, gutter = 34.0, 34.0
	c := newCanvas(p, "quarrels", gutter+cell*float64(len(names)))
	c.height = gutter + cell*float64(len(names))
	most, shown, total := 1, 0, 0
	at := map[string]int{}
	for i, name := range names {
		at[name] = i
	}
	for _, one := range all {
		most, total = max(most, len(one.Pairs)), total+len(one.Pairs)
	}
	middle := func(i int) float64 { return gutter + cell*(float64(i)+.5) }
	for i := range names {
		number := p.Number(i + 1)
		c.text("head", atMiddle, middle(i), gutter-12, number)
		c.text("head", atMiddle, gutter/2, middle(i)+5, number)
		for j := range names {
			class := "m-cell"
			if i == j {
				class += " m-own"
			}
			c.rect(class, gutter+cell*float64(j)+1, gutter+cell*float64(i)+1, cell-2, cell-2)
		}
	}
	for _, one := range all {
		row, ok1 := at[one.Who]
		column, ok2 := at[one.Whom]
		if !ok1 || !ok2 {
			continue
		}
		shown += len(one.Pairs)
		depth := 1 + 3*len(one.Pairs)/(most+1) // four steps of colour; the number says it exactly
		c.rect(fmt.Sprintf("m-%d", depth), gutter+cell*float64(column)+1, gutter+cell*float64(row)+1, cell-2, cell-2)
		c.text("bare m-n", atMiddle, middle(column), middle(row)+5, p.Number(len(one.Pairs)))
	}
	caption := p.T("claim_map.caption", "Shown", p.Number(shown), "All", p.Number(total))
	return c.finish("matrix", label+" "+caption), caption
}

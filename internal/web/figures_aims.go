package web

import (
	"slices"

	"plumbline"
)

// An aimColumn is one aim with its own figures. The two stand beside each
// other, and what does not apply is named, so that neither hides the other.
type aimColumn struct {
	ID, Title string
	Rows      []figureRow
	NotHere   []string
}

// aims lays the two aims side by side, in the words of what a figure says.
func (p *Page) aims(say func(*plumbline.Definition) (w figureWords, applies bool)) (list []aimColumn) {
	for _, name := range plumbline.FigureAim("").Values() {
		aim := plumbline.FigureAim(name)
		c := aimColumn{ID: "aim-" + name, Title: p.Word(aim)}
		for _, d := range plumbline.OfAim(aim) {
			if w, applies := say(d); applies {
				c.Rows = append(c.Rows, figureRow{"/figures/" + d.Name, p.T("figure." + d.Name), w})
			} else {
				c.NotHere = append(c.NotHere, p.T("figure."+d.Name))
			}
		}
		list = append(list, c)
	}
	return list
}

// aimsOf lays out the aims of one operation.
func (p *Page) aimsOf(portions []plumbline.Portion) []aimColumn {
	all := plumbline.OperationFigures()
	return p.aims(func(d *plumbline.Definition) (figureWords, bool) {
		portion := portions[slices.Index(all, d)]
		return p.portionWords(d, portion), portion.Applies()
	})
}

// aimsOver lays out the aims of several operations.
func (p *Page) aimsOver(list []plumbline.FigureSum) []aimColumn {
	return p.aims(func(d *plumbline.Definition) (figureWords, bool) {
		s := list[slices.IndexFunc(list, func(s plumbline.FigureSum) bool { return s.Definition == d })]
		return p.countedWords(s), s.Cases > 0
	})
}

// ofOperations are the denominators that count the operation itself.
var ofOperations = []string{"operations", "with_children", "operations_served", "debriefed"}

// portionWords writes what one operation says of a figure: yes, no, how many, or
// how many of how many.
func (p *Page) portionWords(d *plumbline.Definition, portion plumbline.Portion) (w figureWords) {
	switch {
	case d.Unit != plumbline.Percent:
		w.Text, w.Open = p.Count(portion.Num), !portion.Num.Known()
	case !slices.Contains(ofOperations, d.Of):
		w.Text, w.Open = p.T("figures.of_many", "Num", p.Count(portion.Num), "Of", p.Count(portion.Of)), !portion.Num.Known()
	case portion.Num == plumbline.Exactly(1):
		w.Text = p.Word(plumbline.Yes)
	case portion.Num == plumbline.Exactly(0):
		w.Text = p.Word(plumbline.No)
	default:
		w.Text, w.Open = p.T("figures.cannot_tell"), true
	}
	return w
}

// countedWords is figureWords with how many of how many it was.
func (p *Page) countedWords(s plumbline.FigureSum) figureWords {
	w := p.figureWords(s.Definition.Unit, s.FigureValue)
	if s.Definition.Unit == plumbline.InPeople || w.Open {
		return w
	}
	many := p.Count(s.Numerator)
	if s.Definition.Unit == plumbline.Percent && s.Unbounded == 0 {
		many = p.T("figures.of_many", "Num", many, "Of", p.Count(*s.Denominator))
	}
	w.Told = many + " · " + w.Told
	return w
}

// A sheet is the account of some operations: results beside harms. What applies
// to none of them is named.
type sheet struct {
	Sides   []figureSide
	NotHere []string
}

func (p *Page) sheet(list []plumbline.FigureSum) (sh sheet) {
	var apply []plumbline.FigureSum
	for _, s := range list {
		switch {
		case s.Definition.Side == plumbline.Conduct:
		case s.Cases > 0:
			apply = append(apply, s)
		default:
			sh.NotHere = append(sh.NotHere, p.T("figure."+s.Definition.Name))
		}
	}
	for _, side := range []plumbline.FigureSide{plumbline.Result, plumbline.Harm} {
		sh.Sides = append(sh.Sides, figureSide{string(side), p.Word(side), p.themes(apply, side, "", p.countedWords)})
	}
	return sh
}

// A shortSide is one column of the account of one operation: what can be told,
// and of how many figures nothing can.
type shortSide struct {
	Title  string
	Rows   []figureRow
	Untold int
}

// short lays out the account of one operation.
func (p *Page) short(portions []plumbline.Portion) (sides []shortSide) {
	for _, side := range []plumbline.FigureSide{plumbline.Result, plumbline.Harm} {
		s := shortSide{Title: p.Word(side)}
		for i, d := range plumbline.OperationFigures() {
			if d.Side != side || !portions[i].Applies() {
				continue
			}
			if w := p.portionWords(d, portions[i]); w.Open {
				s.Untold++
			} else {
				s.Rows = append(s.Rows, figureRow{"/figures/" + d.Name, p.T("figure." + d.Name), w})
			}
		}
		sides = append(sides, s)
	}
	return sides
}

// A periodTable lays figures of one side out by period.
type periodTable struct {
	Caption string
	Heads   []periodHead
	Rows    []periodRows
}

type periodHead struct{ Period, Operations string }

type periodRows struct {
	Title string
	Cells []string
}

// A periodSheet is the account by year or by quarter. Rules are the versions by
// which people were put in classes, period by period, where they differ.
type periodSheet struct {
	Title  string
	Tables []periodTable
	Rules  []string
}

func (p *Page) periodSheet(title string, periods []plumbline.ReviewPeriod) *periodSheet {
	if len(periods) == 0 {
		return nil
	}
	sh := &periodSheet{Title: title}
	var heads []periodHead
	rules := map[string]bool{}
	for _, x := range periods {
		head := periodHead{x.From, p.T("programme.period_operations", "N", x.Operations)}
		if x.Until != x.From {
			head.Period += " – " + x.Until
		}
		heads = append(heads, head)
		for _, rule := range x.Rules {
			sh.Rules, rules[rule] = append(sh.Rules, head.Period+": "+rule), true
		}
	}
	if len(rules) < 2 {
		sh.Rules = nil
	}
	for _, side := range []plumbline.FigureSide{plumbline.Result, plumbline.Harm} {
		t := periodTable{Caption: p.Word(side), Heads: heads}
		for i, s := range periods[0].Figures {
			row, applies := periodRows{Title: p.T("figure." + s.Definition.Name)}, false
			for _, x := range periods {
				text, _ := p.figureText(s.Definition.Unit, x.Figures[i].FigureValue)
				applies, row.Cells = applies || x.Figures[i].Cases > 0, append(row.Cells, text)
			}
			if s.Definition.Classed && len(sh.Rules) > 0 {
				row.Title += " *"
			}
			if s.Definition.Side == side && applies {
				t.Rows = append(t.Rows, row)
			}
		}
		sh.Tables = append(sh.Tables, t)
	}
	return sh
}

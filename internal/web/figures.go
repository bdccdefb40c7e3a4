package web

import (
	"html/template"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/internal/store"
)

type figuresPage struct {
	*Page
	F     figureFilter
	Sides []figureSide // results and harms, side by side
	Done  []figureTheme
	NRM   officialRow
}

// A figureSide is one column of the account.
type figureSide struct {
	ID, Title string
	Themes    []figureTheme
}

type figureTheme struct {
	Title string
	Rows  []figureRow
}

// A figureRow is a figure in a list.
type figureRow struct {
	Address string
	Title   string
	figureWords
}

// figureWords is a figure as a page writes it.
type figureWords struct {
	Text string        // the range: 33 to 58 %, at least 7
	Open bool          // the record does not tell
	Told string        // in how many cases it is told
	Bar  template.HTML // the range on a line from 0 to 100; empty where there is none
}

type officialRow struct{ Address, Title, Text string }

// figureFilter is the form above figures, and what it found.
type figureFilter struct {
	Filter    store.Filter
	Year      string
	Countries []string
	Units     []*plumbline.Unit
	Areas     []option // for figures over areas
	Kinds     []option
	Origins   []option
	Scope     []string // over what was counted, in sentences
	Query     string   // the filter as it stands in an address, after ? or &
}

// figures shows every figure: results beside harms, and how operations are
// done below. The two columns are never netted.
func (s *Server) figures(q *request) error {
	p := figuresPage{Page: q.page("figures", "figures.title")}
	if err := q.figureFilter(p.Page, &p.F); err != nil {
		return err
	}
	list, scope, err := s.Store.Figures(q.Context(), q.actor, p.F.Filter)
	if err != nil {
		return err
	}
	p.F.Scope = p.scopeWords(scope, p.F.Filter)
	for _, side := range []plumbline.FigureSide{plumbline.Result, plumbline.Harm} {
		p.Sides = append(p.Sides, figureSide{string(side), p.Word(side), p.themes(list, side, p.F.Query, p.sumWords)})
	}
	p.Done = p.themes(list, plumbline.Conduct, p.F.Query, p.sumWords)
	p.NRM = officialRow{"/figures/" + nrmName, p.T("nrm.title"), p.T("nrm.short")}
	return q.render("figures.html", p)
}

// themes gathers the figures of one side by what they are about.
func (p *Page) themes(list []plumbline.FigureSum, side plumbline.FigureSide, query string, words func(plumbline.FigureSum) figureWords) (themes []figureTheme) {
	for _, name := range plumbline.FigureTheme("").Values() {
		theme := figureTheme{Title: p.Word(plumbline.FigureTheme(name))}
		for _, s := range list {
			if d := s.Definition; d.Side == side && string(d.Theme) == name {
				theme.Rows = append(theme.Rows, figureRow{"/figures/" + d.Name + query, p.T("figure." + d.Name), words(s)})
			}
		}
		if len(theme.Rows) > 0 {
			themes = append(themes, theme)
		}
	}
	return themes
}

// figureFilter reads the filter of figures from the address, and fills the
// form.
func (q *request) figureFilter(p *Page, into *figureFilter) (err error) {
	query := q.URL.Query()
	if into.Filter, err = readFilter(query); err != nil {
		return err
	}
	f := &into.Filter
	*f = store.Filter{Country: f.Country, Unit: f.Unit, Area: plumbline.ID(query.Get("area")), Kind: f.Kind, Origin: f.Origin, From: f.From, Until: f.Until}
	if f.Kind != "" && !slices.Contains(f.Kind.Values(), string(f.Kind)) || f.Origin != "" && !slices.Contains(f.Origin.Values(), string(f.Origin)) {
		return plumbline.NotFound("page")
	}
	into.Year = query.Get("year")
	if into.Countries, err = q.s.Store.Countries(q.Context(), q.actor); err != nil {
		return err
	}
	if into.Units, err = q.s.Store.Units(q.Context(), q.actor); err != nil {
		return err
	}
	for _, k := range f.Kind.Values() {
		into.Kinds = append(into.Kinds, option{k, p.Word(plumbline.OperationKind(k)), string(f.Kind) == k})
	}
	into.Origins = []option{{"", p.T("figures.own"), f.Origin == ""}}
	for _, o := range f.Origin.Values() {
		into.Origins = append(into.Origins, option{o, p.T("origin." + o), string(f.Origin) == o})
	}
	kept := url.Values{}
	for _, name := range []string{"country", "unit", "area", "kind", "origin", "year"} {
		if v := query.Get(name); v != "" {
			kept.Set(name, v)
		}
	}
	if len(kept) > 0 {
		into.Query = "?" + kept.Encode()
	}
	p.Origin = f.Origin
	return nil
}

// scopeWords says over what figures were counted.
func (p *Page) scopeWords(s store.FigureScope, f store.Filter) (said []string) {
	said = append(said, p.T("figures.over", "N", s.Operations))
	if s.Series > 0 {
		said = append(said, p.T("figures.series", "N", s.Series))
	}
	if s.Published > 0 && f.Origin == "" {
		said = append(said, p.T("figures.published", "N", s.Published))
	}
	if s.Mixed {
		said = append(said, p.T("figures.mixed"))
	}
	if s.Behind > 0 {
		said = append(said, p.T("list.behind", "N", s.Behind))
	}
	return said
}

// Decimal writes a number to one place, and a whole one as it is.
func (p *Page) Decimal(x float64) string {
	tenths := int(math.Round(math.Abs(x) * 10))
	text := p.Number(tenths / 10)
	if tenths%10 > 0 {
		text += p.T("number.decimal") + strconv.Itoa(tenths%10)
	}
	if x < 0 && tenths > 0 {
		text = "−" + text
	}
	return text
}

// figureUnit writes a number in its unit.
func (p *Page) figureUnit(u plumbline.FigureUnit, number string) string {
	switch u {
	case plumbline.Percent:
		return p.T("figures.percent", "Value", number)
	case plumbline.PerOperation:
		return p.T("figures.per_operation", "Value", number)
	case plumbline.InMinutes:
		return p.T("figures.minutes", "Value", number)
	case plumbline.InDays:
		return p.T("figures.days", "Value", number)
	case plumbline.PerHour:
		return p.T("figures.per_hour", "Value", number)
	case plumbline.TimesAsMany:
		return p.T("figures.times", "Value", number)
	}
	return number
}

// figureText writes what the record tells of a figure; open is true when that
// is nothing.
func (p *Page) figureText(u plumbline.FigureUnit, v *plumbline.FigureValue) (text string, open bool) {
	switch {
	case v.Cases == 0:
		return p.T("figures.no_case"), true
	case v.Open(u):
		return p.T("figures.cannot_tell"), true
	case v.High == nil:
		return p.figureUnit(u, p.T("count.at_least", "Value", p.Decimal(*v.Low))), false
	case p.Decimal(*v.Low) == p.Decimal(*v.High):
		return p.figureUnit(u, p.Decimal(*v.Low)), false
	}
	return p.figureUnit(u, p.T("count.between", "Low", p.Decimal(*v.Low), "High", p.Decimal(*v.High))), false
}

func (p *Page) sumWords(s plumbline.FigureSum) figureWords {
	return p.figureWords(s.Definition.Unit, s.FigureValue)
}

func (p *Page) figureWords(u plumbline.FigureUnit, v *plumbline.FigureValue) (w figureWords) {
	w.Text, w.Open = p.figureText(u, v)
	if v.Cases > 0 {
		w.Told = p.T("figures.told_by", "Told", p.Number(v.Told), "Cases", p.Number(v.Cases))
		if v.Unbounded > 0 {
			w.Told += " · " + p.T("figures.left_out", "N", v.Unbounded)
		}
	}
	if u == plumbline.Percent && v.Cases > 0 {
		w.Bar = rangeBar(p.RTL(), v)
	}
	return w
}

// rangeBar draws where a part of something can lie, between nothing and all of
// it. It is an ornament: the words beside it say the same.
func rangeBar(rtl bool, v *plumbline.FigureValue) template.HTML {
	c := &canvas{width: 100, height: 8, rtl: rtl}
	c.rect("bar-all", 0, 3, 100, 2)
	if !v.Open(plumbline.Percent) && v.Low != nil && v.High != nil {
		c.rect("bar-range", *v.Low, 1, math.Max(1, *v.High-*v.Low), 6)
		if *v.Low == *v.High {
			c.rect("bar-told", math.Min(*v.Low, 98), 0, 2, 8)
		}
	}
	return template.HTML(strings.Replace(string(c.finish("bar", "")), "<svg ", `<svg preserveAspectRatio="none" `, 1))
}

// needWord names what is not known.
func (p *Page) needWord(fact string) string {
	if p.Has(fact) { // need.taken
		return p.T(fact)
	}
	return p.factName(fact)
}

package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/exchange"
)

// nrmName is the name of the official series, which everybody may see.
const nrmName = "nrm-uk"

type nrmPage struct {
	*Page
	Series  picture
	Pairs   []nrmPair
	Rules   []nrmRule
	Sources []string
	Licence string
	Check   string
}

// An nrmPair is two quarters that may not be compared.
type nrmPair struct{ Quarter, Rule, Adults, Children string }

type nrmRule struct {
	From, Text string
}

// nrm shows an official series whose rule changed: the worked example.
func (s *Server) nrm(q *request) error {
	official := exchange.NRM()
	p := nrmPage{Page: q.page("figures", "nrm.title"), Sources: official.Sources, Licence: official.Licence, Check: "plumbline figure show " + official.Name}
	for i, r := range official.Rules {
		from, _ := time.Parse(time.DateOnly, r.From) // which a test holds to
		p.Rules = append(p.Rules, nrmRule{p.Day(from), p.T("nrm.rule_" + strconv.Itoa(i+1))})
	}
	series := seriesSpec{id: "nrm", unit: plumbline.Percent, label: p.T("nrm.title"), names: []string{p.T("nrm.adult"), p.T("nrm.child")}}
	adults, children := official.Of("adult"), official.Of("child")
	for i, a := range adults {
		point := seriesPoint{label: a.Quarter, mixed: len(a.Rules) > 1, apart: i > 0 && !adults[i-1].Joined(a), said: []string{p.nrmCount(a), p.nrmCount(children[i])}}
		if year, ok := strings.CutSuffix(a.Quarter, "-Q1"); ok {
			point.tick = year
		}
		for _, v := range []exchange.OfficialPoint{a, children[i]} {
			x, _ := v.Share() // there are decisions in every quarter
			point.values = append(point.values, seriesValue{low: &x, high: &x, told: &x})
		}
		series.points = append(series.points, point)
	}
	first, _ := time.Parse("2006", adults[0].Quarter[:4])
	for _, r := range official.Rules[1:] {
		from, _ := time.Parse(time.DateOnly, r.From) // as above
		quarters := 4*(from.Year()-first.Year()) + (int(from.Month())-1)/3
		begin := time.Date(from.Year(), time.Month(3*((int(from.Month())-1)/3)+1), 1, 0, 0, 0, 0, time.UTC)
		within := from.Sub(begin).Hours() / begin.AddDate(0, 3, 0).Sub(begin).Hours()
		series.breaks = append(series.breaks, seriesBreak{float64(quarters) - .5 + within, p.Day(from)})
	}
	p.Series = seriesPicture(p.Page, series)
	for _, quarter := range []string{"2022-Q4", "2023-Q2"} {
		i := slices.IndexFunc(adults, func(o exchange.OfficialPoint) bool { return o.Quarter == quarter })
		p.Pairs = append(p.Pairs, nrmPair{quarter, p.T("nrm.rule_" + strconv.Itoa(adults[i].Rules[0]+1)), p.nrmCount(adults[i]), p.nrmCount(children[i])})
	}
	return q.render("figure_nrm.html", p)
}

func (p *Page) nrmShare(o exchange.OfficialPoint) string {
	x, _ := o.Share()
	return p.figureUnit(plumbline.Percent, p.Decimal(x))
}

// nrmCount writes a share with its two numbers.
func (p *Page) nrmCount(o exchange.OfficialPoint) string {
	return p.T("nrm.count", "Share", p.nrmShare(o), "Positive", p.Number(o.Positive), "Decisions", p.Number(o.Decisions()))
}

package web

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
)

type figurePage struct {
	*Page
	F figureFilter
	figureWords
	Name      string
	Side      string
	Value     string // where it is told, in so many cases
	Unbounded string
	Missing   []lackingRow
	Beside    *figureRow // what it is not shown without
	Counts    string
	Of        string
	Unit      string
	Basis     string
	Version   int
	Excludes  []string
	Rules     []string // by which people were put in classes, where they are several

	By      string
	Bys     []option
	Head    string
	Series  picture
	Groups  []groupRow
	Ruled   bool   // some group says by which rule its people were put in classes
	Check   string // the same from the command line
	Files   []officialRow
	Claims  []claimCheck
	MayKeep bool   // what the checks gave with the claims
	Publish string // where the figure can be proposed for publication; empty when it cannot
	Answer  string
	Answers []option
	Cases   []caseRow
	All     int
	Next    string
}

type lackingRow struct {
	Fact  string
	Cases string
}

type groupRow struct {
	Label string
	figureWords
	Rules string
}

// A claimCheck is a claim that a figure bears on, held against it.
type claimCheck struct {
	ID, Claimant, Text, Figure string
	Result                     string // agrees, differs, cannot_tell
	Says                       string
	Refused, Mind              []string // codes of reasons
}

type caseRow struct {
	Address, Title, When, Place string
	Text                        string // how many, of how many
	Missing                     string
}

// figure shows one figure: its definition and value, what is missing, how it
// went over time, the claims that it bears on, and the list behind it.
func (s *Server) figure(q *request) error {
	d := plumbline.FindDefinition(q.PathValue("figure"))
	if d == nil {
		return plumbline.NotFound("figure")
	}
	p := figurePage{Page: q.page("figures", "figure."+d.Name), Name: d.Name, By: q.FormValue("by"), Answer: q.FormValue("answer")}
	if p.By == "" {
		p.By = "year"
	}
	if err := q.figureFilter(p.Page, &p.F); err != nil {
		return err
	}
	t, err := s.Store.FigureTable(q.Context(), q.actor, d.Name, p.F.Filter, p.By)
	if err != nil {
		return err
	}
	p.define(d)
	p.tell(t)
	if err := q.name(p.Page, nil); err != nil {
		return err
	}
	if d.OfAreas() {
		if err := q.nameAreas(&p); err != nil {
			return err
		}
	}
	p.breakDown(t)
	if err := s.figureList(q, &p, d); err != nil {
		return err
	}
	if p.Claims, err = s.claimChecks(q, p.Page, d); err != nil {
		return err
	}
	p.MayKeep = len(p.Claims) > 0 && plumbline.May(q.actor, plumbline.KeepClaims, plumbline.Public)
	if publishable(d) && t.All.Cases > 0 && plumbline.May(q.actor, plumbline.ProposeRelease, plumbline.Public) {
		p.Publish = proposeFigure(d.Name, p.By, q.URL.Query())
	}
	p.Check = commandLine(d, p.F.Filter, p.By)
	for _, format := range []string{"csv", "json"} {
		query := url.Values{}
		if p.F.Query != "" {
			query, _ = url.ParseQuery(p.F.Query[1:]) // which we have written
		}
		query.Set("by", p.By)
		query.Set("format", format)
		p.Files = append(p.Files, officialRow{"/figures/" + d.Name + "/file?" + query.Encode(), strings.ToUpper(format), ""})
	}
	return q.render("figure.html", p)
}

// proposeFigure is the address at which a figure, as a page shows it, is
// proposed for publication.
func proposeFigure(name, by string, query url.Values) string {
	to := url.Values{"figure": {name}, "by_period": {by}}
	for _, f := range []string{"country", "kind", "origin", "year"} {
		if v := query.Get(f); v != "" {
			to.Set(f, v)
		}
	}
	if v := query.Get("unit"); v != "" {
		to.Set("unit_of", v)
	}
	return "/releases/new?" + to.Encode()
}

// commandLine is how who runs the site gets the figure that a page shows.
func commandLine(d *plumbline.Definition, f store.Filter, by string) string {
	line := "plumbline figure show " + d.Name + " --by " + by
	add := func(flag, value string) {
		if value != "" {
			line += " --" + flag + " " + value
		}
	}
	if !f.From.IsZero() {
		add("from", f.From.Format("2006"))
	}
	if !f.Until.IsZero() {
		add("to", f.Until.AddDate(0, 0, -1).Format("2006"))
	}
	if f.Country != "" {
		add("country", strconv.Quote(f.Country))
	}
	add("unit", string(f.Unit))
	add("area", string(f.Area))
	add("kind", string(f.Kind))
	add("origin", string(f.Origin))
	return line
}

// define writes what the figure counts.
func (p *figurePage) define(d *plumbline.Definition) {
	p.Side, p.Version = p.Word(d.Side), d.Version
	p.Counts, p.Unit, p.Basis = p.T("figure_counts."+d.Name), p.Word(d.Unit), p.Word(d.Basis)
	if d.Of != "" {
		p.Of = p.T("figure_of." + d.Of)
	}
	left := d.Excludes
	if d.OfOperations() {
		left = append(slices.Clone(left), "series", "public")
	}
	for _, x := range left {
		p.Excludes = append(p.Excludes, p.T("figure_excludes."+x))
	}
}

// tell writes what the record tells of the figure.
func (p *figurePage) tell(t *store.FigureTable) {
	v, unit := t.All.FigureValue, t.Definition.Unit
	p.figureWords, p.F.Scope = p.Page.figureWords(unit, v), p.scopeWords(t.Scope, p.F.Filter)
	if t.Definition.OfUnits() {
		p.F.Scope = []string{p.T("figures.over_trainings", "N", t.Scope.Operations)}
	}
	if t.Definition.OfAreas() {
		p.F.Scope[0] = p.T("figures.over_areas", "N", t.Scope.Operations)
	}
	if b := t.Beside; b != nil {
		p.Beside = &figureRow{"/figures/" + b.Definition.Name + p.F.Query, p.T("figure." + b.Definition.Name), p.sumWords(*b)}
	}
	if v.Value != nil && !v.Exact() && unit.Parted() {
		p.Value = p.T("figures.where_told", "Value", p.figureUnit(unit, p.Decimal(*v.Value)), "Told", p.Number(v.Told), "Cases", p.Number(v.Cases))
	}
	if v.Unbounded > 0 {
		p.Unbounded = p.T("figures.unbounded", "N", v.Unbounded)
	}
	for _, m := range v.Missing {
		p.Missing = append(p.Missing, lackingRow{p.needWord(m.Fact), p.T("figures.cases", "N", m.Cases)})
	}
	if len(t.All.Rules) > 1 {
		p.Rules = t.All.Rules
	}
}

// nameAreas teaches the page the names of areas, and fills the choice of one.
func (q *request) nameAreas(p *figurePage) error {
	areas, err := q.s.Store.SharedOf(q.Context(), q.actor, plumbline.KindArea)
	if err != nil {
		return err
	}
	p.F.Areas = []option{{"", p.T("filter.all"), p.F.Filter.Area == ""}}
	for _, s := range areas {
		at := s.Shared.(*plumbline.AreaRecord).Area
		p.names[at.ID] = at.Name
		p.F.Areas = append(p.F.Areas, option{string(at.ID), at.Name, at.ID == p.F.Filter.Area})
	}
	return nil
}

// causes writes who shut a service out and what came before, which are never
// told apart.
func (p *Page) causes(by plumbline.ShutBy, before plumbline.BeforeLoss) string {
	return p.T("areas.both_causes", "By", p.Word(by), "Before", p.Word(before))
}

// lossCauses writes both causes of a loss, with who says so.
func (p *Page) lossCauses(l *plumbline.AccessLoss) string {
	says := func(what, who string) string {
		if who == "" {
			return what
		}
		return what + " (" + p.T("areas.says", "Who", who) + ")"
	}
	return p.T("areas.both_causes", "By", says(p.Word(l.ShutBy), l.ShutByWho), "Before", says(p.Word(l.Before), l.BeforeWho))
}

// periods are the breakdowns that make a series.
var figurePeriods = []string{"year", "quarter", "month"}

// breakDown writes the figure by what the page asks for, and draws it when that
// is a time.
func (p *figurePage) breakDown(t *store.FigureTable) {
	for _, by := range store.BreakdownsOf(t.Definition) {
		p.Bys = append(p.Bys, option{by, p.T("figures.by_" + by), by == p.By})
	}
	p.Head = p.T("figures.by_" + p.By)
	series := seriesSpec{id: "series", unit: t.Definition.Unit, label: p.Title}
	var rules []string
	for _, g := range t.Groups {
		row := groupRow{Label: p.groupLabel(p.By, g.Keys[0]), figureWords: p.Page.figureWords(t.Definition.Unit, g.FigureValue), Rules: strings.Join(g.Rules, " + ")}
		p.Groups, p.Ruled = append(p.Groups, row), p.Ruled || row.Rules != ""
		if !slices.Contains(figurePeriods, p.By) || g.Keys[0] == "" {
			continue
		}
		point := seriesPoint{label: row.Label, said: []string{row.Text}, values: []seriesValue{drawn(t.Definition.Unit, g.FigureValue)}, mixed: len(g.Rules) > 1}
		if n := len(series.points); n > 0 && !slices.Equal(rules, g.Rules) {
			point.apart = true
			what := p.T("figures.rule_changed")
			if len(rules) == 0 || len(g.Rules) == 0 {
				what = p.T("figures.rule_not_told")
			}
			series.breaks = append(series.breaks, seriesBreak{float64(n) - .5, what})
		}
		rules = g.Rules
		series.points = append(series.points, point)
	}
	if len(series.points) > 1 {
		p.Series = seriesPicture(p.Page, series)
	}
}

// drawn returns a figure as a series draws it.
func drawn(u plumbline.FigureUnit, v *plumbline.FigureValue) seriesValue {
	return seriesValue{low: v.Low, high: v.High, told: v.Value, open: v.Open(u) || v.Cases == 0}
}

func (p *Page) groupLabel(by, key string) string {
	if key == "" {
		return p.T("figures.not_told")
	}
	switch by {
	case "kind":
		return p.Word(plumbline.OperationKind(key))
	case "service":
		return p.Word(plumbline.ServiceKind(key))
	case "causes":
		shut, before, _ := strings.Cut(key, "/")
		return p.causes(plumbline.ShutBy(shut), plumbline.BeforeLoss(before))
	case "unit", "area":
		return p.Named(plumbline.ID(key))
	case "accompanied", "observer":
		return p.Word(plumbline.Answer(key))
	case "month":
		if t, err := time.Parse("2006-01", key); err == nil {
			return p.Month(t)
		}
	}
	return key
}

// figureList writes the list behind the figure.
func (s *Server) figureList(q *request, p *figurePage, d *plumbline.Definition) error {
	f := p.F.Filter
	f.After = q.FormValue("after")
	found, err := s.Store.FigureCases(q.Context(), q.actor, d.Name, f, p.Answer)
	if err != nil {
		return err
	}
	p.All = found.All
	query := q.URL.Query()
	query.Del("lang")
	query.Del("after")
	address := func(set, to string) string {
		next := url.Values{}
		for k, v := range query {
			next[k] = v
		}
		if next.Set(set, to); to == "" {
			next.Del(set)
		}
		return "/figures/" + d.Name + "?" + next.Encode() + "#behind"
	}
	for _, a := range []string{"", "some", "none", "unknown"} {
		key := "figures.answer_all"
		if a != "" {
			key = "figures.answer_" + a
		}
		p.Answers = append(p.Answers, option{address("answer", a), p.T(key), a == p.Answer})
	}
	if found.Next != "" {
		p.Next = address("after", found.Next)
	}
	for _, c := range found.Cases {
		row := caseRow{When: p.When(c.At), Text: p.portionText(d.Unit, c.Portion)}
		if c.Operation != nil {
			row.Address, row.Title, row.Place = "/operations/"+string(c.Operation.ID), c.Operation.Title, dots(c.Operation.Place, c.Operation.Country)
		} else if c.Area != nil {
			row.Address, row.Title, row.Place = "/areas/"+string(c.Area.ID), c.Area.Name, p.Word(c.Service)
			if c.Loss != nil {
				row.Place = dots(row.Place, p.lossCauses(c.Loss))
			}
		} else {
			row.Address, row.Title = "/units/"+string(c.Unit.ID), c.Unit.Name
		}
		if c.Missing > 0 && c.Missing <= len(d.Needs) {
			row.Missing = p.needWord(d.Needs[c.Missing-1])
		}
		p.Cases = append(p.Cases, row)
	}
	return nil
}

// portionText writes what one operation adds.
func (p *Page) portionText(u plumbline.FigureUnit, c plumbline.Portion) string {
	one := c.Of == plumbline.Exactly(1)
	switch {
	case u == plumbline.Percent && one && c.Num == plumbline.Exactly(1):
		return p.Word(plumbline.Yes)
	case u == plumbline.Percent && one && c.Num == plumbline.Exactly(0):
		return p.Word(plumbline.No)
	case u == plumbline.Percent && one:
		return p.T("figures.cannot_tell")
	case u == plumbline.Percent || u == plumbline.PerHour || u == plumbline.TimesAsMany:
		return p.T("figures.so_many_of", "Num", p.Count(c.Num), "Of", p.Count(c.Of))
	}
	return p.Count(c.Num)
}

// claimChecks holds the figure against the claims that it bears on, for who may
// see the operations of the public record.
func (s *Server) claimChecks(q *request, p *Page, d *plumbline.Definition) (list []claimCheck, err error) {
	if !plumbline.May(q.actor, plumbline.SeeOperation, plumbline.Public) {
		return nil, nil
	}
	claims, err := s.register(q.Context())
	if err != nil {
		return nil, err
	}
	for _, b := range d.Claims {
		c := claims.Claim(b.Claim)
		if c == nil {
			continue
		}
		k, err := s.Store.CheckFigure(q.Context(), q.actor, d.Name, claims, c, store.CheckOptions{})
		if err != nil {
			return nil, err
		}
		row := claimCheck{ID: c.ID, Claimant: c.Claimant, Text: c.Text, Result: string(k.Result), Refused: codesOf(k.Refused), Mind: codesOf(k.Mind)}
		if c.Figure.Form != figure.NoFigure {
			row.Figure = strings.TrimSpace(c.Figure.Text + " " + c.Unit)
		}
		text, _ := p.figureText(d.Unit, k.Record)
		switch k.Result {
		case figure.CheckAgrees:
			row.Says = p.T("figures.agrees", "Record", text)
		case figure.CheckDiffers:
			key := "figures.claim_more"
			if *k.Difference < 0 {
				key = "figures.claim_less"
			}
			row.Says = p.T(key, "Record", text, "By", p.Decimal(math.Abs(*k.Difference)))
		default:
			row.Says = p.T("figures.check_cannot_tell")
		}
		list = append(list, row)
	}
	return list, nil
}

// keepChecks holds the claims that the figure bears on against the public
// record, and keeps what that gave with them.
func (s *Server) keepChecks(q *request) error {
	d := plumbline.FindDefinition(q.PathValue("figure"))
	if d == nil || len(d.Claims) == 0 {
		return plumbline.NotFound("figure")
	}
	claims, err := s.register(q.Context())
	if err != nil {
		return err
	}
	var ids []string
	for _, b := range d.Claims {
		if claims.Claim(b.Claim) != nil {
			ids = append(ids, b.Claim)
		}
	}
	if len(ids) == 0 {
		return plumbline.NotFound("claim")
	}
	if _, err := s.Store.HoldClaims(q.Context(), q.actor, ids...); err != nil {
		return err
	}
	return q.done("/figures/"+d.Name+"#claims", "checks_kept")
}

func codesOf(reasons []figure.Reason) (codes []string) {
	for _, r := range reasons {
		if !slices.Contains(codes, r.Code) {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// figureFile sends a figure, broken down, as CSV or JSON.
func (s *Server) figureFile(q *request) error {
	d := plumbline.FindDefinition(q.PathValue("figure"))
	by, format := q.FormValue("by"), q.FormValue("format")
	if d == nil || by == "" || format != "csv" && format != "json" {
		return plumbline.NotFound("figure")
	}
	var f figureFilter
	if err := q.figureFilter(q.page("figures", ""), &f); err != nil {
		return err
	}
	t, err := s.Store.FigureTable(q.Context(), q.actor, d.Name, f.Filter, by)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if format == "json" {
		err = writeFigureJSON(&file, t)
		q.w.Header().Set("Content-Type", "application/json")
	} else {
		err = writeFigureCSV(&file, t)
		q.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	}
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-by-%s.%s"`, d.Name, by, format))
	q.w.WriteHeader(http.StatusOK)
	_, _ = q.w.Write(file.Bytes()) // the browser has gone away
	return nil
}

func writeFigureJSON(w *bytes.Buffer, t *store.FigureTable) error {
	type group struct {
		Key   string                 `json:"key"`
		Rules []string               `json:"rules,omitempty"`
		Value *plumbline.FigureValue `json:"value"`
	}
	groups := []group{}
	for _, g := range t.Groups {
		groups = append(groups, group{g.Keys[0], g.Rules, g.FigureValue})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Figure  string                 `json:"figure"`
		Version int                    `json:"version"`
		Unit    plumbline.FigureUnit   `json:"unit"`
		Scope   store.FigureScope      `json:"scope"`
		Value   *plumbline.FigureValue `json:"value"`
		By      string                 `json:"by"`
		Groups  []group                `json:"groups"`
	}{t.Definition.Name, t.Definition.Version, t.Definition.Unit, t.Scope, t.All.FigureValue, t.By[0], groups})
}

func writeFigureCSV(w *bytes.Buffer, t *store.FigureTable) error {
	number := func(x *float64) string {
		if x == nil {
			return ""
		}
		return fmt.Sprint(*x)
	}
	c := csv.NewWriter(w)
	_ = c.Write([]string{"figure", "version", "unit", t.By[0], "rule", "value_where_told", "low", "high", "numerator", "denominator", "cases", "told", "unbounded"}) // Error says it
	for _, g := range append(slices.Clone(t.Groups), store.FigureGroup{Keys: []string{"Total"}, Rules: t.All.Rules, FigureValue: t.All.FigureValue}) {
		of := ""
		if g.Denominator != nil {
			of = g.Denominator.Text()
		}
		_ = c.Write([]string{t.Definition.Name, fmt.Sprint(t.Definition.Version), string(t.Definition.Unit), g.Keys[0], strings.Join(g.Rules, " + "),
			number(g.Value), number(g.Low), number(g.High), g.Numerator.Text(), of, fmt.Sprint(g.Cases), fmt.Sprint(g.Told), fmt.Sprint(g.Unbounded)}) // as above
	}
	c.Flush()
	return c.Error()
}

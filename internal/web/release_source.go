package web

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/measure"
	"plumbline/internal/store"
)

// A releaseSource is where a number stands that is to be published: a figure of
// the record, or the result of a run. Its numbers are taken from there when the
// release is made, and none is typed.
type releaseSource struct {
	Title, Address string
	Number, Limits string // as the proposer sees it, unprotected
	Hidden         [][2]string
	People         int // an estimate: how many people, and cases, have to stand behind what is shown
	Cases          int

	refused  bool // it cannot be published
	says     map[string]string
	series   string
	by       []string
	data     []byte // the counts behind a figure, or a result
	values   []figure.Value
	estimate *figure.EstimateSpec
}

// sourceFields are the fields that name a source.
var sourceFields = []string{"figure", "by_period", "country", "unit_of", "kind", "origin", "year", "study", "run"}

// Refused reports whether the number cannot be published as it stands.
func (s *releaseSource) Refused() bool { return s != nil && s.refused }

// Estimate reports whether it is an estimate.
func (s *releaseSource) Estimate() bool { return s != nil && s.estimate != nil }

// paths are the ways in which its people can be protected.
func (s *releaseSource) paths() []string {
	switch {
	case s == nil:
		return []string{figure.Suppression, figure.Perturbation, figure.KSynthetic, figure.DP}
	case s.estimate != nil || s.refused:
		return nil
	}
	// Its people have no names that last, to which noise could belong.
	return []string{figure.Suppression, figure.KSynthetic, figure.DP}
}

// releaseSource finds what a form, or an address, names; nil when it names
// nothing.
func (q *request) releaseSource(typed url.Values) (*releaseSource, error) {
	var s *releaseSource
	var err error
	switch {
	case typed.Get("figure") != "":
		s, err = q.figureSource(typed)
	case typed.Get("run") != "":
		s, err = q.runSource(plumbline.ID(typed.Get("study")), plumbline.ID(typed.Get("run")))
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, name := range sourceFields {
		if v := typed.Get(name); v != "" {
			s.Hidden = append(s.Hidden, [2]string{name, v})
		}
	}
	return s, nil
}

// publishable reports whether a figure is one of counts, which a table can
// protect.
func publishable(d *plumbline.Definition) bool {
	return d.Unit == plumbline.InPeople || d.Unit == plumbline.Percent
}

// figureSource takes a figure of the record with the counts behind it.
func (q *request) figureSource(typed url.Values) (*releaseSource, error) {
	d := plumbline.FindDefinition(typed.Get("figure"))
	if d == nil {
		return nil, plumbline.NotFound("figure")
	}
	if !publishable(d) {
		return nil, plumbline.Invalid("", "problem.release_mean")
	}
	filtered := url.Values{"unit": {typed.Get("unit_of")}}
	for _, name := range []string{"country", "kind", "origin", "year"} {
		filtered.Set(name, typed.Get(name))
	}
	f, err := readFilter(filtered)
	if err != nil {
		return nil, err
	}
	by := cmp.Or(typed.Get("by_period"), "year")
	t, err := q.s.Store.FigureTable(q.Context(), q.actor, d.Name, f, by)
	if err != nil {
		return nil, err
	}
	if t.Scope.MadeUp > 0 && !q.s.Demo {
		return nil, plumbline.Invalid("", "problem.release_made_up")
	}
	if t.All.Cases == 0 {
		return nil, plumbline.Invalid("", "problem.release_empty")
	}
	p := q.page("", "")
	if err := q.name(p, nil); err != nil {
		return nil, err
	}
	s := &releaseSource{Title: p.T("figure." + d.Name), series: d.Name + "-by-" + by, by: []string{by, "answer"}}
	s.Address = "/figures/" + d.Name + "?" + url.Values{"by": {by}}.Encode()
	words := p.figureWords(d.Unit, t.All.FigureValue)
	s.Number, s.Limits = words.Text, words.Told
	rows := t.Counts(false, p.groupLabel)
	if s.data, err = csvOf(append([][]string{{by, "answer", "n"}}, rows...)); err != nil {
		return nil, err
	}
	s.quote(d, rows)
	s.define(p, d, t, typed)
	return s, nil
}

// quote asks for the number of a figure, with its bounds where somebody cannot
// be told apart.
func (s *releaseSource) quote(d *plumbline.Definition, rows [][]string) {
	v := figure.Value{Cell: map[string]string{"answer": store.Counted}}
	if d.Unit == plumbline.Percent {
		v.Of = map[string]string{}
	}
	if slices.ContainsFunc(rows, func(row []string) bool { return row[1] == store.CannotTell && row[2] != "0" }) {
		v.Interval = &figure.Interval{Kind: figure.Bounds, Open: map[string]string{"answer": store.CannotTell}}
	}
	s.values = []figure.Value{v}
}

// define says what a figure counts, in the words of its page.
func (s *releaseSource) define(p *Page, d *plumbline.Definition, t *store.FigureTable, typed url.Values) {
	v := t.All.FigureValue
	s.says = map[string]string{"title": s.Title, "text": s.Title, "numerator": p.T("figure_counts." + d.Name), "unit": map[plumbline.FigureUnit]string{plumbline.InPeople: "people", plumbline.Percent: "percent"}[d.Unit],
		"basis": p.Word(d.Basis), "rule": d.Name + ", " + p.T("figures.version", "Version", d.Version), "source": p.T("propose.source_record")}
	if d.Unit == plumbline.InPeople && v.High == nil {
		s.says["text"] = p.T("propose.least", "What", s.Title)
	}
	if d.Of != "" {
		s.says["denominator"] = p.T("figure_of." + d.Of)
	}
	if len(t.All.Rules) > 0 {
		s.says["rule"] += "; " + strings.Join(t.All.Rules, "; ")
	}
	s.says["period"] = p.T("propose.until", "Day", p.Day(p.Now))
	if year := typed.Get("year"); year != "" {
		s.says["period"] = year
	} else if t.By[0] == "year" {
		var years []string
		for _, g := range t.Groups {
			if g.Keys[0] != "" {
				years = append(years, g.Keys[0])
			}
		}
		if len(years) > 0 {
			s.says["period"] = years[0]
			if last := years[len(years)-1]; last != years[0] {
				s.says["period"] = p.T("date.range", "From", years[0], "Until", last)
			}
		}
	}
	population := []string{p.T("propose.population_record", "N", t.Scope.Operations)}
	for _, name := range []string{"country"} {
		if v := typed.Get(name); v != "" {
			population = append(population, v)
		}
	}
	if k := typed.Get("kind"); k != "" {
		population = append(population, p.Word(plumbline.OperationKind(k)))
	}
	if u := typed.Get("unit_of"); u != "" {
		population = append(population, p.Named(plumbline.ID(u)))
	}
	if o := typed.Get("origin"); o != "" {
		population = append(population, p.T("origin."+o))
	}
	s.says["population"] = strings.Join(population, p.T("list.semicolon"))
	var left []string
	if d.OfOperations() {
		for _, x := range append(slices.Clone(d.Excludes), "series", "public") {
			if x != "public" || typed.Get("origin") != "public_record" {
				left = append(left, p.T("figure_excludes."+x))
			}
		}
	}
	s.says["exclusions"] = strings.Join(left, "\n")
}

// runSource takes the result of a run with what its study says.
func (q *request) runSource(study, run plumbline.ID) (*releaseSource, error) {
	r, err := q.s.Store.Run(q.Context(), q.actor, study, run)
	if err != nil {
		return nil, err
	}
	a := r.Run.Answer
	if a == nil || a.State != plumbline.RunDone || a.Refused {
		return nil, plumbline.Invalid("", "problem.release_no_result")
	}
	it := &r.StudyRecord.Study
	if it.Origin == "fictional" && !q.s.Demo {
		return nil, plumbline.Invalid("", "problem.release_made_up")
	}
	result, err := q.s.Store.RunResult(q.Context(), q.actor, study, run)
	if err != nil {
		return nil, err
	}
	p := q.page("", "")
	s := &releaseSource{Title: it.Title, Address: runAddress(study, run), series: "study-" + strings.ToLower(string(study)), data: result, Number: p.Shown(a), Limits: a.Limits}
	if s.estimate, err = figure.ReadEstimates(result); err != nil {
		return nil, err
	}
	e := s.estimate
	s.People, s.Cases = e.People, e.Cases
	question := measure.Question{Verb: r.Run.Verb, Options: r.Run.Options}
	names := []string{"data.csv", "data-2.csv"}
	e.Question = question.Command(names[:min(len(names), len(r.Run.Data))]...)
	if by := question.Values("by"); len(by) == 1 && by[0] != "" && e.By[0] == "group" {
		e.By = append([]string{by[0]}, e.By[1:]...)
	}
	if len(e.Rows) == 1 {
		s.values = []figure.Value{{Cell: map[string]string{}}}
	}
	s.says = map[string]string{"title": it.Title, "text": oneLine(string(it.Definition)), "numerator": oneLine(cmp.Or(a.Definition, string(it.Definition))), "unit": e.Unit, "period": p.Period(it),
		"basis": p.T("propose.basis_answers"), "population": oneLine(string(it.Population) + ", " + it.Place), "rule": p.T("propose.rule_study", "Version", strconv.FormatInt(r.Revisions[it.ID].Version, 10)),
		"exclusions": oneLine(string(it.LeftOut)), "source": p.studySource(it)}
	if e.Unit == "percent" {
		s.says["denominator"] = oneLine(string(it.Population))
	}
	return s, nil
}

// studySource says whose work a study is.
func (p *Page) studySource(s *plumbline.Study) string {
	parts := []string{s.Title}
	if s.DoneBy != "" {
		parts = append(parts, p.T("propose.done_by", "Who", s.DoneBy))
	}
	if s.PaidBy != "" {
		parts = append(parts, p.T("propose.paid_by", "Who", s.PaidBy))
	}
	return strings.Join(parts, p.T("list.semicolon"))
}

func csvOf(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	err := csv.NewWriter(&b).WriteAll(rows)
	return b.Bytes(), err
}

// maxOneEach bounds the records that counts are written out as.
const maxOneEach = 500_000

// oneEach writes a table of counts, whose last column they are, as a record for
// each one counted.
func oneEach(data []byte) ([]byte, error) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	last := len(rows[0]) - 1
	out := [][]string{rows[0][:last]}
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[last])
		if err != nil || len(out)+n > maxOneEach {
			return nil, plumbline.Invalid("path", "problem.too_many", "Want", maxOneEach)
		}
		for range n {
			out = append(out, row[:last])
		}
	}
	return csvOf(out)
}

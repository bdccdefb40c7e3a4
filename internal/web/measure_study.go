package web

import (
	"errors"
	"slices"

	"plumbline"
	"plumbline/internal/measure"
	"plumbline/internal/store"
)

// A studyForm is a question set of our own: the columns that its file has, and
// the question that they answer.
type studyForm struct {
	columns  []string
	question measure.Question
}

// The words of a form are in the catalogue, under "study_form_text.".
var studyForms = map[plumbline.StudyForm]studyForm{
	"trust_police": {[]string{"wave", "site_code", "contact", "would_report", "fair", "afraid"},
		measure.Ask("change", [2]string{"wave", "wave"}, [2]string{"from", "before"}, [2]string{"to", "after"}, [2]string{"y", "fair==yes"}, [2]string{"cluster", "site_code"})},
	"lost_work": {[]string{"site_code", "lost", "weeks", "help"},
		measure.Ask("survey", [2]string{"y", "lost==yes"}, [2]string{"stat", "proportion"}, [2]string{"cluster", "site_code"})},
}

// fillStudy writes the words of a form into a new study, in the language of who
// begins it.
func (q *request) fillStudy(s *plumbline.Study) {
	if studyForms[s.Form].columns == nil {
		s.Form = ""
		return
	}
	form := string(s.Form)
	s.Definition, s.Population = plumbline.Text(q.lang.T("study_form_text."+form+".definition")), plumbline.Text(q.lang.T("study_form_text."+form+".population"))
	s.Frame, s.Instrument = plumbline.Text(q.lang.T("study_form_text."+form+".frame")), plumbline.Text(q.lang.T("study_form_text."+form+".instrument"))
	s.Duty, s.Ages = plumbline.Text(q.lang.T("study_form_text.duty")), "not_asked"
}

// asksForm returns the question of a study's form when a file has the columns
// that it needs.
func asksForm(s *plumbline.Study, columns []string) (measure.Question, bool) {
	form := studyForms[s.Form]
	if form.columns == nil || slices.ContainsFunc(form.columns, func(c string) bool { return !slices.Contains(columns, c) }) {
		return measure.Question{}, false
	}
	return form.question, true
}

// behindStudy are the fields that say who stands behind a study.
var behindStudy = []string{"commissioned_by", "paid_by", "done_by", "hosted_by", "kept_by", "may_publish", "data_access", "ties_told"}

// tellStudy fills in who stands behind a study, who took part and whom surveyors
// referred.
func (q *request) tellStudy(p *studyPage, s *store.Study) error {
	told := map[string]string{}
	for _, f := range p.facts(string(plumbline.KindStudy), p.Study) {
		told[f.Name] = f.Value
	}
	for _, field := range behindStudy {
		f := fact{Name: p.Field("study", field), Value: told[p.Field("study", field)]}
		if f.Value == "" {
			f.Value = p.T("measure.not_told")
		}
		p.Behind = append(p.Behind, f)
	}
	if it := p.Study; it.Asked.Known() || it.Refused.Known() {
		p.Facts = append(p.Facts, fact{p.T("measure.refusals"), p.refusals(it)})
	}
	may := p.Can[string(plumbline.KeepStudies)]
	for _, g := range s.Groups {
		p.Groups, p.Numbers = append(p.Groups, p.entryRow(plumbline.KindStudyGroup, g, may)), append(p.Numbers, g.Number)
	}
	p.Size, p.SentSum = s.Size(), s.Referred()
	for _, x := range s.Referrals {
		p.Sent = append(p.Sent, p.entryRow(plumbline.KindSurveyReferral, x, may))
	}
	var err error
	if p.Moved, err = q.moved(p.Page, s.StudyRecord, may); err != nil {
		return err
	}
	p.Columns = studyForms[p.Study.Form].columns
	return nil
}

// refusals says how many of those asked would not take part.
func (p *Page) refusals(s *plumbline.Study) string {
	text := p.T("figures.of_many", "Num", p.Count(s.Refused), "Of", p.Count(s.Asked))
	n, ok1 := s.Refused.Exact()
	of, ok2 := s.Asked.Exact()
	if ok1 && ok2 && of > 0 {
		text += " (" + p.T("figures.percent", "Value", p.Decimal(100*float64(n)/float64(of))) + ")"
	}
	return text
}

// A signRow is one sign of people who moved elsewhere, with what was found.
type signRow struct {
	plumbline.SignLooked
	Rows []entryRow
}

// moved returns what a study found of each sign, with the names of the areas
// where it looked.
func (q *request) moved(p *Page, r *plumbline.StudyRecord, may bool) (rows []signRow, err error) {
	if slices.ContainsFunc(r.Elsewhere, func(e *plumbline.Elsewhere) bool { return e.Area != "" }) {
		areas, err := q.s.Store.SharedOf(q.Context(), q.actor, plumbline.KindArea)
		if err != nil && !errors.Is(err, plumbline.ErrForbidden) {
			return nil, err
		}
		for _, a := range areas {
			p.names[a.Shared.(*plumbline.AreaRecord).Area.ID] = a.Name()
		}
	}
	for _, sign := range r.Moved() {
		row := signRow{SignLooked: sign}
		for _, look := range sign.Looks {
			row.Rows = append(row.Rows, p.entryRow(plumbline.KindElsewhere, look, may))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

package web

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"plumbline"
	"plumbline/estimate"
	"plumbline/internal/measure"
	"plumbline/internal/store"
)

// An askPage is the form of a question, made from the options of its verb.
type askPage struct {
	*Page
	Study      *plumbline.Study
	Address    string // of the study
	File       studyFile
	Verbs      []verbChoice
	Verb       string
	Main       []askControl
	More       []askControl
	Columns    []string
	OtherFiles []*plumbline.StudyData // the study's other files, newest first
	ID         plumbline.ID
	Wrong      []askError
}

type verbChoice struct {
	Name, Address string
	On            bool
	Guessed       bool
	Why, WhyRaw   string
}

// An askControl is one option on the form. Usage is the engine's, in English.
type askControl struct {
	measure.Option
	Label string // in the page's language; empty where only the engine names it
	Field string // its name in the form
	Value string
	Input string // check, select, file, column, text, lines
	Error string // in English
	Hint  string // in the page's language, in place of Usage
	Why   string // why it was guessed: a code
}

// An askError is what the engine has against a question, in English.
type askError struct{ Field, Text string }

// mainOptions are those that a form shows at once, by verb. The others are
// there too, folded.
var mainOptions = map[string][]string{
	"capture":    {"lists", "count", "method", "bootstrap", "sensitivity"},
	"survey":     {"y", "stat", "where", "by", "against", "weights", "strata", "cluster", "fpc"},
	"change":     {"wave", "from", "to", "y", "stat", "weights", "strata", "cluster"},
	"series":     {"y", "time", "event", "control", "slope", "family", "offset", "harmonics"},
	"survival":   {"time", "event", "event-value", "by", "competing"},
	"respondent": {"id", "recruiter", "degree", "y", "stat", "population"},
}

// optionLabels are the options that the catalogue names, some for one verb.
var optionLabels = []string{"lists", "count", "method", "bootstrap", "sensitivity", "y", "stat", "where", "by", "against", "weights", "strata", "cluster", "fpc", "wave", "from", "to",
	"time", "event", "control", "slope", "family", "offset", "harmonics", "event-value", "competing", "id", "recruiter", "degree", "population", "seed", "level", "definition", "among", "interval",
	"survival.event", "survival.time", "respondent.y"}

// second is the field of the other file that a question is asked of.
const second = "second"

// fieldOf is the name of an option's field in the form.
func fieldOf(option string) string { return "o." + option }

// askForm shows the form of a question about a file, filled with what the
// file's columns seem to be made for, or with an earlier question.
func (s *Server) askForm(q *request) error {
	study, d, t, err := q.asked(q.FormValue("data"), q.FormValue("run"))
	if err != nil {
		return err
	}
	guesses, err := measure.Guesses(t)
	if err != nil {
		return err
	}
	if question, ok := asksForm(&study.StudyRecord.Study, d.Columns); ok {
		guesses = slices.DeleteFunc(guesses, func(g measure.Guess) bool { return g.Question.Verb == question.Verb })
		guesses = slices.Insert(guesses, 0, measure.Guess{Question: question, Why: measure.Reason{Code: "form"}})
	}
	verb, options := q.FormValue("verb"), []string(nil)
	if run := study.Run(plumbline.ID(q.FormValue("run"))); run != nil && (verb == "" || verb == run.Verb) {
		verb, options = run.Verb, run.Options
	}
	if verb == "" && len(guesses) > 0 {
		verb = guesses[0].Question.Verb
	}
	if verb == "" {
		verb = "survey"
	}
	typed := url.Values{}
	if options != nil {
		typed = typedOf(measure.Question{Verb: verb, Options: options})
		typeFiles(study, study.Run(plumbline.ID(q.FormValue("run"))), typed)
	} else {
		for _, g := range guesses {
			if g.Question.Verb == verb {
				typed = typedOf(g.Question)
			}
		}
		typed.Set(fieldOf("definition"), oneLine(string(study.StudyRecord.Study.Definition)))
		typed.Set(fieldOf("among"), oneLine(string(study.StudyRecord.Study.Population)+", "+study.StudyRecord.Study.Place))
	}
	p, err := q.askPage(study, d, verb, typed, nil)
	if err != nil {
		return err
	}
	p.guessed(guesses)
	return q.render("measure_ask.html", p)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// typedOf are the fields of a form that hold a question.
func typedOf(q measure.Question) url.Values {
	typed := url.Values{}
	for _, o := range q.Options {
		name, _, _ := strings.Cut(strings.TrimPrefix(o, "--"), "=")
		typed[fieldOf(name)] = q.Values(name)
	}
	return typed
}

// typeFiles puts the ids of files where a run's question has their names.
func typeFiles(study *store.Study, run *plumbline.StudyRun, typed url.Values) {
	v, _ := measure.VerbNamed(run.Verb)
	asked := 0 // files that the question is asked of
	for i, name := range study.FileNames(run.Data) {
		named := false
		for _, o := range v.Options {
			if o.Value == measure.File && typed.Get(fieldOf(o.Name)) == name {
				typed.Set(fieldOf(o.Name), string(run.Data[i]))
				named = true
			}
		}
		if !named {
			if asked++; asked == 2 {
				typed.Set(second, string(run.Data[i]))
			}
		}
	}
}

// filesOf returns the files of a question: the one its page is about, the
// second, and those that options name, whose names take the place of their ids
// in what was typed.
func filesOf(v measure.Verb, study *store.Study, first plumbline.ID, typed url.Values) (data []plumbline.ID, named url.Values, asked int, err error) {
	data, asked, named = []plumbline.ID{first}, 1, maps.Clone(typed)
	if id := typed.Get(second); id != "" && v.Most > 1 {
		data, asked = append(data, plumbline.ID(id)), 2
	}
	var fields []string
	for _, o := range v.Options {
		if id := typed.Get(fieldOf(o.Name)); o.Value == measure.File && id != "" {
			data, fields = append(data, plumbline.ID(id)), append(fields, fieldOf(o.Name))
		}
	}
	names := study.FileNames(data)
	for i, name := range names {
		if name == "" {
			return nil, nil, 0, plumbline.Invalid("data", "problem.no_such", "What", plumbline.KindStudyData, "Got", data[i])
		}
	}
	for i, field := range fields {
		named.Set(field, names[asked+i])
	}
	return data, named, asked, nil
}

// asked returns the study of the address, and the file that a question is
// about: the one named, that of an earlier run, or the newest.
func (q *request) asked(data, run string) (*store.Study, *plumbline.StudyData, *estimate.Table, error) {
	study, err := q.s.Store.Study(q.Context(), q.actor, plumbline.ID(q.PathValue("study")))
	if err != nil {
		return nil, nil, nil, err
	}
	if r := study.Run(plumbline.ID(run)); r != nil && data == "" {
		data = string(r.Data[0])
	}
	if data == "" && len(study.Data) > 0 {
		data = string(study.Data[len(study.Data)-1].ID)
	}
	d, body, err := q.s.Store.Data(q.Context(), q.actor, study.StudyRecord.Study.ID, plumbline.ID(data))
	if err != nil {
		return nil, nil, nil, err
	}
	t, err := store.ReadStudyTable(d.Name, body)
	return study, d, t, err
}

func (q *request) askPage(study *store.Study, d *plumbline.StudyData, verb string, typed url.Values, refusal *measure.Refusal) (*askPage, error) {
	v, ok := measure.VerbNamed(verb)
	if !ok {
		return nil, plumbline.NotFound("page")
	}
	p := &askPage{Page: q.page("measure", "measure.ask_title"), Study: &study.StudyRecord.Study, File: studyFile{d, study.Revisions[d.ID]}, Verb: verb, Columns: d.Columns, ID: newID()}
	p.Origin, p.Address = fictional(p.Study.Origin), "/measure/"+string(p.Study.ID)
	if id := plumbline.ID(typed.Get("id")); plumbline.ValidID(id) {
		p.ID = id
	}
	for _, x := range measure.Verbs() {
		p.Verbs = append(p.Verbs, verbChoice{Name: x.Name, Address: p.Address + "/ask?data=" + url.QueryEscape(string(d.ID)) + "&verb=" + x.Name, On: x.Name == verb})
	}
	if refusal != nil {
		e := askError{Text: (&measure.Refusal{Wrong: refusal.Wrong, Want: refusal.Want}).Error()}
		if refusal.Option != "" {
			e.Field = fieldOf(refusal.Option)
		}
		p.Wrong = append(p.Wrong, e)
	}
	for _, other := range slices.Backward(study.Data) {
		if other.ID != d.ID {
			p.OtherFiles = append(p.OtherFiles, other)
		}
	}
	if v.Most > 1 && len(p.OtherFiles) > 0 {
		p.Main = append(p.Main, askControl{Option: measure.Option{Name: second}, Label: p.T("measure.second"), Hint: p.T("measure.second_hint"), Field: second, Value: typed.Get(second), Input: measure.File})
	}
	for _, name := range mainOptions[verb] {
		if o, ok := v.Option(name); ok {
			p.Main = append(p.Main, p.askControl(verb, o, typed))
		}
	}
	for _, o := range v.Options {
		if o.Value == measure.File && len(p.OtherFiles) == 0 {
			continue // a page offers the study's files alone
		}
		if !slices.Contains(mainOptions[verb], o.Name) {
			p.More = append(p.More, p.askControl(verb, o, typed))
		}
	}
	return p, nil
}

func (p *askPage) askControl(verb string, o measure.Option, typed url.Values) askControl {
	c := askControl{Option: o, Field: fieldOf(o.Name), Value: strings.Join(typed[fieldOf(o.Name)], ",")}
	if name := p.OptionName(verb, o.Name); name != o.Name {
		c.Label = name
	}
	switch {
	case o.Kind == measure.Given:
		c.Input = "check"
	case o.Again:
		c.Input, c.Value = "lines", strings.Join(typed[fieldOf(o.Name)], "\n")
	case len(o.Choices) > 0:
		c.Input = "select"
	case o.Value == measure.File:
		c.Input = measure.File
	case o.Value == "column":
		c.Input = "column"
	default:
		c.Input = "text"
	}
	for _, e := range p.Wrong {
		if e.Field == c.Field {
			c.Error = e.Text
		}
	}
	return c
}

// guessed says beside verbs and fields why they were chosen.
func (p *askPage) guessed(guesses []measure.Guess) {
	for _, g := range guesses {
		for i := range p.Verbs {
			if p.Verbs[i].Name == g.Question.Verb {
				p.Verbs[i].Guessed, p.Verbs[i].Why, p.Verbs[i].WhyRaw = true, g.Why.Code, g.Why.Text
			}
		}
		if g.Question.Verb != p.Verb {
			continue
		}
		for _, r := range g.Roles {
			for i := range p.Main {
				if p.Main[i].Name == r.Option && p.Main[i].Why == "" && slices.Contains(g.Question.Values(r.Option), p.Main[i].Value) {
					p.Main[i].Why = r.Why.Code
				}
			}
		}
	}
}

// WhyGuessed says why a column or a question was guessed.
func (p *Page) WhyGuessed(code, english string) string {
	if slices.Contains(guessCodes, code) {
		return p.T("measure.why." + code)
	}
	return english
}

// readQuestion makes a question of what was typed.
func readQuestion(v measure.Verb, typed url.Values) measure.Question {
	var pairs [][2]string
	for _, o := range v.Options {
		for _, value := range typed[fieldOf(o.Name)] {
			lines := []string{oneLine(value)}
			if o.Again {
				lines = strings.Split(value, "\n")
			}
			for _, line := range lines {
				if line = strings.TrimSpace(line); line != o.Default {
					pairs = append(pairs, [2]string{o.Name, line})
				}
			}
		}
	}
	return measure.Ask(v.Name, pairs...)
}

// ask asks a question of a study's data: it goes into the queue, and its page
// shows how far it is.
func (s *Server) ask(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	study, d, _, err := q.asked(typed.Get("data"), "")
	if err != nil {
		return err
	}
	v, ok := measure.VerbNamed(typed.Get("verb"))
	if !ok {
		return plumbline.NotFound("page")
	}
	data, named, asked, err := filesOf(v, study, d.ID, typed)
	if err != nil {
		return err
	}
	question := readQuestion(v, named)
	if err := question.Check(asked); err != nil {
		refusal, ok := errors.AsType[*measure.Refusal](err)
		if !ok {
			refusal = &measure.Refusal{Wrong: err.Error()}
		}
		p, err := q.askPage(study, d, v.Name, typed, refusal)
		if err != nil {
			return err
		}
		return q.renderStatus(http.StatusUnprocessableEntity, "measure_ask.html", p)
	}
	run := plumbline.StudyRun{Head: plumbline.Head{ID: plumbline.ID(typed.Get("id"))}, Verb: v.Name, Options: question.Options, Data: data}
	if err := s.Store.AskStudy(q.Context(), q.actor, study.StudyRecord.Study.ID, run); err != nil {
		return err
	}
	return q.done(runAddress(study.StudyRecord.Study.ID, run.ID), "")
}

package web

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/internal/store"
)

type measurePage struct {
	*Page
	Studies  []studyRow
	MayBegin bool
	Forms    []option // to begin from
}

// A studyRow is a study in the list, with what was found last.
type studyRow struct {
	*store.StudySummary
	Working []working
}

// working is a run that has not ended, with how far it is.
type working struct {
	*store.Job
	Address string
}

// Percent returns how far the work is, and −1 when that is not known.
func (w working) Percent() int {
	if w.Job == nil || w.Total <= 0 {
		return -1
	}
	return min(100, w.Done*100/w.Total)
}

func runAddress(study, run plumbline.ID) string {
	return "/measure/" + string(study) + "/runs/" + string(run)
}

// measureList shows the studies, those first in which something happened last.
func (s *Server) measureList(q *request) error {
	list, err := s.Store.Studies(q.Context(), q.actor)
	if err != nil {
		return err
	}
	p := measurePage{Page: q.page("measure", "measure.title"), MayBegin: plumbline.May(q.actor, plumbline.KeepStudies, plumbline.TookPart) && q.actor.Organisation != ""}
	for _, form := range plumbline.StudyForm("").Values()[1:] {
		p.Forms = append(p.Forms, option{Value: form, Label: p.Word(plumbline.StudyForm(form))})
	}
	for _, x := range list {
		row := studyRow{StudySummary: x}
		for _, j := range x.Jobs {
			row.Working = append(row.Working, working{j, runAddress(x.ID, j.ID)})
		}
		p.Studies = append(p.Studies, row)
	}
	return q.render("measure.html", p)
}

// measureNew opens the form of a study under an id of its own, empty or with one
// of our question sets.
func (s *Server) measureNew(q *request) error {
	if err := plumbline.Allow(q.actor, plumbline.KeepStudies, q.actor.BondToStudy(&plumbline.Study{Organisation: q.actor.Organisation})); err != nil {
		return err
	}
	address := "/measure/" + string(newID()) + "/entries/study/new"
	if form := plumbline.StudyForm(q.FormValue("form")); studyForms[form].columns != nil {
		address += "?form=" + string(form)
	}
	return q.done(address, "")
}

// inStudy fills in where an entry of a study stands: the study itself, its groups
// and its referrals are written with a form. Data and runs have pages of their
// own.
func (q *request) inStudy(set *setting, isNew bool) error {
	if set.kind == plumbline.KindStudyData || set.kind == plumbline.KindStudyRun {
		return plumbline.NotFound("page")
	}
	s, err := q.s.Store.Study(q.Context(), q.actor, set.subject.ID)
	was := &plumbline.Study{}
	switch {
	case isNew && errors.Is(err, plumbline.ErrNotFound):
		s, was = &store.Study{StudyRecord: &plumbline.StudyRecord{}}, nil
		set.title, set.back, set.done = q.lang.T("measure.title"), "/measure", "/measure/"+string(set.subject.ID)
	case err != nil:
		return err
	default:
		*was = s.StudyRecord.Study
		set.title, set.back, set.origin = was.Title, "/measure/"+string(was.ID), fictional(was.Origin)
	}
	set.version, set.find = s.Version, s.Find
	set.others = s.Entries
	set.may = func(e plumbline.Entry) error {
		written, ok := e.(*plumbline.Study)
		if !ok {
			return plumbline.AllowToldOfStudy(q.actor, was, e)
		}
		after := *written
		if was == nil {
			after.Organisation = q.actor.Organisation
		}
		return plumbline.AllowStudy(q.actor, was, &after)
	}
	return nil
}

type studyPage struct {
	*Page
	Study   *plumbline.Study
	Version int64
	Facts   []fact // what the study says of itself beside its definition
	Behind  []fact // who stands behind it; what is not told is said
	Fixing  plumbline.Fixing
	Groups  []entryRow
	Numbers []plumbline.Count // of the groups
	Size    plumbline.Count
	Sent    []entryRow // referrals by surveyors
	SentSum plumbline.Count
	Columns []string // that its form expects
	Files   []studyFile
	Runs    []studyRun
	Rounds  int // runs with a number, which can be compared
	Moved   []signRow
	Can     map[string]bool
}

// A studyFile is a file of a study, with when it came.
type studyFile struct {
	*plumbline.StudyData
	store.Revision
}

// RowCount returns how many rows the file has.
func (f studyFile) RowCount() int { return int(f.StudyData.Rows) }

// Size returns how large the file is, as people say it.
func (f studyFile) Size() string {
	switch n := f.Bytes; {
	case n < 10_000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 10_000_000:
		return strconv.FormatInt(n/1000, 10) + " kB"
	default:
		return strconv.FormatInt(n/1_000_000, 10) + " MB"
	}
}

// A studyRun is a run with its question in words.
type studyRun struct {
	*plumbline.StudyRun
	store.Revision
	Address  string
	State    plumbline.RunState
	Working  *working
	Question string // the options as typed
	Files    string
}

// studyShow shows a study: what it measures first, then what was found, then
// its data.
func (s *Server) studyShow(q *request) error {
	study, err := s.Store.Study(q.Context(), q.actor, plumbline.ID(q.PathValue("study")))
	if err != nil {
		return err
	}
	p, err := q.studyPage(study)
	if err != nil {
		return err
	}
	if p.Fixing, err = s.Store.Fixing(q.Context(), q.actor, study.StudyRecord.Study.ID); err != nil {
		return err
	}
	return q.render("measure_study.html", p)
}

func (q *request) studyPage(s *store.Study) (*studyPage, error) {
	it := &s.StudyRecord.Study
	p := &studyPage{Page: q.page("measure", ""), Study: it, Version: s.Revisions[it.ID].Version, Can: map[string]bool{}}
	p.Title, p.Origin = it.Title, fictional(it.Origin)
	for deed, may := range s.May {
		p.Can[string(deed)] = may
	}
	if err := q.name(p.Page, nil); err != nil {
		return nil, err
	}
	for _, f := range p.facts(string(plumbline.KindStudy), it) {
		if !slices.ContainsFunc(append([]string{"title", "definition", "origin", "from", "until", "asked", "refused"}, behindStudy...), func(name string) bool { return p.Field("study", name) == f.Name }) {
			p.Facts = append(p.Facts, f)
		}
	}
	if when := p.Period(it); when != "" {
		p.Facts = slices.Insert(p.Facts, min(3, len(p.Facts)), fact{p.T("measure.when"), when})
	}
	if err := q.tellStudy(p, s); err != nil {
		return nil, err
	}
	for _, d := range slices.Backward(s.Data) {
		p.Files = append(p.Files, studyFile{d, s.Revisions[d.ID]})
	}
	for _, run := range slices.Backward(s.Runs) {
		p.Runs = append(p.Runs, p.run(s, run))
		if run.Answer != nil && run.Answer.Estimate != nil {
			p.Rounds++
		}
	}
	return p, nil
}

// fictional keeps the notice at the top of a page for what is made up. A study
// of published data is not the public record.
func fictional(o plumbline.Origin) plumbline.Origin {
	if o == "fictional" {
		return o
	}
	return ""
}

func (p *Page) run(s *store.Study, run *plumbline.StudyRun) studyRun {
	r := studyRun{StudyRun: run, Revision: s.Revisions[run.ID], Address: runAddress(s.StudyRecord.Study.ID, run.ID), State: plumbline.RunWaiting, Question: asTyped(run)}
	if j := s.Jobs[run.ID]; j != nil {
		r.State, r.Working = j.State, &working{j, r.Address}
	}
	if run.Answer != nil {
		r.State = run.Answer.State
	}
	var names []string
	for _, id := range run.Data {
		if d := s.File(id); d != nil {
			names = append(names, d.Name)
		}
	}
	r.Files = strings.Join(names, p.T("list.comma"))
	return r
}

// asTyped writes the options of a run's question without those that repeat
// what the study says.
func asTyped(run *plumbline.StudyRun) string {
	var words []string
	for _, o := range run.Options {
		name, value, _ := strings.Cut(strings.TrimPrefix(o, "--"), "=")
		if !slices.Contains(wordy, name) && value != "" {
			words = append(words, name+" "+value)
		} else if value == "" {
			words = append(words, name)
		}
	}
	return strings.Join(words, " · ")
}

// wordy are the options that hold sentences.
var wordy = []string{"definition", "among", "from-definition", "to-definition", "from-age-method", "to-age-method", "from-places", "to-places"}

// Figure writes a number of an estimate with about three figures.
func (p *Page) Figure(v *float64) string {
	switch {
	case v == nil:
		return "–"
	case math.Abs(*v) >= 1e15:
		return strconv.FormatFloat(*v, 'g', 3, 64)
	case math.Abs(*v) >= 100:
		return p.Number(int(math.Round(*v)))
	}
	return strconv.FormatFloat(*v, 'g', 3, 64)
}

// Ours translates a word of the engine, such as the head of a table, and gives
// it back as it is when the catalogue has none: a test forbids that for every
// verb. What is a column's name stays what it is.
func (p *Page) Ours(word string) string {
	if i := slices.Index(engineWords, word); i >= 0 {
		return p.T("measure.word." + slug(word))
	}
	return word
}

// Knows reports whether a word of the engine needs no mark as English: one that
// Ours translates, or a symbol.
func (p *Page) Knows(word string) bool {
	return slices.Contains(engineWords, word) || slices.Contains(symbols, word)
}

// Holds says what a column seems to hold that was not taken in.
func (p *Page) Holds(holding string) string {
	if slices.Contains(holdings, holding) {
		return p.T("measure.holds." + slug(holding))
	}
	return holding
}

// slug makes a key of a word: "smallest visible fall" gives
// "smallest_visible_fall".
func slug(word string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, word), "_")
}

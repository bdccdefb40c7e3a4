package web

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/estimate"
	"plumbline/internal/measure"
	"plumbline/internal/store"
)

// maxStudyUpload bounds what the form of a study's file takes, in bytes: a
// file, and what a form puts around it.
const maxStudyUpload = store.MaxStudyFile + 64<<10

// takesStudyFile reports whether an address takes a file of a study.
func takesStudyFile(path string) bool {
	return strings.HasPrefix(path, "/measure/") && strings.HasSuffix(path, "/data")
}

// A dataPage shows a file before it is kept, or a file that is kept.
type dataPage struct {
	*Page
	Study    *plumbline.Study
	Address  string // of the study
	File     *studyFile
	Name     string
	Rows     int
	Columns  []columnRow
	First    [][]string // the first rows, by row
	Left     []leftColumn
	Guess    *guessRow // the question that the file seems to be made for; nil when none
	Digest   string    // of the file that waits to be kept
	ID       plumbline.ID
	MayAsk   bool
	MayKeep  bool
	Problems []string
	English  bool // the problems are the engine's
}

// A columnRow is a column with what it is taken for.
type columnRow struct {
	Name   string
	Role   string // an option of the verb, as its form calls it; empty for none
	Why    string // a code
	WhyRaw string // the same in English
}

// A leftColumn is a column that was not taken in, and what it seems to hold.
type leftColumn struct{ Name, Holds string }

type guessRow struct {
	Verb, Why, WhyRaw string
}

// dataSend reads a file, leaves out at once what seems to name or find people,
// and shows what would be kept. Nothing of the columns left out is stored.
func (s *Server) dataSend(q *request) error {
	study, err := q.keptStudy()
	if err != nil {
		return err
	}
	name, body, err := q.uploadOf(store.MaxStudyFile)
	var p *dataPage
	if err == nil {
		p, err = q.sent(study, name, body)
	}
	if problems := plumbline.ProblemsOf(err); len(problems) > 0 && errors.Is(err, plumbline.ErrInvalid) {
		p = q.dataPage(study)
		p.Title, p.Name, p.English = p.T("measure.bring"), name, problems[0].Key == "problem.bad_table"
		p.Problems = []string{p.Problem(problems[0])}
		return q.renderStatus(http.StatusUnprocessableEntity, "measure_data.html", p)
	}
	if err != nil {
		return err
	}
	return q.render("measure_data.html", p)
}

// keptStudy returns the study of the address, which the actor must keep.
func (q *request) keptStudy() (*store.Study, error) {
	study, err := q.s.Store.Study(q.Context(), q.actor, plumbline.ID(q.PathValue("study")))
	if err == nil && !study.Can(string(plumbline.KeepStudies)) {
		err = plumbline.Forbidden(plumbline.KeepStudies)
	}
	return study, err
}

func (q *request) dataPage(study *store.Study) *dataPage {
	p := &dataPage{Page: q.page("measure", ""), Study: &study.StudyRecord.Study, ID: newID(),
		MayAsk: study.Can(string(plumbline.SeeRows)), MayKeep: study.Can(string(plumbline.KeepStudies))}
	p.Origin, p.Address = fictional(p.Study.Origin), "/measure/"+string(p.Study.ID)
	return p
}

// sent makes the page of a file that was sent, and keeps what may be kept of
// it until its sender has said yes.
func (q *request) sent(study *store.Study, name string, body []byte) (*dataPage, error) {
	if err := sniffTable(body); err != nil {
		return nil, err
	}
	if len(body) > store.MaxStudyFile {
		return nil, plumbline.Invalid("", "problem.too_large", "Want", "64 MB")
	}
	t, err := store.ReadStudyTable("", body)
	if err != nil {
		return nil, err
	}
	found, err := measure.Identifying(t)
	if err != nil {
		return nil, err
	}
	p := q.dataPage(study)
	var left []string
	for _, f := range found {
		left = append(left, f.Column)
		p.Left = append(p.Left, leftColumn{f.Column, string(f.Holds)})
	}
	if body, t, err = without(t, body, left); err != nil {
		return nil, err
	}
	p.Title, p.Name = p.T("measure.look_at", "File", name), name
	if p.Digest, err = q.s.Store.SendData(q.Context(), q.actor, p.Study.ID, name, body); err != nil {
		return nil, err
	}
	return p, p.show(t)
}

// sniffTable refuses by its first bytes what is no table of text, whatever it
// is called: a workbook, a packed file, a picture, a page.
func sniffTable(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return plumbline.Invalid("", "problem.empty_file")
	}
	head := body[:min(len(body), 4096)]
	kind := http.DetectContentType(head)
	if bytes.HasPrefix(head, []byte("PK")) || bytes.IndexByte(head, 0) >= 0 || !strings.HasPrefix(kind, "text/plain") {
		return plumbline.Invalid("", "problem.not_csv", "Got", strings.TrimSuffix(kind, "; charset=utf-8"))
	}
	return nil
}

// without returns a table without some columns: as it came when there are none
// to leave out, else written anew.
func without(t *estimate.Table, body []byte, left []string) ([]byte, *estimate.Table, error) {
	if len(left) == 0 {
		return body, t, nil
	}
	var kept []string
	var columns [][]string
	for _, name := range t.Header() {
		if slices.Contains(left, name) {
			continue
		}
		values, err := t.Text(name)
		if err != nil {
			return nil, nil, err
		}
		kept, columns = append(kept, name), append(columns, values)
	}
	if len(kept) == 0 {
		return nil, nil, plumbline.Invalid("", "problem.no_column")
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	row := make([]string, len(kept))
	_ = w.Write(kept) // into memory
	for i := range t.Rows() {
		for j := range columns {
			row[j] = columns[j][i]
		}
		if len(row) == 1 && row[0] == "" {
			row[0] = "NA" // an empty line would be no row
		}
		_ = w.Write(row)
	}
	w.Flush()
	t, err := store.ReadStudyTable("", out.Bytes())
	return out.Bytes(), t, err
}

// shownRows are how many rows of a file are shown.
const shownRows = 6

// show fills in the first rows of a table, and what its columns are taken for.
func (p *dataPage) show(t *estimate.Table) error {
	p.Rows = t.Rows()
	guesses, err := measure.Guesses(t)
	if err != nil {
		return err
	}
	roles := map[string]measure.Role{}
	if len(guesses) > 0 {
		g := guesses[0]
		p.Guess = &guessRow{g.Question.Verb, g.Why.Code, g.Why.Text}
		for _, r := range g.Roles {
			roles[r.Column] = r
		}
	}
	p.First = make([][]string, min(shownRows, t.Rows()))
	for _, name := range t.Header() {
		values, err := t.Text(name)
		if err != nil {
			return err
		}
		for i := range p.First {
			p.First[i] = append(p.First[i], values[i])
		}
		c := columnRow{Name: name}
		if r, ok := roles[name]; ok {
			c.Why, c.WhyRaw = r.Why.Code, r.Why.Text
			if c.Role = r.Option; c.Role == "" {
				c.Role = "lists"
			}
		}
		p.Columns = append(p.Columns, c)
	}
	return nil
}

// OptionName writes what an option of a question is called on a form.
func (p *Page) OptionName(verb, option string) string {
	for _, key := range []string{verb + "." + option, option} {
		if slices.Contains(optionLabels, key) {
			return p.T("measure.option." + key)
		}
	}
	return option
}

// dataKeep keeps the file that was looked at last, without the columns that
// its sender leaves out too.
func (s *Server) dataKeep(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	study := plumbline.ID(q.PathValue("study"))
	name, body, err := s.Store.SentData(q.Context(), q.actor, study, typed.Get("digest"))
	if err != nil {
		return err
	}
	t, err := store.ReadStudyTable(name, body)
	if err != nil {
		return err
	}
	left := slices.Clone(typed["left"])
	for _, c := range t.Header() {
		if !slices.Contains(typed["column"], c) {
			left = append(left, c)
		}
	}
	if body, _, err = without(t, body, left); err != nil {
		return err
	}
	id := plumbline.ID(typed.Get("id"))
	if err := s.Store.KeepData(q.Context(), q.actor, study, plumbline.StudyData{Head: plumbline.Head{ID: id}, Name: name, LeftOut: left}, body); err != nil {
		return err
	}
	if _, err := s.Store.SendData(q.Context(), q.actor, study, "", nil); err != nil {
		return err
	}
	return q.done("/measure/"+string(study)+"/ask?data="+string(id), "data_kept")
}

// dataShow shows a file that a study keeps.
func (s *Server) dataShow(q *request) error {
	d, body, study, err := q.studyData()
	if err != nil {
		return err
	}
	t, err := store.ReadStudyTable(d.Name, body)
	if err != nil {
		return err
	}
	p := q.dataPage(study)
	p.Title, p.Name, p.File = d.Name, d.Name, &studyFile{d, study.Revisions[d.ID]}
	if err := p.show(t); err != nil {
		return err
	}
	return q.render("measure_data.html", p)
}

func (q *request) studyData() (*plumbline.StudyData, []byte, *store.Study, error) {
	id := plumbline.ID(q.PathValue("study"))
	study, err := q.s.Store.Study(q.Context(), q.actor, id)
	if err != nil {
		return nil, nil, nil, err
	}
	d, body, err := q.s.Store.Data(q.Context(), q.actor, id, plumbline.ID(q.PathValue("data")))
	return d, body, study, err
}

// dataFile sends a file of a study as it is kept.
func (s *Server) dataFile(q *request) error {
	d, body, _, err := q.studyData()
	if err != nil {
		return err
	}
	return q.attach("text/csv; charset=utf-8", string(d.ID)+".csv", body)
}

// attach sends a file to be kept by who asked.
func (q *request) attach(kind, name string, body []byte) error {
	q.w.Header().Set("Content-Type", kind)
	q.w.Header().Set("Content-Disposition", `attachment; filename=`+strconv.Quote(name))
	q.w.WriteHeader(http.StatusOK)
	_, _ = q.w.Write(body) // the browser has gone away
	return nil
}

// A seriesPage asks which operations a series counts, and shows what that
// gives.
type seriesPage struct {
	*Page
	Study     *plumbline.Study
	Address   string
	Ask       store.SeriesAsk
	Countries []string
	Units     []option
	Series    *store.Series
	Areas     []option // of whose months a series can be made instead
	Services  []option
	OfArea    *store.AreaSeries
	Area      store.AreaAsk
	Head      []string
	First     [][]string
	ID        plumbline.ID
	Errors    []formError
}

// seriesForm shows monthly counts of the record, made as the address asks.
func (s *Server) seriesForm(q *request) error {
	study, err := q.keptStudy()
	if err != nil {
		return err
	}
	p, err := q.seriesPage(study)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.Errors != nil {
		status = http.StatusUnprocessableEntity
	}
	return q.renderStatus(status, "measure_series.html", p)
}

func (q *request) seriesPage(study *store.Study) (*seriesPage, error) {
	p := &seriesPage{Page: q.page("measure", "measure.from_record"), Study: &study.StudyRecord.Study, ID: newID()}
	p.Origin, p.Address = fictional(p.Study.Origin), "/measure/"+string(p.Study.ID)
	get := func(name string) string { return strings.TrimSpace(digits.Replace(q.FormValue(name))) }
	p.Ask = store.SeriesAsk{Origin: plumbline.Origin(get("origin")), Country: get("country"), Unit: plumbline.ID(get("unit")), Event: get("event")}
	if !slices.Contains(plumbline.Origin("").Values(), string(p.Ask.Origin)) {
		p.Ask.Origin = siteOrigin(q.s.Demo)
	}
	var err error
	if p.Countries, err = q.s.Store.Countries(q.Context(), q.actor); err != nil {
		return nil, err
	}
	units, err := q.s.Store.Units(q.Context(), q.actor)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		p.Units = append(p.Units, option{string(u.ID), u.Name, u.ID == p.Ask.Unit})
	}
	if err := q.areaAsk(p, get); err != nil {
		return nil, err
	}
	var table []byte
	if p.Area.Area != "" {
		if p.OfArea, err = q.s.Store.AreaSeries(q.Context(), q.actor, p.Area); err == nil {
			table, p.Area.Event = p.OfArea.CSV, p.OfArea.Event
		}
	} else if p.Series, err = q.s.Store.MonthlySeries(q.Context(), q.actor, p.Ask); err == nil {
		table = p.Series.CSV
	}
	if problems := plumbline.ProblemsOf(err); errors.Is(err, plumbline.ErrInvalid) && len(problems) > 0 {
		p.Errors = []formError{{problems[0].Field, p.Problem(problems[0])}}
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		return nil, err
	}
	p.Head, p.First = rows[0], rows[max(1, len(rows)-shownRows):]
	return p, nil
}

// areaAsk reads which area's months are asked for, if any.
func (q *request) areaAsk(p *seriesPage, get func(string) string) error {
	p.Area = store.AreaAsk{Area: plumbline.ID(get("area")), Service: plumbline.ServiceKind(get("service")), Event: p.Ask.Event}
	list, err := q.s.Store.SharedOf(q.Context(), q.actor, plumbline.KindArea)
	if err != nil {
		return err
	}
	for _, d := range list {
		at := &d.Shared.(*plumbline.AreaRecord).Area
		p.Areas = append(p.Areas, option{string(at.ID), at.Name, at.ID == p.Area.Area})
	}
	for _, kind := range plumbline.ServiceKind("").Values() {
		p.Services = append(p.Services, option{kind, p.Word(plumbline.ServiceKind(kind)), kind == string(p.Area.Service)})
	}
	return nil
}

// seriesKeep keeps the series as data of the study, counted anew.
func (s *Server) seriesKeep(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	study, err := q.keptStudy()
	if err != nil {
		return err
	}
	if !typed.Has("origin") && !typed.Has("area") { // not from the page that shows what would be kept
		return plumbline.Invalid("origin", "problem.needed")
	}
	p, err := q.seriesPage(study)
	if err != nil {
		return err
	}
	if p.Errors != nil {
		return q.renderStatus(http.StatusUnprocessableEntity, "measure_series.html", p)
	}
	id := plumbline.ID(typed.Get("id"))
	if s := p.OfArea; s != nil {
		d := plumbline.StudyData{Head: plumbline.Head{ID: id}, Name: "area-" + string(s.First) + "-" + string(s.Last) + ".csv",
			Series: strings.TrimSuffix("area="+string(p.Area.Area)+" service="+string(p.Area.Service)+" event="+s.Event, " event=")}
		if err := q.s.Store.KeepData(q.Context(), q.actor, p.Study.ID, d, s.CSV); err != nil {
			return err
		}
		return q.done(p.Address+"/ask?data="+string(id), "data_kept")
	}
	counted := strings.Join(slices.DeleteFunc([]string{"origin=" + string(p.Ask.Origin), "country=" + p.Ask.Country, "unit=" + string(p.Ask.Unit), "event=" + p.Ask.Event},
		func(s string) bool { return strings.HasSuffix(s, "=") }), " ")
	d := plumbline.StudyData{Head: plumbline.Head{ID: id}, Name: "record-" + p.Series.First + "-" + p.Series.Last + ".csv", Series: counted}
	if err := s.Store.KeepData(q.Context(), q.actor, p.Study.ID, d, p.Series.CSV); err != nil {
		return err
	}
	return q.done(p.Address+"/ask?data="+string(id), "data_kept")
}

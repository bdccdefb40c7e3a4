package web

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/internal/measure"
	"plumbline/internal/store"
)

// A runPage is a run: how far it is, or what it found.
type runPage struct {
	*Page
	Study   *plumbline.Study
	Address string // of the study
	Run     studyRun
	Again   string // where the question can be asked again, otherwise
	Working *working
	Sheet   measure.Sheet
	Plots   []runPlot // the first is shown, the others are in it or beside it as files
	Command string
	Files   []studyFile
	Asked   store.Revision
	Can     map[string]bool
	MayStop bool
	Failure string // in words
	Publish string // where it can be proposed for publication; empty when it cannot
	Lost    bool   // it waits for nobody: the queue of this site has lost it
}

// A runPlot is a picture of a result with its file.
type runPlot struct {
	Name    string
	SVG     template.HTML
	Address string
}

// runShow shows a run. While it has not ended the page reads itself again.
func (s *Server) runShow(q *request) error {
	p, err := q.runPage()
	if err != nil {
		return err
	}
	return q.render("measure_run.html", p)
}

func (q *request) runPage() (*runPage, error) {
	r, err := q.s.Store.Run(q.Context(), q.actor, plumbline.ID(q.PathValue("study")), plumbline.ID(q.PathValue("run")))
	if err != nil {
		return nil, err
	}
	it := &r.StudyRecord.Study
	p := &runPage{Page: q.page("measure", ""), Study: it, Address: "/measure/" + string(it.ID), Asked: r.Asked, Can: map[string]bool{}}
	p.Title, p.Origin = p.T("measure.verb."+r.Run.Verb), fictional(it.Origin)
	for deed, may := range r.May {
		p.Can[string(deed)] = may
	}
	p.Run = p.run(r.Study, r.Run)
	if r.Job != nil {
		p.Run.State = r.Job.State
	}
	p.Again = p.Address + "/ask?run=" + string(r.Run.ID)
	p.MayStop = r.Asked.Author == q.actor.User || p.Can[string(plumbline.KeepStudies)]
	question := measure.Question{Verb: r.Run.Verb, Options: r.Run.Options}
	named, asked := question.Named(), []string(nil)
	for i, name := range r.FileNames(r.Run.Data) {
		if d := r.File(r.Run.Data[i]); d != nil {
			called := *d
			called.Name = name
			p.Files = append(p.Files, studyFile{&called, r.Revisions[d.ID]})
			if !slices.Contains(named, name) {
				asked = append(asked, name)
			}
		}
	}
	p.Command = question.Command(asked...)
	if !p.Run.State.Ended() {
		p.Lost, p.Working = r.Job == nil, &working{r.Job, p.Run.Address}
		if !p.Lost {
			p.Refresh = 5
		}
		return p, nil
	}
	if a := r.Run.Answer; a != nil && a.Failure != "" {
		p.Failure = p.T(failureKey(a.Failure))
	} else if a != nil && a.State == plumbline.RunDone && !a.Refused && plumbline.May(q.actor, plumbline.ProposeRelease, plumbline.Public) {
		p.Publish = "/releases/new?" + url.Values{"study": {string(it.ID)}, "run": {string(r.Run.ID)}}.Encode()
	}
	return p, p.found(r)
}

// failureKey keeps a message that a later version has written from breaking
// the page.
func failureKey(key string) string {
	if slices.Contains(failures, key) {
		return key
	}
	return failures[0]
}

var failures = []string{"job.inside", "job.refused", "job.crashed"}

// found fills in what was found.
func (p *runPage) found(r *store.Run) error {
	if len(r.Sheet) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.Sheet, &p.Sheet); err != nil {
		return fmt.Errorf("read what a run found: %w", err)
	}
	for i, plot := range r.Plots {
		// Drawn by the engine from numbers and column names, which it escapes.
		p.Plots = append(p.Plots, runPlot{plot.Name, template.HTML(plot.Inline), p.Run.Address + "/plots/" + strconv.Itoa(i+1)})
	}
	return nil
}

// runCancel ends a run that has not ended.
func (s *Server) runCancel(q *request) error {
	study, run := plumbline.ID(q.PathValue("study")), plumbline.ID(q.PathValue("run"))
	if err := s.Store.CancelRun(q.Context(), q.actor, study, run); err != nil {
		return err
	}
	return q.done(runAddress(study, run), "cancel_asked")
}

// runResult sends the whole result.
func (s *Server) runResult(q *request) error {
	run := plumbline.ID(q.PathValue("run"))
	body, err := s.Store.RunResult(q.Context(), q.actor, plumbline.ID(q.PathValue("study")), run)
	if err != nil {
		return err
	}
	return q.attach("application/json", string(run)+".json", body)
}

// runPlotFile sends a picture as a file that stands alone.
func (s *Server) runPlotFile(q *request) error {
	r, err := s.Store.Run(q.Context(), q.actor, plumbline.ID(q.PathValue("study")), plumbline.ID(q.PathValue("run")))
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(q.PathValue("n"))
	if err != nil || n < 1 || n > len(r.Plots) {
		return plumbline.NotFound("page")
	}
	return q.attach("image/svg+xml", fmt.Sprintf("%s-%d.svg", r.Run.ID, n), []byte(r.Plots[n-1].File))
}

// Short writes the beginning of a digest, enough to tell two files apart by
// eye.
func (p *Page) Short(digest string) string { return digest[:min(len(digest), 12)] }

// Numeric reports whether a column of a table of the engine holds numbers.
func (p *Page) Numeric(t measure.Table, column int) bool { return column >= t.Words }

// Parts splits the text of a note into paragraphs.
func (p *Page) Parts(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

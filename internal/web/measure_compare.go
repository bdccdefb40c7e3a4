package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/job"
	"plumbline/internal/measure"
	"plumbline/internal/store"
)

// A roundsPage holds rounds side by side.
type roundsPage struct {
	*Page
	Rounds  []round
	Picture template.HTML
	Table   pictureTable
	Breaks  []roundBreak // between rounds that are not joined
	Change  *changeFound // of the first and the last round
	NoWhy   string       // why no change is worked out
	Causes  *causesFound
	Moved   []signRow // what the last round looked for elsewhere
	Choices []roundChoice
	Without int // runs that were asked for and have no number
}

// A round is one run with a number, and the study that says what it measures.
type round struct {
	Study   *plumbline.Study
	Run     *plumbline.StudyRun
	Letter  string
	When    string
	Address string
	Key     string // study and run, as an address names it
	at      time.Time
	own     *store.Study
}

// A roundBreak says why two rounds next to each other are not joined.
type roundBreak struct {
	From, To string // letters
	Why      []string
}

// A changeFound is the change between two rounds.
type changeFound struct {
	From, To string // letters
	Sheet    measure.Sheet
	Refused  string // the engine's words, when it refuses
	Command  string
}

// A roundChoice is a run that could be looked at too.
type roundChoice struct {
	Key, Title, Question, Shown, Of string
	On                              bool
}

// maxRounds bounds how many rounds are compared.
const maxRounds = 12

// rounds compares runs of one study or of several: as points with their
// intervals on one scale, with what each measured under the axis. Those that
// measured different things are not joined.
func (s *Server) rounds(q *request) error {
	p := &roundsPage{Page: q.page("measure", "measure.compare_title")}
	studies := map[plumbline.ID]*store.Study{}
	for _, key := range q.URL.Query()["run"] {
		id, run, _ := strings.Cut(key, "/")
		if err := q.addRound(p, studies, plumbline.ID(id), plumbline.ID(run)); err != nil {
			return err
		}
	}
	slices.SortStableFunc(p.Rounds, func(a, b round) int { return a.at.Compare(b.at) })
	for i := range p.Rounds {
		p.Rounds[i].Letter = string(rune('A' + i))
	}
	p.breaks()
	if len(p.Rounds) > 1 {
		if p.Picture, p.Table = p.drawRounds(); !p.oneScale() {
			p.Picture = ""
		}
		if err := q.change(p); err != nil {
			return err
		}
		if err := q.setBeside(p); err != nil {
			return err
		}
	}
	if err := q.otherRounds(p, studies); err != nil {
		return err
	}
	return q.render("measure_compare.html", p)
}

func (q *request) addRound(p *roundsPage, studies map[plumbline.ID]*store.Study, id, run plumbline.ID) (err error) {
	s := studies[id]
	if s == nil {
		if s, err = q.s.Store.Study(q.Context(), q.actor, id); err != nil {
			return err
		}
		studies[id] = s
	}
	r := s.Run(run)
	switch {
	case r == nil:
		return plumbline.NotFound("run")
	case r.Answer == nil || r.Answer.Estimate == nil:
		p.Without++
		return nil
	case len(p.Rounds) == maxRounds || slices.ContainsFunc(p.Rounds, func(o round) bool { return o.Run.ID == run && o.Study.ID == id }):
		return nil
	}
	it := &s.StudyRecord.Study
	one := round{Study: it, Run: r, Address: runAddress(id, run), Key: string(id) + "/" + string(run), own: s}
	if one.When = p.Period(it); one.When == "" {
		one.When = it.Title
	}
	if w := roundValue(r); w != "" {
		one.When += " · " + w
	}
	one.at, _ = it.From.Earliest()
	if one.at.IsZero() {
		one.at, _ = it.Until.Earliest()
	}
	p.Rounds = append(p.Rounds, one)
	return nil
}

// Period writes the time that a study speaks of.
func (p *Page) Period(s *plumbline.Study) string {
	switch {
	case s.From.Known() && s.Until.Known() && !s.From.Equal(s.Until):
		return p.T("date.range", "From", p.When(s.From), "Until", p.When(s.Until))
	case s.From.Known():
		return p.When(s.From)
	case s.Until.Known():
		return p.When(s.Until)
	}
	return ""
}

// roundValue is the part of the data that a run was asked of: where it says.
func roundValue(run *plumbline.StudyRun) string {
	return strings.Join(measure.Question{Verb: run.Verb, Options: run.Options}.Values("where"), ", ")
}

// apartBy says what keeps two rounds from being two rounds of one measure.
func (p *Page) apartBy(a, b round) (why []string) {
	for _, field := range a.Study.Apart(b.Study) {
		why = append(why, p.T("measure.apart_"+field))
	}
	qa, qb := measure.Question{Verb: a.Run.Verb, Options: a.Run.Options}, measure.Question{Verb: b.Run.Verb, Options: b.Run.Options}
	if qa.Verb != qb.Verb || slices.ContainsFunc([]string{"y", "ratio", "quantile", "stat", "method", "definition"}, func(o string) bool { return !slices.Equal(qa.Values(o), qb.Values(o)) }) {
		why = append(why, p.T("measure.apart_question"))
	}
	if slices.Equal(a.Run.Digests, b.Run.Digests) && roundValue(a.Run) == roundValue(b.Run) {
		why = append(why, p.T("measure.apart_same_data"))
	}
	return why
}

func (p *roundsPage) breaks() {
	for i := 1; i < len(p.Rounds); i++ {
		a, b := p.Rounds[i-1], p.Rounds[i]
		if why := p.apartBy(a, b); why != nil {
			p.Breaks = append(p.Breaks, roundBreak{a.Letter, b.Letter, why})
		}
	}
}

// oneScale reports whether the rounds are numbers of one kind, which a scale
// can hold: a share and a count of people are not.
func (p *roundsPage) oneScale() bool {
	kind := func(r round) string { return fmt.Sprint(r.Run.Verb, strings.HasSuffix(r.Run.Answer.Shown, "%")) }
	return !slices.ContainsFunc(p.Rounds, func(r round) bool { return kind(r) != kind(p.Rounds[0]) })
}

// joined reports whether a round and the one before it may be joined.
func (p *roundsPage) joined(i int) bool {
	return !slices.ContainsFunc(p.Breaks, func(b roundBreak) bool { return b.To == p.Rounds[i].Letter })
}

// The change is worked out on the page when the files are no larger than this,
// in bytes, and it takes no longer.
const (
	changeBytes = 8 << 20
	changeTime  = 10 * time.Second
)

// change works out the change from the first round to the last: of two survey
// questions that ask the same, from their rows. The engine refuses rounds that
// differ, by the studies' own words.
func (q *request) change(p *roundsPage) error {
	a, b := p.Rounds[0], p.Rounds[len(p.Rounds)-1]
	switch {
	case a.Run.Verb != "survey" || b.Run.Verb != "survey":
		p.NoWhy = p.T("measure.change_not_survey")
	case len(p.apartBy(a, b)) > 0:
		p.NoWhy = p.T("measure.change_apart")
	case !a.own.Can(string(plumbline.SeeRows)) || !b.own.Can(string(plumbline.SeeRows)):
		p.NoWhy = p.T("measure.change_rows")
	}
	if p.NoWhy != "" {
		return nil
	}
	work, err := q.changeWork(a, b)
	if err != nil {
		return err
	}
	if work == nil {
		p.NoWhy = p.T("measure.change_large")
		return nil
	}
	ctx, cancel := context.WithTimeout(q.Context(), changeTime)
	defer cancel()
	p.Change = &changeFound{From: a.Letter, To: b.Letter, Command: measure.Question{Verb: work.Run.Verb, Options: work.Run.Options}.Command(fileNames(work)...)}
	answer, err := job.Answer(ctx, work, nil)
	if refused, ok := errors.AsType[*job.Refusal](err); ok {
		p.Change.Refused = refused.Said
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		p.Change, p.NoWhy = nil, p.T("measure.change_large")
		return nil
	}
	if err != nil {
		return fmt.Errorf("work out a change: %w", err)
	}
	return json.Unmarshal(answer.Sheet, &p.Change.Sheet)
}

func fileNames(w *store.Work) (names []string) {
	for _, f := range w.Files {
		names = append(names, f.Name)
	}
	return names
}

// changeWork makes the question of a change out of those of its two rounds:
// two files, or one file and the column that tells its rounds apart. It returns
// nil when the files are too large for a page.
func (q *request) changeWork(a, b round) (*store.Work, error) {
	earlier := measure.Question{Verb: a.Run.Verb, Options: a.Run.Options}
	if len(earlier.Named()) > 0 || len(measure.Question{Verb: b.Run.Verb, Options: b.Run.Options}.Named()) > 0 {
		return nil, nil // weights fitted to two files of totals are a question of their own
	}
	var pairs [][2]string
	for _, o := range []string{"y", "ratio", "stat", "weights", "strata", "cluster", "fpc", "nest", "interval", "level", "lonely"} {
		for _, v := range earlier.Values(o) {
			pairs = append(pairs, [2]string{o, v})
		}
	}
	for side, of := range map[string]*plumbline.Study{"from": a.Study, "to": b.Study} {
		pairs = append(pairs, [2]string{side + "-definition", oneLine(string(of.Definition))}, [2]string{side + "-places", oneLine(of.Place)}, [2]string{side + "-age-method", string(of.Ages)})
	}
	slices.SortStableFunc(pairs, func(x, y [2]string) int { return cmp.Compare(x[0], y[0]) })
	rounds := []round{a, b}
	if slices.Equal(a.Run.Digests, b.Run.Digests) {
		ca, va, ok1 := strings.Cut(roundValue(a.Run), "==")
		cb, vb, ok2 := strings.Cut(roundValue(b.Run), "==")
		if !ok1 || !ok2 || strings.TrimSpace(ca) != strings.TrimSpace(cb) {
			return nil, nil
		}
		pairs = append(pairs, [2]string{"wave", strings.TrimSpace(ca)}, [2]string{"from", strings.TrimSpace(va)}, [2]string{"to", strings.TrimSpace(vb)})
		rounds = rounds[:1]
	} else {
		for _, v := range earlier.Values("where") {
			pairs = append(pairs, [2]string{"where", v})
		}
		pairs = append(pairs, [2]string{"from", "A"}, [2]string{"to", b.Letter})
	}
	question := measure.Ask("change", pairs...)
	w := &store.Work{Run: &plumbline.StudyRun{Verb: question.Verb, Options: question.Options}}
	var size int64
	for _, r := range rounds {
		d := r.own.File(r.Run.Data[0])
		if size += d.Bytes; size > changeBytes {
			return nil, nil
		}
		_, body, err := q.s.Store.Data(q.Context(), q.actor, r.Study.ID, d.ID)
		if err != nil {
			return nil, err
		}
		name := d.Name
		if slices.Contains(fileNames(w), name) {
			name = r.Letter + "-" + name
		}
		w.Files = append(w.Files, store.WorkFile{Name: name, Body: body})
	}
	return w, nil
}

// otherRounds lists runs with a number that could be looked at too: the last
// of each study that the actor sees, and those of the studies that are here.
func (q *request) otherRounds(p *roundsPage, here map[plumbline.ID]*store.Study) error {
	list, err := q.s.Store.Studies(q.Context(), q.actor)
	if err != nil {
		return err
	}
	offer := func(s *plumbline.Study, r *plumbline.StudyRun) {
		if r == nil || r.Answer == nil || r.Answer.Estimate == nil {
			return
		}
		key := string(s.ID) + "/" + string(r.ID)
		p.Choices = append(p.Choices, roundChoice{key, s.Title, asTyped(r), p.Shown(r.Answer), r.Answer.Of, slices.ContainsFunc(p.Rounds, func(x round) bool { return x.Key == key })})
	}
	for _, x := range list {
		if s := here[x.ID]; s != nil {
			for _, r := range s.Runs {
				offer(&x.Study, r)
			}
			continue
		}
		offer(&x.Study, x.Last)
	}
	return nil
}

// Like writes a number as the headline of its answer is written: a share as per
// cent.
func (p *Page) Like(a *plumbline.StudyReply, v *float64) string {
	if v == nil || !strings.HasSuffix(a.Shown, "%") {
		return p.Figure(v)
	}
	return strconv.FormatFloat(100**v, 'f', 2, 64) + "\u00a0%"
}

// Shown writes the headline of an answer as the engine shows it.
func (p *Page) Shown(a *plumbline.StudyReply) string {
	return cmp.Or(a.Shown, p.Figure(a.Estimate))
}

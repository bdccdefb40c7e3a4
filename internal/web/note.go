package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

// A noteRow is a note with who wrote it.
type noteRow struct {
	*plumbline.Note
	By  string
	At  time.Time
	May bool
}

// notes lists the notes of a record, newest first.
func notes(o *store.Operation, a plumbline.Actor) (rows []noteRow) {
	for _, n := range slices.Backward(o.Notes) {
		r := o.Revisions[n.ID]
		rows = append(rows, noteRow{n, r.By, r.At, o.May[plumbline.RecordFacts] && n.Organisation == a.Organisation})
	}
	return rows
}

// offerNote fills in the line that the page of an operation offers to keep,
// with what was begun there and not sent.
func (q *request) offerNote(p *operationPage) error {
	p.NoteID = newID()
	kept, err := q.drafts()
	if err != nil || len(kept) == 0 {
		return err
	}
	typed, err := url.ParseQuery(kept[0].Body)
	if err != nil {
		return err
	}
	if id := plumbline.ID(typed.Get("id")); plumbline.ValidID(id) {
		p.NoteID, p.NoteText = id, typed.Get("text")
	}
	return nil
}

type notePage struct {
	*Page
	Op     *store.Operation
	Typed  url.Values
	Errors []formError
}

// note keeps a line about an operation, or, with "done", marks an action or
// an event as settled, without opening its form.
func (s *Server) note(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	id := plumbline.ID(q.PathValue("operation"))
	o, err := s.Store.Operation(q.Context(), q.actor, id)
	if err != nil {
		return err
	}
	if !o.May[plumbline.RecordFacts] {
		return plumbline.AllowRecord(q.actor, o.Record)
	}
	batch, said, problem := q.settled(o, typed)
	if problem == nil {
		problem = s.Store.Write(q.Context(), q.actor, batch)
	}
	if errors.Is(problem, plumbline.ErrInvalid) {
		p := notePage{Page: q.page("operations", "note.title"), Op: o, Typed: typed}
		p.Origin = o.Operation.Origin
		for _, pr := range plumbline.ProblemsOf(problem) {
			p.Errors = append(p.Errors, formError{"text", p.Problem(pr)})
		}
		return q.renderStatus(http.StatusUnprocessableEntity, "note.html", p)
	}
	if problem != nil {
		return problem
	}
	address := "/operations/" + string(id)
	if err := q.forget(address, typed); err != nil {
		return err
	}
	if typed.Get("back") == "home" {
		return q.done("/", said)
	}
	return q.done(address+"#notes", said)
}

// settled reads what is to be written.
func (q *request) settled(o *store.Operation, typed url.Values) (b store.Batch, said string, err error) {
	b.Subject = store.Subject{Kind: plumbline.KindOperation, ID: o.Operation.ID}
	text, about := strings.TrimSpace(typed.Get("text")), plumbline.ID(typed.Get("about"))
	if typed.Has("done") {
		e, err := done(o.Find(about), typed.Get("what"), text, q.s.Store.Now())
		if b.Reason = text; text == "" {
			b.Reason = q.lang.T("note.marked_done")
		}
		b.Changes = []store.Change{{Entry: e, Version: o.Version(about)}}
		return b, "done", err
	}
	if text == "" {
		return b, "", plumbline.Invalid("text", "problem.needed")
	}
	id := plumbline.ID(typed.Get("id"))
	if !plumbline.ValidID(id) {
		return b, "", plumbline.Invalid("id", "problem.bad_id", "Got", id)
	}
	if about != "" && o.Find(about) == nil {
		return b, "", plumbline.NotFound("entry")
	}
	n := &plumbline.Note{Head: plumbline.Head{ID: id}, Organisation: q.actor.Organisation, Text: plumbline.Text(text), About: about}
	if days := map[string]int{"1": 1, "7": 7, "30": 30}[typed.Get("again")]; days > 0 {
		day, err := plumbline.ParseWhen(q.s.Store.Now().AddDate(0, 0, days).Format(time.DateOnly))
		if err != nil {
			return b, "", err
		}
		n.Again = day
	}
	b.Changes = []store.Change{{Entry: n}}
	return b, "noted", nil
}

// done returns a copy of an entry with what was open marked as settled: an
// event as answered, the action of a debrief as done.
func done(e plumbline.Entry, what, text string, now time.Time) (plumbline.Entry, error) {
	today, err := plumbline.ParseWhen(now.UTC().Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	switch e := e.(type) {
	case *plumbline.Event:
		after := *e
		after.Answered = today
		if text != "" {
			after.Answer = plumbline.Text(strings.TrimSpace(string(e.Answer) + "\n" + text))
		}
		return &after, nil
	case *plumbline.Debrief:
		after := *e
		after.Actions = slices.Clone(e.Actions)
		i := slices.IndexFunc(after.Actions, func(a plumbline.Action) bool { return a.What == what && !a.Done.Known() })
		if i < 0 {
			return nil, plumbline.Conflict("", "problem.version")
		}
		after.Actions[i].Done = today
		return &after, nil
	}
	return nil, plumbline.NotFound("entry")
}

package web

import (
	"cmp"
	"strings"

	"plumbline"
	"plumbline/internal/store"
)

// name teaches a page the names of organisations, of units and of the entries
// of an operation: an id means nothing to a person.
func (q *request) name(p *Page, o *store.Operation) (err error) {
	if o != nil {
		if p.names, err = q.s.Store.Names(q.Context(), q.actor, o.Entries()); err != nil {
			return err
		}
		for _, e := range o.Entries() {
			p.names[plumbline.HeadOf(e).ID] = p.EntryName(e)
		}
		return nil
	}
	units, err := q.s.Store.Units(q.Context(), q.actor)
	if err != nil {
		return err
	}
	organisations, err := q.s.Store.Organisations(q.Context(), q.actor)
	if err != nil {
		return err
	}
	p.names = map[plumbline.ID]string{}
	for _, u := range units {
		p.names[u.ID] = u.Name
	}
	for _, o := range organisations {
		p.names[o.ID] = o.Name
	}
	return nil
}

// Named returns the name of what an id stands for, or the id.
func (p *Page) Named(id plumbline.ID) string {
	if name := p.names[id]; name != "" {
		return name
	}
	return string(id)
}

// EntryName says in a few words which entry of its kind an entry is.
func (p *Page) EntryName(e plumbline.Entry) string {
	switch e := e.(type) {
	case *plumbline.Operation:
		return e.Title
	case *plumbline.Plan:
		return string(e.Purpose)
	case *plumbline.Label:
		return "“" + e.Word + "”"
	case *plumbline.Initiator:
		return dots(p.Word(e.Part), e.Who)
	case *plumbline.Agency:
		return e.Name
	case *plumbline.Attendance:
		return p.Word(e.Role)
	case *plumbline.StepTaken:
		return p.Word(e.Step)
	case *plumbline.Presence:
		return strings.TrimSpace(e.Code + " " + e.Description)
	case *plumbline.Decision:
		return dots(p.names[e.Presence], p.Word(e.Class))
	case *plumbline.Movement:
		return dots(p.names[e.Presence], p.Word(e.State))
	case *plumbline.Force:
		return p.Word(e.Kind)
	case *plumbline.Injury:
		return e.Who
	case *plumbline.Closure:
		return p.When(e.Closed)
	case *plumbline.Interview:
		return dots(p.names[e.Presence], e.Purpose)
	case *plumbline.Event:
		return dots(p.Word(e.Kind), p.names[e.Presence])
	case *plumbline.Account:
		return e.Teller
	case *plumbline.Debrief:
		return p.When(e.Held)
	case *plumbline.Note:
		return beginning(string(e.Text))
	case *plumbline.Training:
		return e.Subject
	case *plumbline.Funding:
		return p.names[e.Programme]
	case *plumbline.Programme:
		return e.Name
	case *plumbline.Target:
		return e.Title
	case *plumbline.TargetDefinition:
		return dots(p.names[e.Target], e.Version)
	case *plumbline.Objection:
		return dots(e.By, p.When(e.At))
	case *plumbline.Reply:
		return dots(e.By, p.When(e.At))
	case *plumbline.Spending:
		return dots(p.Word(e.Kind), e.To)
	case *plumbline.Publication:
		return dots(e.Where, p.When(e.Published))
	case *plumbline.Matter:
		return e.Title
	case *plumbline.Answering:
		return dots(p.names[e.Organisation], p.When(e.At))
	case *plumbline.Look:
		return dots(p.names[e.Organisation], p.When(e.At))
	case *plumbline.StudyGroup:
		return e.Who
	case *plumbline.Elsewhere:
		return dots(p.Word(e.Sign), p.When(e.At))
	case *plumbline.SurveyReferral:
		return dots(p.When(e.Month), p.Word(e.Outcome))
	case *plumbline.MediaRequest:
		return dots(e.By, p.When(e.Asked))
	case *plumbline.Area:
		return e.Name
	case *plumbline.Contacts:
		return dots(p.Word(e.Service), p.span(&e.Told))
	case *plumbline.AccessLoss:
		return p.span(&e.Told)
	case *plumbline.Factor:
		return e.What
	case *plumbline.GroupMeasure:
		return dots(p.Word(e.Measure), p.span(&e.Told))
	case *plumbline.Educators:
		return p.span(&e.Told)
	case *plumbline.ViolenceReports:
		return dots(p.Word(e.Source), p.span(&e.Told))
	case *plumbline.MovementNote:
		return dots(p.Word(e.Way), p.span(&e.Told))
	case *plumbline.BorderReports:
		return dots(e.Nationality, p.span(&e.Told))
	case *plumbline.LostWork:
		return p.span(&e.Told)
	case *plumbline.Search:
		return e.For
	case *plumbline.Trust:
		return p.names[e.Trusted]
	case *plumbline.Hearing:
		return p.When(e.At)
	case *plumbline.Dialogue:
		return e.Title
	case *plumbline.Seat:
		return dots(p.Word(e.Who), cmp.Or(e.Name, p.names[e.Organisation]))
	case *plumbline.Said:
		return beginning(string(e.Text))
	case *plumbline.Stance:
		return dots(p.names[e.Speaker], p.Word(e.Holds))
	case *plumbline.Promise:
		return beginning(string(e.Text))
	case *plumbline.PromiseCheck:
		return dots(p.names[e.Speaker], p.Word(e.Kept))
	case *plumbline.Change:
		return e.In
	}
	return ""
}

// span writes from when to when something was told: of one month or day, once.
func (p *Page) span(t *plumbline.Told) string {
	switch {
	case !t.Until.Known():
		return p.When(t.From)
	case t.From.Equal(t.Until):
		return p.When(t.From)
	}
	return p.T("date.range", "From", p.When(t.From), "Until", p.When(t.Until))
}

// dots joins what there is of some texts with a dot between.
func dots(texts ...string) string {
	var some []string
	for _, t := range texts {
		if t != "" {
			some = append(some, t)
		}
	}
	return strings.Join(some, " · ")
}

// beginning returns the first words of a text.
func beginning(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}

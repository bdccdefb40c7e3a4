package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/store"
)

// sayPage asks what somebody who was met wants to say. It needs no account and
// no script, keeps no draft, and its address tells nothing.
type sayPage struct {
	*Page
	Hearers  []*plumbline.Organisation
	Code     string // of the receipt, drawn when the form is opened
	Sent     bool
	To       string // the organisation's name, once it is sent
	Typed    url.Values
	By       map[string]string // what is wrong, by field
	Errors   []formError
	Days     int // an answer that was read is kept
	MaxChars int
}

// say shows the form. It is open on every site, also where nothing is
// published: who was harmed has no part in that decision.
func (s *Server) say(q *request) error { return q.sayPage(http.StatusOK, url.Values{}, nil) }

func (q *request) sayPage(status int, typed url.Values, problems plumbline.Problems) error {
	p := sayPage{Page: q.page("", "say.title"), Typed: typed, Code: typed.Get("code"), By: map[string]string{}, MaxChars: store.MaxFeedback}
	p.Leave = true
	var err error
	if p.Hearers, err = q.s.Store.Hearers(q.Context()); err != nil {
		return err
	}
	if credential.ReadCode(p.Code).Recovery == "" {
		p.Code = credential.NewRecoveryCode()
	}
	for _, pr := range problems {
		p.By[pr.Field] = p.Problem(pr)
		p.Errors = append(p.Errors, formError{pr.Field, p.Problem(pr)})
	}
	return q.renderStatus(status, "say.html", p)
}

// sendSay keeps what was said and shows the receipt, which stands in no
// address.
func (s *Server) sendSay(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	f := store.Feedback{Organisation: plumbline.ID(typed.Get("organisation")), Language: q.lang.Tag, Advocate: typed.Get("advocate") != "",
		Said: store.Said{Text: strings.ReplaceAll(typed.Get("text"), "\r\n", "\n"), Reach: typed.Get("reach")}}
	err = s.Store.SendFeedback(q.Context(), typed.Get("code"), q.place(), f)
	if errors.Is(err, plumbline.ErrInvalid) {
		return q.sayPage(http.StatusUnprocessableEntity, typed, plumbline.ProblemsOf(err))
	}
	if err != nil {
		return q.noReply(err)
	}
	p := sayPage{Page: q.page("", "say.sent"), Sent: true, Code: typed.Get("code"), Days: int(store.FeedbackSeen.Hours() / 24)}
	p.Leave = true
	hearers, err := s.Store.Hearers(q.Context())
	for _, o := range hearers {
		if o.ID == f.Organisation {
			p.To = o.Name
		}
	}
	if err != nil {
		return err
	}
	return q.render("say.html", p)
}

// A saidPage shows who has the receipt's code what was answered.
type saidPage struct {
	*Page
	Code  string
	Found *store.Feedback // nil until a code was typed that is one
	From  string
	Wrong bool
	Gone  bool
	Days  int
}

func (s *Server) sayAnswer(q *request) error {
	return q.saidPage(http.StatusOK, saidPage{})
}

func (q *request) saidPage(status int, p saidPage) error {
	p.Page, p.Days = q.page("", "say.answer_title"), int(store.FeedbackSeen.Hours()/24)
	p.Leave = true
	return q.renderStatus(status, "say_answer.html", p)
}

// readAnswer shows an answer, or deletes everything, for who has the code.
func (s *Server) readAnswer(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	code := typed.Get("code")
	if typed.Get("do") == "delete" {
		err = s.Store.DeleteFeedback(q.Context(), code, q.place())
		if err == nil {
			return q.saidPage(http.StatusOK, saidPage{Gone: true})
		}
	}
	var f store.Feedback
	if err == nil {
		f, err = s.Store.FeedbackAnswer(q.Context(), code, q.place())
	}
	switch {
	case errors.Is(err, plumbline.ErrNotFound):
		return q.saidPage(http.StatusUnprocessableEntity, saidPage{Wrong: true})
	case err != nil:
		return q.noReply(err)
	}
	p := saidPage{Code: code, Found: &f}
	hearers, err := s.Store.Hearers(q.Context())
	if err != nil {
		return err
	}
	for _, o := range hearers {
		if o.ID == f.Organisation {
			p.From = o.Name
		}
	}
	return q.saidPage(http.StatusOK, p)
}

type heardPage struct {
	*Page
	List []store.Feedback
}

// heard lists what people said to the actor's organisation.
func (s *Server) heard(q *request) error {
	list, err := s.Store.Heard(q.Context(), q.actor)
	if err != nil {
		return err
	}
	return q.render("heard.html", heardPage{q.page("heard", "heard.title"), list})
}

// answerHeard answers one of them.
func (s *Server) answerHeard(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	var before time.Time
	if micro, err := strconv.ParseInt(typed.Get("before"), 10, 64); err == nil && micro > 0 {
		before = time.UnixMicro(micro).UTC()
	}
	given := store.Given{Text: strings.ReplaceAll(typed.Get("text"), "\r\n", "\n"), Advocate: plumbline.Advocate(typed.Get("advocate"))}
	if err := s.Store.AnswerFeedback(q.Context(), q.actor, plumbline.ID(q.PathValue("heard")), before, given); err != nil {
		return err
	}
	return q.done("/heard", "kept")
}

// Micro writes a moment for a form to send back; 0 for none.
func (p heardPage) Micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Advocates lists who can stand by somebody.
func (p heardPage) Advocates() []string { return plumbline.Advocate("").Values()[1:] }

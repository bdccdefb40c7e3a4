package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
)

type claimRepliesPage struct {
	*Page
	Claim   *figure.Claim
	Links   []store.ReplyLink
	Replies []store.Reply
	Made    string // the address of a link that was made just now; shown once
}

// claimReplies shows the links to answer a claim, and the replies that came.
func (s *Server) claimReplies(q *request) error { return q.claimRepliesPage("") }

func (q *request) claimRepliesPage(made string) error {
	if err := plumbline.Allow(q.actor, plumbline.InviteReply, plumbline.Public); err != nil {
		return err
	}
	_, claim, err := q.askedClaim()
	if err != nil {
		return err
	}
	p := claimRepliesPage{Page: q.page("claims", "claim_replies.title", "Claim", claim.ID), Claim: claim, Made: made}
	p.Origin = q.originOf(claim)
	if p.Links, err = q.s.Store.ReplyLinks(q.Context(), q.actor, claim.ID); err != nil {
		return err
	}
	if p.Replies, err = q.s.Store.Replies(q.Context(), q.actor, claim.ID); err != nil {
		return err
	}
	return q.render("claim_replies.html", p)
}

// keepReplies makes or revokes a link, or withholds a reply.
func (s *Server) keepReplies(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	_, claim, err := q.askedClaim()
	if err != nil {
		return err
	}
	said, of := "", plumbline.ID(typed.Get("of"))
	switch typed.Get("do") {
	case "invite":
		token, err := s.Store.InviteReply(q.Context(), q.actor, claim.ID)
		if err != nil {
			return err
		}
		return q.claimRepliesPage(q.address() + "/reply/" + token)
	case "revoke":
		said, err = "reply_revoked", s.Store.RevokeReply(q.Context(), q.actor, of)
	case "withhold":
		reason := strings.TrimSpace(typed.Get("reason"))
		if reason == "" {
			return plumbline.Invalid("reason", "problem.reason_needed")
		}
		said, err = "reply_withheld", s.Store.WithholdReply(q.Context(), q.actor, of, reason)
	case "show":
		said, err = "reply_shown", s.Store.WithholdReply(q.Context(), q.actor, of, "")
	default:
		return plumbline.NotFound("page")
	}
	if err != nil {
		return err
	}
	return q.done("/claims/"+claim.ID+"/replies", said)
}

type replyPage struct {
	*Page
	Answering store.Answering
	Claim     *figure.Claim
	Status    []figure.Status
	Errors    []formError
	By        map[string]string
	Name      string
	Text      string
	Left      int // how many more times the link can be used
}

// reply shows who has the link the claim, and asks for the answer. Its address
// opens the page, so it is in no log and no referrer.
func (s *Server) reply(q *request) error { return q.replyPage(http.StatusOK, nil, nil) }

func (q *request) replyPage(status int, typed url.Values, problems plumbline.Problems) error {
	o, err := q.s.Store.OpenReply(q.Context(), q.PathValue("token"), q.place())
	if err != nil {
		return q.noReply(err)
	}
	r, err := q.s.register(q.Context())
	if err != nil {
		return err
	}
	claim := r.Claim(o.Link.Claim)
	if claim == nil {
		return plumbline.NotFound("claim")
	}
	p := replyPage{Page: q.page("", "reply.title"), Answering: o, Claim: claim, Status: r.Status(claim), By: map[string]string{}, Name: o.Name, Text: o.Text, Left: store.MaxReplies}
	p.Origin, p.Leave = q.originOf(claim), true
	switch {
	case typed != nil:
		p.Name, p.Text = typed.Get("name"), typed.Get("text")
	case o.Draft.IsZero() && o.Sent != nil:
		p.Name, p.Text = o.Sent.Name, o.Sent.Text
	}
	if o.Sent != nil {
		p.Left -= 1 + len(o.Sent.Earlier)
	}
	for _, pr := range problems {
		p.By[pr.Field] = p.Problem(pr)
		p.Errors = append(p.Errors, formError{pr.Field, p.Problem(pr)})
	}
	return q.renderStatus(status, "claim_reply.html", p)
}

// noReply says why a link opens nothing, as far as it may be said.
func (q *request) noReply(err error) error {
	wait, mustWait := errors.AsType[store.WaitError](err)
	if !mustWait {
		return err
	}
	q.w.Header().Set("Retry-After", fmt.Sprint(int(wait.For.Seconds())+1))
	p := problemPage{Page: q.page("", "problem.title"), Status: http.StatusTooManyRequests, Message: q.lang.T("signin.wait", "N", int(wait.For.Minutes())+1)}
	return q.renderStatus(http.StatusTooManyRequests, "problem.html", p)
}

// sendReply keeps what was typed, or puts it beside the claim.
func (s *Server) sendReply(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	// A browser sends line ends as two characters.
	name, text := typed.Get("name"), strings.ReplaceAll(typed.Get("text"), "\r\n", "\n")
	token, said := q.PathValue("token"), "reply_sent"
	if typed.Get("do") == "keep" {
		said, err = "reply_kept", s.Store.KeepReplyDraft(q.Context(), token, q.place(), name, text)
	} else {
		err = s.Store.SendReply(q.Context(), token, q.place(), name, text)
	}
	if errors.Is(err, plumbline.ErrInvalid) {
		return q.replyPage(http.StatusUnprocessableEntity, typed, plumbline.ProblemsOf(err))
	}
	if err != nil {
		return q.noReply(err)
	}
	return q.done("/reply/"+token, said)
}

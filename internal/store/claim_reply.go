package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"plumbline"
)

// How long a link to answer a claim works, and how often.
const (
	ReplyLinkLength = 30 * 24 * time.Hour
	MaxReplies      = 20
)

// MaxReply bounds a reply, in characters.
const MaxReply = plumbline.MaxText

// A Reply is what somebody answered who says that a claim is theirs, or speaks
// of them. Nobody has checked who they are.
type Reply struct {
	ID       plumbline.ID // of the link that it came by
	Claim    string
	Name     string // who they say they are
	Text     string // as typed
	At       time.Time
	Inviter  string  // the name of the organisation that sent the link; empty when it has none
	Withheld string  // why it is not shown; empty when it is
	Earlier  []Reply // what it took the place of, newest first
	Ledger   int64
}

// replyBody is a version of a reply as it is kept.
type replyBody struct {
	Claim    string `json:"claim"`
	Name     string `json:"name"`
	Text     string `json:"text"`
	Inviter  string `json:"inviter,omitempty"`
	Withheld string `json:"withheld,omitempty"`
}

// inviteBody is a link as it is kept: that it was made, and that it was revoked.
type inviteBody struct {
	Claim   string    `json:"claim"`
	Inviter string    `json:"inviter,omitempty"` // the organisation's name when it was made
	Expires time.Time `json:"expires"`
	Revoked bool      `json:"revoked,omitempty"`
}

// A ReplyLink is a link with which a claim is answered.
type ReplyLink struct {
	ID      plumbline.ID
	Claim   string
	By      string // who made it
	For     plumbline.ID
	Inviter string // the organisation's name
	Made    time.Time
	Expires time.Time
	Revoked bool
	Used    int // how often it was answered with
}

// InviteReply makes a link with which a claimant answers a claim without an
// account. The token is told once and not kept. It needs the deed of this name,
// and returns NotFound when there is no such claim.
func (db *DB) InviteReply(ctx context.Context, a plumbline.Actor, claim string) (token string, err error) {
	if err := plumbline.Allow(a, plumbline.InviteReply, plumbline.Public); err != nil {
		return "", err
	}
	token, hash := newToken()
	err = db.tx(ctx, func(tx *Tx) error {
		now, err := tx.claims()
		if err != nil {
			return err
		}
		if now.register.Claim(claim) == nil {
			return plumbline.NotFound("claim")
		}
		inviter, err := tx.organisationName(a.Organisation)
		if err != nil {
			return err
		}
		id, expires := plumbline.ID(strings.ToLower(newName())), tx.now.Add(ReplyLinkLength)
		if err := tx.exec("INSERT INTO reply_link (id, token, claim, expires, revoked, draft_name, draft_text, draft_at) VALUES ($1, $2, $3, $4, 0, '', '', 0)",
			id, hash, claim, expires.UnixMicro()); err != nil {
			return err
		}
		return tx.putInvite(a, id, 1, inviteBody{Claim: claim, Inviter: inviter, Expires: expires})
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func inviteID(link plumbline.ID) plumbline.ID { return "invite/" + link }
func replyID(link plumbline.ID) plumbline.ID  { return "reply/" + link }

func (tx *Tx) putInvite(a plumbline.Actor, link plumbline.ID, version int64, b inviteBody) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return tx.put(row{Subject: registerSubject, ID: inviteID(link), Version: version, Kind: inviteKind, Author: a.User, By: a.Name, For: a.Organisation, At: tx.now.UnixMicro(), body: body})
}

// invite returns a link's latest version.
func (tx *Tx) invite(link plumbline.ID) (l ReplyLink, b inviteBody, version int64, err error) {
	var made int64
	var body []byte
	found, err := tx.one([]any{&version, &body, &l.By, &l.For, &made}, `SELECT n.version, n.body, o.by_name, o.organisation, o.at FROM revision n
		JOIN revision o ON o.subject = n.subject AND o.id = n.id AND o.version = 1 WHERE n.subject = $1 AND n.id = $2 AND n.latest = 1`, registerSubject, inviteID(link))
	if err == nil && !found {
		err = plumbline.NotFound("link")
	}
	if err == nil {
		err = json.Unmarshal(body, &b)
	}
	l.ID, l.Claim, l.Inviter, l.Made, l.Expires, l.Revoked = link, b.Claim, b.Inviter, time.UnixMicro(made).UTC(), b.Expires, b.Revoked
	return l, b, version, err
}

// ReplyLinks returns the links that were made to answer a claim, newest first.
// It needs InviteReply.
func (db *DB) ReplyLinks(ctx context.Context, a plumbline.Actor, claim string) (list []ReplyLink, err error) {
	if err := plumbline.Allow(a, plumbline.InviteReply, plumbline.Public); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		ids, err := tx.ids("SELECT id FROM reply_link WHERE claim = $1 ORDER BY id LIMIT 200", claim)
		if err != nil {
			return err
		}
		for _, id := range ids {
			l, _, _, err := tx.invite(id)
			if err != nil {
				return err
			}
			r, err := tx.reply(id)
			if err != nil {
				return err
			}
			if r != nil {
				l.Used = 1 + len(r.Earlier)
			}
			list = append(list, l)
		}
		slices.SortFunc(list, func(a, b ReplyLink) int { return b.Made.Compare(a.Made) })
		return nil
	})
	return list, err
}

// RevokeReply ends a link; what was answered by it stays. It needs InviteReply,
// and is for the organisation that made the link, or who may keep claims.
func (db *DB) RevokeReply(ctx context.Context, a plumbline.Actor, link plumbline.ID) error {
	if err := plumbline.Allow(a, plumbline.InviteReply, plumbline.Public); err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error { return tx.revoke(a, link) })
}

func (tx *Tx) revoke(a plumbline.Actor, link plumbline.ID) error {
	l, b, version, err := tx.invite(link)
	if err != nil || l.Revoked {
		return err
	}
	if l.For != a.Organisation && !plumbline.May(a, plumbline.KeepClaims, plumbline.Public) {
		return plumbline.Forbidden(plumbline.InviteReply)
	}
	if err := tx.exec("UPDATE reply_link SET revoked = 1, draft_name = '', draft_text = '', draft_at = 0 WHERE id = $1", link); err != nil {
		return err
	}
	b.Revoked = true
	return tx.putInvite(a, link, version+1, b)
}

// An Answering is what a link opens.
type Answering struct {
	Link  ReplyLink
	Sent  *Reply // what was answered before; nil when nothing was
	Name  string // what was typed last and not sent
	Text  string
	Draft time.Time // when; zero when there is none
}

// OpenReply returns what a link opens. place is where the request comes from.
// It returns NotFound when there is no such link, it has run out or was
// revoked, and a WaitError to who has tried too many.
func (db *DB) OpenReply(ctx context.Context, token, place string) (o Answering, err error) {
	return o, db.answering(ctx, token, place, db.view, func(tx *Tx, found Answering) error {
		o = found
		return nil
	})
}

// KeepReplyDraft keeps what is being typed into a reply, until it is sent. It
// returns what OpenReply returns, and Invalid when it is too long or no text.
func (db *DB) KeepReplyDraft(ctx context.Context, token, place, name, text string) error {
	return db.answering(ctx, token, place, db.aside, func(tx *Tx, o Answering) error {
		if err := checkReply(name, text); err != nil {
			return err
		}
		return tx.exec("UPDATE reply_link SET draft_name = $1, draft_text = $2, draft_at = $3 WHERE id = $4", name, text, tx.now.UnixMicro(), o.Link.ID)
	})
}

// SendReply puts a reply beside the claim. A later one by the same link takes
// its place, and both stay. To send the same twice changes nothing. It returns
// what KeepReplyDraft returns, and Invalid when there is no name or no text, or
// the link was used MaxReplies times.
func (db *DB) SendReply(ctx context.Context, token, place, name, text string) error {
	name = strings.TrimSpace(name)
	return db.answering(ctx, token, place, db.tx, func(tx *Tx, o Answering) error {
		var ps plumbline.Problems
		if name == "" {
			ps = append(ps, plumbline.Invalid("name", "problem.needed"))
		}
		if strings.TrimSpace(text) == "" {
			ps = append(ps, plumbline.Invalid("text", "problem.needed"))
		}
		if len(ps) > 0 {
			return ps
		}
		if err := checkReply(name, text); err != nil {
			return err
		}
		version := int64(1)
		if o.Sent != nil {
			if o.Sent.Name == name && o.Sent.Text == text {
				return nil
			}
			if len(o.Sent.Earlier)+1 >= MaxReplies {
				return plumbline.Invalid("", "problem.reply_again", "Want", MaxReplies)
			}
			if _, err := tx.one([]any{&version}, "SELECT version + 1 FROM revision WHERE subject = $1 AND id = $2 AND latest = 1", registerSubject, replyID(o.Link.ID)); err != nil {
				return err
			}
		}
		if err := tx.exec("UPDATE reply_link SET draft_name = '', draft_text = '', draft_at = 0 WHERE id = $1", o.Link.ID); err != nil {
			return err
		}
		if err := tx.putReply(plumbline.Actor{}, o.Link.ID, version, replyBody{Claim: o.Link.Claim, Name: name, Text: text, Inviter: o.Link.Inviter}, ""); err != nil {
			return err
		}
		var inviter plumbline.ID
		if _, err := tx.one([]any{&inviter}, "SELECT author FROM revision WHERE subject = $1 AND id = $2 AND version = 1", registerSubject, inviteID(o.Link.ID)); err != nil {
			return err
		}
		return tx.notify(NoticeReply, registerSubject, o.Link.ID, inviter)
	})
}

// fillReplyNotice reads which claim was answered, and reports whether the actor
// may see whom the site invites.
func (tx *Tx) fillReplyNotice(a plumbline.Actor, n *Notice) (bool, error) {
	if !plumbline.May(a, plumbline.InviteReply, plumbline.Public) {
		return false, nil
	}
	var body []byte
	found, err := tx.one([]any{&body}, "SELECT body FROM revision WHERE subject = $1 AND id = $2 AND version = 1", registerSubject, inviteID(n.Entry))
	if err != nil || !found {
		return false, err
	}
	var invite inviteBody
	if err := json.Unmarshal(body, &invite); err != nil {
		return false, fmt.Errorf("%w: an invitation: %w", errUnreadable, err)
	}
	n.Subject, n.Title = Subject{"claim", plumbline.ID(invite.Claim)}, invite.Claim
	return true, nil
}

func (tx *Tx) putReply(a plumbline.Actor, link plumbline.ID, version int64, b replyBody, reason string) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return tx.put(row{Subject: registerSubject, ID: replyID(link), Version: version, Kind: replyKind, Author: a.User, By: a.Name, For: a.Organisation, At: tx.now.UnixMicro(), Reason: reason, body: body})
}

func checkReply(name, text string) error {
	switch n, m := utf8.RuneCountInString(name), utf8.RuneCountInString(text); {
	case n > plumbline.MaxLine:
		return plumbline.Invalid("name", "problem.too_long", "Got", n, "Want", plumbline.MaxLine)
	case m > MaxReply:
		return plumbline.Invalid("text", "problem.too_long", "Got", m, "Want", MaxReply)
	case !isText(name):
		return plumbline.Invalid("name", "problem.not_text")
	case !isText(text):
		return plumbline.Invalid("text", "problem.not_text")
	}
	return nil
}

// answering runs f with what a link opens, in a transaction of the kind that
// within begins. A link that opens nothing counts against the place.
func (db *DB) answering(ctx context.Context, token, place string, within func(context.Context, func(*Tx) error) error, f func(*Tx, Answering) error) error {
	var brakes []brake
	if place != "" && db.secret != nil {
		brakes = []brake{{db.secret.Mark("brake", "reply", place), freePlaceFails}}
	}
	return db.guess(ctx, brakes, "link", within, func(tx *Tx) (opens bool, err error) {
		var o Answering
		var draft int64
		var id plumbline.ID
		opens, err = tx.one([]any{&id, &o.Name, &o.Text, &draft}, "SELECT id, draft_name, draft_text, draft_at FROM reply_link WHERE token = $1 AND expires > $2 AND revoked = 0",
			hashToken(token), tx.now.UnixMicro())
		if err != nil || !opens {
			return opens, err
		}
		if draft > 0 {
			o.Draft = time.UnixMicro(draft).UTC()
		}
		if o.Link, _, _, err = tx.invite(id); err != nil {
			return true, err
		}
		if o.Sent, err = tx.reply(id); err != nil {
			return true, err
		}
		return true, f(tx, o)
	})
}

// reply returns the reply that came by a link, or nil. A version that only
// withholds or shows it again is none of its own.
func (tx *Tx) reply(link plumbline.ID) (r *Reply, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var at, entry int64
		var body []byte
		if err := scan(&at, &entry, &body); err != nil {
			return err
		}
		var b replyBody
		if err := json.Unmarshal(body, &b); err != nil {
			return err
		}
		if r != nil && r.Name == b.Name && r.Text == b.Text {
			r.Withheld = b.Withheld
			return nil
		}
		next := Reply{ID: link, Claim: b.Claim, Name: b.Name, Text: b.Text, Inviter: b.Inviter, Withheld: b.Withheld, At: time.UnixMicro(at).UTC(), Ledger: entry}
		if r != nil {
			next.Earlier = append([]Reply{*r}, r.Earlier...)
			next.Earlier[0].Earlier = nil
		}
		r = &next
		return nil
	}, "SELECT at, entry, body FROM revision WHERE subject = $1 AND id = $2 ORDER BY version", registerSubject, replyID(link))
	return r, err
}

// Replies returns the replies that stand beside a claim, oldest first. Of one
// that is withheld only who may keep claims reads the text and the name.
func (db *DB) Replies(ctx context.Context, a plumbline.Actor, claim string) (list []Reply, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		now, err := tx.claims()
		if err != nil {
			return err
		}
		for id, of := range now.replies {
			if of.claim != claim {
				continue
			}
			r, err := tx.reply(id[len(replyID("")):])
			if err != nil {
				return err
			}
			if r.Withheld != "" && !plumbline.May(a, plumbline.KeepClaims, plumbline.Public) {
				r.Name, r.Text, r.Earlier = "", "", nil
			}
			list = append(list, *r)
		}
		slices.SortFunc(list, func(a, b Reply) int { return a.At.Compare(b.At) })
		return nil
	})
	return list, err
}

// WithholdReply takes a reply off the pages, with what it took the place of,
// and revokes its link. That it was withheld, and why, is shown. Without a
// reason it is shown again. It needs KeepClaims.
func (db *DB) WithholdReply(ctx context.Context, a plumbline.Actor, link plumbline.ID, reason string) error {
	if err := allowClaims(a, reason); err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		r, err := tx.reply(link)
		if err != nil {
			return err
		}
		if r == nil {
			return plumbline.NotFound("reply")
		}
		if r.Withheld == reason {
			return nil
		}
		if reason != "" {
			if err := tx.revoke(a, link); err != nil {
				return err
			}
		}
		var version int64
		if _, err := tx.one([]any{&version}, "SELECT version + 1 FROM revision WHERE subject = $1 AND id = $2 AND latest = 1", registerSubject, replyID(link)); err != nil {
			return err
		}
		return tx.putReply(a, link, version, replyBody{Claim: r.Claim, Name: r.Name, Text: r.Text, Inviter: r.Inviter, Withheld: reason}, reason)
	})
}

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
	"plumbline/internal/credential"
)

// How long what people said is kept. What waits for an answer waits until it
// has one, or until who said it takes it back.
const (
	FeedbackSeen   = 30 * 24 * time.Hour  // after its answer was read
	FeedbackUnseen = 365 * 24 * time.Hour // after its answer was given, when nobody came to read it
)

// MaxFeedback bounds what somebody says, in characters.
const MaxFeedback = 5000

// A Feedback is what somebody who was met said to an organisation, without an
// account. It is no part of the record: it has no line in the ledger, and is
// gone without a trace when it was answered and read, or is taken back.
type Feedback struct {
	ID           plumbline.ID
	Organisation plumbline.ID
	Language     string // in which it was written
	Advocate     bool   // somebody to stand by them is asked for
	At           time.Time
	Said         Said
	Answer       Given
	Answered     time.Time // zero until it is
	Seen         time.Time // when the answer was first read with the receipt's code
}

// Said is what is sealed of what somebody said.
type Said struct {
	Text  string `json:"text"`
	Reach string `json:"reach,omitempty"` // a safe way to reach them
}

// Given is what is sealed of an answer.
type Given struct {
	Text     string             `json:"text"`
	Advocate plumbline.Advocate `json:"advocate,omitempty"` // who stands by them
}

// Hearers returns the organisations to which anybody may turn without an
// account: those that said so and have somebody who reads it.
func (db *DB) Hearers(ctx context.Context) (list []*plumbline.Organisation, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		list, err = tx.hearers()
		return err
	})
	return list, err
}

func (tx *Tx) hearers() (list []*plumbline.Organisation, err error) {
	if tx.db.secret == nil { // nothing could be sealed
		return nil, nil
	}
	reads := map[plumbline.ID]bool{}
	if err := tx.each(func(scan func(...any) error) error {
		a, err := scanActor(scan)
		if plumbline.May(a, plumbline.HearPeople, plumbline.TookPart) {
			reads[a.Organisation] = true
		}
		return err
	}, "SELECT id, name, role, organisation, units FROM actor WHERE organisation <> '' ORDER BY id"); err != nil {
		return nil, err
	}
	err = tx.latest(plumbline.KindOrganisation, func(e plumbline.Entry) {
		if o := e.(*plumbline.Organisation); o.Hears() && reads[o.ID] {
			list = append(list, o)
		}
	})
	return list, err
}

// SendFeedback keeps what somebody said, under the code of a receipt that the
// caller has drawn ([credential.NewRecoveryCode]) and shows them. place is
// where it comes from: only a mark of it is kept, for a day. To send the same
// twice changes nothing.
//
// It returns Invalid when something is missing, too long or no text, or the
// organisation hears nobody, and a WaitError when too much comes from a place.
func (db *DB) SendFeedback(ctx context.Context, code, place string, f Feedback) error {
	if db.secret == nil {
		return errNoSecret
	}
	f.Said.Text, f.Said.Reach = strings.TrimSpace(f.Said.Text), strings.TrimSpace(f.Said.Reach)
	if ps := f.check(); len(ps) > 0 {
		return ps
	}
	read := credential.ReadCode(code).Recovery
	if read == "" {
		return plumbline.Invalid("code", "problem.needed")
	}
	f.ID = plumbline.ID(strings.ToLower(newName()))
	body, err := json.Marshal(f.Said)
	if err != nil {
		return err
	}
	return db.aside(ctx, func(tx *Tx) error {
		if err := tx.forgetFeedback(); err != nil {
			return err
		}
		var n int
		if there, err := tx.one([]any{&n}, "SELECT 1 FROM feedback WHERE code = $1", db.feedbackMark(read)); err != nil || there {
			return err
		}
		if err := tx.count(db.feedbackBrakes("send", place)); err != nil {
			return err
		}
		list, err := tx.hearers()
		if err != nil {
			return err
		}
		for _, o := range list {
			if o.ID == f.Organisation {
				return tx.putFeedback(read, f, body)
			}
		}
		return plumbline.Invalid("organisation", "problem.needed")
	})
}

func (f *Feedback) check() (ps plumbline.Problems) {
	switch n := utf8.RuneCountInString(f.Said.Text); {
	case n == 0:
		ps = append(ps, plumbline.Invalid("text", "problem.needed"))
	case n > MaxFeedback:
		ps = append(ps, plumbline.Invalid("text", "problem.too_long", "Got", n, "Want", MaxFeedback))
	case !isText(f.Said.Text):
		ps = append(ps, plumbline.Invalid("text", "problem.not_text"))
	}
	switch n := utf8.RuneCountInString(f.Said.Reach); {
	case n > plumbline.MaxLine:
		ps = append(ps, plumbline.Invalid("reach", "problem.too_long", "Got", n, "Want", plumbline.MaxLine))
	case !isText(f.Said.Reach):
		ps = append(ps, plumbline.Invalid("reach", "problem.not_text"))
	}
	if f.Organisation == "" {
		ps = append(ps, plumbline.Invalid("organisation", "problem.needed"))
	}
	return ps
}

func (tx *Tx) putFeedback(code string, f Feedback, body []byte) error {
	advocate := 0
	if f.Advocate {
		advocate = 1
	}
	if err := tx.exec(`INSERT INTO feedback (id, code, organisation, language, advocate, said, at, answer, answered, seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`,
		f.ID, tx.db.feedbackMark(code), f.Organisation, f.Language, advocate, tx.db.secret.Seal(body, "feedback", "said", string(f.ID)), tx.now.UnixMicro(), []byte{}); err != nil {
		return err
	}
	var users []plumbline.ID
	if err := tx.each(func(scan func(...any) error) error {
		a, err := scanActor(scan)
		if plumbline.May(a, plumbline.HearPeople, plumbline.TookPart) {
			users = append(users, a.User)
		}
		return err
	}, "SELECT id, name, role, organisation, units FROM actor WHERE organisation = $1 ORDER BY id", f.Organisation); err != nil {
		return err
	}
	return tx.notify(NoticeHeard, "", "", users...) // that something came, and nothing of it
}

func (db *DB) feedbackMark(code string) []byte { return db.secret.Mark("feedback", code) }

func (db *DB) feedbackBrakes(what, place string) []brake {
	if place == "" {
		return nil
	}
	return []brake{{db.secret.Mark("brake", "feedback "+what, place), freePlaceFails}}
}

// forgetFeedback destroys what has been kept long enough: whenever somebody
// signs in, writes, or comes with a receipt.
func (tx *Tx) forgetFeedback() error {
	return tx.exec("DELETE FROM feedback WHERE seen > 0 AND seen < $1 OR seen = 0 AND answered > 0 AND answered < $2",
		tx.now.Add(-FeedbackSeen).UnixMicro(), tx.now.Add(-FeedbackUnseen).UnixMicro())
}

const feedbackColumns = "id, organisation, language, advocate, said, at, answer, answered, seen"

func (tx *Tx) scanFeedback(scan func(...any) error) (f Feedback, err error) {
	var advocate, at, answered, seen int64
	var said, answer []byte
	if err := scan(&f.ID, &f.Organisation, &f.Language, &advocate, &said, &at, &answer, &answered, &seen); err != nil {
		return f, err
	}
	f.Advocate, f.At = advocate == 1, time.UnixMicro(at).UTC()
	for _, m := range []struct {
		micro int64
		into  *time.Time
	}{{answered, &f.Answered}, {seen, &f.Seen}} {
		if m.micro > 0 {
			*m.into = time.UnixMicro(m.micro).UTC()
		}
	}
	if err := tx.unseal(said, &f.Said, "said", f.ID); err != nil {
		return f, err
	}
	return f, tx.unseal(answer, &f.Answer, "answer", f.ID)
}

func (tx *Tx) unseal(sealed []byte, into any, column string, id plumbline.ID) error {
	if len(sealed) == 0 {
		return nil
	}
	body, err := tx.db.secret.Open(sealed, "feedback", column, string(id))
	if err != nil {
		return fmt.Errorf("%w: feedback: %w", errUnreadable, err)
	}
	return json.Unmarshal(body, into)
}

// FeedbackAnswer returns, to who has the code of a receipt, what was answered;
// what was said is not shown again. A code that is none, is wrong, or is of
// something that was deleted gives NotFound, and counts against the place; who
// has tried too many gets a WaitError.
func (db *DB) FeedbackAnswer(ctx context.Context, code, place string) (f Feedback, err error) {
	err = db.withReceipt(ctx, code, place, func(tx *Tx, mark []byte) error {
		if _, err := tx.oneFeedback(&f, "code = $1", mark); err != nil {
			return err
		}
		f.Said = Said{}
		if f.Answered.IsZero() || !f.Seen.IsZero() {
			return nil
		}
		return tx.exec("UPDATE feedback SET seen = $1 WHERE id = $2", tx.now.UnixMicro(), f.ID)
	})
	return f, err
}

// DeleteFeedback destroys, for who has the code of a receipt, what was said
// and answered. It returns what FeedbackAnswer returns.
func (db *DB) DeleteFeedback(ctx context.Context, code, place string) error {
	return db.withReceipt(ctx, code, place, func(tx *Tx, mark []byte) error {
		return tx.exec("DELETE FROM feedback WHERE code = $1", mark)
	})
}

// withReceipt runs f when the code is of a receipt.
func (db *DB) withReceipt(ctx context.Context, code, place string, f func(*Tx, []byte) error) error {
	if db.secret == nil {
		return errNoSecret
	}
	if len(code) > 200 {
		code = ""
	}
	mark, brakes := db.feedbackMark(credential.ReadCode(code).Recovery), db.feedbackBrakes("code", place)
	return db.guess(ctx, brakes, "receipt", db.aside, func(tx *Tx) (found bool, err error) {
		if err := tx.forgetFeedback(); err != nil {
			return false, err
		}
		var n int
		if found, err = tx.one([]any{&n}, "SELECT 1 FROM feedback WHERE code = $1", mark); err != nil || !found {
			return found, err
		}
		return true, f(tx, mark)
	})
}

func (tx *Tx) oneFeedback(f *Feedback, where string, arg any) (found bool, err error) {
	err = tx.each(func(scan func(...any) error) (err error) {
		found = true
		*f, err = tx.scanFeedback(scan)
		return err
	}, "SELECT "+feedbackColumns+" FROM feedback WHERE "+where, arg)
	return found, err
}

// Heard returns what people said to the actor's own organisation, what waits
// for an answer first, the oldest first. It needs HearPeople.
func (db *DB) Heard(ctx context.Context, a plumbline.Actor) (list []Feedback, err error) {
	if err := mayHear(a); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(func(scan func(...any) error) error {
			f, err := tx.scanFeedback(scan)
			list = append(list, f)
			return err
		}, "SELECT "+feedbackColumns+" FROM feedback WHERE organisation = $1 ORDER BY CASE WHEN answered = 0 THEN 0 ELSE 1 END, at, id", a.Organisation)
	})
	return list, err
}

// Unheard returns how many wait for an answer of the actor's organisation; 0
// to who may not read them.
func (db *DB) Unheard(ctx context.Context, a plumbline.Actor) (n int, err error) {
	if mayHear(a) != nil {
		return 0, nil
	}
	err = db.view(ctx, func(tx *Tx) error {
		_, err := tx.one([]any{&n}, "SELECT COUNT(*) FROM feedback WHERE organisation = $1 AND answered = 0", a.Organisation)
		return err
	})
	return n, err
}

func mayHear(a plumbline.Actor) error {
	if a.Organisation == "" {
		return plumbline.Forbidden(plumbline.HearPeople)
	}
	return plumbline.Allow(a, plumbline.HearPeople, plumbline.TookPart)
}

// AnswerFeedback answers what somebody said to the actor's own organisation.
// before is when it was answered as the actor saw it, the zero time when it was
// not. It needs HearPeople, and returns NotFound when it went to another, or is
// not there; Invalid when nothing is said; and Conflict when somebody else has
// answered meanwhile.
func (db *DB) AnswerFeedback(ctx context.Context, a plumbline.Actor, id plumbline.ID, before time.Time, g Given) error {
	if err := mayHear(a); err != nil {
		return err
	}
	g.Text = strings.TrimSpace(g.Text)
	if ps := g.check(); len(ps) > 0 {
		return ps
	}
	body, err := json.Marshal(g)
	if err != nil {
		return err
	}
	return db.aside(ctx, func(tx *Tx) error {
		var f Feedback
		found, err := tx.oneFeedback(&f, "id = $1", id)
		switch {
		case err != nil:
			return err
		case !found || f.Organisation != a.Organisation:
			return plumbline.NotFound("feedback")
		case f.Answer == g:
			return nil // sent again
		case !f.Answered.Equal(before):
			return plumbline.Conflict("", "problem.version")
		}
		return tx.exec("UPDATE feedback SET answer = $1, answered = $2, seen = 0 WHERE id = $3", tx.db.secret.Seal(body, "feedback", "answer", string(id)), tx.now.UnixMicro(), id)
	})
}

func (g Given) check() (ps plumbline.Problems) {
	said := Feedback{Organisation: "-", Said: Said{Text: g.Text}}
	ps = said.check()
	if !slices.Contains(g.Advocate.Values(), string(g.Advocate)) {
		ps = append(ps, plumbline.Invalid("advocate", "problem.needed"))
	}
	return ps
}

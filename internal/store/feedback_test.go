package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/store"
)

const (
	theHouse = plumbline.ID("org-lime-house")
	planted  = "zeppelinsonate" // nothing else holds this word
)

func say(to plumbline.ID, text string) store.Feedback {
	return store.Feedback{Organisation: to, Language: "en", Advocate: true, Said: store.Said{Text: text, Reach: "the " + planted + " bridge"}}
}

// What somebody says goes to one organisation, is answered, is read with the
// receipt, and is gone.
func TestFeedback(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		ctx, code := t.Context(), credential.NewRecoveryCode()
		ledger, err := s.Rows(ctx, "SELECT COUNT(*) FROM ledger_entry")
		s.must(err)
		for range 2 { // a resend changes nothing
			s.must(s.SendFeedback(ctx, code, "10.0.0.1", say(theHouse, "Who has the list?")))
		}
		list, err := s.Heard(ctx, worker)
		s.must(err)
		if len(list) != 1 || list[0].Said.Text != "Who has the list?" || !list[0].Advocate || !list[0].Answered.IsZero() {
			t.Fatalf("got %+v", list)
		}
		f, err := s.FeedbackAnswer(ctx, strings.ToUpper(strings.ReplaceAll(code, "-", " ")), "10.0.0.1")
		s.must(err)
		if !f.Answered.IsZero() || f.Said != (store.Said{}) {
			t.Errorf("before the answer the receipt gives %+v", f)
		}
		given := store.Given{Text: "We do not.", Advocate: "lawyer"}
		s.must(s.AnswerFeedback(ctx, worker, list[0].ID, time.Time{}, given))
		s.must(s.AnswerFeedback(ctx, worker, list[0].ID, time.Time{}, given)) // sent again
		s.refused("answer what another has answered meanwhile", plumbline.ErrConflict, func() error {
			return s.AnswerFeedback(ctx, worker, list[0].ID, time.Time{}, store.Given{Text: "Another."})
		})
		f, err = s.FeedbackAnswer(ctx, code, "10.0.0.1")
		s.must(err)
		if f.Answer != given || f.Said != (store.Said{}) || f.Organisation != theHouse {
			t.Errorf("the receipt gives %+v", f)
		}
		s.clock.Set(s.clock.Now().Add(store.FeedbackSeen - time.Hour))
		if _, err = s.FeedbackAnswer(ctx, code, ""); err != nil {
			t.Errorf("too early: %v", err)
		}
		s.clock.Set(s.clock.Now().Add(2 * time.Hour))
		s.refused("read what was kept long enough", plumbline.ErrNotFound, func() error { _, err := s.FeedbackAnswer(ctx, code, ""); return err })
		if list, err = s.Heard(ctx, worker); err != nil || len(list) != 0 {
			t.Errorf("still there: %+v, %v", list, err)
		}
		// What waits for an answer is kept until it is taken back.
		s.must(s.SendFeedback(ctx, code, "", say(theHouse, "Still there?")))
		s.clock.Set(s.clock.Now().Add(2 * store.FeedbackUnseen))
		s.must(s.DeleteFeedback(ctx, code, ""))
		s.refused("read what was taken back", plumbline.ErrNotFound, func() error { _, err := s.FeedbackAnswer(ctx, code, ""); return err })
		rows, err := s.Rows(ctx, "SELECT COUNT(*) FROM feedback")
		s.must(err)
		after, err := s.Rows(ctx, "SELECT COUNT(*) FROM ledger_entry")
		s.must(err)
		if fmt.Sprint(rows) != "[[0]]" || fmt.Sprint(after) != fmt.Sprint(ledger) {
			t.Errorf("%v left, and the ledger went from %v to %v", rows, ledger, after)
		}
	})
}

func TestFeedbackIsRefused(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		code := credential.NewRecoveryCode()
		for name, f := range map[string]store.Feedback{
			"nothing": say(theHouse, "  "), "too much": say(theHouse, strings.Repeat("x", store.MaxFeedback+1)), "no text": say(theHouse, "\xff"),
			"to nobody": say("", "x"), "to the police": say(thePolice, "x"), "to one that takes none": say(theClinic, "x"), "to one that is not there": say("org-none", "x"),
		} {
			s.refused(name, plumbline.ErrInvalid, func() error { return s.SendFeedback(ctx, code, "", f) })
		}
		s.refused("without a receipt", plumbline.ErrInvalid, func() error { return s.SendFeedback(ctx, "123456", "", say(theHouse, "x")) })

		// Every code that opens nothing is answered alike, and too many slow the place down.
		s.must(s.SendFeedback(ctx, code, "", say(theHouse, "x")))
		said := map[string]bool{}
		tries := 0
		for _, wrong := range []string{"", "x", "123456", credential.NewRecoveryCode(), strings.Repeat("a", 300)} {
			_, err := s.FeedbackAnswer(ctx, wrong, "10.9.9.9")
			said[fmt.Sprint(err)] = true
			tries++
		}
		if len(said) != 1 {
			t.Errorf("wrong codes are told apart: %v", said)
		}
		wait, waits := store.WaitError{}, false
		for ; tries < 40 && !waits; tries++ {
			_, err := s.FeedbackAnswer(ctx, credential.NewRecoveryCode(), "10.9.9.9")
			wait, waits = errors.AsType[store.WaitError](err)
		}
		if !waits || wait.For <= 0 {
			t.Errorf("%d wrong codes from one place are all looked at", tries)
		}
		if _, err := s.FeedbackAnswer(ctx, code, "10.9.9.9"); err == nil {
			t.Error("a right code is told apart while the place waits")
		}
		if _, err := s.FeedbackAnswer(ctx, code, "10.1.1.1"); err != nil {
			t.Errorf("another place waits too: %v", err)
		}
		waits = false
		for n := 0; n < 60 && !waits; n++ {
			_, waits = errors.AsType[store.WaitError](s.SendFeedback(ctx, credential.NewRecoveryCode(), "10.8.8.8", say(theHouse, "x")))
		}
		if !waits {
			t.Error("one place may write without end")
		}
	})
}

// Nothing of what was said or answered, nor the receipt's code, is in the bytes
// of the database, its ledger or its notices, and another's secret opens
// nothing.
func TestFeedbackIsSealed(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		ctx, code := t.Context(), credential.NewRecoveryCode()
		s.must(s.SendFeedback(ctx, code, "10.0.0.1", say(theHouse, "The "+planted+" was there.")))
		list, err := s.Heard(ctx, worker)
		s.must(err)
		s.must(s.AnswerFeedback(ctx, worker, list[0].ID, time.Time{}, store.Given{Text: "So is our " + planted + "."}))
		for _, table := range []string{"feedback", "notice", "ledger_entry", "throttle"} {
			rows, err := s.Rows(ctx, "SELECT * FROM "+table)
			s.must(err)
			for _, r := range rows {
				for _, v := range r {
					text := fmt.Sprintf("%s", v)
					if strings.Contains(text, planted) || strings.Contains(text, code) || strings.Contains(text, strings.ReplaceAll(code, "-", "")) {
						t.Errorf("%s holds what was said or its code", table)
					}
				}
			}
		}
		if s.Engine() != "sqlite" {
			return
		}
		for _, file := range []string{s.address, s.address + "-wal"} {
			content, err := os.ReadFile(file)
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			s.must(err)
			if bytes.Contains(content, []byte(planted)) || bytes.Contains(content, []byte(code)) {
				t.Errorf("%s holds what was said or its code", file)
			}
		}
	})
}

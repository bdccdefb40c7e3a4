package store_test

import (
	"testing"

	"plumbline"
	"plumbline/internal/store"
)

// A seat that was corrected keeps what it said before, with who tidied it.
func TestWhoWasUninvitedStaysVisible(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		m := newMatrix(s)
		seat := &plumbline.Seat{Head: head("seat"), Who: "health_workers", Organisation: ours, State: "uninvited", DecidedBy: "The fund"}
		s.must(m.Write(m.ctx, theirCoordinator, dialogueBatch(elsewhere, seat)))
		tidy := *seat
		tidy.State, tidy.DecidedBy = "not_invited", ""
		b := dialogueBatch(elsewhere, &tidy)
		b.Reason, b.Changes[0].Version = "Tidied", 1
		s.must(m.Write(m.ctx, theirCoordinator, b))

		d, err := m.Shared(m.ctx, m.actor(plumbline.Worker), store.Subject{Kind: plumbline.KindDialogue, ID: elsewhere})
		s.must(err)
		if now := d.Find("seat").(*plumbline.Seat); now.State != "not_invited" {
			t.Errorf("the seat says %q", now.State)
		}
		earlier := d.Earlier["seat"]
		if len(earlier) != 1 || earlier[0].Entry.(*plumbline.Seat).State != "uninvited" || earlier[0].Entry.(*plumbline.Seat).DecidedBy != "The fund" || d.Revisions["seat"].Reason != "Tidied" {
			t.Errorf("before it said %+v, and the reason is %q", earlier, d.Revisions["seat"].Reason)
		}
		if n := len(d.Earlier[elsewhere+"-said"]); n != 0 {
			t.Errorf("%d earlier versions of what nobody corrected", n)
		}
	})
}

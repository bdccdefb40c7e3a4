package web

import (
	"testing"

	"plumbline"
	"plumbline/internal/store"
)

// A group's monitor records a case that the group led, and it stands beside
// police in the same figures; who sits on the group stands on its page.
func TestBoards(t *testing.T) {
	s := newSite(t)
	v, us := s.as(plumbline.Monitor), userOf(plumbline.Monitor)
	v.ok("/boards").says("Police units", "That none is recorded does not say that none helped")
	began := plumbline.At(s.db.Now().AddDate(0, 0, -20))
	head := func(id plumbline.ID) plumbline.Head { return plumbline.Head{ID: id} }
	if err := s.db.Write(t.Context(), us, store.Batch{Subject: store.Subject{Kind: plumbline.KindOperation, ID: "board-case"}, Changes: []store.Change{
		{Entry: &plumbline.Operation{Head: head("board-case"), Title: "A girl came to the board", Origin: "fictional", Began: began, HeadCount: plumbline.Exactly(2), Criteria: plumbline.Criteria{Aim: "welfare", Police: "no"}}},
		{Entry: &plumbline.Agency{Head: head("bc-a"), Organisation: us.Organisation, Name: "Riverside", Kind: "worker_led", Role: "lead", TookPart: "yes"}},
		{Entry: &plumbline.Presence{Head: head("bc-girl"), Code: "G-01", Count: plumbline.Exactly(1), Age: "14-18", AgeBasis: "presumed_child"}},
		{Entry: &plumbline.Presence{Head: head("bc-adult"), Code: "G-02", Count: plumbline.Exactly(1), Age: "18+"}},
		{Entry: &plumbline.StepTaken{Head: head("bc-g"), Step: "guardian_named", Done: "done"}},
		{Entry: &plumbline.Movement{Head: head("bc-m"), Presence: "bc-girl", State: "placed", From: began, PlaceKind: "shelter_open", Consent: "yes"}},
		{Entry: &plumbline.Movement{Head: head("bc-n"), Presence: "bc-adult", State: "free_to_go", From: began}},
	}}); err != nil {
		t.Fatal(err)
	}
	v.ok("/boards").says("Riverside Workers’ Association", "only 1 operation", "Police units")
	coordinator := userOf(plumbline.Coordinator)
	coordinator.Organisation = us.Organisation
	members := &plumbline.Members{Head: head("sits"), Who: "former_worker", Number: plumbline.Exactly(4)}
	batch := store.Batch{Subject: store.Subject{Kind: plumbline.KindOrganisation, ID: us.Organisation}, Changes: []store.Change{{Entry: members}}}
	if err := s.db.Write(t.Context(), us, batch); err == nil {
		t.Error("a monitor writes who sits on the group, which is its workers' to write")
	}
	if err := s.db.Write(t.Context(), coordinator, batch); err != nil {
		t.Fatal(err)
	}
	v.ok("/organisations/"+string(us.Organisation)).says("Who sits on it", "Former workers", "Help without police, beside police")
}

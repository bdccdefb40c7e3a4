package rig

import (
	"context"
	"fmt"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/store"
)

// matters tells what the organisations of the coalition ask of each other: one
// or more of every kind, answered, overdue, answered by the wrong one.
func matters(t teller) (all []*plumbline.MatterRecord) {
	raise := func(id plumbline.ID, title string, m plumbline.Matter, entries ...plumbline.Entry) {
		m.ID, m.Title, m.Origin = id, title, "fictional"
		r := &plumbline.MatterRecord{Matter: m}
		for i, e := range entries {
			plumbline.HeadOf(e).ID = plumbline.ID(fmt.Sprintf("%s-%d", id, i+1))
			r.Put(e)
		}
		all = append(all, r)
	}
	raise("papers-to-employers", "Papers given to employers", plumbline.Matter{Kind: "criticism", RaisedBy: riverside, To: police, At: t.on(47), Document: "Operation order of the protection unit, paragraph 9",
		Text: "After the last two operations in Pier Street the papers of our members were given to whoever ran the house. They got them back weeks later, against money, or not at all. Give papers to their owners, against a receipt."},
		&plumbline.Answering{Organisation: openDoor, At: t.on(40), Accepted: "no", Text: "Our staff were there and saw nothing of the kind."})
	raise("no-papers-returned", "Nobody asks what became of the papers", plumbline.Matter{Kind: "incident", RaisedBy: limeHouse, At: t.on(71),
		Text: "Four people came to us from Rope Walk without papers. Each says that an officer took them. No body has opened anything, and we do not know which one should."})
	raise("numbers-in-the-letter", "Numbers in the letter to donors", plumbline.Matter{Kind: "criticism", RaisedBy: riverside, To: openDoor, At: t.on(150), Document: "Letter to donors, spring",
		Text: "The letter says that 120 were taken out. It does not say that most were let go the same night and wanted nothing of it. Say whom you count."},
		&plumbline.Answering{Organisation: openDoor, At: t.on(128), Accepted: "no", Changed: "no", Text: "Everyone who leaves such a place is counted by us, whether they stay with us or not."},
		&plumbline.Look{Organisation: harbour, At: t.on(95), Independent: "yes", Changed: "no", Found: "The summer letter has the same sentence. Of the 120 we can find 38 in our own and Lime House’s records."})
	raise("door-of-lime-house", "The door of Lime House", plumbline.Matter{Kind: "criticism", RaisedBy: riverside, To: limeHouse, At: t.on(23), PutBy: "Members who stayed there",
		Text: "Adults are not let out in the first week. Your rules say that they may leave. Which is it?"})
	raise("telephone-at-night", "The telephone at night", plumbline.Matter{Kind: "criticism", RaisedBy: clinic, To: harbour, At: t.on(34),
		Text: "Your number rings out after ten. We give it to people who are picked up after ten."})
	raise("blows-at-the-gate", "Blows at the dock gate", plumbline.Matter{Kind: "abuse_reported", RaisedBy: openDoor, To: oversight, At: t.on(110), PutBy: "Staff who were along",
		Text: "We saw officers of the dock squad strike people who had already sat down. Our own staff were told to stand back."},
		&plumbline.Answering{Organisation: oversight, At: t.on(88), Accepted: "yes", Changed: "yes", Text: "A file was opened. The squad goes out with a body camera until it is closed."},
		&plumbline.Look{Organisation: clinic, At: t.on(60), Independent: "yes", Changed: "yes", Found: "On three nights since, cameras were worn. We treated nobody for blows."})
	raise("leaflets", "Leaflets about the warrant checks", plumbline.Matter{Kind: "demand", RaisedBy: police, To: riverside, At: t.on(62),
		Text: "The Association’s leaflets call every check a raid. Where there is a warrant and nobody is held, stop saying so."},
		&plumbline.Answering{Organisation: riverside, At: t.on(55), Accepted: "no", Changed: "no", Text: "We will write which checks had a warrant when we are told which had. What we call them is for our members to say."})
	raise("night-line", "A night line run by workers", plumbline.Matter{Kind: "proposal", RaisedBy: riverside, To: lanternFund, At: t.on(21), Instead: vehicles, Work: []plumbline.Work{"worker_organising"}, Amount: "24000", Currency: "EUR",
		Aims: "Somebody who answers at night, knows the street, and calls a lawyer or the clinic before anybody calls the police.",
		Text: "Pay for two people a night and a telephone, in place of a line that rings at the squad."},
		&plumbline.Look{Organisation: harbour, At: t.on(9), Independent: "yes", Found: "Tried for six weeks with volunteers. 61 called, 9 of them for somebody under 18 or held; a lawyer went seven times, the police were asked twice.",
			Amount: "2800", Currency: "EUR", Served: plumbline.Exactly(61)})
	return all
}

// Said writes what people said to the organisations of the coalition that hear
// them: one who waits, and one who was answered.
func Said(ctx context.Context, db *store.DB) error {
	for _, f := range []store.Feedback{
		{Organisation: limeHouse, Language: "en", Advocate: true, Said: store.Said{Text: "(Made up.) I was at Pier Street. They wrote my name on a list and I do not know who has it. I want to be told, and I do not want to come alone.", Reach: "Thursday at the clinic, ask for the one with the red bag"}},
		{Organisation: harbour, Language: "es", Said: store.Said{Text: "(Inventado.) Nadie me preguntó si quería irme."}},
	} {
		if err := db.SendFeedback(ctx, credential.NewRecoveryCode(), "", f); err != nil {
			return fmt.Errorf("say something: %w", err)
		}
	}
	list, err := db.Heard(ctx, secretary)
	for _, f := range list {
		err = db.AnswerFeedback(ctx, secretary, f.ID, f.Answered, store.Given{Text: "Tiene razón: hay que preguntar. Una abogada le espera el martes, si usted quiere.", Advocate: "lawyer"})
	}
	return err
}

// raised returns who wrote what of matters, and when: each organisation its
// own, on the day of it.
func raised(all []*plumbline.MatterRecord) (out []write) {
	for _, r := range all {
		for _, e := range r.Entries() {
			by := r.Matter.RaisedBy
			at, _ := r.Matter.At.Earliest()
			switch e := e.(type) {
			case *plumbline.Answering:
				by = e.Organisation
				at, _ = e.At.Earliest()
			case *plumbline.Look:
				by = e.Organisation
				at, _ = e.At.Earliest()
			}
			a := plumbline.Actor{User: "demo-" + by, Name: strings.TrimPrefix(string(by), "org-"), Role: plumbline.Monitor, Organisation: by}
			if by == police {
				a.Role = plumbline.PoliceLiaison
			}
			out = append(out, write{at: at.Add(11 * time.Hour), by: a, of: plumbline.KindMatter, id: r.Matter.ID, entries: []plumbline.Entry{e}})
		}
	}
	return out
}

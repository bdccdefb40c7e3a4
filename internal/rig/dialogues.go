package rig

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline"
)

const (
	beforeHarbour  plumbline.ID = "before-safe-harbour"
	accompanied    plumbline.ID = "accompaniment-review"
	courseDrafting plumbline.ID = "course-drafting"
)

// dialogues tells who was asked. Before Safe Harbour the clinic was told not
// to come after all, and the list was tidied later; one promise is overdue, and
// of one two organisations found different things.
func dialogues(t teller) (all []*plumbline.DialogueRecord) {
	before := t.dialogue(plumbline.Dialogue{Head: plumbline.Head{ID: beforeHarbour}, Title: "Before Safe Harbour", Kind: "before_launch", Convener: harbour, At: t.on(launched + 16), Programme: safeHarbour,
		Purpose: "The Lantern Fund decides in two weeks. Who lives and works here says what the grant would do."},
		&plumbline.Seat{Who: "sex_workers", Organisation: riverside, People: plumbline.Exactly(6), State: "came", Paid: "yes", At: t.on(launched + 16)},
		&plumbline.Seat{Who: "survivors", Name: "Residents of Lime House", People: plumbline.Exactly(2), State: "declined", Why: "They did not wish to sit in a room with officers. They gave a message along.", At: t.on(launched + 20)},
		&plumbline.Seat{Who: "health_workers", Organisation: clinic, State: "uninvited", DecidedBy: "Lantern Fund", Why: "“The clinic has made its view known.” It had written against the grant.", At: t.on(launched + 18)},
		&plumbline.Seat{Who: "service_providers", Organisation: limeHouse, People: plumbline.Exactly(2), State: "came", At: t.on(launched + 16)},
		&plumbline.Seat{Who: "rescue_group", Organisation: openDoor, State: "asked_to_come", DecidedBy: "Harbour Legal Aid", Why: "Asked on the day before; the room was full.", At: t.on(launched + 17)},
		&plumbline.Seat{Who: "police", Organisation: police, Name: theUnit, People: plumbline.Exactly(2), State: "came", At: t.on(launched + 16)},
		&plumbline.Seat{Who: "donors", Organisation: lanternFund, People: plumbline.Exactly(1), State: "came", At: t.on(launched + 16)},
		&plumbline.Said{Speaker: riverside, Kind: "concern", Text: "Names are taken at the door of the clinic. If that goes on, our members stop going, and you will read it as less illness."},
		&plumbline.Said{Speaker: police, Kind: "statement", To: "before-safe-harbour-said-1", Text: "We need no names from the clinic and have no order to take any. It will stop."},
		&plumbline.Said{Speaker: riverside, Kind: "request", Text: "A lawyer whom we choose, paid by the grant, and on the telephone at night."},
		&plumbline.Said{By: "Residents of Lime House", Kind: "concern", Text: "You ask how many beds. Ask how many doors are open."},
		&plumbline.Said{Speaker: limeHouse, Kind: "aim", Text: "Nobody under 18 in any house, and no waiting when one is seen there."},
		&plumbline.Said{Speaker: riverside, Kind: "fact", Text: "Every operation of the year before ended with members at a police station."},
		&plumbline.Stance{Said: "before-safe-harbour-said-5", Speaker: limeHouse, Holds: "yes", At: t.on(launched + 16)},
		&plumbline.Stance{Said: "before-safe-harbour-said-5", Speaker: riverside, Holds: "yes", At: t.on(launched + 16)},
		&plumbline.Stance{Said: "before-safe-harbour-said-5", Speaker: police, Holds: "yes", At: t.on(launched + 15)},
		&plumbline.Stance{Said: "before-safe-harbour-said-6", Speaker: riverside, Holds: "yes", At: t.on(launched + 16)},
		&plumbline.Stance{Said: "before-safe-harbour-said-6", Speaker: police, Holds: "no", At: t.on(launched + 15), Text: "The custody books of that year, read by somebody whom both sides name."},
		&plumbline.Promise{Speaker: police, Said: "before-safe-harbour-said-1", Text: "Officers take no names at the clinic.", Due: t.on(launched - 30)},
		&plumbline.Promise{By: "Lantern Fund", Said: "before-safe-harbour-said-3", Text: "A lawyer whom the Association chooses is on call.", Due: t.on(launched - 400)},
		&plumbline.Promise{Speaker: harbour, Text: "Everybody who came, and who could not come, gets the minutes.", Due: t.on(launched - 10)},
		&plumbline.PromiseCheck{Promise: "before-safe-harbour-promise-1", Speaker: oversight, Kept: "yes", At: t.on(launched - 90), Text: "No name in the unit’s day books of two months."},
		&plumbline.PromiseCheck{Promise: "before-safe-harbour-promise-1", Speaker: riverside, Kept: "no", At: t.on(launched - 120), Text: "Four members were asked for their names outside the clinic. Whoever asked wrote in no day book."},
		&plumbline.PromiseCheck{Promise: "before-safe-harbour-promise-3", Speaker: riverside, Kept: "yes", At: t.on(launched - 12)},
		&plumbline.PromiseCheck{Promise: "before-safe-harbour-promise-3", Speaker: harbour, Kept: "yes", At: t.on(launched - 9), Text: "Sent."},
	)
	course := t.dialogue(plumbline.Dialogue{Head: plumbline.Head{ID: courseDrafting}, Title: "Writing the course “Law and identification”", Kind: "drafting", Convener: harbour, At: t.on(740), Programme: safeHarbour, About: "Law and identification"},
		&plumbline.Seat{Who: "sex_workers", Organisation: riverside, People: plumbline.Exactly(2), State: "came", Paid: "yes", At: t.on(740)},
		&plumbline.Seat{Who: "police", Organisation: police, People: plumbline.Exactly(1), State: "came", At: t.on(740)},
		&plumbline.Said{Speaker: riverside, Kind: "request", Text: "Teach first how to speak to somebody who is not looked for. That is nearly everybody."},
		&plumbline.Said{Speaker: riverside, Kind: "question", Text: "Who tells us when an officer fails the course?"},
		&plumbline.Change{Said: "course-drafting-said-1", In: "Law and identification", At: t.on(728), Text: "The first three hours are about adults who are not looked for. Two members of the Association wrote them, and were paid."},
	)
	review := t.dialogue(plumbline.Dialogue{Head: plumbline.Head{ID: accompanied}, Title: "Who was beside the people met at Pier Street", Kind: "joint_review", Convener: oversight, At: t.on(24), About: "X-03",
		Purpose: "Two accounts of one night differ on who was asked to come along, and on who came."},
		&plumbline.Seat{Who: "police", Organisation: police, People: plumbline.Exactly(1), State: "came", At: t.on(24)},
		&plumbline.Seat{Who: "service_providers", Organisation: limeHouse, People: plumbline.Exactly(1), State: "came", At: t.on(24)},
		&plumbline.Seat{Who: "sex_workers", Organisation: riverside, People: plumbline.Exactly(2), State: "came", Paid: "no", At: t.on(24)},
		&plumbline.Said{Speaker: police, Kind: "statement", Text: "We go in with a social worker whenever one can come. That night none could."},
		&plumbline.Said{Speaker: limeHouse, Kind: "statement", Text: "When none can come is a reason to wait, and the protocol says so."},
		&plumbline.Said{Speaker: limeHouse, Kind: "fact", Text: "No social worker was at Pier Street in the first four hours."},
		&plumbline.Said{Speaker: police, Kind: "fact", Text: "The house was telephoned before the operation."},
		&plumbline.Stance{Said: "accompaniment-review-said-3", Speaker: limeHouse, Holds: "yes", At: t.on(24)},
		&plumbline.Stance{Said: "accompaniment-review-said-3", Speaker: police, Holds: "yes", At: t.on(23)},
		&plumbline.Stance{Said: "accompaniment-review-said-3", Speaker: riverside, Holds: "yes", At: t.on(22)},
		&plumbline.Stance{Said: "accompaniment-review-said-4", Speaker: police, Holds: "yes", At: t.on(23)},
		&plumbline.Stance{Said: "accompaniment-review-said-4", Speaker: limeHouse, Holds: "no", At: t.on(22), Text: "The list of calls of the house’s telephone, for that evening."},
		&plumbline.Promise{Speaker: limeHouse, Said: "accompaniment-review-said-4", Text: "The list of calls is put before the Office.", Due: t.on(-6)},
	)
	all = append(all, before, course)
	for i, ago := range []int{700, 610, 520, 250, 160, 60} {
		session := t.dialogue(plumbline.Dialogue{Head: plumbline.Head{ID: plumbline.ID(fmt.Sprintf("providers-%d", i+1))}, Title: fmt.Sprintf("Service providers, session %d", i+1), Kind: "providers", Convener: harbour, At: t.on(ago), Programme: safeHarbour,
			Purpose: "What changed since the last time for those who come for help."},
			&plumbline.Seat{Who: "service_providers", Organisation: limeHouse, People: plumbline.Exactly(1), State: "came", At: t.on(ago)},
			&plumbline.Seat{Who: "health_workers", Organisation: clinic, People: plumbline.Exactly(1), State: []plumbline.SeatAs{"came", "declined"}[i%2], At: t.on(ago)},
			&plumbline.Said{Speaker: limeHouse, Kind: "finding", Text: []plumbline.Text{
				"Two waited four days for an interpreter.", "Nobody came through the police. Nine came through the Association.", "Three left since the lawyer could not be reached at night.",
				"The waiting list is closed. It was not before the raid in Pier Street.", "Two asked for a bed and for no interview. There is no form for that.", "Since the order on immigration nobody asked about papers at the door."}[i]})
		all = append(all, session)
	}
	return append(all, review)
}

// dialogue puts together what was told of a dialogue. An entry without an id
// gets one that says what it is.
func (t teller) dialogue(d plumbline.Dialogue, entries ...plumbline.Entry) *plumbline.DialogueRecord {
	d.Origin = "fictional"
	r := &plumbline.DialogueRecord{Dialogue: d}
	made := map[plumbline.Kind]int{}
	for _, e := range entries {
		kind := plumbline.KindOf(e)
		made[kind]++
		plumbline.HeadOf(e).ID = plumbline.ID(fmt.Sprintf("%s-%s-%d", d.ID, strings.ReplaceAll(string(kind), "_", "-"), made[kind]))
		r.Put(e)
	}
	return r
}

// hearings tells what groups heard from their members.
func hearings(t teller) *plumbline.OrganisationRecord {
	return &plumbline.OrganisationRecord{Organisation: plumbline.Organisation{Head: plumbline.Head{ID: riverside}}, Members: []*plumbline.Members{
		{Head: plumbline.Head{ID: "riverside-workers"}, Who: "sex_worker", Number: plumbline.Exactly(7), From: t.on(300)},
		{Head: plumbline.Head{ID: "riverside-former"}, Who: "former_worker", Number: plumbline.Exactly(2), From: t.on(300)},
		{Head: plumbline.Head{ID: "riverside-nurse"}, Who: "health_worker", Number: plumbline.Exactly(1), From: t.on(120)},
	}, Hearings: []*plumbline.Hearing{
		{Head: plumbline.Head{ID: "riverside-hearing-1"}, At: t.on(140), People: plumbline.Exactly(31), Publish: "yes",
			Heard: "Most had been stopped near the clinic since the spring. Eleven have not gone back. Five said that the night patrol had helped them with a client.",
			Did:   "The clinic now sends somebody to our room on Mondays. We asked the protection unit in writing to stay out of Bridge Street; no answer yet."},
		{Head: plumbline.Head{ID: "riverside-hearing-2"}, At: t.on(20), People: plumbline.AtLeast(12),
			Heard: "Two have doubts whether we should sit in the reviews at all."},
	}}
}

// speaker returns who writes for an organisation, where its user of the
// demonstration may; a worker of its own does for the others.
func speaker(o plumbline.ID) plumbline.Actor {
	for _, a := range Actors() {
		if a.Organisation == o && plumbline.May(a, plumbline.Speak, plumbline.TookPart) {
			return a
		}
	}
	return plumbline.Actor{User: "demo-" + o, Name: strings.TrimPrefix(string(o), "org-"), Role: plumbline.Worker, Organisation: o}
}

// meetings returns who wrote what of dialogues, and when: on the day of it, or
// of what is dated later on its own day.
func meetings(t Telling) (all []write) {
	for _, d := range t.Dialogues {
		day, _ := d.Dialogue.At.Earliest()
		for _, e := range d.Entries() {
			w := write{at: day.Add(15 * time.Hour), by: speaker(d.Dialogue.Convener), of: plumbline.KindDialogue, id: d.Dialogue.ID, entries: []plumbline.Entry{e}}
			for _, ref := range plumbline.Refs(e) {
				if ref.Field == "speaker" {
					w.by = speaker(ref.ID)
				}
			}
			if at, ok := momentOf(e).Earliest(); ok && at.After(day) {
				w.at = at.Add(15 * time.Hour)
			}
			all = append(all, w)
		}
		if d.Dialogue.ID == beforeHarbour { // the list is tidied, and says so
			i := slices.IndexFunc(d.Seats, func(s *plumbline.Seat) bool { return s.State == "uninvited" })
			tidy := *d.Seats[i]
			tidy.State, tidy.DecidedBy, tidy.Why = "not_invited", "", ""
			all = append(all, write{at: day.AddDate(0, 3, 0).Add(10 * time.Hour), by: secretary, of: plumbline.KindDialogue, id: d.Dialogue.ID, entries: []plumbline.Entry{&tidy}, reason: "Tidied for the first report to the fund", isEdit: true})
		}
	}
	return all
}

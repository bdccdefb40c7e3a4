package rig

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline"
)

const (
	lanternFund plumbline.ID = "org-lantern-fund"

	safeHarbour plumbline.ID = "safe-harbour"
	vehicles    plumbline.ID = "vehicles-and-line"
)

// launched is how many days ago the programmes began.
const launched = 760

// programmes tells who paid. The Lantern Fund asks for a number, and a month
// before the report the number is made to fit; Open Door Rescue pays the dock
// squad and says of nobody whom it counts.
func programmes(t teller) []*plumbline.ProgrammeRecord {
	harbourGrant := &plumbline.ProgrammeRecord{RecordedBy: harbour, Programme: plumbline.Programme{
		Head: plumbline.Head{ID: safeHarbour}, Name: "Safe Harbour", Funder: lanternFund, Origin: "fictional", Began: t.on(launched), Ended: t.on(-150),
		Work: []plumbline.Work{"police_operations", "police_training", "services", "worker_organising"}, Amount: "600000", Currency: "EUR",
		Summary: "A trained police unit, a shelter with room, and a lawyer on call, in two districts.",
	}}
	classes := []plumbline.Class{"child", "dependant_child", "adult_coerced"}
	put(harbourGrant,
		&plumbline.Target{Head: plumbline.Head{ID: "safe-harbour-found"}, Title: "People identified as trafficked", People: plumbline.Exactly(80), From: t.on(launched), Until: t.on(-150),
			Reports: []plumbline.Report{{Due: t.on(395), Reported: plumbline.Exactly(19)}, {Due: t.on(30), Reported: plumbline.Exactly(74)}, {Due: t.on(-150)}}},
		&plumbline.TargetDefinition{Target: "safe-harbour-found", Version: "1", From: t.on(launched), Text: "Children, and adults of whom somebody named decided that they were coerced.", Classes: classes, DecidedBy: "Lantern Fund"},
		&plumbline.TargetDefinition{Target: "safe-harbour-found", Version: "2", From: t.on(52), Text: "As before, and adults of whom it is not determined.", Classes: append(classes[:3:3], "adult_not_determined"),
			DecidedBy: "Lantern Fund", Reason: "“To reflect people who are not yet ready to speak.”"},
		&plumbline.Objection{Organisation: riverside, By: workers, At: t.on(launched + 45), Reason: "Every operation of last year ended with our members at a police station. Pay for a lawyer whom we choose, and for no operation that we hear of afterwards."},
		&plumbline.Objection{Organisation: harbour, By: legalAid, At: t.on(launched + 20), Reason: "A number of people to be found makes people to be found. Ask for the share who got what they wanted."},
		&plumbline.Objection{Organisation: clinic, By: theClinic, At: t.on(launched - 12), Reason: "Two outreach nights were called off since the unit began its rounds. We were not asked."},
		&plumbline.Reply{Objection: "safe-harbour-objection-1", By: "Lantern Fund", At: t.on(launched + 15), Outcome: "partly", Text: "A lawyer on call is paid for. Who is called is for the unit to say."},
		&plumbline.Reply{Objection: "safe-harbour-objection-2", By: "Lantern Fund", At: t.on(launched - 70), Outcome: "rejected", Text: "The board wants one number that can be compared."},
		&plumbline.Spending{Kind: "police", Organisation: police, To: theUnit, From: t.on(launched), Until: t.on(launched - 365), Amount: "140000", Currency: "EUR", For: "Training, a vehicle, overtime"},
		&plumbline.Spending{Kind: "police", Organisation: police, To: "Saltmarsh unit", From: t.on(launched - 365), Until: t.on(40), Amount: "60000-80000", Currency: "EUR", For: "Overtime"},
		&plumbline.Spending{Kind: "services", Organisation: limeHouse, To: theHouse, From: t.on(launched), Until: t.on(40), Amount: "118000", Currency: "EUR", For: "Beds and two social workers", Served: plumbline.Exactly(46)},
		&plumbline.Spending{Kind: "services", Organisation: harbour, To: legalAid, From: t.on(launched), Until: t.on(40), Amount: "42000", Currency: "EUR", For: "A lawyer on call", Served: plumbline.AtLeast(70)},
		&plumbline.Spending{Kind: "worker_groups", Organisation: riverside, To: workers, From: t.on(launched - 200), Until: t.on(40), Amount: "15000", Currency: "EUR", For: "A night telephone", Served: plumbline.Exactly(240)},
		&plumbline.Spending{Kind: "courts", To: "District court", From: t.on(launched - 100), Until: t.on(60), Amount: "20000", Currency: "EUR", For: "Interpreters"},
		&plumbline.Spending{Kind: "police", Organisation: police, To: theUnit, From: t.on(300), Until: t.on(296), Amount: "9000", Currency: "USD", For: "A course abroad"},
	)
	rescueGrant := &plumbline.ProgrammeRecord{RecordedBy: harbour, Programme: plumbline.Programme{
		Head: plumbline.Head{ID: vehicles}, Name: "Vehicles and a line", Funder: openDoor, Origin: "fictional", Began: t.month(620), Ended: t.month(130),
		Work: []plumbline.Work{"police_operations"}, Summary: "Two vehicles and a telephone line for the police, against four operations a month.",
	}}
	put(rescueGrant,
		&plumbline.Target{Title: "People taken out", People: plumbline.AtLeast(100), From: t.month(620), Until: t.month(130), Reports: []plumbline.Report{{Due: t.on(135), Reported: plumbline.About(120)}}},
		&plumbline.TargetDefinition{Target: "vehicles-and-line-target-1", Version: "letter", From: t.month(620), Text: "“Everyone who is brought out of a place.”", DecidedBy: rescuers},
		&plumbline.Objection{Organisation: riverside, By: workers, At: t.on(600), Reason: "The line rings at the dock squad. Nobody on our side of the street will call it."},
		&plumbline.Spending{Kind: "police", Organisation: police, To: theSquad, From: t.month(620), Amount: "38000+", Currency: "EUR", For: "Two vehicles"},
		&plumbline.Spending{From: t.month(500), Amount: "6000", Currency: "EUR", For: "Telephone line; to whom is not told"},
	)
	return []*plumbline.ProgrammeRecord{harbourGrant, rescueGrant}
}

func put(r *plumbline.ProgrammeRecord, entries ...plumbline.Entry) {
	made := map[plumbline.Kind]int{}
	for _, e := range entries {
		kind := plumbline.KindOf(e)
		made[kind]++
		if h := plumbline.HeadOf(e); h.ID == "" {
			h.ID = plumbline.ID(fmt.Sprintf("%s-%s-%d", r.Programme.ID, kind, made[kind]))
		}
		r.Put(e)
	}
}

// fund puts on record which operations the programmes paid for: those of the
// units that they pay, while they run.
func fund(grants []*plumbline.ProgrammeRecord, ops []*plumbline.Record) {
	pays := map[plumbline.ID][]plumbline.ID{safeHarbour: {protection, "unit-saltmarsh"}, vehicles: {dockSquad}}
	for _, g := range grants {
		for _, r := range ops {
			for _, unit := range pays[g.Programme.ID] {
				if r.Operation.Unit == unit && r.Operation.Began.Before(g.Programme.Began) == plumbline.No && g.Programme.Ended.Before(r.Operation.Began) == plumbline.No {
					r.Put(&plumbline.Funding{Head: plumbline.Head{ID: r.Operation.ID + "-paid-by-" + g.Programme.ID}, Programme: g.Programme.ID})
				}
			}
		}
	}
}

// stories tells what was published of people, and what the press asked.
func stories(t teller) []*plumbline.OrganisationRecord {
	house := &plumbline.OrganisationRecord{Organisation: plumbline.Organisation{Head: plumbline.Head{ID: limeHouse}}}
	house.Publications = []*plumbline.Publication{
		{Head: plumbline.Head{ID: "lime-house-story-1"}, Where: "Yearly report of Lime House", Published: t.on(210), Person: "lh-014", Agreed: "yes", AgreedAt: t.on(224), NameUsed: "no", Until: t.on(-155),
			Words:       "I was nineteen and I had papers. Nobody asked me for them before the door was broken. Afterwards one woman did ask what I wanted, and that is how I got my wages.",
			WhoBenefits: "The house, which raises money with the report; the person was paid for a day’s work on the text.", Office: "the social workers of Lime House, who ask her at the next visit"},
		{Head: plumbline.Head{ID: "lime-house-story-2"}, Where: "Film for the opening of the new house", Published: t.on(340), Person: "lh-009", Agreed: "yes", AgreedAt: t.on(350), NameUsed: "no", ForGood: "yes", Withdrawn: t.on(48),
			Words:       "I stayed eleven months. The first three I was not allowed to leave.",
			WhoBenefits: "The house.", Office: "the social workers of Lime House"},
	}
	house.MediaRequests = []*plumbline.MediaRequest{
		{Head: plumbline.Head{ID: "lime-house-request-1"}, Asked: t.on(190), By: "A daily paper", Office: "Lime House", For: "To meet the woman of the yearly report.", Publication: "lime-house-story-1", Person: "lh-014",
			PutToPerson: "yes", Granted: "refused", DecidedBy: "person", Answered: t.on(183), Reason: "She has said what she wants to say in the report."},
		{Head: plumbline.Head{ID: "lime-house-request-2"}, Asked: t.on(16), By: "A radio station", Office: "Lime House", For: "An hour with anybody from Pier Street."},
	}
	rescue := &plumbline.OrganisationRecord{Organisation: plumbline.Organisation{Head: plumbline.Head{ID: openDoor}}}
	rescue.Publications = []*plumbline.Publication{{Head: plumbline.Head{ID: "open-door-story-1"}, Where: "Letter to donors, spring", Published: t.month(230), NameUsed: "yes", WhoBenefits: "Open Door Rescue"}}
	rescue.MediaRequests = []*plumbline.MediaRequest{{Head: plumbline.Head{ID: "open-door-request-1"}, Asked: t.on(150), By: "A daily paper", Office: "Open Door Rescue", For: "To meet somebody from the letter.", PutToPerson: "no",
		Granted: "refused", DecidedBy: "organisation", Answered: t.on(149), Reason: "“They are not ready.”"}}
	return []*plumbline.OrganisationRecord{house, rescue}
}

// tellings returns who wrote what of programmes and stories, and when: a
// programme some months before it began, what is dated on its day.
func tellings(t Telling) (all []write) {
	for _, g := range t.Programmes {
		start, _ := g.Programme.Began.Earliest()
		for _, e := range g.Entries() {
			w := write{at: start.AddDate(0, 0, -90), by: secretary, of: plumbline.KindProgramme, id: g.Programme.ID, entries: []plumbline.Entry{e}}
			if o, ok := e.(*plumbline.Objection); ok && o.Organisation != harbour {
				w.by = workerOf(o.Organisation)
			}
			if at, ok := momentOf(e).Earliest(); ok && at.After(w.at) {
				w.at = at.Add(15 * time.Hour)
			}
			all = append(all, w)
		}
	}
	for _, o := range t.Stories {
		for _, e := range slices.Concat(entriesOf(o.Publications), entriesOf(o.MediaRequests), entriesOf(o.Hearings), entriesOf(o.Members)) {
			at, _ := momentOf(e).Earliest()
			all = append(all, write{at: at.Add(15 * time.Hour), by: workerOf(o.Organisation.ID), of: plumbline.KindOrganisation, id: o.Organisation.ID, entries: []plumbline.Entry{e}})
		}
	}
	return all
}

// workerOf is somebody of an organisation who tells what it knows.
func workerOf(o plumbline.ID) plumbline.Actor {
	return plumbline.Actor{User: "demo-" + o, Name: strings.TrimPrefix(string(o), "org-"), Role: plumbline.Worker, Organisation: o}
}

func entriesOf[E plumbline.Entry](list []E) (all []plumbline.Entry) {
	for _, e := range list {
		all = append(all, e)
	}
	return all
}

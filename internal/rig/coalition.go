package rig

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"plumbline"
)

// The organisations of the coalition.
const (
	harbour   plumbline.ID = "org-harbour-legal-aid"
	riverside plumbline.ID = "org-riverside-workers"
	limeHouse plumbline.ID = "org-lime-house"
	police    plumbline.ID = "org-harbour-police"
	clinic    plumbline.ID = "org-bridge-street-clinic"
	oversight plumbline.ID = "org-police-oversight"
	openDoor  plumbline.ID = "org-open-door-rescue"
	quayside  plumbline.ID = "org-quayside-university"
	port      plumbline.ID = "org-port-immigration"
)

// The units of the police.
const (
	protection plumbline.ID = "unit-protection"
	dockSquad  plumbline.ID = "unit-dock-squad"
)

// Coalition returns a fictional coalition as it stands on the day of now: its
// organisations, its police units, and a dozen operations, newest last. They
// are told by hand, since a story that a newcomer can follow is worth more
// than a thousand random rows. Dates are counted back from now, so that there
// is always something due today. Nobody in it exists, and every record says so
// in its origin.
//
// The same day and seed give the same coalition, and nothing in it is later
// than the midnight (UTC) before now, save what is due. The seed moves only
// what no story depends on, such as reference numbers.
//
// The records are as first written. What was added late or corrected
// afterwards is in [Edits].
func Coalition(now time.Time, seed uint64) (orgs []*plumbline.Organisation, units []*plumbline.UnitRecord, ops []*plumbline.Record) {
	t := teller{today: midnight(now), draw: rand.New(rand.NewPCG(seed, 0))}
	for _, tell := range []func(teller) *plumbline.Record{
		millLane, pierStreetCheck, quarryFarm, dockGatePayment, ropeWalk, ferrySteps,
		tanneryYard, pierStreetRaid, millLaneVice, canalRoad, pierStreetEvening, dockGateVisit,
	} {
		ops = append(ops, tell(t))
	}
	return organisations(t), []*plumbline.UnitRecord{protectionUnit(t), dockOrderSquad(t)}, ops
}

// Actors returns one user a role, each in an organisation where the role
// makes sense.
func Actors() []plumbline.Actor {
	return []plumbline.Actor{
		{User: "demo-worker", Name: "Worker, Lime House", Role: plumbline.Worker, Organisation: limeHouse},
		{User: "demo-coordinator", Name: "Coordinator, Harbour Legal Aid", Role: plumbline.Coordinator, Organisation: harbour},
		{User: "demo-police-liaison", Name: "Police liaison, Harbour District Police", Role: plumbline.PoliceLiaison, Organisation: police, Units: []plumbline.ID{protection, dockSquad}},
		{User: "demo-monitor", Name: "Monitor, Riverside Workers’ Association", Role: plumbline.Monitor, Organisation: riverside},
		{User: "demo-oversight", Name: "Oversight, Office for Police Oversight", Role: plumbline.Oversight, Organisation: oversight},
		{User: "demo-analyst", Name: "Analyst, Quayside University", Role: plumbline.Analyst, Organisation: quayside},
		{User: "demo-administrator", Name: "Administrator, Harbour Legal Aid", Role: plumbline.Administrator, Organisation: harbour},
		{User: "demo-reader", Name: "Reader, Lantern Fund", Role: plumbline.Reader, Organisation: lanternFund},
	}
}

// A teller counts dates back from one day.
type teller struct {
	today time.Time
	draw  *rand.Rand
}

func midnight(now time.Time) time.Time {
	y, m, d := now.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// on returns the day that was so many days ago; a negative number is ahead.
func (t teller) on(ago int) plumbline.When {
	return when(t.today.AddDate(0, 0, -ago).Format(time.DateOnly))
}

// about returns the day, as somebody who is not sure tells it.
func (t teller) about(ago int) plumbline.When { return when(t.on(ago).String() + "~") }

// month returns the month of the day.
func (t teller) month(ago int) plumbline.When {
	return when(t.today.AddDate(0, 0, -ago).Format("2006-01"))
}

// at returns a minute of the day that was so many days ago.
func (t teller) at(ago int, clock string) plumbline.When {
	return when(t.on(ago).String() + "T" + clock + "Z")
}

// between returns a moment that lies somewhere between two minutes of a day.
func (t teller) between(ago int, from, until string) plumbline.When {
	return when(t.at(ago, from).String() + "/" + t.at(ago, until).String())
}

// reference draws a reference number, such as "W-4821".
func (t teller) reference(series string) string {
	return fmt.Sprintf("%s-%04d", series, 1000+t.draw.IntN(9000))
}

func when(text string) plumbline.When {
	w, err := plumbline.ParseWhen(text)
	if err != nil {
		panic("rig: " + err.Error())
	}
	return w
}

// A story is one operation while it is told.
type story struct {
	teller
	r *plumbline.Record
}

func (t teller) story(id plumbline.ID, op plumbline.Operation) story {
	op.ID, op.Origin = id, "fictional"
	return story{t, &plumbline.Record{Operation: op}}
}

// add puts entries on record. An entry without an id gets one that says what
// it is: the operation, the kind, and a number.
func (s story) add(entries ...plumbline.Entry) {
	for _, e := range entries {
		kind := plumbline.KindOf(e)
		if h := plumbline.HeadOf(e); h.ID == "" {
			h.ID = plumbline.ID(fmt.Sprintf("%s-%s-%d", s.r.Operation.ID, kind, len(s.r.EntriesOf(kind))+1))
		}
		if d, ok := e.(*plumbline.Decision); ok && d.Definition == law {
			d.Version = s.ofLaw()
		}
		s.r.Put(e)
	}
}

// amended is how many days ago the law on trafficking was amended: who was
// classed by it before and after is in two figures.
const amended = 700

// ofLaw returns the version of the law that held when the operation began.
func (s story) ofLaw() string {
	if began, ok := s.r.Operation.Began.Earliest(); ok && began.Before(s.today.AddDate(0, 0, -amended)) {
		return "as first passed"
	}
	return "as amended"
}

// person enters one person under a code and returns the entry's id.
func (s story) person(code, description string, p plumbline.Presence) plumbline.ID {
	p.Individual = true
	return s.group(code, description, plumbline.Exactly(1), p)
}

// group enters a group and returns the entry's id.
func (s story) group(code, description string, count plumbline.Count, p plumbline.Presence) plumbline.ID {
	p.ID = s.r.Operation.ID + "-" + plumbline.ID(strings.ToLower(code))
	p.Code, p.Description, p.Count = code, description, count
	s.r.Put(&p)
	return p.ID
}

// class enters a decision on a presence.
func (s story) class(p plumbline.ID, class plumbline.Class, by, definition string, at plumbline.When) {
	s.add(&plumbline.Decision{Presence: p, Class: class, DecidedBy: by, Definition: definition, At: at})
}

// steps answers steps of planning and conduct, all done by one body.
func (s story) steps(by string, done plumbline.Done, at plumbline.When, steps ...plumbline.Step) {
	for _, step := range steps {
		s.add(&plumbline.StepTaken{Step: step, Done: done, At: at, By: by})
	}
}

func organisations(t teller) []*plumbline.Organisation {
	all := []*plumbline.Organisation{
		org(harbour, "Harbour Legal Aid", "legal_aid", "People who ask it for advice; not the coalition.",
			plumbline.Tie{Kind: "agreement", To: limeHouse, From: t.month(900), Note: "Legal advice at the shelter twice a week."}),
		org(riverside, "Riverside Workers’ Association", "worker_led", "Its members, who sell sex or wait tables in Riverside; not people who are held there.",
			plumbline.Tie{Kind: "agreement", To: clinic, From: t.month(700), Note: "Outreach on Thursday nights."}),
		org(limeHouse, "Lime House", "shelter", "Nobody but itself.",
			plumbline.Tie{Kind: "agreement", To: police, From: t.month(800), Until: t.on(-1), Note: "Social workers go along with the protection unit. Runs out tomorrow."}),
		org(police, "Harbour District Police", "police", ""),
		org(clinic, "Bridge Street Clinic", "health_service", ""),
		org(oversight, "Office for Police Oversight", "oversight", "",
			plumbline.Tie{Kind: "oversees", To: police}),
		org(openDoor, "Open Door Rescue", "rescue_group", "Its donors. It says that it speaks for those it takes out; the Association disputes that.",
			plumbline.Tie{Kind: "funds", To: police, From: t.month(620), Until: t.month(130), Note: "Two vehicles and a telephone line."},
			plumbline.Tie{Kind: "supplies_information", To: police, From: t.month(620)}),
		org(quayside, "Quayside University, study group", "research", "",
			plumbline.Tie{Kind: "agreement", To: harbour, From: t.month(300), Note: "Counts only; no record of a person."}),
		org(port, "Port immigration service", "immigration", "",
			plumbline.Tie{Kind: "agreement", To: police, Until: t.month(33), Note: "Officers along on request; ended by the unit’s order."}),
		org(lanternFund, "Lantern Fund", "other", "Its board.",
			plumbline.Tie{Kind: "funds", To: police, From: t.on(launched), Note: "Under Safe Harbour."},
			plumbline.Tie{Kind: "funds", To: limeHouse, From: t.on(launched), Note: "Under Safe Harbour."}),
	}
	for _, o := range all {
		if o.ID == harbour || o.ID == limeHouse || o.ID == riverside {
			o.TakesRequests = plumbline.Yes
		}
	}
	return all
}

func org(id plumbline.ID, name string, kind plumbline.OrganisationKind, speaksFor string, ties ...plumbline.Tie) *plumbline.Organisation {
	return &plumbline.Organisation{Head: plumbline.Head{ID: id}, Name: name, Kind: kind, Origin: "fictional", SpeaksFor: speaksFor, Ties: ties}
}

// The protection unit is trained and mentored, and loses what it learned with
// each change of commander.
func protectionUnit(t teller) *plumbline.UnitRecord {
	u := &plumbline.UnitRecord{Unit: plumbline.Unit{
		Head: plumbline.Head{ID: protection}, Organisation: police, Name: "Harbour District protection unit", Origin: "fictional",
		Area: "Harbour District and Riverside", Mandate: "Children and people held against their will. No vice law, no immigration law.",
		Created: t.month(1500), Officers: plumbline.Exactly(18),
	}}
	addTo(u,
		&plumbline.Command{Commander: "First commander", From: t.month(1500), Until: t.on(380)},
		&plumbline.Command{Commander: "Second commander", From: t.on(380), Until: t.on(63)},
		&plumbline.Command{Commander: "Third commander", From: t.on(63)},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-protection-training-1"}, Subject: "Law and identification", Contents: []plumbline.Content{"trafficking_law", "identification", "respect_for_adults"},
			Version: "2", At: t.on(720), Hours: 40, Trainer: "Harbour Legal Aid", Officers: plumbline.Exactly(14), Passed: plumbline.Exactly(12),
			Authors: "Legal aid and two members of the Workers’ Association, paid"},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-protection-training-2"}, Subject: "Speaking with children", Contents: []plumbline.Content{"interviewing_children", "first_aid"},
			Version: "1", At: t.on(450), Hours: 24, Trainer: "Lime House", Officers: plumbline.Exactly(9), Passed: plumbline.Exactly(9), Authors: "Lime House"},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-protection-training-3"}, Subject: "Immigration checks kept apart", Contents: []plumbline.Content{"immigration_apart", "complaints"},
			At: t.on(34), Hours: 6, Trainer: "Harbour Legal Aid", Officers: plumbline.Exactly(11)},
		&plumbline.Transfer{At: t.on(378), Officers: plumbline.Exactly(6), Training: "unit-protection-training-1", Trained: plumbline.Exactly(5), To: "Traffic", Reason: "New commander brings his own officers"},
		&plumbline.Transfer{At: t.on(62), Officers: plumbline.Exactly(5), Training: "unit-protection-training-2", Trained: plumbline.AtLeast(3), To: "Several stations", Reason: "Rotation"},
		&plumbline.UnitEvent{Kind: "mentor_visit", At: t.on(440), By: "Harbour Legal Aid", What: "A day at the unit. The form for the first count was tried."},
		&plumbline.UnitEvent{Kind: "vetting", At: t.on(410), By: "Office for Police Oversight", What: "Files of fourteen officers read. Two may not work with children until their cases are settled.", Verified: "yes"},
		&plumbline.UnitEvent{Kind: "outside_pressure", At: t.on(130), By: "Open Door Rescue", What: "A letter asks for four operations a month and announces that the vehicles go back otherwise.",
			Unwanted: "Operations to fill a number."},
		&plumbline.UnitEvent{Kind: "readiness_decision", At: t.on(44), By: "Third commander", What: "The unit goes in at Pier Street with the officers it has.",
			HarmOfActing: "Five trained officers have just left. No social worker is free that night.", HarmOfWaiting: "A neighbour says that the upper floor is being cleared out."},
		&plumbline.UnitEvent{Kind: "reform_step", At: t.on(33), By: "Third commander", What: "Written order: no officer of immigration in the team.", Wanted: "Nobody’s papers are asked for.",
			Unwanted: "Officers call immigration by telephone.", Verified: "no",
			Actions: []plumbline.Action{{What: "Read the call log of three operations", Who: "Office for Police Oversight", Due: t.on(-9)}}},
	)
	return u
}

// The dock squad keeps public order and polices vice; it has no training of
// this kind to lose.
func dockOrderSquad(t teller) *plumbline.UnitRecord {
	u := &plumbline.UnitRecord{Unit: plumbline.Unit{
		Head: plumbline.Head{ID: dockSquad}, Organisation: police, Name: "Dock order squad", Origin: "fictional",
		Area: "Harbour District", Mandate: "Public order, vice law and licences along the docks.", Created: t.month(2600), Officers: plumbline.About(30),
	}}
	addTo(u,
		&plumbline.Command{Commander: "Earlier commander", Until: t.month(210)},
		&plumbline.Command{Commander: "Acting commander", From: t.month(210)},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-dock-squad-training-1"}, Subject: "Use of force, yearly course", Contents: []plumbline.Content{"use_of_force"}, At: t.month(240), Hours: 8,
			Officers: plumbline.AtLeast(20)},
		&plumbline.Transfer{At: t.month(205), Officers: plumbline.Count{}, To: "Not told", Reason: "Change of command"},
		&plumbline.UnitEvent{Kind: "staffing", At: t.on(100), What: "No woman officer on the night shift since this day."},
		&plumbline.UnitEvent{Kind: "participation", At: t.on(75), By: "Riverside Workers’ Association", What: "Asked to be heard before the new night orders. No answer."},
	)
	return u
}

func addTo(u *plumbline.UnitRecord, entries ...plumbline.Entry) {
	made := map[plumbline.Kind]int{}
	for _, e := range entries {
		kind := plumbline.KindOf(e)
		made[kind]++
		if h := plumbline.HeadOf(e); h.ID == "" {
			h.ID = plumbline.ID(fmt.Sprintf("%s-%s-%d", u.Unit.ID, strings.ReplaceAll(string(kind), "_", "-"), made[kind]))
		}
		u.Put(e)
	}
}

package rig

import "plumbline"

// The units that the coalition has met in five years, beside the two of the
// small one.
const (
	saltmarsh plumbline.ID = "unit-saltmarsh"
	nightDesk plumbline.ID = "unit-night-desk"
	portTeam  plumbline.ID = "unit-port-team"
)

const (
	saltmarshUnit  = "Saltmarsh protection unit"
	theDesk        = "Night desk, Central station"
	thePort        = "Port enforcement team"
	portService    = "Port immigration service"
	inspectors     = "Labour inspectorate"
	centralStation = "Central station"
)

// Those who lead operations.
var (
	byProtection = lead{theUnit, police, protection, "police", "First commander"}
	bySecond     = lead{theUnit, police, protection, "police", "Second commander"}
	byThird      = lead{theUnit, police, protection, "police", "Third commander"}
	byDock       = lead{theSquad, police, dockSquad, "police", "Commander on duty"}
	bySaltmarsh  = lead{saltmarshUnit, police, saltmarsh, "police", "Commander of the unit"}
	byDesk       = lead{theDesk, police, nightDesk, "police", "Head of the desk"}
	byPort       = lead{thePort, port, portTeam, "immigration", "Team leader"}
	byInspectors = lead{name: inspectors, kind: "labour_inspectorate", head: "Chief inspector"}
	byRescuers   = lead{name: rescuers, organisation: openDoor, kind: "rescue_group", head: "Director of the group"}
	byHouse      = lead{name: theHouse, organisation: limeHouse, kind: "shelter", head: "Shift leader"}
	byClinic     = lead{name: theClinic, organisation: clinic, kind: "health_service", head: "Head nurse"}
	byNobody     = lead{}
)

// laterUnits returns the three units: one that learned, one without a head for
// half a year, and one that began to ask lawyers in.
func laterUnits(t teller) []*plumbline.UnitRecord {
	return []*plumbline.UnitRecord{saltmarshRecord(t), nightDeskRecord(t), portTeamRecord(t)}
}

func saltmarshRecord(t teller) *plumbline.UnitRecord {
	u := &plumbline.UnitRecord{Unit: plumbline.Unit{
		Head: plumbline.Head{ID: saltmarsh}, Organisation: police, Name: saltmarshUnit, Origin: "fictional", Area: "Saltmarsh, Cinder Hill and Weir End",
		Mandate: "Children and people held against their will, at sea and on land. No immigration law.", Created: t.month(905), Officers: plumbline.Exactly(11),
	}}
	addTo(u,
		&plumbline.Command{Commander: "Founding commander", From: t.month(905), Until: t.on(560)},
		&plumbline.Command{Commander: "Deputy, acting", From: t.on(560), Until: t.on(498)},
		&plumbline.Command{Commander: "Second commander", From: t.on(498)},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-saltmarsh-training-1"}, Subject: "Founding course", Contents: []plumbline.Content{"trafficking_law", "identification", "respect_for_adults"}, Version: "3", At: t.on(898), Hours: 56,
			Trainer: legalAid, Officers: plumbline.Exactly(11), Passed: plumbline.Exactly(10), Authors: "Legal aid, a former deckhand and two of the Association, paid"},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-saltmarsh-training-2"}, Subject: "What went wrong at Weir End", Contents: []plumbline.Content{"respect_for_adults", "use_of_force", "complaints"}, Version: "1", At: t.on(470), Hours: 12,
			Trainer: "Lime House and Harbour Legal Aid", Officers: plumbline.Exactly(9), Passed: plumbline.Exactly(9), Authors: "The family from Weir End was asked and came for an hour"},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-saltmarsh-training-3"}, Subject: "Boats, cold and first aid", Contents: []plumbline.Content{"first_aid"}, At: t.month(260), Hours: 16, Trainer: theClinic, Officers: plumbline.Exactly(8), Passed: plumbline.Exactly(8)},
		&plumbline.Transfer{At: t.on(559), Officers: plumbline.Exactly(3), Training: "unit-saltmarsh-training-1", Trained: plumbline.Exactly(3), To: "Harbour guard", Reason: "Left with the founding commander"},
		&plumbline.Transfer{At: t.on(301), Officers: plumbline.Exactly(1), Training: "unit-saltmarsh-training-2", Trained: plumbline.Exactly(1), To: "Police school", Reason: "Teaches there now, at her own wish"},
		&plumbline.UnitEvent{Kind: "mentor_visit", At: t.on(820), By: legalAid, What: "Two days. The commander asked how to write a plan that says what could go wrong."},
		&plumbline.UnitEvent{Kind: "staffing", At: t.on(545), What: "Eight officers of eleven; nobody speaks the crews’ language."},
		&plumbline.UnitEvent{Kind: "reform_step", At: t.on(490), By: "Second commander", What: "No door is opened on one source alone.", Wanted: "No second Weir End.", Unwanted: "A night lost when the second source is slow.", Verified: "yes",
			Actions: []plumbline.Action{{What: "Read the plans of five operations", Who: "Office for Police Oversight", Due: t.on(310), Done: t.on(322)}}},
		&plumbline.UnitEvent{Kind: "participation", At: t.on(400), By: workers, What: "The commander came to a meeting, out of uniform, and stayed for the questions."},
		&plumbline.UnitEvent{Kind: "readiness_decision", At: t.on(78), By: "Second commander", What: "Goes in at Weir End the same evening.", HarmOfActing: "The school may not call again if it goes badly.", HarmOfWaiting: "The girl was told not to come back to class."},
	)
	return u
}

func nightDeskRecord(t teller) *plumbline.UnitRecord {
	u := &plumbline.UnitRecord{Unit: plumbline.Unit{
		Head: plumbline.Head{ID: nightDesk}, Organisation: police, Name: theDesk, Origin: "fictional", Area: "The whole district, after 18:00",
		Mandate: "Takes over whoever is brought in at night; inquiries into recruiters.", Created: t.month(1700), Officers: plumbline.Between(5, 7),
	}}
	addTo(u,
		&plumbline.Command{Commander: "First head", From: t.month(1700), Until: t.on(1010)},
		&plumbline.Command{Commander: "Second head", From: t.on(820), Until: t.on(240)},
		&plumbline.Command{Commander: "Third head", From: t.on(240)},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-night-desk-training-1"}, Subject: "The first hour", Contents: []plumbline.Content{"identification", "complaints"}, Version: "1", At: t.on(1400), Hours: 8, Trainer: theHouse, Officers: plumbline.Exactly(6), Passed: plumbline.Exactly(6)},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-night-desk-training-2"}, Subject: "The first hour, again", Contents: []plumbline.Content{"identification", "interviewing_children"}, Version: "2", At: t.on(330), Hours: 8, Trainer: theHouse, Officers: plumbline.Exactly(4)},
		&plumbline.Transfer{At: t.month(1005), Officers: plumbline.AtLeast(3), Training: "unit-night-desk-training-1", To: "Day shift", Reason: "No head was named for half a year, and those who could went"},
		&plumbline.Transfer{At: t.on(239), Officers: plumbline.Exactly(2), Training: "unit-night-desk-training-2", Trained: plumbline.Exactly(2), To: "Dock order squad", Reason: "Short of people there"},
		&plumbline.UnitEvent{Kind: "staffing", At: t.on(1008), What: "The post of head is vacant. The duty officer of the day signs for the desk."},
		&plumbline.UnitEvent{Kind: "mandate_change", At: t.on(815), By: "Chief of police", What: "Inquiries into recruiters come to the desk; the vice file stays with the squad."},
		&plumbline.UnitEvent{Kind: "vetting", At: t.on(770), By: "Office for Police Oversight", What: "Files of six read; nothing found.", Verified: "yes"},
		&plumbline.UnitEvent{Kind: "other", At: t.on(150), By: legalAid, What: "Asks for the custody book of four nights. Three were sent."},
	)
	return u
}

func portTeamRecord(t teller) *plumbline.UnitRecord {
	u := &plumbline.UnitRecord{Unit: plumbline.Unit{
		Head: plumbline.Head{ID: portTeam}, Organisation: port, Name: thePort, Origin: "fictional", Area: "Port, sheds and ferries",
		Mandate: "Entry and stay. Since the agreement with legal aid also: to ask before anybody is removed.", Created: t.month(2900), Officers: plumbline.About(22),
	}}
	addTo(u,
		&plumbline.Command{Commander: "Earlier team leader", Until: t.on(590)},
		&plumbline.Command{Commander: "Present team leader", From: t.on(590)},
		&plumbline.Training{Head: plumbline.Head{ID: "unit-port-team-training-1"}, Subject: "Questions before removal", Contents: []plumbline.Content{"identification", "immigration_apart"}, Version: "1", At: t.on(405), Hours: 10, Trainer: legalAid, Officers: plumbline.Exactly(14), Passed: plumbline.Exactly(11),
			Authors: "Legal aid; three who had been removed were interviewed, unpaid"},
		&plumbline.Transfer{At: t.on(210), Officers: plumbline.Exactly(4), Training: "unit-port-team-training-1", Trained: plumbline.AtLeast(2), To: "Airport", Reason: "Rota"},
		&plumbline.UnitEvent{Kind: "outside_pressure", At: t.month(640), By: "Ministry", What: "A number of removals a quarter is named at a meeting. Nobody has it in writing.", Unwanted: "Removals before anybody has asked."},
		&plumbline.UnitEvent{Kind: "reform_step", At: t.on(400), By: "Present team leader", What: "A lawyer is told before a hall is entered, and sees people before they are driven away.", Wanted: "Nobody removed unheard.", Unwanted: "Halls are empty when the team comes.", Verified: "",
			Actions: []plumbline.Action{{What: "Compare removals before and after", Who: "Quayside University, study group", Due: t.on(-40)}}},
		&plumbline.UnitEvent{Kind: "earlier_post", At: t.on(588), What: "The present team leader ran the detention rooms before."},
	)
	return u
}

package rig

import "plumbline"

// Who speaks, acts, gives and takes in the stories, by the names used for
// them there.
const (
	theUnit   = "Harbour District protection unit"
	theSquad  = "Dock order squad"
	theHouse  = "Lime House"
	legalAid  = "Harbour Legal Aid"
	workers   = "Riverside Workers’ Association"
	theClinic = "Bridge Street Clinic"
	rescuers  = "Open Door Rescue"
	welfare   = "District Social Services"
	law       = "Anti-trafficking law, section 3"
)

// millLane is the operation that went as planned: two girls were sought and
// found, everyone else went where they wished, and all are accounted for a
// year later.
func millLane(t teller) *plumbline.Record {
	s := t.story("mill-lane", plumbline.Operation{
		Title: "Mill Lane, two girls sought", Place: "Riverside", Began: t.at(402, "20:15"), Ended: t.at(402, "23:40"), Unit: protection, Sector: "commercial_sex",
		Summary:   "Two girls were named by a relative. The unit went in with two social workers and an interpreter. Both were found and placed; the women who worked there were not questioned about themselves.",
		Criteria:  plumbline.Criteria{Aim: "protect", NamedTarget: "yes", Entered: "yes", Questioned: "named_only", Police: "yes", Private: "no", Immigration: "no", Payment: "no", Joint: "yes"},
		Authority: plumbline.Authority{Kind: "warrant", Issuer: "District court", Ground: "Two children named by a relative; a second source", Scope: "The venue, one entry", Issued: t.on(403), Expires: t.on(399), Reference: t.reference("W")},
		HeadCount: plumbline.Exactly(9), CountedBy: theHouse, Result: "Two children placed. Two charged; one of them acquitted.", ServiceMode: "on_scene",
	})
	s.add(
		&plumbline.Plan{Purpose: "Find and protect two girls", Target: "Two named children", ExpectedChildren: plumbline.Exactly(2), ExpectedAdults: plumbline.Between(4, 8), Languages: "Two, both with interpreters",
			Beds: plumbline.Exactly(6), ServiceMode: "on_scene", Risks: "One exit; the owner is said to keep a dog.", HarmOfActing: "The women may lose their work, and may stay away from the clinic.", HarmOfWaiting: "The girls may be moved.", DecidedBy: "First commander, with Lime House"},
		&plumbline.Label{Word: "protective operation", Speaker: theUnit, Said: t.on(401)},
		&plumbline.Label{Word: "raid", Speaker: workers, Said: t.on(398)},
		&plumbline.Initiator{Part: "first_information", Who: "A relative of one girl", ToldBy: theHouse, At: t.on(409), Grade: "B2", Evidence: "Seen by a social worker"},
		&plumbline.Initiator{Part: "decision", Who: "First commander", ToldBy: theUnit, At: t.on(404)},
		&plumbline.Initiator{Part: "approval", Who: "District court", ToldBy: theUnit, At: t.on(403)},
		&plumbline.Agency{Organisation: police, Unit: protection, Name: theUnit, Kind: "police", Role: "lead", TookPart: "yes"},
		&plumbline.Agency{Organisation: limeHouse, Name: theHouse, Kind: "shelter", Role: "welfare", Duties: "Stays with the girls from entry to bed", ToldAt: t.on(405), TookPart: "yes"},
		&plumbline.Agency{Organisation: harbour, Name: legalAid, Kind: "legal_aid", Role: "support", Duties: "On call from 20:00", ToldAt: t.on(405), TookPart: "yes"},
		&plumbline.Attendance{Role: "social_worker", Organisation: limeHouse, Present: "yes", Mode: "on_scene", Arrived: t.at(402, "20:15"), FirstContact: t.at(402, "20:24"), NoTie: "yes"},
		&plumbline.Attendance{Role: "interpreter", Present: "yes", Mode: "on_scene", Arrived: t.at(402, "20:20"), Language: "The girls’ first language", NoTie: "yes"},
		&plumbline.Attendance{Role: "lawyer", Organisation: harbour, Present: "yes", Mode: "nearby", Arrived: t.at(402, "20:50")},
		&plumbline.Attendance{Role: "health_worker", Organisation: clinic, Present: "yes", Mode: "nearby", Arrived: t.at(402, "21:10")},
		&plumbline.Attendance{Role: "woman_officer", Present: "yes", Mode: "on_scene", Arrived: t.at(402, "20:15")},
		&plumbline.Attendance{Role: "observer", Organisation: riverside, Present: "no", WhyNot: "Not asked", DecidedBy: "First commander"},
	)
	s.steps("First commander", "done", t.on(404), "information_verified", "services_ready", "provider_told", "interpreters_booked", "beds_secured", "interview_place_free", "duties_written", "risk_assessed", "press_kept_out", "harm_note", "readiness_decided")
	s.steps("First commander", "done", t.at(402, "19:30"), "briefing_respect", "immigration_kept_apart", "medical_plan")
	s.steps(theHouse, "done", t.at(402, "21:00"), "accused_kept_apart", "safety_secured", "urgent_needs_met", "rights_told", "complaint_way_told", "advice_given", "best_interests", "guardian_named", "referral_made")
	s.add(&plumbline.StepTaken{Step: "restraint_log", Done: "not_applicable", Reason: "Nobody was restrained"},
		&plumbline.StepTaken{Step: "belongings_receipt", Done: "not_done", By: theUnit, Reason: "Forgotten; money was brought the next day"})

	first := s.person("P-01", "A girl who was sought", plumbline.Presence{Age: "15", AgeBasis: "documented", AgeBy: welfare})
	second := s.person("P-02", "A girl who was sought", plumbline.Presence{Age: "16-17", AgeBasis: "assessed", AgeBy: theClinic})
	women := s.group("G-01", "Women who work there", plumbline.Exactly(5), plumbline.Presence{OwnWords: "“Nobody keeps us. We were told not to open the door to the clinic any more.”"})
	home := s.group("G-02", "Two of them who went home", plumbline.Exactly(2), plumbline.Presence{PartOf: women, SplitAt: t.at(402, "22:20")})
	asked := s.person("P-05", "One of them who asked for help with wages", plumbline.Presence{PartOf: women, SplitAt: t.at(402, "22:20")})
	owner := s.person("P-03", "Owner", plumbline.Presence{})
	manager := s.person("P-04", "Manager", plumbline.Presence{})
	s.class(first, "child", welfare, law, t.at(402, "20:40"))
	s.class(second, "child", theClinic, law, t.on(400))
	s.class(women, "adult_not_coerced", theHouse, "Own account, heard alone", t.at(402, "22:10"))
	s.class(asked, "adult_coerced", legalAid, "Wages kept back; papers kept back", t.on(395))
	s.class(owner, "accused", theUnit, "Named in the warrant", t.at(402, "20:30"))
	s.class(manager, "accused", theUnit, "Named in the warrant", t.at(402, "20:30"))
	s.add(
		&plumbline.Movement{Presence: first, State: "placed", From: t.at(402, "21:05"), Until: t.on(340), PlaceKind: "shelter_open", By: theHouse, Power: "child_protection_law", Basis: "Order of the family court", Consent: "yes", Giver: theUnit, Taker: theHouse, Receipt: "yes", Screened: "yes", Advised: "yes", ToldBy: theHouse},
		&plumbline.Movement{Presence: first, State: "returned_home", From: t.on(340), PlaceKind: "family", By: welfare, Power: "child_protection_law", Consent: "yes", Wish: "Home, if her uncle is not there", Giver: theHouse, Taker: welfare, Receipt: "yes", ToldBy: welfare},
		&plumbline.Movement{Presence: second, State: "placed", From: t.at(402, "21:05"), Until: t.on(330), PlaceKind: "shelter_open", By: theHouse, Power: "child_protection_law", Giver: theUnit, Taker: theHouse, Receipt: "yes", Screened: "yes", Advised: "yes", ToldBy: theHouse},
		&plumbline.Movement{Presence: second, State: "placed", From: t.on(330), Confirmed: t.on(12), PlaceKind: "family", By: welfare, Power: "child_protection_law", Basis: "Foster order", Consent: "yes", Giver: theHouse, Taker: welfare, Receipt: "yes", ToldBy: welfare},
		&plumbline.Movement{Presence: women, State: "free_to_go", From: t.at(402, "22:30"), ToldBy: theHouse},
		&plumbline.Movement{Presence: home, State: "returned_home", From: t.at(402, "23:10"), By: theHouse, Power: "consent", Consent: "yes", ToldBy: theHouse},
		&plumbline.Movement{Presence: asked, State: "placed", From: t.at(402, "23:30"), Until: t.on(371), PlaceKind: "shelter_open", By: theHouse, Power: "consent", Consent: "yes", Giver: theUnit, Taker: theHouse, ToldBy: theHouse},
		&plumbline.Movement{Presence: asked, State: "left_by_choice", From: t.on(371), ToldBy: theHouse},
		&plumbline.Movement{Presence: owner, State: "arrested", From: t.at(402, "20:50"), By: theUnit, ByUnit: protection, Power: "arrest", Lawful: "yes", Giver: theUnit, Taker: "Central station", ToldBy: theUnit},
		&plumbline.Movement{Presence: owner, State: "charged", From: t.at(401, "10:00"), Confirmed: t.on(20), Power: "court_order", Giver: "Central station", Taker: "District court", ToldBy: theUnit},
		&plumbline.Movement{Presence: manager, State: "arrested", From: t.at(402, "20:50"), By: theUnit, ByUnit: protection, Power: "arrest", Lawful: "yes", Giver: theUnit, Taker: "Central station", ToldBy: theUnit},
		&plumbline.Movement{Presence: manager, State: "charged", From: t.at(401, "10:00"), Until: t.on(372), Power: "court_order", Giver: "Central station", Taker: "District court", ToldBy: theUnit},
		&plumbline.Movement{Presence: manager, State: "released", From: t.on(372), ToldBy: legalAid},
		&plumbline.Interview{Presence: first, Purpose: "Safety and needs", By: theHouse, Began: t.at(402, "20:40"), Ended: t.at(402, "21:00"), Language: "Her first", Interpreter: "yes", SatIn: "Social worker", Accompanied: "yes", RightsTold: "yes", Advice: t.at(402, "20:50"), Place: "venue", Private: "yes", WomanThere: "yes"},
		&plumbline.Event{Kind: "follow_up", Presence: second, At: t.on(372), By: theHouse, What: "Visited at thirty days, as promised."},
		&plumbline.Account{Organisation: police, Teller: theUnit, Told: t.on(401), Reading: "own", Points: []plumbline.Point{
			{Topic: "who_began", Says: "a relative", Text: "A relative of one of the girls came to the station with a social worker."},
			{Topic: "people_met", Says: "9", Text: "Nine people were met. Two were the children sought."},
			{Topic: "treatment", Says: "nobody was searched", Text: "The women were asked to wait and were not searched."}}},
		&plumbline.Account{Organisation: limeHouse, Teller: theHouse, Told: t.on(400), Reading: "own", Points: []plumbline.Point{
			{Topic: "accompaniment", Says: "nine minutes", Text: "We were with the girls nine minutes after the door opened."},
			{Topic: "people_met", Says: "9", Text: "We counted nine."}}},
		&plumbline.Account{Organisation: riverside, Teller: workers, Told: t.on(398), Reading: "own", SpeaksFor: "Three of the five women", Points: []plumbline.Point{
			{Topic: "treatment", Says: "two bags were searched", Text: "Two of us had our bags searched before the social worker came into the room."},
			{Topic: "aftermath", Says: "place shut for a week", Text: "Nobody told us when we could come back. The place stayed dark for a week."}}},
		&plumbline.Debrief{Held: t.on(391), TookPart: "Unit, Lime House, Harbour Legal Aid, two of the women", Monitor: "yes", Heard: "yes", Found: "The bags should not have been searched. Receipts for belongings were forgotten.",
			Actions: []plumbline.Action{{What: "Put receipts into the kit", Who: "First commander", Due: t.on(370), Done: t.on(374)}}},
	)
	return s.r
}

// pierStreetCheck is a sweep told by those who were swept up: nobody counted
// exactly, and nobody stood beside them.
func pierStreetCheck(t teller) *plumbline.Record {
	s := t.story("pier-street-check", plumbline.Operation{
		Title: "Pier Street, street check", Place: "Harbour District", Began: t.at(331, "23:00"), Ended: t.between(330, "00:30", "01:30"), Unit: dockSquad, Sector: "commercial_sex",
		Summary:   "The squad closed both ends of the street and asked everyone for papers. Three people without papers were handed to immigration.",
		Criteria:  plumbline.Criteria{Aim: "order", NamedTarget: "no", Entered: "no", Questioned: "everyone", Police: "yes", Private: "no", Immigration: "no", Payment: "no", Joint: "no"},
		Authority: plumbline.Authority{Kind: "statutory_power", Ground: "Public order by-law 12"},
		HeadCount: plumbline.AtLeast(23), CountedBy: workers, NotTold: []string{"How many people were searched", "What became of the phones that were taken"},
	})
	s.add(
		&plumbline.Label{Word: "check", Speaker: theSquad, Said: t.on(330)},
		&plumbline.Label{Word: "sweep", Speaker: workers, Said: t.on(330)},
		&plumbline.Agency{Organisation: police, Unit: dockSquad, Name: theSquad, Kind: "police", Role: "lead", TookPart: "yes"},
		&plumbline.Attendance{Role: "social_worker", Present: "no", WhyNot: "Not a protection matter", DecidedBy: "Commander on duty"},
		&plumbline.Attendance{Role: "interpreter", Present: "no"},
		&plumbline.Attendance{Role: "lawyer", Organisation: harbour, Present: "no", WhyNot: "Not told; heard of it at 01:10"},
		&plumbline.Attendance{Role: "woman_officer", Present: ""},
		&plumbline.Force{Kind: "restraint", By: theSquad, OnClass: "adult_not_determined", People: plumbline.AtLeast(2), At: t.at(331, "23:20"), Injury: "no", Reviewed: "no"},
		&plumbline.StepTaken{Step: "status_check", Done: "done", By: theSquad, At: t.at(331, "23:05")},
		&plumbline.StepTaken{Step: "rights_told", Done: "not_done", By: theSquad, Reason: "“It was only a check.”"},
	)
	street := s.group("G-01", "People on the street", plumbline.AtLeast(16), plumbline.Presence{})
	station := s.group("G-02", "People taken to the station and let go", plumbline.Exactly(4), plumbline.Presence{})
	papers := s.group("G-03", "People without papers", plumbline.Exactly(3), plumbline.Presence{OwnWords: "“I have papers. They are at the agency.”"})
	stayed := s.person("P-01", "One of them, freed on appeal", plumbline.Presence{PartOf: papers, SplitAt: t.on(320)})
	s.class(papers, "adult_not_determined", theSquad, "None named", t.at(330, "01:00"))
	s.class(stayed, "adult_coerced", legalAid, law, t.on(318))
	s.add(
		&plumbline.Movement{Presence: street, State: "free_to_go", From: t.between(331, "23:10", "23:59"), ToldBy: workers},
		&plumbline.Movement{Presence: station, State: "questioned", From: t.at(330, "00:40"), Until: t.at(330, "06:30"), PlaceKind: "police_station", By: theSquad, ByUnit: dockSquad, Power: "police_power", Consent: "no", ToldBy: workers},
		&plumbline.Movement{Presence: station, State: "released", From: t.at(330, "06:30"), ToldBy: workers},
		&plumbline.Movement{Presence: papers, State: "escorted", From: t.at(330, "00:40"), Until: t.at(330, "09:00"), PlaceKind: "vehicle", By: theSquad, ByUnit: dockSquad, Power: "police_power", Consent: "no", Giver: theSquad, Taker: "Central station", Screened: "no", Advised: "no", ToldBy: legalAid},
		&plumbline.Movement{Presence: papers, State: "held", From: t.on(330), Until: t.on(318), PlaceKind: "immigration_detention", By: "Port immigration service", Power: "immigration_law", Consent: "no", Giver: "Central station", Taker: "Port immigration service", Receipt: "yes", Screened: "no", Advised: "no", ToldBy: legalAid},
		&plumbline.Movement{Presence: papers, State: "removed_from_country", From: t.on(318), PlaceKind: "border", By: "Port immigration service", Power: "immigration_law", Lawful: "", Consent: "no", Giver: "Port immigration service", ToldBy: legalAid},
		&plumbline.Movement{Presence: stayed, State: "released", From: t.on(320), Power: "court_order", ToldBy: legalAid},
		&plumbline.Account{Organisation: riverside, Teller: workers, Told: t.on(330), Reading: "own", SpeaksFor: "Eleven people who were there", Points: []plumbline.Point{
			{Topic: "people_met", Says: "at least 23", Text: "We know twenty-three by face. There were more at the far end."},
			{Topic: "warning", Says: "none", Text: "Nobody said why the street was closed."}}},
		&plumbline.Account{Organisation: police, Teller: theSquad, Told: t.on(325), Reading: "own", Points: []plumbline.Point{
			{Topic: "people_met", Says: "about 20", Text: "Some twenty persons were checked."},
			{Topic: "warning", Says: "by loudspeaker", Text: "The measure was announced by loudspeaker."}}},
	)
	return s.r
}

// quarryFarm is a labour inspection, where police stand back.
func quarryFarm(t teller) *plumbline.Record {
	s := t.story("quarry-farm", plumbline.Operation{
		Title: "Quarry Hill, fruit farm", Place: "Quarry Hill", Began: t.at(205, "09:30"), Ended: t.at(205, "15:00"), Sector: "agriculture",
		Summary:   "Labour inspectors counted everyone at work. The protection unit waited at the gate and came in for one arrest.",
		Criteria:  plumbline.Criteria{Aim: "labour", NamedTarget: "yes", Entered: "yes", Questioned: "everyone", Police: "yes", Private: "no", Immigration: "no", Payment: "no", Joint: "yes"},
		Authority: plumbline.Authority{Kind: "statutory_power", Ground: "Labour code, section 41"}, Unit: protection,
		HeadCount: plumbline.Exactly(31), CountedBy: "Labour inspectorate", Result: "Wages of five people paid after four months.", ServiceMode: "nearby", DebriefDueIn: 30,
	})
	s.add(
		&plumbline.Plan{Purpose: "Wages and housing of pickers", ExpectedAdults: plumbline.About(40), ExpectedChildren: plumbline.Count{}, Beds: plumbline.Exactly(10), ServiceMode: "nearby", DecidedBy: "Labour inspectorate"},
		&plumbline.Label{Word: "inspection", Speaker: "Labour inspectorate", Said: t.on(205)},
		&plumbline.Initiator{Part: "first_information", Who: "Two pickers", ToldBy: legalAid, At: t.about(219), Grade: "A2"},
		&plumbline.Initiator{Part: "first_information", Who: "A neighbouring farm", ToldBy: "The farm’s owner", At: t.month(219)},
		&plumbline.Agency{Name: "Labour inspectorate", Kind: "labour_inspectorate", Role: "lead", TookPart: "yes"},
		&plumbline.Agency{Organisation: police, Unit: protection, Name: theUnit, Kind: "police", Role: "support", Duties: "At the gate; in only when called", TookPart: "yes"},
		&plumbline.Agency{Organisation: harbour, Name: legalAid, Kind: "legal_aid", Role: "support", ToldAt: t.on(209), TookPart: "yes"},
		&plumbline.Attendance{Role: "social_worker", Organisation: limeHouse, Present: "yes", Mode: "nearby", Arrived: t.at(205, "09:45"), FirstContact: t.at(205, "09:55"), NoTie: "yes"},
		&plumbline.Attendance{Role: "interpreter", Present: "yes", Mode: "on_scene", Arrived: t.at(205, "09:30"), Language: "Three languages of the pickers"},
		&plumbline.Attendance{Role: "lawyer", Organisation: harbour, Present: "yes", Mode: "nearby", Arrived: t.at(205, "09:45")},
	)
	s.steps("Labour inspectorate", "done", t.on(207), "information_verified", "services_ready", "provider_told", "interpreters_booked", "beds_secured", "duties_written", "immigration_kept_apart")
	s.steps(legalAid, "done", t.at(205, "11:00"), "rights_told", "complaint_way_told", "advice_given")
	pickers := s.group("G-01", "Pickers", plumbline.Exactly(24), plumbline.Presence{})
	wages := s.group("G-02", "Pickers who asked for their wages and a bed", plumbline.Exactly(5), plumbline.Presence{OwnWords: "“We want our pay, then home.”"})
	stays := s.group("G-03", "Two of them whose case goes on", plumbline.Exactly(2), plumbline.Presence{PartOf: wages, SplitAt: t.on(151)})
	driver := s.person("P-01", "Driver who kept the papers", plumbline.Presence{})
	boy := s.person("P-02", "A boy working beside his father", plumbline.Presence{Age: "16", AgeBasis: "stated"})
	s.class(wages, "adult_coerced", "Labour inspectorate", "Forced labour indicators, six of eleven", t.on(203))
	s.class(pickers, "adult_not_coerced", "Labour inspectorate", "Forced labour indicators, none or one of eleven", t.on(203))
	s.class(driver, "accused", theUnit, "Labour code, section 44", t.at(205, "12:10"))
	s.class(boy, "dependant_child", theHouse, "Lives with his father", t.at(205, "11:30"))
	s.add(
		&plumbline.Movement{Presence: pickers, State: "free_to_go", From: t.at(205, "13:00"), ToldBy: "Labour inspectorate"},
		&plumbline.Movement{Presence: wages, State: "helped", From: t.at(205, "14:20"), Until: t.on(150), PlaceKind: "shelter_open", By: theHouse, Power: "consent", Consent: "yes", Giver: "Labour inspectorate", Taker: theHouse, ToldBy: theHouse},
		&plumbline.Movement{Presence: wages, State: "returned_home", From: t.on(150), By: theHouse, Power: "consent", Consent: "yes", Wish: "Home with pay", ToldBy: theHouse},
		&plumbline.Movement{Presence: stays, State: "helped", From: t.on(150), Confirmed: t.on(10), PlaceKind: "shelter_open", By: theHouse, Power: "consent", Consent: "yes", ToldBy: theHouse},
		&plumbline.Movement{Presence: driver, State: "arrested", From: t.at(205, "12:10"), Until: t.on(204), By: theUnit, ByUnit: protection, Power: "arrest", Lawful: "yes", Giver: theUnit, Taker: "Central station", ToldBy: theUnit},
		&plumbline.Movement{Presence: driver, State: "released", From: t.on(204), ToldBy: theUnit},
		&plumbline.Movement{Presence: boy, State: "free_to_go", From: t.at(205, "13:00"), Wish: "To stay with his father", ToldBy: theHouse},
		&plumbline.Closure{Closed: t.on(204), OrderedBy: "Labour inspectorate", Ground: "Housing unfit", LostWork: plumbline.About(20), Offered: plumbline.Exactly(24), Accepted: plumbline.Exactly(11), Reopened: t.on(182)},
		&plumbline.Account{Organisation: harbour, Teller: legalAid, Told: t.on(199), Reading: "own", Points: []plumbline.Point{
			{Topic: "treatment", Says: "with respect", Text: "The inspectors sat down with people. The police stayed at the gate."},
			{Topic: "closure", Says: "twenty lost work", Text: "About twenty lost three weeks of work when the housing was shut."}}},
		&plumbline.Account{Organisation: police, Teller: theUnit, Told: t.on(202), Reading: "own", Points: []plumbline.Point{{Topic: "arrests", Says: "1", Text: "One arrest at the inspectors’ call."}}},
		&plumbline.Debrief{Held: t.on(181), TookPart: "Labour inspectorate, unit, Harbour Legal Aid, four pickers", Heard: "yes", Monitor: "no", Found: "Plan and result agree. Shutting the housing at once cost people work who were not harmed by it.",
			Actions: []plumbline.Action{{What: "Ask for housing before shutting housing", Who: "Labour inspectorate", Due: t.on(120)}}},
	)
	return s.r
}

// dockGatePayment is known from one side only: which unit it was, nobody can
// say, and that clears nobody.
func dockGatePayment(t teller) *plumbline.Record {
	s := t.story("dock-gate-payment", plumbline.Operation{
		Title: "Dock Gate, money at the van", Place: "Harbour District", Began: t.between(160, "01:00", "02:00"), Sector: "commercial_sex",
		Summary:   "People were stopped at the gate and let go when they paid. They saw uniforms and no badge numbers.",
		Criteria:  plumbline.Criteria{Aim: "extort", NamedTarget: "no", Entered: "no", Questioned: "everyone", Police: "yes", Payment: "yes"},
		Authority: plumbline.Authority{Kind: "none_claimed"},
		HeadCount: plumbline.About(6), CountedBy: workers, NotTold: []string{"Which unit it was", "Whether it had been there before"},
	})
	s.add(
		&plumbline.Label{Word: "shakedown", Speaker: workers, Said: t.on(158)},
		&plumbline.Agency{Name: "Police, unit not identified", Kind: "police", Role: "lead"},
		&plumbline.Force{Kind: "extortion", By: "Officers not identified", OnClass: "adult_not_determined", People: plumbline.About(6), At: t.between(160, "01:00", "02:00"), Injury: "no", Reviewed: "no"},
		&plumbline.Force{Kind: "threat", By: "Officers not identified", People: plumbline.Count{}, At: t.on(160)},
		&plumbline.Event{Kind: "payment_demanded", People: plumbline.About(6), At: t.on(160), By: "Officers not identified", What: "A week’s earnings each."},
	)
	all := s.group("G-01", "People at the gate", plumbline.About(6), plumbline.Presence{})
	s.add(
		&plumbline.Movement{Presence: all, State: "released", From: t.between(160, "01:20", "02:30"), By: "Officers not identified", Power: "unlawful_force", Lawful: "no", Consent: "no", Paid: "yes", ToldBy: workers},
		&plumbline.Account{Organisation: riverside, Teller: workers, Told: t.on(158), Reading: "own", SpeaksFor: "Four people who paid", Points: []plumbline.Point{
			{Topic: "who_acted", Says: "police, unit not known", Text: "Two men in uniform and a white van. Nobody dared to look at the numbers."},
			{Topic: "people_met", Says: "about 6", Text: "Six or so, not all at once."}}},
		&plumbline.Account{Organisation: police, Teller: theSquad, Asked: t.on(150)},
	)
	return s.r
}

// ropeWalk is a private raid: rescuers took four people away without police,
// and the girl’s chain of custody begins with nobody.
func ropeWalk(t teller) *plumbline.Record {
	s := t.story("rope-walk", plumbline.Operation{
		Title: "Rope Walk, four taken by rescuers", Place: "Riverside", Began: t.at(121, "17:30"), Ended: t.at(121, "18:10"), Sector: "commercial_sex",
		Summary:   "Members of a rescue group went in as customers and drove four people to the group’s own house. Police heard of it the next day.",
		Criteria:  plumbline.Criteria{Aim: "protect", NamedTarget: "no", Entered: "yes", Questioned: "everyone", Police: "no", Private: "yes", Immigration: "no", Payment: "no", Joint: "no"},
		Authority: plumbline.Authority{Kind: "none_claimed"},
		HeadCount: plumbline.Exactly(4), CountedBy: rescuers,
	})
	s.add(
		&plumbline.Label{Word: "rescue", Speaker: rescuers, Said: t.on(120)},
		&plumbline.Label{Word: "abduction", Speaker: workers, Said: t.on(119)},
		&plumbline.Initiator{Part: "first_information", Who: "A member posing as a customer", ToldBy: rescuers, At: t.month(121), Evidence: "A film, not shown"},
		&plumbline.Initiator{Part: "decision", Who: "Director of the group", ToldBy: rescuers},
		&plumbline.Agency{Organisation: openDoor, Name: rescuers, Kind: "rescue_group", Role: "lead", TookPart: "yes"},
		&plumbline.Attendance{Role: "social_worker", Present: "no", WhyNot: "The group has none", DecidedBy: rescuers},
		&plumbline.Attendance{Role: "ngo_staff", Organisation: openDoor, Present: "yes", Mode: "on_scene", Arrived: t.at(121, "17:30"), NoTie: ""},
		&plumbline.Event{Kind: "covert_visit", At: t.about(127), By: rescuers, What: "Filmed inside."},
		&plumbline.Event{Kind: "notice_to_partner", At: t.on(120), By: rescuers, What: "Police and social services told by telephone the next morning."},
	)
	women := s.group("G-01", "Women", plumbline.Exactly(3), plumbline.Presence{OwnWords: "“They locked the door so that we would be safe.”"})
	walked := s.group("G-02", "Two of them who left", plumbline.Exactly(2), plumbline.Presence{PartOf: women, SplitAt: t.on(119)})
	girl := s.person("P-01", "A girl", plumbline.Presence{Age: "17", AgeBasis: "stated", AgeBy: rescuers})
	s.class(women, "adult_coerced", rescuers, "None named", t.on(121))
	s.class(walked, "adult_not_coerced", workers, "Own account", t.on(117))
	s.class(girl, "child", welfare, law, t.on(116))
	s.add(
		&plumbline.Movement{Presence: women, State: "held", From: t.at(121, "18:40"), Until: t.on(80), PlaceKind: "shelter_closed", By: rescuers, Power: "none", Lawful: "no", Consent: "no", Wish: "To telephone", Taker: rescuers, ToldBy: rescuers},
		&plumbline.Movement{Presence: women, State: "returned_home", From: t.on(80), By: rescuers, Consent: "yes", ToldBy: rescuers},
		&plumbline.Movement{Presence: walked, State: "left_by_choice", From: t.at(119, "04:00"), ToldBy: workers},
		&plumbline.Movement{Presence: girl, State: "held", From: t.at(121, "18:40"), Until: t.on(118), PlaceKind: "shelter_closed", By: rescuers, Power: "none", Lawful: "no", Taker: rescuers, ToldBy: rescuers},
		&plumbline.Movement{Presence: girl, State: "placed", From: t.at(116, "15:00"), Until: t.on(60), PlaceKind: "shelter_open", By: theHouse, Power: "child_protection_law", Giver: welfare, Taker: theHouse, Receipt: "yes", Screened: "yes", Advised: "yes", ToldBy: theHouse},
		&plumbline.Movement{Presence: girl, State: "returned_home", From: t.on(60), By: welfare, Power: "child_protection_law", Consent: "yes", Giver: theHouse, Taker: welfare, Receipt: "yes", ToldBy: theHouse},
		&plumbline.Account{Organisation: openDoor, Teller: rescuers, Told: t.on(120), Reading: "own", Points: []plumbline.Point{
			{Topic: "coercion", Says: "all four were held", Text: "All four were held by debt and fear."},
			{Topic: "wishes", Says: "they came gladly", Text: "They came with us of their own will."}}},
		&plumbline.Account{Organisation: riverside, Teller: workers, Told: t.on(117), Reading: "own", SpeaksFor: "The two who left", Points: []plumbline.Point{
			{Topic: "coercion", Says: "none of the three women", Text: "The women were paying rent for a room, like everybody."},
			{Topic: "wishes", Says: "taken against their will", Text: "They were told the police were outside. Two climbed out at night."}}},
		&plumbline.Event{Kind: "review", At: t.on(100), By: "Office for Police Oversight", What: "Private operation entered in the register of such operations. The group was asked for its qualification; no answer."},
	)
	return s.r
}

// ferrySteps is an immigration raid in which groups split, and split again.
func ferrySteps(t teller) *plumbline.Record {
	s := t.story("ferry-steps", plumbline.Operation{
		Title: "Ferry Steps, packing hall", Place: "Harbour District", Began: t.at(90, "05:40"), Ended: t.at(90, "08:00"), Sector: "manufacture", Unit: dockSquad,
		Summary:   "Port immigration service checked the night shift. The dock squad held the doors. Nobody was screened before the first removals.",
		Criteria:  plumbline.Criteria{Aim: "immigration", NamedTarget: "no", Entered: "yes", Questioned: "everyone", Police: "yes", Private: "no", Immigration: "yes", Payment: "no", Joint: "no"},
		Authority: plumbline.Authority{Kind: "statutory_power", Ground: "Immigration act, section 9"},
		HeadCount: plumbline.Exactly(19), CountedBy: "Port immigration service",
	})
	s.add(
		&plumbline.Label{Word: "enforcement", Speaker: "Port immigration service", Said: t.on(89)},
		&plumbline.Agency{Organisation: port, Name: "Port immigration service", Kind: "immigration", Role: "lead", TookPart: "yes"},
		&plumbline.Agency{Organisation: police, Unit: dockSquad, Name: theSquad, Kind: "police", Role: "entry", TookPart: "yes"},
		&plumbline.Attendance{Role: "social_worker", Organisation: limeHouse, Present: "no", WhyNot: "Asked to come; turned away at the door", DecidedBy: "Port immigration service"},
		&plumbline.Attendance{Role: "interpreter", Present: ""},
		&plumbline.Force{Kind: "forced_entry", By: theSquad, People: plumbline.Count{}, At: t.at(90, "05:40"), Reason: "Door barred", Reviewed: "no"},
		&plumbline.Injury{Who: "People who work there", People: plumbline.Exactly(2), Severity: "serious", Cause: "A fall from the loading bay", At: t.at(90, "05:50"), Treated: "yes"},
		&plumbline.Event{Kind: "status_asked", People: plumbline.Exactly(19), At: t.at(90, "06:10"), By: "Port immigration service", What: "Everyone, before any question about work."},
	)
	all := s.group("G-01", "People on the night shift", plumbline.Exactly(19), plumbline.Presence{})
	papers := s.group("G-02", "With papers", plumbline.Exactly(5), plumbline.Presence{PartOf: all, SplitAt: t.on(88)})
	hurt := s.group("G-03", "Hurt in the fall", plumbline.Exactly(2), plumbline.Presence{PartOf: all, SplitAt: t.at(90, "06:30")})
	sent := s.person("P-01", "One of them, removed after hospital", plumbline.Presence{PartOf: hurt, SplitAt: t.on(71)})
	s.class(all, "adult_not_determined", "Port immigration service", "None named", t.on(90))
	s.class(hurt, "adult_coerced", theClinic, "Told a nurse of locked doors and pay kept back", t.on(86))
	s.add(
		&plumbline.Movement{Presence: all, State: "held", From: t.at(90, "07:30"), Until: t.on(78), PlaceKind: "immigration_detention", By: "Port immigration service", Power: "immigration_law", Consent: "no", Giver: theSquad, Taker: "Port immigration service", Receipt: "yes", Screened: "no", Advised: "no", ToldBy: "Port immigration service"},
		&plumbline.Movement{Presence: all, State: "removed_from_country", From: t.on(78), By: "Port immigration service", Power: "immigration_law", Consent: "no", Giver: "Port immigration service", Screened: "no", Advised: "no", ToldBy: legalAid},
		&plumbline.Movement{Presence: papers, State: "released", From: t.on(88), By: "Port immigration service", ToldBy: legalAid},
		&plumbline.Movement{Presence: hurt, State: "hospital", From: t.at(90, "06:50"), Until: t.on(71), PlaceKind: "hospital", Power: "medical", Giver: theSquad, Taker: "Harbour hospital", ToldBy: theClinic},
		&plumbline.Movement{Presence: hurt, State: "released", From: t.on(71), By: "Port immigration service", ToldBy: theClinic},
		&plumbline.Movement{Presence: sent, State: "removed_from_country", From: t.on(70), By: "Port immigration service", Power: "immigration_law", Consent: "no", Giver: "Port immigration service", Screened: "no", ToldBy: theClinic},
		&plumbline.Account{Organisation: port, Teller: "Port immigration service", Document: "Press note", Told: t.on(89), Reading: "own", Points: []plumbline.Point{
			{Topic: "immigration", Says: "19 without the right papers", Text: "Nineteen persons were found working without the right papers."}}},
		&plumbline.Account{Organisation: harbour, Teller: legalAid, Told: t.on(85), Reading: "own", SpeaksFor: "Seven of the nineteen", Points: []plumbline.Point{
			{Topic: "immigration", Says: "5 had papers", Text: "Five of the nineteen had papers and were held two days."},
			{Topic: "accompaniment", Says: "refused", Text: "A social worker came and was turned away."}}},
	)
	return s.r
}

// tanneryYard is an investigation in which nobody was met, which is a count
// of exactly nobody.
func tanneryYard(t teller) *plumbline.Record {
	s := t.story("tannery-yard", plumbline.Operation{
		Title: "Tannery Yard, a tip that did not hold", Place: "Riverside", Began: t.on(66), Ended: t.on(61), Unit: protection, Sector: "hospitality",
		Summary:   "A caller spoke of twelve girls in a cellar. The unit looked for five days and found a store of chairs. Nobody was met and nothing was entered.",
		Criteria:  plumbline.Criteria{Aim: "investigate", NamedTarget: "yes", Entered: "no", Questioned: "nobody", Police: "yes", Private: "no", Immigration: "no", Payment: "no", Joint: "yes"},
		HeadCount: plumbline.Exactly(0), CountedBy: theUnit, Result: "The information did not hold.",
	})
	s.add(
		&plumbline.Label{Word: "verification", Speaker: theUnit, Said: t.on(61)},
		&plumbline.Initiator{Part: "first_information", Who: "A caller to the group’s telephone line", ToldBy: rescuers, At: t.on(68), Grade: "E4", Evidence: "None"},
		&plumbline.Initiator{Part: "decision", Who: "Second commander", ToldBy: theUnit, At: t.on(66)},
		&plumbline.Agency{Organisation: police, Unit: protection, Name: theUnit, Kind: "police", Role: "lead", TookPart: "yes"},
		&plumbline.Agency{Organisation: openDoor, Name: rescuers, Kind: "rescue_group", Role: "information", TookPart: "no"},
		&plumbline.Account{Organisation: police, Teller: theUnit, Told: t.on(60), Reading: "own", Points: []plumbline.Point{{Topic: "result", Says: "nothing found", Text: "The place is a store. There is no cellar."}}},
		&plumbline.Account{Organisation: openDoor, Teller: rescuers, Told: t.on(55), Reading: "own", Points: []plumbline.Point{{Topic: "result", Says: "moved in time", Text: "They were moved before the police came."}}},
	)
	s.steps("Second commander", "done", t.on(64), "information_verified", "harm_note")
	s.add(&plumbline.Debrief{Held: t.on(54), TookPart: "Unit, Lime House", Monitor: "no", Heard: "", Found: "Grading the tip first saved everybody a night."})
	return s.r
}

// pierStreetRaid left three people of whom nobody has said anything for 41
// days, and a debrief that came late.
func pierStreetRaid(t teller) *plumbline.Record {
	s := t.story("pier-street-raid", plumbline.Operation{
		Title: "Pier Street, upper floor", Place: "Harbour District", Began: t.at(41, "22:05"), Ended: t.at(40, "01:30"), Unit: protection, Sector: "commercial_sex",
		Summary:   "The unit went in at short notice with five trained officers gone. Three women were taken to the station; what became of them nobody has said.",
		Criteria:  plumbline.Criteria{Aim: "arrest", Entered: "yes", Questioned: "everyone", Police: "yes", Private: "no", Immigration: "no", Payment: "no", Joint: "no"},
		Authority: plumbline.Authority{Kind: "warrant", Issuer: "Duty magistrate", Ground: "A neighbour’s call", Scope: "Upper floor", Issued: t.on(41), Expires: t.on(40), Reference: t.reference("W")},
		HeadCount: plumbline.Exactly(14), CountedBy: theUnit, ServiceMode: "on_scene",
	})
	s.add(
		&plumbline.Plan{Purpose: "Arrest the manager", Target: "Manager of the upper floor", ExpectedAdults: plumbline.Count{}, ExpectedChildren: plumbline.Count{}, Beds: plumbline.Exactly(0), ServiceMode: "on_scene", Risks: "None written", DecidedBy: "Third commander"},
		&plumbline.Label{Word: "raid", Speaker: theUnit, Said: t.on(41)},
		&plumbline.Initiator{Part: "first_information", Who: "A neighbour", ToldBy: theUnit, At: t.on(44), Grade: "C3"},
		&plumbline.Initiator{Part: "request", Who: "Open Door Rescue", ToldBy: workers, At: t.about(43), Evidence: "A letter that members were shown"},
		&plumbline.Agency{Organisation: police, Unit: protection, Name: theUnit, Kind: "police", Role: "lead", TookPart: "yes"},
		&plumbline.Agency{Organisation: limeHouse, Name: theHouse, Kind: "shelter", Role: "welfare", ToldAt: t.at(41, "21:50"), TookPart: "yes"},
		&plumbline.Attendance{Role: "social_worker", Organisation: limeHouse, Present: "yes", Mode: "on_scene", Arrived: t.at(41, "23:05"), FirstContact: t.at(41, "23:15"), NoTie: "yes"},
		&plumbline.Attendance{Role: "interpreter", Present: "no", WhyNot: "None booked", DecidedBy: "Third commander"},
		&plumbline.Attendance{Role: "lawyer", Organisation: harbour, Present: "no", WhyNot: "Not told", DecidedBy: ""},
		&plumbline.Attendance{Role: "woman_officer", Present: "no", WhyNot: "None on the shift"},
		&plumbline.Force{Kind: "forced_entry", By: theUnit, People: plumbline.Exactly(14), At: t.at(41, "22:05"), Injury: "no", Reviewed: "yes", Reason: "Warrant allows it"},
		&plumbline.Force{Kind: "pepper_spray", By: theUnit, OnClass: "adult_not_determined", People: plumbline.AtLeast(3), At: t.at(41, "22:12"), Injury: "yes", Reviewed: "no", Reason: "Crowding on the stairs"},
		&plumbline.Injury{Who: "People who work there", People: plumbline.Exactly(1), Severity: "serious", Cause: "Jumped from a window", At: t.at(41, "22:10"), Treated: "yes"},
		&plumbline.Injury{Who: "An officer", People: plumbline.Exactly(1), Severity: "minor", Cause: "Glass", At: t.at(41, "22:10"), Treated: "yes"},
		&plumbline.Closure{Closed: t.on(40), OrderedBy: "Police order", Ground: "Licence", LostWork: plumbline.Exactly(9), Offered: plumbline.Exactly(4), Accepted: plumbline.Exactly(1)},
	)
	s.steps("Third commander", "not_done", plumbline.When{}, "interpreters_booked", "beds_secured", "risk_assessed", "briefing_respect", "press_kept_out")
	s.steps("Third commander", "done", t.at(41, "21:50"), "provider_told", "information_verified")
	s.steps(theUnit, "", plumbline.When{}, "rights_told", "belongings_receipt", "restraint_log")
	s.add(&plumbline.StepTaken{Step: "harm_note", Done: "declined", By: "Third commander", Reason: "No time"})

	women := s.group("G-01", "Women who work there", plumbline.Exactly(8), plumbline.Presence{})
	taken := s.group("G-02", "Three of them, taken to the station", plumbline.Exactly(3), plumbline.Presence{PartOf: women, SplitAt: t.at(41, "23:30")})
	manager := s.person("P-01", "Manager", plumbline.Presence{})
	hurt := s.person("P-02", "A woman who jumped", plumbline.Presence{})
	customers := s.group("G-03", "Customers", plumbline.Exactly(4), plumbline.Presence{})
	s.class(manager, "accused", theUnit, "Named in the warrant", t.at(41, "22:20"))
	s.class(customers, "customer", theUnit, "Their own statement", t.at(41, "22:40"))
	s.class(women, "adult_not_coerced", theUnit, "None named", t.at(41, "23:20"))
	s.add(&plumbline.Decision{Presence: taken, Class: "adult_not_determined", DecidedBy: theUnit, Definition: "None named", At: t.at(41, "23:30"), Where: "venue", Reasons: "“They would not answer.”", Contested: "yes"},
		&plumbline.Movement{Presence: women, State: "questioned", From: t.at(41, "22:30"), Until: t.at(40, "00:15"), PlaceKind: "venue", By: theUnit, ByUnit: protection, Power: "police_power", Consent: "no", ToldBy: theUnit},
		&plumbline.Movement{Presence: women, State: "free_to_go", From: t.at(40, "00:15"), ToldBy: theUnit},
		&plumbline.Movement{Presence: taken, State: "escorted", From: t.at(41, "23:40"), PlaceKind: "police_station", By: theUnit, ByUnit: protection, Power: "police_power", Consent: "no", Giver: theUnit, Screened: "no", Advised: "no", ToldBy: theHouse},
		&plumbline.Movement{Presence: manager, State: "arrested", From: t.at(41, "22:20"), Until: t.on(40), By: theUnit, ByUnit: protection, Power: "arrest", Giver: theUnit, Taker: "Central station", ToldBy: theUnit},
		&plumbline.Movement{Presence: manager, State: "charged", From: t.on(40), Confirmed: t.on(9), Power: "court_order", Giver: "Central station", Taker: "District court", ToldBy: theUnit},
		&plumbline.Movement{Presence: hurt, State: "hospital", From: t.at(41, "22:45"), Until: t.on(38), PlaceKind: "hospital", Power: "medical", Giver: theUnit, Taker: "Harbour hospital", ToldBy: theHouse},
		&plumbline.Movement{Presence: hurt, State: "returned_home", From: t.on(38), Consent: "yes", ToldBy: theHouse},
		&plumbline.Movement{Presence: customers, State: "free_to_go", From: t.at(41, "23:00"), ToldBy: theUnit},
		&plumbline.Interview{Presence: taken, Purpose: "Statement against the manager", By: theUnit, Began: t.at(41, "23:50"), Language: "Not theirs", Interpreter: "no", Accompanied: "no", RightsTold: "", Place: "police_station", WomanThere: "no"},
		&plumbline.Event{Kind: "follow_up", Presence: taken, At: t.on(30), By: theHouse, What: "Asked the station where the three are. No answer."},
		&plumbline.Event{Kind: "threat", At: t.about(36), By: "Not told", What: "One of the women was told by telephone that she had called the police."},
		&plumbline.Note{Organisation: limeHouse, Text: "The desk at the station says to ask the commander where the three are."},
		&plumbline.Account{Organisation: police, Teller: theUnit, Told: t.on(39), Reading: "own", Points: []plumbline.Point{
			{Topic: "force", Says: "spray once, in self-defence", Text: "Spray was used once, when the stairs were blocked."},
			{Topic: "people_met", Says: "14", Text: "Fourteen persons, of whom eight sell sex."},
			{Topic: "who_began", Says: "a neighbour", Text: "A neighbour called."}}},
		&plumbline.Account{Organisation: limeHouse, Teller: theHouse, Told: t.on(37), Reading: "own", Points: []plumbline.Point{
			{Topic: "accompaniment", Says: "told 15 minutes before", Text: "We were told at ten to ten and came an hour after the door was broken."},
			{Topic: "force", Says: "spray on people going down", Text: "Three women were still rinsing their eyes when we came."}}},
		&plumbline.Account{Organisation: riverside, Teller: workers, Told: t.on(35), Reading: "own", SpeaksFor: "Five of the eight", Points: []plumbline.Point{
			{Topic: "who_began", Says: "Open Door Rescue", Text: "We were shown the letter in which they ask for it."},
			{Topic: "aftermath", Says: "three not back", Text: "Three have not come back to their rooms."}}},
		&plumbline.Debrief{Held: t.on(20), TookPart: "Unit, Lime House", Monitor: "no", Heard: "no", Found: "Held a week late. The plan had no beds and no interpreter. Where the three were taken is not in the log.",
			Actions: []plumbline.Action{{What: "Say where the three women are", Who: "Third commander", Due: t.on(13)}, {What: "Review the use of spray", Who: "Office for Police Oversight", Due: t.on(-4)}}},
	)
	return s.r
}

// millLaneVice has a debrief that was due yesterday, an account that came
// last night, and a unit that has not told its own.
func millLaneVice(t teller) *plumbline.Record {
	s := t.story("mill-lane-vice", plumbline.Operation{
		Title: "Mill Lane, licences", Place: "Riverside", Began: t.at(15, "23:10"), Ended: t.about(14), Unit: dockSquad, Sector: "commercial_sex",
		Summary:   "The squad checked licences in three houses and shut one of them.",
		Criteria:  plumbline.Criteria{Aim: "vice", Entered: "yes", Questioned: "everyone", Police: "yes", Private: "no", Immigration: "no", Payment: "", Joint: "no"},
		Authority: plumbline.Authority{Kind: "statutory_power", Ground: "Licensing by-law"},
		HeadCount: plumbline.AtLeast(12), CountedBy: workers,
		NotTold: []string{"Whether money was asked for", "How many officers went in"},
	})
	s.add(
		&plumbline.Label{Word: "licence check", Speaker: theSquad, Said: t.on(14)},
		&plumbline.Label{Word: "raid", Speaker: workers, Said: t.on(1)},
		&plumbline.Agency{Organisation: police, Unit: dockSquad, Name: theSquad, Kind: "police", Role: "lead", TookPart: "yes"},
		&plumbline.Attendance{Role: "social_worker", Present: "no", WhyNot: "Not told"},
		&plumbline.Attendance{Role: "observer", Organisation: riverside, Present: "yes", Mode: "nearby", Arrived: t.at(15, "23:40")},
		&plumbline.Force{Kind: "striking", By: theSquad, OnClass: "adult_not_determined", People: plumbline.Exactly(1), At: t.at(15, "23:30"), Injury: "yes", Reviewed: "no"},
		&plumbline.Injury{Who: "A woman who works there", People: plumbline.Exactly(1), Severity: "minor", Cause: "Struck on the arm", At: t.at(15, "23:30"), Treated: ""},
		&plumbline.Closure{Closed: t.on(14), OrderedBy: theSquad, Ground: "Not told", LostWork: plumbline.AtLeast(7), Offered: plumbline.Exactly(0), Accepted: plumbline.Exactly(0)},
		&plumbline.Event{Kind: "service_shut_out", At: t.on(8), By: "The two houses still open", What: "The clinic’s outreach was not let in. “Not this month.”"},
	)
	women := s.group("G-01", "Women in the three houses", plumbline.AtLeast(7), plumbline.Presence{})
	fined := s.group("G-02", "Two who were fined", plumbline.Exactly(2), plumbline.Presence{})
	cells := s.group("G-03", "Three who were held", plumbline.Exactly(3), plumbline.Presence{})
	s.class(women, "not_determined", theSquad, "None named", t.on(15))
	s.add(
		&plumbline.Movement{Presence: women, State: "free_to_go", From: t.about(14), ToldBy: workers},
		&plumbline.Movement{Presence: fined, State: "arrested", From: t.at(15, "23:50"), Until: t.at(14, "11:00"), PlaceKind: "police_cell", By: theSquad, ByUnit: dockSquad, Power: "arrest", Giver: theSquad, Taker: "Central station", ToldBy: workers},
		&plumbline.Movement{Presence: fined, State: "released", From: t.at(14, "11:00"), Paid: "not_asked", ToldBy: workers},
		&plumbline.Movement{Presence: cells, State: "held", From: t.at(15, "23:50"), PlaceKind: "police_cell", By: theSquad, ByUnit: dockSquad, Power: "police_power", Consent: "no", Giver: theSquad, Taker: "Central station", Screened: "no", ToldBy: workers},
		&plumbline.Account{Organisation: riverside, Teller: workers, Told: t.on(1), Reading: "own", SpeaksFor: "Nine people in the three houses", Points: []plumbline.Point{
			{Topic: "people_met", Says: "at least 12", Text: "Twelve that we know of, in three houses."},
			{Topic: "arrests", Says: "5; 2 are back", Text: "Five were taken. Two paid a fine and are back."},
			{Topic: "force", Says: "one woman struck", Text: "One was struck when she picked up her telephone."}}},
		&plumbline.Account{Organisation: police, Teller: theSquad, Asked: t.on(12)},
	)
	return s.r
}

// canalRoad has a child who was found and safely placed, a young person whose
// age nobody has settled and who was with nobody for ten hours, and two
// accounts that differ on when the interpreter came.
func canalRoad(t teller) *plumbline.Record {
	s := t.story("canal-road", plumbline.Operation{
		Title: "Canal Road, a girl of fourteen", Place: "Riverside", Began: t.at(6, "19:20"), Ended: t.at(6, "23:15"), Unit: protection, Sector: "commercial_sex",
		Summary:   "A girl of fourteen was named by a friend. She was found and placed. An officer of immigration came along, against the unit’s own order.",
		Criteria:  plumbline.Criteria{Aim: "protect", NamedTarget: "yes", Entered: "yes", Questioned: "named_only", Police: "yes", Private: "no", Immigration: "yes", Payment: "no", Joint: "yes"},
		Authority: plumbline.Authority{Kind: "court_order", Issuer: "Family court", Ground: "A child named by a friend", Scope: "One child", Issued: t.on(6), Expires: t.on(3), Reference: t.reference("F")},
		HeadCount: plumbline.Exactly(13), CountedBy: theUnit, ServiceMode: "on_scene",
	})
	s.add(
		&plumbline.Plan{Purpose: "Find and protect one girl", Target: "One named child", ExpectedChildren: plumbline.Exactly(1), ExpectedAdults: plumbline.Between(5, 10), Languages: "Two", Beds: plumbline.Exactly(3), ServiceMode: "on_scene",
			Risks: "The owner has a firearm licence.", HarmOfActing: "The women there have asked to be left alone.", HarmOfWaiting: "Every night.", DecidedBy: "Third commander, with Lime House"},
		&plumbline.Label{Word: "protective operation", Speaker: theUnit, Said: t.on(5)},
		&plumbline.Initiator{Part: "first_information", Who: "A friend of the girl", ToldBy: theHouse, At: t.on(9), Grade: "B1"},
		&plumbline.Agency{Organisation: police, Unit: protection, Name: theUnit, Kind: "police", Role: "lead", TookPart: "yes"},
		&plumbline.Agency{Organisation: limeHouse, Name: theHouse, Kind: "shelter", Role: "welfare", Duties: "With the girl from entry to bed", ToldAt: t.on(7), TookPart: "yes"},
		&plumbline.Agency{Organisation: port, Name: "Port immigration service", Kind: "immigration", Role: "immigration", Duties: "None written", TookPart: "yes"},
		&plumbline.Attendance{Role: "social_worker", Organisation: limeHouse, Present: "yes", Mode: "on_scene", Arrived: t.at(6, "19:20"), FirstContact: t.at(6, "19:32"), NoTie: "yes"},
		&plumbline.Attendance{Role: "interpreter", Present: "yes", Mode: "on_scene", Arrived: t.between(6, "19:40", "21:50"), Language: "Both languages"},
		&plumbline.Attendance{Role: "lawyer", Organisation: harbour, Present: "yes", Mode: "nearby", Arrived: t.at(6, "20:30")},
		&plumbline.Attendance{Role: "health_worker", Organisation: clinic, Present: "no", WhyNot: "Busy elsewhere; came to the house the next day"},
		&plumbline.Attendance{Role: "woman_officer", Present: "yes", Mode: "on_scene"},
		&plumbline.StepTaken{Step: "immigration_kept_apart", Done: "not_done", By: theUnit, Reason: "The officer came with the second car"},
		&plumbline.StepTaken{Step: "status_check", Done: "done", By: "Port immigration service", At: t.at(6, "20:05")},
		&plumbline.StepTaken{Step: "guardian_named", Done: "not_done", By: welfare, Reason: "For P-07: none until the age is settled"},
		&plumbline.Event{Kind: "status_asked", People: plumbline.Exactly(6), At: t.at(6, "20:05"), By: "Port immigration service", What: "The six women were asked for papers in the yard."},
	)
	s.steps("Third commander", "done", t.on(7), "information_verified", "services_ready", "provider_told", "interpreters_booked", "beds_secured", "duties_written", "risk_assessed", "press_kept_out", "harm_note")
	s.steps(theHouse, "done", t.at(6, "20:40"), "safety_secured", "urgent_needs_met", "rights_told", "complaint_way_told", "accused_kept_apart")

	girl := s.person("P-01", "The girl who was sought", plumbline.Presence{Age: "14", AgeBasis: "documented", AgeBy: welfare})
	young := s.person("P-07", "A young person without papers", plumbline.Presence{Age: "15-19", AgeBasis: "presumed_child", AgeBy: theHouse, OwnWords: "“I am nineteen. I was told to say so, and I am.”"})
	women := s.group("G-01", "Women who work there", plumbline.Exactly(6), plumbline.Presence{OwnWords: "“We told them about the girl. Now they ask for our papers.”"})
	helped := s.group("G-02", "Two of them who went to the Association", plumbline.Exactly(2), plumbline.Presence{PartOf: women, SplitAt: t.at(6, "21:15")})
	held := s.person("P-08", "One of them, taken by immigration", plumbline.Presence{PartOf: women, SplitAt: t.at(6, "21:15")})
	owner := s.person("P-02", "Owner", plumbline.Presence{})
	staff := s.group("G-03", "Kitchen and door", plumbline.Exactly(2), plumbline.Presence{})
	s.class(girl, "child", welfare, law, t.at(6, "19:50"))
	s.class(young, "adult_not_determined", theUnit, "“Looks twenty”", t.at(6, "20:10"))
	s.add(&plumbline.Decision{Presence: young, Class: "child", DecidedBy: theHouse, Definition: "In doubt, a child until shown otherwise", At: t.on(5), Contested: "yes", Reasons: "No document. The clinic will not estimate an age from an X-ray."})
	s.class(women, "adult_not_coerced", theHouse, "Own account, heard alone", t.at(6, "21:00"))
	s.class(owner, "accused", theUnit, "Named in the order", t.at(6, "19:30"))
	s.class(staff, "staff", theUnit, "Their own statement", t.at(6, "20:30"))
	s.add(
		&plumbline.Movement{Presence: girl, State: "placed", From: t.at(6, "20:15"), Confirmed: t.on(1), PlaceKind: "shelter_open", By: theHouse, Power: "child_protection_law", Basis: "Family court order", Consent: "yes", Giver: theUnit, Taker: theHouse, Receipt: "yes", Screened: "yes", Advised: "yes", ToldBy: theHouse},
		&plumbline.Movement{Presence: young, State: "escorted", From: t.at(6, "20:40"), Until: t.at(6, "22:10"), PlaceKind: "police_station", By: theUnit, ByUnit: protection, Power: "police_power", Consent: "no", Giver: theUnit, Taker: "Central station", Screened: "no", Advised: "no", ToldBy: theUnit},
		&plumbline.Movement{Presence: young, State: "placed", From: t.at(5, "08:30"), Until: t.on(-1), PlaceKind: "shelter_open", By: theHouse, Power: "child_protection_law", Basis: "Seven days’ emergency order", Consent: "", Wish: "To go back to the women", Taker: theHouse, Receipt: "no", Screened: "yes", Advised: "yes", ToldBy: theHouse},
		&plumbline.Movement{Presence: women, State: "free_to_go", From: t.at(6, "21:30"), ToldBy: theHouse},
		&plumbline.Movement{Presence: helped, State: "helped", From: t.at(6, "22:00"), PlaceKind: "office", By: workers, Power: "consent", Consent: "yes", ToldBy: workers},
		&plumbline.Movement{Presence: held, State: "held", From: t.at(6, "21:40"), Confirmed: t.on(1), PlaceKind: "immigration_detention", By: "Port immigration service", Power: "immigration_law", Consent: "no", Giver: theUnit, Taker: "Port immigration service", Receipt: "yes", Screened: "no", Advised: "no", ToldBy: legalAid},
		&plumbline.Movement{Presence: owner, State: "arrested", From: t.at(6, "19:45"), Until: t.at(5, "09:00"), By: theUnit, ByUnit: protection, Power: "arrest", Lawful: "yes", Giver: theUnit, Taker: "Central station", ToldBy: theUnit},
		&plumbline.Movement{Presence: owner, State: "charged", From: t.at(5, "09:00"), Power: "court_order", Giver: "Central station", Taker: "District court", ToldBy: theUnit},
		&plumbline.Movement{Presence: staff, State: "free_to_go", From: t.at(6, "22:00"), ToldBy: theUnit},
		&plumbline.Interview{Presence: girl, Purpose: "Safety and needs", By: theHouse, Began: t.at(6, "19:32"), Ended: t.at(6, "19:50"), Language: "Her first", Interpreter: "", SatIn: "Social worker", Accompanied: "yes", RightsTold: "yes", Advice: t.at(6, "20:35"), Place: "venue", Private: "yes", WomanThere: "yes"},
		&plumbline.Interview{Presence: young, Purpose: "Statement", By: theUnit, Began: t.at(6, "21:00"), Ended: t.at(6, "22:00"), Language: "Not theirs", Interpreter: "no", Accompanied: "no", RightsTold: "refused", Place: "police_station", Private: "no", WomanThere: "no"},
		&plumbline.Account{Organisation: police, Teller: theUnit, Told: t.on(4), Reading: "own", Points: []plumbline.Point{
			{Topic: "accompaniment", Says: "interpreter at 19:40", Text: "The interpreter was there twenty minutes after entry."},
			{Topic: "people_met", Says: "13", Text: "Thirteen were met, two customers among them."},
			{Topic: "immigration", Says: "came by himself", Text: "The officer of immigration was not asked for."}}},
		&plumbline.Account{Organisation: limeHouse, Teller: theHouse, Told: t.on(3), Reading: "own", Points: []plumbline.Point{
			{Topic: "accompaniment", Says: "interpreter at 21:50", Text: "The interpreter came when the questioning was over, at ten to ten."},
			{Topic: "people_met", Says: "11", Text: "We counted eleven. We saw no customers."},
			{Topic: "children", Says: "one, and perhaps one more", Text: "One girl, and a young person who should be treated as a child."}}},
	)
	return s.r
}

// pierStreetEvening is an operation of which hardly anything is told: eleven
// people were driven away five days ago, and the 72-hour balance is late.
func pierStreetEvening(t teller) *plumbline.Record {
	s := t.story("pier-street-evening", plumbline.Operation{
		Title: "Pier Street, evening", Place: "Harbour District", Began: t.at(5, "18:50"), Unit: dockSquad,
		Summary:   "Eleven people were put into two vans. Everything known comes from one telephone call.",
		Criteria:  plumbline.Criteria{Questioned: "everyone", Police: "yes"},
		HeadCount: plumbline.Exactly(11), CountedBy: workers,
		NotTold: []string{"Under what power", "Where the vans went", "Whether anybody is a child"},
	})
	s.add(
		&plumbline.Agency{Organisation: police, Unit: dockSquad, Name: theSquad, Kind: "police", Role: "lead"},
		&plumbline.Attendance{Role: "social_worker", Present: ""},
	)
	all := s.group("G-01", "People put into two vans", plumbline.Exactly(11), plumbline.Presence{})
	s.add(
		&plumbline.Movement{Presence: all, State: "escorted", From: t.at(5, "19:30"), PlaceKind: "vehicle", By: theSquad, ByUnit: dockSquad, Giver: theSquad, ToldBy: workers},
		&plumbline.Account{Organisation: riverside, Teller: workers, Told: t.on(5), Reading: "reported_by_others", SpeaksFor: "One member who saw it from a window", Points: []plumbline.Point{
			{Topic: "people_met", Says: "11", Text: "Eleven. She counted them at the doors of the vans."},
			{Topic: "warning", Says: "not known", Text: "She could not hear what was said."}}},
		&plumbline.Account{Organisation: police, Teller: theSquad, Asked: t.on(4)},
	)
	return s.r
}

// dockGateVisit was last night: a first count, and no police.
func dockGateVisit(t teller) *plumbline.Record {
	s := t.story("dock-gate-visit", plumbline.Operation{
		Title: "Dock Gate, boarding house", Place: "Harbour District", Began: t.at(1, "21:40"), Ended: t.at(1, "23:20"), Sector: "domestic_work",
		Summary:   "A social worker and a nurse visited a boarding house after a call. First count; to be completed.",
		Criteria:  plumbline.Criteria{Aim: "welfare", NamedTarget: "no", Entered: "yes", Questioned: "nobody", Police: "no", Private: "no", Immigration: "no", Payment: "no", Joint: "yes"},
		Authority: plumbline.Authority{Kind: "consent", Ground: "Let in by the people who live there"},
		HeadCount: plumbline.AtLeast(11), CountedBy: theHouse, ServiceMode: "on_scene",
	})
	s.add(
		&plumbline.Label{Word: "visit", Speaker: theHouse, Said: t.on(1)},
		&plumbline.Agency{Organisation: limeHouse, Name: theHouse, Kind: "shelter", Role: "lead", TookPart: "yes"},
		&plumbline.Agency{Organisation: clinic, Name: theClinic, Kind: "health_service", Role: "health", TookPart: "yes"},
		&plumbline.Attendance{Role: "social_worker", Organisation: limeHouse, Present: "yes", Mode: "on_scene", Arrived: t.at(1, "21:40"), FirstContact: t.at(1, "21:45"), NoTie: "yes"},
		&plumbline.Attendance{Role: "health_worker", Organisation: clinic, Present: "yes", Mode: "on_scene", Arrived: t.at(1, "21:40")},
		&plumbline.Attendance{Role: "interpreter", Present: "no", WhyNot: "By telephone only"},
	)
	children := s.group("G-01", "Children, or may be children", plumbline.Exactly(2), plumbline.Presence{Age: "14-18", AgeBasis: "presumed_child", AgeBy: theHouse})
	adults := s.group("G-02", "Adults", plumbline.AtLeast(6), plumbline.Presence{})
	unclear := s.group("G-03", "Not clear who they are", plumbline.Exactly(3), plumbline.Presence{})
	s.class(children, "child", theHouse, "In doubt, a child until shown otherwise", t.at(1, "22:15"))
	s.add(
		&plumbline.Movement{Presence: children, State: "helped", From: t.at(1, "22:30"), PlaceKind: "shelter_open", By: theHouse, Power: "child_protection_law", Consent: "yes", Wish: "Together, and with a door that shuts", Giver: theClinic, Taker: theHouse, Receipt: "yes", ToldBy: theHouse},
		&plumbline.Movement{Presence: adults, State: "free_to_go", From: t.at(1, "23:00"), ToldBy: theHouse},
		&plumbline.Movement{Presence: unclear, State: "left_by_choice", From: t.at(1, "22:50"), ToldBy: theHouse},
		&plumbline.Event{Kind: "medical_need", Presence: adults, People: plumbline.Exactly(1), At: t.at(1, "22:00"), By: theClinic, What: "Insulin had run out.", Answered: t.at(1, "22:40"), Answer: "Brought from the clinic."},
		&plumbline.Account{Organisation: limeHouse, Teller: theHouse, Told: t.on(1), Reading: "own", Points: []plumbline.Point{
			{Topic: "people_met", Says: "at least 11", Text: "Eleven that we spoke to. There is a second floor that we did not see."}}},
	)
	return s.r
}

package rig

import "plumbline"

// What people write in the fields of a form, in the order in which it is used
// up. A full sentence stands here once and is used once; a few words may come
// back, as they do.
var (
	purposes = []string{"Find the child and see who else is there", "Bring the named people out, and nobody else against their will", "Find out who keeps the papers", "Wages, hours and housing of everyone at work",
		"Reach two people who asked to be fetched", "Settle whether the report is true", "Arrest two who are named, without stopping work", "See the rooms behind the kitchen", "Take statements where they were offered",
		"Find the foreman and the book of debts", "Count everyone at work and speak with each alone", "Bring one boy to safety", "Fetch a mother and her child", "Speak with the crew before the ship leaves", "Open one door that has been locked for a month",
		"See that the young ones are what they are said to be", "Keep what was promised to the two who wrote", "Look at beds, doors and the well", "Find the girl before the end of the week", "Hear the night shift without the foreman", "Secure the account books", "Find three people named by a former cook"}
	languages = []string{"Two, both with interpreters", "One, known to the social worker", "Three; one by telephone", "The language of the coast", "Two of the hill languages", "One, and signs", "Her first language and the teller’s", "Two; a woman interpreter for one",
		"The pickers’ own", "One, shared by all", "Four, two of them by telephone", "The crew’s language", "Two, with a second interpreter on call"}
	risks = []string{"A dog, and one way out.", "The owner knows somebody at the town hall.", "Wet steps and no lamp.", "The back door opens on the water.", "A newborn may be in the house.", "The shift changes at the hour we chose.", "He has threatened the neighbour before.",
		"Gas bottles in the yard.", "Somebody told the foreman of an inspection last year.", "Cars park in front of the only gate.", "The stairs will not bear many.", "She may be moved on market day.", "Two of them are said to be ill."}
	harmsOfActing = []string{"Those who want to stay may lose the room they pay for.", "The clinic’s nurse may not be let in again.", "The work ends for all of them.", "Somebody will be blamed for having talked.", "The younger children will see it.",
		"It took the nurse a year to be trusted there.", "Some will be asked about papers later, whatever we promise.", "The street may move out of reach.", "A debt may be called in at home.", "They have asked twice to be left alone.", "Work for forty people depends on one licence.", "Her mother will hear of it from others."}
	harmsOfWaiting = []string{"He may be put to sea any day.", "Each week adds to the debt.", "The caller says she cannot go on.", "They may be split up when the contract ends.", "A wound that nobody treats.", "The child has not been seen for a week.", "The one who asked may stop asking.",
		"Whoever keeps the papers is selling up.", "There is no water in the house.", "The ship clears customs in two days.", "Her birthday is used as a deadline.", "Nothing that we know of."}
	duties = []string{"With the children from the first minute", "Speaks with each alone", "Keeps the list of who is where", "Waits in the second car; comes in when called", "Meets people at the gate", "Finds beds, and says how many", "Stays until the last has gone",
		"Hears those who do not want to go", "Sees that nobody leaves alone who does not wish to", "Sits with those who wait"}
	undone = []string{"No time", "Forgotten", "Left to the next shift", "Nobody was free", "Not thought of", "The form was in the other car", "Done by word of mouth only", "The telephone was dead", "Nobody asked for it", "Not in the order", "Thought to be the other’s task", "Too few officers",
		"The room was not free", "The printer at the station", "Put off, then dropped", "No form in their language", "Interpreter had gone", "Called off by the duty officer", "Begun and not finished", "Not on the old list"}
	declined       = []string{"They did not want it", "She said not now", "Asked for it later", "Declined by all but one", "Did not trust the form", "Would rather ask their own"}
	entries        = []string{"Nobody opened", "A noise of people leaving", "Keys were not found", "", "Door barred from inside", "", "No answer after two calls", "The caretaker refused"}
	restraints     = []string{"Ran for the stairs", "Would not put down a bottle", "Two who were fighting", "Held on to the door", "Tried to leave with a bag", "Said to have struck first"}
	hurt           = []string{"A man who was waiting", "A woman on the stairs", "An officer", "A cook", "One of the drivers", "A woman who fell", "A guest", "A picker"}
	causes         = []string{"Fell in the dark", "A door", "Pushed against a wall", "Broken glass", "Handcuffs too tight", "Struck on the hand", "A fall from a ladder", "Trodden on"}
	demands        = []string{"What they had on them, and a telephone.", "A day’s takings; more from those who had no papers.", "Twenty for a stamp that nobody has seen since."}
	statuses       = []string{"Everyone was lined up and asked for papers before anything else.", "Papers were asked for on the gangway.", "Those with a foreign name were asked first.", "A list of names was read out, and papers compared with it.", "Papers were asked for after each had spoken with a lawyer.", "An officer went from table to table."}
	closureGrounds = []string{"Licence lapsed", "Fire exit blocked", "Not told", "By-law on hours", "No hot water", "Licence of another house", "Sanitary order", "Not told", "Licence in a dead man’s name", "Unfit for sleeping"}
	needs          = []string{"A fever that had gone on for a week.", "Asthma, and no spray.", "A burnt hand.", "A woman in her eighth month.", "Pills for the heart, left in the room.", "A tooth.", "A cut that had not been sewn.", "Somebody who had not eaten for two days.", "An eye inflamed by dust.",
		"Blood pressure far too high.", "A sprained ankle.", "A child with earache.", "Somebody who shook and could not say why.", "Bandages that needed changing.", "A cough of months.", "A diabetic without food.", "A swollen knee.", "A panic that passed.", "A nail in the foot.", "Hearing lost on one side."}
	answers   = []string{"Seen to by the nurse in the car.", "Brought to the clinic before anything else.", "Medicine fetched from the room.", "The doctor on duty came.", "Cleaned and dressed there.", "Fed, and asked again in an hour.", "Sent to the ward with a friend.", "A midwife came from Upper Ferry.", "Treated, and a paper given for the next time."}
	followUps = []string{"Telephoned after four weeks; two answered.", "Met at the market. She asked for nothing.", "A letter came back unopened.", "Visited at the new room; the lock works.", "Wages had come, less a tenth.", "Nobody by that name at the address any more.", "One has found work at the school.",
		"They met us in the office and brought a third.", "The number is no longer in use.", "A friend says that all is well; we have not seen it ourselves.", "Asked when the case will be heard. We did not know.", "The two still share a room.", "Seen by the nurse, who was told to greet us.", "He is back at sea, on another ship.",
		"She wants her telephone, which is still evidence.", "Came for shoes, stayed for an hour.", "Said that the questions at the station keep her awake.", "The landlord says that they moved at night.", "Four of six reached.", "A cousin answers and will not pass us on.", "Rent is paid for two months.", "Asked not to be called again.",
		"Has had no letter from the court.", "In a course three days a week."}
	whoShut  = []string{"Three houses in the street", "The foreman", "The owners, by a note on the door", "The men at the gate", "Half the bars", "The landlady", "A cooperative of boat owners"}
	shutOuts = []string{"Outreach was turned away for a month.", "The nurse was asked who had sent her, and left.", "Condoms and leaflets were handed back.", "The Thursday round found the lights off.", "They would open to the nurse alone, not to the Association.", "The water van was sent off the yard.", "Testing fell to nothing in the weeks that followed.",
		"Nobody came to the open hour.", "The mobile clinic was told to park elsewhere.", "“We have had enough visitors.”", "A nurse’s list was taken and not given back.", "Two houses opened again after a talk.", "The women came to the clinic instead, fewer each week."}
	interviewPurposes = []string{"Safety and needs", "Statement", "Who kept the papers", "Where she wants to go", "Statement for the court", "Age and family", "", "What the debt was", "How he came here", "Wages", "Follow-up of a statement"}
	spokenLanguages   = []string{"Her first", "His first", "A second language", "The officer’s", "Their own", "Shared by both", "Not theirs"}
	tookPart          = []string{"Lime House", "Lime House and Harbour Legal Aid", "the clinic", "two who were met", "Harbour Legal Aid and a member of the Association", "nobody else", "District Social Services", "the Association, for the first hour"}
	actions           = []string{"Keep one person on the list until the last has a place", "Ask for the interpreter the day before", "Write down who took the child over", "Give receipts for telephones", "Ring the shelter before, not after", "Name one officer who keeps the restraint log", "Ask the court for the order in time",
		"Bring blankets", "Pay for the door", "Answer the Association’s letter", "Send the list of belongings", "Put the plan in writing", "Take the second car out of sight", "Train the night shift", "Meet again with those affected", "Find out where the two are", "Agree who speaks first", "Have women officers on the rota",
		"Return the papers", "Say sorry in writing", "Settle who may stop the operation", "Look at the wages again in half a year", "Keep immigration out of the next one", "Ask the neighbours less"}
	accusedGrounds   = []string{"Named in the warrant", "Kept the key", "Named by three of those met", "Signed the contracts", "Collected the money", "Drove them there", "Held their papers"}
	definitions      = []string{"Own account, heard alone", "Own account and wage slips", "Forced labour indicators, seven of eleven", "Own account, with an interpreter", "Indicators and a second talk", "Own account, two days later"}
	freedBecause     = []string{"Papers were in order all along", "Detention without a decision", "Right to stay while a claim is heard", "Witness in a case", "The agency brought the papers"}
	lockedBecause    = []string{"House rule", "“For their own good.”", "“Until it is safe”", "Not told"}
	wishes           = []string{"Home, and soon", "To a cousin inland", "Home, with the wages", "Back to her children", "Another town, and no questions", "To the sea again", "Home when the case is over", "A room of their own"}
	childWishes      = []string{"To telephone home", "To stay with the other", "", "To sleep", "Not to go back by that road", "To keep the dog", "School", "To see the ship once more", "", "That nobody tells the uncle", "To be asked again tomorrow"}
	speakingFor      = []string{"Six who were there", "Four members", "The women of two houses", "Nine, whom we have asked one by one", "Two who telephoned", "Everyone in the house but one", "Three, and one who would rather not be counted", "Seven from the boats", "Members who work nearby", "A dozen pickers", "The drivers’ mess", "Five of them", "One, at first hand"}
	informants       = []string{"A neighbour", "A nurse", "A teacher", "A former cook", "A driver who had not been paid", "A letter without a name", "A cousin", "A customer of the shop below", "A schoolfriend", "The harbour master’s clerk", "A landlady", "A trade union", "A priest", "Somebody who had left", "A bus conductor", "The tax office", "An older brother"}
	rivals           = []string{"A competitor", "The landlord, who wants the rooms", "Open Door Rescue", "A quarrel between owners", "The town hall, before the festival", "An officer who lives there", "A newspaper", "A foreman who was dismissed"}
	cameForward      = []string{"Somebody came forward at the clinic", "The Association counted again with those who were there", "A second room was not on the list", "The driver had not been counted", "A name was on the station’s list and not on ours", "They had hidden, and said so a month later", "The night shift’s own list was found", "Counted twice at the door and once in the yard"}
	whoCame          = []string{"Came forward at the clinic", "Not on the first list", "Had been in the second room", "Hid until it was over", "On the station’s list only", "Came to the office weeks later"}
	reasonsToCorrect = []string{"Read from the station’s log", "The watch was fast", "The two lists disagree; the gate’s is the earlier", "The social worker’s note has it", "Typed for the wrong day’s report", "Asked again, and she is sure", "The ferry’s timetable settles it", "Radio log of the second car", "From the interpreter’s bill",
		"The door camera shows it", "A slip of the pen", "As told at the debrief"}
	reasonsForPlan = []string{"Two beds had been left out", "As it was agreed by telephone", "To match what the shelter had", "The list of beds came late"}
	metTexts       = []string{"We counted %s.", "%s people, by our list.", "There were %s that we saw ourselves.", "%s at the first count and at the second.", "Our sheet says %s.", "%s, with those in the yard.", "At the door we made it %s.", "%s were there when we left; nobody can have come in between.", "The list has %s lines.", "%s, and we would swear to it.",
		"We make it %s, children among them or not.", "%s, not counting ourselves.", "It was %s by the end.", "%s were written down.", "We spoke with %s.", "%s, going by the coats.", "Those we know are %s.", "%s persons were met.", "Somebody called out the numbers; it came to %s.", "%s, if the man by the gate counts as one of them.", "The officer at the table wrote %s.",
		"%s sat down with us.", "In the report it is %s.", "%s by name, and perhaps more.", "From the window it looked like %s.", "%s of them in two rooms.", "We had tea for %s, and it went round.", "%s, as the unit’s own slip shows.", "Counting twice, we came to %s.", "%s got off; that is the number."}
)

// absences are the reasons why somebody in a role was not there.
var absences = map[plumbline.AttendanceRole][]string{
	"social_worker":    {"Not told", "Not a protection matter", "On another case that night", "Told an hour after", "Not asked; the order did not say", "On leave, and nobody took over", "Turned back at the cordon", "The group has none", "Asked for and refused", "Nobody on duty at that hour"},
	"child_protection": {"No children were expected", "Told the next morning", "Out of hours", "Sent a fax that nobody read", "Busy with a court date"},
	"lawyer":           {"Not told", "Heard of it at midnight", "Nobody thought of it", "At the station, not let in", "In court", "Called, came too late to be let in", "Out of the district"},
	"interpreter":      {"Nobody booked one", "By telephone only", "The one booked spoke another language", "A neighbour helped", "An officer said that he would do", "Fell ill"},
	"health_worker":    {"Not asked", "Nurse on the other bank", "The van had broken down", "Came the next day", "Thought unnecessary", "On call, not called"},
	"observer":         {"Not asked", "Refused by the commander", "Asked the same evening, too late", "Nobody free at night", "Would not come with police"},
	"woman_officer":    {"None on shift", "Sent to another post", "On leave", "The rota had one name, and she was ill"},
	"ngo_staff":        {"Not asked", "Asked to stay away", "Kept at the gate", "Stayed away by choice", "Learned of it from the radio"},
}

// labelsOf are the words for an operation: first what those who led it say,
// then what others do.
var labelsOf = map[plumbline.OperationKind][]string{
	plumbline.TargetedRemoval: {"protective operation", "raid", "visit", "rescue"}, plumbline.Raid: {"search", "raid", "break-in"}, plumbline.ViceRaid: {"licence check", "raid", "round-up"},
	plumbline.ImmigrationRaid: {"status control", "immigration raid", "hunt"}, plumbline.Sweep: {"public order measure", "sweep", "round-up"}, plumbline.Shakedown: {"check", "shakedown", "toll"},
	plumbline.PrivateRaid: {"rescue", "abduction", "break-in"}, plumbline.LabourInspection: {"inspection", "inspection", "raid"}, plumbline.Investigation: {"inquiry", "shadowing", "inquiry"},
	plumbline.WelfareVisit: {"visit", "visit"}, plumbline.Undetermined: {"no word", "raid", "sweep"},
}

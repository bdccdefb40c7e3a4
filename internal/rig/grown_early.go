package rig

import "plumbline"

// Classes, as the premises name them.
const (
	coerced    plumbline.Class = "adult_coerced"
	notCoerced plumbline.Class = "adult_not_coerced"
	unasked    plumbline.Class = "adult_not_determined"
	accused    plumbline.Class = "accused"
	customer   plumbline.Class = "customer"
	staff      plumbline.Class = "staff"
	child      plumbline.Class = "child"
	dependant  plumbline.Class = "dependant_child"
	bystander  plumbline.Class = "bystander"
	unclear    plumbline.Class = "not_determined"
)

func warrant(ground string) power     { return power{"warrant", "District court", ground, false} }
func lateWarrant(ground string) power { return power{"warrant", "District court", ground, true} }
func familyOrder(ground string) power { return power{"court_order", "Family court", ground, false} }
func prosecutor(ground string) power {
	return power{"prosecutor_order", "Prosecutor’s office", ground, false}
}
func statute(ground string) power { return power{kind: "statutory_power", ground: ground} }
func invited(by string) power     { return power{kind: "consent", ground: by} }
func noPower() power              { return power{kind: "none_claimed"} }

func premises() []premise { return append(earlyPremises(), latePremises()...) }

// earlyPremises are the first three years, oldest first.
func earlyPremises() []premise {
	return []premise{
		{id: "lantern-market-upstairs", title: "Lantern Market, the upstairs rooms", place: "Lantern Market", ago: 1812, clock: "22:40", lasts: 130, kind: plumbline.Raid, lead: byDock, sector: "commercial_sex", care: poor,
			power: lateWarrant("Noise; a missing licence"), countedBy: theSquad,
			summary: "The squad went up after a complaint about noise and took along whoever could not show a tenancy.",
			met: []lot{some("Women who rent the rooms", "11", free, unasked, some("Four of them taken to the station", "4", station, ""), some("Two who were put into the second van", "2", vanished, "")),
				some("Guests", "3", free, customer), some("The tenant of the floor", "1", fined, accused), some("From the kitchen", "2", free, staff)},
			said: []said{{theSquad, "who_began", "a complaint", "Neighbours had complained in writing, twice."}, {workers, "who_began", "the landlord", "The landlord wanted the floor back and had said so in front of us."},
				{workers, "treatment", "doors taken off", "Two doors were lifted off and have not been hung again."}},
			notTold: []string{"Where the second van went"}},

		{id: "north-quay-sheds", title: "North Quay, five sheds before dawn", place: "North Quay", ago: 1771, clock: "05:30", lasts: 240, kind: plumbline.ImmigrationRaid, lead: byPort, sector: "fishing", care: poor,
			power: statute("Law on entry and stay"), countedBy: thePort, result: "Twenty-six removed within three weeks.",
			summary: "Crews were woken in the sheds where they sleep between trips. Those who could not show papers were driven to the detention rooms.",
			met: []lot{some("Crew without papers on them", "26", removed, unasked), some("Crew whose papers were at the agency", "9", freed, unasked), some("Net menders who live in town", "5", free, bystander), some("A man who fell from a loft", "1", ward, unasked),
				some("Three who ran along the breakwater", "3", found, unclear)},
			said: []said{{thePort, "authority", "law on entry", "A control under the law on entry and stay, announced to the harbour master."}, {legalAid, "coercion", "nobody asked", "We saw nine of them afterwards. Seven had not been paid for months, and nobody had asked."},
				{legalAid, "removal", "within three weeks", "By the time we had the names, the ship had left."}}},

		{id: "harbour-steps", title: "Harbour steps, both stairs closed", place: "Harbour District", ago: 1725, clock: "21:15", lasts: 160, kind: plumbline.Sweep, lead: byDock, sector: "commercial_sex", care: poor,
			power: statute("Public order by-law 12"), count: ">=30", countedBy: workers,
			summary: "Both stairs were closed and everyone between them was checked, strollers too.",
			met:     []lot{some("People on the steps", ">=22", free, ""), some("Taken to the station", "6", station, unasked), some("Fined for standing there", "2", fined, unasked)},
			said: []said{{workers, "warning", "none", "The first we knew was the rope across the stairs."}, {theSquad, "result", "order restored", "The steps were quiet for a week."},
				{workers, "health_access", "outreach missed", "Our round found nobody there for five weeks."}},
			notTold: []string{"How many were searched"}},

		{id: "weir-end-caravans", title: "Weir End, tea at the caravans", place: "Weir End", ago: 1690, clock: "16:00", lasts: 100, kind: plumbline.WelfareVisit, lead: byClinic, sector: "agriculture", care: good,
			power: invited("Asked in by those who live there"), countedBy: theClinic,
			summary: "A nurse had been asked to look at a baby, and a social worker came with her. Nobody wanted to leave; two wanted a letter read.",
			met:     []lot{some("Grown-ups at the caravans", "5", free, notCoerced), some("A baby and a toddler", "2", together, dependant), some("A grandmother who wanted her letters read", "1", office, notCoerced).says("“It is the letters that frighten us, not the work.”")},
			said:    []said{{theClinic, "wishes", "to stay", "Nobody wished to go. They wished for a tap."}, {theHouse, "children", "two, well", "Both children are well looked after."}},
			debrief: 9, found: "A visit with a purpose of its own was welcome. Leaflets about shelters were not."},

		{id: "exchange-bars", title: "Three bars behind the Exchange", place: "Harbour District", ago: 1640, clock: "23:30", kind: plumbline.ViceRaid, lead: byDock, sector: "commercial_sex", care: poor,
			power: statute("Licensing by-law"), count: "~15", countedBy: workers,
			summary: "Licences were asked for in three bars on one night. One of the three had been told beforehand, or so the other two say.",
			met:     []lot{some("Women at the bars", "~9", free, ""), some("Three who were led out at the back", "3", found, unasked), some("Barkeepers", "2", free, staff)},
			said:    []said{{workers, "kind", "one bar was warned", "The middle one was dark and locked when they came. It never is."}, {theSquad, "closure", "two shut", "Two bars without a valid licence were shut, one was found shut."}},
			notTold: []string{"Who warned the third bar, if anybody did"}},

		{id: "brickworks", title: "Brickworks at Cinder Hill", place: "Cinder Hill", ago: 1598, clock: "08:10", lasts: 420, kind: plumbline.LabourInspection, lead: byInspectors, sector: "manufacture", care: fair,
			power: statute("Labour code, section 41"), countedBy: inspectors, result: "Wages of eleven people were paid after seven months. Three families moved into rooms with a door.",
			summary: "The inspectors counted everyone on the kiln floor and read the debt book with those who are in it.",
			met: []lot{some("Moulders and carriers", "38", free, notCoerced), some("Those in the debt book", "11", office, coerced, some("Two of them who wanted to leave at once", "2", shelter, "")).says("“We know what we owe. We do not know how it grew.”"),
				some("Children at the kilns with their parents", "9", together, dependant), some("Boys who work for themselves", "3", family, child).aged("14-16", "stated"), some("Foremen", "2", acquit, accused), some("A watchman", "1", free, staff)},
			said: []said{{inspectors, "coercion", "11 bound by debt", "Eleven of sixty-four cannot leave for what they owe; the rest can and say so."}, {legalAid, "children", "twelve", "Twelve under eighteen. Nine of them will be there tomorrow, since their parents will."},
				{workers, "aftermath", "kilns cold", "Two kilns stayed cold for a month, and with them the pay of those who owed nothing."}},
			debrief: 21, found: "Reading the debt book aloud did more than any order. Somebody should have come for the children’s lessons."},

		{id: "chapel-row", title: "Chapel Row, three taken to a farm", place: "Riverside", ago: 1560, clock: "14:20", lasts: 35, kind: plumbline.PrivateRaid, lead: byRescuers, sector: "commercial_sex", care: poor,
			power: noPower(), countedBy: rescuers,
			summary: "Four members of the rescue group drove three people to a farm that belongs to a donor. One of them telephoned her mother, and the mother the police.",
			met:     []lot{some("Women from the ground floor", "2", closed, coerced).says("“They prayed. I wanted my shoes.”"), some("A girl who was visiting", "1", broken, child).aged("16", "told_by_others")},
			said: []said{{rescuers, "result", "three saved", "Three precious lives are out of that place."}, {workers, "treatment", "telephones taken", "Their telephones were kept for eleven days, so that nobody could call them back."},
				{theHouse, "children", "came to us a day later", "The girl was brought to us the next morning by a man who would not say his name."}}},

		{id: "ferry-van", title: "Ferry landing, a van without plates", place: "Upper Ferry", ago: 1515, clock: "02:10", kind: plumbline.Undetermined, lead: byNobody, care: poor,
			count: ">=6", countedBy: workers,
			summary: "Some people were driven off from the landing at night. A ferryman told it in the morning, and nobody else has.",
			met:     []lot{some("People who were driven off", ">=6", vanished, "")},
			said:    []said{{workers, "who_acted", "not known", "The ferryman saw caps and a white van. He would not say more, and moved away soon after."}},
			notTold: []string{"Who they were", "Who took them", "Where to"}},

		{id: "ropery-yard", title: "Ropery Yard, sisters of twelve and fifteen", place: "Riverside", ago: 1460, clock: "17:45", lasts: 140, kind: plumbline.TargetedRemoval, lead: byProtection, sector: "begging", care: good,
			power: familyOrder("Two children named by their teacher"), countedBy: theHouse, result: "Both sisters together, with an aunt since then.",
			summary: "A teacher had missed two sisters. They were found selling matches from a stair, with a woman who said that she was their mother and was not.",
			met: []lot{some("The elder sister", "1", family, child).aged("15", "documented"), some("The younger sister", "1", family, child).aged("12", "documented").says("“Will there be school tomorrow?”"),
				some("The woman who kept them", "1", acquit, accused), some("Others on the stair", "5", free, notCoerced, some("A mother who asked for milk", "1", office, "")), some("Two boys who ran errands", "2", together, dependant).aged("10-13", "stated")},
			said: []said{{theUnit, "who_began", "the teacher", "The teacher wrote three letters. The third reached us."}, {theHouse, "children", "kept together", "The two were not parted for a minute, as they had asked."},
				{workers, "treatment", "well", "They took off their caps and sat down. We say so since we say it when they do not."}},
			debrief: 10, found: "Two letters lay at the front desk for a month. The rest went as planned."},

		{id: "blue-door", title: "Lantern Market, the blue door", place: "Lantern Market", ago: 1420, clock: "20:50", lasts: 200, kind: plumbline.Raid, lead: byProtection, sector: "commercial_sex", care: fair,
			power: warrant("Two statements"), countedBy: theUnit, result: "One sentenced. Five adults spent weeks in a house with a locked door.",
			summary: "The right door and the right man; but the women who worked there were taken along too and lodged where they could not go out.",
			met: []lot{some("Women who worked there", "8", free, notCoerced, some("Taken to Lime House, where the door was locked", "5", closed, "")).says("“We were witnesses for a month and guests for none of it.”"), some("Women brought from abroad", "3", shelter, coerced),
				some("The man named in both statements", "1", prison, accused), some("His brother", "1", acquit, accused), some("Customers", "4", station, customer), some("Cleaners", "2", home, staff)},
			said: []said{{theHouse, "placement", "closed for their safety", "We were told that they were in danger and kept the door shut. We would not do that again."}, {workers, "placement", "locked up", "Five of us were locked in for weeks who had done nothing and asked for nothing."},
				{theUnit, "arrests", "2", "Two arrests, on a warrant that named both."}},
			debrief: 25, found: "Safety was given as a reason for a locked door and nobody wrote down whose. Lime House has changed its rule."},

		{id: "advertisement", title: "An advertisement, followed for three weeks", place: "Harbour District", ago: 1384, clock: "10:00", kind: plumbline.Investigation, lead: byDesk, sector: "domestic_work", care: fair,
			power: prosecutor("Offers of work abroad"), countedBy: theDesk,
			summary: "The desk answered an offer of work and met those who had answered it before. Nothing was entered, and the recruiter was gone by the end.",
			met:     []lot{some("Applicants who had paid a fee", "3", office, unclear), some("The recruiter’s driver", "1", fined, accused)},
			said:    []said{{theDesk, "result", "fees paid back", "Two of three fees were paid back; the third is promised."}, {legalAid, "aftermath", "new name, same offer", "The same offer stood in the paper a month later under another name."}},
			debrief: 30, found: "An officer’s own telephone was used. The desk has since been given one."},

		{id: "towpath", title: "Towpath, telephones held back", place: "Upper Ferry", ago: 1341, clock: "23:50", kind: plumbline.Shakedown, lead: byNobody, sector: "commercial_sex", care: poor,
			power: noPower(), count: "~9", countedBy: workers,
			summary: "People walking home were stopped and got their telephones back for money.",
			met:     []lot{some("People on the towpath", "~9", paid, "")},
			said:    []said{{workers, "who_acted", "police, unit not known", "Uniform jackets over other clothes. One called the other “sergeant”."}, {workers, "complaints", "none made", "Nobody will complain at the desk of those who did it."}},
			notTold: []string{"Which unit it was, or whether any"}},

		{id: "cookhouse", title: "Upper Ferry, a boy in the cookhouse", place: "Upper Ferry", ago: 1302, clock: "11:30", lasts: 95, kind: plumbline.TargetedRemoval, lead: byProtection, sector: "hospitality", care: good,
			power: familyOrder("A child named by a delivery man"), countedBy: theHouse, result: "The boy lives with his brother and cooks for him.",
			summary: "A boy of thirteen worked and slept behind a kitchen. He was fetched before the midday trade, and the cooks gave him a parcel.",
			met: []lot{some("The boy", "1", foster, child).aged("13", "documented").says("“I can make soup for sixty.”"), some("Cooks and waiters", "4", free, notCoerced), some("The owner", "1", acquit, accused),
				some("A dishwasher with a swollen hand", "1", ward, notCoerced)},
			said:    []said{{theUnit, "children", "one", "One child, as we had been told."}, {theHouse, "wishes", "to telephone first", "He wished to telephone his brother before he answered anything, and did."}},
			debrief: 12, found: "It took forty minutes, most of them for the soup to be finished. Nobody minded."},

		{id: "coach-from-the-south", title: "Bus station, the coach from the south", place: "Harbour District", ago: 1266, clock: "06:20", lasts: 180, kind: plumbline.ImmigrationRaid, lead: byPort, sector: "several", care: poor,
			power: statute("Law on entry and stay"), countedBy: thePort,
			summary: "A coach was emptied at the platform. The driver’s list and the team’s list do not agree on how many got off.",
			met: []lot{some("Passengers let on again", "19", free, bystander), some("Passengers detained and removed", "11", removed, unasked, some("A woman whom a court let go", "1", freed, coerced)), some("Passengers with an invitation to a farm", "5", found, unclear),
				some("Children travelling with somebody", "3", lost, child).aged("9-15", "told_by_others")},
			said:    []said{{thePort, "result", "eleven without right of stay", "Eleven persons had no right of stay."}, {legalAid, "children", "three, not in any list", "The driver remembers three children. They are in no list that we have been shown."}, {legalAid, "immigration", "no interview", "Nobody was asked who had paid for the ticket."}},
			notTold: []string{"Who fetched the three children"}},

		{id: "licence-night", title: "Licence night on Pier Street", place: "Harbour District", ago: 1228, clock: "22:10", kind: plumbline.ViceRaid, lead: byDock, sector: "commercial_sex", care: poor,
			power: statute("Licensing by-law"), countedBy: theSquad,
			summary: "Seven houses in one night, with a photographer from the paper on the pavement.",
			met:     []lot{some("Women in seven houses", "15", free, "", some("Photographed on the pavement", "4", fined, unasked)), some("House keepers", "4", fined, accused), some("Men who waited", "2", free, customer)},
			said: []said{{theSquad, "result", "seven houses, four fines", "Seven houses were visited and four fines written."}, {workers, "treatment", "faces in the paper", "Two faces were in the paper next day. One has had to tell her son."},
				{theClinic, "health_access", "no visitors for a month", "Our open hour on Pier Street stood empty for a month."}}},

		{id: "net-lofts", title: "Net lofts at North Quay", place: "North Quay", ago: 1195, clock: "13:00", lasts: 210, kind: plumbline.LabourInspection, lead: byInspectors, sector: "fishing", care: good,
			power: statute("Labour code, section 41"), countedBy: inspectors, result: "Contracts in a language that can be read.",
			summary: "Net menders had told the union of contracts that nobody could read. The inspectors brought somebody who could.",
			met: []lot{some("Net menders", "21", free, notCoerced), some("Menders who had handed in their passports", "4", office, coerced).says("“It was for safe keeping. We did not get to keep it.”"), some("The agent’s clerk", "1", free, staff),
				some("A girl who helps her mother", "1", together, dependant).aged("15", "stated")},
			said:    []said{{inspectors, "result", "four passports returned", "Four passports came out of a drawer within the hour."}, {workers, "result", "good, and slow", "It went well. It had taken two years of letters."}},
			debrief: 18, found: "The union’s letters should not need two years. The lofts are to be seen every year."},

		{id: "steps-and-arches", title: "Steps and arches, evening after evening", place: "Harbour District", ago: 1150, clock: "22:00", kind: plumbline.Sweep, lead: byDock, sector: "several", care: poor,
			power: statute("Public order by-law 12"), covers: "~7", count: ">=55", countedBy: workers,
			summary: "Seven evenings or so of closing the arches and asking everyone for papers. Nobody wrote down each of them apart.",
			met:     []lot{some("People under the arches", ">=44", free, ""), some("Taken to the station on one of the evenings", ">=8", station, unasked), some("Removed from the country, by what the station said", ">=3", removed, unasked)},
			said:    []said{{workers, "people_met", "at least 55", "Fifty-five different people that we know of, some of them four times."}, {theSquad, "result", "no record kept", "No separate record is kept of routine presence."}},
			notTold: []string{"How many evenings", "How many were met more than once"}},

		{id: "four-pickers", title: "Quarry Hill, four pickers who asked to leave", place: "Quarry Hill", ago: 1108, clock: "07:00", lasts: 150, kind: plumbline.TargetedRemoval, lead: byProtection, sector: "agriculture", care: good,
			power: warrant("Four people named by letter"), countedBy: theHouse,
			summary: "Four had sent word that their bags were locked away. They were fetched at first light with their bags, and a fifth changed his mind and came.",
			met: []lot{some("Pickers who had written", "4", shelter, coerced).says("“Count the bags, please. There were six.”"), some("One who came along", "1", shelter, coerced), some("Pickers who stayed", "11", free, notCoerced),
				some("The overseer", "1", prison, accused), some("A cook", "1", free, staff)},
			said:    []said{{theUnit, "result", "as planned", "The four who had written left with their bags."}, {legalAid, "coercion", "bags and a debt", "The bags were locked in a container; the debt was in pencil."}, {theHouse, "wishes", "one changed his mind", "A fifth asked at the gate whether there was a seat, and there was."}},
			debrief: 13, found: "Five seats would have been too few. Always one more bed than asked for."},

		{id: "night-bus", title: "Night bus, three asleep at the end stop", place: "Weir End", ago: 1070, clock: "23:55", lasts: 60, kind: plumbline.WelfareVisit, lead: byHouse, sector: "", care: fair,
			power: invited("Called by the driver"), countedBy: theHouse,
			summary: "A driver found three sleepers at the end stop and called the shelter, not the police.",
			met:     []lot{some("Two who said that they were nineteen", "2", left, unclear).aged("17-20", "stated"), some("A woman with a broken shoe", "1", shelter, notCoerced)},
			said:    []said{{theHouse, "wishes", "two wanted no house", "Two wanted the bus back, and we paid for it. We would like to know how they are."}}},

		{id: "anchor", title: "The Anchor, by the back stairs", place: "Harbour District", ago: 1033, clock: "21:30", lasts: 170, kind: plumbline.Raid, lead: byDock, sector: "commercial_sex", care: poor,
			power: warrant("A statement by a former guest"), countedBy: theSquad, notTold: []string{"What the hospital wrote down as the cause"},
			summary: "The squad looked for a man who was not there and took along whom it met. A lodger fell ill in the cell and died in hospital.",
			met: []lot{some("Women who lodge there", "12", station, unasked, some("Three who were kept for days", "3", overheld, ""), some("Two who left over the roof", "2", found, "")), some("Guests of the bar", "8", free, bystander), some("A lodger who fell ill in the cell", "1", died, bystander),
				some("Bar staff", "3", free, staff)},
			said: []said{{theSquad, "aftermath", "illness", "A lodger was taken ill and brought to hospital without delay."}, {theClinic, "aftermath", "four hours", "Between the first call from the cell and the ambulance lie four hours."},
				{workers, "who_acted", "the squad", "They looked for a man who had left months before. Everyone in the street could have told them."}},
			debrief: 44, found: "Held after six weeks, at the request of oversight. The cell has a bell now."},

		{id: "cousin", title: "Glasshouse Fields, a girl called a cousin", place: "Glasshouse Fields", ago: 990, clock: "18:30", lasts: 120, kind: plumbline.TargetedRemoval, lead: byProtection, sector: "domestic_work", care: fair,
			power: familyOrder("A child named by a nurse"), countedBy: theUnit,
			summary: "A nurse had seen burns on a girl who kept house for a family that called her a cousin.",
			met:     []lot{some("The girl", "1", foster, child).aged("13-14", "assessed"), some("The couple", "2", acquit, accused), some("Their own children", "4", together, dependant), some("Seasonal lodgers", "5", free, bystander)},
			said:    []said{{theUnit, "children", "one", "One child in need; four who live with their parents."}, {theHouse, "accompaniment", "after half an hour", "We were let in when it was over, half an hour late and for no reason that we were told."}},
			debrief: 33, found: "The nurse’s note was right in every line. The half hour has not been explained."},

		{id: "deck-passengers", title: "Night ferry, the deck passengers", place: "North Quay", ago: 951, clock: "04:40", lasts: 300, kind: plumbline.ImmigrationRaid, lead: byPort, sector: "construction", care: poor,
			power: statute("Law on entry and stay"), countedBy: thePort,
			summary: "Everyone on the open deck was led off before the cabins. Some had a contract with a builder in town, whom nobody telephoned.",
			met: []lot{some("Deck passengers removed on the next boat", "24", removed, unasked), some("With a builder’s contract", "14", freed, unasked).says("“The contract was in my hand. He did not look at hands.”"), some("Families let through", "9", free, bystander),
				some("Children of those families", "4", together, dependant), some("A passenger with chest pain", "1", ward, bystander)},
			said: []said{{thePort, "people_met", "52", "Fifty-two controls, twenty-four refusals of entry."}, {legalAid, "removal", "before noon", "Twenty-four were on the noon boat. We had asked at nine to see them."}}},

		{id: "green-gate", title: "Weir End, the house with the green gate", place: "Weir End", ago: 912, clock: "19:40", lasts: 50, kind: plumbline.PrivateRaid, lead: byRescuers, sector: "domestic_work", care: poor,
			power: noPower(), countedBy: rescuers,
			summary: "The rescue group had the wrong house. Nine members of one family were kept in the kitchen until a neighbour came.",
			met:     []lot{some("Parents, an uncle and two lodgers", "5", free, bystander), some("Children of the house", "4", together, dependant).aged("4-12", "stated").says("“They asked us who hurts us. Nobody hurts us.”")},
			said:    []said{{rescuers, "result", "a mistake", "Our information was two houses off. We have apologised and paid for the lock."}, {workers, "aftermath", "children afraid", "The smallest will not open a door since."}, {legalAid, "authority", "none", "There was no power to be there, and there is none for the right house either."}}},

		{id: "saltmarsh-first", title: "Saltmarsh, the new unit’s first door", place: "Saltmarsh", ago: 880, clock: "06:45", lasts: 160, kind: plumbline.TargetedRemoval, lead: bySaltmarsh, sector: "fishing", care: fair,
			power: warrant("A deckhand’s letter"), countedBy: saltmarshUnit,
			summary: "Three deckhands who had asked for help were fetched from a boat shed. Two others were taken for deckhands and were not.",
			met:     []lot{some("Deckhands who had written", "3", shelter, coerced), some("Two taken by mistake", "2", station, bystander), some("Skipper", "1", acquit, accused), some("Others in the shed", "5", free, notCoerced)},
			said:    []said{{saltmarshUnit, "treatment", "two by mistake", "Two anglers were brought to the station and driven home with our apologies."}, {theHouse, "accompaniment", "in time", "The plan was theirs and it was written. We knew where to stand."}},
			debrief: 14, found: "A photograph of the three would have spared the anglers a night."},
	}
}

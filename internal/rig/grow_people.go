package rig

import (
	"fmt"
	"strings"

	"plumbline"
)

// A fate is what became of the people of a lot.
type fate string

const (
	free     fate = "free"     // let go there
	home     fate = "home"     // brought home, as they wished
	left     fate = "left"     // gone by their own choice
	station  fate = "station"  // questioned at the station until the morning
	vanished fate = "vanished" // taken along, and then nobody says
	nobody   fate = "nobody"   // nobody has said anything
	found    fate = "found"    // nobody could say, and weeks later somebody met them
	shelter  fate = "shelter"  // an open house, as they wished, and out again
	closed   fate = "closed"   // a house they could not leave
	office   fate = "office"   // helped, and on their own way
	ward     fate = "ward"     // hospital, and home
	died     fate = "died"     // hospital, and died there
	fined    fate = "fined"    // arrested, and let go the next day
	acquit   fate = "acquit"   // charged and acquitted
	prison   fate = "prison"   // charged and sentenced
	removed  fate = "removed"  // detained and removed from the country
	freed    fate = "freed"    // detained and let go by a court
	overheld fate = "overheld" // in a cell for longer than the law allows
	family   fate = "family"   // a child: an open house, then a relative
	foster   fate = "foster"   // a child: an open house, then foster care
	broken   fate = "broken"   // a child who was with nobody for some hours
	lost     fate = "lost"     // a child of whom nobody can say where
	together fate = "together" // a child who stayed with its parent
	back     fate = "back"     // taken back to where they were found
	paid     fate = "paid"     // let go when they paid
)

// people enters those who were met, what was decided of them, and what became
// of each.
func (s *scene) people() {
	individuals, groups := 0, 0
	var total plumbline.Count
	var enter func(l lot, partOf plumbline.ID)
	enter = func(l lot, partOf plumbline.ID) {
		n := count(l.count)
		if l.age == "" && s.care == good && !l.class.IsChild() && l.class != "" {
			l.age, l.basis = s.adultAge(n), "stated"
		}
		p := plumbline.Presence{Age: l.age, AgeBasis: l.basis, OwnWords: l.words, PartOf: partOf}
		if l.age != "" {
			p.AgeBy = s.decider()
		}
		if partOf != "" {
			p.SplitAt = s.after(50 + s.draw.IntN(40))
		}
		var id plumbline.ID
		if n == plumbline.Exactly(1) {
			individuals++
			id = s.person(fmt.Sprintf("P-%02d", individuals), l.who, p)
		} else {
			groups++
			id = s.group(fmt.Sprintf("G-%02d", groups), l.who, n, p)
		}
		s.lots[id] = l
		s.decide(id, l)
		s.become(id, partOf, l)
		for _, part := range l.parts {
			enter(part, id)
		}
	}
	for i, l := range s.met {
		if n := count(l.count); i == 0 {
			total = n
		} else {
			total = total.Add(n)
		}
		enter(l, "")
	}
	s.r.Operation.HeadCount = total
	if s.premise.count != "" {
		s.r.Operation.HeadCount = count(s.premise.count)
	}
}

// adultAge draws the age of a grown person, or the youngest and oldest of some.
func (s *scene) adultAge(n plumbline.Count) string {
	young := 19 + s.draw.IntN(14)
	if n == plumbline.Exactly(1) {
		return fmt.Sprint(young + s.draw.IntN(20))
	}
	return fmt.Sprintf("%d-%d", young, young+9+s.draw.IntN(22))
}

// decider is who says what somebody is.
func (s *scene) decider() string {
	switch {
	case s.kind == plumbline.LabourInspection:
		return inspectors
	case s.lead.name == "":
		return workers
	case s.care == good:
		return theHouse
	}
	return s.lead.name
}

// decide puts people in a class, where anybody did.
func (s *scene) decide(id plumbline.ID, l lot) {
	if l.class == "" || s.kind == plumbline.Shakedown {
		return
	}
	d := &plumbline.Decision{Presence: id, Class: l.class, DecidedBy: s.decider(), At: s.after(20 + s.draw.IntN(25))}
	switch {
	case l.class == "accused":
		d.DecidedBy, d.Definition = s.lead.name, s.next("accused", accusedGrounds)
	case l.class.IsChild() && s.care > poor:
		d.DecidedBy, d.Definition = welfare, law
	case s.care == good:
		d.Definition = s.next("definition", definitions)
	case s.care == fair && s.chance(50):
		d.Definition = law
	}
	s.add(d)
	if s.care < good && l.class == "adult_coerced" && s.chance(50) {
		s.add(&plumbline.Decision{Presence: id, Class: "adult_not_coerced", DecidedBy: workers, Definition: "Own account", At: s.on(max(1, s.ago-s.around(9))), Contested: "yes"})
	}
}

// A step of a path: a movement that begins some minutes or days after the
// start. One that would begin tomorrow is not told yet.
func (s *scene) move(m *plumbline.Movement) {
	if m.ToldBy == "" {
		m.ToldBy = s.witness()
	}
	s.add(m)
}

// witness is who tells what became of people.
func (s *scene) witness() string {
	switch {
	case s.quiet() || s.lead.name == "":
		return workers
	case s.planned():
		return theHouse
	case s.chance(40):
		return legalAid
	}
	return s.lead.name
}

// become tells what became of a lot, by its fate.
func (s *scene) become(id, partOf plumbline.ID, l lot) {
	start := 35 + s.draw.IntN(50)
	if len(l.parts) > 0 || partOf != "" {
		start += 60 // after they have parted
	}
	switch l.fate {
	case free, together:
		m := &plumbline.Movement{Presence: id, State: "free_to_go", From: s.after(start + 30)}
		if l.fate == together {
			m.Wish = "To stay together"
		}
		s.move(m)
	case left:
		s.move(&plumbline.Movement{Presence: id, State: "left_by_choice", From: s.after(start)})
	case home:
		s.move(&plumbline.Movement{Presence: id, State: "returned_home", From: s.after(start + 60), By: s.lead.name, Power: "consent", Consent: "yes", PlaceKind: "home", Giver: s.lead.name, Taker: "A relative", Screened: s.kept()})
	case station:
		s.take(id, "questioned", start, 300+s.draw.IntN(240))
		s.release(id, start+540, "")
	case vanished:
		s.take(id, "escorted", start, 0)
	case found:
		if at, over := s.later(s.around(14)); over {
			s.move(&plumbline.Movement{Presence: id, State: "left_by_choice", From: at, ToldBy: s.helper()})
		}
	case paid:
		s.move(&plumbline.Movement{Presence: id, State: "released", From: s.r.Operation.Began, By: "Officers not identified", Power: "unlawful_force", Lawful: "no", Consent: "no", Paid: "yes"})
	case fined:
		s.arrest(id, start)
		s.release(id, start+60*(13+s.draw.IntN(8)), "not_asked")
	case overheld:
		s.take(id, "held", start, 60*24*(4+s.draw.IntN(4)))
		last := s.r.Movements[len(s.r.Movements)-1]
		last.PlaceKind, last.Lawful = "police_cell", "no"
		s.move(&plumbline.Movement{Presence: id, State: "released", From: last.Until, ToldBy: legalAid})
	case office:
		s.move(&plumbline.Movement{Presence: id, State: "helped", From: s.after(start + 40), Until: s.on(s.ago - min(s.ago-1, s.around(16))), PlaceKind: "office", By: s.helper(), Power: "consent", Consent: "yes", Advised: "yes", ToldBy: s.helper()})
		if at, over := s.later(s.around(16) + 6); over {
			s.move(&plumbline.Movement{Presence: id, State: "left_by_choice", From: at, ToldBy: s.helper()})
		}
	case back:
		s.move(&plumbline.Movement{Presence: id, State: "returned_to_venue", From: s.after(start + 30), PlaceKind: "venue", By: s.lead.name, ByUnit: s.lead.unit, Power: "police_power", Consent: "no", Giver: s.lead.name, ToldBy: workers})
	case ward, died:
		s.hospital(id, start, l.fate == died)
	case acquit, prison:
		s.court(id, start, l.fate == prison)
	case removed, freed:
		s.detain(id, start, l.fate == removed)
	case shelter, closed:
		s.house(id, start, l.fate == closed)
	case family, foster, broken, lost:
		s.child(id, start, l.fate)
	}
}

// helper is who helps without taking anybody in.
func (s *scene) helper() string {
	if s.ago%2 == 0 {
		return workers
	}
	return legalAid
}

// take has the lead take people to the station, for so many minutes if
// anybody says.
func (s *scene) take(id plumbline.ID, state plumbline.State, start, minutes int) {
	m := &plumbline.Movement{Presence: id, State: state, From: s.after(start), PlaceKind: "police_station", By: s.lead.name, ByUnit: s.lead.unit, Power: "police_power", Consent: "no", Giver: s.lead.name, Taker: centralStation, Screened: s.kept(), Advised: s.kept()}
	if s.lead.name == "" {
		m.Power, m.PlaceKind, m.Taker = "", "vehicle", ""
	}
	if minutes > 0 {
		m.Until = s.after(start + minutes)
	}
	s.move(m)
}

func (s *scene) release(id plumbline.ID, minutes int, paid plumbline.Answer) {
	s.move(&plumbline.Movement{Presence: id, State: "released", From: s.after(minutes), Paid: paid})
}

func (s *scene) arrest(id plumbline.ID, start int) {
	lawful := plumbline.Answer("")
	if s.care > poor {
		lawful = "yes"
	}
	s.move(&plumbline.Movement{Presence: id, State: "arrested", From: s.after(start), PlaceKind: "police_cell", By: s.lead.name, ByUnit: s.lead.unit, Power: "arrest", Lawful: lawful, Consent: "no", Giver: s.lead.name, Taker: centralStation, ToldBy: s.lead.name})
}

// hospital brings somebody to a ward, and from there home or to the end.
func (s *scene) hospital(id plumbline.ID, start int, dies bool) {
	stay := 2 + s.draw.IntN(6)
	m := &plumbline.Movement{Presence: id, State: "hospital", From: s.after(start), PlaceKind: "hospital", By: theClinic, Power: "medical", Consent: "yes", Giver: s.lead.name, Taker: "Harbour hospital", Receipt: s.kept(), ToldBy: theClinic}
	at, over := s.later(stay)
	m.Until = at
	s.move(m)
	switch {
	case over && dies:
		s.move(&plumbline.Movement{Presence: id, State: "died", From: at, PlaceKind: "hospital", ToldBy: theClinic})
	case over:
		s.move(&plumbline.Movement{Presence: id, State: "returned_home", From: at, PlaceKind: "home", By: "Harbour hospital", Power: "consent", Consent: "yes", Giver: "Harbour hospital", Taker: "A relative", ToldBy: theClinic})
	}
}

// court charges somebody, and acquits or sentences months later.
func (s *scene) court(id plumbline.ID, start int, sentenced bool) {
	s.arrest(id, start)
	next := start + 60*12
	s.r.Movements[len(s.r.Movements)-1].Until = s.after(next)
	charged := &plumbline.Movement{Presence: id, State: "charged", From: s.after(next), PlaceKind: "court", By: centralStation, Power: "court_order", Consent: "no", Giver: centralStation, Taker: "District court", ToldBy: s.lead.name}
	s.move(charged)
	at, over := s.later(60 + s.draw.IntN(200))
	switch {
	case !over:
		charged.Confirmed = s.on(min(s.ago-2, 1+s.draw.IntN(9)))
		return
	case !sentenced:
		charged.Until = at
		s.move(&plumbline.Movement{Presence: id, State: "released", From: at, Basis: "Acquitted", Giver: "District court", ToldBy: legalAid})
		return
	}
	charged.Until = at
	s.add(&plumbline.Event{Kind: "conviction", Presence: id, People: plumbline.Exactly(1), At: at, By: "District court"})
	if pardoned, over := s.later(1300); over {
		s.add(&plumbline.Event{Kind: "pardon", Presence: id, People: plumbline.Exactly(1), At: pardoned})
	}
	term := 900 + s.draw.IntN(900)
	s.move(&plumbline.Movement{Presence: id, State: "held", From: at, Until: s.on(s.ago - term), PlaceKind: "prison", By: "District court", Power: "court_order", Basis: "Sentenced", Lawful: "yes", Consent: "no", Giver: "District court", Taker: "Prison service", ToldBy: legalAid})
	if out, over := s.later(term); over {
		s.move(&plumbline.Movement{Presence: id, State: "released", From: out, Giver: "Prison service", ToldBy: legalAid})
	}
}

// detain hands people to immigration, who remove them or have to let them go.
func (s *scene) detain(id plumbline.ID, start int, gone bool) {
	taker := "Port detention rooms"
	days := 5 + s.draw.IntN(14)
	at, over := s.later(days)
	m := &plumbline.Movement{Presence: id, State: "held", From: s.after(start), Until: at, PlaceKind: "immigration_detention", By: portService, Power: "immigration_law", Consent: "no", Giver: s.lead.name, Taker: taker, Receipt: s.kept(), Screened: s.kept(), Advised: s.kept(), ToldBy: legalAid}
	s.move(m)
	switch {
	case !over:
		m.Confirmed = s.on(1)
	case gone:
		s.move(&plumbline.Movement{Presence: id, State: "removed_from_country", From: at, PlaceKind: "border", By: portService, Power: "immigration_law", Consent: s.kept(), Giver: taker, Taker: "Border post", Screened: m.Screened, Advised: m.Advised, ToldBy: legalAid})
	default:
		s.move(&plumbline.Movement{Presence: id, State: "released", From: at, Power: "court_order", Basis: s.next("freed", freedBecause), Giver: taker, ToldBy: legalAid})
	}
}

// house takes adults in, with a door that opens or one that does not.
func (s *scene) house(id plumbline.ID, start int, locked bool) {
	out, over := s.later(9 + s.draw.IntN(70))
	m := &plumbline.Movement{Presence: id, State: "placed", From: s.after(start + 30), Until: out, PlaceKind: "shelter_open", By: theHouse, Power: "consent", Consent: "yes", Giver: s.lead.name, Taker: theHouse, Receipt: s.kept(), Screened: "yes", Advised: s.kept(), ToldBy: theHouse}
	if s.lead.name == theHouse {
		m.Giver = theClinic
	}
	if locked {
		m.PlaceKind, m.Power, m.Basis, m.Consent, m.Wish = "shelter_closed", "none", s.next("locked", lockedBecause), "no", "To be let out"
		if s.lead.name == rescuers {
			m.By, m.Taker, m.ToldBy, m.Giver = rescuers, "The group’s farm", workers, rescuers
		}
	}
	s.move(m)
	if !over {
		m.Confirmed = s.on(min(s.ago-1, 1+s.draw.IntN(12)))
		return
	}
	next := &plumbline.Movement{Presence: id, State: "left_by_choice", From: out, ToldBy: m.By}
	if s.chance(45) {
		next = &plumbline.Movement{Presence: id, State: "returned_home", From: out, PlaceKind: "home", By: m.Taker, Power: "consent", Consent: "yes", Giver: m.Taker, Taker: "A relative", Screened: "yes", Wish: s.next("wish", wishes), ToldBy: m.By}
	}
	s.move(next)
}

// child places a child, from hand to hand, or with hours for which nobody
// answers.
func (s *scene) child(id plumbline.ID, start int, f fate) {
	giver := s.lead.name
	if giver == theHouse {
		giver = "Night staff of the station hall"
	}
	if f == broken || f == lost {
		s.move(&plumbline.Movement{Presence: id, State: "escorted", From: s.after(start), Until: s.after(start + 90), PlaceKind: "police_station", By: giver, ByUnit: s.lead.unit, Power: "police_power", Consent: "no", Giver: giver, Taker: centralStation, Screened: "no", Advised: "no"})
		if f == lost {
			return
		}
		start, giver = start+60*(9+s.draw.IntN(8)), s.next("giver", []string{"", "Night desk", "", "A neighbour", ""})
	}
	days := 20 + s.draw.IntN(50)
	out, over := s.later(days)
	m := &plumbline.Movement{Presence: id, State: "placed", From: s.after(start + 20), Until: out, PlaceKind: "shelter_open", By: theHouse, Power: "child_protection_law", Basis: "Order of the family court", Consent: "yes", Giver: giver, Taker: theHouse, Receipt: "yes", Screened: "yes", Advised: s.kept(), Wish: s.next("child-wish", childWishes), ToldBy: theHouse}
	if f == broken {
		m.Receipt = "no"
	}
	s.move(m)
	switch {
	case !over:
		m.Confirmed = s.on(1)
	case f == family || s.ago < days+200:
		s.move(&plumbline.Movement{Presence: id, State: "returned_home", From: out, PlaceKind: "family", By: welfare, Power: "child_protection_law", Consent: "yes", Screened: "yes", Giver: theHouse, Taker: welfare, Receipt: "yes", ToldBy: welfare})
	default:
		grown := s.on(max(1, s.ago-days-180))
		s.move(&plumbline.Movement{Presence: id, State: "placed", From: out, Until: grown, Confirmed: s.on(max(1, s.ago-days-150)), PlaceKind: "family", By: welfare, Power: "child_protection_law", Basis: "Foster order", Consent: "yes", Giver: theHouse, Taker: welfare, Receipt: "yes", ToldBy: welfare})
		s.move(&plumbline.Movement{Presence: id, State: "returned_home", From: grown, PlaceKind: "family", By: welfare, Power: "child_protection_law", Consent: "yes", Screened: "yes", Giver: welfare, Taker: "An aunt", Receipt: "yes", ToldBy: welfare})
	}
}

// organisationOf holds whose voice a teller in accounts is.
var organisationOf = map[string]plumbline.ID{
	theUnit: police, theSquad: police, saltmarshUnit: police, theDesk: police, thePort: port, theHouse: limeHouse, legalAid: harbour, workers: riverside,
	theClinic: clinic, rescuers: openDoor, "Office for Police Oversight": oversight,
}

// accounts gives the labels, who began it, and what each side tells: the
// points told by hand, and how many were met, in which the sides agree or
// differ.
func (s *scene) accounts() {
	s.labels()
	s.initiators()
	var tellers []string
	points := map[string][]plumbline.Point{}
	for _, x := range s.said {
		if points[x.by] == nil {
			tellers = append(tellers, x.by)
		}
		points[x.by] = append(points[x.by], plumbline.Point{Topic: x.topic, Says: x.says, Text: x.text})
	}
	n := s.r.Operation.HeadCount.Min()
	for i, by := range tellers {
		counted := n
		if i > 0 && s.chance(40) && n > 4 {
			counted = max(2, n-2+s.draw.IntN(5))
		}
		if n > 1 && len(points[by]) < 4 && s.chance(75) {
			text := fmt.Sprintf(s.next("met", metTexts), inWords(counted))
			for s.drawn[text] > 0 {
				text = fmt.Sprintf(s.next("met", metTexts), inWords(counted))
			}
			s.drawn[text]++
			points[by] = append(points[by], plumbline.Point{Topic: "people_met", Says: fmt.Sprint(counted), Text: plumbline.Text(strings.ToUpper(text[:1]) + text[1:])})
		}
		a := &plumbline.Account{Organisation: organisationOf[by], Teller: by, Told: s.on(max(1, s.ago-1-s.draw.IntN(8))), Reading: "own", Points: points[by]}
		if a.Organisation == "" { // it has nobody on the site, so legal aid hands on what it reported
			a.Organisation, a.Document, a.Reading = harbour, "Its report of the day", "read"
		}
		if by == workers {
			a.SpeaksFor = s.next("speaks", speakingFor)
		}
		s.add(a)
	}
	if s.lead.organisation != "" && points[s.lead.name] == nil && s.chance(70) {
		s.add(&plumbline.Account{Organisation: s.lead.organisation, Teller: s.lead.name, Asked: s.on(max(1, s.ago-6-s.draw.IntN(9)))})
	}
	if s.lead.name == "" {
		s.add(&plumbline.Account{Organisation: police, Teller: "Harbour District Police", Asked: s.on(s.ago - 10)})
	}
}

// labels are the words that the sides use.
func (s *scene) labels() {
	words := labelsOf[s.kind]
	if s.lead.name != "" {
		s.add(&plumbline.Label{Word: words[0], Speaker: s.lead.name, Said: s.on(max(1, s.ago-1))})
	}
	if s.chance(70) && s.kind != plumbline.WelfareVisit {
		s.add(&plumbline.Label{Word: words[1+s.draw.IntN(len(words)-1)], Speaker: workers, Said: s.on(max(1, s.ago-2))})
	}
}

// initiators tells who began it, sometimes in two versions.
func (s *scene) initiators() {
	if s.quiet() || s.care == poor && s.chance(45) {
		return
	}
	by := s.lead.name
	s.add(&plumbline.Initiator{Part: "first_information", Who: s.next("informant", informants), ToldBy: by, At: s.on(s.ago + s.around(9)), Grade: s.next("grade", []string{"B2", "A2", "C3", "", "B1", "", "C2", "B3"})},
		&plumbline.Initiator{Part: "decision", Who: s.lead.head, ToldBy: by, At: s.on(s.ago + s.draw.IntN(3))})
	if s.chance(35) && by != workers {
		s.add(&plumbline.Initiator{Part: "first_information", Who: s.next("rival", rivals), ToldBy: workers, At: s.month(s.ago + 5)})
	}
}

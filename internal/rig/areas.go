package rig

import (
	"fmt"
	"strings"
	"time"

	"plumbline"
)

// The areas of the coalition: two districts with operations, and a town
// without, with which they are compared.
const (
	harbourDistrict   plumbline.ID = "harbour-district"
	riversideDistrict plumbline.ID = "riverside"
	cinderHill        plumbline.ID = "cinder-hill"
)

// madeUp stands in every area, since a place looks real before anything else.
const madeUp plumbline.Text = "Made up for the demonstration: the place, who counts there and every number."

// areas tells who was served where over two years: a dip after each police
// round, months that nobody counted, a mobile clinic that came late and stopped
// telling, an outreach team shut out, and a factor that began long after the
// base.
func areas(t teller) []*plumbline.AreaRecord {
	all := []*plumbline.AreaRecord{
		{Area: plumbline.Area{Head: plumbline.Head{ID: cinderHill, Note: madeUp}, Name: "Cinder Hill", Origin: "fictional", Size: "town"}},
		{Area: plumbline.Area{Head: plumbline.Head{ID: harbourDistrict, Note: madeUp}, Name: "Harbour District", Origin: "fictional", Size: "district", Compared: cinderHill, Called: []string{"Pier Street"},
			Why: "A port of the same size on the same coast, with the same clinic and the same bars. No police round was on Pier Street’s scale there. It has no ferry, and fewer people pass through."}},
		{Area: plumbline.Area{Head: plumbline.Head{ID: riversideDistrict, Note: madeUp}, Name: "Riverside", Origin: "fictional", Size: "district", Called: []string{"Mill Lane"}}},
	}
	hill, quay, river := all[0], all[1], all[2]
	t.contacts(hill, clinic, "clinic", "clinic", "96 101 98 104 99 93 97 102 108 103 100 95 98 . 101 105 99 96 102 107 104 98 101 99")
	t.contacts(hill, riverside, "outreach", "street", "41 38 44 40 39 42 45 43 41 37 40 44 42 46 43 39 41 40 44 42 45 43 40 42")
	t.contacts(quay, clinic, "clinic", "clinic", "212 205 221 230 218 209 198 215 224 231 219 207 214 209 176 . . 204 211 201 196 214 ~190 181")
	t.contacts(quay, riverside, "outreach", "street", "88 92 85 90 94 87 83 91 89 95 90 86 91 77 0 0 22 48 61 70 74 79 81 60")
	t.contacts(quay, harbour, "drop_in", "several", ". . . . . . . . 14 19 22 25 31 38 35 29 . . . 27 24 26 30+ 33")
	t.contacts(river, clinic, "clinic", "clinic", "61 58 66 63 60 57 62 65 59 64 61 63 60 58 55 57 62 64 60 59 61 56 58 57")
	t.contacts(river, limeHouse, "clinic", "venue", ". . . . . . 18 21 19 23 20 17 22 19 18 . . . . . . . . .")
	t.contacts(river, riverside, "outreach", "venue", "70 74 69 77 72 75 73 78 71 76 74 79 75 73 77 72 70 74 68 51 44 58 63 66")

	tellOf(hill,
		&plumbline.Factor{Told: t.told(harbour, t.month(500), plumbline.When{}), Kind: "online_trade", What: "A site for advertisements opens", Expected: "more"},
		&plumbline.Trust{Told: t.told(riverside, t.month(200), plumbline.When{}), Trusted: clinic, Chooser: "sex_workers", Asked: plumbline.Exactly(22), Chose: plumbline.Exactly(13)},
	)
	tellOf(quay,
		&plumbline.AccessLoss{Told: t.told(riverside, t.on(328), t.on(252)), Service: "outreach", Setting: "venue", Places: plumbline.Exactly(9), ShutBy: "owner", ShutByWho: workers, Before: "police_operation", BeforeWho: workers, Operation: "pier-street-check",
			Reason: "“You come on Thursday and they come on Friday.” Nine bars took the team’s card back."},
		&plumbline.AccessLoss{Told: t.told(clinic, t.on(320), t.month(240)), Service: "clinic", Setting: "venue", Places: plumbline.AtLeast(4), ShutBy: "manager", ShutByWho: theClinic, Before: "rumour", BeforeWho: "A manager, to the nurse",
			Reason: "The clinic’s list of visits was said to have been seen at the station. Nobody has found that it was."},
		&plumbline.AccessLoss{Told: t.told(riverside, t.on(39), plumbline.When{}), Service: "outreach", Setting: "venue", Places: plumbline.Exactly(3), ShutBy: "nobody_there", ShutByWho: workers, Before: "police_operation", BeforeWho: "Two of its members", Operation: "pier-street-raid"},
		&plumbline.Factor{Told: t.told(harbour, t.on(launched), t.on(30)), Kind: "programme", What: "Safe Harbour pays for police and services", Expected: "fewer"},
		&plumbline.Factor{Told: t.told(riverside, t.month(460), plumbline.When{}), Kind: "building", What: "The old quay is cleared for flats", Expected: "fewer"},
		&plumbline.Factor{Told: t.told(harbour, t.on(196), plumbline.When{}), Kind: "unit", What: "A second police unit begins its rounds", Expected: "fewer"},
		&plumbline.Factor{Told: t.told(clinic, t.month(300), t.month(215)), Kind: "epidemic", What: "A season of influenza; the clinic is short of nurses", Expected: "none"},
		t.violence(riverside, 500, "police", "ordinary", "3"), t.violence(riverside, 500, "client", "ordinary", "11"), t.violence(riverside, 320, "police", "crackdown", "14"), t.violence(riverside, 320, "client", "crackdown", "17"),
		t.violence(clinic, 320, "owner", "crackdown", "2"), t.violence(riverside, 120, "police", "ordinary", "4"), t.violence(riverside, 120, "client", "ordinary", "9"), t.violence(clinic, 120, "partner", "ordinary", "6"),
		&plumbline.Educators{Told: t.told(riverside, t.month(600), plumbline.When{}), Active: plumbline.Exactly(12), Lost: plumbline.Exactly(0), Hindered: plumbline.Exactly(1), Arrested: plumbline.Exactly(0)},
		&plumbline.Educators{Told: t.told(riverside, t.month(320), plumbline.When{}), Active: plumbline.Exactly(7), Lost: plumbline.Exactly(4), Hindered: plumbline.AtLeast(5), Arrested: plumbline.Exactly(2)},
		&plumbline.Educators{Told: t.told(riverside, t.month(95), plumbline.When{}), Active: plumbline.Exactly(10), Lost: plumbline.Exactly(1)},
		&plumbline.MovementNote{Told: t.told(riverside, t.month(310), plumbline.When{}), Way: "left", Where: "Cinder Hill and the coast road", To: cinderHill, People: plumbline.About(20), Basis: "told", What: "Members say that some rent rooms in Cinder Hill by the week now. Nobody has counted there."},
		&plumbline.MovementNote{Told: t.told(clinic, t.month(280), plumbline.When{}), Way: "online", People: plumbline.Count{}, Basis: "supposed", What: "Fewer young women on the steps, more advertisements. The clinic does not know whether they are the same people."},
		&plumbline.BorderReports{Told: t.told(harbour, t.on(300), t.on(120)), Nationality: "Lowland", Reports: plumbline.Exactly(17), Questioned: plumbline.Exactly(15), Refused: plumbline.Exactly(6)},
		&plumbline.BorderReports{Told: t.told(harbour, t.on(300), t.on(120)), Nationality: "Island", Reports: plumbline.Exactly(3), Questioned: plumbline.Exactly(3), Refused: plumbline.Exactly(0)},
		&plumbline.LostWork{Told: t.told(riverside, t.on(328), t.on(300)), People: plumbline.AtLeast(34), Weeks: plumbline.Between(3, 6), Amount: "~21000", Currency: "EUR", Help: "Rice and rent for eleven people, from the Association’s own fund."},
		&plumbline.Search{Told: t.told(oversight, t.on(150), t.on(122)), For: "Officers who take money at the docks", Where: "Nine interviews at the station, the duty books of three months.", Hours: plumbline.Exactly(46), Found: "no",
			WouldCount: "Two people who do not know each other and tell of the same officer, or a book that does not fit a shift.", Contrary: "“Dock Gate, money at the van” in this record; nobody of those who paid was asked."},
		&plumbline.Search{Told: t.told(openDoor, t.month(100), plumbline.When{}), For: "Children in the bars of Pier Street", Found: "no"},
		&plumbline.Trust{Told: t.told(riverside, t.month(170), plumbline.When{}), Trusted: riverside, Chooser: "sex_workers", Asked: plumbline.Exactly(40), Chose: plumbline.Exactly(23)},
		&plumbline.Trust{Told: t.told(riverside, t.month(170), plumbline.When{}), Trusted: clinic, Chooser: "sex_workers", Asked: plumbline.Exactly(40), Chose: plumbline.Exactly(11)},
		&plumbline.Trust{Told: t.told(harbour, t.month(90), plumbline.When{}), Trusted: harbour, Chooser: "migrants", Asked: plumbline.Exactly(16), Chose: plumbline.Exactly(9)},
	)
	const insist = "In the last week, could you send a client away who would not use one?"
	for i, yes := range []int{31, 33, 30, 18, 0, 24, 29} { // of one quarter nobody asked
		if yes > 0 {
			tellOf(quay, &plumbline.GroupMeasure{Told: t.told(clinic, t.month(690-91*i), plumbline.When{}), Measure: "can_insist", Question: insist, Asked: plumbline.Exactly(45), Yes: plumbline.Exactly(yes)})
		}
	}
	tellOf(quay, &plumbline.GroupMeasure{Told: t.told(riverside, t.month(235), plumbline.When{}), Measure: "trusts_police", Question: "If a client hurt you, would you call them?", Asked: plumbline.Exactly(40), Yes: plumbline.Exactly(5)})
	tellOf(river,
		&plumbline.AccessLoss{Told: t.told(riverside, t.on(120), t.on(95)), Service: "outreach", Setting: "venue", Places: plumbline.Exactly(2), ShutBy: "workers", ShutByWho: workers, Before: "private_operation", BeforeWho: workers, Operation: "rope-walk",
			Reason: "Those who stayed asked the team not to come until it was known who had talked to the rescuers."},
		&plumbline.Factor{Told: t.told(riverside, t.month(430), plumbline.When{}), Kind: "worker_organising", What: "Night telephone of the Association", Expected: "fewer"},
	)
	return all
}

func (t teller) told(by plumbline.ID, from, until plumbline.When) plumbline.Told {
	return plumbline.Told{Organisation: by, From: from, Until: until}
}

// contacts enters a count a month, the last of which is the month before this;
// a point is a month that was not counted.
func (t teller) contacts(r *plumbline.AreaRecord, by plumbline.ID, service plumbline.ServiceKind, setting plumbline.Setting, counts string) {
	months := strings.Fields(counts)
	for i, n := range months {
		if n == "." {
			continue
		}
		month := when(time.Date(t.today.Year(), t.today.Month()-time.Month(len(months)-i), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
		c := &plumbline.Contacts{Told: t.told(by, month, plumbline.When{}), Service: service, Setting: setting, Contacts: count(n)}
		if exact, ok := c.Contacts.Exact(); ok && service == "clinic" {
			c.New, c.Returning, c.Tests = plumbline.Exactly(exact/4), plumbline.Exactly(exact-exact/4), plumbline.Exactly(exact/2)
			c.StaffHours = plumbline.Exactly(160)
			if exact < 190 && r.Area.ID == harbourDistrict {
				c.StaffHours = plumbline.Exactly(120) // the season without nurses
			}
		} else if ok && service == "outreach" {
			c.Condoms, c.StaffHours = plumbline.Exactly(exact*14), plumbline.Exactly(48)
		}
		tellOf(r, c)
	}
}

func (t teller) violence(by plumbline.ID, ago int, source plumbline.ViolenceSource, policing plumbline.Policing, n string) *plumbline.ViolenceReports {
	return &plumbline.ViolenceReports{Told: t.told(by, t.month(ago), plumbline.When{}), Source: source, Setting: "street", Policing: policing, Reports: count(n)}
}

func tellOf(r *plumbline.AreaRecord, entries ...plumbline.Entry) {
	for _, e := range entries {
		kind, n := plumbline.KindOf(e), 1
		for _, old := range r.Entries() {
			if plumbline.KindOf(old) == kind {
				n++
			}
		}
		plumbline.HeadOf(e).ID = plumbline.ID(fmt.Sprintf("%s-%s-%d", r.Area.ID, strings.ReplaceAll(string(kind), "_", "-"), n))
		r.Append(e)
	}
}

// areaTellings returns who wrote what of areas, and when: the areas first,
// counts a quarter at a time, the rest some days after it was.
func areaTellings(t teller, all []*plumbline.AreaRecord) (list []write) {
	for _, r := range all {
		for _, e := range r.Entries() {
			w := write{at: t.today.AddDate(-3, 0, 0), by: secretary, of: plumbline.KindArea, id: r.Area.ID, entries: []plumbline.Entry{e}}
			if org := plumbline.TellerOf(e); org != "" {
				if org != harbour {
					w.by = workerOf(org)
				}
				from, _ := momentOf(e).Earliest()
				w.at = from.AddDate(0, 0, 4)
				if _, is := e.(*plumbline.Contacts); is {
					w.at = time.Date(from.Year(), from.Month()-(from.Month()-1)%3+3, 6, 10, 0, 0, 0, time.UTC)
				}
				if w.at.After(t.today) {
					w.at = t.today
				}
			}
			list = append(list, w)
		}
	}
	return list
}

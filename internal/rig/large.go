package rig

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"plumbline"
)

// Large is a made-up site of the size of a country, for measuring. Operations
// are drawn one by one from a seed, so that two million entries need never be
// held at once; the same day, seed and number give the same site. Nothing in
// it exists, and every record says so in its origin.
//
// Sizes have a heavy tail, as they have in life: half of the operations meet
// some dozen presences, one in a hundred above a hundred. On average an
// operation has twenty presences and sixty movements.
type Large struct {
	Now  time.Time
	Seed uint64
	N    int // operations
}

const (
	largeDistricts = 24
	largeYears     = 8
	maxPresences   = 400
)

// largeBodies are the organisations of each district, and what they do there.
var largeBodies = []struct {
	id, name string
	kind     plumbline.OrganisationKind
}{{"police", "Police", "police"}, {"aid", "Legal Aid", "legal_aid"}, {"shelter", "Shelter", "shelter"}, {"welfare", "Social Services", "welfare"}}

func largeOrg(body string, district int) plumbline.ID {
	return plumbline.ID(fmt.Sprintf("large-%s-%02d", body, district))
}

func largeUnit(district, n int) plumbline.ID {
	return plumbline.ID(fmt.Sprintf("large-unit-%02d-%d", district, n))
}

// House returns the organisations and the police units, two a district.
func (l Large) House() (orgs []*plumbline.Organisation, units []*plumbline.UnitRecord) {
	for d := range largeDistricts {
		for _, b := range largeBodies {
			orgs = append(orgs, org(largeOrg(b.id, d), fmt.Sprintf("District %d %s", d+1, b.name), b.kind, ""))
		}
		for n := range 2 {
			u := &plumbline.UnitRecord{Unit: plumbline.Unit{Head: plumbline.Head{ID: largeUnit(d, n)}, Organisation: largeOrg("police", d), Origin: "fictional",
				Name: fmt.Sprintf("District %d unit %d", d+1, n+1), Officers: plumbline.Exactly(12 + d)}}
			addTo(u, &plumbline.Command{Commander: "First commander", From: when("2015"), Until: when("2022-05")}, &plumbline.Command{Commander: "Second commander", From: when("2022-05")})
			units = append(units, u)
		}
	}
	return orgs, units
}

// Actors returns n users: half of them workers, and every other role.
func (l Large) Actors(n int) (list []plumbline.Actor) {
	roles := []plumbline.Role{plumbline.Worker, plumbline.Coordinator, plumbline.Worker, plumbline.PoliceLiaison, plumbline.Worker, plumbline.Monitor,
		plumbline.Worker, plumbline.Oversight, plumbline.Worker, plumbline.Analyst, plumbline.Worker, plumbline.Administrator, plumbline.Worker, plumbline.Reader}
	body := map[plumbline.Role]string{plumbline.PoliceLiaison: "police", plumbline.Coordinator: "aid", plumbline.Worker: "shelter"}
	for i := range n {
		a := plumbline.Actor{User: plumbline.ID(fmt.Sprintf("large-user-%03d", i)), Role: roles[i%len(roles)]}
		a.Name = fmt.Sprintf("User %d, %s", i+1, a.Role)
		d := i % largeDistricts
		a.Organisation = largeOrg("welfare", d)
		if b := body[a.Role]; b != "" {
			a.Organisation = largeOrg(b, d)
		}
		if a.Role == plumbline.PoliceLiaison {
			a.Units = []plumbline.ID{largeUnit(d, 0), largeUnit(d, 1)}
		}
		list = append(list, a)
	}
	return list
}

// ID returns the id of operation i.
func (l Large) ID(i int) plumbline.ID { return plumbline.ID(fmt.Sprintf("large-%06d", i)) }

// Operation returns operation i of l.N, the oldest first.
func (l Large) Operation(i int) *plumbline.Record {
	d := largeDraw{Rand: rand.New(rand.NewPCG(l.Seed, uint64(i))), now: l.Now.UTC().Truncate(time.Minute)}
	// More of them are recorded each year: the share of time grows as a root.
	ago := time.Duration(float64(largeYears*365*24*time.Hour) * (1 - math.Sqrt((float64(i)+d.Float64())/float64(l.N))))
	d.began = d.now.Add(-ago - 2*time.Hour).Truncate(time.Minute)
	d.district, d.followed = d.IntN(largeDistricts), d.chance(60)
	d.r = &plumbline.Record{Operation: plumbline.Operation{Head: plumbline.Head{ID: l.ID(i)}, Origin: "fictional", Country: []string{"XA", "XB", "XC"}[d.district%3],
		Title: fmt.Sprintf("%s %d", pick(d, "Harbour Street", "Mill Road", "Canal Row", "Old Market", "Station Lane", "Quarry Hill", "Ferry Landing", "Lime Yard"), i+1),
		Place: fmt.Sprintf("District %d", d.district+1), Began: plumbline.At(d.began), Unit: largeUnit(d.district, d.IntN(2))}}
	d.setting()
	d.people()
	d.conduct()
	return d.r
}

// A largeDraw is one operation while it is drawn.
type largeDraw struct {
	*rand.Rand
	now, began time.Time
	district   int
	followed   bool // everyone met was followed to the end of the road
	r          *plumbline.Record
}

func pick[T any](d largeDraw, from ...T) T { return from[d.IntN(len(from))] }

// chance is true in so many of a hundred draws.
func (d largeDraw) chance(percent int) bool { return d.IntN(100) < percent }

func (d largeDraw) answer(yes, no int) plumbline.Answer {
	switch n := d.IntN(100); {
	case n < yes:
		return plumbline.Yes
	case n < yes+no:
		return plumbline.No
	}
	return plumbline.Unknown
}

func (d largeDraw) head(kind string, n int) plumbline.Head {
	return plumbline.Head{ID: plumbline.ID(fmt.Sprintf("%s-%s-%d", d.r.Operation.ID, kind, n))}
}

// after returns a moment after the operation began; none that is still to come.
func (d largeDraw) after(least, most time.Duration) plumbline.When {
	t := d.began.Add(least + time.Duration(d.Int64N(int64(most-least))))
	if t.After(d.now) {
		t = d.now
	}
	return plumbline.At(t.Truncate(time.Minute))
}

// setting draws what the operation was, who took part and who stood by.
func (d largeDraw) setting() {
	o := &d.r.Operation
	o.Criteria = plumbline.Criteria{Aim: pick[plumbline.Aim](d, "protect", "protect", "arrest", "vice", "immigration", "labour", "investigate", ""), NamedTarget: d.answer(40, 40), Entered: d.answer(80, 10),
		Questioned: pick[plumbline.Questioned](d, "named_only", "everyone", "nobody", ""), Police: d.answer(85, 5), Private: d.answer(3, 80), Immigration: d.answer(10, 60), Payment: d.answer(2, 50), Joint: d.answer(35, 40)}
	if d.chance(70) {
		o.Authority = plumbline.Authority{Kind: pick[plumbline.AuthorityKind](d, "warrant", "court_order", "statutory_power"), Issuer: "District court", Issued: plumbline.At(d.began.Add(-30 * time.Hour))}
	}
	if d.chance(50) {
		d.r.Plan = &plumbline.Plan{Head: d.head("plan", 1), Purpose: "Find and protect those named", ExpectedChildren: plumbline.Between(0, 2), ExpectedAdults: plumbline.AtLeast(4), Languages: "Two", Beds: plumbline.Exactly(6), ServiceMode: "nearby"}
	}
	police := fmt.Sprintf("District %d Police", d.district+1)
	d.r.Agencies = append(d.r.Agencies, &plumbline.Agency{Head: d.head("agency", 1), Organisation: largeOrg("police", d.district), Unit: o.Unit, Name: police, Kind: "police", Role: "lead", TookPart: "yes"})
	if d.chance(60) {
		d.r.Agencies = append(d.r.Agencies, &plumbline.Agency{Head: d.head("agency", 2), Organisation: largeOrg("shelter", d.district), Name: fmt.Sprintf("District %d Shelter", d.district+1), Kind: "shelter", Role: "welfare", TookPart: "yes"})
	}
	for n, role := range []plumbline.AttendanceRole{"social_worker", "interpreter", "woman_officer", "lawyer"} {
		if !d.chance(65) {
			continue
		}
		a := &plumbline.Attendance{Head: d.head("attendance", n), Role: role, Present: d.answer(60, 30), NoTie: d.answer(40, 5)}
		switch a.Present {
		case plumbline.Yes:
			a.Mode, a.Arrived = pick[plumbline.Mode](d, "on_scene", "nearby"), d.after(0, 2*time.Hour)
			a.FirstContact = a.Arrived
		case plumbline.No:
			a.WhyNot, a.DecidedBy = "Not asked", "Commander"
		}
		d.r.Attendance = append(d.r.Attendance, a)
	}
}

// people draws who was met, and what became of them.
func (d largeDraw) people() {
	// Log-normal: half have twelve presences or fewer, the mean is twenty.
	n := int(min(maxPresences, max(1, math.Round(math.Exp(math.Log(20.2)-0.5+d.NormFloat64())))))
	met := 0
	for i := range n {
		p := &plumbline.Presence{Head: d.head("p", i+1), Code: fmt.Sprintf("P-%02d", i+1), Individual: true, Count: plumbline.Exactly(1)}
		switch {
		case i > 0 && d.chance(8) && !d.r.Presences[i-1].Individual && d.r.Presences[i-1].Count.Min() > 1: // one of the group before
			p.PartOf, p.SplitAt = d.r.Presences[i-1].ID, d.after(time.Hour, 8*time.Hour)
			met--
		case d.chance(20):
			p.Code, p.Individual = fmt.Sprintf("G-%02d", i+1), false
			p.Count = pick(d, plumbline.Exactly(2+d.IntN(7)), plumbline.Exactly(2+d.IntN(4)), plumbline.AtLeast(2), plumbline.About(6))
			p.Description = pick(d, "People who work there", "Customers", "People of one room")
		case d.chance(15):
			p.Age, p.AgeBasis = fmt.Sprint(11+d.IntN(7)), pick[plumbline.AgeBasis](d, "stated", "documented", "assessed")
		case d.chance(5):
			p.AgeBasis = "presumed_child"
		}
		met += p.Count.Min()
		d.r.Presences = append(d.r.Presences, p)
		d.class(p)
		d.moves(p)
	}
	if d.r.Operation.HeadCount = plumbline.Exactly(met); d.followed {
		return
	}
	d.r.Operation.HeadCount = pick(d, plumbline.Exactly(met), plumbline.Exactly(met), plumbline.AtLeast(met), plumbline.Exactly(met+d.IntN(3)), plumbline.Count{})
}

func (d largeDraw) class(p *plumbline.Presence) {
	if !d.chance(70) {
		return
	}
	class := pick[plumbline.Class](d, "adult_not_coerced", "adult_not_coerced", "adult_coerced", "accused", "staff", "customer", "adult_not_determined")
	if p.Age != "" {
		class = "child"
	}
	d.r.Decisions = append(d.r.Decisions, &plumbline.Decision{Head: p.Head, Presence: p.ID, Class: class, DecidedBy: pick(d, "Social Services", "Police", "Legal Aid"), Definition: "Anti-trafficking law, section 3", At: d.after(time.Hour, 60*time.Hour)})
	last := d.r.Decisions[len(d.r.Decisions)-1]
	last.ID += "-class"
}

// largeRoads are the ways that people went, each with what follows on it.
var largeRoads = [][]plumbline.State{
	{"questioned", "escorted", "placed", "placed", "returned_home"}, {"questioned", "free_to_go"}, {"questioned", "helped", "returned_home"}, {"held", "arrested", "charged", "released"},
	{"escorted", "placed", "left_by_choice"}, {"free_to_go"}, {"questioned", "held", "removed_from_country"}, {"escorted", "placed", "placed"}, {"questioned", "escorted", "helped"},
}

func (d largeDraw) moves(p *plumbline.Presence) {
	if !d.followed && d.chance(3) {
		return // nobody has said anything
	}
	at, hands := time.Duration(0), "Police"
	if p.PartOf != "" {
		at = 8 * time.Hour
	}
	road := pick(d, largeRoads...)
	if _, runsOut := plumbline.Holds[road[len(road)-1]]; d.followed && runsOut {
		road = append(slices.Clone(road), "returned_home")
	}
	for i, state := range road {
		next := at + time.Duration(1+d.IntN(20))*time.Hour*time.Duration(1+i*i*4)
		if d.began.Add(at).After(d.now) {
			return
		}
		m := &plumbline.Movement{Head: p.Head, Presence: p.ID, State: state, From: d.after(at, next), ToldBy: pick(d, "Police", "Shelter", "")}
		m.ID = plumbline.ID(fmt.Sprintf("%s-m%d", p.ID, i+1))
		switch state {
		case "placed", "helped":
			m.PlaceKind, m.Power, m.Consent = pick[plumbline.PlaceKind](d, "shelter_open", "shelter_open", "shelter_closed", "family", ""), pick[plumbline.Power](d, "consent", "child_protection_law"), d.answer(60, 15)
			m.By, m.Giver, m.Taker, m.Receipt = "Shelter", hands, pick(d, "Open House", "Lime House", "Garden House"), d.answer(50, 20)
			if m.Giver == m.Taker {
				m.Giver = ""
			}
			hands = m.Taker
			if d.chance(70) && !d.began.Add(next+90*24*time.Hour).After(d.now) {
				m.Confirmed = d.after(next+24*time.Hour, next+80*24*time.Hour)
			}
		case "held", "arrested", "charged":
			m.PlaceKind, m.Power, m.By, m.ByUnit = pick[plumbline.PlaceKind](d, "police_cell", "police_station", ""), pick[plumbline.Power](d, "arrest", "police_power", "immigration_law"), "Police", d.r.Operation.Unit
		}
		d.r.Movements = append(d.r.Movements, m)
		at = next
	}
}

// conduct draws what was done, and told, and what came afterwards.
func (d largeDraw) conduct() {
	for n, step := range []plumbline.Step{"information_verified", "services_ready", "interpreters_booked", "risk_assessed", "immigration_kept_apart", "urgent_needs_met", "rights_told", "medical_triage", "restraint_log", "respect_kept"} {
		if d.chance(55) {
			d.r.Steps = append(d.r.Steps, &plumbline.StepTaken{Head: d.head("step", n), Step: step, Done: pick[plumbline.Done](d, "done", "done", "not_done", "not_applicable"), By: "Commander", At: d.after(0, 6*time.Hour)})
		}
	}
	if d.chance(30) {
		d.r.Force = append(d.r.Force, &plumbline.Force{Head: d.head("force", 1), Kind: "restraint", By: "Police", People: plumbline.Exactly(1), OnClass: pick[plumbline.Class](d, "accused", ""), Reviewed: d.answer(30, 30)})
	}
	for n := range min(len(d.r.Presences), d.IntN(4)) {
		d.r.Interviews = append(d.r.Interviews, &plumbline.Interview{Head: d.head("interview", n), Presence: d.r.Presences[n].ID, By: "Police", Began: d.after(time.Hour, 30*time.Hour), Accompanied: d.answer(40, 40), RightsTold: d.answer(50, 20), Place: "police_station"})
	}
	for n, body := range []string{"police", "shelter", "aid"} {
		if d.chance([]int{70, 40, 25}[n]) {
			d.r.Accounts = append(d.r.Accounts, &plumbline.Account{Head: d.head("account", n), Organisation: largeOrg(body, d.district), Teller: "District " + body, Told: d.after(24*time.Hour, 300*time.Hour), Reading: "own", Points: []plumbline.Point{
				{Topic: "people_met", Says: fmt.Sprint(len(d.r.Presences) + d.IntN(2)), Text: "Counted at the scene and again at the station."},
				{Topic: "treatment", Text: "People were asked to wait in one room while those named were looked for."}}})
		}
	}
	if age := d.now.Sub(d.began); d.chance(80) && age > 10*24*time.Hour {
		d.r.Debriefs = append(d.r.Debriefs, &plumbline.Debrief{Head: d.head("debrief", 1), Held: d.after(4*24*time.Hour, 20*24*time.Hour), Heard: d.answer(30, 40), Monitor: d.answer(40, 30)})
	}
	if d.chance(20) {
		d.r.Events = append(d.r.Events, &plumbline.Event{Head: d.head("event", 1), Kind: pick[plumbline.EventKind](d, "medical_need", "follow_up", "threat"), At: d.after(time.Hour, 200*time.Hour), Answered: d.after(300*time.Hour, 400*time.Hour)})
	}
}

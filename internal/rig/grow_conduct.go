package rig

import (
	"slices"

	"plumbline"
)

// plan tells what was meant to happen, where somebody planned.
func (s *scene) plan() {
	if !s.planned() || s.kind == plumbline.WelfareVisit || s.care == fair && s.chance(35) {
		return
	}
	var children, adults int
	for _, l := range s.met {
		if n := count(l.count); l.class.IsChild() {
			children += n.Min()
		} else {
			adults += n.Min()
		}
	}
	p := &plumbline.Plan{Purpose: plumbline.Text(s.next("purpose", purposes)), DecidedBy: s.lead.head, ServiceMode: s.mode(), ExpectedChildren: plumbline.Exactly(children)}
	if s.care == good {
		p.ExpectedAdults, p.Languages = plumbline.Between(adults-adults/4, adults+2), s.next("languages", languages)
		p.Beds, p.DecidedBy = plumbline.Exactly(children+s.around(6)), s.lead.head+", with "+theHouse
		p.Risks, p.HarmOfActing, p.HarmOfWaiting = plumbline.Text(s.next("risks", risks)), plumbline.Text(s.next("acting", harmsOfActing)), plumbline.Text(s.next("waiting", harmsOfWaiting))
	} else if s.chance(50) {
		p.ExpectedAdults, p.Beds = plumbline.About(adults+4), plumbline.Exactly(s.draw.IntN(5))
	}
	s.add(p)
}

// mode is where service staff were meant to stand.
func (s *scene) mode() plumbline.Mode {
	if s.kind == plumbline.LabourInspection || s.ago%3 == 0 {
		return "nearby"
	}
	return "on_scene"
}

// agencies names who took part.
func (s *scene) agencies() {
	if s.lead.name == "" {
		s.add(&plumbline.Agency{Name: "Police, unit not identified", Kind: "police", Role: "lead"})
		return
	}
	s.add(&plumbline.Agency{Organisation: s.lead.organisation, Unit: s.lead.unit, Name: s.lead.name, Kind: s.lead.kind, Role: "lead", TookPart: "yes"})
	told := s.on(s.ago + 1 + s.draw.IntN(4))
	with := func(org plumbline.ID, name string, kind plumbline.OrganisationKind, role plumbline.AgencyRole, duties string) {
		if org != s.lead.organisation || org == "" {
			s.add(&plumbline.Agency{Organisation: org, Name: name, Kind: kind, Role: role, Duties: duties, ToldAt: told, TookPart: "yes"})
		}
	}
	switch {
	case s.kind == plumbline.WelfareVisit:
		with(clinic, theClinic, "health_service", "health", "")
		with(limeHouse, theHouse, "shelter", "welfare", "")
	case s.kind == plumbline.ImmigrationRaid && s.care == poor:
		s.add(&plumbline.Agency{Organisation: police, Unit: dockSquad, Name: theSquad, Kind: "police", Role: "support", Duties: "Held the gates", TookPart: ""})
		s.r.Operation.Criteria.Police = ""
	case s.planned():
		with(limeHouse, theHouse, "shelter", "welfare", s.next("duties", duties))
		if s.care == good {
			with(harbour, legalAid, "legal_aid", "support", "")
		}
		if s.kind == plumbline.LabourInspection {
			s.add(&plumbline.Agency{Organisation: police, Unit: s.nearbyUnit(), Name: "Police, at the gate", Kind: "police", Role: "support", TookPart: "yes"})
		}
	case s.kind == plumbline.Raid && s.chance(40):
		with(openDoor, rescuers, "rescue_group", "information", "")
	}
	if s.kind == plumbline.LabourInspection {
		s.r.Operation.Unit = ""
	}
}

func (s *scene) nearbyUnit() plumbline.ID {
	if s.ago < 880 {
		return saltmarsh
	}
	return protection
}

// attendance tells who stood beside the people met, or why nobody did.
func (s *scene) attendance() {
	if s.quiet() {
		if s.chance(50) {
			s.add(&plumbline.Attendance{Role: "social_worker"})
		}
		return
	}
	if s.planned() {
		s.r.Operation.ServiceMode = s.mode()
	}
	orgs := map[plumbline.AttendanceRole]plumbline.ID{"social_worker": limeHouse, "lawyer": harbour, "health_worker": clinic, "observer": riverside}
	came := map[plumbline.AttendanceRole][3]int{ // in a hundred: poor, fair, good
		"social_worker": {4, 62, 97}, "interpreter": {10, 60, 90}, "lawyer": {3, 30, 80}, "health_worker": {5, 40, 70},
		"woman_officer": {25, 60, 92}, "observer": {6, 14, 40}, "ngo_staff": {5, 35, 75}, "child_protection": {0, 30, 85},
	}
	for _, word := range plumbline.AttendanceRole("").Values() {
		role := plumbline.AttendanceRole(word)
		switch {
		case role == "child_protection" && !s.isChildren(), role == "woman_officer" && s.kind == plumbline.WelfareVisit:
			continue
		case role != "social_worker" && s.chance([]int{55, 30, 8}[s.care]):
			continue // nobody says
		}
		a := &plumbline.Attendance{Role: role, Organisation: orgs[role]}
		if s.chance(came[role][s.care]) {
			s.arrive(a)
		} else {
			s.absent(a)
		}
		s.add(a)
	}
}

// arrive tells when somebody came, and how long after that they stood with
// somebody who was met.
func (s *scene) arrive(a *plumbline.Attendance) {
	wait := []int{70, 25, 6}[s.care]
	a.Present, a.Mode, a.NoTie = "yes", s.mode(), s.kept()
	minutes := s.draw.IntN(wait + 1)
	if a.Mode == "nearby" {
		minutes += 10
	}
	switch {
	case s.care == fair && s.chance(30):
		return // there, and nobody says when
	case a.Role == "interpreter":
		a.Language = s.next("languages", languages)
	case a.Role == "social_worker" || a.Role == "child_protection" || a.Role == "ngo_staff":
		a.FirstContact = s.after(minutes + 2 + s.draw.IntN(9))
	}
	a.Arrived = s.after(minutes)
}

func (s *scene) absent(a *plumbline.Attendance) {
	a.Present = "no"
	if s.chance(80) {
		a.WhyNot = s.next("absent-"+string(a.Role), absences[a.Role])
	}
	if s.chance([]int{25, 55, 85}[s.care]) {
		a.DecidedBy = s.lead.head
	}
}

// Steps by when they are taken.
var (
	stepsBefore = []plumbline.Step{"information_verified", "services_ready", "provider_told", "interpreters_booked", "beds_secured", "interview_place_free", "duties_written",
		"risk_assessed", "logistics_ready", "press_kept_out", "harm_note", "readiness_decided", "partner_told", "disclosure_checked"}
	stepsThatDay = []plumbline.Step{"briefing_respect", "immigration_kept_apart", "medical_plan"}
	stepsThere   = []plumbline.Step{"accused_kept_apart", "safety_secured", "urgent_needs_met", "belongings_receipt", "dependants_together", "rights_told", "complaint_way_told", "medical_triage",
		"restraint_log", "respect_kept", "first_talk_short", "women_workers_for_girls", "best_interests", "guardian_named", "tests_by_consent"}
	stepsAfter   = []plumbline.Step{"advice_given", "referral_made", "consular_choice", "asylum_asked", "stay_requested", "follow_up_contact", "evidence_receipt", "same_worker_stayed"}
	stepsOfChild = []plumbline.Step{"women_workers_for_girls", "best_interests", "guardian_named", "same_worker_stayed", "dependants_together"}
)

// steps answers the steps of planning and conduct, each at a time that keeps
// its clock or breaks it.
func (s *scene) steps() {
	if s.quiet() || s.kind == plumbline.PrivateRaid && s.care == poor {
		return
	}
	for _, step := range stepsBefore {
		at := s.on(s.ago + 1 + s.draw.IntN(6))
		if s.chance([]int{30, 12, 2}[s.care]) {
			at = s.after(60 + s.draw.IntN(900)) // afterwards, which is too late
		}
		s.step(step, s.lead.head, at)
	}
	for _, step := range stepsThatDay {
		s.step(step, s.lead.head, s.after(-20-s.draw.IntN(120)))
	}
	for _, step := range stepsThere {
		by := s.lead.name
		if s.care == good && s.planned() {
			by = theHouse
		}
		s.step(step, by, s.after(15+s.draw.IntN(50+60*int(good-s.care))))
	}
	for _, step := range stepsAfter {
		by, hours := legalAid, 3+s.draw.IntN(24)
		if s.chance([]int{60, 25, 8}[s.care]) {
			hours += 60 + s.draw.IntN(200) // after three days
		}
		if step == "referral_made" || step == "follow_up_contact" {
			by = theHouse
		}
		s.step(step, by, s.after(60*min(hours, s.ago*24-30)))
	}
}

// step answers one step: done, not done with or without a reason, not
// applicable, or not at all.
func (s *scene) step(step plumbline.Step, by string, at plumbline.When) {
	if slices.Contains(stepsOfChild, step) && !s.isChildren() {
		if s.care == good {
			s.add(&plumbline.StepTaken{Step: step, Done: "not_applicable", By: by})
		}
		return
	}
	done := []int{15, 52, 84}[s.care]
	not := done + []int{38, 18, 7}[s.care]
	switch n := s.draw.IntN(100); {
	case step == "immigration_kept_apart" && s.kind == plumbline.ImmigrationRaid:
		s.add(&plumbline.StepTaken{Step: step, Done: "not_done", By: by, Reason: "Immigration control was the aim"})
	case step == "respect_kept" && s.care < good && n > 30, step == "restraint_log" && n < 50:
		if step == "restraint_log" && s.care == good {
			s.add(&plumbline.StepTaken{Step: step, Done: "not_applicable", By: by, Reason: "Nobody was restrained"})
		}
	case n < done:
		taken := &plumbline.StepTaken{Step: step, Done: "done", By: by, At: at}
		if s.care == fair && s.chance(25) {
			taken.At = plumbline.When{} // and nobody says when
		}
		s.add(taken)
	case n < not:
		taken := &plumbline.StepTaken{Step: step, Done: "not_done", By: by}
		if s.chance(65) {
			taken.Reason = s.next("undone", undone)
		}
		s.add(taken)
	case n < not+4 && s.care > poor:
		s.add(&plumbline.StepTaken{Step: step, Done: "declined", By: by, Reason: s.next("declined", declined)})
	}
}

// conduct tells of force, injuries, closures, interviews and what else
// happened around the operation.
func (s *scene) conduct() {
	police := s.kind == plumbline.Raid || s.kind == plumbline.ViceRaid || s.kind == plumbline.Sweep || s.kind == plumbline.ImmigrationRaid
	all := len(s.r.Presences) > 0
	if police && s.care < good {
		s.useForce()
	}
	switch {
	case s.kind == plumbline.Shakedown:
		s.add(&plumbline.Force{Kind: "extortion", By: "Officers not identified", People: s.r.Operation.HeadCount, At: s.r.Operation.Began, Reviewed: "no"},
			&plumbline.Event{Kind: "payment_demanded", People: s.r.Operation.HeadCount, At: s.r.Operation.Began, By: "Officers not identified", What: plumbline.Text(s.next("demand", demands))})
	case s.kind == plumbline.ImmigrationRaid && all:
		s.add(&plumbline.Event{Kind: "status_asked", At: s.after(10 + s.draw.IntN(30)), By: s.lead.name, People: s.r.Operation.HeadCount, What: plumbline.Text(s.next("status", statuses))})
	case s.kind == plumbline.ViceRaid, s.kind == plumbline.LabourInspection && s.care < good:
		s.closure()
	}
	s.interviews()
	if s.chance([]int{35, 30, 20}[s.care]) {
		e := &plumbline.Event{Kind: "medical_need", People: plumbline.Exactly(1), At: s.after(25 + s.draw.IntN(60)), By: theClinic, What: plumbline.Text(s.next("need", needs))}
		if s.care == good {
			e.Answered, e.Answer = s.after(100+s.draw.IntN(60)), plumbline.Text(s.next("answer", answers))
		}
		s.add(e)
	}
	if at, over := s.later(s.around(28)); over && s.chance(45) && !s.quiet() {
		s.add(&plumbline.Event{Kind: "follow_up", At: at, By: theHouse, What: plumbline.Text(s.next("follow", followUps))})
	}
	if at, over := s.later(s.around(12)); over && police && s.chance(50) {
		s.add(&plumbline.Event{Kind: "service_shut_out", At: at, By: s.next("who-shut", whoShut), What: plumbline.Text(s.next("shut", shutOuts))})
	}
	if at, over := s.later(21); over && police && s.care == poor {
		e := &plumbline.Event{Kind: "complaint", At: at, By: workers}
		if answered, over := s.later(140); over && s.ago%2 == 0 {
			e.Answered = answered
		}
		s.add(e)
	}
}

func (s *scene) useForce() {
	by := s.lead.name
	if s.care == poor && s.chance(40) {
		by = ""
	}
	reviewed := plumbline.Answer("no")
	if s.care == fair {
		reviewed = s.kept()
	}
	if s.kind == plumbline.Raid {
		s.add(&plumbline.Force{Kind: "forced_entry", By: by, At: s.after(0), Reviewed: reviewed, Injury: "no", Reason: s.next("entry", entries)})
	}
	if s.chance(55) {
		f := &plumbline.Force{Kind: "restraint", By: by, OnClass: "adult_not_determined", People: plumbline.AtLeast(1 + s.draw.IntN(3)), At: s.after(5 + s.draw.IntN(20)), Reviewed: reviewed}
		if s.care == fair {
			f.Reason = s.next("restraint", restraints)
		}
		s.add(f)
	}
	if s.care == poor && s.chance(45) {
		s.add(&plumbline.Injury{Who: s.next("hurt", hurt), People: plumbline.Exactly(1), Severity: "minor", Cause: s.next("cause", causes), At: s.after(15), Treated: s.kept()})
	}
	if s.care == poor && s.chance(40) {
		s.add(&plumbline.Force{Kind: "threat", By: by, People: plumbline.Count{}, At: s.after(30), Reviewed: "no"})
	}
}

func (s *scene) closure() {
	lost := s.around(14)
	c := &plumbline.Closure{OrderedBy: s.lead.name, Ground: s.next("ground", closureGrounds)}
	c.Closed, _ = s.later(1)
	if s.chance(60) {
		c.LostWork = plumbline.AtLeast(lost)
		c.Offered, c.Accepted = plumbline.Exactly(0), plumbline.Exactly(0)
		if s.kind == plumbline.LabourInspection {
			c.LostWork, c.Offered, c.Accepted = plumbline.Exactly(lost), plumbline.Exactly(lost-2), plumbline.Exactly(lost/2)
		}
	}
	if at, over := s.later(s.around(30)); over && s.chance(70) {
		c.Reopened = at
	}
	s.add(c)
}

// interviews has the children and one or two others spoken with.
func (s *scene) interviews() {
	if s.quiet() || s.kind == plumbline.WelfareVisit || s.kind == plumbline.Sweep && s.chance(60) {
		return
	}
	spoken := 0
	for _, p := range s.r.Presences {
		child := s.lots[p.ID].class.IsChild()
		if spoken == 3 || !child && !(p.Individual && s.chance(40)) {
			continue
		}
		spoken++
		start := 80 + 60*spoken + s.draw.IntN(40)
		v := &plumbline.Interview{Presence: p.ID, Purpose: s.next("interview", interviewPurposes), By: s.lead.name, Began: s.after(start), Ended: s.after(start + 15 + s.draw.IntN(50)), Language: s.next("spoken", spokenLanguages),
			Interpreter: s.kept(), Accompanied: s.kept(), RightsTold: s.kept(), WomanThere: s.kept(), Private: s.kept(), Place: "police_station"}
		if s.care == good {
			v.By, v.Place, v.SatIn, v.Accompanied = theHouse, "office", "Social worker", "yes"
		}
		if s.care > poor && s.chance(70) {
			v.Advice = s.after(start - 30 + s.draw.IntN(45))
		}
		s.add(v)
	}
}

// debriefs compares plan and result, where somebody did.
func (s *scene) debriefs() {
	held, over := s.later(s.premise.debrief)
	if s.premise.debrief == 0 || !over {
		return
	}
	d := &plumbline.Debrief{Held: held, TookPart: s.lead.name + ", " + s.next("took-part", tookPart), Heard: s.kept(), Monitor: s.kept(), Found: s.found}
	due, _ := s.later(min(s.premise.debrief+30, s.ago-1))
	a := plumbline.Action{What: s.next("action", actions), Who: s.lead.head, Due: due}
	if done, over := s.later(s.premise.debrief + s.around(26)); over && s.chance([]int{20, 50, 85}[s.care]) {
		a.Done = done
	}
	d.Actions = append(d.Actions, a)
	s.add(d)
}

package rig

import (
	"fmt"
	"time"

	"plumbline"
)

// late returns what was written weeks after: people who came forward, a number
// or a time that somebody read again, an account that its tellers took back.
func (s *scene) late() (edits []Edit) {
	at := func(days int, clock string) time.Time {
		moment, _ := s.teller.at(max(1, s.ago-days), clock).Earliest()
		return moment
	}
	edit := func(when time.Time, by plumbline.ID, e plumbline.Entry, reason string) {
		edits = append(edits, Edit{when, by, s.r.Operation.ID, e, reason})
	}
	head := s.r.Operation.HeadCount
	n, exact := head.Exact()
	switch pick := s.draw.IntN(100); {
	case s.ago < 60:
	case pick < 30 && exact && n >= 12 && s.kind != plumbline.PrivateRaid:
		days, more := 20+s.draw.IntN(30), 1+s.draw.IntN(2)
		op := s.r.Operation
		op.HeadCount = plumbline.Exactly(n + more)
		edit(at(days, "10:20"), "demo-coordinator", &op, s.next("came", cameForward))
		p := &plumbline.Presence{Head: plumbline.Head{ID: s.r.Operation.ID + "-late"}, Code: "G-90", Count: plumbline.Exactly(more), Description: s.next("who-came", whoCame)}
		if more == 1 {
			p.Code, p.Individual = "P-90", true
		}
		edit(at(days, "10:24"), "demo-coordinator", p, "")
		edit(at(days, "10:31"), "demo-coordinator", &plumbline.Movement{Head: plumbline.Head{ID: s.r.Operation.ID + "-movement-late"}, Presence: p.ID, State: "free_to_go", From: s.after(50), ToldBy: theClinic}, "")
	case pick < 54:
		for _, m := range s.r.Movements {
			if m.State == "free_to_go" && m.From.Precise() {
				fixed := *m
				from, _ := m.From.Earliest()
				fixed.From = plumbline.At(from.Add(time.Duration(5+s.draw.IntN(25)) * time.Minute))
				edit(at(6+s.draw.IntN(40), "15:40"), s.corrector(), &fixed, s.next("why", reasonsToCorrect))
				break
			}
		}
	case pick < 68 && s.r.Plan != nil:
		plan := *s.r.Plan
		plan.Beds = plan.Beds.Add(plumbline.Exactly(2))
		edit(at(3+s.draw.IntN(9), "17:15"), s.corrector(), &plan, s.next("why-plan", reasonsForPlan))
	}
	for _, a := range s.r.Accounts {
		if said, ok := takenBack[s.id]; ok && a.Organisation == riverside {
			fixed := *a
			fixed.Points = append([]plumbline.Point{said}, a.Points[1:]...)
			edit(at(19, "11:05"), "demo-monitor", &fixed, "We were wrong, and have said so to the squad")
		}
	}
	return edits
}

// corrector is the user who corrects: the police liaison for the two units he
// answers for, and the coordinator.
func (s *scene) corrector() plumbline.ID {
	if u := s.r.Operation.Unit; (u == protection || u == dockSquad) && s.chance(60) {
		return "demo-police-liaison"
	}
	return "demo-coordinator"
}

// takenBack is the point that the Association put right, by operation.
var takenBack = map[string]plumbline.Point{
	"lantern-market-doors": {Topic: "aftermath", Says: "nobody is missing", Text: "We said that three of us were missing. They were at a sister’s and are well. We should have asked there first."},
}

// inWords writes a number as people say it.
func inWords(n int) string {
	small := []string{"none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	tens := []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	switch {
	case n < 20:
		return small[n]
	case n >= 100:
		return fmt.Sprint(n)
	case n%10 == 0:
		return tens[n/10]
	}
	return tens[n/10] + "-" + small[n%10]
}

package rig

import (
	"slices"
	"time"

	"plumbline"
)

// An Edit is something written after a record was first made: a late entry,
// or a correction with its reason. Record.Put applies it, and the store does
// as the user at the time.
type Edit struct {
	At        time.Time
	By        plumbline.ID // a user of Actors
	Operation plumbline.ID
	Entry     plumbline.Entry
	Reason    string // empty for an addition
}

// Edits returns what was written late on the records that Coalition returns
// for the same day and seed, oldest first: a plan rewritten after the
// operation, people who came forward weeks later, a time read from a log.
func Edits(now time.Time, seed uint64) []Edit {
	t := teller{today: midnight(now)}
	_, _, ops := Coalition(now, seed)
	on := func(ago int, clock string) time.Time {
		at, _ := t.at(ago, clock).Earliest()
		return at
	}
	check, raid, canal := find(ops, "pier-street-check"), find(ops, "pier-street-raid"), find(ops, "canal-road")

	more := check.Operation
	more.HeadCount = plumbline.AtLeast(25)

	end := *find(ops, "mill-lane").Debriefs[0]
	end.Actions = append(slices.Clone(end.Actions), plumbline.Action{What: "Say sorry for the two bags", Who: "First commander", Due: t.on(380), Done: t.on(381)})

	let := *movementOf(raid, "pier-street-raid-g-03", "free_to_go")
	let.From = t.at(41, "23:35")

	plan := *canal.Plan
	plan.ExpectedChildren, plan.Beds = plumbline.Between(1, 2), plumbline.Exactly(4)

	came := *canal.Attendance[0]
	came.FirstContact = t.at(6, "19:34")

	return []Edit{
		{on(386, "11:00"), "demo-coordinator", "mill-lane", &end, "An action was left out"},
		{on(300, "16:10"), "demo-coordinator", "pier-street-check", &more, "Two people came forward at the clinic"},
		{on(300, "16:12"), "demo-coordinator", "pier-street-check", &plumbline.Presence{Head: plumbline.Head{ID: "pier-street-check-g-04"}, Code: "G-04", Description: "Two who came forward a month later", Count: plumbline.Exactly(2)}, ""},
		{on(300, "16:14"), "demo-coordinator", "pier-street-check", &plumbline.Movement{Head: plumbline.Head{ID: "pier-street-check-movement-late"}, Presence: "pier-street-check-g-04", State: "free_to_go", From: t.at(331, "23:40"), ToldBy: theClinic}, ""},
		{on(39, "09:20"), "demo-police-liaison", "pier-street-raid", &let, "Read from the log of the station"},
		{on(4, "17:45"), "demo-police-liaison", "canal-road", &plan, "Brought into line with what was found"},
		{on(3, "10:05"), "demo-worker", "canal-road", &came, "My watch was two minutes off"},
	}
}

func find(ops []*plumbline.Record, id plumbline.ID) *plumbline.Record {
	i := slices.IndexFunc(ops, func(r *plumbline.Record) bool { return r.Operation.ID == id })
	return ops[i]
}

func movementOf(r *plumbline.Record, presence plumbline.ID, state plumbline.State) *plumbline.Movement {
	i := slices.IndexFunc(r.Movements, func(m *plumbline.Movement) bool { return m.Presence == presence && m.State == state })
	return r.Movements[i]
}

package plumbline

import "time"

import "slices"

// An OperationKind is computed from criteria. Its words are catalogue keys
// under "kind.".
type OperationKind string

const (
	TargetedRemoval  OperationKind = "targeted_removal"
	Raid             OperationKind = "raid"
	ViceRaid         OperationKind = "vice_raid"
	ImmigrationRaid  OperationKind = "immigration_raid"
	Sweep            OperationKind = "sweep"
	Shakedown        OperationKind = "shakedown"
	PrivateRaid      OperationKind = "private_raid"
	LabourInspection OperationKind = "labour_inspection"
	Investigation    OperationKind = "investigation"
	WelfareVisit     OperationKind = "welfare_visit"
	Undetermined     OperationKind = "undetermined"
)

// Values lists the kinds.
func (OperationKind) Values() []string {
	return []string{"targeted_removal", "raid", "vice_raid", "immigration_raid", "sweep", "shakedown", "private_raid", "labour_inspection", "investigation", "welfare_visit", "undetermined"}
}

// Computed is the kind of an operation with the criteria that decided it.
type Computed struct {
	Kind    OperationKind
	Because []string // criteria that decided it: "aim", "named_target", …
	Missing []string // criteria whose answer could change it
	SweptUp Answer   // whether others than those sought were questioned, held or sent away
	Warrant Answer   // whether a warrant or order is on record
}

// Kind computes the kind of the operation. The rules are read from top to
// bottom and the first that holds decides:
//
//   - money was asked for letting people go, and nobody says that no police
//     took part: shakedown
//   - private persons acted and no police took part: private raid
//   - the aim was immigration control: immigration raid
//   - the aim was labour law: labour inspection
//   - the aim was money: shakedown
//   - nothing was entered and the aim was to find out: investigation
//   - the aim was to help, and nobody says that police took part: welfare visit
//   - a named person, child or venue was sought, and the aim was to protect, to
//     arrest or to find out: targeted removal, whoever else was swept up
//   - no target was named and everyone was questioned or held: sweep
//   - the aim was vice law: vice raid
//   - a place was entered and everyone there was questioned or held: raid
//
// A rule whose criterion is not known is passed over and the criterion named
// in Missing, since knowing it could change the kind.
func (r *People) Kind() Computed {
	out := Computed{Kind: Undetermined, SweptUp: r.sweptUp(), Warrant: r.hasWarrant()}
	var open []kindRule // rules of which something is not known
	for _, rule := range r.Operation.Criteria.rules() {
		holds := rule.holds()
		if holds != No && len(rule.clues(Unknown)) > 0 {
			open = append(open, rule)
		}
		if holds == Yes {
			out.Kind, out.Because = rule.kind, rule.clues(Yes)
			break
		}
	}
	for _, rule := range open {
		if rule.kind == out.Kind && rule.holds() == Unknown {
			continue // another way to the same kind
		}
		for _, criterion := range rule.clues(Unknown) {
			if !slices.Contains(out.Missing, criterion) {
				out.Missing = append(out.Missing, criterion)
			}
		}
	}
	return out
}

// A kindRule gives a kind when all its clues hold.
type kindRule struct {
	kind OperationKind
	all  []clue
}

// A clue is what one criterion says of a condition.
type clue struct {
	criterion string
	holds     Answer
	presumed  bool // taken to hold until somebody denies it
}

// holds answers whether all clues hold.
func (rule kindRule) holds() Answer {
	out := Yes
	for _, c := range rule.all {
		switch {
		case c.holds == No:
			return No
		case c.holds == Unknown && !c.presumed:
			out = Unknown
		}
	}
	return out
}

// clues returns the criteria with that answer.
func (rule kindRule) clues(holds Answer) (criteria []string) {
	for _, c := range rule.all {
		if c.holds == holds {
			criteria = append(criteria, c.criterion)
		}
	}
	return criteria
}

// rules returns the rules of Kind with what the criteria say of them.
func (c Criteria) rules() []kindRule {
	is := func(criterion string, known, holds bool) clue {
		if !known {
			return clue{criterion: criterion}
		}
		return clue{criterion: criterion, holds: answer(holds)}
	}
	yes := func(criterion string, a Answer) clue { return is(criterion, a.Decided(), a == Yes) }
	no := func(criterion string, a Answer) clue { return is(criterion, a.Decided(), a == No) }
	aim := func(aims ...Aim) clue { return is("aim", c.Aim != "", slices.Contains(aims, c.Aim)) }
	everyone := is("questioned", c.Questioned != "", c.Questioned == "everyone")
	presumed := func(c clue) clue { c.presumed = true; return c }
	return []kindRule{
		{Shakedown, []clue{yes("payment", c.Payment), presumed(yes("police", c.Police))}},
		{PrivateRaid, []clue{yes("private", c.Private), no("police", c.Police)}},
		{ImmigrationRaid, []clue{aim("immigration")}},
		{LabourInspection, []clue{aim("labour")}},
		{Shakedown, []clue{aim("extort")}},
		{Investigation, []clue{no("entered", c.Entered), aim("investigate")}},
		{WelfareVisit, []clue{aim("welfare"), presumed(no("police", c.Police))}},
		{TargetedRemoval, []clue{yes("named_target", c.NamedTarget), aim("protect", "arrest", "investigate")}},
		{Sweep, []clue{no("named_target", c.NamedTarget), everyone}},
		{ViceRaid, []clue{aim("vice")}},
		{Raid, []clue{yes("entered", c.Entered), everyone}},
	}
}

// sweptUp answers whether people outside the aim were questioned, held or
// sent away: by the criterion, or by a movement of people of another class.
func (r *People) sweptUp() Answer {
	if r.Operation.Criteria.Questioned == "everyone" {
		return Yes
	}
	for _, m := range r.Movements {
		switch m.State {
		case "removed_from_country", "held", "arrested", "charged":
			p := r.presence(m.Presence)
			if p == nil {
				continue
			}
			if k := r.Class(p); k != "accused" && k != Child {
				return Yes
			}
		}
	}
	if r.Operation.Criteria.Questioned != "" {
		return No
	}
	return Unknown
}

func (r *Record) hasWarrant() Answer {
	switch r.Operation.Authority.Kind {
	case "":
		return Unknown
	case "warrant", "court_order", "prosecutor_order":
		return Yes
	}
	return No
}

// AccompaniedWithin is how soon service staff must be with the people met for
// the operation to count as accompanied, in minutes.
const AccompaniedWithin = 30

// Accompanied answers whether a social worker or child protection worker was
// on the scene, or with the people within half an hour.
func (r *Record) Accompanied() Answer {
	out, notTold := Unknown, false
	for _, a := range r.Attendance {
		if a.Role != "social_worker" && a.Role != "child_protection" {
			continue
		}
		minutes, timed := r.minutesToContact(a)
		switch {
		case a.Present == Yes && (timed && minutes <= AccompaniedWithin || !timed && a.Mode == "on_scene"):
			return Yes
		case a.Present == No || a.Present == Yes && timed:
			out = No
		default:
			notTold = true
		}
	}
	if notTold {
		return Unknown // this one may have been there in time
	}
	return out
}

// minutesToContact returns the minutes from the beginning of the operation to
// the first contact of a worker with the people met, when both are told to
// the minute.
func (r *Record) minutesToContact(a *Attendance) (minutes float64, ok bool) {
	at := a.FirstContact
	if !at.Known() {
		at = a.Arrived
	}
	if !at.Precise() || !r.Operation.Began.Precise() {
		return 0, false
	}
	_, longest, _ := at.Since(r.Operation.Began)
	return longest.Minutes(), true
}

// FirstContact returns after how many minutes service staff were with the
// people met, and whether they stood on the scene or nearby. known is false
// when no time is told to the minute.
func (r *Record) FirstContact() (minutes int, mode Mode, known bool) {
	mode = r.Operation.ServiceMode
	for _, a := range r.Attendance {
		switch a.Role {
		case "social_worker", "child_protection", "ngo_staff":
		default:
			continue
		}
		if a.Present != Yes {
			continue
		}
		if mode == "" {
			mode = a.Mode
		}
		if m, ok := r.minutesToContact(a); ok && (!known || int(m) < minutes) {
			minutes, known = int(m), true
		}
	}
	return minutes, mode, known
}

// After returns the time from the beginning of the operation to a moment;
// known is false when either is told less exactly than to the day.
func (r *Record) After(w When) (d time.Duration, known bool) {
	if !w.ToTheDay() || !r.Operation.Began.ToTheDay() {
		return 0, false
	}
	shortest, longest, open := w.Since(r.Operation.Began)
	if r.Operation.Began.Precise() && w.Precise() {
		return longest, !open
	}
	return shortest, !open
}

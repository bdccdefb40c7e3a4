package plumbline

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
//   - money was asked for letting people go: shakedown
//   - private persons entered and no police took part: private raid
//   - the aim was immigration control: immigration raid
//   - the aim was labour law: labour inspection
//   - nothing was entered and the aim was to find out, or to help:
//     investigation, welfare visit
//   - a named person, child or venue was sought, and the aim was to protect or
//     to arrest a suspect: targeted removal, whoever else was swept up
//   - no target was named and everyone was questioned or held: sweep
//   - the aim was vice law: vice raid
//   - a place was entered and everyone there was questioned or held: raid
//
// A rule whose criterion is not known is passed over and the criterion named
// in Missing, since knowing it could change the kind.
func (r *Record) Kind() Computed {
	c := r.Operation.Criteria
	out := Computed{Kind: Undetermined, SweptUp: r.sweptUp(), Warrant: r.hasWarrant()}
	asked := func(name string, known bool) {
		if !known {
			out.Missing = append(out.Missing, name)
		}
	}
	decide := func(k OperationKind, because ...string) Computed {
		out.Kind, out.Because = k, because
		return out
	}
	asked("payment", c.Payment.Decided())
	if c.Payment == Yes && c.Police != No {
		return decide(Shakedown, "payment")
	}
	asked("police", c.Police.Decided())
	if c.Private == Yes && c.Police == No {
		return decide(PrivateRaid, "private", "police")
	}
	asked("aim", c.Aim != "")
	switch c.Aim {
	case "immigration":
		return decide(ImmigrationRaid, "aim")
	case "labour":
		return decide(LabourInspection, "aim")
	case "extort":
		return decide(Shakedown, "aim")
	}
	if c.Entered == No && c.Aim == "investigate" {
		return decide(Investigation, "entered", "aim")
	}
	if c.Aim == "welfare" && c.Police != Yes {
		return decide(WelfareVisit, "aim", "police")
	}
	asked("named_target", c.NamedTarget.Decided())
	if c.NamedTarget == Yes && (c.Aim == "protect" || c.Aim == "arrest" || c.Aim == "investigate") {
		return decide(TargetedRemoval, "named_target", "aim")
	}
	asked("questioned", c.Questioned != "")
	if c.NamedTarget == No && c.Questioned == "everyone" {
		return decide(Sweep, "named_target", "questioned")
	}
	if c.Aim == "vice" {
		return decide(ViceRaid, "aim")
	}
	if c.Entered == Yes && c.Questioned == "everyone" {
		return decide(Raid, "entered", "questioned")
	}
	asked("entered", c.Entered.Decided())
	return out
}

// sweptUp answers whether people outside the aim were questioned, held or
// sent away: by the criterion, or by a movement of people of another class.
func (r *Record) sweptUp() Answer {
	if r.Operation.Criteria.Questioned == "everyone" {
		return Yes
	}
	for _, m := range r.Movements {
		p := r.presence(m.Presence)
		switch m.State {
		case "removed_from_country", "held", "arrested", "charged":
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
	out := Unknown
	for _, a := range r.Attendance {
		if a.Role != "social_worker" && a.Role != "child_protection" {
			continue
		}
		minutes, timed := r.minutesToContact(a)
		switch {
		case a.Present == Yes && timed && minutes > AccompaniedWithin:
			out = No
		case a.Present == Yes && (a.Mode == "on_scene" || timed):
			return Yes
		case a.Present == No && out == Unknown:
			out = No
		}
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

package plumbline

const KindDialogue Kind = "dialogue"

// A Dialogue is people asked before or after something is done: a
// consultation, a session with those who serve, a joint review of a quarrel, a
// list of what all agree on. Who was asked and who was not stands in it.
type Dialogue struct {
	Head
	Title     string       `json:"title" need:"yes"`
	Origin    Origin       `json:"origin" need:"yes"`
	Kind      DialogueKind `json:"kind" need:"yes"`
	Convener  ID           `json:"convener" need:"yes" ref:"organisation"` // who invites, and answers for the record
	At        When         `json:"at"`
	Programme ID           `json:"programme,omitempty" ref:"programme"`
	About     string       `json:"about,omitempty"` // the protocol, training, policy or claim (C-B62)
	Purpose   Text         `json:"purpose,omitempty"`
	Minutes   Text         `json:"minutes,omitempty"`
}

// DialogueKind is a sort of Dialogue.
type DialogueKind string

func (DialogueKind) Values() []string {
	return []string{"before_launch", "providers", "joint_review", "common_ground", "drafting", "panel"}
}

// A Seat is somebody who was, or was not, asked to come. People are counted
// and named by what they are, never by name.
type Seat struct {
	Head
	Who          Who    `json:"who" need:"yes"`
	Organisation ID     `json:"organisation,omitempty" ref:"organisation"`
	Name         string `json:"name,omitempty"` // of the body or group
	People       Count  `json:"people"`
	State        SeatAs `json:"state" need:"yes"`
	Paid         Answer `json:"paid,omitempty"` // for their time
	DecidedBy    string `json:"decided_by,omitempty"`
	At           When   `json:"at"`
	Why          Text   `json:"why,omitempty"`
}

// Who is a kind of people who take part.
type Who string

func (Who) Values() []string {
	return []string{"sex_workers", "survivors", "people_met", "health_workers", "service_providers", "rescue_group", "police", "prosecutors", "officials", "donors", "researchers", "oversight", "labour_union", "other"}
}

// SeatAs is what became of an invitation.
type SeatAs string

func (SeatAs) Values() []string {
	return []string{"invited", "came", "declined", "uninvited", "not_invited", "asked_to_come"}
}

// A Said is something that somebody said in a dialogue, in their own words.
type Said struct {
	Head
	Speaker ID       `json:"speaker,omitempty" ref:"organisation"` // whose words these are; empty when the convener wrote down who has no access here
	By      string   `json:"by,omitempty"`                         // who said it, then; within the speaker's organisation, otherwise
	Kind    SaidKind `json:"kind" need:"yes"`
	Text    Text     `json:"text" need:"yes"`
	To      ID       `json:"to,omitempty" ref:"said"` // what it answers
}

// SaidKind is a sort of thing said. Facts and aims can be agreed on.
type SaidKind string

func (SaidKind) Values() []string {
	return []string{"statement", "concern", "question", "finding", "request", "fact", "aim"}
}

// A Stance is what one organisation holds of something said: one at most, which
// it corrects when it thinks otherwise. Whether a point is agreed on follows
// from the stances (see DialogueRecord.Review).
type Stance struct {
	Head
	Said    ID     `json:"said" need:"yes" ref:"said"`
	Speaker ID     `json:"speaker" need:"yes" ref:"organisation"`
	Holds   Answer `json:"holds" need:"yes"`
	At      When   `json:"at"`
	Text    Text   `json:"text,omitempty"` // what would settle it
}

// A Promise is what somebody undertook to do, and by when.
type Promise struct {
	Head
	Speaker ID     `json:"speaker,omitempty" ref:"organisation"` // as of a Said
	By      string `json:"by,omitempty"`
	Said    ID     `json:"said,omitempty" ref:"said"` // the point that it answers
	Text    Text   `json:"text" need:"yes"`
	Due     When   `json:"due"`
}

// A PromiseCheck says whether a promise was kept, as one organisation found it.
type PromiseCheck struct {
	Head
	Promise ID     `json:"promise" need:"yes" ref:"promise"`
	Speaker ID     `json:"speaker" need:"yes" ref:"organisation"` // that looked
	Kept    Answer `json:"kept" need:"yes"`
	At      When   `json:"at"`
	Text    Text   `json:"text,omitempty"`
}

// A Change is what was done otherwise because of what was said.
type Change struct {
	Head
	Said ID     `json:"said,omitempty" ref:"said"`
	In   string `json:"in" need:"yes"` // the protocol, training or policy
	At   When   `json:"at"`
	Text Text   `json:"text" need:"yes"`
}

// A DialogueRecord is everything told of one dialogue.
type DialogueRecord struct {
	Dialogue Dialogue        `json:"dialogue"`
	Seats    []*Seat         `json:"seats,omitempty"`
	Said     []*Said         `json:"said,omitempty"`
	Stances  []*Stance       `json:"stances,omitempty"`
	Promises []*Promise      `json:"promises,omitempty"`
	Checks   []*PromiseCheck `json:"checks,omitempty"`
	Changes  []*Change       `json:"changes,omitempty"`
}

var dialogueSlots = []slot[DialogueRecord]{
	{KindDialogue, "dialogue", func() Entry { return new(Dialogue) },
		func(r *DialogueRecord) []Entry { return []Entry{&r.Dialogue} },
		func(r *DialogueRecord, e Entry) { r.Dialogue = *e.(*Dialogue) }, nil},
	listSlot("seat", "seats", func(r *DialogueRecord) *[]*Seat { return &r.Seats }),
	listSlot("said", "said", func(r *DialogueRecord) *[]*Said { return &r.Said }),
	listSlot("stance", "stances", func(r *DialogueRecord) *[]*Stance { return &r.Stances }),
	listSlot("promise", "promises", func(r *DialogueRecord) *[]*Promise { return &r.Promises }),
	listSlot("promise_check", "checks", func(r *DialogueRecord) *[]*PromiseCheck { return &r.Checks }),
	listSlot("change", "changes", func(r *DialogueRecord) *[]*Change { return &r.Changes }),
}

// Entries returns every entry of the dialogue's record, kind by kind.
func (r *DialogueRecord) Entries() []Entry { return entries(r, dialogueSlots) }

// Put adds an entry to the dialogue's record, or replaces the one with its id.
func (r *DialogueRecord) Put(e Entry) { slotOf(dialogueSlots, e).put(r, e) }

// Append is Put for an entry of which the record has none with the id.
func (r *DialogueRecord) Append(e Entry) { slotOf(dialogueSlots, e).append(r, e) }

// Find returns the entry with the id, or nil.
func (r *DialogueRecord) Find(id ID) Entry { return found(r.Entries(), id) }

// PathOf returns where an entry stands in the record, as Check writes it.
func (r *DialogueRecord) PathOf(id ID) string { return pathOf(r, dialogueSlots, id) }

// Check returns Problems when the dialogue's record holds what cannot be:
// words of nobody, an answer to itself, two stances of one organisation on one
// point.
func (r *DialogueRecord) Check() error {
	ps := checkAll(r, dialogueSlots)
	for i, e := range r.Said {
		if e.Speaker == "" && e.By == "" {
			ps = append(ps, Invalid(slotPath("said", i)+".by", "problem.needed"))
		}
		if e.To != "" && e.To == e.ID {
			ps = append(ps, Invalid(slotPath("said", i)+".to", "problem.no_such", "What", "said", "Got", e.To))
		}
	}
	for i, e := range r.Promises {
		if e.Speaker == "" && e.By == "" {
			ps = append(ps, Invalid(slotPath("promises", i)+".by", "problem.needed"))
		}
	}
	type view struct{ said, speaker ID }
	held := map[view]bool{}
	for i, e := range r.Stances {
		v := view{e.Said, e.Speaker}
		if held[v] {
			ps = append(ps, Invalid(slotPath("stances", i)+".said", "problem.stance_twice"))
		}
		held[v] = true
	}
	return ps.orNil()
}

// Name returns what the dialogue is called.
func (r *DialogueRecord) Name() string { return r.Dialogue.Title }

// From returns where the dialogue comes from.
func (r *DialogueRecord) From() Origin { return r.Dialogue.Origin }

// Sees returns the deed of reading it.
func (r *DialogueRecord) Sees() Deed { return SeeDialogues }

// MaySee reports whether the actor may read the dialogue.
func (r *DialogueRecord) MaySee(a Actor) bool {
	return May(a, r.Sees(), a.bondToDialogue(r))
}

// bondToDialogue returns the actor's bond: the convener's organisation, and
// each with a seat, took part.
func (a Actor) bondToDialogue(r *DialogueRecord) Bond {
	for _, s := range r.Seats {
		if a.Organisation != "" && s.Organisation == a.Organisation {
			return TookPart
		}
	}
	if a.Organisation != "" && r.Dialogue.Convener == a.Organisation {
		return TookPart
	}
	return a.bondToOrigin(r.Dialogue.Origin)
}

// A word is an entry that is somebody's own: no one else writes it.
type word interface{ of() ID }

func (e *Said) of() ID         { return e.Speaker }
func (e *Stance) of() ID       { return e.Speaker }
func (e *Promise) of() ID      { return e.Speaker }
func (e *PromiseCheck) of() ID { return e.Speaker }

func speakerOf(e Entry) ID {
	if w, is := e.(word); is {
		return w.of()
	}
	return ""
}

// Allow says whether the actor may add or change an entry. What an
// organisation says, holds, promises or finds is its own, whoever convened.
// The convener keeps the rest, and writes down those who have no access.
func (r *DialogueRecord) Allow(a Actor, e Entry) error {
	old := r.Find(HeadOf(e).ID)
	_, stance := e.(*Stance)
	_, check := e.(*PromiseCheck)
	if speaker := speakerOf(e); stance || check || speaker != "" || speakerOf(old) != "" {
		if err := allowOwn(a, Speak, old, speaker, speakerOf); err != nil {
			return err
		}
		return Allow(a, Speak, a.bondToDialogue(r))
	}
	convener := r.Dialogue.Convener
	if d, is := e.(*Dialogue); is {
		if r.Dialogue.ID != "" && (r.Dialogue.Origin != d.Origin || convener != d.Convener) {
			return refused("problem.refused_origin")
		}
		convener = d.Convener
	}
	if a.Organisation == "" || convener != a.Organisation {
		return Forbidden(Convene)
	}
	return Allow(a, Convene, TookPart)
}

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

// A Said is something that somebody said in a dialogue. It is its teller's.
type Said struct {
	Head
	Organisation ID       `json:"organisation,omitempty" ref:"organisation"`
	By           string   `json:"by" need:"yes"`
	Kind         SaidKind `json:"kind" need:"yes"`
	Text         Text     `json:"text" need:"yes"`
}

// SaidKind is a sort of thing said.
type SaidKind string

func (SaidKind) Values() []string {
	return []string{"statement", "concern", "question", "finding", "fact", "aim", "request"}
}

// A Stance is what one organisation holds of something said. Whether a point
// is agreed on follows from the stances (see DialogueRecord.Agreed).
type Stance struct {
	Head
	Said         ID     `json:"said" need:"yes" ref:"said"`
	Organisation ID     `json:"organisation" need:"yes" ref:"organisation"`
	Holds        Answer `json:"holds" need:"yes"`
	At           When   `json:"at"`
	Text         Text   `json:"text,omitempty"` // what would settle it
}

// A Promise is what somebody undertook to do, and by when.
type Promise struct {
	Head
	Organisation ID     `json:"organisation,omitempty" ref:"organisation"`
	By           string `json:"by" need:"yes"`
	Said         ID     `json:"said,omitempty" ref:"said"` // the point that it answers
	Text         Text   `json:"text" need:"yes"`
	Due          When   `json:"due"`
}

// A PromiseCheck says whether a promise was kept, as somebody found it.
type PromiseCheck struct {
	Head
	Promise      ID     `json:"promise" need:"yes" ref:"promise"`
	Organisation ID     `json:"organisation" need:"yes" ref:"organisation"` // that looked
	Kept         Answer `json:"kept" need:"yes"`
	At           When   `json:"at"`
	Text         Text   `json:"text,omitempty"`
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

// Check returns Problems when the dialogue's record holds what cannot be.
func (r *DialogueRecord) Check() error { return checkAll(r, dialogueSlots).orNil() }

// Name returns what the dialogue is called.
func (r *DialogueRecord) Name() string { return r.Dialogue.Title }

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

// Allow says whether the actor may add or change an entry. The convener keeps
// who was asked, what was promised and what was changed; what somebody says,
// holds or finds is their own.
func (r *DialogueRecord) Allow(a Actor, e Entry) error {
	own := func(org ID) error {
		return allowOwn(a, Speak, r.Find(HeadOf(e).ID), org, func(old Entry) ID {
			switch old := old.(type) {
			case *Said:
				return old.Organisation
			case *Stance:
				return old.Organisation
			case *PromiseCheck:
				return old.Organisation
			}
			return ""
		})
	}
	switch e := e.(type) {
	case *Said:
		if e.Organisation != "" && e.Organisation != r.Dialogue.Convener {
			return own(e.Organisation)
		}
	case *Stance:
		return own(e.Organisation)
	case *PromiseCheck:
		return own(e.Organisation)
	case *Dialogue:
		if was := r.Dialogue; was.ID != "" && (was.Origin != e.Origin || was.Convener != e.Convener) {
			return refused("problem.refused_origin")
		}
	}
	bond := Stranger
	if a.Organisation != "" && r.Dialogue.Convener == a.Organisation {
		bond = TookPart
	}
	return Allow(a, Convene, bond)
}

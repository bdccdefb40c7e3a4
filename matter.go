package plumbline

const KindMatter Kind = "matter"

// AnswerDays is how long an answer to a matter is waited for where no day is
// given. No source gives the number.
const AnswerDays = 30

// A Matter is something that one organisation raised and another owes an
// answer to: a criticism, an incident that nobody has looked into, abuse that
// was seen and reported, a demand, a proposal. It accuses no person: who was
// harmed by whom belongs in a complaint.
type Matter struct {
	Head
	Title    string     `json:"title" need:"yes"`
	Origin   Origin     `json:"origin" need:"yes"`
	Kind     MatterKind `json:"kind" need:"yes"`
	RaisedBy ID         `json:"raised_by" need:"yes" ref:"organisation" own:"yes"`
	PutBy    string     `json:"put_by,omitempty"`                // who within or behind it
	To       ID         `json:"to,omitempty" ref:"organisation"` // who owes the answer
	At       When       `json:"at" need:"yes"`
	Due      When       `json:"due"`                // AnswerDays after it was raised where no day is given
	Document string     `json:"document,omitempty"` // what it is about: a document, or a claim (C-B62)
	Text     Text       `json:"text" need:"yes"`
	Aims     Text       `json:"aims,omitempty"`                    // of a proposal, as the fields that follow
	Work     []Work     `json:"work,omitempty"`                    // what it would pay for
	Instead  ID         `json:"instead,omitempty" ref:"programme"` // in place of which programme
	Amount   Amount     `json:"amount,omitempty"`
	Currency Currency   `json:"currency,omitempty"`
}

// MatterKind is a sort of Matter.
type MatterKind string

// A Demand asks somebody to do or say something. Nobody has to: it is shown
// with its answer, and is never overdue.
const Demand MatterKind = "demand"

func (MatterKind) Values() []string {
	return []string{"criticism", "incident", "abuse_reported", string(Demand), "proposal"}
}

// An Answering is what was answered, and whether anything was changed.
type Answering struct {
	Head
	Organisation ID     `json:"organisation" need:"yes" ref:"organisation" own:"yes"`
	At           When   `json:"at" need:"yes"`
	Accepted     Answer `json:"accepted,omitempty"`
	Changed      Answer `json:"changed,omitempty"`
	Text         Text   `json:"text" need:"yes"`
}

// A Look is somebody looking into a matter, or trying a proposal, and what
// they found.
type Look struct {
	Head
	Organisation ID       `json:"organisation" need:"yes" ref:"organisation" own:"yes"`
	At           When     `json:"at" need:"yes"`
	Independent  Answer   `json:"independent,omitempty"` // of whom it is about
	Changed      Answer   `json:"changed,omitempty"`     // whether it did change, as they saw
	Found        Text     `json:"found" need:"yes"`
	Amount       Amount   `json:"amount,omitempty"` // what a proposal cost that was tried
	Currency     Currency `json:"currency,omitempty"`
	Served       Count    `json:"served"` // people reached by it
}

// A MatterRecord is everything told of one matter.
type MatterRecord struct {
	Matter  Matter       `json:"matter"`
	Answers []*Answering `json:"answers,omitempty"`
	Looks   []*Look      `json:"looks,omitempty"`
}

var matterSlots = []slot[MatterRecord]{
	{KindMatter, "matter", func() Entry { return new(Matter) },
		func(r *MatterRecord) []Entry { return []Entry{&r.Matter} },
		func(r *MatterRecord, e Entry) { r.Matter = *e.(*Matter) }, nil},
	listSlot("answering", "answers", func(r *MatterRecord) *[]*Answering { return &r.Answers }),
	listSlot("look", "looks", func(r *MatterRecord) *[]*Look { return &r.Looks }),
}

// Entries returns every entry of the matter's record, kind by kind.
func (r *MatterRecord) Entries() []Entry { return entries(r, matterSlots) }

// Put adds an entry to the matter's record, or replaces the one with its id.
func (r *MatterRecord) Put(e Entry) { slotOf(matterSlots, e).put(r, e) }

// Append is Put for an entry of which the record has none with the id.
func (r *MatterRecord) Append(e Entry) { slotOf(matterSlots, e).append(r, e) }

// Find returns the entry with the id, or nil.
func (r *MatterRecord) Find(id ID) Entry { return found(r.Entries(), id) }

// PathOf returns where an entry stands in the record, as Check writes it.
func (r *MatterRecord) PathOf(id ID) string { return pathOf(r, matterSlots, id) }

// Check returns Problems when the matter's record holds what cannot be.
func (r *MatterRecord) Check() error {
	ps := checkAll(r, matterSlots)
	if len(ps) == 0 {
		ps = append(ps, money(r.Matter.Amount, r.Matter.Currency, "matter")...)
		ps = append(ps, ends(r.Matter.At, r.Matter.Due, "matter", 0, "due")...)
		for i, a := range r.Answers {
			ps = append(ps, afterRaised(&r.Matter, a.At, "answers", i)...)
		}
		for i, l := range r.Looks {
			ps = append(ps, afterRaised(&r.Matter, l.At, "looks", i)...)
			ps = append(ps, money(l.Amount, l.Currency, slotPath("looks", i))...)
		}
	}
	return ps.orNil()
}

// afterRaised refuses what was certainly before the matter was raised.
func afterRaised(m *Matter, at When, list string, i int) Problems {
	if at.Before(m.At) != Yes {
		return nil
	}
	return Problems{Invalid(slotPath(list, i)+".at", "problem.before_raised", "Got", at, "Want", m.At)}
}

// Name returns what the matter is called.
func (r *MatterRecord) Name() string { return r.Matter.Title }

// From returns where the matter comes from.
func (r *MatterRecord) From() Origin { return r.Matter.Origin }

// Sees returns the deed of reading it.
func (r *MatterRecord) Sees() Deed { return SeeMatters }

// MaySee reports whether the actor may read the matter.
func (r *MatterRecord) MaySee(a Actor) bool { return May(a, r.Sees(), a.bondToMatter(r)) }

// bondToMatter returns the actor's bond: who raised it, and who owes the
// answer, took part.
func (a Actor) bondToMatter(r *MatterRecord) Bond {
	if a.Organisation != "" && (r.Matter.RaisedBy == a.Organisation || r.Matter.To == a.Organisation) {
		return TookPart
	}
	return a.bondToOrigin(r.Matter.Origin)
}

// Allow says whether the actor may add or change an entry. A matter is its
// raiser's, an answer is the one's who answers, and what somebody found is
// theirs: none changes another.
func (r *MatterRecord) Allow(a Actor, e Entry) error {
	owner := func(e Entry) ID {
		switch e := e.(type) {
		case *Matter:
			return e.RaisedBy
		case *Answering:
			return e.Organisation
		case *Look:
			return e.Organisation
		}
		return ""
	}
	old := r.Find(HeadOf(e).ID)
	if m, is := e.(*Matter); is && old != nil && r.Matter.Origin != m.Origin {
		return refused("problem.refused_origin")
	}
	return allowOwn(a, RaiseMatter, old, owner(e), owner)
}

package plumbline

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// A Kind names a sort of entry. The kinds of an operation's record belong to
// the operation, those of a unit's record to the unit.
type Kind string

const (
	KindOperation    Kind = "operation"
	KindUnit         Kind = "unit"
	KindOrganisation Kind = "organisation"
	KindProgramme    Kind = "programme"
	KindPlan         Kind = "plan"
	KindPresence     Kind = "presence"
	KindDecision     Kind = "decision"
	KindMovement     Kind = "movement"
	KindAccount      Kind = "account"
	KindNote         Kind = "note"
)

// A Record is everything known of one operation. Its lists are in the order
// in which the entries were first written.
type Record struct {
	RecordedBy ID            `json:"-"` // the organisation that recorded it first on this site; who keeps the record knows
	Operation  Operation     `json:"operation"`
	Plan       *Plan         `json:"plan,omitempty"`
	Labels     []*Label      `json:"labels,omitempty"`
	Initiators []*Initiator  `json:"initiators,omitempty"`
	Agencies   []*Agency     `json:"agencies,omitempty"`
	Attendance []*Attendance `json:"attendance,omitempty"`
	Steps      []*StepTaken  `json:"steps,omitempty"`
	Presences  []*Presence   `json:"presences,omitempty"`
	Decisions  []*Decision   `json:"decisions,omitempty"`
	Movements  []*Movement   `json:"movements,omitempty"`
	Force      []*Force      `json:"force,omitempty"`
	Injuries   []*Injury     `json:"injuries,omitempty"`
	Closures   []*Closure    `json:"closures,omitempty"`
	Interviews []*Interview  `json:"interviews,omitempty"`
	Events     []*Event      `json:"events,omitempty"`
	Accounts   []*Account    `json:"accounts,omitempty"`
	Debriefs   []*Debrief    `json:"debriefs,omitempty"`
	Fundings   []*Funding    `json:"fundings,omitempty"`
	Notes      []*Note       `json:"notes,omitempty"`
}

// A UnitRecord is everything known of one unit.
type UnitRecord struct {
	Unit      Unit         `json:"unit"`
	Commands  []*Command   `json:"commands,omitempty"`
	Trainings []*Training  `json:"trainings,omitempty"`
	Transfers []*Transfer  `json:"transfers,omitempty"`
	Events    []*UnitEvent `json:"events,omitempty"`
}

// An OrganisationRecord is everything known of one organisation.
type OrganisationRecord struct {
	Organisation  Organisation    `json:"organisation"`
	Publications  []*Publication  `json:"publications,omitempty"`
	MediaRequests []*MediaRequest `json:"media_requests,omitempty"`
	Hearings      []*Hearing      `json:"hearings,omitempty"`
	Members       []*Members      `json:"members,omitempty"`
}

// A ProgrammeRecord is everything known of one programme.
type ProgrammeRecord struct {
	RecordedBy  ID                  `json:"-"` // the organisation that recorded it first on this site
	Programme   Programme           `json:"programme"`
	Targets     []*Target           `json:"targets,omitempty"`
	Definitions []*TargetDefinition `json:"definitions,omitempty"`
	Objections  []*Objection        `json:"objections,omitempty"`
	Replies     []*Reply            `json:"replies,omitempty"`
	Spending    []*Spending         `json:"spending,omitempty"`
}

// A slot is where the entries of one kind stand in a record of type R.
type slot[R any] struct {
	kind Kind
	list string // the name of the list in files and messages
	make func() Entry
	all  func(*R) []Entry
	put  func(*R, Entry)
	add  func(*R, Entry)
}

func listSlot[R, T any, P interface {
	*T
	Entry
}](kind Kind, list string, at func(*R) *[]P) slot[R] {
	return slot[R]{
		kind: kind, list: list,
		make: func() Entry { return P(new(T)) },
		all: func(r *R) []Entry {
			entries := make([]Entry, len(*at(r)))
			for i, e := range *at(r) {
				entries[i] = e
			}
			return entries
		},
		put: func(r *R, e Entry) {
			entries := at(r)
			i := slices.IndexFunc(*entries, func(old P) bool { return old.head().ID == e.head().ID })
			if i < 0 {
				*entries = append(*entries, e.(P))
				return
			}
			(*entries)[i] = e.(P)
		},
		add: func(r *R, e Entry) { *at(r) = append(*at(r), e.(P)) },
	}
}

var operationSlots = []slot[Record]{
	{KindOperation, "operation", func() Entry { return new(Operation) },
		func(r *Record) []Entry { return []Entry{&r.Operation} },
		func(r *Record, e Entry) { r.Operation = *e.(*Operation) }, nil},
	{KindPlan, "plan", func() Entry { return new(Plan) },
		func(r *Record) []Entry {
			if r.Plan == nil {
				return nil
			}
			return []Entry{r.Plan}
		},
		func(r *Record, e Entry) { r.Plan = e.(*Plan) }, nil},
	listSlot("label", "labels", func(r *Record) *[]*Label { return &r.Labels }),
	listSlot("initiator", "initiators", func(r *Record) *[]*Initiator { return &r.Initiators }),
	listSlot("agency", "agencies", func(r *Record) *[]*Agency { return &r.Agencies }),
	listSlot("attendance", "attendance", func(r *Record) *[]*Attendance { return &r.Attendance }),
	listSlot("step", "steps", func(r *Record) *[]*StepTaken { return &r.Steps }),
	listSlot(KindPresence, "presences", func(r *Record) *[]*Presence { return &r.Presences }),
	listSlot(KindDecision, "decisions", func(r *Record) *[]*Decision { return &r.Decisions }),
	listSlot(KindMovement, "movements", func(r *Record) *[]*Movement { return &r.Movements }),
	listSlot("force", "force", func(r *Record) *[]*Force { return &r.Force }),
	listSlot("injury", "injuries", func(r *Record) *[]*Injury { return &r.Injuries }),
	listSlot("closure", "closures", func(r *Record) *[]*Closure { return &r.Closures }),
	listSlot("interview", "interviews", func(r *Record) *[]*Interview { return &r.Interviews }),
	listSlot("event", "events", func(r *Record) *[]*Event { return &r.Events }),
	listSlot(KindAccount, "accounts", func(r *Record) *[]*Account { return &r.Accounts }),
	listSlot("debrief", "debriefs", func(r *Record) *[]*Debrief { return &r.Debriefs }),
	listSlot("funding", "fundings", func(r *Record) *[]*Funding { return &r.Fundings }),
	listSlot(KindNote, "notes", func(r *Record) *[]*Note { return &r.Notes }),
}

var unitSlots = []slot[UnitRecord]{
	{KindUnit, "unit", func() Entry { return new(Unit) },
		func(r *UnitRecord) []Entry { return []Entry{&r.Unit} },
		func(r *UnitRecord, e Entry) { r.Unit = *e.(*Unit) }, nil},
	listSlot("command", "commands", func(r *UnitRecord) *[]*Command { return &r.Commands }),
	listSlot("training", "trainings", func(r *UnitRecord) *[]*Training { return &r.Trainings }),
	listSlot("transfer", "transfers", func(r *UnitRecord) *[]*Transfer { return &r.Transfers }),
	listSlot("unit_event", "events", func(r *UnitRecord) *[]*UnitEvent { return &r.Events }),
}

var organisationSlots = []slot[OrganisationRecord]{
	{KindOrganisation, "organisation", func() Entry { return new(Organisation) },
		func(r *OrganisationRecord) []Entry { return []Entry{&r.Organisation} },
		func(r *OrganisationRecord, e Entry) { r.Organisation = *e.(*Organisation) }, nil},
	listSlot("publication", "publications", func(r *OrganisationRecord) *[]*Publication { return &r.Publications }),
	listSlot("media_request", "media_requests", func(r *OrganisationRecord) *[]*MediaRequest { return &r.MediaRequests }),
	listSlot("hearing", "hearings", func(r *OrganisationRecord) *[]*Hearing { return &r.Hearings }),
	listSlot("members", "members", func(r *OrganisationRecord) *[]*Members { return &r.Members }),
}

var programmeSlots = []slot[ProgrammeRecord]{
	{KindProgramme, "programme", func() Entry { return new(Programme) },
		func(r *ProgrammeRecord) []Entry { return []Entry{&r.Programme} },
		func(r *ProgrammeRecord, e Entry) { r.Programme = *e.(*Programme) }, nil},
	listSlot("target", "targets", func(r *ProgrammeRecord) *[]*Target { return &r.Targets }),
	listSlot("definition", "definitions", func(r *ProgrammeRecord) *[]*TargetDefinition { return &r.Definitions }),
	listSlot("objection", "objections", func(r *ProgrammeRecord) *[]*Objection { return &r.Objections }),
	listSlot("reply", "replies", func(r *ProgrammeRecord) *[]*Reply { return &r.Replies }),
	listSlot("spending", "spending", func(r *ProgrammeRecord) *[]*Spending { return &r.Spending }),
}

// A Dossier is everything known of one subject: its own entry and the entries
// that belong to it, in the order in which they were first written.
type Dossier interface {
	Entries() []Entry // kind by kind, the subject's own first
	Put(Entry)        // adds one, or replaces the one with its id
	Append(Entry)     // adds one of which there is none with the id
	Find(ID) Entry    // or nil
	PathOf(ID) string // where an entry stands, as Check writes it
	Check() error     // Problems, when it holds what cannot be
}

// A Shared dossier is one that several organisations write, each its own part.
type Shared interface {
	Dossier
	Name() string
	From() Origin
	Sees() Deed // what an actor must be able to do to read it
	MaySee(Actor) bool
	Allow(Actor, Entry) error // whether the actor may add the entry, or put it for the one with its id
}

// A subject is a kind of which each has a record of its own.
type subject struct {
	kinds  []Kind // of entry that belong to it, its own first
	entry  func(Kind) Entry
	record func() Dossier
}

func subjectOf[R any, P interface {
	*R
	Dossier
}](slots []slot[R]) subject {
	return subject{kindsIn(slots), func(k Kind) Entry { return newIn(slots, k) }, func() Dossier { return P(new(R)) }}
}

var subjects = []subject{
	subjectOf(operationSlots), subjectOf(unitSlots), subjectOf(organisationSlots), subjectOf(programmeSlots),
	subjectOf(studySlots), subjectOf(areaSlots), subjectOf(dialogueSlots), subjectOf(matterSlots),
}

// Subjects returns the kinds of which each has a record of its own.
func Subjects() (kinds []Kind) {
	for _, s := range subjects {
		kinds = append(kinds, s.kinds[0])
	}
	return kinds
}

// Kinds returns the kinds of entry that belong to a subject (see Subjects),
// the subject's own first.
func Kinds(of Kind) []Kind {
	for _, s := range subjects {
		if s.kinds[0] == of {
			return s.kinds
		}
	}
	return nil
}

// NewDossier returns an empty dossier of a subject, or nil when there is no
// such subject.
func NewDossier(of Kind) Dossier {
	for _, s := range subjects {
		if s.kinds[0] == of {
			return s.record()
		}
	}
	return nil
}

func kindsIn[R any](slots []slot[R]) (kinds []Kind) {
	for _, s := range slots {
		kinds = append(kinds, s.kind)
	}
	return kinds
}

// SubjectOf returns the subject to which a kind belongs, and false for a kind
// that does not exist.
func SubjectOf(kind Kind) (Kind, bool) {
	for _, s := range subjects {
		if slices.Contains(s.kinds, kind) {
			return s.kinds[0], true
		}
	}
	return "", false
}

// NewEntry returns an empty entry of the kind, or nil when there is no such
// kind.
func NewEntry(kind Kind) Entry {
	for _, s := range subjects {
		if e := s.entry(kind); e != nil {
			return e
		}
	}
	return nil
}

func newIn[R any](slots []slot[R], kind Kind) Entry {
	for _, s := range slots {
		if s.kind == kind {
			return s.make()
		}
	}
	return nil
}

// kindOf holds the kind of every type of entry.
var kindOf = func() map[reflect.Type]Kind {
	kinds := map[reflect.Type]Kind{}
	for _, s := range subjects {
		for _, k := range s.kinds {
			kinds[reflect.TypeOf(s.entry(k))] = k
		}
	}
	return kinds
}()

// KindOf returns the kind of an entry.
func KindOf(e Entry) Kind {
	if k, ok := kindOf[reflect.TypeOf(e)]; ok {
		return k
	}
	panic(fmt.Sprintf("plumbline: an entry of no kind: %T", e))
}

// Entries returns every entry of the record, kind by kind.
func (r *Record) Entries() []Entry { return entries(r, operationSlots) }

// Entries returns every entry of the unit's record, kind by kind.
func (r *UnitRecord) Entries() []Entry { return entries(r, unitSlots) }

// Entries returns every entry of the organisation's record, kind by kind.
func (r *OrganisationRecord) Entries() []Entry { return entries(r, organisationSlots) }

// Entries returns every entry of the programme's record, kind by kind.
func (r *ProgrammeRecord) Entries() []Entry { return entries(r, programmeSlots) }

func entries[R any](r *R, slots []slot[R]) (all []Entry) {
	for _, s := range slots {
		all = append(all, s.all(r)...)
	}
	return all
}

// EntriesOf returns the record's entries of one kind, in order.
func (r *Record) EntriesOf(kind Kind) []Entry {
	for _, s := range operationSlots {
		if s.kind == kind {
			return s.all(r)
		}
	}
	return nil
}

// Put adds an entry to the record, or replaces the one with its id. The entry
// is kept, not copied. A kind that is not an operation's is a programming
// error and panics.
func (r *Record) Put(e Entry) { slotOf(operationSlots, e).put(r, e) }

// Put adds an entry to the unit's record, or replaces the one with its id.
func (r *UnitRecord) Put(e Entry) { slotOf(unitSlots, e).put(r, e) }

// Put adds an entry to the organisation's record, or replaces the one with its
// id.
func (r *OrganisationRecord) Put(e Entry) { slotOf(organisationSlots, e).put(r, e) }

// Put adds an entry to the programme's record, or replaces the one with its id.
func (r *ProgrammeRecord) Put(e Entry) { slotOf(programmeSlots, e).put(r, e) }

// Append is Put for an entry of which the record has none with the id, and
// does not look for one: a record of thousands of entries is put together in
// no time.
func (r *Record) Append(e Entry) { slotOf(operationSlots, e).append(r, e) }

// Append is Put for an entry of which the record has none with the id.
func (r *UnitRecord) Append(e Entry) { slotOf(unitSlots, e).append(r, e) }

// Append is Put for an entry of which the record has none with the id.
func (r *OrganisationRecord) Append(e Entry) { slotOf(organisationSlots, e).append(r, e) }

// Append is Put for an entry of which the record has none with the id.
func (r *ProgrammeRecord) Append(e Entry) { slotOf(programmeSlots, e).append(r, e) }

func (s slot[R]) append(r *R, e Entry) {
	if s.add == nil { // there is one at most
		s.put(r, e)
		return
	}
	s.add(r, e)
}

func slotOf[R any](slots []slot[R], e Entry) slot[R] {
	kind := KindOf(e)
	for _, s := range slots {
		if s.kind == kind {
			return s
		}
	}
	panic("plumbline: a " + string(kind) + " does not belong in this record")
}

// Find returns the entry with the id, or nil.
func (r *Record) Find(id ID) Entry { return found(r.Entries(), id) }

// Find returns the entry with the id, or nil.
func (r *UnitRecord) Find(id ID) Entry { return found(r.Entries(), id) }

// Find returns the entry with the id, or nil.
func (r *OrganisationRecord) Find(id ID) Entry { return found(r.Entries(), id) }

// Find returns the entry with the id, or nil.
func (r *ProgrammeRecord) Find(id ID) Entry { return found(r.Entries(), id) }

func found(entries []Entry, id ID) Entry {
	for _, e := range entries {
		if e.head().ID == id {
			return e
		}
	}
	return nil
}

// Check returns Problems when the record holds what cannot be: an answer that
// is not one, more people entered than met, a movement before the operation.
// What else is computed from a record is for one that Check accepts.
func (r *Record) Check() error {
	ps := checkAll(r, operationSlots)
	if len(ps) == 0 { // the rules below read fields that are sound
		ps = append(ps, r.checkPeople()...)
		ps = append(ps, r.checkTimes()...)
		ps = append(ps, r.checkDecisions()...)
		ps = append(ps, r.checkHandovers()...)
	}
	return ps.orNil()
}

// Check returns Problems when the unit's record holds what cannot be.
func (r *UnitRecord) Check() error {
	ps := checkAll(r, unitSlots)
	if len(ps) == 0 {
		for i, c := range r.Commands {
			ps = append(ps, ends(c.From, c.Until, "commands", i, "until")...)
		}
		ps = append(ps, ends(r.Unit.Created, r.Unit.Ended, "unit", 0, "ended")...)
	}
	return ps.orNil()
}

// Check returns Problems when the organisation's record holds what cannot be.
func (r *OrganisationRecord) Check() error {
	ps := checkAll(r, organisationSlots)
	if len(ps) == 0 {
		ps = append(ProblemsOf(CheckOrganisation(&r.Organisation)), r.checkStories()...)
	}
	return ps.orNil()
}

// Check returns Problems when the programme's record holds what cannot be.
func (r *ProgrammeRecord) Check() error {
	ps := checkAll(r, programmeSlots)
	if len(ps) == 0 {
		ps = r.checkProgramme()
	}
	return ps.orNil()
}

// CheckOrganisation returns Problems when the organisation holds what cannot
// be.
func CheckOrganisation(o *Organisation) error {
	ps := checkFields(o)
	for i, t := range o.Ties {
		ps = append(ps, ends(t.From, t.Until, "ties", i, "until")...)
	}
	return ps.orNil()
}

func checkAll[R any](r *R, slots []slot[R]) (ps Problems) {
	local := map[Kind]map[ID]bool{}
	seen := map[ID]bool{}
	for _, s := range slots {
		entries := s.all(r)
		if len(entries) > MaxEntries {
			return Problems{Invalid(s.list, "problem.too_many", "Want", MaxEntries)}
		}
		local[s.kind] = make(map[ID]bool, len(entries))
		for i, e := range entries {
			id := e.head().ID
			if seen[id] {
				ps = append(ps, Invalid("id", "problem.same_id", "Got", id).In(slotPath(s.list, i)))
			}
			seen[id], local[s.kind][id] = true, true
			for _, p := range checkFields(e) {
				ps = append(ps, p.In(slotPath(s.list, i)))
			}
		}
	}
	for _, s := range slots {
		for i, e := range s.all(r) {
			for _, ref := range Refs(e) {
				if ids, here := local[ref.Kind]; here && !slices.Contains(Subjects(), ref.Kind) && !ids[ref.ID] {
					ps = append(ps, Invalid(ref.Field, "problem.no_such", "What", ref.Kind, "Got", ref.ID).In(slotPath(s.list, i)))
				}
			}
		}
	}
	return ps
}

func slotPath(list string, i int) string {
	switch list {
	case "operation", "plan", "unit", "programme", "area", "dialogue", "matter":
		return list
	case "organisation": // stands in files by itself, without its stories
		return ""
	}
	return list + "[" + strconv.Itoa(i) + "]"
}

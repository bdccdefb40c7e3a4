package plumbline

// An ID names a record. It is made where the record is first written, by the
// form or the file, so that sending twice is harmless. It holds lower-case
// letters, digits and hyphens, at most 64, and never a name of a person.
type ID string

// Text is prose of up to some pages; string is one line.
type Text string

// A Head stands at the top of every entry of a record.
type Head struct {
	ID      ID       `json:"id"`
	Sources []string `json:"sources,omitempty"` // claim ids (C-B62), or where else this is told
	Note    Text     `json:"note,omitempty"`
}

// An Entry is one row of the record: it has a head, a kind (see Kinds), and
// versions that the store keeps.
type Entry interface{ head() *Head }

func (h *Head) head() *Head { return h }

// HeadOf returns the head of an entry, to read or to fill.
func HeadOf(e Entry) *Head { return e.head() }

// An Operation is one event in which an authority, or private persons, met
// people; or, when Covers says so, a series of which nobody has told the
// parts. Its kind is computed from Criteria (see Record.Kind), never typed.
type Operation struct {
	Head
	Title        string     `json:"title" need:"yes"`
	Origin       Origin     `json:"origin" need:"yes"`
	Country      string     `json:"country,omitempty"`
	Place        string     `json:"place,omitempty"` // town or district, never an address
	Began        When       `json:"began"`
	Ended        When       `json:"ended"`
	Covers       Count      `json:"covers"` // how many operations this entry stands for
	Unit         ID         `json:"unit,omitempty" ref:"unit"`
	Sector       Sector     `json:"sector,omitempty"`
	Summary      Text       `json:"summary,omitempty"`
	Criteria     Criteria   `json:"criteria"`
	Authority    Authority  `json:"authority"`
	HeadCount    Count      `json:"head_count"`
	CountedBy    string     `json:"counted_by,omitempty"`
	Result       Text       `json:"result,omitempty"`
	ServiceMode  Mode       `json:"service_mode,omitempty"`
	Contradicts  []string   `json:"contradictions,omitempty"` // points on which the documents differ
	SameEpisode  []SameAs   `json:"same_episode,omitempty"`
	NotTold      []string   `json:"not_told,omitempty"` // what nobody has told, said openly
	DebriefDueIn DebriefDue `json:"debrief_due_days,omitempty"`
}

// Series reports whether the entry stands for several operations, of which
// nobody has told the parts. Its people may be met in other entries too.
func (o *Operation) Series() bool { return o.Covers.Min() > 1 }

// DebriefDue is the number of days after which a debrief is due; 0 means 14.
type DebriefDue int

// SameAs links one telling to another that is, or may be, of the same event.
type SameAs struct {
	Operation ID        `json:"operation,omitempty"`
	Claim     string    `json:"claim,omitempty"`
	Certainty Certainty `json:"certainty" need:"yes"`
	Why       string    `json:"why,omitempty"`
}

// Criteria decide the kind of an operation. Each is a fact that somebody can
// check; none is a word for the operation.
type Criteria struct {
	Aim         Aim        `json:"aim,omitempty"`
	NamedTarget Answer     `json:"named_target,omitempty"` // a person, child or venue named before
	Entered     Answer     `json:"entered,omitempty"`      // a place was entered
	Questioned  Questioned `json:"questioned,omitempty"`
	Police      Answer     `json:"police,omitempty"`      // police or military police took part
	Private     Answer     `json:"private,omitempty"`     // private persons acted themselves
	Immigration Answer     `json:"immigration,omitempty"` // immigration officers took part, or status was the aim
	Payment     Answer     `json:"payment,omitempty"`     // money was asked for letting people go
	Joint       Answer     `json:"joint,omitempty"`       // social services took part in planning
}

// An Authority is the warrant or power on which an operation acted.
type Authority struct {
	Kind      AuthorityKind `json:"kind,omitempty"`
	Issuer    string        `json:"issuer,omitempty"`
	Ground    string        `json:"ground,omitempty"`
	Scope     string        `json:"scope,omitempty"`
	Issued    When          `json:"issued"`
	Expires   When          `json:"expires"`
	Reference string        `json:"reference,omitempty"`
}

// A Plan is what was meant to happen. It is fixed when the operation begins:
// what is written later stands beside it with its date.
type Plan struct {
	Head
	Purpose          Text   `json:"purpose,omitempty"`
	Target           string `json:"target,omitempty"`
	ExpectedChildren Count  `json:"expected_children"`
	ExpectedAdults   Count  `json:"expected_adults"`
	Languages        string `json:"languages,omitempty"`
	Beds             Count  `json:"beds"`
	ServiceMode      Mode   `json:"service_mode,omitempty"`
	Risks            Text   `json:"risks,omitempty"`
	HarmOfActing     Text   `json:"harm_of_acting,omitempty"`
	HarmOfWaiting    Text   `json:"harm_of_waiting,omitempty"`
	DecidedBy        string `json:"decided_by,omitempty"`
}

// A Label is the word somebody uses for the operation.
type Label struct {
	Head
	Word    string `json:"word" need:"yes"`
	Speaker string `json:"speaker" need:"yes"`
	Said    When   `json:"said"`
}

// An Initiator is one version of who began some part of the operation.
// Several versions stand side by side.
type Initiator struct {
	Head
	Part     InitiatorPart `json:"part" need:"yes"`
	Who      string        `json:"who" need:"yes"`
	ToldBy   string        `json:"told_by" need:"yes"`
	Evidence string        `json:"evidence,omitempty"`
	At       When          `json:"at"`
	Grade    string        `json:"grade,omitempty"` // reliability of the information, as graded before the operation
}

// An Agency is a body that took part, with its role and duties.
type Agency struct {
	Head
	Organisation ID               `json:"organisation,omitempty" ref:"organisation"`
	Unit         ID               `json:"unit,omitempty" ref:"unit"`
	Name         string           `json:"name" need:"yes"`
	Kind         OrganisationKind `json:"kind,omitempty"`
	Role         AgencyRole       `json:"role" need:"yes"`
	Duties       string           `json:"duties,omitempty"`
	ToldAt       When             `json:"told_at"`
	TookPart     Answer           `json:"took_part,omitempty"`
}

// An Attendance says whether somebody stood beside the people met: when, or
// why not and who decided.
type Attendance struct {
	Head
	Role         AttendanceRole `json:"role" need:"yes"`
	Organisation ID             `json:"organisation,omitempty" ref:"organisation"`
	Present      Answer         `json:"present,omitempty"`
	Mode         Mode           `json:"mode,omitempty"`
	Arrived      When           `json:"arrived"`
	FirstContact When           `json:"first_contact"`
	Language     string         `json:"language,omitempty"`
	WhyNot       string         `json:"why_not,omitempty"`
	DecidedBy    string         `json:"decided_by,omitempty"`
	NoTie        Answer         `json:"no_tie,omitempty"` // free of ties to the accused, the people met and their families
}

// A StepTaken answers one step of planning or conduct.
type StepTaken struct {
	Head
	Step   Step   `json:"step" need:"yes"`
	Done   Done   `json:"done,omitempty"`
	At     When   `json:"at"`
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// A Force reports one use of force.
type Force struct {
	Head
	Kind     ForceKind `json:"kind" need:"yes"`
	By       string    `json:"by,omitempty"`
	OnClass  Class     `json:"on_class,omitempty"`
	People   Count     `json:"people"`
	At       When      `json:"at"`
	Injury   Answer    `json:"injury,omitempty"`
	Reviewed Answer    `json:"reviewed,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// An Injury reports people hurt, officers included.
type Injury struct {
	Head
	Who      string   `json:"who" need:"yes"`
	People   Count    `json:"people"`
	Severity Severity `json:"severity,omitempty"`
	Cause    string   `json:"cause,omitempty"`
	At       When     `json:"at"`
	Treated  Answer   `json:"treated,omitempty"`
}

// A Closure reports a venue shut after the operation, and what it cost.
type Closure struct {
	Head
	Closed    When   `json:"closed"`
	OrderedBy string `json:"ordered_by,omitempty"`
	Ground    string `json:"ground,omitempty"`
	LostWork  Count  `json:"lost_work"`
	Offered   Count  `json:"offered"`
	Accepted  Count  `json:"accepted"`
	Reopened  When   `json:"reopened"`
}

// An Interview is one questioning of people met.
type Interview struct {
	Head
	Presence    ID        `json:"presence,omitempty" ref:"presence"`
	Purpose     string    `json:"purpose,omitempty"`
	By          string    `json:"by,omitempty"`
	Began       When      `json:"began"`
	Ended       When      `json:"ended"`
	Language    string    `json:"language,omitempty"`
	Interpreter Answer    `json:"interpreter,omitempty"`
	SatIn       string    `json:"sat_in,omitempty"`
	Accompanied Answer    `json:"accompanied,omitempty"`
	RightsTold  Answer    `json:"rights_told,omitempty"`
	Advice      When      `json:"advice"` // first legal advice
	Place       PlaceKind `json:"place,omitempty"`
	Private     Answer    `json:"private,omitempty"`
	WomanThere  Answer    `json:"woman_there,omitempty"`
}

// An Event is something that happened around the operation. Of a threat, who
// was threatened is told by class, and who made it by what they are: no name.
type Event struct {
	Head
	Kind       EventKind    `json:"kind" need:"yes"`
	Presence   ID           `json:"presence,omitempty" ref:"presence"`
	People     Count        `json:"people"`
	OnClass    Class        `json:"on_class,omitempty"` // who was threatened
	Source     ThreatSource `json:"source,omitempty"`   // who threatened
	At         When         `json:"at"`
	By         string       `json:"by,omitempty"`
	ReportedBy string       `json:"reported_by,omitempty"` // an office or organisation
	What       Text         `json:"what,omitempty"`
	Answered   When         `json:"answered"`
	Answer     Text         `json:"answer,omitempty"`
}

// An Account is one organisation's or person's telling. None edits another.
// An account with Asked and no points is a request that nobody has answered.
type Account struct {
	Head
	Organisation ID      `json:"organisation,omitempty" ref:"organisation"`
	Teller       string  `json:"teller" need:"yes"`
	Document     string  `json:"document,omitempty"`
	Told         When    `json:"told"`
	Reading      Reading `json:"reading,omitempty"`
	SpeaksFor    string  `json:"speaks_for,omitempty"`
	Asked        When    `json:"asked"`
	ReplyTo      ID      `json:"reply_to,omitempty" ref:"account"`
	Points       []Point `json:"points,omitempty"`
}

// A Point is one statement of an account. Says is a short form of what is
// said on the topic: accounts whose Says differ on a topic differ.
type Point struct {
	Topic   Topic    `json:"topic" need:"yes"`
	Says    string   `json:"says,omitempty"`
	Text    Text     `json:"text" need:"yes"`
	Sources []string `json:"sources,omitempty"`
}

// A Debrief compares plan and result, with those affected heard.
type Debrief struct {
	Head
	Held     When     `json:"held"`
	TookPart string   `json:"took_part,omitempty"`
	Monitor  Answer   `json:"monitor,omitempty"`
	Heard    Answer   `json:"heard,omitempty"` // people met were heard, as they wished
	Found    Text     `json:"found,omitempty"`
	Actions  []Action `json:"actions,omitempty"`
}

// An Action is something a debrief, a review or a visit asks to be done.
type Action struct {
	What string `json:"what" need:"yes"`
	Who  string `json:"who,omitempty"`
	Due  When   `json:"due"`
	Done When   `json:"done"`
}

// A Note is a line that somebody keeps beside the record while working: what
// was asked, heard or promised. It is the author's organisation's own; who
// answers for the unit does not read what others note about it (Record.Show).
type Note struct {
	Head
	Organisation ID   `json:"organisation,omitempty" ref:"organisation"`
	Text         Text `json:"text" need:"yes"`
	About        ID   `json:"about,omitempty"` // the entry that it follows up; the whole record when empty
	Again        When `json:"again"`           // when to look again: what the entry asks for is due then
}

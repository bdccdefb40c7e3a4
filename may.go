package plumbline

import "slices"

// A Deed is something an actor may or may not do.
type Deed string

const (
	SeeOperation  Deed = "see_operation"  // read an operation's record
	SeeAccounts   Deed = "see_accounts"   // read other organisations' accounts of it
	RecordFacts   Deed = "record"         // add or correct the record of an operation
	FileAccount   Deed = "file_account"   // add or correct the own organisation's account
	KeepUnits     Deed = "keep_units"     // record units, commands, trainings, transfers
	KeepHouse     Deed = "keep_house"     // record organisations and people on the site
	SeePeople     Deed = "see_people"     // see who has which role, and each change of it
	SeeLedger     Deed = "see_ledger"     // read the ledger
	ImportRecords Deed = "import_records" // bring in a file of operations
	ExportRecords Deed = "export_records" // take one out
	SeeReaders    Deed = "see_readers"    // see who has read an operation's record
	KeepClaims    Deed = "keep_claims"    // bring in and correct claims, withhold a reply
	InviteReply   Deed = "invite_reply"   // make a link with which a claimant answers
	SeeStudies    Deed = "see_studies"    // read a study and its results
	SeeRows       Deed = "see_rows"       // read the rows of a study's data, and ask questions of them
	KeepStudies   Deed = "keep_studies"   // begin or correct a study, and give it data

	ProposeRelease Deed = "propose_release" // propose figures for publication
	ApproveRelease Deed = "approve_release" // approve what was proposed, as one of two
	PublishRelease Deed = "publish_release" // put what two have approved into the public log

	SeeProgramme   Deed = "see_programme"   // read a programme, with the sums of the operations that it paid for
	KeepProgrammes Deed = "keep_programmes" // record programmes, their targets, money and answers
	Object         Deed = "object"          // advise against a programme for the own organisation
	SeeStories     Deed = "see_stories"     // see what a person agreed to have published, and what the press asked
	KeepStories    Deed = "keep_stories"    // record those of an organisation

	SeeMatters   Deed = "see_matters"   // read what was raised with whom, and the answers
	RaiseMatter  Deed = "raise_matter"  // raise, answer or look into a matter for the own organisation
	HearPeople   Deed = "hear_people"   // read and answer what people met say to the own organisation
	SeeAreas     Deed = "see_areas"     // read who is served in an area, and what shut services out
	TellArea     Deed = "tell_area"     // add what the own organisation counted or saw there
	KeepAreas    Deed = "keep_areas"    // name areas, and say which is compared with which
	SeeDialogues Deed = "see_dialogues" // read who was asked, what was said, and what came of it
	Speak        Deed = "speak"         // say, hold or find something in a dialogue for the own organisation
	Convene      Deed = "convene"       // keep a dialogue that the own organisation convened
)

// A Bond is an actor's tie to the record in question.
type Bond string

const (
	Public   Bond = "public"    // the public record: every fact is a published claim
	OwnUnit  Bond = "own_unit"  // the operation is by a unit the actor answers for
	TookPart Bond = "took_part" // the actor's organisation took part, or recorded it first
	Stranger Bond = "stranger"  // none of these
)

// Bonds lists all bonds.
func Bonds() []Bond { return []Bond{Public, OwnUnit, TookPart, Stranger} }

// A Rule is one row of the table of who may do what: a deed, the roles that
// may do it and the bonds to the record with which they may.
type Rule struct {
	Deed   Deed
	Why    string // in English; the catalogue has it in every language as "why." and the deed
	OfSite bool   // the deed concerns no record, so a role has it or has it not
	May    map[Role][]Bond
}

var (
	anyRecord = Bonds()
	ofSite    = Bonds() // whatever is asked: there is no record to be tied to
)

// rules is the table. What is not in it is refused. Two things that it cannot
// say stand beside it: an account is its teller's alone ([AllowWrite]), and
// who answers for the unit reads other accounts of an operation after filing
// the unit's own ([Record.HidesAccounts]).
var rules = []Rule{
	{
		Deed: SeeOperation,
		Why: "Whoever cares for people met, or watches how they are treated, needs the whole record. A unit’s liaison sees that unit’s operations and the public record, " +
			"so that nobody in a force reads what is held about another. Administrators run the site and have no need to know anything of what is in it.",
		May: map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, Analyst: anyRecord,
			PoliceLiaison: {Public, OwnUnit}, Reader: {Public}},
	},
	{
		Deed: SeeAccounts,
		Why: "Two tellings of one event are worth something only if neither was written to fit the other. So a liaison files the unit’s own account before reading any other: " +
			"until then only how many there are is told.",
		May: map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, Analyst: anyRecord,
			PoliceLiaison: {Public, OwnUnit}, Reader: {Public}},
	},
	{
		Deed: RecordFacts,
		Why: "Who was there, or wrote it down first, answers for the facts. Everybody else tells it in an account that stands beside, so that nobody’s version overwrites another’s. " +
			"The public record belongs to nobody here: coordinators put right what was copied wrongly. Each correction has a reason and leaves the old text.",
		May: map[Role][]Bond{Worker: {TookPart}, Coordinator: {Public, TookPart}, PoliceLiaison: {OwnUnit}},
	},
	{
		Deed: FileAccount,
		Why: "Anybody who works on the response may tell an operation as their organisation knows it, also one that it took no part in. An account is its teller’s: " +
			"no role, not the coordinator’s either, changes what another organisation has told. Who only reads tells nothing.",
		May: map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, PoliceLiaison: {OwnUnit}},
	},
	{
		Deed: KeepUnits,
		Why: "Many organisations train, visit and watch one unit, so coordinators of all of them keep its record: who commanded, who was trained, who left. " +
			"Its liaison keeps it too. A correction has a reason and leaves the old text.",
		May: map[Role][]Bond{Coordinator: anyRecord, PoliceLiaison: {OwnUnit}},
	},
	{
		Deed: ExportRecords,
		Why: "A file leaves the site’s protection behind. Who coordinates or oversees may take out what they see; who studies or reads, what is public already. " +
			"A file holds what its taker may see and nothing more.",
		May: map[Role][]Bond{Coordinator: anyRecord, Oversight: anyRecord, Analyst: {Public}, Reader: {Public}},
	},
	{
		Deed: SeeReaders,
		Why: "Who was there or wrote it down, and who oversees, may know who looks at what they wrote. Who answers for the unit may not: " +
			"a unit that knew who reads about its operations would know whom to lean on.",
		May: map[Role][]Bond{Worker: {TookPart}, Coordinator: {TookPart}, Monitor: {TookPart}, Oversight: {TookPart, Stranger}},
	},
	{
		Deed: SeeStudies,
		Why: "Who weighs the response needs what was measured of it, also when another organisation measured. Workers read what their own organisation keeps. " +
			"A force reads no study of how it is met, and a reader waits for the published figure.",
		May: map[Role][]Bond{Worker: {TookPart}, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, Analyst: anyRecord},
	},
	{
		Deed: SeeRows,
		Why: "Answers without names can still tell who gave them, in a small place. So rows are read, taken out and computed from by the organisation that keeps the study, " +
			"by oversight, and by analysts, who check each other’s sums.",
		May: map[Role][]Bond{Worker: {TookPart}, Coordinator: {TookPart}, Monitor: {TookPart}, Oversight: anyRecord, Analyst: anyRecord},
	},
	{
		Deed: KeepStudies,
		Why:  "What is measured, and how, is said by the organisation that measures. Data are brought in under its name, and stay as they came.",
		May:  map[Role][]Bond{Coordinator: {TookPart}, Monitor: {TookPart}, Analyst: {TookPart}},
	},
	{
		Deed: SeeProgramme,
		Why: "Who pays may know what became of the people met for the money, in sums: the records behind them open to who may read those. Who works on the response, watches or studies it sees who pays for what. " +
			"A liaison does not: it holds who advised against the force, and what that was answered.",
		May: map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, Analyst: anyRecord,
			PoliceLiaison: {Public}, Reader: {Public, TookPart}},
	},
	{
		Deed: KeepProgrammes,
		Why:  "Several organisations work for one grant, so coordinators of all of them keep its record. Targets, definitions and money stay with their dates: a correction has a reason and leaves the old text.",
		May:  map[Role][]Bond{Coordinator: anyRecord},
	},
	{
		Deed: Object,
		Why:  "Who works on the response may advise against a programme, also one of which they get no money. An objection is its teller’s, and the answer stands beside it: neither changes the other.",
		May:  map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord},
	},
	{
		Deed: SeeStories,
		Why: "Whether a person agreed to what is told of them, until when, and whether they took it back, is of use only to who might print it. Whose story it is nobody outside the organisation learns, and no liaison sees any: " +
			"a story with its teller is evidence that the person did not give.",
		May: map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, Analyst: anyRecord, Reader: anyRecord},
	},
	{
		Deed: KeepStories,
		Why:  "The organisation that published a story, or was asked for one, answers for the consent, so its own people keep it, and nobody else. So with what a group heard from its members: nobody else reads it before the group publishes it.",
		May:  map[Role][]Bond{Worker: {TookPart}, Coordinator: {TookPart}},
	},
	{
		Deed: SeeMatters,
		Why:  "A criticism is worth its answer, so all who work on the response see both. A force and a reader see what is public, what they raised, and what they owe an answer to.",
		May:  map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, Analyst: anyRecord, PoliceLiaison: {Public, TookPart}, Reader: {Public, TookPart}},
	},
	{
		Deed: RaiseMatter,
		Why:  "Any organisation may raise a matter, answer it, or say what it found when it looked. None changes what another wrote: the answer stands beside the question.",
		May:  map[Role][]Bond{Worker: {TookPart}, Coordinator: {TookPart}, Monitor: {TookPart}, Oversight: {TookPart}, PoliceLiaison: {TookPart}},
	},
	{
		Deed: HearPeople,
		Why:  "Somebody who was met chose one organisation to speak to, and no other. Its workers and coordinators read and answer; nobody who watches, counts, oversees or runs the site does.",
		May:  map[Role][]Bond{Worker: {TookPart}, Coordinator: {TookPart}},
	},
	{
		Deed: SeeAreas,
		Why: "Who cares for people in a place, or watches or studies how they fare, needs to see what others count there. A force does not: where outreach goes and who trusts whom would tell it where to go next. " +
			"A reader waits for the published figure.",
		May: map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, Analyst: anyRecord},
	},
	{
		Deed: TellArea,
		Why:  "A clinic’s counts are the clinic’s, and a group’s reports are the group’s. Each tells its own, for its own organisation, and nobody writes over another’s.",
		May:  map[Role][]Bond{Worker: {TookPart}, Coordinator: {TookPart}, Monitor: {TookPart}},
	},
	{
		Deed: KeepAreas,
		Why:  "All count in the same areas, or no two counts can be set side by side. So coordinators name them. With which other an area is compared has its reason beside it.",
		May:  map[Role][]Bond{Coordinator: anyRecord},
	},
	{
		Deed: SeeDialogues,
		Why:  "Whoever works on the response may see who was asked and who was not. A force, and a reader, see what is public and what their own organisation was asked to.",
		May:  map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, Analyst: anyRecord, PoliceLiaison: {Public, TookPart}, Reader: {Public, TookPart}},
	},
	{
		Deed: Speak,
		Why: "What an organisation says, holds of what others said, promises, or finds of a promise, is its own: no convener changes it. Who was not invited may say so too. " +
			"The convener writes down those who have no access here.",
		May: map[Role][]Bond{Worker: anyRecord, Coordinator: anyRecord, Monitor: anyRecord, Oversight: anyRecord, PoliceLiaison: {TookPart}},
	},
	{
		Deed: Convene,
		Why:  "Who invites answers for the list of those who were asked, and of those who were not. A worker-led group convenes as anybody does.",
		May:  map[Role][]Bond{Coordinator: {TookPart}, Monitor: {TookPart}, Oversight: {TookPart}},
	},
	{
		Deed: ImportRecords, OfSite: true,
		Why: "A file may hold the whole record of an operation, with what several organisations told, so bringing one in is for coordinators. It stands under the name of who brought it in.",
		May: map[Role][]Bond{Coordinator: ofSite},
	},
	{
		Deed: KeepClaims, OfSite: true,
		Why: "A claim is published, and says what others said, so few may write it: coordinators bring claims in and correct them. A correction has a reason, and the old text stays beside the new. " +
			"They can withhold a reply that puts somebody in danger; that it was, and why, is shown.",
		May: map[Role][]Bond{Coordinator: ofSite},
	},
	{
		Deed: InviteReply, OfSite: true,
		Why: "Whoever is spoken about in public may answer. The organisation that knows how to reach a claimant invites, and its name stands beside the answer.",
		May: map[Role][]Bond{Coordinator: ofSite, Monitor: ofSite, Oversight: ofSite},
	},
	{
		Deed: KeepHouse, OfSite: true,
		Why: "Who gives access has none: an administrator makes organisations and users and sees no record, and nobody changes their own role. Each change is in the ledger and is listed for coordinators and oversight.",
		May: map[Role][]Bond{Administrator: ofSite},
	},
	{
		Deed: SeePeople, OfSite: true,
		Why: "That somebody was given a role is seen by others than who gave it, so that a user who should not be there is noticed.",
		May: map[Role][]Bond{Coordinator: ofSite, Oversight: ofSite, Administrator: ofSite},
	},
	{
		Deed: ProposeRelease, OfSite: true,
		Why: "A figure leaves the site only as a release: a table in which nobody can find a small group, with its definition and how it was made. Coordinators and analysts propose it. What is not safe is refused by the program, whoever asks.",
		May: map[Role][]Bond{Coordinator: ofSite, Analyst: ofSite},
	},
	{
		Deed: ApproveRelease, OfSite: true,
		Why: "Two people approve, each with a private key that is never on the site, so that neither an administrator nor somebody who breaks in can publish in their names. Who proposed it may be one of the two.",
		May: map[Role][]Bond{Coordinator: ofSite, Oversight: ofSite, Analyst: ofSite},
	},
	{
		Deed: PublishRelease, OfSite: true,
		Why: "What is in the public log stays there: a release that was wrong is corrected or withdrawn by a new one, which two people approve as well. So somebody who answers for the coalition takes the last step, and names the witnesses of the log.",
		May: map[Role][]Bond{Coordinator: ofSite},
	},
	{
		Deed: SeeLedger, OfSite: true,
		Why: "The ledger names nobody and holds no content. The more people keep its checkpoints, the harder it is to change what was written.",
		May: map[Role][]Bond{Worker: ofSite, Coordinator: ofSite, PoliceLiaison: ofSite, Monitor: ofSite, Oversight: ofSite, Analyst: ofSite, Administrator: ofSite, Reader: ofSite},
	},
}

// A Grant is the roles that may do a deed with the same bonds; without bonds,
// those that may not.
type Grant struct {
	Bonds []Bond
	Roles []Role
}

// Grants groups the roles by what the rule gives them, the refused last.
func (r Rule) Grants() (list []Grant) {
	refused := Grant{}
	for _, role := range Role("").Values() {
		bonds := r.May[Role(role)]
		i := slices.IndexFunc(list, func(g Grant) bool { return slices.Equal(g.Bonds, bonds) })
		switch {
		case len(bonds) == 0:
			refused.Roles = append(refused.Roles, Role(role))
		case i < 0:
			list = append(list, Grant{bonds, []Role{Role(role)}})
		default:
			list[i].Roles = append(list[i].Roles, Role(role))
		}
	}
	if len(refused.Roles) > 0 {
		list = append(list, refused)
	}
	return list
}

// Rules returns the table of who may do what, for people to read.
func Rules() []Rule { return slices.Clone(rules) }

// Deeds lists all deeds, in the order of the table.
func Deeds() []Deed {
	var deeds []Deed
	for _, r := range rules {
		deeds = append(deeds, r.Deed)
	}
	return deeds
}

// May reports whether an actor with a bond to the record may do the deed.
func May(a Actor, d Deed, b Bond) bool {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Deed == d })
	return i >= 0 && slices.Contains(rules[i].May[a.Role], b)
}

// Allow returns nil, or a Problem of kind ErrForbidden that says whose the
// deed is.
func Allow(a Actor, d Deed, b Bond) error {
	if May(a, d, b) {
		return nil
	}
	return Forbidden(d)
}

// Forbidden returns the Problem with which a deed is refused.
func Forbidden(d Deed) *Problem { return refused("problem.refused_" + string(d)) }

func refused(key string) *Problem { return &Problem{Kind: ErrForbidden, Key: key} }

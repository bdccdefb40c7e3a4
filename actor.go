package plumbline

import "slices"

// A Role is what an actor does on a site.
type Role string

const (
	Worker        Role = "worker"
	Coordinator   Role = "coordinator"
	PoliceLiaison Role = "police_liaison"
	Monitor       Role = "monitor"
	Oversight     Role = "oversight"
	Analyst       Role = "analyst"
	Administrator Role = "administrator"
	Reader        Role = "reader"
)

// Values lists the roles.
func (Role) Values() []string {
	return []string{"worker", "coordinator", "police_liaison", "monitor", "oversight", "analyst", "administrator", "reader"}
}

// An Actor is a user in a role in an organisation. It is an argument of every
// use case, never a context value.
type Actor struct {
	User         ID
	Name         string // as shown beside what the actor wrote
	Role         Role
	Organisation ID
	Units        []ID // the units a police liaison answers for
}

// A Deed is something an actor may or may not do.
type Deed string

const (
	SeeOperation  Deed = "see_operation"  // read an operation's record
	SeeAccounts   Deed = "see_accounts"   // read other organisations' accounts of it
	RecordFacts   Deed = "record"         // add or correct the record of an operation
	FileAccount   Deed = "file_account"   // add or correct the own organisation's account
	KeepUnits     Deed = "keep_units"     // record units, commands, trainings, transfers
	KeepHouse     Deed = "keep_house"     // record organisations and people on the site
	SeePeople     Deed = "see_people"     // see who has which role
	SeeLedger     Deed = "see_ledger"     // read the ledger
	ImportRecords Deed = "import_records" // bring in a file of operations
	ExportRecords Deed = "export_records" // take one out
	SeeReaders    Deed = "see_readers"    // see who has read an operation's record
)

// Deeds lists all deeds.
func Deeds() []Deed {
	return []Deed{SeeOperation, SeeAccounts, RecordFacts, FileAccount, KeepUnits, KeepHouse, SeePeople, SeeLedger, ImportRecords, ExportRecords, SeeReaders}
}

// A Bond is an actor's tie to the record in question.
type Bond string

const (
	Public   Bond = "public"    // the public record: every fact is a published claim
	OwnUnit  Bond = "own_unit"  // the operation is by a unit the actor answers for
	TookPart Bond = "took_part" // the actor's organisation took part, or leads
	Stranger Bond = "stranger"  // none of these
)

// Bonds lists all bonds.
func Bonds() []Bond { return []Bond{Public, OwnUnit, TookPart, Stranger} }

// Nobody with the bond OwnUnit sees who has read: a unit that knew who looks
// into its operations would know whom to lean on.

// mayTable says who may do what: role, deed, and the bonds with which the
// deed is allowed. What is not in the table is refused.
var mayTable = map[Role]map[Deed][]Bond{
	Worker: {
		SeeOperation: {Public, OwnUnit, TookPart, Stranger}, SeeAccounts: {Public, OwnUnit, TookPart, Stranger},
		RecordFacts: {Public, OwnUnit, TookPart, Stranger}, FileAccount: {Public, OwnUnit, TookPart, Stranger},
		SeeLedger: {Public}, SeeReaders: {TookPart},
	},
	Coordinator: {
		SeeOperation: {Public, OwnUnit, TookPart, Stranger}, SeeAccounts: {Public, OwnUnit, TookPart, Stranger},
		RecordFacts: {Public, OwnUnit, TookPart, Stranger}, FileAccount: {Public, OwnUnit, TookPart, Stranger},
		KeepUnits: {Public, OwnUnit, TookPart, Stranger}, SeePeople: {Public}, SeeLedger: {Public},
		ImportRecords: {Public, OwnUnit, TookPart, Stranger}, ExportRecords: {Public, OwnUnit, TookPart, Stranger},
		SeeReaders: {TookPart, Stranger},
	},
	PoliceLiaison: {
		SeeOperation: {Public, OwnUnit}, SeeAccounts: {Public, OwnUnit}, // own unit: after its own account is filed
		RecordFacts: {OwnUnit}, FileAccount: {OwnUnit}, KeepUnits: {OwnUnit}, SeeLedger: {Public},
	},
	Monitor: {
		SeeOperation: {Public, OwnUnit, TookPart, Stranger}, SeeAccounts: {Public, OwnUnit, TookPart, Stranger},
		FileAccount: {Public, OwnUnit, TookPart, Stranger}, SeeLedger: {Public}, SeeReaders: {TookPart},
	},
	Oversight: {
		SeeOperation: {Public, OwnUnit, TookPart, Stranger}, SeeAccounts: {Public, OwnUnit, TookPart, Stranger},
		FileAccount: {Public, OwnUnit, TookPart, Stranger}, SeePeople: {Public}, SeeLedger: {Public},
		ExportRecords: {Public, OwnUnit, TookPart, Stranger}, SeeReaders: {TookPart, Stranger},
	},
	Analyst: {
		SeeOperation: {Public, OwnUnit, TookPart, Stranger}, SeeAccounts: {Public, OwnUnit, TookPart, Stranger},
		SeeLedger: {Public}, ExportRecords: {Public},
	},
	Administrator: {KeepHouse: {Public}, SeePeople: {Public}, SeeLedger: {Public}},
	Reader:        {SeeOperation: {Public}, SeeAccounts: {Public}, SeeLedger: {Public}, ExportRecords: {Public}},
}

// May reports whether an actor with a bond to the record may do the deed.
func May(a Actor, d Deed, b Bond) bool { return slices.Contains(mayTable[a.Role][d], b) }

// BondTo returns the actor's strongest bond to an operation's record.
func (a Actor) BondTo(r *Record) Bond {
	switch {
	case slices.Contains(a.Units, r.Operation.Unit) && r.Operation.Unit != "":
		return OwnUnit
	case r.Operation.Origin == "public_record":
		return Public
	case r.tookPart(a.Organisation):
		return TookPart
	}
	return Stranger
}

func (r *Record) tookPart(org ID) bool {
	return org != "" && slices.ContainsFunc(r.Agencies, func(g *Agency) bool { return g.Organisation == org })
}

// Allow returns nil, or a Problem of kind ErrForbidden.
func Allow(a Actor, d Deed, b Bond) error {
	if May(a, d, b) {
		return nil
	}
	return forbidden()
}

func forbidden() *Problem { return &Problem{Kind: ErrForbidden, Key: "problem.forbidden"} }

// AllowWrite says whether an actor may add or change an entry of an
// operation's record. An account is its teller's: nobody else may touch it. A
// record stays where it comes from, and an actor who answers for some units
// may not lay an operation on another.
func AllowWrite(a Actor, r *Record, e Entry) error {
	switch e := e.(type) {
	case *Account:
		return allowAccount(a, r, e)
	case *Note:
		if old, ok := r.Find(e.ID).(*Note); e.Organisation != a.Organisation || ok && old.Organisation != a.Organisation {
			return forbidden()
		}
	case *Operation:
		after := *r
		after.Operation = *e
		if r.Operation.ID == "" { // a new record
			return Allow(a, RecordFacts, a.BondTo(&after))
		}
		if e.Origin != r.Operation.Origin || !May(a, RecordFacts, a.BondTo(&after)) {
			return forbidden()
		}
	}
	return Allow(a, RecordFacts, a.BondTo(r))
}

// allowAccount lets an actor tell for the own organisation, and ask another
// for its account by one that has no points.
func allowAccount(a Actor, r *Record, account *Account) error {
	own := account.Organisation == a.Organisation
	if old, ok := r.Find(account.ID).(*Account); ok && (!own || old.Organisation != a.Organisation) {
		return forbidden()
	}
	if a.Organisation == "" || !own && len(account.Points) > 0 {
		return forbidden()
	}
	return Allow(a, FileAccount, a.BondTo(r))
}

// Show returns the record as the actor may read it. It returns NotFound when
// the actor may not see it at all. A police liaison does not see other
// accounts of an own operation before the unit's own account is filed, and no
// notes of others on it.
func (r *Record) Show(a Actor) (*Record, error) {
	bond := a.BondTo(r)
	if !May(a, SeeOperation, bond) {
		return nil, NotFound("operation")
	}
	shown := *r
	if r.HidesAccounts(a) {
		shown.Accounts = slices.DeleteFunc(slices.Clone(r.Accounts), func(acc *Account) bool { return acc.Organisation == "" || acc.Organisation != a.Organisation })
	}
	if r.HidesNotes(a) {
		shown.Notes = slices.DeleteFunc(slices.Clone(r.Notes), func(n *Note) bool { return n.Organisation == "" || n.Organisation != a.Organisation })
	}
	return &shown, nil
}

// HidesNotes reports whether the actor, who may see the record, may read no
// note of it but those of the own organisation: nobody reads what others note
// about the unit that the actor answers for.
func (r *Record) HidesNotes(a Actor) bool { return a.BondTo(r) == OwnUnit }

// HidesAccounts reports whether the actor, who may see the record, may read no
// account of it but those of the own organisation.
func (r *Record) HidesAccounts(a Actor) bool {
	bond := a.BondTo(r)
	return !May(a, SeeAccounts, bond) ||
		a.Role == PoliceLiaison && bond == OwnUnit && r.Operation.Origin != "public_record" && !r.hasAccountOf(a.Organisation)
}

func (r *Record) hasAccountOf(org ID) bool {
	return org != "" && slices.ContainsFunc(r.Accounts, func(a *Account) bool { return a.Organisation == org && len(a.Points) > 0 })
}

// BondToUnit returns the actor's bond to a unit's record.
func (a Actor) BondToUnit(u *Unit) Bond {
	switch {
	case slices.Contains(a.Units, u.ID):
		return OwnUnit
	case u.Origin == "public_record":
		return Public
	}
	return Stranger
}

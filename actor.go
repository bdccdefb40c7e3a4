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

// BondTo returns the actor's strongest bond to an operation's record.
func (a Actor) BondTo(r *Record) Bond {
	switch {
	case slices.Contains(a.Units, r.Operation.Unit) && r.Operation.Unit != "":
		return OwnUnit
	case r.Operation.Origin == "public_record":
		return Public
	case a.Organisation != "" && (r.RecordedBy == a.Organisation || r.tookPart(a.Organisation)):
		return TookPart
	}
	return Stranger
}

// tookPart reports whether an organisation is on record as one that took part
// in the operation, or stood beside the people met.
func (r *Record) tookPart(org ID) bool {
	return slices.ContainsFunc(r.Agencies, func(g *Agency) bool { return g.Organisation == org && g.TookPart != No }) ||
		slices.ContainsFunc(r.Attendance, func(t *Attendance) bool { return t.Organisation == org && t.Present == Yes })
}

// AllowWrite says whether an actor may add or change an entry of an
// operation's record. An account is its teller's: nobody else may touch it. A
// record stays where it comes from, and an actor who answers for some units
// may not lay an operation on another. Who begins a record is about to be the
// one who recorded it first.
func AllowWrite(a Actor, r *Record, e Entry) error {
	switch e := e.(type) {
	case *Account:
		return allowAccount(a, r, e)
	case *Note:
		if old, ok := r.Find(e.ID).(*Note); e.Organisation != a.Organisation || ok && old.Organisation != a.Organisation {
			return refused("problem.refused_note_of_another")
		}
	case *Operation:
		after := *r
		after.Operation = *e
		if r.Operation.ID == "" { // a new record
			after.RecordedBy = a.Organisation
			return AllowRecord(a, &after)
		}
		if e.Origin != r.Operation.Origin {
			return refused("problem.refused_origin")
		}
		if err := AllowRecord(a, &after); err != nil {
			return err
		}
	}
	return AllowRecord(a, r)
}

// AllowRecord says whether an actor may record facts of an operation. Monitors
// stand beside what others do and tell it in accounts; facts they record only
// where their own organisation led, or recorded first.
func AllowRecord(a Actor, r *Record) error {
	if a.Role == Monitor && a.BondTo(r) == TookPart && r.RecordedBy != a.Organisation && !r.led(a.Organisation) {
		return refused("problem.refused_record_beside")
	}
	return Allow(a, RecordFacts, a.BondTo(r))
}

// led reports whether an organisation is on record as one that led the
// operation.
func (r *Record) led(org ID) bool {
	return slices.ContainsFunc(r.Agencies, func(g *Agency) bool { return g.Organisation == org && g.Role == "lead" && g.TookPart != No })
}

// allowAccount lets an actor tell for the own organisation, and ask another
// for its account by one that has no points.
func allowAccount(a Actor, r *Record, account *Account) error {
	own := account.Organisation == a.Organisation
	if old, ok := r.Find(account.ID).(*Account); ok && (!own || old.Organisation != a.Organisation) {
		return refused("problem.refused_account_of_another")
	}
	if a.Organisation == "" || !own && len(account.Points) > 0 {
		return refused("problem.refused_account_of_another")
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

// AllowRole says whether by, who keeps the users of the site, may make a user
// what a says; was is the user as they are, nil for a new one. What is on
// record of the user's organisation and units decides too.
//
// Nobody changes what they themselves may do. Who belongs to a force is its
// liaison or a reader, and answers for units of that force alone: with any
// other role they would read what is held about it.
func AllowRole(by Actor, was *Actor, a Actor, o Organisation, units []Unit) error {
	if was != nil && by.User == a.User && (was.Role != a.Role || was.Organisation != a.Organisation || !slices.Equal(was.Units, a.Units)) {
		return refused("problem.refused_own_role")
	}
	if o.Kind.Force() && May(a, SeeOperation, Stranger) {
		return Invalid("role", "problem.force_role")
	}
	for _, u := range units {
		if u.ID != "" && u.Organisation != a.Organisation {
			return Invalid("units", "problem.foreign_unit", "Got", u.Name)
		}
	}
	return nil
}

// bondToOrigin returns the bond of every actor to what belongs to nobody.
func (a Actor) bondToOrigin(o Origin) Bond {
	if o == "public_record" {
		return Public
	}
	return Stranger
}

// allowOwn says whether an actor may add an entry, or change the one that is
// there, that belongs to the organisation that owner tells. Nobody writes in
// another's name, nor over what another wrote.
func allowOwn(a Actor, d Deed, old Entry, org ID, owner func(Entry) ID) error {
	if a.Organisation == "" || org != a.Organisation || old != nil && owner(old) != a.Organisation {
		return refused("problem.refused_entry_of_another")
	}
	return Allow(a, d, TookPart)
}

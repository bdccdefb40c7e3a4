package plumbline

import "slices"

// A Programme is work that somebody pays for: a grant, with what it asks to be
// counted. Which operations it paid for stands in their records (see Funding).
type Programme struct {
	Head
	Name     string   `json:"name" need:"yes"`
	Funder   ID       `json:"funder" need:"yes" ref:"organisation"`
	Origin   Origin   `json:"origin" need:"yes"`
	Began    When     `json:"began"` // the launch: what was advised against before it came in time
	Ended    When     `json:"ended"`
	Work     []Work   `json:"work,omitempty"`
	Amount   Amount   `json:"amount,omitempty"`
	Currency Currency `json:"currency,omitempty"`
	Summary  Text     `json:"summary,omitempty"`
}

// A Target is a number of people that the funder wants to see. Whom it counts
// is in its Definitions.
type Target struct {
	Head
	Title   string   `json:"title" need:"yes"`
	People  Count    `json:"people"`
	From    When     `json:"from"`
	Until   When     `json:"until"`
	Reports []Report `json:"reports,omitempty"`
}

// A Report is a day on which the funder is told how many it was.
type Report struct {
	Due      When  `json:"due"`
	Reported Count `json:"reported"` // how many the funder was told
}

// A TargetDefinition says whom a target counts from a day on. The next one does not
// erase it: what was counted is counted again under each.
type TargetDefinition struct {
	Head
	Target    ID      `json:"target" need:"yes" ref:"target"`
	Version   string  `json:"version" need:"yes"`
	From      When    `json:"from"`
	Text      Text    `json:"text" need:"yes"`
	Classes   []Class `json:"classes,omitempty"` // whom it counts; without, nobody can count again
	DecidedBy string  `json:"decided_by,omitempty"`
	Reason    Text    `json:"reason,omitempty"`
}

// An Objection is advice against a programme. It is its teller's.
type Objection struct {
	Head
	Organisation ID     `json:"organisation,omitempty" ref:"organisation"`
	By           string `json:"by" need:"yes"`
	At           When   `json:"at"`
	Reason       Text   `json:"reason" need:"yes"`
}

// A Reply is what the programme answered to an objection. It stands beside.
type Reply struct {
	Head
	Objection ID      `json:"objection" need:"yes" ref:"objection"`
	By        string  `json:"by" need:"yes"`
	At        When    `json:"at"`
	Outcome   Outcome `json:"outcome,omitempty"`
	Text      Text    `json:"text" need:"yes"`
}

// A Spending is money that went from a programme to somebody.
type Spending struct {
	Head
	Kind         SpendingKind `json:"kind,omitempty"`
	Organisation ID           `json:"organisation,omitempty" ref:"organisation"`
	To           string       `json:"to,omitempty"`
	From         When         `json:"from"`
	Until        When         `json:"until"`
	Amount       Amount       `json:"amount,omitempty"`
	Currency     Currency     `json:"currency,omitempty"`
	For          string       `json:"for,omitempty"`
	Served       Count        `json:"served"` // people reached with it, as its receiver tells
}

// A Funding says that a programme paid for an operation, whole or in part.
type Funding struct {
	Head
	Programme ID     `json:"programme" need:"yes" ref:"programme"`
	For       string `json:"for,omitempty"`
}

// An Amount is a sum of money in whole units, written as ParseCount reads it:
// "1250000", "1000000+" for at least, "~2000000" for about, "" for not known.
type Amount string

// maxAmount bounds what is believed of an Amount.
const maxAmount = 1_000_000_000_000

// Count returns the amount with its bounds, or a Problem.
func (a Amount) Count() (Count, error) {
	c, err := parseCount(string(a), maxAmount)
	if err != nil {
		err = Invalid("", "problem.bad_amount", "Got", short(string(a)))
	}
	return c, err
}

// sum is Count of an amount that was checked.
func (a Amount) sum() Count {
	c, err := a.Count()
	if err != nil {
		return Count{}
	}
	return c
}

// A Currency is a code of ISO 4217, such as USD. Unlike currencies are never
// added.
type Currency string

func (c Currency) check() *Problem {
	capital := func(r rune) bool { return 'A' <= r && r <= 'Z' }
	if c != "" && (len(c) != 3 || slices.ContainsFunc([]rune(c), func(r rune) bool { return !capital(r) })) {
		return Invalid("currency", "problem.bad_currency", "Got", short(string(c)))
	}
	return nil
}

// Work is a kind of work that a programme pays for.
type Work string

func (Work) Values() []string {
	return []string{"police_operations", "police_training", "services", "legal_aid", "worker_organising", "courts", "prevention", "research", "other"}
}

// Outcome is what became of an objection.
type Outcome string

func (Outcome) Values() []string { return []string{"", "accepted", "partly", "rejected"} }

// SpendingKind is to whom money went.
type SpendingKind string

func (SpendingKind) Values() []string {
	return []string{"", "police", "services", "worker_groups", "courts", "other"}
}

// checkProgramme refuses ends before beginnings, sums that are none, money
// without a currency, and two definitions of a target by one name.
func (r *ProgrammeRecord) checkProgramme() (ps Problems) {
	p := &r.Programme
	ps = append(ps, ends(p.Began, p.Ended, "programme", 0, "ended")...)
	ps = append(ps, money(p.Amount, p.Currency, "programme")...)
	for i, t := range r.Targets {
		ps = append(ps, ends(t.From, t.Until, "targets", i, "until")...)
	}
	named := map[[2]string]bool{}
	for i, d := range r.Definitions {
		name := [2]string{string(d.Target), d.Version}
		if named[name] {
			ps = append(ps, Invalid(slotPath("definitions", i)+".version", "problem.same_version", "Got", short(d.Version)))
		}
		named[name] = true
	}
	for i, s := range r.Spending {
		ps = append(ps, ends(s.From, s.Until, "spending", i, "until")...)
		ps = append(ps, money(s.Amount, s.Currency, slotPath("spending", i))...)
	}
	return ps
}

func money(a Amount, c Currency, where string) (ps Problems) {
	if _, err := a.Count(); err != nil {
		for _, p := range ProblemsOf(err) {
			ps = append(ps, p.In(where+".amount"))
		}
	}
	if p := c.check(); p != nil {
		ps = append(ps, p.In(where))
	} else if a != "" && c == "" {
		ps = append(ps, Invalid(where+".currency", "problem.needed"))
	}
	return ps
}

// BondToProgramme returns the actor's bond to a programme: to one that the own
// organisation pays for or recorded, it took part.
func (a Actor) BondToProgramme(r *ProgrammeRecord) Bond {
	switch {
	case r.Programme.Origin == "public_record":
		return Public
	case a.Organisation != "" && (r.Programme.Funder == a.Organisation || r.RecordedBy == a.Organisation):
		return TookPart
	}
	return Stranger
}

// AllowProgramme says whether an actor may add or change an entry of a
// programme's record. An objection is its teller's, as an account is: for
// somebody who is not on this site, a coordinator writes it down.
func AllowProgramme(a Actor, r *ProgrammeRecord, e Entry) error {
	bond := a.BondToProgramme(r)
	o, is := e.(*Objection)
	if !is {
		return Allow(a, KeepProgrammes, bond)
	}
	theirs := func(o *Objection) bool { return o.Organisation != a.Organisation || a.Organisation == "" }
	for _, old := range r.Objections {
		if old.ID == o.ID && old.Organisation != o.Organisation {
			return refused("problem.refused_objection_of_another")
		}
	}
	switch {
	case o.Organisation == "":
		return Allow(a, KeepProgrammes, bond)
	case theirs(o):
		return refused("problem.refused_objection_of_another")
	}
	return Allow(a, Object, bond)
}

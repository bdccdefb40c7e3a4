package plumbline

import "time"

// An Organisation takes part in the response, or is told about in it.
type Organisation struct {
	Head
	Name      string           `json:"name" need:"yes"`
	Kind      OrganisationKind `json:"kind" need:"yes"`
	Country   string           `json:"country,omitempty"`
	Origin    Origin           `json:"origin" need:"yes"`
	SpeaksFor string           `json:"speaks_for,omitempty"` // whom it speaks for, and whom not
	Ties      []Tie            `json:"ties,omitempty"`

	TakesRequests Answer `json:"takes_requests,omitempty"` // of people met, without an account
}

// A Tie binds an organisation to another: money, training, an agreement.
type Tie struct {
	Kind    TieKind  `json:"kind" need:"yes"`
	To      ID       `json:"to" need:"yes" ref:"organisation"`
	From    When     `json:"from"`
	Until   When     `json:"until"`
	Note    string   `json:"note,omitempty"`
	Sources []string `json:"sources,omitempty"`
}

// A Unit is a part of an organisation that carries out operations.
type Unit struct {
	Head
	Organisation ID     `json:"organisation" need:"yes" ref:"organisation"`
	Name         string `json:"name" need:"yes"`
	Origin       Origin `json:"origin" need:"yes"`
	Area         string `json:"area,omitempty"`
	Mandate      Text   `json:"mandate,omitempty"`
	Created      When   `json:"created"`
	Ended        When   `json:"ended"`
	Officers     Count  `json:"officers"`
}

// A Command is one period under one commander, named by office, so that a
// unit's conduct can be read by period.
type Command struct {
	Head
	Commander string `json:"commander" need:"yes"`
	From      When   `json:"from"`
	Until     When   `json:"until"`
}

// A Training is one course that officers of the unit went through.
type Training struct {
	Head
	Subject  string    `json:"subject" need:"yes"`
	Contents []Content `json:"contents,omitempty"`
	Version  string    `json:"version,omitempty"`
	At       When      `json:"at"`
	Hours    int       `json:"hours,omitempty"`
	Trainer  string    `json:"trainer,omitempty"`
	Officers Count     `json:"officers"`
	Passed   Count     `json:"passed"`
	Authors  string    `json:"authors,omitempty"` // who wrote it; survivors and workers paid or not
}

// A Transfer moves officers out of the unit.
type Transfer struct {
	Head
	At       When   `json:"at"`
	Officers Count  `json:"officers"`
	Training ID     `json:"training,omitempty" ref:"training"` // the course they had, if trained
	Trained  Count  `json:"trained"`                           // how many of them had it
	To       string `json:"to,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// A UnitEvent is something on the unit's time line: a mentor's visit, a
// decision on readiness with both harms, pressure from outside, a reform step.
type UnitEvent struct {
	Head
	Kind          UnitEventKind `json:"kind" need:"yes"`
	At            When          `json:"at"`
	By            string        `json:"by,omitempty"`
	What          Text          `json:"what,omitempty"`
	HarmOfActing  Text          `json:"harm_of_acting,omitempty"`
	HarmOfWaiting Text          `json:"harm_of_waiting,omitempty"`
	Wanted        Text          `json:"wanted,omitempty"`
	Unwanted      Text          `json:"unwanted,omitempty"`
	Verified      Answer        `json:"verified,omitempty"` // by somebody outside the force
	Actions       []Action      `json:"actions,omitempty"`
}

// Holds answers whether a moment lies in the command period.
func (c *Command) Holds(w When) Answer {
	afterStart, beforeEnd := Yes, Yes
	if c.From.Known() {
		afterStart = w.Before(c.From).Not()
	}
	if c.Until.Known() {
		beforeEnd = c.Until.Before(w).Not()
	}
	switch {
	case afterStart == No || beforeEnd == No:
		return No
	case afterStart == Yes && beforeEnd == Yes:
		return Yes
	}
	return Unknown
}

// Kept is how many officers of one training are still in the unit.
type Kept struct {
	Training *Training
	After    []KeptAfter
}

// KeptAfter is how many of the trained are still there after some months;
// Come says whether that time has come.
type KeptAfter struct {
	Months int
	Left   Count
	Come   bool
}

// Retention returns, for each training, how many of its officers were still
// in the unit 6, 12 and 24 months later, by the transfers on record. A
// transfer whose date is not told may have happened at any time, so it only
// lowers what is certain.
func (r *UnitRecord) Retention(at time.Time) (kept []Kept) {
	for _, t := range r.Trainings {
		k := Kept{Training: t}
		trained, ok := t.At.Latest()
		for _, months := range []int{6, 12, 24} {
			due := trained.AddDate(0, months, 0)
			left := t.Officers
			for _, x := range r.Transfers {
				if x.Training == t.ID {
					left = left.Sub(x.goneBy(due))
				}
			}
			k.After = append(k.After, KeptAfter{months, left, ok && !due.After(at)})
		}
		kept = append(kept, k)
	}
	return kept
}

// goneBy returns how many of a training's officers a transfer had taken away
// by a moment.
func (t *Transfer) goneBy(due time.Time) Count {
	gone := t.Trained
	if !gone.Known() {
		gone = Between(0, maxCount)
		if hi, bounded := t.Officers.Max(); bounded {
			gone = Between(0, hi)
		}
	}
	if until, ok := t.At.Latest(); ok && !until.After(due) {
		return gone
	}
	if from, ok := t.At.Earliest(); ok && !from.Before(due) {
		return Exactly(0)
	}
	hi, bounded := gone.Max()
	if !bounded {
		hi = maxCount
	}
	return Between(0, hi)
}

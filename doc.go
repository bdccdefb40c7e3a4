// Package plumbline is the domain of an answerable response to trafficking:
// operations, the people met in them, what became of each, who tells it, and
// who may see and change what. It holds the nouns and their rules, imports
// nothing of ours, and reads no clock, file or network.
//
// Start with [Record], everything known of one operation, and its methods:
// [Record.Check] refuses what cannot be, [Record.Balance] accounts for
// everyone met, [Record.Custody] follows one person or group from hand to
// hand, [Record.Kind] computes what kind of operation it was.
//
// Three ideas run through all types. A [Count] may be exact, a lower bound,
// about, or unknown, and unknown is never zero. A [When] may be as coarse as
// a year. An [Answer] may be unknown, not asked or refused. Rules over them
// have three values, and say which datum is missing.
//
// People are counted here, not named: nothing in this package has a field
// for a name, a face or an address.
package plumbline

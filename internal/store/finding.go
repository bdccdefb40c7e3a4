package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"plumbline"
	"plumbline/protocol"
)

// Report holds an operation against a protocol. It returns NotFound when
// there is no such operation or protocol, or the actor may not see it.
func (db *DB) Report(ctx context.Context, a plumbline.Actor, id plumbline.ID, name string) (*protocol.Report, error) {
	p := db.Protocol(name)
	if p == nil {
		return nil, plumbline.NotFound("protocol")
	}
	o, err := db.Operation(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return db.check(p, o.Record)
}

// ReportOn is Report for an operation that has been read already.
func (db *DB) ReportOn(o *Operation, name string) (*protocol.Report, error) {
	p := db.Protocol(name)
	if p == nil {
		return nil, plumbline.NotFound("protocol")
	}
	return db.check(p, o.Record)
}

// Protocol returns the protocol with the name, or nil.
func (db *DB) Protocol(name string) *protocol.Protocol {
	i := slices.IndexFunc(db.protocols, func(p *protocol.Protocol) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return db.protocols[i]
}

func (db *DB) check(p *protocol.Protocol, r *plumbline.Record) (*protocol.Report, error) {
	now := db.Now()
	report, err := p.Check(Facts(r.Facts(now)), now)
	if err != nil {
		return nil, err
	}
	report.Operation = string(r.Operation.ID)
	return report, nil
}

// Facts turns the facts of a record into those that a protocol reads: the
// protocol does not know the record's types.
func Facts(known map[string]plumbline.Fact) map[string]protocol.Fact {
	out := make(map[string]protocol.Fact, len(known))
	for name, f := range known {
		evidence := make([]string, len(f.Evidence))
		for i, id := range f.Evidence {
			evidence[i] = string(id)
		}
		value := f.Value
		if c, ok := value.(plumbline.Count); ok {
			most, bounded := c.Max()
			value = protocol.Range{Min: c.Min(), Max: most, Open: !bounded}
		}
		out[name] = protocol.Fact{Value: value, Evidence: evidence}
	}
	return out
}

// What the rules say of an operation is kept as a text: the mark of the
// protocols that it was held against, then a letter for each rule of each of
// them, in their order.

// letterOf returns the letter of a result, 0 when there is no such result.
func letterOf(r protocol.Result) byte {
	switch r {
	case protocol.Kept, protocol.Broken, protocol.Unknown, protocol.NotApplicable:
		return r[0]
	}
	return 0
}

var resultOf = map[byte]protocol.Result{letterOf(protocol.Kept): protocol.Kept, letterOf(protocol.Broken): protocol.Broken,
	letterOf(protocol.Unknown): protocol.Unknown, letterOf(protocol.NotApplicable): protocol.NotApplicable}

// mark stands before findings, so that nobody reads them by other protocols
// than those that they are of.
func (db *DB) mark() string { return db.shape + ":" }

// place returns where the letters of a protocol begin, and the protocol; nil
// when there is none of the name.
func (db *DB) place(name string) (at int, p *protocol.Protocol) {
	at = len(db.mark())
	for _, p := range db.protocols {
		if p.Name == name {
			return at, p
		}
		at += len(p.Rules)
	}
	return 0, nil
}

// A Score counts findings by result.
type Score map[protocol.Result]int

// RuleScores returns, for each rule of a protocol, how many of the operations
// that the actor may see keep it, break it or cannot tell. A filter narrows
// the operations: a unit, a period, a kind.
func (db *DB) RuleScores(ctx context.Context, a plumbline.Actor, name string, f Filter) (map[string]Score, error) {
	scores := map[string]Score{}
	var counts [][256]int // of letters, by rule
	err := db.eachFinding(ctx, a, name, f, func(r *listed, rules []*protocol.Rule, letters string) {
		if counts == nil {
			counts = make([][256]int, len(rules))
		}
		for i := range rules {
			counts[i][letters[i]]++
		}
	})
	for i := range counts {
		score := Score{}
		for letter, result := range resultOf {
			if n := counts[i][letter]; n > 0 {
				score[result] = n
			}
		}
		scores[db.Protocol(name).Rules[i].ID] = score
	}
	return scores, err
}

// Scores returns, for each operation that the actor may see and the filter
// finds, how many rules of a protocol it keeps, breaks or cannot tell.
func (db *DB) Scores(ctx context.Context, a plumbline.Actor, name string, f Filter) (map[plumbline.ID]Score, error) {
	scores := map[plumbline.ID]Score{}
	err := db.eachFinding(ctx, a, name, f, func(r *listed, rules []*protocol.Rule, letters string) {
		score := Score{}
		for i := range rules {
			score[resultOf[letters[i]]]++
		}
		scores[plumbline.ID(r.id)] = score
	})
	return scores, err
}

// eachFinding calls see with what the rules of a protocol say of each operation.
func (db *DB) eachFinding(ctx context.Context, a plumbline.Actor, name string, f Filter, see func(r *listed, rules []*protocol.Rule, letters string)) error {
	found, _, err := db.find(ctx, a, f)
	if err != nil {
		return err
	}
	first, p := db.place(name)
	for _, r := range found {
		if p != nil && r.findings != "" {
			see(r, p.Rules, r.findings[first:first+len(p.Rules)])
		}
	}
	return nil
}

// Sum adds up the scores of all rules.
func Sum(scores map[string]Score) Score {
	sum := Score{}
	for s := range maps.Values(scores) {
		for result, n := range s {
			sum[result] += n
		}
	}
	return sum
}

// rederive writes all derived rows anew when the protocols or the rules of
// derivation have changed since they were written, or the clock was ahead then.
func (db *DB) rederive(ctx context.Context) error {
	return db.tx(ctx, func(tx *Tx) error {
		var shape []byte
		if _, err := tx.one([]any{&shape}, "SELECT value FROM site WHERE name = 'derived_shape'"); err != nil {
			return err
		}
		_, last, err := tx.end()
		if err != nil || string(shape) == db.shape && !last.After(tx.now) {
			return err
		}
		if err := tx.deriveWhere("1 = 1"); err != nil {
			return err
		}
		if err := tx.deriveUnits(); err != nil {
			return err
		}
		return tx.exec("INSERT INTO site (name, value) VALUES ('derived_shape', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value", []byte(db.shape))
	})
}

// derivation is the version of what derive writes; raise it when that changes.
const derivation = 6

// shapeOf returns what derived rows depend on beside the record.
func shapeOf(protocols []*protocol.Protocol) string {
	h := sha256.New()
	fmt.Fprintln(h, derivation)
	for _, d := range plumbline.OperationFigures() {
		fmt.Fprintln(h, d.Name, d.Version)
	}
	for _, p := range protocols {
		fmt.Fprintln(h, p.Name, p.Version, len(p.Rules), p.Limits)
		for _, r := range p.Rules {
			fmt.Fprintln(h, r.ID, r.When, r.Require)
			if r.Clock != nil {
				fmt.Fprintln(h, *r.Clock)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Vocabulary returns the facts that a protocol may ask of an operation.
func Vocabulary() protocol.Vocabulary {
	var v protocol.Vocabulary
	for _, t := range plumbline.Vocabulary() {
		v = append(v, protocol.Term{Name: t.Name, Type: protocol.Type(t.Type), Values: t.Values, Help: t.Help})
	}
	return v
}

// Kept, Broken and Unknown are the numbers of the three answers.
func (s Score) Kept() int    { return s[protocol.Kept] }
func (s Score) Broken() int  { return s[protocol.Broken] }
func (s Score) Unknown() int { return s[protocol.Unknown] }

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
	var report *protocol.Report
	err := db.view(ctx, func(tx *Tx) error {
		o, err := tx.operation(a, id)
		if err != nil {
			return err
		}
		report, err = tx.check(p, o.Record)
		return err
	})
	return report, err
}

// Protocol returns the protocol with the name, or nil.
func (db *DB) Protocol(name string) *protocol.Protocol {
	i := slices.IndexFunc(db.protocols, func(p *protocol.Protocol) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return db.protocols[i]
}

func (tx *Tx) check(p *protocol.Protocol, r *plumbline.Record) (*protocol.Report, error) {
	report, err := p.Check(Facts(r.Facts(tx.now)), tx.now)
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

// findings reads what is kept of what the protocols say of an operation.
func (tx *Tx) findings(id plumbline.ID) (map[ruleKey]protocol.Result, error) {
	found := map[ruleKey]protocol.Result{}
	err := tx.each(func(scan func(...any) error) error {
		var k ruleKey
		var result protocol.Result
		err := scan(&k.protocol, &k.rule, &result)
		found[k] = result
		return err
	}, "SELECT protocol, rule, result FROM finding WHERE operation = $1", id)
	return found, err
}

// putFindings writes what the protocols say of an operation, where it has
// changed.
func (tx *Tx) putFindings(id plumbline.ID, findings map[ruleKey]protocol.Result) error {
	old, err := tx.findings(id)
	if err != nil {
		return err
	}
	var args []any
	for k, result := range findings {
		if old[k] != result {
			args = append(args, id, k.protocol, k.rule, result)
		}
		delete(old, k)
	}
	if len(args) > 0 {
		if err := tx.exec("INSERT INTO finding (operation, protocol, rule, result) VALUES "+marks(len(args), 4)+
			" ON CONFLICT (operation, protocol, rule) DO UPDATE SET result = excluded.result", args...); err != nil {
			return err
		}
	}
	for k := range old {
		if err := tx.exec("DELETE FROM finding WHERE operation = $1 AND protocol = $2 AND rule = $3", id, k.protocol, k.rule); err != nil {
			return err
		}
	}
	return nil
}

// A Score counts findings by result.
type Score map[protocol.Result]int

// RuleScores returns, for each rule of a protocol, how many of the operations
// that the actor may see keep it, break it or cannot tell. A filter narrows
// the operations: a unit, a period, a kind.
func (db *DB) RuleScores(ctx context.Context, a plumbline.Actor, name string, f Filter) (scores map[string]Score, err error) {
	err = db.listing(ctx, func(tx *Tx) error {
		scores = map[string]Score{}
		where, args, ok := scope(a)
		if !ok {
			return plumbline.Forbidden(plumbline.SeeOperation)
		}
		f.add(&where, &args)
		args = append(args, name)
		return tx.each(func(scan func(...any) error) error {
			var rule string
			var result protocol.Result
			var n int
			if err := scan(&rule, &result, &n); err != nil {
				return err
			}
			if scores[rule] == nil {
				scores[rule] = Score{}
			}
			scores[rule][result] += n
			return nil
		}, fmt.Sprintf("SELECT rule, result, COUNT(*) FROM finding WHERE protocol = $%d%s GROUP BY result, rule", len(args), among(where)), args...)
	})
	return scores, err
}

// among narrows findings to the operations of a condition.
func among(where []string) string {
	if len(where) == 0 {
		return "" // to ask of each finding whether its operation is there took longer than to count it
	}
	return " AND operation IN (SELECT id FROM operation" + whereClause(where) + ")"
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
		if err != nil || string(shape) == db.shape() && !last.After(tx.now) {
			return err
		}
		if err := tx.deriveWhere("1 = 1"); err != nil {
			return err
		}
		if err := tx.deriveUnits(); err != nil {
			return err
		}
		return tx.exec("INSERT INTO site (name, value) VALUES ('derived_shape', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value", []byte(db.shape()))
	})
}

// derivation is the version of what derive writes; raise it when that changes.
const derivation = 4

func (db *DB) shape() string {
	h := sha256.New()
	fmt.Fprintln(h, derivation)
	for _, p := range db.protocols {
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

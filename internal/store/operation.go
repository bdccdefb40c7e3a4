package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"plumbline"
)

// An Operation is an operation's record as an actor may read it, with the
// latest version of each entry.
type Operation struct {
	*plumbline.Record
	Revisions map[plumbline.ID]Revision
	Withheld  int // accounts that the actor may not read yet: that they are there is told, whose they are is not
	May       map[plumbline.Deed]bool
}

// Version returns the version of an entry, 0 when it is not in the record.
func (o *Operation) Version(id plumbline.ID) int64 { return o.Revisions[id].Version }

// Operation returns an operation's record. It returns NotFound when there is
// none, or when the actor may not see it.
func (db *DB) Operation(ctx context.Context, a plumbline.Actor, id plumbline.ID) (o *Operation, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		o, err = tx.operation(a, id)
		return err
	})
	return o, err
}

func (tx *Tx) operation(a plumbline.Actor, id plumbline.ID) (*Operation, error) {
	d, revisions, err := tx.load(Subject{plumbline.KindOperation, id})
	if err != nil {
		return nil, err
	}
	if len(revisions) == 0 {
		return nil, plumbline.NotFound("operation")
	}
	all := d.(*plumbline.Record)
	shown, err := all.Show(a)
	if err != nil {
		return nil, err
	}
	o := &Operation{Record: shown, Revisions: map[plumbline.ID]Revision{}, Withheld: len(all.Accounts) - len(shown.Accounts), May: map[plumbline.Deed]bool{}}
	for _, e := range shown.Entries() {
		id := plumbline.HeadOf(e).ID
		o.Revisions[id] = revisions[id].Revision
	}
	for _, deed := range plumbline.Deeds() {
		o.May[deed] = plumbline.May(a, deed, a.BondTo(all))
	}
	o.May[plumbline.RecordFacts] = plumbline.AllowRecord(a, all) == nil
	return o, nil
}

// A Summary is an operation in a list.
type Summary struct {
	ID          plumbline.ID
	Title       string
	Origin      plumbline.Origin
	Country     string
	Place       string
	Unit        plumbline.ID
	Kind        plumbline.OperationKind
	Began       plumbline.When
	Met         plumbline.Count
	Unaccounted plumbline.Count // now
	Since       time.Time       // since when the first of them are; zero when not known
	Accompanied plumbline.Answer
	SweptUp     plumbline.Answer
	Warrant     plumbline.Answer
	Accounts    int  // how many have told of it, also those whose accounts the actor may not read yet
	Series      bool // stands for several operations
	Tally       plumbline.Tally
	began       int64
}

// A Filter says which operations are wanted. Empty fields ask for all.
type Filter struct {
	Text        string // in title, place or country
	Country     string
	Unit        plumbline.ID
	Area        plumbline.ID // of figures over areas; no operation is found by it
	Kind        plumbline.OperationKind
	Origin      plumbline.Origin
	From, Until time.Time
	Accompanied plumbline.Answer
	Protocol    string // with Rule and Result: operations with this finding
	Rule        string
	Result      string
	Unaccounted bool   // only those with people unaccounted for, oldest first
	After       string // the page after this one's Next
	Limit       int    // rows a page; 50 when 0
}

// A Page is one page of a list.
type Page struct {
	Operations []Summary
	Next       string // After of the next page; empty on the last
	Totals     Totals // over all that match, not only this page
}

// scopeOf returns the condition under which the actor may do a deed to an
// operation, as Actor.BondTo has it: each operation has one bond, and that
// bond decides. ok is false when there is no such operation.
func scopeOf(a plumbline.Actor, deed plumbline.Deed) (where []string, args []any, ok bool) {
	own := ""
	if len(a.Units) > 0 {
		for _, u := range a.Units {
			args = append(args, u)
		}
		own = "unit <> '' AND unit IN " + marks(len(args), len(args))
	}
	may := func(b plumbline.Bond) bool { return plumbline.May(a, deed, b) }
	all := true
	var either []string
	add := func(bond plumbline.Bond, condition string) {
		if !may(bond) {
			all = false
			return
		}
		if own != "" && bond != plumbline.OwnUnit {
			condition += " AND NOT (" + own + ")"
		}
		either = append(either, "("+condition+")")
	}
	if own != "" {
		add(plumbline.OwnUnit, own)
	}
	add(plumbline.Public, "origin = 'public_record'")
	switch part := fmt.Sprintf("id IN (SELECT operation FROM party WHERE organisation = $%d)", len(args)+1); {
	case may(plumbline.TookPart) == may(plumbline.Stranger):
		add(plumbline.Stranger, "origin <> 'public_record'")
	case a.Organisation == "":
		add(plumbline.Stranger, "origin <> 'public_record'") // no organisation took part in nothing
	default:
		args = append(args, a.Organisation)
		add(plumbline.TookPart, "origin <> 'public_record' AND "+part)
		add(plumbline.Stranger, "origin <> 'public_record' AND NOT "+part)
	}
	switch {
	case len(either) == 0:
		return nil, nil, false
	case all:
		return nil, nil, true
	}
	return []string{"(" + strings.Join(either, " OR ") + ")"}, args, true
}

func whereClause(where []string) string {
	if len(where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(where, " AND ")
}

const summaryColumns = "id, title, origin, country, place, unit, kind, began_text, began, met, missing, since, accompanied, swept_up, warrant, accounts, series, facts"

func scanSummary(scan func(...any) error) (s Summary, err error) {
	var since int64
	var began, met, missing, facts string
	var series int
	if err := scan(&s.ID, &s.Title, &s.Origin, &s.Country, &s.Place, &s.Unit, &s.Kind, &began, &s.began, &met, &missing, &since,
		&s.Accompanied, &s.SweptUp, &s.Warrant, &s.Accounts, &series, &facts); err != nil {
		return s, err
	}
	var err1, err2, err3 error
	s.Began, err1 = plumbline.ParseWhen(began)
	s.Met, err2 = plumbline.ParseCount(met)
	s.Unaccounted, err3 = plumbline.ParseCount(missing)
	s.Series = series == 1
	s.Since = moment(since)
	return s, errors.Join(err1, err2, err3, parseTally(facts, &s.Tally))
}

// fold makes texts comparable: one form, no case.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// derivedColumns are the columns of the table "operation", in the order in
// which a derivation gives them.
var derivedColumns = []string{"id", "title", "origin", "country", "place", "folded", "unit", "kind", "began_text", "began", "met", "met_min", "missing", "missing_min",
	"missing_open", "since", "changes_at", "accompanied", "swept_up", "warrant", "accounts", "series", "facts", "findings", "figures"}

// upsertDerived writes one row of the table "operation" under the next number.
var upsertDerived = func() string {
	var sets []string
	for _, c := range append(derivedColumns[1:len(derivedColumns):len(derivedColumns)], "seq") {
		sets = append(sets, c+" = excluded."+c)
	}
	n := len(derivedColumns)
	return "INSERT INTO operation (" + strings.Join(derivedColumns, ", ") + ", seq) VALUES " + strings.TrimSuffix(marks(n, n), ")") +
		", (SELECT COALESCE(MAX(seq), 0) + 1 FROM operation)) ON CONFLICT (id) DO UPDATE SET " + strings.Join(sets, ", ")
}()

// A derived is what lists and filters need of an operation: the values of
// derivedColumns, and what needs doing about it and who took part.
type derived struct {
	columns []any
	tasks   []plumbline.Task
	parties []plumbline.ID
}

// text makes two derived comparable.
func (d *derived) text() string {
	text := fmt.Sprintf("%#v\n", d.columns)
	for _, t := range d.tasks {
		text += fmt.Sprintln(taskColumns(t)...)
	}
	return text + fmt.Sprintln(d.parties)
}

// scan reads columns as Rows.Scan does.
func (d *derived) scan(columns []string) func(...any) error {
	return func(into ...any) error {
		for i, name := range columns {
			to := reflect.ValueOf(into[i]).Elem()
			to.Set(reflect.ValueOf(d.columns[slices.Index(derivedColumns, name)]).Convert(to.Type()))
		}
		return nil
	}
}

// derivation computes what lists and filters need of an operation, at the
// moment of the transaction and until changes_at.
func (tx *Tx) derivation(r *plumbline.Record) (*derived, error) {
	op, people := &r.Operation, r.People()
	now := people.Balance(r.Now(tx.now))
	computed := people.Kind()
	began := int64(unknownDay)
	if t, ok := op.Began.Earliest(); ok {
		began = t.UnixMicro()
	}
	changes := int64(never)
	if t, ok := r.NextChange(tx.now); ok {
		changes = t.UnixMicro()
	}
	unitOf, err := tx.organisationOf(op.Unit)
	if err != nil {
		return nil, err
	}
	d := &derived{tasks: people.Tasks(tx.now, unitOf), parties: r.Parties()}
	facts := people.Facts(tx.now)
	known := Facts(facts)
	findings := []byte(tx.db.mark())
	for _, p := range tx.db.protocols {
		report, err := p.Check(known, tx.now)
		if err != nil {
			return nil, fmt.Errorf("derive operation %s: %w", op.ID, err)
		}
		for _, f := range report.Findings {
			findings = append(findings, letterOf(f.Result))
			if f.NotYetDue {
				changes = min(changes, f.Due.UnixMicro())
			}
		}
		if op.Origin != "public_record" && !op.Series() {
			d.tasks = append(d.tasks, clocks(p, report)...)
		}
	}
	met := people.Met()
	d.columns = []any{string(op.ID), op.Title, string(op.Origin), op.Country, op.Place, fold(op.Title + " " + op.Place + " " + op.Country), string(op.Unit), string(computed.Kind),
		op.Began.String(), began, met.Text(), met.Min(), now.Unaccounted.Text(), now.Unaccounted.Min(), flag(now.Everyone() != plumbline.Yes), since(now), changes,
		string(r.Accompanied()), string(computed.SweptUp), string(computed.Warrant), len(r.TellersHeard()), flag(op.Series()), tallyText(people.Tally()), string(findings), tx.db.figuresText(r, people.Figures(tx.now, facts))}
	return d, nil
}

// derived reads what is kept for lists and filters of an operation; old says
// that time has changed it since.
func (tx *Tx) derived(id plumbline.ID) (d *derived, old bool, err error) {
	d = new(derived)
	if err := tx.each(func(scan func(...any) error) error {
		d.columns = make([]any, len(derivedColumns))
		into := make([]any, len(derivedColumns))
		for i := range into {
			into[i] = &d.columns[i]
		}
		if err := scan(into...); err != nil {
			return err
		}
		at, _ := d.columns[slices.Index(derivedColumns, "changes_at")].(int64)
		old = at <= tx.now.UnixMicro()
		return nil
	}, "SELECT "+strings.Join(derivedColumns, ", ")+" FROM operation WHERE id = $1", id); err != nil {
		return nil, false, err
	}
	if d.tasks, err = tx.tasks(id, ""); err != nil {
		return nil, false, err
	}
	d.parties, err = tx.parties(id)
	return d, old, err
}

// derive writes what lists and filters need of an operation. Writers run one
// after the other, so a row that is written later has a higher number, and who
// has read up to a number has missed nothing.
func (tx *Tx) derive(r *plumbline.Record) error {
	d, err := tx.derivation(r)
	if err != nil {
		return err
	}
	if err := tx.exec(upsertDerived, d.columns...); err != nil {
		return fmt.Errorf("derive operation %s: %w", r.Operation.ID, err)
	}
	if err := tx.putTasks(r.Operation.ID, "", d.tasks); err != nil {
		return err
	}
	return tx.putParties(r.Operation.ID, d.parties)
}

// flag writes a truth as both engines keep it.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// since returns the earliest moment since when people are missing.
func since(b *plumbline.Balance) int64 {
	first := int64(never)
	for _, m := range b.Missing {
		if t, ok := m.Since.Earliest(); ok {
			first = min(first, t.UnixMicro())
		}
	}
	return first
}

// ids returns the ids that a query finds.
func (tx *Tx) ids(query string, args ...any) (ids []plumbline.ID, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var id plumbline.ID
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, query, args...)
	return ids, err
}

func (tx *Tx) deriveAll(ids []plumbline.ID) error {
	for _, id := range ids {
		d, revisions, err := tx.load(Subject{plumbline.KindOperation, id})
		if err != nil {
			return err
		}
		if len(revisions) == 0 {
			return fmt.Errorf("operation %s is listed and has no record", id)
		}
		if err := tx.derive(d.(*plumbline.Record)); err != nil {
			return err
		}
	}
	return nil
}

// Can reports whether the actor may do a deed to the operation.
func (o *Operation) Can(deed string) bool { return o.May[plumbline.Deed(deed)] }

package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"plumbline"
	"plumbline/protocol"
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

// Totals sums what a filter finds. Entries that stand for several operations
// are counted and not summed: they may hold the same people as others.
type Totals struct {
	Operations  int
	Series      int // entries that stand for several operations
	Met         plumbline.Count
	Unaccounted plumbline.Count
	NotCounted  int  // operations of which nobody has told how many were met
	Mixed       bool // made-up and real operations are among them: their sums mean nothing
}

// Operations returns a page of the operations that the actor may see.
func (db *DB) Operations(ctx context.Context, a plumbline.Actor, f Filter) (p Page, err error) {
	err = db.listing(ctx, func(tx *Tx) error {
		p = Page{}
		where, args, ok := scope(a)
		if !ok {
			return plumbline.Forbidden(plumbline.SeeOperation)
		}
		f.add(&where, &args)
		if p.Totals, err = tx.totals(where, args); err != nil {
			return err
		}
		p.Operations, p.Next, err = tx.page(f, where, args)
		return err
	})
	return p, err
}

// listing runs f in a reading transaction that sees the lists as they are at
// this moment; who only looks sees them as they were left.
func (db *DB) listing(ctx context.Context, f func(*Tx) error) error {
	if !db.looks {
		err := db.refreshDue(ctx)
		if err != nil && !errors.Is(err, plumbline.ErrUnavailable) {
			return err
		}
		if err != nil { // with a full disk reading goes on; without a database f says so
			db.log.LogAttrs(ctx, slog.LevelWarn, "lists are older than they should be", slog.Any("error", err))
		}
	}
	return db.view(ctx, f)
}

// scope returns the condition under which the actor sees an operation. ok is
// false when the actor sees none.
func scope(a plumbline.Actor) (where []string, args []any, ok bool) {
	return scopeOf(a, plumbline.SeeOperation)
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

func (f Filter) add(where *[]string, args *[]any) {
	and := func(condition string, values ...any) {
		if text := fmt.Sprint(values...); !isText(text) || len(text) > 4*plumbline.MaxLine {
			*where = append(*where, "1 = 0") // nothing is written so
			return
		}
		for _, v := range values {
			*args = append(*args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(*args)), 1)
		}
		*where = append(*where, condition)
	}
	if f.Text != "" {
		and(`folded LIKE ? ESCAPE '\'`, "%"+likeEscape.Replace(fold(f.Text))+"%")
	}
	if f.Country != "" {
		and("country = ?", f.Country)
	}
	if f.Unit != "" {
		and("unit = ?", f.Unit)
	}
	if f.Kind != "" {
		and("kind = ?", f.Kind)
	}
	if f.Origin != "" {
		and("origin = ?", f.Origin)
	}
	if !f.From.IsZero() {
		and("began >= ?", f.From.UnixMicro())
	}
	if !f.Until.IsZero() {
		and(fmt.Sprintf("began < ? AND began <> %d", unknownDay), f.Until.UnixMicro())
	}
	if f.Accompanied != "" {
		and("accompanied = ?", f.Accompanied)
	}
	if f.Unaccounted {
		and("missing_open = 1")
	}
	if f.Rule != "" {
		and("id IN (SELECT operation FROM finding WHERE protocol = ? AND rule = ? AND result = ?)", f.Protocol, f.Rule, f.Result)
	} else if f.Result != "" {
		and("id IN (SELECT operation FROM finding WHERE protocol = ? AND result = ?)", f.Protocol, f.Result)
	}
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// fold makes texts comparable: one form, no case.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

func whereClause(where []string) string {
	if len(where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(where, " AND ")
}

func (tx *Tx) totals(where []string, args []any) (t Totals, err error) {
	t.Met, t.Unaccounted = plumbline.Exactly(0), plumbline.Exactly(0)
	origins := map[bool]bool{}
	err = tx.each(func(scan func(...any) error) error {
		var n, series int
		var origin, met, missing string
		if err := scan(&origin, &met, &missing, &series, &n); err != nil {
			return err
		}
		origins[origin == "fictional"] = true
		t.Mixed = len(origins) > 1
		if series == 1 {
			t.Series += n
			return nil
		}
		m, err1 := plumbline.ParseCount(met)
		u, err2 := plumbline.ParseCount(missing)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		t.Operations += n
		if !m.Known() {
			t.NotCounted += n
		}
		for range n {
			t.Met, t.Unaccounted = t.Met.Add(m), t.Unaccounted.Add(u)
		}
		return nil
	}, "SELECT origin, met, missing, series, COUNT(*) FROM operation"+whereClause(where)+" GROUP BY origin, met, missing, series", args...)
	return t, err
}

const summaryColumns = "id, title, origin, country, place, unit, kind, began_text, began, met, missing, since, accompanied, swept_up, warrant, accounts, series, facts"

// unknownDay stands for a beginning or a since that is not known; such rows
// come last.
const unknownDay = math.MinInt64 / 4

func (tx *Tx) page(f Filter, where []string, args []any) (list []Summary, next string, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	column, direction, compare := "began", "DESC", "<"
	if f.Unaccounted {
		column, direction, compare = "since", "ASC", ">"
	}
	if f.After != "" {
		key, id, _ := strings.Cut(f.After, ".")
		at, err := strconv.ParseInt(key, 10, 64)
		if err != nil || !plumbline.ValidID(plumbline.ID(id)) {
			return nil, "", plumbline.NotFound("page")
		}
		args = append(args, at, id)
		n := len(args)
		where = append(where, fmt.Sprintf("(%s %s $%d OR (%s = $%d AND id > $%d))", column, compare, n-1, column, n-1, n))
	}
	var keys []int64
	err = tx.each(func(scan func(...any) error) error {
		s, since, err := scanSummary(scan)
		if err != nil {
			return err
		}
		key := s.began
		if f.Unaccounted {
			key = since
		}
		list, keys = append(list, s), append(keys, key)
		return nil
	}, fmt.Sprintf("SELECT %s FROM operation%s ORDER BY %s %s, id LIMIT %d", summaryColumns, whereClause(where), column, direction, limit+1), args...)
	if len(list) > limit {
		list = list[:limit]
		next = fmt.Sprintf("%d.%s", keys[limit-1], list[limit-1].ID)
	}
	return list, next, err
}

func scanSummary(scan func(...any) error) (s Summary, since int64, err error) {
	var began, met, missing, facts string
	var series int
	if err := scan(&s.ID, &s.Title, &s.Origin, &s.Country, &s.Place, &s.Unit, &s.Kind, &began, &s.began, &met, &missing, &since,
		&s.Accompanied, &s.SweptUp, &s.Warrant, &s.Accounts, &series, &facts); err != nil {
		return s, 0, err
	}
	var err1, err2, err3 error
	s.Began, err1 = plumbline.ParseWhen(began)
	s.Met, err2 = plumbline.ParseCount(met)
	s.Unaccounted, err3 = plumbline.ParseCount(missing)
	s.Series = series == 1
	if since != math.MaxInt64 {
		s.Since = time.UnixMicro(since).UTC()
	}
	return s, since, errors.Join(err1, err2, err3, parseTally(facts, &s.Tally))
}

// Summaries returns every operation that the actor may see and the filter
// finds, oldest first, for comparisons.
func (db *DB) Summaries(ctx context.Context, a plumbline.Actor, f Filter) (list []Summary, err error) {
	err = db.listing(ctx, func(tx *Tx) error {
		list, err = tx.summaries(a, f)
		return err
	})
	return list, err
}

func (tx *Tx) summaries(a plumbline.Actor, f Filter) (list []Summary, err error) {
	where, args, ok := scope(a)
	if !ok {
		return nil, plumbline.Forbidden(plumbline.SeeOperation)
	}
	f.add(&where, &args)
	err = tx.each(func(scan func(...any) error) error {
		s, _, err := scanSummary(scan)
		list = append(list, s)
		return err
	}, "SELECT "+summaryColumns+" FROM operation"+whereClause(where)+" ORDER BY began, id", args...)
	return list, err
}

// Countries returns the countries in the operations that the actor may see.
func (db *DB) Countries(ctx context.Context, a plumbline.Actor) (countries []string, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		countries = nil
		where, args, ok := scope(a)
		if !ok {
			return nil
		}
		where = append(where, "country <> ''")
		return tx.each(func(scan func(...any) error) error {
			var c string
			err := scan(&c)
			countries = append(countries, c)
			return err
		}, "SELECT DISTINCT country FROM operation"+whereClause(where)+" ORDER BY country", args...)
	})
	return countries, err
}

// derivedColumns are the columns of the table "operation", in the order in
// which a derivation gives them.
var derivedColumns = []string{"id", "title", "origin", "country", "place", "folded", "unit", "kind", "began_text", "began", "met", "met_min", "missing", "missing_min",
	"missing_open", "since", "changes_at", "accompanied", "swept_up", "warrant", "accounts", "series", "facts"}

// upsertDerived writes one row of the table "operation".
var upsertDerived = func() string {
	var sets []string
	for _, c := range derivedColumns[1:] {
		sets = append(sets, c+" = excluded."+c)
	}
	n := len(derivedColumns)
	return "INSERT INTO operation (" + strings.Join(derivedColumns, ", ") + ") VALUES " + marks(n, n) + " ON CONFLICT (id) DO UPDATE SET " + strings.Join(sets, ", ")
}()

// A derived is what lists and filters need of an operation: the values of
// derivedColumns, and what each rule of each protocol says.
type derived struct {
	columns  []any
	findings map[ruleKey]protocol.Result
	tasks    []plumbline.Task
	parties  []plumbline.ID
}

type ruleKey struct{ protocol, rule string }

// text makes two derived comparable.
func (d *derived) text() string {
	keys := slices.SortedFunc(maps.Keys(d.findings), func(a, b ruleKey) int {
		return cmp.Or(cmp.Compare(a.protocol, b.protocol), cmp.Compare(a.rule, b.rule))
	})
	text := fmt.Sprintf("%#v\n", d.columns)
	for _, k := range keys {
		text += fmt.Sprintln(k, d.findings[k])
	}
	for _, t := range d.tasks {
		text += fmt.Sprintln(taskColumns(t)...)
	}
	return text + fmt.Sprintln(d.parties)
}

// derivation computes what lists and filters need of an operation, at the
// moment of the transaction and until changes_at.
func (tx *Tx) derivation(r *plumbline.Record) (*derived, error) {
	op := &r.Operation
	now := r.Balance(r.Now(tx.now))
	computed := r.Kind()
	began := int64(unknownDay)
	if t, ok := op.Began.Earliest(); ok {
		began = t.UnixMicro()
	}
	changes := int64(math.MaxInt64)
	if t, ok := r.NextChange(tx.now); ok {
		changes = t.UnixMicro()
	}
	d := &derived{findings: map[ruleKey]protocol.Result{}}
	unitOf, err := tx.organisationOf(op.Unit)
	if err != nil {
		return nil, err
	}
	d.tasks, d.parties = r.Tasks(tx.now, unitOf), r.Parties()
	known := Facts(r.Facts(tx.now))
	for _, p := range tx.db.protocols {
		report, err := p.Check(known, tx.now)
		if err != nil {
			return nil, fmt.Errorf("derive operation %s: %w", op.ID, err)
		}
		for _, f := range report.Findings {
			d.findings[ruleKey{p.Name, f.Rule}] = f.Result
			if f.NotYetDue {
				changes = min(changes, f.Due.UnixMicro())
			}
		}
		if op.Origin != "public_record" && !op.Series() {
			d.tasks = append(d.tasks, clocks(p, report)...)
		}
	}
	met := r.Met()
	d.columns = []any{string(op.ID), op.Title, string(op.Origin), op.Country, op.Place, fold(op.Title + " " + op.Place + " " + op.Country), string(op.Unit), string(computed.Kind),
		op.Began.String(), began, met.Text(), met.Min(), now.Unaccounted.Text(), now.Unaccounted.Min(), flag(now.Everyone() != plumbline.Yes), since(now), changes,
		string(r.Accompanied()), string(computed.SweptUp), string(computed.Warrant), len(r.TellersHeard()), flag(op.Series()), tallyText(r.Tally())}
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
	if d.findings, err = tx.findings(id); err != nil {
		return nil, false, err
	}
	if d.tasks, err = tx.tasks(id, ""); err != nil {
		return nil, false, err
	}
	d.parties, err = tx.parties(id)
	return d, old, err
}

// derive writes what lists and filters need of an operation.
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
	if err := tx.putParties(r.Operation.ID, d.parties); err != nil {
		return err
	}
	return tx.putFindings(r.Operation.ID, d.findings)
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
	first := int64(math.MaxInt64)
	for _, m := range b.Missing {
		if t, ok := m.Since.Earliest(); ok {
			first = min(first, t.UnixMicro())
		}
	}
	return first
}

// refreshDue derives anew the operations that have changed because time went
// by: a state ran out, a clock of a rule did.
func (db *DB) refreshDue(ctx context.Context) error {
	for {
		due := 0
		if err := db.view(ctx, func(tx *Tx) (err error) {
			_, err = tx.one([]any{&due}, "SELECT 1 FROM operation WHERE changes_at <= $1 LIMIT 1", tx.now.UnixMicro())
			return err
		}); err != nil || due == 0 {
			return err
		}
		if err := db.tx(ctx, func(tx *Tx) error {
			ids, err := tx.ids("SELECT id FROM operation WHERE changes_at <= $1 ORDER BY changes_at LIMIT 100", tx.now.UnixMicro())
			if err != nil {
				return err
			}
			return tx.deriveAll(ids)
		}); err != nil {
			return err
		}
	}
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

package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"plumbline"
	"plumbline/protocol"
)

// A listed is an operation as filters and sums ask of it. It is never changed
// once it is in a list.
type listed struct {
	id, origin, country, unit, kind, accompanied string

	folded       string // title, place and country, to look for a text in
	began, since int64
	changes      int64 // when time changes the row
	met, missing plumbline.Count
	open         bool // people are, or may be, unaccounted for
	series       bool
	findings     string // a letter a rule; see letterOf
	figures      string // a portion a figure; see portions
	classRule    string // by which its people were put in classes, where that is told
	fine         byte   // how exactly its beginning is told; see fineness
}

// lists holds every operation in memory as filters and sums ask of it: some
// 400 bytes each, so that a list of a country's operations is a walk over an
// array on either engine, and no query counts whole tables. The rows of the
// database stay what is true: before each use, what was written since by this
// server or another is read.
type lists struct {
	mu    sync.Mutex
	seq   int64             // of the newest row that is in it
	rows  []*listed         // newest first; the array is never changed once handed out
	words map[string]string // of which there are few, each kept once
}

// listedColumns are what scanListed reads.
const listedColumns = "id, origin, country, unit, kind, accompanied, folded, began, since, changes_at, met, missing, missing_open, series, findings, figures, seq"

func (l *lists) scan(db *DB, scan func(...any) error) (*listed, error) {
	var open, series int
	var met, missing, figures string
	var seq int64
	r := new(listed)
	if err := scan(&r.id, &r.origin, &r.country, &r.unit, &r.kind, &r.accompanied, &r.folded, &r.began, &r.since, &r.changes, &met, &missing, &open, &series, &r.findings, &figures, &seq); err != nil {
		return nil, err
	}
	r.setFigures(db, figures, l.keep)
	for _, word := range []*string{&r.origin, &r.country, &r.unit, &r.kind, &r.accompanied} {
		l.keep(word)
	}
	var err1, err2 error
	r.met, err1 = plumbline.ParseCount(met)
	r.missing, err2 = plumbline.ParseCount(missing)
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%w: operation %s is listed with counts %q and %q", errUnreadable, r.id, met, missing)
	}
	r.open, r.series, l.seq = open == 1, series == 1, max(l.seq, seq)
	if r.findings != "" && !strings.HasPrefix(r.findings, db.mark()) {
		r.findings = "" // by other protocols than ours
	}
	return r, nil
}

// keep has a word of which there are few kept once.
func (l *lists) keep(word *string) {
	if kept, ok := l.words[*word]; ok {
		*word = kept
	} else {
		l.words[*word] = *word
	}
}

// newestFirst is the order of lists.
func newestFirst(a, b *listed) int {
	return cmp.Or(cmp.Compare(b.began, a.began), cmp.Compare(a.id, b.id))
}

// listed returns every operation as it is now, newest first.
func (db *DB) listed(ctx context.Context) (rows []*listed, err error) {
	l := &db.lists
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.words == nil {
		l.words = map[string]string{}
	}
	var changed []*listed
	before := l.seq
	err = db.view(ctx, func(tx *Tx) error {
		changed = nil
		var newest int64
		if _, err := tx.one([]any{&newest}, "SELECT COALESCE(MAX(seq), 0) FROM operation"); err != nil || newest == before {
			return err
		}
		if newest < before { // another site was restored in its place
			l.rows, l.seq, before = nil, 0, 0
		}
		return tx.each(func(scan func(...any) error) error {
			r, err := l.scan(db, scan)
			changed = append(changed, r)
			return err
		}, "SELECT "+listedColumns+" FROM operation WHERE seq > $1", before)
	})
	if err != nil {
		l.seq = before // nothing of it is in the list
		return nil, err
	}
	if len(changed) == 0 {
		return l.rows, nil
	}
	slices.SortFunc(changed, newestFirst)
	anew := make(map[string]bool, len(changed))
	for _, r := range changed {
		anew[r.id] = true
	}
	rows = make([]*listed, 0, len(l.rows)+len(changed))
	for _, r := range l.rows {
		if anew[r.id] {
			continue
		}
		for len(changed) > 0 && newestFirst(changed[0], r) < 0 {
			rows, changed = append(rows, changed[0]), changed[1:]
		}
		rows = append(rows, r)
	}
	l.rows = append(rows, changed...)
	return l.rows, nil
}

// find returns the operations that the actor may see and the filter finds,
// newest first, and how many of all that they see time has changed and nobody
// has derived anew yet. It returns Forbidden when the actor may see none.
func (db *DB) find(ctx context.Context, a plumbline.Actor, f Filter) (found []*listed, behind int, err error) {
	sees, ok := scope(a)
	if !ok {
		return nil, 0, plumbline.Forbidden(plumbline.SeeOperation)
	}
	if err := db.upToDate(ctx); err != nil {
		return nil, 0, err
	}
	rows, err := db.listed(ctx)
	if err != nil {
		return nil, 0, err
	}
	fits, now := f.fits(db), db.Now().UnixMicro()
	for _, r := range rows {
		if !sees(r) {
			continue
		}
		if fits(r) {
			found = append(found, r)
		}
		if r.changes <= now { // it may fit, or not fit, by now
			behind++
		}
	}
	return found, behind, nil
}

// scope returns whether the actor sees an operation, as Actor.BondTo and
// Record.Show have it: each operation has one bond, and that bond decides. ok
// is false when the actor sees none.
func scope(a plumbline.Actor) (sees func(*listed) bool, ok bool) {
	own, public := plumbline.May(a, plumbline.SeeOperation, plumbline.OwnUnit), plumbline.May(a, plumbline.SeeOperation, plumbline.Public)
	// Nobody sees more of what the own organisation took part in than of what
	// it did not, or less: a test holds the table to that.
	stranger := plumbline.May(a, plumbline.SeeOperation, plumbline.Stranger)
	return func(r *listed) bool {
		switch {
		case r.unit != "" && slices.Contains(a.Units, plumbline.ID(r.unit)):
			return own
		case r.origin == "public_record":
			return public
		}
		return stranger
	}, own && len(a.Units) > 0 || public || stranger
}

// fits returns whether an operation is one that the filter asks for.
func (f Filter) fits(db *DB) func(*listed) bool {
	text := fold(f.Text)
	from, until := int64(math.MinInt64), int64(math.MaxInt64)
	if !f.From.IsZero() {
		from = f.From.UnixMicro()
	}
	if !f.Until.IsZero() {
		until = f.Until.UnixMicro()
	}
	is := func(asked, has string) bool { return asked == "" || asked == has }
	found := db.finds(f.Protocol, f.Rule, f.Result)
	return func(r *listed) bool {
		return is(f.Country, r.country) && is(string(f.Unit), r.unit) && is(string(f.Kind), r.kind) && is(string(f.Origin), r.origin) && is(string(f.Accompanied), r.accompanied) &&
			r.began >= from && (r.began < until && r.began != unknownDay || f.Until.IsZero()) && (r.open || !f.Unaccounted) && found(r) && (text == "" || strings.Contains(r.folded, text))
	}
}

// finds returns whether an operation has a finding of a protocol: of one rule,
// or of any when none is named. Without a result every operation does.
func (db *DB) finds(name, rule, result string) func(*listed) bool {
	if rule == "" && result == "" {
		return func(*listed) bool { return true }
	}
	first, p := db.place(name)
	letter := letterOf(protocol.Result(result))
	if p == nil || letter == 0 {
		return func(*listed) bool { return false }
	}
	last := first + len(p.Rules)
	if rule != "" {
		i := slices.IndexFunc(p.Rules, func(r *protocol.Rule) bool { return r.ID == rule })
		if i < 0 {
			return func(*listed) bool { return false }
		}
		first, last = first+i, first+i+1
	}
	return func(r *listed) bool {
		return len(r.findings) >= last && strings.IndexByte(r.findings[first:last], letter) >= 0
	}
}

// Operations returns a page of the operations that the actor may see.
func (db *DB) Operations(ctx context.Context, a plumbline.Actor, f Filter) (p Page, err error) {
	found, behind, err := db.find(ctx, a, f)
	if err != nil {
		return p, err
	}
	p.Totals = totals(found)
	p.Totals.Behind = behind
	found, p.Next, err = f.page(found)
	if err != nil {
		return p, err
	}
	if p.Operations, err = db.summaries(ctx, found); err != nil || behind == 0 {
		return p, err
	}
	return p, db.bringUpToDate(ctx, found, p.Operations)
}

// bringUpToDate reads those of a page's operations from their records that
// time has changed since they were derived: nobody is shown as accounted for
// who is not.
func (db *DB) bringUpToDate(ctx context.Context, found []*listed, shown []Summary) error {
	return db.view(ctx, func(tx *Tx) error {
		for i, r := range found {
			if r.changes > tx.now.UnixMicro() {
				continue
			}
			d, _, err := tx.load(Subject{plumbline.KindOperation, plumbline.ID(r.id)})
			if err != nil {
				return err
			}
			now, err := tx.derivation(d.(*plumbline.Record))
			if err != nil {
				return err
			}
			if shown[i], err = scanSummary(now.scan(strings.Split(summaryColumns, ", "))); err != nil {
				return err
			}
		}
		return nil
	})
}

// page cuts one page out of what was found.
func (f Filter) page(found []*listed) (page []*listed, next string, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	order, key := newestFirst, func(r *listed) int64 { return r.began }
	if f.Unaccounted {
		order = func(a, b *listed) int { return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.id, b.id)) }
		key = func(r *listed) int64 { return r.since }
		slices.SortFunc(found, order)
	}
	if f.After != "" {
		at, id, _ := strings.Cut(f.After, ".")
		n, err := strconv.ParseInt(at, 10, 64)
		if err != nil || !plumbline.ValidID(plumbline.ID(id)) {
			return nil, "", plumbline.NotFound("page")
		}
		last := &listed{id: id, began: n, since: n}
		i, same := slices.BinarySearchFunc(found, last, order)
		if same {
			i++
		}
		found = found[i:]
	}
	if len(found) > limit {
		found = found[:limit]
		next = fmt.Sprintf("%d.%s", key(found[limit-1]), found[limit-1].id)
	}
	return found, next, nil
}

// summaries reads the rows of operations, in their order.
func (db *DB) summaries(ctx context.Context, found []*listed) (list []Summary, err error) {
	at := make(map[plumbline.ID]int, len(found))
	for i, r := range found {
		at[plumbline.ID(r.id)] = i
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = make([]Summary, len(found))
		for some := range slices.Chunk(found, 50) {
			var args []any
			for i := range 50 { // always as many, so that the statement is one
				args = append(args, some[min(i, len(some)-1)].id)
			}
			if err := tx.each(func(scan func(...any) error) error {
				s, err := scanSummary(scan)
				list[at[s.ID]] = s
				return err
			}, "SELECT "+summaryColumns+" FROM operation WHERE id IN "+marks(len(args), len(args)), args...); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// Totals sums what a filter finds. Entries that stand for several operations
// are counted and not summed: they may hold the same people as others.
type Totals struct {
	Operations  int
	Series      int // entries that stand for several operations
	Met         plumbline.Count
	Unaccounted plumbline.Count
	NotCounted  int  // operations of which nobody has told how many were met
	Accompanied int  // operations of which it is told that they were
	Alone       int  // operations of which it is told that they were not
	Mixed       bool // made-up and real operations are among them: their sums mean nothing
	Behind      int  // operations that time has changed since, and that are being brought up to date
}

// Untold is the number of operations of which nobody has told whether they
// were accompanied.
func (t Totals) Untold() int { return t.Operations - t.Accompanied - t.Alone }

func totals(found []*listed) Totals {
	t := Totals{Met: plumbline.Exactly(0), Unaccounted: plumbline.Exactly(0)}
	fictional := 0
	for _, r := range found {
		if r.origin == "fictional" {
			fictional++
		}
		if r.series {
			t.Series++
			continue
		}
		t.Operations++
		if !r.met.Known() {
			t.NotCounted++
		}
		switch plumbline.Answer(r.accompanied) {
		case plumbline.Yes:
			t.Accompanied++
		case plumbline.No:
			t.Alone++
		}
		t.Met, t.Unaccounted = t.Met.Add(r.met), t.Unaccounted.Add(r.missing)
	}
	t.Mixed = 0 < fictional && fictional < len(found)
	return t
}

// Summaries returns every operation that the actor may see and the filter
// finds, oldest first, for comparisons.
func (db *DB) Summaries(ctx context.Context, a plumbline.Actor, f Filter) ([]Summary, error) {
	found, _, err := db.find(ctx, a, f)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, oldestFirst)
	return db.summaries(ctx, found)
}

func oldestFirst(a, b *listed) int {
	return cmp.Or(cmp.Compare(a.began, b.began), cmp.Compare(a.id, b.id))
}

// Countries returns the countries in the operations that the actor may see.
func (db *DB) Countries(ctx context.Context, a plumbline.Actor) (countries []string, err error) {
	sees, _ := scope(a)
	rows, err := db.listed(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{"": true}
	for _, r := range rows {
		if !seen[r.country] && sees(r) {
			seen[r.country], countries = true, append(countries, r.country)
		}
	}
	slices.Sort(countries)
	return countries, nil
}

// upToDate derives anew what time has changed, as far as one request can.
func (db *DB) upToDate(ctx context.Context) error {
	err := db.refreshDue(ctx)
	if errors.Is(err, plumbline.ErrUnavailable) { // with a full disk reading goes on; without a database reading says so
		db.log.LogAttrs(ctx, slog.LevelWarn, "lists are older than they should be", slog.Any("error", err))
		return nil
	}
	return err
}

// refreshes is how many operations one request derives anew at most; more are
// left to the background, for which it waits no longer than listPatience, so
// that a list answers after a long standstill, and is whole on a small site.
const (
	refreshes    = 50
	listPatience = time.Second
)

// refreshDue derives anew operations that have changed because time went by: a
// state ran out, a clock of a rule did. Who only looks sees them as they were
// left.
func (db *DB) refreshDue(ctx context.Context) error {
	if db.looks {
		return nil
	}
	var due []plumbline.ID
	if err := db.view(ctx, func(tx *Tx) (err error) {
		due, err = tx.overdue(refreshes + 1)
		return err
	}); err != nil || len(due) == 0 {
		return err
	}
	if len(due) > refreshes {
		select {
		case <-db.behind.start(db.catchUp):
		case <-time.After(db.wait):
		case <-ctx.Done():
		}
		return nil
	}
	return db.tx(ctx, func(tx *Tx) error {
		due, err := tx.overdue(refreshes + 1) // another may have done it meanwhile
		if err != nil {
			return err
		}
		return tx.deriveAll(due)
	})
}

// overdue returns up to so many operations that time has changed.
func (tx *Tx) overdue(most int) ([]plumbline.ID, error) {
	return tx.ids("SELECT id FROM operation WHERE changes_at <= $1 ORDER BY changes_at LIMIT $2", tx.now.UnixMicro(), most)
}

// catchUp derives anew whatever time has changed, a few operations at a time,
// so that others can write in between.
func (db *DB) catchUp(ctx context.Context) error {
	for {
		var due []plumbline.ID
		if err := db.tx(ctx, func(tx *Tx) (err error) {
			if due, err = tx.overdue(refreshes); err != nil {
				return err
			}
			return tx.deriveAll(due)
		}); err != nil || len(due) == 0 {
			return err
		}
	}
}

// A background runs one piece of work at a time, until it is stopped. The
// store owns one, and waits for it when it closes.
type background struct {
	mu       sync.Mutex
	finished chan struct{} // of what runs; nil when nothing does
	stopped  bool
	cancel   context.CancelFunc
	done     sync.WaitGroup
	failed   func(error)
}

// start runs work unless some is running or the background was stopped. What
// it returns is closed when nothing runs any more.
func (b *background) start(work func(context.Context) error) (finished <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.finished != nil {
		return b.finished
	}
	done := make(chan struct{})
	if b.stopped {
		close(done)
		return done
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.finished, b.cancel = done, cancel
	b.done.Go(func() {
		defer cancel()
		if err := work(ctx); err != nil && ctx.Err() == nil {
			b.failed(err)
		}
		b.mu.Lock()
		b.finished = nil
		b.mu.Unlock()
		close(done)
	})
	return done
}

// stop ends what runs, lets nothing more begin, and waits.
func (b *background) stop() {
	b.mu.Lock()
	b.stopped = true
	if b.cancel != nil {
		b.cancel()
	}
	b.mu.Unlock()
	b.done.Wait()
}

// unknownDay stands for a beginning or a since that is not known; such rows
// come last.
const unknownDay = math.MinInt64 / 4

// never is the moment of what never comes.
const never = math.MaxInt64

func moment(at int64) time.Time {
	if at == never {
		return time.Time{}
	}
	return time.UnixMicro(at).UTC()
}

package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"plumbline"
)

// A FigureScope says over what figures were counted.
type FigureScope struct {
	Operations int  `json:"operations"`           // counted
	Series     int  `json:"series_left_out"`      // entries that tell of several operations: their people may be met in others too
	Published  int  `json:"public_record_left"`   // of the public record, left out unless they are asked for
	Undated    int  `json:"undated"`              // counted, and in no period
	Mixed      bool `json:"real_and_made_up"`     // made-up operations are among real ones
	MadeUp     int  `json:"-"`                    // of what was counted
	Behind     int  `json:"being_brought_to_now"` // operations that time has changed since
}

// Figures returns every figure over the operations, units and areas that the
// actor may see and the filter finds, in the order of the definitions; those
// over areas for who may see areas. Operations of
// the public record are counted only when the filter asks for them: somebody
// chose them because they were argued about. It returns Forbidden when the
// actor may see no operation.
func (db *DB) Figures(ctx context.Context, a plumbline.Actor, f Filter) (list []plumbline.FigureSum, scope FigureScope, err error) {
	rows, scope, err := db.counted(ctx, a, f, f.counts)
	if err != nil {
		return nil, scope, err
	}
	units, err := db.figureUnits(ctx, a, f, f.counts)
	if err != nil {
		return nil, scope, err
	}
	areas, err := db.figureAreas(ctx, a, f, f.counts)
	seesAreas := !errors.Is(err, plumbline.ErrForbidden)
	if err != nil && seesAreas {
		return nil, scope, err
	}
	sums := plumbline.NewSums()
	for _, r := range rows {
		text := portions(r.figures)
		for i := range sums {
			sums[i].Add(text.next())
		}
	}
	of := 0
	for _, d := range plumbline.Definitions() {
		if d.OfAreas() && !seesAreas {
			continue
		}
		var sum plumbline.Sum
		if d.OfOperations() {
			sum, of = sums[of], of+1
		}
		for _, c := range coursesOf(d, units, areas, f, db.Now()) {
			sum.Add(c.Portion)
		}
		list = append(list, plumbline.FigureSum{Definition: d, FigureValue: d.Read(&sum)})
	}
	return list, scope, nil
}

// counts reports whether figures count records of an origin: those that the
// filter asks for, else all but the public record.
func (f Filter) counts(o plumbline.Origin) bool {
	return f.Origin == o || f.Origin == "" && o != "public_record"
}

// countsReal counts what is not made up.
func countsReal(o plumbline.Origin) bool { return o != "fictional" }

// counted returns the operations over which figures are counted.
func (db *DB) counted(ctx context.Context, a plumbline.Actor, f Filter, counts func(plumbline.Origin) bool) (rows []*listed, scope FigureScope, err error) {
	found, behind, err := db.find(ctx, a, f)
	if err != nil {
		return nil, scope, err
	}
	if f.Area != "" { // which is of what is told of areas
		found, behind = nil, 0
	}
	if scope.Behind = behind; db.looks { // nobody brings them up to date but we, for ourselves
		if found, err = db.figuresNow(ctx, found); err != nil {
			return nil, scope, err
		}
		scope.Behind = 0
	}
	fictional := 0
	for _, r := range found {
		switch {
		case !counts(plumbline.Origin(r.origin)):
			if r.origin == "public_record" {
				scope.Published++
			}
			continue
		case r.series:
			scope.Series++
			continue
		case r.figures == "": // written by other definitions than ours
			scope.Behind++
			continue
		case r.origin == "fictional":
			fictional++
		}
		if r.began == unknownDay {
			scope.Undated++
		}
		rows = append(rows, r)
	}
	scope.Operations, scope.MadeUp, scope.Mixed = len(rows), fictional, 0 < fictional && fictional < len(rows)
	return rows, scope, nil
}

// figuresNow returns operations with their portions as they are now. Those that
// time has changed are read from their records.
func (db *DB) figuresNow(ctx context.Context, rows []*listed) (now []*listed, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		now = slices.Clone(rows)
		for i, r := range rows {
			if r.figures != "" && r.changes > tx.now.UnixMicro() {
				continue
			}
			d, _, err := tx.load(Subject{plumbline.KindOperation, plumbline.ID(r.id)})
			if err != nil {
				return err
			}
			record := d.(*plumbline.Record)
			people, fresh := record.People(), *r
			fresh.setFigures(db, db.figuresText(record, people.Figures(tx.now, people.Facts(tx.now))), func(*string) {})
			now[i] = &fresh
		}
		return nil
	})
	return now, err
}

// figureUnits returns the records of units that the actor may see and the
// filter finds, with their trainings and transfers.
func (db *DB) figureUnits(ctx context.Context, a plumbline.Actor, f Filter, counts func(plumbline.Origin) bool) (units []*plumbline.UnitRecord, err error) {
	if f.Kind != "" || f.Text != "" || f.Country != "" || f.Area != "" { // which are of operations and areas
		return nil, nil
	}
	err = db.view(ctx, func(tx *Tx) error {
		units = nil
		of := map[string]*plumbline.UnitRecord{}
		return tx.each(func(scan func(...any) error) error {
			var at string
			k, err := scanRevision(func(into ...any) error { return scan(append([]any{&at}, into...)...) })
			if err != nil {
				return err
			}
			if u, ok := k.Entry.(*plumbline.Unit); ok {
				wanted := (f.Unit == "" || f.Unit == u.ID) && counts(u.Origin)
				if wanted && plumbline.May(a, plumbline.SeeOperation, a.BondToUnit(u)) {
					of[at] = &plumbline.UnitRecord{Unit: *u}
					units = append(units, of[at])
				}
				return nil
			}
			if u := of[at]; u != nil {
				u.Append(k.Entry)
			}
			return nil
		}, "SELECT subject, "+revisionColumns+" FROM revision WHERE latest = 1 AND subject > $1 AND subject < $2 AND kind IN ($3, 'training', 'transfer') ORDER BY subject, kind DESC, place", // the unit first
			plumbline.KindUnit+"/", plumbline.KindUnit+"0", plumbline.KindUnit)
	})
	return units, err
}

// A sourceCourse is a case of a unit or an area, as a figure counts it.
type sourceCourse struct {
	unit *plumbline.Unit
	area *figureArea
	plumbline.Course
}

// coursesOf returns the cases of a figure over units or areas; none of one over
// operations.
func coursesOf(d *plumbline.Definition, units []*plumbline.UnitRecord, areas []*figureArea, f Filter, now time.Time) (courses []sourceCourse) {
	add := func(of sourceCourse, found []plumbline.Course) {
		for _, c := range found {
			at, dated := c.At.Earliest()
			if !f.From.IsZero() && (!dated || at.Before(f.From)) || !f.Until.IsZero() && (!dated || !at.Before(f.Until)) {
				continue
			}
			of.Course = c
			courses = append(courses, of)
		}
	}
	switch {
	case d.OfUnits():
		for _, u := range units {
			add(sourceCourse{unit: &u.Unit}, d.Courses(u, now))
		}
	case d.OfAreas() && (d.Basis == plumbline.ByEvent || f.Unit == "" && f.Kind == ""):
		for _, at := range areas {
			add(sourceCourse{area: at}, d.AreaCourses(&at.sheet, now))
		}
	}
	return courses
}

// FigureBreakdowns lists what figures can be broken down by.
func FigureBreakdowns() []string {
	return []string{"year", "quarter", "month", "kind", "country", "unit", "accompanied", "observer", "area", "service", "causes"}
}

// BreakdownsOf lists what one figure can be broken down by. Who shut a service
// out and what came before are one breakdown: neither is shown without the
// other.
func BreakdownsOf(d *plumbline.Definition) []string {
	switch {
	case d.OfUnits():
		return []string{"year", "quarter", "month", "unit"}
	case d.Basis == plumbline.ByLoss:
		return []string{"year", "quarter", "month", "country", "area", "service", "causes"}
	case d.OfAreas():
		return []string{"year", "quarter", "month", "country", "area", "service"}
	}
	return FigureBreakdowns()[:8]
}

// A FigureGroup is a figure over some of the cases. Rules are the versions of
// the rule by which their people were put in classes, where that is told; of a
// figure that goes by classes, groups with different rules are different
// figures.
type FigureGroup struct {
	Keys  []string // one a breakdown; empty where nobody has told, or where a period is told too coarsely
	Rules []string
	*plumbline.FigureValue
}

// A FigureTable is one figure, whole and broken down.
type FigureTable struct {
	Definition *plumbline.Definition
	Scope      FigureScope
	By         []string
	All        FigureGroup
	Groups     []FigureGroup
	Beside     *plumbline.FigureSum // over the same areas; nil where the figure stands alone
}

// FigureTable returns a figure over what the actor may see and the filter
// finds, whole and broken down by some of FigureBreakdowns. It returns NotFound
// when there is no such figure.
func (db *DB) FigureTable(ctx context.Context, a plumbline.Actor, name string, f Filter, by ...string) (*FigureTable, error) {
	d := plumbline.FindDefinition(name)
	if d == nil {
		return nil, plumbline.NotFound("figure")
	}
	return db.FigureTableOf(ctx, a, d, f, by...)
}

// FigureTableOf is FigureTable for a definition that need not be one of ours:
// then every record is read.
func (db *DB) FigureTableOf(ctx context.Context, a plumbline.Actor, d *plumbline.Definition, f Filter, by ...string) (*FigureTable, error) {
	for i, b := range by {
		if !slices.Contains(BreakdownsOf(d), b) || slices.Contains(by[:i], b) {
			return nil, plumbline.Invalid("by", "problem.not_one_of", "Got", b, "Want", strings.Join(BreakdownsOf(d), ", "))
		}
	}
	cases, scope, err := db.figureCases(ctx, a, d, f, f.counts)
	if err != nil {
		return nil, err
	}
	t := &FigureTable{Definition: d, Scope: scope, By: by}
	var all plumbline.Sum
	type group struct {
		FigureGroup
		sum plumbline.Sum
	}
	groups := map[string]*group{}
	for _, c := range cases {
		if !c.Applies() {
			continue
		}
		all.Add(c.Portion)
		keys := make([]string, len(by))
		for i, b := range by {
			keys[i] = c.key(b)
		}
		g := groups[strings.Join(keys, "\x00")]
		if g == nil {
			g = &group{FigureGroup: FigureGroup{Keys: keys}}
			groups[strings.Join(keys, "\x00")] = g
		}
		g.sum.Add(c.Portion)
		if d.Classed && c.row != nil && c.row.classRule != "" {
			t.All.Rules, g.Rules = withRule(t.All.Rules, c.row.classRule), withRule(g.Rules, c.row.classRule)
		}
	}
	t.All.FigureValue = d.Read(&all)
	if d.Beside != "" {
		other, err := db.sumOf(ctx, a, plumbline.FindDefinition(d.Beside), f)
		if err != nil {
			return nil, err
		}
		t.Beside = other
	}
	if len(by) == 0 {
		return t, nil
	}
	for _, g := range groups {
		g.FigureValue = d.Read(&g.sum)
		t.Groups = append(t.Groups, g.FigureGroup)
	}
	slices.SortFunc(t.Groups, func(a, b FigureGroup) int { return slices.Compare(a.Keys, b.Keys) })
	return t, nil
}

// sumOf returns a figure as a whole.
func (db *DB) sumOf(ctx context.Context, a plumbline.Actor, d *plumbline.Definition, f Filter) (*plumbline.FigureSum, error) {
	cases, _, err := db.figureCases(ctx, a, d, f, f.counts)
	if err != nil {
		return nil, err
	}
	var sum plumbline.Sum
	for _, c := range cases {
		sum.Add(c.Portion)
	}
	return &plumbline.FigureSum{Definition: d, FigureValue: d.Read(&sum)}, nil
}

func withRule(rules []string, rule string) []string {
	if slices.Contains(rules, rule) {
		return rules
	}
	return append(rules, rule)
}

// A figureCase is an operation, or a case of a unit or an area, as a figure
// counts it.
type figureCase struct {
	plumbline.Portion
	row      *listed       // of an operation
	course   *sourceCourse // of a unit or an area
	observer byte          // of an operation: the letter of its portion of the figure on observers
}

// figureCases returns every case of a figure, newest first.
func (db *DB) figureCases(ctx context.Context, a plumbline.Actor, d *plumbline.Definition, f Filter, counts func(plumbline.Origin) bool) (cases []figureCase, scope FigureScope, err error) {
	if !d.OfOperations() {
		var units []*plumbline.UnitRecord
		var areas []*figureArea
		if d.OfUnits() {
			units, err = db.figureUnits(ctx, a, f, counts)
		} else {
			areas, err = db.figureAreas(ctx, a, f, counts)
		}
		if err != nil {
			return nil, scope, err
		}
		for _, c := range coursesOf(d, units, areas, f, db.Now()) {
			cases = append(cases, figureCase{Portion: c.Portion, course: &c})
			if c.origin() == "fictional" {
				scope.MadeUp++
			}
		}
		scope.Operations = len(cases)
		scope.Mixed = d.OfAreas() && 0 < scope.MadeUp && scope.MadeUp < len(cases)
		return cases, scope, nil
	}
	rows, scope, err := db.counted(ctx, a, f, counts)
	if err != nil {
		return nil, scope, err
	}
	at := slices.Index(plumbline.OperationFigures(), d)
	observed := slices.Index(plumbline.OperationFigures(), plumbline.FindDefinition(plumbline.ObserverThere))
	cases = make([]figureCase, 0, len(rows))
	for _, r := range rows {
		c := figureCase{row: r}
		text := portions(r.figures)
		for i := range max(at, observed) + 1 {
			if text == "" {
				break
			}
			if i == observed {
				c.observer = text[0]
			}
			if p := text.next(); i == at {
				c.Portion = p
			}
		}
		cases = append(cases, c)
	}
	if at < 0 {
		err = db.readPortions(ctx, d, cases)
	}
	return cases, scope, err
}

// readPortions fills in the portions of a figure that is not derived.
func (db *DB) readPortions(ctx context.Context, d *plumbline.Definition, cases []figureCase) error {
	return db.view(ctx, func(tx *Tx) error {
		for i := range cases {
			r, _, err := tx.load(Subject{plumbline.KindOperation, plumbline.ID(cases[i].row.id)})
			if err != nil {
				return err
			}
			people := r.(*plumbline.Record).People()
			cases[i].Portion = d.Portion(people, tx.now, people.Facts(tx.now))
		}
		return nil
	})
}

// key returns where a case stands in a breakdown; empty where nobody has told.
func (c *figureCase) key(by string) string {
	if r := c.row; r != nil {
		switch by {
		case "kind":
			return r.kind
		case "country":
			return r.country
		case "unit":
			return r.unit
		case "accompanied":
			return r.accompanied
		case "observer":
			return map[byte]string{oneOfOne: "yes", noneOfOne: "no"}[c.observer]
		}
		if r.began == unknownDay {
			return ""
		}
		return periodOf(by, time.UnixMicro(r.began).UTC(), r.fine)
	}
	if key, is := c.course.key(by); is {
		return key
	}
	at, ok := c.course.At.Earliest()
	if !ok {
		return ""
	}
	return periodOf(by, at, fineness(c.course.At))
}

// periodOf names the period that holds a moment; nothing when the moment is
// told too coarsely for that.
func periodOf(by string, at time.Time, fine byte) string {
	const finer = "mqy"
	if i := strings.IndexByte(finer, fine); i >= 0 && i <= strings.IndexByte(finer, by[0]) {
		return plumbline.PeriodOf(by, at)
	}
	return ""
}

// A FigureCase is one line of the list behind a figure.
type FigureCase struct {
	Operation *Summary        // nil for what is no operation
	Unit      *plumbline.Unit // of a training
	Area      *plumbline.Area // of what is told of an area, and of an operation there
	Service   plumbline.ServiceKind
	Loss      *plumbline.AccessLoss
	At        plumbline.When
	plumbline.Portion
}

// FigureCases is a page of the list behind a figure.
type FigureCases struct {
	Cases []FigureCase
	All   int // that the answer finds
	Next  string
}

// FigureCases returns the cases behind a figure, newest first: those that
// count, those that count nothing, or those that cannot tell, when answer is
// "some", "none" or "unknown"; all when it is empty.
func (db *DB) FigureCases(ctx context.Context, a plumbline.Actor, name string, f Filter, answer string) (p FigureCases, err error) {
	d := plumbline.FindDefinition(name)
	if d == nil || !slices.Contains([]string{"", "some", "none", "unknown"}, answer) {
		return p, plumbline.NotFound("figure")
	}
	cases, _, err := db.figureCases(ctx, a, d, f, f.counts)
	if err != nil {
		return p, err
	}
	cases = slices.DeleteFunc(cases, func(c figureCase) bool { return !c.Applies() || answer != "" && answer != c.answer() })
	p.All = len(cases)
	if !d.OfOperations() {
		return p, p.courses(cases, f)
	}
	rows := make([]*listed, len(cases))
	of := make(map[string]plumbline.Portion, len(cases))
	for i, c := range cases {
		rows[i], of[c.row.id] = c.row, c.Portion
	}
	f.Unaccounted, f.Limit = false, cmp.Or(f.Limit, 25)
	if rows, p.Next, err = f.page(rows); err != nil {
		return p, err
	}
	list, err := db.summaries(ctx, rows)
	for i := range list {
		p.Cases = append(p.Cases, FigureCase{Operation: &list[i], At: list[i].Began, Portion: of[string(list[i].ID)]})
	}
	return p, err
}

// answer says what a case answers.
func (c *figureCase) answer() string {
	switch {
	case !c.Told():
		return "unknown"
	case c.Num.Min() > 0:
		return "some"
	}
	return "none"
}

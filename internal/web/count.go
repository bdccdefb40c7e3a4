package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"plumbline"
	"plumbline/internal/store"
)

// The groups of a first count, in the order of the form. A class is decided
// only where somebody has decided it: police accuse, and who may be a child is
// presumed to be one.
var countGroups = []struct {
	Name  string
	Class plumbline.Class
	Basis plumbline.AgeBasis
}{
	{"children", "", "presumed_child"},
	{"adults", "", ""},
	{"accused", "accused", ""},
	{"unclear", "", ""},
}

// countAsks are the fields of the count form.
var countAsks = []string{"title", "head_count", "children", "adults", "accused", "unclear", "where", "worker", "began", "place", "unit"}

type countPage struct {
	*Page
	ID     plumbline.ID
	Typed  url.Values
	Errors []formError
	By     map[string]string // errors by field
	Units  []*plumbline.Unit
	Began  control
	Drafts []store.Draft // what was typed here before and not sent
	Fresh  bool          // nothing was typed yet: the device may fill in its own time
}

// countForm asks who is here. It can be filled in under two minutes.
func (s *Server) countForm(q *request) error {
	if err := q.mayCount(); err != nil {
		return err
	}
	if typed, err := q.draft(); err != nil || typed != nil {
		if err == nil {
			err = q.count(typed, nil, http.StatusOK)
		}
		return err
	}
	now := splitWhen(plumbline.At(s.Store.Now()))
	return q.count(url.Values{
		"id": {string(newID())}, "began.day": {now.Day}, "began.month": {now.Month}, "began.year": {now.Year}, "began.time": {now.Time}, "began.zone": {"Z"},
	}, nil, http.StatusOK)
}

// mayCount reports whether the actor records operations at all: for the own
// organisation, or of an own unit. Whether this one, the store decides.
func (q *request) mayCount() error {
	bond := plumbline.Stranger
	switch {
	case len(q.actor.Units) > 0:
		bond = plumbline.OwnUnit
	case q.actor.Organisation != "":
		bond = plumbline.TookPart
	}
	return plumbline.Allow(q.actor, plumbline.RecordFacts, bond)
}

func (q *request) count(typed url.Values, problems plumbline.Problems, status int) error {
	p := countPage{Fresh: q.Method == http.MethodGet && !typed.Has("title"), Page: q.page("operations", "first.title"), Typed: typed, By: map[string]string{}}
	p.Origin, p.Drafts = siteOrigin(q.s.Demo), q.left
	maker := &formMaker{p: p.Page, typed: typed}
	p.Began = control{Kind: "when", Name: "began", Label: p.T("first.began"), When: maker.whenParts(plumbline.When{}, "began")}
	for _, pr := range problems {
		text := p.Problem(pr)
		p.By[pr.Field] = text
		field := pr.Field
		if !slices.Contains(countAsks, field) {
			field = ""
		}
		p.Errors = append(p.Errors, formError{field, text})
	}
	p.Began.Error = p.By["began"]
	units, err := q.s.Store.Units(q.Context(), q.actor)
	if err != nil {
		return err
	}
	for _, u := range units {
		if u.Origin != "public_record" && (q.actor.Role != plumbline.PoliceLiaison || q.actor.BondToUnit(u) == plumbline.OwnUnit) {
			p.Units = append(p.Units, u)
		}
	}
	return q.renderStatus(status, "count.html", p)
}

// recordCount records a new operation with its first count.
func (s *Server) recordCount(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if err := q.mayCount(); err != nil {
		return err
	}
	batch, problems := firstCount(typed, q.actor, siteOrigin(s.Demo))
	if len(problems) > 0 {
		return q.count(typed, problems, http.StatusUnprocessableEntity)
	}
	err = s.Store.Write(q.Context(), q.actor, batch)
	switch {
	case errors.Is(err, plumbline.ErrInvalid):
		return q.count(typed, countFields(plumbline.ProblemsOf(err)), http.StatusUnprocessableEntity)
	case err != nil:
		return err
	}
	if err := q.forget(q.URL.Path, typed); err != nil {
		return err
	}
	return q.done("/operations/"+string(batch.Subject.ID), "counted")
}

// countFields gives problems of the whole record the fields of the count form.
func countFields(problems plumbline.Problems) plumbline.Problems {
	out := make(plumbline.Problems, len(problems))
	for i, p := range problems {
		q := *p
		q.Field = strings.TrimPrefix(p.Field, "operation.")
		out[i] = &q
	}
	return out
}

// firstCount turns the count form into an operation, its groups, where they
// are and whether a social worker is with them.
func firstCount(typed url.Values, a plumbline.Actor, origin plumbline.Origin) (b store.Batch, ps plumbline.Problems) {
	id := plumbline.ID(typed.Get("id"))
	if !plumbline.ValidID(id) {
		return b, plumbline.Problems{plumbline.Invalid("id", "problem.bad_id", "Got", id)}
	}
	began, err := joinWhen(typed, "began")
	ps = append(ps, fieldProblems("began", err)...)
	op := &plumbline.Operation{Head: plumbline.Head{ID: id}, Title: strings.TrimSpace(typed.Get("title")), Place: strings.TrimSpace(typed.Get("place")),
		Origin: origin, Began: began, Unit: plumbline.ID(typed.Get("unit")), CountedBy: a.Name}
	if op.Title == "" {
		ps = append(ps, plumbline.Invalid("title", "problem.needed"))
	}
	b.Subject = store.Subject{Kind: plumbline.KindOperation, ID: id}
	head := plumbline.Exactly(0)
	var rest []store.Change
	for i, g := range countGroups {
		n, err := plumbline.ParseCount(typed.Get(g.Name))
		ps = append(ps, fieldProblems(g.Name, err)...)
		if zero, exact := n.Exact(); exact && zero == 0 {
			continue
		}
		head = head.Add(n)
		if !n.Known() && g.Name != "unclear" && typed.Get(g.Name) == "" {
			continue // nothing was said of this group
		}
		rest = append(rest, group(id, i, n, began, typed, a)...)
	}
	op.HeadCount = head
	if typed.Get("worker") != "" {
		rest = append(rest, store.Change{Entry: attendanceOf(id, typed.Get("worker"))})
	}
	b.Changes = append([]store.Change{{Entry: op}}, rest...)
	return b, ps
}

// group makes one group of the count. Its ids are made from the operation's,
// so that sending the form twice is harmless.
func group(op plumbline.ID, i int, n plumbline.Count, began plumbline.When, typed url.Values, a plumbline.Actor) (changes []store.Change) {
	g := countGroups[i]
	part := func(what string) plumbline.Head { return plumbline.Head{ID: op + plumbline.ID("-"+what+"-"+g.Name)} }
	p := &plumbline.Presence{Head: part("g"), Code: "G-0" + string(rune('1'+i)), Count: n, AgeBasis: g.Basis, Description: typed.Get("name." + g.Name)}
	changes = append(changes, store.Change{Entry: p})
	if g.Class != "" {
		changes = append(changes, store.Change{Entry: &plumbline.Decision{Head: part("d"), Presence: p.ID, Class: g.Class, DecidedBy: typed.Get("name.police"), At: began, Definition: typed.Get("name.own")}})
	}
	switch typed.Get("where") {
	case "taken":
		changes = append(changes, store.Change{Entry: &plumbline.Movement{Head: part("m"), Presence: p.ID, State: "escorted", From: began, ToldBy: a.Name}})
	case "unknown":
		changes = append(changes, store.Change{Entry: &plumbline.Movement{Head: part("m"), Presence: p.ID, State: "unknown", From: began, ToldBy: a.Name}})
	}
	return changes
}

func attendanceOf(op plumbline.ID, answer string) *plumbline.Attendance {
	a := &plumbline.Attendance{Head: plumbline.Head{ID: op + "-worker"}, Role: "social_worker"}
	switch answer {
	case "on_scene", "nearby":
		a.Present, a.Mode = plumbline.Yes, plumbline.Mode(answer)
	case "no":
		a.Present = plumbline.No
	}
	return a
}

type movePage struct {
	*form
	Presence *plumbline.Presence
	Left     plumbline.Count
	HowMany  string
	Wrong    string // what is wrong with HowMany
	Part     plumbline.ID
	Code     string
}

// moveForm asks what happened next to some or all of a group.
func (s *Server) moveForm(q *request) error {
	typed, err := q.draft()
	if err != nil {
		return err
	}
	return q.moveAgain(typed, nil, http.StatusOK)
}

func (q *request) moving() (*setting, *plumbline.Presence, error) {
	q.SetPathValue("kind", string(plumbline.KindMovement))
	set, err := q.setting()
	if err != nil {
		return nil, nil, err
	}
	p, ok := set.record.Find(plumbline.ID(q.PathValue("entry"))).(*plumbline.Presence)
	if !ok {
		return nil, nil, plumbline.NotFound("presence")
	}
	return set, p, set.may(p)
}

func (q *request) moveAgain(typed url.Values, problems plumbline.Problems, status int) error {
	set, p, err := q.moving()
	if err != nil {
		return err
	}
	m := &plumbline.Movement{Head: plumbline.Head{ID: newID()}, Presence: p.ID, ToldBy: q.actor.Name}
	part := newID()
	if typed != nil {
		m.ID, part = plumbline.ID(typed.Get("id")), plumbline.ID(typed.Get("part"))
	}
	f, err := q.newForm(set, m, typed, problems)
	if err != nil {
		return err
	}
	f.Title = q.lang.T("move.title", "Who", f.EntryName(p))
	for i, c := range f.Controls {
		if c.Name == "presence" {
			f.Controls = append(f.Controls[:i], f.Controls[i+1:]...)
			break
		}
	}
	page := movePage{form: f, Presence: p, Left: set.record.Left(p), HowMany: typed.Get("how_many"), Part: part, Code: nextCode(set.record, p)}
	for _, e := range f.Errors {
		if e.Field == "how_many" {
			page.Wrong = e.Text
		}
	}
	return q.renderStatus(status, "move.html", page)
}

// nextCode names the next part of a group: G-02.1, G-02.2, …
func nextCode(o *store.Operation, p *plumbline.Presence) string {
	n := 1
	for _, q := range o.Presences {
		if q.PartOf == p.ID {
			n++
		}
	}
	return p.Code + "." + string(rune('0'+n%10))
}

// move records what happened next. When it happened to fewer than all, the
// group is split in the same breath, so that nobody is lost between.
func (s *Server) move(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	set, p, err := q.moving()
	if err != nil {
		return err
	}
	typed.Set("presence", string(p.ID))
	q.SetPathValue("entry", "")
	e, problems, err := q.readEntry(set, typed)
	if err != nil {
		return err
	}
	q.SetPathValue("entry", string(p.ID))
	m := e.(*plumbline.Movement)
	changes := []store.Change{{Entry: m}}
	some, err := plumbline.ParseCount(typed.Get("how_many"))
	problems = append(problems, fieldProblems("how_many", err)...)
	if some.Known() && some != set.record.Left(p) {
		part := &plumbline.Presence{Head: plumbline.Head{ID: plumbline.ID(typed.Get("part"))}, Code: nextCode(set.record, p), Count: some, PartOf: p.ID, SplitAt: m.From, Description: p.Description, AgeBasis: p.AgeBasis, Age: p.Age}
		if old, sent := set.record.Find(part.ID).(*plumbline.Presence); sent {
			part.Code = old.Code // this form was sent before
		}
		part.Individual = some == plumbline.Exactly(1)
		m.Presence = part.ID
		changes = []store.Change{{Entry: part}, {Entry: m}}
	}
	if len(problems) > 0 {
		return q.moveAgain(typed, problems, http.StatusUnprocessableEntity)
	}
	err = s.Store.Write(q.Context(), q.actor, store.Batch{Subject: set.subject, Changes: changes})
	if errors.Is(err, plumbline.ErrInvalid) {
		return q.moveAgain(typed, own(set, m, plumbline.ProblemsOf(err)), http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if err := q.forget(q.URL.Path, typed); err != nil {
		return err
	}
	return q.done(set.back+"#people", "moved")
}

package web

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/internal/store"
)

// newID makes an id for an entry, when its form is opened, so that sending
// the form twice is harmless.
func newID() plumbline.ID { return plumbline.ID(strings.ToLower(rand.Text())) }

// A form is a page with questions.
type form struct {
	*Page
	Kind     string
	Crumbs   []crumb
	Controls []control
	Errors   []formError
	ID       plumbline.ID
	Version  int64
	IsNew    bool
	Reason   string
	WhyNot   string // what is wrong with the reason
	Back     string
	Theirs   []difference  // when somebody else changed the entry meanwhile
	Late     bool          // a plan that is written after the operation began
	Drafts   []store.Draft // what was typed here before and not sent
}

// What a form sends beside the entry. A hyphen keeps it apart from the fields
// of entries, of which some have a reason and a version of their own.
const (
	fieldVersion = "entry-version"
	fieldReason  = "entry-reason"
)

type crumb struct{ Address, Text string }

type formError struct{ Field, Text string }

// A difference is one field of two versions.
type difference struct{ Field, Old, New string }

// entryForm shows the form for a new entry, or to correct one.
func (s *Server) entryForm(q *request) error {
	set, err := q.setting()
	if err != nil {
		return err
	}
	id := plumbline.ID(q.PathValue("entry"))
	e := plumbline.NewEntry(set.kind)
	if id != "" {
		if e = set.find(id); e == nil || plumbline.KindOf(e) != set.kind {
			return plumbline.NotFound("entry")
		}
	} else {
		plumbline.HeadOf(e).ID = newID()
		if set.kind == set.subject.Kind { // the subject itself
			plumbline.HeadOf(e).ID = set.subject.ID
		}
		prefill(e, q)
		q.speak(set, e)
	}
	if err := set.may(e); err != nil {
		return err
	}
	typed, err := q.draft()
	if err != nil {
		return err
	}
	if id := plumbline.ID(typed.Get("id")); plumbline.ValidID(id) && q.PathValue("entry") == "" {
		plumbline.HeadOf(e).ID = id
	}
	if v := typed.Get(fieldVersion); v != "" && v != strconv.FormatInt(set.version(plumbline.HeadOf(e).ID), 10) {
		return q.outrun(set, typed)
	}
	f, err := q.newForm(set, e, typed, nil)
	if err != nil {
		return err
	}
	return q.render("form.html", f)
}

// outrun shows a draft of an entry that somebody has changed since it was
// begun: what stands now beside what was typed.
func (q *request) outrun(set *setting, typed url.Values) error {
	e, problems, err := q.readEntry(set, typed)
	if err != nil {
		return err
	}
	return q.again(set, e, typed, append(problems, plumbline.Conflict("", "problem.version")), http.StatusConflict)
}

// draft returns what the actor had typed into this form before leaving it,
// where the address asks for it. Otherwise it remembers what there is to ask
// for: each opening of a form has a draft of its own, under the id of the entry
// that it writes, so that none overwrites another.
func (q *request) draft() (url.Values, error) {
	kept, err := q.drafts()
	if err != nil || len(kept) == 0 {
		return nil, err
	}
	if !q.URL.Query().Has("draft") {
		q.left = kept
		return nil, nil
	}
	for _, d := range kept {
		if d.Form == q.URL.Path || d.Form == draftAddress(q.URL.Path, q.URL.Query().Get("draft")) {
			return url.ParseQuery(d.Body)
		}
	}
	return nil, nil
}

// drafts returns the actor's drafts of the form of this address, newest first.
func (q *request) drafts() (kept []store.Draft, err error) {
	all, err := q.s.Store.Drafts(q.Context(), q.actor)
	for _, d := range all {
		if d.Form == q.URL.Path || strings.HasPrefix(d.Form, draftAddress(q.URL.Path, "")) {
			kept = append(kept, d)
		}
	}
	return kept, err
}

func draftAddress(path, id string) string { return path + "?draft=" + id }

// forget throws away the draft of a form that was sent.
func (q *request) forget(path string, typed url.Values) error {
	for _, form := range []string{path, draftAddress(path, typed.Get("id"))} {
		if err := q.s.Store.KeepDraft(q.Context(), q.actor, store.Draft{Form: form}); err != nil {
			return err
		}
	}
	return nil
}

// prefill fills a new entry from the address, so that a page can offer "add a
// class for this group".
func prefill(e plumbline.Entry, q *request) {
	values := q.URL.Query()
	v := reflect.ValueOf(e).Elem()
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		if name := plumbline.FieldName(sf); v.Field(i).Kind() == reflect.String && values.Has(name) {
			v.Field(i).SetString(values.Get(name))
		}
	}
	sign(e, q.actor.Organisation)
	switch e := e.(type) {
	case interface{ TellAs(plumbline.ID) }:
		e.TellAs(q.actor.Organisation)
	case *plumbline.Study:
		q.fillStudy(e)
	case *plumbline.Note:
		e.Organisation = q.actor.Organisation
	case *plumbline.Objection:
		e.Organisation, e.By = q.actor.Organisation, q.actor.Name
	}
	a, ok := e.(*plumbline.Account)
	switch {
	case ok && values.Has("ask"): // somebody else is asked for an account
		a.Asked = plumbline.At(q.s.Store.Now())
	case ok:
		a.Organisation, a.Reading, a.Teller = q.actor.Organisation, "own", q.actor.Name
	}
}

func (q *request) newForm(set *setting, e plumbline.Entry, typed url.Values, problems plumbline.Problems) (*form, error) {
	id := plumbline.HeadOf(e).ID
	version := set.version(id)
	f := &form{Kind: string(set.kind), Drafts: q.left, ID: id, Version: version, IsNew: version == 0, Reason: typed.Get(fieldReason), Back: set.back}
	titleKey := "form.correct"
	if f.IsNew {
		titleKey = "form.add"
	}
	f.Page = q.page(section(set.subject.Kind), titleKey, "What", q.lang.T("kind_of_entry."+string(set.kind)))
	f.Origin = set.origin
	f.Crumbs = []crumb{{set.back, set.title}}
	if set.title == "" { // what is begun with this form is not there to go back to
		f.Crumbs, f.Back = nil, "/"+section(set.subject.Kind)
	}
	f.Late = set.kind == plumbline.KindPlan && set.record != nil && begun(set.record, f)
	if err := q.name(f.Page, set.record); err != nil {
		return nil, err
	}
	refs, err := q.references(f.Page, set)
	if err != nil {
		return nil, err
	}
	m := &formMaker{p: f.Page, kind: f.Kind, typed: typed, refs: refs, spare: 1, errors: map[string]string{}, asked: map[string]bool{}}
	for _, p := range problems {
		text := f.Problem(p)
		m.errors[p.Field] = text
		f.Errors = append(f.Errors, formError{p.Field, text})
		if p.Field == fieldReason {
			f.WhyNot = text
		}
	}
	m.asked[fieldReason] = !f.IsNew
	if typed.Has("more") {
		m.spare = 3
	}
	f.Controls = m.controls(reflect.ValueOf(e).Elem(), "")
	for i, e := range f.Errors { // what is wrong elsewhere in the record has no field here to lead to
		if !m.asked[e.Field] && e.Field != "how_many" {
			f.Errors[i].Field = ""
		}
	}
	return f, nil
}

func begun(o *store.Operation, f *form) bool {
	at, ok := o.Operation.Began.Latest()
	return ok && at.Before(f.Now)
}

func section(k plumbline.Kind) string {
	return map[plumbline.Kind]string{plumbline.KindOperation: "operations", plumbline.KindUnit: "units", plumbline.KindOrganisation: "organisations", plumbline.KindProgramme: "programmes", plumbline.KindStudy: "measure",
		plumbline.KindArea: "areas", plumbline.KindDialogue: "dialogues", plumbline.KindMatter: "matters"}[k]
}

// references returns the choices for fields that name another entry.
func (q *request) references(p *Page, set *setting) (func(plumbline.Kind) []option, error) {
	units, err := q.s.Store.Units(q.Context(), q.actor)
	if err != nil {
		return nil, err
	}
	organisations, err := q.s.Store.Organisations(q.Context(), q.actor)
	if err != nil {
		return nil, err
	}
	var programmes []*store.Programme
	if set.kind == "funding" || set.kind == plumbline.KindDialogue || set.kind == plumbline.KindMatter {
		if programmes, err = q.s.Store.Programmes(q.Context(), q.actor); err != nil && !errors.Is(err, plumbline.ErrForbidden) {
			return nil, err
		}
	}
	areas, operations, err := q.around(set)
	if err != nil {
		return nil, err
	}
	none := option{"", q.lang.T("form.none"), false}
	return func(kind plumbline.Kind) []option {
		options := []option{none}
		switch kind {
		case plumbline.KindUnit:
			for _, u := range units {
				options = append(options, option{string(u.ID), u.Name, false})
			}
		case plumbline.KindOrganisation:
			for _, o := range organisations {
				options = append(options, option{string(o.ID), o.Name, false})
			}
		case plumbline.KindProgramme:
			for _, g := range programmes {
				if g.Programme.Origin == set.origin {
					options = append(options, option{string(g.Programme.ID), g.Programme.Name, false})
				}
			}
		case plumbline.KindArea:
			options = append(options, areas...)
		case plumbline.KindOperation:
			options = append(options, operations...)
		default:
			for _, e := range set.others() {
				if plumbline.KindOf(e) == kind {
					options = append(options, option{string(plumbline.HeadOf(e).ID), p.EntryName(e), false})
				}
			}
		}
		return options
	}, nil
}

// writeEntry adds or corrects an entry from its form.
func (s *Server) writeEntry(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	set, err := q.setting()
	if err != nil {
		return err
	}
	if id := plumbline.ID(q.PathValue("entry")); id != "" {
		if old := set.find(id); old == nil || plumbline.KindOf(old) != set.kind {
			return plumbline.NotFound("entry")
		}
	}
	e, problems, err := q.readEntry(set, typed)
	if err != nil {
		return err
	}
	if err := set.may(e); err != nil {
		return err
	}
	if typed.Has("more") { // "another row": the same form with more room
		f, err := q.newForm(set, e, typed, nil)
		if err != nil {
			return err
		}
		return q.render("form.html", f)
	}
	if len(problems) > 0 {
		return q.again(set, e, typed, problems, http.StatusUnprocessableEntity)
	}
	version, err := strconv.ParseInt(typed.Get(fieldVersion), 10, 64)
	if err != nil || version < 0 {
		return plumbline.Invalid(fieldVersion, "problem.needed")
	}
	err = s.Store.Write(q.Context(), q.actor, store.Batch{Subject: set.subject, Reason: strings.TrimSpace(typed.Get(fieldReason)), Changes: []store.Change{{Entry: e, Version: version}}})
	switch {
	case errors.Is(err, plumbline.ErrConflict):
		return q.again(set, e, typed, plumbline.ProblemsOf(err), http.StatusConflict)
	case errors.Is(err, plumbline.ErrInvalid):
		return q.again(set, e, typed, own(set, e, plumbline.ProblemsOf(err)), http.StatusUnprocessableEntity)
	case err != nil:
		return err
	}
	if err := q.forget(q.URL.Path, typed); err != nil {
		return err
	}
	return q.done(cmp.Or(set.done, set.back), "kept")
}

// readEntry reads the form over the entry that it corrects, or over a new one.
func (q *request) readEntry(set *setting, typed url.Values) (plumbline.Entry, plumbline.Problems, error) {
	id := plumbline.ID(typed.Get("id"))
	if entry := plumbline.ID(q.PathValue("entry")); entry != "" {
		id = entry
	}
	if set.kind == set.subject.Kind {
		id = set.subject.ID
	}
	if !plumbline.ValidID(id) {
		return nil, nil, plumbline.Invalid("id", "problem.bad_id", "Got", id)
	}
	e := plumbline.NewEntry(set.kind)
	if old := set.find(id); old != nil && plumbline.KindOf(old) == set.kind {
		if err := copyEntry(e, old); err != nil {
			return nil, nil, err
		}
	}
	plumbline.HeadOf(e).ID = id
	switch e := e.(type) { // what begins a subject comes from this site
	case *plumbline.Unit:
		if e.Origin == "" {
			e.Origin = siteOrigin(q.s.Demo)
		}
	case *plumbline.Organisation:
		if e.Origin == "" {
			e.Origin = siteOrigin(q.s.Demo)
		}
	case *plumbline.Programme:
		if e.Origin == "" {
			e.Origin = siteOrigin(q.s.Demo)
		}
	case *plumbline.Area:
		if e.Origin == "" {
			e.Origin = siteOrigin(q.s.Demo)
		}
	case interface{ TellAs(plumbline.ID) }:
		e.TellAs(q.actor.Organisation)
	case *plumbline.Study:
		if e.Origin == "" {
			e.Origin, e.Organisation = siteOrigin(q.s.Demo), q.actor.Organisation
		}
	case *plumbline.Matter:
		if e.Origin == "" {
			e.Origin = siteOrigin(q.s.Demo)
		}
	case *plumbline.Dialogue:
		if e.Origin == "" {
			e.Origin = siteOrigin(q.s.Demo)
		}
	}
	sign(e, q.actor.Organisation)
	problems := readForm(typed, reflect.ValueOf(e).Elem(), "")
	if set.version(id) == 0 {
		q.speak(set, e)
	}
	return e, problems, nil
}

// siteOrigin is the origin of what is recorded here: on a demonstration site
// everything is fictional.
func siteOrigin(demo bool) plumbline.Origin {
	if demo {
		return "fictional"
	}
	return "site"
}

func copyEntry(to, from plumbline.Entry) error {
	body, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, to)
}

// own gives problems of the record the path of the form's field, where they
// are about the entry of the form.
func own(set *setting, e plumbline.Entry, problems plumbline.Problems) plumbline.Problems {
	place := 0 // of the entry among those of its kind; a new one comes last
	for _, o := range set.others() {
		if plumbline.HeadOf(o).ID == plumbline.HeadOf(e).ID {
			break
		}
		if plumbline.KindOf(o) == set.kind {
			place++
		}
	}
	here := "[" + strconv.Itoa(place) + "]"
	out := make(plumbline.Problems, len(problems))
	for i, p := range problems {
		q := *p
		if p.Key == "problem.reason_needed" {
			q.Field = fieldReason
		}
		prefix, rest, found := strings.Cut(p.Field, ".")
		if found && (prefix == string(set.kind) || strings.HasSuffix(prefix, here)) {
			q.Field = rest
		}
		out[i] = &q
	}
	return out
}

// again shows the form with everything that was typed and what is wrong. On a
// conflict it shows what the other person wrote beside what this one wrote,
// and the form then corrects the newer version.
func (q *request) again(set *setting, e plumbline.Entry, typed url.Values, problems plumbline.Problems, status int) error {
	f, err := q.newForm(set, e, typed, problems)
	if err != nil {
		return err
	}
	if status == http.StatusConflict {
		if theirs := set.find(f.ID); theirs != nil {
			f.Theirs = f.differences(f.Kind, theirs, e)
		}
	} else if v, err := strconv.ParseInt(typed.Get(fieldVersion), 10, 64); err == nil {
		f.Version, f.IsNew = v, v == 0
	}
	return q.renderStatus(status, "form.html", f)
}

// differences lists the fields in which two versions differ, in words.
func (p *Page) differences(kind string, old, new plumbline.Entry) (list []difference) {
	was, is := p.facts(kind, old), p.facts(kind, new)
	var names []string
	value := func(facts []fact, name string) string {
		for _, f := range facts {
			if f.Name == name {
				return f.Value
			}
		}
		return ""
	}
	for _, f := range append(slices.Clone(was), is...) {
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	for _, name := range names {
		a, b := value(was, name), value(is, name)
		if a != b {
			list = append(list, difference{name, a, b})
		}
	}
	return list
}

// A fact is one filled field of an entry, in words.
type fact struct{ Name, Value string }

// facts lists the filled fields of an entry, in words.
func (p *Page) facts(kind string, e plumbline.Entry) (list []fact) {
	if e == nil || reflect.ValueOf(e).IsNil() {
		return nil
	}
	return p.structFacts(kind, reflect.ValueOf(e).Elem(), "")
}

func (p *Page) structFacts(kind string, v reflect.Value, prefix string) (list []fact) {
	var head []fact
	for i := range v.NumField() {
		sf, f := v.Type().Field(i), v.Field(i)
		if sf.Type == typeHead {
			head = p.structFacts(kind, f, prefix)
			continue
		}
		if sf.Anonymous {
			list = append(list, p.structFacts(kind, f, prefix)...)
			continue
		}
		name := plumbline.FieldName(sf)
		if name == "id" || f.IsZero() {
			continue
		}
		label := prefix + p.Field(kind, name)
		switch {
		case f.Type() == typeID:
			list = append(list, fact{label, p.Named(plumbline.ID(f.String()))})
		case f.Type() == typeWhen:
			list = append(list, fact{label, p.When(f.Interface().(plumbline.When))})
		case f.Type() == typeCount:
			list = append(list, fact{label, p.Count(f.Interface().(plumbline.Count))})
		case isWord(f):
			list = append(list, fact{label, p.Word(f.Interface())})
		case f.Kind() == reflect.Struct:
			list = append(list, p.structFacts(kind, f, label+" · ")...)
		case f.Kind() == reflect.Slice:
			list = append(list, fact{label, p.sliceText(kind, f)})
		case f.Kind() == reflect.Bool:
			list = append(list, fact{label, p.Word(plumbline.Yes)})
		default:
			list = append(list, fact{label, fmt.Sprint(f.Interface())})
		}
	}
	return append(list, head...)
}

func (p *Page) sliceText(kind string, v reflect.Value) string {
	parts := make([]string, v.Len())
	for i := range parts {
		item := v.Index(i)
		switch {
		case item.Kind() == reflect.Struct:
			var inner []string
			for _, f := range p.structFacts(kind, item, "") {
				inner = append(inner, f.Value)
			}
			parts[i] = strings.Join(inner, p.T("list.comma"))
		case isWord(item):
			parts[i] = p.Word(item.Interface())
		default:
			parts[i] = item.String()
		}
	}
	return strings.Join(parts, p.T("list.semicolon"))
}

package web

import (
	"cmp"
	"errors"

	"plumbline"
	"plumbline/internal/store"
)

// A setting is where an entry stands: its subject, its kind and what is
// already there.
type setting struct {
	subject store.Subject
	kind    plumbline.Kind
	record  *store.Operation // of an operation
	title   string
	back    string
	done    string // where a form leads that was kept; back when empty
	version func(plumbline.ID) int64
	find    func(plumbline.ID) plumbline.Entry
	others  func() []plumbline.Entry // what is there already, of every kind
	may     func(plumbline.Entry) error
	origin  plumbline.Origin
}

func (q *request) setting() (*setting, error) {
	kind := plumbline.Kind(q.PathValue("kind"))
	subject, ok := plumbline.SubjectOf(kind)
	if !ok {
		return nil, plumbline.NotFound("page")
	}
	id := plumbline.ID(q.PathValue(string(subject)))
	if id == "" {
		return nil, plumbline.NotFound("page")
	}
	set := &setting{subject: store.Subject{Kind: subject, ID: id}, kind: kind}
	var err error
	switch isNew := q.PathValue("entry") == "" && kind == subject; subject {
	case plumbline.KindOperation:
		err = q.inOperation(set)
	case plumbline.KindUnit:
		err = q.inUnit(set, isNew)
	case plumbline.KindOrganisation:
		err = q.inOrganisation(set, isNew)
	case plumbline.KindProgramme:
		err = q.inProgramme(set, isNew)
	case plumbline.KindStudy:
		err = q.inStudy(set, isNew)
	default:
		err = q.inShared(set, isNew)
	}
	return set, err
}

func (q *request) inOperation(set *setting) error {
	o, err := q.s.Store.Operation(q.Context(), q.actor, set.subject.ID)
	if err != nil {
		return err
	}
	set.record, set.title, set.back, set.origin = o, o.Operation.Title, "/operations/"+string(set.subject.ID), o.Operation.Origin
	set.version, set.find, set.others = o.Version, o.Find, o.Entries
	set.may = func(e plumbline.Entry) error { return plumbline.AllowWrite(q.actor, o.Record, e) }
	return nil
}

func (q *request) inUnit(set *setting, isNew bool) error {
	u, err := q.s.Store.Unit(q.Context(), q.actor, set.subject.ID)
	bond := plumbline.Stranger
	switch {
	case isNew && errors.Is(err, plumbline.ErrNotFound):
		u = &store.Unit{UnitRecord: &plumbline.UnitRecord{}}
	case err != nil:
		return err
	default:
		bond = q.actor.BondToUnit(&u.Unit)
	}
	set.title, set.back, set.origin = u.Unit.Name, "/units/"+string(set.subject.ID), u.Unit.Origin
	set.version, set.find, set.others = u.Version, u.Find, u.Entries
	set.may = func(plumbline.Entry) error { return plumbline.Allow(q.actor, plumbline.KeepUnits, bond) }
	return nil
}

func (q *request) inOrganisation(set *setting, isNew bool) error {
	o, err := q.s.Store.Organisation(q.Context(), q.actor, set.subject.ID)
	if isNew && errors.Is(err, plumbline.ErrNotFound) {
		o, err = &store.Organisation{OrganisationRecord: &plumbline.OrganisationRecord{}}, nil
	}
	if err != nil {
		return err
	}
	set.title, set.back, set.origin = o.Organisation.Name, "/organisations/"+string(set.subject.ID), o.Organisation.Origin
	set.version, set.find, set.others = o.Version, o.Find, o.Entries
	set.may = func(e plumbline.Entry) error { return plumbline.AllowOrganisation(q.actor, &o.Organisation, e) }
	return nil
}

func (q *request) inProgramme(set *setting, isNew bool) error {
	p, err := q.s.Store.Programme(q.Context(), q.actor, set.subject.ID)
	if isNew && errors.Is(err, plumbline.ErrNotFound) {
		p, err = &store.Programme{ProgrammeRecord: &plumbline.ProgrammeRecord{RecordedBy: q.actor.Organisation}}, nil
	}
	if err != nil {
		return err
	}
	set.title, set.back, set.origin = p.Programme.Name, "/programmes/"+string(set.subject.ID), p.Programme.Origin
	set.version, set.find, set.others = p.Version, p.Find, p.Entries
	set.may = func(e plumbline.Entry) error { return plumbline.AllowProgramme(q.actor, p.ProgrammeRecord, e) }
	return nil
}

// drawnLength is the length of what newID draws.
const drawnLength = 26

// inShared is where an entry of an area, a dialogue or a matter stands. Anybody
// may begin a matter, so only under an id that nobody can guess: to begin one under a
// name that is taken would tell that it is.
func (q *request) inShared(set *setting, isNew bool) error {
	d, err := q.s.Store.Shared(q.Context(), q.actor, set.subject)
	if isNew && (set.subject.Kind != plumbline.KindMatter || len(set.subject.ID) == drawnLength) && errors.Is(err, plumbline.ErrNotFound) {
		d, err = &store.Shared{Shared: plumbline.NewDossier(set.subject.Kind).(plumbline.Shared)}, nil
	}
	if err != nil {
		return err
	}
	set.origin = cmp.Or(d.From(), siteOrigin(q.s.Demo))
	list := "/" + section(set.subject.Kind)
	set.title, set.back = d.Name(), list+"/"+string(set.subject.ID)
	if len(d.Revisions) == 0 { // one that is begun has no page to go back to
		set.back, set.done = list, set.back
	}
	set.version, set.find, set.others, set.may = d.Version, d.Find, d.Entries, func(e plumbline.Entry) error { return d.Allow(q.actor, e) }
	return nil
}

package web

import (
	"errors"
	"html/template"
	"slices"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

// A dialogueRow is a dialogue in a list, with what the record answers of it.
type dialogueRow struct {
	*plumbline.DialogueRecord
	V *plumbline.DialogueReview
}

// States counts the promises by what became of them.
func (r dialogueRow) States() map[string]int {
	n := map[string]int{}
	for _, p := range r.V.Promises {
		n[string(p.State)]++
	}
	return n
}

// Changed returns what was changed because of the dialogue in something that
// goes by a name.
func (r dialogueRow) Changed(in string) (list []*plumbline.Change) {
	for _, c := range r.Changes {
		if strings.EqualFold(c.In, in) {
			list = append(list, c)
		}
	}
	return list
}

// dialogues returns the dialogues that the actor may see, newest first; none
// for who may see none.
func (q *request) dialogues() (rows []dialogueRow, programmes []*store.Programme, err error) {
	if q.s.Store == nil {
		return nil, nil, nil
	}
	list, err := q.s.Store.SharedOf(q.Context(), q.actor, plumbline.KindDialogue)
	if errors.Is(err, plumbline.ErrForbidden) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if programmes, err = q.s.Store.Programmes(q.Context(), q.actor); err != nil && !errors.Is(err, plumbline.ErrForbidden) {
		return nil, nil, err
	}
	now := q.s.Store.Now()
	for _, d := range list {
		r := d.Shared.(*plumbline.DialogueRecord)
		var launch plumbline.When // of a programme that the actor may not see it is not known
		for _, g := range programmes {
			if g.Programme.ID == r.Dialogue.Programme {
				launch = g.Programme.Began
			}
		}
		rows = append(rows, dialogueRow{r, r.Review(now, launch)})
	}
	slices.SortStableFunc(rows, func(a, b dialogueRow) int {
		one, _ := a.Dialogue.At.Earliest()
		two, _ := b.Dialogue.At.Earliest()
		return two.Compare(one)
	})
	return rows, programmes, nil
}

// quartersOf are the quarters of a programme that go by one answer.
type quartersOf struct {
	Heard    plumbline.Answer
	Quarters []plumbline.Quarter
}

// consulted returns the dialogues of a programme, and in which quarters there
// was a session with service providers: those without one first.
func (q *request) consulted(g *plumbline.Programme, at time.Time) (took []dialogueRow, quarters []quartersOf, err error) {
	rows, _, err := q.dialogues()
	took = slices.DeleteFunc(rows, func(r dialogueRow) bool { return r.Dialogue.Programme != g.ID })
	var held []*plumbline.Dialogue
	for _, r := range took {
		held = append(held, &r.Dialogue)
	}
	all := plumbline.ProviderQuarters(g, held, at)
	for _, heard := range []plumbline.Answer{plumbline.No, plumbline.Unknown, plumbline.Yes} {
		some := slices.DeleteFunc(slices.Clone(all), func(x plumbline.Quarter) bool { return x.Heard != heard })
		if len(some) > 0 {
			quarters = append(quarters, quartersOf{heard, some})
		}
	}
	return took, quarters, err
}

// dialoguesAbout returns those of which a name says what they are about.
func (q *request) dialoguesAbout(names ...string) ([]dialogueRow, error) {
	rows, _, err := q.dialogues()
	return about(rows, names...), err
}

func about(rows []dialogueRow, names ...string) (some []dialogueRow) {
	for _, r := range rows {
		if r.Dialogue.About != "" && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, r.Dialogue.About) }) {
			some = append(some, r)
		}
	}
	return some
}

// mayConvene reports whether the actor may begin a dialogue.
func (q *request) mayConvene() bool {
	return q.actor.Organisation != "" && plumbline.May(q.actor, plumbline.Convene, plumbline.TookPart)
}

type dialoguesPage struct {
	*Page
	List       []dialogueRow
	Overdue    []overdueRow
	Kinds      []option
	Programmes []option
	Filtered   bool
	MayConvene bool
	NewID      plumbline.ID
}

// An overdueRow is a promise whose day is over, and nobody looked.
type overdueRow struct {
	plumbline.PromiseReview
	Of *plumbline.Dialogue
}

// dialogueList lists who was asked about what: overdue promises first.
func (s *Server) dialogueList(q *request) error {
	if !plumbline.May(q.actor, plumbline.SeeDialogues, plumbline.TookPart) {
		return plumbline.Forbidden(plumbline.SeeDialogues)
	}
	rows, programmes, err := q.dialogues()
	if err != nil {
		return err
	}
	p := dialoguesPage{Page: q.page("dialogues", "dialogues.title"), NewID: newID(),
		MayConvene: q.mayConvene()}
	if err := q.name(p.Page, nil); err != nil {
		return err
	}
	kind, programme := q.URL.Query().Get("kind"), q.URL.Query().Get("programme")
	if kind != "" && !slices.Contains(plumbline.DialogueKind("").Values(), kind) {
		return plumbline.NotFound("page")
	}
	for _, k := range plumbline.DialogueKind("").Values() {
		p.Kinds = append(p.Kinds, option{k, p.Word(plumbline.DialogueKind(k)), k == kind})
	}
	for _, g := range programmes {
		p.Programmes = append(p.Programmes, option{string(g.Programme.ID), g.Programme.Name, string(g.Programme.ID) == programme})
	}
	p.Filtered = kind != "" || programme != ""
	for _, r := range rows {
		if kind != "" && string(r.Dialogue.Kind) != kind || programme != "" && string(r.Dialogue.Programme) != programme {
			continue
		}
		p.List = append(p.List, r)
		for _, promise := range r.V.Promises {
			if promise.State == plumbline.PromiseOverdue {
				p.Overdue = append(p.Overdue, overdueRow{promise, &r.Dialogue})
			}
		}
	}
	slices.SortStableFunc(p.Overdue, func(a, b overdueRow) int {
		one, _ := a.Due.Latest()
		two, _ := b.Due.Latest()
		return one.Compare(two)
	})
	return q.render("dialogues.html", p)
}

type dialoguePage struct {
	*Page
	R         *plumbline.DialogueRecord
	V         *plumbline.DialogueReview
	ID        plumbline.ID
	Programme *plumbline.Programme // nil when it is about none, or the actor sees it not
	About     topic
	Speaks    map[plumbline.ID]string // whom each organisation says it speaks for
	Kinds     []plumbline.Kind        // of entry that the actor may add
	MayKeep   bool
	fixes     map[plumbline.ID][]fix
}

// A topic is what a dialogue is about, where that has a page.
type topic struct {
	Address, Text string
	Tongue        template.HTMLAttr
}

// A fix is one correction of an entry: by whom, why, and what was there before.
type fix struct {
	By      string
	At      time.Time
	Reason  string
	Changes []difference
}

// MayWrite reports whether the actor may correct an entry.
func (p dialoguePage) MayWrite(e plumbline.Entry) bool { return p.R.Allow(p.Actor, e) == nil }

// MayAdd reports whether the actor may add an entry of a kind.
func (p dialoguePage) MayAdd(k string) bool { return slices.Contains(p.Kinds, plumbline.Kind(k)) }

// Below are the kinds of entry that are added at the end of the page; others
// are where they stand.
func (p dialoguePage) Below() []plumbline.Kind {
	return slices.DeleteFunc(slices.Clone(p.Kinds), func(k plumbline.Kind) bool {
		return slices.Contains([]plumbline.Kind{"seat", "said", "stance", "promise_check"}, k)
	})
}

// MayHold reports whether the actor may say what the own organisation holds of
// a fact or an aim, and has not yet.
func (p dialoguePage) MayHold(point plumbline.PointReview) bool {
	return point.Standing != "" && p.MayAdd("stance") &&
		!slices.ContainsFunc(point.Stances, func(s *plumbline.Stance) bool { return s.Speaker == p.Actor.Organisation })
}

// Fixes returns the corrections of an entry, oldest first.
func (p dialoguePage) Fixes(id plumbline.ID) []fix { return p.fixes[id] }

// Settled returns the facts and aims that stand in one way.
func (p dialoguePage) Settled(s string) (list []plumbline.PointReview) {
	for _, point := range p.V.Points {
		if string(point.Standing) == s {
			list = append(list, point)
		}
	}
	return list
}

// Waits returns what asks for something and of which nothing came.
func (p dialoguePage) Waits() (list []plumbline.PointReview) {
	for _, point := range p.V.Points {
		if point.Waits() {
			list = append(list, point)
		}
	}
	return list
}

// dialogue shows one dialogue: who was asked and who was not, what each side
// said, what is agreed and what is open, what was promised and what changed.
func (s *Server) dialogue(q *request) error {
	id := plumbline.ID(q.PathValue("dialogue"))
	d, err := s.Store.Shared(q.Context(), q.actor, store.Subject{Kind: plumbline.KindDialogue, ID: id})
	if err != nil {
		return err
	}
	p := dialoguePage{Page: q.page("dialogues", ""), R: d.Shared.(*plumbline.DialogueRecord), ID: id, MayKeep: d.MayKeep, Speaks: map[plumbline.ID]string{}, fixes: map[plumbline.ID][]fix{}}
	of := &p.R.Dialogue
	p.Title, p.Origin = of.Title, of.Origin
	if err := q.name(p.Page, nil); err != nil {
		return err
	}
	for _, e := range p.R.Entries() {
		p.names[plumbline.HeadOf(e).ID] = p.EntryName(e)
	}
	var launch plumbline.When
	if of.Programme != "" {
		switch g, err := s.Store.Programme(q.Context(), q.actor, of.Programme); {
		case err == nil:
			p.Programme, launch = &g.Programme, g.Programme.Began
			p.names[of.Programme] = g.Programme.Name
		case !errors.Is(err, plumbline.ErrNotFound):
			return err
		}
	}
	p.V = p.R.Review(p.Now, launch)
	p.About = q.topic(p.Page, of.About)
	if p.Speaks, err = q.speaksFor(); err != nil {
		return err
	}
	for id, old := range d.Earlier {
		p.fixes[id] = p.corrected(append(old, d.Revisions[id]))
	}
	for _, k := range plumbline.Kinds(plumbline.KindDialogue)[1:] {
		e := plumbline.NewEntry(k)
		q.speak(&setting{may: func(e plumbline.Entry) error { return p.R.Allow(q.actor, e) }}, e)
		if p.MayWrite(e) {
			p.Kinds = append(p.Kinds, k)
		}
	}
	return q.render("dialogue.html", p)
}

// corrected tells what each correction of an entry changed; versions are
// oldest first.
func (p *Page) corrected(versions []store.Revision) (list []fix) {
	for i := 1; i < len(versions); i++ {
		v := versions[i]
		list = append(list, fix{v.By, v.At, v.Reason, p.differences(string(v.Kind), versions[i-1].Entry, v.Entry)})
	}
	return list
}

// speaksFor returns whom each organisation says it speaks for.
func (q *request) speaksFor() (map[plumbline.ID]string, error) {
	list, err := q.s.Store.Organisations(q.Context(), q.actor)
	speaks := make(map[plumbline.ID]string, len(list))
	for _, o := range list {
		speaks[o.ID] = o.SpeaksFor
	}
	return speaks, err
}

// topic returns where a reader finds what a dialogue is about: a standard, a
// claim or a contradiction. Anything else is shown as it was typed.
func (q *request) topic(p *Page, about string) topic {
	for _, x := range q.s.contradictionList {
		if x.ID == about {
			return topic{"/contradictions/" + x.ID, x.ID + " · " + x.Point, p.Tongue("public_record")}
		}
	}
	if pr := q.s.Store.Protocol(about); pr != nil {
		return topic{"/protocols/" + pr.Name, pr.Title.In(p.Tag), ""}
	}
	if p.IsClaim(about) {
		return topic{"/claims/" + about, about, ""}
	}
	return topic{Text: about}
}

// speak makes a new dialogue, and a new word in one, of the actor's own
// organisation, unless the convener writes down what somebody without access
// said.
func (q *request) speak(set *setting, e plumbline.Entry) {
	own := q.actor.Organisation
	switch e := e.(type) {
	case *plumbline.Dialogue:
		e.Convener = own
	case *plumbline.Stance:
		e.Speaker = own
	case *plumbline.PromiseCheck:
		e.Speaker = own
	case *plumbline.Said:
		if e.By == "" || set.may(e) != nil {
			e.Speaker = own
		}
	case *plumbline.Promise:
		if e.By == "" || set.may(e) != nil {
			e.Speaker = own
		}
	}
}

type groundPage struct {
	*Page
	Points []groundRow
	Agreed []agreedRow
}

// A groundRow is a point with the claims that say it.
type groundRow struct {
	*exchange.Ground
	Claims []groundClaim
}

type groundClaim struct {
	Kind plumbline.OrganisationKind
	Row  claimRow
}

// An agreedRow is a point that was agreed on in a dialogue of this site.
type agreedRow struct {
	plumbline.PointReview
	Of *plumbline.Dialogue
}

// ground shows what claims of different sides say alike, and what was agreed
// on in dialogues that the actor may see.
func (s *Server) ground(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	p := groundPage{Page: q.mixedPage("ground.title")}
	for _, g := range exchange.CommonGround() {
		row := groundRow{Ground: g}
		for _, side := range g.Sides {
			if c := r.Claim(side.Claim); c != nil {
				row.Claims = append(row.Claims, groundClaim{side.Kind, claimRow{c, r.Status(c)}})
			}
		}
		p.Points = append(p.Points, row)
	}
	rows, _, err := q.dialogues()
	if err != nil {
		return err
	}
	for _, d := range rows {
		for _, point := range d.V.Points {
			if point.Standing == plumbline.Agreed {
				p.Agreed = append(p.Agreed, agreedRow{point, &d.Dialogue})
			}
		}
	}
	slices.SortStableFunc(p.Agreed, func(a, b agreedRow) int { return len(b.Kinds) - len(a.Kinds) })
	return q.render("ground.html", p)
}

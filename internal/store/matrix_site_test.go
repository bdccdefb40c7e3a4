package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
)

// Every use of every method, for every role and every tie, done for real. What
// is refused leaves no row and no line in the ledger. PostgreSQL is asked for
// one tie, which tells most roles apart.
func TestMatrix(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		m := newMatrix(s)
		some := ties
		if s.Engine() == "postgres" {
			some = []tie{tieOwnUnit}
		}
		var b strings.Builder
		for _, u := range uses {
			if u.ofNoRecord {
				b.WriteString(m.line(u, tieNone))
				continue
			}
			for _, t := range some {
				b.WriteString(m.line(u, t))
			}
		}
		s.clean()
		const golden = "testdata/matrix.golden"
		if *update && s.Engine() == "sqlite" {
			s.must(os.MkdirAll("testdata", 0o755))
			s.must(os.WriteFile(golden, []byte(matrixHead()+b.String()), 0o644))
		}
		kept, err := os.ReadFile(golden)
		s.must(err)
		want := strings.Split(string(kept), "\n")
		for _, line := range strings.Split(b.String(), "\n") {
			if !slices.Contains(want, line) {
				t.Errorf("not so in %s; read its comment, then run with -update:\n%s", golden, line)
			}
		}
		if n := strings.Count(b.String(), "\n") + strings.Count(matrixHead(), "\n"); s.Engine() == "sqlite" && len(want)-1 != n {
			t.Errorf("%s has %d lines, want %d", golden, len(want)-1, n)
		}
	})
}

// A method of DB that takes an actor has a row in the matrix; every other is
// in the list of those that need none, with the reason.
func TestMatrixIsWhole(t *testing.T) {
	tried := map[string]bool{}
	for _, u := range uses {
		tried[u.method] = true
	}
	db := reflect.TypeFor[*store.DB]()
	for method := range db.Methods() {
		takes := false
		for in := range method.Type.Ins() {
			takes = takes || in == reflect.TypeFor[plumbline.Actor]()
		}
		switch _, none := noActor[method.Name]; {
		case takes && !tried[method.Name]:
			t.Errorf("DB.%s takes an actor and is in no row of the matrix", method.Name)
		case !takes && !none:
			t.Errorf("DB.%s takes no actor: say why in noActor", method.Name)
		case takes && none:
			t.Errorf("DB.%s takes an actor and is said to need none", method.Name)
		}
		delete(tried, method.Name)
	}
	for name := range tried {
		t.Errorf("the matrix tries DB.%s, which is not there", name)
	}
}

// A matrix is a small site on which every actor has every tie to something.
type matrix struct {
	*site
	ctx    context.Context
	n      int
	before string // the state before the next use; empty when it is not known

	waits map[plumbline.ID]plumbline.ID // by study, a run that waits
}

// tieAside stands for a second operation of the own unit.
const tieAside tie = "aside"

var (
	theirCoordinator = plumbline.Actor{User: "their-coordinator", Name: "Coordinator, Theirs", Role: plumbline.Coordinator, Organisation: theirs}
	matrixAdmin      = plumbline.Actor{User: "matrix-admin", Name: "Administrator", Role: plumbline.Administrator}
)

func newMatrix(s *site) *matrix {
	m := &matrix{site: s, ctx: s.t.Context()}
	s.must(m.newOrganisation(matrixAdmin, ours, "ngo"))
	s.must(m.newOrganisation(matrixAdmin, theirs, "ngo"))
	for _, u := range []struct{ id, org plumbline.ID }{{ourUnit, ours}, {theirUnit, theirs}} {
		s.must(m.newUnit(theirCoordinator, u.id, u.org))
	}
	for _, role := range plumbline.Role("").Values() {
		s.must(s.PutActor(m.ctx, matrixAdmin, m.actor(plumbline.Role(role))))
	}
	for _, a := range []plumbline.Actor{{User: "someone", Name: "Someone", Role: plumbline.Reader}, theirCoordinator} {
		s.must(s.PutActor(m.ctx, matrixAdmin, a))
	}
	s.must(s.KeepDraft(m.ctx, theirCoordinator, store.Draft{Form: "/f", Body: "x=theirs"}))
	published := m.written(tiePublic)
	_, err := s.Import(m.ctx, theirCoordinator, store.Bundle{
		Units: []*plumbline.UnitRecord{{Unit: plumbline.Unit{Head: head(publicUnit), Organisation: theirs, Name: "U", Origin: "public_record"}, Commands: []*plumbline.Command{{Head: head("c"), Commander: "First"}},
			Trainings: []*plumbline.Training{{Head: head("t"), Subject: "S", Officers: plumbline.Exactly(9)}}}},
		Operations: []*plumbline.Record{published}}, false, nil)
	s.must(err)
	for _, t := range []tie{tieOwnUnit, tieAside, tieTookPart, tieRecorded, tieStranger} {
		first := theirCoordinator
		if t == tieRecorded {
			first = m.colleague()
		}
		r := m.written(t)
		told := r.Accounts
		r.Accounts = nil
		s.must(s.Write(m.ctx, first, batch(r.Operation.ID, r.Entries()...)))
		s.must(s.Write(m.ctx, theirCoordinator, batch(r.Operation.ID, told[0])))
		s.must(s.Write(m.ctx, theirCoordinator, batch(r.Operation.ID, &plumbline.Account{Head: head(r.Operation.ID + "-asked"), Organisation: ours, Teller: "Ours", Asked: when("2028-02-27")})))
		if t != tieRecorded { // not theirs to note in
			s.must(s.Write(m.ctx, theirCoordinator, batch(r.Operation.ID, &plumbline.Note{Head: head(r.Operation.ID + "-note"), Organisation: theirs, Text: "Asked at the station."})))
		}
	}
	m.grants()
	m.dialogues()
	s.must(s.SaveFilter(m.ctx, theirCoordinator, store.SavedFilter{Name: "theirs", Address: "/operations?kind=raid"}))
	_, err = s.KeepUpload(m.ctx, theirCoordinator, "theirs.json", []byte("theirs"))
	s.must(err)
	m.studies()
	return m
}

// grants writes a programme of each tie, which paid for the operation of the
// tie, and a story of each organisation.
func (m *matrix) grants() {
	for _, t := range ties {
		g := m.grant(m.prog(t), theirs)
		first, recorder := theirCoordinator, theirCoordinator
		switch t {
		case tiePublic:
			g.Origin = "public_record"
		case tieTookPart:
			g.Funder = ours
		case tieRecorded:
			first, recorder = m.colleague(), m.colleague()
		}
		r := &plumbline.ProgrammeRecord{Programme: *g}
		if t == tiePublic {
			_, err := m.Import(m.ctx, first, store.Bundle{Programmes: []*plumbline.ProgrammeRecord{r}}, false, nil)
			m.must(err)
		} else {
			m.must(m.Write(m.ctx, first, grantBatch(g.ID, g)))
		}
		m.must(m.Write(m.ctx, theirCoordinator, grantBatch(g.ID, &plumbline.Objection{Head: head(g.ID + "-objection"), Organisation: theirs, By: "Theirs", Reason: "No."})))
		m.must(m.Write(m.ctx, recorder, batch(m.op(t), &plumbline.Funding{Head: head(m.op(t) + "-paid"), Programme: g.ID})))
	}
	for org, by := range map[plumbline.ID]plumbline.Actor{ours: m.colleague(), theirs: theirCoordinator} {
		m.must(m.Write(m.ctx, by, storyBatch(org, &plumbline.Publication{Head: head(org + "-story"), Where: "Report", Person: "p-1", Words: "Words.", Agreed: "yes", ForGood: "yes"})))
	}
}

func (m *matrix) grant(id, funder plumbline.ID) *plumbline.Programme {
	return &plumbline.Programme{Head: head(id), Name: "P", Funder: funder, Origin: "site"}
}

func (m *matrix) prog(t tie) plumbline.ID {
	return plumbline.ID("prog-" + strings.ReplaceAll(string(t), " ", "-"))
}

// publisher is the organisation whose stories a tie is to.
func publisher(t tie) plumbline.ID {
	if t == tieTookPart || t == tieRecorded {
		return ours
	}
	return theirs
}

func grantBatch(id plumbline.ID, entries ...plumbline.Entry) store.Batch {
	b := batch("", entries...)
	b.Subject = store.Subject{Kind: plumbline.KindProgramme, ID: id}
	return b
}

func storyBatch(id plumbline.ID, entries ...plumbline.Entry) store.Batch {
	b := batch("", entries...)
	b.Subject = store.Subject{Kind: plumbline.KindOrganisation, ID: id}
	return b
}

// story returns the story of a tie as the actor is shown it; nil when it is
// not.
func (m *matrix) story(a plumbline.Actor, t tie) *plumbline.Publication {
	all, err := m.Stories(m.ctx, a)
	m.must(err)
	for _, o := range all {
		if o.Organisation.ID == publisher(t) {
			return o.Publications[0]
		}
	}
	return nil
}

// written is the record of a tie as it is first written.
func (m *matrix) written(t tie) *plumbline.Record {
	id := m.op(t)
	op := sighting(id)
	op.Unit, op.Country = unitOf(t), country(t)
	r := &plumbline.Record{Operation: *op, Presences: []*plumbline.Presence{group(id+"-g", plumbline.Exactly(8))}}
	told := m.account(theirs)
	told.ID = m.told(t)
	r.Accounts = []*plumbline.Account{told}
	switch t {
	case tiePublic:
		r.Operation.Origin = "public_record"
	case tieTookPart:
		r.Agencies = []*plumbline.Agency{{Head: head(id + "-a"), Organisation: ours, Name: "Ours", Role: "welfare"}}
	}
	return r
}

// actor returns the user of a role.
func (m *matrix) actor(role plumbline.Role) plumbline.Actor {
	a := plumbline.Actor{User: plumbline.ID("the-" + strings.ReplaceAll(string(role), "_", "-")), Name: string(role), Role: role, Organisation: ours}
	if role == plumbline.PoliceLiaison {
		a.Units = []plumbline.ID{ourUnit}
	}
	return a
}

// as returns a user as they are.
func (m *matrix) as(user plumbline.ID) plumbline.Actor {
	for _, role := range plumbline.Role("").Values() {
		if a := m.actor(plumbline.Role(role)); a.User == user {
			return a
		}
	}
	panic("no such user")
}

// colleague coordinates in the actors' organisation.
func (m *matrix) colleague() plumbline.Actor {
	return plumbline.Actor{User: "colleague", Name: "Colleague", Role: plumbline.Coordinator, Organisation: ours}
}

func (m *matrix) fresh() plumbline.ID { m.n++; return plumbline.ID(fmt.Sprint("fresh-", m.n)) }

func (m *matrix) op(t tie) plumbline.ID {
	return plumbline.ID("op-" + strings.ReplaceAll(string(t), " ", "-"))
}

// told is what the other organisation told of the operation.
func (m *matrix) told(t tie) plumbline.ID { return m.op(t) + "-told" }

func unitOf(t tie) plumbline.ID {
	switch t {
	case tiePublic:
		return publicUnit
	case tieOwnUnit, tieAside:
		return ourUnit
	}
	return theirUnit
}

func country(t tie) string {
	return map[tie]string{tiePublic: "KH", tieOwnUnit: "TH", tieAside: "TH", tieTookPart: "PH", tieRecorded: "IN", tieStranger: "US"}[t]
}

// read returns the record of a tie as it stands.
func (m *matrix) read(t tie) *store.Operation {
	m.t.Helper()
	o, err := m.Operation(m.ctx, theirCoordinator, m.op(t))
	m.must(err)
	return o
}

func (m *matrix) correct(a plumbline.Actor, t tie, e plumbline.Entry) error {
	return m.Write(m.ctx, a, store.Batch{Subject: on(m.op(t)), Reason: "Because", Changes: []store.Change{{Entry: e, Version: m.read(t).Version(plumbline.HeadOf(e).ID)}}})
}

func (m *matrix) account(org plumbline.ID) *plumbline.Account {
	return &plumbline.Account{Head: head(m.fresh()), Organisation: org, Teller: "Somebody", Points: []plumbline.Point{{Topic: "people_met", Text: "Nine."}}}
}

func (m *matrix) newUnit(a plumbline.Actor, id, org plumbline.ID) error {
	return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindUnit, ID: id}, Changes: []store.Change{
		{Entry: &plumbline.Unit{Head: head(id), Organisation: org, Name: "U", Origin: "site"}}, {Entry: &plumbline.Command{Head: head(id + "-c"), Commander: "First"}},
		{Entry: &plumbline.Training{Head: head(id + "-t"), Subject: "S", Officers: plumbline.Exactly(9)}}}})
}

func (m *matrix) newOrganisation(a plumbline.Actor, id plumbline.ID, kind plumbline.OrganisationKind) error {
	return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindOrganisation, ID: id}, Changes: []store.Change{
		{Entry: &plumbline.Organisation{Head: head(id), Name: "O", Kind: kind, Origin: "site"}}}})
}

func (m *matrix) bringIn(a plumbline.Actor, dry bool) error {
	_, err := m.Import(m.ctx, a, store.Bundle{Operations: []*plumbline.Record{{Operation: *sighting(m.fresh())}}}, dry, nil)
	return err
}

// claim makes a claim without a figure.
func (m *matrix) claim(id, text string) *figure.Claim {
	m.t.Helper()
	c, err := store.NewClaim(func(column string) string {
		return map[string]string{"claim_id": id, "claimant": "Somebody", "document": "A leaflet", "locator": "p. 1", "paraphrase": text}[column]
	})
	m.must(err)
	return c
}

func (m *matrix) bringClaims(a plumbline.Actor, dry bool) error {
	s, err := figure.ReadSheet(strings.NewReader("claim_id,claimant,document,locator,paraphrase\n"+string(m.fresh())+",Somebody,A leaflet,p. 1,It is so.\n"), "f.csv")
	m.must(err)
	_, err = m.ImportClaims(m.ctx, a, s, "", dry)
	return err
}

// invited makes a link for a claim of its own.
func (m *matrix) invited(by plumbline.Actor) (link plumbline.ID, token string) {
	m.t.Helper()
	id := string(m.fresh())
	m.must(m.KeepClaim(m.ctx, theirCoordinator, m.claim(id, "It is so."), 0, ""))
	token, err := m.InviteReply(m.ctx, by, id)
	m.must(err)
	links, err := m.ReplyLinks(m.ctx, by, id)
	m.must(err)
	m.before = m.state()
	return links[0].ID, token
}

// answered makes a link, and answers with it.
func (m *matrix) answered(withheld string) plumbline.ID {
	m.t.Helper()
	link, token := m.invited(theirCoordinator)
	m.must(m.SendReply(m.ctx, token, "", "The claimant", "It is not so."))
	if withheld != "" {
		m.must(m.WithholdReply(m.ctx, theirCoordinator, link, withheld))
	}
	m.before = m.state()
	return link
}

func (m *matrix) reads(a plumbline.Actor, link plumbline.ID) error {
	o, err := m.Claims(m.ctx)
	m.must(err)
	last := o.Claims[len(o.Claims)-1].ID
	list, err := m.Replies(m.ctx, a, last)
	return unlisted(err, func() bool { return len(list) == 1 && list[0].ID == link && list[0].Text != "" })
}

// errUnlisted says that what was looked for is not in what was given.
var errUnlisted = errors.New("not in the list")

// unlisted returns err, or, when there is none, errUnlisted unless something is there.
func unlisted(err error, isThere func() bool) error {
	if err == nil && !isThere() {
		return errUnlisted
	}
	return err
}

func lists(list []store.Summary, id plumbline.ID) bool {
	return slices.ContainsFunc(list, func(s store.Summary) bool { return s.ID == id })
}

func find(b store.Bundle, id plumbline.ID) *plumbline.Record {
	for _, r := range b.Operations {
		if r.Operation.ID == id {
			return r
		}
	}
	return nil
}

const matrixColumns = "%-13s %-42s%-11s"

func matrixHead() string {
	var b strings.Builder
	b.WriteString(`Who may do what, tried: each use of the store, by each role, with each tie to the record.
yes: done, or shown.   no: refused.   none: answered as if there were no such record, or not shown.
Only a liaison answers for a unit: to the others its operations are a stranger's.

`)
	fmt.Fprintf(&b, matrixColumns, "method", "use", "tie")
	for _, role := range plumbline.Role("").Values() {
		fmt.Fprintf(&b, " %s", role)
	}
	return b.String() + "\n"
}

// line tries one use with one tie for each role.
func (m *matrix) line(u use, t tie) string {
	m.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, matrixColumns, u.method, u.what, t)
	for _, role := range plumbline.Role("").Values() {
		if m.before == "" {
			m.before = m.state()
		}
		said := "yes"
		switch err := u.do(m, m.actor(plumbline.Role(role)), t); {
		case errors.Is(err, plumbline.ErrForbidden):
			said = "no"
		case errors.Is(err, plumbline.ErrNotFound), errors.Is(err, errUnlisted):
			said = "none"
		case err != nil:
			m.t.Errorf("%s: %s (%s) as %s: %v", u.method, u.what, t, role, err)
		}
		if said == "yes" {
			m.before = ""
		} else if m.state() != m.before {
			m.t.Errorf("%s: %s (%s) as %s: refused, and something was written", u.method, u.what, t, role)
		}
		fmt.Fprintf(&b, " %-*s", len(role), said)
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

// A visitor, who has no account, is refused every use, whatever the tie.
func TestVisitorIsRefused(t *testing.T) {
	s := open(t, engines["sqlite"](t))
	m := newMatrix(s)
	for _, u := range uses {
		some := ties
		if u.ofNoRecord {
			some = []tie{tieNone}
		}
		for _, tie := range some {
			if strings.HasPrefix(u.what, "change the own ") || u.what == "change an organisation" {
				continue // they begin with what a visitor is not shown
			}
			if u.what == "read a reply" {
				continue // a claimant's answer is for everybody
			}
			m.before = m.state()
			err := u.do(m, plumbline.Actor{}, tie)
			if !errors.Is(err, plumbline.ErrForbidden) && !errors.Is(err, plumbline.ErrNotFound) && !errors.Is(err, errUnlisted) {
				t.Errorf("%s: %s (%s) as a visitor: got %v, want a refusal", u.method, u.what, tie, err)
			}
			if m.state() != m.before {
				t.Errorf("%s: %s (%s) as a visitor: refused, and something was written", u.method, u.what, tie)
			}
		}
	}
}

func origin(t tie) plumbline.Origin {
	if t == tiePublic {
		return "public_record"
	}
	return "site"
}

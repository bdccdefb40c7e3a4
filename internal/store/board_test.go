package store_test

import (
	"testing"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// What a board led without police stands beside what a police unit did, in the
// same figures; what police took part in, and what others led, is in neither.
func TestFiguresByLead(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		lead := func(org plumbline.ID, kind plumbline.OrganisationKind, police plumbline.Answer) func(*plumbline.Record) {
			return func(r *plumbline.Record) {
				r.Operation.Criteria.Police = police
				r.Agencies = []*plumbline.Agency{{Head: head("lead"), Organisation: org, Name: "N", Kind: kind, Role: "lead", TookPart: "yes"}}
			}
		}
		byUnit := func(r *plumbline.Record) { r.Operation.Unit = "squad" }
		organisation := func(id plumbline.ID, kind plumbline.OrganisationKind) *plumbline.Organisation {
			return &plumbline.Organisation{Head: head(id), Name: string(id), Kind: kind, Origin: "site"}
		}
		_, err := s.Import(t.Context(), coordinator, store.Bundle{
			Organisations: []*plumbline.Organisation{organisation("board", "board"), organisation("group", "worker_led"), organisation("force", "police"), organisation("home", "shelter")},
			Units:         []*plumbline.UnitRecord{{Unit: plumbline.Unit{Head: head("squad"), Organisation: "force", Name: "Squad", Origin: "site"}}},
			Operations: []*plumbline.Record{
				attended("a", "2027-03-01", "yes", "yes", lead("board", "board", "no")), attended("b", "2027-04-01", "yes", "yes", lead("board", "board", "no")),
				attended("c", "2027-05-01", "yes", "yes", lead("group", "worker_led", "")),
				attended("with-police", "2027-05-01", "yes", "yes", lead("group", "worker_led", "yes")),
				attended("home", "2027-05-01", "yes", "yes", lead("home", "shelter", "no")),
				attended("raid", "2027-05-01", "no", "no", byUnit),
			}}, false, nil)
		s.must(err)
		list, scope, err := s.FiguresByLead(t.Context(), coordinator, "rights-standards", "children", store.Filter{})
		s.must(err)
		want := map[string]int{"board": 2, "group": 1, store.LedByWorkers: 3, store.LedByPolice: 1}
		for _, g := range list {
			if g.Operations != want[g.Key] {
				t.Errorf("%s: %d operations, want %d", g.Key, g.Operations, want[g.Key])
			}
			delete(want, g.Key)
			met := g.Figures[0]
			if met.Definition.Name != "people-met" || met.Numerator != plumbline.Exactly(8*g.Operations) {
				t.Errorf("%s: %s is %v", g.Key, met.Definition.Name, met.Numerator)
			}
			rules, said := 0, 0
			for _, r := range s.Protocol("rights-standards").Rules {
				if r.Topic == "children" {
					rules++
				}
			}
			for _, result := range []protocol.Result{protocol.Kept, protocol.Broken, protocol.Unknown, protocol.NotApplicable} {
				said += g.Duties[result]
			}
			if rules == 0 || said != rules*g.Operations || g.Duties[protocol.Unknown] == 0 {
				t.Errorf("%s: %v of %d duties in %d operations", g.Key, g.Duties, rules, g.Operations)
			}
		}
		if len(want) > 0 || scope.Operations != 6 {
			t.Errorf("missing %v, counted %d", want, scope.Operations)
		}
		if _, _, err := s.FiguresByLead(t.Context(), plumbline.Actor{User: "x", Role: plumbline.Administrator}, "rights-standards", "children", store.Filter{}); err == nil {
			t.Error("an administrator reads figures")
		}
	})
}

//go:build unix

package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"plumbline"
	"plumbline/internal/store"
)

// A joint review is begun from the page of a contradiction, and several
// organisations write it, each its own part.
func TestJointReview(t *testing.T) {
	s := newSite(t)
	host, worker, monitor := s.as(plumbline.Coordinator), s.as(plumbline.Worker), s.as(plumbline.Monitor)

	begin := regexp.MustCompile(`href="(/dialogues/[a-z0-9]+)/entries/dialogue/new\?([^"]+)"`).FindStringSubmatch(host.ok("/contradictions/X-12").Body.String())
	if begin == nil {
		t.Fatal("no joint review can be begun")
	}
	if page := worker.ok("/contradictions/X-12").Body.String(); strings.Contains(page, "/entries/dialogue/new") {
		t.Error("who may not convene is offered a joint review")
	}
	base := begin[1]
	address := base + "/entries/dialogue/new?" + strings.ReplaceAll(begin[2], "&amp;", "&")
	form := host.ok(address).form()
	if form.Get("kind") != "joint_review" || form.Get("about") != "X-12" {
		t.Errorf("the form begins with %q", form)
	}
	host.sent(base+"/entries/dialogue/new", with(form, "at.year", "2026")).says("Joint review of a quarrel", "Convened by")
	host.ok("/contradictions/X-12").says("Joint review", form.Get("title"))

	add := func(v *visitor, kind string, pairs ...string) plumbline.ID {
		t.Helper()
		form := with(v.ok(base+"/entries/"+kind+"/new").form(), pairs...)
		for _, name := range []string{"speaker", "convener"} {
			if form.Has(name) {
				t.Errorf("the form of a %s asks for the %s", kind, name)
			}
		}
		v.sent(base+"/entries/"+kind+"/new", form)
		return plumbline.ID(form.Get("id"))
	}
	add(host, "seat", "who", "service_providers", "organisation", "org-lime-house", "state", "came")
	add(host, "seat", "who", "sex_workers", "organisation", "org-riverside-workers", "state", "came")
	written := add(host, "said", "kind", "concern", "by", "Residents", "text", "Doors.")
	fact := add(worker, "said", "kind", "fact", "by", "The night shift", "text", "Nobody asked them.")
	own := add(host, "said", "kind", "statement", "text", "We did.")
	held := add(worker, "stance", "said", string(fact), "holds", "yes")
	add(monitor, "stance", "said", string(fact), "holds", "yes")

	d, err := s.db.Shared(t.Context(), userOf(plumbline.Coordinator), store.Subject{Kind: plumbline.KindDialogue, ID: plumbline.ID(strings.TrimPrefix(base, "/dialogues/"))})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[plumbline.ID]plumbline.ID{written: "", fact: "org-lime-house", own: "org-harbour-legal-aid"} {
		if said := d.Find(id).(*plumbline.Said); said.Speaker != want {
			t.Errorf("%q is said by %q, want %q", said.Text, said.Speaker, want)
		}
	}
	r := d.Shared.(*plumbline.DialogueRecord)
	if r.Dialogue.Convener != "org-harbour-legal-aid" || r.Dialogue.Origin != "fictional" {
		t.Errorf("convened by %q, from %q", r.Dialogue.Convener, r.Dialogue.Origin)
	}
	monitor.ok(base).says("Agreed", "Written down by the convener", "nothing was done about it")
	monitor.ok("/common-ground").says("Nobody asked them.")

	// A second stance of one organisation, and what is another's.
	if a := worker.post(base+"/entries/stance/new", with(worker.ok(base+"/entries/stance/new").form(), "said", string(fact), "holds", "no")); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a second stance: %d", a.Code)
	} else {
		a.says("Correct that")
	}
	for _, theirs := range []string{"/entries/said/" + string(fact), "/entries/stance/" + string(held)} {
		if a := host.get(base + theirs); a.Code != http.StatusForbidden {
			t.Errorf("the convener opens %s: %d", theirs, a.Code)
		}
	}
	// Corrected by who said it, with the old words beside.
	form = with(worker.ok(base+"/entries/said/"+string(fact)).form(), "text", "Two were asked.", fieldReason, "I asked the others")
	worker.sent(base+"/entries/said/"+string(fact), form).says("Two were asked.", "Nobody asked them.", "I asked the others")
}

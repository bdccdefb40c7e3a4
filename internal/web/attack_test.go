//go:build unix

package web

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plumbline"
	"plumbline/internal/store"
)

// Words that are planted in what somebody may not see. Each is nowhere else.
const (
	elsewhere = "kestrel" // in what a liaison may not see: another unit's operation, and what others told of an own one
	facts     = "siskin"  // in facts of the coalition's operations
	published = "dunlin"  // in the public record
	typed     = "plover"  // in drafts of others
	newcomer  = "wigeon"  // in the name of a user who has written nothing
	unitName  = "curlew"  // in the name of a unit, which who keeps the users has to know
)

const (
	hiddenOp   plumbline.ID = "op-x7q" // by hiddenUnit
	hiddenUnit plumbline.ID = "unit-x7q"
	ownOp      plumbline.ID = "op-own" // by the liaison's unit, told by others, not yet by the unit
	hiddenTold plumbline.ID = "kestrel-told"
	hiddenProg plumbline.ID = "prog-x7q" // paid for hiddenOp
	hiddenTalk plumbline.ID = "talk-x7q" // the liaison has no seat in it
)

// riverside coordinates in an organisation of which nobody else on the site
// does.
var clinicCoordinator = plumbline.Actor{User: "demo-elsewhere", Name: "Coordinator, elsewhere", Role: plumbline.Coordinator, Organisation: "org-bridge-street-clinic"}

// plant writes the words into a site.
func (s *site) plant() {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	write := func(kind plumbline.Kind, id plumbline.ID, entries ...plumbline.Entry) {
		s.t.Helper()
		b := store.Batch{Subject: store.Subject{Kind: kind, ID: id}}
		for _, e := range entries {
			b.Changes = append(b.Changes, store.Change{Entry: e})
		}
		must(s.db.Write(s.t.Context(), clinicCoordinator, b))
	}
	head := func(id plumbline.ID) plumbline.Head { return plumbline.Head{ID: id} }
	told := func(id plumbline.ID) *plumbline.Account {
		return &plumbline.Account{Head: plumbline.Head{ID: id, Note: elsewhere, Sources: []string{elsewhere}}, Organisation: clinicCoordinator.Organisation, Teller: elsewhere, Document: elsewhere, SpeaksFor: elsewhere,
			Points: []plumbline.Point{{Topic: "force", Says: elsewhere, Text: elsewhere}, {Topic: "people_met", Says: "9", Text: elsewhere}}}
	}
	began := plumbline.At(s.clock.Now().AddDate(0, 0, -20))
	people := func(op plumbline.ID, word string) *plumbline.Presence {
		return &plumbline.Presence{Head: head(op + "-g"), Code: "G-01", Description: word, OwnWords: plumbline.Text(word), Count: plumbline.Exactly(4)}
	}
	write(plumbline.KindUnit, hiddenUnit,
		&plumbline.Unit{Head: head(hiddenUnit), Organisation: "org-harbour-police", Name: "Unit " + unitName, Origin: "fictional", Mandate: elsewhere},
		&plumbline.Command{Head: head("x7q-command"), Commander: elsewhere},
		&plumbline.Training{Head: head("x7q-training"), Subject: elsewhere})
	write(plumbline.KindProgramme, hiddenProg,
		&plumbline.Programme{Head: head(hiddenProg), Name: "Grant " + elsewhere, Funder: "org-open-door-rescue", Origin: "fictional", Summary: elsewhere},
		&plumbline.Objection{Head: head("x7q-objection"), Organisation: clinicCoordinator.Organisation, By: elsewhere, Reason: elsewhere},
		&plumbline.Spending{Head: head("x7q-spending"), To: elsewhere, Amount: "1000", Currency: "EUR"})
	write(plumbline.KindDialogue, hiddenTalk,
		&plumbline.Dialogue{Head: head(hiddenTalk), Title: "Talk " + elsewhere, Origin: "fictional", Kind: "panel", Convener: clinicCoordinator.Organisation, About: elsewhere, Purpose: elsewhere},
		&plumbline.Seat{Head: head("x7q-seat"), Who: "sex_workers", State: "uninvited", DecidedBy: elsewhere, Why: elsewhere},
		&plumbline.Said{Head: head("x7q-said"), Speaker: clinicCoordinator.Organisation, Kind: "aim", Text: elsewhere},
		&plumbline.Stance{Head: head("x7q-stance"), Said: "x7q-said", Speaker: clinicCoordinator.Organisation, Holds: "yes", Text: elsewhere},
		&plumbline.Promise{Head: head("x7q-promise"), By: elsewhere, Text: elsewhere, Due: began},
		&plumbline.PromiseCheck{Head: head("x7q-check"), Promise: "x7q-promise", Speaker: clinicCoordinator.Organisation, Kept: "no", Text: elsewhere},
		&plumbline.Change{Head: head("x7q-change"), In: elsewhere, Text: elsewhere})
	write(plumbline.KindOrganisation, clinicCoordinator.Organisation, // whose words are withdrawn, so that others read none
		&plumbline.Publication{Head: plumbline.Head{ID: "x7q-story", Note: elsewhere}, Where: "Report", Words: elsewhere, Agreed: "yes", Withdrawn: began})
	write(plumbline.KindOperation, hiddenOp,
		&plumbline.Operation{Head: head(hiddenOp), Title: "Yard " + elsewhere, Origin: "fictional", Country: "ZW", Place: elsewhere, Began: began, Unit: hiddenUnit, Summary: elsewhere, Result: elsewhere, HeadCount: plumbline.Exactly(4)},
		people(hiddenOp, elsewhere),
		&plumbline.Event{Head: head(hiddenOp + "-e"), Kind: "threat", What: elsewhere, By: elsewhere},
		&plumbline.Debrief{Head: head(hiddenOp + "-d"), Found: elsewhere},
		&plumbline.Funding{Head: head(hiddenOp + "-f"), Programme: hiddenProg, For: elsewhere},
		told(hiddenOp+"-told"))
	write(plumbline.KindOperation, ownOp,
		&plumbline.Operation{Head: head(ownOp), Title: "Lane " + facts, Origin: "fictional", Country: "KH", Began: began, Unit: "unit-protection", Summary: facts, HeadCount: plumbline.Exactly(4),
			SameEpisode: []plumbline.SameAs{{Operation: hiddenOp, Certainty: "perhaps"}}},
		people(ownOp, facts),
		&plumbline.Agency{Head: head(ownOp + "-a"), Unit: hiddenUnit, Name: facts, Role: "support"},
		told(hiddenTold))
	fixed := *told(hiddenTold) // an earlier version lies in the history
	fixed.SpeaksFor += "."
	must(s.db.Write(s.t.Context(), clinicCoordinator, store.Batch{Subject: store.Subject{Kind: plumbline.KindOperation, ID: ownOp}, Reason: elsewhere, Changes: []store.Change{{Entry: &fixed, Version: 1}}}))
	write(plumbline.KindOperation, ownOp, &plumbline.Account{Head: head(ownOp + "-asked"), Organisation: "org-harbour-police", Teller: "The unit", Asked: began, ReplyTo: ""})

	public := s.operation("chiang-mai-2003").Operation
	public.Summary += " " + published
	must(s.db.Write(s.t.Context(), clinicCoordinator, store.Batch{Subject: store.Subject{Kind: plumbline.KindOperation, ID: public.ID}, Reason: published, Changes: []store.Change{{Entry: &public, Version: s.operation(public.ID).Version(public.ID)}}}))
	must(s.db.PutActor(s.t.Context(), userOf(plumbline.Administrator), plumbline.Actor{User: "demo-newcomer", Name: newcomer, Role: plumbline.Monitor}))
	for _, a := range []plumbline.Actor{{User: "demo-newcomer"}, userOf(plumbline.Coordinator)} {
		must(s.db.KeepDraft(s.t.Context(), a, store.Draft{Form: "/operations/" + string(ownOp) + "/entries/account/new", Title: typed, Body: "teller=" + typed}))
	}
}

// A crawl is everything that one session can reach.
type crawl struct {
	v     *visitor
	seen  map[string]bool
	queue []string
	forms map[string]url.Values // what is sent where, as the pages offer it
	pages int
	bytes int
	asked map[string]int // how often a path was asked for with a query
	may   []string       // planted words that this session may see
}

// planted are the records that hold planted words, and one whose unit has told.
var planted = []string{string(hiddenOp), string(ownOp), string(hiddenUnit), "chiang-mai-2003", "canal-road"}

// words are all planted words.
var words = []string{elsewhere, facts, published, typed, newcomer, unitName}

// read looks for planted words in everything of an answer. What the address
// itself says, the page may say again.
func (c *crawl) read(address string, a *answer) {
	c.v.s.t.Helper()
	all := strings.ToLower(fmt.Sprint(a.Header()) + a.Body.String())
	c.pages, c.bytes = c.pages+1, c.bytes+len(all)
	path, query, _ := strings.Cut(address, "?")
	for _, echo := range []string{path, html.EscapeString(path), url.QueryEscape(path), query} {
		if echo != "" {
			all = strings.ReplaceAll(all, strings.ToLower(echo), "")
		}
	}
	for _, w := range words {
		if i := strings.Index(all, w); i >= 0 && !slices.Contains(c.may, w) {
			c.v.s.t.Errorf("%s shows %q: …%s…", address, w, all[max(0, i-200):min(len(all), i+60)])
		}
	}
	if a.Code >= 500 {
		c.v.s.t.Errorf("%s: %d", address, a.Code)
	}
}

var ofRecord = regexp.MustCompile(`^/(?:operations|units)/([^/]+)/(.+)$`)

// alike are pages that show the same things of one name after another: claims,
// in which nothing is planted, and figures, which list the operations they count.
var alike = regexp.MustCompile(`^/(claims|figures)/([^/]+)(.*)$`)

// visit asks for an address, reads it, and follows what it offers. Of records
// in which nothing is planted it takes the page and not the forms, of a list
// that can be asked for in many ways the first thirty, and of pages that are
// alike the first twenty and each asked in the first two ways.
func (c *crawl) visit(address string) {
	address, _, _ = strings.Cut(address, "#")
	path, _, _ := strings.Cut(address, "?")
	if !strings.HasPrefix(path, "/") || c.seen[address] || strings.Contains(address, "lang=") {
		return
	}
	c.seen[address] = true
	if m := ofRecord.FindStringSubmatch(path); m != nil && !slices.Contains(planted, m[1]) {
		return
	}
	most := 30
	if m := alike.FindStringSubmatch(path); m != nil {
		if most = 2; path == address {
			shape := m[1] + m[3]
			if c.asked[shape]++; c.asked[shape] > 20 {
				return
			}
		}
	}
	if path != address {
		if c.asked[path]++; c.asked[path] > most {
			return
		}
	}
	c.queue = append(c.queue, address)
}

func (c *crawl) run() {
	for len(c.queue) > 0 {
		address := c.queue[0]
		c.queue = c.queue[1:]
		a := c.v.get(address)
		c.read(address, a)
		if to := a.Header().Get("Location"); to != "" {
			c.visit(to)
		}
		if a.page == nil {
			continue
		}
		for _, link := range a.page.all("a") {
			c.visit(html.UnescapeString(link.attr["href"]))
		}
		for _, f := range a.page.all("form") {
			action := f.attr["action"]
			if action == "" {
				action, _, _ = strings.Cut(address, "?")
			}
			if f.attr["method"] == "post" {
				c.forms[action] = f.values()
				continue
			}
			if strings.Contains(address, "?") {
				continue // one choice at a time: all combinations would be thousands
			}
			c.visit(action + "?" + f.values().Encode())
			for _, sel := range f.all("select") { // every choice of a filter
				for _, o := range sel.all("option") {
					values := f.values()
					values.Set(sel.attr["name"], o.attr["value"])
					c.visit(action + "?" + values.Encode())
				}
			}
		}
	}
}

// guess asks for every address of the program with every name that there is,
// linked or not.
func (c *crawl) guess() {
	s := c.v.s
	s.t.Helper()
	for _, pattern := range routePatterns(s.t) {
		path, isGet := strings.CutPrefix(pattern, "GET ")
		if !isGet || strings.HasSuffix(path, "{$}") || path == "/" {
			continue
		}
		list := fill([]string{path}, "{operation}", []string{string(hiddenOp), string(ownOp), "canal-road", "chiang-mai-2003"})
		list = fill(list, "{unit}", []string{string(hiddenUnit), "unit-protection"})
		list = fill(list, "{programme}", []string{string(hiddenProg), "safe-harbour"})
		list = fill(list, "{area}", []string{"harbour-district", "riverside"})
		list = fill(list, "{dialogue}", []string{string(hiddenTalk), "before-safe-harbour"})
		list = fill(list, "{user}", []string{"demo-newcomer", "demo-coordinator"})
		for _, blank := range []string{"{organisation}", "{protocol}", "{rule}", "{claim}", "{contradiction}", "{token}", "{release}", "{file}", "{name...}"} {
			list = fill(list, blank, examples[blank][:1])
		}
		for _, address := range list {
			subject, id := subjectIn(address)
			for _, kind := range plumbline.Kinds(subject) {
				filled := strings.ReplaceAll(address, "{kind}", string(kind))
				for _, entry := range s.entriesOf(subject, id, kind) {
					c.visit(strings.ReplaceAll(filled, "{entry}", string(entry)))
				}
				if !strings.Contains(filled, "{entry}") {
					c.visit(filled)
				}
			}
			if subject == "" {
				c.visit(address)
			}
		}
	}
	for _, query := range []string{"/operations?country=ZW", "/operations?unit=" + string(hiddenUnit), "/operations?text=yard", "/operations?text=lane", "/operations?unaccounted=1", "/operations/export?unit=" + string(hiddenUnit),
		"/operations/export?origin=fictional", "/operations/compare?by=country&origin=fictional", "/unaccounted?origin=fictional", "/operations?finding=rights-standards//unknown", "/operations?after=99999999999999999.a",
		"/operations/" + string(ownOp) + "/findings?protocol=rights-standards&with=accompanied-operation",
		"/operations/" + string(ownOp) + "/entries/account/new?reply_to=" + string(hiddenTold), "/operations/" + string(ownOp) + "/entries/account/new?draft=1", "/operations/new?draft=1"} {
		c.visit(query)
	}
}

// subjectIn returns whose record an address is of.
func subjectIn(address string) (plumbline.Kind, plumbline.ID) {
	parts := strings.Split(address, "/")
	kind, ok := map[string]plumbline.Kind{"operations": plumbline.KindOperation, "units": plumbline.KindUnit, "organisations": plumbline.KindOrganisation, "programmes": plumbline.KindProgramme, "areas": plumbline.KindArea, "dialogues": plumbline.KindDialogue}[parts[1]]
	if !ok || len(parts) < 3 || slices.Contains([]string{"new", "compare", "export", "import"}, parts[2]) {
		return "", ""
	}
	return kind, plumbline.ID(parts[2])
}

// entriesOf lists the entries of a kind that a record holds, as who sees
// everything knows them.
func (s *site) entriesOf(subject plumbline.Kind, id plumbline.ID, kind plumbline.Kind) (ids []plumbline.ID) {
	var entries []plumbline.Entry
	var err error
	switch subject {
	case plumbline.KindOperation:
		entries = s.operation(id).Entries()
	case plumbline.KindUnit:
		var u *store.Unit
		if u, err = s.db.Unit(s.t.Context(), clinicCoordinator, id); err == nil {
			entries = u.Entries()
		}
	case plumbline.KindOrganisation:
		var o *store.Organisation
		if o, err = s.db.Organisation(s.t.Context(), clinicCoordinator, id); err == nil {
			entries = o.Entries()
		}
	case plumbline.KindArea, plumbline.KindDialogue, plumbline.KindMatter:
		var d *store.Shared
		if d, err = s.db.Shared(s.t.Context(), clinicCoordinator, store.Subject{Kind: subject, ID: id}); err == nil {
			entries = d.Entries()
		}
	case plumbline.KindProgramme:
		var p *store.Programme
		if p, err = s.db.Programme(s.t.Context(), clinicCoordinator, id); err == nil {
			entries = p.Entries()
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if plumbline.KindOf(e) == kind {
			ids = append(ids, plumbline.HeadOf(e).ID)
		}
	}
	return ids
}

// attackers are sessions that try to get what is not theirs.
var attackers = []struct {
	role plumbline.Role
	may  []string
}{
	{plumbline.Worker, []string{elsewhere, facts, published, unitName}},
	{plumbline.PoliceLiaison, []string{facts, published}},
	{plumbline.Administrator, []string{newcomer, unitName}},
	{plumbline.Reader, []string{published}},
	{"", nil}, // a visitor
}

// Whoever follows every link, sends every filter and guesses every name sees
// nothing that is withheld from the role, in no byte of no answer.
func TestAttackersSeeNothing(t *testing.T) {
	s := newSite(t)
	s.plant()
	for _, who := range attackers {
		v := s.visitor()
		if who.role != "" {
			v = s.as(who.role)
		}
		c := &crawl{v: v, seen: map[string]bool{}, forms: map[string]url.Values{}, asked: map[string]int{}, may: who.may}
		c.guess()
		c.visit("/")
		c.run()
		t.Logf("%s: %d pages, %d kB, %d forms", who.role, c.pages, c.bytes/1000, len(c.forms))
		if c.pages < 30 {
			t.Errorf("%s came to %d pages only", who.role, c.pages)
		}
	}
}

// The words are there to be seen by who may: a search that cannot find them
// would prove nothing.
func TestPlantedWordsAreThere(t *testing.T) {
	s := newSite(t)
	s.plant()
	v := s.as(plumbline.Coordinator)
	for address, word := range map[string]string{
		"/operations/" + string(hiddenOp):            elsewhere,
		"/operations/" + string(ownOp) + "/accounts": elsewhere,
		"/operations/" + string(ownOp) + "/history":  elsewhere,
		"/units/" + string(hiddenUnit):               elsewhere,
		"/units":                                     unitName,
		"/operations/" + string(ownOp):               facts,
		"/operations/chiang-mai-2003":                published,
		"/operations/export?origin=fictional":        elsewhere,
		"/":                                          typed,
		"/people":                                    newcomer,
		"/operations?text=yard":                      elsewhere,
	} {
		if a := v.ok(address); !strings.Contains(strings.ToLower(a.Body.String()), word) {
			t.Errorf("%s does not show %q to a coordinator", address, word)
		}
	}
}

// everything sums up what a use of the site could change.
func (s *site) everything() string {
	s.t.Helper()
	ctx, admin := s.t.Context(), userOf(plumbline.Administrator)
	users, err := s.db.Actors(ctx, admin)
	if err != nil {
		s.t.Fatal(err)
	}
	all := fmt.Sprint(s.ledgerSize(), users)
	for _, a := range users {
		drafts, err := s.db.Drafts(ctx, a)
		if err != nil {
			s.t.Fatal(err)
		}
		all += fmt.Sprint(drafts)
	}
	return all
}

// Whoever sends what the program's own forms would send, to records where the
// role may not write, changes nothing: each form is one that would be taken
// from somebody who may.
func TestAttackersChangeNothing(t *testing.T) {
	s := newSite(t)
	s.plant()
	clinic, coordinator, administrator := s.signIn(clinicCoordinator), s.as(plumbline.Coordinator), s.as(plumbline.Administrator)
	keeper := func(kind plumbline.Kind) *visitor {
		switch subject, _ := plumbline.SubjectOf(kind); {
		case kind == plumbline.KindOrganisation:
			return administrator
		case subject == plumbline.KindUnit:
			return coordinator
		}
		return clinic // of operations, programmes, the clinic's stories and dialogues
	}
	targets := map[plumbline.Kind][]plumbline.ID{
		plumbline.KindOperation:    {hiddenOp, ownOp, "chiang-mai-2003"},
		plumbline.KindUnit:         {hiddenUnit, "unit-protection"},
		plumbline.KindOrganisation: {clinicCoordinator.Organisation},
		plumbline.KindProgramme:    {hiddenProg, "safe-harbour"},
		plumbline.KindDialogue:     {hiddenTalk},
	}
	for _, who := range []plumbline.Role{plumbline.Worker, plumbline.PoliceLiaison, plumbline.Administrator, plumbline.Reader, plumbline.Monitor, plumbline.Analyst} {
		v, sent := s.as(who), 0
		before := s.everything()
		attack := func(address string, form url.Values) {
			t.Helper()
			sent++
			if a := v.post(address, form); a.Code != http.StatusForbidden && a.Code != http.StatusNotFound {
				t.Errorf("%s sends %s: %d\n%s", who, address, a.Code, a.text())
			}
		}
		for subject, ids := range targets {
			for _, id := range ids {
				if mayKeep(who, subject, id) {
					continue
				}
				base := fmt.Sprintf("/%ss/%s", subject, id)
				for _, kind := range plumbline.Kinds(subject) {
					if kind == plumbline.KindAccount {
						continue // below
					}
					own := slices.Contains([]plumbline.Kind{"said", "stance", "promise", "promise_check"}, kind) && plumbline.May(userOf(who), plumbline.Speak, plumbline.Stranger)
					if a := keeper(kind).get(base + "/entries/" + string(kind) + "/new"); a.Code == http.StatusOK && kind != subject && !own {
						attack(base+"/entries/"+string(kind)+"/new", a.form())
					}
					for _, entry := range s.entriesOf(subject, id, kind) {
						address := base + "/entries/" + string(kind) + "/" + string(entry)
						a := keeper(kind).get(address)
						if kind == "objection" && a.Code == http.StatusForbidden {
							continue // another's
						}
						if a.Code != http.StatusOK {
							t.Fatalf("%s: %d", address, a.Code)
						}
						form := a.form()
						form.Set(fieldReason, "It was so")
						form.Set("note", "Changed")
						attack(address, form)
					}
				}
				if subject != plumbline.KindOperation {
					continue
				}
				for _, p := range s.entriesOf(subject, id, plumbline.KindPresence) {
					address := base + "/move/" + string(p)
					form := keeper(plumbline.KindMovement).ok(address).form()
					form.Set("state", "free_to_go")
					attack(address, form)
				}
			}
		}
		for _, form := range []url.Values{
			{"id": {"forged-1"}, fieldVersion: {"0"}, "organisation": {"org-bridge-street-clinic"}, "teller": {"Us"}, "points[0].topic": {"force"}, "points[0].text": {"None."}},
			{"id": {string(hiddenTold)}, fieldVersion: {"2"}, fieldReason: {"Mine"}, "organisation": {"org-bridge-street-clinic"}, "teller": {"Us"}},
		} {
			a := v.post("/operations/"+string(ownOp)+"/entries/account/new", form)
			b := v.post("/operations/"+string(ownOp)+"/entries/account/"+string(hiddenTold), form)
			if a.Code < 400 || b.Code < 400 {
				t.Errorf("%s tells in another's name: %d and %d", who, a.Code, b.Code)
			}
		}
		if who != plumbline.Administrator {
			self := userOf(who)
			for address, form := range map[string]url.Values{
				"/people/new":                     {"user": {"puppet"}, "name": {"Puppet"}, "role": {"oversight"}},
				"/people/" + string(self.User):    {"name": {"Me"}, "role": {"administrator"}, "organisation": {string(self.Organisation)}},
				"/people/demo-newcomer":           {"name": {"Me"}, "role": {"administrator"}},
				"/people/demo-coordinator/access": {"do": {"invite"}},
			} {
				attack(address, form)
			}
		}
		for _, form := range []url.Values{{"form": {"/operations/" + string(ownOp) + "/entries/account/new"}, "title": {"x"}, "body": {""}, "actor": {"demo-coordinator"}, "user": {"demo-coordinator"}}} {
			v.post("/drafts", form) // forgets the own draft, of which there is none
		}
		if s.everything() != before {
			t.Errorf("%s was refused, and something has changed", who)
		}
		t.Logf("%s: %d forms", who, sent)
		if sent < 10 {
			t.Errorf("%s sent %d forms only", who, sent)
		}
	}
}

// mayKeep reports whether a role of the demonstration keeps a target.
func mayKeep(role plumbline.Role, subject plumbline.Kind, id plumbline.ID) bool {
	switch subject {
	case plumbline.KindOrganisation:
		return role == plumbline.Administrator
	case plumbline.KindUnit:
		return role == plumbline.PoliceLiaison && id == "unit-protection"
	case plumbline.KindProgramme, plumbline.KindDialogue:
		return false
	}
	return role == plumbline.PoliceLiaison && id == ownOp
}

// signIn signs in a user who is made for it.
func (s *site) signIn(a plumbline.Actor) *visitor {
	s.t.Helper()
	if err := s.db.PutActor(s.t.Context(), userOf(plumbline.Administrator), a); err != nil {
		s.t.Fatal(err)
	}
	token, err := s.db.NewLink(s.t.Context(), a.User, store.InvitationLength)
	if err != nil {
		s.t.Fatal(err)
	}
	v := s.visitor()
	v.post("/sign-in", url.Values{"token": {token}})
	return v
}

// An administrator cannot take a role: only give one, which coordinators and
// oversight see, with who gave it.
func TestHostileAdministrator(t *testing.T) {
	s := newSite(t)
	admin := s.as(plumbline.Administrator)
	before := s.everything()
	for _, form := range []url.Values{
		{"name": {"Me"}, "role": {"oversight"}, "organisation": {"org-harbour-legal-aid"}},
		{"name": {"Me"}, "role": {"administrator"}, "organisation": {"org-lime-house"}},
		{"name": {"Me"}, "role": {"police_liaison"}, "organisation": {"org-harbour-legal-aid"}, "units": {"unit-protection"}},
	} {
		if a := admin.post("/people/demo-administrator", form); a.Code != http.StatusForbidden && a.Code != http.StatusUnprocessableEntity {
			t.Errorf("an administrator becomes %s of %s: %d", form.Get("role"), form.Get("organisation"), a.Code)
		}
	}
	for _, form := range []url.Values{ // one of the police who would read what is held about the police
		{"user": {"puppet"}, "name": {"Officer"}, "role": {"oversight"}, "organisation": {"org-harbour-police"}},
		{"user": {"puppet"}, "name": {"Officer"}, "role": {"worker"}, "organisation": {"org-harbour-police"}},
		{"user": {"puppet"}, "name": {"Officer"}, "role": {"police_liaison"}, "organisation": {"org-port-immigration"}, "units": {"unit-protection"}},
	} {
		if a := admin.post("/people/new", form); a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s of %s: %d, want 422", form.Get("role"), form.Get("organisation"), a.Code)
		}
	}
	if s.everything() != before {
		t.Error("refused, and something has changed")
	}

	admin.sent("/people/new", url.Values{"user": {"puppet"}, "name": {"Puppet of nobody"}, "role": {"oversight"}, "organisation": {"org-police-oversight"}})
	for _, role := range []plumbline.Role{plumbline.Coordinator, plumbline.Oversight} {
		s.as(role).ok("/").says("changes of who may do what")
		a := s.as(role).ok("/people/changes")
		rows := a.page.all("tr")
		if len(rows) < 2 {
			t.Fatalf("%s is shown %d rows", role, len(rows))
		}
		first := strings.Join(strings.Fields(rows[1].text()), " ")
		for _, text := range []string{"Puppet of nobody", "Oversight body", "New user", userOf(plumbline.Administrator).Name} {
			if !strings.Contains(first, text) {
				t.Errorf("the newest change, %q, does not tell %s of %q", first, role, text)
			}
		}
	}
	for _, role := range []plumbline.Role{plumbline.Worker, plumbline.PoliceLiaison, plumbline.Monitor, plumbline.Analyst, plumbline.Reader} {
		if a := s.as(role).get("/people/changes"); a.Code != http.StatusForbidden {
			t.Errorf("%s asks for changes of roles: %d, want 403", role, a.Code)
		}
	}
}

// A role that changes while somebody is at work holds from the next request.
func TestRoleChangedInMidSession(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	address := "/operations/canal-road/entries/event/new"
	form := v.ok(address).form()
	form.Set("kind", "surprise")
	less := userOf(plumbline.Worker)
	less.Role = plumbline.Reader
	if err := s.db.PutActor(s.t.Context(), userOf(plumbline.Administrator), less); err != nil {
		t.Fatal(err)
	}
	quiet := s.unchanged("a form opened as a worker, sent as a reader")
	if a := v.post(address, form); a.Code != http.StatusNotFound {
		t.Errorf("the form is answered with %d, want 404", a.Code)
	}
	if a := v.get("/operations/canal-road"); a.Code != http.StatusNotFound {
		t.Errorf("the operation is answered with %d, want 404", a.Code)
	}
	quiet()
	moved := userOf(plumbline.Worker) // and the same for an organisation that changes
	moved.Organisation = "org-bridge-street-clinic"
	if err := s.db.PutActor(s.t.Context(), userOf(plumbline.Administrator), moved); err != nil {
		t.Fatal(err)
	}
	quiet = s.unchanged("a form opened for one organisation, sent for another")
	if a := v.post(address, form); a.Code != http.StatusForbidden {
		t.Errorf("the form is answered with %d, want 403", a.Code)
	}
	quiet()
}

// An export holds what its taker may see: not the accounts that wait, nor the
// record of a unit that is not theirs.
func TestExportHoldsWhatMayBeSeen(t *testing.T) {
	s := newSite(t)
	s.plant()
	for _, role := range []plumbline.Role{plumbline.Reader, plumbline.Analyst, plumbline.PoliceLiaison, plumbline.Worker} {
		a := s.as(role).ok("/operations/export")
		var file struct {
			Operations []struct{ Operation struct{ Origin string } }
		}
		if err := json.Unmarshal(a.Body.Bytes(), &file); err != nil {
			t.Fatal(err)
		}
		for _, op := range file.Operations {
			if op.Operation.Origin != "public_record" {
				t.Errorf("%s takes out an operation of the site", role)
			}
		}
	}
}

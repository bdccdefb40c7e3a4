//go:build unix

package web

import (
	"bytes"
	"html/template"
	"io/fs"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/locale"
)

// pageTypes are the structs that templates are made for.
var pageTypes = map[string]reflect.Type{
	"accounts.html":          reflect.TypeFor[accountsPage](),
	"add.html":               reflect.TypeFor[addPage](),
	"again.html":             reflect.TypeFor[againPage](),
	"balance.html":           reflect.TypeFor[balancePage](),
	"broken.html":            reflect.TypeFor[struct{ *Page }](),
	"claim.html":             reflect.TypeFor[claimPage](),
	"claims.html":            reflect.TypeFor[claimsPage](),
	"claim_about.html":       reflect.TypeFor[claimAboutPage](),
	"claim_citations.html":   reflect.TypeFor[claimCitationsPage](),
	"claim_parked.html":      reflect.TypeFor[claimParkedPage](),
	"claim_policy.html":      reflect.TypeFor[claimPolicyPage](),
	"claim_positions.html":   reflect.TypeFor[claimPositionsPage](),
	"claim_sources.html":     reflect.TypeFor[claimSourcesPage](),
	"claim_words.html":       reflect.TypeFor[claimWordsPage](),
	"claim_compare.html":     reflect.TypeFor[claimComparePage](),
	"claim_form.html":        reflect.TypeFor[claimFormPage](),
	"claim_import.html":      reflect.TypeFor[claimImportPage](),
	"claim_map.html":         reflect.TypeFor[claimMapPage](),
	"claim_replies.html":     reflect.TypeFor[claimRepliesPage](),
	"claim_reply.html":       reflect.TypeFor[replyPage](),
	"claim_thread.html":      reflect.TypeFor[claimThreadPage](),
	"contradiction.html":     reflect.TypeFor[contradictionPage](),
	"contradictions.html":    reflect.TypeFor[contradictionsPage](),
	"compare.html":           reflect.TypeFor[comparePage](),
	"count.html":             reflect.TypeFor[countPage](),
	"counting.html":          reflect.TypeFor[countingPage](),
	"custody.html":           reflect.TypeFor[custodyPage](),
	"figure.html":            reflect.TypeFor[figurePage](),
	"figure_nrm.html":        reflect.TypeFor[nrmPage](),
	"figures.html":           reflect.TypeFor[figuresPage](),
	"boards.html":            reflect.TypeFor[boardsPage](),
	"figures_low.html":       reflect.TypeFor[lowPage](),
	"findings.html":          reflect.TypeFor[findingsPage](),
	"form.html":              reflect.TypeFor[form](),
	"say.html":               reflect.TypeFor[sayPage](),
	"say_answer.html":        reflect.TypeFor[saidPage](),
	"heard.html":             reflect.TypeFor[heardPage](),
	"history.html":           reflect.TypeFor[historyPage](),
	"home.html":              reflect.TypeFor[homePage](),
	"ledger.html":            reflect.TypeFor[ledgerPage](),
	"matter.html":            reflect.TypeFor[matterPage](),
	"matters.html":           reflect.TypeFor[mattersPage](),
	"move.html":              reflect.TypeFor[movePage](),
	"operation.html":         reflect.TypeFor[operationPage](),
	"operations.html":        reflect.TypeFor[operationsPage](),
	"organisation.html":      reflect.TypeFor[organisationPage](),
	"organisations.html":     reflect.TypeFor[organisationsPage](),
	"people.html":            reflect.TypeFor[peoplePage](),
	"problem.html":           reflect.TypeFor[problemPage](),
	"area.html":              reflect.TypeFor[areaPage](),
	"area_contacts.html":     reflect.TypeFor[contactsPage](),
	"areas.html":             reflect.TypeFor[areasPage](),
	"programme.html":         reflect.TypeFor[programmePage](),
	"programmes.html":        reflect.TypeFor[programmesPage](),
	"dialogue.html":          reflect.TypeFor[dialoguePage](),
	"dialogues.html":         reflect.TypeFor[dialoguesPage](),
	"ground.html":            reflect.TypeFor[groundPage](),
	"protocol.html":          reflect.TypeFor[protocolPage](),
	"protocols.html":         reflect.TypeFor[protocolsPage](),
	"rule.html":              reflect.TypeFor[rulePage](),
	"signin.html":            reflect.TypeFor[signInPage](),
	"unaccounted.html":       reflect.TypeFor[unaccountedPage](),
	"unit.html":              reflect.TypeFor[unitPage](),
	"units.html":             reflect.TypeFor[unitsPage](),
	"user.html":              reflect.TypeFor[userPage](),
	"changes.html":           reflect.TypeFor[changesPage](),
	"rules.html":             reflect.TypeFor[rulesPage](),
	"account.html":           reflect.TypeFor[accountPage](),
	"codes.html":             reflect.TypeFor[codesPage](),
	"password.html":          reflect.TypeFor[passwordPage](),
	"import.html":            reflect.TypeFor[importPage](),
	"note.html":              reflect.TypeFor[notePage](),
	"notices.html":           reflect.TypeFor[noticesPage](),
	"print_operation.html":   reflect.TypeFor[printedOperation](),
	"print_unit.html":        reflect.TypeFor[printedUnit](),
	"front.html":             reflect.TypeFor[frontPage](),
	"readers.html":           reflect.TypeFor[readersPage](),
	"measure.html":           reflect.TypeFor[measurePage](),
	"measure_study.html":     reflect.TypeFor[studyPage](),
	"measure_data.html":      reflect.TypeFor[dataPage](),
	"measure_series.html":    reflect.TypeFor[seriesPage](),
	"measure_ask.html":       reflect.TypeFor[askPage](),
	"measure_run.html":       reflect.TypeFor[runPage](),
	"measure_compare.html":   reflect.TypeFor[roundsPage](),
	"published.html":         reflect.TypeFor[publishedListPage](),
	"published_release.html": reflect.TypeFor[publishedPage](),
	"checking.html":          reflect.TypeFor[checkingPage](),
	"method.html":            reflect.TypeFor[methodPage](),
	"releases.html":          reflect.TypeFor[releasesPage](),
	"release.html":           reflect.TypeFor[releasePage](),
	"propose.html":           reflect.TypeFor[proposePage](),
}

// Every template executes with nothing in its struct and with something in
// every field, in every language, and what it writes is well formed.
func TestTemplates(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(embedded, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimPrefix(file, "templates/")
		if name == "layout.html" {
			continue // in every other
		}
		typ, ok := pageTypes[name]
		if !ok {
			t.Errorf("%s: name its struct in this test", name)
			continue
		}
		for _, full := range []bool{false, true} {
			for _, l := range locale.Languages {
				v := reflect.New(typ)
				make := &maker{page: s.page(nil, l, plumbline.Actor{User: "somebody", Name: "Somebody", Role: plumbline.Coordinator}, "home.title"), full: full}
				make.fill(v.Elem(), 0)
				switch p := v.Interface().(type) { // what they embed is not exported
				case *movePage:
					p.form = new(form)
					make.fill(reflect.ValueOf(p.form).Elem(), 0)
				case *printedOperation:
					make.fill(reflect.ValueOf(&p.operationPage).Elem(), 0)
				case *releasePage:
					make.fill(reflect.ValueOf(&p.publishedPage).Elem(), 0)
				case *printedUnit:
					make.fill(reflect.ValueOf(&p.unitPage).Elem(), 0)
				}
				var b bytes.Buffer
				if err := s.templates.ExecuteTemplate(&b, name, v.Interface()); err != nil {
					t.Errorf("%s, full %t: %v", name, full, err)
					continue
				}
				if strings.Contains(b.String(), "ZgotmplZ") {
					t.Errorf("%s, full %t: something was withheld by the escaper", name, full)
				}
				parsePage(t, b.String())
			}
		}
	}
}

// A maker fills a page's struct: pointers always, since a page has what it is
// about; the rest only when full.
type maker struct {
	page *Page
	full bool
}

func (m *maker) fill(v reflect.Value, depth int) {
	switch v.Type() {
	case reflect.TypeFor[*Page]():
		v.Set(reflect.ValueOf(m.page))
		return
	case reflect.TypeFor[template.HTML]():
		v.SetString("<svg></svg>")
		return
	}
	if v.Kind() == reflect.Pointer && (m.full && depth < 12 || depth < 4) {
		v.Set(reflect.New(v.Type().Elem()))
		m.fill(v.Elem(), depth+1)
		return
	}
	if v.Kind() == reflect.Struct && v.Type() != typeWhen && v.Type() != typeCount && v.Type() != reflect.TypeFor[time.Time]() {
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				m.fill(v.Field(i), depth+1)
			}
		}
		return
	}
	if !m.full || depth > 12 {
		return
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC)))
	case v.Type() == typeWhen:
		v.Set(reflect.ValueOf(plumbline.At(time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC))))
	case v.Type() == typeCount:
		v.Set(reflect.ValueOf(plumbline.AtLeast(7)))
	case isWord(v):
		words := v.Interface().(interface{ Values() []string }).Values()
		v.SetString(words[len(words)-1])
	case v.Kind() == reflect.String:
		v.SetString("x")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(3)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		m.fill(v.Index(0), depth+1)
	case v.Kind() == reflect.Map && v.Type().Elem().Kind() == reflect.String:
		v.Set(reflect.MakeMap(v.Type()))
	}
}

// Every page, as it is served.
var servedPages = []struct {
	role    plumbline.Role // nobody when empty
	address string
}{
	{"", "/sign-in"},
	{"", "/sign-in/some-code"},
	{"", "/sign-in?to=account"},
	{"", "/how-we-count"},
	{"", "/published"},
	{"", "/published/people-met-2"},
	{"", "/published/people-met-1"},
	{"", "/published/accompanied-1"},
	{"", "/published/minors-asked-1"},
	{"", "/published/children-met-1"},
	{"", "/published/children-met-1-withdrawn"},
	{"", "/how-to-check"},
	{"", "/how-figures-are-protected"},
	{"", "/how-estimates-are-made"},
	{"", "/"},
	{"", "/claims"},
	{"", "/claims/C-B62"},
	{"", "/claims/L-01"},
	{"", "/claims/L-05"},
	{"", "/claims/C-B56/thread?depth=3"},
	{"", "/claims/compare?claims=C-N14&claims=C-B54+C-F07"},
	{"", "/claims/compare?claims=nothing-here"},
	{"", "/claims/compare?claims=L-07+L-08"},
	{"", "/claims/about"},
	{"", "/claims/about?name=Project+Lantern%2C+Cebu"},
	{"", "/claims/words"},
	{"", "/claims/positions"},
	{"", "/claims/policy"},
	{"", "/claims/parked"},
	{"", "/claims/citations"},
	{"", "/claims/citations?code=older-than-event"},
	{"", "/claims/sources"},
	{"", "/claims/C-B36"},
	{"", "/claims/C-F07"},
	{"", "/claims/map"},
	{"", "/claims/map?by=claimant&how=supports"},
	{"", "/reply/TOKEN"},
	{"", "/say"},
	{"", "/say/answer"},
	{"", "/contradictions"},
	{"", "/contradictions/X-27"},
	{"", "/common-ground"},
	{"", "/protocols"},
	{"", "/protocols/rights-standards"},
	{"", "/protocols/rights-standards/PLN-01"},
	{"", "/who-may-do-what"},
	{plumbline.Worker, "/account"},
	{plumbline.Worker, "/account/password"},
	{plumbline.Coordinator, "/"},
	{plumbline.Worker, "/"},
	{plumbline.PoliceLiaison, "/"},
	{plumbline.Monitor, "/"},
	{plumbline.Oversight, "/"},
	{plumbline.Analyst, "/"},
	{plumbline.Reader, "/"},
	{plumbline.Administrator, "/"},
	{plumbline.Worker, "/notices"},
	{plumbline.Coordinator, "/notices"},
	{plumbline.Coordinator, "/unaccounted"},
	{plumbline.Coordinator, "/unaccounted?origin=public_record"},
	{plumbline.Coordinator, "/operations"},
	{plumbline.Coordinator, "/operations?text=nothing-of-the-kind"},
	{plumbline.Reader, "/operations?origin=public_record"},
	{plumbline.Coordinator, "/operations/new"},
	{plumbline.Coordinator, "/operations/import"},
	{plumbline.Coordinator, "/operations/canal-road/readers"},
	{plumbline.Coordinator, "/operations/canal-road/print"},
	{plumbline.PoliceLiaison, "/operations/pier-street-raid/print"},
	{plumbline.Reader, "/operations/chiang-mai-2003/print"},
	{plumbline.Coordinator, "/units/unit-protection/print"},
	{plumbline.Coordinator, "/operations/compare"},
	{plumbline.Coordinator, "/operations/compare?by=kind"},
	{plumbline.Coordinator, "/operations/compare?by=targeted&origin=public_record"},
	{plumbline.Coordinator, "/operations/pier-street-raid"},
	{plumbline.Coordinator, "/operations/canal-road"},
	{plumbline.Reader, "/operations/chiang-mai-2003"},
	{plumbline.Reader, "/operations/siem-reap-2009"},
	{plumbline.Coordinator, "/operations/canal-road/balance"},
	{plumbline.Coordinator, "/operations/pier-street-raid/findings"},
	{plumbline.Coordinator, "/operations/pier-street-raid/findings?protocol=rights-standards&with=accompanied-operation"},
	{plumbline.Coordinator, "/operations/pier-street-raid/accounts"},
	{plumbline.Coordinator, "/operations/canal-road/custody/canal-road-p-07"},
	{plumbline.Coordinator, "/operations/pier-street-raid/history"},
	{plumbline.Coordinator, "/operations/pier-street-raid/record"},
	{plumbline.Worker, "/operations/pier-street-raid/move/pier-street-raid-g-02"},
	{plumbline.Coordinator, "/operations/pier-street-raid/entries/movement/new"},
	{plumbline.Coordinator, "/operations/pier-street-raid/entries/account/new"},
	{plumbline.Coordinator, "/operations/pier-street-raid/entries/operation/pier-street-raid"},
	{plumbline.Coordinator, "/operations/pier-street-raid/entries/plan/pier-street-raid-plan-1"},
	{plumbline.Coordinator, "/units"},
	{plumbline.Coordinator, "/units/unit-protection"},
	{plumbline.Coordinator, "/units/unit-protection/entries/training/new"},
	{plumbline.Coordinator, "/programmes"},
	{plumbline.Coordinator, "/programmes/safe-harbour"},
	{plumbline.Coordinator, "/programmes/safe-harbour/entries/definition/new"},
	{plumbline.Coordinator, "/programmes/vehicles-and-line"},
	{plumbline.Reader, "/programmes/safe-harbour"},
	{plumbline.Coordinator, "/areas"},
	{plumbline.Coordinator, "/areas/harbour-district"},
	{plumbline.Monitor, "/areas/riverside"},
	{plumbline.Worker, "/areas/harbour-district/contacts"},
	{plumbline.Worker, "/areas/harbour-district/entries/access_loss/new"},
	{plumbline.Coordinator, "/areas/a-new-one/entries/area/new"},
	{plumbline.Coordinator, "/dialogues"},
	{plumbline.Reader, "/dialogues"},
	{plumbline.Coordinator, "/dialogues?kind=panel"},
	{plumbline.Coordinator, "/dialogues/before-safe-harbour"},
	{plumbline.Worker, "/dialogues/before-safe-harbour"},
	{plumbline.Monitor, "/dialogues/accompaniment-review"},
	{plumbline.Coordinator, "/dialogues/before-safe-harbour/entries/seat/new"},
	{plumbline.Worker, "/dialogues/before-safe-harbour/entries/stance/new"},
	{plumbline.Coordinator, "/common-ground"},
	{plumbline.Coordinator, "/contradictions/X-03"},
	{plumbline.Reader, "/organisations/org-riverside-workers"},
	{plumbline.Coordinator, "/areas"},
	{plumbline.Coordinator, "/areas/harbour-district"},
	{plumbline.Monitor, "/areas/riverside"},
	{plumbline.Worker, "/areas/harbour-district/contacts"},
	{plumbline.Worker, "/areas/harbour-district/entries/access_loss/new"},
	{plumbline.Coordinator, "/areas/a-new-one/entries/area/new"},
	{plumbline.Reader, "/organisations/org-lime-house"},
	{plumbline.Worker, "/organisations/org-lime-house"},
	{plumbline.Worker, "/organisations/org-lime-house/entries/publication/new"},
	{plumbline.Coordinator, "/matters"},
	{plumbline.PoliceLiaison, "/matters?kind=criticism"},
	{plumbline.Monitor, "/matters/no-papers-returned"},
	{plumbline.PoliceLiaison, "/matters/papers-to-employers"},
	{plumbline.Coordinator, "/matters/night-line"},
	{plumbline.Coordinator, "/matters/anewmatterofsixandtwentyab/entries/matter/new"},
	{plumbline.Reader, "/organisations/org-harbour-police"},
	{plumbline.Coordinator, "/organisations/org-harbour-police"},
	{plumbline.Worker, "/heard"},
	{plumbline.Coordinator, "/heard"},
	{plumbline.Coordinator, "/protocols"},
	{plumbline.Coordinator, "/protocols/rights-standards"},
	{plumbline.Coordinator, "/protocols/rights-standards/PLN-01"},
	{plumbline.Coordinator, "/figures"},
	{plumbline.Reader, "/figures?origin=public_record"},
	{plumbline.Coordinator, "/figures/children-share"},
	{plumbline.Coordinator, "/figures/protected-share?by=kind&answer=unknown"},
	{plumbline.Coordinator, "/figures/children-met?origin=public_record"},
	{plumbline.Coordinator, "/figures/officers-kept-12m"},
	{plumbline.Coordinator, "/figures/clinic-contacts?by=month&area=harbour-district"},
	{plumbline.Coordinator, "/figures/access-losses?by=causes"},
	{plumbline.Coordinator, "/figures/clinic-after-operations?by=area"},
	{plumbline.Coordinator, "/figures/nrm-uk"},
	{plumbline.Coordinator, "/figures/low"},
	{plumbline.Monitor, "/boards"},
	{plumbline.Coordinator, "/figures/low?of=force-unreviewed&by=country&origin=public_record"},
	{plumbline.Coordinator, "/ledger"},
	{plumbline.Coordinator, "/releases"},
	{plumbline.Coordinator, "/releases/new"},
	{plumbline.Coordinator, "/releases/new?corrects=people-met-2"},
	{plumbline.Coordinator, "/releases/new?figure=people-met&by_period=year"},
	{plumbline.Analyst, "/releases/new?study=harbour-first-round&run=share"},
	{plumbline.Coordinator, "/releases/people-met-2"},
	{plumbline.Oversight, "/releases"},
	{plumbline.Reader, "/claims"},
	{plumbline.Reader, "/claims?status=no-source&document=atr-2012"},
	{plumbline.Reader, "/claims/C-B62"},
	{plumbline.Reader, "/claims/C-F09"},
	{plumbline.Coordinator, "/claims"},
	{plumbline.Coordinator, "/claims/L-01"},
	{plumbline.Coordinator, "/claims/L-01/correct"},
	{plumbline.Coordinator, "/claims/L-05/replies"},
	{plumbline.Coordinator, "/claims/new"},
	{plumbline.Coordinator, "/claims/import"},
	{plumbline.Reader, "/contradictions"},
	{plumbline.Reader, "/contradictions/X-36"},
	{plumbline.Administrator, "/people"},
	{plumbline.Oversight, "/people/changes"},
	{plumbline.Worker, "/who-may-do-what"},
	{plumbline.Administrator, "/people/new"},
	{plumbline.Administrator, "/people/demo-worker"},
	{plumbline.Administrator, "/organisations"},
	{plumbline.Administrator, "/organisations/org-lime-house"},
	{plumbline.Administrator, "/organisations/org-lime-house/entries/organisation/org-lime-house"},
	{plumbline.Analyst, "/measure"},
	{plumbline.Analyst, "/measure/harbour-first-round/entries/study/harbour-first-round"},
	{plumbline.Analyst, "/measure/a-new-one/entries/study/new"},
	{plumbline.Analyst, "/measure/a-new-one/entries/study/new?form=trust_police"},
	{plumbline.Analyst, "/measure/harbour-first-round/entries/survey_referral/new"},
	{plumbline.Analyst, "/measure/harbour-second-round/entries/elsewhere/new"},
	{plumbline.Analyst, "/measure/uk-lists"},
	{plumbline.Monitor, "/measure/harbour-first-round"},
	{plumbline.Analyst, "/measure/harbour-first-round/data/data"},
	{plumbline.Analyst, "/measure/harbour-first-round/series"},
	{plumbline.Analyst, "/measure/harbour-first-round/series?area=harbour-district&service=outreach"},
	{plumbline.Analyst, "/measure/uk-lists/ask"},
	{plumbline.Analyst, "/measure/uk-lists/runs/stepwise"},
	{plumbline.Analyst, "/measure/sicily-ban/runs/ban"},
	{plumbline.Analyst, "/measure/harbour-first-round/runs/share"},
	{plumbline.Analyst, "/measure/compare"},
	{plumbline.Analyst, "/measure/compare?run=harbour-first-round/share&run=harbour-second-round/share"},
	{plumbline.Analyst, "/measure/compare?run=harbour-first-round/share&run=uk-lists/stepwise"},
	{plumbline.Coordinator, "/nothing-here"},
}

// What any page must have: a language and its direction, a title, one first
// heading, labels and names for what can be used, ids that are there once and
// links within the page that lead somewhere.
func TestPagesAreWhole(t *testing.T) {
	s := newSite(t)
	people := map[plumbline.Role]*visitor{"": s.visitor()}
	token := s.replyToken("L-02")
	for _, p := range servedPages {
		p.address = strings.Replace(p.address, "TOKEN", token, 1)
		if people[p.role] == nil {
			people[p.role] = s.as(p.role)
		}
		for _, l := range locale.Languages {
			sep := "?"
			if strings.Contains(p.address, "?") {
				sep = "&"
			}
			a := people[p.role].get(p.address + sep + "lang=" + l.Tag)
			if want := http.StatusOK; a.Code != want && !(a.Code == http.StatusNotFound && p.address == "/nothing-here") {
				t.Errorf("%s as %s: %d", p.address, p.role, a.Code)
				continue
			}
			if a.page == nil { // nobody signed in, and no such page
				continue
			}
			for _, fault := range pageFaults(a.page, l) {
				t.Errorf("%s in %s: %s", p.address, l.Tag, fault)
			}
			if strings.Contains(a.Body.String(), "style=") || strings.Contains(a.Body.String(), "<style") || strings.Contains(a.Body.String(), "onclick=") {
				t.Errorf("%s has a style or a script in the page", p.address)
			}
		}
	}
}

// The public record is in English, and says so on a page in another language;
// of what the site records nobody has said in which language it is.
func TestTongue(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	for _, tc := range []struct{ address, lang, want string }{
		{"/operations/chiang-mai-2003", "es", "en"},
		{"/operations/chiang-mai-2003", "ar", "en"},
		{"/operations/chiang-mai-2003", "en", ""},
		{"/operations/pier-street-raid", "es", ""},
	} {
		if h := v.get(tc.address + "?lang=" + tc.lang).page.all("h1"); len(h) != 1 || h[0].attr["lang"] != tc.want {
			t.Errorf("%s in %s: the title is in %q, want %q", tc.address, tc.lang, h[0].attr["lang"], tc.want)
		}
	}
	for _, tc := range []struct{ accept, want string }{{"es-MX, es;q=0.9, en;q=0.5", "es"}, {"ar-EG", "ar"}, {"de", "en"}} {
		stranger := s.visitor()
		stranger.header.Set("Accept-Language", tc.accept)
		page := stranger.get("/sign-in").page
		if got := page.all("html")[0].attr["lang"]; got != tc.want {
			t.Errorf("a browser that asks for %s gets %s, want %s", tc.accept, got, tc.want)
		}
		offered := 0
		for _, a := range page.all("a") {
			if a.attr["hreflang"] != "" && a.attr["hreflang"] == a.attr["lang"] {
				offered++
			}
		}
		if offered != len(locale.Languages)-1 {
			t.Errorf("a page in %s offers %d other languages, want %d", tc.want, offered, len(locale.Languages)-1)
		}
	}
}

func pageFaults(page *node, l *locale.Language) (faults []string) {
	fault := func(parts ...string) { faults = append(faults, strings.Join(parts, " ")) }
	if h := page.all("html"); len(h) != 1 || h[0].attr["lang"] != l.Tag || h[0].attr["dir"] != l.Dir {
		fault("no language or direction")
	}
	if n := page.all("head")[0].all("title"); len(n) != 1 || // pictures have titles too
		strings.TrimSpace(n[0].text()) == "" || strings.HasPrefix(strings.TrimSpace(n[0].text()), "·") {
		fault("no title")
	}
	if n := len(page.all("h1")); n != 1 {
		fault("not one h1 but", string(rune('0'+n)))
	}
	ids, labelled := map[string]int{}, map[string]bool{}
	var walk func(n *node, f func(*node))
	walk = func(n *node, f func(*node)) {
		f(n)
		for _, k := range n.kids {
			walk(k, f)
		}
	}
	walk(page, func(n *node) {
		if n.attr["id"] != "" {
			ids[n.attr["id"]]++
		}
		if n.tag == "label" {
			labelled[n.attr["for"]] = true
			for _, tag := range []string{"input", "select", "textarea"} {
				for _, k := range n.all(tag) {
					labelled["name:"+k.attr["name"]+k.attr["value"]] = true
				}
			}
		}
	})
	for id, n := range ids {
		if n > 1 {
			fault("the id", id, "stands twice")
		}
	}
	walk(page, func(n *node) {
		switch n.tag {
		case "a":
			if strings.TrimSpace(n.text()) == "" && n.attr["aria-label"] == "" {
				fault("a link without words to", n.attr["href"])
			}
			if to, ok := strings.CutPrefix(n.attr["href"], "#"); ok && ids[to] == 0 {
				fault("a link leads nowhere:", n.attr["href"])
			}
			if strings.Contains(n.attr["href"], "//") {
				fault("a link to elsewhere:", n.attr["href"])
			}
		case "button":
			if strings.TrimSpace(n.text()) == "" && n.attr["aria-label"] == "" {
				fault("a button without words")
			}
		case "input", "select", "textarea":
			if _, unseen := n.attr["hidden"]; unseen {
				break
			}
			if n.attr["type"] != "hidden" && !labelled[n.attr["id"]] && !labelled["name:"+n.attr["name"]+n.attr["value"]] {
				fault("nothing labels", n.attr["name"])
			}
		case "th":
			if n.attr["scope"] == "" {
				fault("a th without scope:", n.text())
			}
		case "table":
			heads := n.all("thead")
			if len(heads) == 0 {
				fault("a table without heads")
			}
		}
		for _, name := range []string{"aria-labelledby", "aria-describedby"} {
			for _, id := range strings.Fields(n.attr[name]) {
				if ids[id] == 0 {
					fault(name, id, "is not on the page")
				}
			}
		}
	})
	return faults
}

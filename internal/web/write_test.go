//go:build unix

package web

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/rig"
)

// with changes some of what a form holds.
func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func count(t testing.TB, text string) plumbline.Count {
	t.Helper()
	c, err := plumbline.ParseCount(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// counted records an operation at the scene and returns its id.
func counted(v *visitor, pairs ...string) (plumbline.ID, *answer) {
	v.s.t.Helper()
	form := with(v.ok("/operations/new").form(), pairs...)
	return plumbline.ID(form.Get("id")), v.sent("/operations/new", form)
}

func TestFirstCount(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	form := with(v.ok("/operations/new").form(), "title", "Quay Street, a cellar", "children", "2", "adults", "5+", "accused", "٣", "unclear", "0", "where", "taken", "worker", "nearby", "place", "Quay Street")
	id := plumbline.ID(form.Get("id"))
	page := v.sent("/operations/new", form)
	page.says("Quay Street, a cellar", "at least 10", "Quay Street")
	o := s.operation(id)
	if got := o.Operation.HeadCount; got != count(t, "10+") {
		t.Errorf("the head count is %v", got)
	}
	if len(o.Presences) != 3 || len(o.Movements) != 3 || len(o.Attendance) != 1 || len(o.Decisions) != 1 {
		t.Errorf("%d groups, %d movements, %d attendances, %d decisions", len(o.Presences), len(o.Movements), len(o.Attendance), len(o.Decisions))
	}
	if o.Operation.Origin != "fictional" {
		t.Errorf("on a demonstration site the origin is %q", o.Operation.Origin)
	}

	quiet := s.unchanged("pressing the button twice")
	v.sent("/operations/new", form)
	quiet()
}

// Nobody has time for every question: a name and one number will do. What was
// left empty is not known, and not nobody.
func TestFirstCountInOneBreath(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	id, page := counted(v, "title", "Back lane", "unclear", "4")
	page.says("Back lane")
	if got := s.operation(id).Operation.HeadCount; got != count(t, "4+") {
		t.Errorf("the head count is %v", got)
	}
	id, _ = counted(v, "title", "Nobody counted")
	if o := s.operation(id); o.Operation.HeadCount.Known() {
		t.Errorf("met %v, want not known", o.Operation.HeadCount)
	}
}

// Of nine, three are taken elsewhere: the group is split and nobody is lost.
func TestMoveSplitsAGroup(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	id, _ := counted(v, "title", "Nine", "children", "0", "adults", "9", "accused", "0", "unclear", "0", "where", "here")
	move := "/operations/" + string(id) + "/move/" + string(id) + "-g-adults"
	began := s.operation(id).Operation.Began
	p := splitWhen(began)
	form := with(v.ok(move).form(), "how_many", "3", "state", "placed", "place_kind", "shelter_open", "by", "Lime House",
		"from.day", p.Day, "from.month", p.Month, "from.year", p.Year, "from.time", p.Time, "from.zone", p.Zone)
	v.sent(move, form)
	o := s.operation(id)
	if len(o.Presences) != 2 {
		t.Fatalf("%d groups, want the group and its part", len(o.Presences))
	}
	whole, part := o.Presences[0], o.Presences[1]
	if part.PartOf != whole.ID || part.Count != count(t, "3") || o.Left(whole) != count(t, "6") {
		t.Errorf("%v of %v were split off, %v are left", part.Count, whole.Count, o.Left(whole))
	}
	for _, at := range plumbline.Checkpoints {
		b := o.Balance(at)
		if b.Balanced() == plumbline.No || b.HeadCount != count(t, "9") {
			t.Errorf("at %s the balance is %v of %v", at.Name, b.Balanced(), b.HeadCount)
		}
	}
	if got := o.Balance(plumbline.Checkpoints[1]).In("placed"); got != count(t, "3") {
		t.Errorf("%v are placed after a day", got)
	}
	quiet := s.unchanged("pressing the button twice")
	v.sent(move, form)
	quiet()

	bad := s.unchanged("moving more than there are")
	a := v.post(move, with(v.ok(move).form(), "how_many", "40", "state", "placed"))
	if a.Code != http.StatusUnprocessableEntity || a.form().Get("how_many") != "40" {
		t.Errorf("moving forty of six: %d, the form shows %q", a.Code, a.form().Get("how_many"))
	}
	bad()
}

// Two people correct one entry. The second is shown both versions, and what
// the second decides is kept; nothing is overwritten in silence.
func TestTwoEditors(t *testing.T) {
	s := newSite(t)
	const address = "/operations/pier-street-raid/entries/step/pier-street-raid-step-1"
	one, two := s.as(plumbline.Coordinator), s.as(plumbline.Worker)
	first, second := one.ok(address).form(), two.ok(address).form()
	one.sent(address, with(first, "reason", "The interpreters’ office was shut", fieldReason, "Asked them"))

	quiet := s.unchanged("a correction of an old version")
	a := two.post(address, with(second, "reason", "Nobody thought of it", fieldReason, "Was there"))
	quiet()
	if a.Code != http.StatusConflict {
		t.Fatalf("the second editor gets %d, want 409", a.Code)
	}
	a.says("The interpreters’ office was shut", "Nobody thought of it")
	again := a.form()
	if again.Get("reason") != "Nobody thought of it" || again.Get(fieldReason) != "Was there" {
		t.Errorf("the form lost what was typed: %v", again)
	}
	two.sent(address, with(again, "reason", "The office was shut; nobody asked another"))
	if got := s.operation("pier-street-raid").Find("pier-street-raid-step-1").(*plumbline.StepTaken).Reason; got != "The office was shut; nobody asked another" {
		t.Errorf("kept: %q", got)
	}
	two.ok("/operations/pier-street-raid/history").says("The interpreters’ office was shut", "The office was shut; nobody asked another", "Asked them", "Was there")
}

func TestCorrectionNeedsAReason(t *testing.T) {
	s := newSite(t)
	const address = "/operations/pier-street-raid/entries/step/pier-street-raid-step-1"
	v := s.as(plumbline.Coordinator)
	quiet := s.unchanged("a correction without a reason")
	a := v.post(address, with(v.ok(address).form(), "reason", "Otherwise"))
	quiet()
	if a.Code != http.StatusUnprocessableEntity {
		t.Fatalf("%d, want 422", a.Code)
	}
	leadsTo(t, a, fieldReason)
}

// The plan stands as it was when the operation began; what came later is
// shown as later.
func TestFrozenPlan(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	const address = "/operations/pier-street-raid/entries/plan/pier-street-raid-plan-1"
	a := v.ok(address)
	a.says("The operation has begun.")
	v.sent(address, with(a.form(), "target", "Everyone on the upper floor", fieldReason, "So it was meant"))
	page := v.ok("/operations/pier-street-raid")
	page.says("The plan as it stood when the operation began", "Manager of the upper floor", "Everyone on the upper floor", "So it was meant")
	v.ok("/operations/pier-street-raid/history").says("after the operation began")
}

// What somebody types is kept, outlives the session, comes back, is nobody
// else's, and goes when the form is sent.
func TestDraft(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	const address = "/operations/pier-street-raid/entries/event/new"
	typed := with(v.ok(address).form(), "what", "Half a sen", "kind", "threat")
	keep := url.Values{"form": {address}, "title": {"Add: Event"}, "body": {typed.Encode()}}
	if a := v.post("/drafts", keep); a.Code != http.StatusNoContent || a.Header().Get("X-Said") == "" {
		t.Fatalf("keep a draft: %d", a.Code)
	}
	s.clock.Pass(40 * 24 * time.Hour)
	if a := v.get(address); a.Code != http.StatusSeeOther {
		t.Fatalf("the session has not run out: %d", a.Code)
	}
	v = s.as(plumbline.Worker)
	home := v.ok("/")
	home.says("Add: Event")
	back := v.ok(address + "?draft=1").form()
	if back.Get("what") != "Half a sen" || back.Get("kind") != "threat" || back.Get("id") != typed.Get("id") {
		t.Errorf("came back: %v", back)
	}
	if strings.Contains(s.as(plumbline.Coordinator).ok("/").text(), "Add: Event") {
		t.Error("somebody else is shown the draft")
	}
	v.sent(address, with(back, "what", "Half a sentence, finished."))
	if strings.Contains(v.ok("/").text(), "Add: Event") {
		t.Error("the draft stays after the form was sent")
	}
	for _, form := range []string{"https://evil.example/", "//evil.example/", "javascript:alert(1)"} {
		if a := v.post("/drafts", url.Values{"form": {form}, "title": {"x"}, "body": {"y"}}); a.Code != http.StatusNotFound {
			t.Errorf("a draft of %s: %d", form, a.Code)
		}
	}
}

// A form that is sent after its session ended waits until its author has
// signed in elsewhere, and then goes through as it was.
func TestFormOutlivesItsSession(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	const address = "/operations/pier-street-raid/entries/event/new"
	typed := with(v.ok(address).form(), "kind", "threat", "what", "\nOne line,\nanother “line” <b>", "by", "Somebody")
	s.clock.Pass(40 * 24 * time.Hour)
	quiet := s.unchanged("a form without a session")
	a := v.post(address, typed)
	quiet()
	if a.Code != http.StatusUnauthorized {
		t.Fatalf("%d, want 401", a.Code)
	}
	back := a.form()
	for name, want := range typed {
		if strings.Join(back[name], "|") != strings.Join(want, "|") {
			t.Errorf("%s was %q and is held as %q", name, want, back[name])
		}
	}
	v.cookies = s.as(plumbline.Worker).cookies
	v.sent(address, back)
	v.ok("/operations/pier-street-raid").says("One line, another “line” <b>")
}

// A police liaison reads what others tell of an operation of the own unit
// only after the unit has told it.
func TestPoliceTellBeforeTheyHear(t *testing.T) {
	s := newSite(t)
	police := userOf(plumbline.PoliceLiaison)
	tried := 0
	_, _, ops := rig.Coalition(time.Now(), 1)
	for _, r := range ops {
		o := s.operation(r.Operation.ID)
		var others []string
		told := false
		for _, a := range o.Accounts {
			for _, p := range a.Points {
				told = told || a.Organisation == police.Organisation
				if a.Organisation != police.Organisation {
					others = append(others, string(p.Text))
				}
			}
		}
		if told || len(others) == 0 || o.Operation.Unit != police.Units[0] && o.Operation.Unit != police.Units[1] {
			continue
		}
		tried++
		v := s.as(plumbline.PoliceLiaison)
		address := "/operations/" + string(o.Operation.ID)
		for _, page := range []string{"", "/accounts", "/history"} {
			for _, text := range others {
				if strings.Contains(v.ok(address+page).text(), text) {
					t.Errorf("%s%s tells %q before the unit has told its own", address, page, text)
				}
			}
		}
		form := with(v.ok(address+"/entries/account/new").form(), "points[0].topic", "people_met", "points[0].text", "We met those who were there.")
		v.sent(address+"/entries/account/new", form)
		v.ok(address).says(others[0])
	}
	if tried == 0 {
		t.Error("the coalition has no operation of which the police have not told")
	}
}

// leadsTo fails unless the page's summary of errors leads to a field, and the
// message stands beside it.
func leadsTo(t testing.TB, a *answer, field string) {
	t.Helper()
	for _, link := range a.page.all("a") {
		if href, _ := url.PathUnescape(link.attr["href"]); href == "#f-"+field {
			for _, tag := range []string{"input", "textarea", "select", "fieldset"} {
				for _, n := range a.page.all(tag) {
					if n.attr["id"] == "f-"+field {
						beside := 0
						for _, p := range append(a.page.all("p"), a.page.all("span")...) {
							if p.has("err") && strings.TrimSpace(p.text()) == strings.TrimSpace(link.text()) {
								beside++
							}
						}
						if beside == 0 {
							t.Errorf("%q does not stand beside the field %s", strings.TrimSpace(link.text()), field)
						}
						return
					}
				}
			}
			t.Errorf("the summary leads to %s, which is not on the page", field)
			return
		}
	}
	t.Errorf("the summary leads nowhere for %s:\n%s", field, a.text())
}

// Whatever is wrong, the form comes back with all that was typed and says it
// beside the field; nothing is stored.
func TestBadInput(t *testing.T) {
	s := newSite(t)
	const op = "/operations/pier-street-raid/entries/"
	for _, tc := range []struct {
		name, address string
		typed         []string
		field         string // "" when the trouble is elsewhere in the record
		says          string
	}{
		{"more people than were met", op + "presence/new", []string{"code", "G-99", "count", "400"}, "", "only 14 were met"},
		{"a head count below the groups", op + "operation/pier-street-raid", []string{"head_count", "3", fieldReason, "Miscounted"}, "head_count", "only 3 were met"},
		{"not a count", op + "presence/new", []string{"code", "G-99", "count", "a few"}, "count", "is not a count"},
		{"nobody", op + "presence/new", []string{"code", "G-99", "count", "0"}, "count", "nobody"},
		{"moved before the operation", op + "movement/new", []string{"presence", "pier-street-raid-g-02", "state", "held", "from.year", "1999"}, "from", "before the operation began"},
		{"ended before it began", op + "movement/new", []string{"presence", "pier-street-raid-g-02", "state", "held", "from.year", "2030", "until.year", "2029"}, "until", "before it begins"},
		{"half a date", op + "movement/new", []string{"presence", "pier-street-raid-g-02", "state", "held", "from.day", "3"}, "from", "needs its larger parts"},
		{"no such day", op + "movement/new", []string{"presence", "pier-street-raid-g-02", "state", "held", "from.day", "31", "from.month", "02", "from.year", "2027"}, "from", "is not a date"},
		{"a class without a decider", op + "decision/new", []string{"presence", "pier-street-raid-g-02", "class", "accused"}, "decided_by", "Say who decided"},
		{"handed to oneself", op + "movement/new", []string{"presence", "pier-street-raid-g-02", "state", "held", "giver", "The station", "taker", "The station"}, "taker", "are the same"},
		{"an unknown unit", op + "operation/pier-street-raid", []string{"unit", "unit-of-nobody", fieldReason, "Tried"}, "unit", "There is no unit"},
		{"a group of another record", op + "movement/new", []string{"presence", "mill-lane-g-01", "state", "held"}, "presence", "There is no"},
		{"nothing at all", op + "movement/new", nil, "state", "This is needed"},
		{"a word that is none", op + "movement/new", []string{"presence", "pier-street-raid-g-02", "state", "vanished"}, "state", "is not one of the answers"},
		{"a formula", op + "event/new", []string{"kind", "threat", "by", `=HYPERLINK("http://evil.example")`}, "by", "formula"},
		{"broken text", op + "event/new", []string{"kind", "threat", "what", "caf\xe9"}, "what", "not readable text"},
		{"a line that is too long", op + "event/new", []string{"kind", "threat", "by", strings.Repeat("x", 5000)}, "by", "at most 300"},
		{"a text that is too long", op + "event/new", []string{"kind", "threat", "what", strings.Repeat("long ", 10000)}, "what", "at most 20,000"},
		{"a part that is not the reader's", op + "presence/new", []string{"code", "G-99", "count", "1", "part_of", "pier-street-raid-g-02", "individual", "yes", "age", "200 years old and more than anybody could be, at least by what is known of people in general, which is not so much, but enough to say that this is more than three hundred characters long, since the field is to hold an age and not a story, however good, and this one is not good at all, only long, and so it should be refused."}, "age", "at most 300"},
		{"a first count without a name", "/operations/new", []string{"adults", "3"}, "title", "This is needed"},
		{"a first count that is none", "/operations/new", []string{"title", "Here", "adults", "lots"}, "adults", "is not a count"},
		{"a first count at no time", "/operations/new", []string{"title", "Here", "began.day", "45"}, "began", "is not a date"},
		{"a first count by no unit", "/operations/new", []string{"title", "Here", "unit", "unit-of-nobody"}, "unit", "There is no unit"},
		{"a unit without a name", "/units/a-new-unit/entries/unit/new", nil, "name", "This is needed"},
		{"a training by a formula", "/units/unit-protection/entries/training/new", []string{"subject", "=1+1"}, "subject", "formula"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := s.as(plumbline.Coordinator)
			quiet := s.unchanged(tc.name)
			typed := with(v.ok(tc.address).form(), tc.typed...)
			a := v.post(tc.address, typed)
			quiet()
			if a.Code != http.StatusUnprocessableEntity {
				t.Fatalf("%d, want 422\n%s", a.Code, a.text())
			}
			a.t = t
			a.says(tc.says)
			if tc.field != "" {
				leadsTo(t, a, tc.field)
			}
			for _, link := range a.page.all("a") {
				if field, ok := strings.CutPrefix(link.attr["href"], "#f-"); ok && !strings.Contains(a.Body.String(), `id="f-`+field+`"`) {
					t.Errorf("a message leads to %s, which is not on the page", field)
				}
			}
			shown := a.form()
			for name, want := range typed {
				if tc.name == "broken text" && name == "what" || name == "unit" || name == "presence" || name == "state" {
					continue // what a page cannot show, or a list of choices does not have
				}
				if strings.TrimSpace(strings.Join(shown[name], "\n")) != strings.TrimSpace(strings.Join(want, "\n")) {
					t.Errorf("%s was %.60q and comes back as %.60q", name, want, shown[name])
				}
			}
		})
	}
}

// Two hand-overs in the same minute must not go round.
func TestHandOverCycle(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	const address = "/operations/pier-street-raid/entries/movement/new"
	at := []string{"presence", "pier-street-raid-g-02", "state", "held", "from.day", "14", "from.month", "10", "from.year", "2030", "from.time", "10:00", "from.zone", "Z"}
	v.sent(address, with(v.ok(address).form(), append(at, "giver", "The station", "taker", "The court")...))
	quiet := s.unchanged("a hand-over in a circle")
	a := v.post(address, with(v.ok(address).form(), append(at, "giver", "The court", "taker", "The station")...))
	quiet()
	if a.Code != http.StatusUnprocessableEntity {
		t.Fatalf("%d, want 422", a.Code)
	}
	a.says("go in a circle")
	leadsTo(t, a, "taker")
}

// Ten megabytes are refused with a sentence, whatever they are.
func TestTooMuch(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	const address = "/operations/pier-street-raid/entries/event/new"
	quiet := s.unchanged("ten megabytes")
	defer quiet()
	v.header.Set("Accept-Language", "en")
	body := io.MultiReader(strings.NewReader("kind=complaint&what="), bytes.NewReader(bytes.Repeat([]byte("x"), 10<<20)))
	a := v.do("POST", address, "application/x-www-form-urlencoded", body)
	if a.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d, want 422", a.Code)
	}
	a.says("larger than 1 MB")
	fits := with(v.ok(address).form(), "kind", "threat", "what", strings.Repeat("y", 900_000))
	if a := v.post(address, fits); a.Code != http.StatusUnprocessableEntity || a.form().Get("what") != fits.Get("what") {
		t.Errorf("just under a megabyte: %d, and %d characters come back", a.Code, len(a.form().Get("what")))
	}
	if a := v.post("/drafts", url.Values{"form": {address}, "title": {"x"}, "body": {strings.Repeat("z", 900_000)}}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a draft of 900 KB: %d, want 422", a.Code)
	}
	for _, bad := range []string{"what=%ZZ", "a=%", "what=1;b=2"} {
		if a := v.do("POST", address, "application/x-www-form-urlencoded", strings.NewReader(bad)); a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d, want 422", bad, a.Code)
		}
	}
	if a := v.do("POST", address, "application/json", strings.NewReader(`{"what": "x"}`)); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a body that is no form: %d, want 422", a.Code)
	}
}

// "Another row" keeps what was typed and stores nothing.
func TestMoreRows(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	const address = "/operations/pier-street-raid/entries/account/new"
	form := with(v.ok(address).form(), "points[0].topic", "warning", "points[0].text", "First", "more", "points")
	quiet := s.unchanged("asking for more room")
	a := v.post(address, form)
	quiet()
	if a.Code != http.StatusOK || a.form().Get("points[0].text") != "First" || !a.form().Has("points[3].text") {
		t.Fatalf("%d %v", a.Code, a.form())
	}
	v.sent(address, with(a.form(), "points[3].topic", "treatment", "points[3].text", "Fourth"))
	for _, acc := range s.operation("pier-street-raid").Accounts {
		if string(acc.ID) == form.Get("id") && len(acc.Points) != 2 {
			t.Errorf("%d points, want 2", len(acc.Points))
		}
	}
}

// Nothing that anybody types may stand in the log or in an address.
func TestNothingTypedLeaks(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	secret := "Zanzibarquux"
	id, _ := counted(v, "title", secret+" one", "place", secret+" two", "adults", "9", "where", "here")
	var addresses []string
	post := func(address string, form url.Values) {
		a := v.post(address, form)
		addresses = append(addresses, a.Header().Get("Location"))
		if a.page != nil {
			for _, n := range append(a.page.all("a"), a.page.all("form")...) {
				addresses = append(addresses, n.attr["href"], n.attr["action"])
			}
		}
	}
	op := "/operations/" + string(id)
	for _, kind := range plumbline.Kinds(plumbline.KindOperation) {
		if kind == plumbline.KindOperation {
			continue
		}
		address := op + "/entries/" + string(kind) + "/new"
		a := v.get(address)
		if a.Code != http.StatusOK {
			continue
		}
		form := a.form()
		for name := range form {
			if name != "id" && name != fieldVersion {
				form.Set(name, secret+" "+name)
			}
		}
		post(address, form)                      // refused
		post(address, with(form, "more", "any")) // not stored
		v.post("/drafts", url.Values{"form": {address}, "title": {secret}, "body": {form.Encode()}})
	}
	post(op+"/move/"+string(id)+"-g-adults", with(v.ok(op+"/move/"+string(id)+"-g-adults").form(), "state", "held", "how_many", "2", "by", secret))
	post(op+"/entries/event/new", with(v.ok(op+"/entries/event/new").form(), "kind", "threat", "what", secret))
	post("/sign-in", url.Values{"token": {secret}})
	v.get("/operations/" + secret)
	v.get("/operations?text=" + secret)
	for _, page := range []string{"/", "/operations", op, op + "/history", op + "/balance", op + "/findings", op + "/accounts", "/unaccounted", "/ledger"} {
		for _, n := range v.ok(page).page.all("a") {
			addresses = append(addresses, n.attr["href"])
		}
	}
	for _, a := range addresses {
		if strings.Contains(a, secret) {
			t.Errorf("an address holds what was typed: %s", a)
		}
	}
	if log := s.log.String(); strings.Contains(log, secret) || strings.Contains(log, v.cookies["plumbline_session"]) {
		t.Errorf("the log holds what was typed, or a session:\n%s", log)
	} else if !strings.Contains(log, "route=") {
		t.Error("the log is empty, so this test saw nothing")
	}
	if strings.Contains(v.ok("/ledger").text(), secret) {
		t.Error("the ledger holds what was typed")
	}
}

//go:build unix

package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

const aPassword = "paper lantern orchard nine"

// invitation returns the code of a new invitation.
func (s *site) invitation(role plumbline.Role) string {
	s.t.Helper()
	token, err := s.db.Invite(s.t.Context(), rigAdministrator, userOf(role).User)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// rigAdministrator is another administrator than the coalition's own.
var rigAdministrator = plumbline.Actor{User: "another-administrator", Name: "Another administrator", Role: plumbline.Administrator}

// A phone shows codes.
type phone struct {
	s      *site
	secret string
}

// code returns the phone's code at this moment. No code is good twice, so the
// clock goes on to the next one first.
func (p phone) code() string {
	p.s.t.Helper()
	p.s.clock.Pass(credential.CodeStep)
	code, err := hotp.GenerateCode(p.secret, uint64(p.s.clock.Now().Unix()/30))
	if err != nil {
		p.s.t.Fatal(err)
	}
	return code
}

var keyOnPage = regexp.MustCompile(`<code class="key" dir="ltr">([A-Z2-7 ]+)</code>`)
var codeOnPage = regexp.MustCompile(`[a-z0-9]{4}(?:-[a-z0-9]{4}){3}`)

// setUp follows an invitation as a person would, and sets up a password and a
// phone.
func (s *site) setUp(role plumbline.Role) (v *visitor, p phone, codes []string) {
	s.t.Helper()
	v = s.visitor()
	token := s.invitation(role)
	v.ok("/sign-in/" + token)
	v.sent("/sign-in", url.Values{"token": {token}}).says("Set up your sign-in")
	page := v.ok("/account/password")
	form := url.Values{"phone": {valueOf(page, "phone")}, "password": {aPassword}, "again": {aPassword}}
	m := keyOnPage.FindStringSubmatch(page.Body.String())
	if m == nil {
		s.t.Fatalf("the page shows no key:\n%s", page.text())
	}
	p = phone{s, strings.ReplaceAll(m[1], " ", "")}
	form.Set("code", p.code())
	done := v.post("/account/password", form)
	if done.Code != http.StatusOK {
		s.t.Fatalf("set up: %d %s", done.Code, done.text())
	}
	codes = codeOnPage.FindAllString(done.Body.String(), -1)
	if len(codes) != credential.RecoveryCodes {
		s.t.Fatalf("got %d recovery codes: %s", len(codes), done.text())
	}
	return v, p, codes
}

func valueOf(a *answer, name string) string {
	for _, n := range a.page.all("input") {
		if n.attr["name"] == name {
			return n.attr["value"]
		}
	}
	a.t.Fatalf("the page has no %s", name)
	return ""
}

func entry(role plumbline.Role, password, code string) url.Values {
	return url.Values{"user": {string(userOf(role).User)}, "password": {password}, "code": {code}}
}

// From an invitation to a sign-in, without script.
func TestPasswordAndPhone(t *testing.T) {
	s := newSite(t)
	s.web.Demo = false
	s.visitor().ok("/sign-in/some-code").says("You were invited")
	v, p, codes := s.setUp(plumbline.Worker)
	v.ok("/operations")
	v.ok("/account").says("demo-worker", "10 codes are left", "Password and phone set", "Recovery codes made", "by Another administrator")
	v.sent("/sign-out", nil)

	v = s.visitor()
	code := p.code()
	refused := func(what string, form url.Values) {
		t.Helper()
		a := v.post("/sign-in", form)
		if a.Code != http.StatusUnprocessableEntity || v.cookies[sessionCookie] != "" {
			t.Fatalf("%s: %d %s", what, a.Code, a.text())
		}
		a.says("do not fit together")
		if strings.Contains(a.Body.String(), aPassword) {
			t.Errorf("%s: the page holds the password", what)
		}
	}
	refused("a wrong password", entry(plumbline.Worker, "paper lantern orchard ten", code))
	refused("a wrong code", entry(plumbline.Worker, aPassword, "000000"))
	refused("another user", entry(plumbline.Coordinator, aPassword, code))
	v.sent("/sign-in", entry(plumbline.Worker, aPassword, code)).says("Worker, Lime House")
	session := v.cookies[sessionCookie]
	v = s.visitor()
	refused("a code that was used", entry(plumbline.Worker, aPassword, code))

	// Digits as other keyboards write them, with a space, and a name in capitals.
	form := entry(plumbline.Worker, aPassword, "")
	form.Set("user", " DEMO-worker ")
	form.Set("code", strings.Map(func(r rune) rune { return r - '0' + '٠' }, p.code()))
	v.sent("/sign-in", form)
	if v.cookies[sessionCookie] == session {
		t.Error("two sign-ins have one session")
	}

	// A phone is lost: a code from paper, which works once, in either browser.
	v = s.visitor()
	v.sent("/sign-in", entry(plumbline.Worker, aPassword, strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))))
	v.ok("/account").says("9 codes are left", "with a recovery code", "Signed in with a recovery code")
	v = s.visitor()
	refused("a recovery code that was used", entry(plumbline.Worker, aPassword, codes[3]))
	refused("a recovery code without the password", entry(plumbline.Worker, "", codes[4]))

	if log := s.log.String(); strings.Contains(log, "demo-worker") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log names who signs in, or has errors:\n%s", log)
	}
}

// An invitation opens nothing but the page that sets up a sign-in.
func TestInvitationOpensNothingElse(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	v.sent("/sign-in", url.Values{"token": {s.invitation(plumbline.Coordinator)}})
	quiet := s.unchanged("an invited user who asks for everything")
	for _, pattern := range routePatterns(t) {
		if slices.Contains(publicRoutes, pattern) && pattern != "GET /{$}" {
			continue // seen as a visitor sees it
		}
		method, _, _ := strings.Cut(pattern, " ")
		for _, address := range addresses(s, pattern)[:1] {
			if slices.ContainsFunc([]string{"/sign-in", "/sign-out", "/assets", "/healthz", "/how-we-count", "/leave", "/reply/", "/say"}, func(open string) bool { return strings.HasPrefix(address, open) }) {
				continue
			}
			var a *answer
			if method == "POST" {
				a = v.post(address, url.Values{"id": {"a-new-entry"}, "do": {"invite"}, "end": {"others"}, "sure": {"yes"}})
			} else {
				a = v.get(address)
			}
			own := strings.HasPrefix(pattern, "GET /account") || pattern == "POST /account/password" || strings.HasPrefix(pattern, "POST /account/passkey")
			if sent := a.Code == http.StatusSeeOther && a.Header().Get("Location") == "/account"; !sent && !own {
				t.Errorf("%s answers %d to somebody who has yet to set up a sign-in", pattern, a.Code)
			}
		}
	}
	quiet()
	v.ok("/account").says("Set up your sign-in")
}

// What is wrong with a password or a code is said, and the phone need not read
// another picture.
func TestPasswordForm(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	page := v.ok("/account/password")
	phone := valueOf(page, "phone")
	for what, tc := range map[string]struct {
		form url.Values
		says string
	}{
		"short":                  {url.Values{"password": {"short words"}}, "fewer than 12"},
		"one letter again":       {url.Values{"password": {"aaaaaaaaaaaaaaaa"}}, "too easily guessed"},
		"the own name":           {url.Values{"password": {"demo-worker-2026"}}, "too easily guessed"},
		"long":                   {url.Values{"password": {strings.Repeat("abcdef", 50)}}, "300 characters long"},
		"no code":                {url.Values{"password": {aPassword}}, "not the code of this moment"},
		"a wrong code":           {url.Values{"password": {aPassword}, "code": {"123456"}}, "not the code of this moment"},
		"another's phone":        {url.Values{"password": {aPassword}, "code": {"123456"}, "phone": {"00"}}, "not the code of this moment"},
		"not the same twice":     {url.Values{"password": {aPassword}, "again": {"other"}}, "not the same"},
		"a phone that is no hex": {url.Values{"password": {aPassword}, "phone": {"<script>"}}, "not the code of this moment"},
	} {
		form := url.Values{"phone": {phone}, "again": tc.form["password"]}
		for name, values := range tc.form {
			form[name] = values
		}
		a := v.post("/account/password", form)
		if a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", what, a.Code)
		}
		a.says(tc.says)
		if form.Get("phone") == phone && valueOf(a, "phone") != phone {
			t.Errorf("%s: the phone has to read another picture", what)
		}
		if strings.Contains(a.Body.String(), aPassword) {
			t.Errorf("%s: the password is sent back", what)
		}
	}
	if got := s.as(plumbline.Worker).ok("/account"); !strings.Contains(got.text(), "You have no password") {
		t.Error("a password was set all the same")
	}
}

// Who signed in an hour ago has to prove anew who it is.
func TestChangesNeedAFreshSignIn(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	v.ok("/account").says("Choose a password")
	form := url.Values{"phone": {valueOf(v.ok("/account/password"), "phone")}, "password": {aPassword}, "again": {aPassword}}
	s.clock.Pass(store.FreshFor)
	a := v.ok("/account")
	a.says("Sign in again")
	if strings.Contains(a.text(), "Choose a password") {
		t.Error("the page offers what it will refuse")
	}
	form.Set("code", "123456")
	if a := v.post("/account/password", form); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a password an hour later: %d", a.Code)
	}
	quiet := s.unchanged("changes of a sign-in in an old session")
	for address, form := range map[string]url.Values{"/account/codes": {"sure": {"yes"}}, "/account/passkey/remove": {"passkey": {"00"}}} {
		if a := v.post(address, form); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/sign-in?to=account" {
			t.Errorf("%s: %d %s", address, a.Code, a.Header().Get("Location"))
		}
	}
	quiet()
	// Ending sessions is not put off.
	s.as(plumbline.Worker)
	v.sent("/account/sessions", url.Values{"end": {"others"}}).says("Signed out there")
}

// A passkey is made and used in a real browser, and neither it nor its answer
// can be used by somebody else, or twice.
func TestPasskey(t *testing.T) {
	s, b, address := browse(t)
	s.web.Demo = false
	at, _ := url.Parse(strings.Replace(address, "127.0.0.1", "localhost", 1))
	party, err := credential.NewSite(at)
	if err != nil {
		t.Fatal(err)
	}
	s.web.URL, s.web.passkeys = at, party
	address = at.String()
	remove := b.Authenticator()

	b.Go(address + "/sign-in/" + s.invitation(plumbline.Coordinator))
	b.Press("main form button")
	b.Complaints()
	if status := b.Press("form[data-passkey] button"); status != http.StatusOK {
		t.Fatalf("after making a passkey: %d %s", status, rig.Eval[string](b, `document.body.innerText`))
	}
	codes := codeOnPage.FindAllString(rig.Eval[string](b, `document.querySelector(".codes").innerText`), -1)
	if len(codes) != credential.RecoveryCodes {
		t.Fatalf("got %d recovery codes", len(codes))
	}
	for _, f := range b.Axe() {
		t.Error(f)
	}
	b.Press(".acts .btn")
	b.Go(address + "/account")
	if text := rig.Eval[string](b, `document.body.innerText`); !strings.Contains(text, "Passkey made") || !strings.Contains(text, "Chrome, Linux") {
		t.Errorf("the page says\n%s", text)
	}
	b.Press(".me form button")

	// Sign in, and catch what the browser sends.
	b.Go(address + "/sign-in")
	caught := rig.Eval[string](b, `(HTMLFormElement.prototype.submit = function () { document.title = "caught"; }, document.querySelector("form[data-passkey] button").click(), "")`)
	waitFor(b, `document.title === "caught"`)
	caught = rig.Eval[string](b, `document.querySelector("form[data-passkey]").elements.answer.value`)
	offer := b.Cookies(address)[offerCookie]
	send := func(change func(v *visitor, form url.Values)) *answer {
		v := s.visitor()
		v.cookies[offerCookie] = offer
		form := url.Values{"answer": {caught}}
		if change != nil {
			change(v, form)
		}
		r := httptest.NewRequest("POST", address+"/sign-in/passkey", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: offerCookie, Value: v.cookies[offerCookie]})
		a := &answer{ResponseRecorder: httptest.NewRecorder(), t: t}
		s.web.ServeHTTP(a, r)
		return a
	}
	for what, change := range map[string]func(*visitor, url.Values){
		"no question":        func(v *visitor, _ url.Values) { v.cookies[offerCookie] = "" },
		"another question":   func(v *visitor, _ url.Values) { v.cookies[offerCookie] = otherOffer(t, s, address) },
		"a changed question": func(v *visitor, _ url.Values) { v.cookies[offerCookie] = "00" + offer[2:] },
		"no answer":          func(_ *visitor, f url.Values) { f.Set("answer", "") },
		"a changed answer": func(_ *visitor, f url.Values) {
			f.Set("answer", regexp.MustCompile(`"signature":"(.)`).ReplaceAllString(caught, `"signature":"A`))
		},
		"no user handle": func(_ *visitor, f url.Values) {
			f.Set("answer", regexp.MustCompile(`,"userHandle":"[^"]*"`).ReplaceAllString(caught, ""))
		},
	} {
		if a := send(change); a.Code != http.StatusUnprocessableEntity || strings.Contains(fmt.Sprint(a.Header()["Set-Cookie"]), sessionCookie) {
			t.Errorf("%s: %d", what, a.Code)
		}
	}
	if a := send(nil); a.Code != http.StatusSeeOther {
		t.Errorf("the answer itself: %d %s", a.Code, a.Body)
	}
	if a := send(nil); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("the answer once more: %d", a.Code)
	}

	// The whole way in the browser.
	b.Go(address + "/sign-in")
	b.Press("form[data-passkey] button")
	if got := rig.Eval[string](b, `location.pathname + " " + document.querySelector(".me").innerText`); !strings.Contains(got, "Coordinator, Harbour Legal Aid") {
		t.Errorf("after signing in: %s", got)
	}
	for _, c := range b.Complaints() {
		t.Errorf("the browser complains: %s", c)
	}

	// The only way in is not removed; with a password beside it, it is.
	b.Go(address + "/account")
	b.Press("form[action='/account/passkey/remove'] button")
	if text := rig.Eval[string](b, `document.body.innerText`); !strings.Contains(text, "only way") {
		t.Errorf("the only passkey was removed:\n%s", text)
	}

	// Without the device: a recovery code, and no password.
	v := s.visitor()
	v.sent("/sign-in", entry(plumbline.Coordinator, "", codes[0])).says("Coordinator, Harbour Legal Aid")
	remove()
	b.Complaints()
	b.Press(".me form button")
	b.Go(address + "/sign-in")
	b.Authenticator() // another device, which knows no passkey
	rig.Eval[bool](b, `(document.querySelector("form[data-passkey] button").click(), true)`)
	waitFor(b, `!document.querySelector("[data-failed]").hidden`)

	// At another address the browser could not use it, and the page says so.
	b.Go(strings.Replace(address, "localhost", "127.0.0.1", 1) + "/sign-in")
	if text := rig.Eval[string](b, `document.body.innerText`); !strings.Contains(text, "Passkeys work at "+address) {
		t.Errorf("at another address the page says\n%s", text)
	}
}

// otherOffer returns what another browser was asked with.
func otherOffer(t *testing.T, s *site, address string) string {
	a := &answer{ResponseRecorder: httptest.NewRecorder(), t: t}
	s.web.ServeHTTP(a, httptest.NewRequest("POST", address+"/sign-in/passkey/offer", nil))
	for _, c := range a.Result().Cookies() {
		if c.Name == offerCookie {
			return c.Value
		}
	}
	t.Fatalf("no offer: %d", a.Code)
	return ""
}

// Outside a demonstration its links open nothing, though their rows be there,
// and a session that was opened with one is over.
func TestDemoLinksOpenNothingElsewhere(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	v.ok("/operations")
	s.web.Demo = false
	if a := v.get("/operations"); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/sign-in" {
		t.Errorf("a session of a demonstration: %d", a.Code)
	}
	a := s.visitor().post("/sign-in", url.Values{"token": {s.link(plumbline.Coordinator)}})
	if a.Code != http.StatusUnprocessableEntity || len(a.Result().Cookies()) != 0 {
		t.Errorf("a link of a demonstration: %d", a.Code)
	}
}

// What an administrator does to a user holds at the user's next request.
func TestAccessInMidSession(t *testing.T) {
	s := newSite(t)
	admin, v := s.as(plumbline.Administrator), s.as(plumbline.Worker)
	v.ok("/operations/new")
	demoted := userOf(plumbline.Worker)
	admin.sent("/people/demo-worker", url.Values{"name": {demoted.Name}, "role": {"reader"}, "organisation": {string(demoted.Organisation)}})
	if a := v.get("/operations/pier-street-raid"); a.Code != http.StatusNotFound {
		t.Errorf("a reader reads the coalition's operation: %d", a.Code)
	}
	if a := v.post("/operations/new", url.Values{"id": {"x"}}); a.Code != http.StatusForbidden && a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a reader records an operation: %d", a.Code)
	}
	admin.sent("/people/demo-worker/access", url.Values{"do": {"disable"}}).says("This user is shut out", "Let this user in again")
	if a := v.get("/operations"); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/sign-in" {
		t.Errorf("a disabled user: %d", a.Code)
	}
	a := s.visitor().post("/sign-in", url.Values{"token": {s.link(plumbline.Worker)}})
	if a.Code != http.StatusForbidden {
		t.Errorf("a disabled user signs in: %d", a.Code)
	}
	a.says("You are shut out of this site")
	admin.sent("/people/demo-worker/access", url.Values{"do": {"enable"}}).says("may sign in again")
	v = s.as(plumbline.Worker)
	admin.sent("/people/demo-worker/access", url.Values{"do": {"end"}})
	if a := v.get("/operations"); a.Code != http.StatusSeeOther {
		t.Errorf("a session that an administrator ended: %d", a.Code)
	}
	// A new invitation ends all that was, and is shown once.
	v, p, codes := s.setUp(plumbline.Worker)
	page := admin.post("/people/demo-worker/access", url.Values{"do": {"invite"}})
	m := regexp.MustCompile(`http://plumbline.test/sign-in/(\w+)`).FindStringSubmatch(page.Body.String())
	if page.Code != http.StatusOK || m == nil {
		t.Fatalf("an invitation: %d %s", page.Code, page.text())
	}
	if a := v.get("/operations"); a.Code != http.StatusSeeOther {
		t.Errorf("the session lives on after a new invitation: %d", a.Code)
	}
	for what, code := range map[string]string{"phone": p.code(), "paper": codes[0]} {
		if a := s.visitor().post("/sign-in", entry(plumbline.Worker, aPassword, code)); a.Code != http.StatusUnprocessableEntity {
			t.Errorf("password and %s after a new invitation: %d", what, a.Code)
		}
	}
	again := s.visitor()
	again.sent("/sign-in", url.Values{"token": {m[1]}}).says("Set up your sign-in", "Invited; everything set up before ended", "by Administrator, Harbour Legal Aid")
	if a := s.visitor().post("/sign-in", url.Values{"token": {m[1]}}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("an invitation that was used: %d", a.Code)
	}
	own := admin.post("/people/demo-administrator/access", url.Values{"do": {"disable"}})
	if own.Code != http.StatusUnprocessableEntity {
		t.Errorf("an administrator who shuts out themself: %d", own.Code)
	}
}

// A user is not overwritten by a new one of the same name.
func TestNewUserNeedsANameOfItsOwn(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Administrator)
	a := v.post("/people/new", url.Values{"user": {"demo-worker"}, "name": {"Somebody"}, "role": {"administrator"}})
	if a.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.Code)
	}
	a.says("is used twice")
	a = v.post("/people/new", url.Values{"user": {"new-worker"}, "name": {"Somebody"}, "role": {"worker"}, "organisation": {"nobody"}})
	if a.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.Code)
	}
	a.says("There is no organisation")
	v.sent("/people/new", url.Values{"user": {"new-worker"}, "name": {"Somebody"}, "role": {"worker"}}).says("no way in yet")
}

// Who guesses has to wait; who is known does not.
func TestFloodAgainstOneUser(t *testing.T) {
	s := newSite(t)
	v, p, codes := s.setUp(plumbline.Worker)
	v.sent("/sign-out", nil) // its device is known from here on
	flood := func() (code int, text string) {
		a := s.visitor().post("/sign-in", entry(plumbline.Worker, "a wrong password", "123456"))
		return a.Code, a.text()
	}
	waits := 0
	for range 12 {
		if code, text := flood(); code == http.StatusTooManyRequests {
			waits++
			if !strings.Contains(text, "Wait 1 minute, or use a passkey") {
				t.Errorf("the page says %s", text)
			}
		}
	}
	if waits < 6 {
		t.Fatalf("of twelve wrong passwords in a row %d had to wait", waits)
	}
	stranger := s.visitor()
	if a := stranger.post("/sign-in", entry(plumbline.Worker, aPassword, p.code()[:5]+"x")); a.Code == http.StatusSeeOther {
		t.Error("a wrong code signs in")
	}
	// The owner, where the owner has signed in before; and with a code from paper, anywhere.
	v.sent("/sign-in", entry(plumbline.Worker, aPassword, p.code())).says("Worker, Lime House")
	for range 12 {
		flood()
	}
	s.visitor().sent("/sign-in", entry(plumbline.Worker, aPassword, codes[0]))
	// Another user is not slowed, from the same place.
	if a := s.visitor().post("/sign-in", entry(plumbline.Coordinator, "a wrong password", "123456")); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("another user: %d", a.Code)
	}
	// In the end the flood is over, and any device does.
	s.clock.Pass(20 * time.Minute)
	s.visitor().sent("/sign-in", entry(plumbline.Worker, aPassword, p.code()))
}

// Where a request comes from is what the connection says, unless a proxy that
// is trusted says otherwise.
func TestPlace(t *testing.T) {
	s := newSite(t)
	s.web.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tc := range []struct {
		remote, forwarded, want string
	}{
		{"192.0.2.7:5000", "", "192.0.2.7"},
		{"192.0.2.7:5000", "198.51.100.1", "192.0.2.7"}, // anybody can say this
		{"10.0.0.2:5000", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.2:5000", "203.0.113.9, 198.51.100.1, 10.0.0.3", "198.51.100.1"},
		{"10.0.0.2:5000", "nonsense", "10.0.0.2"},
		{"10.0.0.2:5000", "", "10.0.0.2"},
		{"[2001:db8:1:2:3:4:5:6]:5000", "", "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.7]:5000", "", "192.0.2.7"},
		{"pipe", "", ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tc.remote
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		if got := (&request{Request: r, s: s.web}).place(); got != tc.want {
			t.Errorf("%+v: got %q", tc, got)
		}
	}
}

// More who sign in at once than the machine can bear are told so, and nothing
// falls over.
func TestFloodOverManyUsers(t *testing.T) {
	s := newSite(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	for n := range 60 {
		all.Go(func() {
			form := url.Values{"user": {fmt.Sprint("user-", n)}, "password": {"a wrong password"}, "code": {"123456"}}
			r := httptest.NewRequest("POST", "http://plumbline.test/sign-in", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.RemoteAddr = fmt.Sprintf("192.0.2.%d:5000", n)
			w := httptest.NewRecorder()
			s.web.ServeHTTP(w, r)
			mu.Lock()
			defer mu.Unlock()
			answers[w.Code]++
			if w.Code == http.StatusServiceUnavailable && !strings.Contains(w.Body.String(), "Too many people are signing in") {
				t.Errorf("the page says %s", w.Body)
			}
		})
	}
	all.Wait()
	if answers[422]+answers[503] != 60 || answers[422] == 0 || answers[503] == 0 {
		t.Errorf("answers: %v", answers)
	}
	s.visitor().post("/sign-in", entry(plumbline.Worker, "a wrong password", "123456")).says("do not fit together")
}

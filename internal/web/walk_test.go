//go:build unix

package web

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"plumbline"
	"plumbline/internal/locale"
	"plumbline/internal/rig"
)

// browse opens a tab on a site that really listens.
func browse(t *testing.T) (*site, *rig.Tab, string) { t.Helper(); return browseSite(t, newSite(t)) }

func browseSite(t *testing.T, s *site) (*site, *rig.Tab, string) {
	t.Helper()
	b := rig.Browser(t)
	server := httptest.NewServer(s.web)
	t.Cleanup(server.Close)
	return s, b, server.URL
}

// enter signs in as a person does: by link and button.
func (s *site) enter(b *rig.Tab, address string, role plumbline.Role) {
	s.t.Helper()
	if status := b.Go(address + "/sign-in/" + s.link(role)); status != 200 {
		s.t.Fatalf("the sign-in page: %d", status)
	}
	b.Press("main form button")
}

// waitFor waits until an expression holds on the page. It does not use
// chromedp's Poll, which can ask the page that was there before.
func waitFor(b *rig.Tab, js string) {
	rig.Eval[bool](b, `new Promise(done => { const look = () => (`+js+`) ? done(true) : setTimeout(look, 20); look(); })`)
}

// Each page is checked in both directions of writing, wide and
// narrow, light and dark. Each pair is seen once: a colour does not depend on
// the width. Spanish has the longest words, and is looked at for its width
// alone.
var looks = []struct {
	lang  string
	width int
	dark  bool
}{
	{"en", 1280, false}, {"en", 320, true}, {"ar", 320, false}, {"ar", 1280, true}, {"es", 320, false}, {"es", 1280, false},
}

func TestWalk(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at every page in a browser")
	}
	s, b, address := browseSite(t, siteOf(t, grown))
	only := regexp.MustCompile(os.Getenv("WALK"))
	var role plumbline.Role
	token := s.replyToken("L-02")
	for _, p := range servedPages {
		p.address = strings.Replace(p.address, "TOKEN", token, 1)
		if !only.MatchString(p.address) {
			continue
		}
		if p.role != role && p.role != "" {
			s.enter(b, address, p.role)
			role = p.role
		}
		b.Complaints()
		for i, look := range looks {
			name := fmt.Sprintf("%s in %s, %d, dark %t", p.address, look.lang, look.width, look.dark)
			b.Width(look.width)
			if look.dark {
				b.Dark()
			} else {
				b.Light()
			}
			if i == 0 || look.lang != looks[i-1].lang {
				sep := "?"
				if strings.Contains(p.address, "?") {
					sep = "&"
				}
				b.Go(address + p.address + sep + "lang=" + look.lang)
			}
			rig.Eval[bool](b, `(document.querySelectorAll("details").forEach(d => d.open = true), true)`)
			var faults []rig.Violation
			switch {
			case look.lang == "es": // its words, lists and labels are those of the other languages; TestPagesAreWhole reads them
			case i == 0 || only.String() != "" && look.lang != looks[i-1].lang:
				faults = b.Axe()
			case i == 1 || look.lang != looks[i-1].lang: // the page is the same, its look is not; the rest is read in every language when WALK asks
				faults = b.Axe("color-contrast", "target-size", "scrollable-region-focusable")
			}
			for _, v := range faults {
				t.Errorf("%s: %v", name, v)
			}
			if wide := rig.Eval[int](b, `document.documentElement.scrollWidth`); wide > look.width {
				t.Errorf("%s: the page is %d wide: %s", name, wide, rig.Eval[string](b, overflowing))
			}
			if dir := os.Getenv("SHOTS"); dir != "" {
				file := fmt.Sprintf("%s-%s-%d.png", strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(string(role)+p.address, "-"), "-"), look.lang, look.width)
				if err := os.WriteFile(filepath.Join(dir, file), b.Screenshot(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, host := range rig.Eval[[]string](b, `performance.getEntriesByType("resource").map(e => new URL(e.name).origin)`) {
			if host != address {
				t.Errorf("%s asks %s for something", p.address, host)
			}
		}
		for _, c := range b.Complaints() {
			if p.address == "/nothing-here" && strings.Contains(c, "404") {
				continue
			}
			t.Errorf("%s: the browser complains: %s", p.address, c)
		}
	}
}

// overflowing names what reaches over the edge of the page.
const overflowing = `[...document.querySelectorAll("body *")].filter(e => {
	const r = e.getBoundingClientRect();
	if (r.right <= innerWidth + 1 && r.left >= -1) return false;
	for (let p = e.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return false;
	return true;
}).slice(0, 5).map(e => e.tagName + "." + e.className + " " + e.textContent.slice(0, 40)).join("; ")`

// Twice as large, nothing may reach over the edge: 1280 pixels at 200 % are
// 640, and the text may be twice as large by itself too.
func TestZoom(t *testing.T) {
	s, b, address := browse(t)
	s.enter(b, address, plumbline.Coordinator)
	b.Width(640)
	for _, page := range []string{"/", "/operations", "/operations/pier-street-raid", "/operations/canal-road/balance", "/operations/new", "/operations/compare", "/people", "/units/unit-protection", "/operations/pier-street-raid/entries/movement/new"} {
		b.Go(address + page)
		if wide := rig.Eval[int](b, `document.documentElement.scrollWidth`); wide > 640 {
			t.Errorf("%s at 200 %%: %d wide: %s", page, wide, rig.Eval[string](b, overflowing))
		}
		for _, v := range b.Axe() {
			t.Errorf("%s at 200 %%: %v", page, v)
		}
	}
}

// With the keyboard alone: the first key offers to skip to the page, the order
// is that of the page, and focus can be seen.
func TestKeyboard(t *testing.T) {
	s, b, address := browse(t)
	s.enter(b, address, plumbline.Coordinator)
	b.Go(address + "/operations/pier-street-raid")
	focus := func() string {
		return rig.Eval[string](b, `(e => e.tagName + " " + (e.getAttribute("href") || e.name || e.className || e.id))(document.activeElement)`)
	}
	b.Do(chromedp.KeyEvent(kb.Tab))
	if got := focus(); got != "A #main" {
		t.Fatalf("the first key reaches %q", got)
	}
	if !rig.Eval[bool](b, `(r => r.left >= 0 && r.top >= 0 && r.width > 0)(document.activeElement.getBoundingClientRect())`) {
		t.Error("the link that skips to the page cannot be seen when it has the focus")
	}
	b.Do(chromedp.KeyEvent(kb.Enter))
	if got := focus(); got != "MAIN main" {
		t.Errorf("after skipping the focus is on %q", got)
	}
	b.Do(chromedp.KeyEvent(kb.Tab))
	if !rig.Eval[bool](b, `document.querySelector("main").contains(document.activeElement)`) {
		t.Errorf("the key after skipping leaves the page: %q", focus())
	}

	b.Go(address + "/operations/pier-street-raid")
	last, seen := -1, 0
	for range 200 {
		b.Do(chromedp.KeyEvent(kb.Tab))
		at := rig.Eval[int](b, `[...document.querySelectorAll("*")].indexOf(document.activeElement)`)
		if at < last || rig.Eval[bool](b, `document.activeElement === document.body`) {
			break // round to the browser, and again from the start
		}
		if at == last {
			t.Fatalf("the focus is caught on %q", focus())
		}
		if !rig.Eval[bool](b, `getComputedStyle(document.activeElement).outlineStyle !== "none"`) {
			t.Errorf("focus cannot be seen on %q", focus())
		}
		last, seen = at, seen+1
	}
	all := rig.Eval[int](b, `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(e => e.checkVisibility()).length`)
	if seen < min(all, 200)-2 {
		t.Errorf("the keyboard reaches %d of %d", seen, all)
	}
}

// After an error the summary has the focus, and each of its links the field.
func TestErrorSummary(t *testing.T) {
	s, b, address := browse(t)
	s.enter(b, address, plumbline.Coordinator)
	for _, page := range []string{"/operations/pier-street-raid/entries/movement/new", "/operations/pier-street-raid/entries/decision/new", "/operations/new", "/units/unit-protection/entries/training/new"} {
		b.Go(address + page)
		b.Press("form[data-draft] .total button")
		if got := rig.Eval[string](b, `document.activeElement.className`); got != "errors" {
			t.Errorf("%s: the focus is on %q, not on the summary", page, got)
		}
		links := rig.Eval[int](b, `document.querySelectorAll(".errors a").length`)
		if links == 0 {
			t.Errorf("%s: the summary leads nowhere", page)
		}
		for i := range links {
			// By script: the key Enter is sent in parts, and the last can reach the field
			// that the first led to, which sends the form.
			want := rig.Eval[string](b, fmt.Sprintf(`(a => (a.click(), decodeURIComponent(a.hash.slice(1))))(document.querySelectorAll(".errors a")[%d])`, i))
			waitFor(b, fmt.Sprintf(`document.activeElement.id === %q`, want))
		}
		for _, v := range b.Axe() {
			t.Errorf("%s with errors: %v", page, v)
		}
	}
}

// The first count at the scene, on a narrow screen, with script and without.
func TestFirstCountInABrowser(t *testing.T) {
	for _, script := range []bool{false, true} {
		t.Run(fmt.Sprintf("script %t", script), func(t *testing.T) {
			s, b, address := browse(t)
			b.Script(script)
			b.Width(320)
			s.enter(b, address, plumbline.Worker)
			b.Go(address + "/operations/new")
			b.Do(chromedp.SendKeys("#f-title", "Quay Street, a cellar"))
			if script {
				for range 2 {
					b.Do(chromedp.Click(`.count:nth-of-type(1) [data-step="1"]`))
				}
			} else {
				b.Do(chromedp.SendKeys("#f-children", "2"))
			}
			b.Do(chromedp.SendKeys("#f-adults", "5+"), chromedp.SendKeys("#f-unclear", "0"), chromedp.SendKeys("#f-accused", "0"), chromedp.Click(`input[name=where][value=taken]`), chromedp.Click(`input[name=worker][value=on_scene]`))
			if script {
				if got := rig.Eval[string](b, `document.querySelector("[data-sum]").textContent`); got != "≥ 7" {
					t.Errorf("the running sum is %q", got)
				}
				waitFor(b, `!document.querySelector("[data-saved]").hidden`)
			}
			id := rig.Eval[string](b, `document.querySelector("input[name=id]").value`)
			b.Press(".total button")
			if got := rig.Eval[string](b, `location.pathname`); got != "/operations/"+id {
				t.Fatalf("after sending: %s", got)
			}
			o := s.operation(plumbline.ID(id))
			if o.Operation.HeadCount != count(t, "7+") || len(o.Presences) != 2 {
				t.Errorf("%v in %d groups", o.Operation.HeadCount, len(o.Presences))
			}
			if drafts, err := s.db.Drafts(t.Context(), userOf(plumbline.Worker)); err != nil || len(drafts) != 0 {
				t.Errorf("drafts stay behind: %v, %v", drafts, err)
			}
			for _, c := range b.Complaints() {
				t.Errorf("the browser complains: %s", c)
			}
		})
	}
}

// Every kind of form opens, and goes through the checker, once.
func TestEveryForm(t *testing.T) {
	if testing.Short() {
		t.Skip("opens every form in a browser")
	}
	s, b, address := browse(t)
	s.enter(b, address, plumbline.Coordinator)
	b.Width(320)
	v := s.as(plumbline.Coordinator)
	for i, kind := range allKinds() {
		page := "/operations/pier-street-raid/entries/" + string(kind) + "/new"
		if subject, _ := plumbline.SubjectOf(kind); subject == plumbline.KindUnit {
			page = "/units/unit-protection/entries/" + string(kind) + "/new"
		} else if subject == plumbline.KindProgramme {
			page = "/programmes/safe-harbour/entries/" + string(kind) + "/new"
		} else if subject == plumbline.KindArea {
			page = "/areas/harbour-district/entries/" + string(kind) + "/new"
		} else if subject == plumbline.KindDialogue {
			page = "/dialogues/before-safe-harbour/entries/" + string(kind) + "/new"
		} else if subject != plumbline.KindOperation {
			continue
		}
		if v.get(page).Code != 200 {
			continue
		}
		l := locale.Languages[i%len(locale.Languages)]
		b.Go(address + page + "?lang=" + url.QueryEscape(l.Tag))
		for _, f := range b.Axe() {
			t.Errorf("%s: %v", page, f)
		}
		if wide := rig.Eval[int](b, `document.documentElement.scrollWidth`); wide > 320 {
			t.Errorf("%s: %d wide: %s", page, wide, rig.Eval[string](b, overflowing))
		}
		small := rig.Eval[[]string](b, `[...document.querySelectorAll("main a, main button, main input:not([type=hidden]), main select, main textarea")].filter(e => {
			const r = e.getBoundingClientRect(); return r.width > 0 && (r.height < 24 || r.width < 24) && getComputedStyle(e).display !== "inline";
		}).map(e => e.outerHTML.slice(0, 80))`)
		for _, e := range slices.Compact(small) {
			t.Errorf("%s: too small to hit: %s", page, e)
		}
	}
}

// A printed page begins with one that sums up; nothing reaches over the edge of
// the paper, and nothing on it is there to be clicked.
func TestPaper(t *testing.T) {
	s, b, address := browse(t)
	s.enter(b, address, plumbline.Coordinator)
	for _, look := range []string{"/operations/canal-road/print?lang=en", "/operations/canal-road/print?lang=ar", "/units/unit-protection/print?lang=en"} {
		b.Go(address + look)
		pdf, pages := b.PDF()
		if pages < 2 || pages > 30 {
			t.Errorf("%s: printed on %d pages", look, pages)
		}
		b.Paper()
		b.Width(690) // what the paper leaves between its margins, in pixels of CSS
		if wide := rig.Eval[int](b, `document.documentElement.scrollWidth`); wide > 690 {
			t.Errorf("%s: on paper the page is %d wide: %s", look, wide, rig.Eval[string](b, overflowing))
		}
		if seen := rig.Eval[int](b, `[...document.querySelectorAll("nav, button, .back")].filter(e => e.getClientRects().length).length`); seen > 0 {
			t.Errorf("%s: %d things to click are printed", look, seen)
		}
		if first := rig.Eval[int](b, `Math.round(document.querySelector(".newpage").getBoundingClientRect().top)`); first > 1000 {
			t.Errorf("%s: what sums up is %d pixels long, more than a page", look, first)
		}
		if dir := os.Getenv("SHOTS"); dir != "" {
			name := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(look, "-"), "-")
			if err := errors.Join(os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o644), os.WriteFile(filepath.Join(dir, name+"-paper.png"), b.Screenshot(), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		b.Light()
		b.Width(1280)
	}
}

package web

import (
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"html/template"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plumbline"
)

var gallery = flag.String("gallery", "", "a file to write all made-up pictures to, as a page for the eye; sheets are taken from -gallery-css")
var galleryCSS = flag.String("gallery-css", "", "style sheets for -gallery, separated by commas")

// TestGallery draws the made-up pictures on one page, in English and Arabic.
func TestGallery(t *testing.T) {
	if *gallery == "" {
		t.Skip("no -gallery")
	}
	for _, sp := range []*tongue{english(t), arabic(t)} {
		var page strings.Builder
		lang, dir, file := "en", "ltr", *gallery+".html"
		if sp.rtl {
			lang, dir, file = "ar", "rtl", *gallery+".ar.html"
		}
		fmt.Fprintf(&page, `<!doctype html><html lang="%s" dir="%s"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`, lang, dir)
		for _, sheet := range strings.Split(*galleryCSS, ",") {
			fmt.Fprintf(&page, `<link rel="stylesheet" href="%s">`, sheet)
		}
		page.WriteString(`<body><main><div class="cols"><div>`)
		for _, e := range exhibits(t, sp) {
			fmt.Fprintf(&page, `<section><h2>%s</h2><figure class="fig">%s<figcaption>%s</figcaption></figure><details><summary>%s</summary><div class="scroll"><table><caption>%s</caption><tr>`,
				e.name, e.p.SVG, clean(e.p.Note), clean(e.p.Label), clean(e.p.Table.Caption))
			for _, head := range e.p.Table.Head {
				fmt.Fprintf(&page, "<th>%s</th>", clean(head))
			}
			for _, row := range e.p.Table.Rows {
				page.WriteString("</tr><tr>")
				for _, cell := range row {
					fmt.Fprintf(&page, "<td>%s</td>", clean(cell))
				}
			}
			page.WriteString("</tr></table></div></details></section>\n")
		}
		page.WriteString(`</div><aside></aside></div></main></body></html>`)
		if err := os.WriteFile(file, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// An exhibit is one made-up picture.
type exhibit struct {
	name string
	p    picture
}

func exhibits(t testing.TB, sp speaker) (all []exhibit) {
	for _, s := range flowSamples(t) {
		all = append(all, exhibit{"flow-" + s.name, flowPicture(sp, s.r, s.now)})
	}
	all = append(all, timeExhibits(t, sp)...)
	all = append(all, custodyExhibits(t, sp)...)
	return append(all, unitExhibits(t, sp)...)
}

// Every exhibit is sound, and drawn as it was when a person last looked.
func TestGolden(t *testing.T) {
	for _, sp := range []*tongue{english(t), arabic(t)} {
		for _, e := range exhibits(t, sp) {
			name := e.name
			if sp.rtl {
				name += ".ar"
			}
			checkPicture(t, name, e.p)
			if strings.HasPrefix(string(e.p.SVG), "<svg") {
				golden(t, name+".svg", e.p.SVG)
			} else {
				golden(t, name+".html", e.p.SVG)
			}
		}
	}
}

var updatePictures = flag.Bool("update-pictures", false, "rewrite the golden pictures, which a person then reads")

// A tongue speaks the pictures' own keys and a few words, so that a picture
// can be read without the catalogue.
type tongue struct {
	keys  map[string]any
	words map[string]string
	rtl   bool
	used  map[string]bool
}

func (s *tongue) RTL() bool { return s.rtl }

func (s *tongue) When(w plumbline.When) string {
	if !w.Known() {
		return s.word("not known")
	}
	return strings.NewReplacer("T", " ", "Z", " UTC").Replace(w.String())
}

func (s *tongue) word(w string) string {
	if t, ok := s.words[w]; ok {
		return t
	}
	return strings.ReplaceAll(w, "_", " ")
}

func (s *tongue) Word(v any) string {
	w := fmt.Sprint(v)
	if w == "" {
		w = "not known"
	}
	return s.word(w)
}

func (s *tongue) Count(c plumbline.Count) string {
	text := c.String()
	for _, w := range []string{"not known", "at least", "at most", "about", " to "} {
		if t, ok := s.words[w]; ok {
			text = strings.ReplaceAll(text, w, t)
		}
	}
	return text
}

func (s *tongue) T(key string, pairs ...any) string {
	data := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		data[pairs[i].(string)] = pairs[i+1]
	}
	s.used[key] = true
	text, ok := s.keys[key].(string)
	if forms, plural := s.keys[key].(map[string]any); plural {
		text, ok = forms[s.form(data["N"].(int), forms)].(string)
	}
	if !ok {
		panic("no words for " + key)
	}
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		v, ok := data[strings.Trim(name, "{.}")]
		if !ok {
			panic(key + " wants " + name)
		}
		return fmt.Sprint(v)
	})
}

var placeholder = regexp.MustCompile(`\{\{\.\w+\}\}`)

// form follows the plural rules of English and Arabic (CLDR).
func (s *tongue) form(n int, forms map[string]any) string {
	if !s.rtl {
		if n == 1 {
			return "one"
		}
		return "other"
	}
	switch {
	case n == 0:
		return "zero"
	case n == 1:
		return "one"
	case n == 2:
		return "two"
	case n%100 >= 3 && n%100 <= 10:
		return "few"
	case n%100 >= 11:
		return "many"
	}
	return "other"
}

func english(t testing.TB) *tongue {
	return &tongue{keys: readKeys(t, "keys.json"), used: map[string]bool{}, words: map[string]string{
		"child": "Child", "dependant_child": "Dependant child", "adult_coerced": "Adult, coerced", "adult_not_coerced": "Adult, not coerced",
		"adult_not_determined": "Adult, not determined", "accused": "Accused", "customer": "Customer", "staff": "Staff", "bystander": "Bystander", "not_determined": "Not determined",
		"at_scene": "At the scene", "free_to_go": "Free to go", "questioned": "Questioned", "escorted": "Escorted", "held": "Held", "arrested": "Arrested", "charged": "Charged",
		"placed": "Placed", "helped": "Helped", "hospital": "In hospital", "removed_from_country": "Removed from the country", "returned_home": "Returned home",
		"left_by_choice": "Left by own choice", "returned_to_venue": "Returned to the venue", "released": "Released", "died": "Died",
	}}
}

func arabic(t testing.TB) *tongue {
	return &tongue{keys: readKeys(t, "keys.ar.json"), rtl: true, used: map[string]bool{}, words: map[string]string{
		"child": "طفل", "dependant_child": "طفل مُعال", "adult_coerced": "بالغ مُكرَه", "adult_not_coerced": "بالغ غير مُكرَه",
		"adult_not_determined": "بالغ لم يُحدَّد وضعه", "accused": "متهم", "customer": "زبون", "staff": "عامل", "bystander": "مارّ", "not_determined": "لم يُحدَّد",
		"at_scene": "في الموقع", "free_to_go": "حرّ في المغادرة", "questioned": "استُجوب", "escorted": "اقتيد برفقة", "held": "محتجز", "arrested": "موقوف", "charged": "وُجّهت إليه تهمة",
		"placed": "أُودع في مأوى", "helped": "تلقى المساعدة", "hospital": "في المستشفى", "removed_from_country": "أُبعد من البلد", "returned_home": "عاد إلى بيته",
		"left_by_choice": "غادر باختياره", "returned_to_venue": "عاد إلى المكان", "released": "أُفرج عنه", "died": "توفي",
		"not known": "غير معروف", "at least": "على الأقل", "at most": "على الأكثر", "about": "نحو", " to ": " إلى ",
		"yes": "نعم", "no": "لا", "done": "تمّ", "not_done": "لم يتمّ", "police_station": "مركز شرطة", "shelter_open": "مأوى مفتوح", "venue": "المكان", "home": "البيت",
		"no_giver": "لا يقول أحد من سلّمهم", "no_taker": "لا يقول أحد من تسلّمهم", "giver_differs": "المُسلِّم ليس من تسلّم قبله", "time": "لا أحد مسؤول عنهم لبعض الوقت",
		"undated": "لا تاريخ يبيّن تتابع الحلقات", "open": "لم يقل أحد منذئذ أين هم", "nothing": "لم يقل أحد شيئًا منذ لقائهم",
		"referral_made": "إحالة", "rights_told": "الإبلاغ بالحقوق", "services_ready": "الخدمات جاهزة", "medical_triage": "فرز طبي", "belongings_receipt": "إيصال بالأمتعة",
	}}
}

func readKeys(t testing.TB, name string) (keys map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "picture", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return keys
}

// A box is where a text stands, by a generous estimate.
type box struct {
	text                     string
	left, right, top, bottom float64
}

// inspectPicture reads a picture as XML and returns its texts and what is
// wrong with it.
func inspectPicture(svg template.HTML) (texts []box, problems []string) {
	complain := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	var width, height float64
	rtl := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			complain("not XML: %v", err)
			break
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		a := map[string]string{}
		for _, attr := range e.Attr {
			a[attr.Name.Local] = attr.Value
			if attr.Name.Local == "style" || strings.HasPrefix(attr.Name.Local, "on") {
				complain("%s has %s=, which the content policy refuses", e.Name.Local, attr.Name.Local)
			}
			if strings.Contains(attr.Value, "NaN") || strings.Contains(attr.Value, "Inf") {
				complain("%s has %s=%q", e.Name.Local, attr.Name.Local, attr.Value)
			}
		}
		number := func(name string) float64 {
			v, err := strconv.ParseFloat(a[name], 64)
			if err != nil {
				complain("%s has %s=%q", e.Name.Local, name, a[name])
			}
			return v
		}
		outside := func(x, y float64) {
			if x < -.1 || y < -.1 || x > width+.1 || y > height+.1 {
				complain("%s %v reaches %.1f, %.1f, outside %.0f by %.0f", e.Name.Local, a, x, y, width, height)
			}
		}
		switch e.Name.Local {
		case "svg":
			if n, _ := fmt.Sscanf(a["viewBox"], "0 0 %g %g", &width, &height); n != 2 || width <= 0 || height <= 0 {
				complain("viewBox is %q", a["viewBox"])
			}
			rtl = a["direction"] == "rtl"
			if (a["role"] != "img" || a["aria-label"] == "") && a["aria-hidden"] != "true" {
				complain("the picture has no words for those who cannot see it")
			}
		case "ol", "ul":
			if a["aria-label"] == "" {
				complain("the list has no label")
			}
		case "rect":
			if w, h := number("width"), number("height"); w < 0 || h < 0 {
				complain("rect %v is smaller than nothing", a)
			}
			outside(number("x"), number("y"))
			outside(number("x")+number("width"), number("y")+number("height"))
		case "circle":
			outside(number("cx")-number("r"), number("cy")-number("r"))
			outside(number("cx")+number("r"), number("cy")+number("r"))
		case "text":
			x, y, size := number("x"), number("y"), float64(textSize)
			if c := a["class"]; strings.Contains(c, "t2") || strings.Contains(c, "head") {
				size = smallSize
			}
			var text string
			if err := d.DecodeElement(&text, &e); err != nil {
				complain("not XML: %v", err)
			}
			w := textWidth(text, size)
			b := box{text: text, left: x, right: x + w, top: y - .8*size, bottom: y + .25*size}
			switch at := a["text-anchor"]; {
			case at == "middle":
				b.left, b.right = x-w/2, x+w/2
			case (at == "end") != rtl:
				b.left, b.right = x-w, x
			}
			outside(b.left, b.top)
			outside(b.right, b.bottom)
			if strings.TrimSpace(text) == "" {
				complain("an empty text at %.0f, %.0f", x, y)
			}
			for _, other := range texts {
				if b.left < other.right && other.left < b.right && b.top < other.bottom && other.top < b.bottom {
					complain("%q lies on %q", b.text, other.text)
				}
			}
			texts = append(texts, b)
		}
	}
	return texts, problems
}

// checkPicture fails the test when a picture or its table is not sound.
func checkPicture(t interface {
	Helper()
	Errorf(string, ...any)
}, name string, p picture) (texts []box) {
	t.Helper()
	texts, problems := inspectPicture(p.SVG)
	for _, problem := range problems {
		t.Errorf("%s: %s", name, problem)
	}
	if p.Label == "" || p.Table.Caption == "" {
		t.Errorf("%s: no label or no caption", name)
	}
	for _, row := range p.Table.Rows {
		if len(row) != len(p.Table.Head) {
			t.Errorf("%s: row %q has not the length of %q", name, row, p.Table.Head)
		}
	}
	return texts
}

func golden(t *testing.T, name string, got template.HTML) {
	t.Helper()
	file := filepath.Join("testdata", "picture", name)
	text := string(got) + "\n"
	if *updatePictures {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("%s differs from what was drawn; look at it and run go test -update-pictures\n%s", name, text)
	}
}

// The catalogue gets these keys as they are: none is missing in either
// language, none has no use, and every plural has the forms of its language.
func TestPictureKeys(t *testing.T) {
	en, ar := english(t), arabic(t)
	for _, sp := range []*tongue{en, ar} {
		exhibits(t, sp)
	}
	for _, sp := range []*tongue{en, ar} {
		for key, text := range sp.keys {
			other := ar.keys[key]
			forms := "one other"
			if sp.rtl {
				other, forms = en.keys[key], "few many one other two zero"
			}
			if other == nil {
				t.Errorf("%s is in one language only", key)
			}
			if !sp.used[key] {
				t.Errorf("%s is not used by any exhibit", key)
			}
			if m, ok := text.(map[string]any); ok {
				if got := strings.Join(slices.Sorted(maps.Keys(m)), " "); got != forms {
					t.Errorf("%s has the forms %s, want %s", key, got, forms)
				}
			}
		}
	}
}

// TestInspectPicture shows the inspection a wrong picture for each of its
// rules, so that its silence elsewhere says something.
func TestInspectPicture(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"right", `<text x="8" y="20">a</text><text x="8" y="40">b</text>`, ""},
		{"not XML", `<g>`, "not XML"},
		{"style", `<rect style="fill:red" x="0" y="0" width="1" height="1"/>`, "content policy"},
		{"NaN", `<path d="MNaN 0"/>`, "NaN"},
		{"outside", `<text x="95" y="20">wide</text>`, "outside"},
		{"above", `<text x="5" y="2">a</text>`, "outside"},
		{"overlap", `<text x="8" y="20">abc</text><text x="12" y="22">abc</text>`, "lies on"},
		{"overlap from the end", `<text x="8" y="20">abc</text><text x="40" y="20" text-anchor="end">abc</text>`, "lies on"},
	} {
		_, problems := inspectPicture(template.HTML(`<svg viewBox="0 0 100 100" role="img" aria-label="x">` + tc.body + `</svg>`))
		if tc.want == "" && len(problems) > 0 || tc.want != "" && !strings.Contains(strings.Join(problems, "\n"), tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, problems, tc.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		text string
		most int
		want string
	}{
		{"Held", 2, "Held"},
		{"Removed from the country", 2, "Removed from|the country"},
		{"Removed from the country by night and fog", 2, "Removed from|the country b…"},
		{"Unbreakableword-of-many-letters", 2, "Unbreakable…"},
		{"", 2, ""},
	} {
		lines := wrap(tc.text, 13, 110, tc.most)
		for _, line := range lines {
			if w := textWidth(line, 13); w > 110 {
				t.Errorf("wrap(%q): %q is %.0f wide", tc.text, line, w)
			}
		}
		if got := strings.Join(lines, "|"); got != tc.want {
			t.Errorf("wrap(%q) = %q, want %q", tc.text, got, tc.want)
		}
	}
}

package locale

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// read returns the catalogue of a language, each text by its plural form; one
// that has no plural has the form "".
func read(t *testing.T, tag string) map[string]map[string]string {
	t.Helper()
	file, err := files.ReadFile(tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(file, &raw); err != nil {
		t.Fatalf("%s.json: %v", tag, err)
	}
	catalogue := make(map[string]map[string]string, len(raw))
	for key, value := range raw {
		var text string
		forms := map[string]string{}
		if err := json.Unmarshal(value, &text); err == nil {
			forms[""] = text
		} else if err := json.Unmarshal(value, &forms); err != nil {
			t.Errorf("%s.json: %s is neither a text nor a list of forms", tag, key)
		}
		catalogue[key] = forms
	}
	return catalogue
}

// every calls f with every text of every language.
func every(t *testing.T, f func(l *Language, key, form, text string)) {
	t.Helper()
	for _, l := range Languages {
		catalogue := read(t, l.Tag)
		for _, key := range slices.Sorted(maps.Keys(catalogue)) {
			for _, form := range slices.Sorted(maps.Keys(catalogue[key])) {
				f(l, key, form, catalogue[key][form])
			}
		}
	}
}

// joints are texts that join others, and may begin or end with a space.
var joints = []string{"number.separator", "list.comma", "list.semicolon", "picture.flow.then", "picture.time.and"}

func TestSameKeys(t *testing.T) {
	english := read(t, "en")
	for _, l := range Languages[1:] {
		other := read(t, l.Tag)
		for _, key := range slices.Sorted(maps.Keys(english)) {
			if other[key] == nil {
				t.Errorf("%s.json lacks %s", l.Tag, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(other)) {
			if english[key] == nil {
				t.Errorf("%s.json has %s, which en.json has not", l.Tag, key)
			}
		}
	}
}

// The files are sorted, so that two people who add keys meet in few places.
func TestSorted(t *testing.T) {
	top := regexp.MustCompile(`(?m)^ "([^"]+)":`)
	for _, l := range Languages {
		file, err := files.ReadFile(l.Tag + ".json")
		if err != nil {
			t.Fatal(err)
		}
		before := ""
		for _, m := range top.FindAllSubmatch(file, -1) {
			if key := string(m[1]); key <= before {
				t.Errorf("%s.json: %s stands after %s", l.Tag, key, before)
			} else {
				before = key
			}
		}
	}
}

var formNames = map[plural.Form]string{plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many"}

// formsOf returns the plural forms that whole numbers have in a language. The
// tables of x/text are older than the Spanish form for whole millions (un
// millón de personas), which go-i18n asks for.
func formsOf(tag string) []string {
	seen := map[string]bool{}
	if tag == "es" {
		seen["many"] = true
	}
	for n := range 1000 {
		seen[formNames[plural.Cardinal.MatchPlural(language.Make(tag), n, 0, 0, 0, 0)]] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func TestPluralForms(t *testing.T) {
	english := read(t, "en")
	for _, l := range Languages {
		want := formsOf(l.Tag)
		for key, forms := range read(t, l.Tag) {
			got := slices.Sorted(maps.Keys(forms))
			if _, plain := english[key][""]; plain {
				want := []string{""}
				if !slices.Equal(got, want) {
					t.Errorf("%s: %s has the forms %q; in English it has no plural", l.Tag, key, got)
				}
			} else if !slices.Equal(got, want) {
				t.Errorf("%s: %s has the forms %q, want %q", l.Tag, key, got, want)
			}
		}
	}
	if got, want := formsOf("ar"), []string{"few", "many", "one", "other", "two", "zero"}; !slices.Equal(got, want) {
		t.Errorf("Arabic has the forms %q, want %q", got, want)
	}
	if got, want := formsOf("es"), []string{"many", "one", "other"}; !slices.Equal(got, want) {
		t.Errorf("Spanish has the forms %q, want %q", got, want)
	}
}

var blank = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

func blanksOf(text string) []string {
	names := map[string]bool{}
	for _, m := range blank.FindAllStringSubmatch(text, -1) {
		names[m[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// A form for one number only may write it as a word, and leave out N.
func TestSameBlanks(t *testing.T) {
	english := read(t, "en")
	every(t, func(l *Language, key, form, text string) {
		base := english[key][""]
		if form != "" {
			base = english[key]["other"]
		}
		got, want := blanksOf(text), blanksOf(base)
		if slices.Contains([]string{"zero", "one", "two"}, form) && !slices.Contains(got, "N") {
			want = slices.DeleteFunc(want, func(name string) bool { return name == "N" })
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s %s has the blanks %q, want %q", l.Tag, key, form, got, want)
		}
		if strings.Count(text, "{{") != len(blank.FindAllString(text, -1)) {
			t.Errorf("%s: %s %s has a blank of another form: %q", l.Tag, key, form, text)
		}
	})
}

func TestTypography(t *testing.T) {
	every(t, func(l *Language, key, form, text string) {
		complain := func(what string) { t.Errorf("%s: %s %s %s: %q", l.Tag, key, form, what, text) }
		if strings.Trim(text, " \t\n") == "" {
			complain("is empty")
		}
		if strings.TrimSpace(text) != text && !slices.Contains(joints, key) {
			complain("begins or ends with a space")
		}
		if strings.ContainsAny(text, `'"`) {
			complain("has a straight quotation mark")
		}
		if strings.Contains(text, "  ") || strings.ContainsAny(text, "\t\n") {
			complain("has a double space, a tab or a new line")
		}
		if strings.Contains(text, "...") {
			complain("has three dots for an ellipsis")
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r == '\u202a' || r == '\u202b' || r == '\u202d' || r == '\u202e' }) {
			complain("sets its direction with marks that nobody should use")
		}
		if opened := strings.Count(text, "\u2066") + strings.Count(text, "\u2068"); opened != strings.Count(text, "\u2069") {
			complain("opens and closes isolates unequally")
		}
	})
}

// mayBeLatin are the words that an Arabic text may hold in Latin letters outside
// an isolate: names. What people type stands in one.
var mayBeLatin = []string{"Plumbline", "CSV", "JSON", "PDF", "zip", "gzip", "Esc", "UTF", "UTC", "MB", "T", "format", "true", "false", "X", "C", "B", "P", "G"}

var (
	latinWord   = regexp.MustCompile(`[A-Za-z]+`)
	foreignSign = regexp.MustCompile(`[,;?%]`)
	apart       = regexp.MustCompile("[\u2066\u2068][^\u2069]*\u2069")
)

func TestArabic(t *testing.T) {
	for key, forms := range read(t, "ar") {
		for form, text := range forms {
			bare := apart.ReplaceAllString(blank.ReplaceAllString(text, ""), "")
			for _, word := range latinWord.FindAllString(bare, -1) {
				if !slices.Contains(mayBeLatin, word) {
					t.Errorf("%s %s is not Arabic: %q in %q", key, form, word, text)
				}
			}
			if key == "number.separator" {
				continue
			}
			if sign := foreignSign.FindString(bare); sign != "" {
				t.Errorf("%s %s has a %q that is not Arabic: %q", key, form, sign, text)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsDigit(r) && r > unicode.MaxASCII }) {
				t.Errorf("%s %s has digits other than 0 to 9: %q", key, form, text)
			}
			if strings.ContainsAny(text, "ـ") {
				t.Errorf("%s %s has a stretched letter: %q", key, form, text)
			}
			// A code or number with signs between would turn round beside Arabic letters.
			if turned := regexp.MustCompile(`\d[-+:/.~]+\d|\d\+|~\d`).FindString(bare); turned != "" {
				t.Errorf("%s %s has %q outside an isolate: %q", key, form, turned, text)
			}
		}
	}
}

// asInEnglish are the texts that a language shares with English word for word.
var asInEnglish = map[string][]string{"es": {
	"answer.no", "balance.title", "checkpoint.0h", "checkpoint.24h", "checkpoint.72h", "claim_source_kind.blog", "first.worker_no", "kind_of_entry.plan", "measure.cause",
	"picture.time.mark.24h", "picture.time.mark.30d", "picture.time.mark.72h", "picture.time.mark.90d", "place_kind.hospital", "place_kind.hotel", "releases.budget_delta", "section.plan",
}}

// An English text that was copied and never put into the other language is
// found, and so is one that was put only in part.
func TestTranslated(t *testing.T) {
	english := read(t, "en")
	everyday := regexp.MustCompile(`(?i)\b(the|of|and|is|are|was|were|with|without|for|from|not|who|people|operation|record|nobody)\b`)
	shared := map[string][]string{}
	every(t, func(l *Language, key, form, text string) {
		if l.Tag == "en" {
			return
		}
		words := apart.ReplaceAllString(blank.ReplaceAllString(text, ""), "")
		if word := everyday.FindString(words); word != "" {
			t.Errorf("%s: %s %s has the English %q: %q", l.Tag, key, form, word, text)
		}
		if latinWord.MatchString(words) && text == english[key][form] {
			shared[l.Tag] = append(shared[l.Tag], key)
		}
	})
	for _, l := range Languages[1:] {
		if got, want := shared[l.Tag], asInEnglish[l.Tag]; !slices.Equal(got, want) {
			t.Errorf("%s: the texts %q are the English ones, want %q", l.Tag, got, want)
		}
	}
}

// A Spanish question or cry is opened as well as closed.
func TestSpanish(t *testing.T) {
	for key, forms := range read(t, "es") {
		for form, text := range forms {
			for _, pair := range []string{"¿?", "¡!", "“”", "()"} {
				opened, closed := strings.Count(text, string([]rune(pair)[0])), strings.Count(text, string([]rune(pair)[1]))
				if opened != closed {
					t.Errorf("%s %s opens %d and closes %d of %s: %q", key, form, opened, closed, pair, text)
				}
			}
		}
	}
}

func TestDates(t *testing.T) {
	day := time.Date(2009, time.October, 5, 21, 30, 0, 0, time.FixedZone("", 7*3600))
	for _, l := range Languages {
		if len(l.months) != 12 {
			t.Errorf("%s has %d months: %q", l.Tag, len(l.months), l.months)
		}
	}
	arabic, _ := For("ar")
	spanish, _ := For("es")
	for _, tc := range []struct{ got, want string }{
		{Languages[0].Day(day), "5 October 2009"},
		{Languages[0].Month(day), "October 2009"},
		{Languages[0].Moment(day), "5 October 2009, 21:30 UTC+07:00"},
		{spanish.Day(day), "5 de octubre de 2009"},
		{spanish.Month(day), "octubre de 2009"},
		{spanish.Moment(day), "5 de octubre de 2009, 21:30 UTC+07:00"},
		{arabic.Day(day), "\u20675 أكتوبر 2009\u2069"},
		{arabic.Month(day), "\u2067أكتوبر 2009\u2069"},
		{arabic.Moment(day), "\u2067\u20675 أكتوبر 2009\u2069، \u206821:30\u2069 \u2068UTC+07:00\u2069\u2069"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

func TestT(t *testing.T) {
	english := Languages[0]
	arabic, _ := For("ar")
	spanish, _ := For("es")
	for _, tc := range []struct {
		name string
		got  string
		want string
	}{
		{"a plain text", english.T("answer.yes"), "Yes"},
		{"in Arabic", arabic.T("answer.yes"), "نعم"},
		{"a key that is not there is seen", arabic.T("answer.maybe"), "answer.maybe"},
		{"one", english.T("ago.days", "N", 1), "1 day ago"},
		{"several", english.T("ago.days", "N", 3), "3 days ago"},
		{"Arabic zero", arabic.T("ago.days", "N", 0), "اليوم"},
		{"Arabic one", arabic.T("ago.days", "N", 1), "قبل يوم"},
		{"Arabic two", arabic.T("ago.days", "N", 2), "قبل يومين"},
		{"Arabic few", arabic.T("ago.days", "N", 3), "قبل 3 أيام"},
		{"Arabic many", arabic.T("ago.days", "N", 11), "قبل 11 يومًا"},
		{"Arabic other", arabic.T("ago.days", "N", 100), "قبل 100 يوم"},
		{"Spanish one", spanish.T("ago.days", "N", 1), "hace 1 día"},
		{"Spanish zero", spanish.T("ago.days", "N", 0), "hace 0 días"},
		{"Spanish other", spanish.T("ago.days", "N", 1_000_001), "hace 1000001 días"},
		{"Spanish many", spanish.T("ago.days", "N", 1_000_000), "hace 1000000 de días"},
		{"a number needs no isolate", arabic.T("count.about", "Value", "12"), "نحو 12"},
		{"a code does", arabic.T("custody.title", "Code", "P-07"), "سلسلة العهدة: \u2068P-07\u2069"},
		{"so does a plus", arabic.T("count.about", "Value", "12+"), "نحو \u206812+\u2069"},
		{"Arabic text does not", arabic.T("custody.title", "Code", "طفل"), "سلسلة العهدة: طفل"},
		{"but does in English", english.T("custody.title", "Code", "طفل"), "Custody of \u2068طفل\u2069"},
		{"which leaves its own codes alone", english.T("custody.title", "Code", "P-07"), "Custody of P-07"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

// A text that exists is found in each language, whatever plural it has.
func TestHas(t *testing.T) {
	for _, l := range Languages {
		for _, key := range []string{"answer.yes", "ago.days", "said.kept", "field.title", "hint.sources", "fact.met"} {
			if !l.Has(key) {
				t.Errorf("%s has %s, and says no", l.Tag, key)
			}
		}
		if l.Has("said.anything") {
			t.Errorf("%s says it has said.anything", l.Tag)
		}
	}
}

func TestNumber(t *testing.T) {
	separators := map[string]string{"en": ",", "ar": ",", "es": "\u202f"}
	for n, comma := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "−1,234"} {
		for _, l := range Languages {
			want := strings.ReplaceAll(comma, ",", separators[l.Tag])
			if got := l.Number(n); got != want {
				t.Errorf("%s: Number(%d) = %q, want %q", l.Tag, n, got, want)
			}
		}
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"": "en", "ar": "ar", "ar-EG,en;q=0.5": "ar", "en-GB": "en", "th": "en", "fr, ar;q=0.4": "ar", "es-419": "es", "es-MX,es;q=0.9,en;q=0.8": "es", "qu-PE, es;q=0.7": "es", "not a header;;": "en",
	} {
		if got := Match(header).Tag; got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
	if l, ok := For("xx"); ok || l.Tag != "en" {
		t.Errorf("For(xx) = %s, %v; want en, false", l.Tag, ok)
	}
}

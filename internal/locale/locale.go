// Package locale holds the languages: every text that a person can read, with
// its plural forms, and how numbers and dates are written.
//
// A text is found by its key in en.json and the file of each other language;
// a test holds that the languages have the same keys, with the plural forms
// that each needs, and the same blanks. Texts are plain: a page escapes them.
//
// Digits are 0 to 9 in every language, Arabic too: they stand beside ids, codes
// and dates that are written so, and the same number must look the same in a
// form, a table and a file. Arabic months have the names used from Egypt to the
// Gulf (يناير), as many programs of the region write them; years are Gregorian.
// Spanish sets thousands apart by a narrow space, as the academies advise: 1.234
// is a thousand in Buenos Aires and little more than one in Mexico.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// A Language is one language of the catalogue. It is safe for use by many
// goroutines.
type Language struct {
	Tag  string // "en"
	Name string // "English", in the language itself
	Dir  string // "ltr" or "rtl"

	localizer *i18n.Localizer
	keys      map[string]bool
	plain     map[string]string // texts without blanks and plural forms: nearly all
	months    []string
}

// Languages are those that the catalogue has, the first being the default.
var Languages = load()

func load() []*Language {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	list := []*Language{{Tag: "en", Name: "English", Dir: "ltr"}, {Tag: "ar", Name: "العربية", Dir: "rtl"}, {Tag: "es", Name: "Español", Dir: "ltr"}}
	for _, l := range list {
		file, err := bundle.LoadMessageFileFS(files, l.Tag+".json")
		if err != nil {
			panic("locale: the catalogue does not load: " + err.Error())
		}
		l.keys, l.plain = make(map[string]bool, len(file.Messages)), make(map[string]string, len(file.Messages))
		for _, m := range file.Messages {
			l.keys[m.ID] = true
			if m.Zero+m.One+m.Two+m.Few+m.Many == "" && m.Other != "" && !strings.Contains(m.Other, "{{") {
				l.plain[m.ID] = m.Other
			}
		}
		l.localizer = i18n.NewLocalizer(bundle, l.Tag)
		l.months = strings.Fields(l.T("date.months"))
	}
	return list
}

// For returns the language with the tag, and false when there is none.
func For(tag string) (*Language, bool) {
	i := slices.IndexFunc(Languages, func(l *Language) bool { return l.Tag == tag })
	if i < 0 {
		return Languages[0], false
	}
	return Languages[i], true
}

// Match returns the language that suits an Accept-Language header best.
func Match(header string) *Language {
	want, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return Languages[0]
	}
	tags := make([]language.Tag, len(Languages))
	for i, l := range Languages {
		tags[i] = language.Make(l.Tag)
	}
	_, i, _ := language.NewMatcher(tags).Match(want...)
	return Languages[i]
}

// RTL reports whether the language is written from right to left.
func (l *Language) RTL() bool { return l.Dir == "rtl" }

// T returns the text of a key with its blanks filled from pairs of name and
// value. The value of N chooses the plural form. A key that is not in the
// catalogue is returned as it is, so that it is seen. A value keeps its own
// direction of writing: P-07 stays P-07 in an Arabic sentence.
func (l *Language) T(key string, pairs ...any) string {
	if text, ok := l.plain[key]; ok {
		return text
	}
	config := i18n.LocalizeConfig{MessageID: key}
	if len(pairs) > 0 {
		blanks := make(map[string]any, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			name, value := fmt.Sprint(pairs[i]), pairs[i+1]
			if n, ok := value.(int); ok && name == "N" {
				config.PluralCount = n
			}
			blanks[name] = l.isolate(fmt.Sprint(value))
		}
		config.TemplateData = blanks
	}
	text, err := l.localizer.Localize(&config)
	if err != nil && text == "" {
		return key
	}
	return text
}

// isolate sets a value apart from the text around it when it holds what could
// turn round beside it. In an Arabic sentence 2009-10-05 would be read as
// 05-10-2009, and the plus of 12+ would change sides. The marks are those that
// Unicode has for this, and are not seen.
func (l *Language) isolate(value string) string {
	if !strings.ContainsFunc(value, l.turns) {
		return value
	}
	return "\u2068" + value + "\u2069"
}

func (l *Language) turns(r rune) bool {
	if !l.RTL() {
		return unicode.In(r, unicode.Arabic, unicode.Hebrew)
	}
	return unicode.Is(unicode.Latin, r) || r < unicode.MaxASCII && !unicode.IsDigit(r) && r != ' '
}

// Has reports whether the language itself has the key.
func (l *Language) Has(key string) bool { return l.keys[key] }

// Number writes a whole number with the thousands apart.
func (l *Language) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + l.T("number.separator") + digits[i:]
	}
	return sign + digits
}

// Day writes a date: 5 October 2009.
func (l *Language) Day(t time.Time) string {
	return l.whole(l.T("date.day", "Day", t.Day(), "Month", l.months[t.Month()-1], "Year", t.Year()))
}

// Month writes a month: October 2009.
func (l *Language) Month(t time.Time) string {
	return l.whole(l.T("date.month", "Month", l.months[t.Month()-1], "Year", t.Year()))
}

// Moment writes a date with the time of day and its zone.
func (l *Language) Moment(t time.Time) string {
	zone := t.Format("-07:00")
	if zone == "+00:00" {
		zone = "UTC"
	} else {
		zone = "UTC" + zone
	}
	return l.whole(l.T("date.moment", "Day", l.Day(t), "Time", t.Format("15:04"), "Zone", zone))
}

// whole keeps an Arabic date in its order where it stands beside Latin text,
// such as the name of an organisation: 5 أكتوبر 2009 is a word between two
// numbers, and they would change places.
func (l *Language) whole(date string) string {
	if !l.RTL() {
		return date
	}
	return "\u2067" + date + "\u2069"
}

// MonthName returns the name of a month.
func (l *Language) MonthName(m time.Month) string { return l.months[m-1] }

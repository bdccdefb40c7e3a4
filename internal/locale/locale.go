// Package locale holds the languages: every text that a person can read, with
// its plural forms, and how numbers and dates are written.
//
// A text is found by its key in en.json and the file of each other language;
// a test holds that the languages have the same keys, with the plural forms
// that each needs, and the same blanks. Texts are plain: a page escapes them.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	months    []string
}

// Languages are those that the catalogue has, the first being the default.
var Languages = load()

func load() []*Language {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	list := []*Language{{Tag: "en", Name: "English", Dir: "ltr"}, {Tag: "ar", Name: "العربية", Dir: "rtl"}}
	for _, l := range list {
		if _, err := bundle.LoadMessageFileFS(files, l.Tag+".json"); err != nil {
			panic("locale: the catalogue does not load: " + err.Error())
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
// catalogue is returned as it is, so that it is seen.
func (l *Language) T(key string, pairs ...any) string {
	config := i18n.LocalizeConfig{MessageID: key}
	if len(pairs) > 0 {
		blanks := make(map[string]any, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			blanks[fmt.Sprint(pairs[i])] = pairs[i+1]
		}
		config.TemplateData = blanks
		if n, ok := blanks["N"].(int); ok {
			config.PluralCount = n
		}
	}
	text, err := l.localizer.Localize(&config)
	if err != nil && text == "" {
		return key
	}
	return text
}

// Has reports whether the language itself has the key.
func (l *Language) Has(key string) bool {
	// Without a count, since a text without plural forms has none for "two".
	_, tag, err := l.localizer.LocalizeWithTag(&i18n.LocalizeConfig{MessageID: key, TemplateData: map[string]any{"N": 2}})
	return err == nil && tag == language.Make(l.Tag)
}

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
	return l.T("date.day", "Day", t.Day(), "Month", l.months[t.Month()-1], "Year", t.Year())
}

// Month writes a month: October 2009.
func (l *Language) Month(t time.Time) string {
	return l.T("date.month", "Month", l.months[t.Month()-1], "Year", t.Year())
}

// Moment writes a date with the time of day and its zone.
func (l *Language) Moment(t time.Time) string {
	zone := t.Format("-07:00")
	if zone == "+00:00" {
		zone = "UTC"
	} else {
		zone = "UTC" + zone
	}
	return l.T("date.moment", "Day", l.Day(t), "Time", t.Format("15:04"), "Zone", zone)
}

// MonthName returns the name of a month.
func (l *Language) MonthName(m time.Month) string { return l.months[m-1] }

package figure

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Span is the best reading of when something was. What is not known is open.
type Span struct {
	From, Until time.Time // Until is exclusive; zero is open
	Last        time.Time // where the last date that is named begins: the figure is as of Last to Until
	Doubt       string    // the words for which the reading may be wrong; empty when there are none
}

// Known reports whether anything is known of the span.
func (s Span) Known() bool { return !s.From.IsZero() || !s.Until.IsZero() }

// String writes a span as [ParseSpan] reads it: to the year, the month or the
// day, whatever both ends allow.
func (s Span) String() string {
	if !s.Known() {
		return ""
	}
	layout := "2006"
	for _, t := range []time.Time{s.From, s.Until} {
		if !t.IsZero() && t.Day() != 1 {
			layout = time.DateOnly
		} else if !t.IsZero() && t.Month() != 1 && layout == "2006" {
			layout = "2006-01"
		}
	}
	from, until := "..", ".."
	if !s.From.IsZero() {
		from = s.From.Format(layout)
	}
	if !s.Until.IsZero() {
		until = s.Until.AddDate(0, 0, -1).Format(layout)
	}
	if from == until {
		return from
	}
	return from + "/" + until
}

var spanDate = regexp.MustCompile(`^([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?(~?)$`)

// date returns the first moment of a date to the day, the month or the year,
// and the first after it.
func date(year, month, day string) (from, until time.Time, ok bool) {
	y, _ := strconv.Atoi(year) // digits only, and so below
	switch {
	case month == "":
		from = time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
		return from, from.AddDate(1, 0, 0), true
	case day == "":
		m, _ := strconv.Atoi(month)
		from = time.Date(y, time.Month(m), 1, 0, 0, 0, 0, time.UTC)
		return from, from.AddDate(0, 1, 0), m >= 1 && m <= 12
	}
	from, err := time.Parse(time.DateOnly, year+"-"+month+"-"+day)
	return from, from.AddDate(0, 0, 1), err == nil
}

// ParseSpan reads a date (2009, 2009-10, 2009-10-05), or two with a slash
// between, either of which may be open (../2007) or about (2006~/2007). An
// empty text is a span of which nothing is known.
func ParseSpan(text string) (s Span, err error) {
	if text == "" {
		return s, nil
	}
	first, last, two := strings.Cut(text, "/")
	if !two {
		last = first
	}
	for i, part := range []string{first, last} {
		if two && part == ".." {
			continue
		}
		m := spanDate.FindStringSubmatch(part)
		if m == nil {
			return Span{}, fmt.Errorf("%q is no date", text)
		}
		from, until, ok := date(m[1], m[2], m[3])
		if !ok {
			return Span{}, fmt.Errorf("%q is no date", text)
		}
		if m[4] != "" {
			s.Doubt = "about"
		}
		if i == 0 {
			s.From = from
		}
		if i == 1 {
			s.Last, s.Until = from, until
		}
	}
	if !s.From.IsZero() && !s.Until.IsZero() && !s.From.Before(s.Until) {
		return Span{}, fmt.Errorf("%q runs backwards", text)
	}
	return s, nil
}

const monthNames = "january|february|march|april|may|june|july|august|september|october|november|december"

// datesIn finds the dates in the words of a period.
var datesIn = regexp.MustCompile(`\b(?:(` + monthNames + `)(?:-(` + monthNames + `))? )?([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\b`)

var (
	spanJoins = []string{"to", "and", "from", "in", "since", "until", "before", "after"}
	spanOpens = regexp.MustCompile(`\b(to|until|before|since|from|after) +$`)
)

// readPeriod reads the words of a period: the dates in them, open before "to"
// and after "since". Whatever words are left are why it may be wrong.
func readPeriod(text string) (s Span) {
	text = strings.ToLower(text)
	found := datesIn.FindAllStringSubmatchIndex(text, -1)
	if found == nil {
		return Span{Doubt: text}
	}
	part := func(m []int, i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return text[m[2*i]:m[2*i+1]]
	}
	var rest []string
	at := 0
	for _, m := range found {
		rest = append(rest, strings.FieldsFunc(text[at:m[0]], func(r rune) bool { return strings.ContainsRune(" ,;:-()", r) })...)
		at = m[1]
		month, last := part(m, 4), part(m, 4)
		if month == "" {
			month, last = monthNumber(part(m, 1)), monthNumber(part(m, 2))
			if last == "" {
				last = month
			}
		}
		from, _, ok1 := date(part(m, 3), month, part(m, 5))
		begin, until, ok2 := date(part(m, 3), last, part(m, 5))
		if !ok1 || !ok2 {
			return Span{Doubt: text}
		}
		if s.From.IsZero() || from.Before(s.From) {
			s.From = from
		}
		if until.After(s.Until) {
			s.Last, s.Until = begin, until
		}
	}
	if m := spanOpens.FindStringSubmatch(text[:found[0][0]]); m != nil && len(found) == 1 {
		switch word := m[1]; word {
		case "to", "until", "before":
			if word == "before" {
				s.Last, s.Until = s.From.AddDate(0, 0, -1), s.From
			}
			s.From = time.Time{}
		default:
			if word == "after" {
				s.From = s.Until
			}
			s.Until, s.Last = time.Time{}, time.Time{}
		}
	}
	rest = append(rest, strings.FieldsFunc(text[at:], func(r rune) bool { return strings.ContainsRune(" ,;:-()", r) })...)
	s.Doubt = strings.Join(slices.DeleteFunc(rest, func(w string) bool { return slices.Contains(spanJoins, w) }), " ")
	return s
}

func monthNumber(name string) string {
	if i := slices.Index(strings.Split(monthNames, "|"), name); i >= 0 {
		return fmt.Sprintf("%02d", i+1)
	}
	return ""
}

// Span returns the best reading of the period of a claim: the one that was
// noted, or else what the rules read in its words.
func (c *Claim) Span() Span {
	if c.When == "" {
		s := readPeriod(c.Period)
		if c.Period == "" {
			s.Doubt = ""
		}
		if c.Doubt != "" {
			s.Doubt = c.Doubt
		}
		return s
	}
	s, err := ParseSpan(c.When)
	if err != nil {
		return Span{Doubt: c.When}
	}
	if c.Doubt != "" {
		s.Doubt = c.Doubt
	}
	return s
}

// An Age is how old a figure is on the date of its document, in whole years:
// at least and at most, since neither date is to the day.
type Age struct {
	Least int `json:"least"`
	Most  int `json:"most"`
}

func (a Age) String() string {
	switch {
	case a.Most == 0:
		return "less than a year"
	case a.Least == 0 && a.Most == 1:
		return "at most a year"
	case a.Least == 0:
		return fmt.Sprintf("at most %d years", a.Most)
	case a.Most == 1:
		return "a year"
	case a.Least == a.Most:
		return fmt.Sprintf("%d years", a.Most)
	}
	return fmt.Sprintf("%d to %d years", a.Least, a.Most)
}

// Age returns how old the newest part of a claim's period is on the date of
// its document, and false when either is not known.
func (r *Register) Age(c *Claim) (Age, bool) {
	source := r.Source(c.Source)
	s := c.Span()
	if source == nil || s.Until.IsZero() {
		return Age{}, false
	}
	d, err := ParseSpan(source.Date)
	if err != nil || d.From.IsZero() || d.Until.IsZero() {
		return Age{}, false
	}
	return Age{yearsFrom(s.Until, d.From), yearsFrom(s.Last, d.Until.AddDate(0, 0, -1))}, true
}

// yearsFrom returns how many whole years lie between two moments; 0 when the
// second comes first.
func yearsFrom(a, b time.Time) int {
	n := b.Year() - a.Year()
	if a.AddDate(n, 0, 0).After(b) {
		n--
	}
	return max(n, 0)
}

var lengthIn = regexp.MustCompile(`\b(?:first )?([a-z]+|[0-9]+(?:\.[0-9]+)?)( and a half)? years\b|\byear ([a-z]+)\b`)

var numberWords = []string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}

// Length returns how many years a claim says that its subject lasted: its
// figure when that counts years, or what its period says in words.
func (c *Claim) Length() (years float64, told bool) {
	if c.Figure.Form == Exact && (c.Unit == "years" || strings.HasPrefix(c.Unit, "years,")) {
		return c.Figure.Low, true
	}
	m := lengthIn.FindStringSubmatch(strings.ToLower(c.Period))
	if m == nil {
		return 0, false
	}
	word := m[1] + m[3]
	if years, err := strconv.ParseFloat(word, 64); err == nil {
		return years, true
	}
	n := slices.Index(numberWords, word)
	if m[2] != "" {
		return float64(n) + .5, n > 0
	}
	return float64(n), n > 0
}

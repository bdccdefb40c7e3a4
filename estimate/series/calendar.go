package series

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"plumbline/estimate"
)

// A Calendar turns times written as months, quarters, weeks or days into whole
// numbers, the first time being 1, so that months are equally far apart however
// many days they have.
type Calendar struct {
	Unit  string `json:"unit"`  // month, quarter, week or day
	First string `json:"first"` // what is called 1
	start int
}

// The ways a time may be written. Years are numbers already.
var written = []struct {
	unit  string
	form  *regexp.Regexp
	count func(a, b, c int) (int, bool)
	write func(n int) string
}{
	{"month", regexp.MustCompile(`^(\d{4})-(\d{2})$`), func(y, m, _ int) (int, bool) { return 12*y + m - 1, m >= 1 && m <= 12 }, writeMonth},
	{"quarter", regexp.MustCompile(`^(\d{4})-?Q(\d)$`), func(y, q, _ int) (int, bool) { return 4*y + q - 1, q >= 1 && q <= 4 },
		func(n int) string { return fmt.Sprintf("%04d-Q%d", n/4, n%4+1) }},
	{"week", regexp.MustCompile(`^(\d{4})-?W(\d{2})$`), countWeek,
		func(n int) string {
			y, w := time.Unix(0, 0).UTC().AddDate(0, 0, 7*n+4-1).ISOWeek()
			return fmt.Sprintf("%04d-W%02d", y, w)
		}},
	{"day", regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`), countDay,
		func(n int) string { return time.Unix(0, 0).UTC().AddDate(0, 0, n).Format(time.DateOnly) }},
}

func writeMonth(n int) string { return fmt.Sprintf("%04d-%02d", n/12, n%12+1) }

// countDay counts days from 1 January 1970.
func countDay(y, m, d int) (int, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return int(t.Unix() / 86400), t.Month() == time.Month(m) && t.Day() == d
}

// countWeek counts ISO weeks from the one that holds 1 January 1970, which was a
// Thursday, as 4 January always is in the first week of its year.
func countWeek(y, w, _ int) (int, bool) {
	fourth := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := int(fourth.Unix()/86400) - (int(fourth.Weekday())+6)%7 + 7*(w-1)
	_, last := time.Date(y, 12, 28, 0, 0, 0, 0, time.UTC).ISOWeek()
	return (monday + 3) / 7, w >= 1 && w <= last
}

// parse reads a time in a unit.
func parse(unit, text string) (int, bool) {
	for _, w := range written {
		m := w.form.FindStringSubmatch(text)
		if w.unit != unit || m == nil {
			continue
		}
		var n [3]int
		for k, s := range m[1:] {
			n[k], _ = strconv.Atoi(s)
		}
		return w.count(n[0], n[1], n[2])
	}
	return 0, false
}

// unitOf is how a time is written; empty when it is not a date.
func unitOf(text string) string {
	for _, w := range written {
		if w.form.MatchString(text) {
			return w.unit
		}
	}
	return ""
}

// at is the number of a time that is written as a number or in the calendar.
func (c *Calendar) at(text string) (float64, bool) {
	if c == nil {
		v, err := strconv.ParseFloat(text, 64)
		return v, err == nil
	}
	unit := unitOf(text)
	if unit == "day" && c.Unit == "month" { // months named by their first day
		text, unit = text[:len("2006-01")], "month"
	}
	n, ok := parse(unit, text)
	return float64(n - c.start + 1), ok && unit == c.Unit
}

// Name writes the number of a time as the calendar does, and other numbers as
// they are.
func (c *Calendar) Name(v float64) string {
	if c == nil || v != float64(int(v)) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	for _, w := range written {
		if w.unit == c.Unit {
			return w.write(int(v) + c.start - 1)
		}
	}
	return ""
}

// readCalendar reads a column of dates. Days that are the same of every month are
// months.
func readCalendar(t *estimate.Table, name string) ([]float64, *Calendar, error) {
	text, err := t.Text(name)
	if err != nil {
		return nil, nil, err
	}
	const want = "a number, or a month such as 2024-05, 2024-Q2, 2024-W19 or 2024-05-31, all rows alike"
	unit, sameDay := "", true
	for i, s := range text {
		u := unitOf(s)
		switch {
		case s == "":
			return nil, nil, t.Bad(i, name, "the time is missing", "a time in every row")
		case u == "" && strings.ContainsAny(s, "T:"):
			return nil, nil, t.Bad(i, name, fmt.Sprintf("%q has a time of day", s), "the day alone, in the time of the place it was counted in")
		case u == "":
			return nil, nil, t.Bad(i, name, fmt.Sprintf("%q is not a time", s), want)
		case i > 0 && u != unit:
			return nil, nil, t.Bad(i, name, fmt.Sprintf("%q is written otherwise than %q above", s, text[0]), want)
		}
		unit = u
		if _, ok := parse(unit, s); !ok {
			return nil, nil, t.Bad(i, name, fmt.Sprintf("there is no %s %s", unit, s), want)
		}
		sameDay = sameDay && unit == "day" && s[len(s)-2:] == text[0][len(text[0])-2:]
	}
	if sameDay && len(text) > 1 {
		unit = "month"
		for i, s := range text {
			text[i] = s[:len("2006-01")]
		}
	}
	c := &Calendar{Unit: unit}
	numbers := make([]int, len(text))
	for i, s := range text {
		numbers[i], _ = parse(unit, s)
		if i == 0 || numbers[i] < c.start {
			c.start, c.First = numbers[i], s
		}
	}
	out := make([]float64, len(text))
	for i, n := range numbers {
		out[i] = float64(n - c.start + 1)
	}
	return out, c, nil
}

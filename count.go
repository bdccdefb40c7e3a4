package plumbline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A Count is a number of people as somebody knows it: exact, at least, at
// most, about, or unknown. The zero Count is unknown, and unknown is never
// zero. Inside it is an interval, so that sums and differences carry their
// bounds: 7 and "more than one" make at least 9.
type Count struct {
	min   int
	top   int // one more than the largest possible; 0 when there is no upper bound
	about int // the best guess when somebody said "about"; 0 when nobody did
}

// maxCount bounds what is believed; larger numbers are typing errors.
const maxCount = 10_000_000

// Exactly returns the count n.
func Exactly(n int) Count { return Count{min: n, top: n + 1} }

// AtLeast returns a count of n or more. AtLeast(0) is the unknown count.
func AtLeast(n int) Count { return Count{min: n} }

// Between returns a count from a to b.
func Between(a, b int) Count { return Count{min: a, top: b + 1} }

// About returns a count for which somebody gave a rounded or guessed number.
// Nothing certain follows from it but that there was somebody.
func About(n int) Count { return Count{min: min(n, 1), about: n} }

// Min returns the smallest number that the count can be.
func (c Count) Min() int { return c.min }

// Max returns the largest number that the count can be, and whether there is
// an upper bound at all.
func (c Count) Max() (int, bool) { return c.top - 1, c.top > 0 }

// Guess returns the number said with "about", and whether there is one.
func (c Count) Guess() (int, bool) { return c.about, c.about > 0 }

// Exact returns the number and true when the count is exact.
func (c Count) Exact() (int, bool) { return c.min, c.top == c.min+1 }

// Known reports whether anything at all is known.
func (c Count) Known() bool { return c != Count{} }

// Bound returns "exact", "at_least" or "unknown": what may be said of the
// count's smallest number. A count of which nothing is certain but a guess is
// unknown.
func (c Count) Bound() string {
	switch {
	case c.top == c.min+1:
		return "exact"
	case c.about > 0 && c.min == 1:
		return "unknown" // what About says
	case c.about > 0 || c.min > 0:
		return "at_least"
	}
	return "unknown"
}

// Add returns the sum. Bounds add; a guess survives when the other side is
// exact or a guess too.
func (c Count) Add(d Count) Count {
	sum := Count{min: c.min + d.min}
	if c.top > 0 && d.top > 0 {
		sum.top = c.top + d.top - 1
	}
	if a, ok := c.best(); ok && sum.top != sum.min+1 {
		if b, ok := d.best(); ok {
			sum.about = a + b
		}
	}
	return sum
}

// Sub returns what is left of c when d is taken away, never below zero.
func (c Count) Sub(d Count) Count {
	var left Count
	if d.top > 0 {
		left.min = max(0, c.min-(d.top-1))
	}
	if c.top > 0 {
		left.top = max(1, c.top-d.min)
	}
	if a, ok := c.best(); ok && left.top != left.min+1 {
		if b, ok := d.best(); ok {
			left.about = max(0, a-b)
		}
	}
	return left
}

// best returns the exact number or the guess.
func (c Count) best() (int, bool) {
	if n, ok := c.Exact(); ok {
		return n, true
	}
	return c.Guess()
}

// and returns what c and d say together, and c when they contradict each
// other. A guess of c that d rules out is dropped.
func (c Count) and(d Count) Count {
	both := Count{min: max(c.min, d.min), top: c.top, about: c.about}
	if d.top > 0 && (c.top == 0 || d.top < c.top) {
		both.top = d.top
	}
	if both.top > 0 && both.min >= both.top {
		return c
	}
	return both.settled()
}

// settled returns c without a guess that its bounds make idle or deny.
func (c Count) settled() Count {
	if c.top == c.min+1 || c.about < c.min || c.top > 0 && c.about >= c.top {
		c.about = 0
	}
	return c
}

// String gives the count in English, for the command line and logs.
func (c Count) String() string {
	hi, bounded := c.Max()
	switch {
	case c.about > 0:
		return fmt.Sprintf("about %d", c.about)
	case c.top == c.min+1:
		return strconv.Itoa(c.min)
	case bounded && c.min > 0:
		return fmt.Sprintf("%d to %d", c.min, hi)
	case bounded:
		return fmt.Sprintf("at most %d", hi)
	case c.min > 0:
		return fmt.Sprintf("at least %d", c.min)
	}
	return "not known"
}

// Text writes the count as ParseCount reads it.
func (c Count) Text() string {
	hi, bounded := c.Max()
	switch {
	case !c.Known():
		return ""
	case c == About(c.about):
		return fmt.Sprintf("~%d", c.about)
	case c.about > 0:
		bounds := Count{min: c.min, top: c.top}
		return fmt.Sprintf("%s ~%d", cmp.Or(bounds.Text(), "0+"), c.about)
	case c.top == c.min+1:
		return strconv.Itoa(c.min)
	case bounded:
		return fmt.Sprintf("%d-%d", c.min, hi)
	}
	return fmt.Sprintf("%d+", c.min)
}

var easternDigits = strings.NewReplacer(
	"٠", "0", "١", "1", "٢", "2", "٣", "3", "٤", "4", "٥", "5", "٦", "6", "٧", "7", "٨", "8", "٩", "9",
	"۰", "0", "۱", "1", "۲", "2", "۳", "3", "۴", "4", "۵", "5", "۶", "6", "۷", "7", "۸", "8", "۹", "9",
	"–", "-", "≥", ">=", "≤", "<=", "＋", "+")

// westernDigits writes the digits 0 to 9 for those of other scripts.
func westernDigits(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return easternDigits.Replace(s)
		}
	}
	return s // as nearly always
}

// ParseCount reads a count as people type it: "12", "12+" or ">=12" for at
// least, ">12" for more than, "<=9" for at most, "7-9", "~12" for about,
// "9+ ~12" for at least nine and about twelve, and "" or "?" for unknown.
// Arabic and Persian digits are read too. It returns a Problem when the text
// is none of these.
func ParseCount(text string) (Count, error) { return parseCount(text, maxCount) }

// parseCount is ParseCount for counts up to most.
func parseCount(text string, most int) (Count, error) {
	s := strings.TrimSpace(westernDigits(text))
	bad := func() (Count, error) { return Count{}, Invalid("", "problem.bad_count", "Got", short(text)) }
	number := func(s string) (int, bool) {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		return n, err == nil && n >= 0 && n <= most && !strings.HasPrefix(strings.TrimSpace(s), "+")
	}
	whole := func(s string, make func(int) Count) (Count, error) {
		n, ok := number(s)
		if !ok {
			return bad()
		}
		return make(n), nil
	}
	if bounds, guess, ok := strings.Cut(s, " ~"); ok {
		c, err := parseCount(bounds, most)
		n, ok := number(guess)
		guessed := Count{min: c.min, top: c.top, about: n}
		if err != nil || !ok || c.about > 0 || guessed != guessed.settled() {
			return bad()
		}
		return guessed, nil
	}
	switch {
	case s == "" || s == "?":
		return Count{}, nil
	case strings.HasPrefix(s, "~"):
		return whole(s[1:], About)
	case strings.HasPrefix(s, ">="):
		return whole(s[2:], AtLeast)
	case strings.HasPrefix(s, "<="):
		return whole(s[2:], func(n int) Count { return Between(0, n) })
	case strings.HasPrefix(s, ">"):
		n, ok := number(s[1:])
		if !ok || n == most {
			return bad()
		}
		return AtLeast(n + 1), nil
	case strings.HasSuffix(s, "+"):
		return whole(s[:len(s)-1], AtLeast)
	}
	if a, b, ok := strings.Cut(s, "-"); ok {
		lo, ok1 := number(a)
		hi, ok2 := number(b)
		if !ok1 || !ok2 || lo > hi {
			return bad()
		}
		return Between(lo, hi), nil
	}
	return whole(s, Exactly)
}

// countJSON is the form in files and answers: bound says what value is.
type countJSON struct {
	Value  *int   `json:"value"`
	Bound  string `json:"bound"`
	AtMost *int   `json:"at_most,omitempty"`
	About  *int   `json:"about,omitempty"`
}

// Nearly all counts are written in one of these two ways, which the decoder
// takes longer to read than the rest of an entry.
const (
	exactStart, exactEnd = `{"value":`, `,"bound":"exact"}`
	unknownJSON          = `{"value":null,"bound":"unknown"}`
)

// plainCount reads a count that is exact or unknown and written as MarshalJSON
// writes it. Anything else is not ok.
func plainCount(data string) (c Count, ok bool) {
	if data == unknownJSON {
		return c, true
	}
	digits, ok1 := strings.CutPrefix(data, exactStart)
	digits, ok2 := strings.CutSuffix(digits, exactEnd)
	n, err := strconv.Atoi(digits)
	if !ok1 || !ok2 || err != nil || n < 0 || n > maxCount || strconv.Itoa(n) != digits {
		return c, false
	}
	return Exactly(n), true
}

// MarshalJSON writes {"value":12,"bound":"exact"}; value is null when the
// bound is "unknown". An upper bound that is not the value stands in at_most,
// a guess in about.
func (c Count) MarshalJSON() ([]byte, error) {
	if n, exact := c.Exact(); exact {
		return append(strconv.AppendInt([]byte(exactStart), int64(n), 10), exactEnd...), nil
	}
	if !c.Known() {
		return []byte(unknownJSON), nil
	}
	out := countJSON{Bound: c.Bound()}
	if out.Bound != "unknown" {
		out.Value = &c.min
	}
	if hi, bounded := c.Max(); bounded && out.Bound != "exact" {
		out.AtMost = &hi
	}
	if c.about > 0 {
		out.About = &c.about
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes, and also a plain number, a
// text such as "12+", and null for unknown.
func (c *Count) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '{' {
		text := string(data)
		if text == "null" {
			text = ""
		}
		if strings.HasPrefix(text, `"`) {
			if err := json.Unmarshal(data, &text); err != nil {
				return Invalid("", "problem.bad_count", "Got", short(string(data)))
			}
		}
		got, err := ParseCount(text)
		if err == nil {
			*c = got
		}
		return err
	}
	if got, ok := plainCount(string(data)); ok {
		*c = got
		return nil
	}
	var in countJSON
	if err := strictJSON(data, &in); err != nil {
		return Invalid("", "problem.bad_count", "Got", short(string(data)))
	}
	got, ok := in.count()
	if !ok {
		return Invalid("", "problem.bad_count", "Got", short(string(data)))
	}
	*c = got
	return nil
}

func (in countJSON) count() (c Count, ok bool) {
	for _, n := range []*int{in.Value, in.AtMost, in.About} {
		if n != nil && (*n < 0 || *n > maxCount) {
			return c, false
		}
	}
	switch in.Bound {
	case "exact":
		if in.Value == nil || in.AtMost != nil || in.About != nil {
			return c, false
		}
		return Exactly(*in.Value), true
	case "at_least":
		if in.Value == nil {
			return c, false
		}
		c = AtLeast(*in.Value)
	case "unknown":
		if in.Value != nil {
			return c, false
		}
		if in.About != nil {
			c = About(*in.About)
		}
	default:
		return c, false
	}
	if in.AtMost != nil {
		if *in.AtMost < c.min {
			return c, false
		}
		c.top = *in.AtMost + 1
	}
	if in.About != nil {
		c.about = *in.About
	}
	return c, c == c.settled()
}

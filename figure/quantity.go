package figure

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// A Form is how a claim puts its figure.
type Form string

const (
	NoFigure  Form = "none"      // a checkable claim without a figure
	Exact     Form = "exact"     // 12
	Absence   Form = "absence"   // 0: that there was none, which is a claim of its own kind
	MoreThan  Form = "more_than" // >500
	AtLeast   Form = "at_least"  // >=4
	LessThan  Form = "less_than" // <5
	AtMost    Form = "at_most"   // <=10
	About     Form = "about"     // ~12
	Range     Form = "range"     // 5-6
	Date      Form = "date"      // 2009-07
	Frequency Form = "frequency" // quarterly
	Words     Form = "words"     // words: many; never a silent number
)

// A Quantity is a figure as a claim puts it.
type Quantity struct {
	Form      Form
	Text      string  // as written
	Low, High float64 // the values it allows; infinite where it is open. Numbers only where Numeric
}

// Numeric reports whether the figure is a number or bounds of one.
func (q Quantity) Numeric() bool {
	switch q.Form {
	case Exact, Absence, MoreThan, AtLeast, LessThan, AtMost, About, Range:
		return true
	}
	return false
}

var (
	numberForm = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	rangeForm  = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)-([0-9]+(?:\.[0-9]+)?)$`)
	dateForm   = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])(-[0-9]{2})?$`)
	oftenForm  = regexp.MustCompile(`^(daily|weekly|monthly|quarterly|yearly)$`)
)

// ParseQuantity reads a figure as the column "figure" holds it. A number of
// years such as 2012 is a number: the unit says what it is.
func ParseQuantity(text string) (Quantity, error) {
	q := Quantity{Text: text, Low: math.Inf(-1), High: math.Inf(1)}
	if text == "" || text == "none" {
		q.Form = NoFigure
		return q, nil
	}
	if words, ok := strings.CutPrefix(text, "words:"); ok {
		q.Form, q.Text = Words, strings.TrimSpace(words)
		if q.Text == "" {
			return q, fmt.Errorf("%q has no words", text)
		}
		return q, nil
	}
	if oftenForm.MatchString(text) {
		q.Form = Frequency
		return q, nil
	}
	if dateForm.MatchString(text) {
		q.Form = Date
		return q, nil
	}
	if m := rangeForm.FindStringSubmatch(text); m != nil {
		q.Form = Range
		q.Low, q.High = number(m[1]), number(m[2])
		if q.Low > q.High {
			return q, fmt.Errorf("%q runs backwards", text)
		}
		return q, nil
	}
	for _, b := range []struct {
		sign string
		form Form
	}{{">=", AtLeast}, {"<=", AtMost}, {">", MoreThan}, {"<", LessThan}, {"~", About}, {"", Exact}} {
		rest, ok := strings.CutPrefix(text, b.sign)
		if !ok {
			continue
		}
		if !numberForm.MatchString(rest) || len(rest) > 30 {
			break
		}
		q.Form = b.form
		n := number(rest)
		switch b.form {
		case AtLeast, MoreThan:
			q.Low = n
		case AtMost, LessThan:
			q.High = n
		default:
			q.Low, q.High = n, n
		}
		if b.form == Exact && n == 0 {
			q.Form = Absence
		}
		return q, nil
	}
	return q, fmt.Errorf("%q is no figure", text)
}

// number reads what a pattern has let through.
func number(s string) float64 {
	n, _ := strconv.ParseFloat(s, 64) // digits, a point, digits
	return n
}

// MarshalJSON writes {"form","text","low","high"}, with null for what is open
// or no number.
func (q Quantity) MarshalJSON() ([]byte, error) {
	bound := func(x float64) *float64 {
		if math.IsInf(x, 0) {
			return nil
		}
		return &x
	}
	return json.Marshal(struct {
		Form Form     `json:"form"`
		Text string   `json:"text"`
		Low  *float64 `json:"low"`
		High *float64 `json:"high"`
	}{q.Form, q.Text, bound(q.Low), bound(q.High)})
}

// UnmarshalJSON reads what MarshalJSON writes: the form and the text say it all.
func (q *Quantity) UnmarshalJSON(data []byte) error {
	var written struct {
		Form Form   `json:"form"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &written); err != nil {
		return err
	}
	if written.Form == Words {
		written.Text = "words: " + written.Text
	}
	read, err := ParseQuantity(written.Text)
	if err == nil && read.Form != written.Form {
		err = fmt.Errorf("%q is not of the form %q", written.Text, written.Form)
	}
	*q = read
	return err
}

// Column returns the figure as the column "figure" of a file holds it.
func (q Quantity) Column() string {
	switch q.Form {
	case NoFigure, "":
		return "none"
	case Words:
		return "words: " + q.Text
	}
	return q.Text
}

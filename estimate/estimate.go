// Package estimate answers how many, how much, and did it change, and says what the answer cannot tell.
//
// The methods live in folders, one a family: capture (how many people nobody
// counted), survey, series, survival and respondent. Each has a Spec, reads a
// [Table], takes a context, and returns a value that embeds [Result], so that
// every estimate carries the same things: the number, its interval and what
// kind of interval that is, the method and its version, the seed, the
// definition it was asked for, and its doubts.
//
// Start with [ReadTable] and the Fit of a family. Nothing in here knows a
// person: tables hold counts and answers, never names.
//
// What is promised: the same table, spec and seed give the same result,
// whatever the number of processors; a number that cannot be estimated is
// [Null] and printed as null, never as zero; bad input is an [InputError] that
// says where it is and what is wanted.
package estimate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Version is the version of the numbers: it changes whenever a method could
// give another answer to the same question.
const Version = "1"

// Result is what every method fills alike. Families embed it and add their
// own fields beside it.
type Result struct {
	// Method is the name of the method, as the command line spells it.
	Method  string `json:"method"`
	Version string `json:"version"`

	// Definition says what was counted, and Population among whom, where and
	// when, in the words of whoever asked. The engine never makes them up.
	Definition string `json:"definition,omitempty"`
	Population string `json:"population,omitempty"`

	// Estimate is the headline, with its limits. Null means that it cannot be
	// estimated, or that the answer is a table rather than one number.
	Estimate Number `json:"estimate"`
	Lower    Number `json:"lower"`
	Upper    Number `json:"upper"`
	// Interval names the kind of limits: wald, bca, credible, logit …
	Interval string  `json:"interval,omitempty"`
	Level    float64 `json:"level"`

	// Seed is set when chance was used.
	Seed *uint64 `json:"seed,omitempty"`

	// Sentence can be printed by a journalist without being wrong.
	Sentence string `json:"sentence,omitempty"`

	Warnings    []Warning             `json:"warnings"`
	Diagnostics map[string]Diagnostic `json:"diagnostics,omitempty"`
}

// NewResult returns a result without a number yet.
func NewResult(method string, level float64) Result {
	return Result{
		Method: method, Version: Version, Level: level,
		Estimate: Null, Lower: Null, Upper: Null,
		Warnings: []Warning{},
	}
}

// A Warning is a doubt that belongs beside the number. Code is stable, so that
// programs can look for it; Text is for people.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`

	// Form and Args are what Text was made of, for a program that says it in
	// another language: the format, and what stands at each of its verbs. About
	// is the part of the data that it is about, where it is one of several.
	Form  string   `json:"-"`
	Args  []string `json:"-"`
	About string   `json:"-"`
}

var verb = regexp.MustCompile(`%[-+# 0]*[0-9]*(\.[0-9]+)?[a-zA-Z]`)

// NewWarning makes a warning whose text is the format with its arguments. The
// format has one verb an argument, in order.
func NewWarning(code, format string, args ...any) Warning {
	w := Warning{Code: code, Text: fmt.Sprintf(format, args...), Form: format}
	for i, v := range verb.FindAllString(format, -1) {
		if i < len(args) {
			w.Args = append(w.Args, fmt.Sprintf(v, args[i]))
		}
	}
	return w
}

// Blanks is the form of a warning with {{.A}}, {{.B}} and so on for its verbs.
func (w Warning) Blanks() string {
	n := 0
	return verb.ReplaceAllStringFunc(w.Form, func(string) string {
		n++
		return "{{." + string(rune('A'+n-1)) + "}}"
	})
}

// Of is the warning as it is said about a part of the data.
func (w Warning) Of(part string) Warning {
	w.Text, w.About = part+": "+w.Text, part
	return w
}

// Warn adds a warning, once for each text.
func (r *Result) Warn(code, format string, args ...any) {
	r.AddWarning(NewWarning(code, format, args...))
}

// AddWarning adds a warning, once for each text.
func (r *Result) AddWarning(w Warning) {
	for _, old := range r.Warnings {
		if old.Code == w.Code && old.Text == w.Text {
			return
		}
	}
	r.Warnings = append(r.Warnings, w)
}

// A Diagnostic is one check of the fit: a statistic, where it has one its
// p-value, and what it means.
type Diagnostic struct {
	Statistic Number  `json:"statistic"`
	P         *Number `json:"p,omitempty"`
	Text      string  `json:"text,omitempty"`
}

// Diagnose records a diagnostic under a snake_case name.
func (r *Result) Diagnose(name string, d Diagnostic) {
	if r.Diagnostics == nil {
		r.Diagnostics = map[string]Diagnostic{}
	}
	r.Diagnostics[name] = d
}

// Number is a float64 that JSON prints in full precision, and as null when it
// is not finite. An infinite limit is null as well, since JSON has no infinity;
// whoever sets one adds a warning that says so.
type Number float64

// Null is the number that could not be estimated.
var Null = Number(math.NaN())

// Known reports whether n is a finite number.
func (n Number) Known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON prints the shortest digits that read back as the same float64.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Known() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads a number or null.
func (n *Number) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*n = Null
		return nil
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("read number %s: %w", b, err)
	}
	*n = Number(f)
	return nil
}

// An InputError is a mistake in what was given, not in the program: it says
// where, what is wrong, and what is wanted, in one line.
type InputError struct {
	File   string // empty when the mistake is in an option
	Row    int    // as a spreadsheet counts: the header is row 1; 0 when no row is to blame
	Column string // may be empty
	Option string // the option of the spec to blame, when no file is
	Wrong  string // what is wrong
	Want   string // what is wanted; may be empty
}

func (e *InputError) Error() string {
	var b bytes.Buffer
	sep := func(s string) {
		if b.Len() > 0 {
			b.WriteString(s)
		}
	}
	b.WriteString(e.File)
	if e.Option != "" {
		fmt.Fprintf(&b, "option %q", e.Option)
	}
	if e.Row > 0 {
		sep(": ")
		fmt.Fprintf(&b, "row %d", e.Row)
	}
	if e.Column != "" {
		if e.Row > 0 {
			b.WriteString(", ")
		} else {
			sep(": ")
		}
		fmt.Fprintf(&b, "column %q", e.Column)
	}
	sep(": ")
	b.WriteString(e.Wrong)
	if e.Want != "" {
		b.WriteString("; want ")
		b.WriteString(e.Want)
	}
	return b.String()
}

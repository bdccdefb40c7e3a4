// Package measure asks the questions of estimate: which verbs there are, which
// options each has, how options go together, and what an answer shows. The
// command line and the pages are two faces of it, so that the same question
// has the same rules, the same numbers and the same tables on both.
//
// A program that keeps questions has a [Question]: [Question.Check] says what
// is wrong with it before any data is read, [Run] answers it, and
// [Question.Command] writes it as one would type it. A program with a command
// line of its own begins an [Inquiry] on its flags.
//
// What is promised: a question that Check accepts fails for its data alone; an
// answer has everything its face shows, so that none looks into the families of
// estimate. Nothing in here opens a file: a [Source] does.
package measure

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"plumbline/estimate"
)

// A Verb is one kind of question.
type Verb struct {
	Name string // as one writes it after plumbline estimate
	Line string // what it answers, in one line
	// Least and Most are how many tables it is asked of.
	Least, Most int
	Options     []Option // in the order of their names
	begin       func() asking
}

// An Option is an entry in the flags of a verb, as a form needs it.
type Option struct {
	Name  string
	Usage string
	Kind  Kind
	// Value says in a word what it wants, as -h does: column, columns, file,
	// words, value and others.
	Value   string
	Default string   // as -h shows it; may be words
	Choices []string // when one of a few words is wanted
	Again   bool     // it may be given more than once
}

// File is the Value of an option that names a table.
const File = "file"

// asking is a verb while it is asked.
type asking interface {
	options(o *options)                // registers its options
	check(o *options, files int) error // how they go together
	answer(ctx context.Context, o *options, in Source, progress estimate.Progress) (*Answer, error)
}

var verbs = []Verb{
	{Name: "capture", Line: "how many people there are, from lists that overlap (multiple systems estimation)", Least: 1, Most: 1, begin: func() asking { return &captureAsk{} }},
	{Name: "survey", Line: "a share, mean, total, ratio or quantile from a sample drawn by design", Least: 1, Most: 1, begin: func() asking { return &surveyAsk{} }},
	{Name: "change", Line: "whether something changed between two rounds, and by how much", Least: 0, Most: 2, begin: func() asking { return &changeAsk{} }},
	{Name: "series", Line: "what an event did to a series, such as monthly visits (interrupted time series)", Least: 1, Most: 1, begin: func() asking { return &seriesAsk{} }},
	{Name: "survival", Line: "how long until something happens, when some are lost from sight before", Least: 1, Most: 1, begin: func() asking { return &survivalAsk{} }},
	{Name: "respondent", Line: "shares of a population whose members recruited each other (respondent-driven sampling)", Least: 1, Most: 1, begin: func() asking { return &respondentAsk{} }},
}

// Verbs returns the verbs with their options.
func Verbs() []Verb {
	out := slices.Clone(verbs)
	for i := range out {
		out[i].Options = begin(out[i], newFlags(out[i])).options.table()
	}
	return out
}

// VerbNamed returns one of [Verbs].
func VerbNamed(name string) (Verb, bool) {
	for _, v := range verbs {
		if v.Name == name {
			v.Options = begin(v, newFlags(v)).options.table()
			return v, true
		}
	}
	return Verb{}, false
}

// Option returns the option of a name.
func (v Verb) Option(name string) (Option, bool) {
	i := slices.IndexFunc(v.Options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		return Option{}, false
	}
	return v.Options[i], true
}

func newFlags(v Verb) *flag.FlagSet {
	f := flag.NewFlagSet("estimate "+v.Name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// An Inquiry is a verb whose options are being set in a set of flags.
type Inquiry struct {
	verb    Verb
	asking  asking
	options *options
}

func begin(v Verb, flags *flag.FlagSet) *Inquiry {
	q := &Inquiry{v, v.begin(), &options{FlagSet: flags, choices: map[string][]string{}, again: map[string]bool{}}}
	q.options.common()
	q.asking.options(q.options)
	return q
}

// Begin registers the options of a verb in flags, which the caller parses.
func (v Verb) Begin(flags *flag.FlagSet) *Inquiry { return begin(v, flags) }

// Check says how the options that were set go together, and with so many
// tables. It refuses with a [Refusal].
func (q *Inquiry) Check(files int) error {
	if v := q.verb; files < v.Least || files > v.Most {
		return &Refusal{Wrong: fmt.Sprintf("%s is given %d tables", v.Name, files), Want: tables(v.Least, v.Most)}
	}
	return q.options.blame(q.asking.check(q.options, files))
}

func tables(least, most int) string {
	switch {
	case least == most && least == 1:
		return "one table"
	case least == most:
		return fmt.Sprintf("%d tables", least)
	}
	return fmt.Sprintf("%d to %d tables", least, most)
}

// Answer answers an inquiry that Check accepts. A mistake in a table is an
// [estimate.InputError], one in an option a [Refusal]; data that do not
// determine a number are an answer with No.
func (q *Inquiry) Answer(ctx context.Context, in Source, progress estimate.Progress) (*Answer, error) {
	a, err := q.asking.answer(ctx, q.options, in, progress)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, q.options.blame(err)
	}
	return a, nil
}

// A Source opens the tables that a question is asked of.
type Source struct {
	Files []string // their names, in order
	// Open reads a table: one of Files, or one that the question names, such as
	// --margins. It keeps the named columns, or all when there are none.
	Open func(ctx context.Context, name string, columns []string) (*estimate.Table, error)
}

// An Answer is what was found and how it is shown.
type Answer struct {
	Result estimate.Result // what all answers share
	Full   any             // the whole of it, for JSON
	Plots  []Plot          // the first is the answer in a picture; there may be none
	Sheet  Sheet
	No     bool // the data do not determine an answer
}

// A Plot is a picture with a name that tells the plots of an answer apart.
type Plot struct {
	Name string
	estimate.Plot
}

// A Refusal is a question that is not answered as it stands.
type Refusal struct {
	Option string // the option to blame; empty when it is none
	Wrong  string
	Want   string // may be empty
	Hint   string // what could be done; may be empty
	No     bool   // the question is sound, and the answer is that it must not be answered
	Err    error  // what it rests on; may be nil
}

func (r *Refusal) Error() string {
	text := r.Wrong
	if r.Option != "" {
		text = "--" + r.Option + ": " + text
	}
	if r.Want != "" {
		text += "; want " + r.Want
	}
	return text
}

func (r *Refusal) Unwrap() error { return r.Err }

// blame names the option when a mistake is in one.
func (o *options) blame(err error) error {
	var e *estimate.InputError
	if !errors.As(err, &e) || e.Option == "" || e.File != "" {
		return err
	}
	name := strings.ReplaceAll(e.Option, " ", "-")
	if o.Lookup(name) == nil {
		return err
	}
	return &Refusal{Option: name, Wrong: e.Wrong, Want: e.Want, Err: err}
}

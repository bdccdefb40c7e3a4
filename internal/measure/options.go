package measure

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
)

// options are the flags of a verb: the one table that a command line, its -h
// and a form come from.
type options struct {
	*flag.FlagSet
	choices map[string][]string
	again   map[string]bool

	// What every verb can be asked.
	level             float64
	definition, among string
}

func (o *options) common() {
	o.Float64Var(&o.level, "level", 0.95, "how often intervals should hold the truth")
	o.StringVar(&o.definition, "definition", "", "`words` for what is measured, for the result")
	o.StringVar(&o.among, "among", "", "`words` for among whom, where and when, for the result")
}

// choice registers an option that wants one of a few words, which its usage
// ends with. The families refuse others.
func (o *options) choice(p *string, name, value, usage string, choices ...string) {
	last := len(choices) - 1
	o.StringVar(p, name, value, usage+strings.Join(choices[:last], ", ")+" or "+choices[last])
	o.choices[name] = choices
}

// Names are names with commas between, as a flag.
type Names []string

func (n *Names) String() string { return strings.Join(*n, ",") }

// Set adds names.
func (n *Names) Set(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			return fmt.Errorf("a name is empty in %q", s)
		}
		*n = append(*n, part)
	}
	return nil
}

// Get returns the names.
func (n *Names) Get() any { return []string(*n) }

func (o *options) list(p *[]string, name, usage string) {
	o.Var((*Names)(p), name, usage)
}

// says sets the default that -h shows, where that of the flag only means that
// it was not given.
func (o *options) says(name, value string) { o.Lookup(name).DefValue = value }

// given reports whether an option was set.
func (o *options) given(name string) bool {
	found := false
	o.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// refuseZero refuses options that are given as 0, which would otherwise mean
// that they were not.
func (o *options) refuseZero(names ...string) error {
	for _, name := range names {
		if v, err := strconv.ParseFloat(o.Lookup(name).Value.String(), 64); err == nil && v == 0 && o.given(name) {
			return &Refusal{Option: name, Wrong: "it is 0", Want: "a number above that, or no --" + name}
		}
	}
	return nil
}

// unreadable says which value of an option cannot be read.
func unreadable(f *flag.Flag, value string, err error) error {
	r := &Refusal{Option: f.Name, Wrong: fmt.Sprintf("cannot read %q", value), Err: err}
	switch kindOf(f) {
	case Whole:
		r.Want = "a whole number"
	case Decimal:
		r.Want = "a number with a point for decimals"
	case Given:
		r.Want = "true or false"
	default: // a reader of ours, which says more
		r.Wrong = err.Error()
	}
	return r
}

// A Kind is what the value of an option is read as.
type Kind string

const (
	Given   Kind = "given" // it is given or not, and has no value
	Whole   Kind = "whole"
	Decimal Kind = "decimal"
	Text    Kind = "text"
	Several Kind = "several" // names with commas between
)

func kindOf(f *flag.Flag) Kind {
	g, ok := f.Value.(flag.Getter)
	if !ok {
		return Text
	}
	switch g.Get().(type) {
	case bool:
		return Given
	case int, uint64:
		return Whole
	case float64:
		return Decimal
	case []string:
		return Several
	}
	return Text
}

// table lists the options.
func (o *options) table() []Option {
	var out []Option
	o.VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		x := Option{Name: f.Name, Usage: usage, Value: value, Kind: kindOf(f), Choices: o.choices[f.Name], Again: o.again[f.Name]}
		if f.DefValue != "0" && f.DefValue != "false" {
			x.Default = f.DefValue
		}
		out = append(out, x)
	})
	return out
}

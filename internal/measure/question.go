package measure

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"plumbline/estimate"
)

// A Question is a verb with its options, each as one writes it on a command
// line and in one piece: --y=minor, --slope.
type Question struct {
	Verb    string   `json:"verb"`
	Options []string `json:"options"`
}

// Ask makes a question of pairs of an option and its value. An empty value
// leaves the option out; "true" gives an option that has no value.
func Ask(verb string, pairs ...[2]string) Question {
	q := Question{Verb: verb, Options: []string{}}
	v, _ := VerbNamed(verb)
	for _, p := range pairs {
		o, known := v.Option(p[0])
		switch {
		case p[1] == "":
		case known && o.Kind == Given && p[1] == "true":
			q.Options = append(q.Options, "--"+p[0])
		default:
			q.Options = append(q.Options, "--"+p[0]+"="+p[1])
		}
	}
	return q
}

// Values returns what an option is given, "true" where it stands without a value.
func (q Question) Values(option string) []string {
	var out []string
	for _, text := range q.Options {
		if name, value := cutOption(text); name == option {
			out = append(out, value)
		}
	}
	return out
}

// Named returns the names of the tables that options name, such as --margins,
// beside those that the question is asked of.
func (q Question) Named() []string {
	var out []string
	v, _ := VerbNamed(q.Verb)
	for _, o := range v.Options {
		if o.Value == File {
			out = append(out, q.Values(o.Name)...)
		}
	}
	return out
}

func cutOption(text string) (name, value string) {
	name, value, found := strings.Cut(strings.TrimPrefix(text, "--"), "=")
	if !found {
		value = "true"
	}
	return name, value
}

// Command is the question as one would type it.
func (q Question) Command(files ...string) string {
	words := []string{"plumbline", "estimate", q.Verb}
	// What begins with a hyphen would be taken for an option after all.
	for _, f := range files {
		if strings.HasPrefix(f, "-") && f != "-" {
			f = "./" + f
		}
		words = append(words, f)
	}
	words = append(words, q.Options...)
	for i, w := range words {
		words[i] = quoted(w)
	}
	return strings.Join(words, " ")
}

// quoted writes a word so that a shell takes it as it is.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./,:=+@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// inquiry sets the options.
func (q Question) inquiry() (*Inquiry, error) {
	i := slices.IndexFunc(verbs, func(v Verb) bool { return v.Name == q.Verb })
	if i < 0 {
		return nil, &Refusal{Wrong: fmt.Sprintf("there is no kind of question %q", q.Verb)}
	}
	in := begin(verbs[i], newFlags(verbs[i]))
	for _, text := range q.Options {
		name, value := cutOption(text)
		f := in.options.Lookup(name)
		switch {
		case !strings.HasPrefix(text, "--") || f == nil:
			return nil, &Refusal{Wrong: fmt.Sprintf("there is no option %s", text)}
		case !strings.Contains(text, "=") && kindOf(f) != Given:
			return nil, &Refusal{Option: name, Wrong: "it has no value"}
		}
		if err := in.options.Set(name, value); err != nil {
			return nil, unreadable(f, value, err)
		}
	}
	return in, nil
}

// Check says what is wrong with the question, asked of so many tables, before
// any is read. It refuses with a [Refusal].
func (q Question) Check(files int) error {
	in, err := q.inquiry()
	if err != nil {
		return err
	}
	return in.Check(files)
}

// Run answers a question. Progress may be nil.
func Run(ctx context.Context, q Question, in Source, progress estimate.Progress) (*Answer, error) {
	inquiry, err := q.inquiry()
	if err != nil {
		return nil, err
	}
	if err := inquiry.Check(len(in.Files)); err != nil {
		return nil, err
	}
	return inquiry.Answer(ctx, in, progress)
}

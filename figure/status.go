package figure

import (
	"fmt"
	"slices"
	"strings"
)

// A Status is one thing that the rules say of a claim. A claim can have
// several: named, not read, and contested.
type Status struct {
	Code string `json:"code"` // one of Statuses
	Why  string `json:"why"`  // a sentence in English, for a file or a terminal
}

// The codes of a status. The first five say on what a claim rests; each claim
// has exactly one of them.
const (
	NoSource      = "no-source"       // the claimant names none
	OwnWord       = "own-word"        // the claimant's own knowledge, experience or argument
	SourceMissing = "source-missing"  // a note, link or document that is not there
	SourceNotRead = "source-not-read" // a source is named, and nobody has said that they read it
	SourceRead    = "source-read"

	Repeated     = "repeated"      // says again what another claim says
	Contested    = "contested"     // another claim contests it, or it contests another
	NoDefinition = "no-definition" // a number of what, is not said
	OpenTotal    = "open-total"    // a running total without a start or an area
	WordQuantity = "word-quantity" // many, most, few: a word and no number
	AbsenceClaim = "absence"       // that there was none, or none seen
)

// Statuses lists the codes in the order in which they are told.
func Statuses() []string {
	return []string{NoSource, OwnWord, SourceMissing, SourceNotRead, SourceRead, Repeated, Contested, NoDefinition, OpenTotal, WordQuantity, AbsenceClaim}
}

// Status returns what the rules say of a claim. doc/claims.md publishes the
// rules; they read the words of the columns and the links, and nothing else.
func (r *Register) Status(c *Claim) (list []Status) {
	for _, code := range Statuses() {
		if r.Has(c, code) {
			list = append(list, Status{Code: code, Why: r.why(c, code)})
		}
	}
	return list
}

// Has reports whether the rules give a claim the status with the code.
func (r *Register) Has(c *Claim, code string) bool {
	switch code {
	case Repeated:
		return slices.ContainsFunc(c.Links, func(l Link) bool { return l.How == Repeats })
	case Contested:
		return c.contested
	case NoDefinition:
		return c.Figure.Numeric() && c.Definition == ""
	case OpenTotal:
		return c.OpenTotal()
	case WordQuantity:
		return c.Figure.Form == Words
	case AbsenceClaim:
		return c.Figure.Form == Absence
	}
	return c.basis == code
}

func (r *Register) why(c *Claim, code string) string {
	switch code {
	case NoSource:
		return "names no source"
	case OwnWord:
		return "rests on the claimant's own word: " + c.Cited
	case SourceMissing:
		return "rests on something that cannot be looked up: " + c.Cited
	case SourceNotRead:
		return "names a source that nobody here has read: " + c.Cited
	case SourceRead:
		return fmt.Sprintf("names a source that was read (%s): %s", c.Read, c.Cited)
	case Repeated:
		return fmt.Sprintf("repeats %s, so both are one source", r.Root(c).ID)
	case Contested:
		return "stands against " + ids(r.Rivals(c))
	case NoDefinition:
		if c.Lacks != "" {
			return "does not say what is counted: " + c.Lacks
		}
		return "does not say what is counted"
	case OpenTotal:
		return "is a running total whose start is not told: " + c.Period
	case WordQuantity:
		return fmt.Sprintf("says %q and no number", c.Figure.Text)
	}
	return "says that there was none, or none that was seen"
}

// restsOn says on what a claim rests, by the words with which the register
// describes it.
func (c *Claim) restsOn() string {
	cited := strings.ToLower(c.Cited)
	begins := func(words ...string) bool {
		for _, w := range words {
			if rest, ok := strings.CutPrefix(cited, w); ok && (rest == "" || !isLetter(rest[0])) {
				return true
			}
		}
		return false
	}
	contains := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(cited, w) {
				return true
			}
		}
		return false
	}
	switch {
	case cited == "" || begins("none"):
		return NoSource
	case contains("not in the source", "link lost", "not published"):
		return SourceMissing
	case begins("own", "author", "first-person", "personal"):
		return OwnWord
	case c.Read != "":
		return SourceRead
	}
	return SourceNotRead
}

func isLetter(b byte) bool { return 'a' <= b && b <= 'z' }

// OpenTotal reports whether the figure is a running total without a start.
func (c *Claim) OpenTotal() bool {
	p := strings.ToLower(c.Period)
	return c.Figure.Numeric() && (strings.Contains(p, "start not stated") || strings.HasPrefix(p, "cumulative") && !strings.Contains(p, "from "))
}

func ids(claims []*Claim) string { return strings.Join(idList(claims), ", ") }

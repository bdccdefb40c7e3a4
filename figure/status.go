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

	Repeated         = "repeated"         // says again what another claim says
	Contested        = "contested"        // another claim contests it, or it contests another
	Reported         = "reported"         // the document reports what another said
	Characterisation = "characterisation" // says what the other side means or wants
	NoDefinition     = "no-definition"    // a number of what, is not said
	OpenTotal        = "open-total"       // a running total without a start or an area
	WordQuantity     = "word-quantity"    // many, most, few: a word and no number
	AbsenceClaim     = "absence"          // that there was none, or none seen

	Agrees     = "agrees"      // with a figure computed from this record
	Differs    = "differs"     // from one
	CannotTell = "cannot-tell" // the record was asked and has not what it takes

	Answered = "answered" // a reply of the claimant stands beside it
)

// bases are the statuses of which a claim has exactly one.
var bases = [...]string{NoSource, OwnWord, SourceMissing, SourceNotRead, SourceRead}

var statuses = append(bases[:], Repeated, Contested, Reported, Characterisation, NoDefinition, OpenTotal, WordQuantity, AbsenceClaim, Agrees, Differs, CannotTell, Answered)

// Statuses lists the codes in the order in which they are told.
func Statuses() []string { return slices.Clone(statuses) }

// A mark holds the statuses of a claim, a bit each in their order.
type mark uint32

// markOf returns the mark of the codes; a code that is none adds nothing.
func markOf(codes ...string) (m mark) {
	for _, code := range codes {
		if i := slices.Index(statuses, code); i >= 0 {
			m |= 1 << i
		}
	}
	return m
}

// Status returns what the rules say of a claim. doc/claims.md publishes the
// rules; they read the words of the columns, the links, and what checks gave.
func (r *Register) Status(c *Claim) (list []Status) {
	for i, code := range statuses {
		if r.marks[r.at[c.ID]]&(1<<i) != 0 {
			list = append(list, Status{Code: code, Why: r.why(c, code)})
		}
	}
	return list
}

// Has reports whether the rules give a claim the status with the code.
func (r *Register) Has(c *Claim, code string) bool { return r.marks[r.at[c.ID]]&markOf(code) != 0 }

// marks of a single status, found once.
var basisMarks = map[string]mark{NoSource: markOf(NoSource), OwnWord: markOf(OwnWord), SourceMissing: markOf(SourceMissing), SourceNotRead: markOf(SourceNotRead), SourceRead: markOf(SourceRead)}

var (
	repeatedMark, reportedMark, sidedMark, undefinedMark = markOf(Repeated), markOf(Reported), markOf(Characterisation), markOf(NoDefinition)
	totalMark, wordMark, absenceMark, contestedMark      = markOf(OpenTotal), markOf(WordQuantity), markOf(AbsenceClaim), markOf(Contested)
)

// markOf computes all statuses of a claim but whether it is contested, which
// its rivals decide too.
func (r *Register) markOf(c *Claim) mark {
	m := basisMarks[c.basis]
	add := func(is bool, what mark) {
		if is {
			m |= what
		}
	}
	for _, l := range c.Links {
		add(l.How == Repeats, repeatedMark)
	}
	add(c.reported, reportedMark)
	add(c.Unit == "characterisation", sidedMark)
	add(c.Figure.Numeric() && c.Definition == "", undefinedMark)
	add(c.OpenTotal(), totalMark)
	add(c.Figure.Form == Words, wordMark)
	add(c.Figure.Form == Absence, absenceMark)
	for _, k := range r.Checks(c) {
		m |= markOf(string(k.Result))
	}
	add(r.beside.Answered[c.ID], markOf(Answered))
	return m
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
	case Reported:
		if n := c.Reporters(); n > 1 {
			return fmt.Sprintf("comes at %d removes: %s", n, c.Claimant)
		}
		return "comes at one remove: " + c.Claimant
	case Characterisation:
		return "says what others mean or want; it is kept apart from what they wrote"
	case NoDefinition:
		if c.Lacks != "" {
			return "does not say what is counted: " + c.Lacks
		}
		return "does not say what is counted"
	case OpenTotal:
		return "is a running total whose start is not told: " + c.Period
	case WordQuantity:
		return fmt.Sprintf("says %q and no number", c.Figure.Text)
	case AbsenceClaim:
		return "says that there was none, or none that was seen"
	case Answered:
		return "has been answered by who says that they made it; nobody has checked who they are"
	}
	var said []string
	for _, k := range r.Checks(c) {
		if string(k.Result) == code {
			said = append(said, k.why())
		}
	}
	return strings.Join(said, " ")
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
	if !c.Figure.Numeric() {
		return false
	}
	p := strings.ToLower(c.Period)
	return (strings.Contains(p, "start not stated") || strings.HasPrefix(p, "cumulative") && !strings.Contains(p, "from "))
}

func ids(claims []*Claim) string { return strings.Join(idList(claims), ", ") }

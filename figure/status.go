package figure

import (
	"fmt"
	"regexp"
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
	OpenTotal        = "open-total"       // a running total without a start, an area or whose cases
	WordQuantity     = "word-quantity"    // many, most, few: a word and no number
	AbsenceClaim     = "absence"          // that there was none, or none seen

	Agrees     = "agrees"      // with a figure computed from this record
	Differs    = "differs"     // from one
	CannotTell = "cannot-tell" // the record was asked and has not what it takes

	Answered = "answered" // a reply of the claimant stands beside it

	MixesAdults     = "mixes-adults"     // counts trafficked people, and adults who consent among them
	MayMixAdults    = "may-mix-adults"   // counts trafficked people, and does not leave them out
	PartnersCases   = "partners-cases"   // holds cases that the claimant did not lead
	Hedged          = "hedged"           // the claimant limits it
	OneStory        = "one-story"        // tells of one person
	PositionClaim   = "position"         // what somebody stands for
	PolicyClaim     = "policy"           // what should be done
	EndingMeasured  = "ending-measured"  // that something has stopped, with a measure and dates
	EndingStated    = "ending-stated"    // that something has stopped, without them
	Parked          = "parked"           // a charge without a name, a fact or a source
	ChallengeUnread = "challenge-unread" // contests a claim whose source nobody here has read
	CitationWrong   = "citation-fault"   // something is wrong with how it names its source
)

// bases are the statuses of which a claim has exactly one.
var bases = [...]string{NoSource, OwnWord, SourceMissing, SourceNotRead, SourceRead}

var statuses = slices.Concat(bases[:], Grades(), []string{Repeated, Contested, Reported, Characterisation, NoDefinition, OpenTotal, WordQuantity, AbsenceClaim,
	Agrees, Differs, CannotTell, Answered, MixesAdults, MayMixAdults, PartnersCases, Hedged, OneStory, PositionClaim, PolicyClaim, EndingMeasured, EndingStated,
	Parked, ChallengeUnread, CitationWrong})

// Statuses lists the codes in the order in which they are told.
func Statuses() []string { return slices.Clone(statuses) }

// A mark holds the statuses of a claim, a bit each in their order.
type mark uint64

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

// marks of a single status, found once: a register asks a million times.
var single = func() map[string]mark {
	all := map[string]mark{}
	for _, code := range statuses {
		all[code] = markOf(code)
	}
	return all
}()

var contestedMark, unreadMark, faultMark = markOf(Contested), markOf(ChallengeUnread), markOf(CitationWrong)

// ownMark computes what the rules say of a claim by itself.
func (c *Claim) ownMark() (m mark) {
	add := func(is bool, code string) {
		if is {
			m |= single[code]
		}
	}
	if g := c.Grade(); g.Code != "" {
		m |= single[g.Code]
	}
	for _, l := range c.Links {
		add(l.How == Repeats, Repeated)
	}
	add(c.Reporters() > 0, Reported)
	add(c.Is(KindView), Characterisation)
	add(c.Figure.Numeric() && c.Definition == "", NoDefinition)
	add(c.OpenTotal(), OpenTotal)
	add(c.Figure.Form == Words, WordQuantity)
	add(c.Figure.Form == Absence, AbsenceClaim)
	mixes, may := c.mixes()
	add(mixes, MixesAdults)
	add(may, MayMixAdults)
	add(slices.ContainsFunc(c.Attribution, func(a string) bool { return a != "lead" }), PartnersCases)
	add(c.Hedge != "", Hedged)
	add(c.Story != "", OneStory)
	add(c.Is(KindPosition), PositionClaim)
	add(c.Is(KindPolicy), PolicyClaim)
	return m
}

// markOf computes the statuses of a claim that its sources, its checks and its
// replies decide; links are followed later.
func (r *Register) markOf(c *Claim) mark {
	basis := r.basisOf(c)
	m := c.own | single[basis]
	if basis == NoSource && c.Is(KindCharge) {
		m |= single[Parked]
	}
	if len(r.checks) > 0 {
		for _, k := range r.Checks(c) {
			m |= single[string(k.Result)]
		}
	}
	if r.beside.Answered[c.ID] {
		m |= single[Answered]
	}
	return m
}

// countsTrafficked are words of a count of trafficked people, and the others
// what leaves adults who consent out of it, or lets them in.
var (
	countsTrafficked = regexp.MustCompile(`trafficked|trafficking victim|victims? of (sex )?trafficking|cases? of trafficking|trafficking survivor`)
	countsPeople     = regexp.MustCompile(`people|person|women|children|girl|boy|adult|minor|victim|survivor|case`)
	leavesOut        = regexp.MustCompile(`under 18|minor|coerc|force|threat|violence|against (her|his|their) will`)
	letsIn           = regexp.MustCompile(`consensual|consenting|voluntar|by choice|any(one)? (in )?(paid sex|prostitution)`)
	onlyChildren     = regexp.MustCompile(`minor|child|girl|under 18`)
	adultsToo        = regexp.MustCompile(`women|adult|combined`)
)

// mixes reports whether a count of trafficked people holds adults who consent,
// or does not say that it leaves them out: by what was noted, or else by the
// words of the population and the definition.
func (c *Claim) mixes() (does, may bool) {
	if c.Figure.Form == NoFigure || !countsPeople.MatchString(strings.ToLower(c.Unit)) {
		return false, false
	}
	population, definition := strings.ToLower(c.Population+" "+c.Unit), strings.ToLower(c.Definition)
	if !countsTrafficked.MatchString(population) {
		return false, false
	}
	switch {
	case strings.HasPrefix(c.Adults, "included"):
		return true, false
	case strings.HasPrefix(c.Adults, "left out"):
		return false, false
	case letsIn.MatchString(population) || letsIn.MatchString(definition):
		return true, false
	}
	children := onlyChildren.MatchString(population) && !adultsToo.MatchString(population)
	return false, !children && !leavesOut.MatchString(definition)
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
		return fmt.Sprintf("names a source that was read (%s): %s", r.read(c), c.Cited)
	case Counted, Sampled, Modelled, Witnessed, PartShown, NoBasis:
		return c.Grade().why(c)
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
		return "is a running total, and this is not told: " + strings.Join(c.untold(), ", ")
	case WordQuantity:
		return fmt.Sprintf("says %q and no number", c.Figure.Text)
	case AbsenceClaim:
		return "says that there was none, or none that was seen"
	case Answered:
		return "has been answered by who says that they made it; nobody has checked who they are"
	case MixesAdults:
		if c.Adults != "" {
			return "counts trafficked people, and adults who consent among them: " + c.Adults
		}
		return "counts trafficked people, and its own words let adults who consent in"
	case MayMixAdults:
		return "counts trafficked people, and nothing says that adults who consent are left out"
	case PartnersCases:
		return "holds cases that the claimant did not lead: " + strings.Join(c.Attribution, ", ")
	case Hedged:
		return "is limited by who makes it: " + c.Hedge
	case OneStory:
		return "tells of one person, n = 1; chosen by: " + c.Story
	case PositionClaim:
		return "says what its holder stands for"
	case PolicyClaim:
		return "says what should be done; the claims it rests on: " + string(r.Evidence(c).State)
	case EndingMeasured:
		return "says that something has stopped, with a measure and dates"
	case EndingStated:
		return "says that something has stopped and gives no measure with dates, so it is a statement"
	case Parked:
		return "is a charge without a name, a fact or a source; it is kept out of the record of facts"
	case ChallengeUnread:
		return "contests what rests on a source that nobody here has read: " + ids(r.unread(c))
	case CitationWrong:
		var said []string
		for _, f := range r.FaultsOf(c) {
			said = append(said, f.Text)
		}
		return "something is wrong or missing in how it names its source: " + strings.Join(said, "; ")
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

// OpenTotal reports whether the figure is a running total without a start, an
// end, an area, or whose cases it holds.
func (c *Claim) OpenTotal() bool { return len(c.untold()) > 0 }

// untold lists what a running total does not tell.
func (c *Claim) untold() (list []string) {
	p := strings.ToLower(c.Period)
	if !c.Figure.Numeric() || !strings.HasPrefix(p, "cumulative") && !strings.Contains(p, "start not stated") {
		return nil
	}
	if strings.Contains(p, "start not stated") || !strings.Contains(p, "from ") {
		list = append(list, "start")
	}
	if c.Span().Until.IsZero() {
		list = append(list, "end")
	}
	if c.Place == "" || strings.Contains(c.Place, "not stated") || strings.Contains(c.Place, "not named") {
		list = append(list, "area")
	}
	if len(c.Attribution) == 0 {
		list = append(list, "own or partners' cases")
	}
	return list
}

func ids(claims []*Claim) string { return strings.Join(idList(claims), ", ") }

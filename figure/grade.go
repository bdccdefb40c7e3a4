package figure

import (
	"regexp"
	"slices"
	"strings"
)

// The grades of method. A claim that gives a number has exactly one of them.
const (
	Counted   = "counted"    // from records that are named
	Sampled   = "sampled"    // from a sample with its size, its way and its range
	Modelled  = "estimated"  // by a rule from something, with a range
	Witnessed = "witnessed"  // by one who saw or lived it
	PartShown = "part-shown" // a way is named, and not all of it that a reader needs
	NoBasis   = "no-basis"   // no way is shown at all
)

// Grades lists them, from the one that shows most.
func Grades() []string {
	return []string{Counted, Sampled, Modelled, Witnessed, PartShown, NoBasis}
}

// A Grade says how much a claim shows of how its figure was made. It says
// nothing about how near the truth the figure is.
type Grade struct {
	Code  string   `json:"code"`            // one of Grades; empty for a claim without a number
	Lacks []string `json:"lacks,omitempty"` // what is not told: parts of a method, "definition", "period"
}

// dated are units of a figure that is a date.
var dated = regexp.MustCompile(`^(year|month)\b`)

// Grade returns the grade of method of the claim's figure. What it needs
// follows from the way in which it was made (see makings); whatever the way,
// a count needs a definition of what is counted, an estimate its date, and a
// running total what [Claim.OpenTotal] asks for.
func (c *Claim) Grade() (g Grade) {
	switch {
	case !c.Figure.Numeric() || dated.MatchString(c.Unit):
		return Grade{}
	case c.Method == nil:
		return Grade{Code: NoBasis}
	}
	way := makings[slices.Index(Makings(), c.Method.By)]
	for _, part := range way.needs {
		// A range of the figure itself tells how far it can be off.
		if c.Method.Parts[part] == "" && !(part == "range" && c.Figure.Form == Range) {
			g.Lacks = append(g.Lacks, part)
		}
	}
	if c.Definition == "" && way.by != "witness" {
		g.Lacks = append(g.Lacks, "definition")
	}
	if way.by == "estimate" && !c.Span().Known() {
		g.Lacks = append(g.Lacks, "date")
	}
	if c.OpenTotal() {
		g.Lacks = append(g.Lacks, "period")
	}
	if g.Code = way.grade; len(g.Lacks) > 0 {
		g.Code = PartShown
	}
	return g
}

// why says a grade in an English sentence.
func (g Grade) why(c *Claim) string {
	switch g.Code {
	case NoBasis:
		return "gives a figure and shows no way in which it was found"
	case PartShown:
		return "shows part of how its figure was made (" + c.Method.String() + "); not told: " + strings.Join(g.Lacks, ", ")
	}
	return "shows how its figure was made: " + c.Method.String()
}

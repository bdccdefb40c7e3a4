package figure

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Claim is one statement of a published document, in the register's words.
// Once a register holds it, it is not changed any more: a correction is another
// Claim with its id.
type Claim struct {
	ID         string   `json:"id"`
	Claimant   string   `json:"claimant"` // "as reported by" and "quoted by" show the chain
	Document   string   `json:"document"`
	Source     string   `json:"source,omitempty"` // a short name of the document
	Locator    string   `json:"locator"`          // where in the document
	Text       string   `json:"text"`
	Figure     Quantity `json:"figure"`
	Unit       string   `json:"unit,omitempty"`
	Population string   `json:"population,omitempty"`
	Place      string   `json:"place,omitempty"`
	Period     string   `json:"period,omitempty"`
	Definition string   `json:"definition,omitempty"` // of what is counted; empty when the claim gives none
	Lacks      string   `json:"lacks,omitempty"`      // what is missing of the definition
	Cited      string   `json:"cited,omitempty"`      // the source that the claimant names
	Read       string   `json:"read,omitempty"`       // who has read that source, and when
	Links      []Link   `json:"links,omitempty"`
	Notes      string   `json:"notes,omitempty"`
	Reading

	// What the first register that holds the claim finds out, and the others use.
	folded string // what words are looked for in
	grams  grams  // of it
	basis  string // on what it rests, one of bases
	badly  string // the fault in the words with which it names its source
	own    mark   // what the rules say of it by itself, whatever stands beside it
}

// A How says how a claim stands to another.
type How string

const (
	Supports  How = "supports"
	Contests  How = "contests"
	Qualifies How = "qualifies"
	Repeats   How = "repeats"      // says again what the other said: one source, not two
	Derives   How = "derives"      // is computed from the other
	Same      How = "same_episode" // tells of the same event: never counted twice
)

// Hows lists all of them.
func Hows() []How { return []How{Supports, Contests, Qualifies, Repeats, Derives, Same} }

// A Link leads from a claim to another. Supports, contests and qualifies
// compare contents: the writers need not have read each other.
type Link struct {
	How How    `json:"how"`
	To  string `json:"to"`
	Why string `json:"why,omitempty"`
}

// Columns of a register as CSV. A file has the first five, and any of the
// others, in any order.
var Columns = []string{"claim_id", "claimant", "document", "locator", "paraphrase",
	"source_id", "figure", "unit", "population", "place", "period", "definition_given", "cited_source", "source_read", "stance_target", "notes",
	"kind", "about", "method", "attribution", "adults", "hedge", "story", "when", "doubt", "cites", "words", "own_words"}

const (
	neededColumns = 5
	readingFrom   = 16 // the place of the first column of a Reading
)

// MaxField bounds one field of a claim, in characters.
const MaxField = 4000

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// notIDs are words that stand in the place of an id in addresses of pages.
var notIDs = []string{"new", "import", "compare", "map", "sources", "citations", "words", "about", "positions", "policy", "parked"}

// A Fault is what is wrong with one field of a claim.
type Fault struct {
	Claim  string // the id of the claim; empty when that is what is wrong
	Column string // one of Columns
	Code   string // the kind of mistake, for who tells it in other words: empty, text, long, formula, id, figure, unit, definition, link, no_claim, itself, twice, circle, and those of a Reading
	Got    string
	Wrong  string // in English
	Want   string // in English
}

func (f *Fault) Error() string {
	text := "column \"" + f.Column + "\": " + f.Wrong + "; want " + f.Want
	if f.Claim != "" {
		text = "claim " + f.Claim + ", " + text
	}
	return text
}

// NewClaim makes a claim of its fields, each as a CSV file of claims has it. It
// returns a *Fault when a field cannot be. Whether its links lead anywhere, the
// register says that takes it up.
func NewClaim(field func(column string) string) (*Claim, error) {
	get := func(column string) string { return strings.TrimSpace(field(column)) }
	c := &Claim{ID: get("claim_id"), Claimant: get("claimant"), Document: get("document"), Source: get("source_id"), Locator: get("locator"),
		Text: get("paraphrase"), Unit: get("unit"), Population: get("population"), Place: get("place"), Period: get("period"),
		Cited: get("cited_source"), Read: get("source_read"), Notes: get("notes")}
	bad := func(column, code, got, wrong, want string) (*Claim, error) {
		f := &Fault{Column: column, Code: code, Got: got, Wrong: wrong, Want: want}
		if column != "claim_id" {
			f.Claim = c.ID
		}
		return nil, f
	}
	for i, column := range Columns {
		text := get(column)
		switch {
		case text == "" && i < neededColumns:
			return bad(column, "empty", "", "is empty", "a claim says who says what, where")
		case len(text) > MaxField && utf8.RuneCountInString(text) > MaxField:
			return bad(column, "long", fmt.Sprint(utf8.RuneCountInString(text)), "is too long", fmt.Sprintf("at most %d characters", MaxField))
		case !readable(text):
			return bad(column, "text", "", "holds characters that do not print", "readable text in UTF-8")
		case runs(text) && column != "figure":
			return bad(column, "formula", text[:1], fmt.Sprintf("begins with %q, which a spreadsheet would run", text[:1]), "a text that begins with a letter or a digit")
		}
	}
	if !idForm.MatchString(c.ID) || slices.Contains(notIDs, strings.ToLower(c.ID)) || strings.HasSuffix(c.ID, ".json") {
		return bad("claim_id", "id", c.ID, fmt.Sprintf("%q is no id", c.ID), "up to 64 letters, digits, dots, hyphens and underscores, such as C-12")
	}
	var err error
	if c.Figure, err = ParseQuantity(get("figure")); err != nil {
		return bad("figure", "figure", get("figure"), err.Error(), "a number, a bound such as >500, ~12, 5-6, a date, \"words: many\", or none")
	}
	if c.Figure.Numeric() && c.Unit == "" {
		return bad("unit", "unit", "", "is empty beside a figure", "what is counted")
	}
	switch given, what, _ := strings.Cut(get("definition_given"), ":"); given {
	case "yes":
		if c.Definition = strings.TrimSpace(what); c.Definition == "" {
			return bad("definition_given", "definition", given, "says yes without the definition", "\"yes: …\", \"no\" or \"no: what is missing\"")
		}
	case "no":
		c.Lacks = strings.TrimSpace(what)
	case "":
	default:
		return bad("definition_given", "definition", given, fmt.Sprintf("%q", given), "\"yes: …\", \"no\" or \"no: what is missing\"")
	}
	for _, part := range splitLinks(get("stance_target")) {
		l, fault := ParseLink(part)
		if fault == nil && l.To == c.ID {
			fault = itself
		}
		if fault == nil && c.linked(l) {
			fault = &Fault{Code: "twice", Wrong: fmt.Sprintf("%q stands twice", strings.TrimSpace(part)), Want: "each link once"}
		}
		if fault != nil {
			return bad("stance_target", fault.Code, strings.TrimSpace(part), fault.Wrong, fault.Want)
		}
		c.Links = append(c.Links, l)
	}
	r, fault := newReading(get)
	if fault != nil {
		return bad(fault.Column, fault.Code, fault.Got, fault.Wrong, fault.Want)
	}
	c.Reading = r
	return c, nil
}

// splitLinks cuts a list of links, one a line or with semicolons between. A
// semicolon in a reason cuts nothing.
func splitLinks(text string) (parts []string) {
	for line := range strings.SplitSeq(text, "\n") {
		for i, part := range strings.Split(line, ";") {
			how, _, _ := strings.Cut(part, ":")
			switch n := len(parts); {
			case strings.TrimSpace(part) == "":
			case i > 0 && n > 0 && strings.Contains(strings.TrimSpace(parts[n-1]), " ") && !slices.Contains(Hows(), How(strings.TrimSpace(how))):
				parts[n-1] += ";" + part
			default:
				parts = append(parts, part)
			}
		}
	}
	return parts
}

var itself = &Fault{Code: "itself", Wrong: "the claim is linked to itself", Want: "another claim"}

// ParseLink reads a link such as "contests:C-1", with its reason after a space
// when there is one.
func ParseLink(text string) (Link, *Fault) {
	how, to, _ := strings.Cut(strings.TrimSpace(text), ":")
	to, why, _ := strings.Cut(strings.TrimSpace(to), " ")
	l := Link{How: How(strings.TrimSpace(how)), To: to, Why: strings.TrimSpace(why)}
	if !slices.Contains(Hows(), l.How) || l.To == "" {
		return l, &Fault{Code: "link", Wrong: fmt.Sprintf("%q", strings.TrimSpace(text)), Want: "links such as contests:C-1; supports:C-2, with one of " + howNames()}
	}
	return l, nil
}

func (l Link) String() string { return strings.TrimSpace(string(l.How) + ":" + l.To + " " + l.Why) }

// linked reports whether the claim has a link of the kind to the same claim.
func (c *Claim) linked(l Link) bool {
	return slices.ContainsFunc(c.Links, func(old Link) bool { return old.How == l.How && old.To == l.To })
}

// readable reports whether every database, file and page can hold a text: it
// is UTF-8, without control characters and without those that turn the
// direction of what comes after them.
func readable(text string) bool {
	for _, r := range text {
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || r == '\u202d' || r == '\u202e' {
			return false
		}
	}
	return true
}

// runs reports whether a spreadsheet would take a text for a formula.
func runs(text string) bool {
	return text != "" && (strings.ContainsRune("=+@", rune(text[0])) || len(text) > 1 && text[0] == '-' && text[1] != ' ')
}

// Field returns a field as a CSV file of claims has it. The reasons of links,
// for which such a file has no place, are left out.
func (c *Claim) Field(column string) string {
	switch column {
	case "claim_id":
		return c.ID
	case "claimant":
		return c.Claimant
	case "document":
		return c.Document
	case "locator":
		return c.Locator
	case "paraphrase":
		return c.Text
	case "source_id":
		return c.Source
	case "figure":
		return c.Figure.Column()
	case "unit":
		return c.Unit
	case "population":
		return c.Population
	case "place":
		return c.Place
	case "period":
		return c.Period
	case "definition_given":
		switch {
		case c.Definition != "":
			return "yes: " + c.Definition
		case c.Lacks != "":
			return "no: " + c.Lacks
		}
		return "no"
	case "cited_source":
		return c.Cited
	case "source_read":
		return c.Read
	case "notes":
		return c.Notes
	case "stance_target":
	default:
		return c.Reading.field(column)
	}
	var links []string
	for _, l := range c.Links {
		links = append(links, string(l.How)+":"+l.To)
	}
	return strings.Join(links, "; ")
}

// Same reports whether two claims say the same in every field, and are linked
// in the same way for the same reasons.
func (c *Claim) Same(other *Claim) bool {
	return !slices.ContainsFunc(Columns, func(column string) bool { return column != "stance_target" && c.Field(column) != other.Field(column) }) &&
		slices.Equal(c.Links, other.Links)
}

// Reporters returns how many stand between who said it and the document's
// reader, by the words of the claimant: "Sainsbury, quoted by Thrupkaew, quoted
// by Burkhalter" are two.
func (c *Claim) Reporters() (n int) {
	text := strings.ToLower(c.Claimant)
	for _, word := range []string{"reported by", "quoted by", "cited by", "linked by", "quoted in"} {
		n += strings.Count(text, word)
	}
	return n
}

func howNames() string {
	var names []string
	for _, h := range Hows() {
		names = append(names, string(h))
	}
	return strings.Join(names, ", ")
}

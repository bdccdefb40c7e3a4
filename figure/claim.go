package figure

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"plumbline/estimate"
)

// A Claim is one statement of a published document, in the register's words.
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

	basis     string // on what it rests, one of the first five statuses
	contested bool   // by a link in either direction
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

// A Register holds claims. The zero value holds none.
type Register struct {
	Claims []*Claim // in the order of the file
	byID   map[string]*Claim
	to     map[string][]*Claim // the claims with a link to this one
}

// Claim returns the claim with the id, or nil.
func (r *Register) Claim(id string) *Claim { return r.byID[id] }

// Columns of a register as CSV. A file has the first five, and any of the
// others, in any order.
var Columns = []string{"claim_id", "claimant", "document", "locator", "paraphrase",
	"source_id", "figure", "unit", "population", "place", "period", "definition_given", "cited_source", "source_read", "stance_target", "notes"}

const neededColumns = 5

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// maxClaims bounds a register, so that a wrong file is refused early.
const maxClaims = 1_000_000

// ReadClaims reads a register as CSV; name is for its errors. It refuses a
// column it does not know, an id twice, a field without which a claim is none,
// a figure it cannot read, a link to nothing, a claim linked to itself, and a
// circle of "derives" or "repeats".
func ReadClaims(r io.Reader, name string) (*Register, error) {
	t, err := estimate.ReadTable(r, name, estimate.ReadOptions{MaxBytes: 1 << 30, MaxRows: maxClaims})
	if err != nil {
		return nil, err
	}
	columns, err := claimColumns(t, name)
	if err != nil {
		return nil, err
	}
	reg := &Register{byID: make(map[string]*Claim, t.Rows())}
	for i := range t.Rows() {
		field := func(column string) string {
			if c := columns[column]; c != nil {
				return strings.TrimSpace(c[i])
			}
			return ""
		}
		c, err := readClaim(t, i, field)
		if err != nil {
			return nil, err
		}
		if reg.byID[c.ID] != nil {
			return nil, t.Bad(i, "claim_id", fmt.Sprintf("%q stands in an earlier row too", c.ID), "one row a claim")
		}
		reg.byID[c.ID] = c
		reg.Claims = append(reg.Claims, c)
	}
	if err := reg.link(t); err != nil {
		return nil, err
	}
	return reg, nil
}

func claimColumns(t *estimate.Table, name string) (map[string][]string, error) {
	for _, c := range Columns[:neededColumns] {
		if !t.Has(c) {
			return nil, fmt.Errorf("%s: row 1: no column %q; want at least %s", name, c, strings.Join(Columns[:neededColumns], ", "))
		}
	}
	columns := map[string][]string{}
	for _, c := range t.Header() {
		if !slices.Contains(Columns, c) {
			return nil, fmt.Errorf("%s: row 1: column %q is not known; want some of %s", name, c, strings.Join(Columns, ", "))
		}
		text, err := t.Text(c)
		if err != nil {
			return nil, err
		}
		columns[c] = text
	}
	return columns, nil
}

func readClaim(t *estimate.Table, i int, field func(string) string) (*Claim, error) {
	for _, c := range Columns[:neededColumns] {
		if field(c) == "" {
			return nil, t.Bad(i, c, "is empty", "a claim says who says what, where")
		}
	}
	c := &Claim{ID: field("claim_id"), Claimant: field("claimant"), Document: field("document"), Source: field("source_id"), Locator: field("locator"),
		Text: field("paraphrase"), Unit: field("unit"), Population: field("population"), Place: field("place"), Period: field("period"),
		Cited: field("cited_source"), Read: field("source_read"), Notes: field("notes")}
	if !idForm.MatchString(c.ID) {
		return nil, t.Bad(i, "claim_id", fmt.Sprintf("%q is no id", c.ID), "up to 64 letters, digits, dots, hyphens and underscores")
	}
	var err error
	if c.Figure, err = ParseQuantity(field("figure")); err != nil {
		return nil, t.Bad(i, "figure", err.Error(), "a number, a bound such as >500, ~12, 5-6, a date, \"words: many\", or none")
	}
	if c.Figure.Numeric() && c.Unit == "" {
		return nil, t.Bad(i, "unit", "is empty beside a figure", "what is counted")
	}
	switch given, what, _ := strings.Cut(field("definition_given"), ":"); given {
	case "yes":
		if c.Definition = strings.TrimSpace(what); c.Definition == "" {
			return nil, t.Bad(i, "definition_given", "says yes without the definition", "\"yes: …\", \"no\" or \"no: what is missing\"")
		}
	case "no":
		c.Lacks = strings.TrimSpace(what)
	case "":
	default:
		return nil, t.Bad(i, "definition_given", fmt.Sprintf("%q", given), "\"yes: …\", \"no\" or \"no: what is missing\"")
	}
	for part := range strings.SplitSeq(field("stance_target"), ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		how, to, _ := strings.Cut(part, ":")
		l := Link{How: How(strings.TrimSpace(how)), To: strings.TrimSpace(to)}
		if !slices.Contains(Hows(), l.How) || l.To == "" {
			return nil, t.Bad(i, "stance_target", fmt.Sprintf("%q", part), "links such as contests:C-1; supports:C-2, with one of "+howNames())
		}
		if l.To == c.ID {
			return nil, t.Bad(i, "stance_target", "the claim is linked to itself", "another claim")
		}
		if slices.Contains(c.Links, l) {
			return nil, t.Bad(i, "stance_target", fmt.Sprintf("%q stands twice", part), "each link once")
		}
		c.Links = append(c.Links, l)
	}
	c.basis = c.restsOn()
	return c, nil
}

func howNames() string {
	var names []string
	for _, h := range Hows() {
		names = append(names, string(h))
	}
	return strings.Join(names, ", ")
}

// link ties the claims to each other, and refuses links that cannot be.
func (r *Register) link(t *estimate.Table) error {
	for i, c := range r.Claims {
		for _, l := range c.Links {
			if r.byID[l.To] == nil {
				return t.Bad(i, "stance_target", fmt.Sprintf("there is no claim %q", l.To), "the id of a claim in this file")
			}
		}
	}
	for _, how := range []How{Derives, Repeats} {
		if circle := r.circle(how); circle != nil {
			return t.Bad(slices.Index(r.Claims, circle[0]), "stance_target", fmt.Sprintf("%q goes in a circle: %s, %s", how, ids(circle), circle[0].ID), "links that lead to a beginning")
		}
	}
	r.index()
	return nil
}

// index notes who has a link to whom, and who is contested.
func (r *Register) index() {
	r.to = make(map[string][]*Claim, len(r.Claims))
	for _, c := range r.Claims {
		for _, l := range c.Links {
			if l.How == Contests {
				c.contested, r.byID[l.To].contested = true, true
			}
			if to := r.to[l.To]; len(to) == 0 || to[len(to)-1] != c {
				r.to[l.To] = append(to, c)
			}
		}
	}
}

// circle returns claims that lead to each other and back by one kind of link,
// from the first of the file on, or nil. It walks without recursion: a chain
// may be as long as the register.
func (r *Register) circle(how How) []*Claim {
	const walking, done = 1, 2
	state := map[*Claim]int{}
	for _, start := range r.Claims {
		type step struct {
			c    *Claim
			next int // of its links
		}
		var path []step
		if state[start] == 0 {
			path = append(path, step{c: start})
			state[start] = walking
		}
		for len(path) > 0 {
			top := &path[len(path)-1]
			if top.next == len(top.c.Links) {
				state[top.c] = done
				path = path[:len(path)-1]
				continue
			}
			l := top.c.Links[top.next]
			top.next++
			if l.How != how {
				continue
			}
			to := r.byID[l.To]
			switch state[to] {
			case walking:
				from := slices.IndexFunc(path, func(s step) bool { return s.c == to })
				var circle []*Claim
				for _, s := range path[from:] {
					circle = append(circle, s.c)
				}
				return circle
			case 0:
				state[to] = walking
				path = append(path, step{c: to})
			}
		}
	}
	return nil
}

// Linked returns the claims that have a link of a kind to the claim, in the
// order of the file.
func (r *Register) Linked(id string, how How) (from []*Claim) {
	for _, c := range r.to[id] {
		if slices.ContainsFunc(c.Links, func(l Link) bool { return l.To == id && l.How == how }) {
			from = append(from, c)
		}
	}
	return from
}

// Rivals returns the claims that contest this one or are contested by it, by
// id.
func (r *Register) Rivals(c *Claim) (rivals []*Claim) {
	rivals = r.Linked(c.ID, Contests)
	for _, l := range c.Links {
		if l.How == Contests && !slices.Contains(rivals, r.byID[l.To]) {
			rivals = append(rivals, r.byID[l.To])
		}
	}
	slices.SortFunc(rivals, func(a, b *Claim) int { return cmp.Compare(a.ID, b.ID) })
	return rivals
}

// Root returns where a chain of repetition begins: the claim itself when it
// repeats nobody. Who repeats several is followed along the first.
func (r *Register) Root(c *Claim) *Claim {
	for {
		i := slices.IndexFunc(c.Links, func(l Link) bool { return l.How == Repeats })
		if i < 0 {
			return c
		}
		c = r.byID[c.Links[i].To]
	}
}

var linkColumns = []string{"from", "how", "to", "why"}

// AddLinks reads links as CSV with the columns from, how, to, why, and adds
// them to the register; name is for its errors. It refuses what [ReadClaims]
// refuses, and then has added nothing.
func (r *Register) AddLinks(in io.Reader, name string) error {
	t, err := estimate.ReadTable(in, name, estimate.ReadOptions{MaxBytes: 1 << 28})
	if err != nil {
		return err
	}
	if !slices.Equal(t.Header(), linkColumns) {
		return fmt.Errorf("%s: row 1: columns %s; want %s", name, strings.Join(t.Header(), ","), strings.Join(linkColumns, ","))
	}
	columns := map[string][]string{}
	for _, c := range linkColumns {
		if columns[c], err = t.Text(c); err != nil {
			return err
		}
	}
	before := make([][]Link, len(r.Claims))
	for i, c := range r.Claims {
		before[i] = slices.Clip(c.Links)
	}
	undo := func() {
		for i, c := range r.Claims {
			c.Links = before[i]
		}
	}
	for i := range t.Rows() {
		if err := r.addLink(t, i, columns["from"][i], Link{How(columns["how"][i]), columns["to"][i], columns["why"][i]}); err != nil {
			undo()
			return err
		}
	}
	for _, how := range []How{Derives, Repeats} {
		if circle := r.circle(how); circle != nil {
			undo()
			return fmt.Errorf("%s: %q goes in a circle: %s, %s; want links that lead to a beginning", name, how, ids(circle), circle[0].ID)
		}
	}
	r.index()
	return nil
}

func (r *Register) addLink(t *estimate.Table, i int, from string, l Link) error {
	c := r.byID[from]
	switch {
	case c == nil:
		return t.Bad(i, "from", fmt.Sprintf("there is no claim %q", from), "the id of a claim")
	case !slices.Contains(Hows(), l.How):
		return t.Bad(i, "how", fmt.Sprintf("%q", l.How), "one of "+howNames())
	case r.byID[l.To] == nil:
		return t.Bad(i, "to", fmt.Sprintf("there is no claim %q", l.To), "the id of a claim")
	case l.To == from:
		return t.Bad(i, "to", "the claim is linked to itself", "another claim")
	case l.Why == "":
		return t.Bad(i, "why", "is empty", "the reason for the link")
	case slices.ContainsFunc(c.Links, func(old Link) bool { return old.How == l.How && old.To == l.To }):
		return t.Bad(i, "to", fmt.Sprintf("%s %s %s stands already", from, l.How, l.To), "each link once")
	}
	c.Links = append(c.Links, l)
	return nil
}

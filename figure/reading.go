package figure

import (
	"fmt"
	"slices"
	"strings"
)

// A Reading is what somebody who read the document noted of a claim beyond its
// figure and its source. All of it may be empty, which says nothing: a story
// whose chooser is not told is noted as "not told".
type Reading struct {
	Kinds       []string   `json:"kinds,omitempty"`       // some of Kinds
	About       []string   `json:"about,omitempty"`       // the projects or things that it tells of, each with the same name in every claim about it
	Method      *HowMade   `json:"method,omitempty"`      // how its figure was made, as far as the document shows it
	Attribution []string   `json:"attribution,omitempty"` // whose cases the figure holds, some of Attributions
	Adults      string     `json:"adults,omitempty"`      // whether adults who consent are in a count of trafficking: "included: …" or "left out: …"
	Hedge       string     `json:"hedge,omitempty"`       // the words by which the claimant limits it
	Story       string     `json:"story,omitempty"`       // one person's story: who chose it, or "not told"
	When        string     `json:"when,omitempty"`        // the best reading of its period, as ParseSpan takes it
	Doubt       string     `json:"doubt,omitempty"`       // why that reading may be wrong
	Cites       []Citation `json:"cites,omitempty"`       // the works that it names
	Uses        []WordUse  `json:"words,omitempty"`       // the words that it takes for what has a neutral name
	Own         string     `json:"own_words,omitempty"`   // a position in its holder's own words
}

// What sort of statement a claim is, where that decides how it is shown.
const (
	KindPosition = "position" // what somebody holds should be done, or stands for
	KindView     = "reading"  // what the other side is said to mean or want
	KindPolicy   = "policy"   // what should be done
	KindEnding   = "ending"   // that something has stopped
	KindCharge   = "charge"   // an accusation without a name or a fact that could be checked
)

// Kinds lists them.
func Kinds() []string { return []string{KindPosition, KindView, KindPolicy, KindEnding, KindCharge} }

// unitKinds are the kinds that the unit of a claim without a figure says.
var unitKinds = map[string][]string{"characterisation": {KindView}, "accusation": {KindCharge}, "statement of position": {KindPosition}, "policy position": {KindPosition, KindPolicy},
	"recommendation": {KindPolicy}, "end of a practice": {KindEnding}}

// Is reports whether a claim is of a kind, by its column or its unit.
func (c *Claim) Is(kind string) bool {
	return slices.Contains(c.Kinds, kind) || slices.Contains(unitKinds[c.Unit], kind)
}

// Attributions lists whose cases a figure can hold: those that the claimant
// led, supported, or only trained somebody for.
func Attributions() []string { return []string{"lead", "support", "trained"} }

// HowMade says how a figure was made, in parts that [Register.Grade] asks for.
type HowMade struct {
	By    string            `json:"by"` // one of Makings
	Parts map[string]string `json:"parts,omitempty"`
}

// makings are the ways in which a figure is made, each with what must be told
// of it before a reader can judge it.
var makings = []struct {
	by, grade string
	needs     []string
}{
	{"records", Counted, []string{"of"}},                    // counted from whose records
	{"sample", Sampled, []string{"size", "drawn", "range"}}, // how many were asked, how they were found, how far it can be off
	{"estimate", Modelled, []string{"from", "how", "range"}},
	{"witness", Witnessed, []string{"who"}}, // who saw it or lived it
}

// Makings lists the ways in which a figure is made.
func Makings() (list []string) {
	for _, m := range makings {
		list = append(list, m.by)
	}
	return list
}

// A Citation is one work that a claim names, and where.
type Citation struct {
	Note string `json:"note,omitempty"` // the mark of the note in the document: 7, vii
	Work string `json:"work,omitempty"` // the id of a source, "ibid.", or nothing when the note names no work
	Page string `json:"page,omitempty"`
}

// Ibid is a work that is named as the same as in the note before.
const Ibid = "ibid."

func (x Citation) String() string {
	text := x.Work
	if text == "" {
		text = "none"
	}
	if x.Note != "" {
		text = "note " + x.Note + ": " + text
	}
	if x.Page != "" {
		text += " p. " + x.Page
	}
	return text
}

// A WordUse is a word of a document, with the terms that say neutrally what it
// stands for; none when the document does not tell.
type WordUse struct {
	Word  string   `json:"word"`
	Terms []string `json:"terms,omitempty"`
}

func (w WordUse) String() string {
	if len(w.Terms) == 0 {
		return w.Word + " = not told"
	}
	return w.Word + " = " + strings.Join(w.Terms, "+")
}

// newReading reads the columns of a Reading.
func newReading(get func(string) string) (r Reading, fault *Fault) {
	r = Reading{Adults: get("adults"), Hedge: get("hedge"), Story: get("story"), When: get("when"), Doubt: get("doubt"), Own: get("own_words"), About: listed(get("about"))}
	bad := func(column, code, got, wrong, want string) (Reading, *Fault) {
		return Reading{}, &Fault{Column: column, Code: code, Got: got, Wrong: wrong, Want: want}
	}
	for _, closed := range []struct {
		column string
		into   *[]string
		words  []string
	}{{"kind", &r.Kinds, Kinds()}, {"attribution", &r.Attribution, Attributions()}} {
		*closed.into = listed(get(closed.column))
		for _, word := range *closed.into {
			if !slices.Contains(closed.words, word) {
				return bad(closed.column, "word", word, fmt.Sprintf("%q", word), "some of "+strings.Join(closed.words, ", ")+", with semicolons between")
			}
		}
	}
	if side, why, _ := strings.Cut(r.Adults, ":"); r.Adults != "" && (side != "included" && side != "left out" || strings.TrimSpace(why) == "") {
		return bad("adults", "adults", r.Adults, fmt.Sprintf("%q", r.Adults), "\"included: …\" or \"left out: …\", with where it is said")
	}
	if _, err := ParseSpan(r.When); err != nil {
		return bad("when", "when", r.When, err.Error(), "a date or two with a slash between, such as 2009-10, 2006~/2007 or ../2007")
	}
	if r.Method, fault = readMade(get("method")); fault != nil {
		return Reading{}, fault
	}
	for _, part := range listed(get("cites")) {
		x, ok := readCitation(part)
		if !ok {
			return bad("cites", "citation", part, fmt.Sprintf("%q", part), "the id of a source, ibid. or none, such as \"hrw-2002 p. 4\" or \"note vii: ibid.\"")
		}
		r.Cites = append(r.Cites, x)
	}
	for _, part := range listed(get("words")) {
		word, terms, ok := strings.Cut(part, "=")
		u := WordUse{Word: strings.TrimSpace(word)}
		if terms = strings.TrimSpace(terms); terms != "not told" {
			for t := range strings.SplitSeq(terms, "+") {
				u.Terms = append(u.Terms, strings.TrimSpace(t))
			}
		}
		i := slices.IndexFunc(u.Terms, func(t string) bool { return !slices.Contains(Terms(), t) })
		if !ok || u.Word == "" || i >= 0 {
			return bad("words", "words", part, fmt.Sprintf("%q", part), "a word and what it stands for, such as \"rescued = removed+placed\" or \"rescued = not told\", of "+strings.Join(Terms(), ", "))
		}
		r.Uses = append(r.Uses, u)
	}
	return r, nil
}

// listed cuts a list with semicolons between.
func listed(text string) (list []string) {
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(list, part) {
			list = append(list, part)
		}
	}
	return list
}

func readMade(text string) (*HowMade, *Fault) {
	if text == "" {
		return nil, nil
	}
	by, rest, _ := strings.Cut(text, ":")
	bad := func(wrong, want string) (*HowMade, *Fault) {
		return nil, &Fault{Column: "method", Code: "method", Got: text, Wrong: wrong, Want: want}
	}
	i := slices.Index(Makings(), strings.TrimSpace(by))
	if i < 0 {
		return bad(fmt.Sprintf("%q", by), "one of "+strings.Join(Makings(), ", ")+" and a colon")
	}
	m := &HowMade{By: makings[i].by, Parts: map[string]string{}}
	for _, part := range listed(rest) {
		name, value, _ := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !slices.Contains(makings[i].needs, name) || value == "" || m.Parts[name] != "" {
			return bad(fmt.Sprintf("%q", part), "each part once, such as \""+m.By+": "+makings[i].needs[0]+" = …\", of "+strings.Join(makings[i].needs, ", "))
		}
		m.Parts[name] = value
	}
	return m, nil
}

func (m *HowMade) String() string {
	if m == nil {
		return ""
	}
	var parts []string
	for _, name := range makings[slices.Index(Makings(), m.By)].needs {
		if v := m.Parts[name]; v != "" {
			parts = append(parts, name+" = "+v)
		}
	}
	if parts == nil {
		return m.By
	}
	return m.By + ": " + strings.Join(parts, "; ")
}

func readCitation(text string) (x Citation, ok bool) {
	if rest, noted := strings.CutPrefix(text, "note "); noted {
		if x.Note, text, ok = strings.Cut(rest, ":"); !ok || strings.TrimSpace(x.Note) == "" {
			return x, false
		}
		x.Note, text = strings.TrimSpace(x.Note), strings.TrimSpace(text)
	}
	work, page, paged := strings.Cut(text, " p. ")
	x.Work, x.Page = strings.TrimSpace(work), strings.TrimSpace(page)
	switch {
	case paged && x.Page == "":
		return x, false
	case x.Work == "none":
		x.Work = ""
		return x, x.Note != "" && x.Page == ""
	case x.Work == Ibid:
		return x, x.Note != ""
	}
	return x, idForm.MatchString(x.Work)
}

// field returns a column as a CSV file of claims has it.
func (r *Reading) field(column string) string {
	var list []string
	switch column {
	case "kind":
		list = r.Kinds
	case "about":
		list = r.About
	case "method":
		return r.Method.String()
	case "attribution":
		list = r.Attribution
	case "adults":
		return r.Adults
	case "hedge":
		return r.Hedge
	case "story":
		return r.Story
	case "when":
		return r.When
	case "doubt":
		return r.Doubt
	case "cites":
		for _, x := range r.Cites {
			list = append(list, x.String())
		}
	case "words":
		for _, w := range r.Uses {
			list = append(list, w.String())
		}
	case "own_words":
		return r.Own
	}
	return strings.Join(list, "; ")
}

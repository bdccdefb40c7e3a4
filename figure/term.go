package figure

import (
	"cmp"
	"slices"
	"strings"
)

// Terms lists the neutral names for what disputed words stand for: first what
// happens to people, then what is done, then people. A word of a document is
// kept as its own and tied to one or more of these.
func Terms() []string {
	return []string{"met", "removed", "agreed", "placed", "left", "held", "deported", "operation",
		"person", "adult-selling-sex", "trafficked-person", "child", "accused-person", "convicted-person", "third-party"}
}

// A WordOf is a word that documents use for a term.
type WordOf struct {
	Word   string
	Claims []*Claim // that use it so
}

// A TermUse is a term with the words that stand for it.
type TermUse struct {
	Term  string // empty: words of which no document tells what they stand for
	Words []WordOf
}

// TermUses returns each term with the words of the documents, the most used
// first, and last the words whose meaning is not told.
func (r *Register) TermUses() []TermUse { return r.termUses.get(r.gatherTerms) }

func (r *Register) gatherTerms() (list []TermUse) {
	of := map[string]map[string][]*Claim{}
	for _, c := range r.Claims {
		for _, u := range c.Uses {
			terms := u.Terms
			if len(terms) == 0 {
				terms = []string{""}
			}
			for _, t := range terms {
				if of[t] == nil {
					of[t] = map[string][]*Claim{}
				}
				of[t][u.Word] = append(of[t][u.Word], c)
			}
		}
	}
	for _, t := range append(Terms(), "") {
		use := TermUse{Term: t}
		for word, claims := range of[t] {
			use.Words = append(use.Words, WordOf{word, claims})
		}
		slices.SortFunc(use.Words, func(a, b WordOf) int {
			return cmp.Or(cmp.Compare(len(b.Claims), len(a.Claims)), cmp.Compare(strings.ToLower(a.Word), strings.ToLower(b.Word)))
		})
		list = append(list, use)
	}
	return list
}

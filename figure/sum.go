package figure

import (
	"math"
	"regexp"
	"strconv"
)

// A Sum is what figures of claims add up to, or why they may not be added.
type Sum struct {
	Comparison
	Added    bool     `json:"added"`
	NotAdded []Reason `json:"not_added"` // why not, beyond what is refused in a line
	Unit     string   `json:"unit,omitempty"`
	Sum      Quantity `json:"sum"`
}

// notCounts are units whose figures are no counts: a share of a share, an age
// or a year is not added to another.
var notCounts = regexp.MustCompile(`(?i)^(per cent|percent|share|rate|rank|years?\b|months?\b|month created|issue|point|.*\b(per|average|mean|median|maximum|minimum|youngest|oldest)\b)`)

// Sum adds the figures of two or more claims. It refuses whatever [Register.Compare]
// refuses, what is no count, and figures that may hold the same people: of one
// place, or of places that are not told, over periods that meet or are not told.
// Bounds add up to bounds.
func (r *Register) Sum(claims []*Claim) (Sum, error) {
	compared, err := r.Compare(claims)
	if err != nil {
		return Sum{}, err
	}
	s := Sum{Comparison: compared, NotAdded: []Reason{}, Sum: Quantity{Form: NoFigure}}
	refuse := func(code, text string, which ...*Claim) {
		s.NotAdded = append(s.NotAdded, Reason{Code: code, Text: text, Claims: idList(which)})
	}
	var rates []*Claim
	for _, c := range claims {
		if c.Figure.Numeric() && notCounts.MatchString(c.Unit) {
			rates = append(rates, c)
		}
	}
	if rates != nil {
		refuse("not-a-count", "is no count: shares, ages, ranks and years are not added", rates...)
	}
	for i, a := range claims {
		for _, b := range claims[:i] {
			if mayOverlap(a, b) {
				refuse("overlap", "may hold the same people: the places are not told apart, and the periods meet or are not told", b, a)
			}
		}
	}
	if s.Added = s.Comparable && len(s.NotAdded) == 0; s.Added {
		s.Unit, s.Sum = claims[0].Unit, addUp(claims)
	}
	return s, nil
}

// mayOverlap reports whether two counts can hold the same people, as far as
// their places and periods tell.
func mayOverlap(a, b *Claim) bool {
	if a.Place != "" && b.Place != "" && a.Place != b.Place && !vague.MatchString(a.Place) && !vague.MatchString(b.Place) {
		return false
	}
	p, q := a.Span(), b.Span()
	apart := func(p, q Span) bool { return !p.Until.IsZero() && !q.From.IsZero() && !p.Until.After(q.From) }
	return !apart(p, q) && !apart(q, p)
}

// vague are places that may hold each other.
var vague = regexp.MustCompile(`(?i)not (stated|named|given|limited)|worldwide|elsewhere|implied|countries|international|online|asia|africa|europe|america\b`)

// addUp adds figures of which each is a number or has bounds. They are counts,
// so that none is below nothing.
func addUp(claims []*Claim) Quantity {
	q := Quantity{}
	about, more, less := false, false, false
	for _, c := range claims {
		f := c.Figure
		q.Low, q.High = q.Low+max(f.Low, 0), q.High+f.High
		about, more, less = about || f.Form == About, more || f.Form == MoreThan, less || f.Form == LessThan
	}
	open, low, high := math.IsInf(q.High, 1), strconv.FormatFloat(q.Low, 'f', -1, 64), strconv.FormatFloat(q.High, 'f', -1, 64)
	set := func(form Form, text string) { q.Form, q.Text = form, text }
	switch {
	case about && q.Low == q.High:
		set(About, "~"+low)
	case about && open:
		set(Words, "more than about "+low)
	case about:
		set(Words, "about "+low+" to "+high)
	case open && more:
		set(MoreThan, ">"+low)
	case open:
		set(AtLeast, ">="+low)
	case q.Low == q.High && q.Low == 0:
		set(Absence, "0")
	case q.Low == q.High:
		set(Exact, low)
	case q.Low == 0 && less:
		set(LessThan, "<"+high)
	case q.Low == 0:
		set(AtMost, "<="+high)
	default:
		set(Range, low+"-"+high)
	}
	return q
}

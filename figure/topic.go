package figure

import (
	"cmp"
	"slices"
	"strings"
)

// A Topic is a project or a thing of which several claims tell: how long it
// lasted by each, how its figures were revised, and what they count.
type Topic struct {
	Name     string
	Claims   []*Claim // by the end of their period; those without one last
	Lengths  []Length // in years, as told
	Conflict bool     // the lengths differ
	Breaks   []Break  // where a figure cannot be read as a revision of the one before it
}

// Break returns the break before a claim, or nil when it can be read as a
// revision of the figure before it, or none is.
func (s *Topic) Break(claim string) *Break {
	if i := slices.IndexFunc(s.Breaks, func(b Break) bool { return b.To == claim }); i >= 0 {
		return &s.Breaks[i]
	}
	return nil
}

// A Length is how many years a claim says that its subject lasted.
type Length struct {
	Claim string  `json:"claim"`
	Years float64 `json:"years"`
}

// A Break stands between two figures that follow each other.
type Break struct {
	From    string   `json:"from"`
	To      string   `json:"to"`
	Reasons []Reason `json:"reasons"`
}

// TopicNames returns the names of what claims tell of, with how many do, in
// the order of the names.
func (r *Register) TopicNames() (names []string, claims map[string]int) {
	claims = map[string]int{}
	for name, of := range r.allTopics() {
		names, claims[name] = append(names, name), len(of)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	return names, claims
}

// allTopics returns the claims about each project or thing.
func (r *Register) allTopics() map[string][]*Claim {
	return r.topics.get(func() map[string][]*Claim {
		all := map[string][]*Claim{}
		for _, c := range r.Claims {
			for _, name := range c.About {
				all[name] = append(all[name], c)
			}
		}
		return all
	})
}

// Topic gathers what is claimed of one project or thing, and false when no
// claim is about it. Figures follow each other by date; where [Register.Compare]
// refuses to set two that follow each other in one line, there is a break and
// no revision.
func (r *Register) Topic(name string) (s Topic, found bool) {
	s.Name = name
	s.Claims = slices.Clone(r.allTopics()[name])
	spans := make(map[*Claim]Span, len(s.Claims))
	for _, c := range s.Claims {
		spans[c] = c.Span()
	}
	slices.SortStableFunc(s.Claims, func(a, b *Claim) int {
		x, y := spans[a], spans[b]
		if x.Until.IsZero() != y.Until.IsZero() {
			if x.Until.IsZero() {
				return 1
			}
			return -1
		}
		return x.Until.Compare(y.Until)
	})
	var last *Claim
	for _, c := range s.Claims {
		if years, told := c.Length(); told {
			s.Lengths = append(s.Lengths, Length{c.ID, years})
			s.Conflict = s.Conflict || years != s.Lengths[0].Years
		}
		if !c.Figure.Numeric() {
			continue
		}
		if last != nil {
			if compared, err := r.Compare([]*Claim{last, c}); err == nil && !compared.Comparable {
				s.Breaks = append(s.Breaks, Break{last.ID, c.ID, compared.Refused})
			}
		}
		last = c
	}
	return s, len(s.Claims) > 0
}

package figure

import (
	"cmp"
	"slices"
)

// An EvidenceState says what the claims behind a statement of policy come to.
type EvidenceState string

const (
	EvidenceNone      EvidenceState = "none"      // no claim is linked as a ground
	EvidenceDiffers   EvidenceState = "differs"   // a ground was held against the record, and differs
	EvidenceContested EvidenceState = "contested" // the statement or a ground is contested
	EvidenceAgrees    EvidenceState = "agrees"    // a ground was held against the record, and agrees
	EvidenceRead      EvidenceState = "read"      // a ground names a source that was read here
	EvidenceUnread    EvidenceState = "unread"    // a ground names a source that nobody here has read
	EvidenceNoSource  EvidenceState = "no-source" // no ground names a source that can be looked up
)

// Values lists the states, in the order in which the first that holds is taken.
func (EvidenceState) Values() []string {
	return []string{string(EvidenceNone), string(EvidenceDiffers), string(EvidenceContested), string(EvidenceAgrees), string(EvidenceRead), string(EvidenceUnread), string(EvidenceNoSource)}
}

// Evidence is a statement with the claims that it rests on.
type Evidence struct {
	Claim   string        `json:"claim"`
	State   EvidenceState `json:"state"`
	Grounds []string      `json:"grounds"` // claims that support it, or that it is computed from
	Against []string      `json:"against"` // claims that contest it, or that it contests
}

// Evidence returns the state of the evidence behind a statement, computed from
// the claims that are linked to it. One that only holds the same opinion is a
// ground too: its own basis, or the lack of it, then decides.
func (r *Register) Evidence(c *Claim) Evidence {
	grounds := r.Linked(c.ID, Supports)
	for _, l := range c.Links {
		if other := r.Claim(l.To); (l.How == Derives || l.How == Supports) && !slices.Contains(grounds, other) {
			grounds = append(grounds, other)
		}
	}
	slices.SortFunc(grounds, func(a, b *Claim) int { return cmp.Compare(a.ID, b.ID) })
	e := Evidence{Claim: c.ID, Grounds: append([]string{}, idList(grounds)...), Against: append([]string{}, idList(r.Rivals(c))...), State: EvidenceNone}
	if len(grounds) == 0 {
		return e
	}
	any := func(code string) bool {
		return slices.ContainsFunc(grounds, func(g *Claim) bool { return r.Has(g, code) })
	}
	switch {
	case any(Differs):
		e.State = EvidenceDiffers
	case r.Has(c, Contested) || any(Contested):
		e.State = EvidenceContested
	case any(Agrees):
		e.State = EvidenceAgrees
	case any(SourceRead):
		e.State = EvidenceRead
	case any(SourceNotRead):
		e.State = EvidenceUnread
	default:
		e.State = EvidenceNoSource
	}
	return e
}

// A Stand is a position with how others read it.
type Stand struct {
	*Claim
	Readings []*Claim // claims of others that say what its holder means or wants, tied to it
}

// Stands returns the positions of the register with their readings, and the
// readings that are tied to no claim: nobody can hold those against what was
// said.
func (r *Register) Stands() (stands []Stand, untied []*Claim) {
	for i, c := range r.Claims {
		if r.marks[i]&single[PositionClaim] != 0 {
			s := Stand{Claim: c}
			for _, other := range r.tied(c) {
				if other.Is(KindView) && other.Claimant != c.Claimant {
					s.Readings = append(s.Readings, other)
				}
			}
			stands = append(stands, s)
		}
		if r.marks[i]&single[Characterisation] != 0 && len(r.tied(c)) == 0 {
			untied = append(untied, c)
		}
	}
	return stands, untied
}

// tied returns the claims to which there is a link, in either direction.
func (r *Register) tied(c *Claim) (list []*Claim) {
	at := r.at[c.ID]
	for _, row := range [][]int32{r.to.of(at), r.from.of(at)} {
		for _, i := range row {
			if other := r.Claims[i]; !slices.Contains(list, other) {
				list = append(list, other)
			}
		}
	}
	return list
}

// Marked returns the claims that have a status, in their order.
func (r *Register) Marked(code string) (list []*Claim) {
	m := single[code]
	for i, c := range r.Claims {
		if r.marks[i]&m != 0 {
			list = append(list, c)
		}
	}
	return list
}

// ending says whether a claim that something has stopped is more than a
// statement: it needs dates with an end, and a figure with a definition and a
// way in which it was found, of its own or of a claim that supports it.
func (r *Register) ending(c *Claim) mark {
	measured := func(m *Claim) bool {
		g := m.Grade().Code
		return g != "" && g != NoBasis && m.Definition != ""
	}
	if s := c.Span(); !s.From.IsZero() && !s.Until.IsZero() && (measured(c) || slices.ContainsFunc(r.Linked(c.ID, Supports), measured)) {
		return single[EndingMeasured]
	}
	return single[EndingStated]
}

// unread returns the claims that a claim contests and whose source nobody here
// has read.
func (r *Register) unread(c *Claim) (list []*Claim) {
	for _, l := range c.Links {
		if other := r.Claim(l.To); l.How == Contests && r.Has(other, SourceNotRead) {
			list = append(list, other)
		}
	}
	return list
}

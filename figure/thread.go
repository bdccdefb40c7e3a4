package figure

import (
	"cmp"
	"slices"
)

// A Step is one link of a thread.
type Step struct {
	From     string `json:"from"`
	How      How    `json:"how"`
	To       string `json:"to"`
	Why      string `json:"why,omitempty"`
	Distance int    `json:"distance"` // links from the claim asked for to the nearer end, plus one
}

// A Thread is a claim with what it is tied to, nearest first.
type Thread struct {
	Claim    string   `json:"claim"`
	Root     string   `json:"root"`     // where its repetition begins: itself when it repeats nobody
	Tellings []string `json:"tellings"` // all that repeat that root or tell of the same episode: one source or event
	Steps    []Step   `json:"steps"`
	Cut      bool     `json:"cut,omitempty"` // there is more than MaxSteps
}

// Thread follows links in both directions, at most depth links far; none of
// the claims can be left out by who disagrees.
func (r *Register) Thread(c *Claim, depth int) Thread {
	th := Thread{Claim: c.ID, Root: r.Root(c).ID, Tellings: []string{}, Steps: []Step{}}
	for _, t := range r.Tellings(c) {
		th.Tellings = append(th.Tellings, t.ID)
	}
	seen := map[*Claim]bool{c: true}
	taken := map[Step]bool{}
	near := []*Claim{c}
	for d := 1; d <= depth && len(near) > 0; d++ {
		var next []*Claim
		reach := func(from *Claim, l Link, other *Claim) {
			key := Step{From: from.ID, How: l.How, To: l.To}
			if !taken[key] {
				taken[key] = true
				th.Steps = append(th.Steps, Step{from.ID, l.How, l.To, l.Why, d})
			}
			if !seen[other] {
				seen[other] = true
				next = append(next, other)
			}
		}
		for _, at := range near {
			if len(th.Steps) >= MaxSteps {
				th.Cut = true
				return th
			}
			for _, l := range at.Links {
				reach(at, l, r.Claim(l.To))
			}
			for _, i := range r.from.of(r.at[at.ID]) {
				from := r.Claims[i]
				for _, l := range from.Links {
					if l.To == at.ID {
						reach(from, l, from)
					}
				}
			}
		}
		near = next
	}
	return th
}

// MaxSteps is about how many steps a thread is followed, so that it is told
// in time; a thread that is longer says that it was cut.
const MaxSteps = 1000

// Tellings returns the claims that are one with this: those that repeat the
// same root, and those that tell of the same episode, however many links lie
// between. Alone, a claim is its own telling.
func (r *Register) Tellings(c *Claim) []*Claim {
	one := func(h How) bool { return h == Repeats || h == Same }
	seen := map[*Claim]bool{c: true}
	list := []*Claim{c}
	for i := 0; i < len(list); i++ {
		for _, l := range list[i].Links {
			if to := r.Claim(l.To); one(l.How) && !seen[to] {
				seen[to] = true
				list = append(list, to)
			}
		}
		for _, at := range r.from.of(r.at[list[i].ID]) {
			if from := r.Claims[at]; !seen[from] && slices.ContainsFunc(from.Links, func(l Link) bool { return l.To == list[i].ID && one(l.How) }) {
				seen[from] = true
				list = append(list, from)
			}
		}
	}
	slices.SortFunc(list, func(a, b *Claim) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Distinct returns one claim of each telling, in the order given: five
// citations of one origin are one source, two stories of one event one event.
func (r *Register) Distinct(claims []*Claim) (distinct []*Claim) {
	seen := map[*Claim]bool{}
	for _, c := range claims {
		if seen[c] {
			continue
		}
		for _, t := range r.Tellings(c) {
			seen[t] = true
		}
		distinct = append(distinct, c)
	}
	return distinct
}

// A Quarrel says how claims of one stand to claims of another.
type Quarrel struct {
	Who   string
	Whom  string
	Pairs [][2]string // the ids of the claims: this one contests, supports or repeats that
}

// Quarrels returns who contests whom, or supports or repeats, by claimant,
// document or whatever name returns, the most frequent first.
func (r *Register) Quarrels(how How, name func(*Claim) string) (list []Quarrel) {
	at := map[[2]string]int{}
	for i, c := range r.Claims {
		for j, l := range c.Links {
			if l.How != how {
				continue
			}
			pair := [2]string{name(c), name(r.Claims[r.to.of(int32(i))[j]])}
			n, ok := at[pair]
			if !ok {
				n, at[pair] = len(list), len(list)
				list = append(list, Quarrel{Who: pair[0], Whom: pair[1]})
			}
			list[n].Pairs = append(list[n].Pairs, [2]string{c.ID, l.To})
		}
	}
	slices.SortStableFunc(list, func(a, b Quarrel) int {
		return cmp.Or(cmp.Compare(len(b.Pairs), len(a.Pairs)), cmp.Compare(a.Who, b.Who), cmp.Compare(a.Whom, b.Whom))
	})
	return list
}

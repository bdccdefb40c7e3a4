package figure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A Register holds claims with all that follows from them. It is never
// changed: what is corrected or added makes another. The zero value holds none.
type Register struct {
	Claims []*Claim // in their order

	beside    Beside
	checks    map[string][]ClaimCheck
	at        map[string]int32 // the place of each claim, by its id
	to        rows             // the places of what a claim has links to, as its links are
	from      rows             // the places of what has links to it, each once
	marks     []mark
	grams     []grams // of each claim, beside each other: to follow a pointer takes longer than to look
	documents []Document
	sources   map[string]*Source
	faults    []CitationFault // in the order of the claims

	// What few ask for is gathered when it is first asked for.
	topics    once[map[string][]*Claim]
	termUses  once[[]TermUse]
	sourceUse once[[]SourceUse]
}

// once holds what is computed at most once, by whoever asks first.
type once[T any] struct {
	sync.Once
	value T
}

func (o *once[T]) get(compute func() T) T {
	o.Do(func() { o.value = compute() })
	return o.value
}

// Beside is what is known of claims and is not in them.
type Beside struct {
	Checks   []ClaimCheck
	Answered map[string]bool // claims beside which a reply of their claimant stands
	Sources  []*Source       // the documents, and the works that they cite
}

// rows holds lists of places end to end: a hundred thousand small slices would
// take longer to make than all else.
type rows struct {
	start []int32
	list  []int32
}

func (r rows) of(i int32) []int32 { return r.list[r.start[i]:r.start[i+1]] }

// NewRegister makes a register of claims in their order. It returns a *Fault
// when two have one id, a link leads to nothing, or "derives" or "repeats" goes
// in a circle.
func NewRegister(claims []*Claim, beside Beside) (*Register, error) {
	r := &Register{Claims: claims, beside: beside, at: make(map[string]int32, len(claims)), checks: map[string][]ClaimCheck{}, grams: make([]grams, len(claims)), sources: make(map[string]*Source, len(beside.Sources))}
	for i, c := range claims {
		if _, twice := r.at[c.ID]; twice {
			return nil, &Fault{Claim: c.ID, Column: "claim_id", Code: "id_twice", Got: c.ID, Wrong: fmt.Sprintf("%q stands in an earlier row too", c.ID), Want: "one row a claim"}
		}
		r.at[c.ID] = int32(i)
		if c.folded == "" {
			c.folded = strings.ToLower(strings.Join([]string{c.ID, c.Claimant, c.Text, c.Place, c.Population, c.Unit, c.Period}, " "))
			c.grams.add(c.folded)
			c.basis, c.badly, c.own = c.restsOn(), c.namesBadly(), c.ownMark()
		}
		r.grams[i] = c.grams
	}
	if err := r.tie(); err != nil {
		return nil, err
	}
	for _, how := range []How{Derives, Repeats} {
		if circle := r.circle(how); circle != nil {
			text := ids(circle) + ", " + circle[0].ID
			return nil, &Fault{Claim: circle[0].ID, Column: "stance_target", Code: "circle", Got: text, Wrong: fmt.Sprintf("%q goes in a circle: %s", how, text), Want: "links that lead to a beginning"}
		}
	}
	for _, c := range beside.Checks {
		r.checks[c.Claim] = append(r.checks[c.Claim], c)
	}
	for _, s := range beside.Sources {
		r.sources[s.ID] = s
	}
	r.mark()
	return r, nil
}

// With returns the register with claims that take the place of those with
// their ids, or come after all, and with what stands beside them.
func (r *Register) With(claims []*Claim, beside Beside) (*Register, error) {
	list := slices.Grow(slices.Clone(r.Claims), len(claims))
	for _, c := range claims {
		if at, known := r.at[c.ID]; known {
			list[at] = c
		} else {
			list = append(list, c)
		}
	}
	return NewRegister(list, beside)
}

// Beside returns what stands beside the claims.
func (r *Register) Beside() Beside { return r.beside }

// Place returns at which place of the register a claim stands, from 0; -1 when
// it has none with the id.
func (r *Register) Place(id string) int {
	if at, ok := r.at[id]; ok {
		return int(at)
	}
	return -1
}

// tie finds what links lead to, and from where.
func (r *Register) tie() error {
	n := len(r.Claims)
	r.to.start, r.from.start = make([]int32, n+1), make([]int32, n+1)
	for i, c := range r.Claims {
		for _, l := range c.Links {
			to, ok := r.at[l.To]
			if !ok {
				return &Fault{Claim: c.ID, Column: "stance_target", Code: "no_claim", Got: l.To, Wrong: fmt.Sprintf("there is no claim %q", l.To), Want: "the id of a claim in this file or in the register"}
			}
			r.to.list = append(r.to.list, to)
		}
		r.to.start[i+1] = int32(len(r.to.list))
	}
	each := func(f func(from, to int32)) {
		for i := range int32(n) {
			row := r.to.of(i)
			for j, to := range row {
				if !slices.Contains(row[:j], to) {
					f(i, to)
				}
			}
		}
	}
	each(func(_, to int32) { r.from.start[to+1]++ })
	for i := range n {
		r.from.start[i+1] += r.from.start[i]
	}
	r.from.list = make([]int32, r.from.start[n])
	next := slices.Clone(r.from.start)
	each(func(from, to int32) {
		r.from.list[next[to]] = from
		next[to]++
	})
	return nil
}

// circle returns claims that lead to each other and back by one kind of link,
// from the first of the order on, or nil. It walks without recursion: a chain
// may be as long as the register.
func (r *Register) circle(how How) []*Claim {
	const walking, done = 1, 2
	state := make([]byte, len(r.Claims))
	type step struct {
		at   int32
		next int // of its links
	}
	for start := range r.Claims {
		if state[start] != 0 {
			continue
		}
		path := []step{{at: int32(start)}}
		state[start] = walking
		for len(path) > 0 {
			top := &path[len(path)-1]
			links := r.Claims[top.at].Links
			if top.next == len(links) {
				state[top.at] = done
				path = path[:len(path)-1]
				continue
			}
			how2, to := links[top.next].How, r.to.of(top.at)[top.next]
			top.next++
			if how2 != how {
				continue
			}
			switch state[to] {
			case walking:
				from := slices.IndexFunc(path, func(s step) bool { return s.at == to })
				var circle []*Claim
				for _, s := range path[from:] {
					circle = append(circle, r.Claims[s.at])
				}
				return circle
			case 0:
				state[to] = walking
				path = append(path, step{at: to})
			}
		}
	}
	return nil
}

// Claim returns the claim with the id, or nil.
func (r *Register) Claim(id string) *Claim {
	if i, ok := r.at[id]; ok {
		return r.Claims[i]
	}
	return nil
}

// Linked returns the claims that have a link of a kind to the claim, in the
// order of the register.
func (r *Register) Linked(id string, how How) (from []*Claim) {
	at, ok := r.at[id]
	if !ok {
		return nil
	}
	for _, i := range r.from.of(at) {
		if c := r.Claims[i]; slices.ContainsFunc(c.Links, func(l Link) bool { return l.To == id && l.How == how }) {
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
		if other := r.Claim(l.To); l.How == Contests && !slices.Contains(rivals, other) {
			rivals = append(rivals, other)
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
		c = r.Claim(c.Links[i].To)
	}
}

// Checks returns what the latest check of each figure against the record gave
// for the claim, as the claim is now: a check of an earlier text is over.
func (r *Register) Checks(c *Claim) (list []ClaimCheck) {
	for _, k := range r.checks[c.ID] {
		if k.Of == c.Told() {
			list = append(list, k)
		}
	}
	return list
}

// Told returns the figure and its unit as the claim puts them; nothing when it
// has no figure.
func (c *Claim) Told() string {
	if c.Figure.Form == NoFigure {
		return ""
	}
	return strings.TrimSpace(c.Figure.Text + " " + c.Unit)
}

// A Query says which claims are looked for. Empty fields leave none out.
type Query struct {
	Document string // its short name, or its title
	Status   string // one of Statuses
	Text     string // words, all of which are in the claim
	After    string // the id that the page before ended with
	Limit    int
}

// Found is a page of what a query finds.
type Found struct {
	Claims []*Claim
	Total  int    // on all pages
	Next   string // the After of the next page; empty on the last
}

// Find returns a page of the claims that are looked for, in their order. A
// page begins after a claim also when that claim is none of them any more.
func (r *Register) Find(q Query) (f Found) {
	words := strings.Fields(strings.ToLower(q.Text))
	var asked grams
	for _, w := range words {
		asked.add(w)
	}
	first := int32(0)
	if at, ok := r.at[q.After]; ok {
		first = at + 1
	}
	status := markOf(q.Status)
	for i, c := range r.Claims {
		if q.Status != "" && r.marks[i]&status == 0 || q.Document != "" && c.Source != q.Document && c.Document != q.Document ||
			len(words) > 0 && !r.grams[i].hold(&asked) || slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(c.folded, w) }) {
			continue
		}
		f.Total++
		switch {
		case int32(i) < first:
		case len(f.Claims) < q.Limit:
			f.Claims = append(f.Claims, c)
		case f.Next == "" && len(f.Claims) > 0:
			f.Next = f.Claims[len(f.Claims)-1].ID
		}
	}
	return f
}

// grams says which three letters in a row a text may hold: what it says it
// does not, it does not. Most claims need not be read for a word.
type grams [16]uint64

func (g *grams) add(text string) {
	for i := range len(text) - 2 {
		h := (uint32(text[i])<<16 | uint32(text[i+1])<<8 | uint32(text[i+2])) * 2654435761 >> 22
		g[h/64] |= 1 << (h % 64)
	}
}

func (g *grams) hold(asked *grams) bool {
	for i := range g {
		if asked[i]&^g[i] != 0 {
			return false
		}
	}
	return true
}

// A Document is what the register has of one.
type Document struct {
	ID     string // its short name, or its title
	Title  string
	Claims int
	Bases  [len(bases)]int // how many of them rest on what, in the order of the first statuses
}

// Documents returns the documents of the claims, in the order of the register.
func (r *Register) Documents() []Document { return r.documents }

// Claimants returns who makes the claims, as Documents returns where they
// stand, those with most claims first.
func (r *Register) Claimants() (list []Document) {
	at := map[string]int{}
	for _, c := range r.Claims {
		n, ok := at[c.Claimant]
		if !ok {
			n, at[c.Claimant] = len(list), len(list)
			list = append(list, Document{ID: c.Claimant, Title: c.Claimant})
		}
		list[n].Claims++
		list[n].Bases[slices.Index(bases[:], r.basisOf(c))]++
	}
	slices.SortStableFunc(list, func(a, b Document) int { return cmp.Compare(b.Claims, a.Claims) })
	return list
}

// mark computes what is asked of every claim.
func (r *Register) mark() {
	r.marks = make([]mark, len(r.Claims))
	at := map[[2]string]int{}
	for i, c := range r.Claims {
		r.marks[i] |= r.markOf(c)
		for j, l := range c.Links {
			if l.How == Contests {
				r.marks[i] |= contestedMark
				r.marks[r.to.of(int32(i))[j]] |= contestedMark
				if r.basisOf(r.Claims[r.to.of(int32(i))[j]]) == SourceNotRead {
					r.marks[i] |= unreadMark
				}
			}
		}
		key := [2]string{c.Source, c.Document}
		n, ok := at[key]
		if !ok {
			n, at[key] = len(r.documents), len(r.documents)
			r.documents = append(r.documents, Document{ID: cmp.Or(c.Source, c.Document), Title: c.Document})
		}
		d := &r.documents[n]
		d.Claims++
		d.Bases[slices.Index(bases[:], r.basisOf(c))]++
	}
	for i, c := range r.Claims {
		if c.Is(KindEnding) {
			r.marks[i] |= r.ending(c)
		}
	}
	r.faults = r.findFaults()
	for _, f := range r.faults {
		r.marks[r.at[f.Claim]] |= faultMark
	}
}

package plumbline

import (
	"fmt"
	"slices"
	"time"
)

// A Checkpoint is an age of an operation at which everyone is accounted for.
type Checkpoint struct {
	Name  string // "24h"
	After time.Duration
}

const day = 24 * time.Hour

// Checkpoints are the moments of the balance.
var Checkpoints = []Checkpoint{{"0h", 0}, {"24h", day}, {"72h", 3 * day}, {"30d", 30 * day}, {"90d", 90 * day}, {"1y", 365 * day}}

// ParseCheckpoint reads "24h", "7d", "1y" or "now"; now is the age of the
// operation at the moment given.
func ParseCheckpoint(text string) (Checkpoint, error) {
	bad := Invalid("at", "problem.not_one_of", "Got", short(text), "Want", "0h, 24h, 72h, 7d, 30d, 90d, 1y, now")
	var n int
	var unit byte
	if _, err := fmt.Sscanf(text, "%d%c", &n, &unit); err != nil || text != fmt.Sprintf("%d%c", n, unit) {
		return Checkpoint{}, bad
	}
	size, ok := map[byte]time.Duration{'h': time.Hour, 'd': day, 'y': 365 * day}[unit]
	if !ok || n < 0 || n > int(longAgo/size) {
		return Checkpoint{}, bad
	}
	return Checkpoint{text, time.Duration(n) * size}, nil
}

// longAgo is the age of an operation of which nobody knows the beginning:
// whatever does not hold for ever has run out.
const longAgo = 200 * 365 * day

// Now returns the checkpoint "now" of an operation: its age at the moment.
// An operation of which only the latest beginning is known is at least that
// old, and one of which nothing is known is taken to be long over: otherwise
// everyone met in it would stand at the scene for ever.
func (r *Record) Now(at time.Time) Checkpoint {
	start, ok := r.Operation.Began.Earliest()
	if !ok {
		start, ok = r.Operation.Began.Latest()
	}
	if !ok {
		return Checkpoint{"now", longAgo}
	}
	return Checkpoint{"now", max(0, at.Sub(start))}
}

// Holds says how long a state that was told once, with no end, is taken to go
// on. After that nobody knows any more: the people are unaccounted for until
// somebody says again where they are. Ends of the road hold for ever. The
// numbers are ours, are shown on every balance, and change no fact.
var Holds = map[State]time.Duration{
	"at_scene": 12 * time.Hour, "questioned": day, "escorted": day,
	"held": 3 * day, "returned_to_venue": 3 * day, "arrested": 3 * day, "charged": 30 * day, "hospital": 30 * day,
	"placed": 30 * day, "helped": 30 * day,
}

// A Balance accounts for everyone met at one moment:
// head count = sum of states + unaccounted, as far as bounds allow.
type Balance struct {
	Checkpoint  Checkpoint
	HeadCount   Count
	States      []StateCount
	Unaccounted Count
	Missing     []Missing // the groups behind Unaccounted, and people never entered

	accounted Count
}

// A StateCount is how many people are in one state. Undated people are in it
// by a telling without a date that could place it before the moment.
type StateCount struct {
	State     State `json:"state"`
	Count     Count `json:"count"`
	Undated   bool  `json:"undated"`
	Presences []ID  `json:"presences"`
}

// Missing is people for whom nobody has answered at the moment.
type Missing struct {
	Presence ID    // empty for people who were counted and never entered
	Count    Count // how many
	Last     State // what was last known of them; empty when nothing was
	Since    When  // when that was
}

// Balanced answers whether head count = states + unaccounted can be seen to
// hold: yes when every number is exact and they add up, no when more people
// have states than were met, unknown when a number is not exact.
func (b *Balance) Balanced() Answer {
	sum := b.Unaccounted
	for _, s := range b.States {
		sum = sum.Add(s.Count)
	}
	head, ok1 := b.HeadCount.Exact()
	n, ok2 := sum.Exact()
	if hi, bounded := b.HeadCount.Max(); bounded && sum.Min() > hi {
		return No
	}
	if !ok1 || !ok2 {
		return Unknown
	}
	return answer(head == n)
}

// Accounted returns how many people have a known state.
func (b *Balance) Accounted() Count { return b.accounted }

// Everyone answers whether nobody is unaccounted for.
func (b *Balance) Everyone() Answer {
	if b.Unaccounted.Min() > 0 {
		return No
	}
	if hi, bounded := b.Unaccounted.Max(); bounded && hi == 0 {
		return Yes
	}
	return Unknown
}

// Met returns how many people were met: the head count, raised to what the
// entries show when the head count is a lower bound or unknown.
func (r *Record) Met() Count { return r.met(r.entered()) }

func (r *Record) met(entered Count) Count {
	least := AtLeast(entered.Min())
	if !r.Operation.HeadCount.Known() {
		return least // nobody said how many were met
	}
	return r.Operation.HeadCount.and(least)
}

// entered returns how many people stand in the record's entries.
func (r *Record) entered() Count {
	sum := Exactly(0)
	least, _ := r.least()
	for _, p := range r.Presences {
		if p.PartOf == "" {
			sum = sum.Add(p.Count.and(AtLeast(least[p.ID])))
		}
	}
	return sum
}

// Balance accounts for everyone met, at an age of the operation. A person is
// in the state of the last movement that may have begun by then and has not
// ended or run out (see Holds); everybody else is unaccounted for. At 0 h all
// who were entered are at the scene unless a movement is dated to that minute.
func (r *People) Balance(at Checkpoint) *Balance {
	b := &Balance{Checkpoint: at, HeadCount: r.Met(), accounted: Exactly(0)}
	sums := map[shareKey]*StateCount{}
	never := r.neverEntered()
	missing := never
	for _, group := range r.Presences {
		if group.PartOf != "" {
			continue
		}
		unknown, known := Exactly(0), Exactly(0)
		for _, s := range r.shares(group, at.After) {
			if s.state == "unknown" {
				unknown = s.count
				b.Missing = append(b.Missing, s.missing...)
				continue
			}
			known = known.Add(s.count)
			if sums[s.shareKey] == nil {
				sums[s.shareKey] = &StateCount{State: s.state, Undated: s.undated, Count: Exactly(0)}
			}
			sums[s.shareKey].Count = sums[s.shareKey].Count.Add(s.count)
			sums[s.shareKey].Presences = append(sums[s.shareKey].Presences, s.presences...)
		}
		missing = missing.Add(unknown)
		b.accounted = b.accounted.Add(known.and(group.Count.Sub(unknown)))
	}
	for _, name := range State("").Values() {
		for _, undated := range []bool{false, true} {
			if s := sums[shareKey{State(name), undated}]; s != nil {
				b.States = append(b.States, *s)
			}
		}
	}
	// Who is left of all who were met, and who is known to be missing, are two
	// ways to the same number; each can know bounds that the other does not.
	b.Unaccounted = b.HeadCount.Sub(b.Accounted()).and(missing)
	if never.Min() > 0 {
		b.Missing = append(b.Missing, Missing{Count: never, Since: r.Operation.Began})
	}
	return b
}

type shareKey struct {
	state   State
	undated bool
}

// A share is the people of one group, its parts included, who are in one
// state.
type share struct {
	shareKey
	count     Count
	presences []ID
	missing   []Missing // what was last known of them, when the state is not known
}

// shares divides a group and its parts by state. The shares add up to the
// group, so each is also the group less the others: of twelve people of whom
// "most" and "the rest" are in one state, twelve are in it.
func (r *People) shares(group *Presence, age time.Duration) (shares []*share) {
	in := map[ID]*share{} // of the presences with people in them
	for _, p := range r.family(group) {
		left := r.Left(p)
		if n, exact := left.Exact(); exact && n == 0 {
			continue // all have gone into parts
		}
		now := r.stateAt(p, age)
		key := shareKey{now.state, now.undated}
		if now.state == "unknown" {
			key.undated = false
		}
		i := slices.IndexFunc(shares, func(s *share) bool { return s.shareKey == key })
		if i < 0 {
			i, shares = len(shares), append(shares, &share{shareKey: key})
		}
		in[p.ID] = shares[i]
		shares[i].presences = append(shares[i].presences, p.ID)
		if now.state == "unknown" {
			shares[i].missing = append(shares[i].missing, Missing{p.ID, left, now.last, now.since})
		}
	}
	for _, s := range shares {
		s.count = r.among(group, func(p *Presence) bool { return in[p.ID] == s })
	}
	return shares
}

// Among returns how many people stand in the chosen presences; who was split
// off into a part stands in the part alone. The parts of a group add up to it,
// so the number is also that of the group less the rest of it.
func (r *People) Among(chosen func(*Presence) bool) Count {
	sum := Exactly(0)
	for _, p := range r.Presences {
		if p.PartOf == "" {
			sum = sum.Add(r.among(p, chosen))
		}
	}
	return sum
}

func (r *People) among(group *Presence, chosen func(*Presence) bool) Count {
	some, others, any := Exactly(0), Exactly(0), false
	for _, p := range r.family(group) {
		left := r.Left(p)
		if n, exact := left.Exact(); exact && n == 0 {
			continue // all have gone into parts
		}
		if chosen(p) {
			some, any = some.Add(left), true
		} else {
			others = others.Add(left)
		}
	}
	if !any {
		return some
	}
	return some.and(group.Count.Sub(others))
}

// standing is what is known of a presence at a moment, and what was last
// known when nothing is.
type standing struct {
	state   State
	undated bool
	last    State
	since   When
}

// stateAt returns what is known of a presence at an age of the operation.
func (r *People) stateAt(p *Presence, age time.Duration) standing {
	start := r.Operation.Began
	now := standing{state: "at_scene", since: start}
	var held *Movement
	for _, m := range r.Path(p) {
		shortest, longest, open := m.From.Since(start)
		undated := open || longest > age
		if shortest > age || (undated && age == 0) {
			continue
		}
		held = m
		now.state, now.undated = m.State, undated
		if m.State != "unknown" {
			now.last, now.since = m.State, m.From
		}
	}
	if r.ended(held, now.state, age) {
		now.state = "unknown"
	}
	return now
}

// ended reports whether a state no longer holds at an age of the operation.
// A nil movement is the first state, at the scene.
func (r *Record) ended(m *Movement, s State, age time.Duration) bool {
	hold, runsOut := Holds[s]
	if m == nil {
		return age > hold
	}
	if m.Until.Known() {
		_, longest, open := m.Until.Since(r.Operation.Began)
		if !open && longest <= age {
			return true
		}
		if !open {
			return false // its end is told, and is later
		}
	}
	if !runsOut {
		return false
	}
	last := m.From
	if m.Confirmed.Known() {
		last = m.Confirmed
	}
	// A coarse date is taken at its earliest: a word is never made to hold
	// longer by being told less exactly.
	shortest, _, _ := last.Since(r.Operation.Began)
	return age > shortest+hold
}

// inTimeOrder returns entries so that what was certainly before another comes
// before it. Where no date decides, they stay in order. Moments that overlap
// have no total order, so comparing neighbours, as sorting does, will not do.
func inTimeOrder[E any](entries []E, at func(E) When) []E {
	ordered := make([]E, 0, len(entries))
	var newest time.Time // the latest beginning so far
	for _, e := range entries {
		place := len(ordered)
		if end, ok := at(e).Latest(); ok && !end.After(newest) {
			place = slices.IndexFunc(ordered, func(o E) bool { return at(e).Before(at(o)) == Yes })
		}
		ordered = slices.Insert(ordered, place, e)
		if begin, ok := at(e).Earliest(); ok && begin.After(newest) {
			newest = begin
		}
	}
	return ordered
}

// In returns how many people are in a state, by dated and undated tellings
// together; the unknown count when nobody is.
func (b *Balance) In(s State) Count {
	var sum Count
	for _, c := range b.States {
		if c.State == s {
			addTo(&sum, c.Count)
		}
	}
	return sum
}

// UndatedIn reports whether anybody is in a state by a telling that no date
// places before the moment.
func (b *Balance) UndatedIn(s State) bool {
	return slices.ContainsFunc(b.States, func(c StateCount) bool { return c.State == s && c.Undated })
}

package plumbline

import "time"

// People answers questions about the people of one record: where they were,
// what class they have, who was split off whom. It sorts the record's entries
// by presence once, so that asking of each of hundreds takes no longer than
// asking of one, and sees nothing that is written into the record later. It is
// for one goroutine.
type People struct {
	*Record
	at     map[ID]int // where a presence stands
	sorted []ofPresence
	inside Count // how many people stand in the entries
}

// ofPresence is what a record holds of one presence.
type ofPresence struct {
	parts     []*Presence
	movements []*Movement
	decisions []*Decision
	path      []*Movement // once it was asked for
	pathed    bool
}

// People sorts the record by presence.
func (r *Record) People() *People {
	p := &People{Record: r, at: make(map[ID]int, len(r.Presences)), sorted: make([]ofPresence, len(r.Presences)), inside: r.entered()}
	for i, presence := range r.Presences {
		if _, twice := p.at[presence.ID]; !twice {
			p.at[presence.ID] = i
		}
	}
	for _, part := range r.Presences {
		if of := p.of(part.PartOf); of != nil {
			of.parts = append(of.parts, part)
		}
	}
	for _, m := range r.Movements {
		if of := p.of(m.Presence); of != nil {
			of.movements = append(of.movements, m)
		}
	}
	for _, d := range r.Decisions {
		if of := p.of(d.Presence); of != nil {
			of.decisions = append(of.decisions, d)
		}
	}
	return p
}

// of returns what the record holds of a presence; nil when there is none.
func (r *People) of(id ID) *ofPresence {
	if i, ok := r.at[id]; ok && id != "" {
		return &r.sorted[i]
	}
	return nil
}

func (r *People) presence(id ID) *Presence {
	if i, ok := r.at[id]; ok && id != "" {
		return r.Presences[i]
	}
	return nil
}

// Met is [Record.Met].
func (r *People) Met() Count { return r.met(r.inside) }

// neverEntered returns how many people were counted but stand in no entry.
func (r *People) neverEntered() Count { return r.Operation.HeadCount.Sub(r.inside) }

// Left returns how many people of a presence have not been split off.
func (r *People) Left(p *Presence) Count {
	left := p.Count
	if of := r.of(p.ID); of != nil {
		for _, part := range of.parts {
			left = left.Sub(part.Count)
		}
	}
	return left
}

// family returns a group and, after each, its parts.
func (r *People) family(group *Presence) []*Presence {
	family := []*Presence{group}
	if of := r.of(group.ID); of != nil {
		for _, p := range of.parts {
			family = append(family, r.family(p)...)
		}
	}
	return family
}

// Path returns the movements of a presence in order of time: its own, and
// those of the groups it was split from that began before the split. Where
// no date decides, the order of the record stands.
func (r *People) Path(p *Presence) []*Movement {
	of := r.of(p.ID)
	if of == nil {
		return nil
	}
	if !of.pathed {
		of.path = inTimeOrder(of.movements, func(m *Movement) When { return m.From })
		if parent := r.presence(p.PartOf); parent != nil {
			of.path = append(r.sharedPath(parent, p.SplitAt), of.path...)
		}
		of.pathed = true
	}
	return of.path
}

func (r *People) sharedPath(parent *Presence, split When) (shared []*Movement) {
	for _, m := range r.Path(parent) {
		if m.From.Before(split) == Yes {
			shared = append(shared, m)
		}
	}
	return shared
}

// ClassOf returns the latest decision on a presence, or, when there is none,
// the latest on the group it was split from that was not made after the
// split; nil means that nobody has decided.
func (r *People) ClassOf(p *Presence) *Decision { return r.classUntil(p, When{}) }

func (r *People) classUntil(p *Presence, split When) *Decision {
	var decisions []*Decision
	if of := r.of(p.ID); of != nil {
		for _, d := range of.decisions {
			if split.Before(d.At) != Yes {
				decisions = append(decisions, d)
			}
		}
	}
	if len(decisions) > 0 {
		decisions = inTimeOrder(decisions, func(d *Decision) When { return d.At })
		return decisions[len(decisions)-1]
	}
	if parent := r.presence(p.PartOf); parent != nil {
		return r.classUntil(parent, p.SplitAt)
	}
	return nil
}

// Class returns the class that stands for a presence: not determined until
// somebody has decided.
func (r *People) Class(p *Presence) Class {
	if d := r.ClassOf(p); d != nil {
		return d.Class
	}
	return "not_determined"
}

// What is asked of a record once needs no People of its own.

func (r *Record) presence(id ID) *Presence {
	if id == "" {
		return nil
	}
	for _, p := range r.Presences {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// Left is [People.Left].
func (r *Record) Left(p *Presence) Count { return r.People().Left(p) }

// Path is [People.Path].
func (r *Record) Path(p *Presence) []*Movement { return r.People().Path(p) }

// ClassOf is [People.ClassOf].
func (r *Record) ClassOf(p *Presence) *Decision { return r.People().ClassOf(p) }

// Class is [People.Class].
func (r *Record) Class(p *Presence) Class { return r.People().Class(p) }

// Balance is [People.Balance].
func (r *Record) Balance(at Checkpoint) *Balance { return r.People().Balance(at) }

// Among is [People.Among].
func (r *Record) Among(chosen func(*Presence) bool) Count { return r.People().Among(chosen) }

// Custody is [People.Custody].
func (r *Record) Custody(p *Presence, at time.Time) *Chain { return r.People().Custody(p, at) }

// Children is [People.Children].
func (r *Record) Children() []*Presence { return r.People().Children() }

// Tally is [People.Tally].
func (r *Record) Tally() Tally { return r.People().Tally() }

// Facts is [People.Facts].
func (r *Record) Facts(at time.Time) map[string]Fact { return r.People().Facts(at) }

// Kind is [People.Kind].
func (r *Record) Kind() Computed { return r.People().Kind() }

package plumbline

import (
	"slices"
	"time"
)

// A Review is what the record answers of a programme at a moment. A list of
// nothing known is empty and a count of which nothing is known is unknown,
// never nought.
type Review struct {
	At         time.Time
	Operations int          // that it paid for, and that are summed
	Series     int          // entries that stand for several operations: not summed, their people may be met in others
	Ever       []ReviewLine // of those met: what happened to them at any time
	Now        []ReviewLine // of those met: where they are; who is not accounted for may be in any of these
	Results    []ReviewLine
	Harm       []ReviewLine
	Each       []Sides // operation by operation, oldest first
	Targets    []TargetReview
	Objections []ObjectionReview
	Purses     []Purse // a currency each
}

// A ReviewLine is one number of a review, under its name. What is counted over
// the whole record is a [Definition].
type ReviewLine struct {
	Name  string
	Count Count
}

// Sides is what stands beside what of one operation. They are never netted
// into one score: a person who was found and a person who was hurt do not
// cancel out.
type Sides struct {
	Operation *Operation
	Results   []ReviewLine
	Harm      []ReviewLine
}

// fates sorts the states into the answers to "where are they now?".
var fates = []struct {
	name   string
	states []State
}{
	{"in_care", []State{"placed", "helped", "hospital"}},
	{"left", []State{"free_to_go", "released", "left_by_choice", "returned_to_venue"}},
	{"returned_home", []State{"returned_home"}},
	{"out_of_country", []State{"removed_from_country"}},
	{"held", []State{"held", "arrested", "charged"}},
	{"died", []State{"died"}},
	{"under_way", []State{"at_scene", "questioned", "escorted"}},
}

// results and harm name what stands in the two columns. Nearly all are facts
// (doc/facts.md); reviewFacts adds the rest.
var (
	results = []string{"met.children", "met.protected", "placed", "helped", "arrested.accused"}
	harm    = []string{"hurt", "died", "force.uses", "held.not_accused", "held.children", "penalised.protected", "constrained.not_coerced", "placed.adults.unwilling",
		"sent_back.unwilling", "removed.unscreened", "returned_to_venue.children", "lost_work", "shut_out", "unaccounted"}
	ever = []string{"met", "moved", "placed", "removed"}
)

// ReviewNames returns the names that figures of a review can have.
func ReviewNames() []string {
	names := slices.Concat(ever, results, harm, []string{"unknown"})
	for _, f := range fates {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// reviewFacts returns the facts of an operation and a few that only a review
// asks. What nothing is on record of is not known.
func (r *People) reviewFacts(at time.Time) map[string]Fact {
	f := &factSheet{r: r, at: at, facts: r.Facts(at)}
	f.groups = f.views()
	f.people("placed", f.ever(inState("placed")))
	f.people("helped", f.ever(inState("helped")))
	f.people("died", f.ever(inState("died")))
	f.people("arrested.accused", both(classed("accused"), f.ever(inState("arrested", "charged"))))
	var lost, shut Count
	for _, c := range r.Closures {
		addTo(&lost, c.LostWork)
	}
	for _, e := range r.Events {
		if e.Kind == "service_shut_out" {
			addTo(&shut, Exactly(1))
		}
	}
	f.set("lost_work", lost)
	f.set("shut_out", AtLeast(shut.Min())) // there may be others
	return f.facts
}

// Review returns what the record answers of the programme and the operations
// that it paid for.
func (r *ProgrammeRecord) Review(paid []*Record, at time.Time) *Review {
	v := &Review{At: at, Objections: r.objections(), Purses: r.purses()}
	var people []*People
	for _, p := range inTimeOrder(paid, func(r *Record) When { return r.Operation.Began }) {
		if p.Operation.Series() {
			v.Series++
			continue
		}
		people = append(people, p.People())
	}
	v.Operations = len(people)
	sums := map[string]Count{}
	add := func(name string, n Count) Count {
		if _, begun := sums[name]; !begun {
			sums[name] = Exactly(0)
		}
		sums[name] = sums[name].Add(n)
		return n
	}
	for _, p := range people {
		facts := p.reviewFacts(at)
		told := func(name string) Count { c, _ := facts[name].Value.(Count); return c }
		for name, n := range p.fates(at) {
			add("now."+name, n)
		}
		side := func(names []string) (list []ReviewLine) {
			for _, name := range names {
				list = append(list, ReviewLine{name, add("side."+name, told(name))})
			}
			return list
		}
		v.Each = append(v.Each, Sides{&p.Operation, side(results), side(harm)})
		for _, name := range ever {
			add("ever."+name, told(name))
		}
	}
	list := func(prefix string, names []string) (list []ReviewLine) {
		for _, name := range names {
			list = append(list, ReviewLine{name, sums[prefix+name]})
		}
		return list
	}
	v.Ever, v.Results, v.Harm = list("ever.", ever), list("side.", results), list("side.", harm)
	var now []string
	for _, f := range fates {
		now = append(now, f.name)
	}
	v.Now = list("now.", append(now, "unknown"))
	for _, t := range r.Targets {
		v.Targets = append(v.Targets, r.target(t, people, at))
	}
	return v
}

// fates returns how many of those met are where at a moment. Who is
// unaccounted for may be anywhere, so each number goes up to those too.
func (r *People) fates(at time.Time) map[string]Count {
	b := r.Balance(r.Now(at))
	anywhere, bounded := b.Unaccounted.Max()
	out := map[string]Count{"unknown": b.Unaccounted}
	for _, f := range fates {
		n := Exactly(0)
		for _, s := range b.States {
			if slices.Contains(f.states, s.State) {
				n = n.Add(s.Count)
			}
		}
		if bounded {
			n = n.Add(Between(0, anywhere))
		} else {
			n = AtLeast(n.Min())
		}
		out[f.name] = n
	}
	return out
}

// An ObjectionReview is an objection with what was answered.
type ObjectionReview struct {
	*Objection
	InTime  Answer // it came before the launch
	Replies []*Reply
	Heard   Answer // it was answered before the launch; no answer on record is no
}

func (r *ProgrammeRecord) objections() (list []ObjectionReview) {
	for _, o := range inTimeOrder(r.Objections, func(o *Objection) When { return o.At }) {
		v := ObjectionReview{Objection: o, InTime: o.At.Before(r.Programme.Began), Heard: No}
		for _, a := range inTimeOrder(r.Replies, func(a *Reply) When { return a.At }) {
			if a.Objection != o.ID {
				continue
			}
			v.Replies = append(v.Replies, a)
			switch in := a.At.Before(r.Programme.Began); {
			case in == Yes:
				v.Heard = Yes
			case in == Unknown && v.Heard == No:
				v.Heard = Unknown
			}
		}
		list = append(list, v)
	}
	return list
}

// A Purse is what is told of the money of one currency.
type Purse struct {
	Currency Currency
	Granted  Count // the programme's whole amount; unknown when it is in another currency or not told
	Spent    Count // the sum of what is told of its use
	Untold   Count // granted and not told what for
	Parts    []Part
}

// A Part is what went to one kind of receiver. Low and High bound its share of
// what is told of.
type Part struct {
	Kind      SpendingKind
	Lines     int // on record; without one, nobody has told that nothing went there
	Amount    Count
	Low, High float64
	Served    Count // people reached; the same person may be counted by two receivers
	PerPerson Count // money a person, in whole units
}

// purses sums the spending. A sum whose receiver is not told may belong to any
// kind.
func (r *ProgrammeRecord) purses() (list []Purse) {
	var currencies []Currency
	for _, s := range r.Spending {
		if s.Currency != "" && !slices.Contains(currencies, s.Currency) {
			currencies = append(currencies, s.Currency)
		}
	}
	if own := r.Programme.Currency; own != "" && !slices.Contains(currencies, own) {
		currencies = append(currencies, own)
	}
	slices.Sort(currencies)
	for _, c := range currencies {
		list = append(list, r.purse(c))
	}
	return list
}

func (r *ProgrammeRecord) purse(c Currency) Purse {
	p := Purse{Currency: c}
	if c == r.Programme.Currency {
		p.Granted = r.Programme.Amount.sum()
	}
	parts := map[SpendingKind]*Part{}
	for _, s := range r.Spending {
		if s.Currency != c {
			continue
		}
		part := parts[s.Kind]
		if part == nil {
			part = &Part{Kind: s.Kind, Amount: Exactly(0), Served: Exactly(0)}
			parts[s.Kind] = part
		}
		part.Lines++
		part.Amount, part.Served = part.Amount.Add(s.Amount.sum()), part.Served.Add(s.Served)
	}
	p.Spent = Exactly(0)
	for _, kind := range slices.Concat(SpendingKind("").Values()[1:], []string{""}) {
		part := parts[SpendingKind(kind)]
		if part == nil {
			if kind != "" && kind != "other" {
				p.Parts = append(p.Parts, Part{Kind: SpendingKind(kind), High: 1})
			}
			continue
		}
		p.Spent = p.Spent.Add(part.Amount)
		p.Parts = append(p.Parts, *part)
	}
	if len(parts) == 0 {
		p.Spent = Count{}
	}
	p.Untold = p.Granted.Sub(p.Spent)
	loose := Exactly(0) // may be of any kind
	if part := parts[""]; part != nil {
		loose = part.Amount
	}
	for i := range p.Parts {
		if part := &p.Parts[i]; part.Lines > 0 {
			part.share(parts, loose)
			part.PerPerson = perPerson(part.Amount, part.Served)
		}
	}
	return p
}

// share bounds the part's share of everything told of.
func (part *Part) share(parts map[SpendingKind]*Part, loose Count) {
	others := Exactly(0)
	for kind, o := range parts {
		if kind != part.Kind && kind != "" {
			others = others.Add(o.Amount)
		}
	}
	if part.Kind == "" {
		loose = Exactly(0)
	}
	ratio := func(part, rest int) float64 {
		if part+rest == 0 {
			return 0
		}
		return float64(part) / float64(part+rest)
	}
	part.Low, part.High = 0, 1
	if rest, bounded := others.Add(loose).Max(); bounded {
		part.Low = ratio(part.Amount.Min(), rest)
	}
	if most, bounded := part.Amount.Add(loose).Max(); bounded {
		part.High = ratio(most, others.Min())
	}
}

// perPerson divides money by people, to the nearest unit when both are exact,
// and else to the units that certainly hold it.
func perPerson(amount, served Count) Count {
	n, exact := served.Exact()
	if sum, known := amount.Exact(); known && exact && n > 0 {
		return Exactly((sum + n/2) / n)
	}
	least := 0
	if most, bounded := served.Max(); bounded && most > 0 {
		least = amount.Min() / most
	}
	most, bounded := amount.Max()
	if !bounded || served.Min() == 0 {
		return AtLeast(least)
	}
	return Between(least, (most+served.Min()-1)/served.Min())
}

// definitionsOf returns a target's definitions, oldest first.
func (r *ProgrammeRecord) definitionsOf(t ID) []*TargetDefinition {
	var of []*TargetDefinition
	for _, d := range r.Definitions {
		if d.Target == t {
			of = append(of, d)
		}
	}
	slices.SortStableFunc(of, func(a, b *TargetDefinition) int { // one without a date is the first
		from, _ := a.From.Earliest()
		other, _ := b.From.Earliest()
		return from.Compare(other)
	})
	return of
}

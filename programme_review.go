package plumbline

import (
	"maps"
	"slices"
	"time"
)

// A Review is what the record answers of a programme at a moment. A list of
// nothing known is empty and a count of which nothing is known is unknown,
// never nought. Results and harms are the figures of those sides, counted as
// [Definitions] says and never netted into one score: a person who was found and
// a person who was hurt do not cancel out.
type Review struct {
	At         time.Time
	Operations int          // that it paid for, and that are summed
	Series     int          // entries that stand for several operations: not summed, their people may be met in others
	Ever       []ReviewLine // of those met: what happened to them at any time
	Now        []ReviewLine // of those met: where they are; who is not accounted for may be in any of these
	Figures    []FigureSum
	Years      []ReviewPeriod // oldest first
	Quarters   []ReviewPeriod
	Undated    int           // operations that stand in no year, since their date is told too coarsely
	Each       []PaidFigures // operation by operation, oldest first
	Targets    []TargetReview
	Objections []ObjectionReview
	Purses     []Purse // a currency each
}

// A ReviewLine is one number of a review, under its name. What is counted of
// results and harm is a [Definition].
type ReviewLine struct {
	Name  string
	Count Count
}

// A ReviewPeriod is the figures of the operations that began in a year or a
// quarter, or in several that stand together.
type ReviewPeriod struct {
	From, Until string // as PeriodOf names them; the same for one
	Operations  int
	Rules       []string // by which their people were put in classes, where that is told
	Figures     []FigureSum
}

// PaidFigures are the figures of one operation.
type PaidFigures struct {
	Operation *Operation
	Figures   []FigureSum
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

// ever are the facts that say what happened at any time.
var ever = []string{"met", "moved", "placed", "removed"}

// ReviewNames returns the names that lines of a review can have.
func ReviewNames() []string {
	names := append(slices.Clone(ever), "unknown")
	for _, f := range fates {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return names
}

// A paid is an operation with what it adds to figures.
type paid struct {
	people   *People
	portions []Portion
}

// Review returns what the record answers of the programme and the operations
// that it paid for. Those withheld from the reader are in every sum and not
// among Each, and then there are no quarters: what is in a year and in none of
// its quarters would be told apart.
func (r *ProgrammeRecord) Review(records []*Record, withheld map[ID]bool, at time.Time) *Review {
	v := &Review{At: at, Objections: r.objections(), Purses: r.purses()}
	var all []paid
	var people []*People
	lines := map[string]Count{}
	add := func(name string, n Count) {
		if sum, begun := lines[name]; begun {
			n = sum.Add(n)
		}
		lines[name] = n
	}
	whole := NewSums()
	for _, record := range inTimeOrder(records, func(r *Record) When { return r.Operation.Began }) {
		if record.Operation.Series() {
			v.Series++
			continue
		}
		p := record.People()
		facts := p.Facts(at)
		for _, name := range ever {
			n, _ := facts[name].Value.(Count)
			add("ever."+name, n)
		}
		for name, n := range p.fates(at) {
			add("now."+name, n)
		}
		portions := p.Figures(at, facts)
		whole.Add(portions)
		if one := NewSums(); !withheld[p.Operation.ID] {
			one.Add(portions)
			v.Each = append(v.Each, PaidFigures{&p.Operation, one.Read()})
		}
		if p.Operation.Began.Period("year") == "" {
			v.Undated++
		}
		all, people = append(all, paid{p, portions}), append(people, p)
	}
	v.Operations, v.Figures = len(all), whole.Read()
	v.Years = periods(all, "year", withheld)
	if len(withheld) == 0 {
		v.Quarters = periods(all, "quarter", nil)
	}
	for _, name := range ever {
		v.Ever = append(v.Ever, ReviewLine{name, lines["ever."+name]})
	}
	for _, f := range fates {
		v.Now = append(v.Now, ReviewLine{f.name, lines["now."+f.name]})
	}
	v.Now = append(v.Now, ReviewLine{"unknown", lines["now.unknown"]})
	for _, t := range r.Targets {
		v.Targets = append(v.Targets, r.target(t, people, at))
	}
	return v
}

// FewestTogether is how many withheld operations a period holds at least, if it
// holds any, so that no sum by period tells of one.
const FewestTogether = 3

// periods sums operations by the period that surely holds their beginning. One
// with too few of those withheld stands together with the next, in the end with
// the one before; where too few of them have no date, there are no periods.
func periods(all []paid, by string, withheld map[ID]bool) (list []ReviewPeriod) {
	of, hidden := map[string][]paid{}, map[string]int{}
	for _, p := range all {
		name := p.people.Operation.Began.Period(by)
		of[name] = append(of[name], p)
		if withheld[p.people.Operation.ID] {
			hidden[name]++
		}
	}
	few := func(n int) bool { return 0 < n && n < FewestTogether }
	if few(hidden[""]) {
		return nil
	}
	var runs [][]string // periods that stand together
	var held []int      // withheld operations in each
	for _, name := range slices.Sorted(maps.Keys(of)) {
		last := len(runs) - 1
		switch {
		case name == "":
		case last >= 0 && few(held[last]):
			runs[last], held[last] = append(runs[last], name), held[last]+hidden[name]
		default:
			runs, held = append(runs, []string{name}), append(held, hidden[name])
		}
	}
	for n := len(runs) - 1; n > 0 && few(held[n]); n-- { // too few are left over at the end
		runs[n-1], held[n-1] = append(runs[n-1], runs[n]...), held[n-1]+held[n]
		runs = runs[:n]
	}
	for _, run := range runs {
		period, sums := ReviewPeriod{From: run[0], Until: run[len(run)-1]}, NewSums()
		for _, name := range run {
			for _, p := range of[name] {
				sums.Add(p.portions)
				period.Operations++
				if rule := p.people.ClassRule(); rule != "" && !slices.Contains(period.Rules, rule) {
					period.Rules = append(period.Rules, rule)
				}
			}
		}
		period.Figures = sums.Read()
		list = append(list, period)
	}
	return list
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

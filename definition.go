package plumbline

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Definition says what a figure counts: how many, of how many, in what unit,
// what puts a case into a period, by which version of the rule, and who is left
// out. Numerator and denominator in words are catalogue keys, "figure_counts."
// and the name, and "figure_of." and Of. Definitions returns all of them.
type Definition struct {
	Name     string
	Version  int // raised when the rule changes; points of different versions never stand in one line
	Side     FigureSide
	Aim      FigureAim // whose protection it measures, where it is one group's
	Theme    FigureTheme
	Unit     FigureUnit
	Of       string   // the denominator; empty where the unit needs none
	Basis    Basis    // what puts a case into a period
	Excludes []string // who is left out
	Needs    []string // the facts that it asks for, those of Vocabulary or of the catalogue's "need."
	Classed  bool     // it goes by classes that somebody decided, so their definition is part of its rule
	Beside   string   // the figure without which it is not shown: the same of the areas with which these are compared
	Claims   []Bearing

	// What the catalogue says of it otherwise, of a definition read from a file.
	Title, Counts, OfWhom string

	// Over what it is counted is the one of these that is set.
	of     func(*figureSheet) Portion            // of one operation
	ofUnit func(*UnitRecord, time.Time) []Course // of one unit
	ofArea func(*AreaSheet, time.Time) []Course  // of one area
}

// A Bearing says that a claim of the public record bears on a figure, and what
// differs between the two, by the codes of package figure. What is in Refuse
// forbids holding one against the other; of what is in Mind a reader is told.
type Bearing struct {
	Claim  string
	Refuse []string
	Mind   []string
}

// FigureUnit is what the number of a figure says.
type FigureUnit string

const (
	InPeople     FigureUnit = "people"
	Percent      FigureUnit = "percent"
	PerOperation FigureUnit = "per_operation"
	InMinutes    FigureUnit = "minutes"
	InNumber     FigureUnit = "number" // of what is not people: one person may be counted at each contact
	InDays       FigureUnit = "days"
	PerHour      FigureUnit = "per_hour"
	TimesAsMany  FigureUnit = "times"
)

func (FigureUnit) Values() []string {
	return []string{"people", "percent", "per_operation", "minutes", "number", "days", "per_hour", "times"}
}

// Parted reports whether a number in this unit is divided by something.
func (u FigureUnit) Parted() bool { return u != InPeople && u != InNumber && u != InDays }

// FigureSide says on which side of an account a figure stands. Results and
// harms are shown beside each other and never netted.
type FigureSide string

const (
	Result  FigureSide = "result"
	Harm    FigureSide = "harm"
	Conduct FigureSide = "conduct" // how operations are done, and how large they are
)

func (FigureSide) Values() []string { return []string{"result", "harm", "conduct"} }

// FigureAim is whose protection a figure measures. The two are shown beside each
// other wherever one is, each with its own figures: neither stands for the other.
type FigureAim string

const (
	ForChildren FigureAim = "children" // their protection
	ForAdults   FigureAim = "adults"   // their safety, and that of whoever else was met
)

func (FigureAim) Values() []string { return []string{"children", "adults"} }

// FigureTheme is what a figure is about.
type FigureTheme string

func (FigureTheme) Values() []string {
	return []string{"met", "after", "liberty", "force", "livelihood", "justice", "beside", "steps", "interviews", "units", "access"}
}

// Basis is what puts a case into a period.
type Basis string

const (
	ByEvent    Basis = "event"    // the beginning of the operation
	ByTraining Basis = "training" // the day of the training
	ByMonth    Basis = "month"    // the month of which it is told
	ByLoss     Basis = "loss"     // the day on which a service was shut out
)

func (Basis) Values() []string { return []string{"event", "training", "month", "loss"} }

// Check refuses a definition that does not say what is counted: one without a
// name, a unit, a denominator where the unit needs one, or with one where it
// does not.
func (d *Definition) Check() error {
	var ps Problems
	if !ValidID(ID(d.Name)) {
		ps = append(ps, Invalid("name", "problem.bad_id", "Got", short(d.Name)))
	}
	if !slices.Contains(d.Unit.Values(), string(d.Unit)) {
		ps = append(ps, Invalid("unit", "problem.not_one_of", "Got", short(string(d.Unit)), "Want", strings.Join(d.Unit.Values(), ", ")))
	}
	if d.Unit.Parted() != (d.Of != "") {
		ps = append(ps, Invalid("of", "problem.figure_denominator", "Got", d.Unit))
	}
	if d.Version < 1 {
		ps = append(ps, Invalid("version", "problem.needed"))
	}
	return ps.orNil()
}

// OfUnits reports whether the figure is counted over units and their trainings
// and not over operations.
func (d *Definition) OfUnits() bool { return d.ofUnit != nil }

// OfAreas reports whether the figure is counted over areas and what is told of
// them.
func (d *Definition) OfAreas() bool { return d.ofArea != nil }

// OfOperations reports whether the figure is counted over operations alone.
func (d *Definition) OfOperations() bool { return !d.OfUnits() && !d.OfAreas() }

// A Portion is what one operation adds to a figure: how many, and of how many.
// Where the figure does not apply, Of is exactly none.
type Portion struct {
	Num, Of Count
	Missing int // which of the definition's Needs is not known, counted from 1; 0 when all that matter are
}

// Applies reports whether the figure may apply.
func (p Portion) Applies() bool { return p.Of != Exactly(0) }

// Told reports whether both numbers are known exactly.
func (p Portion) Told() bool {
	_, num := p.Num.Exact()
	_, of := p.Of.Exact()
	return num && of
}

// A Course is a case of a figure over units or areas: a training, a month of a
// service, a loss of access, or an operation in an area.
type Course struct {
	Entry   ID // of the training, the loss or the operation
	At      When
	Service ServiceKind
	Loss    *AccessLoss
	Portion
}

// Definitions returns every figure, in the order of the list. The slice is the
// caller's; the definitions are shared and never changed.
func Definitions() []*Definition { return slices.Clone(definitions) }

// FindDefinition returns the figure with the name, or nil.
func FindDefinition(name string) *Definition {
	i := slices.IndexFunc(definitions, func(d *Definition) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return definitions[i]
}

// OperationFigures returns the definitions that are counted over operations, in
// the order in which People.Figures gives their portions.
func OperationFigures() []*Definition { return slices.Clone(operationFigures) }

// operationFigures are set when the program starts, as definitions are.
var operationFigures = slices.DeleteFunc(slices.Clone(definitions), func(d *Definition) bool { return !d.OfOperations() })

// Figures returns what the operation adds to each figure over operations, at a
// moment. The facts are those that Facts gives at that moment.
func (r *People) Figures(at time.Time, facts map[string]Fact) []Portion {
	s := &figureSheet{People: r, at: at, facts: facts, balances: map[time.Duration]*Balance{}}
	portions := make([]Portion, len(operationFigures))
	for i, d := range operationFigures {
		portions[i] = d.portion(s)
	}
	return portions
}

func (d *Definition) portion(s *figureSheet) Portion {
	p := d.of(s)
	if p.Applies() && !p.Told() {
		p.Missing = 1 + max(0, slices.IndexFunc(d.Needs, s.lacks))
	}
	return p
}

// OfAim returns the figures over operations that measure an aim.
func OfAim(a FigureAim) []*Definition {
	return slices.DeleteFunc(OperationFigures(), func(d *Definition) bool { return d.Aim != a })
}

// Portion returns what the operation adds to a figure over operations. The
// facts are those that Facts gives at that moment.
func (d *Definition) Portion(r *People, at time.Time, facts map[string]Fact) Portion {
	return d.portion(&figureSheet{People: r, at: at, facts: facts, balances: map[time.Duration]*Balance{}})
}

// Courses returns what a unit's trainings add to a figure over units.
func (d *Definition) Courses(u *UnitRecord, at time.Time) []Course {
	return d.lacking(d.ofUnit(u, at))
}

// AreaCourses returns what is told of an area adds to a figure over areas.
func (d *Definition) AreaCourses(s *AreaSheet, at time.Time) []Course {
	return d.lacking(d.ofArea(s, at))
}

// lacking says what each course lacks: the denominator is the first of Needs.
func (d *Definition) lacking(courses []Course) []Course {
	for i, c := range courses {
		if c.Applies() && !c.Told() {
			courses[i].Missing = 1
			if _, exact := c.Of.Exact(); exact && len(d.Needs) > 1 {
				courses[i].Missing = 2
			}
		}
	}
	return courses
}

// ClassRule names the version of the rule by which people of this operation
// were put in classes: empty when nobody tells a version, and all of them when
// there were several.
func (r *Record) ClassRule() string {
	var rules []string
	for _, d := range r.Decisions {
		if rule := fmt.Sprintf("%s (%s)", d.Definition, d.Version); d.Version != "" && !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	slices.Sort(rules)
	return strings.Join(rules, " + ")
}

// A figureSheet is what figures ask of one operation.
type figureSheet struct {
	*People
	at       time.Time
	facts    map[string]Fact
	balances map[time.Duration]*Balance
}

// count returns a fact that is a number; unknown when it is absent.
func (s *figureSheet) count(name string) Count {
	c, _ := s.facts[name].Value.(Count)
	return c
}

// answer returns a fact that is true or false; unknown when it is absent.
func (s *figureSheet) answer(name string) Answer {
	if b, told := s.facts[name].Value.(bool); told {
		return answer(b)
	}
	return Unknown
}

// lacks reports whether a fact is absent or known by its bounds only.
func (s *figureSheet) lacks(name string) bool {
	f, there := s.facts[name]
	if c, isCount := f.Value.(Count); isCount {
		_, exact := c.Exact()
		return !exact
	}
	return !there
}

// come reports whether an age of the operation has come. It has, for what
// nobody has dated: such operations stand in no period.
func (s *figureSheet) come(after time.Duration) bool {
	latest, ok := s.Operation.Began.Latest()
	return !ok || !s.at.Before(latest.Add(after))
}

func (s *figureSheet) balance(after time.Duration) *Balance {
	if s.balances[after] == nil {
		s.balances[after] = s.Balance(Checkpoint{After: after})
	}
	return s.balances[after]
}

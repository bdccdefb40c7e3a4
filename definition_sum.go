package plumbline

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Sum adds up the portions of one figure, with what they leave open. The
// zero Sum has no cases.
type Sum struct {
	Cases int // to which the figure applies, or may
	Told  int // of them, those that tell both numbers exactly

	toldNum, toldOf int
	num, of         span // of all cases

	unbounded             int  // cases of whose denominator nobody knows the most
	boundedNum, boundedOf span // of the others
	paired                int  // their denominator when each numerator is as large as it can be

	counted, notCounted int // surely

	missing [maxNeeds]int
}

// maxNeeds is how many facts a definition asks for at most.
const maxNeeds = 4

// A span is the sum of counts: the least, and the most of those that have one.
type span struct {
	least, most int
	open        bool // a count without a most is among them
}

func (s *span) add(c Count) {
	s.least += c.Min()
	if most, bounded := c.Max(); bounded {
		s.most += most
	} else {
		s.open = true
	}
}

func (s span) count() Count { return between(s.least, s.most, s.open) }

// Add adds the portion of one case.
func (s *Sum) Add(p Portion) {
	if !p.Applies() {
		return
	}
	s.Cases++
	if p.Told() {
		s.Told++
		s.toldNum += p.Num.Min()
		s.toldOf += p.Of.Min()
	} else if p.Missing > 0 {
		s.missing[p.Missing-1]++
	}
	s.num.add(p.Num)
	s.of.add(p.Of)
	s.counted += p.Num.Min()
	if most, bounded := p.Num.Max(); bounded {
		s.notCounted += max(0, p.Of.Min()-most)
	}
	if _, bounded := p.Of.Max(); !bounded {
		s.unbounded++
		return
	}
	s.boundedNum.add(p.Num)
	s.boundedOf.add(p.Of)
	most, _ := p.Num.Max() // of a part of something there is one
	s.paired += max(p.Of.Min(), most)
}

// A FigureValue is a figure as the record tells it. Where there is no number it is
// nil: no case, or nothing to divide by; High is nil too where there is no
// upper bound.
type FigureValue struct {
	Value       *float64  `json:"value"` // over the cases that tell; the others may differ from them
	Low         *float64  `json:"low"`   // the least that the figure can be, and the most
	High        *float64  `json:"high"`
	Unbounded   int       `json:"unbounded"` // cases that Low and High of a part leave out, since nobody knows of how many: with them it can be anything
	Numerator   Count     `json:"numerator"`
	Denominator *Count    `json:"denominator,omitempty"`
	Cases       int       `json:"cases"`
	Told        int       `json:"told"`
	CannotTell  int       `json:"cannot_tell"`
	Missing     []Lacking `json:"missing,omitempty"` // what is not known, the most frequent first

	// How many are surely counted and surely not, and of how many of the
	// denominator's least number nobody knows which. Of a part only.
	Counted    int `json:"-"`
	NotCounted int `json:"-"`
	Unsure     int `json:"-"`
}

// A FigureSum is one figure over some operations or units.
type FigureSum struct {
	Definition *Definition
	*FigureValue
}

// Sums adds up every figure over operations, in the order of OperationFigures.
type Sums []Sum

// NewSums returns sums of no operation.
func NewSums() Sums { return make(Sums, len(operationFigures)) }

// Add adds one operation: its portions, as People.Figures gives them.
func (s Sums) Add(portions []Portion) {
	for i, p := range portions {
		s[i].Add(p)
	}
}

// Read says what the sums make of each figure.
func (s Sums) Read() []FigureSum {
	list := make([]FigureSum, len(s))
	for i, d := range operationFigures {
		list[i] = FigureSum{d, d.Read(&s[i])}
	}
	return list
}

// Lacking is how many cases cannot tell for want of a fact.
type Lacking struct {
	Fact  string `json:"fact"`
	Cases int    `json:"cases"`
}

// Exact reports whether the figure is known without a doubt.
func (v *FigureValue) Exact() bool {
	return v.Unbounded == 0 && v.Low != nil && v.High != nil && *v.Low == *v.High
}

// Open reports whether the record says nothing of the figure: it can be
// anything.
func (v *FigureValue) Open(u FigureUnit) bool {
	if u == Percent {
		return v.Low == nil || *v.Low == 0 && *v.High == 100
	}
	return v.Low == nil || *v.Low == 0 && v.High == nil
}

// Text writes in English what the record tells of the figure, for the command
// line and for what is kept.
func (v *FigureValue) Text(u FigureUnit) string {
	unit := map[FigureUnit]string{Percent: " %", PerOperation: " an operation", InMinutes: " minutes", InDays: " days", PerHour: " an hour", TimesAsMany: " times as many"}[u]
	switch {
	case v.Cases == 0:
		return "no case"
	case v.Open(u):
		return "cannot tell"
	case v.High == nil:
		return "at least " + Decimal(*v.Low) + unit
	case *v.Low == *v.High:
		return Decimal(*v.Low) + unit
	}
	return Decimal(*v.Low) + " to " + Decimal(*v.High) + unit
}

// Decimal writes a number to one place, and a whole one as it is.
func Decimal(x float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
}

// Read says what a sum makes of the figure.
//
// A part of something is least when each numerator is as small and each
// denominator as large as it can be, and greatest when each numerator is as
// large as it can be and whoever is in it is in the denominator too.
func (d *Definition) Read(s *Sum) *FigureValue {
	v := &FigureValue{Numerator: s.num.count(), Cases: s.Cases, Told: s.Told, CannotTell: s.Cases - s.Told,
		Counted: s.counted, NotCounted: s.notCounted, Unsure: s.of.least - s.counted - s.notCounted}
	for i, need := range d.Needs {
		if s.missing[i] > 0 {
			v.Missing = append(v.Missing, Lacking{need, s.missing[i]})
		}
	}
	slices.SortStableFunc(v.Missing, func(a, b Lacking) int { return b.Cases - a.Cases })
	of := s.of.count()
	switch {
	case s.Cases == 0:
	case d.Unit == Percent:
		v.Denominator, v.Unbounded = &of, s.unbounded
		v.Value = ratio(s.toldNum, s.toldOf, 100)
		v.Low = ratio(s.boundedNum.least, s.boundedOf.most, 100)
		if v.High = ratio(s.boundedNum.most, s.paired, 100); v.High == nil {
			v.High = v.Low // nobody is in the numerator, whoever is in the denominator
		}
	case d.Unit.Parted():
		v.Denominator, v.Unbounded = &of, s.unbounded
		v.Value = ratio(s.toldNum, s.toldOf, 1)
		v.Low = ratio(s.boundedNum.least, s.boundedOf.most, 1)
		if !s.boundedNum.open {
			v.High = ratio(s.boundedNum.most, s.boundedOf.least, 1)
		}
	default:
		v.Low = ratio(s.num.least, 1, 1)
		if !s.num.open {
			v.High = ratio(s.num.most, 1, 1)
		}
		if s.Told > 0 {
			v.Value = ratio(s.toldNum, 1, 1)
		}
	}
	return v
}

// ratio returns scale·n/of, nil when there is nothing to divide by.
func ratio(n, of, scale int) *float64 {
	x := float64(scale) * float64(n) / float64(of)
	if of == 0 || math.IsNaN(x) {
		return nil
	}
	return &x
}

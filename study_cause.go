package plumbline

import (
	"slices"
	"time"
)

// A Cause is a factor of an area beside two rounds of a measure. What began
// after the first round cannot have caused all that changed since, and what
// began after the last has caused nothing of it. That a factor was there at
// the time is no sign that it did anything.
type Cause struct {
	Factor *Factor
	Late   Answer // it began after the first round was over
	After  Answer // it began after the last round was over
	Months Count  // for which it was there between the rounds
	Of     Count  // months between the rounds
}

// Causes sets the factors of an area beside the first and the last round of a
// measure, those first that began first. A factor without a beginning may have
// begun at any time: nothing is certain of it.
func Causes(first, last *Study, factors []*Factor) []Cause {
	gap := stretchOf(ending(first), beginning(last))
	var causes []Cause
	for _, f := range factors {
		causes = append(causes, Cause{f, ending(first).Before(f.From), ending(last).Before(f.From), gap.of(f), gap.months()})
	}
	slices.SortStableFunc(causes, func(a, b Cause) int {
		one, _ := a.Factor.From.Earliest()
		two, _ := b.Factor.From.Earliest()
		return one.Compare(two)
	})
	return causes
}

// Known answers whether the order of a factor and the rounds is known at all.
func (c Cause) Known() bool { return c.Late.Decided() && c.After.Decided() }

func beginning(s *Study) When {
	if s.From.Known() {
		return s.From
	}
	return s.Until
}

func ending(s *Study) When {
	if s.Until.Known() {
		return s.Until
	}
	return s.From
}

// A stretch is the time between two moments, as long and as short as it can be.
type stretch struct{ longest, shortest [2]time.Time }

// stretchOf returns the time from one moment to another. A moment that is not
// told gives a stretch that nothing is known of.
func stretchOf(from, until When) (s stretch) {
	s.longest[0], _ = from.Earliest()
	s.longest[1], _ = until.Latest()
	s.shortest[0], _ = from.Latest()
	s.shortest[1], _ = until.Earliest()
	return s
}

func (s stretch) known() bool {
	return !slices.ContainsFunc([]time.Time{s.longest[0], s.longest[1], s.shortest[0], s.shortest[1]}, time.Time.IsZero)
}

func (s stretch) months() Count {
	if !s.known() {
		return Count{}
	}
	return Between(wholeMonths(s.shortest[0], s.shortest[1]), wholeMonths(s.longest[0], s.longest[1]))
}

// of returns for how many months of the stretch a factor was there. One that has
// no end goes on.
func (s stretch) of(f *Factor) Count {
	there := stretchOf(f.From, f.Until)
	if !f.Until.Known() {
		there.longest[1], there.shortest[1] = s.longest[1], s.shortest[1]
	}
	if !s.known() || !there.known() {
		return Count{}
	}
	common := func(a, b [2]time.Time) int {
		if a[0].Before(b[0]) {
			a[0] = b[0]
		}
		if a[1].After(b[1]) {
			a[1] = b[1]
		}
		return wholeMonths(a[0], a[1])
	}
	return Between(common(there.shortest, s.shortest), common(there.longest, s.longest))
}

// wholeMonths returns the number of months from one moment to another, to the
// nearest, and none when the second is not after the first.
func wholeMonths(from, until time.Time) int {
	days := until.Sub(from).Hours() / 24
	return max(0, int(days/30.44+0.5))
}

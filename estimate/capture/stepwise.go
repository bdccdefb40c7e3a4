package capture

import "math"

// stepper chooses two-list terms by the Poisson tail test of Chan, Silverman
// and Vincent (2021, section 3.2): starting from the lists alone, and as long as
// some absent pair has a tail probability below the threshold, add the pair
// with the smallest, passing over pairs with which the model would have no
// maximum or more than one.
//
// The statistic of a pair is the number of people on both its lists, whatever
// else they are on; its mean is what the current model expects of it.
type stepper struct {
	*fitter
	pairs []set
	tail  []float64 // by pair; 2 when it is in the model or cannot be
	taken []set     // the terms chosen, in order of entry
	trial []set
}

func newStepper(lists int) *stepper {
	s := &stepper{fitter: newFitter(lists), pairs: pairs(lists)}
	s.tail = make([]float64, len(s.pairs))
	return s
}

// Two tails this close are a tie, which goes to the first pair. Anything finer
// would let rounding choose the model.
const tie = 1e-10

// choose runs the steps and leaves the fitter at the last model. The estimate
// is infinite when even the lists alone have no maximum.
func (s *stepper) choose(t *table, threshold float64) float64 {
	s.taken = s.taken[:0]
	s.model(t, nil)
	if exists, unique := s.exists(false); !exists || !unique {
		return math.Inf(1)
	}
	if !s.fit(exactly) {
		return math.Inf(1)
	}
	// A list that has lost its last person, as may happen in a resample, leaves
	// no model that passes the check, so the lists alone it is.
	for _, g := range s.gone {
		if order(g) == 1 {
			return s.total()
		}
	}
	for i := range s.pairs {
		s.tail[i] = 0
	}
	for threshold > 0 && len(s.taken) < len(s.pairs) {
		for i, pair := range s.pairs {
			if s.tail[i] < 2 {
				s.tail[i] = poissonTail(t.on[pair], s.margin[pair])
			}
		}
		best := s.best(t, threshold)
		if best < 0 {
			s.model(t, s.taken) // the search has left another one there
			break
		}
		s.tail[best] = 2
		s.taken = append(s.taken, s.pairs[best])
		// best left the fitter at this model, with the old coefficients.
		if !s.refit(exactly) && !s.fit(exactly) {
			return math.Inf(1)
		}
	}
	return s.total()
}

// best finds the pair to add, or -1, and leaves the fitter's model with it.
func (s *stepper) best(t *table, threshold float64) int {
	passed := 0.0 // tails up to here have been looked at
	for {
		least := math.Inf(1)
		for _, p := range s.tail {
			if p > passed && p < least || p == 0 && passed == 0 {
				least = p
			}
		}
		if !(least < threshold) {
			return -1
		}
		upTo := least * (1 + tie)
		for i, p := range s.tail {
			if p < least || p > upTo {
				continue
			}
			s.trial = append(append(s.trial[:0], s.taken...), s.pairs[i])
			s.model(t, s.trial)
			if exists, unique := s.exists(true); exists && unique {
				return i
			}
		}
		passed = max(upTo, math.SmallestNonzeroFloat64)
	}
}

package protect

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
)

// A Budget is the privacy loss that one set of records may suffer in all, and what was
// spent of it. Losses are added as zero-concentrated differential privacy (Bun and
// Steinke 2016): rho adds up, and all of it together is (Epsilon, Delta)-differentially private.
//
// Every release of the same records spends, the same release twice as well.
type Budget struct {
	Format  string     `json:"format"` // budgetFormat
	Data    string     `json:"data"`   // which records, in words
	Epsilon float64    `json:"epsilon"`
	Delta   float64    `json:"delta"`
	Spent   []Spending `json:"spent"`

	keep  func() error // brings what is spent to the file that the budget is in
	close func()
}

// A Spending is one release's loss.
type Spending struct {
	Release string  `json:"release"`
	On      string  `json:"on"` // a date, from whoever spends
	Rho     float64 `json:"rho"`
	// Delta is the chance that the loss is not bounded by Rho, as where values are kept by threshold.
	Delta float64 `json:"delta"`
}

const budgetFormat = "plumbline-budget/1"

// NewBudget returns a budget of which nothing is spent.
func NewBudget(data string, epsilon, delta float64) (*Budget, error) {
	b := &Budget{Format: budgetFormat, Data: data, Epsilon: epsilon, Delta: delta, Spent: []Spending{}}
	return b, b.check("")
}

func (b *Budget) check(name string) error {
	switch {
	case b.Format != budgetFormat:
		return &InputError{File: name, Wrong: fmt.Sprintf("the format is %q", b.Format), Want: strconv.Quote(budgetFormat)}
	case !(b.Epsilon > 0) || b.Epsilon > 100:
		return &InputError{File: name, Wrong: fmt.Sprintf("epsilon is %v", b.Epsilon), Want: "more than 0; 1 protects well, 10 hardly"}
	case !(b.Delta > 0) || b.Delta > 0.001:
		return &InputError{File: name, Wrong: fmt.Sprintf("delta is %v", b.Delta), Want: "more than 0 and at most 0.001: under a tenth of one record's share"}
	}
	for i, s := range b.Spent {
		if err := s.check(); err != nil {
			return &InputError{File: name, Wrong: fmt.Sprintf("release %d: %v", i+1, err), Want: "rho above 0 and delta from 0"}
		}
	}
	if eps := b.Total(); eps > b.Epsilon {
		return &InputError{File: name, Wrong: fmt.Sprintf("more is spent (epsilon %.4g) than there is (%.4g)", eps, b.Epsilon), Want: "a budget that was kept"}
	}
	return nil
}

func (s Spending) check() error {
	if !(s.Rho > 0) || math.IsInf(s.Rho, 0) || !(s.Delta >= 0) || s.Delta >= 1 {
		return fmt.Errorf("rho %v with delta %v", s.Rho, s.Delta)
	}
	if s.Release == "" {
		return fmt.Errorf("the release has no name")
	}
	return nil
}

// ReadBudget reads a budget and refuses one that is overspent.
func ReadBudget(r io.Reader, name string) (*Budget, error) {
	dec := json.NewDecoder(io.LimitReader(r, 16<<20))
	dec.DisallowUnknownFields()
	b := &Budget{}
	if err := dec.Decode(b); err != nil {
		return nil, &InputError{File: name, Wrong: "this is not a budget: " + err.Error(), Want: "the JSON that was written"}
	}
	if dec.More() {
		return nil, &InputError{File: name, Wrong: "text follows the budget", Want: "one JSON object"}
	}
	if b.Spent == nil {
		b.Spent = []Spending{}
	}
	return b, b.check(name)
}

// Write writes the budget for ReadBudget.
func (b *Budget) Write(w io.Writer) error {
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// Total is the epsilon that all spending comes to, at the budget's delta.
func (b *Budget) Total() float64 { return b.total(b.Spent) }

func (b *Budget) total(spent []Spending) float64 {
	rho, delta := 0.0, b.Delta
	for _, s := range spent {
		rho += s.Rho
		delta -= s.Delta
	}
	if rho == 0 {
		return 0
	}
	if delta <= 0 {
		return math.Inf(1)
	}
	return RhoToEpsilon(rho, delta)
}

// Spend records a loss, or refuses it and records nothing when it is more than is left. After any error the data must
// not be looked at.
func (b *Budget) Spend(s Spending) error {
	if err := s.check(); err != nil {
		return &InputError{Wrong: err.Error(), Want: "a named release with rho above 0 and delta from 0"}
	}
	switch eps := b.total(append(b.Spent[:len(b.Spent):len(b.Spent)], s)); {
	case math.IsInf(eps, 1):
		return fmt.Errorf("%w: release %q would use up the delta of %.2g for %s; a smaller delta leaves more", ErrOverspent, s.Release, b.Delta, b.Data)
	case eps > b.Epsilon:
		return fmt.Errorf("%w: release %q would bring epsilon from %.4g to %.4g, over %.4g for %s", ErrOverspent, s.Release, b.Total(), eps, b.Epsilon, b.Data)
	}
	b.Spent = append(b.Spent, s)
	if b.keep != nil {
		if err := b.keep(); err != nil {
			return fmt.Errorf("%w: %w", ErrKeep, err)
		}
	}
	return nil
}

// ErrKeep is wrapped by what Spend returns when what was spent could not be kept.
var ErrKeep = fmt.Errorf("keep the budget")

// ErrOverspent is what Spend returns when the budget does not allow a release.
var ErrOverspent = fmt.Errorf("the privacy budget does not allow it")

// RhoToEpsilon is the least epsilon at which rho-zCDP is (epsilon, delta)-differentially private, as far as [rhoToDelta] tells.
func RhoToEpsilon(rho, delta float64) float64 {
	if rho == 0 {
		return 0
	}
	// Bun and Steinke (2016), proposition 1.3, is never less.
	_, epsilon := bisect(0, rho+2*math.Sqrt(rho*math.Log(1/delta)), func(epsilon float64) bool { return rhoToDelta(rho, epsilon) > delta })
	return epsilon
}

// EpsilonToRho is the largest rho for an epsilon at a delta.
func EpsilonToRho(epsilon, delta float64) float64 {
	l := math.Log(1 / delta)
	// (sqrt(eps + l) − sqrt(l))², without the loss of digits where eps is small beside l: never more.
	d := epsilon / (math.Sqrt(epsilon+l) + math.Sqrt(l))
	rho, _ := bisect(d*d, epsilon+1, func(rho float64) bool { return rhoToDelta(rho, epsilon) <= delta })
	return rho
}

// rhoToDelta bounds the delta at which rho-zCDP is (epsilon, delta)-differentially private (Canonne, Kamath and Steinke 2020,
// proposition 12 and corollary 13): the least, over orders a above 1, of
//
//	exp((a−1)(a·rho − epsilon)) · (1 − 1/a)^a / (a − 1)
//
// Any order gives a bound, so that finding the best one is no matter of safety.
func rhoToDelta(rho, epsilon float64) float64 {
	// Where the logarithm no longer falls.
	a, _ := bisect(1.01, (epsilon+1)/(2*rho)+2, func(a float64) bool { return (2*a-1)*rho-epsilon+math.Log1p(-1/a) < 0 })
	return min(1, math.Exp((a-1)*(a*rho-epsilon)+a*math.Log1p(-1/a)-math.Log(a-1)))
}

// bisect halves an interval, below is true at its lower end only, until nothing lies between its ends.
func bisect(lo, hi float64, below func(float64) bool) (float64, float64) {
	for {
		mid := lo + (hi-lo)/2
		if !(lo < mid && mid < hi) {
			return lo, hi
		}
		if below(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
}

// KeepWith makes keep bring what was spent to where the budget lies, before [Budget.Spend] returns: for a budget that lies elsewhere than
// in a file. It must refuse when somebody else has spent since the budget was read.
func (b *Budget) KeepWith(keep func() error) { b.keep = keep }

package figure

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"

	"plumbline/protect"
)

// The paths by which figures about people leave; package protect says when to take which.
const (
	Suppression  = "suppression"  // tables with hidden counts
	Perturbation = "perturbation" // tables with cell-key noise
	KSynthetic   = "k-synthetic"  // made-up rows, and counts rounded down to a multiple of k
	DP           = "dp"           // noisy counts under differential privacy, and rows made from them
)

// NotDisclosed is what a method says of its seed: whoever knew it could take noise away.
const NotDisclosed = "not disclosed"

// Method says how the people in the figures are protected.
type Method struct {
	Path string `json:"path"`
	// K is the smallest count that may be shown; for k-synthetic, how many records share whatever is shown.
	K         int     `json:"k"`
	Mechanism string  `json:"mechanism,omitempty"` // how chance comes into it, where it does
	Seed      string  `json:"seed,omitempty"`      // NotDisclosed where chance comes into it
	Epsilon   float64 `json:"epsilon,omitempty"`
	Delta     float64 `json:"delta,omitempty"`
	// Budget is what all releases of these records together may lose, and have lost with this one.
	Budget     *BudgetState `json:"budget,omitempty"`
	Parameters Parameters   `json:"parameters"`
}

// A BudgetState is the privacy loss that is allowed and spent, as epsilon at Delta.
type BudgetState struct {
	Epsilon float64 `json:"epsilon"`
	Delta   float64 `json:"delta"`
	Spent   float64 `json:"spent"`
}

// Parameters are those of the path; what is not its own is left out.
type Parameters struct {
	Total string `json:"total,omitempty"` // tables: the word for all values of a column
	Zeros string `json:"zeros,omitempty"` // tables: shown or hidden
	// Perturbation: the most that noise moves a count, its variance, the largest count that noise never makes, and a
	// fingerprint of the secret that makes the keys of records.
	Spread   int     `json:"spread,omitempty"`
	Variance float64 `json:"variance,omitempty"`
	NoSmall  int     `json:"no_small,omitempty"`
	Key      string  `json:"key,omitempty"`
	// Rows: the longest combination that is counted.
	Length int `json:"length,omitempty"`
	// Estimates: how many people stand behind each that is shown, at least.
	People int `json:"people,omitempty"`
	// DP: the loss as rho; and by length the noise, how many combinations of a record are kept, and the least count kept.
	Rho        float64   `json:"rho,omitempty"`
	Sigma      []float64 `json:"sigma,omitempty"`
	Kept       []int     `json:"kept,omitempty"`
	Thresholds []float64 `json:"thresholds,omitempty"`
	Version    string    `json:"version"`
}

// rows reports whether what is released are made-up rows with their counts.
func (m Method) rows() bool { return m.Path == KSynthetic || m.Path == DP }

// tables reports whether what is released are tables of counts.
func (m Method) tables() bool { return m.Path == Suppression || m.Path == Perturbation }

var keyFingerprint = regexp.MustCompile(`^[0-9a-f]{32}$`)

// check returns an error unless the method is one that this package writes, with the parameters of its path and no other.
func (m Method) check() error {
	if m.K < 2 || m.K > 1_000_000 {
		return fmt.Errorf("a smallest count of %d", m.K)
	}
	p := m.Parameters
	// only is the method with nothing but what its path has.
	only := Method{Path: m.Path, K: m.K, Parameters: Parameters{Version: p.Version}}
	ok := checkText("version", p.Version) == nil
	switch m.Path {
	case Suppression:
		only.Parameters.Total, only.Parameters.Zeros = p.Total, p.Zeros
		ok = ok && (p.Zeros == "shown" || p.Zeros == "hidden") && checkText("total", p.Total) == nil
		return sameMethod(m, only, ok)
	case Estimated:
		only.Parameters.People = p.People
		return sameMethod(m, only, ok && p.People >= 2 && p.People <= 1_000_000)
	case Perturbation:
		only.Parameters.Total, only.Parameters.Zeros = p.Total, p.Zeros
		only.Parameters.Spread, only.Parameters.Variance, only.Parameters.NoSmall, only.Parameters.Key = p.Spread, p.Variance, p.NoSmall, p.Key
		ok = ok && p.Zeros == "shown" && checkText("total", p.Total) == nil && p.Spread >= 1 && p.Spread <= 100 && p.Variance > 0 && p.NoSmall >= 0 && keyFingerprint.MatchString(p.Key)
	case KSynthetic:
		only.Parameters.Length = p.Length
		ok = ok && p.Length >= 1 && p.Length <= 5
	case DP:
		only.Epsilon, only.Delta, only.Budget = m.Epsilon, m.Delta, m.Budget
		only.Parameters.Length, only.Parameters.Rho = p.Length, p.Rho
		only.Parameters.Sigma, only.Parameters.Kept, only.Parameters.Thresholds = p.Sigma, p.Kept, p.Thresholds
		ok = ok && p.Length >= 1 && p.Length <= 4 && m.Epsilon > 0 && m.Epsilon <= 20 && m.Delta > 0 && m.Delta < 1 && m.Budget != nil &&
			len(p.Sigma) == len(p.Kept) && len(p.Sigma) == len(p.Thresholds) && len(p.Sigma) <= p.Length && p.Rho > 0
	default:
		return fmt.Errorf("method %.40q is not one that this version knows", m.Path)
	}
	only.Mechanism, only.Seed = m.Mechanism, NotDisclosed
	return sameMethod(m, only, ok && checkText("mechanism", m.Mechanism) == nil)
}

func sameMethod(m, only Method, ok bool) error {
	a, errA := compact(m)
	b, errB := compact(only)
	if !ok || errA != nil || errB != nil || !slices.Equal(a, b) {
		return errors.New("the parameters of the method")
	}
	return nil
}

// near is how far a number of nine digits may be from the one that it was rounded from.
const near = 1e-8

// accounts returns an error unless the noise named costs what is said to be lost, and that is within the budget.
func (m Method) accounts() error {
	p := m.Parameters
	want, sigma := protect.MarginalsLoss(m.Epsilon, m.Delta, len(p.Sigma))
	switch {
	case math.Abs(p.Rho-want) > near*want:
		return fmt.Errorf("epsilon %v at delta %v is a loss of %.6g in rho, and %.6g is said", m.Epsilon, m.Delta, want, p.Rho)
	case !(m.Budget.Spent <= m.Budget.Epsilon):
		return fmt.Errorf("more is spent (epsilon %.4g) than there is (%.4g)", m.Budget.Spent, m.Budget.Epsilon)
	case protect.RhoToEpsilon(p.Rho, m.Budget.Delta) > m.Budget.Spent*(1+near):
		return fmt.Errorf("this release alone loses more than is said to be spent of the budget (epsilon %.4g)", m.Budget.Spent)
	}
	for i, s := range p.Sigma {
		if !(s >= sigma*(1-near)) {
			return fmt.Errorf("the noise of length %d has σ %.4g, and %.4g is what epsilon %v asks for", i+1, s, sigma, m.Epsilon)
		}
	}
	return nil
}

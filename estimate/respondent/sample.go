package respondent

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"plumbline/estimate"
)

// sample is the respondents and who recruited whom.
type sample struct {
	ids       []string
	recruiter []int // place of the recruiter, −1 for a seed
	root      []int // place of the seed
	wave      []int
	degree    []float64
	group     []int // place in values, −1 when missing
	values    []string
	number    []float64 // what a mean is asked of, NaN when missing; nil for shares
	mixed     bool      // a group holds several numbers
	count     []int
	class     []int     // place of the degree in classes
	classes   []float64 // different degrees, ascending
	use       []int     // respondents with degree and group, in the order of the table
	recruits  []int     // how many each recruited
	seeds     int
	waves     int
	tied      [][]float64 // who recruits whom, by group
}

func newSample(t *estimate.Table, sp Spec, r *Report) (*sample, error) {
	if t.Rows() == 0 {
		return nil, &estimate.InputError{File: t.Name, Wrong: "there are no rows", Want: "a row a respondent"}
	}
	s := &sample{}
	var err error
	if s.ids, err = t.Text(sp.ID); err != nil {
		return nil, err
	}
	if err := s.readRecruiters(t, sp); err != nil {
		return nil, err
	}
	if s.degree, err = t.Numbers(sp.Degree); err != nil {
		return nil, err
	}
	if err := s.readGroups(t, sp); err != nil {
		return nil, err
	}
	s.count = make([]int, len(s.values))
	lost := 0
	for i, c := range s.group {
		d := s.degree[i]
		if d <= 0 || math.IsInf(d, 0) {
			return nil, t.Bad(i, sp.Degree, fmt.Sprintf("the respondent knows %v people", d), "at least one, since someone recruited them; empty when it was not asked")
		}
		if math.IsNaN(d) || c < 0 {
			lost++
			continue
		}
		s.use = append(s.use, i)
		s.count[c]++
		s.classes = append(s.classes, d)
	}
	if lost > 0 {
		r.Warn("missing-values", "No degree or no answer is known of %d of %d respondents. They stay in the chains and are left out of the estimate.", lost, len(s.group))
	}
	if len(s.use) < 2 {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Y, Wrong: fmt.Sprintf("respondents with a degree and an answer: %d", len(s.use)), Want: "more"}
	}
	slices.Sort(s.classes)
	s.classes = slices.Compact(s.classes)
	s.class = make([]int, len(s.group))
	for _, i := range s.use {
		s.class[i], _ = slices.BinarySearch(s.classes, s.degree[i])
	}
	s.countTies(r)
	return s, nil
}

// readRecruiters makes the forest of recruitment.
func (s *sample) readRecruiters(t *estimate.Table, sp Spec) error {
	by, err := t.Text(sp.Recruiter)
	if err != nil {
		return err
	}
	n := len(s.ids)
	place := make(map[string]int, n)
	for i, id := range s.ids {
		if id == "" {
			return t.Bad(i, sp.ID, "the id is missing", "an id in every row")
		}
		if first, ok := place[id]; ok {
			return t.Bad(i, sp.ID, fmt.Sprintf("id %q is also in row %d", id, first+2), "one row a respondent")
		}
		place[id] = i
	}
	s.recruiter, s.recruits = make([]int, n), make([]int, n)
	for i, id := range by {
		at, known := place[id]
		switch {
		case id == "" || id == s.ids[i] || !known && (id == "0" || strings.EqualFold(id, "seed")):
			s.recruiter[i] = -1
			s.seeds++
		case !known:
			return t.Bad(i, sp.Recruiter, fmt.Sprintf("recruiter %q is no respondent", id), "the id of a respondent; nothing, seed or their own id for a seed")
		default:
			s.recruiter[i] = at
			s.recruits[at]++
		}
	}
	if s.seeds == n {
		return &estimate.InputError{File: t.Name, Column: sp.Recruiter, Wrong: "nobody was recruited by another respondent", Want: "the column that says who recruited whom"}
	}
	// Waves, from each respondent up to the seed; a circle never reaches one.
	s.wave, s.root = make([]int, n), make([]int, n)
	for i := range s.wave {
		s.wave[i] = -1
	}
	var chain []int
	for i := range n {
		chain = chain[:0]
		for k := i; s.wave[k] < 0; k = s.recruiter[k] {
			if len(chain) > n {
				return t.Bad(i, sp.Recruiter, fmt.Sprintf("respondent %q comes from a circle of recruiters", s.ids[i]), "chains that begin with a seed")
			}
			chain = append(chain, k)
			if s.recruiter[k] < 0 {
				s.wave[k], s.root[k] = 0, k
				break
			}
		}
		for j := len(chain) - 1; j >= 0; j-- {
			if k := chain[j]; s.wave[k] < 0 {
				s.wave[k], s.root[k] = s.wave[s.recruiter[k]]+1, s.root[s.recruiter[k]]
				s.waves = max(s.waves, s.wave[k])
			}
		}
	}
	return nil
}

// countTies counts who recruited whom, among those with a group.
func (s *sample) countTies(r *Report) {
	k := len(s.values)
	s.tied = make([][]float64, k)
	for g := range s.tied {
		s.tied[g] = make([]float64, k)
	}
	for i, from := range s.recruiter {
		if from >= 0 && s.group[i] >= 0 && s.group[from] >= 0 {
			s.tied[s.group[from]][s.group[i]]++
		}
	}
	for g := range k {
		for h := range k {
			if n := int(s.tied[g][h]); n > 0 {
				r.Recruitment = append(r.Recruitment, Recruitment{s.values[g], s.values[h], n})
			}
		}
	}
}

// estimands is how many numbers are estimated: a share of every group, or a mean.
func (s *sample) estimands() int {
	if s.number != nil {
		return 1
	}
	return len(s.values)
}

// add adds what row i says to the sum of each estimand.
func (s *sample) add(sums []float64, i int, weight float64) {
	if s.number != nil {
		sums[0] += weight * s.number[i]
	} else {
		sums[s.group[i]] += weight
	}
}

// outcome is what an estimand is the mean of; parallel to use.
func (s *sample) outcome(k int) []float64 {
	y := make([]float64, len(s.use))
	for at, i := range s.use {
		switch {
		case s.number != nil:
			y[at] = s.number[i]
		case s.group[i] == k:
			y[at] = 1
		}
	}
	return y
}

// means are the weighted means of the estimands; weight is parallel to use.
func (s *sample) means(weight []float64) []float64 {
	out, total := make([]float64, s.estimands()), 0.0
	for k, i := range s.use {
		s.add(out, i, weight[k])
		total += weight[k]
	}
	for g := range out {
		out[g] /= total
	}
	return out
}

// A column of more different numbers than manyNumbers is measured and not told
// apart by, unless it is said to be; chains pass between at most fewClasses of
// numbers.
const (
	mostGroups  = 50
	manyNumbers = 20
	fewClasses  = 5
)

// readGroups reads the groups, or the numbers of which the mean is asked with
// the classes that chains pass between: the numbers themselves when they are
// few, else fifths of the respondents.
func (s *sample) readGroups(t *estimate.Table, sp Spec) error {
	codes, values, err := t.Levels(sp.Y)
	if err != nil {
		return err
	}
	s.group = make([]int, len(codes))
	numbers, wrong := t.Numbers(sp.Y)
	mean := sp.Stat == Mean || sp.Stat == "" && sp.Method != RDS1 && wrong == nil && len(values) > manyNumbers
	switch {
	case mean && wrong != nil:
		return wrong
	case !mean && len(values) > mostGroups:
		return &estimate.InputError{File: t.Name, Column: sp.Y, Wrong: fmt.Sprintf("%d different values", len(values)), Want: fmt.Sprintf("at most %d groups, such as under 18 and older, or numbers for their mean", mostGroups)}
	case !mean:
		rank := make([]int, len(values))
		for k, place := range estimate.Ascending(values) {
			rank[place] = k
			s.values = append(s.values, values[place])
		}
		for i, c := range codes {
			s.group[i] = -1
			if c >= 0 {
				s.group[i] = rank[c]
			}
		}
		return nil
	}
	s.number = numbers
	var known []float64
	for _, x := range numbers {
		if x == x {
			known = append(known, x)
		}
	}
	if len(known) == 0 {
		return &estimate.InputError{File: t.Name, Column: sp.Y, Wrong: "every value is missing", Want: "numbers"}
	}
	slices.Sort(known)
	tops := slices.Compact(slices.Clone(known)) // the largest number of each class
	if s.mixed = len(tops) > fewClasses; s.mixed {
		tops = tops[:0]
		for k := 1; k <= fewClasses; k++ {
			tops = append(tops, known[(k*len(known)+fewClasses-1)/fewClasses-1])
		}
		tops = slices.Compact(tops)
	}
	low := known[0]
	for _, top := range tops {
		at, _ := slices.BinarySearch(known, top)
		for at < len(known) && known[at] == top {
			at++
		}
		label := fmt.Sprintf("%g to %g", low, top)
		if low == top {
			label = fmt.Sprintf("%g", top)
		}
		s.values = append(s.values, label)
		if at < len(known) {
			low = known[at]
		}
	}
	for i, x := range numbers {
		s.group[i] = -1
		if x == x {
			s.group[i], _ = slices.BinarySearch(tops, x)
		}
	}
	return nil
}

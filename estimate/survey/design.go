package survey

import (
	"fmt"
	"math"
	"slices"

	"plumbline/estimate"
)

// Design says how the sample was drawn. The strings are names of columns.
type Design struct {
	Weights  string   // how many people of the population a row stands for; empty: 1, or population/sample where FPC is given
	Strata   string   // empty: one stratum
	Clusters []string // first stage, and possibly second; empty: rows were drawn singly
	FPC      []string // sizes of the population of clusters, a stage each; or sampling fractions, when none is above 1
	Nest     bool     // cluster labels repeat between strata and mean different clusters
	// Apart is a column whose values are samples drawn each for itself, so that
	// strata and clusters of one label in two of them are different ones.
	Apart string

	// Lonely is the rule for a stratum with a single cluster. Empty is Adjust.
	Lonely Lonely

	// TimeLocation makes the weights instead of Weights; with Weights it may
	// still divide them by visits.
	TimeLocation *TimeLocation

	// Margins are known totals the weights are fitted to. One margin is
	// post-stratification, several are raking.
	Margins []Margin
}

// Lonely is what to do with a stratum that has one cluster, whose variance the
// sample does not show. The literature and the packages disagree; whatever
// rule was used stands in a warning beside the result.
type Lonely string

const (
	// Adjust takes the lonely cluster's distance from the mean of all clusters:
	// wider than the truth more often than narrower. The default.
	Adjust Lonely = "adjust"
	// Certainty says the cluster was bound to be drawn, and adds no variance.
	Certainty Lonely = "certainty"
	// Average gives the stratum the mean variance of the other strata.
	Average Lonely = "average"
	// Refuse stops with an error.
	Refuse Lonely = "fail"
)

// A Margin is a variable whose totals in the population are known.
type Margin struct {
	Variable string
	Totals   map[string]float64
}

func (d Design) columns() []string {
	var c []string
	add := func(names ...string) {
		for _, n := range names {
			if n != "" && !slices.Contains(c, n) {
				c = append(c, n)
			}
		}
	}
	add(d.Weights, d.Strata, d.Apart)
	add(d.Clusters...)
	add(d.FPC...)
	if t := d.TimeLocation; t != nil {
		for _, f := range t.factors() {
			if _, ok := literal(f.value); !ok {
				add(f.value)
			}
		}
	}
	for _, m := range d.Margins {
		add(m.Variable)
	}
	return c
}

// sample is a design read from a table: rows numbered by cluster and stratum,
// clusters numbered so that those of a stratum are neighbours.
type sample struct {
	table  *estimate.Table
	n      int
	weight []float64
	lonely Lonely

	strata  []string // names
	stratum []int32  // of a row
	psu     []int32  // of a row
	ssu     []int32  // of a row; nil with one stage

	psuStratum []int32
	psus       []int     // clusters in a stratum, sampled
	f1         []float64 // share of a stratum's clusters sampled
	ssus       []int     // second-stage units sampled in a cluster
	f2         []float64

	order []int32 // rows by cluster, then by second stage

	cal   []calibration // what the weights were fitted to
	base  []float64     // the weights before that
	notes []estimate.Warning
}

func (s *sample) note(code, format string, args ...any) {
	s.notes = append(s.notes, estimate.NewWarning(code, format, args...))
}

func option(name, wrong, want string) error {
	return &estimate.InputError{Option: name, Wrong: wrong, Want: want}
}

func newSample(t *estimate.Table, d Design) (*sample, error) {
	s := &sample{table: t, n: t.Rows(), lonely: d.Lonely}
	switch s.lonely {
	case "":
		s.lonely = Adjust
	case Adjust, Certainty, Average, Refuse:
	default:
		return nil, option("lonely", fmt.Sprintf("unknown rule %q", d.Lonely), "adjust, certainty, average or fail")
	}
	if s.n == 0 {
		return nil, &estimate.InputError{File: t.Name, Wrong: "there are no rows", Want: "one row a person"}
	}
	if len(d.Clusters) > 2 {
		return nil, option("cluster", "more than two stages", "one or two columns")
	}
	if len(d.FPC) > max(1, len(d.Clusters)) {
		return nil, option("fpc", "more finite populations than stages", "at most one a stage")
	}
	if err := s.readStrata(t, d); err != nil {
		return nil, err
	}
	if err := s.readClusters(t, d); err != nil {
		return nil, err
	}
	if err := s.readFractions(t, d); err != nil {
		return nil, err
	}
	if err := s.readWeights(t, d); err != nil {
		return nil, err
	}
	if err := s.checkLonely(d); err != nil {
		return nil, err
	}
	if err := s.calibrate(t, d.Margins); err != nil {
		return nil, err
	}
	return s, nil
}

// levels is a column without missing values, its codes in sorted order.
func levels(t *estimate.Table, name, role string) ([]int32, []string, error) {
	codes, values, err := t.Levels(name)
	if err != nil {
		return nil, nil, err
	}
	out := make([]int32, len(codes))
	for i, c := range codes {
		if c < 0 {
			return nil, nil, t.Bad(i, name, "the "+role+" is missing", "a "+role+" in every row")
		}
		out[i] = int32(c)
	}
	return out, values, nil
}

func (s *sample) readStrata(t *estimate.Table, d Design) (err error) {
	s.stratum, s.strata = make([]int32, s.n), []string{"all"}
	if d.Strata != "" {
		if s.stratum, s.strata, err = levels(t, d.Strata, "stratum"); err != nil {
			return err
		}
	}
	s.stratum, s.strata, err = s.separate(t, d, s.stratum, s.strata)
	return err
}

// separate tells labels of one sample from the same labels of another.
func (s *sample) separate(t *estimate.Table, d Design, codes []int32, names []string) ([]int32, []string, error) {
	if d.Apart == "" {
		return codes, names, nil
	}
	of, samples, err := levels(t, d.Apart, "sample")
	if err != nil {
		return nil, nil, err
	}
	out, known, both := make([]int32, len(codes)), map[[2]int32]int32{}, []string(nil)
	for i, c := range codes {
		key := [2]int32{c, of[i]}
		k, ok := known[key]
		if !ok {
			k = int32(len(both))
			known[key] = k
			both = append(both, names[c]+" in "+samples[of[i]])
		}
		out[i] = k
	}
	return out, both, nil
}

func (s *sample) readClusters(t *estimate.Table, d Design) error {
	if len(d.Clusters) == 0 {
		s.numberPSUs(identity(s.n), s.n)
		s.orderRows()
		return nil
	}
	label, names, err := levels(t, d.Clusters[0], "cluster")
	if err == nil {
		label, names, err = s.separate(t, d, label, names)
	}
	if err != nil {
		return err
	}
	id := make([]int32, s.n)
	count := 0
	if d.Nest {
		known := map[int64]int32{}
		for i := range id {
			key := int64(s.stratum[i])<<32 | int64(label[i])
			c, ok := known[key]
			if !ok {
				c = int32(count)
				known[key] = c
				count++
			}
			id[i] = c
		}
	} else {
		home := make([]int32, len(names))
		for k := range home {
			home[k] = -1
		}
		for i, c := range label {
			if home[c] >= 0 && home[c] != s.stratum[i] {
				return t.Bad(i, d.Clusters[0], fmt.Sprintf("cluster %q is in strata %q and %q", names[c], s.strata[home[c]], s.strata[s.stratum[i]]),
					"a cluster in one stratum, or --nest when labels repeat between strata")
			}
			home[c] = s.stratum[i]
		}
		id, count = label, len(names)
	}
	s.numberPSUs(id, count)
	if len(d.Clusters) == 2 {
		label, _, err := levels(t, d.Clusters[1], "cluster")
		if err != nil {
			return err
		}
		known := make(map[int64]int32, s.n/2)
		s.ssu = make([]int32, s.n)
		s.ssus = make([]int, len(s.psuStratum))
		for i := range s.ssu {
			key := int64(s.psu[i])<<32 | int64(label[i])
			c, ok := known[key]
			if !ok {
				c = int32(len(known))
				known[key] = c
				s.ssus[s.psu[i]]++
			}
			s.ssu[i] = c
		}
	}
	s.orderRows()
	return nil
}

func identity(n int) []int32 {
	id := make([]int32, n)
	for i := range id {
		id[i] = int32(i)
	}
	return id
}

// numberPSUs renumbers clusters so that those of one stratum are neighbours.
func (s *sample) numberPSUs(id []int32, count int) {
	home := make([]int32, count)
	for i, c := range id {
		home[c] = s.stratum[i]
	}
	s.psus = make([]int, len(s.strata))
	for _, h := range home {
		s.psus[h]++
	}
	next := make([]int32, len(s.strata))
	for h := 1; h < len(next); h++ {
		next[h] = next[h-1] + int32(s.psus[h-1])
	}
	number := make([]int32, count)
	s.psuStratum = make([]int32, count)
	for c, h := range home {
		number[c] = next[h]
		s.psuStratum[next[h]] = h
		next[h]++
	}
	s.psu = make([]int32, s.n)
	for i, c := range id {
		s.psu[i] = number[c]
	}
}

// orderRows sorts rows by cluster and second stage, by counting: two passes
// over the rows, whatever their number.
func (s *sample) orderRows() {
	s.order = identity(s.n)
	if s.ssu != nil {
		most := int32(0)
		for _, c := range s.ssu {
			most = max(most, c)
		}
		s.order = countingSort(s.order, s.ssu, int(most)+1)
	}
	s.order = countingSort(s.order, s.psu, len(s.psuStratum))
}

// countingSort returns rows sorted by key, keeping the order of equal keys.
func countingSort(rows, key []int32, keys int) []int32 {
	start := make([]int32, keys+1)
	for _, i := range rows {
		start[key[i]+1]++
	}
	for k := 0; k < keys; k++ {
		start[k+1] += start[k]
	}
	out := make([]int32, len(rows))
	for _, i := range rows {
		k := key[i]
		out[start[k]] = i
		start[k]++
	}
	return out
}

// readFractions reads the finite populations: f1 and f2 are shares sampled,
// zero where a population is not given, which is sampling with replacement.
func (s *sample) readFractions(t *estimate.Table, d Design) error {
	s.f1 = make([]float64, len(s.strata))
	s.f2 = make([]float64, len(s.psuStratum))
	for stage, name := range d.FPC {
		v, err := t.Numbers(name)
		if err != nil {
			return err
		}
		size := math.Inf(-1)
		for i, x := range v {
			if math.IsNaN(x) {
				return t.Bad(i, name, "the size of the finite population is missing", "a size in every row")
			}
			if x <= 0 {
				return t.Bad(i, name, fmt.Sprintf("the size of the finite population is %v", x), "a number of clusters, or a share above 0")
			}
			size = max(size, x)
		}
		group, f, units, sampled := s.stratum, s.f1, "stratum", s.psus
		if stage == 1 {
			group, f, units, sampled = s.psu, s.f2, "cluster", s.ssus
		}
		first := make([]float64, len(f))
		for i, x := range v {
			g := group[i]
			if first[g] != 0 && first[g] != x {
				return t.Bad(i, name, fmt.Sprintf("the finite population is %v here and %v in another row of the same %s", x, first[g], units), "one size in a "+units)
			}
			if first[g] == 0 {
				first[g] = x
				f[g] = x // a share
				if size > 1 {
					if float64(sampled[g]) > x*(1+1e-12) {
						return t.Bad(i, name, fmt.Sprintf("%d units were sampled out of %v", sampled[g], x), "a population no smaller than its sample")
					}
					f[g] = float64(sampled[g]) / x
				}
			}
		}
	}
	return nil
}

func (s *sample) readWeights(t *estimate.Table, d Design) error {
	s.weight = make([]float64, s.n)
	for i := range s.weight {
		s.weight[i] = 1
	}
	if tl := d.TimeLocation; tl != nil {
		if d.Weights != "" && (tl.Venues != "" || tl.Slots != "" || tl.Present != "") {
			return option("weights", "weights are given twice", "a column of weights or the counts of time-location sampling")
		}
		if err := s.columnOfWeights(t, d); err != nil {
			return err
		}
		return s.timeLocation(t, *tl)
	}
	return s.columnOfWeights(t, d)
}

func (s *sample) columnOfWeights(t *estimate.Table, d Design) error {
	switch {
	case d.Weights == "" && d.TimeLocation != nil:
		return nil
	case d.Weights == "" && len(d.FPC) > 0:
		// Everybody had the same chance within a stratum and cluster.
		for i := range s.weight {
			s.weight[i] = 1 / s.f1[s.stratum[i]]
			if f := s.f2[s.psu[i]]; f > 0 {
				s.weight[i] /= f
			}
		}
		s.note("weights-from-population", "There is no column of weights: each row stands for population over sample of its stratum.")
		return nil
	case d.Weights == "":
		return nil
	}
	v, err := t.Numbers(d.Weights)
	if err != nil {
		return err
	}
	some := false
	for i, x := range v {
		switch {
		case math.IsNaN(x):
			return t.Bad(i, d.Weights, "the weight is missing", "a weight in every row")
		case x < 0:
			return t.Bad(i, d.Weights, fmt.Sprintf("the weight is %v", x), "zero or more")
		case x > 0:
			some = true
		}
	}
	if !some {
		return &estimate.InputError{File: t.Name, Column: d.Weights, Wrong: "every weight is zero", Want: "weights above zero"}
	}
	s.weight = v
	return nil
}

func (s *sample) checkLonely(d Design) error {
	var alone []string
	for h, n := range s.psus {
		if n == 1 && s.f1[h] < 1 {
			alone = append(alone, s.strata[h])
		}
	}
	switch {
	case len(alone) == 0:
	case len(s.strata) == 1:
		s.note("one-cluster", "The whole sample is one cluster, so it cannot show how far it may be off: there is no standard error.")
	case s.lonely == Refuse:
		return &estimate.InputError{File: s.table.Name, Column: d.Strata, Wrong: fmt.Sprintf("stratum %q has one cluster", alone[0]), Want: "two clusters a stratum, or another rule for lonely clusters"}
	default:
		s.note("lonely-cluster", "%d of %d strata have a single cluster (%s), whose variance cannot be seen. Rule used: %s.", len(alone), len(s.strata), some(alone), s.lonely)
	}
	if s.ssus != nil {
		lone := 0
		for c, n := range s.ssus {
			if n == 1 && s.f1[s.psuStratum[c]] > 0 && s.f2[c] < 1 {
				lone++
			}
		}
		if lone > 0 {
			s.note("lonely-second-stage", "%d clusters have a single second-stage unit, and add nothing to the variance within clusters.", lone)
		}
	}
	return nil
}

func some(names []string) string {
	const most = 5
	text := ""
	for i, n := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(names)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += n
	}
	return text
}

// degf is the number of clusters with anyone of weight in rows, less the number
// of strata with such clusters. Rows are in the order of s.order.
func (s *sample) degf(rows []int32) int {
	clusters, strata := 0, 0
	last, lastStratum := int32(-1), int32(-1)
	for _, i := range rows {
		if s.weight[i] == 0 {
			continue
		}
		if c := s.psu[i]; c != last {
			last = c
			clusters++
			if h := s.psuStratum[c]; h != lastStratum {
				lastStratum = h
				strata++
			}
		}
	}
	return clusters - strata
}

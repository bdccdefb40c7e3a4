package survival

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"

	"plumbline/estimate"
)

// Number is a number or null.
type Number = estimate.Number

// Interval names the way limits of a survival curve are found.
type Interval string

const (
	LogLog Interval = "loglog" // exp(−exp(log(−log S) ± z·se/(S log S))); stays within 0 to 1; the default
	Log    Interval = "log"    // S exp(± z·se/S), at most 1
	Plain  Interval = "plain"  // S ± z·se, within 0 to 1
)

// Spec is one question put to a table with a row a person.
type Spec struct {
	Time  string // column: how long the person was watched
	Event string // column: how that ended
	// EventValue is the value of Event that is the event; every other is
	// censored. Empty: 1, and the column may hold only 0 and 1.
	EventValue string
	// Competing takes 0 as censored and every other value as a cause.
	Competing bool

	By       string
	Strata   string // groups are compared, and hazards shared, within these only
	Interval Interval
	Level    float64 // 0: 0.95

	Cox     []string // covariates; a column of words becomes indicators
	Ties    Ties     // empty: Efron
	Cluster string   // people of one cluster are not independent: robust standard errors
	// Subdistribution fits Fine and Gray's hazard of the cause EventValue
	// instead of Cox's; with Competing.
	Subdistribution bool

	Definition, Population string // in the caller's words
}

// A Report holds the curves and what was asked beside them.
type Report struct {
	estimate.Result
	N      int     `json:"n"`
	Events int     `json:"events"`
	Groups []Group `json:"groups"`
	// LogRank compares groups with equal weight at all times; Peto gives more
	// weight to early times, as many as survive (G-rho, rho 1).
	LogRank *Test `json:"logrank,omitempty"`
	Peto    *Test `json:"peto,omitempty"`
	// Gray compares the groups' shares of each cause, where causes compete.
	Gray []CauseTest `json:"gray,omitempty"`
	Cox  *Cox        `json:"cox,omitempty"`
}

// Test is a chi-square test.
type Test struct {
	ChiSq    Number    `json:"chisq"`
	Df       int       `json:"df"`
	P        Number    `json:"p"`
	Observed []float64 `json:"observed,omitempty"` // by group
	Expected []float64 `json:"expected,omitempty"`
}

func newTest(chisq float64, df int) *Test {
	t := &Test{ChiSq: Number(chisq), Df: df, P: estimate.Null}
	if df > 0 && !math.IsNaN(chisq) {
		t.P = Number(distuv.ChiSquared{K: float64(df)}.Survival(max(chisq, 0)))
	}
	return t
}

// Group is the curve of one group; without By the group is "all".
type Group struct {
	Group     string              `json:"group"`
	N         int                 `json:"n"`
	Events    int                 `json:"events"`
	Median    Quantile            `json:"median"`
	Quartiles map[string]Quantile `json:"quartiles"`
	Mean      RestrictedMean      `json:"restricted_mean"`
	Curve     []Step              `json:"curve"`
	Incidence []Incidence         `json:"incidence,omitempty"`
}

// Quantile is the time by which a share had the event.
type Quantile struct {
	Estimate Number `json:"estimate"`
	Lower    Number `json:"lower"`
	Upper    Number `json:"upper"`
}

// RestrictedMean is the mean time up to a limit: the area under the curve.
type RestrictedMean struct {
	Estimate Number  `json:"estimate"`
	SE       Number  `json:"se"`
	Until    float64 `json:"until"`
}

// Step is one time at which someone had the event or was lost from sight.
type Step struct {
	Time        float64 `json:"time"`
	AtRisk      int     `json:"at_risk"`
	Events      int     `json:"events"`
	Censored    int     `json:"censored"`
	Survival    Number  `json:"survival"`
	SE          Number  `json:"se"`
	Lower       Number  `json:"lower"`
	Upper       Number  `json:"upper"`
	CumHaz      Number  `json:"cumhaz"` // Nelson-Aalen
	CumHazSE    Number  `json:"cumhaz_se"`
	CumHazLower Number  `json:"cumhaz_lower"`
	CumHazUpper Number  `json:"cumhaz_upper"`
}

// Incidence is the share that has had one cause by a time.
type Incidence struct {
	Time     float64 `json:"time"`
	Cause    string  `json:"cause"`
	Estimate Number  `json:"estimate"`
	SE       Number  `json:"se"`
	Lower    Number  `json:"lower"`
	Upper    Number  `json:"upper"`
}

func option(name, wrong, want string) error {
	return &estimate.InputError{Option: name, Wrong: wrong, Want: want}
}

// Columns names the columns of the table that the spec reads.
func (sp Spec) Columns() []string {
	c := append([]string{sp.Time, sp.Event}, sp.Cox...)
	for _, n := range []string{sp.By, sp.Strata, sp.Cluster} {
		if n != "" {
			c = append(c, n)
		}
	}
	slices.Sort(c)
	return slices.Compact(c)
}

// Check refuses a spec that no table could answer.
func (sp Spec) Check() error { return sp.settle() }

func (sp *Spec) settle() error {
	sp.Interval = cmp.Or(sp.Interval, LogLog)
	sp.Ties = cmp.Or(sp.Ties, Efron)
	if sp.Level == 0 {
		sp.Level = 0.95
	}
	switch {
	case sp.Time == "" || sp.Event == "":
		return option("time", "the column of times or of events is not given", "--time COLUMN --event COLUMN")
	case !slices.Contains([]Interval{LogLog, Log, Plain}, sp.Interval):
		return option("interval", fmt.Sprintf("unknown interval %q", sp.Interval), "loglog, log or plain")
	case !(sp.Level > 0 && sp.Level < 1):
		return option("level", fmt.Sprintf("the level is %v", sp.Level), "a number between 0 and 1, such as 0.95")
	case sp.Competing && sp.EventValue != "" && len(sp.Cox) == 0:
		return option("event-value", "with competing ends every value is an event", "one of the two, or --cox for the cause")
	}
	return nil
}

// Fit estimates the curves of the groups, compares them, and fits the
// regression when one is asked for.
func Fit(ctx context.Context, t *estimate.Table, sp Spec) (*Report, error) {
	if err := sp.settle(); err != nil {
		return nil, err
	}
	method := "kaplan-meier"
	if sp.Competing {
		method = "aalen-johansen"
	}
	r := &Report{Result: estimate.NewResult(method, sp.Level), Groups: []Group{}}
	r.Definition, r.Population = sp.Definition, sp.Population
	p, err := readPeople(t, sp, r)
	if err != nil {
		return nil, err
	}
	z := distuv.UnitNormal.Quantile(0.5 + sp.Level/2)
	last := 0.0
	for _, x := range p.time {
		last = max(last, x)
	}
	r.N = len(p.time)
	for g, name := range p.groups {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		group := p.curve(g, sp.Interval, z)
		group.Group = name
		group.restricted(last)
		if sp.Competing {
			group.Incidence = p.incidence(g, sp.Interval, z)
		}
		if group.Events == 0 {
			r.Warn("no-events", "Nobody of group %s had the event, so nothing shows when half of them would.", name)
		}
		r.Events += group.Events
		r.Groups = append(r.Groups, group)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(p.groups) > 1 {
		r.LogRank, r.Peto = p.logrank(0), p.logrank(1)
		if sp.Competing {
			for c, name := range p.causes {
				r.Gray = append(r.Gray, CauseTest{name, p.gray(c)})
			}
		}
		if r.LogRank.Df < len(p.groups)-1 {
			r.Warn("group-never-at-risk", "A group has nobody left when the first event comes, and is not compared.")
		}
	}
	if len(sp.Cox) > 0 {
		fit := fitCox
		if sp.Subdistribution {
			fit = fitSubdistribution
		}
		if r.Cox, err = fit(ctx, t, p, sp, r); err != nil {
			return nil, err
		}
	}
	r.Warn("left-truncation", "Everybody is taken as watched from the beginning. When only people who were recognised in the end are in the data, those never recognised are missing and the times are too short.")
	r.headline(sp)
	return r, nil
}

// people are rows with a time and an end, in the order of the table.
type people struct {
	row     []int // in the table
	time    []float64
	event   []bool // any cause
	cause   []int  // place in causes, or −1
	causes  []string
	group   []int
	groups  []string
	stratum []int
	strata  int
	byGroup [][]int // people of a group, by time
}

func readPeople(t *estimate.Table, sp Spec, r *Report) (*people, error) {
	time, err := t.Numbers(sp.Time)
	if err != nil {
		return nil, err
	}
	ends, values, err := t.Levels(sp.Event)
	if err != nil {
		return nil, err
	}
	p := &people{}
	cause, err := p.readEnds(t, sp, r, ends, values)
	if err != nil {
		return nil, err
	}
	groupOf, groups, err := sortedGroups(t, sp.By)
	if err != nil {
		return nil, err
	}
	stratumOf, strata, err := sortedGroups(t, sp.Strata)
	if err != nil {
		return nil, err
	}
	p.groups, p.strata = groups, len(strata)
	missing, ungrouped, events := 0, 0, 0
	p.row, p.time, p.event = make([]int, 0, len(time)), make([]float64, 0, len(time)), make([]bool, 0, len(time))
	p.cause, p.group, p.stratum = make([]int, 0, len(time)), make([]int, 0, len(time)), make([]int, 0, len(time))
	for i, x := range time {
		switch {
		case math.IsNaN(x) || ends[i] < 0:
			missing++
			continue
		case x < 0:
			return nil, t.Bad(i, sp.Time, fmt.Sprintf("the time is %v", x), "zero or more")
		case groupOf[i] < 0 || stratumOf[i] < 0:
			ungrouped++
			continue
		}
		c := cause[ends[i]]
		p.row = append(p.row, i)
		p.time = append(p.time, x)
		p.event = append(p.event, c >= 0)
		p.cause = append(p.cause, c)
		p.group = append(p.group, groupOf[i])
		p.stratum = append(p.stratum, stratumOf[i])
		if c >= 0 {
			events++
		}
	}
	if missing > 0 {
		r.Warn("missing-values", "%d of %d rows have no time or no end and are left out.", missing, t.Rows())
	}
	if ungrouped > 0 {
		r.Warn("missing-group", "%d rows have no group or stratum and are left out.", ungrouped)
	}
	if len(p.time) == 0 {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Time, Wrong: "no row has a time and an end", Want: "a row a person"}
	}
	if events == 0 {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Event, Wrong: "every time is censored: nobody had the event", Want: "someone who had it, or another --event-value"}
	}
	p.sort()
	return p, nil
}

// readEnds returns for every value of the event column the cause it stands for.
func (p *people) readEnds(t *estimate.Table, sp Spec, r *Report, ends []int, values []string) ([]int, error) {
	same := func(a, b string) bool {
		x, errx := strconv.ParseFloat(a, 64)
		y, erry := strconv.ParseFloat(b, 64)
		return a == b || errx == nil && erry == nil && x == y
	}
	cause := make([]int, len(values))
	order := estimate.Ascending(values)
	if sp.Competing {
		for _, k := range order {
			cause[k] = -1
			if !same(values[k], "0") {
				cause[k] = len(p.causes)
				p.causes = append(p.causes, values[k])
			}
		}
		if len(p.causes) > 50 {
			return nil, &estimate.InputError{File: t.Name, Column: sp.Event, Wrong: fmt.Sprintf("%d different causes", len(p.causes)), Want: "0 for censored and at most 50 causes"}
		}
		return cause, nil
	}
	wanted := cmp.Or(sp.EventValue, "1")
	p.causes = []string{wanted}
	var others []string
	for _, k := range order {
		switch {
		case same(values[k], wanted):
			cause[k] = 0
		case sp.EventValue == "" && !same(values[k], "0"):
			return nil, t.Bad(slices.Index(ends, k), sp.Event, fmt.Sprintf("the end is %q", values[k]), "0 for censored and 1 for the event, or --event-value, or --competing")
		default:
			cause[k] = -1
			others = append(others, values[k])
		}
	}
	if len(others) > 1 {
		r.Warn("competing-censored", "The ends %v are all taken as censored. If one of them makes the event impossible, one minus the curve overstates it: ask for competing ends.", others)
	}
	return cause, nil
}

func sortedGroups(t *estimate.Table, name string) ([]int, []string, error) {
	if name == "" {
		return make([]int, t.Rows()), []string{"all"}, nil
	}
	codes, values, err := t.Levels(name)
	if err != nil {
		return nil, nil, err
	}
	if len(values) == 0 {
		return nil, nil, &estimate.InputError{File: t.Name, Column: name, Wrong: "every group is missing", Want: "groups"}
	}
	rank, names := make([]int, len(values)), make([]string, len(values))
	for r, k := range estimate.Ascending(values) {
		rank[k], names[r] = r, values[k]
	}
	for i, c := range codes {
		if c >= 0 {
			codes[i] = rank[c]
		}
	}
	return codes, names, nil
}

// sort orders the people of every group by time.
func (p *people) sort() {
	type key struct {
		time float64
		who  int32
	}
	keys := make([]key, len(p.time))
	for i, x := range p.time {
		keys[i] = key{x, int32(i)}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if c := cmp.Compare(a.time, b.time); c != 0 {
			return c
		}
		return cmp.Compare(a.who, b.who)
	})
	p.byGroup = make([][]int, len(p.groups))
	size := make([]int, len(p.groups))
	for _, g := range p.group {
		size[g]++
	}
	for g, n := range size {
		p.byGroup[g] = make([]int, 0, n)
	}
	for _, k := range keys {
		g := p.group[k.who]
		p.byGroup[g] = append(p.byGroup[g], int(k.who))
	}
}

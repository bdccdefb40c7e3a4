package figure

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"plumbline/estimate"
	"plumbline/estimate/survey"
	"plumbline/protect"
)

// Estimated is the path of estimates from data that are not published: a table of numbers with their limits. The rules are those of
// [EstimateSpec].
const Estimated = "estimate"

// estimatesFile holds the estimates of a release.
const estimatesFile = "estimates.csv"

// valueColumn says which value of a question a share is of.
const valueColumn = "value"

// estimateColumns follow the columns of groups.
var estimateColumns = []string{"people", "estimate", "lower", "upper", "status"}

// An Estimation says how estimates were made, so that whoever may see the data can make them again.
type Estimation struct {
	Method   string  `json:"method"` // as the engine names it
	Version  string  `json:"version"`
	Kind     string  `json:"kind"`  // of the intervals: Confidence or Credible
	Level    string  `json:"level"` // such as 0.95
	Interval string  `json:"interval,omitempty"`
	Seed     *uint64 `json:"seed,omitempty"`     // of the estimate; it tells nothing of anybody
	Question string  `json:"question,omitempty"` // how one asks it of the data again
}

func (e *Estimation) check() error {
	if err := checkLevel(e.Kind, e.Level); err != nil {
		return err
	}
	if e.Kind == Bounds {
		return errors.New("an estimate has limits of confidence or credible ones")
	}
	for _, f := range []struct{ name, text string }{{"method", e.Method}, {"version of the method", e.Version}, {"interval", cmp.Or(e.Interval, "-")}, {"question", cmp.Or(e.Question, "-")}} {
		if err := checkText(f.name, f.text); err != nil {
			return err
		}
	}
	return nil
}

// The least people behind an estimate, and the least who have, and have not, what a share is of, when nothing else is asked for.
const (
	UsualPeople = 30
	UsualCases  = 10
)

// An EstimateSpec is estimates that are to be published, and the rules by which they are protected:
//
//   - an estimate rests on at least People who were asked or counted;
//   - where it is a share, at least Cases of them have it, or nobody, and at least Cases have not: when everybody has it, each of
//     them is told of;
//   - what is hidden for that is hidden together with so much that all hidden ones of a line could be shown as one, since a total
//     less what is shown gives them away;
//   - of a domain, at least People of the others are outside it, since everybody less the domain is a group too.
//
// One estimate that does not keep to them is refused, and of several those are hidden.
type EstimateSpec struct {
	Estimation
	By            []string // the columns of groups
	Rows          []EstimateRow
	Outside       *int   // how many rows of the data are outside the domain; nil when there is none
	Unit          string // what the numbers are in, when the method says; empty otherwise
	Places        int    // decimal places
	People, Cases int
}

// An EstimateRow is the estimate of one group.
type EstimateRow struct {
	Group                  []string
	Estimate, Lower, Upper estimate.Number // limits that are not known are null
	People                 int
	Cases                  *int // of a share; nil otherwise
}

// ReadEstimates reads what plumbline estimate prints with --json. It refuses what holds no estimate that may be published: a model's
// coefficients, a test, a quantile, data that did not determine a number.
func ReadEstimates(result []byte) (*EstimateSpec, error) {
	var r struct {
		estimate.Result
		Statistic  string                  `json:"statistic"`
		N          int                     `json:"n"`
		Outside    *int                    `json:"outside"`
		Results    []survey.Group          `json:"results"`
		Observed   *float64                `json:"observed"` // capture
		From, To   *survey.RoundLevel      // change
		Difference *struct{}               `json:"difference"`
		Events     *int                    `json:"events"` // survival
		Seeds      *int                    `json:"seeds"`  // respondent
		Level      float64                 `json:"level"`
		Change     *struct{ Scale string } `json:"level_change"` // series
		Totals     *struct {
			Observed estimate.Number `json:"observed_total"`
		} `json:"counterfactual"`
		Groups []struct {
			Group    string          `json:"group"`
			Value    string          `json:"value"`
			N        int             `json:"n"`
			Events   int             `json:"events"`
			Estimate estimate.Number `json:"estimate"`
			Lower    estimate.Number `json:"lower"`
			Upper    estimate.Number `json:"upper"`
			Median   struct {
				Estimate estimate.Number `json:"estimate"`
				Lower    estimate.Number `json:"lower"`
				Upper    estimate.Number `json:"upper"`
			} `json:"median"`
		} `json:"groups"`
	}
	if err := json.Unmarshal(result, &r); err != nil || r.Method == "" || r.Version == "" {
		return nil, &protect.InputError{Wrong: "this is not the result of an estimate", Want: "what plumbline estimate prints with --json"}
	}
	s := &EstimateSpec{By: []string{"group"}, Outside: r.Outside, Places: 2, People: UsualPeople, Cases: UsualCases,
		Estimation: Estimation{Method: r.Method, Version: r.Version, Kind: Confidence, Level: Level(r.Level), Interval: r.Interval, Seed: r.Seed}}
	if r.Interval == "credible" {
		s.Kind = Credible
	}
	one := func(people int) []EstimateRow {
		return []EstimateRow{{Group: []string{"all"}, Estimate: r.Estimate, Lower: r.Lower, Upper: r.Upper, People: people}}
	}
	switch {
	case r.Statistic == "quantile" && r.Difference == nil:
		return nil, fmt.Errorf("%w: a quantile is the answer of one person", ErrUnsafe)
	case r.Results != nil:
		s.fromSurvey(r.Statistic, r.Results)
	case r.Difference != nil && r.From != nil && r.To != nil:
		s.Unit, s.Places, s.Rows = "percent", 1, s.percent(one(min(r.From.N, r.To.N)))
		for _, round := range []*survey.RoundLevel{r.From, r.To} {
			if why := s.small(EstimateRow{Estimate: r.Estimate, People: round.N, Cases: round.Cases}); why != "" {
				return nil, fmt.Errorf("%w: in one round %s", ErrUnsafe, why)
			}
		}
	case r.Observed != nil:
		s.Unit, s.Places, s.Rows = "people", 0, one(int(*r.Observed))
	case r.Seeds != nil:
		s.Unit, s.Places, s.By = "percent", 1, []string{valueColumn}
		for _, g := range r.Groups {
			s.Rows = append(s.Rows, s.percent([]EstimateRow{{[]string{g.Value}, g.Estimate, g.Lower, g.Upper, r.N, &g.N}})...)
		}
	case r.Totals != nil && r.Change != nil:
		if s.Rows = one(int(max(0, r.Totals.Observed))); r.Change.Scale == "ratio" {
			s.Unit = "times as many"
		}
	case r.Events != nil:
		for _, g := range r.Groups {
			s.Rows = append(s.Rows, EstimateRow{[]string{cmp.Or(g.Group, "all")}, g.Median.Estimate, g.Median.Lower, g.Median.Upper, g.Events, nil})
		}
	}
	s.Rows = slices.DeleteFunc(s.Rows, func(r EstimateRow) bool { return !r.Estimate.Known() })
	if len(s.Rows) == 0 {
		return nil, &protect.InputError{Wrong: "the result holds no estimate that could be published", Want: "a number from capture, survey, change, series, survival or respondent"}
	}
	return s, nil
}

func (s *EstimateSpec) fromSurvey(statistic string, groups []survey.Group) {
	valued := slices.ContainsFunc(groups, func(g survey.Group) bool { return g.Value != "" })
	if valued {
		s.By = append(s.By, valueColumn)
	}
	for _, g := range groups {
		row := EstimateRow{[]string{g.Group}, g.Estimate, g.Lower, g.Upper, g.N, g.Cases}
		if valued {
			row.Group = append(row.Group, g.Value)
		}
		s.Rows = append(s.Rows, row)
	}
	switch statistic {
	case string(survey.Proportion):
		s.Unit, s.Places, s.Rows = "percent", 1, s.percent(s.Rows)
	case string(survey.Total):
		s.Places = 0
	}
}

// percent turns shares into per cent.
func (s *EstimateSpec) percent(rows []EstimateRow) []EstimateRow {
	for i := range rows {
		r := &rows[i]
		r.Estimate, r.Lower, r.Upper = 100*r.Estimate, 100*r.Lower, 100*r.Upper
	}
	return rows
}

// small says why an estimate must not be shown; nothing when it may.
func (s *EstimateSpec) small(r EstimateRow) string {
	switch {
	case r.People < s.People:
		return fmt.Sprintf("fewer than %d people stand behind it", s.People)
	case r.Cases == nil:
		return ""
	case *r.Cases > 0 && *r.Cases < s.Cases:
		return fmt.Sprintf("fewer than %d of them have what it is about", s.Cases)
	case r.People-*r.Cases < s.Cases:
		return fmt.Sprintf("fewer than %d of them have not what it is about, so that it tells of each", s.Cases)
	}
	return ""
}

// protect hides what must not be shown, and what it takes so that it cannot be worked out.
func (s *EstimateSpec) protect() (hidden []bool, report *protect.TableReport, err error) {
	switch {
	case s.People < 2 || s.Cases < 2:
		return nil, nil, &protect.InputError{Option: "min", Wrong: "so few people hide nobody", Want: "2 or more; 30 people and 10 cases are usual"}
	case s.Outside != nil && *s.Outside > 0 && *s.Outside < s.People:
		return nil, nil, fmt.Errorf("%w: fewer than %d people are outside the domain, and an estimate of everybody would tell of them", ErrUnsafe, s.People)
	}
	hidden = make([]bool, len(s.Rows))
	why := ""
	for i, r := range s.Rows {
		if text := s.small(r); text != "" {
			hidden[i], why = true, text
		}
	}
	for again := true; again; {
		again = false
		for column := range s.By {
			again = s.cover(hidden, column) || again
		}
	}
	if !slices.Contains(hidden, false) {
		return nil, nil, fmt.Errorf("%w: %s", ErrUnsafe, cmp.Or(why, "nothing would be left to show"))
	}
	n := 0
	for _, h := range hidden {
		if h {
			n++
		}
	}
	report = &protect.TableReport{Method: "estimate-rules", Version: protect.Version, Min: s.Cases, Safe: true, Findings: []protect.Finding{
		{Code: "few_people", Result: "passed", Text: fmt.Sprintf("each estimate that is shown rests on %d people or more", s.People)},
		{Code: "few_cases", Result: "passed", Text: fmt.Sprintf("where it is a share, nobody or at least %d of them have it, and at least %d have not", s.Cases, s.Cases)},
		{Code: "together", Result: "passed", Text: fmt.Sprintf("%d estimates are hidden, and those that a total could give away could be shown as one", n)},
		{Code: "differencing", Result: "not possible", Text: "estimates of other groups of the same people, published elsewhere, are not held against these"},
	}}
	return hidden, report, nil
}

// lines are the places of groups that differ in one column alone.
func lines(groups [][]string, column int) (list [][]int) {
	at := map[string]int{}
	for i, g := range groups {
		key := slices.Clone(g)
		key[column] = ""
		line, known := at[strings.Join(key, "\x00")]
		if !known {
			line = len(list)
			at[strings.Join(key, "\x00")], list = line, append(list, nil)
		}
		list[line] = append(list[line], i)
	}
	return list
}

// cover hides more of each line along a column, the fewest people first, until the hidden ones could be shown as one.
func (s *EstimateSpec) cover(hidden []bool, column int) (more bool) {
	groups := make([][]string, len(s.Rows))
	for i, r := range s.Rows {
		groups[i] = r.Group
	}
	for _, line := range lines(groups, column) {
		slices.SortStableFunc(line, func(a, b int) int { return cmp.Compare(s.weight(a), s.weight(b)) })
		for {
			all, some := s.together(line, hidden, s.By[column] == valueColumn)
			next := slices.IndexFunc(line, func(i int) bool { return !hidden[i] })
			if !some || next < 0 || s.small(all) == "" {
				break
			}
			hidden[line[next]], more = true, true
		}
	}
	return more
}

// together is what is hidden of a line as one estimate. Shares of the values of one question are of the same people.
func (s *EstimateSpec) together(line []int, hidden []bool, values bool) (all EstimateRow, some bool) {
	all.Cases = new(int)
	for _, i := range line {
		if !hidden[i] {
			continue
		}
		r := s.Rows[i]
		if some = true; values {
			all.People = max(all.People, r.People)
		} else {
			all.People += r.People
		}
		if r.Cases == nil {
			all.Cases = nil
		} else if all.Cases != nil {
			*all.Cases += *r.Cases
		}
	}
	return all, some
}

// weight is how many people an estimate would cost to hide.
func (s *EstimateSpec) weight(i int) int {
	if r := s.Rows[i]; r.Cases != nil {
		return *r.Cases
	}
	return s.Rows[i].People
}

// Estimates are a table of estimates as it is published.
type Estimates struct {
	By   []string
	Rows []PublishedEstimate
}

// A PublishedEstimate is a row of it; a hidden one has its group alone.
type PublishedEstimate struct {
	Group                  []string
	People                 int
	Estimate, Lower, Upper string // limits that are not known are empty
	Hidden                 bool
}

// table writes the estimates down to their places.
func (s *EstimateSpec) table(hidden []bool) *Estimates {
	t := &Estimates{By: s.By}
	number := func(n estimate.Number) string {
		if !n.Known() {
			return ""
		}
		text := strconv.FormatFloat(float64(n), 'f', s.Places, 64)
		if v, _ := strconv.ParseFloat(text, 64); v == 0 {
			text = strings.TrimPrefix(text, "-")
		}
		return text
	}
	for i, r := range s.Rows {
		row := PublishedEstimate{Group: r.Group, Hidden: true}
		if !hidden[i] {
			row = PublishedEstimate{r.Group, r.People, number(r.Estimate), number(r.Lower), number(r.Upper), false}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (m *maker) estimates() error {
	s := m.Estimate
	hidden, report, err := s.protect()
	if err != nil {
		return err
	}
	m.contents.estimates = s.table(hidden)
	m.method = Method{Path: Estimated, K: s.Cases, Parameters: Parameters{People: s.People, Version: protect.Version}}
	m.made.Risk = report
	return nil
}

func (t *Estimates) write(b *bytes.Buffer) error {
	w := csv.NewWriter(b)
	rows := [][]string{append(slices.Clone(t.By), estimateColumns...)}
	for _, r := range t.Rows {
		row := append(slices.Clone(r.Group), "", "", "", "", protect.StatusSuppressed)
		if !r.Hidden {
			row = append(slices.Clone(r.Group), strconv.Itoa(r.People), r.Estimate, r.Lower, r.Upper, protect.StatusNormal)
		}
		rows = append(rows, row)
	}
	return w.WriteAll(rows)
}

// maxEstimates bounds a table of estimates: what is longer is no table that anybody reads.
const maxEstimates = 10_000

func parseEstimates(data []byte) (*Estimates, error) {
	bad := func(row int, what string) error {
		return fmt.Errorf("%s: row %d: %w: %s", estimatesFile, row, ErrMalformed, what)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", estimatesFile, ErrMalformed, err)
	}
	if len(rows) < 2 || len(rows) > maxEstimates || len(rows[0]) < len(estimateColumns)+1 {
		return nil, bad(1, "no table of estimates")
	}
	by := len(rows[0]) - len(estimateColumns)
	if !slices.Equal(rows[0][by:], estimateColumns) {
		return nil, bad(1, "want the columns of groups, then "+strings.Join(estimateColumns, ", "))
	}
	t := &Estimates{By: rows[0][:by]}
	for i, row := range rows[1:] {
		e := PublishedEstimate{Group: row[:by], Estimate: row[by+1], Lower: row[by+2], Upper: row[by+3], Hidden: row[by+4] == protect.StatusSuppressed}
		if slices.ContainsFunc(t.Rows, func(o PublishedEstimate) bool { return slices.Equal(o.Group, e.Group) }) {
			return nil, bad(i+2, "the group stands there twice")
		}
		if !e.Hidden {
			if e.People, err = strconv.Atoi(row[by]); err != nil || !signedNumber.MatchString(e.Estimate) {
				return nil, bad(i+2, "an estimate without its number, or without how many people it rests on")
			}
			for _, limit := range []string{e.Lower, e.Upper} {
				if limit != "" && !signedNumber.MatchString(limit) {
					return nil, bad(i+2, "a limit that is no number")
				}
			}
		}
		t.Rows = append(t.Rows, e)
	}
	return t, sameBytes(data, estimatesFile, t.write)
}

// at finds the estimate of a group; all its columns are named, or none where there is one row.
func (t *Estimates) at(group map[string]string) (*PublishedEstimate, error) {
	for i := range t.Rows {
		r := &t.Rows[i]
		same := len(group) == len(t.By)
		for j, column := range t.By {
			same = same && group[column] == r.Group[j]
		}
		if same || len(group) == 0 && len(t.Rows) == 1 {
			if r.Hidden {
				return nil, fmt.Errorf("the estimate is hidden, so that %w", ErrHidden)
			}
			return r, nil
		}
	}
	return nil, errors.New("the table has no estimate of that group")
}

// quote fills in a value, and its interval where there is one, from the table of estimates.
func (t *Estimates) quote(v Value, e *Estimation) (Value, error) {
	r, err := t.at(v.Cell)
	if err != nil {
		return v, err
	}
	v.Value, v.Interval = r.Estimate, nil
	if r.Lower != "" || r.Upper != "" {
		v.Interval = &Interval{Kind: e.Kind, Level: e.Level, Method: cmp.Or(e.Interval, e.Method), Lower: r.Lower, Upper: r.Upper}
	}
	return v, nil
}

// promise returns an error unless each estimate that is shown rests on enough people and lies within its limits.
func (t *Estimates) promise(m Method) (string, error) {
	hidden := 0
	for _, r := range t.Rows {
		switch {
		case r.Hidden:
			hidden++
		case r.People < m.Parameters.People:
			return "", fmt.Errorf("an estimate rests on %d people, and on %d or more is said", r.People, m.Parameters.People)
		case !encloses(r.Lower, r.Estimate, r.Upper):
			return "", fmt.Errorf("an estimate of %s lies outside its limits", r.Estimate)
		}
	}
	groups := make([][]string, len(t.Rows))
	for i, r := range t.Rows {
		groups[i] = r.Group
	}
	for column := range t.By {
		for _, line := range lines(groups, column) {
			n := 0
			for _, i := range line {
				if t.Rows[i].Hidden {
					n++
				}
			}
			if n == 1 && len(line) > 1 {
				return "", errors.New("one estimate alone is hidden, and a total would give it away")
			}
		}
	}
	return fmt.Sprintf("Each estimate that is shown rests on %d people or more and lies within its limits; %d are hidden. How many of them have what a share is of, and that the estimates are right, only the keeper of the data can tell.", m.Parameters.People, hidden), nil
}

// people is how many people the estimates rest on, as far as all are shown.
func (t *Estimates) people() (n int64, ok bool) {
	asked := map[string]int{}
	for _, r := range t.Rows {
		if r.Hidden {
			return 0, false
		}
		group := slices.Clone(r.Group)
		if i := slices.Index(t.By, valueColumn); i >= 0 {
			group[i] = "" // shares of values are of the same people
		}
		key := strings.Join(group, "\x00")
		asked[key] = max(asked[key], r.People)
	}
	for _, people := range asked {
		n += int64(people)
	}
	return n, true
}

package exchange

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"time"

	"plumbline/figure"
)

// An OfficialSeries is a published series of one office, with the rules under
// which its numbers came about. Points under different rules are different
// figures: they are never joined, added or subtracted.
type OfficialSeries struct {
	Name       string            `json:"name"`
	Definition figure.Definition `json:"definition"`
	Publisher  string            `json:"publisher"`
	Sources    []string          `json:"sources"`
	Licence    string            `json:"licence"`
	Rules      []OfficialRule    `json:"rules"`
	Points     []OfficialPoint   `json:"points"`
	Ages       []string          `json:"-"`
}

// An OfficialRule is a version of the rule and the day from which it held.
type OfficialRule struct {
	From string `json:"from"` // a date
	Text string `json:"text"`
}

// An OfficialPoint is the decisions of a quarter on people of one age.
type OfficialPoint struct {
	Quarter  string `json:"quarter"` // 2023-Q1
	Age      string `json:"age"`     // adult, child, unknown
	Rules    []int  `json:"rules"`   // those under which it was counted, from 0; more than one when the rule changed within it
	Positive int    `json:"positive"`
	Negative int    `json:"negative"`
}

// Decisions is the denominator.
func (p OfficialPoint) Decisions() int { return p.Positive + p.Negative }

// Share is the percentage of decisions that were positive; 0 and false where
// there was none.
func (p OfficialPoint) Share() (float64, bool) {
	if p.Decisions() == 0 {
		return 0, false
	}
	return 100 * float64(p.Positive) / float64(p.Decisions()), true
}

//go:embed official/nrm-uk.csv
var nrmCSV []byte

// NRM returns the first decisions of the United Kingdom's National Referral
// Mechanism, by quarter and age; see official/ORIGIN.md.
func NRM() *OfficialSeries {
	s := &OfficialSeries{
		Name: "nrm-uk",
		Definition: figure.Definition{
			Text:      "Share of the first decisions in the National Referral Mechanism that were positive: the competent authority found reasonable grounds",
			Numerator: "positive reasonable grounds decisions", Denominator: "reasonable grounds decisions, positive and negative", Unit: "percent",
			Period: "2014 to 2023, by quarter", Basis: "decision", Population: "people referred as potential victims of modern slavery in the United Kingdom, by age at exploitation",
			Rule: "four versions; see the rules", Exclusions: []string{"referrals without a decision in the quarter", "reports under the duty to notify"},
		},
		Publisher: "Home Office, United Kingdom",
		Sources: []string{
			"Home Office: Modern Slavery: National Referral Mechanism and Duty to Notify statistics UK, quarter 4 2023, October to December, published 7 March 2024, and its data tables",
			"humaniverse/asylum, commit e7044ec (MIT): the same tables as comma-separated files, from which these were taken",
			"Home Office: Modern Slavery: statutory guidance for England and Wales, versions of 30 January, 24 July and 9 October 2023, for the rules",
		},
		Licence: "Crown copyright, Open Government Licence v3.0",
		Rules: []OfficialRule{
			{"2009-04-01", "there are grounds to believe that the person may be a victim"},
			{"2023-01-30", "there are grounds, resting on objective factors, to believe that the person is a victim"},
			{"2023-07-24", "the same, with the demand for objective factors eased"},
			{"2023-10-09", "the same, eased again"},
		},
		Ages: []string{"adult", "child", "unknown"},
	}
	rows, err := readTable(bytes.NewReader(nrmCSV), []string{"quarter", "age", "positive", "negative"})
	for i, r := range rows {
		positive, err1 := strconv.Atoi(r[2])
		negative, err2 := strconv.Atoi(r[3])
		from, until, ok := quarterOf(r[0])
		if err1 != nil || err2 != nil || !ok || !slices.Contains(s.Ages, r[1]) {
			err = fmt.Errorf("row %d is not a quarter, an age and two numbers", i+2)
			break
		}
		s.Points = append(s.Points, OfficialPoint{r[0], r[1], s.rulesIn(from, until), positive, negative})
	}
	if err != nil {
		panic("exchange: the embedded series nrm-uk does not read: " + err.Error())
	}
	return s
}

// rulesIn returns the rules that held at some day of a period.
func (s *OfficialSeries) rulesIn(from, until time.Time) (held []int) {
	for i, r := range s.Rules {
		began, _ := time.Parse(time.DateOnly, r.From)
		ended := until
		if i+1 < len(s.Rules) {
			ended, _ = time.Parse(time.DateOnly, s.Rules[i+1].From)
		}
		if began.Before(until) && ended.After(from) {
			held = append(held, i)
		}
	}
	return held
}

// quarterOf reads "2023-Q1".
func quarterOf(text string) (from, until time.Time, ok bool) {
	var year, n int
	if _, err := fmt.Sscanf(text, "%4d-Q%1d", &year, &n); err != nil || fmt.Sprintf("%d-Q%d", year, n) != text || n < 1 || n > 4 {
		return from, until, false
	}
	from = time.Date(year, time.Month(3*n-2), 1, 0, 0, 0, 0, time.UTC)
	return from, from.AddDate(0, 3, 0), true
}

// Of returns the points of one age, in order; of all ages together when age is
// empty.
func (s *OfficialSeries) Of(age string) (points []OfficialPoint) {
	for _, p := range s.Points {
		n := len(points)
		switch {
		case age != "" && p.Age != age:
		case age == "" && n > 0 && points[n-1].Quarter == p.Quarter:
			points[n-1].Positive += p.Positive
			points[n-1].Negative += p.Negative
		default:
			if age == "" {
				p.Age = ""
			}
			points = append(points, p)
		}
	}
	return points
}

// Joined reports whether two points may stand in one line: each was counted
// under one rule, and it is the same.
func (p OfficialPoint) Joined(q OfficialPoint) bool {
	return len(p.Rules) == 1 && slices.Equal(p.Rules, q.Rules)
}

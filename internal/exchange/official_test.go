package exchange

import (
	"fmt"
	"slices"
	"testing"
)

// The sums that the publisher prints: 15,247 decisions in 2023; 4,705 in its
// last quarter, 55 % of them positive (bulletin of 7 March 2024).
func TestNRMAgreesWithTheBulletin(t *testing.T) {
	s := NRM()
	year := 0
	for _, p := range s.Of("") {
		if p.Quarter[:4] == "2023" {
			year += p.Decisions()
		}
		if share, _ := p.Share(); p.Quarter == "2023-Q4" && (p.Decisions() != 4705 || fmt.Sprintf("%.0f", share) != "55") {
			t.Errorf("2023-Q4: %d decisions, %.1f %% positive", p.Decisions(), share)
		}
	}
	if year != 15247 {
		t.Errorf("2023: %d decisions", year)
	}
	if len(s.Points) != 40*3 || len(s.Of("adult")) != 40 {
		t.Errorf("%d points", len(s.Points))
	}
}

// The worked example: 1,951 of 2,314 adults before the rule changed, 461 of
// 1,687 after it, in two figures that may not stand in one line.
func TestNRMBreaksWhereItsRuleChanged(t *testing.T) {
	adults := NRM().Of("adult")
	at := func(quarter string) OfficialPoint {
		return adults[slices.IndexFunc(adults, func(p OfficialPoint) bool { return p.Quarter == quarter })]
	}
	for _, c := range []struct {
		quarter string
		share   string
		rules   []int
	}{{"2022-Q3", "87.1", []int{0}}, {"2022-Q4", "84.3", []int{0}}, {"2023-Q1", "50.8", []int{0, 1}}, {"2023-Q2", "27.3", []int{1}}, {"2023-Q3", "44.8", []int{1, 2}}, {"2023-Q4", "40.5", []int{2, 3}}} {
		p := at(c.quarter)
		if share, ok := p.Share(); !ok || fmt.Sprintf("%.1f", share) != c.share || !slices.Equal(p.Rules, c.rules) {
			t.Errorf("%s: %.1f under the rules %v, want %s under %v", c.quarter, share, p.Rules, c.share, c.rules)
		}
	}
	if !at("2022-Q3").Joined(at("2022-Q4")) {
		t.Error("two quarters under one rule are apart")
	}
	for _, pair := range [][2]string{{"2022-Q4", "2023-Q1"}, {"2022-Q4", "2023-Q2"}, {"2023-Q1", "2023-Q1"}, {"2023-Q3", "2023-Q4"}} {
		if at(pair[0]).Joined(at(pair[1])) {
			t.Errorf("%v stand in one line", pair)
		}
	}
	if share, ok := (OfficialPoint{}).Share(); ok {
		t.Errorf("a share of no decisions: %v", share)
	}
}

package protect_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"plumbline/protect"
)

const people = `district,outcome
north,went home
north,went home
north,went home
north,shelter
south,went home
south,went home
south,went home
south,shelter
south,shelter
south,shelter
`

func ExampleSuppress() {
	data, err := protect.ReadTable(strings.NewReader(people), "people.csv", protect.ReadOptions{})
	if err != nil {
		log.Fatal(err)
	}
	p, err := protect.Suppress(context.Background(), data, protect.SuppressSpec{Tables: [][]string{{"district", "outcome"}}, Min: 3})
	if err != nil {
		log.Fatal(err)
	}
	p.Tables[0].WriteCSV(os.Stdout)
	fmt.Println(p.Primary, "count is small;", p.Secondary, "more are hidden for its sake")
	// The one person in a shelter in the north could be one, or three: both fit the table.
	fmt.Println("proved:", p.Proof[0].Low, "to", p.Proof[0].Up)
	// Output:
	// district,outcome,count,status
	// Total,Total,10,A
	// Total,went home,6,A
	// Total,shelter,4,A
	// north,Total,4,A
	// north,went home,,Q
	// north,shelter,,Q
	// south,Total,6,A
	// south,went home,,Q
	// south,shelter,,Q
	// 1 count is small; 3 more are hidden for its sake
	// proved: 1 to 3
}

func ExampleSynthesise() {
	data, err := protect.ReadTable(strings.NewReader(people), "people.csv", protect.ReadOptions{})
	if err != nil {
		log.Fatal(err)
	}
	s, err := protect.Synthesise(context.Background(), data, protect.SynthesisSpec{K: 3, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	report, err := protect.Risk(context.Background(), s.Rows, protect.RiskSpec{K: 3, Sensitive: data})
	if err != nil {
		log.Fatal(err)
	}
	// Nobody alone in a combination can be seen: of the shelter in the north nothing is left.
	fmt.Println(report.Safe, report.Quality.RarePresent, "rare combinations,", report.Quality.Lost, "frequent ones lost")
	// Output: true 0 rare combinations, 0 frequent ones lost
}

func ExampleAggregate() {
	data, err := protect.ReadTable(strings.NewReader(people), "people.csv", protect.ReadOptions{})
	if err != nil {
		log.Fatal(err)
	}
	a, err := protect.Aggregate(context.Background(), data, protect.AggregateSpec{K: 3})
	if err != nil {
		log.Fatal(err)
	}
	a.WriteTSV(os.Stdout)
	// Output:
	// selections	protected_count
	// record_count	9
	// district:south	6
	// outcome:went home	6
	// district:north	3
	// outcome:shelter	3
	// district:north;outcome:went home	3
	// district:south;outcome:shelter	3
	// district:south;outcome:went home	3
}

func ExampleBudget() {
	budget, err := protect.NewBudget("people met, 2026", 2.5, 1e-6)
	if err != nil {
		log.Fatal(err)
	}
	for _, release := range []string{"spring", "summer", "autumn"} {
		err := budget.Spend(protect.Spending{Release: release, On: "2026-11-22", Rho: 0.05})
		fmt.Printf("%s: %.2f of %v spent, refused: %v\n", release, budget.Total(), budget.Epsilon, err != nil)
	}
	// Output:
	// spring: 1.47 of 2.5 spent, refused: false
	// summer: 2.14 of 2.5 spent, refused: false
	// autumn: 2.14 of 2.5 spent, refused: true
}

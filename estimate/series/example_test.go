package series_test

import (
	"context"
	"fmt"
	"os"

	"plumbline/estimate"
	"plumbline/estimate/series"
)

func ExampleFit() {
	file, err := os.Open("testdata/sicily.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	table, err := estimate.ReadTable(file, "sicily.csv", estimate.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := series.Fit(context.Background(), table, series.Spec{
		Y: "aces", Time: "time", Events: []string{"37"}, Offset: "stdpop",
		Family: series.QuasiPoisson, Harmonics: 2, Period: 12,
		Definition: "admissions for heart attacks",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Sentence)
	fmt.Printf("a fall of %.1f per cent could have been shown\n", 100*r.Detectable.Fall)
	// Output:
	// From event 37 on, the level of admissions for heart attacks was 11.5 per cent lower than the series before led to expect (95 per cent interval 6.7 to 16.1), if nothing else happened at that time.
	// a fall of 7.3 per cent could have been shown
}

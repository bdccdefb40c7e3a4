package survey_test

import (
	"context"
	"fmt"
	"strings"

	"plumbline/estimate"
	"plumbline/estimate/survey"
)

func ExampleFit() {
	// Two venues in each of two cities, three people at each.
	file := strings.NewReader(`city,venue,weight,minor
north,n1,20,0
north,n1,20,1
north,n1,20,0
north,n2,25,0
north,n2,25,0
north,n2,25,0
south,s1,10,1
south,s1,10,1
south,s1,10,0
south,s2,12,0
south,s2,12,1
south,s2,12,0
`)
	table, err := estimate.ReadTable(file, "venues.csv", estimate.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := survey.Fit(context.Background(), table, survey.Spec{
		Design: survey.Design{Weights: "weight", Strata: "city", Clusters: []string{"venue"}},
		Y:      "minor==1",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	g := r.Results[0]
	fmt.Printf("%.3f (%.3f to %.3f) of %d, on %d degrees of freedom\n", g.Estimate, g.Lower, g.Upper, g.N, r.Degf)
	// Output: 0.259 (0.019 to 0.860) of 12, on 2 degrees of freedom
}

func ExampleChangeOfCounts() {
	r, err := survey.ChangeOfCounts(survey.CountsSpec{
		From:         survey.Count{Cases: 82, N: 1005},
		To:           survey.Count{Cases: 24, N: 1091},
		DesignEffect: 2.3,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Sentence)
	// Output: From 8.2 per cent (5.9 to 11.1, 1005 answers) to 2.2 per cent (1.2 to 4.0, 1091 answers): a fall of 73 per cent, with a 95 per cent interval from 47 to 86, if both rounds measured alike.
}

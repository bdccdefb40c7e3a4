package respondent_test

import (
	"context"
	"fmt"
	"os"

	"plumbline/estimate"
	"plumbline/estimate/respondent"
)

func ExampleFit() {
	file, err := os.Open("testdata/faux.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	table, err := estimate.ReadTable(file, "faux.csv", estimate.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := respondent.Fit(context.Background(), table, respondent.Spec{ID: "id", Recruiter: "recruiter_id", Degree: "degree", Y: "X", Population: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range r.Groups {
		fmt.Printf("%s %.4f (%.3f to %.3f), %d of %d respondents\n", g.Value, g.Estimate, g.Lower, g.Upper, g.N, r.N)
	}
	// Output:
	// blue 0.3103 (0.250 to 0.371), 118 of 389 respondents
	// red 0.6897 (0.629 to 0.750), 271 of 389 respondents
}

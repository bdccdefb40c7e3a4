package capture_test

import (
	"context"
	"fmt"
	"os"

	"plumbline/estimate"
	"plumbline/estimate/capture"
)

func ExampleFit() {
	f, err := os.Open("testdata/mse/UKdat_5.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	table, err := estimate.ReadTable(f, "UKdat_5.csv", estimate.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	spec := capture.Default()
	spec.Definition = "potential victims of trafficking"
	spec.Population = "United Kingdom, 2013"
	spec.Bootstrap = 0 // the limits of the chosen model alone
	r, err := capture.Fit(context.Background(), table, spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Sentence)
	fmt.Println(r.Warnings[0].Text)
	// Output:
	// The 5 lists hold 2,744 potential victims of trafficking (United Kingdom, 2013); under the assumptions of the stepwise method there were about 11,300 in all, with a 95% interval from 9,880 to 13,000. Other defensible ways to ask the same lists give from 10,200 to 26,400.
	// People on one list of LA:NG, LA:PFNCA are on the other more often than independent lists would have it. If one passes people to the other, ask how many; the model allows for it only as an average.
}

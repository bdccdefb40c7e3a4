package survival_test

import (
	"context"
	"fmt"
	"strings"

	"plumbline/estimate"
	"plumbline/estimate/survival"
)

func ExampleFit() {
	// Weeks until someone was recognised as trafficked; 0 is still waiting.
	file := strings.NewReader("weeks,recognised\n3,1\n5,1\n5,0\n8,1\n12,1\n16,0\n20,1\n31,0\n")
	table, err := estimate.ReadTable(file, "people.csv", estimate.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := survival.Fit(context.Background(), table, survival.Spec{Time: "weeks", Event: "recognised", Definition: "been recognised"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Sentence)
	// Output: Half had been recognised by time 12 (95 per cent interval from 3 on). Estimated from 8 people, of whom 5 were seen to have it, if those lost from sight were like the others.
}

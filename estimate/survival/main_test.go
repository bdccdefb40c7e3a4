package survival

import (
	"os"
	"testing"

	"plumbline/internal/rig/golden"
)

// left are the numbers of the reference programs that nothing here is held to.
var left = golden.Left{
	"lung.json/*/var":         "of observed less expected; the statistic is made of it, and compared",
	"*/*/concordance/se(C)":   "not printed",
	"lung.json/weibull_aft":   "a model of times with a Weibull form, which is not here",
	"pbc.json/cuminc_trt/var": "another estimate of the variance (Gray); that of survfit is compared",
}

func TestMain(m *testing.M) { os.Exit(golden.Main(m, os.Stdout, left)) }

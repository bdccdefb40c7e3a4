package capture

import (
	"os"
	"testing"

	"plumbline/internal/rig/golden"
)

// left are the numbers of the reference programs that nothing here is held to.
var left = golden.Left{
	"*/bootstrap_stepwise_0.02/iseed":       "R's random generator is not ours",
	"*/bootstrap_main_effects/iseed":        "R's random generator is not ours",
	"*/MultipleSystemsEstimation/bic/iseed": "R's random generator is not ours",
	"*/lcmcr":                               "chains of another generator; TestGoldenLatent compares medians where they mixed",
	"*/*/top_models/#/index_in_package":     "the order of graphs in a file of that package",
	"*/rcapture/closedp":                    "models that are not here; Mt is the main effects and compared",
	"*/rcapture/closedpMS_maxorder2/top10":  "models with a pair that never overlaps, iterated towards minus infinity there",
	"*/modslavmse_MSEfit_AIC_stepwise":      "choices by AIC and a Wald test that end at models of their own; where they end at ours, profiles are compared",
}

func TestMain(m *testing.M) { os.Exit(golden.Main(m, os.Stdout, left)) }

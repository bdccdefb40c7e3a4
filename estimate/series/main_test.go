package series

import (
	"os"
	"testing"

	"plumbline/internal/rig/golden"
)

// left are the numbers of the reference programs that nothing here is held to.
var left = golden.Left{
	"*/*/null_deviance":                                     "that of a model without terms, which is not fitted here",
	"*/*/NeweyWest_default_prewhite1":                       "prewhitened, which is not here: the lag is fixed or chosen, as named",
	"*/*/vcovHAC_Andrews_default":                           "another kernel and bandwidth, which are not here",
	"*/*/acf_1_to_12":                                       "Ljung-Box sums them",
	"clinic_sim_a.json/negbin/pearson_chi2":                 "its dispersion is 1 by the model",
	"sicily.json/model5_negbin_step_harmonic2/pearson_chi2": "its dispersion is 1 by the model",
	"sicily.json/counterfactual_model4/month":               "the last month, where the ratio stands",
	"*/*/r2":                   "not printed: a trend alone makes it large",
	"*/gls_ar1_reml":           "restricted likelihood, which is not here",
	"*/arima_1_0_0_xreg_ml/se": "from the curvature with φ unknown; those of the same fit by gls are compared",
}

func TestMain(m *testing.M) { os.Exit(golden.Main(m, os.Stdout, left)) }

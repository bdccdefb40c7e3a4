package respondent

import (
	"os"
	"testing"

	"plumbline/internal/rig/golden"
)

// left are the numbers of the reference programs that nothing here is held to.
var left = golden.Left{
	"faux.json/timings":                                        "seconds",
	"faux.json/*/RDS_I_data_smoothed":                          "recruitment made even before RDS-I, which is not here",
	"faux.json/*/bootstrap_Salganik_seed1_500/#/design_effect": "that of a bootstrap is not printed; its standard error is compared",
	"faux.json/*/bootstrap_Gile_seed1_200/#/design_effect":     "that of a bootstrap is not printed; its standard error is compared",
}

func TestMain(m *testing.M) { os.Exit(golden.Main(m, os.Stdout, left)) }

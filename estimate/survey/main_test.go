package survey

import (
	"os"
	"testing"

	"plumbline/internal/rig/golden"
)

// left are the numbers of the reference programs that nothing here is held to.
var left = golden.Left{
	"apiclus1.json/postStratify_stype/population": "what was given, not found",
	"apiclus1.json/svymean_stype/vcov":            "of different values, which is not printed; the diagonal is compared",
	"*/*/JKn_or_JK1/nrep":                         "how the reference made its replicates",
	"*/*/JKn_or_JK1/rscales_unique":               "how the reference made its replicates",
	"*/*/bootstrap_subbootstrap_500_seed42/nrep":  "how the reference made its replicates",
	"*/*/bootstrap_subbootstrap_500_seed42/scale": "how the reference made its replicates",
}

func TestMain(m *testing.M) { os.Exit(golden.Main(m, os.Stdout, left)) }

package figure

import (
	"fmt"
	"time"
)

// A ClaimCheck is what holding a claim's figure against a record gave, as it
// is kept. A later check of the same figure takes its place.
type ClaimCheck struct {
	Claim   string      `json:"claim"`
	Of      string      `json:"of"`      // the figure that was checked, as [Claim.Told] tells it
	Figure  string      `json:"figure"`  // what was computed from the record, by its name
	Version string      `json:"version"` // of its definition
	Result  CheckResult `json:"result"`
	Value   string      `json:"value,omitempty"` // what the record gives; empty when it cannot tell
	Why     string      `json:"why"`             // by how much they differ, or what is missing; a sentence in English
	At      time.Time   `json:"at"`
	Entries int64       `json:"entries"` // how many entries the record's ledger had then
}

// A CheckResult is one of three: that a record cannot tell is an answer.
type CheckResult string

const (
	CheckAgrees     CheckResult = "agrees"
	CheckDiffers    CheckResult = "differs"
	CheckCannotTell CheckResult = "cannot-tell"
)

// Values lists the results.
func (CheckResult) Values() []string {
	return []string{string(CheckAgrees), string(CheckDiffers), string(CheckCannotTell)}
}

// why is what a status says of a check.
func (k ClaimCheck) why() string {
	switch k.Result {
	case CheckAgrees:
		return fmt.Sprintf("agrees with this record: %s gives %s; %s", k.Figure, k.Value, k.Why)
	case CheckDiffers:
		return fmt.Sprintf("differs from this record: %s gives %s; %s", k.Figure, k.Value, k.Why)
	}
	return fmt.Sprintf("was held against this record, which cannot tell: %s", k.Why)
}

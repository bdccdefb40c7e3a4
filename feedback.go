package plumbline

import "slices"

// An Advocate is who stands by somebody that was met: a role, never a name.
type Advocate string

func (Advocate) Values() []string {
	return []string{"", "lawyer", "social_worker", "health_worker", "interpreter", "peer"}
}

// hearers are the kinds of organisation to which somebody who was met can turn
// without an account: none of them holds powers of the state.
var hearers = []OrganisationKind{"health_service", "shelter", "legal_aid", "worker_led", "board", "ngo"}

// Hears reports whether people can turn to the organisation without an
// account: it has said so, and is of a kind that may. A force never is,
// whatever its record says.
func (o *Organisation) Hears() bool {
	return o.TakesRequests == Yes && o.Origin != "public_record" && slices.Contains(hearers, o.Kind)
}

package plumbline

import "slices"

// LedWithoutPolice returns which organisation led the operation, of those that
// group says are worker-led groups or boards. It is empty when none did, or
// when police or soldiers are on record as part of it. Where nobody is said to
// have led, a welfare visit was led by who recorded it first.
func (r *Record) LedWithoutPolice(group func(ID) bool) ID {
	police := func(g *Agency) bool { return g.TookPart != No && (g.Kind == "police" || g.Kind == "military") }
	if r.Operation.Criteria.Police == Yes || slices.ContainsFunc(r.Agencies, police) {
		return ""
	}
	led := false
	for _, g := range r.Agencies {
		if g.Role != "lead" || g.TookPart == No {
			continue
		}
		if led = true; g.Organisation != "" && group(g.Organisation) {
			return g.Organisation
		}
	}
	if !led && r.RecordedBy != "" && group(r.RecordedBy) && r.People().Kind().Kind == WelfareVisit {
		return r.RecordedBy
	}
	return ""
}

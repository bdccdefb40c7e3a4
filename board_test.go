package plumbline

import "testing"

func TestLedWithoutPolice(t *testing.T) {
	group := func(id ID) bool { return id == "board" }
	agency := func(org ID, kind OrganisationKind, role AgencyRole, took Answer) *Agency {
		return &Agency{Organisation: org, Name: "N", Kind: kind, Role: role, TookPart: took}
	}
	lead := agency("board", "board", "lead", Yes)
	visit := Operation{Head: Head{ID: "v"}, Origin: "site"}
	visit.Criteria.Aim = "welfare"
	visit.Criteria.Police = No
	raid := visit
	raid.Criteria.Police = Yes
	for name, tt := range map[string]struct {
		r    Record
		want ID
	}{
		"a board led it":                             {Record{Operation: visit, Agencies: []*Agency{lead}}, "board"},
		"police were there":                          {Record{Operation: raid, Agencies: []*Agency{lead}}, ""},
		"police were to come and did not":            {Record{Operation: visit, Agencies: []*Agency{lead, agency("p", "police", "support", No)}}, "board"},
		"police took part, by an agency":             {Record{Operation: visit, Agencies: []*Agency{lead, agency("p", "police", "support", "")}}, ""},
		"a board helped":                             {Record{Operation: visit, Agencies: []*Agency{agency("board", "board", "welfare", Yes)}}, ""},
		"another led, a board recorded it":           {Record{RecordedBy: "board", Operation: visit, Agencies: []*Agency{agency("ngo", "ngo", "lead", Yes)}}, ""},
		"a board recorded a visit that nobody led":   {Record{RecordedBy: "board", Operation: visit}, "board"},
		"a board recorded what may not be a visit":   {Record{RecordedBy: "board", Operation: Operation{Head: Head{ID: "x"}, Origin: "site"}}, ""},
		"a shelter recorded a visit that nobody led": {Record{RecordedBy: "shelter", Operation: visit}, ""},
	} {
		if got := tt.r.LedWithoutPolice(group); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

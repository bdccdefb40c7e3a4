package plumbline

const KindElsewhere Kind = "elsewhere"

// An Elsewhere is a look at whether those whom a study counts went where it
// does not count. A fall where people are counted is a fall of what is counted:
// without these looks nobody can say that it is more.
type Elsewhere struct {
	Head
	Sign  ElsewhereSign `json:"sign" need:"yes"`
	Found Answer        `json:"found" need:"yes"`
	Area  ID            `json:"area,omitempty" ref:"area"`
	At    When          `json:"at"`
	What  Text          `json:"what,omitempty"` // how it was looked for, and what was seen
}

// ElsewhereSign is where one looks for people who may have moved.
type ElsewhereSign string

// Values lists the signs, in the order in which a study shows them.
func (ElsewhereSign) Values() []string {
	return []string{"nearby", "other_setting", "online", "price", "ages", "hidden"}
}

// A SignLooked is one sign with the looks at it; none when nobody looked.
type SignLooked struct {
	Sign  ElsewhereSign
	Looks []*Elsewhere
}

// Moved returns every sign, also those at which nobody looked, since what was
// not looked for was not found to be absent.
func (r *StudyRecord) Moved() (signs []SignLooked) {
	for _, sign := range ElsewhereSign("").Values() {
		s := SignLooked{Sign: ElsewhereSign(sign)}
		for _, look := range r.Elsewhere {
			if look.Sign == s.Sign {
				s.Looks = append(s.Looks, look)
			}
		}
		signs = append(signs, s)
	}
	return signs
}

// Found answers whether people seem to have moved there: yes when one look
// found it, unknown when nobody looked or none could tell.
func (s SignLooked) Found() Answer {
	found := Unknown
	for _, look := range s.Looks {
		switch look.Found {
		case Yes:
			return Yes
		case No:
			found = No
		}
	}
	return found
}

package plumbline

// A Presence is people met in one operation: one person under a code, or a
// group with a count. A group splits when its members go different ways: the
// part names the group it came from, and the group is what is left.
type Presence struct {
	Head
	Code        string   `json:"code" need:"yes"` // P-07 or G-02, made for the record
	Individual  bool     `json:"individual,omitempty"`
	Count       Count    `json:"count"`
	Description string   `json:"description,omitempty"` // who they are to the record, never a name
	PartOf      ID       `json:"part_of,omitempty" ref:"presence"`
	SplitAt     When     `json:"split_at"`
	Age         string   `json:"age,omitempty"` // years or a range, "14" or "15-17"
	AgeBasis    AgeBasis `json:"age_basis,omitempty"`
	AgeBy       string   `json:"age_by,omitempty"`
	OwnWords    Text     `json:"own_words,omitempty"` // what the people say of themselves, whatever their class
}

// A Decision puts people in a class. It is dated, has a decider and a
// definition, and a later one does not erase it. Until somebody decides, the
// class is not determined.
type Decision struct {
	Head
	Presence   ID        `json:"presence" need:"yes" ref:"presence"`
	Class      Class     `json:"class" need:"yes"`
	DecidedBy  string    `json:"decided_by,omitempty"`
	Definition string    `json:"definition,omitempty"`
	Version    string    `json:"version,omitempty"`
	At         When      `json:"at"`
	Where      PlaceKind `json:"where,omitempty"`
	Reasons    Text      `json:"reasons,omitempty"`
	Contested  Answer    `json:"contested,omitempty"`
}

// A Movement is what happened next to everyone in a presence: a state, from
// when to when, by whom, under what power, with or without consent, and who
// handed whom to whom.
type Movement struct {
	Head
	Presence  ID        `json:"presence" need:"yes" ref:"presence"`
	State     State     `json:"state" need:"yes"`
	From      When      `json:"from"`
	Until     When      `json:"until"`
	Confirmed When      `json:"confirmed"` // the last time somebody checked that it still holds
	PlaceKind PlaceKind `json:"place_kind,omitempty"`
	Place     string    `json:"place,omitempty"`
	By        string    `json:"by,omitempty"`
	ByUnit    ID        `json:"by_unit,omitempty" ref:"unit"`
	Power     Power     `json:"power,omitempty"`
	Basis     string    `json:"basis,omitempty"` // the law or order relied on
	Lawful    Answer    `json:"lawful,omitempty"`
	Consent   Answer    `json:"consent,omitempty"`
	Wish      string    `json:"wish,omitempty"` // what the people wanted
	Giver     string    `json:"giver,omitempty"`
	Taker     string    `json:"taker,omitempty"`
	Receipt   Answer    `json:"receipt,omitempty"`
	Screened  Answer    `json:"screened,omitempty"` // assessed before this was done
	Advised   Answer    `json:"advised,omitempty"`  // had legal advice before this was done
	Paid      Answer    `json:"paid,omitempty"`     // money is alleged to have ended it
	ToldBy    string    `json:"told_by,omitempty"`
}

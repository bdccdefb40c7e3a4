package plumbline

const KindArea Kind = "area"

// An Area is a town, a district or a border crossing, never a venue: who
// serves the people there, what shut them out, and what else happened there at
// the time. Nobody owns it. Each organisation tells its own part (see Told).
type Area struct {
	Head
	Name     string   `json:"name" need:"yes"`
	Origin   Origin   `json:"origin" need:"yes"`
	Country  string   `json:"country,omitempty"`
	Size     AreaSize `json:"size,omitempty"`
	Within   ID       `json:"within,omitempty" ref:"area"`
	Compared ID       `json:"compared,omitempty" ref:"area"` // another, as like it as can be found, where no such operation was
	Why      Text     `json:"why,omitempty"`                 // why the two can be compared, and where they differ
	Called   []string `json:"called,omitempty"`              // other words by which operations name it as their place
}

// AreaSize is how much an area is. There is no smaller one than a district.
type AreaSize string

func (AreaSize) Values() []string { return []string{"", "district", "town", "border", "region"} }

// Told is the part of an area's entries that says whose they are. Each is its
// teller's: nobody else changes it.
type Told struct {
	Organisation ID   `json:"by_organisation" need:"yes" ref:"organisation"`
	From         When `json:"from"` // "2026-03" for a month
	Until        When `json:"until"`
}

func (t *Told) told() *Told { return t }

// TellAs makes an entry that is nobody's yet what an organisation tells.
func (t *Told) TellAs(org ID) {
	if t.Organisation == "" {
		t.Organisation = org
	}
}

// Span returns the first and the last moment that the entry is of.
func (t *Told) Span() (from, until When) {
	if t.Until.Known() {
		return t.From, t.Until
	}
	return t.From, t.From
}

// TellerOf returns the organisation that tells an entry, or none where the
// entry is nobody's own.
func TellerOf(e Entry) ID {
	if t, is := e.(interface{ told() *Told }); is {
		return t.told().Organisation
	}
	return ""
}

// Contacts are what a clinic or outreach team counted in a month or another
// time. Nobody is named, and a person may be counted at each contact.
type Contacts struct {
	Head
	Told
	Service    ServiceKind `json:"service" need:"yes"`
	Setting    Setting     `json:"setting,omitempty"`
	Contacts   Count       `json:"contacts"`
	New        Count       `json:"new"`
	Returning  Count       `json:"returning"`
	Condoms    Count       `json:"condoms"`
	Tests      Count       `json:"tests"`
	StaffHours Count       `json:"staff_hours"` // that were spent: fewer contacts in fewer hours are no loss of access
}

// ServiceKind is what is brought to people, or for what they come.
type ServiceKind string

func (ServiceKind) Values() []string {
	return []string{"clinic", "outreach", "drop_in", "helpline", "legal", "other"}
}

// Setting is where people work or live, as a kind and never as a place.
type Setting string

func (Setting) Values() []string {
	return []string{"", "venue", "street", "home", "online", "clinic", "border", "worksite", "several"}
}

// An AccessLoss is a time in which a service was shut out. Who shut the door
// and what came before are two questions, each with its own teller.
type AccessLoss struct {
	Head
	Told
	Service   ServiceKind `json:"service,omitempty"`
	Setting   Setting     `json:"setting,omitempty"`
	Places    Count       `json:"places"` // how many shut it out
	Reason    Text        `json:"reason,omitempty"`
	ShutBy    ShutBy      `json:"shut_by,omitempty"`
	ShutByWho string      `json:"shut_by_told_by,omitempty"` // who says so
	Before    BeforeLoss  `json:"before,omitempty"`
	BeforeWho string      `json:"before_told_by,omitempty"`
	Operation ID          `json:"operation,omitempty" ref:"operation"` // that came before, where it is on record
}

// ShutBy is who closed the door to a service.
type ShutBy string

func (ShutBy) Values() []string {
	return []string{"", "owner", "manager", "trafficker", "police", "authority", "workers", "service_itself", "nobody_there", "other"}
}

// BeforeLoss is what had happened when a service was shut out.
type BeforeLoss string

func (BeforeLoss) Values() []string {
	return []string{"", "police_operation", "private_operation", "threat", "rumour", "law", "eviction", "programme_end", "nothing", "other"}
}

// A Factor is something that may have changed what is measured in an area.
// That it stands here says when it was, and not that it was the cause.
type Factor struct {
	Head
	Told
	Kind     FactorKind `json:"kind" need:"yes"`
	What     string     `json:"what" need:"yes"`
	Expected Direction  `json:"expected,omitempty"` // what its teller thinks it did to the number of people in trafficking
}

// FactorKind is a sort of Factor.
type FactorKind string

func (FactorKind) Values() []string {
	return []string{"operations", "unit", "law", "court", "programme", "services", "worker_organising", "economy", "migration", "disaster", "epidemic", "building", "online_trade", "other"}
}

// Direction is up or down, as somebody thinks.
type Direction string

func (Direction) Values() []string { return []string{"", "fewer", "more", "none"} }

// A GroupMeasure is a share of a group: of Asked, Yes said or did so. No one
// answer is kept.
type GroupMeasure struct {
	Head
	Told
	Measure  MeasureKind `json:"measure" need:"yes"`
	Question Text        `json:"question,omitempty"`
	Asked    Count       `json:"asked"`
	Yes      Count       `json:"yes"`
}

// MeasureKind is what a GroupMeasure is of.
type MeasureKind string

func (MeasureKind) Values() []string {
	return []string{"condom_used", "can_insist", "met_violence", "lost_work", "trusts_police", "knows_where_to_turn", "other"}
}

// Educators counts peer educators: people who do sex work, or did, and teach
// others who do.
type Educators struct {
	Head
	Told
	Active   Count `json:"active"`
	Lost     Count `json:"lost"`
	Hindered Count `json:"hindered"`
	Arrested Count `json:"arrested"`
}

// ViolenceReports counts reports of violence by who did it, with how closely
// the area was policed at the time.
type ViolenceReports struct {
	Head
	Told
	Source   ViolenceSource `json:"source" need:"yes"`
	Setting  Setting        `json:"setting,omitempty"`
	Policing Policing       `json:"policing,omitempty"`
	Reports  Count          `json:"reports"`
}

// ViolenceSource is who did it.
type ViolenceSource string

func (ViolenceSource) Values() []string {
	return []string{"police", "client", "manager", "owner", "trafficker", "partner", "family", "rescuer", "stranger", "not_told"}
}

// Policing is how much an area was policed.
type Policing string

func (Policing) Values() []string { return []string{"", "none", "ordinary", "operations", "crackdown"} }

// A MovementNote says that people went from the area, or came to it. It
// follows nobody.
type MovementNote struct {
	Head
	Told
	Way    Way     `json:"way" need:"yes"`
	Where  string  `json:"where,omitempty"` // a town, district or country
	To     ID      `json:"other_area,omitempty" ref:"area"`
	People Count   `json:"people"`
	Basis  KnownBy `json:"basis,omitempty"`
	What   Text    `json:"what,omitempty"`
}

// Way is whether people went or came.
type Way string

func (Way) Values() []string { return []string{"left", "came", "other_setting", "online"} }

// KnownBy is how something is known.
type KnownBy string

func (KnownBy) Values() []string { return []string{"", "counted", "seen", "told", "supposed"} }

// BorderReports counts people who say that they were questioned or turned back
// as suspects, by nationality.
type BorderReports struct {
	Head
	Told
	Nationality string `json:"nationality,omitempty"`
	Reports     Count  `json:"reports"`
	Questioned  Count  `json:"questioned"`
	Refused     Count  `json:"refused"`
}

// LostWork is what closing venues cost those who worked there.
type LostWork struct {
	Head
	Told
	People   Count    `json:"people"`
	Weeks    Count    `json:"weeks"` // without income, each
	Amount   Amount   `json:"amount,omitempty"`
	Currency Currency `json:"currency,omitempty"`
	Help     Text     `json:"help,omitempty"`
}

// A Search is one for something that may not have been found. That nothing was
// found counts only beside where it was looked for, how long, and what would
// have counted.
type Search struct {
	Head
	Told
	For        string `json:"for" need:"yes"`
	Where      Text   `json:"where,omitempty"`
	Hours      Count  `json:"hours"`
	WouldCount Text   `json:"would_count,omitempty"`
	Found      Answer `json:"found,omitempty"`
	Contrary   Text   `json:"contrary,omitempty"` // reports that say otherwise, each with its source
}

// A Trust is the choice of people in the area: the organisation that they
// would turn to. How many were asked, and who asked, stands beside.
type Trust struct {
	Head
	Told
	Trusted ID        `json:"trusted" need:"yes" ref:"organisation"`
	Chooser ChooserOf `json:"chooser" need:"yes"`
	Asked   Count     `json:"asked"`
	Chose   Count     `json:"chose"`
}

// ChooserOf is a group of people who choose.
type ChooserOf string

func (ChooserOf) Values() []string {
	return []string{"sex_workers", "survivors", "migrants", "labourers", "children", "several"}
}

// An AreaRecord is everything told of one area.
type AreaRecord struct {
	Area      Area               `json:"area"`
	Contacts  []*Contacts        `json:"contacts,omitempty"`
	Losses    []*AccessLoss      `json:"access_losses,omitempty"`
	Factors   []*Factor          `json:"factors,omitempty"`
	Measures  []*GroupMeasure    `json:"measures,omitempty"`
	Educators []*Educators       `json:"educators,omitempty"`
	Violence  []*ViolenceReports `json:"violence,omitempty"`
	Moves     []*MovementNote    `json:"moves,omitempty"`
	Borders   []*BorderReports   `json:"border_reports,omitempty"`
	LostWork  []*LostWork        `json:"lost_work,omitempty"`
	Searches  []*Search          `json:"searches,omitempty"`
	Trust     []*Trust           `json:"trust,omitempty"`
}

var areaSlots = []slot[AreaRecord]{
	{KindArea, "area", func() Entry { return new(Area) },
		func(r *AreaRecord) []Entry { return []Entry{&r.Area} },
		func(r *AreaRecord, e Entry) { r.Area = *e.(*Area) }, nil},
	listSlot("contacts", "contacts", func(r *AreaRecord) *[]*Contacts { return &r.Contacts }),
	listSlot("access_loss", "access_losses", func(r *AreaRecord) *[]*AccessLoss { return &r.Losses }),
	listSlot("factor", "factors", func(r *AreaRecord) *[]*Factor { return &r.Factors }),
	listSlot("group_measure", "measures", func(r *AreaRecord) *[]*GroupMeasure { return &r.Measures }),
	listSlot("educators", "educators", func(r *AreaRecord) *[]*Educators { return &r.Educators }),
	listSlot("violence", "violence", func(r *AreaRecord) *[]*ViolenceReports { return &r.Violence }),
	listSlot("move", "moves", func(r *AreaRecord) *[]*MovementNote { return &r.Moves }),
	listSlot("border_reports", "border_reports", func(r *AreaRecord) *[]*BorderReports { return &r.Borders }),
	listSlot("lost_work", "lost_work", func(r *AreaRecord) *[]*LostWork { return &r.LostWork }),
	listSlot("search", "searches", func(r *AreaRecord) *[]*Search { return &r.Searches }),
	listSlot("trust", "trust", func(r *AreaRecord) *[]*Trust { return &r.Trust }),
}

// Entries returns every entry of the area's record, kind by kind.
func (r *AreaRecord) Entries() []Entry { return entries(r, areaSlots) }

// Put adds an entry to the area's record, or replaces the one with its id.
func (r *AreaRecord) Put(e Entry) { slotOf(areaSlots, e).put(r, e) }

// Append is Put for an entry of which the record has none with the id.
func (r *AreaRecord) Append(e Entry) { slotOf(areaSlots, e).append(r, e) }

// Find returns the entry with the id, or nil.
func (r *AreaRecord) Find(id ID) Entry { return found(r.Entries(), id) }

// PathOf returns where an entry stands in the record, as Check writes it.
func (r *AreaRecord) PathOf(id ID) string { return pathOf(r, areaSlots, id) }

// Check returns Problems when the area's record holds what cannot be: an end
// before its beginning, a part over its whole, contacts of no time, or of one
// time and service told twice by one organisation, which would be summed.
func (r *AreaRecord) Check() error {
	ps := checkAll(r, areaSlots)
	if len(ps) > 0 {
		return ps
	}
	for _, other := range []struct {
		id    ID
		field string
	}{{r.Area.Compared, "compared"}, {r.Area.Within, "within"}} {
		if other.id != "" && other.id == r.Area.ID {
			ps = append(ps, Invalid("area."+other.field, "problem.area_itself"))
		}
	}
	for _, s := range areaSlots {
		for i, e := range s.all(r) {
			if t, ok := e.(interface{ told() *Told }); ok {
				ps = append(ps, ends(t.told().From, t.told().Until, s.list, i, "until")...)
			}
		}
	}
	counted := map[contactsKey]bool{}
	for i, c := range r.Contacts {
		switch key := c.key(); {
		case !c.From.Known():
			ps = append(ps, Invalid(slotPath("contacts", i)+".from", "problem.needed"))
		case counted[key]:
			ps = append(ps, Invalid(slotPath("contacts", i)+".from", "problem.counted_twice", "Got", c.From))
		default:
			counted[key] = true
		}
		for _, part := range []struct {
			n     Count
			field string
		}{{c.New, "new"}, {c.Returning, "returning"}} {
			ps = append(ps, notOver(part.n, c.Contacts, "contacts", i, part.field)...)
		}
	}
	for i, m := range r.Measures {
		ps = append(ps, notOver(m.Yes, m.Asked, "measures", i, "yes")...)
	}
	for i, t := range r.Trust {
		ps = append(ps, notOver(t.Chose, t.Asked, "trust", i, "chose")...)
	}
	for i, l := range r.LostWork {
		ps = append(ps, money(l.Amount, l.Currency, slotPath("lost_work", i))...)
	}
	return ps.orNil()
}

// Name returns what the area is called.
func (r *AreaRecord) Name() string { return r.Area.Name }

// From returns where the area comes from.
func (r *AreaRecord) From() Origin { return r.Area.Origin }

// Sees returns the deed of reading it.
func (r *AreaRecord) Sees() Deed { return SeeAreas }

// MaySee reports whether the actor may read the area's record.
func (r *AreaRecord) MaySee(a Actor) bool { return May(a, r.Sees(), a.bondToOrigin(r.Area.Origin)) }

// Allow says whether the actor may add or change an entry. What an
// organisation tells is its own.
func (r *AreaRecord) Allow(a Actor, e Entry) error {
	if _, is := e.(interface{ told() *Told }); !is {
		return Allow(a, KeepAreas, a.bondToOrigin(r.Area.Origin))
	}
	return allowOwn(a, TellArea, r.Find(HeadOf(e).ID), TellerOf(e), TellerOf)
}

// Few is the number of people under which a count of those of one nationality,
// or hurt by one source, is shown to its teller alone. In a small place fewer
// are found by who knows it.
const Few = 5

// Hide blurs small numbers of people for everybody but who told them: whatever
// is certainly or possibly under [Few] becomes fewer than that, a nought too,
// so that what is hidden is not told by what is not.
func (r *AreaRecord) Hide(a Actor) {
	few := func(teller ID, c Count) Count {
		if hi, bounded := c.Max(); teller == a.Organisation && teller != "" || !bounded || hi >= Few {
			return c
		}
		return Between(0, Few-1)
	}
	for i, v := range r.Violence {
		blurred := *v
		blurred.Reports = few(v.Organisation, v.Reports)
		r.Violence[i] = &blurred
	}
	for i, b := range r.Borders {
		blurred := *b
		blurred.Reports, blurred.Questioned, blurred.Refused = few(b.Organisation, b.Reports), few(b.Organisation, b.Questioned), few(b.Organisation, b.Refused)
		r.Borders[i] = &blurred
	}
}

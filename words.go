package plumbline

// A Word is one of a closed list of answers. Every list has its translations
// in the catalogue under "<list>.<word>", and the empty word, where a list
// allows it, is "not known".
type Word interface {
	~string
	Values() []string
}

// An Answer is what is known of a yes-or-no question. The zero Answer is
// unknown, which is not no.
type Answer string

const (
	Unknown  Answer = ""
	Yes      Answer = "yes"
	No       Answer = "no"
	NotAsked Answer = "not_asked"
	Refused  Answer = "refused"
)

// Values lists the answers.
func (Answer) Values() []string { return []string{"", "yes", "no", "not_asked", "refused"} }

func answer(b bool) Answer {
	if b {
		return Yes
	}
	return No
}

// Not returns the opposite of yes and no, and leaves the rest.
func (a Answer) Not() Answer {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	}
	return a
}

// Decided reports whether the answer is yes or no.
func (a Answer) Decided() bool { return a == Yes || a == No }

// OrganisationKind says what an organisation is for.
type OrganisationKind string

func (OrganisationKind) Values() []string {
	return []string{"", "police", "immigration", "military", "prosecutor", "court", "welfare", "labour_inspectorate", "health_service", "shelter",
		"legal_aid", "worker_led", "board", "rescue_group", "ngo", "oversight", "research", "media", "international", "private_person", "other"}
}

// State reports whether an organisation of this kind holds powers of the
// state: Yes, No, or Unknown.
func (k OrganisationKind) State() Answer {
	switch k {
	case "police", "immigration", "military", "prosecutor", "court", "welfare", "labour_inspectorate":
		return Yes
	case "shelter", "legal_aid", "worker_led", "board", "rescue_group", "ngo", "research", "media", "private_person":
		return No
	}
	return Unknown
}

// Force reports whether an organisation of this kind may lay hands on people.
func (k OrganisationKind) Force() bool {
	return k == "police" || k == "immigration" || k == "military"
}

// Workers reports whether an organisation of this kind is led by workers, as a
// self-regulatory board is by its members of whom most are.
func (k OrganisationKind) Workers() bool { return k == "worker_led" || k == "board" }

// TieKind says how one organisation depends on another.
type TieKind string

func (TieKind) Values() []string {
	return []string{"funds", "trains", "agreement", "part_of", "hires", "oversees", "supplies_information", "other"}
}

// Origin says where a record comes from.
type Origin string

func (Origin) Values() []string { return []string{"site", "fictional", "public_record"} }

// Aim is what an operation set out to do, by its own authority or its acts.
type Aim string

func (Aim) Values() []string {
	return []string{"", "protect", "arrest", "vice", "immigration", "labour", "order", "extort", "welfare", "investigate", "other"}
}

// Questioned says who was questioned or held at the place.
type Questioned string

func (Questioned) Values() []string { return []string{"", "named_only", "everyone", "nobody"} }

// Sector is the kind of work at the place.
type Sector string

func (Sector) Values() []string {
	return []string{"", "commercial_sex", "domestic_work", "agriculture", "fishing", "construction", "manufacture", "hospitality", "begging", "several", "other"}
}

// AuthorityKind is the power under which an operation acted.
type AuthorityKind string

func (AuthorityKind) Values() []string {
	return []string{"", "warrant", "court_order", "prosecutor_order", "statutory_power", "consent", "none_claimed"}
}

// AgencyRole is what an agency did in an operation.
type AgencyRole string

func (AgencyRole) Values() []string {
	return []string{"lead", "entry", "arrest", "support", "information", "welfare", "prosecution", "immigration", "health", "interpreting", "observer"}
}

// AttendanceRole is who might stand beside the people met.
type AttendanceRole string

func (AttendanceRole) Values() []string {
	return []string{"social_worker", "child_protection", "lawyer", "interpreter", "health_worker", "observer", "woman_officer", "ngo_staff"}
}

// Mode says where service staff stood: the guides conflict, so it is
// recorded and the minutes to first contact are measured.
type Mode string

func (Mode) Values() []string { return []string{"", "on_scene", "nearby"} }

// Step names one thing to be done before, during or after an operation.
type Step string

func (Step) Values() []string {
	return []string{
		"information_verified", "services_ready", "provider_told", "interpreters_booked", "beds_secured", "interview_place_free", "duties_written",
		"risk_assessed", "logistics_ready", "press_kept_out", "harm_note", "readiness_decided", "briefing_respect", "immigration_kept_apart",
		"medical_plan", "accused_kept_apart", "safety_secured", "urgent_needs_met", "belongings_receipt", "dependants_together", "rights_told", "complaint_way_told",
		"medical_triage", "advice_given", "restraint_log", "best_interests", "guardian_named", "referral_made", "consular_choice", "asylum_asked",
		"stay_requested", "follow_up_contact", "evidence_receipt", "partner_told", "disclosure_checked", "status_check",
		"women_workers_for_girls", "respect_kept", "first_talk_short", "tests_by_consent", "same_worker_stayed",
	}
}

// Done says what became of a step.
type Done string

func (Done) Values() []string { return []string{"", "done", "not_done", "not_applicable", "declined"} }

// InitiatorPart is one part of beginning an operation.
type InitiatorPart string

func (InitiatorPart) Values() []string {
	return []string{"first_information", "request", "decision", "approval", "execution"}
}

// Class is what somebody decided that a person met is.
type Class string

const Child Class = "child"

func (Class) Values() []string {
	return []string{"child", "adult_coerced", "adult_not_coerced", "adult_not_determined", "accused", "customer", "staff", "dependant_child", "bystander", "not_determined"}
}

// IsChild reports whether the class is of people under 18.
func (c Class) IsChild() bool { return c == Child || c == "dependant_child" }

// AgeBasis says how an age is known.
type AgeBasis string

func (AgeBasis) Values() []string {
	return []string{"", "stated", "documented", "assessed", "presumed_child", "told_by_others"}
}

// A State is what became of people after they were met.
type State string

func (State) Values() []string {
	return []string{"at_scene", "free_to_go", "questioned", "escorted", "held", "arrested", "charged", "placed", "helped", "hospital",
		"removed_from_country", "returned_home", "left_by_choice", "returned_to_venue", "released", "died", "unknown"}
}

// PlaceKind is the kind of place where people were taken.
type PlaceKind string

func (PlaceKind) Values() []string {
	return []string{"", "venue", "street", "police_station", "police_cell", "immigration_detention", "court", "prison", "shelter_open", "shelter_closed",
		"hospital", "clinic", "home", "family", "border", "another_country", "vehicle", "office", "hotel", "other"}
}

// Power is the legal power under which people were moved or kept.
type Power string

func (Power) Values() []string {
	return []string{"", "none", "consent", "arrest", "immigration_law", "court_order", "child_protection_law", "police_power", "medical", "unlawful_force"}
}

// ForceKind is one kind of force.
type ForceKind string

func (ForceKind) Values() []string {
	return []string{"restraint", "striking", "pepper_spray", "rubber_bullets", "firearm", "sexual_violence", "threat", "forced_entry", "extortion", "other"}
}

// Severity of an injury.
type Severity string

func (Severity) Values() []string { return []string{"", "minor", "serious", "fatal"} }

// Topic is what a point of an account is about, so that accounts can be laid
// side by side.
type Topic string

func (Topic) Values() []string {
	return []string{"who_began", "who_acted", "kind", "authority", "warning", "accompaniment", "people_met", "children", "coercion", "treatment", "force",
		"wishes", "placement", "arrests", "immigration", "removal", "closure", "health_access", "aftermath", "complaints", "result", "other"}
}

// Reading says how far the source of an account was read.
type Reading string

func (Reading) Values() []string {
	return []string{"", "own", "read", "reported_by_others", "title_only", "not_read"}
}

// EventKind is one kind of thing that happened around an operation.
type EventKind string

func (EventKind) Values() []string {
	return []string{"status_asked", "medical_need", "threat", "follow_up", "service_shut_out", "police_refused", "obstruction", "payment_demanded",
		"covert_visit", "technical_request", "notice_to_partner", "cooperation", "surprise", "review", "complaint", "conviction", "pardon", "other"}
}

// ThreatSource is what those who made a threat are.
type ThreatSource string

func (ThreatSource) Values() []string {
	return []string{"", "police", "owner", "trafficker", "client", "family", "neighbour", "rescuer", "other"}
}

// Content is what a training covered.
type Content string

func (Content) Values() []string {
	return []string{"trafficking_law", "identification", "respect_for_adults", "immigration_apart", "interviewing_children", "use_of_force", "complaints", "first_aid", "other"}
}

// UnitEventKind is one kind of thing on a unit's time line.
type UnitEventKind string

func (UnitEventKind) Values() []string {
	return []string{"mentor_visit", "readiness_decision", "outside_pressure", "reform_step", "earlier_post", "vetting", "staffing", "mandate_change", "participation", "other"}
}

// Certainty says how sure it is that two tellings are of one event.
type Certainty string

func (Certainty) Values() []string { return []string{"same", "overlaps", "probably", "perhaps"} }

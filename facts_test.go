package plumbline

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

// factsNow is the moment at which the tests ask: a day and a half after the
// operation of toldRecord().
var factsNow = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)

// told returns a record in which everything is told: three people met at 21:30
// on 1 March 2026, a child (placed), an adult who was not coerced (let go) and
// an accused (charged).
func toldRecord() *Record {
	h := func(id ID) Head { return Head{ID: id} }
	at := func(clock string) When { return when("2026-03-" + clock + "Z") }
	r := &Record{
		Operation: Operation{Head: h("op"), Title: "An operation", Origin: "fictional", Began: at("01T21:30"), HeadCount: Exactly(3), ServiceMode: "nearby",
			Criteria:  Criteria{Aim: "protect", NamedTarget: Yes, Entered: Yes, Police: Yes, Private: No, Immigration: No, Payment: No, Joint: Yes},
			Authority: Authority{Kind: "warrant", Issued: at("01T10:00")}},
		Plan: &Plan{Head: h("plan"), ExpectedChildren: Exactly(1), ExpectedAdults: Between(1, 3), Languages: "km", Beds: Exactly(4)},
		Attendance: []*Attendance{
			{Head: h("sw"), Role: "social_worker", Present: Yes, Mode: "nearby", Arrived: at("01T21:45"), FirstContact: at("01T21:50"), NoTie: Yes},
			{Head: h("law"), Role: "lawyer", Present: No, WhyNot: "none free", DecidedBy: "legal aid office"},
		},
		Presences: []*Presence{
			{Head: h("p1"), Code: "P-01", Individual: true, Count: Exactly(1), Age: "15"},
			{Head: h("p2"), Code: "P-02", Individual: true, Count: Exactly(1), Age: "17-19"},
			{Head: h("p3"), Code: "P-03", Individual: true, Count: Exactly(1), Age: "40"},
		},
		Decisions: []*Decision{
			{Head: h("d1"), Presence: "p1", Class: Child, DecidedBy: "welfare office", At: at("01T22:00")},
			{Head: h("d2"), Presence: "p2", Class: "adult_not_coerced", DecidedBy: "social worker", At: at("01T22:00")},
			{Head: h("d3"), Presence: "p3", Class: "accused", DecidedBy: "police", At: at("01T22:00")},
		},
		Movements: []*Movement{
			{Head: h("m1"), Presence: "p1", State: "placed", From: at("01T23:00"), PlaceKind: "shelter_open", By: "welfare office", Power: "child_protection_law", Consent: Yes, Giver: "police", Taker: "shelter"},
			{Head: h("m2"), Presence: "p2", State: "free_to_go", From: at("01T22:10")},
			{Head: h("m3"), Presence: "p3", State: "charged", From: at("01T22:30"), PlaceKind: "police_cell", By: "police", Power: "arrest", Consent: No, Giver: "police", Taker: "police cells"},
		},
		Interviews: []*Interview{{Head: h("i1"), Presence: "p1", Purpose: "evidence", Began: at("02T10:00"), Accompanied: Yes, RightsTold: Yes, Advice: at("02T09:00"), Place: "office", WomanThere: Yes}},
		Debriefs:   []*Debrief{{Head: h("db"), Held: at("03T08:30"), Heard: Yes, Monitor: No}},
	}
	for i, step := range words[Step]() {
		s := &StepTaken{Head: h(ID(fmt.Sprintf("s%d", i))), Step: Step(step), Done: "done", At: at("01T20:30")}
		if step == "urgent_needs_met" || step == "guardian_named" || step == "rights_told" || step == "medical_triage" {
			s.At = at("01T22:30")
		}
		r.Steps = append(r.Steps, s)
	}
	return r
}

func TestToldRecordIsSound(t *testing.T) {
	if err := toldRecord().Check(); err != nil {
		t.Fatalf("the record that tests start from: %v", err)
	}
}

func TestFacts(t *testing.T) {
	const absent = "absent"
	tests := []struct {
		name   string
		change func(r *Record)
		want   map[string]any
	}{
		{"everything is told", func(r *Record) {}, map[string]any{
			"operation.start": time.Date(2026, 3, 1, 21, 30, 0, 0, time.UTC), "operation.kind": "targeted_removal", "operation.aim": "protect", "operation.entered": true,
			"authority.named": true, "authority.warrant": true, "authority.before_start": true,
			"plan.written": true, "plan.estimated": true, "plan.children_expected": true, "plan.beds_enough": true,
			"agency.police.present": true, "agency.immigration.present": false, "agency.media.present": false, "powers.private_use": false,
			"step.rights_told": "done", "step.rights_told.before_start": false, "step.rights_told.minutes.min": 60, "step.rights_told.minutes.max": 60,
			"step.beds_secured.before_start": true, "step.beds_secured.reasoned": absent,
			"attendance.social_worker.present": true, "attendance.social_worker.mode": "nearby", "attendance.social_worker.minutes.max": 15, "attendance.social_worker.no_tie": true,
			"attendance.lawyer.present": false, "attendance.lawyer.absence_explained": true, "attendance.observer.present": absent,
			"service.present": true, "service.mode": "nearby", "service.contact_minutes.min": 20, "service.contact_minutes.max": 20,
			"met.min": 3, "met.max": 3, "unentered.min": 0, "unentered.max": 0,
			"met.children.min": 1, "met.children.max": 1, "met.protected.min": 1, "met.protected.max": 1, "met.accused.min": 1, "met.accused.max": 1,
			"age_doubt.min": 1, "age_doubt.max": 1, "age_doubt.as_adult.min": 1, "age_doubt.as_adult.max": 1,
			"moved.min": 2, "moved.max": 2, "held.not_accused.min": 0, "held.not_accused.max": 0, "penalised.protected.max": 0, "locked.protected.max": 0,
			"constrained.not_coerced.max": 0, "placed.adults.max": 0, "removed.max": 0, "sent_back.max": 0,
			"interviews.alone.min": 0, "interviews.alone.max": 0, "interviews.before_advice.max": 0, "interviews.without_woman.max": 0, "interviews.repeated.max": 0,
			"order.needs_before_interview": true, "order.guardian_before_interview": true, "order.treated_before_interview": true,
			"immigration.action": false, "restraint.used": absent, "conduct.respectful": true, "moves.faulty.max": 0, "custody.child.gaps.max": 0,
			"debrief.held": true, "debrief.minutes.max": 2100, "debrief.affected_heard": true, "debrief.monitor_present": false,
			"unaccounted.h24.min": 0, "unaccounted.h24.max": 0, "unaccounted.h72.max": absent,
		}},
		{"only the year is told", func(r *Record) { r.Operation.Began = when("2026") }, map[string]any{
			"operation.start": time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), "authority.before_start": absent, "step.beds_secured.before_start": absent,
			"step.rights_told.minutes.min": 0, "unaccounted.h24.max": absent, "held.not_accused.max": 2,
		}},
		{"no power was claimed", func(r *Record) { r.Operation.Authority.Kind = "none_claimed" }, map[string]any{"authority.named": false, "authority.warrant": false}},
		{"the warrant came after", func(r *Record) { r.Operation.Authority.Issued = when("2026-03-02") }, map[string]any{"authority.before_start": false}},
		{"no head count", func(r *Record) { r.Operation.HeadCount = Count{} }, map[string]any{
			"met.min": 3, "met.max": absent, "unentered.max": absent, "held.not_accused.min": 0, "held.not_accused.max": absent}},
		{"more were met than entered", func(r *Record) { r.Operation.HeadCount = Exactly(8) }, map[string]any{
			"unentered.min": 5, "unentered.max": 5, "held.not_accused.max": 5, "met.accused.min": 1, "met.accused.max": 6}},
		{"fewer beds than people", func(r *Record) { r.Plan.Beds = Exactly(1) }, map[string]any{"plan.beds_enough": false}},
		{"beds not told", func(r *Record) { r.Plan.Beds = Count{} }, map[string]any{"plan.beds_enough": absent}},
		{"no child expected", func(r *Record) { r.Plan.ExpectedChildren = Exactly(0) }, map[string]any{"plan.children_expected": false}},
		{"no plan", func(r *Record) { r.Plan = nil }, map[string]any{"plan.written": absent, "plan.beds_enough": absent}},
		{"an immigration body along", func(r *Record) {
			r.Agencies = []*Agency{{Head: Head{ID: "a"}, Name: "Border office", Kind: "immigration", Role: "support"}}
		}, map[string]any{"agency.immigration.present": true}},
		{"a body that stayed away", func(r *Record) {
			r.Agencies = []*Agency{{Head: Head{ID: "a"}, Name: "Border office", Kind: "immigration", Role: "support", TookPart: No}}
		}, map[string]any{"agency.immigration.present": false}},
		{"private persons entered", func(r *Record) {
			r.Agencies = []*Agency{{Head: Head{ID: "a"}, Name: "A group", Kind: "rescue_group", Role: "entry"}}
		}, map[string]any{"powers.private_use": true}},
		{"reporters along although kept out", func(r *Record) {
			r.Agencies = []*Agency{{Head: Head{ID: "a"}, Name: "A channel", Kind: "media", Role: "observer"}}
		}, map[string]any{"agency.media.present": true}},
		{"a step declined with a reason", func(r *Record) { r.Steps = []*StepTaken{{Step: "harm_note", Done: "declined", Reason: "no time"}} }, map[string]any{
			"step.harm_note": "declined", "step.harm_note.reasoned": true, "step.harm_note.before_start": absent}},
		{"a step answered twice", func(r *Record) {
			r.Steps = []*StepTaken{{Step: "harm_note", Done: "not_done"}, {Step: "harm_note", Done: "done"}, {Step: "harm_note"}}
		}, map[string]any{"step.harm_note": "done"}},
		{"nobody of the services", func(r *Record) {
			r.Attendance = []*Attendance{{Role: "social_worker", Present: No}, {Role: "child_protection", Present: No}, {Role: "ngo_staff", Present: No, WhyNot: "refused"}}
		}, map[string]any{"service.present": false, "attendance.ngo_staff.present": false, "attendance.ngo_staff.absence_explained": absent, "service.contact_minutes": absent}},
		{"one role not told", func(r *Record) {
			r.Attendance = []*Attendance{{Role: "social_worker", Present: No}, {Role: "social_worker"}, {Role: "ngo_staff", Present: No}}
		}, map[string]any{"service.present": absent, "attendance.social_worker.present": absent}},
		{"one contact not told", func(r *Record) {
			r.Attendance = append(r.Attendance, &Attendance{Role: "ngo_staff", Present: Yes})
		}, map[string]any{"service.contact_minutes.min": 0, "service.contact_minutes.max": 20}},
		{"the child is charged under immigration law", func(r *Record) {
			r.Movements = append(r.Movements, &Movement{Head: Head{ID: "m4"}, Presence: "p1", State: "charged", From: when("2026-03-02T12:00Z"), Power: "immigration_law"})
		}, map[string]any{"penalised.protected.min": 1, "penalised.protected.max": 1, "arrested.not_accused.min": 1, "locked.protected.min": 0, "locked.protected.max": 1,
			"immigration.action": true, "order.needs_before_immigration": true}},
		{"the child was held where nobody tells", func(r *Record) { r.Movements[0].State, r.Movements[0].PlaceKind = "held", "" }, map[string]any{
			"held.not_accused.min": 1, "held.children.min": 1, "locked.protected.min": 0, "locked.protected.max": 1, "penalised.protected.max": 0}},
		{"the adult was removed without assessment", func(r *Record) {
			r.Movements[1].State, r.Movements[1].Screened, r.Movements[1].Consent = "removed_from_country", No, No
		}, map[string]any{"removed.min": 1, "removed.max": 1, "removed.unscreened.min": 1, "sent_back.unwilling.min": 1, "constrained.not_coerced.min": 1, "immigration.action": true}},
		{"the adult was placed in a closed shelter", func(r *Record) {
			r.Presences[1].Age, r.Movements[1].State, r.Movements[1].PlaceKind = "22", "placed", "shelter_closed"
		}, map[string]any{"placed.adults.min": 1, "placed.adults.closed.min": 1, "placed.adults.unwilling.min": 0, "placed.adults.unwilling.max": 1, "held.not_accused.min": 1}},
		{"nobody tells what became of the adult", func(r *Record) { r.Movements = slices.Delete(r.Movements, 1, 2) }, map[string]any{
			"held.not_accused.min": 0, "held.not_accused.max": 1, "removed.max": 1, "unaccounted.h24.min": 1}},
		{"hours pass before the adult is seen again", func(r *Record) { r.Movements[1].From = when("2026-03-02T20:00Z") }, map[string]any{"held.not_accused.max": 1}},
		{"a class not decided", func(r *Record) { r.Decisions = r.Decisions[:2]; r.Presences[2].Age = "" }, map[string]any{
			"met.accused.min": 0, "met.accused.max": 1, "held.not_accused.min": 0, "held.not_accused.max": 1, "met.children.max": 2}},
		{"a group split after it was held", func(r *Record) {
			r.Operation.HeadCount = Exactly(10)
			r.Presences = []*Presence{{Head: Head{ID: "g"}, Count: Exactly(10)}, {Head: Head{ID: "q"}, Count: Exactly(4), PartOf: "g", SplitAt: when("2026-03-02T08:00Z")}}
			r.Decisions = []*Decision{{Head: Head{ID: "d"}, Presence: "g", Class: "bystander", DecidedBy: "police"}}
			r.Movements = []*Movement{
				{Head: Head{ID: "m1"}, Presence: "g", State: "held", From: when("2026-03-01T22:00Z"), Until: when("2026-03-02T08:00Z")},
				{Head: Head{ID: "m2"}, Presence: "q", State: "removed_from_country", From: when("2026-03-02T08:00Z")},
				{Head: Head{ID: "m3"}, Presence: "g", State: "free_to_go", From: when("2026-03-02T08:30Z")}}
		}, map[string]any{"held.not_accused.min": 10, "held.not_accused.max": 10, "removed.min": 4, "removed.max": 4}},
		{"a split of which nobody tells when", func(r *Record) {
			r.Operation.HeadCount = Exactly(10)
			r.Presences = []*Presence{{Head: Head{ID: "g"}, Count: Exactly(10)}, {Head: Head{ID: "q"}, Count: Exactly(4), PartOf: "g"}}
			r.Decisions = []*Decision{{Head: Head{ID: "d"}, Presence: "g", Class: "bystander", DecidedBy: "police"}}
			r.Movements = []*Movement{
				{Head: Head{ID: "m1"}, Presence: "g", State: "held", From: when("2026-03-01T22:00Z")},
				{Head: Head{ID: "m2"}, Presence: "q", State: "free_to_go", From: when("2026-03-01T22:00Z")}}
		}, map[string]any{"held.not_accused.min": 6, "held.not_accused.max": 10}},
		{"at least two, of whom at least two went elsewhere", func(r *Record) {
			r.Operation.HeadCount = Count{}
			r.Presences = []*Presence{{Head: Head{ID: "g"}, Count: AtLeast(2)}, {Head: Head{ID: "q"}, Count: AtLeast(2), PartOf: "g"}}
			r.Decisions = []*Decision{{Head: Head{ID: "d"}, Presence: "g", Class: Child, DecidedBy: "police"}}
			r.Movements = []*Movement{
				{Head: Head{ID: "m1"}, Presence: "g", State: "arrested", From: when("2026")},
				{Head: Head{ID: "m2"}, Presence: "q", State: "returned_to_venue", From: when("2026")}}
		}, map[string]any{"penalised.protected.min": 1, "penalised.protected.max": absent, "returned_to_venue.children.min": 2}},
		{"those held may be the part that is accused", func(r *Record) {
			r.Presences = []*Presence{{Head: Head{ID: "g"}, Count: Exactly(3)}, {Head: Head{ID: "q"}, Count: Exactly(3), PartOf: "g"}}
			r.Decisions = []*Decision{{Head: Head{ID: "d"}, Presence: "g", Class: "bystander", DecidedBy: "police"}, {Head: Head{ID: "e"}, Presence: "q", Class: "accused", DecidedBy: "police"}}
			r.Movements = []*Movement{{Head: Head{ID: "m1"}, Presence: "g", State: "held", From: when("2026-03-01T22:00Z")}}
		}, map[string]any{"held.not_accused": Exactly(0)}},
		{"most of twelve, and the rest", func(r *Record) {
			r.Operation.HeadCount = Exactly(12)
			r.Presences = []*Presence{{Head: Head{ID: "g"}, Count: Exactly(12)}, {Head: Head{ID: "q"}, Count: Between(7, 12), PartOf: "g", SplitAt: when("2026-03-01T21:30Z")}}
			r.Decisions = nil
			r.Movements = []*Movement{
				{Head: Head{ID: "m1"}, Presence: "g", State: "removed_from_country", From: when("2026-03-01T22:00Z")},
				{Head: Head{ID: "m2"}, Presence: "q", State: "removed_from_country", From: when("2026-03-01T22:00Z")}}
		}, map[string]any{"removed": Exactly(12)}},
		{"two interviews of a group", func(r *Record) {
			r.Presences[0].Individual = false
			r.Interviews = []*Interview{{Head: Head{ID: "i1"}, Presence: "p1"}, {Head: Head{ID: "i2"}, Presence: "p1", Purpose: "health"}}
		}, map[string]any{"interviews.repeated.min": 0, "interviews.repeated.max": 2}},
		{"interviews not fully told", func(r *Record) {
			r.Interviews = append(r.Interviews, &Interview{Head: Head{ID: "i2"}, Presence: "p1"}, &Interview{Head: Head{ID: "i3"}, Accompanied: No, Place: "police_cell"})
		}, map[string]any{"interviews.alone.min": 1, "interviews.alone.max": 2, "interviews.in_custody_place.min": 1, "interviews.in_custody_place.max": 2,
			"interviews.repeated.min": 1, "interviews.repeated.max": 2, "order.needs_before_interview": absent}},
		{"no interview on record", func(r *Record) { r.Interviews = nil }, map[string]any{"interviews.alone.min": 0, "interviews.alone.max": absent, "order.needs_before_interview": absent}},
		{"an interview before the needs", func(r *Record) { r.Interviews[0].Began = when("2026-03-01T22:00Z") }, map[string]any{"order.needs_before_interview": false, "interviews.before_advice.min": 1}},
		{"a restraint without a reason", func(r *Record) {
			r.Force = []*Force{{Head: Head{ID: "f1"}, Kind: "restraint", OnClass: Child}, {Head: Head{ID: "f2"}, Kind: "threat", Reviewed: No}}
		}, map[string]any{"restraint.used": true, "restraint.unexplained.min": 0, "restraint.unexplained.max": 1, "conduct.respectful": false, "force.unreviewed.min": 1, "force.unreviewed.max": 2}},
		{"no restraint log was kept", func(r *Record) {
			r.Steps = []*StepTaken{{Step: "restraint_log", Done: "not_done"}}
			r.Force = []*Force{{Head: Head{ID: "f1"}, Kind: "restraint", Reason: "r", By: "b"}}
		}, map[string]any{"restraint.unexplained.min": 1, "restraint.unexplained.max": 1}},
		{"nobody was restrained", func(r *Record) { r.Steps = []*StepTaken{{Step: "restraint_log", Done: "not_applicable"}} }, map[string]any{"restraint.used": false}},
		{"the wrong hands gave the child", func(r *Record) {
			r.Movements = append(r.Movements, &Movement{Head: Head{ID: "m4"}, Presence: "p1", State: "placed", From: when("2026-03-02T12:00Z"), Giver: "a stranger", Taker: "home", PlaceKind: "home", By: "x", Power: "none", Consent: Yes})
		}, map[string]any{"custody.child.gaps.min": 1, "moves.faulty.min": 1}},
		{"moved by force under no power", func(r *Record) { r.Movements[0].Power, r.Movements[0].Consent = "unlawful_force", No }, map[string]any{"moves.faulty.min": 1}},
		{"a venue closed", func(r *Record) {
			r.Closures = []*Closure{{Head: Head{ID: "c"}, LostWork: Exactly(0)}, {Head: Head{ID: "c2"}}}
		}, map[string]any{"closure.any": true, "closure.lost_work_known": false}},
		{"somebody hurt", func(r *Record) {
			r.Injuries = []*Injury{{Head: Head{ID: "j"}, Who: "an officer"}, {Head: Head{ID: "k"}, Who: "people met", People: Exactly(2)}}
		}, map[string]any{"hurt.min": 3}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := toldRecord()
			test.change(r)
			facts := r.Facts(factsNow)
			for name, want := range test.want {
				got := lookUp(facts, name)
				if got == nil {
					got = absent
				}
				if got != want {
					t.Errorf("%s = %v, want %v", name, got, want)
				}
			}
		})
	}
}

// lookUp returns a fact's value, or of a count, for NAME.min and NAME.max, one
// of its bounds; nil when it is absent.
func lookUp(facts map[string]Fact, name string) any {
	if base, ok := strings.CutSuffix(name, ".min"); ok {
		c, _ := facts[base].Value.(Count)
		return c.Min()
	}
	if base, ok := strings.CutSuffix(name, ".max"); ok {
		if c, ok := facts[base].Value.(Count); ok {
			if most, bounded := c.Max(); bounded {
				return most
			}
		}
		return nil
	}
	return facts[name].Value
}

// Of an operation of which nothing is told, nothing is answered.
func TestFactsOfNothing(t *testing.T) {
	r := &Record{Operation: Operation{Head: Head{ID: "op"}}}
	for name, f := range r.Facts(factsNow) {
		t.Errorf("%s = %v, although nothing is told", name, f.Value)
	}
}

func TestFactsEvidence(t *testing.T) {
	r := toldRecord()
	r.Movements[0].State = "held"
	got := r.Facts(factsNow)
	for name, want := range map[string][]ID{
		"authority.warrant": {"op"}, "attendance.social_worker.present": {"sw"}, "held.children": {"p1", "m1"}, "interviews.alone": {"i1"}, "debrief.held": {"db"},
	} {
		for _, id := range want {
			if !slices.Contains(got[name].Evidence, id) {
				t.Errorf("%s rests on %v, want %s among them", name, got[name].Evidence, id)
			}
		}
	}
}

var factTypes = map[string]func(any) bool{
	"bool":   func(v any) bool { _, ok := v.(bool); return ok },
	"number": func(v any) bool { _, ok := v.(Count); return ok },
	"text":   func(v any) bool { _, ok := v.(string); return ok },
	"time":   func(v any) bool { _, ok := v.(time.Time); return ok },
}

// checkFacts holds every fact against the vocabulary, and the bounds of every
// count against each other.
func checkFacts(t interface {
	Errorf(string, ...any)
	Helper()
}, r *Record, at time.Time) {
	t.Helper()
	facts := r.Facts(at)
	terms := map[string]Term{}
	for _, term := range Vocabulary() {
		terms[term.Name] = term
	}
	for name, f := range facts {
		term, ok := terms[name]
		if !ok {
			t.Errorf("%s is not in the vocabulary", name)
			continue
		}
		if !factTypes[term.Type](f.Value) {
			t.Errorf("%s = %v, want a %s", name, f.Value, term.Type)
		}
		if s, ok := f.Value.(string); ok && !slices.Contains(term.Values, s) {
			t.Errorf("%s = %q, which is not among %q", name, s, term.Values)
		}
		if c, ok := f.Value.(Count); ok {
			if most, bounded := c.Max(); bounded && most < c.Min() {
				t.Errorf("%s is from %d to %d", name, c.Min(), most)
			}
		}
	}
}

func TestFactsAreInVocabulary(t *testing.T) { checkFacts(t, toldRecord(), factsNow) }

// Every term can be computed from some record, so that no protocol waits for
// a fact that never comes.
func TestVocabularyIsComputed(t *testing.T) {
	missing := map[string]bool{}
	for _, term := range Vocabulary() {
		missing[term.Name] = true
	}
	rich := toldRecord()
	rich.Operation.Authority.Issued = when("2026-03-01T10:00Z")
	rich.Force = []*Force{{Head: Head{ID: "f"}, Kind: "restraint"}}
	rich.Closures = []*Closure{{Head: Head{ID: "c"}, LostWork: Exactly(2)}}
	rich.Events = []*Event{{Head: Head{ID: "e"}, Kind: "status_asked", At: when("2026-03-02")}}
	rich.Injuries = []*Injury{{Head: Head{ID: "j"}, Who: "an officer"}}
	rich.Accounts = []*Account{{Head: Head{ID: "t"}, Teller: "police", Points: []Point{{Topic: "kind", Text: "a raid"}}}}
	rich.Attendance = nil
	for _, s := range rich.Steps {
		s.Reason = "why"
	}
	for _, role := range words[AttendanceRole]() {
		rich.Attendance = append(rich.Attendance, &Attendance{Role: AttendanceRole(role), Present: Yes, Mode: "on_scene", NoTie: Yes, Arrived: when("2026-03-01T21:40Z"), FirstContact: when("2026-03-01T21:41Z")})
	}
	absent := toldRecord()
	absent.Attendance = nil
	for _, role := range words[AttendanceRole]() {
		absent.Attendance = append(absent.Attendance, &Attendance{Role: AttendanceRole(role), Present: No, WhyNot: "w", DecidedBy: "d"})
	}
	for _, r := range []*Record{rich, absent} {
		for name := range r.Facts(factsNow.AddDate(2, 0, 0)) {
			delete(missing, name)
		}
	}
	for name := range missing {
		t.Errorf("%s is never computed", name)
	}
}

// Whatever the order and the gaps of people, splits and movements: facts keep
// to the vocabulary, and no count runs backwards.
func TestFactsProperties(t *testing.T) {
	anyWhen := rapid.SampledFrom([]When{{}, when("2026"), when("2026-03"), when("2026-03-01"), when("2026-03-01T23:00Z"), when("2026-03-02T04:00Z"), when("2026-03-09"), when("../2026-03-02")})
	anyCount := rapid.SampledFrom([]Count{{}, Exactly(1), Exactly(4), AtLeast(2), Between(1, 6), About(5)})
	rapid.Check(t, func(t *rapid.T) {
		r := &Record{Operation: Operation{Head: Head{ID: "op"}, Began: anyWhen.Draw(t, "began"), HeadCount: anyCount.Draw(t, "head")}}
		n := rapid.IntRange(0, 5).Draw(t, "presences")
		for i := range n {
			p := &Presence{Head: Head{ID: ID(fmt.Sprintf("p%d", i))}, Count: anyCount.Draw(t, "count"), Age: rapid.SampledFrom([]string{"", "14", "16-20", "30"}).Draw(t, "age")}
			if i > 0 && rapid.Bool().Draw(t, "part") {
				p.PartOf, p.SplitAt = ID(fmt.Sprintf("p%d", rapid.IntRange(0, i-1).Draw(t, "of"))), anyWhen.Draw(t, "split")
			}
			r.Presences = append(r.Presences, p)
		}
		for i := range rapid.IntRange(0, 8).Draw(t, "movements") {
			if n == 0 {
				break
			}
			r.Movements = append(r.Movements, &Movement{Head: Head{ID: ID(fmt.Sprintf("m%d", i))}, Presence: ID(fmt.Sprintf("p%d", rapid.IntRange(0, n-1).Draw(t, "who"))),
				State: State(rapid.SampledFrom(words[State]()).Draw(t, "state")), From: anyWhen.Draw(t, "from"), Until: anyWhen.Draw(t, "until"),
				PlaceKind: PlaceKind(rapid.SampledFrom(PlaceKind("").Values()).Draw(t, "place")), Consent: rapid.SampledFrom([]Answer{"", Yes, No}).Draw(t, "consent")})
		}
		for i := range rapid.IntRange(0, n).Draw(t, "decisions") {
			r.Decisions = append(r.Decisions, &Decision{Head: Head{ID: ID(fmt.Sprintf("d%d", i))}, Presence: ID(fmt.Sprintf("p%d", i)), Class: Class(rapid.SampledFrom(words[Class]()).Draw(t, "class"))})
		}
		checkFacts(t, r, factsNow)
	})
}

// doc/facts.md is the vocabulary as a table, and protocol/testdata holds it for
// the tests of that package, which may not import this one. go test -update
// writes both.
func TestVocabularyFiles(t *testing.T) {
	for file, want := range map[string]string{"doc/facts.md": factsDocument(), "protocol/testdata/vocabulary.json": factsJSON(t)} {
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s differs from the vocabulary; run go test -run VocabularyFiles -update .", file)
		}
	}
}

func factsJSON(t *testing.T) string {
	var b strings.Builder
	for i, term := range Vocabulary() {
		line, err := json.Marshal(map[string]any{"name": term.Name, "type": term.Type, "values": term.Values, "help": term.Help})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n%s", map[bool]string{true: "[", false: ","}[i == 0], line)
	}
	return b.String() + "\n]\n"
}

const factsIntro = `# Facts: what a protocol may ask of an operation's record

Written by a test from ` + "`vocabulary.go`" + `; change it there.

A protocol does not read the record. It reads *facts*: flat names with one value each, computed by ` + "`Record.Facts`" + `. What cannot be computed is
absent, and an absent fact makes a rule *cannot tell*. A fact is never guessed: an empty list does not make a count zero, and silence does not make a duty kept.

Numbers, of people, things and minutes, are known within bounds: "at least 7", "at most 3", "from 2 to 5". A comparison is decided only by what holds for every number in
them. So "nobody was held" is ` + "`held.not_accused == 0`" + `: broken as soon as one is known, kept only when everyone is accounted for, and open in between.
`

func factsDocument() string {
	var b strings.Builder
	b.WriteString(factsIntro)
	for _, s := range factSections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		if s.intro != "" {
			fmt.Fprintf(&b, "%s\n\n", s.intro)
		}
		b.WriteString("| name | type | meaning | from |\n| --- | --- | --- | --- |\n")
		for _, term := range s.rows {
			kind := term.Type
			if len(term.Values) > 0 {
				kind += ": " + strings.Join(term.Values, ", ")
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", term.Name, kind, term.Help, term.From)
		}
		if s.each != "" {
			fmt.Fprintf(&b, "\n%s is one of `%s`.\n", s.each, strings.Join(s.names, "`, `"))
		}
	}
	return b.String()
}

// An operation that met three hundred people, each entered alone and moved
// three times, is about the largest that will be recorded.
func BenchmarkFacts(b *testing.B) {
	r := toldRecord()
	r.Operation.HeadCount = Exactly(303)
	for i := range 300 {
		id := ID(fmt.Sprintf("x%d", i))
		r.Presences = append(r.Presences, &Presence{Head: Head{ID: id}, Individual: true, Count: Exactly(1)})
		r.Decisions = append(r.Decisions, &Decision{Head: Head{ID: "d" + id}, Presence: id, Class: "bystander", DecidedBy: "police"})
		for j, hour := range []string{"01T22:00Z", "01T23:00Z", "02T08:00Z"} {
			r.Movements = append(r.Movements, &Movement{Head: Head{ID: ID(fmt.Sprintf("m%d-%d", i, j))}, Presence: id, State: State([]string{"held", "questioned", "free_to_go"}[j]), From: when("2026-03-" + hour)})
		}
	}
	for b.Loop() {
		r.Facts(factsNow)
	}
}

// Whatever happened, and however roughly it is told: the bounds of a count
// hold the truth, and when all is told exactly its least is the truth.
func TestFactsHoldTheTruth(t *testing.T) {
	states := []State{"held", "removed_from_country", "placed", "returned_home", "free_to_go", "unknown"}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		t.Repeat(map[string]func(*rapid.T){
			"meet a group": w.meetGroup,
			"meet others":  func(t *rapid.T) { w.meet(t) },
			"split":        w.split,
			"move":         w.move,
		})
		for len(w.pending) > 0 {
			if !w.try(w.pending[0]) {
				t.Fatalf("the truth is refused: %v", w.pending[0])
			}
			w.pending = w.pending[1:]
		}
		began, _ := w.record.Operation.Began.Earliest()
		now := began.Add(time.Duration(w.clock) * time.Minute)
		for told, r := range map[string]*Record{"exactly": w.record, "in rough counts": w.blurred(t), "at rough times": w.vague(t)} {
			for _, s := range states {
				truth := 0
				for _, p := range w.people {
					if slices.ContainsFunc(p.tellings, func(said telling) bool { return said.state == s }) {
						truth++
					}
				}
				f := &factSheet{r: r.People(), at: now, facts: map[string]Fact{}}
				f.groups = f.views()
				f.people("n", f.ever(inState(s)))
				c, _ := f.facts["n"].Value.(Count)
				if !holds(c, truth) || told == "exactly" && c.Min() != truth {
					t.Fatalf("%d were ever %s; told %s, the facts say %s", truth, s, told, c)
				}
			}
		}
	})
}

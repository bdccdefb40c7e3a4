package plumbline

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestKind(t *testing.T) {
	tests := []struct {
		name    string
		c       Criteria
		want    OperationKind
		because string
		missing string
	}{
		{"nothing told", Criteria{}, Undetermined, "", "payment police private aim entered named_target questioned"},
		{"money asked for", Criteria{Payment: Yes, Police: Yes, Aim: "vice"}, Shakedown, "payment police", ""},
		{"money asked for, by whom is not known", Criteria{Payment: Yes, Aim: "vice"}, Shakedown, "payment", "police"},
		{"money asked for by private persons", Criteria{Payment: Yes, Police: No, Private: Yes}, PrivateRaid, "private police", ""},
		{"the aim was money", Criteria{Payment: No, Police: Yes, Aim: "extort"}, Shakedown, "aim", ""},
		{"private persons alone", Criteria{Payment: No, Police: No, Private: Yes, Aim: "protect", NamedTarget: Yes}, PrivateRaid, "private police", ""},
		{"private persons beside police", Criteria{Payment: No, Police: Yes, Private: Yes, Aim: "protect", NamedTarget: Yes, Entered: Yes}, TargetedRemoval, "named_target aim", ""},
		{"no police, and nobody says whether private persons", Criteria{Police: No, Aim: "protect", NamedTarget: Yes}, TargetedRemoval, "named_target aim", "private"},
		{"immigration control", Criteria{Payment: No, Police: Yes, Aim: "immigration"}, ImmigrationRaid, "aim", ""},
		{"labour law", Criteria{Payment: No, Police: No, Private: No, Aim: "labour"}, LabourInspection, "aim", ""},
		{"finding out, nothing entered", Criteria{Payment: No, Police: Yes, Aim: "investigate", Entered: No, NamedTarget: Yes}, Investigation, "entered aim", ""},
		{"finding out, entered or not is not known", Criteria{Payment: No, Police: Yes, Aim: "investigate", NamedTarget: Yes}, TargetedRemoval, "named_target aim", "entered"},
		{"finding out, a place entered", Criteria{Payment: No, Police: Yes, Aim: "investigate", Entered: Yes, NamedTarget: Yes}, TargetedRemoval, "named_target aim", ""},
		{"help, without police", Criteria{Police: No, Private: No, Aim: "welfare", Entered: Yes}, WelfareVisit, "aim police", ""},
		{"help, police not told", Criteria{Payment: No, Private: No, Aim: "welfare"}, WelfareVisit, "aim", "police"},
		{"help, with police, everyone questioned", Criteria{Payment: No, Police: Yes, Aim: "welfare", Entered: Yes, Questioned: "everyone", NamedTarget: Yes}, Raid, "entered questioned", ""},
		{"a named child sought", Criteria{Payment: No, Police: Yes, Aim: "protect", NamedTarget: Yes, Questioned: "named_only", Entered: Yes}, TargetedRemoval, "named_target aim", ""},
		{"a named child sought, everyone swept up", Criteria{Payment: No, Police: Yes, Aim: "protect", NamedTarget: Yes, Questioned: "everyone", Entered: Yes}, TargetedRemoval, "named_target aim", ""},
		{"a suspect sought", Criteria{Payment: No, Police: Yes, Aim: "arrest", NamedTarget: Yes}, TargetedRemoval, "named_target aim", ""},
		{"nobody named, everyone questioned", Criteria{Payment: No, Police: Yes, Aim: "order", NamedTarget: No, Questioned: "everyone"}, Sweep, "named_target questioned", ""},
		{"vice law, nobody named, everyone questioned", Criteria{Payment: No, Police: Yes, Aim: "vice", NamedTarget: No, Questioned: "everyone"}, Sweep, "named_target questioned", ""},
		{"vice law", Criteria{Payment: No, Police: Yes, Aim: "vice", NamedTarget: Yes, Questioned: "everyone"}, ViceRaid, "aim", ""},
		{"vice law, target not told", Criteria{Payment: No, Police: Yes, Aim: "vice", Questioned: "everyone"}, ViceRaid, "aim", "named_target"},
		{"a place entered, everyone questioned", Criteria{Payment: No, Police: Yes, Aim: "order", NamedTarget: Yes, Entered: Yes, Questioned: "everyone"}, Raid, "entered questioned", ""},
		{"a place entered, aim not told", Criteria{Payment: No, Police: Yes, Entered: Yes, Questioned: "everyone"}, Raid, "entered questioned", "aim named_target"},
		{"a place entered, nobody questioned", Criteria{Payment: No, Police: Yes, Aim: "order", NamedTarget: No, Entered: Yes, Questioned: "nobody"}, Undetermined, "", ""},
		{"refused and not asked are not known", Criteria{Payment: Refused, Police: NotAsked, Aim: "labour"}, LabourInspection, "aim", "payment police private"},
	}
	for _, tt := range tests {
		r := op(Count{})
		r.Operation.Criteria = tt.c
		got := r.Kind()
		if got.Kind != tt.want || strings.Join(got.Because, " ") != tt.because || strings.Join(got.Missing, " ") != tt.missing {
			t.Errorf("%s:\n got %s because [%s] missing [%s]\nwant %s because [%s] missing [%s]", tt.name,
				got.Kind, strings.Join(got.Because, " "), strings.Join(got.Missing, " "), tt.want, tt.because, tt.missing)
		}
	}
}

// answersTo lists what may be known of each criterion, the unknown first.
var answersTo = func() map[string][]string {
	m := map[string][]string{"aim": Aim("").Values(), "questioned": Questioned("").Values()}
	for _, name := range []string{"named_target", "entered", "police", "private", "immigration", "payment", "joint"} {
		m[name] = []string{"", "yes", "no"}
	}
	return m
}()

// criterion returns the field of a criterion by its name in files.
func criterion(c *Criteria, name string) reflect.Value {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if FieldName(v.Type().Field(i)) == name {
			return v.Field(i)
		}
	}
	panic("no criterion " + name)
}

func drawCriteria(t *rapid.T) (c Criteria) {
	for _, name := range criteriaNames() {
		criterion(&c, name).SetString(rapid.SampledFrom(answersTo[name]).Draw(t, name))
	}
	return c
}

func criteriaNames() (names []string) {
	for f := range reflect.TypeFor[Criteria]().Fields() {
		names = append(names, FieldName(f))
	}
	return names
}

// Learning a criterion that is not in Missing never changes the kind. (The
// reverse is not promised: a rule may wait for two criteria that another rule
// would then answer.)
func TestKindSaysWhatCouldChangeIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := op(Count{})
		r.Operation.Criteria = drawCriteria(t)
		before := r.Kind()
		for _, name := range criteriaNames() {
			known := criterion(&r.Operation.Criteria, name).String() != ""
			if known && slices.Contains(before.Missing, name) {
				t.Fatalf("%+v: %s is known and missing", r.Operation.Criteria, name)
			}
			if !known && slices.Contains(before.Because, name) {
				t.Fatalf("%+v: %s is not known and decided the kind", r.Operation.Criteria, name)
			}
			if known || slices.Contains(before.Missing, name) {
				continue
			}
			learned := *r
			for _, answer := range answersTo[name][1:] {
				criterion(&learned.Operation.Criteria, name).SetString(answer)
				if after := learned.Kind(); after.Kind != before.Kind {
					t.Fatalf("%+v is %s with %v missing; with %s = %s it is %s", r.Operation.Criteria, before.Kind, before.Missing, name, answer, after.Kind)
				}
			}
		}
	})
}

func TestSweptUp(t *testing.T) {
	held := func(c Class) []Entry {
		return []Entry{group("g1", Exactly(3)), moved("g1", "held", "01T21:00"), &Decision{Presence: "g1", Class: c, DecidedBy: "Unit"}}
	}
	tests := []struct {
		name       string
		questioned Questioned
		entries    []Entry
		want       Answer
	}{
		{"not told", "", nil, Unknown},
		{"everyone was questioned", "everyone", nil, Yes},
		{"only those named", "named_only", nil, No},
		{"only those named, but staff were held", "named_only", held("staff"), Yes},
		{"only those named, and the accused were held", "named_only", held("accused"), No},
		{"a child was held", "nobody", held("child"), No},
		{"people of no class were held", "", held("not_determined"), Yes},
		{"people were let go", "", []Entry{group("g1", Exactly(3)), moved("g1", "released", "01T21:00")}, Unknown},
		{"a movement of nobody on record", "", []Entry{moved("g9", "held", "01T21:00")}, Unknown},
	}
	for _, tt := range tests {
		r := op(Count{}, tt.entries...)
		r.Operation.Criteria.Questioned = tt.questioned
		if got := r.Kind().SweptUp; got != tt.want {
			t.Errorf("%s: swept up %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestWarrant(t *testing.T) {
	for kind, want := range map[AuthorityKind]Answer{"": Unknown, "warrant": Yes, "court_order": Yes, "prosecutor_order": Yes, "statutory_power": No, "consent": No, "none_claimed": No} {
		r := op(Count{})
		r.Operation.Authority.Kind = kind
		if got := r.Kind().Warrant; got != want {
			t.Errorf("authority %q: warrant %q, want %q", kind, got, want)
		}
	}
}

func TestAccompanied(t *testing.T) {
	worker := func(present Answer, mode Mode, contact string) *Attendance {
		return &Attendance{Role: "social_worker", Present: present, Mode: mode, FirstContact: when(contact)}
	}
	arrived := worker(Yes, "nearby", "")
	arrived.Arrived = when("01T20:30")
	lawyer := worker(Yes, "on_scene", "01T20:05")
	lawyer.Role = "lawyer"
	protector := worker(Yes, "on_scene", "")
	protector.Role = "child_protection"
	tests := []struct {
		name string
		with []Entry
		want Answer
	}{
		{"nothing told", nil, Unknown},
		{"on the scene", []Entry{worker(Yes, "on_scene", "")}, Yes},
		{"a child protection worker on the scene", []Entry{protector}, Yes},
		{"within half an hour", []Entry{worker(Yes, "nearby", "01T20:30")}, Yes},
		{"arrived within half an hour", []Entry{arrived}, Yes},
		{"later", []Entry{worker(Yes, "nearby", "01T20:31")}, No},
		{"on the scene, later", []Entry{worker(Yes, "on_scene", "01T21:15")}, No},
		{"nearby, when is not told", []Entry{worker(Yes, "nearby", "")}, Unknown},
		{"nearby, on that day", []Entry{worker(Yes, "nearby", "01")}, Unknown},
		{"nobody came", []Entry{worker(No, "", "")}, No},
		{"nobody asked", []Entry{worker(NotAsked, "", "")}, Unknown},
		{"a lawyer is not a social worker", []Entry{lawyer}, Unknown},
		{"one did not come, one did", []Entry{worker(No, "", ""), worker(Yes, "on_scene", "")}, Yes},
		{"one late, one in time", []Entry{worker(Yes, "nearby", "01T22:00"), worker(Yes, "nearby", "01T20:10")}, Yes},
		{"one did not come, of one it is not told", []Entry{worker(No, "", ""), worker(Yes, "nearby", "")}, Unknown},
		{"of one it is not told, one did not come", []Entry{worker(Yes, "nearby", ""), worker(No, "", "")}, Unknown},
		{"of one nothing is told, one did not come", []Entry{worker(Unknown, "", ""), worker(No, "", "")}, Unknown},
	}
	for _, tt := range tests {
		if got := op(Count{}, tt.with...).Accompanied(); got != tt.want {
			t.Errorf("%s: accompanied %q, want %q", tt.name, got, tt.want)
		}
	}
}

func ExampleRecord_Kind() {
	r := &Record{Operation: Operation{Criteria: Criteria{Police: Yes, Questioned: "everyone", Entered: Yes}}}
	k := r.Kind()
	fmt.Println(k.Kind, k.Because, k.Missing)
	// Output: raid [entered questioned] [payment aim named_target]
}

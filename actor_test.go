package plumbline

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// Who may do what, as a table that a lawyer can read. A change of it is a
// change of the promises, and is read before it is made.
func TestMay(t *testing.T) {
	var got bytes.Buffer
	fmt.Fprintln(&got, "Who may do what: role, deed, and the bond to the record with which it is allowed.")
	for _, role := range Role("").Values() {
		fmt.Fprintf(&got, "\n%-18s", role)
		for _, b := range Bonds() {
			fmt.Fprintf(&got, "%-11s", b)
		}
		fmt.Fprintln(&got)
		for _, d := range Deeds() {
			fmt.Fprintf(&got, "  %-16s", d)
			for _, b := range Bonds() {
				fmt.Fprintf(&got, "%-11s", map[bool]string{true: "allow", false: "refuse"}[May(Actor{Role: Role(role)}, d, b)])
			}
			fmt.Fprintln(&got)
		}
	}
	text := strings.ReplaceAll(got.String(), " \n", "\n")
	for strings.Contains(text, " \n") {
		text = strings.ReplaceAll(text, " \n", "\n")
	}
	const golden = "testdata/may.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("who may do what has changed; run go test -run TestMay -update . and read the difference:\n%s", text)
	}
}

func TestMayRefusesWhatIsNotInTheTable(t *testing.T) {
	for _, a := range []Actor{{}, {Role: "owner"}, {Role: "Worker"}} {
		for _, d := range Deeds() {
			for _, b := range Bonds() {
				if May(a, d, b) {
					t.Errorf("the role %q may %s (%s)", a.Role, d, b)
				}
			}
		}
	}
	for _, role := range Role("").Values() {
		if May(Actor{Role: Role(role)}, "see_person", TookPart) || May(Actor{Role: Role(role)}, SeeOperation, "friend") {
			t.Errorf("%s may do a deed, or has a bond, that does not exist", role)
		}
	}
	if err := Allow(Actor{Role: Reader}, RecordFacts, Public); !errors.Is(err, ErrForbidden) {
		t.Errorf("a reader who records gets %v, want forbidden", err)
	}
}

const (
	theirUnit  ID = "unit-7"
	otherUnit  ID = "unit-8"
	policeOrg  ID = "org-police"
	shelterOrg ID = "org-shelter"
	workersOrg ID = "org-workers"
)

// stranger, worker and the rest are one actor a role.
func actorOf(role Role) Actor {
	a := Actor{User: ID("demo"), Role: role, Organisation: shelterOrg}
	switch role {
	case PoliceLiaison:
		a.Organisation, a.Units = policeOrg, []ID{theirUnit}
	case Monitor:
		a.Organisation = workersOrg
	}
	return a
}

func accountOf(id, org ID, says ...string) *Account {
	a := &Account{Head: Head{ID: id}, Organisation: org, Teller: "Teller"}
	for _, s := range says {
		a.Points = append(a.Points, Point{Topic: "result", Text: Text(s)})
	}
	return a
}

// raid is an operation by a unit, with accounts by two organisations and by a
// person who belongs to none.
func raidBy(unit ID, origin Origin, more ...Entry) *Record {
	r := op(Exactly(3), append([]Entry{
		group("g1", Exactly(3)),
		accountOf("a-shelter", shelterOrg, "Three were taken."),
		accountOf("a-workers", workersOrg, "Four were taken."),
		accountOf("a-person", "", "I saw a van."),
	}, more...)...)
	r.Operation.Unit, r.Operation.Origin = unit, origin
	return r
}

func accounts(r *Record) string {
	var ids []string
	for _, a := range r.Accounts {
		ids = append(ids, string(a.ID))
	}
	return strings.Join(ids, " ")
}

func TestBondTo(t *testing.T) {
	liaison, shelter := actorOf(PoliceLiaison), actorOf(Worker)
	tookPart := &Agency{Organisation: shelterOrg, Name: "Lime House", Role: "welfare"}
	tests := []struct {
		name string
		a    Actor
		r    *Record
		want Bond
	}{
		{"own unit", liaison, raidBy(theirUnit, "site"), OwnUnit},
		{"another unit of the same force", liaison, raidBy(otherUnit, "site"), Stranger},
		{"no unit on record", liaison, raidBy("", "site"), Stranger},
		{"no unit on record, and an empty unit to answer for", Actor{Role: PoliceLiaison, Units: []ID{""}}, raidBy("", "site"), Stranger},
		{"own unit, on the public record", liaison, raidBy(theirUnit, "public_record"), OwnUnit},
		{"public record", shelter, raidBy(otherUnit, "public_record"), Public},
		{"took part", shelter, raidBy(otherUnit, "site", tookPart), TookPart},
		{"took no part", shelter, raidBy(otherUnit, "site"), Stranger},
		{"an agency that nobody placed, and an actor of no organisation", Actor{Role: Worker}, raidBy(otherUnit, "site", &Agency{Name: "Somebody", Role: "lead"}), Stranger},
	}
	for _, tt := range tests {
		if got := tt.a.BondTo(tt.r); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestShow(t *testing.T) {
	const all = "a-shelter a-workers a-person"
	filed := accountOf("a-police", policeOrg, "Two were taken.")
	asked := accountOf("a-police", policeOrg)
	tests := []struct {
		name string
		a    Actor
		r    *Record
		want string // the accounts shown; "no" when nothing is
	}{
		{"a worker sees all accounts", actorOf(Worker), raidBy(otherUnit, "site"), all},
		{"so does a coordinator", actorOf(Coordinator), raidBy(otherUnit, "site"), all},
		{"and a monitor", actorOf(Monitor), raidBy(otherUnit, "site"), all},
		{"and oversight", actorOf(Oversight), raidBy(otherUnit, "site"), all},
		{"and an analyst", actorOf(Analyst), raidBy(otherUnit, "fictional"), all},
		{"a reader sees the public record", actorOf(Reader), raidBy(otherUnit, "public_record"), all},
		{"and nothing else", actorOf(Reader), raidBy(otherUnit, "site"), "no"},
		{"a reader whose organisation took part sees nothing else either", actorOf(Reader), raidBy(otherUnit, "site", &Agency{Organisation: shelterOrg, Name: "x", Role: "lead"}), "no"},
		{"a police liaison sees no operation of another unit", actorOf(PoliceLiaison), raidBy(otherUnit, "site"), "no"},
		{"not even one in which the force took part", actorOf(PoliceLiaison), raidBy(otherUnit, "site", &Agency{Organisation: policeOrg, Name: "x", Role: "entry"}), "no"},
		{"nor one by nobody knows whom", actorOf(PoliceLiaison), raidBy("", "site"), "no"},
		{"of an own operation no other account before filing", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), ""},
		{"being asked is not filing", actorOf(PoliceLiaison), raidBy(theirUnit, "site", asked), "a-police"},
		{"all of them after filing", actorOf(PoliceLiaison), raidBy(theirUnit, "site", filed), all + " a-police"},
		{"the public record is public to the unit too", actorOf(PoliceLiaison), raidBy(theirUnit, "public_record"), all},
		{"the account of another force is not the own", Actor{Role: PoliceLiaison, Organisation: "org-port-police", Units: []ID{theirUnit}}, raidBy(theirUnit, "site", filed), ""},
		{"a liaison of no organisation is nobody's teller", Actor{Role: PoliceLiaison, Units: []ID{theirUnit}}, raidBy(theirUnit, "site"), ""},
		{"an administrator sees no record", actorOf(Administrator), raidBy(otherUnit, "site"), "no"},
		{"not even the public one", actorOf(Administrator), raidBy(otherUnit, "public_record"), "no"},
		{"nor one of the own organisation", actorOf(Administrator), raidBy(otherUnit, "site", &Agency{Organisation: shelterOrg, Name: "x", Role: "lead"}), "no"},
		{"nobody sees nothing", Actor{}, raidBy(otherUnit, "public_record"), "no"},
	}
	for _, tt := range tests {
		before := accounts(tt.r)
		shown, err := tt.r.Show(tt.a)
		switch {
		case tt.want == "no":
			if shown != nil || !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: %v, want not found, which looks like no operation", tt.name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case accounts(shown) != tt.want:
			t.Errorf("%s: shown %q, want %q", tt.name, accounts(shown), tt.want)
		}
		if accounts(tt.r) != before {
			t.Errorf("%s: showing the record changed it", tt.name)
		}
	}
}

func TestAllowWriteOfFacts(t *testing.T) {
	presence := group("g2", Exactly(1))
	tests := []struct {
		name string
		a    Actor
		r    *Record
		e    Entry
		want bool
	}{
		{"a worker records", actorOf(Worker), raidBy(otherUnit, "site"), presence, true},
		{"a coordinator records", actorOf(Coordinator), raidBy(otherUnit, "site"), presence, true},
		{"a liaison records of the own unit", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), presence, true},
		{"and of no other", actorOf(PoliceLiaison), raidBy(otherUnit, "site"), presence, false},
		{"nor on the public record of others", actorOf(PoliceLiaison), raidBy(otherUnit, "public_record"), presence, false},
		{"a monitor records no facts", actorOf(Monitor), raidBy(otherUnit, "site"), presence, false},
		{"nor does oversight", actorOf(Oversight), raidBy(otherUnit, "site"), presence, false},
		{"nor an analyst", actorOf(Analyst), raidBy(otherUnit, "site"), presence, false},
		{"nor a reader", actorOf(Reader), raidBy(otherUnit, "public_record"), presence, false},
		{"nor an administrator", actorOf(Administrator), raidBy(otherUnit, "site"), presence, false},
		{"nor nobody", Actor{}, raidBy(otherUnit, "site"), presence, false},
		{"a liaison corrects the own operation", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), &raidBy(theirUnit, "site").Operation, true},
		{"and does not lay it on another unit", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), &raidBy(otherUnit, "site").Operation, false},
		{"nor on none", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), &raidBy("", "site").Operation, false},
		{"nor makes it public, to read what others say", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), &raidBy(theirUnit, "public_record").Operation, false},
		{"nobody makes a record of the site public", actorOf(Coordinator), raidBy(otherUnit, "site"), &raidBy(otherUnit, "public_record").Operation, false},
		{"a worker says which unit it was", actorOf(Worker), raidBy("", "site"), &raidBy(otherUnit, "site").Operation, true},
		{"a worker begins a record", actorOf(Worker), new(Record), &raidBy(otherUnit, "site").Operation, true},
	}
	for _, tt := range tests {
		err := AllowWrite(tt.a, tt.r, tt.e)
		if (err == nil) != tt.want || err != nil && !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v, want allowed %t", tt.name, err, tt.want)
		}
	}
}

func TestAllowWriteOfAccounts(t *testing.T) {
	tests := []struct {
		name string
		a    Actor
		e    *Account
		want bool
	}{
		{"a worker tells for the own organisation", actorOf(Worker), accountOf("new", shelterOrg, "Three."), true},
		{"and corrects it", actorOf(Worker), accountOf("a-shelter", shelterOrg, "Four."), true},
		{"a monitor tells", actorOf(Monitor), accountOf("new", workersOrg, "Four."), true},
		{"oversight tells", actorOf(Oversight), accountOf("new", shelterOrg, "Seen."), true},
		{"a liaison tells for the unit", actorOf(PoliceLiaison), accountOf("new", policeOrg, "Two."), true},
		{"anyone who may tell may ask for an account", actorOf(Worker), accountOf("new", policeOrg), true},
		{"who is asked may answer", actorOf(PoliceLiaison), accountOf("a-asked", policeOrg, "Two."), true},
		{"nobody puts words into the mouth of another", actorOf(Worker), accountOf("new", policeOrg, "We did it."), false},
		{"nor of nobody", actorOf(Worker), accountOf("new", "", "I saw it."), false},
		{"nobody edits another's account", actorOf(Monitor), accountOf("a-shelter", workersOrg, "Four."), false},
		{"nor under its name", actorOf(Monitor), accountOf("a-shelter", shelterOrg, "Four."), false},
		{"nor empties it", actorOf(Monitor), accountOf("a-shelter", shelterOrg), false},
		{"a coordinator does not either", actorOf(Coordinator), accountOf("a-workers", workersOrg, "Three."), false},
		{"nor a liaison", actorOf(PoliceLiaison), accountOf("a-workers", policeOrg, "Two."), false},
		{"nobody answers what another was asked", actorOf(Worker), accountOf("a-asked", shelterOrg, "Two."), false},
		{"nor withdraws the question", actorOf(Worker), accountOf("a-asked", shelterOrg), false},
		{"nobody hands an own account to another", actorOf(Worker), accountOf("a-shelter", policeOrg), false},
		{"nor to nobody", actorOf(Worker), accountOf("a-shelter", ""), false},
		{"nobody edits what a person without an organisation told", actorOf(Worker), accountOf("a-person", "", "I saw nothing."), false},
		{"nor does an actor without one", Actor{Role: Worker}, accountOf("a-person", "", "I saw nothing."), false},
		{"who tells for no organisation", Actor{Role: Worker}, accountOf("new", "", "I saw it."), false},
		{"an analyst tells nothing", actorOf(Analyst), accountOf("new", shelterOrg, "Three."), false},
		{"nor a reader", actorOf(Reader), accountOf("new", shelterOrg, "Three."), false},
		{"nor an administrator", actorOf(Administrator), accountOf("new", shelterOrg, "Three."), false},
	}
	for _, tt := range tests {
		r := raidBy(theirUnit, "site", accountOf("a-asked", policeOrg))
		err := AllowWrite(tt.a, r, tt.e)
		if (err == nil) != tt.want || err != nil && !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v, want allowed %t", tt.name, err, tt.want)
		}
	}
	if err := AllowWrite(actorOf(PoliceLiaison), raidBy(otherUnit, "site"), accountOf("new", policeOrg, "Not us.")); !errors.Is(err, ErrForbidden) {
		t.Errorf("a liaison tells of another unit's operation: %v, want forbidden", err)
	}
}

func TestBondToUnit(t *testing.T) {
	for unit, want := range map[*Unit]Bond{
		{Head: Head{ID: theirUnit}, Origin: "site"}:          OwnUnit,
		{Head: Head{ID: otherUnit}, Origin: "site"}:          Stranger,
		{Head: Head{ID: otherUnit}, Origin: "public_record"}: Public,
	} {
		if got := actorOf(PoliceLiaison).BondToUnit(unit); got != want {
			t.Errorf("%s (%s): %s, want %s", unit.ID, unit.Origin, got, want)
		}
	}
}

func TestRolesAreAllInTheTable(t *testing.T) {
	for role := range mayTable {
		if !slices.Contains(Role("").Values(), string(role)) {
			t.Errorf("the table has the role %q, which does not exist", role)
		}
	}
	for _, role := range Role("").Values() {
		for d := range mayTable[Role(role)] {
			if !slices.Contains(Deeds(), d) {
				t.Errorf("%s may %q, which is no deed", role, d)
			}
		}
	}
}

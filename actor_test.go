package plumbline

import (
	"bytes"
	"encoding/json"
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
	fmt.Fprintln(&got, "Who may do what: role, deed, and the bond to the record with which it is allowed. Deeds marked * concern the site and no record.")
	for _, role := range Role("").Values() {
		fmt.Fprintf(&got, "\n%-18s", role)
		for _, b := range Bonds() {
			fmt.Fprintf(&got, "%-11s", b)
		}
		fmt.Fprintln(&got)
		for _, rule := range Rules() {
			d, mark := rule.Deed, ""
			if rule.OfSite {
				mark = "*"
			}
			fmt.Fprintf(&got, "  %-16s", string(d)+mark)
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
	written(t, "testdata/may.golden", text)
}

// written holds that a file says what the program does, and writes it anew
// with -update.
func written(t *testing.T, name, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(kept) {
		t.Errorf("%s has changed; run go test -run %s -update . and read the difference:\n%s", name, t.Name(), text)
	}
}

// The document for people who do not read code is the table, in the words of
// the catalogue.
func TestWhoMayDoWhatIsWrittenDown(t *testing.T) {
	data, err := os.ReadFile("internal/locale/en.json")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]any{}
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	say := func(key string) string {
		word, ok := words[key].(string)
		if !ok {
			t.Errorf("the catalogue has no %q", key)
		}
		return word
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", say("rules.title"))
	fmt.Fprintf(&b, "<!-- Written by TestWhoMayDoWhatIsWrittenDown from the table in may.go. -->\n\n%s\n\n", say("rules.lead"))
	for _, r := range Rules() {
		if why := say("why." + string(r.Deed)); why != r.Why {
			t.Errorf("why %s: the table says %q and the catalogue %q", r.Deed, r.Why, why)
		}
		fmt.Fprintf(&b, "## %s\n\n%s\n\n| %s | %s |\n| --- | --- |\n", say("deed."+string(r.Deed)), r.Why, say("rules.records"), say("rules.who"))
		for _, g := range r.Grants() {
			var roles []string
			for _, role := range g.Roles {
				roles = append(roles, say("role."+string(role)))
			}
			fmt.Fprintf(&b, "| %s | %s |\n", cell(r, g.Bonds, say), strings.Join(roles, ", "))
		}
		fmt.Fprintln(&b)
	}
	fmt.Fprintf(&b, "## %s\n\n", say("rules.roles"))
	for _, role := range Role("").Values() {
		fmt.Fprintf(&b, "- **%s.** %s\n", say("role."+role), say("role_help."+role))
	}
	fmt.Fprintf(&b, "\n## How it is known to hold\n\n%s\n", `Every use of the program is tried with every role and every tie to a record; what came of it stands in
[matrix.golden](../internal/store/testdata/matrix.golden). Every page is asked for with names of records that the role may not see, and answers as if there were none.
Scripted attackers follow every link, guess every name, send every form, and are shown nothing that is not theirs (`+"`internal/web/attack_test.go`"+`).`)
	written(t, "doc/who-may-do-what.md", b.String())
}

// cell says with which records a role may do a deed.
func cell(r Rule, bonds []Bond, say func(string) string) string {
	switch {
	case len(bonds) == 0:
		return say("people.no")
	case r.OfSite:
		return say("people.yes")
	case len(bonds) == len(Bonds()):
		return say("people.all")
	}
	var some []string
	for _, b := range bonds {
		text := say("bond." + string(b))
		if b == OwnUnit && r.Deed == SeeAccounts {
			text += " " + say("people.after_own")
		}
		some = append(some, text)
	}
	return strings.Join(some, ", ")
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
	for _, d := range Deeds() { // each refusal says whose the deed is
		err := Allow(Actor{}, d, Public)
		if !errors.Is(err, ErrForbidden) || ProblemTexts[ProblemsOf(err)[0].Key] == "" {
			t.Errorf("%s is refused with %v, want a reason in words", d, err)
		}
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

func recorded(by ID, r *Record) *Record {
	r.RecordedBy = by
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
		{"was to take part and did not", shelter, raidBy(otherUnit, "site", &Agency{Organisation: shelterOrg, Name: "Lime House", Role: "welfare", TookPart: No}), Stranger},
		{"stood beside the people met", shelter, raidBy(otherUnit, "site", &Attendance{Organisation: shelterOrg, Role: "social_worker", Present: Yes}), TookPart},
		{"was turned away", shelter, raidBy(otherUnit, "site", &Attendance{Organisation: shelterOrg, Role: "social_worker", Present: No}), Stranger},
		{"recorded it first", shelter, recorded(shelterOrg, raidBy(otherUnit, "site")), TookPart},
		{"another recorded it first", shelter, recorded(workersOrg, raidBy(otherUnit, "site")), Stranger},
		{"nobody knows who recorded it, and an actor of no organisation", Actor{Role: Worker}, raidBy(otherUnit, "site"), Stranger},
		{"telling of it is not taking part", actorOf(Monitor), raidBy(otherUnit, "site"), Stranger},
		{"recorded it, and it is public", shelter, recorded(shelterOrg, raidBy(otherUnit, "public_record")), Public},
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
	ours := func() *Record { return recorded(shelterOrg, raidBy(otherUnit, "site")) }
	tests := []struct {
		name string
		a    Actor
		r    *Record
		e    Entry
		want bool
	}{
		{"a worker records what the own organisation recorded first", actorOf(Worker), ours(), presence, true},
		{"or took part in", actorOf(Worker), raidBy(otherUnit, "site", &Agency{Organisation: shelterOrg, Name: "x", Role: "welfare"}), presence, true},
		{"and nothing else", actorOf(Worker), raidBy(otherUnit, "site"), presence, false},
		{"nor makes the own organisation one that took part", actorOf(Worker), raidBy(otherUnit, "site"), &Agency{Head: Head{ID: "n"}, Organisation: shelterOrg, Name: "x", Role: "lead"}, false},
		{"nor one that stood beside", actorOf(Worker), raidBy(otherUnit, "site"), &Attendance{Head: Head{ID: "n"}, Organisation: shelterOrg, Role: "lawyer", Present: Yes}, false},
		{"nor corrects the public record", actorOf(Worker), raidBy(otherUnit, "public_record"), presence, false},
		{"a coordinator does", actorOf(Coordinator), raidBy(otherUnit, "public_record"), presence, true},
		{"a coordinator records what the own organisation recorded first", actorOf(Coordinator), ours(), presence, true},
		{"and not what another did", actorOf(Coordinator), recorded(workersOrg, raidBy(otherUnit, "site")), presence, false},
		{"a liaison records of the own unit", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), presence, true},
		{"whoever recorded it first", actorOf(PoliceLiaison), recorded(shelterOrg, raidBy(theirUnit, "site")), presence, true},
		{"and of no other", actorOf(PoliceLiaison), raidBy(otherUnit, "site"), presence, false},
		{"not even what the force recorded first", actorOf(PoliceLiaison), recorded(policeOrg, raidBy(otherUnit, "site")), presence, false},
		{"nor on the public record of others", actorOf(PoliceLiaison), raidBy(otherUnit, "public_record"), presence, false},
		{"a monitor records what the own organisation recorded first", actorOf(Monitor), recorded(workersOrg, raidBy(otherUnit, "site")), presence, true},
		{"and nothing else", actorOf(Monitor), ours(), presence, false},
		{"nor does oversight record any", actorOf(Oversight), ours(), presence, false},
		{"nor an analyst", actorOf(Analyst), ours(), presence, false},
		{"nor a reader", actorOf(Reader), raidBy(otherUnit, "public_record"), presence, false},
		{"nor an administrator", actorOf(Administrator), ours(), presence, false},
		{"nor nobody", Actor{}, raidBy(otherUnit, "site"), presence, false},
		{"a liaison corrects the own operation", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), &raidBy(theirUnit, "site").Operation, true},
		{"and does not lay it on another unit", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), &raidBy(otherUnit, "site").Operation, false},
		{"nor on none", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), &raidBy("", "site").Operation, false},
		{"nor makes it public, to read what others say", actorOf(PoliceLiaison), raidBy(theirUnit, "site"), &raidBy(theirUnit, "public_record").Operation, false},
		{"nor takes an operation of another unit", actorOf(PoliceLiaison), raidBy(otherUnit, "site"), &raidBy(theirUnit, "site").Operation, false},
		{"nobody makes a record of the site public", actorOf(Coordinator), ours(), &raidBy(otherUnit, "public_record").Operation, false},
		{"a worker says which unit it was", actorOf(Worker), recorded(shelterOrg, raidBy("", "site")), &raidBy(otherUnit, "site").Operation, true},
		{"a worker begins a record", actorOf(Worker), new(Record), &raidBy(otherUnit, "site").Operation, true},
		{"but not for no organisation", Actor{Role: Worker}, new(Record), &raidBy(otherUnit, "site").Operation, false},
		{"a liaison begins one of the own unit", actorOf(PoliceLiaison), new(Record), &raidBy(theirUnit, "site").Operation, true},
		{"and of no other", actorOf(PoliceLiaison), new(Record), &raidBy(otherUnit, "site").Operation, false},
		{"a monitor begins one", actorOf(Monitor), new(Record), &raidBy(otherUnit, "site").Operation, true},
		{"and none of the public record", actorOf(Monitor), new(Record), &raidBy(otherUnit, "public_record").Operation, false},
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

// A monitor records what the own organisation led or recorded first, and tells
// an account of what it only stood beside.
func TestMonitorsRecordWhatTheirGroupLed(t *testing.T) {
	m := actorOf(Monitor)
	agency := func(role AgencyRole, took Answer) *Agency {
		return &Agency{Organisation: m.Organisation, Name: "A group", Kind: "board", Role: role, TookPart: took}
	}
	for name, tt := range map[string]struct {
		r   *Record
		key string // of the refusal
	}{
		"led it":                     {raidBy("", "site", agency("lead", Yes)), ""},
		"recorded it first":          {recorded(m.Organisation, raidBy(otherUnit, "site")), ""},
		"was to lead it and did not": {raidBy("", "site", agency("lead", No)), "problem.refused_record"},
		"helped at it":               {raidBy(otherUnit, "site", agency("welfare", Yes)), "problem.refused_record_beside"},
		"stood beside":               {raidBy(otherUnit, "site", &Attendance{Organisation: m.Organisation, Role: "observer", Present: Yes}), "problem.refused_record_beside"},
		"had nothing to do with it":  {raidBy(otherUnit, "site"), "problem.refused_record"},
		"led it, and it is public":   {raidBy("", "public_record", agency("lead", Yes)), "problem.refused_record"},
	} {
		err, key := AllowWrite(m, tt.r, &Movement{Head: Head{ID: "m"}}), ""
		if ps := ProblemsOf(err); len(ps) > 0 {
			key = ps[0].Key
		}
		if key != tt.key {
			t.Errorf("%s: %q, want %q", name, key, tt.key)
		}
		if account := (&Account{Head: Head{ID: "a"}, Organisation: m.Organisation}); AllowWrite(m, tt.r, account) != nil {
			t.Errorf("%s: an own account is refused", name)
		}
	}
}

func TestRulesAreWhole(t *testing.T) {
	seen := map[Deed]bool{}
	for _, r := range Rules() {
		if seen[r.Deed] || r.Why == "" {
			t.Errorf("%s stands twice in the table, or has no reason", r.Deed)
		}
		seen[r.Deed] = true
		for role, bonds := range r.May {
			if !slices.Contains(Role("").Values(), string(role)) {
				t.Errorf("%s: the table has the role %q, which does not exist", r.Deed, role)
			}
			for _, b := range bonds {
				if !slices.Contains(Bonds(), b) {
					t.Errorf("%s, %s: the table has the bond %q, which does not exist", r.Deed, role, b)
				}
			}
			if r.OfSite && len(bonds) != len(Bonds()) {
				t.Errorf("%s, %s: a deed that concerns no record hangs on a bond to one", r.Deed, role)
			}
		}
		if len(r.May[Administrator]) > 0 && !r.OfSite {
			t.Errorf("an administrator may %s, which concerns records", r.Deed)
		}
	}
}

func TestAllowRole(t *testing.T) {
	admin := Actor{User: "admin", Role: Administrator, Organisation: shelterOrg}
	force := Organisation{Head: Head{ID: policeOrg}, Kind: "police"}
	as := func(a Actor, role Role) Actor { a.Role = role; return a }
	liaison := Actor{User: "x", Role: PoliceLiaison, Organisation: policeOrg, Units: []ID{theirUnit}}
	tests := []struct {
		name string
		was  *Actor
		a    Actor
		o    Organisation
		unit ID // whose unit it is
		want error
	}{
		{"makes a worker", nil, Actor{User: "x", Role: Worker, Organisation: shelterOrg}, Organisation{}, "", nil},
		{"changes a worker", &Actor{User: "x", Role: Reader}, Actor{User: "x", Role: Worker}, Organisation{}, "", nil},
		{"changes the own name", &admin, Actor{User: "admin", Name: "New", Role: Administrator, Organisation: shelterOrg}, Organisation{}, "", nil},
		{"changes the own role", &admin, as(admin, Oversight), Organisation{}, "", ErrForbidden},
		{"changes the own organisation", &admin, Actor{User: "admin", Role: Administrator, Organisation: workersOrg}, Organisation{}, "", ErrForbidden},
		{"gives the own user a unit", &admin, Actor{User: "admin", Role: Administrator, Organisation: shelterOrg, Units: []ID{theirUnit}}, Organisation{}, "", ErrForbidden},
		{"makes a liaison", nil, liaison, force, policeOrg, nil},
		{"of another's unit", nil, liaison, force, shelterOrg, ErrInvalid},
		{"of nobody's unit", nil, liaison, force, "", ErrInvalid},
		{"makes a reader of a force", nil, as(liaison, Reader), force, policeOrg, nil},
		{"makes an administrator of a force", nil, as(liaison, Administrator), force, policeOrg, nil},
		{"makes a worker of a force", nil, as(liaison, Worker), force, policeOrg, ErrInvalid},
		{"makes a force its own oversight", nil, as(liaison, Oversight), force, policeOrg, ErrInvalid},
		{"makes an analyst of a force", nil, as(liaison, Analyst), Organisation{Kind: "immigration"}, policeOrg, ErrInvalid},
	}
	for _, tt := range tests {
		err := AllowRole(admin, tt.was, tt.a, tt.o, []Unit{{Head: Head{ID: theirUnit}, Organisation: tt.unit}}[:len(tt.a.Units)])
		if !errors.Is(err, tt.want) {
			t.Errorf("an administrator %s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

package plumbline

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func aDialogue(kind DialogueKind, entries ...Entry) *DialogueRecord {
	r := &DialogueRecord{Dialogue: Dialogue{Head: Head{ID: "d"}, Title: "T", Origin: "site", Kind: kind, Convener: "convener", At: aWhen("2026-03-10")}}
	for i, e := range entries {
		if h := HeadOf(e); h.ID == "" {
			h.ID = ID(fmt.Sprintf("e-%d", i))
		}
		r.Put(e)
	}
	return r
}

func aWhen(s string) When {
	w, err := ParseWhen(s)
	if err != nil {
		panic(err)
	}
	return w
}

func TestDialogueAsked(t *testing.T) {
	r := aDialogue("before_launch",
		&Seat{Who: "sex_workers", State: "came", People: Exactly(4)},
		&Seat{Who: "sex_workers", State: "came"},
		&Seat{Who: "survivors", State: "declined"},
		&Seat{Who: "health_workers", State: "not_invited"},
		&Seat{Who: "health_workers", State: "uninvited"},
		&Seat{Who: "police", State: "asked_to_come"})
	want := []Asked{
		{Who: "sex_workers", Came: AtLeast(4)}, {Who: "survivors", Came: Exactly(0)}, {Who: "health_workers", Came: Exactly(0), Gap: Uninvited},
		{Who: "service_providers", Came: Exactly(0), Gap: NoSeat}, {Who: "police", Came: Exactly(0), Gap: NotInvited},
	}
	got := r.Review(time.Now(), When{}).Asked
	if len(got) != len(want) {
		t.Fatalf("%d kinds, want %d: %+v", len(got), len(want), got)
	}
	for i, a := range got {
		if a.Who != want[i].Who || a.Came != want[i].Came || a.Gap != want[i].Gap {
			t.Errorf("%s: %v came, gap %q; want %s, %v, %q", a.Who, a.Came, a.Gap, want[i].Who, want[i].Came, want[i].Gap)
		}
	}
	if n := len(aDialogue("joint_review").Review(time.Now(), When{}).Gaps()); n != 0 {
		t.Errorf("a joint review has %d gaps: who quarrels is not said beforehand", n)
	}
	for held, want := range map[string]Answer{"2026-03-11": Yes, "2026-03": Unknown, "2026-03-09": No, "": Unknown} {
		if got := r.Review(time.Now(), aWhen(held)).InTime; got != want {
			t.Errorf("held on 10 March, launched %q: in time %q, want %q", held, got, want)
		}
	}
}

func TestDialogueAgreed(t *testing.T) {
	seats := []Entry{
		&Seat{Head: Head{ID: "s1"}, Who: "sex_workers", Organisation: "workers", State: "came"},
		&Seat{Head: Head{ID: "s2"}, Who: "police", Organisation: "force", State: "uninvited"},
		&Seat{Head: Head{ID: "s3"}, Who: "police", Organisation: "squad", State: "came"},
		&Seat{Head: Head{ID: "s4"}, Who: "sex_workers", Organisation: "squad", State: "came"}, // a second seat makes no second kind
	}
	for name, tt := range map[string]struct {
		kind SaidKind
		held map[ID]Answer
		want Standing
	}{
		"nobody":                      {"aim", nil, Open},
		"one kind":                    {"aim", map[ID]Answer{"force": Yes, "squad": Yes}, Open},
		"two kinds":                   {"aim", map[ID]Answer{"force": Yes, "workers": Yes}, Agreed},
		"a fact too":                  {"fact", map[ID]Answer{"force": Yes, "workers": Yes}, Agreed},
		"one denies it":               {"fact", map[ID]Answer{"force": Yes, "workers": Yes, "squad": No}, Open},
		"one does not say":            {"fact", map[ID]Answer{"force": Yes, "workers": Yes, "squad": Refused}, Open},
		"one without a seat denies":   {"fact", map[ID]Answer{"force": Yes, "workers": Yes, "clinic": No}, Open},
		"one without a seat is quiet": {"fact", map[ID]Answer{"force": Yes, "workers": Yes, "clinic": NotAsked}, Agreed},
		"no seat, no kind":            {"fact", map[ID]Answer{"force": Yes, "clinic": Yes}, Open},
		"a concern is not agreed on":  {"concern", map[ID]Answer{"force": Yes, "workers": Yes}, ""},
	} {
		r := aDialogue("joint_review", append([]Entry{&Said{Head: Head{ID: "p"}, Kind: tt.kind, By: "X", Text: "T"}}, seats...)...)
		for org, holds := range tt.held {
			r.Put(&Stance{Head: Head{ID: "stance-" + org}, Said: "p", Speaker: org, Holds: holds})
		}
		if err := r.Check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := r.Review(time.Now(), When{}).Points[0].Standing; got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestDialoguePromises(t *testing.T) {
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	check := func(by ID, kept Answer, when string) *PromiseCheck {
		return &PromiseCheck{Promise: "p", Speaker: by, Kept: kept, At: aWhen(when)}
	}
	for name, tt := range map[string]struct {
		due    string
		checks []*PromiseCheck
		want   PromiseState
		shown  int
	}{
		"its day has not come":             {"2026-06-02", nil, PromiseWaiting, 0},
		"its day is over":                  {"2026-05-31", nil, PromiseOverdue, 0},
		"this month":                       {"2026-06", nil, PromiseUnchecked, 0}, // may be today
		"no day":                           {"", nil, PromiseUnchecked, 0},
		"kept":                             {"2026-05-31", []*PromiseCheck{check("a", Yes, "2026-05-31")}, PromiseKept, 1},
		"broken before its day":            {"2026-06-09", []*PromiseCheck{check("a", No, "2026-05-31")}, PromiseBroken, 1},
		"two found different things":       {"2026-05-31", []*PromiseCheck{check("a", Yes, "2026-05"), check("b", No, "2026-05")}, PromiseDisputed, 2},
		"one looked again":                 {"2026-05-01", []*PromiseCheck{check("a", Yes, "2026-05-20"), check("a", No, "2026-05-10")}, PromiseKept, 2},
		"its maker's word decides nothing": {"2026-05-01", []*PromiseCheck{check("maker", Yes, "2026-05-20")}, PromiseOverdue, 1},
		"nor against it":                   {"2026-05-01", []*PromiseCheck{check("maker", No, "2026-05-20"), check("a", Yes, "")}, PromiseKept, 2},
		"who looked could not tell":        {"2026-05-01", []*PromiseCheck{check("a", NotAsked, "2026-05-20")}, PromiseOverdue, 1},
		"found later":                      {"2026-05-01", []*PromiseCheck{check("a", Yes, "2026-06-02")}, PromiseOverdue, 0},
	} {
		r := aDialogue("panel", &Promise{Head: Head{ID: "p"}, Speaker: "maker", Text: "T", Due: aWhen(tt.due)})
		for i, c := range tt.checks {
			c.ID = ID(fmt.Sprintf("c-%d", i))
			r.Put(c)
		}
		got := r.Review(at, When{}).Promises[0]
		if got.State != tt.want || len(got.Checks) != tt.shown {
			t.Errorf("%s: %q with %d checks, want %q with %d", name, got.State, len(got.Checks), tt.want, tt.shown)
		}
	}
}

func TestDialogueWaits(t *testing.T) {
	r := aDialogue("drafting", &Said{Head: Head{ID: "a"}, Kind: "concern", By: "X", Text: "T"}, &Said{Head: Head{ID: "b"}, Kind: "request", By: "X", Text: "T"},
		&Said{Head: Head{ID: "c"}, Kind: "question", By: "X", Text: "T", To: "a"}, &Said{Head: Head{ID: "d2"}, Kind: "statement", By: "X", Text: "T"},
		&Promise{Said: "a", By: "X", Text: "T"}, &Change{Said: "b", In: "The rule", Text: "T"})
	var waits []ID
	v := r.Review(time.Now(), When{})
	for _, p := range v.Points {
		if p.Waits() {
			waits = append(waits, p.ID)
		}
	}
	if !slices.Equal(waits, []ID{"c"}) {
		t.Errorf("nothing was done about %q, want c", waits)
	}
	if a := v.Points[0]; len(a.Answers) != 1 || len(a.Promises) != 1 || len(v.Points[1].Changes) != 1 {
		t.Errorf("what came of the points: %+v", v.Points)
	}
}

func TestProviderQuarters(t *testing.T) {
	g := &Programme{Head: Head{ID: "g"}, Began: aWhen("2025-02-10"), Ended: aWhen("2026-03-20")}
	session := func(kind DialogueKind, of ID, at string) *Dialogue {
		return &Dialogue{Kind: kind, Programme: of, At: aWhen(at)}
	}
	held := []*Dialogue{session("providers", "g", "2025-03-31"), session("panel", "g", "2025-05-01"), session("providers", "other", "2025-05-01"), session("providers", "g", "2025-07/2025-10"), session("providers", "g", "2025-11")}
	list := func(g *Programme, at string) (s string) {
		now, _ := aWhen(at).Earliest()
		for _, q := range ProviderQuarters(g, held, now) {
			s += q.From.Format("2006-01") + "=" + cmp.Or(string(q.Heard), "?") + " "
		}
		return s
	}
	for at, want := range map[string]string{
		"2025-03-31": "", // the quarter is not over
		"2025-04-01": "2025-01=yes ",
		"2026-01-01": "2025-01=yes 2025-04=no 2025-07=? 2025-10=yes ",
		"2027-01-01": "2025-01=yes 2025-04=no 2025-07=? 2025-10=yes ", // the programme ended in the next
	} {
		if got := list(g, at); got != want {
			t.Errorf("on %s: %s, want %s", at, got, want)
		}
	}
	if got := list(&Programme{Head: Head{ID: "g"}}, "2026-01-01"); got != "" {
		t.Errorf("of a programme of which nobody knows when it began: %s", got)
	}
}

var wrongDialogues = []struct {
	name, key string
	entry     Entry
}{
	{"words of nobody", "problem.needed", &Said{Kind: "aim", Text: "T"}},
	{"a promise of nobody", "problem.needed", &Promise{Text: "T"}},
	{"an answer to itself", "problem.no_such", &Said{Head: Head{ID: "x"}, By: "X", Kind: "aim", Text: "T", To: "x"}},
	{"a second stance", "problem.stance_twice", &Stance{Said: "p", Speaker: "a", Holds: No}},
	{"a check of nothing", "problem.no_such", &PromiseCheck{Promise: "nothing", Speaker: "a", Kept: Yes}},
}

func TestDialogueCheck(t *testing.T) {
	for _, tt := range wrongDialogues {
		r := aDialogue("panel", &Said{Head: Head{ID: "p"}, By: "X", Kind: "aim", Text: "T"}, &Stance{Head: Head{ID: "st"}, Said: "p", Speaker: "a", Holds: Yes})
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		if HeadOf(tt.entry).ID == "" {
			HeadOf(tt.entry).ID = "wrong"
		}
		r.Put(tt.entry)
		if ps := ProblemsOf(r.Check()); len(ps) != 1 || ps[0].Key != tt.key {
			t.Errorf("%s: %v, want %s", tt.name, ps, tt.key)
		}
	}
}

// Whatever anybody tries, in any order: what stands in an organisation's name
// was written by that organisation, and nobody else has reworded it; the list
// is the convener's.
func TestNobodyWritesOverAnother(t *testing.T) {
	draw := rand.New(rand.NewPCG(7, 11))
	orgs := []ID{"convener", "a", "b", ""}
	roles := []Role{Worker, Coordinator, Monitor, Oversight, PoliceLiaison, Analyst, Administrator, Reader}
	pick := func(list []ID) ID { return list[draw.IntN(len(list))] }
	kept, refusals := 0, 0
	for range 400 {
		r := aDialogue("panel", &Seat{Head: Head{ID: "seat"}, Who: "police", Organisation: "a", State: "came"}, &Said{Head: Head{ID: "root"}, By: "X", Kind: "aim", Text: "T"})
		author := map[ID]ID{"seat": "convener", "root": "convener"}
		for range 40 {
			actor := Actor{User: "u", Role: roles[draw.IntN(len(roles))], Organisation: pick(orgs)}
			head := Head{ID: ID(fmt.Sprintf("%c", 'k'+draw.IntN(6)))}
			speaker := pick(orgs)
			e := []Entry{
				&Said{Head: head, Speaker: speaker, By: "X", Kind: "fact", Text: "T"}, &Stance{Head: head, Said: "root", Speaker: speaker, Holds: Yes},
				&Promise{Head: head, Speaker: speaker, By: "X", Text: "T"}, &PromiseCheck{Head: head, Promise: "p", Speaker: speaker, Kept: No},
				&Seat{Head: Head{ID: "seat"}, Who: "police", Organisation: "a", State: "uninvited"}, &Change{Head: head, In: "R", Text: "T"},
			}[draw.IntN(6)]
			old := r.Find(HeadOf(e).ID)
			if old != nil && KindOf(old) != KindOf(e) {
				continue // the store refuses it
			}
			err := r.Allow(actor, e)
			if err != nil {
				if refusals++; !errors.Is(err, ErrForbidden) {
					t.Fatalf("refused with %v", err)
				}
				continue
			}
			kept++
			of := cmp.Or(speakerOf(e), "convener")
			if actor.Organisation != of || old != nil && author[HeadOf(e).ID] != actor.Organisation || slices.Contains([]Role{Analyst, Administrator, Reader}, actor.Role) {
				t.Fatalf("%s of %q writes a %s of %q over one of %q", actor.Role, actor.Organisation, KindOf(e), of, author[HeadOf(e).ID])
			}
			author[HeadOf(e).ID] = of
			r.Put(e)
		}
	}
	if kept < 500 || refusals < 500 {
		t.Errorf("%d kept and %d refused: the draw tries too little", kept, refusals)
	}
}

// Nobody gives a dialogue to another convener, nor says that it comes from
// elsewhere.
func TestDialogueStaysItsConveners(t *testing.T) {
	convener := Actor{User: "u", Role: Coordinator, Organisation: "convener"}
	for name, change := range map[string]func(*Dialogue){"convener": func(d *Dialogue) { d.Convener = "other" }, "origin": func(d *Dialogue) { d.Origin = "public_record" }} {
		r := aDialogue("panel")
		after := r.Dialogue
		change(&after)
		if err := r.Allow(convener, &after); !errors.Is(err, ErrForbidden) {
			t.Errorf("another %s: %v", name, err)
		}
		r.Dialogue.ID = ""
		if err := r.Allow(Actor{User: "u", Role: Coordinator, Organisation: "third"}, &after); name == "convener" && !errors.Is(err, ErrForbidden) {
			t.Errorf("begun in another's name: %v", err)
		}
	}
	if err := new(DialogueRecord).Allow(convener, &aDialogue("panel").Dialogue); err != nil {
		t.Errorf("a new one is refused to its convener: %v", err)
	}
}

// What a group heard is its own until it publishes it, and then everybody's.
func TestHearingsArePublishedByTheGroup(t *testing.T) {
	r := &OrganisationRecord{Organisation: Organisation{Head: Head{ID: "group"}, Name: "G", Kind: "worker_led", Origin: "site"}, Hearings: []*Hearing{
		{Head: Head{ID: "open", Note: "ours"}, Heard: "A", Publish: Yes}, {Head: Head{ID: "kept"}, Heard: "B"}, {Head: Head{ID: "refused"}, Heard: "C", Publish: No}},
		Members: []*Members{{Head: Head{ID: "m", Note: "ours"}, Who: "sex_worker", Number: Exactly(7)}}}
	for _, name := range Role("").Values() {
		for _, org := range []ID{"group", "other"} {
			a := Actor{User: "u", Role: Role(name), Organisation: org}
			shown := r.Show(a, time.Now()).Hearings
			keeps := org == "group" && (a.Role == Worker || a.Role == Coordinator)
			if want := map[bool]int{true: 3, false: 1}[keeps]; len(shown) != want {
				t.Errorf("%s of %s reads %d hearings, want %d", name, org, len(shown), want)
			}
			if !keeps && shown[0].Note != "" {
				t.Errorf("%s of %s reads the group's note", name, org)
			}
			if m := r.Show(a, time.Now()).Members; len(m) != 1 || m[0].Number != Exactly(7) || (m[0].Note == "") == keeps {
				t.Errorf("%s of %s reads the members %v", name, org, m)
			}
			if err := AllowOrganisation(a, &r.Organisation, &Members{Head: Head{ID: "new"}, Who: "other"}); (err == nil) != keeps {
				t.Errorf("%s of %s writes members: %v", name, org, err)
			}
			if err := AllowOrganisation(a, &r.Organisation, &Hearing{Head: Head{ID: "new"}, Heard: "D"}); (err == nil) != keeps {
				t.Errorf("%s of %s writes a hearing: %v", name, org, err)
			}
		}
	}
}

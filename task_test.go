package plumbline

import (
	"slices"
	"testing"
	"time"
)

func TestTasks(t *testing.T) {
	began := time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)
	record := func(change func(*Record)) *Record {
		r := &Record{
			Operation:  Operation{Head: Head{ID: "op"}, Title: "Ferry Steps", Origin: "site", Began: At(began), HeadCount: Exactly(3)},
			Agencies:   []*Agency{{Head: Head{ID: "a1"}, Organisation: "org-a", Name: "A", Role: "welfare"}, {Head: Head{ID: "a2"}, Organisation: "org-b", Name: "B", Role: "support", TookPart: No}},
			Presences:  []*Presence{{Head: Head{ID: "p1"}, Code: "P-01", Individual: true, Count: Exactly(1), AgeBasis: "presumed_child"}},
			Movements:  []*Movement{{Head: Head{ID: "m1"}, Presence: "p1", State: "placed", From: At(began.Add(time.Hour)), Giver: "A", Taker: "B"}},
			Events:     []*Event{{Head: Head{ID: "e1"}, Kind: "threat", At: At(began)}, {Head: Head{ID: "e2"}, Kind: "medical_need", Answered: At(began)}},
			Debriefs:   []*Debrief{{Head: Head{ID: "d1"}, Actions: []Action{{What: "Open", Due: At(began)}, {What: "Done", Due: At(began), Done: At(began)}}}},
			RecordedBy: "org-c",
		}
		if change != nil {
			change(r)
		}
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		return r
	}
	now := began.Add(5 * day)
	kinds := func(tasks []Task) (list []TaskKind) {
		for _, task := range tasks {
			list = append(list, task.Kind)
		}
		return list
	}
	all := record(nil).Tasks(now, "org-unit")
	for _, want := range []Task{
		{Kind: TaskBalance, Due: began.Add(3 * day), People: Exactly(2)},
		{Kind: TaskConfirm, Entry: "p1", Due: began.Add(time.Hour + 30*day), What: "P-01", People: Exactly(1)},
		{Kind: TaskAge, Entry: "p1", Due: began.Add(5 * day), What: "P-01"},
		{Kind: TaskAccount, Due: began.Add(7 * day), Organisation: "org-a"},
		{Kind: TaskAccount, Due: began.Add(7 * day), Organisation: "org-unit"},
		{Kind: TaskThreat, Entry: "e1", Due: began.Add(day)},
		{Kind: TaskAction, Entry: "d1", Due: began.Add(time.Second), What: "Open"},
	} {
		if !slices.Contains(all, want) {
			t.Errorf("%+v is not among\n%+v", want, all)
		}
	}
	for _, task := range all {
		if task.What == "Done" || task.Kind == TaskMedical || task.Organisation == "org-b" {
			t.Errorf("%+v asks for what is done, answered, or not owed", task)
		}
	}
	if !slices.IsSortedFunc(all, func(a, b Task) int { return a.Due.Compare(b.Due) }) {
		t.Errorf("not in the order in which they are due: %v", kinds(all))
	}

	put := record(func(r *Record) {
		r.Notes = []*Note{{Head: Head{ID: "n1"}, Text: "Asked again", About: "e1", Again: At(began.Add(9 * day))}}
	}).Tasks(now, "")
	if !slices.Contains(put, Task{Kind: TaskThreat, Entry: "e1", Due: began.Add(9 * day)}) {
		t.Errorf("a note does not put off what it is about: %+v", put)
	}
	told := record(func(r *Record) {
		r.Accounts = []*Account{{Head: Head{ID: "acc"}, Organisation: "org-a", Teller: "A", Points: []Point{{Topic: "people_met", Text: "Three."}}}}
	}).Tasks(now, "")
	if slices.Contains(kinds(told), TaskAccount) {
		t.Error("who has told still owes an account")
	}
	for name, r := range map[string]*Record{
		"the public record": record(func(r *Record) { r.Operation.Origin = "public_record" }),
		"a series":          record(func(r *Record) { r.Operation.Covers = AtLeast(5) }),
		"an unknown day":    record(func(r *Record) { r.Operation.Began = When{} }),
	} {
		if tasks := r.Tasks(now, ""); len(tasks) > 0 {
			t.Errorf("%s asks for %v", name, kinds(tasks))
		}
	}

	// Who is a party has the bond TookPart, and nobody else.
	r := record(nil)
	for _, org := range []ID{"org-a", "org-b", "org-c", "org-d", ""} {
		bond := Actor{Role: Coordinator, Organisation: org}.BondTo(r)
		if party := slices.Contains(r.Parties(), org); party != (bond == TookPart) {
			t.Errorf("%q: a party %t, bond %s", org, party, bond)
		}
	}
}

// A note is its organisation's, and who answers for the unit reads none of
// others.
func TestNotes(t *testing.T) {
	r := &Record{Operation: Operation{Head: Head{ID: "op"}, Title: "Ferry Steps", Origin: "site", Unit: "unit-a"}, RecordedBy: "org-a",
		Agencies: []*Agency{{Head: Head{ID: "b"}, Organisation: "org-b", Name: "B", Role: "welfare"}},
		Notes:    []*Note{{Head: Head{ID: "n1"}, Organisation: "org-a", Text: "Asked."}, {Head: Head{ID: "n2"}, Organisation: "org-police", Text: "Ours."}}}
	worker := Actor{User: "w", Role: Worker, Organisation: "org-a"}
	liaison := Actor{User: "l", Role: PoliceLiaison, Organisation: "org-police", Units: []ID{"unit-a"}}
	for _, tt := range []struct {
		who  string
		a    Actor
		n    Note
		want string
	}{
		{"the own", worker, Note{Head: Head{ID: "n1"}, Organisation: "org-a", Text: "Asked again."}, ""},
		{"a new one", worker, Note{Head: Head{ID: "n3"}, Organisation: "org-a", Text: "x"}, ""},
		{"in another's name", worker, Note{Head: Head{ID: "n3"}, Organisation: "org-b", Text: "x"}, "problem.refused_note_of_another"},
		{"another's, taken over", worker, Note{Head: Head{ID: "n2"}, Organisation: "org-a", Text: "x"}, "problem.refused_note_of_another"},
		{"by who may not record", Actor{User: "m", Role: Monitor, Organisation: "org-b"}, Note{Head: Head{ID: "n3"}, Organisation: "org-b", Text: "x"}, "problem.refused_record_beside"},
	} {
		got := ""
		if ps := ProblemsOf(AllowWrite(tt.a, r, &tt.n)); len(ps) > 0 {
			got = ps[0].Key
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.who, got, tt.want)
		}
	}
	for _, tt := range []struct {
		a    Actor
		want int
	}{{worker, 2}, {liaison, 1}, {Actor{Role: Oversight, Organisation: "org-o"}, 2}} {
		shown, err := r.Show(tt.a)
		if err != nil || len(shown.Notes) != tt.want {
			t.Errorf("%s reads %d notes, want %d (%v)", tt.a.Role, len(shown.Notes), tt.want, err)
		}
	}
	if len(r.Notes) != 2 {
		t.Error("showing the record has changed it")
	}
}

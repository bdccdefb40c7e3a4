package rig

import (
	"reflect"
	"testing"

	"plumbline"
)

func TestLarge(t *testing.T) {
	l := Large{Now: aDay, Seed: 1, N: 400}
	orgs, units := l.House()
	known := map[plumbline.ID]bool{}
	for _, o := range orgs {
		known[o.ID] = true
		if err := plumbline.CheckOrganisation(o); err != nil {
			t.Error(err)
		}
	}
	for _, u := range units {
		known[u.Unit.ID] = true
		if err := u.Check(); err != nil {
			t.Error(err)
		}
	}
	for _, a := range l.Actors(50) {
		if !known[a.Organisation] {
			t.Errorf("%s is of %s, which does not exist", a.User, a.Organisation)
		}
	}
	presences, movements, largest := 0, 0, 0
	for i := range l.N {
		r := l.Operation(i)
		if err := r.Check(); err != nil {
			t.Fatalf("operation %d: %v", i, err)
		}
		if r.Operation.Origin != "fictional" {
			t.Fatalf("operation %d is not said to be made up", i)
		}
		for _, e := range r.Entries() {
			for _, ref := range plumbline.Refs(e) {
				if (ref.Kind == plumbline.KindUnit || ref.Kind == plumbline.KindOrganisation) && !known[ref.ID] {
					t.Fatalf("operation %d names %s, which does not exist", i, ref.ID)
				}
			}
		}
		presences, movements, largest = presences+len(r.Presences), movements+len(r.Movements), max(largest, len(r.Presences))
	}
	// Twenty presences and sixty movements an operation are asked for, and
	// a few that are much larger; of 400 the mean lies within a fifth.
	if n := presences / l.N; n < 16 || n > 24 {
		t.Errorf("%d presences an operation, want about 20", n)
	}
	if n := movements / l.N; n < 48 || n > 74 {
		t.Errorf("%d movements an operation, want about 60", n)
	}
	if largest < 80 {
		t.Errorf("the largest of %d operations met %d, which is no heavy tail", l.N, largest)
	}
	if !reflect.DeepEqual(l.Operation(7), l.Operation(7)) || reflect.DeepEqual(l.Operation(7), Large{Now: aDay, Seed: 2, N: 400}.Operation(7)) {
		t.Error("an operation does not follow from the seed alone")
	}
}

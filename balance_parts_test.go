package plumbline

import (
	"testing"
	"time"
)

// mostOfTwelve is a record of twelve people of whom "most" were children.
func mostOfTwelve(t *testing.T) *Record {
	r := &Record{Operation: Operation{Head: Head{ID: "op"}, Title: "x", Origin: "site", Began: when("2009-10-05"), HeadCount: Exactly(14)}}
	r.Presences = []*Presence{
		{Head: Head{ID: "all"}, Code: "G-01", Count: Exactly(12)},
		{Head: Head{ID: "most"}, Code: "G-02", Count: Between(7, 12), PartOf: "all"},
	}
	for _, p := range r.Presences {
		r.Movements = append(r.Movements, &Movement{Head: Head{ID: "m-" + p.ID}, Presence: p.ID, State: "placed", From: when("2009-10-05")})
	}
	return r
}

// Twelve people of whom seven to twelve and the rest are in one state are
// twelve people in that state, and twelve people missing when it has run out.
func TestBalanceOfPartsAddsUpToTheGroup(t *testing.T) {
	r := mostOfTwelve(t)
	for _, tc := range []struct {
		at                     Checkpoint
		accounted, unaccounted Count
	}{
		{Checkpoint{"0h", 0}, Exactly(12), Exactly(2)},
		{Checkpoint{"24h", day}, Exactly(12), Exactly(2)},
		{Checkpoint{"90d", 90 * day}, Exactly(0), Exactly(14)},
	} {
		b := r.Balance(tc.at)
		if b.Accounted() != tc.accounted || b.Unaccounted != tc.unaccounted || b.Balanced() != Yes {
			t.Errorf("%s: accounted %v, unaccounted %v, balanced %q; want %v, %v, yes", tc.at.Name, b.Accounted(), b.Unaccounted, b.Balanced(), tc.accounted, tc.unaccounted)
		}
	}
}

// When the parts go different ways each state has its bounds, and the group
// as a whole is still accounted for.
func TestBalanceOfPartsInTwoStates(t *testing.T) {
	r := mostOfTwelve(t)
	r.Movements[1].State = "returned_home"
	b := r.Balance(Checkpoint{"24h", day})
	want := map[State]Count{"placed": Between(0, 5), "returned_home": Between(7, 12)}
	for _, s := range b.States {
		if s.Count != want[s.State] {
			t.Errorf("%s: got %v, want %v", s.State, s.Count, want[s.State])
		}
	}
	if b.Accounted() != Exactly(12) || b.Unaccounted != Exactly(2) {
		t.Errorf("accounted %v, unaccounted %v; want 12, 2", b.Accounted(), b.Unaccounted)
	}
}

// A state that has run out does not come back when a coarse date is over.
func TestBalanceOfCoarseDatesOnlyLosesPeople(t *testing.T) {
	r := &Record{Operation: Operation{Head: Head{ID: "op"}, Title: "x", Origin: "site", Began: when("2003")}}
	r.Presences = []*Presence{{Head: Head{ID: "p"}, Code: "G-01", Count: Exactly(7)}}
	r.Movements = []*Movement{{Head: Head{ID: "m"}, Presence: "p", State: "escorted", From: when("2003")}}
	lost := false
	for _, at := range Checkpoints {
		missing := r.Balance(at).Unaccounted.Min() == 7
		if lost && !missing {
			t.Errorf("%s: seven people are back in account without a new word about them", at.Name)
		}
		lost = lost || missing
	}
	if !lost {
		t.Error("escorted seven people for a year; want them unaccounted for after a day")
	}
}

func TestNowOfAnOperationWithoutABeginning(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for began, want := range map[string]time.Duration{
		"":           longAgo,
		"../2009":    at.Sub(time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)),
		"2026-10-31": day,
	} {
		r := &Record{Operation: Operation{Head: Head{ID: "op"}, Began: when(began)}}
		r.Presences = []*Presence{{Head: Head{ID: "p"}, Code: "G-01", Count: Exactly(3)}}
		if got := r.Now(at); got.After != want {
			t.Errorf("began %q: age %v, want %v", began, got.After, want)
		}
		if b := r.Balance(r.Now(at)); b.Unaccounted.Min() != 3 {
			t.Errorf("began %q: unaccounted %v now, want at least 3", began, b.Unaccounted)
		}
	}
}

func TestTallyOfPartsAddsUpToTheGroup(t *testing.T) {
	if got := mostOfTwelve(t).Tally().Placed; got != Exactly(12) {
		t.Errorf("placed %v, want 12", got)
	}
	r := mostOfTwelve(t)
	r.Movements[1].State = "removed_from_country"
	if tally := r.Tally(); tally.Placed != Between(0, 5) || tally.Removed != Between(7, 12) {
		t.Errorf("placed %v, removed %v; want at most 5, and 7 to 12", tally.Placed, tally.Removed)
	}
}

package plumbline

import "testing"

// Every sign is answered, and one at which nobody looked is not known.
func TestMovedAnswersEverySign(t *testing.T) {
	r := &StudyRecord{}
	look := func(sign ElsewhereSign, found Answer) {
		r.Elsewhere = append(r.Elsewhere, &Elsewhere{Sign: sign, Found: found})
	}
	look("nearby", No)
	look("nearby", Yes) // one look that finds it is enough
	look("price", No)
	look("online", Unknown)
	want := map[ElsewhereSign]Answer{"nearby": Yes, "price": No}
	moved := r.Moved()
	if len(moved) != len(ElsewhereSign("").Values()) {
		t.Fatalf("%d signs", len(moved))
	}
	for _, s := range moved {
		if s.Found() != want[s.Sign] {
			t.Errorf("%s: %q, want %q", s.Sign, s.Found(), want[s.Sign])
		}
	}
}

package exchange

import (
	"slices"
	"testing"
)

// A point of the common ground rests on claims that are there, of at least two
// kinds of claimants and of two claimants that differ.
func TestCommonGroundRestsOnClaims(t *testing.T) {
	all := CommonGround()
	if len(all) < 4 {
		t.Fatalf("%d points", len(all))
	}
	for i, g := range all {
		var claimants []string
		for _, s := range g.Sides {
			c := Claims().Claim(s.Claim)
			if c == nil {
				t.Errorf("%s rests on %s, which is not there", g.ID, s.Claim)
				continue
			}
			if s.Kind == "" || !slices.Contains(s.Kind.Values(), string(s.Kind)) {
				t.Errorf("%s: %s is of the kind %q", g.ID, s.Claim, s.Kind)
			}
			if !slices.Contains(claimants, c.Claimant) {
				claimants = append(claimants, c.Claimant)
			}
		}
		if len(claimants) < 2 || len(g.Kinds()) < 2 {
			t.Errorf("%s is said by %q alone, of the kinds %q", g.ID, claimants, g.Kinds())
		}
		if i > 0 && len(all[i-1].Kinds()) < len(g.Kinds()) {
			t.Errorf("%s is said by more kinds than %s, which stands before it", g.ID, all[i-1].ID)
		}
	}
}

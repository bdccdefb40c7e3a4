package exchange

import (
	"strings"
	"testing"

	"plumbline/figure"
)

func TestClaims(t *testing.T) {
	claims := Claims()
	if n := len(claims.Claims); n != 238 {
		t.Errorf("claims: got %d, want 238", n)
	}
	c := claims.Claim("C-B62")
	if c.Claimant != "Holly Burkhalter" || c.Figure.Low != 7 || c.Figure.Form != figure.Exact || c.Place != "Thailand" || len(c.Links) != 1 || c.Links[0] != (figure.Link{How: figure.Supports, To: "C-B69"}) {
		t.Errorf("C-B62: got %+v", c)
	}
	if root := claims.Root(claims.Claim("C-F09")); root.ID != "C-B30" {
		t.Errorf("C-F09 repeats %s", root.ID)
	}
	all := Contradictions()
	if len(all) != 39 {
		t.Fatalf("contradictions: got %d, want 39", len(all))
	}
	if x := all[35]; x.ID != "X-36" || !strings.Contains(x.Point, "Chiang Mai") || x.One == "" || x.Other == "" {
		t.Errorf("X-36: got %+v", x)
	}
	if got := strings.Join(all[1].Claims(), " "); got != "C-N10 C-N17 C-N18 C-N19 C-N20 C-N21" {
		t.Errorf("X-02 names %s", got)
	}
	for _, x := range all {
		for _, id := range x.Claims() {
			if claims.Claim(id) == nil {
				t.Errorf("%s names %s, which is no claim", x.ID, id)
			}
		}
	}
}

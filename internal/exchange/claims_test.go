package exchange

import (
	"strings"
	"testing"
)

func TestClaims(t *testing.T) {
	claims := Claims()
	if len(claims) != 238 {
		t.Errorf("claims: got %d, want 238", len(claims))
	}
	c := claims["C-B62"]
	if c.Claimant != "Holly Burkhalter" || c.Figure != "7" || c.Place != "Thailand" || len(c.Stances) != 1 || c.Stances[0] != (Stance{"supports", "C-B69"}) {
		t.Errorf("C-B62: got %+v", c)
	}
	if n := len(Contradictions()); n != 39 {
		t.Errorf("contradictions: got %d, want 39", n)
	}
	if x := Contradictions()["X-36"]; !strings.Contains(x.Point, "Chiang Mai") || x.One == "" || x.Other == "" {
		t.Errorf("X-36: got %+v", x)
	}
}

func TestReadClaimsRefuses(t *testing.T) {
	header := strings.Join(claimColumns, ",") + "\n"
	row := "C-B01,a,b,c,d,e,f,g,h,i,j,k,l,,\n"
	for name, tc := range map[string]struct{ file, want string }{
		"nothing":             {"", "empty"},
		"another header":      {"id,text\nC-B01,x\n", "row 1"},
		"a bad id":            {header + strings.Replace(row, "C-B01", "B1", 1), "row 2, claim_id"},
		"an id twice":         {header + row + row, "row 3, claim_id"},
		"an empty field":      {header + strings.Replace(row, ",a,", ",,", 1), "row 2, claimant"},
		"a stance of no sort": {header + strings.Replace(row, "l,,", "l,likes:C-B01,", 1), "row 2, stance_target"},
		"a stance to nobody":  {header + strings.Replace(row, "l,,", "l,supports:C-B02,", 1), "row 2, stance_target"},
		"a short row":         {header + "C-B01,a\n", "wrong number of fields"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readClaims(strings.NewReader(tc.file))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

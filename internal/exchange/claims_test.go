package exchange

import (
	"slices"
	"strings"
	"testing"

	"plumbline"
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

// What is noted of the claims is of claims that are there, cites sources that
// are listed, and finds by rule what readers of the documents found by hand.
func TestReadings(t *testing.T) {
	r := Claims()
	if n := len(r.Sources()); n != 23 {
		t.Errorf("sources: %d", n)
	}
	codes := map[string][]string{}
	for _, f := range r.CitationFaults() {
		codes[f.Code] = append(codes[f.Code], f.Claim)
	}
	for code, want := range map[string]string{"no-such-source": "", "older-than-event": "C-B36", "note-nearby": "C-B04 C-B54 C-B55", "ibid-unknown": ""} {
		if got := strings.Join(codes[code], " "); got != want {
			t.Errorf("%s: %s, want %q", code, got, want)
		}
	}
	for code, want := range map[string]string{figure.Parked: "C-G29", figure.EndingStated: "C-B14", figure.MayMixAdults: "C-N12 C-N14 C-B04 C-B54 C-G10 C-G11 C-F07", figure.PartnersCases: "C-N47 C-F07", figure.Counted: "C-D12"} {
		var got []string
		for _, c := range r.Marked(code) {
			got = append(got, c.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", code, got, want)
		}
	}
	if m, _ := r.Topic("Project Lantern, Cebu"); !m.Conflict || len(m.Lengths) != 5 {
		t.Errorf("three, three and a half and five years are no conflict: %+v", m.Lengths)
	}
	for _, c := range r.Claims {
		if s := c.Span(); c.Period != "" && c.Period != "not stated" && !s.Known() {
			t.Errorf("%s: nothing is read of %q", c.ID, c.Period)
		}
	}
	parked := r.Marked(figure.Parked)
	for _, o := range PublicRecord().Operations {
		for _, e := range o.Entries() {
			for _, source := range plumbline.HeadOf(e).Sources {
				if slices.Contains(parked, r.Claim(source)) {
					t.Errorf("%s rests on %s, which is a charge that was set aside", o.Operation.ID, source)
				}
			}
		}
	}
}

package store_test

import (
	"strings"
	"testing"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/exchange"
)

const ourSources = "source_id,title,kind,date\nlime-2024,Yearly report of Lime House,report,2024-12\n"

// Sources come in as claims do: all or nothing, kept with their versions, seen
// by every server, corrected with a reason, and none is taken away.
func TestImportSources(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		other := s.again()
		n := len(s.claims().Sources())
		if n == 0 || n != len(exchange.Claims().Sources()) {
			t.Fatalf("a new site has %d sources", n)
		}
		before := s.state()
		dry, err := s.ImportClaims(ctx, coordinator, sheet(t, ourSources), "", true)
		s.must(err)
		if len(dry.NewSources) != 1 || s.state() != before {
			t.Fatalf("a dry run: %d new, or something was written", len(dry.NewSources))
		}
		_, err = s.ImportClaims(ctx, coordinator, sheet(t, ourSources), "", false)
		s.must(err)
		theirs, err := other.Claims(ctx)
		s.must(err)
		if got := theirs.Source("lime-2024"); got == nil || got.Date != "2024-12" || len(theirs.Sources()) != n+1 {
			t.Errorf("the other server has %+v", got)
		}
		before = s.state()
		again, err := s.ImportClaims(ctx, coordinator, sheet(t, ourSources), "", false)
		s.must(err)
		if again.Alike != 1 || !again.Empty() || s.state() != before {
			t.Errorf("again: %d alike, or something was written", again.Alike)
		}

		read := "source_id,title,kind,read\nhrw-2002,Human Rights Watch: Cambodia: Young trafficking victims treated as criminals,statement,A. Reader on 2026-11-01\n"
		_, err = s.ImportClaims(ctx, coordinator, sheet(t, read), "", false)
		want(t, err, plumbline.ErrInvalid, "reason")
		_, err = s.ImportClaims(ctx, coordinator, sheet(t, read), "Read", false)
		s.must(err)
		r, err := s.again().Claims(ctx) // read from nothing
		s.must(err)
		if got := r.Source("hrw-2002"); got.Date != "2002-06-23" || got.Read == "" || r.Sources()[6].ID != "hrw-2002" {
			t.Errorf("a column that the file has not is gone, or its place: %+v", got)
		}
		for _, id := range []string{"C-B12", "C-B13"} { // every claim that cites it
			if !r.Has(r.Claim(id), figure.SourceRead) {
				t.Errorf("%s: %v", id, r.Status(r.Claim(id)))
			}
		}
		_, err = s.ImportClaims(ctx, plumbline.Actor{User: "u", Name: "M", Role: plumbline.Monitor, Organisation: coordinator.Organisation}, sheet(t, strings.Replace(ourSources, "2024-12", "2025", 1)), "Because", false)
		want(t, err, plumbline.ErrForbidden, "")
		s.clean()
	})
}

// What is noted of a claim that is there comes in alone, as a correction.
func TestImportReadings(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		_, err := s.ImportClaims(ctx, coordinator, sheet(t, "claim_id,method\nC-B18,witness: who = the author\n"), "Read again", false)
		s.must(err)
		r := s.claims()
		if c := r.Claim("C-B18"); !r.Has(c, figure.Witnessed) || c.Text != exchange.Claims().Claim("C-B18").Text || c.Figure.Low != 3 {
			t.Errorf("%+v", c)
		}
		versions, err := s.ClaimHistory(ctx, "C-B18")
		s.must(err)
		if len(versions) != 2 || versions[1].Reason != "Read again" || versions[0].Method != nil {
			t.Errorf("versions: %+v", versions)
		}
		before := s.state()
		if _, err := s.ImportClaims(ctx, coordinator, sheet(t, "claim_id,hedge\nC-X9,perhaps\n"), "", false); err == nil || !strings.Contains(err.Error(), `there is no claim "C-X9"`) || s.state() != before {
			t.Errorf("a claim that is not there: %v", err)
		}
		s.clean()
	})
}

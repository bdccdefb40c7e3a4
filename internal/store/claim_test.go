package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

func sheet(t testing.TB, file string) *figure.Sheet {
	t.Helper()
	s, err := figure.ReadSheet(strings.NewReader(file), "ours.csv")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const ourClaims = "claim_id,claimant,document,locator,paraphrase,figure,unit,stance_target\n" +
	"L-1,Lime House,Yearly report,p. 1,Twelve were met,12,people met,contests:C-B56\n" +
	"L-2,Lime House,Yearly report,p. 2,It was late,,,supports:L-1\n"

// claimOf returns a claim with some fields changed.
func claimOf(t testing.TB, old *figure.Claim, changes ...string) *figure.Claim {
	t.Helper()
	c, err := store.NewClaim(func(column string) string {
		for i := 0; i < len(changes); i += 2 {
			if changes[i] == column {
				return changes[i+1]
			}
		}
		return old.Field(column)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range c.Links {
		for _, was := range old.Links {
			if was.How == l.How && was.To == l.To {
				c.Links[i] = was
			}
		}
	}
	return c
}

func (s *site) claims() *figure.Register {
	s.t.Helper()
	r, err := s.Claims(s.t.Context())
	s.must(err)
	return r
}

// What every site has and what was brought in are one register, on every
// server of the site; bringing in the same again changes nothing; a correction
// keeps the old text; and what a file leaves out stays.
func TestImportClaims(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		other := s.again()
		if n := len(s.claims().Claims); n != len(exchange.Claims().Claims) {
			t.Fatalf("a new site has %d claims", n)
		}
		before := s.state()
		dry, err := s.ImportClaims(ctx, coordinator, sheet(t, ourClaims), "", true)
		s.must(err)
		if len(dry.New) != 2 || len(dry.Changed) != 0 || s.state() != before || s.claims().Claim("L-1") != nil {
			t.Fatalf("a dry run: %d new, or something was written", len(dry.New))
		}
		_, err = s.ImportClaims(ctx, coordinator, sheet(t, ourClaims), "", false)
		s.must(err)
		r := s.claims()
		if !r.Has(r.Claim("C-B56"), figure.Contested) || len(r.Linked("C-B56", figure.Contests)) == 0 {
			t.Error("the claim of the public record is not contested by ours")
		}
		theirs, err := other.Claims(ctx)
		s.must(err)
		if theirs.Claim("L-2") == nil || theirs.Place("L-2") != r.Place("L-2") {
			t.Error("the other server does not see it, or elsewhere")
		}
		before = s.state()
		again, err := s.ImportClaims(ctx, coordinator, sheet(t, ourClaims), "", false)
		s.must(err)
		if again.Alike != 2 || s.state() != before {
			t.Errorf("again: %d alike, or something was written", again.Alike)
		}

		fewer := "claim_id,claimant,document,locator,paraphrase\nL-1,Lime House,Yearly report,p. 1,Thirteen were met\n"
		_, err = s.ImportClaims(ctx, coordinator, sheet(t, fewer), "", false)
		want(t, err, plumbline.ErrInvalid, "reason")
		s.clock.Set(s.clock.Now().Add(time.Hour))
		m, err := s.ImportClaims(ctx, coordinator, sheet(t, fewer), "Miscounted", false)
		s.must(err)
		if len(m.Absent) != 1 || m.Absent[0].ID != "L-2" || s.claims().Claim("L-2") == nil {
			t.Errorf("what the file leaves out: %v", m.Absent)
		}
		if c := s.claims().Claim("L-1"); c.Text != "Thirteen were met" || c.Figure.Text != "12" || len(c.Links) != 1 {
			t.Errorf("corrected: %+v", c)
		}
		versions, err := s.ClaimHistory(ctx, "L-1")
		s.must(err)
		if len(versions) != 2 || versions[0].Text != "Twelve were met" || versions[1].Reason != "Miscounted" || versions[1].By != coordinator.Name || !versions[1].At.After(versions[0].At) {
			t.Errorf("versions: %+v", versions)
		}
		fresh, err := s.again().Claims(ctx) // read from nothing
		s.must(err)
		if fresh.Claim("L-1").Text != "Thirteen were met" || fresh.Place("L-1") != r.Place("L-1") || !fresh.Claim("L-1").Same(s.claims().Claim("L-1")) {
			t.Error("read anew it is another register")
		}
		s.clean()
	})
}

// The public record's own file changes nothing on a site: every claim is there.
func TestImportOfThePublicRecord(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var file strings.Builder
		s.must(figure.WriteCSV(&file, exchange.Claims().Claims))
		before := s.state()
		m, err := s.ImportClaims(t.Context(), coordinator, sheet(t, file.String()), "", false)
		s.must(err)
		if m.Alike != 238 || s.state() != before {
			t.Errorf("%d are alike, or something was written", m.Alike)
		}
	})
}

func TestBadClaimFiles(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		before := s.state()
		for file, want := range map[string]string{
			strings.Replace(ourClaims, "C-B56", "C-X99", 1):                                                                                                   `ours.csv: row 2, column "stance_target": there is no claim "C-X99"; want the id of a claim in this file or in the register`,
			strings.Replace(ourClaims, "supports:L-1", "repeats:L-2", 1):                                                                                      `ours.csv: row 3, column "stance_target": the claim is linked to itself; want another claim`,
			strings.Replace(strings.Replace(ourClaims, "contests:C-B56", "derives:L-2", 1), "supports", "derives", 1):                                         `ours.csv: row 2, column "stance_target": "derives" goes in a circle: L-1, L-2, L-1; want links that lead to a beginning`,
			strings.Replace(ourClaims, "L-2,Lime House,Yearly report,p. 2,It was late,,,supports:L-1", "L-1,Lime House,Yearly report,p. 2,It was late,,,", 1): `ours.csv: row 3, column "claim_id": "L-1" stands in an earlier row too; want one row a claim`,
		} {
			sh, err := figure.ReadSheet(strings.NewReader(file), "ours.csv")
			if err == nil {
				_, err = s.ImportClaims(t.Context(), coordinator, sh, "", false)
			}
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		}
		if s.state() != before {
			t.Error("something of them was written")
		}
	})
}

func TestCorrectClaim(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		old := s.claims().Claim("C-B56")
		mended := claimOf(t, old, "locator", "B:26, line 3")
		want(t, s.KeepClaim(ctx, coordinator, mended, 1, ""), plumbline.ErrInvalid, "reason")
		want(t, s.KeepClaim(ctx, coordinator, old, 1, "No reason"), plumbline.ErrInvalid)
		want(t, s.KeepClaim(ctx, coordinator, mended, 2, "Misread"), plumbline.ErrConflict)
		want(t, s.KeepClaim(ctx, coordinator, claimOf(t, old, "claim_id", "C-Z01"), 1, "Misread"), plumbline.ErrNotFound)
		want(t, s.KeepClaim(ctx, coordinator, claimOf(t, old, "stance_target", "supports:C-Z99"), 1, "Misread"), plumbline.ErrInvalid, "stance_target")
		want(t, s.KeepClaim(ctx, coordinator, claimOf(t, old), 0, ""), nil) // as it is: nothing to do
		if history, err := s.ClaimHistory(ctx, "C-B56"); err != nil || len(history) != 1 || history[0].Author() {
			t.Fatalf("before: %v, %v", history, err)
		}
		s.must(s.KeepClaim(ctx, coordinator, mended, 1, "Misread"))
		s.clean()
		before := s.state()
		s.must(s.KeepClaim(ctx, coordinator, mended, 1, "Misread")) // sent again
		if s.state() != before {
			t.Error("sent twice it was written twice")
		}
		want(t, s.KeepClaim(ctx, coordinator, claimOf(t, old, "locator", "B:27"), 1, "Misread"), plumbline.ErrConflict)
		s.must(s.KeepClaim(ctx, coordinator, claimOf(t, old, "locator", "B:27"), 2, "Misread again"))
		history, err := s.ClaimHistory(ctx, "C-B56")
		s.must(err)
		if len(history) != 3 || history[0].Locator != old.Locator || history[0].Author() || history[1].Locator != "B:26, line 3" || history[2].Reason != "Misread again" {
			t.Errorf("history: %+v", history)
		}
		if c := s.claims().Claim("C-B56"); c.Locator != "B:27" || s.claims().Place("C-B56") != exchange.Claims().Place("C-B56") {
			t.Errorf("now: %+v", c)
		}
		if _, err := s.ClaimHistory(ctx, "C-Z01"); !errors.Is(err, plumbline.ErrNotFound) {
			t.Errorf("a claim that is not there: %v", err)
		}
		s.clean()
	})
}

// A check stands beside the claim until the claim's figure is another; found
// again it is not written again.
func TestKeepChecks(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		check := figure.ClaimCheck{Claim: "C-B04", Figure: "children-identified", Version: "1", Result: figure.CheckDiffers, Value: "9", Why: "The record has 12 fewer."}
		s.must(s.KeepChecks(ctx, coordinator, check))
		if r := s.claims(); !r.Has(r.Claim("C-B04"), figure.Differs) || r.Checks(r.Claim("C-B04"))[0].Entries != 0 {
			t.Errorf("kept: %+v", r.Checks(r.Claim("C-B04")))
		}
		before := s.state()
		s.must(s.KeepChecks(ctx, coordinator, check))
		if s.state() != before {
			t.Error("the same was written again")
		}
		check.Result, check.Value, check.Why = figure.CheckAgrees, "21", "Both count children by their class."
		s.must(s.KeepChecks(ctx, coordinator, check))
		if r := s.claims(); !r.Has(r.Claim("C-B04"), figure.Agrees) || r.Has(r.Claim("C-B04"), figure.Differs) || r.Checks(r.Claim("C-B04"))[0].Entries != 1 {
			t.Errorf("checked again: %+v", r.Checks(r.Claim("C-B04")))
		}
		s.must(s.KeepClaim(ctx, coordinator, claimOf(t, s.claims().Claim("C-B04"), "figure", "22"), 1, "Misread"))
		if r := s.claims(); r.Has(r.Claim("C-B04"), figure.Agrees) {
			t.Error("a check of the old figure counts for the new")
		}
		check.Of = exchange.Claims().Claim("C-B04").Told()
		want(t, s.KeepChecks(ctx, coordinator, check), plumbline.ErrConflict)
		want(t, s.KeepChecks(ctx, coordinator, figure.ClaimCheck{Claim: "C-B04", Figure: "x", Result: "true", Why: "x"}), plumbline.ErrInvalid, "result")
		want(t, s.KeepChecks(ctx, coordinator, figure.ClaimCheck{Claim: "C-Z99", Figure: "x", Result: figure.CheckAgrees, Why: "x"}), plumbline.ErrNotFound)
		s.clean()
	})
}

// Claims are held against the public record alone, and again changes nothing.
func TestHoldClaims(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		found, err := s.HoldClaims(ctx, coordinator, "C-B62")
		s.must(err)
		if len(found) == 0 || found[0].Claim != "C-B62" || found[0].Why == "" {
			t.Fatalf("found: %+v", found)
		}
		r := s.claims()
		if got := r.Checks(r.Claim("C-B62")); len(got) != len(found) || !r.Has(r.Claim("C-B62"), string(found[0].Result)) {
			t.Errorf("kept: %+v", got)
		}
		before := s.state()
		again, err := s.HoldClaims(ctx, coordinator, "C-B62")
		s.must(err)
		if len(again) != len(found) || s.state() != before {
			t.Error("the same was written again")
		}
		if _, err := s.HoldClaims(ctx, coordinator, "C-Z99"); !errors.Is(err, plumbline.ErrNotFound) {
			t.Errorf("a claim that is not there: %v", err)
		}
		s.clean()
	})
}

// A claimant answers without an account: a draft first, then a reply, then a
// better one; both stay. The link ends by time and by hand.
func TestReply(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.users()
		const place = "192.0.2.7"
		token, err := s.InviteReply(ctx, coordinator, "C-F09")
		s.must(err)
		if _, err := s.InviteReply(ctx, coordinator, "C-Z99"); !errors.Is(err, plumbline.ErrNotFound) {
			t.Errorf("a claim that is not there: %v", err)
		}
		s.must(s.KeepReplyDraft(ctx, token, place, "", "We never"))
		o, err := s.OpenReply(ctx, token, place)
		s.must(err)
		if o.Text != "We never" || o.Sent != nil || o.Link.Claim != "C-F09" || o.Draft.IsZero() {
			t.Errorf("with a draft: %+v", o)
		}
		if list, err := s.Replies(ctx, plumbline.Actor{}, "C-F09"); err != nil || len(list) != 0 {
			t.Errorf("a draft is shown: %v, %v", list, err)
		}
		answers := func(a plumbline.Actor) (unread []string) {
			list, err := s.Notices(ctx, a)
			s.must(err)
			for _, n := range list {
				if n.Kind == store.NoticeReply && !n.Read {
					unread = append(unread, n.Title)
				}
			}
			return unread
		}
		if got := answers(coordinator); len(got) > 0 {
			t.Errorf("before a reply is sent the inviter is told of %v", got)
		}
		want(t, s.SendReply(ctx, token, place, " ", ""), plumbline.ErrInvalid, "name")
		want(t, s.SendReply(ctx, token, place, "A", "x\x00"), plumbline.ErrInvalid, "text")
		want(t, s.SendReply(ctx, token, place, strings.Repeat("a", plumbline.MaxLine+1), "x"), plumbline.ErrInvalid, "name")
		want(t, s.KeepReplyDraft(ctx, token, place, "", strings.Repeat("a", store.MaxReply+1)), plumbline.ErrInvalid, "text")
		s.must(s.SendReply(ctx, token, place, "The house", "We never said so."))
		if got := answers(coordinator); len(got) != 1 || got[0] != "C-F09" {
			t.Errorf("the inviter is told of %v", got)
		}
		if got := answers(worker); len(got) > 0 {
			t.Errorf("who invited nobody is told of %v", got)
		}
		moved := coordinator
		moved.Role = plumbline.Worker
		if got := answers(moved); len(got) > 0 {
			t.Errorf("who may invite no more is told of %v", got)
		}
		s.must(s.ReadNotices(ctx, coordinator, s.Now()))
		before := s.state()
		s.must(s.SendReply(ctx, token, place, "The house", "We never said so.")) // sent again
		if got := answers(coordinator); len(got) > 0 {
			t.Errorf("of a reply sent again the inviter is told: %v", got)
		}
		if s.state() != before {
			t.Error("sent twice it was written twice")
		}
		s.clock.Set(s.clock.Now().Add(time.Hour))
		s.must(s.SendReply(ctx, token, place, "The house", "We said it of one night."))
		if got := answers(coordinator); len(got) != 1 {
			t.Errorf("of a second reply the inviter is told %v", got)
		}
		if o, err = s.OpenReply(ctx, token, place); err != nil || !o.Draft.IsZero() || o.Sent == nil || o.Sent.Text != "We said it of one night." {
			t.Errorf("after sending: %+v, %v", o, err)
		}
		list, err := s.Replies(ctx, plumbline.Actor{}, "C-F09")
		s.must(err)
		if len(list) != 1 || list[0].Text != "We said it of one night." || len(list[0].Earlier) != 1 || list[0].Earlier[0].Text != "We never said so." {
			t.Fatalf("replies: %+v", list)
		}
		if r := s.claims(); !r.Has(r.Claim("C-F09"), figure.Answered) {
			t.Error("the claim is not shown as answered")
		}
		links, err := s.ReplyLinks(ctx, coordinator, "C-F09")
		s.must(err)
		if len(links) != 1 || links[0].Used != 2 || links[0].Revoked {
			t.Errorf("links: %+v", links)
		}

		// Withheld: that it was, and why, is told to all; what it says, to few.
		s.must(s.WithholdReply(ctx, coordinator, links[0].ID, "It names a child."))
		list, err = s.Replies(ctx, plumbline.Actor{}, "C-F09")
		s.must(err)
		if len(list) != 1 || list[0].Text+list[0].Name != "" || list[0].Earlier != nil || list[0].Withheld != "It names a child." {
			t.Errorf("withheld: %+v", list)
		}
		if r := s.claims(); r.Has(r.Claim("C-F09"), figure.Answered) {
			t.Error("a reply that is withheld counts as an answer")
		}
		want(t, s.SendReply(ctx, token, place, "The house", "Again."), plumbline.ErrNotFound)
		s.must(s.WithholdReply(ctx, coordinator, links[0].ID, ""))
		if list, err = s.Replies(ctx, plumbline.Actor{}, "C-F09"); err != nil || len(list) != 1 || list[0].Text == "" || len(list[0].Earlier) != 1 {
			t.Errorf("shown again: %+v, %v", list, err)
		}

		// Links end.
		second, err := s.InviteReply(ctx, coordinator, "C-F09")
		s.must(err)
		s.clock.Set(s.clock.Now().Add(store.ReplyLinkLength))
		if _, err := s.OpenReply(ctx, second, place); !errors.Is(err, plumbline.ErrNotFound) {
			t.Errorf("a link that has run out: %v", err)
		}
		// Nothing of a token, nor of what was typed, is in the ledger.
		p, err := s.Ledger(ctx, coordinator, 0, 100)
		s.must(err)
		if text := fmt.Sprintf("%+v", p.Lines); strings.Contains(text, token) || strings.Contains(text, "house") {
			t.Error("the ledger tells of a reply")
		}
		s.clean()
	})
}

// Who tries many links has to wait, and no link can be used for ever.
func TestRepliesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		token, err := s.InviteReply(ctx, coordinator, "C-F09")
		s.must(err)
		for i := range store.MaxReplies {
			s.must(s.SendReply(ctx, token, "192.0.2.7", "The house", fmt.Sprint("Reply ", i)))
		}
		want(t, s.SendReply(ctx, token, "192.0.2.7", "The house", "One more"), plumbline.ErrInvalid)
		for i := 0; ; i++ {
			_, err := s.OpenReply(ctx, "nothing", "192.0.2.8")
			if _, waits := errors.AsType[store.WaitError](err); waits {
				break
			}
			if !errors.Is(err, plumbline.ErrNotFound) || i > 100 {
				t.Fatalf("try %d: %v", i, err)
			}
		}
		if _, err := s.OpenReply(ctx, token, "192.0.2.8"); err == nil {
			t.Error("a place that has to wait need not")
		}
		if _, err := s.OpenReply(ctx, token, "192.0.2.7"); err != nil {
			t.Errorf("another place waits too: %v", err)
		}
	})
}

// Two servers correct one claim at once: one is told.
func TestClaimsBesideEachOther(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		other := s.again()
		old := s.claims().Claim("C-B56")
		errs := make(chan error, 2)
		for i, db := range []*store.DB{s.DB, other} {
			c := claimOf(t, old, "notes", fmt.Sprint("by server ", i))
			go func() { errs <- db.KeepClaim(t.Context(), coordinator, c, 1, "Misread") }()
		}
		one, two := <-errs, <-errs
		if (one == nil) == (two == nil) || !errors.Is(errors.Join(one, two), plumbline.ErrConflict) {
			t.Errorf("got %v and %v, want one conflict", one, two)
		}
		s.clean()
	})
}

func BenchmarkClaimRegister(b *testing.B) {
	s := open(b, engines["sqlite"](b))
	var file strings.Builder
	file.WriteString("claim_id,claimant,document,locator,paraphrase,figure,unit,population,period,definition_given,cited_source,stance_target\n")
	for i := range 100_000 {
		link := ""
		if i > 10 && i%3 == 0 {
			link = fmt.Sprintf("contests:L-%d;supports:L-%d", i-7, i-2)
		}
		fmt.Fprintf(&file, "L-%d,Organisation %d,Report %d,p. %d,Twelve people were met in the district on a day of that month and eight of them were women,12,people met,everyone present,2024,yes: present at the first count,Register of visits,%s\n", i, i%97, i%400, i%50, link)
	}
	ctx := b.Context()
	began := time.Now()
	_, err := s.ImportClaims(ctx, coordinator, sheet(b, file.String()), "", false)
	s.must(err)
	b.Logf("brought in 100,000 claims in %v", time.Since(began).Round(time.Millisecond))
	b.Run("read from nothing", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			db, err := store.Open(ctx, store.Options{Address: s.address, Now: s.clock.Now, Protocols: shipped(b), Claims: exchange.Claims(), Secret: secret})
			s.must(err)
			b.StartTimer()
			_, err = db.Claims(ctx)
			s.must(err)
			b.StopTimer()
			s.must(db.Close())
			b.StartTimer()
		}
	})
	s.claims()
	b.Run("as it was", func(b *testing.B) {
		for b.Loop() {
			s.claims()
		}
	})
	n := 0
	b.Run("correct one and read", func(b *testing.B) {
		for b.Loop() {
			n++
			s.must(s.KeepClaim(ctx, coordinator, claimOf(b, s.claims().Claim("L-500"), "notes", fmt.Sprint("Note ", n)), int64(n), "Because"))
			s.claims()
		}
	})
}

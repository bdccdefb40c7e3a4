package store_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/rig"
	"plumbline/internal/store"
	"plumbline/protect"
)

func newKey(t testing.TB, kind figure.KeyKind) (file, public string) {
	t.Helper()
	file, public, err := figure.NewKey(rand.Reader, kind, strings.ToLower(rand.Text()))
	if err != nil {
		t.Fatal(err)
	}
	return file, public
}

// aDraft is a release of a few counts of people.
func aDraft(id string) rig.Draft {
	return rig.Draft{ID: id, Series: id, Title: "People met",
		Definition: figure.Definition{Text: "People met in operations", Numerator: "people met", Unit: "people", Period: "2028", Basis: "event", Population: "nobody who exists", Rule: "1"},
		By:         []string{"outcome"}, Data: [][]string{{"outcome", "n"}, {"home", "40"}, {"shelter", "25"}}}
}

// The approvers of the matrix, who are nobody else in it.
var pair = []rig.Approver{
	{Actor: plumbline.Actor{User: "one-of-two", Name: "One", Role: plumbline.Oversight}},
	{Actor: plumbline.Actor{User: "other-of-two", Name: "Other", Role: plumbline.Analyst}},
}

// draft makes a release that nobody has signed.
func (m *matrix) draft(id string) figure.Files {
	m.t.Helper()
	keys, err := m.ReleaseKeys(m.ctx, theirCoordinator)
	m.must(err)
	for i := range pair {
		if !slices.ContainsFunc(keys, func(k store.ReleaseKey) bool { return k.User == pair[i].User }) {
			file, public := newKey(m.t, figure.ApproverKey)
			pair[i].Key = file
			m.must(m.KeepReleaseKey(m.ctx, pair[i].Actor, public))
		}
	}
	made, _, err := aDraft(id).Make(m.ctx, m.DB, theirCoordinator)
	m.must(err)
	return made.Files
}

// proposal proposes a release.
func (m *matrix) proposal() string {
	m.t.Helper()
	id, err := m.ProposeRelease(m.ctx, theirCoordinator, m.draft(string(m.fresh())), store.ReleaseInput{Key: []byte("key")})
	m.must(err)
	m.before = m.state()
	return id
}

// approved is a proposal that two have approved.
func (m *matrix) approved() string {
	m.t.Helper()
	id := m.proposal()
	for _, a := range pair {
		r, err := m.Release(m.ctx, a.Actor, id)
		m.must(err)
		signed, err := figure.Approve(r.Envelope, a.Key)
		m.must(err)
		m.must(m.ApproveRelease(m.ctx, a.Actor, id, signed))
	}
	return id
}

// cosignature is of a new witness under the log as it is, in which there is a
// release.
func (m *matrix) cosignature() []byte {
	m.t.Helper()
	m.must(m.PublishRelease(m.ctx, theirCoordinator, m.approved(), ""))
	key, public := newKey(m.t, figure.WitnessKey)
	m.must(m.KeepWitness(m.ctx, theirCoordinator, public))
	text, err := m.ReleaseGrowth(m.ctx, 0)
	m.must(err)
	g, err := figure.ParseGrowth(text)
	m.must(err)
	p, err := m.Publisher(m.ctx)
	m.must(err)
	line, err := figure.Cosign(g, nil, p.Log, key, m.Now())
	m.must(err)
	return line
}

// A release goes from its proposal to a reader who checks it with nothing but
// the policy and the files of the log.
func TestRelease(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		analyst, watch := user(plumbline.Analyst), user(plumbline.Oversight)
		d := aDraft("met-1")
		invalid := func(what, want string, err error) {
			t.Helper()
			if p := plumbline.ProblemsOf(err); len(p) != 1 || p[0].Kind != plumbline.ErrInvalid && p[0].Kind != plumbline.ErrConflict || !strings.Contains(p[0].Error(), want) {
				t.Errorf("%s: got %v, want %q", what, err, want)
			}
		}
		// Before two people have keys nothing is proposed.
		made, _, err := d.Make(ctx, s.DB, coordinator)
		if err == nil {
			t.Fatalf("a release without approvers is made: %v", made)
		}
		approvers, witness, err := rig.Approvers(ctx, s.DB)
		s.must(err)
		made, key, err := d.Make(ctx, s.DB, coordinator)
		s.must(err)
		changed := figure.Files{}
		for name, data := range made.Files {
			changed[name] = data
		}
		changed["table.csv"] = bytes.Replace(changed["table.csv"], []byte("40"), []byte("41"), 1)
		_, err = s.ProposeRelease(ctx, analyst, changed, store.ReleaseInput{Key: key})
		invalid("files that were changed", "is not the file that the statement is about", err)
		early, err := figure.Approve(made.Files["statement.json"], approvers[0].Key)
		s.must(err)
		changed["table.csv"], changed["statement.json"] = made.Files["table.csv"], early
		_, err = s.ProposeRelease(ctx, analyst, changed, store.ReleaseInput{Key: key})
		invalid("signed before it is proposed", "before anybody has signed", err)
		id, err := s.ProposeRelease(ctx, analyst, made.Files, store.ReleaseInput{Key: key})
		s.must(err)
		_, err = s.ProposeRelease(ctx, analyst, made.Files, store.ReleaseInput{Key: key})
		invalid("the same id again", "with this id already", err)
		if got, err := s.ReleaseInput(ctx, analyst, id); err != nil || !bytes.Equal(got.Key, key) || got.Data != nil {
			t.Errorf("the key to its data: %v", err)
		}

		// Nobody approves for another, or twice, or something else.
		signed := func(a rig.Approver) []byte {
			r, err := s.Release(ctx, a.Actor, id)
			s.must(err)
			text, err := figure.Approve(r.Envelope, a.Key)
			s.must(err)
			return text
		}
		one, two := approvers[0], approvers[1]
		by := signed(one)
		invalid("another's signature", "holds no signature by the key", s.ApproveRelease(ctx, two.Actor, id, by))
		invalid("nobody's signature", "malformed", s.ApproveRelease(ctx, two.Actor, id, []byte("{}")))
		other, _, err := aDraft("met-2").Make(ctx, s.DB, coordinator)
		s.must(err)
		elsewhere, err := figure.Approve(other.Files["statement.json"], one.Key)
		s.must(err)
		invalid("of another release", "another statement", s.ApproveRelease(ctx, one.Actor, id, elsewhere))
		s.must(s.ApproveRelease(ctx, one.Actor, id, by))
		invalid("twice", "has approved already", s.ApproveRelease(ctx, one.Actor, id, by))
		invalid("published on one approval", "1 of 2 approvals", s.PublishRelease(ctx, coordinator, id, "example.org"))
		s.refused("published by oversight", plumbline.ErrForbidden, func() error { return s.PublishRelease(ctx, watch, id, "") })
		if _, err := s.PublishedRelease(ctx, id); !errors.Is(err, plumbline.ErrNotFound) {
			t.Errorf("a proposal is shown to everybody: %v", err)
		}
		if _, _, err := s.ReleaseLog(ctx, "checkpoint"); !errors.Is(err, plumbline.ErrNotFound) {
			t.Errorf("there is a log before anything is published: %v", err)
		}
		r, err := s.Release(ctx, two.Actor, id) // as one file, which has the first signature too
		s.must(err)
		r.Files["statement.json"] = signed(two)
		zip, err := r.Files.Zip()
		s.must(err)
		s.must(s.ApproveRelease(ctx, two.Actor, id, zip))
		s.must(s.PublishRelease(ctx, coordinator, id, "example.org"))
		invalid("published again", "is published", s.PublishRelease(ctx, coordinator, id, ""))
		invalid("taken back", "is published", s.DiscardRelease(ctx, coordinator, id))

		// A key that was replaced still counts for what it signed.
		_, fresh := newKey(t, figure.ApproverKey)
		s.must(s.KeepReleaseKey(ctx, one.Actor, fresh))
		invalid("a key that was replaced, by another", "in use here already", s.KeepReleaseKey(ctx, two.Actor, fresh))
		s.must(rig.Witness(ctx, s.DB, witness))
		p, err := s.Publisher(ctx)
		s.must(err)
		policy, err := figure.ParsePolicy([]byte(p.Policy()))
		s.must(err)
		if len(policy.Approvers) != len(approvers)+1 || policy.Cosigned != 1 || !strings.HasPrefix(policy.Log, "example.org/log+") {
			t.Errorf("the policy is\n%s", p.Policy())
		}
		copied := s.copyLog(t)
		got, err := s.PublishedRelease(ctx, id)
		s.must(err)
		check := func(f figure.Files, want string) {
			t.Helper()
			failed := ""
			v := figure.Verify(ctx, f, figure.VerifySpec{Policy: policy, Log: os.DirFS(copied)})
			for _, c := range v.Checks {
				if c.Result == figure.Failed || c.Result == figure.NotPossible && c.Check != "values" {
					failed += c.Check + ": " + c.Text
				}
			}
			if !strings.Contains(failed, want) || want == "" && failed != "" {
				t.Errorf("a reader finds %q, want %q", failed, want)
			}
		}
		check(got.Files, "")
		if !got.Stands() {
			t.Error("what was published does not stand")
		}

		// A correction, which is held against what it corrects.
		next := aDraft("met-3")
		next.Series, next.Corrects, next.CorrectsData, next.Reason = "met-1", id, d.Data, "two lists were counted twice"
		next.Data = [][]string{{"outcome", "n"}, {"home", "40"}, {"shelter", "55"}}
		made, key, err = next.Make(ctx, s.DB, coordinator)
		s.must(err)
		approvers[0] = approvers[2] // the first has another key now
		s.must(rig.Publish(ctx, s.DB, made.Files, key, approvers[:2]))
		copied = s.copyLog(t)
		check(got.Files, "standing: It was corrected")
		if got, err = s.PublishedRelease(ctx, id); err != nil || got.Stands() || got.Corrected == nil || got.Corrected.ID != "met-3" {
			t.Errorf("what was corrected: %+v, %v", got, err)
		}
		// Only what is published is corrected.
		made, key, err = aDraft("met-4").Make(ctx, s.DB, coordinator)
		s.must(err)
		if id, err = s.ProposeRelease(ctx, coordinator, made.Files, store.ReleaseInput{Key: key}); err != nil {
			t.Fatal(err)
		}
		gone, err := figure.Withdraw(made.Files, figure.Release{ID: "met-4-gone", Title: "Withdrawal", Made: "2028-03-01", Approvers: policyKeys(s), Reason: "wrong"})
		s.must(err)
		_, err = s.ProposeRelease(ctx, coordinator, gone, store.ReleaseInput{})
		invalid("a withdrawal of what is not published", "Only what is published", err)
		s.must(s.DiscardRelease(ctx, analyst, id))
		if list, _, err := s.Published(ctx, store.PublishedFilter{}); err != nil || len(list) != 1 || list[0].ID != "met-3" {
			t.Errorf("%d stand, want met-3: %v", len(list), err)
		}
		s.clean()

		// What is changed by hand shows.
		for _, tc := range []struct{ do, want string }{
			{"UPDATE figure_release SET published = 0 WHERE id = 'met-3'", "is published, or is not, otherwise than was written"},
			{"UPDATE figure_release SET envelope = (SELECT envelope FROM figure_release f WHERE f.id = 'met-1') WHERE id = 'met-3'", "is a release otherwise than was written"},
			{"DELETE FROM figure_release WHERE id = 'met-3'", "is gone, and nobody took it back"},
			{"UPDATE release_key SET removed = 0", "is a key otherwise than was written"},
			{"DELETE FROM release_log WHERE name LIKE 'tile/entries/%'", "is not in the public log as it was published"},
			{"DELETE FROM release_log WHERE name = 'checkpoint'", "cannot be believed"},
		} {
			s.must(s.Exec(ctx, tc.do))
			faults, _, _, err := s.Inspect(ctx)
			s.must(err)
			if !strings.Contains(fmt.Sprint(faults), tc.want) {
				t.Errorf("%s: the doctor finds %v, want %q", tc.do, faults, tc.want)
			}
		}
	})
}

func policyKeys(s *site) (list []string) {
	keys, err := s.ReleaseKeys(s.t.Context(), coordinator)
	s.must(err)
	for _, k := range keys {
		if k.Kind == figure.ApproverKey {
			list = append(list, k.Public)
		}
	}
	return list
}

// copyLog copies the public log into a folder, as a reader does.
func (s *site) copyLog(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	p, err := s.Publisher(t.Context())
	s.must(err)
	for _, name := range []string{"checkpoint", fmt.Sprintf("tile/0/000.p/%d", p.Size), fmt.Sprintf("tile/entries/000.p/%d", p.Size)} {
		data, forever, err := s.ReleaseLog(t.Context(), name)
		s.must(err)
		if forever == (name == "checkpoint") {
			t.Errorf("%s: stays as it is: %t", name, forever)
		}
		file := filepath.Join(dir, name)
		s.must(errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, data, 0o644)))
	}
	if _, _, err := s.ReleaseLog(t.Context(), "tile/../checkpoint"); !errors.Is(err, plumbline.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a name that is none: %v", err)
	}
	return dir
}

// A list has pages, newest first, and each release is on one of them. A site of
// an earlier version gets its summaries when it is opened.
func TestPublishedPages(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "site.db"))
	s.thousand(t)
	ctx := t.Context()
	seen, after := map[string]bool{}, ""
	for page := 0; page == 0 || after != ""; page++ {
		list, next, err := s.Published(ctx, store.PublishedFilter{After: after, Limit: 90})
		s.must(err)
		for i, r := range list {
			if seen[r.ID] || i > 0 && r.Published.After(list[i-1].Published) || r.Title != "People met" || r.Number != "65" || r.Series != "met-1" || r.Licence != "CC-BY-4.0" {
				t.Fatalf("page %d: %+v", page, r)
			}
			seen[r.ID] = true
		}
		after = next
	}
	if len(seen) != 1001 {
		t.Errorf("the pages have %d releases, want 1001", len(seen))
	}
	if _, _, err := s.Published(ctx, store.PublishedFilter{After: "nothing"}); !errors.Is(err, plumbline.ErrNotFound) {
		t.Errorf("after nothing: %v", err)
	}
	s.must(s.Exec(ctx, "DELETE FROM release_summary"))
	s.must(s.Exec(ctx, "DELETE FROM figure_release WHERE id <> 'met-1'"))
	s.must(s.Exec(ctx, "UPDATE release_key SET signed = 0"))
	s.DB = s.again(shipped(t)...)
	if list, _, err := s.Published(ctx, store.PublishedFilter{}); err != nil || len(list) != 1 || list[0].Number != "65" {
		t.Errorf("after it was opened again: %+v, %v", list, err)
	}
	s.clean()
}

// What is spent of a budget is kept before anything is looked at, and nobody
// spends what somebody else has spent.
func TestBudgetIsSpentOnce(t *testing.T) {
	eachDemo(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.must(s.BeginBudget(ctx, coordinator, "cases", 2, 1e-6))
		for _, name := range []string{"", "cases"} {
			if err := s.BeginBudget(ctx, coordinator, name, 2, 1e-6); !errors.Is(err, plumbline.ErrInvalid) {
				t.Errorf("a budget called %q: %v", name, err)
			}
		}
		one, err := s.OpenBudget(ctx, coordinator, "cases")
		s.must(err)
		other, err := s.OpenBudget(ctx, coordinator, "cases")
		s.must(err)
		loss := protect.Spending{Release: "a", On: "2028-03-01", Rho: 0.02}
		s.must(one.Spend(loss))
		if err := other.Spend(loss); !errors.Is(err, plumbline.ErrConflict) || !errors.Is(err, protect.ErrKeep) {
			t.Errorf("spent beside another: %v", err)
		}
		if list, err := s.Budgets(ctx, coordinator); err != nil || len(list) != 1 || len(list[0].Spent) != 1 {
			t.Errorf("the budgets: %+v, %v", list, err)
		}
		if err := one.Spend(protect.Spending{Release: "b", On: "2028-03-01", Rho: 2}); !errors.Is(err, protect.ErrOverspent) {
			t.Errorf("more than there is: %v", err)
		}
		first, err := s.CellSecret(ctx, coordinator)
		s.must(err)
		if again, err := s.CellSecret(ctx, user(plumbline.Analyst)); err != nil || !bytes.Equal(first, again) {
			t.Errorf("the secret of the noise is another: %v", err)
		}
		s.clean()
		s.must(s.Exec(ctx, "UPDATE release_budget SET spent = 0"))
		faults, _, _, err := s.Inspect(ctx)
		s.must(err)
		if !strings.Contains(fmt.Sprint(faults), "is a budget otherwise than was written") {
			t.Errorf("the doctor finds %v", faults)
		}
	})
}

package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"plumbline"
	"plumbline/figure"
)

// A ReleaseSummary is what a list says of a release. It is kept beside the
// release, so that a list reads no files.
type ReleaseSummary struct {
	ID         string             `json:"-"`
	Published  time.Time          `json:"-"` // zero until it is
	Corrected  *Successor         `json:"-"` // by what, when it no longer stands
	Withdrawn  *Successor         `json:"-"`
	Title      string             `json:"title"`
	Made       string             `json:"made"`
	Series     string             `json:"series,omitempty"` // empty for a withdrawal
	Definition *figure.Definition `json:"definition,omitempty"`
	Path       string             `json:"path,omitempty"`
	Number     string             `json:"number,omitempty"` // the first that it quotes, else the total of its table
	Interval   *figure.Interval   `json:"interval,omitempty"`
	Licence    string             `json:"licence,omitempty"`
	Files      []string           `json:"files"`
	Supersedes string             `json:"supersedes,omitempty"`
	Withdraws  string             `json:"withdraws,omitempty"`
	Reason     string             `json:"reason,omitempty"`
	Approvers  []string           `json:"approvers"`
	Signed     []string           `json:"signed"` // the keys that have signed so far
	ByUser     plumbline.ID       `json:"by_user"`
	By         string             `json:"by"`
	At         time.Time          `json:"at"`
}

// Stands reports whether a release is published and neither withdrawn nor
// corrected.
func (r *ReleaseSummary) Stands() bool {
	return !r.Published.IsZero() && r.Corrected == nil && r.Withdrawn == nil
}

// summarise says of a release what a list does.
func summarise(r *Release) (*ReleaseSummary, error) {
	s, c, err := r.Files.Contents()
	if err != nil {
		return nil, err
	}
	p := &s.Predicate
	out := &ReleaseSummary{ID: r.ID, Published: r.Published, Title: p.Title, Made: p.Made, Supersedes: refID(p.Supersedes), Withdraws: refID(p.Withdraws), Reason: p.Reason,
		Approvers: p.Approvers, Signed: r.Signers, ByUser: r.ByUser, By: r.By, At: r.At, Files: slices.Sorted(maps.Keys(r.Files))}
	f := p.Figures
	if f == nil {
		return out, nil
	}
	out.Series, out.Definition, out.Path = f.Series, &f.Definition, f.Method.Path
	var described struct{ Licenses []struct{ Name string } }
	if err := json.Unmarshal(r.Files["datapackage.json"], &described); err != nil {
		return nil, err
	}
	for _, l := range described.Licenses {
		out.Licence = l.Name
	}
	switch {
	case len(f.Values) > 0:
		out.Number, out.Interval = f.Values[0].Value, f.Values[0].Interval
	case f.Definition.IsPart():
	case len(c.Tables) > 0:
		for _, cell := range c.Tables[0].Cells {
			if cell.Count != nil && !slices.ContainsFunc(cell.Values, func(v string) bool { return v != c.Tables[0].Total }) {
				out.Number = strconv.FormatInt(*cell.Count, 10)
			}
		}
	case c.Counts != nil:
		out.Number = strconv.FormatInt(c.Counts.Records, 10)
	}
	return out, nil
}

// keepSummary writes what lists say of a release.
func (tx *Tx) keepSummary(id string) error {
	r, err := tx.release(id)
	if err != nil {
		return err
	}
	s, err := summarise(r)
	if err != nil {
		return err
	}
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := tx.exec(`INSERT INTO release_summary (id, series, published, replaced, body) VALUES ($1, $2, $3, '', $4)
		ON CONFLICT (id) DO UPDATE SET series = excluded.series, published = excluded.published, body = excluded.body`, id, s.Series, micro(s.Published), string(body)); err != nil {
		return err
	}
	if s.Published.IsZero() {
		return nil
	}
	for _, old := range []string{s.Supersedes, s.Withdraws} {
		if err := tx.exec("UPDATE release_summary SET replaced = $1 WHERE id = $2", id, old); err != nil {
			return err
		}
	}
	for _, key := range s.Signed {
		if err := tx.exec("UPDATE release_key SET signed = $1 WHERE public = $2 AND signed = 0", micro(s.Published), key); err != nil {
			return err
		}
	}
	return nil
}

func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fillSummaries writes the summaries of releases that an earlier version has
// written.
func (tx *Tx) fillSummaries() error {
	var ids []string
	if err := tx.each(func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM figure_release WHERE id NOT IN (SELECT id FROM release_summary) ORDER BY published, id"); err != nil {
		return err
	}
	for _, id := range ids {
		if err := tx.keepSummary(id); err != nil && !errors.Is(err, errUnreadable) { // which the doctor tells
			return err
		}
	}
	return nil
}

// summaries reads summaries, and by what those that no longer stand were
// replaced.
func (tx *Tx) summaries(which string, args ...any) (list []*ReleaseSummary, err error) {
	err = tx.each(func(scan func(...any) error) error {
		s := &ReleaseSummary{}
		var published int64
		var body, next string
		var after *string
		if err := scan(&s.ID, &published, &body, &next, &after); err != nil {
			return err
		}
		id := s.ID
		if err := json.Unmarshal([]byte(body), s); err != nil {
			return fmt.Errorf("%w: what lists say of release %s: %w", errUnreadable, id, err)
		}
		if s.ID = id; published > 0 {
			s.Published = time.UnixMicro(published).UTC()
		}
		if after != nil {
			var n ReleaseSummary
			if err := json.Unmarshal([]byte(*after), &n); err != nil {
				return fmt.Errorf("%w: what lists say of release %s: %w", errUnreadable, next, err)
			}
			s.replacedBy(next, &n)
		}
		list = append(list, s)
		return nil
	}, "SELECT s.id, s.published, s.body, s.replaced, n.body FROM release_summary s LEFT JOIN release_summary n ON n.id = s.replaced WHERE "+which, args...)
	return list, err
}

func (s *ReleaseSummary) replacedBy(id string, n *ReleaseSummary) {
	next := &Successor{id, n.Reason, n.Made}
	if n.Withdraws == s.ID {
		s.Withdrawn = next
	} else {
		s.Corrected = next
	}
}

// PublishedFilter says which published releases a list holds.
type PublishedFilter struct {
	Past  bool   // those that were corrected or withdrawn, and not those that stand
	After string // the id of the last of the page before
	Limit int    // 0 means all
}

// Published returns what is published, newest first, and how the next page
// begins. Withdrawals are told at what they withdraw. It needs no actor: it is
// for everybody.
func (db *DB) Published(ctx context.Context, f PublishedFilter) (list []*ReleaseSummary, next string, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		which, args := "s.published > 0 AND s.series <> '' AND s.replaced = ''", []any(nil)
		if f.Past {
			which = "s.published > 0 AND s.series <> '' AND s.replaced <> ''"
		}
		if f.After != "" {
			var at int64
			found, err := tx.one([]any{&at}, "SELECT published FROM release_summary WHERE id = $1 AND published > 0", f.After)
			if err == nil && !found {
				err = plumbline.NotFound("release")
			}
			if err != nil {
				return err
			}
			which, args = which+" AND (s.published, s.id) < ($1, $2)", []any{at, f.After}
		}
		which += " ORDER BY s.published DESC, s.id DESC"
		if f.Limit > 0 {
			which += " LIMIT " + strconv.Itoa(f.Limit+1)
		}
		if list, err = tx.summaries(which, args...); f.Limit > 0 && len(list) > f.Limit {
			list = list[:f.Limit]
			next = list[f.Limit-1].ID
		}
		return err
	})
	return list, next, err
}

// Proposals returns what is proposed and not published, oldest first. It needs
// a part in releases.
func (db *DB) Proposals(ctx context.Context, a plumbline.Actor) (list []*ReleaseSummary, err error) {
	if err := seesReleases(a); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		list, err = tx.summaries("s.published = 0 ORDER BY s.id")
		slices.SortStableFunc(list, func(a, b *ReleaseSummary) int { return a.At.Compare(b.At) })
		return err
	})
	return list, err
}

// PublishedSeries returns what is published of a series, oldest first, with the
// files: readers have them all. It needs no actor.
func (db *DB) PublishedSeries(ctx context.Context, series string) (list []*Release, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		found, err := tx.summaries("s.series = $1 AND s.series <> '' AND s.published > 0 ORDER BY s.published, s.id", series)
		for _, s := range found {
			r, err := tx.release(s.ID)
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		return err
	})
	return list, err
}

// summariesAsKept compares what lists say of releases with the releases.
func (i *inspection) summariesAsKept(list []*Release) error {
	kept, err := i.tx.summaries("1 = 1 ORDER BY s.id")
	if errors.Is(err, errUnreadable) {
		i.fault(Fault{Subject: "release_summary", Entry: -1, What: "is in a state that cannot be read"})
		return nil
	}
	if err != nil {
		return err
	}
	of := map[string]*ReleaseSummary{}
	for _, s := range kept {
		of[s.ID] = s
	}
	for _, r := range list {
		want, err := summarise(r)
		if err != nil {
			continue // told already
		}
		a, errA := json.Marshal(want)
		b, errB := json.Marshal(of[r.ID])
		got := of[r.ID]
		if errA != nil || errB != nil || got == nil || !bytes.Equal(a, b) || !got.Published.Equal(want.Published) || (got.Corrected == nil) != (r.Corrected == nil) || (got.Withdrawn == nil) != (r.Withdrawn == nil) {
			i.fault(Fault{string(releaseKind) + "/" + r.ID, plumbline.ID(r.ID), 0, -1, "is listed otherwise than it is"})
		}
	}
	return nil
}

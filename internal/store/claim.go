package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"plumbline"
	"plumbline/figure"
)

// The register of claims is what every site has (see Options.Claims) and what
// was brought in, corrected, checked and answered on this one. That is one
// history in the table of revisions, under one subject. A claim that every site
// has comes into it with its first correction: its text of before is version 1.
const (
	registerSubject = "claims"

	claimKind  plumbline.Kind = "claim"
	checkKind  plumbline.Kind = "claim_check"
	replyKind  plumbline.Kind = "claim_reply"
	inviteKind plumbline.Kind = "claim_invite"
	sourceKind plumbline.Kind = "claim_source"
)

// The index revision_claims holds the rows of this subject by their entries.
// SQLite uses it where the subject stands in the query, and looks a row up by its
// id where the subject is a parameter.

// A register keeps the claims in memory, as lists are kept: before each use,
// what was written since by this server or another is read.
type register struct {
	base *figure.Register
	mu   sync.Mutex
	now  *claims
}

// claims is the register as it was after one entry of the ledger. It is never
// changed.
type claims struct {
	entry    int64
	register *figure.Register
	beside   map[plumbline.ID]figure.ClaimCheck // the latest checks, by their rows
	replies  map[plumbline.ID]answering         // the replies, by their rows
	sources  map[plumbline.ID]placedSource      // the sources, by their rows
}

// placedSource is a source with its place among all.
type placedSource struct {
	place  int
	source *figure.Source
}

// answering is what the register has of a reply.
type answering struct {
	claim string
	shown bool
}

// Claims returns the register as it is now. Everybody may read it: what it
// holds is published.
func (db *DB) Claims(ctx context.Context) (r *figure.Register, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		c, err := tx.claims()
		if err == nil {
			r = c.register
		}
		return err
	})
	return r, err
}

// ClaimsRead returns the register as it was when it was last read, without
// asking the database.
func (db *DB) ClaimsRead() *figure.Register {
	db.register.mu.Lock()
	defer db.register.mu.Unlock()
	if db.register.now == nil {
		return db.register.base
	}
	return db.register.now.register
}

// claims returns the register of this moment.
func (tx *Tx) claims() (*claims, error) {
	var newest int64
	if _, err := tx.one([]any{&newest}, "SELECT COALESCE(MAX(entry), -1) FROM revision WHERE subject = 'claims'"); err != nil {
		return nil, err
	}
	r := &tx.db.register
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil || newest < r.now.entry { // nothing read yet, or another site was restored in its place
		r.now = &claims{entry: -1, register: r.base}
	}
	if newest == r.now.entry {
		return r.now, nil
	}
	next, err := tx.readClaims(r.now)
	if err == nil {
		r.now = next
	}
	return next, err
}

// readClaims reads what was written after a state of the register.
func (tx *Tx) readClaims(was *claims) (*claims, error) {
	next := &claims{beside: maps.Clone(was.beside), replies: maps.Clone(was.replies), sources: maps.Clone(was.sources), entry: was.entry}
	if next.beside == nil {
		next.beside, next.replies, next.sources = map[plumbline.ID]figure.ClaimCheck{}, map[plumbline.ID]answering{}, map[plumbline.ID]placedSource{}
	}
	type placed struct {
		place int
		claim *figure.Claim
	}
	var changed []placed
	if err := tx.each(func(scan func(...any) error) error {
		var id plumbline.ID
		var kind plumbline.Kind
		var place int
		var body []byte
		err := scan(&id, &kind, &place, &body, &next.entry)
		if err != nil {
			return err
		}
		switch kind {
		case claimKind:
			c := new(figure.Claim)
			err = json.Unmarshal(body, c)
			changed = append(changed, placed{place, c})
		case checkKind:
			var k figure.ClaimCheck
			err = json.Unmarshal(body, &k)
			next.beside[id] = k
		case replyKind:
			var b replyBody
			err = json.Unmarshal(body, &b)
			next.replies[id] = answering{b.Claim, b.Withheld == ""}
		case sourceKind:
			one := placedSource{place, new(figure.Source)}
			err = json.Unmarshal(body, one.source)
			next.sources[id] = one
		}
		if err != nil {
			err = fmt.Errorf("%w: decode %s %s: %w", errUnreadable, kind, id, err)
		}
		return err
	}, "SELECT id, kind, place, body, entry FROM revision WHERE subject = 'claims' AND entry > $1 AND latest = 1 ORDER BY entry", was.entry); err != nil {
		return nil, err
	}
	slices.SortStableFunc(changed, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	list := make([]*figure.Claim, 0, len(changed))
	for _, c := range changed {
		list = append(list, c.claim)
	}
	beside := figure.Beside{Answered: map[string]bool{}, Sources: tx.db.register.sourcesWith(next.sources)}
	for _, id := range slices.Sorted(maps.Keys(next.beside)) {
		beside.Checks = append(beside.Checks, next.beside[id])
	}
	for _, a := range next.replies {
		if a.shown {
			beside.Answered[a.claim] = true
		}
	}
	var err error
	next.register, err = was.register.With(list, beside)
	if err != nil {
		err = fmt.Errorf("%w: the register of claims: %w", errUnreadable, err)
	}
	return next, err
}

// sourcesWith returns the sources that every site has, with those that were
// brought in or corrected here.
func (r *register) sourcesWith(here map[plumbline.ID]placedSource) []*figure.Source {
	list := slices.Clone(r.base.Sources())
	rows := slices.SortedFunc(maps.Values(here), func(a, b placedSource) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.source.ID, b.source.ID))
	})
	for _, row := range rows {
		if i := slices.IndexFunc(list, func(s *figure.Source) bool { return s.ID == row.source.ID }); i >= 0 {
			list[i] = row.source
		} else {
			list = append(list, row.source)
		}
	}
	return list
}

// A ClaimVersion is one version of a claim.
type ClaimVersion struct {
	*figure.Claim
	Version      int64
	By           string       // who wrote it; empty for the text that every site has
	Organisation plumbline.ID // for which

	OrganisationName string
	At               time.Time // zero for the text that every site has, where it was never corrected
	Reason           string
	Ledger           int64 // the number of its entry; -1 when it has none
}

// ClaimHistory returns the versions of a claim, oldest first; everybody may
// read them. It returns NotFound when there is no such claim.
func (db *DB) ClaimHistory(ctx context.Context, id string) (list []ClaimVersion, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		if err := tx.each(func(scan func(...any) error) error {
			v := ClaimVersion{Claim: new(figure.Claim)}
			var at int64
			var body []byte
			if err := scan(&v.Version, &v.By, &v.Organisation, &at, &v.Reason, &v.Ledger, &body); err != nil {
				return err
			}
			if v.Author() {
				v.At = time.UnixMicro(at).UTC()
			}
			list = append(list, v)
			return json.Unmarshal(body, v.Claim)
		}, "SELECT version, by_name, organisation, at, reason, entry, body FROM revision WHERE subject = $1 AND id = $2 AND kind = 'claim' ORDER BY version", registerSubject, id); err != nil {
			return err
		}
		for i, v := range list {
			var err error
			if list[i].OrganisationName, err = tx.organisationName(v.Organisation); err != nil {
				return err
			}
		}
		if len(list) > 0 {
			return nil
		}
		c := tx.db.register.base.Claim(id)
		if c == nil {
			return plumbline.NotFound("claim")
		}
		list = []ClaimVersion{{Claim: c, Version: 1, Ledger: -1}}
		return nil
	})
	return list, err
}

// organisationName returns the name of an organisation; nothing for none.
func (tx *Tx) organisationName(id plumbline.ID) (string, error) {
	d, _, err := tx.load(Subject{plumbline.KindOrganisation, id})
	if err != nil {
		return "", err
	}
	return d.(*plumbline.OrganisationRecord).Organisation.Name, nil
}

// Author reports whether somebody on this site wrote the version.
func (v ClaimVersion) Author() bool { return v.By != "" }

// KeepClaim adds a claim to the register when version is 0, and else corrects
// the claim with its id, of which that version was read. It needs KeepClaims.
//
// It returns Invalid with the column when the claim cannot be, or a correction
// gives no reason; NotFound when there is none to correct; Conflict when it
// was corrected meanwhile, or one to be added is there. To send the same twice
// changes nothing.
func (db *DB) KeepClaim(ctx context.Context, a plumbline.Actor, c *figure.Claim, version int64, reason string) error {
	if err := allowClaims(a, reason); err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		now, err := tx.claims()
		if err != nil {
			return err
		}
		old := now.register.Claim(c.ID)
		versions, err := tx.claimVersions([]string{c.ID})
		if err != nil {
			return err
		}
		kept := versions[c.ID]
		if old != nil {
			kept = max(kept, 1)
		}
		switch {
		case old == nil && version > 0:
			return plumbline.NotFound("claim")
		case old != nil && old.Same(c) && version != kept:
			return nil // sent again
		case version == 0 && old != nil:
			return plumbline.Conflict("claim_id", "problem.already_there", "Got", c.ID)
		case version != kept:
			return plumbline.Conflict("", "problem.version")
		case old != nil && old.Same(c):
			return plumbline.Invalid("", "problem.unchanged")
		case old != nil && reason == "":
			return plumbline.Invalid("reason", "problem.reason_needed")
		}
		after, err := now.register.With([]*figure.Claim{c}, now.register.Beside())
		if err != nil {
			return claimProblem(err)
		}
		m := &figure.Merged{Register: after}
		if old == nil {
			m.New = []*figure.Claim{c}
		} else {
			m.Changed = []figure.Change{{Old: old, New: c}}
		}
		return tx.putClaims(a, m, versions, reason)
	})
}

// ImportClaims brings a file of claims, or of sources, into the register: all of it or nothing.
// What the register has and the file corrects keeps its earlier text; what the
// file leaves out stays (see [figure.Register.Merge]). It needs KeepClaims, and
// a reason when something is corrected. A dry run says what it would do, and
// writes nothing; it needs no reason.
//
// What is wrong with the file is returned as package figure says it, by the row.
func (db *DB) ImportClaims(ctx context.Context, a plumbline.Actor, s *figure.Sheet, reason string, dry bool) (m *figure.Merged, err error) {
	if err := allowClaims(a, reason); err != nil {
		return nil, err
	}
	if dry {
		now, err := db.Claims(ctx)
		if err != nil {
			return nil, err
		}
		return now.Merge(s)
	}
	err = db.tx(ctx, func(tx *Tx) error {
		now, err := tx.claims()
		if err != nil {
			return err
		}
		if m, err = now.register.Merge(s); err != nil {
			return err
		}
		if m.Corrects() && reason == "" {
			return plumbline.Invalid("reason", "problem.reason_needed")
		}
		var ids []string
		for _, c := range m.Changed {
			ids = append(ids, c.New.ID)
		}
		versions, err := tx.claimVersions(ids)
		if err != nil {
			return err
		}
		return tx.putClaims(a, m, versions, reason)
	})
	return m, err
}

func allowClaims(a plumbline.Actor, reason string) error {
	if err := plumbline.Allow(a, plumbline.KeepClaims, plumbline.Public); err != nil {
		return err
	}
	return checkReason(reason)
}

// putClaims writes what was added and corrected, and before it the text that
// every site has of what is corrected here for the first time.
func (tx *Tx) putClaims(a plumbline.Actor, m *figure.Merged, versions map[string]int64, reason string) error {
	version := func(c *figure.Claim, version int64, by plumbline.Actor, reason string) (row, error) {
		body, err := json.Marshal(c)
		return row{Subject: registerSubject, ID: plumbline.ID(c.ID), Version: version, Kind: claimKind, Place: m.Register.Place(c.ID),
			Author: by.User, By: by.Name, For: by.Organisation, At: tx.now.UnixMicro(), Reason: reason, body: body}, err
	}
	var before, rows []row
	for _, c := range m.Changed {
		last := versions[c.New.ID]
		if last == 0 {
			r, err := version(c.Old, 1, plumbline.Actor{}, "")
			if err != nil {
				return err
			}
			before, last = append(before, r), 1
		}
		r, err := version(c.New, last+1, a, reason)
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	for _, c := range m.New {
		r, err := version(c, 1, a, "")
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	sources, err := tx.sourceRows(a, m, reason)
	if err == nil {
		err = tx.put(before...)
	}
	if err != nil {
		return err
	}
	return tx.put(append(rows, sources...)...)
}

// sourceRows returns the rows of the sources that were added or corrected. The
// text that every site has of a source stands in its files, and is no version.
func (tx *Tx) sourceRows(a plumbline.Actor, m *figure.Merged, reason string) (rows []row, err error) {
	add := func(s *figure.Source, reason string) error {
		r := row{Subject: registerSubject, ID: plumbline.ID("source/" + s.ID), Version: 1, Kind: sourceKind, Author: a.User, By: a.Name, For: a.Organisation, At: tx.now.UnixMicro(), Reason: reason,
			Place: slices.Index(m.Register.Sources(), s)}
		if _, err := tx.one([]any{&r.Version}, "SELECT version + 1 FROM revision WHERE subject = $1 AND id = $2 AND latest = 1", registerSubject, r.ID); err != nil {
			return err
		}
		if r.body, err = json.Marshal(s); err != nil {
			return err
		}
		rows = append(rows, r)
		return nil
	}
	for _, s := range m.NewSources {
		if err := add(s, ""); err != nil {
			return nil, err
		}
	}
	for _, s := range m.ChangedSources {
		if err := add(s, reason); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// claimVersions returns the latest versions of claims that have one here.
func (tx *Tx) claimVersions(ids []string) (versions map[string]int64, err error) {
	versions = map[string]int64{}
	for some := range slices.Chunk(ids, 50) {
		var args []any
		for i := range 50 { // always as many, so that the statement is one
			args = append(args, some[min(i, len(some)-1)])
		}
		if err := tx.each(func(scan func(...any) error) error {
			var id string
			var version int64
			err := scan(&id, &version)
			versions[id] = version
			return err
		}, "SELECT id, version FROM revision WHERE latest = 1 AND id IN "+marks(50, 50)+" AND subject = $51", append(args, registerSubject)...); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// claimProblem says a fault of a claim so that a page can say it.
func claimProblem(err error) error {
	f, ok := errors.AsType[*figure.Fault](err)
	if !ok {
		return err
	}
	key := "problem.claim_" + f.Code
	switch f.Code {
	case "empty":
		key = "problem.needed"
	case "text":
		key = "problem.not_text"
	case "long":
		return plumbline.Invalid(f.Column, "problem.too_long", "Got", f.Got, "Want", figure.MaxField)
	}
	if f.Got == "" {
		return plumbline.Invalid(f.Column, key)
	}
	return plumbline.Invalid(f.Column, key, "Got", f.Got)
}

// NewClaim makes a claim of its fields, as [figure.NewClaim] does, and says
// what is wrong so that a page can say it.
func NewClaim(field func(column string) string) (*figure.Claim, error) {
	c, err := figure.NewClaim(field)
	if err != nil {
		return nil, claimProblem(err)
	}
	return c, nil
}

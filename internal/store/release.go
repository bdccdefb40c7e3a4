package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
)

// A Release is figures that somebody has proposed for publication, or that are
// published. Nothing in it is private but who did what before that.
type Release struct {
	ID        string
	Statement *figure.Statement
	Envelope  []byte // the statement as it is signed so far
	Signers   []string
	ByUser    plumbline.ID
	By        string
	At        time.Time
	Published time.Time // zero until it is
	Files     figure.Files

	Corrected, Withdrawn *Successor // by what, when it no longer stands
}

// A Successor is a published release that takes another's place, or its withdrawal.
type Successor struct{ ID, Reason, Made string }

// Stands reports whether a release is published and neither withdrawn nor corrected.
func (r *Release) Stands() bool {
	return !r.Published.IsZero() && r.Corrected == nil && r.Withdrawn == nil
}

// MaxRelease bounds the bytes of a release on a site.
const MaxRelease = 8 << 20

// refusal turns the reason for which package figure refuses something into a
// problem; it is a sentence in English.
func refusal(err error) error {
	return plumbline.Invalid("", "problem.release", "Why", oneLine{err}.Error())
}

// seesReleases returns Forbidden unless the actor has a part in releases.
func seesReleases(a plumbline.Actor) error {
	for _, d := range []plumbline.Deed{plumbline.ProposeRelease, plumbline.ApproveRelease, plumbline.PublishRelease} {
		if plumbline.May(a, d, plumbline.Public) {
			return nil
		}
	}
	return plumbline.Forbidden(plumbline.ApproveRelease)
}

// A ReleaseInput is what stays here of what a release was made from; all of it
// is sealed with the site's secret.
type ReleaseInput struct {
	Key  []byte // opens the commitment to the data; empty when the maker keeps it
	Data []byte // the counts themselves, when they are of the site's own record; else empty
}

// ProposeRelease takes a release that nobody has signed yet. It is held to every
// check that needs no keys, and names the approvers of the site. It needs
// ProposeRelease, and returns Invalid with the reason.
func (db *DB) ProposeRelease(ctx context.Context, a plumbline.Actor, f figure.Files, in ReleaseInput) (id string, err error) {
	if err := plumbline.Allow(a, plumbline.ProposeRelease, plumbline.Public); err != nil {
		return "", err
	}
	if db.secret == nil {
		return "", errNoSecret
	}
	s, _, err := f.Read()
	if err != nil {
		return "", refusal(err)
	}
	if e, _, err := figure.ParseEnvelope(f["statement.json"]); err != nil || len(e.Signatures) > 0 || f["proof.json"] != nil {
		return "", plumbline.Invalid("", "problem.release_signed")
	}
	for _, c := range figure.Verify(ctx, f, figure.VerifySpec{}).Checks {
		if c.Result == figure.Failed {
			return "", refusal(errors.New(c.Text))
		}
	}
	body, err := f.Zip()
	if err != nil {
		return "", err
	}
	if len(body) > MaxRelease {
		return "", plumbline.Invalid("", "problem.too_large", "Want", "8 MB")
	}
	id = s.Predicate.ID
	return id, db.tx(ctx, func(tx *Tx) error {
		keys, err := tx.releaseKeys("kind = 'approver' AND removed = 0")
		if err != nil {
			return err
		}
		if len(keys) < figure.Threshold {
			return plumbline.Invalid("", "problem.release_few", "N", len(keys))
		}
		if !slices.Equal(publics(keys), s.Predicate.Approvers) {
			return plumbline.Invalid("", "problem.release_approvers")
		}
		var n int
		found, err := tx.one([]any{&n}, "SELECT 1 FROM figure_release WHERE id = $1", id)
		switch {
		case err != nil:
			return err
		case found:
			return plumbline.Invalid("id", "problem.release_id")
		}
		for _, ref := range []*figure.Reference{s.Predicate.Supersedes, s.Predicate.Withdraws} {
			if ref == nil {
				continue
			}
			old, err := tx.release(ref.ID)
			if err != nil && !errors.Is(err, plumbline.ErrNotFound) {
				return err
			}
			if err != nil || old.Published.IsZero() || statementDigest(old.Envelope) != ref.Statement.SHA256 {
				return plumbline.Invalid("", "problem.release_unpublished")
			}
		}
		data := []byte{}
		if len(in.Data) > 0 {
			data = db.secret.Seal(pack(in.Data), "figure_release", "data", id)
		}
		if err := tx.exec("INSERT INTO figure_release (id, envelope, files, input_key, actor, by_name, at, published, data) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)",
			id, f["statement.json"], body, db.secret.Seal(in.Key, "figure_release", "input_key", id), a.User, a.Name, tx.now.UnixMicro(), data); err != nil {
			return err
		}
		if err := tx.keepSummary(id); err != nil {
			return err
		}
		return tx.tellRelease(a, id, releaseEvent{What: "proposed", Statement: statementDigest(f["statement.json"])})
	})
}

// DiscardRelease takes back a proposal. It needs ProposeRelease; what is
// published stays.
func (db *DB) DiscardRelease(ctx context.Context, a plumbline.Actor, id string) error {
	if err := plumbline.Allow(a, plumbline.ProposeRelease, plumbline.Public); err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		r, err := tx.proposal(id)
		if err != nil {
			return err
		}
		for _, table := range []string{"figure_release", "release_summary"} {
			if err := tx.exec("DELETE FROM "+table+" WHERE id = $1", id); err != nil {
				return err
			}
		}
		return tx.tellRelease(a, id, releaseEvent{What: "discarded", Statement: statementDigest(r.Envelope)})
	})
}

// ApproveRelease adds the actor's signature, which was made elsewhere with the
// key that belongs to the actor's public one here. signed is the statement, or
// the release in one file. It needs ApproveRelease.
func (db *DB) ApproveRelease(ctx context.Context, a plumbline.Actor, id string, signed []byte) error {
	if err := plumbline.Allow(a, plumbline.ApproveRelease, plumbline.Public); err != nil {
		return err
	}
	if bytes.HasPrefix(signed, []byte("PK")) {
		f, err := figure.ParseZip(signed)
		if err != nil {
			return refusal(err)
		}
		signed = f["statement.json"]
	}
	return db.tx(ctx, func(tx *Tx) error {
		r, err := tx.proposal(id)
		if err != nil {
			return err
		}
		// A key that was replaced since still counts: the statement names it.
		keys, err := tx.releaseKeys("kind = 'approver' AND actor = $1", a.User)
		if err != nil {
			return err
		}
		keys = slices.DeleteFunc(keys, func(k ReleaseKey) bool { return !slices.Contains(r.Statement.Predicate.Approvers, k.Public) })
		if len(keys) == 0 {
			return plumbline.Invalid("", "problem.release_key")
		}
		envelope, err := figure.AddApproval(r.Envelope, signed, keys[0].Public)
		if err != nil {
			return refusal(err)
		}
		if err := tx.keepEnvelope(r, envelope); err != nil {
			return err
		}
		if err := tx.keepSummary(id); err != nil {
			return err
		}
		return tx.tellRelease(a, id, releaseEvent{What: "approved", Statement: statementDigest(envelope)})
	})
}

// keepEnvelope puts a signed statement in the place of the one before.
func (tx *Tx) keepEnvelope(r *Release, envelope []byte) error {
	r.Files["statement.json"] = envelope
	return tx.keepFiles(r.ID, r.Files)
}

func (tx *Tx) keepFiles(id string, f figure.Files) error {
	body, err := f.Zip()
	if err != nil {
		return err
	}
	return tx.exec("UPDATE figure_release SET envelope = $2, files = $3 WHERE id = $1", id, f["statement.json"], body)
}

// PublishRelease puts a release that two have approved into the public log, and
// with it its proof. host, where the site is found, names the log the first
// time. It needs PublishRelease, and returns Invalid with the reason.
func (db *DB) PublishRelease(ctx context.Context, a plumbline.Actor, id, host string) error {
	if err := plumbline.Allow(a, plumbline.PublishRelease, plumbline.Public); err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		r, err := tx.proposal(id)
		if err != nil {
			return err
		}
		w, err := tx.writeLog(host)
		if err != nil {
			return err
		}
		f, err := figure.Publish(r.Files, w)
		if err != nil {
			return refusal(err)
		}
		if err := tx.keepFiles(id, f); err != nil {
			return err
		}
		if err := tx.exec("UPDATE figure_release SET published = $2 WHERE id = $1", id, tx.now.UnixMicro()); err != nil {
			return err
		}
		if err := tx.keepSummary(id); err != nil {
			return err
		}
		return tx.tellRelease(a, id, releaseEvent{What: "published", Statement: statementDigest(r.Envelope)})
	})
}

// ReleaseInput returns what is kept of what a release was made from. It needs
// ProposeRelease.
func (db *DB) ReleaseInput(ctx context.Context, a plumbline.Actor, id string) (in ReleaseInput, err error) {
	if err := plumbline.Allow(a, plumbline.ProposeRelease, plumbline.Public); err != nil {
		return in, err
	}
	if db.secret == nil {
		return in, errNoSecret
	}
	err = db.view(ctx, func(tx *Tx) error {
		var key, data []byte
		found, err := tx.one([]any{&key, &data}, "SELECT input_key, data FROM figure_release WHERE id = $1", id)
		if err == nil && !found {
			err = plumbline.NotFound("release")
		}
		if err == nil {
			in.Key, err = db.secret.Open(key, "figure_release", "input_key", id)
		}
		if err == nil && len(data) > 0 {
			if data, err = db.secret.Open(data, "figure_release", "data", id); err == nil {
				in.Data, err = unpack(data)
			}
		}
		return err
	})
	return in, err
}

// Release returns one release. It needs a part in releases.
func (db *DB) Release(ctx context.Context, a plumbline.Actor, id string) (r *Release, err error) {
	if err := seesReleases(a); err != nil {
		return nil, plumbline.NotFound("release")
	}
	err = db.view(ctx, func(tx *Tx) error {
		r, err = tx.release(id)
		return err
	})
	return r, err
}

// PublishedRelease returns one published release. It needs no actor, and returns NotFound for what is not published.
func (db *DB) PublishedRelease(ctx context.Context, id string) (r *Release, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		r, err = tx.release(id)
		if err == nil && r.Published.IsZero() {
			err = plumbline.NotFound("release")
		}
		return err
	})
	return r, err
}

const releaseColumns = "id, envelope, actor, by_name, at, published, files"

func scanRelease(scan func(...any) error) (*Release, error) {
	r := &Release{}
	var at, published int64
	var files []byte
	if err := scan(&r.ID, &r.Envelope, &r.ByUser, &r.By, &at, &published, &files); err != nil {
		return nil, err
	}
	e, s, err := figure.ParseEnvelope(r.Envelope)
	if err == nil {
		r.Files, err = figure.ParseZip(files)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: release %s: %w", errUnreadable, r.ID, err)
	}
	r.Statement, r.Signers, r.At = s, e.Signers(s.Predicate.Approvers), time.UnixMicro(at).UTC()
	if published > 0 {
		r.Published = time.UnixMicro(published).UTC()
	}
	return r, nil
}

// releases reads all releases, and what has become of them since.
func (tx *Tx) releases(which string) (list []*Release, err error) {
	err = tx.each(func(scan func(...any) error) error {
		r, err := scanRelease(scan)
		list = append(list, r)
		return err
	}, "SELECT "+releaseColumns+" FROM figure_release WHERE "+which)
	if err != nil {
		return nil, err
	}
	byID := map[string]*Release{}
	for _, r := range list {
		byID[r.ID] = r
	}
	for _, r := range list {
		p := &r.Statement.Predicate
		next := &Successor{r.ID, p.Reason, p.Made}
		if old := byID[refID(p.Supersedes)]; old != nil && !r.Published.IsZero() {
			old.Corrected = next
		}
		if old := byID[refID(p.Withdraws)]; old != nil && !r.Published.IsZero() {
			old.Withdrawn = next
		}
	}
	return list, nil
}

func refID(r *figure.Reference) string {
	if r == nil {
		return ""
	}
	return r.ID
}

// release reads one release. It returns NotFound when there is none.
func (tx *Tx) release(id string) (r *Release, err error) {
	if err := tx.each(func(scan func(...any) error) error {
		r, err = scanRelease(scan)
		return err
	}, "SELECT "+releaseColumns+" FROM figure_release WHERE id = $1", id); err != nil {
		return nil, err
	}
	if r == nil {
		return nil, plumbline.NotFound("release")
	}
	told, err := tx.summaries("s.id = $1", id)
	for _, s := range told {
		r.Corrected, r.Withdrawn = s.Corrected, s.Withdrawn
	}
	return r, err
}

// proposal is release for one that is not published. It returns Conflict for
// one that is.
func (tx *Tx) proposal(id string) (*Release, error) {
	r, err := tx.release(id)
	if err == nil && !r.Published.IsZero() {
		err = plumbline.Conflict("", "problem.release_published")
	}
	return r, err
}

func statementDigest(envelope []byte) string {
	e, _, err := figure.ParseEnvelope(envelope)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(e.Payload)
	return hex.EncodeToString(sum[:])
}

// The kinds of the rows that tell what was done to releases and to keys. Their
// bodies are events; releaseEvents and keyEvents list them.
const (
	releaseKind    plumbline.Kind = "release"
	releaseKeyKind plumbline.Kind = "release_key"
)

var (
	releaseEvents = []string{"proposed", "approved", "published", "discarded"}
	keyEvents     = []string{"added", "removed"}
)

type releaseEvent struct {
	What      string `json:"what"`
	Statement string `json:"statement"`
}

type keyEvent struct {
	What   string `json:"what"`
	Public string `json:"public"`
}

// tellRelease writes what was done to a release, with its line in the ledger.
func (tx *Tx) tellRelease(by plumbline.Actor, id string, e releaseEvent) error {
	return tx.tellEvent(by, releaseKind, plumbline.ID(id), e)
}

// tellEvent writes an event of a kind, with its line in the ledger.
func (tx *Tx) tellEvent(by plumbline.Actor, kind plumbline.Kind, id plumbline.ID, event any) error {
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	r := row{Subject: string(kind) + "/" + string(id), ID: id, Version: 1, Kind: kind, Author: by.User, By: by.Name, For: by.Organisation, At: tx.now.UnixMicro(), body: body}
	if _, err := tx.one([]any{&r.Version}, "SELECT version + 1 FROM revision WHERE subject = $1 AND id = $2 AND latest = 1", r.Subject, r.ID); err != nil {
		return err
	}
	return tx.put(r)
}

// The log of releases.

// logFiles reads the files of the log.
type logFiles struct{ tx *Tx }

func (l logFiles) Open(name string) (fs.File, error) {
	data, err := l.read(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return logFile{bytes.NewReader(data)}, nil
}

func (l logFiles) read(name string) (data []byte, err error) {
	found, err := l.tx.one([]any{&data}, "SELECT data FROM release_log WHERE name = $1", name)
	if err == nil && !found {
		err = fs.ErrNotExist
	}
	return data, err
}

type logFile struct{ *bytes.Reader }

func (logFile) Close() error                 { return nil }
func (f logFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f logFile) Size() int64                { return f.Reader.Size() }
func (logFile) Name() string                 { return "" }
func (logFile) Mode() fs.FileMode            { return 0o444 }
func (logFile) ModTime() time.Time           { return time.Time{} }
func (logFile) IsDir() bool                  { return false }
func (logFile) Sys() any                     { return nil }

var _ io.Reader = logFile{}

// keepLog makes a change of the log last, with the transaction.
func (tx *Tx) keepLog(c figure.LogChange) error {
	for _, f := range append(c.Put, figure.File{Name: "checkpoint", Data: c.Checkpoint}) {
		if err := tx.exec("DELETE FROM release_log WHERE name LIKE $1", f.Parts()+"/%"); err != nil {
			return err
		}
		if err := tx.exec("INSERT INTO release_log (name, data) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET data = excluded.data", f.Name, f.Data); err != nil {
			return err
		}
	}
	return nil
}

// writeLog opens the log for writing, with its key; the first time both are
// made. It returns Unavailable when the key does not open.
func (tx *Tx) writeLog(host string) (*figure.Writer, error) {
	if tx.db.secret == nil {
		return nil, errNoSecret
	}
	var sealed []byte
	found, err := tx.one([]any{&sealed}, "SELECT value FROM site WHERE name = 'release_log_key'")
	if err != nil {
		return nil, err
	}
	var private []byte
	if found {
		if private, err = tx.db.secret.Open(sealed, "site", "release_log_key"); err != nil {
			return nil, &plumbline.Problem{Kind: plumbline.ErrUnavailable, Key: "problem.release_log"}
		}
	} else {
		if host == "" {
			host = "plumbline-" + strings.ToLower(rand.Text()[:10])
		}
		file, public, err := figure.NewKey(rand.Reader, figure.LogKey, host+"/log")
		if err != nil {
			return nil, err
		}
		private = []byte(file)
		if err := tx.exec("INSERT INTO site (name, value) VALUES ('release_log_key', $1), ('release_log_public', $2)",
			tx.db.secret.Seal(private, "site", "release_log_key"), []byte(strings.TrimSpace(strings.TrimPrefix(public, "log ")))); err != nil {
			return nil, err
		}
	}
	return figure.Write(logFiles{tx}, string(private), tx.keepLog)
}

// readLog opens the log for reading. It returns NotFound when nothing was
// published yet.
func (tx *Tx) readLog() (*figure.Log, error) {
	var public []byte
	found, err := tx.one([]any{&public}, "SELECT value FROM site WHERE name = 'release_log_public'")
	if err == nil && !found {
		err = plumbline.NotFound("log")
	}
	if err != nil {
		return nil, err
	}
	return figure.ReadLog(logFiles{tx}, string(public))
}

// ReleaseLog returns a file of the public log by its name in C2SP tlog-tiles,
// and whether it stays as it is for ever. It needs no actor: it is for
// everybody.
func (db *DB) ReleaseLog(ctx context.Context, name string) (data []byte, forever bool, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		l, err := tx.readLog()
		if err != nil {
			return err
		}
		data, forever, err = l.Serve(name)
		if errors.Is(err, fs.ErrNotExist) {
			err = plumbline.NotFound("page")
		}
		return err
	})
	return data, forever, err
}

// ReleaseGrowth returns what a witness of the log is asked with that has seen
// it at a length. It needs no actor.
func (db *DB) ReleaseGrowth(ctx context.Context, old int64) (text []byte, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		l, err := tx.readLog()
		if err != nil {
			return err
		}
		g, err := l.GrowthFrom(old)
		if err != nil {
			return plumbline.NotFound("page")
		}
		text = g.Text()
		return nil
	})
	return text, err
}

// ReleaseLogFiles returns all files of the public log, by name. It needs no
// actor.
func (db *DB) ReleaseLogFiles(ctx context.Context) (files []figure.File, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		files = nil
		return tx.each(func(scan func(...any) error) error {
			var f figure.File
			err := scan(&f.Name, &f.Data)
			files = append(files, f)
			return err
		}, "SELECT name, data FROM release_log ORDER BY name")
	})
	return files, err
}

package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"plumbline"
	"plumbline/ledger"
)

// A Subject names whose record an entry belongs to: an operation, a unit, an
// organisation or a programme.
type Subject struct {
	Kind plumbline.Kind
	ID   plumbline.ID
}

func (s Subject) String() string { return string(s.Kind) + "/" + string(s.ID) }

// A Change adds an entry, or corrects the one with its id. Version is the
// version that was read, and 0 for a new entry.
type Change struct {
	Entry   plumbline.Entry
	Version int64
	body    []byte // the entry as JSON, once the store has written it
}

// A Batch is what one actor does to one subject at one moment. All of it
// happens or none.
type Batch struct {
	Subject Subject
	Changes []Change
	Reason  string // why an entry is corrected; needed when one is
}

// A Revision is one version of one entry, as it was written.
type Revision struct {
	Kind    plumbline.Kind
	ID      plumbline.ID
	Version int64
	Author  plumbline.ID
	By      string
	For     plumbline.ID // the author's organisation at the time
	At      time.Time
	Reason  string
	Ledger  int64 // the number of its entry in the ledger
	Latest  bool
	Entry   plumbline.Entry
}

func newDossier(k plumbline.Kind) (plumbline.Dossier, error) {
	if d := plumbline.NewDossier(k); d != nil {
		return d, nil
	}
	return nil, plumbline.NotFound(string(k))
}

// Write adds and corrects entries of one subject.
//
// It returns Forbidden when the actor may not, NotFound when the actor may
// not even see the subject, Invalid when the result could not be or a
// correction gives no reason, and Conflict when an entry was changed since
// the version that the actor read. Sending the same batch twice changes
// nothing and is no error.
func (db *DB) Write(ctx context.Context, a plumbline.Actor, b Batch) error {
	return db.tx(ctx, func(tx *Tx) error { return tx.write(a, b, false) })
}

func (tx *Tx) write(a plumbline.Actor, b Batch, importing bool) error {
	if err := b.check(); err != nil {
		return err
	}
	d, revisions, err := tx.load(b.Subject)
	if err != nil {
		return err
	}
	if !importing {
		if err := allow(a, d, b, len(revisions) == 0); err != nil {
			return err
		}
	}
	if r, ok := d.(*plumbline.Record); ok && len(revisions) == 0 {
		r.RecordedBy = a.Organisation
	}
	changes, err := tx.due(a, b, revisions)
	if err != nil || len(changes) == 0 {
		return err
	}
	for _, c := range changes {
		if c.Version == 0 {
			d.Append(c.Entry) // new, as due has seen
		} else {
			d.Put(c.Entry)
		}
	}
	if err := d.Check(); err != nil {
		return err
	}
	if err := tx.checkRefs(d, changes); err != nil {
		return err
	}
	places := len(revisions)
	rows := make([]row, 0, len(changes))
	for _, c := range changes {
		place := places
		if old, ok := revisions[plumbline.HeadOf(c.Entry).ID]; ok {
			place = old.place
		} else {
			places++
		}
		rows = append(rows, row{Subject: b.Subject.String(), ID: plumbline.HeadOf(c.Entry).ID, Version: c.Version + 1, Kind: plumbline.KindOf(c.Entry), Place: place,
			Author: a.User, By: a.Name, For: a.Organisation, At: tx.now.UnixMicro(), Reason: b.Reason, body: c.body})
	}
	if err := tx.put(rows...); err != nil {
		return err
	}
	switch d := d.(type) {
	case *plumbline.Record:
		if !importing { // a file tells of what happened elsewhere, before
			if err := tx.announce(a, d, changes, revisions); err != nil {
				return err
			}
		}
		return tx.derive(d)
	case *plumbline.MatterRecord:
		return tx.tellMatter(a, d, changes, revisions)
	case *plumbline.UnitRecord:
		if err := tx.putTasks("", d.Unit.ID, d.Tasks()); err != nil {
			return err
		}
		if old, ok := revisions[d.Unit.ID]; ok && old.Entry.(*plumbline.Unit).Organisation != d.Unit.Organisation {
			return tx.deriveWhere("unit = $1", d.Unit.ID) // another organisation owes the accounts
		}
	}
	return nil
}

// kept is what load tells of the latest version of an entry.
type kept struct {
	Revision
	place int
	body  []byte
}

// check refuses a batch that no subject could hold: nothing, entries of
// another subject, two of one id, a reason that is no text.
func (b Batch) check() error {
	kinds := plumbline.Kinds(b.Subject.Kind)
	if len(kinds) == 0 {
		return plumbline.NotFound(string(b.Subject.Kind))
	}
	if len(b.Changes) == 0 {
		return plumbline.Invalid("", "problem.needed")
	}
	seen := map[plumbline.ID]bool{}
	for _, c := range b.Changes {
		id, kind := plumbline.HeadOf(c.Entry).ID, plumbline.KindOf(c.Entry)
		switch {
		case !slices.Contains(kinds, kind):
			return plumbline.Invalid("kind", "problem.not_one_of", "Got", kind, "Want", kinds)
		case kind == b.Subject.Kind && id != b.Subject.ID:
			return plumbline.Invalid("id", "problem.no_such", "What", kind, "Got", id)
		case seen[id]:
			return plumbline.Invalid("id", "problem.same_id", "Got", id)
		}
		seen[id] = true
	}
	return checkReason(b.Reason)
}

func checkReason(reason string) error {
	if n := utf8.RuneCountInString(reason); n > plumbline.MaxText {
		return plumbline.Invalid("reason", "problem.too_long", "Got", n, "Want", plumbline.MaxText)
	}
	if !isText(reason) {
		return plumbline.Invalid("reason", "problem.not_text")
	}
	return nil
}

// isText reports whether both engines can keep a text.
func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// due returns the changes that are still to be made: those already made by
// an earlier sending of the same batch are left out.
func (tx *Tx) due(a plumbline.Actor, b Batch, revisions map[plumbline.ID]kept) (changes []Change, err error) {
	for _, c := range b.Changes {
		id := plumbline.HeadOf(c.Entry).ID
		body, err := json.Marshal(c.Entry)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", id, err)
		}
		c.body = body
		old, exists := revisions[id]
		switch {
		case !exists && c.Version == 0:
			changes = append(changes, c)
		case !exists:
			return nil, plumbline.NotFound(string(plumbline.KindOf(c.Entry)))
		case old.Kind != plumbline.KindOf(c.Entry):
			return nil, plumbline.Invalid("id", "problem.same_id", "Got", id)
		case bytes.Equal(body, old.body) && c.Version != old.Version:
			continue // sent again
		case c.Version != old.Version:
			sent, err := tx.sentBefore(a, b.Subject, c, body)
			if err != nil {
				return nil, err
			}
			if !sent {
				return nil, plumbline.Conflict("", "problem.version")
			}
		case bytes.Equal(body, old.body):
			if len(b.Changes) == 1 {
				return nil, plumbline.Invalid("", "problem.unchanged")
			}
		case strings.TrimSpace(b.Reason) == "":
			return nil, plumbline.Invalid("reason", "problem.reason_needed")
		default:
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// sentBefore reports whether the actor has made this very change already, and
// it was corrected since.
func (tx *Tx) sentBefore(a plumbline.Actor, s Subject, c Change, body []byte) (bool, error) {
	var n int
	return tx.one([]any{&n}, "SELECT 1 FROM revision WHERE subject = $1 AND id = $2 AND version = $3 AND author = $4 AND body = $5",
		s.String(), plumbline.HeadOf(c.Entry).ID, c.Version+1, a.User, string(body))
}

// allow says whether the actor may make the changes. It returns NotFound
// when the actor may not even see the subject, and Forbidden with the field
// "origin" when a change would say that its subject comes from elsewhere.
func allow(a plumbline.Actor, d plumbline.Dossier, b Batch, isNew bool) error {
	if isNew {
		i := slices.IndexFunc(b.Changes, func(c Change) bool { return plumbline.KindOf(c.Entry) == b.Subject.Kind })
		if i < 0 {
			return plumbline.NotFound(string(b.Subject.Kind)) // parts of nothing
		}
		d.Put(b.Changes[i].Entry) // the bonds are those of what is about to be
		switch r := d.(type) {
		case *plumbline.Record:
			r.RecordedBy = a.Organisation
		case *plumbline.ProgrammeRecord:
			r.RecordedBy = a.Organisation
		}
	}
	// Who may not see the subject is told that there is none, before anything else.
	switch d := d.(type) {
	case *plumbline.Record:
		if _, err := d.Show(a); err != nil && !isNew {
			return err
		}
	case *plumbline.UnitRecord:
		if !isNew && !plumbline.May(a, plumbline.SeeOperation, a.BondToUnit(&d.Unit)) {
			return plumbline.NotFound("unit")
		}
	case *plumbline.StudyRecord:
		return allowStudy(a, d, b, isNew)
	case *plumbline.ProgrammeRecord:
		if !isNew && !plumbline.May(a, plumbline.SeeProgramme, a.BondToProgramme(d)) {
			return plumbline.NotFound("programme")
		}
	case plumbline.Shared:
		if !isNew && !d.MaySee(a) {
			return plumbline.NotFound(string(b.Subject.Kind))
		}
	}
	before := originOf(d.Entries()[0])
	for _, c := range b.Changes {
		if now := originOf(c.Entry); now != "" && (now != before || isNew && now == "public_record") {
			return &plumbline.Problem{Kind: plumbline.ErrForbidden, Key: "problem.refused_origin", Field: "origin"}
		}
	}
	for _, c := range b.Changes {
		if err := allowEntry(a, d, c.Entry); err != nil {
			return err
		}
	}
	return nil
}

// allowEntry says whether the actor may add or change one entry of a record.
func allowEntry(a plumbline.Actor, d plumbline.Dossier, e plumbline.Entry) error {
	switch d := d.(type) {
	case *plumbline.Record:
		return plumbline.AllowWrite(a, d, e)
	case *plumbline.UnitRecord:
		return plumbline.Allow(a, plumbline.KeepUnits, a.BondToUnit(&d.Unit))
	case *plumbline.OrganisationRecord:
		return plumbline.AllowOrganisation(a, &d.Organisation, e)
	case *plumbline.ProgrammeRecord:
		return plumbline.AllowProgramme(a, d, e)
	case plumbline.Shared:
		return d.Allow(a, e)
	}
	return plumbline.NotFound("page")
}

// originOf returns where a subject says it comes from; nothing for an entry
// that is a part of one.
func originOf(e plumbline.Entry) plumbline.Origin {
	switch e := e.(type) {
	case *plumbline.Operation:
		return e.Origin
	case *plumbline.Unit:
		return e.Origin
	case *plumbline.Organisation:
		return e.Origin
	case *plumbline.Programme:
		return e.Origin
	case *plumbline.Matter:
		return e.Origin
	case *plumbline.Area:
		return e.Origin
	case *plumbline.Dialogue:
		return e.Origin
	case *plumbline.Study:
		return e.Origin
	}
	return ""
}

// checkRefs refuses an entry that names another subject of which there is no
// record, and one that comes from elsewhere: made-up money pays for no real
// operation, and no made-up operation shuts a real clinic's door.
func (tx *Tx) checkRefs(d plumbline.Dossier, changes []Change) error {
	var ps plumbline.Problems
	for _, c := range changes {
		for _, ref := range plumbline.Refs(c.Entry) {
			if !slices.Contains(plumbline.Subjects(), ref.Kind) {
				continue // inside the record: Check has seen it
			}
			// A file brings programmes before operations, so one is there to be looked at.
			if ref.Kind != plumbline.KindProgramme && tx.incoming[Subject{ref.Kind, ref.ID}] || ref.ID == plumbline.HeadOf(c.Entry).ID && ref.Kind == plumbline.KindOf(c.Entry) {
				continue
			}
			found, err := tx.isThere(Subject{ref.Kind, ref.ID})
			if err != nil {
				return err
			}
			key := "problem.unknown_" + string(ref.Kind)
			if sameOrigin := []plumbline.Kind{plumbline.KindProgramme, plumbline.KindArea, plumbline.KindOperation}; found && slices.Contains(sameOrigin, ref.Kind) {
				key = "problem.other_origin"
				p, _, err := tx.load(Subject{ref.Kind, ref.ID})
				if err != nil {
					return err
				}
				found = originOf(p.Entries()[0]) == originOf(d.Entries()[0])
			}
			if !found {
				ps = append(ps, plumbline.Invalid(ref.Field, key, "Got", ref.ID).In(d.PathOf(plumbline.HeadOf(c.Entry).ID)))
			}
		}
	}
	if len(ps) > 0 {
		return ps
	}
	return nil
}

// isThere reports whether there is a record of a subject, and remembers those
// that there are: the entries of one import name few.
func (tx *Tx) isThere(s Subject) (bool, error) {
	if tx.there[s] {
		return true, nil
	}
	var n int
	found, err := tx.one([]any{&n}, "SELECT 1 FROM revision WHERE subject = $1 AND id = $2 AND version = 1", s.String(), s.ID)
	if found {
		if tx.there == nil {
			tx.there = map[Subject]bool{}
		}
		tx.there[s] = true
	}
	return found, err
}

// A row is one version of one entry, as it is kept. Its fields in JSON, in
// this order, are the first line of what the ledger commits to.
type row struct {
	Subject string         `json:"subject"`
	ID      plumbline.ID   `json:"id"`
	Version int64          `json:"version"`
	Kind    plumbline.Kind `json:"kind"`
	Place   int            `json:"place"`
	Author  plumbline.ID   `json:"author"`
	By      string         `json:"by"`
	At      int64          `json:"at"` // microseconds since 1970
	Reason  string         `json:"reason"`
	For     plumbline.ID   `json:"for,omitempty"` // the author's organisation
	body    []byte
}

// committed returns the bytes that the ledger commits to: the row's fields as
// one line of JSON, and its body as it is kept. Nothing that people are shown
// of a version is left out.
func (r *row) committed() ([]byte, error) {
	head, err := json.Marshal(r)
	return append(append(head, '\n'), r.body...), err
}

// insert adds rows to a table, many with one statement: in blocks of few
// sizes, so that few statements are kept, and of at most 130 values, since
// SQLite looks each parameter up among all.
func (tx *Tx) insert(into string, columns int, values []any) error {
	for len(values) > 0 {
		n := len(values)
		for _, block := range []int{50 * columns, 10 * columns} {
			if n >= block && block <= 130 {
				n = block
				break
			}
		}
		if err := tx.exec("INSERT INTO "+into+" VALUES "+marks(n, columns), values[:n]...); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// put writes rows and their lines in the ledger.
func (tx *Tx) put(rows ...row) error {
	for some := range slices.Chunk(rows, 200) {
		var lines []ledger.Entry
		var args []any
		for _, r := range some {
			text, err := r.committed()
			if err != nil {
				return err
			}
			nonce := make([]byte, 16)
			if _, err := rand.Read(nonce); err != nil {
				return err
			}
			if r.Version > 1 {
				if err := tx.exec("UPDATE revision SET latest = 0 WHERE subject = $1 AND id = $2 AND version = $3", r.Subject, r.ID, r.Version-1); err != nil {
					return err
				}
			}
			lines = append(lines, tx.db.line(&r, ledger.Commit(nonce, text)))
			args = append(args, r.Subject, r.ID, r.Version, r.Kind, r.Place, string(r.body), nonce, r.Author, r.By, r.For, r.At, r.Reason, 0, 1)
		}
		first, err := tx.log(lines...)
		if err != nil {
			return err
		}
		columns := len(args) / len(some)
		for i := range some {
			args[i*columns+columns-2] = first + int64(i)
		}
		if err := tx.insert("revision (subject, id, version, kind, place, body, nonce, author, by_name, organisation, at, reason, entry, latest)", columns, args); err != nil {
			return err
		}
	}
	return nil
}

package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"plumbline"
)

// A SavedFilter is a list as somebody wants to find it again: a name and the
// address that holds its filters.
type SavedFilter struct {
	Name    string
	Address string
}

// MaxFilters bounds how many filters one user keeps.
const MaxFilters = 50

// SaveFilter keeps an address under a name, for the actor alone, or forgets
// the name when the address is empty. The address is of this site: which pages
// it may be of, the caller says.
func (db *DB) SaveFilter(ctx context.Context, a plumbline.Actor, f SavedFilter) error {
	if err := hasAccount(a); err != nil {
		return err
	}
	f.Name = strings.TrimSpace(f.Name)
	switch {
	case f.Name == "":
		return plumbline.Invalid("name", "problem.needed")
	case !isText(f.Name + f.Address):
		return plumbline.Invalid("name", "problem.not_text")
	case utf8.RuneCountInString(f.Name) > 60:
		return plumbline.Invalid("name", "problem.too_long", "Got", utf8.RuneCountInString(f.Name), "Want", 60)
	case len(f.Address) > 2000 || f.Address != "" && (!strings.HasPrefix(f.Address, "/") || strings.HasPrefix(f.Address, "//") || strings.Contains(f.Address, `\`)):
		return plumbline.NotFound("page")
	}
	return db.aside(ctx, func(tx *Tx) error {
		if f.Address == "" {
			return tx.exec("DELETE FROM saved_filter WHERE actor = $1 AND name = $2", a.User, f.Name)
		}
		var n int
		if _, err := tx.one([]any{&n}, "SELECT COUNT(*) FROM saved_filter WHERE actor = $1 AND name <> $2", a.User, f.Name); err != nil {
			return err
		}
		if n >= MaxFilters {
			return plumbline.Invalid("name", "problem.too_many", "Want", MaxFilters)
		}
		return tx.exec(`INSERT INTO saved_filter (actor, name, address, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (actor, name) DO UPDATE SET address = excluded.address, at = excluded.at`, a.User, f.Name, f.Address, tx.now.UnixMicro())
	})
}

// SavedFilters returns the actor's filters by name.
func (db *DB) SavedFilters(ctx context.Context, a plumbline.Actor) (list []SavedFilter, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(func(scan func(...any) error) error {
			var f SavedFilter
			err := scan(&f.Name, &f.Address)
			list = append(list, f)
			return err
		}, "SELECT name, address FROM saved_filter WHERE actor = $1 ORDER BY name", a.User)
	})
	return list, err
}

// CountTo is as far as Count counts.
const CountTo = 1000

// Count returns how many operations the actor may see and the filter finds,
// CountTo when there are as many or more.
func (db *DB) Count(ctx context.Context, a plumbline.Actor, f Filter) (int, error) {
	found, _, err := db.find(ctx, a, f)
	if errors.Is(err, plumbline.ErrForbidden) {
		return 0, nil
	}
	return min(len(found), CountTo), err
}

// uploadLife is how long a file that was sent waits to be brought in.
const uploadLife = 2 * time.Hour

// KeepUpload keeps a file that the actor has sent, until it is brought in or
// another is sent, and returns its digest. An empty body forgets it. It needs
// ImportRecords.
func (db *DB) KeepUpload(ctx context.Context, a plumbline.Actor, name string, body []byte) (digest string, err error) {
	if err := plumbline.Allow(a, plumbline.ImportRecords, plumbline.Public); err != nil {
		return "", err
	}
	return db.keepUpload(ctx, a, name, body)
}

func (db *DB) keepUpload(ctx context.Context, a plumbline.Actor, name string, body []byte) (digest string, err error) {
	if !isText(name) || len(name) > plumbline.MaxLine {
		name = ""
	}
	return uploadDigest(body), db.aside(ctx, func(tx *Tx) error {
		if err := tx.exec("DELETE FROM upload WHERE actor = $1 OR at < $2", a.User, tx.now.Add(-uploadLife).UnixMicro()); err != nil || len(body) == 0 {
			return err
		}
		return tx.exec("INSERT INTO upload (actor, name, body, at) VALUES ($1, $2, $3, $4)", a.User, name, body, tx.now.UnixMicro())
	})
}

// Upload returns the file that the actor has sent last. It returns Conflict
// when that is not the one with the digest, or it has waited too long.
func (db *DB) Upload(ctx context.Context, a plumbline.Actor, digest string) (name string, body []byte, err error) {
	if err := plumbline.Allow(a, plumbline.ImportRecords, plumbline.Public); err != nil {
		return "", nil, err
	}
	return db.upload(ctx, a, digest)
}

func (db *DB) upload(ctx context.Context, a plumbline.Actor, digest string) (name string, body []byte, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		found, err := tx.one([]any{&name, &body}, "SELECT name, body FROM upload WHERE actor = $1 AND at > $2", a.User, tx.now.Add(-uploadLife).UnixMicro())
		if err == nil && (!found || uploadDigest(body) != digest) {
			err = plumbline.Conflict("", "problem.other_upload")
		}
		return err
	})
	return name, body, err
}

func uploadDigest(body []byte) string {
	h := sha256.Sum256(body)
	return hex.EncodeToString(h[:])
}

// A House is what the administrator's home page shows of the site.
type House struct {
	Users       int
	Invitations []Invitation
	Entries     int64 // in the ledger
}

// An Invitation is one that nobody has used yet.
type Invitation struct {
	User    plumbline.ID
	Name    string
	Expires time.Time
}

// House returns how many users there are, and who was invited and has not
// come. It needs KeepHouse.
func (db *DB) House(ctx context.Context, a plumbline.Actor) (h *House, err error) {
	if err := plumbline.Allow(a, plumbline.KeepHouse, plumbline.Public); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		h = new(House)
		if _, err := tx.one([]any{&h.Users}, "SELECT COUNT(*) FROM actor"); err != nil {
			return err
		}
		if err := tx.each(func(scan func(...any) error) error {
			var i Invitation
			var at int64
			err := scan(&i.User, &i.Name, &at)
			i.Expires = time.UnixMicro(at).UTC()
			h.Invitations = append(h.Invitations, i)
			return err
		}, "SELECT a.id, a.name, t.expires FROM ticket t JOIN actor a ON a.id = t.actor WHERE t.kind = 'invitation' AND t.expires > $1 ORDER BY t.expires, a.id LIMIT 20", tx.now.UnixMicro()); err != nil {
			return err
		}
		h.Entries, err = tx.ledgerSize()
		return err
	})
	return h, err
}

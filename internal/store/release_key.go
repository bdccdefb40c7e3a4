package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
)

// A ReleaseKey is the public key of an approver, who is a user, or of a witness
// of the log, who is none. The private one is nowhere on the site.
type ReleaseKey struct {
	Public string
	Kind   figure.KeyKind
	User   plumbline.ID
	Name   string // of the user, or of the witness
	At     time.Time
}

func publics(keys []ReleaseKey) (list []string) {
	for _, k := range keys {
		list = append(list, k.Public)
	}
	return list
}

// releaseKeys reads keys, in the order in which they came.
func (tx *Tx) releaseKeys(which string, args ...any) (list []ReleaseKey, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var k ReleaseKey
		var at int64
		err := scan(&k.Public, &k.Kind, &k.User, &k.Name, &at)
		k.At = time.UnixMicro(at).UTC()
		list = append(list, k)
		return err
	}, "SELECT public, kind, actor, name, at FROM release_key WHERE "+which+" ORDER BY at, public", args...)
	return list, err
}

// ReleaseKeys returns the keys in use. It needs a part in releases.
func (db *DB) ReleaseKeys(ctx context.Context, a plumbline.Actor) (list []ReleaseKey, err error) {
	if err := seesReleases(a); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		list, err = tx.releaseKeys("removed = 0")
		return err
	})
	return list, err
}

// KeepReleaseKey makes a public key the one with which the actor approves; an
// earlier one of theirs goes, and still counts for what was proposed while it
// was theirs. It needs ApproveRelease.
func (db *DB) KeepReleaseKey(ctx context.Context, a plumbline.Actor, line string) error {
	if err := plumbline.Allow(a, plumbline.ApproveRelease, plumbline.Public); err != nil {
		return err
	}
	public, err := publicKey(figure.ApproverKey, line)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		old, err := tx.releaseKeys("kind = 'approver' AND removed = 0 AND actor = $1", a.User)
		if err != nil {
			return err
		}
		for _, k := range old {
			if k.Public == public {
				return plumbline.Invalid("key", "problem.release_key_known")
			}
			if err := tx.removeKey(a, k.Public); err != nil {
				return err
			}
		}
		return tx.addKey(a, ReleaseKey{Public: public, Kind: figure.ApproverKey, User: a.User, Name: a.Name})
	})
}

// KeepWitness names a witness of the log by its public key. It needs
// PublishRelease.
func (db *DB) KeepWitness(ctx context.Context, a plumbline.Actor, line string) error {
	if err := plumbline.Allow(a, plumbline.PublishRelease, plumbline.Public); err != nil {
		return err
	}
	public, err := publicKey(figure.WitnessKey, line)
	if err != nil {
		return err
	}
	name, _, _ := strings.Cut(public, "+")
	return db.tx(ctx, func(tx *Tx) error {
		return tx.addKey(a, ReleaseKey{Public: public, Kind: figure.WitnessKey, Name: name})
	})
}

// RemoveWitness takes a witness off the list. It needs PublishRelease.
func (db *DB) RemoveWitness(ctx context.Context, a plumbline.Actor, public string) error {
	if err := plumbline.Allow(a, plumbline.PublishRelease, plumbline.Public); err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		keys, err := tx.releaseKeys("kind = 'witness' AND removed = 0 AND public = $1", public)
		if err == nil && len(keys) == 0 {
			err = plumbline.NotFound("witness")
		}
		if err != nil {
			return err
		}
		return tx.removeKey(a, public)
	})
}

// publicKey reads the line of a policy that plumbline figure key prints, or the
// key alone.
func publicKey(kind figure.KeyKind, line string) (string, error) {
	public := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), string(kind)+" "))
	if err := figure.CheckKey(kind, public); err != nil {
		p := refusal(err).(*plumbline.Problem)
		p.Field = "key"
		return "", p
	}
	return public, nil
}

// keyHash names a key in the ledger: the part between the pluses.
func keyHash(public string) plumbline.ID {
	return plumbline.ID(strings.SplitN(public, "+", 3)[1])
}

func (tx *Tx) addKey(a plumbline.Actor, k ReleaseKey) error {
	known, err := tx.releaseKeys("1 = 1")
	if err != nil {
		return err
	}
	// Also a key of somebody else, under whatever name: two people have two keys.
	same := func(other ReleaseKey) bool {
		return keyOf(other.Public) == keyOf(k.Public) || keyHash(other.Public) == keyHash(k.Public)
	}
	if slices.ContainsFunc(known, same) {
		return plumbline.Invalid("key", "problem.release_key_known")
	}
	if err := tx.exec("INSERT INTO release_key (public, kind, actor, name, at, removed) VALUES ($1, $2, $3, $4, $5, 0)", k.Public, k.Kind, k.User, k.Name, tx.now.UnixMicro()); err != nil {
		return err
	}
	return tx.tellEvent(a, releaseKeyKind, keyHash(k.Public), keyEvent{"added", k.Public})
}

// keyOf returns the key without its name.
func keyOf(public string) string { return strings.SplitN(public, "+", 3)[2] }

func (tx *Tx) removeKey(a plumbline.Actor, public string) error {
	if err := tx.exec("UPDATE release_key SET removed = $2 WHERE public = $1", public, tx.now.UnixMicro()); err != nil {
		return err
	}
	return tx.tellEvent(a, releaseKeyKind, keyHash(public), keyEvent{"removed", public})
}

// Cosign puts the cosignatures of witnesses whom the site names under the
// checkpoint of its log, and that checkpoint into every release. It needs
// PublishRelease, and returns Invalid with the reason.
func (db *DB) Cosign(ctx context.Context, a plumbline.Actor, lines []byte) error {
	if err := plumbline.Allow(a, plumbline.PublishRelease, plumbline.Public); err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		l, err := tx.readLog()
		if err != nil {
			return err
		}
		keys, err := tx.releaseKeys("kind = 'witness' AND removed = 0")
		if err != nil {
			return err
		}
		signed, err := figure.AddCosignatures(l.Signed, lines, publics(keys))
		if err != nil {
			return refusal(err)
		}
		w, err := tx.writeLog("")
		if err != nil {
			return err
		}
		if err := w.Recheckpoint(signed); err != nil {
			return err
		}
		list, err := tx.releases("published > 0 ORDER BY id")
		if err != nil {
			return err
		}
		for _, r := range list {
			f, err := r.Files.Reprove(w.Log)
			if err != nil {
				return err
			}
			if err := tx.keepFiles(r.ID, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// A Publisher is what readers need to know of a site to check what it
// publishes: the key of its log, its approvers, those who approved what is
// published among them, and its witnesses.
type Publisher struct {
	Log       string // empty while nothing is published
	Size      int64  // of the log
	Approvers []ReleaseKey
	Witnesses []ReleaseKey
}

// Policy writes it as the policy that plumbline verify reads.
func (p Publisher) Policy() string {
	var b strings.Builder
	if p.Log != "" {
		fmt.Fprintf(&b, "log %s\n", p.Log)
	}
	for _, k := range p.Approvers {
		fmt.Fprintf(&b, "approver %s\n", k.Public)
	}
	fmt.Fprintf(&b, "approvals %d\n", figure.Threshold)
	for _, k := range p.Witnesses {
		fmt.Fprintf(&b, "witness %s\n", k.Public)
	}
	return b.String()
}

// Publisher returns the keys of the site. It needs no actor: it is for
// everybody.
func (db *DB) Publisher(ctx context.Context) (p Publisher, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		p = Publisher{}
		var public []byte
		if _, err := tx.one([]any{&public}, "SELECT value FROM site WHERE name = 'release_log_public'"); err != nil {
			return err
		}
		if p.Log = string(public); p.Log != "" {
			l, err := tx.readLog()
			if err != nil {
				return err
			}
			p.Size = l.Size
		}
		keys, err := tx.releaseKeys("removed = 0 OR kind = 'approver' AND signed > 0")
		for _, k := range keys {
			if k.Kind == figure.ApproverKey {
				p.Approvers = append(p.Approvers, k)
			} else {
				p.Witnesses = append(p.Witnesses, k)
			}
		}
		return err
	})
	return p, err
}

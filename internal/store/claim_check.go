package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"plumbline"
	"plumbline/figure"
)

// HoldClaims holds claims against every figure of the record that bears on
// them, and keeps what came out; without ids, all claims of the register. It
// asks the public record alone: what is kept beside a claim is read by
// everybody, and a figure over other records is published on its own, protected
// (see package figure), or not at all. It returns what was found, also where it
// was found before. It needs KeepClaims, and returns NotFound for a claim that
// is not there.
func (db *DB) HoldClaims(ctx context.Context, a plumbline.Actor, ids ...string) (found []figure.ClaimCheck, err error) {
	if err := allowClaims(a, ""); err != nil {
		return nil, err
	}
	r, err := db.Claims(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if r.Claim(id) == nil {
			return nil, plumbline.NotFound("claim")
		}
	}
	for _, d := range plumbline.Definitions() {
		for _, b := range d.Claims {
			c := r.Claim(b.Claim)
			if c == nil || len(ids) > 0 && !slices.Contains(ids, c.ID) {
				continue
			}
			k, err := db.CheckFigure(ctx, a, d.Name, r, c, CheckOptions{Filter: Filter{Origin: "public_record"}})
			if err != nil {
				return nil, err
			}
			found = append(found, k.Kept(d))
		}
	}
	return found, db.KeepChecks(ctx, a, found...)
}

// KeepChecks keeps what holding claims against this record gave. The time and
// the state of the record are those of this moment; the figure that was checked
// is that of the claim when Of is empty. What was found before and is found
// again is not written again. It needs KeepClaims, and returns NotFound for a
// claim that is not there, Conflict when its figure is another by now.
func (db *DB) KeepChecks(ctx context.Context, a plumbline.Actor, checks ...figure.ClaimCheck) error {
	if err := allowClaims(a, ""); err != nil {
		return err
	}
	return db.tx(ctx, func(tx *Tx) error {
		now, err := tx.claims()
		if err != nil {
			return err
		}
		entries, err := tx.ledgerSize()
		if err != nil {
			return err
		}
		var rows []row
		for _, k := range checks {
			c := now.register.Claim(k.Claim)
			if k.Of = cmp.Or(k.Of, told(c)); c == nil {
				return plumbline.NotFound("claim")
			}
			switch {
			case k.Of != c.Told():
				return plumbline.Conflict("", "problem.version")
			case !slices.Contains(k.Result.Values(), string(k.Result)):
				return plumbline.Invalid("result", "problem.not_one_of", "Got", k.Result, "Want", k.Result.Values())
			case k.Figure == "" || k.Why == "":
				return plumbline.Invalid("figure", "problem.needed")
			case !isText(k.Figure + k.Version + k.Value + k.Why):
				return plumbline.Invalid("why", "problem.not_text")
			}
			id := plumbline.ID("check/" + k.Claim + "/" + k.Figure)
			before, found := now.beside[id]
			if k.At, k.Entries = before.At, before.Entries; found && k == before {
				continue
			}
			k.At, k.Entries = tx.now, entries
			r := row{Subject: registerSubject, ID: id, Version: 1, Kind: checkKind, Author: a.User, By: a.Name, For: a.Organisation, At: tx.now.UnixMicro()}
			if _, err := tx.one([]any{&r.Version}, "SELECT version + 1 FROM revision WHERE subject = $1 AND id = $2 AND latest = 1", registerSubject, id); err != nil {
				return err
			}
			if r.body, err = json.Marshal(k); err != nil {
				return err
			}
			rows = append(rows, r)
		}
		return tx.put(rows...)
	})
}

func told(c *figure.Claim) string {
	if c == nil {
		return ""
	}
	return c.Told()
}

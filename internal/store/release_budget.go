package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"plumbline"
	"plumbline/protect"
)

// releaseBudgetKind is the kind of the rows that tell what became of budgets.
const releaseBudgetKind plumbline.Kind = "release_budget"

var budgetEvents = []string{"begun", "spent"}

// A budgetEvent tells how a budget stands after something was done with it.
type budgetEvent struct {
	What  string `json:"what"`
	Spent int64  `json:"spent"` // how many releases have spent of it
	State string `json:"state"` // SHA-256 of the budget, in hexadecimal
}

// budgetID names a budget in the ledger.
func budgetID(name string) plumbline.ID {
	sum := sha256.Sum256([]byte(name))
	return plumbline.ID(hex.EncodeToString(sum[:8]))
}

// maxBudgetName bounds the words for a set of records.
const maxBudgetName = 200

// BeginBudget says what all releases of a set of records together may lose
// under differential privacy. It needs PublishRelease, and returns Invalid for
// a name that is there already.
func (db *DB) BeginBudget(ctx context.Context, a plumbline.Actor, name string, epsilon, delta float64) error {
	if err := plumbline.Allow(a, plumbline.PublishRelease, plumbline.Public); err != nil {
		return err
	}
	if name = strings.TrimSpace(name); name == "" || len(name) > maxBudgetName || !utf8.ValidString(name) {
		return plumbline.Invalid("budget", "problem.needed")
	}
	b, err := protect.NewBudget(name, epsilon, delta)
	if err != nil {
		return refusal(err)
	}
	return db.tx(ctx, func(tx *Tx) error {
		var n int
		found, err := tx.one([]any{&n}, "SELECT 1 FROM release_budget WHERE name = $1", name)
		if err == nil && found {
			err = plumbline.Invalid("budget", "problem.budget_known")
		}
		if err != nil {
			return err
		}
		var body bytes.Buffer
		if err := b.Write(&body); err != nil {
			return err
		}
		if err := tx.exec("INSERT INTO release_budget (name, spent, body) VALUES ($1, 0, $2)", name, body.String()); err != nil {
			return err
		}
		return tx.tellBudget(a, "begun", name, 0, body.Bytes())
	})
}

func (tx *Tx) tellBudget(a plumbline.Actor, what, name string, spent int64, body []byte) error {
	sum := sha256.Sum256(body)
	return tx.tellEvent(a, releaseBudgetKind, budgetID(name), budgetEvent{what, spent, hex.EncodeToString(sum[:])})
}

// Budgets returns the budgets of the site. It needs a part in releases.
func (db *DB) Budgets(ctx context.Context, a plumbline.Actor) (list []*protect.Budget, err error) {
	if err := seesReleases(a); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(func(scan func(...any) error) error {
			var body string
			if err := scan(&body); err != nil {
				return err
			}
			b, err := protect.ReadBudget(strings.NewReader(body), "")
			if err != nil {
				return fmt.Errorf("%w: a budget: %w", errUnreadable, err)
			}
			list = append(list, b)
			return nil
		}, "SELECT body FROM release_budget ORDER BY name")
	})
	return list, err
}

// OpenBudget returns a budget to spend from. What is spent is in the database
// before [protect.Budget.Spend] returns, whatever becomes of the release, and
// nothing is spent twice: it refuses with Conflict when somebody else has
// spent of it meanwhile. It needs ProposeRelease.
func (db *DB) OpenBudget(ctx context.Context, a plumbline.Actor, name string) (*protect.Budget, error) {
	if err := plumbline.Allow(a, plumbline.ProposeRelease, plumbline.Public); err != nil {
		return nil, err
	}
	var b *protect.Budget
	err := db.view(ctx, func(tx *Tx) error {
		var body string
		found, err := tx.one([]any{&body}, "SELECT body FROM release_budget WHERE name = $1", name)
		if err == nil && !found {
			err = plumbline.Invalid("budget", "problem.no_budget")
		}
		if err == nil {
			b, err = protect.ReadBudget(strings.NewReader(body), "")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	b.KeepWith(func() error { return db.spend(ctx, a, b) })
	return b, nil
}

// spend keeps a budget of which one release more has spent.
func (db *DB) spend(ctx context.Context, a plumbline.Actor, b *protect.Budget) error {
	var body bytes.Buffer
	if err := b.Write(&body); err != nil {
		return err
	}
	n := int64(len(b.Spent))
	return db.tx(ctx, func(tx *Tx) error {
		var spent int64
		found, err := tx.one([]any{&spent}, "SELECT spent FROM release_budget WHERE name = $1", b.Data)
		if err != nil {
			return err
		}
		if !found || spent != n-1 {
			return plumbline.Conflict("budget", "problem.budget_spent")
		}
		if err := tx.exec("UPDATE release_budget SET spent = $1, body = $2 WHERE name = $3", n, body.String(), b.Data); err != nil {
			return err
		}
		return tx.tellBudget(a, "spent", b.Data, n, body.Bytes())
	})
}

// CellSecret returns the secret of the noise that cell keys make, one for all
// releases of the site: whoever had another could average the noise away. It
// needs ProposeRelease.
func (db *DB) CellSecret(ctx context.Context, a plumbline.Actor) (secret []byte, err error) {
	if err := plumbline.Allow(a, plumbline.ProposeRelease, plumbline.Public); err != nil {
		return nil, err
	}
	if db.secret == nil {
		return nil, errNoSecret
	}
	err = db.tx(ctx, func(tx *Tx) error {
		var sealed []byte
		found, err := tx.one([]any{&sealed}, "SELECT value FROM site WHERE name = 'release_cell_key'")
		if err != nil {
			return err
		}
		text := []byte(protect.NewSecret())
		if found {
			if text, err = db.secret.Open(sealed, "site", "release_cell_key"); err != nil {
				return &plumbline.Problem{Kind: plumbline.ErrUnavailable, Key: "problem.release_log"}
			}
		} else if err := tx.exec("INSERT INTO site (name, value) VALUES ('release_cell_key', $1)", db.secret.Seal(text, "site", "release_cell_key")); err != nil {
			return err
		}
		secret, err = protect.ParseSecret(string(text))
		return err
	})
	return secret, err
}

// budgets compares the budgets with what was written of them.
func (i *inspection) budgets() error {
	told, err := i.events(releaseBudgetKind)
	if err != nil {
		return err
	}
	err = i.tx.each(func(scan func(...any) error) error {
		var name, body string
		var spent int64
		if err := scan(&name, &spent, &body); err != nil {
			return err
		}
		var e budgetEvent
		id := budgetID(name)
		sum := sha256.Sum256([]byte(body))
		if err := json.Unmarshal(told[id], &e); err != nil || e.Spent != spent || e.State != hex.EncodeToString(sum[:]) {
			i.fault(Fault{string(releaseBudgetKind) + "/" + string(id), id, 0, -1, "is a budget otherwise than was written"})
		}
		delete(told, id)
		return nil
	}, "SELECT name, spent, body FROM release_budget ORDER BY name")
	for id := range told {
		i.fault(Fault{string(releaseBudgetKind) + "/" + string(id), id, 0, -1, "is gone: what was lost of these records is not told any more"})
	}
	return err
}

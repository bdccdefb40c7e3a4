package store

import (
	"context"
	"fmt"

	"plumbline"
	"plumbline/protocol"
)

// Scores returns, for each operation that the actor may see and the filter
// finds, how many rules of a protocol it keeps, breaks or cannot tell.
func (db *DB) Scores(ctx context.Context, a plumbline.Actor, name string, f Filter) (scores map[plumbline.ID]Score, err error) {
	err = db.listing(ctx, func(tx *Tx) error {
		scores = map[plumbline.ID]Score{}
		where, args, ok := scope(a)
		if !ok {
			return plumbline.Forbidden(plumbline.SeeOperation)
		}
		f.add(&where, &args)
		args = append(args, name)
		return tx.each(func(scan func(...any) error) error {
			var id plumbline.ID
			var result protocol.Result
			var n int
			if err := scan(&id, &result, &n); err != nil {
				return err
			}
			if scores[id] == nil {
				scores[id] = Score{}
			}
			scores[id][result] += n
			return nil
		}, fmt.Sprintf("SELECT operation, result, COUNT(*) FROM finding WHERE protocol = $%d%s GROUP BY operation, result", len(args), among(where)), args...)
	})
	return scores, err
}

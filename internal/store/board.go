package store

import (
	"context"
	"slices"

	"plumbline"
	"plumbline/protocol"
)

// The keys of [DB.FiguresByLead] beside the organisations.
const (
	LedByWorkers = "*workers" // all worker-led groups and boards together; no id has a star
	LedByPolice  = "*police"
)

// A LedFigures is the figures of what a worker-led group or a board led without
// police, of all of them together, or of what units of police carried out, and
// how their duties of one topic were kept.
type LedFigures struct {
	FiguresOf
	Duties Score
}

// FiguresByLead returns the figures of operations by who led them, with how the
// duties of one topic of a protocol were kept: for each worker-led group that
// led some, LedByWorkers and LedByPolice, where there are any. Operations led
// by others are in none. It returns Forbidden when the actor may see no
// operation.
func (db *DB) FiguresByLead(ctx context.Context, a plumbline.Actor, name string, topic protocol.Topic, f Filter) (list []LedFigures, scope FigureScope, err error) {
	rows, scope, err := db.counted(ctx, a, f, f.counts)
	if err != nil {
		return nil, scope, err
	}
	led, police, err := db.leads(ctx, rows)
	if err != nil {
		return nil, scope, err
	}
	keys := func(r *listed) []string {
		switch org := led[plumbline.ID(r.id)]; {
		case org != "":
			return []string{string(org), LedByWorkers}
		case police[plumbline.ID(r.unit)]:
			return []string{LedByPolice}
		}
		return nil
	}
	duties := map[string]Score{}
	first, p := db.place(name)
	for _, r := range rows {
		if p == nil || r.findings == "" {
			continue
		}
		for _, key := range keys(r) {
			if duties[key] == nil {
				duties[key] = Score{}
			}
			for i, rule := range p.Rules {
				if rule.Topic == topic {
					duties[key][resultOf[r.findings[first+i]]]++
				}
			}
		}
	}
	for _, g := range figuresBy(rows, keys) {
		list = append(list, LedFigures{g, duties[g.Key]})
	}
	return list, scope, nil
}

// leads returns which worker-led group led each of some operations without
// police, and which units are of police.
func (db *DB) leads(ctx context.Context, rows []*listed) (led map[plumbline.ID]plumbline.ID, police map[plumbline.ID]bool, err error) {
	counted := make(map[plumbline.ID]bool, len(rows))
	for _, r := range rows {
		counted[plumbline.ID(r.id)] = true
	}
	err = db.view(ctx, func(tx *Tx) error {
		led, police = map[plumbline.ID]plumbline.ID{}, map[plumbline.ID]bool{}
		var groups []plumbline.ID
		forces := map[plumbline.ID]bool{}
		if err := tx.latest(plumbline.KindOrganisation, func(e plumbline.Entry) {
			o := e.(*plumbline.Organisation)
			if forces[o.ID] = o.Kind == "police"; o.Kind.Workers() {
				groups = append(groups, o.ID)
			}
		}); err != nil {
			return err
		}
		if err := tx.latest(plumbline.KindUnit, func(e plumbline.Entry) { u := e.(*plumbline.Unit); police[u.ID] = forces[u.Organisation] }); err != nil {
			return err
		}
		for _, org := range groups { // only what one of them had a part in is read
			ids, err := tx.ids("SELECT operation FROM party WHERE organisation = $1 ORDER BY operation", org)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if !counted[id] || led[id] != "" {
					continue
				}
				d, _, err := tx.load(Subject{plumbline.KindOperation, id})
				if err != nil {
					return err
				}
				led[id] = d.(*plumbline.Record).LedWithoutPolice(func(o plumbline.ID) bool { return slices.Contains(groups, o) })
			}
		}
		return nil
	})
	return led, police, err
}

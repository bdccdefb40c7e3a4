package store

import (
	"context"
	"maps"
	"slices"

	"plumbline"
	"plumbline/protocol"
)

// FiguresOf are the figures of the operations of one unit, or in one country.
type FiguresOf struct {
	Key        string // empty where nobody has told
	Operations int
	Rules      []string // by which their people were put in classes, where that is told
	Figures    []plumbline.FigureSum
}

// FiguresBy returns every figure over operations by "unit" or "country", in the
// order of their keys, from one walk over the list. It returns Forbidden when
// the actor may see no operation.
func (db *DB) FiguresBy(ctx context.Context, a plumbline.Actor, by string, f Filter) (list []FiguresOf, scope FigureScope, err error) {
	if by != "unit" && by != "country" {
		return nil, scope, plumbline.Invalid("by", "problem.not_one_of", "Got", by, "Want", "unit, country")
	}
	rows, scope, err := db.counted(ctx, a, f, f.counts)
	if err != nil {
		return nil, scope, err
	}
	return figuresBy(rows, func(r *listed) []string { return []string{(&figureCase{row: r}).key(by)} }), scope, nil
}

// figuresBy adds up operations under each of their keys, in the order of keys.
func figuresBy(rows []*listed, keys func(*listed) []string) (list []FiguresOf) {
	type group struct {
		FiguresOf
		sums plumbline.Sums
	}
	groups := map[string]*group{}
	for _, r := range rows {
		for _, key := range keys(r) {
			g := groups[key]
			if g == nil {
				g = &group{FiguresOf{Key: key}, plumbline.NewSums()}
				groups[key] = g
			}
			g.Operations++
			if r.classRule != "" {
				g.Rules = withRule(g.Rules, r.classRule)
			}
			text := portions(r.figures)
			for i := range g.sums {
				g.sums[i].Add(text.next())
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		g := groups[key]
		g.FiguresOf.Figures = g.sums.Read()
		list = append(list, g.FiguresOf)
	}
	return list
}

// A UnitSummary is a unit with how its operations stand to a protocol.
type UnitSummary struct {
	*plumbline.Unit
	Operations int
	Score      Score
}

// UnitSummaries returns the units that the actor may see, with how the
// operations of each stand to a protocol, from one walk over the list.
func (db *DB) UnitSummaries(ctx context.Context, a plumbline.Actor, name string) (list []UnitSummary, err error) {
	units, err := db.Units(ctx, a)
	if err != nil || len(units) == 0 {
		return nil, err
	}
	found, _, err := db.find(ctx, a, Filter{})
	if err != nil {
		return nil, err
	}
	type sum struct {
		operations int
		letters    [256]int
	}
	of := map[string]*sum{}
	first, p := db.place(name)
	for _, r := range found {
		s := of[r.unit]
		if s == nil {
			s = new(sum)
			of[r.unit] = s
		}
		s.operations++
		if p != nil && r.findings != "" {
			for _, letter := range []byte(r.findings[first : first+len(p.Rules)]) {
				s.letters[letter]++
			}
		}
	}
	for _, u := range units {
		row := UnitSummary{Unit: u, Score: Score{}}
		if s := of[string(u.ID)]; s != nil {
			row.Operations = s.operations
			for _, result := range []protocol.Result{protocol.Kept, protocol.Broken, protocol.Unknown, protocol.NotApplicable} {
				row.Score[result] = s.letters[letterOf(result)]
			}
		}
		list = append(list, row)
	}
	return list, nil
}

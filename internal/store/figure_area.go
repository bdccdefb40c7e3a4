package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"plumbline"
)

// A figureArea is an area as figures read it, with the operations there.
type figureArea struct {
	sheet      plumbline.AreaSheet
	operations []Summary
}

// figureAreas returns the areas that the actor may see and the filter finds,
// as the actor may read them: small numbers that are hidden from them are
// hidden from what they count too. Of the operations there are those of the
// filter's unit and kind; in the areas with which they are compared, all. It
// returns Forbidden when the actor may see no area.
func (db *DB) figureAreas(ctx context.Context, a plumbline.Actor, f Filter, counts func(plumbline.Origin) bool) (areas []*figureArea, err error) {
	found, err := db.SharedOf(ctx, a, plumbline.KindArea)
	if err != nil || f.Text != "" { // which is of operations
		return nil, err
	}
	records, sheets := map[plumbline.ID]*plumbline.AreaRecord{}, map[plumbline.ID]*figureArea{}
	for _, s := range found {
		r := s.Shared.(*plumbline.AreaRecord)
		records[r.Area.ID] = r
	}
	read := func(id plumbline.ID) (*figureArea, error) {
		if records[id] == nil || sheets[id] != nil {
			return sheets[id], nil
		}
		there, err := db.operationsIn(ctx, a, &records[id].Area)
		at := &figureArea{plumbline.AreaSheet{AreaRecord: records[id]}, there}
		at.sheet.Operations = began(there, Filter{})
		sheets[id] = at
		return at, err
	}
	for _, s := range found {
		r := s.Shared.(*plumbline.AreaRecord)
		if !counts(r.Area.Origin) || f.Area != "" && f.Area != r.Area.ID || f.Country != "" && f.Country != r.Area.Country {
			continue
		}
		all, err := read(r.Area.ID)
		if err != nil {
			return nil, err
		}
		at := *all
		at.sheet.Operations = began(at.operations, f)
		other, err := read(r.Area.Compared)
		if err != nil {
			return nil, err
		}
		if other != nil {
			at.sheet.Compared = &other.sheet
		}
		areas = append(areas, &at)
	}
	return areas, nil
}

// began lists when operations of a unit and kind began. An entry that stands
// for several has no one beginning.
func began(there []Summary, f Filter) (list []plumbline.AreaOperation) {
	for _, o := range there {
		if !o.Series && (f.Unit == "" || f.Unit == o.Unit) && (f.Kind == "" || f.Kind == o.Kind) {
			list = append(list, plumbline.AreaOperation{ID: o.ID, Began: o.Began})
		}
	}
	return list
}

// key returns where a case of a unit or an area stands in a breakdown that is
// not by time.
func (c *sourceCourse) key(by string) (key string, is bool) {
	switch by {
	case "unit":
		return string(c.unit.ID), true
	case "area":
		return string(c.area.sheet.Area.ID), true
	case "country":
		return c.area.sheet.Area.Country, true
	case "service":
		return string(c.Service), true
	case "causes":
		if c.Loss.ShutBy == "" && c.Loss.Before == "" {
			return "", true
		}
		return string(c.Loss.ShutBy) + "/" + string(c.Loss.Before), true
	}
	return "", false
}

func (c *sourceCourse) origin() plumbline.Origin {
	if c.unit != nil {
		return c.unit.Origin
	}
	return c.area.sheet.Area.Origin
}

// courses fills the page with cases of units or areas, newest first.
func (p *FigureCases) courses(cases []figureCase, f Filter) error {
	slices.SortStableFunc(cases, func(a, b figureCase) int { return cmp.Compare(b.course.At.String(), a.course.At.String()) })
	limit, from := cmp.Or(f.Limit, 25), 0
	if f.After != "" {
		n, err := strconv.Atoi(f.After)
		if err != nil || n < 0 || n > len(cases) {
			return plumbline.NotFound("page")
		}
		from = n
	}
	end := min(from+limit, len(cases))
	if end < len(cases) {
		p.Next = strconv.Itoa(end)
	}
	for _, c := range cases[from:end] {
		row := FigureCase{Unit: c.course.unit, Service: c.course.Service, Loss: c.course.Loss, At: c.course.At, Portion: c.Portion}
		if at := c.course.area; at != nil {
			row.Area = &at.sheet.Area
			if i := slices.IndexFunc(at.operations, func(o Summary) bool { return o.ID == c.course.Entry }); i >= 0 {
				row.Operation = &at.operations[i]
			}
		}
		p.Cases = append(p.Cases, row)
	}
	return nil
}

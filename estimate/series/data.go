package series

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"plumbline/estimate"
)

// data is a series in the order of time, with its model matrix.
type data struct {
	table  *estimate.Table
	n      int   // points with a value
	grid   []int // place of each point among all times of the series, from 0
	times  int   // all times, those without a value included
	time   []float64
	y      []float64 // on the scale of the model
	raw    []float64 // as it was given
	offset []float64 // logarithms
	p      int
	x      []float64 // n × p
	names  []string
	clock  []float64 // every time, with a value or without
	events []event
	season []int // columns of x that are sine or cosine
	notes  []estimate.Warning

	calendar *Calendar // nil when times are numbers
}

type event struct {
	name         string
	level, slope int       // columns of x; slope −1 without
	on           []bool    // at every point
	all          []float64 // at every time
	from         float64   // the last time before it
}

func (d *data) note(code, format string, args ...any) {
	d.notes = append(d.notes, estimate.NewWarning(code, format, args...))
}

// newData reads the series in some rows of a table. A comparison area has its
// events at the times of the area that it stands beside; that is nil otherwise.
func newData(t *estimate.Table, sp Spec, of []int, beside *data) (*data, error) {
	if len(of) == 0 {
		return nil, &estimate.InputError{File: t.Name, Wrong: "there are no rows", Want: "one row a time"}
	}
	d := &data{table: t}
	order, time, err := d.readTime(t, sp.Time, of)
	if err != nil {
		return nil, err
	}
	if beside != nil && !slices.Equal(time, beside.clock) {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Time, Wrong: fmt.Sprintf("time %s is there for one area and not for the other", d.calendar.Name(lone(time, beside.clock))), Want: "the same times for both; leave the value empty where nothing was counted, for that is not zero"}
	}
	d.clock = time
	y, err := t.Numbers(sp.Y)
	if err != nil {
		return nil, err
	}
	exposure, err := readExposure(t, sp, y)
	if err != nil {
		return nil, err
	}
	var rows []int
	for place, i := range order {
		if math.IsNaN(y[i]) {
			continue
		}
		v := y[i]
		switch {
		case sp.Family != Gaussian && (v < 0 || v != math.Trunc(v)):
			return nil, t.Bad(i, sp.Y, fmt.Sprintf("%v is not a count", v), "whole numbers from 0, or --family gaussian")
		case sp.Transform == "log" && v <= 0:
			return nil, t.Bad(i, sp.Y, fmt.Sprintf("%v has no logarithm", v), "numbers above zero, or a family of counts")
		case sp.Transform == "log":
			v = math.Log(v)
		}
		off := 0.0
		if exposure != nil {
			off = math.Log(exposure[i])
		}
		rows = append(rows, i)
		d.grid = append(d.grid, place)
		d.time = append(d.time, time[place])
		d.raw, d.y, d.offset = append(d.raw, y[i]), append(d.y, v), append(d.offset, off)
	}
	d.n = len(rows)
	if gone := d.times - d.n; gone > 0 {
		d.note("missing-values", "Values are missing at %d of %d times. That is not zero, and the model passes over them.", gone, d.times)
	}
	if d.n == 0 {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Y, Wrong: "every value is missing", Want: "a series"}
	}
	if err := d.build(t, sp, order, rows, beside); err != nil {
		return nil, err
	}
	if d.n <= d.p {
		return nil, &estimate.InputError{File: t.Name, Column: sp.Y, Wrong: fmt.Sprintf("%d points for %d coefficients", d.n, d.p), Want: "a longer series, or a model with fewer terms"}
	}
	return d, nil
}

// Times returns some rows of a table, or all when none are given, in the order
// of a column of times, or the error that Fit would give.
func Times(t *estimate.Table, column string, rows []int) ([]int, error) {
	if rows == nil {
		rows = allRows(t)
	}
	order, _, err := (&data{}).readTime(t, column, rows)
	return order, err
}

func allRows(t *estimate.Table) []int {
	rows := make([]int, t.Rows())
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// lone is the first number that is in one of two ascending lists only.
func lone(a, b []float64) float64 {
	k := 0
	for k < len(a) && k < len(b) && a[k] == b[k] {
		k++
	}
	switch {
	case k == len(a):
		return b[k]
	case k == len(b):
		return a[k]
	}
	return min(a[k], b[k])
}

// readTime returns some rows in the order of time, and the times. Times are
// equally far apart; a jump is a gap, which is an error.
func (d *data) readTime(t *estimate.Table, name string, of []int) (order []int, time []float64, err error) {
	v, err := t.Numbers(name)
	if err != nil && t.Has(name) {
		v, d.calendar, err = readCalendar(t, name)
	}
	if err != nil {
		return nil, nil, err
	}
	for _, i := range of {
		if math.IsNaN(v[i]) {
			return nil, nil, t.Bad(i, name, "the time is missing", "a time in every row")
		}
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case v[a] < v[b]:
			return -1
		case v[a] > v[b]:
			return 1
		}
		return 0
	})
	step := math.Inf(1)
	for k, i := range order {
		time = append(time, v[i])
		if k > 0 {
			if v[i] == time[k-1] {
				return nil, nil, t.Bad(i, name, fmt.Sprintf("time %s occurs twice", d.calendar.Name(v[i])), "one row a time: add the rows up, or mark a comparison area with --control")
			}
			step = min(step, v[i]-time[k-1])
		}
	}
	for k := 1; k < len(time); k++ {
		if gap := (time[k] - time[k-1]) / step; math.Abs(gap-1) > 1e-6 {
			return nil, nil, t.Bad(order[k], name, fmt.Sprintf("time goes from %s to %s in steps of %v", d.calendar.Name(time[k-1]), d.calendar.Name(time[k]), step), "a row for every time; leave the value empty where nothing was counted, for that is not zero")
		}
	}
	d.times = len(time)
	return order, time, nil
}

func readExposure(t *estimate.Table, sp Spec, y []float64) ([]float64, error) {
	if sp.Offset == "" {
		return nil, nil
	}
	v, err := t.Numbers(sp.Offset)
	if err != nil {
		return nil, err
	}
	for i, x := range v {
		if math.IsNaN(y[i]) {
			continue
		}
		if math.IsNaN(x) {
			return nil, t.Bad(i, sp.Offset, "the exposure is missing", "an exposure wherever there is a value")
		}
		if x <= 0 {
			return nil, t.Bad(i, sp.Offset, fmt.Sprintf("the exposure is %v", x), "a number above zero; leave the value of "+sp.Y+" empty where nothing could be counted")
		}
	}
	return v, nil
}

// build makes the model matrix: intercept, time, events, harmonics, covariates.
func (d *data) build(t *estimate.Table, sp Spec, order, rows []int, beside *data) error {
	var columns [][]float64
	add := func(name string, v []float64) int {
		d.names = append(d.names, name)
		columns = append(columns, v)
		return len(columns) - 1
	}
	ones := make([]float64, d.n)
	for k := range ones {
		ones[k] = 1
	}
	add("intercept", ones)
	add("time", d.time)
	for k, name := range sp.Events {
		all, err := d.readEvent(t, sp, name, order)
		if err == nil && beside != nil {
			all, err = d.sameTimes(name, order, all, beside.events[k].all)
		}
		if err != nil {
			return err
		}
		e, level, err := d.place(sp, name, all)
		if err != nil {
			return err
		}
		number := ""
		if len(sp.Events) > 1 {
			number = strconv.Itoa(k + 1)
		}
		e.level = add("level"+number, level)
		e.slope = -1
		if sp.Slope {
			v := make([]float64, d.n)
			for k := range v {
				v[k] = level[k] * (d.time[k] - e.from)
			}
			e.slope = add("slope"+number, v)
		}
		d.events = append(d.events, e)
	}
	for k := 1; k <= sp.Harmonics; k++ {
		s, c := make([]float64, d.n), make([]float64, d.n)
		for i, x := range d.time {
			s[i], c[i] = math.Sincos(2 * math.Pi * float64(k) * x / sp.Period)
		}
		d.season = append(d.season, add(fmt.Sprintf("sin%d", k), s), add(fmt.Sprintf("cos%d", k), c))
	}
	for _, name := range sp.Covariates {
		if slices.Contains(d.names, name) {
			return option("covariates", fmt.Sprintf("%q is already in the model", name), "other columns, or another name")
		}
		v, err := t.Numbers(name)
		if err != nil {
			return err
		}
		x := make([]float64, d.n)
		for k, i := range rows {
			if math.IsNaN(v[i]) {
				return t.Bad(i, name, "the covariate is missing", "a value wherever the series has one")
			}
			x[k] = v[i]
		}
		add(name, x)
	}
	d.p = len(columns)
	d.x = make([]float64, d.n*d.p)
	for a, c := range columns {
		for k, v := range c {
			d.x[k*d.p+a] = v
		}
	}
	return nil
}

// readEvent returns the level of an event at every time.
func (d *data) readEvent(t *estimate.Table, sp Spec, name string, order []int) ([]float64, error) {
	time, all := d.clock, make([]float64, len(d.clock))
	if at, ok := d.calendar.at(name); ok {
		if !(at > time[0] && at <= time[len(time)-1]) {
			return nil, &estimate.InputError{File: t.Name, Column: sp.Time, Wrong: fmt.Sprintf("the event at %s is outside the series, which runs from %s to %s", name, d.calendar.Name(time[0]), d.calendar.Name(time[len(time)-1])), Want: "an event after the first time and up to the last"}
		}
		for k, x := range time {
			if x >= at {
				all[k] = 1
			}
		}
		return all, nil
	}
	v, err := t.Numbers(name)
	if err != nil {
		return nil, err
	}
	for k, i := range order {
		if v[i] != 0 && v[i] != 1 {
			wrong := fmt.Sprintf("the event is %v", v[i])
			if math.IsNaN(v[i]) {
				wrong = "the event is missing"
			}
			return nil, t.Bad(i, name, wrong, "0 or 1 in every row")
		}
		all[k] = v[i]
	}
	return all, nil
}

// sameTimes is the level of an event in the comparison area: that of the area
// that it stands beside, for the column may say 0 throughout where nothing
// happened.
func (d *data) sameTimes(name string, order []int, own, other []float64) ([]float64, error) {
	if slices.Contains(own, 1) {
		for k := range own {
			if own[k] != other[k] {
				return nil, d.table.Bad(order[k], name, fmt.Sprintf("the event is %v in the comparison area and %v in the other", own[k], other[k]), "0 throughout in the comparison area, or the times of the other")
			}
		}
	}
	return other, nil
}

// place returns an event and its level at every point.
func (d *data) place(sp Spec, name string, all []float64) (event, []float64, error) {
	e := event{name: name, on: make([]bool, d.n), all: all}
	level := make([]float64, d.n)
	spells, first := 0, -1
	for k, x := range all {
		if x == 1 && (k == 0 || all[k-1] == 0) {
			spells++
			if first < 0 {
				first = k
			}
		}
	}
	some := [2]bool{}
	for k, place := range d.grid {
		level[k] = all[place]
		e.on[k] = level[k] == 1
		some[int(level[k])] = true
	}
	if !some[0] || !some[1] {
		which := map[bool]string{true: "never", false: "always"}[some[0]]
		return e, nil, &estimate.InputError{File: d.table.Name, Column: name, Wrong: "the event is " + which + " on where there are values", Want: "values without the event and with it"}
	}
	if first == 0 {
		e.from = d.clock[0] - (d.clock[1] - d.clock[0])
		d.note("no-before", "Event %s is on from the first time, so nothing shows what was before it.", name)
	} else {
		e.from = d.clock[first-1]
	}
	if sp.Slope && spells > 1 {
		d.note("slope-of-windows", "Event %s goes on and off %d times; its change of slope is counted from the first time, which may mean little.", name, spells)
	}
	return e, level, nil
}

func (d *data) count(e event) (before, after int) {
	for _, on := range e.on {
		if on {
			after++
		} else {
			before++
		}
	}
	return before, after
}

func (d *data) overlap(a, b event) bool {
	for k := range a.on {
		if a.on[k] && b.on[k] {
			return true
		}
	}
	return false
}

package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"plumbline"
	"plumbline/protocol"
)

// A Task is something that a record needs, with the record's title.
type Task struct {
	plumbline.Task
	Operation plumbline.ID // empty when it is of a unit
	Unit      plumbline.ID // empty when it is of an operation
	Matter    plumbline.ID // of an answer that is owed
	Title     string
}

// soon is how far ahead tasks are shown, owed how far those of an organisation
// that owes its account, and stale how long after they were due: by then the
// lists of what is open tell more than a reminder.
const (
	soon  = 5 * 24 * time.Hour
	owed  = 15 * 24 * time.Hour
	stale = 120 * 24 * time.Hour
)

// MaxTasks bounds how many tasks are returned.
const MaxTasks = 60

// Tasks returns what needs the actor at this moment or within days, the most
// overdue first: what may be recorded by them in operations of one origin and
// in units, and what their organisation owes. More says that there are more
// than MaxTasks.
func (db *DB) Tasks(ctx context.Context, a plumbline.Actor, o plumbline.Origin) (list []Task, more bool, err error) {
	if err := db.upToDate(ctx); err != nil {
		return nil, false, err
	}
	err = db.view(ctx, func(tx *Tx) error {
		list, more = nil, false
		for _, part := range []struct {
			deed         plumbline.Deed
			organisation plumbline.ID
			ahead        time.Duration
		}{{plumbline.RecordFacts, "", soon}, {plumbline.FileAccount, a.Organisation, owed}} {
			if part.deed == plumbline.FileAccount && a.Organisation == "" {
				continue
			}
			some, err := tx.tasksFor(a, part.deed, part.organisation, part.ahead, o)
			if err != nil {
				return err
			}
			list = append(list, some...)
		}
		of, err := tx.unitTasks(a, o)
		if err != nil {
			return err
		}
		list = append(list, of...)
		owe, err := tx.matterTasks(a, o)
		list = append(list, owe...)
		return err
	})
	slices.SortStableFunc(list, func(a, b Task) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Operation, b.Operation)) })
	if len(list) > MaxTasks {
		list, more = list[:MaxTasks], true
	}
	return list, more, err
}

func (tx *Tx) tasksFor(a plumbline.Actor, deed plumbline.Deed, organisation plumbline.ID, ahead time.Duration, o plumbline.Origin) (list []Task, err error) {
	where, args, ok := scopeOf(a, deed)
	if !ok {
		return nil, nil
	}
	and := func(condition string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	and("task.organisation = $%d", organisation)
	and("task.due > $%d", tx.now.Add(-stale).UnixMicro())
	and("task.due <= $%d", tx.now.Add(ahead).UnixMicro())
	and("origin = $%d", o)
	err = tx.each(func(scan func(...any) error) error {
		var t Task
		t.Task, err = scanTask(scan, &t.Operation, &t.Title)
		list = append(list, t)
		return err
	}, "SELECT operation.id, operation.title, task.kind, task.entry, task.due, task.organisation, task.what, task.people FROM task JOIN operation ON operation.id = task.operation"+
		whereClause(where)+fmt.Sprintf(" ORDER BY task.due, task.operation, task.n LIMIT %d", MaxTasks+1), args...)
	return list, err
}

// unitTasks returns the open actions of the units whose record the actor may
// keep.
func (tx *Tx) unitTasks(a plumbline.Actor, o plumbline.Origin) (list []Task, err error) {
	if !plumbline.May(a, plumbline.KeepUnits, plumbline.Stranger) && len(a.Units) == 0 {
		return nil, nil
	}
	var found []Task
	if err := tx.each(func(scan func(...any) error) error {
		var t Task
		t.Task, err = scanTask(scan, &t.Unit)
		found = append(found, t)
		return err
	}, "SELECT of_unit, kind, entry, due, organisation, what, people FROM task WHERE of_unit <> '' AND organisation = '' AND due > $1 AND due <= $2 ORDER BY due, of_unit, n LIMIT $3",
		tx.now.Add(-stale).UnixMicro(), tx.now.Add(soon).UnixMicro(), MaxTasks+1); err != nil {
		return nil, err
	}
	for _, t := range found {
		u, err := tx.unit(a, t.Unit)
		if plumbline.ProblemsOf(err) != nil {
			continue // not one that they see
		}
		if err != nil {
			return nil, err
		}
		if t.Title = u.Unit.Name; u.MayKeep && u.Unit.Origin == o {
			list = append(list, t)
		}
	}
	return list, nil
}

func scanTask(scan func(...any) error, before ...any) (t plumbline.Task, err error) {
	var due int64
	var people string
	if err := scan(append(before, &t.Kind, &t.Entry, &due, &t.Organisation, &t.What, &people)...); err != nil {
		return t, err
	}
	t.Due = time.UnixMicro(due).UTC()
	t.People, err = plumbline.ParseCount(people)
	return t, err
}

// taskColumns returns a task as it is kept.
func taskColumns(t plumbline.Task) []any {
	return []any{string(t.Kind), string(t.Entry), t.Due.UnixMicro(), string(t.Organisation), t.What, t.People.Text()}
}

// tasks reads what is kept of what one record needs.
func (tx *Tx) tasks(operation, unit plumbline.ID) (list []plumbline.Task, err error) {
	err = tx.each(func(scan func(...any) error) error {
		t, err := scanTask(scan)
		list = append(list, t)
		return err
	}, "SELECT kind, entry, due, organisation, what, people FROM task WHERE operation = $1 AND of_unit = $2 ORDER BY n", operation, unit)
	return list, err
}

// putTasks writes what one record needs, where it has changed.
func (tx *Tx) putTasks(operation, unit plumbline.ID, tasks []plumbline.Task) error {
	old, err := tx.tasks(operation, unit)
	if err != nil || (&derived{tasks: old}).text() == (&derived{tasks: tasks}).text() {
		return err
	}
	if len(old) > 0 {
		if err := tx.exec("DELETE FROM task WHERE operation = $1 AND of_unit = $2", operation, unit); err != nil {
			return err
		}
	}
	n := 0
	for some := range slices.Chunk(tasks, 100) {
		var args []any
		for _, t := range some {
			args = append(append(args, operation, unit, n), taskColumns(t)...)
			n++
		}
		if err := tx.exec("INSERT INTO task (operation, of_unit, n, kind, entry, due, organisation, what, people) VALUES "+marks(len(args), 9), args...); err != nil {
			return err
		}
	}
	return nil
}

// clocks returns the clocks of a protocol's core rules as tasks: one for all
// that run, due with the next, and one for all that have run out in silence,
// due with the last.
func clocks(p *protocol.Protocol, report *protocol.Report) (tasks []plumbline.Task) {
	running, passed := plumbline.Task{Kind: plumbline.TaskClock, What: p.Name}, plumbline.Task{Kind: plumbline.TaskPassed, What: p.Name}
	n, m := 0, 0
	for _, f := range report.Findings {
		switch {
		case !p.Rule(f.Rule).Core:
		case f.NotYetDue:
			if n++; n == 1 || f.Due.Before(running.Due) {
				running.Due, running.Entry = f.Due, plumbline.ID(f.Rule)
			}
		case f.Overdue:
			if m++; m == 1 || f.Due.After(passed.Due) {
				passed.Due, passed.Entry = f.Due, plumbline.ID(f.Rule)
			}
		}
	}
	if running.People = plumbline.Exactly(n); n > 0 {
		tasks = append(tasks, running)
	}
	if passed.People = plumbline.Exactly(m); m > 0 {
		tasks = append(tasks, passed)
	}
	return tasks
}

// organisationOf returns the organisation of a unit; nothing when there is no
// such unit.
func (tx *Tx) organisationOf(unit plumbline.ID) (plumbline.ID, error) {
	if unit == "" {
		return "", nil
	}
	var body string
	found, err := tx.one([]any{&body}, "SELECT body FROM revision WHERE subject = $1 AND id = $2 AND latest = 1", Subject{plumbline.KindUnit, unit}.String(), unit)
	if !found || err != nil {
		return "", err
	}
	var u plumbline.Unit
	if err := json.Unmarshal([]byte(body), &u); err != nil {
		return "", fmt.Errorf("%w: decode unit %s: %w", errUnreadable, unit, err)
	}
	return u.Organisation, nil
}

// deriveWhere derives the operations of a condition anew.
func (tx *Tx) deriveWhere(condition string, args ...any) error {
	ids, err := tx.ids("SELECT id FROM operation WHERE "+condition+" ORDER BY id", args...)
	if err != nil {
		return err
	}
	return tx.deriveAll(ids)
}

// deriveUnits derives what every unit needs anew.
func (tx *Tx) deriveUnits() error {
	ids, err := tx.ids("SELECT id FROM revision WHERE kind = 'unit' AND latest = 1 ORDER BY id")
	if err != nil {
		return err
	}
	for _, id := range ids {
		d, _, err := tx.load(Subject{plumbline.KindUnit, id})
		if err != nil {
			return err
		}
		if err := tx.putTasks("", id, d.(*plumbline.UnitRecord).Tasks()); err != nil {
			return err
		}
	}
	return nil
}

// parties reads which organisations took part in an operation.
func (tx *Tx) parties(operation plumbline.ID) ([]plumbline.ID, error) {
	return tx.ids("SELECT organisation FROM party WHERE operation = $1 ORDER BY organisation", operation)
}

// putParties writes which organisations took part in an operation, where that
// has changed.
func (tx *Tx) putParties(operation plumbline.ID, parties []plumbline.ID) error {
	old, err := tx.parties(operation)
	if err != nil || slices.Equal(old, parties) {
		return err
	}
	if err := tx.exec("DELETE FROM party WHERE operation = $1", operation); err != nil {
		return err
	}
	for some := range slices.Chunk(parties, 100) {
		var args []any
		for _, p := range some {
			args = append(args, operation, p)
		}
		if err := tx.exec("INSERT INTO party (operation, organisation) VALUES "+marks(len(args), 2), args...); err != nil {
			return err
		}
	}
	return nil
}

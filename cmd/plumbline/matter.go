package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"plumbline"
)

var matterListCommand = command{
	name: "matter list",
	line: "list what was raised and who owes an answer",
	help: `plumbline matter list [--of ORGANISATION] [--kind KIND] [--at DAY] [--db …] [--json]

  plumbline matter list --kind criticism --db site.db

Overdue first, then what is open, the oldest first. Only an answer by the
organisation that a matter was put to counts.`,
	run: func(ctx context.Context, c *call) error {
		of := c.flags.String("of", "", "only what this `organisation` raised or owes")
		kind := c.flags.String("kind", "", "only this `kind`: "+strings.Join(plumbline.MatterKind("").Values(), ", "))
		day := c.flags.String("at", "", "the `day`, as 2026-03-31; today when not given")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db")
		if err := c.parse(0, 0); err != nil {
			return err
		}
		if *kind != "" && !slices.Contains(plumbline.MatterKind("").Values(), *kind) {
			return usageError{fmt.Sprintf("--kind %q is no kind of matter", *kind), "one of " + strings.Join(plumbline.MatterKind("").Values(), ", ")}
		}
		at, err := dayOf(*day)
		if err != nil {
			return err
		}
		db, err := c.readable(ctx, conf)
		if err != nil {
			return err
		}
		defer db.Close()
		if at.IsZero() {
			at = db.Now()
		}
		shared, err := db.SharedOf(ctx, operator, plumbline.KindMatter)
		if err != nil {
			return err
		}
		var list []*plumbline.MatterRecord
		for _, d := range shared {
			r := d.Shared.(*plumbline.MatterRecord)
			m := &r.Matter
			if (*kind == "" || *kind == string(m.Kind)) && (*of == "" || *of == string(m.To) || *of == string(m.RaisedBy)) {
				list = append(list, r)
			}
		}
		plumbline.ByNeed(list, at)
		if *asJSON {
			rows := []map[string]any{}
			for _, r := range list {
				rows = append(rows, matterJSON(r, at))
			}
			return printJSON(c.out, map[string]any{"at": at.UTC().Format(time.RFC3339), "matters": rows})
		}
		w := table(c.out)
		fmt.Fprintln(w, "ID\tKIND\tRAISED\tBY\tPUT TO\tSTANDS\tDAYS\tTITLE")
		for _, r := range list {
			m, s := &r.Matter, r.State(at)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", m.ID, spaced(m.Kind), m.At, m.RaisedBy, dash(string(m.To)), spaced(s.Standing), daysOf(s.Age), m.Title)
		}
		return w.Flush()
	},
}

var matterShowCommand = command{
	name: "matter show",
	line: "say what was raised, what was answered, what changed and who looked",
	help: `plumbline matter show ID [--at DAY] [--db …] [--json]

  plumbline matter show papers-to-employers --db site.db`,
	run: func(ctx context.Context, c *call) error {
		day := c.flags.String("at", "", "the `day`, as 2026-03-31; today when not given")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		at, err := dayOf(*day)
		if err != nil {
			return err
		}
		db, err := c.readable(ctx, conf)
		if err != nil {
			return err
		}
		defer db.Close()
		if at.IsZero() {
			at = db.Now()
		}
		r, err := sharedRecord[*plumbline.MatterRecord](ctx, db, plumbline.KindMatter, c.args[0])
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c.out, matterJSON(r, at))
		}
		tellRaised(c.out, r, at)
		return nil
	},
}

func tellRaised(out io.Writer, r *plumbline.MatterRecord, at time.Time) {
	m, s := &r.Matter, r.State(at)
	fmt.Fprintf(out, "%s\n%s, raised by %s on %s, put to %s\n", m.Title, spaced(m.Kind), m.RaisedBy, m.At, cmp.Or(string(m.To), "nobody"))
	fmt.Fprintf(out, "Stands: %s", spaced(s.Standing))
	if s.IsOpen() && !s.Due.IsZero() {
		fmt.Fprintf(out, ", due by %s", s.Due.Format(time.DateOnly))
	}
	fmt.Fprintf(out, "; changed, as who answered says: %s; as others saw: %s\n  %s\n", said(s.Changed), said(s.Seen), oneLine(string(m.Text)))
	if len(r.Answers) == 0 {
		fmt.Fprintln(out, "No answer is on record.")
	}
	for _, a := range r.Answers {
		note := ""
		if a.Organisation != m.To {
			note = " (does not owe the answer: counts for nothing)"
		}
		fmt.Fprintf(out, "Answer of %s, %s%s\n  %s\n", a.Organisation, a.At, note, oneLine(string(a.Text)))
	}
	if !s.LookedAt {
		fmt.Fprintln(out, "Nobody else is on record as having looked into it.")
	}
	for _, l := range r.Looks {
		fmt.Fprintf(out, "Looked into by %s, %s; independent: %s\n  %s\n", l.Organisation, l.At, said(l.Independent), oneLine(string(l.Found)))
	}
}

// matterJSON is a matter with its state, as a program reads it.
func matterJSON(r *plumbline.MatterRecord, at time.Time) map[string]any {
	s := r.State(at)
	out := map[string]any{"matter": r.Matter, "answers": append([]*plumbline.Answering{}, r.Answers...), "looks": append([]*plumbline.Look{}, r.Looks...),
		"standing": s.Standing, "due": nil, "days": daysOf(s.Age), "changed": truth(s.Changed), "changed_as_seen": truth(s.Seen), "looked_into": s.LookedAt, "independent": truth(s.Apart)}
	if !s.Due.IsZero() {
		out["due"] = s.Due.UTC().Format(time.RFC3339)
	}
	return out
}

func daysOf(d time.Duration) int { return int(d.Hours() / 24) }

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

var areaListCommand = command{
	name: "area list",
	line: "list the areas, with what is told of each",
	help: `plumbline area list [--db …] [--json]

  plumbline area list --db site.db

CONTACTS are the months and other times of which somebody counted who came.`,
	run: func(ctx context.Context, c *call) error {
		db, asJSON, err := c.site(ctx, 0, 0)
		if err != nil {
			return err
		}
		defer db.Close()
		list, err := db.SharedOf(ctx, operator, plumbline.KindArea)
		if err != nil {
			return err
		}
		rows := []plumbline.Area{}
		w := table(c.out)
		if !asJSON {
			fmt.Fprintln(w, "ID\tCONTACTS\tSHUT OUT\tFACTORS\tCOMPARED WITH\tNAME")
		}
		for _, d := range list {
			r := d.Shared.(*plumbline.AreaRecord)
			rows = append(rows, r.Area)
			if !asJSON {
				fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%s\n", r.Area.ID, len(r.Contacts), len(r.Losses), len(r.Factors), dash(string(r.Area.Compared)), r.Area.Name)
			}
		}
		if asJSON {
			return printJSON(c.out, map[string]any{"areas": rows})
		}
		return w.Flush()
	},
}

var areaShowCommand = command{
	name: "area show",
	line: "say who was served in an area, what shut services out, and what else changed",
	help: `plumbline area show ID [--db …] [--json]

  plumbline area show harbour-district
  plumbline area show harbour-district --json > harbour.json

A month nobody told of is a dash, and one of which not everybody told who counts
the service there is "at least": neither is nought. Contacts count who came, not
who could not. Small counts by nationality or by who did violence are shown as
"at most 4". --json has everything that is told, and the months summed.`,
	run: func(ctx context.Context, c *call) error {
		db, asJSON, err := c.site(ctx, 1, 1)
		if err != nil {
			return err
		}
		defer db.Close()
		a, err := db.Area(ctx, operator, plumbline.ID(c.args[0]))
		if errors.Is(err, plumbline.ErrNotFound) {
			return usageError{fmt.Sprintf("there is no area %q", c.args[0]), "plumbline area list shows the ids"}
		}
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(c.out, areaJSON(a, db.Now()))
		}
		tellArea(c, a, db.Now())
		return nil
	},
}

// tellArea writes an area for people: months, then each time a service was
// shut out with both causes, then what else changed.
func tellArea(c *call, a *store.Area, now time.Time) {
	fmt.Fprintln(c.out, a.Name())
	if a.Compared != nil {
		fmt.Fprintf(c.out, "compared with %s: %s\n", a.Compared.Name(), dash(string(a.Record.Area.Why)))
	}
	months := plumbline.Span(a.Record)
	all := a.Record.Series(months)
	if len(months) == 0 {
		fmt.Fprintln(c.out, "\nNobody has told how many came to a service in a month. That is not nought.")
	} else {
		fmt.Fprintln(c.out, "\nContacts a month")
		w := table(c.out)
		fmt.Fprint(w, "  MONTH")
		for _, s := range all {
			fmt.Fprint(w, "\t"+strings.ToUpper(string(s.Service)))
		}
		fmt.Fprintln(w, "\tOPERATIONS")
		for i, m := range months {
			fmt.Fprint(w, "  "+m)
			for _, s := range all {
				told := "-"
				if s.Months[i].Told {
					told = s.Months[i].Contacts.String()
				}
				fmt.Fprint(w, "\t"+told)
			}
			fmt.Fprintf(w, "\t%d\n", operationsIn(a, m))
		}
		_ = w.Flush() // to the writer of the command
	}
	fmt.Fprintln(c.out, "\nServices shut out")
	if len(a.Record.Losses) == 0 {
		fmt.Fprintln(c.out, "  none is told, which is not that none was")
	}
	for _, l := range a.Record.Losses {
		fmt.Fprintf(c.out, "  %s to %s: days %s\n    shut by %s (says %s); before: %s (says %s)\n", dash(l.From.String()), dash(l.Until.String()), l.Days(now),
			dash(string(l.ShutBy)), dash(l.ShutByWho), dash(string(l.Before)), dash(l.BeforeWho))
	}
	if len(a.Record.Factors) > 0 {
		fmt.Fprintln(c.out, "\nWhat else changed")
	}
	for _, f := range a.Record.Factors {
		fmt.Fprintf(c.out, "  %s to %s: %s\n", dash(f.From.String()), dash(f.Until.String()), f.What)
	}
}

func operationsIn(a *store.Area, m plumbline.YearMonth) (n int) {
	for _, o := range a.Operations {
		if at, ok := o.Began.Month(); ok && at == m && !o.Series {
			n++
		}
	}
	return n
}

// areaJSON is an area as scripts read it.
func areaJSON(a *store.Area, now time.Time) map[string]any {
	months := plumbline.Span(a.Record)
	all := a.Record.Series(months)
	rows := []map[string]any{}
	for i, m := range months {
		row := map[string]any{"month": m, "operations": operationsIn(a, m)}
		services := map[string]any{}
		for _, s := range all {
			n := s.Months[i]
			services[string(s.Service)] = map[string]any{"told": n.Told, "contacts": n.Contacts, "new": n.New, "returning": n.Returning, "condoms": n.Condoms, "tests": n.Tests, "staff_hours": n.StaffHours, "missing": append([]plumbline.ID{}, n.Missing...)}
		}
		row["services"] = services
		rows = append(rows, row)
	}
	days := map[plumbline.ID]plumbline.Count{}
	for _, l := range a.Record.Losses {
		days[l.ID] = l.Days(now)
	}
	operations := []plumbline.ID{}
	for _, o := range a.Operations {
		operations = append(operations, o.ID)
	}
	return map[string]any{"record": a.Record, "months": rows, "days_without_access": days, "operations": operations}
}

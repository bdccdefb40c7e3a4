package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

var programmeListCommand = command{
	name: "programme list",
	line: "list the programmes (grants) on record",
	help: `plumbline programme list [--db …] [--json]

  plumbline programme list --db site.db`,
	run: func(ctx context.Context, c *call) error {
		db, asJSON, err := c.site(ctx, 0, 0)
		if err != nil {
			return err
		}
		defer db.Close()
		list, err := db.Programmes(ctx, operator)
		if err != nil {
			return err
		}
		if asJSON {
			rows := []plumbline.Programme{}
			for _, p := range list {
				rows = append(rows, p.Programme)
			}
			return printJSON(c.out, map[string]any{"programmes": rows})
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tLAUNCHED\tENDS\tPAID BY\tOBJECTIONS\tNAME")
		for _, p := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", p.Programme.ID, dash(p.Programme.Began.String()), dash(p.Programme.Ended.String()), p.Programme.Funder, len(p.Objections), p.Programme.Name)
		}
		return w.Flush()
	},
}

// sections are the five answers of a programme, in the order of the page.
var sections = []struct {
	name string
	tell func(io.Writer, *store.Review)
}{{"states", tellStates}, {"targets", tellTargets}, {"harm", tellHarm}, {"objections", tellObjections}, {"money", tellMoney}}

var programmeShowCommand = command{
	name: "programme show",
	line: "say what became of a programme's people, targets, objections and money",
	help: `plumbline programme show ID [--only SECTION] [--at DAY] [--db …] [--json]

  plumbline programme show safe-harbour --only targets

SECTION is one of
  states      of those met: how many were taken away, placed, removed from the
              country, and where they are today
  targets     whether counts or definitions shifted near a reporting date
  harm        results and harm, in all and by year, never netted into one score
  objections  who advised against it, and what was answered
  money       how the money is split, and how much that is a person

Numbers are of the operations that say that the programme paid for them. "at
least" and "not known" are carried through, and not known is never nought.
--at says what the record, as it is today, tells of another day.`,
	run: func(ctx context.Context, c *call) error {
		only := c.flags.String("only", "", "one `section`")
		day := c.flags.String("at", "", "the `day`, as 2026-03-31; today when not given")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		var names []string
		for _, s := range sections {
			names = append(names, s.name)
		}
		if *only != "" && !slices.Contains(names, *only) {
			return usageError{fmt.Sprintf("--only %q is no section", *only), "one of " + strings.Join(names, ", ")}
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
		v, err := db.Review(ctx, operator, plumbline.ID(c.args[0]), at)
		if errors.Is(err, plumbline.ErrNotFound) {
			return usageError{fmt.Sprintf("there is no programme %q", c.args[0]), "plumbline programme list shows the ids"}
		}
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c.out, reviewJSON(v, *only))
		}
		p := v.Of.Programme
		fmt.Fprintf(c.out, "%s, paid by %s, %s to %s\nOperations summed: %d", p.Name, p.Funder, dash(p.Began.String()), dash(p.Ended.String()), v.Operations)
		if v.Series > 0 {
			fmt.Fprintf(c.out, "; left out, as each stands for several: %d", v.Series)
		}
		fmt.Fprintln(c.out)
		for _, s := range sections {
			if *only == "" || *only == s.name {
				s.tell(c.out, v)
			}
		}
		return nil
	},
}

// dayOf reads a day and returns its end; the zero time for none.
func dayOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, usageError{fmt.Sprintf("--at %q is no day", text), "write it as 2026-03-31"}
	}
	return t.AddDate(0, 0, 1).Add(-time.Second), nil
}

// lineWords are the names of a review's numbers as people read them.
var lineWords = map[string]string{
	"met": "people met", "moved": "taken or kept somewhere", "placed": "placed in a shelter or home", "removed": "removed from the country",
	"in_care": "in care", "left": "left, or were let go", "returned_home": "returned home", "out_of_country": "out of the country, removed", "held": "held, arrested or charged", "died": "died",
	"under_way": "still at the scene or under way", "unknown": "unknown: nobody has told",
}

func table(out io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(out, 0, 4, 2, ' ', 0) }

func tellLines(out io.Writer, title string, list []plumbline.ReviewLine) {
	fmt.Fprintln(out, "  "+title)
	w := table(out)
	for _, f := range list {
		fmt.Fprintf(w, "    %s\t%s\n", lineWords[f.Name], f.Count)
	}
	_ = w.Flush() // to the writer of the command
}

func tellStates(out io.Writer, v *store.Review) {
	fmt.Fprintln(out, "\nWhat became of the people met")
	if v.Operations == 0 {
		fmt.Fprintln(out, "  no operation says that this programme paid for it")
		return
	}
	tellLines(out, "at any time", v.Ever)
	tellLines(out, "on "+v.At.Format(time.DateOnly)+" (who is unknown may be in any of these)", v.Now)
}

func tellTargets(out io.Writer, v *store.Review) {
	fmt.Fprintln(out, "\nWhom the targets count")
	if len(v.Targets) == 0 {
		fmt.Fprintln(out, "  no target is on record")
	}
	for _, t := range v.Targets {
		fmt.Fprintf(out, "  %s, wanted: %s\n", t.Title, t.People)
		w := table(out)
		for _, d := range t.Definitions {
			fmt.Fprintf(w, "    definition %s\tfrom %s\tcounts everybody met today: %s\t%s\n", d.Version, dash(d.From.String()), d.Recount, d.Text)
		}
		_ = w.Flush()
		for _, r := range t.Reports {
			fmt.Fprintf(out, "    report of %s, reported: %s\n", r.Due, r.Reported)
			if !r.Come {
				fmt.Fprintln(out, "      this day has not come")
				continue
			}
			if r.Borne == plumbline.No {
				fmt.Fprintln(out, "      what was reported is not what the record holds")
			}
			fmt.Fprintf(out, "      on record by then: %s; in the last %d days: %s; in three times as long before: %s\n", r.ByThen, plumbline.ShiftDays, r.Last, r.Usual)
			fmt.Fprintf(out, "      counts shifted: %s; definition changed within %d days: %s\n", said(r.Shifted), plumbline.ShiftDays, said(r.Redefined))
		}
		w = table(out)
		for _, m := range t.Months {
			for _, i := range m.New {
				fmt.Fprintf(w, "    ------\tdefinition %s begins: numbers above and below count different people\n", t.Definitions[i].Version)
			}
			fmt.Fprintf(w, "    %s", m.Start.Format("2006-01"))
			for i, n := range m.Counts {
				fmt.Fprintf(w, "\tby definition %s: %s", t.Definitions[i].Version, n)
			}
			if len(m.Due) > 0 {
				fmt.Fprint(w, "\treport due")
			}
			fmt.Fprintln(w)
		}
		_ = w.Flush()
	}
}

// tellHarm writes results and harm beneath each other, in sum and by year; both
// as the figures of the record are counted.
func tellHarm(out io.Writer, v *store.Review) {
	fmt.Fprintln(out, "\nWhat harm stands beside the results")
	if v.Operations == 0 {
		fmt.Fprintln(out, "  no operation says that this programme paid for it")
		return
	}
	for _, side := range []plumbline.FigureSide{plumbline.Result, plumbline.Harm} {
		w := table(out)
		fmt.Fprintf(w, "  %s\tIN ALL\tHOW MANY", strings.ToUpper(english.T("figure_side."+string(side))))
		for _, y := range v.Years {
			fmt.Fprintf(w, "\t%s", span(y))
		}
		fmt.Fprintln(w)
		var none []string
		for i, s := range v.Figures {
			d := s.Definition
			if d.Side != side {
				continue
			}
			if s.Cases == 0 {
				none = append(none, d.Name)
				continue
			}
			fmt.Fprintf(w, "  %s\t%s\t%s", d.Name, s.Text(d.Unit), howMany(s))
			for _, y := range v.Years {
				fmt.Fprintf(w, "\t%s", y.Figures[i].Text(d.Unit))
			}
			fmt.Fprintln(w)
		}
		_ = w.Flush()
		if len(none) > 0 {
			fmt.Fprintf(out, "  nothing on record to which these apply: %s\n", strings.Join(none, ", "))
		}
	}
	fmt.Fprintln(out, "  The two are not netted, and figures overlap: figure show NAME says what one counts, --json has them by quarter and for each operation.")
}

// howMany writes the counts behind a figure. Where nobody knows of how many in
// some cases, those are in the first number and not in the figure.
func howMany(s plumbline.FigureSum) string {
	switch of := s.Denominator; {
	case of == nil || s.Unbounded > 0:
		return s.Numerator.String()
	case s.Definition.Unit == plumbline.Percent:
		return s.Numerator.String() + " of " + of.String()
	default:
		return s.Numerator.String() + " in " + of.String()
	}
}

// span names a period, or those that stand together.
func span(p plumbline.ReviewPeriod) string {
	if p.From == p.Until {
		return p.From
	}
	return p.From + " to " + p.Until
}

// heard says what became of an objection.
func heard(o plumbline.ObjectionReview) string {
	switch {
	case len(o.Replies) == 0:
		return "no answer on record"
	case o.Heard == plumbline.Yes:
		return "answered before the launch"
	case o.Heard == plumbline.No:
		return "answered after the launch"
	}
	return "answered; before or after the launch is not known"
}

func tellObjections(out io.Writer, v *store.Review) {
	fmt.Fprintln(out, "\nWho advised against it")
	if len(v.Objections) == 0 {
		fmt.Fprintln(out, "  no objection is on record, which is not that nobody objected")
	}
	for _, o := range v.Objections {
		when := map[plumbline.Answer]string{plumbline.Yes: "before the launch", plumbline.No: "after the launch"}[o.InTime]
		if when == "" {
			when = "before or after the launch is not known"
		}
		fmt.Fprintf(out, "  %s, %s, %s; %s\n    %s\n", o.By, dash(o.At.String()), when, heard(o), oneLine(string(o.Reason)))
		for _, r := range o.Replies {
			outcome := ""
			if r.Outcome != "" {
				outcome = ", " + spaced(r.Outcome)
			}
			fmt.Fprintf(out, "    %s, %s%s: %s\n", r.By, dash(r.At.String()), outcome, oneLine(string(r.Text)))
		}
	}
}

// receivers are the kinds of receiver as people read them.
var receivers = map[plumbline.SpendingKind]string{"": "not told to whom", "police": "police", "services": "services", "worker_groups": "worker and migrant groups", "courts": "courts", "other": "other"}

func tellMoney(out io.Writer, v *store.Review) {
	fmt.Fprintln(out, "\nHow the money is split")
	if len(v.Purses) == 0 {
		fmt.Fprintln(out, "  no spending is on record")
	}
	for _, p := range v.Purses {
		fmt.Fprintf(out, "  %s: use told of %s; granted %s; use not told %s\n", p.Currency, p.Spent, p.Granted, p.Untold)
		w := table(out)
		for _, part := range p.Parts {
			if part.Lines == 0 {
				fmt.Fprintf(w, "    %s\tnothing on record, which is not nought\n", receivers[part.Kind])
				continue
			}
			fmt.Fprintf(w, "    %s\t%s\t%s\treached: %s\ta person: %s\n", receivers[part.Kind], part.Amount, percentBetween(part.Low, part.High), part.Served, part.PerPerson)
		}
		_ = w.Flush()
	}
}

func percentBetween(low, high float64) string {
	if a, b := math.Round(100*low), math.Round(100*high); a == b {
		return fmt.Sprintf("%.0f %%", a)
	}
	return fmt.Sprintf("%.0f to %.0f %%", math.Floor(100*low), math.Ceil(100*high))
}

// reviewJSON is a review as a program reads it, whole or one section.
func reviewJSON(v *store.Review, only string) map[string]any {
	lines := func(list []plumbline.ReviewLine) []map[string]any {
		rows := make([]map[string]any, len(list))
		for i, f := range list {
			rows[i] = map[string]any{"name": f.Name, "count": f.Count}
		}
		return rows
	}
	each := []map[string]any{}
	for _, s := range v.Each {
		row := sidesJSON(s.Figures)
		row["operation"], row["began"] = s.Operation.ID, s.Operation.Began
		each = append(each, row)
	}
	periods := func(list []plumbline.ReviewPeriod) []map[string]any {
		rows := make([]map[string]any, len(list))
		for i, p := range list {
			rows[i] = sidesJSON(p.Figures)
			rows[i]["from"], rows[i]["until"], rows[i]["operations"], rows[i]["class_rules"] = p.From, p.Until, p.Operations, append([]string{}, p.Rules...)
		}
		return rows
	}
	harm := sidesJSON(v.Figures)
	harm["years"], harm["quarters"], harm["operations"], harm["undated"] = periods(v.Years), periods(v.Quarters), each, v.Undated
	targets, objections, purses := []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, t := range v.Targets {
		targets = append(targets, targetJSON(t))
	}
	for _, o := range v.Objections {
		replies := []*plumbline.Reply{}
		objections = append(objections, map[string]any{"objection": o.Objection, "before_launch": truth(o.InTime), "replies": append(replies, o.Replies...), "answered": len(o.Replies) > 0, "answered_before_launch": truth(o.Heard)})
	}
	for _, p := range v.Purses {
		parts := []map[string]any{}
		for _, part := range p.Parts {
			row := map[string]any{"kind": part.Kind, "lines": part.Lines, "amount": part.Amount, "served": part.Served, "per_person": part.PerPerson, "share_low": nil, "share_high": nil}
			if part.Lines > 0 {
				row["share_low"], row["share_high"] = part.Low, part.High
			}
			parts = append(parts, row)
		}
		purses = append(purses, map[string]any{"currency": p.Currency, "granted": p.Granted, "spent": p.Spent, "untold": p.Untold, "parts": parts})
	}
	out := map[string]any{"programme": v.Of.Programme, "at": v.At.UTC().Format(time.RFC3339), "operations": v.Operations, "series_left_out": v.Series}
	for name, answer := range map[string]any{
		"states":  map[string]any{"ever": lines(v.Ever), "now": lines(v.Now)},
		"targets": targets, "objections": objections, "money": purses,
		"harm": harm,
	} {
		if only == "" || only == name {
			out[name] = answer
		}
	}
	return out
}

// sidesJSON writes the figures of the two sides.
func sidesJSON(list []plumbline.FigureSum) map[string]any {
	of := func(side plumbline.FigureSide) []map[string]any {
		rows := []map[string]any{}
		for _, s := range list {
			if s.Definition.Side == side {
				rows = append(rows, map[string]any{"figure": s.Definition.Name, "version": s.Definition.Version, "unit": s.Definition.Unit, "value": s.FigureValue})
			}
		}
		return rows
	}
	return map[string]any{"results": of(plumbline.Result), "harm": of(plumbline.Harm)}
}

func targetJSON(t plumbline.TargetReview) map[string]any {
	definitions, reports, months := []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, d := range t.Definitions {
		definitions = append(definitions, map[string]any{"definition": d.TargetDefinition, "recount": d.Recount})
	}
	for _, r := range t.Reports {
		reports = append(reports, map[string]any{"due": r.Due, "come": r.Come, "reported": r.Reported, "by_then": r.ByThen, "reported_is_on_record": truth(r.Borne), "last": r.Last, "usual": r.Usual, "counts_shifted": truth(r.Shifted), "definition_changed": truth(r.Redefined)})
	}
	for _, m := range t.Months {
		counts := map[string]plumbline.Count{}
		for i, n := range m.Counts {
			counts[t.Definitions[i].Version] = n
		}
		breaks := []string{}
		for _, i := range m.New {
			breaks = append(breaks, t.Definitions[i].Version)
		}
		months = append(months, map[string]any{"month": m.Start.Format("2006-01"), "identified": counts, "breaks": breaks, "report_due": len(m.Due) > 0})
	}
	return map[string]any{"target": t.Target, "definitions": definitions, "reports": reports, "months": months, "window_days": plumbline.ShiftDays, "least_difference": plumbline.ShiftLeast}
}

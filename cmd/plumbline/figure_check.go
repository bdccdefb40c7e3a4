package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
)

var figureCheckCommand = command{
	name: "figure check",
	line: "hold a figure of the record against a claim",
	help: `plumbline figure check NAME --claim ID [--complete] [--db …] [--file FILE.csv] [--from D --to D --country C --unit U --kind K --origin O] [--json]

  plumbline figure check children-met --claim C-B62

It agrees when what the claim says lies in what the record can tell, differs by
so much when it lies outside, and cannot tell, for the reasons given, when the
unit, the population, the place or the period is another, or the record leaves
it open. Place and period are read from the claim unless they are given. A count
over several operations is a least number unless --complete says that every
operation of that place and period is on record. Made-up operations are left
out. Exit 1 when it differs.`,
	run: func(ctx context.Context, c *call) error {
		var f store.Filter
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		id := c.flags.String("claim", "", "the `id` of the claim")
		file := c.flags.String("file", "", "read the claims from this `FILE` (CSV) and not from the site")
		complete := c.flags.Bool("complete", false, "every operation of that place and period is on record")
		conf := c.settings("db")
		finish := c.figureFilter(&f)
		if err := c.parse(1, 1); err != nil {
			return err
		}
		d, err := c.definitionOf(ctx, c.args[0])
		if err != nil {
			return err
		}
		if d.Title != "" {
			return usageError{c.args[0] + " is a file, and nobody has said on which claims its figure bears", "a figure that plumbline figure list names"}
		}
		if *id == "" {
			return usageError{"--claim is missing", "--claim C-B62; plumbline claim list shows the ids"}
		}
		if err := finish(); err != nil {
			return err
		}
		db, done, err := c.figureSite(ctx, conf, &f)
		if err != nil {
			return err
		}
		defer done()
		reg, err := db.Claims(ctx)
		if *file != "" {
			reg, _, err = (&origin{file: *file}).claims(ctx, c)
		}
		if err != nil {
			return err
		}
		claim, err := claimOf(reg, *id)
		if err != nil {
			return err
		}
		k, err := db.CheckFigure(ctx, operator, d.Name, reg, claim, store.CheckOptions{Filter: f, Complete: *complete})
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c.out, k)
		} else {
			tellCheck(c, d, claim, k)
		}
		if err == nil && k.Result == figure.CheckDiffers {
			return errNo
		}
		return err
	},
}

func tellCheck(c *call, d *plumbline.Definition, claim *figure.Claim, k *store.FigureCheck) {
	fmt.Fprintf(c.out, "%s  %s\n", claim.ID, claim.Text)
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "  the claim\t%s, %s, %s\n", dash(figureText(claim)), dash(claim.Place), dash(claim.Period))
	fmt.Fprintf(w, "  the record\t%s: %s, over %s\n", english.T("figure."+d.Name), k.Record.Text(d.Unit), more(k.Scope.Operations, "case", "cases"))
	_ = w.Flush() // to the same writer as the lines around it
	switch k.Result {
	case figure.CheckAgrees:
		fmt.Fprintf(c.out, "\nIt agrees: %s.\n", k.Why())
	case figure.CheckDiffers:
		fmt.Fprintf(c.out, "\nIt differs: %s.\n", k.Why())
	default:
		fmt.Fprintln(c.out, "\nCannot tell. The claim:")
	}
	for _, r := range k.Refused {
		fmt.Fprintf(c.out, "  %s: %s\n", r.Code, r.Text)
	}
	if len(k.Mind) > 0 {
		fmt.Fprintln(c.out, "Mind that it:")
	}
	for _, r := range k.Mind {
		fmt.Fprintf(c.out, "  %s: %s\n", r.Code, r.Text)
	}
}

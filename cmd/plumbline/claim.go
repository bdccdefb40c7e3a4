package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"plumbline/figure"
	"plumbline/internal/exchange"
)

// origin says where a command finds its claims: in a file, on a site, or, when
// neither is named, in the public record.
type origin struct {
	file string
	conf settings
}

// origin registers the flags that name it.
func (c *call) origin() *origin {
	o := &origin{conf: settings{config: &config{}}}
	c.flags.StringVar(&o.file, "file", "", "read the claims from this `FILE` (CSV) and not from the public record")
	c.flags.StringVar(&o.conf.Database, "db", "", "read the claims of this `site`: a SQLite file or postgres:// address")
	return o
}

// register reads the command line of a command that asks the whole register,
// with at most so many arguments, and then the register.
func (c *call) register(ctx context.Context, most int) (r *figure.Register, asJSON bool, err error) {
	c.flags.BoolVar(&asJSON, "json", false, "print one JSON object")
	from := c.origin()
	if err := c.parse(0, most); err != nil {
		return nil, false, err
	}
	r, _, err = from.claims(ctx, c)
	return r, asJSON, err
}

// claims reads the register, and finds the claims in it that the arguments name.
func (o *origin) claims(ctx context.Context, c *call, ids ...string) (r *figure.Register, list []*figure.Claim, err error) {
	switch {
	case o.file != "" && o.conf.Database != "":
		return nil, nil, usageError{"--file and --db are two registers", "give one of them"}
	case o.file != "":
		data, err := readInput(ctx, c.in, o.file)
		if err != nil {
			return nil, nil, err
		}
		if r, err = figure.ReadClaims(bytes.NewReader(data), o.file); err != nil {
			return nil, nil, err
		}
	case o.conf.Database != "":
		if err := o.conf.finish(c); err != nil {
			return nil, nil, err
		}
		db, err := o.conf.look(ctx, c)
		if err != nil {
			return nil, nil, err
		}
		defer db.Close()
		if r, err = db.Claims(ctx); err != nil {
			return nil, nil, err
		}
	default:
		r = exchange.Claims()
	}
	for _, id := range ids {
		claim, err := claimOf(r, id)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, claim)
	}
	return r, list, nil
}

// claimOf returns the claim of a register with the id.
func claimOf(r *figure.Register, id string) (*figure.Claim, error) {
	if claim := r.Claim(id); claim != nil {
		return claim, nil
	}
	return nil, usageError{fmt.Sprintf("there is no claim %q", id), "plumbline claim list shows the ids"}
}

// told is a claim as the commands write it.
type told struct {
	*figure.Claim
	Status []figure.Status `json:"status"`
}

var claimListCommand = command{
	name: "claim list",
	line: "list claims, with what the rules say of each",
	help: `plumbline claim list [--document D] [--status CODE] [--file FILE.csv | --db SITE] [--json]

  plumbline claim list --document atr-2012 --status no-source

A status is computed, never typed; doc/claims.md has the rules. CODE is one of
  no-source own-word source-missing source-not-read source-read
  counted sampled estimated witnessed part-shown no-basis
  repeated contested reported characterisation no-definition open-total
  word-quantity absence agrees differs cannot-tell answered
  mixes-adults may-mix-adults partners-cases hedged one-story position policy
  ending-measured ending-stated parked challenge-unread citation-fault
Without --file and --db they are the claims of the public record; a site has
those too, corrected and answered, and what was brought in beside them.`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		document := c.flags.String("document", "", "only claims of this `document`, by its short name or title")
		status := c.flags.String("status", "", "only claims with this status `code`")
		from := c.origin()
		if err := c.parse(0, 0); err != nil {
			return err
		}
		if *status != "" && !slices.Contains(figure.Statuses(), *status) {
			return usageError{fmt.Sprintf("--status %q is no status", *status), "one of " + strings.Join(figure.Statuses(), ", ")}
		}
		r, _, err := from.claims(ctx, c)
		if err != nil {
			return err
		}
		list, ofDocument := []told{}, false
		for _, claim := range r.Claims {
			if *document != "" && claim.Source != *document && claim.Document != *document {
				continue
			}
			ofDocument = true
			if *status == "" || r.Has(claim, *status) {
				list = append(list, told{claim, r.Status(claim)})
			}
		}
		if *document != "" && !ofDocument {
			return usageError{fmt.Sprintf("no claim is of a document %q", *document), "the documents are " + strings.Join(documents(r), ", ")}
		}
		if *asJSON {
			return printJSON(c.out, map[string]any{"claims": list})
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tFIGURE\tSTATUS\tCLAIM")
		for _, t := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.ID, dash(figureText(t.Claim)), codes(t.Status), t.Text)
		}
		return w.Flush()
	},
}

func documents(r *figure.Register) (names []string) {
	for _, c := range r.Claims {
		name := c.Source
		if name == "" {
			name = c.Document
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func figureText(c *figure.Claim) string {
	if c.Figure.Form == figure.NoFigure {
		return ""
	}
	return strings.TrimSpace(c.Figure.Text + " " + c.Unit)
}

func codes(list []figure.Status) string {
	var words []string
	for _, s := range list {
		words = append(words, s.Code)
	}
	return strings.Join(words, " ")
}

var claimShowCommand = command{
	name: "claim show",
	line: "show one claim, what the rules say of it, and what stands for and against it",
	help: `plumbline claim show ID [--file FILE.csv | --db SITE] [--json]

  plumbline claim show C-B56`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		from := c.origin()
		if err := c.parse(1, 1); err != nil {
			return err
		}
		r, found, err := from.claims(ctx, c, c.args[0])
		if err != nil {
			return err
		}
		claim := found[0]
		t := r.Thread(claim, 1)
		if *asJSON {
			return printJSON(c.out, struct {
				told
				Read   readOf        `json:"read"`
				Thread figure.Thread `json:"thread"`
			}{told{claim, r.Status(claim)}, reading(r, claim), t})
		}
		tellClaim(c, r, claim)
		for _, s := range t.Steps {
			other := s.To
			if other == claim.ID {
				other = s.From
			}
			fmt.Fprintf(c.out, "\n%s %s %s\n  %s\n", s.From, spaced(s.How), s.To, saidBy(r.Claim(other)))
		}
		return nil
	},
}

// saidBy names a claim, who makes it and what it says.
func saidBy(claim *figure.Claim) string {
	who := claim.Claimant
	if who == "" {
		who = "nobody named"
	}
	return fmt.Sprintf("%s, %s: %s", claim.ID, who, claim.Text)
}

// tellClaim writes a claim field by field, leaving out what is not told.
func tellClaim(c *call, r *figure.Register, claim *figure.Claim) {
	fmt.Fprintf(c.out, "%s  %s\n\n", claim.ID, claim.Text)
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	for _, f := range [][2]string{{"says", claim.Claimant}, {"in", claim.Document}, {"at", claim.Locator}, {"figure", figureText(claim)}, {"of whom", claim.Population},
		{"where", claim.Place}, {"when", claim.Period}, {"definition", claim.Definition}, {"source named", claim.Cited}, {"limits", claim.Notes}} {
		if f[1] != "" {
			fmt.Fprintf(w, "  %s\t%s\n", f[0], f[1])
		}
	}
	for _, f := range reading(r, claim).lines() {
		fmt.Fprintf(w, "  %s\t%s\n", f[0], f[1])
	}
	for _, s := range r.Status(claim) {
		fmt.Fprintf(w, "  %s\t%s\n", s.Code, s.Why)
	}
	_ = w.Flush() // to the same writer as the lines before it
}

var claimThreadCommand = command{
	name: "claim thread",
	line: "follow a claim to what it is tied to, nearest first",
	help: `plumbline claim thread ID [--depth 2] [--file FILE.csv | --db SITE] [--json]

  plumbline claim thread C-B33 --depth 3`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		depth := c.flags.Int("depth", 2, "how many `links` far")
		from := c.origin()
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if *depth < 1 {
			return usageError{fmt.Sprintf("--depth %d", *depth), "1 or more"}
		}
		r, found, err := from.claims(ctx, c, c.args[0])
		if err != nil {
			return err
		}
		claim := found[0]
		t := r.Thread(claim, *depth)
		if *asJSON {
			return printJSON(c.out, t)
		}
		fmt.Fprintln(c.out, saidBy(claim))
		if t.Root != claim.ID {
			fmt.Fprintf(c.out, "It repeats %s: both are one source.\n", t.Root)
		}
		if len(t.Tellings) > 1 {
			fmt.Fprintf(c.out, "One and the same are %s.\n", strings.Join(t.Tellings, ", "))
		}
		said := map[string]bool{claim.ID: true}
		for _, s := range t.Steps {
			fmt.Fprintf(c.out, "%s%s %s %s\n", strings.Repeat("  ", s.Distance), s.From, spaced(s.How), s.To)
			for _, id := range []string{s.From, s.To} {
				if !said[id] {
					said[id] = true
					fmt.Fprintf(c.out, "%s  %s\n", strings.Repeat("  ", s.Distance), saidBy(r.Claim(id)))
				}
			}
		}
		return nil
	},
}

var claimCompareCommand = command{
	name: "claim compare",
	line: "say whether figures of claims may stand in one line",
	help: `plumbline claim compare ID ID … [--file FILE.csv | --db SITE] [--json]

  plumbline claim compare C-N16 C-B16

It refuses figures of different units, definitions or populations, figures
without a definition, and running totals without a start, and says why.
Exit 1 when they may not stand in one line.`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		from := c.origin()
		if err := c.parse(2, 100); err != nil {
			return err
		}
		r, claims, err := from.claims(ctx, c, c.args...)
		if err != nil {
			return err
		}
		compared, err := r.Compare(claims)
		if err != nil {
			return usageError{err.Error(), "give different claims"}
		}
		if *asJSON {
			err = printJSON(c.out, compared)
		} else {
			tellComparison(c, claims, compared)
		}
		if err == nil && !compared.Comparable {
			return errNo
		}
		return err
	},
}

func tellComparison(c *call, claims []*figure.Claim, compared figure.Comparison) {
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	for _, claim := range claims {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", claim.ID, dash(figureText(claim)), dash(claim.Population), dash(claim.Place), dash(claim.Period))
	}
	_ = w.Flush() // to the same writer as the lines after it
	verdict := "These may stand in one line."
	if !compared.Comparable {
		verdict = "These may not stand in one line:"
	}
	fmt.Fprintln(c.out, "\n"+verdict)
	tellReasons(c, compared.Refused)
	if len(compared.Mind) > 0 {
		fmt.Fprintln(c.out, "Mind that:")
	}
	tellReasons(c, compared.Mind)
}

var claimCheckCommand = command{
	name: "claim check",
	line: "hold claims against the public record, and keep what came out on the site",
	help: `plumbline claim check [ID …] --db SITE [--json]
       plumbline claim check --citations [--file FILE.csv | --db SITE] [--json]

  plumbline claim check --db site.db
  plumbline claim check C-B62 --db site.db
  plumbline claim check --citations

Without an ID it takes every claim on which a figure of the record bears. What
came out stands beside the claim for everybody to read, so only the public
record is asked; plumbline figure check asks the whole record and keeps nothing.
Exit 1 when a claim differs.

With --citations it holds no claim against the record. It lists what is wrong
with how claims name their sources: "ibid." that leads to another work than is
meant, a work older than what it is cited for, no date, no page. Exit 1 when
there is any.`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		citations := c.flags.Bool("citations", false, "check how claims name their sources")
		file := c.flags.String("file", "", "with --citations: read the claims from this `FILE` (CSV)")
		conf := c.settings("db", "protocols")
		if err := c.parse(0, 1000); err != nil {
			return err
		}
		if *citations {
			return checkCitations(ctx, c, &origin{file: *file, conf: *conf}, *asJSON)
		}
		if *file != "" {
			return usageError{"--file goes with --citations", "a claim is held against the record of a site; --db names it"}
		}
		if err := conf.finish(c); err != nil {
			return err
		}
		if conf.nowhere() {
			return usageError{"there is no site in " + conf.Database, "--db names another; plumbline init makes an empty one"}
		}
		db, err := conf.open(ctx, c)
		if err != nil {
			return err
		}
		defer db.Close()
		r, err := db.Claims(ctx)
		if err != nil {
			return err
		}
		for _, id := range c.args {
			if _, err := claimOf(r, id); err != nil {
				return err
			}
		}
		found, err := db.HoldClaims(ctx, operator, c.args...)
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c.out, map[string]any{"checks": found})
		}
		differs := false
		for _, k := range found {
			if !*asJSON {
				fmt.Fprintf(c.out, "%s %s %s %s\n  %s\n", k.Claim, k.Result, k.Figure, dash(k.Value), k.Why)
			}
			differs = differs || k.Result == figure.CheckDiffers
		}
		if err == nil && differs {
			return errNo
		}
		return err
	},
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// operator is who acts from the command line: whoever runs the machine.
var operator = plumbline.Actor{User: "command-line", Name: "Command line", Role: plumbline.Coordinator}

var initCommand = command{
	name: "init",
	line: "make an empty site",
	help: "plumbline init [--db FILE|postgres://…]\n\n  plumbline init --db site.db",
	run: func(ctx context.Context, c *call) error {
		db, err := c.site(ctx, 0, 0)
		if err != nil {
			return err
		}
		defer db.Close()
		fmt.Fprintf(c.out, "The site is ready (%s).\n", db.Engine())
		return nil
	},
}

// site parses the flags of a command that opens a site and opens it.
func (c *call) site(ctx context.Context, least, most int) (*store.DB, error) {
	conf, err := c.config()
	if err != nil {
		return nil, err
	}
	if err := c.parse(least, most); err != nil {
		return nil, err
	}
	return conf.open(ctx, c)
}

var importCommand = command{
	name: "import operations",
	line: "bring in a file of operations, all of it or nothing",
	help: `plumbline import operations FILE.json [--db …] [--dry-run] [--json]

  plumbline import operations doc/examples/raid.json --dry-run`,
	run: func(ctx context.Context, c *call) error {
		dry := c.flags.Bool("dry-run", false, "check everything and write nothing")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		db, err := c.site(ctx, 1, 1)
		if err != nil {
			return err
		}
		defer db.Close()
		f, err := readFile(c.in, c.args[0])
		if err != nil {
			return err
		}
		n, err := db.Import(ctx, operator, store.Bundle{Organisations: f.Organisations, Units: f.Units, Operations: f.Operations}, *dry, c.progress())
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(c.args[0]), err)
		}
		if *asJSON {
			return printJSON(c.out, map[string]any{"dry_run": *dry, "organisations": n.Organisations, "units": n.Units, "operations": n.Operations, "entries": n.Entries, "known": n.Known})
		}
		verb := "Brought in"
		if *dry {
			verb = "Would bring in"
		}
		fmt.Fprintf(c.out, "%s %d operations, %d units and %d organisations: %d entries. Already there and alike: %d.\n", verb, n.Operations, n.Units, n.Organisations, n.Entries, n.Known)
		return nil
	},
}

// progress writes how far a long job is, on a terminal only.
func (c *call) progress() func(done, all int) {
	f, ok := c.err.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	last := time.Time{}
	return func(done, all int) {
		if done < all && time.Since(last) < 200*time.Millisecond {
			return
		}
		last = time.Now()
		end := ""
		if done == all {
			end = "\n"
		}
		fmt.Fprintf(f, "\r%d of %d%s", done, all, end)
	}
}

func readFile(in io.Reader, name string) (*exchange.File, error) {
	data, err := readInput(in, name)
	if err != nil {
		return nil, err
	}
	f, err := exchange.Read(bytes.NewReader(data), exchange.MaxFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return f, nil
}

// readInput reads a file, or standard input when the name is "-".
func readInput(in io.Reader, name string) ([]byte, error) {
	r := in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, exchange.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(name), err)
	}
	return data, nil
}

var exportCommand = command{
	name: "export operations",
	line: "take out operations as a file that import reads",
	help: `plumbline export operations [ID …] [--db …] > FILE.json

  plumbline export operations --db site.db > all.json`,
	run: func(ctx context.Context, c *call) error {
		db, err := c.site(ctx, 0, 10_000)
		if err != nil {
			return err
		}
		defer db.Close()
		b, err := db.Export(ctx, operator, store.Filter{})
		if err != nil {
			return err
		}
		if len(c.args) > 0 {
			if b, err = only(ctx, db, b, c.args); err != nil {
				return err
			}
		}
		return exchange.Write(c.out, &exchange.File{Organisations: b.Organisations, Units: b.Units, Operations: b.Operations})
	},
}

func only(ctx context.Context, db *store.DB, b store.Bundle, ids []string) (store.Bundle, error) {
	var some store.Bundle
	for _, id := range ids {
		found := false
		for _, r := range b.Operations {
			if string(r.Operation.ID) == id {
				some.Operations, found = append(some.Operations, r), true
			}
		}
		if !found {
			return some, fmt.Errorf("%s: %w", id, plumbline.NotFound("operation"))
		}
	}
	return some, db.Complete(ctx, &some)
}

var operationsCommand = command{
	name: "operation list",
	line: "list the operations on record",
	help: "plumbline operation list [--db …] [--json]\n\n  plumbline operation list --db site.db",
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		db, err := c.site(ctx, 0, 0)
		if err != nil {
			return err
		}
		defer db.Close()
		list, err := db.Summaries(ctx, operator, store.Filter{})
		if err != nil {
			return err
		}
		if *asJSON {
			rows := make([]map[string]any, len(list))
			for i, s := range list {
				rows[i] = map[string]any{"id": s.ID, "title": s.Title, "began": s.Began, "kind": s.Kind, "met": s.Met, "unaccounted": s.Unaccounted, "origin": s.Origin}
			}
			return printJSON(c.out, map[string]any{"operations": rows})
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tBEGAN\tKIND\tMET\tUNACCOUNTED NOW\tTITLE")
		for _, s := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, dash(s.Began.String()), s.Kind, s.Met, s.Unaccounted, s.Title)
		}
		return w.Flush()
	},
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// operationOf returns the operation that an argument names: a file, or an id
// in the site's database.
func (c *call) operationOf(ctx context.Context, conf *settings) (*plumbline.Record, error) {
	name := c.args[0]
	if name == "-" || strings.HasSuffix(name, ".json") {
		data, err := readInput(c.in, name)
		if err != nil {
			return nil, err
		}
		r, err := exchange.ReadOne(bytes.NewReader(data), exchange.MaxFile)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		return r, nil
	}
	if err := conf.finish(c); err != nil {
		return nil, err
	}
	if r := ofPublicRecord(plumbline.ID(name)); r != nil && conf.Database == configDefaults.Database && !exists(conf.Database) {
		return r, nil // no site here: the public record is in the program itself
	}
	db, err := conf.open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	o, err := db.Operation(ctx, operator, plumbline.ID(name))
	if errors.Is(err, plumbline.ErrNotFound) {
		return nil, usageError{fmt.Sprintf("there is no operation %q", name), "plumbline operation list shows their ids; a file's name ends in .json"}
	}
	if err != nil {
		return nil, err
	}
	return o.Record, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func ofPublicRecord(id plumbline.ID) *plumbline.Record {
	for _, r := range exchange.PublicRecord().Operations {
		if r.Operation.ID == id {
			return r
		}
	}
	return nil
}

var balanceCommand = command{
	name: "operation balance",
	line: "account for everyone met in an operation",
	help: `plumbline operation balance ID|FILE.json [--at 0h|24h|72h|7d|30d|90d|1y|now] [--json]

  plumbline operation balance chiang-mai-2003 --at 90d

An ID is looked up in the database; without one, in the public record. A FILE
holds one operation (format plumbline.operations/1); - reads standard input.
People met = the sum of states + unaccounted for. "at least" and "not known"
are carried through; unknown is never zero. "balanced" says whether that sum
can be seen to hold, "everyone" whether nobody is unaccounted for.`,
	run: func(ctx context.Context, c *call) error {
		at := c.flags.String("at", "24h", "the `age` of the operation, or now")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf, err := c.config()
		if err != nil {
			return err
		}
		if err := c.parse(1, 1); err != nil {
			return err
		}
		r, err := c.operationOf(ctx, conf)
		if err != nil {
			return err
		}
		moment := r.Now(time.Now())
		if *at != "now" {
			if moment, err = plumbline.ParseCheckpoint(*at); err != nil {
				return err
			}
		}
		b := r.Balance(moment)
		if *asJSON {
			return printJSON(c.out, balanceJSON(r, b))
		}
		return printBalance(c.out, r, b)
	},
}

func balanceJSON(r *plumbline.Record, b *plumbline.Balance) map[string]any {
	states := make([]map[string]any, len(b.States))
	for i, s := range b.States {
		count := jsonOf(s.Count)
		states[i] = map[string]any{"state": s.State, "count": count["value"], "bound": count["bound"], "undated": s.Undated, "presences": s.Presences}
		for _, more := range []string{"at_most", "about"} {
			if v, ok := count[more]; ok {
				states[i][more] = v
			}
		}
	}
	return map[string]any{"operation": r.Operation.ID, "at": b.Checkpoint.Name, "headcount": b.HeadCount, "states": states,
		"unaccounted": b.Unaccounted, "balanced": truth(b.Balanced()), "everyone": truth(b.Everyone())}
}

func jsonOf(c plumbline.Count) (m map[string]any) {
	body, err := json.Marshal(c)
	if err != nil || json.Unmarshal(body, &m) != nil {
		panic("plumbline: a count does not encode")
	}
	return m
}

// truth turns an answer into true, false or null.
func truth(a plumbline.Answer) any {
	switch a {
	case plumbline.Yes:
		return true
	case plumbline.No:
		return false
	}
	return nil
}

func printBalance(out io.Writer, r *plumbline.Record, b *plumbline.Balance) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "%s, at %s\n", r.Operation.Title, b.Checkpoint.Name)
	fmt.Fprintf(w, "people met\t%s\n", b.HeadCount)
	for _, s := range b.States {
		undated := ""
		if s.Undated {
			undated = "date not told"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", strings.ReplaceAll(string(s.State), "_", " "), s.Count, undated)
	}
	fmt.Fprintf(w, "unaccounted for\t%s\n", b.Unaccounted)
	return w.Flush()
}

var checkCommand = command{
	name: "operation check",
	line: "hold an operation against a standard of care",
	help: `plumbline operation check ID|FILE.json [--protocol NAME] [--json]

  plumbline operation check siem-reap-2009 --protocol accompanied-operation

Each rule is kept, broken, unknown (cannot tell: the missing datum is named) or
not applicable. Exit 1 when a rule is broken.`,
	run: func(ctx context.Context, c *call) error {
		name := c.flags.String("protocol", "rights-standards", "the standard's `name`")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf, err := c.config()
		if err != nil {
			return err
		}
		if err := c.parse(1, 1); err != nil {
			return err
		}
		protocols, err := conf.protocols()
		if err != nil {
			return err
		}
		var p *protocol.Protocol
		var names []string
		for _, q := range protocols {
			names = append(names, q.Name)
			if q.Name == *name {
				p = q
			}
		}
		if p == nil {
			return usageError{fmt.Sprintf("there is no protocol %q", *name), "there are " + strings.Join(names, ", ")}
		}
		r, err := c.operationOf(ctx, conf)
		if err != nil {
			return err
		}
		now := time.Now()
		report, err := p.Check(store.Facts(r.Facts(now)), now)
		if err != nil {
			return err
		}
		report.Operation = string(r.Operation.ID)
		if *asJSON {
			err = printJSON(c.out, report)
		} else {
			err = printReport(c.out, r, p, report)
		}
		if err == nil && report.Summary.Broken > 0 {
			return errNo
		}
		return err
	},
}

func printReport(out io.Writer, r *plumbline.Record, p *protocol.Protocol, report *protocol.Report) error {
	fmt.Fprintf(out, "%s, held against %s %s\n\n", r.Operation.Title, p.Title.In("en"), p.Version)
	for _, f := range report.Findings {
		rule := p.Rule(f.Rule)
		fmt.Fprintf(out, "%-14s %-8s %s\n", strings.ReplaceAll(string(f.Result), "_", " "), f.Rule, rule.Text.In("en"))
		if len(f.Missing) > 0 {
			fmt.Fprintf(out, "%24sMissing: %s\n", "", strings.Join(f.Missing, ", "))
		}
		if f.ToCheck {
			fmt.Fprintf(out, "%24sTo be checked against the source: %s\n", "", rule.Source)
		}
	}
	s := report.Summary
	_, err := fmt.Fprintf(out, "\n%d kept, %d broken, %d cannot tell, %d do not apply\n", s.Kept, s.Broken, s.Unknown, s.NotApplicable)
	return err
}

var doctorCommand = command{
	name: "doctor",
	line: "replay the ledger against the record and name every row that was changed",
	help: "plumbline doctor [--db …] [--json]\n\n  plumbline doctor --db site.db\n\nExit 1 when a row does not agree with the ledger.",
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		db, err := c.site(ctx, 0, 0)
		if err != nil {
			return err
		}
		defer db.Close()
		faults, rows, entries, err := db.Inspect(ctx)
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c.out, map[string]any{"rows": rows, "entries": entries, "faults": faultsJSON(faults)})
		} else {
			for _, f := range faults {
				fmt.Fprintf(c.out, "%s %s version %d: %s (ledger entry %d)\n", dash(f.Subject), f.ID, f.Version, f.What, f.Entry)
			}
			fmt.Fprintf(c.out, "%d rows and %d ledger entries read, %d faults.\n", rows, entries, len(faults))
		}
		if err == nil && len(faults) > 0 {
			return errNo
		}
		return err
	},
}

func faultsJSON(faults []store.Fault) []map[string]any {
	list := make([]map[string]any, len(faults))
	for i, f := range faults {
		list[i] = map[string]any{"subject": f.Subject, "id": f.ID, "version": f.Version, "entry": f.Entry, "what": f.What}
	}
	return list
}

var versionCommand = command{
	name: "version",
	line: "print the version",
	help: "plumbline version",
	run: func(_ context.Context, c *call) error {
		if err := c.parse(0, 0); err != nil {
			return err
		}
		info, ok := debug.ReadBuildInfo()
		if !ok {
			return errors.New("the program does not say how it was built")
		}
		fmt.Fprintf(c.out, "plumbline %s %s\n", info.Main.Version, info.GoVersion)
		return nil
	},
}

// printJSON writes one JSON object with every number in full.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
	"plumbline/internal/web"
	"plumbline/protocol"
)

// noOperation says that there is no operation with an id.
func noOperation(id string) error {
	return usageError{fmt.Sprintf("there is no operation %q", id), "plumbline operation list shows the ids"}
}

var operationsCommand = command{
	name: "operation list",
	line: "list the operations on record",
	help: `plumbline operation list [--db …] [--json]

  plumbline operation list --db site.db

Without a site, it lists the public record, which is part of the program.`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db")
		if err := c.parse(0, 0); err != nil {
			return err
		}
		records, err := c.records(ctx, conf)
		if err != nil {
			return err
		}
		now := time.Now()
		if *asJSON {
			rows := make([]map[string]any, len(records))
			for i, r := range records {
				rows[i] = map[string]any{"id": r.Operation.ID, "title": r.Operation.Title, "began": r.Operation.Began, "kind": r.Kind().Kind, "met": r.Met(),
					"unaccounted": r.Balance(r.Now(now)).Unaccounted, "origin": r.Operation.Origin}
			}
			return printJSON(c.out, map[string]any{"operations": rows})
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tBEGAN\tKIND\tMET\tUNACCOUNTED NOW\tTITLE")
		for _, r := range records {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Operation.ID, dash(r.Operation.Began.String()), spaced(r.Kind().Kind), r.Met(), r.Balance(r.Now(now)).Unaccounted, r.Operation.Title)
		}
		return w.Flush()
	},
}

// records returns the operations of the site, oldest first; without a site,
// those of the public record.
func (c *call) records(ctx context.Context, conf *settings) ([]*plumbline.Record, error) {
	if err := conf.finish(c); err != nil {
		return nil, err
	}
	if conf.nowhere() {
		c.note("there is no site in " + conf.Database + "; this is the public record")
		return exchange.PublicRecord().Operations, nil
	}
	db, err := conf.look(ctx, c)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	b, err := db.Export(ctx, operator, store.Filter{})
	return b.Operations, err
}

// nowhere reports whether no site was named and there is none where one is
// looked for by default.
func (s *settings) nowhere() bool {
	return s.Database == configDefaults.Database && !exists(s.Database)
}

// note says on standard error what is worth knowing and no error.
func (c *call) note(text string) { fmt.Fprintln(c.err, "plumbline: note: "+text) }

// spaced writes a word of a closed list as words.
func spaced[W ~string](w W) string { return strings.ReplaceAll(string(w), "_", " ") }

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// operationOf returns the operation that an argument names: what could be an
// id is one, everything else is a file.
func (c *call) operationOf(ctx context.Context, conf *settings) (*plumbline.Record, error) {
	name := c.args[0]
	if !plumbline.ValidID(plumbline.ID(name)) {
		data, err := readInput(ctx, c.in, name)
		if err != nil {
			return nil, err
		}
		r, err := exchange.ReadOne(bytes.NewReader(data), exchange.MaxFile)
		if err != nil {
			return nil, fileError(name, err)
		}
		return r, nil
	}
	r, err := c.onSite(ctx, conf, plumbline.ID(name))
	if r != nil || err != nil {
		return r, err
	}
	if r = ofPublicRecord(plumbline.ID(name)); r != nil {
		return r, nil
	}
	if exists(name) {
		return nil, usageError{fmt.Sprintf("there is no operation %q", name), "for the file of that name write ./" + name}
	}
	return nil, noOperation(name)
}

// onSite returns an operation of the site, nil when there is no such.
func (c *call) onSite(ctx context.Context, conf *settings, id plumbline.ID) (*plumbline.Record, error) {
	if conf.nowhere() {
		return nil, nil
	}
	db, err := conf.look(ctx, c)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	o, err := db.Operation(ctx, operator, id)
	if errors.Is(err, plumbline.ErrNotFound) {
		if ofPublicRecord(id) != nil {
			c.note(fmt.Sprintf("%s is not in %s; this is what the public record says", id, hideSecret(conf.Database)))
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return o.Record, nil
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
	help: `plumbline operation balance ID|FILE.json [--at AGE] [--db …] [--json]

  plumbline operation balance chiang-mai-2003 --at 90d

An ID is looked up in the site, and when it is not there or there is none, in
the public record. A FILE holds one operation (doc/operations.md); - reads
standard input.

People met = the sum of states + unaccounted for. "at least" and "not known"
are carried through, and not known is never nought. In JSON, "balanced" says
whether that sum can be seen to hold (null when a number is not exact), and
"everyone" whether nobody is unaccounted for.`,
	run: func(ctx context.Context, c *call) error {
		at := c.flags.String("at", "24h", "the `age` of the operation: 0h, 24h, 72h, 7d, 30d, 90d, 1y or another, or now")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if _, err := plumbline.ParseCheckpoint(*at); err != nil && *at != "now" {
			return usageError{fmt.Sprintf("--at: %q is no age of an operation", *at), "write hours, days or years, such as 24h, 7d or 1y, or now"}
		}
		if err := conf.finish(c); err != nil {
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
			return printJSON(c.out, balanceOf(r, b))
		}
		return printBalance(c.out, r, b)
	},
}

// balanceJSON is a balance as a program reads it.
type balanceJSON struct {
	Operation   plumbline.ID    `json:"operation"`
	At          string          `json:"at"`
	HeadCount   plumbline.Count `json:"headcount"`
	States      []stateJSON     `json:"states"`
	Unaccounted plumbline.Count `json:"unaccounted"`
	Balanced    *bool           `json:"balanced"`
	Everyone    *bool           `json:"everyone"`
}

type stateJSON struct {
	State     plumbline.State `json:"state"`
	Count     *int            `json:"count"`
	Bound     string          `json:"bound"`
	AtMost    *int            `json:"at_most,omitempty"`
	About     *int            `json:"about,omitempty"`
	Undated   bool            `json:"undated"` // no date places it before the moment
	Presences []plumbline.ID  `json:"presences"`
}

func balanceOf(r *plumbline.Record, b *plumbline.Balance) balanceJSON {
	out := balanceJSON{Operation: r.Operation.ID, At: b.Checkpoint.Name, HeadCount: b.HeadCount, States: []stateJSON{},
		Unaccounted: b.Unaccounted, Balanced: truth(b.Balanced()), Everyone: truth(b.Everyone())}
	for _, s := range b.States {
		row := stateJSON{State: s.State, Bound: s.Count.Bound(), Undated: s.Undated, Presences: s.Presences}
		if row.Bound != "unknown" {
			row.Count = new(s.Count.Min())
		}
		if most, bounded := s.Count.Max(); bounded && row.Bound != "exact" {
			row.AtMost = &most
		}
		if about, guessed := s.Count.Guess(); guessed {
			row.About = &about
		}
		out.States = append(out.States, row)
	}
	return out
}

// truth turns an answer into true, false or nil.
func truth(a plumbline.Answer) *bool {
	if !a.Decided() {
		return nil
	}
	return new(a == plumbline.Yes)
}

// said writes an answer in words.
func said(a plumbline.Answer) string {
	if !a.Decided() {
		return "cannot tell"
	}
	return string(a)
}

func printBalance(out io.Writer, r *plumbline.Record, b *plumbline.Balance) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "%s, at %s\n", r.Operation.Title, b.Checkpoint.Name)
	fmt.Fprintf(w, "people met\t%s\n", b.HeadCount)
	for _, s := range b.States {
		fmt.Fprintf(w, "  %s\t%s", spaced(s.State), s.Count)
		if s.Undated {
			fmt.Fprint(w, "\tdate not told")
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "unaccounted for\t%s\n", b.Unaccounted)
	fmt.Fprintf(w, "adds up\t%s\n", said(b.Balanced()))
	fmt.Fprintf(w, "everyone accounted for\t%s\n", said(b.Everyone()))
	return w.Flush()
}

var checkCommand = command{
	name: "operation check",
	line: "hold an operation against a standard of care",
	help: `plumbline operation check ID|FILE.json [--protocol NAME] [--db …] [--json]

  plumbline operation check siem-reap-2009 --protocol accompanied-operation

Each rule is kept, broken, cannot be told (in JSON "unknown"; the missing datum
is named) or does not apply. Exit 1 when a rule is broken. ID and FILE are as in
plumbline operation balance -h. doc/protocols.md says how to write a protocol.`,
	run: func(ctx context.Context, c *call) error {
		name := c.flags.String("protocol", web.MainProtocol, "the standard's `name`")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db", "protocols")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if err := conf.finish(c); err != nil {
			return err
		}
		protocols, err := conf.protocols()
		if err != nil {
			return err
		}
		p, err := named(protocols, *name)
		if err != nil {
			return err
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

func named(protocols []*protocol.Protocol, name string) (*protocol.Protocol, error) {
	var names []string
	for _, p := range protocols {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return nil, usageError{fmt.Sprintf("there is no protocol %q", name), "there is " + strings.Join(names, ", ")}
}

// resultWords are the results as people read them.
var resultWords = map[protocol.Result]string{protocol.Kept: "kept", protocol.Broken: "broken", protocol.Unknown: "cannot tell", protocol.NotApplicable: "does not apply"}

func printReport(out io.Writer, r *plumbline.Record, p *protocol.Protocol, report *protocol.Report) error {
	fmt.Fprintf(out, "%s, held against %s %s\n\n", r.Operation.Title, p.Title.In("en"), p.Version)
	for _, f := range report.Findings {
		rule := p.Rule(f.Rule)
		fmt.Fprintf(out, "%-14s %-8s %s\n", resultWords[f.Result], f.Rule, rule.Text.In("en"))
		if len(f.Missing) > 0 {
			fmt.Fprintf(out, "%24sMissing: %s\n", "", strings.Join(f.Missing, ", "))
		}
		switch due := f.Due.Format("2006-01-02 15:04 UTC"); {
		case f.NotYetDue:
			fmt.Fprintf(out, "%24sNot yet due: there is time until %s\n", "", due)
		case f.Overdue:
			fmt.Fprintf(out, "%24sOverdue since %s\n", "", due)
		}
		if f.ToCheck {
			fmt.Fprintf(out, "%24sTo be checked against the source: %s\n", "", rule.Source)
		}
	}
	s := report.Summary
	_, err := fmt.Fprintf(out, "\n%d kept, %d broken, %d cannot tell, %d do not apply\n", s.Kept, s.Broken, s.Unknown, s.NotApplicable)
	return err
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

var importCommand = command{
	name: "import operations",
	line: "bring in a file of operations, all of it or nothing",
	help: `plumbline import operations FILE.json [--db …] [--organisation ID] [--dry-run] [--json]

  plumbline import operations doc/examples/raid.json --dry-run
  plumbline import operations ours.json --organisation org-lime-house

The file is of the format plumbline.operations/1 (doc/operations.md); - reads
standard input. What is there already and alike is passed over; what is there
and differs is refused. The site is made when there is none. The organisation is
the one that then counts as having recorded the operations: its field workers and
coordinators may correct them. Without it only those who took part may.`,
	run: importOperations,
}

func importOperations(ctx context.Context, c *call) error {
	dry := c.flags.Bool("dry-run", false, "check everything and write nothing")
	asJSON := c.flags.Bool("json", false, "print one JSON object")
	organisation := c.flags.String("organisation", "", "the organisation that records them, by its `id`: on the site, or in the file")
	conf := c.settings("db", "protocols")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := conf.finish(c); err != nil {
		return err
	}
	name := c.args[0]
	data, err := readInput(ctx, c.in, name)
	if err != nil {
		return err
	}
	f, err := exchange.Read(bytes.NewReader(data), exchange.MaxFile)
	if err != nil {
		return fileError(name, err)
	}
	n, err := c.bringIn(ctx, conf, plumbline.ID(*organisation), store.Bundle{Organisations: f.Organisations, Units: f.Units, Programmes: f.Programmes, Operations: f.Operations}, *dry)
	if len(plumbline.ProblemsOf(err)) > 0 {
		return fileError(name, err)
	}
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.out, map[string]any{"dry_run": *dry, "organisations": n.Organisations, "units": n.Units, "programmes": n.Programmes, "operations": n.Operations, "entries": n.Entries, "known": n.Known})
	}
	verb := "Brought in"
	if *dry {
		verb = "Would bring in"
	}
	programmes := ""
	if n.Programmes > 0 {
		programmes = ", " + more(n.Programmes, "programme", "programmes")
	}
	fmt.Fprintf(c.out, "%s %s, %s%s and %s: %s. Already there and alike: %d.\n", verb, more(n.Operations, "operation", "operations"), more(n.Units, "unit", "units"), programmes,
		more(n.Organisations, "organisation", "organisations"), more(n.Entries, "entry", "entries"), n.Known)
	return nil
}

var importClaimsCommand = command{
	name: "import claims",
	line: "bring in a file of claims, all of it or nothing",
	help: `plumbline import claims FILE.csv [--db …] [--reason TEXT] [--dry-run] [--json]

  plumbline import claims ours.csv --dry-run
  plumbline import claims ours.csv --reason "page numbers of the second edition"

FILE holds claims; or what was noted of claims that are there, with claim_id and
any further columns; or the documents that they stand in and cite, with source_id.
doc/claims.md has the columns; - reads standard input. Links may lead to claims
of the public record, which every site has. A claim that is there already and
differs is corrected: its old text stays beside the new, with the reason. What a
file leaves out stays as it is, and is counted.`,
	run: importClaims,
}

func importClaims(ctx context.Context, c *call) error {
	dry := c.flags.Bool("dry-run", false, "check everything and write nothing")
	asJSON := c.flags.Bool("json", false, "print one JSON object")
	reason := c.flags.String("reason", "", "why claims that are there are corrected, in a few `words`")
	conf := c.settings("db", "protocols")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := conf.finish(c); err != nil {
		return err
	}
	name := c.args[0]
	data, err := readInput(ctx, c.in, name)
	if err != nil {
		return err
	}
	if name == "-" {
		name = "standard input"
	}
	sheet, err := figure.ReadSheet(bytes.NewReader(data), name)
	if err != nil {
		return err
	}
	var m *figure.Merged
	err = c.intoSite(ctx, conf, *dry, func(db *store.DB) (err error) {
		m, err = db.ImportClaims(ctx, operator, sheet, strings.TrimSpace(*reason), *dry)
		return err
	})
	if problems := plumbline.ProblemsOf(err); len(problems) > 0 && problems[0].Key == "problem.reason_needed" {
		return usageError{name + " corrects claims that are there, and no reason is given", "--dry-run shows which; --reason says why"}
	}
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.out, map[string]any{"dry_run": *dry, "new": idsOf(m.New), "corrected": changes(m.Changed), "alike": m.Alike, "not_in_file": idsOf(m.Absent),
			"new_sources": append([]*figure.Source{}, m.NewSources...), "corrected_sources": append([]*figure.Source{}, m.ChangedSources...)})
	}
	verb := "Brought in"
	if *dry {
		verb = "Would bring in"
	}
	brought, corrected := more(len(m.New), "claim", "claims"), len(m.Changed)
	if len(sheet.Sources) > 0 {
		brought, corrected = more(len(m.NewSources), "source", "sources"), len(m.ChangedSources)
	}
	fmt.Fprintf(c.out, "%s %s, and %s. Already there and alike: %d.\n", verb, brought, more(corrected, "correction", "corrections"), m.Alike)
	for _, ch := range changes(m.Changed) {
		for _, f := range ch.Fields {
			fmt.Fprintf(c.out, "  %s %s: %s → %s\n", ch.ID, f.Field, dash(oneLine(f.Old)), dash(oneLine(f.New)))
		}
	}
	if len(m.Absent) > 0 {
		fmt.Fprintf(c.out, "Of the same documents and not in the file, so left as they are: %s.\n", more(len(m.Absent), "claim", "claims"))
	}
	return nil
}

// A changed is a claim that a file corrects, field by field.
type changed struct {
	ID     string         `json:"id"`
	Fields []changedField `json:"fields"`
}

type changedField struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

func changes(list []figure.Change) []changed {
	all := []changed{}
	for _, c := range list {
		one := changed{ID: c.New.ID}
		for _, column := range figure.Columns {
			if old, now := c.Old.Field(column), c.New.Field(column); old != now {
				one.Fields = append(one.Fields, changedField{column, old, now})
			}
		}
		all = append(all, one)
	}
	return all
}

func idsOf(claims []*figure.Claim) []string {
	ids := []string{}
	for _, c := range claims {
		ids = append(ids, c.ID)
	}
	return ids
}

// bringIn imports a bundle for an organisation, or for none.
func (c *call) bringIn(ctx context.Context, conf *settings, organisation plumbline.ID, b store.Bundle, dry bool) (n store.Imported, err error) {
	by := operator
	by.Organisation = organisation
	err = c.intoSite(ctx, conf, dry, func(db *store.DB) error {
		if err := knownIn(ctx, db, organisation, b); err != nil {
			return err
		}
		n, err = db.Import(ctx, by, b, dry, c.progress())
		return err
	})
	return n, err
}

// intoSite brings something into the site that the settings name. A SQLite site that
// did not exist before is not there afterwards either, unless it was done for
// real and went well.
func (c *call) intoSite(ctx context.Context, conf *settings, dry bool, do func(*store.DB) error) error {
	isNew := !conf.isPostgres() && !exists(conf.Database)
	if isNew && dry {
		dir, err := os.MkdirTemp("", "plumbline-dry-run-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		conf.Database = filepath.Join(dir, "plumbline.db")
	}
	db, err := conf.open(ctx, c)
	if err == nil {
		err = errors.Join(do(db), db.Close())
	}
	if err != nil && isNew {
		err = errors.Join(err, removeSite(conf.Database))
	}
	return err
}

// knownIn refuses an organisation that neither the site nor the file knows.
func knownIn(ctx context.Context, db *store.DB, organisation plumbline.ID, b store.Bundle) error {
	if slices.ContainsFunc(b.Organisations, func(o *plumbline.Organisation) bool { return o.ID == organisation }) {
		return nil
	}
	there, err := db.Organisations(ctx, operator)
	if err == nil && organisation != "" && !slices.ContainsFunc(there, func(o *plumbline.Organisation) bool { return o.ID == organisation }) {
		err = usageError{fmt.Sprintf("the site has no organisation %q", organisation), "leave --organisation out, or record it first"}
	}
	return err
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

// readInput reads a file, or standard input when the name is "-". An interrupt
// ends it even when nothing comes.
func readInput(ctx context.Context, in io.Reader, name string) ([]byte, error) {
	var data []byte
	read := make(chan error, 1)
	go func() {
		r := in
		if name != "-" {
			f, err := os.Open(name)
			if err != nil {
				read <- err
				return
			}
			defer f.Close()
			r = f
		}
		var err error
		data, err = io.ReadAll(io.LimitReader(r, exchange.MaxFile+1))
		read <- err
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case err := <-read:
		if err != nil {
			return nil, fileError(name, err)
		}
		return data, nil
	}
}

var exportCommand = command{
	name: "export operations",
	line: "take out operations as a file that import reads",
	help: `plumbline export operations [ID …] [--db …] > FILE.json

  plumbline export operations --db site.db > all.json

With an ID, or several, only those, with the units and organisations that they
name. Bringing the file in again changes nothing.`,
	run: func(ctx context.Context, c *call) error {
		conf := c.settings("db")
		if err := c.parse(0, 10_000); err != nil {
			return err
		}
		if err := conf.finish(c); err != nil {
			return err
		}
		db, err := conf.look(ctx, c)
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
		return exchange.Write(c.out, &exchange.File{Organisations: b.Organisations, Units: b.Units, Programmes: b.Programmes, Operations: b.Operations})
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
			return some, noOperation(id)
		}
	}
	return some, db.Complete(ctx, operator, &some)
}

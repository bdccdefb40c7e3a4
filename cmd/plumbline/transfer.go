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
	"time"

	"plumbline"
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
	fmt.Fprintf(c.out, "%s %s, %s and %s: %s. Already there and alike: %d.\n", verb, more(n.Operations, "operation", "operations"), more(n.Units, "unit", "units"),
		more(n.Organisations, "organisation", "organisations"), more(n.Entries, "entry", "entries"), n.Known)
	return nil
}

// bringIn imports a bundle for an organisation, or for none. A SQLite site that
// did not exist before is not there afterwards either, unless the import was
// real and went well.
func (c *call) bringIn(ctx context.Context, conf *settings, organisation plumbline.ID, b store.Bundle, dry bool) (n store.Imported, err error) {
	isNew := !conf.isPostgres() && !exists(conf.Database)
	if isNew && dry {
		dir, err := os.MkdirTemp("", "plumbline-dry-run-")
		if err != nil {
			return n, err
		}
		defer os.RemoveAll(dir)
		conf.Database = filepath.Join(dir, "plumbline.db")
	}
	db, err := conf.open(ctx, c)
	if err == nil {
		by := operator
		by.Organisation = organisation
		if err = knownIn(ctx, db, organisation, b); err == nil {
			n, err = db.Import(ctx, by, b, dry, c.progress())
		}
		err = errors.Join(err, db.Close())
	}
	if err != nil && isNew {
		err = errors.Join(err, removeSite(conf.Database))
	}
	return n, err
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

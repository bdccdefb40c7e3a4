package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/store"
)

// operator is who acts from the command line: whoever runs the machine.
var operator = plumbline.Actor{User: "command-line", Name: "Command line", Role: plumbline.Coordinator}

var initCommand = command{
	name: "init",
	line: "make an empty site",
	help: `plumbline init [--db FILE|postgres://…]

  plumbline init --db site.db

A site that is there already is brought up to date and otherwise left alone.`,
	run: func(ctx context.Context, c *call) error {
		conf := c.settings("db", "protocols")
		if err := c.parse(0, 0); err != nil {
			return err
		}
		if err := conf.finish(c); err != nil {
			return err
		}
		isNew := !conf.isPostgres() && !exists(conf.Database)
		db, err := conf.open(ctx, c)
		if err != nil {
			return err
		}
		defer db.Close()
		if isNew {
			fmt.Fprintf(c.out, "Made an empty site in %s.\n", conf.Database)
		} else {
			fmt.Fprintf(c.out, "The site in %s is ready.\n", hideSecret(conf.Database))
		}
		return nil
	},
}

// open opens the site that the settings name, and makes it when there is none.
func (s *settings) open(ctx context.Context, c *call) (*store.DB, error) {
	return s.openWith(ctx, c, nil)
}

func (s *settings) openWith(ctx context.Context, c *call, secret *credential.Secret) (*store.DB, error) {
	if err := s.place(); err != nil {
		return nil, err
	}
	protocols, err := s.protocols()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{Address: s.Database, Protocols: protocols, Log: c.log(), Secret: secret})
}

// place refuses a place where no SQLite site can be.
func (s *settings) place() error {
	if s.isPostgres() {
		return nil
	}
	if info, err := os.Stat(filepath.Dir(s.Database)); err != nil || !info.IsDir() {
		return usageError{fmt.Sprintf("%s: there is no folder %s", s.Database, filepath.Dir(s.Database)), ""}
	}
	if info, err := os.Stat(s.Database); err == nil && info.IsDir() {
		return usageError{s.Database + " is a folder", "--db wants a file, such as " + filepath.Join(s.Database, "plumbline.db")}
	}
	return nil
}

// look opens the site that the settings name and changes nothing in it. There
// must be one.
func (s *settings) look(ctx context.Context, c *call) (*store.DB, error) {
	if err := s.place(); err != nil {
		return nil, err
	}
	none := usageError{fmt.Sprintf("there is no site in %s", hideSecret(s.Database)), "--db names another; plumbline init makes an empty one"}
	if !s.isPostgres() && !exists(s.Database) {
		return nil, none
	}
	protocols, err := s.protocols()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{Address: s.Database, Look: true, Protocols: protocols, Log: c.log()})
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, store.ErrNoSite):
		none.what = fmt.Sprintf("there is no site of this version in %s", hideSecret(s.Database))
		none.hint = "--db names another; plumbline init makes one, or brings it up to date"
		return nil, none
	}
	return nil, err
}

// removeSite removes the files of a SQLite site.
func removeSite(path string) error {
	var errs []error
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

var doctorCommand = command{
	name: "doctor",
	line: "replay the ledger against the record and name every row that was changed",
	help: `plumbline doctor [--db …] [--json]

  plumbline doctor --db site.db

It changes nothing. Exit 1 when something in the database does not agree with
the ledger. That the newest entries are gone together with their lines can only
be seen by who kept a checkpoint from the page Ledger.`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db", "protocols")
		if err := c.parse(0, 0); err != nil {
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
		faults, rows, entries, err := db.Inspect(ctx)
		if err != nil {
			return err
		}
		if db.Stale() {
			c.note("lists and findings are not compared: the site was last used with other protocols; --protocols names their folder")
		}
		if *asJSON {
			err = printJSON(c.out, map[string]any{"rows": rows, "entries": entries, "faults": faultsJSON(faults)})
		} else {
			for _, f := range faults {
				fmt.Fprintln(c.out, f)
			}
			fmt.Fprintf(c.out, "%s and %s read, %s.\n", more(int(rows), "row", "rows"), more(int(entries), "ledger entry", "ledger entries"), more(len(faults), "fault", "faults"))
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

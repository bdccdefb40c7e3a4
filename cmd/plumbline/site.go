package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

// operator is who acts from the command line: whoever runs the machine, and
// could read the database itself. As a coordinator of no organisation it reads,
// imports and exports, and corrects nothing that an organisation recorded.
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
	return store.Open(ctx, store.Options{Address: s.Database, Protocols: protocols, Claims: exchange.Claims(), Log: c.log(), Secret: secret})
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
	db, err := store.Open(ctx, store.Options{Address: s.Database, Look: true, Protocols: protocols, Claims: exchange.Claims(), Log: c.log()})
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

// readable opens the site that the settings name, for a command that needs one.
func (c *call) readable(ctx context.Context, conf *settings) (*store.DB, error) {
	if err := conf.finish(c); err != nil {
		return nil, err
	}
	return conf.look(ctx, c)
}

// site reads the command line of a command that only asks a site, and opens it.
func (c *call) site(ctx context.Context, least, most int) (db *store.DB, asJSON bool, err error) {
	c.flags.BoolVar(&asJSON, "json", false, "print one JSON object")
	conf := c.settings("db")
	if err := c.parse(least, most); err != nil {
		return nil, false, err
	}
	db, err = c.readable(ctx, conf)
	return db, asJSON, err
}

// sharedRecord returns the dialogue or matter of an id, or says how to find one.
func sharedRecord[R any](ctx context.Context, db *store.DB, kind plumbline.Kind, id string) (r R, err error) {
	d, err := db.Shared(ctx, operator, store.Subject{Kind: kind, ID: plumbline.ID(id)})
	if errors.Is(err, plumbline.ErrNotFound) {
		return r, usageError{fmt.Sprintf("there is no %s %q", kind, id), fmt.Sprintf("plumbline %s list shows the ids", kind)}
	}
	if err != nil {
		return r, err
	}
	return d.Shared.(R), nil
}

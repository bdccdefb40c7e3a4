package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"plumbline"
	"plumbline/internal/rig"
	"plumbline/internal/store"
	"plumbline/internal/web"
)

var demoCommand = command{
	name: "demo",
	line: "make a site with the public record and a fictional coalition, and serve it",
	help: `plumbline demo [--addr 127.0.0.1:8080] [--dir DIR] [--public-record-only]

  plumbline demo --addr 127.0.0.1:0      picks a free port and prints it`,
	run: demo,
}

var serveCommand = command{
	name: "serve",
	line: "serve a site",
	help: `plumbline serve [settings]

  PLUMBLINE_DB=postgres://… plumbline serve --addr 127.0.0.1:8080`,
	run: serve,
}

// demo makes a site in a folder, or goes on with the one that is there.
func demo(ctx context.Context, c *call) error {
	addr := c.flags.String("addr", configDefaults.Address, "listen on this `address`; port 0 picks a free one")
	dir := c.flags.String("dir", "", "keep the site in this `folder` (a temporary one if not given)")
	only := c.flags.Bool("public-record-only", false, "leave the fictional coalition out")
	seed := c.flags.Uint64("seed", 1, "vary the coalition's small details by this `number`")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	if *dir == "" {
		made, err := os.MkdirTemp("", "plumbline-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		*dir = made
	} else if err := os.MkdirAll(*dir, 0o700); err != nil {
		return err
	}
	protocols, err := (&settings{config: &config{}}).protocols()
	if err != nil {
		return err
	}
	clock := new(rig.Clock)
	path := filepath.Join(*dir, "plumbline.db")
	_, statErr := os.Stat(path)
	db, err := store.Open(ctx, store.Options{Address: path, Now: clock.Now, Protocols: protocols, Log: c.log()})
	if err != nil {
		return err
	}
	defer db.Close()
	if errors.Is(statErr, os.ErrNotExist) {
		if err := furnish(ctx, db, clock, *only, *seed); err != nil {
			return err
		}
	}
	links, err := signInLinks(ctx, db, *only)
	if err != nil {
		return err
	}
	return c.listen(ctx, *addr, web.Options{Store: db, Log: c.log(), Demo: true, Links: links}, func(url string) {
		fmt.Fprintf(c.out, "Plumbline demo at %s\n\nThese links sign in without a password. They are for this demonstration only, with made-up data.\n", url)
		for _, l := range links {
			fmt.Fprintf(c.out, "  %-16s %s/sign-in/%s\n", l.Role, url, l.Token)
		}
		fmt.Fprintln(c.out, "\nEverything on this site is fictional or published. Stop it with Ctrl-C.")
	})
}

func furnish(ctx context.Context, db *store.DB, clock *rig.Clock, only bool, seed uint64) error {
	if err := rig.PublicRecord(ctx, db); err != nil {
		return err
	}
	if !only {
		if err := rig.Tell(ctx, db, clock, seed); err != nil {
			return err
		}
	}
	return rig.Users(ctx, db)
}

func signInLinks(ctx context.Context, db *store.DB, only bool) (links []web.DemoLink, err error) {
	for _, a := range rig.Actors() {
		if only && a.Role != plumbline.Reader && a.Role != plumbline.Coordinator {
			continue
		}
		token, err := db.NewLink(ctx, a.User, 30*24*time.Hour)
		if err != nil {
			return nil, err
		}
		links = append(links, web.DemoLink{Role: a.Role, Name: a.Name, Token: token, Organisation: a.Name})
	}
	return links, nil
}

// serve serves a site until it is interrupted.
func serve(ctx context.Context, c *call) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	if err := c.parse(0, 0); err != nil {
		return err
	}
	db, err := conf.open(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	return c.listen(ctx, conf.Address, web.Options{Store: db, Log: c.log(), Secure: conf.Secure}, func(url string) {
		fmt.Fprintf(c.out, "Plumbline at %s\n", url)
	})
}

// open opens the store that the settings name.
func (s *settings) open(ctx context.Context, c *call) (*store.DB, error) {
	if err := s.finish(c); err != nil {
		return nil, err
	}
	protocols, err := s.protocols()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{Address: s.Database, Protocols: protocols, Log: c.log()})
}

func (c *call) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// listen serves on an address, and says where once it does.
func (c *call) listen(ctx context.Context, addr string, o web.Options, ready func(url string)) error {
	handler, err := web.New(o)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(c.log().Handler(), slog.LevelDebug)}
	ready("http://" + l.Addr().String())
	return web.Serve(ctx, server, func() error { return server.Serve(l) })
}

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
	"sync"
	"syscall"
	"time"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/job"
	"plumbline/internal/rig"
	"plumbline/internal/store"
	"plumbline/internal/web"
)

var demoCommand = command{
	name: "demo",
	line: "make a site with the public record and a fictional coalition, and serve it",
	help: `plumbline demo [--addr 127.0.0.1:8080] [--dir DIR] [--public-record-only]

  plumbline demo --addr 127.0.0.1:0      picks a free port and prints it

It prints one sign-in link a role and serves until interrupted. Without --dir
nothing is left behind; with it, the next demo in that folder goes on with it.`,
	run: demo,
}

var serveCommand = command{
	name: "serve",
	line: "serve a site",
	help: `plumbline serve [settings]

  PLUMBLINE_DB=postgres://… plumbline serve --addr 127.0.0.1:8080

The site is made when there is none. Put a proxy with TLS in front, and give
--url https://… : passkeys are made for that address, and cookies are sent only
over TLS.

What users sign in with is sealed with a secret that is not in the database.
For a SQLite site it is made at first, in a file beside it. Keep a copy of it
apart from the copies of the site: without it every user needs a new
invitation. On PostgreSQL make it with plumbline secret, and give every server
the same with --secret-file.

plumbline config -h says where settings come from.`,
	run: serve,
}

// demo makes a site in a folder, or goes on with the one that is there.
func demo(ctx context.Context, c *call) error {
	addr := c.flags.String("addr", configDefaults.Address, "listen on this `address`; port 0 picks a free one")
	dir := c.flags.String("dir", "", "keep the site in this `folder` (without it, in a temporary one)")
	only := c.flags.Bool("public-record-only", false, "leave the fictional coalition out")
	seed := c.flags.Uint64("seed", 1, "vary the coalition's small details by this `number`")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	l, err := listen(ctx, *addr)
	if err != nil {
		return err
	}
	defer l.Close() // a second time when it was served: no harm
	if *dir == "" {
		made, err := os.MkdirTemp("", "plumbline-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		*dir = made
	} else if err := os.MkdirAll(*dir, 0o700); err != nil {
		return fileError(*dir, err)
	}
	protocols, err := (&settings{config: &config{}}).protocols()
	if err != nil {
		return err
	}
	clock := new(rig.Clock)
	path := filepath.Join(*dir, "plumbline.db")
	isNew := !exists(path)
	secret, _, err := (&settings{config: &config{Database: path}}).secret()
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{Address: path, Now: clock.Now, Protocols: protocols, Claims: exchange.Claims(), Log: c.log(), Secret: secret})
	if err != nil {
		return err
	}
	defer db.Close()
	if isNew {
		if err := furnish(ctx, db, clock, *only, *seed); err != nil {
			return errors.Join(err, db.Close(), removeSite(path)) // half a demo would look like a whole one
		}
	}
	links, err := signInLinks(ctx, db, *only)
	if err != nil {
		return err
	}
	at, err := (&settings{config: &config{}}).site(l.Addr())
	if err != nil {
		return err
	}
	return c.serve(ctx, l, web.Options{Store: db, Log: c.log(), Demo: true, Public: true, Links: links, URL: at}, func(url string) {
		fmt.Fprintf(c.out, "Plumbline demo at %s\n\nThese links sign in without a password. They are for this demonstration only.\n", url)
		for _, l := range links {
			fmt.Fprintf(c.out, "  %-16s %s/sign-in/%s\n", l.Role, url, l.Token)
		}
		fmt.Fprintln(c.out, "\nEverything on this site is fictional or published. Stop it with Ctrl-C.")
	})
}

func furnish(ctx context.Context, db *store.DB, clock *rig.Clock, only bool, seed uint64) error {
	if !only {
		if err := rig.TellGrown(ctx, db, clock, seed); err != nil {
			return err
		}
		if err := rig.Claims(ctx, db); err != nil {
			return err
		}
	}
	if err := rig.PublicRecord(ctx, db); err != nil {
		return err
	}
	if err := rig.Users(ctx, db); err != nil || only {
		return err
	}
	if err := rig.Said(ctx, db); err != nil {
		return err
	}
	if err := rig.Studies(ctx, db, seed); err != nil {
		return err
	}
	return rig.Releases(ctx, db)
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
	conf := c.settings("addr", "db", "secure", "protocols", "url", "secret-file", "proxies", "public")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	if err := conf.finish(c); err != nil {
		return err
	}
	l, err := listen(ctx, conf.Address)
	if err != nil {
		return err
	}
	defer l.Close() // a second time when it was served: no harm
	proxies, err := conf.proxies()
	if err != nil {
		return err
	}
	at, err := conf.site(l.Addr())
	if err != nil {
		return err
	}
	db, err := conf.openSecret(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	users, err := db.Actors(ctx, operator)
	if err != nil {
		return err
	}
	weak, err := db.Weakness(ctx)
	if err != nil {
		return err
	}
	return c.serve(ctx, l, web.Options{Store: db, Log: c.log(), Secure: conf.Secure, Public: conf.Public, URL: at, Proxies: proxies}, func(url string) {
		fmt.Fprintf(c.out, "Plumbline at %s\n", url)
		if at == nil {
			c.note("there are no passkeys without --url, the address at which browsers find the site")
		}
		if weak != "" {
			c.note(weak)
		}
		if len(users) == 0 {
			c.note("this site has no users yet: plumbline user add makes one, with an invitation to sign in")
		}
	})
}

func (c *call) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// listen takes an address, before anything slow is done for it.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, usageError{fmt.Sprintf("something is listening on %s already", addr), "--addr 127.0.0.1:0 picks a free port"}
	case errors.As(err, &op):
		return nil, usageError{fmt.Sprintf("cannot listen on %q: %v", addr, op.Err), "an address is a host and a port, such as 127.0.0.1:8080"}
	}
	return l, err
}

// serve serves, and says where once it does.
func (c *call) serve(ctx context.Context, l net.Listener, o web.Options, ready func(url string)) error {
	handler, err := web.New(o)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(c.log().Handler(), slog.LevelDebug)}
	// Work that is not finished is given back when the server stops, for another
	// or for the next start.
	working, stop := context.WithCancel(ctx)
	var worker sync.WaitGroup
	worker.Go(func() { job.New(job.Options{Store: o.Store, Kinds: job.Kinds(o.Store), Log: c.log()}).Run(working) })
	defer worker.Wait()
	defer stop()
	ready("http://" + l.Addr().String())
	return web.Serve(ctx, server, func() error { return server.Serve(l) })
}

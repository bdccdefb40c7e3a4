package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// config is everything that can be set. Each setting comes from its flag,
// else from its variable, else from the file, else it is the default.
type config struct {
	Address   string `json:"addr"`   // where to listen
	Database  string `json:"db"`     // a SQLite file, or postgres://…
	Secure    bool   `json:"secure"` // the site is reached over HTTPS
	Protocols string `json:"protocols"`
}

var configDefaults = config{Address: "127.0.0.1:8080", Database: "plumbline.db"}

var configCommand = command{
	name: "config",
	line: "print the settings in force, secrets hidden",
	help: `plumbline config [--config FILE] [settings]

  PLUMBLINE_DB=postgres://… plumbline config`,
	run: func(_ context.Context, c *call) error {
		conf, err := c.config()
		if err != nil {
			return err
		}
		if err := c.parse(0, 0); err != nil {
			return err
		}
		if err := conf.finish(c); err != nil {
			return err
		}
		shown := *conf.config
		shown.Database = hideSecret(shown.Database)
		return printJSON(c.out, shown)
	},
}

// settings binds a config to a call's flags until they are parsed.
type settings struct {
	*config
	file string
}

// config registers the flags of a command that opens a site.
func (c *call) config() (*settings, error) {
	s := &settings{config: &config{}}
	c.flags.StringVar(&s.file, "config", c.getenv("PLUMBLINE_CONFIG"), "read settings from this JSON `file`")
	c.flags.StringVar(&s.Address, "addr", "", "listen on this `address` (default "+configDefaults.Address+")")
	c.flags.StringVar(&s.Database, "db", "", "SQLite `file` or postgres:// address (default "+configDefaults.Database+")")
	c.flags.BoolVar(&s.Secure, "secure", false, "the site is reached over HTTPS: cookies are sent only there")
	c.flags.StringVar(&s.Protocols, "protocols", "", "also hold operations against the protocol files in this `folder`")
	return s, nil
}

// finish fills what no flag set, and checks the whole.
func (s *settings) finish(c *call) error {
	file := configDefaults
	if s.file != "" {
		data, err := os.ReadFile(s.file)
		if err != nil {
			return fmt.Errorf("read the settings: %w", err)
		}
		dec := json.NewDecoder(strings.NewReader(string(data)))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&file); err != nil {
			return fmt.Errorf("settings in %s: %w", filepath.Base(s.file), err)
		}
	}
	pick := func(flag *string, variable, fallback string) {
		if *flag == "" {
			*flag = c.getenv(variable)
		}
		if *flag == "" {
			*flag = fallback
		}
	}
	pick(&s.Address, "PLUMBLINE_ADDR", file.Address)
	pick(&s.Database, "PLUMBLINE_DB", file.Database)
	pick(&s.Protocols, "PLUMBLINE_PROTOCOLS", file.Protocols)
	if v := c.getenv("PLUMBLINE_SECURE"); v != "" && !s.Secure {
		on, err := strconv.ParseBool(v)
		if err != nil {
			return usageError{"PLUMBLINE_SECURE is neither true nor false", ""}
		}
		s.Secure = on
	}
	s.Secure = s.Secure || file.Secure
	return nil
}

// hideSecret takes the password out of a database's address.
func hideSecret(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	return u.Redacted()
}

// protocols returns the protocols that ship with Plumbline and those of the
// site's own folder.
func (s *settings) protocols() ([]*protocol.Protocol, error) {
	list, err := protocol.Shipped(store.Vocabulary())
	if err != nil || s.Protocols == "" {
		return list, err
	}
	names, err := filepath.Glob(filepath.Join(s.Protocols, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		p, err := protocol.Parse(filepath.Base(name), data, store.Vocabulary())
		if err != nil {
			return nil, err
		}
		for _, q := range list {
			if q.Name == p.Name {
				return nil, plumbline.Invalid(filepath.Base(name)+": name", "problem.already_there", "Got", p.Name)
			}
		}
		list = append(list, p)
	}
	return list, nil
}

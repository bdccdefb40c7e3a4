package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

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
	URL       string `json:"url"`         // where browsers find the site
	Secret    string `json:"secret_file"` // holds the site's secret
	Proxies   string `json:"proxies"`     // addresses and networks of proxies that are believed
	Public    bool   `json:"public"`      // there are pages for those without an account
}

var configDefaults = config{Address: "127.0.0.1:8080", Database: "plumbline.db", Public: true}

var configCommand = command{
	name: "config",
	line: "print the settings in force, secrets hidden",
	help: `plumbline config [settings]

  PLUMBLINE_DB=postgres://plumbline:secret@db/plumbline plumbline config

A setting comes from its flag, else from its variable (PLUMBLINE_ADDR,
PLUMBLINE_DB, PLUMBLINE_SECURE, PLUMBLINE_PROTOCOLS, PLUMBLINE_URL,
PLUMBLINE_SECRET_FILE, PLUMBLINE_PROXIES, PLUMBLINE_PUBLIC), else from the file that --config or
PLUMBLINE_CONFIG names, which looks like what this prints.`,
	run: func(_ context.Context, c *call) error {
		s := c.settings("addr", "db", "secure", "protocols", "url", "secret-file", "proxies", "public")
		if err := c.parse(0, 0); err != nil {
			return err
		}
		if err := s.finish(c); err != nil {
			return err
		}
		shown := *s.config
		shown.Database = hideSecret(shown.Database)
		return printJSON(c.out, shown)
	},
}

// settings binds a config to a call's flags until they are parsed.
type settings struct {
	*config
	file   string
	public string // of the flag, which may say false
}

// settings registers the flags for some of the settings. The others are read
// from variables and file all the same.
func (c *call) settings(names ...string) *settings {
	s := &settings{config: &config{}}
	c.flags.StringVar(&s.file, "config", "", "read settings from this JSON `file`")
	for _, name := range names {
		switch name {
		case "addr":
			c.flags.StringVar(&s.Address, "addr", "", "listen on this `address`; port 0 picks a free one (default "+configDefaults.Address+")")
		case "db":
			c.flags.StringVar(&s.Database, "db", "", "the site: a SQLite `file` or postgres:// address (default "+configDefaults.Database+")")
		case "secure":
			c.flags.BoolVar(&s.Secure, "secure", false, "the site is reached over HTTPS: cookies are sent only there")
		case "protocols":
			c.flags.StringVar(&s.Protocols, "protocols", "", "also hold operations against the protocol files in this `folder`")
		case "url":
			c.flags.StringVar(&s.URL, "url", "", "the `address` at which browsers find the site, such as https://plumbline.example: passkeys are made for it")
		case "secret-file":
			c.flags.StringVar(&s.Secret, "secret-file", "", "the `file` with the secret that seals what users sign in with (default beside a SQLite site, with .secret after its name)")
		case "proxies":
			c.flags.StringVar(&s.Proxies, "proxies", "", "believe X-Forwarded-For of these `addresses` or networks, with commas between")
		case "public":
			c.flags.Func("public", "show visitors what is published, `true` or false (default true)", func(v string) error { s.public = v; return nil })
		}
	}
	return s
}

// finish fills what no flag set, and checks the whole.
func (s *settings) finish(c *call) error {
	file := configDefaults
	if s.file == "" {
		s.file = c.getenv("PLUMBLINE_CONFIG")
	}
	if s.file != "" {
		data, err := os.ReadFile(s.file)
		if err != nil {
			return fileError(s.file, err)
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&file); err != nil {
			return usageError{fmt.Sprintf("%s is not a file of settings: %v", s.file, err), "plumbline config prints one"}
		}
	}
	pick := func(setting *string, variable, fallback string) {
		*setting = cmp.Or(*setting, c.getenv(variable), fallback)
	}
	pick(&s.Address, "PLUMBLINE_ADDR", file.Address)
	pick(&s.Database, "PLUMBLINE_DB", file.Database)
	pick(&s.Protocols, "PLUMBLINE_PROTOCOLS", file.Protocols)
	pick(&s.URL, "PLUMBLINE_URL", file.URL)
	pick(&s.Secret, "PLUMBLINE_SECRET_FILE", file.Secret)
	pick(&s.Proxies, "PLUMBLINE_PROXIES", file.Proxies)
	if v := c.getenv("PLUMBLINE_SECURE"); v != "" && !s.Secure {
		on, err := strconv.ParseBool(v)
		if err != nil {
			return usageError{fmt.Sprintf("PLUMBLINE_SECURE is %q", v), "it is true or false"}
		}
		s.Secure = on
	}
	s.Secure, s.Public = s.Secure || file.Secure, file.Public
	if v := cmp.Or(s.public, c.getenv("PLUMBLINE_PUBLIC")); v != "" {
		on, err := strconv.ParseBool(v)
		if err != nil {
			return usageError{fmt.Sprintf("public is %q", v), "--public=false, or PLUMBLINE_PUBLIC=false, shows nothing to those without an account"}
		}
		s.Public = on
	}
	if scheme, _, found := strings.Cut(s.Database, "://"); found && !s.isPostgres() {
		return usageError{fmt.Sprintf("%s:// is no database that can be used here", scheme), "give a SQLite file, or postgres://…"}
	}
	if s.URL != "" {
		u, err := url.Parse(s.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			return usageError{fmt.Sprintf("%q is not the address of a site", s.URL), "--url https://plumbline.example, say"}
		}
		s.URL, s.Secure = u.Scheme+"://"+u.Host, s.Secure || u.Scheme == "https"
	}
	_, err := s.proxies()
	return err
}

// proxies returns the networks whose word on where a request comes from is
// taken.
func (s *settings) proxies() (list []netip.Prefix, err error) {
	for _, text := range strings.FieldsFunc(s.Proxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); single == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, usageError{fmt.Sprintf("%q is not an address or network of a proxy", text), "--proxies 10.0.0.7,fd00::/8, say"}
		}
		list = append(list, p)
	}
	return list, nil
}

// site returns the address at which browsers find the site: the setting, else
// this machine's own name when it listens for itself alone, else none.
func (s *settings) site(listening net.Addr) (*url.URL, error) {
	if s.URL != "" {
		return url.Parse(s.URL)
	}
	at, ok := listening.(*net.TCPAddr)
	if !ok || !at.IP.IsLoopback() || s.Secure {
		return nil, nil
	}
	return &url.URL{Scheme: "http", Host: "localhost:" + strconv.Itoa(at.Port)}, nil
}

func (s *settings) isPostgres() bool {
	return strings.HasPrefix(s.Database, "postgres://") || strings.HasPrefix(s.Database, "postgresql://")
}

// hideSecret takes the passwords out of a database's address.
func hideSecret(address string) string {
	scheme, _, found := strings.Cut(address, "://")
	if !found {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return scheme + "://(not shown: this is not an address)"
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "pass") {
			query.Set(name, "xxxxx")
			u.RawQuery = query.Encode()
		}
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
	files, err := os.ReadDir(s.Protocols) // in order of their names
	if err != nil {
		return nil, fileError(s.Protocols, err)
	}
	for _, f := range files {
		name := filepath.Join(s.Protocols, f.Name())
		if filepath.Ext(name) != ".json" {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fileError(name, err)
		}
		p, err := protocol.Parse(name, data, store.Vocabulary())
		if err != nil {
			return nil, err
		}
		for _, q := range list {
			if q.Name == p.Name {
				return nil, usageError{fmt.Sprintf("%s: there is a protocol %q already", name, p.Name), "give the copy a name of its own, in its field \"name\""}
			}
		}
		list = append(list, p)
	}
	return list, nil
}

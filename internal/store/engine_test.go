package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

// shape lists every column and every key, as both engines tell them.
func (s *site) shape() (lines []string) {
	s.t.Helper()
	columns, keys := `SELECT m.name, c.name, CASE c."notnull" WHEN 1 THEN 'NO' ELSE 'YES' END, c.type FROM sqlite_master m, pragma_table_info(m.name) c
			WHERE m.type = 'table' ORDER BY m.name, c.cid`,
		`SELECT m.name, i.name, i."unique", (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
			FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table'
			UNION SELECT m.name, 'rowid', 1, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER'
			AND (SELECT COUNT(*) FROM pragma_table_info(m.name) WHERE pk > 0) = 1`
	if s.Engine() == "postgres" {
		columns = `SELECT table_name, column_name, is_nullable, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`
		keys = `SELECT t.relname, i.relname, x.indisunique, (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(x.indkey) WITH ORDINALITY k (num, n)
				JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num)
			FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public'`
	}
	types := map[any]string{"text": "TEXT", "bigint": "INTEGER", "bytea": "BLOB"}
	rows, err := s.Rows(s.t.Context(), columns)
	s.must(err)
	for _, r := range rows {
		if t, ok := types[r[3]]; ok {
			r[3] = t
		}
		lines = append(lines, fmt.Sprint(r[0], ".", r[1], " ", r[3], " null: ", r[2]))
	}
	rows, err = s.Rows(s.t.Context(), keys)
	s.must(err)
	var indexes []string
	for _, r := range rows {
		unique := r[2] == true || r[2] == int64(1)
		indexes = append(indexes, fmt.Sprint(r[0], " (", r[3], ") unique: ", unique))
	}
	slices.Sort(indexes)
	lines = append(lines, indexes...)
	return slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "goose_") || strings.HasPrefix(l, "sqlite_") })
}

// Both engines have the same tables, columns, nullability and keys.
func TestMigrationsAgree(t *testing.T) {
	shapes := map[string][]string{}
	each(t, func(t *testing.T, s *site) {
		shapes[s.Engine()] = s.shape()
		s.again().Close()
		if diff := cmp.Diff(shapes[s.Engine()], s.shape()); diff != "" {
			t.Errorf("up twice changed something:\n%s", diff)
		}
	})
	if len(shapes["sqlite"]) < 50 {
		t.Fatalf("got %v: the test sees nothing", shapes["sqlite"])
	}
	if shapes["postgres"] != nil {
		if diff := cmp.Diff(shapes["sqlite"], shapes["postgres"]); diff != "" {
			t.Errorf("-sqlite +postgres:\n%s", diff)
		}
	}
}

// Text sorts by bytes on PostgreSQL too, however the database was made.
func TestPostgresSortsByBytes(t *testing.T) {
	s := open(t, rig.Postgres(t))
	rows, err := s.Rows(t.Context(), `SELECT table_name, column_name, collation_name FROM information_schema.columns
		WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'`)
	s.must(err)
	if len(rows) > 0 {
		t.Errorf("not by bytes: %v", rows)
	}
}

// Several servers that start at once on an empty database make one site.
func TestServersStartTogether(t *testing.T) {
	for engine, address := range engines {
		t.Run(engine, func(t *testing.T) {
			at := address(t)
			var all sync.WaitGroup
			keys := make([]string, 4)
			for n := range keys {
				all.Go(func() {
					db, err := store.Open(t.Context(), store.Options{Address: at, Protocols: shipped(t)})
					if err != nil {
						t.Error(err)
						return
					}
					defer db.Close()
					id := plumbline.ID(fmt.Sprint("op-", n))
					if err := db.Write(t.Context(), worker, batch(id, sighting(id))); err != nil {
						t.Error(err)
					}
					p, err := db.Ledger(t.Context(), worker, 0, 1)
					if err != nil {
						t.Error(err)
					}
					keys[n] = p.Key
				})
			}
			all.Wait()
			if t.Failed() {
				return
			}
			if len(slices.Compact(keys)) != 1 {
				t.Errorf("got keys %v, want one", keys)
			}
			s := open(t, at)
			s.clean()
			if n := s.count("operation"); n != len(keys) {
				t.Errorf("got %d operations", n)
			}
		})
	}
}

// A file that cannot be a site is refused with one clear line, and left alone.
func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("This is a letter. ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.db")
	s := open(t, filepath.Join(dir, "good.db"))
	s.first("a")
	s.must(s.Close())
	good, err := os.ReadFile(s.address)
	s.must(err)
	s.must(os.WriteFile(cut, good[:50], 0o600))
	for what, address := range map[string]string{
		"a folder":                  dir,
		"a folder that is not":      filepath.Join(dir, "no", "where.db"),
		"a file that is a text":     text,
		"a file that was cut short": cut,
		"a socket that is not":      "postgres:///x?host=" + dir,
		"a port that nobody serves": "postgres://x@127.0.0.1:1/x?connect_timeout=1",
		"an address that is none":   "postgres://x@:x:/",
	} {
		before := fmt.Sprint(os.ReadDir(dir))
		start := time.Now()
		db, err := store.Open(t.Context(), store.Options{Address: address})
		if err == nil {
			t.Errorf("%s: opened", what)
			err = db.Close()
		}
		if what != "an address that is none" && !errors.Is(err, plumbline.ErrUnavailable) {
			t.Errorf("%s: got %v, want unavailable", what, err)
		}
		if strings.Contains(fmt.Sprint(err), "\n") {
			t.Errorf("%s: more than one line: %v", what, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", what, took)
		}
		if after := fmt.Sprint(os.ReadDir(dir)); after != before {
			t.Errorf("%s: left something: %s, before %s", what, after, before)
		}
		t.Logf("%s: %v", what, err)
	}
}

// A file that may only be read says so; so does one that may not be read.
func TestOpenWithoutRights(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may everything")
	}
	s := open(t, filepath.Join(t.TempDir(), "site.db"))
	s.must(s.Close())
	for _, mode := range []os.FileMode{0o000, 0o400} {
		s.must(os.Chmod(s.address, mode))
		db, err := store.Open(t.Context(), store.Options{Address: s.address})
		if err == nil {
			db.Close()
		}
		want(t, err, plumbline.ErrUnavailable)
		t.Logf("%v: %v", mode, err)
	}
}

// Names with marks that an address could take for its own are files.
func TestOddFileNames(t *testing.T) {
	for _, name := range []string{"a b.db", "a?b.db", "a#b.db", "a%20b.db", "ភ្នំពេញ.db", "a&_query_only=1.db"} {
		path := filepath.Join(t.TempDir(), name)
		s := open(t, path)
		s.first("a")
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

// A database that goes away is told as such, and used again when it is back.
func TestDatabaseGoesAway(t *testing.T) {
	address := rig.Postgres(t)
	dir := strings.TrimSuffix(strings.Split(address, "host=")[1], "&port=5432&user=plumbline")
	name := strings.Split(strings.TrimPrefix(address, "postgres:///"), "?")[0]
	line := &cable{t: t, to: filepath.Join(dir, ".s.PGSQL.5432")}
	line.plug()
	s := open(t, fmt.Sprintf("postgres://plumbline@%s/%s?sslmode=disable", line.address, name))
	s.first("a")
	before := s.state()
	line.pull()
	for range 3 {
		want(t, s.Write(t.Context(), worker, batch("b", sighting("b"))), plumbline.ErrUnavailable)
		_, err := s.Operation(t.Context(), worker, "a")
		want(t, err, plumbline.ErrUnavailable)
		want(t, s.Ping(t.Context()), plumbline.ErrUnavailable)
	}
	line.plug()
	s.must(s.Ping(t.Context()))
	if s.state() != before {
		t.Error("what was refused left something")
	}
	s.first("b")
	s.clean()

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	line.stall()
	if err := s.Write(ctx, worker, batch("c", sighting("c"))); err == nil {
		t.Error("a database that does not answer acknowledged a write")
	}
}

// A cable leads to a socket and can be pulled.
type cable struct {
	t       *testing.T
	to      string
	address string
	mu      sync.Mutex
	stalled bool
	listen  net.Listener
	open    []net.Conn
}

func (c *cable) plug() {
	c.t.Helper()
	if c.address == "" {
		c.address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", c.address)
	if err != nil {
		c.t.Fatal(err)
	}
	c.address, c.listen = l.Addr().String(), l
	c.t.Cleanup(func() { l.Close(); c.pull() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", c.to)
			if err != nil {
				in.Close()
				return
			}
			c.mu.Lock()
			c.open = append(c.open, in, out)
			c.mu.Unlock()
			go c.copy(out, in)
			go c.copy(in, out)
		}
	}()
}

func (c *cable) copy(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		c.mu.Lock()
		stalled := c.stalled
		c.mu.Unlock()
		if stalled {
			continue
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				from.Close()
				return
			}
		}
		if err != nil {
			to.Close()
			return
		}
	}
}

// pull ends every connection; stall keeps them and lets nothing through.
func (c *cable) pull() {
	c.listen.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		conn.Close()
	}
	c.open, c.stalled = nil, false
}

func (c *cable) stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = true
}

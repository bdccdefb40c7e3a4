//go:build unix

package rig

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	// The test's own context has ended when its clean-up runs.
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestPostgres(t *testing.T) {
	first, second := Postgres(t), Postgres(t)
	if first == second {
		t.Fatalf("both databases are at %s", first)
	}
	a, b := connect(t, first), connect(t, second)
	if _, err := a.Exec(t.Context(), `CREATE TABLE place (name TEXT NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"å", "b", "B", "a", "ភ្នំពេញ"} {
		if _, err := a.Exec(t.Context(), `INSERT INTO place (name) VALUES ($1)`, name); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := a.Query(t.Context(), `SELECT name FROM place ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	// By bytes, as SQLite sorts.
	if want := []string{"B", "a", "b", "å", "ភ្នំពេញ"}; !slices.Equal(got, want) {
		t.Errorf("sorted %q, want %q", got, want)
	}
	// The second database is another one, and empty.
	var tables int
	if err := b.QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables); err != nil || tables != 0 {
		t.Errorf("the second database has %d tables, %v", tables, err)
	}
}

// A database goes with its test, also when a connection to it was forgotten.
func TestPostgresDrops(t *testing.T) {
	var address string
	t.Run("inner", func(t *testing.T) {
		address = Postgres(t)
		if _, err := pgx.Connect(t.Context(), address); err != nil {
			t.Fatal(err)
		}
	})
	if address == "" {
		t.SkipNow() // as inner did, or failed
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err == nil {
		conn.Close(t.Context())
		t.Fatalf("%s is still there", address)
	}
	if !strings.Contains(err.Error(), "does not exist") {
		t.Fatalf("got %v, want that the database does not exist", err)
	}
}

func TestPostgresInParallel(t *testing.T) {
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			conn := connect(t, Postgres(t))
			// In one shared database the second would fail.
			if _, err := conn.Exec(t.Context(), `CREATE TABLE mine (n INT)`); err != nil {
				t.Error(err)
			}
		})
	}
}

// Settings of the person who runs the tests must not lead to another server.
func TestPostgresIgnoresEnvironment(t *testing.T) {
	t.Setenv("PGPORT", "1")
	t.Setenv("PGHOST", "/nowhere")
	t.Setenv("PGUSER", "nobody")
	t.Setenv("PGDATABASE", "nothing")
	var user string
	if err := connect(t, Postgres(t)).QueryRow(t.Context(), `SELECT current_user`).Scan(&user); err != nil || user != "plumbline" {
		t.Errorf("user %q, %v", user, err)
	}
}

func TestPostgresEndsWithUs(t *testing.T) {
	if findPostgres() == "" {
		missing(t, "there is no PostgreSQL")
	}
	endings(t, func(t *testing.T) (dir string, pid int) {
		Postgres(t)
		dir = postgres.server.dir
		text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		pid, err = strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		return dir, pid
	})
}

//go:build unix

package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres creates an empty database in PostgreSQL, drops it when t ends with whatever is
// still connected to it, and returns its address for pgx:
//
//	postgres:///t1?host=/tmp/plumbline-pg-123&port=5432&user=plumbline
//
// All databases of a test binary are of one server, in a temporary folder, reached by
// a socket in that folder alone. Text is UTF-8 and sorts by bytes, as in SQLite. The
// server does not wait for the disk, so it shows nothing about speed or crashes.
//
// Without PostgreSQL it skips t, or fails it when PLUMBLINE_TEST_ALL is 1.
func Postgres(t testing.TB) string {
	t.Helper()
	bin := findPostgres()
	if bin == "" {
		missing(t, "there is no PostgreSQL in /usr/lib/postgresql or on the PATH")
	}
	s, err := startPostgres(bin)
	if err != nil {
		t.Fatalf("start PostgreSQL from %s: %v", bin, err)
	}
	name := s.nextName()
	if err := s.exec("CREATE DATABASE " + name); err != nil {
		t.Fatalf("create database %s: %v", name, err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop database %s: %v", name, err)
		}
	})
	return s.address(name)
}

// A server is a PostgreSQL that ends with this process.
type server struct {
	dir   string // holds the data, the socket and the log
	mu    sync.Mutex
	names int
}

func (s *server) nextName() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names++
	return "t" + strconv.Itoa(s.names)
}

func (s *server) address(database string) string {
	// The folder's name is MkdirTemp's and needs no escaping. The port names the socket's
	// file, and is said since PGPORT would otherwise change it.
	return "postgres:///" + database + "?host=" + s.dir + "&port=5432&user=plumbline"
}

func (s *server) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.address("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// postgres is the server of this test binary.
var postgres struct {
	sync.Mutex
	server *server
	err    error // why it could not be started
}

func startPostgres(bin string) (*server, error) {
	postgres.Lock()
	defer postgres.Unlock()
	if postgres.server == nil && postgres.err == nil {
		postgres.server, postgres.err = launchPostgres(bin)
	}
	return postgres.server, postgres.err
}

// The shell is the server's parent, waits with it for our end, and then ends it; thus there is
// no moment at which we could die and leave it. QUIT is PostgreSQL's immediate shutdown,
// which still removes its shared memory, as KILL would not. It is sent until the server is
// gone, because a shell starts what is in its background deaf to QUIT and the server
// listens only after a moment.
const servePostgres = `
	"$1/initdb" -D "$2/data" -U plumbline -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 || exit 1
	"$1/postgres" -D "$2/data" -k "$2" -p 5432 -c listen_addresses= \
		-c fsync=off -c synchronous_commit=off -c full_page_writes=off \
		-c shared_buffers=32MB -c max_connections=200 >>"$2/log" 2>&1 </dev/null &
	cat
	while kill -QUIT $! 2>/dev/null; do sleep 0.1; done
	rm -rf "$2"
`

func launchPostgres(bin string) (*server, error) {
	// In /tmp, and not where TMPDIR says: the path of a socket may be some 100 bytes long.
	dir, err := os.MkdirTemp("/tmp", "plumbline-pg-")
	if err != nil {
		return nil, err
	}
	cmd, err := postgresShell(servePostgres, bin, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := whenGone(cmd); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	exited := make(chan struct{})
	go func() { // ends with the shell, at the latest with this process
		cmd.Wait()
		close(exited)
	}()
	s := &server{dir: dir}
	deadline := time.Now().Add(patience)
	for {
		err := s.exec("SELECT 1")
		if err == nil {
			return s, nil
		}
		select {
		case <-exited:
			log, logErr := os.ReadFile(filepath.Join(dir, "log"))
			return nil, errors.Join(fmt.Errorf("initdb: %s", log), logErr, os.RemoveAll(dir))
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			// The folder stays until we end, with the log in it.
			log, logErr := os.ReadFile(filepath.Join(dir, "log"))
			return nil, errors.Join(fmt.Errorf("not ready after %v: %w: %s", patience, err, log), logErr)
		}
	}
}

// postgresShell returns the command that runs a script with the folders of the
// programs and of the data as a user that PostgreSQL runs as.
func postgresShell(script, bin, dir string) (*exec.Cmd, error) {
	cmd := exec.Command("/bin/sh", "-c", script, "sh", bin, dir)
	cmd.Dir = dir
	// Nothing of ours: PGDATA, PGPORT and the like would change what is started.
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	if os.Geteuid() == 0 {
		uid, gid, err := unprivileged()
		if err != nil {
			return nil, err
		}
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	return cmd, nil
}

// findPostgres returns the folder of initdb and postgres: of the newest version that
// Debian has installed, or on the PATH; or nothing.
func findPostgres() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // fails on a bad pattern only
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		// The PATH may hold a link, and postgres be beside what it leads to.
		if path, err = filepath.EvalSymlinks(path); err == nil {
			found = append(found, path)
		}
	}
	for _, path := range found {
		bin := filepath.Dir(path)
		if _, err := exec.LookPath(filepath.Join(bin, "postgres")); err == nil {
			return bin
		}
	}
	return ""
}

// unprivileged returns a user that PostgreSQL runs as, since it refuses to run as root.
func unprivileged() (uid, gid int, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return 0, 0, err
		}
		return uid, gid, nil
	}
	return 0, 0, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody")
}

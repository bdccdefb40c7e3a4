//go:build unix

package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Cluster is a PostgreSQL of a test's own, which can be ended and started
// again. Unlike that of Postgres it waits for the disk, as a site's does.
type Cluster struct {
	server
	t    testing.TB
	said *os.File // to its shell
}

// Each line of its input starts the server; a second one beside it ends by
// itself. At the end of the input, which comes at the latest with this process,
// the server is ended and its folder removed.
const serveCluster = `
	"$1/initdb" -D "$2/data" -U plumbline -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 || exit 1
	while read -r _; do
		"$1/postgres" -D "$2/data" -k "$2" -p 5432 -c listen_addresses= -c shared_buffers=16MB -c max_connections=60 >>"$2/log" 2>&1 </dev/null &
	done
	while kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")" 2>/dev/null; do sleep 0.1; done
	wait
	rm -rf "$2"
`

// NewCluster starts a PostgreSQL that ends with t. Without PostgreSQL it skips
// t, or fails it when PLUMBLINE_TEST_ALL is 1.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	bin := findPostgres()
	if bin == "" {
		missing(t, "there is no PostgreSQL in /usr/lib/postgresql or on the PATH")
	}
	dir, err := os.MkdirTemp("/tmp", "plumbline-pg-")
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{server: server{dir: dir}, t: t}
	var cmd *exec.Cmd
	if cmd, err = postgresShell(serveCluster, bin, dir); err == nil {
		c.said, err = leashed(cmd)
	}
	if err != nil {
		t.Fatal(errors.Join(err, os.RemoveAll(dir)))
	}
	t.Cleanup(func() {
		if err := errors.Join(c.said.Close(), cmd.Wait()); err != nil {
			t.Errorf("end PostgreSQL: %v", err)
		}
	})
	c.Start()
	return c
}

// Start starts the server and waits until it answers.
func (c *Cluster) Start() {
	c.t.Helper()
	var err error
	for start := time.Now(); time.Since(start) < patience; {
		if _, err := c.said.WriteString("start\n"); err != nil {
			c.t.Fatal(err)
		}
		for range 10 { // one that was killed leaves children, which have to end first
			if err = c.exec("SELECT 1"); err == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	log, _ := os.ReadFile(filepath.Join(c.dir, "log")) // the error says more
	c.t.Fatalf("start PostgreSQL: %v\n%s", err, log)
}

// End ends the server with a signal: QUIT, its immediate shutdown, or KILL,
// after which who was connected may be served for another moment.
func (c *Cluster) End(signal syscall.Signal) {
	c.t.Helper()
	lock := filepath.Join(c.dir, "data", "postmaster.pid") // which QUIT removes when all is ended
	text, err := os.ReadFile(lock)
	if err != nil {
		c.t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := syscall.Kill(pid, signal); err != nil {
		c.t.Fatal(err)
	}
	gone := func() bool {
		_, err := os.Stat(lock)
		return err != nil || signal == syscall.SIGKILL
	}
	for start := time.Now(); c.exec("SELECT 1") == nil || !gone(); time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > patience {
			c.t.Fatalf("PostgreSQL goes on after %v", signal)
		}
	}
}

// Database creates an empty database and returns its address.
func (c *Cluster) Database() string {
	c.t.Helper()
	name := c.nextName()
	if err := c.exec("CREATE DATABASE " + name); err != nil {
		c.t.Fatal(fmt.Errorf("create database %s: %w", name, err))
	}
	return c.address(name)
}

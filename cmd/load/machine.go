package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"
)

// ownCPU returns the processor time that this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// work reads what a server, and the PostgreSQL behind it, uses of the machine.
type work struct {
	pid      int
	postgres int // its first process; 0 when there is none on this machine
}

// cpu returns the processor time used so far, to a hundredth of a second.
func (w *work) cpu() (used time.Duration) {
	used = ticks(w.pid)
	if w.postgres == 0 {
		return used
	}
	all, _ := filepath.Glob("/proc/[0-9]*/stat") // fails on a bad pattern only
	for _, path := range all {
		f := stat(path)
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && len(f) > 1 && (f[1] == strconv.Itoa(w.postgres) || pid == w.postgres) {
			used += ticks(pid)
		}
	}
	return used
}

// stat returns the fields of a process after its name: state, parent, ….
func stat(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil // it has ended
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

func ticks(pid int) (used time.Duration) {
	f := stat(fmt.Sprintf("/proc/%d/stat", pid))
	if len(f) < 15 {
		return 0
	}
	for _, field := range f[11:15] { // user and system time, and that of children who have ended
		n, _ := strconv.Atoi(field)
		used += time.Duration(n) * 10 * time.Millisecond
	}
	return used
}

// memory returns how much memory a process holds, and held at most, in bytes.
func (w *work) memory() (now, most int64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(f[1], 10, 64)
		switch f[0] {
		case "VmRSS:":
			now = n << 10
		case "VmHWM:":
			most = n << 10
		}
	}
	return now, most
}

// postmaster returns the first process of a PostgreSQL on this machine that is
// reached by a socket, which notes it beside the socket; else 0.
func postmaster(address string) int {
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("host") == "" {
		return 0
	}
	port := u.Query().Get("port")
	if port == "" {
		port = "5432"
	}
	text, err := os.ReadFile(filepath.Join(u.Query().Get("host"), ".s.PGSQL."+port+".lock"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func loadNow() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not known"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// floor measures what the engine and the disk take by themselves: one row and
// a commit that waits for the disk, and fifty rows by their key. No server on
// this machine can be below it.
func (m *measuring) floor(ctx context.Context) error {
	driver, address := "pgx", m.address
	if m.engine() == "SQLite" {
		dir, err := os.MkdirTemp(filepath.Dir(m.address), "plumbline-floor-") // on the same disk
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		driver, address = "sqlite", "file:"+filepath.Join(dir, "floor.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "DROP TABLE IF EXISTS load_floor"); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE load_floor (n BIGINT PRIMARY KEY, body TEXT)"); err != nil {
		return err
	}
	defer db.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS load_floor")
	body, n := strings.Repeat("x", 300), 0
	for ; n < 2000; n += 100 {
		values := make([]string, 100)
		for i := range values {
			values[i] = fmt.Sprintf("(%d, '%s')", n+i, body)
		}
		if _, err := db.ExecContext(ctx, "INSERT INTO load_floor (n, body) VALUES "+strings.Join(values, ", ")); err != nil {
			return err
		}
	}
	if err := m.bare("floor: one row and a durable commit", 300, func(i int) error {
		_, err := db.ExecContext(ctx, "INSERT INTO load_floor (n, body) VALUES ($1, $2)", n+i, body)
		return err
	}); err != nil {
		return err
	}
	return m.bare("floor: fifty rows by their key", 300, func(i int) error {
		rows, err := db.QueryContext(ctx, "SELECT n, body FROM load_floor WHERE n >= $1 ORDER BY n LIMIT 50", i*5)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n int64
			var text string
			if err := rows.Scan(&n, &text); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func (m *measuring) bare(what string, times int, f func(i int) error) error {
	var all []time.Duration
	w := &work{pid: os.Getpid(), postgres: postmaster(m.address)}
	used := w.cpu()
	for i := range times {
		t := time.Now()
		if err := f(i); err != nil {
			return err
		}
		all = append(all, time.Since(t))
	}
	cpu := (w.cpu() - used) / time.Duration(times)
	slices.Sort(all)
	m.add(what, "", ms(all[times*99/100]), fmt.Sprintf("median %s, processor %s", ms(all[times/2]), ms(cpu)))
	return nil
}

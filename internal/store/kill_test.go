//go:build unix

package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

const childVariable = "PLUMBLINE_TEST_WRITES_TO"

// TestWriterChild is no test: it is the process that TestKill kills. It writes
// until then, and says each write on its output once it was acknowledged.
func TestWriterChild(t *testing.T) {
	address, name, found := strings.Cut(os.Getenv(childVariable), " as ")
	if !found {
		return
	}
	db, err := store.Open(context.Background(), store.Options{Address: address})
	for err != nil { // the database may be the one that was killed
		db, err = store.Open(context.Background(), store.Options{Address: address})
	}
	ctx := context.Background()
	var all sync.WaitGroup
	for w := range 2 {
		all.Go(func() {
			for n := 0; ; n++ {
				writeOne(ctx, db, plumbline.ID(fmt.Sprintf("%s-%d-%d", name, w, n)))
			}
		})
	}
	all.Wait()
}

// writeOne writes an operation in one batch of three, then corrects it, and
// keeps a draft.
func writeOne(ctx context.Context, db *store.DB, id plumbline.ID) {
	if db.Write(ctx, worker, batch(id, sighting(id), group("g", plumbline.Exactly(8)), moved("m", "g", "held"))) != nil {
		time.Sleep(10 * time.Millisecond) // not acknowledged; a database that is away is not asked without a pause
		return
	}
	fmt.Printf("acknowledged %s 1\n", id)
	op := sighting(id)
	op.HeadCount = plumbline.Exactly(9)
	if db.Write(ctx, worker, store.Batch{Subject: on(id), Reason: "One more", Changes: []store.Change{{Entry: op, Version: 1}}}) != nil {
		return
	}
	fmt.Printf("acknowledged %s 2\n", id)
	if db.PutActor(ctx, keeper, plumbline.Actor{User: id, Name: "Reader", Role: plumbline.Reader}) != nil {
		return
	}
	fmt.Printf("acknowledged %s 3\n", id)
}

var keeper = plumbline.Actor{User: "command-line", Name: "Command line", Role: plumbline.Administrator}

// A killed is a writer that is to be killed, and what it said.
type killed struct {
	cmd  *exec.Cmd
	said *bufio.Scanner
	acks map[plumbline.ID]int
}

func startWriter(t *testing.T, address string, round int) *killed {
	t.Helper()
	k := &killed{cmd: exec.Command(os.Args[0], "-test.run=^TestWriterChild$"), acks: map[plumbline.ID]int{}}
	k.cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s as k%d", childVariable, address, round))
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	k.said = bufio.NewScanner(out)
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return k
}

// next waits for something to be acknowledged.
func (k *killed) next() bool {
	if !k.said.Scan() {
		return false
	}
	var id plumbline.ID
	var n int
	if got, _ := fmt.Sscanf(k.said.Text(), "acknowledged %s %d", &id, &n); got == 2 { // a line may be cut in the middle
		k.acks[id] = n
	}
	return true
}

// end kills the process and reads what it had said.
func (k *killed) end(t *testing.T) {
	t.Helper()
	if err := k.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for k.next() {
	}
	if err := k.cmd.Wait(); err == nil || k.cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the writer ended by itself: %v", err)
	}
}

// A witness checks a site after each kill.
type witness struct {
	t       *testing.T
	address string
	acks    map[plumbline.ID]int
	kept    []byte // the last checkpoint
}

// check opens the site as it was left. What was acknowledged is there, nothing
// is there by half, and the ledger has only grown.
func (w *witness) check(fresh map[plumbline.ID]int) {
	w.t.Helper()
	ctx := w.t.Context()
	db, err := store.Open(ctx, store.Options{Address: w.address})
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	w.there(db, fresh)
	for what, query := range map[string]string{
		"operations by half":         "SELECT subject, COUNT(*) FROM revision WHERE kind <> 'actor' AND latest = 1 GROUP BY subject HAVING COUNT(*) <> 3",
		"operations in no list":      "SELECT id FROM revision WHERE kind = 'operation' AND version = 1 AND id NOT IN (SELECT id FROM operation)",
		"rows without a line":        "SELECT entry FROM revision WHERE entry NOT IN (SELECT n FROM ledger_entry)",
		"lines without a row":        "SELECT n FROM ledger_entry WHERE n NOT IN (SELECT entry FROM revision)",
		"users otherwise than wrote": "SELECT id FROM actor WHERE id NOT IN (SELECT id FROM revision WHERE kind = 'actor')",
	} {
		rows, err := db.Rows(ctx, query)
		if err != nil || len(rows) > 0 {
			w.t.Fatalf("%s: %v, %v", what, rows, err)
		}
	}
	if w.kept != nil {
		if _, _, err := db.CheckGrowth(ctx, w.kept); err != nil {
			w.t.Fatal(err)
		}
	}
	if w.kept, err = db.Checkpoint(ctx); err != nil {
		w.t.Fatal(err)
	}
	for id, n := range fresh {
		w.acks[id] = n
	}
}

// there fails unless everything that was acknowledged is there.
func (w *witness) there(db *store.DB, acks map[plumbline.ID]int) {
	w.t.Helper()
	rows, err := db.Rows(w.t.Context(), "SELECT id, MAX(version) + SUM(CASE WHEN kind = 'actor' THEN 1 ELSE 0 END) FROM revision WHERE kind IN ('operation', 'actor') GROUP BY id")
	if err != nil {
		w.t.Fatal(err)
	}
	found := map[plumbline.ID]int{}
	for _, r := range rows {
		n, err := strconv.Atoi(fmt.Sprint(r[1]))
		if err != nil {
			w.t.Fatal(err)
		}
		found[plumbline.ID(r[0].(string))] = n
	}
	for id, n := range acks {
		if found[id] < n {
			w.t.Fatalf("%s was acknowledged up to step %d, and is there up to %d", id, n, found[id])
		}
	}
}

// end looks at everything once more.
func (w *witness) end(kills int) {
	w.t.Helper()
	s := open(w.t, w.address)
	w.there(s.DB, w.acks)
	s.clean()
	if s.Engine() == "sqlite" {
		rows, err := s.Rows(w.t.Context(), "PRAGMA integrity_check")
		if err != nil || fmt.Sprint(rows) != "[[ok]]" {
			w.t.Errorf("SQLite finds its file damaged: %v, %v", rows, err)
		}
	}
	if len(w.acks) < kills/2 {
		w.t.Errorf("only %d operations were acknowledged in %d rounds: the test sees too little", len(w.acks), kills)
	}
	w.t.Logf("%d kills, %d operations acknowledged, %d versions", kills, len(w.acks), s.count("revision"))
}

// kills is how often the tests kill: so often, or as PLUMBLINE_TEST_KILLS says.
func kills(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("PLUMBLINE_TEST_KILLS")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("PLUMBLINE_TEST_KILLS is %q", text)
	}
	return n
}

// killMany starts writers and kills each at a random moment: while it opens the
// site, which brings what the one before left in order, or while it writes.
func killMany(t *testing.T, w *witness, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for round := range n {
		k := startWriter(t, w.address, round)
		if random.IntN(8) == 0 {
			time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
		} else {
			for range 1 + random.IntN(6) {
				if !k.next() {
					t.Fatal("the writer ended by itself")
				}
			}
			time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
		}
		k.end(t)
		w.check(k.acks)
	}
}

// However often the program is killed in the middle of its writes, what it
// acknowledged is there afterwards, and no half of anything.
func TestKill(t *testing.T) {
	n := kills(t, 200)
	w := &witness{t: t, address: filepath.Join(t.TempDir(), "site.db"), acks: map[plumbline.ID]int{}}
	killMany(t, w, n)
	w.end(n)
}

// The same with PostgreSQL: the program is killed, and then the database under
// it, in both ways that PostgreSQL can be ended without warning.
func TestKillPostgres(t *testing.T) {
	n := kills(t, 20)
	c := rig.NewCluster(t)
	w := &witness{t: t, address: c.Database(), acks: map[plumbline.ID]int{}}
	killMany(t, w, n)
	for round, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGQUIT, syscall.SIGKILL} {
		k := startWriter(t, w.address, n+round)
		for range 5 {
			if !k.next() {
				t.Fatal("the writer ended by itself")
			}
		}
		c.End(signal)
		c.Start()
		before := len(k.acks)
		for len(k.acks) < before+3 { // it goes on by itself
			if !k.next() {
				t.Fatal("the writer ended by itself")
			}
		}
		k.end(t)
		w.check(k.acks)
	}
	w.end(n + 3)
	if text, err := open(t, w.address).Weakness(t.Context()); err != nil || text != "" {
		t.Errorf("a PostgreSQL as it comes: %q, %v", text, err)
	}
}

// Every connection waits for the disk before it acknowledges.
func TestEveryConnectionIsDurable(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "site.db"))
	settings, err := s.Settings(t.Context(), 12, "journal_mode", "synchronous", "foreign_keys")
	s.must(err)
	if len(settings) < 9 {
		t.Fatalf("got only %d connections", len(settings))
	}
	for _, got := range settings {
		if got != "wal 2 1" { // 2 is FULL
			t.Errorf("a connection has %s, want wal 2 1", got)
		}
	}
	if text, err := open(t, rig.Postgres(t)).Weakness(t.Context()); err != nil || text != "the database runs with fsync, full_page_writes, synchronous_commit off: what was acknowledged can be lost in a power cut" {
		t.Errorf("a PostgreSQL that does not wait: %q, %v", text, err)
	}
}

//go:build unix

package job_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"plumbline"
	"plumbline/estimate"
	"plumbline/internal/job"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

// A site is a store with one study that has one file.
type site struct {
	*store.DB
	t       *testing.T
	address string
}

const (
	org   plumbline.ID = "org-university"
	study plumbline.ID = "study-one"
)

var (
	analyst       = plumbline.Actor{User: "analyst", Name: "Analyst", Role: plumbline.Analyst, Organisation: org}
	administrator = plumbline.Actor{User: "administrator", Name: "Administrator", Role: plumbline.Administrator}
)

func each(t *testing.T, f func(t *testing.T, s *site)) {
	t.Helper()
	for engine, address := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return filepath.Join(t.TempDir(), "site.db") },
		"postgres": rig.Postgres,
	} {
		t.Run(engine, func(t *testing.T) { f(t, newSite(t, address(t))) })
	}
}

func newSite(t *testing.T, address string) *site {
	t.Helper()
	s := &site{t: t, address: address}
	s.DB = s.again()
	ctx := t.Context()
	s.must(s.Write(ctx, administrator, store.Batch{Subject: store.Subject{Kind: plumbline.KindOrganisation, ID: org}, Changes: []store.Change{
		{Entry: &plumbline.Organisation{Head: plumbline.Head{ID: org}, Name: "University", Kind: "research", Origin: "site"}}}}))
	s.must(s.PutActor(ctx, administrator, analyst))
	s.must(s.Write(ctx, analyst, store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: study}, Changes: []store.Change{
		{Entry: &plumbline.Study{Head: plumbline.Head{ID: study}, Title: "Lists", Origin: "site", Organisation: org, Definition: "On a list", Population: "All", Place: "Here"}}}}))
	s.must(s.KeepData(ctx, analyst, study, plumbline.StudyData{Head: plumbline.Head{ID: "file"}, Name: "lists.csv"}, []byte("a,b,count\n1,0,3\n0,1,4\n1,1,2\n")))
	return s
}

// again opens the site once more, as another server does.
func (s *site) again() *store.DB {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), store.Options{Address: s.address})
	s.must(err)
	s.t.Cleanup(func() { db.Close() })
	return db
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) ask(run plumbline.ID) {
	s.t.Helper()
	s.must(s.AskStudy(s.t.Context(), analyst, study, plumbline.StudyRun{Head: plumbline.Head{ID: run}, Verb: "capture", Data: []plumbline.ID{"file"}}))
}

func (s *site) run(id plumbline.ID) *store.Run {
	s.t.Helper()
	r, err := s.Run(s.t.Context(), analyst, study, id)
	s.must(err)
	return r
}

// until waits for a run to be in a state.
func (s *site) until(id plumbline.ID, state plumbline.RunState) *store.Run {
	s.t.Helper()
	for {
		if r := s.run(id); r.Job.State == state {
			return r
		} else if r.Job.State.Ended() {
			s.t.Fatalf("%s ended as %s (%s %s), want %s", id, r.Job.State, r.Job.Failure, r.Job.Said, state)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// clean fails when record and ledger do not agree.
func (s *site) clean() {
	s.t.Helper()
	faults, _, _, err := s.Inspect(s.t.Context())
	s.must(err)
	for _, f := range faults {
		s.t.Error(f)
	}
}

// start runs a runner until stop is called.
func start(db *store.DB, f job.Func, o job.Options) (stop func()) {
	o.Store, o.Kinds = db, map[string]job.Func{store.RunKind: f}
	if o.Look == 0 {
		o.Look = 10 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { job.New(o).Run(ctx); close(ended) }()
	return func() { cancel(); <-ended }
}

func number(v float64) *store.StudyAnswer {
	return &store.StudyAnswer{Reply: plumbline.StudyReply{Estimate: &v}, Result: fmt.Appendf(nil, `{"estimate":%v}`, v), Sheet: []byte(`{}`), Plots: []store.StudyPlot{{Name: "p", Inline: "<svg/>", File: "<svg/>"}}}
}

// forever is work that ends only when it is stopped. It says on began that it
// has begun.
func forever(began chan<- struct{}) job.Func {
	return func(ctx context.Context, _ *store.Job, progress estimate.Progress) (*store.StudyAnswer, error) {
		progress("bootstrap", 3, 10)
		began <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
}

func TestRun(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.ask("run")
		s.ask("run") // sent again
		began, proceed := make(chan struct{}), make(chan struct{})
		stop := start(s.DB, func(_ context.Context, _ *store.Job, progress estimate.Progress) (*store.StudyAnswer, error) {
			progress("bootstrap", 3, 10)
			close(began)
			<-proceed
			return number(7.5), nil
		}, job.Options{})
		defer stop()
		<-began
		for s.run("run").Job.Done != 3 { // written soon
			time.Sleep(5 * time.Millisecond)
		}
		if j := s.run("run").Job; j.Stage != "bootstrap" || j.Total != 10 || j.State != "running" {
			t.Errorf("while it runs: %+v", j)
		}
		close(proceed)
		r := s.until("run", "done")
		if a := r.Run.Answer; a == nil || a.State != "done" || *a.Estimate != 7.5 || len(r.Plots) != 1 || string(r.Sheet) != "{}" {
			t.Errorf("done: %+v, %d plots, sheet %s", a, len(r.Plots), r.Sheet)
		}
		if text, err := s.RunResult(t.Context(), analyst, study, "run"); err != nil || string(text) != `{"estimate":7.5}` {
			t.Errorf("result: %s, %v", text, err)
		}
		list, err := s.Notices(t.Context(), analyst)
		if err != nil || len(list) == 0 || list[0].Kind != store.NoticeRun || list[0].Entry != "run" || list[0].Title != "Lists" {
			t.Errorf("notices: %+v, %v", list, err)
		}
		s.clean()
	})
}

// What the engine refuses is told; a fault of ours is not told, and neither
// stops the runner.
func TestFailures(t *testing.T) {
	s := newSite(t, filepath.Join(t.TempDir(), "site.db"))
	for _, id := range []plumbline.ID{"a-refused", "b-inside", "c-panics", "d-done"} {
		s.ask(id)
	}
	r := job.New(job.Options{Store: s.DB, Kinds: map[string]job.Func{store.RunKind: func(_ context.Context, j *store.Job, _ estimate.Progress) (*store.StudyAnswer, error) {
		switch j.ID {
		case "a-refused":
			return nil, fmt.Errorf("ask: %w", &job.Refusal{Said: "row 3: want a count"})
		case "b-inside":
			return nil, errors.New("secret of the machine")
		case "c-panics":
			panic("secret of the machine")
		}
		return number(1), nil
	}}})
	s.must(r.Drain(t.Context()))
	for id, want := range map[plumbline.ID]plumbline.StudyReply{
		"a-refused": {State: "failed", Failure: job.FailureRefused, Said: "row 3: want a count"},
		"b-inside":  {State: "failed", Failure: job.FailureInside},
		"c-panics":  {State: "failed", Failure: job.FailureInside},
	} {
		if got := s.run(id).Run.Answer; got == nil || *got != want {
			t.Errorf("%s: %+v, want %+v", id, got, want)
		}
	}
	s.until("d-done", "done")
	s.clean()
}

func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.ask("waits")
		s.must(s.CancelRun(ctx, analyst, study, "waits"))
		s.until("waits", "cancelled")
		if err := s.CancelRun(ctx, analyst, study, "waits"); !errors.Is(err, plumbline.ErrConflict) {
			t.Errorf("cancelled twice: %v", err)
		}
		began := make(chan struct{}, 1)
		defer start(s.DB, forever(began), job.Options{})()
		s.ask("runs")
		<-began
		s.must(s.CancelRun(ctx, analyst, study, "runs"))
		if r := s.until("runs", "cancelled"); r.Run.Answer == nil || r.Run.Answer.State != "cancelled" {
			t.Errorf("the run says %+v", r.Run.Answer)
		}
		s.clean()
	})
}

// A server that shuts down gives its work back, and another has it at once:
// the lease is an hour.
func TestShutdown(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		began := make(chan struct{}, 1)
		stop := start(s.DB, forever(began), job.Options{Lease: time.Hour})
		s.ask("run")
		<-began
		stop()
		if j := s.run("run").Job; j.State != "waiting" || j.Crashes != 0 {
			t.Fatalf("after the shutdown: %+v", j)
		}
		defer start(s.again(), func(context.Context, *store.Job, estimate.Progress) (*store.StudyAnswer, error) {
			return number(2), nil
		}, job.Options{})()
		s.until("run", "done")
		s.clean()
	})
}

// Many works and two servers: each work is done once.
func TestTwoServers(t *testing.T) {
	s := newSite(t, rig.Postgres(t))
	var mu sync.Mutex
	did := map[plumbline.ID]int{}
	f := func(_ context.Context, j *store.Job, _ estimate.Progress) (*store.StudyAnswer, error) {
		mu.Lock()
		defer mu.Unlock()
		did[j.ID]++
		return number(1), nil
	}
	for range 2 {
		defer start(s.again(), f, job.Options{Workers: 2})()
	}
	const n = 24
	for i := range n {
		s.ask(plumbline.ID(fmt.Sprintf("run-%02d", i)))
	}
	for i := range n {
		s.until(plumbline.ID(fmt.Sprintf("run-%02d", i)), "done")
	}
	mu.Lock()
	defer mu.Unlock()
	for id, times := range did {
		if times != 1 {
			t.Errorf("%s was done %d times", id, times)
		}
	}
	s.clean()
}

// Who has lost the lease can write nothing more: no progress, no end, no
// giving back.
func TestLostLease(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.ask("run")
		first, err := s.TakeJob(ctx, "first", -time.Second) // out already
		s.must(err)
		second, err := s.TakeJob(ctx, "second", time.Hour)
		s.must(err)
		if first == nil || second == nil || second.Turn != first.Turn+1 || second.Crashes != 1 {
			t.Fatalf("taken by %+v, then by %+v", first, second)
		}
		if third, err := s.TakeJob(ctx, "third", time.Hour); err != nil || third != nil {
			t.Errorf("taken a third time: %+v, %v", third, err)
		}
		_, looked := s.LookAfterJob(ctx, first)
		for what, err := range map[string]error{
			"progress": s.KeepJob(ctx, first, time.Hour), "look": looked, "give back": s.ReleaseJob(ctx, first),
			"end": s.EndJob(ctx, first, store.JobEnd{State: "done", Result: number(1)}),
		} {
			if !errors.Is(err, store.ErrJobLost) {
				t.Errorf("%s after the lease was lost: %v", what, err)
			}
		}
		s.must(s.EndJob(ctx, second, store.JobEnd{State: "done", Result: number(2)}))
		if err := s.EndJob(ctx, second, store.JobEnd{State: "done", Result: number(3)}); !errors.Is(err, store.ErrJobLost) {
			t.Errorf("ended twice: %v", err)
		}
		if a := s.run("run").Run.Answer; *a.Estimate != 2 {
			t.Errorf("the answer is %v, want that of the second server", *a.Estimate)
		}
		s.clean()
	})
}

// A runner whose lease is lost stops its work.
func TestOutrun(t *testing.T) {
	s := newSite(t, filepath.Join(t.TempDir(), "site.db"))
	began, ended := make(chan struct{}, 1), make(chan error, 1)
	defer start(s.DB, func(ctx context.Context, j *store.Job, p estimate.Progress) (*store.StudyAnswer, error) {
		_, err := forever(began)(ctx, j, p)
		ended <- context.Cause(ctx)
		return nil, err
	}, job.Options{Lease: time.Hour})()
	s.ask("run")
	<-began
	other := s.again()
	s.must(other.KeepJob(t.Context(), s.run("run").Job, -time.Second)) // as when nothing was heard of it
	if j, err := other.TakeJob(t.Context(), "other", time.Hour); err != nil || j == nil {
		t.Fatalf("the other server gets %v, %v", j, err)
	}
	if err := <-ended; !errors.Is(err, store.ErrJobLost) {
		t.Errorf("it was stopped because %v", err)
	}
}

const childVariable = "PLUMBLINE_TEST_WORKS_AT"

// TestWorkerChild is no test: it is the server that TestKilled kills at its
// work.
func TestWorkerChild(t *testing.T) {
	address := os.Getenv(childVariable)
	if address == "" {
		return
	}
	db, err := store.Open(context.Background(), store.Options{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	began := make(chan struct{}, 1)
	go func() { <-began; fmt.Println("at work") }()
	start(db, forever(began), job.Options{Lease: lease})
	select {}
}

const lease = 300 * time.Millisecond

// kill starts a server on the site and kills it once it is at work.
func (s *site) kill() {
	s.t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestWorkerChild$")
	child.Env = append(slices.Clone(os.Environ()), childVariable+"="+s.address)
	out, err := child.StdoutPipe()
	s.must(err)
	s.must(child.Start())
	said := make([]byte, 64)
	n, _ := out.Read(said)
	s.must(child.Process.Kill())
	if err := child.Wait(); err == nil || child.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL || !strings.HasPrefix(string(said[:n]), "at work") {
		s.t.Fatalf("the server ended by itself: %v, and said %q", err, said[:n])
	}
}

// The work of a killed server is taken up by another. What kills three is
// given up.
func TestKilled(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.ask("lucky")
		s.kill()
		if j := s.run("lucky").Job; j.State != "running" {
			t.Fatalf("after the kill: %+v", j)
		}
		stop := start(s.DB, func(context.Context, *store.Job, estimate.Progress) (*store.StudyAnswer, error) {
			return number(4), nil
		}, job.Options{})
		if r := s.until("lucky", "done"); r.Job.Crashes != 1 || *r.Run.Answer.Estimate != 4 {
			t.Errorf("taken up after %d crashes: %+v", r.Job.Crashes, r.Run.Answer)
		}
		stop()
		s.ask("deadly")
		for range store.MaxCrashes {
			s.kill()
		}
		defer start(s.DB, func(context.Context, *store.Job, estimate.Progress) (*store.StudyAnswer, error) {
			t.Error("what killed three servers was begun a fourth time")
			return nil, errors.New("")
		}, job.Options{})()
		if r := s.until("deadly", "failed"); r.Run.Answer.Failure != "job.crashed" {
			t.Errorf("given up: %+v", r.Run.Answer)
		}
		s.clean()
	})
}

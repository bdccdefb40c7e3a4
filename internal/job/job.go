// Package job does long work: what takes longer than a page may. Work waits in
// the store's queue, which all servers of a site share, and a [Runner] a server
// takes it up. Begin with [New] and [Runner.Run].
//
// What is promised: whoever asked can leave and come back; progress is written
// at most once a second; work that somebody cancels stops within a second; a
// server that shuts down gives its work back, and another takes it up at once;
// the work of a server that was killed is taken up when its lease runs out,
// and done again from the beginning, which for an estimate with a seed gives
// the same numbers; what kills three servers is given up, with a sentence that
// says so; and no result is written twice, by whichever server.
//
// A kind of work is a [Func]. It must come to an end soon after its context
// does, must not write anything itself, and must give the same result when it
// is done again.
package job

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"plumbline"
	"plumbline/estimate"
	"plumbline/internal/store"
)

// A Func does one kind of work. An error that is a [Refusal] is told to who
// asked; any other is a fault of ours, is logged, and told without its cause.
type Func func(ctx context.Context, j *store.Job, progress estimate.Progress) (*store.StudyAnswer, error)

// A Refusal is an end without a result that whoever asked can do something
// about. Said is in English, as the engine writes.
type Refusal struct{ Said string }

func (r *Refusal) Error() string { return r.Said }

// The messages of work that ended without a result.
const (
	FailureRefused = "job.refused" // the engine says what is wrong with what it was given
	FailureInside  = "job.inside"  // a fault of ours
)

// Options say how to work.
type Options struct {
	Store   *store.DB
	Kinds   map[string]Func // work of another kind fails
	Log     *slog.Logger    // ids and kinds only; nothing when nil
	Workers int             // how many works at a time; 1 when 0, since one estimate uses all it may
	// Processors is how many a work may use; all but one when 0, so that pages
	// are served beside it, and at least one.
	Processors int

	// Lease is how long a server may not be heard of before another takes its
	// work up; 20 seconds when 0.
	Lease time.Duration
	// Look is how often a runner looks for work of other servers, for the wish
	// to cancel, and, half as often, tells how far it is; half a second when 0.
	Look time.Duration
}

// A Runner takes work up and does it.
type Runner struct {
	Options
	name string
}

// New returns a runner.
func New(o Options) *Runner {
	o.Processors = cmp.Or(o.Processors, max(1, runtime.GOMAXPROCS(0)-1))
	o.Workers, o.Lease, o.Look = cmp.Or(o.Workers, 1), cmp.Or(o.Lease, 20*time.Second), cmp.Or(o.Look, 500*time.Millisecond)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{Options: o, name: rand.Text()[:10]}
}

// Run works until the context ends, then gives back what it has not finished.
func (r *Runner) Run(ctx context.Context) {
	var all sync.WaitGroup
	for range r.Workers {
		all.Go(func() { r.work(ctx) })
	}
	all.Wait()
}

func (r *Runner) work(ctx context.Context) {
	for ctx.Err() == nil {
		did, err := r.one(ctx)
		if err != nil && ctx.Err() == nil {
			r.Log.LogAttrs(ctx, slog.LevelError, "look for work", slog.Any("error", err))
		}
		if did && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.Store.Waiting():
		case <-time.After(r.Look):
		}
	}
}

// Drain does all work that waits, and returns when there is none.
func (r *Runner) Drain(ctx context.Context) error {
	for {
		if did, err := r.one(ctx); err != nil || !did {
			return err
		}
	}
}

// one takes up a work and does it, and reports whether there was one.
func (r *Runner) one(ctx context.Context) (did bool, err error) {
	j, err := r.Store.TakeJob(ctx, r.name, r.Lease)
	if err != nil || j == nil {
		return false, err
	}
	line := []slog.Attr{slog.String("job", string(j.ID)), slog.String("kind", j.Kind)}
	began := time.Now()
	end := r.do(ctx, j)
	// What is written last is written also when the server is shutting down.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.Lease)
	defer cancel()
	switch {
	case errors.Is(end.err, errShutdown):
		err = r.Store.ReleaseJob(last, j)
	case errors.Is(end.err, store.ErrJobLost):
		err = end.err
	default:
		err = r.Store.EndJob(last, j, end.JobEnd)
	}
	if errors.Is(err, store.ErrJobLost) {
		r.Log.LogAttrs(ctx, slog.LevelWarn, "another server has this work", line...)
		return true, nil
	}
	if err == nil && end.err == nil {
		r.Log.LogAttrs(ctx, slog.LevelInfo, "work ended", append(line, slog.String("state", string(end.State)), slog.Duration("took", time.Since(began)))...)
	}
	if end.err != nil && end.State == plumbline.RunFailed {
		r.Log.LogAttrs(ctx, slog.LevelError, "work failed", append(line, slog.Any("error", end.err))...)
	}
	return true, err
}

// An end is what became of a work; err is its cause where that is not told.
type end struct {
	store.JobEnd
	err error
}

var (
	errShutdown = errors.New("the server is shutting down")
	errCancel   = errors.New("somebody has cancelled this")
)

// do does a work while it keeps the lease.
func (r *Runner) do(ctx context.Context, j *store.Job) (e end) {
	f, ok := r.Kinds[j.Kind]
	if !ok {
		return end{store.JobEnd{State: plumbline.RunFailed, Failure: FailureInside}, fmt.Errorf("no work of kind %q is known", j.Kind)}
	}
	working, stop := context.WithCancelCause(estimate.Limit(ctx, r.Processors))
	defer stop(nil)
	var p progress
	var keeper sync.WaitGroup
	keeper.Go(func() { r.keep(working, stop, j, &p) })
	result, err := safely(f, working, j, p.tell)
	cause := context.Cause(working)
	stop(nil)
	keeper.Wait()
	var refused *Refusal
	switch {
	case errors.Is(cause, store.ErrJobLost):
		return end{err: cause}
	case err == nil: // it was done before anybody could stop it
		return end{JobEnd: store.JobEnd{State: plumbline.RunDone, Result: result}}
	case errors.Is(cause, errCancel):
		return end{JobEnd: store.JobEnd{State: plumbline.RunCancelled}}
	case ctx.Err() != nil:
		return end{err: errShutdown}
	case errors.As(err, &refused):
		return end{JobEnd: store.JobEnd{State: plumbline.RunFailed, Failure: FailureRefused, Said: refused.Said}}
	}
	return end{store.JobEnd{State: plumbline.RunFailed, Failure: FailureInside}, err}
}

// safely turns a panic of the work into an error: one file must not bring the
// server down.
func safely(f Func, ctx context.Context, j *store.Job, tell estimate.Progress) (result *store.StudyAnswer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(ctx, j, tell)
}

// keep renews the lease, writes progress and looks for the wish to cancel,
// until the work ends. A store that does not answer is asked again while the
// lease lasts.
func (r *Runner) keep(ctx context.Context, stop context.CancelCauseFunc, j *store.Job, p *progress) {
	look := time.NewTicker(r.Look)
	defer look.Stop()
	kept, written := time.Now(), *j
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		cancel, err := r.Store.LookAfterJob(ctx, j)
		if err == nil && n%2 == 0 {
			now := written
			now.Stage, now.Done, now.Total = p.now()
			if now.Stage != written.Stage || now.Done != written.Done || time.Since(kept) > r.Lease/3 {
				if err = r.Store.KeepJob(ctx, &now, r.Lease); err == nil {
					kept, written = time.Now(), now
				}
			}
		}
		switch {
		case errors.Is(err, store.ErrJobLost):
			stop(err)
			return
		case err == nil && cancel:
			stop(errCancel)
			return
		case err != nil && ctx.Err() == nil && time.Since(kept) > r.Lease: // somebody else has it by now, or will
			stop(store.ErrJobLost)
			return
		}
	}
}

// A progress is how far a work is. The work tells it often, and somebody else
// reads it now and then.
type progress struct {
	mu          sync.Mutex
	stage       string
	done, total int
}

func (p *progress) tell(stage string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stage, p.done, p.total = stage, done, total
}

func (p *progress) now() (stage string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stage, p.done, p.total
}

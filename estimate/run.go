package estimate

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// Random returns the generator of one stream of a seed. Replicate i draws from
// stream i, so that the numbers do not depend on how many processors shared
// the work.
func Random(seed, stream uint64) *rand.Rand {
	// The finaliser of SplitMix64 (Steele, Lea and Flood 2014) keeps neighbouring
	// streams apart.
	z := stream + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return rand.New(rand.NewPCG(seed, z^z>>31))
}

// Progress is told how far long work has come. It is called from one goroutine
// at a time, and stage is a word or two for a person.
type Progress func(stage string, done, total int)

// Step tells that so many of total are done, at most about two hundred times
// however many there are. Without a Progress it tells nobody.
func (p Progress) Step(stage string, done, total int) {
	if p != nil && worthTelling(done, total) {
		p(stage, done, total)
	}
}

// The first is worth telling since the next may be long in coming.
func worthTelling(done, total int) bool {
	return done <= 1 || done >= total || done%max(1, total/200) == 0
}

// Each calls do(worker, i) for every i in [0, n), on as many goroutines as
// [Workers] says, and waits for all of them. Worker numbers run from 0 to one less, so that each can own its scratch memory. It stops at the first
// error and when ctx ends. The order of calls is not fixed: do writes what it
// found at place i.
func Each(ctx context.Context, n int, stage string, progress Progress, do func(worker, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next, done atomic.Int64
	var telling sync.Mutex
	told := 0
	tell := func() {
		d := int(done.Add(1))
		if progress == nil || !worthTelling(d, n) {
			return
		}
		telling.Lock()
		defer telling.Unlock()
		if d > told {
			told = d
			progress(stage, d, n)
		}
	}
	var all sync.WaitGroup
	for w := range min(Workers(ctx), n) {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(w, i); err != nil {
					stop(err)
					return
				}
				tell()
			}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Workers is the most goroutines that [Each] uses: as many as there are
// processors, unless [Limit] says fewer.
func Workers(ctx context.Context) int {
	n := runtime.GOMAXPROCS(0)
	if most, ok := ctx.Value(limit{}).(int); ok {
		n = min(n, most)
	}
	return max(1, n)
}

type limit struct{}

// Limit returns a context in which work is shared by at most so many
// goroutines, for a program that has other things to do at the same time. It
// changes how long an answer takes, and nothing in the answer.
func Limit(ctx context.Context, workers int) context.Context {
	return context.WithValue(ctx, limit{}, workers)
}

//go:build unix

package figure

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// BenchmarkLog is what a log of a million leaves costs, beside what the machine takes for the least that it could: the wall's
// time, and the processor's.
func BenchmarkLog(b *testing.B) {
	p := newPress(b)
	dir := b.TempDir()
	const size = 1<<20 - 100
	leaf := make([]byte, 2000)
	w := p.open(dir)
	defer w.Close()
	// The files are made without waiting for the disk at each.
	keep := w.keep
	w.keep = func(c LogChange) error {
		for _, f := range c.Put {
			name := filepath.Join(dir, f.Name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, f.Data, 0o644)); err != nil {
				return err
			}
		}
		return os.WriteFile(filepath.Join(dir, checkpointFile), c.Checkpoint, 0o644)
	}
	for w.Size < size {
		leaves := make([][]byte, min(1<<16, size-w.Size))
		for i := range leaves {
			leaves[i] = leaf
		}
		if err := w.Append(leaves...); err != nil {
			b.Fatal(err)
		}
	}
	w.keep = keep
	full := w.Log
	run := func(name string, leaves int, do func(b *testing.B, i int)) {
		b.Run(name, func(b *testing.B) {
			before, i := processor(b), 0
			for b.Loop() {
				do(b, i)
				i++
			}
			used := processor(b) - before
			each := float64(b.N) * float64(leaves)
			b.ReportMetric(float64(used.Nanoseconds())/1e3/each, "cpu-µs")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e3/each, "wall-µs")
			b.ReportMetric(0, "ns/op")
		})
	}
	must := func(b *testing.B, err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	run("floor/hash of a leaf", 1, func(*testing.B, int) { tlog.RecordHash(leaf) })
	page, err := os.Create(filepath.Join(b.TempDir(), "page"))
	must(b, err)
	defer page.Close()
	run("floor/page written and synced", 1, func(b *testing.B, i int) {
		_, err := page.WriteAt(make([]byte, 4096), int64(i%64)*4096)
		must(b, errors.Join(err, page.Sync()))
	})
	run("hashed and laid out/one", 1, func(b *testing.B, _ int) {
		_, _, err := full.grow([][]byte{leaf})
		must(b, err)
	})
	run("appended/one", 1, func(b *testing.B, _ int) { must(b, w.Append(leaf)) })
	const many = 64 // each of whom waits for a leaf to last before the next
	run("appended/64 at once", many*10, func(b *testing.B, _ int) {
		var all sync.WaitGroup
		for range many {
			all.Go(func() {
				for range 10 {
					if err := w.Append(leaf); err != nil {
						panic(err)
					}
				}
			})
		}
		all.Wait()
	})
	leaves := slices.Repeat([][]byte{leaf}, 1000)
	run("appended/1000 in one", 1000, func(b *testing.B, _ int) { must(b, w.Append(leaves...)) })
	rng := rand.New(rand.NewPCG(1, 2))
	run("proved/log opened", 1, func(b *testing.B, _ int) {
		_, err := newLog(w.Checkpoint, nil, os.DirFS(dir)).Prove(rng.Int64N(w.Size))
		must(b, err)
	})
	run("proved/log open", 1, func(b *testing.B, _ int) {
		_, err := w.Prove(rng.Int64N(w.Size))
		must(b, err)
	})
}

// processor is the processor's time that this program has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

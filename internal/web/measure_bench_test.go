//go:build unix

package web

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"plumbline"
	"plumbline/estimate"
	"plumbline/internal/job"
	"plumbline/internal/store"
)

// How long pages take while an estimate runs that never ends: when it may use
// every processor, when it leaves one, and when there is none.
func BenchmarkPagesBesideAnEstimate(b *testing.B) {
	body := testdata(b, "capture/testdata/mse/UKdat.csv")
	w := &store.Work{Run: &plumbline.StudyRun{Verb: "capture", Options: []string{"--method=hierarchical", "--order=3", "--bootstrap=10"}}, Files: []store.WorkFile{{Name: "x.csv", Body: body}}}
	every := runtime.GOMAXPROCS(0)
	for _, processors := range []int{0, every - 1, every} {
		b.Run(fmt.Sprintf("on-%d-of-%d", processors, every), func(b *testing.B) {
			s := newSite(b)
			v := s.as(plumbline.Analyst)
			ctx, stop := context.WithCancel(b.Context())
			var engine sync.WaitGroup
			if processors > 0 {
				engine.Go(func() {
					for ctx.Err() == nil {
						_, _ = job.Answer(estimate.Limit(ctx, processors), w, nil) // ends with its context
					}
				})
			}
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				v.ok("/measure")
				took = append(took, time.Since(began))
			}
			stop()
			engine.Wait()
			slices.Sort(took)
			for _, part := range []int{50, 95} {
				b.ReportMetric(float64(took[(len(took)-1)*part/100].Microseconds())/1000, fmt.Sprintf("ms-p%d", part))
			}
		})
	}
}

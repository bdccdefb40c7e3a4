package capture

import (
	"context"
	"math"
	"testing"

	"plumbline/estimate"
)

// Reference programs on the same class of machine, CPU seconds (R 4.2.2):
//
//	stepwise, no bootstrap     UKdat 0.38, UKdat_5 0.18, Ned 0.52, Kosovo 0.075
//	stepwise, 1000 BCa         UKdat_5 160 to 236, Kosovo 87 to 92 (SparseMSE 2.0.1)
//	main effects, 1000 BCa     UKdat_5 5.3, Kosovo 5.6
//	1024 two-list models       UKdat_5 6.5 (Rcapture 1.4.4)
//	64 two-list models         Kosovo 0.8
//	decomposable, 27,440 by 822   UKdat_5 4.0 (dga 2.0.2)
//	latent, 110,000 sweeps     Kosovo 2.6 (LCMCR 0.4.14)

func BenchmarkStepwise(b *testing.B) {
	for _, name := range datasets {
		b.Run(name, func(b *testing.B) {
			h := load(b, name)
			f, t := newStepper(len(h.lists)), newTable(len(h.lists))
			b.ReportAllocs()
			for b.Loop() {
				t.fill(h, h.count)
				f.choose(t, 0.02)
			}
		})
	}
}

func BenchmarkStepwiseBootstrap(b *testing.B) {
	for _, name := range datasets {
		b.Run(name, func(b *testing.B) {
			tab := read(b, name+".csv")
			for b.Loop() {
				if _, err := Fit(context.Background(), tab, Default()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTwoListModels fits every model with two-list terms, to the end.
func BenchmarkTwoListModels(b *testing.B) {
	for _, name := range []string{"UKdat_5", "Kosovo"} {
		b.Run(name, func(b *testing.B) {
			h := load(b, name)
			t := newTable(len(h.lists))
			t.fill(h, h.count)
			for b.Loop() {
				e := newHierarchies(len(h.lists), 2)
				parts, _ := e.tasks(b.Context(), mostModels)
				if _, err := search(context.Background(), t, e, parts, math.Log(t.on[0]), 1<<20, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSixListsEveryFit fits all of them, also those that cannot win.
func BenchmarkSixListsEveryFit(b *testing.B) {
	if testing.Short() {
		b.Skip("minutes")
	}
	for _, name := range []string{"UKdat", "Ned"} {
		b.Run(name, func(b *testing.B) {
			h := load(b, name)
			t := newTable(len(h.lists))
			t.fill(h, h.count)
			e := newHierarchies(len(h.lists), 3)
			parts, _ := e.tasks(b.Context(), mostModels)
			for b.Loop() {
				walkers := make([]*walker, estimate.Workers(context.Background()))
				fitted := make([]int, estimate.Workers(context.Background()))
				err := estimate.Each(context.Background(), len(parts), "", nil, func(w, i int) error {
					if walkers[w] == nil {
						f := newFitter(len(h.lists))
						walkers[w] = e.walker(b.Context(), func(c chosen, _ int) {
							f.model(t, interactions(c))
							if exists, unique := f.exists(false); exists && unique && f.fit(nearly) {
								fitted[w]++
							}
						})
					}
					walkers[w].visit(parts[i])
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
				total := 0
				for _, n := range fitted {
					total += n
				}
				b.ReportMetric(float64(total), "fitted")
			}
		})
	}
}

// BenchmarkSixLists ranks the 3,702,013 models of six lists up to order three.
func BenchmarkSixLists(b *testing.B) {
	if testing.Short() {
		b.Skip("minutes")
	}
	for _, name := range []string{"UKdat", "Ned"} {
		b.Run(name, func(b *testing.B) {
			h := load(b, name)
			t := newTable(len(h.lists))
			t.fill(h, h.count)
			for b.Loop() {
				e := newHierarchies(len(h.lists), 3)
				parts, _ := e.tasks(b.Context(), mostModels)
				if _, err := search(context.Background(), t, e, parts, math.Log(t.on[0]), 100, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"plumbline"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

// large returns the coalition's operations again and again, under new ids and
// days apart, until there are n.
func large(b testing.TB, n int) store.Bundle {
	b.Helper()
	orgs, units, ops := rig.Coalition(aDay, 1)
	all := store.Bundle{Organisations: orgs, Units: units}
	for i := range n {
		body, err := json.Marshal(ops[i%len(ops)])
		if err != nil {
			b.Fatal(err)
		}
		r := new(plumbline.Record)
		if err := json.Unmarshal(body, r); err != nil {
			b.Fatal(err)
		}
		r.Operation.ID = plumbline.ID(fmt.Sprintf("%s-%05d", r.Operation.ID, i))
		r.Operation.Title = fmt.Sprintf("%s %d", r.Operation.Title, i)
		if len(r.Presences) == 0 {
			r.Presences = []*plumbline.Presence{{Head: head("somebody"), Code: "G-99"}}
		}
		all.Operations = append(all.Operations, r)
	}
	return all
}

// cpu returns the processor time that this process has used and, on
// PostgreSQL, its server.
func (s *site) cpu() time.Duration {
	var mine syscall.Rusage
	s.must(syscall.Getrusage(syscall.RUSAGE_SELF, &mine))
	used := time.Duration(mine.Utime.Nano() + mine.Stime.Nano())
	if s.Engine() != "postgres" {
		return used
	}
	dir := strings.TrimSuffix(strings.Split(s.address, "host=")[1], "&port=5432&user=plumbline")
	first, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	s.must(err)
	server, _, _ := strings.Cut(string(first), "\n")
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	s.must(err)
	for _, path := range all {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// After the name in brackets: state, parent, …, user and system time in
		// hundredths of a second.
		_, rest, _ := strings.Cut(string(stat), ") ")
		f := strings.Fields(rest)
		if len(f) > 12 && f[1] == server {
			for _, field := range f[11:13] {
				ticks, err := strconv.Atoi(field)
				s.must(err)
				used += time.Duration(ticks) * 10 * time.Millisecond
			}
		}
	}
	return used
}

// measure runs f again and again and reports wall and processor time.
func (s *site) measure(b *testing.B, name string, f func(i int) error) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		before, i := s.cpu(), 0
		for b.Loop() {
			if err := f(i); err != nil {
				b.Fatal(err)
			}
			i++
		}
		b.ReportMetric(float64(s.cpu()-before)/float64(b.N)/1e6, "cpu-ms/op")
		b.ReportMetric(float64(b.Elapsed())/float64(b.N)/1e6, "ms/op")
	})
}

// BenchmarkStore measures what a site of 2,000 operations does. The targets
// are 2 ms of processor time for one recorded movement, and 20 ms for a list
// or the page of one operation.
func BenchmarkStore(b *testing.B) {
	for engine, address := range engines {
		b.Run(engine, func(b *testing.B) {
			s := open(b, address(b))
			ctx := b.Context()
			s.users()
			const n = 2000
			bundle := large(b, n)
			start, used := time.Now(), s.cpu()
			got, err := s.Import(ctx, coordinator, bundle, false, nil)
			s.must(err)
			b.Logf("import of %d entries: %v, %v of processor time", got.Entries, time.Since(start), s.cpu()-used)
			s.clean()

			b.Run("import", func(b *testing.B) {
				used, entries, i := s.cpu(), 0, 0
				for b.Loop() {
					more := large(b, 100)
					for _, r := range more.Operations {
						r.Operation.ID, i = plumbline.ID(fmt.Sprintf("more-%d-%d", b.N, i)), i+1
					}
					n, err := s.Import(ctx, coordinator, store.Bundle{Operations: more.Operations}, true, nil)
					s.must(err)
					entries += n.Entries
				}
				b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
				b.ReportMetric(float64(entries)/(s.cpu()-used).Seconds(), "entries/cpu-s")
			})
			b.Run("export", func(b *testing.B) {
				used, rows := s.cpu(), 0
				for b.Loop() {
					out, err := s.Export(ctx, coordinator, store.Filter{})
					s.must(err)
					for _, r := range out.Operations {
						rows += len(r.Entries())
					}
				}
				b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
				b.ReportMetric(float64(rows)/(s.cpu()-used).Seconds(), "rows/cpu-s")
			})

			op := func(i int) *plumbline.Record { return bundle.Operations[(i*7)%n] }
			round := 0
			s.measure(b, "movement", func(i int) error {
				round++
				r := op(i)
				return s.Write(ctx, worker, batch(r.Operation.ID, &plumbline.Movement{Head: head(plumbline.ID(fmt.Sprint("new-", round))), Presence: r.Presences[0].ID, State: "unknown"}))
			})
			s.measure(b, "page", func(i int) error {
				if _, err := s.Operation(ctx, worker, op(i).Operation.ID); err != nil {
					return err
				}
				_, err := s.Report(ctx, worker, op(i).Operation.ID, "rights-standards")
				return err
			})
			s.measure(b, "history", func(i int) error { _, err := s.History(ctx, worker, op(i).Operation.ID); return err })
			for _, f := range []struct {
				name string
				f    store.Filter
			}{
				{"all", store.Filter{}},
				{"text", store.Filter{Text: "canal"}},
				{"text-none", store.Filter{Text: "nowhere"}},
				{"unit", store.Filter{Unit: protection}},
				{"kind", store.Filter{Kind: "targeted_removal"}},
				{"year", store.Filter{From: aDay.AddDate(-1, 0, 0), Until: aDay}},
				{"accompanied", store.Filter{Accompanied: "yes"}},
				{"unaccounted", store.Filter{Unaccounted: true}},
				{"finding", store.Filter{Protocol: "rights-standards", Result: "broken"}},
				{"rule", store.Filter{Protocol: "rights-standards", Rule: s.Protocol("rights-standards").Rules[0].ID, Result: "kept"}},
			} {
				s.measure(b, "list-"+f.name, func(int) error { _, err := s.Operations(ctx, worker, f.f); return err })
			}
			s.measure(b, "list-liaison", func(int) error { _, err := s.Operations(ctx, liaison, store.Filter{}); return err })
			s.measure(b, "summaries", func(int) error { _, err := s.Summaries(ctx, worker, store.Filter{}); return err })
			s.measure(b, "scores", func(int) error { _, err := s.RuleScores(ctx, worker, "rights-standards", store.Filter{}); return err })
			s.measure(b, "ledger", func(int) error { _, err := s.Ledger(ctx, worker, 0, 50); return err })
		})
	}
}

// BenchmarkFigures measures figures over 20,000 operations of a made-up
// country: 1,000 are recorded, and their rows in lists stand twenty times. The
// target is well under a second for every figure at once.
func BenchmarkFigures(b *testing.B) {
	for engine, address := range engines {
		b.Run(engine, func(b *testing.B) {
			s := open(b, address(b))
			ctx := b.Context()
			s.users()
			const n, times = 1000, 20
			l := rig.Large{Now: aDay, Seed: 1, N: n}
			orgs, units := l.House()
			bundle := store.Bundle{Organisations: orgs, Units: units}
			for i := range n {
				bundle.Operations = append(bundle.Operations, l.Operation(i))
			}
			_, err := s.Import(ctx, coordinator, bundle, false, nil)
			s.must(err)
			columns := strings.TrimPrefix(strings.Join(store.DerivedColumns, ", "), "id, ")
			for i := 1; i < times; i++ {
				s.must(s.Exec(ctx, fmt.Sprintf("INSERT INTO operation (id, %s, seq) SELECT id || '-%d', %s, seq + %d FROM operation WHERE seq <= %d", columns, i, columns, i*n, n)))
			}
			begun := time.Now()
			_, scope, err := s.Figures(ctx, worker, store.Filter{})
			s.must(err)
			b.Logf("the first time, with the list: %v, over %d operations", time.Since(begun), scope.Operations)
			s.measure(b, "all", func(int) error { _, _, err := s.Figures(ctx, worker, store.Filter{}); return err })
			s.measure(b, "one-by-year", func(int) error {
				_, err := s.FigureTable(ctx, worker, "accounted-24h", store.Filter{}, "year")
				return err
			})
			s.measure(b, "last-by-observer", func(int) error {
				_, err := s.FigureTable(ctx, worker, "interviewed-in-custody", store.Filter{}, "observer")
				return err
			})
			s.measure(b, "by-unit", func(int) error { _, _, err := s.FiguresBy(ctx, worker, "unit", store.Filter{}); return err })
			s.measure(b, "units", func(int) error { _, err := s.UnitSummaries(ctx, worker, "rights-standards"); return err })
			s.measure(b, "list-behind", func(int) error {
				_, err := s.FigureCases(ctx, worker, "accounted-24h", store.Filter{}, "unknown")
				return err
			})
			s.measure(b, "derive", func(i int) error {
				people := bundle.Operations[i%n].People()
				people.Figures(aDay, people.Facts(aDay))
				return nil
			})
		})
	}
}

// BenchmarkPublished measures what a page of published releases reads on a site
// that has a thousand.
func BenchmarkPublished(b *testing.B) {
	for engine, address := range engines {
		b.Run(engine, func(b *testing.B) {
			s := open(b, address(b))
			ctx := b.Context()
			s.thousand(b)
			s.measure(b, "list", func(int) error {
				_, _, err := s.Published(ctx, store.PublishedFilter{Limit: 40})
				return err
			})
			s.measure(b, "list-in-the-middle", func(int) error {
				_, _, err := s.Published(ctx, store.PublishedFilter{After: "met-1-500", Limit: 40})
				return err
			})
			s.measure(b, "one", func(int) error { _, err := s.PublishedRelease(ctx, "met-1-700"); return err })
			s.measure(b, "series", func(int) error { _, err := s.PublishedSeries(ctx, "none"); return err })
			s.measure(b, "keys", func(int) error { _, err := s.Publisher(ctx); return err })
			s.measure(b, "all", func(int) error { _, _, err := s.Published(ctx, store.PublishedFilter{}); return err })
		})
	}
}

// thousand publishes a release and writes it again and again under other ids,
// as if each were one.
func (s *site) thousand(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	s.users()
	approvers, _, err := rig.Approvers(ctx, s.DB)
	s.must(err)
	made, key, err := aDraft("met-1").Make(ctx, s.DB, coordinator)
	s.must(err)
	s.must(rig.Publish(ctx, s.DB, made.Files, key, approvers))
	for n := range 1000 {
		s.must(s.Exec(ctx, fmt.Sprintf("INSERT INTO figure_release (id, envelope, files, input_key, actor, by_name, at, published) SELECT id || '-%03d', envelope, files, input_key, actor, by_name, at, published + %d FROM figure_release WHERE id = 'met-1'", n, n)))
		s.must(s.Exec(ctx, fmt.Sprintf("INSERT INTO release_summary (id, series, published, replaced, body) SELECT id || '-%03d', series, published + %d, '', body FROM release_summary WHERE id = 'met-1'", n, n)))
	}
}

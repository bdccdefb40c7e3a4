//go:build unix

package web

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"modernc.org/sqlite"

	"plumbline"
	"plumbline/internal/rig"
	"plumbline/internal/store"
)

// writing are the connections that SQLite sites write by.
var writing struct {
	sync.Mutex
	conns []sqlite.ExecQuerierContext
}

func init() {
	sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, address string) error {
		writing.Lock()
		defer writing.Unlock()
		if strings.Contains(address, "_txlock=immediate") {
			writing.conns = append(writing.conns, conn)
		}
		return nil
	})
}

// disk makes SQLite find no room for the site's file to grow, or enough.
func (s *site) disk(full bool) {
	s.t.Helper()
	writing.Lock()
	defer writing.Unlock()
	pages := "1" // which SQLite takes as: as many as there are
	if !full {
		pages = "1073741823"
	}
	rows, err := writing.conns[len(writing.conns)-1].QueryContext(context.Background(), "PRAGMA max_page_count = "+pages, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// fill writes until the site has no room left.
func (s *site) fill() {
	s.t.Helper()
	s.disk(true)
	n := 0
	for _, size := range []int{200_000, 20_000, 500} { // down to the last page
		for err := error(nil); err == nil && n < 10_000; n++ {
			err = s.db.KeepDraft(s.t.Context(), userOf(plumbline.Coordinator), store.Draft{Form: fmt.Sprint("/fill", n), Body: strings.Repeat("x", size)})
		}
	}
	for err := error(nil); err == nil && n < 10_000; n++ { // and to the last row that fits into the pages of the record
		id := plumbline.ID(fmt.Sprint("fill-", n))
		err = s.db.Write(s.t.Context(), userOf(plumbline.Coordinator), store.Batch{Subject: store.Subject{Kind: plumbline.KindOperation, ID: id},
			Changes: []store.Change{{Entry: &plumbline.Operation{Head: plumbline.Head{ID: id}, Title: "A title", Origin: "site"}}}})
	}
	if n >= 10_000 {
		s.t.Fatal("a full disk goes on taking what is written")
	}
}

// A full disk gives a clear page that holds what was typed, reading goes on,
// health says so, and when there is room again all goes on without damage.
func TestFullDisk(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	form := v.ok("/operations/new").form()
	form.Set("title", "Ferry Steps, the second time")
	form.Set("own", strings.Repeat("7", 1))
	form.Set("name.own", "\n They came by  boat, \"all\" <of them>\n")
	before, _, _, err := s.db.Inspect(t.Context())
	if err != nil || len(before) > 0 {
		t.Fatal(before, err)
	}
	s.fill()

	a := v.post("/operations/new", form)
	if a.Code != http.StatusServiceUnavailable || a.Header().Get("Retry-After") == "" {
		t.Fatalf("got %d\n%s", a.Code, a.text())
	}
	a.says("The disk of this site is full", "What you typed is not lost")
	if h := v.get("/healthz"); h.Code != http.StatusServiceUnavailable || h.Body.String() != "the disk is full\n" {
		t.Errorf("health says %d %q", h.Code, h.Body)
	}
	v.ok("/operations")
	for what, form := range map[string]url.Values{"/drafts": {"form": {"/x"}, "title": {"x"}, "body": {strings.Repeat("x", 100_000)}}, "/operations/new": a.form()} {
		if a := v.post(what, form); a.Code != http.StatusServiceUnavailable {
			t.Errorf("POST %s: %d", what, a.Code)
		}
	}
	if strings.Contains(s.log.String(), "boat") {
		t.Error("the log holds what was typed")
	}

	s.disk(false)
	if h := v.get("/healthz"); h.Code != http.StatusOK {
		t.Errorf("with room again health says %d %q", h.Code, h.Body)
	}
	v.sent("/operations/new", a.form()).says("Ferry Steps, the second time")
	faults, rows, entries, err := s.db.Inspect(t.Context())
	if err != nil || len(faults) > 0 || rows != entries {
		t.Errorf("after the full disk: %v, %d rows and %d entries, %v", faults, rows, entries, err)
	}
}

// A database that is ended under a running site gives one clear page for as
// long as it is away; then everything goes on by itself, with what was
// acknowledged before and with what was typed meanwhile.
func TestDatabaseGoesAway(t *testing.T) {
	c := rig.NewCluster(t)
	db, err := openStore(c.Database(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	organisations, units, _ := rig.Coalition(time.Now(), 1)
	if _, err := db.Import(t.Context(), userOf(plumbline.Coordinator), store.Bundle{Organisations: organisations, Units: units}, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := rig.Users(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, db: db, log: new(lockedBuffer)}
	if s.web, err = New(Options{Store: db, Demo: true, Log: slog.New(slog.NewTextHandler(s.log, nil))}); err != nil {
		t.Fatal(err)
	}
	v := s.as(plumbline.Worker)
	record := func(title string) url.Values {
		form := v.ok("/operations/new").form()
		form.Set("title", title)
		form.Set("own", "7")
		return form
	}
	v.sent("/operations/new", record("Before"))
	meanwhile := record("Meanwhile")
	before := runtime.NumGoroutine()

	for range 2 {
		c.End(syscall.SIGQUIT)
		for range 3 {
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					w := s.visitor()
					w.cookies = maps.Clone(v.cookies)
					for _, a := range []*answer{w.get("/"), w.get("/operations"), w.post("/operations/new", meanwhile)} {
						if a.Code != http.StatusServiceUnavailable || !strings.Contains(a.text(), "The database does not answer.") {
							t.Errorf("got %d\n%s", a.Code, a.text())
						}
					}
				})
			}
			all.Wait()
		}
		if h := v.get("/healthz"); h.Code != http.StatusServiceUnavailable {
			t.Errorf("health says %d %q", h.Code, h.Body)
		}
		typed := v.post("/operations/new", meanwhile).form()
		if diff := cmp.Diff(meanwhile, typed); diff != "" {
			t.Errorf("what was typed and what is handed back:\n%s", diff)
		}
		c.Start()
		if h := v.get("/healthz"); h.Code != http.StatusOK {
			t.Errorf("health says %d %q", h.Code, h.Body)
		}
		v.sent("/operations/new", typed).says("Meanwhile") // the second time nothing is recorded twice
	}
	v.ok("/operations").says("Before", "Meanwhile")
	page, err := db.Operations(t.Context(), userOf(plumbline.Worker), store.Filter{})
	faults, _, _, err2 := db.Inspect(t.Context())
	if err != nil || err2 != nil || len(page.Operations) != 2 || len(faults) > 0 {
		t.Errorf("%d operations, %v, %v, %v", len(page.Operations), err, err2, faults)
	}
	for start := time.Now(); runtime.NumGoroutine() > before+8; time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatalf("%d goroutines are left, and were %d", runtime.NumGoroutine(), before)
		}
	}
}

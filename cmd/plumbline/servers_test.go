//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"plumbline/internal/rig"
)

// A served is a server that runs as a process of its own.
type served struct {
	cmd    *exec.Cmd
	url    *url.URL
	served atomic.Int64 // requests that it answered
}

func startServer(t *testing.T, db, secret string) *served {
	t.Helper()
	s := &served{cmd: exec.Command("plumbline", "serve", "--db", db, "--addr", "127.0.0.1:0", "--secret-file", secret)}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill(); s.cmd.Wait() }) // it may be gone already
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if s.url, err = url.Parse(strings.TrimSpace(strings.TrimPrefix(line, "Plumbline at "))); err != nil {
		t.Fatal(err)
	}
	return s
}

// A crowd is several servers that take requests in turn. Who is gone is passed
// over, as a proxy does.
type crowd struct {
	mu      sync.Mutex
	servers []*served
	next    int
}

func (c *crowd) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	c.mu.Lock()
	servers := append(append([]*served(nil), c.servers[c.next:]...), c.servers[:c.next]...)
	c.next = (c.next + 1) % len(c.servers)
	c.mu.Unlock()
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	for _, s := range servers {
		r.URL.Host = s.url.Host
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer, err = http.DefaultTransport.RoundTrip(r)
		if err == nil {
			s.served.Add(1)
		}
		if err == nil || !errors.Is(err, syscall.ECONNREFUSED) { // what may have been sent is not sent again
			return answer, err
		}
	}
	return nil, err
}

// A browser has cookies, and follows nothing by itself.
type browser struct {
	http.Client
	t    *testing.T
	site string
}

func newBrowser(t *testing.T, site, invitation string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, site: site, Client: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if status, _, body := b.post("/sign-in", url.Values{"token": {path.Base(strings.TrimSpace(invitation))}}); status != http.StatusSeeOther {
		t.Fatalf("sign in: %d\n%s", status, body)
	}
	b.setUp()
	return b
}

var (
	phoneOnPage = regexp.MustCompile(`name="phone" value="([^"]+)"`)
	keyOnPage   = regexp.MustCompile(`<code class="key" dir="ltr">([A-Z2-7 ]+)</code>`)
)

// setUp sets up a password and a phone, as whoever was invited has to.
func (b *browser) setUp() {
	b.t.Helper()
	_, page := b.get("/account/password")
	phone, key := phoneOnPage.FindStringSubmatch(page), keyOnPage.FindStringSubmatch(page)
	if phone == nil || key == nil {
		b.t.Fatalf("no phone to set up:\n%s", page)
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(key[1], " ", ""), time.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	const password = "four words nobody says"
	if status, _, body := b.post("/account/password", url.Values{"phone": {html.UnescapeString(phone[1])}, "password": {password}, "again": {password}, "code": {code}}); status != http.StatusOK {
		b.t.Fatalf("set up: %d\n%s", status, body)
	}
}

func (b *browser) answered(answer *http.Response, err error) (status int, location, body string) {
	if err != nil {
		return 0, "", err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", err.Error()
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(text)
}

func (b *browser) post(address string, form url.Values) (status int, location, body string) {
	return b.answered(b.PostForm(b.site+address, form))
}

func (b *browser) get(address string) (status int, body string) {
	status, _, body = b.answered(b.Get(b.site + address))
	return status, body
}

// Two servers on one PostgreSQL, behind a proxy that takes them in turn, are
// one site: who signs in on one is known to the other, of two who correct one
// entry the second is told, and the ledger is one. When one is killed in the
// middle of its work the other goes on, and nothing acknowledged is lost.
func TestTwoServers(t *testing.T) {
	db := rig.Postgres(t)
	must := func(args ...string) string {
		t.Helper()
		code, out, errs := plumb(t.Context(), nil, append(args, "--db", db)...)
		if code != exitYes {
			t.Fatalf("%q: exit %d, %s%s", args, code, out, errs)
		}
		return out
	}
	house := filepath.Join(t.TempDir(), "house.json")
	if err := os.WriteFile(house, []byte(`{"format": "plumbline.operations/1", "organisations": [{"id": "lime-house", "name": "Lime House", "kind": "shelter", "origin": "site"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	must("import", "operations", house)
	first := must("user", "add", "worker-1", "--role", "worker", "--name", "Worker, Lime House", "--organisation", "lime-house")
	second := must("user", "add", "worker-2", "--role", "worker", "--name", "Worker, Mint House", "--organisation", "lime-house")
	secret := filepath.Join(t.TempDir(), "secret")
	_, text, _ := plumb(t.Context(), nil, "secret")
	if err := os.WriteFile(secret, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	servers := &crowd{servers: []*served{startServer(t, db, secret), startServer(t, db, secret)}}
	front := httptest.NewServer(&httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Transport: servers, Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme = "http" }})
	defer front.Close()
	one, two := newBrowser(t, front.URL, first), newBrowser(t, front.URL, second)

	for range 4 {
		if status, body := one.get("/operations"); status != http.StatusOK {
			t.Fatalf("signed in on one server, the other says %d\n%s", status, body)
		}
	}
	record := func(b *browser, id string) (status int, body string) {
		status, _, body = b.post("/operations/new", url.Values{"id": {id}, "title": {"Ferry Steps"}, "own": {"7"}, "began.year": {"2025"}})
		return status, body
	}
	if status, body := record(one, "op-1"); status != http.StatusSeeOther {
		t.Fatalf("record: %d\n%s", status, body)
	}
	correct := func(b *browser, title string) (status int, body string) {
		status, _, body = b.post("/operations/op-1/entries/operation/op-1", url.Values{"title": {title}, "began.year": {"2025"}, "head_count": {"7"}, "entry-version": {"1"}, "entry-reason": {"It has another name"}})
		return status, body
	}
	if status, body := correct(one, "Ferry Stairs"); status != http.StatusSeeOther {
		t.Fatalf("correct: %d\n%s", status, body)
	}
	if status, body := correct(two, "Ferry Landing"); status != http.StatusConflict || !strings.Contains(body, "Ferry Stairs") || !strings.Contains(body, "Ferry Landing") {
		t.Errorf("the second of two who correct one entry is told %d\n%s", status, body)
	}
	for i, s := range servers.servers {
		if s.served.Load() == 0 {
			t.Errorf("server %d answered nothing", i)
		}
	}

	var all sync.WaitGroup
	var written atomic.Int64
	done := make(chan struct{})
	acknowledged := make([][]string, 4)
	for w, b := range []*browser{one, two, one, two} {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				id := fmt.Sprintf("w%d-%d", w, n)
				start := time.Now()
				for { // as a person would: send it again
					status, body := record(b, id)
					if status == http.StatusSeeOther {
						break
					}
					if time.Since(start) > patience {
						t.Errorf("%s: %d\n%s", id, status, body)
						return
					}
				}
				acknowledged[w] = append(acknowledged[w], id)
				written.Add(1)
			}
		})
	}
	wait := func(more int64) {
		for until := written.Load() + more; written.Load() < until && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
	}
	for n := range 4 {
		wait(10)
		s := servers.servers[n%2]
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		wait(10)
		fresh := startServer(t, db, secret)
		servers.mu.Lock()
		servers.servers[n%2] = fresh
		servers.mu.Unlock()
	}
	wait(10)
	close(done)
	all.Wait()
	total := 1
	for _, ids := range acknowledged {
		for _, id := range ids {
			total++
			if status, body := one.get("/operations/" + id); status != http.StatusOK {
				t.Errorf("%s was acknowledged: %d\n%s", id, status, body)
			}
		}
	}
	if out := must("doctor"); !strings.Contains(out, ", 0 faults.") {
		t.Error(out)
	}
	if out := must("operation", "list", "--json"); strings.Count(out, `"id"`) != total {
		t.Errorf("%d operations are listed, %d were acknowledged", strings.Count(out, `"id"`), total)
	}
	t.Logf("%d operations through two servers, four times killed", total)
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp/totp"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/rig"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// users is how many are signed in.
const users = 50

// patience is how long one row may take, whatever it is that is slow.
const patience = 5 * time.Second

// A row is one line of the table.
type row struct {
	what, target, measured, note string
}

// measureSites builds the server as it is shipped, measures it on each site,
// and prints one table.
func measureSites(ctx context.Context, o options, out, notes io.Writer) error {
	dir, err := os.MkdirTemp("", "plumbline-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "plumbline")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "plumbline/cmd/plumbline")
	build.Stderr = notes
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the server: %w", err)
	}
	if _, err := os.Stat(o.secret); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(o.secret, []byte(credential.NewSecret()), 0o600); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%s, %d processors, %s; load before: %s\n", processor(), runtime.NumCPU(), runtime.Version(), loadNow())
	for _, address := range o.sites {
		m := &measuring{options: o, address: address, binary: binary, notes: notes, draw: rand.New(rand.NewPCG(o.seed, 1)), large: rig.Large{Now: time.Now(), Seed: o.seed, N: o.operations}}
		if err := m.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", m.engine(), err)
		}
		m.print(out)
	}
	fmt.Fprintf(out, "\nload after: %s\n", loadNow())
	return nil
}

// measuring is the measurement of one site.
type measuring struct {
	options
	address, binary string
	notes           io.Writer
	draw            *rand.Rand
	large           rig.Large
	server          *server
	users           []*browser
	rows            []row
}

func (m *measuring) engine() string {
	if strings.HasPrefix(m.address, "postgres") {
		return "PostgreSQL"
	}
	return "SQLite"
}

func (m *measuring) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n\n| what | target | measured | |\n| --- | --- | --- | --- |\n", m.engine())
	for _, r := range m.rows {
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", r.what, r.target, r.measured, r.note)
	}
}

func (m *measuring) add(what, target, measured, note string) {
	m.rows = append(m.rows, row{what, target, measured, note})
	fmt.Fprintf(m.notes, "%s: %s: %s %s\n", m.engine(), what, measured, note)
}

func (m *measuring) run(ctx context.Context) error {
	if err := m.floor(ctx); err != nil {
		return fmt.Errorf("measure the machine: %w", err)
	}
	if err := m.coldStart(ctx); err != nil {
		return err
	}
	s, _, err := startServer(ctx, m.binary, m.address, m.secret)
	if err != nil {
		return err
	}
	defer s.stop()
	m.server = s
	if err := m.signIn(ctx); err != nil {
		return err
	}
	if err := m.pages(ctx); err != nil {
		return err
	}
	if err := m.movements(ctx); err != nil {
		return err
	}
	if err := m.export(ctx); err != nil {
		return err
	}
	return m.memory(ctx)
}

// coldStart takes the time from the start of the program to its first answer.
func (m *measuring) coldStart(ctx context.Context) error {
	var all []time.Duration
	for range 5 {
		s, took, err := startServer(ctx, m.binary, m.address, m.secret)
		if err != nil {
			return err
		}
		s.stop()
		all = append(all, took)
	}
	slices.Sort(all)
	m.add("cold start, to the first answer", "300 ms", ms(all[2]), fmt.Sprintf("slowest of five %s", ms(all[4])))
	return nil
}

// A server is the program as it is shipped, serving a site.
type server struct {
	cmd  *exec.Cmd
	url  string
	work *work
}

func startServer(ctx context.Context, binary, address, secret string) (*server, time.Duration, error) {
	cmd := exec.CommandContext(ctx, binary, "serve", "--addr", "127.0.0.1:0", "--db", address, "--secret-file", secret)
	cmd.Stderr = os.Stderr
	said, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	s := &server{cmd: cmd, work: &work{pid: cmd.Process.Pid, postgres: postmaster(address)}}
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		s.stop()
		return nil, 0, fmt.Errorf("the server says nothing: %w", err)
	}
	s.url = strings.TrimSpace(line[strings.Index(line, "http"):])
	for {
		answer, err := http.Get(s.url + "/healthz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return s, time.Since(began), nil
			}
		}
		if time.Since(began) > time.Minute {
			s.stop()
			return nil, 0, fmt.Errorf("the server does not answer")
		}
		time.Sleep(time.Millisecond)
	}
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt) // it may have ended
	_ = s.cmd.Wait()
}

// A browser is one signed-in user.
type browser struct {
	plumbline.Actor
	http.Client
	base string
}

// signIn lets every user in as whoever was invited comes in: with a password
// and a phone.
func (m *measuring) signIn(ctx context.Context) error {
	text, err := os.ReadFile(m.secret)
	if err != nil {
		return err
	}
	secret, err := credential.ParseSecret(string(text))
	if err != nil {
		return err
	}
	db, err := openSite(ctx, m.address, secret)
	if err != nil {
		return err
	}
	defer db.Close()
	at, err := url.Parse(m.server.url)
	if err != nil {
		return err
	}
	for _, a := range m.large.Actors(users) {
		session, err := signIn(ctx, db, a.User)
		if err != nil {
			return fmt.Errorf("sign %s in: %w", a.User, err)
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			return err
		}
		jar.SetCookies(at, []*http.Cookie{{Name: "plumbline_session", Value: session, Path: "/"}})
		m.users = append(m.users, &browser{Actor: a, base: m.server.url, Client: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}})
	}
	return nil
}

func signIn(ctx context.Context, db *store.DB, user plumbline.ID) (session string, err error) {
	token, err := db.Invite(ctx, administrator, user)
	if err != nil {
		return "", err
	}
	if session, err = db.AcceptInvitation(ctx, token, store.Arrival{}); err != nil {
		return "", err
	}
	s, err := db.Session(ctx, session)
	if err != nil {
		return "", err
	}
	phone, sealed, err := db.OfferPhone(s, "")
	if err != nil {
		return "", err
	}
	code, err := totp.GenerateCode(phone, time.Now())
	if err != nil {
		return "", err
	}
	renewed, err := db.SetPassword(ctx, s, "four words nobody says", sealed, code)
	return renewed.Session, err
}

// as returns a user in a role.
func (m *measuring) as(role plumbline.Role) *browser {
	return m.users[slices.IndexFunc(m.users, func(b *browser) bool { return b.Role == role })]
}

// send makes one request, reads the answer to its end, and returns its length.
func (b *browser) send(ctx context.Context, method, path string, form url.Values, want int) (int64, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, b.base+path, body)
	if err != nil {
		return 0, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	n, err := io.Copy(io.Discard, answer.Body)
	if err == nil && answer.StatusCode != want {
		err = fmt.Errorf("%s %s: got status %d, want %d", method, path, answer.StatusCode, want)
	}
	return n, err
}

// timed sends requests one after the other and says how long they took.
func (m *measuring) timed(ctx context.Context, what string, target time.Duration, next func(i int) error) error {
	if err := next(0); err != nil { // what is read first is read once
		return err
	}
	var all []time.Duration
	used, began := m.server.work.cpu(), time.Now()
	for i := 1; (i <= 100 || time.Since(began).Seconds() < m.seconds) && time.Since(began) < patience; i++ {
		t := time.Now()
		if err := next(i); err != nil {
			return err
		}
		all = append(all, time.Since(t))
	}
	cpu := (m.server.work.cpu() - used) / time.Duration(len(all))
	slices.Sort(all)
	aim := ""
	if target > 0 {
		aim = ms(target)
	}
	m.add(what, aim, ms(all[len(all)*99/100]), fmt.Sprintf("median %s, processor %s, %d requests", ms(all[len(all)/2]), ms(cpu), len(all)))
	return ctx.Err()
}

func (m *measuring) get(ctx context.Context, b *browser, what, path string, target time.Duration) error {
	return m.timed(ctx, what, target, func(int) error { _, err := b.send(ctx, http.MethodGet, path, nil, http.StatusOK); return err })
}

func (m *measuring) anOperation() plumbline.ID { return m.large.ID(m.draw.IntN(m.large.N)) }

// pages measures what people look at.
func (m *measuring) pages(ctx context.Context) error {
	worker := m.as(plumbline.Worker)
	if err := m.timed(ctx, "page of an operation, drawn from all", 20*time.Millisecond, func(int) error {
		_, err := worker.send(ctx, http.MethodGet, "/operations/"+string(m.anOperation()), nil, http.StatusOK)
		return err
	}); err != nil {
		return err
	}
	protocols, err := protocol.Shipped(store.Vocabulary())
	if err != nil {
		return err
	}
	standard := protocols[slices.IndexFunc(protocols, func(p *protocol.Protocol) bool { return p.Name == "rights-standards" })]
	for _, filter := range []string{"", "text=canal", "text=nowhere", "country=XA", "unit=large-unit-03-0", "kind=raid", "origin=fictional", "accompanied=yes", "unaccounted=1",
		fmt.Sprintf("year=%d", time.Now().Year()-1), "finding=rights-standards//broken", "finding=rights-standards/" + standard.Rules[0].ID + "/kept", "kind=raid&country=XB&text=mill"} {
		if err := m.get(ctx, worker, "operations, first page, "+filter, "/operations?"+filter, 20*time.Millisecond); err != nil {
			return err
		}
	}
	if err := m.get(ctx, m.as(plumbline.PoliceLiaison), "operations, first page, police liaison", "/operations", 20*time.Millisecond); err != nil {
		return err
	}
	if err := m.get(ctx, worker, "unaccounted list", "/unaccounted?origin=fictional", 50*time.Millisecond); err != nil {
		return err
	}
	for _, role := range plumbline.Role("").Values() {
		if err := m.get(ctx, m.as(plumbline.Role(role)), "home, "+role, "/?origin=fictional", 0); err != nil {
			return err
		}
	}
	for _, path := range []string{"/protocols", "/protocols/rights-standards", "/protocols/rights-standards/" + standard.Rules[0].ID, "/units"} {
		if err := m.get(ctx, worker, "page "+path, path, 0); err != nil {
			return err
		}
	}
	return m.timed(ctx, "findings of an operation, drawn from all", 0, func(int) error {
		_, err := worker.send(ctx, http.MethodGet, "/operations/"+string(m.anOperation())+"/findings", nil, http.StatusOK)
		return err
	})
}

// movements records movements through the form, each in another operation.
func (m *measuring) movements(ctx context.Context) error {
	round := fmt.Sprintf("load-%x-", time.Now().UnixNano())
	return m.timed(ctx, "one movement recorded through the form (target: 2 ms of processor)", 0, func(i int) error {
		worker, id := m.recorder()
		_, err := worker.send(ctx, http.MethodPost, "/operations/"+string(id)+"/entries/movement/new",
			url.Values{"id": {fmt.Sprint(round, i)}, "entry-version": {"0"}, "presence": {string(id) + "-p-1"}, "state": {"returned_home"}, "told_by": {"Load"}}, http.StatusSeeOther)
		return err
	})
}

// recorder draws an operation and a worker who may record in it.
func (m *measuring) recorder() (*browser, plumbline.ID) {
	for {
		r := m.large.Operation(m.draw.IntN(m.large.N))
		for _, b := range m.users {
			if b.Role == plumbline.Worker && plumbline.AllowWrite(b.Actor, r, &plumbline.Movement{}) == nil {
				return b, r.Operation.ID
			}
		}
	}
}

// export takes the operations of one unit out again and again.
func (m *measuring) export(ctx context.Context) error {
	coordinator, rows := m.as(plumbline.Coordinator), 0
	used, began := m.server.work.cpu(), time.Now()
	for i := range 3 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/operations/export?unit=large-unit-%02d-0", coordinator.base, i), nil)
		if err != nil {
			return err
		}
		answer, err := coordinator.Do(r)
		if err != nil {
			return err
		}
		n, err := countEntries(answer.Body)
		answer.Body.Close()
		if err != nil {
			return err
		}
		rows += n
	}
	cpu, wall := m.server.work.cpu()-used, time.Since(began)
	m.add("export, rows a processor second", "100,000", fmt.Sprintf("%.0f", float64(rows)/cpu.Seconds()), fmt.Sprintf("%d rows in %.1f s", rows, wall.Seconds()))
	return nil
}

// countEntries counts the ids at the head of entries in an export.
func countEntries(r io.Reader) (n int, err error) {
	lines := bufio.NewReaderSize(r, 1<<20)
	mark := `"id":`
	seen := 0
	for {
		c, err := lines.ReadByte()
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		switch {
		case c == mark[seen]:
			if seen++; seen == len(mark) {
				n, seen = n+1, 0
			}
		case c == mark[0]:
			seen = 1
		default:
			seen = 0
		}
	}
}

// memory lets all users go about at once and reads how large the server grew.
func (m *measuring) memory(ctx context.Context) error {
	var all sync.WaitGroup
	failed := make([]error, len(m.users))
	for i, b := range m.users {
		ids := []plumbline.ID{m.anOperation(), m.anOperation(), m.anOperation()}
		all.Go(func() {
			paths := []string{"/", "/ledger"}
			if b.Role != plumbline.Administrator && b.Role != plumbline.Reader && b.Role != plumbline.PoliceLiaison {
				paths = append(paths, "/operations", "/operations?text=mill", "/unaccounted?origin=fictional", "/protocols")
				for _, id := range ids {
					paths = append(paths, "/operations/"+string(id))
				}
			}
			for range 5 {
				for _, path := range paths {
					if _, err := b.send(ctx, http.MethodGet, path, nil, http.StatusOK); err != nil && failed[i] == nil {
						failed[i] = err
					}
				}
			}
		})
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	now, most := m.server.work.memory()
	m.add("memory with fifty users at once", "150 MB", fmt.Sprintf("%d MB", now>>20), fmt.Sprintf("%d MB at most since it started, the export included", most>>20))
	return nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }

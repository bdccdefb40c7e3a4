//go:build unix

// Package rig is a made-up site for tests and the demo.
//
// For tests it starts what they need and never leaves it behind: [Postgres] gives a
// fresh database, [Browser] a tab. Each is started once per test binary, when first
// asked for, and ends with the test binary, also when that panics or is killed. Where the
// machine has no PostgreSQL or Chromium the test is skipped with the reason, or
// fails if PLUMBLINE_TEST_ALL is 1, as ./test sets it after it has installed them.
//
// Keep it away from everything but tests and the demo.
package rig

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one step in a browser may take. It is long because the machine
// that runs the tests may be small and busy.
const patience = 60 * time.Second

// A Tab is one tab of a browser, with cookies and storage of its own. Its methods fail
// the test at once when something goes wrong, so they return no errors; like t.Fatal
// they must be called from the test's own goroutine.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// Browser opens a new tab of Chromium, 1280 CSS pixels wide and light, and closes it
// when t ends. All tabs of a test binary are of one headless browser with an empty
// profile, which reaches this machine alone: other names do not resolve.
//
// Without Chromium it skips t, or fails it when PLUMBLINE_TEST_ALL is 1.
func Browser(t testing.TB) *Tab {
	t.Helper()
	path := findChromium()
	if path == "" {
		missing(t, "there is no chromium on the PATH")
	}
	browser, err := startChromium(path)
	if err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	// A browser context of its own, since cookies are kept by host and not by port: the
	// sign-in of one test server would be sent to the next.
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	// The first call ties the tab to its context, so this one has no deadline.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	tab := &Tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, tab.hear); err != nil {
		t.Fatalf("listen to the tab: %v", err)
	}
	tab.Width(1280)
	tab.Light()
	return tab
}

// hear keeps what the browser finds wrong with a page.
func (b *Tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.complaints = append(b.complaints, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, fmt.Sprintf("exception: %v", e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprintf("console: %s", e.Type))
	}
}

// Complaints returns what the browser has found wrong with the pages of this
// tab since the last call: scripts that failed, what the content policy
// refused, what did not load.
func (b *Tab) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.complaints
	b.complaints = nil
	return list
}

// Script lets the scripts of the pages that are loaded next run, or not. Eval
// works either way.
func (b *Tab) Script(run bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run}); err != nil {
		b.t.Fatalf("let scripts run %t: %v", run, err)
	}
}

// Do runs steps of chromedp, for what has no method here: clicks, keys, waiting.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("in the browser: %v", err)
	}
}

// Width makes the page px CSS pixels wide and 800 high, without scroll bars. UI.md asks
// for 1280 and 320.
func (b *Tab) Width(px int) {
	b.t.Helper()
	b.Do(chromedp.EmulateViewport(int64(px), 800))
}

// Light and Dark set the colour scheme that the page is told the person prefers. Motion
// is always asked to be reduced, so that no screenshot catches it half-way.
func (b *Tab) Light() { b.t.Helper(); b.scheme("light") }

// Dark is described at Light.
func (b *Tab) Dark() { b.t.Helper(); b.scheme("dark") }

func (b *Tab) scheme(name string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: name},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		},
	})
	if err != nil {
		b.t.Fatalf("prefer %s: %v", name, err)
	}
}

// Go loads the page at url, waits until it has loaded, and returns the status of the
// answer, after redirections. A page that cannot be reached fails the test.
func (b *Tab) Go(url string) (status int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	res, err := chromedp.Run(ctx, chromedp.NavigateResponse(url))
	if err != nil {
		b.t.Fatalf("go to %s: %v", url, err)
	}
	if res == nil {
		b.t.Fatalf("go to %s: no answer", url)
	}
	return int(res.Status)
}

// Press clicks what the CSS selector finds, waits until the page that this leads
// to has loaded, and returns the status of the answer.
func (b *Tab) Press(selector string) (status int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, chromedp.Click(selector))
	if err != nil {
		b.t.Fatalf("press %s: %v", selector, err)
	}
	if res == nil {
		b.t.Fatalf("press %s: no answer", selector)
	}
	return int(res.Status)
}

// Eval runs the JavaScript expression js in b's page, waits for it when it is a promise,
// and returns its value as a T, by way of JSON. Use chromedp.Void where no value is wanted.
// It works in spite of the page's content policy. An exception fails the test.
func Eval[T any](b *Tab, js string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %.200s: %v", js, err)
	}
	return v
}

// Screenshot returns a picture of the whole page, not only of what is in view, as PNG.
func (b *Tab) Screenshot() []byte {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("screenshot: %v", err)
	}
	return png
}

// PDF prints the page on A4 and returns the document, with its number of pages.
func (b *Tab) PDF() (pdf []byte, pages int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	prefer := true
	res, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69, PreferCSSPageSize: &prefer})
	if err != nil {
		b.t.Fatalf("print: %v", err)
	}
	return res.Data, len(pageOfPDF.FindAll(res.Data, -1))
}

var pageOfPDF = regexp.MustCompile(`/Type\s*/Page\b`)

// Paper shows the page as it is printed.
func (b *Tab) Paper() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		b.t.Fatalf("show as printed: %v", err)
	}
}

//go:embed testdata/axe/axe.min.js
var axe string

const axeVersion = "4.14.1"

// A Violation is one rule of WCAG 2.2, level A or AA, that a page breaks.
type Violation struct {
	Rule   string // axe-core's name, such as "color-contrast"
	Impact string // minor, moderate, serious or critical
	Help   string // what the rule asks, in a sentence
	Nodes  []struct {
		Selector string // a CSS selector that finds the element
		HTML     string // its beginning
		Summary  string // what would mend it
	}
}

// String returns the violation as a paragraph for a failed test.
func (v Violation) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s (%s): %s", v.Rule, v.Impact, v.Help)
	for _, n := range v.Nodes {
		fmt.Fprintf(&s, "\n  %s\n    %s\n    %s", n.Selector, n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n    "))
	}
	return s.String()
}

// Axe checks the page as it is now, width, scheme and open menus included, against the
// rules of WCAG 2.0, 2.1 and 2.2 at levels A and AA that a program can decide, and returns
// those it breaks. None does not mean that the page can be used; it means that a person
// should look next. Where rules are named, only those are checked.
func (b *Tab) Axe(rules ...string) []Violation {
	b.t.Helper()
	run := `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}`
	if len(rules) > 0 {
		run = `{type: "rule", values: ["` + strings.Join(rules, `", "`) + `"]}`
	}
	if !Eval[bool](b, `typeof axe === "object" && axe.version === "`+axeVersion+`"`) {
		Eval[chromedp.Void](b, axe)
	}
	report := Eval[struct {
		Version    string
		Passes     int
		Violations []Violation
	}](b, `axe.run(document, {
		runOnly: `+run+`
	}).then(r => ({
		Version: r.testEngine.version,
		Passes: r.passes.length,
		Violations: r.violations.map(v => ({
			Rule: v.id, Impact: v.impact, Help: v.help,
			Nodes: v.nodes.map(n => ({Selector: n.target.join(" "), HTML: n.html.slice(0, 300), Summary: n.failureSummary}))
		}))
	}))`)
	// An engine of another version, or one that looked at nothing, would be a silent yes.
	if report.Version != axeVersion || report.Passes+len(report.Violations) == 0 {
		b.t.Fatalf("axe-core %s decided %d rules; want version %s and some", report.Version, report.Passes+len(report.Violations), axeVersion)
	}
	return report.Violations
}

func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// chromium is the browser of this test binary.
var chromium struct {
	sync.Mutex
	ctx context.Context // of the browser, as chromedp wants it
	dir string          // its profile
	err error           // why it could not be started
}

func startChromium(path string) (context.Context, error) {
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.ctx == nil && chromium.err == nil {
		chromium.ctx, chromium.dir, chromium.err = launchChromium(path)
	}
	return chromium.ctx, chromium.err
}

func launchChromium(path string) (ctx context.Context, dir string, err error) {
	dir, err = os.MkdirTemp("", "plumbline-chromium-")
	if err != nil {
		return nil, "", err
	}
	// chromedp has the kernel kill the browser with us, or closes the pipe it lives by;
	// the profile is ours to remove, and again while the last helpers still write to it.
	err = whenGone(exec.Command("/bin/sh", "-c", `
		cat
		for i in 1 2 3 4 5 6 7 8 9 10; do
			rm -rf "$1" 2>/dev/null
			sleep 0.3
			[ -e "$1" ] || exit 0
		done
	`, "sh", dir))
	if err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(dir))
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(dir),
		// It shows pages of this very program only. As root and in containers Chromium
		// has no sandbox that it could use.
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// A page that asks another host for anything must look broken in its test too.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.Flag("no-proxy-server", true),
	)
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	// Not a deadline: the browser would live no longer than it.
	late := time.AfterFunc(patience, cancel)
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, "", err
	}
	if !late.Stop() {
		return nil, "", fmt.Errorf("not ready after %v", patience)
	}
	return ctx, dir, nil
}

// missing skips t because the machine lacks something, or fails it when nothing may be
// left out.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("PLUMBLINE_TEST_ALL") == "1" {
		t.Fatalf("%s, and PLUMBLINE_TEST_ALL is 1", what)
	}
	t.Skipf("%s; ./test installs it as root on Debian", what)
}

// leashes are the pipes that whenGone's commands wait on. Here nothing closes them but
// the end of the process; out of reach, the garbage collector would.
var leashes []*os.File

// whenGone starts cmd with an input that says nothing and ends when this process does,
// whatever ended it: a pipe that the kernel closes needs no handler to run. So the command
// can first do its work, then wait with cat, then clean up. It runs in a session of its own,
// beyond the reach of the signals that end a test run, and without our output,
// on whose end go test waits.
func whenGone(cmd *exec.Cmd) error {
	_, err := leashed(cmd)
	return err
}

// leashed is whenGone for a command that is also told something by its input.
func leashed(cmd *exec.Cmd) (*os.File, error) {
	leash.Lock()
	defer leash.Unlock()
	r, w, err := os.Pipe() // closed on exec: no other child holds it open
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd.Stdin = r
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setsid = true
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	leashes = append(leashes, w)
	return w, nil
}

var leash sync.Mutex // guards leashes

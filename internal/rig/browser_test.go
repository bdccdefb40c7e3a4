//go:build unix

package rig

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// site serves a page with known faults, one without, and the content policy that ours have.
func site(t *testing.T) string {
	t.Helper()
	pages := map[string]string{
		"/good": `<!doctype html><html lang="en"><head><title>Good</title><link rel="stylesheet" href="/style.css"></head>
			<body><main><h1>Good</h1><p><label>Name <input></label></p><div></div></main></body></html>`,
		"/bad": `<!doctype html><html><head><title>Bad</title><link rel="stylesheet" href="/style.css"></head>
			<body><main><h1>Bad</h1><p class="weak">Hard to read</p><input><p class="tight"><button>a</button><button>b</button></p></main></body></html>`,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'")
		switch {
		case pages[r.URL.Path] != "":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			http.SetCookie(w, &http.Cookie{Name: "who", Value: "me", Path: "/"})
			io.WriteString(w, pages[r.URL.Path])
		case r.URL.Path == "/style.css":
			w.Header().Set("Content-Type", "text/css")
			io.WriteString(w, `body { background: #fff; color: #111 } div { height: 3000px }
				.weak { color: #ccc } .tight button { width: 12px; height: 12px; padding: 0; border: 0; margin: 0 }
				@media (prefers-color-scheme: dark) { body { background: #101418; color: #eee } }`)
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/good", http.StatusSeeOther)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestBrowser(t *testing.T) {
	b, url := Browser(t), site(t)
	if got := b.Go(url + "/moved"); got != 200 {
		t.Errorf("status %d, want 200", got)
	}
	if got := Eval[string](b, `document.title`); got != "Good" {
		t.Errorf("title %q, want Good", got)
	}
	if got := Eval[[]int](b, `Promise.resolve([1, 2])`); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("promised %v, want [1 2]", got)
	}
	for _, width := range []int{320, 1280} {
		b.Width(width)
		if got := Eval[int](b, `innerWidth`); got != width {
			t.Errorf("width %d, want %d", got, width)
		}
		for _, scheme := range []struct {
			set  func()
			want color.RGBA
		}{
			{b.Light, color.RGBA{0xff, 0xff, 0xff, 0xff}},
			{b.Dark, color.RGBA{0x10, 0x14, 0x18, 0xff}},
		} {
			scheme.set()
			img, err := png.Decode(bytes.NewReader(b.Screenshot()))
			if err != nil {
				t.Fatal(err)
			}
			size := img.Bounds().Size()
			if size.X != width || size.Y < 3000 {
				t.Errorf("screenshot of %v, want %d wide and the whole page high", size, width)
			}
			if got := color.RGBAModel.Convert(img.At(1, size.Y-1)); got != scheme.want {
				t.Errorf("background %v, want %v", got, scheme.want)
			}
		}
	}
	if got := b.Go(url + "/nothing"); got != 404 {
		t.Errorf("status %d, want 404", got)
	}
	b.Go(url + "/good")
	b.Do(chromedp.SendKeys(chromedp.CSS("input"), "Srey"))
	if got := Eval[string](b, `document.querySelector("input").value`); got != "Srey" {
		t.Errorf("typed %q, want Srey", got)
	}
}

// A sign-in in one tab is not one in the next, although all test servers are on one host.
func TestBrowserTabsAreApart(t *testing.T) {
	url := site(t)
	for range 2 {
		b := Browser(t)
		b.Go(url + "/good")
		if got := Eval[string](b, `document.cookie`); got != "who=me" {
			t.Errorf("cookies %q, want who=me", got)
		}
		Eval[chromedp.Void](b, `document.cookie = "more=1"`)
	}
}

// Nothing leaves the machine: what asks another host must fail, and quickly.
func TestComplaints(t *testing.T) {
	b, url := Browser(t), site(t)
	b.Go(url + "/good")
	if got := b.Complaints(); len(got) != 0 {
		t.Errorf("a good page: %v", got)
	}
	Eval[chromedp.Void](b, `(() => { const s = document.createElement("style"); s.textContent = "p { color: red }"; document.head.append(s); })()`)
	b.Go(url + "/nothing-here")
	got := strings.Join(b.Complaints(), "\n")
	for _, want := range []string{"Content Security Policy", "404"} {
		if !strings.Contains(got, want) {
			t.Errorf("no complaint of %s in %q", want, got)
		}
	}
	if got := b.Complaints(); len(got) != 0 {
		t.Errorf("told twice: %v", got)
	}
}

func TestScript(t *testing.T) {
	b := Browser(t)
	for _, run := range []bool{false, true} {
		b.Script(run)
		b.Go(`data:text/html,<!doctype html><p id="p">no</p><script>document.getElementById("p").textContent = "yes"</script>`)
		if got := Eval[string](b, `document.getElementById("p").textContent`); (got == "yes") != run {
			t.Errorf("scripts may run %t, and the page says %q", run, got)
		}
	}
}

func TestBrowserKnowsNoOtherHost(t *testing.T) {
	b := Browser(t)
	b.Go(site(t) + "/good")
	fails(t, func(t testing.TB) {
		b.t = t
		b.Go("https://example.org/")
	}, "fatal: go to https://example.org/: ", "ERR_NAME_NOT_RESOLVED")
}

func TestBrowserFailsTheTest(t *testing.T) {
	for _, tc := range []struct {
		name string
		want string
		do   func(*Tab)
	}{
		{"exception", "evaluate nothing.here: ", func(b *Tab) { Eval[int](b, `nothing.here`) }},
		{"rejection", "evaluate Promise.reject", func(b *Tab) { Eval[int](b, `Promise.reject(new Error("no"))`) }},
		{"another type", "evaluate ", func(b *Tab) { Eval[int](b, `"text"`) }},
		{"nothing listens", "go to http://127.0.0.1:1/: ", func(b *Tab) { b.Go("http://127.0.0.1:1/") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := Browser(t)
			fails(t, func(t testing.TB) {
				b.t = t
				tc.do(b)
			}, "fatal: "+tc.want)
		})
	}
}

func TestAxe(t *testing.T) {
	b, url := Browser(t), site(t)
	b.Go(url + "/good")
	for _, set := range []func(){b.Light, b.Dark} {
		set()
		for _, v := range b.Axe() {
			t.Errorf("the good page: %v", v)
		}
	}

	b.Go(url + "/bad")
	b.Light()
	var got []string
	for _, v := range b.Axe() {
		got = append(got, v.Rule)
		if len(v.Nodes) == 0 || v.Nodes[0].Selector == "" || v.Nodes[0].HTML == "" || v.Help == "" {
			t.Errorf("not told where and why: %+v", v)
		}
		if v.Rule == "color-contrast" && !strings.Contains(v.String(), ".weak") {
			t.Errorf("%v does not name .weak", v)
		}
	}
	slices.Sort(got)
	// One rule of each level and version asked for: 2.0 A and AA, 2.2 AA.
	if want := []string{"color-contrast", "html-has-lang", "label", "target-size"}; !slices.Equal(got, want) {
		t.Errorf("the bad page breaks %v, want %v", got, want)
	}
}

// What is missing is skipped with a sentence, but never where everything was asked for.
func TestMissing(t *testing.T) {
	t.Setenv("PATH", "")
	t.Setenv("PLUMBLINE_TEST_ALL", "")
	fails(t, func(t testing.TB) { Browser(t) }, "skip: there is no chromium", "./test installs it")
	t.Setenv("PLUMBLINE_TEST_ALL", "1")
	fails(t, func(t testing.TB) { Browser(t) }, "fatal: there is no chromium")
}

func TestBrowserEndsWithUs(t *testing.T) {
	if findChromium() == "" {
		missing(t, "there is no chromium")
	}
	endings(t, func(t *testing.T) (dir string, pid int) {
		Browser(t)
		return chromium.dir, chromedp.FromContext(chromium.ctx).Browser.Process().Pid
	})
}

// endings runs this test binary again for each way a test run can end. There start is called
// and says what it started; here it must be gone soon after: process and folder.
func endings(t *testing.T, start func(*testing.T) (dir string, pid int)) {
	t.Helper()
	if how := os.Getenv("RIG_TEST_ENDING"); how != "" {
		dir, pid := start(t)
		fmt.Printf("started %s %d\n", dir, pid)
		switch how {
		case "return":
			return
		case "panic":
			panic("as a test may")
		case "exit":
			os.Exit(3)
		case "interrupt":
			syscall.Kill(os.Getpid(), syscall.SIGINT)
		case "kill":
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		time.Sleep(time.Minute) // until the signal comes
		return
	}
	for _, how := range []string{"return", "panic", "exit", "interrupt", "kill"} {
		t.Run(how, func(t *testing.T) {
			top, _, _ := strings.Cut(t.Name(), "/")
			cmd := exec.Command(os.Args[0], "-test.run=^"+top+"$", "-test.v")
			cmd.Env = append(os.Environ(), "RIG_TEST_ENDING="+how)
			out, err := cmd.CombinedOutput()
			if ok := err == nil; ok != (how == "return") {
				t.Errorf("the other ended with %v", err)
			}
			var dir string
			var pid int
			if _, rest, ok := strings.Cut(string(out), "started "); !ok {
				t.Fatalf("the other started nothing: %v: %s", err, out)
			} else if _, err := fmt.Sscan(rest, &dir, &pid); err != nil || dir == "" || pid <= 1 {
				t.Fatalf("the other said %q: %v", rest, err)
			}
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
				_, err := os.Stat(dir)
				folder := !errors.Is(err, os.ErrNotExist)
				process := alive(pid)
				if !folder && !process {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("20 s after: folder %s left is %v, process %d left is %v", dir, folder, pid, process)
				}
			}
		})
	}
}

// alive reports whether process pid runs; one that has ended and is not yet waited for by
// its new parent does not.
func alive(pid int) bool {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !bytes.Contains(stat, []byte(") Z "))
}

// fails reports to t unless do ends in a Fatalf or Skipf of the stand-in it is given, saying
// all of wants.
func fails(t *testing.T, do func(testing.TB), wants ...string) {
	t.Helper()
	f := &failer{TB: t}
	done := make(chan struct{})
	go func() { // of its own, so that it can be ended as Fatalf ends a test
		defer close(done)
		do(f)
	}()
	<-done
	for _, want := range wants {
		if !strings.Contains(f.said, want) {
			t.Errorf("said %q, want %q in it", f.said, want)
		}
	}
}

type failer struct {
	testing.TB
	said string
}

func (f *failer) Fatalf(format string, args ...any) {
	f.said = "fatal: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (f *failer) Skipf(format string, args ...any) {
	f.said = "skip: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

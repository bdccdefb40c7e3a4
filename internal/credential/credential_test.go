package credential

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

func secret(t testing.TB) *Secret {
	t.Helper()
	s, err := ParseSecret(NewSecret())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSecret(t *testing.T) {
	s, other := secret(t), secret(t)
	value := []byte("JBSWY3DPEHPK3PXP")
	sealed := s.Seal(value, "table", "column", "row")
	if bytes.Contains(sealed, value) || bytes.Equal(sealed, s.Seal(value, "table", "column", "row")) {
		t.Error("sealing hides nothing, or gives the same twice")
	}
	if got, err := s.Open(sealed, "table", "column", "row"); err != nil || !bytes.Equal(got, value) {
		t.Errorf("got %q, %v", got, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for what, open := range map[string]func() ([]byte, error){
		"another row":           func() ([]byte, error) { return s.Open(sealed, "table", "column", "other") },
		"parts that run on":     func() ([]byte, error) { return s.Open(sealed, "tablecolumn", "row") },
		"another secret":        func() ([]byte, error) { return other.Open(sealed, "table", "column", "row") },
		"a changed bit":         func() ([]byte, error) { return s.Open(changed, "table", "column", "row") },
		"a piece":               func() ([]byte, error) { return s.Open(sealed[:5], "table", "column", "row") },
		"the value, not sealed": func() ([]byte, error) { return s.Open(value, "table", "column", "row") },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: opened as %q", what, got)
		}
	}
	if got, err := s.Open(s.Seal(nil, "x"), "x"); err != nil || len(got) != 0 {
		t.Errorf("nothing: got %q, %v", got, err)
	}
	if !bytes.Equal(s.Mark("a", "b"), s.Mark("a", "b")) || bytes.Equal(s.Mark("a", "b"), s.Mark("ab")) || bytes.Equal(s.Mark("a", "b"), other.Mark("a", "b")) {
		t.Error("marks repeat where they should not, or do not where they should")
	}
	for _, text := range []string{"", "plumbline-secret-1:", NewSecret()[10:], strings.Replace(NewSecret(), "1:", "2:", 1), NewSecret() + NewSecret(), NewSecret()[:50]} {
		if _, err := ParseSecret(text); err == nil {
			t.Errorf("%q is taken for a secret", text)
		}
	}
}

func TestPassword(t *testing.T) {
	kept := HashPassword("paper lantern caf\u00e9 nine")
	if bytes.Equal(kept, HashPassword("paper lantern caf\u00e9 nine")) {
		t.Error("two hashes of one password are the same")
	}
	for password, want := range map[string]bool{
		"paper lantern caf\u00e9 nine":   true,
		"paper lantern cafe\u0301 nine":  true, // as another keyboard writes it
		"paper lantern cafe nine":        false,
		"paper lantern caf\u00e9 nine ":  false,
		"":                               false,
		strings.Repeat("x", MaxPassword): false,
	} {
		if VerifyPassword(kept, password) != want {
			t.Errorf("%q: want %t", password, want)
		}
	}
	for _, kept := range [][]byte{nil, {}, kept[:20], append([]byte{9}, kept[1:]...)} {
		if VerifyPassword(kept, "") || VerifyPassword(kept, "paper lantern caf\u00e9 nine") {
			t.Errorf("%x is taken for a password", kept)
		}
	}
	for password, want := range map[string]error{
		"paper lantern":                        nil,
		"كلمة سر طويلة":                        nil,
		"elevenchars":                          ErrShort,
		"abcabcabcabcabc":                      ErrPlain,
		"my-name-1 is mine":                    ErrPlain,
		strings.Repeat("abcdef", 50):           ErrLong,
		"\u00e9\u00e8\u00ea\u00eb\u00e0\u00e2": ErrShort, // six, though of twelve bytes
	} {
		if got := CheckPassword(password, "my-name-1"); got != want {
			t.Errorf("%q: got %v, want %v", password, got, want)
		}
	}
}

// The test vectors of RFC 6238, appendix B, of SHA-1, in their last six digits.
func TestCodeAt(t *testing.T) {
	const key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // "12345678901234567890"
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		for _, off := range []int64{-30, 0, 30} {
			if step, ok := CodeAt(key, code, time.Unix(at+off, 0)); !ok || step != at/30 {
				t.Errorf("%s at %d%+d: step %d, %t", code, at, off, step, ok)
			}
		}
		if _, ok := CodeAt(key, code, time.Unix(at+90, 0)); ok {
			t.Errorf("%s is good a minute and a half later", code)
		}
	}
	if _, ok := CodeAt("", "", time.Unix(59, 0)); ok {
		t.Error("no code is good for no secret")
	}
	if s := NewCodeSecret(); len(s) != 32 || s == NewCodeSecret() {
		t.Errorf("a secret is %q", s)
	}
	u, err := url.Parse(CodeAddress(key, "Plumb line", "a-user"))
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Plumb line:a-user" || u.Query().Get("secret") != key || strings.Contains(u.RawQuery, "+") {
		t.Errorf("got %v, %v", u, err)
	}
}

func TestReadCode(t *testing.T) {
	paper := NewRecoveryCode()
	plain := strings.ReplaceAll(paper, "-", "")
	for text, want := range map[string]Typed{
		"123456":                     {Phone: "123456"},
		" 123 456 ":                  {Phone: "123456"},
		"١٢٣٤٥٦":                     {Phone: "123456"},
		"۱۲۳۴۵۶":                     {Phone: "123456"},
		"12345":                      {},
		"12345a":                     {},
		"":                           {},
		paper:                        {Recovery: plain},
		strings.ToUpper(plain):       {Recovery: plain},
		"\u200e" + paper + " ":       {Recovery: plain},
		plain[:15]:                   {},
		plain[:15] + "i":             {}, // a letter that is in no code
		strings.Repeat(" ", 5000):    {},
		strings.Repeat("1", 1000000): {},
	} {
		if got := ReadCode(text); got != want {
			t.Errorf("%.40q: got %+v, want %+v", text, got, want)
		}
	}
}

// A gate lets in as many as it has slots, keeps some waiting and turns the
// rest away at once.
func TestGate(t *testing.T) {
	g := &Gate{slots: make(chan struct{}, 1), queue: 2, wait: time.Hour}
	leave, err := g.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			leave, err := g.Enter(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			leave()
		})
	}
	for g.waiting.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Enter(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a third who has gone away: %v", err)
	}
	leave()
	all.Wait()

	full := &Gate{slots: make(chan struct{}, 1), queue: 0, wait: time.Hour}
	full.slots <- struct{}{}
	all.Go(func() {
		if leave, err := full.Enter(t.Context()); err == nil {
			leave()
		}
	})
	for full.waiting.Load() < 1 {
		time.Sleep(time.Millisecond)
	}
	if _, err := full.Enter(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	<-full.slots
	all.Wait()

	slow := &Gate{slots: make(chan struct{}, 1), queue: 2, wait: time.Nanosecond}
	slow.slots <- struct{}{}
	if _, err := slow.Enter(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("one who waits too long: %v", err)
	}
}

func TestNewSite(t *testing.T) {
	for address, ok := range map[string]bool{"https://plumbline.example": true, "http://localhost:8080": true, "http://127.0.0.1:8080": false, "https://[::1]": false} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewSite(u); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func BenchmarkVerifyPassword(b *testing.B) {
	kept := HashPassword("paper lantern orchard nine")
	for b.Loop() {
		VerifyPassword(kept, "paper lantern orchard ten")
	}
}

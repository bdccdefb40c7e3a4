package credential

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
)

// CodeStep is how long a phone's code is good (RFC 6238).
const CodeStep = 30 * time.Second

// NewCodeSecret returns a secret for a phone's codes: 160 bits in base 32.
func NewCodeSecret() string {
	b := make([]byte, 20)
	rand.Read(b) // never fails
	return base.EncodeToString(b)
}

// CodeAddress returns what a phone reads from the picture.
func CodeAddress(secret, site, user string) string {
	q := url.Values{"secret": {secret}, "issuer": {site}}
	return "otpauth://totp/" + url.PathEscape(site+":"+user) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// CodeAt finds the step that a code belongs to, at a moment. The step before
// and the one after count too, since clocks differ and people type slowly. A
// step that was used must not be taken again; that is the caller's to hold.
func CodeAt(secret, code string, at time.Time) (step int64, ok bool) {
	now := at.Unix() / int64(CodeStep/time.Second)
	for _, s := range []int64{now, now - 1, now + 1} {
		want, err := hotp.GenerateCode(secret, uint64(s))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// RecoveryCodes is how many recovery codes a user has at first.
const RecoveryCodes = 10

var recoveryAlphabet = base32.NewEncoding("abcdefghjkmnpqrstuvwxyz023456789").WithPadding(base32.NoPadding)

// NewRecoveryCode returns a code of 80 bits, as it is written on paper.
func NewRecoveryCode() string {
	b := make([]byte, 10)
	rand.Read(b) // never fails
	text := recoveryAlphabet.EncodeToString(b)
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// A Typed is a code as somebody typed it: of a phone, or from paper.
type Typed struct {
	Phone    string // six digits
	Recovery string // without hyphens
}

// ReadCode reads a code in any digits, with or without spaces and hyphens.
// What is neither kind gives neither.
func ReadCode(text string) (t Typed) {
	if len(text) > 200 {
		return t
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '٠' && r <= '٩':
			r += '0' - '٠'
		case r >= '۰' && r <= '۹':
			r += '0' - '۰'
		case r == ' ' || r == '-' || r == '\u00a0' || r == '\u2011' || r == '\u200e' || r == '\u200f':
			continue
		}
		b.WriteRune(r)
	}
	plain := strings.ToLower(b.String())
	switch {
	case len(plain) == 6 && strings.Trim(plain, "0123456789") == "":
		t.Phone = plain
	case len(plain) == 16:
		if _, err := recoveryAlphabet.DecodeString(plain); err == nil {
			t.Recovery = plain
		}
	}
	return t
}

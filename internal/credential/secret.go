// Package credential is what people prove who they are with: passwords, the
// codes of a phone, recovery codes, passkeys; and the site's secret, under
// which they are kept. It computes and keeps nothing: internal/store does.
//
// Begin with [Secret]. Nothing here says which of several reasons a proof
// failed for: whoever guesses should learn nothing from it.
package credential

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
)

// A Secret is the site's own: what it seals can be opened, and what it marks
// can be recognised, by who has it and by nobody else. It is kept outside the
// database, so that a copy of the database alone opens nothing. Every server
// of a site has the same.
type Secret struct {
	sealer cipher.AEAD
	marker []byte
}

// secretPrefix says what a file with a secret is.
const secretPrefix = "plumbline-secret-1:"

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret returns the text of a new secret, one line for a file.
func NewSecret() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return secretPrefix + base.EncodeToString(key) + "\n"
}

// ParseSecret reads the text of a secret.
func ParseSecret(text string) (*Secret, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	key, err := base.DecodeString(rest)
	if !ok || err != nil || len(key) != 32 {
		return nil, fmt.Errorf("this is not a site's secret, one line of which %s is the beginning", secretPrefix)
	}
	part := func(purpose string) []byte {
		k, err := hkdf.Key(sha256.New, key, nil, "plumbline "+purpose, 32)
		if err != nil {
			panic(err) // only when more is asked for than there is
		}
		return k
	}
	block, err := aes.NewCipher(part("seal"))
	if err != nil {
		return nil, err
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	return &Secret{sealer, part("mark")}, err
}

// Seal hides a value and ties it to its place: table, column and row. An
// empty value stays empty.
func (s *Secret) Seal(value []byte, place ...string) []byte {
	if len(value) == 0 {
		return []byte{}
	}
	return s.sealer.Seal(nil, nil, value, bind(place))
}

// Open opens what was sealed for the same place. It fails when the value was
// changed, comes from another place, or was sealed with another secret.
func (s *Secret) Open(sealed []byte, place ...string) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	value, err := s.sealer.Open(nil, nil, sealed, bind(place))
	if err != nil {
		return nil, errors.New("a sealed value does not open: it was changed, or the site has another secret")
	}
	return value, nil
}

// Mark returns 16 bytes by which the same parts are known again, and from
// which nobody can tell what they were.
func (s *Secret) Mark(parts ...string) []byte {
	h := hmac.New(sha256.New, s.marker)
	h.Write(bind(parts))
	return h.Sum(nil)[:16]
}

// bind joins parts so that no two lists give the same bytes.
func bind(parts []string) []byte {
	var b []byte
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		b = append(b, sum[:]...)
	}
	return b
}

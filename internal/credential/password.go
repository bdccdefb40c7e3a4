package credential

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Argon2id as RFC 9106 has it, with the memory of its second recommendation:
// 64 MiB in one pass. What it costs is a part of what is kept, so that it can
// be raised later.
const (
	argonPasses  = 1
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
	argonVersion = 1 // of the format below: one byte, 16 of salt, 32 of key
)

// The length of a password: characters at the least, bytes at the most.
const (
	MinPassword = 12
	MaxPassword = 256
)

// What a password may be wrong for.
var (
	ErrShort = errors.New("the password is too short")
	ErrLong  = errors.New("the password is too long")
	ErrPlain = errors.New("the password is too easily guessed")
)

// CheckPassword says whether a password is good enough: at least MinPassword
// characters, of which five differ, and not made of the user's own id.
func CheckPassword(password, user string) error {
	different := map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	switch {
	case len(password) > MaxPassword:
		return ErrLong
	case utf8.RuneCountInString(password) < MinPassword:
		return ErrShort
	case len(different) < 5, len(user) > 4 && strings.Contains(strings.ToLower(password), strings.ToLower(user)):
		return ErrPlain
	}
	return nil
}

// HashPassword returns what is kept of a password.
func HashPassword(password string) []byte {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	return append(append([]byte{argonVersion}, salt...), stretch(password, salt)...)
}

// nobody is compared with when there is no such user or no password, so that
// this takes as long.
var nobody = make([]byte, 16)

// VerifyPassword reports whether a password is the one that was hashed. It
// takes as long when nothing was.
func VerifyPassword(kept []byte, password string) bool {
	if len(kept) != 1+16+32 || kept[0] != argonVersion {
		stretch(password, nobody)
		return false
	}
	return subtle.ConstantTimeCompare(stretch(password, kept[1:17]), kept[17:]) == 1
}

// stretch computes the key. Keyboards write the same letter in several ways;
// normal form C makes them one.
func stretch(password string, salt []byte) []byte {
	if len(password) > MaxPassword {
		password = password[:MaxPassword]
	}
	return argon2.IDKey(norm.NFC.Bytes([]byte(password)), salt, argonPasses, argonMemory, argonThreads, 32)
}

// ErrBusy is returned when more people sign in at once than the machine can
// bear.
var ErrBusy = errors.New("too many sign in at once")

// A Gate lets few passwords be computed at once, each of which takes 64 MiB
// and a processor; a few more wait for a moment, and the rest are turned away.
type Gate struct {
	slots   chan struct{}
	waiting atomic.Int32
	queue   int32
	wait    time.Duration
}

// NewGate returns a gate with as many slots as are asked for, and at most one
// for each processor.
func NewGate(slots int) *Gate {
	slots = max(1, min(slots, runtime.GOMAXPROCS(0)))
	return &Gate{slots: make(chan struct{}, slots), queue: int32(8 * slots), wait: 5 * time.Second}
}

// Enter waits for a slot. The caller calls leave when done. It returns ErrBusy
// when too many wait already, or none came free in five seconds.
func (g *Gate) Enter(ctx context.Context) (leave func(), err error) {
	if g.waiting.Add(1) > g.queue+int32(cap(g.slots)) {
		g.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer g.waiting.Add(-1)
	late := time.NewTimer(g.wait)
	defer late.Stop()
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots }, nil
	case <-late.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

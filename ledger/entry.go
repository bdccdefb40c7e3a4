package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Format names the format of entries and its version. An entry is one line of JSON
// without a line end, in ASCII, with these members in this order and no space:
//
//	{"format":"plumbline.ledger/1","time":"2026-11-22T03:32:00.000000Z","actor":"A7…",
//	 "action":"movement.record","kind":"movement","record":"M3…","version":1,
//	 "commitment":"…"}
//
// (broken here for reading). time is UTC with six decimals; version a whole number
// from 1; commitment the 32 bytes in padded base64; the others as [Entry] says. The
// entry's index is its position in the log and is not written in it.
const Format = "plumbline.ledger/1"

// MaxEntry is the largest length of an encoded entry, in bytes. The longest that
// Encode writes is shorter; a reader of files can stop there.
const MaxEntry = 512

// An Entry says that an actor did something to one version of one record.
type Entry struct {
	Time       time.Time // when, in UTC, whole microseconds, years 1 to 9999
	Actor      string    // who, as an opaque id: 1 to 64 of A-Z a-z 0-9 - _
	Action     string    // what, as noun.verb, both 1 to 32 of a-z 0-9 _ beginning with a letter
	Kind       string    // the kind of the record, such as "movement", spelled as the noun of an action
	Record     string    // which, as an opaque id spelled as Actor
	Version    int64     // the record's version after the act, from 1
	Commitment [32]byte  // see Commit
}

// entryJSON has the members of an entry in the order of the format.
type entryJSON struct {
	Format     string `json:"format"`
	Time       string `json:"time"`
	Actor      string `json:"actor"`
	Action     string `json:"action"`
	Kind       string `json:"kind"`
	Record     string `json:"record"`
	Version    int64  `json:"version"`
	Commitment string `json:"commitment"`
}

const timeLayout = "2006-01-02T15:04:05.000000Z"

// Encode returns the one spelling of e. It returns ErrMalformed when a field is not
// as its comment asks; it never rounds or shortens anything to make it fit.
func (e Entry) Encode() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	// No string that passed check needs escaping, so this is canonical JSON.
	b := make([]byte, 0, MaxEntry)
	b = append(b, `{"format":"`+Format+`","time":"`...)
	b = e.Time.AppendFormat(b, timeLayout)
	b = append(b, `","actor":"`+e.Actor+`","action":"`+e.Action+`","kind":"`+e.Kind+`","record":"`+e.Record+`","version":`...)
	b = strconv.AppendInt(b, e.Version, 10)
	b = append(b, `,"commitment":"`...)
	b = base64.StdEncoding.AppendEncode(b, e.Commitment[:])
	return append(b, `"}`...), nil
}

// ParseEntry reads one encoded entry. It returns ErrMalformed for everything that
// Encode would not have written byte for byte, also where the difference is only one
// of spelling: two spellings of one entry would be two different leaves of the log.
func ParseEntry(b []byte) (Entry, error) {
	if len(b) > MaxEntry {
		return Entry{}, fmt.Errorf("entry of %d bytes: longer than %d: %w", len(b), MaxEntry, ErrMalformed)
	}
	var j entryJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return Entry{}, fmt.Errorf("entry: not JSON of an entry's shape: %w", ErrMalformed)
	}
	if j.Format != Format {
		return Entry{}, fmt.Errorf("entry: format %.40q, want %q: %w", j.Format, Format, ErrMalformed)
	}
	when, err := time.Parse(timeLayout, j.Time)
	if err != nil {
		return Entry{}, fmt.Errorf("entry: time %.40q: %w", j.Time, ErrMalformed)
	}
	commitment, err := base64.StdEncoding.DecodeString(j.Commitment)
	if err != nil || len(commitment) != sha256.Size {
		return Entry{}, fmt.Errorf("entry: commitment: want 32 bytes in base64: %w", ErrMalformed)
	}
	e := Entry{
		Time: when, Actor: j.Actor, Action: j.Action, Kind: j.Kind,
		Record: j.Record, Version: j.Version, Commitment: [32]byte(commitment),
	}
	// encoding/json forgives much (spaces, order, doubled and differently cased
	// names, escapes); writing the entry again forgives nothing.
	again, err := e.Encode()
	if err != nil {
		return Entry{}, err
	}
	if !bytes.Equal(again, b) {
		return Entry{}, fmt.Errorf("entry: not in its one spelling: %w", ErrMalformed)
	}
	return e, nil
}

func (e Entry) check() error {
	switch {
	case e.Time.Location() != time.UTC:
		return fmt.Errorf("entry: time not in UTC: %w", ErrMalformed)
	case e.Time.Nanosecond()%1000 != 0:
		return fmt.Errorf("entry: time finer than a microsecond: %w", ErrMalformed)
	case e.Time.Year() < 1 || e.Time.Year() > 9999:
		return fmt.Errorf("entry: year %d: %w", e.Time.Year(), ErrMalformed)
	case !isID(e.Actor):
		return fmt.Errorf("entry: actor is not an opaque id: %w", ErrMalformed)
	case !isAction(e.Action):
		return fmt.Errorf("entry: action is not noun.verb: %w", ErrMalformed)
	case !isWord(e.Kind):
		return fmt.Errorf("entry: kind is not a lower-case word: %w", ErrMalformed)
	case !isID(e.Record):
		return fmt.Errorf("entry: record is not an opaque id: %w", ErrMalformed)
	case e.Version < 1:
		return fmt.Errorf("entry: version %d, want 1 or more: %w", e.Version, ErrMalformed)
	}
	return nil
}

// isID reports whether s is spelled as an opaque id. Spaces, @, full stops and
// letters beyond ASCII are left out, so that a name, an address or a sentence put
// there by mistake is refused rather than kept for ever.
func isID(s string) bool {
	if len(s) < 1 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

func isAction(s string) bool {
	for i := range len(s) {
		if s[i] == '.' {
			return isWord(s[:i]) && isWord(s[i+1:])
		}
	}
	return false
}

func isWord(s string) bool {
	if len(s) < 1 || len(s) > 32 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_':
		default:
			return false
		}
	}
	return true
}

// MinNonce and MaxNonce bound the length of a commitment's nonce, in bytes. Sixteen
// random bytes cannot be guessed; sixty-four are the block of SHA-256, beyond which
// HMAC would hash them first.
const (
	MinNonce = 16
	MaxNonce = 64
)

// Commit returns HMAC-SHA256 with nonce as the key and body as the text: a
// commitment that binds (nobody can find another body for it) and hides (without the
// nonce, not even a body that is guessed right can be recognised). A plain hash would
// not hide: a state, an age and a place are soon tried through.
//
// nonce must be random, new for each version of each record, kept with the record,
// sealed like it and destroyed with it. Commit panics when it is shorter than MinNonce
// or longer than MaxNonce, since that is a mistake in the caller and the commitment
// could never be withdrawn.
func Commit(nonce, body []byte) [32]byte {
	if len(nonce) < MinNonce || len(nonce) > MaxNonce {
		panic(fmt.Sprintf("ledger: nonce of %d bytes, want %d to %d", len(nonce), MinNonce, MaxNonce))
	}
	return [32]byte(mac(nonce, body))
}

// CheckCommitment returns nil when e committed to body with nonce, and otherwise
// ErrCommitment. Both come from whoever holds the record, so a nonce of a wrong length
// is an answer here and not a mistake.
func (e Entry) CheckCommitment(nonce, body []byte) error {
	if len(nonce) < MinNonce || len(nonce) > MaxNonce {
		return fmt.Errorf("version %d of %s %s: nonce of %d bytes: %w", e.Version, e.Kind, e.Record, len(nonce), ErrCommitment)
	}
	if !hmac.Equal(mac(nonce, body), e.Commitment[:]) {
		return fmt.Errorf("version %d of %s %s: %w", e.Version, e.Kind, e.Record, ErrCommitment)
	}
	return nil
}

func mac(nonce, body []byte) []byte {
	h := hmac.New(sha256.New, nonce)
	h.Write(body)
	return h.Sum(nil)
}

package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"plumbline"
)

// How failed attempts to sign in slow the next ones. A password is guessed at
// most some hundred times a day by all the world together, and the owner, on a
// device that signed in before or with a passkey, is not slowed by others.
const (
	freeFails      = 5                // of one user or one device, before there is a wait
	freePlaceFails = 30               // of one place: an office has one address for many
	firstWait      = 2 * time.Second  // doubles with each failure
	longestWait    = 15 * time.Minute // a wait is never longer
	throttleMemory = 24 * time.Hour   // after that long without a failure all is forgotten
)

// ErrWrong is returned to who signs in with what does not fit together. It is
// the same for an unknown user and a wrong password.
var ErrWrong = errors.New("this does not sign in")

// ErrDisabled is returned to who proves to be a user that is disabled.
var ErrDisabled = errors.New("this user is disabled")

// A WaitError is returned to who has to wait before the next attempt.
type WaitError struct{ For time.Duration }

func (e WaitError) Error() string { return fmt.Sprintf("wait for %v", e.For) }

// A brake is one thing whose failures are counted.
type brake struct {
	mark []byte
	free int // failures without a wait
}

// brakes returns what counts for an attempt: the device alone where the user
// has signed in before, else the user and the place.
func (db *DB) brakes(user, place, device string) []brake {
	if device != "" {
		return []brake{{db.secret.Mark("brake", "device", user, device), freeFails}}
	}
	list := []brake{{db.secret.Mark("brake", "user", user), freeFails}}
	if place != "" {
		list = append(list, brake{db.secret.Mark("brake", "place", place), freePlaceFails})
	}
	return list
}

// waits returns how long the brakes hold an attempt up.
func (tx *Tx) waits(brakes []brake) (longest time.Duration, err error) {
	for _, b := range brakes {
		var until int64
		if _, err := tx.one([]any{&until}, "SELECT until FROM throttle WHERE mark = $1", b.mark); err != nil {
			return 0, err
		}
		// A wait that is longer than any was set before the clock was put back.
		if wait := time.UnixMicro(until).Sub(tx.now); wait <= longestWait {
			longest = max(longest, wait)
		}
	}
	return longest, nil
}

// count counts an attempt as failed before it is looked at, so that many at
// once cannot all be the first. It returns a WaitError when one has to wait.
// An attempt that is turned away does not count.
func (tx *Tx) count(brakes []brake) error {
	now := tx.now.UnixMicro()
	for _, b := range brakes {
		var fails int
		found, err := tx.one([]any{&fails}, `INSERT INTO throttle (mark, fails, last, until) VALUES ($1, 1, $2, 0)
			ON CONFLICT (mark) DO UPDATE SET fails = CASE WHEN throttle.last < $3 THEN 1 ELSE throttle.fails + 1 END, last = excluded.last, until = 0
			WHERE throttle.until <= $2 OR throttle.until > $4 RETURNING fails`,
			b.mark, now, tx.now.Add(-throttleMemory).UnixMicro(), tx.now.Add(longestWait).UnixMicro())
		if err != nil {
			return err
		}
		if !found {
			wait, err := tx.waits(brakes)
			return errors.Join(WaitError{max(wait, time.Second)}, err)
		}
		if fails < b.free {
			continue
		}
		wait := longestWait
		if n := fails - b.free; n < 20 {
			wait = min(longestWait, firstWait<<n)
		}
		if err := tx.exec("UPDATE throttle SET until = $2 WHERE mark = $1", b.mark, tx.now.Add(wait).UnixMicro()); err != nil {
			return err
		}
	}
	return nil
}

// guess runs f in a transaction of the kind that within begins, for somebody
// who gives what could be guessed. f says whether it opens anything: if it does
// not, the answer is that there is no such thing, and it counts.
func (db *DB) guess(ctx context.Context, brakes []brake, what string, within func(context.Context, func(*Tx) error) error, f func(*Tx) (opens bool, err error)) error {
	opens := false
	err := within(ctx, func(tx *Tx) error {
		wait, err := tx.waits(brakes)
		if err == nil && wait > 0 {
			opens = true // whether it does is not told
			err = WaitError{wait}
		}
		if err != nil {
			return err
		}
		opens, err = f(tx)
		return err
	})
	if err != nil || opens {
		return err
	}
	if err := db.aside(ctx, func(tx *Tx) error { return tx.count(brakes) }); err != nil {
		return err
	}
	return plumbline.NotFound(what)
}

// forgive forgets the failures of a user or device that has signed in, and
// takes back the one that was counted against the place.
func (tx *Tx) forgive(brakes []brake) error {
	for _, b := range brakes {
		query := "DELETE FROM throttle WHERE mark = $1"
		if b.free == freePlaceFails {
			query = "UPDATE throttle SET fails = fails - 1, until = 0 WHERE mark = $1 AND fails > 0"
		}
		if err := tx.exec(query, b.mark); err != nil {
			return err
		}
	}
	return nil
}

// A device keeps the marks of the last users that signed in on it, so that
// their owners are not slowed by those who guess elsewhere: "name.mark.mark".
// It opens nothing.
const devicesUsers = 4

// knows returns the name of a device on which the user has signed in before.
func (db *DB) knows(device string, user plumbline.ID) string {
	name, marks, _ := strings.Cut(device, ".")
	if len(device) < 500 && name != "" {
		for _, m := range strings.Split(marks, ".") {
			if m == db.deviceMark(name, user) {
				return name
			}
		}
	}
	return ""
}

func (db *DB) deviceMark(name string, user plumbline.ID) string {
	return fmt.Sprintf("%x", db.secret.Mark("device", name, string(user)))
}

// Remember returns what a device is to keep after the user has signed in on
// it, given what it kept before.
func (db *DB) Remember(device string, user plumbline.ID) string {
	if db.secret == nil {
		return device
	}
	name, rest, _ := strings.Cut(device, ".")
	if name == "" || len(device) >= 500 {
		name, rest = strings.ToLower(newName()), ""
	}
	mark := db.deviceMark(name, user)
	list := []string{name, mark}
	for _, m := range strings.Split(rest, ".") {
		if m != "" && m != mark && len(list) <= devicesUsers {
			list = append(list, m)
		}
	}
	return strings.Join(list, ".")
}

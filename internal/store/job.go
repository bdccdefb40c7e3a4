package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"plumbline"
)

// A Job is long work that somebody has asked for. It waits in the store until
// a server takes it up, and whichever server that is, the work is the same.
//
// A server that has taken a job up holds it by a lease, which it renews; when
// the lease runs out, as after a crash, another server takes the job up and
// does it from the beginning. Turn counts who has: a server that comes back
// after another has taken over can write nothing more of it. The servers'
// clocks are to agree to a few seconds, or leases run out early, which costs
// time and nothing else.
type Job struct {
	Subject Subject      // what it is about
	ID      plumbline.ID // one of the subject
	Kind    string
	Params  json.RawMessage
	By      plumbline.Actor // who asked: user, name and organisation of that time
	State   plumbline.RunState
	Stage   string // what is being done, in the engine's words
	Done    int
	Total   int
	Turn    int64
	Crashes int  // how often a server was lost at it
	Cancel  bool // somebody wants it to end
	Failure string
	Said    string
	Asked   time.Time
	Began   time.Time // of this turn
	Ended   time.Time
	lease   int64 // until when, of one that runs
}

// ErrJobLost is returned to a server that writes of a job which is no longer
// its own.
var ErrJobLost = errors.New("the job is no longer of this server")

// MaxCrashes is how often a server may be lost at a job before it is given up:
// one that brings down every server must not go round for ever.
const MaxCrashes = 3

// failureCrashed is the message of a job that was given up.
const failureCrashed = "job.crashed"

const jobColumns = "subject, id, kind, params, actor, by_name, organisation, state, stage, done, total, turn, crashes, cancel, failure, said, asked, began, ended, lease"

func scanJob(scan func(...any) error) (*Job, error) {
	var j Job
	var subject, params string
	var cancel int
	var asked, began, ended int64
	if err := scan(&subject, &j.ID, &j.Kind, &params, &j.By.User, &j.By.Name, &j.By.Organisation, &j.State, &j.Stage, &j.Done, &j.Total, &j.Turn, &j.Crashes, &cancel, &j.Failure, &j.Said, &asked, &began, &ended, &j.lease); err != nil {
		return nil, err
	}
	j.Params, j.Cancel = json.RawMessage(params), cancel == 1
	for _, m := range []struct {
		at   int64
		into *time.Time
	}{{asked, &j.Asked}, {began, &j.Began}, {ended, &j.Ended}} {
		if m.at != 0 { // it has come to that
			*m.into = time.UnixMicro(m.at).UTC()
		}
	}
	if id, ok := cutSubject(subject, plumbline.KindStudy); ok {
		j.Subject = Subject{plumbline.KindStudy, id}
	}
	return &j, nil
}

func (tx *Tx) jobs(where string, args ...any) (list []*Job, err error) {
	err = tx.each(func(scan func(...any) error) error {
		j, err := scanJob(scan)
		list = append(list, j)
		return err
	}, "SELECT "+jobColumns+" FROM job WHERE "+where, args...)
	return list, err
}

// job returns the job of a subject with the id, or nil.
func (tx *Tx) job(of Subject, id plumbline.ID) (*Job, error) {
	list, err := tx.jobs("subject = $1 AND id = $2", of.String(), id)
	if len(list) == 0 {
		return nil, err
	}
	return list[0], err
}

// putJob puts a job into the queue.
func (tx *Tx) putJob(j *Job) error {
	return tx.exec("INSERT INTO job (subject, id, kind, params, actor, by_name, organisation, state, stage, done, total, server, lease, turn, crashes, cancel, failure, said, asked, began, ended) VALUES "+marks(21, 21),
		j.Subject.String(), j.ID, j.Kind, string(j.Params), j.By.User, j.By.Name, j.By.Organisation, plumbline.RunWaiting, "", 0, 0, "", 0, 0, 0, 0, "", "", tx.now.UnixMicro(), 0, 0)
}

// Waiting is sent to when this process has put a job into the queue, so that
// it need not wait for the next look. Jobs of other servers are not told of.
func (db *DB) Waiting() <-chan struct{} { return db.asked }

func (db *DB) tellWaiting() {
	select {
	case db.asked <- struct{}{}:
	default: // told already
	}
}

// claimable are the jobs that a server may take up; the oldest goes first.
const claimable = "(state = 'waiting' OR state = 'running' AND lease < $1)"

// TakeJob takes up the oldest job that waits, or whose server was lost, for a
// server, until the lease runs out. It returns nil when there is none. On the
// way it ends jobs of lost servers that were to be cancelled, or that have
// crashed too often.
func (db *DB) TakeJob(ctx context.Context, server string, lease time.Duration) (taken *Job, err error) {
	var n int
	if err := db.view(ctx, func(tx *Tx) error { // most of the time there is nothing, and nobody need wait
		_, err := tx.one([]any{&n}, "SELECT COUNT(*) FROM job WHERE "+claimable, tx.now.UnixMicro())
		return err
	}); err != nil || n == 0 {
		return nil, err
	}
	err = db.tx(ctx, func(tx *Tx) error {
		taken = nil
		list, err := tx.jobs(claimable+" ORDER BY asked, id LIMIT 20", tx.now.UnixMicro())
		if err != nil {
			return err
		}
		for _, j := range list {
			if j.State == plumbline.RunRunning {
				j.Crashes++
			}
			switch {
			case j.Cancel:
				err = tx.endJob(j, JobEnd{State: plumbline.RunCancelled})
			case j.Crashes >= MaxCrashes:
				err = tx.endJob(j, JobEnd{State: plumbline.RunFailed, Failure: failureCrashed})
			default:
				j.Turn++
				j.State, j.Began, taken = plumbline.RunRunning, tx.now, j
				return tx.exec("UPDATE job SET state = 'running', server = $1, lease = $2, turn = $3, crashes = $4, stage = '', done = 0, total = 0, began = $5 WHERE subject = $6 AND id = $7",
					server, tx.now.Add(lease).UnixMicro(), j.Turn, j.Crashes, tx.now.UnixMicro(), j.Subject.String(), j.ID)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// KeepJob renews the lease of a job and writes how far it is. It returns
// ErrJobLost when the job is no longer the server's.
func (db *DB) KeepJob(ctx context.Context, j *Job, lease time.Duration) error {
	return db.aside(ctx, func(tx *Tx) error {
		return tx.ofTurn(j, "UPDATE job SET stage = $1, done = $2, total = $3, lease = $4 WHERE subject = $5 AND id = $6 AND turn = $7 AND state = 'running' RETURNING turn",
			j.Stage, j.Done, j.Total, tx.now.Add(lease).UnixMicro(), j.Subject.String(), j.ID, j.Turn)
	})
}

// ofTurn runs a statement that returns a row when it changed the job.
func (tx *Tx) ofTurn(j *Job, query string, args ...any) error {
	var turn int64
	found, err := tx.one([]any{&turn}, query, args...)
	if err == nil && !found {
		err = ErrJobLost
	}
	return err
}

// LookAfterJob reports whether somebody wants the job to end. It returns
// ErrJobLost when the job is no longer the server's.
func (db *DB) LookAfterJob(ctx context.Context, j *Job) (cancel bool, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		now, err := tx.job(j.Subject, j.ID)
		if err == nil && (now == nil || now.Turn != j.Turn || now.State != plumbline.RunRunning) {
			err = ErrJobLost
		}
		cancel = err == nil && now.Cancel
		return err
	})
	return cancel, err
}

// A JobEnd is what became of a job.
type JobEnd struct {
	State   plumbline.RunState
	Result  *StudyAnswer // of a run that was done
	Failure string       // a message key
	Said    string       // what the engine said, in English
}

// EndJob ends a job and keeps its result, both or neither. It returns
// ErrJobLost when the job is no longer the server's.
func (db *DB) EndJob(ctx context.Context, j *Job, e JobEnd) error {
	return db.tx(ctx, func(tx *Tx) error {
		now, err := tx.job(j.Subject, j.ID)
		if err == nil && (now == nil || now.Turn != j.Turn || now.State != plumbline.RunRunning) {
			err = ErrJobLost
		}
		if err != nil {
			return err
		}
		return tx.endJob(now, e)
	})
}

// endJob ends a job that has not ended, and tells what it was for.
func (tx *Tx) endJob(j *Job, e JobEnd) error {
	if err := tx.exec("UPDATE job SET state = $1, failure = $2, said = $3, ended = $4, crashes = $5, server = '', lease = 0 WHERE subject = $6 AND id = $7",
		e.State, e.Failure, e.Said, tx.now.UnixMicro(), j.Crashes, j.Subject.String(), j.ID); err != nil {
		return err
	}
	return tx.answerRun(j, e)
}

// ReleaseJob gives a job back that a server cannot finish, so that another
// takes it up at once.
func (db *DB) ReleaseJob(ctx context.Context, j *Job) error {
	err := db.aside(ctx, func(tx *Tx) error {
		return tx.ofTurn(j, "UPDATE job SET state = 'waiting', server = '', lease = 0, stage = '', done = 0, total = 0 WHERE subject = $1 AND id = $2 AND turn = $3 AND state = 'running' RETURNING turn", j.Subject.String(), j.ID, j.Turn)
	})
	if err == nil {
		db.tellWaiting()
	}
	return err
}

// cancelJob ends a job that nobody works at, and asks the server that does.
func (tx *Tx) cancelJob(of Subject, id plumbline.ID) error {
	j, err := tx.job(of, id)
	switch {
	case err != nil:
		return err
	case j == nil:
		return plumbline.NotFound("run")
	case j.State.Ended():
		return plumbline.Conflict("", "problem.run_ended")
	}
	if j.State == plumbline.RunWaiting || j.lease < tx.now.UnixMicro() { // nobody is at it
		return tx.endJob(j, JobEnd{State: plumbline.RunCancelled})
	}
	return tx.exec("UPDATE job SET cancel = 1 WHERE subject = $1 AND id = $2", of.String(), id)
}

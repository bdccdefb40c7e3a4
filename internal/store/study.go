package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"plumbline"
)

// RunKind is the kind of job that answers a question of a study. The job has
// the id of its run.
const RunKind = "study_run"

// A Study is a study as an actor may read it, with the latest version of each
// entry, and its runs that have not ended.
type Study struct {
	*plumbline.StudyRecord
	Revisions map[plumbline.ID]Revision
	Jobs      map[plumbline.ID]*Job
	May       map[plumbline.Deed]bool
}

// Can reports whether the actor may do a deed to the study.
func (s *Study) Can(deed string) bool { return s.May[plumbline.Deed(deed)] }

// Version returns the version of an entry, 0 when it is not in the record.
func (s *Study) Version(id plumbline.ID) int64 { return s.Revisions[id].Version }

// Study returns a study. It returns NotFound when there is none, or when the
// actor may not see it.
func (db *DB) Study(ctx context.Context, a plumbline.Actor, id plumbline.ID) (s *Study, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		s, err = tx.study(a, id)
		return err
	})
	return s, err
}

// Fixing says whether what a study measures was fixed before it was measured, by
// the moments at which its words and its files were written. It returns NotFound
// when there is no such study, or when the actor may not see it.
func (db *DB) Fixing(ctx context.Context, a plumbline.Actor, id plumbline.ID) (f plumbline.Fixing, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		s, err := tx.study(a, id)
		if err != nil {
			return err
		}
		var first time.Time
		for _, d := range s.Data {
			if at := s.Revisions[d.ID].At; first.IsZero() || at.Before(first) {
				first = at
			}
		}
		var wordings []plumbline.Wording
		err = tx.each(func(scan func(...any) error) error {
			k, err := scanRevision(scan)
			if err == nil {
				wordings = append(wordings, plumbline.Wording{At: k.At, Study: k.Entry.(*plumbline.Study)})
			}
			return err
		}, "SELECT "+revisionColumns+" FROM revision WHERE subject = $1 AND id = $2 ORDER BY version", Subject{plumbline.KindStudy, id}.String(), id)
		f = plumbline.FixingOf(wordings, first)
		return err
	})
	return f, err
}

func (tx *Tx) study(a plumbline.Actor, id plumbline.ID) (*Study, error) {
	d, revisions, err := tx.load(Subject{plumbline.KindStudy, id})
	if err != nil {
		return nil, err
	}
	s := &Study{StudyRecord: d.(*plumbline.StudyRecord), Revisions: map[plumbline.ID]Revision{}, Jobs: map[plumbline.ID]*Job{}, May: map[plumbline.Deed]bool{}}
	bond := a.BondToStudy(&s.Study)
	if len(revisions) == 0 || !plumbline.May(a, plumbline.SeeStudies, bond) {
		return nil, plumbline.NotFound("study")
	}
	for id, k := range revisions {
		s.Revisions[id] = k.Revision
	}
	for _, deed := range plumbline.Deeds() {
		s.May[deed] = plumbline.May(a, deed, bond)
	}
	jobs, err := tx.jobs("subject = $1 AND state IN ('waiting', 'running') ORDER BY asked, id", Subject{plumbline.KindStudy, id}.String())
	for _, j := range jobs {
		s.Jobs[j.ID] = j
	}
	return s, err
}

// allow returns Forbidden when the actor may not do the deed to the study.
func (s *Study) allow(deed plumbline.Deed) error {
	if s.May[deed] {
		return nil
	}
	return plumbline.Forbidden(deed)
}

// allowStudy says whether an actor may write a study: what it says of itself, and
// what else is told of it. Data and runs have uses of their own.
func allowStudy(a plumbline.Actor, d *plumbline.StudyRecord, b Batch, isNew bool) error {
	if !isNew && !plumbline.May(a, plumbline.SeeStudies, a.BondToStudy(&d.Study)) {
		return plumbline.NotFound("study")
	}
	for _, c := range b.Changes {
		after, ok := c.Entry.(*plumbline.Study)
		if !ok {
			if err := plumbline.AllowToldOfStudy(a, &d.Study, c.Entry); isNew || err != nil {
				return plumbline.Forbidden(plumbline.KeepStudies)
			}
			continue
		}
		was := &d.Study
		if isNew {
			was = nil
		}
		if err := plumbline.AllowStudy(a, was, after); err != nil {
			return err
		}
	}
	return nil
}

// A StudySummary is a study in a list.
type StudySummary struct {
	plumbline.Study
	Last    *plumbline.StudyRun // the last that was answered; nil when none was
	LastAt  time.Time
	Runs    int
	Jobs    []*Job // that have not ended
	Changed time.Time
}

// ofStudies finds the rows of all studies by the key, without a look at those
// of operations; "0" comes after "/".
const ofStudies = "subject > 'study/' AND subject < 'study0'"

// Studies returns the studies that the actor may see, those newest first in
// which something happened last. It returns Forbidden when the actor may see
// none.
func (db *DB) Studies(ctx context.Context, a plumbline.Actor) (list []*StudySummary, err error) {
	if !plumbline.May(a, plumbline.SeeStudies, plumbline.TookPart) {
		return nil, plumbline.Forbidden(plumbline.SeeStudies)
	}
	err = db.view(ctx, func(tx *Tx) error {
		list = nil
		of := map[Subject]*StudySummary{}
		if err := tx.each(func(scan func(...any) error) error {
			k, err := scanRevision(scan)
			if s, ok := k.Entry.(*plumbline.Study); ok && err == nil && plumbline.May(a, plumbline.SeeStudies, a.BondToStudy(s)) {
				list = append(list, &StudySummary{Study: *s, Changed: k.At})
				of[Subject{plumbline.KindStudy, s.ID}] = list[len(list)-1]
			}
			return err
		}, "SELECT "+revisionColumns+" FROM revision WHERE "+ofStudies+" AND kind = $1 AND latest = 1 ORDER BY entry DESC", plumbline.KindStudy); err != nil {
			return err
		}
		if err := tx.each(func(scan func(...any) error) error {
			var subject, body string
			var at int64
			if err := scan(&subject, &body, &at); err != nil {
				return err
			}
			id, _ := cutSubject(subject, plumbline.KindStudy)
			s := of[Subject{plumbline.KindStudy, id}]
			if s == nil {
				return nil
			}
			run := new(plumbline.StudyRun)
			if err := json.Unmarshal([]byte(body), run); err != nil {
				return fmt.Errorf("%w: a run: %w", errUnreadable, err)
			}
			s.Runs++
			when := time.UnixMicro(at).UTC()
			if when.After(s.Changed) {
				s.Changed = when
			}
			if run.Answer != nil && run.Answer.State == plumbline.RunDone {
				s.Last, s.LastAt = run, when
			}
			return nil
		}, "SELECT subject, body, at FROM revision WHERE "+ofStudies+" AND kind = $1 AND latest = 1 ORDER BY entry", plumbline.KindStudyRun); err != nil {
			return err
		}
		jobs, err := tx.jobs("state IN ('waiting', 'running') AND kind = $1 ORDER BY asked, id", RunKind)
		for _, j := range jobs {
			if s := of[j.Subject]; s != nil {
				s.Jobs = append(s.Jobs, j)
			}
		}
		slices.SortStableFunc(list, func(a, b *StudySummary) int { return b.Changed.Compare(a.Changed) })
		return err
	})
	return list, err
}

// append writes an entry of a study that is not what it says of itself.
func (tx *Tx) append(by plumbline.Actor, s *Study, e plumbline.Entry, version int64) error {
	s.Put(e)
	if err := s.Check(); err != nil {
		return err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	head := plumbline.HeadOf(e)
	if !plumbline.ValidID(head.ID) {
		return plumbline.Invalid("id", "problem.bad_id", "Got", head.ID)
	}
	return tx.put(row{Subject: Subject{plumbline.KindStudy, s.Study.ID}.String(), ID: head.ID, Version: version, Kind: plumbline.KindOf(e), Place: len(s.Revisions),
		Author: by.User, By: by.Name, For: by.Organisation, At: tx.now.UnixMicro(), body: body})
}

// AskStudy asks a question of a study's data: it writes the run down and puts
// its job into the queue. It needs SeeRows, since who can read rows can work
// out anything from them. Sending the same run twice is no error.
func (db *DB) AskStudy(ctx context.Context, a plumbline.Actor, study plumbline.ID, run plumbline.StudyRun) error {
	err := db.tx(ctx, func(tx *Tx) error {
		s, err := tx.study(a, study)
		if err != nil {
			return err
		}
		if err := s.allow(plumbline.SeeRows); err != nil {
			return err
		}
		if old := s.Run(run.ID); old != nil {
			if old.Verb == run.Verb && slices.Equal(old.Options, run.Options) && slices.Equal(old.Data, run.Data) {
				return nil // sent again
			}
			return plumbline.Invalid("id", "problem.same_id", "Got", run.ID)
		}
		asked := run
		asked.Digests, asked.Answer = nil, nil
		for _, id := range run.Data {
			d := s.File(id)
			if d == nil {
				return plumbline.Invalid("data", "problem.no_such", "What", plumbline.KindStudyData, "Got", id)
			}
			asked.Digests = append(asked.Digests, d.Digest)
		}
		if err := tx.append(a, s, &asked, 1); err != nil {
			return err
		}
		return tx.putJob(&Job{ID: run.ID, Kind: RunKind, Subject: Subject{plumbline.KindStudy, study}, Params: json.RawMessage("{}"), By: a})
	})
	if err == nil {
		db.tellWaiting()
	}
	return err
}

// CancelRun ends a run that has not ended. It is for who asked, and who keeps
// the study. It returns Conflict when the run has ended already.
func (db *DB) CancelRun(ctx context.Context, a plumbline.Actor, study, run plumbline.ID) error {
	return db.tx(ctx, func(tx *Tx) error {
		s, err := tx.study(a, study)
		if err != nil {
			return err
		}
		if s.Run(run) == nil {
			return plumbline.NotFound("run")
		}
		if s.Revisions[run].Author != a.User {
			if err := s.allow(plumbline.KeepStudies); err != nil {
				return err
			}
		}
		return tx.cancelJob(Subject{plumbline.KindStudy, study}, run)
	})
}

// A StudyAnswer is what a run gave: the result as it is published, what its
// page shows, its pictures, and the headline for the record.
type StudyAnswer struct {
	Reply  plumbline.StudyReply
	Result []byte // JSON
	Sheet  []byte // JSON
	Plots  []StudyPlot
}

// A StudyPlot is a picture of a result: to stand in a page, and as a file.
type StudyPlot struct {
	Name   string `json:"name"`
	Inline string `json:"inline"`
	File   string `json:"file"`
}

// answerRun writes the answer of the run whose job has ended, and tells who
// asked. A job of another kind has none.
func (tx *Tx) answerRun(j *Job, e JobEnd) error {
	if j.Kind != RunKind {
		return nil
	}
	d, revisions, err := tx.load(j.Subject)
	if err != nil {
		return err
	}
	s := &Study{StudyRecord: d.(*plumbline.StudyRecord), Revisions: map[plumbline.ID]Revision{}}
	run := s.Run(j.ID)
	if run == nil || run.Answer != nil {
		return fmt.Errorf("run %s is not there, or is answered", j.ID)
	}
	reply := plumbline.StudyReply{State: e.State, Failure: e.Failure, Said: e.Said}
	if e.Result != nil {
		reply = e.Result.Reply
		reply.State = e.State
		sum := sha256.Sum256(e.Result.Result)
		reply.Result = hex.EncodeToString(sum[:])
		plots, err := json.Marshal(e.Result.Plots)
		if err != nil {
			return err
		}
		if err := tx.exec("INSERT INTO study_answer (study, run, result, sheet, plots) VALUES ($1, $2, $3, $4, $5)",
			j.Subject.ID, j.ID, pack(e.Result.Result), pack(e.Result.Sheet), pack(plots)); err != nil {
			return err
		}
	}
	answered := *run
	answered.Answer = &reply
	body, err := json.Marshal(answered)
	if err != nil {
		return err
	}
	if err := tx.put(row{Subject: j.Subject.String(), ID: j.ID, Version: 2, Kind: plumbline.KindStudyRun, Place: revisions[j.ID].place,
		Author: j.By.User, By: j.By.Name, For: j.By.Organisation, At: tx.now.UnixMicro(), body: body}); err != nil {
		return err
	}
	if e.State == plumbline.RunCancelled {
		return nil // whoever did it knows
	}
	return tx.notify(NoticeRun, j.Subject.String(), j.ID, j.By.User)
}

// fillStudyNotice reads the study that a notice is about, and reports whether
// the actor may see it.
func (tx *Tx) fillStudyNotice(a plumbline.Actor, n *Notice, id plumbline.ID) (bool, error) {
	s, err := tx.study(a, id)
	if errors.Is(err, plumbline.ErrNotFound) {
		return false, nil
	}
	if err != nil || s.Run(n.Entry) == nil {
		return false, err
	}
	n.Subject, n.Title, n.What = Subject{plumbline.KindStudy, id}, s.Study.Title, plumbline.KindStudyRun
	return true, nil
}

// A Run is a run of a study with what its page shows.
type Run struct {
	*Study
	Run   *plumbline.StudyRun
	Asked Revision
	Job   *Job // nil on a site where the queue was lost
	Sheet []byte
	Plots []StudyPlot
}

// Run returns a run of a study. It returns NotFound when there is none, or
// when the actor may not see it.
func (db *DB) Run(ctx context.Context, a plumbline.Actor, study, run plumbline.ID) (r *Run, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		s, err := tx.study(a, study)
		if err != nil {
			return err
		}
		r = &Run{Study: s, Run: s.Run(run)}
		if r.Run == nil {
			return plumbline.NotFound("run")
		}
		if err := tx.each(func(scan func(...any) error) error {
			k, err := scanRevision(scan)
			r.Asked = k.Revision
			return err
		}, "SELECT "+revisionColumns+" FROM revision WHERE subject = $1 AND id = $2 AND version = 1", Subject{plumbline.KindStudy, study}.String(), run); err != nil {
			return err
		}
		if r.Job, err = tx.job(Subject{plumbline.KindStudy, study}, run); err != nil {
			return err
		}
		var sheet, plots []byte
		found, err := tx.one([]any{&sheet, &plots}, "SELECT sheet, plots FROM study_answer WHERE study = $1 AND run = $2", study, run)
		if !found || err != nil {
			return err
		}
		if r.Sheet, err = unpack(sheet); err != nil {
			return err
		}
		if plots, err = unpack(plots); err != nil {
			return err
		}
		return json.Unmarshal(plots, &r.Plots)
	})
	return r, err
}

// RunResult returns the result of a run, as JSON. It returns NotFound when
// there is none, or when the actor may not see it.
func (db *DB) RunResult(ctx context.Context, a plumbline.Actor, study, run plumbline.ID) (result []byte, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		if _, err := tx.study(a, study); err != nil {
			return err
		}
		found, err := tx.one([]any{&result}, "SELECT result FROM study_answer WHERE study = $1 AND run = $2", study, run)
		if err == nil && !found {
			err = plumbline.NotFound("run")
		}
		if err == nil {
			result, err = unpack(result)
		}
		return err
	})
	return result, err
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b) // into memory
	_ = w.Close()
	return out.Bytes()
}

// unpack undoes pack. What was packed is bounded, so that a row that somebody
// put there cannot take all memory.
func unpack(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	out, err := io.ReadAll(io.LimitReader(r, 4*MaxStudyFile))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return out, nil
}

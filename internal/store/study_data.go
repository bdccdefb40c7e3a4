package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"plumbline"
	"plumbline/estimate"
	"plumbline/internal/measure"
)

// MaxStudyFile bounds a file of a study, in bytes: a row of a survey has a few
// hundred.
const MaxStudyFile = 64 << 20

// ReadStudyTable reads a file as a study keeps it. What is wrong with it is
// Invalid, and says where.
func ReadStudyTable(name string, body []byte) (*estimate.Table, error) {
	t, err := estimate.ReadTable(bytes.NewReader(body), name, estimate.ReadOptions{MaxBytes: MaxStudyFile})
	if bad, ok := errors.AsType[*estimate.InputError](err); ok {
		return nil, plumbline.Invalid("", "problem.bad_table", "What", bad.Error())
	}
	if err == nil && t.Rows() == 0 {
		err = plumbline.Invalid("", "problem.no_rows")
	}
	return t, err
}

// KeepData gives a study a file, whole as it is. It needs KeepStudies. A file
// in which a column looks as if it names or finds people is Invalid: whoever
// sends it leaves that column out before anything is kept. Sending the same
// file under the same id twice is no error.
func (db *DB) KeepData(ctx context.Context, a plumbline.Actor, study plumbline.ID, d plumbline.StudyData, body []byte) error {
	if len(body) > MaxStudyFile {
		return plumbline.Invalid("", "problem.too_large", "Want", "64 MB")
	}
	if !isText(d.Name) || len(d.Name) > plumbline.MaxLine {
		d.Name = "data.csv"
	}
	t, err := ReadStudyTable(d.Name, body)
	if err != nil {
		return err
	}
	found, err := measure.Identifying(t)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return plumbline.Invalid("", "problem.identifying", "Got", found[0].Column)
	}
	sum := sha256.Sum256(body)
	d.Digest, d.Bytes, d.Rows, d.Columns = hex.EncodeToString(sum[:]), int64(len(body)), int64(t.Rows()), t.Header()
	packed := pack(body)
	return db.tx(ctx, func(tx *Tx) error {
		s, err := tx.study(a, study)
		if err != nil {
			return err
		}
		if err := s.allow(plumbline.KeepStudies); err != nil {
			return err
		}
		if old := s.File(d.ID); old != nil && old.Digest == d.Digest {
			return nil // sent again
		}
		if _, taken := s.Revisions[d.ID]; taken {
			return plumbline.Invalid("id", "problem.same_id", "Got", d.ID)
		}
		if err := tx.exec("INSERT INTO study_file (study, digest, body) VALUES ($1, $2, $3) ON CONFLICT (study, digest) DO NOTHING", study, d.Digest, packed); err != nil {
			return err
		}
		return tx.append(a, s, &d, 1)
	})
}

// Data returns a file of a study, whole. It needs SeeRows, and returns
// NotFound when there is no such file, or when the actor may not see the study.
func (db *DB) Data(ctx context.Context, a plumbline.Actor, study, data plumbline.ID) (d *plumbline.StudyData, body []byte, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		s, err := tx.study(a, study)
		if err != nil {
			return err
		}
		if err := s.allow(plumbline.SeeRows); err != nil {
			return err
		}
		if d = s.File(data); d == nil {
			return plumbline.NotFound("page")
		}
		body, err = tx.studyFile(study, d.Digest)
		return err
	})
	return d, body, err
}

func (tx *Tx) studyFile(study plumbline.ID, digest string) (body []byte, err error) {
	found, err := tx.one([]any{&body}, "SELECT body FROM study_file WHERE study = $1 AND digest = $2", study, digest)
	if err == nil && !found {
		err = errors.New("a file of a study is gone")
	}
	if err == nil {
		body, err = unpack(body)
	}
	return body, err
}

// Work is what a server needs to do the job of a run.
type Work struct {
	Study plumbline.Study
	Run   *plumbline.StudyRun
	Files []WorkFile
}

// A WorkFile is a file of a study under a name that tells it apart.
type WorkFile struct {
	Name string
	Body []byte
}

// Work returns what a run's job works on. It takes no actor: whoever asked
// could read the rows when they asked.
func (db *DB) Work(ctx context.Context, j *Job) (w *Work, err error) {
	err = db.view(ctx, func(tx *Tx) error {
		d, revisions, err := tx.load(j.Subject)
		if err != nil {
			return err
		}
		s := d.(*plumbline.StudyRecord)
		w = &Work{Study: s.Study, Run: s.Run(j.ID)}
		if len(revisions) == 0 || w.Run == nil {
			return plumbline.NotFound("run")
		}
		for i, name := range s.FileNames(w.Run.Data) {
			body, err := tx.studyFile(s.Study.ID, w.Run.Digests[i])
			if err != nil {
				return err
			}
			w.Files = append(w.Files, WorkFile{name, body})
		}
		return nil
	})
	return w, err
}

// SendData keeps a file that the actor has sent for a study, until it
// is kept as data or another is sent, and returns its digest. What looks
// identifying is not to be in it. An empty body forgets it. It needs
// KeepStudies.
func (db *DB) SendData(ctx context.Context, a plumbline.Actor, study plumbline.ID, name string, body []byte) (digest string, err error) {
	s, err := db.Study(ctx, a, study)
	if err == nil {
		err = s.allow(plumbline.KeepStudies)
	}
	if err != nil {
		return "", err
	}
	return db.keepUpload(ctx, a, name, body)
}

// SentData returns the file that the actor has sent last. It returns
// Conflict when that is not the one with the digest, or it has waited too long.
func (db *DB) SentData(ctx context.Context, a plumbline.Actor, study plumbline.ID, digest string) (name string, body []byte, err error) {
	s, err := db.Study(ctx, a, study)
	if err == nil {
		err = s.allow(plumbline.KeepStudies)
	}
	if err != nil {
		return "", nil, err
	}
	return db.upload(ctx, a, digest)
}

// studies holds the files and results of studies to what was written of them.
func (i *inspection) studies() error {
	wrong := func(subject string, id plumbline.ID, what string) {
		i.fault(Fault{subject, id, 0, -1, what})
	}
	type kept struct {
		subject string
		entry   plumbline.Entry
	}
	var all []kept
	if err := i.tx.each(func(scan func(...any) error) error {
		var subject string
		k, err := scanRevision(func(into ...any) error { return scan(append(into, &subject)...) })
		if err == nil {
			all = append(all, kept{subject, k.Entry})
		}
		if errors.Is(err, errUnreadable) {
			wrong(subject, k.ID, "cannot be read")
			err = nil
		}
		return err
	}, "SELECT "+revisionColumns+", subject FROM revision WHERE "+ofStudies+" AND kind IN ($1, $2) AND latest = 1 ORDER BY entry", plumbline.KindStudyData, plumbline.KindStudyRun); err != nil {
		return err
	}
	for _, k := range all {
		study, _ := cutSubject(k.subject, plumbline.KindStudy)
		var body []byte
		var want, what string
		var err error
		switch e := k.entry.(type) {
		case *plumbline.StudyData:
			want, what = e.Digest, "is not the file that was brought in"
			_, err = i.tx.one([]any{&body}, "SELECT body FROM study_file WHERE study = $1 AND digest = $2", study, e.Digest)
		case *plumbline.StudyRun:
			if e.Answer == nil || e.Answer.Result == "" {
				continue
			}
			want, what = e.Answer.Result, "does not have the result that was computed"
			_, err = i.tx.one([]any{&body}, "SELECT result FROM study_answer WHERE study = $1 AND run = $2", study, e.ID)
		}
		if err != nil {
			return err
		}
		text, err := unpack(body)
		if sum := sha256.Sum256(text); err != nil || hex.EncodeToString(sum[:]) != want {
			wrong(k.subject, plumbline.HeadOf(k.entry).ID, what)
		}
	}
	return nil
}

package store_test

import (
	"errors"
	"fmt"
	"slices"

	"plumbline"
	"plumbline/internal/store"
)

// Of studies a tie is one of two: the actor's organisation keeps it, or
// another does. Each is a use of its own.
func init() { uses = append(uses, studyUses()...) }

func studyUses() (list []use) {
	type do = func(m *matrix, a plumbline.Actor, study plumbline.ID) error
	for _, u := range []struct {
		method, what string
		do           do
	}{
		{"Studies", "find %s in a list", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			list, err := m.Studies(m.ctx, a)
			return unlisted(err, func() bool { return slices.ContainsFunc(list, func(s *store.StudySummary) bool { return s.ID == id }) })
		}},
		{"Study", "read %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error { _, err := m.Study(m.ctx, a, id); return err }},
		{"Fixing", "see when the words of %s were fixed", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			_, err := m.Fixing(m.ctx, a, id)
			return err
		}},
		{"Run", "read a run of %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			_, err := m.Run(m.ctx, a, id, "done")
			return err
		}},
		{"RunResult", "take out a result of %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			_, err := m.RunResult(m.ctx, a, id, "done")
			return err
		}},
		{"Data", "read the rows of %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			_, _, err := m.Data(m.ctx, a, id, "file")
			return err
		}},
		{"AskStudy", "ask a question of %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			return m.AskStudy(m.ctx, a, id, question(m.fresh()))
		}},
		{"CancelRun", "cancel another's run of %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			err := m.CancelRun(m.ctx, a, id, m.waits[id])
			if err == nil {
				m.wait(id) // for who comes next
			}
			return err
		}},
		{"Write", "correct %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			s, err := m.Study(m.ctx, m.keeper(id), id)
			m.must(err)
			after := s.StudyRecord.Study
			after.Frame += "."
			return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: id}, Reason: "Because", Changes: []store.Change{{Entry: &after, Version: s.Revisions[id].Version}}})
		}},
		{"Write", "tell who took part in %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: id}, Changes: []store.Change{{Entry: &plumbline.StudyGroup{Head: head(m.fresh()), Who: "Officers"}}}})
		}},
		{"Write", "log a referral by surveyors of %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: id}, Changes: []store.Change{{Entry: &plumbline.SurveyReferral{Head: head(m.fresh()), Month: when("2026-03")}}}})
		}},
		{"Write", "tell of a look elsewhere for %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: id}, Changes: []store.Change{{Entry: &plumbline.Elsewhere{Head: head(m.fresh()), Sign: "nearby", Found: plumbline.No}}}})
		}},
		{"KeepData", "bring a file to %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			return m.KeepData(m.ctx, a, id, plumbline.StudyData{Head: head(m.fresh()), Name: "lists.csv"}, []byte(lists3))
		}},
		{"SendData", "look at a file for %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			_, err := m.SendData(m.ctx, a, id, "lists.csv", []byte(lists3))
			return err
		}},
		{"SentData", "read another's file for %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			digest, err := m.SendData(m.ctx, m.keeper(id), id, "theirs.csv", []byte("theirs\n1\n"))
			m.must(err)
			_, _, err = m.SentData(m.ctx, a, id, digest)
			return notThere(err)
		}},
	} {
		for _, kept := range []struct {
			by plumbline.ID
			is string
		}{{ours, "an own study"}, {theirs, "another's study"}} {
			list = append(list, use{u.method, fmt.Sprintf(u.what, kept.is), true, func(m *matrix, a plumbline.Actor, _ tie) error { return u.do(m, a, studyOf(kept.by)) }})
		}
	}
	return append(list,
		use{"Write", "begin a study", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.newStudy(a, m.fresh(), ours) }},
		use{"Write", "begin a study in another's name", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.newStudy(a, m.fresh(), theirs) }},
		use{"Write", "write a run that was never asked", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			run := question(m.fresh())
			return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: studyOf(ours)}, Changes: []store.Change{{Entry: &run}}})
		}},
		use{"MonthlySeries", "count the months", false, func(m *matrix, a plumbline.Actor, t tie) error {
			s, err := m.MonthlySeries(m.ctx, a, store.SeriesAsk{Origin: origin(t), Country: country(t)})
			return unlisted(notThere(err), func() bool { return s.Operations > 0 })
		}})
}

// lists3 is a file of two lists.
const lists3 = "a,b,count\n1,0,3\n0,1,4\n1,1,2\n"

func studyOf(org plumbline.ID) plumbline.ID { return "study-of-" + org }

func question(id plumbline.ID) plumbline.StudyRun {
	return plumbline.StudyRun{Head: head(id), Verb: "capture", Data: []plumbline.ID{"file"}}
}

// keeper is a coordinator of the organisation that keeps a study.
func (m *matrix) keeper(study plumbline.ID) plumbline.Actor {
	if study == studyOf(ours) {
		return m.colleague()
	}
	return theirCoordinator
}

func (m *matrix) newStudy(a plumbline.Actor, id, org plumbline.ID) error {
	return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: id}, Changes: []store.Change{
		{Entry: &plumbline.Study{Head: head(id), Title: "S", Origin: "site", Organisation: org, Definition: "D", Population: "P", Place: "Here"}}}})
}

// studies makes a study of each organisation, with a file, a run that is done
// and one that waits.
func (m *matrix) studies() {
	m.t.Helper()
	m.waits = map[plumbline.ID]plumbline.ID{}
	for _, org := range []plumbline.ID{ours, theirs} {
		id := studyOf(org)
		m.must(m.newStudy(m.keeper(id), id, org))
		m.must(m.KeepData(m.ctx, m.keeper(id), id, plumbline.StudyData{Head: head("file"), Name: "lists.csv"}, []byte(lists3)))
		m.must(m.AskStudy(m.ctx, m.keeper(id), id, question("done")))
		j, err := m.TakeJob(m.ctx, "server", 0)
		m.must(err)
		m.must(m.EndJob(m.ctx, j, store.JobEnd{State: "done", Result: &store.StudyAnswer{Result: []byte("{}"), Sheet: []byte("{}")}}))
		m.wait(id)
	}
}

// wait asks a question that nobody answers.
func (m *matrix) wait(study plumbline.ID) {
	m.t.Helper()
	m.waits[study] = m.fresh()
	m.must(m.AskStudy(m.ctx, m.keeper(study), study, question(m.waits[study])))
}

// notThere turns an answer that there is nothing of the kind into errUnlisted.
func notThere(err error) error {
	if errors.Is(err, plumbline.ErrConflict) || errors.Is(err, plumbline.ErrInvalid) {
		return errUnlisted
	}
	return err
}
